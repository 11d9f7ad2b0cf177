"""A database of an earlier version keeps its boosts, who may edit them, and its events."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.apps.registry import Apps
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from events.models import Event
from merchandising.models import Boost

BEFORE = [("merchandising", "0001_initial"), ("events", "0001_initial")]
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.fixture
def before() -> Iterator[Apps]:
    """Models of the earlier version; its tables hold nothing yet. In the end the tables are today's."""
    yield MigrationExecutor(connection).migrate(BEFORE).apps
    upgrade()


def upgrade() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.mark.django_db(transaction=True)
def test_what_staff_and_shoppers_did_is_kept(before: Apps) -> None:
    before.get_model("merchandising", "Promotion").objects.create(label="New knitwear", article_ids=["1"], places=7)
    kind = Permission.objects.get(codename="add_boost").content_type
    held = Permission.objects.create(content_type=kind, codename="add_promotion", name="Can add promotion")
    Permission.objects.filter(codename="add_boost").delete()
    seen = {"at": NOW, "kind": "click", "visitor": "v", "variant": "control", "release_id": "r"}
    before.get_model("events", "Event").objects.create(**seen, place="picture", rung="own", lane="promoted")

    upgrade()

    assert list(Boost.objects.values_list("label", "positions")) == [("New knitwear", 7)]
    held.refresh_from_db()
    assert (held.codename, held.name) == ("add_boost", "Can add boost")
    assert list(Event.objects.values_list("surface", "tier", "retriever")) == [("image", "own", "boosted")]
