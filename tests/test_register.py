"""The register of designated officers: who may post, where, and on what grounds (clauses 5a and 5c)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from queue_support import NOW

from publisher.clearance import Seal
from publisher.editions import Editions
from publisher.errors import EXIT_INPUT, EXIT_NO, InputError, NotDesignated
from publisher.queue import Queue, open_queue
from publisher.record import append
from publisher.register import PREREQUISITES, Register, Role
from publisher.tables import OfficerRow

TODAY = NOW.date()


def officer(login: str = "pat", **changes: Any) -> OfficerRow:
    """An officer with every prerequisite, added by the director."""
    values: dict[str, Any] = {
        "login": login,
        "name": f"{login.title()} Jones",
        "policy_read_on": TODAY,
        "aup_signed_on": TODAY,
        "approved_on": TODAY,
        "approval_reference": "DR/2026/14",
        "added_by": "dee",
        "added_at": NOW,
    }
    return OfficerRow(**(values | changes))


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """An empty queue."""
    queue = open_queue(tmp_path / "queue.db", create=True)
    yield queue
    queue.close()


def opened(queue: Queue, key: bytes = b"k" * 32) -> Register:
    """The register in a queue, sealed with a key."""
    seal = Seal(key)
    return Register(queue, seal, Editions(queue, seal))


@pytest.fixture
def register(queue: Queue) -> Register:
    """A register with dee as its one director."""
    register = opened(queue)
    register.add(officer("dee", roles="officer,director"), now=NOW)
    return register


@pytest.mark.parametrize("roles", ["officer", "approver", "monitoring officer", "officer,approver"])
def test_the_first_on_the_register_is_a_director(queue: Queue, roles: str) -> None:
    """Nobody else could have been designated by anybody."""
    register = opened(queue)
    with pytest.raises(NotDesignated, match="--role director") as caught:
        register.add(officer(roles=roles), now=NOW)
    assert caught.value.exit_code == EXIT_NO
    assert register.officers() == []


def test_two_who_come_first_at_once_are_not_both_the_first(queue: Queue) -> None:
    """The look at the empty register and the adding are one transaction."""
    start = threading.Barrier(4)

    def bootstrap(number: int) -> bool:
        register = opened(queue)
        start.wait()
        try:
            register.add(
                officer(f"director{number}", roles="director", added_by=f"director{number}"), now=NOW
            )
        except NotDesignated:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(bootstrap, range(4))).count(True) == 1
    assert len(opened(queue).officers()) == 1


@pytest.mark.parametrize("by", ["pat", "nobody", "", "DEE", "dee "])
def test_only_a_director_adds(register: Register, by: str) -> None:
    """An officer, a stranger, or a name that only looks like the director's changes nothing (clause 5a)."""
    register.add(officer("pat", roles="officer,approver"), now=NOW)
    with pytest.raises(NotDesignated, match="not a director"):
        register.add(officer("sam", added_by=by), now=NOW)
    assert register.officer("sam") is None


def test_only_a_director_suspends(register: Register) -> None:
    """Not even oneself, without being a director."""
    register.add(officer("pat"), now=NOW)
    with pytest.raises(NotDesignated):
        register.suspend("pat", actor="pat", now=NOW)
    assert register.problem("pat", ["twitter"], today=TODAY) == ""
    register.suspend("pat", actor="dee", now=NOW)
    assert register.problem("pat", ["twitter"], today=TODAY) == "pat is suspended"


def test_a_suspended_director_directs_nothing(register: Register) -> None:
    """The role goes with the suspension."""
    register.add(officer("di", roles="director"), now=NOW)
    register.suspend("di", actor="dee", now=NOW)
    with pytest.raises(NotDesignated):
        register.add(officer("sam", added_by="di"), now=NOW)
    with pytest.raises(NotDesignated):
        register.suspend("dee", actor="di", now=NOW)


def test_the_last_active_director_stays(register: Register) -> None:
    """Without one nobody could ever change the register again; with a second, the first may go."""
    with pytest.raises(NotDesignated, match=r"last active director.*Add another director first"):
        register.suspend("dee", actor="dee", now=NOW)
    register.add(officer("di", roles="director"), now=NOW)
    register.suspend("dee", actor="dee", now=NOW)
    with pytest.raises(NotDesignated, match="last active director"):
        register.suspend("di", actor="di", now=NOW)


def test_directors_who_suspend_each_other_at_once_leave_one(register: Register) -> None:
    """The rule holds in a race too."""
    register.add(officer("di", roles="director"), now=NOW)
    start = threading.Barrier(2)

    def suspend(pair: tuple[str, str]) -> None:
        start.wait()
        try:
            register.suspend(pair[0], actor=pair[1], now=NOW)
        except NotDesignated:
            return

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(suspend, [("dee", "di"), ("di", "dee")]))
    assert [row.suspended_at is None for row in register.officers()].count(True) == 1


def test_an_unknown_or_suspended_officer_is_not_suspended_again(register: Register) -> None:
    """The first suspension's date stays on the record."""
    with pytest.raises(InputError, match="'nobody'"):
        register.suspend("nobody", actor="dee", now=NOW)
    register.add(officer("pat"), now=NOW)
    register.suspend("pat", actor="dee", now=NOW)
    with pytest.raises(InputError):
        register.suspend("pat", actor="dee", now=NOW + timedelta(days=1))
    known = register.officer("pat")
    assert known is not None
    assert known.suspended_at == NOW


@pytest.mark.parametrize("missing", list(PREREQUISITES))
def test_each_prerequisite_is_needed_and_named(register: Register, missing: str) -> None:
    """Clause 5c: one that is missing, or dated in the future, stops a post and says which it is."""
    register.add(officer("none", **{missing: None}), now=NOW)
    register.add(officer("soon", **{missing: TODAY + timedelta(days=1)}), now=NOW)
    assert register.problem("none", ["twitter"], today=TODAY) == f"none {PREREQUISITES[missing]}"
    tomorrow = TODAY + timedelta(days=1)
    assert (
        register.problem("soon", ["twitter"], today=TODAY)
        == f"soon {PREREQUISITES[missing]} before {tomorrow}"
    )
    assert register.problem("soon", ["twitter"], today=TODAY + timedelta(days=1)) == ""


def test_a_prerequisite_of_today_counts(register: Register) -> None:
    """Who signed this morning may post this afternoon."""
    register.add(officer("pat"), now=NOW)
    assert register.problem("pat", ["twitter", "facebook"], today=TODAY) == ""


def test_a_role_is_needed_for_what_it_allows(register: Register) -> None:
    """An approver may not post, and an officer may not approve, unless designated as both."""
    register.add(officer("ann", roles="approver"), now=NOW)
    register.add(officer("pat"), now=NOW)
    assert register.problem("ann", ["twitter"], today=TODAY) == "ann has not the role of officer"
    assert (
        register.problem("pat", ["twitter"], today=TODAY, role=Role.APPROVER)
        == "pat has not the role of approver"
    )
    assert register.problem("ann", ["twitter"], today=TODAY, role=Role.APPROVER) == ""


def test_an_officer_posts_to_their_own_channels_only(register: Register) -> None:
    """Each channel that is not theirs is named; no list means all; a part of a name is not the name."""
    register.add(officer("pat", channels="website,twitter"), now=NOW)
    assert register.problem("pat", ["website", "twitter"], today=TODAY) == ""
    assert (
        register.problem("pat", ["website", "facebook", "twit"], today=TODAY)
        == "pat may not post to facebook, twit, only to website, twitter"
    )
    assert register.problem("dee", ["anything"], today=TODAY) == ""


@pytest.mark.parametrize(
    "login",
    [
        "p\u0430t",
        "PAT",
        "pat ",
        " pat",
        "pat\n",
        "",
        "-pat",
        "p@t",
        "pat\0",
        "pät",
        "\uff50at",
        "p\u200bat",
        "a" * 65,
        "a,b",
    ],
    ids=ascii,
)
def test_a_login_that_could_pass_for_another_is_refused(register: Register, login: str) -> None:
    """Look-alike letters (a Cyrillic one for an a), capitals, blanks and invisible characters are no login."""
    with pytest.raises(InputError, match="is not a login") as caught:
        register.add(officer(login), now=NOW)
    assert caught.value.field == "login"
    assert caught.value.exit_code == EXIT_INPUT


@pytest.mark.parametrize(
    "roles", ["", "boss", "officer, director", "Officer", "officer,,director", "director;officer"]
)
def test_an_unknown_role_is_refused(register: Register, roles: str) -> None:
    """No half-read list of roles makes anybody anything."""
    with pytest.raises(InputError, match="there is no role") as caught:
        register.add(officer(roles=roles), now=NOW)
    assert caught.value.field == "role"


def test_a_taken_login_is_refused_and_leaves_no_event(register: Register, queue: Queue) -> None:
    """The officer who is there keeps their record as it is, and the journal tells of no second adding."""
    register.add(officer("pat"), now=NOW)
    with pytest.raises(InputError, match="already"):
        register.add(officer("pat", name="Another", roles="director"), now=NOW)
    known = register.officer("pat")
    assert known is not None
    assert (known.name, known.roles) == ("Pat Jones", "officer")
    assert actions(queue) == ["officer added", "officer added"]


def test_every_change_is_on_the_record(register: Register, queue: Queue) -> None:
    """Who added and who suspended whom is an event in the same transaction."""
    register.add(officer("pat"), now=NOW)
    register.suspend("pat", actor="dee", now=NOW)
    assert actions(queue) == ["officer added", "officer added", "officer suspended"]


def actions(queue: Queue) -> list[str]:
    """The actions of all events, in order."""
    with queue.reading() as connection:
        return list(connection.exec_driver_sql("SELECT action FROM event ORDER BY id").scalars())


def test_every_prerequisite_of_the_row_has_its_words() -> None:
    """A date added to the row without words here would never be asked for; training and an end are optional."""
    dates = {name for name, field in OfficerRow.model_fields.items() if field.annotation == date | None}
    dates -= {"expires_on", "trained_on"}
    assert set(PREREQUISITES) == dates


def test_who_is_not_on_the_register_may_not_post(register: Register) -> None:
    """An unknown login is named, the look-alike of a known one included."""
    register.add(officer("pat"), now=NOW)
    for login in ("nobody", "p\u0430t", "PAT", ""):
        assert (
            register.problem(login, ["twitter"], today=TODAY)
            == f"{login} is not on the register of designated officers"
        )


# --- a hand in the database --------------------------------------------------------------------------------------

BY_HAND = "changed by hand"


def by_hand(queue: Queue, sql: str, **values: Any) -> None:
    """Writes into the database as somebody with the file would."""
    with queue.engine.begin() as connection:
        connection.exec_driver_sql(sql, values)


def stored(queue: Queue, login: str) -> dict[str, Any]:
    """A line exactly as the file has it."""
    with queue.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT * FROM officer WHERE login = :login", {"login": login})
        return dict(found.mappings().one())


def put_back(queue: Queue, line: dict[str, Any]) -> None:
    """Writes a whole line, seal and all, over the one that is there."""
    names = ", ".join(line)
    by_hand(queue, "DELETE FROM officer WHERE login = :login", login=line["login"])
    by_hand(queue, f"INSERT INTO officer ({names}) VALUES ({', '.join(f':{name}' for name in line)})", **line)  # noqa: S608  # by this test


def why(register: Register, login: str = "pat") -> str:
    """Why an officer may not post."""
    return register.problem(login, ["twitter"], today=TODAY)


@pytest.mark.parametrize("column", [name for name in OfficerRow.model_fields if name != "login"])
def test_a_line_that_a_hand_changed_does_not_count(register: Register, queue: Queue, column: str) -> None:
    """Every column is under the seal: a role, a date, a channel, the end of a suspension, and the seal itself."""
    register.add(officer("pat", suspended_at=NOW - timedelta(days=1)), now=NOW)
    value = {"suspended_at": None, "added_at": "2020-01-01 00:00:00.000000"}.get(column, "2026-01-01")
    by_hand(queue, f"UPDATE officer SET {column} = :value WHERE login = 'pat'", value=value)  # noqa: S608  # by this test
    assert BY_HAND in why(register)
    assert register.officer("pat") is None
    assert [row.login for row in register.officers()] == ["dee"]


def test_a_line_that_a_hand_added_does_not_count(register: Register, queue: Queue) -> None:
    """Not with the seal of another line, nor without any; and neither directs."""
    for login, seal in (("eve", stored(queue, "dee")["seal"]), ("mal", "")):
        put_back(queue, stored(queue, "dee") | {"login": login, "seal": seal, "name": login})
        assert BY_HAND in why(register, login)
        with pytest.raises(NotDesignated, match=BY_HAND):
            register.add(officer("sam", added_by=login), now=NOW)


@pytest.mark.parametrize("change", ["suspended", "amended"])
def test_an_older_line_that_a_hand_put_back_does_not_count(
    register: Register, queue: Queue, change: str
) -> None:
    """Its seal was good once: the record holds the seal of the line as it was left last."""
    register.add(officer("pat"), now=NOW)
    before = stored(queue, "pat")
    assert why(register) == ""
    if change == "suspended":
        register.suspend("pat", actor="dee", now=NOW)
    else:
        register.amend("pat", {"channels": "website"}, actor="dee", now=NOW)
    put_back(queue, before)
    assert BY_HAND in why(register)


def test_a_register_that_a_hand_emptied_makes_no_new_first_director(register: Register, queue: Queue) -> None:
    """Who can delete the lines must not become the director by that; the record still tells of the others."""
    by_hand(queue, "DELETE FROM officer")
    for make in (register.first, register.add):
        with pytest.raises(NotDesignated, match="emptied by hand"):
            make(officer("eve", roles="director", added_by="eve"), now=NOW)
    assert register.officers() == []


def test_a_line_that_a_hand_took_away_is_missed(register: Register, queue: Queue) -> None:
    """Nobody leaves the register but by suspension; the record still tells of them."""
    register.add(officer("pat"), now=NOW)
    assert register.gone() == []
    by_hand(queue, "DELETE FROM officer WHERE login = 'pat'")
    assert (register.gone(), why(register)) == (["pat"], "pat is not on the register of designated officers")


def test_what_a_hand_changed_is_changed_by_nobody_but_entered_anew(register: Register, queue: Queue) -> None:
    """To amend or suspend it would seal what the hand wrote; the director says all of it again."""
    register.add(officer("pat"), now=NOW)
    by_hand(queue, "UPDATE officer SET roles = 'officer,director' WHERE login = 'pat'")
    for change in (
        lambda: register.amend("pat", {"channels": "website"}, actor="dee", now=NOW),
        lambda: register.suspend("pat", actor="dee", now=NOW),
    ):
        with pytest.raises(InputError, match="enters it anew"):
            change()
    register.add(officer("pat"), now=NOW)
    assert (why(register), stored(queue, "pat")["roles"]) == ("", "officer")


def test_a_line_under_another_key_does_not_count(register: Register, queue: Queue) -> None:
    """A database that was copied to where another key is names nobody."""
    assert BY_HAND in why(opened(queue, b"x" * 32), "dee")


def test_what_else_is_recorded_of_that_name_changes_no_line(register: Register, queue: Queue) -> None:
    """A consent may have a login for its reference: its event is none of the register's."""
    with queue.writing() as connection:
        append(connection, NOW, "pat", "consent added", subject="dee", move=("", "whatever"))
    assert why(register, "dee") == ""


def test_the_last_director_by_the_seals_stays(register: Register, queue: Queue) -> None:
    """A director whom a hand made is none, so that the true last one does not go for them."""
    register.add(officer("pat"), now=NOW)
    by_hand(queue, "UPDATE officer SET roles = 'director' WHERE login = 'pat'")
    with pytest.raises(NotDesignated, match="last active director"):
        register.suspend("dee", actor="dee", now=NOW)


# --- the register of before there were seals ---------------------------------------------------------------------


def write_old(queue: Queue, *rows: OfficerRow) -> None:
    """Writes lines as a program did that knew no seals."""
    with queue.writing() as connection:
        for row in rows:
            connection.execute(OfficerRow.__table__.insert(), row.model_dump())  # type: ignore[attr-defined]  # SQLModel's
            append(connection, NOW, "dee", "officer added", subject=row.login, detail={"roles": row.roles})


@pytest.fixture
def old(queue: Queue) -> Register:
    """A register as an older program left it: dee directs, sam was suspended, and no line is sealed."""
    write_old(queue, officer("dee", roles="director,officer"), officer("sam", suspended_at=NOW))
    with queue.writing() as connection:
        append(connection, NOW, "dee", "officer suspended", subject="sam")
    return opened(queue)


def test_an_old_register_counts_once_it_is_sealed(old: Register) -> None:
    """Until then everybody is told what to run; then all is as it was."""
    assert "run `publisher init` once" in why(old, "dee")
    with pytest.raises(NotDesignated, match="publisher init"):
        old.add(officer("pat"), now=NOW)
    assert old.seal_old(actor="init", now=NOW) == (["dee", "sam"], [])
    assert (why(old, "dee"), why(old, "sam")) == ("", "sam is suspended")
    old.add(officer("pat"), now=NOW)


@pytest.mark.parametrize(
    ("login", "change"), [("dee", "roles = 'director'"), ("sam", "suspended_at = NULL"), ("sam", "roles = 'director'")]
)  # fmt: skip
def test_an_old_line_that_is_not_as_the_record_tells_is_not_sealed(
    old: Register, queue: Queue, login: str, change: str
) -> None:
    """Another role than was given, or a suspension that is gone: a hand wrote that before the seals came."""
    by_hand(queue, f"UPDATE officer SET {change} WHERE login = '{login}'")  # noqa: S608  # by this test
    assert old.seal_old(actor="init", now=NOW)[1] == [login]
    assert old.officer(login) is None


def test_an_old_line_of_which_the_record_tells_nothing_is_not_sealed(old: Register, queue: Queue) -> None:
    """Somebody wrote it into the file."""
    put_back(queue, stored(queue, "dee") | {"login": "eve", "name": "Eve"})
    assert old.seal_old(actor="init", now=NOW)[0] == ["dee", "sam"]
    assert BY_HAND in why(old, "eve")


def test_old_lines_are_sealed_once_and_never_again(old: Register, queue: Queue) -> None:
    """After the seals came, a line without one is a hand's, however well the record speaks of it."""
    by_hand(queue, "UPDATE officer SET suspended_at = NULL WHERE login = 'sam'")
    old.seal_old(actor="init", now=NOW)
    by_hand(
        queue, "UPDATE officer SET suspended_at = :now WHERE login = 'sam'", now=str(NOW.replace(tzinfo=None))
    )
    assert old.seal_old(actor="init", now=NOW) == ([], ["sam"])
    assert old.officer("sam") is None


def test_old_lines_that_read_alike_can_still_be_changed(old: Register, queue: Queue) -> None:
    """An older program took two logins that look alike, and one name twice: only what is new is refused."""
    write_old(queue, officer("a.b", name="Ann Bell"), officer("ab", name="Ann Bell"))
    old.seal_old(actor="init", now=NOW)
    assert old.amend("ab", {"channels": "website"}, actor="dee", now=NOW).channels == "website"
    old.suspend("a.b", actor="dee", now=NOW)
    with pytest.raises(InputError, match="Nobody has two logins"):
        old.reinstate("a.b", actor="dee", now=NOW)


def test_a_new_register_has_nothing_to_seal(register: Register, queue: Queue) -> None:
    """A second `publisher init` writes no event."""
    before = actions(queue)
    assert register.seal_old(actor="init", now=NOW) == ([], [])
    assert actions(queue) == before


# --- look-alikes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "new"),
    [
        ("bo.oth", "b0oth"), ("alice", "a1ice"), ("alice", "aiice"), ("bill", "bi1l"), ("il", "li"), ("morna", "moma"),
        ("vvill", "will"), ("asha.rao", "asharao"), ("asha.rao", "asha_rao"), ("asha-rao", "asha.rao"), ("a.b", "ab"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("suspended", [False, True])
def test_a_login_that_reads_like_another_is_refused(
    register: Register, there: str, new: str, *, suspended: bool
) -> None:
    """0 and o, 1, l and i, rn and m, vv and w, with and without a separator: also where that one is suspended."""
    register.add(officer(there), now=NOW)
    if suspended:
        register.suspend(there, actor="dee", now=NOW)
    with pytest.raises(InputError, match=f"{new} reads like {there}") as caught:
        register.add(officer(new, name="Quite Another"), now=NOW)
    assert caught.value.field == "login"
    assert register.officer(new) is None


@pytest.mark.parametrize("new", ["alicia", "ben2", "asha.raod", "bob", "dee2"])
def test_a_login_that_reads_otherwise_is_taken(register: Register, new: str) -> None:
    """Only what an eye takes for another is refused."""
    for login in ("alice", "ben", "asha.rao"):
        register.add(officer(login), now=NOW)
    register.add(officer(new), now=NOW)


@pytest.mark.parametrize(
    ("login", "named"),
    [
        ("p\u0430t", "U+0430 CYRILLIC SMALL LETTER A, which looks like 'a'"),
        ("\uff50at", "U+FF50 FULLWIDTH LATIN SMALL LETTER P, which looks like 'p'"),
        ("p\u200bat", "U+200B ZERO WIDTH SPACE, which cannot be seen"),
        ("p\u03bft", "U+03BF GREEK SMALL LETTER OMICRON, which looks like 'o'"),
        ("Pat", "U+0050 LATIN CAPITAL LETTER P"),
        ("p t", "U+0020 SPACE"),
        ("p\0", "U+0000 a control character"),
    ],
)  # fmt: skip
def test_the_character_that_no_login_holds_is_named(register: Register, login: str, named: str) -> None:
    """It cannot be told apart by looking, so that a message which quotes it alone would say nothing."""
    with pytest.raises(InputError) as caught:
        register.add(officer(login), now=NOW)
    assert f"it holds {named}." in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["Pat Jones", "PAT  JONES", "Pát Jones", "P\u0430t Jones", "\uff30at Jones", "Pat-Jones", "Pat J0nes", "pat jones "],
)  # fmt: skip
def test_one_person_has_one_login(register: Register, name: str) -> None:
    """With two they would let go what they wrote themselves; an initial tells two people apart."""
    register.add(officer("pat", name="Pat Jones"), now=NOW)
    with pytest.raises(InputError, match="add an initial") as caught:
        register.add(officer("second", name=name), now=NOW)
    assert caught.value.field == "name"
    register.add(officer("second", name="Pat B. Jones"), now=NOW)


@pytest.mark.parametrize("name", ["Jones Pat", "Jones, Pat", "JONES - pat", "J\u043enes Pat"])
def test_a_name_in_another_order_is_the_same_name(register: Register, name: str) -> None:
    """First and last name the other way round, as a list of staff has them: nobody has two logins."""
    register.add(officer("pat", name="Pat Jones"), now=NOW)
    with pytest.raises(InputError, match="add an initial"):
        register.add(officer("second", name=name), now=NOW)
    register.add(officer("second", name="Jones Pat Lee"), now=NOW)


def test_a_name_comes_back_with_another_login_and_not_with_both(register: Register) -> None:
    """Who left may be designated anew; then the old login is not reinstated, and nobody takes the name over."""
    register.add(officer("pat", name="Pat Jones"), now=NOW)
    register.suspend("pat", actor="dee", now=NOW)
    register.add(officer("pjones", name="Pat Jones"), now=NOW)
    with pytest.raises(InputError, match="Nobody has two logins"):
        register.reinstate("pat", actor="dee", now=NOW)
    register.add(officer("kim", name="Kim Lee"), now=NOW)
    with pytest.raises(InputError, match="Nobody has two logins"):
        register.amend("kim", {"name": "Pat Jones"}, actor="dee", now=NOW)


@pytest.mark.parametrize("name", ["", " ", "...", "123", "Pat\u202eJones", "Pat\u200bJones", "x" * 101])
def test_a_name_names_somebody_plainly(register: Register, name: str) -> None:
    """Empty, endless, or with what hides or turns letters: no name."""
    with pytest.raises(InputError) as caught:
        register.add(officer(name=name), now=NOW)
    assert caught.value.field == "name"


# --- changes -----------------------------------------------------------------------------------------------------


def test_what_is_amended_changes_and_nothing_else(register: Register, queue: Queue) -> None:
    """The event tells of exactly that, from what to what."""
    register.add(officer("pat"), now=NOW)
    before = register.officer("pat")
    after = register.amend("pat", {"channels": "website", "roles": "officer"}, actor="dee", now=NOW)
    assert before is not None
    changed = {name for name in OfficerRow.model_fields if getattr(before, name) != getattr(after, name)}
    assert changed == {"channels", "seal"}
    (event,) = [event for event in queue.events_of("pat") if event.action == "officer amended"]
    assert (event.actor, event.detail) == ("dee", {"changed": {"channels": ["", "website"]}})
    assert why(register) == "pat may not post to twitter, only to website"


def test_an_amendment_that_changes_nothing_is_told(register: Register, queue: Queue) -> None:
    """Nobody believes to have changed what stayed, and no event says so."""
    register.add(officer("pat"), now=NOW)
    with pytest.raises(InputError, match="nothing of pat's entry would change"):
        register.amend("pat", {"channels": ""}, actor="dee", now=NOW)
    assert "officer amended" not in actions(queue)


@pytest.mark.parametrize(
    "changes",
    [{"roles": "officer,approver"}, {"approved_on": TODAY}, {"suspended_at": None}, {"name": "Another Name"}],
)
def test_nobody_but_a_director_amends_even_their_own_line(
    register: Register, changes: dict[str, Any]
) -> None:
    """A role, an approval or the end of a suspension is not for oneself to give."""
    register.add(officer("pat", approved_on=None), now=NOW)
    with pytest.raises(NotDesignated, match="not a director"):
        register.amend("pat", changes, actor="pat", now=NOW)


@pytest.mark.parametrize("changes", [{"roles": "officer"}, {"expires_on": TODAY + timedelta(days=9)}])
def test_the_last_director_keeps_the_role_and_has_no_last_day(
    register: Register, changes: dict[str, Any]
) -> None:
    """Else the register would be closed for good, now or on that day; with a second one either may be."""
    with pytest.raises(NotDesignated, match="last active director"):
        register.amend("dee", changes, actor="dee", now=NOW)
    register.add(officer("di", roles="director"), now=NOW)
    register.amend("dee", changes, actor="di", now=NOW)
    with pytest.raises(NotDesignated, match="last active director"):
        register.amend("di", changes, actor="di", now=NOW)


def test_the_first_director_has_no_last_day(queue: Queue) -> None:
    """There would be nobody to designate another after it."""
    with pytest.raises(InputError, match="no last day"):
        opened(queue).first(officer(roles="director", expires_on=TODAY), now=NOW)


def test_two_directors_who_take_each_others_role_leave_one(register: Register) -> None:
    """Who comes second is no director any more."""
    register.add(officer("di", roles="director"), now=NOW)
    start = threading.Barrier(2)

    def take(pair: tuple[str, str]) -> bool:
        start.wait()
        try:
            register.amend(pair[0], {"roles": "officer"}, actor=pair[1], now=NOW)
        except NotDesignated:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, [("dee", "di"), ("di", "dee")])) == [False, True]
    assert [register.is_director(login, today=TODAY) for login in ("dee", "di")].count(True) == 1


def test_a_designation_ends_with_its_last_day(register: Register) -> None:
    """On that day it still counts; the day after nobody posts, approves or directs by it."""
    roles = "officer,approver,director"
    register.add(officer("pat", roles=roles, expires_on=TODAY), now=NOW)
    for role in (Role.OFFICER, Role.APPROVER, Role.DIRECTOR):
        assert register.problem("pat", [], today=TODAY, role=role) == ""
        told = register.problem("pat", [], today=TODAY + timedelta(days=1), role=role)
        assert told == f"pat has no designation after {TODAY}"
    register.add(officer("kim", added_by="pat"), now=NOW)
    with pytest.raises(NotDesignated, match="not a director"):
        register.add(officer("lee", added_by="pat"), now=NOW + timedelta(days=1))


@pytest.mark.parametrize("role", [Role.MEMBER, Role.EXECUTIVE])
def test_who_only_hears_of_concerns_needs_no_prerequisite_and_does_not_post(
    register: Register, role: Role
) -> None:
    """Clause 5c is for those who use social media in the council's name; clause 4 knows others, too."""
    bare = {"policy_read_on": None, "aup_signed_on": None, "approved_on": None}
    register.add(officer("eve", roles=role.value, **bare), now=NOW)
    assert register.problem("eve", [], today=TODAY, role=role) == ""
    for other in (Role.OFFICER, Role.APPROVER, Role.DIRECTOR, Role.MONITORING):
        assert register.problem("eve", [], today=TODAY, role=other) == f"eve has not the role of {other}"
    both = {"roles": f"{role},officer", **bare}
    register.add(officer("both", **both), now=NOW)
    assert why(register, "both") == f"both {'; '.join(PREREQUISITES.values())}"


def test_a_suspension_is_undone(register: Register, queue: Queue) -> None:
    """By a director, once, and on the record."""
    register.add(officer("pat"), now=NOW)
    register.suspend("pat", actor="dee", now=NOW)
    with pytest.raises(NotDesignated):
        register.reinstate("pat", actor="pat", now=NOW)
    register.reinstate("pat", actor="dee", now=NOW)
    assert (why(register), actions(queue)[-1]) == ("", "officer reinstated")
    with pytest.raises(InputError, match="not suspended"):
        register.reinstate("pat", actor="dee", now=NOW)
