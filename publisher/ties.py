"""Rows that decide something, held against the events that tell of them: officers, editions, accounts, yeses, verdicts.

Whatever a hand changes, sets back, adds or takes away of them is found, and told by the row and by the last event that tells
of it. Of a concern only its number is told, and nothing of whom or what it is about (clause 4).

Such a fault stops no release. A row that is not as its last event left it counts for nothing wherever it is read
(publisher/sealed.py), which stops what rested on it, and it alone; verdicts and rule books are kept as evidence, and the
release asks the gate anew. So no such change lets anything go, and one officer's entry must not keep the whole council from
speaking. A website's receipts are not among them: a message whose receipt is gone is still known by the website's own name for
the item, and one without such a name says the same words twice, which the gate asks a person about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from publisher import (
    accounts,
    concern_drawer,
    consents,
    editions,
    holds,
    identities,
    links,
    overrides,
    register,
    risk_standing,
    terms,
    tokens,
    verdicts,
)
from publisher.as_stored import rows
from publisher.chain import Fault, Link, moment_text
from publisher.clearance import Seal
from publisher.erased import ERASED
from publisher.model import digest_of
from publisher.record import BEGUN
from publisher.sealed import Kind, Told, is_whole
from publisher.tables import PolicyRow, VerdictRow

_verdicts, _policies = VerdictRow.__table__, PolicyRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

ROW = "row"
"""The kind of these faults."""
KINDS: tuple[Kind[Any], ...] = (
    register.KIND, editions.KIND, tokens.KIND, accounts.KIND, links.KIND, terms.KIND, risk_standing.KIND, concern_drawer.KIND, holds.KIND,
    consents.KIND, overrides.KIND, identities.KIND, verdicts.VERDICT, verdicts.POLICY,
)  # fmt: skip
_TOLD_BY = {action: kind for kind in KINDS for action in kind.tells}
_ENDED_BY = {action: kind for kind in KINDS for action in kind.ends}
_BY_NAME = {kind.name: kind for kind in KINDS}


class Ties:
    """What the events tell of each row."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._told: defaultdict[str, dict[str, Told]] = defaultdict(dict)
        self._items: dict[str | None, int] = {}
        self._begun = ""

    def see(self, link: Link) -> None:
        """The next event."""
        if kind := _TOLD_BY.get(link.action):
            self._told[kind.name][str(link.subject)] = Told(
                link.id, link.after, link.before, item=link.item_id or ""
            )
        elif kind := _ENDED_BY.get(link.action):
            self._told[kind.name][str(link.subject)] = Told(link.id, "", is_gone=True)
        elif link.action == ERASED:
            self._erase(link)
        elif link.action == BEGUN:
            self._begun = link.at

    def _erase(self, link: Link) -> None:
        """As publisher/disposal.py names what was erased: an item, or a row by its kind and its key."""
        if link.subject is None:
            self._items[link.item_id] = link.id
            return
        name, _, key = str(link.subject).partition(" ")
        if (kind := _BY_NAME.get(name)) and (told := self._told[name].get(kind.prefix + key)):
            gone = kind.wiped is None
            seal = "" if gone else told.seal
            self._told[name][kind.prefix + key] = told._replace(
                number=link.id, seal=seal, is_erased=not gone, is_gone=gone
            )

    def faults(self, connection: Connection) -> Iterator[Fault]:
        """Where a row is another than its last event left it, by kind."""
        for kind in KINDS:
            there: set[str] = set()
            for values in rows(connection, kind.table):
                subject = kind.subject(values)
                there.add(subject)
                yield from self._row(kind, subject, values)
            for subject, told in self._told[kind.name].items():
                if subject not in there and told.seal:
                    yield _fault(kind, subject, told, "was taken out of the database by hand")
        yield from self._without_rules(connection)

    def _row(self, kind: Kind[Any], subject: str, values: dict[str, Any]) -> Iterator[Fault]:
        told = self._of(kind, subject, values)
        if is_whole(kind, self._seal, kind.plain(values), told):
            return
        lies = list(values.values())
        if told is None or (not told.seal and not told.is_gone):
            if not self._is_old(kind, values, told):
                yield _fault(
                    kind, subject, told, "was put into the database by hand: no event tells of it", lies
                )
        elif told.is_gone:
            yield _fault(kind, subject, told, "was put back by hand: it had been taken away", lies)
        else:
            words = "was changed by hand, or an older one was put in its place: it is not as its last event left it"
            yield _fault(kind, subject, told, words, lies)

    def _of(self, kind: Kind[Any], subject: str, values: dict[str, Any]) -> Told | None:
        """What is told of a row; where its words went with its item's, that they did."""
        told = self._told[kind.name].get(subject)
        erased = self._items.get(values.get("item_id"), 0) if kind.with_item else 0
        return told._replace(number=erased, is_erased=True) if told and erased > told.number else told

    def _is_old(self, kind: Kind[Any], values: dict[str, Any], told: Told | None) -> bool:
        """From before there were seals, or before the record told of such rows: nothing says how it was left."""
        if kind.has_seal:
            return told is not None and values["seal"] == ""
        return moment_text(values[kind.began]) <= self._begun

    def _without_rules(self, connection: Connection) -> Iterator[Fault]:
        """Verdicts whose rule book is gone, also one of which no event tells: nobody could repeat them."""
        kind = verdicts.POLICY
        named = (
            select(_verdicts.c.policy)
            .distinct()
            .where(_verdicts.c.policy.not_in(select(_policies.c.version)))
        )
        for version in sorted(map(str, connection.execute(named).scalars())):
            if kind.subject({"version": version}) not in self._told[kind.name]:
                yield _fault(kind, kind.prefix + version, None, "was taken out of the database by hand")


def _fault(kind: Kind[Any], subject: str, told: Told | None, did: str, lies: Any = None) -> Fault:
    """`lies` is what is there: another that is put there afterwards is another fault."""
    number = told.number if told else 0
    mark = f"{ROW} {number} {kind.name} {subject} {did} {digest_of(repr(lies))}"
    of = f" of item {told.item}" if kind.with_item and told and told.item else ""
    return Fault(ROW, number, number, f"{kind.named(subject)}{of} {did}.", mark)
