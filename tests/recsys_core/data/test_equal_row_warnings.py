"""Warnings of the ingest report about purchases that two files hold."""

from recsys_core.data.report.equal_rows import EqualRows, equal_warnings


def warnings(*pairs: EqualRows) -> list[str]:
    return list(equal_warnings(pairs))


def test_half_of_a_file_is_much_and_less_is_not() -> None:
    assert warnings(EqualRows("a.csv", "b.csv", rows=20, of=41)) == []
    (said,) = warnings(EqualRows("a.csv", "b.csv", rows=20, of=40))
    assert said.startswith(
        "20 of 40 purchases in a.csv equal purchases in b.csv (day, customer, article, price, channel)"
    )


def test_a_few_equal_purchases_are_no_matter_even_if_they_are_the_whole_file() -> None:
    assert warnings(EqualRows("a.csv", "b.csv", rows=19, of=19)) == []


def test_many_small_files_that_one_repeats_are_one_sentence() -> None:
    days = [EqualRows(f"day{number}.csv", "year.csv", rows=5, of=6) for number in range(4)]
    (said,) = warnings(*days)
    assert said.startswith(
        "20 of 24 purchases in 4 files (day0.csv, day1.csv, day2.csv, ...) equal purchases in year.csv"
    )


def test_after_five_sentences_the_rest_is_counted() -> None:
    said = warnings(*(EqualRows(f"{number}.csv", f"{number}_again.csv", rows=30, of=30) for number in range(8)))
    assert len(said) == 6
    assert said[-1] == "so it is with 3 more files: the report lists their equal purchases"
