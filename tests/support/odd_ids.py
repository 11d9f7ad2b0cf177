"""Article ids that may be, as no shop would choose them."""

from recsys_core.contracts.article_ids import MAX_LENGTH

ODD_IDS = (
    "a/b",
    "..",
    ".",
    "a.b",
    "100%",
    "a b",
    "É-1",
    "~7E",
    "~",
    "x",
    "x_2",
    "0108775015",
    "<b>",
    '"q"',
    "a'b",
    "a,b",
    "a;b",
    "a?b#c",
    "a&amp;b",
    "{{ a }}",
    "%2F",
    "/",
    "\\",
    "-",
    "unknown",
    "y" * MAX_LENGTH,
    "🧥" * MAX_LENGTH,
    "🧥",
    "مقاس ٤٢",
    "\u202eabc",
    "a\u00a0b",
)
"""Not all there can be, but what addresses, cookies, forms, HTML, JSON and CSV treat differently."""
