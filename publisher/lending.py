"""A public place for a picture, for as long as a platform needs to fetch it (DESIGN §8); the website is that place.

Nothing of an item may be public before its moment. So a picture lies there under a name that tells nothing, that nobody
can guess, and that is gone once the platform has the picture, or the attempt is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from publisher.channels import Channel
from publisher.clearing import Clearing
from publisher.errors import OutsideFailed
from publisher.model import Media, Post
from publisher.tables import DeliveryRow
from publisher.verify import verify_picture

WAY_OUT = "See that the website's folder is served, to everyone and without a redirect; it is tried again by itself."


class Lender:
    """Lends the pictures of one delivery on its item's website. `page` is the website's channel, None where there is none."""

    def __init__(
        self, page: Channel | None, row: DeliveryRow, clearing: Clearing, read: Callable[[str], bytes],
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._page, self._row, self._clearing, self._read, self._now = page, row, clearing, read, now

    def lend(self, media: Media) -> str | None:
        """The picture's address, once it answers there with exactly these bytes. Raises OutsideFailed, ChannelFailed."""
        show: Callable[[str, bytes, datetime], str] | None = getattr(self._page, "lend", None)
        if self._page is None or show is None:
            return None
        address = show(self._clearing.lent_name(self._row, media), self._read(media.digest), self._now())
        if problem := verify_picture(address, media.digest, timeout=self._page.settings.timeout):
            raise OutsideFailed(
                f"{self._row.channel} fetches the picture from the website, which does not show it: {problem}",
                way_out=WAY_OUT,
            )
        return address

    def take_back(self, media: Media) -> None:
        """Ends that; harmless for what is not lent. Raises ChannelFailed."""
        _hide(self._page, self._clearing.lent_name(self._row, media))


def take_all_back(channels: Mapping[str, Channel], clearing: Clearing, row: DeliveryRow) -> None:
    """Ends it for every picture of a delivery that does not go, on whichever website. Raises ChannelFailed."""
    for media in Post.from_json(row.post).media:
        for page in channels.values():
            _hide(page, clearing.lent_name(row, media))


def _hide(page: Channel | None, name: str) -> None:
    hide: Callable[[str], None] | None = getattr(page, "take_back", None)
    if hide is not None:
        hide(name)
