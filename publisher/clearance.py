"""The clearance: a seal (HMAC-SHA256) that a post was cleared, so that a row written by hand does not go out.

The same key seals what officers decided (overrides, consents): a row of those written by hand does not count.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from publisher import paths
from publisher.errors import ConfigError, OutsideFailed
from publisher.model import Post, canonical

KEY_BYTES = 32
"""As long as the digest that it keys (RFC 2104 §3)."""


class Seal:
    """Seals with one secret key. The key is a file that only this account may read."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, post: Post, *, policy: str, officers: tuple[str, ...], item: str) -> str:
        """The seal over every byte of the post, its channel, the policy's version and the deciding officers.

        `item` is the digest of the whole item that the post is of (clearing.facts).
        """
        return self.sign("post", [post.digest, post.channel, policy, list(officers), item])

    def holds(self, seal: str, post: Post, *, policy: str, officers: tuple[str, ...], item: str) -> bool:
        """True where `seal` was made for exactly this, by this key; compared in constant time."""
        made = self.make(post, policy=policy, officers=officers, item=item)
        return hmac.compare_digest(seal.encode(), made.encode())

    def sign(self, kind: str, values: Sequence[object]) -> str:
        """The seal (hex) over plain JSON values; one `kind` of seal never passes for another."""
        return hmac.new(self._key, canonical([kind, *values]), hashlib.sha256).hexdigest()

    def signed(self, seal: str, kind: str, values: Sequence[object]) -> bool:
        """True where `seal` was made by `sign` for exactly this; compared in constant time."""
        return hmac.compare_digest(seal.encode(), self.sign(kind, values).encode())


def open_seal(path: Path, *, create: bool = False) -> Seal:
    """The seal with the key in `path`. Raises ConfigError where there is none and not `create`."""
    if create:
        _new_key(path)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if len(key) < KEY_BYTES:
        raise ConfigError(
            f"the seal's key {path} is too short",
            field="queue.seal_key",
            way_out="Restore it from the backup.",
        )
    return Seal(key)


def _unreadable(path: Path, error: Exception) -> ConfigError:
    """Each reason has its own way out: a new key in the place of a lost one would void whatever was sealed."""
    why, way_out = "is damaged", "Put the backup of it back."
    if isinstance(error, FileNotFoundError):
        why = "is not there"
        way_out = "Put the backup of it back; only for a new council: run `publisher init`."
    elif isinstance(error, PermissionError):
        why = "is another account's: you are not the account that runs the publisher"
        way_out = "Set [daemon] socket, to ask it by the socket, or run this as that account."
    elif isinstance(error, OSError):
        why, way_out = f"cannot be read: {error.strerror}", "Check the disk, then try again."
    return ConfigError(f"the seal's key {path} {why}", field="queue.seal_key", way_out=way_out)


def _new_key(path: Path) -> None:
    """Makes a key where there is none. One that is there stays, whoever made it: what it sealed would not hold."""
    try:
        paths.make_private_folder(path.parent)
        handle = paths.open_private(path, os.O_WRONLY | os.O_EXCL)
    except FileExistsError:
        return
    except OSError as error:
        raise OutsideFailed(
            f"the seal's key {path} cannot be made: {error.strerror}", way_out="Check who may write there."
        ) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())  # seals that outlive the key in a power cut would void every clearance
