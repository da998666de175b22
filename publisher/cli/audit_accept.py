"""`audit accept`: a director lets the record count again, and is told what people look through after a restore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LOGIN, NAME = 18, 26
"""Widths of who can act; a login begins two blanks in."""


@click.command(
    "accept",
    short_help="Let a record count again that does not fit.",
    epilog=examples(
        'publisher audit accept --reason "Backup of Tuesday put back after the disk failed" --as dana'
    ),
)
@click.option("--reason", metavar="TEXT", required=True, help="Why it does not fit, and why it may count.")
@verb(acts=True)
def accept(call: Call, *, reason: str) -> None:
    """Accept the record as it is, after a backup was put back or once it is known what happened; for a director.

    What was found, and both ends, are written into the record with the reason. What is done to it later is found as before.
    Where the database may be an older one, what waits is held, every token is revoked, and what people must look through is
    listed.
    """
    from publisher.office.audit import Acceptance

    with call.office() as office:
        done = office.audit.accept(Acceptance(reason=reason))
    if call.as_json:
        _output.as_json(done)
        return
    _output.say(
        f"Accepted: {_many(done['accepted'])}. The record goes on from event {done['after'].partition(' ')[0]}."
    )
    if done["held"]:
        ids = ", ".join(done["held"])
        _output.say(_output.wrapped(
            f"Held, since this database may have forgotten that they are out: {ids}. Look on each channel first; then "
            "`publisher approve ID --reason TEXT` lets one go, and `publisher withdraw ID` stops it."
        ))  # fmt: skip
    if done["again"]:
        _output.say("\n".join(_again(done["again"])))


def _again(told: Mapping[str, Any]) -> Iterator[str]:
    """What people look through after an older database was put back."""
    since, zone = told["since"], told["timezone"]
    until = f" after {_output.moment(since, zone)}" if since else ""
    yield _output.wrapped(
        f"This may be an older database: it knows nothing of what was done{until}. So all tokens were revoked, as one that "
        f"was revoked since would count again. {_tokens(told['revoked'])}"
    )  # fmt: skip
    yield "\nWho can act now:"
    yield _output.table(
        [("  " + row["login"], row["name"], ", ".join(row["roles"])) for row in told["officers"]],
        (LOGIN, NAME), _output.screen(),
    )  # fmt: skip
    yield "\nAsk whether since then"
    for one in told["look"]:
        yield _output.wrapped(f"- {one['asks']} ({one['here']}): `{one['way_out']}`", "    ", first="  ")
    if told["waiting"]:
        yield _output.wrapped(f"These wait for a person, and may be out: {', '.join(told['waiting'])}.")
    if told["pages"]:
        yield "\nOn the website, and not by this database; look at each:"
        yield from (_output.wrapped(_page(one), "      ", first="  ") for one in told["pages"])
    yield from (_output.wrapped(f"This website could not be looked at: {why}") for why in told["unseen"])


def _tokens(revoked: Mapping[str, Any]) -> str:
    if not revoked["tokens"]:
        return "There were none that counted."
    count = "1 counted" if revoked["tokens"] == 1 else f"{revoked['tokens']} counted"
    return (
        f"{count}, of {', '.join(revoked['officers'])}: each makes a new one at the server with `publisher token new`, or a "
        "director gives them one to enrol with, `publisher token issue LOGIN`."
    )


def _page(one: Mapping[str, Any]) -> str:
    """What the website shows, and what the database says of it."""
    if one["withdrawn"]:
        found = "is withdrawn there, and out by this database"
    else:
        found = f"is out there, and {one['state']} here" if one["state"] else "is from no item here"
    title = f" “{one['title']}”" if one["title"] else ""
    return f"{one['path']}{title} {found} ({one['item']}, {one['channel']})"


def _many(faults: Sequence[Any]) -> str:
    return "1 thing that did not fit" if len(faults) == 1 else f"{len(faults)} things that did not fit"
