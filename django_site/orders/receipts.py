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
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from orders.export import as_csv, orders_of_files, rows_of
from orders.models import Order
from recsys_core.contracts.orders import FORMER_PREFIX, FileReceipt
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
Files = Mapping[str, FileReceipt]

FILES_AT_ONCE: Final = 200
"""Files whose orders are read and marked by one statement each."""


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
    unsettled, taken_in = _names(written.filter(taken_in_at=None)), _names(written.exclude(taken_in_at=None))
    for first in range(0, len(unsettled), FILES_AT_ONCE):
        _settle_files(workspace, unsettled[first : first + FILES_AT_ONCE], files, found)
    for name in sorted(set(taken_in) - set(unsettled) - _present(workspace.incoming)):
        found.written_again += _open_again(name, "the file is gone")
    return found


def _names(orders: QuerySet[Order]) -> list[str]:
    return sorted(set(orders.order_by().values_list("export_file", flat=True)))


def _present(incoming: Path) -> set[str]:
    """Names in the folder, listed once: a look for each file ever taken in would take longer every day."""
    try:
        return {path.name for path in incoming.iterdir()}
    except FileNotFoundError:
        return set()


def _settle_files(workspace: Workspace, names: list[str], files: Files, found: Settled) -> None:
    orders = orders_of_files(names)
    taken_in = [pk for name in names for pk in _settle_file(workspace, name, orders[name], files.get(name), found)]
    ours = Order.objects.filter(pk__in=taken_in, export_file__in=names)
    found.taken_in += ours.update(taken_in_at=timezone.now(), problem="")


def _settle_file(
    workspace: Workspace, name: str, orders: list[Order], receipt: FileReceipt | None, found: Settled
) -> list[int]:
    """Keys of the file's orders that ingest has; all other results are written here."""
    content = as_csv(name, orders).encode()
    try:
        is_whole = (workspace.incoming / name).read_bytes() == content
    except FileNotFoundError:
        is_whole = False
    if not is_whole:
        found.written_again += _open_again(name, "the file is lost or damaged")
    elif receipt is None or receipt["sha256"] != sha256(content).hexdigest():
        return []
    elif "duplicate_of" in receipt and name.startswith(FORMER_PREFIX):
        found.written_again += _claim_anew(workspace, name, receipt["duplicate_of"])
    else:
        return _accepted(name, orders, receipt, found)
    return []


def _accepted(name: str, orders: list[Order], receipt: FileReceipt, found: Settled) -> list[int]:
    """Keys of the orders of which the receipt names no problem; notes the problems of the others."""
    accepted, line = [], 2  # after the header
    for order in orders:
        lines = range(line, line + len(rows_of(name, order)))
        line = lines.stop
        problems = [receipt["problems"][str(n)] for n in lines if str(n) in receipt["problems"]]
        problem = receipt.get("refused", "") or "; ".join(sorted(set(problems)))
        if not problem:
            accepted.append(order.pk)
            continue
        found.refused += Order.objects.filter(pk=order.pk, export_file=name).update(problem=problem[:200])
        log.warning("order %s is not among the purchases: %s", order.number, problem)
    return accepted


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
