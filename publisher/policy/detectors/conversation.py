"""What would make a broadcast into a conversation: mentions and links to posts (clause 5a; clause 6 on likes and retweets)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from publisher.conversing import mentions, to_posts
from publisher.policy import patterns
from publisher.policy.expressions import Readable
from publisher.policy.subject import Hit, Subject


def mention(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An @name; `@7pm` is a time to people and passes."""
    del parameters
    for words in subject.texts:
        if "@" in words.value or "\uff20" in words.value:
            yield from (words.hit(start, end) for start, end in mentions(words.value, words.links))


def permalink(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A link to one of `posts`: `HOST/PATH` with * for anything. A platform shows it as a quote of that post."""
    for words in subject.texts:
        yield from (words.hit(link.start, link.end) for link in to_posts(words.links, parameters["posts"]))


def question_at_end(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A text whose last sentence is a question with one of `asking` and without any of `offering`.

    What follows it may be emoji, hashtags and the link. A question that an offer or an answer follows is none, and so is
    a summary's whose body says with one of `answered` what readers can do, such as whom to ring.
    """
    asked = [(words, span) for words in subject.texts if (span := _last_question(words.lower))]
    if not asked or _is_answered(subject.item.body, parameters["answered"]):
        return
    asking, offering = patterns.words(parameters["asking"]), patterns.words(parameters["offering"])
    for words, span in asked:
        if asking.search(words.plain, *span) and not offering.search(words.plain, *span):
            yield words.hit(*span)


def _is_answered(body: str, answered: tuple[str, ...]) -> bool:
    return bool(body) and patterns.words(answered).search(Readable(body.lower())) is not None


LONGEST_QUESTION = 200
"""Characters of a question that are looked at: longer ones are no bait."""
_AFTER = re.compile(r"(?>(?:#\w++|https?://\S++|[^\w#])*)")
_BEFORE = re.compile(r"[.!?\n:]\s")


def _last_question(text: str) -> tuple[int, int] | None:
    end = text.rfind("?") + 1
    if not end or not _AFTER.fullmatch(text, end):
        return None
    start = first = max(0, end - LONGEST_QUESTION)
    for stop in _BEFORE.finditer(text, first, end - 1):
        start = stop.end()
    return start, end
