"""Losses of the encoder: images of one article lie together, and types of articles can be told apart."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from recsys_core.features.images import EMBEDDING_LENGTH

UNKNOWN_LABEL = -100
"""The class of an article whose attribute is unknown; no loss."""
LABEL_SMOOTHING = 0.1
COSINE_SCALE = 16.0
"""Cosines to logits."""
MASKED_LOGIT = -1e4
"""Stands for a cosine that shall not count."""


def contrastive_loss(first: Tensor, second: Tensor, product: Tensor, temperature: float, sibling: float) -> Tensor:
    """Cross-entropy of each image against the whole batch.

    NT-Xent (Chen et al. 2020) with several positives (Khosla et al. 2020).

    Parameters
    ----------
    first, second
        (n, dim) two images of each of n articles, rows L2-normalised.
    product
        (n,) product of each article.
    sibling
        Weight of another article of the same product, where the other image of the same article weighs 1.
    """
    n = len(first)
    vectors, products = torch.cat([first, second]), product.repeat(2)
    own = torch.eye(2 * n, dtype=torch.bool)
    cosines = (vectors @ vectors.T).masked_fill(own, MASKED_LOGIT)
    positive = sibling * (products[:, None] == products).float()
    positive[torch.eye(n, dtype=torch.bool).repeat(2, 2)] = 1
    positive = positive.masked_fill(own, 0)
    logs = functional.log_softmax(cosines / temperature, dim=1)
    return -(positive * logs).sum(1).div(positive.sum(1)).mean()


class AttributeHeads(nn.Module):
    """Tell attributes of the article from its vector, by the cosine to a vector of each value."""

    def __init__(self, classes: Mapping[str, int], weights: Mapping[str, float]) -> None:
        super().__init__()
        self.weights = dict(weights)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(EMBEDDING_LENGTH, n, bias=False) for name, n in classes.items() if n > 1}
        )

    def forward(self, vectors: Tensor, labels: Mapping[str, Tensor]) -> Tensor:
        """Weighted sum of the cross-entropies; ``labels`` (n,) by attribute, UNKNOWN_LABEL where there is none."""
        total = vectors.new_zeros(())
        for name, head in self.heads.items():
            known = labels[name] != UNKNOWN_LABEL
            if known.any():
                logits = COSINE_SCALE * vectors[known] @ functional.normalize(head.get_parameter("weight"), dim=1).T
                loss = functional.cross_entropy(logits, labels[name][known], label_smoothing=LABEL_SMOOTHING)
                total = total + self.weights[name] * loss
        return total
