"""A library that opens a connection of its own, past the session it was given, is stopped before it has looked up the host.

tweepy's handlers sign in by sessions of their own, its API class makes one for itself, instagrapi fetches pictures with bare
`requests.get`. Python tells of every connection before it is opened, whoever opens it (PEP 578, `socket.connect`), and the
stack tells who that is: a library of a platform may be on it only behind the guarded session.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType

from publisher.errors import EgressRefused

LIBRARIES = frozenset({"facebook", "instagrapi", "oauthlib", "requests_oauthlib", "tweepy"})
"""The platforms' libraries, and what they sign by; adapters alone import them."""
WATCHED = frozenset(
    {
        "socket.connect", "socket.getaddrinfo", "socket.gethostbyaddr", "socket.gethostbyname", "socket.sendmsg",
        "socket.sendto",
    }
)  # fmt: skip
"""A question for a host's address leaves the machine too."""

_guards: set[CodeType] = set()


def guarded_by(guard: CodeType) -> None:
    """Tells of a function through which the libraries may reach the network."""
    _guards.add(guard)


def shut() -> None:
    """From now on, for as long as the process lives, no library of a platform opens a connection but through a guard.

    For the program's own processes: whoever loads an adapter into theirs may have other uses for the same libraries.
    """
    sys.addaudithook(_look)


def _look(event: str, _given: object) -> None:
    if event not in WATCHED:
        return
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # who asks for the connection is all that there is to tell
    while frame is not None and frame.f_code not in _guards:
        name = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if name in LIBRARIES:
            raise EgressRefused(f"one-way: {name} is refused a connection of its own")
        frame = frame.f_back
