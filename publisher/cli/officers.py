"""`officer`: the register of who may post (clauses 5a and 5c)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _officer_words, _output
from publisher.cli._common import Call, examples, verb
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from publisher.office import Office

ROLES = "officer, approver, director, monitoring officer, executive director or member; repeat"
DATES = {
    "policy_read_on": "--policy-read",
    "aup_signed_on": "--aup-signed",
    "approved_on": "--approved",
    "expires_on": "--expires",
    "trained_on": "--trained",
}
"""The flags that take a day, by the name under which the register keeps it."""
_FLAGS = {
    **DATES, "policy_edition": "--edition", "edition": "--edition", "manager": "--manager", "name": "--name", "reason": "--reason",
    "role": "--role", "roles": "--role", "expires": "--expires", "approval_reference": "--approval-reference",
    "policy_reference": "--policy-reference", "aup_reference": "--aup-reference", "training_reference": "--training-reference",
}  # fmt: skip


@click.group("officer", epilog=examples("publisher officer list", "publisher officer add --help"))
def officer_verb() -> None:
    """Who may post. Only the director changes the register (clause 5a)."""


def prerequisites(work: Callable[..., Any]) -> Callable[..., Any]:
    """The three dates of clause 5c as flags, and where each paper is filed."""
    for option in (
        click.option("--approval-reference", metavar="TEXT", help="Where that approval is filed."),
        click.option(
            "--approved", metavar="DATE", help="When the Director of Resources approved in writing."
        ),
        click.option("--aup-reference", metavar="TEXT", help="Where that signature is filed."),
        click.option("--aup-signed", metavar="DATE", help="When they signed the Acceptable Use Policy."),
        click.option("--policy-reference", metavar="TEXT", help="Where that confirmation is filed."),
        click.option("--policy-read", metavar="DATE", help="When they confirmed having read the policy."),
    ):
        work = option(work)
    return work


def _particulars(work: Callable[..., Any]) -> Callable[..., Any]:
    """What else an entry may say."""
    for option in (
        click.option("--manager", metavar="LOGIN", help="Their line manager, who hears of concerns first."),
        click.option("--training-reference", metavar="TEXT", help="What the training was, or where it is filed."),
        click.option("--trained", metavar="DATE", help="When they were trained last."),
        click.option("--expires", metavar="DATE", help="The last day on which they may post."),
        click.option("--edition", metavar="NAME", help="The edition of the policy that they read [the one in force that day]."),
        click.option("--channel", "channels", multiple=True, metavar="NAME", help="Only these channels; repeat [all]."),
        click.option("--role", "roles", multiple=True, metavar="ROLE", help=f"{ROLES} [officer]."),
    ):  # fmt: skip
        work = option(work)
    return work


@officer_verb.command(
    "add",
    epilog=examples(
        'publisher officer add asha --name "Asha Rao" --policy-read 2026-01-05 \\',
        "    --aup-signed 2026-01-05 --approved 2026-01-06 --approval-reference DR/2026/14",
        'publisher officer add ben --name "Ben Okoro" --role officer --role approver \\',
        "    --policy-read 2026-01-05 --aup-signed 2026-01-05 --approved 2026-01-06",
        'publisher officer add cllr.hall --name "Eve Hall" --role member',
    ),
)
@click.argument("login", metavar="LOGIN")
@click.option("--name", metavar="NAME", required=True, help="First and last name.")
@_particulars
@prerequisites
@verb(acts=True)
def add(call: Call, login: str, **given: Any) -> None:
    """Designate an officer. Without all three dates of clause 5c they are listed, but cannot post yet."""
    from publisher.office.officers import NewOfficer

    entry = entries(given)
    with flags_named(), call.office() as office:
        found = office.officers.add(NewOfficer(login=login, **entry))
        if call.as_json:
            _output.as_json(found)
        else:
            _output.say(f"{login} is on the register: {', '.join(found['roles'])}.")
            _say_standing(office, found, entry)


@officer_verb.command(
    "amend",
    epilog=examples(
        "publisher officer amend ben --role officer --role approver --as dana",
        "publisher officer amend ben --policy-read 2026-12-01 --policy-reference HR/2026/88",
        "publisher officer amend ben --expires 2027-03-31 --manager asha",
        'publisher officer amend ben --all-channels --no-end --training-reference ""',
    ),
)
@click.argument("login", metavar="LOGIN")
@click.option("--name", metavar="NAME", help="First and last name.")
@_particulars
@prerequisites
@click.option("--all-channels", is_flag=True, help="They may post to every channel.")
@click.option("--no-end", is_flag=True, help="They have no last day any more.")
@verb(acts=True)
def amend(call: Call, login: str, *, all_channels: bool, no_end: bool, **given: Any) -> None:
    """Change an officer's entry: only what is given here changes. An empty text takes away what is there."""
    from publisher.office.officers import Amended

    changes: dict[str, Any] = entries(given) | ({"no_end": True} if no_end else {})
    _demand_one_way("--all-channels", "--channel", is_both=all_channels and "channels" in changes)
    _demand_one_way("--no-end", "--expires", is_both=no_end and "expires_on" in changes)
    if all_channels:
        changes["channels"] = []
    with flags_named(), call.office() as office:
        found = office.officers.amend(login, Amended(**changes))
        if call.as_json:
            _output.as_json(found)
        else:
            _output.say(f"{login}'s entry is changed.")
            _say_standing(office, found, changes)
            heading = f"Will be held when its moment comes, unless {login} may then"
            for line in _officer_words.held_at_its_moment(found["held"], heading):
                _output.say(line)


def _demand_one_way(flag: str, other: str, *, is_both: bool) -> None:
    """Raises InputError where two flags were given of which one takes away what the other gives."""
    if is_both:
        raise InputError(f"{flag} and {other} cannot both hold", field=flag, way_out="Choose one.")


def _say_standing(office: Office, found: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Whether they may act now; and of a day that was taken for another edition than the one to be read, that it was."""
    _output.say(_output.wrapped(_officer_words.standing(found)))
    if given.get("policy_read_on") and found["lacks"]:
        in_force = office.officers.editions()["in_force"]
        if told := _officer_words.another_edition(found, given, in_force):
            _output.say(_output.wrapped(told))


def entries(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given by flags, by the names of the register. Raises InputError for what is no date."""
    renamed = {flag.removeprefix("--").replace("-", "_"): name for name, flag in DATES.items()}
    renamed["edition"] = "policy_edition"
    found: dict[str, Any] = {}
    for flag, value in given.items():
        name = renamed.get(flag, flag)
        if value is not None and value != ():
            found[name] = day(value, DATES[name]) if name in DATES else _as_given(value)
    return found


def _as_given(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@contextmanager
def flags_named() -> Iterator[None]:
    """Errors name the flag that the officer typed."""
    try:
        yield
    except InputError as error:
        if error.field not in _FLAGS:
            raise
        raise InputError(error.detail, field=_FLAGS[error.field], way_out=error.way_out) from error


def day(text: str | None, field: str) -> date | None:
    """A date like 2026-01-05; None where there is none. Raises InputError."""
    from datetime import date

    if not text:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(
            f"{text!r} is not a date", field=field, way_out="Write it like 2026-01-05."
        ) from error


@officer_verb.command(
    "list",
    epilog=examples(
        "publisher officer list", "publisher officer list --json", "publisher officer list --csv"
    ),
)
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for spreadsheets.")
@verb()
def list_(call: Call, *, as_csv: bool) -> None:
    """Everyone on the register, what they may do, what keeps them from it, and what soon will."""
    with call.office() as office:
        found = office.officers.list()
        if call.as_json:
            _output.as_json(found)
        elif as_csv:
            _officer_words.as_spreadsheet(found["officers"])
        elif found["officers"] or found["gone"]:
            _officer_words.say_table(found["officers"])
            for login in found["gone"]:
                _output.say(_output.wrapped(f"! {login}: this entry was taken away by hand in the database."))
        else:
            _output.say("The register has nobody yet. `publisher init` makes the first director.")


@officer_verb.command("export", epilog=examples("publisher officer export > register.csv"))
@verb()
def export(call: Call) -> None:
    """The whole register as a table for spreadsheets (CSV), with what each officer lacks."""
    with call.office() as office:
        found = office.officers.list()
        if call.as_json:
            _output.as_json(found)
        else:
            _officer_words.as_spreadsheet(found["officers"])


@officer_verb.command(
    "show", epilog=examples("publisher officer show ben", "publisher officer show ben --json")
)
@click.argument("login", metavar="LOGIN")
@verb(acts=True)
def show(call: Call, login: str) -> None:
    """One officer: the entry on the register, what is missing or about to lapse, and what was done with it when."""
    with call.office() as office:
        found = office.officers.show(login)
        if call.as_json:
            _output.as_json(found)
            return
        zone = office.council.about()["timezone"]
        _output.say(f"{found['name']} ({login})")
        for words, value in _officer_words.lines(found):
            _output.say(_output.wrapped(f"{words}: {value}", "      ", first="  "))
        for why in found["lacks"]:
            told = f"{login} {why}{_officer_words.confirming(found)}."
            _output.say(_output.wrapped(told, "    ", first="  ! "))
        for why in found["soon"]:
            _output.say(_output.wrapped(f"soon: {login} {why}.", "    ", first="  ! "))
        for event in found["events"]:
            told = f"{_output.moment(event['at'], zone)}  {event['action']} by {event['actor']}{_officer_words.why(event)}"
            _output.say(_output.dim(_output.wrapped(told, "      ", first="  ")))


@officer_verb.command(
    "suspend",
    epilog=examples(
        'publisher officer suspend ben --reason "Left the council on 27 November" --as dana',
        "publisher officer suspend ben --dry-run",
    ),
)
@click.argument("login", metavar="LOGIN")
@click.option("--reason", metavar="TEXT", default="", help="Why; only directors and they themselves read it.")
@click.option("--dry-run", is_flag=True, help="Only show what that would reach.")
@verb(acts=True)
def suspend(call: Call, login: str, *, reason: str, dry_run: bool) -> None:
    """Stop an officer from posting, at once, and hold everything that they wrote or approved and that is not out."""
    from publisher.office.officers import Suspension

    with flags_named(), call.office() as office:
        found = office.officers.suspend(login, Suspension(reason=reason, dry_run=dry_run))
        if call.as_json:
            _output.as_json(found)
            return
        _output.say(
            f"{login} {'would be' if dry_run else 'is'} suspended, and cannot post, approve or direct."
        )
        for line in _officer_words.reached(found, "Would be held" if dry_run else "Held now"):
            _output.say(line)
        for line in _officer_words.left_behind(found, is_done=not dry_run):
            _output.say(_output.wrapped(line))


@officer_verb.command("reinstate", epilog=examples("publisher officer reinstate ben --as dana"))
@click.argument("login", metavar="LOGIN")
@verb(acts=True)
def reinstate(call: Call, login: str) -> None:
    """Undo a suspension. What was held stays held until another officer lets it go on."""
    with call.office() as office:
        found = office.officers.reinstate(login)
        if call.as_json:
            _output.as_json(found)
        else:
            _output.say(
                f"{login} is on the register again. What was held stays held until another lets it go on."
            )
            _output.say(_output.wrapped(_officer_words.standing(found)))


@officer_verb.command(
    "confirm-policy",
    epilog=examples(
        "publisher officer confirm-policy",
        'publisher officer confirm-policy --edition "2027" --reference HR/2026/88',
    ),
)
@click.option(
    "--edition", metavar="NAME", default="", help="Which edition [the one that you have to read next]."
)
@click.option("--reference", metavar="TEXT", default="", help="Where the confirmation is filed.")
@verb(acts=True)
def confirm_policy(call: Call, edition: str, reference: str) -> None:
    """Say that you have read and understood the policy (clause 5c): for yourself, and for nobody else."""
    from publisher.office.officers import Confirmation

    with call.office() as office:
        found = office.officers.confirm_policy(Confirmation(edition=edition, reference=reference))
        if call.as_json:
            _output.as_json(found)
            return
        named = f", edition {found['policy_edition']}" if found["policy_edition"] else ""
        if found["already"]:
            told = f"Already confirmed: {found['login']} did so on {_output.in_words(found['policy_read_on'])}{named}. Nothing is changed."
            _output.say(_output.wrapped(told))
            return
        told = f"On {_output.in_words(found['policy_read_on'])} {found['login']} has read and understood the policy{named}."
        _output.say(_output.wrapped(told))
        _output.say(_output.wrapped(_officer_words.standing(found)))
