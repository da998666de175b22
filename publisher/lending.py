"""A public place for a picture, for as long as a platform needs to fetch it (DESIGN §8); the website is that place.

Nothing of an item may be public before its moment. So a picture lies there under a name that tells nothing, that nobody
can guess, and that is gone once the platform has the picture, or the attempt is over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from publisher import channels
from publisher.channels import Channel
from publisher.clearing import Clearing
from publisher.errors import ChannelFailed, OutsideFailed
from publisher.model import Media, Post
from publisher.tables import DeliveryRow
from publisher.verify import verify_picture

log = logging.getLogger("publisher.lending")

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
        if self._page is None:
            return None
        name = self._clearing.lent_name(self._row, media)
        address = channels.lend(self._page, name, self._read(media.digest), self._now())
        if address is None:
            return None
        if problem := verify_picture(address, media.digest, timeout=self._page.settings.timeout):
            raise OutsideFailed(
                f"{self._row.channel} fetches the picture from the website, which does not show it: {problem}",
                way_out=WAY_OUT,
            )
        return address

    def take_back(self, media: Media) -> None:
        """Ends that; harmless for what is not lent. Raises ChannelFailed."""
        if self._page is not None:
            channels.take_back(self._page, self._clearing.lent_name(self._row, media))


def take_all_back(outlets: Mapping[str, Channel], clearing: Clearing, row: DeliveryRow) -> None:
    """Ends it for every picture of a delivery that does not go, on whichever website. Raises ChannelFailed."""
    for media in Post.from_json(row.post).media:
        for page in outlets.values():
            channels.take_back(page, clearing.lent_name(row, media))


def take_back_old(outlets: Mapping[str, Channel], now: datetime) -> None:
    """Ends what was lent a day ago and longer, on every website; what goes wrong is logged, and tried again an hour later."""
    for name, page in outlets.items():
        try:
            channels.take_back_old(page, now)
        except ChannelFailed as failure:
            log.warning("%s: pictures that were lent long ago are still there: %s", name, failure)
        except Exception:  # the timer must live on
            log.exception("%s: pictures that were lent long ago could not be looked for", name)
