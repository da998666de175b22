"""What differs between two rule books, and what that changes, for whoever is about to change the rules. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any

from publisher.item import Item
from publisher.model import Post, Severity, Verdict
from publisher.policy import parameters
from publisher.policy.context import Context
from publisher.policy.gate import Gate
from publisher.policy.parameters import PARAMETERS, Sense
from publisher.policy.registers import Registers
from publisher.policy.rules import ACCEPTING, TABLE, Rule, RuleBook, Status

NESTED = ("parameters", "examples")
"""Keys of a rule that hold keys of their own; they are compared one by one."""

NAMED = 3
"""Entries of a list that are named, where it lost or gained more."""


class Change(StrEnum):
    """What became of a rule, a table or an entry of a register."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Part:
    """One value that differs. Of two lists only what came and what went is kept, in `added` and `removed`."""

    key: str
    before: Any = None
    after: Any = None
    added: tuple[Any, ...] = ()
    removed: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule, table or entry of a register (`kind`) that the two books do not share, or not alike."""

    kind: str
    name: str
    change: Change
    parts: tuple[Part, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The difference as plain JSON values."""
        parts = [{key: _plain(value) for key, value in asdict(part).items()} for part in self.parts]
        return {"kind": self.kind, "name": self.name, "change": self.change.value, "parts": parts}


def differences(before: RuleBook, after: RuleBook) -> list[Difference]:
    """All differences: rules first, then tables, then the registers; each by name.

    Examples are compared where both books have any: what is stored of a policy has none.
    """
    nested = NESTED if _has_examples(before) and _has_examples(after) else ("parameters",)
    one, other = (
        {name: _flat(rule, nested) for name, rule in book.rules.items()} for book in (before, after)
    )
    rules = _between("rule", one, other)
    tables = _between("table", _tables(before), _tables(after))
    return [*rules, *tables, *_registers(before.registers, after.registers)]


def weaker(before: RuleBook, after: RuleBook) -> Iterator[str]:
    """What the later book lets through that the earlier one did not, in words: one line for each rule and reason."""
    for name, rule in before.rules.items():
        if rule.status is not Status.ACTIVE:
            continue
        other = after.rules.get(name)
        found = (
            ["is no longer there"]
            if other is None
            else [*_weakened(rule, other), *_loosened(before, after, rule, other)]
        )
        yield from (f"{name} {words}" for words in found)


def _weakened(one: Rule, other: Rule) -> list[str]:
    severities = list(Severity)
    lower = severities.index(other.severity) > severities.index(one.severity)
    checks = (
        (other.status is not Status.ACTIVE, f"is {other.status}, so it stops nothing"),
        (lower, f"only asks for {other.severity}, not {one.severity}"),
        (bool(other.override) and not one.override, f"may be let go by {other.override}, before by nobody"),
        (bool(other.evidence) and not one.evidence, "is satisfied by evidence now"),
        (one.private and not other.private, "shows the private details that it finds"),
        (not set(one.fields) <= set(other.fields), f"looks only at {', '.join(other.fields)}"),
        (_is_narrower(one.kinds, other.kinds), f"is only for {', '.join(other.kinds)}"),
        (_is_narrower(one.channels, other.channels), f"is only for {', '.join(other.channels)}"),
    )
    return [words for holds, words in checks if holds]


def _is_narrower(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether it leaves something out; an empty list is for everything."""
    return bool(other) and not (one and set(one) <= set(other))


def _loosened(before: RuleBook, after: RuleBook, one: Rule, other: Rule) -> Iterator[str]:
    """What the parameters no longer find, or excuse now; another detector takes them otherwise, so it is told alone."""
    if other.detector != one.detector:
        yield f"is looked for by the detector {other.detector}, not {one.detector}"
        return
    for key in sorted(one.parameters.keys() | other.parameters.keys()):
        parameter = parameters.of(one.detector, key) if one.detector in PARAMETERS else None
        if parameter is None or parameter.sense is None:
            continue
        here, there = one.parameters.get(key), other.parameters.get(key)
        if all(value is None or isinstance(value, int) for value in (here, there)):
            yield from _let_through(key, parameter.sense, here, there)
        elif not (parameter.sense is Sense.EXCUSES and here == there and not _words(before, one, key)):
            yield from _of_words(key, parameter.sense, _words(before, one, key), _words(after, other, key))


def _let_through(key: str, sense: Sense, here: int | None, there: int | None) -> Iterator[str]:
    """A number, or true as 1: none finds nothing, excuses nothing, and asks for nothing."""
    if there is None:
        looser = sense is Sense.FINDS and bool(here)
    elif here is None:
        looser = sense is not Sense.FINDS
    else:
        looser = there > here if sense is Sense.EXCUSES else there < here
    if looser:
        now, earlier = (str(value).lower() for value in (there, here))
        yield f"lets more through: {key} is {now}, before {earlier}"


def _of_words(key: str, sense: Sense, here: Sequence[Any], there: Sequence[Any]) -> Iterator[str]:
    """What a list lost that finds, or gained that excuses; one that is asked for was not before there was any.

    A table that is empty in the earlier book is there for councils to fill: their own numbers are no excuse.
    """
    gone, come = _missing(here, there), _missing(there, here)
    if sense is Sense.EXCUSES and come:
        yield f"lets more through: {len(come)} more in {key}, such as {_some(come)}"
    elif sense is Sense.ASKS and come and not here:
        yield f"lets more through: it needs one of {key}, such as {_some(come)}"
    elif sense is not Sense.EXCUSES and gone and (there or sense is Sense.FINDS):
        yield f"no longer looks for {len(gone)} of its {len(here)} {key}, such as {_some(gone)}"


def _missing(here: Sequence[Any], there: Sequence[Any]) -> list[Any]:
    kept = set(there)
    return [word for word in dict.fromkeys(here) if word not in kept]


def _some(words: Sequence[Any]) -> str:
    return " · ".join(map(str, words[:NAMED]))


def _words(book: RuleBook, rule: Rule, key: str) -> Sequence[Any]:
    value = rule.parameters.get(key, ())
    if isinstance(value, str) and value.startswith(TABLE):
        return book.tables.get(value.removeprefix(TABLE), ())
    return value if isinstance(value, list | tuple) else ()


def _has_examples(book: RuleBook) -> bool:
    return any(rule.examples for rule in book.rules.values())


def _between(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield Difference(kind, name, Change.ADDED, tuple(_parts({}, after[name])))
        elif name not in after:
            yield Difference(kind, name, Change.REMOVED)
        elif parts := tuple(_parts(before[name], after[name])):
            yield Difference(kind, name, Change.CHANGED, parts)


def _parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Part]:
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key), after.get(key)
        if one == other and type(one) is type(other):  # 0 equals false, and is another setting
            continue
        if all(value is None or isinstance(value, list) for value in (one, other)):
            yield _of_lists(key, one or [], other or [])
        else:
            yield Part(key, one, other)


def _of_lists(key: str, before: Sequence[Any], after: Sequence[Any]) -> Part:
    added = tuple(value for value in after if value not in before)
    removed = tuple(value for value in before if value not in after)
    moved = not (added or removed)  # another order, or one more of the same
    return Part(key, before if moved else None, after if moved else None, added, removed)


def _flat(rule: Rule, nested: Sequence[str]) -> dict[str, Any]:
    """The rule's keys that say something, with those of the nested ones beside the others."""
    own = {key: _plain(value) for key, value in asdict(rule).items() if key not in (*NESTED, "id")}
    flat = {key: value for key, value in own.items() if value not in ("", None, [], False)}
    for outer in nested:  # of these, false and 0 are values like any other
        flat |= {f"{outer}.{key}": _plain(value) for key, value in getattr(rule, outer).items()}
    return flat


def _tables(book: RuleBook) -> dict[str, dict[str, Any]]:
    """Each table's words; the table that the program makes from the rules is no news."""
    return {name: {"words": list(words)} for name, words in book.tables.items() if name != ACCEPTING}


def _registers(before: Registers, after: Registers) -> Iterator[Difference]:
    for register in fields(Registers):
        one, other = (entries(getattr(book, register.name)) for book in (before, after))
        yield from _between(register.name, one, other)


def entries(register: Any) -> dict[str, dict[str, Any]]:
    """The entries of a register by the name they are known by, as plain values."""
    found = (
        register.items() if isinstance(register, Mapping) else ((_name(entry), entry) for entry in register)
    )
    return {str(name): _entry(entry) for name, entry in found}


def _name(entry: Any) -> str:
    """The entry's first value is what it is known by, such as an election's or a site's name."""
    return str(getattr(entry, fields(entry)[0].name)) if is_dataclass(entry) else str(entry)


def _entry(entry: Any) -> dict[str, Any]:
    if is_dataclass(entry) and not isinstance(entry, type):
        return {key: _plain(value) for key, value in asdict(entry).items()}
    return {"value": _plain(entry)}


def _plain(value: Any) -> Any:
    """As plain JSON values, so that what was stored and what was read compare alike."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@dataclass(frozen=True, slots=True)
class Case:
    """An item as it meets the gate."""

    id: str | None
    item: Item
    posts: tuple[Post, ...]
    context: Context


@dataclass(frozen=True, slots=True)
class Otherwise:
    """An item on which two gates do not agree: rules that `came` and `went`, each with its severity."""

    case: Case
    before: Verdict
    after: Verdict

    @property
    def came(self) -> tuple[str, ...]:
        """Findings that only the later gate has, as `rule (severity)`."""
        return tuple(sorted(_found(self.after) - _found(self.before)))

    @property
    def went(self) -> tuple[str, ...]:
        """Findings that only the earlier gate had, as `rule (severity)`."""
        return tuple(sorted(_found(self.before) - _found(self.after)))


def judged_otherwise(before: Gate, after: Gate, cases: Iterable[Case]) -> Iterator[Otherwise]:
    """The cases on which the outcome or the rules that speak differ."""
    for case in cases:
        one, other = (gate.check(case.item, case.posts, case.context) for gate in (before, after))
        if one.outcome is not other.outcome or _found(one) != _found(other):
            yield Otherwise(case, one, other)


def _found(verdict: Verdict) -> set[str]:
    return {f"{finding.rule} ({finding.severity})" for finding in verdict.findings}
