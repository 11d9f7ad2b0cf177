"""Alert rules and the dashboard against what the shop's ``/metrics`` really says, and against their runbooks."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import promql_parser
import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from promql_parser import AggregateExpr, Expr, Matcher, MatchOp, VectorSelector
from pytest_django.fixtures import Settings

from imagesearch.similar import Tier as SimilarTier
from ops import metrics
from recommendations.inspired import Tier as SessionTier
from recommendations.selectors import Tier as FeedTier
from recsys_core.promotion.gate import Verdict
from recsys_core.serving import Release
from recsys_core.store.release_fetch import note_fetch
from tests.support.operated import COMPARED, decide, hold, raise_alert, take_in, workspace_with

REPOSITORY = Path(__file__).parents[3]
FILES = REPOSITORY / "helm" / "recsys" / "files"
RUNBOOKS = REPOSITORY / "docs" / "runbooks"
UNIT_TESTS = REPOSITORY / "tests" / "helm" / "alerts_test.yaml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((FILES / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
]
DASHBOARD = json.loads((FILES / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TARGETS = [target for panel in PANELS for target in panel["targets"]]
OF_PROMETHEUS = {"ALERTS"}
"""Metrics that Prometheus makes itself."""
OF_THE_SCRAPE = {"pod"}
"""Labels that Prometheus gives to what it reads."""

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Exposed:
    """Labels with their values by metric, as ``/metrics`` shows them."""

    labels: dict[str, dict[str, set[str]]]

    @classmethod
    def now(cls) -> "Exposed":
        found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for family in text_string_to_metric_families(metrics.exposition().decode()):
            for sample in family.samples:
                found[sample.name].update({name: found[sample.name][name] | {v} for name, v in sample.labels.items()})
        known = {"tier": {t for of in (FeedTier, SessionTier, SimilarTier) for t in get_args(of)}}
        known["verdict"] = set(get_args(Verdict))
        for labels in found.values():
            labels.update({name: values | known.get(name, set()) for name, values in labels.items()})
        return cls(found)

    def problems(self, expression: str) -> Iterator[str]:
        """Yields the metrics, labels and values of an expression that there are not."""
        for node in nodes(promql_parser.parse(expression.replace("$__rate_interval", "5m"))):
            if isinstance(node, VectorSelector):
                yield from self._of_selector(node)
            if isinstance(node, AggregateExpr) and node.modifier:
                inside = {str(each.name) for each in nodes(node.expr) if isinstance(each, VectorSelector)}
                there = {label for name in inside for label in self.labels.get(name, {})} | {"alertname"}
                yield from (f"no label {label} in {sorted(inside)}" for label in set(node.modifier.labels) - there)

    def _of_selector(self, selector: VectorSelector) -> Iterator[str]:
        if selector.name in OF_PROMETHEUS:
            return
        if selector.name not in self.labels:
            yield f"no metric {selector.name}"
            return
        for matcher in selector.matchers.matchers:
            values = self.labels[selector.name].get(matcher.name, set())
            if matcher.name not in OF_THE_SCRAPE:
                yield from (
                    f"no {selector.name} with {matcher.name}={wanted}"
                    for wanted in wanted_values(matcher)
                    if not any(re.fullmatch(wanted, value) for value in values)
                )


def wanted_values(matcher: Matcher) -> list[str]:
    """Regular expressions, each of which some value has to match."""
    return matcher.value.split("|") if matcher.op in (MatchOp.Re, MatchOp.NotRe) else [re.escape(matcher.value)]


def nodes(expression: Expr) -> list[Expr]:
    found: list[Expr] = []
    promql_parser.walk(expression, found.append)
    return found


def metrics_of(expression: str) -> set[str]:
    parsed = promql_parser.parse(expression.replace("$__rate_interval", "5m"))
    return {str(node.name) for node in nodes(parsed) if isinstance(node, VectorSelector)}


@pytest.fixture
def exposed(shop: Settings, client: Client, release: Release, tmp_path: Path) -> Exposed:
    """Metrics of a shop that was visited, and of a workspace with records of all kinds."""
    for path in ("/", "/healthz", "/readyz", "/search/image/"):
        client.get(path)
    shop.RECSYS_WORKSPACE = tmp_path / "nothing"
    assert client.get("/").status_code == 503
    shop.RECSYS_WORKSPACE = tmp_path / "operated"
    workspace = workspace_with(release, shop.RECSYS_WORKSPACE, models_as_of="2020-09-18")
    take_in(workspace, ("transactions", 9, 1, 0))
    decide(workspace, "2020-09-20T01:00:00Z", health=COMPARED)
    raise_alert(workspace, "2020-09-20T01:00:00+00:00", dag="daily_release")
    raise_alert(workspace, "2020-09-20T01:00:00+00:00", "deadline_missed", dag="daily_release")
    hold(workspace, release)
    note_fetch(workspace)
    return Exposed.now()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_a_rule_asks_for_metrics_that_there_are(exposed: Exposed, rule: dict[str, Any]) -> None:
    assert list(exposed.problems(rule["expr"])) == []


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_a_panel_asks_for_metrics_that_there_are(exposed: Exposed, panel: dict[str, Any]) -> None:
    assert [problem for target in panel["targets"] for problem in exposed.problems(target["expr"])] == []


def test_the_check_finds_what_there_is_not(exposed: Exposed) -> None:
    asked = 'sum by (colour) (rate(shop_requests_total{status=~"5..|7..", place="x"}[5m])) > max(shop_made_up)'
    assert set(exposed.problems(asked)) == {
        "no label colour in ['shop_requests_total']",
        "no shop_requests_total with status=7..",
        "no shop_requests_total with place=x",
        "no metric shop_made_up",
    }
    with pytest.raises(ValueError, match="parenthesis"):
        list(exposed.problems("sum(shop_requests_total"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_a_rule_says_what_is_wrong_and_where_help_is(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    promql_parser.parse_duration(rule["for"])
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    page = REPOSITORY / rule["annotations"]["runbook_url"]
    assert page.parent == RUNBOOKS
    assert page.read_text().startswith(f"# {rule['alert']}\n")


def test_a_runbook_belongs_to_a_rule_and_is_in_the_guide() -> None:
    pages = {page.name for page in RUNBOOKS.glob("*.md")}
    assert pages == {Path(rule["annotations"]["runbook_url"]).name for rule in RULES}
    guide = (REPOSITORY / "docs" / "guides" / "operations.md").read_text()
    assert pages == set(re.findall(r"\]\(\.\./runbooks/([\w-]+\.md)\)", guide))


def test_the_dashboard_shows_whatever_raises_an_alert() -> None:
    shown = {name for target in TARGETS for name in metrics_of(target["expr"])}
    assert {name for rule in RULES for name in metrics_of(rule["expr"])} <= shown


def test_the_dashboard_reads_from_the_source_that_its_user_chooses() -> None:
    (variable,) = DASHBOARD["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("datasource", "datasource", "prometheus")
    sources = [each["datasource"] for each in [*PANELS, *TARGETS]]
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)


def test_panels_have_ids_of_their_own_and_stand_beside_each_other() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    fields = [
        {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        for at in (panel["gridPos"] for panel in DASHBOARD["panels"])
    ]
    assert not any(one & other for one, other in combinations(fields, 2))
    assert max(x for field in fields for x, _ in field) < 24


def cases() -> Iterator[tuple[str, bool]]:
    """Yields each alert that a unit test asks about, and whether it fires there."""
    for test in yaml.safe_load(UNIT_TESTS.read_text())["tests"]:
        for asked in test.get("promql_expr_test", ()):
            (selector,) = nodes(promql_parser.parse(asked["expr"]))
            (pattern,) = [m.value for m in selector.matchers.matchers if m.name == "alertname"] or [".*"]
            fired = {re.search(r'alertname="(\w+)"', sample["labels"])[1] for sample in asked["exp_samples"]}  # type: ignore[index]
            for rule in RULES:
                if re.fullmatch(pattern, rule["alert"]):
                    yield rule["alert"], rule["alert"] in fired
        yield from ((asked["alertname"], bool(asked["exp_alerts"])) for asked in test.get("alert_rule_test", ()))


def test_each_alert_has_a_unit_test_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    assert set(cases()) == {(rule["alert"], fires) for rule in RULES for fires in (True, False)}


def test_unit_tests_are_of_series_that_there_are(exposed: Exposed) -> None:
    tests = yaml.safe_load(UNIT_TESTS.read_text())["tests"]
    given = {each["series"] for test in tests for each in test["input_series"]}
    made_up = {"release", "table", "dag", "view", "status", "le"}  # their values are data
    problems = {problem for series in given for problem in exposed.problems(series)}
    assert {problem for problem in problems if not re.search(rf" with ({'|'.join(made_up)})=", problem)} == set()


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool here: Debian's package prometheus has it")
def test_prometheus_raises_the_alerts_that_its_unit_tests_expect() -> None:
    done = subprocess.run(["promtool", "test", "rules", UNIT_TESTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
