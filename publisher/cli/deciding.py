"""The decisions that officers take on items: thin over the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import EXIT_OF, Call, at_flag, examples, moment_given, verb
from publisher.errors import EXIT_DONE, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.app import App
    from publisher.tables import ItemRow

REASON_LEAST = 10
"""As publisher/approval.py has it; a help must not wait for that to load."""
_ITEM = click.argument("item_id", metavar="ID")
_REASON = click.option("--reason", metavar="TEXT", required=True, help="Why, for the record.")


@click.command(
    "approve",
    epilog=examples(
        'publisher approve k3md8s2p --reason "The club agreed in writing" --until 2026-12-31',
        'publisher approve k3md8s2p --finding 3f9a0c1b7d22 --reason "It is their own number"',
    ),
)
@_ITEM
@click.option(
    "--reason",
    metavar="TEXT",
    required=True,
    help=f"Why it may go, for the record: {REASON_LEAST} characters or more.",
)
@click.option(
    "--finding",
    "findings",
    multiple=True,
    metavar="FINDING",
    help="Only this finding; repeat [all that you may let go].",
)
@click.option("--until", metavar="DATE", help="The last day on which your yes counts.")
@verb(acts=True)
def approve_verb(call: Call, item_id: str, reason: str, findings: tuple[str, ...], until: str | None) -> int:
    """Let an item go that is held for review. Its author cannot; read it first with `publisher preview ID`.

    Your yes is for these findings on exactly this content: any change of it takes your yes back.

    Exit code: 0 it goes at its time, 3 something is still open.
    """
    from publisher.cli.officers import day

    with call.app(judging=True) as app:
        last = day(until, "--until")
        row = app.decisions.approve(
            item_id, officer=call.officer, reason=reason, findings=findings, until=last
        )
        return _tell_approved(app, call, row)


def _tell_approved(app: App, call: Call, row: ItemRow) -> int:
    from publisher import views

    covered, still, said = app.overrides.counting(row), _open(row), _said(row)
    if call.as_json:
        given = [{"rule": one.rule, "finding": one.finding, "officer": one.officer, "expires_on": one.expires_on.isoformat(),
                  "message": said.get(one.finding, "")} for one in covered]  # fmt: skip
        summary = views.summary(row, app.queue.deliveries(row.id))
        _output.as_json(summary | {"overrides": given, "open": still})
        return EXIT_OF.get(row.state, EXIT_DONE)
    _output.say(f"{row.id}  {_output.painted(row.state)}  {row.title}")
    for one in covered:
        line = f"{one.rule}, finding {one.finding}: let go by {one.officer} until {one.expires_on}"
        line += f": {said[one.finding]}" if one.finding in said else "; it is no longer found"
        _output.say(_output.wrapped(line, "    ", first="  "))
    for finding in still:
        line = f"Still open: {finding['rule']}, finding {finding['id']}: {finding['message']}"
        _output.say(_output.wrapped(line, "    ", first="  "))
    if not still:
        nothing = "" if covered else "Nothing had to be let go: the gate finds nothing against it any more. "
        _output.say(_output.wrapped(f"{nothing}It goes at its time.", "    ", first="  "))
    return EXIT_OF.get(row.state, EXIT_DONE)


def _said(row: ItemRow) -> dict[str, str]:
    """What each finding says, by its id, less who let it go."""
    return {one["id"]: _output.unanswered(one["message"]) for one in row.verdict["findings"]}


def _open(row: ItemRow) -> list[dict[str, Any]]:
    """The findings that still ask for somebody; one that was let go is advice by now."""
    from publisher.model import Severity

    return [finding for finding in row.verdict["findings"] if finding["severity"] != Severity.ADVISE]


@click.command("refuse", epilog=examples('publisher refuse k3md8s2p --reason "The date is wrong"'))
@_ITEM
@_REASON
@verb(acts=True)
def refuse_verb(call: Call, item_id: str, reason: str) -> None:
    """Say no to an item that is held for review."""
    with call.app() as app:
        _tell(
            app,
            call,
            app.decisions.refuse(item_id, officer=call.officer, reason=reason),
            "Its author can hand in a new one.",
        )


@click.command("withdraw", epilog=examples('publisher withdraw k3md8s2p --reason "The event is off"'))
@_ITEM
@_REASON
@verb(acts=True)
def withdraw_verb(call: Call, item_id: str, reason: str) -> None:
    """Stop an item that is not out yet, for good."""
    with call.app() as app:
        row = app.decisions.withdraw(item_id, officer=call.officer, reason=reason)
        _tell(app, call, row, _what_stays(app, item_id))


def _what_stays(app: App, item_id: str) -> str:
    """Nothing of what is out is deleted by this program, and whoever withdraws must not believe so."""
    from publisher.model import DeliveryState

    out = [row for row in app.queue.deliveries(item_id) if row.state == DeliveryState.SENT]
    if not out:
        return "It will not go anywhere."
    places = ", ".join(f"{row.channel} {row.url}".strip() for row in out)
    return f"Already out, and stays: {places}. Take it down by hand. It goes nowhere else."


@click.command(
    "reschedule",
    epilog=examples(
        'publisher reschedule k3md8s2p --at "2026-12-02 09:00"', "publisher reschedule k3md8s2p --now"
    ),
)
@_ITEM
@click.option("--at", metavar="WHEN", help='The new time, like "2026-12-02 09:00".')
@click.option("--now", "at_once", is_flag=True, help="As soon as it can.")
@verb(acts=True)
def reschedule_verb(call: Call, item_id: str, at: str | None, *, at_once: bool) -> int:
    """Give an item that is queued or late another time. What a second officer approved is asked of them again.

    Exit code: 0 it goes at its time, 3 it waits for a second officer, 1 it is blocked.
    """
    if bool(at) == at_once:
        raise InputError(
            "one of the two is needed",
            field="--at or --now",
            way_out='Write --at "2026-12-02 09:00", or --now.',
        )
    with call.app() as app:
        with at_flag(leave_out="Use --now instead"):
            moment = moment_given(at, app.config.council.timezone, "--at") if at else None
            approver = app.queue.item(item_id).approver
            row = app.decisions.reschedule(item_id, officer=call.officer, publish_at=moment)
        _tell(app, call, row, *_rescheduled(app, row, approver))
        return EXIT_OF.get(row.state, EXIT_DONE)


def _rescheduled(app: App, row: ItemRow, approver: str | None) -> Iterator[str]:
    """When it goes; or that it does not go by itself any more, and who must do what."""
    from publisher.cli._next import next_steps

    moment = _output.moment(row.publish_at, app.config.council.timezone)
    if EXIT_OF.get(row.state, EXIT_DONE) == EXIT_DONE:
        yield f"It goes {moment}."
        return
    if approver:
        yield f"The approval by {approver.replace(',', ', ')} was taken back: another time is another decision."
    yield f"Its time is {moment} now, but it does not go by itself: {row.reason}"
    yield from (f"Next: {step}" for step in next_steps(app, row, app.queue.deliveries(row.id)))


@click.command(
    "retry", epilog=examples("publisher retry k3md8s2p", "publisher retry k3md8s2p --channel facebook")
)
@_ITEM
@click.option("--channel", metavar="NAME", help="Only this channel.")
@verb(acts=True)
def retry_verb(call: Call, item_id: str, channel: str | None) -> None:
    """Send again what was refused or not sent, once its cause is gone. What may be live is never sent again."""
    with call.app() as app:
        if channel is not None:
            app.config.channel(channel)
        row = app.decisions.retry(item_id, officer=call.officer, channel=channel)
        moment = _output.moment(row.publish_at, app.config.council.timezone)
        _tell(
            app, call, row, f"It goes {moment}." if row.publish_at > app.now() else "It is being sent again."
        )


@click.command(
    "resolve",
    epilog=examples(
        "publisher resolve k3md8s2p/twitter --sent https://x.com/council/status/1",
        "publisher resolve k3md8s2p/twitter --not-sent",
    ),
)
@click.argument("place", metavar="ID/CHANNEL")
@click.option("--sent", "url", metavar="URL", help="It is live, at this address.")
@click.option("--not-sent", is_flag=True, help="You looked, and it is not there.")
@verb(acts=True)
def resolve_verb(call: Call, place: str, url: str | None, *, not_sent: bool) -> None:
    """Say what became of a post of which nobody could tell whether it is live. Look at the channel first."""
    item_id, slash, channel = place.partition("/")
    if not slash or not channel:
        raise InputError(f"{place!r} is not ID/CHANNEL", way_out="Write it like k3md8s2p/twitter.")
    if bool(url) == not_sent:
        raise InputError(
            "one of the two is needed",
            field="--sent or --not-sent",
            way_out="Look at the channel, then say which.",
        )
    with call.app() as app:
        row = app.decisions.resolve(item_id, channel, officer=call.officer, url=url)
        _tell(
            app, call, row, "" if url else f"`publisher retry {item_id} --channel {channel}` sends it again."
        )


def _tell(app: App, call: Call, row: ItemRow, *then: str) -> None:
    from publisher import views

    if call.as_json:
        _output.as_json(views.summary(row, app.queue.deliveries(row.id)))
    else:
        _output.say(f"{row.id}  {_output.painted(row.state)}  {row.title}")
        for line in filter(None, then):
            _output.say(_output.wrapped(line, "    ", first="  "))
