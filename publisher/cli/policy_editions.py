"""`policy adopt`, `withdraw-edition` and `editions`: which edition of the written policy everybody must have read (clause 5c)."""

from __future__ import annotations

from typing import Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb

_WIDTHS = (24, 12, 16, 16)


@click.command(
    "adopt",
    short_help="Put an edition of the written policy in force.",
    epilog=examples(
        'publisher policy adopt "2027" --from 2027-01-04 --reference "Cabinet minute 2026/91" --dry-run',
        'publisher policy adopt "2027" --from 2027-01-04 --reference "Cabinet minute 2026/91" --as dana',
    ),
)
@click.argument("edition", metavar="EDITION")
@click.option(
    "--from", "first_day", metavar="DATE", required=True, help="The first day on which it is in force."
)
@click.option("--reference", metavar="TEXT", required=True, help="Where its adoption is minuted.")
@click.option("--dry-run", is_flag=True, help="Only show who must confirm, and what would be held.")
@verb(acts=True)
def adopt(call: Call, edition: str, first_day: str, reference: str, *, dry_run: bool) -> None:
    """A director puts an edition of the written policy in force: everybody is asked to read it.

    From its first day, who has not read it cannot queue, and what they queued or approved is held when its moment
    comes. They may confirm it beforehand. The same edition again, with another day, moves it to that day.
    """
    from publisher.cli.officers import day
    from publisher.office.officers import Edition

    with call.office() as office:
        given: dict[str, Any] = {
            "edition": edition,
            "in_force_from": day(first_day, "--from"),
            "reference": reference,
            "dry_run": dry_run,
        }
        found = office.officers.adopt(Edition(**given))
        if call.as_json:
            _output.as_json(found)
            return
        is_adopted = "would be adopted" if dry_run else "is adopted"
        _output.say(_output.wrapped(f"Edition {found['edition']} {is_adopted}: {_when(found)}."))
        _say_reached(found, "it", found["edition"], "then on" if found["standing"] == "to come" else "now on")


def _say_reached(found: dict[str, Any], read: str, edition: str | None, since: str) -> None:
    """Who has to read what, and what of theirs waits for that; a website has nobody who reads."""
    from publisher.cli._officer_words import entering, held_at_its_moment

    websites = {one["officer"] for one in found["websites"]}
    if people := [login for login in found["asked"] if login not in websites]:
        told = f"To read {read}, and confirm with `publisher officer confirm-policy`: {', '.join(people)}."
        _output.say(_output.wrapped(told))
    for one in found["websites"]:
        told = f"Every event of [sources.{one['source']}] is refused from {since}, until a director enters it"
        _output.say(_output.wrapped(f"{told}: {entering(one['officer'], edition or '')}"))
    for line in held_at_its_moment(found["held"], "Held when its moment comes, unless they confirm before"):
        _output.say(line)


@click.command(
    "withdraw-edition",
    short_help="Take an edition away that was adopted by mistake.",
    epilog=examples(
        'publisher policy withdraw-edition "2072" --reason "Adopted under a wrong name" --dry-run',
        'publisher policy withdraw-edition "2072" --reason "Adopted under a wrong name" --as dana',
    ),
)
@click.argument("edition", metavar="EDITION")
@click.option("--reason", metavar="TEXT", required=True, help="Why: it stays on record.")
@click.option("--dry-run", is_flag=True, help="Only show who must confirm, and what would be held.")
@verb(acts=True)
def withdraw_edition(call: Call, edition: str, reason: str, *, dry_run: bool) -> None:
    """A director takes an edition of the written policy away that was adopted by mistake.

    What was in force before it is in force again, and whoever had confirmed that before the one that goes has read it again.
    Who has confirmed only the one that goes is asked to read the other; that they confirmed it stays on record. Where only
    its day is wrong, adopt it again with another.
    """
    from publisher.office.officers import EditionWithdrawal

    with call.office() as office:
        found = office.officers.withdraw_edition(
            EditionWithdrawal(edition=edition, reason=reason, dry_run=dry_run)
        )
        if call.as_json:
            _output.as_json(found)
            return
        is_off, then = ("would be withdrawn", "then") if dry_run else ("is withdrawn", "now")
        left = f"{then} edition {found['in_force']} is" if found["in_force"] else f"{then} none is"
        _output.say(_output.wrapped(f"Edition {found['edition']} {is_off}: {left} in force."))
        for one in found["given_back"]:
            _output.say(_output.wrapped(_given_back(one, is_done=not dry_run)))
        _say_reached(found, f"edition {found['in_force']}", found["in_force"], "now on")


def _given_back(one: dict[str, Any], *, is_done: bool) -> str:
    """Whose reading from before counts again, now that the one that replaced it is gone."""
    what = f"edition {one['edition']}" if one["edition"] else "the policy"
    counts = "counts again" if is_done else "would count again"
    return f"{one['login']} had confirmed it: their reading of {what} on {_output.in_words(one['read_on'])} {counts}."


def _when(found: dict[str, str]) -> str:
    day = _output.in_words(found["in_force_from"])
    standing = found["standing"]
    if standing == "past":
        return f"in force from {day}, until a later one, which is there already"
    return f"in force {'since' if standing == 'in force' else 'from'} {day}"


@click.command(
    "editions",
    short_help="The editions of the written policy.",
    epilog=examples("publisher policy editions", "publisher policy editions --json"),
)
@verb()
def editions(call: Call) -> None:
    """Every edition of the written policy, from when it is in force, and who adopted it."""
    with call.office() as office:
        found = office.officers.editions()
        if call.as_json:
            _output.as_json(found)
        elif rows := found["editions"]:
            head = ("EDITION", "FROM", "STANDING", "ADOPTED BY", "REFERENCE")
            lines = [
                (row["edition"], row["in_force_from"], row["standing"], row["adopted_by"], row["reference"])
                for row in rows
            ]
            _output.say(_output.table([head, *lines], _WIDTHS, _output.screen()))
        else:
            _output.say("No edition is adopted yet. `publisher policy adopt --help` shows how.")
