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

from publisher.errors import EXIT_INPUT, EXIT_NO, InputError, NotDesignated
from publisher.queue import Queue, open_queue
from publisher.register import PREREQUISITES, Register, Role
from publisher.tables import OfficerRow

TODAY = NOW.date()


def officer(login: str = "pat", **changes: Any) -> OfficerRow:
    """An officer with every prerequisite, added by the director."""
    values: dict[str, Any] = {
        "login": login,
        "name": "Pat Jones",
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


@pytest.fixture
def register(queue: Queue) -> Register:
    """A register with dee as its one director."""
    register = Register(queue)
    register.add(officer("dee", roles="officer,director"), now=NOW)
    return register


@pytest.mark.parametrize("roles", ["officer", "approver", "monitoring officer", "officer,approver"])
def test_the_first_on_the_register_is_a_director(queue: Queue, roles: str) -> None:
    """Nobody else could have been designated by anybody."""
    register = Register(queue)
    with pytest.raises(NotDesignated, match="--role director") as caught:
        register.add(officer(roles=roles), now=NOW)
    assert caught.value.exit_code == EXIT_NO
    assert register.officers() == []


def test_two_who_come_first_at_once_are_not_both_the_first(queue: Queue) -> None:
    """The look at the empty register and the adding are one transaction."""
    start = threading.Barrier(4)

    def bootstrap(number: int) -> bool:
        register = Register(queue)
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
    assert len(Register(queue).officers()) == 1


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
    assert register.problem("soon", ["twitter"], today=TODAY) == f"soon {PREREQUISITES[missing]}"
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
        == "pat may not post to facebook, twit"
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
