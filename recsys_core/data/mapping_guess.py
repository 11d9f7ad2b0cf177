"""A first column mapping for a shop's files: a shipped one if their columns fit it, else one guessed and commented."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from recsys_core.data.column_guess import Column, best_column, date_format, decimal_comma, name_score
from recsys_core.data.mappings import shipped_mappings
from recsys_core.data.table_sample import TableSample

LINE_ROLES: Final = ("t_dat", "customer_id", "article_id", "price", "sales_channel_id")
EXTRA_ROLES: Final = ("quantity", "order_id", "status")
ORDER_ROLES: Final = ("t_dat", "customer_id", "status")
ARTICLE_ROLES: Final = (
    "prod_name",
    "product_type_name",
    "product_group_name",
    "colour_group_name",
    "department_name",
    "detail_desc",
)
CUSTOMER_ROLES: Final = ("age", "postal_code")
UNWANTED: Final = re.compile(
    r"cancel|refund|return|fail|void|storn|erstatt|annul|rembours|devol|reembols", re.IGNORECASE
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


def fitting_mappings(samples: Sequence[TableSample]) -> list[str]:
    """Names of the shipped mappings all of whose columns stand in the files, those that read the most first."""
    counts = {
        name: _columns_read(tomllib.loads(path.read_text()), samples) for name, path in shipped_mappings().items()
    }
    return sorted((name for name, count in counts.items() if count), key=lambda name: (-counts[name], name))


def _columns_read(mapping: Mapping[str, Any], samples: Sequence[TableSample]) -> int:
    """Number of the mapping's listed columns in the files; 0 if a file that has to be there is not, or lacks one."""
    found = 0
    for view in mapping.get("files", {}).values():
        listed = tuple(view["columns"])
        if any(_reads(view, sample) and sample.has(listed) for sample in samples):
            found += len(listed)
        elif not view.get("optional"):
            return 0
    return found


def _reads(view: Mapping[str, Any], sample: TableSample) -> bool:
    source = view["source"]
    return any(sample.file.fits(glob) for glob in ([source] if isinstance(source, str) else source))


@dataclass
class Lines:
    """Files and columns of the purchases."""

    sample: TableSample
    columns: dict[str, Column]
    """By role."""
    orders: TableSample | None = None
    """File of the orders, if day or customer stand there; both files have ``key``."""
    key: str = ""
    of_orders: dict[str, Column] = field(default_factory=dict)

    def column(self, role: str) -> Column | None:
        return self.columns.get(role) or self.of_orders.get(role)

    @property
    def missing(self) -> list[str]:
        return [role for role in ("t_dat", "customer_id", "article_id") if self.column(role) is None]


def guess_mapping(samples: Sequence[TableSample]) -> str:
    """A commented mapping as TOML.

    Raises
    ------
    ValueError
        If no file has columns of purchases.
    """
    lines = _find_lines(samples)
    if lines is None:
        raise ValueError(
            "no file looks like purchases, with a column for the article and one for the customer or the day; found: "
            + "; ".join(f"{sample.name}: {', '.join(sample.columns)}" for sample in samples)
        )
    parts = [_head(samples), _shop(), *_files(lines), _articles(samples, lines), _customers(samples, lines)]
    return "\n".join([*parts, _transactions(lines)])


def _columns(sample: TableSample) -> list[Column]:
    return [Column(name, values) for name, values in sample.columns.items()]


def _assign(sample: TableSample, roles: Iterable[str]) -> dict[str, Column]:
    """The best column of each role; where two roles want one, the role with the more telling name has it."""
    found: dict[str, Column] = {}
    wanted, columns = list(roles), _columns(sample)
    while wanted:
        taken = [column.name for column in found.values()]
        best = {role: pair for role in wanted if (pair := best_column(columns, role, taken)) is not None}
        if not best:
            break
        role = max(best, key=lambda name: best[name][1])
        found[role] = best[role][0]
        wanted.remove(role)
    return found


def _find_lines(samples: Sequence[TableSample]) -> Lines | None:
    """The file with the most of what a purchase has; with one of orders beside it if it lacks day or customer."""
    candidates = [Lines(sample, _assign(sample, (*LINE_ROLES, *EXTRA_ROLES))) for sample in samples]
    useful = [found for found in candidates if "article_id" in found.columns and len(found.columns) > 1]
    useful = [found for found in useful if _is_of_lines(found)]
    for found in useful:
        if found.missing:
            _join_orders(found, samples)
    return max(
        useful, key=lambda found: (-len(found.missing), len(found.columns), len(found.sample.name)), default=None
    )


def _is_of_lines(found: Lines) -> bool:
    """True unless each article stands once, as in a file of articles."""
    article = found.columns["article_id"]
    others = {"t_dat", "customer_id", "order_id", "quantity"} & set(found.columns)
    return bool(others) and (len(others) > 1 or article.distinct_share < 1 or "order_id" in others)


def _join_orders(found: Lines, samples: Sequence[TableSample]) -> None:
    """Take what the lines lack, and a day of a more telling name, from a file with one row for each order."""
    for other in samples:
        shared = [column for column in _columns(other) if column.name in found.sample.columns]
        key = best_column(shared, "order_id")
        if other is found.sample or key is None or key[0].distinct_share < 1:
            continue
        named = {role: column for role, column in _assign(other, ORDER_ROLES).items() if column.name != key[0].name}
        if not set(found.missing) & set(named):
            continue
        if "t_dat" in named and name_score(named["t_dat"].name, "t_dat") > _score(found, "t_dat"):
            found.columns.pop("t_dat", None)
        of_orders = {role: column for role, column in named.items() if role not in found.columns}
        found.orders, found.key, found.of_orders = other, key[0].name, of_orders
        return


def _score(lines: Lines, role: str) -> float:
    return name_score(lines.columns[role].name, role) if role in lines.columns else 0


def _head(samples: Sequence[TableSample]) -> str:
    files = "\n".join(f"#   {sample.name}: {', '.join(sample.columns)}" for sample in samples)
    return (
        "# A column mapping guessed from names and first values: read each line, then run `recsys mapping check`.\n"
        f"# Files and their columns:\n{files}\n"
    )


def _shop() -> str:
    return '[shop]\ntime_zone = "UTC"  # whose clock tells the day of an instant, such as "Europe/Berlin"\n'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _sql(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _query(text: str) -> str:
    r"""A query as a TOML string of several lines."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'select = """\n{escaped}"""'


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
    return lines.orders is not None or "quantity" in lines.columns


def _articles(samples: Sequence[TableSample], lines: Lines) -> str:
    wanted = lines.columns["article_id"].name
    others = [sample for sample in samples if sample not in (lines.sample, lines.orders)]
    own = max(
        (sample for sample in others if _is_dimension(sample, "article_id", wanted) and _told(sample, ARTICLE_ROLES)),
        key=lambda sample: _told(sample, ARTICLE_ROLES),
        default=None,
    )
    sample = own or lines.sample
    assigned = _assign(
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


def _told(sample: TableSample, roles: Iterable[str]) -> int:
    """Number of the roles for which the file has a column."""
    return len(_assign(sample, roles))


def _is_dimension(sample: TableSample, role: str, wanted: str) -> bool:
    """True if the file has a row for each id: a column of the wanted name, or one that speaks for the role."""
    columns = _columns(sample)
    named = [column for column in columns if column.name.casefold() == wanted.casefold()]
    best = best_column(columns, role)
    column = named[0] if named else best[0] if best and best[1] > 50 else None
    return column is not None and len(columns) > 1 and column.filled_share == 1 and column.distinct_share == 1


def _pairs(found: Mapping[str, str]) -> str:
    return "".join(f"{role} = {_quoted(name)}\n" for role, name in found.items())


def _customers(samples: Sequence[TableSample], lines: Lines) -> str:
    customer = lines.column("customer_id")
    if customer is None:
        return ""
    of_customer = lines.orders if lines.orders and "customer_id" in lines.of_orders else lines.sample
    others = [sample for sample in samples if sample not in (lines.sample, lines.orders)]
    own = next((sample for sample in others if _is_dimension(sample, "customer_id", customer.name)), None)
    sample = own or of_customer
    found = {role: column.name for role, column in _assign(sample, CUSTOMER_ROLES).items()}
    names = [name for name in sample.columns if name.casefold() == customer.name.casefold()]
    if not found or (own is None and set(found.values()) & {customer.name}):
        return f"# {MISSING['customers']}\n"
    id_column = names[0] if names else _assign(sample, ("customer_id",))["customer_id"].name
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
    if _needs_query(lines):
        text += _joined(lines)
    else:
        text += f"source = {_quoted(_glob(lines.sample))}\n"
        condition, remark = _condition(lines.columns.get("status"), "")
        text += f"where = {_quoted(condition)}{remark}\n" if condition else ""
        named = {role: c.name for role, c in lines.columns.items() if role in LINE_ROLES and _usable(role, c)}
        text += "[transactions.columns]\n" + _pairs(named)
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


def _joined(lines: Lines) -> str:
    """The query of purchases: one row for each piece, with day and customer of the order."""
    quantity = lines.columns.get("quantity")
    selected = []
    for role in ("t_dat", "customer_id", "article_id", "price"):
        view, column = ("l", lines.columns.get(role)) if role in lines.columns else ("o", lines.of_orders.get(role))
        if column is not None:
            selected.append(f"{view}.{_sql(column.name)} AS {role}")
    columns = ",\n        ".join([*selected, "l._line"])
    query = f"    SELECT {columns}\n    FROM lines l"  # noqa: S608 - a text, which the shop reads before it runs
    if lines.orders:
        query += f" JOIN orders o USING ({_sql(lines.key)})"
    conditions = []
    notes = ""
    if quantity is not None:
        comma = decimal_comma(quantity.values)
        pieces = f"l.{_sql(quantity.name)}"
        pieces = f"try_cast(try_cast({f'''replace({pieces}, ',', '.')''' if comma else pieces} AS DOUBLE) AS INT)"
        query += f"\n        LATERAL VIEW explode(sequence(1, least({pieces}, 100))) AS piece"
        conditions.append(f"{pieces} > 0")
        notes += "# A line of n pieces is n purchases, at most 100; the price is taken as that of one piece.\n"
        if any(value.startswith("-") for value in quantity.filled):
            notes += "# Negative quantities are left out. online_retail shows how they take away what they return.\n"
    status = lines.column("status")
    condition, remark = _condition(status, "l." if "status" in lines.columns else "o.")
    if condition:
        conditions.append(condition)
        notes += f"# {status.name if status else ''}:{remark.removeprefix('  #')}\n"
    if conditions:
        query += "\n    WHERE " + "\n        AND ".join(conditions)
    return notes + _blanks(lines) + _query(query) + "\n"


def _blanks(lines: Lines) -> str:
    customer = lines.columns.get("customer_id")
    if customer is None or customer.filled_share > ENOUGH_FILLED or "order_id" not in lines.columns:
        return ""
    return (
        f"# {customer.name} is empty in {1 - customer.filled_share:.0%} of the lines. If it stands on an order's first "
        "line only, fill it down: `recsys mapping show shopify_orders` shows how.\n"
    )


ENOUGH_FILLED: Final = 0.95


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


def _needs_none(samples: Sequence[TableSample]) -> bool:
    """True for files of Kaggle's names and columns."""
    wanted = {"articles*": ("article_id",), "transactions*": ("t_dat", "customer_id", "article_id", "price")}
    return all(any(s.file.fits(glob) and s.has(names) for s in samples) for glob, names in wanted.items())


def propose(folder_name: str, samples: Sequence[TableSample], guess: bool) -> str:
    """The text of a shipped mapping that fits, with the names of others that do; or, or with ``guess``, a guess."""
    fitting = fitting_mappings(samples)
    if not fitting or guess:
        if _needs_none(samples):
            return "# These files need no mapping: recsys ingest --data reads them as they are.\n" + guess_mapping(
                samples
            )
        hint = f"# The shipped mapping {fitting[0]} fits these files: `--mapping {fitting[0]}`.\n" if fitting else ""
        return hint + guess_mapping(samples)
    name, *others = fitting
    also = f"# So do {', '.join(others)}.\n" if others else ""
    return (
        f"# {folder_name} has all columns that the shipped mapping {name} reads: `--mapping {name}` uses it as it is.\n"
        f"{also}# This is a copy to change; `recsys mapping new --guess` guesses one from the columns instead.\n#\n"
        + shipped_mappings()[name].read_text()
    )
