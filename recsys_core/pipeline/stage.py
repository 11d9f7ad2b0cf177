"""A stage: one artifact of the path, made from others that are handed over as folders."""

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys_core.config import Config
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.store.artifacts import Artifact, ArtifactSpec

if TYPE_CHECKING:
    from recsys_core.tracking.runs import Tracked

log = logging.getLogger(__name__)
Specs = Mapping[str, ArtifactSpec]
Summary = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """Inputs that a stage is given to make its artifact."""

    config: Config
    cutoff: dt.date
    may_serve: bool
    """False as of a training cut-off of another plan: no release serves such a model, so it is never registered."""
    inputs: Mapping[str, Path]
    """Folders of the stage's inputs by name, their files compared with their records."""
    tables: Path
    stock: Path | None
    """The tables, if their undated stock may be used (``BuildPlan.stock``); else None."""
    image_embeddings: Path | None
    images: Path
    """The shop's own image files."""
    folder: Path
    """A draft: what is written here becomes the artifact."""
    earlier: Callable[[], Sequence[Artifact]]
    """Complete artifacts of this kind and version, of other inputs, the newest first."""
    track: Callable[[str], "AbstractContextManager[Tracked]"]
    """Opens a run of MLflow under a name."""
    summary: Summary
    """Summary that the artifact's record keeps."""


def no_inputs(plan: BuildPlan) -> Specs:
    """The inputs of a stage that reads nothing but the tables."""
    return {}


@dataclass(frozen=True)
class Stage:
    """Steps and inputs that make one artifact.

    The registry (``pipeline/stages.py``) orders the stages that are commands of their own.
    """

    name: str
    """Name of the command that makes the artifact."""
    version: int
    """Raised whenever the code changes what it writes; part of the artifact's key."""
    inputs: Callable[[BuildPlan], Specs]
    output: Callable[[BuildPlan], ArtifactSpec]
    run: Callable[[Work], None]
    optional: Callable[[BuildPlan], Specs] = no_inputs
    """Inputs that are handed over if they still exist. Without them the artifact is complete but reports less."""
    resume: bool = False
    """True if the stage continues a killed run's draft."""

    def make(self, plan: BuildPlan) -> Artifact:
        """Make the artifact of a plan, or find it.

        Raises
        ------
        FileNotFoundError
            If an input is missing; names the command that makes it.
        DamagedArtifactError
            If a file of an input changed since it was made.
        """
        spec = self.output(plan)
        if found := plan.store.find(spec):
            return found
        inputs = {name: plan.store.require(each).path for name, each in self.inputs(plan).items()}
        optional = {name: plan.store.find(each) for name, each in self.optional(plan).items()}
        inputs |= {name: found.path for name, found in optional.items() if found}
        with plan.store.build(spec, resume=self.resume) as draft:
            if not plan.store.find(spec):  # another process may have made it while this one waited for the lock
                self.run(_work_on(plan, spec, inputs, draft.path, draft.summary))
        return plan.store.require(spec)

    def __call__(self, plan: BuildPlan) -> Summary:
        """Make the artifact; returns its name and its summary."""
        return described(self.make(plan))


@dataclass(frozen=True)
class StageGroup:
    """A command that makes several artifacts, or none."""

    name: str
    version: int | Mapping[str, int]
    """Version of its artifacts, or versions by name if it makes several kinds."""
    run: Callable[[BuildPlan], Summary]

    def __call__(self, plan: BuildPlan) -> Summary:
        """Make what is missing; returns what was made."""
        return self.run(plan)


def described(artifact: Artifact) -> Summary:
    """The name of an artifact with its summary, for the report of the command that made or found it."""
    return {"artifact": artifact.name, **artifact.summary}


def _work_on(plan: BuildPlan, spec: ArtifactSpec, inputs: Mapping[str, Path], folder: Path, summary: Summary) -> Work:
    """The work of making ``spec`` in ``folder``."""

    def track(name: str) -> "AbstractContextManager[Tracked]":
        from recsys_core.tracking.runs import tracked_run

        return tracked_run(plan.workspace, spec, plan.tables.content_sha256, name, tables=plan.tables)

    return Work(
        plan.config,
        plan.cutoff,
        plan.earlier_cutoffs is None,
        inputs,
        plan.tables.path,
        plan.stock,
        plan.image_embeddings,
        plan.workspace.images,
        folder,
        lambda: plan.store.others(spec),
        track,
        summary,
    )
