"""A file of tokens that replace each other: the new pair is stored before it is used, and one refresher is at work at a time.

A refresh token counts once (RFC 6749 §6, RFC 9700 §4.14.2): whoever loses the new one, or lets two processes use the old
one, has lost the account until a person connects it anew. So the file is replaced whole or not at all, and durably; its room
on the disk is taken before the old token is given up; and whoever had to wait for another reads what that one stored.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from publisher import paths, secrecy
from publisher.errors import ConfigError, OutsideFailed

ROOM = 16 * 1024
"""Bytes taken on the disk before a renewal: more than any pair of tokens needs."""
PATIENCE_SECONDS = 90.0
"""How long another's renewal is waited for: longer than its one request may take, by any sensible time-out."""
_LOOK_SECONDS = 0.02
_SCOPES = "scopes"


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair of tokens, and since when it counts. From `renew_at` on it is to be renewed; at `ends_at` it is worth nothing.

    `account` is the platform's number of the account that they are of, once that is proved.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    scopes: frozenset[str]
    came_at: datetime
    renew_at: datetime
    ends_at: datetime
    account: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, as stored."""
        moments = {name: getattr(self, name).isoformat() for name in ("came_at", "renew_at", "ends_at")}
        words = {"access": self.access, "refresh": self.refresh, "account": self.account}
        return words | moments | {_SCOPES: sorted(self.scopes)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Tokens:
        """The pair again. Raises KeyError, TypeError or ValueError for what is none."""
        words: dict[str, Any] = {name: value[name] for name in ("access", "refresh", "account")}
        if (
            not all(isinstance(word, str) for word in (*words.values(), *value[_SCOPES]))
            or not words["access"]
        ):
            message = "not a pair of tokens"
            raise ValueError(message)
        moments: dict[str, Any] = {
            name: datetime.fromisoformat(value[name]) for name in ("came_at", "renew_at", "ends_at")
        }
        if any(moment.tzinfo is None for moment in moments.values()):
            message = "a moment without its zone"
            raise ValueError(message)
        return cls(scopes=frozenset(value[_SCOPES]), **words, **moments)


class TokenFile:
    """The file at `path`. `field` and `way_out` are what errors say: the setting that names it, and how it is made.

    `patience` is for how many seconds another's renewal is waited for.
    """

    def __init__(self, path: Path, *, field: str, way_out: str, patience: float = PATIENCE_SECONDS) -> None:
        self.path = Path(os.path.realpath(path))
        self._field, self._way_out, self._patience = field, way_out, patience

    def read(self) -> Tokens:
        """The tokens as they are stored now. Raises ConfigError, which never shows what is in the file."""
        try:
            found = Tokens.from_json(json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            why = f"the account is not connected: there is no {self.path}. {self._way_out}"
            raise ConfigError(
                why, field=self._field
            ) from None  # whoever lists what is missing shows this much
        except OSError as error:
            raise self._wrong(f"{self.path} cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise self._wrong(f"{self.path} is not as this program writes it") from None
        for secret in (found.access, found.refresh):
            secrecy.known(secret, passing=True)
        return found

    def store(self, tokens: Tokens) -> None:
        """Replaces what is stored. Raises OutsideFailed."""
        with self._alone(), self._room() as keep:
            keep(tokens)

    def renewed(self, held: Tokens, renew: Callable[[Tokens], Tokens]) -> Tokens:
        """What takes the place of `held`: another's, if one has renewed it meanwhile, else what `renew` gives, once stored.

        Raises ConfigError, OutsideFailed where the disk fails, and what `renew` raises: then the file is as it was.
        """
        with self._alone():
            found = self.read()
            if found.access != held.access:
                return found
            with self._room() as keep:
                return keep(renew(found))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time, threads and processes alike: flock(2) belongs to the open file, opened anew each time."""
        lock, until = self.path.with_name(self.path.name + ".lock"), time.monotonic() + self._patience
        with self._told(lock):
            handle = paths.open_private(lock, os.O_RDWR)
        try:
            while not _locked(handle):
                if time.monotonic() > until:
                    raise OutsideFailed(
                        f"another process has held {lock} for {self._patience:.0f} seconds",
                        way_out="Look what it does; it is tried again.",
                    )
                time.sleep(_LOOK_SECONDS)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _room(self) -> Iterator[Callable[[Tokens], Tokens]]:
        """A new file beside the old one, with its room on the disk taken; what is given to it takes the old one's place."""
        new = self.path.with_name(self.path.name + ".new")
        with self._told(new):
            handle = paths.open_private(new, os.O_WRONLY | os.O_TRUNC)
        try:
            with self._told(new):
                os.posix_fallocate(handle, 0, ROOM)
            yield partial(self._keep, handle, new)
        finally:
            os.close(handle)
            new.unlink(missing_ok=True)

    def _keep(self, handle: int, new: Path, tokens: Tokens) -> Tokens:
        with self._told(self.path):
            data = json.dumps(tokens.to_json(), indent=1).encode() + b"\n"
            while data:
                data = data[os.write(handle, data) :]
            os.ftruncate(handle, os.lseek(handle, 0, os.SEEK_CUR))
            os.fsync(handle)
            new.replace(self.path)
            _sync(self.path.parent)
        for secret in (tokens.access, tokens.refresh):
            secrecy.known(secret, passing=True)
        return tokens

    @contextmanager
    def _told(self, place: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutsideFailed(
                f"{place} cannot be written: {error.strerror}",
                way_out=f"{self._field} names a file that this account must be able to write.",
            ) from error

    def _wrong(self, why: str) -> ConfigError:
        return ConfigError(why, field=self._field, way_out=self._way_out)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync(folder: Path) -> None:
    """A renamed file is durable once its folder is (fsync(2))."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
