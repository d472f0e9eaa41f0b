"""What is taken from a request's JSON: what is asked for, in the type it is asked for in."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, field_validator

from claimbot.desk import LONGEST_TEXT

Words = Annotated[str, StringConstraints(pattern=r"\S", max_length=LONGEST_TEXT)]
"""What people read: something that is not just space."""


class Body(BaseModel):
    """The body of a request: strict types, and no member that is not known."""

    model_config = ConfigDict(strict=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _whole(cls, value: object) -> object:
        """Take 113.0 for 113: JSON does not tell them apart.  True stays what it is."""
        return int(value) if isinstance(value, float) and value.is_integer() else value
