"""Verifies OAuth 1.0a signatures (RFC 5849) as a server does, written apart from the library that makes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote, urlsplit

NEEDED = ("oauth_consumer_key", "oauth_token", "oauth_nonce", "oauth_timestamp", "oauth_signature")
SCHEME = "oauth "
_PARAMETER = re.compile(r'([a-z_]+)="([^"]*)"')
_DEFAULT_PORTS = {"http": 80, "https": 443}


def parameters(header: str) -> dict[str, str]:
    """The parameters of an Authorization header (RFC 5849 §3.5.1); empty where it is not one of OAuth 1.0a."""
    if not header.lower().startswith(SCHEME):
        return {}
    return {name: unquote(value) for name, value in _PARAMETER.findall(header[len(SCHEME) :])}


def verify(
    method: str,
    url: str,
    *,
    given: Mapping[str, str],
    sent: Iterable[tuple[str, str]],
    consumer_secret: str,
    token_secret: str,
) -> bool:
    """True where the HMAC-SHA1 signature among `given` is right for this method, address and these parameters.

    `url` is the address as it arrived, so one signed for another host fails. `sent`: query and form parameters.
    """
    if given.get("oauth_signature_method") != "HMAC-SHA1":
        return False
    signed = [
        *sent,
        *((name, value) for name, value in given.items() if name not in {"oauth_signature", "realm"}),
    ]
    base = "&".join(_escape(part) for part in (method.upper(), _base_url(url), _normalised(signed)))
    key = f"{_escape(consumer_secret)}&{_escape(token_secret)}"
    right = base64.b64encode(hmac.digest(key.encode(), base.encode(), hashlib.sha1)).decode()
    return hmac.compare_digest(right, given.get("oauth_signature", ""))


def _base_url(url: str) -> str:
    """RFC 5849 §3.4.1.2: no query, lower case, no default port."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = "" if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path or '/'}"


def _normalised(pairs: Iterable[tuple[str, str]]) -> str:
    """RFC 5849 §3.4.1.3.2: escaped first, then sorted."""
    return "&".join(
        f"{name}={value}" for name, value in sorted((_escape(name), _escape(value)) for name, value in pairs)
    )


def _escape(text: str) -> str:
    return quote(text, safe="~")
