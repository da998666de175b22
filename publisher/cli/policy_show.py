"""`policy show`: one rule, one table of words, or one register, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output, _policy_registers
from publisher.cli._common import Call, examples, verb
from publisher.cli.policy_rules import NOBODY, WORDS_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    from publisher.office.rules import Named

    with call.office() as office:
        entries = office.rules.show(Named(names=rule_ids))["entries"]
    for number, entry in enumerate(entries):
        if call.as_json:
            _output.as_json(entry)
        else:
            text = "\n".join(_shown(entry, everything=everything))
            _output.say(f"\n{text}" if number else text)


def _shown(entry: Mapping[str, Any], *, everything: bool) -> Iterator[str]:
    if "table" in entry:
        return _table_whole(entry, everything=everything)
    if "register" in entry:
        return _policy_registers.shown(entry)
    return _whole(entry, everything=everything)


def _table_whole(entry: Mapping[str, Any], *, everything: bool) -> Iterator[str]:
    name, rules = entry["table"], entry["rules"]
    yield _parameter(f"table {name}", entry["words"], everything=everything).removeprefix("  ")
    yield _output.wrapped(f"Used by: {', '.join(rules) if rules else 'no rule'}", "    ", first="  ")
    yield _output.wrapped(
        f'A council fills it in a .toml file of its own folder ([policy] rules in config.toml): `{name} = ["…"]` below '
        "[more] adds to it, below [tables] takes its place.", "  ",
    )  # fmt: skip


def _whole(rule: Mapping[str, Any], *, everything: bool) -> Iterator[str]:
    yield f"{rule['id']}  {_output.painted(rule['severity'])}  {rule['title']}"
    if rule["missing"]:
        yield _output.wrapped(f"It cannot be applied: {rule['missing']}.", "  ", first="  ")
    for name, text in _facts(rule).items():
        if text:
            yield _output.wrapped(text, " " * 14, first=f"  {name:<11} ")
    lists = {key: value for key, value in rule["parameters"].items() if value not in ("", [])}
    if lists:
        yield "Looks for:"
        yield from (_parameter(key, value, everything=everything) for key, value in lists.items())
    for name, words in rule["tables"].items():
        yield _parameter(f"table {name}", words, everything=everything)
    for wanted, heading in (("flag", "Must be found:"), ("pass", "Must pass:")):
        yield heading
        yield from _examples(rule["examples"].get(wanted, ()), everything=everything)


def _facts(rule: Mapping[str, Any]) -> dict[str, str]:
    review, since = (
        f"{words} {rule[key]}" if rule[key] else ""
        for words, key in (("review by", "review_date"), ("since", "since"))
    )
    return {
        "Clause": rule["clause"],
        "Status": ", ".join(filter(None, [rule["status"], since, review])),
        "Looks at": ", ".join(rule["fields"]) + _only(rule),
        "Detector": rule["detector"],
        "Says": rule["message"],
        "Remedy": rule["remedy"],
        "Evidence": rule["evidence"] or "nothing satisfies it",
        "Override": f"{rule['override'] or NOBODY} may let a finding go",
        "Private": "what is found is masked" if rule["private"] else "",
        "File": ", then ".join(rule["files"]),
    }


def _only(rule: Mapping[str, Any]) -> str:
    where = [*rule["channels"], *rule["kinds"]]
    return f" (only {', '.join(where)})" if where else ""


def _parameter(key: str, value: Any, *, everything: bool) -> str:
    if not isinstance(value, list):
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
