"""All rehearsal servers together: X, the Graph API (Facebook, Instagram), Instagram's app, the council's website, the wall."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from publisher.rehearsal.credentials import Credentials
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.graph import Graph
from publisher.rehearsal.instagram_app import InstagramApp
from publisher.rehearsal.ledger import Ledger
from publisher.rehearsal.wall import Wall
from publisher.rehearsal.website import Website
from publisher.rehearsal.x import X
from publisher.serve import Server

__all__ = ["Credentials", "Fault", "Platforms"]

POLLS = 1
"""How often a container's status reads IN_PROGRESS before it is FINISHED."""
GRACE_SECONDS = 1.0


def utc_now() -> datetime:
    return datetime.now(UTC)


class Platforms:
    """Five ports on loopback, one thread. Use it as a context manager, or `start` and `close` it.

    `x.url`, `graph.url`, `instagram_app.url`, `website.url` and `wall.url` are known once it has started. `now` is the clock of all of
    them; the credentials are made up anew unless given.
    """

    def __init__(
        self,
        site_folder: Path,
        *,
        now: Callable[[], datetime] = utc_now,
        credentials: Credentials | None = None,
        polls: int = POLLS,
    ) -> None:
        self.credentials = own = credentials or Credentials.made_up()
        self.ledger = Ledger(now, own.secrets)
        self.x = X(self.ledger, own.x)
        self.graph = Graph(self.ledger, own.facebook, own.instagram, polls=polls)
        self.instagram_app = InstagramApp(self.ledger)
        self.website = Website(site_folder)
        self.wall = Wall(self.ledger)
        self._server = Server(
            self.wall, beside=(self.x, self.graph, self.website, self.instagram_app), grace=GRACE_SECONDS
        )

    def start(self) -> None:
        """Raises OutsideFailed where there are no ports to be had."""
        self._server.start()
        self.wall.url, self.x.url, self.graph.url, self.website.url, self.instagram_app.url = (
            self._server.urls
        )
        self.x.wall = self.graph.wall = self.instagram_app.wall = self.wall.url

    def close(self) -> None:
        """Harmless if it was not started, or closed already."""
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
