"""What one event leads to, before it is put into one message."""

from dataclasses import dataclass, replace

from claimbot.conversation.events import Effect, Line
from claimbot.conversation.state import Asking, Conversation


@dataclass(frozen=True, slots=True)
class Answer:
    """The conversation after an event, what to say about it, and what to do.

    ``asks`` is false when the open question is better left unasked for now.  ``offers`` is true
    when its choices are to stand under the message all the same, because a sentence asks it in
    other words.
    """

    now: Conversation
    lines: tuple[Line, ...] = ()
    effects: tuple[Effect, ...] = ()
    asks: bool = True
    offers: bool = False


def asking(now: Conversation, question: Asking) -> Conversation:
    """Return the conversation with another open question."""
    return replace(now, asking=question)
