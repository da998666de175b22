"""What a text holds that its readers do not see as text: hidden characters, and HTML that is shown as it stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from publisher.policy.markup import MARKUP
from publisher.policy.subject import Hit, Subject

_LETTER = "[0-9A-Za-z\u00c0-\u052f\u1e00-\u1fff\u0300-\u036f]"
"""Letters, digits and marks of the Latin, Greek and Cyrillic scripts, which need no joiners between them."""
_BETWEEN_LETTERS = "[\u200b-\u200f\u2060-\u2064\ufeff\u180e\u115f\u1160\u3164\uffa0\u17b4\u17b5\u034f\u2800\ufe00-\ufe0f\U000e0100-\U000e01ef]"
_OVERRIDES = "[\u202d\u202e]"
_DIRECTIONS = "[\u202a-\u202c\u2066-\u2069]"
_TAGS = "[\U000e0001-\U000e007f]"
_FLAG = "\U0001f3f4"
_HIDDEN = re.compile(
    f"(?<={_LETTER}){_BETWEEN_LETTERS}{{1,100}}(?={_LETTER})|{_OVERRIDES}|{_DIRECTIONS}|{_TAGS}{{1,100}}"
)
_ANY = re.compile(f"{_BETWEEN_LETTERS}|{_OVERRIDES}|{_DIRECTIONS}|{_TAGS}".replace("]|[", ""))
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def hidden_characters(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Characters without a look between letters that need none, and what turns the direction of text (Unicode TR 36).

    Joiners in emoji and in scripts that need them pass, as do directions in text that holds letters from right to left
    and the tags of the flags of England, Scotland and Wales.
    """
    del parameters
    for words in subject.texts:
        if not _ANY.search(words.strange):
            continue
        turns = _RIGHT_TO_LEFT.search(words.value) is not None
        for match in _HIDDEN.finditer(words.value):
            if not _belongs(match, turns=turns):
                yield words.hit(*match.span(), text=_name(match[0][0]))


def _belongs(match: re.Match[str], *, turns: bool) -> bool:
    before = match.string[match.start() - 1 : match.start()]
    return (before == _FLAG) or (turns and re.fullmatch(_DIRECTIONS, match[0]) is not None)


def _name(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name').lower()}"


def markup(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Tags and entities of HTML: pages and posts show them as they stand."""
    del parameters
    for words in subject.texts:
        if "<" in words.value or "&" in words.value:
            yield from (
                words.hit(*match.span()) for match in MARKUP.finditer(words.value) if _is_html(match[0])
            )


def _is_html(found: str) -> bool:
    """True for names that HTML has: `<jo@example.com>` and `AT&T;` are none."""
    name = re.match(r"<[/!]?-{0,2}([a-z][a-z0-9]{0,15})?(?=[\s/>-])|&(?:amp;)?(#?\w{1,8});", found.lower())
    if name is None:
        return False
    return found.startswith(("<!--", "&#", "&amp;#")) or (name[1] or name[2]) in _NAMES


_NAMES = frozenset(
    """a abbr address area article aside audio b base big blockquote body br button canvas caption center cite code col
    dd del details div dl dt em embed fieldset figure figcaption font footer form frame h1 h2 h3 h4 h5 h6 head header hr
    html i iframe img input ins label legend li link main map meta nav object ol option p param picture pre s script
    section select small source span strike strong style sub summary sup svg table tbody td textarea tfoot th thead title
    tr tt u ul video amp lt gt quot apos nbsp pound euro copy reg trade hellip ndash mdash lsquo rsquo ldquo rdquo bull
    middot eacute egrave agrave ccedil uuml ouml auml frac12 frac14 deg times laquo raquo shy zwj zwnj ensp emsp""".split()  # noqa: SIM905  # names, as the standard lists them
)
"""Elements and entities of HTML that are met in texts (WHATWG, "HTML": the elements, named character references)."""
