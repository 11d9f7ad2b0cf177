"""Marks of customers who had their data deleted: a keyed digest each, so that no mark reveals the customer.

Ids of some shops are short numbers, which a plain digest would give away to whoever tries all of them. The key lies
beside the marks; who has the marks alone (a listing, a log, an artifact's record) learns nothing.
"""

import datetime as dt
import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

KEY: Final = ".key"


@dataclass(frozen=True)
class Erasures:
    """The customers that every run leaves out."""

    key: str = field(default="", repr=False)
    digests: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.digests)

    def __contains__(self, customer_id: str) -> bool:
        return bool(self.digests) and digest_of_customer(self.key, customer_id) in self.digests

    @property
    def signature(self) -> str:
        """Digest that is equal for equal sets of customers; empty if nobody was erased."""
        return hashlib.sha256("".join(sorted(self.digests)).encode()).hexdigest()[:16] if self else ""


def digest_of_customer(key: str, customer_id: str) -> str:
    """SHA-256 of key and id, 64 hexadecimal digits."""
    return hashlib.sha256((key + customer_id).encode()).hexdigest()


def read_erasures(folder: Path) -> Erasures:
    """The marks in ``folder``. Those of former versions, which held the id in clear text, become digests.

    Raises
    ------
    ValueError
        If there are marks but their key is gone: nobody could be left out any more.
    """
    for mark in _marks(folder):
        if mark.stat().st_size:
            mark_erased(folder, mark.read_text())
            mark.unlink(missing_ok=True)
    digests = frozenset(mark.name for mark in _marks(folder))
    if not digests:
        return Erasures()
    try:
        return Erasures((folder / KEY).read_text(), digests)
    except FileNotFoundError:
        raise _no_key(folder) from None


def mark_erased(folder: Path, customer_id: str) -> None:
    """Mark a customer, so that every later run leaves the customer out."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / digest_of_customer(_key(folder), customer_id)).touch()


def _refuse_second_key(folder: Path) -> None:
    if any(not mark.stat().st_size for mark in _marks(folder)) and not (folder / KEY).exists():
        raise _no_key(folder)


def _no_key(folder: Path) -> ValueError:
    return ValueError(
        f"{folder / KEY} is missing: without it the {len(_marks(folder))} erased customers cannot be told; "
        "bring it back from a backup of the folder"
    )


def _marks(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*"))


def _key(folder: Path) -> str:
    """The folder's key; the first of several processes makes it."""
    key = folder / KEY
    if not key.exists():
        _refuse_second_key(folder)
        fresh = folder / f"{KEY}.{secrets.token_hex(8)}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            key.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return key.read_text()


def last_erasure(folder: Path) -> dt.datetime | None:
    """Time of the last erasure of a customer; None if there was none."""
    return max(_times(folder), default=None)


def first_erasure_since(folder: Path, moment: dt.datetime) -> dt.datetime | None:
    """Time of the first erasure of a customer after a moment; None if there was none."""
    return min((time for time in _times(folder) if time > moment), default=None)


def _times(folder: Path) -> list[dt.datetime]:
    return [dt.datetime.fromtimestamp(mark.stat().st_mtime, dt.UTC) for mark in _marks(folder)]
