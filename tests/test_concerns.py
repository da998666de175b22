"""Concerns (clause 4): to whom one goes, that nobody else can read it or tell from the record, and what becomes of it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import Office, open_office

from publisher.concern_drawer import IN_CONFIDENCE, Standing
from publisher.concerns import HELD_ONCE, HELD_WORDS, MAX_WORDS, Concern, Told
from publisher.errors import IllegalMove, InputError, NotDesignated, Refused
from publisher.holding import SOMEBODY, parts
from publisher.logbook import Sought
from publisher.office.operations import Caller
from publisher.office.retention import RetentionPart
from publisher.record import Event
from publisher.register import Role
from publisher.routing import Person, choices, meant
from publisher.tables import OfficerRow
from publisher.via import coming_via

SECRET = "Numbat forged the figures"
WHY = "It is hers to look at"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Sam and Cat work for Lee, Lee for Kim; Mona is the Monitoring Officer, Eve an Executive Director, Mel a Member."""
    with open_office(tmp_path) as found:
        for login, roles, manager in (
            ("kim", "officer", ""),
            ("lee", "officer", "kim"),
            ("cat", "officer", "lee"),
            ("mona", "monitoring officer", ""),
            ("eve", "executive director", ""),
            ("mel", "member", ""),
        ):
            join(found, login, roles, manager)
        found.app.register.amend("sam", {"manager": "lee"}, actor="dana", now=found.clock())
        yield found


NAMES = {"kim": "Kim Adeyemi", "lee": "Lee Zhang", "cat": "Cat O’Brien", "mona": "Mona Íñiguez", "eve": "Eve Stone", "mel": "Mel Hart"}  # fmt: skip


def join(office: Office, login: str, roles: str, manager: str = "") -> None:
    """Somebody joins the register, without any of the prerequisites of clause 5c."""
    row = OfficerRow(
        login=login, name=NAMES.get(login, login), roles=roles, manager=manager, added_by="dana",
        added_at=office.clock(),
    )  # fmt: skip
    office.app.register.add(row, now=office.clock())


def leave(office: Office, login: str) -> None:
    """Somebody leaves."""
    office.app.register.suspend(login, actor="dana", now=office.clock())


def tell(office: Office, who: str = "cat", **told: str) -> Concern:
    """Raises a concern, about Sam if nobody else is named."""
    return office.app.concerns.tell(Told(**{"person": "sam", "words": SECRET} | told), officer=who)


def about_item(office: Office, author: str = "sam", **told: str) -> tuple[str, Concern]:
    """An item in an hour, and a concern of Cat's about it."""
    item = office.news(publish_at=office.clock() + timedelta(hours=1))
    item_id = office.hand_in(item, author).id
    return item_id, tell(office, item_id=item_id, person="", **told)


def readers(office: Office, concern_id: str) -> set[str]:
    """Everyone on the register who can read it, or see that it is there."""
    return {line.row.login for line in office.app.register.lines() if line.is_active and reads(office, line.row.login, concern_id)}  # fmt: skip


def reads(office: Office, login: str, concern_id: str) -> bool:
    """Whether somebody can read it: alone and in their list, which must agree."""
    listed = concern_id in {one.id for one in office.app.concerns.of(login)}
    shown = False
    with contextlib.suppress(InputError):
        shown = office.app.concerns.one(concern_id, login).id == concern_id
    assert listed == shown
    return shown


# --- the way, by itself ------------------------------------------------------------------------------------------

LOGINS = st.sampled_from("abcdefg")
ROLES = st.frozensets(st.sampled_from([role.value for role in Role]), min_size=1, max_size=3)
PEOPLE = st.dictionaries(
    LOGINS,
    st.builds(Person, login=st.just(""), roles=ROLES, manager=st.one_of(st.just(""), LOGINS), is_active=st.booleans()),
)  # fmt: skip


@given(PEOPLE, LOGINS, st.frozensets(LOGINS), st.one_of(st.just(""), LOGINS))
def test_nobody_gets_a_concern_who_may_not(
    people: Mapping[str, Person], raiser: str, barred: frozenset[str], holder: str
) -> None:
    """Whoever works for whom, in circles too: never whom it is about, its raiser, a leaver, or a stranger; each once."""
    found = choices(raiser, barred, people, holder=holder)
    assert len(found) == len(set(found))
    assert not {*found} & {*barred, raiser, holder}
    assert all(login in people and people[login].is_active for login in found)


@given(PEOPLE, LOGINS, st.frozensets(LOGINS))
def test_a_members_concern_goes_to_the_three_offices(
    people: Mapping[str, Person], raiser: str, barred: frozenset[str]
) -> None:
    """Everyone in them and nobody else, the Monitoring Officer before the others; an employee's goes up their line first."""
    found = choices(raiser, barred, people)
    offices = {Role.MONITORING, Role.EXECUTIVE, Role.DIRECTOR}
    free = {login for login, one in people.items() if one.is_active and login not in {*barred, raiser}}
    if raiser in people and Role.MEMBER in people[raiser].roles:
        assert {*found} == {login for login in free if people[login].roles & offices}
        watching = [Role.MONITORING in people[login].roles for login in found]
        assert watching == sorted(watching, reverse=True)
    elif raiser in people and people[raiser].manager in free:
        assert found[0] == people[raiser].manager
    else:
        assert {login for login in free if people[login].roles & {Role.DIRECTOR, Role.MONITORING}} <= {*found}


def line_of(**managers: str) -> dict[str, Person]:
    """Employees by login, each with a manager."""
    return {login: Person(login, manager=manager) for login, manager in managers.items()}


def test_it_goes_up_past_whom_it_is_about() -> None:
    """The manager's manager where it is about the manager, and so on; a circle ends; then a director, then the Monitoring Officer."""
    people = line_of(sam="lee", lee="kim", kim="jo", jo="sam") | {
        "mo": Person("mo", roles=frozenset({Role.MONITORING})),
        "di": Person("di", roles=frozenset({Role.DIRECTOR})),
    }
    assert choices("sam", (), people) == ("lee", "kim", "jo", "di", "mo")
    assert choices("sam", ("lee",), people)[0] == "kim"
    assert choices("sam", ("lee", "kim", "jo"), people) == ("di", "mo")
    assert choices("sam", ("lee", "kim", "jo", "di"), people) == ("mo",)
    assert choices("sam", (*people,), people) == ()


def test_a_leaver_is_passed_over_and_their_manager_found() -> None:
    """Who has left gets nothing, and the way goes on above them."""
    people = line_of(sam="lee", lee="kim", kim="") | {"lee": Person("lee", manager="kim", is_active=False)}
    assert choices("sam", (), people) == ("kim",)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("lee", {"lee"}), ("Lee Zhang", {"lee"}), ("LEE  ZHANG", {"lee"}), ("Zhang", {"lee"}), ("Mr Lee Zhang, planning", {"lee"}),
        ("Zhang, Lee", {"lee"}), ("Mona Iniguez", {"mona"}), ("\uff4c\uff45\uff45", {"lee"}), ("the man (lee)", {"lee"}), ("Nobody Here", set()),
        ("", set()), ("...", set()), ("Lee", {"lee"}), ("Cat O'Brien", {"cat"}), ("Kim and Lee Zhang", {"kim", "lee"}), ("j.smith", {"j.smith"}), ("L\u0435e Zh\u0430ng", {"lee"}), ("one j.smith I think", {"j.smith"}),
    ],
)  # fmt: skip
def test_whom_a_name_means(words: str, found: set[str]) -> None:
    """However it is written: capitals, accents, order, titles; rather one too many than the one it is about."""
    people = {login: Person(login, NAMES[login]) for login in NAMES} | {
        "j.smith": Person("j.smith", "Jo Smithson")
    }
    assert meant(words, people) == found


REGISTER = {
    "sam": Person("sam", "Samuel Reed"),
    "ann": Person("ann", "Ann Lund"),
    "bea": Person("bea", "Hart, Beatrice"),
    "jo": Person("jo", "Cllr Jo Ek"),
    "dana": Person("dana", "Dana Director", roles=frozenset({Role.DIRECTOR})),
    "mo": Person("mo", "Mona Bell", roles=frozenset({Role.MONITORING})),
    "ed": Person("ed", "Eve Stone", roles=frozenset({Role.EXECUTIVE})),
}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Mr Reed", {"sam"}), ("S. Reed", {"sam"}), ("S Reed (Libraries)", {"sam"}), ("Sammy Reed", {"sam"}), ("Mr. Sammy REED", {"sam"}),
        ("Samuel R.", {"sam"}), ("Reed, S.", {"sam"}), ("Prof Dr Reed", {"sam"}), ("Samuel Lund", {"ann"}), ("Samuel Fox", set()), ("Dr Samuel Fox", set()),
        ("Sammy", set()), ("Mr", set()), ("Mrs Director", {"dana"}), ("D. Director", {"dana"}), ("Bee Hart", {"bea"}), ("Mrs Hart", {"bea"}),
        ("Councillor Ek", {"jo"}), ("Cllr Fox", set()), ("the monitoring officer", {"mo"}), ("our Executive Director", {"dana", "ed"}),
        ("the Director of Resources", {"dana"}), ("an officer", set()), ("dana@council.example", {"dana"}),
    ],
)  # fmt: skip
def test_a_name_in_another_form_means_the_same(words: str, found: set[str]) -> None:
    """A title, an initial, a pet name, an office: whoever may be meant by a surname, or a first name and an initial, is."""
    assert meant(words, REGISTER) == found


def test_exactly_a_login_means_that_person_alone() -> None:
    """Whose surname it is besides is not meant; written in any other way it means them all."""
    people = {"reed": Person("reed", "Ann Lund"), "sam": Person("sam", "Samuel Reed")}
    assert meant(" reed ", people) == {"reed"}
    assert meant("Reed", people) == {"reed", "sam"}


def test_half_a_name_means_all_who_share_it() -> None:
    """Of two called Reed neither gets a concern about "Reed"."""
    people = {
        "sam": Person("sam", "Sam Reed"),
        "ann": Person("ann", "Ann Reed"),
        "bo": Person("bo", "Bo Lund"),
    }
    assert meant("Reed", people) == {"sam", "ann"}
    assert meant("Bo", people | {"di": Person("di", "Bo Di")}) == {"bo", "di"}


# --- who reads it ------------------------------------------------------------------------------------------------


def test_only_its_raiser_and_whom_it_reaches_can_read_it(office: Office) -> None:
    """Not the director, not the Monitoring Officer, not whom it is about: to them it is not even there."""
    concern = tell(office)
    assert concern.holder == "lee"
    assert readers(office, concern.id) == {"cat", "lee"}


@pytest.mark.parametrize("login", ["dana", "mona", "sam", "kim"])
def test_what_is_not_theirs_is_answered_like_what_is_not_there(office: Office, login: str) -> None:
    """Word for word: nobody finds out by asking whether there is a concern about them."""
    concern = tell(office)
    answers = []
    for concern_id in (concern.id, "c-zzzzzzzz"):
        with pytest.raises(InputError) as caught:
            office.app.concerns.one(concern_id, login)
        answers.append((str(caught.value).replace(concern_id, ""), caught.value.field))
    assert answers[0] == answers[1]


def test_about_ones_manager_it_goes_above(office: Office) -> None:
    """By login, by name, or as the author of the item; who let the item go is passed over likewise."""
    for person in ("lee", "Lee Zhang", "zhang"):
        concern = tell(office, person=person)
        assert readers(office, concern.id) == {"cat", "kim"}
    ready(office, "lee")
    item_id, _ = about_item(office, author="lee")
    assert tell(office, item_id=item_id, person="").holder == "kim"


def ready(office: Office, login: str) -> None:
    """Somebody gets the prerequisites of clause 5c."""
    today = office.app.today
    done = dict.fromkeys(("policy_read_on", "aup_signed_on", "approved_on"), today)
    office.app.register.amend(login, done, actor="dana", now=office.clock())


def rename(office: Office, login: str, name: str) -> None:
    """Somebody is called otherwise from now on."""
    office.app.register.amend(login, {"name": name}, actor="dana", now=office.clock())


def test_another_name_lets_nobody_read_what_is_about_them(office: Office) -> None:
    """A director changes her own name once everybody who could have the concern has left: it is still about her."""
    join(office, "olga", "director,monitoring officer")
    rename(office, "olga", "Olga Berg")
    concern = tell(office, "kim", person="O. Berg", to="mona")
    rename(office, "olga", "Helga Moss")
    for login in ("mona", "dana"):
        leave(office, login)
    assert readers(office, concern.id) == {"kim"}


def test_who_comes_to_be_called_so_is_barred_for_good(office: Office) -> None:
    """Lee turns out to be whom it is about; after it moved, his former name does not give it back to him."""
    concern = tell(office, person="Fox", to="lee")
    rename(office, "lee", "Lee Fox")
    assert readers(office, concern.id) == {"cat", "kim"}
    office.app.concerns.pass_on(concern.id, "mona", reason=WHY, officer="kim")
    rename(office, "lee", "Lee Zhang")
    for login in ("mona", "kim"):
        leave(office, login)
    assert readers(office, concern.id) == {"cat", "dana"}


def test_where_nobody_is_called_that_it_goes_to_the_monitoring_officer(office: Office) -> None:
    """The line manager may be whom a pet name means: nobody above but the Monitoring Officer gets it unasked, nor inherits it."""
    assert tell(office, person="Leeroy").holder == "mona"
    concern = tell(office, person="Leeroy", to="kim")
    assert concern.holder == "kim"
    item_id, _ = about_item(office)
    assert tell(office, item_id=item_id, person="Leeroy").holder == "mona"
    leave(office, "kim")
    assert readers(office, concern.id) == {"cat", "mona"}
    leave(office, "mona")
    assert readers(office, concern.id) == {"cat"}
    with pytest.raises(InputError, match="nobody on the register is called that") as caught:
        tell(office, person="Leeroy")
    assert caught.value.way_out == "Choose who is to have it with --to: lee, dana."


def test_nobody_is_sent_in_person_to_whom_it_is_about(office: Office) -> None:
    """Where nobody on the register may have it: the Monitoring Officer, unless it is about them, or they raise it, or the Chief Executive."""
    alone, both = (
        "Tell the Chief Executive in person.",
        "Tell the Monitoring Officer or the Chief Executive in person.",
    )

    def told(raiser: str, person: str) -> str:
        with pytest.raises(Refused, match="nobody on the register") as caught:
            tell(office, raiser, person=person)
        return caught.value.way_out

    assert told("dana", "mona") == alone
    assert told("mona", "dana") == alone
    leave(office, "mona")
    assert told("kim", "dana") == both
    assert told("kim", "the director") == both
    concern = tell(office, "kim")
    with pytest.raises(Refused, match="nobody on the register") as caught:
        office.app.concerns.pass_on(concern.id, "kim", reason=WHY, officer="dana")
    assert caught.value.way_out == both


def test_a_raiser_of_the_same_name_is_not_whom_they_name(office: Office) -> None:
    """Cat O'Brien's concern about a stranger called O'Brien does not go to her line manager as if it were about herself."""
    assert tell(office, person="Pat O'Brien").holder == "mona"


def test_a_members_goes_to_the_monitoring_officer_or_whom_they_choose(office: Office) -> None:
    """One of three offices; an employee is none of them, and none of them gets what is about them."""
    assert tell(office, "mel").holder == "mona"
    assert {tell(office, "mel", to=to).holder for to in ("eve", "dana", "mona")} == {"eve", "dana", "mona"}
    assert tell(office, "mel", person="mona").holder == "eve"
    for to, person in (
        ("lee", "sam"),
        ("mona", "mona"),
        ("mel", "sam"),
        ("nobody", "sam"),
        ("\udc80", "sam"),
    ):
        with pytest.raises(InputError, match="cannot go to"):
            tell(office, "mel", to=to, person=person)


def test_who_is_not_on_the_register_neither_raises_nor_reads(office: Office) -> None:
    """A stranger, a leaver, and somebody whom a hand put there; nothing in the record tells that they asked."""
    concern = tell(office)
    leave(office, "cat")
    by_hand(office, "UPDATE officer SET roles = 'director' WHERE login = 'kim'")
    before = events(office)
    for login in ("nobody", "cat", "kim", "", "\udc80"):
        with pytest.raises(NotDesignated, match="not on the register"):
            tell(office, login)
        with pytest.raises(NotDesignated, match="not on the register"):
            office.app.concerns.one(concern.id, login)
    assert events(office) == before


def by_hand(office: Office, statement: str, *values: str) -> None:
    """What somebody does to the database who can write its file."""
    with office.app.queue.writing() as connection:
        connection.exec_driver_sql(statement, values)


def events(office: Office) -> list[tuple[Any, ...]]:
    """All of the record, with the words beside it."""
    query = (
        "SELECT event.*, detail FROM event LEFT JOIN event_detail ON event_id = event.id ORDER BY event.id"
    )
    with office.app.queue.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_the_record_tells_neither_who_nor_what(office: Office) -> None:
    """Raised, held, passed, closed: no event of it names whoever raised or has it, the door they came by, the person, or a word.

    Who holds an item for one is somebody on the register.
    """
    item_id, _ = about_item(office)
    before = len(events(office))
    with coming_via("socket uid 1234"):
        concern = tell(office, item_id=item_id, person="Eve Stone")
        office.app.concerns.stop(concern)
        office.app.concerns.pass_on(concern.id, "mona", reason=WHY, officer="lee")
        office.app.concerns.close(concern.id, outcome="Talked to all", officer="mona")
    new = events(office)[before:]
    told = repr(new)
    for secret in ("cat", "lee", "mona", "eve", "1234", "Numbat", "hers", "Talked"):
        assert not re.search(rf"\b{secret}\b", told, re.IGNORECASE)
    of_concern = [row for row in new if concern.id in row]
    assert {row[2] for row in new} == {IN_CONFIDENCE, SOMEBODY}
    assert all(item_id not in row and row[-1] is None for row in of_concern)
    assert len(of_concern) == 4


def test_whoever_asked_a_hold_reads_the_same(office: Office) -> None:
    """By whoever raised it or whoever has it: one says no more than the other, also where it comes too late."""
    told = []
    for ask in ("raiser", "holder"):
        item_id, concern = about_item(office)
        before = len(office.app.queue.events(item_id))
        for _ in range(2):
            with coming_via("socket uid 1234"), contextlib.suppress(IllegalMove):
                if ask == "raiser":
                    office.app.concerns.stop(concern)
                else:
                    office.app.concerns.hold(concern.id, officer="lee")
            with contextlib.suppress(IllegalMove):
                office.app.decisions.withdraw(item_id, officer="sam", reason=WHY)
        events = office.app.queue.events(item_id)[before:]
        told.append([(event.actor, event.via, event.action, event.detail.get("asked")) for event in events])
    assert told[0] == told[1]
    assert {one[:2] for one in told[0] if one[0] != "sam"} == {(SOMEBODY, SOMEBODY)}
    assert (SOMEBODY, SOMEBODY, "denied", "hold") in told[0]


def test_the_log_shows_no_concern_but_to_who_keeps_the_record(office: Office) -> None:
    """Neither its events, nor their number, nor that some are missing: beside the hold they would tell what that is for."""
    _, concern = about_item(office)
    office.app.concerns.stop(concern)
    office.app.concerns.close(concern.id, outcome="Seen to", officer="lee")
    logbook, actions = office.app.logbook, ("concern raised", "concern changed", "concern closed")
    for who in ("sam", "cat", "lee", "mel"):
        lines, count = logbook.log(Sought(), 1_000, asked_by=who)
        assert count == len(lines)
        assert {line["event"] for line in lines} == {None}
        assert not [line for line in lines if "concern" in repr(line)]
        for sought in (Sought(action=actions[0]), Sought(subject=concern.id)):
            assert logbook.log(sought, 10, asked_by=who) == ([], 0)
        assert "No action in the record" in logbook.nothing(Sought(action=actions[0]), asked_by=who)
        assert "concern" not in logbook.nothing(Sought(action="x"), asked_by=who)
    for who in ("dana", "mona"):
        lines, _ = logbook.log(Sought(), 1_000, asked_by=who)
        assert [line["event"] for line in lines] == [*range(1, len(lines) + 1)]
        assert [line["action"] for line in lines if line["subject"] == concern.id] == [*actions]


def test_pages_of_an_items_events_tell_no_number(office: Office) -> None:
    """Whoever does not keep the record counts the events they have: each comes once, in order, and `next` is no event's number."""
    item_id, concern = about_item(office)
    office.app.concerns.stop(concern)
    pages: list[tuple[list[dict[str, Any]], int | None]] = []
    after: int | None = 0
    while after is not None and len(pages) < 10:
        lines, after = office.app.logbook.page(Sought(item=item_id), after, 2, asked_by="sam")
        pages.append((lines, after))
    assert [following for _, following in pages[:-1]] == [2 * number for number in range(1, len(pages))]
    told = [line for lines, _ in pages for line in lines]
    kept, _ = office.app.logbook.page(Sought(item=item_id), 0, 100, asked_by="dana")
    assert [(line["at"], line["action"]) for line in told] == [(line["at"], line["action"]) for line in kept]
    assert {line[name] for line in told for name in ("event", "previous", "hash")} == {None}
    head = office.app.logbook.head(asked_by="sam")
    assert (head["events"], head["hash"], head["checkpoints"]) == (None, None, [])
    assert office.app.logbook.page(Sought(item=item_id), 2**53, 1_000, asked_by="sam") == ([], None)


def test_an_erased_concern_is_not_in_the_log_either(office: Office) -> None:
    """Nor is it named in what is due: it is one of its class, and of no item; to who keeps no record there is none at all."""
    _, concern = about_item(office)
    office.app.concerns.close(concern.id, outcome="Seen to", officer="lee")
    office.clock.forward(days=2_200)
    part = RetentionPart(office.app, Caller("dana", ""))
    (kept,) = (one for one in part.classes()["classes"] if one["class"] == "concerns")
    assert kept["due"] == [{"what": "in confidence", "item": None, "since": None}]
    for who in ("sam", "cat", "lee", ""):
        shown = RetentionPart(office.app, Caller(who, "", at_hand=True)).classes()["classes"]
        (told,) = (one for one in shown if one["class"] == "concerns")
        assert (told["due"], told["held"], told["days"]) == ([], [], kept["days"])
    office.app.holds.place("FOI-1", concern.row.item_id, officer="dana", reason="Asked for")  # type: ignore[union-attr]
    (kept,) = (one for one in part.classes()["classes"] if one["class"] == "concerns")
    assert (kept["due"], kept["held"]) == ([], [])
    office.app.holds.lift("FOI-1", officer="dana", reason="Over")
    office.app.retention.apply(officer="dana")
    assert office.app.logbook.log(Sought(subject=f"concern {concern.id}"), 10, asked_by="sam") == ([], 0)
    assert office.app.logbook.log(Sought(subject=f"concern {concern.id}"), 10, asked_by="dana")[1] == 1


def test_what_is_due_has_no_numbers_of_events(office: Office) -> None:
    """Those of concerns would be missing to whoever keeps no record: a refusal is one, and not the twelfth event."""
    item_id, _ = about_item(office)
    with pytest.raises(IllegalMove):
        office.app.decisions.approve(item_id, officer="sam", reason=WHY)
    office.clock.forward(days=2_200)

    def due(who: str) -> set[str]:
        shown = RetentionPart(office.app, Caller(who, "")).classes()["classes"]
        return {one["what"] for kind in shown for one in kind["due"] if one["what"].startswith("event")}

    assert [len(due("dana")), due("sam")] == [1, {"event"}]
    assert due("dana") != {"event"}


def test_it_says_how_its_post_stands(office: Office) -> None:
    """Held, let go on by whom, withdrawn by whom: to its raiser and to whoever has it, from the item's own record."""
    ready(office, "kim")
    office.app.register.amend("kim", {"roles": "officer,approver"}, actor="dana", now=office.clock())
    item_id, concern = about_item(office)
    office.app.concerns.stop(concern)

    def stands() -> tuple[str, list[tuple[str, str]]]:
        shown = office.app.concerns.one(concern.id, "cat")
        return shown.item_state, [(act.by, act.did) for act in shown.acts]

    assert stands() == ("held for review", [(SOMEBODY, "held it")])
    office.app.decisions.approve(item_id, officer="kim", reason="Both were asked, and it is right")
    assert stands() == ("queued", [(SOMEBODY, "held it"), ("kim", "let it go on")])
    office.app.concerns.withdraw(concern.id, reason=WHY, officer="lee")
    assert stands()[0] == "withdrawn"
    assert stands()[1][-1] == ("lee", "withdrew it")


@pytest.mark.parametrize("act", ["hold", "withdraw"])
def test_an_item_and_its_concern_tell_the_same(office: Office, act: str) -> None:
    """Where the concern cannot be changed any more, its item is not stopped either: neither says what is not so."""
    item_id, concern = about_item(office)
    meanwhile = "CREATE TRIGGER late BEFORE UPDATE ON concern BEGIN SELECT RAISE(IGNORE); END"
    with office.app.queue.writing() as connection:
        connection.exec_driver_sql(meanwhile)
    concerns = office.app.concerns
    acts = {
        "hold": lambda: concerns.hold(concern.id, officer="lee"),
        "withdraw": lambda: concerns.withdraw(concern.id, reason=WHY, officer="lee"),
    }
    with pytest.raises(IllegalMove, match="in the meantime"):
        acts[act]()
    assert office.state(item_id) == "queued"
    assert office.app.concerns.one(concern.id, "lee").row.steps == []  # type: ignore[union-attr]


@pytest.mark.parametrize("act", ["hold", "withdraw"])
def test_a_concern_does_not_tell_of_what_failed(office: Office, act: str) -> None:
    """Where the item cannot be stopped, neither its concern nor the record says that it was."""
    item_id, concern = about_item(office)
    by_hand(office, "CREATE TRIGGER late BEFORE UPDATE OF state ON item BEGIN SELECT RAISE(IGNORE); END")
    reason = {"reason": WHY} if act == "withdraw" else {}
    with pytest.raises(IllegalMove, match="no longer"):
        getattr(office.app.concerns, act)(concern.id, officer="lee", **reason)
    assert office.state(item_id) == "queued"
    assert office.app.concerns.one(concern.id, "lee").row.steps == []  # type: ignore[union-attr]
    assert [event.action for event in office.app.queue.events_of(concern.id)] == ["concern raised"]


def test_a_leavers_concern_is_with_the_next(office: Office) -> None:
    """As soon as they have left, without anybody doing anything; the next can act on it, and it is theirs from then on."""
    concern = tell(office)
    leave(office, "lee")
    assert readers(office, concern.id) == {"cat", "kim"}
    assert office.app.concerns.one(concern.id, "cat").holder == "kim"
    office.app.concerns.close(concern.id, outcome="Seen to", officer="kim")
    assert row_of(office, concern.id)["closed_by"] == "kim"


def test_it_does_not_fall_back_to_who_passed_it_on(office: Office) -> None:
    """Lee passed it to Mona; when she leaves it goes to another above, not back to Lee."""
    concern = tell(office)
    office.app.concerns.pass_on(concern.id, "mona", reason=WHY, officer="lee")
    leave(office, "mona")
    assert readers(office, concern.id) == {"cat", "kim"}


def test_who_becomes_part_of_it_loses_it(office: Office) -> None:
    """Lee lets the item go that the concern is about: from then on it is with somebody above."""
    item_id, concern = about_item(office)
    assert concern.holder == "lee"
    by_hand(office, "UPDATE item SET approver = 'lee' WHERE id = ?", item_id)
    assert readers(office, concern.id) == {"cat", "kim"}


def test_a_closed_one_stays_with_whoever_closed_it(office: Office) -> None:
    """Lee closed it and then lets its post go on: nobody else comes to read it, and he is not told that there is none.

    Once he has left it is with the next.
    """
    ready(office, "lee")
    office.app.register.amend("lee", {"roles": "officer,approver"}, actor="dana", now=office.clock())
    item_id, concern = about_item(office)
    office.app.concerns.stop(concern)
    closed = office.app.concerns.close(concern.id, outcome="It is right", officer="lee")
    assert closed.holder == "lee"
    office.app.decisions.approve(item_id, officer="lee", reason="Both were asked, and it is right")
    assert readers(office, concern.id) == {"cat", "lee"}
    assert office.app.concerns.one(concern.id, "cat").holder == "lee"
    with office.app.concerns.passing_on(item_id, "lee") as passed:
        office.app.decisions.reschedule(
            item_id, officer="lee", publish_at=office.clock() + timedelta(hours=2)
        )
    assert passed == {}
    leave(office, "lee")
    assert readers(office, concern.id) == {"cat", "kim"}


def test_a_closed_one_leaves_whom_it_turns_out_to_be_about(office: Office) -> None:
    """Whoever closed what was raised about Fox, and comes to be called so: somebody above sees that."""
    concern = tell(office, person="Fox", to="lee")
    office.app.concerns.close(concern.id, outcome="Nothing in it", officer="lee")
    assert readers(office, concern.id) == {"cat", "lee"}
    rename(office, "lee", "Lee Fox")
    assert readers(office, concern.id) == {"cat", "kim"}


def test_whoever_decides_on_its_post_is_told_that_it_passes_on(office: Office) -> None:
    """Each open concern about that post that was theirs, and whether anybody has it now; of another's nothing is said."""
    item_id, mine = about_item(office)
    _, elsewhere = about_item(office)
    theirs = tell(office, item_id=item_id, to="mona")
    concerns, later = office.app.concerns, office.clock() + timedelta(hours=2)
    with concerns.passing_on(item_id, "sam") as passed:
        office.app.decisions.reschedule(item_id, officer="sam", publish_at=later)
    assert passed == {}
    ready(office, "lee")
    with concerns.passing_on(item_id, "lee") as passed:
        office.app.decisions.reschedule(item_id, officer="lee", publish_at=later)
    assert passed == {mine.id: True}
    assert reads(office, "lee", elsewhere.id)
    assert reads(office, "mona", theirs.id)
    changed = tell(office, "mel", item_id=item_id, to="dana").id
    by_hand(office, "UPDATE concern SET words = '' WHERE id = ?", changed)
    for login in ("kim", "eve", "mona"):
        leave(office, login)
    office.app.register.amend(
        "dana", {"roles": "director,officer,approver"}, actor="dana", now=office.clock()
    )
    with concerns.passing_on(item_id, "dana") as passed:
        office.app.decisions.reschedule(item_id, officer="dana", publish_at=later + timedelta(hours=1))
    assert passed == {mine.id: False, theirs.id: False}


def test_who_acted_on_the_item_does_not_read_it(office: Office) -> None:
    """Lee gave it another time, which the item's row does not tell: nor does it go to who wrote an item that a hand took away."""
    ready(office, "lee")
    item_id, concern = about_item(office)
    office.app.decisions.reschedule(item_id, officer="lee", publish_at=office.clock() + timedelta(hours=2))
    assert readers(office, concern.id) == {"cat", "kim"}


@pytest.mark.parametrize(
    ("action", "move", "had"),
    [
        ("created", ("", "draft"), True), ("approved", ("", ""), True), ("refused", ("", ""), True),
        ("rescheduled", ("", ""), True), ("looked at afterwards", ("", ""), True), ("moved", ("checked", "queued"), True),
        ("moved", ("part published", "releasing"), True), ("moved", ("unknown", "not sent"), True),
        ("moved", ("unknown", "sent"), True), ("moved", ("queued", "withdrawn"), False),
        ("moved", ("queued", "held for review"), False), ("held by a person", ("", ""), False), ("denied", ("", ""), False),
    ],
)  # fmt: skip
def test_who_had_a_part_in_an_item(action: str, move: tuple[str, str], *, had: bool) -> None:
    """Whoever wrote, decided, moved it on or said what became of it; not who only stopped it, or was not allowed to."""
    channel = "x" if move[0] == "unknown" else None
    event = Event(1, datetime.now(UTC), "lee", "", action, "i", channel, None, *move, "", "", {})
    assert parts([event]) == ({"lee"} if had else frozenset())


def test_where_nobody_is_left_it_says_so(office: Office) -> None:
    """Everyone who could have it is what it is about: its raiser is told, and whom to ask in person."""
    for login in ("kim", "lee", "mona", "eve"):
        leave(office, login)
    with pytest.raises(Refused, match="in person"):
        tell(office, person="dana")


def row_of(office: Office, concern_id: str) -> Mapping[str, Any]:
    """The row as it is in the database."""
    with office.app.queue.reading() as connection:
        found = connection.exec_driver_sql("SELECT * FROM concern WHERE id = ?", (concern_id,)).first()
    assert found is not None
    return dict(found._mapping)


# --- what is said ------------------------------------------------------------------------------------------------


def test_its_words_are_kept_harmless(office: Office) -> None:
    """Paragraphs stay; what steers a screen, hides, or is half a character goes; the longest is kept whole."""
    words = f"One\r\n\x1b[2JTwo\u202e\x00\udc80\n{'x' * 100}"
    concern = tell(office, words=words)
    shown = office.app.concerns.one(concern.id, "lee").row
    assert shown is not None
    assert shown.words == f"One\n[2JTwo\n{'x' * 100}"
    assert tell(office, words="x" * MAX_WORDS).row is not None


@pytest.mark.parametrize(
    ("told", "field"),
    [({"words": "x" * (MAX_WORDS + 1)}, "text"), ({"person": "x" * 201}, "person"), ({"person": "\u200b."}, "person"),
     ({"words": ""}, "text"), ({"words": " \n\t"}, "text"), ({"words": "\u200b\u3164\u2800\ufeff"}, "text"), ({"words": "..."}, "text"),
     ({"person": ""}, ""), ({"item_id": "nothing", "person": ""}, "")],
)  # fmt: skip
def test_wrong_input_is_named_and_nothing_kept(office: Office, told: dict[str, str], field: str) -> None:
    """Too long, a name without a letter, about nothing, about an item that is not there."""
    with pytest.raises(InputError) as caught:
        tell(office, **told)
    assert caught.value.field == field
    assert office.app.concerns.of("cat") == []


# --- what is done ------------------------------------------------------------------------------------------------


def test_whoever_raises_one_may_hold_the_post(office: Office) -> None:
    """A Member without any prerequisite too; nobody is told why or by whom, and its author does not let it go on."""
    item_id, _ = about_item(office)
    stopped = office.app.concerns.stop(tell(office, "mel", item_id=item_id, person=""))
    assert stopped.problem == ""
    assert (office.state(item_id), office.app.queue.item(item_id).reason) == ("held for review", HELD_WORDS)
    office.clock.forward(hours=1)
    office.release(item_id)
    assert office.state(item_id) == "held for review"
    with pytest.raises(IllegalMove, match=f"held by {SOMEBODY}"):
        office.app.decisions.retry(item_id, officer="sam")


def test_one_person_has_a_post_held_once(office: Office) -> None:
    """By concerns, however many: once somebody let it go on, it goes; the later concern is raised all the same."""
    ready(office, "kim")
    office.app.register.amend("kim", {"roles": "officer,approver"}, actor="dana", now=office.clock())
    _, earlier = about_item(office)
    item_id, concern = about_item(office)
    assert office.app.concerns.stop(earlier).problem == ""  # another post
    assert office.app.concerns.stop(concern).problem == ""
    assert office.app.concerns.stop(tell(office, item_id=item_id)).problem == ""  # it is held still
    office.app.decisions.approve(item_id, officer="kim", reason="Both were asked, and it is right")
    again = tell(office, item_id=item_id, person="")
    assert office.app.concerns.stop(again).problem == HELD_ONCE
    assert office.state(item_id) == "queued"
    assert reads(office, "lee", again.id)
    other = tell(office, "mel", item_id=item_id, person="")
    assert office.app.concerns.stop(other).problem == ""
    assert office.state(item_id) == "held for review"


def test_who_had_a_post_held_is_told_in_the_concern(office: Office) -> None:
    """To those who may read it: it stays with whom it went to, and its item tells nobody."""
    _, concern = about_item(office, to="mona")
    office.app.concerns.stop(concern)
    row = office.app.concerns.one(concern.id, "mona").row
    assert row is not None
    assert [(step["by"], step["did"], step["to"]) for step in row.steps] == [("cat", "held", "")]
    assert readers(office, concern.id) == {"cat", "mona"}


def test_a_post_that_is_out_is_not_held_and_the_concern_stays(office: Office) -> None:
    """It is too late, which is said; the concern is on its way all the same."""
    item_id = office.hand_in(office.news()).id
    office.release(item_id)
    stopped = office.app.concerns.stop(tell(office, item_id=item_id))
    assert "too late" in stopped.problem
    assert reads(office, "lee", stopped.concern.id)
    assert "no post" in office.app.concerns.stop(tell(office)).problem


@pytest.mark.parametrize("done", ["hold", "withdraw"])
def test_whoever_has_it_stops_the_post(office: Office, done: str) -> None:
    """Lee has none of the prerequisites of clause 5c, and need not: nothing is posted by stopping."""
    item_id, concern = about_item(office)
    if done == "hold":
        office.app.concerns.hold(concern.id, officer="lee")
    else:
        office.app.concerns.withdraw(concern.id, reason="It is wrong", officer="lee")
    assert office.state(item_id) == {"hold": "held for review", "withdraw": "withdrawn"}[done]
    (step,) = office.app.concerns.one(concern.id, "cat").row.steps  # type: ignore[union-attr]
    assert (step["by"], step["did"]) == ("lee", {"hold": "held", "withdraw": "withdrew"}[done])


@pytest.mark.parametrize("who", ["cat", "dana", "mona", "sam", "kim"])
def test_nobody_else_acts_on_it(office: Office, who: str) -> None:
    """Its raiser may read it and no more; to all others it is not there; nothing changes."""
    item_id, concern = about_item(office)
    for name, words in (
        ("hold", {}),
        ("withdraw", {"reason": WHY}),
        ("pass_on", {"to": "mona", "reason": WHY}),
        ("close", {"outcome": WHY}),
    ):
        with pytest.raises(NotDesignated if who == "cat" else InputError):
            getattr(office.app.concerns, name)(concern.id, officer=who, **words)
    assert office.state(item_id) == "queued"
    assert row_of(office, concern.id)["state"] == "open"


def test_it_is_passed_upward_and_out_of_sight(office: Office) -> None:
    """To somebody above, a director or the Monitoring Officer, with a reason; whoever passed it on reads it no more."""
    concern = tell(office)
    for to in ("sam", "cat", "lee", "mel", "eve", ""):
        with pytest.raises(InputError, match="cannot go to"):
            office.app.concerns.pass_on(concern.id, to, reason=WHY, officer="lee")
    with pytest.raises(InputError):
        office.app.concerns.pass_on(concern.id, "mona", reason=" ", officer="lee")
    assert office.app.concerns.pass_on(concern.id, "mona", reason=WHY, officer="lee").holder == "mona"
    assert readers(office, concern.id) == {"cat", "mona"}


def test_its_outcome_and_dates_are_kept(office: Office) -> None:
    """Its raiser can read what came of it, and when; once closed it is closed."""
    item_id, concern = about_item(office)
    with pytest.raises(InputError):
        office.app.concerns.close(concern.id, outcome="\u200b", officer="lee")
    office.app.concerns.close(concern.id, outcome="Talked to both.\nIt was a slip.", officer="lee")
    seen = office.app.concerns.one(concern.id, "cat")
    assert seen.row is not None
    assert (seen.standing, seen.row.outcome) == (Standing.CLOSED, "Talked to both.\nIt was a slip.")
    assert (seen.row.closed_by, seen.row.closed_at is not None) == ("lee", True)
    with pytest.raises(IllegalMove, match="is closed"):
        office.app.concerns.close(concern.id, outcome="Again", officer="lee")
    with pytest.raises(IllegalMove, match="is closed"):
        office.app.concerns.hold(concern.id, officer="lee")
    assert office.state(item_id) == "queued"


# --- a hand in the database --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    ["routed_to = 'sam'", "raised_by = 'sam'", "words = ''", "person = 'dana'", "item_id = NULL", "state = 'closed'", "outcome = 'x'",
     "seal = ''", "steps = '[{}]'", "erased_at = '2026-01-01 00:00:00'", "barred = '[]'"],
)  # fmt: skip
def test_what_a_hand_changed_says_nothing(office: Office, change: str) -> None:
    """Nobody reads words by naming themselves in the row; that a hand was in it is told, and to the Monitoring Officer too."""
    _, concern = about_item(office)
    by_hand(office, f"UPDATE concern SET {change}")  # noqa: S608  # the test's own words
    for login in ("sam", "cat", "mona"):
        for one in office.app.concerns.of(login):
            assert one == Concern(concern.id, Standing.BY_HAND)
    assert office.app.concerns.of("mona") != []
    for login in ("sam", "lee", "cat"):
        with pytest.raises((IllegalMove, InputError)):
            office.app.concerns.close(concern.id, outcome="x", officer=login)


def test_a_row_put_back_says_nothing(office: Office) -> None:
    """The whole row of before it was passed on, seal and all, gives it back to nobody."""
    concern = tell(office)
    by_hand(office, "CREATE TABLE kept AS SELECT * FROM concern")
    office.app.concerns.pass_on(concern.id, "mona", reason=WHY, officer="lee")
    by_hand(office, "DELETE FROM concern")
    by_hand(office, "INSERT INTO concern SELECT * FROM kept")
    assert office.app.concerns.one(concern.id, "lee") == Concern(concern.id, Standing.BY_HAND)


def test_a_concern_that_a_hand_took_away_is_missed(office: Office) -> None:
    """The Monitoring Officer is told its id; others are told nothing."""
    concern = tell(office)
    by_hand(office, "DELETE FROM concern")
    assert office.app.concerns.of("mona") == [Concern(concern.id, Standing.GONE)]
    assert office.app.concerns.of("cat") == office.app.concerns.of("dana") == []


def test_an_item_that_a_hand_took_away_does_not_take_the_concern_with_it(office: Office) -> None:
    """It can still be read and closed."""
    item_id, concern = about_item(office)
    with office.app.queue.writing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in ("delivery", "verdict", "item"):
            column = "id" if table == "item" else "item_id"
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE {column} = ?", (item_id,))  # noqa: S608  # as above
    assert office.app.concerns.one(concern.id, "cat").title == ""
    office.app.concerns.close(concern.id, outcome="It is gone", officer="lee")


def test_what_its_time_erased_says_so(office: Office) -> None:
    """Years after it was closed its words go by the schedule, all of them; whoever could read it sees that, and nobody more."""
    _, concern = about_item(office)
    office.app.concerns.pass_on(concern.id, "mona", reason="A quoll said so", officer="lee")
    office.app.concerns.close(concern.id, outcome="A bilby too", officer="mona")
    office.clock.forward(days=2_200)
    office.app.retention.apply(officer="dana")
    assert office.app.concerns.one(concern.id, "cat").standing is Standing.ERASED
    (told,) = office.app.queue.events_of(f"concern {concern.id}")
    assert told.item_id is None
    assert not [
        word for word in ("Numbat", "quoll", "bilby") if word in repr(dict(row_of(office, concern.id)))
    ]
    assert office.app.concerns.of("dana") == []
    leave(office, "mona")
    assert readers(office, concern.id) == {"cat"}  # whom it was about is erased, too: nobody inherits it


def test_nobody_makes_way_for_themselves(office: Office) -> None:
    """A director of whom words speak that the register cannot tell becomes the monitoring officer, and switches off who has it."""
    register, now = office.app.register, office.clock
    who_runs_it = "the person who runs our directorate"
    concern = tell(office, person=who_runs_it)
    assert concern.holder == "mona"
    roles = {"roles": f"{Role.DIRECTOR},{Role.MONITORING}"}
    register.amend("dana", roles, actor="dana", now=now())
    register.suspend("mona", actor="dana", now=now())
    assert readers(office, concern.id) == {"cat"}
    register.reinstate("mona", actor="dana", now=now())
    assert readers(office, concern.id) == {"cat", "mona"}
