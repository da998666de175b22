"""What a detector looks at: the item and its posts, as named texts; and what it answers with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

from publisher import lengths
from publisher.channels import Limits
from publisher.item import Item
from publisher.model import Post
from publisher.policy.context import Context
from publisher.policy.evasions import Evasions
from publisher.policy.folding import View, fold
from publisher.policy.hosts import Council
from publisher.policy.patterns import Readable, Scanner
from publisher.policy.registers import Registers

ITEM_FIELDS = ("title", "summary", "body", "location", "hashtags", "alt", "credit")
"""Fields that hold words of the item; `alt` and `credit` are its pictures'."""
POST_FIELDS = ("text",)
"""Fields that hold words of a post. The alt texts of posts belong to `alt`."""
OTHER_FIELDS = ("link", "images", "officer", "evidence", "item", "post", "time")
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


Found = TypeVar("Found")


class Reading:
    """A text as rules read it. What is costly to find in it is found once, for all rules and all who hold this text."""

    def __init__(self, value: str, scanner: Scanner | None = None) -> None:
        self.value, self._scanner = value, scanner
        self._found: dict[object, Any] = {}

    def once(self, key: object, find: Callable[[Reading], Found]) -> Found:
        """What `find` finds, under a key that says what it is: found once for all who hold this text."""
        if key not in self._found:
            self._found[key] = find(self)
        found: Found = self._found[key]
        return found

    @cached_property
    def lower(self) -> str:
        """The text in lower case with plain quotation marks and spaces, at the same positions."""
        small = self.value.lower()
        if len(small) != len(self.value):
            small = "".join(c.lower() if len(c.lower()) == 1 else c for c in self.value)
        return small.translate(_PLAIN)

    @cached_property
    def written(self) -> View:
        """`lower`, as one of the views."""
        return View(self.lower, range(len(self.lower)))

    @property
    def plain(self) -> Readable:
        """`lower`, as patterns read it."""
        return self.written.readable

    @cached_property
    def folded(self) -> View:
        """The text without what evasions add: hidden characters, look-alike letters, accents."""
        return fold(self.value)

    @cached_property
    def seen(self) -> Readable:
        """`folded`, as patterns read it."""
        return self.plain if self.value.isascii() else self.folded.readable

    @cached_property
    def evasions(self) -> Evasions:
        """The words that a reader sees through digits, marks, gaps and tags."""
        return Evasions(self.value, self.folded)

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The text as it is written, and as a reader sees through its disguises where it has any."""
        return self.written, *self.evasions.views

    @cached_property
    def links(self) -> list[lengths.Link]:
        """The links in the text."""
        return lengths.links(self.value)

    @cached_property
    def present(self) -> frozenset[tuple[str, ...]]:
        """The lists of phrases of which one may be in the text, in any view; looked for once, for all rules."""
        if self._scanner is None:
            return frozenset()
        texts = {view.text: view.readable for view in (self.folded, *self.views)}
        return frozenset().union(*map(self._scanner.present, texts.values()))

    def may_hold(self, phrases: tuple[str, ...]) -> bool:
        """False where it has been shown that none of these phrases is in the text."""
        return self._scanner is None or phrases not in self._scanner.known or phrases in self.present


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

    def may_hold(self, phrases: tuple[str, ...]) -> bool:
        """See Reading."""
        return self.reading.may_hold(phrases)

    def hit(self, start: int, end: int, text: str = "") -> Hit:
        """A hit in this text."""
        return Hit(self.field, start, end, self.channel, text or self.value[start:end])


_PLAIN = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u00a0": " ", "\u201c": '"', "\u201d": '"', "\u2011": "-"}
)


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

    def scoped(self, fields: Sequence[str], channels: Sequence[str]) -> Subject:
        """What a rule for these fields and channels sees. No channels named: all."""
        posts = tuple(post for post in self.posts if not channels or post.channel in channels)
        everything = tuple(
            words for words in self.everything if not channels or words.channel in {None, *channels}
        )
        return Subject(
            self.item, posts, self.context, self.council, self.pages, self.registers, everything, tuple(fields), self.reader
        )  # fmt: skip


class Views:
    """A subject as its rules see it. Many rules look at the same fields: each view is made once."""

    def __init__(self, whole: Subject) -> None:
        self._whole = whole
        self._views: dict[tuple[tuple[str, ...], tuple[str, ...]], Subject] = {}

    @property
    def item(self) -> Item:
        """The item."""
        return self._whole.item

    def may_hold(self, phrases: tuple[str, ...]) -> bool:
        """False where none of these phrases, which the scanner knows, is in any text."""
        return phrases in self._present

    @cached_property
    def _present(self) -> frozenset[tuple[str, ...]]:
        return frozenset().union(*(words.reading.present for words in self._whole.everything))

    def of(self, fields: tuple[str, ...], channels: tuple[str, ...]) -> Subject:
        """What a rule for these fields and channels sees."""
        key = (fields, channels)
        if key not in self._views:
            self._views[key] = self._whole.scoped(fields, channels)
        return self._views[key]


def words_of(
    item: Item, posts: Sequence[Post], pages: frozenset[str], scanner: Scanner | None = None
) -> tuple[Words, ...]:
    """Every text of the item and its posts. A page's text is the item's own fields as HTML, so it is not read twice."""
    readings: dict[str, Reading] = {}  # several channels' posts hold the same text
    places = (*_of_item(item), *(place for post in posts for place in _of_post(item, post, pages)))
    return tuple(
        Words(field, kind, readings.setdefault(value, Reading(value, scanner)), channel)
        for field, kind, value, channel in places
    )


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
