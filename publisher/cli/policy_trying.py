"""`policy test`: the rules tried on their own examples, and on a council's own items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.cli.policy_rules import counted, weakened
from publisher.errors import EXIT_DONE, EXIT_NO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from publisher.office import Office

AT_ONCE = 10
"""Rules that are tried at once, between two steps of the bar."""


@click.command(
    "test",
    short_help="Try the rules on their own examples, and on items of yours.",
    epilog=examples(
        "publisher policy test",
        "publisher policy test link.missing one-way.mention",
        "publisher policy test --file ours.jsonl",
    ),
)
@click.argument("rule_ids", metavar="[RULE]...", nargs=-1)
@click.option(
    "--file", "file", metavar="ITEMS.jsonl", help="Also items of your own, one a line, with what to expect."
)
@verb()
def test(call: Call, rule_ids: tuple[str, ...], file: str | None) -> int:
    """Try the rules on their own examples, and on items of yours; each remedy's own words must pass, too.

    A line of ITEMS.jsonl is an item. With "expect" it says what must come of it: clear, review, block, or a list
    of rules; without, nothing above advice may be found.

    Exit code: 0 all as it should be, 1 something is not.
    """
    with call.office() as office:
        known = office.rules.list()
        names = rule_ids or tuple(rule["id"] for rule in known["rules"])
        answers = [*_of_rules(office, names), *(_of_items(office, rule_ids, file) if file else ())]
    tried = sum(answer["tried"] for answer in answers)
    faults = [fault for answer in answers for fault in answer["faults"]]
    if call.as_json:
        _output.as_json({"rules": len(names), "tried": tried, "faults": faults})
    else:
        for fault in faults:
            _output.say(_output.wrapped(fault, "    ", first="  - "))
        told = "all as they should be" if not faults else f"{counted(len(faults), 'fault')}, see above"
        _output.say(f"{counted(len(names), 'rule')}, {counted(tried, 'text')} tried: {told}.")
        for line in weakened(known["weaker"]):
            _output.say(_output.wrapped(line))
    return EXIT_NO if faults else EXIT_DONE


def _of_rules(office: Office, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Some rules at a time, with a bar for whoever watches."""
    import sys

    from publisher.office.rules import Named

    hidden = not sys.stderr.isatty()
    with click.progressbar(length=len(names), label="Trying", file=sys.stderr, hidden=hidden) as bar:
        for start in range(0, len(names), AT_ONCE):
            some = tuple(names[start : start + AT_ONCE])
            yield office.rules.test(Named(names=some))
            bar.update(len(some))


def _of_items(office: Office, names: Sequence[str], file: str) -> Iterator[Mapping[str, Any]]:
    from publisher.cli._policy_trial import portions
    from publisher.office.rules import Tried

    for lines in portions(file):
        yield office.rules.test_items(Tried(names=tuple(names), lines=lines))
