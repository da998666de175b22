"""Rules as an officer reads and changes them: TOML files, checked here, with every fault named by file and rule.

A rule whose detector, field or table does not exist is not refused here: it is kept, and the gate turns it into a
finding for review, so that a slip in a rule file can never let something through.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from publisher.errors import ConfigError
from publisher.model import Kind, Severity
from publisher.policy.registers import Registers

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


_TEXTS = (
    "id",
    "title",
    "clause",
    "severity",
    "detector",
    "message",
    "remedy",
    "evidence",
    "override",
    "status",
    "since",
)
_LISTS = ("fields", "channels", "kinds")
_MAPPINGS = ("parameters", "examples")
_KNOWN = {*_TEXTS, *_LISTS, *_MAPPINGS, "review_date", "private"}
_NEEDED = ("id", "title", "clause", "severity", "detector", "fields", "message", "remedy")


def read(folders: Sequence[Path]) -> RuleBook:
    """The rules of all folders. A later folder's rule adds to or changes the earlier one of the same id.

    Raises ConfigError that names the file, the rule and the reason.
    """
    raw: dict[str, dict[str, Any]] = {}
    origin: dict[str, str] = {}
    tables: dict[str, tuple[str, ...]] = {}
    for folder in folders:
        for file in sorted(folder.glob("*.toml")):
            content = _content(file)
            tables |= _tables(content, file)
            for entry in _entries(content, file):
                raw[entry["id"]] = _merged(raw.get(entry["id"], {}), entry)
                origin[entry["id"]] = file.name
    rules = {name: _rule(entry, origin[name]) for name, entry in sorted(raw.items())}
    tables[ACCEPTING] = tuple(name for name, rule in rules.items() if rule.evidence)
    return RuleBook(rules, dict(sorted(tables.items())))


def _content(file: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(file.name, "", f"cannot be read: {error}") from error  # tomllib names line and column
    if unknown := sorted(set(content) - {"rule", "tables"}):
        raise _wrong(
            file.name, "", f"there is no {unknown[0]!r} in a rule file; it has [[rule]] and [tables]"
        )
    return content


def _tables(content: Mapping[str, Any], file: Path) -> dict[str, tuple[str, ...]]:
    tables = content.get("tables", {})
    for name, values in tables.items() if isinstance(tables, dict) else [("tables", tables)]:
        if not _is_texts(values):
            raise _wrong(file.name, "", f"the table {name} must be a list of texts")
    return {name: tuple(values) for name, values in tables.items()}


def _entries(content: Mapping[str, Any], file: Path) -> list[dict[str, Any]]:
    entries = content.get("rule", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _wrong(file.name, "", "rules are written as [[rule]]")
    seen: set[str] = set()
    for position, entry in enumerate(entries, 1):
        name = entry.get("id")
        if not isinstance(name, str) or not name:
            raise _wrong(file.name, f"number {position}", "it has no id")
        if name in seen:
            raise _wrong(file.name, name, "it is there twice")
        seen.add(name)
    return entries


def _merged(earlier: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """Only what the later file says is changed; parameters one by one."""
    merged = earlier | entry
    if isinstance(earlier.get("parameters"), dict) and isinstance(entry.get("parameters"), dict):
        merged["parameters"] = earlier["parameters"] | entry["parameters"]
    return merged


def _rule(entry: Mapping[str, Any], file: str) -> Rule:
    name = entry["id"]
    _check_shape(entry, name, file)
    if name.partition(".")[0] not in CATEGORIES or "." not in name:
        raise _wrong(file, name, "an id is CATEGORY.NAME with one of these: " + ", ".join(sorted(CATEGORIES)))
    values = dict(entry)
    for key, choice in (("severity", Severity), ("status", Status)):
        if key in values:
            values[key] = _choice(values[key], choice, key, name, file)
    values["kinds"] = tuple(_choice(kind, Kind, "kinds", name, file) for kind in values.get("kinds", ()))
    values |= {key: tuple(values.get(key, ())) for key in ("fields", "channels")}
    return Rule(**values)


def _check_shape(entry: Mapping[str, Any], name: str, file: str) -> None:
    if missing := [key for key in _NEEDED if not entry.get(key)]:
        raise _wrong(file, name, f"{missing[0]} is missing")
    if unknown := sorted(set(entry) - _KNOWN):
        raise _wrong(file, name, f"there is no {unknown[0]!r} in a rule; it has {', '.join(sorted(_KNOWN))}")
    for key, right, shape in _shapes(entry):
        if not right:
            raise _wrong(file, name, f"{key} must be {shape}")


def _shapes(entry: Mapping[str, Any]) -> Iterator[tuple[str, bool, str]]:
    """Each key of a rule, whether its value has the right shape, and which that is."""
    yield from ((key, isinstance(entry.get(key, ""), str), "a text") for key in _TEXTS)
    yield from ((key, _is_texts(entry.get(key, [])), "a list of texts") for key in _LISTS)
    yield from ((key, isinstance(entry.get(key, {}), dict), "a table") for key in _MAPPINGS)
    yield "private", isinstance(entry.get("private", False), bool), "true or false"
    yield "review_date", type(entry.get("review_date", date.min)) is date, "a date like 2027-01-31"
    for key, value in entry.get("parameters", {}).items():
        yield f"parameters.{key}", _is_plain(value), "a text, a number, true or false, or a list of these"


def _choice(value: Any, kind: type[Any], key: str, name: str, file: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise _wrong(
            file, name, f"{key} is {value!r}, but must be one of {', '.join(str(member) for member in kind)}"
        ) from None


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) or (
        isinstance(value, list) and all(map(_is_plain, value))
    )


def _wrong(file: str, rule: str, reason: str) -> ConfigError:
    where = f"{file}, rule {rule}" if rule else file
    return ConfigError(
        f"{where}: {reason}", field="policy.rules", way_out="Mend the rule file, then try again."
    )
