from pathlib import Path

from recsys_core.store.json_lines import append_line, read_lines


def test_records_come_back_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "records.jsonl"
    assert list(read_lines(file)) == []
    for number in (1, 2):
        append_line(file, {"number": number, "text": "two\nlines"})
    assert [record["number"] for record in read_lines(file)] == [1, 2]
    assert len(file.read_text().splitlines()) == 2


def test_what_is_no_record_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text('{"number": 1}\n7\n{"numb')
    assert list(read_lines(file)) == [{"number": 1}]
