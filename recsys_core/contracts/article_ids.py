"""The rule of article ids, and their form in addresses and file names (docs/adr/0035-any-article-id.md).

An article id is any text of 1 to ``MAX_LENGTH`` characters without control characters and without spaces around it. In
an address it stands as ``encode`` writes it: letters and digits of ASCII and the hyphen as they are, every other byte
of its UTF-8 as ``~XX``. Such a text needs no percent encoding and holds no slash, no full stop and no underscore.
"""

import re
import unicodedata
from hashlib import sha256
from typing import Final

MAX_LENGTH: Final = 64
"""Characters (Unicode code points) of an article id; up to 256 bytes in UTF-8."""
ENCODED_PATTERN: Final = "(?:[0-9A-Za-z-]|~[0-9A-F]{2})+"
"""Regular expression of encoded ids; not all that it matches was encoded from a text (``decode`` tells)."""
MAX_NAME_LENGTH: Final = 200
"""Bytes of a file name without suffix; file systems take 255 with suffix and number."""
DIGEST_LENGTH: Final = 32
"""Hexadecimal digits of the digest that ends the name of a long id."""

_SAFE: Final = re.compile("[0-9A-Za-z-]+")
_ENCODED: Final = re.compile(ENCODED_PATTERN)
_TILDE_CODE: Final = re.compile(rb"~([0-9A-F]{2})")
_WRITTEN: Final = tuple(chr(byte) if _SAFE.fullmatch(chr(byte)) else f"~{byte:02X}" for byte in range(256))


def is_article_id(text: str) -> bool:
    """True if ``text`` may be an article id."""
    if not 0 < len(text) <= MAX_LENGTH or text != text.strip():
        return False
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def encode(article_id: str) -> str:
    """``article_id`` as it stands in addresses; ids of ASCII letters, digits and hyphens stay as they are.

    >>> encode("0108775015"), encode("a/b_2"), encode("É~")
    ('0108775015', 'a~2Fb~5F2', '~C3~89~7E')
    """
    if _SAFE.fullmatch(article_id):
        return article_id
    return "".join(_WRITTEN[byte] for byte in article_id.encode("utf-8"))


def decode(text: str) -> str:
    """The id that ``encode`` writes as ``text``.

    Raises
    ------
    ValueError
        If ``encode`` writes no id so.

    >>> decode("a~2Fb~5F2")
    'a/b_2'
    """
    if _SAFE.fullmatch(text):
        return text
    if _ENCODED.fullmatch(text):
        article_id = _TILDE_CODE.sub(lambda code: bytes.fromhex(code[1].decode()), text.encode()).decode("utf-8")
        if encode(article_id) == text:
            return article_id
    raise ValueError(f"{text!r} is no encoded article id: expected letters, digits, hyphens and ~XX for other bytes")


def file_name(article_id: str) -> str:
    """Name of the article's files, without suffix: its encoded form, of a long one the beginning and a digest.

    An encoded id has no ``~~``, so no name of a long id is that of another.
    """
    encoded = encode(article_id)
    if len(encoded) <= MAX_NAME_LENGTH:
        return encoded
    digest = sha256(article_id.encode("utf-8")).hexdigest()[:DIGEST_LENGTH]
    return f"{encoded[: MAX_NAME_LENGTH - DIGEST_LENGTH - 2]}~~{digest}"
