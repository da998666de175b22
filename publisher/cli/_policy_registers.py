"""What the registers hold, for `policy show`: elections, what they list, and other websites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from publisher.cli import _output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from publisher.policy import Gate

REGISTERS = {"elections": "election", "sites": "site"}
"""The registers, each with what its entries are called in a rule file."""
OF_ELECTIONS = ("candidates", "parties", "controversial")
"""What each election lists."""
LISTS = (*REGISTERS, *OF_ELECTIONS)
"""What `policy show` takes for a register's name."""
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


def to_be_read(gate: Gate, day: date) -> dict[str, list[dict[str, str]]]:
    """The websites of DUE and NOT_YET, each with its day, the first of them first."""
    sites = gate.book.registers.sites
    due = sorted((site.review_date, site.host) for site in sites if site.review_date < day)
    to_come = sorted((site.checked_on, site.host) for site in sites if site.checked_on > day)
    return {
        DUE: [{"host": host, "review_date": when.isoformat()} for when, host in due],
        NOT_YET: [{"host": host, "checked_on": when.isoformat()} for when, host in to_come],
    }


def told(sites: Mapping[str, Sequence[Mapping[str, str]]]) -> Iterator[str]:
    """A line for each kind of them, with their names and days, and what is done about it."""
    for kind, found in sites.items():
        between, sentence = _SAY[kind]
        if found:
            yield sentence.format(", ".join(between.join(site.values()) for site in found))


def as_json(gate: Gate, name: str) -> dict[str, Any]:
    """A register's entries by the name of each; of elections' lists, what each election has."""
    return {"register": name, "entries": _entries(gate, name)}


def shown(gate: Gate, name: str) -> Iterator[str]:
    """The same in lines, with how a council fills it."""
    found = _entries(gate, name)
    yield f"{name} ({len(found)}){'' if found else ': none is registered'}"
    for entry in found:
        yield from _lines(entry)
    kind = REGISTERS.get(name, "election")
    into = f"[[{kind}]]" if name in REGISTERS else f'{name} = ["…"] of its [[{kind}]]'
    yield _output.wrapped(
        f"A council writes each as {into} in any .toml file of its own folder ([policy] rules in config.toml); "
        "docs/rules.md shows one.", "  ",
    )  # fmt: skip


def _entries(gate: Gate, name: str) -> list[dict[str, Any]]:
    from publisher.policy.compare import entries

    if name in REGISTERS:
        return list(entries(getattr(gate.book.registers, name)).values())
    return [
        {key: election[key] for key in ("id", "title", name)}
        for election in entries(gate.book.registers.elections).values()
    ]


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
