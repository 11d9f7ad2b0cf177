"""Comparison of the data contracts of a release with a built one."""

import re
from pathlib import Path

from tests.docs.pages import REPOSITORY
from tests.support.release_fixture import build_release


def test_the_manifest_holds_what_the_contract_names(tmp_path: Path) -> None:
    contracts = " ".join((REPOSITORY / "docs" / "data-contracts.md").read_text().split())
    (named,) = re.findall(r"`manifest\.json` \(([^)]*)\) is outside the digest", contracts)
    keys = re.sub(r"\{(?:[^{}]|\{[^}]*\})*\}", "", named).replace(" ", "").split(",")
    assert sorted(keys) == sorted(build_release(tmp_path, articles=60, customers=20).release.manifest)
