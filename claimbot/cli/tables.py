"""Claims, photos and numbers as people read them in a terminal."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from claimbot.claim import Claim, Flag, Flaw, Photo, Priority
from claimbot.cli.context import printable
from claimbot.cli.phrases import EXTRA, FLAGS, FLAWS, PRIORITIES, REASONS, SLOTS
from claimbot.words import languages

if TYPE_CHECKING:  # `claimbot config` needs neither a queue nor a database
    from claimbot.cli.doctor import Check
    from claimbot.desk import Event, Handover
    from claimbot.queues import Depth, Lease
    from claimbot.replay import Played
    from claimbot.settings import Setting
    from claimbot.store import Counts, StoredClaim
    from claimbot.store.deliveries import Delivery, SinkState
    from claimbot.store.tokens import Token

STYLES = {Priority.HURT: "bold red", Priority.NOT_DRIVABLE: "yellow", Priority.NORMAL: ""}


def local(moment: datetime, zone: str) -> str:
    """Return a moment as people read it."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def claims_table(found: "Sequence[tuple[StoredClaim, Lease | None]]", zone: str) -> Table:
    """Return claims, a row each, and who holds them."""
    table = _table("claim", "due", "priority", "photos", "status")
    table.columns[0].no_wrap = True  # to be copied
    for stored, lease in found:
        claim = stored.claim
        table.add_row(
            claim.reference,
            local(stored.due_at, zone),
            Text(PRIORITIES[claim.priority], STYLES[claim.priority]),
            f"{len(claim.photos)} + form" if claim.form else str(len(claim.photos)),
            _typed(f"held by {lease.adjuster}") if lease else _status(stored),
        )
    return table


def tokens_table(found: "Sequence[Token]", zone: str) -> Table:
    """Return tokens, a row each."""
    table = _table("token", "allows", "last used", "revoked")
    for token in found:
        moments = (token.last_used_at, token.revoked_at)
        told = [local(moment, zone) if moment else "-" for moment in moments]
        table.add_row(_typed(token.name), " ".join(sorted(token.scopes)), *told)
    return table


def handovers_table(waiting: "Sequence[Handover]", zone: str) -> Table:
    """Return who waits for a person, a row each."""
    table = _table("waits for a person", "since", "by", "because")
    for call in waiting:
        since = local(call.since, zone)
        table.add_row(call.reference, since, call.channel, REASONS[call.reason])
    return table


def handover_panel(handover: "Handover", zone: str) -> RenderableType:
    """Return who waits for a person, and what they gave so far."""
    draft = handover.draft
    facts = _facts()
    facts.add_row("Waits", Text(handover.reference, "bold"))
    facts.add_row("Since", f"{local(handover.since, zone)} by {handover.channel}")
    facts.add_row("Because", REASONS[handover.reason])
    if handover.words:
        facts.add_row("Wrote", _typed(handover.words))
    if handover.files:
        facts.add_row("Added", f"{len(handover.files)} file(s); --files FOLDER writes them")
    if draft.is_empty:
        return facts
    number = draft.policy_number
    facts.add_row("Policy", _typed(number.number) if number else "not known yet")
    for remark in draft.remarks:
        facts.add_row("Remark", _typed(remark))
    facts.add_row("Form", ", ".join(file.media_type for file in draft.form) or "none")
    return Group(facts, "", _photos(draft.photos)) if draft.photos else facts


def claim_panel(
    stored: "StoredClaim", lease: "Lease | None", zone: str, now: datetime | None = None
) -> RenderableType:
    """Return a claim as an adjuster wants it: what is due, what was sent, what was noticed.

    With ``now``, it says how long there is until it is due.
    """
    claim = stored.claim
    facts = _facts()
    facts.add_row("Claim", Text(claim.reference, "bold"))
    facts.add_row("Priority", Text(PRIORITIES[claim.priority], STYLES[claim.priority]))
    since = f", in force since {claim.policy_since}" if claim.policy_since else ""
    facts.add_row("Policy", _typed(claim.policy_number + since))
    facts.add_row("Due", f"{local(stored.due_at, zone)}{_distance(stored, now)}")
    facts.add_row("Sent", f"{local(claim.submitted_at, zone)} by {stored.key.channel}")
    facts.add_row("Revision", str(stored.revision))
    if lease:
        until = local(lease.expires_at, zone)
        held = f"held by {lease.adjuster} until {until}, delivery {lease.attempt}"
        facts.add_row("Status", _typed(held))
        facts.add_row("Lease", lease.token)
    else:
        facts.add_row("Status", _status(stored))
    if claim.flags:
        facts.add_row("Noticed", _noticed((), claim.flags))
    if claim.place:
        facts.add_row("Place", f"{claim.place.latitude:.5f}, {claim.place.longitude:.5f}")
    for remark in claim.remarks:
        facts.add_row("Remark", _typed(remark))
    facts.add_row("Form", ", ".join(file.media_type for file in claim.form) or "none")
    parts = (_photos(claim.photos), _sightings(claim), _findings(stored))
    return Group(facts, *(line for part in parts if part.row_count for line in ("", part)))


def events_table(events: "Sequence[Event]", zone: str) -> Table:
    """Return what was done to a claim, a row each, with what was asked and noted."""
    table = _table("when", "who", "did", "in words")
    for event in events:
        slot = json.loads(event.detail).get("slot")
        photo = f" (photo {slot})" if slot else ""
        who = _typed(event.actor.removeprefix("adjuster:"))
        table.add_row(local(event.at, zone), who, event.action + photo, _typed(event.text))
    return table


def _facts() -> Table:
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    return facts


def photos_table(reports: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Return photos' verdicts and the main facts, a row each, then what the bot says of flaws."""
    table = _table("", "photo", "pixels", "block / reblur", "p5-mean-p95")
    for column in (table.columns[0], *table.columns[2:]):
        column.no_wrap = True
    refused: Counter[Flaw] = Counter()
    for seen in reports:
        pixels = sharp = light = "-"
        if facts := seen["facts"]:
            pixels = f"{facts['width']} x {facts['height']}"
            sharp = f"{facts['block']:.0f} / {facts['reblur']:.2f}"
            light = f"{facts['p5']}-{facts['mean']:.0f}-{facts['p95']}"
        flaws, flags = _noticed(seen["flaws"], ()), _noticed((), seen["flags"])
        verdict = Text("noted", "yellow") if flags else Text("fine", "green")
        photo = _typed(seen["file"])
        if flaws:
            verdict = Text("refused", "bold red")
            photo.append(f"\n{flaws}", "red").append(f" ({flags})" if flags else "")
        elif flags:
            photo.append(f"\n{flags}")
        table.add_row(verdict, photo, pixels, sharp, light)
        refused.update(map(Flaw, seen["flaws"]))
    return Group(table, "", _advice(refused)) if refused else table


def _advice(refused: Mapping[Flaw, int]) -> Table:
    """Return what the policyholders read of whom a photo is refused."""
    replies = languages()["en"].replies
    table = _table("refused for", "photos", "the policyholder reads")
    for flaw in Flaw:
        if flaw in refused:
            table.add_row(FLAWS[flaw], str(refused[flaw]), replies[f"advice.{flaw}"])
    return table


def talks_table(played: "Sequence[Played]") -> Table:
    """Return replayed conversations, a row each."""
    table = _table("conversation", "messages", "answers", "claim", "as written")
    for one in played:
        claims = ", ".join(stored.claim.reference for stored in one.claims) or "-"
        answers = sum(len(turn.bot) for turn in one.turns)
        verdict = Text("no", "red") if one.diff else Text("yes", "green")
        name = one.talk.path.stem
        table.add_row(name, str(len(one.turns)), str(answers), claims, verdict)
    return table


def settings_list(settings: "Sequence[Setting]") -> RenderableType:
    """Return settings: each with its value and where that is from, then what it is."""
    lines: list[RenderableType] = []
    for setting in settings:
        origin = "" if setting.origin == "default" else "bold"
        value = f" = {printable(setting.value)}" if setting.value else " is not set"
        told = f"  ({setting.origin})"
        lines.append(Text.assemble((setting.name, "bold"), value, (told, origin), overflow="fold"))
        lines.append(Padding(Text(setting.description, "dim"), (0, 0, 0, 4), expand=False))
    return Group(*lines)


def checks_list(checks: "Iterable[Check]") -> Table:
    """Return what was looked at, a row each."""
    table = Table.grid(padding=(0, 2))
    for check in checks:
        mark = Text("ok", "green") if check.ok else Text("failed", "bold red")
        table.add_row(mark, check.name, _typed(check.detail))
    return table


def queue_table(depth: "Depth", counts: "Counts", zone: str) -> Table:
    """Return how many claims there are of each kind, and who else waits for a person."""
    from claimbot.store.dead_letters import Direction

    lost = counts.undelivered
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    since = f", the first since {local(depth.oldest_ready, zone)}" if depth.oldest_ready else ""
    for number, meaning in (
        (depth.ready, f"ready{since}"),
        (depth.delayed, "given back for later"),
        (depth.leased, "held by an adjuster"),
        (depth.parked, "waiting for the policyholder"),
        (depth.dead, "dead letters: claims that came back too often"),
        (lost[Direction.MESSAGE], "dead letters: messages that could not be handled"),
        (lost[Direction.ANSWER], "dead letters: answers that could not be sent"),
        (counts.attention_open, "policyholders who wait for a person"),
    ):
        table.add_row(str(number), meaning)
    return table


def sinks_table(states: "Sequence[SinkState]", configured: Collection[str], zone: str) -> Table:
    """Return how the sinks are doing, a row each."""
    table = _table("sink", "waiting", "given up", "")
    for state in states:
        notes = [] if state.name in configured else ["not configured any more"]
        if state.oldest_waiting:
            notes.append(f"the oldest since {local(state.oldest_waiting, zone)}")
        if state.disabled_at:
            since = local(state.disabled_at, zone)
            notes.append(f"disabled since {since}: {state.reason}")
        waiting, dead = str(state.waiting), str(state.dead)
        table.add_row(_typed(state.name), waiting, dead, _typed("; ".join(notes)))
    return table


def deliveries_table(told: "Sequence[Delivery]", zone: str) -> Table:
    """Return what a sink was told and is to be told, a row each."""
    table = _table("event", "of", "on", "tries", "how it went")
    for one in told:
        how = one.state if one.failure is None else f"{one.state}: {one.failure}"
        at = local(one.settled_at or one.created_at, zone)
        table.add_row(one.event_id, one.event_type, at, str(one.tries), _typed(how))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _photos(photos: Sequence[Photo]) -> Table:
    table = _table("photo", "shows", "SHA-256", "noticed")
    for place, photo in enumerate(photos):
        shows = SLOTS[place] if place < len(SLOTS) else EXTRA
        noticed = _noticed(photo.flaws, photo.flags) or "-"
        table.add_row(str(place + 1), shows, photo.sha256[:12], noticed)
    return table


def _sightings(claim: Claim) -> Table:
    """Return which photos other claims have too, a row each."""
    table = _table("seen before", "in claim", "how")
    for seen in claim.sightings:
        turned = ", turned or mirrored" if seen.turned else ""
        how = "the same file" if seen.exact else f"{seen.distance} of 256 bits differ{turned}"
        table.add_row(_file(claim, seen.sha256), seen.reference, how)
    return table


def _findings(stored: "StoredClaim") -> Table:
    """Return what was found after the claim was sent, a row each."""
    table = _table("looked at", "found", "which")
    for found in stored.findings:
        name = _file(stored.claim, found.sha256)
        table.add_row(name, FLAGS[found.flag], _typed(found.detail))
    return table


def _file(claim: Claim, sha256: str) -> str:
    """Return what people call a file of a claim."""
    for place, photo in enumerate(claim.photos):
        if photo.sha256 == sha256:
            return f"photo {place + 1}"
    return "form"


def _noticed(flaws: Iterable[str], flags: Iterable[str]) -> str:
    words = [*(FLAWS[Flaw(flaw)] for flaw in flaws), *(FLAGS[Flag(flag)] for flag in flags)]
    return ", ".join(words)


def _typed(text: str) -> Text:
    """Return what somebody wrote, as it is: it may look like markup, or steer the terminal."""
    return Text(printable(text))


def _status(stored: "StoredClaim") -> str:
    if stored.decision:
        return stored.decision
    return {"asked": "policyholder was asked"}.get(stored.status, stored.status)


def _distance(stored: "StoredClaim", now: datetime | None) -> str:
    """Say how far away the due time is, while it matters."""
    if stored.decision or now is None:
        return ""
    left = stored.due_at - now
    return f", in {_length(left)}" if left > timedelta() else f", {_length(-left)} ago"


def _length(span: timedelta) -> str:
    units = (("days", timedelta(days=1)), ("h", timedelta(hours=1)))
    for name, unit in units:
        if span >= 2 * unit:
            return f"{span // unit} {name}"
    return f"{span // timedelta(minutes=1)} min"
