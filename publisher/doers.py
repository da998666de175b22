"""Who did what with an item, by its events, and when: told apart from who only asked, and was refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher import doubts, erased
from publisher.emergencies import REVIEWED
from publisher.holding import HELD_IT, LET_GO_ON, WITHDREW_IT, acts
from publisher.holds import LIFTED, PLACED
from publisher.model import DeliveryState, ItemState
from publisher.moves import MOVED, SETTLED
from publisher.overrides import APPROVED, RESCHEDULED
from publisher.recalling import AGAIN
from publisher.record import REFUSED, SCHEDULER, Event
from publisher.refusals import DENIED
from publisher.tables import ItemRow

WROTE, LET_GO, REVIEW = "Wrote it", "Let it go", "Looked at afterwards"
_TAKEN_BACK = "Let it go, taken back"
_TOOK_DOWN = "Took a post down by hand"
_TOLD = {
    REFUSED: "Said no to it", RESCHEDULED: "Moved it to another moment", REVIEWED: REVIEW, AGAIN: "Asked again to withdraw it",
    doubts.TAKEN_DOWN: _TOOK_DOWN, PLACED: "Put it under a legal hold", LIFTED: "Lifted a legal hold of it",
    erased.ERASED: "Had its words erased", SETTLED: "Did what a post had left to a person",
}  # fmt: skip
"""What somebody did, by the action of its event."""
_ACTS = {HELD_IT: "Held it", LET_GO_ON: "Let it go on", WITHDREW_IT: "Withdrew it"}
_SETTLED = frozenset({DeliveryState.SENT, DeliveryState.NOT_SENT})
_ASKED, _OTHERWISE = "Asked, and was refused", "Acted on it"


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did with an item, and when; `words` are theirs, where what they found is to be told."""

    did: str
    login: str
    at: datetime | None
    words: str = ""


def deeds(item: ItemRow, events: Sequence[Event]) -> list[Deed]:
    """All that people did, its author's first; those of whom the record tells nothing but refusals last."""
    done = [*_writing(item), *sorted(_done(item, events), key=lambda deed: deed.at or item.created_at)]
    known = {deed.login for deed in done}
    return [*done, *_others(events, known)]


def _writing(item: ItemRow) -> Iterator[Deed]:
    yield Deed(WROTE, item.author, item.created_at)


def _done(item: ItemRow, events: Sequence[Event]) -> Iterator[Deed]:
    approved = [event for event in events if event.action == APPROVED]
    for event in approved:
        last = event is next(one for one in reversed(approved) if one.actor == event.actor)
        counts = last and event.actor in item.approvers
        yield Deed(LET_GO if counts else _TAKEN_BACK, event.actor, event.at)
    for login in set(item.approvers) - {
        event.actor for event in approved
    }:  # of before there was such an event
        yield Deed(LET_GO, login, None)
    yield from _holding(events, approved)
    for event in events:
        if event.actor != SCHEDULER and (did := _TOLD.get(event.action) or _of_post(event)):
            words = str(event.detail.get("reason") or erased.ERASED_WORDS) if did == REVIEW else ""
            yield Deed(did, event.actor, event.at, words)


def _holding(events: Sequence[Event], approved: Sequence[Event]) -> Iterator[Deed]:
    """Who held it, let it go on and withdrew it; to let it go and to let it go on are one deed."""
    held_at: datetime | None = None
    for act in acts(events):
        held_at = act.at if act.did == HELD_IT else held_at
        told = (held_at and event.actor == act.by and held_at <= event.at <= act.at for event in approved)
        if act.did != LET_GO_ON or not any(told):
            yield Deed(_ACTS[act.did], act.by, act.at)


def _of_post(event: Event) -> str:
    """What a person did about one post of the item."""
    if event.action != MOVED or event.channel is None:
        return ""
    if event.after == DeliveryState.WITHDRAWN:
        return _TOOK_DOWN
    is_settled = event.before == DeliveryState.UNKNOWN and event.after in _SETTLED
    return "Said what became of a post" if is_settled else ""


def _others(events: Sequence[Event], known: set[str]) -> Iterator[Deed]:
    """Whoever is named by the record for nothing of all that; who only asked has done nothing with it."""
    named = [event for event in events if event.actor not in {SCHEDULER, *known} and event.via != event.actor]
    for login in dict.fromkeys(event.actor for event in named):
        theirs = [event for event in named if event.actor == login]
        did = [event for event in theirs if event.action != DENIED]
        yield Deed(_OTHERWISE if did else _ASKED, login, (did or theirs)[-1].at)


def taken_down(events: Sequence[Event], channel: str) -> Event | None:
    """The event by which a channel's post came down, if it did."""
    of_channel = (event for event in reversed(events) if event.channel == channel)
    return next((event for event in of_channel if _is_down(event)), None)


def _is_down(event: Event) -> bool:
    moved = event.action == MOVED and event.after == DeliveryState.WITHDRAWN
    return moved or event.action == doubts.TAKEN_DOWN


def withdrawer(events: Sequence[Event]) -> str:
    """Who had it withdrawn last; empty where nobody did."""
    return next((act.by for act in reversed(acts(events)) if act.did == WITHDREW_IT), "")


def all_down(events: Sequence[Event]) -> datetime | None:
    """When nothing of it was left to take down, where it was withdrawn."""
    of_item = (event for event in reversed(events) if event.action == MOVED and event.channel is None)
    last = next(of_item, None)
    return last.at if last is not None and last.after == ItemState.WITHDRAWN else None
