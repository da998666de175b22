"""Serves ASGI apps on a thread of its own: the daemon's hook and API, and the rehearsal platforms. Nothing else touches uvicorn."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from publisher.errors import OutsideFailed
from publisher.unix_socket import UnixSocket, peer

LOOPBACK = "127.0.0.1"
KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays open: long enough for one that was opened ahead of the moment it is for."""
BACKLOG = 128
_LOOK_AGAIN_SECONDS = 0.002


class Server:
    """One thread and one event loop, with one port for `app` and one more, chosen by the system, for each app `beside` it.

    With `unix`, `app` answers on a Unix socket of that path as well. `port` 0 lets the system choose. `stop` takes no new
    connections, lets what is running finish for at most `grace` seconds, and leaves no thread and no socket behind. A
    stopped server can be started again.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str = LOOPBACK,
        port: int = 0,
        *,
        beside: Sequence[ASGIApp] = (),
        unix: Path | None = None,
        grace: float = 10,
    ) -> None:
        self._apps, self._host, self._port, self._grace = (app, *beside), host, port, grace
        self._unix = unix
        self._running: _Running | None = None

    @property
    def url(self) -> str:
        """The address of `app`, such as http://127.0.0.1:8080. The server must have been started."""
        return self.urls[0]

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of all apps, in the order they were given."""
        if self._running is None:
            raise RuntimeError("the server has not been started")
        return tuple(_url(listener) for listener in self._running.listeners)

    def start(self) -> None:
        """Returns as soon as connections are answered. Raises OutsideFailed where the port or the socket cannot be had."""
        if self._running is not None:
            raise RuntimeError("the server has been started already")
        listeners = self._listen()
        try:
            unix = UnixSocket(self._unix) if self._unix else None
        except OutsideFailed:
            for listener in listeners:
                listener.close()
            raise
        ports = {item.getsockname()[1]: app for item, app in zip(listeners, self._apps, strict=True)}
        server = _Uvicorn(self._config(ports | {None: self._apps[0]}))
        thread = threading.Thread(
            target=server.serve_on,
            args=((*listeners, *((unix.listener,) if unix else ())),),
            name=f"serve {_url(listeners[0])}",
            daemon=True,
        )
        self._running = _Running(listeners, unix, server, thread)
        thread.start()
        server.ready.wait()
        if server.failure:
            self.stop()
            raise OutsideFailed(f"The server did not start: {server.failure}.") from server.failure

    def stop(self) -> None:
        """Harmless if it was not started."""
        running, self._running = self._running, None
        if running is not None:
            running.server.ask_to_stop()
            running.thread.join()
            for listener in running.listeners:
                listener.close()
            if running.unix:
                running.unix.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _listen(self) -> tuple[socket.socket, ...]:
        listeners: list[socket.socket] = []
        try:
            for port in (self._port, *[0] * (len(self._apps) - 1)):
                listeners.append(_listener(self._host, port))  # noqa: PERF401  # those before one that fails must be closed
        except OSError as error:
            for listener in listeners:
                listener.close()
            raise OutsideFailed(
                f"Cannot listen on {self._host}, port {self._port}: {error.strerror or error}.",
                way_out="Stop what is using it, or choose another port.",
            ) from error
        return tuple(listeners)

    def _config(self, by_port: Mapping[int | None, ASGIApp]) -> uvicorn.Config:
        return uvicorn.Config(
            _by_port(by_port),
            loop="asyncio",
            http=_Connection,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=self._grace,  # type: ignore[arg-type]  # it is given to asyncio, which takes parts of a second
        )


async def hang_up(scope: Scope) -> None:
    """Closes the connection that `scope` came on, with no answer: what a crash in mid-request looks like from outside."""
    scope["state"]["transport"].abort()
    await scope["state"]["gone"].wait()  # until then uvicorn would answer in the app's place


def peer_uid(scope: Scope) -> int | None:
    """The user who connected over the Unix socket, by the kernel's word; None for one who came over TCP."""
    uid: int | None = scope["state"]["uid"]
    return uid


@dataclass(frozen=True, slots=True)
class _Running:
    listeners: tuple[socket.socket, ...]
    unix: UnixSocket | None
    server: _Uvicorn
    thread: threading.Thread


class _Connection(H11Protocol):
    """Shows apps the transport, for `hang_up`, and who connected, for `peer_uid`: asked once, while both ends are there."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's own
        uid = peer(transport.get_extra_info("socket"))
        self.app_state = {**self.app_state, "transport": transport, "gone": asyncio.Event(), "uid": uid}
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.app_state["gone"].set()


class _Uvicorn(uvicorn.Server):
    """Stops at once when asked, where uvicorn itself looks ten times a second whether it should."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: asyncio.Event | None = None

    def serve_on(self, listeners: Sequence[socket.socket]) -> None:
        try:
            self.run(sockets=list(listeners))
        except BaseException as error:  # noqa: BLE001  # handed to the thread that waits in `start`
            self.failure = error
        finally:
            self.ready.set()

    async def main_loop(self) -> None:
        self._loop, self._asked = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        self.ready.set()
        asked = asyncio.ensure_future(self._asked.wait())
        while not asked.done():
            await asyncio.wait([asked], timeout=1)
            await self.on_tick(0)  # the Date header, once a second

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  # whoever opened them closes them
        """As uvicorn's own, less its fixed pause: what runs may finish within the grace, the rest is cancelled."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        until = time.monotonic() + (self.config.timeout_graceful_shutdown or 0)
        while (self.server_state.tasks or self.server_state.connections) and time.monotonic() < until:  # noqa: ASYNC110  # sets of uvicorn’s, which tell nobody
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        cut_off = list(self.server_state.tasks)
        for task in cut_off:
            task.cancel()
        await asyncio.gather(*cut_off, return_exceptions=True)

    def ask_to_stop(self) -> None:
        if self._loop and self._asked and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._asked.set)


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY, without which every answer is 40 ms late, only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _by_port(apps: Mapping[int | None, ASGIApp]) -> ASGIApp:
    """A Unix socket has no port (None)."""

    async def app(scope: Scope, receive: Receive, send: Send) -> Any:
        await apps[scope["server"][1]](scope, receive, send)

    return app
