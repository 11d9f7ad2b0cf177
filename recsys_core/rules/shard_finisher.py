"""Finishes the lists of customers shard by shard, each a part of its own, so that a killed run goes on."""

from dataclasses import dataclass
from pathlib import Path

from recsys_core.contracts.release import SECOND
from recsys_core.ranking.scored import Scored
from recsys_core.rules.ledger import Ledger
from recsys_core.rules.list_maker import ListMaker
from recsys_core.rules.list_writer import ListWriter, read_counts


@dataclass(frozen=True)
class ShardFinisher:
    """Rules, refill and explanations for the shards that were scored as of one cut-off."""

    maker: ListMaker
    writer: ListWriter

    def finish(self, scored: Path, folder: Path) -> None:
        """Write the lists of a scored part below ``folder``, the experiment's first; a part that is there is kept.

        Without a retriever that explained its places, or with one more, it is written again.
        """
        part = folder / scored.name
        if self.writer.has_written(part):
            return
        second = scored.with_name(scored.name.replace("part", SECOND))
        if second.exists():
            self._write(second, folder / SECOND / scored.name)
        self._write(scored, part)

    def ledger(self, folder: Path) -> Ledger:
        """The ledger of all parts in ``folder``; those of the experiment have their own, which nobody asks for."""
        ledger = Ledger(self.maker.ledger.states)
        for part in sorted(folder.glob("part-*.parquet")):
            ledger.add_counts(read_counts(part))
        return ledger

    def _write(self, scored: Path, part: Path) -> None:
        ledger = Ledger()
        lists = self.maker.finish(Scored.read(scored), ledger)
        part.parent.mkdir(exist_ok=True)
        self.writer.write(part, lists, ledger)
