"""`doctor`: is everything as it must be? For whoever looks after the server."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from publisher.cli import _channel_table, _output
from publisher.cli._common import Call, examples, verb
from publisher.cli._standing import COLOURS, EXITS
from publisher.errors import EXIT_DONE, InputError
from publisher.times import COUNCIL_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publisher.doctor import Check

_WIDTH = 9
"""Of the longest standing."""


@click.command(
    "doctor", epilog=examples("publisher doctor", "publisher doctor --offline", "publisher doctor --json")
)
@click.option("--offline", is_flag=True, help="Ask no platform; show what the daemon learned last.")
@verb()
def doctor_verb(call: Call, *, offline: bool) -> int:
    """Look whether everything is as it must be: settings, secrets, files, officers, terms, record, daemon, channels.

    Each platform is asked whose account the channel is, what its credentials may do and when they end, for 10 seconds
    at most. The table at the end says what to do.

    It changes nothing. Run it on the server as the account that runs the daemon, or as root. Officers may run it, too:
    it then looks at what can be seen from where they are, the socket or the server, and whether they are known there.

    Exit code: 0 all is good, 1 something is wrong, 3 a person should look soon.
    """
    found, zone_name = _found(call, offline=offline)
    counts = Counter(check.standing.value for check in found)
    if call.as_json:
        _output.as_json(
            {
                "checks": [check.to_json() for check in found],
                "channels": [check.channel for check in found if check.channel],
                **{each: counts[each] for each in COLOURS},
            }
        )
    else:
        for line in (*_told(found), *_table(found, zone_name)):
            _output.say(line)
        _output.say(", ".join(f"{counts[each]} {each}" for each in COLOURS) + ".")
    return next((EXITS[standing] for standing in reversed(EXITS) if counts[standing]), EXIT_DONE)


def _found(call: Call, *, offline: bool) -> tuple[list[Check], str]:
    """The checks, and the council's clock."""
    from publisher import doctor

    try:
        with call.app() as app:
            return doctor.examine(app, offline=offline), app.config.council.timezone
    except InputError as error:
        return doctor.elsewhere(call.config, error), COUNCIL_ZONE
    except OSError as error:
        words = f"{error.filename} cannot be looked at: {error.strerror}"
        return doctor.elsewhere(
            call.config, InputError(words, way_out="Check who may read there.")
        ), COUNCIL_ZONE


def _table(found: Sequence[Check], zone_name: str) -> Iterator[str]:
    """The channels, with an empty line before and after."""
    if rows := [check.channel for check in found if check.channel]:
        yield ""
        yield from _channel_table.lines(rows, zone_name)
        yield ""


def _told(found: Sequence[Check]) -> Iterator[str]:
    indent = " " * (_WIDTH + 2)
    for check in found:
        if check.channel:
            continue
        standing = click.style(check.standing.value.ljust(_WIDTH), fg=COLOURS[check.standing.value])
        first, _, rest = _output.wrapped(f"{check.name}: {check.words}", indent, first=indent).partition("\n")
        yield f"{standing}  {first.removeprefix(indent)}" + (f"\n{rest}" if rest else "")
        if check.way_out:
            yield _output.wrapped(check.way_out, f"{indent}  ", first=f"{indent}→ ")
