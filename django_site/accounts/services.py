"""Writes: logins and their customers, preferences, demo logins."""

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Q

from accounts.demo import DemoCustomer
from accounts.forms import SignUpForm
from accounts.models import CustomerProfile
from accounts.sign_in_limits import forget_failures
from recsys_core.workspace import Workspace

DEMO_LOGINS_FILE = "demo-logins.json"


@transaction.atomic
def replace_demo_customers(customers: list[DemoCustomer], known: dict[str, str]) -> dict[str, str]:
    """Make the demo logins exactly these; returns the password by username.

    ``known`` passwords (of an earlier run) stay valid; other logins than demo logins are never touched.

    Raises
    ------
    ValueError
        If a username belongs to a real account, or a customer is already linked to one.
    """
    _refuse_real_accounts(customers)
    users = get_user_model().objects
    users.filter(customer__is_demo=True).exclude(username__in=[c.username for c in customers]).delete()
    CustomerProfile.objects.filter(is_demo=True).delete()
    passwords = {}
    for position, customer in enumerate(customers):
        user, _ = users.get_or_create(username=customer.username)
        password = known.get(customer.username) or secrets.token_urlsafe(9)
        if not user.check_password(password):
            user.set_password(password)
        user.first_name = customer.name
        user.save()
        CustomerProfile.objects.create(
            user=user,
            customer_id=customer.customer_id,
            age_interval=customer.age_interval,
            habit=customer.habit,
            is_demo=True,
            position=position,
        )
        passwords[customer.username] = password
    return passwords


def ensure_customer(user: User, customer_id: str = "") -> CustomerProfile:
    """The customer that a login shops as; a new one if it has none yet: ``customer_id`` if that is nobody's login."""
    is_free = customer_id and not CustomerProfile.objects.filter(customer_id=customer_id).exists()
    new = {"customer_id": customer_id if is_free else secrets.token_hex(32)}
    profile, _ = CustomerProfile.objects.get_or_create(user_id=user.pk, defaults=new)
    user.customer = profile  # also where it was known to have none
    return profile


@transaction.atomic
def sign_up(form: SignUpForm, customer_id: str = "") -> User:
    """A login with a customer of its own: the one who ordered as a guest (``customer_id``), or a new one."""
    user: User = form.save()
    profile = ensure_customer(user, customer_id)
    profile.age_interval = form.cleaned_data["age_interval"]
    profile.save()
    return user


def set_preferences(customer: CustomerProfile, collections: list[str], age_interval: str) -> None:
    customer.collections, customer.age_interval = collections, age_interval
    customer.save()


def set_email(user: User, address: str) -> None:
    user.email = get_user_model().objects.normalize_email(address)
    user.save(update_fields=["email"])


def delete_account(user: User, workspace: Workspace, bought_as: Iterable[str] = ()) -> None:
    """Remove the login and all that the shop keeps of it, and have the pipeline forget the customer.

    ``bought_as``: customers whose purchases are the user's beside the profile's, as of orders before signing in.

    The record comes first: should the process die in between, the data is forgotten and the login can be deleted
    again; the other way round nobody would know whom to forget.
    """
    profile = CustomerProfile.objects.filter(user_id=user.pk).first()
    for customer_id in {*bought_as, *([profile.customer_id] if profile else [])}:
        workspace.erase(customer_id)
    if profile:
        _forget_staff_notes(profile)
        _forget_demo_login(Path(settings.WEB_DIR) / DEMO_LOGINS_FILE, profile.customer_id)
    forget_failures(user.get_username())
    get_user_model().objects.filter(pk=user.pk).delete()
    transaction.on_commit(_forget_freed_pages)


def _forget_staff_notes(profile: CustomerProfile) -> None:
    """The admin's history names what staff changed, by the names that it had."""
    of_profile = Q(content_type=ContentType.objects.get_for_model(profile), object_id=str(profile.pk))
    of_login = Q(content_type=ContentType.objects.get_for_model(get_user_model()), object_id=str(profile.user_id))
    LogEntry.objects.filter(of_profile | of_login).update(object_repr="deleted", change_message="")


def _forget_demo_login(path: Path, customer_id: str) -> None:
    if path.exists():
        logins = json.loads(path.read_text())
        _write_private(path, [login for login in logins if login["customer_id"] != customer_id])


def _forget_freed_pages() -> None:
    """SQLite's log of writes still holds what was deleted until it is cut."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _refuse_real_accounts(customers: list[DemoCustomer]) -> None:
    """A username or customer of a login that is not a demo login must not be taken over."""
    real = get_user_model().objects.exclude(customer__is_demo=True)
    names = real.filter(username__in=[c.username for c in customers]).values_list("username", flat=True)
    linked = CustomerProfile.objects.filter(is_demo=False, customer_id__in=[c.customer_id for c in customers])
    taken = sorted({*names, *linked.values_list("user__username", flat=True)})
    if taken:
        raise ValueError(f"{', '.join(taken)}: is a real account; rename or delete it to get demo logins")


def read_demo_logins(path: Path) -> dict[str, str]:
    """Passwords by username from an earlier run, empty without one."""
    try:
        return {login["username"]: login["password"] for login in json.loads(path.read_text())}
    except FileNotFoundError:
        return {}


def write_demo_logins(path: Path, customers: list[DemoCustomer], passwords: dict[str, str]) -> None:
    """``[{"username", "password", "name", "customer_id", "age_interval", "habit"}]``, readable by the owner only."""
    logins = [
        {
            "username": customer.username,
            "password": passwords[customer.username],
            "name": customer.name,
            "customer_id": customer.customer_id,
            "age_interval": customer.age_interval,
            "habit": customer.habit,
        }
        for customer in customers
    ]
    _write_private(path, logins)


def _write_private(path: Path, logins: list[dict[str, str]]) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(logins, file, indent=1)
    fresh.replace(path)
