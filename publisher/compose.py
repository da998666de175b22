"""An item becomes one post for each channel: the exact bytes that leave, frozen. Preview and queue share this path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from publisher import cards, lengths, pages, templates
from publisher.channels import Channel, Limits, refusal
from publisher.config import Config
from publisher.errors import InputError, Refused
from publisher.item import Item
from publisher.model import REFERENCE_PARAMETER, Kind, Media, Post, digest_of

if TYPE_CHECKING:
    from publisher import media
    from publisher.media import MediaStore

JPEG = "image/jpeg"
"""What every picture is that leaves: each platform takes it, and Instagram nothing else."""


@dataclass(frozen=True, slots=True)
class Composed:
    """The posts of an item in config.toml's order, the link they carry, and which pictures were not seen."""

    posts: tuple[Post, ...]
    link: str
    unseen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Routed:
    """An item with the channels that it goes to now, and those that it would go to and does not, each with why."""

    item: Item
    left_out: Mapping[str, str]


def told(left_out: Mapping[str, str]) -> list[dict[str, str]]:
    """What is left out, as every door answers it."""
    return [{"channel": name, "why": why} for name, why in left_out.items()]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its words. `content` is None where it is only described: `digest` stands for its bytes then.

    `focus` is what matters most in it, as fractions from the left and the top.
    """

    alt: str
    content: media.Picture | None = None
    digest: str = ""
    focus: tuple[float, float] | None = None


class Composer:
    """Renders items for the channels of one configuration."""

    def __init__(self, config: Config, channels: Mapping[str, Channel], store: MediaStore | None) -> None:
        """Without a `store` nothing is drawn or kept: pictures are described only, which is enough for the gate."""
        self._config, self._channels, self._store = config, channels, store

    @property
    def limits(self) -> Mapping[str, Limits]:
        """Each channel's limits, for the gate."""
        return {name: channel.limits for name, channel in self._channels.items()}

    def routed(self, item: Item, within: tuple[str, ...] | None = None) -> Routed:
        """Where the item goes as the channels stand: every door asks here, once, and composes what this gives.

        A closed channel (publisher/at_risk.py) is left out of an item that names none. Raises Refused where it names one
        that is closed, or no other is left, and InputError as `channels_of`. `within`: those that its source may use.
        """
        named = item.channels is not None
        wanted = item if named or not within else item.model_copy(update={"channels": within})
        names = self.channels_of(wanted)
        closed = self._closed(names)
        left = tuple(name for name in names if name not in closed)
        if closed and (named or not left):
            raise Refused(next(iter(closed.values())))
        return Routed(wanted.model_copy(update={"channels": left}) if closed else wanted, closed)

    def _closed(self, names: Sequence[str]) -> Mapping[str, str]:
        """Those by which nothing may be sent now, each with why. It is read anew for each: a director may just have said so."""
        found = {name: refusal(self._channels[name]) for name in names}
        return {name: why for name, why in found.items() if why}

    def channels_of(self, item: Item) -> tuple[str, ...]:
        """The item's channels, the page's own first: those it names, else the corporate ones (clause 5b).

        Raises InputError for an unknown or switched-off one.
        """
        live = self._config.live_channels
        for position, name in enumerate(item.channels or ()):
            if name not in live:
                raise InputError(
                    f"there is no channel {name!r}",
                    field=f"channels[{position}]",
                    way_out=f"The channels are: {', '.join(live)}.",
                )
        wanted = self._config.corporate_channels if item.channels is None else item.channels
        chosen = [name for name in live if name in wanted]
        return tuple(sorted(chosen, key=lambda name: not self._channels[name].makes_page))

    def compose(
        self, item: Item, *, reference: str, slug: str, pictures: Sequence[Picture | None],
        cites: Mapping[str, Any] | None = None,
    ) -> Composed:  # fmt: skip
        """The posts. `pictures` are the item's, in order; None stands for one that was not seen (check only).

        `cites` as in pages.record.
        """
        names = self.channels_of(item)
        page = next((name for name in names if self._channels[name].makes_page), None)
        address = item.link or self._page_address(page, item, slug)
        link = with_reference(address, reference)
        seen = None if not pictures else [picture for picture in pictures if picture]
        posts = tuple(
            self._page(post, item, slug, cites) if self._channels[post.channel].makes_page else post
            for post in (
                self._post(name, item, link, reference, self._cards(name, item) if seen is None else seen)
                for name in names
            )
        )
        return Composed(posts, link, tuple(n for n, picture in enumerate(pictures) if picture is None))

    def _page_address(self, page: str | None, item: Item, slug: str) -> str:
        if page is None:
            raise InputError(
                "the item has no link, and none of its channels makes a page",
                field="link",
                way_out="Give a link on the council's website, or add the website's channel.",
            )
        return f"{self._channels[page].settings.endpoint}/{pages.path(item, slug)}"

    def _post(self, name: str, item: Item, link: str, reference: str, pictures: Sequence[Picture]) -> Post:
        channel = self._channels[name]
        fitted = self._fitted(pictures[: channel.limits.images_max], channel.limits)
        common: dict[str, Any] = {
            "channel": name,
            "kind": item.kind,
            "title": item.title,
            "link": link,
            "reference": reference,
        }
        if channel.makes_page:
            return Post(**common, text="", media=fitted)  # its text is the page, made of all this
        text = self._text(channel, item, link)
        return Post(**common, text=text, media=fitted, hashtags=item.hashtags)

    def redated(self, item: Item, post: Post, slug: str) -> Post:
        """The page's post for another moment of release: a page shows the day on which it was published."""
        if post.page is None:
            return post
        return self._page(post, item, slug, post.page.get(pages.CITES))

    def _text(self, channel: Channel, item: Item, link: str) -> str:
        limits = channel.limits
        text = templates.render(
            channel.template,
            title=item.headline,
            summary=item.summary,
            location=item.location,
            when=self.when(item),
            link=link,
            link_label="Details" if item.kind is Kind.EVENT else "Read more",
            tags=item.hashtags,
            limits=limits,
            measure=lambda words: lengths.count(words, limits.measure),
        )
        return text.strip()

    def when(self, item: Item) -> str:
        """When the event is, for people; empty for news."""
        if item.starts_at is None:
            return ""
        return templates.when(item.starts_at, item.ends_at, item.all_day, item.timezone)

    def _page(self, post: Post, item: Item, slug: str, cites: Mapping[str, Any] | None) -> Post:
        """The page's post with its record and HTML; without a store only the record: the gate reads the item itself."""
        about: dict[str, Any] = {
            "council": self._config.council,
            "base": self._channels[post.channel].settings.endpoint,
            "images": post.media,
        }
        record = pages.record(
            item,
            reference=post.reference,
            slug=slug,
            accounts=pages.accounts(self._config),
            cites=cites,
            **about,
        )
        if self._store is None:
            return replace(post, page=record)
        return replace(post, text=pages.html(item, record, **about), page=record)

    def _fitted(self, pictures: Sequence[Picture], limits: Limits) -> tuple[Media, ...]:
        """The pictures as the channel shows them; all in the shape of the first, where it would crop them to that."""
        fitted: list[Media] = []
        for picture in pictures:
            first = fitted[0] if fitted and limits.one_ratio else None
            ratio = first.width / first.height if first and first.height else None
            fitted.append(self._fit(picture, limits, ratio))
        return tuple(fitted)

    def _fit(self, picture: Picture, limits: Limits, ratio: float | None) -> Media:
        if self._store is None or picture.content is None:
            return Media(picture.digest, JPEG, 0, 0, 0, picture.alt)
        from publisher import media

        data, width, height = media.fit(picture.content, limits, focus=picture.focus, ratio=ratio)
        return Media(self._store.put(data), JPEG, width, height, len(data), picture.alt)

    def _cards(self, name: str, item: Item) -> list[Picture]:
        """The title card of an item without a picture, where the channel takes no post without one, or makes the page.

        Elsewhere the post shows its link as a card, with the page's own picture.
        """
        channel = self._channels[name]
        if not (channel.makes_page or channel.limits.images_min):
            return []
        lines = [line for line in (self.when(item), item.location) if line]
        council = self._config.council
        if self._store is None:
            alt = cards.card_alt(item.headline, lines, council.name)
            return [Picture(alt, digest=digest_of([item.headline, lines]))]
        from publisher import media

        card, alt = cards.title_card(
            title=item.headline,
            lines=lines,
            council=council.name,
            colour=council.colour,
            size=channel.limits.card,
        )
        return [Picture(alt, media.Picture(card))]


def with_reference(address: str, reference: str) -> str:
    """The link with its own parameter added; any query it has is kept."""
    parts = urlsplit(address)
    query = "&".join(part for part in (parts.query, urlencode({REFERENCE_PARAMETER: reference})) if part)
    return urlunsplit(parts._replace(query=query))
