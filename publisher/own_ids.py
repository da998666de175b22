"""The ids that an adapter knows for its account's own, by which the checks of its calls go: so many, and no more.

A daemon runs for months. What an adapter still needs it names again from what is stored, each time that it goes on with a post;
the oldest are therefore forgotten. A forgotten id is refused until it is named again: the checks get no weaker by it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator

MOST_IDS = 10_000
"""Far more than an account has in the making at a time: the daemon's 64 items (daemon.WORKERS), with ten pictures each."""


class OwnIds(Collection[str]):
    """A set that forgets its oldest. Several threads may use it at a time."""

    def __init__(self, most: int = MOST_IDS) -> None:
        self._most, self._ids, self._changing = most, dict[str, None](), threading.Lock()

    def add(self, one: str) -> None:
        """Makes it the newest."""
        self.update((one,))

    def update(self, ids: Iterable[str]) -> None:
        """Makes them the newest, in their order."""
        with self._changing:
            for one in ids:
                self._ids.pop(one, None)
                self._ids[one] = None
            while len(self._ids) > self._most:
                del self._ids[next(iter(self._ids))]

    def has_all(self, ids: Iterable[object]) -> bool:
        """True where each of them is known."""
        return all(one in self._ids for one in ids)

    def __contains__(self, one: object) -> bool:
        return one in self._ids

    def __iter__(self) -> Iterator[str]:
        with self._changing:
            return iter(tuple(self._ids))

    def __len__(self) -> int:
        return len(self._ids)
