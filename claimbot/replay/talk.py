"""Transcripts that a claims clerk can read: ``*.talk`` files.

    # a comment
    @ language nl
    > what the policyholder writes, or (photo car.jpg), [Send], (20 h of silence)
    < what the bot answers
      on several lines, and what it offers
      [Send] [Change] [Stop]
    ! what an adjuster does: ask "Who drove?", ask photo 2, tell "We call you.", release
    = what the adjusters then have

Acts with nothing between them, not even an empty line, are sent in one go.
An ``@`` sets, for the whole conversation, its ``channel``, the ``language`` of the policyholder's
phone, the ``start`` (UTC), and the insurer's ``policies`` and ``phone``.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from claimbot.errors import BadTranscript
from claimbot.replay.acts import Act, parse_act, parse_adjusters_act
from claimbot.words import languages

SUFFIX = ".talk"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLICIES = r"pattern:\d{9}"
CHANNEL = "replay"
SETTINGS = frozenset({"channel", "language", "start", "policies", "phone"})

_SETTING = re.compile(r"@ *(\w+) +(\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some acts in one go.

    ``head`` are the comments, settings and blank lines before it, ``lines`` the acts as they are
    written; both are kept as they are when the transcript is written anew.  ``number`` is the
    first act's line in the file, from 1.
    """

    head: tuple[str, ...]
    lines: tuple[str, ...]
    acts: tuple[Act, ...]
    number: int

    @property
    def said(self) -> str:
        """Return what is done, as it is written; only an adjuster's acts keep their mark."""
        marks = ("! " if line[0] == "!" else "" for line in self.lines)
        return "\n".join(
            mark + _unmarked(line) for mark, line in zip(marks, self.lines, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A transcript: what the policyholder does, and how the file is to be written anew.

    ``foot`` are the comments and blank lines before the outcome, ``tail`` those after it.
    """

    path: Path
    text: str
    groups: tuple[Group, ...]
    foot: tuple[str, ...] = ("",)
    tail: tuple[str, ...] = ()
    channel: str = CHANNEL
    language: str = "nl"
    start: datetime = START
    policies: str = POLICIES
    phone: str = ""


def find_talks(paths: Iterable[Path]) -> list[Path]:
    """Return the transcripts that paths name: files as they are, folders by their ``*.talk``.

    Raises:
        BadTranscript: A path is not there, or a folder holds none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not inside or not inside[0].is_file():
            raise BadTranscript(f"no transcript at {path}; name a *{SUFFIX} file or a folder")
        found |= dict.fromkeys(inside)
    return list(found)


def parse_talk(path: Path) -> Talk:
    """Read a transcript.  Any line ends will do; written anew, it has those of Unix.

    Raises:
        BadTranscript: A line cannot be read; the message names it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadTranscript(f"{path} is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise BadTranscript(f"{path} cannot be read: {error.strerror}") from None
    reading = _Reading(path)
    lines = text.rstrip().split("\n")
    for number, line in enumerate(lines, start=1):
        try:
            reading.take(number, line)
        except ValueError as error:
            raise BadTranscript(f"{path}:{number}: {error}") from None
    return reading.talk(text)


@dataclass(slots=True)
class _Reading:
    """A transcript half read: the groups that are done, and the one that is being read.

    ``gap`` are the blank lines and comments since.  They belong to what comes next: to the next
    group, to the outcome, or, when all are blank, to a text that goes on behind them.
    """

    path: Path
    groups: list[Group] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    head: list[str] = field(default_factory=list)
    acts: list[tuple[int, list[str]]] = field(default_factory=list)
    gap: list[str] = field(default_factory=list)
    foot: list[str] | None = None
    answered: bool = False

    def take(self, number: int, line: str) -> None:
        match line.strip() and line[0]:
            case ">" | "!":
                self._act(number, line)
            case "<" | "=" as mark:
                self._answer(mark)
            case " " | "\t":
                self._go_on(line)
            case "@":
                self._set(line)
                self.gap.append(line)
            case "#" | "":
                self.gap.append(line)
            case _:
                raise ValueError("a line begins with '>', '<', '!', '=', '@', '#' or two spaces")

    def _act(self, number: int, line: str) -> None:
        if self.foot is not None:
            raise ValueError("what the adjusters have ('=') comes last; move it below this line")
        if self.acts and (self.answered or self.gap):
            self._close()
        if not self.acts:
            self.head, self.gap = self.gap, []
        self.acts.append((number, [line]))

    def _answer(self, mark: str) -> None:
        if not self.acts:
            raise ValueError("the policyholder speaks first; begin with a '>' line")
        if mark == "=" and self.foot is None:
            self.foot, self.gap = self.gap, []
        if self.gap or (mark == "<" and self.foot is not None):
            raise ValueError(
                "an answer stands right below what it answers, and '=' comes last; "
                "move what is between"
            )
        self.answered = True

    def _go_on(self, line: str) -> None:
        if not self.acts or any(map(str.strip, self.gap)):
            raise ValueError("nothing to go on with; two spaces continue a '>', '<' or '=' line")
        if not self.answered:
            self.acts[-1][1].extend([*self.gap, line])
        self.gap = []

    def _set(self, line: str) -> None:
        if self.acts:
            raise ValueError(
                "a setting is for the whole conversation; move it above the first '>'"
            )
        setting = _SETTING.fullmatch(line.rstrip())
        if setting is None or setting[1] not in SETTINGS:
            raise ValueError(
                f"'@' sets one of {', '.join(sorted(SETTINGS))}: write '@ language nl'"
            )
        name, value = setting.groups()
        if name == "language" and value not in languages():
            raise ValueError(f"no language {value} here; choose {' or '.join(languages())}")
        if name == "start":
            _parse_start(value)
        self.settings[name] = value

    def _close(self) -> None:
        acts: list[Act] = []
        lines = tuple("\n".join(lines) for _, lines in self.acts)
        for (number, _), line in zip(self.acts, lines, strict=True):
            try:
                acts.append(_parse(line, self.path.parent))
            except ValueError as error:
                raise BadTranscript(f"{self.path}:{number}: {error}") from None
        first = self.acts[0][0]
        group = Group(head=tuple(self.head), lines=lines, acts=tuple(acts), number=first)
        self.groups.append(group)
        self.acts, self.answered = [], False

    def talk(self, text: str) -> Talk:
        if not self.acts:
            raise BadTranscript(f"{self.path}: nobody says anything; write a line with '>'")
        self._close()
        given = self.settings
        policies = given.get("policies", POLICIES)
        if policies.startswith("csv:"):
            policies = f"csv:{self.path.parent / policies.removeprefix('csv:')}"
        return Talk(
            path=self.path,
            text=text,
            groups=tuple(self.groups),
            foot=("",) if self.foot is None else tuple(self.foot),
            tail=tuple(self.gap),
            channel=given.get("channel", CHANNEL),
            language=given.get("language", "nl"),
            start=_parse_start(given["start"]) if "start" in given else START,
            policies=policies,
            phone=given.get("phone", ""),
        )


def _parse(line: str, folder: Path) -> Act:
    told = _unmarked(line)
    return parse_adjusters_act(told) if line[0] == "!" else parse_act(told, folder)


def _parse_start(value: str) -> datetime:
    try:
        start = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value} is no time; write '@ start 2026-03-02 09:00'") from None
    return start.replace(tzinfo=start.tzinfo or UTC)


def _unmarked(line: str) -> str:
    """Return what an act's lines say, without the mark and the indentation."""
    parts = line[1:].expandtabs(2).split("\n")
    return "\n".join(part.removeprefix("  ").rstrip() for part in parts).strip()


def _marked(mark: str, text: str) -> str:
    """Return a text with a mark before it; the lines after its first are indented."""
    first, *more = text.strip().split("\n")
    return "\n".join(line.rstrip() for line in (f"{mark} {first}", *(f"  {p}" for p in more)))


def written_anew(talk: Talk, answers: Sequence[Sequence[str]], outcome: Sequence[str]) -> str:
    """Return the transcript with the bot's lines replaced by what it says now.

    Args:
        talk: The transcript.
        answers: The bot's messages after each group, in their written form.
        outcome: What the adjusters have at the end.
    """
    lines: list[str] = []
    answered = True
    for group, said in zip(talk.groups, answers, strict=True):
        if not answered and not group.head:
            lines.append("")  # without an answer or this, it would be in one go with the next
        answered = bool(said)
        lines += [*group.head, *group.lines]
        lines += [_marked("<", message) for message in said]
    lines += talk.foot
    lines += [_marked("=", line) for line in outcome]
    lines += talk.tail
    return "\n".join(lines).rstrip() + "\n"


def difference(talk: Talk, now: str) -> str:
    """Return what changed, for people: empty when nothing did but spaces at a line's end."""
    was, is_now = (
        [line.rstrip() for line in text.rstrip().split("\n")] for text in (talk.text, now)
    )
    lines = difflib.unified_diff(
        was, is_now, f"{talk.path} (expected)", "the bot now", lineterm="", n=2
    )
    return "\n".join(lines)
