"""Disguises taken off a text: digits and signs for letters, marks within words, letters repeated or set apart, odd blanks.

Each way to take them off gives a view of the text. Time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from publisher.policy.folding import View
from publisher.policy.short_words import USUAL

_LETTERS = str.maketrans("4831057@$!|€", "abeiostasile")
"""Which letter a digit or mark stands for within a word, where only one can be tried."""


def taken_off(text: str, *, disguised: bool) -> list[View]:
    """The text without disguises, where it has any or is `disguised` already, and with rows of single letters closed up.

    The last view is nearest to what an eye sees.
    """
    in_letters = _out_of_leet(View(text, range(len(text))))
    single = [_in_single_blanks(view) for view in in_letters] if _may_be_loose(text) else in_letters
    seen = single[-1]
    found = single if disguised or seen.text != text else []
    found = [*found, *(smooth for view in single for smooth in _smoothed(view))]
    if _MAY_BE_APART.search(text):
        found += _put_together(seen, _in_single_blanks(_closed_by_words(in_letters[-1])))
    return found


def _out_of_leet(view: View) -> list[View]:
    """The text with letters for digits and signs in words: first with an L for a 1 that may be one, where that differs."""
    if not _MAY_BE_LEET.search(view.text):
        return [view]
    seen = _MIXED.sub(_in_letters, view.text)
    with_l = _MIXED.sub(_with_l, view.text) if "1" in view.text else seen
    return [View(text, view.at) for text in dict.fromkeys((with_l, seen))]


def _with_l(word: re.Match[str]) -> str:
    return _in_letters(word, _L_BESIDE_VOWEL.sub("l", word[0]))


def _in_letters(word: re.Match[str], written: str = "") -> str:
    """Letters for the digits and signs of one word; numbers, times and an exclamation mark at the end stay."""
    body = word[0].rstrip("!'")
    if _SHORT_WORD.fullmatch(body):
        return word[0].replace("0", "o")
    if len(_LETTER.findall(body)) < 2 or not _SIGN.search(body) or _ORDINAL.fullmatch(body):  # noqa: PLR2004  # "5k", "7pm" and such are none
        return word[0]
    return (written or word[0])[: len(body)].translate(_LETTERS) + word[0][len(body) :]


_MIXED = re.compile(r"(?<![a-z'])[a-z']{0,40}+[0-9@$!|€][a-z0-9@$!|€']{0,40}+")
"""A word with a digit or sign in it."""
_L_BESIDE_VOWEL = re.compile(r"1(?=1?[aeiou340])|1(?<=[aeiou340]1)|1(?<=[aeiou340]11)")
"""A 1 that may be an L: "mus1im", "fi1th", "ki11"."""
_LETTER = re.compile(r"[a-z]")
_SIGN = re.compile(r"[0-9@$!|€]")
_SHORT_WORD = re.compile("[dgnst]0|0[fnr]")
_ORDINAL = re.compile(
    r"\d{1,6}(?:st|nd|rd|th|pm|am|km|kg|ml|cm|mm|hr|hrs|mph|s|[a-z])?(?:-?\d{0,4}(?:pm|am)?)?"
)
_MAY_BE_LEET = re.compile(
    r"[0-9@$!|](?:(?<=[a-z].)[0-9@$!|]{0,4}+[a-z]|(?<=\b[0-9])[a-z]{3}|(?<=[@$|])[a-z]{2})", re.ASCII
)
"""Where a digit or sign may stand for a letter: between letters, or before some."""


def _may_be_loose(text: str) -> bool:
    """Whether there may be blanks in a row, or lines that end within a paragraph."""
    return "  " in text or "\t" in text or "\n" in text.replace("\n\n", "")


def _smoothed(view: View) -> list[View]:
    """The text without marks within words, and without repeated letters, where there are any: "sc.um", "wom*n", "scuuum".

    Repeated letters are read as two, and once more as one.
    """
    marks = [
        (mark.start(), mark.end()) for mark in _WITHIN.finditer(view.text) if _cuts_a_word(view.text, mark)
    ]
    seen = _without(view, marks) if marks else view
    if any(each in seen.text for each in _STRETCHES) and (
        runs := [run.span() for run in _STRETCHED.finditer(seen.text)]
    ):
        return [_without(seen, [(start + kept, end) for start, end in runs]) for kept in (2, 1)]
    return [seen] if marks else []


def _cuts_a_word(text: str, mark: re.Match[str]) -> bool:
    """Whether a mark stands for a letter, or between two pieces of which neither is a word or a part of an address."""
    if mark[1] is None:
        return True
    before = _PIECE.search(text, max(0, mark.start() - PIECE - 1), mark.start())
    return before is not None and USUAL.isdisjoint((before[0], mark[1])) and mark[1] not in _ENDS


PIECE = 4
"""Letters of the longest piece of a word that is seen as one before a mark and after it: "ver-min"."""
_ENDS = frozenset(["com", "org", "net", "info", "io", "biz", "scot", "ie", "fr", "fi"])
"""What clean text has after a dot or hyphen: ends of addresses, and wi-fi."""
_WITHIN = re.compile(r"[*#.-](?:(?<=[a-z][*#])[*#]*+(?=[a-z])|(?<=[a-z][.-])(?=([a-z]{1,4}+)(?![\w@./-])))")
_PIECE = re.compile(r"(?<![\w@./-])[a-z]{1,4}\Z")
_STRETCHES = tuple(letter * 3 for letter in "abcdefghijklmnopqrstuyz")
_STRETCHED = re.compile(r"([a-hj-uyz])\1{2,}|(?<=[a-hj-uyz])i{3,}")


def _in_single_blanks(view: View) -> View:
    """The text with one blank for a line's end, and for a row of blanks."""
    text = _LINE_END.sub(" ", view.text)
    doubled = [(blanks.start() + 1, blanks.end()) for blanks in _BLANKS.finditer(text.replace("\t", " "))]
    return _without(View(text, view.at), doubled) if doubled else View(text, view.at)


_BLANKS = re.compile("   *+")
_LINE_END = re.compile(r"\n(?<!\n\n)(?!\n)")
"""A line's end within a paragraph; an empty line ends one."""


def _put_together(seen: View, words: View) -> list[View]:
    """The text with rows of single letters closed up; as words too where it shows in a row where one ends."""
    found = [_closed_up(seen, 0), _closed_up(seen, 1)]
    return found if words.text in {seen.text, found[0].text} else [*found, words]


def _closed_by_words(view: View) -> View:
    """The text with letters put together that the same one mark is between: two blanks, or another mark, end a word.

    Digits and signs between them are letters, too.
    """
    rows = [row.span() for row in _ROW.finditer(view.text)]
    text = _ROW.sub(lambda row: row[0].translate(_LETTERS), view.text)
    return _without(
        View(text, view.at),
        ((place, place + 1) for start, end in rows for place in range(start + 1, end, 2)),
    )


_ROW = re.compile(r"(?<![^\W_])[a-z]([ .*_\-,|/~+])[a-z0-9@$!](?![^\W_])(?>(?:\1[a-z0-9@$!](?![^\W_]))*)")


def _closed_up(view: View, alone: int) -> View:
    """The text with letters that were set apart put together, but for the first `alone` of each row ("I h a t e")."""
    between = (
        (position, position + 1)
        for row in _APART.finditer(view.text)
        for position in range(row.start() + 1 + alone * 2, row.end())
        if not view.text[position].isalpha()
    )
    return _without(view, between)


_APART = re.compile(r"(?<![^\W_])[a-z](?:[ .*_\-,|/~+]{1,3}[a-z]){3,200}(?![^\W_])")
"""Four or more single letters with marks or spaces between them."""
_MAY_BE_APART = re.compile(
    r"[ .*_\-,|/~+](?<=\b[a-z].)[ .*_\-,|/~+]{0,2}+[a-z0-9]\b(?:[ .*_\-,|/~+]{1,3}+[a-z0-9]\b){2}", re.ASCII
)


def _without(view: View, spans: Iterable[tuple[int, int]]) -> View:
    """The text without these spans, which come from left to right."""
    kept: list[str] = []
    at: list[int] = []
    past = 0
    for start, end in (*spans, (len(view.text), len(view.text))):
        kept.append(view.text[past:start])
        at += view.at[past:start]
        past = end
    return View("".join(kept), at)
