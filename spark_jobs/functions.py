"""Functions that the SQL of a column mapping may call beside Spark's own."""

from typing import Final

from pyspark.sql import SparkSession

from recsys_core.contracts.article_ids import MAX_LENGTH

DIGEST_LENGTH: Final = 8
"""Hexadecimal digits that end a shortened id."""
FUNCTIONS: Final = (
    # Of two names that begin alike, the digest tells them apart.
    f"""as_id(text STRING) RETURNS STRING RETURN if(
        char_length(trim(text)) > {MAX_LENGTH},
        concat(left(trim(text), {MAX_LENGTH - DIGEST_LENGTH - 1}), ' ', left(sha2(trim(text), 256), {DIGEST_LENGTH})),
        nullif(trim(text), ''))""",
    # Java would make the word null of a null.
    """unescape_html(text STRING) RETURNS STRING RETURN if(
        text LIKE '%&%;%',
        java_method('org.apache.commons.text.StringEscapeUtils', 'unescapeHtml4', text),
        text)""",
)


def define_functions(session: SparkSession) -> None:
    """Define ``as_id`` and ``unescape_html`` in a session.

    ``as_id`` makes an id of any text: without spaces around it, of one that is too long the beginning and a digest,
    of an empty one null. ``unescape_html`` frees a text from the entities of HTML.
    """
    for function in FUNCTIONS:
        session.sql(f"CREATE OR REPLACE TEMPORARY FUNCTION {function}")
