"""Logins and names that an eye takes for one another: two lines of the register that look alike are refused.

One person with two logins could let their own words go; a login that reads like another's hides who decided.
"""

from __future__ import annotations

import re
import unicodedata

from publisher.errors import InputError

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SEPARATORS = re.compile(r"[._-]")
_PAIRS = (("rn", "m"), ("vv", "w"))
_ALIKE = str.maketrans("01i", "oll")
NAME_MOST = 100
"""Characters of a name."""


def is_login(login: str) -> bool:
    """Whether a text has the form of a login: ASCII small letters, digits, dots, underscores, hyphens."""
    return _LOGIN.fullmatch(login) is not None


def demand_login(login: str) -> None:
    """Raises InputError, which names the character that no login may hold: it may look like one that it may."""
    if is_login(login):
        return
    wrong = next((character for character in login if not _LOGIN.fullmatch(f"a{character}")), "")
    raise InputError(
        f"{login!r} is not a login{f': {_described(wrong)}' if wrong else ''}",
        field="login",
        way_out="Use small letters, digits, dots and hyphens, a letter or digit first, at most 64.",
    )


def _described(character: str) -> str:
    """`it holds U+0430 CYRILLIC SMALL LETTER A, which looks like 'a'`: what cannot be told apart by looking."""
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "a control character")
    seen = "" if character.isascii() else _seen(character)
    return f"it holds {code} {name}{seen}"


def _seen(character: str) -> str:
    looks = folded(character)
    if not looks.strip():
        return ", which cannot be seen"
    return f", which looks like {looks!r}" if looks.isascii() else ""


def folded(text: str) -> str:
    """A text as an eye reads it: compatibility forms, accents and letters of other scripts as plain small letters."""
    from publisher.policy.folding import (
        fold,  # here: the gate's parts are slow to load, and only a change asks
    )

    return fold(unicodedata.normalize("NFKC", text)).text


def outline(login: str) -> str:
    """What an eye keeps of a login: 0 is o, 1 and i are l, rn is m, vv is w, and separators are nothing."""
    for pair, one in _PAIRS:
        login = login.replace(pair, one)
    return _SEPARATORS.sub("", login).translate(_ALIKE)


def name_outline(name: str) -> str:
    """What an eye keeps of a name: neither capitals nor accents, marks nor blanks, nor which script a letter is of."""
    return outline("".join(filter(str.isalnum, folded(name))))


def name_words(name: str) -> frozenset[str]:
    """The same of each of its words, in whatever order they come: `Director, Dana` is Dana Director."""
    words = "".join(one if one.isalnum() else " " for one in folded(name)).split()
    return frozenset(map(outline, words))


def demand_name(name: str) -> str:
    """The name on one line. Raises InputError where it names nobody, or hides or turns what is read."""
    plain = " ".join(name.split())
    if not any(map(str.isalpha, plain)) or len(plain) > NAME_MOST:
        raise InputError(
            f"a name of 1 to {NAME_MOST} characters is needed", field="name", way_out="First and last name."
        )
    hidden = next((one for one in plain if unicodedata.category(one) in {"Cc", "Cf", "Co", "Cn", "Cs"}), "")
    if hidden:
        raise InputError(
            f"the name is not plain: {_described(hidden)}", field="name", way_out="Type it anew."
        )
    return plain
