"""Checkpoints: where the record ended at a moment, signed, so that an outsider can hold the record against it.

Kept in the database and, line by line, in a file that may lie on another disk; best in other hands too. Ed25519 (RFC
8032). The key is derived from the seal's, so that there is one secret file to keep and to back up.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import String, insert, select, type_coerce

from publisher import paths
from publisher.chain import moment_text
from publisher.clearance import Seal
from publisher.errors import InputError, OutsideFailed, Refused
from publisher.model import canonical
from publisher.queue import Queue
from publisher.record import NOTHING, end
from publisher.refusals import recorded
from publisher.tables import CheckpointRow

log = logging.getLogger("publisher.record")

_checkpoints = CheckpointRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

KIND = "publisher checkpoint"
"""The first of the signed values: no signature over anything else passes for one."""
INFO = b"publisher record checkpoint Ed25519 1"
"""What the key is derived for (RFC 5869, section 3.2)."""
KEY_BYTES = 32
_FIELDS = {"event": int, "hash": str, "at": str, "key": str, "signature": str}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The record ended with event number `event`, of that hash, at that moment. `key` is the public one, all in hex."""

    event: int
    hash: str
    at: str
    key: str
    signature: str

    def to_json(self) -> dict[str, Any]:
        """As it is kept in the file, and printed."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Checkpoint:
        """Raises InputError where it is none."""
        try:
            values = {name: value[name] for name in _FIELDS}
        except (KeyError, TypeError):
            values = {}
        if not values or any(type(values[name]) is not kind for name, kind in _FIELDS.items()):
            raise InputError("this is no checkpoint", way_out=f"It has {', '.join(_FIELDS)}.")
        return cls(**values)

    def message(self) -> bytes:
        """The bytes that are signed."""
        return canonical([KIND, self.event, self.hash, self.at])

    def is_signed(self) -> bool:
        """True where the signature is of the key that it names; whose that is, is another question."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            key.verify(bytes.fromhex(self.signature), self.message())
        except (ValueError, InvalidSignature):
            return False
        return True


class Checkpoints:
    """Makes checkpoints and gives those that were made."""

    def __init__(
        self, queue: Queue, seal: Seal, file: Path, now: Callable[[], datetime], problem: Callable[[], str]
    ) -> None:
        """`problem` says, after a look at all of it, why the record is not whole: such a one is not signed."""
        self._queue, self._seal, self.file, self._now, self._problem = queue, seal, file, now, problem

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        secret = bytes.fromhex(self._seal.sign("checkpoint key", []))
        seed = HKDF(SHA256(), KEY_BYTES, salt=None, info=INFO).derive(secret)
        return Ed25519PrivateKey.from_private_bytes(seed)

    @cached_property
    def key(self) -> str:
        """The public key, 32 bytes in hex (RFC 8032)."""
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    @property
    def pem(self) -> str:
        """The public key as other programs take it (RFC 8410)."""
        return (
            self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        )

    def make(self, *, asked_by: str = "") -> Checkpoint:
        """Signs the end as it is now and keeps it in both places. Raises Refused, OutsideFailed.

        A no to a person is recorded.
        """
        with recorded(self._queue, self._now(), asked_by, "checkpoint") if asked_by else nullcontext():
            self._demand_whole()
            return self._sign()

    def _demand_whole(self) -> None:
        if problem := self._problem():
            raise Refused(problem)

    def _sign(self) -> Checkpoint:
        now = self._now()
        with self._queue.writing() as connection:
            last = end(connection)
            if last == NOTHING:
                raise Refused("nothing has happened yet: there is nothing to sign")
            made = Checkpoint(last.id, last.hash, now.astimezone(UTC).isoformat(), self.key, "")
            made = Checkpoint(**made.to_json() | {"signature": self._private.sign(made.message()).hex()})
            values = {"event_id": made.event, "hash": made.hash, "at": now, "signature": made.signature}
            connection.execute(insert(_checkpoints), values)
        self._file(made)
        return made

    def keep_up(self) -> None:
        """Looks at all of the record, and makes one if anything happened since the last.

        What cannot be done now is logged, and done another time.
        """
        try:
            self._demand_whole()
            last = self.last()
            with self._queue.reading() as connection:
                now = end(connection)
            if now != NOTHING and (last is None or (last.event, last.hash) != (now.id, now.hash)):
                self._sign()
        except (OutsideFailed, Refused) as error:
            log.error("no checkpoint of the record was made: %s", error)  # noqa: TRY400  # no bug of ours

    def last(self) -> Checkpoint | None:
        """The newest in the database."""
        return next(iter(self.stored(newest=1)), None)

    def stored(self, newest: int | None = None) -> list[Checkpoint]:
        """Those in the database, the newest first."""
        moment = type_coerce(_checkpoints.c.at, String)  # a hand may have written what is none
        columns = (_checkpoints.c.event_id, _checkpoints.c.hash, moment, _checkpoints.c.signature)
        with self._queue.reading() as connection:
            rows = connection.execute(select(*columns).order_by(_checkpoints.c.id.desc()).limit(newest)).all()
        return [
            Checkpoint(number, digest, moment_text(at), self.key, str(sign))
            for number, digest, at, sign in rows
        ]

    def filed(self) -> Iterator[Checkpoint | str]:
        """Those in the file, in order; a line that is none comes as it is. None at all where there is no file."""
        try:
            lines = self.file.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            raise OutsideFailed(
                f"the checkpoints {self.file} cannot be read: {error.strerror}",
                way_out="Check who may read there.",
            ) from error
        for line in filter(str.strip, lines):
            try:
                yield Checkpoint.from_json(json.loads(line))
            except (ValueError, InputError, RecursionError):
                yield line

    def _file(self, made: Checkpoint) -> None:
        line = json.dumps(made.to_json()).encode("ascii") + b"\n"
        try:
            handle = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND, paths.PRIVATE)
            try:
                size = os.fstat(handle).st_size
                torn = size and os.pread(handle, 1, size - 1) != b"\n"  # by a power cut
                os.write(handle, b"\n" * bool(torn) + line)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise OutsideFailed(
                f"the checkpoint is in the database, but not in {self.file}: {error.strerror}",
                way_out="Set [record] checkpoints in config.toml to a file that may be written.",
            ) from error
