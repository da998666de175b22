"""The doctor: is everything as it must be, and if not, what is to be done? For whoever looks after the server.

Each check is a small function that looks and says; none changes anything. One that breaks is told like what it found.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from publisher.doctor import machine, people, record, rules
from publisher.doctor.check import Check, Health, wrong
from publisher.errors import PublisherError

if TYPE_CHECKING:
    from publisher.app import App

__all__ = ["Check", "Health", "examine", "unreadable"]

log = logging.getLogger("publisher.doctor")

Look = Callable[["App"], Iterable[Check]]

OF_THE_MACHINE: tuple[tuple[str, Look], ...] = (
    ("configuration", machine.configuration),
    ("secrets", machine.secrets),
    ("permissions", machine.permissions),
    ("disk", machine.disk),
)
"""What is looked at first, by the name under which it is told."""

BESIDE_THE_QUEUE: tuple[tuple[str, Look], ...] = (
    ("rules", rules.readable),
    ("websites", rules.sites),
    ("daemon", machine.daemon),
)
"""What can be looked at whether the queue opens or not."""

OF_THE_QUEUE: tuple[tuple[str, Look], ...] = (
    ("officers", people.officers),
    ("prerequisites", people.prerequisites),
    ("sources", people.sources),
    ("accounts", people.accounts),
    ("terms of use", rules.terms),
    ("consents", people.consents),
    ("record", record.whole),
)
"""What is asked of the queue: left out where it does not open, which is told by itself."""


def examine(app: App) -> list[Check]:
    """All checks, in the order in which they are told."""
    found = [check for name, look in OF_THE_MACHINE for check in _looked(app, name, look)]
    opened = list(_looked(app, "queue", machine.queue))
    opens = all(check.standing is Health.GOOD for check in opened)
    rest = (*BESIDE_THE_QUEUE, *(OF_THE_QUEUE if opens else ()))
    return [*found, *opened, *(check for name, look in rest for check in _looked(app, name, look))]


def unreadable(error: PublisherError) -> Check:
    """What is told where config.toml cannot be read, and so nothing else can be looked at."""
    return Check("configuration", Health.WRONG, error.message, error.way_out)


def _looked(app: App, name: str, look: Look) -> Iterator[Check]:
    try:
        yield from look(app)
    except PublisherError as error:
        yield wrong(name, error.message, error.way_out)
    except Exception as error:
        log.exception("the check of %s broke", name)
        yield wrong(name, f"this could not be looked at ({type(error).__name__})", "The log says more.")
