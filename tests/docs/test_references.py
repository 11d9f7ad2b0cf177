"""Files, links, settings and variables that the texts name are there."""

import fnmatch
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from config.env import Environment
from recsys_core.config import Config
from recsys_core.rules.config import RulesConfig
from recsys_core.section import Section
from spark_jobs.mapping import load_sources
from tests.docs.pages import REPOSITORY, Page, pages

PAGES = pages()
PACKAGES = sorted(path.name for path in REPOSITORY.iterdir() if path.is_dir() and not path.name.startswith("."))
OF_THE_WORKSPACE = {"releases"}
"""Apps whose name a folder of all outputs has, too."""
SITE = sorted({path.name for path in (REPOSITORY / "django_site").iterdir() if path.is_dir()} - OF_THE_WORKSPACE)
SUFFIXES = {"json", "yaml", "toml", "html", "md", "py", "css", "png", "npy", "arrow", "parquet", "csv", "db", "jsonl"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Page) -> None:
    missing = []
    for target in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", page.prose):
        address, _, anchor = "".join(target).partition("#")
        if "://" in address:
            continue
        file = (page.path.parent / address) if address else page.path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            missing.append("".join(target))
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Page) -> None:
    assert [code for code in page.code if is_path(code) and not path_exists(code)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_that_are_named_exist(page: Page) -> None:
    missing = []
    for code in page.code:
        named = re.fullmatch(r"([a-z_]+)\.([a-z_*]+)(?: ?= ?.*|: ?\w+)?", code)
        section = Config.model_fields.get(named[1]) if named else None
        if named and section and isinstance(section.default, Section) and named[2] not in SUFFIXES:
            keys = type(section.default).model_fields
            missing += [] if fnmatch.filter(keys, named[2]) else [code]
        table = re.fullmatch(r"\[(\w+)\]", code)
        missing += [code] if table and table[1] not in {*Config.model_fields, "importlinter"} else []
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_configurations_and_mappings_that_are_shown_are_valid(page: Page, tmp_path: Path) -> None:
    for block in page.fenced("toml"):
        if "transactions" in tomllib.loads(block):
            (tmp_path / "mapping.toml").write_text(block)
            load_sources(tmp_path / "mapping.toml")
        else:
            Config.model_validate(tomllib.loads(block))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_environment_variables_that_are_named_are_read(page: Page) -> None:
    named = {name for code in page.code for name in re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", code)}
    assert {name for name in named if not re.search(rf"\b{name}\b", all_code())} == set()


def test_the_storefronts_table_has_every_variable_with_its_default() -> None:
    (table,) = re.findall(r"## Settings\n(.*?)\n## ", guide("storefront").text, re.DOTALL)
    documented: dict[str, str] = {}
    for names, default, *_ in rows(table):
        variables = re.findall(r"`([A-Z_]+)`", names)
        documented |= dict(zip_longest(variables, default.split(","), fillvalue=default))
    assert documented.pop("MILVUS_URI")  # read by the library
    fields = Environment.model_fields
    assert set(documented) == set(fields)
    plain = {name: field.default for name, field in fields.items() if isinstance(field.default, int | float | Decimal)}
    shown = {name: f"`{int(value) if isinstance(value, bool) else value}`" for name, value in plain.items()}
    assert {name: value for name, value in shown.items() if value not in documented[name]} == {}


def test_addresses_of_the_storefront_resolve() -> None:
    (table,) = re.findall(r"## Addresses\n(.*?)\nListings share", guide("storefront").text, re.DOTALL)
    addresses = [code for row in rows(table) for code in re.findall(r"`(/[^`]*)`", row[0])]
    assert len(addresses) > 25
    filled = [re.sub(r"<\w+>", "0108775015", address.split("?")[0]) for address in addresses]
    assert [address for address in filled if not resolves(address)] == []


def test_the_table_of_rules_has_every_setting_of_the_rules() -> None:
    (table,) = re.findall(r"\| rule \| keys.*?\n\n", guide("models").text, re.DOTALL)
    keys = {code for row in rows(table) for code in re.findall(r"`(\w+)`", row[1])}
    assert keys == set(RulesConfig.model_fields)


def test_every_decision_is_in_the_list() -> None:
    folder = REPOSITORY / "docs" / "adr"
    linked = re.findall(r"^\d+\. \[.*\]\((.*)\)$", (folder / "README.md").read_text(), re.MULTILINE)
    assert linked == sorted(file.name for file in folder.glob("0*.md"))


def test_the_readme_counts_what_there_is() -> None:
    from recsys_core.contracts.retrievers import RETRIEVERS
    from recsys_core.features.pairs import pair_features

    numbers = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    readme = " ".join((REPOSITORY / "README.md").read_text().split())
    assert re.search(rf"\b{numbers[len(RETRIEVERS)]} (retrievers|retrievers) find candidates", readme, re.IGNORECASE)
    assert f"[{len(pair_features(RETRIEVERS))} features](docs/features.md)" in readme


def guide(name: str) -> Page:
    (page,) = (page for page in PAGES if page.path.stem == name and page.path.parent.name == "guides")
    return page


def rows(table: str) -> list[list[str]]:
    """Cells of a table's rows, without its heading."""
    return [row.strip("|").split("|") for row in table.splitlines() if row.startswith("|")][2:]


def resolves(address: str) -> bool:
    try:
        resolve(address)
    except Resolver404:
        return False
    return True


def is_path(code: str) -> bool:
    """A path of the repository, from its root or from the storefront's folder."""
    return bool(re.fullmatch(r"[\w./*{}-]+/[\w./*{}-]*", code)) and code.split("/", maxsplit=1)[0] in {*PACKAGES, *SITE}


def path_exists(code: str) -> bool:
    inside = code.rstrip("/")
    return any(any(root.glob(inside)) for root in (REPOSITORY, REPOSITORY / "django_site"))


@cache
def anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def all_code() -> str:
    """Everything that may read a variable or define a name, but no text."""
    return "\n".join(file.read_text() for file in _code_files())


def _code_files() -> Iterator[Path]:
    packages = ("recsys_core", "spark_jobs", "plugins", "django_site", "scripts", "dags", "helm", "mlflow")
    for package in packages:
        for pattern in ("*.py", "*.sh", "*.yaml", "*.tpl", "*.toml"):
            yield from (REPOSITORY / package).rglob(pattern)
    yield from (REPOSITORY / name for name in ("Makefile", "Dockerfile", "setup.cfg", ".ci/run"))
    yield from sorted((REPOSITORY / "tests").rglob("*.py"))
