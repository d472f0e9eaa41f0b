"""``claimbot claims export`` and ``claimbot openapi``: claims as files, from a terminal."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from jsonschema import Draft202012Validator

from claimbot.exports.document import published_schema
from claimbot.photos.folder import Folder
from claimbot.queues.sql import SqlQueue
from claimbot.web.api import openapi
from tests.command_line import Shell, open_shell
from tests.filed_claims import Filed, file_claim
from tests.queued_claims import plain_claim, reference

FAILED, USAGE = 1, 2
ZEROS = reference(0)


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside an empty claim database."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        yield shell


def file_into(shell: Shell, number: int) -> Filed:
    """Send a claim with files, which lie where the command looks for them."""
    with shell.store() as store:
        return file_claim(store, SqlQueue(), Folder(shell.folder / "photos"), number)


def written_down(shell: Shell) -> list[tuple[str, str, str]]:
    """Return who exported which claim in what form."""
    with shell.store() as store:
        entries = [link.entry for link in store.audit_rows()]
    return [
        (entry.actor, entry.subject, json.loads(entry.detail)["form"])
        for entry in entries
        if entry.action == "claim exported"
    ]


def test_all_claims_are_a_line_each(shell: Shell) -> None:
    """As `claims list --json` prints them, last sent first; standard error is empty."""
    shell.send(plain_claim(0), plain_claim(1))

    done = shell.run("claims", "export")

    assert (done.code, done.err) == (0, "")
    assert done.json == shell.run("claims", "list", "--json").json
    assert written_down(shell) == [
        ("adjuster:ann", reference(1), "json"),
        ("adjuster:ann", ZEROS, "json"),
    ]


def test_claims_are_named_as_people_type_them(shell: Shell) -> None:
    """In the order in which they are named, each once."""
    shell.send(plain_claim(0), plain_claim(1), plain_claim(2))

    done = shell.run("claims", "export", "cb oooo oooo", reference(2), ZEROS, "--adjuster", "bo")

    assert [claim["reference"] for claim in done.json] == [ZEROS, reference(2)]
    assert [actor for actor, _, _ in written_down(shell)] == ["adjuster:bo"] * 2


def test_a_zip_file_is_written_for_this_user_only(shell: Shell) -> None:
    """In the place of one that was there, and with nothing beside it."""
    filed = file_into(shell, 0)
    target = shell.folder / "out" / "claim.zip"
    target.parent.mkdir()
    target.write_text("an older one")

    done = shell.run("claims", "export", ZEROS, "--format", "zip", "--out", target)

    assert (done.code, done.out, done.err) == (0, "", f"wrote {target}\n")
    assert target.stat().st_mode & 0o777 == 0o600
    assert list(target.parent.iterdir()) == [target]
    with ZipFile(target) as archive:
        assert archive.read(f"{ZEROS}/photo-1.jpeg") == filed.photos[0]


def test_a_table_of_some(shell: Shell) -> None:
    """Of a status, since a day where the adjusters are."""
    shell.send(plain_claim(0), plain_claim(11 * 60), plain_claim(12 * 60))
    shell.run("claims", "next")
    shell.run("claims", "accept", ZEROS)

    def table(*wanted: str) -> list[str]:
        done = shell.run(
            "claims", "export", "--format", "csv", *wanted, TIMEZONE="Europe/Amsterdam"
        )
        return [row["reference"] for row in csv.DictReader(StringIO(done.out, newline=""))]

    assert table("--status", "decided") == [ZEROS]
    assert table("--status", "queued") == [reference(12 * 60), reference(11 * 60)]
    assert table("--since", "2026-03-02") == [reference(12 * 60), reference(11 * 60)]
    assert table("--since", "2026-03-02", "--status", "decided") == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--format", "pdf"], "choose csv, json, sivi, zip"),
        (["--status", "lost"], "choose queued, asked, decided"),
        (["--since", "yesterday"], "write a day as 2026-03-31"),
        ([ZEROS, "--status", "queued"], "name claims, or say which of all; not both"),
        (["\x1b"], "write a line of text"),
    ],
    ids=str,
)
def test_what_is_not_understood_is_told(shell: Shell, wrong: list[str], told: str) -> None:
    """As a mistake in the command."""
    done = shell.run("claims", "export", *wrong)

    assert (done.code, done.out) == (USAGE, "")
    assert told in " ".join(done.err.split())


def test_a_zip_file_is_not_poured_over_a_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command says where else it may go; text may be looked at."""
    shell.send(plain_claim(0))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    done = shell.run("claims", "export", "--format", "zip")

    assert (done.code, done.out) == (USAGE, "")
    assert "--out" in done.err
    assert shell.run("claims", "export").code == 0


def test_what_cannot_be_exported_leaves_no_file(shell: Shell) -> None:
    """No half of one either, and what was there stays."""
    filed = file_into(shell, 0)
    Folder(shell.folder / "photos").delete(filed.claim.photos[1].sha256)
    target = shell.folder / "claim.zip"
    target.write_text("an older one")

    lost = shell.run("claims", "export", ZEROS, "--format", "zip", "--out", target)
    unknown = shell.run("claims", "export", reference(1), "--out", target)
    nowhere = shell.run("claims", "export", ZEROS, "--out", shell.folder / "no" / "folder")

    assert (lost.code, lost.err) == (
        FAILED,
        f"claimbot: photo {filed.claim.photos[1].sha256} is not in the photo store\n",
    )
    assert (unknown.code, nowhere.code) == (FAILED, FAILED)
    assert f"no claim {reference(1)}" in unknown.err
    assert "No such file or directory" in nowhere.err
    assert target.read_text() == "an older one"
    assert not list(shell.folder.glob(".claimbot-*"))


def test_every_command_prints_claims_as_the_schema_says(shell: Shell) -> None:
    """Whatever one of them adds."""
    checks = Draft202012Validator(json.loads(published_schema()))
    shell.send(plain_claim(0))

    for command in (["next"], ["show", ZEROS], ["list"], ["export"], ["accept", ZEROS]):
        flags = [] if command == ["export"] else ["--json"]
        (claim,) = shell.run("claims", *command, *flags).json
        checks.validate(claim)


def test_the_schemas_are_printed(shell: Shell) -> None:
    """That of a claim as it ships, that of the API as it is; without a database."""
    (shell.folder / "claimbot.db").unlink()

    claim = shell.run("claims", "export", "--schema")
    api = shell.run("openapi")

    assert (claim.code, claim.out, claim.err) == (0, published_schema(), "")
    assert (api.code, api.err) == (0, "")
    assert json.loads(api.out) == openapi()
    assert not (shell.folder / "claimbot.db").exists()
