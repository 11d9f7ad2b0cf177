"""All that Airflow's API says of its DAGs, of a run and of itself, and the pages of the console."""

from collections.abc import Iterator

from scripts.airflow_api import AirflowApi

GENERAL = ("connections", "variables", "config", "plugins", "providers", "assets", "importErrors", "eventLogs")
CONSOLE = ("now", "releases", "diff", "data", "lists", "quality")


def answers(api: AirflowApi, dag: str, run: str) -> Iterator[tuple[str, str]]:
    """Pairs of what was asked for and the answer."""
    token = {"Authorization": f"Bearer {api.token}", "Accept": "application/json"}

    def said(path: str) -> str:
        return api.http.get(f"/api/v2/{path}", headers=token).text

    yield from ((path, said(path)) for path in GENERAL)
    for each in sorted(api.dag_ids()):
        yield from ((path, said(path)) for path in (f"dags/{each}/details", f"dags/{each}/tasks", f"dagSources/{each}"))
    for task in api.get(f"dags/{dag}/dagRuns/{run}/taskInstances", limit=100)["task_instances"]:
        path = f"dags/{dag}/dagRuns/{run}/taskInstances/{task['task_id']}"
        yield task["task_id"], said(path)
        for entry in api.get(f"{path}/xcomEntries")["xcom_entries"]:
            yield f"{task['task_id']}: XCom {entry['key']}", said(f"{path}/xcomEntries/{entry['key']}")
        for attempt in range(1, int(task["try_number"] or 0) + 1):
            yield f"{task['task_id']}: log {attempt}", said(f"{path}/logs/{attempt}?full_content=true")
    for page in CONSOLE:
        yield page, api.http.get(f"/recsys/{page}", headers={"Cookie": f"_token={api.token}"}).text
