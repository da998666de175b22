"""A file of tokens that replace each other: the new pair is stored before it is used, and one refresher is at work at a time.

A refresh token counts once (RFC 6749 §6, RFC 9700 §4.14.2): whoever loses the new one, or lets two processes use the old
one, has lost the account until a person connects it anew. So the file is replaced whole or not at all, and durably; its room
on the disk is taken before the old token is given up; and whoever had to wait for another reads what that one stored. A new
pair that is written, but could not take the old one's place, counts: it lies beside it until it can.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pwd
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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
_BARRED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""Errors of an account that may not write somewhere at all: no waiting helps."""
_BEGINS = b'{\n "access": '
"""How what this program writes begins; of a file that was damaged, that is mostly left."""
_MOST_BYTES = 4 * ROOM
"""Of a file of tokens, the room behind it included."""
ROOT = 0
_ONLY_READING: ContextVar[bool] = ContextVar("only_reading", default=False)


@contextmanager
def only_reading() -> Iterator[None]:
    """Inside, on this thread, no pair is renewed: whoever merely looks leaves that to the daemon."""
    before = _ONLY_READING.set(True)
    try:
        yield
    finally:
        _ONLY_READING.reset(before)


def is_only_reading() -> bool:
    """Whether this thread merely looks."""
    return _ONLY_READING.get()


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
        if (waiting := _whole(self._new)) is not None:
            return _struck_out(waiting)
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
        return _struck_out(found)

    @property
    def _new(self) -> Path:
        return self.path.with_name(self.path.name + ".new")

    @property
    def is_free(self) -> bool:
        """Whether a pair may be written there: nothing is, or an earlier pair, damaged or whole. Raises ConfigError if none can see."""
        try:
            if not self.path.is_file() or self.path.stat().st_size > _MOST_BYTES:
                return not self.path.exists()
            found = self.path.read_bytes()
        except OSError as error:
            raise self._wrong(f"{self.path} cannot be read: {error.strerror}") from None
        is_empty = found.strip(b"\0 \n") in {b"", b"{}"}
        return is_empty or found.startswith(_BEGINS) or _whole(self.path) is not None

    def demand_free(self) -> None:
        """Raises ConfigError where another's file is, which would be lost, or this account is not the one whose tokens they are."""
        self._demand_owner()
        if not self.is_free:
            raise ConfigError(
                f"{self.path} is there, and holds no tokens: it is not overwritten",
                field=self._field,
                way_out="Name a file of its own, which need not be there yet; or move that one away, if nothing needs it.",
            )

    def _demand_owner(self) -> None:
        """What root or another account writes here the daemon can read no more, and the old pair is used up."""
        owner = next((uid for uid in map(_owner, (self.path, self._new)) if uid is not None), None)
        if owner is None:
            owner = _owner(self.path.parent)
            if owner == ROOT:  # a folder of the system's, in which an account may be let write by its group
                return
        if owner not in {None, os.geteuid()}:
            who = _login(owner or ROOT)
            raise ConfigError(
                f"{self.path} is {who}'s, and only that account writes it",
                field=self._field,
                way_out=f"Run this as {who}, which must be the daemon's account; or give it the file with `chown`.",
            )

    def store(self, tokens: Tokens) -> None:
        """Replaces what is stored. Raises ConfigError as `demand_free`, and OutsideFailed."""
        self.demand_free()
        with self._alone():
            self._adopt()
            with self._room() as keep:
                keep(tokens)

    def renewed(self, held: Tokens, renew: Callable[[Tokens], Tokens]) -> Tokens:
        """What takes the place of `held`: another's, if one has renewed it meanwhile, else what `renew` gives, once stored.

        Raises ConfigError, also where the file is another account's, OutsideFailed where the disk fails, and what `renew`
        raises: then the file is as it was.
        """
        self._demand_owner()
        with self._alone():
            self._adopt()
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

    def _adopt(self) -> None:
        """Puts a pair in its place that an earlier run could only write beside it: what it was renewed from is used up."""
        if (waiting := _whole(self._new)) is not None:
            with self._told(self.path):
                paths.replaced(self.path, _written(waiting))
                self._new.unlink()

    @contextmanager
    def _room(self) -> Iterator[Callable[[Tokens], Tokens]]:
        """A new file beside the old one, with its room on the disk taken; what is given to it takes the old one's place.

        A whole pair that cannot do that stays there.
        """
        new = self._new
        with self._told(new):
            handle = paths.open_private(new, os.O_WRONLY | os.O_TRUNC)
        try:
            with self._told(new):
                os.posix_fallocate(handle, 0, ROOM)
            yield partial(self._keep, handle, new)
        finally:
            os.close(handle)
            if _whole(new) is None:
                new.unlink(missing_ok=True)

    def _keep(self, handle: int, new: Path, tokens: Tokens) -> Tokens:
        with self._told(self.path):
            data = _written(tokens)
            while data:
                data = data[os.write(handle, data) :]
            os.ftruncate(handle, os.lseek(handle, 0, os.SEEK_CUR))
            os.fsync(handle)
            new.replace(self.path)
            paths.sync(self.path.parent)
        return _struck_out(tokens)

    @contextmanager
    def _told(self, place: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            words = f"{place} cannot be written: {error.strerror}"
            if error.errno in _BARRED:
                way_out = f"Let the daemon's account write in {place.parent}: its owner and mode, and ReadWritePaths of its unit."
                raise ConfigError(words, field=self._field, way_out=way_out) from error
            way_out = f"{self._field} names a file that this account must be able to write."
            raise OutsideFailed(words, way_out=way_out) from error

    def _wrong(self, why: str) -> ConfigError:
        return ConfigError(why, field=self._field, way_out=self._way_out)


def _whole(file: Path) -> Tokens | None:
    """The pair in the file; None where there is none, or only part of one. The room that was taken for it may be behind it."""
    try:
        return Tokens.from_json(json.loads(file.read_bytes().rstrip(b"\0")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _owner(place: Path) -> int | None:
    """Whose it is; None where it is not there, or may not be seen."""
    try:
        return place.stat().st_uid
    except OSError:
        return None


def _login(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _written(tokens: Tokens) -> bytes:
    return json.dumps(tokens.to_json(), indent=1).encode() + b"\n"


def _struck_out(tokens: Tokens) -> Tokens:
    """The same, told of as secrets."""
    for secret in (tokens.access, tokens.refresh):
        secrecy.known(secret, passing=True)
    return tokens


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
