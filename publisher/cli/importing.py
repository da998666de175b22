"""`import`: many items into the queue from one file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from publisher.cli import _input, _output
from publisher.cli._common import EXIT_OF, Call, at_flag, examples, verb, worst
from publisher.cli._left_out import left_out_lines
from publisher.errors import EXIT_DONE, EXIT_INPUT, EXIT_NO, EXIT_WAITS, PublisherError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from publisher.item import Item
    from publisher.office import Office

Known: TypeAlias = "dict[str, dict[str, Any]]"
"""Items that are here, in short, by what they are called where they come from."""
ASKED_AT_ONCE = 100
"""Of so many names it is asked at once whether they are here: in JSON they stay below what a server takes."""
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
    with call.office(judging=True) as office:
        found = _input.read(office, file)
        items = _timed(office, found.items, at)
        known = _known(office, items)
        if not (yes or dry_run or _sure(office, items, known)):
            _output.complain("publisher: nothing was handed in.")
            return EXIT_NO
        results = [
            _one(office, item, found.folder, known, dry_run=dry_run) for item in _progress(items, call)
        ]
        codes = [_code(result) for result in results]
        if call.as_json:
            _output.as_json({"items": results, "notes": list(found.notes), "dry_run": dry_run})
        else:
            _say(results, found.notes, dry_run=dry_run)
        return worst(codes)


def _timed(office: Office, items: Sequence[Item], at: str | None) -> Sequence[Item]:
    """The items, with the moment of --at where they have none. Raises InputError, also where it has passed."""
    from publisher.app import system_clock
    from publisher.moments import demand_future, moment_given

    if at is None:
        return items
    with at_flag(leave_out="Leave --at out"):
        moment = moment_given(at, office.council.about()["timezone"], "--at")
        timed = [
            item if item.publish_at else item.model_copy(update={"publish_at": moment}) for item in items
        ]
        for item in timed:
            if item.publish_at == moment and item.starts_at is None:
                demand_future(item, system_clock())
    return timed


def _known(office: Office, items: Sequence[Item]) -> Known:
    """The items that are here already. Raises NotDesignated for who may hand in none: said once, not once for each item."""
    from publisher.office.items import ExternalIds

    names = [item.external_id for item in items if item.external_id]
    known: Known = {}
    for start in range(0, len(names) or 1, ASKED_AT_ONCE):
        asked = ExternalIds(external_ids=names[start : start + ASKED_AT_ONCE])
        known |= office.items.known(asked)["items"]
    return known


def _sure(office: Office, items: Sequence[Item], known: Known) -> bool:
    """Asks a person at a terminal before several items go out in one burst; a script has said what it wants."""
    if not sys.stdin.isatty():
        return True
    at_once = [item for item in items if item.publish_at is None and not _left_alone(item, known)]
    if len(at_once) <= 1:
        return True
    channels = office.council.about()["channels"]
    corporate = [channel for channel in channels if channel["enabled"] and not channel["service"]]
    most = max(len(item.channels or corporate) for item in at_once)
    answer: bool = click.confirm(
        f"{len(at_once)} items would go out now, on {most} channels each. Go on?", default=False, err=True
    )
    return answer


def _one(office: Office, item: Item, folder: Path, known: Known, *, dry_run: bool) -> dict[str, Any]:
    """Hands one item in: what is wrong with it is its own answer, and the others go on."""
    from publisher.office.items import NewItem

    told = {"title": item.title, "external_id": item.external_id}
    if left := _left_alone(item, known):
        return left | told
    try:
        answer = office.items.hand_in(NewItem(**_input.given(item, folder), dry_run=dry_run))
    except PublisherError as error:
        failed = {"id": item.id, "state": "draft", "verdict": None, "error": str(error)}
        return failed | told | {"exit_code": error.exit_code}
    del answer["posts"]
    if item.external_id and not dry_run:
        known[item.external_id] = answer
    return answer | told


def _left_alone(item: Item, known: Known) -> dict[str, Any]:
    """What is said of an item that is here already, or that its diary has cancelled; empty for any other."""
    from publisher.desk import is_cancelled

    here, off = known.get(item.external_id or ""), is_cancelled(item)
    if here is None:
        return {"id": None, "state": "cancelled", "verdict": None, "note": OFF} if off else {}
    note = (
        HERE if not off else OFF if here["state"] in {"withdrawing", "withdrawn", "cancelled"} else WITHDRAW
    )
    return {"id": here["id"], "state": here["state"], "verdict": here["verdict"], "note": note}


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
    left_out = [one for result in results for one in result.get("left_out", ())]
    for line in dict.fromkeys(left_out_lines(left_out)):  # once for all items
        _output.say(line)
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
