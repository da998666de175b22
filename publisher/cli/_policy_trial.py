"""Rules tried out on texts of which one knows what must come of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from publisher.cli import _input
from publisher.cli.policy_rules import nearest
from publisher.errors import InputError
from publisher.item import parse
from publisher.model import Severity, VerdictOutcome
from publisher.policy import Context
from publisher.policy.compare import Case
from publisher.policy.examples import failures_of, judge
from publisher.policy.findings import RULE_FAILED

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.item import Item
    from publisher.model import Verdict
    from publisher.policy.rules import Rule

EXPECT = "expect"
"""The key of a line that says what must come of the item."""
MAX_LINES = 100_000


class Trial:
    """Counts what it tried; each method gives one line for each thing that is not as it should be."""

    def __init__(self, app: App, *, narrowed: bool) -> None:
        """`narrowed`: only some rules are tried, so that only they count."""
        self._app, self._narrowed, self.tried = app, narrowed, 0
        self._domain = app.config.council.domains[0]

    def of_rule(self, rule: Rule) -> Iterator[str]:
        """The rule's own examples, and its remedy, which the whole gate must let pass."""
        self.tried += sum(len(rule.examples.get(wanted, ())) for wanted in ("flag", "pass")) + 1
        yield from failures_of(self._app.gate, rule, self._domain)
        verdict = judge(self._app.gate, rule.remedy, self._domain)
        if stopping := _stopping(verdict):
            yield f"{rule.id}: its own remedy is stopped by {', '.join(stopping)}"

    def of_items(self, name: str, rules: Sequence[str]) -> Iterator[str]:
        """Items of a file; only what `rules` find counts. Raises InputError with the line that cannot be read."""
        gate = self._app.gate.only(*rules) if self._narrowed else self._app.gate
        for number, given in lines(name):
            expected = given.pop(EXPECT, VerdictOutcome.CLEAR.value)
            self._demand_known(expected, number)
            case = case_of(self._app, item_of(self._app, given, number), str(given.get("id", number)))
            self.tried += 1
            verdict = gate.check(case.item, case.posts, case.context)
            if fault := _fault(verdict, expected):
                yield f"line {number} ({case.item.title}): {fault}"

    def _demand_known(self, expected: Any, number: int) -> None:
        """Raises InputError for an outcome or a rule that there is not: it could never come of an item."""
        rules, outcomes = {*self._app.gate.book.rules, RULE_FAILED}, [each.value for each in VerdictOutcome]
        whole = isinstance(expected, list)
        for word in expected if whole else [expected]:
            if word not in (rules if whole else outcomes):
                detail = (
                    f"there is no rule {word!r}" if whole else f"{word!r} is no outcome, and no list of rules"
                )
                raise InputError(
                    f"line {number}: {detail}",
                    field=EXPECT,
                    way_out=nearest(str(word), rules if whole else outcomes),
                )


def lines(name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a file, with their lines' numbers. Raises InputError."""
    with _input.opened(name) as stream:
        for number, line in enumerate(stream, 1):
            if number > MAX_LINES:
                raise InputError(f"more than {MAX_LINES} lines in {name}", way_out="Split the file.")
            if line.strip():
                yield number, _object(line, number, name)


def _object(line: bytes, number: int, name: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"line {number} of {name} is not JSON", way_out="Give one item a line.") from error
    if not isinstance(value, dict):
        raise InputError(f"line {number} of {name} is no object", way_out="Give one item a line.")
    return value


def item_of(app: App, given: dict[str, Any], number: int) -> Item:
    """The item of a line. Raises InputError that names the line."""
    try:
        return parse(given, default_zone=app.config.council.timezone)
    except InputError as error:
        raise InputError(
            f"line {number}: {error.detail}", field=error.field, way_out=error.way_out
        ) from error


def case_of(app: App, item: Item, name: str) -> Case:
    """The item as `check` shows it to the gate: its posts made, its pictures not looked at."""
    from publisher.checking import sketch

    posts, unseen = sketch(app, item, None)
    return Case(name, item, posts, Context(app.sketcher.limits, None, app.today, unseen))


def _stopping(verdict: Verdict) -> list[str]:
    """The rules that stop it; one that cannot be applied stops everything, and is told for itself."""
    found = {finding.rule for finding in verdict.findings if finding.severity is not Severity.ADVISE}
    return sorted(found - {RULE_FAILED})


def _fault(verdict: Verdict, expected: Any) -> str:
    found = {finding.rule for finding in verdict.findings}
    if isinstance(expected, list):
        missing = sorted({str(rule) for rule in expected} - found)
        return f"not found: {', '.join(missing)}" if missing else ""
    if verdict.outcome.value == expected:
        return ""
    return f"{verdict.outcome.value}, not {expected}; found: {', '.join(sorted(found)) or 'nothing'}"
