"""Article ids as people write them: numbers without the zeros that they begin with."""

from recsys_core.serving import Release


def article_of_number(release: Release, text: str) -> str | None:
    """The id of the article that is written so, if there is one; of a number also with zeros before it."""
    catalogue, text = release.catalogue, text.strip()
    is_number = text.isascii() and text.isdigit()
    widths = range(len(text) + 1, catalogue.article_ids.dtype.itemsize + 1) if is_number else ()
    written = (text, " ".join(text.split()), *(text.zfill(width) for width in widths))
    return next((each for each in written if catalogue.index_of(each) is not None), None)
