"""Opens the stock for a stage, if it may act there."""

import numpy as np
import numpy.typing as npt

from recsys_core.data.stock import Stock
from recsys_core.lineage import Lineage


def stock_now(lineage: Lineage, article_ids: npt.NDArray[np.object_]) -> Stock | None:
    """The stock of a snapshot's articles, or None without an inventory.

    The feeds are undated, a statement of now, so they act as of the production cut-off alone. This is the one place
    where that is checked: as of a past date (an evaluation, a training cut-off) there is no stock, and the rules fall
    back on sales before the cut-off.
    """
    if not lineage.is_production:
        return None
    return Stock.open(lineage.tables.path, article_ids)
