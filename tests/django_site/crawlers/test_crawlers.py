import re

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from crawlers import sitemaps
from recsys_core.serving import Release

pytestmark = pytest.mark.django_db


def addresses(client: Client, path: str, **headers: str) -> list[str]:
    answer = client.get(path, **headers)  # type: ignore[arg-type]
    assert answer.status_code == 200
    return re.findall("<loc>(.*?)</loc>", answer.content.decode())


def test_robots_txt_keeps_crawlers_from_private_and_endless_pages_and_names_the_sitemap(client: Client) -> None:
    answer = client.get("/robots.txt")
    lines = answer.content.decode().splitlines()
    assert answer["Content-Type"].startswith("text/plain")
    for path in ("/account/", "/staff/", "/search", "/api/", "/bag/"):
        assert f"Disallow: {path}" in lines
    assert "Disallow: /" not in lines
    assert lines[-1] == "Sitemap: http://testserver/sitemap.xml"


def test_the_sitemap_leads_to_every_article_in_stock_once_and_to_categories_that_exist(
    client: Client, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemaps.ReleaseSitemap, "limit", 100)
    monkeypatch.setattr(sitemaps, "_compressed", sitemaps._compressed.__wrapped__)  # type: ignore[attr-defined]
    pages = addresses(client, "/sitemap.xml")
    assert len(pages) == 1 + -(-int(release.catalogue.in_stock.sum()) // 100)
    listed = [address.removeprefix("http://testserver") for page in pages for address in addresses(client, page)]
    in_stock = release.catalogue.articles(release.catalogue.in_stock.nonzero()[0])
    assert [path for path in listed if path.startswith("/p/")] == [f"/p/{each.article_id}/" for each in in_stock]
    categories = [path for path in listed if not path.startswith("/p/")]
    assert categories[:2] == ["/", "/c/"]
    assert len(categories) == len(set(categories)) > 10
    assert {client.get(path).status_code for path in categories} == {200}


def test_addresses_change_when_the_release_does(client: Client, release: Release) -> None:
    page = client.get("/sitemap-products.xml").content.decode()
    assert set(re.findall("<lastmod>(.*?)</lastmod>", page)) == {release.manifest["created_at"][:10]}


def test_every_host_and_scheme_gets_its_own_addresses(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["a.example", "b.example"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    first = addresses(client, "/sitemap-products.xml", HTTP_HOST="a.example")
    second = addresses(client, "/sitemap-products.xml", HTTP_HOST="b.example", HTTP_X_FORWARDED_PROTO="https")
    assert first[0].startswith("http://a.example/p/")
    assert second[0].startswith("https://b.example/p/")
    index = addresses(client, "/sitemap.xml", HTTP_HOST="b.example", HTTP_X_FORWARDED_PROTO="https")
    assert index[0].startswith("https://b.example/sitemap-")


@pytest.mark.parametrize("path", ["/sitemap-products.xml?p=2", "/sitemap-products.xml?p=x", "/sitemap-others.xml"])
def test_a_page_of_the_sitemap_that_is_not_there_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_sitemap_is_written_once_per_release(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get("/sitemap-categories.xml").content
    monkeypatch.setattr(sitemaps, "render_to_string", None)
    assert client.get("/sitemap-categories.xml").content == first


def test_browsers_find_the_icon_at_its_old_address(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, "/static/shop/favicon.ico")
