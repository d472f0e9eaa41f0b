"""The sample conversations: each says what the bot says, word for word."""

from pathlib import Path

import pytest

from claimbot.cli.conversations import samples
from claimbot.replay import find_talks, parse_talk, play

TALKS = find_talks([samples()])


@pytest.mark.parametrize("path", TALKS, ids=lambda path: path.stem)
async def test_the_bot_says_what_is_written(path: Path) -> None:
    """A change of wording shows in review: `claimbot replay --write` takes it over."""
    played = await play(parse_talk(path))

    assert not played.diff, f"\n{played.diff}"


@pytest.mark.parametrize("path", TALKS, ids=lambda path: path.stem)
def test_a_sample_says_what_it_shows(path: Path) -> None:
    """A comment at its top, and the outcome at its end."""
    lines = path.read_text().splitlines()

    assert lines[0].startswith("# ")
    assert lines[-1].startswith("= ")


def test_the_samples_show_what_matters() -> None:
    """Every case that policyholders meet daily has its conversation, in both languages."""
    names = {path.stem for path in TALKS}
    languages = {parse_talk(path).language for path in TALKS}

    assert languages == {"nl", "en"}
    assert names >= {
        *("happy-path-nl", "happy-path-en", "album-of-three", "photos-first", "out-of-order"),
        *("number-in-a-sentence", "blurred", "dark", "duplicate", "wrong-file", "fourth-photo"),
        *("replace-a-photo", "change-number-at-review", "cancel", "hurt", "ask-for-a-human"),
        *("voice-message", "back-after-two-days", "a-month-of-silence"),
    }


def test_the_readme_quotes_a_sample_word_for_word() -> None:
    """What a reader sees first is what the bot says."""
    readme = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
    quoted = [
        line for line in readme.splitlines() if line.startswith(("    >", "    <", "      "))
    ]
    first = quoted.index("    > (photo blurred.jpg)")
    sample = "\n".join(line.removeprefix("    ") for line in quoted[first : first + 4])

    assert sample in (samples() / "blurred.talk").read_text(encoding="utf-8")
