"""Rows that decide something, tied to the record: whatever a hand does to one is found, and what the program does is not."""

# ruff: noqa: S608  # the names of our own tables and columns

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from gate_support import REASON, ZEBRA, open_gated, rule, write_rules
from record_support import by_hand
from support import Office

from publisher.accounts import Proposal, Standing
from publisher.app import App, open_app
from publisher.chain import Fault, links, moment_text
from publisher.concerns import Told
from publisher.desk import Origin
from publisher.errors import IllegalMove
from publisher.record import events
from publisher.register import Role
from publisher.sealed import Sealed, plain
from publisher.tables import ConsentRow
from publisher.terms import Reading
from publisher.ties import KINDS, Ties
from publisher.times import local

SECRET = "Kangaroo"
SERVICE: dict[str, Any] = {
    "adapter": "twitter", "service": "Libraries", "business_case": "LIB-1", "profile": "https://x.com/examplelibraries",
    "access_token": "env:LIBRARIES_X_TOKEN",
}  # fmt: skip
RISKY: dict[str, Any] = {"adapter": "instagrapi", "user_id": "7", "enabled": False}


# --- a council that has done everything that it may -------------------------------------------------------------------


def decided_of_people(app: App) -> None:
    """The register, the editions, terms, accounts, links and tokens: made, changed, ended and made again."""
    today, now = app.today, app.now()
    app.designating.amend("ann", {"manager": "mona"}, officer="dana")
    app.leaving.suspend("ann", officer="dana", reason="On leave till May")
    app.designating.reinstate("ann", officer="dana")
    for name, days in (("2026", 0), ("2062", -1), ("2027", 90)):
        day = today + timedelta(days=days)
        app.designating.adopt(name, day, "Minute 7", officer="dana")
    app.designating.adopt("2027", today + timedelta(days=99), "Minute 8", officer="dana")
    app.designating.withdraw_edition("2062", "A slip of the pen", officer="dana")
    for login in ("sam", "ann", "dana", "cms"):
        app.designating.confirm("2026", "HR/1", officer=login)
    for moment in (today - timedelta(days=9), today):
        app.terms.read(
            Reading("facebook", "https://www.facebook.com/terms", today + timedelta(days=90), moment), "sam"
        )
    case = Proposal(
        "Libraries", "libraries-x", "https://x.com/examplelibraries", "Opening hours change daily."
    )
    for reference, *decisions in (
        ("LIB-1", Standing.APPROVED), ("LIB-2", Standing.APPROVED, Standing.CLOSED), ("LIB-3",),
    ):  # fmt: skip
        app.accounts.propose(reference, case, officer="sam")
        for decision in decisions:
            app.accounts.decide(reference, decision, reason="As the council asked", officer="dana")
    for do in (app.links.done, app.links.done):
        do("twitter", "libraries-x", None, officer="sam")
    app.links.undo("twitter", "libraries-x", officer="sam")
    app.links.done("twitter", "libraries-x", today, officer="ann")
    for days in (30, 60):
        review = today + timedelta(days=days)
        app.risks.accept("instagram-app", reason="As the council asked", review_on=review, officer="dana")
    app.risks.end("instagram-app", reason="It is no longer needed", officer="dana")
    app.risks.accept(
        "instagram-app", reason="It is needed again", review_on=today + timedelta(days=9), officer="dana"
    )
    assert app.proofs.look("facebook", "sam").fault is None
    app.tokens.new("sam", ["read"], 30, "for the tablet")
    made, _ = app.tokens.new("ann", ["read"], 30, "for the phone")
    app.tokens.revoke(made.id, "ann", anyones=False)
    ticket, _ = app.tokens.issue("mona", "dana")
    app.tokens.enrol(ticket.id, "mona", ["read"], 30, "")
    assert now <= app.now()


def decided_of_items(office: Office) -> str:
    """Consents, items with yeses and without, concerns and legal holds; the id of an item that is out."""
    app = office.app
    for reference in ("C-7", "C-8"):
        app.consents.add(reference, "consent", None, "sam")
    app.decisions.withdraw_consent("C-8", officer="sam")
    out, moved, off, over, kept = (
        office.hand_in(office.news(summary=ZEBRA, title=f"Zebra {title}")).id
        for title in ("out", "moved", "off", "over", "kept")
    )
    for item_id in (out, moved, off, over):
        app.decisions.approve(item_id, officer="ann", reason=REASON)
    app.decisions.reschedule(moved, officer="sam", publish_at=app.now() + timedelta(days=1))
    app.decisions.approve(moved, officer="ann", reason=REASON)
    office.release(out)
    write_rules(office, rule("zebra"), rule("giraffe"))
    for item_id in (off, over):
        app.decisions.withdraw(item_id, officer="sam", reason="It is off")
    app.erasing.erase(off, officer="mona", reason="Request DP-7")
    first, second = (app.concerns.tell(Told(person="sam", words=SECRET), officer="ann") for _ in range(2))
    app.concerns.pass_on(first.id, "dana", reason="Not mine", officer=first.holder)
    app.concerns.close(second.id, outcome=SECRET, officer=second.holder)
    for reference, item_id in (("FOI-1", kept), ("FOI-2", moved)):
        app.holds.place(reference, item_id, officer="dana", reason="A request")
    app.holds.lift("FOI-2", officer="dana", reason="Answered")
    app.decisions.withdraw(moved, officer="sam", reason="It is off")
    app.erasing.erase(moved, officer="mona", reason="Request DP-8")
    return out


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A council in which everything that decides something was done once, and nothing by hand."""
    folder = tmp_path_factory.mktemp("council")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIBRARIES_X_TOKEN", "7-made-up")
        with open_gated(folder, {"channels.libraries-x": SERVICE, "channels.instagram-app": RISKY}) as office:
            decided_of_people(office.app)
            decided_of_items(office)
            yield office


@contextmanager
def copied(council: Office, folder: Path) -> Iterator[App]:
    """A council in another folder, as it is now."""
    shutil.copytree(council.folder, folder, ignore=shutil.ignore_patterns("*.db-wal", "*.db-shm", "site"))
    database = folder / council.app.config.database.relative_to(council.folder)
    database.unlink()
    with (
        closing(sqlite3.connect(council.app.config.database)) as here,
        closing(sqlite3.connect(database)) as there,
    ):
        here.backup(there)
    app = open_app(folder / "config.toml", now=council.clock)
    try:
        yield app
    finally:
        app.close()


@pytest.fixture
def app(council: Office, tmp_path: Path) -> Iterator[App]:
    """A council of one's own to put a hand in."""
    with copied(council, tmp_path / "copy") as made:
        yield made


def found(app: App) -> list[Fault]:
    """What verifying finds that nobody accepted."""
    return list(app.verifier.verify().faults)


def sql(app: App, statement: str) -> list[tuple[Any, ...]]:
    """What lies in the database."""
    with closing(sqlite3.connect(app.config.database)) as connection:
        return connection.execute(statement).fetchall()


# --- what the program does itself --------------------------------------------------------------------------------------


def test_what_the_program_does_is_no_fault(app: App) -> None:
    """Rows of every kind that were made, changed, ended, erased and made again by people are as the record left them."""
    assert {kind.name for kind in KINDS if not sql(app, f"SELECT 1 FROM {kind.table.name}")} == set()
    assert found(app) == []


def test_what_retention_erases_is_no_fault(council: Office, tmp_path: Path) -> None:
    """Years later the schedule has taken out the words of verdicts, yeses and concerns, and whole tokens and receipts."""
    with copied(council, tmp_path / "copy") as app:
        app.holds.lift("FOI-1", officer="dana", reason="Answered")
        council.clock.forward(days=3_000)
        try:
            done = app.retention.apply(officer="dana")
        finally:
            council.clock.forward(days=-3_000)
        assert {"verdicts", "overrides", "concerns", "tokens"} <= done.keys() | {"overrides"}
        assert sql(app, "SELECT count(*) FROM token") == [(0,)]
        assert sql(app, "SELECT count(*) FROM concern WHERE erased_at IS NOT NULL") == [(1,)]
        assert found(app) == []


# --- what a hand does ---------------------------------------------------------------------------------------------------

KINDS_BY_NAME = {kind.name: kind for kind in KINDS}
OTHER = {
    "VARCHAR": ["'x'"], "DATE": ["'2020-01-02'", "'never'"], "DATETIME": ["'2020-01-02 03:04:05.000000'", "'never'"],
    "INTEGER": ["99"], "JSON": ["'[]'", "'{'"],
}  # fmt: skip
"""Other values for a column, and what is none."""


def others(column: Any) -> list[str]:
    """Values that no row has there."""
    return OTHER[str(column.type).upper().partition("(")[0]]


def first_row(app: App, kind: Any) -> tuple[str, str]:
    """Where to find a row of a kind, and how people call it."""
    names = ", ".join(f'"{name}"' for name in kind.key)
    key = dict(
        zip(kind.key, sql(app, f"SELECT {names} FROM {kind.table.name} ORDER BY rowid")[0], strict=True)
    )
    where = " AND ".join(f"\"{name}\" = '{value}'" for name, value in key.items())
    return where, kind.named(kind.subject(key))


def rows_found(app: App) -> list[Fault]:
    """The faults of rows; there are no others."""
    faults = found(app)
    assert {fault.kind for fault in faults} <= {"row"}
    return faults


@pytest.mark.parametrize("name", KINDS_BY_NAME)
def test_whatever_is_changed_of_a_row_is_found(app: App, name: str) -> None:
    """Each column of each kind, also with what is no value of it; the row is named, with the last event that tells of it."""
    kind = KINDS_BY_NAME[name]
    where, called = first_row(app, kind)
    ties = Ties(app.seal)
    with app.queue.reading() as connection:
        for link in links(connection):
            ties.see(link)
    for column in (one for one in kind.table.c if one.name not in {*kind.key, "id"}):
        found_there = f'SELECT quote("{column.name}") FROM {kind.table.name} WHERE {where}'
        (before,) = sql(app, found_there)[0]
        for value in [*others(column), before]:
            by_hand(
                app.config.database, f'UPDATE {kind.table.name} SET "{column.name}" = {value} WHERE {where}'
            )
            with app.queue.reading() as connection:
                faults = list(ties.faults(connection))
            assert bool(faults) is (value != before), (column.name, value)
            if faults:
                assert faults[0].words.startswith(called)
                assert "was changed by hand" in faults[0].words
                assert faults[0].number > 0
    assert rows_found(app) == []


@pytest.mark.parametrize("name", KINDS_BY_NAME)
def test_a_row_that_is_taken_out_or_put_in_is_found(app: App, name: str) -> None:
    """A row that no event tells of, were it a copy of a good one, and one that the record tells of and that is gone."""
    kind = KINDS_BY_NAME[name]
    where, called = first_row(app, kind)
    columns = ", ".join(f'"{column.name}"' for column in kind.table.c)
    last = kind.key[-1]
    key = "99999" if kind.numbered else f"\"{last}\" || 'x'"
    free = {"id": "99999"} if "id" in kind.table.c else {}
    changed = {**free, last: key}
    copy = ", ".join(changed.get(column.name, f'"{column.name}"') for column in kind.table.c)
    by_hand(
        app.config.database,
        f"INSERT INTO {kind.table.name} ({columns}) SELECT {copy} FROM {kind.table.name} WHERE {where}",
    )
    (fault,) = rows_found(app)
    assert "was put into the database by hand: no event tells of it" in fault.words
    by_hand(app.config.database, f"DELETE FROM {kind.table.name} WHERE {where}")
    gone = [
        fault.words for fault in rows_found(app) if "was taken out of the database by hand." in fault.words
    ]
    assert [words[: len(called)] for words in gone] == [called]


LATER = {
    "officer": lambda app: app.designating.amend("ann", {"manager": "dana"}, officer="dana"),
    "edition": lambda app: app.designating.adopt(
        "2027", app.today + timedelta(days=40), "Minute 9", officer="dana"
    ),
    "token": lambda app: app.tokens.revoke(
        sql(app, "SELECT id FROM token WHERE login = 'sam'")[0][0], "sam", anyones=False
    ),
    "account": lambda app: app.accounts.decide("LIB-1", Standing.CLOSED, reason="Over", officer="dana"),
    "link": lambda app: app.links.done("twitter", "libraries-x", None, officer="sam"),
    "terms": lambda app: app.terms.read(Reading("facebook", "https://www.facebook.com/x", app.today), "sam"),
    "concern": lambda app: app.concerns.close(open_concern(app), outcome="Seen to", officer="dana"),
    "hold": lambda app: app.holds.lift("FOI-1", officer="dana", reason="Answered"),
    "consent": lambda app: app.decisions.withdraw_consent("C-7", officer="sam"),
    "override": lambda app: app.erasing.erase(withdrawn(app), officer="mona", reason="Request DP-9"),
    "verdict": lambda app: app.erasing.erase(withdrawn(app), officer="mona", reason="Request DP-9"),
}
"""What people do with a row that is there; of each kind but rule books, which never change."""


ROWS: dict[str, dict[str, Any]] = {
    "override": {
        "rule": "x", "finding": "f", "content": "c", "officer": "ann", "role": "approver", "reason": "r",
        "given_at": datetime(2026, 1, 2, tzinfo=UTC), "expires_on": date(2026, 1, 3),
    },
    "verdict": {
        "at": datetime(2026, 1, 2, tzinfo=UTC), "stage": "release", "policy": "p", "digest": "d", "outcome": "pass", "input": {},
        "findings": [],
    },
}  # fmt: skip
"""A row of each numbered kind."""


def open_concern(app: App) -> str:
    """The one that dana has."""
    return str(sql(app, "SELECT id FROM concern WHERE state = 'open'")[0][0])


def withdrawn(app: App) -> str:
    """An item with a yes and verdicts that may be erased."""
    return str(sql(app, "SELECT id FROM item WHERE title LIKE '%over'")[0][0])


@pytest.mark.parametrize("name", LATER)
def test_an_older_row_that_is_put_back_whole_is_found(app: App, name: str) -> None:
    """As it was before the last thing that was done to it, seal and all: its last event tells of another."""
    table = KINDS_BY_NAME[name].table.name
    by_hand(app.config.database, f"CREATE TABLE kept AS SELECT * FROM {table}")
    LATER[name](app)
    assert rows_found(app) == []
    by_hand(app.config.database, f"DELETE FROM {table}", f"INSERT INTO {table} SELECT * FROM kept")
    faults = rows_found(app)
    assert faults
    assert all("an older one was put in its place" in fault.words for fault in faults)


def test_what_was_rightly_taken_away_is_not_put_back(app: App) -> None:
    """A link that was undone, an edition that was withdrawn, a token that was erased: their whole rows are found."""
    by_hand(
        app.config.database,
        "CREATE TABLE kept AS SELECT * FROM link",
        "CREATE TABLE old AS SELECT * FROM edition",
    )
    app.links.undo("twitter", "libraries-x", officer="sam")
    app.designating.withdraw_edition("2027", "A slip", officer="dana")
    assert rows_found(app) == []
    by_hand(
        app.config.database,
        "INSERT INTO link SELECT * FROM kept",
        "INSERT INTO edition SELECT * FROM old WHERE edition = '2027'",
    )
    assert [fault.words for fault in rows_found(app)] == [
        "Edition 2027 of the policy was put back by hand: it had been taken away.",
        "That twitter libraries-x are linked was put back by hand: it had been taken away.",
    ]
    assert app.links.all()[0].row is None
    assert app.editions.reading(app.today).coming == ()


# --- what comes of it ---------------------------------------------------------------------------------------------------


def test_what_a_hand_did_to_a_row_stops_no_release(app: App) -> None:
    """Such a row counts for nothing where it is read; the rest of the council goes on."""
    by_hand(app.config.database, "UPDATE officer SET roles = 'director' WHERE login = 'ann'")
    (fault,) = found(app)
    assert fault.words.startswith("The entry of ann on the register was changed by hand")
    assert app.verifier.whole_problem() == ""
    assert app.verifier.verify().stops == "rows"
    assert "changed by hand" in app.register.problem("ann", [], today=app.today)


UNREADABLE = {
    "VARCHAR": ["CAST(x'ff' AS TEXT)", "x'00ff'"], "DATE": ["'never'", "CAST(x'ff' AS TEXT)"],
    "DATETIME": ["'never'", "'0001-01-01 00:00:00+05:00'"], "JSON": ["'['", "'5'", "x'00ff'"],
}  # fmt: skip
"""What is no value of a column: no UTF-8, bytes, no day, a moment before the calendar's first, no JSON, JSON of another shape."""


def read_by_everybody(app: App, name: str) -> None:
    """Everything that looks at rows of that kind."""
    today, verdicts = app.today, name in {"verdict", "policy"}
    shown = [
        app.designating.standings(), app.register.gone(), app.editions.all(), app.editions.reading(today), app.accounts.all(),
        app.links.all(), app.risks.all(), app.terms.platforms(), app.terms.for_gate(), app.consents.all(), app.overrides.listed(), app.verdicts.policies(),
        app.holds.all(), [list(app.verdicts.replay()), list(app.verdicts.cases()), app.verdicts.hit_rates()] if verdicts else [],
    ]  # fmt: skip
    str(shown).encode()  # what is no text could not be shown
    assert all(
        local(row.recorded_at) for row in app.consents.all()
    )  # the calendar's first moment is in no other zone


@pytest.mark.parametrize("name", KINDS_BY_NAME)
@pytest.mark.long
def test_no_value_in_a_row_breaks_what_reads_it(app: App, name: str) -> None:
    """Whatever lies in any column of any kind, everything that reads it goes on, and verifying tells that row and no other thing."""
    kind = KINDS_BY_NAME[name]
    where = f"rowid = (SELECT min(rowid) FROM {kind.table.name})"
    for column in kind.table.c:
        (before,) = sql(app, f'SELECT quote("{column.name}") FROM {kind.table.name} WHERE {where}')[0]
        for value in UNREADABLE.get(str(column.type).upper(), []):
            with closing(sqlite3.connect(app.config.database)) as connection:
                try:
                    connection.execute(
                        f'UPDATE {kind.table.name} SET "{column.name}" = {value} WHERE {where}'
                    )
                except sqlite3.IntegrityError:  # a number
                    continue
                connection.commit()
            read_by_everybody(app, name)
        assert app.verifier.whole_problem() == ""
        by_hand(app.config.database, f'UPDATE {kind.table.name} SET "{column.name}" = {before} WHERE {where}')
    assert found(app) == []


def test_one_hand_in_one_row_stops_nobody_else(app: App, council: Office) -> None:
    """The monitoring officer's line, terms and a verdict cannot be read: others hand in, and a director enters the line anew."""
    by_hand(
        app.config.database,
        "UPDATE officer SET expires_on = 'never', name = CAST(x'ff' AS TEXT) WHERE login = 'mona'",
        "UPDATE terms SET review_on = 'never'",
        "UPDATE verdict SET input = '{', at = 'never'",
    )
    news = council.news(title="Open again")
    assert app.desk.hand_in(news, officer="sam", origin=Origin(pictures={})).id
    assert "changed by hand" in app.register.problem("mona", [], today=app.today)
    app.designating.add("mona", {"name": "Mona Officer", "roles": [Role.MONITORING]}, officer="dana")
    assert app.register.officer("mona")


def test_a_verdict_that_cannot_be_read_keeps_its_item_from_nothing(app: App, council: Office) -> None:
    """The next one of its stage is kept beside it, and its item goes on."""
    news = council.news(title="Open again", publish_at=app.now() + timedelta(hours=3))
    item_id = app.desk.hand_in(news, officer="sam", origin=Origin(pictures={})).id
    for hours in (4, 5):
        app.decisions.reschedule(item_id, officer="sam", publish_at=app.now() + timedelta(hours=hours))
        by_hand(
            app.config.database, "UPDATE verdict SET input = '{' WHERE id = (SELECT max(id) FROM verdict)"
        )
    stages = sql(app, f"SELECT stage FROM verdict WHERE item_id = '{item_id}'")
    assert stages == [("handed in",), ("rescheduled",), ("rescheduled",)]


@pytest.mark.parametrize("content", ["'{'", "'[]'", "'{\"images\": [5]}'"])
def test_an_item_that_cannot_be_read_keeps_no_consent_from_being_withdrawn(app: App, content: str) -> None:
    """It names nothing, and does not go: its own last check stops it."""
    by_hand(
        app.config.database, f"UPDATE item SET content = {content}, due_at = 'never' WHERE title LIKE '%kept'"
    )
    by_hand(app.config.database, f"UPDATE item SET content = {content} WHERE title LIKE '%out'")
    assert app.consents.withdraw("C-7", "sam").consent.withdrawn_by == "sam"


def test_a_name_that_is_no_text_is_shown_in_the_list(app: App) -> None:
    """As signs that a terminal, JSON and a page can show."""
    by_hand(app.config.database, "UPDATE officer SET name = CAST(x'41ff' AS TEXT) WHERE login = 'mona'")
    (line,) = [line for line in app.register.lines() if line.row.login == "mona"]
    assert (line.row.name, line.is_active) == ("A\N{REPLACEMENT CHARACTER}", False)


@pytest.mark.parametrize("value", ["'['", "'5'", "x'00ff'", "CAST(x'ff' AS TEXT)"])
def test_an_event_that_cannot_be_read_breaks_no_list(app: App, value: str) -> None:
    """Its words are none, and its moment is long ago, in whatever shows what happened; verifying tells it."""
    by_hand(
        app.config.database, f"UPDATE event_detail SET detail = {value}", f"UPDATE event SET at = {value}"
    )
    with app.queue.reading() as connection:
        assert {(event.at.year, len(event.detail)) for event in events(connection)} == {(1970, 0)}
    assert app.accounts.history()
    assert app.verifier.whole_problem()


@pytest.mark.parametrize("table", ["override", "verdict"])
def test_the_greatest_number_that_a_hand_can_write_uses_up_no_other(app: App, table: str) -> None:
    """A new row has that of its event, though a hand wrote 2^63 - 1; one that is taken is not given twice."""
    by_hand(
        app.config.database, f"UPDATE {table} SET id = {2**63 - 1} WHERE id = (SELECT min(id) FROM {table})"
    )
    (last,) = sql(app, "SELECT max(id) FROM event")[0]
    columns = ", ".join(column.name for column in KINDS_BY_NAME[table].table.c if column.name != "id")
    by_hand(
        app.config.database,
        f"INSERT INTO {table} (id, {columns}) SELECT {last + 1}, {columns} FROM {table} LIMIT 1",
    )
    with app.queue.writing() as connection:
        row = KINDS_BY_NAME[table].model(**ROWS[table], item_id=withdrawn(app))
        if table == "verdict":
            row.policy = sql(app, "SELECT version FROM policy")[0][0]
        Sealed(KINDS_BY_NAME[table], app.seal).store(
            connection, row, app.now(), "ann", KINDS_BY_NAME[table].tells[0]
        )
    assert (row.id, sql(app, "SELECT max(id) FROM event")) == (last + 2, [(last + 1,)])


def test_a_director_accepts_exactly_what_was_found(app: App) -> None:
    """Another change of the same row afterwards is another thing."""
    by_hand(app.config.database, "UPDATE consent SET basis = 'x' WHERE reference = 'C-7'")
    app.accepting.accept(officer="dana", reason="A slip of the supplier")
    assert found(app) == []
    by_hand(app.config.database, "UPDATE consent SET basis = 'y' WHERE reference = 'C-7'")
    assert len(found(app)) == 1


def test_nothing_is_told_of_what_a_concern_is_about(app: App) -> None:
    """Whoever verifies reads its number, and nothing of whom or what it is about."""
    by_hand(app.config.database, "UPDATE concern SET words = words || '!', person = 'Somebody'")
    for fault in found(app):
        assert fault.words.startswith("The concern c-")
        assert not any(
            word in fault.words + fault.mark for word in (SECRET, "Somebody", "sam", "dana", "mona")
        )


def test_verdicts_whose_rule_book_is_gone_are_found(app: App) -> None:
    """Also where no event tells of it, as of before there was a record: nobody could repeat them."""
    by_hand(
        app.config.database, "UPDATE verdict SET policy = 'gone' WHERE id = (SELECT min(id) FROM verdict)"
    )
    assert "The rule book gone was taken out of the database by hand." in [
        fault.words for fault in found(app)
    ]


def test_a_yes_has_a_number_that_is_never_given_again(app: App) -> None:
    """Else the event of a new one would hide that the last one was taken out."""
    by_hand(app.config.database, "DELETE FROM override WHERE id = (SELECT max(id) FROM override)")
    (before,) = found(app)
    (kept,) = sql(app, "SELECT id FROM item WHERE title LIKE '%kept'")[0]
    app.decisions.approve(kept, officer="ann", reason=REASON)
    assert [fault.mark for fault in found(app)] == [before.mark]


def test_one_kind_of_seal_is_no_other() -> None:
    """Kinds have names, actions and tables of their own: no event of one tells of another's row."""
    assert len({kind.name for kind in KINDS}) == len({kind.table.name for kind in KINDS}) == len(KINDS)
    actions = [action for kind in KINDS for action in (*kind.tells, *kind.ends)]
    assert len(actions) == len(set(actions))


def test_bytes_where_words_belong_are_found(app: App) -> None:
    """What no program wrote is told like any other change, and breaks nothing that looks for it."""
    by_hand(
        app.config.database,
        "UPDATE officer SET name = x'00ff' WHERE login = 'ann'",
        "UPDATE hold SET reason = x'00ff', seal = x'00ff' WHERE reference = 'FOI-1'",
    )
    assert len(rows_found(app)) == 2


def test_a_moment_is_sealed_as_what_it_is() -> None:
    """In UTC, whatever clock it was told by: the database keeps it so."""
    moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert (
        plain(moment.astimezone(ZoneInfo("Europe/London")))
        == plain(moment)
        == moment_text("2026-07-01 12:00:00.000000")
    )


def test_what_was_changed_in_the_meantime_is_not_written_over(app: App) -> None:
    """Two who read the same row: the second is told, and what the first did stays."""
    rows = Sealed(KINDS_BY_NAME["consent"], app.seal)
    with app.queue.writing() as connection:
        (read,) = rows.read(connection, ConsentRow.reference == "C-7")  # type: ignore[arg-type]  # a column, to SQLModel
        before = read.row.seal
        rows.store(connection, read.row, app.now() + timedelta(1), "sam", "consent added", since=before)
        read.row.basis = "contract"
        rows.store(connection, read.row, app.now(), "sam", "consent added", since=read.row.seal)
        with pytest.raises(IllegalMove, match="The consent C-7 was changed in the meantime"):
            rows.store(connection, read.row, app.now(), "sam", "consent added", since=before)
    assert found(app) == []
