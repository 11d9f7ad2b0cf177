"""First mappings for a shop's files: shipped ones that fit, and guesses that can be loaded."""

from pathlib import Path

import pytest

from recsys_core.data.guessing.proposal import fitting_mappings, propose
from recsys_core.data.guessing.text import guess_mapping
from recsys_core.data.mappings import shipped_mappings
from recsys_core.data.table_sample import TableSample, read_samples
from spark_jobs.mapping import load_sources
from spark_jobs.schemas import TableSource

SAMPLES = Path(__file__).parents[2] / "spark_jobs" / "samples"


def samples_of(folder: Path, **files: str) -> list[TableSample]:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return read_samples(folder)[0]


def loaded(folder: Path, text: str) -> dict[str, TableSource]:
    path = folder / "guessed.toml"
    path.write_text(text)
    return {source.contract.name: source for source in load_sources(path)}


@pytest.mark.parametrize("name", sorted(shipped_mappings()))
def test_a_shipped_mapping_is_proposed_for_its_sample_and_the_guess_can_be_loaded(name: str, tmp_path: Path) -> None:
    samples, reasons = read_samples(SAMPLES / name)
    assert not reasons
    assert fitting_mappings(samples)[0] == name
    proposed = propose(name, samples, guess=False)
    assert f"`--mapping {name}` uses it as it is" in proposed
    loaded(tmp_path, proposed)
    assert set(loaded(tmp_path, propose(name, samples, guess=True))) >= {"articles", "transactions"}


def test_one_file_of_lines_gives_all_tables(tmp_path: Path) -> None:
    samples = samples_of(
        tmp_path,
        Verkäufe_2023="Belegdatum;Kundennr.;Artikelnummer;Bezeichnung;Warengruppe;Preis;Land\n"
        "24.12.2023;17;A-1;Kleid;Kleider;49,90;DE\n"
        "25.12.2023;18;A-1;Kleid;Kleider;1.049,90;AT\n",
    )
    sources = loaded(tmp_path, guess_mapping(samples))
    bought = sources["transactions"]
    assert bought.columns == {
        "article_id": "Artikelnummer",
        "customer_id": "Kundennr.",
        "price": "Preis",
        "t_dat": "Belegdatum",
    }
    assert (bought.date_formats, bought.decimal, bought.constants) == (("d.M.yyyy",), ",", {"sales_channel_id": "2"})
    assert bought.patterns == ("verkäufe*",)
    assert sources["articles"].columns == {
        "article_id": "Artikelnummer",
        "prod_name": "Bezeichnung",
        "product_type_name": "Warengruppe",
    }
    assert sources["articles"].distinct
    assert sources["customers"].columns == {"customer_id": "Kundennr.", "postal_code": "Land"}


def test_day_and_customer_come_from_the_orders_and_quantities_are_counted(tmp_path: Path) -> None:
    samples = samples_of(
        tmp_path,
        orders="order_id,user_id,created_at,status\n1,7,2024-01-02,paid\n2,8,2024-01-03,cancelled\n",
        lines="order_id,sku,qty,unit_price\n1,A,2,9.5\n1,B,1,3\n2,A,-1,9.5\n",
        products="sku,title,category\nA,Cap,Hats\nB,Belt,\n",
    )
    text = guess_mapping(samples)
    sources = loaded(tmp_path, text)
    query = " ".join((sources["transactions"].select or "").split())
    assert (
        "o.`created_at` AS t_dat, o.`user_id` AS customer_id, l.`sku` AS article_id, l.`unit_price` AS price, "
        "l.`qty` AS quantity, l._line FROM lines l JOIN orders o USING (`order_id`) "
        "WHERE coalesce(o.`status`, '') NOT IN ('cancelled')"
    ) in query
    assert sources["articles"].patterns == ("products",)
    assert "Negative quantities are left out" in text
    assert "customers" not in sources
    assert "no features by age and no segments by age" in text


def test_what_is_missing_stands_there_with_what_it_means(tmp_path: Path) -> None:
    samples = samples_of(tmp_path, sales="customer,product\na,x\nb,y\na,y\n")
    text = guess_mapping(samples)
    loaded(tmp_path, text)
    assert "# No column for t_dat was found" in text
    assert "# No price: each is 1" in text
    assert "# No channel" in text
    assert "rules by product type are off" in text


def test_files_without_purchases_are_refused_with_their_columns(tmp_path: Path) -> None:
    samples = samples_of(tmp_path, colours="red,green\n1,2\n")
    with pytest.raises(ValueError, match=r"no file looks like purchases.*colours\.csv: red, green"):
        guess_mapping(samples)


def test_kaggles_own_layout_needs_no_mapping(tmp_path: Path) -> None:
    samples = samples_of(
        tmp_path,
        articles="article_id,prod_name\n0000000001,Top\n0000000002,Cap\n",
        transactions_train="t_dat,customer_id,article_id,price\n2020-09-01,a,0000000001,0.5\n2020-09-02,b,0000000001,1\n",
    )
    assert propose("shop", samples, guess=False).startswith("# These files need no mapping")


def test_odd_characters_of_a_header_break_no_line_of_the_mapping(tmp_path: Path) -> None:
    lines = '"order id","sku ""x""\\n`y`",qty\n1,X,1\n2,X,2\n1,Y,1\n'
    orders = '"order id",day,who\n1,2020-01-02,a\n2,2020-01-03,b\n'
    samples = samples_of(tmp_path, lines=lines, orders=orders)
    sources = loaded(tmp_path, guess_mapping(samples))
    assert sources["articles"].columns == {"article_id": 'sku "x"\\n`y`'}
    assert 'l.`sku "x"\\n``y``` AS article_id' in (sources["transactions"].select or "")


def test_a_quantity_is_read_by_the_decimal_comma_of_the_prices(tmp_path: Path) -> None:
    lines = "day;who;sku;qty;price\n2020-01-02;a;X;{};49,90\n2020-01-03;b;X;{};1,50\n"
    plain, mixed = (lines.format(*values) for values in (("1", "2,5"), ("1.00", "2.50")))
    as_it_is = loaded(tmp_path, guess_mapping(samples_of(tmp_path, sales=plain)))["transactions"]
    assert as_it_is.columns["quantity"] == "qty"
    converted = loaded(tmp_path, guess_mapping(samples_of(tmp_path, sales=mixed)))["transactions"]
    assert "quantity" not in converted.columns
    assert converted.expressions == {"quantity": "replace(`qty`, '.', ',')"}
