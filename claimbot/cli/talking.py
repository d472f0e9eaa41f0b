"""``claimbot claims ask``, ``recall``, ``note``, ``tell``, ``release``: what adjusters write."""

from typing import Annotated

import typer

from claimbot.cli.claims import Adjuster, Claim, Json, Name, written
from claimbot.cli.context import print_json, print_line, printable
from claimbot.cli.workplace import Workplace, at_work


def words(text: str | None) -> str | None:
    """Return what someone typed, of one line or several, if people can read it."""
    if text is None:
        return None
    from claimbot.desk import LONGEST_TEXT

    if not text.strip() or len(text) > LONGEST_TEXT or printable(text) != text:
        raise typer.BadParameter(f"write a text of at most {LONGEST_TEXT} characters")
    return text.strip()


Text = Annotated[str, typer.Argument(help="What to write, in quotes.", callback=words)]


def ask(
    name: Name,
    adjuster: Adjuster,
    text: Annotated[
        str | None,
        typer.Argument(help="The question, in quotes.", callback=words, show_default=False),
    ] = None,
    *,
    photo: Annotated[
        int | None, typer.Option(help="Ask for this photo anew, from 1.", min=1, max=10)
    ] = None,
    canned: Annotated[
        str | None,
        typer.Option(
            help="A text of ours in the policyholder's language; `?` names them.",
            callback=lambda key: key and written(key),
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask the policyholder in their chat; the claim comes back, first to you, with the answer.

    Exit 5 when the claim is no longer yours.
    """
    from claimbot.desk import as_json as claim_json

    if text and canned:
        raise typer.BadParameter("give a text or --canned, not both")
    if not text and not canned and not photo:
        raise typer.BadParameter("give a text, --canned or --photo")
    with at_work() as work:
        if canned:
            text = _canned(work, name, canned, photo)
        stored = work.desk.ask(adjuster, name, text or "", slot=photo)
        if as_json:
            print_json(claim_json(stored, None))
        else:
            print_line(f"{stored.claim.reference} waits for the policyholder")


def recall(name: Claim, adjuster: Adjuster, as_json: Json = False) -> None:
    """Wait for an answer no longer: the claim is ready, for an hour first for you."""
    from claimbot.desk import as_json as claim_json

    with at_work() as work:
        stored = work.desk.recall(adjuster, name)
        if as_json:
            print_json(claim_json(stored, None))
        else:
            print_line(f"{stored.claim.reference} waits for nobody")


def tell(name: Claim, text: Text, adjuster: Adjuster, as_json: Json = False) -> None:
    """Write to someone who waits for a person, or about a claim of yours."""
    with at_work() as work:
        reference = work.desk.tell(adjuster, name, text)
        _done(reference, "told", f"{reference}: the policyholder is told", as_json)


def release(name: Claim, adjuster: Adjuster, as_json: Json = False) -> None:
    """Let the bot go on with someone who waits for a person."""
    with at_work() as work:
        reference = work.desk.release(adjuster, name)
        _done(reference, "released", f"{reference}: the bot goes on", as_json)


def note(name: Claim, text: Text, adjuster: Adjuster, as_json: Json = False) -> None:
    """Write something down about a claim, for adjusters only."""
    from claimbot.desk import note_as_json

    with at_work() as work:
        noted = work.desk.note(adjuster, name, text)
        if as_json:
            print_json(note_as_json(noted))
        else:
            print_line(f"{noted.reference}: noted")


def _canned(work: Workplace, name: str, key: str, photo: int | None) -> str:
    from claimbot.desk import canned, texts
    from claimbot.desk.ledger import is_token

    if key not in texts("en"):  # which needs no claim to be said
        return canned(key, "en")
    stored = work.desk.lease(name).stored if is_token(name) else work.desk.show(name)[0]
    values = {"photo": photo} if photo else {}
    return canned(key, stored.claim.language, reference=stored.claim.reference, **values)


def _done(reference: str, status: str, told: str, as_json: bool) -> None:
    if as_json:
        print_json({"reference": reference, "status": status})
    else:
        print_line(told)
