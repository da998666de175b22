"""What bears witness of the record outside its chain: signed checkpoints, and what somebody kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from publisher.acceptances import Acceptances
from publisher.chain import Fault
from publisher.checkpoints import Checkpoint, Checkpoints
from publisher.record import End


@dataclass(frozen=True, slots=True)
class Against:
    """What somebody kept elsewhere: checkpoints, and hashes of events by number."""

    checkpoints: Sequence[Checkpoint] = ()
    hashes: Mapping[int, str] = field(default_factory=dict)


class Witnesses:
    """The checkpoints of the database, of the file, and what somebody kept elsewhere."""

    def __init__(self, against: Against, checkpoints: Checkpoints) -> None:
        self._against, self._key = against, checkpoints.key
        filed = list(checkpoints.filed())
        broken = sum(isinstance(line, str) for line in filed)
        self._filed = [one for one in filed if isinstance(one, Checkpoint)]
        self._stored = checkpoints.stored()
        self._own = {*self._filed, *self._stored}
        self.notes = list(self._notes(broken, checkpoints))

    def _notes(self, broken: int, checkpoints: Checkpoints) -> Iterator[str]:
        if self._stored and not self._filed:
            yield f"There is no file of checkpoints at {checkpoints.file}."
        if broken:
            yield f"Lines of {checkpoints.file} that are no checkpoints: {broken}."

    @property
    def numbers(self) -> frozenset[int]:
        """The events whose hash must be known."""
        return frozenset({one.event for one in self._all()} | self._against.hashes.keys())

    def _all(self) -> list[Checkpoint]:
        return list(dict.fromkeys([*self._stored, *self._filed, *self._against.checkpoints]))

    def fitting(self, hashes: Mapping[int, str]) -> int:
        """How many of those of the database and of the file the record fits."""
        return sum(hashes.get(one.event) == one.hash for one in self._own)

    def faults(self, hashes: Mapping[int, str], last: End, accepted: Acceptances) -> Iterator[Fault]:
        """Those that do not hold, or that the record does not fit.

        What somebody handed in is told whatever a director accepted: they ask so as not to rest on this database's word.
        """
        for one in self._all():
            if words := self._wrong(one, hashes, last, accepted):
                yield from self._told(one, words)
        stored = {one.event for one in self._stored}
        fitting = {one.event for one in self._filed if hashes.get(one.event) == one.hash}
        for number in sorted(fitting - stored):
            words = "A checkpoint of it is in the file, and was taken out of the database."
            mark = f"checkpoint lost {number} {hashes[number]}"
            yield Fault("checkpoint", number, number, words, mark)
        for number, digest in sorted(self._against.hashes.items()):
            if hashes.get(number) != digest:
                words = _kept_words(number, hashes, last)
                yield Fault("kept", number, number, words, "")

    def _told(self, one: Checkpoint, words: str) -> Iterator[Fault]:
        """Once as this record's own, and once as what was handed in, which nobody can accept."""
        if one in self._own:
            mark = f"checkpoint {one.event} {one.hash} {one.at} {one.key} {one.signature}"
            yield Fault("checkpoint", one.event, one.event, words, mark)
        if one in self._against.checkpoints:
            yield Fault("checkpoint", one.event, one.event, words, "")

    def _wrong(self, one: Checkpoint, hashes: Mapping[int, str], last: End, accepted: Acceptances) -> str:
        if one.key != self._key:
            return "A checkpoint of it is signed by another key than this record's."
        if not one.is_signed():
            return "A checkpoint of it has a signature that does not hold."
        if hashes.get(one.event) == one.hash:
            return ""
        if lost := accepted.after(one.event, one.at):
            return (
                f"A checkpoint was signed at event {one.event} of a record that was lost: with event {lost.number} "
                f"{lost.actor} accepted an older one, which ended at event {lost.ended}."
            )
        if one.event > last.id:
            return f"A checkpoint was signed at event {one.event}, but the record ends at {last.id}: it was cut, or is older."
        return "It, or one before it, was changed after a checkpoint was signed there."


def _kept_words(number: int, hashes: Mapping[int, str], last: End) -> str:
    if number in hashes:
        return "It is another than the one that was kept elsewhere."
    if number > last.id:
        return f"It was kept elsewhere, but the record ends at {last.id}: it was cut, or is older."
    return "It was kept elsewhere, and is missing here."
