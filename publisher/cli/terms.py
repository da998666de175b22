"""`terms`: whose terms of use were read, by whom, and when they are to be read again (clause 5e)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD = ("WHOSE", "READ BY", "ON", "READ AGAIN BY", "STANDING")
_FINE = ("good", "due within 30 days")
"""Standings in which the terms count as read."""
_NOTHING = "No platform's channel is switched on, and the rules name no website that may be linked to."


@click.group("terms", epilog=examples("publisher terms list", "publisher terms read --help"))
def terms_verb() -> None:
    """Terms of use of the platforms and of other websites: who read them, and when they are to be read again."""


@terms_verb.command(
    "read",
    epilog=examples(
        "publisher terms read facebook --address https://www.facebook.com/terms \\",
        '    --edition "1 Jan 2026" --on 2026-11-20 --review 2027-11-20',
        "publisher terms read twitter --address https://x.com/en/tos --review 2027-11-20 --by asha",
    ),
)
@click.argument("platform", metavar="PLATFORM")
@click.option("--address", metavar="ADDRESS", required=True, help="Where the terms are: https://…")
@click.option("--edition", metavar="TEXT", default="", help="Which edition: its number or its date.")
@click.option("--on", "read_on", metavar="DATE", help="When they were read [today].")
@click.option("--review", metavar="DATE", required=True, help="The last day on which that holds.")
@click.option("--by", "read_by", metavar="LOGIN", default="", help="Who read them [you].")
@verb(acts=True)
def read(call: Call, platform: str, **given: Any) -> None:
    """Record that a platform's terms were read: facebook, instagram, twitter.

    Once terms are recorded, those of every platform must be, and in date: until then items with links to other
    websites wait there for the director.
    """
    from publisher.cli.officers import day
    from publisher.office.terms import NewReading

    review_on, read_on = day(given["review"], "--review"), day(given["read_on"], "--on")
    with call.office() as office:
        new = NewReading.model_validate(
            {name: given[name] for name in ("address", "edition", "read_by")}
            | {"review_on": review_on, "read_on": read_on}
        )
        found = office.terms.read(platform, new)
        if call.as_json:
            _output.as_json(found)
            return
        for line in _told(found):
            _output.say(_output.wrapped(line))


def _told(found: Mapping[str, Any]) -> Iterator[str]:
    until = _output.in_words(found["review_on"])
    yield f"{found['name']}: {found['read_by']} read the terms on {_output.in_words(found['read_on'])}; that holds until {until}."
    if found["standing"] not in _FINE:
        yield "That day is over: items with links to other websites wait there until the terms are read again."
    if not found["channels"]:
        yield f"No channel of {found['name']} is switched on: `publisher terms list` shows it once one is."
    if found["unread"]:
        yield f"Not on record yet, so that such items wait there: {', '.join(found['unread'])}."


@terms_verb.command("list", epilog=examples("publisher terms list", "publisher terms list --json"))
@verb()
def list_(call: Call) -> None:
    """Every platform in use, and every website that may be linked to: who read its terms, and how that stands."""
    with call.office() as office:
        found = office.terms.list()
        if call.as_json:
            _output.as_json(found)
            return
        if not found["terms"]:
            _output.say(_NOTHING)
            return
        rows = [_HEAD, *map(_row, found["terms"])]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
        _output.say(_output.table(rows, widths, _output.screen()))
        for line in _remarks(found["terms"]):
            _output.say(_output.wrapped(line))


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    days = (_day(one["read_on"]), _day(one["review_on"]))
    return (one["name"], one["read_by"] or "", *days, one["standing"])


def _day(value: str | None) -> str:
    return _output.in_words(value) if value else ""


def _remarks(terms: list[Mapping[str, Any]]) -> Iterator[str]:
    """What is to be done about those that do not count as read."""
    for kind, way_out in (
        ("platform", "read them, then `publisher terms read {} --address … --review DATE`"),
        ("website", "read them, then put the new checked_on and review_date into its [[site]]"),
    ):
        names = [one["name"] for one in terms if one["kind"] == kind and one["standing"] not in _FINE]
        if names:
            yield f"Terms to be read, {kind}s: {', '.join(names)}: {way_out.format(names[0])}."
