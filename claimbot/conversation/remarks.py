"""What the policyholder writes that the bot does not understand: an adjuster may."""

from dataclasses import replace

from claimbot.conversation.events import Line, Words, line
from claimbot.conversation.state import Conversation
from claimbot.understanding import is_small_talk

REMARKS_KEPT = 20
REMARK_LENGTH = 1000  # characters; the whole text stays in the transcript
REMARK_KEPT = line("remark.kept")


def remark(now: Conversation, text: str) -> tuple[Conversation, tuple[Line, ...]]:
    """Keep words that the bot does not understand for the adjuster, who may."""
    written = text.strip()[:REMARK_LENGTH]
    if not now.begun or is_small_talk(text):
        return now, ()
    if len(now.draft.remarks) >= REMARKS_KEPT:
        return now, (line("remark.full"),)
    draft = replace(now.draft, remarks=(*now.draft.remarks, written))
    return replace(now, draft=draft), (REMARK_KEPT,)


def cut(words: Words) -> str:
    """Return as much of a text as an adjuster is shown; all of it stays in the inbox."""
    return words.text.strip()[:REMARK_LENGTH]
