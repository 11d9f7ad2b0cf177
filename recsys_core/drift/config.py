"""Configuration of the drift report."""

from pydantic import Field

from recsys_core.section import Section


class DriftConfig(Section):
    """Comparison of the day's data with those that the serving models were trained on."""

    enabled: bool = True
    """False: no report is made, and no drift asks for a training."""
    retrain_after_days: int = Field(3, ge=1)
    """Days of data since the last training before a drift asks for the next one. A drift that a training does not end,
    or whose models the gate refused, does not train every night."""
    max_rows: int = Field(20_000, ge=100)
    """Customers, articles and purchases that are looked at, drawn at random beyond that; bounds time and memory."""
    min_rows: int = Field(200, ge=20)
    """Fewer values of a column, then or now, say too little; the column is not judged."""
    category_bound: float = Field(0.1, gt=0)
    """Jensen-Shannon distance (0 to 0.83) from which a column of categories drifted: a share of 40 % that became 26 %
    or 54 %, or 3 % of all rows in a category that was not there before."""
    number_bound: float = Field(0.25, gt=0)
    """Wasserstein distance in standard deviations from which a column of numbers drifted: all values moved by a quarter
    of a standard deviation, or 2.5 % of them by ten."""
    natural_factor: float = Field(1.5, ge=1)
    """A column of what sold drifted only if it moved by so many times the most that it moved between the shop's own
    past weeks at the same distance, so that seasons and small shops alarm nobody."""
    min_buyers: int = Field(200, ge=20)
    """Fewer buyers with a list of their own say too little about MAP@12 of the live lists."""
    max_buyers: int = Field(4000, ge=20)
    """Buyers on whom the live lists are measured, drawn at random beyond that."""
