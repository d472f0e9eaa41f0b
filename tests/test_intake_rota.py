"""The rota: several workers share the chats, and none is served by two at a time."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg import Cursor
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from claimbot.intake.rota import AHEAD, FRESH, Rota
from claimbot.store import Chat, Store
from claimbot.store.holds import Holds
from tests.databases import DATABASES, open_store
from tests.store_builders import NOON, received

END = text("SELECT pg_terminate_backend(:pid, 10000)")


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store on each database."""
    with open_store(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Store]:
    """An empty store on PostgreSQL."""
    with open_store("postgresql", tmp_path) as opened:
        yield opened


@contextmanager
def rotas(store: Store, number: int) -> Iterator[list[Rota]]:
    """Give so many workers' rotas."""
    with ExitStack() as stack:
        made = [Rota(store, {"telegram"}) for _ in range(number)]
        for rota in made:
            stack.callback(rota.close)
        yield made


@contextmanager
def holds(store: Store, number: int) -> Iterator[list[Holds]]:
    """Give so many workers' holds."""
    with ExitStack() as stack:
        made = [Holds(store.engine) for _ in range(number)]
        for hold in made:
            stack.callback(hold.close)
        yield made


def chats(number: int) -> list[Chat]:
    """Return the keys of so many chats."""
    return [Chat(channel="telegram", chat=str(n)) for n in range(number)]


def all_say_something(store: Store, keys: Sequence[Chat]) -> None:
    """Let a message of each chat wait, in their order."""
    store.receive([received(f"of {key.chat}", key) for key in keys], NOON)


def ask(hold: Holds, question: str) -> object:
    """Ask the server something on the connection that holds."""
    connection = hold._connection  # noqa: SLF001 nobody else has use for it
    assert connection is not None
    return connection.execute(text(question)).scalar_one()


def session(hold: Holds) -> object:
    """Return the server's number for the connection that holds."""
    return ask(hold, "SELECT pg_backend_pid()")


def end_session(server: Store, hold: Holds) -> None:
    """End the connection that holds, as the end of its process does."""
    assert server.write(lambda tx: tx.execute(END, {"pid": session(hold)}).scalar_one())


def test_each_worker_is_given_other_chats(server: Store) -> None:
    """Nobody examines a photo that another worker examines already."""
    keys = chats(10)
    all_say_something(server, keys)
    with rotas(server, 3) as (one, two, three):
        assert one.take(NOON, 4, []) == keys[:4]
        assert two.take(NOON, 4, []) == keys[4:8]
        assert three.take(NOON, 4, []) == keys[8:]


def test_a_chat_that_is_done_is_anyones(server: Store) -> None:
    """From the moment at which who had it looks for the next one."""
    keys = chats(2)
    all_say_something(server, keys)
    with rotas(server, 2) as (one, two):
        one.take(NOON, 2, [])
        one.done(keys[1])
        assert two.take(NOON, 2, []) == []

        assert one.take(NOON, 1, [keys[0], keys[1]]) == []

        assert two.take(NOON, 2, []) == keys[1:]


def test_what_others_have_in_hand_is_passed_over(server: Store) -> None:
    """However many others there are, and however many chats each has."""
    keys = chats(3 * AHEAD)
    all_say_something(server, keys)
    with rotas(server, 2) as (one, two):
        one.take(NOON, len(keys) - 1, [])

        assert two.take(NOON, 4, []) == keys[-1:]


def test_a_worker_that_died_holds_nothing(server: Store) -> None:
    """Its chats are free at once, without a sweeper."""
    keys = chats(2)
    with holds(server, 2) as (one, two):
        assert one.take(keys, 2) == keys
        assert two.take(keys, 2) == []

        end_session(server, one)

        assert two.take(keys, 2) == keys
        assert one.take(keys, 2) == []


def test_a_worker_that_lost_its_connection_holds_on_with_another(server: Store) -> None:
    """What it did before is not held any more; what it does next is."""
    keys = chats(3)
    with holds(server, 1) as (one,):
        one.take(keys[:1], 1)
        one.leave(keys[0])
        end_session(server, one)

        assert one.take(keys, 2) == keys[:2]
        with holds(server, 1) as (two,):
            assert two.take(keys, 3) == keys[2:]


def test_a_worker_that_lost_its_connection_twice_goes_on(server: Store) -> None:
    """The server may go away once more while it begins anew."""
    keys = chats(1)
    cuts = iter([True, True])

    with holds(server, 1) as (one,), closing(Store(server.url)) as away:
        one.take([], 1)
        one.take(keys, 1)
        one.leave(keys[0])

        @event.listens_for(server.engine, "before_cursor_execute")
        def cut(connection: Connection, cursor: Cursor, *_: object) -> None:
            if connection is one._connection and next(cuts, False):  # noqa: SLF001 as in `ask`
                away.write(lambda tx: tx.execute(END, {"pid": cursor.connection.info.backend_pid}))

        with pytest.raises(OperationalError):
            one.take(keys, 1)

        assert one.take(keys, 1) == keys


def test_a_worker_that_hangs_is_ended_by_the_server(server: Store) -> None:
    """It says that it lives whenever it looks for work; who does not for a minute has died."""
    with holds(server, 1) as (one,):
        assert one.take([], 1) == []
        one.take(chats(1), 1)
        asked = text(f"SELECT state_change FROM pg_stat_activity WHERE pid = {session(one)}")  # noqa: S608 a number

        def heard_of() -> object:
            return server.read(lambda tx: tx.execute(asked).scalar_one())

        before = heard_of()
        one.take([], 1)

        assert heard_of() != before
        assert ask(one, "SHOW idle_session_timeout") == "1min"


def test_on_one_file_nothing_is_held(tmp_path: Path) -> None:
    """One process serves all there; were there two, the same turn is recorded once."""
    keys = chats(3)
    with open_store("sqlite", tmp_path) as store, holds(store, 2) as (one, two):
        assert one.take(keys, 2) == two.take(keys, 2) == keys[:2]
        one.leave(keys[0])


def test_an_order_is_looked_up_anew_when_it_is_old_or_used_up(store: Store) -> None:
    """In a rush it serves for many chats, but never for long."""
    keys = chats(6)
    all_say_something(store, keys[:3])
    with rotas(store, 1) as (rota,):
        assert rota.take(NOON, 2, []) == keys[:2]
        all_say_something(store, keys[3:])

        assert rota.take(NOON, 1, keys[:2]) == keys[2:3]
        assert rota.take(NOON, 2, keys[:3]) == keys[3:5]
        finish(store, keys[5])
        assert rota.take(NOON + FRESH, 1, keys[:5]) == []


def test_an_order_of_the_future_is_not_believed(store: Store) -> None:
    """A clock can be set back."""
    keys = chats(2)
    all_say_something(store, keys)
    with rotas(store, 1) as (rota,):
        assert rota.take(NOON, 1, []) == keys[:1]
        finish(store, keys[1])

        assert rota.take(NOON - timedelta(hours=1), 1, keys[:1]) == []


def test_what_was_taken_when_the_database_went_is_given_back(server: Store) -> None:
    """Nobody would serve it otherwise."""
    keys = chats(2)
    all_say_something(server, keys)
    with rotas(server, 2) as (one, two):
        assert one.take(NOON, 1, []) == keys[:1]
        server.write(lambda tx: tx.execute(text("ALTER TABLE conversation RENAME TO away")))
        try:
            # The second chat is known from before, and taken; a third is looked for in vain.
            with pytest.raises(ProgrammingError):
                one.take(NOON, 2, keys[:1])
        finally:
            server.write(lambda tx: tx.execute(text("ALTER TABLE away RENAME TO conversation")))

        assert one.take(NOON + FRESH, 1, keys) == []
        assert two.take(NOON, 2, []) == keys[1:]


def finish(store: Store, key: Chat) -> None:
    """Let nothing wait in a chat any more."""
    sql = text("UPDATE inbox SET handled_at = received_at WHERE chat = :chat")
    store.write(lambda tx: tx.execute(sql, {"chat": key.chat}))
