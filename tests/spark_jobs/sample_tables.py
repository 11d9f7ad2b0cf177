"""Tables that each mapping's sample makes, worked out by hand from the files in ``samples``."""

import hashlib
from pathlib import Path
from typing import NamedTuple

SAMPLES = Path(__file__).with_name("samples")


class Expected(NamedTuple):
    purchases: dict[tuple[str, str, str, float], int]
    """Number of times that each day, customer, article and price stand in the table."""
    articles: dict[str, tuple[str | None, str | None]]
    """Name and product type."""
    profiles: dict[str, tuple[float | None, str | None]]
    """Age and postal code of the customers with a profile."""
    quarantined: dict[int, str] = {}  # noqa: RUF012 - of a tuple
    """Reason by line of the file of the purchases."""


QUANTITY, PRICE = "quantity is not a number", "price is not a number >= 0"


def olist_id(number: int) -> str:
    return f"{number:032x}"


def shortened(text: str) -> str:
    """An id of 64 characters of a longer text: its beginning, a space, 8 digits of its SHA-256."""
    return f"{text[:55]} {hashlib.sha256(text.encode()).hexdigest()[:8]}"


SHOPIFY_DRESS, SHOPIFY_SOCKS = "LIN-DRESS-S-BLU", "SOCK-01"
CARDIGAN = "Hand-knitted merino cardigan with mother-of-pearl buttons"
SHOPIFY_CARDIGAN = shortened(f"{CARDIGAN} - L / Forest green")
MAGENTO_KIT = shortened("24-WG080-24-WG084-24-WG088-24-WG082-blue-24-WG083-blue-24-WG081-gray")
EXPECTED = {  # by the mapping's name
    "online_retail": Expected(
        {
            ("2010-12-01", "17001", "85123A", 2.55): 2,
            ("2010-12-01", "17001", "71053", 3.39): 1,
            ("2010-12-01", "17002", "22752", 7.65): 1,  # of three, two given back on the 4th
            ("2010-12-02", "17001", "22752", 7.65): 1,  # written with a space behind
            ("2010-12-03", "17002", "85123A", 2.95): 2,
            ("2010-12-06", "17003", "15056BL", 5.95): 1,  # written 15056bl
            ("2011-01-19", "17003", "23166", 1.04): 100,  # of 150; 12346 gave 74,215 pieces back
            ("2011-01-22", "17003", "71053", 3.39): 1,  # what was given back the day before was never bought
            ("2011-01-31", "17004", "84029E", 3.39): 1,
            ("2011-02-02", "17005", "22138", 4.95): 2,
            ("2011-02-02", "17005", "84029E", 3.39): 1,
            ("2011-02-03", "17001", "22138", 4.95): 1,  # of two, one given back on the 8th
            ("2011-02-03", "17003", "21730", 4.25): 4,  # of six, two given back on the 19th
            ("2011-02-13", "17002", "22728", 3.75): 1,  # 13.2.2011
            ("2011-02-14", "17004", "22728", 3.75): 1,  # 2011-02-14
            ("2011-02-15", "17005", "22728", 3.75): 1,
            ("2011-02-18", "17004", "23166", 1.04): 12,
            ("2011-02-20", "17001", "21730", 4.25): 2,
            ("2011-02-21", "17005", "71053", 3.39): 1,
            ("2011-02-21", "17005", "85123A", 2.95): 1,
            ("2011-02-22", "17004", "22752", 7.65): 2,  # two equal lines
            ("2011-02-23", "17002", "15056BL", 5.95): 1,
        },  # 17004's 85123A was given back on the day, by the clock before it was bought
        {
            "15056BL": ("EDWARDIAN PARASOL BLACK", None),
            "21730": ("GLASS STAR FROSTED T-LIGHT HOLDER", None),
            "22138": ("BAKING SET 9 PIECE RETROSPOT", None),
            "22728": ("ALARM CLOCK BAKELIKE PINK", None),  # twice; once it is called otherwise
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
            "17005": (None, "EIRE"),
        },
        {31: QUANTITY, 32: PRICE},  # two; 4,95
    ),
    "online_retail_ii": Expected(
        {
            ("2009-12-01", "13085", "85048", 6.95): 3,
            ("2009-12-01", "13078", "22350", 2.55): 1,
            ("2009-12-03", "12682", "22350", 2.55): 1,
            ("2009-12-05", "12682", "79323P", 6.75): 1,
            ("2009-12-07", "12682", "85048", 6.95): 1,
            ("2009-12-08", "13090", "21871", 1.25): 6,  # the line stands there twice
            ("2009-12-09", "13090", "79323P", 6.75): 1,
            ("2009-12-11", "13085", "22350", 2.55): 1,
            ("2009-12-14", "13090", "47566", 4.65): 3,
            ("2010-12-01", "13085", "85048", 7.95): 1,  # in both sheets; its 79323P is given back in the second
            ("2010-12-02", "12682", "22350", 2.1): 100,  # of 120, in both sheets
            ("2010-12-03", "13078", "79323P", 5.75): 1,
            ("2010-12-04", "13078", "22423", 12.75): 1,  # a return of the day before takes nothing
            ("2010-12-05", "13085", "22423", 10.95): 2,
            ("2010-12-06", "12682", "47566", 4.95): 1,
            ("2010-12-07", "13090", "85048", 7.95): 2,
            ("2010-12-08", "12682", "22423", 10.95): 1,
            ("2010-12-09", "12682", "21871", 1.25): 12,
            ("2010-12-09", "13078", "47566", 4.95): 1,
            ("2010-12-10", "13085", "79323P", 5.75): 1,  # written 79323p
            ("2010-12-10", "13090", "22350", 2.1): 1,
        },  # 13078 gave both pieces of 21871 back
        {
            "21871": ("RETRO SPOT MUG", None),
            "22350": ("CAT BOWL", None),
            "22423": ("REGENCY CAKESTAND 3 TIER", None),
            "47566": ("PARTY BUNTING", None),
            "79323P": ("PINK CHERRY LIGHTS", None),
            "85048": ("15CM CHRISTMAS GLASS BALL 20 LIGHTS", None),
        },
        {
            "12682": (None, "France"),
            "13078": (None, "United Kingdom"),
            "13085": (None, "United Kingdom"),
            "13090": (None, "EIRE"),
        },
        {20: QUANTITY},  # six
    ),
    "retailrocket": Expected(
        {
            ("2015-06-02", "992329", "248676", 1.0): 1,
            ("2015-06-02", "257597", "355908", 1.0): 1,  # 03:59:59 UTC on the 3rd
            ("2015-06-03", "257597", "248676", 1.0): 1,
            ("2015-06-04", "483717", "253185", 1.0): 1,
            ("2015-06-04", "483717", "355908", 1.0): 1,
            ("2015-06-05", "992329", "248676", 1.0): 1,
            ("2015-06-06", "257597", "253185", 1.0): 1,
            ("2015-06-06", "111016", "248676", 1.0): 1,
            ("2015-06-07", "951259", "367447", 1.0): 1,
            ("2015-06-07", "951259", "318965", 1.0): 2,  # two lines of one order
            ("2015-06-07", "111016", "355908", 1.0): 1,  # 03:59:59 UTC on the 8th
            ("2015-06-08", "483717", "248676", 1.0): 1,
            ("2015-06-08", "992329", "318965", 1.0): 1,
            ("2015-06-09", "257597", "367447", 1.0): 1,
            ("2015-06-09", "992330", "355908", 1.0): 1,
            ("2015-06-09", "992330", "248676", 1.0): 1,
            ("2015-06-10", "111016", "253185", 1.0): 1,
            ("2015-06-10", "483717", "367447", 1.0): 1,
            ("2015-06-10", "951259", "248676", 1.0): 1,
        },
        {
            "248676": ("Item 248676", "Category 1114"),  # the later of two
            "253185": ("Item 253185", None),
            "318965": ("Item 318965", None),
            "355908": ("Item 355908", "Category 209"),
            "367447": ("Item 367447", "Category 209"),
        },
        {},
        {40: "t_dat is not a date"},  # soon
    ),
    "olist": Expected(
        {
            ("2017-10-02", olist_id(700), olist_id(1), 58.9): 2,
            ("2017-10-03", olist_id(701), olist_id(2), 239.9): 1,
            ("2017-10-05", olist_id(703), olist_id(3), 19.0): 1,
            ("2017-10-07", olist_id(700), olist_id(4), 12.99): 1,
            ("2017-10-08", olist_id(701), olist_id(1), 55.0): 1,
            ("2017-10-09", olist_id(702), olist_id(5), 99.0): 1,
            ("2017-10-10", olist_id(705), olist_id(2), 239.9): 1,
            ("2017-10-10", olist_id(705), olist_id(6), 35.5): 1,
            ("2017-10-11", olist_id(703), olist_id(3), 19.0): 3,
            ("2017-10-13", olist_id(704), olist_id(7), 120.0): 1,
            ("2017-10-13", olist_id(704), olist_id(8), 9.9): 1,
            ("2017-10-14", olist_id(706), olist_id(4), 12.99): 1,
            ("2017-10-14", olist_id(706), olist_id(6), 35.5): 1,
            ("2017-10-15", olist_id(700), olist_id(8), 9.9): 1,
            ("2017-10-16", olist_id(701), olist_id(5), 99.0): 1,
            ("2017-10-16", olist_id(701), olist_id(7), 118.5): 1,
            ("2017-10-17", olist_id(706), olist_id(1), 58.9): 1,
            ("2017-10-18", olist_id(702), olist_id(8), 0.85): 1,
        },
        {
            olist_id(1): ("perfumery", "perfumery"),
            olist_id(2): ("bed bath table", "bed bath table"),
            olist_id(3): ("baby", "baby"),
            olist_id(4): ("sem traducao", "sem traducao"),
            olist_id(5): (None, None),
            olist_id(6): ("baby", "baby"),
            olist_id(7): ("computers accessories", "computers accessories"),
            olist_id(8): ("stationery", "stationery"),
        },
        {olist_id(700 + i): (None, f"{14409 + i}") for i in range(5)}
        | {olist_id(705): (None, "01310"), olist_id(706): (None, "20040")},
        {26: PRICE, 27: "unknown article"},  # n/a; no such product
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
            ("2017-05-31", "3", "5", 1.0): 1,
            ("2017-05-24", "4", "5", 1.0): 1,  # 7 days before the order of the other file
            ("2017-05-24", "4", "3", 1.0): 1,
            ("2017-05-31", "4", "5", 1.0): 1,
            ("2017-05-31", "4", "3", 1.0): 1,
            ("2017-05-31", "4", "2", 1.0): 1,
            ("2017-05-01", "5", "1", 1.0): 1,  # 30 days and none before the last order
            ("2017-05-01", "5", "6", 1.0): 1,
            ("2017-05-31", "5", "2", 1.0): 1,
            ("2017-05-31", "5", "5", 1.0): 2,  # in two orders of the day
        },  # no order 99 is in the files
        {
            "1": ("Chocolate Sandwich Cookies", "cookies cakes"),
            "2": ("Oolong Tea, unsweetened", "tea"),
            "3": ("Bag of Organic Bananas", "fresh fruits"),
            "4": ('Fresh "Extra" Mozzarella', "packaged cheese"),
            "5": ("Organic Yogurt", "yogurt"),
            "6": ('Café "Olé" Crème', None),  # its aisle has no name
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
            ("2018-02-26", "718", "1082185", 0.55): 2,
            ("2018-02-26", "718", "995242", 2.59): 1,
            ("2018-02-27", "1130", "995242", 2.5): 2,
            ("2018-02-27", "1130", "981760", 1.89): 1,
            ("2018-02-28", "2375", "981760", 1.89): 3,
            ("2018-02-28", "2375", "1033142", 0.82): 1,
            ("2018-03-01", "2375", "1082185", 0.39): 1,  # 0.64 of them
            ("2018-03-02", "1364", "842930", 2.19): 1,
            ("2018-03-02", "1364", "1004906", 1.39): 2,
            ("2018-03-03", "889", "1036325", 1.99): 1,
            ("2018-03-03", "889", "995242", 2.59): 1,
            ("2018-03-04", "718", "1004906", 1.39): 1,
            ("2018-03-04", "1130", "842930", 2.0): 100,  # day 711; of 150
        },
        {
            "1004906": ("Potatoes Russet (bulk&bag)", "Potatoes"),
            "1033142": ("Onions Sweet (bulk&bag)", "Onions"),
            "1036325": ("Celery", "Vegetables - All Others"),
            "1082185": ("Bananas", "Tropical Fruit"),
            "842930": ("Frozen Breakfast", "Frozen"),
            "981760": ("Eggs - X-large", "Eggs"),
            "995242": ("Fluid Milk White Only", "Fluid Milk Products"),
        },
        {"1130": (22.0, None), "1364": (50.0, None), "2375": (70.0, None)},
        {24: QUANTITY},  # one
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
            ("2023-03-24", "hal@example.org", "TOTE", 12.0): 1,
            ("2023-03-24", "hal@example.org", SHOPIFY_SOCKS, 5.0): 2,
            ("2023-03-25", "ivy@example.org", "SCARF-02", 25.5): 1,  # 01:30 +0000 on the 26th; refunded in part
            ("2023-03-26", "jon@example.org", "LIN-DRESS-M-BLU", 49.0): 1,
            ("2023-03-26", "jon@example.org", SHOPIFY_CARDIGAN, 189.0): 1,
            ("2023-03-27", "kim@example.org", "Gift card", 50.0): 1,  # not paid yet, not cancelled
            ("2023-03-28", "lea@example.org", "SCARF-02", 25.5): 1,
            ("2023-03-29", "ann@example.org", "TOTE", 12.0): 1,
            ("2023-03-29", "ann@example.org", SHOPIFY_DRESS, 49.0): 1,
            ("2023-03-30", "bob@example.org", SHOPIFY_SOCKS, 5.0): 3,
            ("2023-03-31", "cat@example.org", "SCARF-02", 25.5): 1,
            ("2023-04-01", "gus@example.org", "TORCH-É", 39.0): 1,
            ("2023-04-02", "dan@example.org", "LIN-DRESS-M-BLU", 44.1): 1,
            ("2023-04-02", "dan@example.org", "TOTE", 12.0): 1,
        },
        {
            "Gift card": ("Gift card", None),
            "LIN-DRESS-M-BLU": ("Linen Dress", None),
            SHOPIFY_DRESS: ("Linen Dress", None),
            "SCARF-02": ("Wool Scarf", None),
            SHOPIFY_CARDIGAN: (CARDIGAN, None),
            SHOPIFY_SOCKS: ("Cotton Socks", None),
            "TORCH-É": ("Crème brûlée torch", None),
            "TOTE": ("Tote, canvas", None),
        },  # the sheet of stickers was a gift
        {
            "ann@example.org": (None, "10119"),  # of the last order
            "bob@example.org": (None, "10118"),
            "cat@example.org": (None, "02139"),
            "dan@example.org": (None, "94111"),
            "eve@example.org": (None, "60601"),
            "fay@example.org": (None, "33101"),
            "gus@example.org": (None, "73301"),
            "hal@example.org": (None, "10011"),
            "ivy@example.org": (None, "SW1A 1AA"),
            "jon@example.org": (None, "60614"),
            "kim@example.org": (None, "02140"),
            "lea@example.org": (None, "73302"),
        },
        {14: QUANTITY},  # two
    ),
    "woocommerce": Expected(
        {
            ("2024-01-02", "ann@example.org", "HOOD-L", 45.0): 1,
            ("2024-01-02", "ann@example.org", "CAP", 16.5): 3,  # filled down
            ("2024-01-04", "bob@example.org", "Gift Wrap", 2.0): 2,
            ("2024-01-05", "cat@example.org", "CAP", 1250.0): 1,
            ("2024-01-06", "eve@example.org", "TEE-V", 18.0): 1,
            ("2024-01-06", "eve@example.org", "Tea & Coffee Mug", 9.5): 1,
            ("2024-01-07", "fay@example.org", "CAP", 16.5): 2,
            ("2024-01-09", "cat@example.org", "JACKET", 1250.0): 1,  # 1,250.00
            ("2024-01-12", "eve@example.org", "CAP", 16.5): 1,
            ("2024-01-12", "eve@example.org", "Gift Wrap", 2.0): 1,
            ("2024-01-13", "gil@example.org", "HOOD-L", 45.0): 1,
            ("2024-01-14", "hal@example.org", "TEE-V", 18.0): 1,
            ("2024-01-14", "hal@example.org", "BELT", 55.0): 1,
            ("2024-01-15", "bob@example.org", "Tea & Coffee Mug", 9.5): 1,
            ("2024-01-18", "dan@example.org", "CAP", 16.5): 2,
            ("2024-01-19", "fay@example.org", "HOOD-L", 45.0): 1,
            ("2024-01-19", "fay@example.org", "TEE-V", 18.0): 1,
            ("2024-01-20", "cat@example.org", "Tea & Coffee Mug", 9.5): 1,
            ("2024-01-20", "jon@example.org", "BELT", 55.0): 1,
            ("2024-01-21", "eve@example.org", "Gift Wrap", 2.0): 1,  # 12:30 am
            ("2024-01-21", "eve@example.org", "BELT", 55.0): 1,
        },  # order 112 is refunded in the later file
        {
            "BELT": ("Belt, leather", "Accessories"),
            "CAP": ("Cap", "Accessories"),
            "Gift Wrap": ("Gift Wrap", None),
            "HOOD-L": ("Hoodie with Logo", "Hoodies"),
            "JACKET": ("Leather Jacket", "Jackets"),
            "TEE-V": ("Tee – V-Neck", "Tees"),
            "Tea & Coffee Mug": ("Tea & Coffee Mug", "Kitchen"),
        },
        {
            "ann@example.org": (None, "EC2A"),  # of the last order
            "bob@example.org": (None, "M2"),
            "cat@example.org": (None, "G1"),
            "dan@example.org": (None, "G2"),
            "eve@example.org": (None, "L1"),
            "fay@example.org": (None, "L3"),
            "gil@example.org": (None, "N1"),
            "hal@example.org": (None, "N2"),
            "ivy@example.org": (None, "N3"),
            "jon@example.org": (None, "N4"),
            "kay@example.org": (None, "L2"),
        },
        {12: QUANTITY, 13: PRICE},  # some; $1,250.00
    ),
    "woocommerce_de": Expected(
        {
            ("2023-12-24", "k1", "A-1", 49.9): 1,
            ("2023-12-25", "k2", "A-2", 1249.0): 1,
            ("2023-12-25", "k2", "A-3", 9.95): 3,
            ("2024-01-01", "k3", "A-2", 49.0): 2,
            ("2024-01-02", "k4", "Geschenkkarte", 1000.0): 1,
            ("2024-01-03", "k5", "A-4", 18.5): 2,  # 2,5 of them, at 18,50 €
            ("2024-01-03", "k5", "A-5", 0.35): 12,  # filled down
            ("2024-01-06", "k6", "A-5", 0.35): 6,
            ("2024-01-06", "k7", "A-4", 18.5): 1,  # 0,75 of them
            ("2024-01-07", "k1", "A-3", 9.95): 2,  # as the later file has it
            ("2024-01-08", "k2", "A-1", 49.9): 1,
            ("2024-01-08", "k2", "A-5", 0.35): 2,  # 2.00 of them
            ("2024-01-08", "k8", "A-7", 59.0): 1,
            ("2024-01-09", "k3", "A-3", 9.95): 1,
            ("2024-01-09", "k5", "A-1", 44.9): 1,
            ("2024-01-09", "k5", "A-2", 49.0): 1,
            ("2024-01-10", "k7", "Geschenkkarte", 50.0): 1,
            ("2024-01-10", "k9", "A-7", 59.0): 1,  # 59,00 EUR
            ("2024-01-11", "k6", "A-4", 18.5): 1,
            ("2024-01-11", "k8", "A-2", 49.0): 1,  # without a Menge
        },
        {
            "A-1": ("Kleid, blau", "Kleider"),
            "A-2": ("Hose; kurz", "Hosen"),
            "A-3": ('Mütze "Föhn"', "Accessoires"),
            "A-4": ('Stoff "Leinen" & Co.', "Stoffe"),
            "A-5": ("Knöpfe, Holz", "Zubehör"),
            "A-7": ("Bügelbrett", "Haushalt"),
            "Geschenkkarte": ("Geschenkkarte", "Gutscheine"),
        },  # no shipping, and not A-6, which was a gift
        {
            "k1": (None, "10117"),  # of the last order
            "k2": (None, "80331"),
            "k3": (None, "50668"),
            "k4": (None, "1067"),
            "k5": (None, "01067"),
            "k6": (None, "20095"),
            "k7": (None, "8001"),
            "k8": (None, "70173"),
            "k9": (None, "1010"),
        },
        {9: PRICE, 16: QUANTITY},  # ab 40,00; zwei
    ),
    "magento": Expected(
        {
            ("2024-03-09", "ann@example.org", "WH03-S-Red", 70.0): 2,  # 04:30 UTC on the 10th; the part has no price
            ("2024-03-09", "ann@example.org", "24-MB01", 34.0): 2,  # of three one was refunded
            ("2024-03-11", "guest@example.org", "24-MB01", 34.0): 1,
            ("2024-03-14", "ann@example.org", "24-WG085", 12.5): 100,  # 03:59:59 UTC on the 15th
            ("2024-03-16", "bob@example.org", "24-MB01", 34.0): 1,
            ("2024-03-16", "bob@example.org", "24-UG07", 12.0): 2,
            ("2024-03-17", "guest@example.org", "24-WG085", 14.0): 1,
            ("2024-03-17", "guest@example.org", MAGENTO_KIT, 61.0): 1,  # not its parts
            ("2024-03-18", "cat@example.org", "24-UG06", 19.0): 1,
            ("2024-03-19", "ann@example.org", "WH03-S-Red", 70.0): 1,
            ("2024-03-20", "éva@example.org", "24-MB01", 34.0): 1,
            ("2024-03-20", "éva@example.org", "24-UG06", 19.0): 2,  # of three one was refunded
            ("2024-03-21", "dan@example.org", "24-WG085", 14.0): 1,
            ("2024-03-22", "bob@example.org", "24-UG06", 19.0): 1,
            ("2024-03-22", "bob@example.org", "24-UG07", 12.0): 1,
            ("2024-03-23", "guest@example.org", "24-MB01", 34.0): 1,
            ("2024-03-23", "guest@example.org", MAGENTO_KIT, 61.0): 1,
            ("2024-03-24", "cat@example.org", "24-UG07", 12.0): 1,
            ("2024-03-24", "cat@example.org", "WH03-S-Red", 70.0): 1,
            ("2024-03-25", "éva@example.org", "24-UG06", 19.0): 1,
            ("2024-03-25", "éva@example.org", "24-WG085", 12.5): 1,
        },
        {
            "24-MB01": ("Joust Duffle Bag", None),
            "24-UG06": ("Quest Lumaflex™ Band", None),
            "24-UG07": ("Dual Handle Cardio Ball", None),
            "24-WG085": ("Sprite Yoga Strap 6 foot", None),
            MAGENTO_KIT: ("Sprite Yoga Companion Kit", None),
            "WH03-S-Red": ("Teton Pullover Hoodie", None),
        },  # the sample was free
        {},
        {23: QUANTITY},  # one
    ),
}
