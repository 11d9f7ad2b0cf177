"""Opens the shop while the run of the day still goes on: as soon as a release is live, usually the first release."""

import time
from dataclasses import dataclass, field

from recsys_core.serving.first_release import is_first_release
from scripts.demo_state import live_release
from scripts.environment import Site
from scripts.progress import Progress
from scripts.services import start_web
from scripts.supervisor import Supervisor


@dataclass
class EarlyOpening:
    """Checks the services of a run, and starts the storefront once there is something to show."""

    site: Site
    supervisor: Supervisor
    progress: Progress
    _began: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Start the storefront if a release is live and it does not run yet.

        Raises
        ------
        ServiceError
            If a service has ended, or the storefront does not answer.
        """
        self.supervisor.check()
        if "web" in self.supervisor.running or (release := live_release(self.site.workspace)) is None:
            return
        start_web(self.site, self.supervisor)
        self.supervisor.wait(["web"])
        self.progress.say(
            f"The shop is open with {self._about(release)}, {self._seconds} s after the start of ingest: "
            f"{self.site.ports.url('web')}. The trained release replaces it"
        )

    def _about(self, release: str) -> str:
        if is_first_release(self.site.workspace.live):
            return "a first release (best sellers, buy again, also bought)"
        return f"release {release} of an earlier run"

    @property
    def _seconds(self) -> int:
        return round(time.monotonic() - self._began)
