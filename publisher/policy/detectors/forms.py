"""What each platform takes: lengths by its own counting, hashtags, pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from publisher import lengths
from publisher.model import Post
from publisher.policy.folding import fold
from publisher.policy.subject import Hit, Subject, Words

_HASHTAG = re.compile(r"(?<![\w&/#=?%\uff03])[#\uff03](\w{1,100})")


def text_too_long(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A post longer than its channel takes, counted as the platform counts (`limits.text`, `limits.measure`)."""
    del parameters
    for post in subject.posts:
        limits = subject.limits[post.channel]
        length = lengths.count(post.text, limits.measure)
        if length > limits.text:
            yield Hit("text", channel=post.channel, text=f"{length} of {limits.text}")


def hashtags_over(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """More hashtags in a post than its channel takes (`limits.hashtags`)."""
    del parameters
    for words in subject.texts:
        if words.channel is None:
            continue
        tags = list(_tags(words))
        most = subject.limits[words.channel].hashtags
        if len(tags) > most:
            yield words.hit(tags[most][0], tags[-1][1], f"{len(tags)} of {most}")


def hashtags_inside(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A hashtag with words after it: hashtags belong at the end, where they interrupt nobody who listens."""
    del parameters
    for words in subject.texts:
        tags = list(_tags(words))
        yield from (
            words.hit(start, end) for start, end in tags if _TAGS_ONLY.fullmatch(words.value, end) is None
        )


_TAGS_ONLY = re.compile(r"(?:\s++(?:[#\uff03]\w++)?|[.!]){0,100}")


def _tags(words: Words) -> Iterator[tuple[int, int]]:
    """Where the hashtags are. A number alone (`the #16 bus`) is none, nor is the end of an address."""
    if "#" not in words.value and "\uff03" not in words.value:
        return
    for match in _HASHTAG.finditer(words.value):
        if any(character.isalpha() for character in match[1]):
            yield match.span()


def needs_picture(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A post with fewer or more pictures than its channel takes."""
    del parameters
    for post in subject.posts:
        limits = subject.limits[post.channel]
        if not limits.images_min <= len(post.media) <= limits.images_max:
            asked = f"{limits.images_min} to {limits.images_max}"
            yield Hit("images", channel=post.channel, text=f"{len(post.media)}, not {asked}")


def pictures_left_out(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A post that shows the first of the item's pictures only, since its channel takes no more (`limits.images_max`)."""
    del parameters
    given = len(subject.item.images)
    for post in subject.posts:
        most = subject.limits[post.channel].images_max
        if len(post.media) == most < given:
            yield Hit("images", channel=post.channel, text=f"{most} of {given}")


def picture_not_seen(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A picture that could not be looked at in this check."""
    del parameters
    yield from (Hit(f"images[{position}]") for position in subject.context.unseen)


def summary_missing(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """No summary: the posts then hold the title alone."""
    del parameters
    if not subject.item.summary:
        yield Hit("summary")


def same_on_several(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Posts for several accounts of one platform (`measure`) that say the same, their links aside.

    Words that both hold are at least `at_least` of a hundred of all their words, and fewer than `below`.
    """
    posts = [
        post
        for post in subject.platform_posts
        if subject.limits[post.channel].measure == parameters["measure"]
    ]
    said = {post.channel: _said(post) for post in posts if len(posts) > 1}
    for one, other in combinations(said, 2):
        shared = _shared(said[one], said[other])
        if parameters["at_least"] <= shared < parameters.get("below", WHOLE + 1):
            yield Hit("text", channel=other, text=one)


WHOLE = 100
"""Of a hundred: posts with the same words."""


def _said(post: Post) -> frozenset[str]:
    """The words of a post, as an eye reads them. Links are not said: each post's carries its own reference."""
    text = post.text
    for link in reversed(lengths.links(text)):
        text = f"{text[: link.start]} {text[link.end :]}"
    return frozenset(re.findall(r"\w+", fold(text).text))


def _shared(one: frozenset[str], other: frozenset[str]) -> int:
    return WHOLE * len(one & other) // max(1, len(one | other))


def repeat(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An item whose words have been handed in before, as the one that it repeats."""
    del parameters
    if subject.context.repeats:
        yield Hit("item", text=subject.context.repeats[0])
