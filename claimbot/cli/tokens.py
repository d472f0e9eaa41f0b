"""``claimbot token``: who may use the API."""

from typing import TYPE_CHECKING, Annotated

import typer

from claimbot.cli.claims import Json
from claimbot.cli.context import opened, out, print_json, print_line, say, this_adjuster

if TYPE_CHECKING:
    from claimbot.store import Entry

commands = typer.Typer(help="Who may use the API.", no_args_is_help=True)

DEFAULT = ("claims:read", "claims:work")

Name = Annotated[str, typer.Argument(help="Whose it is: who works with it is called this.")]


@commands.command()
def add(
    name: Name,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What it allows, again for each: claims:read, claims:work, sinks:manage,"
            " tokens:manage.",
            show_default="claims:read and claims:work",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a token, and print it this once: it is kept nowhere."""
    from claimbot.store import tokens

    if not tokens.is_name(name):
        raise typer.BadParameter("write a name of at most 100 letters and digits")
    try:
        scopes = {tokens.Scope(each) for each in scope or DEFAULT}
    except ValueError:
        every = ", ".join(tokens.Scope)
        raise typer.BadParameter(f"there is no such scope; there are {every}") from None
    secret = tokens.new_secret()
    with opened() as app:
        at = app.clock()
        added = app.store.act(
            lambda tx: tokens.add(tx, name, secret, scopes, at),
            at=at,
            entries=lambda done: [_entry("token added", name)] if done else [],
        )
    if not added:
        say(f"there is a token {name} already; choose another name")
        raise typer.Exit(1)
    if as_json:
        print_json({"name": name, "token": secret, "scopes": sorted(scopes)})
    else:
        print_line(secret)
        say("note it down now; it is not shown again")


@commands.command("list")
def list_tokens(as_json: Json = False) -> None:
    """Show which tokens there are, and when each was last used."""
    from claimbot.cli.tables import tokens_table
    from claimbot.codec import plain
    from claimbot.store import tokens

    with opened() as app:
        found = app.store.read(tokens.every)
        if as_json:
            for token in found:
                print_json({**plain(token), "scopes": sorted(token.scopes)})
        elif found:
            out().print(tokens_table(found, app.settings.timezone))
        else:
            say("no tokens; `claimbot token add NAME` makes one")


@commands.command()
def revoke(name: Name) -> None:
    """Let a token be used no more, from this moment on; exit 1 when there is none."""
    from claimbot.store import tokens

    with opened() as app:
        at = app.clock()
        revoked = app.store.act(
            lambda tx: tokens.revoke(tx, name, at),
            at=at,
            entries=lambda done: [_entry("token revoked", name)] if done else [],
        )
    if not revoked:
        say(f"no token {name} is in use; `claimbot token list` shows them")
        raise typer.Exit(1)
    print_line(f"{name} can be used no more")


def _entry(action: str, name: str) -> "Entry":
    from claimbot.store import Entry

    return Entry(actor=f"adjuster:{this_adjuster()}", action=action, subject=name)
