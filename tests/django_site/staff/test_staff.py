import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import CustomerProfile
from orders.models import Order
from recsys_core.serving import Release
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("boss"))
    return browser


def admin_addresses(patterns: list[URLPattern | URLResolver], prefix: str = "/staff/") -> Iterator[str]:
    for pattern in patterns:
        route = str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from admin_addresses(pattern.url_patterns, prefix + route)
        elif "^" not in route:
            yield prefix + route


def test_every_address_of_the_admin_refuses_shoppers(signed_in: Client) -> None:
    (resolver,) = (p for p in get_resolver().url_patterns if getattr(p, "namespace", "") == "admin")
    addresses = [
        a
        for a in admin_addresses(resolver.url_patterns)
        if "login" not in a and "logout" not in a and "jsi18n" not in a
    ]
    assert len(addresses) > 20
    for address in addresses:
        answer = signed_in.get(re.sub("<[^>]+>", "1", address))
        assert answer.status_code == 302, address
        assert "login" in answer["Location"], address


@pytest.mark.parametrize("model", sorted(admin.site._registry, key=str), ids=lambda model: model._meta.label_lower)
def test_every_list_and_form_of_the_admin_opens(staff: Client, model: type[Model]) -> None:
    place = f"/staff/{model._meta.app_label}/{model._meta.model_name}/"
    assert staff.get(place, follow=True).status_code == 200  # the one list of synonyms is opened at once
    assert staff.get(place, {"q": "x"}, follow=True).status_code == 200
    assert staff.get(f"{place}add/").status_code in (200, 403)  # 403 where nothing is added by hand


def test_staff_see_why_each_article_is_on_a_list(staff: Client, customer: Customer, release: Release) -> None:
    profile = customer()
    own = release.lists.for_customer(profile.customer_id)
    assert own is not None
    page = Page(staff.get(f"/staff/accounts/customerprofile/{profile.pk}/list/"))
    cells = [td.text for td in page.all("td") if "list" in td.within]
    assert cells[4::6] == list(own.reasons)
    first = release.catalogue.article(int(own.article_idx[0]))
    assert cells[1] == f"{first.prod_name} {first.article_id}"


def test_without_a_release_staff_are_told(staff: Client, customer: Customer, empty_home: object) -> None:
    profile = customer()
    assert "no live release" in Page(staff.get(f"/staff/accounts/customerprofile/{profile.pk}/list/")).one("main").text


def test_orders_are_found_and_cannot_be_changed(staff: Client, placed: Order) -> None:
    found = Page(staff.get("/staff/orders/order/", {"q": placed.number}))
    assert placed.number in found.one("main").text
    assert staff.get(f"/staff/orders/order/{placed.pk}/change/").status_code == 200
    assert staff.post(f"/staff/orders/order/{placed.pk}/change/", {"number": "X"}).status_code == 403
    assert staff.post(f"/staff/orders/order/{placed.pk}/delete/", {"post": "yes"}).status_code == 403


def test_customers_are_found_by_name(staff: Client, customer: Customer) -> None:
    customer()
    page = Page(staff.get("/staff/accounts/customerprofile/", {"q": "astrid"}))
    assert CustomerProfile.objects.get().customer_id in page.one("main").text
