"""Comparison of the orders that were written with the files that ingest says it has read.

A file that was lost or damaged is written again, which counts nothing twice. An order is taken in once a receipt speaks
of its file with just these bytes, and of no problem with its rows.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.db.models import QuerySet
from django.utils import timezone

from orders.export import as_csv, orders_of_file, rows_of
from orders.models import Order
from recsys_core.contracts.orders import FORMER_PREFIX, FileReceipt
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
Files = Mapping[str, FileReceipt]


@dataclass
class Settled:
    """Numbers of orders."""

    taken_in: int = 0
    refused: int = 0
    written_again: int = 0


def read_receipts(workspace: Workspace) -> Files:
    """Receipts by file name; empty before ingest has ever run."""
    try:
        return dict(json.loads(workspace.order_receipt.read_text())["files"])
    except FileNotFoundError:
        return {}


def settle(workspace: Workspace) -> Settled:
    """Mark what ingest has, note what it refuses, and open what was lost for the next export."""
    files, found = read_receipts(workspace), Settled()
    written = Order.objects.exclude(exported_at=None)
    for name in _names(written.filter(taken_in_at=None)):
        _settle_file(workspace, name, files.get(name), found)
    gone = [name for name in _names(written.exclude(taken_in_at=None)) if not (workspace.incoming / name).exists()]
    for name in gone:
        found.written_again += _open_again(name, "the file is gone")
    return found


class SettledUpTo:
    """Memory of the receipts that a process has settled, so that checking out reads none twice."""

    def __init__(self) -> None:
        self._seen: tuple[Path, int] | None = None

    def settle_new(self, workspace: Workspace) -> None:
        try:
            current = (workspace.order_receipt, workspace.order_receipt.stat().st_mtime_ns)
        except FileNotFoundError:
            return
        if current != self._seen:
            settle(workspace)
            self._seen = current


def _names(orders: QuerySet[Order]) -> list[str]:
    return sorted(set(orders.order_by().values_list("export_file", flat=True)))


def _settle_file(workspace: Workspace, name: str, receipt: FileReceipt | None, found: Settled) -> None:
    orders = list(orders_of_file(name))
    content = as_csv(name, orders).encode()
    try:
        is_whole = (workspace.incoming / name).read_bytes() == content
    except FileNotFoundError:
        is_whole = False
    if not is_whole:
        found.written_again += _open_again(name, "the file is lost or damaged")
    elif receipt is None or receipt["sha256"] != sha256(content).hexdigest():
        return
    elif "duplicate_of" in receipt and name.startswith(FORMER_PREFIX):
        found.written_again += _claim_anew(workspace, name, receipt["duplicate_of"])
    else:
        _take_in(name, orders, receipt, found)


def _take_in(name: str, orders: list[Order], receipt: FileReceipt, found: Settled) -> None:
    line = 2  # after the header
    for order in orders:
        lines = range(line, line + len(rows_of(name, order)))
        line = lines.stop
        problems = [receipt["problems"][str(n)] for n in lines if str(n) in receipt["problems"]]
        problem = receipt.get("refused", "") or "; ".join(sorted(set(problems)))
        mine = Order.objects.filter(pk=order.pk, export_file=name)
        if problem:
            found.refused += mine.update(problem=problem[:200])
            log.warning("order %s is not among the purchases: %s", order.number, problem)
        else:
            found.taken_in += mine.update(taken_in_at=timezone.now(), problem="")


def _open_again(name: str, why: str) -> int:
    """The next export writes the same file again."""
    opened = Order.objects.filter(export_file=name).update(exported_at=None, taken_in_at=None)
    log.warning("%s: %s; its %d orders are written again", name, why, opened)
    return opened


def _claim_anew(workspace: Workspace, name: str, same_as: str) -> int:
    """Files of former versions with equal purchases count once: the orders go into a file that no other equals."""
    opened = Order.objects.filter(export_file=name).update(export_file="", exported_at=None)
    (workspace.incoming / name).unlink(missing_ok=True)
    log.warning("%s has the same bytes as %s; its %d orders are written anew", name, same_as, opened)
    return opened
