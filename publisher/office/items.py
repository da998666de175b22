"""Items: handed in, looked at, decided."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from publisher import views
from publisher.channel_health import notices, stopped
from publisher.checking import rehearsed
from publisher.desk import Origin
from publisher.errors import InputError
from publisher.item import parse
from publisher.item_files import MAX_ITEMS
from publisher.moments import moment_given
from publisher.office.given import GivenItem
from publisher.office.operations import Body, Part, Scope, Shown, operation
from publisher.office.passing_on import passing_on
from publisher.office.taking_back import taken_back
from publisher.stoppers import still_stopped_by


class NewItem(GivenItem):
    """An item that is handed in; `dry_run`: only judged as if it were, and nothing is stored."""

    dry_run: bool = False


class ExternalIds(Body):
    """What the items of a file are called where they come from."""

    external_ids: Annotated[list[str], Field(max_length=MAX_ITEMS)]


class Yes(Body):
    """Why an item may go, which findings are let go (all that may be, where none is named), and until which day."""

    reason: str
    findings: tuple[str, ...] = ()
    until: date | None = None


class Reason(Body):
    """Why, for the record."""

    reason: str


class Moment(Body):
    """When an item goes: on the council's wall clock, or with its own offset; none means now."""

    publish_at: str | None = None


class Again(Body):
    """What is sent again: one channel, or all that failed."""

    channel: str | None = None


class Outcome(Body):
    """What became of a post: its address where it is live, none where it is not; that a withdrawn one was taken down; or that
    what one which is out had left to a person is done.
    """

    url: str | None = None
    withdrawn: bool = False
    settled: bool = False


class ItemsPart(Part):
    """The items of the queue. Decisions raise InputError (wrong input), NotDesignated (not theirs), IllegalMove (too late)."""

    @operation("POST", "/items", Scope.WRITE, judging=True, pictures=True)
    def hand_in(self, body: NewItem) -> Shown:
        """Hands an item in: it is queued, held for review, or blocked. Raises InputError, NotDesignated."""
        item = parse(body.item, default_zone=self._app.config.council.timezone)
        if body.dry_run:
            said = rehearsed(self._app, item, body.pictures, officer=self._who)
            return views.rehearsed(item.title, said.to_json())
        queued = self._app.desk.hand_in(item, officer=self._who, origin=Origin(pictures=body.pictures))
        seen = self._app.overview.handed_in(queued.id, queued.verdict.outcome)
        return views.handed_in(seen.row, seen.deliveries, queued.to_json(), seen.steps)

    @operation("POST", "/items/known", Scope.WRITE)
    def known(self, body: ExternalIds) -> Shown:
        """Which items are here already, asked before many are handed in. Raises NotDesignated for who may hand in none."""
        found = self._app.desk.known(body.external_ids, officer=self._who)
        return {"items": {name: views.known(row) for name, row in found.items()}}

    @operation("GET", "/items", Scope.READ)
    def list(self, *, state: str | None = None, everything: bool = False) -> Shown:
        """The items in a state; else all; else what is not finished, and the last that are. Raises InputError.

        `unreadable` is there where a hand in the database made some so: their ids. `notices` where something is wrong with
        a channel, or will be.
        """
        rows = self._app.channel_health.rows()
        found, unreadable = self._app.overview.listed(state, everything=everything, channels=stopped(rows))
        items = [views.listed(one.row, one.deliveries, one.steps, one.refused_by) for one in found]
        more = {"unreadable": unreadable, "notices": notices(rows)}
        return {"items": items} | {name: lines for name, lines in more.items() if lines}

    @operation("GET", "/items/{item_id}", Scope.READ)
    def show(self, item_id: str) -> Shown:
        """Everything about one item. Raises InputError where there is none."""
        one, events = self._app.overview.whole(item_id)
        corrections = [views.correction(row) for row in self._app.overview.corrections_of(item_id)]
        shown = views.shown(one.row, one.deliveries, events, one.steps, one.refused_by)
        return shown | {"corrects": one.row.corrects, "corrected_by": corrections}

    @operation("GET", "/items/{item_id}/preview", Scope.READ)
    def preview(self, item_id: str, *, drawn: bool = False) -> Shown:
        """What each channel shows of an item; `drawn`: with the pictures themselves. Raises InputError."""
        from publisher.previewing import of_queued

        return of_queued(self._app, item_id, drawn=drawn)

    @operation("POST", "/items/{item_id}/approve", Scope.DECIDE, judging=True)
    def approve(self, item_id: str, body: Yes) -> Shown:
        """A second officer lets findings go; `held_by`: whoever had stopped the item."""
        held_by = still_stopped_by(self._app.queue.events(self._app.queue.item(item_id).id))
        with passing_on(self._app, self._caller, item_id) as passed:
            row = self._app.decisions.approve(
                item_id, officer=self._who, reason=body.reason, findings=body.findings, until=body.until
            )
        let_go = views.let_go(row, self._app.overrides.counting(row))
        return self._listed(row.id) | let_go | {"held_by": held_by} | passed

    @operation("POST", "/items/{item_id}/refuse", Scope.DECIDE)
    def refuse(self, item_id: str, body: Reason) -> Shown:
        """A second officer says no, for good."""
        with passing_on(self._app, self._caller, item_id) as passed:
            self._app.decisions.refuse(item_id, officer=self._who, reason=body.reason)
        return self._listed(item_id) | passed

    @operation("POST", "/items/{item_id}/withdraw", Scope.WRITE)
    def withdraw(self, item_id: str, body: Reason) -> Shown:
        """Stops an item for good; what is out of it is taken down."""
        self._app.decisions.withdraw(item_id, officer=self._who, reason=body.reason)
        return taken_back(self._app, item_id)

    @operation("POST", "/items/{item_id}/reschedule", Scope.WRITE, judging=True)
    def reschedule(self, item_id: str, body: Moment) -> Shown:
        """Gives an item that is queued or late another moment; `approval_taken_back` names who must be asked again."""
        zone, given = self._app.config.council.timezone, body.publish_at
        moment = None if given is None else moment_given(given, zone, field="publish_at")
        with passing_on(self._app, self._caller, item_id) as passed:
            approver = self._app.decisions.reschedule(item_id, officer=self._who, publish_at=moment)
        return self._listed(item_id) | {"approval_taken_back": approver} | passed

    @operation("POST", "/items/{item_id}/retry", Scope.WRITE, judging=True)
    def retry(self, item_id: str, body: Again) -> Shown:
        """Sends again what was definitely not sent."""
        with passing_on(self._app, self._caller, item_id) as passed:
            self._app.decisions.retry(item_id, officer=self._who, channel=body.channel)
        return self._listed(item_id) | passed

    @operation("POST", "/items/{item_id}/deliveries/{channel}/resolve", Scope.WRITE)
    def resolve(self, item_id: str, channel: str, body: Outcome) -> Shown:
        """Says what became of a post of which nobody could tell whether it is live, or that waited to be taken down."""
        told = (bool(body.url), body.withdrawn, body.settled)
        if told.count(True) > 1:  # else all but one were lost without a word
            raise InputError(
                "a post is live at an address, taken down, or settled",
                field="url, withdrawn, settled",
                way_out="Give one of them.",
            )
        with passing_on(self._app, self._caller, item_id) as passed:
            if body.withdrawn:
                self._app.decisions.taken_down(item_id, channel, officer=self._who)
            elif body.settled:
                self._app.decisions.saw_to(item_id, channel, officer=self._who)
            else:
                self._app.decisions.resolve(item_id, channel, officer=self._who, url=body.url)
        return self._listed(item_id) | passed

    def _listed(self, item_id: str) -> Shown:
        one = self._app.overview.seen(item_id)
        return views.listed(one.row, one.deliveries, one.steps, one.refused_by)
