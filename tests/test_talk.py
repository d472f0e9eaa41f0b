"""Transcripts: read, written anew, and compared."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claimbot.errors import BadTranscript
from claimbot.replay.acts import (
    Act,
    Ask,
    Press,
    Release,
    Send,
    SendOther,
    Share,
    Tell,
    Wait,
    Write,
    parse_act,
    parse_adjusters_act,
)
from claimbot.replay.talk import Talk, difference, find_talks, parse_talk, written_anew

WHOLE = """\
# Two lines about
# what it shows.
@ channel telegram
@ language en
@ start 2026-05-04 10:00
@ policies csv:numbers.csv
@ phone 030 123 45 67

> hello
  I had an accident.

  My car is red.
< Hi.
  What is your policy number?

  [Later]

# In one go:
> (album car.jpg "the damage.jpg") look
> 123456789

> [Send]
< Thank you.

! ask "Who drove, and
  why?" photo 2
! release
< A colleague asks.
= claim CB-0000, remark: two
  lines
= person called: hurt, CB-0000

# the end
"""


def folder_of_photos(folder: Path, *names: str) -> Path:
    """Make a folder for transcripts with some files in it."""
    for name in names:
        (folder / name).write_bytes(b"a file")
    return folder


def read(folder: Path, text: str | bytes) -> Talk:
    """Return a transcript of this text, read from a file."""
    path = folder / "sample.talk"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return parse_talk(path)


def acts(talk: Talk) -> list[tuple[Act, ...]]:
    """Return what is done in each group."""
    return [group.acts for group in talk.groups]


def test_every_kind_of_line_is_read(tmp_path: Path) -> None:
    """Settings, texts of several lines, acts in one go, and what belongs to the file."""
    folder_of_photos(tmp_path, "car.jpg", "the damage.jpg")

    talk = read(tmp_path, WHOLE)

    album = Send((tmp_path / "car.jpg", tmp_path / "the damage.jpg"), "look", as_file=False)
    assert acts(talk) == [
        (Write("hello\nI had an accident.\n\nMy car is red."),),
        (album, Write("123456789")),
        (Press("Send"),),
        (Ask("Who drove, and\nwhy?", 2), Release()),
    ]
    assert [group.number for group in talk.groups] == [9, 19, 22, 25]
    assert talk.groups[0].head == tuple(WHOLE.split("\n")[:8])
    assert talk.groups[1].head == ("", "# In one go:")
    assert talk.groups[1].said == '(album car.jpg "the damage.jpg") look\n123456789'
    assert (talk.foot, talk.tail) == ((), ("", "# the end"))
    assert (talk.channel, talk.language, talk.phone) == ("telegram", "en", "030 123 45 67")
    assert talk.policies == f"csv:{tmp_path / 'numbers.csv'}"
    assert talk.start == datetime(2026, 5, 4, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ('ask "Who drove?"', Ask("Who drove?", None)),
        ("ask photo 10", Ask("", 10)),
        ('ask "The "left" one" photo 3', Ask('The "left" one', 3)),
        ('tell "We call you."', Tell("We call you.")),
        ("release", Release()),
    ],
)
def test_what_an_adjuster_does_is_read(text: str, act: Act) -> None:
    """With or without words, for a photo or not."""
    assert parse_adjusters_act(text) == act


@pytest.mark.parametrize("text", ["", "ask", "ask Who?", "ask photo 11", "tell", 'Release "x"'])
def test_what_no_adjuster_does_says_what_there_is(tmp_path: Path, text: str) -> None:
    """With the line that it is in."""
    with pytest.raises(BadTranscript, match=r'talk:2: an adjuster.s act is ask "TEXT"'):
        read(tmp_path, f"> hallo\n! {text}\n")


def test_a_transcript_needs_no_settings(tmp_path: Path) -> None:
    """A single line is a conversation, with every setting as it is by default."""
    talk = read(tmp_path, "> hallo")

    assert acts(talk) == [(Write("hallo"),)]
    assert (talk.channel, talk.language, talk.phone) == ("replay", "nl", "")
    assert talk.start.tzinfo is UTC


def test_what_is_written_anew_is_as_it_was(tmp_path: Path) -> None:
    """Comments, settings, blank lines and the policyholder's lines stay exactly as they are."""
    folder_of_photos(tmp_path, "car.jpg", "the damage.jpg")
    talk = read(tmp_path, WHOLE)
    asked = ["A colleague asks."]
    answers = [["Hi.\nWhat is your policy number?\n\n[Later]"], [], ["Thank you."], asked]

    now = written_anew(
        talk, answers, ["claim CB-0000, remark: two\nlines", "person called: hurt, CB-0000"]
    )

    assert now == WHOLE
    assert difference(talk, now) == ""


@pytest.mark.parametrize("lead", ["", "\N{BYTE ORDER MARK}"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_editor_will_do(tmp_path: Path, lead: str, end: str) -> None:
    """Line ends and a byte order mark make no difference, nor do spaces at a line's end."""
    text = "# a comment\n\n> hallo\n< Hoi.   \n  Wie ben je?\n= nothing\n"

    talk = read(tmp_path, (lead + text.replace("\n", end)).encode())

    assert acts(talk) == [(Write("hallo"),)]
    assert difference(talk, text.replace("   ", "")) == ""


@pytest.mark.parametrize(
    ("line", "act"),
    [
        ("hallo daar", Write("hallo daar")),
        ("no (photo car.jpg) either", Write("no (photo car.jpg) either")),
        ("\\(photo car.jpg)", Write("(photo car.jpg)")),
        ("\\[Send]", Write("[Send]")),
        ("\\\\o/", Write("\\o/")),
        ("\\o/", Write("\\o/")),
        ("[For that claim]", Press("For that claim")),
        ("(voice)", SendOther("voice")),
        ("(location 52.0907 5.1214)", Share(52.0907, 5.1214)),
        ("(location -33, -70.5)", Share(-33, -70.5)),
        ("(90 s of silence)", Wait(timedelta(seconds=90))),
        ("(5 min of silence)", Wait(timedelta(minutes=5))),
        ("(20 h of silence)", Wait(timedelta(hours=20))),
        ("(1 day of silence)", Wait(timedelta(days=1))),
        ("(31 days of silence)", Wait(timedelta(days=31))),
    ],
)
def test_an_act_is_what_it_says(tmp_path: Path, line: str, act: Act) -> None:
    """Texts, buttons, silences and what a claim has no place for."""
    assert parse_act(line, tmp_path) == act


@pytest.mark.parametrize(
    ("line", "names", "caption"),
    [
        ("(photo car.jpg)", ["car.jpg"], ""),
        ("(photo car.jpg) my\ncar", ["car.jpg"], "my\ncar"),
        ('(file "a form (1).pdf")', ["a form (1).pdf"], ""),
        ("(album car.jpg  car.jpg) two", ["car.jpg", "car.jpg"], "two"),
    ],
)
def test_a_file_is_sent_from_beside_the_transcript(
    tmp_path: Path, line: str, names: list[str], caption: str
) -> None:
    """Alone or as an album, as a photo or as a file, with or without a caption."""
    folder_of_photos(tmp_path, "car.jpg", "a form (1).pdf")

    act = parse_act(line, tmp_path)

    paths = tuple(tmp_path / name for name in names)
    assert act == Send(paths, caption, as_file=line.startswith("(file"))


def test_photos_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    """``photos`` is next to the folder of transcripts."""
    for folder in ("photos", "talks"):
        (tmp_path / folder).mkdir()
    folder_of_photos(tmp_path / "photos", "car.jpg")

    act = parse_act("(photo car.jpg)", tmp_path / "talks")

    assert isinstance(act, Send)
    assert act.paths[0].samefile(tmp_path / "photos" / "car.jpg")


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("> hi\nhello", 2, "a line begins with '>', '<'"),
        ("# a\n< hi", 2, "the policyholder speaks first"),
        ("= nothing", 1, "the policyholder speaks first"),
        ("  hi", 1, "nothing to go on with"),
        ("> a\n# b\n  c", 3, "nothing to go on with"),
        ("> a\n< b\n# c\n  d", 4, "nothing to go on with"),
        ("> a\n# b\n< c", 3, "right below what it answers"),
        ("> a\n\n< c", 3, "right below what it answers"),
        ("> a\n= b\n\n= c", 4, "right below what it answers"),
        ("> a\n= b\n< c", 3, "'=' comes last"),
        ("> a\n= b\n> c", 3, "move it below this line"),
        ("> a\n@ language nl", 2, "above the first '>'"),
        ("@ colour red\n> a", 1, "sets one of channel, language, phone, policies, start"),
        ("@ language\n> a", 1, "sets one of"),
        ("@ language tlh\n> a", 1, "choose nl or en"),
        ("@ start soon\n> a", 1, "write '@ start 2026-03-02 09:00'"),
        ("> a\n>\n> b", 2, "nothing is said here"),
        ("> a\n< b\n\n> (photo nowhere.jpg)\n< c", 4, "no file nowhere.jpg; put it beside"),
        ("> (photo car.jpg car.jpg)", 1, "(album ...)"),
        ("> a\n> (foto car.jpg)\n> b", 2, "an act is (photo PATH)"),
        ("> (photo)", 1, "an act is (photo PATH)"),
        ("> (two days of silence)", 1, "an act is"),
        ("> (location here)", 1, "an act is"),
        ("> (location 90.1 5)", 1, "no such place"),
        ("> (location 52 -181)", 1, "no such place"),
        ("> (99999 days of silence)", 1, "an act is"),
        ("> [Send", 1, "a text that begins with ( or [ has a \\ before it"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(
    tmp_path: Path, text: str, number: int, reason: str
) -> None:
    """The message begins with file and line, and ends in what to do."""
    folder_of_photos(tmp_path, "car.jpg")

    with pytest.raises(BadTranscript) as caught:
        read(tmp_path, text)

    assert str(caught.value).startswith(f"{tmp_path / 'sample.talk'}:{number}: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nobody says anything"),
        ("# only a comment\n", "nobody says anything"),
        (b"> na\xefef", "is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_file_that_is_no_transcript_is_named(
    tmp_path: Path, text: str | bytes, reason: str
) -> None:
    """So is one that is empty or in another encoding."""
    with pytest.raises(BadTranscript, match=reason) as caught:
        read(tmp_path, text)

    assert str(tmp_path / "sample.talk") in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A folder, for example."""
    with pytest.raises(BadTranscript, match="cannot be read: Is a directory"):
        parse_talk(tmp_path)


def test_a_new_transcript_gets_its_outcome_below_an_empty_line(tmp_path: Path) -> None:
    """Only the policyholder's lines have to be written by hand."""
    talk = read(tmp_path, "> hi\n\n> there\n\n# the end\n")

    now = written_anew(talk, [["Hello.\n[Later]"], ["Well."]], ["nothing in the queue"])

    assert now == (
        "> hi\n< Hello.\n  [Later]\n\n> there\n< Well.\n\n= nothing in the queue\n\n# the end\n"
    )


def test_a_bot_that_falls_silent_does_not_join_what_is_said(tmp_path: Path) -> None:
    """Groups stay apart when the answer between them goes."""
    talk = read(tmp_path, "> a\n< b\n> c\n< d\n")

    again = read(tmp_path, written_anew(talk, [[], []], ["nothing"]))

    assert acts(again) == [(Write("a"),), (Write("c"),)]


def test_a_difference_is_readable(tmp_path: Path) -> None:
    """It says which file, where, what was written and what the bot says now."""
    talk = read(tmp_path, "> hallo\n< Hoi.\n\n= nothing in the queue\n")

    told = difference(talk, written_anew(talk, [["Dag."]], ["nothing in the queue"]))

    assert told.split("\n") == [
        f"--- {tmp_path / 'sample.talk'} (expected)",
        "+++ the bot now",
        "@@ -1,4 +1,4 @@",
        " > hallo",
        "-< Hoi.",
        "+< Dag.",
        " ",
        " = nothing in the queue",
    ]


LINE = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n", exclude_categories=["Cs"]),
    min_size=1,
).filter(lambda text: text == text.strip())
TEXT = st.lists(LINE, min_size=1, max_size=3).map("\n  ".join)
SAID = TEXT.map(lambda text: f"> \\{text}" if text[0] in "([\\" else f"> {text}")
DONE = st.sampled_from(
    [
        "> [Send]",
        "> (voice)",
        "> (photo car.jpg) it",
        "> (album car.jpg car.jpg)",
        "> (2 h of silence)",
    ]
)
HEAD = st.lists(st.one_of(st.sampled_from(["", "  "]), LINE.map("#{}".format)), max_size=2)
ACTS = st.lists(st.one_of(SAID, DONE), min_size=1, max_size=3)
ANSWERS = st.lists(TEXT.map("< {}".format), max_size=2)
GROUP = st.tuples(HEAD, ACTS, ANSWERS).map(lambda parts: [line for part in parts for line in part])
MESSAGE = st.lists(LINE, min_size=1, max_size=3).map("\n".join)


@given(
    groups=st.lists(GROUP, min_size=1, max_size=4),
    outcome=st.lists(MESSAGE, min_size=1, max_size=2),
    tail=st.lists(LINE.map("# {}".format), max_size=2),
    now=st.lists(MESSAGE, max_size=2),
)
@example(groups=[["> a", "< b"], ["> c"]], outcome=["nothing"], tail=[], now=[])
def test_whatever_is_written_anew_reads_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    groups: list[list[str]],
    outcome: list[str],
    tail: list[str],
    now: list[str],
) -> None:
    """Whatever the bot says now, the rest stays, and a second time nothing changes."""
    folder = folder_of_photos(tmp_path_factory.getbasetemp(), "car.jpg")
    talk = read(folder, "\n".join([*(line for group in groups for line in group), *tail]))

    answered = [now for _ in talk.groups]
    once = written_anew(talk, answered, outcome)
    again = read(folder, once)

    assert acts(again) == acts(talk)
    assert [group.lines for group in again.groups] == [group.lines for group in talk.groups]
    assert again.tail == talk.tail
    assert written_anew(again, answered, outcome) == once
    assert difference(again, once) == ""


def test_folders_are_searched_and_files_taken_as_they_are(tmp_path: Path) -> None:
    """Folders inside folders too, each transcript once, in the order of their names."""
    (tmp_path / "inner").mkdir()
    names = ("b.talk", "a.talk", "notes.txt", "inner/c.talk")
    first, second, other, inner = (tmp_path / name for name in names)
    for path in (first, second, other, inner):
        path.write_text("> hi\n")

    assert find_talks([tmp_path]) == [second, first, inner]
    assert find_talks([other, first, tmp_path]) == [other, first, second, inner]


def test_a_path_without_transcripts_is_named(tmp_path: Path) -> None:
    """A typing error is no reason to report that all is well."""
    for path in (tmp_path, tmp_path / "nowhere.talk"):
        with pytest.raises(BadTranscript, match=f"no transcript at {path}"):
            find_talks([path])
