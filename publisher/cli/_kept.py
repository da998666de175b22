"""What somebody kept elsewhere to hold the record against: a checkpoint, a file of them, or an export in JSON Lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from publisher.office.audit import Kept

FIELD = "--against"
TOLD = "The record ends at event "
"""How the sentence begins that stands for people before a checkpoint: a shell may have put it into the file."""


def kept_in(file: Path) -> Kept:
    """What is in the file. Each event's own hash is made again first. Raises InputError."""
    from publisher.office.audit import KEPT_MOST, Kept

    events: list[tuple[int, str]] = []
    checkpoints: list[dict[str, Any]] = []
    for number, line in _lines(file):
        if "previous" in line:
            events.append(_event(line, number, file))
        elif "signature" in line:
            checkpoints.append({name: line.get(name) for name in ("event", "hash", "at", "key", "signature")})
        elif "format" not in line:
            raise InputError(f"line {number} of {file} is no event and no checkpoint", field=FIELD)
    if not events and not checkpoints:
        raise InputError(
            f"{file} holds no event and no checkpoint",
            field=FIELD,
            way_out="See `publisher audit export --help`.",
        )
    step = -(-len(events) // (KEPT_MOST - 1)) or 1  # each hash stands for all events before it
    thinned = dict([*events[::step], *events[-1:]])
    return Kept(events=tuple(thinned.items()), checkpoints=tuple(checkpoints[-KEPT_MOST:]))


def _lines(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, text in enumerate(lines, start=1):
                if not text.strip() or text.startswith(TOLD):
                    continue
                line = json.loads(text)
                if not isinstance(line, dict):
                    raise InputError(f"line {number} of {file} is no JSON object", field=FIELD)
                yield number, line
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not JSON Lines in UTF-8", field=FIELD) from error
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}", field=FIELD) from error


def _event(line: Mapping[str, Any], number: int, file: Path) -> tuple[int, str]:
    from publisher.logbook import is_proved

    if not is_proved(line):
        raise InputError(
            f"line {number} of {file} does not fit its own hash: the file was changed after it was exported",
            field=FIELD,
        )
    return line["event"], line["hash"]
