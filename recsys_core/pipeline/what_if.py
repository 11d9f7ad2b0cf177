"""Effect of another rule set on a run's ranked candidates. The run is only read; nothing is ranked again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recsys_core.evaluation.label_window import LabelWindow
from recsys_core.evaluation.metrics.accuracy import FloatArray, average_precision, bootstrap_interval, recall
from recsys_core.evaluation.metrics.by_customer import RECALL_AT
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.pipeline.filter import open_list_maker
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import Targets, scored_spec
from recsys_core.ranking.scored import Scored
from recsys_core.rules.config import RulesConfig
from recsys_core.rules.context import SEGMENTS, segments_of
from recsys_core.rules.list_maker import ListMaker

K = 12
"""Places that are compared, and that MAP and recall are measured on."""


@dataclass(frozen=True)
class BothLists:
    """The finished lists of the same customers under both rule sets."""

    customer: IntArray
    """(n,) rows of the snapshot, ascending."""
    before: IntArray
    """(n, k) article_idx"""
    after: IntArray

    @property
    def overlap(self) -> npt.NDArray[np.float64]:
        """(n,) share of the first ``K`` articles that are the same, whatever their order."""
        same = (self.before[:, :K, None] == self.after[:, None, :K]).any(axis=2)
        share: npt.NDArray[np.float64] = same.mean(axis=1)
        return share

    @property
    def changed(self) -> npt.NDArray[np.bool_]:
        """(n,) whether the first ``K`` places differ anywhere."""
        differ: npt.NDArray[np.bool_] = (self.before[:, :K] != self.after[:, :K]).any(axis=1)
        return differ


def what_if(plan: BuildPlan, rules: RulesConfig, label_days: int | None = None) -> dict[str, object]:
    """Compare the plan's own rules (``before``) with ``rules`` (``after``) on what was scored.

    The lists are those of all customers, or of the evaluation on the ``label_days`` from the cut-off on. Beside both
    ledgers stand: how many lists change, the mean overlap of their first 12 positions, the share of all articles in
    somebody's first 12, and, on a label window, MAP@12 and recall@12 with their intervals, also of the difference.

    Raises
    ------
    FileNotFoundError
        If the run was not scored; names the command that does it.
    """
    targets = Targets.label_window(plan.cutoff, label_days, RECALL_AT[-1]) if label_days else Targets()
    before, after = open_list_maker(plan), open_list_maker(_with_rules(plan, rules))
    lists = _both_lists(plan, targets, before, after)
    result = {
        "cutoff": plan.cutoff.isoformat(),
        "customers_scored": targets.customers,
        "rules_changed": _changes(plan.config.rules, rules),
        **_differences(lists, before.snapshot),
        "ledger": {"before": before.ledger.as_dict(), "after": after.ledger.as_dict()},
    }
    if label_days:
        result |= _measured(lists, LabelWindow.open(plan.tables.path, before.snapshot, plan.cutoff, label_days))
    return result


def table(result: dict[str, object]) -> str:
    """The ledgers side by side, rule by rule and segment by segment, as text for a terminal."""
    ledger: dict[str, dict[str, dict[str, dict[str, int]]]] = result["ledger"]  # type: ignore[assignment]
    old, new = ledger["before"], ledger["after"]
    rows: list[tuple[str, dict[str, int], dict[str, int]]] = [
        (f"dropped by {name}", old["dropped"].get(name, {}), new["dropped"].get(name, {}))
        for name in dict.fromkeys([*old["dropped"], *new["dropped"]])
    ]
    rows += [(name, old[name], new[name]) for name in ("candidates", "refilled", "relaxed")]  # type: ignore[misc]
    head = f"{'':<32}" + "".join(f"{name + side:>16}" for name in SEGMENTS for side in (" before", " after"))
    lines = [
        f"{name:<32}" + "".join(f"{side.get(s, 0):>16,}" for s in SEGMENTS for side in (b, a)) for name, b, a in rows
    ]
    return "\n".join([head, *lines])


def _with_rules(plan: BuildPlan, rules: RulesConfig) -> BuildPlan:
    return replace(plan, config=plan.config.model_copy(update={"rules": rules}))


def _both_lists(plan: BuildPlan, targets: Targets, before: ListMaker, after: ListMaker) -> BothLists:
    """Shard by shard; only the compared places are kept."""
    found = [
        (shard.customer, before.finish(shard).article_idx[:, :K], after.finish(shard).article_idx[:, :K])
        for shard in _shards(plan, targets)
    ]
    return BothLists(*(np.concatenate(part) for part in zip(*found, strict=True)))


def _shards(plan: BuildPlan, targets: Targets) -> Iterator[Scored]:
    """The candidates that rules look at in production; an evaluation ranks more."""
    scored = plan.store.require(scored_spec(plan, targets))
    for part in sorted(scored.path.glob("part-*.parquet")):
        shard = Scored.read(part)
        yield shard.take(np.arange(len(shard.customer)), plan.config.lists.scored_length)


def _changes(before: RulesConfig, after: RulesConfig) -> dict[str, list[object]]:
    """Key -> [before, after] of the entries that differ."""
    new = after.model_dump()
    return {key: [value, new[key]] for key, value in before.model_dump().items() if value != new[key]}


def _differences(lists: BothLists, snapshot: Snapshot) -> dict[str, object]:
    segment = segments_of(snapshot, lists.customer)
    overlap, changed = lists.overlap, lists.changed

    def of(who: npt.NDArray[np.bool_]) -> dict[str, float]:
        return {
            "customers": int(who.sum()),
            "lists_changed": int(changed[who].sum()),
            "overlap_at_12": float(overlap[who].mean()),
        }

    return {
        **of(np.ones(len(segment), bool)),
        "segments": {name: of(segment == i) for i, name in enumerate(SEGMENTS) if (segment == i).any()},
        "coverage": {side: len(np.unique(getattr(lists, side))) / snapshot.n_articles for side in ("before", "after")},
    }


def _measured(lists: BothLists, window: LabelWindow) -> dict[str, object]:
    place = np.searchsorted(lists.customer, window.customers)
    before, after = lists.before[place], lists.after[place]
    return {
        f"{name}_at_12": _compared(of(window.truth, before, K), of(window.truth, after, K))
        for name, of in (("map", average_precision), ("recall", recall))
    }


def _compared(before: FloatArray, after: FloatArray) -> dict[str, object]:
    """Means over the customers, with intervals; the difference is paired."""
    return {
        name: {"value": float(values.mean()), "interval": bootstrap_interval(values)}
        for name, values in (("before", before), ("after", after), ("difference", after - before))
    }
