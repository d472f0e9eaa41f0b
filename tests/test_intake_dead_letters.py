"""Who cannot be told anything is left in peace; what went wrong is seen, and can go right yet."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from claimbot.channels import Outbound
from claimbot.codec import dump
from claimbot.intake import Relay
from claimbot.store.dead_letters import Direction
from claimbot.web.gauges import exposition
from tests.fake_bot_api import HANG_UP, FakeBotApi, Person, Refused, flood
from tests.journeys import EN, NL, POLICY_NUMBER, Table, chat_of, laid
from tests.store_builders import MINUTE, turn
from tests.test_intake_failures import POISON, Stumbling

DAY = timedelta(days=1)
GONE = Refused(403, "Forbidden: user is deactivated")
STRANGE = Refused(400, "Bad Request: message is too strange")


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    """A claimbot on an empty database."""
    async with FakeBotApi() as api, laid(api, tmp_path) as ready:
        yield ready


async def poisons(table: Table, person: Person, *after: str) -> None:
    """Send what breaks the bot until it is set aside, and something after it."""
    said = [await person.says(f"my policy is {POISON}")]
    said += [await person.says(words) for words in after]
    await table.api.confirmed(*said)
    stumbling = table.second_worker(policies=Stumbling(table.app.policies))
    while await stumbling.once():
        table.clock.now += MINUTE
    await table.works()


def says(table: Table, person: Person, words: str) -> None:
    """Record that the bot has something to say."""
    chat = chat_of(person)
    number = table.app.store.open_chat(chat).turn
    say = (dump(Outbound(text=words)),)
    table.app.store.record(turn(chat, turn=number, state="{}", say=say, at=table.clock.now))


def gauges(table: Table) -> dict[str, float]:
    """Return what is measured, by name."""
    told = exposition(table.app.store, table.app.queue, table.clock).decode()
    families = text_string_to_metric_families(told)
    return {sample.name: sample.value for family in families for sample in family.samples}


def dead(table: Table) -> tuple[float, float]:
    """Return how many messages and answers are said to be dead letters."""
    measured = gauges(table)
    return measured["claimbot_dead_messages"], measured["claimbot_dead_answers"]


async def test_a_chat_that_ended_is_not_reminded_of_its_draft(table: Table) -> None:
    """Telegram says so when it is told something, if at all; what was sent is kept a while."""
    piet = table.api.user()
    await table.has_draft(piet)
    kept = len(table.blobs())
    table.api.fails("sendMessage", GONE)

    assert await table.answers(piet, await piet.says("help")) == []
    calls = len(table.api.called("sendMessage"))
    await table.waits(29 * DAY)

    assert len(table.api.called("sendMessage")) == calls
    assert len(table.blobs()) == kept > 0
    await table.waits(2 * DAY)
    assert table.blobs() == []


async def test_who_comes_back_to_a_chat_that_ended_goes_on_where_they_were(table: Table) -> None:
    """And is reminded again, should they fall silent."""
    piet = table.api.user()
    await table.has_draft(piet)
    table.api.fails("sendMessage", GONE)
    await table.answers(piet, await piet.says("help"))
    await table.waits(2 * DAY)

    [back] = await table.answers(piet, await piet.says("hallo"))
    told = len(piet.heard)
    await table.waits(DAY)

    assert NL["back"] in back
    assert len(piet.heard) == told + 1


async def test_a_chat_ends_also_when_its_conversation_cannot_be_read(table: Table) -> None:
    """What waited for it is given up all the same."""
    piet = table.api.user()
    await table.answers(piet, await piet.says("hallo"))
    says(table, piet, "een")
    says(table, piet, "twee")
    table.api.fails("sendMessage", GONE)

    await table.works()

    assert [lost.failure for lost in table.app.desk.undelivered()] == [
        "Blocked: Forbidden: Forbidden: user is deactivated"
    ] * 2
    assert len(piet.heard) == 1


async def test_a_chat_that_never_wrote_ends_without_a_conversation(table: Table) -> None:
    """There is none to put to sleep."""
    piet = table.api.user()
    says(table, piet, "een")
    table.app.store.write(lambda tx: tx.execute(text("DELETE FROM conversation")))
    table.api.fails("sendMessage", GONE)

    await table.works()

    assert table.app.store.open_chat(chat_of(piet)).state is None
    assert len(table.app.desk.undelivered()) == 1


async def test_an_answer_that_was_given_up_can_be_sent_again(table: Table) -> None:
    """It is seen until then; and is not too late at once, however old it is."""
    piet = table.api.user()
    says(table, piet, "een")
    table.api.fails("sendMessage", STRANGE)
    await table.works()
    [lost] = table.app.desk.undelivered()
    table.clock.now += 3 * DAY

    assert table.app.desk.requeue("ann", str(lost.name))
    table.api.fails("sendMessage", HANG_UP)
    await table.waits(MINUTE)

    assert (lost.name.direction, lost.tries) == (Direction.ANSWER, 1)
    assert [said.text for said in piet.heard] == ["een"]
    assert table.app.desk.undelivered() == []


async def test_a_message_that_breaks_us_calls_a_person_once(table: Table) -> None:
    """They see what was given so far, under the reference it would be sent under."""
    piet = table.api.user(language_code="en")
    await table.answers(piet, await piet.says(f"policy {POLICY_NUMBER}"))

    await poisons(table, piet, f"or {POISON}?")

    [call] = table.app.desk.handovers()
    assert (call.reason, len(table.app.desk.undelivered())) == ("broken", 2)
    assert call.draft.policy_number is not None
    assert [said.text for said in piet.heard[1:]] == [EN["broken"]] * 2


async def test_a_first_message_that_breaks_us_calls_a_person(table: Table) -> None:
    """The conversation begins under the reference that the call has."""
    piet = table.api.user(language_code="en")

    await poisons(table, piet)
    await table.answers(piet, await piet.says(POLICY_NUMBER))

    [call] = table.app.desk.handovers()
    assert call.draft.policy_number is not None


async def test_what_breaks_us_after_a_claim_is_shown_with_the_claim(table: Table) -> None:
    """It may be an addition to it."""
    piet = table.api.user()
    await table.has_draft(piet)
    await table.answers(piet, await piet.says("versturen"))
    [stored] = table.app.desk.newest()

    await poisons(table, piet)

    [lost] = table.app.desk.undelivered()
    [call] = table.app.desk.handovers_of(stored.claim.reference)
    assert (lost.reference, call.reason) == (stored.claim.reference, "broken")


async def test_a_message_that_was_set_aside_can_be_handled_again(table: Table) -> None:
    """Once our mistake is mended: the raw message was kept."""
    piet = table.api.user(language_code="en")
    await table.answers(piet, await piet.says("hello"))
    await poisons(table, piet)
    [lost] = table.app.desk.undelivered()

    assert table.app.desk.requeue("ann", str(lost.name))
    [answer] = await table.answers(piet)

    assert EN["ask.photo.1"] in answer
    assert table.app.desk.undelivered() == []
    assert [
        (link.entry.actor, link.entry.action, link.entry.subject)
        for link in table.app.store.audit_rows()
    ] == [("adjuster:ann", "message requeued", str(lost.name))]


async def test_dead_letters_are_measured(table: Table) -> None:
    """Somebody is to look at them."""
    piet = table.api.user()
    assert dead(table) == (0, 0)
    await poisons(table, piet)
    says(table, piet, "een")
    says(table, piet, "twee")
    table.api.fails("sendMessage", STRANGE, times=2)

    await table.works()

    assert dead(table) == (1, 2)


@pytest.mark.parametrize(("asked_s", "waits_s"), [(1, 2), (40, 40)])
async def test_telegrams_patience_is_the_least_that_we_have(
    table: Table, asked_s: int, waits_s: int
) -> None:
    """It is asked when both it and our own wait say so."""
    app = table.app
    patient = Relay(
        store=app.store,
        queue=app.queue,
        photos=app.photos,
        channels=app.channels,
        clock=table.clock,
        gap=timedelta(),
        draw=lambda below: below - 1,
    )
    piet = table.api.user()
    says(table, piet, "een")
    table.api.fails("sendMessage", flood(asked_s), times=2)
    assert await patient.once()
    table.clock.now += timedelta(seconds=asked_s)
    assert await patient.once()

    due = app.store.next_due(table.clock.now)

    assert due == table.clock.now + timedelta(seconds=waits_s)
