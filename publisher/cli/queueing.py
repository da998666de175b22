"""`news` and `event`: one item into the queue, from flags, a file, or standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _input, _output
from publisher.cli._common import EXIT_OF, Call, at_flag, examples, verb
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from publisher.app import App
    from publisher.item import Item
    from publisher.tables import ItemRow

_OPTIONS = (
    click.option(
        "--title", metavar="TEXT", help="The title: another than the file's, or one like a file's name."
    ),
    click.option("--summary", metavar="TEXT", help="One or two sentences; they go on every channel."),
    click.option("--body", metavar="TEXT", help="The rest, for the website's page only."),
    click.option("--link", metavar="URL", help="The item's page, if the website has one already."),
    click.option("--image", multiple=True, metavar="PATH", help="A picture; repeat for more."),
    click.option(
        "--alt", multiple=True, metavar="TEXT", help="What the picture shows, for people who cannot see it."
    ),
    click.option("--credit", multiple=True, metavar="TEXT", help="Who took the picture."),
    click.option(
        "--rights", multiple=True, metavar="own|licensed|consent", help="By which right it is used [own]."
    ),
    click.option("--reference", multiple=True, metavar="TEXT", help="Where the licence or consent is filed."),
    click.option("--people", is_flag=True, help="People can be recognised in the pictures."),
    click.option("--channel", multiple=True, metavar="NAME", help="Only these channels [all]."),
    click.option("--at", metavar="WHEN", help='When it goes, like "2026-12-01 09:00" [now].'),
    click.option("--hashtag", multiple=True, metavar="WORD", help="A hashtag; repeat for more."),
    click.option("--evidence", multiple=True, metavar="RULE=TEXT", help="Evidence that a finding asked for."),
    click.option("--dry-run", is_flag=True, help="Only check; nothing is stored."),
)
_EVENT_OPTIONS = (
    click.option("--starts", metavar="WHEN", help='When it starts, like "2026-12-01 18:30".'),
    click.option("--ends", metavar="WHEN", help="When it ends."),
    click.option("--all-day", is_flag=True, help="It takes the whole day or days."),
    click.option("--location", metavar="TEXT", help="Where it is."),
)


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(work: Any) -> Any:
        for option in reversed(options):
            work = option(work)
        return work

    return decorate


@click.command(
    "news",
    epilog=examples(
        'publisher news "Library opens on Sundays" --summary "From May."',
        'publisher news pool.toml --at "2026-12-01 09:00"',
        "publisher news --dry-run - < item.json",
        'publisher news "New park" --image park.jpg --alt "Children on swings"',
        'publisher news --title "24/7" --summary "The gym never closes."',
    ),
)
@click.argument("what", metavar="[TITLE|FILE|-]", required=False)
@_options(*_OPTIONS)
@verb(acts=True)
def news_verb(call: Call, what: str | None, **given: Any) -> int:
    """Hand in a news item: it is checked against the policy and goes out at its time.

    Give a title and flags, or a .toml or .json file, or - for standard input; flags win over the file. What is the
    name of a file or folder, or looks like one, is never taken as a title: give such a title with --title.
    """
    return _hand_in(call, "news", what, given)


@click.command(
    "event",
    epilog=examples(
        'publisher event "Full Council" --starts "2026-12-01 18:30" --location "Town Hall"',
        'publisher event "Winter fair" --starts 2026-12-05 --ends 2026-12-06 --all-day',
        "publisher event fair.toml",
    ),
)
@click.argument("what", metavar="[TITLE|FILE|-]", required=False)
@_options(*_EVENT_OPTIONS, *_OPTIONS)
@verb(acts=True)
def event_verb(call: Call, what: str | None, **given: Any) -> int:
    """Hand in a diary event: it is checked against the policy and goes out at its time, before it begins.

    Give a title and flags, or a .toml or .json file, or - for standard input; flags win over the file. What is the
    name of a file or folder, or looks like one, is never taken as a title: give such a title with --title.
    """
    return _hand_in(call, "event", what, given)


def _hand_in(call: Call, kind: str, what: str | None, given: dict[str, Any]) -> int:
    if given["at"] is None:
        return _taken(call, kind, what, given)
    with at_flag(leave_out="Leave --at out"):
        return _taken(call, kind, what, given)


def _taken(call: Call, kind: str, what: str | None, given: dict[str, Any]) -> int:
    from publisher.desk import Origin

    with call.app(judging=True) as app:
        item, folder = _item(app, kind, what, given)
        if given["dry_run"]:
            return _dry_run(app, call, item, folder)
        queued = app.desk.hand_in(item, officer=call.officer, origin=Origin(folder=folder))
        return _tell(app, call, queued.id)


def _item(app: App, kind: str, what: str | None, given: dict[str, Any]) -> tuple[Item, Path]:
    from pathlib import Path

    from publisher.item import parse

    zone_name = app.config.council.timezone
    if what is None or not _input.means_file(what):
        fields = _input.from_flags(given) | {"kind": kind, "title": _title(what, given["title"])}
        return parse(fields, default_zone=zone_name), Path.cwd()
    _input.demand_no_picture(what)
    item, folder = _input.read_one(app, what, kind=kind)
    content = item.to_json()
    flags = _input.from_flags(given, content.get("images", []))
    return (parse(content | flags, default_zone=zone_name) if flags else item), folder


def _title(what: str | None, given: str | None) -> str:
    """The title of an item that does not come from a file. Raises InputError where there is none, or there are two."""
    if what is not None and given is not None:
        raise InputError("there are two titles", field="--title", way_out="Give one of them, or a file.")
    if what is None and given is None:
        raise InputError("there is no title", way_out="Give a title, a file, or - for standard input.")
    return given or what or ""


def _dry_run(app: App, call: Call, item: Item, folder: Path) -> int:
    from publisher import views
    from publisher.checking import rehearsed_verdict

    verdict = rehearsed_verdict(app, item, folder=folder, officer=call.officer)
    if call.as_json:
        _output.as_json(
            {"id": item.id, "state": "draft", "title": item.title, **verdict.to_json(), "dry_run": True}
        )
    else:
        _output.say(
            f"{item.title}: {_output.painted(verdict.outcome.value)}. Nothing was stored (--dry-run)."
        )
        _say_findings(_output.findings(verdict.findings, views.texts(item.to_json())))
    return EXIT_OF[verdict.outcome.value]


def _tell(app: App, call: Call, item_id: str) -> int:
    from publisher import views

    row, deliveries = app.queue.item(item_id), app.queue.deliveries(item_id)
    verdict = row.verdict["verdict"]
    if call.as_json:
        state = views.FIRST_STATE[verdict]
        _output.as_json(views.summary(row, deliveries) | {"state": state, "link": row.link, **row.verdict})
        return EXIT_OF[verdict]
    _output.say(f"{row.id}  {_output.painted(views.FIRST_STATE[verdict])}  {row.title}")
    if verdict == "clear":  # of what does not go, no moment and no channel is promised
        _output.say(f"  release  {_output.moment(row.publish_at, app.config.council.timezone)}")
        _output.say(f"  link     {row.link}")
        _output.say(f"  to       {', '.join(delivery.channel for delivery in deliveries)}")
    texts = views.texts(row.content, [delivery.post for delivery in deliveries])
    _say_findings(_output.findings(row.verdict["findings"], texts))
    for step in _next_steps(app, row, verdict):
        _output.say(_output.wrapped(f"Next: {step}", "  ", first=""))
    return EXIT_OF[verdict]


def _say_findings(text: str) -> None:
    if text:
        _output.say(text)


def _next_steps(app: App, row: ItemRow, verdict: str) -> list[str]:
    from publisher.cli import _next

    if verdict == "clear":
        return [f"the daemon sends it at its time; `publisher show {row.id}` tells how it went."]
    if verdict == "review":
        return _next.undecided(app, row)
    own, *others = _next.blocked(app, row)
    return [f"{own} Nothing was sent.", *others]
