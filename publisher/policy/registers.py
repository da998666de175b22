"""What the council keeps beside the rules, as dated data: elections, and the websites that it may link to.

SOURCES: Local Government Act 1986 ss. 2, 4 and 6; Code of Recommended Practice on Local Authority Publicity (2011); the
Local Government Association's guidance on the pre-election period; policy clause 5e for websites.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from publisher.policy.evidence import PLACEHOLDERS
from publisher.policy.rulefile import Entry, Shape, demand_keys, is_texts

Kept = TypeVar("Kept", "Election", "Site")
ALL = "all"
"""An exemption from every rule that acts in an election's period."""


class ElectionKind(StrEnum):
    """What is voted on."""

    LOCAL = "local"
    GENERAL = "general"
    BY_ELECTION = "by-election"
    COMMISSIONER = "pcc"
    MAYORAL = "mayoral"
    REFERENDUM = "referendum"


@dataclass(frozen=True, slots=True)
class Exemption:
    """What a named person allows in an election's period: `what` is a rule's id or "all"; both days are included.

    With `words` it is for findings in a text that holds one of them.
    """

    what: str
    reason: str
    authoriser: str
    first: date
    last: date
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Election:
    """One election. Its period runs from the day of the notice to the day of the poll, both included.

    `area` names the places that vote, as items write them; empty for all of the council's area.
    """

    id: str
    title: str
    notice: date
    poll: date
    kind: ElectionKind = ElectionKind.LOCAL
    area: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    controversial: tuple[str, ...] = ()
    exempt: tuple[Exemption, ...] = ()

    def runs_on(self, day: date) -> bool:
        """True in the pre-election period."""
        return self.notice <= day <= self.poll


@dataclass(frozen=True, slots=True)
class Site:
    """A website whose terms permit links: who read them (`terms`, an address), when, and until when that holds.

    A check in the future does not count yet (publisher/policy/detectors/sites.py): no clock is here to refuse it by.
    """

    host: str
    checked_by: str
    checked_on: date
    review_date: date
    terms: str


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers of the rule folders."""

    elections: tuple[Election, ...] = ()
    sites: tuple[Site, ...] = ()

    def running(self, day: date | None) -> tuple[Election, ...]:
        """The elections in whose period `day` is; none without a day."""
        return tuple(election for election in self.elections if day and election.runs_on(day))

    def with_entry(self, entry: Entry) -> Registers:
        """With one `[[election]]` or `[[site]]` more. Raises ConfigError (shape, dates, or there twice)."""
        if entry.kind == "site":
            return replace(self, sites=(*self.sites, _new(_site(entry), self.sites, "host", entry)))
        return replace(self, elections=(*self.elections, _new(_election(entry), self.elections, "id", entry)))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values: they are part of the policy's version."""
        return {
            name: [_plain(asdict(each)) for each in getattr(self, name)] for name in ("elections", "sites")
        }


def of_tables(tables: Mapping[str, Any]) -> Registers:
    """Registers from plain values, `{"election": [...], "site": [...]}`, as examples carry them. Raises ConfigError."""
    found = Registers()
    for kind in ("election", "site"):
        for values in tables.get(kind, ()):
            found = found.with_entry(Entry("example", kind, "", values))
    return found


def _new(one: Kept, others: tuple[Kept, ...], key: str, entry: Entry) -> Kept:
    if getattr(one, key) in {getattr(other, key) for other in others}:
        raise entry.wrong("another file of the rule folders has it too", key)
    return one


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: Any) -> bool:
    return is_texts(value) and all(map(_is_text, value))


_TEXT: Shape = (_is_text, "a text")
_TEXTS: Shape = (_is_texts, "a list of texts, none of them empty")
_DAY: Shape = (lambda value: type(value) is date, "a date like 2027-05-06")
_AREA: Shape = (lambda value: isinstance(value, str) or _is_texts(value), "a place, or a list of places")
_TABLES: Shape = (
    lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
    "written as [[election.exempt]]",
)
_HOST = re.compile(r"(?!www\.)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,9}[a-z][a-z0-9-]{1,62}")
"""A name as DNS has it (RFC 1035 section 2.3.1), in lower case; `www.` goes without saying."""
_TERMS = re.compile(
    r"https://(?:[\w-]{1,63}\.){1,9}[^\W\d_][\w-]{1,62}(?::443)?(?:[/?#]\S{0,2000})?", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]{2,60}")


def is_terms_address(value: Any) -> bool:
    """An https address by a name, without a user's name or another port."""
    return isinstance(value, str) and _TERMS.fullmatch(value) is not None


def _is_somebody(value: Any) -> bool:
    """Has a word that is no stopgap such as "tbc"."""
    return isinstance(value, str) and any(
        word not in PLACEHOLDERS for word in _WORD.findall(value.casefold())
    )


_ELECTION: Mapping[str, Shape] = {
    "id": _TEXT, "title": _TEXT, "kind": (lambda value: value in set(ElectionKind), "one of " + ", ".join(ElectionKind)),
    "notice": _DAY, "poll": _DAY, "area": _AREA, "candidates": _TEXTS, "parties": _TEXTS, "controversial": _TEXTS,
    "exempt": _TABLES,
}  # fmt: skip
_EXEMPTION: Mapping[str, Shape] = {
    "what": _TEXT, "reason": _TEXT, "authoriser": _TEXT, "from": _DAY, "until": _DAY, "words": _TEXTS,
}  # fmt: skip
_SITE: Mapping[str, Shape] = {
    "host": (lambda value: isinstance(value, str) and bool(_HOST.fullmatch(value)), "a name like example.org, without https:// and www"),
    "checked_by": (_is_somebody, "the name of who read the terms"), "checked_on": _DAY, "review_date": _DAY,
    "terms": (
        is_terms_address,
        "the address of the terms that were read, such as https://example.org/terms",
    ),
}  # fmt: skip


def _election(entry: Entry) -> Election:
    demand_keys(entry, _ELECTION, ("id", "title", "notice", "poll"))
    values = dict(entry.values)
    if values["poll"] < values["notice"]:
        raise entry.wrong("the poll is before the notice of election", "poll")
    area = values.get("area", ())
    values["area"] = tuple(part for part in ([area] if isinstance(area, str) else area) if part.strip())
    values |= {key: tuple(values.get(key, ())) for key in ("candidates", "parties", "controversial")}
    values["kind"] = ElectionKind(values.get("kind", ElectionKind.LOCAL))
    return Election(**values | {"exempt": tuple(_exemptions(entry))})


def _exemptions(entry: Entry) -> Iterator[Exemption]:
    for number, values in enumerate(entry.values.get("exempt", ())):
        lines = partial(_lines_of, entry, f"exempt[{number}]")
        one = Entry(entry.file, "the exemption of election", entry.name, values, lines)
        demand_keys(one, _EXEMPTION, ("what", "reason", "authoriser", "from", "until"))
        if values["until"] < values["from"]:
            raise one.wrong("until is before from", "until")
        yield Exemption(
            values["what"], values["reason"], values["authoriser"], values["from"], values["until"], tuple(values.get("words", ()))
        )  # fmt: skip


def _lines_of(entry: Entry, prefix: str) -> Mapping[str, int]:
    """Where the keys of a table below the entry are; those of the entry where they are not known."""
    below = {
        key.removeprefix(prefix).lstrip("."): line
        for key, line in entry.lines.items()
        if key.startswith(prefix)
    }
    return below or entry.lines


def _site(entry: Entry) -> Site:
    demand_keys(entry, _SITE, ("host", "terms", "checked_by", "checked_on", "review_date"))
    site = Site(**entry.values)
    if site.review_date < site.checked_on:
        raise entry.wrong("the review is before the check", "review_date")
    return site


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
