"""What ``claimbot doctor`` looks at."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from claimbot.app import open_telegram
from claimbot.errors import ClaimbotError
from claimbot.photos import open_photos
from claimbot.policies import open_policies
from claimbot.queues import open_queue
from claimbot.settings import Settings, unknown_variables
from claimbot.store import Store

SQLITE = "sqlite:///"
NO_CHANNEL = "set CLAIMBOT_TELEGRAM_TOKEN for Telegram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; ``detail`` says how it is, or what to do."""

    name: str
    ok: bool
    detail: str


def examine(settings: Settings) -> list[Check]:
    """Look at everything that claimbot needs; change nothing."""
    looks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("settings", _settings),
        ("database", _database),
        ("photos", _photos),
        ("policies", _policies),
        ("channels", _channels),
    )
    return [_check(name, look, settings) for name, look in looks]


def _check(name: str, look: Callable[[Settings], str], settings: Settings) -> Check:
    try:
        return Check(name=name, ok=True, detail=look(settings))
    except (ClaimbotError, OSError) as error:
        return Check(name=name, ok=False, detail=str(error))


def _settings(_: Settings) -> str:
    unknown = unknown_variables()
    return f"read; unknown variables: {', '.join(unknown)}" if unknown else "read"


def _database(settings: Settings) -> str:
    place = settings.database.removeprefix(SQLITE)
    if place != settings.database and not Path(place).exists():
        return "not there yet; the first command that needs it makes it"
    store = Store(settings.database)
    try:
        store.check_schema()
        queue = open_queue(settings.queue or settings.database, store.engine)
        depth = store.read(queue.depth)
    finally:
        store.close()
    return f"up to date; queue: {depth.ready} ready, {depth.leased} leased, {depth.dead} dead"


def _photos(settings: Settings) -> str:
    open_photos(settings.photos).check()
    return "can be kept"


def _policies(settings: Settings) -> str:
    policies = open_policies(settings.policies)
    policies.check()
    return f"numbers such as {policies.example}"


def _channels(settings: Settings) -> str:
    return "telegram" if open_telegram(settings) else f"none; {NO_CHANNEL}"
