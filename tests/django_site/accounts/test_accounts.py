import json
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import services
from accounts.demo import DemoCustomer, choose_demo_customers
from accounts.models import CustomerProfile
from accounts.selectors import customer_of
from recsys_core.serving import Release
from recsys_core.workspace import Workspace
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
FORM = "/account/sign-in/"
DEMO = "/account/sign-in/demo/"


def seed() -> str:
    out = StringIO()
    call_command("seed_demo_customers", stdout=out)
    return out.getvalue()


def test_signing_in_and_out(client: Client, customer: Customer) -> None:
    customer()
    response = client.post(FORM, {"username": "astrid", "password": "a-long-password"})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert Page(client.get("/")).one("h1").text == "For you, Astrid"
    response = client.post("/account/sign-out/")
    assert response["Clear-Site-Data"] == '"cache"'
    assert "Sign in" in Page(client.get("/")).one("header").text


def test_who_is_suspended_is_signed_out_at_once(signed_in: Client) -> None:
    get_user_model().objects.update(is_active=False)
    assert "Sign in" in Page(signed_in.get("/")).one("header").text


def test_who_is_deleted_is_signed_out_at_once(signed_in: Client) -> None:
    get_user_model().objects.all().delete()
    assert "Sign in" in Page(signed_in.get("/")).one("header").text


def test_a_login_is_the_customer_that_it_becomes_at_once() -> None:
    user = get_user_model().objects.create_user("staff")
    assert customer_of(user) is None
    profile = services.ensure_customer(user)
    assert customer_of(user) == profile == customer_of(get_user_model().objects.get())


def test_a_login_without_a_customer_sees_the_shop_as_a_guest_does(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("staff"))
    page = Page(client.get("/"))
    assert "Sign out" in page.one("header").text
    assert "Popular right now" in page.one("main").text


def test_signing_out_by_a_link_is_impossible(signed_in: Client) -> None:
    assert signed_in.get("/account/sign-out/").status_code == 405


def test_a_wrong_password_is_told_without_saying_which_part_is_wrong(client: Client, customer: Customer) -> None:
    customer()
    wrong = Page(client.post(FORM, {"username": "astrid", "password": "nope"})).one("p", role="alert").text
    unknown = Page(client.post(FORM, {"username": "nobody", "password": "nope"})).one("p", role="alert").text
    assert wrong == unknown != ""


def test_signing_in_leads_back_to_the_page_one_came_from(client: Client, customer: Customer) -> None:
    customer()
    link = Page(client.get("/c/menswear/?colour=Black")).one("a", class_="account")["href"]
    asked = Page(client.get(link)).all("input", name="next")[0]["value"]
    data = {"username": "astrid", "password": "a-long-password", "next": asked}
    assert client.post(FORM, data)["Location"] == "/c/menswear/?colour=Black"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_elsewhere(client: Client, customer: Customer, shop: Settings, target: str) -> None:
    shop.DEMO_LOGINS = True
    profile = customer(is_demo=True)
    data = {"username": "astrid", "password": "a-long-password", "next": target}
    assert client.post(FORM, data)["Location"] == "/"
    client.post("/account/sign-out/")
    assert client.post(DEMO, {"customer": profile.pk, "next": target})["Location"] == "/"


def test_seeding_makes_a_login_for_each_demo_customer(release: Release, client: Client, shop: Settings) -> None:
    printed = seed()
    logins = json.loads((Path(shop.WEB_DIR) / "demo-logins.json").read_text())
    demo_customers = json.loads((release.path / "demo_customers.json").read_text())
    assert [login["customer_id"] for login in logins] == [row["customer_id"] for row in demo_customers]
    assert len({login["password"] for login in logins}) == len(logins)
    for login in logins:
        assert login["password"] in printed
        assert client.post(FORM, {"username": login["username"], "password": login["password"]}).status_code == 302
        client.post("/account/sign-out/")


def test_demo_passwords_are_readable_by_the_owner_only(shop: Settings) -> None:
    seed()
    assert stat.S_IMODE((Path(shop.WEB_DIR) / "demo-logins.json").stat().st_mode) == 0o600


def test_seeding_again_keeps_passwords_and_users(shop: Settings) -> None:
    first = seed()
    users = set(get_user_model().objects.values_list("pk", flat=True))
    assert seed() == first
    assert set(get_user_model().objects.values_list("pk", flat=True)) == users


def test_seeding_for_another_release_drops_logins_that_lost_their_customer() -> None:
    services.replace_demo_customers([demo("a", "Astrid"), demo("b", "Bruno")], {})
    services.replace_demo_customers([demo("b", "Astrid")], {})
    assert list(CustomerProfile.objects.values_list("user__username", "customer_id")) == [("astrid", "b")]


def demo(customer_id: str, name: str) -> DemoCustomer:
    return DemoCustomer(customer_id, name, "20-24", "buys often")


def test_seeding_never_touches_a_real_account(customer: Customer) -> None:
    real = customer("Astrid", customer_id="real")
    for clash in (demo("other", "Astrid"), demo("real", "Bruno")):
        with pytest.raises(ValueError, match="is a real account"):
            services.replace_demo_customers([clash], {})
    assert CustomerProfile.objects.get() == real


def test_seeding_never_takes_over_a_login_without_a_customer() -> None:
    admin = get_user_model().objects.create_superuser("astrid", password="a-long-password")
    with pytest.raises(ValueError, match="is a real account"):
        services.replace_demo_customers([demo("a", "Astrid")], {})
    admin.refresh_from_db()
    assert admin.check_password("a-long-password")


def test_seeding_needs_a_live_release(empty_home: Workspace) -> None:
    with pytest.raises(CommandError, match="no live release"):
        seed()


def test_without_demo_customers_the_lists_are_sampled_evenly_over_the_lists(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.demo.DEMO_CUSTOMERS", "missing.json")
    chosen = choose_demo_customers(release)
    assert len(chosen) == 12
    assert len({c.customer_id for c in chosen}) == 12
    assert all(release.lists.for_customer(c.customer_id) for c in chosen)


def test_demo_customers_are_offered_and_signed_in_by_one_click(client: Client, shop: Settings) -> None:
    shop.DEMO_LOGINS = True
    seed()
    buttons = Page(client.get(FORM)).all("button", name="customer")
    assert buttons[0].text.startswith("AAstrid")
    assert client.post(DEMO, {"customer": buttons[0]["value"]})["Location"] == "/"
    assert Page(client.get("/")).one("h1").text == "For you, Astrid"


def test_without_the_setting_there_is_no_such_door(client: Client, customer: Customer) -> None:
    profile = customer(is_demo=True)
    assert not Page(client.get(FORM)).all("button", name="customer")
    assert client.post(DEMO, {"customer": profile.pk}).status_code == 404
    assert "Sign in" in Page(client.get("/")).one("header").text


@pytest.mark.parametrize("number", ["", "x", "-1", "99999999", "9" * 5000, "1 or 1=1", "１"])
def test_the_door_opens_for_demo_customers_only(
    client: Client, customer: Customer, shop: Settings, number: str
) -> None:
    shop.DEMO_LOGINS = True
    customer(is_demo=False)
    assert client.post(DEMO, {"customer": number}).status_code == 404


def test_a_real_customer_cannot_be_signed_in_by_one_click(client: Client, customer: Customer, shop: Settings) -> None:
    shop.DEMO_LOGINS = True
    assert client.post(DEMO, {"customer": customer(is_demo=False).pk}).status_code == 404


def test_forms_are_refused_without_their_token(customer: Customer, shop: Settings) -> None:
    shop.DEMO_LOGINS = True
    profile = customer(is_demo=True)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(DEMO, {"customer": profile.pk}).status_code == 403
    assert strict.post(FORM, {"username": "astrid", "password": "a-long-password"}).status_code == 403
    strict.force_login(profile.user)
    assert strict.post("/account/sign-out/").status_code == 403
