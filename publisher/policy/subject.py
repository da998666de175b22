"""What a detector looks at: the item and its posts, as named texts; and what it answers with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from publisher import lengths
from publisher.channels import Limits
from publisher.item import Item
from publisher.model import Post
from publisher.policy.context import Context
from publisher.policy.evasions import Evasions
from publisher.policy.expressions import Readable
from publisher.policy.folding import View
from publisher.policy.hosts import Council
from publisher.policy.lazy import cached_property
from publisher.policy.readings import Reading, Scan
from publisher.policy.registers import Registers

ITEM_FIELDS = ("title", "summary", "body", "location", "hashtags", "alt", "credit")
"""Fields that hold words of the item; `alt` and `credit` are its pictures'."""
POST_FIELDS = ("text",)
"""Fields that hold words of a post. The alt texts of posts belong to `alt`."""
OTHER_FIELDS = ("link", "images", "officer", "evidence", "emergency", "item", "post", "time")
"""Fields that are no words; named in a rule to say what it looks at."""
FIELDS = frozenset(ITEM_FIELDS + POST_FIELDS + OTHER_FIELDS)


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a detector found something. `text` is what it is about, for the rule's message.

    `exempted` says who allowed it, in a register, by name: then it is advice. `note` is one sentence more for the message.
    """

    field: str
    start: int | None = None
    end: int | None = None
    channel: str | None = None
    text: str = ""
    exempted: str = ""
    note: str = ""


@dataclass(frozen=True)
class Words:
    """One text of an item or post, and where it stands."""

    field: str
    kind: str
    reading: Reading
    channel: str | None = None

    @property
    def value(self) -> str:
        """The text."""
        return self.reading.value

    @property
    def lower(self) -> str:
        """See Reading."""
        return self.reading.lower

    @property
    def plain(self) -> Readable:
        """See Reading."""
        return self.reading.plain

    @property
    def strange(self) -> str:
        """See Reading."""
        return self.reading.strange

    @property
    def folded(self) -> View:
        """See Reading."""
        return self.reading.folded

    @property
    def seen(self) -> Readable:
        """See Reading."""
        return self.reading.seen

    @property
    def evasions(self) -> Evasions:
        """See Reading."""
        return self.reading.evasions

    @property
    def links(self) -> list[lengths.Link]:
        """See Reading."""
        return self.reading.links

    def likely(self, phrases: tuple[str, ...]) -> tuple[str, ...]:
        """See Reading."""
        return self.reading.likely(phrases)

    def hit(self, start: int, end: int, text: str = "") -> Hit:
        """A hit in this text."""
        return Hit(self.field, start, end, self.channel, text or self.value[start:end])


class Reader(Protocol):
    """The second reader, where one is installed (publisher/reader.py)."""

    @property
    def version(self) -> str:
        """What its scores depend on."""

    def finds_harmless(self, sentence: str) -> bool:
        """Whether it need not be scored: a glance is enough."""

    def scores(self, sentences: Sequence[str], head: str) -> tuple[int, ...]:
        """For each sentence a whole number from 0 to 1000."""


@dataclass(frozen=True)
class Subject:
    """An item with its posts, as one rule may see it: only that rule's fields and channels."""

    item: Item
    posts: tuple[Post, ...]
    context: Context
    council: Council
    pages: frozenset[str] = frozenset()
    registers: Registers = field(default_factory=Registers)
    everything: tuple[Words, ...] = ()
    fields: tuple[str, ...] = ()
    reader: Reader | None = None
    scan: Scan | None = None

    @property
    def limits(self) -> Mapping[str, Limits]:
        """What each channel takes."""
        return self.context.limits

    @cached_property
    def texts(self) -> tuple[Words, ...]:
        """The texts in the rule's fields."""
        return tuple(words for words in self.everything if words.kind in self.fields)

    @property
    def platform_posts(self) -> Iterator[Post]:
        """The posts that link to the item's page; a page itself is none."""
        return (post for post in self.posts if post.channel not in self.pages)

    def on(self, channels: Sequence[str]) -> Subject:
        """What a rule for these channels sees."""
        posts = tuple(post for post in self.posts if post.channel in channels)
        everything = tuple(words for words in self.everything if words.channel in {None, *channels})
        return self._with(posts, everything, self.fields)

    def within(self, fields: tuple[str, ...]) -> Subject:
        """What a rule for these fields sees."""
        return self._with(self.posts, self.everything, fields)

    def _with(
        self, posts: tuple[Post, ...], everything: tuple[Words, ...], fields: tuple[str, ...]
    ) -> Subject:
        return Subject(
            self.item, posts, self.context, self.council, self.pages, self.registers, everything, fields, self.reader,
            self.scan,
        )  # fmt: skip


class Views:
    """A subject as its rules see it. Many rules look at the same fields: each view is made once."""

    def __init__(self, whole: Subject) -> None:
        self._whole = whole
        self._views: dict[tuple[tuple[str, ...], tuple[str, ...]], Subject] = {}
        self._of_channels: dict[tuple[str, ...], Subject] = {(): whole}

    @property
    def item(self) -> Item:
        """The item."""
        return self._whole.item

    def of(self, fields: tuple[str, ...], channels: tuple[str, ...]) -> Subject:
        """What a rule for these fields and channels sees."""
        key = (fields, channels)
        if key not in self._views:
            if channels not in self._of_channels:
                self._of_channels[channels] = self._whole.on(channels)
            self._views[key] = self._of_channels[channels].within(fields)
        return self._views[key]


def words_of(item: Item, posts: Sequence[Post], pages: frozenset[str], scan: Scan) -> tuple[Words, ...]:
    """Every text of the item and its posts. A page's text is the item's own fields as HTML, so it is not read twice."""
    places = (*_of_item(item), *(place for post in posts for place in _of_post(item, post, pages)))
    return tuple(Words(field, kind, scan.reading(value), channel) for field, kind, value, channel in places)


_Place = tuple[str, str, str, str | None]
"""A text's field, kind, value and channel."""


def _of_item(item: Item) -> Iterator[_Place]:
    for name in ("title", "summary", "body", "location"):
        if value := getattr(item, name):
            yield name, name, value, None
    for position, tag in enumerate(item.hashtags):
        yield f"hashtags[{position}]", "hashtags", tag, None
    for position, image in enumerate(item.images):
        if image.alt:
            yield f"images[{position}].alt", "alt", image.alt, None
        if image.credit:
            yield f"images[{position}].credit", "credit", image.credit, None


def _of_post(item: Item, post: Post, pages: frozenset[str]) -> Iterator[_Place]:
    if post.channel not in pages:
        yield "text", "text", post.text, post.channel
    known = {image.alt for image in item.images}
    for position, media in enumerate(post.media):
        if media.alt and media.alt not in known:
            yield f"media[{position}].alt", "alt", media.alt, post.channel
