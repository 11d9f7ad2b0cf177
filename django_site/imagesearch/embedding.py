"""Embedding of an upload as a query vector: the only code that reads a shopper's image."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

from imagesearch.query_vector import to_text
from imagesearch.upload_limit import refusal_of
from recsys_core.serving import Release
from recsys_core.serving.encoder import EncoderUnavailableError, ImageEncoder, encoder_url
from recsys_core.serving.uploads import Crop, UploadRefusedError, check_image
from recsys_core.serving.vectors import VectorIndex


def embed_upload(request: HttpRequest, release: Release) -> str:
    """The vector of the request's ``image``, cut to its ``crop``, as it stands in an address.

    Raises
    ------
    UploadRefusedError
        If there is no image, or none that may be decoded.
    EncoderBusyError, EncoderUnavailableError
        If nothing can embed it now.
    """
    upload = request.FILES.get("image")
    if refusal := refusal_of(request):
        raise UploadRefusedError(refusal)
    if upload is None:
        raise UploadRefusedError("Choose a picture first.")
    data = upload.read()
    check_image(data)
    encoder = encoder_of(_address())
    if encoder is None or VectorIndex.images(release.manifest) is None:
        raise EncoderUnavailableError("no image encoder is configured, or the release has no vectors of images")
    embedding = encoder.embed(data, Crop.read(request.POST.get("crop", "")))
    if embedding.model != (made_by := release.manifest["images"]["encoder"]):
        raise EncoderUnavailableError(
            f"the encoder runs {embedding.model}, release {release.id} was embedded by {made_by}"
        )
    return to_text(embedding.vector)


def _address() -> str:
    return settings.IMAGE_ENCODER_URL or encoder_url(settings.RECSYS_WORKSPACE)


@lru_cache(maxsize=4)
def encoder_of(url: str) -> ImageEncoder | None:
    """The way to the encoder from this process; None without an address."""
    return ImageEncoder(url) if url else None


def is_available(release: Release) -> bool:
    """True if an image can be searched for, as far as is known without a request."""
    return VectorIndex.images(release.manifest) is not None and bool(_address())
