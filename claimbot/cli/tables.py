"""Claims, photos and numbers as tables for a terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from claimbot.queues import Lease
from claimbot.replay import Played
from claimbot.settings import Setting
from claimbot.store import Raised, StoredClaim


def local(moment: datetime, zone: str) -> str:
    """Return a moment as people read it."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def claims_table(found: Sequence[StoredClaim], zone: str) -> Table:
    """Return claims, a row each."""
    table = Table("claim", "sent", "due", "priority", "photos", "form", "status")
    for stored in found:
        claim = stored.claim
        table.add_row(
            claim.reference,
            local(claim.submitted_at, zone),
            local(stored.due_at, zone),
            claim.priority,
            str(len(claim.photos)),
            str(len(claim.form) or "-"),
            stored.decision or stored.status,
        )
    return table


def handovers_table(waiting: Sequence[Raised], zone: str) -> Table:
    """Return who waits for a person, a row each."""
    table = Table("reference", "since", "channel", "why", title="Waiting for a person")
    for call in waiting:
        reason = call.attention.reason
        since = local(call.raised_at, zone)
        table.add_row(call.attention.reference, since, call.key.channel, reason)
    return table


def claim_panel(stored: StoredClaim, lease: Lease | None, zone: str) -> RenderableType:
    """Return a claim as an adjuster wants it: what is due, what was sent, what was noticed."""
    claim = stored.claim
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold")
    facts.add_row("Policy", Text(claim.policy_number))
    facts.add_row("Sent", f"{local(claim.submitted_at, zone)} by {stored.key.channel}")
    facts.add_row("Due", f"{local(stored.due_at, zone)} ({claim.priority})")
    facts.add_row("Status", stored.decision or stored.status)
    if claim.flags:
        facts.add_row("Flags", ", ".join(claim.flags))
    for remark in claim.remarks:
        facts.add_row("Remark", Text(remark))
    for file in claim.form:
        facts.add_row("Form", f"{file.media_type} {file.sha256[:12]}")
    if lease:
        until = local(lease.expires_at, zone)
        facts.add_row("Held", f"by {lease.adjuster} until {until}, delivery {lease.attempt}")
        facts.add_row("Lease", lease.token)
    photos = Table("photo", "SHA-256", "taken in spite of", "flags", box=None, padding=(0, 2))
    for place, photo in enumerate(claim.photos, start=1):
        flaws, flags = ", ".join(photo.flaws) or "-", ", ".join(photo.flags) or "-"
        photos.add_row(str(place), photo.sha256[:12], flaws, flags)
    return Panel(Group(facts, "", photos), title=claim.reference, expand=False)


def photos_table(reports: Sequence[Mapping[str, Any]]) -> Table:
    """Return photos' verdicts and the main facts, a row each."""
    table = Table("photo", "format", "pixels", "sharpness", "brightness", "verdict", "flags")
    for seen in reports:
        facts = seen["facts"]
        size = f"{facts['width']} x {facts['height']}" if facts else "-"
        sharp = f"{facts['block']:.0f} / {facts['reblur']:.2f}" if facts else "-"
        bright = f"{facts['mean']:.0f}" if facts else "-"
        verdict = Text(", ".join(seen["flaws"]), "red") if seen["flaws"] else Text("fine", "green")
        table.add_row(
            Text(seen["file"]),
            facts["format"] if facts else "-",
            size,
            sharp,
            bright,
            verdict,
            ", ".join(seen["flags"]),
        )
    return table


def talks_table(played: Sequence[Played]) -> Table:
    """Return replayed conversations, a row each."""
    table = Table("conversation", "messages", "answers", "claim", "as written")
    for one in played:
        claims = ", ".join(stored.claim.reference for stored in one.claims) or "-"
        answers = sum(len(turn.bot) for turn in one.turns)
        verdict = Text("no", "red") if one.diff else Text("yes", "green")
        name = one.talk.path.stem
        table.add_row(name, str(len(one.turns)), str(answers), claims, verdict)
    return table


def settings_table(settings: Sequence[Setting]) -> Table:
    """Return settings, a row each."""
    table = Table("setting", "value", "from", "what it is")
    for setting in settings:
        about = Text(setting.description)
        table.add_row(setting.name, Text(setting.value), setting.origin, about)
    return table


def numbers_table(numbers: Mapping[str, object]) -> Table:
    """Return names and numbers."""
    table = Table(box=None, show_header=False)
    for name, number in numbers.items():
        table.add_row(name, str(number))
    return table
