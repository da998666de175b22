"""What would make a broadcast into a conversation: mentions and links to posts (clause 5a; clause 6 on likes and retweets)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import translate
from functools import lru_cache
from typing import Any

from publisher.policy import patterns
from publisher.policy.expressions import Readable
from publisher.policy.subject import Hit, Subject

_MENTION = re.compile(
    r"(?<![A-Za-z0-9_!#$%&*@/\uff20.+\-])[@\uff20](?:\[\d{3,25}|[A-Za-z0-9_][A-Za-z0-9_.]{0,59})(?![@\uff20]|://|[À-ɏ])"
    r"|(?<![A-Za-z0-9])[Rr][Tt]:?@[A-Za-z0-9_]{1,30}"
    r"|(?<![\w@])\.@[A-Za-z0-9_]{1,30}"
)
"""An @name where a platform makes one (twitter-text: not after a letter, digit or !#$%&*@), RT@name, .@name, and
Facebook's @[number]. A name in an e-mail address comes after a letter or digit."""
_TIME = re.compile(r"@\d{1,2}(?:[:.]\d{1,2})?(?:am|pm|noon|h)?[.,]?")


def mention(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An @name; `@7pm` is a time to people and passes."""
    del parameters
    for words in subject.texts:
        if "@" not in words.value and "\uff20" not in words.value:
            continue
        spans = [(link.start, link.end) for link in words.links if link.explicit]
        for match in _MENTION.finditer(words.value):
            if not _TIME.fullmatch(match[0].lower()) and not _within(match.start(), spans):
                yield words.hit(match.start(), match.end())


def _within(position: int, spans: list[tuple[int, int]]) -> bool:
    """A path such as medium.com/@name is a link, and the rules of links see it."""
    return any(start < position < end for start, end in spans)


def permalink(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A link to one of `posts`: `HOST/PATH` with * for anything. A platform shows it as a quote of that post."""
    by_host = _grouped(parameters["posts"])
    for words in subject.texts:
        for link in words.links:
            if any(pattern.match(_place(link.url)) for pattern in _patterns(link.host, by_host)):
                yield words.hit(link.start, link.end)


def _place(url: str) -> str:
    """Path and query, in lower case, without doubled slashes."""
    rest = url.partition("://")[2] or url
    return "/" + re.sub("/{2,}", "/", rest.partition("/")[2]).lower()


def _patterns(host: str, by_host: Mapping[str, list[re.Pattern[str]]]) -> Iterator[re.Pattern[str]]:
    labels = host.split(".")
    for first in range(max(0, len(labels) - 4), len(labels)):  # no platform's name has more than 4 labels
        yield from by_host.get(".".join(labels[first:]), ())


@lru_cache(16)
def _grouped(posts: tuple[str, ...]) -> Mapping[str, list[re.Pattern[str]]]:
    by_host: dict[str, list[re.Pattern[str]]] = {}
    for post in posts:
        host, _, path = post.partition("/")
        by_host.setdefault(host, []).append(re.compile(translate(f"/{path}")))
    return by_host


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
_AFTER = re.compile(r"(?:#\w++|https?://\S++|[^\w#])*+")
_BEFORE = re.compile(r"[.!?\n:]\s")


def _last_question(text: str) -> tuple[int, int] | None:
    end = text.rfind("?") + 1
    if not end or not _AFTER.fullmatch(text, end):
        return None
    start = first = max(0, end - LONGEST_QUESTION)
    for stop in _BEFORE.finditer(text, first, end - 1):
        start = stop.end()
    return start, end
