"""Age intervals in words."""


def spoken_age(age_interval: str) -> str:
    """An age interval as said in a sentence.

    >>> [spoken_age(interval) for interval in ("-19", "30-34", "70+", "unknown")]
    ['ages under 20', 'ages 30–34', 'ages 70+', 'all ages']
    """
    return f"ages {written}" if (written := age_range(age_interval)) else "all ages"


def age_range(age_interval: str) -> str:
    """An age interval as a label; empty if unknown.

    >>> [age_range(interval) for interval in ("-19", "30-34", "70+", "unknown")]
    ['under 20', '30–34', '70+', '']
    """
    if age_interval in ("unknown", ""):
        return ""
    if age_interval.startswith("-"):
        return f"under {int(age_interval[1:]) + 1}"
    return age_interval.replace("-", "–")
