import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


def test_a_boolean_is_one_of_a_few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAG", "Yes")
    assert env.boolean("FLAG", False) is True
    monkeypatch.setenv("FLAG", "0")
    assert env.boolean("FLAG", True) is False


@pytest.mark.parametrize("value", ["maybe", "2", "truthy"])
def test_an_odd_boolean_stops_the_start_and_names_itself(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FLAG", value)
    with pytest.raises(ImproperlyConfigured, match=f"FLAG='{value}': expected one of"):
        env.boolean("FLAG", False)


@pytest.mark.parametrize("value", ["localhost:8001", "http://[::1", "ftp://encoder", "http://", "http://host:port"])
def test_an_odd_address_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SERVER", value)
    with pytest.raises(ImproperlyConfigured, match=re.escape(f"SERVER='{value.rstrip('/')}': expected an address")):
        env.address("SERVER")


def test_an_address_may_be_missing_or_end_in_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.address("SERVER") == ""
    monkeypatch.setenv("SERVER", "http://encoder:8001/v1/")
    assert env.address("SERVER") == "http://encoder:8001/v1"


@pytest.mark.parametrize("value", ["-1", "1.5", "ten", "0"])
def test_an_integer_is_whole_and_not_too_small(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SIZE", value)
    with pytest.raises(ImproperlyConfigured, match="at least 1"):
        env.integer("SIZE", 24, low=1)


@pytest.mark.parametrize("value", ["0", "-3", "nan", "Infinity", "a"])
def test_a_factor_is_a_positive_number(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FACTOR", value)
    with pytest.raises(ImproperlyConfigured, match="FACTOR"):
        env.positive_decimal("FACTOR", "590")


def test_a_factor_is_read_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACTOR", "590.10")
    assert env.positive_decimal("FACTOR", "1") == Decimal("590.10")


def test_names_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", " a.example , b.example,")
    assert env.names("HOSTS", "") == ["a.example", "b.example"]


def test_a_relative_folder_does_not_depend_on_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_DIR", "var")
    assert env.folder("HOME_DIR", Path("x"), Path("/repository")) == Path("/repository/var")
    monkeypatch.setenv("HOME_DIR", "/elsewhere")
    assert env.folder("HOME_DIR", Path("x"), Path("/repository")) == Path("/elsewhere")


def test_sqlite_is_the_default_database_in_wal_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    database = env.database("DATABASE_URL", Path("/home/web/db.sqlite3"))
    assert database["NAME"] == "/home/web/db.sqlite3"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_a_postgresql_url_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:p%40ss@db.example:6432/web?sslmode=require")
    database = env.database("DATABASE_URL", Path("unused"))
    assert (database["USER"], database["PASSWORD"], database["HOST"]) == ("shop", "p@ss", "db.example")
    assert (database["PORT"], database["NAME"]) == (6432, "web")
    assert database["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("value", ["mysql://u:secret@h/db", "postgresql:///", "db.sqlite3", "sqlite://host/x"])
def test_another_database_is_refused_without_telling_its_password(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DATABASE_URL", value)
    with pytest.raises(ImproperlyConfigured, match="expected sqlite") as refused:
        env.database("DATABASE_URL", Path("unused"))
    assert "secret" not in str(refused.value)
