"""Several processes export the orders of one database into one folder, and some are killed with signal 9."""

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
SHOP = """
import datetime as dt, json, os, signal, sys
from decimal import Decimal
from pathlib import Path
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections, transaction
from orders.export import export_orders
from orders.models import Order, OrderLine

incoming = Path(sys.argv[1])
call_command("migrate", verbosity=0)
user = User.objects.create_user("anna")


def place(first, last):
    for number in range(first, last):
        with transaction.atomic():  # as the shop places an order
            made = Order.objects.create(user=user, number=f"N{number}", customer_id="anna",
                                        purchase_day=dt.date(2020, 9, 1), total=Decimal(1))
            OrderLine.objects.create(order=made, article_id="0000000001", name="x", quantity=2, price=1,
                                     price_units=0.05)


def start(death=""):
    # A process of its own that exports; with a death it dies as its file is put in place.
    connections.close_all()
    if child := os.fork():
        return child
    put, own = Path.replace, os.getpid()
    os.getpid = lambda: 1  # as in every pod

    def die(self, target):
        if death == "after":
            put(self, target)
        os.kill(own, signal.SIGKILL)

    if death:
        Path.replace = die
    for _ in range(1 if death else 15):
        export_orders(incoming)
    os._exit(0)


def end(*children):
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


place(0, 5)
statuses = end(start("before"))
place(5, 10)
statuses += end(start("after"))
exporters = [start(), start()]
place(10, 40)
statuses += end(*exporters)
export_orders(incoming)
print(json.dumps({"statuses": statuses, "open": Order.objects.filter(exported_at=None).count()}))
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], Path]:
    root = tmp_path_factory.mktemp("processes")
    env = {**os.environ, "RECSYS_WORKSPACE": str(root), "DJANGO_SETTINGS_MODULE": "config.settings"}
    env |= {"PYTHONPATH": os.pathsep.join(map(str, (REPOSITORY, REPOSITORY / "django_site")))}
    env.pop("DATABASE_URL", None)
    (root / "web").mkdir()
    command = [sys.executable, "-c", SHOP, str(root / "incoming")]
    done = subprocess.run(command, env=env, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1]), root / "incoming"


def test_every_order_is_in_one_file_with_all_its_items(result: tuple[dict[str, object], Path]) -> None:
    said, incoming = result
    assert said == {"statuses": [-9, -9, 0, 0], "open": 0}
    files = sorted(incoming.glob("shop_orders_*.csv"))
    rows = [(file.name, row["order_number"]) for file in files for row in csv.DictReader(file.open())]
    assert Counter(number for _, number in rows) == {f"N{number}": 2 for number in range(40)}
    assert len({*rows}) == 40  # no order stands in two files
