"""Training by several processes (``MultiWorkerMirroredStrategy``), each with a part of every batch.

All of them draw the same batches. Each embeds its part of the pairs and has its customers choose among the articles of
all parts, so loss and negatives are those of the whole batch. The optimizers sum the gradients of all parts.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import tensorflow as tf

from recsys_core.towers.cluster import VARIABLE, Cluster

log = logging.getLogger(__name__)
DENSE_ROWS = 1024
"""Gradients of tables with at most so many rows are summed as whole tables; of larger ones the touched rows are
sent."""
Step = Callable[..., tf.Tensor]
Gradients = Sequence[tf.Tensor | tf.IndexedSlices]


class Processes:
    """The processes that train together. With one alone every method leaves what it is given."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._alone = cluster.size == 1
        self._strategy = tf.distribute.get_strategy() if self._alone else _strategy()

    def scope(self) -> AbstractContextManager[Any]:
        """Variables that are made inside start with the chief's values and are kept equal."""
        scope: AbstractContextManager[Any] = self._strategy.scope()
        return scope

    def together(self, step: Step) -> Step:
        """``step``, run by all processes at the same time."""
        return step if self._alone else lambda *batch: self._strategy.run(step, batch)

    def with_others(
        self,
        customers: tf.Tensor,
        articles: tf.Tensor,
        q: tf.Tensor,
        buyer: tf.Tensor,
        article: tf.Tensor,
        bias: tf.Tensor | None,
    ) -> tuple[tf.Tensor | None, ...]:
        """The part of a batch, as ``InBatchSoftmax`` takes it, with the articles of all parts as its columns.

        Its own rows come first. The gradients of articles that other processes embedded go back to these.
        """
        if self._alone:
            return customers, articles, q, buyer, article, bias
        columns = [articles, q[:, None], *([] if bias is None else [bias[:, None]])]
        sizes = [column.shape[1] for column in columns]
        articles, q, *others = tf.split(self._own_first(tf.concat(columns, axis=1)), sizes, axis=1)
        buyer, article = tf.unstack(self._own_first(tf.stack([buyer, article], axis=1)), axis=1)
        return customers, articles, q[:, 0], buyer, article, others[0][:, 0] if others else None

    def _own_first(self, own: tf.Tensor) -> tf.Tensor:
        """The rows of all parts, with those of this process at the top."""
        gathered = tf.distribute.get_replica_context().all_gather(own, axis=0)
        gathered = tf.ensure_shape(gathered, [None, *own.shape[1:]])
        return tf.roll(gathered, -self.cluster.part(tf.shape(gathered)[0]).start, axis=0)

    def sum(self, own: tf.Tensor) -> tf.Tensor:
        """The sum over all processes; called by each of them in a step."""
        if self._alone:
            return own
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(own))

    def to_sum(self, gradients: Gradients, tables: Iterable[tf.Variable]) -> Gradients:
        """Gradients of tables in the form in which they are summed; for Adagrad no gradient is the same as zeros."""
        if self._alone:
            return gradients
        return [
            tf.convert_to_tensor(gradient) if table.shape[0] <= DENSE_ROWS else gradient
            for gradient, table in zip(gradients, tables, strict=True)
        ]

    def share(self, variables: Iterable[tf.Variable]) -> None:
        """Give all processes the chief's values."""
        if self._alone:
            return
        for variable in variables:
            own = variable if self.cluster.is_chief else tf.zeros_like(variable)
            variable.assign(self._sum(tf.convert_to_tensor(own)))

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def _sum(self, own: tf.Tensor) -> tf.Tensor:
        return self._strategy.run(self.sum, (own,))


def processes() -> Processes:
    """The processes of ``TF_CONFIG``; waits for all of them at the first call."""
    return Processes(Cluster.of_environment())


@cache
def _strategy() -> tf.distribute.Strategy:
    """One for the whole process: TensorFlow connects only once, before anything is computed.

    Raises
    ------
    ValueError
        If a process has more than one GPU.
    """
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    replicas, size = strategy.num_replicas_in_sync, Cluster.of_environment().size
    if replicas != size:
        raise ValueError(
            f"{size} processes in {VARIABLE} have {replicas} GPUs: start one for each GPU, with CUDA_VISIBLE_DEVICES"
        )
    log.info("two-tower: trained by %d processes", size)
    return strategy
