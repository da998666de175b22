"""`policy show`: one rule, one table of words, or one register, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output, _policy_registers
from publisher.cli._common import Call, examples, verb
from publisher.cli.policy_rules import NOBODY, WORDS_SHOWN, demanded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from publisher.policy import Gate
    from publisher.policy.rules import Rule

EXAMPLES_SHOWN = 3


@click.command(
    "show",
    short_help="Everything about one rule, one table of words, or one register.",
    epilog=examples(
        "publisher policy show link.missing",
        "publisher policy show third-party.shortener --all",
        "publisher policy show elections sites",
    ),
)
@click.argument("rule_ids", metavar="RULE|TABLE|REGISTER...", nargs=-1, required=True)
@click.option("--all", "everything", is_flag=True, help="Long lists and all examples whole.")
@verb()
def show(call: Call, rule_ids: tuple[str, ...], *, everything: bool) -> None:
    """Everything about a rule: what it looks for, its lists, its examples, and the file to change.

    With the name of a table: its words, the rules that use it, and how a council fills it. With elections, sites,
    candidates, parties or controversial: what is registered.
    """
    from publisher import policy, views
    from publisher.policy.origins import origins
    from publisher.policy.rules import lacking

    with call.app() as app:
        files = origins(policy.folders(app.config))
        lists = {*app.gate.book.tables, *_policy_registers.LISTS}
        chosen = [name if name in lists else demanded(app.gate, name) for name in rule_ids]
        for number, one in enumerate(chosen):
            if call.as_json and isinstance(one, str):
                _output.as_json(_list_as_json(app.gate, one))
            elif call.as_json and not isinstance(one, str):
                known = {
                    "tables": dict(_tables(app.gate, one)),
                    "missing": lacking(one, app.gate.book),
                    "files": list(map(str, files.get(one.id, []))),
                }
                _output.as_json(views.rule(one) | known)
            else:
                text = "\n".join(_shown(app.gate, one, files, everything=everything))
                _output.say(f"\n{text}" if number else text)


def _shown(
    gate: Gate, one: Rule | str, files: Mapping[str, Sequence[Path]], *, everything: bool
) -> Iterator[str]:
    if isinstance(one, str) and one in gate.book.tables:
        return _table_whole(gate, one, everything=everything)
    if isinstance(one, str):
        return _policy_registers.shown(gate, one)
    return _whole(gate, one, files.get(one.id, []), everything=everything)


def _list_as_json(gate: Gate, name: str) -> dict[str, Any]:
    """A table, or a register."""
    if name in gate.book.tables:
        return {"table": name, "words": gate.book.tables[name], "rules": using(gate, name)}
    return _policy_registers.as_json(gate, name)


def _table_whole(gate: Gate, name: str, *, everything: bool) -> Iterator[str]:
    rules = using(gate, name)
    yield _parameter(f"table {name}", gate.book.tables[name], everything=everything).removeprefix("  ")
    yield _output.wrapped(f"Used by: {', '.join(rules) if rules else 'no rule'}", "    ", first="  ")
    yield _output.wrapped(
        f'A council fills it in a .toml file of its own folder ([policy] rules in config.toml): `{name} = ["…"]` below '
        "[more] adds to it, below [tables] takes its place.", "  ",
    )  # fmt: skip


def using(gate: Gate, name: str) -> list[str]:
    """The rules whose parameters name a table."""
    return [rule.id for rule in gate.book.rules.values() if name in dict(_tables(gate, rule))]


def _tables(gate: Gate, rule: Rule) -> Iterator[tuple[str, Sequence[str]]]:
    """The tables that the rule's parameters name."""
    from publisher.policy.rules import TABLE

    for value in rule.parameters.values():
        for name in value if isinstance(value, list | tuple) else [value]:
            if isinstance(name, str) and name.startswith(TABLE):
                known = name.removeprefix(TABLE)
                yield known, gate.book.tables.get(known, ())


def _whole(gate: Gate, rule: Rule, files: Sequence[Path], *, everything: bool) -> Iterator[str]:
    from publisher.policy.rules import lacking

    yield f"{rule.id}  {_output.painted(rule.severity.value)}  {rule.title}"
    if missing := lacking(rule, gate.book):
        yield _output.wrapped(f"It cannot be applied: {missing}.", "  ", first="  ")
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
        return _output.wrapped(_output.in_words(value), "      ", first=f"  {key}: ")
    if not value:
        return f"  {key} (0): it is empty"
    shown = value if everything else value[:WORDS_SHOWN]
    more = f", and {len(value) - len(shown)} more (--all)" if len(shown) < len(value) else ""
    return _output.wrapped(
        " · ".join(map(_output.in_words, shown)) + more, "      ", first=f"  {key} ({len(value)}): "
    )


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
    return ", ".join(f"{key} = {_output.in_words(value)}" for key, value in example.items())
