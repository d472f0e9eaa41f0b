"""An adjuster asks, in the same chat; the answer joins the claim, and that comes back to them."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import ImageFilter
from sqlalchemy import Connection

from claimbot.claim import Priority
from claimbot.desk import Held
from claimbot.errands import Act, Errand, dump_errand, is_errand, read_errand
from claimbot.store import Kind, Status, Store, StoredClaim, Turn, claims
from claimbot.store.outbox import outgoing
from tests.databases import DATABASES
from tests.fake_bot_api import FakeBotApi, Person
from tests.journeys import NL, POLICY_NUMBER, Table, chat_of, laid, photo, photos, reference_in
from tests.pictures import encoded, scene
from tests.store_builders import received

HOUR = timedelta(hours=1)


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
async def table(api: FakeBotApi, tmp_path: Path) -> AsyncIterator[Table]:
    """A claimbot on an empty database."""
    async with laid(api, tmp_path) as ready:
        yield ready


def blurred() -> bytes:
    """Return a photo that nobody can see anything on."""
    return encoded(scene(800, 600, b"blurred").filter(ImageFilter.GaussianBlur(12)))


def text_of(key: str, **values: str) -> str:
    """Return a sentence in Dutch up to its first line break."""
    return NL[key].format(insurer="Polder Verzekeringen", wanted="", **values).split("\n")[0]


async def has_sent(table: Table, person: Person) -> str:
    """Let someone send a claim; return its reference."""
    await table.has_draft(person)
    return reference_in((await table.answers(person, await person.presses("Versturen")))[0])


def take(table: Table, adjuster: str) -> Held:
    """Take the claim that is due first; there is one."""
    held = table.app.desk.next(adjuster, hold=HOUR)
    assert held is not None
    return held


def ask(table: Table, adjuster: str, text: str = "", slot: int | None = None) -> str:
    """Take the next claim and ask something about it; return its reference."""
    reference = take(table, adjuster).lease.claim_id
    table.app.desk.ask(adjuster, reference, text, slot=slot)
    return reference


async def said(table: Table, person: Person) -> list[str]:
    """Return what someone is told when they did nothing."""
    told = len(person.heard)
    await table.waits(timedelta(seconds=2))
    return [message.text for message in person.heard[told:]]


@pytest.mark.parametrize("database", DATABASES)
async def test_another_photo_is_asked_for_judged_and_joins_the_claim(
    api: FakeBotApi, tmp_path: Path, database: str
) -> None:
    """From the receipt to the claim's second revision, which is first the asker's."""
    async with laid(api, tmp_path, database=database) as table:
        piet = api.user()
        reference = await has_sent(table, piet)
        assert ask(table, "an", "Graag met meer licht.", 2) == reference
        assert table.app.store.claim(reference).status is Status.ASKED
        assert table.app.desk.depth().parked == 1

        [asked] = await said(table, piet)
        assert asked.startswith(text_of("ask.adjuster", reference=reference))
        assert "Graag met meer licht." in asked
        [refused] = await table.answers(piet, await piet.sends_photo(blurred()))
        assert refused.startswith("Foto 2 is niet scherp.")
        assert table.app.store.claim(reference).revision == 2  # asked, and no photo joined
        better = photo("from two metres, with light")
        [joined] = await table.answers(piet, await piet.sends_photo(better, as_is=True))

        assert NL["joined"].format(reference=reference) in joined
        now = table.app.store.claim(reference)
        assert (now.status, now.revision) == (Status.QUEUED, 3)
        kept = [table.app.desk.file(one.sha256) for one in now.claim.photos]
        assert kept == [photos()[0], better, photos()[2]]
        assert table.app.desk.next("bo", hold=HOUR) is None
        assert take(table, "an").lease.claim_id == reference
        assert "claim amended" in {link.entry.action for link in table.app.store.audit_rows()}
        assert table.app.store.verify_audit().broken == ()


async def test_an_answer_in_words_joins_the_claim(table: Table) -> None:
    """As a remark; who asked long ago has no claim to it."""
    piet = table.api.user()
    reference = await has_sent(table, piet)
    ask(table, "an", "Wie reed er?")
    await said(table, piet)

    [joined] = await table.answers(piet, await piet.says("Mijn broer."))

    assert joined == NL["joined"].format(reference=reference)
    assert table.app.store.claim(reference).claim.remarks == ("Mijn broer.",)
    assert table.app.desk.next("bo", hold=HOUR) is None


async def test_what_joins_a_claim_in_an_adjusters_hands_does_not_take_it_away(
    table: Table,
) -> None:
    """It is theirs still, with what came meanwhile."""
    piet = table.api.user()
    reference = await has_sent(table, piet)
    ask(table, "an", "Wie reed er?")
    await said(table, piet)
    await table.answers(piet, await piet.says("Mijn broer."))
    held = take(table, "an")

    await table.answers(piet, await piet.says("Hij woont in Breda."))

    shown, lease = table.app.desk.show(reference)
    assert shown.claim.remarks == ("Mijn broer.", "Hij woont in Breda.")
    assert lease == held.lease


async def test_an_errand_that_arrives_twice_is_said_once(table: Table) -> None:
    """The inbox knows it by its name."""
    piet = table.api.user()
    reference = await has_sent(table, piet)
    errand = dump_errand(Errand(act=Act.ASKED, reference=reference, text="Wie reed er?"))
    message = received("desk:1", chat_of(piet), errand)

    await table.app.worker.receive([message, message])
    assert len(await said(table, piet)) == 1

    await table.app.worker.receive([message])
    assert await said(table, piet) == []


async def test_nothing_is_asked_about_a_claim_that_is_decided(table: Table) -> None:
    """Nor about one that is not there; what is sent then reaches a person."""
    piet = table.api.user()
    reference = await has_sent(table, piet)
    take(table, "an")
    table.app.desk.accept("an", reference)
    for number, about in enumerate((reference, "CB-404")):
        errand = Errand(act=Act.ASKED, reference=about, text="Wie reed er?")
        message = received(f"desk:{number}", chat_of(piet), dump_errand(errand))
        await table.app.worker.receive([message])

    assert await said(table, piet) == []
    [told] = await table.answers(piet, await piet.says("Mijn broer reed."))
    assert told == NL["added"].format(reference=reference)


async def test_an_answer_to_a_decided_claim_reaches_a_person(table: Table) -> None:
    """The claim stays what was decided on."""
    piet = table.api.user()
    reference = await has_sent(table, piet)
    ask(table, "an", "Wie reed er?")
    await said(table, piet)
    decide(table, reference)

    [told] = await table.answers(piet, await piet.says("Mijn broer."))

    assert told == NL["added"].format(reference=reference)
    assert table.app.store.claim(reference).claim.remarks == ()
    assert [call.words for call in table.app.desk.handovers()] == ["Mijn broer."]


async def test_an_answer_to_a_claim_that_is_gone_reaches_a_person(table: Table) -> None:
    """As one to a claim that is decided does."""
    piet = table.api.user()
    reference = await has_sent(table, piet)
    ask(table, "an", "Wie reed er?")
    await said(table, piet)
    key = chat_of(piet)
    opened = table.app.store.open_chat(key)
    state = (opened.state or "").replace(
        f'"asked":{{"reference":"{reference}', '"asked":{"reference":"CB-0'
    )
    gone = Turn(key=key, turn=opened.turn, inbox_id=None, state=state, at=table.clock.now)
    table.app.store.record(gone)

    [told] = await table.answers(piet, await piet.says("Mijn broer."))

    assert told == NL["added"].format(reference=reference)


async def test_an_answer_that_crosses_the_decision_reaches_a_person(table: Table) -> None:
    """Whoever comes first: nothing joins what is decided, and no answer is lost."""
    piet = table.api.user()
    reference = await has_sent(table, piet)
    ask(table, "an", "Wie reed er?")
    await said(table, piet)
    store = Late(table.app.store.url, lambda: decide(table, reference))
    worker = table.second_worker(store=store)

    await table.api.confirmed(await piet.says("Mijn broer."))
    assert await worker.once()

    assert table.app.store.claim(reference).claim.remarks == ()
    assert [call.words for call in table.app.desk.handovers()] == ["Mijn broer."]
    assert NL["added"].format(reference=reference) in await said(table, piet)
    worker.close()
    store.close()


class Late(Store):
    """A database in which something happens just before the first turn is recorded."""

    def __init__(self, url: str, before: Callable[[], None]) -> None:
        super().__init__(url)
        self.before = before

    def record(self, turn: Turn) -> None:
        before, self.before = self.before, lambda: None
        before()
        super().record(turn)


def decide(table: Table, reference: str) -> None:
    """Decide a claim, whoever holds it."""
    table.app.store.write(
        lambda tx: claims.decide(tx, reference, "accepted", table.clock.now),
    )


async def test_a_person_talks_and_lets_the_bot_go_on(table: Table) -> None:
    """The bot says what they write and nothing else, until they release it."""
    piet = table.api.user()
    await table.answers(piet, await piet.says("hallo"))
    await table.answers(piet, await piet.says("medewerker"))
    [call] = table.app.desk.handovers()
    table.app.desk.tell("an", call.reference, "Ik kijk mee.")
    assert await said(table, piet) == [
        NL["told"].format(insurer="Polder Verzekeringen", text="Ik kijk mee.")
    ]
    assert await table.answers(piet, await piet.says("fijn, alles staat stil")) == []

    table.app.desk.release("an", call.reference)

    assert await said(table, piet) == [f"{NL['human.released']}\n{NL['ask.number']}"]
    assert table.app.desk.handovers() == []


async def test_a_question_in_an_erased_chat_is_put_in_the_claims_language(table: Table) -> None:
    """Nothing else is known of it any more."""
    piet = table.api.user()
    for told in ("hi there", "English", POLICY_NUMBER):
        await table.answers(piet, await piet.says(told))
    await table.answers(piet, *await piet.sends_album(photos(), as_is=True))
    for told in ("none", "send", "erase", "yes"):
        await table.answers(piet, await piet.says(told))

    ask(table, "an", "Who drove?")

    [told] = await said(table, piet)
    assert "a colleague at polder verzekeringen asks" in told.casefold()


async def test_an_injury_after_the_receipt_brings_the_claim_forward(table: Table) -> None:
    """Its priority, when it is due, and its place in the queue."""
    piet, mia = table.api.user(), table.api.user()
    await has_sent(table, mia)
    reference = await has_sent(table, piet)

    await table.answers(piet, await piet.says("nu heb ik toch nekpijn"))

    now = table.app.store.claim(reference)
    assert now.claim.priority is Priority.HURT
    assert now.due_at == now.claim.submitted_at + timedelta(minutes=15)
    assert take(table, "an").lease.claim_id == reference
    await table.answers(piet, await piet.says("ik heb nog steeds pijn"))
    assert table.app.store.claim(reference).revision == now.revision


async def test_an_errand_that_breaks_our_code_is_not_held_against_the_policyholder(
    table: Table,
) -> None:
    """They are told nothing of what they did not send; adjusters see that it failed."""
    piet = table.api.user()
    await has_sent(table, piet)
    await table.app.worker.receive([received("desk:1", chat_of(piet), '{"claimbot":{"act":"?"}}')])

    await table.waits(timedelta(minutes=5))

    assert table.app.desk.undelivered() != []
    assert "ging bij ons iets mis" not in piet.heard[-1].text
    assert [call.reason for call in table.app.desk.handovers()] == ["broken"]


def test_an_errand_is_read_as_it_was_written() -> None:
    """Whatever the adjuster wrote; a channel's payload is none."""
    errand = Errand(act=Act.ASKED, reference="CB-1", text='"}\n{"claimbot": é', slot=2)

    assert read_errand(dump_errand(errand)) == errand
    assert is_errand(dump_errand(errand))
    assert read_errand('{"update_id": 1, "text": "{\\"claimbot\\":"}') is None


async def test_a_queue_elsewhere_is_told_by_the_outbox(api: FakeBotApi, tmp_path: Path) -> None:
    """It is not in the claim database, so it is fed from there until it takes it."""
    async with laid(api, tmp_path, queue="memory:") as table:
        piet = api.user()
        reference = await has_sent(table, piet)
        ask(table, "an", "Is er iemand gewond?")
        await said(table, piet)

        await api.confirmed(await piet.says("ja, ik ben gewond"))
        while await table.app.worker.once():
            pass
        assert table.app.desk.depth().parked == 1
        waiting = table.app.store.read(lambda tx: kinds(tx, table))
        await table.works()

        assert waiting == [Kind.UNPARK, Kind.EXPEDITE, Kind.SAY]
        assert table.app.desk.depth().parked == 0
        assert table.app.desk.next("bo", hold=HOUR) is None
        assert take(table, "an").stored.claim.priority is Priority.HURT
        assert table.app.store.claim(reference).revision == 4


def kinds(tx: Connection, table: Table) -> list[Kind]:
    """Return what is to be delivered next."""
    return [parcel.kind for parcel in outgoing(tx, table.clock.now, 9)]


async def test_sinks_are_told_of_what_was_sent_and_of_what_joined(table: Table) -> None:
    """In the transaction in which it happened."""
    told: list[tuple[str, int]] = []

    def announce(_: Connection, event: str, stored: StoredClaim) -> None:
        told.append((event, stored.revision))

    worker = table.second_worker(announce=announce)
    piet = table.api.user()
    await table.has_draft(piet)
    for text in ("versturen", "mijn nek doet zeer"):
        await table.api.confirmed(await piet.says(text))
        while await worker.once():
            pass
    ask(table, "an", "Wie reed er?")
    await table.api.confirmed(await piet.says("Mijn broer."))
    while await worker.once():
        pass

    assert told == [("claim.submitted", 1), ("claim.amended", 2), ("claim.amended", 4)]
    worker.close()
