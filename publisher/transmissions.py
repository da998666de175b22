"""What left for a platform, request by request, as digests: so that the record can say exactly which bytes were sent.

Requests that only read are not kept: nothing of an item is in them. Pure, but for the list of whoever is collecting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from publisher.model import Phase

_COLLECTED: ContextVar[list[Transmission] | None] = ContextVar("transmissions", default=None)


@dataclass(slots=True)
class Transmission:
    """One request that an adapter made: for what, where to (host and path, never a query), and the sha256 (hex) of its body.

    `size` is the body's, in bytes. `status` and the digest of the answer are what came back, None and empty where nothing did.
    """

    phase: Phase
    method: str
    place: str
    body: str
    size: int
    status: int | None = None
    answer: str = ""

    def answered(self, status: int, body: bytes) -> None:
        """Notes what came back."""
        self.status, self.answer = status, hashlib.sha256(body).hexdigest()

    def detail(self) -> dict[str, Any]:
        """What the record keeps beside the digest of the bytes."""
        told = {"phase": self.phase.value, "bytes": self.size, "status": self.status, "answer": self.answer}
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


def noted(phase: Phase, method: str, place: str, body: bytes | str | None) -> Transmission:
    """A request that is about to leave, on the list of whoever collects; one that only reads is on none."""
    plain = body.encode() if isinstance(body, str) else body or b""
    made = Transmission(phase, method, place, hashlib.sha256(plain).hexdigest(), len(plain))
    collected = _COLLECTED.get()
    if collected is not None and phase not in {Phase.READ, Phase.STATUS}:
        collected.append(made)
    return made
