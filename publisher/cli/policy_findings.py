"""`policy explain` and `policy overrides`: what stands behind a finding, and what officers let go."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.cli.policy_rules import NOBODY, nearest
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from publisher.app import App
    from publisher.overrides import Listed
    from publisher.policy.rules import Rule
    from publisher.tables import ItemRow, VerdictRow
    from publisher.verdicts import HitRate

_FINDING = re.compile(r"[0-9a-f]{12}")
AROUND = 60
"""Characters of the text shown on each side of the words that a finding means."""
OFTEN, FEW = 0.5, 5
"""A rule let go more often than this asks for too much or for the wrong thing; of fewer findings nobody can tell."""
OTHERS_SHOWN = 3
"""Other items with the same finding that are named."""
KNOWN_ITEMS = 1_000
"""Of so many items, the latest, the findings are known by a mistyped id."""
ONE_DIGIT_WRONG = 0.8
"""How alike two ids are of which one is the other mistyped (difflib's ratio); two that were not are below 0.6."""
_WIDTHS = (8, 30, 12, 10, 8)


@click.command(
    "explain",
    short_help="Why a finding is there, and who may let it go.",
    epilog=examples("publisher policy explain 3f9a0c1b7d22", "publisher policy explain link.missing"),
)
@click.argument("name", metavar="FINDING|RULE")
@verb()
def explain(call: Call, name: str) -> None:
    """Why a finding is there, what satisfies it, and who may let it go, with the command to type."""
    with call.app() as app:
        stored = (
            app.verdicts.finding(name) if _FINDING.fullmatch(name) and app.config.database.is_file() else None
        )
        item, verdict, finding = stored or (None, None, None)
        rule_id = str(finding["rule"]) if finding else name
        rule = app.gate.book.rules.get(rule_id)
        if finding is None and rule is None:
            raise _unknown(app, name)
        role = app.gate.override_role(rule_id)
        no_need = _no_need(rule, item, finding)
        command = _command(item, finding) if role and not no_need else ""
        others = _others(app, item, finding) if item and finding else []
        if call.as_json:
            _output.as_json(_as_json(rule, item, finding, command) | {"also_in": others})
            return
        override = no_need or (f"{role}, with `{command}`" if role else f"{NOBODY} may let it go")
        found = _found(app, item, verdict, finding) if item and verdict and finding else ()
        facts = {"Override": override} | ({"Also in": _also_in(others)} if others else {})
        _output.say("\n".join([*found, *_because(rule, finding), *_facts(facts)]))


def _others(app: App, item: ItemRow, finding: Mapping[str, Any]) -> list[str]:
    """The other items that have this finding now, those that go last first: the same words give the same id."""
    latest = app.queue.items(limit=KNOWN_ITEMS, latest=True)
    return [
        row.id
        for row in reversed(latest)
        if row.id != item.id and any(one.get("id") == finding["id"] for one in row.verdict["findings"])
    ]


def _also_in(others: Sequence[str]) -> str:
    more = len(others) - OTHERS_SHOWN
    named = ", ".join(others[:OTHERS_SHOWN]) + (f", and {more} more" if more > 0 else "")
    return f"{named}. Each item is decided on its own."


def _no_need(rule: Rule | None, item: ItemRow | None, finding: Mapping[str, Any] | None) -> str:
    """Why nobody has to let it go, or not any more; empty where somebody has to."""
    from publisher.model import ItemState, Severity

    severity = finding["severity"] if finding else rule and rule.severity
    if severity == Severity.ADVISE:
        return "not needed: it stops nothing"
    if item and item.state not in {ItemState.HELD, ItemState.BLOCKED}:
        return f"not asked for: the item is {item.state}"
    return ""


def _unknown(app: App, word: str) -> InputError:
    known = _known_findings(app)
    if not _FINDING.fullmatch(word):
        detail, way_out = (
            "is neither the id of a finding nor a rule",
            nearest(word, {*app.gate.book.rules, *known}),
        )
    else:
        detail = "is no finding of an item that was handed in, and only those are found by their id"
        near = difflib.get_close_matches(word, known, n=1, cutoff=ONE_DIGIT_WRONG)
        way_out = (
            f"Did you mean {near[0]}?" if near else "Name the rule instead; `publisher check` shows both."
        )
    return InputError(f"{word!r} {detail}", field="FINDING|RULE", way_out=way_out)


def _known_findings(app: App) -> set[str]:
    if not app.config.database.is_file():
        return set()
    latest = app.queue.items(limit=KNOWN_ITEMS, latest=True)
    return {finding["id"] for row in latest for finding in row.verdict["findings"] if finding.get("id")}


def _command(item: ItemRow | None, finding: Mapping[str, Any] | None) -> str:
    """What whoever may let the finding go types."""
    item_id, finding_id = (item.id, finding["id"]) if item and finding else ("ID", "FINDING")
    return f"publisher approve {item_id} --finding {finding_id} --reason TEXT"


def _as_json(
    rule: Rule | None, item: ItemRow | None, finding: Mapping[str, Any] | None, command: str
) -> dict[str, Any]:
    from publisher import views

    return {
        "rule": views.rule(rule) if rule else None,
        "finding": dict(finding) if finding else None,
        "item": item.id if item else None,
        "command": command or None,
    }


def _found(app: App, item: ItemRow, verdict: VerdictRow, finding: Mapping[str, Any]) -> Iterator[str]:
    """What was found, and where in the text; what any finding's message masks is masked all over."""
    from publisher import views

    texts = views.texts(item.content, [delivery.post for delivery in app.queue.deliveries(item.id)])
    private = _output.private(verdict.findings, texts)
    severity = _output.painted(finding["severity"])
    yield f"{finding['id']}  {severity}  {finding['rule']}  in {item.id}, {_output.masked(item.title, private)}"
    yield _output.wrapped(_output.masked(finding["message"], private), "    ")
    if span := _output.span(finding, texts):
        text, start, end = span
        place = _place(finding["field"], _output.masked(text, private), start, end)
        yield _output.wrapped(place, "    ")


def _place(field: str, text: str, start: int, end: int) -> str:
    """The words between marks, and the text round them."""
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    cut = ("…" if start > AROUND else "", "…" if end + AROUND < len(text) else "")
    return " ".join(f"In {field}: {cut[0]}{before}»{text[start:end]}«{after}{cut[1]}".split())


def _because(rule: Rule | None, finding: Mapping[str, Any] | None) -> Iterator[str]:
    if rule is None:  # the gate's own, such as a rule that failed, or one that was taken out since
        yield from _facts({"Clause": finding["clause"], "Remedy": finding["remedy"]} if finding else {})
        return
    if finding is None:
        yield f"{rule.id}  {_output.painted(rule.severity.value)}"
    given = f'Give it as --evidence "{rule.id}=TEXT".'
    facts = {
        "Clause": rule.clause,
        "Finds": rule.title,
        "Remedy": rule.remedy,
        "Evidence": f"{rule.evidence.rstrip('.')}. {given}" if rule.evidence else "nothing satisfies it",
        "More": f"`publisher policy show {rule.id}`",
    }
    yield from _facts(facts)


def _facts(facts: Mapping[str, str]) -> Iterator[str]:
    for name, text in facts.items():
        yield _output.wrapped(text, " " * 14, first=f"  {name:<11} ")


@click.command(
    "overrides",
    short_help="What second officers let go.",
    epilog=examples("publisher policy overrides", "publisher policy overrides --json"),
)
@verb()
def overrides(call: Call) -> None:
    """What second officers let go: until when it counts, what was never needed, which rules are let go too often."""
    with call.app() as app:
        listed, rates, settled = app.overrides.listed(), app.verdicts.hit_rates(), list(_settled(app))
        often = [rate for rate in rates if _is_often(rate)]
        if call.as_json:
            _output.as_json(
                {
                    "overrides": [_override(row) for row in listed], "rules": [_rate(rate) for rate in rates],
                    "settled_by_evidence": [_settled_json(*pair) for pair in settled],
                }
            )  # fmt: skip
            return
        _output.say(_table(listed) if listed else "No finding was ever let go.")
        for row, finding in settled:
            given = row.content["evidence"][finding["rule"]]
            line = f"{row.id}  {finding['rule']}: settled by evidence of {row.author}, alone: {given}"
            _output.say(_output.wrapped(line, "    ", first=""))
        for rate in often:
            _output.say(_output.wrapped(
                f"{rate.rule} was let go {rate.overridden} of {rate.findings} times ({rate.rate:.0%}): does it ask for "
                f"the right thing? `publisher policy show {rate.rule}`",
            ))  # fmt: skip


def _settled(app: App) -> Iterator[tuple[ItemRow, Mapping[str, Any]]]:
    """The latest items with findings that became advice by evidence, which their author alone gives."""
    for row in app.queue.items(limit=KNOWN_ITEMS, latest=True):
        given = row.content.get("evidence") or {}
        found = {finding["rule"]: finding for finding in row.verdict["findings"] if finding["rule"] in given}
        yield from (
            (row, one) for one in found.values() if one["severity"] == "advise" and one.get("evidence")
        )


def _settled_json(row: ItemRow, finding: Mapping[str, Any]) -> dict[str, Any]:
    rule = finding["rule"]
    return {"item": row.id, "author": row.author, "rule": rule, "evidence": row.content["evidence"][rule]}


def _is_often(rate: HitRate) -> bool:
    return rate.findings >= FEW and rate.rate > OFTEN


def _table(listed: Sequence[Listed]) -> str:
    """By what became of them; each with its reason on a line of its own."""
    head = ("ITEM", "RULE", "FINDING", "UNTIL", "STATE", "BY")
    lines = [_output.table([head], _WIDTHS, _output.screen())]
    for row in listed:
        cells = (row.item_id, row.rule, row.finding, row.expires_on.isoformat(), row.state.value, row.officer)
        lines.append(_output.table([cells], _WIDTHS, _output.screen()))
        lines.append(_output.wrapped(row.reason, "    "))
    counts = ", ".join(
        f"{sum(row.state is state for row in listed)} {state}"
        for state in dict.fromkeys(row.state for row in listed)
    )
    return "\n".join([*lines, f"{len(listed)} in all: {counts}."])


def _override(row: Listed) -> dict[str, Any]:
    from publisher import views

    return {
        "item": row.item_id, "title": row.title, "rule": row.rule, "finding": row.finding, "officer": row.officer,
        "role": row.role, "reason": row.reason, "given_at": views.stamp(row.given_at),
        "expires_on": row.expires_on.isoformat(), "revoked_at": views.stamp(row.revoked_at), "state": row.state.value,
    }  # fmt: skip


def _rate(rate: HitRate) -> dict[str, Any]:
    return {
        "rule": rate.rule, "findings": rate.findings, "overridden": rate.overridden, "rate": round(rate.rate, 3),
        "too_often": _is_often(rate),
    }  # fmt: skip
