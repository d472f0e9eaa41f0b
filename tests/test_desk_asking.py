"""What adjusters ask and say: it reaches the chat in order, and the claim waits for the answer."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from claimbot.claim import Photo
from claimbot.desk import canned, texts
from claimbot.desk.canned import TEXTS
from claimbot.errands import Act, Errand, read_errand
from claimbot.errors import AlreadyAsked, LeaseLost, NoSuchClaim, NoSuchPhoto, NoSuchText
from claimbot.store import Attention, Chat, Kind, Status, attention, claims, questions
from claimbot.words import languages
from tests.office import HOLD, OFFICES, Office, open_office
from tests.queued_claims import NOON, plain_claim, reference, send
from tests.store_builders import MINUTE, turn

ZEROS = reference(0)
NOBODYS = reference(31)
HOUR = timedelta(hours=1)


@pytest.fixture(params=OFFICES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """An office of its own for each test, on each database, and with a queue elsewhere."""
    with open_office(request.param, tmp_path) as office:
        yield office


def errands(office: Office, reference: str = ZEROS) -> list[Errand | None]:
    """Return what waits to be said in a claim's chat."""
    chat = office.store.claim(reference).key
    return [read_errand(message.payload) for message in office.store.open_chat(chat).waiting]


def answer(office: Office, photo: str = "new") -> str | None:
    """Let the policyholder answer with a photo, as the intake keeps that; return who had asked."""

    def work(tx: Connection) -> str | None:
        was = claims.hold(tx, ZEROS).claim
        claims.amend(tx, replace(was, photos=(*was.photos, Photo(sha256=photo))))
        return questions.answered(tx, ZEROS, office.now)

    asker = office.store.write(work)
    office.store.write(lambda tx: office.queue.unpark(tx, ZEROS, prefer=asker, within=HOUR))
    return asker


def test_what_is_asked_is_said_in_the_chat_and_the_claim_waits(office: Office) -> None:
    """Nobody is given it meanwhile, however long that takes; other systems are told."""
    office.send(0)
    office.take("ann")

    asked = office.desk.ask("ann", ZEROS, "Waar was het?")

    assert errands(office) == [Errand(act=Act.ASKED, reference=ZEROS, text="Waar was het?")]
    assert (asked.status, asked.revision) == (Status.ASKED, 2)
    assert office.desk.show(ZEROS) == (asked, None)
    assert office.told == [("claim.asked", ZEROS, 2)]
    assert office.done()[1:] == [("adjuster:ann", "claim asked", ZEROS)]
    office.now += 10 * HOLD
    assert office.desk.next("bo", hold=HOLD) is None
    assert office.desk.depth().parked == 1
    assert office.store.verify_audit().broken == ()


def test_another_photo_is_asked_for_by_its_number(office: Office) -> None:
    """One that the claim has; what is refused leaves no trace."""
    office.send(0)
    held = office.take("ann")

    for slot in (0, 2):
        with pytest.raises(NoSuchPhoto, match=f"{ZEROS} has no photo {slot}; name one of 1 to 1"):
            office.desk.ask("ann", ZEROS, "Again?", slot=slot)
    assert office.desk.show(ZEROS) == (held.stored, held.lease)
    assert (errands(office), office.told) == ([], [])

    office.desk.ask("ann", held.lease.token, "Again?", slot=1)

    (errand,) = errands(office)
    assert errand is not None
    assert errand.slot == 1


def test_the_answer_is_the_claims_next_revision_and_comes_back_to_who_asked(
    office: Office,
) -> None:
    """For an hour, then to anyone; once it is answered, a second answer waits for nobody."""
    office.send(0)
    office.take("ann")
    office.desk.ask("ann", ZEROS, "Waar was het?")
    office.now += MINUTE

    assert answer(office) == "ann"

    stored, _ = office.desk.show(ZEROS)
    assert (stored.status, stored.revision) == (Status.QUEUED, 3)
    assert [photo.sha256 for photo in stored.claim.photos][1:] == ["new"]
    assert office.desk.next("bo", hold=HOLD) is None
    assert office.take("ann").stored == stored
    assert answer(office, "newer") is None
    (question,) = office.store.read(lambda tx: questions.of(tx, ZEROS))
    assert (question.asked_at, question.answered_at) == (NOON, NOON + MINUTE)


def test_an_answer_is_anyones_after_an_hour(office: Office) -> None:
    """Who asked may be at home."""
    office.send(0)
    office.take("ann")
    office.desk.ask("ann", ZEROS, "Waar was het?")
    answer(office)
    office.now += HOUR

    assert office.take("bo").lease.attempt == 1, "to ask is not to give back"


def test_who_waits_no_longer_takes_the_claim_back(office: Office) -> None:
    """Some policyholders never answer; their claims are not lost."""
    office.send(0)
    office.take("ann")
    office.desk.ask("ann", ZEROS, "Waar was het?")

    recalled = office.desk.recall("bo", "cb0000 0000")
    again = office.desk.recall("cas", ZEROS)

    assert (recalled.status, recalled.revision) == (Status.QUEUED, 3)
    assert again == recalled
    assert office.desk.next("ann", hold=HOLD) is None
    assert office.take("bo").stored == recalled
    assert office.done()[-2] == ("adjuster:bo", "claim recalled", ZEROS)
    assert [row[1] for row in office.done()].count("claim recalled") == 1
    with pytest.raises(NoSuchClaim, match=NOBODYS):
        office.desk.recall("bo", NOBODYS)


ACTS: dict[str, Callable[[Office, str], object]] = {
    "ask": lambda office, name: office.desk.ask("bo", name, "Where?"),
    "tell": lambda office, name: office.desk.tell("bo", name, "Hello"),
}


@pytest.mark.parametrize("act", ACTS)
def test_only_who_holds_a_claim_speaks_for_it(office: Office, act: str) -> None:
    """Promise 4: nothing is said in the chat, and no row says that something was."""
    office.send(0)
    held = office.take("ann")

    for name in (ZEROS, held.lease.token):
        with pytest.raises(LeaseLost, match=ZEROS):
            ACTS[act](office, name)
    with pytest.raises(NoSuchClaim, match=NOBODYS):
        ACTS[act](office, NOBODYS)

    assert errands(office) == []
    assert office.desk.show(ZEROS) == (held.stored, held.lease)
    assert len(office.done()) == 1


def test_who_holds_a_claim_may_tell_something(office: Office) -> None:
    """The claim stays with them: no answer is waited for."""
    office.send(0)
    held = office.take("ann")

    assert office.desk.tell("ann", held.lease.token, "We call you today.") == ZEROS

    assert errands(office) == [Errand(act=Act.TOLD, reference=ZEROS, text="We call you today.")]
    assert office.desk.show(ZEROS) == (held.stored, held.lease)
    assert office.done()[1:] == [("adjuster:ann", "handover told", ZEROS)]


def test_a_handover_is_talked_to_until_it_is_released(office: Office) -> None:
    """By anyone, taken on or not; then the bot goes on, and nobody is called any more."""
    call = Attention(reference=NOBODYS, reason="asked")
    send(office.store, office.queue, plain_claim(0), call)

    office.desk.tell("ann", NOBODYS, "Hello")
    office.desk.take_over("ann", NOBODYS)
    office.desk.tell("bo", NOBODYS.lower(), "Still there?")
    office.desk.release("bo", NOBODYS)

    assert errands(office) == [
        Errand(act=Act.TOLD, reference=NOBODYS, text="Hello"),
        Errand(act=Act.TOLD, reference=NOBODYS, text="Still there?"),
        Errand(act=Act.RELEASED, reference=NOBODYS),
    ]
    assert [row[1] for row in office.done()] == [
        "handover told",
        "handover taken",
        "handover told",
        "handover released",
    ]


def test_a_handover_that_is_released_is_over(office: Office) -> None:
    """Also one that nobody took on; where there was none, nothing is released."""
    call = Attention(reference=NOBODYS, reason="asked")
    send(office.store, office.queue, plain_claim(0), call)

    assert office.desk.release("ann", NOBODYS) == NOBODYS

    assert office.desk.handovers() == []
    with pytest.raises(NoSuchClaim, match=ZEROS):
        office.desk.release("ann", ZEROS)


def test_what_was_said_is_shown_of_a_claim_and_of_a_handover(office: Office) -> None:
    """Both sides, the adjuster's words among them."""
    call = Attention(reference=NOBODYS, reason="asked")
    send(office.store, office.queue, plain_claim(0), call)
    office.desk.tell("ann", NOBODYS, "Hello")

    lines = office.desk.transcript(NOBODYS)

    assert [read_errand(line.body) for line in lines] == errands(office)
    assert office.desk.transcript(ZEROS) == lines
    with pytest.raises(NoSuchClaim, match="CB-404"):
        office.desk.transcript("CB-404")


def test_erasing_a_chat_leaves_what_is_the_claims(office: Office) -> None:
    """Promise 9: of what was said in it nothing; the claim keeps its notes and questions.

    It waits for an answer no more: the bot no longer knows that it asked.
    """
    office.send(0)
    office.take("ann")
    office.desk.note("ann", ZEROS, "Looks honest.")
    office.desk.tell("ann", ZEROS, "Goedemiddag")
    office.desk.ask("ann", ZEROS, "Waar was het?")
    assert len(office.desk.transcript(ZEROS)) == 2

    office.store.erase(Chat(channel="telegram", chat=ZEROS), "operator", NOON)

    assert office.desk.transcript(ZEROS) == []
    assert [note.text for note in office.desk.notes(ZEROS)] == ["Looks honest."]
    assert "Waar was het?" in [event.text for event in office.desk.events(ZEROS)]
    assert office.desk.show(ZEROS)[0].status is Status.QUEUED
    (parcel,) = office.store.outgoing(NOON, limit=9)
    assert parcel.kind is Kind.UNPARK
    assert json.loads(parcel.body) == {"reference": ZEROS, "adjuster": "ann"}
    assert office.store.verify_audit().broken == ()


def test_canned_texts_are_there_in_every_language_of_the_bot() -> None:
    """The same ones, with the same variables."""
    values = {"photo": 2}

    assert TEXTS.keys() == languages().keys()
    for language, known in TEXTS.items():
        assert known.keys() == TEXTS["en"].keys()
        for key, text in known.items():
            assert ("{photo}" in text) == ("{photo}" in TEXTS["en"][key])
            assert "{" not in canned(key, language, **values)
    assert canned("photo.again", "nl", photo=2).startswith("Kunt u foto 2 opnieuw")
    assert texts("fy") == TEXTS["en"]


def test_a_text_that_cannot_be_sent_says_why() -> None:
    """With what there is, or what it needs."""
    with pytest.raises(NoSuchText, match=r"no text is called photo; there are photo\.again, "):
        canned("photo", "nl")
    with pytest.raises(NoSuchText, match=r"text photo\.again needs a value for photo"):
        canned("photo.again", "en", reference=ZEROS)


def test_an_old_handover_does_not_stand_for_a_newer_one(office: Office) -> None:
    """Of the same chat: who waits for a person now is not sent back to the bot by its name."""
    office.send(0)
    key = office.store.claim(ZEROS).key
    for name in (ZEROS, NOBODYS):
        calls = [Attention(reference=name, reason="asked")]
        office.store.write(partial(attention.raise_all, key=key, calls=calls, at=NOON))
        if name == ZEROS:
            office.desk.take_over("ann", name)

    with pytest.raises(NoSuchClaim):
        office.desk.release("ann", ZEROS)

    assert office.desk.release("ann", NOBODYS) == NOBODYS


def test_one_claim_of_a_policyholder_is_asked_about_at_a_time(office: Office) -> None:
    """Their answer would be taken for the other one's."""
    office.send(0)
    other = plain_claim(1)
    office.store.record(
        turn(
            office.store.claim(ZEROS).key,
            turn=1,
            claim=other,
            enqueue=lambda tx: office.queue.put(tx, other.reference, due_at=other.due_at),
        )
    )
    office.take("ann")
    office.take("bo")
    office.desk.ask("ann", ZEROS, "Waar was het?")

    with pytest.raises(AlreadyAsked, match=f"`claimbot claims recall {ZEROS}`"):
        office.desk.ask("bo", other.reference, "Wie reed er?")

    assert office.store.claim(other.reference).status is Status.QUEUED
    answer(office)
    office.desk.ask("bo", other.reference, "Wie reed er?")
