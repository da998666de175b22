"""`consent`: whether people agreed to be shown, by reference; no names are kept (clause 6, UK GDPR article 5(1)(c))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    from publisher.cli.officers import day
    from publisher.office.consents import NewConsent

    with call.office() as office:
        new = NewConsent(reference=reference, basis=basis, expires_on=day(expires, "--expires"))
        found = office.consents.add(new)
        if call.as_json:
            _output.as_json(found)
        else:
            until = f" and holds until {found['expires_on']}" if found["expires_on"] else ""
            _output.say(_output.wrapped(f"{found['reference']} is entered{until}."))


@consent_verb.command("withdraw", epilog=examples("publisher consent withdraw FORM-2026-014 --as asha"))
@click.argument("reference", metavar="REF")
@verb(acts=True)
def withdraw(call: Call, reference: str) -> None:
    """Take a consent back: what names it and waits is stopped at once. What is out stays until you withdraw it."""
    with call.office(judging=True) as office:
        found = office.consents.withdraw(reference)
        if call.as_json:
            _output.as_json(found)
            return
        _output.say(f"{found['reference']} is withdrawn.")
        for one in found["held"]:
            _output.say(_output.wrapped(f"Will not go: {one}  {found['titles'][one]}", "    ", first="  "))
        for one in found["unjudged"]:
            told = f"Not stopped yet: {one}  {found['titles'][one]}. It could not be judged now; that is done when its moment comes."
            _output.say(_output.wrapped(told, "    ", first="  "))
        for one in found["out"]:
            take_down = f"`publisher withdraw {one} --reason TEXT` takes it down."
            told = f"Out already: {one}  {found['titles'][one]}. {take_down}"
            _output.say(_output.wrapped(told, "    ", first="  "))


@consent_verb.command("list", epilog=examples("publisher consent list", "publisher consent list --json"))
@verb()
def list_(call: Call) -> None:
    """Every consent, until when it holds, and whether it was withdrawn."""
    with call.office() as office:
        found = office.consents.list()
        if call.as_json:
            _output.as_json(found)
        elif rows := found["consents"]:
            head = ("REFERENCE", "BASIS", "UNTIL", "STANDING")
            lines = [
                (row["reference"], row["basis"], row["expires_on"] or "", _standing(row, found["today"]))
                for row in rows
            ]
            _output.say(_output.table([head, *lines], _WIDTHS, _output.screen()))
        else:
            _output.say("There is no consent yet. `publisher consent add --help` shows how to enter one.")


def _standing(row: Mapping[str, Any], today: str) -> str:
    if row["withdrawn_at"]:
        return f"withdrawn by {row['withdrawn_by']}"
    return "expired" if row["expires_on"] and row["expires_on"] < today else "holds"
