"""The admin's forms and lists of pins and boosts."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from merchandising.models import Boost, Pin
from recsys_core.serving import Release
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
PINS, BOOSTS = "/staff/merchandising/pin/", "/staff/merchandising/boost/"
PIN = {
    "article_id": "0100000001",
    "position": "1",
    "audience": "everyone",
    "age_interval": "",
    "starts_0": "2026-03-01",
    "starts_1": "12:00",
    "ends_0": "",
    "ends_1": "",
    "note": "",
}
BOOST = {name: value for name, value in PIN.items() if name not in ("article_id", "position")} | {
    "label": "New knitwear",
    "facet": "department_name",
    "value": "Knitwear",
    "article_ids": "",
    "positions": "12",
}


def errors(client: Client, address: str, sent: dict[str, str]) -> str:
    """Returns the form's errors and asserts that nothing was saved."""
    answer = client.post(f"{address}add/", sent)
    assert answer.status_code == 200, "it was saved"
    return " ".join(ul.text for ul in Page(answer).all("ul", class_="errorlist"))


def save(client: Client, address: str, sent: dict[str, str]) -> None:
    assert errors_or_none(client, address, sent) is None


def errors_or_none(client: Client, address: str, sent: dict[str, str]) -> str | None:
    answer = client.post(f"{address}add/", sent)
    return None if answer.status_code == 302 else " ".join(ul.text for ul in Page(answer).all("ul", class_="errorlist"))


class TestPins:
    def test_staff_pin_an_article_and_the_shop_shows_it_at_once(self, admin_client: Client, client: Client) -> None:
        Client().get("/")  # the process has read that nothing is pinned
        save(admin_client, PINS, PIN | {"starts_0": "2020-03-01"})
        assert Page(Client().get("/")).articles("grid")[0] == "0100000001"

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({"article_id": "0999999999"}, "0999999999: not in the live release"),
            ({"article_id": "100000001"}, "leading zero"),
            ({"ends_0": "2026-03-01", "ends_1": "12:00"}, "01 Mar 2026 12:00 is not after the start"),
            ({"ends_0": "2026-02-01", "ends_1": "12:00"}, "choose a later end, or leave it empty"),
            ({"position": "0"}, "greater than or equal to 1"),
            ({"position": "61"}, "less than or equal to 60"),
            ({"audience": "guests", "age_interval": "20-24"}, "20–24: nobody knows a guest's age"),
        ],
    )
    def test_what_is_wrong_is_said_with_value_and_remedy(
        self, admin_client: Client, sent: dict[str, str], said: str
    ) -> None:
        assert said in errors(admin_client, PINS, PIN | sent)
        assert not Pin.objects.exists()

    @pytest.mark.parametrize(
        ("sent", "is_taken"),
        [
            ({}, True),
            ({"starts_0": "2026-02-01", "ends_0": "2026-03-02", "ends_1": "12:00"}, True),
            ({"starts_0": "2026-02-01", "ends_0": "2026-03-01", "ends_1": "12:00"}, False),  # ends as the other starts
            ({"starts_0": "2026-03-08"}, False),
            ({"position": "2"}, False),
            ({"audience": "guests"}, False),
            ({"age_interval": "20-24"}, False),
        ],
    )
    def test_a_position_is_taken_once_for_an_audience(
        self, admin_client: Client, sent: dict[str, str], is_taken: bool
    ) -> None:
        save(admin_client, PINS, PIN | {"ends_0": "2026-03-08", "ends_1": "12:00"})
        said = errors_or_none(admin_client, PINS, PIN | {"article_id": "0100000002"} | sent)
        if is_taken:
            assert said is not None
            assert "1 is taken by article 0100000001 from 01 Mar 2026 12:00 until 08 Mar 2026 12:00" in said
        else:
            assert said is None

    def test_a_pin_is_not_in_its_own_way(self, admin_client: Client) -> None:
        save(admin_client, PINS, PIN)
        made = Pin.objects.get()
        answer = admin_client.post(f"{PINS}{made.pk}/change/", PIN | {"note": "for the week"})
        assert answer.status_code == 302
        assert Pin.objects.get().note == "for the week"

    def test_without_a_release_nothing_can_be_looked_up(self, admin_client: Client, empty_home: object) -> None:
        assert "publish one first" in errors(admin_client, PINS, PIN)

    def test_the_list_shows_images_and_is_filtered_by_when(self, admin_client: Client) -> None:
        now, day = timezone.now(), dt.timedelta(days=1)
        for article_id, starts, ends in (
            ("0100000001", now - day, None),
            ("0100000002", now + day, None),
            ("0100000003", now - 2 * day, now - day),
        ):
            Pin.objects.create(article_id=article_id, position=1, starts=starts, ends=ends)
        found = {
            state: [img["src"][5:15] for img in Page(admin_client.get(PINS, {"state": state})).all("img", width="40")]
            for state in ("running", "planned", "over")
        }
        assert found == {"running": ["0100000001"], "planned": ["0100000002"], "over": ["0100000003"]}
        assert len(Page(admin_client.get(PINS)).all("img", width="40")) == 3
        assert admin_client.get(PINS, {"state": "nonsense"}).status_code == 200


class TestBoosts:
    def test_a_kind_is_boosted(self, admin_client: Client) -> None:
        save(admin_client, BOOSTS, BOOST)
        made = Boost.objects.get()
        assert (made.chosen_by, made.article_ids) == ("department: Knitwear", [])
        assert "department: Knitwear" in Page(admin_client.get(BOOSTS)).one("main").text

    def test_numbers_come_in_any_layout(self, admin_client: Client) -> None:
        sent = {"facet": "", "value": "", "article_ids": "0100000001, 0100000002\n0100000001\t0100000003"}
        save(admin_client, BOOSTS, BOOST | sent)
        made = Boost.objects.get()
        assert made.article_ids == ["0100000001", "0100000002", "0100000003"]
        page = Page(admin_client.get(f"{BOOSTS}{made.pk}/change/"))
        assert page.one("textarea", name="article_ids").text == "0100000001 0100000002 0100000003"
        assert "New knitwear" in Page(admin_client.get(BOOSTS, {"q": "0100000002"})).one("main").text

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({"value": "Knitware"}, "the department 'Knitware': did you mean Knitwear"),
            ({"value": "knitwear"}, "did you mean Knitwear"),
            ({"value": "§§§"}, "copy it from the shop's filters"),
            ({"value": ""}, "A kind and its value go together"),
            ({"facet": ""}, "A kind and its value go together"),
            ({"facet": "", "value": ""}, "either by a kind and its value or by their numbers"),
            ({"article_ids": "0100000001"}, "either by a kind and its value or by their numbers"),
            ({"facet": "", "value": "", "article_ids": "0100000001 0999999999 7"}, "0999999999, 7: not in the live"),
            ({"facet": "", "value": "", "article_ids": " ".join(map(str, range(501)))}, "501 numbers: 500 at most"),
            ({"facet": "", "value": "", "article_ids": " ".join(map(str, range(9)))}, "0, 1, 2, 3, 4 and 4 more"),
            ({"positions": "0"}, "greater than or equal to 1"),
            ({"label": ""}, "required"),
        ],
    )
    def test_what_is_wrong_is_said_with_value_and_remedy(
        self, admin_client: Client, sent: dict[str, str], said: str
    ) -> None:
        assert said in errors(admin_client, BOOSTS, BOOST | sent)
        assert not Boost.objects.exists()

    def test_unknown_numbers_are_the_only_complaint(self, admin_client: Client) -> None:
        said = errors(admin_client, BOOSTS, BOOST | {"facet": "", "value": "", "article_ids": "7"})
        assert "either" not in said


def test_the_admins_front_page_leads_to_the_staff_pages(
    admin_client: Client, django_user_model: type, release: Release
) -> None:
    links = {a.attributes.get("href") for a in Page(admin_client.get("/staff/")).all("a")}
    assert {"/staff/articles/", "/staff/rules/", "/staff/what-if/", "/staff/experiment/", PINS, BOOSTS} <= links
    limited = Client()
    limited.force_login(django_user_model.objects.create_user("limited", is_staff=True))  # type: ignore[attr-defined]
    links = {a.attributes.get("href") for a in Page(limited.get("/staff/")).all("a")}
    assert not {"/staff/experiment/", "/staff/articles/", "/staff/rules/", "/staff/what-if/", PINS} & links
