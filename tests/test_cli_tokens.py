"""``claimbot token``: who may use the API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from claimbot.store import tokens
from claimbot.store.tokens import Scope
from tests.command_line import Shell, open_shell


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside an empty claim database."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        yield shell


def test_a_token_is_printed_once(shell: Shell) -> None:
    """It alone on standard output, so that it can be piped to where it is needed."""
    told = shell.run("token", "add", "els")

    secret = told.out.strip()
    with shell.store() as store:
        kept = store.read(lambda tx: tokens.find(tx, secret))
        done = [row.entry for row in store.audit_rows()]
    assert told.code == 0
    assert kept is not None
    assert kept.name == "els"
    assert kept.scopes == {Scope.READ, Scope.WORK}
    assert [(row.actor, row.action, row.subject) for row in done] == [
        ("adjuster:ann", "token added", "els")
    ]
    assert secret not in shell.run("token", "list").out
    assert secret not in shell.run("token", "list", "--json").out


def test_a_token_does_what_is_said(shell: Shell) -> None:
    """Scopes are named one by one."""
    (told,) = shell.run(
        *("token", "add", "feed", "--json"),
        *("--scope", "sinks:manage", "--scope", "claims:read"),
    ).json

    assert told.pop("token").startswith("cbt_")
    assert told == {"name": "feed", "scopes": ["claims:read", "sinks:manage"]}


@pytest.mark.parametrize("arguments", [("els", "--scope", "all"), ("",), ("els\n",), ("a" * 101,)])
def test_a_token_that_cannot_be_is_not_made(shell: Shell, arguments: tuple[str, ...]) -> None:
    """Usage errors are exit 2, and say what there is."""
    told = shell.run("token", "add", *arguments)

    assert told.code == 2
    assert "scope; there are claims:read" in told.err or "letters and digits" in told.err
    assert "no tokens" in shell.run("token", "list").err


def test_a_name_is_given_once(shell: Shell) -> None:
    """Revoked or not: the audit knows people by it."""
    shell.run("token", "add", "els")

    again = shell.run("token", "add", "els")
    revoked = [shell.run("token", "revoke", "els") for _ in range(2)]
    anew = shell.run("token", "add", "els")

    assert [told.code for told in (again, *revoked, anew)] == [1, 0, 1, 1]
    assert "choose another name" in again.err
    assert revoked[0].out == "els can be used no more\n"
    with shell.store() as store:
        assert [row.entry.action for row in store.audit_rows()] == ["token added", "token revoked"]


def test_tokens_are_listed(shell: Shell) -> None:
    """With what they allow, and since when they do no more."""
    shell.run("token", "add", "els")
    shell.run("token", "revoke", "els")

    (listed,) = shell.run("token", "list", "--json").json
    told = shell.run("token", "list").out

    assert listed["revoked_at"]
    assert (listed["name"], listed["last_used_at"]) == ("els", None)
    assert "claims:read claims:work" in told
