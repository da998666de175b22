r"""What an expression stands for, as far as words go: for each of its parts the outlines of what it may match.

"(?:send|pass)(?: it)? on" is the parts "send" or "pass", " it" or nothing, " ", "on". What is open is a hole. Of an
expression with anything that is not known here nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

HOLE = "\0"
"""Stands in an outline for what may be anything, or nothing."""
EDGE = "\1"
"""Stands in an outline for a word's edge (`\\b`)."""
MOST = 512
"""Most outlines of one part of a phrase: of a part with more nothing is said."""
MOST_IN_CLASS = 4
"""Characters of a class that are tried one by one."""
WORD = re.compile(rf"[a-z0-9_{HOLE}]+")
"""A word in an outline, or what of it is known: with a hole where it may run on."""
_TOKEN = re.compile(
    r"""(?P<run>[^\\()\[\]|?*+{}.^$]+(?![?*+{]))
    |(?P<bar>\|)
    |(?P<choice>\((?:\?:)?[^\\()\[\]?*+{}.^$]+\))
    |(?P<open>\((?:\?:)?(?!\?))
    |(?P<close>\))
    |(?P<class>\[\^?\]?(?:\\p\{\w+\}|\\x\{\w+\}|\\.|\[:\w+:\]|[^\]\\])*\])
    |(?P<escape>\\(?:p\{So\}|[bBwWdDsS]|[^\w]))
    |(?P<mark>[^\\()\[\]|?*+{}])""",
    re.VERBOSE,
)
_OFTEN = re.compile(r"(?:[?*+]|\{\d*(?:,\d*)?\})\??")
_PIECE = re.compile(r"[a-z0-9_]+|[^a-z0-9_]+")
_SHORT_CLASS = re.compile(rf"[a-z0-9]{{1,{MOST_IN_CLASS}}}")
_NO_WORDS_CLASS = re.compile(r"(?:[^\w^\\]|\\[^\w]|\\s|\\n|\\p\{So\})+", re.ASCII)
_RANGE = re.compile(r".-.")
_NOT_SPELT = " "
"""Stands in an outline for one or more characters that are no part of a word."""

Outlines = frozenset[str]
"""All that a part may match, each as far as it is known."""
NOTHING: Outlines = frozenset([""])
ANYTHING: Outlines = frozenset([HOLE])
GAP: Outlines = frozenset([_NOT_SPELT])
WORDS_EDGE: Outlines = frozenset([EDGE])


def alternatives(source: str) -> list[list[Outlines]]:
    """The alternatives of an expression of RE2, each as a row of parts. Raises UnknownError."""
    return _Parser().parsed(source)


@lru_cache(4096)
def is_wordless(part: Outlines) -> bool:
    """Whether none of its outlines has a part of a word, or is empty."""
    return all(outline and not WORD.search(outline) for outline in part)


def joined(parts: Sequence[Outlines]) -> Outlines:
    """The outlines of parts that follow each other."""
    if len(parts) == 1:
        return parts[0]
    found = NOTHING
    for part in parts:
        many = len(found) * len(part) > MOST
        found = frozenset(map("".join, product(found, ANYTHING if many else part)))
    return found


class UnknownError(ValueError):
    """The expression has something that is not known here."""


class _Parser:
    """Reads an expression of RE2 into the outlines of its parts, token by token."""

    def __init__(self) -> None:
        self._rows: list[list[Outlines]] = []
        self._row: list[Outlines] = []
        self._outer: list[tuple[list[list[Outlines]], list[Outlines]]] = []

    def parsed(self, source: str) -> list[list[Outlines]]:
        """The alternatives of the expression, each as a row of parts. Raises UnknownError."""
        at = 0
        while at < len(source):
            token = _TOKEN.match(source, at)
            if token is None:
                raise UnknownError(source)
            often = _OFTEN.match(source, token.end())
            self._take(token.lastgroup or "", token[0], often[0] if often else "")
            at = often.end() if often else token.end()
        if self._outer:
            raise UnknownError(source)
        return [*self._rows, self._row]

    def _take(self, kind: str, text: str, often: str) -> None:
        if kind == "run":
            self._row += [literal(text)] if self._outer else map(literal, _PIECE.findall(text))
        elif kind == "open":
            self._outer.append((self._rows, self._row))
            self._rows, self._row = [], []
        elif kind == "bar":
            self._rows.append(self._row)
            self._row = []
        else:
            part = self._closed() if kind == "close" else _part(kind, text)
            self._row.append(_repeated(part, often) if often else part)

    def _closed(self) -> Outlines:
        """The group that ends here, as one part."""
        if not self._outer:
            raise UnknownError
        alternatives = [*self._rows, self._row]
        self._rows, self._row = self._outer.pop()
        return _at_most(frozenset().union(*map(joined, alternatives)))


@lru_cache(4096)
def _part(kind: str, text: str) -> Outlines:
    """What a token stands for."""
    return _READ[kind](text)


def _choice(text: str) -> Outlines:
    return _at_most(frozenset(text.removeprefix("(").removeprefix("?:")[:-1].split("|")))


def _class(text: str) -> Outlines:
    inside = text[1:-1]
    if _SHORT_CLASS.fullmatch(inside):
        return frozenset(inside)
    wordless = _NO_WORDS_CLASS.fullmatch(inside) and not _RANGE.search(inside)
    return GAP if wordless else ANYTHING


def _escape(text: str) -> Outlines:
    return _OF_ESCAPES.get(text[1], ANYTHING) if text[1].isalpha() else frozenset(text[1])


def _mark(text: str) -> Outlines:
    return _OF_MARKS.get(text) or frozenset(text)


_READ = {"choice": _choice, "class": _class, "escape": _escape, "mark": _mark}
_OF_ESCAPES = {"b": WORDS_EDGE, "s": GAP, "W": GAP, "p": GAP}
_OF_MARKS = {".": ANYTHING, "^": NOTHING, "$": NOTHING}


@lru_cache(1024)
def literal(text: str) -> Outlines:
    """What stands for itself."""
    return frozenset([text])


def _at_most(outlines: Outlines) -> Outlines:
    return outlines if len(outlines) <= MOST else ANYTHING


@lru_cache(4096)
def _repeated(part: Outlines, often: str) -> Outlines:
    """What a part stands for that comes as often as this says."""
    if often[0] == "?":
        return part | NOTHING
    many = frozenset([_end(part, 0) + HOLE + _end(part, -1)])
    return many if often[0] == "+" or _AT_LEAST_ONE.match(often) else many | NOTHING


_AT_LEAST_ONE = re.compile(r"\{0*[1-9]")


def _end(part: Outlines, end: int) -> str:
    """A mark of no word, where each outline of the part has one at this end."""
    return _NOT_SPELT if all(outline and not WORD.match(outline[end]) for outline in part) else ""
