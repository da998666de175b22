"""The rules and what is kept beside them: whose terms were read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from publisher.doctor.check import Check, attention, good, listed, wrong
from publisher.policy.rules import lacking
from publisher.terms import Kept, Standing, websites

if TYPE_CHECKING:
    from publisher.app import App

HOLDING = (Standing.OVERDUE, Standing.UNREAD, Standing.BY_HAND)
"""Standings in which links wait for a second officer."""
_READ_SITE = "Read the terms, then put the new checked_on and review_date into the website's [[site]]."
_READ_PLATFORM = "Read them, then `publisher terms read PLATFORM --address … --review DATE`."


def readable(app: App) -> Iterator[Check]:
    """The rules can be read, and each can be applied; those whose review is due are named."""
    gate = app.rules()
    book = gate.book
    broken = [f"{rule.id}: {missing}" for rule in book.rules.values() if (missing := lacking(rule, book))]
    due = [rule.id for rule in book.rules.values() if rule.review_date and rule.review_date < app.today]
    if broken:
        yield wrong("rules", f"rules that cannot be applied: {'; '.join(broken)}", "Mend the rule files.")
    if due:
        yield attention(
            "rules", f"rules to be reviewed, the date has passed: {listed(due)}",
            "`publisher policy show RULE`, then set a new review_date in the council's own folder.",
        )  # fmt: skip
    if not broken and not due:
        yield good("rules", f"policy {gate.version}, {len(book.rules)} rules")


def terms(app: App) -> Iterator[Check]:
    """The platforms' terms: before the first record nothing is held, from then on whatever is overdue is."""
    kept = app.terms.platforms()
    if kept and all(one.standing is Standing.UNREAD for one in kept):
        names = listed([one.name for one in kept])
        yield attention("terms of use", f"nobody has read those of {names} (clause 5e)", _READ_PLATFORM)
    else:
        yield from _standing(
            "terms of use", kept, _READ_PLATFORM, "items with links to other websites wait for the director"
        )


def sites(app: App) -> Iterator[Check]:
    """The websites that may be linked to."""
    yield from _standing(
        "websites",
        websites(app.rules(), app.today),
        _READ_SITE,
        "items that link there wait for a second officer",
    )


def _standing(name: str, kept: Sequence[Kept], way_out: str, meanwhile: str) -> Iterator[Check]:
    held = [f"{one.name} ({_why(one)})" for one in kept if one.standing in HOLDING]
    due = [f"{one.name} by {one.review_on}" for one in kept if one.standing is Standing.DUE]
    if held:
        yield wrong(name, f"terms to be read: {listed(held)}; until then {meanwhile}", way_out)
    if due:
        yield attention(name, f"terms to be read again soon: {listed(due)}", way_out)
    if not held and not due:
        yield good(
            name, f"terms are read, and in date: {listed([one.name for one in kept]) or 'there are none'}"
        )


def _why(one: Kept) -> str:
    return f"overdue since {one.review_on}" if one.standing is Standing.OVERDUE else one.standing.value
