"""The database's files hold nothing of a customer whose account was deleted, not even in freed pages."""

from pathlib import Path

from tests.full.test_erasure import go_shopping
from tests.support.release_fixture import build_release
from tests.traces import traces_of


def test_a_deletion_leaves_nothing_in_the_database_and_others_alone(tmp_path: Path) -> None:
    published = build_release(tmp_path, articles=60, customers=20)
    goes = published.customer_ids[3]
    assert go_shopping(published.workspace.root, goes) == {"orders": 1, "users": 1}
    assert traces_of(goes, tmp_path / "web") == []
    assert traces_of("customer-who-stays", tmp_path / "web") == ["db.sqlite3"]
    assert goes in published.workspace.erasures()
    assert traces_of(goes, published.workspace.erased) == []
