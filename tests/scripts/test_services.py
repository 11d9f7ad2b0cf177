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
