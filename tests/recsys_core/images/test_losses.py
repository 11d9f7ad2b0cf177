import math

import pytest
import torch

from recsys_core.images.losses import UNKNOWN_LABEL, AttributeHeads, contrastive_loss

ACROSS, DOWN = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])


def test_the_loss_of_two_articles_is_as_by_hand() -> None:
    """Views agree: the own other view has logit 1, the two of the other article 0."""
    views = torch.stack([ACROSS, DOWN])
    loss = contrastive_loss(views, views, torch.tensor([1, 2]), temperature=1.0, sibling=0.0)
    assert loss.item() == pytest.approx(-math.log(math.e / (math.e + 2)), abs=1e-6)


def test_siblings_count_as_far_as_they_are_said_to() -> None:
    """Two articles of one product: positives weigh 1 (logit 1), 0.5 and 0.5 (logit 0)."""
    views = torch.stack([ACROSS, DOWN])
    loss = contrastive_loss(views, views, torch.tensor([7, 7]), temperature=1.0, sibling=0.5)
    log_all = math.log(math.e + 2)
    assert loss.item() == pytest.approx((1 * (log_all - 1) + 2 * 0.5 * log_all) / 2, abs=1e-6)


def test_alike_views_of_different_articles_cost_more() -> None:
    apart = contrastive_loss(*[torch.stack([ACROSS, DOWN])] * 2, torch.tensor([1, 2]), 0.1, 0.0)
    together = contrastive_loss(*[torch.stack([ACROSS, ACROSS])] * 2, torch.tensor([1, 2]), 0.1, 0.0)
    assert apart < together
    assert together.item() == pytest.approx(math.log(3), abs=1e-6)


def test_an_attribute_with_one_value_has_no_head_and_unknown_values_no_loss() -> None:
    heads = AttributeHeads({"kind": 3, "colour": 1}, {"kind": 1.0, "colour": 1.0})
    vectors = torch.nn.functional.normalize(torch.ones(2, 128), dim=1)
    assert set(heads.heads) == {"kind"}
    assert heads(vectors, {"kind": torch.tensor([UNKNOWN_LABEL, UNKNOWN_LABEL])}).item() == 0
    one = heads(vectors, {"kind": torch.tensor([1, UNKNOWN_LABEL])})
    both = heads(vectors, {"kind": torch.tensor([1, 1])})
    torch.testing.assert_close(one, both)
