"""Does the gate stay linear? Texts made to hold a search up, at three sizes: `python -m bench.hostile` prints the growth.

A text twice as long may take at most GROWTH times as long; at the size that an item may have it is answered in a second.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from bench.council import DOMAIN, opened
from publisher.channels import Limits
from publisher.item import MAX_BODY, Item, parse
from publisher.model import Post
from publisher.policy import Context, Gate

LINK = f"https://www.{DOMAIN}/news"
SIZES = (MAX_BODY, 2 * MAX_BODY, 4 * MAX_BODY)
"""Characters: the longest body that an item may have, and what no item brings in."""
GROWTH, SECONDS = 2.3, 1.0
"""What is asked: the largest ratio from one size to the next, and the longest time at the first size."""
MEASURABLE = 0.05
"""Seconds below which a ratio says nothing."""
PIECES: Mapping[str, str] = {
    "dotted letters": "a.a.a.", "single digits": "1 2 3 ", "digits": "4", "groups of digits": "4111 ",
    "mentions": "@a ", "addresses": "http://a.b ", "bare names": "a.com ", "dots": "..", "brackets": "(a)(",
    "combining marks": "a\u0301\u0316", "marks alone": "\u0301", "bidi marks": "a\u202e\u202c",
    "lone surrogates": "\ud800", "spaced swearing": "f u c k ", "masked swearing": "f**k ", "masks": "*a*",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467", "newlines": "\n", "empty lines": "a\n\n", "blanks": " ",
    "tags": "<b>a</b>", "open tags": "<b", "entities": "&#97;", "null bytes": "a\x00", "capitals within": "aAaA",
    "one word": "a", "leet": "4a3e", "look-alikes": "\u0430\u0435", "quotes": "\"a\" '", "questions": "a? ",
    "hyphens": "a-a-", "underlines": "_a", "hashtags": "#aA ", "at signs": "@", "at words": "a at b dot ",
    "mailboxes": "a@b.com ", "houses": "1 The Road, ", "flats": "Flat 1 ", "postcodes": "AB1 2CD ", "names": "Mr Ab Cd ",
    "hostile": "I hate them. ", "targets": "muslims and ", "rows of targets": "muslims hate jews ", "dates": "1/1/1990 ",
    "born": "born 1 May 1990 ", "phones": "07700 900123 ", "quotations": "\u201ca\u201d ", "joined": "a\u200b", "dashes": "\u2013",
}  # fmt: skip
"""What each text repeats."""


def main() -> int:
    """The table on stdout; 1 where a text is slower than asked."""
    with tempfile.TemporaryDirectory() as folder:
        gate = opened(Path(folder), '[policy]\nreader = "off"').app.gate
        slow = [name for name, piece in chosen(sys.argv[1:]) if not _is_linear(name, _times(gate, piece))]
    sys.stdout.write(f"too slow: {', '.join(slow) or 'none'}\n")
    return 1 if slow else 0


def chosen(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The pieces of these names; all where none is named."""
    return ((name, piece) for name, piece in PIECES.items() if not names or name in names)


def _times(gate: Gate, piece: str) -> list[float]:
    return [_seconds(gate, piece * (size // len(piece))) for size in SIZES]


def _seconds(gate: Gate, text: str) -> float:
    """CPU seconds for a news item of that body, which a post repeats."""
    plain = parse({"kind": "news", "title": "Library news", "link": LINK})
    item = Item.model_construct(**dict(plain) | {"body": text})
    post = Post("facebook", item.kind, item.title, f"{item.title}\n\n{text}\n\n{LINK}", LINK, "")
    start = time.process_time()
    gate.check(item, [post], Context({post.channel: Limits(text=MAX_BODY)}))
    return time.process_time() - start


def _is_linear(name: str, took: Sequence[float]) -> bool:
    ratios = [later / max(earlier, MEASURABLE) for earlier, later in pairwise(took)]
    fine = took[0] <= SECONDS and max(ratios) <= GROWTH
    times = "".join(f"{each:8.3f}" for each in took)
    sys.stdout.write(f"{name:18}{times}   x{max(ratios):.1f}{'' if fine else '   TOO SLOW'}\n")
    sys.stdout.flush()
    return fine


if __name__ == "__main__":
    sys.exit(main())
