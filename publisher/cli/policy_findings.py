"""`policy explain` and `policy overrides`: what stands behind a finding, and what officers let go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.cli.policy_rules import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

AROUND = 60
"""Characters of the text shown on each side of the words that a finding means."""
OTHERS_SHOWN = 3
"""Other items with the same finding that are named."""
_WIDTHS = (8, 30, 12, 10, 8)
_OF_PEOPLE = ("role", "no_need")
"""What is only for the sentence that people read."""


@click.command(
    "explain",
    short_help="Why a finding is there, and who may let it go.",
    epilog=examples("publisher policy explain 3f9a0c1b7d22", "publisher policy explain link.missing"),
)
@click.argument("name", metavar="FINDING|RULE")
@verb()
def explain(call: Call, name: str) -> None:
    """Why a finding is there, what satisfies it, and who may let it go, with the command to type."""
    with call.office() as office:
        found = office.rules.explain(name, quoted=not call.as_json)
    if call.as_json:
        _output.as_json({key: value for key, value in found.items() if key not in _OF_PEOPLE})
        return
    lets = f"{found['role']}, with `{found['command']}`" if found["role"] else f"{NOBODY} may let it go"
    facts = {"Override": found["no_need"] or lets}
    facts |= {"Also in": _also_in(found["also_in"])} if found["also_in"] else {}
    rule, finding = found["rule"], found["finding"]
    place = _found(found["item"], finding, found["quoted"]) if finding else ()
    _output.say("\n".join([*place, *_because(rule, finding), *_facts(facts)]))


def _also_in(others: Sequence[str]) -> str:
    more = len(others) - OTHERS_SHOWN
    named = ", ".join(others[:OTHERS_SHOWN]) + (f", and {more} more" if more > 0 else "")
    return f"{named}. Each item is decided on its own."


def _found(item: str, finding: Mapping[str, Any], quoted: Mapping[str, Any]) -> Iterator[str]:
    """What was found, and where in the text; what any finding's message masks is masked all over."""
    texts = {(one["channel"], one["field"]): one["text"] for one in quoted["texts"]}
    private = _output.private(quoted["findings"], texts)
    severity = _output.painted(finding["severity"])
    yield f"{finding['id']}  {severity}  {finding['rule']}  in {item}, {_output.masked(quoted['title'], private)}"
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


def _because(rule: Mapping[str, Any] | None, finding: Mapping[str, Any] | None) -> Iterator[str]:
    if rule is None:  # the gate's own, such as a rule that failed, or one that was taken out since
        yield from _facts({"Clause": finding["clause"], "Remedy": finding["remedy"]} if finding else {})
        return
    if finding is None:
        yield f"{rule['id']}  {_output.painted(rule['severity'])}"
    given, evidence = f'Give it as --evidence "{rule["id"]}=TEXT".', rule["evidence"]
    facts = {
        "Clause": rule["clause"],
        "Finds": rule["title"],
        "Remedy": rule["remedy"],
        "Evidence": f"{evidence.rstrip('.')}. {given}" if evidence else "nothing satisfies it",
        "More": f"`publisher policy show {rule['id']}`",
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
    with call.office() as office:
        found = office.rules.overrides()
    if call.as_json:
        _output.as_json(found)
        return
    _output.say(_table(found["overrides"]) if found["overrides"] else "No finding was ever let go.")
    for one in found["settled_by_evidence"]:
        line = (
            f"{one['item']}  {one['rule']}: settled by evidence of {one['author']}, alone: {one['evidence']}"
        )
        _output.say(_output.wrapped(line, "    ", first=""))
    for rate in found["rules"]:
        if rate["too_often"]:
            _output.say(_output.wrapped(_too_often(rate)))


def _too_often(rate: Mapping[str, Any]) -> str:
    share = rate["overridden"] / rate["findings"]
    return (
        f"{rate['rule']} was let go {rate['overridden']} of {rate['findings']} times ({share:.0%}): does it ask for "
        f"the right thing? `publisher policy show {rate['rule']}`"
    )


def _table(listed: Sequence[Mapping[str, Any]]) -> str:
    """By what became of them; each with its reason on a line of its own."""
    head = ("ITEM", "RULE", "FINDING", "UNTIL", "STATE", "BY")
    lines = [_output.table([head], _WIDTHS, _output.screen())]
    for row in listed:
        cells = tuple(row[key] for key in ("item", "rule", "finding", "expires_on", "state", "officer"))
        lines.append(_output.table([cells], _WIDTHS, _output.screen()))
        lines.append(_output.wrapped(row["reason"], "    "))
    states = [row["state"] for row in listed]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    return "\n".join([*lines, f"{len(listed)} in all: {counts}."])
