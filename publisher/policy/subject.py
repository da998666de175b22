"""What a detector looks at: the item and its posts, as named texts; and what it answers with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from publisher import lengths
from publisher.channels import Limits
from publisher.item import Item
from publisher.model import Post
from publisher.policy.context import Context
from publisher.policy.folding import Folded, fold
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
    """Where a detector found something. `text` is what it is about, for the rule's message."""

    field: str
    start: int | None = None
    end: int | None = None
    channel: str | None = None
    text: str = ""


@dataclass(frozen=True)
class Words:
    """One text of an item or post. What is costly to find in it is found once, for all rules."""

    field: str
    kind: str
    value: str
    channel: str | None = None
    scanner: Scanner | None = None

    @cached_property
    def lower(self) -> str:
        """The text in lower case with plain quotation marks and spaces, at the same positions."""
        small = self.value.lower()
        if len(small) != len(self.value):
            small = "".join(c.lower() if len(c.lower()) == 1 else c for c in self.value)
        return small.translate(_PLAIN)

    @cached_property
    def plain(self) -> Readable:
        """`lower`, as patterns read it."""
        return Readable(self.lower)

    @cached_property
    def folded(self) -> Folded:
        """The text without what evasions add: hidden characters, look-alike letters, accents."""
        return fold(self.value)

    @cached_property
    def links(self) -> list[lengths.Link]:
        """The links in the text."""
        return lengths.links(self.value)

    @cached_property
    def _present(self) -> frozenset[tuple[str, ...]] | None:
        return self.scanner.present(self.plain) if self.scanner else None

    def may_hold(self, phrases: tuple[str, ...]) -> bool:
        """False where one pass over the text for all rules' phrases has shown that none of these is in it."""
        return self._present is None or phrases in self._present

    def hit(self, start: int, end: int, text: str = "") -> Hit:
        """A hit in this text."""
        return Hit(self.field, start, end, self.channel, text or self.value[start:end])


_PLAIN = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u00a0": " ", "\u201c": '"', "\u201d": '"', "\u2011": "-"}
)


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

    @property
    def limits(self) -> Mapping[str, Limits]:
        """What each channel takes."""
        return self.context.limits

    @property
    def texts(self) -> Iterator[Words]:
        """The texts in the rule's fields."""
        return (words for words in self.everything if words.kind in self.fields)

    @property
    def platform_posts(self) -> Iterator[Post]:
        """The posts that link to the item's page; a page itself is none."""
        return (post for post in self.posts if post.channel not in self.pages)

    def scoped(self, fields: Sequence[str], channels: Sequence[str]) -> Subject:
        """What a rule for these fields and channels sees. No channels named: all."""
        posts = tuple(post for post in self.posts if not channels or post.channel in channels)
        return replace(self, fields=tuple(fields), posts=posts, everything=tuple(
            words for words in self.everything if not channels or words.channel in {None, *channels}
        ))  # fmt: skip


def words_of(
    item: Item, posts: Sequence[Post], pages: frozenset[str], scanner: Scanner | None = None
) -> tuple[Words, ...]:
    """Every text of the item and its posts. A page's text is the item's own fields as HTML, so it is not read twice."""
    found = (*_of_item(item), *(words for post in posts for words in _of_post(item, post, pages)))
    return tuple(replace(words, scanner=scanner) for words in found)


def _of_item(item: Item) -> Iterator[Words]:
    for name in ("title", "summary", "body", "location"):
        if value := getattr(item, name):
            yield Words(name, name, value)
    for position, tag in enumerate(item.hashtags):
        yield Words(f"hashtags[{position}]", "hashtags", tag)
    for position, image in enumerate(item.images):
        if image.alt:
            yield Words(f"images[{position}].alt", "alt", image.alt)
        if image.credit:
            yield Words(f"images[{position}].credit", "credit", image.credit)


def _of_post(item: Item, post: Post, pages: frozenset[str]) -> Iterator[Words]:
    if post.channel not in pages:
        yield Words("text", "text", post.text, post.channel)
    known = {image.alt for image in item.images}
    for position, media in enumerate(post.media):
        if media.alt and media.alt not in known:
            yield Words(f"media[{position}].alt", "alt", media.alt, post.channel)
