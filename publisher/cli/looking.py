"""`list` and `show`: what waits, what is out, and all about one item."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from publisher.app import App
    from publisher.model import ItemState
    from publisher.tables import DeliveryRow, ItemRow

FINISHED_SHOWN = 20
"""How many finished items `list` shows below what still waits."""
_WIDTHS = (8, 21, 15, 5)
_FINE = {"waiting", "staged", "sending", "sent"}
_STOPPED = {"withdrawn", "cancelled"}


@click.command(
    "list",
    epilog=examples("publisher list", "publisher list --late", 'publisher list --state "held for review"'),
)
@click.option("--all", "everything", is_flag=True, help="Every item there ever was.")
@click.option(
    "--state", "state", metavar="STATE", help='Only items in this state, such as queued or "held for review".'
)
@click.option("--late", is_flag=True, help="Only items that missed their time and wait for you.")
@verb()
def list_verb(call: Call, *, everything: bool, state: str | None, late: bool) -> None:
    """What is not finished, and the last 20 that are. Times are the council's."""
    from publisher import views

    state = "late" if late else state
    with call.app() as app:
        rows = _chosen(app, everything=everything, state=state)
        found = [(row, app.queue.deliveries(row.id)) for row in rows]
        if call.as_json:
            _output.as_json({"items": [views.summary(*pair) for pair in found]})
        elif found:
            _output.say(_table(app, found))
        elif state is not None:
            _output.say(f"Nothing is {state}.")
        else:
            _output.say("There is nothing here yet. `publisher news --help` shows how to hand something in.")


def _chosen(app: App, *, everything: bool, state: str | None) -> Sequence[Any]:
    from publisher import views
    from publisher.model import ItemState

    if state is not None:
        return app.queue.items([_state(state)])
    if everything:
        return app.queue.items(limit=views.NO_LIMIT)
    waiting = app.queue.items([one for one in ItemState if one not in views.FINISHED])
    finished = app.queue.items(list(views.FINISHED), limit=FINISHED_SHOWN, latest=True)
    return sorted([*finished, *waiting], key=lambda row: (row.state in _STOPPED, row.publish_at))


def _state(word: str) -> ItemState:
    from publisher.model import ItemState

    try:
        return ItemState(word)
    except ValueError as error:
        near = difflib.get_close_matches(word, list(ItemState), n=1, cutoff=0.5)
        meant = f"Did you mean {near[0]}? " if near else ""
        way_out = f"{meant}The states are: {', '.join(ItemState)}."
        raise InputError(f"there is no state {word!r}", field="--state", way_out=way_out) from error


def _table(app: App, found: Sequence[tuple[ItemRow, Sequence[DeliveryRow]]]) -> str:
    width = _output.screen()
    lines = [_output.table([("ID", "WHEN", "STATE", "SENT", "TITLE")], _WIDTHS, width)]
    for item, deliveries in found:
        sent = [delivery.state == "sent" for delivery in deliveries]
        when = _output.moment(item.publish_at, app.config.council.timezone)
        row = (item.id, when, item.state, f"{sum(sent)}/{len(sent)}", item.title)
        lines.append(_output.table([row], _WIDTHS, width))
        lines += [_output.wrapped(text, " " * 12, first=" " * 10) for text in _remarks(app, item, deliveries)]
    return "\n".join(lines)


def _remarks(app: App, item: ItemRow, deliveries: Sequence[DeliveryRow]) -> Iterator[str]:
    """Why an item waits, which channels are in trouble, and what to do about it."""
    from publisher.cli._next import next_steps
    from publisher.views import refused_by

    events = app.queue.events(item.id) if item.state == "blocked" else ()
    if item.reason and not refused_by(events):  # of which the next step tells the reason
        yield item.reason
    for row in deliveries:
        stopped = row.state == "not sent" and item.state in _STOPPED  # as all of it was: no news
        if row.state not in _FINE and not stopped:
            yield f"{row.channel} {row.state}" + (f": {row.reason}" if row.reason else "")
    yield from (f"Next: {step}" for step in next_steps(app, item, deliveries, events))


@click.command("show", epilog=examples("publisher show k3md8s2p", "publisher show k3md8s2p --json"))
@click.argument("item_id", metavar="ID")
@verb()
def show_verb(call: Call, item_id: str) -> None:
    """Everything about one item: times, channels, what the policy said, and what happened when."""
    from publisher import views
    from publisher.cli._next import next_steps

    with call.app() as app:
        row = app.queue.item(item_id)
        deliveries = app.queue.deliveries(item_id)
        events = app.queue.events(item_id)
        item = views.detail(row, deliveries, events)
        if call.as_json:
            _output.as_json(item)
        else:
            texts = views.texts(row.content, [delivery.post for delivery in deliveries])
            steps = next_steps(app, row, deliveries, events)
            _output.say(_whole(item, texts, app.config.council.timezone, steps, views.refused_by(events)))


def _whole(
    item: Mapping[str, Any],
    texts: Mapping[tuple[str | None, str], str],
    zone_name: str,
    steps: Sequence[str],
    refuser: str,
) -> str:
    parts = [
        _head(item, zone_name, refuser),
        "\n".join(_delivery(delivery) for delivery in item["deliveries"]),
    ]
    if item["findings"]:
        when = _output.moment(_judged_at(item), zone_name)
        parts.append(
            f"What the policy said on {when} ({_output.painted(item['verdict'])}):\n"
            + _output.findings(item["findings"], texts)
        )
    parts.append("What happened:\n" + "\n".join(_event(event, zone_name) for event in item["events"]))
    if steps:
        parts.append(
            "What to do next:\n" + "\n".join(_output.wrapped(step, "    ", first="  ") for step in steps)
        )
    return "\n\n".join(parts)


def _judged_at(item: Mapping[str, Any]) -> Any:
    """When the gate was last asked: registers that were filled since do not show in what it said."""
    return max(event["at"] for event in item["events"] if event["after"] in _JUDGED)


_JUDGED = frozenset(["checked", "releasing", "held for review"])
"""The states that an item comes into when the gate is asked."""


def _head(item: Mapping[str, Any], zone_name: str, refuser: str) -> str:
    why = f"refused by {refuser}: {item['reason']}" if refuser else item["reason"]
    facts = {
        "State": _output.painted(item["state"]) + (f": {why}" if why else ""),
        "Release": _output.moment(item["publish_at"], zone_name),
        "Page live": _output.moment(item["page_live_at"], zone_name),
        "Spread": "" if item["spread_ms"] is None else f"{item['spread_ms']} ms between the channels",
        "Event": _output.moment(item["starts_at"], zone_name),
        "Author": item["author"]
        + (f", approved by {item['approver'].replace(',', ', ')}" if item["approver"] else ""),
        "Link": item["link"],
    }
    lines = [f"{item['id']}  {item['kind']}  {item['title']}"]
    return "\n".join(lines + [f"  {name:<10} {value}" for name, value in facts.items() if value])


def _delivery(delivery: Mapping[str, Any]) -> str:
    offset = delivery.get("offset_ms")
    timing = "" if offset is None else f"  {offset:+d} ms"
    line = f"  {delivery['channel']:<12} {_output.painted(delivery['state'])}{timing}"
    more = [delivery[key] for key in ("url", "reason") if delivery.get(key)]
    return "\n".join([line, *(_output.wrapped(text, " " * 15) for text in more)])


def _event(event: Mapping[str, Any], zone_name: str) -> str:
    where = f"{event['channel']} " if event["channel"] else ""
    return _output.wrapped(
        f"{where}{_what(event)}", " " * 6, first=f"  {_output.moment(event['at'], zone_name)}  "
    )


def _what(event: Mapping[str, Any]) -> str:
    """What happened, and who did it."""
    from publisher.overrides import TAKEN_BACK
    from publisher.refusals import DENIED

    if event["action"] == TAKEN_BACK:
        return f"the approval by {event['detail'].get('approver')} was taken back  ({event['actor']})"
    if event["action"] == DENIED:
        detail = event["detail"]
        return f"{event['actor']} was not allowed to {detail.get('asked')}: {detail.get('why')}"
    moved = f"{event['before']} → {event['after']}".removeprefix(" → ")
    return f"{moved if event['after'] else event['action']}  ({event['actor']})"
