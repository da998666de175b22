"""The pictures of the council's website: public with their page, and not before; or lent for a while, by themselves.

A picture's usual address is made of its bytes, which whoever guesses the words of a title card can draw. Before its page is
live it is therefore at no such address: only under a name that says nothing, for a platform that must fetch it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from publisher import pages
from publisher.answers import fail
from publisher.errors import ChannelFailed
from publisher.model import Judgement, Media, Outcome, Post
from publisher.tree import LENT, Tree

LENT_NAME = re.compile(r"[0-9a-f]{32,64}\.jpg")
"""128 bits or more, and nothing but a JPEG."""
LENT_FOR = timedelta(days=1)
"""What a crash left lent the daemon's hourly look takes back after this: no platform keeps what it prepares for longer (Instagram's 24 hours)."""


class Pictures:
    """What the website does with pictures. Each method raises ChannelFailed where the disk does not do its part."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def lend(self, name: str, data: bytes, now: datetime) -> str:
        """Shows a picture by itself until it is taken back; where, below the website's address."""
        _demand_lendable(name)
        with disk(), self._tree.lock():
            self._tree.lend(name, data, now)
        return f"{LENT}/{name}"

    def take_back(self, name: str) -> None:
        """Ends that; harmless for what is not lent."""
        _demand_lendable(name)
        with disk(), self._tree.lock():
            self._tree.take_back(name)

    def take_back_old(self, now: datetime) -> None:
        """Ends it for what a crash left lent."""
        with disk(), self._tree.lock():
            self._tree.take_back_older(now - LENT_FOR)

    def keep(self, path: str, post: Post, read: Callable[[str], bytes]) -> None:
        """Keeps the pictures of the page at `path` where nobody sees them, until it is published. Hold the tree's lock."""
        for media in post.media:
            self._tree.hold(_kept(path, media), read(media.digest))

    def kept(self, path: str, post: Post) -> Mapping[str, str]:
        """The page's pictures, and where each is kept for this moment; what the website shows already needs no more."""
        found = {pages.media_path(media): _kept(path, media) for media in post.media}
        for name, kept in found.items():
            if not (self._tree.current / name).exists() and not self._tree.holds(kept):
                officer = "The page's pictures are not ready: they are prepared anew when it is sent again."
                raise fail(Outcome.WAIT, officer, f"{kept} is not held")
        return found

    def drop(self, path: str) -> None:
        """Takes away what is kept for the page at `path`. Hold the tree's lock."""
        self._tree.drop_held(path)

    def discard(self, values: Mapping[str, Any]) -> None:
        """Takes away what was kept for a page that does not go, by what `staged` gave."""
        path = str(values.get("held", ""))
        if pages.PATH.fullmatch(path):
            with disk(), self._tree.lock():
                self.drop(path)


def staged(path: str) -> dict[str, Any]:
    """What is stored of a page whose pictures are kept: all that is left is to publish it."""
    return {"ready": True, "held": path}


def _kept(path: str, media: Media) -> str:
    """Where a picture of the page is kept until then: by the page's path, as two items may have the same picture."""
    return f"{path}{PurePosixPath(pages.media_path(media)).name}"


def _demand_lendable(name: str) -> None:
    if not LENT_NAME.fullmatch(name):
        officer = "The picture cannot be shown by itself: tell the sysadmin."
        raise fail(Outcome.STOP, officer, "not the name of a lent picture")


@contextmanager
def disk() -> Iterator[None]:
    """A disk's refusal is a wait: the website is swapped last, so nothing of the post is live."""
    try:
        yield
    except OSError as error:
        officer = (
            f"The website's folder cannot be written ({error.strerror}). Check its disk and its permissions."
        )
        wait = Judgement(
            Outcome.WAIT, officer, f"{type(error).__name__}: {error}", after=timedelta(minutes=1)
        )
        raise ChannelFailed(wait) from error
