"""What people type in their own words, made harmless once: no sign that steers a screen or hides another, and an end."""

from __future__ import annotations

import re

from publisher.errors import InputError

_STEERING = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\u3164\ufeff\uffa0\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters but tab and line feed, those that turn the direction of writing or cannot be seen (Unicode UAX #9;
the four Hangul fillers count as letters; soft hyphen, grapheme joiner and tags are never seen), and halves of characters, which no database keeps."""
REASON_MOST = 1_000
"""Characters of a reason: it is a record, not a letter."""
ANSWER_LEAST = 10
"""As of an approval's reason (publisher/approval.py)."""
_BREAKS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def passage(text: str, field: str, most: int) -> str:
    """Words in paragraphs, at most `most` characters of them; may be empty. Raises InputError for more."""
    plain = _STEERING.sub("", _BREAKS.sub("\n", text)).strip()
    if len(plain) > most:
        raise InputError(
            f"is too long: {len(plain)} characters, and at most {most} are kept",
            field=field,
            way_out="Shorten it, and say where the rest is filed.",
        )
    return plain


def line(text: str, field: str, most: int) -> str:
    """Words on one line, from 1 to `most` characters, a letter or digit among them. Raises InputError."""
    plain = " ".join(passage(text, field, max(most, len(text))).split())
    if not any(map(str.isalnum, plain)) or len(plain) > most:
        raise InputError(
            f"1 to {most} characters are needed", field=field, way_out="Shorten it, or fill it in."
        )
    return plain


def demand_answer(reason: str, read_by: str) -> str:
    """As `demand_reason`, of a director's word on the record: "ok" tells nobody why. Raises InputError."""
    plain = demand_reason(reason, read_by)
    if len(plain) < ANSWER_LEAST:
        raise InputError(
            f"a reason of {ANSWER_LEAST} to {REASON_MOST:,} characters is needed",
            field="reason",
            way_out=f"Say why: {read_by}.",
        )
    return plain


def demand_reason(reason: str, read_by: str = "it is shown with the item") -> str:
    """The reason on one line, made harmless. Raises InputError where it says nothing, or too much."""
    if not any(map(str.isalnum, passage(reason, "reason", len(reason)))):
        raise InputError("a reason is needed", field="reason", way_out=f"Say why: {read_by}.")
    return line(reason, "reason", REASON_MOST)
