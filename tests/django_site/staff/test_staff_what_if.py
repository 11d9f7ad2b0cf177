import json
import logging
import os
import re
import shlex
from pathlib import Path
from typing import Any, get_args

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from typer.testing import CliRunner

from merchandising.rules_form import ATTRIBUTES, OFF, WhatIfForm
from merchandising.what_if import Pair, Question, read_answer, read_answers
from recsys_core.cli import app
from recsys_core.cli.base import with_label_days
from recsys_core.config import as_toml
from recsys_core.rules.config import RulesConfig, changed_rules
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase
from recsys_core.workspace import Workspace
from tests.django_site.markup import Page
from tests.recsys_core.pipeline.test_what_if import CONFIG, score_everybody_alike

pytestmark = pytest.mark.django_db
ADDRESS = "/staff/what-if/"
EXCLUDE = {"purchased": "exclude", "label_days": "7"}
SEGMENTS = ("new", "lapsed", "active")


def counts(*numbers: int) -> dict[str, int]:
    return dict(zip(SEGMENTS, numbers, strict=True))


LEDGER = {"customers": counts(1, 2, 3), "candidates": counts(10, 20, 30), "refilled": counts(0, 1, 2)}
WRITTEN: dict[str, Any] = {
    "cutoff": "2020-09-16",
    "customers_scored": "all",
    "rules_changed": {"purchased": ["allow", "exclude"]},
    "customers": 6,
    "lists_changed": 3,
    "overlap_at_12": 0.75,
    "segments": {"new": {"customers": 1, "lists_changed": 0, "overlap_at_12": 1.0}},
    "coverage": {"before": 0.25, "after": 0.5},
    "ledger": {
        "before": LEDGER | {"dropped": {"availability": counts(1, 2, 1003)}, "relaxed": counts(0, 0, 0)},
        "after": LEDGER
        | {"dropped": {"availability": counts(1, 2, 3), "purchased": counts(0, 5, 7)}, "relaxed": counts(0, 0, 1)},
    },
    "asked_by": "boss",
    "label_days": None,
}
MEASURED = {
    side: {"value": value, "interval": [value - 0.001, value + 0.001]}
    for side, value in (("before", 0.02), ("after", 0.0215), ("difference", 0.0015))
}


@pytest.fixture
def workspace(shop: Settings, tmp_path: Path) -> Workspace:
    """Without a release: the page needs none."""
    shop.RECSYS_WORKSPACE = tmp_path / "home"
    shop.AIRFLOW_API = ""
    workspace = Workspace(shop.RECSYS_WORKSPACE)
    workspace.what_if.mkdir(parents=True)
    return workspace


def write(workspace: Workspace, name: str, **more: Any) -> None:
    (workspace.what_if / f"{name}.json").write_text(json.dumps(WRITTEN | more))


class TestForm:
    def test_it_knows_every_rule_setting_and_its_default(self) -> None:
        form = WhatIfForm()
        keys = [key for _, keys in form.RULES for key in keys]
        assert sorted(keys) == sorted(RulesConfig.model_fields)
        for key, field in RulesConfig.model_fields.items():
            said = form.fields[key].help_text.rpartition("default ")[2]
            assert said == shown(field.default), key

    def test_its_choices_are_those_of_the_rules(self) -> None:
        assert get_args(RulesConfig.model_fields["only_if_bought_attribute"].annotation) == ATTRIBUTES
        choices = [value for value, _ in WhatIfForm().fields["purchased"].choices if value]  # type: ignore[attr-defined]
        assert get_args(RulesConfig.model_fields["purchased"].annotation) == tuple(choices)

    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            ({"purchased": "exclude"}, {"purchased": "exclude"}),
            ({"price_band": "off"}, {"price_band": None}),
            ({"price_band": "2,5"}, {"price_band": 2.5}),
            ({"price_band": "3"}, {"price_band": 3.0}),
            ({"sold_within_days": " 30 "}, {"sold_within_days": 30}),
            ({"season_min_share": "0"}, {"season_min_share": 0.0}),
            ({"one_per_product_code": "on"}, {"one_per_product_code": True}),
            ({"only_if_bought": 'Baby/Children, Men\'s, "x"'}, {"only_if_bought": ("Baby/Children", "Men's", '"x"')}),
            ({"only_if_bought": "OFF"}, {"only_if_bought": ()}),
            ({"purchased_within_days": "off"}, {}),
        ],
    )
    def test_what_is_filled_in_is_what_the_command_understands(
        self, sent: dict[str, str], expected: dict[str, Any]
    ) -> None:
        form = WhatIfForm({"label_days": "7", **sent})
        assert form.is_valid(), form.errors
        rules = changed_rules(RulesConfig(), form.changes()).model_dump()
        default = RulesConfig().model_dump()
        assert {key: value for key, value in rules.items() if value != default[key]} == expected

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({}, "Nothing is changed"),
            ({"sold_within_days": "0"}, "'0': expected a whole number of at least 1, or off; empty leaves it as it is"),
            ({"sold_within_days": "1.5"}, "a whole number"),
            ({"season_days": "off"}, "'off': expected a whole number of 1 to 182;"),
            ({"season_days": "183"}, "1 to 182"),
            ({"season_min_share": "1.1"}, "a number of 0 to 1, or off"),
            ({"price_band": "nan"}, "a number above 0, or off"),
            ({"price_band": "0"}, "above 0"),
            ({"price_band": "1e999"}, "above 0"),
            ({"price_band": "4\nprice_floor=9"}, "above 0"),
            ({"purchased": "perhaps"}, "valid choice"),
            ({"only_if_bought": ","}, "separated by commas"),
            ({"only_if_bought": "a\nb"}, "separated by commas"),
            ({"purchased": "exclude", "label_start": "yesterday"}, "valid date"),
            ({"purchased": "exclude", "label_days": "57"}, "less than or equal to 56"),
        ],
    )
    def test_what_is_wrong_is_said_with_what_was_expected(self, sent: dict[str, str], said: str) -> None:
        form = WhatIfForm({"label_days": "7", **sent})
        assert not form.is_valid()
        assert said in " ".join(message for messages in form.errors.values() for message in messages)

    def test_every_bound_is_one_of_the_rules(self) -> None:
        for key, value in (("season_days", 182), ("region_min_share", 1), ("sold_within_days", 1)):
            form = WhatIfForm({"label_days": "7", key: str(value)})
            assert form.is_valid()
            changed_rules(RulesConfig(), form.changes())


def shown(default: Any) -> str:
    """A default as the form writes it."""
    if isinstance(default, tuple):
        return ", ".join(default)
    if default is None:
        return "off: ever"
    if isinstance(default, bool):
        return "on" if default else OFF
    return default if isinstance(default, str) else f"{default:g}"


class TestWithoutAirflow:
    def test_the_page_says_what_to_run(
        self, admin_client: Client, workspace: Workspace, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        assert "No Airflow is configured" in Page(admin_client.get(ADDRESS)).one("main").text
        answer = admin_client.post(ADDRESS, EXCLUDE | {"only_if_bought": "Men's wear", "label_start": "2020-09-16"})
        words = shlex.split(Page(answer).one("pre").text)
        assert words[:4] == ["recsys", "what-if", "--workspace", str(workspace.root)]
        assert [words[i + 1] for i, word in enumerate(words) if word == "--set"] == [
            'only_if_bought=["Men\'s wear"]',
            "purchased=exclude",
        ]
        assert words[-8:-4] == ["--label-start", "2020-09-16", "--label-days", "7"]
        assert words[-2:] == ["--asked-by", "admin"]
        assert re.search(rf"what-if {words[-3]} asked for by admin: .*purchased=exclude", caplog.text)

    def test_the_command_line_is_one_that_the_command_has(self, workspace: Workspace) -> None:
        said = CliRunner().invoke(app, ["what-if", "--help"]).output
        line = Question.new(["purchased=exclude"], None, 7, "boss").command(workspace)
        options = {word for word in shlex.split(line) if word.startswith("--")}
        assert options == {"--workspace", "--set", "--save-as", "--asked-by"}
        assert options <= set(said.split())

    def test_nothing_changed_is_said_at_the_form(self, admin_client: Client, workspace: Workspace) -> None:
        answer = admin_client.post(ADDRESS, {"label_days": "7"})
        assert answer.status_code == 422
        assert "fill in at least one" in Page(answer).one("p", class_="errornote").text
        assert Page(answer).all("pre") == []

    def test_asking_takes_the_token_of_the_form(self, workspace: Workspace, django_user_model: type) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(django_user_model.objects.create_superuser("root"))  # type: ignore[attr-defined]
        assert browser.post(ADDRESS, EXCLUDE).status_code == 403


class FakeAirflow:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.runs: list[dict[str, Any]] = []
        self.refusal = ""

    def __call__(self, method: str, path: str, params: Any = None, json: Any = None) -> dict[str, Any]:
        if self.refusal:
            raise OSError(self.refusal)
        if method == "GET":
            return {"dag_runs": self.runs}
        self.asked.append((path, json))
        return {"dag_run_id": "manual__1", "state": "queued"}


class TestWithAirflow:
    @pytest.fixture
    def airflow(self, workspace: Workspace, shop: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeAirflow:
        shop.AIRFLOW_API, shop.AIRFLOW_TOKEN = "http://airflow.example", "token"
        fake = FakeAirflow()
        monkeypatch.setattr("recsys_core.airflow_client.AirflowClient.request", fake)
        return fake

    def test_the_dag_is_started_with_who_asked(self, admin_client: Client, airflow: FakeAirflow) -> None:
        answer = admin_client.post(ADDRESS, EXCLUDE, follow=True)
        ((path, body),) = airflow.asked
        assert path == "dags/rules_what_if/dagRuns"
        conf = body["conf"]
        assert re.fullmatch("[0-9]{8}-[0-9]{6}-[0-9a-f]{4}", conf.pop("name"))
        assert conf == {"changes": ["purchased=exclude"], "label_start": None, "label_days": 7, "asked_by": "admin"}
        assert answer.redirect_chain == [(ADDRESS, 302)]
        assert "is queued (run manual__1)" in Page(answer).one("ul", class_="messagelist").text

    def test_what_it_refuses_can_be_run_by_hand(self, admin_client: Client, airflow: FakeAirflow) -> None:
        airflow.refusal = "404 Not Found: no such DAG"
        page = Page(admin_client.post(ADDRESS, EXCLUDE))
        assert "no such DAG. Run it by hand" in page.one("ul", class_="messagelist").text
        assert "--set purchased=exclude" in page.one("pre").text

    def test_runs_without_an_answer_are_under_way(
        self, admin_client: Client, airflow: FakeAirflow, workspace: Workspace
    ) -> None:
        write(workspace, "done")
        airflow.runs = [
            {"dag_run_id": "1", "state": "queued", "conf": {"name": "waits", "asked_by": "boss"}},
            {"dag_run_id": "2", "state": "failed", "conf": {"name": "broken"}},
            {"dag_run_id": "3", "state": "success", "conf": {"name": "done"}},
            {"dag_run_id": "4", "state": "success", "conf": None},
        ]
        cells = [td.text for td in Page(admin_client.get(ADDRESS)).all("td") if "runs" in td.within]
        assert (cells[0::4], cells[1::4]) == (["waits", "broken"], ["queued", "failed"])

    def test_the_answers_are_there_while_it_is_away(
        self, admin_client: Client, airflow: FakeAirflow, workspace: Workspace
    ) -> None:
        write(workspace, "done")
        airflow.refusal = "connection refused"
        page = Page(admin_client.get(ADDRESS))
        assert "cannot say what is under way: connection refused" in page.one("ul", class_="messagelist").text
        assert page.all("a", href=f"{ADDRESS}done/")


class TestAnswers:
    @pytest.mark.parametrize("label_days", [None, 1])
    def test_what_the_stage_writes_is_read(self, workspace: Workspace, label_days: int | None) -> None:
        bought = [Purchase("other", f"a{i:02d}", day) for i in range(20) for day in range(1, 8)]
        bought += [Purchase("anna", "a00", day) for day in (3, 0)] + [Purchase("bert", "a19", day) for day in (2, 0)]
        config = with_label_days(CONFIG, label_days) if label_days else CONFIG
        score_everybody_alike(FixtureShop(bought).plan(workspace.root, config))
        (workspace.root / "config.toml").write_text(as_toml(CONFIG))
        measured = ["--label-start", f"{CUTOFF}", "--label-days", "1"] if label_days else ["--cutoff", f"{CUTOFF}"]
        command = [
            "what-if",
            "--workspace",
            str(workspace.root),
            "--set",
            "purchased=exclude",
            "--asked-by",
            "boss",
            *measured,
        ]
        done = CliRunner().invoke(app, [*command, "--save-as", "no-repeats"])
        assert done.exit_code == 0, done.output
        answer = read_answer(workspace, "no-repeats")
        assert answer is not None
        assert (answer.asked_by, answer.cutoff, answer.label_days) == ("boss", str(CUTOFF), label_days)
        assert answer.changes == [("purchased", Pair("allow", "exclude"))]
        assert [row.total.after for row in answer.ledger if row.title == "dropped by purchased"] == [
            1 if label_days else 13
        ]
        assert [measure.title for measure in answer.measures] == (["MAP@12", "recall@12"] if label_days else [])

    def test_they_are_listed_the_latest_first(self, admin_client: Client, workspace: Workspace) -> None:
        write(workspace, "first")
        write(workspace, "second", map_at_12=MEASURED)
        os.utime(workspace.what_if / "first.json", (1, 1))
        cells = [td.text for td in Page(admin_client.get(ADDRESS)).all("td") if "answers" in td.within]
        assert cells[0::7] == ["second", "first"]
        assert cells[2:7] == ["boss", "purchased: allow → exclude", "50.0 %", "25.0 % → 50.0 %", "0.02000 → 0.02150"]
        assert cells[-1] == "–"

    def test_both_ledgers_stand_side_by_side(self, admin_client: Client, workspace: Workspace) -> None:
        write(workspace, "no-repeats")
        page = Page(admin_client.get(f"{ADDRESS}no-repeats/"))
        rows = [th.text for th in page.all("th", scope="row") if "ledger" in th.within]
        cells = [td.text for td in page.all("td") if "ledger" in td.within]
        table = {row: cells[8 * i : 8 * i + 8] for i, row in enumerate(rows)}
        assert table["dropped by availability"] == ["1", "1", "2", "2", "1,003", "3", "1,006", "6"]
        assert table["dropped by purchased"] == ["–", "0", "–", "5", "–", "7", "–", "12"]
        assert table["relaxed"][-2:] == ["0", "1"]
        lists = [td.text for td in page.all("td") if "lists" in td.within]
        assert lists == ["6", "3 (50.0 %)", "75.0 %", "1", "0 (0.0 %)", "100.0 %"]
        assert "Not measured" in page.one("main").text

    def test_what_was_measured_is_shown_with_intervals(self, admin_client: Client, workspace: Workspace) -> None:
        write(workspace, "measured", map_at_12=MEASURED, recall_at_12=MEASURED, label_days=7)
        page = Page(admin_client.get(f"{ADDRESS}measured/"))
        rows = [th.text for th in page.all("th", scope="row") if "measures" in th.within]
        assert rows[1:] == ["MAP@12", "recall@12"]
        cells = [td.text for td in page.all("td") if "measures" in td.within]
        assert cells[3:6] == [
            "0.02000 (0.01900 to 0.02100)",
            "0.02150 (0.02050 to 0.02250)",
            "0.00150 (0.00050 to 0.00250)",
        ]
        assert "measured on the 7 days" in page.one("main").text

    @pytest.mark.parametrize("broken", ["", "[]", "{}", '{"ledger": 1}', "\x00", json.dumps(WRITTEN | {"ledger": {}})])
    def test_what_cannot_be_read_is_left_out(
        self, admin_client: Client, workspace: Workspace, broken: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        write(workspace, "good")
        (workspace.what_if / "bad.json").write_text(broken)
        assert [answer.name for answer in read_answers(workspace)] == ["good"]
        assert "bad.json cannot be read" in caplog.text
        assert admin_client.get(f"{ADDRESS}bad/").status_code == 404

    def test_a_name_that_makes_no_address_is_left_out(self, admin_client: Client, workspace: Workspace) -> None:
        write(workspace, "good")
        write(workspace, "no.repeats")
        cells = [td.text for td in Page(admin_client.get(ADDRESS)).all("td") if "answers" in td.within]
        assert cells[0::7] == ["good"]

    def test_a_file_that_is_gone_again_is_left_out(self, admin_client: Client, workspace: Workspace) -> None:
        write(workspace, "good")
        (workspace.what_if / "gone.json").symlink_to(workspace.what_if / "nowhere.json")
        cells = [td.text for td in Page(admin_client.get(ADDRESS)).all("td") if "answers" in td.within]
        assert cells[0::7] == ["good"]

    def test_what_is_written_right_now_is_not_looked_at(self, workspace: Workspace) -> None:
        (workspace.what_if / ".draft.json.part").write_text("{")
        assert read_answers(workspace) == []

    def test_no_address_leads_out_of_the_folder(self, admin_client: Client, workspace: Workspace) -> None:
        (workspace.root / "secret.json").write_text(json.dumps(WRITTEN))
        for name in ("../secret", "..%2Fsecret", "%2e%2e/secret"):
            assert admin_client.get(f"{ADDRESS}{name}/").status_code == 404

    def test_without_a_folder_there_is_none_yet(self, admin_client: Client, workspace: Workspace) -> None:
        workspace.what_if.rmdir()
        assert "There is none yet" in Page(admin_client.get(ADDRESS)).one("main").text
