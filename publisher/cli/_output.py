"""What is printed: words for people, JSON for programs, and nothing that could steer a terminal."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from publisher.model import Finding

Texts = Mapping[tuple[str | None, str], str]
"""The words of an item and its posts, by (channel, field)."""

WIDTH = 80
"""Characters of a line of prose where there is room."""
LEAST = 20
"""Characters of a table's last column and of a line of prose, however narrow the terminal."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters and those that reverse the direction of text: a title or a platform's reason may hold some."""

MASK = "\u2022"
"""What the gate writes for each letter of a private detail."""
_COMMAND = re.compile(r"`[^`\n]{1,76}`")
_GLUE = "\x00"
"""Stands for a space at which no line may end; no text that is printed holds it."""

COLOURS = {
    "queued": "cyan", "clear": "green", "published": "green", "sent": "green",
    "withdrawing": "yellow", "held for review": "yellow", "review": "yellow", "late": "yellow", "part published": "yellow", "unknown": "yellow",
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


def dim(text: str) -> str:
    """What need not be read each time."""
    return click.style(text, dim=True)


def wrapped(text: str, indent: str = "", first: str | None = None) -> str:
    """Prose within `width`; long words, such as addresses, and commands in backquotes stay whole, to be copied."""
    held = _COMMAND.sub(lambda found: found[0].replace(" ", _GLUE), text)
    filled = textwrap.fill(
        held, width(), initial_indent=indent if first is None else first, subsequent_indent=indent,
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


def width() -> int:
    """Characters of a line: WIDTH, or what a narrower terminal has, or COLUMNS says where there is none."""
    return max(LEAST, min(WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns))


def screen() -> int | None:
    """How wide the terminal is; None where the output goes into a file or a pipe, for which nothing need be cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _cells(row: tuple[str, ...], widths: Sequence[int]) -> list[str]:
    cells = [(word, shortened(word, width).ljust(width)) for word, width in zip(row, widths, strict=True)]
    return [painted(word, padded) if word in COLOURS else padded for word, padded in cells]


def in_words(value: Any) -> str:
    """A value of a rule file as an officer would say it: no brackets, no quotes, days as `1 Dec 2026`."""
    from datetime import date

    if isinstance(value, str) and _DAY.fullmatch(value):
        with contextlib.suppress(ValueError):  # digits that are no day stay as they are
            value = date.fromisoformat(value)
    match value:
        case None | "" | [] | ():
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case date():
            return f"{value.day} {value:%b %Y}"
        case Mapping():
            return ", ".join(f"{key}: {in_words(inner)}" for key, inner in value.items()) or "nothing"
        case list() | tuple():
            return "; ".join(map(in_words, value))
        case _:
            return str(value)


def moment(when: datetime | str | None, zone_name: str) -> str:
    """`Tue 1 Dec 2026 09:00` on the council's wall clock."""
    from publisher.times import local

    if when is None:
        return ""
    there = local(datetime.fromisoformat(when) if isinstance(when, str) else when, zone_name)
    return f"{there:%a} {there.day} {there:%b} {there.year} {there:%H:%M}"


def findings(found: Sequence[Finding | Mapping[str, Any]], values: Texts) -> str:
    """Each finding for people: severity, rule and clause, the words meant, why, the remedy, and who may let it go.

    `values` gives the texts, so that the words can be quoted, less what any finding masks. What several findings of a
    rule ask for is said once.
    """
    entries = [entry if isinstance(entry, Mapping) else entry.to_json() for entry in found]
    hidden = private(entries, values)
    lines: list[str] = []
    said = None
    for entry, elsewhere in _gathered(entries):
        asked = (entry["rule"], entry["remedy"])
        lines += _finding(entry, masked(str(entry["message"]), hidden), _quoted(entry, values, hidden))
        lines += [wrapped(f"The same on {', '.join(elsewhere)}.", "    ")] if elsewhere else []
        lines += [] if asked == said or _is_answered(entry) else _remedy(entry)
        lines += _who(entry)
        said = asked
    return "\n".join(lines)


def _gathered(entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    """Each finding, with the other channels of which the same is found that nobody may let go, so that none needs its own id."""
    firsts: dict[tuple[Any, ...], tuple[Mapping[str, Any], list[str]]] = {}
    for number, entry in enumerate(entries):
        channel, is_open = entry["channel"] or "", entry.get("override") or entry["severity"] != "block"
        words = str(entry["message"]).replace(channel, "") if channel else ""
        same = (
            (entry["rule"], entry["field"], entry["remedy"], words) if channel and not is_open else (number,)
        )
        if same in firsts:
            firsts[same][1].append(channel)
        else:
            firsts[same] = (entry, [])
    yield from firsts.values()


def _finding(entry: Mapping[str, Any], message: str, quoted: str) -> Iterator[str]:
    place = " ".join(part for part in (entry["channel"] or "", entry["field"]) if part)
    yield f"  {painted(str(entry['severity']))}  {entry['rule']}  ({_clause(entry['clause'])})" + (
        f"  in {place}" if place else ""
    )
    yield wrapped(message, "    ")
    if quoted and quoted not in message and MASK not in str(entry["message"]):
        yield wrapped(f"“{quoted}”", "    ")


def _remedy(entry: Mapping[str, Any]) -> Iterator[str]:
    """What mends it, and what else satisfies it."""
    if entry["remedy"]:
        yield wrapped(str(entry["remedy"]), "      ", first="    → ")
    if entry.get("evidence") and entry["severity"] != "advise":
        yield wrapped(
            f'or hand it in with evidence, `--evidence "{entry["rule"]}=..."`: {entry["evidence"]}', "      "
        )


def _is_answered(entry: Mapping[str, Any]) -> bool:
    """Evidence was given, or a second officer let it go: nothing is asked of its author any more."""
    from publisher.model import ANSWERED

    return any(words in str(entry["message"]) for words in ANSWERED)


def _who(entry: Mapping[str, Any]) -> Iterator[str]:
    """The id to name it by, and who may let it go; what is only advice stops nobody, and needs nobody."""
    if not entry.get("id"):
        return
    parts = [f"finding {entry['id']}"]
    if entry["severity"] != "advise" and "override" in entry:  # what an older program stored does not say
        role = entry["override"]
        parts.append(f"may be let go by: {role}" if role else "nobody may let it go")
    yield dim(wrapped(" · ".join(parts), "    "))


def _clause(clause: str) -> str:
    return f"clause {clause}" if re.match(r"\d", clause) else clause


def _quoted(entry: Mapping[str, Any], values: Texts, hidden: re.Pattern[str]) -> str:
    from publisher import lengths

    if (found := span(entry, values)) is None:
        return ""
    text, start, end = found
    return lengths.cut(" ".join(masked(text, hidden)[start:end].split()), WIDTH)


def span(entry: Mapping[str, Any], values: Texts) -> tuple[str, int, int] | None:
    """The text that a finding points into, and from where to where; None where it means no words."""
    start, end = entry["start"], entry["end"]
    text = values.get((entry["channel"], entry["field"])) or values.get((None, entry["field"]), "")
    return None if start is None or end is None or not 0 <= start < end <= len(text) else (text, start, end)


def private(entries: Sequence[Mapping[str, Any]], values: Texts) -> re.Pattern[str]:
    """Finds the words that the messages of findings mask, in any capitals, the longest first."""
    spans = filter(None, (span(entry, values) for entry in entries if MASK in str(entry["message"])))
    words = sorted({text[start:end] for text, start, end in spans}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE)


def masked(text: str, hidden: re.Pattern[str]) -> str:
    """The text without what is private, as long as before, so that places in it stay where they are."""
    return hidden.sub(lambda found: MASK * len(found[0]), text)


def _harmless(text: str) -> str:
    painted_safe = re.split(r"(\x1b\[[0-9;]{0,8}m)", text) if "\x1b" in text else [text]
    return "".join(
        part if number % 2 else _STEERING.sub(lambda found: f"\\x{ord(found[0]):02x}", part)
        for number, part in enumerate(painted_safe)
    )
