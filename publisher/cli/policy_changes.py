"""`policy diff` and `policy replay`: what a change of the rules changes, and that nothing else changes a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.cli._policy_registers import in_words
from publisher.cli.policy_rules import WORDS_SHOWN, counted
from publisher.errors import EXIT_DONE, EXIT_NO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from publisher.office import Office

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
    with call.office() as office:
        found = _compared(office, before, after, items, stored=stored)
    if call.as_json:
        _output.as_json(found)
    else:
        for line in _told(found):
            _output.say(line)


def _compared(
    office: Office, before: str | None, after: str | None, items: str | None, *, stored: bool
) -> dict[str, Any]:
    """One answer, however many portions the items were asked about in."""
    from publisher.cli._policy_trial import portions, side
    from publisher.office.rules import Comparison

    asked = Comparison(before=side(office, before), after=side(office, after), stored=stored)
    whole: dict[str, Any] = {}
    for lines in portions(items) if items else ():
        answer = office.rules.diff(asked.model_copy(update={"lines": lines, "stored": stored and not whole}))
        for key in ("items", "judged_otherwise") if whole else ():
            answer[key] = whole[key] + answer[key]
        whole = answer
    return whole or office.rules.diff(asked)


def _told(found: Mapping[str, Any]) -> Iterator[str]:
    one, other, differences = found["from"], found["to"], found["differences"]
    if one == other and not differences:
        yield f"No difference: both are policy {one}."
    else:
        yield f"From policy {one} to {other}: {counted(len(differences), 'difference')}."
    if found["weaker"]:
        yield click.style("Weaker:", fg="yellow")
        yield from (_output.wrapped(words, "      ", first="  ! ") for words in found["weaker"])
    for difference in differences:
        yield from _difference(difference)
    if found["items"]:
        changed = found["judged_otherwise"]
        yield f"Judged otherwise: {len(changed)} of {counted(found['items'], 'item')}."
        yield from (_judged(each) for each in changed)


def _difference(found: Mapping[str, Any]) -> Iterator[str]:
    kind, name, change, parts = (found[key] for key in ("kind", "name", "change", "parts"))
    yield f"{_MARKS[change]} {kind} {name}" + (f" ({change})" if change != "changed" else "")
    if kind == "rule" and change == "added":
        title = next((part["after"] for part in parts if part["key"] == "title"), "")
        yield _output.wrapped(str(title), "    ")
        return
    for part in parts:
        told = _own(part, name) if change == "added" else _part(part)
        yield from [_output.wrapped(told, "      ", first="    ")] if told else []


def _own(part: Mapping[str, Any], name: str) -> str:
    """What an entry that was added says; nothing of its name, nor of what it leaves open, but for the area."""
    key, value = part["key"], part["added"] or part["after"]
    said = value != name and (value or key == "area")
    return f"{key}: {_value(key, value)}" if said else ""


def _part(part: Mapping[str, Any]) -> str:
    key, added, removed = part["key"], part["added"], part["removed"]
    if key == "area" and bool(added) is not bool(removed):  # an empty one is the largest
        here, there = (_value("area", words) for words in (removed, added))
        return f"area: {here} → {there}"
    if not (added or removed):
        return f"{key}: {_value(key, part['before'])} → {_value(key, part['after'])}"
    said = [
        f"{sign}{len(words)}: {_value(key, words)}" for sign, words in (("+", added), ("-", removed)) if words
    ]
    return f"{key}  " + "; ".join(said)


def _value(key: str, value: Any) -> str:
    if key in {"area", "exempt"}:
        return in_words(key, value)
    return _few(value) if isinstance(value, list) and value else _output.in_words(value)


def _few(words: Sequence[Any]) -> str:
    shown = ", ".join(map(_output.in_words, words[:WORDS_SHOWN]))
    return shown if len(words) <= WORDS_SHOWN else f"{shown}, … ({len(words)} in all)"


def _judged(found: Mapping[str, Any]) -> str:
    here, there = (_output.painted(found[when]) for when in ("before", "after"))
    signed = [f"+ {rule}" for rule in found["came"]] + [f"- {rule}" for rule in found["went"]]
    return _output.wrapped(
        f"{found['id']}  {_output.shortened(found['title'], 40)}: {here} → {there}  {', '.join(signed)}",
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
    with call.office() as office:
        found = office.rules.replay()
        if call.as_json:
            _output.as_json(found)
        else:
            zone = office.council.about()["timezone"] if found["different"] else ""
            for line in _replayed(found, zone):
                _output.say(line)
    return EXIT_NO if found["different"] else EXIT_DONE


def _replayed(found: Mapping[str, Any], zone: str) -> Iterator[str]:
    wrong, unproved = found["different"], found["not_repeated"]
    for each in wrong:
        when = _output.moment(each["at"], zone) if each["at"] else "at no known time"
        line = f"{each['item']}  {each['stage'] or 'at no known step'}  {when}: {each['note']}"
        yield _output.wrapped(line, "      ", first="  ")
    yield from (_output.wrapped(line, "      ", first="  ") for line in _not_repeated(unproved))
    left = f", {len(unproved)} could not be repeated here" if unproved else ""
    yield f"{counted(found['verdicts'], 'stored verdict')}: {found['same']} the same, {len(wrong)} not{left}."


def _not_repeated(unproved: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line for each reason, with how many it is about and the first of them."""
    for note in dict.fromkeys(each["note"] for each in unproved):
        about = [each["item"] for each in unproved if each["note"] == note]
        items = list(dict.fromkeys(about))
        yield f"Cannot be repeated here: {counted(len(about), 'verdict')} ({_few(items)}): {note}"
