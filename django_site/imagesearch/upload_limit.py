"""Stops reading an upload that is larger than any image may be, before it fills memory or disk."""

from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from recsys_core.serving.uploads import MAX_UPLOAD_BYTES, TOO_LARGE

TAKE_FILES: Final = frozenset({"imagesearch:search", "api:search_by_image"})
"""Views that expect a file; on any other address nobody has reason to send one."""
ONE_FILE: Final = "Send one picture at a time."
READ_TO_THE_END: Final = 3 * MAX_UPLOAD_BYTES
"""Size up to which the rest of a refused request is read and thrown away, so that the browser sees the answer."""


class LimitedUpload(FileUploadHandler):
    """First of ``FILE_UPLOAD_HANDLERS``: one file of ``MAX_UPLOAD_BYTES`` a request.

    Afterwards ``refusal_of`` tells a view why there is no file.
    """

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        self._hang_up = content_length > READ_TO_THE_END
        self._files = 0

    def new_file(self, *named: Any, **rest: Any) -> None:
        super().new_file(*named, **rest)
        self._files += 1
        if self._files > 1 or not _takes_files(self.request):
            self.request.upload_refused = ONE_FILE  # type: ignore[union-attr]
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > MAX_UPLOAD_BYTES:
            self.request.upload_refused = TOO_LARGE  # type: ignore[union-attr]
            raise StopUpload(connection_reset=self._hang_up)
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None  # the next handler keeps the file


def refusal_of(request: HttpRequest) -> str:
    """Returns the reason, for the shopper, that the request's files were not read to the end; empty if they were."""
    return getattr(request, "upload_refused", "")


def _takes_files(request: HttpRequest | None) -> bool:
    try:
        return request is not None and resolve(request.path_info).view_name in TAKE_FILES
    except Resolver404:
        return False
