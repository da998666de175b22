"""The doctor: is everything as it must be, and if not, what is to be done? For whoever looks after the server.

Each check is a small function that looks and says; none changes anything. One that breaks is told like what it found.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.doctor import (
    accepted,
    account,
    channels,
    client,
    machine,
    people,
    record,
    risks,
    rules,
    service,
    website,
)
from publisher.doctor.check import Check, wrong
from publisher.errors import InputError, PublisherError
from publisher.health import Standing
from publisher.paths import PACKAGE

if TYPE_CHECKING:
    from publisher.app import App

__all__ = ["Check", "elsewhere", "examine"]

Look = Callable[["App"], Iterable[Check]]

OF_THE_MACHINE: tuple[tuple[str, Look], ...] = (
    ("configuration", machine.configuration),
    ("account", account.account),
    ("secrets", machine.secrets),
    ("permissions", machine.permissions),
    ("tokens", machine.tokens),
    ("disk", machine.disk),
    ("website", website.website),
    ("pictures", website.pictures),
)
"""What is looked at first, by the name under which it is told."""

BESIDE_THE_QUEUE: tuple[tuple[str, Look], ...] = (
    ("rules", rules.readable),
    ("websites", rules.sites),
    ("daemon", service.daemon),
    ("socket", service.socket),
    ("server", lambda app: client.beside(str(app.config.file))),
)
"""What can be looked at whether the queue opens or not."""

OF_THE_QUEUE: tuple[tuple[str, Look], ...] = (
    ("officers", people.officers),
    ("concerns", people.concerns),
    ("prerequisites", people.prerequisites),
    ("sources", people.sources),
    ("accounts", people.accounts),
    ("channels", channels.channels),
    ("terms of use", rules.terms),
    ("risks", risks.risks),
    ("consents", people.consents),
    ("website", website.pages),
    ("clock", record.clock),
    ("record", record.whole),
    ("older database", accepted.older),
    ("checkpoints", record.checkpoints),
    ("retention", record.retention),
)
"""What is asked of the queue: left out where it does not open, which is told by itself."""

FOR_VISITORS: tuple[tuple[str, Look], ...] = (
    ("configuration", machine.configuration),
    ("account", account.account),
    ("daemon", service.daemon),
    ("socket", service.socket),
    ("you", service.caller),
    ("channels", channels.by_socket),
)
"""What an officer of this machine can look at, who may open none of the daemon's files."""


def examine(app: App, *, offline: bool = False) -> list[Check]:
    """All checks, in the order in which they are told; `offline`: no platform is asked."""
    if account.visits(app):
        return [*_all(app, FOR_VISITORS)]
    found, opened = [*_all(app, OF_THE_MACHINE)], [*_looked("queue", partial(machine.queue, app))]
    opens = all(check.standing is Standing.GOOD for check in opened)
    rest = (*BESIDE_THE_QUEUE, *(OF_THE_QUEUE if opens else ()))
    if offline:
        rest = tuple((name, channels.offline if look is channels.channels else look) for name, look in rest)
    return [*found, *opened, *_all(app, rest)]


def elsewhere(given: str | None, error: InputError) -> list[Check]:
    """What is told where config.toml holds no council that can be looked at: of the server that is asked, if one is named.

    `error` says why; on an officer's own machine it is no fault, for there only [client] is needed.
    """
    unreadable = [Check("configuration", Standing.WRONG, error.message, error.way_out)]
    if not client.names_server(given):
        return unreadable
    needs_no_more = error.field in {"", "channels"}  # there is no config.toml, or it holds no channel
    return [*([] if needs_no_more else unreadable), *_looked("server", partial(client.examine, given))]


def _all(app: App, looks: Iterable[tuple[str, Look]]) -> Iterator[Check]:
    return (check for name, look in looks for check in _looked(name, partial(look, app)))


def _looked(name: str, look: Callable[[], Iterable[Check]]) -> Iterator[Check]:
    """What breaks is told by where in the program it broke: no words of it, which may be somebody's."""
    try:
        yield from look()
    except PublisherError as error:
        yield wrong(name, error.message, error.way_out)
    except OSError as error:
        words = f"{error.filename or 'a file of it'} cannot be looked at: {error.strerror or type(error).__name__}"
        yield wrong(name, words, "Check who may read there, and the disk.")
    except Exception as error:  # noqa: BLE001  # one that breaks keeps none of the others
        words = f"this could not be looked at ({type(error).__name__} at {_place(error)})"
        yield wrong(name, words, "Send this line to whoever looks after the program.")


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
