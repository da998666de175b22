"""Curly quotes where TOML needs straight ones: word processors put them there, and a parser's own words do not say so."""

from __future__ import annotations

import re
import tomllib

CURLY = "“”„‘’"
STRAIGHT = 'Use straight quotes, ", in place of curly ones.'
"""What to do about them."""
_TO_STRAIGHT = str.maketrans(CURLY, '"""\'\'')
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
"""How tomllib says where a text is no TOML, if that is not its end."""
MOST = 2_000
"""Characters of a line that is tried with straight quotes: of a longer one only the place that was told is looked at."""


def curly_line(text: str, told: str) -> int | None:
    """The line in which a text is no TOML because of its quotes; None where they are not the cause. `told` is tomllib's word."""
    lines = text.replace("\r\n", "\n").split("\n")
    number = _line(told, text)
    line = lines[number - 1]
    if not set(CURLY) & set(line):
        return None
    place = _PLACE.search(told)
    stands_there = place is not None and line[int(place[2]) - 1 :][:1] in set(CURLY)
    return number if stands_there or _is_read_if_straight(lines, number) else None


def _line(told: str, text: str) -> int:
    place = _PLACE.search(told)
    return int(place[1]) if place else text.rstrip().count("\n") + 1


def _is_read_if_straight(lines: list[str], number: int) -> bool:
    """Whether the parser gets past the line once its quotes are straight."""
    line = lines[number - 1]
    if len(line) > MOST:
        return False
    text = "\n".join([*lines[: number - 1], line.translate(_TO_STRAIGHT), *lines[number:]])
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _line(str(error), text) > number
    except (RecursionError, ValueError):  # ValueError: a number of thousands of digits
        return False
    return True
