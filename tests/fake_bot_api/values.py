"""What goes over the wire of the Bot API, and what a test sees of it."""

from dataclasses import dataclass

Json = dict[str, object]

BOT: Json = {"id": 123456, "is_bot": True, "first_name": "Schade", "username": "schade_bot"}


class Refused(Exception):
    """An answer that is not ok, in the Bot API's words."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        """Have the HTTP status also as the error code."""
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters or {}


def flood(seconds: int) -> Refused:
    """Return the answer to a bot that sends too much."""
    said = f"Too Many Requests: retry after {seconds}"
    return Refused(429, said, {"retry_after": seconds})


UNAUTHORIZED = Refused(401, "Unauthorized")
NOT_FOUND = Refused(404, "Not Found")
SERVER_ERROR = Refused(500, "Internal Server Error")
BLOCKED = Refused(403, "Forbidden: bot was blocked by the user")
HANG_UP = Refused(0, "the connection is dropped")
"""Not an answer: the connection is dropped instead of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method that the bot called, with its parameters as strings."""

    method: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One try to deliver an update to the webhook; status 0 when nobody answered."""

    update_id: int
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where updates are posted."""

    url: str
    secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A button under a message."""

    label: str
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BotMessage:
    """A message of the bot's; ``keyboard`` in rows."""

    message_id: int
    text: str
    keyboard: tuple[tuple[Key, ...], ...] = ()

    @property
    def labels(self) -> list[str]:
        """The labels of all buttons, in order."""
        return [key.label for row in self.keyboard for key in row]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that Telegram keeps; ``size`` is what it says of it."""

    path: str
    data: bytes
    size: int
