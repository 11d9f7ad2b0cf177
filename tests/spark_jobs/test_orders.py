"""Orders of the storefront and erased customers, in a shop whose own files have other names and columns."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from orders.export import export_orders
from orders.models import Order, OrderLine
from orders.receipts import Settled, settle
from recsys_core.config import Config
from recsys_core.pipeline.clean import clean
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.store.artifacts import Artifact
from recsys_core.workspace import Workspace
from spark_jobs.jobs.ingest import ingest
from spark_jobs.mapping import load_sources
from spark_jobs.schemas import kaggle_sources
from tests.spark_jobs.conftest import make_shop, rows
from tests.spark_jobs.test_mapping import LINES, write
from tests.traces import traces_of

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("spark"), pytest.mark.django_db]
DAY = dt.date(2010, 12, 31)
LANTERN = "85123A"


def order(number: str, customer: str, article: str = LANTERN, quantity: int = 1, file: str = "") -> Order:
    user, _ = User.objects.get_or_create(username=customer)
    made = Order.objects.create(
        user=user, number=number, customer_id=customer, purchase_day=DAY, total=Decimal(1), export_file=file
    )
    OrderLine.objects.create(
        order=made, article_id=article, name="Lantern", quantity=quantity, price=Decimal(1), price_units=2.55
    )
    return made


def states() -> dict[str, str]:
    return {each.number: each.state for each in Order.objects.order_by("number")}


def bought(tables: Artifact) -> Counter[tuple[str, str, float]]:
    found = rows(tables.path / "transactions")
    return Counter((str(row["customer_id"]), str(row["article_id"]), float(str(row["price"]))) for row in found)


@pytest.fixture
def mapped(tmp_path: Path) -> Workspace:
    """The shop of ``test_mapping``: purchases of b1 and b2, in a file ``lines.csv``."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.raw.mkdir(parents=True)
    (workspace.raw / "lines.csv").write_text(LINES)
    return workspace


def test_a_mapped_shop_has_its_orders_once_ingest_says_so(mapped: Workspace, tmp_path: Path) -> None:
    sources = load_sources(write(tmp_path))
    order("A", "b1", quantity=2)
    export_orders(mapped.incoming)
    order("B", "b1", quantity=2)  # the same purchases again, in a file of its own
    order("C", "b1", article="0000000009")
    order("D", "b2", file="transactions_orders_1.csv")  # claimed by a former version
    order("E", "b2", file="transactions_orders_2.csv")  # with the same bytes
    order("F", "b9")
    export_orders(mapped.incoming)
    assert settle(mapped) == Settled()
    assert set(states().values()) == {"written"}

    tables = ingest(mapped, Config(), sources)

    assert bought(tables) == {
        ("b1", LANTERN, 2.55): 1 + 2 + 2,
        ("b2", "X1", 3.0): 1,
        ("b2", LANTERN, 2.55): 1,
        ("b9", LANTERN, 2.55): 1,
    }
    assert set(states().values()) == {"written"}
    assert settle(mapped) == Settled(taken_in=4, refused=1, written_again=1)
    assert states() == {
        **dict.fromkeys("ABDF", "taken in"),
        "C": "refused: unknown article",
        "E": "waiting",
    }

    (lost,) = (
        path
        for path in mapped.incoming.iterdir()
        if path.read_text().startswith("order") and ",b1," in path.read_text() and "C," not in path.read_text()
    )
    content = lost.read_text()
    lost.unlink()
    assert settle(mapped).written_again == 1  # A's file; E waits already
    export_orders(mapped.incoming)
    assert lost.read_text() == content
    tables = ingest(mapped, Config(), sources)
    settle(mapped)

    assert bought(tables)["b1", LANTERN, 2.55] == 5
    assert bought(tables)["b2", LANTERN, 2.55] == 2
    assert states() == {**dict.fromkeys("ABDEF", "taken in"), "C": "refused: unknown article"}


def test_a_damaged_file_of_orders_stops_nobody_and_is_written_again(mapped: Workspace, tmp_path: Path) -> None:
    order("A", "b1")
    (file,) = export_orders(mapped.incoming)
    whole = file.read_text()
    file.write_text("order_number,t_dat\nA,2010")
    sources = load_sources(write(tmp_path))
    assert ingest(mapped, Config(), sources).summary["transactions"] == 2
    assert settle(mapped) == Settled(written_again=1)
    assert export_orders(mapped.incoming) == [file]
    assert file.read_text() == whole


def test_after_an_erasure_and_a_run_no_byte_speaks_of_the_customer(tmp_path: Path) -> None:
    anna, bert = "a" * 40, "b" * 40
    header = "t_dat,customer_id,article_id,price,sales_channel_id\n"
    purchases = f"2020-09-01,{anna},0000000001,0.05,2\n2020-09-02,{bert},0000000003,0.1,2\n2020-02-30,{anna},1,1,2\n"
    broken = f'2020-09-03,"{anna},0000000001,0.05,2\n2020-09-03,{bert}\n'
    delivered = tmp_path / "delivered"
    delivered.mkdir()
    shop = make_shop(
        delivered, transactions_train=header + purchases + broken, customers=f"customer_id\n{anna}\n{bert}\n"
    )
    workspace = Workspace(tmp_path / "workspace")
    workspace.point_raw_at(shop.raw)
    workspace.incoming.mkdir()
    former = workspace.incoming / "transactions_orders_1.csv"
    former.write_text(header + f"2020-09-03,{anna},0000000001,0.05,2\n2020-09-03,{bert},0000000001,0.05,2\n")
    (workspace.incoming / "shop_orders_2.csv").write_text(
        f"order_number,{header}N1,2020-09-03,{anna},0000000001,0.05,2\n"
    )

    before = ingest(workspace, Config(), kaggle_sources())
    assert before.summary["transactions"] == 5
    assert len(traces_of(anna, workspace.root)) > 5
    workspace.erase(anna)
    after = ingest(workspace, Config(), kaggle_sources())
    clean(BuildPlan.of_current_tables(workspace, Config()), idle=True)

    assert traces_of(anna, *(path for path in workspace.root.iterdir() if path != workspace.raw)) == []
    assert {row["customer_id"] for row in rows(after.path / "customers")} == {bert}
    assert (after.summary["transactions"], after.summary["quarantined"]) == (2, 1)
    assert [path.name for path in workspace.incoming.iterdir()] == [former.name]
    kept = f"2020-09-03,{bert},0000000001,0.05,2\n"
    assert former.read_text() == header + kept
    assert ingest(workspace, Config(), kaggle_sources()).key == after.key
