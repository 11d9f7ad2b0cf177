"""Number formats of the report."""

from collections.abc import Mapping, Sequence

NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"


def share(value: float, digits: int = 1) -> str:
    """Writes a share as a percentage.

    >>> share(0.2834).replace(NARROW_SPACE, " ")
    '28.3 %'
    """
    return f"{100 * value:.{digits}f}{NARROW_SPACE}%"


def four_places(value: float) -> str:
    """Writes MAP@12 with four decimal places.

    >>> four_places(0.02604)
    '0.0260'
    """
    return f"{value:.4f}"


def signed(value: float) -> str:
    """Writes a difference of MAP@12 with its sign.

    >>> signed(-0.00123), signed(-0.00001)
    ('−0.0012', '0.0000')
    """
    text = f"{value:+.4f}".replace("-", "−")
    return "0.0000" if text[1:] == "0.0000" else text


def interval(pair: Sequence[float]) -> str:
    """An interval as text.

    >>> interval([0.0231, 0.0289])
    '0.0231 … 0.0289'
    """
    return f"{four_places(pair[0])} … {four_places(pair[1])}"


def signed_interval(pair: Sequence[float]) -> str:
    """An interval of a difference as text, signs included.

    >>> signed_interval([-0.0004, 0.0012])
    '−0.0004 … +0.0012'
    """
    return f"{signed(pair[0])} … {signed(pair[1])}"


def whole(value: float) -> str:
    """Writes a count, or a mean of counts.

    >>> whole(24594)
    '24,594'
    """
    return f"{value:,.0f}"


def list_name(row: Mapping[str, object]) -> str:
    """Name of a row of the comparison with its kind, because retrievers and baselines may share a name.

    >>> list_name({"name": "popular", "kind": "retriever"})
    'popular (retriever)'
    """
    return f"{row['name']} (retriever)" if row["kind"] == "retriever" else str(row["name"])
