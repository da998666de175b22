"""A text prepared once, in linear time, so that words are found in it whatever they are disguised as.

A disguise is a way to write a word so that a search does not find it: tags and entities inside, hidden and look-alike
characters (folding.py), digits and marks for letters, letters set apart, masked or repeated, words run together.
Nothing here knows any word that is looked for. There are two ways to look: for `spelt` expressions, which read through
disguises by themselves, in `streams`; for any other expression in `views`, from which the disguises are taken off
(disguises.py).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from publisher.policy.disguises import taken_off
from publisher.policy.folding import View, fold, has_disguise
from publisher.policy.lazy import cached_property
from publisher.policy.markup import without_markup

LOOKS_LIKE = {
    "a": "4", "b": "8", "c": "C", "e": "3", "g": "9", "i": "1", "l": "1L", "o": "0", "s": "5", "t": "7", "u": "v",
    "z": "2",
}  # fmt: skip
"""What else each letter is written as. Marks are read as the digit or capital that stands for the same letter."""
APART = " _"
"""What may stand between the letters of a word in a stream: blanks, and `_` for an apostrophe inside a word."""
LONGEST = 24
"""Characters of the longest masked word."""
_ONE_LETTER = bytes.maketrans(b"48C391lL057v2", b"abcegiiiostuz")
"""All that looks like one letter, as that letter: the keys and values of LOOKS_LIKE; `i` and `l` share the 1."""
_PLAIN = b"abcdefghijklmnopqrstuvwxyz0123456789_"
_MARKS, _MARKS_READ = b"@$!|+(<\x03\x04", b"45117CC3L"
"""`\x03` and `\x04` stand for the signs of euro and pound."""
_KEEPING = bytes(code if code in _PLAIN else ord(" ") for code in range(256))
_MARKED = bytes(dict(zip(_MARKS, _MARKS_READ, strict=True)).get(code, _KEEPING[code]) for code in range(256))


def _squeezing(read: bytes) -> tuple[bytes, bytes]:
    """For `translate`: what is read of each byte, as one letter; and the bytes that are read as what may stand between."""
    table = bytes(code if code == ord("\n") else _ONE_LETTER[read[code]] for code in range(256))
    return table, bytes(code for code in range(256) if table[code] in APART.encode())


_SQUEEZED, _SQUEEZED_MARKED = _squeezing(_KEEPING), _squeezing(_MARKED)
_APOSTROPHE = re.compile(rb"'(?<=[a-z0-9]')(?=[a-z])")
_MARK = re.compile(r"[@$!|+(<€£]")
_MASKS = re.compile(r"[*#%&?~^=_.-](?<=[a-z0-9@$€£!|+(<].)[*#%&?~^=_.-]*+(?=[a-z0-9@$€£!|+(<])")
_ADDRESS = re.compile(r"https?://\S+")
_CAPITAL = re.compile(r"[A-Z](?:(?<=[a-z0-9].)|(?<=[A-Z].)(?=[a-z]))")
_WORD = re.compile(r"\w+")
_RUN = re.compile(r"[a-z0-9@$€£!|+(<*#%&?~^=_.-]*")
_RUN_BACK = re.compile(r"[a-z0-9@$€£!|+(<]*")
_MASKED = re.compile(
    r"[a-z0-9@$€£!|+(<]++(?>(?:[*#%&?~^=_.-]++[a-z0-9@$€£!|+(<]++){1,6})(?![*#%&?~^=_.-]*[a-z0-9@$€£!|+(<])"
)
"""A word with up to six masks; one with more is a row of letters set apart."""
_SHOWN = str.maketrans("#%?~^=&_.@$!|+(<€£", "******---4511" + "7CC3L")


@dataclass(frozen=True, slots=True)
class Masked:
    """A word with marks where letters were: each is a `*`, or a `-` where clean text has such marks in words, too."""

    text: str
    start: int
    end: int


class Evasions:
    """All ways to read one text. `text` is the folded text, to which spans refer; `origin` leads back to the original."""

    def __init__(self, value: str, folded: View) -> None:
        """`folded` is the value as `fold` reads it, which is right where there is no markup."""
        self._value = value
        self._bare, self._back = without_markup(value)
        if self._bare != value:
            folded = fold(self._bare)
        self._at = folded.at
        self.text = _ADDRESS.sub(_words_only, folded.text) if "://" in folded.text else folded.text

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original for a span of `text` that is not empty."""
        first, past = self._at[start], self._at[end - 1] + 1
        if not self._back:
            return first, past
        return self._back[first], self._back[past] if past < len(self._back) else len(self._value)

    @cached_property
    def streams(self) -> tuple[View, ...]:
        """In ASCII, leading to `text`: the words alone; with marks as letters, where there are any; pieces that capitals begin."""
        marked = self.text.replace("_", " ").replace("€", "\x03").replace("£", "\x04")
        codes = _APOSTROPHE.sub(b"_", marked.encode("ascii", "replace"))
        found = [codes.translate(_KEEPING)]
        if _MARK.search(self.text):
            found.append(codes.translate(_MARKED))
        views = [View(each.decode("ascii"), range(len(each))) for each in found]
        if words := list(self._run_together()):
            views.append(self._side_by_side(words))
        return tuple(views)

    def _side_by_side(self, words: list[list[int]]) -> View:
        """Each word on its line, its pieces apart."""
        at = [
            place for edges in words for one, two in pairwise(edges) for place in (*range(one, two), two - 1)
        ]
        lines = (" ".join(self.text[one:two] for one, two in pairwise(edges)) + "\n" for edges in words)
        return View("".join(lines).encode("ascii", "replace").decode("ascii"), at)

    @cached_property
    def views(self) -> tuple[View, ...]:
        """Leading to the original: the text without disguises, where it has any, and with rows of single letters closed up.

        The last one is nearest to what an eye sees.
        """
        found = taken_off(self.text, disguised=bool(self._back) or self._has_disguise)
        return tuple(View(view.text, self._origins(view.at)) for view in found)

    @cached_property
    def _has_disguise(self) -> bool:
        return has_disguise(self._bare)

    def _origins(self, places: Sequence[int]) -> Sequence[int]:
        """Where places of `text` are in the original."""
        for way_back in (self._at, self._back):
            if way_back and way_back != range(len(way_back)):
                places = [way_back[place] for place in places]
        return places

    def _run_together(self) -> Iterator[list[int]]:
        """The edges of the pieces of each word that has a capital within."""
        cuts = sorted(self._cuts())
        past = 0
        for cut in cuts:
            if cut < past:
                continue
            start = cut
            while start > past and _WORD.match(self.text[start - 1]):
                start -= 1
            past = word.end() if (word := _WORD.match(self.text, cut)) else cut
            if start < cut < past:
                yield [start, *cuts[bisect_left(cuts, cut) : bisect_left(cuts, past)], past]

    def _cuts(self) -> frozenset[int]:
        """Positions at which a capital begins a piece of a word."""
        if not self._has_disguise:
            found = (match.start() for match in _CAPITAL.finditer(self._bare))
            return frozenset(bisect_left(self._at, place) for place in found)
        shape = "".join(
            _shape(self._bare[place], seen) for place, seen in zip(self._at, self.text, strict=True)
        )
        return frozenset(match.start() for match in _CAPITAL.finditer(shape))


def _shape(original: str, seen: str) -> str:
    """A capital or small letter for where there was one in the text."""
    return "A" if original.isupper() else "a" if seen.isalnum() else " "


def _words_only(address: re.Match[str]) -> str:
    """An address keeps its words; what is random in it must not be read as a disguise."""
    return re.sub(r"[^a-z]", " ", address[0])


def masked(text: str) -> Iterator[Masked]:
    """Words with marks where letters were, in a text or in lines of several."""
    past = 0
    for mask in _MASKS.finditer(text):
        if mask.start() < past:
            continue
        first, past = _round(text, *mask.span())
        for part in _MASKED.finditer(text, first, past):
            if len(part[0]) <= LONGEST:
                yield Masked(part[0].translate(_SHOWN), *part.span())


def _round(text: str, start: int, end: int) -> tuple[int, int]:
    """The run of letters and masks that the span is in."""
    before = _RUN_BACK.match(text[max(0, start - LONGEST) : start][::-1])
    after = _RUN.match(text, end)
    return start - (before.end() if before else 0), after.end() if after else end


def squeezed(texts: Iterable[str]) -> str:
    """The streams of all these texts without what may stand between letters, each letter and what it looks like as one.

    Each text has a line, and each with marks one more with those as letters. Words run together need none:
    here their pieces stand side by side as it is.
    """
    lines = [text.replace("\n", " ") for text in texts]
    words = "\n".join(lines).encode("ascii", "replace").translate(*_SQUEEZED)
    with_marks = "\n".join(line for line in lines if _MARK.search(line))
    signs = with_marks.replace("€", "\x03").replace("£", "\x04").encode("ascii", "replace")
    return (words + b"\n" + signs.translate(*_SQUEEZED_MARKED)).decode("ascii")


def in_squeezed(letters: str) -> str:
    """The source of an expression that finds in what is `squeezed` all that `spelt` finds in streams, and more, in less time."""
    return "".join(f"{letter}+" for letter in letters.encode().translate(_ONE_LETTER).decode())


def spelt(letters: str, between: str = APART) -> str:
    """The source of an expression for a word: each letter repeated or looked alike, with what may stand between them."""
    inner = "".join(f"[{_like(letter)}][{_like(letter)}{between}]*" for letter in letters[:-1])
    return f"{inner}[{_like(letters[-1])}]+"


def _like(letter: str) -> str:
    return letter + LOOKS_LIKE.get(letter, "")
