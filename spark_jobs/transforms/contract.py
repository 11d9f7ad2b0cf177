"""Raw string columns -> typed columns, with the first reason why a row breaks its contract."""

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from spark_jobs.schemas import (
    COLUMN_COUNT,
    DEFAULT_CHANNEL,
    LEFT_OUT,
    LINE,
    PRODUCT_CODE_LENGTH,
    REASON,
    TEXT,
    Kind,
    TableSource,
)

EXPECTED: dict[Kind, str] = {
    "article_id": "is not an article id of 10 digits",
    "customer_id": "is empty",
    "day": "is not a date",
    "price": "is not a number >= 0",
    "channel": "is not 1 or 2",
    "number": "is not a number",
    "age": "is not an age from 0 to 120",
    "name": "is empty",
    "flag": "is not 0, 1, true or false",
}
NULLABLE: frozenset[Kind] = frozenset({"text", "number", "age"})
_CORRUPT = "_corrupt"


def check_batch(raw: DataFrame, source: TableSource) -> DataFrame:
    """The whole contract of one file: rows left out, typed, checked, unique where they must be."""
    checked = check_rows(leave_out(raw, source), source)
    unique = source.contract.unique
    if not unique:
        return checked
    return mark_duplicates(checked, unique, LEFT_OUT if source.distinct else f"duplicate {', '.join(unique)}")


def parse_records(frames: DataFrame, header: tuple[str, ...], separator: str) -> DataFrame:
    """Framed records (line, text, reason) -> the file's columns as strings, beside LINE, TEXT and REASON."""
    cells = [f"c{i} string" for i in range(len(header))]
    options = {"sep": separator, "escape": '"', "maxCharsPerColumn": "-1", "columnNameOfCorruptRecord": _CORRUPT}
    parsed = sf.from_csv(sf.col("text"), ", ".join([*cells, f"{_CORRUPT} string"]), options)
    count_fits = sf.col(f"parsed.{_CORRUPT}").isNull()
    return frames.withColumn("parsed", parsed).select(
        sf.col("line").alias(LINE),
        sf.col("text").alias(TEXT),
        sf.coalesce(sf.col("reason"), sf.when(~count_fits, COLUMN_COUNT)).alias(REASON),
        *(sf.col(f"parsed.c{i}").alias(name) for i, name in enumerate(header)),
    )


def leave_out(raw: DataFrame, source: TableSource) -> DataFrame:
    """Marks parsed rows that the mapping's condition does not keep."""
    if source.where is None:
        return raw
    kept = sf.coalesce(sf.expr(source.where), sf.lit(False))
    try:
        return raw.withColumn(REASON, sf.coalesce(sf.col(REASON), sf.when(~kept, LEFT_OUT)))
    except AnalysisException as error:
        raise ValueError(f"[{source.contract.name}] where = {source.where!r} cannot be read: {error}") from None


def check_rows(raw: DataFrame, source: TableSource) -> DataFrame:
    """Our columns with their types, beside LINE, TEXT and REASON (null: the row keeps the contract)."""
    given = raw.select(LINE, TEXT, REASON, *(_given(raw, source, name) for name in source.contract.columns))
    typed = {name: typed_column(sf.col(name), kind, source) for name, kind in source.contract.kinds.items()}
    broken = [_broken(name, kind, typed[name]) for name, kind in source.contract.kinds.items() if kind in EXPECTED]
    checked = given.select(
        LINE,
        TEXT,
        sf.coalesce(sf.col(REASON), *broken).alias(REASON),
        *(column.alias(name) for name, column in typed.items()),
    )
    return _derive(checked)


def mark_duplicates(checked: DataFrame, unique: tuple[str, ...], reason: str) -> DataFrame:
    """Give ``reason`` to good rows that repeat the id of an earlier line; the first stays good."""
    good = sf.col(REASON).isNull()
    order = Window.partitionBy(*unique, good).orderBy(LINE)
    again = good & (sf.row_number().over(order) > 1)
    return checked.withColumn(REASON, sf.coalesce(sf.col(REASON), sf.when(again, reason)))


def typed_column(value: Column, kind: Kind, source: TableSource) -> Column:
    """The value in its column's type, null where it does not fit."""
    if kind == "article_id":
        return _article_id(value, source.any_article_id)
    if kind == "day":
        return sf.try_to_date(value, source.date_format)
    if kind in ("price", "number", "age"):
        number = value.try_cast("double")
        low, high = {"price": (0.0, 1e300), "number": (-1e300, 1e300), "age": (0.0, 120.0)}[kind]
        return sf.when(~sf.isnan(number) & number.between(low, high), number)
    if kind == "channel":
        number = value.try_cast("double")
        return sf.when(number.isin(1.0, 2.0), number.cast("int"))
    if kind == "flag":
        said = sf.lower(value)
        return sf.when(said.isin("0", "1", "true", "false"), said.isin("1", "true"))
    return sf.when(value != "", value)


def _article_id(value: Column, any_text: bool) -> Column:
    if any_text:
        return sf.when(sf.length(value).between(1, 10), sf.lpad(value, 10, "0"))
    return sf.when(value.rlike(r"\A[0-9]{9,10}\z"), sf.lpad(value, 10, "0"))


def _given(raw: DataFrame, source: TableSource, name: str) -> Column:
    """Our column as the file, a constant or the default has it."""
    if name in source.constants:
        return sf.lit(source.constants[name]).alias(name)
    if source.names[name] in raw.columns:
        return sf.col(f"`{source.names[name]}`").alias(name)
    default = str(DEFAULT_CHANNEL) if name == c.CHANNEL else None
    return sf.lit(default).cast("string").alias(name)


def _broken(name: str, kind: Kind, typed: Column) -> Column:
    bad = typed.isNull()
    if kind in NULLABLE:
        bad = bad & sf.col(name).isNotNull() & (sf.col(name) != "")
    return sf.when(bad, f"{name} {EXPECTED[kind]}")


def _derive(checked: DataFrame) -> DataFrame:
    if c.PRODUCT_CODE not in checked.columns:
        return checked
    derived = sf.substring(c.ARTICLE_ID, 1, PRODUCT_CODE_LENGTH)
    return checked.withColumn(c.PRODUCT_CODE, sf.coalesce(sf.col(c.PRODUCT_CODE), derived))
