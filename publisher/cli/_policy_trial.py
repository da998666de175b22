"""What whoever drafts rules has on their own disk: items to try rules on, and folders of rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.cli import _input
from publisher.errors import InputError

if TYPE_CHECKING:
    from publisher.office import Office
    from publisher.office.rules import Line, Rules

MAX_LINES = 100_000
LINES_AT_ONCE, BYTES_AT_ONCE = 500, 256 * 1024
"""How much of a file is asked about at once: a server takes 1 MiB, and each letter may become three times as long."""


def portions(name: str) -> Iterator[tuple[Line, ...]]:
    """The items of a file, some at a time. Raises InputError."""
    from publisher.office.rules import Line

    portion: list[Line] = []
    room = BYTES_AT_ONCE
    for number, item, length in _lines(name):
        if portion and (length > room or len(portion) == LINES_AT_ONCE):
            yield tuple(portion)
            portion, room = [], BYTES_AT_ONCE
        portion.append(Line(number=number, item=item))
        room -= length
    if portion:
        yield tuple(portion)


def _lines(name: str) -> Iterator[tuple[int, dict[str, Any], int]]:
    """The JSON objects of a file, with their lines' numbers and lengths. Raises InputError."""
    with _input.opened(name) as stream:
        for number, line in enumerate(stream, 1):
            if number > MAX_LINES:
                raise InputError(f"more than {MAX_LINES} lines in {name}", way_out="Split the file.")
            if line.strip():
                yield number, _object(line, number, name), len(line)


def _object(line: bytes, number: int, name: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"line {number} of {name} is not JSON", way_out="Give one item a line.") from error
    if not isinstance(value, dict):
        raise InputError(f"line {number} of {name} is no object", way_out="Give one item a line.")
    return value


def side(office: Office, given: str | None) -> Rules:
    """A set of rules as it was named: a folder's are read here, and sent along. Raises ConfigError with the fault in a file."""
    from publisher.office.rules import Rules

    if not given or not Path(given).is_dir():
        return Rules(named=given or "")
    from publisher import trials
    from publisher.policy.rules import BUILT_IN, read

    channels = [channel["name"] for channel in office.council.about()["channels"]]
    return Rules(sent=trials.packed(read([BUILT_IN, Path(given).resolve()], channels)))
