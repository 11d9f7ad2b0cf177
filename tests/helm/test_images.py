"""The images of the Dockerfile hold what their code reads: each is laid out as its COPY lines say, without docker."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
IMAGES = ("web", "encoder", "airflow")


def stages() -> dict[str, list[str]]:
    """Lines of each image's stage."""
    found: dict[str, list[str]] = {}
    for line in (REPOSITORY / "Dockerfile").read_text().splitlines():
        if line.startswith("FROM "):
            found[line.split(" AS ")[1]] = []
        elif found:
            found[list(found)[-1]].append(line)
    return found


def lay_out(image: str, root: Path) -> None:
    """``root/opt``: what is copied; ``root/site``: what pip then installs of it."""
    lines = stages()[image]
    last_install = max(i for i, line in enumerate(lines) if "pip install" in line)
    for position, line in enumerate(lines):
        if line.startswith("COPY "):
            *sources, target = line.split()[1:]
            for source in sources:
                _copy(source, root / "opt" / target / (source if target == "./" else ""))
        if position == last_install:
            _install(root)


def _copy(source: str, target: Path) -> None:
    tracked = subprocess.check_output(["git", "ls-files", source], cwd=REPOSITORY, text=True).split()
    for name in tracked:
        place = target / Path(name).relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, place, follow_symlinks=False)


def _install(root: Path) -> None:
    build = "from setuptools import setup; setup()"
    command = [sys.executable, "-c", build, "-q", "build_py", "--build-lib", str(root / "site")]
    subprocess.run(command, cwd=root / "opt", check=True, capture_output=True)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    roots = {image: tmp_path_factory.mktemp(image) for image in IMAGES}
    for image, root in roots.items():
        lay_out(image, root)
    return roots


def ask(root: Path, code: str) -> str:
    """Returns the output of ``code``, run with only the image's files on the path."""
    env = {"PYTHONPATH": str(root / "site"), "PATH": "/usr/bin:/bin", "RECSYS_WORKSPACE": str(root / "workspace")}
    return subprocess.check_output(
        [sys.executable, "-c", f"import sys; sys.path[:0] = [{str(root / 'site')!r}]\n{code}"],
        env=env,
        cwd=root / "opt",
        text=True,
    ).strip()


def test_the_airflow_image_has_the_gate_and_the_configurations_to_compare(images: dict[str, Path]) -> None:
    root = images["airflow"]
    gate = ask(root, "from recsys_core.promotion import gate; print(gate.__file__); print(gate.SHIPPED.read_text())")
    assert gate.splitlines()[0].startswith(str(root / "site"))
    assert gate.splitlines()[1:] == (REPOSITORY / "mlflow" / "promotion.yaml").read_text().strip().splitlines()
    code = "from recsys_core.pipeline.compare import CONFIGS; print(*sorted(f.name for f in CONFIGS.glob('*.toml')))"
    assert ask(root, code).split() == sorted(file.name for file in (REPOSITORY / "mlflow/configs").glob("*.toml"))


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_has_every_file_that_lies_beside_its_code(images: dict[str, Path], image: str) -> None:
    for package in ("recsys_core", "spark_jobs"):
        tracked = subprocess.check_output(["git", "ls-files", package], cwd=REPOSITORY, text=True).split()
        beside = [name for name in tracked if not (REPOSITORY / name).is_symlink()]
        assert [name for name in beside if not (images[image] / "site" / name).is_file()] == []


def test_the_airflow_image_has_dags_plugins_and_job_scripts(images: dict[str, Path]) -> None:
    opt = images["airflow"] / "opt"
    for folder in ("dags", "plugins/recsys_airflow", "plugins/recsys_airflow/console", "spark_jobs/jobs"):
        wanted = {file.name for file in (REPOSITORY / folder).glob("*.py")}
        assert {file.name for file in (opt / folder).glob("*.py")} == wanted
    assert (opt / "spark_jobs" / "log4j2.json").is_file()
    assert (opt / "plugins" / ".airflowignore").is_file()


def test_the_web_image_has_templates_styles_and_placeholders(images: dict[str, Path]) -> None:
    tracked = subprocess.check_output(["git", "ls-files", "django_site"], cwd=REPOSITORY, text=True).split()
    assert [name for name in tracked if not (images["web"] / "opt" / name).is_file()] == []
