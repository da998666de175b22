"""`officer`: the register of who may post (clauses 5a and 5c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from typing import Any

    from publisher.app import App
    from publisher.tables import OfficerRow

NOT_AN_OFFICER = "has not the role of officer"


@click.group("officer", epilog=examples("publisher officer list", "publisher officer add --help"))
def officer_verb() -> None:
    """Who may post. Only the director changes the register (clause 5a)."""


def prerequisites(work: Callable[..., Any]) -> Callable[..., Any]:
    """The three dates of clause 5c as flags, and where the approval is filed."""
    for option in (
        click.option(
            "--approval-reference", metavar="TEXT", default="", help="Where that approval is filed."
        ),
        click.option(
            "--approved", metavar="DATE", help="When the Director of Resources approved in writing."
        ),
        click.option("--aup-signed", metavar="DATE", help="When they signed the Acceptable Use Policy."),
        click.option("--policy-read", metavar="DATE", help="When they confirmed having read the policy."),
    ):
        work = option(work)
    return work


@officer_verb.command(
    "add",
    epilog=examples(
        'publisher officer add asha --name "Asha Rao" --policy-read 2026-01-05 \\',
        "    --aup-signed 2026-01-05 --approved 2026-01-06",
        'publisher officer add ben --name "Ben Okoro" --role officer --role approver \\',
        "    --policy-read 2026-01-05 --aup-signed 2026-01-05 --approved 2026-01-06",
    ),
)
@click.argument("login", metavar="LOGIN")
@click.option("--name", metavar="NAME", required=True, help="First and last name.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE",
    help="officer, approver, director or monitoring officer; repeat [officer].",
)
@click.option(
    "--channel", "channels", multiple=True, metavar="NAME", help="Only these channels; repeat [all]."
)
@prerequisites
@verb(acts=True)
def add(call: Call, login: str, **given: Any) -> None:
    """Designate an officer. Without all three dates of clause 5c they are listed, but cannot post yet."""
    from publisher import views

    with call.app() as app:
        for channel in given["channels"]:
            app.config.channel(channel)
        row = officer_row(app, login, given, added_by=call.officer)
        app.register.add(row, now=app.now())
        if call.as_json:
            _output.as_json(views.officer(row))
        else:
            _output.say(f"{login} is on the register: {row.roles.replace(',', ', ')}.")
            _output.say(_output.wrapped(_standing(app, row)))


def officer_row(app: App, login: str, given: Mapping[str, Any], *, added_by: str) -> OfficerRow:
    """A line of the register from flags. Raises InputError for what is no date, or a date to come."""
    from publisher.tables import OfficerRow

    today = app.today
    return OfficerRow(
        login=login,
        name=" ".join(given["name"].split()),
        roles=",".join(dict.fromkeys(given["roles"] or ("officer",))),
        channels=",".join(given["channels"]),
        policy_read_on=day_done(given["policy_read"], "--policy-read", today),
        aup_signed_on=day_done(given["aup_signed"], "--aup-signed", today),
        approved_on=day_done(given["approved"], "--approved", today),
        approval_reference=given["approval_reference"],
        added_by=added_by,
        added_at=app.now(),
    )


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


def day_done(text: str | None, field: str, today: date) -> date | None:
    """The day on which something was done. Raises InputError for what is no date, and for one that has not come."""
    done = day(text, field)
    if done and done > today:
        raise InputError(
            f"{done} has not come yet", field=field, way_out="Give the day on which it was done."
        )
    return done


def _standing(app: App, row: OfficerRow) -> str:
    """Whether they may post, by the register's own word; if not, everything that is missing."""
    today = app.today
    problem = app.register.problem(row.login, [], today=today)
    if not problem:
        return "They can post from now on."
    missing = "; ".join(_missing(row, today)) or problem.removeprefix(f"{row.login} ")
    return f"They cannot post yet: {row.login} {missing} (clauses 5a, 5c)."


def _missing(row: OfficerRow, today: date) -> Iterator[str]:
    from publisher.register import PREREQUISITES, Role

    if Role.OFFICER not in row.roles.split(","):
        yield NOT_AN_OFFICER
    for name, words in PREREQUISITES.items():
        done: date | None = getattr(row, name)
        if done is None:
            yield words
        elif done > today:
            yield f"{words} before {done.isoformat()}"


@officer_verb.command("list", epilog=examples("publisher officer list", "publisher officer list --json"))
@verb()
def list_(call: Call) -> None:
    """Everyone on the register, and what they may do."""
    from publisher import views

    with call.app() as app:
        rows = app.register.officers()
        if call.as_json:
            _output.as_json({"officers": [views.officer(row) for row in rows]})
            return
        today = app.today
        problems = {
            row.login: _problem(row, app.register.problem(row.login, [], today=today), today) for row in rows
        }
        head = ("LOGIN", "NAME", "ROLES", "CHANNELS")
        lines = [
            (row.login, row.name, row.roles.replace(",", ", "), row.channels.replace(",", ", ") or "all")
            for row in rows
        ]
        widths = [max(len(line[column]) for line in (head, *lines)) for column in range(len(head) - 1)]
        for login, line in [("", head), *((line[0], line) for line in lines)]:
            _output.say(_output.table([line], widths, None))
            if problems.get(login):
                _output.say(_output.wrapped(problems[login], "    "))


def _problem(row: OfficerRow, problem: str, today: date) -> str:
    """All that keeps them from acting; that a director or approver does not hold the role of officer is no trouble."""
    if row.suspended_at:
        return problem
    missing = [words for words in _missing(row, today) if words != NOT_AN_OFFICER]
    return f"{row.login} {'; '.join(missing)}" if missing else ""


@officer_verb.command("suspend", epilog=examples("publisher officer suspend ben --as asha"))
@click.argument("login", metavar="LOGIN")
@verb(acts=True)
def suspend(call: Call, login: str) -> None:
    """Stop an officer from posting, at once; what they queued is held at its time."""
    with call.app() as app:
        app.register.suspend(login, actor=call.officer, now=app.now())
        if call.as_json:
            _output.as_json({"login": login, "suspended": True})
        else:
            _output.say(f"{login} is suspended. What they queued is held at its time.")
