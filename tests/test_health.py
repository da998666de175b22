"""How a channel's credentials stand, in words: each cause has one standing, says what is wrong, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from publisher.channels import Identity
from publisher.health import Look, Standing, days_left, gravest, troubles
from publisher.model import Judgement, Outcome

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
NEEDED = frozenset({"post", "read"})
GOOD, ATTENTION, WRONG = Standing


def look(
    fault: Outcome | None = None, proved: float | None = None, hours_ago: float = 0, **facts: Any
) -> Look:
    """A look at a channel; `proved`: hours since its account was last proved."""
    judged = Judgement(fault, "It says no.") if fault else None
    proved_at = None if proved is None else NOW - timedelta(hours=proved)
    return Look(
        "facebook", NOW - timedelta(hours=hours_ago), Identity("17", "Council", **facts), judged, proved_at
    )


def ends(**by: float) -> dict[str, Any]:
    """Credentials that end so far from now."""
    return {"ends_at": NOW + timedelta(**by)}


CASES: list[tuple[str, Look, Standing, str]] = [
    ("all is well", look(scopes=NEEDED, **ends(days=60)), GOOD, ""),
    ("nothing is told", look(), GOOD, ""),
    ("no rights are told", look(scopes=None), GOOD, ""),
    ("a website", Look("website", NOW), GOOD, ""),
    ("token refused", look(Outcome.RECONNECT), WRONG, "refused"),
    ("another account", look(Outcome.STOP, proved=1), WRONG, "account"),
    ("a setting is wrong", look(Outcome.FIX, proved=1), WRONG, "account"),
    ("silent, proved today", look(Outcome.WAIT, proved=23), ATTENTION, "silent"),
    ("garbage, proved today", look(Outcome.UNKNOWN, proved=1), ATTENTION, "silent"),
    ("silent for a day", look(Outcome.WAIT, proved=24), WRONG, "waits"),
    ("silent from the start", look(Outcome.WAIT), WRONG, "waits"),
    ("proved in a time to come", look(Outcome.WAIT, proved=-30), WRONG, "waits"),
    ("a right is missing", look(scopes=frozenset({"post"})), WRONG, "rights"),
    ("no right at all", look(scopes=frozenset()), WRONG, "rights"),
    ("one right too many", look(scopes=NEEDED | {"inbox"}), ATTENTION, "more rights"),
    ("ended just now", look(**ends(seconds=0)), WRONG, "ended"),
    ("ended long ago", look(**ends(days=-400)), WRONG, "ended"),
    ("ends in an hour", look(**ends(hours=1)), ATTENTION, "ends"),
    ("ends in fourteen days", look(**ends(days=14)), ATTENTION, "ends"),
    ("ends a little later", look(**ends(days=14, seconds=1)), GOOD, ""),
    ("a note", look(notes=("The version ends soon.",)), ATTENTION, "note: The version ends soon."),
    ("nobody asked for days", look(hours_ago=49), ATTENTION, "old"),
    ("asked yesterday", look(hours_ago=47), GOOD, ""),
]


@pytest.mark.parametrize(
    ("found", "standing", "cause"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_each_cause_has_its_standing_and_a_way_out(found: Look, standing: Standing, cause: str) -> None:
    """One thing that is wrong is told once, in sentences, with what to do; where nothing is, nothing is told."""
    told = troubles(found, NEEDED, NOW)
    assert ([one.cause for one in told], gravest(told)) == ([cause] if cause else [], standing)
    for one in told:
        assert one.words[0].isupper()
        assert one.words.endswith((".", "?"))
        assert one.way_out.endswith(".") or one.cause.startswith("note")


def test_an_adapter_that_needs_no_rights_is_not_judged_by_them() -> None:
    """OAuth 1.0a has none: what the platform lists besides is no trouble."""
    assert troubles(look(scopes=frozenset({"anything"})), frozenset(), NOW) == []


def test_rights_are_named() -> None:
    """Which is missing and which is too much, by the platform's own words, and why fewer are better."""
    missing, more = troubles(look(scopes=frozenset({"read", "inbox", "ads"})), NEEDED, NOW)
    assert "post is missing" in missing.words
    assert "more than a post needs: ads, inbox" in more.words
    assert "Whoever got hold of the credentials could do that, too" in more.words
    assert "these rights alone: post, read" in more.way_out


def test_all_troubles_are_told_the_gravest_first() -> None:
    """A person who reads one line reads what stops the channel."""
    found = troubles(look(scopes=NEEDED | {"inbox"}, notes=("A note.",), **ends(days=-1)), NEEDED, NOW)
    assert [one.standing for one in found] == [WRONG, ATTENTION, ATTENTION]
    assert gravest(found) is WRONG


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ({"hours": 14}, "today:"),
        ({"hours": 15}, "tomorrow:"),
        ({"hours": 24}, "tomorrow:"),
        ({"days": 9, "hours": 23}, "in 10 days:"),
    ],
)
def test_days_are_counted_by_the_calendar(by: dict[str, float], said: str) -> None:
    """As the day that is named beside them is: it is 09:00."""
    (one,) = troubles(look(**ends(**by)), NEEDED, NOW)
    assert said in one.words
    assert "Dec 2026" in one.words


def test_what_is_done_about_credentials_is_the_channels_own_way() -> None:
    """Where an account is connected, one command mends it: nothing is said of a restart then."""
    for wrong in (
        look(Outcome.RECONNECT),
        look(**ends(days=-1)),
        look(**ends(days=3)),
        look(scopes=frozenset({"post"})),
    ):
        (one,) = troubles(wrong, NEEDED, NOW, "`publisher connect facebook`.")
        assert one.way_out.endswith("`publisher connect facebook`.")
        assert "restart the daemon" not in one.way_out
        assert "restart the daemon" in troubles(wrong, NEEDED, NOW)[0].way_out


def test_what_is_left_after_the_end_is_below_zero() -> None:
    """A monitor that alarms at zero alarms from the end on, not a day later."""
    days = [days_left(NOW + timedelta(seconds=left), NOW) for left in (86_400, 86_399, 0, -1)]
    assert days == [1, 0, 0, -1]


def test_a_note_whose_number_changes_is_the_same_cause() -> None:
    """`in 14 days`, `in 13 days`: one thing, which is told once a day."""
    causes = {troubles(look(notes=(f"It ends in {days} days.",)), NEEDED, NOW)[0].cause for days in (14, 13)}
    assert len(causes) == 1
