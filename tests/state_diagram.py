"""The README's state diagram, drawn from what `step` answers.

``python -m tests.state_diagram`` prints it, ``--write`` puts it into README.md.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from claimbot.conversation import Asking
from claimbot.conversation.questions import question
from claimbot.words import languages
from tests.builders import (
    NUMBER,
    OTHER_NUMBER,
    UNKNOWN_NUMBER,
    Chat,
    asking,
    at_photos,
    begun,
    sent,
)

README = Path(__file__).parent.parent / "README.md"
MARKED = re.compile(
    r"(?<=<!-- state diagram -->\n).*?(?=<!-- /state diagram -->)", flags=re.DOTALL
)

ANSWERS: dict[Asking, tuple[tuple[str, Callable[[], Chat]], ...]] = {
    Asking.POLICY_NUMBER: (
        ("a number", lambda: begun().says(NUMBER)),
        ("a number in a sentence", lambda: begun().says(f"I believe it says {NUMBER} here")),
        ("several numbers", lambda: begun().says(f"{NUMBER}, {OTHER_NUMBER}")),
        ("three unknown numbers", lambda: begun().says(*[UNKNOWN_NUMBER] * 3)),
    ),
    Asking.PHOTO: (
        ("a photo", lambda: at_photos().sends("car")),
        ("the third photo", lambda: at_photos().sends("car", "metres", "close")),
    ),
    Asking.REPLACEMENT: (("a photo", lambda: asking(Asking.REPLACEMENT).sends("new")),),
    Asking.FORM: (
        ("a PDF", lambda: asking(Asking.FORM).sends_form()),
        ("photos of pages, done", lambda: asking(Asking.FORM).sends("page").says("done")),
    ),
    Asking.REVIEW: (("a fourth photo", lambda: asking(Asking.REVIEW).sends("fourth")),),
    Asking.NOTHING: (
        ("a photo", lambda: sent().sends("later")),
        ("an adjuster asks", lambda: sent().is_asked("Who drove?")),
    ),
    Asking.ADJUSTER: (
        ("an answer", lambda: asking(Asking.ADJUSTER).says("My brother did.")),
        ("an answer or continue, with a draft", lambda: with_draft().says("continue")),
    ),
    Asking.HUMAN: (
        ("continue", lambda: asking(Asking.HUMAN).says("continue")),
        ("released", lambda: asking(Asking.HUMAN).is_released()),
    ),
}
"""What a policyholder may do besides choosing, where the question asks for it."""


def with_draft() -> Chat:
    """Return a chat whose second claim waits for its policy number while an adjuster asks."""
    return sent().says("new claim").is_asked("Who drove?")


NAMES = {
    Asking.NOTHING: "nothing is asked, a claim was sent",
    Asking.AFTER: "what a photo after the receipt is for",
    Asking.BACK: "go on, after a while",
    Asking.ADJUSTER: "what an adjuster asks about a sent claim",
}
"""Where the name of a question does not say enough."""

NOTE = """\
    note left of policy_number
        At any time: photos, numbers and a form in any order,
        help, status, change, stop, start over, erase, a person, another language.
        Going on leads to what is still missing.
        Six hours of silence lead to back, a question of an adjuster's to adjuster.
    end note
"""


def edges() -> Iterator[tuple[str, str, str]]:
    """Yield every step from one open question to another: from, to, and what led there."""
    yield "[*]", Chat().says("hello").now.asking, "hello"
    labels = languages()["en"].labels
    for here in Asking:
        for what, done in ANSWERS.get(here, ()):
            yield here, done().now.asking, what
        for option in question(asking(here).now)[1]:
            chosen = asking(here).presses(option.choice)
            yield here, chosen.now.asking, labels[option.choice]


def draw() -> str:
    """Return the diagram as a Mermaid block; steps between the same two questions share a line."""
    merged: dict[tuple[str, str], list[str]] = {}
    for here, there, what in edges():
        if here != there:
            merged.setdefault((here, there), []).append(what)
    names = [f"    {question}: {name}\n" for question, name in NAMES.items()]
    arrows = [
        f"    {here} --> {there}: {', '.join(dict.fromkeys(what))}\n"
        for (here, there), what in merged.items()
    ]
    return "```mermaid\nstateDiagram-v2\n" + "".join(names + arrows) + NOTE + "```\n"


def main(arguments: Sequence[str], readme: Path = README) -> None:
    """Print the diagram, or write it between the marks of the README."""
    if "--write" in arguments:
        text = readme.read_text(encoding="utf-8")
        readme.write_text(MARKED.sub(lambda _: draw(), text), encoding="utf-8")
    else:
        sys.stdout.write(draw())


if __name__ == "__main__":  # pragma: no cover  by hand
    main(sys.argv[1:])
