"""What the registers hold, for `policy show`: elections, what they list, and other websites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from publisher.cli import _output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REGISTERS = {"elections": "election", "sites": "site"}
"""The registers, each with what its entries are called in a rule file."""
WHOLE_AREA = "the whole council"
"""What an election's empty area means."""

DUE, NOT_YET = "sites_due", "sites_not_yet_read"
"""Websites whose terms are to be read again by now, and those whose entry dates the reading on a day to come."""
_SAY = {
    DUE: (
        " by ",
        (
            "Terms of websites to be read again: {}. Until then items that link there wait for a second officer: "
            "read the terms, then put the new checked_on and review_date into the website's [[site]]."
        ),
    ),
    NOT_YET: (
        " on ",
        (
            "Terms of websites that are entered as read on a day to come: {}. Until then items that link there wait for "
            "a second officer: put the day on which the terms were read into checked_on of the website's [[site]]."
        ),
    ),
}
"""What stands between a website and its day, and what is said of all."""


def told(found: Mapping[str, Any]) -> Iterator[str]:
    """A line for each kind of them, with their names and days, and what is done about it."""
    for kind, (between, sentence) in _SAY.items():
        if sites := found[kind]:
            yield sentence.format(", ".join(between.join(site.values()) for site in sites))


def shown(entry: Mapping[str, Any]) -> Iterator[str]:
    """A register's entries in lines, with how a council fills it."""
    name, found = entry["register"], entry["entries"]
    yield f"{name} ({len(found)}){'' if found else ': none is registered'}"
    for one in found:
        yield from _lines(one)
    kind = REGISTERS.get(name, "election")
    into = f"[[{kind}]]" if name in REGISTERS else f'{name} = ["…"] of its [[{kind}]]'
    yield _output.wrapped(
        f"A council writes each as {into} in any .toml file of its own folder ([policy] rules in config.toml); "
        "docs/rules.md shows one.", "  ",
    )  # fmt: skip


def _lines(entry: Mapping[str, Any]) -> Iterator[str]:
    """The entry's name, then all that it says."""
    first, *rest = entry
    yield _output.wrapped(str(entry[first]), "    ", first="  ")
    for key in rest:
        yield _output.wrapped(in_words(key, entry[key]), "      ", first=f"    {key}: ")


def in_words(key: str, value: Any) -> str:
    """One value of an entry, as a rule file names it."""
    if key == "area" and not value:
        return WHOLE_AREA
    return _output.in_words([_exemption(one) for one in value] if key == "exempt" else value)


def _exemption(given: Mapping[str, Any]) -> str:
    first, last = (_output.in_words(given[day]) for day in ("first", "last"))
    only = f", only with {_output.in_words(given['words'])}" if given["words"] else ""
    return f"{given['what']} from {first} until {last}{only}, by {given['authoriser']}: {given['reason']}"
