"""What a hand slips on in rule files: names that are right by their shape and mean nothing, and values that find nothing.

A misspelt name would change nothing and say so to nobody. It is refused, with the nearest name that there is. So is a
file with rules where none is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.errors import ConfigError
from publisher.nearest import near
from publisher.policy import parameters
from publisher.policy.parameters import OPEN, PARAMETERS, TABLE
from publisher.policy.rulefile import TWICE, Entry

if TYPE_CHECKING:
    from publisher.policy.rules import Rule

FLAG, PASS = "flag", "pass"
"""The two kinds of examples: what a rule must flag, and what it must let pass."""
QUIET_BESIDE, TOLD_ONCE = parameters.QUIET_BESIDE, "told_once"
NAMES_ITS_OWN = "hostility"
"""The detector whose forms name the parameters that fill them."""
RULES = ".toml"
"""How the name of a rule file ends."""
_LIKE_RULES = re.compile(r"\.to?ml", re.IGNORECASE)
"""In a name that was meant to end so: `.TOML`, `.tml`, `.toml.txt`."""
_LEFT_ALONE = re.compile(r"[.#].*|.*(?:~|\.(?:bak|old|orig|save|swp|tmp))", re.IGNORECASE)
"""Hidden files, and what editors and careful hands keep beside a file."""
BACKSPACE = "\b"
"""What TOML makes of `\\b` in double quotes, where the end of a word was meant."""
_SLOT = re.compile(r"\{([a-z_]{1,30})\*?\}")
_SHOWN = 60


def demand_no_strays(folder: Path, below: str = "") -> None:
    """Raises ConfigError for a file that by its name holds rules, and is not read: they would not act, and nobody would know.

    It is in a folder `below` the rules, or its name ends otherwise. Links to folders are followed once, so that none leads round.
    """
    try:
        for entry in sorted(folder.iterdir()):
            name = f"{below}/{entry.name}".lstrip("/")
            if _LEFT_ALONE.fullmatch(entry.name) or (not below and entry.name.endswith(RULES)):
                continue
            if entry.is_dir() and not (below and entry.is_symlink()):
                demand_no_strays(entry, name)
            elif _LIKE_RULES.search(entry.name):
                raise _misplaced(entry, below) if below else _misnamed(entry)
    except OSError as error:
        raise _stray(folder, f"cannot be read: {error.strerror}", "Let the program read it.") from error


def _misplaced(file: Path, below: str) -> ConfigError:
    way_out = f"Move it up out of {below}, or away from the rules."
    return _stray(file, "no rules are read from a folder below that of the rules", way_out)


def _misnamed(file: Path) -> ConfigError:
    right = f"{_LIKE_RULES.split(file.name)[0]}{RULES}"
    way_out = f"Call it {right}; or {file.name}.bak, if it should not act."
    return _stray(file, f"only files whose names end in {RULES} are read", way_out)


def _stray(path: Path, reason: str, way_out: str) -> ConfigError:
    return ConfigError(f"{path}: {reason}", field="policy.rules", way_out=way_out)


def demand_known(entry: Entry, said: Mapping[str, Sequence[Entry]]) -> None:
    """Raises ConfigError for a rule to change that is not there, and for a detector, parameter or value that is none."""
    earlier = said.get(entry.name, ())
    detector = next(
        (each.values["detector"] for each in (entry, *reversed(earlier)) if "detector" in each.values), ""
    )
    if not earlier and not detector:
        raise entry.wrong(
            f"there is no rule of that name to change{near(entry.name, said)}; a new one needs a detector",
            "id",
        )
    if detector not in PARAMETERS:
        raise entry.wrong(
            f"there is no detector {detector!r}{near(detector, PARAMETERS)}; docs/rules.md lists them",
            "detector",
        )
    for key, value in entry.values.get("parameters", {}).items():
        _demand_right(entry, detector, key, value)


def _demand_right(entry: Entry, detector: str, key: str, value: Any) -> None:
    place = f"parameters.{key}"
    known = [name for name in (*PARAMETERS[detector], QUIET_BESIDE) if name != OPEN]
    parameter = parameters.of(detector, key)
    if parameter is None:
        raise entry.wrong(
            f"the detector {detector} has no parameter {key!r}{near(key, known)}; it has {', '.join(sorted(known))}",
            place,
        )
    right, said = parameter.shape
    if not right(value):
        raise entry.wrong(f"{place} is {str(value)[:_SHOWN]!r}, but must be {said}", place)


def demand_whole(entry: Entry) -> None:
    """Raises ConfigError for a rule, all that is said of it together, that lacks a parameter or a kind of examples.

    So for one that may be silent beside a surer one, and also stands for others, which would go unseen with it.
    """
    detector, given = entry.values["detector"], entry.values.get("parameters", {})
    if entry.values.get(TOLD_ONCE) and given.get(QUIET_BESIDE):
        raise entry.wrong(
            f"{TOLD_ONCE} and {QUIET_BESIDE} do not go together: what stands for others must be told",
            TOLD_ONCE,
        )
    for key in parameters.missing(detector, given):
        raise entry.wrong(f"parameters.{key} is missing; the detector {detector} needs it", "parameters")
    for wanted in (FLAG, PASS):
        if not entry.values.get("examples", {}).get(wanted):
            raise entry.wrong(
                f"it has no example that must {wanted}; [rule.examples] holds {FLAG} = [...] and {PASS} = [...]",
                "examples",
            )


def demand_texts(entries: Iterable[Entry], tables: Sequence[Entry], rules: Mapping[str, Rule]) -> None:
    """Raises ConfigError for a text, in a list of these rules or of these tables, that could never be found as it is."""
    for entry in entries:
        for key, value in entry.values.get("parameters", {}).items():
            parameter = parameters.of(rules[entry.name].detector, key)
            if key == QUIET_BESIDE:
                _demand_rules(entry, value, rules)
            elif parameter and parameter.fault and isinstance(value, list):
                _demand_texts(entry, value, parameter.fault, f"parameters.{key}")
    faults = _faults_of_tables(rules)
    for table in tables:
        for name, texts in table.values.items():
            for fault in faults.get(name, ()):
                _demand_texts(table, texts, fault, name)


def _demand_rules(entry: Entry, names: Sequence[str], rules: Mapping[str, Rule]) -> None:
    for name in names:
        if name not in rules:
            raise entry.wrong(f"there is no rule {name!r}{near(name, rules)}", f"parameters.{QUIET_BESIDE}")
        if rules[name].parameters.get(QUIET_BESIDE):
            raise entry.wrong(
                f"the rule {name!r} may be silent itself: a rule is quiet beside one that is always told",
                f"parameters.{QUIET_BESIDE}",
            )


def _faults_of_tables(rules: Mapping[str, Rule]) -> Mapping[str, Iterable[Callable[[str], str]]]:
    """What may be wrong with the texts of each table, by the parameters that name it."""
    found: dict[str, dict[Callable[[str], str], None]] = {}
    for rule in rules.values():
        for key, name in tables_of(rule):
            parameter = parameters.of(rule.detector, key)
            if parameter and parameter.fault:
                found.setdefault(name, {})[parameter.fault] = None
    return found


def tables_of(rule: Rule) -> Iterator[tuple[str, str]]:
    """The parameters that name a table, each with its name."""
    for key, value in rule.parameters.items():
        if isinstance(value, str) and value.startswith(TABLE):
            yield key, value.removeprefix(TABLE)


def _demand_texts(entry: Entry, texts: Sequence[str], fault: Callable[[str], str], key: str) -> None:
    for text in texts:
        if text.startswith(TABLE):
            raise entry.wrong(
                f'{text!r} stands in a list; it is written alone, as in phrases = "{text}"', key
            )
        if BACKSPACE in text:
            raise entry.wrong(f"{text[:_SHOWN]!r} holds a backspace, which no text has: {TWICE}", key)
        if told := fault(text):
            raise entry.wrong(f"{text[:_SHOWN]!r} {told}", key)


def demand_used(tables: Sequence[Entry], used: Collection[str]) -> None:
    """Raises ConfigError for a list of the council's own that no rule looks at."""
    for entry in tables:
        for name in entry.values:
            if name not in used:
                raise entry.wrong(f"no rule uses a table {name!r}{near(name, used)}", name)


def demand_channels(entries: Iterable[Entry], channels: Collection[str]) -> None:
    """Raises ConfigError for a rule for a channel that there is not: it would look at nothing."""
    for entry in entries:
        for name in entry.values.get("channels", ()):
            if name not in channels:
                raise entry.wrong(
                    f"there is no channel {name!r}{near(name, channels)}; config.toml has {', '.join(channels)}",
                    "channels",
                )


def demand_clauses(entries: Iterable[Entry], known: Collection[str]) -> None:
    """Raises ConfigError for a rule that cites what the policy has not."""
    for entry in entries:
        cited = entry.values["clause"].split(",") if "clause" in entry.values else ()
        for clause in map(str.strip, cited):
            if clause not in known:
                raise entry.wrong(
                    f"the policy has no clause {clause!r}; it has {', '.join(known)}, and [more] clauses = [...] adds to them",
                    "clause",
                )


def demand_filled(
    entries: Sequence[Entry], rule: Rule, tables: Mapping[str, Sequence[str]], written: Sequence[Entry]
) -> None:
    """Raises ConfigError for a form of a rule with {name} that no parameter fills, and for a parameter that fills none.

    `entries` say what the rule says, `written` are the council's own tables. One that names a table that is not there
    is left to the gate.
    """
    given = rule.parameters
    if any(name not in tables for _, name in tables_of(rule)):
        return
    lists: list[Sequence[str]] = [value for value in given.values() if isinstance(value, list)]
    lists += [tables[name] for _, name in tables_of(rule)]
    slots = {slot: text for texts in lists for text in texts for slot in _SLOT.findall(text)}
    known = {*slots, *PARAMETERS[NAMES_ITS_OWN], QUIET_BESIDE} - {OPEN}
    for slot, text in slots.items():
        if slot not in given:
            entry, key = _place_of(text, entries, written)
            raise entry.wrong(f"{text[:_SHOWN]!r} asks for a parameter {slot!r}{near(slot, given)}", key)
    for key in given:
        if key not in known:
            entry = next(each for each in reversed(entries) if key in each.values.get("parameters", {}))
            raise entry.wrong(f"no form asks for a parameter {key!r}{near(key, known)}", f"parameters.{key}")


def _place_of(text: str, entries: Sequence[Entry], written: Sequence[Entry]) -> tuple[Entry, str]:
    """The entry and key in which a text is written; the rule as a whole where it is in a table of ours."""
    for entry in reversed(entries):
        for key, value in entry.values.get("parameters", {}).items():
            if isinstance(value, list) and text in value:
                return entry, f"parameters.{key}"
    tables = ((table, name) for table in written for name, texts in table.values.items() if text in texts)
    return next(tables, (entries[-1], "parameters"))
