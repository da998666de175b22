"""`policy diff` and `policy replay`: what a change of the rules changes, and that nothing else changes a verdict."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.cli._policy_registers import in_words
from publisher.cli.policy_rules import WORDS_SHOWN, counted
from publisher.errors import EXIT_DONE, EXIT_NO, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publisher.app import App
    from publisher.policy import Gate
    from publisher.policy.compare import Case, Difference, Otherwise, Part
    from publisher.verdicts import Replayed

BUILT_IN = "built-in"
"""Stands for the rules that the program brings, without the council's own."""
_VERSION = re.compile(r"[0-9a-f]{16}")
_MARKS = {"added": "+", "removed": "-", "changed": "~"}


@click.command(
    "diff",
    short_help="What changed between two sets of rules.",
    epilog=examples(
        "publisher policy diff",
        "publisher policy diff --from built-in",
        "publisher policy diff --to new-rules --items last-year.jsonl",
    ),
)
@click.option(
    "--from",
    "before",
    metavar="VERSION|FOLDER",
    help="Rules before [the last stored verdict's, else built-in].",
)
@click.option("--to", "after", metavar="VERSION|FOLDER", help="Rules after [those of config.toml].")
@click.option("--items", "items", metavar="FILE.jsonl", help="Items to judge by both, one a line.")
@click.option("--stored", is_flag=True, help="Also judge every item in the queue by both.")
@verb()
def diff(call: Call, before: str | None, after: str | None, items: str | None, *, stored: bool) -> None:
    """What changed between two sets of rules: rules, lists, registers; and what that does to items.

    Say "built-in" for the program's own rules, a folder for those with that folder's, or a version that a stored
    verdict names.
    """
    from publisher.policy import compare

    with call.app() as app:
        one = _gate(app, before, "--from") if before else _last(app)
        other = _gate(app, after, "--to") if after else app.gate
        found = compare.differences(one.book, other.book)
        cases = [*(_cases(app, items) if items else ()), *(app.verdicts.cases() if stored else ())]
        changed = list(compare.judged_otherwise(one, other, cases))
        if call.as_json:
            _output.as_json(
                {
                    "from": one.version, "to": other.version, "differences": [each.to_json() for each in found],
                    "weaker": list(compare.weaker(one.book, other.book)),
                    "items": len(cases), "judged_otherwise": [_judged_json(each) for each in changed],
                }
            )  # fmt: skip
        else:
            for line in _told(one, other, found, cases, changed):
                _output.say(line)


def _gate(app: App, given: str, field: str) -> Gate:
    from pathlib import Path

    from publisher import policy

    if given == BUILT_IN:
        return policy.load(_with_rules(app, ""))
    if Path(given).is_dir():
        return policy.load(_with_rules(app, str(Path(given).resolve())))
    if _VERSION.fullmatch(given):
        return app.verdicts.gate_of(given)
    raise InputError(
        f"{given!r} is neither a folder nor a policy's version", field=field,
        way_out=f'Name a folder of rule files, "{BUILT_IN}", or the 16 digits that a verdict shows as its policy.',
    )  # fmt: skip


def _with_rules(app: App, folder: str) -> Any:
    """The same council's configuration with another folder of rules."""
    settings = app.config.policy.model_copy(update={"rules": folder})
    return app.config.model_copy(update={"policy": settings})


def _last(app: App) -> Gate:
    """The rules of the last stored verdict; the built-in ones where there is no queue or nothing in it yet."""
    if app.config.database.is_file() and (known := app.verdicts.policies()):
        return app.verdicts.gate_of(known[-1].version)
    return _gate(app, BUILT_IN, "--from")


def _cases(app: App, name: str) -> Iterator[Case]:
    from publisher.cli._policy_trial import EXPECT, case_of, item_of, lines

    for number, given in lines(name):
        given.pop(EXPECT, None)
        yield case_of(app, item_of(app, given, number), str(given.get("id", f"line {number}")))


def _judged_json(found: Otherwise) -> dict[str, Any]:
    return {
        "id": found.case.id,
        "title": found.case.item.title,
        "before": found.before.outcome.value,
        "after": found.after.outcome.value,
        "came": found.came,
        "went": found.went,
    }


def _told(
    one: Gate, other: Gate, found: Sequence[Difference], cases: Sequence[Case], changed: Sequence[Otherwise]
) -> Iterator[str]:
    from publisher.policy import compare

    if one.version == other.version and not found:
        yield f"No difference: both are policy {one.version}."
    else:
        yield f"From policy {one.version} to {other.version}: {counted(len(found), 'difference')}."
    if softer := list(compare.weaker(one.book, other.book)):
        yield click.style("Weaker:", fg="yellow")
        yield from (_output.wrapped(words, "      ", first="  ! ") for words in softer)
    for difference in found:
        yield from _difference(difference)
    if cases:
        yield f"Judged otherwise: {len(changed)} of {counted(len(cases), 'item')}."
        yield from (_judged(each) for each in changed)


def _difference(found: Difference) -> Iterator[str]:
    yield f"{_MARKS[found.change.value]} {found.kind} {found.name}" + (
        f" ({found.change.value})" if found.change.value != "changed" else ""
    )
    if found.kind == "rule" and found.change.value == "added":
        title = next((part.after for part in found.parts if part.key == "title"), "")
        yield _output.wrapped(str(title), "    ")
        return
    for part in found.parts:
        told = _own(part, found.name) if found.change.value == "added" else _part(part)
        yield from [_output.wrapped(told, "      ", first="    ")] if told else []


def _own(part: Part, name: str) -> str:
    """What an entry that was added says; nothing of its name, nor of what it leaves open, but for the area."""
    value = part.added or part.after
    said = value != name and (value or part.key == "area")
    return f"{part.key}: {_value(part.key, value)}" if said else ""


def _part(part: Part) -> str:
    if part.key == "area" and bool(part.added) is not bool(part.removed):  # an empty one is the largest
        here, there = (_value("area", words) for words in (part.removed, part.added))
        return f"area: {here} → {there}"
    if not (part.added or part.removed):
        return f"{part.key}: {_value(part.key, part.before)} → {_value(part.key, part.after)}"
    said = [
        f"{sign}{len(words)}: {_value(part.key, words)}"
        for sign, words in (("+", part.added), ("-", part.removed))
        if words
    ]
    return f"{part.key}  " + "; ".join(said)


def _value(key: str, value: Any) -> str:
    if key in {"area", "exempt"}:
        return in_words(key, value)
    return _few(value) if isinstance(value, list | tuple) and value else _output.in_words(value)


def _few(words: Sequence[Any]) -> str:
    shown = ", ".join(map(_output.in_words, words[:WORDS_SHOWN]))
    return shown if len(words) <= WORDS_SHOWN else f"{shown}, … ({len(words)} in all)"


def _judged(found: Otherwise) -> str:
    here, there = (_output.painted(each.outcome.value) for each in (found.before, found.after))
    signed = [f"+ {rule}" for rule in found.came] + [f"- {rule}" for rule in found.went]
    return _output.wrapped(
        f"{found.case.id}  {_output.shortened(found.case.item.title, 40)}: {here} → {there}  {', '.join(signed)}",
        "      ", first="  ",
    )  # fmt: skip


@click.command(
    "replay",
    short_help="Judge again what was judged; it must come out the same.",
    epilog=examples("publisher policy replay", "publisher policy replay --json"),
)
@verb()
def replay(call: Call) -> int:
    """Judge again whatever was judged: the same input, policy and day must give the same verdict and digest.

    Exit code: 0 all are the same, 1 something is not. What another version of the program judged is only counted.
    """
    with call.app() as app:
        tried = list(app.verdicts.replay())
        wrong = [each for each in tried if each.same is False]
        unproved = [each for each in tried if each.same is None]
        same = len(tried) - len(wrong) - len(unproved)
        if call.as_json:
            different, not_repeated = ([_replayed_json(each) for each in some] for some in (wrong, unproved))
            _output.as_json(
                {"verdicts": len(tried), "same": same, "different": different, "not_repeated": not_repeated}
            )
        else:
            for each in wrong:
                when = _output.moment(each.at, app.config.council.timezone) if each.at else "at no known time"
                line = f"{each.item_id}  {each.stage or 'at no known step'}  {when}: {each.note}"
                _output.say(_output.wrapped(line, "      ", first="  "))
            for line in _not_repeated(unproved):
                _output.say(_output.wrapped(line, "      ", first="  "))
            left = f", {len(unproved)} could not be repeated here" if unproved else ""
            _output.say(f"{counted(len(tried), 'stored verdict')}: {same} the same, {len(wrong)} not{left}.")
    return EXIT_NO if wrong else EXIT_DONE


def _not_repeated(unproved: Sequence[Replayed]) -> Iterator[str]:
    """One line for each reason, with how many it is about and the first of them."""
    for note in dict.fromkeys(each.note for each in unproved):
        about = [each.item_id for each in unproved if each.note == note]
        items = list(dict.fromkeys(about))
        yield f"Cannot be repeated here: {counted(len(about), 'verdict')} ({_few(items)}): {note}"


def _replayed_json(each: Replayed) -> dict[str, Any]:
    from publisher import views

    return {
        "item": each.item_id,
        "stage": each.stage.value if each.stage else None,
        "at": views.stamp(each.at) if each.at else None,
        "note": each.note,
    }
