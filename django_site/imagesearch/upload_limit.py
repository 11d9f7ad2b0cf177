"""Stops reading an upload that is larger than any picture may be, before it fills memory or disk."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from recsys_core.serving.uploads import MOST_BYTES

READ_TO_THE_END = 3 * MOST_BYTES
"""Of a request up to this size the rest is read and thrown away, so that the browser sees the answer."""


class LimitedUpload(FileUploadHandler):
    """First of ``FILE_UPLOAD_HANDLERS``; afterwards ``is_too_large`` tells a view why there is no file."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        self._hang_up = content_length > READ_TO_THE_END

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > MOST_BYTES:
            self.request.upload_is_too_large = True  # type: ignore[union-attr]
            raise StopUpload(connection_reset=self._hang_up)
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None  # the next handler keeps the file


def is_too_large(request: HttpRequest) -> bool:
    return getattr(request, "upload_is_too_large", False)
