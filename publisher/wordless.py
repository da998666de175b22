"""Events whose words are gone, held against the events that tell of an erasure: words go by those alone, and by no other hand."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.chain import Fault, Link
from publisher.erased import ERASED
from publisher.overrides import APPROVED


class Wordless:
    """What lost its words, and what explains it."""

    def __init__(self) -> None:
        self.count = 0
        self._gone: list[tuple[int, str | None, str | None, str, str]] = []
        self._whole: dict[str | None, int] = {}
        self._of_item: dict[str | None, int] = {}
        self._of_subject: dict[str, int] = {}
        self._single: dict[str, int] = {}

    def see(self, link: Link, *, is_fault: bool = True) -> None:
        """The next event; not `is_fault` where what was done to it is told anyhow."""
        if link.digest and link.detail is None:
            self.count += 1
            if is_fault:
                self._gone.append((link.id, link.item_id, link.subject, link.action, link.hash))
        if link.action == ERASED:
            self._explain(link)

    def _explain(self, link: Link) -> None:
        """As publisher/disposal.py names what was erased: an item, one event, a reason, a concern."""
        if link.subject is None:
            self._whole[link.item_id] = link.id
            return
        kind, _, name = str(link.subject).partition(" ")
        if kind == "override":
            self._of_item[link.item_id] = link.id
        elif kind == "concern":
            self._of_subject[name] = link.id
        elif kind == "event":
            self._single[name] = link.id

    def faults(self) -> Iterator[Fault]:
        """Events that lost their words though nothing was erased of them."""
        for number, item_id, subject, action, digest in self._gone:
            if self._erased(item_id, subject, action, str(number)) <= number:
                words = "Its words were taken out, and no event tells that they were erased."
                yield Fault("words", number, number, words, f"words gone {number} {digest}")

    def _erased(self, item_id: str | None, subject: str | None, action: str, number: str) -> int:
        """The number of the last event by which its words may be gone."""
        of_item = self._whole.get(item_id, 0) if item_id is not None else 0
        reason = self._of_item.get(item_id, 0) if action == APPROVED and item_id is not None else 0
        of_subject = self._of_subject.get(subject, 0) if subject is not None else 0
        return max(of_item, reason, of_subject, self._single.get(number, 0))
