"""Channels as a table: whose account, when that was proved, what the credentials may do, when they end, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._standing import COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_HEAD = ("STANDING", "CHANNEL", "ACCOUNT", "PROVED", "MAY DO", "ENDS")
_INDENT = " " * 11
"""Below the second column: the longest standing has nine letters."""
_GAP = 2
LEAST_ACCOUNT = 24
"""Characters of an account's column: the longest number that a platform gives has 19. Where there are fewer, no table fits."""
WEBSITE = "none: a website"
NOBODY = "not on record yet"


def lines(rows: Sequence[Mapping[str, Any]], zone_name: str) -> Iterator[str]:
    """The table for the terminal that there is; where it is too narrow, each channel by itself, line by line."""
    cells = [_cells(row, zone_name) for row in rows]
    widths = [max(len(line[column]) for line in (_HEAD, *cells)) for column in range(len(_HEAD))]
    room = _room(widths)
    if room is not None and room < min(widths[2], LEAST_ACCOUNT):
        yield from _stacked(rows, cells)
        return
    widths[2] = widths[2] if room is None else min(widths[2], room)
    yield _line(_HEAD, widths).rstrip()
    for row, line in zip(rows, cells, strict=True):
        fitting = (*line[:2], _account(row, widths[2]), *line[3:])
        standing = click.style(line[0].ljust(widths[0]), fg=COLOURS.get(line[0]))
        yield (standing + _line(fitting, widths)[widths[0] :]).rstrip()
        yield from _to_do(row)


def _room(widths: Sequence[int]) -> int | None:
    """What is left for the account's column; None where the output goes into a file or a pipe."""
    screen = _output.screen()
    return None if screen is None else screen - sum(widths) + widths[2] - _GAP * (len(widths) - 1)


def _stacked(rows: Sequence[Mapping[str, Any]], cells: Sequence[Sequence[str]]) -> Iterator[str]:
    for row, line in zip(rows, cells, strict=True):
        yield f"{click.style(line[0], fg=COLOURS.get(line[0]))}  {line[1]}"
        for head, words in zip(_HEAD[2:], line[2:], strict=True):
            if not words:
                continue
            yield _output.wrapped(words, " " * 12, first=f"  {head.lower():<8}  ")
        yield from _to_do(row)


def _to_do(row: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong, and what to do about it."""
    indent = _INDENT if _output.width() == _output.WIDTH else "  "
    for one in row["troubles"]:
        yield _output.wrapped(one["words"], indent)
        if one["way_out"]:
            yield _output.wrapped(one["way_out"], f"{indent}  ", first=f"{indent}→ ")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * _GAP).join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))


def _cells(row: Mapping[str, Any], zone_name: str) -> tuple[str, ...]:
    proved = day(row["proved_at"], zone_name).rpartition(" ")[0] or ("" if row["website"] else "not yet")
    silent = "no end told" if row["found_account"] else "not told" if row["asked_at"] else ""
    ends = "" if row["website"] else day(row["ends_at"], zone_name) or silent
    return (
        row["standing"],
        row["channel"],
        _account(row),
        "" if row["website"] else proved,
        may_do(row),
        ends,
    )


def _account(row: Mapping[str, Any], most: int | None = None) -> str:
    """The account on record, else the one that the platform told: its name, cut where it is too long, and its number, whole."""
    name, number = whose(row)
    if not number:
        return WEBSITE if row["website"] else NOBODY
    number = f"({number})"
    room = len(name) if most is None else most - len(number) - 1
    return f"{_output.shortened(name, room)} {number}" if name and room > 1 else number.strip("()")


def whose(row: Mapping[str, Any]) -> tuple[str, str]:
    """The name and the number of the account on record, else of the one that was found."""
    found = (row["name"], row["account"]) if row["account"] else (row["found_name"], row["found_account"])
    return found[0] or "", found[1] or ""


def may_do(row: Mapping[str, Any]) -> str:
    """What the credentials may do, against what a post needs, in a word or two."""
    if row["website"] or not row["asked_at"]:
        return ""
    scopes, needed = row["scopes"], set(row["scopes_needed"])
    if scopes is None or not needed:
        return "not told"
    if needed - set(scopes):
        return "too little"
    return "too much" if set(scopes) - needed else "all needed"


def day(when: str | None, zone_name: str) -> str:
    """`29 Nov 2026` on the council's wall clock; empty where it is not known."""
    return " ".join(_output.moment(when, zone_name).split()[1:4])
