"""Where an adjuster's commands work: on the claim database, or over the API of who serves it."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, Protocol

from claimbot.cli.context import opened, read_settings

if TYPE_CHECKING:
    from claimbot.app import App
    from claimbot.cli.claim_files import Part, ReadFile
    from claimbot.cli.remote import Remote
    from claimbot.desk import Desk, Held
    from claimbot.settings import Settings

LOOK_EVERY = 0.75  # seconds

API: dict[str, str] = {}
"""The ``url`` and ``token`` that were given before the command's name."""


class Next(Protocol):
    """Takes the claim that is due first, as soon as there is one."""

    def __call__(
        self, adjuster: str, *, hold: timedelta, skills: Sequence[str], wait: timedelta
    ) -> "Held | None":
        """Return None when there is none within ``wait``."""


class GiveBack(Protocol):
    """Returns a claim to the queue."""

    def __call__(
        self, adjuster: str, name: str, *, reason: str, delay: timedelta
    ) -> tuple[str, bool]:
        """Give its reference, and whether it came back too often: it is a dead letter then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """What a command works with."""

    desk: "Desk | Remote"
    settings: "Settings"
    clock: Callable[[], datetime]
    next: Next
    give_back: GiveBack
    file: "ReadFile"

    @property
    def zone(self) -> str:
        """The time zone of every time that is shown."""
        return self.settings.timezone


@contextlib.contextmanager
def at_work() -> Iterator[Workplace]:
    """Go to work, over the API that the command line names, or else on the database.

    Raises:
        BadConfiguration: A setting cannot be used.
    """
    if not API:
        with opened() as app:
            yield _local(app)
        return
    from claimbot import log
    from claimbot.app import now
    from claimbot.cli.remote import Remote

    log.set_up(verbose=False)
    settings = read_settings()
    with contextlib.closing(Remote(API["url"], API["token"])) as remote:
        yield Workplace(
            desk=remote,
            settings=settings,
            clock=now,
            next=remote.next,
            give_back=remote.give_back,
            file=remote.file,
        )


def _local(app: "App") -> Workplace:
    return Workplace(
        desk=app.desk,
        settings=app.settings,
        clock=app.clock,
        next=partial(_next, app.desk),
        give_back=partial(_give_back, app.desk),
        file=partial(_file, app),
    )


def _next(
    desk: "Desk", adjuster: str, *, hold: timedelta, skills: Sequence[str], wait: timedelta
) -> "Held | None":
    until = monotonic() + wait.total_seconds()
    held = desk.next(adjuster, hold=hold, skills=skills)
    while held is None and (left := until - monotonic()) > 0:
        sleep(min(left, LOOK_EVERY))
        if desk.depth().ready:  # to look is less work than to take
            held = desk.next(adjuster, hold=hold, skills=skills)
    return held


def _give_back(
    desk: "Desk", adjuster: str, name: str, *, reason: str, delay: timedelta
) -> tuple[str, bool]:
    reference = desk.give_back(adjuster, name, reason=reason, delay=delay)
    return reference, any(letter.claim_id == reference for letter in desk.dead())


def _file(app: "App", part: "Part", originals: bool) -> tuple[bytes, str]:
    from claimbot.photos.copies import Variant

    kept = app.store.kept_file(part.sha256)
    media_type = kept.media_type if kept else ""
    if originals or media_type == "application/pdf":
        return app.desk.file(part.sha256), media_type.rpartition("/")[2] or "bin"
    return app.desk.picture(part.sha256, Variant.VIEW), "jpeg"
