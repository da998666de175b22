"""What a hand slips on in the council's own rule files: names that are right by their shape and mean nothing.

A misspelt name would change nothing and say so to nobody. It is refused, with the nearest name that there is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from publisher.policy.rulefile import Entry

AROUND = frozenset({"not_after", "not_before", "only_with", "unless"})
"""What detectors of words know beside their words, whether a built-in rule has it or not."""
QUIET_BESIDE = "quiet_beside"
ANY = frozenset({QUIET_BESIDE})
"""What every rule may have: the surer rules beside which it is silent."""
PHRASES, TERMS = "phrases", "terms"
NAMES_ITS_OWN = "hostility"
"""The detector whose forms name the parameters that fill them: what is not filled fails there."""
_CAPITAL = re.compile(r"(?<!\\)[A-Z]")
"""A capital letter that is no class of RE2's such as \\B or \\W."""
_SHOWN = 60
TABLE_ENTRY = "table"
"""The kind of an entry that holds lists."""


def demand_known(entry: Entry, said: Mapping[str, Sequence[Entry]]) -> None:
    """Raises ConfigError for a rule that changes one that is not there, or a parameter that its detector has not."""
    earlier = said.get(entry.name, ())
    detector = next((each.values["detector"] for each in (entry, *earlier) if "detector" in each.values), "")
    if not earlier and not detector:
        raise entry.wrong(
            f"there is no rule of that name to change{_near(entry.name, said)}; a new one needs a detector",
            "id",
        )
    known = _parameters_of(detector, said)
    for key, value in entry.values.get("parameters", {}).items():
        if known and key not in known:
            raise entry.wrong(
                f"the detector {detector} has no parameter {key!r}{_near(key, known)}; it has {', '.join(sorted(known))}",
                f"parameters.{key}",
            )
        if detector == PHRASES and isinstance(value, list):
            _demand_small(entry, key, value)


def _parameters_of(detector: str, said: Mapping[str, Sequence[Entry]]) -> frozenset[str]:
    """The parameters that rules of this detector have; none: it is in no rule yet, and nothing can be said."""
    if detector == NAMES_ITS_OWN:
        return frozenset()
    with_it = (
        entry for entries in said.values() for entry in entries if entry.values.get("detector") == detector
    )
    known = frozenset(key for entry in with_it for key in entry.values.get("parameters", {}))
    always = AROUND | ANY if detector in {PHRASES, TERMS} else ANY
    return known | always if known else known


def _demand_small(entry: Entry, key: str, phrases: Iterable[object]) -> None:
    """Texts are looked at in small letters, so a capital is never found."""
    for phrase in phrases:
        if isinstance(phrase, str) and _CAPITAL.search(phrase):
            raise entry.wrong(
                f"{phrase[:_SHOWN]!r} has a capital letter; phrases are written in small letters and find both",
                key if entry.kind == TABLE_ENTRY else f"parameters.{key}",
            )


def demand_small(tables: Sequence[Entry], looked_for: Collection[str]) -> None:
    """Raises ConfigError for a list of the council's own that is looked for as phrases and has a capital letter."""
    for entry in tables:
        for name, phrases in entry.values.items():
            if name in looked_for:
                _demand_small(entry, name, phrases)


def demand_used(tables: Sequence[Entry], used: Collection[str]) -> None:
    """Raises ConfigError for a list of the council's own that no rule looks at."""
    for entry in tables:
        for name in entry.values:
            if name not in used:
                raise entry.wrong(f"no rule uses a table {name!r}{_near(name, used)}", name)


def _near(name: str, known: Iterable[str]) -> str:
    import difflib

    found = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean {found[0]!r}?" if found else ""
