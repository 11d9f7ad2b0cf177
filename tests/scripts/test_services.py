"""The start of the storefront; its commands and its server are left out."""

import subprocess
from typing import Any, TextIO

import pytest

from scripts import services
from scripts.environment import Site
from scripts.supervisor import Supervisor


def test_the_log_of_a_start_of_the_storefront_holds_that_start_only(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def says_its_name(command: list[str], stdout: TextIO, **_: Any) -> subprocess.CompletedProcess[str]:
        stdout.write(f"{command[2]}\n")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(services.subprocess, "run", says_its_name)
    monkeypatch.setattr(Supervisor, "start", lambda *_: None)
    site.airflow.mkdir(parents=True)
    site.workspace.logs.mkdir(parents=True)
    site.workspace.releases.mkdir(parents=True)
    site.workspace.live.mkdir()
    supervisor = Supervisor(site.run_folder, site.workspace.logs, {})
    for _ in range(2):
        services.start_web(site, supervisor)
    services.seed_demo_customers(site, supervisor)
    said = supervisor.log_of("web-setup").read_text().split()
    assert said == ["migrate", "collectstatic", "seed_demo_customers", "seed_demo_customers"]


def test_the_demo_shop_counts_its_made_up_customers_and_logs_their_mails(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STATISTICS", "EMAIL_URL"):
        monkeypatch.delenv(name, raising=False)
    given = services.service_list(site)["web"].extra_env
    assert (given["STATISTICS"], given["EMAIL_URL"]) == ("on", "console:")
    monkeypatch.setenv("STATISTICS", "ask")
    assert services.service_list(site)["web"].extra_env["STATISTICS"] == "ask"
