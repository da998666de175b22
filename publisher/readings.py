"""Which reading of the policy somebody had confirmed before another, by the events of their line on the register (clause 5c)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from publisher.chain import Link
from publisher.tables import OfficerRow

READING = ("policy_read_on", "policy_edition", "policy_reference")
"""The columns in which a line says what was read, when, and where that is filed."""


def earlier(row: OfficerRow, told: Iterable[Link], editions: Collection[str]) -> dict[str, Any] | None:
    """The last reading before the one that `row` names, of one of `editions` or of no edition by name; None where the record has none.

    `told` are the events that changed a reading of the line's, the newest last. Words that are gone, or are not as they were written, say nothing.
    """
    reading: dict[str, Any] = {name: getattr(row, name) for name in READING}
    for event in reversed([*told]):
        words = event.words() if event.has_its_words() else None
        before = _before(words) if isinstance(words, dict) else None
        if before is None:
            return None
        reading |= before
        if before and reading["policy_edition"] in {"", *editions}:
            return _read(reading)
    return None


def _before(words: Mapping[str, Any]) -> dict[str, Any] | None:
    """What of a reading was otherwise before an event; None where it tells of none before, as the first one of a line."""
    if isinstance(changed := words.get("changed"), dict):
        return {name: values[0] for name, values in changed.items() if name in READING and _is_pair(values)}
    if isinstance(before := words.get("earlier"), dict):
        return {name: before.get(name) for name in READING}
    return None


def _is_pair(values: object) -> bool:
    return isinstance(values, list) and len(values) == 2  # noqa: PLR2004  # before and after


def _read(reading: Mapping[str, Any]) -> dict[str, Any] | None:
    """The reading as the line's columns take it; None where nothing was read, or a hand wrote what is no day."""
    on = reading["policy_read_on"]
    try:
        day = date.fromisoformat(on) if isinstance(on, str) else on
    except ValueError:
        return None
    if not isinstance(day, date):
        return None
    return {"policy_read_on": day, **{name: str(reading[name] or "") for name in READING[1:]}}
