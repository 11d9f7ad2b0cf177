"""Column mappings: another shop's file and column names, as one TOML file.

Per table (``articles``, ``transactions``, and if the shop has them ``customers``, ``inventory``, ``regions``)::

    [transactions]
    source = "orders*.csv.gz"             # file name glob in the raw and incoming folders
    date_format = "yyyy-MM-dd"            # also: separator, encoding, any_article_id, distinct, where
    where = "try_cast(Quantity AS INT) > 0"  # Spark SQL over the file's own columns, all strings
    [transactions.columns]                # ours = "theirs"; equal names need no line
    t_dat = "InvoiceDate"
    [transactions.constants]              # ours = one value for all rows
    sales_channel_id = "2"
"""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from spark_jobs.schemas import CONTRACTS, TableContract, TableSource


class TableMapping(BaseModel):
    """One table of a mapping file; the keys are the fields of ``TableSource``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    where: str | None = None
    distinct: bool = False
    date_format: str = "yyyy-MM-dd"
    separator: str = ","
    encoding: str = "utf-8"
    any_article_id: bool = False

    def to_source(self, contract: TableContract) -> TableSource:
        unknown = sorted({*self.columns, *self.constants} - set(contract.columns))
        if unknown:
            raise ValueError(
                f"[{contract.name}] maps {unknown[0]!r}, which is no column of it: "
                f"choose from {', '.join(contract.columns)}"
            )
        return TableSource(contract, self.source, **self.model_dump(exclude={"source"}))


def load_sources(path: Path) -> tuple[TableSource, ...]:
    """The sources of a mapping file.

    Raises
    ------
    ValueError
        On a file that is missing or no TOML, an unknown table, key or column, or a missing table.
    """
    try:
        tables = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise ValueError(f"no column mapping {path}") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
    names = [contract.name for contract in CONTRACTS]
    optional = [contract.name for contract in CONTRACTS if contract.optional]
    if not set(names) - set(optional) <= set(tables) <= set(names):
        raise ValueError(
            f"{path} has the tables {sorted(tables)}: expected {', '.join(names)} ({', '.join(optional)} may be absent)"
        )
    return tuple(_source(path, contract, tables[contract.name]) for contract in CONTRACTS if contract.name in tables)


def _source(path: Path, contract: TableContract, table: object) -> TableSource:
    try:
        return TableMapping.model_validate(table).to_source(contract)
    except ValidationError as error:
        problems = (f"[{contract.name}] {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ValueError(f"{path}: {'; '.join(problems)}") from None
