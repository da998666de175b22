"""The address that a person gives of a post that is out: one of the channel's own platform, and safe to show. Pure.

It goes into the record, and to whoever is told later to take the post down there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from publisher.channels import makes_page, post_hosts_of
from publisher.config import Config
from publisher.errors import InputError
from publisher.policy.hosts import HTTPS_PORT, is_below
from publisher.settings import LOOPBACK_HOSTS

MAX_ADDRESS = 2_000
_NEVER = re.compile(r'[\s<>"\\]')
"""In no address (RFC 3986 section 2); readers of addresses disagree on which host a backslash leads to."""
_HOST = re.compile(r"[a-z0-9.-]+|::1")
"""Plain letters only: look-alikes are in none, and no percent sign hides another host."""


def demand(url: str, channel: str, config: Config) -> None:
    """Raises InputError for what is no address of a post on this channel."""
    parts = _parts(url)
    host, hosts = parts.hostname or "", _hosts(channel, config)
    loopback = host in LOOPBACK_HOSTS
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise _wrong("does not begin with https://")
    if parts.username is not None or parts.password is not None:
        raise _wrong("has a user's name in it")
    if not _HOST.fullmatch(host):
        raise _wrong("names no website")
    if parts.port not in {None, HTTPS_PORT} and not loopback:
        raise _wrong("names a port")
    if hosts and not is_below(host, hosts):
        raise _wrong(f"is not on {channel}", f"It begins with https:// and one of these: {', '.join(hosts)}.")


def _parts(url: str) -> SplitResult:
    """The address taken apart, once nothing of it is hidden: urlsplit itself leaves line ends out in silence."""
    if len(url) > MAX_ADDRESS:
        raise _wrong(f"is longer than {MAX_ADDRESS:,} characters")
    if not url.isprintable() or _NEVER.search(url):
        raise _wrong("holds characters that are in no address")
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError for one that cannot be
    except ValueError:
        raise _wrong("cannot be read") from None
    return parts


def _hosts(channel: str, config: Config) -> Sequence[str]:
    """Where posts of the channel are shown: its platform's websites, or the council's; empty where nobody knows.

    A rehearsal's platform is where its endpoint is.
    """
    settings = config.channels.get(channel)
    if settings is None:
        return ()
    name, field = settings.adapter, f"channels.{channel}.adapter"
    own = config.council.domains if makes_page(name, field=field) else post_hosts_of(name, field=field)
    endpoint = urlsplit(settings.endpoint).hostname or ""
    return tuple(dict.fromkeys((*own, endpoint))) if own else ()


def _wrong(why: str, way_out: str = "Open the post in a browser, and paste its https address.") -> InputError:
    return InputError(f"the address of the post {why}", field="--sent", way_out=way_out)
