"""What is done in a transcript: one act a line, ``>`` the policyholder's, ``!`` an adjuster's."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

UNITS = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "day": timedelta(days=1),
    "days": timedelta(days=1),
}

_NAME = r'"[^"]+"|[^\s"()]+'  # in quotes when it has a space or a bracket
_SENT = re.compile(rf"\((photo|album|file)((?: +(?:{_NAME}))+) *\)(?:\s+(.*))?", re.DOTALL)
_SILENCE = re.compile(rf"\((\d{{1,4}}) ({'|'.join(UNITS)}) of silence\)")
_DEGREES = r"(-?\d{1,3}(?:\.\d{1,9})?)"
_LOCATION = re.compile(rf"\(location +{_DEGREES},? +{_DEGREES}\)")
_OTHER = re.compile(r"\((voice|video|sticker|contact)\)")
_PRESS = re.compile(r"\[([^]]+)\]")
_ASK = re.compile(r'ask(?=.)(?: +"(.+)")?(?: +photo +([1-9]|10))?', re.DOTALL)
_TELL = re.compile(r'tell +"(.+)"', re.DOTALL)
_TAKEN_LITERALLY = ("\\(", "\\[", "\\\\")
_FORMS = (
    "an act is (photo PATH), (album PATH PATH), (file PATH), (location 52.09 5.11), (voice), "
    "(20 h of silence) or [Button]; a path with a space or a bracket goes in quotes, and a text "
    "that begins with ( or [ has a \\ before it"
)


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
class Share:
    """The policyholder shares a location, in degrees north and east."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class SendOther:
    """The policyholder sends a voice message, a sticker or the like."""

    kind: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The policyholder is silent."""

    length: timedelta


@dataclass(frozen=True, slots=True)
class Ask:
    """An adjuster takes the claim that is due first and asks about it, or for photo ``slot``."""

    text: str
    slot: int | None


@dataclass(frozen=True, slots=True)
class Tell:
    """An adjuster writes to who waits for a person, or else about the claim that is due first."""

    text: str


@dataclass(frozen=True, slots=True)
class Release:
    """An adjuster lets the bot go on with who waited for a person."""


Act = Write | Press | Send | Share | SendOther | Wait | Ask | Tell | Release


def parse_act(text: str, folder: Path) -> Act:
    """Return what a line says, without its ``>``.

    Args:
        text: The line, or several of a longer text, without their indentation.
        folder: Where the transcript is: its files are beside it or in ``../photos``.

    Raises:
        ValueError: It is no act, or a file is not there; the message ends in what to do.
    """
    if not text:
        raise ValueError("nothing is said here; write something after the '>' or remove it")
    if text.startswith(_TAKEN_LITERALLY):
        return Write(text[1:])
    if sent := _SENT.fullmatch(text):
        kind, names, caption = sent.groups(default="")
        paths = [_find_file(name.strip('"'), folder) for name in re.findall(_NAME, names)]
        if kind != "album" and len(paths) > 1:
            raise ValueError(f"a {kind} is one file; several photos are an (album ...)")
        return Send(tuple(paths), caption, as_file=kind == "file")
    if silence := _SILENCE.fullmatch(text):
        return Wait(int(silence[1]) * UNITS[silence[2]])
    if location := _LOCATION.fullmatch(text):
        return _share(float(location[1]), float(location[2]))
    if other := _OTHER.fullmatch(text):
        return SendOther(other[1])
    if press := _PRESS.fullmatch(text):
        return Press(press[1])
    if text.startswith(("(", "[")):
        raise ValueError(_FORMS)
    return Write(text)


def parse_adjusters_act(text: str) -> Act:
    """Return what an adjuster does, a line without its ``!``.

    Raises:
        ValueError: It is no act; the message says which there are.
    """
    if asked := _ASK.fullmatch(text):
        question, slot = asked.groups()
        return Ask(question or "", int(slot) if slot else None)
    if told := _TELL.fullmatch(text):
        return Tell(told[1])
    if text == "release":
        return Release()
    raise ValueError(
        'an adjuster\'s act is ask "TEXT", ask "TEXT" photo 2, ask photo 2, tell "TEXT" or release'
    )


def _share(latitude: float, longitude: float) -> Share:
    if abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004  degrees of the globe
        raise ValueError("no such place; write degrees north and east, as (location 52.09 5.11)")
    return Share(latitude, longitude)


def _find_file(name: str, folder: Path) -> Path:
    for path in (folder / name, folder.parent / "photos" / name):
        if path.is_file():
            return path
    raise ValueError(
        f"no file {name}; put it beside the transcript or into {folder.parent / 'photos'}"
    )
