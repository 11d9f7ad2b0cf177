"""Tests of the import contracts (``[importlinter]`` in setup.cfg), so that `make test` alone finds a breach."""

import configparser
import graphlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.import_diagram import PAGE, SITE, app_names, package_imports, page_with_diagrams

REPOSITORY = Path(__file__).parents[1]
APPS = app_names()


def setup_cfg() -> configparser.ConfigParser:
    settings = configparser.ConfigParser()
    settings.read(REPOSITORY / "setup.cfg")
    return settings


def test_every_import_contract_is_kept() -> None:
    contracts = sum(name.startswith("importlinter:contract:") for name in setup_cfg().sections())
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    path = os.pathsep.join(map(str, (REPOSITORY / "plugins", SITE, REPOSITORY)))

    done = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert f"Contracts: {contracts} kept, 0 broken." in done.stdout


def test_every_app_has_its_layer() -> None:
    layers = setup_cfg()["importlinter:contract:site-layers"]["layers"]
    assert sorted(layers.replace("|", " ").split()) == APPS


@pytest.mark.parametrize("roots", [["recsys_core"], APPS], ids=["library", "storefront"])
def test_no_packages_import_each_other_in_a_circle(roots: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    imports = package_imports(roots)

    assert len(imports) > 10
    graphlib.TopologicalSorter(imports).prepare()  # raises CycleError, which names the circle


def test_the_architecture_page_shows_the_imports_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    page = PAGE.read_text()
    assert page_with_diagrams(page) == page, "run `python -m scripts.import_diagram`"
