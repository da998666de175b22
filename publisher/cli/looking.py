"""`list` and `show`: what waits, what is out, and all about one item."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from publisher.office import Office

_WIDTHS = (8, 21, 15, 5)
_FINE = {"waiting", "staged", "sending", "sent", "withdrawn"}
_WENT = {"sent", "withdrawing", "withdrawn"}
"""What becomes of a delivery once it is sent (publisher/model.py)."""
_SETTLED_BY = "Settled by "
"""As publisher/left_to_do.py has it; that needs the tables, which load slowly."""
_STOPPED = {"withdrawing", "withdrawn", "cancelled"}


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
    state = "late" if late else state
    with call.office() as office:
        answer = _listed(office, state, everything=everything)
        found = answer["items"]
        if call.as_json:
            _output.as_json(answer)
            return
        if unreadable := answer.get("unreadable"):
            _output.say(_output.wrapped(
                f"Not to be read, since a hand wrote into the database: {', '.join(unreadable)}. They do not go; "
                "`publisher audit verify` says more."
            ))  # fmt: skip
        for notice in answer.get("notices", []):
            _output.say(_output.wrapped(notice, "  "))
        if found:
            _output.say(_table(found, office.council.about()["timezone"]))
        elif state is not None:
            _output.say(f"Nothing is {state}.")
        else:
            _output.say("There is nothing here yet. `publisher news --help` shows how to hand something in.")


def _listed(office: Office, state: str | None, *, everything: bool) -> dict[str, Any]:
    """The items asked for. Raises InputError that names the flag, where there is no such state."""
    try:
        return office.items.list(state=state, everything=everything)
    except InputError as error:
        if error.field != "state":
            raise
        raise InputError(error.detail, field="--state", way_out=error.way_out) from error


def _table(found: Sequence[Mapping[str, Any]], zone_name: str) -> str:
    width = _output.screen()
    lines = [_output.table([("ID", "WHEN", "STATE", "SENT", "TITLE")], _WIDTHS, width)]
    for item in found:
        sent = [_was_out(delivery) for delivery in item["deliveries"]]
        when = _output.moment(item["publish_at"], zone_name)
        row = (item["id"], when, item["state"], f"{sum(sent)}/{len(sent)}", item["title"])
        lines.append(_output.table([row], _WIDTHS, width))
        lines += [_output.wrapped(text, " " * 12, first=" " * 10) for text in _remarks(item)]
    return "\n".join(lines)


def _was_out(delivery: Mapping[str, Any]) -> bool:
    """Whether it went, also where it was taken down since. Of what may be live, nobody knows it."""
    return delivery["state"] in _WENT


def _remarks(item: Mapping[str, Any]) -> Iterator[str]:
    """Why an item waits, which channels are in trouble, and what to do about it."""
    if item["state"] == "withdrawn" and (out := sum(map(_was_out, item["deliveries"]))):
        yield f"It was out on {out} of {len(item['deliveries'])} channels."
    if item.get("reason") and not item["refused_by"]:  # of which the next step tells the reason
        yield item["reason"]
    for delivery in item["deliveries"]:
        state, why = delivery["state"], delivery.get("reason")
        stopped = state == "not sent" and item["state"] in _STOPPED  # as all of it was: no news
        left_open = (
            state == "sent" and bool(why) and not why.startswith(_SETTLED_BY)
        )  # a person has something left to do there
        if left_open or (state not in _FINE and not stopped):
            why = _with_commands(_BY_HAND.sub("", why or ""))
            yield f"{delivery['channel']} {state}" + (f": {why}" if why else "")
    yield from (f"Next: {step}" for step in item["next"])


_BY_HAND = re.compile(
    r"\s*\b(?:Take it down by hand|Look on) .{0,600}? --(?:withdrawn|not-sent)\b\.?", re.DOTALL
)
"""What a person is asked to do, in the reason of a delivery that is left to them (publisher/withdrawing.py, publisher/doubts.py,
publisher/readback.py).

The next step says it, too.
"""
_TYPED = re.compile(
    r"(?<!`)\bpublisher (?:resolve \S+ --(?:withdrawn|not-sent|sent URL)|withdraw \S+ --reason TEXT|audit verify)\b"
)
"""The commands in such reasons, which hold no back-ticks."""


def _with_commands(why: str) -> str:
    """A reason with its commands in back-ticks, so that they stay whole, to be copied."""
    return _TYPED.sub(r"`\g<0>`", why).replace("` Or,", "`. Or,")


@click.command("show", epilog=examples("publisher show k3md8s2p", "publisher show k3md8s2p --json"))
@click.argument("item_id", metavar="ID")
@verb()
def show_verb(call: Call, item_id: str) -> None:
    """Everything about one item: times, channels, what the policy said, and what happened when."""
    from publisher.places import texts

    with call.office() as office:
        item = office.items.show(item_id)
        posts = item.pop("posts")
        if call.as_json:
            _output.as_json(item)
        else:
            _output.say(_whole(item, texts(item["content"], posts), office.council.about()["timezone"]))


def _whole(item: Mapping[str, Any], texts: _output.Texts, zone_name: str) -> str:
    parts = [
        _head(item, zone_name),
        "\n".join(_delivery(delivery) for delivery in item["deliveries"]),
    ]
    if item["findings"]:
        when = _output.moment(_judged_at(item), zone_name)
        parts.append(
            f"What the policy said on {when} ({_output.painted(item['verdict'])}):\n"
            + _output.findings(item["findings"], texts)
        )
    told = [_event(event, zone_name) for event in item["events"] if event["action"] not in _UNSHOWN]
    parts.append("What happened:\n" + "\n".join(told))
    if steps := [_output.wrapped(step, "    ", first="  ") for step in item["next"]]:
        parts.append("What to do next:\n" + "\n".join(steps))
    return "\n\n".join(parts)


def _judged_at(item: Mapping[str, Any]) -> Any:
    """When the gate was last asked: registers that were filled since do not show in what it said."""
    return max(event["at"] for event in item["events"] if event["after"] in _JUDGED)


_UNSHOWN = frozenset(["request", "judged", "override given", "override revoked", "override sealed"])
"""The actions of events that hold the digest of what was sent, or the seal of a row beside: for auditors, not for officers."""
_TOO_LATE = frozenset(["IllegalMove", "InputError"])
"""The kinds of refusal (publisher/refusals.py) that say nothing of who asked."""
_JUDGED = frozenset(["checked", "releasing", "held for review"])
"""The states that an item comes into when the gate is asked."""


def _head(item: Mapping[str, Any], zone_name: str) -> str:
    refuser = item["refused_by"]
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
        "Corrects": item["corrects"],
        "Corrected": ", ".join(f"by {one['id']} ({one['state']})" for one in item["corrected_by"]),
    }
    lines = [f"{item['id']}  {item['kind']}  {item['title']}"]
    return "\n".join(lines + [f"  {name:<10} {value}" for name, value in facts.items() if value])


def _delivery(delivery: Mapping[str, Any]) -> str:
    offset = delivery.get("offset_ms")
    timing = "" if offset is None else f"  {offset:+d} ms"
    line = f"  {delivery['channel']:<12} {_output.painted(delivery['state'])}{timing}"
    more = [_with_commands(delivery[key]) for key in ("url", "reason") if delivery.get(key)]
    return "\n".join([line, *(_output.wrapped(text, " " * 15) for text in more)])


def _event(event: Mapping[str, Any], zone_name: str) -> str:
    where = f"{event['channel']} " if event["channel"] else ""
    return _output.wrapped(
        f"{where}{_what(event)}", " " * 6, first=f"  {_output.moment(event['at'], zone_name)}  "
    )


def _what(event: Mapping[str, Any]) -> str:
    """What happened, and who did it."""
    from publisher.erased import ERASED_WORDS
    from publisher.overrides import REVOKED
    from publisher.refusals import DENIED

    if event["action"] == REVOKED:
        return f"the approval by {event['detail'].get('approver', ERASED_WORDS)} was revoked  {_by(event['actor'])}"
    if event["action"] == DENIED:
        return _denied(event["actor"], event["detail"])
    return f"{_done(event)}  {_by(event['actor'])}"


def _denied(actor: str, told: Mapping[str, Any]) -> str:
    """That somebody may not do something, or that it could not be done any more, whoever asks."""
    if not told:
        return f"{actor} was refused something (its words are erased)"
    asked, why = told.get("asked", ""), told.get("why", "")
    if told.get("kind") in _TOO_LATE:
        return f"{actor} asked to {asked}, and it could not be done: {why}"
    return f"{actor} was not allowed to {asked}: {why}"


def _done(event: Mapping[str, Any]) -> str:
    """The move, or what else was done. What comes after an event of another kind may be a seal: that is for `--json`."""
    from publisher.event_words import readable
    from publisher.holds import LIFTED, PLACED

    if event["action"] == PLACED:
        return f"put under the legal hold {event['subject']}"
    if event["action"] == LIFTED:
        return f"legal hold {event['subject']} lifted"
    before, after = readable(event["before"]), readable(event["after"])
    return f"{before} → {after}".removeprefix(" → ") if after else event["action"]


def _by(actor: str) -> str:
    """Some actors are in brackets already, such as who raised a concern."""
    return actor if actor.startswith("(") else f"({actor})"
