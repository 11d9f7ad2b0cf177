from typing import get_args

from api.schemas import Relation
from catalog.products import RELATED_ROWS
from events.models import RELATED
from recsys_core.contracts.release import RELATIONS


def test_pages_api_and_events_know_every_relation_of_a_release() -> None:
    assert get_args(Relation) == RELATIONS
    assert sorted(name for name, _ in RELATED_ROWS) == sorted(RELATIONS)
    assert sorted(RELATED) == sorted(name.replace("_", "-") for name in RELATIONS)
