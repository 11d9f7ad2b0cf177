"""Releases in an object store, at any address that fsspec knows.

Layout below the address::

    live.json                  the pointer: to put this one object is to switch the live release
    <release id>/<file>        files of a release, named as in a workspace
    <release id>/manifest.json put last, so a release that has it was uploaded as a whole

Credentials come from the store's own client and fsspec's configuration; none is read, kept or shown here.
"""

import contextlib
import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recsys_core.contracts.addresses import without_login
from recsys_core.contracts.environment import release_store
from recsys_core.contracts.release import MANIFEST, POINTER

log = logging.getLogger(__name__)

RELEASE_ID: Final = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}")
"""Form of a release's id: cut-off and beginning of its content's digest. Folders of other names are not touched."""
BLOCK_BYTES: Final = 8 << 20
"""Bytes of an object that are read at a time to compute its digest."""


class ReleaseStoreError(ConnectionError):
    """The release store did not do what it was asked for; another try may help."""


class PointerError(ValueError):
    """The pointer in the release store cannot be read."""


class Pointer(BaseModel):
    """Content of the pointer object."""

    model_config = ConfigDict(frozen=True)

    release: str = Field(pattern=f"^{RELEASE_ID.pattern}$")
    """Id of the live release."""
    manifest_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """SHA-256 of its manifest, which holds those of all other files."""
    previous: str | None = Field(None, pattern=f"^{RELEASE_ID.pattern}$")
    """Id of the release that was live before and may be kept; None if there is none."""
    held: tuple[dict[str, str], ...] = ()
    """Releases that a rollback keeps off the shop (``serving/hold.py``)."""


class ReleaseStore:
    """The releases at one address.

    Raises
    ------
    ValueError
        If no installed package knows this kind of address.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            from fsspec.core import url_to_fs
            from fsspec.implementations.local import LocalFileSystem

            # Neither listings nor instances are cached: another process may have changed what is there.
            self._fs, root = url_to_fs(address, use_listings_cache=False, skip_instance_cache=True)
        except ImportError as error:
            raise ValueError(f"{address}: {error}: for s3:// install recsys-platform[s3]") from None
        if isinstance(self._fs, LocalFileSystem):
            self._fs.auto_mkdir = True
        self._root = root.rstrip("/")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "ReleaseStore | None":
        """The store that ``RECSYS_RELEASE_STORE`` names; None without one."""
        address = release_store(env)
        return cls(address) if address else None

    def pointer(self) -> Pointer | None:
        """The pointer; None if nothing was published here yet.

        Raises
        ------
        PointerError
            If it is damaged.
        """
        try:
            with self._asking("read the pointer"):
                content: bytes = self._fs.cat_file(f"{self._root}/{POINTER}")
        except FileNotFoundError:
            return None
        try:
            return Pointer.model_validate_json(content)
        except ValidationError as error:
            raise PointerError(f"{self.address}/{POINTER} is damaged: {error.errors()[0]['msg']}") from None

    def put_pointer(self, pointer: Pointer) -> None:
        """Switch the live release. An object store shows readers the old pointer or the new one, never a part."""
        with self._asking("put the pointer"):
            self._fs.pipe_file(f"{self._root}/{POINTER}", pointer.model_dump_json(indent=1).encode())

    def manifest(self, release_id: str) -> bytes | None:
        """Bytes of a release's manifest; None if it is not there."""
        try:
            with self._asking(f"read the manifest of {release_id}"):
                content: bytes = self._fs.cat_file(self._path(release_id, MANIFEST))
        except FileNotFoundError:
            return None
        return content

    def sizes(self, release_id: str) -> dict[str, int]:
        """Bytes by name of a release's objects, whether it is whole or not."""
        folder = self._path(release_id)
        try:
            with self._asking(f"list {release_id}"):
                found: dict[str, Any] = self._fs.find(folder, detail=True)
        except FileNotFoundError:
            return {}
        return {path.removeprefix(folder).lstrip("/"): int(about["size"]) for path, about in found.items()}

    def digest(self, release_id: str, name: str) -> str:
        """SHA-256 of an object, which is read for it."""
        digest = hashlib.sha256()
        with (
            self._asking(f"read {release_id}/{name}"),
            self._fs.open(self._path(release_id, name), "rb", block_size=BLOCK_BYTES) as file,
        ):
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
        return digest.hexdigest()

    def put(self, release_id: str, name: str, file: Path) -> None:
        """Upload one file of a release."""
        with self._asking(f"put {release_id}/{name}"):
            self._fs.put_file(str(file), self._path(release_id, name))

    def get(self, release_id: str, name: str, target: Path) -> None:
        """Download one file of a release.

        Raises
        ------
        FileNotFoundError
            If it is not there.
        """
        with self._asking(f"get {release_id}/{name}"):
            self._fs.get_file(self._path(release_id, name), str(target))

    def release_ids(self) -> set[str]:
        """Ids of the releases that are there, whole or not."""
        try:
            with self._asking("list the releases"):
                found = self._fs.ls(self._root, detail=False)
        except FileNotFoundError:
            return set()
        names = {path.rstrip("/").rpartition("/")[2] for path in found}
        return {name for name in names if RELEASE_ID.fullmatch(name)}

    def remove(self, release_id: str) -> None:
        """Remove a release: its manifest first, so that nobody takes the rest for a whole one."""
        with self._asking(f"remove {release_id}"):
            with contextlib.suppress(FileNotFoundError):
                self._fs.rm_file(self._path(release_id, MANIFEST))
            with contextlib.suppress(FileNotFoundError):
                self._fs.rm(self._path(release_id), recursive=True)

    def _path(self, release_id: str, name: str = "") -> str:
        if not RELEASE_ID.fullmatch(release_id):
            raise ValueError(f"{release_id!r} is no release's id")
        return f"{self._root}/{release_id}/{name}".rstrip("/")

    @contextlib.contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        """Whatever a client of a store raises becomes one kind of error, but for an object that is not there."""
        try:
            yield
        except FileNotFoundError:
            raise
        except Exception as error:  # each client has kinds of its own
            said = without_login(f"{type(error).__name__}: {error}")
            raise ReleaseStoreError(f"release store {self.address}: cannot {what}: {said}") from error
