"""The text of a guessed mapping: TOML with comments on what is missing and what that means."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from recsys_core.data.guessing.columns import Column, date_format, decimal_comma
from recsys_core.data.guessing.tables import (
    ARTICLE_ROLES,
    CUSTOMER_ROLES,
    LINE_ROLES,
    Lines,
    articles_file,
    assign,
    customers_file,
    find_lines,
)
from recsys_core.data.table_sample import TableSample

UNWANTED: Final = re.compile(
    r"cancel|refund|return|fail|void|draft|storn|erstatt|fehlgeschl|entwurf|annul|rembours|devol|reembols",
    re.IGNORECASE,
)
"""Values of a status that is no purchase."""
BOUGHT: Final = re.compile(r"transaction|purchase|order|buy|sale", re.IGNORECASE)
"""Values of an event that is one."""
MISSING: Final = {
    "customers": "No file of customers: no age, so no features by age and no segments by age; no postal code.",
    "age": "No age: no features by age, no segments by age.",
    "product_type_name": (
        "No product type: similar articles by attributes retrieve nothing, and rules by product type are off."
    ),
    "price": "No price: each is 1, and features of prices say nothing.",
    "sales_channel_id": "No channel: all purchases count as online (2); 1 is a store.",
    "prod_name": "No name: pages and search know an article by its id alone.",
}
ENOUGH_FILLED: Final = 0.95
"""Share of lines with a customer from which none is thought to be filled down."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")
MAX_SEEN: Final = 200
"""Characters of the values that a comment shows."""


def guess_mapping(samples: Sequence[TableSample]) -> str:
    """A commented mapping as TOML.

    Raises
    ------
    ValueError
        If no file has columns of purchases.
    """
    lines = find_lines(samples)
    if lines is None:
        raise ValueError(
            "no file looks like purchases, with a column for the article and one for the customer or the day; found: "
            + "; ".join(f"{sample.name}: {', '.join(sample.columns)}" for sample in samples)
        )
    parts = [_head(samples), _shop(), *_files(lines), _articles(samples, lines), _customers(samples, lines)]
    return "\n".join([*parts, _transactions(lines)])


def _head(samples: Sequence[TableSample]) -> str:
    files = "".join(remark(f"  {sample.name}: {', '.join(sample.columns)}") for sample in samples)
    return (
        remark("A column mapping guessed from names and first values: read each line, then run recsys mapping check.")
        + remark("Files and their columns:")
        + files
    )


def remark(text: str) -> str:
    """A comment line."""
    return f"# {_CONTROL.sub(' ', text)}\n"


def _shop() -> str:
    return '[shop]\ntime_zone = "UTC"  # whose clock tells the day of an instant, such as "Europe/Berlin"\n'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _sql(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _query(text: str) -> str:
    """A query as a TOML string of several lines."""
    inner = "\n".join(_quoted(line)[1:-1] for line in text.split("\n"))
    return f'select = """\n{inner}"""'


def _files(lines: Lines) -> list[str]:
    if not _needs_query(lines):
        return []
    named = {"lines": lines.sample} | ({"orders": lines.orders} if lines.orders else {})
    return ["[files]\n" + "".join(f"{view} = {_quoted(_glob(sample))}\n" for view, sample in named.items())]


def _glob(sample: TableSample) -> str:
    """The file's name as a pattern; a number or a date at its end may be another one next time."""
    stem = re.sub(r"[\[\]*?]", "?", sample.file.stem)
    return re.sub(r"[_.]?\d[\d_.]*$", "*", stem)


def _needs_query(lines: Lines) -> bool:
    return lines.orders is not None


def _articles(samples: Sequence[TableSample], lines: Lines) -> str:
    wanted = lines.columns["article_id"].name
    own = articles_file(samples, lines)
    sample = own or lines.sample
    assigned = assign(
        sample, ("article_id", *ARTICLE_ROLES, *(("t_dat", "customer_id", "price") if own is None else ()))
    )
    id_column = wanted if wanted in sample.columns else assigned["article_id"].name
    found = {"article_id": id_column}
    found |= {
        role: column.name for role, column in assigned.items() if role in ARTICLE_ROLES and column.name != id_column
    }
    text = f"[articles]\nsource = {_quoted(_glob(sample))}\n"
    text += "" if own else "distinct = true  # no file of articles: of each id the first line counts\n"
    if own is None:
        text += f"where = {_quoted(f'trim({_sql(id_column)}) <> ' + repr(''))}\n"
    text += "[articles.columns]\n" + _pairs(found)
    missing = [role for role in ("prod_name", "product_type_name") if role not in found]
    return text + "".join(f"# {MISSING[role]}\n" for role in missing)


def _pairs(found: Mapping[str, str]) -> str:
    return "".join(f"{role} = {_quoted(name)}\n" for role, name in found.items())


def _customers(samples: Sequence[TableSample], lines: Lines) -> str:
    customer = lines.column("customer_id")
    if customer is None:
        return ""
    of_customer = lines.orders if lines.orders and "customer_id" in lines.of_orders else lines.sample
    own = customers_file(samples, lines)
    sample = own or of_customer
    found = {role: column.name for role, column in assign(sample, CUSTOMER_ROLES).items()}
    names = [name for name in sample.columns if name.casefold() == customer.name.casefold()]
    if not found or (own is None and set(found.values()) & {customer.name}):
        return f"# {MISSING['customers']}\n"
    id_column = names[0] if names else assign(sample, ("customer_id",))["customer_id"].name
    text = f"[customers]\nsource = {_quoted(_glob(sample))}\n"
    if own is None:
        text += f"distinct = true\nwhere = {_quoted(f'trim({_sql(id_column)}) <> ' + repr(''))}\n"
    text += "[customers.columns]\n" + _pairs({"customer_id": id_column, **found})
    return text + ("" if "age" in found else f"# {MISSING['age']}\n")


def _transactions(lines: Lines) -> str:
    day, price = lines.column("t_dat"), lines.columns.get("price")
    text = "[transactions]\n" + _date_lines(day)
    comma = price is not None and decimal_comma(price.values)
    text += 'decimal = ","  # 1.249,00\n' if comma else ""
    text += _quantity_remarks(lines) + _blanks(lines)
    if _needs_query(lines):
        text += _joined(lines)
    else:
        text += f"source = {_quoted(_glob(lines.sample))}\n"
        condition, remark = _condition(lines.columns.get("status"), "")
        text += f"where = {_quoted(condition)}{remark}\n" if condition else ""
        named = {role: c.name for role, c in lines.columns.items() if role in LINE_ROLES and _usable(role, c)}
        quantity, converted = lines.columns.get("quantity"), _converted_quantity(lines)
        text += "[transactions.columns]\n" + _pairs(named)
        if converted:
            text += f"[transactions.expressions]\nquantity = {_quoted(converted)}\n"
        elif quantity:
            text += _pairs({"quantity": quantity.name})
    text += "".join(f"# No column for {role} was found: name it.\n" for role in lines.missing)
    return text + _constants(lines)


def _usable(role: str, column: Column) -> bool:
    return role != "sales_channel_id" or set(column.filled) <= {"1", "2"}


def _date_lines(day: Column | None) -> str:
    form = date_format(day.values) if day else None
    if form is None or not form.patterns:
        return ""
    return f"date_format = {json.dumps(form.patterns)}" + (f"  # {form.unsure}\n" if form.unsure else "\n")


def _condition(status: Column | None, view: str) -> tuple[str, str]:
    """SQL that keeps purchases, by the values of a status that were seen; and a comment with those."""
    seen = sorted(set(status.filled)) if status else []
    bad = [value for value in seen if UNWANTED.search(value) and "partial" not in value.lower()]
    good = [value for value in seen if BOUGHT.search(value)]
    if status is None or (not bad and not (good and len(good) < len(seen))):
        return "", ""
    kept, word = (bad, "NOT IN") if bad else (good, "IN")
    values = ", ".join("'" + value.replace("'", "''") + "'" for value in kept)
    condition = f"coalesce({view}{_sql(status.name)}, '') {word} ({values})"
    return condition, f"  # seen: {', '.join(seen)[:200]}"


def _quantity_remarks(lines: Lines) -> str:
    quantity = lines.columns.get("quantity")
    if quantity is None:
        return ""
    text = remark("A line of n pieces is n purchases, at most 100; the price is taken as that of one piece.")
    if any(value.startswith("-") for value in quantity.filled):
        text += remark("Negative quantities are left out. online_retail shows how they take away what they return.")
    return text


def _converted_quantity(lines: Lines, view: str = "") -> str:
    """SQL of the quantity if its fraction is written with another character than the price's; else empty."""
    quantity, price = lines.columns.get("quantity"), lines.columns.get("price")
    if quantity is None:
        return ""
    comma = price is not None and decimal_comma(price.values)
    other, ours = (".", ",") if comma else (",", ".")
    if decimal_comma(quantity.values) == comma or not any(other in value for value in quantity.filled):
        return ""
    return f"replace({view}{_sql(quantity.name)}, '{other}', '{ours}')"


def _joined(lines: Lines) -> str:
    """The query of purchases, with day and customer of the order."""
    selected = []
    for role in ("t_dat", "customer_id", "article_id", "price"):
        view, column = ("l", lines.columns.get(role)) if role in lines.columns else ("o", lines.of_orders.get(role))
        if column is not None:
            selected.append(f"{view}.{_sql(column.name)} AS {role}")
    if quantity := lines.columns.get("quantity"):
        selected.append(f"{_converted_quantity(lines, 'l.') or f'l.{_sql(quantity.name)}'} AS quantity")
    columns = ",\n        ".join([*selected, "l._line"])
    query = f"    SELECT {columns}\n    FROM lines l"  # noqa: S608 - a text, which the shop reads before it runs
    if lines.orders:
        query += f" JOIN orders o USING ({_sql(lines.key)})"
    status = lines.column("status")
    condition, seen = _condition(status, "l." if "status" in lines.columns else "o.")
    if not condition:
        return _query(query) + "\n"
    note = f"# {status.name if status else ''}:{seen.removeprefix('  #')}\n"
    return note + _query(f"{query}\n    WHERE {condition}") + "\n"


def _blanks(lines: Lines) -> str:
    customer = lines.columns.get("customer_id")
    if customer is None or customer.filled_share > ENOUGH_FILLED or "order_id" not in lines.columns:
        return ""
    return (
        f"# {customer.name} is empty in {1 - customer.filled_share:.0%} of the lines. If it stands on an order's first "
        "line only, fill it down: `recsys mapping show shopify_orders` shows how.\n"
    )


def _constants(lines: Lines) -> str:
    channel = lines.columns.get("sales_channel_id")
    constants, remarks = {}, ""
    if "price" not in lines.columns:
        constants["price"] = "1"
        remarks += f"# {MISSING['price']}\n"
    if channel is None or not _usable("sales_channel_id", channel) or _needs_query(lines):
        constants["sales_channel_id"] = "2"
        remarks += f"# {MISSING['sales_channel_id']}\n"
    return ("[transactions.constants]\n" + remarks + _pairs(constants)) if constants else ""
