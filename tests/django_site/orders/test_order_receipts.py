"""An order is among the purchases only once ingest says so; what is lost is written again."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

from orders.export import export_orders
from orders.models import Order
from orders.receipts import Settled, settle
from orders.views import hand_over
from recsys_core.workspace import Workspace
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(tmp_path: Path, shop: Settings) -> Workspace:
    shop.RECSYS_WORKSPACE = tmp_path / "home"
    return Workspace(shop.RECSYS_WORKSPACE)


def acknowledge(workspace: Workspace, file: Path, **entry: object) -> None:
    """As ingest does."""
    receipt = {"sha256": sha256(file.read_bytes()).hexdigest(), "problems": {}, **entry}
    workspace.order_receipt.parent.mkdir(exist_ok=True)
    workspace.order_receipt.write_text(json.dumps({"tables": "key", "files": {file.name: receipt}}))


def state() -> str:
    return Order.objects.get().state


def test_it_is_written_then_taken_in(placed: Order, workspace: Workspace) -> None:
    assert state() == "waiting"
    (file,) = export_orders(workspace.incoming)
    assert settle(workspace) == Settled()
    assert state() == "written"
    acknowledge(workspace, file)
    assert settle(workspace) == Settled(taken_in=1)
    assert state() == "taken in"


def test_a_receipt_of_other_bytes_says_nothing(placed: Order, workspace: Workspace) -> None:
    (file,) = export_orders(workspace.incoming)
    acknowledge(workspace, file, sha256="0" * 64)
    settle(workspace)
    assert state() == "written"


@pytest.mark.parametrize("line", [2, 3, 4])
def test_one_row_in_quarantine_is_a_refusal_until_it_is_healed(placed: Order, workspace: Workspace, line: int) -> None:
    (file,) = export_orders(workspace.incoming)  # a header, two pieces and one
    acknowledge(workspace, file, problems={str(line): "unknown article"})
    assert settle(workspace) == Settled(refused=1)
    assert state() == "refused: unknown article"
    acknowledge(workspace, file)
    settle(workspace)
    assert state() == "taken in"


def test_a_file_that_could_not_be_read_is_a_refusal(placed: Order, workspace: Workspace) -> None:
    (file,) = export_orders(workspace.incoming)
    acknowledge(workspace, file, refused="no rows")
    settle(workspace)
    assert state() == "refused: no rows"


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_lost_file_is_written_again_with_the_same_bytes(
    placed: Order, workspace: Workspace, acknowledged: bool
) -> None:
    (file,) = export_orders(workspace.incoming)
    content = file.read_bytes()
    if acknowledged:
        acknowledge(workspace, file)
        settle(workspace)
    file.unlink()
    assert settle(workspace) == Settled(written_again=1)
    assert state() == "waiting"
    assert export_orders(workspace.incoming) == [file]
    assert file.read_bytes() == content


def test_staff_see_the_state_as_of_the_last_ingest(placed: Order, workspace: Workspace) -> None:
    (file,) = export_orders(workspace.incoming)
    staff = Client()
    staff.force_login(User.objects.create_superuser("boss"))
    acknowledge(workspace, file, problems={"2": "unknown article"})
    assert "refused: unknown article" in Page(staff.get("/staff/orders/order/")).one("main").text
    acknowledge(workspace, file)
    assert "taken in" in Page(staff.get("/staff/orders/order/")).one("main").text


def test_check_out_leaves_the_receipts_to_the_clock(placed: Order, workspace: Workspace) -> None:
    (file,) = export_orders(workspace.incoming)
    acknowledge(workspace, file)
    hand_over()
    assert state() == "written"
    call_command("export_orders")
    assert state() == "taken in"


def test_many_files_are_settled_by_as_many_queries_as_one(
    placed: Order, workspace: Workspace, django_assert_num_queries: Any
) -> None:
    files, receipts = [export_orders(workspace.incoming)[0]], {}
    for number in ("A", "B"):
        again = Order.objects.create(
            user=placed.user, number=number, customer_id="a", purchase_day=placed.purchase_day, total=1
        )
        again.lines.create(article_id="0100000001", name="Alma", quantity=1, price=1, price_units=0.05)
        files += export_orders(workspace.incoming)
    for file in files:
        receipts[file.name] = {"sha256": sha256(file.read_bytes()).hexdigest(), "problems": {}}
    workspace.order_receipt.parent.mkdir()
    workspace.order_receipt.write_text(json.dumps({"tables": "key", "files": receipts}))
    with django_assert_num_queries(5):  # names of files, twice; orders; lines; the mark
        assert settle(workspace) == Settled(taken_in=3)
    files[1].unlink()
    assert settle(workspace) == Settled(written_again=1)
    assert dict(Order.objects.values_list("export_file", "exported_at"))[files[1].name] is None
