"""Emergencies: a faster lane that is still two people wide, skips nothing that harms, and is looked at afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gate_support import REASON, add_officer, held_at_release, open_gated, rule, write_rules
from support import Office

from publisher.concerns import Told
from publisher.errors import IllegalMove, InputError, NotDesignated
from publisher.register import Role
from publisher.rehearsal.faults import Fault

FLOOD = "The river is over its banks in Mill Lane"
LOOKED = "It was right to warn at once."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office with a rule about zebras that only the monitoring officer may let go."""
    with open_gated(tmp_path) as office:
        write_rules(office, rule("zebra", override="monitoring officer"))
        yield office


def handed_in(office: Office, **fields: object) -> str:
    """An emergency in the queue; its id."""
    return office.hand_in(office.news(emergency=FLOOD, **fields)).id


def gone(office: Office, **fields: object) -> str:
    """An emergency that went out by ann's yes; its id."""
    item_id = handed_in(office, **fields)
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    office.release(item_id)
    assert office.state(item_id) == "published"
    return item_id


def severities(office: Office, item_id: str) -> dict[str, str]:
    """What each rule asks for."""
    return {one["rule"]: one["severity"] for one in office.app.queue.item(item_id).verdict["findings"]}


def test_an_emergency_always_waits_for_a_second_officer(office: Office) -> None:
    """However harmless its words, its author alone does not send it (clause 5a)."""
    item_id = handed_in(office)
    assert office.state(item_id) == "held for review"
    with pytest.raises(NotDesignated, match="the author"):
        office.app.decisions.approve(item_id, officer="sam", reason=REASON)


def test_one_approver_lets_go_what_may_wait(office: Office) -> None:
    """A finding for which a monitoring officer would be asked waits until afterwards, and says so."""
    ordinary = office.hand_in(office.news(summary="A zebra is in Mill Lane.", title="Zebra")).id
    with pytest.raises(NotDesignated):
        office.app.decisions.approve(ordinary, officer="ann", reason=REASON)
    item_id = gone(office, summary="A zebra is in Mill Lane.")
    assert severities(office, item_id)["junk.zebra"] == "advise"
    (told,) = (
        one for one in office.app.queue.item(item_id).verdict["findings"] if one["rule"] == "junk.zebra"
    )
    assert "afterwards" in told["message"]


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("Call Ann on 07700 900123.", "personal-data."),
        ("OFFICIAL-SENSITIVE. Keep away from the river.", "marking."),
        ("Tag a friend and share if you saw the flood.", "one-way."),
    ],
)
def test_private_details_markings_and_one_way_are_never_put_off(
    office: Office, words: str, category: str
) -> None:
    """They ask for the same as in any other item."""
    ordinary = severities(office, office.hand_in(office.news(summary=words)).id)
    urgent = severities(office, handed_in(office, summary=words))
    asked = {name: severity for name, severity in ordinary.items() if name.startswith(category)}
    assert asked
    assert set(asked.values()) <= {"review", "block"}
    assert {name: urgent.get(name) for name in asked} == asked


def test_a_rule_that_cannot_be_applied_is_never_put_off(office: Office) -> None:
    """Nobody knows what it would have found: it may be private."""
    write_rules(office, rule("zebra").replace('["zebra"]', '"table:nowhere"'))
    assert severities(office, handed_in(office))["format.rule-failed"] == "review"


def test_a_council_cannot_let_private_details_wait(office: Office) -> None:
    """A rule file that puts another category on the list is refused, and says which it may have."""
    more = '[more]\nemergency_waits = ["personal-data"]\n'
    (office.folder / "rules" / "own.toml").write_text(more, encoding="utf-8")
    done = office.cli("policy", "test")
    assert done.returncode == 2
    assert "personal-data" in done.stderr


@pytest.mark.parametrize("fields", [{"body": "More."}, {"summary": "Keep away from the river. " * 12}])
def test_an_emergency_is_short(office: Office, fields: dict[str, str]) -> None:
    """What is long to read cannot be looked at in a hurry."""
    item_id = handed_in(office, **fields)
    assert office.state(item_id) == "blocked"
    assert severities(office, item_id)["format.emergency-not-short"] == "block"


def test_an_emergency_says_what_cannot_wait(office: Office) -> None:
    """One word names nothing that somebody could look at afterwards."""
    item_id = office.hand_in(office.news(emergency="urgent")).id
    assert severities(office, item_id)["officer.emergency-without-reason"] == "block"


def test_without_its_rule_there_is_no_faster_lane(office: Office) -> None:
    """A council that retires the second officer of emergencies retires all of it: nothing is put off."""
    retired = rule("zebra") + '\n[[rule]]\nid = "officer.emergency"\nstatus = "retired"\n'
    write_rules(office, retired)
    assert severities(office, handed_in(office, summary="A zebra is in Mill Lane."))["junk.zebra"] == "review"


# --- afterwards ----------------------------------------------------------------------------------------------------------


def test_an_emergency_that_is_out_waits_to_be_looked_at(office: Office) -> None:
    """It is listed from the moment it goes until somebody looked, and the record tells who."""
    held = handed_in(office)
    item_id = gone(office, title="Bridge closed", summary="The bridge is closed.")
    assert [item.id for item in office.app.afterwards.waiting()] == [item_id]
    office.app.afterwards.review(item_id, officer="mona", reason=LOOKED)
    assert office.app.afterwards.waiting() == []
    event = office.app.queue.events(item_id)[-1]
    assert (event.actor, event.action, event.detail["reason"]) == ("mona", "looked at afterwards", LOOKED)
    assert office.state(held) == "held for review"


@pytest.mark.parametrize("officer", ["sam", "ann"])
def test_whoever_wrote_it_or_let_it_go_cannot_look_at_it(office: Office, officer: str) -> None:
    """A third pair of eyes, or it is no look."""
    add_officer(office, "ben", Role.OFFICER)
    item_id = gone(office)
    for login in (officer, "ben", "nobody"):
        with pytest.raises(NotDesignated):
            office.app.afterwards.review(item_id, officer=login, reason=LOOKED)
    assert [item.id for item in office.app.afterwards.waiting()] == [item_id]


def test_whoever_moved_it_cannot_look_at_it_either(office: Office) -> None:
    """A yes that was taken back, and another time that was given, are a part in it as well."""
    item_id = handed_in(office)
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    office.app.decisions.reschedule(item_id, officer="ann", publish_at=None)
    office.app.decisions.approve(item_id, officer="dana", reason=REASON)
    office.release(item_id)
    for login in ("ann", "dana"):
        with pytest.raises(NotDesignated, match="cannot look at it"):
            office.app.afterwards.review(item_id, officer=login, reason=LOOKED)
    office.app.afterwards.review(item_id, officer="mona", reason=LOOKED)


def test_whoever_sent_it_again_cannot_look_at_it(office: Office) -> None:
    """What was held at its release went by their hand, though another let it go before."""
    add_officer(office, "ben", Role.OFFICER, Role.APPROVER)
    item_id = handed_in(office)
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    held_at_release(office, item_id)
    office.app.decisions.retry(item_id, officer="ben")
    office.release(item_id)
    assert office.state(item_id) == "published"
    with pytest.raises(NotDesignated, match="cannot look at it"):
        office.app.afterwards.review(item_id, officer="ben", reason=LOOKED)
    office.app.afterwards.review(item_id, officer="mona", reason=LOOKED)


def test_whoever_said_what_became_of_it_cannot_look_at_it(office: Office) -> None:
    """Where no platform answered, what the record tells is their word: they would look at that."""
    add_officer(office, "ben", Role.OFFICER, Role.APPROVER)
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.drop_before())
    item_id = handed_in(office)
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    assert office.release(item_id)["twitter"].state == "unknown"
    office.app.decisions.resolve(item_id, "twitter", officer="ben", url=None)
    with pytest.raises(NotDesignated, match="cannot look at it"):
        office.app.afterwards.review(item_id, officer="ben", reason=LOOKED)
    office.app.afterwards.review(item_id, officer="mona", reason=LOOKED)


def test_politics_wait_for_nobody_s_hurry(office: Office) -> None:
    """An emergency is no way round section 2 of the Local Government Act 1986."""
    words = "Mill Lane is under water. Vote Labour on Thursday."
    asked = {
        severity
        for name, severity in severities(office, handed_in(office, summary=words)).items()
        if name.startswith("political.")
    }
    assert asked
    assert asked <= {"review", "block"}


def test_it_is_looked_at_once_and_with_words(office: Office) -> None:
    """A second look, a look without words, and a look at what is no emergency are refused."""
    item_id = gone(office)
    with pytest.raises(InputError):
        office.app.afterwards.review(item_id, officer="mona", reason=" . ")
    office.app.afterwards.review(item_id, officer="mona", reason=LOOKED)
    plain = office.hand_in(office.news(title="Market day", summary="On Friday.")).id
    for done in (item_id, plain):
        with pytest.raises(IllegalMove):
            office.app.afterwards.review(done, officer="mona", reason=LOOKED)


def test_a_hand_in_the_database_does_not_hide_an_emergency(office: Office) -> None:
    """Whether it waits is read from the record, which is only ever added to."""
    item_id = gone(office)
    with office.app.queue.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE item SET state = 'withdrawn', content = json_remove(content, '$.emergency')"
        )
    assert [item.id for item in office.app.afterwards.waiting()] == [item_id]


def test_the_command_lists_and_records(office: Office) -> None:
    """`publisher review` shows what waits; with ID and --reason it is done."""
    item_id = gone(office)
    assert FLOOD in office.cli("review").stdout
    assert f"publisher review {item_id}" in " ".join(office.cli("list").stdout.split())
    assert office.cli_json("review", item_id, "--reason", LOOKED, "--as", "mona")["id"] == item_id
    assert "No emergency waits" in office.cli("review").stdout
    assert office.cli("review", item_id).returncode == 2


def test_whoever_looks_at_one_with_a_concern_about_it_is_told_that_it_passes_on(office: Office) -> None:
    """The look is a part in the item: what is raised about it is somebody else's from then on."""
    item_id = gone(office)
    concern = office.app.concerns.tell(
        Told(item_id=item_id, words="It was no flood", to="dana"), officer="ann"
    )
    said = " ".join(office.cli("review", item_id, "--reason", LOOKED, "--as", "dana").stdout.split())
    assert (
        f"{item_id} was looked at. The concern {concern.id} about this post, which was with you, is now with somebody above"
        in said
    )


def test_a_website_cannot_call_an_emergency(office: Office) -> None:
    """What is urgent an officer answers for (the hook's own tests show the rest of its refusals)."""
    from publisher import hook, item

    source = next(iter(office.app.config.sources.values()))
    data = item.parse(
        {"kind": "event", "title": "Fair", "starts_at": "2099-01-01T10:00", "emergency": FLOOD}
    ).to_json()
    with pytest.raises(hook.Problem, match="by an officer"):
        hook._item({"type": "event.created", "data": data}, source)


# --- whoever changes an item does not approve it ----------------------------------------------------------------------------


def test_who_gave_an_item_another_time_does_not_approve_it(office: Office) -> None:
    """An approver is never the author of a later edit, also where they approved it before that."""
    write_rules(office, rule("zebra"))
    item_id = office.hand_in(office.news(summary="A zebra is in the library.")).id
    office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    office.app.decisions.reschedule(item_id, officer="ann", publish_at=None)
    assert office.state(item_id) == "held for review"
    with pytest.raises(NotDesignated, match="another time"):
        office.app.decisions.approve(item_id, officer="ann", reason=REASON)
    with pytest.raises(NotDesignated, match="another time"):
        office.app.decisions.refuse(item_id, officer="ann", reason=REASON)
    office.app.decisions.approve(item_id, officer="dana", reason=REASON)
    assert office.state(item_id) == "queued"
