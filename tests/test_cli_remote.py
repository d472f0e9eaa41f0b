"""``claimbot claims --url``: what is done on the database can be done over the API, alike."""

import contextlib
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from fastapi import FastAPI, Response

from claimbot.app import build
from claimbot.cli.serving import listen
from claimbot.settings import read_settings
from claimbot.store import Attention
from claimbot.web import create_web
from tests.command_line import Done, Shell, open_shell
from tests.queued_claims import (
    PHOTO,
    hand_over,
    plain_claim,
    reference,
    rich_claim,
    send_with_files,
)

NOTHING_READY, LEASE_LOST, FAILED = 3, 5, 1
ZEROS, ONE, TWO, NINE = reference(0), reference(1), reference(2), reference(9)
Run = Callable[..., Done]

DAY: tuple[tuple[str, ...], ...] = (
    ("list", "--json"),
    ("list",),
    ("list", "--query", "123", "--status", "queued", "--limit", "1"),
    ("list", "--query", "nothing of the kind"),
    ("next", "--json", "--hold", "90"),
    ("next", "--adjuster", "bo", "--wait", "1", "--skill", "glass"),
    ("next",),
    ("show", "cb oooo oooo"),
    ("show", ZEROS, "--json"),
    ("extend", ZEROS, "--hold", "60"),
    ("extend", ONE),
    ("extend", "LEASE", "--json"),
    ("note", ZEROS, "Looks fine.\nReally."),
    ("note", ZEROS, "So it does.", "--adjuster", "bo", "--json"),
    ("note", reference(7), "There is no such claim."),
    ("ask", ZEROS, "--photo", "2", "--canned", "photo.again"),
    ("ask", ZEROS, "Too late?"),
    ("show", ZEROS),
    ("recall", ZEROS, "--json"),
    ("recall", reference(7)),
    ("next",),
    ("ask", ZEROS, "And now?"),
    ("return", TWO, "--reason", "tea"),
    ("return", TWO),
    ("next",),
    ("return", TWO),
    ("next",),
    ("return", TWO, "--json"),
    ("accept", ONE),
    ("accept", ONE, "--adjuster", "bo"),
    ("accept", ONE, "--adjuster", "bo", "--json"),
    ("accept", "f" * 64),
    ("show", ONE, "--files", "lost"),
    ("list", "--status", "decided"),
    ("show", NINE),
    ("show", NINE, "--json"),
    ("tell", NINE, "Hello, this is Ann."),
    ("accept", NINE, "--json"),
    ("accept", NINE),
    ("release", NINE, "--json"),
    ("tell", reference(7), "Nobody is there."),
    ("show", reference(7)),
    ("next",),
)
"""An adjuster's day.  LEASE is the id of the lease on `ZEROS`."""


@contextlib.contextmanager
def serving(web: FastAPI) -> Iterator[str]:
    """Serve a web application, and give its URL."""
    with listen("127.0.0.1", 0) as listening:
        server = uvicorn.Server(uvicorn.Config(web, log_config=None, access_log=False))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def claimbot_serves() -> Iterator[str]:
    """Serve the claim database of this folder."""
    app = build(read_settings(), channels={})
    web = create_web(
        store=app.store, queue=app.queue, photos=app.photos, clock=app.clock, desk=app.desk
    )
    try:
        with serving(web) as url:
            yield url
    finally:
        app.close()


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside an empty claim database."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        yield shell


@contextlib.contextmanager
def over_the_api(shell: Shell) -> Iterator[Run]:
    """Give what runs ``claimbot claims`` over the API, with the URL and the token in variables."""
    (made,) = shell.run("token", "add", "els", "--json").json
    with claimbot_serves() as url:
        yield lambda *words: shell.run("claims", *words, URL=url, TOKEN=made["token"])


def seen(done: Done) -> tuple[int, str, str]:
    """Return what a command did, but for the moments and the ids that are different each time."""
    moment = r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:[\d.]+Z)?"
    texts = (re.sub(rf"{moment}|\b[0-9a-f]{{32,}}\b", "#", text) for text in (done.out, done.err))
    return (done.code, *texts)  # type: ignore[return-value]


def spend_a_day(shell: Shell, run: Run) -> list[tuple[int, str, str]]:
    """Do what adjusters do, and return what they saw."""
    call = Attention(reference=ONE, reason="addition", detail='{"words": "nog iets"}')
    shell.send(rich_claim(0), plain_claim(2), plain_claim(1), calls=(call,))
    app = build(read_settings(), channels={})
    hand_over(app, NINE, "kom snel")
    app.close()
    lease, saw = "", []
    for words in DAY:
        done = run(*(lease if word == "LEASE" else word for word in words))
        if words[:2] == ("next", "--json"):
            lease = done.json[0]["lease"]["id"]
        saw.append(seen(done))
    return saw


def test_a_day_over_the_api_is_as_one_on_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same exit codes, data and messages, for people and for scripts."""
    days = []
    for name in ("here", "there"):
        folder = tmp_path / name
        folder.mkdir()
        with open_shell(folder, monkeypatch, capsys) as shell, contextlib.ExitStack() as stack:
            shell.migrate()
            there = stack.enter_context(over_the_api(shell))
            here: Run = partial(shell.run, "claims")
            days.append(spend_a_day(shell, there if name == "there" else here))

    for words, saw_here, saw_there in zip(DAY, *days, strict=True):
        assert (words, *saw_here) == (words, *saw_there)
    assert {code for code, *_ in days[0]} == {0, FAILED, NOTHING_READY, LEASE_LOST}


def test_a_decision_may_be_typed_twice(shell: Shell) -> None:
    """By the reference or the lease's id; somebody else's is refused."""
    shell.send(plain_claim(0))
    with over_the_api(shell) as run:
        lease = run("next", "--json").json[0]["lease"]["id"]
        first = run("accept", lease)
        again = [run("accept", name) for name in (lease, ZEROS)]
        other = [run("accept", name, "--adjuster", "bo") for name in (lease, ZEROS)]

    assert [(done.code, done.out) for done in again] == [(0, f"{ZEROS} is accepted\n")] * 2
    assert first == again[0]
    assert [(done.code, done.out) for done in other] == [(LEASE_LOST, "")] * 2


def test_a_claim_may_be_given_back_twice(shell: Shell) -> None:
    """By the lease's id: the claim itself may be somebody else's by then."""
    shell.send(plain_claim(0))
    with over_the_api(shell) as run:
        lease = run("next", "--json").json[0]["lease"]["id"]
        first, again = run("return", lease), run("return", lease)

    assert first == again
    assert (first.code, first.out) == (0, f"{ZEROS} is back in the queue\n")


def test_what_was_sent_is_written_into_a_folder(shell: Shell) -> None:
    """As it was sent, or a copy to look at; what is not to be had is named."""
    app = build(read_settings(), channels={})
    send_with_files(app, 0)
    hand_over(app, NINE)
    app.close()
    with over_the_api(shell) as run:
        whole = run("show", ZEROS, "--files", "sent", "--originals")
        copies = run("show", ZEROS, "--files", "copies")
        waiting = run("show", NINE, "--files", "waiting", "--originals")

    assert whole.code == 0
    assert (shell.folder / "sent" / f"{ZEROS}-photo-1.jpeg").read_bytes() == PHOTO
    assert (shell.folder / "sent" / f"{ZEROS}-form-1.pdf").exists()
    assert copies.code == FAILED
    assert "cannot be shown as a picture; open it as it was sent" in copies.err
    assert (shell.folder / "copies" / f"{ZEROS}-form-1.pdf").exists()
    assert waiting.code == FAILED
    assert "cannot be had over the API" in waiting.err


def test_many_claims_are_listed(shell: Shell) -> None:
    """More than the API gives at once."""
    shell.send(*(plain_claim(number) for number in range(1, 31)))
    with over_the_api(shell) as run:
        shell.monkeypatch.setattr("claimbot.cli.remote.PAGE", 7)
        found = run("list", "--json", "--limit", "29").json

    wanted = [reference(number) for number in range(30, 1, -1)]
    assert [claim["reference"] for claim in found] == wanted


def test_an_adjuster_waits_longer_than_the_api_does(shell: Shell) -> None:
    """By asking again."""
    with over_the_api(shell) as run:
        shell.monkeypatch.setattr("claimbot.cli.remote.LONGEST_WAIT", 1)
        assert run("next", "--wait", "2").code == NOTHING_READY


def test_claims_are_exported(shell: Shell) -> None:
    """One in any form, all of them as a table."""
    shell.send(plain_claim(0), plain_claim(1))
    with over_the_api(shell) as run:
        one = run("export", ZEROS)
        table = run("export", "--format", "csv", "--status", "queued", "--since", "2026-01-01")
        whole = run("export", "--format", "csv")
        several = run("export", "--format", "json")

    assert one.json[0]["reference"] == ZEROS
    assert table.out.count("CB-") == 2
    assert table.out == whole.out
    assert (several.code, several.out) == (FAILED, "")
    assert "name one claim, or choose --format csv for all" in several.err


def test_a_token_that_is_not_valid_is_told_of(shell: Shell) -> None:
    """In one sentence, and without the token."""
    (made,) = shell.run("token", "add", "els", "--scope", "claims:read", "--json").json
    with claimbot_serves() as url:
        reach = ("claims", "--url", url, "--token")
        unknown = shell.run(*reach, "cbt_nobodys", "list")
        narrow = shell.run(*reach, made["token"], "next")
        nobody = shell.run(*reach, made["token"], "next", "--adjuster", "[]")

    assert (unknown.code, unknown.out) == (FAILED, "")
    assert unknown.err.endswith(
        " does not know this token; `claimbot token add` makes one there\n"
    )
    assert narrow.code == FAILED
    assert "This takes a token with the scope claims:work." in narrow.err
    assert "Claimbot-Adjuster: write a name" in nobody.err
    assert "cbt_" not in unknown.err + narrow.err + nobody.err


def test_nobody_answers(shell: Shell) -> None:
    """One sentence that names the address."""
    with listen("127.0.0.1", 0) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

    done = shell.run("claims", "--url", url, "--token", "cbt_x", "list")

    assert (done.code, done.out) == (FAILED, "")
    assert done.err.startswith(f"claimbot: {url} cannot be reached: ")


@pytest.mark.parametrize(
    "answer",
    [
        "<h1>It works!</h1>",
        "[" * 100_000,
        "[1]",
        '{"claims": 1, "next": null}',
        '{"type": "about:blank"}',
        '{"type": 5}',
        '{"type": "urn:claimbot:problem:failed", "title": 5}',
    ],
    ids=("a page", "nested", "a list", "no claims", "blank", "a number", "no title"),
)
@pytest.mark.parametrize("status", [200, 404])
def test_another_server_is_not_taken_for_claimbot(shell: Shell, answer: str, status: int) -> None:
    """A wrong address is told of as such."""
    web = FastAPI()

    @web.get("/v1/claims")
    def page() -> Response:
        return Response(answer, status)

    with serving(web) as url:
        done = shell.run("claims", "--url", url, "--token", "cbt_x", "list")

    assert (done.code, done.out) == (FAILED, "")
    assert "is it the address of a claimbot of this version?" in done.err


def test_the_variables_are_no_settings_of_who_serves(shell: Shell) -> None:
    """So `claimbot config` neither shows them nor takes them for mistakes."""
    done = shell.run("config", URL="https://claims.example", TOKEN="cbt_x")  # noqa: S106 none

    assert (done.code, done.err) == (0, "")
    assert "cbt_x" not in done.out
