"""What second officers let go: by whom, why, until when, of what exactly; and consents, and what is said twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from gate_support import REASON, ZEBRA, open_gated, rule, write_rules
from support import Office

from publisher.checking import rehearsed
from publisher.errors import IllegalMove, InputError, NotDesignated, Refused
from publisher.picture_files import read_pictures
from publisher.times import local

BOTH = "A zebra and a giraffe are in the library."
READERS = {"path": "library.jpg", "alt": "Two readers", "people": True, "reference": "C-7"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office that asks about zebras."""
    with open_gated(tmp_path) as found:
        yield found


def approve(office: Office, item_id: str, officer: str = "ann", **more: object) -> str:
    """Lets go what the officer may; the item's state afterwards."""
    given = {"reason": REASON, **more}
    return office.app.decisions.approve(item_id, officer=officer, **given).state  # type: ignore[arg-type]  # by tests


def states(office: Office) -> list[str]:
    """What became of each override, the newest first."""
    return [row.state.value for row in office.app.overrides.listed()]


# --- by whom -------------------------------------------------------------------------------------------------


def test_a_finding_is_let_go_and_the_item_goes(office: Office) -> None:
    """The gate is asked afresh with the override: clear, with the finding kept as advice that names who and until when."""
    queued = office.hand_in(office.news(summary=ZEBRA))
    assert approve(office, queued.id) == "queued"
    (finding,) = office.app.queue.item(queued.id).verdict["findings"]
    assert (finding["severity"], "Allowed by ann until" in finding["message"]) == ("advise", True)
    office.release(queued.id)
    assert (office.state(queued.id), states(office)) == ("published", ["used"])


@pytest.mark.parametrize(
    ("override", "right", "wrong"), [("director", "dana", "ann"), ("monitoring officer", "mona", "dana"), ("approver", "ann", "mona")]
)  # fmt: skip
def test_only_the_role_that_the_rule_names_lets_it_go(
    office: Office, override: str, right: str, wrong: str
) -> None:
    """No role stands for another: a director is no monitoring officer, and neither is an approver by that alone."""
    write_rules(office, rule("zebra", override=override))
    queued = office.hand_in(office.news(summary=ZEBRA))
    with pytest.raises(NotDesignated, match=override):
        approve(office, queued.id, wrong)
    assert approve(office, queued.id, right) == "queued"


def test_what_nobody_may_let_go_is_refused_by_name_with_the_remedy(office: Office) -> None:
    """Some rules leave no choice; the officer is told what to do instead."""
    write_rules(office, rule("zebra", severity="block", override=""))
    queued = office.hand_in(office.news(summary=ZEBRA))
    assert queued.state == "blocked"
    with pytest.raises(Refused, match=r"junk\.zebra.*Take the animal out"):
        approve(office, queued.id, "dana")
    assert office.state(queued.id) == "blocked"
    assert office.app.overrides.listed() == []


def test_a_blocked_item_goes_where_its_rule_names_a_role(office: Office) -> None:
    """A block that one person may lift is lifted by that person alone, and holds again without them."""
    write_rules(office, rule("zebra", severity="block", override="monitoring officer"))
    first, second = (office.hand_in(office.news(summary=ZEBRA, title=title)) for title in ("One", "Two"))
    assert [approve(office, queued.id, "mona") for queued in (first, second)] == ["queued", "queued"]
    office.release(first.id)
    assert office.state(first.id) == "published"
    office.app.register.suspend("mona", actor="dana", now=office.clock())
    office.release(second.id)
    assert office.state(second.id) == "held for review"


def test_two_roles_decide_one_after_the_other(office: Office) -> None:
    """Each lets go what is theirs; until nothing is open the item stays, and says what is."""
    write_rules(office, rule("zebra"), rule("giraffe", override="monitoring officer"))
    queued = office.hand_in(office.news(summary=BOTH))
    assert approve(office, queued.id) == "held for review"
    assert office.app.queue.item(queued.id).reason == "It mentions giraffe."
    assert approve(office, queued.id, "mona") == "queued"
    assert office.app.queue.item(queued.id).approver == "ann,mona"
    office.release(queued.id)
    assert (office.state(queued.id), states(office)) == ("published", ["used", "used"])


def test_single_findings_are_named_by_their_ids(office: Office) -> None:
    """Only what is named is let go; a name that is none is told with those that are open."""
    write_rules(office, rule("zebra"), rule("giraffe"))
    queued = office.hand_in(office.news(summary=BOTH))
    ids = {finding.rule: finding.id for finding in queued.verdict.findings}
    with pytest.raises(InputError, match=ids["junk.zebra"]):
        approve(office, queued.id, findings=["0" * 12])
    assert approve(office, queued.id, findings=[ids["junk.zebra"]]) == "held for review"
    assert [row.rule for row in office.app.overrides.listed()] == ["junk.zebra"]
    with pytest.raises(InputError, match="no open finding"):
        approve(office, queued.id, findings=[ids["junk.zebra"]])
    assert approve(office, queued.id, findings=[ids["junk.giraffe"]]) == "queued"


def test_a_rule_that_broke_is_an_approvers_decision(office: Office) -> None:
    """The gate says that a person must decide, so a person can."""
    write_rules(office, rule("zebra").replace('"summary"', '"no_such_field"', 1))
    queued = office.hand_in(office.news())
    assert [finding.rule for finding in queued.verdict.findings] == ["format.rule-failed"]
    assert approve(office, queued.id) == "queued"


def test_an_officers_no_is_no(office: Office) -> None:
    """What one second officer refused, another does not let go: its author hands in a new one."""
    queued = office.hand_in(office.news(summary=ZEBRA))
    office.app.decisions.refuse(queued.id, officer="ann", reason="No animals here.")
    with pytest.raises(IllegalMove, match="refused by ann"):
        approve(office, queued.id, "dana")
    assert office.state(queued.id) == "blocked"


# --- why, and until when ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reason", ["", "ok", "fine  by  ", "x" * 1_001, "." * 20, "\u200b" * 20, "\u3164" * 12, "n/a n/a n/a"]
)
def test_a_reason_is_one(office: Office, reason: str) -> None:
    """Ten characters at least, and no letter either."""
    queued = office.hand_in(office.news(summary=ZEBRA))
    with pytest.raises(InputError, match="reason"):
        approve(office, queued.id, reason=reason)
    assert office.app.overrides.listed() == []


@pytest.mark.parametrize(("days", "right"), [(-1, False), (0, True), (90, True), (91, False)])
def test_an_override_ends_within_a_quarter(office: Office, days: int, right: bool) -> None:  # noqa: FBT001
    """Not before today, and not so late that nobody remembers."""
    queued = office.hand_in(office.news(summary=ZEBRA))
    until = local(office.clock()).date() + timedelta(days=days)
    if right:
        assert approve(office, queued.id, until=until) == "queued"
    else:
        with pytest.raises(InputError, match="until"):
            approve(office, queued.id, until=until)


def test_how_long_an_override_lasts_is_a_setting(tmp_path: Path) -> None:
    """[policy] override_days, where the officer says nothing."""
    with open_gated(tmp_path, {"policy": {"rules": "rules", "override_days": 3}}) as office:
        queued = office.hand_in(office.news(summary=ZEBRA))
        approve(office, queued.id)
        (listed,) = office.app.overrides.listed()
        assert listed.expires_on == local(office.clock()).date() + timedelta(days=3)
        assert listed.state == "expiring"


# --- of what exactly ---------------------------------------------------------------------------------------------


def test_another_moment_is_another_decision(office: Office) -> None:
    """Rescheduling takes the yes back: the item waits for a second officer again."""
    queued = office.hand_in(office.news(summary=ZEBRA))
    approve(office, queued.id)
    moment = office.clock() + timedelta(days=1)
    assert office.app.decisions.reschedule(queued.id, officer="sam", publish_at=moment) == "ann"
    row = office.app.queue.item(queued.id)
    assert (row.state, row.approver, row.publish_at, states(office)) == (
        "held for review",
        None,
        moment,
        ["revoked"],
    )
    office.clock.forward(days=1)
    office.release(queued.id)
    assert office.state(queued.id) == "held for review"
    assert approve(office, queued.id) == "queued"


def test_another_moment_for_what_is_clear_needs_nobody(office: Office) -> None:
    """The gate is asked afresh, and lets it through again."""
    queued = office.hand_in(office.news())
    moment = office.clock() + timedelta(days=1)
    assert office.app.decisions.reschedule(queued.id, officer="sam", publish_at=moment) == ""
    assert office.state(queued.id) == "queued"
    path = [event.after for event in office.app.queue.events(queued.id) if event.action == "moved"][-2:]
    assert path == ["checked", "queued"]


@pytest.mark.long
def test_an_outage_leaves_the_yes_as_it_is(tmp_path: Path) -> None:
    """The same words go later, on another day even, with another date on their page: nobody is asked again."""
    with open_gated(tmp_path, {"channels.website": {"folder": "not-served"}}) as office:
        queued = office.hand_in(office.news(summary=ZEBRA, channels=["website", "twitter"]))
        approve(office, queued.id)
        office.release(queued.id)
        assert "page" in office.app.queue.item(queued.id).reason
        (office.folder / "site").symlink_to(office.folder / "not-served")
        office.clock.forward(days=2)
        office.app.decisions.retry(queued.id, officer="sam")
        office.release(queued.id)
        assert (office.state(queued.id), office.app.queue.item(queued.id).approver) == ("published", "ann")


def test_what_is_held_before_its_moment_keeps_it(office: Office) -> None:
    """Nobody decided that an item of next week goes today: once the gate is clear, `retry` leaves it at its moment."""
    moment = office.clock() + timedelta(days=7)
    queued = office.hand_in(office.news(summary=ZEBRA, publish_at=moment.isoformat()))
    write_rules(office, rule("zebra", severity="advise"))
    row = office.app.decisions.retry(queued.id, officer="sam")
    assert (row.state, row.publish_at) == ("queued", moment)


def test_a_yes_is_for_the_words_and_not_for_the_day_on_their_page(office: Office) -> None:
    """Held before anything was out, and sent on two days later: only the date on the page is another."""
    queued = office.hand_in(office.news(summary=ZEBRA))
    approve(office, queued.id)
    (office.folder / "rules" / "bad.toml").write_text("rule = 1", encoding="utf-8")
    office.release(queued.id)
    assert office.state(queued.id) == "held for review"
    (office.folder / "rules" / "bad.toml").unlink()
    office.clock.forward(days=2)
    assert office.app.decisions.retry(queued.id, officer="sam").state == "queued"


# --- the report -----------------------------------------------------------------------------------------------


def test_the_report_says_what_became_of_each(office: Office) -> None:
    """Live, expiring within a week, expired; unused where the item never went with it."""
    moment = (office.clock() + timedelta(days=5)).isoformat()
    today = local(office.clock()).date()
    titles = {"live": 30, "expiring": 6, "withdrawn": 30}
    for title, days in titles.items():
        queued = office.hand_in(office.news(summary=ZEBRA, title=title, publish_at=moment))
        approve(office, queued.id, until=today + timedelta(days=days))
        if title == "withdrawn":
            office.app.decisions.withdraw(queued.id, officer="sam", reason="It is off.")
    assert states(office) == ["unused", "expiring", "live"]
    office.clock.forward(days=7)
    assert states(office) == ["unused", "expired", "live"]


def test_a_yes_of_somebody_who_may_give_it_no_more_does_not_count(office: Office) -> None:
    """The report does not call live what stops at the release: a suspended officer's, or one's whose role is gone."""
    moment = (office.clock() + timedelta(days=5)).isoformat()
    queued = office.hand_in(office.news(summary=ZEBRA, publish_at=moment))
    approve(office, queued.id, until=local(office.clock()).date() + timedelta(days=30))
    assert states(office) == ["live"]
    office.app.register.suspend("ann", actor="dana", now=office.clock())
    assert states(office) == ["no longer counts"]
    office.app.register.reinstate("ann", actor="dana", now=office.clock())
    office.app.register.amend("ann", {"roles": "officer"}, actor="dana", now=office.clock())
    assert states(office) == ["no longer counts"]
    office.app.register.amend("ann", {"roles": "officer,approver"}, actor="dana", now=office.clock())
    assert states(office) == ["live"]


def test_an_override_whose_finding_is_gone_is_unused(office: Office) -> None:
    """The rule no longer asks, so nobody needed the yes."""
    queued = office.hand_in(office.news(summary=ZEBRA))
    approve(office, queued.id)
    write_rules(office, rule("giraffe"))
    office.release(queued.id)
    assert (office.state(queued.id), states(office)) == ("published", ["unused"])


# --- consents ----------------------------------------------------------------------------------------------------


def test_a_consent_that_ends_before_the_release_stops_it(office: Office) -> None:
    """It is asked for the day on which the item goes."""
    office.app.consents.add("C-7", "consent", local(office.clock()).date() + timedelta(days=1), "sam")
    queued = office.hand_in(office.news(images=[READERS]))
    assert queued.state == "queued"
    office.clock.forward(days=2)
    office.release(queued.id)
    assert office.state(queued.id) != "published"
    assert "consent.expired" in {one["rule"] for one in office.app.queue.item(queued.id).verdict["findings"]}


def test_a_consent_that_was_withdrawn_is_none(office: Office) -> None:
    """What names it is not even queued."""
    office.app.consents.add("C-7", "consent", None, "sam")
    office.app.consents.withdraw("C-7", "sam")
    queued = office.hand_in(office.news(images=[READERS]))
    assert queued.state != "queued"
    assert "consent.withdrawn" in {finding.rule for finding in queued.verdict.findings}


def test_checking_says_what_handing_in_would(office: Office) -> None:
    """With an officer, `check` knows of consents and of earlier items as the desk does, and stores nothing."""
    office.app.consents.add("C-7", "consent", None, "sam")
    office.app.consents.withdraw("C-7", "sam")
    office.hand_in(office.news())
    for item in (office.news(images=[READERS], title="Readers"), office.news()):
        pictures = read_pictures(item, office.folder)
        said = rehearsed(office.app, item, pictures, officer="sam").verdict
        done = office.hand_in(item).verdict
        assert {one.rule for one in said.findings} == {one.rule for one in done.findings}
        assert said.outcome == done.outcome != "clear"


def test_a_withdrawal_names_what_it_reaches(office: Office) -> None:
    """What is out must be taken down by hand; what waits is stopped at once, and nobody reads that it is queued."""
    office.app.consents.add("C-7", "consent", None, "sam")
    out, held, other = (
        office.hand_in(office.news(title=title, images=[READERS | {"reference": reference}]))
        for title, reference in (("Out", "C-7"), ("Held", "C-7"), ("Other", "C-8"))
    )
    office.release(out.id)
    withdrawn = office.app.decisions.withdraw_consent("C-7", officer="sam")
    assert [row.id for row in withdrawn.out] == [out.id]
    assert [row.id for row in withdrawn.held] == [held.id]
    assert [office.state(item.id) for item in (out, held, other)] == [
        "published",
        "blocked",
        "held for review",
    ]
    assert "C-7" in office.app.queue.item(held.id).reason
    assert other.id not in {row.id for row in (*withdrawn.out, *withdrawn.held)}
    with pytest.raises(InputError, match="withdrawn already"):
        office.app.consents.withdraw("C-7", "sam")


def test_a_withdrawal_does_not_wait_for_the_rules(office: Office) -> None:
    """While no rule can be read nothing is judged: the consent is withdrawn all the same, and its item is held when it is due."""
    office.app.consents.add("C-7", "consent", None, "sam")
    queued = office.hand_in(office.news(images=[READERS | {"reference": "C-7"}]))
    (office.folder / "rules" / "bad.toml").write_text("rule = 1", encoding="utf-8")
    found = office.app.decisions.withdraw_consent("C-7", officer="sam")
    assert (found.held, [row.id for row in found.unjudged]) == ((), [queued.id])
    assert [row.withdrawn_by for row in office.app.consents.all()] == ["sam"]
    assert office.state(queued.id) == "queued"
    office.release(queued.id)
    assert office.state(queued.id) == "held for review"


def test_only_officers_keep_the_consents(office: Office) -> None:
    """And each is there once, with a reference, a ground and a day to come."""
    with pytest.raises(NotDesignated):
        office.app.consents.add("C-7", "consent", None, "mallory")
    office.app.consents.add("C-7", "consent", None, "sam")
    yesterday = local(office.clock()).date() - timedelta(days=1)
    wrong = [
        ("C-7", "consent", None),
        (" ", "consent", None),
        ("C-8", "", None),
        ("C-8", "consnt", None),
        ("C-8", "consent", yesterday),
        ("C" * 201, "consent", None),
    ]
    for reference, basis, expires_on in wrong:
        with pytest.raises(InputError):
            office.app.consents.add(reference, basis, expires_on, "sam")
    with pytest.raises(InputError, match="no consent"):
        office.app.consents.withdraw("C-9", "sam")
    assert [row.reference for row in office.app.consents.all()] == ["C-7"]


# --- what is said twice --------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize(
    "title", ["Library opens late", "LIBRARY  opens late", "Libr\u00e1ry \u043epens late"]
)
def test_the_same_words_again_are_asked_about(office: Office, title: str) -> None:
    """However they are disguised; a second officer may allow a reminder."""
    first = office.hand_in(office.news())
    second = office.hand_in(office.news(title=title))
    (finding,) = (one for one in second.verdict.findings if one.rule == "format.repeat")
    assert first.id in finding.message
    assert approve(office, second.id) == "queued"
    for queued in (first, second):
        office.release(queued.id)
        assert office.state(queued.id) == "published"


def test_what_is_not_said_is_not_said_twice(office: Office) -> None:
    """Withdrawn and blocked items are not announced; other words, and another day, are another item."""
    first = office.hand_in(office.news())
    office.app.decisions.withdraw(first.id, officer="sam", reason="The date is wrong.")
    assert office.hand_in(office.news()).state == "queued"
    later = (office.clock() + timedelta(days=20)).isoformat()
    events = (office.event(), office.event(starts_at=later), office.event(location="Town Hall"))
    assert [office.hand_in(event).state for event in events] == ["queued"] * 3


def test_a_refusal_stands_without_its_words(office: Office) -> None:
    """Words can be erased, by right or by hand: that somebody said no is in the chain itself."""
    item_id = office.hand_in(office.news(summary=ZEBRA)).id
    office.app.decisions.refuse(item_id, officer="ann", reason="The zebra is a lie.")
    with office.app.queue.writing() as connection:
        connection.exec_driver_sql("DELETE FROM event_detail")
    with pytest.raises(IllegalMove, match="refused by ann"):
        office.app.decisions.approve(item_id, officer="dana", reason=REASON)


def test_a_withdrawal_holds_only_what_it_stopped(office: Office) -> None:
    """What was stopped before, by whatever it was, is not said to be stopped by it."""
    office.app.consents.add("C-7", "consent", None, "sam")
    queued = office.hand_in(office.news(images=[READERS | {"reference": "C-7"}]))
    office.hold(queued.id, officer="dana", reason="Is the hour right?")
    found = office.app.decisions.withdraw_consent("C-7", officer="sam")
    assert (found.held, found.unjudged, found.out) == ((), (), ())
