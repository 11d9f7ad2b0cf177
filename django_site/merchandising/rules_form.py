"""The form of another rule set. Left empty, a setting stays as it is; what is filled in becomes ``key=value``.

It names the settings of ``recsys_core.rules.config.RulesConfig``, which the web process must not import; a test
compares.
"""

import json
import math
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

OFF: Final = "off"
AS_IT_IS: Final = ("", "as it is")
ATTRIBUTES: Final = (
    "index_group_name",
    "index_name",
    "section_name",
    "department_name",
    "product_group_name",
    "product_type_name",
)
MAX_TRIED_DAYS: Final = 56
MAX_TRIED_GROUPS: Final = 20


class Number(forms.CharField):
    """A number in bounds, or "off" where the rule can be; its value is TOML."""

    def __init__(
        self,
        label: str,
        default: str,
        *,
        low: float | None = None,
        above: float | None = None,
        high: float = math.inf,
        whole: bool = False,
        off: bool = False,
    ) -> None:
        self.low, self.above, self.high, self.whole, self.off = low, above, high, whole, off
        self.default = default
        widget = forms.TextInput(attrs={"size": 8})
        super().__init__(
            label=label, required=False, max_length=20, widget=widget, help_text=f"{self.expected}; default {default}"
        )

    @property
    def expected(self) -> str:
        """Accepted values in words: "a whole number of 1 to 182, or off"."""
        kind = "a whole number" if self.whole else "a number"
        low = f"above {self.above:g}" if self.low is None else f"of at least {self.low:g}"
        bounds = low if self.high == math.inf else f"of {self.low:g} to {self.high:g}"
        return f"{kind} {bounds}{', or off' if self.off else ''}"

    def to_python(self, value: Any) -> str:
        typed = str(super().to_python(value)).strip().lower().replace(",", ".")
        if not typed:
            return ""
        if typed == OFF and self.off:
            return "false"
        number = self._number(typed)
        if number is None:
            raise ValidationError(f"{typed!r}: expected {self.expected}; empty leaves it as it is.")
        return str(int(number)) if self.whole else repr(number)

    def _number(self, typed: str) -> float | None:
        try:
            number = float(int(typed)) if self.whole else float(typed)
        except (ValueError, OverflowError):
            return None
        in_bounds = math.isfinite(number) and number <= self.high
        in_bounds &= (self.low is None or number >= self.low) and (self.above is None or number > self.above)
        return number if in_bounds else None


class Groups(forms.CharField):
    """Names of groups, separated by commas, or "off"; its value is TOML."""

    def to_python(self, value: Any) -> str:
        typed = str(super().to_python(value)).strip()
        if not typed:
            return ""
        if typed.lower() == OFF:
            return "[]"
        names = [name.strip() for name in typed.split(",") if name.strip()]
        if not names or len(names) > MAX_TRIED_GROUPS or not typed.isprintable():
            raise ValidationError(f"Expected one to {MAX_TRIED_GROUPS} names, separated by commas, or off.")
        return json.dumps(names, ensure_ascii=False)


def _choice(label: str, default: str, *choices: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[AS_IT_IS, *((c, c) for c in choices)], help_text=f"default {default}"
    )


class WhatIfForm(forms.Form):
    sold_within_days = Number("Sold in the last days", "60", low=1, whole=True, off=True)
    region_min_share = Number("Least share of its even share of sales there", "0.02", low=0, high=1, off=True)
    region_min_expected = Number("Expected purchases to judge by", "20", above=0)
    season_min_share = Number("Least share of its even share around this date", "0.1", low=0, high=1, off=True)
    season_days = Number("Days around this date", "30", low=1, high=182, whole=True)
    season_min_sales = Number("Sales to judge a product type by", "200", low=1, whole=True)
    channel_min_share = Number("Least share of the article's sales", "0.02", low=0, high=1, off=True)
    channel_min_sales = Number("Sales to judge an article by", "100", low=1, whole=True)
    price_band = Number("At most this multiple of the customer's highest price", "4", above=0, off=True)
    price_floor = Number("At least this multiple of the customer's lowest price", "0.25", above=0, off=True)
    min_purchases_to_judge = Number("Purchases to judge a customer by", "2", low=1, whole=True)
    only_if_bought = Groups(
        label="Only for who bought of them",
        required=False,
        max_length=200,
        help_text="names separated by commas, or off; default Baby/Children",
    )
    only_if_bought_attribute = _choice("What names those groups", "index_group_name", *ATTRIBUTES)
    purchased = _choice("What the customer already has", "allow", "allow", "exclude")
    purchased_within_days = Number("Bought in the last days", "off: ever", low=1, whole=True, off=True)
    one_per_product_code = _choice("Only the best colour of a product", "off", "on", OFF)
    label_start = forms.DateField(
        label="First label day",
        required=False,
        widget=forms.DateInput(attrs={"placeholder": "YYYY-MM-DD", "size": 12}),
        help_text="of a backtest (recsys evaluate): adds MAP@12 and recall; empty: the lists of all customers",
    )
    label_days = forms.IntegerField(label="Label days", min_value=1, max_value=MAX_TRIED_DAYS, initial=7)

    RULES = (
        ("Availability", ("sold_within_days",)),
        ("Location", ("region_min_share", "region_min_expected")),
        ("Season", ("season_min_share", "season_days", "season_min_sales")),
        ("Channel", ("channel_min_share", "channel_min_sales")),
        ("Price range and customer type", ("price_band", "price_floor", "min_purchases_to_judge")),
        ("Customer type", ("only_if_bought", "only_if_bought_attribute")),
        ("Purchased", ("purchased", "purchased_within_days")),
        ("One per product", ("one_per_product_code",)),
    )
    MEASURED_ON = ("label_start", "label_days")

    def rules(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of each rule under its name, for the page."""
        return [(title, [self[key] for key in keys]) for title, keys in self.RULES]

    def measured_on(self) -> list[forms.BoundField]:
        return [self[key] for key in self.MEASURED_ON]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.changes():
            raise ValidationError("Nothing is changed: fill in at least one setting.")
        return cleaned

    def changes(self) -> list[str]:
        """``key=value`` of what was filled in, as ``recsys what-if --set`` takes it."""
        written = {key: self.cleaned_data.get(key) for _, keys in self.RULES for key in keys}
        if written["one_per_product_code"]:
            written["one_per_product_code"] = "false" if written["one_per_product_code"] == OFF else "true"
        return [f"{key}={value}" for key, value in written.items() if value]
