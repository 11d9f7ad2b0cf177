"""The shell blocks of the guides, and a folder like a fresh checkout in which their commands run as written."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

REPOSITORY = Path(__file__).parents[2]
GUIDES: Final = (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs" / "guides").glob("*.md")))
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
OUTPUTS: Final = {"var", ".git"}
"""Names in the repository that a checkout for tests does not share with it."""
SECONDS_TO_START = 120


@dataclass(frozen=True)
class Block:
    """One shell block of a guide."""

    guide: str
    line: int
    commands: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.guide}:{self.line}"


def blocks() -> list[Block]:
    """All shell blocks in the order of the guides."""
    return [block for path in GUIDES for block in blocks_of(path.name, path.read_text())]


def blocks_of(guide: str, text: str) -> list[Block]:
    return [Block(guide, text[: match.start()].count("\n") + 2, _commands(match[1])) for match in BLOCK.finditer(text)]


def _commands(block: str) -> tuple[str, ...]:
    """Commands without comments, continued lines joined."""
    lines = re.sub(r"\s*\\\n\s*", " ", block).splitlines()
    return tuple(command for line in lines if (command := re.sub(r"(^|\s+)#\s.*", "", line).strip()))


@dataclass(frozen=True)
class Done:
    """A command that ended, or a server that answered and was stopped."""

    command: str
    out: str
    said: str


@dataclass
class Checkout:
    """A folder with all of the repository and no outputs, and the environment of a shell in it."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, **env: str) -> "Checkout":
        """The repository's entries as links, a home folder, and an empty workspace."""
        checkout = cls(folder / "recsys")
        for made in (checkout.workspace, checkout.home):
            made.mkdir(parents=True, exist_ok=True)
        for entry in REPOSITORY.iterdir():
            if entry.name not in OUTPUTS and not (checkout.folder / entry.name).is_symlink():
                (checkout.folder / entry.name).symlink_to(entry)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        own = {"PATH": path, "HOME": str(checkout.home), "RECSYS_WORKSPACE": str(checkout.workspace)}
        checkout.env = {**os.environ, **own, **env}
        return checkout

    @property
    def home(self) -> Path:
        return self.folder.parent / "home"

    @property
    def workspace(self) -> Path:
        return self.folder / "var"

    def run(self, command: str, exports: tuple[str, ...] = (), env: Mapping[str, str] | None = None) -> Done:
        """The command in a shell that has made the exports before. Fails unless its status is 0."""
        script = "\n".join((*exports, command))
        done = subprocess.run(
            ["bash", "-euc", script],
            cwd=self.folder,
            env=self.env | dict(env or {}),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        said = f"{command}\nstatus {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        assert done.returncode == 0, said
        return Done(command, done.stdout, done.stderr)

    @contextmanager
    def serving(self, command: str, answers: Callable[[], bool], env: Mapping[str, str]) -> Iterator[Path]:
        """A server until the end of the block, once it answers; its log. Fails unless it ends well when asked to."""
        log = self.folder.parent / f"{command.rsplit(maxsplit=1)[-1].replace('/', '-')}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                ["bash", "-euc", f"exec env {command}"],
                cwd=self.folder,
                env=self.env | dict(env),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            until = time.monotonic() + SECONDS_TO_START
            while not answers():
                assert process.poll() is None, f"{command} ended with {process.returncode}\n{log.read_text()[-3000:]}"
                assert time.monotonic() < until, f"{command} does not answer\n{log.read_text()[-3000:]}"
                time.sleep(0.2)
            yield log
            process.terminate()
            assert process.wait(timeout=60) == 0, log.read_text()[-3000:]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
