"""The processes that train the two towers together, described by ``TF_CONFIG`` as TensorFlow reads it."""

import json
import os
from dataclasses import dataclass
from typing import Any, Self

VARIABLE = "TF_CONFIG"


@dataclass(frozen=True)
class Cluster:
    """The position of this process among those that train together."""

    index: int = 0
    """0 is the chief, which alone writes checkpoints, metrics and artifacts."""
    size: int = 1

    @property
    def is_chief(self) -> bool:
        return self.index == 0

    @classmethod
    def of_environment(cls) -> Self:
        """The cluster of ``TF_CONFIG``; without it this process is alone.

        The chief is the task of type ``chief``, or else the first ``worker``.

        Raises
        ------
        ValueError
            If the variable does not say which of its chief and workers this process is.
        """
        stated = os.environ.get(VARIABLE)
        if not stated:
            return cls()
        try:
            config = json.loads(stated)
            tasks = [(kind, i) for kind in ("chief", "worker") for i in range(len(config["cluster"].get(kind, ())))]
            return cls(tasks.index((config["task"]["type"], int(config["task"]["index"]))), len(tasks))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(
                f"{VARIABLE} is {stated!r}, expected a JSON object with the addresses of chief and workers below "
                '"cluster" and one of them as "task"'
            ) from None

    def part(self, n: Any) -> slice:
        """The part of ``n`` rows, a number or a tensor, that is this process's; parts differ by one row at most."""
        return slice(self.index * n // self.size, (self.index + 1) * n // self.size)
