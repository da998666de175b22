"""Connections that carry the one request that the guard let through, and wait for its whole answer no longer than they were told.

A library that reaches for a connection behind the session (requests' adapters and urllib3's pools give them to whoever asks)
finds that it opens nothing and carries nothing. A time-out of a socket begins anew with every byte: a server that sends one
now and then, in the head or in the body, would hold a thread for hours. Here the time runs from the moment at which the
request is out.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from publisher.errors import EgressRefused

_LET_THROUGH: ContextVar[tuple[str, str] | None] = ContextVar("let_through", default=None)


@contextmanager
def letting_through(method: str, target: str) -> Iterator[None]:
    """Inside, on this thread, a connection may be made, and carry this method and target (path and query) and no other."""
    before = _LET_THROUGH.set((method, target))
    try:
        yield
    finally:
        _LET_THROUGH.reset(before)


class _InTime(io.RawIOBase):
    """What is read from a socket, as long as time is left. Raises TimeoutError, as the socket itself does."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        seconds = sock.gettimeout()
        self._ends = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        """True: `io.BufferedReader` asks."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As the socket's, but that it waits no longer than is left."""
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Lets go of the socket too."""
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_InTime(self.fp.detach(), sock))


class _Guarded(HTTPConnection):
    """What both kinds do: urllib3's HTTPSConnection is an HTTPConnection."""

    response_class = _Answer

    def connect(self) -> None:
        """As urllib3's, for the guard alone."""
        _demand()
        super().connect()

    def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        """As urllib3's, for what the guard let through, to the letter."""
        _demand(method, url)
        super().putrequest(method, url, *args, **kwargs)


class _Secure(_Guarded, HTTPSConnection):
    """Over TLS."""


def _demand(*asked: str) -> None:
    through = _LET_THROUGH.get()
    if through is None or (asked and asked != through):
        raise EgressRefused("one-way: a connection of the guard is refused to whoever goes past it")


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


POOLS = {"http": _PlainPool, "https": _SecurePool}
"""For `urllib3.PoolManager.pool_classes_by_scheme`."""
