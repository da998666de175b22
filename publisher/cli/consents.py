"""`consent`: whether people agreed to be shown, by reference; no names are kept (clause 6, UK GDPR article 5(1)(c))."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb

if TYPE_CHECKING:
    from datetime import date

    from publisher.tables import ConsentRow

_WIDTHS = (24, 20, 12)


@click.group("consent", epilog=examples("publisher consent list", "publisher consent add --help"))
def consent_verb() -> None:
    """Consents (or another basis) to show people in pictures. What names a withdrawn or expired one does not go."""


@consent_verb.command(
    "add",
    epilog=examples(
        "publisher consent add FORM-2026-014 --basis consent --expires 2028-03-31",
        "publisher consent add EVENT-NOTICE-7 --basis public-task",
    ),
)
@click.argument("reference", metavar="REF")
@click.option(
    "--basis",
    metavar="WORD",
    default="consent",
    show_default=True,
    help="On what ground they may be shown: consent, contract, legal-obligation, vital-interests, public-task, legitimate-interests.",
)
@click.option("--expires", metavar="DATE", help="The last day on which it holds.")
@verb(acts=True)
def add(call: Call, reference: str, basis: str, expires: str | None) -> None:
    """Enter a consent under the reference that pictures name; the form itself stays where it is filed."""
    from publisher import views
    from publisher.cli.officers import day

    with call.app() as app:
        found = app.consents.add(reference, basis, day(expires, "--expires"), call.officer)
        if call.as_json:
            _output.as_json(views.consent(found))
        else:
            until = f" and holds until {found.expires_on}" if found.expires_on else ""
            _output.say(_output.wrapped(f"{found.reference} is entered{until}."))


@consent_verb.command("withdraw", epilog=examples("publisher consent withdraw FORM-2026-014 --as asha"))
@click.argument("reference", metavar="REF")
@verb(acts=True)
def withdraw(call: Call, reference: str) -> None:
    """Take a consent back: what names it and waits is stopped at once. What is out stays; take it down by hand."""
    from publisher import views

    with call.app() as app:
        found = app.decisions.withdraw_consent(reference, officer=call.officer)
        if call.as_json:
            items = {"held": [row.id for row in found.held], "out": [row.id for row in found.out]}
            _output.as_json(views.consent(found.consent) | items)
            return
        _output.say(f"{found.consent.reference} is withdrawn.")
        for words, rows in (("Will not go", found.held), ("Out already: take it down by hand", found.out)):
            for row in rows:
                _output.say(_output.wrapped(f"{words}: {row.id}  {row.title}", "    ", first="  "))


@consent_verb.command("list", epilog=examples("publisher consent list", "publisher consent list --json"))
@verb()
def list_(call: Call) -> None:
    """Every consent, until when it holds, and whether it was withdrawn."""
    from publisher import views

    with call.app() as app:
        rows, day = app.consents.all(), app.today
        if call.as_json:
            _output.as_json({"consents": [views.consent(row) for row in rows]})
        elif rows:
            head = ("REFERENCE", "BASIS", "UNTIL", "STANDING")
            lines = [
                (row.reference, row.basis, str(row.expires_on or ""), _standing(row, day)) for row in rows
            ]
            _output.say(_output.table([head, *lines], _WIDTHS, _output.screen()))
        else:
            _output.say("There is no consent yet. `publisher consent add --help` shows how to enter one.")


def _standing(row: ConsentRow, today: date) -> str:
    if row.withdrawn_at:
        return f"withdrawn by {row.withdrawn_by}"
    return "expired" if row.expires_on and row.expires_on < today else "holds"
