import gzip

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.django_site.conftest import Customer

pytestmark = pytest.mark.django_db
PATHS = ["/", "/c/", "/account/sign-in/", "/no/such/page", "/healthz", "/img/0100000001.jpg"]
POLICY = [
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "manifest-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert sorted(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["Permissions-Policy"] == "geolocation=(), microphone=(), payment=(), usb=()"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_session_cookie_is_out_of_reach_for_scripts(client: Client, customer: Customer) -> None:
    customer()
    client.post("/account/sign-in/", {"username": "astrid", "password": "a-long-password"})
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_foreign_hosts_are_refused(client: Client) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_text_is_compressed_and_images_are_not(client: Client) -> None:
    page = client.get("/c/", headers={"Accept-Encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    assert b"</html>" in gzip.decompress(page.content)
    assert "Content-Encoding" not in client.get("/img/0100000001.jpg", headers={"Accept-Encoding": "gzip"})


@pytest.mark.parametrize("path", ["/", "/c/", "/p/0100000001/", "/search", "/img/0100000001.jpg", "/healthz"])
def test_reading_pages_take_no_posts(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_a_missing_page_is_friendly(client: Client) -> None:
    response = client.get("/no/such/page")
    assert response.status_code == 404
    assert b"left the rail" in response.content


def test_an_error_shows_no_detail(client: Client, monkeypatch: pytest.MonkeyPatch, shop: Settings) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("internal secret")

    monkeypatch.setattr("catalog.views.product_page", fail)
    client.raise_request_exception = False
    response = client.get("/p/0100000001/")
    assert response.status_code == 500
    assert b"A seam came undone" in response.content
    assert b"secret" not in response.content
