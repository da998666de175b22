"""`policy list`: the rules in a table, and what the verbs about rules share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from publisher.cli import _output, _policy_registers
from publisher.cli._common import Call, examples, verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

NOBODY = "nobody"
WORDS_SHOWN = 8
"""Entries of a long list that `show` prints; --all prints them all."""
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
    with call.office() as office:
        found = office.rules.list(category=category or "", status=status or "", clause=clause or "")
    if call.as_json:
        _output.as_json(found)
        return
    if found["rules"]:
        _output.say(_table(found["rules"]))
        _output.say()
    for line in _remarks(found):
        _output.say(_output.wrapped(line))


def _remarks(found: Mapping[str, Any]) -> Iterator[str]:
    """What stands below the table. A rule that cannot be applied has a line: where it is active nothing is clear until it is mended."""
    yield from _summary(found["policy"], found["rules"], found["registers"])
    yield from _policy_registers.told(found)
    yield from (f"{rule} cannot be applied: {missing}." for rule, missing in found["broken"].items())
    yield from weakened(found["weaker"])


def _table(rules: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            *(rule[key] for key in ("id", "clause", "severity", "status")),
            rule["override"] or NOBODY,
            rule["title"],
        )
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


def _summary(version: str, rules: Sequence[Mapping[str, Any]], registers: Mapping[str, int]) -> Iterator[str]:
    severities, statuses = (Counter(rule[key] for rule in rules) for key in ("severity", "status"))
    by_severity = ", ".join(f"{count} {severity}" for severity, count in severities.items())
    by_status = ", ".join(f"{count} {status}" for status, count in statuses.items())
    yield f"Policy {version}: {counted(len(rules), 'rule')}" + (
        f" ({by_severity}; {by_status})." if rules else "."
    )
    if registers:
        each = (counted(count, name.removesuffix("s")) for name, count in registers.items())
        yield f"Registered: {', '.join(each)}."
    due = [rule["id"] for rule in rules if rule["review_due"]]
    yield (
        f"To be reviewed, the date has passed: {', '.join(due)}."
        if due
        else "No rule's review date has passed."
    )


def weakened(rules: Sequence[str]) -> Iterator[str]:
    """One line that names the built-in rules which the council's own folder makes weaker; none where it makes none."""
    if rules:
        yield (
            f"Weaker than the built-in rules, by the council's own folder: {', '.join(rules)}. "
            "`publisher policy diff --from built-in` says how."
        )


def counted(number: int, word: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{number} {word}{'' if number == 1 else 's'}"
