"""One cheap question over HTTP: to the daemon's port, to its socket, or to a server elsewhere."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from publisher.errors import one_line

TIMEOUT = 2.0
"""Seconds for each step: whoever is well says one line at once, and whoever asks wants to know within moments."""
MOST = 4 * 1024 * 1024
"""Bytes of an answer: the API's description is the longest."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and what was said, if it is a JSON object; or, with status 0, the error for which there was none."""

    status: int
    told: dict[str, Any]
    error: Exception | None = None

    def words(self, key: str) -> str:
        """What was said under a key, as one harmless line; empty where nothing was."""
        return one_line(str(self.told.get(key) or ""))

    @property
    def silence(self) -> str:
        """Why there was no answer, in the system's words; empty where there was one."""
        if isinstance(self.error, TimeoutError):
            return "it took too long"
        if isinstance(self.error, ssl.SSLCertVerificationError):
            return f"its certificate is not good ({self.error.verify_message})"
        if self.error is None:
            return ""
        return getattr(self.error, "strerror", None) or type(self.error).__name__


def asked(where: str | Path, path: str, token: str = "") -> Answer:
    """The answer to GET `path` at an address such as http://127.0.0.1:8600, or at a Unix socket. Follows nothing, never fails."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with closing(_connection(where)) as connection:
            if isinstance(where, Path):
                connection.sock = _dialled(where)
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, _object(response.read(MOST)))
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, {}, error)


def _connection(where: str | Path) -> http.client.HTTPConnection:
    if isinstance(where, Path):
        return http.client.HTTPConnection("localhost", timeout=TIMEOUT)
    parts = urlsplit(where)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT)


def _dialled(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(TIMEOUT)
    try:
        made.connect(str(path))
    except OSError:
        made.close()
        raise
    return made


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
