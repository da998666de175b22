"""Rules as an officer reads and changes them: TOML files, checked here, with every fault named by file, line and rule.

A rule whose field or table does not exist is not refused here: it is kept, and the gate turns it into a finding for
review, so that a slip in a rule file can never let something through (see `lacking`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from publisher.model import Kind, Severity
from publisher.nearest import near
from publisher.policy import parameters, slips
from publisher.policy.parameters import PARAMETERS
from publisher.policy.registers import ALL, Registers
from publisher.policy.rulefile import Entry, RuleFile, Shape, demand_keys, is_texts, read_file
from publisher.policy.subject import FIELDS

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
CLAUSES = ("1", "2", "3", "4", "5", "5a", "5b", "5c", "5d", "5e", "5f", "6", "7")
"""What a rule may cite. SOURCE: the council's Social Media Policy, sections 1 to 7 and the paragraphs of section 5."""
CITABLE = "clauses"
"""The name of that list for `[more]`; no detector looks at it."""
TABLE = parameters.TABLE
"""A parameter `table:NAME` stands for the list of that name in `[tables]` of any rule file."""
ACCEPTING = "accepting_evidence"
"""The table of the rules that accept evidence; made here, from the rules themselves."""
KEPT = 8
"""Rule books, and what is worked out from each, that a process keeps: a server has one, tests have some."""
OVERRIDERS = ("approver", "director", "monitoring officer")
"""Who may let a finding go (DESIGN §2, roles); an officer alone may not."""
EXEMPT_AS = "exempt_as"
"""The parameter of a rule from which an election's exemption may exempt: the name for it, the rule's id."""
PLACEHOLDERS = ("{text}", "{channel}")
"""What a message may leave open."""


class Status(StrEnum):
    """Whether a rule acts, is only watched, or is kept for the record."""

    ACTIVE = "active"
    SHADOW = "shadow"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the gate's table. `clause` cites the policy; `evidence` says what satisfies it, empty if nothing does.

    `override` is the role that may let a finding of it go, empty if nobody may; `private` hides what was found.
    `told_once`: what it finds in a text speaks of that text as a whole (publisher/policy/findings.py).
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
    told_once: bool = False
    status: Status = Status.ACTIVE
    since: str = ""
    review_date: date | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    examples: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class RuleBook:
    """All rules by id, and all tables by name. It never changes: what is worked out from it is kept by it."""

    rules: Mapping[str, Rule]
    tables: Mapping[str, tuple[str, ...]]
    registers: Registers = field(default_factory=Registers)


_OPEN = re.compile(r"\{[^{}]{0,60}\}")
_NOT_TO_REPLACE = {
    ACCEPTING: "is made from the rules that accept evidence",
    CITABLE: "is our policy's; [more] adds to it",
}
_IN_A_FILE = frozenset({"rule", "tables", "more", "election", "site"})


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_examples(value: Any) -> bool:
    """Texts are summaries; tables are items (publisher/policy/examples.py)."""
    return (
        isinstance(value, dict)
        and value.keys() <= {slips.FLAG, slips.PASS}
        and all(isinstance(some, list) for some in value.values())
        and all(isinstance(one, str | dict) for some in value.values() for one in some)
    )


def _one_of(choices: Sequence[str]) -> Shape:
    return (lambda value: isinstance(value, str) and value in set(choices)), "one of " + ", ".join(choices)


_TEXT: Shape = (_is_text, "a text")
_TEXTS: Shape = (is_texts, "a list of texts")
_TABLE: Shape = (lambda value: isinstance(value, dict), "a table")
_FLAG: Shape = (lambda value: isinstance(value, bool), "true or false")
_SHAPES: Mapping[str, Shape] = {
    "id": _TEXT, "title": _TEXT, "clause": _TEXT, "severity": _one_of(tuple(Severity)), "detector": _TEXT,
    "message": _TEXT, "remedy": _TEXT, "evidence": _TEXT,
    "override": (lambda value: value in ("", *OVERRIDERS), "one of " + ", ".join(OVERRIDERS)),
    "status": _one_of(tuple(Status)), "since": _TEXT, "fields": _TEXTS, "channels": _TEXTS,
    "kinds": (lambda value: is_texts(value) and set(value) <= set(Kind), "a list of " + ", ".join(Kind)),
    "private": _FLAG, slips.TOLD_ONCE: _FLAG,
    "review_date": (lambda value: type(value) is date, "a date like 2027-01-31"),
    "parameters": _TABLE, "examples": (_is_examples, "flag and pass alone, each a list of texts or tables"),
}  # fmt: skip
_NEEDED = ("id", "title", "clause", "severity", "detector", "fields", "message", "remedy")


@dataclass(slots=True)
class _Draft:
    """What the files read so far say. `said` holds the entries of each rule; the council's own are also in `own`.

    `here` says of each rule and table of the folder that is being read which file has it: two files that say
    something of one would undo each other.
    """

    said: dict[str, list[Entry]] = field(default_factory=dict)
    own: list[Entry] = field(default_factory=list)
    tables: dict[str, tuple[str, ...]] = field(default_factory=lambda: {CITABLE: CLAUSES})
    here: dict[tuple[str, str], str] = field(default_factory=dict)
    more: list[Entry] = field(default_factory=list)
    own_tables: list[Entry] = field(default_factory=list)
    registers: Registers = field(default_factory=Registers)
    elections: list[Entry] = field(default_factory=list)


def read(folders: Sequence[Path], channels: Collection[str] = ()) -> RuleBook:
    """The rules of all folders. A later folder's rule adds to or changes the earlier one of the same id.

    A council's own rules may be for these `channels`; for any where none is named.
    Raises ConfigError that names the file, the line, the rule and the reason. Texts are looked at where a council wrote them:
    those of the first folder, which are ours, take a while, and tests hold them.
    """
    files = [tuple(read_file(file, _IN_A_FILE) for file in files_of(folder)) for folder in folders]
    own = [folder != folders[0] for folder in folders]
    return _book(tuple(zip(files, own, strict=True)), tuple(channels))


@lru_cache(KEPT)
def _book(folders: tuple[tuple[tuple[RuleFile, ...], bool], ...], channels: tuple[str, ...]) -> RuleBook:
    """Worked out once for a process, as long as the files say the same; what is wrong is told each time, with its file."""
    draft = _Draft()
    for files, is_own in folders:
        draft.here = {}
        for file in files:
            _add(draft, file, is_own=is_own)
    for entry in draft.more:
        _lengthen(draft, entry)
    rules = {name: _rule(entries) for name, entries in sorted(draft.said.items())}
    clauses = draft.tables.pop(CITABLE)
    _check_names(draft, rules, clauses)
    if channels:
        slips.demand_channels(draft.own, channels)
    slips.demand_texts(draft.own, [*draft.own_tables, *draft.more], rules)
    draft.tables[ACCEPTING] = tuple(name for name, rule in rules.items() if rule.evidence)
    return RuleBook(rules, dict(sorted(draft.tables.items())), draft.registers)


def lacking(rule: Rule, book: RuleBook) -> str:
    """What the rule names and is not there, so that the gate cannot apply it; empty where it can."""
    if unknown := sorted(set(rule.fields) - FIELDS):
        return f"there is no field {unknown[0]!r}{near(unknown[0], FIELDS)}"
    if rule.detector not in PARAMETERS:
        return f"there is no detector {rule.detector!r}"
    tables = (name for _, name in slips.tables_of(rule) if name not in book.tables)
    return next((f"there is no table {name!r}{near(name, book.tables)}" for name in tables), "")


def files_of(folder: Path) -> list[Path]:
    """The rule files of a folder, in their order. What an editor leaves under a name that begins with a dot is none.

    Raises ConfigError for a file that is meant as one and would not be read, and for a folder that cannot be.
    """
    slips.demand_no_strays(folder)
    return sorted(folder.glob("[!.]*.toml"))


def _check_names(draft: _Draft, rules: Mapping[str, Rule], clauses: Sequence[str]) -> None:
    """Raises ConfigError for a name of what is not there, or of what nothing asks for."""
    _check_exemptions(draft.elections, rules)
    slips.demand_used(
        draft.own_tables, {name for rule in rules.values() for _, name in slips.tables_of(rule)}
    )
    for name, entries in draft.said.items():
        slips.demand_clauses(entries, clauses)
        if rules[name].detector == slips.NAMES_ITS_OWN:
            slips.demand_filled(entries, rules[name], draft.tables, [*draft.own_tables, *draft.more])


def _add(draft: _Draft, file: RuleFile, *, is_own: bool) -> None:
    tables, more = file.table("tables"), file.table("more")
    for entry in (tables, more):
        for name, values in entry.values.items():
            if not is_texts(values):
                raise entry.wrong(f"the table {name} must be a list of texts", name)
    for name, reason in _NOT_TO_REPLACE.items():
        if name in tables.values:
            raise tables.wrong(f"the table {name} {reason}", name)
    for name in tables.values:
        _demand_first(draft, tables, name, name)
    draft.tables |= {name: tuple(values) for name, values in tables.values.items()}
    draft.more += [more] if more.values else []
    draft.own_tables += [tables] if is_own else []
    for entry in file.entries("rule", "id"):
        _check(entry)
        _demand_first(draft, entry, entry.name, "id")
        slips.demand_known(entry, draft.said)
        draft.said.setdefault(entry.name, []).append(entry)
        draft.own += [entry] if is_own else []
    for kind, key in (("election", "id"), ("site", "host")):
        for entry in file.entries(kind, key):
            draft.registers = draft.registers.with_entry(entry)
            draft.elections += [entry] if kind == "election" else []


def _demand_first(draft: _Draft, entry: Entry, name: str, key: str) -> None:
    """Raises ConfigError for a rule or table that another file of the folder has."""
    first = draft.here.setdefault((entry.kind, name), entry.file)
    if first != entry.file:
        raise entry.wrong(
            f"the {entry.kind} {name} is in {Path(first).name} of the same folder already; write it in one of the two",
            key,
        )


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
            alike = near(name, draft.tables)
            raise more.wrong(f"there is no table {name!r} to add to{alike}; [tables] makes one", name)
        draft.tables[name] += tuple(value for value in values if value not in draft.tables[name])


def _check(entry: Entry) -> None:
    """What one file says of a rule, by itself: it may say only a part of it."""
    demand_keys(entry, _SHAPES, ("id",))
    category, _, name = entry.name.partition(".")
    if category not in CATEGORIES or not name:
        raise entry.wrong("an id is CATEGORY.NAME with one of these: " + ", ".join(sorted(CATEGORIES)), "id")
    for found in _OPEN.findall(entry.values.get("message", "")):
        if found not in PLACEHOLDERS:
            raise entry.wrong(f"the message has {found}; it may have {' and '.join(PLACEHOLDERS)}", "message")


def _rule(entries: Sequence[Entry]) -> Rule:
    merged: dict[str, Any] = {}
    for entry in entries:
        merged = _merged(merged, entry.values)
    whole = replace(entries[-1], values=merged)
    demand_keys(whole, _SHAPES, _NEEDED)
    slips.demand_whole(whole)
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
