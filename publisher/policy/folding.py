"""A text without what evasions add, and the way back to where each letter stood.

Read as an eye reads it: characters that cannot be seen are gone, accents are off, and letters of other scripts that look
like Latin ones are those. Sources: Unicode Standard Annex 15 (NFKD), Technical Standard 39 (confusables), the general
categories and character names of the Unicode Character Database; the table of look-alikes was compiled for this program.
"""

# ruff: noqa: RUF001  # look-alikes are what this file is about

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from publisher.policy.expressions import Readable
from publisher.policy.lazy import cached_property


@dataclass(frozen=True)
class View:
    """One way to read a text. `at[n]` is the position in the original of the character `text[n]`."""

    text: str
    at: Sequence[int]

    @cached_property
    def readable(self) -> Readable:
        """`text`, as patterns read it."""
        return Readable(self.text)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that `text[start:end]`, which is not empty, was read from."""
        return self.at[start], self.at[end - 1] + 1

    def unread(self, original: str) -> str:
        """For each character of `text` the one of the original."""
        return original if self.at == range(len(original)) else "".join(map(original.__getitem__, self.at))


def fold(value: str) -> View:
    """The text in small letters, mostly ASCII; what looks like no Latin letter stays. Time is linear in the text."""
    if value.isascii():
        return View(value.lower(), range(len(value)))
    pieces = _NOT_ASCII.split(value)
    read = pieces.copy()
    read[::2] = map(str.lower, pieces[::2])
    read[1::2] = map(reading, pieces[1::2])
    return View("".join(read), range(len(value)) if _fit(read[1::2]) else _places(pieces, read))


_NOT_ASCII = re.compile("([^\x00-\x7f])")


def _fit(readings: Iterable[str]) -> bool:
    """Whether each character is read as one."""
    return set(map(len, readings)) == {1}


def _places(pieces: Iterable[str], read: Iterable[str]) -> list[int]:
    """Where what was read of each piece stood: a piece is as long as what was read of it, or one character."""
    at: list[int] = []
    past = 0
    for piece, seen in zip(pieces, read, strict=True):
        at += range(past, past + len(piece)) if len(piece) == len(seen) else [past] * len(seen)
        past += len(piece)
    return at


KEPT = 8192
"""Readings of characters that are kept: more than the texts of one council have."""


@lru_cache(KEPT)
def reading(character: str) -> str:
    """What one character looks like: nothing, a letter or two in lower case, or itself."""
    if character.isascii():
        return character.lower()
    if is_hidden(character):
        return ""
    if character.isspace():
        return "\n" if character in _LINE_ENDS else " "
    return _LOOK_ALIKES.get(character) or _named(character) or _decomposed(character)


def has_disguise(text: str) -> bool:
    """Whether a character is not what it seems to be."""
    return not text.isascii() and any(map(_is_disguise, set(_NOT_ASCII.findall(text))))


def _is_disguise(character: str) -> bool:
    """True where the character passes for a letter or digit that it is not, or cannot be seen."""
    read = reading(character)
    return read != character.lower() and (not read or read.isalnum())


def is_hidden(character: str) -> bool:
    """True for what takes no room of its own: format characters, marks, fillers, variation selectors."""
    return unicodedata.category(character) in _UNSEEN or character in _FILLERS


_UNSEEN = frozenset(["Cf", "Mn", "Me"])
_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\u00ad\u180e")
"""Letters by category that show nothing (Unicode, Default_Ignorable_Code_Point), and the empty Braille pattern."""
_LINE_ENDS = frozenset("\u0085\u2028\u2029")


def _named(character: str) -> str:
    """The letter that the character's name says it is a form of: with a stroke, circled, squared, a small capital."""
    found = _LETTER_NAME.fullmatch(unicodedata.name(character, ""))
    return found[1].lower() if found else ""


_LETTER_NAME = re.compile(
    r"(?:[A-Z -]{0,40} )?(?:LATIN (?:[A-Z]{1,11} ){0,3}LETTER|MODIFIER LETTER|SYMBOL LETTER)"
    r"(?: SMALL| CAPITAL| SCRIPT| DOTLESS| LONG| REVERSED| TURNED| SIDEWAYS| BARRED| INVERTED| BLACKLETTER){0,4}"
    r" ([A-Z])(?: BAR)?(?: WITH [A-Z -]{1,60})?"
)


def _decomposed(character: str) -> str:
    """Its compatibility decomposition without marks; for other scripts the character itself."""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) == "Pd":
        return "-"
    parts = unicodedata.normalize("NFKD", character)
    shown = (_LOOK_ALIKES.get(part, part) for part in parts if unicodedata.category(part) != "Mn")
    small = "".join(shown).casefold()
    return _LOOK_ALIKES.get(small, small) or character


_LETTERS = {
    "a": "αΑаАӑӓɑᴀᗩꓮᎪⲀⲁ∀卂ค",
    "b": "βΒвВьЬъЪЂᏴᏏᗷꓐⲂⲃ乃ხ",
    "c": "сСϲϹᏟᑕꓚⲤⲥ¢₵匚ςↄƆɔ",
    "d": "ԁԀᎠᗞᗪꓓð∂ɖժ",
    "e": "εΕеЕёЁєЄэЭҽɛƐəǝᎬꓰⲈⲉ℮∈乇ԑ",
    "f": "ғҒʄƒϝϜᖴꓝքſẝ千",
    "g": "ɡցᏀꓖᏻԌԍɢ",
    "h": "ΗнНһҺћЋђңҢᎻꓧᕼⲎհⲏ卄ɦ",
    "i": "ιΙіІїЇɩӏӀᎥꓲⲒⲓ¡∣ⅼ丨工ɪıเ",
    "j": "јЈϳͿᎫꓙᒍյ",
    "k": "κΚкКќЌқҚᏦꓗⲔⲕʞ长ĸ",
    "l": "ᏞᒪꓡլԼʟㄥ",
    "m": "ΜмМϺᎷꓟᗰⲘⲙɱ爪",
    "n": "ηΝпПиИйЙոռᑎꓠⲚⲛŋ∩几หน",
    "o": "οΟоОσθΘөӨՕօᎾⲞⲟꓳ口ㄖ๏∅",
    "p": "ρΡрРþÞᏢᑭꓑⲢⲣ卩",
    "q": "ԛԚզգႳ",
    "r": "гГяЯгᎡᏒꓣᖇʀ尺",
    "s": "ѕЅꓢᏚՏᔕƨʃ§丂",
    "t": "τΤтТҭᎢꓔⲦⲧ†丅ㄒ",
    "u": "υμцЦսՍᑌꓴ∪ʊʋ凵บµ",
    "v": "νѵѴᏙꓦᐯ∨√ʌ",
    "w": "ωшШщЩѡԝԜաᎳꓪᗯɯ山ฬ",
    "x": "χΧхХҳ᙭ꓫⲬⲭ×✕✖乂",
    "y": "γΥуУүҮұҰўЎᎩꓬⲨⲩ¥丫ყ",
    "z": "ΖζᏃꓜᘔⲌⲍ乙",
    "ae": "æÆӕӔ", "oe": "œŒ", "ss": "ßẞ",
    "!": "ǃ", "'": "’‘ʼʹ´`′", '"': "“”″", "3": "зЗƷʒ", "6": "б", "4": "чЧ",
    "-": "‐‑‒–—―−⁃", ".": "․‧·∙•⋅⸱。", "*": "∗⁎★☆✱✲", "_": "‗＿", "/": "⁄∕⧸", ":": "꞉ː",
}  # fmt: skip
_LOOK_ALIKES = {alike: letter for letter, alikes in _LETTERS.items() for alike in alikes}
