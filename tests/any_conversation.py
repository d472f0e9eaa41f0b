"""Conversations at random: events of every kind, in any order, at any time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from claimbot.claim import Amendment, Claim, Flag, Flaw, Place, Priority
from claimbot.conversation import (
    Amend,
    Asked,
    Asking,
    Conversation,
    Effect,
    Elapsed,
    Event,
    Left,
    Pressed,
    Released,
    Said,
    Say,
    SentForm,
    SentPhoto,
    SentUnusable,
    SharedPlace,
    Submit,
    Told,
    Unusable,
    step,
    wake_at,
)
from claimbot.words import Choice, languages
from tests import builders
from tests.builders import NOON, NUMBER, OTHER_NUMBER, REFERENCE, UNKNOWN_NUMBER, words


@dataclass(frozen=True)
class Move:
    """What happens some time after the move before; ``awake`` is false when the bot is down."""

    after: timedelta
    event: Event
    awake: bool


@dataclass(frozen=True)
class Turn:
    """One step of a conversation."""

    was: Conversation
    event: Event
    now: Conversation
    effects: tuple[Effect, ...]

    @property
    def said(self) -> Say:
        """Return the message, an empty one when the bot was silent."""
        return next((did for did in self.effects if isinstance(did, Say)), Say(()))

    @property
    def keys(self) -> set[str]:
        """Return the keys of all sentences."""
        return {line.key for line in self.said.lines}

    @property
    def claims(self) -> list[Claim]:
        """Return what was submitted."""
        return [did.claim for did in self.effects if isinstance(did, Submit)]

    @property
    def amendments(self) -> list[Amendment]:
        """Return what joined a claim that was sent."""
        return [did.amendment for did in self.effects if isinstance(did, Amend)]


def phrases() -> Iterator[str]:
    """Yield everything that the bot understands, and much that policyholders say."""
    for language in languages().values():
        yield from language.labels.values()
        yield from language.names
        yield from language.stranded
        for known in (*language.heard.values(), *language.mentions.values()):
            yield from known
    yield from ("niemand gewond", "mijn vrouw is gewond", "she is bleeding", "112", "1", "2", "3")
    yield from (
        "7",
        "foto 2",
        "😀",
        "",
        " ",
        "/start",
        "/stop@bot",
        "kenteken AB-123-C",
        "0612345678",
    )
    yield from (NUMBER, OTHER_NUMBER, UNKNOWN_NUMBER, builders.UNVERIFIED_NUMBER, "12345678")
    yield from (f"mijn polis {NUMBER} denk ik wel", f"{NUMBER} of {OTHER_NUMBER}", "12 34 5")
    yield from ("Er zit een deuk in de deur en de spiegel is eraf.", "x" * 5000)


PHRASES = tuple(dict.fromkeys(phrases()))
PICTURES = ("a", "a again", "b", "c", "c again", "d", "e", "f", "g", "h", "i", "j", "k", "l")

texts = st.one_of(st.sampled_from(PHRASES), st.text(max_size=30)).map(words)
captions = st.one_of(st.just(words("")), st.just(words("")), texts)
flaws = st.one_of(st.just(()), st.just(()), st.sampled_from(Flaw).map(lambda flaw: (flaw,)))
flags = st.one_of(st.just(()), st.sampled_from(Flag).map(lambda flag: (flag,)))
photos = st.builds(
    lambda name, flaws, flags: builders.photo(name, *flaws, flags=flags),
    st.sampled_from(PICTURES),
    flaws,
    flags,
)
sent_photos = st.builds(SentPhoto, photos, st.just("image/jpeg"), captions, st.just(NOON))
places = st.builds(Place, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))
EARLIER = Claim(
    reference="CB-EARL-1ER0",
    language="en",
    policy_number=OTHER_NUMBER,
    photos=tuple(map(builders.photo, ("c", "old", "older"))),
    form=(),
    remarks=(),
    priority=Priority.NORMAL,
    flags=(),
    submitted_at=NOON - timedelta(days=9),
)
questions = st.one_of(
    st.sampled_from(("", "Wie reed er?", "Is the car with a garage? {or} not", "w " * 1000)),
    st.text(max_size=30),
)
acts = st.one_of(
    st.builds(
        Asked,
        questions,
        st.one_of(st.none(), st.integers(1, 3), st.integers(-1, 12)),
        st.just(EARLIER),
        st.just(NOON),
    ),
    st.builds(Told, st.text(min_size=1, max_size=30), st.just(NOON)),
    st.just(Released(NOON)),
)
events: st.SearchStrategy[Event] = st.one_of(
    acts,
    st.builds(Said, texts, st.just(NOON)),
    st.builds(Said, st.sampled_from(PHRASES).map(words), st.just(NOON)),
    st.builds(Pressed, st.sampled_from(Choice).map(str), st.just(NOON)),
    st.builds(Pressed, st.text(max_size=8), st.just(NOON)),
    sent_photos,
    sent_photos,
    st.builds(SentForm, st.sampled_from("pqr").map(builders.form), captions, st.just(NOON)),
    st.builds(SharedPlace, places, st.just(NOON)),
    st.builds(SentUnusable, st.sampled_from(Unusable), st.just(NOON)),
    st.just(Left(NOON)),
    st.just(Elapsed(NOON)),
)
gaps = st.sampled_from((0, 0.2, 0.2, 1, 2, 2, 20, 20, 300, 7 * 3600, 21 * 3600)).map(
    lambda seconds: timedelta(seconds=seconds)
) | st.sampled_from((3, 31)).map(lambda days: timedelta(days=days))
moves = st.lists(st.builds(Move, gaps, events, st.sampled_from((True, True, False))), max_size=25)
openings = st.one_of(st.none(), st.sampled_from(Asking))


def wakes(was: Conversation, until: datetime) -> Iterator[Turn]:
    """Yield what the bot does by itself until then."""
    while (due := wake_at(was)) is not None and due <= until:
        yield (turn := take(was, Elapsed(due)))
        was = turn.now


def take(was: Conversation, event: Event) -> Turn:
    """Return one turn, with a reference for the next claim as the intake gives it."""
    now, effects = step(was, event)
    reference = now.reference or f"{REFERENCE[:-1]}{len(was.reference)}{was.reference[-1]}"
    return Turn(was=was, event=event, now=replace(now, reference=reference), effects=effects)


def play(opening: Asking | None, moves: Iterable[Move]) -> list[Turn]:
    """Return every turn of a conversation that begins at an open question, or at nothing."""
    turns: list[Turn] = []
    now, clock = Conversation(language="nl", reference=REFERENCE), NOON
    sent = EARLIER
    for event in builders.asking(opening).events if opening else ():
        turns.append(take(now, event))
        now, clock = turns[-1].now, event.at
        sent = as_sent(turns[-1], sent)
    for move in moves:
        clock += move.after
        if move.awake:
            turns += wakes(now, clock)
            now = turns[-1].now if turns else now
        event = replace(move.event, at=clock)
        if isinstance(event, Asked):
            event = replace(event, claim=sent)
        turns.append(take(now, event))
        now = turns[-1].now
        sent = as_sent(turns[-1], sent)
    return turns


def as_sent(turn: Turn, sent: Claim) -> Claim:
    """Return the claim that was sent last, one of long ago at first, with all that joined it."""
    for claim in turn.claims:
        sent = claim
    for more in turn.amendments:
        sent = sent.amended(more) if more.reference == sent.reference else sent
    return sent


def last(turns: list[Turn]) -> tuple[Conversation, datetime]:
    """Return where a conversation got to, and a moment soon after."""
    if not turns:
        return Conversation(language="nl", reference=REFERENCE), NOON
    now, at = turns[-1].now, turns[-1].event.at
    return now, max(at, now.heard_at or at) + timedelta(seconds=5)
