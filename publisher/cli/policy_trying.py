"""`policy test`: the rules tried on their own examples, and on a council's own items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.cli.policy_rules import counted, demanded, weakened
from publisher.errors import EXIT_DONE, EXIT_NO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publisher.policy.rules import Rule


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
    from publisher.cli._policy_trial import Trial

    with call.app() as app:
        rules = [demanded(app.gate, name) for name in rule_ids] or list(app.gate.book.rules.values())
        trial = Trial(app, narrowed=bool(rule_ids))
        faults = [fault for rule in _shown(rules) for fault in trial.of_rule(rule)]
        if file:
            faults += trial.of_items(file, [rule.id for rule in rules])
        if call.as_json:
            _output.as_json({"rules": len(rules), "tried": trial.tried, "faults": faults})
        else:
            for fault in faults:
                _output.say(_output.wrapped(fault, "    ", first="  - "))
            told = "all as they should be" if not faults else f"{counted(len(faults), 'fault')}, see above"
            _output.say(f"{counted(len(rules), 'rule')}, {counted(trial.tried, 'text')} tried: {told}.")
            for line in weakened(app):
                _output.say(_output.wrapped(line))
    return EXIT_NO if faults else EXIT_DONE


def _shown(rules: Sequence[Rule]) -> Iterator[Rule]:
    """The rules one by one, with a bar for whoever watches."""
    import sys

    with click.progressbar(rules, label="Trying", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield from bar
