"""What to do next with an item that waits for somebody: one line for each thing, with the words to type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publisher import doubts, left_to_do, mending
from publisher.model import DeliveryState, ItemState, Severity, VerdictOutcome
from publisher.record import Event
from publisher.register import CONFIRM
from publisher.stoppers import stoppers
from publisher.tables import DeliveryRow, ItemRow, OfficerRow
from publisher.views import refused_by

Findings = Sequence[Mapping[str, Any]]
Officers = Callable[[], Sequence[OfficerRow]]
"""Gives everyone on the register: read only where it says something of an item."""

NOT_DESIGNATED = "officer.not-designated"
"""The rule whose finding goes as soon as the officer may act again: what is said of it is worked out afresh."""
ACCEPTING = "publisher channel accept"
"""In a reason: a director says whether an account is right (publisher/identities.py)."""
MENDED_ELSEWHERE = {
    "third-party.terms-not-checked": "the website is on the register of sites",
    "third-party.platform-terms": "the platform's terms are on record",
    "consent.not-registered": "the reference is on the register of consents",
}
"""Rules whose finding goes without a change of the item, and once what is so."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One of an item's officers who may not act at its moment: who, what they did, what they lack."""

    login: str
    wrote: bool
    lacks: tuple[str, ...]
    suspended: bool
    reads: bool
    """Whether nothing is missing but that they confirm having read the policy."""

    @property
    def words(self) -> str:
        """As a sentence begins."""
        did = "wrote" if self.wrote else "approved"
        return f"{self.login}, who {did} it, {'; '.join(self.lacks)}"


def next_steps(
    officers: Officers, row: ItemRow, deliveries: Sequence[DeliveryRow], events: Iterable[Event] = (),
    stop: Stop | None = None, held_by: str = "",
) -> list[str]:  # fmt: skip
    """What a person can do now, by the item's state; empty where nothing waits for anybody.

    `events` tell whether a second officer said no; `stop` who of its officers could not act at its moment, and
    `held_by` which person stopped it.
    """
    match row.state:
        case ItemState.QUEUED if stop:
            return [_will_be_held(officers, row, stop)]
        case ItemState.HELD:
            return _held(officers, row, stop, held_by, stoppers(events))
        case ItemState.LATE:
            return [f"give it another time: `publisher reschedule {row.id} --now`, or --at, or withdraw it."]
        case ItemState.BLOCKED:
            return _blocked_now(officers, row, refused_by(events), stop, stoppers(events))
        case ItemState.PUBLISHED | ItemState.PART_PUBLISHED | ItemState.WITHDRAWING:
            steps = [step for delivery in deliveries if (step := _delivery(ItemState(row.state), delivery))]
            gone = doubts.lost(deliveries, events) if row.state == ItemState.WITHDRAWING else ()
            return [*steps, *(doubts.look_for_lost(row.id, channel) for channel in gone)]
        case _:
            return []


def look_afterwards(row: ItemRow) -> str:
    """What is left of an emergency that went."""
    return f"it went as an emergency: somebody who neither wrote nor approved it looks at it, `publisher review {row.id} --reason TEXT`."


def after_handing_in(
    officers: Officers, row: ItemRow, outcome: VerdictOutcome, stop: Stop | None = None
) -> list[str]:
    """What comes next for an item that was handed in just now, by the gate's answer: it may have moved on since."""
    match outcome:
        case VerdictOutcome.CLEAR if stop:
            return [_will_be_held(officers, row, stop)]
        case VerdictOutcome.REVIEW if stop:
            return [*_undecided(officers, row), _will_be_held(officers, row, stop)]
        case VerdictOutcome.CLEAR:
            return [f"the daemon sends it at its time; `publisher show {row.id}` tells how it went."]
        case VerdictOutcome.REVIEW:
            return _undecided(officers, row)
        case VerdictOutcome.BLOCK:
            own, *others = _blocked(officers, row)
            return [f"{own} Nothing was sent.", *others]


def _will_be_held(officers: Officers, row: ItemRow, stop: Stop) -> str:
    """What is done about an item on its way that cannot go, while there is time."""
    held = f"{stop.words}: this is held when its moment comes"
    if stop.reads:
        return f"{held}, unless {stop.login} confirms before with {CONFIRM}."
    if not stop.wrote:
        return f"{held}. Another approver then lets it go on with {_approve(row.id)}."
    another = _under_another_name(row.id)
    return f"{held}. {another[:1].upper()}{another[1:]}; or {_mended_by_director(officers, stop)}."


def _stopped(officers: Officers, row: ItemRow, stop: Stop, held_by: str = "") -> list[str]:
    """What is done about a stopped item of which an officer may not act: first that, then what else is open."""
    goes_on = f"then {_goes_on(row, stop, held_by)}"
    if stop.reads:
        first = [f"{stop.words}: {stop.login} confirms it with {CONFIRM}; {goes_on}."]
    elif stop.wrote:
        first = [
            f"{stop.words}: {_under_another_name(row.id)}.",
            f"or {_mended_by_director(officers, stop)}; {goes_on}.",
        ]
    else:
        first = []
    if not stop.wrote:
        another = (
            f"another approver decides on it: `publisher preview {row.id}` shows it; {_approve(row.id)}."
        )
        first.append(f"or {another}" if first else f"{stop.words}: {another}")
    return [*first, *_vacant(officers, row, _deciders(_others(row))[0])]


def _goes_on(row: ItemRow, stop: Stop, held_by: str) -> str:
    """How a stopped item goes on once its officers may act."""
    if row.state == ItemState.HELD and not held_by and (not stop.wrote or not _open(_others(row))):
        return f"`publisher retry {row.id}`"
    return f"another officer lets it go on with {_approve(row.id)}"


def _others(row: ItemRow) -> list[Mapping[str, Any]]:
    """The findings but that of the officers: how these stand now is known."""
    return [finding for finding in row.verdict["findings"] if finding["rule"] != NOT_DESIGNATED]


def _under_another_name(item_id: str) -> str:
    return f"another officer hands it in under their own name, and {clears_away(item_id).removesuffix('.')}"


def _mended_by_director(officers: Officers, stop: Stop) -> str:
    row = next((officer for officer in officers() if officer.login == stop.login), None)
    amended = mending.by_director(stop.login, stop.lacks, row)
    command = f"`publisher officer reinstate {stop.login}`" if stop.suspended else amended
    return f"a director mends that with {command}"


def _approve(item_id: str) -> str:
    return f"`publisher approve {item_id} --reason TEXT`"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def clears_away(item_id: str) -> str:
    return f"`publisher withdraw {item_id} --reason TEXT` clears this one away."


def _looked_at_first(row: ItemRow, by: Sequence[str]) -> list[str]:
    """What comes before all else: whoever clears up after an officer must see that somebody stopped the item, too."""
    who, look = "an approver or a director who had no part in it", f"`publisher preview {row.id}` shows it"
    return [f"{' and '.join(by)} stopped it: {who} looks at that first, {look}."] if by else []


def _blocked_now(
    officers: Officers, row: ItemRow, refuser: str, stop: Stop | None, by: Sequence[str]
) -> list[str]:
    """As `_blocked`, for an item that may have been blocked because its officers could not act."""
    if refuser:
        why = f"refused by {refuser}: {_sentence(row.reason)}"
        return [f"{why} Its author hands in a new one. Then {clears_away(row.id)}"]
    first = _looked_at_first(row, by)
    if stop and not _deciders(_others(row))[1]:
        return [*first, *_stopped(officers, row, stop)]
    if not _open(_others(row)):
        return [*first, f"another officer lets it go on with {_approve(row.id)}, or {clears_away(row.id)}"]
    return [*first, *_blocked(officers, row)]


def _blocked(officers: Officers, row: ItemRow) -> list[str]:
    """What is done about a blocked item: by its author, and by whoever may let everything go that stops it."""
    own = f"its author changes what the findings name, and hands it in again; then {clears_away(row.id)}"
    roles, closed = _deciders(row.verdict["findings"])
    lets = "let" if len(roles) > 1 else "lets"
    let_go = f"or {_all_of(roles)} {lets} it go: `publisher approve {row.id} --reason TEXT`."
    return [own, let_go, *_vacant(officers, row, roles)] if roles and not closed else [own]


def _undecided(officers: Officers, row: ItemRow) -> list[str]:
    """What is done about an item that the gate holds: by whoever decides, and by its author."""
    findings = _others(row)
    roles, closed = _deciders(findings)
    if closed:
        return [
            f"nobody may let {', '.join(closed)} go: its author mends that.",
            _mended(row.id, findings),
        ]
    decides = "decide" if len(roles) > 1 else "decides"
    who = f"{_all_of(roles)}, not its author, {decides}" if roles else "another officer decides"
    look = f"`publisher preview {row.id}` shows it"
    decide = f"`publisher approve {row.id} --reason TEXT` or `publisher refuse {row.id} --reason TEXT`"
    return [
        f"{who}: {look}; {decide}.",
        *_vacant(officers, row, roles),
        *_once_registered(row.id, findings),
        _mended(row.id, findings),
    ]


def _vacant(officers: Officers, row: ItemRow, roles: Sequence[str]) -> list[str]:
    """That nobody could decide: an author would ask around for an officer whom the council does not have."""
    active = [officer for officer in officers() if officer.suspended_at is None]
    filled = {role for officer in active if officer.login != row.author for role in officer.roles.split(",")}
    missing = [role for role in roles if role not in filled]
    if not missing:
        return []
    nobody = f"nobody on the register besides its author has the role of {' or '.join(missing)}"
    return [f"{nobody}: a director adds an officer with it, see `publisher officer add --help`."]


def _once_registered(item_id: str, findings: Findings) -> list[str]:
    """How the item is judged again after a register was filled; an officer could not know that a yes looks afresh."""
    rules = {finding["rule"] for finding in _open(findings)}
    mended = [what for rule, what in MENDED_ELSEWHERE.items() if rule in rules]
    if not mended:
        return []
    command = f"`publisher approve {item_id} --reason TEXT`"
    return [
        f"once {' and '.join(mended)}: {command} judges it again first, and lets go only what is still found."
    ]


def _mended(item_id: str, findings: Findings) -> str:
    evidence = any(finding.get("evidence") for finding in _open(findings))
    again = "hands in a mended one" + (
        ", or the same with the evidence that a finding accepts" if evidence else ""
    )
    return f"or its author takes it back with `publisher withdraw {item_id} --reason TEXT`, and {again}."


def _open(findings: Findings) -> list[Mapping[str, Any]]:
    return [finding for finding in findings if finding["severity"] != Severity.ADVISE]


def _deciders(findings: Findings) -> tuple[list[str], list[str]]:
    """The roles that must decide, and the rules that nobody may let go. What an older program stored names no role."""
    known = [finding for finding in _open(findings) if "override" in finding]
    roles = {finding["override"]: None for finding in known if finding["override"]}
    return list(roles), sorted({finding["rule"] for finding in known if not finding["override"]})


def _all_of(roles: Sequence[str]) -> str:
    """`an approver and the monitoring officer`: one of many, or the one that there is."""
    return " and ".join(f"{'an' if role == 'approver' else 'the'} {role}" for role in roles)


def _held(officers: Officers, row: ItemRow, stop: Stop | None, held_by: str, by: Sequence[str]) -> list[str]:
    """A clear item is held by what happened at its release, or by a person; of another something is still open."""
    first = _looked_at_first(row, by)
    if stop and not _deciders(_others(row))[1]:
        return [*first, *_stopped(officers, row, stop, held_by)]
    if _open(_others(row)):
        return [*first, *_undecided(officers, row)]
    if held_by:
        look = f"`publisher preview {row.id}` shows it, {_approve(row.id)} lets it go on"
        return [
            f"{' and '.join(by or [held_by])} stopped it: an approver or a director decides who had no part in it: {look}.",
            f"or {clears_away(row.id)}",
        ]
    return [f"mend the cause, then `publisher retry {row.id}`; `publisher preview {row.id}` shows it."]


def _delivery(here: ItemState, row: DeliveryRow) -> str:
    item_id = row.item_id
    match row.state:
        case DeliveryState.WITHDRAWING if row.due_at is None:
            if doubts.is_doubted(row):
                return doubts.look(item_id, row.channel)
            place = f" at {row.url}" if row.url else ""
            done = f"`publisher resolve {item_id}/{row.channel} --withdrawn`"
            return f"take the post on {row.channel} down by hand{place}, then {done}."
        case DeliveryState.REFUSED | DeliveryState.NOT_SENT if here is ItemState.PART_PUBLISHED:
            return _again(row)
        case DeliveryState.SENT if left_to_do.is_left(row):
            return left_to_do.step(row)
        case DeliveryState.UNKNOWN:
            place = f"publisher resolve {item_id}/{row.channel}"
            return f"look at {row.channel}, then `{place} --sent URL` or `{place} --not-sent`."
        case _:
            return ""


def _again(row: DeliveryRow) -> str:
    """How what was not sent goes again: first its cause goes, where it has one that a person can see to."""
    retry = f"`publisher retry {row.item_id} --channel {row.channel}`"
    if left_to_do.is_settled(row):
        return f"{retry} sends it again, if it is still to go."
    if ACCEPTING in row.reason:
        return f"once a director has said that the account is right, {retry}."
    return f"mend the cause, then {retry}."
