"""Guesses of which files of a shop hold its purchases, articles and customers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from recsys_core.data.guessing.columns import Column, best_column, name_score
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


def find_lines(samples: Sequence[TableSample]) -> Lines | None:
    """The file with the most of what a purchase has; with one of orders beside it if it lacks day or customer."""
    candidates = [Lines(sample, assign(sample, (*LINE_ROLES, *EXTRA_ROLES))) for sample in samples]
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
        shared = [column for column in columns_of(other) if column.name in found.sample.columns]
        key = best_column(shared, "order_id")
        if other is found.sample or key is None or key[0].distinct_share < 1:
            continue
        named = {role: column for role, column in assign(other, ORDER_ROLES).items() if column.name != key[0].name}
        if not set(found.missing) & set(named):
            continue
        if "t_dat" in named and name_score(named["t_dat"].name, "t_dat") > _score(found, "t_dat"):
            found.columns.pop("t_dat", None)
        of_orders = {role: column for role, column in named.items() if role not in found.columns}
        found.orders, found.key, found.of_orders = other, key[0].name, of_orders
        return


def _score(lines: Lines, role: str) -> float:
    return name_score(lines.columns[role].name, role) if role in lines.columns else 0


def columns_of(sample: TableSample) -> list[Column]:
    """The columns of a file with their values."""
    return [Column(name, values) for name, values in sample.columns.items()]


def assign(sample: TableSample, roles: Iterable[str]) -> dict[str, Column]:
    """The best column of each role; where two roles want one, the role with the more telling name has it."""
    found: dict[str, Column] = {}
    wanted, columns = list(roles), columns_of(sample)
    while wanted:
        taken = [column.name for column in found.values()]
        best = {role: pair for role in wanted if (pair := best_column(columns, role, taken)) is not None}
        if not best:
            break
        role = max(best, key=lambda name: best[name][1])
        found[role] = best[role][0]
        wanted.remove(role)
    return found


def articles_file(samples: Sequence[TableSample], lines: Lines) -> TableSample | None:
    """The file with one row for each article that tells the most of it, beside those of the purchases."""
    wanted = lines.columns["article_id"].name
    others = [sample for sample in samples if sample not in (lines.sample, lines.orders)]
    told = {id(sample): len(assign(sample, ARTICLE_ROLES)) for sample in others}
    fitting = [sample for sample in others if told[id(sample)] and _is_dimension(sample, "article_id", wanted)]
    return max(fitting, key=lambda sample: told[id(sample)], default=None)


def customers_file(samples: Sequence[TableSample], lines: Lines) -> TableSample | None:
    """The file with one row for each customer, beside those of the purchases."""
    customer = lines.column("customer_id")
    others = [sample for sample in samples if sample not in (lines.sample, lines.orders)]
    fitting = (sample for sample in others if customer and _is_dimension(sample, "customer_id", customer.name))
    return next(fitting, None)


def _is_dimension(sample: TableSample, role: str, wanted: str) -> bool:
    """True if the file has a row for each id: a column of the wanted name, or one that speaks for the role."""
    columns = columns_of(sample)
    named = [column for column in columns if column.name.casefold() == wanted.casefold()]
    best = best_column(columns, role)
    column = named[0] if named else best[0] if best and best[1] > 50 else None
    return column is not None and len(columns) > 1 and column.filled_share == 1 and column.distinct_share == 1
