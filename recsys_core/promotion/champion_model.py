"""The champion's ranker, as far as it can be measured beside a challenger."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recsys_core.promotion.evaluation_records import read_decisions
from recsys_core.promotion.validation import WINDOW
from recsys_core.ranking.base import Ranker
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.rankers import load_ranker
from recsys_core.release.pointer import list_releases
from recsys_core.store.artifacts import Artifact, open_artifact
from recsys_core.workspace import Workspace


@dataclass(frozen=True)
class ChampionModel:
    """The ranker of the release that holds the champion's title."""

    release: str
    cutoff: dt.date
    fitted: Artifact
    validation: Mapping[str, Any]
    """Summary of the release's own validation, from its manifest."""

    @property
    def key(self) -> str:
        return self.fitted.key

    def model_for(self, train_cutoff: dt.date) -> Ranker | None:
        """Ranker with weights that have not seen the label window from ``train_cutoff`` on; None if there is none."""
        ranker = load_ranker(self.fitted)
        if self.cutoff <= train_cutoff:
            return ranker
        learned_before = dt.date.fromisoformat(self.validation["label_start"])
        unseen = self.validation["held_out"] == WINDOW and learned_before <= train_cutoff
        return ranker.validation if unseen else None


def champion_model(workspace: Workspace, version: int) -> ChampionModel | None:
    """The ranker of the release that was last made champion; None if it is gone, or of another ``version``."""
    promoted = [line["release"] for line in read_decisions(workspace) if line["verdict"] == "promote"]
    release = next((one for one in list_releases(workspace) if promoted and one.id == promoted[-1]), None)
    if release is None or not release.manifest.get("validation"):
        return None
    key = release.manifest["artifacts"].get("ranker", "")
    for folder in workspace.root.glob(f"rankers/*/{key}") if key else ():
        fitted = open_artifact(f"rankers/{folder.parent.name}", folder)
        if fitted and fitted.record["version"] == version:
            cutoff = dt.date.fromisoformat(release.manifest.get("models_as_of") or release.manifest["cutoff"])
            return ChampionModel(release.id, cutoff, fitted, release.manifest["validation"])
    return None


def champion_beside(
    champion: ChampionModel | None, context: RetrievalContext, train_cutoff: dt.date
) -> tuple[dict[str, Any], Ranker | None]:
    """Facts known of the champion, and its ranker if that can be measured here."""
    if champion is None:
        return {"reason": "there is no other champion whose models are still there"}, None
    about: dict[str, Any] = {"release": champion.release, "lift": champion.validation["lift"]}
    theirs = champion.model_for(train_cutoff)
    if theirs is None:
        return about | {"reason": "its models have seen the label window"}, None
    features = context.features
    if theirs.numeric_names != features.numeric_names or tuple(theirs.vocabulary) != features.category_names:
        return about | {"reason": "it was trained on other features"}, None
    return about, theirs
