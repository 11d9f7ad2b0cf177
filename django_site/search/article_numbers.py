"""Article numbers as people write them, without the zeros that they begin with."""

from recsys_core.serving import Release


def article_of_number(release: Release, text: str) -> str | None:
    """The id of the article with this number, if there is one."""
    catalogue = release.catalogue
    width = catalogue.article_ids.dtype.itemsize
    written = (text, text.zfill(width)) if text.isascii() and text.isdigit() else (text,)
    return next((each for each in written if catalogue.index_of(each) is not None), None)
