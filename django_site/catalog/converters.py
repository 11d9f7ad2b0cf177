"""Article ids in addresses."""

from recsys_core.contracts.article_ids import ENCODED_PATTERN, decode, encode
from recsys_core.store.image_files import MAX_IMAGES


class ArticleIdConverter:
    """``<article:article_id>``: any article id, in the form that addresses have (``recsys_core/contracts``)."""

    regex = ENCODED_PATTERN

    def to_python(self, value: str) -> str:
        return decode(value)

    def to_url(self, value: str) -> str:
        return encode(value)


class ImageNumberConverter:
    """``<image:number>``: the number of a further image."""

    regex = f"[2-{MAX_IMAGES}]"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
