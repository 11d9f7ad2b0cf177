import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from jinja2 import UndefinedError

TEMPLATES = sorted(Path(settings.SITE_DIR).glob("*/jinja2/**/*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_template_compiles_and_leaves_escaping_on(path: Path) -> None:
    name = path.relative_to(next(each for each in path.parents if each.name == "jinja2"))
    engines["jinja2"].get_template(str(name))
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text())


def test_a_misspelt_name_is_an_error() -> None:
    template = engines["jinja2"].from_string("{{ request.nowhere }}")
    with pytest.raises(UndefinedError, match="nowhere"):
        template.render({"request": object()})
