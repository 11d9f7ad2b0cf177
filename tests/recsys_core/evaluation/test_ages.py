import numpy as np
import pytest

from recsys_core.evaluation.ages import age_rows, age_table


def test_ages_are_compared_with_the_first_customer_by_customer() -> None:
    precision = np.array([[0.5, 0.4], [0.2, 0.1], [0.0, -0.1], [0.9, 0.8]])  # each customer loses 0.1
    recall = np.array([[0.5, 0.5], [0.3, 0.3], [0.0, 0.0], [0.8, 0.8]])

    youngest, older = age_rows([0, 7], precision, recall)

    assert (youngest["models_age"], older["models_age"]) == (0, 7)
    assert (youngest["map_at_12"], youngest["difference"]) == (pytest.approx(0.4), 0.0)
    assert youngest["difference_interval"] == (0.0, 0.0)
    assert (older["map_at_12"], older["difference"]) == (pytest.approx(0.3), pytest.approx(-0.1))
    assert older["difference_interval"] == pytest.approx((-0.1, -0.1))  # paired: the customers' own spread is no noise
    low, high = older["interval"]
    assert high - low > 0.3
    assert (older["recall_at_100"], older["recall_difference"]) == (pytest.approx(0.4), 0.0)


def test_a_difference_that_customers_do_not_share_has_a_wide_interval() -> None:
    precision = np.array([[0.5, 0.9], [0.5, 0.1]] * 10)
    _, older = age_rows([1, 3], precision, precision)
    low, high = older["difference_interval"]
    assert low < -0.1 < 0.1 < high


def test_the_table_has_a_row_an_age() -> None:
    precision = np.full((3, 2), 0.25) - np.array([0.0, 0.125])
    assert age_table(age_rows([0, 14], precision, precision)).splitlines()[2:] == [
        "| 0 | 0.2500 | 0.2500 to 0.2500 | +0.0000 | +0.0000 to +0.0000 | 0.2500 | +0.0000 | +0.0000 to +0.0000 |",
        "| 14 | 0.1250 | 0.1250 to 0.1250 | -0.1250 | -0.1250 to -0.1250 | 0.1250 | -0.1250 | -0.1250 to -0.1250 |",
    ]
