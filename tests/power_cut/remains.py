"""What a database holds after a power cut, and what is wrong with that."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, assert_never

from tests.power_cut.story import PEOPLE, Deed, Erased, Policyholder, Received, Recorded

BEGINNING = "0" * 64  # of the audit's chain


class Remains:
    """A database that was opened again, as a start after the power cut does."""

    def __init__(self, path: Path) -> None:
        """Read what is needed; SQLite recovers its log first.

        Raises:
            sqlite3.DatabaseError: The file is no database any more.
        """
        with closing(sqlite3.connect(path)) as database:

            def rows(statement: str) -> list[tuple[Any, ...]]:
                return database.execute(statement).fetchall()

            self._damage = rows("PRAGMA integrity_check") + rows("PRAGMA foreign_key_check")
            self._audit = rows("SELECT previous_hash, hash FROM audit ORDER BY id")
            self._done = set(rows("SELECT subject, action FROM audit"))
            self._messages = {name for (name,) in rows("SELECT message_id FROM inbox")}
            self._handled = rows("SELECT chat FROM inbox WHERE handled_at IS NOT NULL")
            self._talks = rows("SELECT chat, turn, state FROM conversation")
            self._said = rows("SELECT chat, dedup_key FROM outbox WHERE kind = 'say'")
            self._claims = rows("SELECT chat, reference FROM claim")
            self._queued = {reference for (reference,) in rows("SELECT claim_id FROM queue_entry")}
            self._photos = set(rows("SELECT reference, sha256 FROM claim_file"))

    def has(self, deed: Deed) -> bool:
        """Return whether something that was acknowledged is not lost."""
        match deed:
            case Received(names=names):
                return self._there(names) == len(names)
            case Recorded(someone=someone, turn=turn):
                return self._is_erased(someone) or self._turns(someone) > turn
            case Erased(someone=someone):
                return self._is_erased(someone)
            case never:
                assert_never(never)

    def wrong(self) -> Iterator[str]:
        """Say what is damaged, and which transactions are there by half."""
        if self._damage != [("ok",)]:
            yield f"SQLite found damage: {self._damage[:3]}"
        ends = [BEGINNING, *(now for _, now in self._audit)]
        if [previous for previous, _ in self._audit] != ends[:-1]:
            yield "the audit's chain is broken"
        for someone in PEOPLE:
            found, whole = self._found(someone), self._whole(someone)
            for where, there in found.items():
                if there != whole[where]:
                    yield f"{someone}: {where}: {there}, not {whole[where]}"

    def _found(self, someone: Policyholder) -> dict[str, object]:
        """Return what each table has of someone."""
        chat = someone.key.chat
        every = set(someone.claims(someone.turns))
        return {
            "visits by half": self._halves(someone),
            "handled": self._handled.count((chat,)),
            "conversation": [row for row in self._talks if row[0] == chat],
            "answers": {name for said, name in self._said if said == chat},
            "claims": {reference for sent, reference in self._claims if sent == chat},
            "queued": self._queued & every,
            "audit": {reference for reference, _ in self._done} & every,
            "photos": {row for row in self._photos if row[0] in every},
        }

    def _whole(self, someone: Policyholder) -> dict[str, object]:
        """Return what each table has of someone if every turn that is there is there whole."""
        turns = self._turns(someone)
        sent = someone.claims(someone.turns if self._is_erased(someone) else turns)
        return {
            "visits by half": [],
            "handled": turns,
            "conversation": [(someone.key.chat, turns, someone.state(turns))] if turns else [],
            "answers": {name for turn in range(turns) for name in someone.said(turn)},
            "claims": set(sent),
            "queued": set(sent),
            "audit": set(sent),
            "photos": {(name, photo) for name in sent for photo in someone.photos(name)},
        }

    def _halves(self, someone: Policyholder) -> list[int]:
        visits = ((visit, someone.names(visit)) for visit in range(someone.visits))
        return [visit for visit, names in visits if self._there(names) not in {0, len(names)}]

    def _turns(self, someone: Policyholder) -> int:
        return next((turn for chat, turn, _ in self._talks if chat == someone.key.chat), 0)

    def _is_erased(self, someone: Policyholder) -> bool:
        return someone.is_erased and (someone.fingerprint, "chat erased") in self._done

    def _there(self, names: Iterable[str]) -> int:
        return sum(name in self._messages for name in names)
