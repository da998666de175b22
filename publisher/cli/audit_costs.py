"""`audit costs`: what was spent on posts, by month, service and channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output, _spreadsheet
from publisher.cli._common import Call, examples, verb
from publisher.cli._money import dollars
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTHS = (7, 20, 16, 5)
_FIELDS = ("month", "service", "channel", "posts", "cost_usd", "unbooked")
"""The columns of the CSV, as in the JSON."""
CORPORATE = "corporate"
"""Stands for the council's own accounts, which are no service's."""


@click.command(
    "costs",
    short_help="What posts cost, by month, service and channel.",
    epilog=examples(
        "publisher audit costs",
        "publisher audit costs --month 2026-11",
        "publisher audit costs --csv > costs.csv",
    ),
)
@click.option("--month", metavar="YYYY-MM", help="Only this month, on the council's clock [all].")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for a spreadsheet.")
@verb()
def costs(call: Call, *, month: str | None, as_csv: bool) -> None:
    """What the platforms charge for posts, in US dollars, by month, service and channel.

    A council keeps a separate account of what it spends on publicity (Local Government Act 1986, section 5). This is the
    platforms' price for each post as it was booked when the post was sent, and for taking it down where that costs
    something too, in the month in which the post was sent; an invoice may add tax. It stays when an item is erased.

    `unbooked` (in --json and --csv) counts the posts to a channel that charges which were sent before this program booked
    costs: they are among the posts, and not in the sums.
    """
    if as_csv and call.as_json:
        raise InputError("--csv and --json cannot both be printed", field="--csv", way_out="Choose one.")
    with call.office() as office:
        found = office.costs.spent(month=month)
    if call.as_json:
        _output.as_json(found)
    elif as_csv:
        _spreadsheet.as_csv(_FIELDS, found["costs"])
    else:
        _output.say(_table(found))


def _table(found: Mapping[str, Any]) -> str:
    rows: Sequence[Mapping[str, Any]] = found["costs"]
    if not rows:
        when = f" in {found['month']}" if found["month"] else " yet"
        return f"Nothing was sent{when}."
    head = ("MONTH", "SERVICE", "CHANNEL", "POSTS", "COST")
    lines = [
        (
            row["month"],
            row["service"] or CORPORATE,
            row["channel"],
            str(row["posts"]),
            dollars(row["cost_usd"]),
        )
        for row in rows
    ]
    total = ("total", "", "", str(found["posts"]), dollars(found["total_usd"]))
    table = _output.table([head, *lines, total], _WIDTHS, _output.screen())
    unbooked = sum(row["unbooked"] for row in rows)
    note = (
        f"\n{unbooked} of the posts were sent before this program booked costs, and are not in the sums."
        if unbooked
        else ""
    )
    return table + note
