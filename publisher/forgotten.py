"""What an older database that was put back has forgotten, as far as it can be told: what people look through, and do again.

What it never heard of it cannot name: it says what to ask for. Only the website's own shelf tells more than it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from publisher.channels import Channel, PublicPage, public_pages
from publisher.consents import Consents
from publisher.editions import Editions
from publisher.errors import PublisherError
from publisher.holds import Holds
from publisher.model import ItemState
from publisher.queue import Queue
from publisher.register import Register, Role
from publisher.risks import Risks
from publisher.tables import OfficerRow

WAITS = (ItemState.CHECKED, ItemState.HELD, ItemState.BLOCKED, ItemState.LATE, ItemState.PART_PUBLISHED)
"""Items that a person can let go, though they may be out by now."""
_OUT = frozenset({ItemState.PUBLISHED, ItemState.PART_PUBLISHED})
_SHOWN = _OUT | {ItemState.RELEASING, ItemState.WITHDRAWING}
"""States in which an item's page may well be on the website."""


@dataclass(frozen=True, slots=True)
class Question:
    """What may have happened since, and the command by which it is done again. `here`: what this database knows of it."""

    about: str
    asks: str
    here: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Stray:
    """A page that the database does not know, or knows otherwise; `state` is its item's here, empty where there is none."""

    channel: str
    page: PublicPage
    state: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Who can act now, what to ask, what waits, which pages do not fit, and which websites could not be looked at."""

    officers: tuple[OfficerRow, ...]
    questions: tuple[Question, ...]
    waiting: tuple[str, ...]
    pages: tuple[Stray, ...]
    unseen: tuple[str, ...]


class Forgotten:
    """Looks at what there is, for whoever looks through what there may have been."""

    def __init__(
        self, queue: Queue, register: Register, editions: Editions, consents: Consents, holds: Holds,
        risks: Risks, channels: Callable[[], Mapping[str, Channel]], today: Callable[[], date],
    ) -> None:  # fmt: skip
        self._queue, self._register, self._editions = queue, register, editions
        self._consents, self._holds, self._risks = consents, holds, risks
        self._channels, self._today = channels, today

    def look(self) -> Lost:
        """All of it. A website that cannot be looked at is named, and stops nothing."""
        waiting = tuple(item.id for item in self._queue.items(WAITS))
        pages, unseen = self.pages()
        return Lost(self._acting(), tuple(self._questions()), waiting, pages, unseen)

    def _acting(self) -> tuple[OfficerRow, ...]:
        today, lines = self._today(), self._register.lines()
        return tuple(line.row for line in lines if any(line.serves_as(role, today) for role in Role))

    def _questions(self) -> Iterator[Question]:
        edition = self._editions.reading(self._today()).current
        consents = sum(row.withdrawn_at is None for row in self._consents.all())
        holds = sum(hold.stands for hold in self._holds.all())
        counts = self._queue.counts()
        out = sum(counts.get(state, 0) for state in _OUT)
        yield Question(
            "officers", "somebody left, was suspended, or got another role; that may be whoever accepted, too",
            "who can act now is listed", "publisher officer suspend LOGIN",
        )  # fmt: skip
        yield Question(
            "editions", "an edition of the policy was adopted", f"in force here: {edition.edition if edition else 'none'}",
            "publisher policy adopt",
        )  # fmt: skip
        yield Question(
            "consents",
            "a consent was taken back",
            f"that count here: {consents}",
            "publisher consent withdraw",
        )
        yield Question(
            "holds", "a hold was placed or lifted", f"that stand here: {holds}", "publisher audit hold"
        )
        risks = [one.channel for one in self._risks.all() if one.row]
        yield Question(
            "risks", "a risk of a channel was accepted or ended", f"accepted here, and closed until that is done again: {_named(risks)}",
            "publisher risk accept CHANNEL --reason TEXT --review DATE",
        )  # fmt: skip
        yield Question(
            "accounts", "another account of a channel was accepted", "`publisher channel list` says which are on record here",
            "publisher channel accept CHANNEL --reason TEXT",
        )  # fmt: skip
        yield Question(
            "concerns", "a concern was raised or closed", "whoever raised one is asked to raise it again",
            "publisher concern raise",
        )  # fmt: skip
        yield Question(
            "withdrawn", "an item was withdrawn", f"out by this database: {out}", "publisher withdraw ID"
        )
        yield Question("erased", "an item was erased", "its words are here again", "publisher audit erase ID")
        wait = "look before anybody lets one go"
        yield Question("waiting", "an item that waits here went out", wait, "publisher show ID")

    def pages(self) -> tuple[tuple[Stray, ...], tuple[str, ...]]:
        """Pages that do not fit the database, by website; and the websites that could not be looked at, each with why."""
        states = {item.id: item.state for item in self._queue.items()}
        found, unseen = list[Stray](), list[str]()
        for name, shown in self._websites(unseen):
            strays = (Stray(name, page, states.get(page.item, "")) for page in shown)
            found += [stray for stray in strays if _does_not_fit(stray)]
        return tuple(found), tuple(unseen)

    def _websites(self, unseen: list[str]) -> Iterator[tuple[str, Sequence[PublicPage]]]:
        try:
            channels = self._channels()
        except PublisherError as error:
            unseen.append(error.message)
            return
        for name, channel in channels.items():
            try:
                yield name, public_pages(channel)
            except PublisherError as error:
                unseen.append(f"{name}: {error.message}")


def _named(channels: Sequence[str]) -> str:
    return ", ".join(channels) or "none"


def _does_not_fit(stray: Stray) -> bool:
    """A withdrawn page of an item that is out by the database; or one that is shown, of an item that is not, or that is none."""
    return stray.state in _OUT if stray.page.withdrawn else stray.state not in _SHOWN
