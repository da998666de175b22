"""`account`: services' own accounts (clause 5b), and how the council's accounts are linked by hand (clause 5a)."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output, _spreadsheet
from publisher.cli._common import Call, examples, verb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WIDTHS = (16, 20, 20)
_FIELDS = (
    "reference", "service", "channel", "address", "standing", "proposed_by", "proposed_at",
    "decided_by", "decided_at", "reason", "case", "approved_by", "approved_at", "approved_reason",
)  # fmt: skip
"""The columns of the CSV, as in the JSON."""
_NEXT = {
    "approved": 'With service = "{service}", business_case = "{reference}" and keys of its own in its table, {channel} can be switched on.',
    "declined": "{channel} stays off. A new case has a new reference.",
    "withdrawn": "{channel} stays off. A new case has a new reference.",
    "closed": "Nothing is posted to {channel} any more: what is on its way there is held. Set enabled = false in its table.",
}


@click.group("account", epilog=examples("publisher account list", "publisher account propose --help"))
def account_verb() -> None:
    """A service's own account needs a business case and the director's approval (clause 5b)."""


@account_verb.command(
    "propose",
    epilog=examples(
        'publisher account propose LIB-2026-01 --service "Libraries" --channel libraries-x \\',
        "    --address https://x.com/examplelibraries \\",
        '    --case "Opening hours change daily; 4,000 readers asked for them"',
    ),
)
@click.argument("reference", metavar="REF")
@click.option("--service", metavar="NAME", required=True, help="Whose account it is to be.")
@click.option("--channel", metavar="NAME", required=True, help="What its table in config.toml is called.")
@click.option("--address", metavar="URL", required=True, help="Where the public finds it.")
@click.option("--case", metavar="TEXT", required=True, help="Why the corporate accounts do not do.")
@verb(acts=True)
def propose(call: Call, reference: str, **given: str) -> None:
    """Put a business case to the director, under the reference that config.toml will name."""
    from publisher.office.accounts import NewAccount

    with call.office() as office:
        found = office.accounts.propose(NewAccount(reference=reference, **given))
        if call.as_json:
            _output.as_json(found)
        else:
            approve = f"`publisher account approve {shlex.quote(found['reference'])} --reason TEXT`"
            _output.say(_output.wrapped(f"{found['reference']} waits for the director: {approve}."))


def _deciding(name: str, words: str, who: str = "dana") -> Callable[..., Any]:
    """Gives a verb that decides its name, its example, REF and --reason."""

    def decorate(work: Callable[..., Any]) -> click.Command:
        example = f'publisher account {name} LIB-2026-01 --reason "{words}" --as {who}'
        decided = verb(acts=True)(work)
        for option in (
            click.option("--reason", metavar="TEXT", required=True, help="Why; it is kept on the record."),
            click.argument("reference", metavar="REF"),
        ):
            decided = option(decided)
        made: click.Command = account_verb.command(name, epilog=examples(example))(decided)
        return made

    return decorate


@_deciding("approve", "Readers need it daily")
def approve(call: Call, reference: str, reason: str) -> None:
    """Approve a service's own account. The director does, and never who proposed it."""
    _decide(call, "approve", reference, reason)


@_deciding("decline", "The corporate accounts reach them")
def decline(call: Call, reference: str, reason: str) -> None:
    """Say no to a business case, for good."""
    _decide(call, "decline", reference, reason)


@_deciding("close", "The service has ended")
def close(call: Call, reference: str, reason: str) -> None:
    """Close an account that was approved: what is on its way there is held when its moment comes."""
    _decide(call, "close", reference, reason)


@_deciding("withdraw", "The website does it", "sam")
def withdraw(call: Call, reference: str, reason: str) -> None:
    """Take back a case that you proposed, as long as it is not decided on."""
    _decide(call, "withdraw", reference, reason)


def _decide(call: Call, decision: str, reference: str, reason: str) -> None:
    from publisher.office.accounts import Decision

    with call.office() as office:
        found = getattr(office.accounts, decision)(reference, Decision(reason=reason))
        if call.as_json:
            _output.as_json(found)
            return
        _output.say(f"{found['reference']} is {found['standing']}.")
        _output.say(_output.wrapped(_NEXT[found["standing"]].format_map(found)))


@account_verb.command("list", epilog=examples("publisher account list", "publisher account list --csv"))
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for spreadsheets.")
@verb()
def list_(call: Call, *, as_csv: bool) -> None:
    """Every business case, whose account it is for, and how it stands."""
    with call.office() as office:
        found = office.accounts.list()
        rows = found["accounts"]
        if call.as_json:
            _output.as_json(found)
        elif as_csv:
            _spreadsheet.as_csv(_FIELDS, rows)
        elif rows:
            head = ("REFERENCE", "SERVICE", "CHANNEL", "STANDING")
            lines = [(row["reference"], row["service"], row["channel"], _standing(row)) for row in rows]
            _output.say(_output.table([head, *lines], _WIDTHS, _output.screen()))
        else:
            _output.say("No service has asked for an account. `publisher account propose --help` shows how.")


def _standing(row: Mapping[str, Any]) -> str:
    by = row["decided_by"] or row["proposed_by"]
    return row["standing"] if row["standing"] == "changed by hand" else f"{row['standing']} by {by}"


@account_verb.command("show", epilog=examples("publisher account show LIB-2026-01"))
@click.argument("reference", metavar="REF")
@verb()
def show(call: Call, reference: str) -> None:
    """One business case: what is asked for and why, who proposed it, and every decision on it."""
    with call.office() as office:
        found = office.accounts.show(reference)
        if call.as_json:
            _output.as_json(found)
            return
        zone = office.council.about()["timezone"]
        _output.say(f"{found['reference']}  {found['service']}: {found['standing']}")
        for number, paragraph in enumerate(found["case"].splitlines()):
            _output.say(_output.wrapped(paragraph, " " * 12, first="  case      " if number == 0 else None))
        _output.say(f"  channel   {found['channel']}")
        _output.say(f"  address   {found['address']}")
        for step in found["history"]:
            _output.say(f"  {step['standing']:<9} {_output.moment(step['at'], zone)} by {step['by']}")
            if step["reason"]:
                _output.say(_output.wrapped(step["reason"], " " * 12))


@account_verb.command("links", epilog=examples("publisher account links", "publisher account links --json"))
@verb()
def links(call: Call) -> None:
    """Which accounts are to be linked by hand, since no platform lets a program do it; and who did it when."""
    with call.office() as office:
        found = office.accounts.links()
        rows = found["links"]
        if call.as_json:
            _output.as_json(found)
            return
        for one in found["alone"]:
            _output.say(
                f"{one['channel']} has no corporate account on {one['platform']} that is switched on."
            )
        if not rows and not found["alone"]:
            _output.say("There is nothing to link: no service has an approved account in config.toml.")
        for row in rows:
            done = (
                f"done by {row['done_by']} on {_output.in_words(row['done_on'])}" if row["done"] else "to do"
            )
            _output.say(f"{row['from']} to {row['to']} ({row['service']}): {done}")
            if not row["done"]:
                _output.say(_output.wrapped(row["to_do"], "    "))
                _output.say(_output.dim(f"    then: publisher account linked {row['from']} {row['to']}"))


@account_verb.command(
    "linked",
    epilog=examples(
        "publisher account linked twitter libraries-x",
        "publisher account linked twitter libraries-x --on 2026-11-20",
        "publisher account linked twitter libraries-x --undo",
    ),
)
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@click.option("--on", metavar="DATE", help="When you did it [today].")
@click.option("--undo", is_flag=True, help="They are linked no more, or never were.")
@verb(acts=True)
def linked(call: Call, start: str, end: str, on: str | None, *, undo: bool) -> None:
    """Say that you linked two accounts: FROM the corporate one, TO the service's. Again: the newer word counts."""
    from publisher.cli.officers import day
    from publisher.office.accounts import Done

    if on and undo:
        raise click.UsageError(
            "--on says when you linked them, and --undo that they are not linked: give one."
        )
    with call.office() as office:
        done = Done(on=day(on, "--on"))
        found = office.accounts.unlinked(start, end) if undo else office.accounts.linked(start, end, done)
        if call.as_json:
            _output.as_json(found)
        elif undo:
            _output.say(f"{start} and {end} are down as not linked.")
        else:
            _output.say(f"{start} is linked to {end} since {_output.in_words(found['done_on'])}.")
