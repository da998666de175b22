"""`risk`: ways of posting that a platform's terms forbid: who accepted that, until when (clause 5e)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_HEAD = ("CHANNEL", "ACCEPTED BY", "UNTIL", "STANDING")
_NOTHING = "No channel in config.toml posts in a way that its platform's terms forbid."


@click.group("risk", epilog=examples("publisher risk list", "publisher risk accept --help"))
def risk_verb() -> None:
    """Channels whose way of posting is against their platform's terms: open only while a director accepts that."""


@risk_verb.command(
    "accept",
    epilog=examples(
        "publisher risk accept instagram-app --review 2027-11-20 \\",
        '    --reason "No Page can be linked yet; asked Meta on 3 Nov" --as dana',
    ),
)
@click.argument("channel", metavar="CHANNEL")
@click.option(
    "--reason", metavar="TEXT", required=True, help="Why, in 10 characters or more; it is kept on the record."
)
@click.option(
    "--review", metavar="DATE", required=True, help="The last day on which that holds: within a year."
)
@verb(acts=True)
def accept(call: Call, channel: str, reason: str, review: str) -> None:
    """Accept, as a director and in your name, that a channel posts against its platform's terms.

    The platform may lock or close the account. Given again, the newer word counts.
    """
    from publisher.cli.officers import day
    from publisher.office.risks import NewAcceptance

    review_on = day(review, "--review")
    with call.office() as office:
        new = NewAcceptance.model_validate({"reason": reason, "review_on": review_on})
        found = office.risks.accept(channel, new)
        if call.as_json:
            _output.as_json(found)
            return
        for line in _accepted(found):
            _output.say(_output.wrapped(line))


def _accepted(found: Mapping[str, Any]) -> Iterator[str]:
    until = _output.in_words(found["review_on"])
    yield f"{found['channel']} is open until {until}, by the word of {found['accepted_by']}."
    yield found["risk"]
    if not found["enabled"]:
        yield f"{found['channel']} is not switched on: set enabled = true in its table of config.toml."


@risk_verb.command(
    "end", epilog=examples('publisher risk end instagram-app --reason "The Page is linked now" --as dana')
)
@click.argument("channel", metavar="CHANNEL")
@click.option(
    "--reason", metavar="TEXT", required=True, help="Why, in 10 characters or more; it is kept on the record."
)
@verb(acts=True)
def end(call: Call, channel: str, reason: str) -> None:
    """End it: nothing more is sent there, and what is on its way is refused when its moment comes."""
    from publisher.office.risks import Ending

    with call.office() as office:
        found = office.risks.end(channel, Ending(reason=reason))
        if call.as_json:
            _output.as_json(found)
            return
        told = f"{found['channel']} is closed: nothing more is sent there. What is out stays until it is withdrawn."
        _output.say(_output.wrapped(told))


@risk_verb.command("list", epilog=examples("publisher risk list", "publisher risk list --json"))
@verb()
def list_(call: Call) -> None:
    """Every channel with such a risk: what it is, who accepted it, and until when."""
    with call.office() as office:
        found = office.risks.list()
        if call.as_json:
            _output.as_json(found)
            return
        if not found["risks"]:
            _output.say(_NOTHING)
            return
        rows = [_HEAD, *map(_row, found["risks"])]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
        _output.say(_output.table(rows, widths, _output.screen()))
        for line in _remarks(found["risks"]):
            _output.say(_output.wrapped(line))


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    until = _output.in_words(one["review_on"]) if one["review_on"] else ""
    return (one["channel"], one["accepted_by"] or "", until, one["standing"])


def _remarks(risks: list[Mapping[str, Any]]) -> Iterator[str]:
    """What the risk is, why it was taken, and what to do where it does not stand."""
    for one in risks:
        if one["risk"]:
            yield f"{one['channel']}: {one['risk']}"
        if one["reason"]:
            yield f"{one['channel']}: accepted because: {one['reason']}"
        if one["enabled"] and not one["open"]:
            yield f"{one['channel']} is closed. {one['way_out']}"
