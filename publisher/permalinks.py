"""The address of a post as its platform tells it: kept only where it is one on the platform's own websites. Pure.

It is shown to people as a link, in the queue and in the record's pages: what a platform, or whoever answers in its place, says
there must not become a script (`javascript:`), a line for the terminal, or a way to somebody else's website.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from publisher.settings import LOOPBACK_HOSTS

_PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]{1,2000}")
"""What an address is made of (RFC 3986 §2), and no longer than browsers take; neither quotes, brackets nor a backslash."""


def permalink(told: object, settings: Any, hosts: Sequence[str]) -> str:
    """The address, empty where it is none. A rehearsal's platform is on this machine, and so are its posts."""
    if not isinstance(told, str) or not _PLAIN.fullmatch(told):
        return ""
    try:
        parts = urlsplit(told)
        _ = parts.port  # raises ValueError for one that cannot be
    except ValueError:
        return ""
    host = parts.hostname or ""
    if settings.host in LOOPBACK_HOSTS and host in LOOPBACK_HOSTS and parts.scheme in {"http", "https"}:
        return told
    is_own = any(host == own or host.endswith(f".{own}") for own in hosts)
    return (
        told if parts.scheme == "https" and is_own and "@" not in parts.netloc and parts.port is None else ""
    )
