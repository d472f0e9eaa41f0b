"""What ``claimbot doctor`` looks at."""

import asyncio
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from claimbot.app import open_configured, open_telegram
from claimbot.errors import BadConfiguration, ClaimbotError
from claimbot.extras import open_extras
from claimbot.photos import open_photos
from claimbot.plugins import installed, load_plug
from claimbot.policies import open_policies
from claimbot.queues import Depth, open_queue
from claimbot.settings import Settings, unknown_variables
from claimbot.sinks import parse_sinks
from claimbot.store import Store, deliveries
from claimbot.store.database import sqlite_path
from claimbot.store.pulse import beat

NOT_YET = "not there yet; the first command that needs it makes it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; ``detail`` says how it is, or what to do."""

    name: str
    ok: bool
    detail: str


def examine(settings: Settings) -> list[Check]:
    """Look at everything that claimbot needs; change nothing that anyone would notice."""
    looks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("settings", _settings),
        ("database", _database),
        ("queue", _queue),
        ("photos", _photos),
        ("policies", _policies),
        ("channels", _channels),
        ("extras", _extras),
        ("sinks", _sinks),
    )
    return [_check(name, look, settings) for name, look in looks]


def _check(name: str, look: Callable[[Settings], str], settings: Settings) -> Check:
    try:
        return Check(name=name, ok=True, detail=look(settings))
    except (ClaimbotError, OSError) as error:
        return Check(name=name, ok=False, detail=str(error))
    except SQLAlchemyError as error:  # its text quotes rows
        reason = f"{type(error).__name__}; look at the server's log, or restore a backup"
        return Check(name=name, ok=False, detail=reason)


def _settings(_: Settings) -> str:
    unknown = ", ".join(unknown_variables())
    return f"read; of no use: {unknown}" if unknown else "read"


def _database(settings: Settings) -> str:
    if is_not_there_yet(settings.database):
        return NOT_YET
    with closing(Store(settings.database)) as store:
        store.check_schema()
        try:
            store.write(beat)
        except DBAPIError as error:  # what it says of a disk or a lock quotes no row
            reason = str(error.orig).partition("\n")[0]
            raise BadConfiguration(
                f"it can be read, but not written: {reason}; "
                "make room on its disk, end what locks it, or let this user write"
            ) from error
    return "up to date, and can be written"


def _queue(settings: Settings) -> str:
    url = settings.queue or settings.database
    if is_not_there_yet(settings.database):
        load_plug("queues", url)
        return NOT_YET
    with closing(Store(settings.database)) as store:
        depth: Depth = store.read(open_queue(url, store.engine).depth)
    return f"{depth.ready} ready, {depth.leased} leased, {depth.dead} dead"


def is_not_there_yet(url: str) -> bool:
    """Tell whether an embedded database has still to be made; `Store` would make it.

    Raises:
        BadConfiguration: It cannot be made, or the URL cannot be used.
    """
    path = sqlite_path(url)
    if path is None or path.exists():
        return False
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise BadConfiguration(
            f"the database {path} cannot be made; "
            "make its folder, allow this user to write there, or name another file"
        )
    return True


def _photos(settings: Settings) -> str:
    open_photos(settings.photos).check()
    return "can be kept"


def _policies(settings: Settings) -> str:
    policies = open_policies(settings.policies)
    policies.check()
    return f"numbers such as {policies.example}"


def _channels(settings: Settings) -> str:
    if telegram := open_telegram(settings):
        asyncio.run(telegram.check())
        return "telegram, which knows the token"
    return "none; set CLAIMBOT_TELEGRAM_TOKEN for Telegram"


def _extras(settings: Settings) -> str:
    extras = open_extras(settings.extras)
    if not extras:
        return f"none; CLAIMBOT_EXTRAS may name {', '.join(installed('extras'))}"
    for name, extra in extras.items():
        with closing(extra):
            try:
                extra.check()
            except (ClaimbotError, OSError) as error:
                raise BadConfiguration(f"'{name}' does not work: {error}") from error
    return f"{', '.join(extras)}: tried, and ready"


def _sinks(settings: Settings) -> str:
    """Open the sinks and connect to none: an event that is no event would confuse who gets it."""
    addresses = parse_sinks(settings.sinks)
    if not addresses:
        return f"none; CLAIMBOT_SINKS may name URLs of {', '.join(installed('sinks'))}"
    for address in addresses:
        open_configured(settings, address)
    if is_not_there_yet(settings.database):
        return f"{len(addresses)} configured"
    with closing(Store(settings.database)) as store:
        states = store.read(deliveries.states)
    for state in states:
        if state.disabled_at:
            raise BadConfiguration(
                f"{state.name} refused for good: {state.reason}; `claimbot sinks enable` it"
            )
    waiting, dead = (sum(getattr(one, name) for one in states) for name in ("waiting", "dead"))
    return f"{len(addresses)} configured; {waiting} events wait, {dead} were given up"
