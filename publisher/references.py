"""References: what officers call an item by, and what its link carries, so that our own post is known again."""

from __future__ import annotations

import secrets
from typing import Any

from publisher.model import digest_of

ALPHABET = "bdhjmqrtwxz"
"""Letters of which no word can be made, plain or in disguise: the gate reads links too, and must find nothing in ours."""
LENGTH = 8
"""11^8 references: two hundred million, so that one in use is seldom drawn again; the desk draws anew then."""


def new() -> str:
    """A reference, drawn by chance: it may be in use."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def sample(content: Any) -> str:
    """Stands for the reference that a queued item gets: the same content (as JSON), the same letters."""
    number = int(digest_of(content), 16)
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH))
