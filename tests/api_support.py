"""The API of a council's folder, on a port and a Unix socket, with a clock that tests set."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli_support import AUTHOR, Bench, open_bench
from support import Clock

from publisher import api
from publisher.app import App, open_app
from publisher.knocking import Porter
from publisher.serve import Server
from publisher.tokens import WORKING, BadToken

JSON = {"Content-Type": "application/json"}


@dataclass
class Told:
    """What the API answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.body)


@dataclass
class Council:
    """A bench whose API is served in this process. `logins` are those of this machine's users, by number."""

    bench: Bench
    app: App
    clock: Clock
    server: Server
    socket: Path
    logins: dict[int, str] = field(default_factory=dict)
    tokens: dict[tuple[str, tuple[str, ...], int], str] = field(default_factory=dict)

    def token(self, login: str = AUTHOR, *scopes: str, days: int = 90) -> str:
        """A token of an officer's, made as at the server, unless one is there; for everything, if no scope is said."""
        wanted = (login, scopes, days)
        try:
            self.app.tokens.known(self.tokens.get(wanted, ""))
        except BadToken:
            self.tokens[wanted] = self.app.tokens.new(login, scopes or WORKING, days, "")[1]
        return self.tokens[wanted]

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = "",
        headers: dict[str, str] | None = None,
        at_socket: bool = False,
        under: str = "/api/v1",
    ) -> Told:
        """One request under /api/v1, or elsewhere, over a connection of its own; a body that is not bytes is sent as JSON."""
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None and not isinstance(body, bytes):
            body, sent = json.dumps(body).encode(), sent | JSON
        connection = self._connection(at_socket=at_socket)
        try:
            connection.request(method, under + path, body, sent | (headers or {}))
            answer = connection.getresponse()
            return Told(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def raw(self, request: bytes) -> bytes:
        """The first bytes of the answer to bytes that no client would send."""
        host, port = self.server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(request)
            return connection.recv(65_536)

    def everything(self, request: bytes) -> bytes:
        """All that is answered to bytes, until the server closes the connection."""
        host, port = self.server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def _connection(self, *, at_socket: bool) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self.server.url.removeprefix("http://"), timeout=20)
        if at_socket:
            connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.sock.connect(str(self.socket))
        return connection

    def here(self, login: str) -> None:
        """This process's user has that login."""
        self.logins[os.getuid()] = login

    def denials(self, login: str) -> list[dict[str, Any]]:
        """What the record tells of attempts under a login."""
        events = self.app.queue.events_of(login)
        return [dict(event.detail) | {"via": event.via} for event in events if event.action == "denied"]


@contextmanager
def open_council(folder: Path, config: str = "") -> Iterator[Council]:
    """A council in `folder`, with `config` added to its config.toml."""
    with open_bench(folder) as bench, short_folder() as short:
        file = folder / "config.toml"
        file.write_text(file.read_text() + config, encoding="utf-8")
        clock, logins = Clock(), dict[int, str]()
        app = open_app(file, now=clock)
        app.queue.counts()
        served = api.create(app, porter=Porter(app, logins.get))
        with Server(served, unix=short / "s") as server:
            yield Council(bench, app, clock, server, short / "s", logins)
        app.close()


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder for a socket: its path may have 107 bytes (unix(7))."""
    folder = Path(tempfile.mkdtemp(prefix="p-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
