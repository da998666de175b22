"""What of a look at the whole record is told to whom: to who keeps it all, to others whether it is whole.

Whatever counts events would tell others when a concern was raised (clause 4): theirs are not among those that the log shows.
A row that a hand was in may be a concern's, so others are not told which; an item's they are, since it is stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from publisher.chain import Fault
from publisher.schema import SCHEMA_FAULT
from publisher.ties import ROW
from publisher.verifying import OF_ITEMS, Report

_COUNTING = ("events", "hash", "erased", "checkpoints", "last_at")
"""Keys of a report by whose growth events can be counted: a checkpoint is made where anything happened."""
_BRIEF: Mapping[str, str] = {
    "end": "The record ends elsewhere than it did: it was cut, or is an older one.",
    "checkpoint": "A checkpoint does not fit it.",
    "kept": "What was kept elsewhere does not fit it.",
    ROW: "A row that decides something was changed by hand.",
    SCHEMA_FAULT: "What the database does by itself was changed by hand: `publisher init` mends it.",
}
_OTHERWISE = "Something in it is not as it was written."
_NUMBERED = re.compile(r"\bevent \d+")


def in_full(report: Report) -> dict[str, Any]:
    """All of it, with the numbers of events."""
    return {
        "whole": report.whole, "events": report.events, "hash": report.end.hash, "erased": report.erased,
        "checkpoints": report.checkpoints, "faults": [_fault(one) for one in report.faults],
        "accepted": [_fault(one) for one in report.accepted], "notes": list(report.notes), "stops": report.stops,
        "last_at": report.last_at,
    }  # fmt: skip


def in_brief(report: Report) -> dict[str, Any]:
    """Whether it is whole, what stops, and what is wrong: each once, without numbers. The same keys."""
    told = {"faults": _brief(report.faults), "accepted": _brief(report.accepted), "notes": []}
    return in_full(report) | dict.fromkeys(_COUNTING) | told


def _fault(one: Fault) -> dict[str, Any]:
    return {"kind": one.kind, "event": one.number, "last": one.last, "words": one.words}


def _brief(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    told = dict.fromkeys((one.kind, _without_numbers(one)) for one in faults)
    return [{"kind": kind, "event": None, "last": None, "words": words} for kind, words in told]


def _without_numbers(one: Fault) -> str:
    if one.kind in OF_ITEMS:
        return _NUMBERED.sub("an event", one.words)
    return _BRIEF.get(one.kind, _OTHERWISE)
