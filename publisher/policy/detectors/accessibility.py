"""What people who listen to a post, or enlarge it, need: WCAG 2.2, and GCS guidance on accessible social media."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from publisher import lengths
from publisher.policy.subject import Hit, Subject, Words

_FILE_NAME = re.compile(
    r"[^/\\]{1,200}\.(?:jpe?g|png|gif|webp|heic|heif|tiff?|bmp|svg|avif|pdf)|(?:img|dsc[fn]?|pxl|dji|scan|screenshot|image|photo|picture|pic|whatsapp image)[ _-]?[\d _.:-]{1,30}(?:at [\d.:]{1,9})?"
)


def alt_missing(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A picture without alt text, in the item or in a post (WCAG 2.2, 1.1.1)."""
    del parameters
    for position, image in enumerate(subject.item.images):
        if not _spoken(image.alt):
            yield Hit(f"images[{position}].alt")
    if all(_spoken(image.alt) for image in subject.item.images):
        yield from (
            Hit(f"media[{position}].alt", channel=post.channel)
            for post in subject.posts
            for position, media in enumerate(post.media)
            if not _spoken(media.alt)
        )


def _spoken(alt: str) -> bool:
    """True where there is a letter or digit to be read out."""
    return any(character.isalnum() for character in alt)


def alt_is_empty_words(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An alt text that is a file name, or nothing but `words` such as "image" or "photo of"."""
    empty = frozenset(parameters["words"])
    for words in _alts(subject):
        said = words.lower.strip(" .:;,!-_\"'[]()")
        tells = any(word[0] not in empty for word in re.finditer(r"[\w']+", said))
        if _FILE_NAME.fullmatch(said) or (said and not tells):
            yield words.hit(0, len(words.value))


def alt_is_title(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An alt text that only repeats the title."""
    del parameters
    for words in _alts(subject):
        if words.channel is None and _folded(words.value) == _folded(subject.item.title):
            yield words.hit(0, len(words.value))


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def alt_too_long(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An alt text longer than its channel takes (`limits.alt`)."""
    del parameters
    for post in subject.posts:
        most = subject.limits[post.channel].alt
        for position, media in enumerate(post.media):
            if len(media.alt) > most:
                yield Hit(
                    f"media[{position}].alt",
                    most,
                    len(media.alt),
                    post.channel,
                    f"{len(media.alt)} of {most}",
                )


def _alts(subject: Subject) -> Iterator[Words]:
    return (words for words in subject.texts if words.field.endswith(".alt"))


def hashtag_run_together(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A hashtag in small letters that is made of two or more of `words`: a screen reader reads it as one."""
    for words in subject.texts:
        if words.kind != "hashtags":
            tags = [
                (match.start(), match[0][1:]) for match in re.finditer(r"#[a-z]{4,60}(?!\w)", words.value)
            ]
        else:
            tags = [(0, words.value)]
        for start, tag in tags:
            if tag.isascii() and tag.islower() and _is_several(tag, frozenset(parameters["words"])):
                yield words.hit(start, start + len(tag) + (words.kind != "hashtags"))


@lru_cache(1024)
def _is_several(tag: str, known: frozenset[str]) -> bool:
    """True where the tag can be read as two or more known words, and is not one itself."""
    fewest: dict[int, int] = {0: 0}
    for end in range(1, len(tag) + 1):
        counts = [fewest[start] + 1 for start in fewest if start < end and tag[start:end] in known]
        if counts:
            fewest[end] = min(counts)
    return fewest.get(len(tag), 0) >= 2  # noqa: PLR2004  # two words or more


def characters(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Runs of characters in `ranges` (`1D400-1D7FF`, hexadecimal): letters only to the eye."""
    one, several = (_ranges(parameters["ranges"], least) for least in (1, parameters.get("at_least", 1)))
    for words in subject.texts:
        if words.strange and one.search(words.strange):
            yield from (words.hit(*match.span()) for match in several.finditer(words.value))


@lru_cache(64)
def _ranges(ranges: tuple[str, ...], at_least: int) -> re.Pattern[str]:
    spans = ["-".join(re.escape(chr(int(end, 16))) for end in span.split("-")) for span in ranges]
    return re.compile(f"[{''.join(spans)}]{{{at_least},}}+")


def emoji(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """More than `most` emoji in one text, or one that stands before the words."""
    for words in subject.texts:
        spans = lengths.emoji(words.value) if words.strange else []
        if len(spans) > parameters["most"]:
            start, end = spans[parameters["most"]]
            yield words.hit(start, end)
        elif spans and spans[0][0] == 0:
            yield words.hit(*spans[0])


def capitals(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A text of `words` words or more that is all in capitals: it is harder to read, and some readers spell it out."""
    for words in subject.texts:
        if not words.value.isupper():
            continue
        longer = [word for word in re.findall(r"[^\W\d_]+", words.value) if len(word) > ABBREVIATED]
        if len(longer) >= parameters["words"]:
            yield words.hit(0, len(words.value))


ABBREVIATED = 3
"""Letters up to which a word in capitals is most often an abbreviation."""


def long_sentence(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A sentence of more than `words` words."""
    for words in subject.texts:
        for sentence in _SENTENCE.finditer(words.value):
            if sentence[0].count(" ") >= parameters["words"]:
                yield words.hit(*sentence.span())


_SENTENCE = re.compile(r"[^\s.!?][^.!?\n]*+(?>(?:[.!?](?=\w)[^.!?\n]*+)*)")
"""Up to a full stop that no letter or digit follows, as in 10.30am, or a new line."""
