"""What left for a platform, request by request, as digests: so that the record can say exactly which bytes were sent.

Requests that only read are not kept: nothing of an item is in them. One that has a platform look at something of ours, by a
POST, is. Pure, but for the list of whoever is collecting.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from publisher.model import Phase

A_GET_AFTER_ALL = b"method=get"
"""The field by which Meta takes a POST for a GET: what is asked is then in no address (php-sdk 3 asked everything so)."""
VERSION_HEADER = "facebook-api-version"
"""Where Meta says which version of its API answered: it serves one that has ended by another, without a word (facebook-sdk
reads it too, `get_version`). No other platform of ours tells.
"""
_VERSION = re.compile(r"v[0-9]{1,3}(\.[0-9]{1,3})?")

_COLLECTED: ContextVar[list[Transmission] | None] = ContextVar("transmissions", default=None)


@dataclass(slots=True)
class Transmission:
    """One request that an adapter made: for what, where to (host and path, never a query), and the sha256 (hex) of its body.

    `size` is the body's, in bytes. `status` and the digest of the answer are what came back, None and empty where nothing did.
    `served` is the version of the platform's API that answered, as the platform says; empty where it says nothing.
    """

    phase: Phase
    method: str
    place: str
    body: str
    size: int
    status: int | None = None
    answer: str = ""
    served: str = ""

    def answered(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Notes what came back. The names of `headers` are in any case."""
        self.status, self.answer = status, hashlib.sha256(body).hexdigest()
        self.served = served_by(headers)

    @property
    def version(self) -> str:
        """The version of the platform's API that was asked, as its path has it; empty where it has none."""
        return next((part for part in self.place.split("/")[1:] if _VERSION.fullmatch(part)), "")

    def detail(self) -> dict[str, Any]:
        """What the record keeps beside the digest of the bytes."""
        told = {
            "phase": self.phase.value,
            "bytes": self.size,
            "status": self.status,
            "answer": self.answer,
            "api_version": self.version,
            "answered_by": self.served,
        }
        return {name: value for name, value in told.items() if value not in {None, ""}}


@contextmanager
def collecting() -> Iterator[list[Transmission]]:
    """The list that every request made inside, on this thread, is added to."""
    found: list[Transmission] = []
    before = _COLLECTED.set(found)
    try:
        yield found
    finally:
        _COLLECTED.reset(before)


def served_by(headers: Mapping[str, str]) -> str:
    """The version of its API that the platform says it answered by; empty where it says none, or what is none."""
    told = str(headers.get(VERSION_HEADER, "")).strip()
    return told if _VERSION.fullmatch(told) else ""


def noted(phase: Phase, method: str, place: str, body: bytes | str | None) -> Transmission:
    """A request that is about to leave, on the list of whoever collects; one that only reads is on none."""
    plain = body.encode() if isinstance(body, str) else body or b""
    made = Transmission(phase, method, place, hashlib.sha256(plain).hexdigest(), len(plain))
    collected = _COLLECTED.get()
    if collected is not None and not _only_reads(phase, method, plain):
        collected.append(made)
    return made


def _only_reads(phase: Phase, method: str, body: bytes) -> bool:
    is_get = method == "GET" or A_GET_AFTER_ALL in body.split(b"&")
    return is_get and phase in {Phase.READ, Phase.STATUS}
