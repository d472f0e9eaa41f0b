"""A transcript is played by the real bot, on a clock of its own."""

import asyncio
import json
import socket
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from claimbot.channels import Button, File, Outbound, Press, Text
from claimbot.cli.conversations import samples
from claimbot.errors import BadTranscript, FileGone, FileTooBig
from claimbot.replay import Played, parse_talk, play
from claimbot.replay.player import stage_settings, written
from claimbot.replay.script import CHAT, Script, payload_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SENT = "> 123456789\n\n> (album car.jpg damage.jpg closeup.jpg)\n\n> none\n\n> [Send]\n"


async def replayed(folder: Path, text: str, name: str = "sample") -> Played:
    """Play a transcript of this text, in English, with the sample photos at hand."""
    photos = folder / "photos"
    if not photos.exists():
        photos.symlink_to(samples().parent / "photos")
    (folder / "talks").mkdir(exist_ok=True)
    path = folder / "talks" / f"{name}.talk"
    path.write_text("@ language en\n\n" + text)
    return await play(parse_talk(path))


def answers(played: Played) -> list[list[str]]:
    """Return what the bot said in each turn."""
    return [[message.text for message in turn.bot] for turn in played.turns]


async def test_a_played_conversation_makes_a_claim(tmp_path: Path) -> None:
    """What ``claimbot replay --json`` prints has exactly this shape."""
    played = await replayed(tmp_path, SENT)

    printed = json.loads(json.dumps(played.as_json()))

    assert list(printed) == ["file", "ok", "turns", "claim"]
    assert printed["file"] == str(tmp_path / "talks" / "sample.talk")
    assert printed["ok"] is False
    assert [turn["user"] for turn in printed["turns"]] == [
        "123456789",
        "(album car.jpg damage.jpg closeup.jpg)",
        "none",
        "[Send]",
    ]
    assert all(list(turn) == ["user", "bot"] for turn in printed["turns"])
    assert printed["turns"][3]["bot"] == [message.text for message in played.turns[3].bot]
    claim = printed["claim"]
    assert list(claim) == ["reference", "policy_number", "photos", "form"]
    assert claim["reference"] in printed["turns"][3]["bot"][0]
    assert (claim["policy_number"], claim["form"]) == ("123456789", None)
    assert [list(photo) for photo in claim["photos"]] == [["sha256", "flaws", "flags"]] * 3
    assert all(photo["flaws"] == photo["flags"] == [] for photo in claim["photos"])


async def test_a_form_is_in_the_printed_claim(tmp_path: Path) -> None:
    """By its bytes and its kind."""
    played = await replayed(tmp_path, SENT.replace("> none", "> (file form.pdf)"))

    claim = played.as_json()["claim"]

    assert isinstance(claim, dict)
    assert [file["media_type"] for file in claim["form"]] == ["application/pdf"]


async def test_a_conversation_without_a_claim_prints_none(tmp_path: Path) -> None:
    """A draft is not a claim."""
    played = await replayed(tmp_path, "> hello")

    assert played.as_json()["claim"] is None
    assert "= nothing in the queue" in played.text


async def test_of_two_claims_the_last_is_printed(tmp_path: Path) -> None:
    """The outcome lists both, in order."""
    played = await replayed(tmp_path, SENT + "\n> new claim\n\n" + SENT.replace("1234", "9876"))

    first, second = (stored.claim.reference for stored in played.claims)
    claim = played.as_json()["claim"]
    assert isinstance(claim, dict)
    assert claim["reference"] == second != first
    assert played.text.index(f"= claim {first}") < played.text.index(f"= claim {second}")


async def test_what_was_written_plays_the_same(tmp_path: Path) -> None:
    """References, times and words are the same every time, in whatever folder it is played."""
    first = await replayed(tmp_path, SENT)
    other = tmp_path / "other"
    other.mkdir()

    (tmp_path / "talks" / "sample.talk").write_text(first.text)
    again = await play(parse_talk(tmp_path / "talks" / "sample.talk"), other)

    assert first.diff
    assert again.diff == ""
    assert again.as_json()["ok"] is True
    assert again.claims[0].claim == first.claims[0].claim
    assert {path.name for path in other.iterdir()} >= {"claimbot.db", "photos"}


async def test_a_reference_follows_from_the_name_of_the_file(tmp_path: Path) -> None:
    """Conversations know nothing of each other, and yet no two have a claim of one name."""
    one = await replayed(tmp_path, SENT, "one")
    two = await replayed(tmp_path, SENT, "two")

    assert answers(one)[0] == answers(two)[0]
    assert one.claims[0].claim.reference != two.claims[0].claim.reference


async def test_no_setting_of_the_machine_matters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not its environment and not its ``claimbot.toml``; the transcript says it all."""
    before = await replayed(tmp_path, SENT)
    (tmp_path / "claimbot.toml").write_text('insurer = "Somebody else"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLAIMBOT_POLICIES", "pattern:X")
    monkeypatch.setenv("CLAIMBOT_DATABASE", "sqlite:///elsewhere.db")
    monkeypatch.setenv("CLAIMBOT_TELEGRAM_TOKEN", "0:token")
    monkeypatch.setenv("CLAIMBOT_LANGUAGE", "nonsense")

    after = await replayed(tmp_path, SENT)

    assert after.text == before.text
    assert not (tmp_path / "elsewhere.db").exists()


async def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by a conversation that ends well nor by one that cannot be played."""
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(passing))

    await replayed(tmp_path, SENT)
    with pytest.raises(BadTranscript):
        await replayed(tmp_path, "> [Send]")

    assert list(passing.iterdir()) == []


async def test_nothing_goes_over_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replay works on a machine that has none."""
    monkeypatch.setattr(socket.socket, "connect", None)

    assert (await replayed(tmp_path, SENT)).claims


async def test_an_album_and_a_burst_are_answered_once(tmp_path: Path) -> None:
    """So are texts in one go each, at once; photos that come one after the other are not."""
    played = await replayed(
        tmp_path,
        "> 123456789\n\n> (album car.jpg damage.jpg)\n\n"
        "> (photo closeup.jpg)\n> (photo extra.jpg)",
    )
    apart = await replayed(
        tmp_path, "> 123456789\n\n> (photo car.jpg)\n\n> (photo damage.jpg)\n\n> status\n> help"
    )

    assert [len(said) for said in answers(played)] == [1, 1, 1]
    assert [len(said) for said in answers(apart)] == [1, 1, 1, 2]


async def test_silence_passes_in_no_time(tmp_path: Path) -> None:
    """One reminder after 20 hours, none before and no second one."""
    played = await replayed(
        tmp_path,
        "> 123456789\n\n> (19 h of silence)\n\n> (2 h of silence)\n\n> (20 days of silence)",
    )

    assert [len(said) for said in answers(played)] == [1, 0, 1, 0]


async def test_a_draft_is_erased_after_thirty_days(tmp_path: Path) -> None:
    """Until then it is kept."""
    kept, erased = [
        await replayed(tmp_path, f"> 123456789\n\n> ({days} days of silence)\n\n> status")
        for days in (29, 31)
    ]

    assert "123456789" in answers(kept)[2][0]
    assert "123456789" not in answers(erased)[2][0]


async def test_the_settings_of_a_transcript_are_followed(tmp_path: Path) -> None:
    """Its language, its policies, its phone number, its start and its channel."""
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "numbers.csv").write_text("number\n111222333\n")
    settings = (
        "@ channel telegram\n@ phone 030 123 45 67\n@ start 2027-07-01 10:00\n"
        "@ policies csv:numbers.csv\n\n"
    )

    played = await replayed(
        tmp_path,
        f"{settings}> 123456789\n\n> agent\n\n> continue\n\n"
        + SENT.replace("> 123456789", "> 111222333"),
    )

    said = answers(played)
    assert "123456789" in said[0][0]
    assert "030 123 45 67" in said[1][0]
    assert "1 July" in said[-1][0]
    assert played.claims[0].key.channel == "telegram"
    assert played.claims[0].claim.policy_number == "111222333"


async def test_the_outcome_shows_what_an_adjuster_needs(tmp_path: Path) -> None:
    """Flags and remarks, on several lines too, and who waits for a person."""
    played = await replayed(
        tmp_path,
        "> 123456789\n\n> It was dark.\n  I saw nothing.\n\n> (photo blurred.jpg)\n\n"
        "> (photo blurred.jpg)\n\n> (photo blurred.jpg)\n\n> (album car.jpg closeup.jpg)\n\n"
        "> none\n\n> [Send]\n\n> agent",
    )

    reference = played.claims[0].claim.reference
    outcome = played.text[played.text.index("= ") :]
    assert "3 photos, form none, priority normal" in outcome
    assert "remark: It was dark.\n  I saw nothing." in outcome
    assert "flag: taken_on_third_try" in outcome
    assert f"= person called: asked, {reference}" in outcome
    (tmp_path / "talks" / "sample.talk").write_text(played.text)
    assert (await play(parse_talk(tmp_path / "talks" / "sample.talk"))).diff == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "> hello\n\n> [Nonsense]",
            r":5: the bot never offered \[Nonsense\]; its last choices: \[",
        ),
        ("> 123456789\n\n> [Nonsense]", ":5: .*: none at all"),
        ('> hello\n\n! ask "Who drove?"', ":5: no claim is ready for an adjuster"),
        (f"{SENT}\n! ask photo 4", ": claim CB-.* has no photo 4; name one of 1 to 3"),
        ("> hello\n\n! release", ":5: nobody waits for a person"),
    ],
)
async def test_what_cannot_be_done_is_named(tmp_path: Path, text: str, reason: str) -> None:
    """A button that is not offered, for labels change, or an adjuster's act out of place."""
    with pytest.raises(BadTranscript, match=reason):
        await replayed(tmp_path, text)


async def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """With the transcript that it stands in."""
    with pytest.raises(BadTranscript, match=r"sample\.talk: .*missing\.csv"):
        await replayed(tmp_path, "@ policies csv:missing.csv\n\n> hello")


def test_a_stage_touches_nothing_but_its_folder(tmp_path: Path) -> None:
    """Its database and its photos are in there; it waits for nobody."""
    settings = stage_settings(tmp_path)

    assert settings.database == f"sqlite:///{tmp_path}/claimbot.db"
    assert settings.photos == f"file:{tmp_path}/photos"
    assert settings.message_gap_seconds == 0
    assert settings.telegram_token is None


def test_a_message_is_written_with_its_buttons_last() -> None:
    """On a line of their own, if there are any."""
    choices = (Button(id="a", label="Yes"), Button(id="b", label="No"))

    assert (
        written(Outbound(text="Is this right?", buttons=choices)) == "Is this right?\n[Yes] [No]"
    )
    assert written(Outbound(text="Thank you.")) == "Thank you."


async def test_a_script_hands_out_the_files_of_a_transcript(tmp_path: Path) -> None:
    """And refuses as a channel does: what is too big, and what is gone."""
    script = Script("replay")
    path = tmp_path / "car.jpg"
    path.write_bytes(b"12345")
    file = File(handle=str(path), as_photo=True)

    assert await script.fetch(file, limit=5) == b"12345"
    with pytest.raises(FileTooBig):
        await script.fetch(file, limit=4)
    path.unlink()
    with pytest.raises(FileGone):
        await script.fetch(file, limit=5)


async def test_a_script_reads_what_was_put_into_it() -> None:
    """It begins and ends without a sound, and takes in nothing by itself."""
    script = Script("replay")
    await script.start(lambda _: asyncio.sleep(0))
    await script.greet("{}")
    await script.stop()

    later = NOON + timedelta(hours=1)
    text = script.read(payload_of("text", "hello", NOON, language="en"))
    press = script.read(payload_of("press", "yes", later, language=None))

    assert (text.chat, text.at, text.language) == (CHAT, NOON, "en")
    assert text.content == Text(text="hello")
    assert (press.at, press.content) == (later, Press(id="yes"))
    assert script.said == []
