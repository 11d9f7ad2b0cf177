"""The user, customer and session of a request, read with prepared SQL, are those that Django's own ways read."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.backends import ShopperBackend
from accounts.models import CustomerProfile
from accounts.sessions import SessionStore
from tests.django_site.conftest import Customer

pytestmark = pytest.mark.django_db


def values_of(row: User | CustomerProfile) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.parametrize("yes_or_no", [True, False])
def test_the_user_and_the_customer_are_those_of_the_database(customer: Customer, yes_or_no: bool) -> None:
    made = customer(collections=["Ladieswear"], is_demo=yes_or_no, habit="buys often", position=3)
    User.objects.filter(pk=made.user_id).update(
        is_staff=yes_or_no, email="astrid@example.org", last_login=timezone.now()
    )
    user = ShopperBackend().get_user(made.user_id)
    assert user is not None
    assert values_of(user.customer) == values_of(CustomerProfile.objects.get(pk=made.pk))
    assert user.customer.is_demo is user.is_staff is yes_or_no
    assert values_of(user) == values_of(User.objects.get(pk=made.user_id))


def test_a_customer_takes_one_query_and_leads_back_to_the_user(customer: Customer) -> None:
    made = customer()
    with CaptureQueriesContext(connection) as asked:
        user = ShopperBackend().get_user(made.user_id)
        assert user is not None
        assert user.customer.user is user
    assert len(asked) == 1


def test_changes_of_a_user_that_was_read_are_saved(customer: Customer) -> None:
    user = ShopperBackend().get_user(customer().user_id)
    assert user is not None
    user.first_name, user.customer.habit = "Ann", "buys rarely"
    user.save()
    user.customer.save()
    held = User.objects.get()
    assert (User.objects.count(), held.first_name, held.customer.habit) == (1, "Ann", "buys rarely")


def test_staff_have_no_customer_and_sign_in_as_before(db: None) -> None:
    staff = User.objects.create_user("staff", is_staff=True)
    assert ShopperBackend().get_user(staff.pk) == staff
    assert ShopperBackend().get_user(staff.pk + 1) is None


def test_who_was_made_inactive_is_signed_out(signed_in: Client) -> None:
    assert signed_in.get("/api/v1/recommendations").json()["tier"] == "own"
    User.objects.update(is_active=False)
    assert signed_in.get("/api/v1/recommendations").json()["tier"] == "global"


def test_a_changed_password_ends_the_session(signed_in: Client) -> None:
    user = User.objects.get()
    user.set_password("another-long-password")
    user.save()
    assert signed_in.get("/api/v1/recommendations").json()["tier"] == "global"


def test_sessions_made_by_djangos_engine_go_on() -> None:
    before = db.SessionStore()
    before["bag"] = {"0100000001": 2}
    before.create()
    assert SessionStore(before.session_key)["bag"] == {"0100000001": 2}


@pytest.mark.parametrize(("seconds", "is_held"), [(60, True), (-60, False)])
def test_a_session_ends_at_its_time(seconds: int, is_held: bool) -> None:
    session = SessionStore()
    session["bag"] = {"0100000001": 2}
    session.create()
    key = session.session_key
    Session.objects.update(expire_date=timezone.now() + dt.timedelta(seconds=seconds))
    later = SessionStore(key)
    assert ("bag" in later) is is_held
    assert (later.session_key == key) is is_held
