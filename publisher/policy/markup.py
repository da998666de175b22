"""Texts with HTML left in them, as a browser would show them."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

MARKUP = re.compile(
    r"</?[a-z][^<>]{0,300}>|<!--[^<>]{0,300}-->|&(?:amp;)?(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});?",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"</?(?:br|p|div|li|ul|ol|td|tr|h\d|hr)\b", re.IGNORECASE)


def without_markup(value: str) -> tuple[str, Sequence[int]]:
    """The text without tags and entities, and where each character stood; nothing where there were none."""
    if "<" not in value and "&" not in value:
        return value, ()
    pieces: list[str] = []
    at: list[int] = []
    past = 0
    for match in MARKUP.finditer(value):
        said = _said(match[0])
        pieces += value[past : match.start()], said
        at += [*range(past, match.start()), *[match.start()] * len(said)]
        past = match.end()
    return "".join([*pieces, value[past:]]), [*at, *range(past, len(value))]


def _said(markup: str) -> str:
    if markup.startswith("<"):
        return " " if _BREAKS.match(markup) else ""
    return html.unescape(html.unescape(markup))
