"""The record: read, verified, signed, handed over, accepted."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from publisher import reporting, views
from publisher.accepting import Acceptance as Accepted
from publisher.checkpoints import Checkpoint
from publisher.forgotten import Lost, Stray
from publisher.logbook import Sought
from publisher.office.operations import Body, Part, Scope, Shown, operation
from publisher.witnesses import Against

PAGE = 1_000
"""Events of one answer at most."""
KEPT_MOST = 8_000
"""Hashes that are compared at once; each stands for all events before it."""
Number = Annotated[int, Field(ge=0, le=2**53)]
Count = Annotated[int, Field(ge=1, le=PAGE)]


class Kept(Body):
    """What somebody kept elsewhere: checkpoints, and the hashes of events by number."""

    checkpoints: Annotated[tuple[dict[str, Any], ...], Field(max_length=KEPT_MOST)] = ()
    events: Annotated[tuple[tuple[int, str], ...], Field(max_length=KEPT_MOST)] = ()


class Acceptance(Body):
    """Why the record is accepted as it is."""

    reason: str


class AuditPart(Part):
    """The record of every decision, and of every byte that was sent.

    What happened is for whoever is on the register, by every door. Whether the record is whole, anyone may look who gets so
    far: at this machine a timer does, which is no officer.
    """

    @operation("GET", "/audit/log", Scope.READ)
    def log(
        self, item: str | None = None, subject: str | None = None, actor: str | None = None, action: str | None = None,
        since: date | None = None, until: date | None = None, limit: Count = 50,
    ) -> Shown:  # fmt: skip
        """The last events that are sought, in order, and how many there are; `nothing` says why there are none.

        Days are the council's. Raises InputError, and NotDesignated where who asks is not on the register.
        """
        self._app.logbook.demand_known(self._who)
        sought, logbook = Sought(item, subject, actor, action, since, until), self._app.logbook
        found, count = logbook.log(sought, limit, asked_by=self._who)
        nothing = "" if found else logbook.nothing(sought, asked_by=self._who)
        return {
            "events": found,
            "count": count,
            "timezone": self._app.config.council.timezone,
            "nothing": nothing,
        }

    @operation("GET", "/audit/events", Scope.READ)
    def events(
        self, after: Number = 0, limit: Count = PAGE, item: str | None = None, since: date | None = None,
        until: date | None = None,
    ) -> Shown:  # fmt: skip
        """Events with all that proves them, page by page: `next` is the `after` of the next page.

        Who is no director or monitoring officer gets one item's, without numbers and hashes.
        Raises InputError, and NotDesignated where who asks is not on the register, or wants more than one item's and is no
        director or monitoring officer.
        """
        self._app.logbook.demand_known(self._who)
        found, following = self._app.logbook.page(
            Sought(item, since=since, until=until), after, limit, asked_by=self._who
        )
        return {"events": found, "next": following}

    @operation("GET", "/audit/record", Scope.READ)
    def record(self) -> Shown:
        """Where the record ends, by which key it is signed, and every checkpoint, the newest first.

        Who is no director or monitoring officer gets the key alone.
        """
        return self._app.logbook.head(asked_by=self._who)

    @operation("POST", "/audit/verify", Scope.READ)
    def verify(self, body: Kept) -> Shown:
        """Looks at the whole record: whether anything was changed, removed, reordered, added, or cut.

        `checkpoints` is the number of those that fit; `stops` says what the faults stop. All that counts events is null, and
        `notes` is empty, for who is no director or monitoring officer; at the database itself nothing is hidden.
        Raises InputError.
        """
        against = Against([Checkpoint.from_json(one) for one in body.checkpoints], dict(body.events))
        report = self._app.verifier.verify(against)
        keeps = self._caller.at_hand or self._app.logbook.keeps(self._who)
        told = reporting.in_full(report) if keeps else reporting.in_brief(report)
        return told | {"timezone": self._app.config.council.timezone}

    @operation("POST", "/audit/checkpoints", Scope.WRITE)
    def checkpoint(self) -> Shown:
        """Signs where the record ends now. Raises Refused (it does not fit, or nothing is in it), OutsideFailed.

        A checkpoint counts events: NotDesignated for who is no director or monitoring officer, but at the database itself.
        """
        if not self._caller.at_hand:
            self._app.logbook.demand_keeper(self._who, "checkpoint")
        return self._app.checkpoints.make(asked_by=self._who).to_json()

    @operation("GET", "/audit/key", Scope.READ)
    def key(self) -> Shown:
        """The public key that checkpoints are signed by."""
        checkpoints = self._app.checkpoints
        return {"algorithm": "Ed25519", "key": checkpoints.key, "pem": checkpoints.pem}

    @operation("POST", "/audit/accept", Scope.DIRECT)
    def accept(self, body: Acceptance) -> Shown:
        """A director accepts the record as it is. `again` is what people look through where it may be an older one.

        Raises NotDesignated, InputError, Refused (it is whole).
        """
        done = self._app.accepting.accept(officer=self._who, reason=body.reason)
        faults = reporting.in_full(done.report)["faults"]
        told = {"before": done.before, "after": done.after, "accepted": faults, "held": list(done.held)}
        return told | {"again": self._again(done) if done.older else None}

    def _again(self, done: Accepted) -> Shown:
        owners, lost = sorted({row.login for row in done.revoked}), self._app.forgotten.look()
        return {
            "since": views.stamp(done.since), "timezone": self._app.config.council.timezone,
            "revoked": {"tokens": len(done.revoked), "officers": owners}, **_lost(lost),
            "waiting": [item_id for item_id in lost.waiting if item_id not in done.held],
        }  # fmt: skip

    @operation("GET", "/audit/items/{item_id}", Scope.READ)
    def bundle(self, item_id: str) -> Shown:
        """All about one item as one page of HTML that needs nothing else. Raises InputError, NotDesignated."""
        self._app.logbook.demand_known(self._who)
        return {"id": item_id, "html": self._app.bundler.page(item_id, asked_by=self._who)}


def _lost(found: Lost) -> dict[str, Any]:
    return {
        "officers": [
            {"login": row.login, "name": row.name, "roles": row.roles.split(",")} for row in found.officers
        ],
        "look": [asdict(one) for one in found.questions],
        "pages": [_page(one) for one in found.pages],
        "unseen": list(found.unseen),
    }


def _page(stray: Stray) -> dict[str, Any]:
    return {"channel": stray.channel, "state": stray.state, **asdict(stray.page)}
