"""The architecture page names each command of the path with the file where it is."""

import re

from recsys_core.pipeline.stages import PATH
from scripts.import_diagram import PAGE, REPOSITORY

ROW = re.compile(r"^\| `([\w-]+)` \| `([\w/.]+)` \|", re.MULTILINE)


def test_the_table_has_every_command_in_the_order_of_the_path() -> None:
    found = dict(ROW.findall(PAGE.read_text()))
    assert list(found) == ["demo-data", *PATH]


def test_each_command_is_found_by_its_name() -> None:
    found = dict(ROW.findall(PAGE.read_text()))
    for name in PATH:
        assert found[name] == f"recsys_core/pipeline/{name.replace('-', '_')}.py"
    assert all((REPOSITORY / file).is_file() for file in found.values())
