"""Why an article is on a page, in words that are true for the list it comes from."""

from typing import Final

OWN_LIST: Final = {
    "popular": "Popular with customers like you",
    "repurchase": "You bought this before",
    "also_bought": "Bought by others who own what you own",
    "two_tower": "Matches your taste",
    "fallback": "To round off your selection",
    "similar_purchases": "Bought by the same people as what you own",
    "similar_attributes": "Similar to what you bought",
    "similar_images": "Looks like what you bought",
    "new_articles": "New in",
}
"""By reason code (``recsys_core.contracts.release.REASONS``)."""


def own_list_reason(code: str) -> str:
    """Empty for a code of a later release that this site does not know: rather no reason than a wrong one."""
    return OWN_LIST.get(code, "")


def segment_reason(age_interval: str) -> str:
    """
    >>> segment_reason("20-24")
    'Popular with ages 20–24'
    """
    return f"Popular with {spoken_age(age_interval)}"


def spoken_age(age_interval: str) -> str:
    """
    >>> [spoken_age(interval) for interval in ("-19", "30-34", "70+", "unknown")]
    ['ages under 20', 'ages 30–34', 'ages 70+', 'all ages']
    """
    return f"ages {written}" if (written := age_range(age_interval)) else "all ages"


def age_range(age_interval: str) -> str:
    """
    >>> [age_range(interval) for interval in ("-19", "30-34", "70+", "unknown")]
    ['under 20', '30–34', '70+', '']
    """
    if age_interval in ("unknown", ""):
        return ""
    if age_interval.startswith("-"):
        return f"under {int(age_interval[1:]) + 1}"
    return age_interval.replace("-", "–")
