import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import REPOSITORY, Environment, database, read_environment
from config.mail_server import mail_server


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Environment.model_fields:
        monkeypatch.delenv(name, raising=False)


def read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Environment:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_environment()


def refusal(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        read(monkeypatch, **variables)
    return str(refused.value)


def test_a_boolean_is_one_of_a_few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    env = read(monkeypatch, DEBUG="Yes", EXPORT_ORDERS_AT_ONCE="0")
    assert (env.DEBUG, env.EXPORT_ORDERS_AT_ONCE) == (True, False)


@pytest.mark.parametrize("value", ["maybe", "2", "truthy"])
def test_an_odd_boolean_stops_the_start_and_names_itself(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert refusal(monkeypatch, DEBUG=value) == f"DEBUG='{value}': expected one of 1, true, yes, on, 0, false, no, off"


@pytest.mark.parametrize("value", ["localhost:8001", "http://[::1", "ftp://encoder", "http://", "http://host:port"])
def test_an_odd_address_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    said = refusal(monkeypatch, IMAGE_ENCODER_URL=value)
    assert said == f"IMAGE_ENCODER_URL='{value}': expected an address such as http://127.0.0.1:8080"


def test_an_address_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, AIRFLOW_API="").AIRFLOW_API is None
    assert str(read(monkeypatch, AIRFLOW_API=" http://airflow:8080/v1 ").AIRFLOW_API) == "http://airflow:8080/v1"


@pytest.mark.parametrize("value", ["-1", "1.5", "ten", "0"])
def test_an_integer_is_whole_and_not_too_small(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    expected = "(greater than or equal to 1|a valid integer, .*)"
    assert re.fullmatch(f"PAGE_SIZE='{value}': expected {expected}", refusal(monkeypatch, PAGE_SIZE=value))


@pytest.mark.parametrize("value", ["0", "-3", "nan", "Infinity", "a"])
def test_a_factor_is_a_positive_number(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert refusal(monkeypatch, PRICE_FACTOR=value).startswith(f"PRICE_FACTOR='{value}': expected ")


def test_a_factor_is_read_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Decimal("590.10") == read(monkeypatch, PRICE_FACTOR="590.10").PRICE_FACTOR


@pytest.mark.parametrize("value", ["-0.1", "1.5", "nan", "half"])
def test_a_share_is_between_0_and_1(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert f"EXPERIMENT_SHARE='{value}': expected " in refusal(monkeypatch, EXPERIMENT_SHARE=value)


def test_a_choice_names_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, EXPERIMENT="third")
    assert said == "EXPERIMENT='third': expected '', 'second_ranker' or 'varied'"


def test_the_privacy_text_is_a_file_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, PRIVACY_TEXT="README.md").PRIVACY_TEXT == REPOSITORY / "README.md"
    assert refusal(monkeypatch, PRIVACY_TEXT="no.html") == "PRIVACY_TEXT='no.html': expected a file that exists"


@pytest.mark.parametrize(
    ("value", "host", "port", "tls", "ssl"),
    [
        ("smtp://relay", "relay", 25, False, False),
        ("smtp+starttls://shop:p%40ss@mail.example", "mail.example", 587, True, False),
        ("smtps://shop:p%40ss@mail.example:4650", "mail.example", 4650, False, True),
    ],
)
def test_a_mail_server_is_taken_apart(
    monkeypatch: pytest.MonkeyPatch, value: str, host: str, port: int, tls: bool, ssl: bool
) -> None:
    found = read(monkeypatch, EMAIL_URL=value).EMAIL_URL
    keys = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL", "EMAIL_HOST_PASSWORD")
    assert [found[key] for key in keys] == [host, port, tls, ssl, "p@ss" if "@" in value else ""]


def test_mails_are_written_to_the_log_on_purpose_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch).EMAIL_URL == {}
    assert mail_server("console:") == read(monkeypatch, EMAIL_URL="console:").EMAIL_URL
    assert mail_server("console:")["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize(
    "value",
    ["mail.example", "http://mail.example", "smtp://", "smtp://shop@mail.example", "smtps://u:secret@h:port",
     "smtps://u:secret@h/path", "smtps://u:secret@h:0"],
)  # fmt: skip
def test_another_mail_server_is_refused_without_telling_its_password(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    said = refusal(monkeypatch, EMAIL_URL=value)
    assert said.startswith("EMAIL_URL: expected console: or smtp://host:25 or smtp+starttls://user:password@host:587")
    assert "secret" not in said


def test_mails_come_from_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(monkeypatch, EMAIL_FROM="shop") == "EMAIL_FROM='shop': expected an e-mail address"


def test_names_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, ALLOWED_HOSTS=" a.example , b.example,").ALLOWED_HOSTS == ["a.example", "b.example"]


def test_a_relative_folder_does_not_depend_on_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(monkeypatch).RECSYS_WORKSPACE == REPOSITORY / "var"
    assert read(monkeypatch, RECSYS_WORKSPACE="mine").RECSYS_WORKSPACE == REPOSITORY / "mine"
    assert Path("/elsewhere") == read(monkeypatch, RECSYS_WORKSPACE="/elsewhere").RECSYS_WORKSPACE


def test_the_workspace_of_an_earlier_version_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECSYS_WORKSPACE", raising=False)
    said = refusal(monkeypatch, RECSYS_HOME="/data/recsys")
    assert said == "RECSYS_HOME=/data/recsys is not read any more: set RECSYS_WORKSPACE"


def test_every_odd_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refusal(monkeypatch, DEBUG="maybe", WEB_WORKERS="0").splitlines()
    assert [line.partition("=")[0] for line in lines] == ["DEBUG", "WEB_WORKERS"]


def test_a_short_secret_key_is_refused_without_telling_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(monkeypatch, SECRET_KEY="hunter2") == "SECRET_KEY: expected at least 32 characters"


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = dict.fromkeys(("SECRET_KEY", "MILVUS_TOKEN", "AIRFLOW_TOKEN", "AIRFLOW_PASSWORD"), "hunter2" * 5)
    env = read(monkeypatch, DATABASE_URL="postgresql://shop:hunter2@db.example/web", **secrets)
    assert env.AIRFLOW_PASSWORD == "hunter2" * 5
    assert "hunter2" not in repr(env)


def test_a_database_in_a_file_has_a_write_ahead_log(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch).DATABASE_URL == {}
    found = read(monkeypatch, DATABASE_URL="sqlite:////home/my%20web/db.sqlite3").DATABASE_URL
    assert found["NAME"] == "/home/my web/db.sqlite3"
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]


def test_a_postgresql_url_is_taken_apart() -> None:
    found = database("postgresql://shop:p%40ss@db.example:6432/web?sslmode=require")
    assert (found["USER"], found["PASSWORD"], found["HOST"]) == ("shop", "p@ss", "db.example")
    assert (found["PORT"], found["NAME"]) == (6432, "web")
    assert found["OPTIONS"] == {"sslmode": "require"}
    assert database("postgres://shop@[::1]/web")["HOST"] == "::1"


@pytest.mark.parametrize(
    "value",
    [
        "mysql://u:secret@h/db",
        "postgresql:///",
        "postgresql://u:secret@/db",
        "postgresql://u:secret@h:port/db",
        "postgresql://u:secret@h:99999/db",
        "db.sqlite3",
        "sqlite://host/x",
    ],
)
def test_another_database_is_refused_without_telling_its_password(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    said = refusal(monkeypatch, DATABASE_URL=value)
    assert said.startswith("DATABASE_URL: expected sqlite:///path/to/file or postgresql://")
    assert "secret" not in said
