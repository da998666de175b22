"""`import`: many items into the queue from one file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _input, _output
from publisher.cli._common import EXIT_OF, Call, at_flag, examples, moment_given, verb, worst
from publisher.errors import EXIT_DONE, EXIT_INPUT, EXIT_NO, EXIT_WAITS, NotDesignated, PublisherError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from publisher.app import App
    from publisher.item import Item

MANY = 20
"""From so many items on, a person at a terminal sees how far it has got."""
HERE = "already here"
OFF = "cancelled, left out"
WITHDRAW = "cancelled since: withdraw it"


@click.command(
    "import",
    epilog=examples(
        "publisher import diary.ics",
        "publisher import december.json --dry-run",
        'publisher import december.json --at "2026-12-01 09:00"',
        "publisher import - < items.jsonl",
    ),
)
@click.argument("file", metavar="FILE|-")
@click.option("--at", metavar="WHEN", help='When items go that name no time, like "2026-12-01 09:00" [now].')
@click.option("--yes", is_flag=True, help="Do not ask before many items go out at once.")
@click.option("--dry-run", is_flag=True, help="Only check; nothing is stored.")
@verb(acts=True)
def import_verb(call: Call, file: str, *, at: str | None, yes: bool, dry_run: bool) -> int:
    """Hand in every item of a .ics, .json, .jsonl or .toml file.

    Items without a time (publish_at) go out at once, unless --at gives them one.

    A file that cannot be read whole is refused whole. After that, one wrong item does not stop the others. An item
    that is here already (by its external_id) is left alone, so the same file can be given again.
    """
    with call.app(judging=True) as app:
        found = _input.read(app, file)
        items = _timed(app, found.items, at)
        _demand_designated(app, call.officer)
        if not (yes or dry_run or _sure(app, items)):
            _output.complain("publisher: nothing was handed in.")
            return EXIT_NO
        results = [_one(app, call, item, found.folder, dry_run=dry_run) for item in _progress(items, call)]
        codes = [_code(result) for result in results]
        if call.as_json:
            _output.as_json({"items": results, "notes": list(found.notes), "dry_run": dry_run})
        else:
            _say(results, found.notes, dry_run=dry_run)
        return worst(codes)


def _timed(app: App, items: Sequence[Item], at: str | None) -> Sequence[Item]:
    """The items, with the moment of --at where they have none. Raises InputError, also where it has passed."""
    from publisher.moments import demand_future

    if at is None:
        return items
    with at_flag(leave_out="Leave --at out"):
        moment = moment_given(at, app.config.council.timezone, "--at")
        timed = [
            item if item.publish_at else item.model_copy(update={"publish_at": moment}) for item in items
        ]
        for item in timed:
            if item.publish_at == moment and item.starts_at is None:
                demand_future(item, app.now())
    return timed


def _sure(app: App, items: Sequence[Item]) -> bool:
    """Asks a person at a terminal before several items go out in one burst; a script has said what it wants."""
    if not sys.stdin.isatty():
        return True
    at_once = [item for item in items if item.publish_at is None and not _left_alone(app, item)]
    if len(at_once) <= 1:
        return True
    most = max(len(item.channels or app.config.channels) for item in at_once)
    answer: bool = click.confirm(
        f"{len(at_once)} items would go out now, on {most} channels each. Go on?", default=False, err=True
    )
    return answer


def _demand_designated(app: App, officer: str) -> None:
    """Said once, not once for each item."""
    if problem := app.register.problem(officer, [], today=app.today):
        raise NotDesignated(
            f"{problem}: only designated officers post (clauses 5a, 5c).",
            way_out="Ask the Director of Resources; `publisher officer list` shows the register.",
        )


def _one(app: App, call: Call, item: Item, folder: Path, *, dry_run: bool) -> dict[str, Any]:
    from publisher.desk import Origin

    told = {"title": item.title, "external_id": item.external_id}
    if left := _left_alone(app, item):
        return left | told
    try:
        if dry_run:
            return _checked(app, call, item, folder) | told
        return app.desk.hand_in(item, officer=call.officer, origin=Origin(folder=folder)).to_json() | told
    except PublisherError as error:
        failed = {"id": item.id, "state": "draft", "verdict": None, "error": str(error)}
        return failed | told | {"exit_code": error.exit_code}


def _left_alone(app: App, item: Item) -> dict[str, Any]:
    """What is said of an item that is here already, or that its diary has cancelled; empty for any other."""
    from publisher.desk import Origin, is_cancelled

    known = app.queue.known(Origin().source, item.external_id) if item.external_id else None
    off = is_cancelled(item)
    if known is None:
        return {"id": None, "state": "cancelled", "verdict": None, "note": OFF} if off else {}
    note = HERE if not off else OFF if known.state in {"withdrawn", "cancelled"} else WITHDRAW
    return {"id": known.id, "state": known.state, "verdict": known.verdict["verdict"], "note": note}


def _checked(app: App, call: Call, item: Item, folder: Path) -> dict[str, Any]:
    from publisher.checking import rehearsed_verdict

    verdict = rehearsed_verdict(app, item, folder=folder, officer=call.officer)
    return {"id": item.id, "state": "draft", **verdict.to_json()}


def _code(result: dict[str, Any]) -> int:
    if "error" in result:
        return int(result.pop("exit_code", EXIT_INPUT))
    if "note" in result:
        return EXIT_WAITS if result["note"] == WITHDRAW else EXIT_DONE
    return EXIT_OF[result["verdict"]]


def _progress(items: Sequence[Item], call: Call) -> Iterator[Item]:
    if call.as_json or len(items) < MANY or not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, label="Handing in", file=sys.stderr) as bar:
        yield from bar


def _say(results: list[dict[str, Any]], notes: Sequence[str], *, dry_run: bool) -> None:
    for result in results:
        _output.say(_line(result))
    for note in notes:
        _output.say(_output.wrapped(note, "  "))
    _output.say(f"{_counts(results)}.{' Nothing was stored (--dry-run).' if dry_run else ''}")


def _line(result: dict[str, Any]) -> str:
    if "error" in result:
        return _output.wrapped(f"not taken: {result['title']}: {result['error']}", "    ")
    state = result["verdict"] if result["state"] == "draft" else result["state"]
    line = f"{result['id'] or '-':<8}  {_output.painted(state)}  {result['title']}"
    if "note" in result:
        return f"{line}  ({result['note']})"
    acting = [finding for finding in result["findings"] if finding["severity"] != "advise"]
    return "\n".join([line, *([_output.findings(acting, {})] if acting else [])])


def _counts(results: Iterable[dict[str, Any]]) -> str:
    counts: dict[str, int] = {}
    for result in results:
        word = "not taken" if "error" in result else result["note"] if "note" in result else result["verdict"]
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items()) or "No items"
