"""Nearest articles from Milvus, within a budget: the one thing of a release that is not memory-mapped.

Whoever asks gets an answer or ``VectorsUnavailableError`` in time. After a failure nobody asks for a while, so a Milvus
that is away costs one shopper its budget, not all of them. A Milvus that is too slow for one budget is still asked by
those with another one.
"""

import json
import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recsys_core.contracts.addresses import split_login
from recsys_core.serving.arrays import Int32
from recsys_core.serving.engines import RETRY_PAUSE_SECONDS, Breaker, engine_url
from recsys_core.serving.facets import FacetSelection

log = logging.getLogger(__name__)

BUDGET_SECONDS: Final = 0.15
"""Seconds that a call may take."""
CONNECT_TIMEOUT_SECONDS: Final = 2.0
"""Seconds for the first connection of a process."""
ID: Final = "article_idx"
VECTOR: Final = "vector"
MAX_RESULTS: Final = 16_384
"""Rows that Milvus answers with at most."""


ANSWERS: Final = (6, 100, 1100)
"""Codes of errors about what was asked (an expression, a collection that is gone): Milvus itself is well."""


class VectorsUnavailableError(ConnectionError):
    """No answer from Milvus in time."""


@dataclass(frozen=True)
class VectorIndex:
    """A collection of a release, and how it is searched."""

    collection: str
    dim: int
    metric_type: str
    search_params: Mapping[str, Any]

    @classmethod
    def articles(cls, manifest: Mapping[str, Any]) -> "VectorIndex | None":
        """The two-tower vectors of all articles; None in a release without them."""
        return cls._read(manifest.get("milvus"), "articles")

    @classmethod
    def images(cls, manifest: Mapping[str, Any]) -> "VectorIndex | None":
        """The image vectors of the articles with an image; None in a release without them."""
        return cls._read((manifest.get("images") or {}).get("milvus"), "images")

    @classmethod
    def _read(cls, said: Mapping[str, Any] | None, name: str) -> "VectorIndex | None":
        """From what ``recsys index`` says of a collection."""
        if not said:
            return None
        return cls(said["collections"][name], int(said["dim"]), said["metric_type"], said["search_params"])


class VectorSearch:
    """A connection to the Milvus that serves releases, shared by the threads of a process."""

    def __init__(self, uri: str, token: str = "", budget: float = BUDGET_SECONDS) -> None:
        self.uri, user, password = split_login(uri)
        self._token = token or (f"{user}:{password}" if user else "")
        self._budget = budget
        self._client: Any = None
        self._connecting = threading.Lock()
        self._away = Breaker()
        self._late: defaultdict[float, Breaker] = defaultdict(Breaker)
        """By seconds that a call may take."""

    def vectors(self, index: VectorIndex, articles: list[int]) -> NDArray[np.float32]:
        """(len(articles), dim) in their order; zeros for an article that the collection lacks."""
        wanted = f"{ID} in {json.dumps(articles)}"
        rows = self._call("query", index, 0.0, filter=wanted, output_fields=[ID, VECTOR], limit=len(articles))
        found = {int(row[ID]): row[VECTOR] for row in rows}
        nothing = [0.0] * index.dim
        return np.array([found.get(idx, nothing) for idx in articles], np.float32).reshape(len(articles), index.dim)

    def nearest(
        self,
        index: VectorIndex,
        vector: NDArray[np.float32],
        k: int,
        selection: FacetSelection,
        patience: float = 0.0,
    ) -> tuple[Int32, NDArray[np.float32]]:
        """Articles nearest to ``vector`` (dim,) that a selection leaves, nearest first, and their cosines.

        ``patience``: seconds that the call may take where that is more than the budget.
        """
        (hits,) = self._call(
            "search",
            index,
            patience,
            data=[_of_length_one(vector).tolist()],
            anns_field=VECTOR,
            filter=expression_of(selection),
            limit=min(k, MAX_RESULTS),
            search_params={"metric_type": index.metric_type, "params": dict(index.search_params)},
        )
        found = [(id_of(hit), float(hit["distance"])) for hit in hits]
        return np.array([i for i, _ in found], np.int32), np.array([d for _, d in found], np.float32)

    def _call(self, method: str, index: VectorIndex, patience: float, **asked: Any) -> Any:
        seconds = max(self._budget, patience)
        if self._away.is_open or self._late[seconds].is_open:
            raise VectorsUnavailableError(f"Milvus at {self.uri} failed a moment ago")
        try:
            call = getattr(self._connected(), method)
            return call(index.collection, timeout=seconds, **asked)
        except VectorsUnavailableError:
            raise
        except Exception as error:  # pymilvus raises several unrelated types
            if getattr(error, "code", None) in ANSWERS:
                raise VectorsUnavailableError(f"Milvus at {self.uri} refuses: {error}") from error
            breaker, pause = self._late[seconds] if _is_late(error) else self._away, RETRY_PAUSE_SECONDS
            breaker.trip()
            log.warning("Milvus at %s does not answer in %s s: %s; %d s of pause", self.uri, seconds, error, pause)
            raise VectorsUnavailableError(f"Milvus at {self.uri}: {error}") from error

    def _connected(self) -> Any:
        if self._client is None:
            if not self._connecting.acquire(timeout=self._budget):
                raise VectorsUnavailableError(f"another thread is connecting to Milvus at {self.uri}")
            try:
                self._client = self._client or self._connect()
            finally:
                self._connecting.release()
        return self._client

    def _connect(self) -> Any:
        """A client for good: gRPC connects anew by itself, beside the calls.

        pymilvus would do it within the call that failed, for CONNECT_TIMEOUT_SECONDS, and one thread after the other.
        """
        from pymilvus import MilvusClient

        client = MilvusClient(
            uri=self.uri,
            token=self._token,
            timeout=CONNECT_TIMEOUT_SECONDS,
            dedicated=True,
            grpc_options={"grpc.max_reconnect_backoff_ms": int(1000 * RETRY_PAUSE_SECONDS)},
        )
        client._handler._on_rpc_error = lambda error: False
        return client


def _is_late(error: Exception) -> bool:
    """The server took longer than the call's budget; pymilvus passes gRPC's own error on."""
    code = getattr(error, "code", None)
    return callable(code) and getattr(code(), "name", "") == "DEADLINE_EXCEEDED"


def _of_length_one(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector


def id_of(hit: Mapping[str, Any]) -> int:
    """article_idx of what a search found; servers before Milvus 2.4 do not say what the key is called."""
    return int(hit[ID] if ID in hit else hit["id"])


def milvus_uri(workspace: Path) -> str:
    """``$MILVUS_URI``, else the workspace's registered server (``milvus-server.json``), else empty."""
    return engine_url("MILVUS_URI", workspace / "milvus-server.json")


def expression_of(selection: FacetSelection) -> str:
    """A selection in Milvus's filter language.

    >>> expression_of(FacetSelection({"colour_group_name": {"Black", "Blue"}}, price_max=0.25, in_stock=True))
    'colour_group_name in ["Black", "Blue"] and price <= 0.25 and in_stock == true'
    """
    return " and ".join(_conditions(selection))


def _as_stored(price: float) -> float:
    """Milvus holds prices in single precision: what costs just as much as the limit would fall on either side."""
    return float(np.float32(price))


def _conditions(selection: FacetSelection) -> Iterator[str]:
    for column, values in sorted(selection.values.items()):
        if values:  # its grammar knows no escapes for control characters, and no article holds one
            yield f"{column} in {json.dumps(sorted(filter(str.isprintable, values)), ensure_ascii=False)}"
    if selection.price_min is not None:
        yield f"price >= {_as_stored(selection.price_min)!r}"
    if selection.price_max is not None:
        yield f"price <= {_as_stored(selection.price_max)!r}"
    if selection.in_stock:
        yield "in_stock == true"
