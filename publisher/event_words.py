"""What an event says, as people read it: by which door somebody came, and what was told with it. Programs get it as it lies."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from publisher.moves import REQUEST
from publisher.prices import MICRO
from publisher.record import SCHEDULER
from publisher.refusals import DENIED
from publisher.times import local

_DIGEST = re.compile("[0-9a-f]{64,}")
"""A digest or seal: it says nothing to a person."""
_BEHIND = re.compile(r"(?<=\w) [0-9a-f]{64,}")
"""One behind the number of its event."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")
FROM = "from the website that config.toml calls "
"""What the words for a website's door begin with."""
_DOORS = (
    (re.compile(r"cli uid (\d+) named by --as"), r"at the server as user \1, name given with --as"),
    (re.compile(r"cli uid (\d+)"), r"at the server as user \1"),
    (re.compile(r"socket uid (\d+)"), r"at the server, through its socket, as user \1"),
    (re.compile(r"token (\w+)"), r"with the token \1"),
    (re.compile(r"hook (.+)"), f"{FROM}\\1"),
    (re.compile(r"address from (.+)"), r"from the address \1"),
)  # fmt: skip
_SOURCES = {"cli": "an officer"}
"""Who hands in by whatever door that is no website's."""
_NAMES = {
    "url": "address", "found": "found at", "remote_id": "its number there", "engineer": "for whoever keeps the program",
    "status": "the platform answered", "bytes": "size", "approver": "approved by", "asked": "asked to",
    "policy_read_on": "policy read on", "policy_edition": "edition read", "policy_reference": "reading filed as",
    "aup_signed_on": "Acceptable Use Policy signed on", "aup_reference": "signature filed as",
    "approved_on": "approved in writing on", "approval_reference": "approval filed as", "expires_on": "last day",
    "trained_on": "trained on", "training_reference": "training", "manager": "line manager", "suspended_at": "suspended since",
    "earlier": "before that", "deletion": "cost of taking it down",
}  # fmt: skip
_LISTS = frozenset({"roles", "channels", "scopes", "approver"})
"""What is kept as one text with commas."""
_ALL = frozenset({"channels"})
"""What stands for all where nothing is named."""
_ANSWERS = {
    "SENT": "done", "WAIT": "not yet", "RECONNECT": "it does not know this program any more",
    "FIX": "no, until something is put right", "STOP": "no", "UNKNOWN": "nobody can tell from it whether it is out",
}  # fmt: skip
_ABSURD = 10**15
"""Micro-dollars that no post costs: a hand wrote that, and it stays as it lies."""
_OF_PROGRAMS = {DENIED: frozenset({"kind"}), REQUEST: frozenset({"phase", "answer"})}
"""What only a program wants to know of an event, by its action."""


def readable(word: str | None) -> str:
    """A word of an event as a person reads it: seals and digests are for programs."""
    return "" if word is None or _DIGEST.fullmatch(word) else _BEHIND.sub("", word)


def door(actor: str, via: str) -> str:
    """By which door somebody came, in words; empty where that says nothing. What this program did for them is told so."""
    if via in {"", actor}:
        return ""
    came = next((form.sub(words, via) for form, words in _DOORS if form.fullmatch(via)), via)
    return f"for whoever came {came}" if actor == SCHEDULER else came


def source(name: str) -> str:
    """From where an item came, in words."""
    return _SOURCES.get(name, f"the website that config.toml calls {name}")


def dollars(micro: int) -> str:
    """`US$0.205`: prices have tenths of a cent."""
    return f"US${micro / MICRO:.3f}"


def told(action: str, detail: object, zone_name: str) -> list[tuple[str, str]]:
    """What an event says beside what happened, name by name; what is empty, and what only a program wants, is left out."""
    hidden = _OF_PROGRAMS.get(action, frozenset())
    if not isinstance(detail, dict):  # a hand wrote what no event says
        return []
    given = {name: value for name, value in detail.items() if name not in hidden}
    return list(_told(given, zone_name))


def _told(detail: Mapping[str, Any], zone_name: str) -> Iterator[tuple[str, str]]:
    in_all = {"cost": "cost in all"} if "deletion" in detail else {}
    for name, value in detail.items():
        if name == "changed" and isinstance(value, dict):
            yield from _changed(value, zone_name)
        elif name == "by hand":
            yield ("how", "by hand") if value else ("how", "by this program")
        elif words := _words(name, value, zone_name):
            yield in_all.get(name) or _NAMES.get(name, name.replace("_", " ")), words


def _changed(columns: Mapping[str, Any], zone_name: str) -> Iterator[tuple[str, str]]:
    """What was changed of an entry, from what to what."""
    for name, values in columns.items():
        if isinstance(values, list) and len(values) == 2:  # noqa: PLR2004  # before and after
            before, after = (_words(name, value, zone_name) or _nothing(name) for value in values)
            yield _NAMES.get(name, name.replace("_", " ")), f"from {before} to {after}"


def _nothing(name: str) -> str:
    return "all" if name in _ALL else "none"


def _words(name: str, value: Any, zone_name: str) -> str:
    """A value in words; empty where it says nothing. No and 0 say something."""
    match name, value:
        case ("cost" | "deletion", int()) if abs(value) < _ABSURD:
            return dollars(value)
        case ("bytes", int()):
            return f"{value:,} bytes"
        case ("outcome", str()):
            return _ANSWERS.get(value.partition("(")[0], value)
        case (_, str()) if name in _LISTS:
            return ", ".join(filter(None, value.split(",")))
    return _value(value, zone_name)


def _value(value: Any, zone_name: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return _text(value, zone_name)
        case dict():
            return "; ".join(f"{name}: {words}" for name, words in _told(value, zone_name))
        case list() | tuple():
            return ", ".join(filter(None, (_value(inner, zone_name) for inner in value)))
    return str(value)


def _text(value: str, zone_name: str) -> str:
    with contextlib.suppress(ValueError, OverflowError):  # digits that are no day stay as they are
        if _DAY.fullmatch(value):
            day = date.fromisoformat(value)
            return f"{day.day} {day:%b %Y}"
        if _MOMENT.fullmatch(value) and (moment := datetime.fromisoformat(value)).tzinfo:
            there = local(moment, zone_name)
            return f"{there.day} {there:%b %Y, %H:%M}"
    return readable(value)
