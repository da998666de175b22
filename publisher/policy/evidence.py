"""Whether evidence says anything: a box that was filled in only so that it is not empty satisfies no rule."""

from __future__ import annotations

from publisher.policy.folding import fold

TOO_THIN = (
    "The evidence given names nothing that could be looked up: say whose it is, or which record, and when."
)
PLACEHOLDERS = frozenset(
    [
        "n",
        "a",
        "na",
        "none",
        "nil",
        "null",
        "no",
        "yes",
        "ok",
        "okay",
        "tbc",
        "tba",
        "tbd",
        "to",
        "be",
        "confirmed",
        "advised",
        "follow",
        "not",
        "applicable",
        "unknown",
        "pending",
        "test",
        "x",
        "xx",
        "xxx",
        "see",
        "above",
        "as",
        "evidence",
    ]
)
"""What forms are filled with where there is nothing to say."""


def names_something(evidence: str) -> bool:
    """True where somebody could look it up: a reference or a date, or at least two words that are no placeholders.

    Read as an eye reads it: hidden characters say nothing.
    """
    seen = "".join(letter if letter.isalnum() else " " for letter in fold(evidence).text.casefold())
    found = [word for word in seen.split() if word not in PLACEHOLDERS]
    words = [word for word in found if len(word) > 1]
    return len(words) > 1 or (len("".join(found)) > 1 and any(letter.isdigit() for letter in seen))
