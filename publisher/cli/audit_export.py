"""`audit export`: the record handed over, as JSON Lines, as CSV, or one item as a page."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from publisher import paths
from publisher.cli import _output, _spreadsheet
from publisher.cli._common import Call, examples, verb
from publisher.cli._out import demand_free
from publisher.cli.audit_record import flat
from publisher.errors import InputError, OutsideFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from publisher.office import Office

COLUMNS = (
    "event", "at", "actor", "via", "action", "item_id", "channel", "subject", "before", "after", "detail", "erased",
    "digest", "salt", "previous", "hash",
)  # fmt: skip
"""The columns of the CSV: all of an event."""
STDOUT = "-"
PROOFS = ("event", "previous", "hash")
"""What proves an event, and counts it: for who keeps the record."""
UNPROVED = "Numbers and hashes of events are for who keeps the record: a director or the monitoring officer hands them over."


@click.command(
    "export",
    short_help="Hand the record over: all of it, some days, or one item.",
    epilog=examples(
        "publisher audit export -o record.jsonl",
        "publisher audit export --item k3md8s2p -o k3md8s2p.html",
        "publisher audit export --since 2026-10-01 --until 2026-10-31 -o october.csv",
    ),
)
@click.option(
    "--item", metavar="ID", help="Only this item; as HTML: all about it on one page, to read and to print."
)
@click.option("--since", metavar="DATE", help="From this day on, on the council's clock.")
@click.option("--until", metavar="DATE", help="To the end of this day.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "html"]),
    help="jsonl: to be verified by anyone; csv: for a spreadsheet; html: one item, to read [by the file's ending].",
)
@click.option(
    "-o", "--output", "out", metavar="PATH", required=True, help="The file to write; - for standard output."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@verb(acts=True)
def export(
    call: Call, *, item: str | None, since: str | None, until: str | None, form: str | None, out: str, force: bool
) -> None:  # fmt: skip
    """Hand the record over. Who has the JSON Lines and the public key can make every hash again without this program.

    What was erased is shown as erased. The file may hold personal details: treat it as the council's record.
    A director and the monitoring officer get all that proves it; others get one item, without the numbers and hashes of events.
    """
    from publisher.cli.officers import day

    form = form or _form(out)
    if out != STDOUT:
        demand_free(Path(out), call.config, "-o", force=force)
    sought = {"item": item, "since": day(since, "--since"), "until": day(until, "--until")}
    if form == "html" and (item is None or since or until):
        raise InputError(
            "a page is of one item", field="--item", way_out="Name it with --item ID, and no days."
        )
    with call.office() as office, _into(out):
        written = _written(office, form, sought)
        if not written.count and form != "html":
            raise InputError("nothing like that is in the record", way_out="See `publisher audit log`.")
    if out != STDOUT:
        told = {"file": out, "format": form, "events": written.count}
        _output.as_json(told) if call.as_json else _output.say(_done(out, form, written))


def _done(out: str, form: str, written: _Counted) -> str:
    if form == "html":
        return f"{out}: open it in a browser; print it there for a PDF."
    line = f"{out}: {written.count:,} {'event' if written.count == 1 else 'events'}."
    return line if written.is_proved else f"{line}\n{_output.wrapped(UNPROVED)}"


def _form(out: str) -> str:
    ending = Path(out).suffix.lstrip(".").lower()
    forms = {"jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv", "html": "html", "htm": "html"}
    if out == STDOUT or ending not in forms:
        raise InputError("which format?", field="--format", way_out="Say --format jsonl, csv or html.")
    return forms[ending]


def _written(office: Office, form: str, sought: Mapping[str, Any]) -> _Counted:
    """Prints it; which events it was."""
    if form == "html":
        click.echo(office.audit.bundle(sought["item"])["html"].encode("utf-8", "backslashreplace"))
        return _Counted(iter(()))
    counted = _Counted(_events(office, sought))
    if form == "csv":
        _spreadsheet.as_csv(COLUMNS, (flat(row) for row in counted))
        return counted
    record = office.audit.record()
    checkpoints = record.pop("checkpoints")
    _output.as_json(_head(record) | {"sought": {name: str(value) for name, value in sought.items() if value}})
    for line in counted:
        _output.as_json(_proved(line))
    for line in reversed(checkpoints):
        _output.as_json(line)
    return counted


def _head(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record's head; where nothing proves what comes after it, it says who has that."""
    if record["hash"] is not None:
        return dict(record)
    left = {name: value for name, value in record.items() if name not in {"events", "hash"}}
    return left | {"proofs": UNPROVED}


def _proved(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line without what is not told: nothing that reads it looks for a proof in it then."""
    return {name: value for name, value in line.items() if name not in PROOFS or value is not None}


class _Counted:
    def __init__(self, rows: Iterator[Mapping[str, Any]]) -> None:
        self._rows, self.count, self.is_proved = rows, 0, True

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for row in self._rows:
            self.count += 1
            self.is_proved = row["hash"] is not None
            yield row


def _events(office: Office, sought: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    after: int | None = 0
    while after is not None:
        page = office.audit.events(after=after, **sought)
        yield from page["events"]
        after = page["next"]


def _private(file: Path) -> TextIO:
    """It holds what nobody else was to read: names, words that were never published, reasons."""
    return os.fdopen(paths.open_private(file, os.O_WRONLY | os.O_TRUNC), "w", encoding="utf-8")


@contextlib.contextmanager
def _into(out: str) -> Iterator[None]:
    """What is printed inside goes into the file: whole or not at all."""
    if out == STDOUT:
        yield
        return
    path = Path(out)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with _private(new) as file, contextlib.redirect_stdout(file):
            yield
            sys.stdout.flush()
        new.replace(path)
    except OSError as error:
        raise OutsideFailed(
            f"{out} cannot be written: {error.strerror}", way_out="Choose a folder that you may write to."
        ) from error
    finally:
        new.unlink(missing_ok=True)
