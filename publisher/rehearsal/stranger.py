"""Looks at an address as a stranger would: no log-in, no redirect followed, two seconds, this machine only."""

from __future__ import annotations

import asyncio
import http.client
import io
from dataclasses import dataclass
from urllib.parse import urlsplit

from publisher.settings import LOOPBACK_HOSTS

SECONDS = 2.0
MAX_BYTES = 16 * 1024 * 1024
"""More than the largest picture any platform takes."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back; `status` is None where nothing did, and `error` says why."""

    status: int | None
    mime: str = ""
    body: bytes = b""
    error: str = ""

    @property
    def good(self) -> bool:
        return self.status == http.HTTPStatus.OK


async def look(url: str) -> Seen:
    """GETs `url`. Never raises: whatever goes wrong is what was seen."""
    try:
        address = urlsplit(url)
        if address.scheme != "http" or address.hostname not in LOOPBACK_HOSTS:
            return Seen(None, error="not on this machine, so not looked at")
        async with asyncio.timeout(SECONDS):
            return _parsed(
                await _fetch(address.hostname, address.port or 80, address.path or "/", address.query)
            )
    except TimeoutError:
        return Seen(None, error=f"no answer within {SECONDS:g} seconds")
    except (OSError, ValueError, http.client.HTTPException):
        return Seen(None, error="no answer")


async def _fetch(host: str, port: int, path: str, query: str) -> bytes:
    """The whole answer, as HTTP/1.0: it ends where the connection does."""
    target = f"{path}?{query}" if query else path
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(
            f"GET {target} HTTP/1.0\r\nHost: {host}:{port}\r\nUser-Agent: rehearsal\r\nConnection: close\r\n\r\n".encode(
                "ascii"
            )
        )
        chunks, size = [], 0
        while (chunk := await reader.read(65_536)) and size <= MAX_BYTES:
            chunks.append(chunk)
            size += len(chunk)
        return b"".join(chunks)
    finally:
        writer.close()


def _parsed(answer: bytes) -> Seen:
    stream = io.BytesIO(answer)
    first = stream.readline().split()
    status = int(first[1]) if answer.startswith(b"HTTP/") and len(first) > 1 else 0
    headers = http.client.parse_headers(stream)
    return Seen(status or None, headers.get_content_type(), stream.read(), "" if status else "no HTTP answer")
