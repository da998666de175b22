"""The office on a server: what the command line asks over the daemon's Unix socket, or over HTTPS with the officer's token.

A part's class becomes a client by the declarations of its operations; nothing is written for one of them. What the server
refuses is raised here as the same error. A change is asked for once and never repeated by the program: where no answer
came, nobody knows whether it was made.
"""

from __future__ import annotations

import errno
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from publisher import __version__
from publisher.errors import KINDS, InputError, OutsideFailed, PublisherError
from publisher.office import Office
from publisher.office.carrying import arguments, pack
from publisher.office.operations import Operation, Part, operations
from publisher.ways import Way

BASE = "/api/v1"
IDLE_SECONDS = 20.0
"""A connection that was not used for so long is made anew: the server, or a proxy, may have closed it."""
ANSWER_MOST, PLAIN_MOST, PICTURES_MOST = 256 * 1024 * 1024, 1024 * 1024, 64 * 1024 * 1024
"""Bytes: of an answer, and of what is sent (publisher/api.py takes no more)."""
_NOT_IN_GROUP = "your login is not in the socket's group: ask the sysadmin to add you, then log in anew"
_OURS = ("application/json", "application/problem+json")
_KINDS = {kind.__name__: kind for kind in KINDS}


@contextmanager
def office(way: Way) -> Iterator[Office]:
    """The office at the other end; closed afterwards."""
    server = Server(way)
    try:
        yield Office(server.part)
    finally:
        server.close()


class Server:
    """One server, asked over one connection that is kept while it is used."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._base = urlsplit(way.address).path.rstrip("/") + BASE
        self._connection = _connection(way)
        self._used = time.monotonic()

    def part(self, part: type[Part]) -> Any:
        """The client of one part of the office."""
        return _Client(part, self.ask)

    def ask(self, operation: Operation, path: str, body: bytes | None) -> dict[str, Any]:
        """Asks once, and gives the answer. Raises PublisherError: what the server raised, or that it did not answer."""
        if time.monotonic() - self._used > IDLE_SECONDS:
            self._connection.close()
        try:
            status, kind, text = self._exchanged(operation, self._base + path, body)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise self._silent(error, operation) from None
        finally:
            self._used = time.monotonic()
        return self._read(status, kind, text)

    def close(self) -> None:
        """Gives the connection back."""
        self._connection.close()

    def _exchanged(self, operation: Operation, target: str, body: bytes | None) -> tuple[int, str, bytes]:
        headers = {"Accept": "application/json", "User-Agent": f"publisher/{__version__}"}
        if self._way.token:
            headers["Authorization"] = f"Bearer {self._way.token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        with suppress(BrokenPipeError, ConnectionResetError):  # a refusal may come before all was sent
            self._connection.request(operation.method, target, body, headers)
        response = self._connection.getresponse()
        text = response.read(ANSWER_MOST + 1)
        if len(text) > ANSWER_MOST:
            self._connection.close()
        return response.status, response.headers.get_content_type(), text

    def _read(self, status: int, kind: str, text: bytes) -> dict[str, Any]:
        found = _object(text) if kind in _OURS and len(text) <= ANSWER_MOST else None
        if found is None:
            raise OutsideFailed(
                f"{self._name} gave no answer that can be read ({status})",
                way_out="Is it this program's server? See `[client] server` in config.toml.",
            )
        if status == http.client.OK:
            return found
        raise _raised(found, self._name)

    def _silent(self, error: Exception, operation: Operation) -> OutsideFailed:
        why = _reason(error)
        if isinstance(error, _NotReached):
            what = "check its address"
            if self._way.unix:
                what = (
                    _NOT_IN_GROUP if error.errno == errno.EACCES else "start the daemon (`publisher daemon`)"
                )
            return OutsideFailed(
                f"{self._name} cannot be reached: {why}", way_out=f"Nothing was done; {what}."
            )
        undone = (
            "Nothing was done."
            if operation.method == "GET"
            else "Look with `publisher list` whether it was done before you ask again."
        )
        return OutsideFailed(f"{self._name} gave no answer: {why}", way_out=undone)

    @property
    def _name(self) -> str:
        return f"the daemon at {self._way.unix}" if self._way.unix else f"the server {self._way.address}"


class _Client:
    """A part of the office, asked at a distance: it has the methods of the part's class."""

    def __init__(
        self, part: type[Part], ask: Callable[[Operation, str, bytes | None], dict[str, Any]]
    ) -> None:
        for name, operation in operations(part).items():
            setattr(self, name, partial(self._asked, ask, getattr(part, name), operation))
        self._steady: dict[str, dict[str, Any]] = {}

    def _asked(
        self,
        ask: Callable[..., dict[str, Any]],
        work: Callable[..., Any],
        operation: Operation,
        /,
        *given: Any,
        **named: Any,
    ) -> dict[str, Any]:
        packed = pack(arguments(work, operation), operation, given, named)
        target = packed.path + (f"?{urlencode(packed.query)}" if packed.query else "")
        if target in self._steady:
            return self._steady[target]
        body = _sendable(packed.body)
        most = PICTURES_MOST if operation.pictures else PLAIN_MOST
        if body is not None and len(body) > most:
            raise InputError(
                f"this is too large to send: at most {most // 1024 // 1024} MiB are taken",
                way_out="Make the pictures smaller." if operation.pictures else "Shorten it.",
            )
        found = ask(operation, target, body)
        if operation.steady:
            self._steady[target] = found
        return found


class _NotReached(OSError):
    """No connection was made, so nothing was asked."""


def _reason(error: Exception) -> str:
    """In words of the system's; nothing that was sent."""
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not good ({error.verify_message})"
    return getattr(error, "strerror", None) or type(error).__name__


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _sendable(body: dict[str, Any] | None) -> bytes | None:
    try:
        return None if body is None else json.dumps(body, allow_nan=False).encode("ascii")
    except ValueError:
        raise InputError("a number here is none that can be sent", field="body") from None


def _raised(found: dict[str, Any], name: str) -> PublisherError:
    told = {key: str(found.get(key, "")) for key in ("kind", "detail", "field", "way_out")}
    kind = _KINDS.get(told["kind"])
    if kind is None or not told["detail"]:
        return OutsideFailed(f"{name} refused, and did not say why in words of this program")
    if issubclass(kind, InputError):
        return kind(told["detail"], field=told["field"], way_out=told["way_out"])
    return kind(told["detail"], way_out=told["way_out"])


# --- connections -------------------------------------------------------------------------------------------------


class _Plain(http.client.HTTPConnection):
    def connect(self) -> None:
        with _reaching():
            super().connect()


class _Secure(http.client.HTTPSConnection):
    def connect(self) -> None:
        with _reaching():
            super().connect()


class _OnSocket(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        with _reaching():
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(str(self._path))


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _NotReached(error.errno, _reason(error)) from None


def _connection(way: Way) -> http.client.HTTPConnection:
    """Certificates are verified against the system's authorities (or SSL_CERT_FILE's); no proxy of the environment is used."""
    if way.unix:
        return _OnSocket(way.unix, way.timeout)
    parts = urlsplit(way.address)
    if parts.scheme == "https":
        secured = ssl.create_default_context()
        return _Secure(parts.hostname or "", parts.port, timeout=way.timeout, context=secured)
    return _Plain(parts.hostname or "", parts.port, timeout=way.timeout)
