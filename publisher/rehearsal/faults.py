"""Faults to order: what the real platforms do on a bad day, once or more often, on the next call that fits."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls one call. Made by one of the class methods below.

    `commit`: the platform does what it was asked, whatever it then answers. `status` None: its own answer,
    or none at all where `drop`. `seconds`: how late the answer comes.
    """

    name: str
    commit: bool
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    seconds: float = 0

    @classmethod
    def refuse(cls, status: int, body: Any, headers: Mapping[str, str] | None = None) -> Fault:
        """Not done, and `body` says so: JSON, or plain text if it is a `str`."""
        return cls("refuse", commit=False, status=status, body=body, headers=headers or {})

    @classmethod
    def commit_then_status(cls, status: int = 500, body: Any = None) -> Fault:
        """Done, yet answered as a failure (platforms' "please retry later", which published)."""
        return cls("commit_then_status", commit=True, status=status, body={} if body is None else body)

    @classmethod
    def commit_then_drop(cls) -> Fault:
        """Done, and the connection closed with no answer."""
        return cls("commit_then_drop", commit=True, drop=True)

    @classmethod
    def drop_before(cls) -> Fault:
        """Not done: the connection closed with no answer."""
        return cls("drop_before", commit=False, drop=True)

    @classmethod
    def delay(cls, seconds: float) -> Fault:
        """Done at once, answered `seconds` later: beyond the caller's time-out, or not."""
        return cls("delay", commit=True, seconds=seconds)

    @classmethod
    def html_502(cls, *, commit: bool = False) -> Fault:
        """A proxy's page in place of JSON; whether it was done is not for the caller to know."""
        return cls(
            "html_502", commit=commit, status=502, body=_BAD_GATEWAY, headers={"content-type": "text/html"}
        )


@dataclass(slots=True)
class _Waiting:
    """A fault for the next `times` calls that fit; None for all from now on."""

    method: str
    path: re.Pattern[str]
    fault: Fault
    times: int | None


class Script:
    """The faults that still wait for their call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []

    def add(self, method: str, path: str, fault: Fault, times: int | None) -> None:
        with self._lock:
            self._waiting.append(_Waiting(method.upper(), re.compile(path), fault, times))

    def take(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for waiting in self._waiting:
                if waiting.method == method and waiting.path.search(path):
                    return self._struck(waiting)
        return None

    def _struck(self, waiting: _Waiting) -> Fault:
        if waiting.times is not None:
            waiting.times -= 1
            if waiting.times <= 0:
                self._waiting.remove(waiting)
        return waiting.fault
