"""The web pod holds neither a learner nor a cluster: proven by what is loaded after serving pages."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.release_fixture import FixtureRelease

HEAVY = (
    "pandas",
    "tensorflow",
    "tf_keras",
    "keras",
    "torch",
    "transformers",
    "mlflow",
    "pyspark",
    "lightgbm",
    "evidently",
    "airflow",
    "s3fs",
    "aiobotocore",
    "botocore",
)
CORE = (
    "recsys_core",
    "recsys_core.airflow_client",
    "recsys_core.records",
    "recsys_core.store.artifacts",
    "recsys_core.store.image_files",
    "recsys_core.store.json_lines",
    "recsys_core.store.locks",
    "recsys_core.store.sync",
    "recsys_core.contracts",
    "recsys_core.erasure",
    "recsys_core.workspace",
    "recsys_core.serving",
    "recsys_core.search.analysis",
    "recsys_core.search.synonyms",
)
REPOSITORY = Path(__file__).parents[3]
SCRIPT = """
import sys
from config.wsgi import application
from django.core.management import call_command
from django.test import Client
from ops import metrics

call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
client = Client(headers={"Host": "localhost"})
for path in ("/", "/c/", "/search?q=dress", "/p/0100000001/", "/img/0100000002.jpg", "/readyz"):
    assert client.get(path).status_code == 200, path
client.force_login(User.objects.get_or_create(username="boss", is_staff=True, is_superuser=True)[0])
for path in ("/staff/", "/staff/articles/", "/staff/articles/0100000001/", "/staff/rules/", "/staff/what-if/"):
    assert client.get(path).status_code == 200, path
assert client.post("/staff/what-if/", {"purchased": "exclude", "label_days": 7}).status_code == 200
assert b"shop_requests_total" in metrics.exposition()
print("\\n".join(sys.modules))
"""


def loaded_modules(workspace: Path) -> set[str]:
    environment = {
        **os.environ,
        "RECSYS_WORKSPACE": str(workspace),
        "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'django_site'}",
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_serving_pages_loads_nothing_that_learns(fixture_release: FixtureRelease) -> None:
    modules = loaded_modules(fixture_release.workspace.root)
    assert "django" in modules
    assert "recsys_core.serving.release" in modules
    assert not [name for name in modules if name.partition(".")[0] in HEAVY]
    core = {name for name in modules if name.partition(".")[0] == "recsys_core"}
    others = {name for name in core if not name.startswith(CORE[1:]) and name != "recsys_core"}
    assert others <= {"recsys_core.search", "recsys_core.store"}
