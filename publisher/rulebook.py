"""The rules as they are asked about: listed, shown, named; with the tables and registers beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

from publisher import policy, views
from publisher.errors import InputError, NotFound
from publisher.nearest import meant
from publisher.policy import compare
from publisher.policy.origins import origins
from publisher.policy.rules import BUILT_IN, CATEGORIES, TABLE, Rule, Status, lacking, read

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.policy import Gate

REGISTERS = ("elections", "sites")
OF_ELECTIONS = ("candidates", "parties", "controversial")
"""What each election lists."""
LISTS = (*REGISTERS, *OF_ELECTIONS)
"""What may be asked for as a register."""
NEAR_SHOWN, NEAR = 3, 0.5
"""How many names are offered for one that there is not, and how alike they are at least (difflib's ratio)."""
NAMES_SHOWN = 32
"""Of more names that there are, none is told where nothing is like what was asked for."""


def listed(app: App, *, category: str = "", status: str = "", clause: str = "") -> dict[str, Any]:
    """The rules that fit, and what there is to know of them all: what is due, broken, or weaker than the built-in ones.

    Raises InputError for a category, status or clause that no rule has, and ConfigError.
    """
    for given, known, field in ((category, CATEGORIES, "--category"), (status, set(Status), "--status")):
        if given and given not in known:
            raise InputError(f"there is no {given!r}", field=field, way_out=nearest(given, known))
    gate = app.rules()
    book = gate.book
    _demand_clause(gate, clause)
    chosen = [rule for rule in book.rules.values() if _fits(rule, category, status, clause)]
    due = {rule.id for rule in chosen if rule.review_date and rule.review_date < app.today}
    rules = [
        views.rule(rule) | {"review_due": rule.id in due, "missing": lacking(rule, book)} for rule in chosen
    ]
    broken = {rule.id: missing for rule in book.rules.values() if (missing := lacking(rule, book))}
    registers = {each.name: len(getattr(book.registers, each.name)) for each in fields(book.registers)}
    return {
        "policy": gate.version, "rules": rules, "registers": registers, **_sites_to_be_read(gate, app.today),
        "broken": broken, "weaker": _weakened(app, gate),
    }  # fmt: skip


def _fits(rule: Rule, category: str, status: str, clause: str) -> bool:
    return (
        category in {"", rule.id.partition(".")[0]}
        and status in {"", rule.status.value}
        and (not clause or clause in _clauses(rule))
    )


def _clauses(rule: Rule) -> list[str]:
    return rule.clause.replace(" ", "").split(",")


def _demand_clause(gate: Gate, clause: str) -> None:
    known = {one for rule in gate.book.rules.values() for one in _clauses(rule)}
    if clause and clause not in known:
        raise InputError(
            f"no rule cites a clause {clause!r}", field="--clause", way_out=nearest(clause, known)
        )


def _sites_to_be_read(gate: Gate, day: date) -> dict[str, list[dict[str, str]]]:
    """The websites whose terms are to be read again by now, and those entered as read on a day to come, each with its day."""
    sites = gate.book.registers.sites
    due = sorted((site.review_date, site.host) for site in sites if site.review_date < day)
    to_come = sorted((site.checked_on, site.host) for site in sites if site.checked_on > day)
    return {
        "sites_due": [{"host": host, "review_date": when.isoformat()} for when, host in due],
        "sites_not_yet_read": [{"host": host, "checked_on": when.isoformat()} for when, host in to_come],
    }


def _weakened(app: App, gate: Gate) -> list[str]:
    """The built-in rules that the council's own folder makes weaker."""
    if not app.config.policy.rules:
        return []
    softer = compare.weaker(read([BUILT_IN]), gate.book)
    return list(dict.fromkeys(line.partition(" ")[0] for line in softer))


def entries(app: App, names: Sequence[str]) -> list[dict[str, Any]]:
    """Each rule, table or register of these names, whole. Raises InputError with the nearest names, and ConfigError."""
    gate = app.rules()
    for name in names:
        if name not in gate.book.tables and name not in LISTS:
            demanded(gate, name)
    files = origins(policy.folders(app.config))
    return [_entry(gate, name, [str(file) for file in files.get(name, ())]) for name in names]


def _entry(gate: Gate, name: str, files: list[str]) -> dict[str, Any]:
    book = gate.book
    if name in book.tables:
        return {"table": name, "words": list(book.tables[name]), "rules": _using(gate, name)}
    if name in LISTS:
        return {"register": name, "entries": _registered(gate, name)}
    rule = book.rules[name]
    return views.rule(rule) | {
        "tables": {table: list(words) for table, words in _tables(gate, rule).items()},
        "missing": lacking(rule, book),
        "files": files,
    }


def _using(gate: Gate, name: str) -> list[str]:
    """The rules whose parameters name a table."""
    return [rule.id for rule in gate.book.rules.values() if name in _tables(gate, rule)]


def _tables(gate: Gate, rule: Rule) -> Mapping[str, Sequence[str]]:
    """The tables that the rule's parameters name."""
    values = (
        one
        for value in rule.parameters.values()
        for one in (value if isinstance(value, list | tuple) else [value])
    )
    named = (one.removeprefix(TABLE) for one in values if isinstance(one, str) and one.startswith(TABLE))
    return {name: gate.book.tables.get(name, ()) for name in named}


def _registered(gate: Gate, name: str) -> list[dict[str, Any]]:
    registers = gate.book.registers
    if name in REGISTERS:
        return list(compare.entries(getattr(registers, name)).values())
    return [
        {key: election[key] for key in ("id", "title", name)}
        for election in compare.entries(registers.elections).values()
    ]


def demanded(gate: Gate, name: str) -> Rule:
    """The rule called `name`. Raises NotFound with the nearest names, of tables and registers, too."""
    book = gate.book
    if name in book.rules:
        return book.rules[name]
    what = "a table" if name in book.tables else "a register" if name in LISTS else ""
    way_out = (
        f"It is {what}: `publisher policy show {name}`."
        if what
        else nearest(name, [*book.rules, *book.tables, *LISTS])
    )
    raise NotFound(f"there is no rule {name!r}", field="RULE", way_out=way_out)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at what may have been meant; else all that there is."""
    words = sorted(map(str, known))
    few = len(words) <= NAMES_SHOWN
    otherwise = f"There are: {', '.join(words)}." if few else "`publisher policy list` shows them."
    return meant(word, words, otherwise, most=NEAR_SHOWN, least=NEAR)
