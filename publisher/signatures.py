"""Signatures of hooks as Standard Webhooks 1.0.0 describes them. Pure.

The published library is not used: it verifies one secret only, takes `1.7` for a time, and answers malformed headers
with errors of other kinds, each of which would be a 500 to a stranger. Here every wrong input is a BadSignature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets as randomness
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from publisher.errors import ConfigError, Refused

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = 300
"""Seconds that the sender's clock may differ, both ways: five minutes in every Standard Webhooks library."""
SECRET_PREFIX = "whsec_"  # noqa: S105  # what every secret begins with, not one
MIN_SECRET, MAX_SECRET = 24, 64
"""Bytes of a secret (Standard Webhooks, "Signature scheme")."""
NEW_SECRET = 32
"""As many bytes as the digest of HMAC-SHA256 has: more would not make it stronger (RFC 2104, section 3)."""
MAX_SIGNATURES = 20
"""A sender changing its secrets has two; a long list only keeps us busy."""
_VERSION = "v1"

# No full stop in the id: in `id.time.body` it could pass for the end of the id.
_ID = re.compile(r"[!-\-/-~]{1,255}")
_SECONDS = re.compile(r"[1-9][0-9]{0,11}")


class BadSignature(Refused):
    """The hook is not proved to come from the source; the answer is 401 and nothing is kept."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            reason, way_out="Check the secret, the clock and that the body is signed as it is sent."
        )


def new_secret() -> str:
    """A fresh secret for a source and its sender."""
    return SECRET_PREFIX + base64.b64encode(randomness.token_bytes(NEW_SECRET)).decode()


def sign(secret: str, webhook_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """The three headers that a sender adds. Raises ConfigError for a secret that is none."""
    seconds = str(int(moment.timestamp()))
    return {
        ID: webhook_id,
        TIMESTAMP: seconds,
        SIGNATURE: _signature(_key(secret), webhook_id, seconds, body),
    }


def verify(*, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The webhook's id, once one of the secrets signed it at most TOLERANCE seconds from `now` (aware).

    The id stays the same when the sender tries again, so that it can be known again. Raises BadSignature, and
    ConfigError where a secret of ours is none.
    """
    keys = _keys(secrets)
    webhook_id, seconds, given = _three(headers)
    _demand_id(webhook_id)
    _demand_recent(seconds, now)
    _demand_match([_signature(key, webhook_id, seconds, body) for key in keys], given.split(" "))
    return webhook_id


def _three(headers: Mapping[str, str]) -> tuple[str, str, str]:
    """The three headers' values, whatever the case of their names."""
    pairs = [(name.lower(), value) for name, value in headers.items()]
    counts = Counter(name for name, _ in pairs)
    for name in (ID, TIMESTAMP, SIGNATURE):
        if counts[name] != 1:
            raise BadSignature(
                f"the header {name} is {'missing' if not counts[name] else 'there more than once'}."
            )
    values = dict(pairs)
    return values[ID], values[TIMESTAMP], values[SIGNATURE]


def _demand_id(webhook_id: str) -> None:
    if not _ID.fullmatch(webhook_id):
        raise BadSignature(f"{ID} must be 1 to 255 visible ASCII characters without a full stop.")


def _demand_recent(seconds: str, now: datetime) -> None:
    if not _SECONDS.fullmatch(seconds):
        raise BadSignature(f"{TIMESTAMP} must be whole seconds since 1970.")
    off = int(seconds) - now.timestamp()
    if abs(off) > TOLERANCE:
        side = "the future" if off > 0 else "the past"
        raise BadSignature(f"{TIMESTAMP} is {abs(off):.0f} seconds in {side}; {TOLERANCE} are allowed.")


def _demand_match(expected: Sequence[str], given: Sequence[str]) -> None:
    """Every expected signature is compared with every given one, so that the time taken tells nothing."""
    if len(given) > MAX_SIGNATURES:
        raise BadSignature(f"{SIGNATURE} lists more than {MAX_SIGNATURES} signatures.")
    # As text: to decode what was given would let several texts pass for one signature, and raise for others.
    matches = [hmac.compare_digest(ours.encode(), _bytes(theirs)) for ours in expected for theirs in given]
    if any(matches):
        return
    if not any(theirs.startswith(f"{_VERSION},") for theirs in given):
        raise BadSignature(f"{SIGNATURE} has no signature of the kind {_VERSION}, as in {_VERSION},<base64>.")
    raise BadSignature("no signature fits the body and the source's secrets.")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _signature(key: bytes, webhook_id: str, seconds: str, body: bytes) -> str:
    signed = b".".join((_bytes(webhook_id), _bytes(seconds), body))
    return f"{_VERSION},{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def _keys(secrets: Sequence[str]) -> list[bytes]:
    if not secrets:
        raise ConfigError("the source has no secret", field="secrets", way_out="Name one in config.toml.")
    return [_key(secret) for secret in secrets]


def _key(secret: str) -> bytes:
    """The bytes behind a secret's text. The error never holds the secret."""
    key = _decoded(secret.removeprefix(SECRET_PREFIX)) if secret.startswith(SECRET_PREFIX) else b""
    if not MIN_SECRET <= len(key) <= MAX_SECRET:
        raise ConfigError(
            f"a hook's secret must be {SECRET_PREFIX} and the base64 of {MIN_SECRET} to {MAX_SECRET} bytes",
            field="secrets",
            way_out=f"Make one: {SECRET_PREFIX}$(openssl rand -base64 {NEW_SECRET}).",
        )
    return key


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""  # the length then is the error
