"""The staff page of the business rules, without JavaScript."""

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from recsys_core.serving import Release
from recsys_core.serving.ledger import read_ledger
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
ADDRESS = "/staff/rules/"


@pytest.fixture
def staff(client: Client) -> Client:
    user = User.objects.create_user("boss", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="try_rules"))
    client.force_login(user)
    return client


def table(client: Client) -> dict[str, list[str]]:
    """The cells of each row by its first one."""
    rows: list[list[str]] = []
    for element in Page(client.get(ADDRESS)).elements:
        if element.tag == "tr":
            rows.append([])
        elif element.tag in ("th", "td"):
            rows[-1].append(element.text)
    return {first: cells for first, *cells in rows}


def test_every_rule_says_whether_it_acts_why_and_what_it_dropped(staff: Client) -> None:
    said = table(staff)
    assert said["Rule"] == ["State", "Why", "Dropped", "active", "lapsed", "new"]
    assert said["availability"] == [
        "on",
        "without a feed inventory, a sale in the last 60 days tells stock",
        *("1,246", "1,234", "0", "12"),
    ]
    assert said["price_range"][2:] == ["0"] * 4
    assert said["season"] == ["off", "purchases cover 220 days, it needs 365", *["–"] * 4]
    assert said["Places refilled with what is popular"] == ["7", "0", "0"]


def test_a_release_without_a_ledger_says_so(staff: Client, release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "ledger", None)
    assert Page(staff.get(ADDRESS)).one("p", id="no-ledger")


def test_a_ledger_of_before_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "ledger.json").write_text(json.dumps({"customers": {"new": 1}, "dropped": {}}))
    assert read_ledger(tmp_path / "ledger.json") is None
    assert read_ledger(tmp_path / "none.json") is None


def test_who_may_not_try_rules_does_not_see_them(client: Client) -> None:
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(ADDRESS).status_code == 403
