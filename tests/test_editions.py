"""The editions of the written policy: a director adopts one, and everybody is asked to have read it (clause 5c)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from gate_support import REASON, ZEBRA, open_gated
from support import Office

from publisher.errors import IllegalMove, InputError, NotDesignated, Refused
from publisher.leaving import CAUSE

UNREAD = "has not confirmed having read edition 2027"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose rules ask about zebras: sam writes, ann approves, dana directs."""
    with open_gated(tmp_path) as found:
        yield found


def adopt(office: Office, edition: str = "2027", *, days: int = 0, officer: str = "dana") -> list[str]:
    """Adopts an edition in force from so many days ahead; who is asked to read it."""
    begins = office.app.today + timedelta(days=days)
    return [*office.app.designating.adopt(edition, begins, "Minute 91", officer=officer).asked]


def confirm(office: Office, login: str = "sam", edition: str = "") -> str:
    """Confirms the policy; the edition that is read then."""
    return office.app.designating.confirm(edition, "", officer=login)[0].line.row.policy_edition


def problem(office: Office, login: str = "sam") -> str:
    """Why an officer may not act today, in any role that they have."""
    (found,) = [one for one in office.app.designating.standings() if one.line.row.login == login]
    return "; ".join(found.lacks)


def queued(office: Office, **fields: Any) -> str:
    """An item in an hour; its id."""
    return office.hand_in(office.news(publish_at=office.clock() + timedelta(hours=1), **fields)).id


def by_hand(office: Office, sql: str) -> None:
    """Writes into the database as somebody with the file would."""
    with office.app.queue.engine.begin() as connection:
        connection.exec_driver_sql(sql)


def test_without_an_edition_nothing_is_asked(office: Office) -> None:
    """A council that adopts none keeps the date of clause 5c, and that is all."""
    assert (problem(office), confirm(office)) == ("", "")
    assert office.app.register.problem("sam", [], today=office.app.today) == ""


def test_a_new_edition_asks_everybody_again(office: Office) -> None:
    """From its first day nobody who has not read it hands anything in, however lately they read another."""
    assert adopt(office) == ["ann", "cms", "dana", "mona", "sam"]
    for login in ("ann", "dana", "sam"):
        assert UNREAD in problem(office, login)
    with pytest.raises(NotDesignated, match=UNREAD):
        office.hand_in(office.news())
    assert confirm(office) == "2027"
    assert (problem(office), office.hand_in(office.news()).state) == ("", "queued")
    assert UNREAD in problem(office, "ann")


def test_what_was_queued_before_is_held_at_its_release(office: Office) -> None:
    """The release asks the register again, through the real releaser; once it is read, it can go."""
    item_id = queued(office)
    adopt(office)
    office.clock.forward(hours=1)
    office.release(item_id)
    assert office.state(item_id) == "held for review"
    assert UNREAD in office.app.queue.item(item_id).reason
    assert {row.state for row in office.deliveries(item_id).values()} == {"waiting"}
    confirm(office)
    office.app.decisions.retry(item_id, officer="sam")
    office.release(item_id)
    assert office.state(item_id) == "published"


def test_what_was_approved_before_is_held_at_its_release(office: Office) -> None:
    """The second officer must have read it as well as the author: each decided on the post."""
    item_id = queued(office, summary=ZEBRA)
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    adopt(office)
    confirm(office)
    office.clock.forward(hours=1)
    office.release(item_id)
    assert office.state(item_id) == "held for review"


def test_an_edition_to_come_asks_on_its_day_and_may_be_read_before(office: Office) -> None:
    """Until then nothing changes but a word of warning; who read it early is not stopped that morning."""
    adopt(office, days=3)
    assert problem(office) == ""
    (found,) = [one for one in office.app.designating.standings() if one.line.row.login == "sam"]
    assert "has not read edition 2027, in force from" in found.soon[0]
    assert confirm(office) == "2027"
    assert problem(office) == ""
    office.clock.forward(days=3)
    assert (problem(office), UNREAD in problem(office, "ann")) == ("", True)


def test_the_edition_in_force_is_read_before_the_one_to_come(office: Office) -> None:
    """Without a name the next unread one is meant, one after the other; an older one than that in force is not enough."""
    adopt(office, "2026", days=-1)
    adopt(office, "2027", days=9)
    assert [confirm(office), confirm(office)] == ["2026", "2027"]
    assert problem(office) == ""
    assert confirm(office, "ann") == "2026"
    office.clock.forward(days=9)
    assert UNREAD in problem(office, "ann")
    with pytest.raises(InputError, match="no edition that is in force"):
        confirm(office, "ann", "2026")


def test_to_confirm_again_takes_nothing_back(office: Office) -> None:
    """Who has read the edition to come has not read less by confirming once more, or by naming an earlier one."""
    adopt(office, "2026")
    adopt(office, "2027", days=9)
    assert [confirm(office) for _ in range(3)] == ["2026", "2027", "2027"]
    with pytest.raises(InputError, match="has read 2027, which comes after it"):
        confirm(office, edition="2026")
    assert confirm(office, edition="2027") == "2027"


def test_an_edition_that_is_none_is_not_read(office: Office) -> None:
    """A name that nobody adopted is told with those that there are."""
    adopt(office)
    with pytest.raises(InputError, match=r"'2028' is no edition.*To be read: 2027"):
        confirm(office, edition="2028")


def test_an_officer_confirms_for_themselves_alone(office: Office) -> None:
    """Whoever asks is the one whose line changes; who is suspended, or no officer, confirms nothing."""
    adopt(office)
    confirm(office, "sam")
    assert UNREAD in problem(office, "ann")
    office.app.register.suspend("ann", actor="dana", now=office.clock())
    with pytest.raises(NotDesignated, match="ann is suspended"):
        confirm(office, "ann")
    with pytest.raises(InputError, match="no officer 'eve'"):
        confirm(office, "eve")
    (event,) = [one for one in office.app.queue.events_of("sam") if one.action == "policy confirmed"]
    assert event.actor == "sam"


@pytest.mark.parametrize("days", [0, -400])
def test_a_director_enters_it_from_paper_for_the_edition_of_that_day(office: Office, days: int) -> None:
    """A day on which another edition was in force says that they read that one, unless the edition is named."""
    adopt(office, "2025", days=-500)
    adopt(office, "2027")
    read_on = office.app.today + timedelta(days=days)
    entered = {"policy_read_on": read_on, "policy_reference": "HR/88"}
    found = office.app.designating.amend("sam", entered, officer="dana").line.row
    assert (found.policy_edition, found.policy_reference) == ("2025" if days else "2027", "HR/88")
    assert (problem(office) == "") is not bool(days)
    office.app.designating.amend(
        "sam", {"policy_edition": "2027", "policy_reference": "HR/89"}, officer="dana"
    )
    assert problem(office) == ""


@pytest.mark.parametrize("by", ["sam", "ann", "mona", "eve"])
def test_only_a_director_adopts(office: Office, by: str) -> None:
    """And the attempt is on the record."""
    with pytest.raises(NotDesignated, match="not a director"):
        adopt(office, officer=by)
    assert office.app.editions.all() == []
    with office.app.queue.reading() as connection:
        last = connection.exec_driver_sql("SELECT actor, action FROM event ORDER BY id DESC LIMIT 1").one()
    assert tuple(last) == (by, "denied")


@pytest.mark.parametrize(("edition", "days", "wrong"), [
    ("2027", 5, "edition"), ("autumn", 0, "from"), ("AUTUMN", 9, ""), ("", 9, "edition"), ("x" * 61, 9, "edition"), (" ", 9, "edition"),
])  # fmt: skip
def test_an_edition_has_a_name_and_a_day_of_its_own(
    office: Office, edition: str, days: int, wrong: str
) -> None:
    """Two that read alike, or begin on one day, could not be told apart by who is asked to read them."""
    adopt(office, "Summer 2027")
    adopt(office, "2027", days=2)
    if edition == "2027":
        edition = "SUMMER 2027"
    if not wrong:
        adopt(office, edition, days=days)
        return
    with pytest.raises(InputError) as caught:
        adopt(office, edition, days=days)
    assert caught.value.field == wrong


def test_an_edition_adopted_again_gets_another_day(office: Office) -> None:
    """A slip in the day is mended by saying it again; nobody is stopped any more for that."""
    adopt(office)
    assert UNREAD in problem(office)
    adopt(office, days=30)
    assert problem(office) == ""
    assert [(row.edition, counts) for row, counts in office.app.editions.all()] == [("2027", True)]


def test_an_edition_that_was_adopted_by_mistake_is_taken_away(office: Office) -> None:
    """The one before it is in force again: who never read that is asked; that they confirmed the other stays on record."""
    adopt(office, "2026", days=-9)
    for login in ("sam", "cms"):
        confirm(office, login)
    adopt(office)
    for login in ("sam", "ann"):
        confirm(office, login)
    take_away = office.app.designating.withdraw_edition
    foreseen = take_away("2027", "A slip", officer="dana", dry_run=True)
    assert UNREAD in problem(office, "cms")
    found = take_away("2027", "A slip", officer="dana")
    assert foreseen == found
    assert (found.reading.current.edition if found.reading.current else "", found.edition) == ("2026", "2027")
    assert [login for login in ("ann", "sam", "cms") if login in found.asked] == ["ann"]
    assert (problem(office), problem(office, "cms")) == ("", "")
    assert "has not confirmed having read edition 2026" in problem(office, "ann")
    assert [(row.edition, counts) for row, counts in office.app.editions.all()] == [("2026", True)]
    said = [event.detail.get("edition") for event in office.app.queue.events_of("sam")]
    assert "2027" in said
    (_, last) = office.app.queue.events_of("2027")
    assert (last.actor, last.action, last.detail["reason"]) == ("dana", "edition withdrawn", "A slip")
    adopt(office, "2027b")
    assert confirm(office, "cms") == "2027b"


def read(office: Office, login: str = "sam") -> tuple[str, str]:
    """Which edition somebody's line says that they read, and where that is filed."""
    row = office.app.designating.standing(login).line.row
    return row.policy_edition, row.policy_reference


def withdraw(office: Office, edition: str = "2027") -> list[str]:
    """Withdraws an edition; whose earlier reading counts again."""
    found = office.app.designating.withdraw_edition(edition, "A slip", officer="dana")
    return [row.login for row in found.given_back]


def test_who_confirmed_early_is_no_worse_off_when_that_edition_is_withdrawn(office: Office) -> None:
    """Their reading of the edition in force counts again, sealed, and the record says so and stays whole."""
    adopt(office, "2026", days=-9)
    office.app.designating.confirm("", "HR/1", officer="sam")
    adopt(office, "2027", days=30)
    office.clock.forward(days=2)
    office.app.designating.confirm("", "HR/2", officer="sam")
    item_id = queued(office)
    assert withdraw(office) == ["sam"]
    assert (problem(office), read(office)) == ("", ("2026", "HR/1"))
    assert office.app.designating.standing("sam").line.row.policy_read_on == office.app.today - timedelta(
        days=2
    )
    *_, last = office.app.queue.events_of("sam")
    assert (last.actor, last.action) == ("dana", "earlier reading counts again")
    assert last.detail["changed"]["policy_edition"] == ["2027", "2026"]
    assert office.app.verifier.verify().whole
    office.clock.forward(hours=1)
    office.release(item_id)
    assert office.state(item_id) == "published"


def test_a_reading_goes_back_past_every_edition_that_was_withdrawn(office: Office) -> None:
    """Whichever was withdrawn first: what is given back is a reading of an edition that there still is."""
    for edition, days in (("2026", -9), ("2027", 10), ("2028", 20)):
        adopt(office, edition, days=days)
    for _ in range(3):
        confirm(office)
    assert withdraw(office, "2027") == []
    assert read(office)[0] == "2028"
    assert withdraw(office, "2028") == ["sam"]
    assert (read(office)[0], problem(office)) == ("2026", "")


def test_what_a_director_entered_from_paper_is_given_back_too(office: Office) -> None:
    """A line is amended in parts: each part goes back to what it was, and later parts of no reading stay."""
    adopt(office, "2026", days=-9)
    amend = office.app.designating.amend
    amend(
        "sam",
        {"policy_read_on": office.app.today - timedelta(days=3), "policy_reference": "Paper 1"},
        officer="dana",
    )
    adopt(office, "2027", days=30)
    amend("sam", {"policy_edition": "2027", "policy_reference": "Paper 2"}, officer="dana")
    amend("sam", {"policy_reference": "Paper 3", "training_reference": "Half a day"}, officer="dana")
    assert withdraw(office) == ["sam"]
    assert (read(office), problem(office)) == (("2026", "Paper 1"), "")
    assert office.app.designating.standing("sam").line.row.training_reference == "Half a day"


def test_who_is_suspended_comes_back_with_the_earlier_reading(office: Office) -> None:
    """A suspension changes no reading, with a reason or without; and it is not undone."""
    adopt(office, "2026", days=-9)
    confirm(office)
    adopt(office, "2027", days=30)
    confirm(office)
    office.app.leaving.suspend("sam", officer="dana", reason="On leave")
    assert withdraw(office) == ["sam"]
    assert "is suspended" in problem(office)
    office.app.designating.reinstate("sam", officer="dana")
    assert (read(office)[0], problem(office)) == ("2026", "")


@pytest.mark.parametrize(
    "hand",
    [
        """UPDATE event_detail SET detail = '{"edition": "2027", "earlier": {"policy_read_on": "2026-01-05",
        "policy_edition": "2026", "policy_reference": ""}}'
        WHERE event_id = (SELECT max(id) FROM event WHERE subject = 'sam')""",
        "DELETE FROM event_detail WHERE event_id = (SELECT max(id) FROM event WHERE subject = 'sam')",
    ],
)
def test_a_hand_gives_nobody_a_reading_back(office: Office, hand: str) -> None:
    """What lies beside an event counts only as it was written: a reading that was put there afterwards is none."""
    adopt(office, "2026", days=-9)
    adopt(office, "2027", days=30)
    confirm(office, edition="2027")
    by_hand(office, hand)
    assert withdraw(office) == []
    assert "has not confirmed having read edition 2026" in problem(office)


def test_a_line_that_a_hand_changed_is_not_sealed_anew_by_a_withdrawal(office: Office) -> None:
    """It goes on counting for nothing, whatever edition the hand wrote there."""
    adopt(office, "2026", days=-9)
    confirm(office)
    adopt(office, "2027", days=30)
    confirm(office)
    by_hand(office, "UPDATE officer SET roles = 'officer,director' WHERE login = 'sam'")
    assert withdraw(office) == []
    assert "changed by hand" in problem(office)


@pytest.mark.parametrize("name", ["2027", " 2027 ", "\uff12\uff10\uff12\uff17"])
def test_the_name_of_an_edition_that_was_withdrawn_is_not_given_to_another_paper(
    office: Office, name: str
) -> None:
    """Who confirmed the first would pass for having read the second, and nobody would be asked."""
    adopt(office)
    confirm(office)
    office.app.designating.withdraw_edition("2027", "The wrong paper", officer="dana")
    for dry_run in (True, False):
        with pytest.raises(InputError, match="Choose another name, such as") as caught:
            office.app.designating.adopt(name, office.app.today, "Minute 92", officer="dana", dry_run=dry_run)
        assert caught.value.field == "edition"
    assert "sam" in adopt(office, "2027b")


def test_taking_an_edition_away_is_a_directors_and_names_one_that_is_there(office: Office) -> None:
    """Nobody else, no other name, and not without a reason."""
    adopt(office)
    take_away = office.app.designating.withdraw_edition
    with pytest.raises(NotDesignated):
        take_away("2027", "A slip", officer="sam")
    with pytest.raises(InputError, match="there is no edition '2028'"):
        take_away("2028", "A slip", officer="dana")
    with pytest.raises(InputError, match="reason"):
        take_away("2027", " ", officer="dana")
    assert UNREAD in problem(office)


def test_an_edition_that_a_hand_took_away_can_be_withdrawn(office: Office) -> None:
    """It stops everybody as long as the record tells of it: a director who does not want it back says so."""
    adopt(office)
    by_hand(office, "DELETE FROM edition")
    assert "changed by hand" in problem(office)
    office.app.designating.withdraw_edition("2027", "It was none", officer="dana")
    assert problem(office) == ""


# --- a hand in the database --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM edition",
        "UPDATE edition SET in_force_from = '2999-01-01'",
        "UPDATE edition SET edition = 'another'",
        "UPDATE edition SET seal = ''",
    ],
)
def test_an_edition_that_a_hand_took_away_stops_everybody(office: Office, sql: str) -> None:
    """Who did not read it must not post by making it go; the director adopts it again, and all is as before."""
    adopt(office)
    confirm(office)
    by_hand(office, sql)
    assert "changed by hand" in problem(office)
    with pytest.raises(NotDesignated, match="changed by hand"):
        office.hand_in(office.news())
    adopt(office)
    assert problem(office) == ""


def test_an_edition_that_a_hand_set_back_to_another_day_stops_everybody(office: Office) -> None:
    """The row of before was sealed, too; the record holds the seal of the last one."""
    adopt(office, days=30)
    with office.app.queue.reading() as connection:
        before = dict(connection.exec_driver_sql("SELECT * FROM edition").mappings().one())
    adopt(office)
    confirm(office)
    was = ", ".join(f"{name} = '{before[name]}'" for name in ("in_force_from", "adopted_at", "seal"))
    by_hand(office, f"UPDATE edition SET {was}")  # noqa: S608  # by this test
    assert "changed by hand" in problem(office)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM edition WHERE edition = '2019'",
        "UPDATE edition SET in_force_from = 'never' WHERE edition = '2019'",
        "UPDATE edition SET reference = CAST(x'ff' AS TEXT) WHERE edition = '2019'",
        "UPDATE edition SET seal = '', adopted_at = 'never' WHERE edition = '2019'",
    ],
)
def test_an_edition_that_is_over_stops_nobody_whatever_a_hand_did_to_it(office: Office, sql: str) -> None:
    """The record proves that it began before the one in force, by the seal that its event holds."""
    adopt(office, "2019", days=-900)
    adopt(office)
    confirm(office)
    by_hand(office, sql)
    assert problem(office) == ""
    assert office.hand_in(office.news()).id


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE event_detail SET detail = json_set(detail, '$.from', '2001-01-01') WHERE detail LIKE '%2028%'",
        "UPDATE event_detail SET detail = '[]' WHERE detail LIKE '%2028%'",
        "DELETE FROM event_detail WHERE detail LIKE '%2028%'",
    ],
)
def test_words_beside_an_event_prove_nothing(office: Office, sql: str) -> None:
    """An edition in force is not made one that is over by writing another day, or none, where no seal covers it."""
    adopt(office, days=-9)
    office.app.designating.adopt("2028", office.app.today, "Minute 2028", officer="dana")
    confirm(office)
    by_hand(office, "UPDATE edition SET reference = 'x' WHERE edition = '2028'")
    assert "changed by hand" in problem(office)
    by_hand(office, sql)
    assert "changed by hand" in problem(office)


def test_an_edition_that_stops_everybody_names_its_cure(office: Office) -> None:
    """Who is stopped reads what a director does, and both ways work."""
    adopt(office)
    confirm(office)
    by_hand(office, "UPDATE edition SET adopted_at = 'never'")
    with pytest.raises(NotDesignated, match="publisher policy withdraw-edition"):
        office.hand_in(office.news())
    office.app.designating.withdraw_edition("2027", "Changed by hand", officer="dana")
    assert problem(office) == ""


def test_an_edition_that_a_hand_added_asks_nobody(office: Office) -> None:
    """Nobody adopted it: whoever can write the file must not stop the whole office by it, nor pass for having read."""
    by_hand(
        office,
        "INSERT INTO edition (edition, in_force_from, reference, adopted_by, adopted_at, seal) "
        "VALUES ('2028', '2026-01-01', '', 'dana', '2026-01-01 00:00:00', '')",
    )
    assert problem(office) == ""
    ((row, counts),) = office.app.editions.all()
    assert (row.edition, counts) == ("2028", False)


# --- leaving -----------------------------------------------------------------------------------------------------


def test_a_leaver_is_switched_off_with_all_that_was_on_its_way(office: Office) -> None:
    """In one step: what they wrote or approved is held, what is out is told, and others' items go on."""
    out = office.hand_in(office.news(title="Out")).id
    office.release(out)
    mine, approved, other = (
        queued(office),
        queued(office, title="Zebra", summary=ZEBRA),
        queued(office, title="Own"),
    )
    office.app.register.amend("cms", {"roles": "officer,approver"}, actor="dana", now=office.clock())
    theirs = office.app.desk.hand_in(
        office.news(title="Theirs", publish_at=office.clock() + timedelta(hours=1)), officer="cms"
    ).id
    office.app.decisions.approve(approved, officer="ann", reason=REASON)
    left = office.app.leaving.suspend("ann", officer="dana", reason="Left the council")
    assert [[row.id for row in rows] for rows in (left.held, left.waiting, left.going, left.out)] == [
        [approved],
        [],
        [],
        [],
    ]
    left = office.app.leaving.suspend("sam", officer="dana", reason="Left the council")
    assert {row.id for row in left.held} == {mine, other}
    assert ([row.id for row in left.waiting], [row.id for row in left.out]) == ([approved], [out])
    assert [office.state(one) for one in (mine, other, approved, theirs)] == ["held for review"] * 3 + [
        "queued"
    ]


def test_the_item_says_that_they_are_suspended_and_not_why(office: Office) -> None:
    """Everybody reads an item; the ground of a suspension is for directors, and stands in their event alone."""
    item_id = queued(office)
    office.app.leaving.suspend("sam", officer="dana", reason="Under investigation")
    assert office.app.queue.item(item_id).reason == "sam, who wrote it, was suspended."
    assert not any("investigation" in str(event.detail) for event in office.app.queue.events(item_id))
    assert CAUSE in str(office.app.queue.events(item_id)[-2].detail)
    (event,) = [one for one in office.app.queue.events_of("sam") if one.action == "officer suspended"]
    assert event.detail == {"reason": "Under investigation"}


def test_a_suspension_that_is_refused_holds_nothing(office: Office) -> None:
    """It is one transaction: no director, no reason, or the last director, and everything goes on."""
    item_id = queued(office)
    for login, by, reason, error in (
        ("sam", "ann", "Because I say so", NotDesignated),
        ("sam", "dana", " ", InputError),
        ("dana", "dana", "Retires today", NotDesignated),
    ):
        with pytest.raises(error):
            office.app.leaving.suspend(login, officer=by, reason=reason)
    assert (office.state(item_id), problem(office)) == ("queued", "")


def test_what_a_suspension_would_reach_is_seen_beforehand(office: Office) -> None:
    """Nothing is changed by looking."""
    item_id = queued(office)
    assert [row.id for row in office.app.leaving.foreseen("sam").held] == [item_id]
    assert (office.state(item_id), problem(office)) == ("queued", "")


def test_a_login_within_another_is_another(office: Office) -> None:
    """What sam approved is found by the whole login, and not by a part of it."""
    item_id = queued(office, summary=ZEBRA)
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    office.app.designating.add("an", {"name": "An Li"}, officer="dana")
    assert office.app.leaving.foreseen("an").held == ()


def test_who_is_reinstated_does_not_let_their_own_item_go_on(office: Office) -> None:
    """It was held by a director: an approver decides on it, or a director."""
    item_id = queued(office)
    office.app.leaving.suspend("sam", officer="dana", reason="By mistake")
    office.app.designating.reinstate("sam", officer="dana")
    assert (office.state(item_id), problem(office)) == ("held for review", "")
    for who in ("sam", "cms"):
        with pytest.raises(IllegalMove, match="held by dana"):
            office.app.decisions.retry(item_id, officer=who)
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    assert office.state(item_id) == "queued"


def test_a_day_far_off_is_a_slip(office: Office) -> None:
    """A year that nobody means is refused, as everywhere."""
    with pytest.raises(InputError, match="year"):
        office.app.designating.adopt("2027", date(3027, 1, 1), "Minute 91", officer="dana")


# --- what an edition reaches, and the way out --------------------------------------------------------------------


def steps(office: Office, item_id: str) -> str:
    """What is said to be done about an item."""
    return " | ".join(office.app.overview.seen(item_id).steps)


def at_its_moment(office: Office, *item_ids: str) -> None:
    """The hour passes, and each comes to its release."""
    office.clock.forward(hours=1)
    for item_id in item_ids:
        office.release(item_id)


def test_who_only_has_to_confirm_is_told_the_command(office: Office) -> None:
    """In what refuses to hand in, withdraw, reschedule or approve; where more is missing a director must mend it."""
    item_id, waits = queued(office), queued(office, summary=ZEBRA)
    adopt(office)
    asked = (
        lambda: office.hand_in(office.news()),
        lambda: office.app.decisions.withdraw(item_id, officer="sam", reason=REASON),
        lambda: office.app.decisions.reschedule(item_id, officer="sam", publish_at=None),
        lambda: office.app.decisions.refuse(waits, officer="ann", reason=REASON),
    )
    for ask in asked:
        with pytest.raises(NotDesignated) as caught:
            ask()
        assert "confirms that with `publisher officer confirm-policy`" in caught.value.way_out
    confirm(office)
    with pytest.raises(NotDesignated, match="ann reads it, and confirms that with"):
        office.app.decisions.approve(waits, officer="ann", reason=REASON)
    office.app.designating.amend("ann", {"expires_on": office.app.today - timedelta(days=1)}, officer="dana")
    with pytest.raises(NotDesignated) as caught:
        office.app.desk.hand_in(office.news(), officer="ann")
    assert "confirm-policy" not in caught.value.way_out
    assert all(text in str(caught.value) for text in ("no designation after", UNREAD))


def test_an_item_held_by_an_edition_names_the_way_on_and_it_works(office: Office) -> None:
    """Its author confirms, then it is retried; what else is open needs its second officer. The reason is not cut."""
    plain, zebra = queued(office), queued(office, summary=ZEBRA)
    office.app.decisions.approve(zebra, officer="ann", reason=REASON)
    day = office.app.today
    adopt(office)
    confirm(office, "dana")
    at_its_moment(office, plain, zebra)
    assert f"in force from {day}." in office.app.queue.item(plain).reason
    own = "sam confirms it with `publisher officer confirm-policy`; then"
    assert f"{own} `publisher retry {plain}`" in steps(office, plain)
    assert f"{own} another officer lets it go on with `publisher approve {zebra}" in steps(office, zebra)
    confirm(office)
    office.app.decisions.retry(plain, officer="sam")
    office.app.decisions.approve(zebra, officer="dana", reason=REASON)
    assert [office.state(one) for one in (plain, zebra)] == ["queued", "queued"]


def test_what_was_blocked_by_an_edition_goes_on_as_it_is_said(office: Office) -> None:
    """Another time that came while its author had not read it blocks the item: a second officer lets it go on."""
    item_id = queued(office)
    adopt(office)
    confirm(office, "ann")
    confirm(office, "cms")
    later = office.clock() + timedelta(hours=2)
    office.app.decisions.reschedule(item_id, officer="cms", publish_at=later)
    assert office.state(item_id) == "blocked"
    own = "sam confirms it with `publisher officer confirm-policy`; then another officer lets it go on with"
    assert f"{own} `publisher approve {item_id} --reason TEXT`" in steps(office, item_id)
    with pytest.raises(Refused, match=f"`publisher show {item_id}` says what to do"):
        office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    confirm(office)
    assert steps(office, item_id).startswith("another officer lets it go on with `publisher approve")
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    assert office.state(item_id) == "queued"


def test_an_item_on_its_way_says_that_it_will_be_held(office: Office) -> None:
    """By an edition that begins before its moment, an author's last day, or a suspension; not where all is well."""
    tomorrow = office.clock() + timedelta(days=2)
    item_id = office.hand_in(office.news(publish_at=tomorrow, summary=ZEBRA)).id
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    assert steps(office, item_id) == ""
    adopt(office, days=1)
    assert "sam, who wrote it," in steps(office, item_id)
    assert "unless sam confirms before with `publisher officer confirm-policy`" in steps(office, item_id)
    confirm(office)
    assert "unless ann confirms before" in steps(office, item_id)
    confirm(office, "ann")
    assert steps(office, item_id) == ""
    ends = {"expires_on": office.app.today + timedelta(days=1)}
    office.app.designating.amend("sam", ends, officer="dana")
    assert f"no designation after {ends['expires_on']}: this is held when its moment comes" in steps(office, item_id)  # fmt: skip
    handed = office.hand_in(office.news(publish_at=tomorrow, title="Bins", summary="Put them out at 7am."))
    told = office.app.overview.handed_in(handed.id, handed.verdict.outcome).steps
    assert "this is held when its moment comes" in told[0]
    soon = office.hand_in(
        office.news(publish_at=office.clock(), title="Pools", summary="Both are open from 8am.")
    )
    told = office.app.overview.handed_in(soon.id, soon.verdict.outcome).steps
    assert "the daemon sends it" in told[0]


def test_an_adoption_tells_whom_and_what_it_reaches(office: Office) -> None:
    """Beforehand, changing nothing, and as it is done; what goes before its first day, and an edition that is over, reach nobody."""
    early = queued(office)
    in_days = office.clock() + timedelta(days=3)
    late = office.hand_in(office.news(publish_at=in_days, title="Bins", summary="Put them out at 7am.")).id
    begins = office.app.today + timedelta(days=2)
    decided = office.app.designating
    seen = decided.adopt("2027", begins, "Minute 91", officer="dana", dry_run=True)
    assert (seen.asked, [row.id for row in seen.held]) == (("ann", "cms", "dana", "mona", "sam"), [late])
    assert office.app.editions.all() == []
    with pytest.raises(NotDesignated):
        decided.adopt("2027", begins, "Minute 91", officer="sam", dry_run=True)
    done = decided.adopt("2027", begins, "Minute 91", officer="dana")
    assert (done.asked, done.held) == (seen.asked, seen.held)
    with pytest.raises(InputError, match="in force from that day"):
        decided.adopt("2028", begins, "Minute 92", officer="dana", dry_run=True)
    adopt(office, "2026")
    over = decided.adopt("2020", office.app.today - timedelta(days=999), "Minute 1", officer="dana")
    assert (over.asked, over.held) == ((), ())
    now = decided.adopt("2026", office.app.today, "Minute 90", officer="dana")
    assert [row.id for row in now.held] == [early, late]


def test_to_confirm_twice_is_no_second_event_and_the_earlier_one_stays(office: Office) -> None:
    """Who has confirmed is told so; what was confirmed before stands in the event of the next."""
    adopt(office, "2026")
    office.app.designating.confirm("", "HR/1", officer="sam")
    row, anew = office.app.designating.confirm("", "HR/2", officer="sam")
    assert (anew, row.line.row.policy_reference) == (False, "HR/1")
    adopt(office, "2027", days=3)
    assert office.app.designating.confirm("2027", "HR/3", officer="sam")[1]
    events = [one for one in office.app.queue.events_of("sam") if one.action == "policy confirmed"]
    assert len(events) == 2
    assert events[1].detail["earlier"] == {
        "policy_read_on": office.app.today.isoformat(), "policy_edition": "2026", "policy_reference": "HR/1",
    }  # fmt: skip


def test_a_council_without_editions_confirms_again_on_another_day(office: Office) -> None:
    """The date is all that it keeps: today's twice is one, next year's is another."""
    assert not office.app.designating.confirm("", "", officer="sam")[1]
    office.clock.forward(days=365)
    assert office.app.designating.confirm("", "", officer="sam")[1]


# --- what a suspension leaves ------------------------------------------------------------------------------------


def test_what_a_suspension_holds_says_what_can_be_done_and_that_works(office: Office) -> None:
    """Another's yes for what they approved; for what they wrote another name, or after their return another's yes."""
    wrote, approved = queued(office), queued(office, summary=ZEBRA)
    office.app.decisions.approve(approved, officer="ann", reason=REASON)
    office.app.leaving.suspend("ann", officer="dana", reason="Left the council")
    assert office.app.queue.item(approved).reason == "ann, who approved it, was suspended."
    assert "ann, who approved it, is suspended: another approver" in steps(office, approved)
    assert "retry" not in steps(office, approved)
    office.app.decisions.approve(approved, officer="dana", reason=REASON)
    office.app.leaving.suspend("sam", officer="dana", reason="By mistake")
    assert "sam, who wrote it, is suspended: another officer hands it in" in steps(office, wrote)
    assert f"`publisher withdraw {wrote} --reason TEXT`" in steps(office, wrote)
    assert f"then another officer lets it go on with `publisher approve {wrote} --reason TEXT`" in steps(
        office, wrote
    )
    with pytest.raises(Refused, match="sam is suspended"):
        office.app.decisions.approve(wrote, officer="dana", reason=REASON)
    office.app.designating.reinstate("sam", officer="dana")
    assert "suspended" not in steps(office, wrote)
    assert "an approver or a director decides who had no part in it" in steps(office, wrote)
    office.app.decisions.approve(wrote, officer="dana", reason=REASON)
    assert office.state(wrote) == "queued"


def test_a_retry_that_waits_for_a_yes_names_the_whole_command(office: Office) -> None:
    """It can be copied as it stands, reason and all."""
    item_id = queued(office, summary=ZEBRA)
    with pytest.raises(IllegalMove, match=f"`publisher approve {item_id} --reason TEXT`"):
        office.app.decisions.retry(item_id, officer="sam")


def test_line_managers_form_no_circle(office: Office) -> None:
    """A concern goes upwards: in a circle it would come back to whom it is about."""
    decided = office.app.designating
    decided.amend("sam", {"manager": "ann"}, officer="dana")
    decided.amend("ann", {"manager": "dana"}, officer="dana")
    with pytest.raises(InputError, match="sam, whose is ann, whose is dana: a circle") as caught:
        decided.amend("dana", {"manager": "sam"}, officer="dana")
    assert caught.value.field == "manager"
    decided.amend("dana", {"manager": "mona"}, officer="dana")
