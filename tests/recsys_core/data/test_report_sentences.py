from recsys_core.data.report.currency import Currency
from recsys_core.data.report.facts import FileFacts, Finding, IngestFacts
from recsys_core.data.report.page import render, sentences


def test_the_lines_for_logs_show_no_row_the_page_does() -> None:
    facts = IngestFacts(
        tables="k",
        files=[FileFacts("customers.csv", "customers", "csv", 3, 2, 2, 1, 0)],
        bad=[Finding("customers.csv", "repeated id", 1, 4, "anna-1,19")],
        noted=[Finding("customers.csv", "age is not an age from 0 to 120: taken for absent", 1, 2, "199")],
        not_read=[],
        equal=[],
        rows_per_day={"2020-09-01": 1},
        purchases=1,
        buyers=1,
        buyers_with_profile=0,
        customers=3,
        articles=1,
        articles_with_name=1,
        articles_with_image=0,
        price={"min": 1.0, "median": 1.0, "max": 1.0},
        currency=Currency("", "no file names one"),
        few_profiles=True,
        example_ids="'carl' bought, 'dora' has a profile",
        warnings=["1 of 1 buyers have no profile"],
    )
    lines = list(sentences(facts))
    assert "quarantined: repeated id: 1 in customers.csv, first line 4" in lines
    assert "attention: 1 of 1 buyers have no profile" in lines
    assert not [line for line in lines for secret in ("anna-1", "199", "carl", "dora") if secret in line]
    page = render(facts)
    assert all(secret in page for secret in ("anna-1,19", "199", "carl", "dora"))
