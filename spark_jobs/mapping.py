"""Column mappings: another shop's file and column names, as one TOML file.

Per table (``articles``, ``transactions``, and if the shop has them ``customers``, ``inventory``, ``regions``)::

    [shop]
    time_zone = "America/New_York"        # whose clock tells the day of a purchase; default UTC

    [transactions]
    source = "orders*"                    # glob for file names without their ending, or a list of such
    date_format = "d.M.yyyy H:mm"         # or a list; ISO 8601 needs none; epoch_s, epoch_ms
    where = "try_cast(Quantity AS INT) > 0"  # Spark SQL over the file's own columns, all text
    # also: separator, encoding (both are told by the file itself), decimal = ",", distinct = true or "last"
    max_quantity = 100                    # purchases that a line makes at most (the default)
    [transactions.columns]                # ours = "theirs"; equal names need no line
    t_dat = "InvoiceDate"
    quantity = "Quantity"                 # a line of n pieces is n purchases; read only where a line names it
    [transactions.expressions]            # ours = "Spark SQL over the file's own columns"
    price = "try_cast(Total AS DOUBLE) / try_cast(Quantity AS INT)"
    [transactions.constants]              # ours = one value for all rows
    sales_channel_id = "2"

A table that comes from several files is a query over them; in each view all columns are text, ``_line`` is the
line in the file, and ``_file_number`` counts the files of a view by name; a query hands both on::

    [files]
    orders = "olist_orders_dataset"
    items = "olist_order_items_dataset"
    [files.names]                         # the long form; only source has to be there
    source = "product_category_name_translation"
    columns = ["product_category_name", "product_category_name_english"]  # have to be in the file
    optional_columns = ["remark"]         # null if the file lacks them
    optional = true                       # the file may be absent: no rows, the columns that are listed

    [transactions]
    select = "SELECT o.order_purchase_timestamp AS t_dat, ... FROM items i JOIN orders o USING (order_id) WHERE :all"
    [transactions.variables]              # the :names in select
    all = true
"""

import codecs
import datetime as dt
import re
import tomllib
import zoneinfo
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from recsys_core.contracts.columns import CHANNEL
from spark_jobs.date_formats import check_date_format
from spark_jobs.schemas import CONTRACTS, MAX_QUANTITY, NULL_WORDS, TableContract, TableSource, ViewFiles

Model = TypeVar("Model", bound=BaseModel)


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"{name!r} is no encoding: expected utf-8, cp1252, latin-1, utf-16, ... or no line") from None
    return name


def _one_character(text: str) -> str:
    if len(text) != 1:
        raise ValueError(f'{text!r} is not one character: expected ",", ";", "|", or "\\t" for a tab, or no line')
    return text


def _decimal(text: str) -> str:
    if text not in (".", ","):
        raise ValueError(f'{text!r} is not "." or ","')
    return text


def _known_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is no time zone: expected a name such as Europe/Berlin") from None
    return name


def _formats(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        check_date_format(pattern)
    return patterns


Globs = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class ShopMapping(BaseModel):
    """Keys that hold for all tables of a mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"


class FilesMapping(BaseModel):
    """Files of a view; the keys are the fields of ``ViewFiles``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Globs
    columns: tuple[str, ...] = ()
    optional_columns: tuple[str, ...] = ()
    optional: bool = False

    def to_view(self) -> ViewFiles:
        return ViewFiles(self.source, self.columns, self.optional_columns, self.optional)


class TableMapping(BaseModel):
    """One table of a mapping file; the keys are the fields of ``TableSource``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Globs = ()
    select: str | None = None
    columns: dict[str, str] = {}
    expressions: dict[str, str] = {}
    constants: dict[str, str] = {}
    variables: dict[str, str | int | float | bool] = {}
    where: str | None = None
    distinct: bool | Literal["last"] = False
    max_quantity: int = Field(MAX_QUANTITY, ge=1)
    date_format: Annotated[tuple[str, ...], BeforeValidator(_as_tuple), AfterValidator(_formats)] = ()
    decimal: Annotated[str, AfterValidator(_decimal)] = "."
    separator: Annotated[str, AfterValidator(_one_character)] | None = None
    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = None
    any_article_id: bool = True
    """Of former mappings: an article id may be any text now."""

    def to_source(self, contract: TableContract, shop: ShopMapping, files: Mapping[str, ViewFiles]) -> TableSource:
        self._check_columns(contract)
        if bool(self.source) == bool(self.select):
            raise ValueError(f"[{contract.name}] needs either source, a glob for file names, or select, a query")
        if self.select and not files:
            raise ValueError(f"[{contract.name}] has a select: name the files that it reads in [files]")
        if self.select and (self.columns or self.expressions or self.where):
            raise ValueError(
                f"[{contract.name}] has a select: it renames and filters, so columns, expressions and where go into it"
            )
        source = TableSource(
            contract,
            self.source,
            self.columns,
            self.expressions,
            self.constants,
            self.where,
            self.select,
            {name: view for name, view in files.items() if self._reads(name)},
            self.variables,
            self.distinct,
            self.max_quantity,
            self.date_format,
            self.decimal,
            self.separator,
            self.encoding,
            shop.time_zone,
        )
        for name, value in self.constants.items():
            _check_constant(source, name, value)
        return source

    def _reads(self, view: str) -> bool:
        return bool(self.select and re.search(rf"\b{re.escape(view)}\b", self.select, re.IGNORECASE))

    def _check_columns(self, contract: TableContract) -> None:
        for key in ("columns", "expressions", "constants"):
            choices = contract.columns if key == "constants" else contract.mapped
            unknown = sorted(set(getattr(self, key)) - set(choices))
            if unknown:
                raise ValueError(
                    f"[{contract.name}.{key}] maps {unknown[0]!r}, which is no column of it: "
                    f"choose from {', '.join(choices)}"
                )
        twice = [
            n for n in contract.mapped if (n in self.columns) + (n in self.expressions) + (n in self.constants) > 1
        ]
        if twice:
            raise ValueError(f"[{contract.name}] maps {twice[0]!r} twice: keep one of the two lines")


def _check_constant(source: TableSource, name: str, value: str) -> None:
    kind = source.contract.kinds[name]
    expected = ""
    if kind == "day" and not source.date_formats:
        try:
            dt.date.fromisoformat(value)
        except ValueError:
            expected = "an ISO day such as 2017-01-31"
    elif kind in ("price", "number", "age"):
        try:
            float(value)
        except ValueError:
            expected = "a number"
    elif name == CHANNEL and value not in ("1", "2"):
        expected = '"1" (store) or "2" (online)'
    elif kind in ("article_id", "customer_id", "name") and value in NULL_WORDS:
        expected = "a value"
    if expected:
        raise ValueError(f"[{source.contract.name}.constants] {name} = {value!r}: expected {expected}")


def load_sources(path: Path) -> tuple[TableSource, ...]:
    """The sources of a mapping file.

    Raises
    ------
    ValueError
        On a file that is missing or no TOML, an unknown table, key or column, a missing table, or a value that can
        mean nothing: it names table, key, value and what may stand there.
    """
    try:
        tables = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise ValueError(f"no column mapping {path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
    shop = _checked(path, "shop", ShopMapping, tables.pop("shop", {}))
    files = _views(path, tables.pop("files", {}))
    names = [contract.name for contract in CONTRACTS]
    optional = [contract.name for contract in CONTRACTS if contract.optional]
    if not set(names) - set(optional) <= set(tables) <= set(names):
        raise ValueError(
            f"{path} has the tables {sorted(tables)}: expected {', '.join(names)} ({', '.join(optional)} may be absent)"
        )
    return tuple(_sources(path, tables, shop, files))


def _views(path: Path, files: Mapping[str, Any]) -> dict[str, ViewFiles]:
    """Views by name; an entry is a table of keys, or a glob or a list of such alone."""
    keyed = {name: entry if isinstance(entry, dict) else {"source": entry} for name, entry in files.items()}
    return {name: _checked(path, f"files.{name}", FilesMapping, entry).to_view() for name, entry in keyed.items()}


def _sources(
    path: Path, tables: Mapping[str, Any], shop: ShopMapping, files: Mapping[str, ViewFiles]
) -> Iterable[TableSource]:
    for contract in CONTRACTS:
        if contract.name in tables:
            mapped = _checked(path, contract.name, TableMapping, tables[contract.name])
            try:
                yield mapped.to_source(contract, shop, files)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from None


def _checked(path: Path, table: str, model: type[Model], content: Any) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = (_problem(table, dict(each), model) for each in error.errors())
        raise ValueError(f"{path}: {'; '.join(problems)}") from None


def _problem(table: str, error: dict[str, Any], model: type[BaseModel]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"[{table}] {where}: no such key; choose from {', '.join(model.model_fields)}"
    reason = error["msg"].removeprefix("Value error, ")
    return f"[{table}] {where} = {error['input']!r}: {reason}"
