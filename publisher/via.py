"""By which door whoever acts came in: said once at the door, kept with every event (publisher/record.py)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_VIA: ContextVar[str] = ContextVar("via", default="")


@contextlib.contextmanager
def coming_via(door: str) -> Iterator[None]:
    """Every event that is written inside says by which door its actor came: `socket uid 1001`, `token 3f9a`, `hook website`."""
    before = _VIA.set(door)
    try:
        yield
    finally:
        _VIA.reset(before)


def via() -> str:
    """The door by which whoever acts now came in; empty where none was named."""
    return _VIA.get()
