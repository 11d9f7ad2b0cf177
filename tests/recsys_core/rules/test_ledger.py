import numpy as np

from recsys_core.rules.ledger import Ledger
from recsys_core.rules.states import RuleState

NEW, LAPSED, ACTIVE = range(3)


def booked(segments: list[int], dropped: int) -> Ledger:
    """Ledger of customers with four candidates each, of whose first ``dropped`` were dropped."""
    ledger, segment = Ledger(), np.array(segments, np.int32)
    ledger.add(ledger.candidates, np.ones((len(segments), 4), bool), segment)
    ledger.book_drops("season", np.tile(np.arange(4) < dropped, (len(segments), 1)), segment)
    return ledger


def test_counts_stand_by_segment() -> None:
    ledger = booked([ACTIVE, NEW, ACTIVE], dropped=1)

    assert ledger.candidates == {"new": 4, "lapsed": 0, "active": 8}
    assert ledger.dropped == {"season": {"new": 1, "lapsed": 0, "active": 2}}
    assert (ledger.dropped_by("season"), ledger.dropped_by("channel")) == (3, 0)


def test_a_rule_that_drops_nothing_is_booked_too() -> None:
    assert booked([LAPSED], dropped=0).dropped == {"season": {"new": 0, "lapsed": 0, "active": 0}}


def test_the_ledgers_of_parts_make_that_of_the_whole() -> None:
    whole = Ledger((RuleState("season", True, "it is summer"),))
    for part in (booked([ACTIVE], 2), booked([NEW, ACTIVE], 2)):
        whole.add_counts(part.counts())

    assert whole.counts() == booked([ACTIVE, NEW, ACTIVE], 2).counts()
    assert whole.as_dict()["rules"] == [{"name": "season", "on": True, "why": "it is summer"}]
