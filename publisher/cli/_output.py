"""What is printed: words for people, JSON for programs, and nothing that could steer a terminal."""

from __future__ import annotations

import json
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from publisher.model import Finding

WIDTH = 80
LEAST = 20
"""Characters of a table's last column, however narrow the terminal."""
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters and those that reverse the direction of text: a title or a platform's reason may hold some."""

MASK = "\u2022"
"""What the gate writes for each letter of a private detail."""
_COMMAND = re.compile(r"`[^`\n]{1,76}`")
_GLUE = "\x00"
"""Stands for a space at which no line may end; no text that is printed holds it."""

COLOURS = {
    "queued": "cyan", "clear": "green", "published": "green", "sent": "green",
    "held for review": "yellow", "review": "yellow", "late": "yellow", "part published": "yellow", "unknown": "yellow",
    "blocked": "red", "block": "red", "refused": "red", "not sent": "red",
}  # fmt: skip
"""States, outcomes and severities by how much they want somebody's eye."""


def say(text: str = "") -> None:
    """One or more lines for people."""
    click.echo(_harmless(text))


def complain(text: str) -> None:
    """One line to stderr."""
    click.echo(_harmless(" ".join(text.split())), err=True)


def as_json(value: object) -> None:
    """One line of JSON in UTF-8, whatever the terminal's encoding."""
    click.echo(json_line(value))


def json_line(value: object) -> bytes:
    """A value as one line of JSON."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def painted(word: str, padded: str = "") -> str:
    """A state or severity in its colour; click takes the colour off where nobody would see it."""
    return click.style(padded or word, fg=COLOURS.get(word))


def wrapped(text: str, indent: str = "", first: str | None = None) -> str:
    """Prose within WIDTH; long words, such as addresses, and commands in backquotes stay whole, to be copied."""
    held = _COMMAND.sub(lambda found: found[0].replace(" ", _GLUE), text)
    filled = textwrap.fill(
        held, WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return filled.replace(_GLUE, " ")


def shortened(text: str, most: int) -> str:
    """At most `most` characters, cut with an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def table(rows: Iterable[tuple[str, ...]], widths: Sequence[int], width: int | None = WIDTH) -> str:
    """Rows in columns; the last column takes what is left of `width`, or all it needs where that is None."""
    left = None if width is None else max(LEAST, width - sum(widths) - 2 * len(widths))
    return "\n".join(
        "  ".join([*_cells(row[:-1], widths), row[-1] if left is None else shortened(row[-1], left)]).rstrip()
        for row in rows
    )


def screen() -> int | None:
    """How wide the terminal is; None where the output goes into a file or a pipe, for which nothing need be cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _cells(row: tuple[str, ...], widths: Sequence[int]) -> list[str]:
    cells = [(word, shortened(word, width).ljust(width)) for word, width in zip(row, widths, strict=True)]
    return [painted(word, padded) if word in COLOURS else padded for word, padded in cells]


def moment(when: datetime | str | None, zone_name: str) -> str:
    """`Tue 1 Dec 2026 09:00` on the council's wall clock."""
    from publisher.times import local

    if when is None:
        return ""
    there = local(datetime.fromisoformat(when) if isinstance(when, str) else when, zone_name)
    return f"{there:%a} {there.day} {there:%b} {there.year} {there:%H:%M}"


def findings(
    found: Sequence[Finding | Mapping[str, Any]], values: Mapping[tuple[str | None, str], str]
) -> str:
    """Each finding for people: severity, rule and clause, the words meant, why, and the remedy.

    `values` gives the text of (channel, field), so that the words can be quoted.
    """
    entries = [entry if isinstance(entry, Mapping) else entry.to_json() for entry in found]
    return "\n".join(_finding(entry, _quoted(entry, values)) for entry in entries)


def _finding(entry: Mapping[str, Any], quoted: str) -> str:
    severity = str(entry["severity"])
    place = " ".join(part for part in (entry["channel"] or "", entry["field"]) if part)
    head = f"  {painted(severity)}  {entry['rule']}  ({_clause(entry['clause'])})" + (
        f"  in {place}" if place else ""
    )
    lines = [head, wrapped(str(entry["message"]), "    ")]
    if quoted and quoted not in str(entry["message"]) and MASK not in str(entry["message"]):
        lines.append(wrapped(f"“{quoted}”", "    "))
    if entry["remedy"]:
        lines.append(wrapped(str(entry["remedy"]), "      ", first="    → "))
    if entry.get("id"):
        lines.append(click.style(f"    finding {entry['id']}", dim=True))
    return "\n".join(lines)


def _clause(clause: str) -> str:
    return f"clause {clause}" if re.match(r"\d", clause) else clause


def _quoted(entry: Mapping[str, Any], values: Mapping[tuple[str | None, str], str]) -> str:
    start, end = entry["start"], entry["end"]
    text = values.get((entry["channel"], entry["field"])) or values.get((None, entry["field"]), "")
    if start is None or end is None or not 0 <= start < end <= len(text):
        return ""
    return shortened(" ".join(text[start:end].split()), WIDTH)


def _harmless(text: str) -> str:
    painted_safe = re.split(r"(\x1b\[[0-9;]{0,8}m)", text) if "\x1b" in text else [text]
    return "".join(
        part if number % 2 else _STEERING.sub(lambda found: f"\\x{ord(found[0]):02x}", part)
        for number, part in enumerate(painted_safe)
    )
