"""A text of an item as its rules read it: what is costly to find in it is found once, for all rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from publisher import lengths
from publisher.policy.evasions import Evasions, masked, squeezed
from publisher.policy.expressions import NOT_ASCII, Readable
from publisher.policy.folding import View, fold
from publisher.policy.lazy import cached_property
from publisher.policy.scanner import Scanner

Found = TypeVar("Found")


class Reading:
    """A text as rules read it. What is costly to find in it is found once, for all rules and all who hold this text."""

    def __init__(self, value: str, scan: Scan | None = None) -> None:
        self.value, self._scan = value, scan
        self._found: dict[object, Any] = {}

    def once(self, key: object, find: Callable[[Reading], Found]) -> Found:
        """What `find` finds, under a key that says what it is: found once for all who hold this text."""
        if key not in self._found:
            self._found[key] = find(self)
        found: Found = self._found[key]
        return found

    @cached_property
    def lower(self) -> str:
        """The text in lower case with plain quotation marks and spaces, at the same positions."""
        small = self.value.lower()
        if len(small) != len(self.value):
            small = "".join(c.lower() if len(c.lower()) == 1 else c for c in self.value)
        return small if small.isascii() else _plain(small)

    @cached_property
    def written(self) -> View:
        """`lower`, as one of the views."""
        return View(self.lower, range(len(self.lower)))

    @property
    def plain(self) -> Readable:
        """`lower`, as patterns read it."""
        return self.written.readable

    @cached_property
    def strange(self) -> str:
        """Each of its characters that are not in ASCII, once: most texts have few, so they are soon looked through."""
        return "" if self.value.isascii() else "".join(frozenset(NOT_ASCII.findall(self.value)))

    @cached_property
    def folded(self) -> View:
        """The text without what evasions add: hidden characters, look-alike letters, accents."""
        return fold(self.value)

    @cached_property
    def seen(self) -> Readable:
        """`folded`, as patterns read it."""
        return self.plain if self.value.isascii() else self.folded.readable

    @cached_property
    def evasions(self) -> Evasions:
        """The words that a reader sees through digits, marks, gaps and tags."""
        return Evasions(self.value, self.folded)

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The text as it is written, and as a reader sees through its disguises where it has any."""
        return self.written, *self.evasions.views

    @cached_property
    def links(self) -> list[lengths.Link]:
        """The links in the text."""
        return lengths.links(self.value)

    def likely(self, phrases: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the phrases that may be in the text, in any view: the others have been looked for."""
        return phrases if self._scan is None else self._scan.likely(phrases, self)


class Scan:
    """All readings of an item, looked through together for what all rules look for, once and when it is first asked."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._readings: dict[str, Reading] = {}

    def reading(self, value: str) -> Reading:
        """The reading of a text: the same for all who hold this text."""
        if value not in self._readings:
            self._readings[value] = Reading(value, self)
        return self._readings[value]

    def likely(self, phrases: tuple[str, ...], reading: Reading) -> tuple[str, ...]:
        """See Reading."""
        present = self.present.get(phrases)
        if present is None:
            return () if phrases in self._scanner.known else phrases
        return tuple([phrase for phrase in present if reading.value in self._holders[phrase]])

    @cached_property
    def squeezed(self) -> Readable:
        """All texts, squeezed (evasions.py): one look at them tells of most terms that they are in none."""
        return Readable(squeezed(dict.fromkeys(reading.evasions.text for reading in self._readings.values())))

    @cached_property
    def masked(self) -> frozenset[str]:
        """The masked words of all texts. Each line is looked at once: the posts of an item say the same."""
        texts = (reading.evasions.text for reading in self._readings.values())
        lines = dict.fromkeys(line for text in texts for line in text.split("\n"))
        return frozenset(each.text for each in masked("\n".join(lines)))

    @cached_property
    def present(self) -> Mapping[tuple[str, ...], Sequence[str]]:
        """The lists of which phrases may be in a text, each with those, in its order."""
        lists = {phrases for phrase in self._holders for phrases in self._scanner.lists_of[phrase]}
        return {phrases: [phrase for phrase in phrases if phrase in self._holders] for phrases in lists}

    @cached_property
    def _holders(self) -> Mapping[str, Collection[str]]:
        """Of each phrase, the texts that may hold it, in any view."""
        owners: dict[str, list[str]] = {}
        for value, reading in self._readings.items():
            for text in {view.text for view in (reading.folded, *reading.views)}:
                owners.setdefault(text, []).append(value)
        by_number = list(owners.values())
        found = self._scanner.holders(list(owners))
        return {
            phrase: frozenset(value for number in numbers for value in by_number[number])
            for phrase, numbers in found.items()
        }


def _plain(text: str) -> str:
    """With plain quotation marks, spaces and hyphens. One mark after the other: `translate` takes ten times as long."""
    for mark, plain in _PLAIN.items():
        text = text.replace(mark, plain)
    return text


_PLAIN = {"\u2019": "'", "\u2018": "'", "\u00a0": " ", "\u201c": '"', "\u201d": '"', "\u2011": "-"}
