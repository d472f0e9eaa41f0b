"""What the API answers with, for its schema.  The values themselves are made by the desk."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from claimbot.claim import FormFile, Photo, Priority
from claimbot.exports.document import ClaimDocument, LeaseDocument
from claimbot.store import Status
from claimbot.store.tokens import Scope

REFERENCE = "CB-7K3M-Q21W"
LEASE_ID = "5f0c9b1e7a3d4c2f8b6a0d9e1c7f4b23"

ShownClaim = ClaimDocument  # as everywhere
ShownLease = LeaseDocument


class ShownClaims(BaseModel):
    """Some of the claims, last submitted first."""

    model_config = ConfigDict(title="Claims")

    claims: list[ShownClaim]
    next: str | None = Field(description="The `cursor` for those after them, if there may be any.")


class ShownNote(BaseModel):
    """What an adjuster wrote down about a claim."""

    model_config = ConfigDict(title="Note")

    id: int
    author: str
    text: str
    written_at: datetime


class ShownEvent(BaseModel):
    """Something that was done with a claim."""

    model_config = ConfigDict(title="Event", extra="allow")

    id: int
    at: datetime
    actor: str = Field(examples=["adjuster:els"])
    action: str = Field(examples=["claim leased"])
    detail: dict[str, Any] = Field(description="What more there is to say depends on the action.")
    text: str = Field(description="The note or the question.")


class ShownLine(BaseModel):
    """A message of the conversation."""

    model_config = ConfigDict(title="Line")

    at: datetime
    inbound: bool = Field(description="Whether the policyholder sent it.")
    body: str = Field(description="As the channel delivered it, or is to send it.")
    settled_at: datetime | None = Field(description="When it was handled, or sent.")
    failure: str | None


class ShownAsking(BaseModel):
    """A claim that waits for its policyholder's answer."""

    model_config = ConfigDict(title="Asking")

    reference: str = Field(examples=[REFERENCE])
    status: Status
    revision: int


class ShownDepth(BaseModel):
    """How many claims wait, are held, wait for a policyholder, or came back too often."""

    model_config = ConfigDict(title="Depth")

    ready: int
    delayed: int
    leased: int
    parked: int
    dead: int
    oldest_ready: datetime | None = Field(description="Since when the first of them is ready.")


class ShownHandover(BaseModel):
    """Someone who waits for a person, and what they gave so far."""

    model_config = ConfigDict(title="Handover", extra="allow")

    reference: str = Field(examples=[REFERENCE])
    reason: str
    channel: str
    since: datetime
    policy_number: str | None
    photos: list[Photo]
    form: list[FormFile] | None
    remarks: list[str]
    priority: Priority
    words: str
    files: list[str] = Field(description="SHA-256s of what came with the call.")


class ShownSink(BaseModel):
    """A system that is told of claims."""

    model_config = ConfigDict(title="Sink")

    id: str
    name: str = Field(examples=["https://claims.example/hooks#9f86d081"])
    configured: bool = Field(description="Whether it is told of what is new.")
    waiting: int = Field(description="How many events it has not confirmed yet.")
    oldest_waiting: datetime | None = Field(description="When the first of them happened.")
    dead: int = Field(description="How many events were given up.")
    disabled_at: datetime | None = Field(description="Since when it is told nothing.")
    reason: str | None = Field(description="Why it is not.")


class ShownDelivery(BaseModel):
    """An event that a sink was told of, or is to be."""

    model_config = ConfigDict(title="Delivery")

    id: int
    event_id: str = Field(examples=[f"{REFERENCE}:1"])
    type: str = Field(examples=["claim.submitted"])
    reference: str = Field(examples=[REFERENCE])
    state: Literal["waiting", "confirmed", "dead"]
    created_at: datetime
    tries: int
    next_try_at: datetime | None
    settled_at: datetime | None = Field(description="When it was confirmed, or given up.")
    failure: str | None = Field(description="What went wrong the last time.")


class ShownDeliveries(BaseModel):
    """Some of what a sink was told, newest first."""

    model_config = ConfigDict(title="Deliveries")

    deliveries: list[ShownDelivery]
    next: str | None = Field(description="The `cursor` for those after them, if there may be any.")


class ShownRedelivery(BaseModel):
    """How many events a sink is told again."""

    model_config = ConfigDict(title="Redelivery")

    events: int


class ShownToken(BaseModel):
    """A token of the API, without its secret."""

    model_config = ConfigDict(title="Token")

    name: str = Field(examples=["claim-system"])
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None = Field(description="Since when it can be used no more.")


class ShownNewToken(BaseModel):
    """A token that was made; note it down, for it is not shown again."""

    model_config = ConfigDict(title="NewToken")

    name: str = Field(examples=["claim-system"])
    token: str = Field(description="What is sent as `Authorization: Bearer`.")
    scopes: list[Scope]
