"""Platforms that keep an older look at a page look anew, once it is live and before any post links to it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from publisher.channels import Channel, keeps_looks, page_is_live
from publisher.errors import ChannelFailed, ConfigError, EgressRefused
from publisher.model import DeliveryState, Post
from publisher.moves import note_requests
from publisher.queue import Queue
from publisher.sending import ACTOR
from publisher.tables import DeliveryRow
from publisher.transmissions import collecting

log = logging.getLogger("publisher.looks_anew")


class LooksAnew:
    """Tells the channels of a page, all at the same time. Whatever comes of it, the posts go."""

    def __init__(self, queue: Queue, channels: Mapping[str, Channel], now: Callable[[], datetime]) -> None:
        self._queue, self._channels, self._now = queue, channels, now

    def anew(self, rows: Sequence[DeliveryRow]) -> None:
        """For those that are about to go. Takes as long as the slowest, which each adapter bounds."""
        going = [row for row in rows if row.state == DeliveryState.STAGED and row.channel in self._channels]
        if asked := [row for row in going if keeps_looks(self._channels[row.channel])]:
            with ThreadPoolExecutor(len(asked), thread_name_prefix="look") as pool:
                list(pool.map(self._tell, asked))

    def _tell(self, row: DeliveryRow) -> None:
        with collecting() as requests:
            self._told(row)
        if requests:
            with self._queue.writing() as connection:
                note_requests(connection, row, requests, actor=ACTOR, now=self._now())

    def _told(self, row: DeliveryRow) -> None:
        try:
            page_is_live(self._channels[row.channel], Post.from_json(row.post), self._now())
        except (ChannelFailed, ConfigError, EgressRefused) as failure:
            log.warning(
                "item %s to %s: its page was not looked at anew: %s", row.item_id, row.channel, failure
            )
        except Exception:
            log.exception("item %s to %s: broke while telling of the page", row.item_id, row.channel)
