"""Play a transcript through the real inbox, store, photos and queue, on a clock of its own."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import assert_never

from claimbot.app import App, build
from claimbot.channels import Outbound, Received
from claimbot.desk import Desk, as_json
from claimbot.errors import BadConfiguration, BadTranscript, ClaimbotError
from claimbot.replay.acts import (
    Act,
    Ask,
    Press,
    Release,
    Send,
    SendOther,
    Share,
    Tell,
    Wait,
    Write,
)
from claimbot.replay.script import CHAT, Script, payload_of
from claimbot.replay.talk import Group, Talk, difference, written_anew
from claimbot.settings import Settings
from claimbot.store import Status, StoredClaim

PACE = timedelta(seconds=20)  # between an answer and what is said to it
BREATH = timedelta(milliseconds=300)  # between the photos of an album, as Telegram delivers them
HOLD = timedelta(days=1)
ADJUSTER = "adjuster"
PATIENCE = timedelta(seconds=15)  # an answer that takes longer is one to silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the policyholder did in one go, and what the bot said to it."""

    user: str
    bot: tuple[Outbound, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A transcript that was played.

    ``claims`` are those it made, in order; ``text`` is the transcript with what the bot says now,
    and ``diff`` how that differs, empty when it does not.
    """

    talk: Talk
    turns: tuple[Turn, ...]
    claims: tuple[StoredClaim, ...]
    text: str
    diff: str

    def as_json(self) -> dict[str, object]:
        """Return what ``claimbot replay --json`` prints of it, ready for ``json.dumps``."""
        return {
            "file": str(self.talk.path),
            "ok": not self.diff,
            "turns": [
                {"user": turn.user, "bot": [message.text for message in turn.bot]}
                for turn in self.turns
            ],
            "claim": _claim_as_json(self.claims[-1]) if self.claims else None,
        }


def _claim_as_json(stored: StoredClaim) -> dict[str, object]:
    claim = as_json(stored, None)
    kept = ("sha256", "flaws", "flags")
    photos = [{name: photo[name] for name in kept} for photo in claim["photos"]]
    wanted = ("reference", "policy_number", "photos", "form")
    return {name: claim[name] for name in wanted} | {"photos": photos}


async def play(talk: Talk, folder: Path | None = None) -> Played:
    """Play a transcript in ``folder``, which keeps its database and photos, or in a passing one.

    Raises:
        BadTranscript: A setting of the transcript cannot be used, or a button is not there.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="claimbot-") as passing:
            return await play(talk, Path(passing))
    try:
        stage = _Stage(talk, folder)
    except BadConfiguration as error:
        raise BadTranscript(f"{talk.path}: {error}") from None
    try:
        return await stage.play()
    finally:
        stage.app.close()


class _NotOffered(Exception):
    """A button is pressed that the bot did not offer, or there is nothing for an adjuster."""


class _Stage:
    """An embedded claimbot with one chat and a clock that is set by hand."""

    def __init__(self, talk: Talk, folder: Path) -> None:
        self._talk = talk
        self._now = talk.start
        self._script = Script(talk.channel)
        self._ids = count()
        settings = stage_settings(folder).model_copy(
            update={
                "language": talk.language,
                "policies": talk.policies,
                "phone": talk.phone,
            }
        )
        self.app: App = build(
            settings,
            channels={talk.channel: self._script},
            clock=lambda: self._now,
            draw=_draws(talk.path.stem),
        )

    async def play(self) -> Played:
        turns = [await self._turn(group) for group in self._talk.groups]
        answers = [[written(message) for message in turn.bot] for turn in turns]
        claims = tuple(reversed(self.app.desk.newest()))
        now = written_anew(self._talk, answers, _outcome(self.app, claims))
        return Played(
            talk=self._talk,
            turns=tuple(turns),
            claims=claims,
            text=now,
            diff=difference(self._talk, now),
        )

    async def _turn(self, group: Group) -> Turn:
        told = len(self._script.said)
        for act in group.acts:
            try:
                await self._do(act)
            except _NotOffered as error:
                raise BadTranscript(f"{self._talk.path}:{group.number}: {error}") from None
        await self._settle(self._now + PATIENCE)
        self._now += PACE
        return Turn(user=group.said, bot=tuple(self._script.said[told:]))

    async def _do(self, act: Act) -> None:
        match act:
            case Write(text=text):
                await self._send("text", text)
            case Press(label=label):
                await self._send("press", self._button(label))
            case Share(latitude=latitude, longitude=longitude):
                await self._send("location", f"{latitude} {longitude}")
            case SendOther(kind=kind):
                await self._send("other", kind)
            case Send(paths=paths, caption=caption, as_file=as_file):
                for place, path in enumerate(paths):
                    kind = "file" if as_file else "photo"
                    await self._send(kind, caption if place == 0 else "", path)
            case Wait(length=length):
                until = self._now + length
                await self._settle(until)
                self._now = until
            case Ask(text=text, slot=slot):
                await self._acts(lambda desk: desk.ask(ADJUSTER, self._taken(), text, slot=slot))
            case Tell(text=text):
                name = self._handed_over() or self._taken()
                await self._acts(lambda desk: desk.tell(ADJUSTER, name, text))
            case Release():
                if not (name := self._handed_over()):
                    raise _NotOffered("nobody waits for a person here; have one asked for before")
                await self._acts(lambda desk: desk.release(ADJUSTER, name))
            case _:
                assert_never(act)

    async def _acts(self, act: Callable[[Desk], object]) -> None:
        """Let an adjuster do something.

        Raises:
            _NotOffered: It cannot be done as the conversation stands.
        """
        try:
            act(self.app.desk)
        except ClaimbotError as error:
            raise _NotOffered(str(error)) from None
        await self._work()

    def _taken(self) -> str:
        """Return the lease of the claim that the adjuster holds, or takes now.

        Raises:
            _NotOffered: There is none.
        """
        desk = self.app.desk
        held = next(iter(desk.held_by(ADJUSTER)), None) or desk.next(ADJUSTER, hold=HOLD)
        if held is None:
            raise _NotOffered("no claim is ready for an adjuster here; have one sent before")
        return held.lease.token

    def _handed_over(self) -> str:
        """Return the reference of who came last to wait for a person; "" if nobody does."""
        waiting = self.app.desk.handovers()
        return waiting[-1].reference if waiting else ""

    async def _send(self, kind: str, text: str, path: Path | None = None) -> None:
        payload = payload_of(kind, text, self._now, language=self._talk.language, path=path)
        name = str(next(self._ids))
        message = Received(channel=self._talk.channel, chat=CHAT, message_id=name, payload=payload)
        await self.app.worker.receive([message])
        await self._work()
        self._now += BREATH

    async def _work(self) -> None:
        """Do what is due, until nothing is."""
        while await self.app.worker.once() or await self.app.relay.once():
            pass

    async def _settle(self, until: datetime) -> None:
        """Let everything happen that becomes due until then; the clock stops at the last of it."""
        await self._work()
        while (due := self.app.store.next_due(self._now)) is not None and due <= until:
            self._now = due
            await self._work()

    def _button(self, label: str) -> str:
        """Return the id of the button that was offered last under this label.

        Raises:
            _NotOffered: There is none.
        """
        offers = [message.buttons for message in reversed(self._script.said) if message.buttons]
        for button in (button for buttons in offers for button in buttons):
            if button.label == label:
                return button.id
        last = " ".join(f"[{button.label}]" for button in offers[0]) if offers else "none at all"
        raise _NotOffered(f"the bot never offered [{label}]; its last choices: {last}")


def stage_settings(folder: Path) -> Settings:
    """Return settings that touch nothing but ``folder``, whatever the environment says."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    return Settings.model_construct(
        **defaults
        | {
            "database": f"sqlite:///{folder / 'claimbot.db'}",
            "photos": f"file:{folder / 'photos'}",
            "message_gap_seconds": 0.0,
        }
    )


def written(message: Outbound) -> str:
    """Return a message as a transcript shows it: its text, and its buttons on a last line."""
    buttons = " ".join(f"[{button.label}]" for button in message.buttons)
    return f"{message.text}\n{buttons}" if buttons else message.text


def _outcome(app: App, claims: Sequence[StoredClaim]) -> list[str]:
    """Return what the adjusters have, a line a claim and a line a call for a person."""
    lines = []
    for stored in claims:
        claim = stored.claim
        flags = sorted({*claim.flags, *(flag for photo in claim.photos for flag in photo.flags)})
        parts = (
            f"claim {claim.reference}",
            f"policy {claim.policy_number}",
            f"{len(claim.photos)} photos",
            f"form {len(claim.form) or 'none'}",
            f"priority {claim.priority}",
            *(f"remark: {remark}" for remark in claim.remarks),
            *(f"flag: {flag}" for flag in flags),
            *(("waits for an answer",) if stored.status is Status.ASKED else ()),
        )
        lines.append(", ".join(parts))
    calls = app.desk.handovers()
    lines += [f"person called: {call.reason}, {call.reference}" for call in calls]
    return lines or ["nothing in the queue"]


def _draws(seed: str) -> Callable[[int], int]:
    """Return a chance that is the same every time, so that a transcript's references are too."""

    def number(place: int) -> int:
        return int.from_bytes(sha256(f"{seed} {place}".encode()).digest())

    drawn = map(number, count())
    return lambda below: next(drawn) % below
