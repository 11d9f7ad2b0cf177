"""Raw string columns -> typed columns, with the first reason why a row breaks its contract."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from spark_jobs.schemas import (
    COLUMN_COUNT,
    DEFAULT_CHANNEL,
    FILE_NUMBER,
    LEFT_OUT,
    LINE,
    PRODUCT_CODE_LENGTH,
    QUANTITY,
    REASON,
    TEXT,
    Kind,
    TableSource,
)
from spark_jobs.transforms.values import EXPECTED, SCIENTIFIC, defect, parsed, trimmed, without_null_words

NOTE: Final = "_note_"
"""Start of the names of the columns beside the data that hold a value to be noted (null: none)."""
_GIVEN: Final = "_given_"
_TRIMMED: Final = "_trimmed_"
_CLEAN: Final = "_clean_"
_PARSED: Final = "_parsed_"
_DEFECT: Final = "_defect_"
"""Start of the names of our columns: as the file has them, without spaces around, without null words, in their types;
and of what is wrong with them."""
_CORRUPT: Final = "_corrupt"
_IDS: Final = frozenset({"article_id", "customer_id"})


def check_batch(raw: DataFrame, source: TableSource) -> DataFrame:
    """The whole contract of one file: rows left out, typed, checked, unique where they must be."""
    checked = check_rows(leave_out(raw, source), source)
    unique = source.contract.unique
    if unique:
        reason = LEFT_OUT if source.distinct else f"duplicate {', '.join(unique)}"
        checked = mark_duplicates(checked, unique, reason, keep_last=source.distinct == "last")
    return checked.drop(FILE_NUMBER)


def parse_records(frames: DataFrame, header: tuple[str, ...], separator: str) -> DataFrame:
    """Framed records (line, text, reason) -> the file's columns as strings, beside LINE, TEXT and REASON.

    Columns without a name, and those whose name stands twice, are left out: ``require_columns`` says which of them
    were needed.
    """
    cells = ", ".join([*(f"c{i} string" for i in range(len(header))), f"{_CORRUPT} string"])
    options = {"sep": separator, "escape": '"', "maxCharsPerColumn": "-1", "columnNameOfCorruptRecord": _CORRUPT}
    parsed = sf.from_csv(sf.col("text"), cells, options)
    count_fits = sf.col(f"parsed.{_CORRUPT}").isNull()
    return frames.withColumn("parsed", parsed).select(
        sf.col("line").alias(LINE),
        sf.col("text").alias(TEXT),
        sf.coalesce(sf.col("reason"), sf.when(~count_fits, COLUMN_COUNT)).alias(REASON),
        *(sf.col(f"parsed.c{i}").alias(name) for i, name in enumerate(header) if _is_clear(name, header)),
    )


def _is_clear(name: str, header: tuple[str, ...]) -> bool:
    return bool(name) and Counter(other.casefold() for other in header)[name.casefold()] == 1


def leave_out(raw: DataFrame, source: TableSource) -> DataFrame:
    """Marks parsed rows that the mapping's condition does not keep."""
    if source.where is None:
        return raw
    kept = sf.coalesce(sf.expr(source.where), sf.lit(False))
    marked = sf.coalesce(sf.col(REASON), sf.when(~kept, LEFT_OUT))
    return _with_column(raw, REASON, marked, f"[{source.contract.name}] where = {source.where!r}")


def _with_column(frame: DataFrame, name: str, value: Column, where: str) -> DataFrame:
    try:
        made = frame.withColumn(name, value)
        made.schema  # noqa: B018 - analysed now, where the message can say which line of the mapping it was
    except PySparkException as error:
        raise ValueError(f"{where} cannot be read: {said(error)}; columns: {_shown(frame)}") from None
    return made


def said(error: PySparkException) -> str:
    """The sentence of an error of Spark SQL, without its class, context and plan."""
    sentences = str(error).split("SQLSTATE")[0].split("\n")[0].strip()
    return sentences.partition("] ")[2].rstrip(" .") or sentences


def _shown(frame: DataFrame) -> str:
    return ", ".join(name for name in frame.columns if name not in (LINE, TEXT, REASON))


def check_rows(raw: DataFrame, source: TableSource) -> DataFrame:
    """Our columns with their types, beside LINE, FILE_NUMBER, TEXT, REASON (null: the row keeps the contract), notes.

    Transactions have a QUANTITY, too: how many purchases the row is.
    """
    for name, expression in source.expressions.items():
        where = f"[{source.contract.name}.expressions] {name} = {expression!r}"
        raw = _with_column(raw, f"_expression_{name}", sf.expr(f"({expression})").cast("string"), where)
    kinds = _kinds_read(raw, source)
    number = sf.col(FILE_NUMBER) if FILE_NUMBER in raw.columns else sf.lit(0)
    beside = (sf.col(LINE), number.alias(FILE_NUMBER), sf.col(TEXT), sf.col(REASON))
    given = raw.select(*beside, *(_given(raw, source, name).alias(_GIVEN + name) for name in kinds))
    # Each step's columns are computed once, however often the next step speaks of them.
    texts = [name for name, kind in kinds.items() if kind != "text"]
    trim = given.select("*", *(trimmed(sf.col(_GIVEN + name)).alias(_TRIMMED + name) for name in texts))
    clean = trim.select("*", *(without_null_words(sf.col(_TRIMMED + name)).alias(_CLEAN + name) for name in texts))
    read = clean.select(
        "*",
        *(
            parsed(sf.col((_CLEAN if name in texts else _GIVEN) + name), kind, source).alias(_PARSED + name)
            for name, kind in kinds.items()
        ),
    )
    defects = {name: defect(sf.col(_PARSED + name), kind, source) for name, kind in kinds.items() if kind in EXPECTED}
    judged = read.select("*", *(found.alias(_DEFECT + name) for name, found in defects.items()))
    broken = [
        sf.when(sf.col(_DEFECT + name).isNotNull(), sf.concat(sf.lit(f"{name} "), sf.col(_DEFECT + name)))
        for name in (QUANTITY, *source.contract.required)
        if name in kinds
    ]
    # No piece, or some that came back: whatever else the row says, it is no purchase.
    unbought = [sf.when(sf.col(_PARSED + QUANTITY) <= 0, LEFT_OUT)] if QUANTITY in kinds else []
    checked = judged.select(
        LINE,
        FILE_NUMBER,
        TEXT,
        sf.coalesce(sf.col(REASON), *unbought, *broken).alias(REASON),
        *(_value(name, name in defects).alias(name) for name in source.contract.kinds),
        *([_quantity(QUANTITY in kinds, source.max_quantity).alias(QUANTITY)] if source.contract.counted else []),
        *(value.alias(f"{NOTE}{i}") for i, value in enumerate(_notes(source).values())),
    )
    return _derive(checked, source)


def _kinds_read(raw: DataFrame, source: TableSource) -> Mapping[str, Kind]:
    """The columns that are read; QUANTITY only where the mapping names it, since files call many things so."""
    named = QUANTITY in (*source.columns, *source.expressions) or (source.select and QUANTITY in raw.columns)
    return {**source.contract.kinds, QUANTITY: "quantity"} if named else source.contract.kinds


def _quantity(is_read: bool, most: int) -> Column:
    """Purchases of a row: whole pieces, of less than one piece (0.35 kg) one."""
    if not is_read:
        return sf.lit(1)
    whole = sf.floor(sf.least(sf.lit(float(most)), sf.col(_PARSED + QUANTITY)))
    return sf.greatest(sf.lit(1), whole).cast("int")


def _value(name: str, may_be_defective: bool) -> Column:
    value = sf.col(_PARSED + name)
    if may_be_defective:
        value = sf.when(sf.col(_DEFECT + name).isNull(), value)
    return sf.coalesce(value, sf.lit(DEFAULT_CHANNEL)) if name == c.CHANNEL else value


def note_texts(source: TableSource) -> list[str]:
    """Text of each note, in the order of the columns NOTE + number."""
    return list(_notes(source))


def _notes(source: TableSource) -> Mapping[str, Column]:
    """Values that are noted by what is to be said of them."""
    notes: dict[str, Column] = {}
    for name, kind in source.contract.kinds.items():
        value = sf.col(_GIVEN + name)
        if name not in source.contract.required and kind in EXPECTED and name not in source.constants:
            is_defective = sf.col(_DEFECT + name).isNotNull()
            notes[f"{name} {EXPECTED[kind]}: taken for absent"] = sf.when(
                is_defective & sf.col(_CLEAN + name).isNotNull(), value
            )
        if kind in _IDS:
            is_shortened = value.contains("E+") & value.rlike(SCIENTIFIC)
            notes[f"{name} is a number that a spreadsheet has shortened"] = sf.when(is_shortened, value)
    return notes


def mark_duplicates(checked: DataFrame, unique: tuple[str, ...], reason: str, keep_last: bool = False) -> DataFrame:
    """Give ``reason`` to good rows that share an id, but the first of them or, with ``keep_last``, the last."""
    good = sf.col(REASON).isNull()
    places = (sf.col(FILE_NUMBER), sf.col(LINE))
    order = Window.partitionBy(*unique, good).orderBy(*(p.desc() if keep_last else p for p in places))
    again = good & (sf.row_number().over(order) > 1)
    return checked.withColumn(REASON, sf.coalesce(sf.col(REASON), sf.when(again, reason)))


def _given(raw: DataFrame, source: TableSource, name: str) -> Column:
    """Our column as the file, an expression or a constant has it; null where none does."""
    if name in source.constants:
        return sf.lit(source.constants[name])
    if name in source.expressions:
        return sf.col(f"_expression_{name}")
    theirs = source.names.get(name, name)
    if theirs in raw.columns:
        return sf.col(f"`{theirs}`")
    return sf.lit(None).cast("string")


def _derive(checked: DataFrame, source: TableSource) -> DataFrame:
    """A product code for articles without one: an article is a product of its own, unless its id tells."""
    if c.PRODUCT_CODE not in checked.columns:
        return checked
    article_id = sf.col(c.ARTICLE_ID)
    derived = sf.substring(article_id, 1, PRODUCT_CODE_LENGTH) if source.ten_digits else article_id
    return checked.withColumn(c.PRODUCT_CODE, sf.coalesce(sf.col(c.PRODUCT_CODE), derived))
