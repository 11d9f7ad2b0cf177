"""Base of the configuration's sections, each of which stands beside its component."""

from pydantic import BaseModel, ConfigDict, ValidationError


class Section(BaseModel):
    """Settings of one component; unknown keys are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def described(error: ValidationError) -> str:
    """Each wrong setting with its value and the reason."""
    return "; ".join(f"{'.'.join(map(str, one['loc']))} = {one['input']!r}: {one['msg']}" for one in error.errors())
