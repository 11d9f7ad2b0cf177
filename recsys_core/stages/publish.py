"""Stage ``publish``: one immutable release goes live; ``rollback`` brings an earlier one back."""

import logging
from collections.abc import Collection

from pymilvus import MilvusException

from recsys_core.config import IndexConfig, load_config
from recsys_core.contracts.features import CUSTOMERS
from recsys_core.home import Home
from recsys_core.index.collection import drop_collections, point_alias
from recsys_core.index.server import MilvusUnreachable, milvus_client
from recsys_core.lineage import Lineage
from recsys_core.release import history
from recsys_core.release.assemble import ReleaseParts
from recsys_core.release.pointer import (
    ReleaseInfo,
    drop_release,
    go_live,
    list_releases,
    previous_release,
)
from recsys_core.release.publish import KEEP, make_release, too_old
from recsys_core.release.submission import write_submission
from recsys_core.release.verify import verify_release

__all__ = ["list_releases", "publish", "rollback", "write_submission"]

log = logging.getLogger(__name__)


def publish(lineage: Lineage, keep: int = KEEP) -> ReleaseInfo:
    """Assemble, verify and point ``releases/live`` at the release; then drop what is older than ``keep``.

    Raises
    ------
    FileNotFoundError
        If lists, catalogue or index are missing; names the command that makes them.
    ReleaseDefect
        If the release is not fit to go live; the live one stays.
    """
    release = make_release(lineage.home, release_parts(lineage))
    go_live(lineage.home, release.id)
    _drop_old(lineage.home, lineage.config.index, keep)
    return _live(lineage.home)


def release_parts(lineage: Lineage) -> ReleaseParts:
    """The artefacts of this lineage that a release is made of."""
    store = lineage.store
    models = {"two_tower": lineage.two_tower, "ranker": lineage.ranker}
    stages = {**models, "snapshot": lineage.snapshot, "scored": lineage.scored(), "lists": lineage.lists}
    stages |= {"catalogue": lineage.catalogue, "index": lineage.index}
    found = {name: store.find(recipe) for name, recipe in models.items()}
    return ReleaseParts(
        cutoff=lineage.cutoff.isoformat(),
        tables=lineage.tables,
        customers=store.require(lineage.snapshot, "recsys features").path / CUSTOMERS,
        lists=store.require(lineage.lists, "recsys filter"),
        catalogue=store.require(lineage.catalogue, "recsys catalogue"),
        index=store.require(lineage.index, "recsys index"),
        models={name: artefact for name, artefact in found.items() if artefact},
        stages={"tables": lineage.tables.key, **{name: recipe.key for name, recipe in stages.items()}},
    )


def rollback(home: Home, to: str | None = None) -> ReleaseInfo:
    """Point ``releases/live`` at release ``to``, by default the one that was live before.

    Raises
    ------
    ValueError
        If there is no such release; names those that there are.
    ReleaseDefect
        If its files were changed since it was published.
    """
    releases = {release.id: release for release in list_releases(home)}
    target = to or previous_release(home)
    if target not in releases:
        raise ValueError(f"no release {target!r} in {home.releases}: there are {', '.join(releases) or 'none'}")
    verify_release(releases[target].path)
    go_live(home, target, history.ROLLBACK)
    _tidy_milvus(home, load_config(home).index)
    return _live(home)


def _live(home: Home) -> ReleaseInfo:
    """The live release, its models named champions in MLflow. Shoppers do not wait for that, so it may fail."""
    live = next(release for release in list_releases(home) if release.live)
    runs = [model["mlflow_run_id"] for model in live.manifest.get("models", {}).values() if "mlflow_run_id" in model]
    try:
        if runs:
            from recsys_core.tracking import name_champions

            name_champions(home, runs)
    except Exception as error:  # any store, any failure: the release is live already
        log.warning("release %s is live, but MLflow did not take its champions: %s", live.id, error)
    return live


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
    live = next(release for release in list_releases(home) if release.live)
    if not _collections(live) and not unused:
        return True
    try:
        with milvus_client(home, config) as client:
            for name in _collections(live):
                point_alias(client, name)
            drop_collections(client, set(unused))
    except (MilvusUnreachable, MilvusException) as error:
        log.warning(
            "release %s is live, but Milvus was not tidied (%s): `recsys publish` does it again", live.id, error
        )
        return False
    return True


def _collections(release: ReleaseInfo) -> list[str]:
    milvus = release.manifest.get("milvus") or {}
    return list(milvus.get("collections", {}).values())
