"""The people: who may post, on what grounds, for whom sources act, and who agreed to be shown."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from publisher import item as items
from publisher.designation import SOON, awaits_reading, reasons, soon
from publisher.doctor.check import Check, attention, good, listed, wrong
from publisher.model import ItemState
from publisher.register import CONFIRM, Role
from publisher.times import local

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.tables import ItemRow

WAITING = (ItemState.CHECKED, ItemState.HELD, ItemState.BLOCKED, ItemState.QUEUED, ItemState.LATE)
"""States of items that may still go."""


def officers(app: App) -> Iterator[Check]:
    """Somebody keeps the register, somebody posts, and somebody else approves."""
    holders = {role: _holders(app, role) for role in (Role.DIRECTOR, Role.OFFICER, Role.APPROVER)}
    posting, approving = holders[Role.OFFICER], holders[Role.APPROVER]
    gaps = (
        (not _directors(app), "no director is active, so that nobody can change the register", "Restore the backup."),
        (not posting, "nobody may post", "`publisher officer list` says what each of them lacks."),
        (
            bool(posting) and not any(one != other for one in posting for other in approving),
            "whoever may post has nobody to approve: it must be another person",
            "Give somebody else the role: `publisher officer add LOGIN --role approver …`",
        ),
    )  # fmt: skip
    found = [wrong("officers", words, way_out) for holds, words, way_out in gaps if holds]
    yield from found
    if not found:
        yield good("officers", f"may post: {listed(posting)}; may approve: {listed(approving)}")


def concerns(app: App) -> Iterator[Check]:
    """Somebody hears of a concern about a Member (clause 4), and of one about whom the register does not know."""
    logins = [line.row.login for line in app.register.lines() if line.serves_as(Role.MONITORING, app.today)]
    if logins:
        yield good("concerns", f"the monitoring officer: {listed(logins)}")
    else:
        yield attention(
            "concerns", "no monitoring officer is on the register: concerns about a Member go to nobody, unless their raiser "
            "chooses somebody, and nobody lets go what a rule leaves to one",
            'Give somebody the role: `publisher officer add LOGIN --role "monitoring officer" …`',
        )  # fmt: skip


def _directors(app: App) -> list[str]:
    return [line.row.login for line in app.register.lines() if line.directs(app.today)]


def _holders(app: App, role: Role) -> list[str]:
    """Those who may act in a role today."""
    logins = [row.login for row in app.register.officers()]
    return [login for login in logins if not app.register.problem(login, [], today=app.today, role=role)]


def prerequisites(app: App) -> Iterator[Check]:
    """What clause 5c asks of each officer holds, and goes on holding; an entry that was changed by hand counts for nothing."""
    today, reading = app.today, app.editions.reading(app.today)
    lines = app.register.lines()
    flawed = [f"{line.row.login} {line.flaw}" for line in lines if line.flaw]
    active = [line for line in lines if line.is_active]
    lapsed = _each((line.row.login, reasons(line, (), today, reading, None)) for line in active)
    lapsing = _each((line.row.login, soon(line, today, reading)) for line in active)
    way_out = "The director renews what is missing: `publisher officer list`, `publisher officer --help`."
    if flawed:
        yield wrong("prerequisites", f"the register: {'; '.join(flawed)}", way_out)
    if lapsed:
        websites = {source.officer for source in app.config.sources.values()}
        readers = [line for line in active if line.row.login not in websites]
        confirm = [line.row.login for line in readers if awaits_reading(line, (), today, reading, None)]
        own = f"{listed(confirm)}: each reads the policy, and confirms that with {CONFIRM}."
        others = way_out if len(confirm) < len(lapsed) else ""
        mend = f"{own} {others}".strip() if confirm else others
        yield attention("prerequisites", f"cannot post or approve: {'; '.join(lapsed)}", mend)
    if lapsing:
        read = f"Who has not read an edition to come reads it, and confirms that with {CONFIRM}. "
        unread = any("has not read edition" in words for words in lapsing)
        mend = f"{read if unread else ''}{way_out}"
        yield attention("prerequisites", f"within {SOON.days} days: {'; '.join(lapsing)}", mend)
    if not flawed and not lapsed and not lapsing:
        yield good("prerequisites", "everybody on the register has what clause 5c asks, or is switched off")


def _each(found: Iterable[tuple[str, Iterable[str]]]) -> list[str]:
    """For each login what is said of it, if anything."""
    said = ((login, ", ".join(words)) for login, words in found)
    return [f"{login} {words}" for login, words in said if words]


def sources(app: App) -> Iterator[Check]:
    """Under whose name each website's events come: one who may not post has every event refused."""
    refused, ways = [], []
    for name, source in app.config.sources.items():
        channels = app.config.channels_of(source)
        if problem := app.register.problem(source.officer, channels, today=app.today):
            refused.append(f"[sources.{name}]: {problem}")
            ways.append(_unread(app, source.officer, channels) or "See `publisher officer`.")
    if refused:
        words = f"every event is refused of {'; '.join(refused)}"
        yield wrong("sources", words, " ".join(dict.fromkeys(ways)))
    elif app.config.sources:
        yield good("sources", f"their officers may post: {listed(list(app.config.sources))}")


def _unread(app: App, login: str, channels: Sequence[str]) -> str:
    """What a director does where nothing is missing but the reading of the policy: a website reads nothing, and confirms nothing."""
    line, reading = app.register.line(login), app.editions.reading(app.today)
    if line is None or not awaits_reading(line, channels, app.today, reading, Role.OFFICER):
        return ""
    edition = f" --edition {shlex.quote(reading.current.edition)}" if reading.current else ""
    return f"A director enters it: `publisher officer amend {login} --policy-read DATE{edition}`."


def consents(app: App) -> Iterator[Check]:
    """No item that waits names a consent that was taken back, or ends before it goes."""
    waiting, unreadable = app.queue.sorted_out(WAITING)
    ended = [f"{row.id} ({reference})" for row in waiting for reference in _ended(app, row)]
    if unreadable:
        yield wrong(
            "consents", f"items that cannot be read, since a hand wrote into the database: {listed(unreadable)}",
            "They do not go. `publisher audit verify` says more.",
        )  # fmt: skip
    if ended:
        yield attention(
            "consents", f"items that wait name a consent that was taken back or has run out: {listed(ended)}",
            "Withdraw each, and hand it in with another picture: `publisher show ID`.",
        )  # fmt: skip
    elif not unreadable:
        yield good("consents", "no item that waits names one that was taken back or has run out")


def _ended(app: App, row: ItemRow) -> Iterator[str]:
    """The references of an item's pictures that would stop it on the day it goes, as the gate sees them."""
    goes = max(app.today, local(row.publish_at, app.config.council.timezone).date())
    for reference, record in (app.consents.for_item(items.parse(row.content)) or {}).items():
        if record.withdrawn_on or (record.expires_on and record.expires_on < goes):
            yield reference


def accounts(app: App) -> Iterator[Check]:
    """Each service's own account that is switched on has its business case, as the director approved it (clause 5b)."""
    found = {name: problem for name in app.config.live_channels if (problem := app.accounts.problem([name]))}
    if found:
        ways = dict.fromkeys(app.accounts.way_out([name]) for name in found)
        yield wrong("accounts", f"nothing is posted there: {'; '.join(found.values())}", " ".join(ways))
    elif services := [name for name in app.config.live_channels if app.config.channels[name].service]:
        yield good("accounts", f"services' own accounts are approved: {listed(services)}")
