"""The record: whether it is whole, by everything that is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from publisher.doctor.check import Check, good, wrong
from publisher.verifying import WAY_OUT

if TYPE_CHECKING:
    from publisher.app import App


def whole(app: App) -> Iterator[Check]:
    """The chain, its end in the file beside the database, its checkpoints, and the rows that it tells of."""
    report = app.verifier.verify()
    if report.whole:
        yield good("record", f"it is whole; events: {report.events}, checkpoints: {report.checkpoints}")
        return
    more = f" (and {len(report.faults) - 1} more)" if len(report.faults) > 1 else ""
    yield wrong("record", f"it is not whole{more}: {report.faults[0].words}", WAY_OUT)
