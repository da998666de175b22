"""References: what officers call an item by, and what its link carries, so that our own post is known again."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from publisher.model import digest_of

ALPHABET = "bdhjmqrtwxz"
"""Letters of which no word can be made, plain or in disguise: the gate reads links too, and must find nothing in ours."""
LENGTH = 8
"""11^8 references: two hundred million, so that one in use is seldom drawn; another is drawn then."""


def free(is_taken: Callable[[str], bool]) -> str:
    """A reference that no item has, drawn by chance."""
    while is_taken(drawn := "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))):
        continue
    return drawn


def sample(content: Any) -> str:
    """Stands for the reference that a queued item gets: the same content (as JSON), the same letters."""
    number = int(digest_of(content), 16)
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH))
