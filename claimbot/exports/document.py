"""What a claim is outside claimbot: the JSON of commands, API, sinks and exports, and its schema.

Members are added in time; if one ever changes its meaning or goes, `VERSION` goes up and the old
schema stays beside the new one.
"""

from datetime import date, datetime
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from claimbot.claim import Finding, Flag, FormFile, Photo, Place, Priority, Sighting
from claimbot.store import Status

VERSION = 1
NAME = f"claim-{VERSION}.schema.json"


class LeaseDocument(BaseModel):
    """A hold on a claim, until ``expires_at``."""

    model_config = ConfigDict(title="Lease", extra="allow")

    id: str = Field(examples=["5f0c9b1e7a3d4c2f8b6a0d9e1c7f4b23"])
    adjuster: str
    attempt: int = Field(ge=1, description="Which delivery of the claim it is, from 1.")
    expires_at: datetime


class ClaimDocument(BaseModel):
    """A claim as its policyholder sent it, and what became of it."""

    model_config = ConfigDict(title="Claim", extra="allow")

    reference: str = Field(examples=["CB-7K3M-Q21W"])
    revision: int = Field(ge=1, description="Counts its changes.")
    language: str = Field(examples=["nl"])
    policy_number: str
    photos: list[Photo] = Field(description="The three that are asked for, then any others.")
    form: list[FormFile] | None = Field(description="The claim form; null when they have none.")
    remarks: list[str] = Field(description="What the policyholder wrote besides.")
    priority: Priority
    flags: list[Flag]
    submitted_at: datetime
    policy_since: date | None = Field(description="From when the policy is in force, if known.")
    place: Place | None = Field(description="Where they said the car is.")
    sightings: list[Sighting] = Field(description="Photos that another claim has too.")
    findings: list[Finding] = Field(description="What was found in its files later.")
    channel: str = Field(examples=["telegram"])
    status: Status
    due_at: datetime
    decision: str | None
    decided_at: datetime | None
    lease: LeaseDocument | None = Field(description="Who holds it now; null in exports.")


class _Complete(GenerateJsonSchema):
    """Says of every member that it is there: what we write has no member less."""

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,  # noqa: FBT001 pydantic's
    ) -> bool:
        del field, total
        return True


def claim_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a claim, made of the types."""
    made = ClaimDocument.model_json_schema(mode="serialization", schema_generator=_Complete)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:claimbot:schema:claim-{VERSION}",
        **made,
    }


def published_schema() -> str:
    """Return the text of the schema that ships with claimbot."""
    return files("claimbot.exports").joinpath(NAME).read_text(encoding="utf-8")
