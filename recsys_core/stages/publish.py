"""Stage ``publish``: one immutable release goes live; ``rollback`` brings an earlier one back."""

import logging
from collections.abc import Collection

from pymilvus import MilvusException

from recsys_core.artefacts import Artefact
from recsys_core.config import IndexConfig, load_config
from recsys_core.contracts.features import CUSTOMERS
from recsys_core.home import Home
from recsys_core.index.collection import drop_collections, point_alias
from recsys_core.index.server import MilvusUnreachable, milvus_client
from recsys_core.lineage import BLENDED, Lineage
from recsys_core.release import history
from recsys_core.release.assemble import ReleaseParts
from recsys_core.release.evidence import read_decisions
from recsys_core.release.gate import Decision, load_gate
from recsys_core.release.pointer import (
    ReleaseInfo,
    drop_release,
    go_live,
    list_releases,
    previous_release,
)
from recsys_core.release.publish import KEEP, make_release, too_old
from recsys_core.release.submission import write_submission
from recsys_core.release.validation import Validation
from recsys_core.release.verify import verify_release
from recsys_core.stages.promotion import (
    CONFIGURATION,
    Evaluate,
    HeldBackError,
    evaluate_both,
    goes_live,
    hold_back,
    judge,
    keep_decision,
    settings_in,
)
from recsys_core.stages.validating import validate

__all__ = ["list_releases", "promote", "publish", "rollback", "write_submission"]

log = logging.getLogger(__name__)


def publish(lineage: Lineage, keep: int = KEEP, evaluate: Evaluate | None = None) -> ReleaseInfo:
    """Measure the models, assemble, verify, ask the gate, point ``releases/live`` at the release; then drop what is
    older than ``keep``.

    ``evaluate`` measures a lineage, for a gate that wants challengers evaluated first.

    Raises
    ------
    FileNotFoundError
        If lists, catalogue or index are missing; names the command that makes them.
    ReleaseDefect
        If the release is not fit to go live; the live one stays.
    HeldBackError
        If the gate (``mlflow/promotion.yaml``) lets it wait; the live one stays.
    """
    home, gate = lineage.home, load_gate(lineage.home)
    validated = validate(lineage)
    validation = Validation.read(validated)
    release = make_release(home, release_parts(lineage, validated))
    decision = judge(home, release, gate, validation, lineage.config)
    if decision.verdict == "unproven" and gate.not_evaluated == "evaluate" and evaluate:
        evaluate_both(lineage, evaluate)
        decision = judge(home, release, gate, validation, lineage.config)
    live = goes_live(decision, gate)
    if live:
        go_live(home, release.id)
    keep_decision(home, release, decision, "gate", live, settings_in(lineage))
    _drop_old(home, lineage.config.index, keep)
    if not live:
        raise hold_back(release, decision)
    return _live(home)


def promote(
    home: Home, release_id: str | None = None, force: bool = False, reason: str = ""
) -> tuple[ReleaseInfo, Decision]:
    """Ask the gate again about a release, by default the last one it judged; live and champion if it passes, or by
    ``force``.

    Raises
    ------
    ValueError
        If there is no such release; names those that there are.
    HeldBackError
        If it does not pass.
    """
    judged = [line["release"] for line in read_decisions(home)]
    release = find_release(home, release_id or (judged[-1] if judged else ""))
    verify_release(release.path)
    decision = Decision("promote", (reason or "by hand",)) if force else judge(home, release, load_gate(home))
    if decision.verdict != "promote":
        keep_decision(home, release, decision, "gate", release.live)
        raise HeldBackError(f"release {release.id} stays as it is: {'; '.join(decision.reasons)}")
    go_live(home, release.id)
    keep_decision(home, release, decision, "force" if force else "gate", True)
    _tidy_milvus(home, load_config(home).index)
    return _live(home), decision


def release_parts(lineage: Lineage, validated: Artefact) -> ReleaseParts:
    """The artefacts of this lineage that a release is made of, and what its models were ``validated`` with."""
    store = lineage.store
    models = {"two_tower": lineage.two_tower, "ranker": lineage.ranker}
    stages = {**models, "snapshot": lineage.snapshot, "scored": lineage.scored(), "lists": lineage.lists}
    stages |= {"catalogue": lineage.catalogue, "index": lineage.index}
    taken_over = {"image_embeddings": lineage.embeddings, "image_encoder": lineage.encoder, "validation": validated}
    return ReleaseParts(
        cutoff=lineage.cutoff.isoformat(),
        tables=lineage.tables,
        customers=store.require(lineage.snapshot, "recsys features").path / CUSTOMERS,
        lists=store.require(lineage.lists, "recsys filter"),
        catalogue=store.require(lineage.catalogue, "recsys catalogue"),
        index=store.require(lineage.index, "recsys index"),
        models=models_of(lineage),
        stages={
            "tables": lineage.tables.key,
            CONFIGURATION: lineage.configuration,
            **{name: recipe.key for name, recipe in stages.items()},
            **{name: artefact.key for name, artefact in taken_over.items() if artefact},
        },
        validation=Validation.read(validated).summary(),
    )


def models_of(lineage: Lineage) -> dict[str, Artefact]:
    """What was learned, as far as it is still there; of a blend both rankers, too, which are MLflow's models."""
    recipes = {"two_tower": lineage.two_tower, "ranker": lineage.ranker}
    blended = BLENDED if lineage.config.ranker == "blend" else ()
    recipes |= {f"ranker_{name}": lineage.ranker_called(name) for name in blended}
    found = {name: lineage.store.find(recipe) for name, recipe in recipes.items()}
    found["image_encoder"] = lineage.encoder
    return {name: artefact for name, artefact in found.items() if artefact}


def rollback(home: Home, to: str | None = None) -> ReleaseInfo:
    """Point ``releases/live`` at release ``to``, by default the one that was live before.

    Raises
    ------
    ValueError
        If there is no such release; names those that there are.
    ReleaseDefect
        If its files were changed since it was published.
    """
    release = find_release(home, to or previous_release(home))
    verify_release(release.path)
    go_live(home, release.id, history.ROLLBACK)
    keep_decision(home, release, Decision("promote", ("rolled back by hand",)), history.ROLLBACK, True)
    _tidy_milvus(home, load_config(home).index)
    return _live(home)


def find_release(home: Home, release_id: str) -> ReleaseInfo:
    """
    Raises
    ------
    ValueError
        If there is no such release; names those that there are.
    """
    releases = {release.id: release for release in list_releases(home)}
    if release_id not in releases:
        raise ValueError(f"no release {release_id!r} in {home.releases}: there are {', '.join(releases) or 'none'}")
    return releases[release_id]


def _live(home: Home) -> ReleaseInfo:
    return next(release for release in list_releases(home) if release.live)


def _drop_old(home: Home, config: IndexConfig, keep: int) -> None:
    """Drop releases beyond ``keep``: their collections first, or nobody would know their names any more."""
    doomed = too_old(home, keep)
    kept = [release for release in list_releases(home) if release.id not in {old.id for old in doomed}]
    unused = {name for release in doomed for name in _collections(release)}
    if _tidy_milvus(home, config, unused - {name for release in kept for name in _collections(release)}):
        for release in doomed:
            drop_release(release)


def _tidy_milvus(home: Home, config: IndexConfig, unused: Collection[str] = ()) -> bool:
    """Alias to the live collection, unused ones gone. The shop goes by its manifest, so this may wait: False then."""
    live = next((release for release in list_releases(home) if release.live), None)
    if live is None:
        return False
    if not _collections(live) and not unused:
        return True
    try:
        with milvus_client(home, config) as client:
            if live.manifest.get("milvus"):
                point_alias(client, live.manifest["milvus"]["collections"]["articles"])
            drop_collections(client, set(unused))
    except (MilvusUnreachable, MilvusException) as error:
        log.warning(
            "release %s is live, but Milvus was not tidied (%s): `recsys publish` does it again", live.id, error
        )
        return False
    return True


def _collections(release: ReleaseInfo) -> list[str]:
    """Of its articles, and of their pictures where it has such vectors."""
    pictures = release.manifest.get("pictures") or {}
    said = (release.manifest.get("milvus") or {}, pictures.get("milvus") or {})
    return [name for milvus in said for name in milvus.get("collections", {}).values()]
