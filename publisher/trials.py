"""Rules tried out: on their own examples, on items of which one knows what must come of them, and one set against another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from publisher import policy
from publisher.checking import sketch
from publisher.errors import InputError
from publisher.item import Item, parse
from publisher.model import Severity, Verdict, VerdictOutcome
from publisher.policy import Context, Gate, compare, snapshot
from publisher.policy.compare import Case
from publisher.policy.examples import failures_of, judge
from publisher.policy.findings import RULE_FAILED
from publisher.policy.registers import Registers
from publisher.policy.rules import BUILT_IN as FOLDER
from publisher.policy.rules import Rule, RuleBook, read
from publisher.rulebook import demanded, nearest

if TYPE_CHECKING:
    from publisher.app import App

EXPECT = "expect"
"""The key of a line that says what must come of the item."""
BUILT_IN = "built-in"
"""Stands for the rules that the program brings, without the council's own."""
_VERSION = re.compile(r"[0-9a-f]{16}")

Lines = Sequence[tuple[int, Mapping[str, Any]]]
"""Lines of a file of items: the number of each, and its values."""


def of_rules(app: App, names: Sequence[str]) -> dict[str, Any]:
    """These rules, or all, on their own examples; each remedy's own words must pass the whole gate. Raises InputError."""
    gate = app.rules()
    domain = app.config.council.domains[0]
    rules = [demanded(gate, name) for name in names] or list(gate.book.rules.values())
    faults = [fault for rule in rules for fault in _faults_of(gate, rule, domain)]
    return {"rules": len(rules), "tried": sum(map(_tried, rules)), "faults": faults}


def _tried(rule: Rule) -> int:
    """How many texts a rule is tried on: its examples, and its remedy."""
    return sum(len(rule.examples.get(wanted, ())) for wanted in ("flag", "pass")) + 1


def _faults_of(gate: Gate, rule: Rule, domain: str) -> Iterator[str]:
    yield from failures_of(gate, rule, domain)
    if stopping := _stopping(judge(gate, rule.remedy, domain)):
        yield f"{rule.id}: its own remedy is stopped by {', '.join(stopping)}"


def of_items(app: App, names: Sequence[str], lines: Lines) -> dict[str, Any]:
    """Items of a file; only what these rules find counts, or all. Raises InputError with the line that cannot be read."""
    whole = app.rules()
    gate = whole.only(*(demanded(whole, name).id for name in names)) if names else whole
    faults = [f"line {number} ({title}): {fault}" for number, title, fault in _wrong(app, gate, whole, lines)]
    return {"tried": len(lines), "faults": faults}


def _wrong(app: App, gate: Gate, whole: Gate, lines: Lines) -> Iterator[tuple[int, str, str]]:
    for number, values in lines:
        given = dict(values)
        expected = given.pop(EXPECT, VerdictOutcome.CLEAR.value)
        _demand_known(whole, expected, number)
        case = _case(app, given, number, str(given.get("id", number)))
        if fault := _fault(gate.check(case.item, case.posts, case.context), expected):
            yield number, case.item.title, fault


def _demand_known(gate: Gate, expected: Any, number: int) -> None:
    """Raises InputError for an outcome or a rule that there is not: it could never come of an item."""
    rules, outcomes = {*gate.book.rules, RULE_FAILED}, [each.value for each in VerdictOutcome]
    whole = isinstance(expected, list)
    for word in expected if whole else [expected]:
        if word not in (rules if whole else outcomes):
            detail = (
                f"there is no rule {word!r}" if whole else f"{word!r} is no outcome, and no list of rules"
            )
            raise InputError(
                f"line {number}: {detail}", field=EXPECT, way_out=nearest(str(word), rules if whole else outcomes)
            )  # fmt: skip


def _case(app: App, given: Mapping[str, Any], number: int, name: str) -> Case:
    """The item as `check` shows it to the gate: its posts made, its pictures not looked at."""
    item = _item(app, given, number)
    posts, unseen = sketch(app, item, None)
    return Case(name, item, posts, Context(app.sketcher.limits, None, app.today, unseen))


def _item(app: App, given: Mapping[str, Any], number: int) -> Item:
    try:
        return parse(dict(given), default_zone=app.config.council.timezone)
    except InputError as error:
        raise InputError(
            f"line {number}: {error.detail}", field=error.field, way_out=error.way_out
        ) from error


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


# --- one set of rules against another ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Side:
    """One of two sets of rules: "built-in", a version that a verdict names, or rules that were sent (`packed`).

    Without any of them: before, those of the last stored verdict; after, those of config.toml.
    """

    named: str = ""
    sent: Mapping[str, Any] | None = None


def difference(
    app: App, before: Side, after: Side, lines: Lines = (), *, stored: bool = False
) -> dict[str, Any]:
    """What differs between two sets of rules, and which items they judge otherwise: those given, and those `stored`.

    Raises InputError for a version that there is not, a line that is no item, or a book that is none.
    """
    one, other = _gate(app, before, "--from") or _last(app), _gate(app, after, "--to") or app.rules()
    cases = [
        _case(app, _plain(values), number, str(values.get("id", f"line {number}")))
        for number, values in lines
    ]
    cases += app.verdicts.cases() if stored else ()
    return {
        "from": one.version, "to": other.version,
        "differences": [each.to_json() for each in compare.differences(one.book, other.book)],
        "weaker": list(compare.weaker(one.book, other.book)), "items": len(cases),
        "judged_otherwise": [_otherwise(each) for each in compare.judged_otherwise(one, other, cases)],
    }  # fmt: skip


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != EXPECT}


def _gate(app: App, side: Side, field: str) -> Gate | None:
    """The rules that a side names; None where it names none."""
    if side.sent is not None:
        return policy.gate_with(_unpacked(side.sent, field), app.config)
    if side.named == BUILT_IN:
        return _built_in(app)
    if _VERSION.fullmatch(side.named):
        return app.verdicts.gate_of(side.named)
    if side.named:
        raise InputError(
            f"{side.named!r} is neither a folder nor a policy's version", field=field,
            way_out=f'Name a folder of rule files, "{BUILT_IN}", or the 16 digits that a verdict shows as its policy.',
        )  # fmt: skip
    return None


def _built_in(app: App) -> Gate:
    """The same council with the program's own rules alone."""
    return policy.gate_with(read([FOLDER]), app.config)


def _last(app: App) -> Gate:
    """The rules of the last stored verdict; the built-in ones where there is no queue or nothing in it yet."""
    if app.config.database.is_file() and (known := app.verdicts.policies()):
        return app.verdicts.gate_of(known[-1].version)
    return _built_in(app)


def packed(book: RuleBook) -> dict[str, Any]:
    """Rules that somebody drafts, as plain JSON values, to be tried where the items are: what is not as built in."""
    plain = read([FOLDER])
    return {
        "rules": [
            snapshot.plain(rule) | {"examples": snapshot.plain(rule.examples)}
            for name, rule in book.rules.items()
            if rule != plain.rules.get(name)
        ],
        "tables": {
            name: list(words) for name, words in book.tables.items() if words != plain.tables.get(name)
        },
        "registers": snapshot.plain(book.registers),
    }


def _unpacked(sent: Mapping[str, Any], field: str) -> RuleBook:
    """The built-in rules with what was sent. A folder adds to them and changes them; it can take none away."""
    plain = read([FOLDER])
    try:
        rules = {rule.id: rule for rule in snapshot.built(tuple[Rule, ...], sent["rules"])}
        tables = snapshot.built(Mapping[str, tuple[str, ...]], sent["tables"])
        registers = snapshot.built(Registers, sent["registers"])
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"what was sent is no set of rules ({type(error).__name__})", field=field,
            way_out="Use the same version of the program on both sides.",
        ) from error  # fmt: skip
    return RuleBook(
        dict(sorted({**plain.rules, **rules}.items())), dict(sorted({**plain.tables, **tables}.items())), registers
    )  # fmt: skip


def _otherwise(found: compare.Otherwise) -> dict[str, Any]:
    return {
        "id": found.case.id,
        "title": found.case.item.title,
        "before": found.before.outcome.value,
        "after": found.after.outcome.value,
        "came": list(found.came),
        "went": list(found.went),
    }
