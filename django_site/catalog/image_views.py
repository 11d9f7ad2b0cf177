"""Images: the shop's photographs, at the widths the pages ask for, and placeholders where none exists."""

import hashlib

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from catalog.images import photos
from catalog.images.placeholders import Placeholder, draw, placeholder_of
from releases.middleware import ShopRequest, without_release

PLACEHOLDER_MAX_AGE_SECONDS = 3600
"""Seconds a placeholder at a photograph's address is kept: the photograph may still come."""


@require_safe
def image(request: ShopRequest, article_id: str, number: int = 1) -> HttpResponseBase:
    """``/img/<article_id>.jpg``, with ``?w=`` as a thumbnail of one of the settled widths.

    The address ends so whatever the file is; ``Content-Type`` tells. A further image (``/img/<article_id>_2.jpg``) has
    no placeholder: without a file there is none.
    """
    width = _width(request.GET.get("w"))
    idx = request.release.catalogue.index_of(article_id)
    if idx is None:
        raise Http404("no such article")
    source = photos.find_photo(photos.image_folder(request.release), article_id, number)
    if source is None and number > 1:
        raise Http404("no such image")
    if source is None:
        wanted = placeholder_of(request.release.catalogue.article(idx))
        return _svg(request, wanted, f"public, max-age={PLACEHOLDER_MAX_AGE_SECONDS}")
    photo = _scaled(source, width)
    tag = f'"{photo.tag}"'
    modified = int(photo.modified)
    response = get_conditional_response(request, etag=tag, last_modified=modified)
    if response is None:
        try:
            content = photo.path.read_bytes()
        except FileNotFoundError:  # dropped just now, to make room for a newer one
            content = _scaled(source, width).path.read_bytes()
        response = HttpResponse(content, content_type=photos.content_type_of(content))
    response.headers["ETag"] = tag
    response.headers["Last-Modified"] = http_date(modified)
    response.headers["Cache-Control"] = f"public, max-age={settings.IMAGE_MAX_AGE}, immutable"
    return response


@require_safe
@without_release
def placeholder(request: HttpRequest, group: str, colour: str) -> HttpResponseBase:
    """``/img/placeholder/<group>/<colour>.svg``, shared by all articles of the group in that colour."""
    return _svg(request, Placeholder(group, colour), f"public, max-age={settings.IMAGE_MAX_AGE}, immutable")


def _scaled(source: photos.Photo, width: int | None) -> photos.Photo:
    return photos.at_width(source, width) if width else source


def _svg(request: HttpRequest, wanted: Placeholder, cache_control: str) -> HttpResponseBase:
    try:
        document = draw(wanted).encode()
    except LookupError as error:
        raise Http404(str(error)) from None
    tag = f'"{hashlib.sha256(document).hexdigest()[:16]}"'
    known = get_conditional_response(request, etag=tag)
    response = HttpResponse(document, content_type="image/svg+xml") if known is None else known
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = cache_control
    return response


def _width(asked: str | None) -> int | None:
    """A settled width, so that nobody can fill the disk with thumbnails."""
    if not asked:
        return None
    widths = {str(width): width for width in (*settings.THUMBNAIL_WIDTHS, *photos.LARGE_WIDTHS)}
    if asked not in widths:
        raise Http404(f"w: expected one of {', '.join(widths)}")
    return widths[asked]
