"""Files of items: JSON, JSON Lines, TOML and iCalendar become checked items, or one error that names the place."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from publisher import diary, quotes
from publisher.errors import InputError
from publisher.item import Item, parse
from publisher.strict_json import once_each

MAX_BYTES = 20 * 1024 * 1024
MAX_ITEMS = 5_000
_EXAMPLE = 'Begin it like {"kind": "news", "title": "…"}.'
_ENDLESS_KEY = re.compile(r"(?:^|[\[{,])[ \t]*+(?:[\w\"'-]++[ \t]*+\.[ \t]*+){33}", re.MULTILINE)
"""A name with more dots than any item's has: tomllib takes time by the square of them."""
_TOML_LINE = 'Write each line like title = "…".'
_CLOSE = 'Close the quotes on the line where they begin: title = "…".'
_TWICE = "Cannot overwrite a value"
_TOML_FAULTS = {
    r"Illegal character '\n'": ("the quotes are not closed", _CLOSE),
    "Unterminated string": ("the quotes are not closed", _CLOSE),
    _TWICE: ("a name is given twice", "Leave one of the two out."),
    "Cannot declare": (
        "a name in brackets is given twice",
        "Write [[images]] before each of several pictures.",
    ),
    "Invalid value": (
        "a value is missing or without quotes",
        'Put texts in quotes: title = "…". Yes and no are true and false.',
    ),
    "Expected newline": (
        "something stands behind a value",
        "Put one pair of quotes round the whole value, and none like them inside it.",
    ),
    "Unescaped": (r"a backslash stands alone", r"Write it twice, \\, or put single quotes round the text."),
    "Unclosed array": (
        "a list is not closed",
        'Put a comma between its parts, and ] at its end: ["…", "…"].',
    ),
    "Unclosed inline table": ("{ is not closed", "Put a comma between its parts, and } at its end."),
}
"""What is wrong and what mends it, by how tomllib's word for it begins; of others its own word has to do."""
_ITEMS = re.compile(r"^\s*\[\[items\]\]", re.MULTILINE)
_PLACE = re.compile(r" \(at [^()]+\)$")
_TOML_EXAMPLE = 'Begin it with the lines kind = "news" and title = "…".'


@dataclass(frozen=True, slots=True)
class ItemFile:
    """The items of a file, and what a person should know of them, such as which date of a series was taken."""

    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Content:
    """What the file holds before it is checked. `numbered` where errors have to say which item is meant."""

    values: Sequence[Any]
    numbered: bool = True
    notes: tuple[str, ...] = ()


def read_file(path: Path | None, data: bytes, *, default_zone: str, now: datetime | None = None) -> ItemFile:
    """The items in a file's bytes, by its suffix, or by its content where that says nothing (standard input).

    Times without a zone are wall-clock times in `default_zone`; `now` (aware) chooses the next date of a repeating
    event. All items are good, or InputError names the first that is not: `items[3].starts_at`, counted from 0.
    """
    _demand_size(data, _TOML_EXAMPLE if path and path.suffix.lower() == ".toml" else _EXAMPLE)
    kind = _kind(path, data)
    content = _diary(data, default_zone, now) if kind == ".ics" else _READERS[kind](_text(data))
    _demand_number(content.values)
    items = (_item(value, number, content, default_zone) for number, value in enumerate(content.values))
    return ItemFile(tuple(items), content.notes)


def _demand_size(data: bytes, example: str) -> None:
    if not data.strip():
        raise InputError("the file is empty", way_out=example)
    if len(data) > MAX_BYTES:
        raise InputError(f"a file of items is at most {MAX_BYTES // 1024**2} MB", way_out="Split it.")


def _demand_number(values: Sequence[Any]) -> None:
    if not values:
        raise InputError("there is no item in the file", way_out=_EXAMPLE)
    if len(values) > MAX_ITEMS:
        raise InputError(f"a file has at most {MAX_ITEMS} items", way_out="Split it.")


def _kind(path: Path | None, data: bytes) -> str:
    suffix = path.suffix.lower() if path else ""
    if suffix in {".ics", *_READERS}:
        return suffix
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:15].upper() == b"BEGIN:VCALENDAR":
        return ".ics"
    if start[:1] == b"{":
        return ".json" if _is_one_value(start) else ".jsonl"
    # A TOML table begins with [ as well, but with a name after it.
    return ".json" if start[:1] == b"[" and not start[1:].lstrip(b"[ \t")[:1].isalpha() else ".toml"


def _is_one_value(data: bytes) -> bool:
    """Whether the first line alone is no JSON object: then it goes on, and the whole is one value."""
    first, _, rest = data.partition(b"\n")
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return True
    return not rest.strip()


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(f"line {line} is not UTF-8", way_out="Save the file as UTF-8.") from error
    if not text.strip():  # nothing but a byte order mark
        raise InputError("the file is empty", way_out=_EXAMPLE)
    return text


def _json(text: str) -> _Content:
    return _listed(_loaded(text, line=0))


def _json_lines(text: str) -> _Content:
    # Not splitlines(): JSON text may hold U+2028, which is no end of a line here.
    lines = enumerate(text.split("\n"), start=1)
    return _Content([_loaded(line, line=number) for number, line in lines if line.strip()])


def _loaded(text: str, *, line: int) -> Any:
    try:
        return json.loads(text, object_pairs_hook=once_each, parse_constant=_no_number, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise InputError(
            f"line {line or error.lineno} is not JSON: {error.msg}, at character {error.colno}",
            way_out="Check quotes and commas.",
        ) from error
    except RecursionError as error:
        raise InputError("the JSON is nested too deeply", way_out=_EXAMPLE) from error
    except ValueError as error:
        where = f"line {line}" if line else "the file"
        raise InputError(f"{where} is not JSON: {error}", way_out="Check its numbers and names.") from error


def _no_number(name: str) -> Any:
    message = f"{name} is no JSON"
    raise ValueError(message)


def _whole(digits: str) -> int:
    """A whole number, in our words where Python takes none so long (sys.set_int_max_str_digits)."""
    try:
        return int(digits)
    except ValueError as error:
        message = "a number has too many digits"
        raise ValueError(message) from error


def _toml(text: str) -> _Content:
    if key := _ENDLESS_KEY.search(text):
        line = text.count("\n", 0, key.start()) + 1
        raise InputError(f"not TOML: the name in line {line} has no end", way_out=_TOML_EXAMPLE)
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(text, str(error)) from error
    except (RecursionError, ValueError) as error:  # ValueError: a number of thousands of digits
        raise InputError(
            "the TOML is nested too deeply, or has an endless number", way_out="Simplify it."
        ) from error
    if not value:
        raise InputError("the file is empty: there are only comments", way_out=_TOML_EXAMPLE)
    return _listed(value)


def _no_toml(text: str, told: str) -> InputError:
    if line := quotes.curly_line(text, told):
        return InputError(f"not TOML: line {line} has curly quotes", way_out=quotes.STRAIGHT)
    start = next((begins for begins in _TOML_FAULTS if told.startswith(begins)), None)
    if start is None:
        return InputError(f"not TOML: {told}", way_out=_TOML_LINE)
    what, way_out = _TOML_FAULTS[start]
    if start == _TWICE and _ITEMS.search(text):
        way_out = f"{way_out} Each item begins with [[items]]."
    place = _PLACE.search(told)
    return InputError(f"not TOML: {what}{place[0] if place else ''}", way_out=way_out)


def _listed(value: Any) -> _Content:
    """One item, a list of them, or {"items": [...]}."""
    if isinstance(value, list):
        return _Content(value)
    if not isinstance(value, Mapping) or "items" not in value:
        return _Content([value], numbered=False)
    if len(value) > 1:
        other = next(name for name in value if name != "items")
        raise InputError(
            "stands beside items, where nothing else belongs", field=other, way_out="Move it into an item."
        )
    if not isinstance(value["items"], list):
        raise InputError("a list is needed", field="items", way_out='Write "items": [{…}, {…}].')
    return _Content(value["items"])


def _diary(data: bytes, default_zone: str, now: datetime | None) -> _Content:
    found = diary.read_noted(data, default_zone=default_zone, now=now)
    return _Content(found.items, notes=found.notes)


def _item(value: Any, number: int, content: _Content, default_zone: str) -> Item:
    try:
        return parse(value, default_zone=default_zone)
    except InputError as error:
        if not content.numbered:
            raise
        field = ".".join(part for part in (f"items[{number}]", error.field) if part)
        raise InputError(f"{error.detail}{_named(value)}", field=field, way_out=error.way_out) from error


def _named(value: Any) -> str:
    """The item's own name beside its number: who exported 200 events looks for a UID."""
    own = value.get("external_id") or value.get("id") if isinstance(value, Mapping) else None
    return f" ({own[:80]})" if isinstance(own, str) else ""


_READERS: Mapping[str, Callable[[str], _Content]] = {".json": _json, ".jsonl": _json_lines, ".toml": _toml}
