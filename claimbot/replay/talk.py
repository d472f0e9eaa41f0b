"""Transcripts that a claims clerk can read: ``*.talk`` files.

    # a comment
    @ language nl
    > what the policyholder writes, or (photo car.jpg), [Send], (20 h of silence)
    < what the bot answers
      on several lines, and what it offers
      [Send] [Change] [Stop]
    = what the adjusters then have

Lines of the policyholder without an answer in between are sent in one go.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claimbot.errors import BadConfiguration

SUFFIX = ".talk"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLICIES = r"pattern:\d{9}"
SETTINGS = frozenset({"language", "start", "policies", "phone"})
UNITS = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "days": timedelta(days=1),
}

_SETTING = re.compile(r"@ *(\w+) +(.+)")
_SENT = re.compile(r"\((photo|album|file) ([^)]+)\) ?(.*)", re.DOTALL)
_SILENCE = re.compile(r"\((\d+) (s|min|h|days) of silence\)")
_OTHER = re.compile(r"\((voice|video|sticker|location|contact)\)")
_PRESS = re.compile(r"\[([^]]+)\]")


@dataclass(frozen=True, slots=True)
class Write:
    """The policyholder writes."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """The policyholder presses the last button of this label."""

    label: str


@dataclass(frozen=True, slots=True)
class Send:
    """The policyholder sends files, one or an album; photos, unless ``as_file``."""

    paths: tuple[Path, ...]
    caption: str
    as_file: bool


@dataclass(frozen=True, slots=True)
class SendOther:
    """The policyholder sends a voice message, a sticker or the like."""

    kind: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The policyholder is silent."""

    length: timedelta


Act = Write | Press | Send | SendOther | Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some acts in one go.

    ``head`` are the comments, settings and blank lines before it, ``lines`` the acts as they are
    written; both are kept as they are when the transcript is written anew.
    """

    head: tuple[str, ...]
    lines: tuple[str, ...]
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A transcript: what the policyholder does, and how the file is to be written anew."""

    path: Path
    text: str
    groups: tuple[Group, ...]
    tail: tuple[str, ...] = ()
    language: str = "nl"
    start: datetime = START
    policies: str = POLICIES
    phone: str = ""


def find_talks(paths: Iterable[Path]) -> list[Path]:
    """Return the transcripts that paths name: files as they are, folders by their ``*.talk``.

    Raises:
        BadConfiguration: A path is not there, or a folder holds none.
    """
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not inside or not inside[0].is_file():
            raise BadConfiguration(f"no transcript at {path}; name a *{SUFFIX} file or a folder")
        found += inside
    return found


def parse_talk(path: Path) -> Talk:
    """Read a transcript.

    Raises:
        BadConfiguration: A line cannot be read; the message names it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(f"{path} cannot be read: {error}; is it a transcript?") from None
    reading = _Reading(path)
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            reading.take(line)
        except ValueError as error:
            raise BadConfiguration(f"{path}:{number}: {error}") from None
    return reading.talk(text)


@dataclass(slots=True)
class _Reading:
    """A transcript half read."""

    path: Path
    groups: list[Group] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    answered: bool = False

    def take(self, line: str) -> None:
        match line[:1]:
            case ">":
                if self.answered or (self.head and self.lines):
                    self._close()
                self.lines.append(line.rstrip())
            case "<" | "=":
                self.answered = True
            case " " if self.answered:
                pass
            case " " if self.lines and not self.head:
                self.lines[-1] += "\n" + line.rstrip()
            case "#" | "@" | "":
                if self.lines:
                    self._close()
                self._set(line)
                self.head.append(line.rstrip())
            case _:
                raise ValueError("a line begins with '>', '<', '=', '@', '#' or two spaces")

    def _set(self, line: str) -> None:
        if not line.startswith("@"):
            return
        setting = _SETTING.fullmatch(line.rstrip())
        if setting is None or setting[1] not in SETTINGS:
            raise ValueError(f"'@' sets one of {', '.join(sorted(SETTINGS))}")
        self.settings[setting[1]] = setting[2]

    def _close(self) -> None:
        acts = tuple(_parse_act(line, self.path.parent) for line in self.lines)
        group = Group(head=tuple(self.head), lines=tuple(self.lines), acts=acts)
        self.groups.append(group)
        self.head, self.lines, self.answered = [], [], False

    def talk(self, text: str) -> Talk:
        if self.lines:
            self._close()
        given = self.settings
        start = datetime.fromisoformat(given["start"]) if "start" in given else START
        policies = given.get("policies", POLICIES)
        if policies.startswith("csv:"):
            policies = f"csv:{self.path.parent / policies.removeprefix('csv:')}"
        return Talk(
            path=self.path,
            text=text,
            groups=tuple(self.groups),
            tail=tuple(self.head),
            language=given.get("language", "nl"),
            start=start.replace(tzinfo=start.tzinfo or UTC),
            policies=policies,
            phone=given.get("phone", ""),
        )


def _parse_act(line: str, folder: Path) -> Act:
    text = "\n".join(part.removeprefix("  ") for part in line[1:].lstrip().split("\n"))
    if sent := _SENT.fullmatch(text):
        paths = tuple(_find_file(name, folder) for name in sent[2].split())
        return Send(paths, sent[3], as_file=sent[1] == "file")
    if silence := _SILENCE.fullmatch(text):
        return Wait(int(silence[1]) * UNITS[silence[2]])
    if other := _OTHER.fullmatch(text):
        return SendOther(other[1])
    if press := _PRESS.fullmatch(text):
        return Press(press[1])
    return Write(text)


def _find_file(name: str, folder: Path) -> Path:
    """Find a file beside the transcript, or in the folder ``photos`` next to the transcript's."""
    for path in (folder / name, folder.parent / "photos" / name):
        if path.is_file():
            return path
    raise ValueError(f"no file {name} beside the transcript or in {folder.parent / 'photos'}")


def written_anew(talk: Talk, answers: Sequence[Sequence[str]], outcome: Sequence[str]) -> str:
    """Return the transcript with the bot's lines replaced by what it says now.

    Args:
        talk: The transcript.
        answers: The bot's messages after each group, in their written form.
        outcome: What the adjusters have at the end.
    """
    lines: list[str] = []
    for group, said in zip(talk.groups, answers, strict=True):
        lines += [*group.head, *group.lines]
        lines += ["< " + message.replace("\n", "\n  ") for message in said]
    lines += [f"= {line}" for line in outcome]
    lines += talk.tail
    return "\n".join(lines).rstrip() + "\n"


def difference(talk: Talk, now: str) -> str:
    """Return what changed, for people: empty when nothing did."""
    was = talk.text.rstrip().splitlines()
    lines = difflib.unified_diff(
        was, now.rstrip().splitlines(), f"{talk.path} (expected)", "the bot now", lineterm="", n=2
    )
    return "\n".join(lines)
