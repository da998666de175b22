"""`policy list`: the rules in a table, and what the verbs about rules share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from publisher.cli import _output, _policy_registers
from publisher.cli._common import Call, examples, verb
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from publisher.app import App
    from publisher.policy import Gate
    from publisher.policy.rules import Rule

NOBODY = "nobody"
WORDS_SHOWN = 8
"""Entries of a long list that `show` prints; --all prints them all."""
NEAR_SHOWN, NEAR = 3, 0.5
"""How many names are offered for one that there is not, and how alike they are at least (difflib's ratio)."""
TITLE_ROOM = 30
"""Columns that a title needs beside the others; where the screen has fewer, it gets a line of its own."""
_HEAD = ("RULE", "CLAUSE", "SEVERITY", "STATUS", "OVERRIDE", "WHAT IT FINDS")


@click.command(
    "list",
    short_help="All rules in a table.",
    epilog=examples(
        "publisher policy list",
        "publisher policy list --category personal-data",
        "publisher policy list --clause 5d --status active --json",
    ),
)
@click.option("--category", metavar="CATEGORY", help="Only rules whose name begins so, such as link.")
@click.option("--status", metavar="STATUS", help="Only active, shadow or retired rules.")
@click.option("--clause", metavar="CLAUSE", help="Only rules that cite this clause, such as 5d.")
@verb()
def list_(call: Call, category: str | None, status: str | None, clause: str | None) -> None:
    """All rules: clause, severity, status, who may let a finding go, and what each finds."""
    from publisher import views
    from publisher.policy.rules import lacking

    _demand_known(category, status)
    with call.app() as app:
        _demand_clause(app.gate, clause)
        book = app.gate.book
        chosen = [rule for rule in book.rules.values() if _chosen(rule, category, status, clause)]
        due = [rule.id for rule in chosen if rule.review_date and rule.review_date < app.today]
        sites = _policy_registers.to_be_read(app.gate, app.today)
        if call.as_json:
            rules = [
                views.rule(rule) | {"review_due": rule.id in due, "missing": lacking(rule, book)}
                for rule in chosen
            ]
            registers = _registers(app.gate)
            _output.as_json({"policy": app.gate.version, "rules": rules, "registers": registers, **sites})
            return
        if chosen:
            _output.say(_table(chosen))
            _output.say()
        for line in _remarks(app, chosen, due, sites):
            _output.say(_output.wrapped(line))


def _remarks(
    app: App, chosen: Sequence[Rule], due: Sequence[str], sites: Mapping[str, Sequence[Mapping[str, str]]]
) -> Iterator[str]:
    """What stands below the table."""
    yield from _summary(app.gate.version, chosen, due, _registers(app.gate))
    yield from _policy_registers.told(sites)
    yield from _broken(app.gate)
    yield from weakened(app)


def _demand_known(category: str | None, status: str | None) -> None:
    from publisher.policy.rules import CATEGORIES, Status

    for given, known, field in ((category, CATEGORIES, "--category"), (status, set(Status), "--status")):
        if given is not None and given not in known:
            raise InputError(f"there is no {given!r}", field=field, way_out=nearest(given, known))


def _clauses(rule: Rule) -> list[str]:
    return rule.clause.replace(" ", "").split(",")


def _demand_clause(gate: Gate, clause: str | None) -> None:
    known = {one for rule in gate.book.rules.values() for one in _clauses(rule)}
    if clause is not None and clause not in known:
        raise InputError(
            f"no rule cites a clause {clause!r}", field="--clause", way_out=nearest(clause, known)
        )


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at what may have been meant; else all that there is."""
    from publisher.policy.nearest import alike

    words = sorted(map(str, known))
    if near := alike(word, words, most=NEAR_SHOWN, least=NEAR):
        return f"Did you mean {' or '.join(near)}?"
    return (
        f"There are: {', '.join(words)}."
        if len(words) <= WORDS_SHOWN * 4
        else "`publisher policy list` shows them."
    )


def _chosen(rule: Rule, category: str | None, status: str | None, clause: str | None) -> bool:
    return (
        category in {None, rule.id.partition(".")[0]}
        and status in {None, rule.status.value}
        and (clause is None or clause in _clauses(rule))
    )


def _table(rules: Sequence[Rule]) -> str:
    rows = [
        (rule.id, rule.clause, rule.severity.value, rule.status.value, rule.override or NOBODY, rule.title)
        for rule in rules
    ]
    widths = [max(len(row[column]) for row in (_HEAD, *rows)) for column in range(len(_HEAD) - 1)]
    width = _output.screen()
    if width is None or width - sum(widths) - 2 * len(widths) >= TITLE_ROOM:
        return _output.table([_HEAD, *rows], widths, width)
    pairs = (
        (_output.table([row[:-1]], widths[:-1], width), _output.wrapped(row[-1], "    ")) for row in rows
    )
    return "\n".join(
        [_output.table([_HEAD[:-1]], widths[:-1], width), *(line for pair in pairs for line in pair)]
    )


def _registers(gate: Gate) -> dict[str, int]:
    """How many entries each register has, by its name."""
    from dataclasses import fields

    registers = gate.book.registers
    return {entry.name: len(getattr(registers, entry.name)) for entry in fields(registers)}


def _summary(
    version: str, rules: Sequence[Rule], due: Sequence[str], registers: Mapping[str, int]
) -> Iterator[str]:
    severities = Counter(rule.severity.value for rule in rules)
    statuses = Counter(rule.status.value for rule in rules)
    by_severity = ", ".join(f"{count} {severity}" for severity, count in severities.items())
    by_status = ", ".join(f"{count} {status}" for status, count in statuses.items())
    yield f"Policy {version}: {counted(len(rules), 'rule')}" + (
        f" ({by_severity}; {by_status})." if rules else "."
    )
    if registers:
        each = (counted(count, name.removesuffix("s")) for name, count in registers.items())
        yield f"Registered: {', '.join(each)}."
    yield (
        f"To be reviewed, the date has passed: {', '.join(due)}."
        if due
        else "No rule's review date has passed."
    )


def _broken(gate: Gate) -> Iterator[str]:
    """One line for each rule that cannot be applied; where it is active nothing is clear until it is mended."""
    from publisher.policy.rules import lacking

    for rule in gate.book.rules.values():
        if missing := lacking(rule, gate.book):
            yield f"{rule.id} cannot be applied: {missing}."


def weakened(app: App) -> Iterator[str]:
    """One line that names the built-in rules which the council's own folder makes weaker; none where it makes none."""
    from publisher.policy.compare import weaker
    from publisher.policy.rules import BUILT_IN, read

    rules = dict.fromkeys(line.partition(" ")[0] for line in weaker(read([BUILT_IN]), app.gate.book))
    if app.config.policy.rules and rules:
        yield (
            f"Weaker than the built-in rules, by the council's own folder: {', '.join(rules)}. "
            "`publisher policy diff --from built-in` says how."
        )


def counted(number: int, word: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def demanded(gate: Gate, name: str) -> Rule:
    """The rule called `name`. Raises InputError with the nearest names, of tables and registers, too."""
    if name not in gate.book.rules:
        what = (
            "a table" if name in gate.book.tables else "a register" if name in _policy_registers.LISTS else ""
        )
        way_out = (
            f"It is {what}: `publisher policy show {name}`."
            if what
            else nearest(name, [*gate.book.rules, *gate.book.tables, *_policy_registers.LISTS])
        )
        raise InputError(f"there is no rule {name!r}", field="RULE", way_out=way_out)
    return gate.book.rules[name]
