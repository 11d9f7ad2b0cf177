"""The live release is switched under load: no answer is of two releases, none fails, and all workers follow at once."""

import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count, islice, pairwise
from pathlib import Path

import pytest

from recsys_core.promotion.going_live import lift, promote, rollback
from recsys_core.release import history
from recsys_core.release.hold import bring_live
from recsys_core.release.pointer import publishing_alone
from recsys_core.serving.hold import held_releases
from recsys_core.workspace import Workspace
from scripts.shop_server import environment
from tests.support.switching import LIMIT_SECONDS, Answer, Shoppers, Switch, shop_under_load, switch

pytestmark = [pytest.mark.services]
WORKERS = 2
"""Of each server."""


def test_ten_switches_with_two_workers(tmp_path: Path) -> None:
    with shop_under_load(tmp_path, replicas=1, shoppers_each=3) as (workspace, shoppers):
        made = make(10, workspace, shoppers, WORKERS)
    check(made, shoppers, WORKERS)
    print(*summary(made, shoppers), sep="\n")


@pytest.mark.full
@pytest.mark.timeout(900)
def test_two_hundred_switches_with_two_replicas_of_two_workers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with shop_under_load(tmp_path, replicas=2, shoppers_each=2) as (workspace, shoppers):
        made = make(200, workspace, shoppers, 2 * WORKERS, command_every=5)
    check(made, shoppers, 2 * WORKERS)
    with capsys.disabled():
        print("", *summary(made, shoppers), sep="\n")


def make(times: int, workspace: Workspace, shoppers: Shoppers, workers: int, command_every: int = 100) -> list[Switch]:
    some = islice(steps(workspace, shoppers, command_every), times)
    return [switch(workspace, shoppers, workers, *step) for step in some]


def check(made: list[Switch], shoppers: Shoppers, workers: int) -> None:
    """All that was promised of the switches, and that there was something to see."""
    answers = shoppers.answers
    assert [fault for answer in answers for fault in answer.faults] == []
    assert shoppers.broken == []
    assert max(max(one.seen.values()) for one in made) < LIMIT_SECONDS
    assert all(len(one.seen) == workers for one in made)
    assert [answer for one, later in pairwise(made) for answer in answers if falls_back(answer, one, later)] == []
    assert {answer.release for answer in answers} == {one.id for one in shoppers.releases}
    kinds = Counter(answer.address.partition("?")[0].split("/")[1] for answer in answers if answer.marks)
    assert set(kinds) >= {"", "c", "search", "p", "api", "img"}, "of a kind of answer there was none with a mark"


def falls_back(answer: Answer, one: Switch, later: Switch) -> bool:
    """True if an answer is of another release, though all workers served the one switched to and no other came."""
    settled = one.moved + max(one.seen.values())
    return settled < answer.started < answer.ended < later.called and answer.release != one.to


Step = tuple[str, Callable[[], str]]


def steps(workspace: Workspace, shoppers: Shoppers, command_every: int) -> Iterator[Step]:
    """Back twice, lift the hold, promote, publish, and again; of so many rounds one begins with the command."""
    first, second, third = (one.id for one in shoppers.releases)
    for number in count(1):
        if number % command_every:
            yield "rollback", lambda: rollback(workspace).id
        else:
            yield "recsys release rollback", lambda: roll_back_by_command(workspace)
        yield "rollback", lambda: rollback(workspace, first, why="odd lists").id
        assert [held.release for held in held_releases(workspace)] == [third, second]
        assert lift(workspace, why="mended") == [third, second]
        yield "promote", lambda: promote(workspace, second, force=True)[0].id
        yield "publish", lambda: publish(workspace, third)


def roll_back_by_command(workspace: Workspace) -> str:
    command = [sys.executable, "-m", "recsys_core.cli", "release", "rollback", "--why", "odd lists"]
    done = subprocess.run(command, env=environment(workspace), check=True, capture_output=True, text=True)
    return str(json.loads(done.stdout.splitlines()[-1])["summary"]["release"])


def publish(workspace: Workspace, release_id: str) -> str:
    """The last step of ``recsys publish``, whose release is made already."""
    with publishing_alone(workspace):
        bring_live(workspace, release_id, history.PUBLISH, "gate")
    return release_id


def summary(made: list[Switch], shoppers: Shoppers) -> Iterator[str]:
    yield f"{len(made)} switches, {len(shoppers.answers):,} answers"
    for action in sorted({one.action for one in made}):
        mine = [one for one in made if one.action == action]
        yield f"  {action}, {len(mine)} times"
        yield f"    all workers serve it after the pointer moved: {_spread([max(one.seen.values()) for one in mine])}"
        yield f"    ... after the call: {_spread([one.since_call for one in mine])}"


def _spread(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds):.3f} s, worst {max(seconds):.3f} s"
