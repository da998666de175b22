"""The decisions that officers take on items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import EXIT_OF, Call, at_flag, examples, verb
from publisher.cli._money import dollars
from publisher.errors import EXIT_DONE, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    from publisher.office.items import Yes

    with call.office(judging=True) as office:
        yes = Yes(reason=reason, findings=findings, until=day(until, "--until"))
        item = office.items.approve(item_id, yes)
        if call.as_json:
            _output.as_json(item)
        else:
            _tell_approved(item)
        return EXIT_OF.get(item["state"], EXIT_DONE)


def _tell_approved(item: Mapping[str, Any]) -> None:
    covered, still = item["overrides"], item["open"]
    _output.say(f"{item['id']}  {_output.painted(item['state'])}  {item['title']}")
    for one in covered:
        line = (
            f"{one['rule']}, finding {one['finding']}: let go by {one['officer']} until {one['expires_on']}"
        )
        line += f": {one['message']}" if one["message"] else "; it is no longer found"
        _output.say(_output.wrapped(line, "    ", first="  "))
    for finding in still:
        line = f"Still open: {finding['rule']}, finding {finding['id']}: {finding['message']}"
        _output.say(_output.wrapped(line, "    ", first="  "))
    if not still:
        _output.say(_output.wrapped(f"{_why_it_goes(item)}It goes at its time.", "    ", first="  "))
    for line in concerns_passed(item):
        _output.say(_output.wrapped(line, "    ", first="  "))


def _why_it_goes(item: Mapping[str, Any]) -> str:
    """What else than a finding was in its way; nothing where findings were."""
    if by := item["held_by"]:
        return f"{' and '.join(by)} had stopped it; on your word it goes on. "
    return (
        "" if item["overrides"] else "Nothing had to be let go: the gate finds nothing against it any more. "
    )


def concerns_passed(item: Mapping[str, Any]) -> Iterator[str]:
    """What somebody is told who had a concern about the item, and by their decision has it no more (clause 4)."""
    for one in item.get("concerns_passed", ()):
        had = f"The concern {one['id']} about this post, which was with you,"
        why = "whoever had a part in a post does not read what is raised about it"
        if one["with_anybody"]:
            yield f"{had} is now with somebody above: {why}."
        else:
            yield f"{had} is with nobody now: {why}, and nobody else on the register may have it. Its raiser sees that."


@click.command("refuse", epilog=examples('publisher refuse k3md8s2p --reason "The date is wrong"'))
@_ITEM
@_REASON
@verb(acts=True)
def refuse_verb(call: Call, item_id: str, reason: str) -> None:
    """Say no to an item that is held for review."""
    from publisher.office.items import Reason

    with call.office() as office:
        item = office.items.refuse(item_id, Reason(reason=reason))
        tell(call, item, "Its author can hand in a new one.")


@click.command(
    "withdraw",
    epilog=examples(
        'publisher withdraw k3md8s2p --reason "The event is off"',
        'publisher withdraw k3md8s2p --reason "The figures were wrong"',
    ),
)
@_ITEM
@_REASON
@verb(acts=True)
def withdraw_verb(call: Call, item_id: str, reason: str) -> None:
    """Stop an item for good, and take down what is out of it.

    Evidence of what was out is kept first. The daemon then takes it down; where a platform lets no program do so,
    `publisher list` says what a person does. Withdraw again to have the program try once more. To say what is right
    instead, hand in a new item with --corrects.
    """
    from publisher.office.items import Reason

    with call.office() as office:
        item = office.items.withdraw(item_id, Reason(reason=reason))
        tell(call, item, *what_is_left(item))


def what_is_left(item: Mapping[str, Any]) -> Iterator[str]:
    """After a withdrawal. What is out is not gone yet, and whoever withdraws must not believe so. What has a reason is a person's: see `next`."""
    out = [delivery for delivery in item["deliveries"] if delivery["state"] == "withdrawing"]
    left = [delivery for delivery in out if not delivery.get("reason")]
    if not left and not item["next"]:
        yield "It will not go anywhere."
        return
    places = ", ".join(f"{delivery['channel']} {delivery.get('url', '')}".strip() for delivery in left)
    if places:
        yield f"Out, and being taken down: {places}. It goes nowhere else."
        if costs := item["deletion_usd"]:
            charged = " and ".join(f"{dollars(cost)} on {channel}" for channel, cost in costs.items())
            yield f"Taking it down is charged for: {charged}."
        yield f"`publisher show {item['id']}` tells how it went, and what is left to a person."
    yield from (f"Next: {step}" for step in item["next"])


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
    from publisher.office.items import Moment

    with call.office(judging=True) as office:
        with at_flag(leave_out="Use --now instead"):
            item = office.items.reschedule(item_id, Moment(publish_at=at or None))
        tell(call, item, *_rescheduled(item, office.council.about()["timezone"]))
        return EXIT_OF.get(item["state"], EXIT_DONE)


def _rescheduled(item: Mapping[str, Any], zone_name: str) -> Iterator[str]:
    """When it goes; or that it does not go by itself any more, and who must do what."""
    moment = _output.moment(item["publish_at"], zone_name)
    if EXIT_OF.get(item["state"], EXIT_DONE) == EXIT_DONE:
        yield f"It goes {moment}."
        return
    if approver := item["approval_taken_back"]:
        yield f"The approval by {approver.replace(',', ', ')} is revoked: another time is another decision."
    yield f"Its time is {moment} now, but it does not go by itself: {item.get('reason', '')}"
    yield from (f"Next: {step}" for step in item["next"])


@click.command(
    "retry", epilog=examples("publisher retry k3md8s2p", "publisher retry k3md8s2p --channel facebook")
)
@_ITEM
@click.option("--channel", metavar="NAME", help="Only this channel.")
@verb(acts=True)
def retry_verb(call: Call, item_id: str, channel: str | None) -> int:
    """Send again what was refused or not sent, once its cause is gone. What may be live is never sent again.

    Exit code: 0 it goes, 3 it waits for somebody, 1 it is blocked.
    """
    from publisher.office.items import Again

    with call.office(judging=True) as office:
        item = office.items.retry(item_id, Again(channel=channel))
        tell(call, item, *_sent_again(item, office.council.about()["timezone"]))
        return EXIT_OF.get(item["state"], EXIT_DONE)


def _sent_again(item: Mapping[str, Any], zone_name: str) -> Iterator[str]:
    """That it goes; or why it does not after all, and who must do what."""
    from datetime import datetime

    from publisher.app import system_clock

    if EXIT_OF.get(item["state"], EXIT_DONE) != EXIT_DONE:
        yield f"It is not sent again: {item.get('reason', '')}"
        yield from (f"Next: {step}" for step in item["next"])
        return
    to_come = datetime.fromisoformat(item["publish_at"]) > system_clock()
    yield (
        f"It goes {_output.moment(item['publish_at'], zone_name)}." if to_come else "It is being sent again."
    )


@click.command(
    "resolve",
    epilog=examples(
        "publisher resolve k3md8s2p/twitter --sent https://x.com/council/status/1",
        "publisher resolve k3md8s2p/twitter --not-sent",
        "publisher resolve k3md8s2p/instagram --withdrawn",
        "publisher resolve k3md8s2p/instagram --settled",
    ),
)
@click.argument("place", metavar="ID/CHANNEL")
@click.option("--sent", "url", metavar="URL", help="It is live, at this address.")
@click.option("--not-sent", is_flag=True, help="You looked, and it is not there.")
@click.option("--withdrawn", is_flag=True, help="You took it down by hand, after its item was withdrawn.")
@click.option(
    "--settled", is_flag=True, help="It is live, and you did what `publisher list` says is left to do there."
)
@verb(acts=True)
def resolve_verb(
    call: Call, place: str, url: str | None, *, not_sent: bool, withdrawn: bool, settled: bool
) -> None:
    """Say what became of a post: of one that may be live, that you took down, or that left something to you. Look at the channel first.

    Of a post that is live, and nobody knows where, --sent tells the address.
    """
    item_id, slash, channel = place.partition("/")
    if not slash or not channel:
        raise InputError(f"{place!r} is not ID/CHANNEL", way_out="Write it like k3md8s2p/twitter.")
    if [bool(url), not_sent, withdrawn, settled].count(True) != 1:
        raise InputError(
            "one of them is needed",
            field="--sent, --not-sent, --withdrawn or --settled",
            way_out="Look at the channel, then say which.",
        )
    from publisher.office.items import Outcome

    with call.office() as office:
        item = office.items.resolve(item_id, channel, Outcome(url=url, withdrawn=withdrawn, settled=settled))
        again = not_sent and item["state"] not in {"withdrawing", "withdrawn"}
        tell(call, item, f"`publisher retry {item_id} --channel {channel}` sends it again." if again else "")


def tell(call: Call, item: Mapping[str, Any], *then: str) -> None:
    """How an item stands after a decision, and what comes then."""
    if call.as_json:
        _output.as_json(item)
        return
    _output.say(f"{item['id']}  {_output.painted(item['state'])}  {item['title']}")
    for line in filter(None, (*then, *concerns_passed(item))):
        _output.say(_output.wrapped(line, "    ", first="  "))
