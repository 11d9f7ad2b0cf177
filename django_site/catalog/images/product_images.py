"""Images of a product page: all photographs of the article, each at every width that its file has."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.urls import reverse

from catalog.addresses import url
from catalog.images import photos
from recsys_core.serving import Article
from recsys_core.store.image_files import ImageFolder

PAGE_WIDTH: Final = 720
"""Width of the image for browsers that read no ``srcset``."""
ENLARGED_WIDTH: Final = 1200
"""Greatest width of an enlarged image, in CSS pixels."""
UNKNOWN_SIZE: Final = (800, 1200)


@dataclass(frozen=True)
class ProductImage:
    url: str
    """Address of the file as it is."""
    src: str
    srcset: str
    """Thumbnails narrower than the file, then the file itself; empty if its size is not known."""
    width: int
    height: int

    @property
    def enlarged(self) -> tuple[int, int]:
        """Width and height in CSS pixels when enlarged."""
        width = min(self.width, ENLARGED_WIDTH)
        return width, round(self.height * width / self.width)


def product_images(folder: ImageFolder, article: Article) -> list[ProductImage]:
    """Images of an article; empty if the release or the folder has none."""
    if not article.has_image:
        return []
    found = photos.find_photos(folder, article.article_id)
    return [_product_image(_address(article.article_id, number), photo) for number, photo in found.items()]


def _address(article_id: str, number: int) -> str:
    if number == 1:
        return url("catalog:image", article_id)
    return reverse("catalog:further-image", args=[article_id, number])


def _product_image(address: str, photo: photos.Photo) -> ProductImage:
    size = photos.upright_size(photo)
    if size is None:
        return ProductImage(address, address, "", *UNKNOWN_SIZE)
    narrower = [width for width in (*settings.THUMBNAIL_WIDTHS, *photos.LARGE_WIDTHS) if width < size[0]]
    offered = [*(f"{address}?w={width} {width}w" for width in narrower), f"{address} {size[0]}w"]
    return ProductImage(address, f"{address}?w={PAGE_WIDTH}", ", ".join(offered), *size)
