"""Every verdict with all that it was made from, and every version of the policy: so that each can be repeated and shown."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import String, cast, select, type_coerce

from publisher import erased
from publisher import item as items
from publisher.chain import moment_text
from publisher.clearance import Seal
from publisher.errors import ConfigError, InputError, PublisherError
from publisher.item import Item
from publisher.model import Post, Severity, Verdict, digest_of
from publisher.moves import Transaction
from publisher.policy import Context, Gate, snapshot
from publisher.policy.compare import Case
from publisher.policy.gate import ENGINE
from publisher.queue import Queue
from publisher.reader import Reader
from publisher.sealed import Kind, Sealed
from publisher.stored_row import UNREADABLE
from publisher.tables import ItemRow, OverrideRow, PolicyRow, VerdictRow

log = logging.getLogger("publisher.verdicts")

_verdicts, _policies = VerdictRow.__table__, PolicyRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
_items, _overrides = ItemRow.__table__, OverrideRow.__table__  # type: ignore[attr-defined]  # as above


_DAMAGED = (PublisherError, *UNREADABLE)
"""What judging again raises by what a hand wrote."""
JUDGED, KEPT = "judged", "rules kept"
"""The actions of the events that the gate was asked about an item, and that it had rules that were not kept yet."""


def _wiped(row: VerdictRow) -> Mapping[str, Any]:
    """The outcome, the findings' rules and the digest stay."""
    return {"input": {}, "findings": erased.findings(row.findings)}


VERDICT = Kind(
    VerdictRow, "verdict", ("id",), (JUDGED,), "Verdict {}", prefix="verdict ", wiped=_wiped, with_item=True, began="at",
    numbered=True,
)  # fmt: skip
POLICY = Kind(
    PolicyRow, "policy", ("version",), (KEPT,), "The rule book {}", prefix="policy ", began="first_seen"
)


class Stage(StrEnum):
    """At which step an item was judged."""

    HANDED_IN = "handed in"
    APPROVED = "approved"
    RESCHEDULED = "rescheduled"
    RETRIED = "retried"
    RECALLED = "recalled"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with all that it was made from."""

    gate: Gate
    item: Item
    posts: tuple[Post, ...]
    context: Context
    verdict: Verdict

    def input(self) -> dict[str, Any]:
        """What the gate was given, as plain JSON values."""
        return {
            "item": self.item.to_json(),
            "posts": [post.to_json() for post in self.posts],
            "context": snapshot.context_to_json(self.context),
        }


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A version of the policy that a verdict was given under."""

    version: str
    engine: str
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """What repeating a stored verdict gave. `same` is None where another engine or reader made it; `note` says why.

    `stage` and `at` are None where they cannot be read.
    """

    item_id: str
    stage: Stage | None
    at: datetime | None
    same: bool | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class HitRate:
    """How often a rule asked for something, and how often officers let it go all the same."""

    rule: str
    findings: int
    overridden: int

    @property
    def rate(self) -> float:
        """The share of its findings that were overridden."""
        return self.overridden / self.findings if self.findings else 0.0


@dataclass(frozen=True, slots=True)
class _NoGate:
    """Why the rules of a version cannot be used here; `same` as in Replayed."""

    note: str
    same: bool | None


class Verdicts:
    """The verdicts in the queue's database."""

    def __init__(
        self, queue: Queue, seal: Seal, reader: Callable[[], Reader | None], now: Callable[[], datetime]
    ) -> None:
        """`reader` opens the second reader that is here, if any is: the rules of today are not needed for old verdicts."""
        self._queue, self._reader, self._now = queue, reader, now
        self._rows, self._books = Sealed(VERDICT, seal), Sealed(POLICY, seal)

    def keep(
        self, connection: Transaction, item_id: str, stage: Stage, judged: Judged, *, actor: str
    ) -> None:
        """Stores a verdict; one that is the same as the last one of its stage, from the same input, is kept once."""
        now = self._now()
        self._keep_policy(connection, judged.gate, now, actor)
        row = VerdictRow(
            item_id=item_id, at=now, stage=stage.value, policy=judged.verdict.policy, digest=judged.verdict.digest,
            outcome=judged.verdict.outcome.value, input=judged.input(),
            findings=[finding.to_json() for finding in judged.verdict.findings],
        )  # fmt: skip
        if not _is_repeated(connection, row):
            self._rows.store(connection, row, now, actor, JUDGED, item_id=item_id)

    def _keep_policy(self, connection: Transaction, gate: Gate, now: datetime, actor: str) -> None:
        known = select(_policies.c.version).where(_policies.c.version == gate.version)
        if connection.execute(known).first() is None:
            book = PolicyRow(
                version=gate.version, engine=ENGINE, snapshot=snapshot.to_json(gate), first_seen=now
            )
            self._books.store(connection, book, now, actor, KEPT)

    def policies(self) -> list[StoredPolicy]:
        """Every version that a verdict was given under, the oldest first. What is damaged is left out: verifying tells it."""
        columns = (_policies.c.version, _policies.c.engine, type_coerce(_policies.c.first_seen, String))
        with self._queue.reading() as connection:
            rows = connection.execute(
                select(*columns).order_by(_policies.c.first_seen, _policies.c.version)
            ).all()
        read = ((str(version), str(engine), moment_text(seen)) for version, engine, seen in rows)
        return [
            StoredPolicy(version, engine, datetime.fromisoformat(seen))
            for version, engine, seen in read
            if _is_moment(seen)
        ]

    def gate_of(self, version: str) -> Gate:
        """The gate with the rules of a stored version. Raises InputError: none, damaged, or its reader cannot be had."""
        with self._queue.reading() as connection:
            query = select(type_coerce(_policies.c.snapshot, String)).where(_policies.c.version == version)
            lies = connection.execute(query).scalar()
        if lies is None:
            raise InputError(
                f"no verdict was given under policy {version!r}", way_out="`publisher policy replay` shows the versions."
            )  # fmt: skip
        try:
            stored = json.loads(lies)
            return snapshot.from_json(stored, self._reader() if stored["reader"] is not None else None)
        except UNREADABLE as error:
            raise InputError(
                f"what is stored of policy {version} is damaged ({type(error).__name__})"
            ) from error

    def replay(self) -> Iterator[Replayed]:
        """Repeats every stored verdict with its own rules, input and day, and compares outcome and digest.

        What is damaged, or was taken away, is told like what is not the same.
        """
        gates: dict[str, Gate | _NoGate] = {}
        told: set[str] = set()
        for number, item_id in self._numbers():
            repeated = self._repeated(number, item_id, gates)
            told |= set() if repeated.same else {item_id}
            yield repeated
        yield from (missing for missing in self._missing() if missing.item_id not in told)

    def _repeated(self, number: int, item_id: str, gates: dict[str, Gate | _NoGate]) -> Replayed:
        try:
            row, engine = self._row(number)
            stage = Stage(row.stage)
        except _DAMAGED as error:
            note = f"what is stored of it is damaged ({type(error).__name__})"
            return Replayed(item_id, None, None, same=False, note=note)
        if not row.input and self._is_erased(number, item_id):
            return Replayed(item_id, stage, row.at, same=None, note="its words were erased")
        if row.policy not in gates:
            gates[row.policy] = self._gate_or_why_not(row.policy, engine)
        return _replayed(row, stage, gates[row.policy])

    def _is_erased(self, number: int, item_id: str) -> bool:
        """True where the record tells that its words, or its item's, were taken out: not by a hand in the database."""
        subjects = {
            event.subject
            for event in self._queue.events(item_id, listed=True)
            if event.action == erased.ERASED
        }
        return bool(subjects & {None, f"verdict {number}"})

    def _missing(self) -> Iterator[Replayed]:
        """The items whose own verdict, which their seal covers, is not among those kept."""
        with self._queue.reading() as connection:
            kept = {tuple(row) for row in connection.execute(select(_verdicts.c.item_id, _verdicts.c.digest))}
            items_ = connection.execute(select(_items.c.id, type_coerce(_items.c.verdict, String))).all()
        judged = {item_id for item_id, _ in kept}
        for item_id, verdict in items_:
            if item_id not in judged:
                note = "none of its verdicts is kept: an older program judged it, or a hand took them away"
                yield Replayed(item_id, None, None, same=None, note=note)
            elif (item_id, _digest_in(verdict)) not in kept:
                yield Replayed(
                    item_id, None, None, same=False, note="the verdict that it stands by is not kept"
                )

    def _gate_or_why_not(self, version: str, engine: str | None) -> Gate | _NoGate:
        if engine is None:
            return _NoGate(f"policy {version} is no longer stored", same=False)
        if engine != ENGINE:
            return _NoGate(f"made by engine {engine}; this program has engine {ENGINE}", same=None)
        try:
            gate = self.gate_of(version)
        except (snapshot.OtherReader, ConfigError) as error:  # its second reader is not here, or damaged
            return _NoGate(error.message, same=None)
        except InputError as error:
            return _NoGate(error.message, same=False)
        changed = _NoGate(f"what is stored of policy {version} was changed", same=False)
        return gate if gate.version == version else changed

    def _numbers(self) -> list[tuple[int, str]]:
        """Every verdict's number and item, in the order in which they were given."""
        query = select(_verdicts.c.id, _verdicts.c.item_id).order_by(_verdicts.c.id)
        with self._queue.reading() as connection:
            return [(number, str(item_id)) for number, item_id in connection.execute(query)]

    def _row(self, number: int) -> tuple[VerdictRow, str | None]:
        """A verdict with the engine that made it; None where its policy is not there. One by one: a damaged one alone fails."""
        query = select(_verdicts, _policies.c.engine).outerjoin(_policies).where(_verdicts.c.id == number)
        with self._queue.reading() as connection:
            values = dict(connection.execute(query).one()._mapping)
        return VerdictRow(**{name: values[name] for name in VerdictRow.model_fields}), values["engine"]

    def cases(self) -> Iterator[Case]:
        """Every item as it was last judged, to be judged by other rules. What is damaged is left out: `replay` tells it."""
        newest = {item_id: number for number, item_id in self._numbers()}
        for item_id, number in newest.items():
            try:
                if given := self._row(number)[0].input:  # empty: its words were erased
                    yield Case(item_id, *_given(given))
            except _DAMAGED as error:
                log.warning("What was judged of %s is damaged: %s", item_id, type(error).__name__)

    def finding(self, finding_id: str) -> tuple[ItemRow, VerdictRow, Mapping[str, Any]] | None:
        """The newest verdict with this finding, its item, and the finding; None where there is none."""
        if not (finding_id.isascii() and finding_id.isalnum()):
            return None
        holds = cast(_verdicts.c.findings, String).contains(f'"{finding_id}"')
        with self._queue.reading() as connection:
            numbers = connection.execute(select(_verdicts.c.id).where(holds).order_by(_verdicts.c.id.desc()))
            found = list(numbers.scalars())
        for number in found:
            try:
                verdict = self._row(number)[0]
                named = [one for one in verdict.findings if one["id"] == finding_id]
                if named:
                    return self._queue.item(verdict.item_id), verdict, named[0]
            except _DAMAGED as error:
                log.warning("Verdict %s is damaged: %s", number, type(error).__name__)
        return None

    def hit_rates(self) -> list[HitRate]:
        """For each rule its findings above advice, each counted once an item, and those overridden; the most first."""
        found: set[tuple[str, str, str]] = set()
        with self._queue.reading() as connection:
            stored = type_coerce(_verdicts.c.findings, String)
            for item_id, lies in connection.execute(select(_verdicts.c.item_id, stored)):
                found |= {
                    (item_id, one["rule"], one["id"])
                    for one in read_findings(lies)
                    if one["severity"] != Severity.ADVISE
                }
            columns = (_overrides.c.item_id, _overrides.c.rule, _overrides.c.finding)
            counted = select(*columns).where(_overrides.c.revoked_at.is_(None))
            let_go = {tuple(row) for row in connection.execute(counted)}
        asked, overridden = (
            Counter(rule for _, rule, _ in found),
            Counter(rule for _, rule, _ in found & let_go),
        )
        return [
            HitRate(rule, count, overridden[rule]) for rule, count in sorted(asked.items(), key=_most_first)
        ]


_NAMED = ("id", "rule", "severity")
"""What every finding has."""


def _most_first(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


def _is_repeated(connection: Transaction, row: VerdictRow) -> bool:
    """The release looks several times within a second; an unchanged answer says nothing new."""
    columns = (_verdicts.c.policy, _verdicts.c.digest, _verdicts.c.outcome, _verdicts.c.input)
    query = (
        select(*columns)
        .where(_verdicts.c.item_id == row.item_id, _verdicts.c.stage == row.stage)
        .order_by(_verdicts.c.id.desc())
        .limit(1)
    )
    try:
        last = connection.execute(query).first()
        return last is not None and _compared(last) == _compared(row)
    except UNREADABLE:  # a hand wrote what is no such verdict
        return False


def _compared(row: Any) -> str:
    """As JSON, in which a tuple and a list are the same."""
    return digest_of([row.policy, row.digest, row.outcome, row.input])


def _digest_in(verdict: str) -> str:
    """The digest of a verdict as it is stored; empty where it cannot be read."""
    try:
        return str(json.loads(verdict)["digest"])
    except UNREADABLE:
        return ""


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def read_findings(stored: Any) -> list[Mapping[str, str]]:
    """The findings of a verdict from what lies there; what is none is left out: a hand may have written anything."""
    try:
        found = json.loads(stored)
    except UNREADABLE:
        return []
    listed = found if isinstance(found, list) else []
    return [
        one
        for one in listed
        if isinstance(one, dict) and all(isinstance(one.get(name), str) for name in _NAMED)
    ]


def _replayed(row: VerdictRow, stage: Stage, gate: Gate | _NoGate) -> Replayed:
    if isinstance(gate, _NoGate):
        return Replayed(row.item_id, stage, row.at, gate.same, gate.note)
    try:
        verdict = _again(row.input, gate)
    except _DAMAGED as error:
        return Replayed(
            row.item_id, stage, row.at, same=False, note=f"its input is damaged ({type(error).__name__})"
        )
    differences = [*_differences(row, verdict), *_of_another(row)]
    return Replayed(row.item_id, stage, row.at, not differences, "; ".join(differences))


def _again(given: Mapping[str, Any], gate: Gate) -> Verdict:
    return gate.check(*_given(given))


def _given(given: Mapping[str, Any]) -> tuple[Item, tuple[Post, ...], Context]:
    posts = tuple(Post.from_json(post) for post in given["posts"])
    return items.parse(given["item"]), posts, snapshot.context_from_json(given["context"])


def _of_another(row: VerdictRow) -> list[str]:
    """A post's reference is its item's id."""
    return [] if {post["reference"] for post in row.input["posts"]} <= {row.item_id} else ["of another item"]


def _differences(row: VerdictRow, verdict: Verdict) -> list[str]:
    pairs = (
        ("another verdict", row.outcome, verdict.outcome.value),
        ("another digest", row.digest, verdict.digest),
        ("other findings", row.findings, [finding.to_json() for finding in verdict.findings]),
    )
    return [words for words, stored, again in pairs if stored != again]
