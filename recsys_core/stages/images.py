"""Opens the image embeddings for a stage, if the shop has any."""

import numpy as np
import numpy.typing as npt

from recsys_core.features.images import ImageEmbeddings
from recsys_core.lineage import Lineage


def images_now(lineage: Lineage, article_ids: npt.NDArray[np.object_]) -> ImageEmbeddings | None:
    """The embeddings of a snapshot's articles, or None without a table of them."""
    folder = lineage.image_embeddings
    return ImageEmbeddings.open(folder, article_ids) if folder else None
