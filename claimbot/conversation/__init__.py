"""The conversation with a policyholder: ``step(conversation, event) -> (conversation, effects)``.

Pure: no clock, chance, files, network or framework.  Time comes in with the event.
"""

from claimbot.conversation.events import (
    CallHuman,
    Effect,
    Elapsed,
    Erase,
    Event,
    Left,
    Line,
    Option,
    Pressed,
    Reason,
    Said,
    Say,
    SentForm,
    SentPhoto,
    SentUnusable,
    SharedPlace,
    Submit,
    Unusable,
    Value,
    Words,
    line,
)
from claimbot.conversation.state import Asking, Conversation, wake_at
from claimbot.conversation.step import step

__all__ = [
    "Asking",
    "CallHuman",
    "Conversation",
    "Effect",
    "Elapsed",
    "Erase",
    "Event",
    "Left",
    "Line",
    "Option",
    "Pressed",
    "Reason",
    "Said",
    "Say",
    "SentForm",
    "SentPhoto",
    "SentUnusable",
    "SharedPlace",
    "Submit",
    "Unusable",
    "Value",
    "Words",
    "line",
    "step",
    "wake_at",
]
