import csv
import datetime as dt
import os
import subprocess
import sys

import pytest
from PIL import Image

from demo_shop import DemoSummary, generate
from recsys_core.contracts.columns import ARTICLE_COLUMNS, CUSTOMER_COLUMNS, TRANSACTION_COLUMNS
from recsys_core.store.artifacts import file_digests

SMALL = {"customers": 150, "articles": 260, "days": 10, "seed": 3}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "shop"
    generate(folder, **SMALL, image_size=(48, 72))
    return folder


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_tables_have_kaggles_columns_and_counts(out):
    summary = generate(out, **SMALL, image_size=(48, 72))
    articles, customers = rows(out / "articles.csv"), rows(out / "customers.csv")
    transactions = rows(out / "transactions_train.csv")
    assert tuple(articles[0]) == ARTICLE_COLUMNS
    assert tuple(customers[0]) == CUSTOMER_COLUMNS
    assert tuple(transactions[0]) == TRANSACTION_COLUMNS
    expected = DemoSummary(260, len(customers), len(transactions), 260, "2020-09-13", "2020-09-22")
    assert summary == expected
    assert len(articles) == 260


def test_rows_refer_to_each_other_and_run_in_date_order(out):
    articles = {row["article_id"] for row in rows(out / "articles.csv")}
    transactions = rows(out / "transactions_train.csv")
    assert {row["article_id"] for row in transactions} <= articles
    dates = [row["t_dat"] for row in transactions]
    assert dates == sorted(dates)
    assert dates[0] >= "2020-09-13"
    assert dates[-1] == "2020-09-22"
    assert all(len(row["customer_id"]) == 64 for row in transactions)


def test_some_customers_never_buy_and_some_buyers_are_unknown(out):
    known = {row["customer_id"] for row in rows(out / "customers.csv")}
    buyers = {row["customer_id"] for row in rows(out / "transactions_train.csv")}
    assert known - buyers
    assert buyers - known
    assert len(known | buyers) == SMALL["customers"]


def test_a_code_always_has_the_same_name(out):
    articles = rows(out / "articles.csv")
    for number, name in (
        ("product_type_no", "product_type_name"),
        ("colour_group_code", "colour_group_name"),
        ("perceived_colour_value_id", "perceived_colour_value_name"),
        ("perceived_colour_master_id", "perceived_colour_master_name"),
        ("graphical_appearance_no", "graphical_appearance_name"),
        ("department_no", "department_name"),
        ("index_code", "index_name"),
        ("index_group_no", "index_group_name"),
        ("section_no", "section_name"),
        ("garment_group_no", "garment_group_name"),
    ):
        pairs = {(row[number], row[name]) for row in articles}
        assert len(pairs) == len({code for code, _ in pairs}), number


def test_variants_share_what_belongs_to_the_product(out):
    by_product = {}
    for row in rows(out / "articles.csv"):
        assert row["article_id"][:7] == row["product_code"]
        shared = (row["prod_name"], row["product_type_name"], row["department_no"], row["detail_desc"])
        assert by_product.setdefault(row["product_code"], shared) == shared


def test_each_article_has_its_image(out):
    for row in rows(out / "articles.csv"):
        path = out / "images" / row["article_id"][:3] / f"{row['article_id']}.jpg"
        with Image.open(path) as image:
            assert image.size == (48, 72)
            assert image.format == "JPEG"


def test_same_seed_same_bytes_and_another_seed_another_shop(out, tmp_path):
    again, other = tmp_path / "again", tmp_path / "other"
    generate(again, **SMALL, image_size=(48, 72))
    generate(other, **(SMALL | {"seed": 4}), images=False)
    assert file_digests(again) == file_digests(out)
    assert file_digests(other)["articles.csv"] != file_digests(out)["articles.csv"]


def test_bytes_do_not_depend_on_the_process(out, tmp_path):
    """Python's string hashes differ from process to process; the shop's bytes must not."""
    code = "import sys, pathlib; from demo_shop import generate; "
    code += f"generate(pathlib.Path(sys.argv[1]), **{SMALL}, images=False)"
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / hash_seed)], check=True, env=environment)
        digests = file_digests(tmp_path / hash_seed)
        for name in ("articles.csv", "customers.csv", "transactions_train.csv"):
            assert digests[name] == file_digests(out)[name]


def test_existing_shop_with_the_same_parameters_is_left_alone(out):
    before = (out / "articles.csv").stat().st_mtime_ns
    generate(out, **SMALL, image_size=(48, 72))
    assert (out / "articles.csv").stat().st_mtime_ns == before


def test_existing_shop_with_other_parameters_is_an_error_that_names_them(out):
    with pytest.raises(FileExistsError, match=r"days 10 != 11.*--out"):
        generate(out, **(SMALL | {"days": 11}), image_size=(48, 72))


def test_a_folder_with_something_else_is_not_touched(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "holiday.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="something else than a demo shop"):
        generate(tmp_path / "shop", **SMALL, images=False)
    assert (tmp_path / "shop" / "holiday.txt").read_text() == "mine"


def test_a_failure_leaves_nothing_half_way_and_the_next_run_succeeds(tmp_path, monkeypatch):
    from demo_shop import shop

    def fails(*_):
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(shop, "write_customers", fails)
        with pytest.raises(OSError, match="disk full"):
            generate(tmp_path / "shop", **SMALL, images=False)
    assert not (tmp_path / "shop").exists()
    assert generate(tmp_path / "shop", **SMALL, images=False).articles == 260


@pytest.mark.parametrize(("name", "value"), [("customers", 0), ("articles", 5), ("days", 1)])
def test_too_small_a_shop_is_refused_by_name(tmp_path, name, value):
    with pytest.raises(ValueError, match=rf"{name} = {value}: a demo shop needs at least"):
        generate(tmp_path / "shop", **(SMALL | {name: value}))


def test_last_day_can_be_chosen(tmp_path):
    summary = generate(tmp_path / "shop", **SMALL, images=False, last_day=dt.date(2024, 2, 29))
    assert (summary.first_day, summary.last_day) == ("2024-02-20", "2024-02-29")


@pytest.mark.parametrize("purchases", [700, 2_345])
def test_a_shop_has_as_many_purchases_as_are_asked_for(tmp_path, purchases):
    summary = generate(tmp_path / "shop", **SMALL, purchases=purchases, images=False)

    assert summary.transactions == purchases
    with (tmp_path / "shop" / "transactions_train.csv").open() as file:
        assert sum(1 for _ in file) == purchases + 1
