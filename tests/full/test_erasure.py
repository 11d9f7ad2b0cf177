"""A customer who deletes the account is gone from everything that the platform keeps, after the next run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.full.runs import RECSYS, finish, live_release
from tests.small_run import SMALL
from tests.traces import traces_of

pytestmark = [pytest.mark.full, pytest.mark.spark, pytest.mark.timeout(3600)]
REPOSITORY = Path(__file__).parents[2]
SHOPPING = """
import json, os, sys
import django
django.setup()
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from accounts.models import CustomerProfile
from events.models import Event
from orders.models import Order
from recsys_core.workspace import Workspace
from recsys_core.serving import open_live

call_command("migrate", verbosity=0)
workspace, customer_id = Workspace.from_env(), sys.argv[1]
release = open_live(workspace)
articles = release.catalogue.articles(release.catalogue.in_stock.nonzero()[0][:2])


def shop(name, customer_id):
    user = User.objects.create_user(name, password="a-long-password")
    profile = CustomerProfile.objects.create(user=user, customer_id=customer_id)
    client = Client(headers={"Host": "localhost"})
    client.cookies["statistics"] = "yes"
    client.force_login(user)
    client.get("/")
    client.post("/bag/add", {"article": articles[0].article_id})
    page = client.get("/bag/checkout/").content.decode()
    total = page.split('name="total" value="')[1].split('"')[0]
    assert client.post("/bag/checkout/", {"total": total}).status_code == 302
    client.post("/bag/add", {"article": articles[1].article_id})
    client.post("/account/saved/change", {"article": articles[1].article_id})
    Event.objects.create(at=timezone.now(), kind="view", visitor="v", user=user, variant="", release_id=release.id,
                         surface="product", article_id=articles[0].article_id)
    LogEntry.objects.create(user=user, content_type_id=1, object_id=str(profile.pk), object_repr=customer_id,
                            action_flag=CHANGE, change_message=customer_id)
    return client


shop("stays", "customer-who-stays")
client = shop("goes", customer_id)
assert customer_id in "".join(file.read_text() for file in workspace.incoming.glob("shop_orders_*.csv"))
answer = client.post("/account/delete/", {"password": "a-long-password"})
assert answer.status_code == 302, answer.content
print(json.dumps({"orders": Order.objects.count(), "users": User.objects.count()}))
"""


def go_shopping(workspace: Path, customer_id: str) -> dict[str, int]:
    env = {**os.environ, "RECSYS_WORKSPACE": str(workspace), "DJANGO_SETTINGS_MODULE": "config.settings"}
    env |= {"PYTHONPATH": os.pathsep.join(map(str, (REPOSITORY, REPOSITORY / "django_site")))}
    for name in ("DATABASE_URL", "MILVUS_URI"):
        env.pop(name, None)
    (workspace / "web").mkdir(exist_ok=True)
    command = [sys.executable, "-c", SHOPPING, customer_id]
    done = subprocess.run(command, env=env, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    counts: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return counts


def bought(workspace: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(
        workspace / "tables" / "current" / "transactions", partitioning=None
    ).to_pylist()
    return rows


def test_after_a_deletion_and_a_run_no_byte_speaks_of_the_customer(tmp_path: Path) -> None:
    shop, workspace = tmp_path / "shop", tmp_path / "workspace"
    size = ["--customers", "300", "--articles", "250", "--days", "60", "--no-images", "--out", str(shop)]
    subprocess.run([*RECSYS, "demo-data", *size], check=True, capture_output=True)
    (tmp_path / "config.toml").write_text(SMALL)
    config = ("--config", str(tmp_path / "config.toml"))
    finish(workspace, "run", "--data", str(shop), *config)
    before, first = bought(workspace), live_release(workspace)
    goes = before[-1]["customer_id"]
    assert len(goes) > 20
    kept = [path for path in workspace.iterdir() if path.name != "raw"]
    assert {name.split("/")[0] for name in traces_of(goes, workspace / "batches", workspace / "tables")} != set()

    assert go_shopping(workspace, goes) == {"orders": 1, "users": 1}
    finish(workspace, "run", *config)
    finish(workspace, "clean", "--idle", *config)

    kept = [path for path in workspace.iterdir() if path.name != "raw"]
    assert {path.name: found for path in kept if (found := traces_of(goes, path))} == {}
    assert traces_of("customer-who-stays", workspace / "incoming") != []
    others = [row for row in before if row["customer_id"] != goes]
    assert len(bought(workspace)) == len(others) + 1  # the order of who stays
    second = live_release(workspace)
    assert second["id"] != first["id"]
    assert second["rows"]["customers"] == first["rows"]["customers"]  # one went, one came
