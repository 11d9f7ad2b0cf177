import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from limits.client_address import client_address
from limits.models import RequestCount
from tests.django_site.markup import Page

HERE, ELSEWHERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture(autouse=True)
def in_the_middle_of_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 6_000_030)


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr("limits.per_client.time.time", lambda: seconds)


def search(path: str = "/search?q=dress", address: str = HERE) -> HttpResponse:
    answer: HttpResponse = Client().get(path, REMOTE_ADDR=address)
    return answer


@pytest.mark.django_db
class TestSearches:
    def test_without_the_setting_there_is_no_limit(self) -> None:
        assert [search().status_code for _ in range(5)] == [200] * 5
        assert not RequestCount.objects.exists()

    def test_a_client_over_the_limit_is_told_how_long_to_wait(self, shop: Settings) -> None:
        shop.SEARCHES_PER_MINUTE = 2
        assert [search().status_code for _ in range(2)] == [200] * 2
        answer = search()
        assert (answer.status_code, answer["Retry-After"]) == (429, "30")
        assert "Try again in 30 seconds" in Page(answer).one("main").text
        assert search("/search/suggestions?q=dr").status_code == 200

    def test_others_go_on_searching(self, shop: Settings) -> None:
        shop.SEARCHES_PER_MINUTE = 1
        assert [search(address=address).status_code for address in (HERE, HERE, ELSEWHERE)] == [200, 429, 200]

    def test_the_next_minute_is_a_new_one_and_old_counts_go(
        self, shop: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop.SEARCHES_PER_MINUTE = 1
        assert [search().status_code for _ in range(2)] == [200, 429]
        at(monkeypatch, 6_000_060)
        assert search().status_code == 200
        assert RequestCount.objects.get().window == 6_000_060 // 60

    def test_the_api_counts_with_the_pages_and_answers_in_json(self, shop: Settings) -> None:
        shop.SEARCHES_PER_MINUTE = 1
        assert search().status_code == 200
        answer = search("/api/v1/search?q=dress")
        assert (answer.status_code, answer["Retry-After"]) == (429, "30")
        assert answer.json() == {"detail": "Too many requests. Try again in 30 seconds."}  # type: ignore[attr-defined]

    def test_while_the_database_is_away_nobody_is_refused_and_one_line_says_so(
        self, shop: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def refuse(**_: object) -> None:
            raise OperationalError("no such server")

        shop.SEARCHES_PER_MINUTE = 1
        monkeypatch.setattr(RequestCount.objects, "get_or_create", refuse)
        assert [search().status_code for _ in range(3)] == [200] * 3
        assert search("/api/v1/search?q=dress").status_code == 200
        assert [record.name for record in caplog.records].count("limits.per_client") == 1

    def test_the_table_holds_no_address(self, shop: Settings) -> None:
        shop.SEARCHES_PER_MINUTE = 1
        search()
        assert HERE not in str(RequestCount.objects.values().get())


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/search/image/", "/api/v1/search/image"])
def test_uploads_have_a_limit_of_their_own(shop: Settings, path: str) -> None:
    shop.UPLOADS_PER_MINUTE = 1
    sent = [Client().post(path, {"image": SimpleUploadedFile("a.jpg", b"no image")}) for _ in range(2)]
    assert sent[0].status_code != 429
    assert (sent[1].status_code, sent[1]["Retry-After"]) == (429, "30")
    assert search().status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "198.51.100.1", HERE),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.9.9.9, 198.51.100.1", "198.51.100.1"),
        (2, "10.9.9.9, 198.51.100.1, 192.0.2.1", "198.51.100.1"),
        (2, "198.51.100.1", HERE),
        (1, "", HERE),
        (1, "unknown", HERE),
        (1, "198.51.100.1:51234", "198.51.100.1"),
        (1, "10.9.9.9, [2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::"),
        (1, "[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2::"),
        (1, "2001:db8::1:443:zzz", HERE),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_the_address_of_a_client(shop: Settings, proxies: int, forwarded: str, found: str) -> None:
    shop.BEHIND_PROXY, shop.PROXIES = bool(proxies), proxies
    request = RequestFactory().get("/", REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == found
