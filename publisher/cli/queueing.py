"""`news` and `event`: one item into the queue, from flags, a file, or standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _input, _output
from publisher.cli._common import EXIT_OF, Call, at_flag, examples, verb
from publisher.cli._left_out import left_out_lines
from publisher.cli._money import cost_lines
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from publisher.item import Item
    from publisher.office import Office

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
    click.option(
        "--focus",
        multiple=True,
        metavar="X,Y",
        help="What must not be cut off, from left and top, like 0.5,0.3.",
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
    click.option(
        "--emergency",
        metavar="TEXT",
        help="What cannot wait: one approver lets it go, and somebody looks afterwards.",
    ),
    click.option("--corrects", metavar="ID", help="The item that it corrects, which is out or was."),
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
        'publisher news "Flood" --summary "Avoid the quay." --emergency "Water is up"',
        'publisher news "It opens at six" --summary "Not at five." --corrects k3md8s2p',
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
    from publisher.office.items import NewItem

    with call.office(judging=True) as office:
        item, folder = _item(office, kind, what, given)
        answer = office.items.hand_in(NewItem(**_input.given(item, folder), dry_run=given["dry_run"]))
        posts = answer.pop("posts")
        if call.as_json:
            _output.as_json(answer)
        else:
            _tell(office, answer)
            _say_findings(answer, item, posts)
            for line in left_out_lines(answer["left_out"]):
                _output.say(line)
            for step in answer.get("next", ()):
                _output.say(_output.wrapped(f"Next: {step}", "  ", first=""))
        return EXIT_OF[answer["verdict"]]


def _item(office: Office, kind: str, what: str | None, given: dict[str, Any]) -> tuple[Item, Path]:
    from pathlib import Path

    from publisher.item import parse

    zone_name = office.council.about()["timezone"]
    if what is None or not _input.means_file(what):
        fields = _input.from_flags(given) | {"kind": kind, "title": _title(what, given["title"])}
        return parse(fields, default_zone=zone_name), Path.cwd()
    _input.demand_no_picture(what)
    item, folder = _input.read_one(office, what, kind=kind)
    content = item.to_json() | {"timezone": item.timezone}
    flags = _input.from_flags(given, content.get("images", []))
    return (parse(content | flags, default_zone=zone_name) if flags else item), folder


def _title(what: str | None, given: str | None) -> str:
    """The title of an item that does not come from a file. Raises InputError where there is none, or there are two."""
    if what is not None and given is not None:
        raise InputError("there are two titles", field="--title", way_out="Give one of them, or a file.")
    if what is None and given is None:
        raise InputError("there is no title", way_out="Give a title, a file, or - for standard input.")
    return given or what or ""


def _tell(office: Office, answer: Mapping[str, Any]) -> None:
    if "dry_run" in answer:
        outcome = _output.painted(answer["verdict"])
        _output.say(f"{answer['title']}: {outcome}. Nothing was stored (--dry-run).")
        for line in cost_lines(answer["cost_usd"]):
            _output.say(f"  {line}")
        return
    _output.say(f"{answer['id']}  {_output.painted(answer['state'])}  {answer['title']}")
    if answer["verdict"] == "clear":  # of what does not go, no moment and no channel is promised
        zone_name = office.council.about()["timezone"]
        _output.say(f"  release  {_output.moment(answer['publish_at'], zone_name)}")
        _output.say(f"  link     {answer['link']}")
        _output.say(f"  to       {', '.join(delivery['channel'] for delivery in answer['deliveries'])}")


def _say_findings(answer: Mapping[str, Any], item: Item, posts: Sequence[Mapping[str, Any]]) -> None:
    from publisher.places import texts

    if answer["findings"]:
        _output.say(_output.findings(answer["findings"], texts(item.to_json(), posts)))
