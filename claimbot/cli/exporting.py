"""``claimbot claims export`` and ``claimbot openapi``: claims for other systems, and schemas."""

import json
import sys
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from claimbot.cli.claims import Adjuster, written
from claimbot.cli.context import say
from claimbot.cli.workplace import at_work

if TYPE_CHECKING:
    from collections.abc import Iterator


def export(
    adjuster: Adjuster,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="The claims' references; none: all of them.", metavar="[CLAIM]..."),
    ] = None,
    *,
    form: Annotated[
        str, typer.Option("--format", help="json, zip, csv, sivi or a plug of yours.")
    ] = "json",
    target: Annotated[
        Path | None,
        typer.Option("--out", help="The file to write, for this user only.", show_default=False),
    ] = None,
    status: Annotated[
        str | None, typer.Option(help="Of all, only queued, asked or decided.", show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Of all, only those sent since this day.", metavar="2026-03-31"),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a claim instead.")
    ] = False,
) -> None:
    """Write claims as JSON, a zip file with their photos, or a table; each is written down."""
    if schema:
        from claimbot.exports.document import published_schema

        sys.stdout.write(published_schema())
        return
    from claimbot.exports import open_exporter
    from claimbot.plugins import installed
    from claimbot.store import Status

    if names and (status or since):
        raise typer.BadParameter("name claims, or say which of all; not both")
    if form not in (forms := installed("exporters")):
        raise typer.BadParameter(f"choose {', '.join(forms)}", param_hint="--format")
    if status is not None and status not in list(Status):
        raise typer.BadParameter(f"choose {', '.join(Status)}", param_hint="--status")
    is_text = open_exporter(form).media_type.startswith(("text/", "application/json"))
    if target is None and not is_text and sys.stdout.isatty():
        raise typer.BadParameter("name a file: this is nothing for a screen", param_hint="--out")
    with (
        at_work() as work,
        work.desk.export(
            adjuster,
            form,
            names=[written(name) for name in names or ()],
            status=Status(status) if status else None,
            since=_midnight(since, work.zone) if since else None,
        ) as file,
    ):
        if target is None:
            sys.stdout.flush()
            copyfileobj(file, sys.stdout.buffer)
        else:
            with _replacing(target) as out:
                copyfileobj(file, out)
            say(f"wrote {target}")


def openapi() -> None:
    """Print the schema of the API, OpenAPI 3.1."""
    from claimbot.web.api import openapi as described

    sys.stdout.write(json.dumps(described(), indent=2) + "\n")


def _midnight(day: str, zone: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(zone))
    except ValueError:
        raise typer.BadParameter("write a day as 2026-03-31", param_hint="--since") from None


@contextmanager
def _replacing(target: Path) -> "Iterator[IO[bytes]]":
    """Open a file for this user only that takes the place of ``target`` once it is whole.

    Raises:
        OSError: It cannot be written there.
    """
    with NamedTemporaryFile(dir=target.parent, prefix=".claimbot-", delete=False) as file:
        unfinished = Path(file.name)
        try:
            yield file
            file.close()
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
