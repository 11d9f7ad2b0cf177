"""The platform's configuration: one TOML (or JSON) file, every key documented, unknown keys rejected.

Its sections stand beside their components (``<package>/config.py``). Order of precedence: ``--config FILE``, else
``$RECSYS_CONFIG``, else ``<workspace>/config.toml``, else ``recsys.toml`` in the shop's folder, else the defaults.
"""

import json
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError, model_validator

from recsys_core.data.config import CutoffsConfig, DataConfig
from recsys_core.drift.config import DriftConfig
from recsys_core.evaluation.config import ValidationConfig
from recsys_core.images.config import ImagesConfig
from recsys_core.index.config import IndexConfig
from recsys_core.ranking.config import DnnRankerConfig, ExamplesConfig, LightGbmConfig
from recsys_core.retrieval.config import RetrievalConfig
from recsys_core.rules.config import ListsConfig, RulesConfig
from recsys_core.section import Section, described
from recsys_core.towers.config import TwoTowerConfig
from recsys_core.workspace import Workspace


class Config(Section):
    """All sections of the configuration; each is described beside its component."""

    data: DataConfig = DataConfig()
    cutoffs: CutoffsConfig = CutoffsConfig()
    two_tower: TwoTowerConfig = TwoTowerConfig()
    retrieval: RetrievalConfig = RetrievalConfig()
    ranker: Literal["dnn", "lightgbm", "blend"] = "blend"
    """Ranker that orders the candidates: design A's, design B's, or both together."""
    examples: ExamplesConfig = ExamplesConfig()
    dnn_ranker: DnnRankerConfig = DnnRankerConfig()
    lightgbm: LightGbmConfig = LightGbmConfig()
    validation: ValidationConfig = ValidationConfig()
    drift: DriftConfig = DriftConfig()
    rules: RulesConfig = RulesConfig()
    lists: ListsConfig = ListsConfig()
    images: ImagesConfig = ImagesConfig()
    index: IndexConfig = IndexConfig()

    @property
    def sold_within_days(self) -> int | None:
        """Articles sold within so many days are worth retrieving; None: all."""
        return self.rules.sold_within_days

    @model_validator(mode="after")
    def _second_ranker_is_blended(self) -> "Config":
        if self.lists.second_ranker and self.ranker != "blend":
            raise ValueError(f"lists.second_ranker is a part of the blend, but ranker is {self.ranker}: leave it out")
        return self

    def ranker_params(self, name: str) -> dict[str, Any]:
        """Parameters that a ranker's training depends on, beside its examples."""
        return {"dnn": self.dnn_ranker.model_dump(), "lightgbm": self.lightgbm.model_dump()}.get(name, {})


def load_config(workspace: Workspace, path: Path | None = None) -> Config:
    """Read the configuration.

    Raises
    ------
    ValueError
        On an unknown key or a value out of range, naming file, key and value.
    """
    named = path or os.environ.get("RECSYS_CONFIG")
    file = (
        Path(named)
        if named
        else next((one for one in (workspace.config, workspace.shop_config) if one.exists()), workspace.config)
    )
    if not file.exists():
        if named:
            raise ValueError(f"no configuration file {file}")
        return Config()
    try:
        text = file.read_text()
        return (
            Config.model_validate_json(text) if file.suffix == ".json" else Config.model_validate(tomllib.loads(text))
        )
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file} is not TOML: {error}") from None
    except ValidationError as error:
        raise ValueError(f"{file}: {described(error)}") from None


def as_toml(config: Config) -> str:
    """Text of a file for ``--config``, with the settings that differ from the defaults."""
    changed = config.model_dump(mode="json", exclude_defaults=True)
    tables = {name: part for name, part in changed.items() if isinstance(part, dict)}
    lines = [f"{key} = {_toml(value)}" for key, value in changed.items() if key not in tables]
    for name, part in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in part.items())]
    return "\n".join(lines).lstrip() + "\n"


def _toml(value: object) -> str:
    """JSON's spelling is TOML's for what a configuration holds, but there is no null."""
    return json.dumps(False if value is None else value, ensure_ascii=False)
