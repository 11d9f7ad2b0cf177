"""Each mapping that ships makes the purchases, articles and profiles that its sample holds, worked out by hand."""

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from recsys_core.config import Config
from recsys_core.data.config import DataConfig
from recsys_core.data.mappings import description, mapping_path, shipped_mappings
from recsys_core.store.artifacts import Artifact
from recsys_core.workspace import Workspace, flip_link
from spark_jobs.jobs.ingest import ingest
from spark_jobs.mapping import load_sources
from tests.spark_jobs.conftest import rows

SAMPLES = Path(__file__).with_name("samples")


class Expected(NamedTuple):
    purchases: dict[tuple[str, str, str, float], int]
    """Number of times that each day, customer, article and price stand in the table: a piece is a purchase."""
    articles: dict[str, tuple[str | None, str | None]]
    """Name and product type."""
    profiles: dict[str, tuple[float | None, str | None]]
    """Age and postal code of the customers with a profile."""
    quarantined: int = 0


def olist_id(number: int) -> str:
    return f"{number:032x}"


SHOPIFY_DRESS, SHOPIFY_SOCKS = "LIN-DRESS-S-BLU", "SOCK-01"
EXPECTED = {
    "online_retail": Expected(
        {
            ("2010-12-01", "17001", "85123A", 2.55): 2,
            ("2010-12-01", "17001", "71053", 3.39): 1,
            ("2010-12-01", "17002", "22752", 7.65): 1,  # of three, two given back on the 4th
            ("2010-12-02", "17001", "22752", 7.65): 1,  # written with a space behind
            ("2010-12-03", "17002", "85123A", 2.95): 2,
            ("2010-12-06", "17003", "15056bl", 5.95): 1,
            ("2011-01-19", "17003", "23166", 1.04): 100,  # of 150; 12346 gave 74,215 pieces back
            ("2011-01-22", "17003", "71053", 3.39): 1,  # what was given back the day before was never bought
            ("2011-01-31", "17004", "84029E", 3.39): 1,
        },  # 17004's 85123A was given back on the day, by the clock before it was bought
        {
            "15056bl": ("EDWARDIAN PARASOL BLACK", None),
            "22752": ("SET 7 BABUSHKA NESTING BOXES", None),
            "23166": ("MEDIUM CERAMIC TOP STORAGE JAR", None),
            "71053": ("WHITE METAL LANTERN", None),
            "84029E": ("RED WOOLLY HOTTIE, WHITE HEART", None),
            "85123A": ("CREAM HANGING HEART T-LIGHT HOLDER", None),  # not the "?" of its first line
        },
        {
            "12346": (None, "United Kingdom"),
            "17001": (None, "United Kingdom"),
            "17002": (None, "France"),
            "17003": (None, "France"),
            "17004": (None, "United Kingdom"),
        },
    ),
    "online_retail_ii": Expected(
        {
            ("2009-12-01", "13085", "85048", 6.95): 3,
            ("2009-12-01", "13078", "22350", 2.55): 1,
            ("2009-12-03", "12682", "22350", 2.55): 1,
            ("2009-12-05", "12682", "79323P", 6.75): 1,
            ("2010-12-01", "13085", "85048", 7.95): 1,  # its 79323P of the first sheet is given back in the second
            ("2010-12-02", "12682", "22350", 2.1): 100,
            ("2010-12-03", "13078", "79323P", 5.75): 1,
            ("2010-12-04", "13078", "22423", 12.75): 1,  # a return of the day before takes nothing
            ("2010-12-05", "13085", "22423", 10.95): 2,
            ("2010-12-06", "12682", "47566", 4.95): 1,
        },
        {
            "22350": ("CAT BOWL", None),
            "22423": ("REGENCY CAKESTAND 3 TIER", None),
            "47566": ("PARTY BUNTING", None),
            "79323P": ("PINK CHERRY LIGHTS", None),
            "85048": ("15CM CHRISTMAS GLASS BALL 20 LIGHTS", None),
        },
        {"12682": (None, "France"), "13078": (None, "United Kingdom"), "13085": (None, "United Kingdom")},
    ),
    "retailrocket": Expected(
        {
            ("2015-06-02", "992329", "248676", 1.0): 1,
            ("2015-06-02", "257597", "355908", 1.0): 1,  # 03:59:59 UTC on the 3rd
            ("2015-06-03", "257597", "248676", 1.0): 1,
            ("2015-06-04", "483717", "253185", 1.0): 1,
            ("2015-06-04", "483717", "355908", 1.0): 1,
            ("2015-06-05", "992329", "248676", 1.0): 1,
        },
        {
            "248676": ("Item 248676", "Category 1114"),  # the later of two
            "253185": ("Item 253185", None),
            "355908": ("Item 355908", "Category 209"),
        },
        {},
    ),
    "olist": Expected(
        {
            ("2017-10-02", olist_id(700), olist_id(1), 58.9): 2,
            ("2017-10-03", olist_id(701), olist_id(2), 239.9): 1,
            ("2017-10-05", olist_id(703), olist_id(3), 19.0): 1,
            ("2017-10-07", olist_id(700), olist_id(4), 12.99): 1,
            ("2017-10-08", olist_id(701), olist_id(1), 55.0): 1,
            ("2017-10-09", olist_id(702), olist_id(5), 99.0): 1,
        },
        {
            olist_id(1): ("perfumery", "perfumery"),
            olist_id(2): ("bed bath table", "bed bath table"),
            olist_id(3): ("baby", "baby"),
            olist_id(4): ("sem traducao", "sem traducao"),
            olist_id(5): (None, None),
            olist_id(6): ("baby", "baby"),
        },
        {olist_id(700 + i): (None, f"{14409 + i}") for i in range(5)},
    ),
    "instacart": Expected(
        {
            ("2017-04-25", "1", "1", 1.0): 1,  # 15 and 21 days before the last order
            ("2017-04-25", "1", "2", 1.0): 1,
            ("2017-05-10", "1", "1", 1.0): 1,
            ("2017-05-31", "1", "1", 1.0): 1,
            ("2017-05-31", "1", "3", 1.0): 1,
            ("2017-04-18", "2", "3", 1.0): 1,
            ("2017-04-28", "2", "3", 1.0): 1,
            ("2017-04-28", "2", "4", 1.0): 1,
            ("2017-04-28", "2", "2", 1.0): 1,  # order 9, on the day of the one before
            ("2017-05-01", "2", "4", 1.0): 1,  # order 10 comes after 9; 30 days before one without products
            ("2017-05-31", "3", "1", 1.0): 1,
        },
        {
            "1": ("Chocolate Sandwich Cookies", "cookies cakes"),
            "2": ("Oolong Tea, unsweetened", "tea"),
            "3": ("Bag of Organic Bananas", "fresh fruits"),
            "4": ('Fresh "Extra" Mozzarella', "packaged cheese"),
            "5": ("Organic Yogurt", "yogurt"),
        },
        {},
    ),
    "dunnhumby": Expected(
        {
            ("2016-03-24", "2375", "1004906", 1.39): 1,
            ("2016-03-24", "2375", "1033142", 0.82): 1,
            ("2016-03-24", "2375", "1036325", 1.99): 2,  # 3.98 for two
            ("2016-03-26", "1364", "842930", 2.19): 1,
            ("2016-03-31", "1364", "1082185", 0.6667): 3,
            ("2016-04-24", "1130", "1036325", 1.99): 1,
            ("2016-04-25", "718", "1004906", 1.39): 1,
            ("2018-03-04", "1130", "842930", 2.0): 100,  # day 711
        },
        {
            "1004906": ("Potatoes Russet (bulk&bag)", "Potatoes"),
            "1033142": ("Onions Sweet (bulk&bag)", "Onions"),
            "1036325": ("Celery", "Vegetables - All Others"),
            "1082185": ("Bananas", "Tropical Fruit"),
            "842930": ("Frozen Breakfast", "Frozen"),
        },
        {"1130": (22.0, None), "1364": (50.0, None), "2375": (70.0, None)},
    ),
    "shopify_orders": Expected(
        {
            ("2023-03-15", "ann@example.org", SHOPIFY_DRESS, 49.0): 2,
            ("2023-03-15", "ann@example.org", SHOPIFY_SOCKS, 5.0): 1,  # filled down
            ("2023-03-15", "ann@example.org", "SCARF-02", 25.5): 1,
            ("2023-03-16", "cat@example.org", "LIN-DRESS-M-BLU", 49.0): 1,  # 02:30 +0000 on the 17th
            ("2023-03-18", "bob@example.org", "Gift card", 20.0): 1,  # without SKU; the one of the 16th was refunded
            ("2023-03-19", "eve@example.org", "TOTE", 12.0): 1,  # in both files
            ("2023-03-20", "ann@example.org", SHOPIFY_SOCKS, 4.0): 100,
            ("2023-03-23", "gus@example.org", SHOPIFY_DRESS, 44.1): 1,
        },
        {
            "Gift card": ("Gift card", None),
            "LIN-DRESS-M-BLU": ("Linen Dress", None),
            SHOPIFY_DRESS: ("Linen Dress", None),
            "SCARF-02": ("Wool Scarf", None),
            SHOPIFY_SOCKS: ("Cotton Socks", None),
            "TOTE": ("Tote, canvas", None),
        },
        {
            "ann@example.org": (None, "10119"),  # of the last order
            "bob@example.org": (None, "10118"),
            "cat@example.org": (None, "02139"),
            "dan@example.org": (None, "94110"),
            "eve@example.org": (None, "60601"),
            "fay@example.org": (None, "33101"),
            "gus@example.org": (None, "73301"),
        },
    ),
    "woocommerce": Expected(
        {
            ("2024-01-02", "ann@example.org", "HOOD-L", 45.0): 1,
            ("2024-01-02", "ann@example.org", "CAP", 16.5): 3,  # filled down
            ("2024-01-04", "bob@example.org", "Gift Wrap", 2.0): 2,
            ("2024-01-05", "cat@example.org", "CAP", 1250.0): 1,
        },
        {
            "BELT": ("Belt, leather", "Accessories"),
            "CAP": ("Cap", "Accessories"),
            "Gift Wrap": ("Gift Wrap", None),
            "HOOD-L": ("Hoodie with Logo", "Hoodies"),
        },
        {
            "ann@example.org": (None, "EC1A"),
            "bob@example.org": (None, "M2"),
            "cat@example.org": (None, "G1"),
            "dan@example.org": (None, "G2"),
        },
    ),
    "woocommerce_de": Expected(
        {
            ("2023-12-24", "k1", "A-1", 49.9): 1,
            ("2023-12-25", "k2", "A-2", 1249.0): 1,
            ("2023-12-25", "k2", "A-3", 9.95): 3,
            ("2024-01-01", "k3", "A-2", 49.0): 2,
            ("2024-01-02", "k4", "Geschenkkarte", 1000.0): 1,
        },
        {
            "A-1": ("Kleid, blau", "Kleider"),
            "A-2": ("Hose; kurz", "Hosen"),
            "A-3": ('Mütze "Föhn"', "Accessoires"),
            "Geschenkkarte": ("Geschenkkarte", "Gutscheine"),
        },
        {"k1": (None, "10115"), "k2": (None, "80331"), "k3": (None, "50668"), "k4": (None, "1067")},
        quarantined=1,  # "ab 40,00"
    ),
    "magento": Expected(
        {
            ("2024-03-09", "ann@example.org", "WH03-S-Red", 70.0): 2,  # 04:30 UTC on the 10th; the part has no price
            ("2024-03-09", "ann@example.org", "24-MB01", 34.0): 2,  # of three one was refunded
            ("2024-03-11", "guest@example.org", "24-MB01", 34.0): 1,
            ("2024-03-14", "ann@example.org", "24-WG085", 12.5): 100,  # 03:59:59 UTC on the 15th
        },
        {
            "24-MB01": ("Joust Duffle Bag", None),
            "24-WG085": ("Sprite Yoga Strap 6 foot", None),
            "WH03-S-Red": ("Teton Pullover Hoodie", None),
        },
        {},
    ),
}


def read_sample(folder: Path, name: str, mapping: Path | None = None) -> Artifact:
    workspace = Workspace(folder / "workspace")
    flip_link(workspace.raw, SAMPLES / name)
    lenient = Config(data=DataConfig(max_bad_share=0.1))
    return ingest(workspace, lenient, load_sources(mapping or mapping_path(name)))


def purchases_of(tables: Artifact) -> Counter[tuple[Any, ...]]:
    return Counter(
        (str(row["t_dat"]), row["customer_id"], row["article_id"], row["price"])
        for row in rows(tables.path / "transactions")
    )


SOON = ("online_retail", "shopify_orders")
"""Mappings of ``make test``: a query with returns over one file, and one that fills down; all are in the long tests."""


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize(
    "name", [name if name in SOON else pytest.param(name, marks=pytest.mark.full) for name in sorted(EXPECTED)]
)
def test_a_sample_makes_the_tables_of_its_shop(name: str, tmp_path: Path) -> None:
    expected, tables = EXPECTED[name], read_sample(tmp_path, name)
    assert purchases_of(tables) == expected.purchases
    articles = rows(tables.path / "articles")
    assert {a["article_id"]: (a["prod_name"], a["product_type_name"]) for a in articles} == expected.articles
    customers = rows(tables.path / "customers")
    profiles = {c["customer_id"]: (c["age"], c["postal_code"]) for c in customers if c["has_profile"]}
    assert profiles == expected.profiles
    assert tables.summary["quarantined"] == expected.quarantined


@pytest.mark.full
@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_returns_may_be_left_out_alone(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(mapping_path("online_retail").read_text().replace("returns = true", "returns = false"))
    found = purchases_of(read_sample(tmp_path, "online_retail", mapping))
    more = {
        ("2010-12-01", "17002", "22752", 7.65): 3,
        ("2011-01-18", "12346", "23166", 1.04): 100,
        ("2011-02-01", "17004", "85123A", 2.95): 1,
    }
    assert found == EXPECTED["online_retail"].purchases | more


def test_every_mapping_that_ships_has_a_sample_and_says_what_it_leaves_out() -> None:
    assert sorted(shipped_mappings()) == sorted(EXPECTED)
    for path in shipped_mappings().values():
        load_sources(path)
        text = description(path)
        assert "Left out:" in text, path
        assert "Change:" in text, path


def test_a_name_that_does_not_ship_is_answered_with_those_that_do(tmp_path: Path) -> None:
    assert mapping_path("olist").name == "olist.toml"
    own = tmp_path / "olist"
    own.write_text("")
    assert mapping_path(own) == own
    with pytest.raises(
        ValueError, match=r"column mapping olits does not exist: expected a file, or one that ships: .*olist"
    ):
        mapping_path("olits")
