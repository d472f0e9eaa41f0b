"""What kills claimbot does so when it should, and what looks afterwards sees what is wrong."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import create_engine

from claimbot.queues import open_queue
from claimbot.store import Store
from tests.databases import open_store
from tests.fake_bot_api import FakeBotApi
from tests.journeys import laid
from tests.killed.elsewhere import Elsewhere, install
from tests.killed.instants import ANY, SIDES, Fate, Instant, parse_instant, watched
from tests.killed.invariants import holds
from tests.killed.mortal import Mortal
from tests.killed.policyholder import Manner, hand_in, pictures
from tests.killed.serve import let_holds_run_out
from tests.store_builders import NOON, turn

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("written", ["after-send:2", "before-put-photo:1", "any:130+4.500ms"])
def test_an_instant_is_read_as_it_is_written(written: str) -> None:
    """It goes through a command line."""
    assert str(parse_instant(written)) == written


@pytest.mark.parametrize("written", ["", "after-lunch:1", "send:1", "after-send", "any:x"])
def test_what_is_no_instant_is_refused(written: str) -> None:
    """Else a process would live on, and a test see nothing."""
    with pytest.raises(ValueError, match="is no instant; there are keep, "):
        parse_instant(written)


async def test_a_process_comes_by_the_points_in_the_order_in_which_it_works(
    tmp_path: Path,
) -> None:
    """Kept, decided on, answered; and statements all the time, but only while it is watched."""
    passed: list[str] = []
    async with FakeBotApi() as api:
        with watched(passed.append):
            async with laid(api, tmp_path) as table:
                await table.answers(piet := api.user(), await piet.says("hallo"))
        seen = list(passed)
        with closing(Store(f"sqlite:///{tmp_path / 'claimbot.db'}")) as store:
            store.record(turn())

    wanted = [f"{side}-{at}" for at in ("receive", "advance", "send") for side in SIDES]
    assert [point for point in seen if point in wanted] == wanted
    assert {"before-statement", "after-statement", "before-commit", "after-call"} < set(seen)
    assert not {"before-submit", "before-receipt"} & set(seen)
    assert passed == seen


@pytest.mark.parametrize(
    ("instant", "dies_at"), [("after-send:2", 4), ("any:3", 2), ("before-send:9", None)]
)
def test_a_process_dies_at_the_nth_passing(instant: str, dies_at: int | None) -> None:
    """Neither before nor again."""
    points = ["before-send", "after-send", "after-call", "before-send", "after-send"] * 2
    died: list[tuple[int, str]] = []
    at = 0
    fate = Fate(parse_instant(instant), lambda point: died.append((at, point)))

    for at, point in enumerate(points):  # noqa: B007 - told by `fate`
        fate.passed(point)

    assert died == ([] if dies_at is None else [(dies_at, points[dies_at])])


def test_a_process_may_die_a_little_later() -> None:
    """By then it is somewhere else, also where nothing is watched."""
    dead = Event()
    fate = Fate(Instant(point=ANY, later_ms=0.1), lambda _: dead.set())

    fate.passed("after-call")

    assert dead.wait(30)


def test_what_a_dead_process_was_delivering_is_due(tmp_path: Path) -> None:
    """As it would be some seconds later; a database without tables is left as it is."""
    let_holds_run_out(tmp_path / "new.db")
    with open_store("sqlite", tmp_path) as store:
        store.record(turn(say=('{"text": "hallo"}',)))
        [taken] = store.take(NOON, 1, HOUR)
        assert store.outgoing(NOON, 1) == []

        let_holds_run_out(tmp_path / "claimbot.db")

        assert [parcel.id for parcel in store.outgoing(NOON, 1)] == [taken.id]


def test_a_queue_in_another_database_is_found_as_any_third_partys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not in the claim database, so that the relay brings it the claims."""
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path)
    engine = create_engine("sqlite://")
    opened = open_queue(f"elsewhere:{tmp_path / 'queue.db'}", engine)
    assert isinstance(opened, Elsewhere)
    with closing(opened.store):
        assert not opened.transactional
    engine.dispose()


WRONG = {
    "an update that is lost": "DELETE FROM inbox WHERE id = 3",
    "one that nobody sent": (
        "INSERT INTO inbox (channel, message_id, chat, payload, received_at, tries, handled_at)"
        " SELECT channel, 'x', 'x', payload, received_at, 0, handled_at FROM inbox WHERE id = 3"
    ),
    "one that is not handled": "UPDATE inbox SET handled_at = NULL WHERE id = 8",
    "one that was set aside": "UPDATE inbox SET failure = 'KeyError' WHERE id = 8",
    "two in the wrong order": (
        "UPDATE inbox SET handled_at = (SELECT handled_at FROM inbox WHERE id = 8) WHERE id = 2"
    ),
    "a message that is not sent": "UPDATE outbox SET settled_at = NULL WHERE id = 2",
    "a message that nobody heard": "UPDATE outbox SET body = json_set(body, '$.text', 'x')",
    "a claim that is not queued": "DELETE FROM queue_entry",
    "a claim that is queued twice": (
        "INSERT INTO queue_entry (claim_id, state, due_at, ready_at, attempt, reasons)"
        " SELECT 'CB-0000-0000', state, due_at, ready_at, attempt, reasons FROM queue_entry"
    ),
    "a claim of someone else": "UPDATE claim SET chat = '1'",
    "a claim that nobody accepted": "UPDATE claim SET status = 'decided'",
    "a claim with two photos": "UPDATE claim SET body = json_remove(body, '$.photos[2]')",
    "a photo in another's place": (
        "UPDATE claim SET body ="
        " json_set(body, '$.photos[0].sha256', body ->> '$.photos[1].sha256')"
    ),
    "a row of the audit that was changed": "UPDATE audit SET actor = 'x' WHERE id = 1",
}


async def test_what_is_wrong_is_seen(tmp_path: Path) -> None:
    """Each promise that is broken by hand; as long as none is, nothing is wrong."""
    folder, whole = tmp_path / "claimbot", tmp_path / "whole"
    folder.mkdir()
    async with FakeBotApi() as api, Mortal(api, folder, []) as mortal:
        piet = await hand_in(mortal, Manner(presses=True), pictures("piet"))
        assert await mortal.stop(within=30) == 0
    shutil.copytree(folder, whole)
    heard = piet.person.heard

    def is_right() -> bool:
        try:
            holds(mortal, [piet])
        except AssertionError:
            return False
        return True

    unseen = []
    for what, statement in WRONG.items():
        shutil.copytree(whole, folder, dirs_exist_ok=True)
        with closing(sqlite3.connect(mortal.database)) as database:
            assert database.execute(statement).rowcount > 0, what
            database.commit()
        unseen += [what] if is_right() else []
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    piet.person.heard = [*heard, heard[-1]]
    unseen += ["a message again without a kill"] if is_right() else []
    piet.person.heard = [*heard, heard[0]]
    unseen += ["a message out of turn"] if is_right() else []
    piet.person.heard = heard

    assert unseen == []
    assert is_right()


async def test_who_waits_in_vain_is_told_what_happened_meanwhile(tmp_path: Path) -> None:
    """A test that fails one time in a thousand must say enough that time."""
    mortal = Mortal(FakeBotApi(), tmp_path, [parse_instant("after-send:1")])
    mortal.log.append("the last line of the log")

    with pytest.raises(AssertionError, match="not heard within") as failed:
        await mortal.until(lambda: False, "heard", within=0.01)

    assert failed.value.__notes__ == ["after 0 of 1 kills", "the last line of the log"]
