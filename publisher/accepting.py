"""A director accepts the record as it is: after a backup was put back, or once it is known why it does not fit.

What was found is written into the record with the reason, so that it is told for ever; what is done to it afterwards is
found as before. Only then is anything released again. Where it may be an older database, what it may have forgotten does
no harm (publisher/precautions.py), and people are told what to look through (publisher/forgotten.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from publisher import ends
from publisher.acceptances import ACCEPTED
from publisher.ends import EndFile
from publisher.errors import NotDesignated, Refused
from publisher.freetext import demand_reason
from publisher.moves import Transaction
from publisher.precautions import Precautions
from publisher.queue import Queue
from publisher.record import NOTHING, End, append, end
from publisher.refusals import recorded
from publisher.register import Register
from publisher.schema import HIDING
from publisher.tables import TokenRow
from publisher.verifying import Report, Verifier

FORGETFUL = frozenset({"end", "checkpoint"})
"""The kinds of fault by which the database may be an older one."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What was accepted: the end that was known, the one that counts from now on, and what had been found.

    `older`: it may be an older database. Then `held` is what waited, `revoked` the tokens that counted, and `since` the
    moment up to which it knows what happened.
    """

    before: str
    after: str
    report: Report
    older: bool = False
    held: tuple[str, ...] = ()
    revoked: tuple[TokenRow, ...] = ()
    since: datetime | None = None


class Accepting:
    """What lets a record count again."""

    def __init__(
        self, queue: Queue, end_file: EndFile, verifier: Verifier, register: Register, precautions: Precautions,
        now: Callable[[], datetime], today: Callable[[], date],
    ) -> None:  # fmt: skip
        self._queue, self._end_file, self._verifier = queue, end_file, verifier
        self._register, self._precautions = register, precautions
        self._now, self._today = now, today

    def accept(self, *, officer: str, reason: str) -> Acceptance:
        """Writes down what was found and re-anchors the record. Raises NotDesignated, InputError, Refused (it is whole)."""
        now = self._now()
        with recorded(self._queue, now, officer, "accept the record"):
            self._demand_director(officer)
            why, report = demand_reason(reason), self._verifier.verify()
            if report.whole:
                raise Refused("the record is whole: there is nothing to accept")
            if hiding := next((fault for fault in report.faults if fault.kind == HIDING), None):
                raise Refused(f"this cannot be accepted: {hiding.words}")
            done = self._accept(officer, why, report)
        if self._verifier.found:  # a daemon in this process need not wait for its next look
            self._verifier.whole_problem()
        return done

    def _demand_director(self, officer: str) -> None:
        """Being one is enough, papers or none (clause 5c): an edition that a hand changed would close the record for good."""
        if not self._register.is_director(officer, today=self._today()):
            raise NotDesignated(
                f"{officer} is not a director: only a director accepts the record",
                way_out="Ask the Director of Resources, or name who you are with --as LOGIN.",
            )

    def _accept(self, officer: str, why: str, report: Report) -> Acceptance:
        """Accepts what was looked at, and nothing that came after it: all of it, or, whatever dies, none. Raises Refused."""
        with self._queue.writing() as connection:
            here, known = end(connection), self._known()
            if here != report.end:
                raise Refused("the record went on while it was looked at", way_out="Run it again.")
            done = Acceptance(known, str(here), report)
            words: dict[str, Any] = {"reason": why, "found": [fault.mark for fault in report.faults]}
            if any(fault.kind in FORGETFUL for fault in report.faults):
                since = ends.knows_until(connection, self._end_file.written())
                revoked = self._precautions.revoke(connection, officer)
                words["older"] = {"since": _stamp(since), "revoked": len(revoked)}
                done = replace(done, older=True, since=since, revoked=revoked)
            self._write(connection, officer, (done.before, done.after), words)
            if done.older:
                done = replace(done, held=self._precautions.hold(connection, officer))
            self._end_file.anchor(end(connection))
        return done

    def _write(
        self, connection: Transaction, officer: str, move: tuple[str, str], words: dict[str, Any]
    ) -> None:
        proof = self._verifier.proof(end(connection), officer, move, words)
        append(connection, self._now(), officer, ACCEPTED, subject=proof, move=move, detail=words)

    def _known(self) -> str:
        try:
            with self._end_file.still() as kept:
                return "none" if kept is None else _named(kept.certain)
        except ValueError:
            return "none that can be trusted"


def _stamp(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _named(known: End) -> str:
    return "nothing" if known == NOTHING else str(known)
