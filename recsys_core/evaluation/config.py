"""Configuration of the validation of newly trained models."""

from pydantic import Field

from recsys_core.section import Section


class ValidationConfig(Section):
    """Validation of newly trained models on the last complete label window, before they serve."""

    max_customers: int = Field(4000, ge=10)
    """Buyers of the window who are measured, drawn at random beyond that; bounds the time."""
