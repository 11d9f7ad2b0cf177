"""Progress of an image encoder's training, and the learning rate that follows from it."""

import logging
import math
from dataclasses import dataclass
from typing import Final

log = logging.getLogger(__name__)

WARM_UP_SHARE: Final = 0.04
"""Part of the training in which the learning rate rises."""
DECAY_START_SHARE: Final = 0.5
"""Part of the training after which it falls, at the latest."""
MIN_IMPROVEMENT: Final = 0.002
"""Least gain that counts as a better score."""


@dataclass
class Progress:
    """Progress of a training; kept beside its weights."""

    epoch: int = 0
    seconds: float = 0.0
    """Trained so far, over all tries."""
    best: float = 0.0
    best_epoch: int = 0
    fall_from: float = DECAY_START_SHARE
    """Part of the plan from which the learning rate falls."""
    done: float = 0.0
    """Part of the plan that is behind."""

    @property
    def end(self) -> float:
        """Part of the plan at which the learning rate is zero; before 1 where it began to fall early."""
        return min(1.0, self.fall_from / DECAY_START_SHARE)

    def learning_rate(self, highest: float) -> float:
        """Learning rate at this point: it rises to ``highest``, stays, and falls to zero as a half cosine."""
        if self.done < WARM_UP_SHARE:
            return highest * max(self.done / WARM_UP_SHARE, 0.01)
        if self.done < self.fall_from:
            return highest
        left = (self.done - self.fall_from) / max(self.end - self.fall_from, 1e-9)
        return highest * 0.5 * (1 + math.cos(math.pi * min(left, 1.0)))

    def judge(self, score: float, patience: int) -> None:
        """Have the learning rate fall if the score has not become better for ``patience`` epochs."""
        if score > self.best + MIN_IMPROVEMENT:
            self.best, self.best_epoch = score, self.epoch
        if self.epoch - self.best_epoch >= patience and self.done < self.fall_from:
            log.info("image encoder: no better for %d epochs, so it is finished", patience)
            self.fall_from = self.done
