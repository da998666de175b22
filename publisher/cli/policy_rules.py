"""`policy list` and `policy show`: the rules themselves."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from publisher.app import App
    from publisher.policy import Gate
    from publisher.policy.rules import Rule

NOBODY = "nobody"
WORDS_SHOWN = 8
"""Entries of a long list that `show` prints; --all prints them all."""
EXAMPLES_SHOWN = 3
TITLE_ROOM = 30
"""Columns that a title needs beside the others; where the screen has fewer, it gets a line of its own."""
_HEAD = ("RULE", "CLAUSE", "SEVERITY", "STATUS", "OVERRIDE", "WHAT IT FINDS")


def today(app: App) -> date:
    """The day on the council's wall clock."""
    from publisher.times import local

    return local(app.now(), app.config.council.timezone).date()


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

    _demand_known(category, status)
    with call.app() as app:
        book, day = app.gate.book, today(app)
        chosen = [rule for rule in book.rules.values() if _chosen(rule, category, status, clause)]
        due = [rule.id for rule in chosen if rule.review_date and rule.review_date < day]
        registers = _registers(app.gate)
        if call.as_json:
            rules = [views.rule(rule) | {"review_due": rule.id in due} for rule in chosen]
            _output.as_json({"policy": app.gate.version, "rules": rules, "registers": registers})
            return
        if chosen:
            _output.say(_table(chosen))
            _output.say()
        for line in _summary(app.gate.version, chosen, due, registers):
            _output.say(_output.wrapped(line))


def _demand_known(category: str | None, status: str | None) -> None:
    from publisher.policy.rules import CATEGORIES, Status

    for given, known, field in ((category, CATEGORIES, "--category"), (status, set(Status), "--status")):
        if given is not None and given not in known:
            raise InputError(f"there is no {given!r}", field=field, way_out=nearest(given, known))


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at what may have been meant; else all that there is."""
    words = sorted(map(str, known))
    near = difflib.get_close_matches(word, words, n=3, cutoff=0.5)
    if near:
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
        and (clause is None or clause in rule.clause.replace(" ", "").split(","))
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
        yield "Registered: " + ", ".join(f"{count} {name}" for name, count in registers.items()) + "."
    yield (
        f"To be reviewed, the date has passed: {', '.join(due)}."
        if due
        else "No rule's review date has passed."
    )


def counted(number: int, word: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def demanded(gate: Gate, name: str) -> Rule:
    """The rule called `name`. Raises InputError with the nearest names."""
    if name not in gate.book.rules:
        raise InputError(f"there is no rule {name!r}", field="RULE", way_out=nearest(name, gate.book.rules))
    return gate.book.rules[name]


@click.command(
    "show",
    short_help="Everything about one rule.",
    epilog=examples(
        "publisher policy show link.missing", "publisher policy show third-party.shortener --all"
    ),
)
@click.argument("rule_ids", metavar="RULE...", nargs=-1, required=True)
@click.option("--all", "everything", is_flag=True, help="Long lists and all examples whole.")
@verb()
def show(call: Call, rule_ids: tuple[str, ...], *, everything: bool) -> None:
    """Everything about a rule: what it looks for, its lists, its examples, and the file to change."""
    from publisher import policy, views
    from publisher.policy.origins import origins

    with call.app() as app:
        files = origins(policy.folders(app.config))
        for number, rule in enumerate([demanded(app.gate, name) for name in rule_ids]):
            here = files.get(rule.id, [])
            if call.as_json:
                known = {"tables": dict(_tables(app.gate, rule)), "files": [str(file) for file in here]}
                _output.as_json(views.rule(rule) | known)
            else:
                text = "\n".join(_whole(app.gate, rule, here, everything=everything))
                _output.say(f"\n{text}" if number else text)


def _tables(gate: Gate, rule: Rule) -> Iterator[tuple[str, Sequence[str]]]:
    """The tables that the rule's parameters name."""
    from publisher.policy.rules import TABLE

    for value in rule.parameters.values():
        for name in value if isinstance(value, list | tuple) else [value]:
            if isinstance(name, str) and name.startswith(TABLE):
                known = name.removeprefix(TABLE)
                yield known, gate.book.tables.get(known, ())


def _whole(gate: Gate, rule: Rule, files: Sequence[Path], *, everything: bool) -> Iterator[str]:
    yield f"{rule.id}  {_output.painted(rule.severity.value)}  {rule.title}"
    for name, text in _facts(rule, files).items():
        if text:
            yield _output.wrapped(text, " " * 14, first=f"  {name:<11} ")
    lists = {key: value for key, value in rule.parameters.items() if value not in ("", [], ())}
    if lists:
        yield "Looks for:"
        yield from (_parameter(key, value, everything=everything) for key, value in lists.items())
    for name, words in _tables(gate, rule):
        yield _parameter(f"table {name}", words, everything=everything)
    for wanted, heading in (("flag", "Must be found:"), ("pass", "Must pass:")):
        yield heading
        yield from _examples(rule.examples.get(wanted, ()), everything=everything)


def _facts(rule: Rule, files: Sequence[Path]) -> dict[str, str]:
    review = f"review by {rule.review_date}" if rule.review_date else ""
    return {
        "Clause": rule.clause,
        "Status": ", ".join(filter(None, [rule.status.value, rule.since and f"since {rule.since}", review])),
        "Looks at": ", ".join(rule.fields) + _only(rule),
        "Detector": rule.detector,
        "Says": rule.message,
        "Remedy": rule.remedy,
        "Evidence": rule.evidence or "nothing satisfies it",
        "Override": f"{rule.override} may let a finding go"
        if rule.override
        else f"{NOBODY} may let a finding go",
        "Private": "what is found is masked" if rule.private else "",
        "File": ", then ".join(map(str, files)),
    }


def _only(rule: Rule) -> str:
    where = [*rule.channels, *(kind.value for kind in rule.kinds)]
    return f" (only {', '.join(where)})" if where else ""


def _parameter(key: str, value: Any, *, everything: bool) -> str:
    if not isinstance(value, list | tuple):
        return _output.wrapped(str(value), "      ", first=f"  {key}: ")
    shown = value if everything else value[:WORDS_SHOWN]
    more = f", and {len(value) - len(shown)} more (--all)" if len(shown) < len(value) else ""
    return _output.wrapped(" · ".join(map(str, shown)) + more, "      ", first=f"  {key} ({len(value)}): ")


def _examples(given: Sequence[Any], *, everything: bool) -> Iterator[str]:
    shown = given if everything else given[:EXAMPLES_SHOWN]
    for example in shown:
        yield _output.wrapped(_example(example), "      ", first="    - ")
    if len(shown) < len(given):
        yield f"    … and {len(given) - len(shown)} more (--all)"
    if not given:
        yield "    (no example)"


def _example(example: Any) -> str:
    if isinstance(example, str):
        return example
    return ", ".join(f"{key} = {value}" for key, value in example.items())
