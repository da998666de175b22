"""`audit retention`, `erase`, `hold`, `lift`, `holds`: how long what is kept, what may not be erased, and what is."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTHS = (11, 9, 5)
_HOLD_WIDTHS = (20, 12, 9, 22)
_EVERYTHING = "everything"


@click.command(
    "retention",
    short_help="How long what is kept, and what is due to be erased.",
    epilog=examples("publisher audit retention", "publisher audit retention --apply --as dana"),
)
@click.option("--apply", "applies", is_flag=True, help="Erase what is due now; for a director.")
@verb(acts=True)
def retention(call: Call, *, applies: bool) -> None:
    """The council's retention schedule: each class of record, how long it is kept and why, and what is due.

    Nothing is erased without --apply; the daemon does it once a day. [retention] in config.toml changes the days of a
    class. What a legal hold names is not erased (`publisher audit holds`). Backups are the council's own to expire.
    """
    with call.office() as office:
        if applies:
            _applied(call, office.retention.apply())
            return
        found = office.retention.classes()
    if call.as_json:
        _output.as_json(found)
    else:
        _output.say(_schedule(found))


def _applied(call: Call, done: Mapping[str, Any]) -> None:
    if call.as_json:
        _output.as_json(done)
    elif done["total"]:
        counts = ", ".join(f"{name} {count}" for name, count in done["erased"].items())
        _output.say(_output.wrapped(f"Erased: {counts}."))
    else:
        _output.say("Nothing is due.")


def _schedule(found: Mapping[str, Any]) -> str:
    rows: Sequence[Mapping[str, Any]] = found["classes"]
    lines = [_output.table([("CLASS", "KEPT", "DUE", "LEGAL HOLD")], _WIDTHS, _output.screen())]
    for row in rows:
        kept = "for good" if row["days"] == "keep" else f"{row['days']} days"
        cells = (row["class"], kept, str(len(row["due"])), str(len(row["held"])))
        lines.append(_output.table([cells], _WIDTHS, _output.screen()))
        lines.append(_output.wrapped(f"{row['what']}.", "    "))
        since = "" if row["days"] == "keep" else f"From {row['from']}. "
        lines.append(_output.dim(_output.wrapped(f"{since}{row['why']} ({row['source']})", "    ")))
    due = sum(len(row["due"]) for row in rows)
    if references := [hold["reference"] for hold in found["holds"]]:
        lines.append(
            _output.wrapped(
                f"Under a legal hold: {', '.join(references)}. `publisher audit holds` shows them."
            )
        )
    lines.append(
        _output.wrapped(
            f"{due} are due. The daemon erases them once a day; at once: `publisher audit retention --apply`"
            if due
            else "Nothing is due."
        )
    )
    return "\n".join(lines)


@click.command(
    "erase",
    short_help="Take the words of an item out, for good.",
    epilog=examples(
        'publisher audit erase k3md8s2p --reason "Request under UK GDPR article 17, DP-2026-031" --as dana'
    ),
)
@click.argument("item_id", metavar="ID")
@click.option("--reason", metavar="TEXT", required=True, help="On what ground; name no person. It is kept.")
@verb(acts=True)
def erase(call: Call, item_id: str, reason: str) -> None:
    """Take an item's words and pictures out of the queue, for good (UK GDPR article 17). A director or monitoring officer.

    What was decided stays: ids, states, digests, times, who, addresses of what was sent, cost. What is under a legal hold is
    not erased, nor what is on its way, nor what is out: withdraw that first. Backups keep it until they expire.
    """
    from publisher.office.retention import Erasure

    with call.office() as office:
        found = office.retention.erase(item_id, Erasure(reason=reason))
    if call.as_json:
        _output.as_json(found)
        return
    _output.say(f"{found['id']} is erased. What was decided of it stays: `publisher show {found['id']}`")


@click.command(
    "hold",
    short_help="A legal hold: keep an item, or everything, from being erased.",
    epilog=examples(
        'publisher audit hold FOI-2026-114 --item k3md8s2p --reason "Asked for on 2 November" --as mona',
        'publisher audit hold LEGAL-7 --all --reason "Disclosure in proceedings" --as dana',
    ),
)
@click.argument("reference", metavar="REF")
@click.option("--item", "item_id", metavar="ID", help="The item that is kept.")
@click.option("--all", "everything", is_flag=True, help="Nothing at all is erased.")
@click.option("--reason", metavar="TEXT", required=True, help="Why; name no person.")
@verb(acts=True)
def hold(call: Call, reference: str, item_id: str | None, *, everything: bool, reason: str) -> None:
    """Place a legal hold: an item, or everything, is not erased while a request or a dispute runs. A director or monitoring officer.

    It stops no post: that is `publisher withdraw`. A legal hold beats every timer and every request to erase. To erase what somebody asked for, so that they do not get it, is
    an offence (Freedom of Information Act 2000, section 77).
    """
    from publisher.office.retention import NewHold

    with call.office() as office:
        new = NewHold(reference=reference, item=item_id, everything=everything, reason=reason)
        found = office.retention.hold(new)
    if call.as_json:
        _output.as_json(found)
        return
    lift = f"`publisher audit lift {shlex.quote(found['reference'])} --reason TEXT`"
    _output.say(
        _output.wrapped(
            f"{found['item'] or 'Everything'} is under the legal hold {found['reference']}. Once it is over: {lift}"
        )
    )


@click.command(
    "lift",
    short_help="End a legal hold.",
    epilog=examples(
        'publisher audit lift FOI-2026-114 --reason "Answered, and the time for review is over" --as mona'
    ),
)
@click.argument("reference", metavar="REF")
@click.option("--reason", metavar="TEXT", required=True, help="Why it is over.")
@verb(acts=True)
def lift(call: Call, reference: str, reason: str) -> None:
    """End a legal hold: what it named is erased again when its time has come. A director or monitoring officer."""
    from publisher.office.retention import Lifting

    with call.office() as office:
        found = office.retention.lift(Lifting(reference=reference, reason=reason))
    if call.as_json:
        _output.as_json(found)
    else:
        _output.say(f"The legal hold {found['reference']} is lifted.")


@click.command(
    "holds",
    short_help="The legal holds: of what, by whom and why.",
    epilog=examples("publisher audit holds", "publisher audit holds --json"),
)
@verb()
def holds(call: Call) -> None:
    """Every legal hold, those that stand first. One whose row was changed by hand is told so, and holds."""
    with call.office() as office:
        found = office.retention.holds()
        zone_name = office.council.about()["timezone"]
    rows = found["holds"]
    if call.as_json:
        _output.as_json(found)
    elif rows:
        _output.say("\n".join(_holds(rows, zone_name)))
    else:
        _output.say("There is no legal hold. `publisher audit hold --help` shows how to place one.")


def _holds(rows: Sequence[Mapping[str, Any]], zone_name: str) -> list[str]:
    lines = [
        _output.table([("REFERENCE", "HOLDS", "STANDING", "SINCE", "BY")], _HOLD_WIDTHS, _output.screen())
    ]
    for row in rows:
        since = _output.moment(row["placed_at"], zone_name)
        standing = "stands" if row["stands"] else "lifted"
        cells = (row["reference"], row["item"] or _EVERYTHING, standing, since, row["placed_by"])
        lines.append(_output.table([cells], _HOLD_WIDTHS, _output.screen()))
        lines.append(_output.wrapped(row["reason"], "    "))
        if not row["stands"]:
            when = _output.moment(row["lifted_at"], zone_name)
            lines.append(_output.wrapped(f"Lifted by {row['lifted_by']} on {when}.", "    "))
    return lines
