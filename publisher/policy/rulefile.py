"""One rule file: its entries, and in which line each is, so that a fault is told with file, line, rule and reason."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from publisher import quotes
from publisher.errors import ConfigError
from publisher.nearest import near

_HEADER = re.compile(r"\s{0,40}(\[{1,2})\s{0,9}([\w.\-\"']{1,200})\s{0,9}\]{1,2}")
_KEY = re.compile(r"\s{0,40}([\w.\-\"']{1,200})\s{0,9}=")
_SHOWN = 60
"""How much of a wrong value is quoted."""
KEPT = 64
"""Texts of which it is kept what they say: twice our own files."""
MAX_BYTES = 2 * 1024 * 1024
"""Bytes of a rule file: thirty times the longest of ours."""
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
"""How tomllib says where a text is no TOML."""
_LONG_TEXT = re.compile("\"\"\"|'''")
_BACKSLASH = "Unescaped '\\'"
"""How tomllib begins what it says of a backslash that means nothing in a text, such as that of `\\b`."""
TWICE = "write the backslash twice, or put the text in single quotes, as in '\\bdraw\\b'"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a rule file, `file` with its folder. `told_lines` gives the lines of its keys; they are needed only to tell a fault."""

    file: str
    kind: str
    name: str
    values: Mapping[str, Any]
    told_lines: Callable[[], Mapping[str, int]] = dict

    @property
    def lines(self) -> Mapping[str, int]:
        """The lines of its keys; `""` is that of its header."""
        return self.told_lines()

    def wrong(self, reason: str, key: str = "") -> ConfigError:
        """The fault of `key`, or of the table that it is in, or of the whole entry: what an officer needs to mend the file."""
        places = (self.lines.get(place) for place in (key, key.partition(".")[0], ""))
        line = next(filter(None, places), None)
        return wrong(self.file, reason, line=line, subject=f"{self.kind} {self.name}".strip())


def wrong(file: str, reason: str, *, line: int | None = None, subject: str = "") -> ConfigError:
    """A fault in a rule file."""
    where = ", ".join(part for part in (file, f"line {line}" if line else "", subject) if part)
    return ConfigError(
        f"{where}: {reason}", field="policy.rules", way_out="Mend the rule file, then try again."
    )


@dataclass(frozen=True)
class RuleFile:
    """A rule file that was read: its name with its folder, what it holds, and its text, which makes two the same."""

    name: str = field(compare=False)
    content: Mapping[str, Any] = field(compare=False)
    text: str

    @cached_property
    def lines(self) -> Mapping[tuple[str, int], Mapping[str, int]]:
        """Where each key of each entry is."""
        return _lines(self.text)

    def entries(self, kind: str, key: str) -> Iterator[Entry]:
        """The entries `[[kind]]`, each named by its `key`. Raises ConfigError for one without, or that is there twice."""
        listed = self.content.get(kind, [])
        if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
            raise wrong(self.name, f"{kind}s are written as [[{kind}]]", line=self.line(kind))
        seen: set[str] = set()
        for number, values in enumerate(listed):
            name = values.get(key)
            entry = Entry(
                self.name, kind, name if isinstance(name, str) and name else f"number {number + 1}", values,
                partial(self.lines_of, kind, number),
            )  # fmt: skip
            if not isinstance(name, str) or not name:
                raise entry.wrong(f"it has no {key}")
            if name in seen:
                raise entry.wrong("it is there twice", key)
            seen.add(name)
            yield entry

    def table(self, name: str) -> Entry:
        """The table `[name]` as one entry, so that its faults are told with their lines."""
        values = self.content.get(name, {})
        if not isinstance(values, dict):
            raise wrong(
                self.name, f"[{name}] must be a table whose values are lists of texts", line=self.line(name)
            )
        return Entry(self.name, "table", name, values, partial(self.lines_of, name, 0))

    def lines_of(self, kind: str, number: int) -> Mapping[str, int]:
        """Where the keys of one entry are."""
        return self.lines.get((kind, number), {})

    def line(self, key: str) -> int | None:
        """Where a key outside of all entries is."""
        return self.lines.get(("", 0), {}).get(key)


def read_file(file: Path, known: frozenset[str]) -> RuleFile:
    """Raises ConfigError where it cannot be read, is no TOML, or holds something that is not `known`."""
    name = str(file)
    try:
        text = _text_of(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise wrong(name, f"cannot be read: {reason}") from error
    found = RuleFile(name, _content_of(name, text), text)
    for key in sorted(set(found.content) - known):
        line = found.line(key) or found.lines.get((key, 0), {}).get("")
        raise wrong(name, f"there is no {key!r} in a rule file; it has {', '.join(sorted(known))}", line=line)
    return found


def _text_of(file: Path) -> str:
    """The text of a plain file: a pipe would be waited for without end, and a device never ends.

    Raises OSError, ValueError where it is no plain file or too long, and ConfigError where it is not UTF-8.
    """
    handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            message = "it is not a plain file"
            raise ValueError(message)
        data = opened.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        message = f"it is longer than {MAX_BYTES // 1024**2} MB"
        raise ValueError(message)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise wrong(str(file), "it is not in UTF-8; save it so", line=line) from error


@lru_cache(KEPT)
def _content_of(name: str, text: str) -> Mapping[str, Any]:
    """What the text says, worked out once for a process: our own files are read for each rule book, and say the same."""
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise wrong(name, "it is no rule file: lists stand in lists without end") from error
    except ValueError as error:
        if curly := quotes.curly_line(text, str(error)):
            raise wrong(name, f"it has curly quotes. {quotes.STRAIGHT}", line=curly) from error
        place = _PLACE.search(str(error))
        reason = str(error)[: place.start()] if place else str(error)
        last = text.rstrip("\n").count("\n") + 1
        line = (int(place[1]) if place[1] else last) if place else None
        way = f": {TWICE}" if reason.startswith(_BACKSLASH) else ""
        raise wrong(name, f"it is no TOML: {reason}{way}", line=line) from error


def _lines(text: str) -> dict[tuple[str, int], dict[str, int]]:
    """For each entry its keys' lines, counted from 1. One of a table below it is `parameters.phrases`."""
    lines: dict[tuple[str, int], dict[str, int]] = {("", 0): {}}
    seen: Counter[Any] = Counter()
    at, below = ("", 0), ""
    for number, line in _plain_lines(text):
        if header := _HEADER.match(line):
            name, _, below = re.sub("[\"']", "", header[2]).partition(".")
            seen[name] += not below
            at = (name, max(0, seen[name] - 1))
            if below and header[1] == "[[":
                below = _numbered(below, at, seen)
            lines.setdefault(at, {}).setdefault(below, number)
        elif key := _KEY.match(line):
            name = re.sub("[\"']", "", key[1])
            lines.setdefault(at, {}).setdefault(f"{below}.{name}" if below else name, number)
    return lines


def _numbered(below: str, at: tuple[str, int], seen: Counter[Any]) -> str:
    """`exempt[1]` for the second `[[election.exempt]]` of one election."""
    seen[(*at, below)] += 1
    return f"{below}[{seen[(*at, below)] - 1}]"


def _plain_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines outside of texts that run over several lines, with their numbers."""
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not inside:
            yield number, line
        for mark in _LONG_TEXT.findall(line):
            inside = "" if inside == mark else inside or mark


Shape = tuple[Callable[[Any], bool], str]
"""Whether a value is right, and how to say what is right."""


def demand_keys(entry: Entry, shapes: Mapping[str, Shape], needed: tuple[str, ...]) -> None:
    """Raises ConfigError for a key that is missing, unknown, or whose value has another shape."""
    for key in needed:
        if entry.values.get(key) in (None, "", []):
            raise entry.wrong(f"{key} is missing")
    for key, value in entry.values.items():
        if key not in shapes:
            hint = near(key, shapes) or f"; it has {', '.join(sorted(shapes))}"
            raise entry.wrong(f"there is no {key!r} in it{hint}", key)
        right, said = shapes[key]
        if not right(value):
            raise entry.wrong(f"{key} is {str(value)[:_SHOWN]!r}, but must be {said}", key)


def is_texts(value: Any) -> bool:
    """A list of texts."""
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
