"""Renders the console's pages."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from recsys_airflow.console import plots
from recsys_airflow.console.access import WITH_FORM
from recsys_airflow.console.addresses import NAVIGATION
from recsys_airflow.console.state import in_words

TEMPLATES: Final = Environment(
    loader=PackageLoader("recsys_airflow.console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def number(value: float | None) -> str:
    """A figure to read.

    >>> number(1234567), number(0.123456), number(0), number(None)
    ('1,234,567', '0.1235', '0', '-')
    """
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def percent(value: float | None) -> str:
    """A share to read.

    >>> percent(0.1234), percent(None)
    ('12.3 %', '-')
    """
    return "-" if value is None else f"{100 * value:.1f} %"


def sentence(text: str) -> str:
    """A text that begins with a capital, unless with a name such as a DAG's or a release's.

    >>> sentence("the live release is old"), sentence("daily_release is paused")
    ('The live release is old', 'daily_release is paused')
    """
    first = text.partition(" ")[0]
    return f"{text[:1].upper()}{text[1:]}" if first.isalpha() else text


def run_address(run_id: str | None, mlflow: str) -> str:
    """Address of a run's page in MLflow; empty if there is none to link to."""
    return f"{mlflow}/#/runs/{quote(run_id, safe='')}" if run_id and mlflow else ""


TEMPLATES.filters |= {
    "moment": lambda text: str(text)[:16].replace("T", " "),
    "number": number,
    "percent": percent,
    "sentence": sentence,
    "age": in_words,
}
TEMPLATES.globals |= {
    "navigation": {path.removeprefix("/"): title for path, title in NAVIGATION.items()},
    "plot_width": plots.WIDTH,
    "plot_height": plots.HEIGHT,
    "run_address": run_address,
}


def page(template: str, status: int = 200, has_form: bool = False, **values: Any) -> HTMLResponse:
    """A page; only one with a form may send any."""
    headers: Mapping[str, str] = {"Content-Security-Policy": WITH_FORM} if has_form else {}
    return HTMLResponse(TEMPLATES.get_template(template).render(**values), status, headers)
