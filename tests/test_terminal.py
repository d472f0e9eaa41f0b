"""The terminal as a channel: what is typed goes in, what the bot says is printed."""

import io
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from claimbot.app import now
from claimbot.channels import Button, Channel, File, Inbound, Outbound, Received, Text
from claimbot.channels.terminal import CHAT, PROMPT, Terminal, read_file
from claimbot.errors import Blocked, FileGone, FileTooBig


class Chatting:
    """A terminal with somebody at it, and an inbox that keeps what they say."""

    def __init__(self, **options: object) -> None:
        self.screen = io.StringIO()
        self.terminal = Terminal(language="nl", writing=self.screen, **options)  # type: ignore[arg-type]  # by name
        self.kept: list[Received] = []
        self.batches: list[int] = []

    async def receive(self, messages: Sequence[Received]) -> None:
        self.kept += messages
        self.batches.append(len(messages))

    async def typing(self, *lines: str) -> list[Inbound]:
        """Type lines and return the messages that they are."""
        await self.terminal.start(self.receive)
        for line in lines:
            await self.terminal.hear(line)
        return [self.terminal.read(message.payload) for message in self.kept]


def texts(inbound: list[Inbound]) -> list[str]:
    """Return the words of messages that are nothing else."""
    found = [message.content for message in inbound]
    return [content.text for content in found if isinstance(content, Text)]


def files(inbound: list[Inbound]) -> list[tuple[str, bool]]:
    """Return the names of the files sent, and whether each is a photo."""
    found = [message.content for message in inbound]
    return [(content.name, content.as_photo) for content in found if isinstance(content, File)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and current folder with some files in it."""
    for name in ("car.jpg", "damage.HEIC", "my form.pdf", "it's.png"):
        (tmp_path / name).write_bytes(b"a file")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_the_terminal_is_a_channel() -> None:
    """It goes wherever one does."""
    channel: Channel = Chatting().terminal

    assert channel.name == "terminal"


async def test_a_line_is_a_message() -> None:
    """Of its own, said now, in the language that was given."""
    chatting = Chatting()
    before = now()

    inbound = await chatting.typing("hallo  daar ", "", "  ", "hallo  daar")

    assert texts(inbound) == ["hallo  daar", "hallo  daar"]
    assert len({message.message_id for message in chatting.kept}) == 2
    first = inbound[0]
    assert (first.chat, first.language) == (CHAT, "nl")
    assert first.at is not None
    assert timedelta() <= first.at - before < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("car.jpg", [("car.jpg", True)]),
        ("~/car.jpg", [("car.jpg", True)]),
        ("damage.HEIC ./car.jpg", [("damage.HEIC", True), ("car.jpg", True)]),
        ("my form.pdf", [("my form.pdf", False)]),
        ("'my form.pdf' car.jpg", [("my form.pdf", False), ("car.jpg", True)]),
        ("my\\ form.pdf", [("my form.pdf", False)]),
        ("it's.png", [("it's.png", True)]),
    ],
)
@pytest.mark.usefixtures("folder")
async def test_a_path_sends_the_file(line: str, names: list[tuple[str, bool]]) -> None:
    """Alone or several as an album, in quotes or not, in the home folder too."""
    chatting = Chatting()

    inbound = await chatting.typing(line)

    assert files(inbound) == names
    assert chatting.batches == [len(names)]


@pytest.mark.parametrize(
    "line",
    [
        *("it's my car", '"unclosed', "car.jpg is my car", "~nobody", "/start", "a/b", "1"),
        *("null \0 byte", "x" * 5000, "'/"),
    ],
)
@pytest.mark.usefixtures("folder")
async def test_anything_else_is_text(line: str) -> None:
    """Whatever it looks like, it arrives as it was typed."""
    inbound = await Chatting().typing(line)

    assert texts(inbound) == [line]


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("cat.jpg", "cat.jpg"),
        ("car.jpg cat.jpg", "cat.jpg"),
        ("~/my cat.jpg", "~/my cat.jpg"),
        ("a.pdf b.pdf", "a.pdf, b.pdf"),
    ],
)
@pytest.mark.usefixtures("folder")
async def test_a_file_that_is_not_there_is_not_sent(line: str, missing: str) -> None:
    """A typing error is told here, and is no remark for the adjuster."""
    chatting = Chatting()

    assert await chatting.typing(line) == []
    assert chatting.screen.getvalue() == f"(nothing sent: there is no file {missing})\n\n"


async def test_bytes_that_are_no_text_become_marks() -> None:
    """What the terminal could not decode can be stored and sent on all the same."""
    inbound = await Chatting().typing(b"na\xefef".decode(errors="surrogateescape"))

    assert texts(inbound) == ["na\N{REPLACEMENT CHARACTER}ef"]
    json.dumps(texts(inbound), ensure_ascii=False).encode()


async def test_nothing_is_heard_after_the_end() -> None:
    """A line that comes too late is lost, as it is when the chat is over."""
    chatting = Chatting()
    await chatting.typing("hallo")

    await chatting.terminal.stop()
    await chatting.terminal.stop()
    await chatting.terminal.greet("{}")
    await chatting.terminal.hear("te laat")

    assert len(chatting.kept) == 1


async def test_an_answer_is_printed_with_its_choices_numbered() -> None:
    """A number is an answer."""
    chatting = Chatting()
    choices = (Button(id="send", label="Versturen"), Button(id="stop", label="Stoppen"))

    await chatting.terminal.send(CHAT, Outbound(text="Klopt dit?", buttons=choices))

    assert chatting.screen.getvalue() == "Klopt dit?\n  1. Versturen\n  2. Stoppen\n\n"


@pytest.mark.parametrize(("typed", "up"), [("", ""), ("hal", ""), ("x" * 25, "\x1b[2A")])
async def test_an_answer_is_printed_above_what_is_being_typed(typed: str, up: str) -> None:
    """The lines it stands on are cleared, the answer fits the screen, and typing goes on below."""
    chatting = Chatting(typed=lambda: typed, width=lambda: 12)

    await chatting.terminal.send(CHAT, Outbound(text="Bedankt voor je foto.\nTot ziens."))

    printed = chatting.screen.getvalue()
    assert printed == f"{up}\r\x1b[J\nBedankt voor\nje foto.\nTot ziens.\n\n{PROMPT}{typed}"


async def test_a_screen_that_nobody_reads_ends_the_chat() -> None:
    """Nothing is said to it again, and nothing waits for it."""

    class Closed(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    terminal = Terminal(language=None, writing=Closed())

    with pytest.raises(Blocked):
        await terminal.send(CHAT, Outbound(text="Hallo"))


async def test_a_file_is_read_up_to_a_limit(tmp_path: Path) -> None:
    """No more of it than is allowed comes into memory."""
    path = tmp_path / "car.jpg"
    path.write_bytes(b"12345")
    file = File(handle=str(path), as_photo=True)

    assert await Chatting().terminal.fetch(file, limit=5) == b"12345"
    with pytest.raises(FileTooBig):
        read_file(str(path), limit=4)
    with pytest.raises(FileTooBig):
        read_file("/dev/zero", limit=4)
    with pytest.raises(FileGone):
        read_file(str(tmp_path), limit=5)
