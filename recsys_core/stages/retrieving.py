"""Opens the fitted retrievers of a cut-off for the stages that rank."""

from recsys_core.features.snapshot import Snapshot
from recsys_core.lineage import Lineage
from recsys_core.ranking.context import RetrievalContext
from recsys_core.retrieval.lanes import load_lane


def open_context(lineage: Lineage) -> RetrievalContext:
    """Load what ``recsys train-retrievers`` made as of the lineage's cut-off."""
    store = lineage.store
    snapshot = Snapshot.open(store.require(lineage.snapshot, "recsys features").path)
    lanes = {
        name: load_lane(name, store.require(recipe, "recsys train-retrievers"), snapshot, lineage.config)
        for name, recipe in lineage.lanes.items()
    }
    return RetrievalContext(snapshot, lanes, lineage.config.examples.leave_out)
