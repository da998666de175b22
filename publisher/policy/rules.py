"""Rules as an officer reads and changes them: TOML files, checked here, with every fault named by file, line and rule.

A rule whose detector, field or table does not exist is not refused here: it is kept, and the gate turns it into a
finding for review, so that a slip in a rule file can never let something through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from publisher.model import Kind, Severity
from publisher.policy import patterns, slips
from publisher.policy.registers import ALL, Registers
from publisher.policy.rulefile import Entry, RuleFile, Shape, demand_keys, is_texts, read_file

BUILT_IN = Path(__file__).parent / "rules"
CATEGORIES = frozenset(
    [
        "officer",
        "link",
        "one-way",
        "third-party",
        "personal-data",
        "marking",
        "commercial",
        "internal-workings",
        "consent",
        "chain-mail",
        "junk",
        "joke",
        "gossip",
        "discrimination",
        "abuse",
        "sexual",
        "violence",
        "illegal",
        "gambling",
        "drugs",
        "alcohol",
        "defamation",
        "disrepute",
        "political",
        "accessibility",
        "format",
    ]
)
"""What a rule's id may begin with (DESIGN §5)."""
TABLE = "table:"
"""A parameter `table:NAME` stands for the list of that name in `[tables]` of any rule file."""
ACCEPTING = "accepting_evidence"
"""The table of the rules that accept evidence; made here, from the rules themselves."""
OVERRIDERS = ("approver", "director", "monitoring officer")
"""Who may let a finding go (DESIGN §2, roles); an officer alone may not."""
EXEMPT_AS = "exempt_as"
"""The parameter of a rule from which an election's exemption may exempt: the name for it, the rule's id."""
PLACEHOLDERS = ("{text}", "{channel}")
"""What a message may leave open."""
PATTERNS = ("phrases", "unless", "only_with", "not_after", "not_before")
"""The parameters that are lists of expressions."""


class Status(StrEnum):
    """Whether a rule acts, is only watched, or is kept for the record."""

    ACTIVE = "active"
    SHADOW = "shadow"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the gate's table. `clause` cites the policy; `evidence` says what satisfies it, empty if nothing does.

    `override` is the role that may let a finding of it go, empty if nobody may; `private` hides what was found.
    """

    id: str
    title: str
    clause: str
    severity: Severity
    detector: str
    fields: tuple[str, ...]
    message: str
    remedy: str
    channels: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    evidence: str = ""
    override: str = ""
    private: bool = False
    status: Status = Status.ACTIVE
    since: str = ""
    review_date: date | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    examples: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules by id, and all tables by name."""

    rules: Mapping[str, Rule]
    tables: Mapping[str, tuple[str, ...]]
    registers: Registers = field(default_factory=Registers)


_LONGEST_NAME = 60
_OPEN = re.compile(r"\{[^{}]{0,60}\}")
_IN_A_FILE = frozenset({"rule", "tables", "more", "election", "site"})


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _one_of(choices: Sequence[str]) -> Shape:
    return (lambda value: isinstance(value, str) and value in set(choices)), "one of " + ", ".join(choices)


_TEXT: Shape = (_is_text, "a text")
_TEXTS: Shape = (is_texts, "a list of texts")
_TABLE: Shape = (lambda value: isinstance(value, dict), "a table")
_SHAPES: Mapping[str, Shape] = {
    "id": _TEXT, "title": _TEXT, "clause": _TEXT, "severity": _one_of(tuple(Severity)), "detector": _TEXT,
    "message": _TEXT, "remedy": _TEXT, "evidence": _TEXT,
    "override": (lambda value: value in ("", *OVERRIDERS), "one of " + ", ".join(OVERRIDERS)),
    "status": _one_of(tuple(Status)), "since": _TEXT, "fields": _TEXTS, "channels": _TEXTS,
    "kinds": (lambda value: is_texts(value) and set(value) <= set(Kind), "a list of " + ", ".join(Kind)),
    "private": (lambda value: isinstance(value, bool), "true or false"),
    "review_date": (lambda value: type(value) is date, "a date like 2027-01-31"),
    "parameters": _TABLE, "examples": _TABLE,
}  # fmt: skip
_NEEDED = ("id", "title", "clause", "severity", "detector", "fields", "message", "remedy")


@dataclass(slots=True)
class _Draft:
    """What the files read so far say. `said` holds the entries of each rule, `listed` where each table comes from.

    `here` are the tables of the folder that is being read: two files that fill one list would undo each other.
    """

    said: dict[str, list[Entry]] = field(default_factory=dict)
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    here: set[str] = field(default_factory=set)
    listed: dict[str, list[Entry]] = field(default_factory=dict)
    more: list[Entry] = field(default_factory=list)
    own_tables: list[Entry] = field(default_factory=list)
    registers: Registers = field(default_factory=Registers)
    elections: list[Entry] = field(default_factory=list)


def read(folders: Sequence[Path]) -> RuleBook:
    """The rules of all folders. A later folder's rule adds to or changes the earlier one of the same id.

    Raises ConfigError that names the file, the line, the rule and the reason.
    """
    draft = _Draft()
    for folder in folders:
        draft.here = set()
        for file in files_of(folder):
            _add(draft, read_file(file, _IN_A_FILE), is_own=folder != folders[0])
    for entry in draft.more:
        _lengthen(draft, entry)
    rules = {name: _rule(entries, draft) for name, entries in sorted(draft.said.items())}
    _check_exemptions(draft.elections, rules)
    slips.demand_used(draft.own_tables, _tables_used(rules))
    slips.demand_small([*draft.own_tables, *draft.more], _tables_of_phrases(rules))
    draft.tables[ACCEPTING] = tuple(name for name, rule in rules.items() if rule.evidence)
    return RuleBook(rules, dict(sorted(draft.tables.items())), draft.registers)


def _tables_of_phrases(rules: Mapping[str, Rule]) -> set[str]:
    """The lists that are looked for as they are."""
    named = (rule.parameters.get(slips.PHRASES) for rule in rules.values())
    return {name.removeprefix(TABLE) for name in named if isinstance(name, str)}


def files_of(folder: Path) -> list[Path]:
    """The rule files of a folder, in their order. What an editor leaves under a name that begins with a dot is none."""
    return sorted(folder.glob("[!.]*.toml"))


def _tables_used(rules: Mapping[str, Rule]) -> frozenset[str]:
    values = (value for rule in rules.values() for value in rule.parameters.values())
    return frozenset(
        value.removeprefix(TABLE) for value in values if isinstance(value, str) and value.startswith(TABLE)
    )


def _add(draft: _Draft, file: RuleFile, *, is_own: bool) -> None:
    tables, more = file.table("tables"), file.table("more")
    for entry in (tables, more):
        for name, values in entry.values.items():
            if not is_texts(values):
                raise entry.wrong(f"the table {name} must be a list of texts", name)
    if twice := sorted(draft.here & set(tables.values)):
        raise tables.wrong(f"the table {twice[0]} is in another file of this folder already", twice[0])
    draft.here |= set(tables.values)
    draft.tables |= {name: tuple(values) for name, values in tables.values.items()}
    draft.listed |= {name: [tables] for name in tables.values}
    draft.more += [more] if more.values else []
    draft.own_tables += [tables] if is_own else []
    for entry in file.entries("rule", "id"):
        _check(entry)
        if is_own:
            slips.demand_known(entry, draft.said)
        draft.said.setdefault(entry.name, []).append(entry)
    for kind, key in (("election", "id"), ("site", "host")):
        for entry in file.entries(kind, key):
            draft.registers = draft.registers.with_entry(entry)
            draft.elections += [entry] if kind == "election" else []


def _check_exemptions(elections: Sequence[Entry], rules: Mapping[str, Rule]) -> None:
    """Raises ConfigError for an exemption from a rule that no election calls up: it would exempt from nothing."""
    known = [
        ALL,
        *sorted({str(rule.parameters[EXEMPT_AS]) for rule in rules.values() if EXEMPT_AS in rule.parameters}),
    ]
    for entry in elections:
        for number, exemption in enumerate(entry.values.get("exempt", ())):
            if exemption["what"] not in known:
                raise entry.wrong(
                    f"what is {exemption['what']!r}, but must be one of {', '.join(known)}",
                    f"exempt[{number}].what",
                )


def _lengthen(draft: _Draft, more: Entry) -> None:
    """What `[more]` adds to tables, wherever these come from."""
    for name, values in more.values.items():
        if name not in draft.tables:
            raise more.wrong(f"there is no table {name!r} to add to; [tables] makes one", name)
        draft.tables[name] += tuple(value for value in values if value not in draft.tables[name])
        draft.listed[name].append(more)


def _check(entry: Entry) -> None:
    """What one file says of a rule, by itself: it may say only a part of it."""
    demand_keys(entry, _SHAPES, ("id",))
    category, _, name = entry.name.partition(".")
    if category not in CATEGORIES or not name:
        raise entry.wrong("an id is CATEGORY.NAME with one of these: " + ", ".join(sorted(CATEGORIES)), "id")
    for found in _OPEN.findall(entry.values.get("message", "")):
        if found not in PLACEHOLDERS:
            raise entry.wrong(f"the message has {found}; it may have {' and '.join(PLACEHOLDERS)}", "message")
    for key, value in entry.values.get("parameters", {}).items():
        if not _is_plain(value):
            raise entry.wrong(
                f"parameters.{key} must be a text, a number, true or false, or a list of these",
                f"parameters.{key}",
            )


def _rule(entries: Sequence[Entry], draft: _Draft) -> Rule:
    merged: dict[str, Any] = {}
    for entry in entries:
        merged = _merged(merged, entry.values)
    last = entries[-1]
    demand_keys(replace(last, values=merged), _SHAPES, _NEEDED)
    for entry in entries:
        _check_patterns(entry, draft)
    values = dict(merged) | {
        "severity": Severity(merged["severity"]),
        "status": Status(merged.get("status", "active")),
    }
    values["kinds"] = tuple(Kind(kind) for kind in merged.get("kinds", ()))
    return Rule(**values | {key: tuple(merged.get(key, ())) for key in ("fields", "channels")})


def _merged(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Only what the later file says is changed; parameters one by one."""
    both = {**earlier.get("parameters", {}), **later.get("parameters", {})}
    return {**earlier, **later, **({"parameters": both} if both else {})}


def _check_patterns(entry: Entry, draft: _Draft) -> None:
    """Raises ConfigError that names the first expression that RE2 does not take, and where it is written."""
    for key in PATTERNS:
        value = entry.values.get("parameters", {}).get(key)
        name = value.removeprefix(TABLE) if isinstance(value, str) else ""
        listed = draft.tables.get(name, ()) if name else tuple(value) if is_texts(value) else ()
        if not listed or _are_readable(listed):
            continue
        phrase, reason = next((one, told) for one in listed if (told := patterns.refusal(one)))
        where, at = _source_of(phrase, entry, f"parameters.{key}", draft.listed.get(name, ()), name)
        raise where.wrong(f"{phrase[:_LONGEST_NAME]!r} is no expression: {reason}", at)


def _are_readable(phrases: tuple[str, ...]) -> bool:
    try:
        patterns.demand_readable(phrases)
    except patterns.PatternError:
        return False
    return True


def _source_of(phrase: str, entry: Entry, key: str, tables: Sequence[Entry], name: str) -> tuple[Entry, str]:
    """The entry and key in which a phrase is written: the rule's own, or those of its table."""
    return next(((table, name) for table in tables if phrase in table.values.get(name, ())), (entry, key))


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) or (
        isinstance(value, list) and all(map(_is_plain, value))
    )
