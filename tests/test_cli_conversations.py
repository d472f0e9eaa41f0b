"""``claimbot replay`` and ``claimbot demo`` as they are typed."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner, Result

from claimbot.cli import cli, conversations
from claimbot.cli.conversations import samples
from claimbot.errors import BadTranscript

PHOTOS = samples().parent / "photos"


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """A command sets the log up for its own standard error, which ends with it."""
    handlers = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some sample conversations and the photos, to be played and altered."""
    talks = tmp_path / "fixtures" / "conversations"
    talks.mkdir(parents=True)
    (talks.parent / "photos").symlink_to(PHOTOS)
    for name in ("happy-path-en.talk", "cancel.talk"):
        (talks / name).write_bytes((samples() / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    return talks


def run(*arguments: object) -> Result:
    """Run a command and return what came of it; an error of ours is raised."""
    return CliRunner().invoke(cli, list(map(str, arguments)), catch_exceptions=False)


def alter(path: Path, was: str, now: str) -> None:
    """Change what stands in a transcript."""
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, now))


# Replay


def test_conversations_as_written_are_no_news(folder: Path) -> None:
    """Exit 0, nothing on standard output, a count beside it."""
    result = run("replay", folder)

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "2 conversations, 0 different\n"


def test_other_words_are_shown_and_fail(folder: Path) -> None:
    """Exit 1, with the line that was expected and the line that the bot says now."""
    alter(folder / "cancel.talk", "Photo 1 of 3 is fine.", "Photo 1 of 3 is perfect.")

    result = run("replay", folder)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "\n-< Photo 1 of 3 is perfect.\n+< Photo 1 of 3 is fine.\n" in result.stderr
    assert "cancel.talk (expected)" in result.stderr
    assert "2 conversations, 1 different" in result.stderr
    assert "--write" in result.stderr


def test_write_takes_the_new_words_over(folder: Path) -> None:
    """The file is again what it was, and plays."""
    path = folder / "cancel.talk"
    before = path.read_text()
    alter(path, "Photo 1 of 3 is fine.", "Photo 1 of 3 is perfect.")

    assert run("replay", path, "--write").exit_code == 0
    assert path.read_text() == before
    assert run("replay", path).exit_code == 0


def test_json_is_an_object_a_line(folder: Path) -> None:
    """One for each conversation; differences go to standard error only."""
    alter(folder / "cancel.talk", "Photo 1 of 3 is fine.", "Photo 1 of 3 is perfect.")

    result = run("replay", folder, "--json")

    cancelled, happy = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 1
    assert (cancelled["ok"], cancelled["claim"]) == (False, None)
    assert (happy["ok"], happy["claim"]["policy_number"]) == (True, "123456789")


def test_a_transcript_that_cannot_be_read_does_not_stop_the_others(folder: Path) -> None:
    """It is named, with what to do, and fails the run."""
    (folder / "bad.talk").write_text("> (photo nowhere.jpg)\n")
    (folder / "worse.talk").write_text("> hi\n\n> [No such button]\n")

    result = run("replay", folder)

    assert result.exit_code == 1
    assert "bad.talk:1: no file nowhere.jpg; put it beside" in result.stderr
    assert "worse.talk:3: the bot never offered [No such button]" in result.stderr
    assert "4 conversations, 0 different, 2 unreadable" in result.stderr


def test_a_path_without_transcripts_is_refused(tmp_path: Path) -> None:
    """Nothing played is not the same as nothing different."""
    with pytest.raises(BadTranscript, match="no transcript at"):
        run("replay", tmp_path / "nowhere")


# Demo


@pytest.fixture
def sampled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo of a few samples, which takes a moment instead of ten."""
    asked = conversations.ASKED
    (folder / asked).write_bytes((samples() / asked).read_bytes())
    monkeypatch.setattr(conversations, "samples", lambda: folder)
    (folder.parent / "photos").unlink()
    (folder.parent / "photos").mkdir()
    needed = "car.jpg damage.jpg closeup.jpg blurred.jpg dark.jpg other.jpg form.pdf"
    for name in needed.split():
        (folder.parent / "photos" / name).symlink_to(PHOTOS / name)
    return folder


@pytest.mark.usefixtures("sampled")
def test_the_demo_goes_all_the_way_to_an_adjuster() -> None:
    """Conversations, one of them whole, photos, a claim that is pulled, and what to do next."""
    result = run("demo")

    assert result.exit_code == 0
    headings = [line.split(" ─")[0] for line in result.stdout.splitlines() if line.endswith("──")]
    assert headings == [
        "Sample conversations, replayed",
        "One of them, as the policyholder sees it",
        "What the bot thinks of the sample photos",
        "An adjuster pulls the claim",
        "Another one asks for a photo anew, in the same chat",
        "What to try next",
    ]
    assert "> (photo car.jpg)" in result.stdout
    assert "refused  dark.jpg " in result.stdout
    assert "too dark (" in result.stdout
    assert result.stdout.count("read back unchanged") == 3
    assert "is accepted; 0 left in the queue" in result.stdout
    assert "Foto 2 is vervangen." in result.stdout
    assert "Klopt dit?" not in result.stdout
    assert "claimbot chat " in result.stdout
    assert "Photos to send are in fixtures/photos" in result.stdout


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.usefixtures("sampled")
def test_the_demo_fits_the_screen(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """No line is longer, so that none is broken."""
    screens: list[Console] = []

    def screen() -> Console:
        screens.append(Console(file=io.StringIO(), width=width, force_terminal=True))
        return screens[-1]

    monkeypatch.setattr(conversations, "out", screen)
    monkeypatch.setenv("NO_COLOR", "1")

    assert run("demo").exit_code == 0

    printed = screens[0].file
    assert isinstance(printed, io.StringIO)
    lines = Text.from_ansi(printed.getvalue()).plain.splitlines()
    assert max(map(len, lines[:-1])) <= width  # the last line is a path


def test_the_demo_says_when_a_sample_is_out_of_date(sampled: Path) -> None:
    """It shows everything all the same, and fails."""
    alter(sampled / "cancel.talk", "Photo 1 of 3 is fine.", "Photo 1 of 3 is perfect.")

    result = run("demo")

    assert result.exit_code == 1
    assert "What to try next" in result.stdout
    assert "differ from a sample; `claimbot replay` shows where" in result.stderr


def test_the_demo_says_when_there_is_no_claim_to_pull(sampled: Path) -> None:
    """An installation without its samples is no success."""
    (sampled / "happy-path-en.talk").write_text("> hello\n")

    result = run("demo")

    assert result.exit_code == 1
    assert "the demo made no claim" in result.stderr


def test_the_samples_are_in_the_package_when_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And beside it in a checkout."""
    module = tmp_path / "claimbot" / "cli" / "conversations.py"
    monkeypatch.setattr(conversations, "__file__", str(module))

    assert samples() == tmp_path / "fixtures" / "conversations"
    (tmp_path / "claimbot" / "fixtures").mkdir(parents=True)
    assert samples() == tmp_path / "claimbot" / "fixtures" / "conversations"
