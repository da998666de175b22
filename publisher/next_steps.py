"""What to do next with an item that waits for somebody: one line for each thing, with the words to type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from publisher.model import DeliveryState, ItemState, Severity, VerdictOutcome
from publisher.record import Event
from publisher.tables import DeliveryRow, ItemRow, OfficerRow
from publisher.views import refused_by

Findings = Sequence[Mapping[str, Any]]
Officers = Callable[[], Sequence[OfficerRow]]
"""Gives everyone on the register: read only where it says something of an item."""

MENDED_ELSEWHERE = {
    "third-party.terms-not-checked": "the website is on the register of sites",
    "third-party.platform-terms": "the platform's terms are on record",
    "consent.not-registered": "the reference is on the register of consents",
}
"""Rules whose finding goes without a change of the item, and once what is so."""


def next_steps(
    officers: Officers, row: ItemRow, deliveries: Sequence[DeliveryRow], events: Iterable[Event] = ()
) -> list[str]:
    """What a person can do now, by the item's state; empty where nothing waits for anybody.

    `events` tell whether a second officer said no.
    """
    match row.state:
        case ItemState.HELD:
            return _held(officers, row)
        case ItemState.LATE:
            return [f"give it another time: `publisher reschedule {row.id} --now`, or --at, or withdraw it."]
        case ItemState.BLOCKED if officer := refused_by(events):
            why = f"refused by {officer}: {_sentence(row.reason)}"
            return [f"{why} Its author hands in a new one. Then {_clears_away(row.id)}"]
        case ItemState.BLOCKED:
            return _blocked(officers, row)
        case ItemState.PART_PUBLISHED | ItemState.WITHDRAWING:
            return [step for delivery in deliveries if (step := _delivery(ItemState(row.state), delivery))]
        case _:
            return []


def look_afterwards(row: ItemRow) -> str:
    """What is left of an emergency that went."""
    return f"it went as an emergency: somebody who neither wrote nor approved it looks at it, `publisher review {row.id} --reason TEXT`."


def after_handing_in(officers: Officers, row: ItemRow, outcome: VerdictOutcome) -> list[str]:
    """What comes next for an item that was handed in just now, by the gate's answer: it may have moved on since."""
    match outcome:
        case VerdictOutcome.CLEAR:
            return [f"the daemon sends it at its time; `publisher show {row.id}` tells how it went."]
        case VerdictOutcome.REVIEW:
            return _undecided(officers, row)
        case VerdictOutcome.BLOCK:
            own, *others = _blocked(officers, row)
            return [f"{own} Nothing was sent.", *others]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _clears_away(item_id: str) -> str:
    return f"`publisher withdraw {item_id} --reason TEXT` clears this one away."


def _blocked(officers: Officers, row: ItemRow) -> list[str]:
    """What is done about a blocked item: by its author, and by whoever may let everything go that stops it."""
    own = f"its author changes what the findings name, and hands it in again; then {_clears_away(row.id)}"
    roles, closed = _deciders(row.verdict["findings"])
    lets = "let" if len(roles) > 1 else "lets"
    let_go = f"or {_all_of(roles)} {lets} it go: `publisher approve {row.id} --reason TEXT`."
    return [own, let_go, *_vacant(officers, row, roles)] if roles and not closed else [own]


def _undecided(officers: Officers, row: ItemRow) -> list[str]:
    """What is done about an item that the gate holds: by whoever decides, and by its author."""
    findings = row.verdict["findings"]
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


def _held(officers: Officers, row: ItemRow) -> list[str]:
    """A clear item is held by what happened at its release; of another something is still open."""
    if row.verdict["verdict"] != "clear":
        return _undecided(officers, row)
    return [f"mend the cause, then `publisher retry {row.id}`; `publisher preview {row.id}` shows it."]


def _delivery(here: ItemState, row: DeliveryRow) -> str:
    item_id = row.item_id
    match row.state:
        case DeliveryState.WITHDRAWING if row.due_at is None:
            place = f" at {row.url}" if row.url else ""
            done = f"`publisher resolve {item_id}/{row.channel} --withdrawn`"
            return f"take the post on {row.channel} down by hand{place}, then {done}."
        case DeliveryState.REFUSED | DeliveryState.NOT_SENT if here is ItemState.PART_PUBLISHED:
            return f"mend the cause, then `publisher retry {item_id} --channel {row.channel}`."
        case DeliveryState.UNKNOWN:
            place = f"publisher resolve {item_id}/{row.channel}"
            return f"look at {row.channel}, then `{place} --sent URL` or `{place} --not-sent`."
        case _:
            return ""
