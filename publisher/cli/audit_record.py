"""`audit log`, `verify`, `checkpoint`, `key`: the record read, looked at, and signed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output, _spreadsheet
from publisher.cli._common import Call, examples, verb
from publisher.errors import EXIT_DONE, EXIT_NO, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COLUMNS = (
    "event", "at", "actor", "via", "action", "item_id", "channel", "subject", "before", "after", "detail", "erased",
)  # fmt: skip
"""The columns of the log's CSV, as in its JSON."""
WITHHELD = "what is said of people is shown to them, and to whoever keeps the record"
UNCOUNTED = "The numbers of events are shown to a director and the monitoring officer."
FAULTS_SHOWN = 20
_ACCEPT = "once it is known why, a director runs `publisher audit accept --reason TEXT`."
STOPPED = {
    "everything": f"Nothing is released by such a record. Put the newest database back; or, {_ACCEPT}",
    "items": f"It stops the items that are named, and nothing else; {_ACCEPT}",
    "rows": "What is named counts for nothing as it lies there, and what rests on it stops; nothing else does. Enter it anew; or, "
    f"{_ACCEPT}",
    "schema": f"It stops nothing by itself. `publisher init` mends it; or, {_ACCEPT}",
    "nothing": "By what is kept here the record is whole, or was accepted, so that it stops nothing. But it is not the one that you "
    "hold a paper of: where no acceptance explains that, it was written anew. Ask a director.",
}
"""What a record that does not fit stops, and what is to be done."""


@click.command(
    "log",
    short_help="What happened: who, by which door, what, about what.",
    epilog=examples(
        "publisher audit log",
        "publisher audit log --item k3md8s2p",
        "publisher audit log --actor asha --since 2026-11-01 --csv > asha.csv",
    ),
)
@click.option("--item", metavar="ID", help="Only events of this item.")
@click.option("--subject", metavar="WHAT", help="Only events about this login or reference.")
@click.option("--actor", metavar="LOGIN", help="Only what this officer did.")
@click.option("--action", metavar="WORDS", help='Only this action, such as moved or "officer added".')
@click.option("--since", metavar="DATE", help="From this day on, on the council's clock.")
@click.option("--until", metavar="DATE", help="To the end of this day.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), default=50, show_default=True, help="The last so many."
)
@click.option("--jsonl", "as_lines", is_flag=True, help="Print JSON Lines: one event a line.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for a spreadsheet.")
@verb(acts=True)
def log(
    call: Call, *, since: str | None, until: str | None, as_lines: bool, as_csv: bool, **sought: Any
) -> None:
    """What happened, the newest last: who did it, by which door they came, what, and about what.

    The numbers of events, and that there are concerns, are shown to a director and the monitoring officer.
    """
    from publisher.cli.officers import day

    only_one(("--json", call.as_json), ("--jsonl", as_lines), ("--csv", as_csv))
    with call.office() as office:
        found = office.audit.log(since=day(since, "--since"), until=day(until, "--until"), **sought)
    rows = found["events"]
    if call.as_json:
        _output.as_json(found)
    elif as_lines:
        for row in rows:
            _output.as_json(row)
    elif as_csv:
        _spreadsheet.as_csv(COLUMNS, [flat(row) for row in rows])
    else:
        _output.say("\n".join(_lines(found)) if rows else _output.wrapped(found["nothing"]))


def only_one(*flags: tuple[str, bool]) -> None:
    """Raises InputError where more than one way of printing is asked for."""
    given = [name for name, is_given in flags if is_given]
    if len(given) > 1:
        raise InputError(
            f"{given[0]} and {given[1]} cannot both be printed", field=given[1], way_out="Choose one."
        )


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """An event with its words as one cell of a spreadsheet."""
    detail = json.dumps(row["detail"], ensure_ascii=False) if row["detail"] else ""
    return dict(row) | {"detail": detail, "erased": "yes" if row["erased"] else ""}


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    from publisher.event_words import door, told

    for row in found["events"]:
        moment = _output.moment(row["at"], found["timezone"])
        about = "  ".join(part for part in (row["item_id"], readable(row["subject"])) if part)
        by = door(row["actor"], row["via"])
        who = f"{row['actor']} ({by})" if by else row["actor"]
        number = f"{row['event']}  " if row["event"] else ""
        line = f"{moment}  {number}{who}: {_what(row)}{f'  [{about}]' if about else ''}"
        yield _output.wrapped(line, " " * 8, first="")
        if row["withheld"]:
            yield _output.dim(_output.wrapped(WITHHELD, " " * 8, first=" " * 8))
        elif row["erased"]:
            yield _output.dim(_output.wrapped("its words were erased", " " * 8, first=" " * 8))
        elif said := told(row["action"], row["detail"], found["timezone"]):
            words = "; ".join(f"{name}: {value}" for name, value in said)
            yield _output.dim(_output.wrapped(words, " " * 8, first=" " * 8))
    left = found["count"] - len(found["events"])
    if left:
        yield f"{left} earlier ones are not shown: --limit N shows more, `publisher audit export` all."


def _what(row: Mapping[str, Any]) -> str:
    where = f"{row['channel']} " if row["channel"] else ""
    move = " → ".join(filter(None, (readable(row["before"]), readable(row["after"]))))
    if row["action"] == "moved":
        return where + move
    return f"{where}{row['action']}{f' {move}' if move else ''}"


def readable(word: str | None) -> str:
    """A word of an event as a person reads it: seals and digests are for `--json`."""
    from publisher import event_words

    return event_words.readable(word)


@click.command(
    "verify",
    short_help="Whether the record is whole; which event is not.",
    epilog=examples(
        "publisher audit verify",
        "publisher audit verify --against checkpoint.json",
        "publisher audit verify --against record-2026-10.jsonl",
    ),
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Hold it against a checkpoint, or an export in JSON Lines, that was kept elsewhere.",
)
@verb()
def verify(call: Call, *, against: Path | None) -> int:
    """Look at the whole record: whether an event was changed, removed, put out of order or added, or the end cut off.

    Exit 0: whole. Exit 1: it was tampered with, or the database is an older one; each event that does not fit is named, to
    a director and the monitoring officer by its number.
    """
    from publisher.cli._kept import kept_in
    from publisher.office.audit import Kept
    from publisher.verifying import told_to

    kept = kept_in(against) if against else Kept()
    with call.office() as office, told_to(_progress()):
        found = office.audit.verify(kept)
    _clear()
    if call.as_json:
        _output.as_json(found)
    else:
        _output.say(_verified(found, _last_moment(found)))
    return EXIT_DONE if found["whole"] else EXIT_NO


def _last_moment(found: Mapping[str, Any]) -> str:
    """When the record ends; empty where it has no event, a hand wrote what is no moment, or it is not told."""
    try:
        return _output.moment(found["last_at"] or "", found["timezone"])
    except ValueError:
        return ""


def _progress() -> Callable[[int, int], None]:
    def show(done: int, count: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done:,} of {count:,} events", err=True, nl=False)

    return show


def _clear() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)


def _verified(found: Mapping[str, Any], last: str) -> str:
    faults, is_counted = found["faults"], found["events"] is not None
    ends = f", the last on {last}" if last else ""
    if faults:
        word = click.style("The record is not whole", fg="red", bold=True)
        do_not = "thing does not" if len(faults) == 1 else "things do not"
        lines = [
            f"{word}: {len(faults)} {do_not} fit in {found['events']:,} events{ends}."
            if is_counted
            else f"{word}."
        ]
        lines += [_fault(one) for one in faults[:FAULTS_SHOWN]]
        lines += (
            [f"  And {len(faults) - FAULTS_SHOWN} more: --json shows all."]
            if len(faults) > FAULTS_SHOWN
            else []
        )
    else:
        word = click.style("The record is whole", fg="green", bold=True)
        but = ", but for what a director accepted" if found["accepted"] else ""
        lines = [
            f"{word}{but}: {found['events']:,} events{ends}. Checkpoints that fit: {found['checkpoints']}."
            if is_counted
            else f"{word}{but}."
        ]
    if found["erased"]:
        lines.append(f"Events whose words were erased, as the rules allow: {found['erased']}.")
    lines += [_output.wrapped(note) for note in found["notes"]]
    if found["accepted"]:
        lines += ["Accepted by a director:", *(_fault(one) for one in found["accepted"])]
    if faults:
        lines.append(_output.wrapped(STOPPED[found["stops"]]))
    if not is_counted:
        lines.append(_output.wrapped(UNCOUNTED))
    return "\n".join(lines)


def _fault(one: Mapping[str, Any]) -> str:
    about = one["kind"]
    if one["event"]:
        number = f"{one['event']}" if one["last"] <= one["event"] else f"{one['event']} to {one['last']}"
        about = f"event {number}  {one['kind']}"
    return _output.wrapped(f"{about}: {one['words']}", "      ", first="  ")


@click.command(
    "checkpoint",
    short_help="Sign where the record ends now, to be kept elsewhere.",
    epilog=examples(
        "publisher audit checkpoint", "publisher audit checkpoint >> /media/usb/checkpoints.jsonl"
    ),
)
@verb()
def checkpoint(call: Call) -> None:
    """Sign where the record ends now. Keep it where nobody who works on this machine can change it.

    On a server, for a director or the monitoring officer: it tells how many events there are.
    The line alone goes to a file: `publisher audit checkpoint > FILE`.
    The daemon signs one each day, and when it starts and stops. `publisher audit verify --against FILE` holds the record
    against it, whenever that is.
    """
    from publisher.cli._kept import TOLD

    with call.office() as office:
        made = office.audit.checkpoint()
        zone = office.council.about()["timezone"]
    if call.as_json:
        _output.as_json(made)
        return
    ends = f"{TOLD}{made['event']:,} on {_output.moment(made['at'], zone)}."
    _output.complain(f"{ends} Keep this line elsewhere:")
    _output.as_json(made)


@click.command(
    "key",
    short_help="The public key by which checkpoints are signed.",
    epilog=examples("publisher audit key > record-key.pem"),
)
@verb()
def key(call: Call) -> None:
    """The public key by which checkpoints are signed (Ed25519). Give it to whoever is to check them, once and early."""
    with call.office() as office:
        found = office.audit.key()
    if call.as_json:
        _output.as_json(found)
    else:
        _output.say(found["pem"].rstrip())
