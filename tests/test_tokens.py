"""Tokens: each officer has their own, shown once; one that was revoked, ended, or touched by a hand, counts no more."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from cli_support import APPROVER, AUTHOR, DIRECTOR, Bench, open_bench
from queue_support import between
from support import Clock

from publisher.app import App, open_app
from publisher.errors import InputError, NotDesignated, Refused
from publisher.tables import TokenRow
from publisher.tokens import LIVE_MOST, WORKING, BadToken, Standing

OTHER = {"digest": "0" * 64, "login": APPROVER, "scopes": "read,direct", "expires_at": "2999-01-01 00:00:00.000000",
         "created_by": DIRECTOR, "label": "mine"}  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A council's folder."""
    with open_bench(tmp_path / "council") as bench:
        yield bench


@pytest.fixture
def clock() -> Clock:
    """The app's clock."""
    return Clock()


@pytest.fixture
def app(bench: Bench, clock: Clock) -> Iterator[App]:
    """Its app."""
    app = open_app(bench.folder / "config.toml", now=clock)
    yield app
    app.close()


def made(app: App, login: str = AUTHOR) -> tuple[TokenRow, str]:
    return app.tokens.new(login, WORKING, 90, "laptop")


def standing(app: App, token_id: str, login: str = AUTHOR) -> Standing:
    return dict((row.id, now) for row, now in app.tokens.listed(login, everyones=False))[token_id]  # noqa: C402


def by_hand(app: App, statement: str, *values: object) -> None:
    """What an officer with the database's file can do."""
    with closing(sqlite3.connect(app.config.database)) as connection, connection:
        assert connection.execute(statement, values).rowcount == 1


def worthless(app: App, text: str) -> str:
    with pytest.raises(BadToken) as bad:
        app.tokens.known(text)
    return str(bad.value)


# --- the secret ------------------------------------------------------------------------------------------------------


def test_a_token_is_kept_in_no_words(app: App) -> None:
    """Its secret is 256 bits, never the same, and in no file of the queue's; the digest alone is."""
    texts = [made(app)[1] for _ in range(3)]
    secrets = [text.split("_")[2] for text in texts]
    assert len(set(secrets)) == 3
    assert {len(bytes.fromhex(secret)) for secret in secrets} == {32}
    for file in app.config.database.parent.rglob("*"):
        if file.is_file():
            assert not [secret for secret in secrets if secret.encode() in file.read_bytes()]
    assert app.tokens.known(texts[0]).login == AUTHOR


@pytest.mark.parametrize(
    "text", ["", "pub_", "pub__", "pub_" + "0" * 12, "é", "pub_" + "0" * 12 + "_" + "0" * 64, "x" * 100_000]
)
def test_what_is_no_token_is_not_known(app: App, text: str) -> None:
    """Anything else is refused, without a fault and without saying what is missing."""
    assert worthless(app, text) == "this token is not known"


def test_a_token_is_not_known_with_a_blank_or_another_case(app: App) -> None:
    """A token is one spelling."""
    text = made(app)[1]
    for other in (text.upper(), f" {text}", f"{text}\n", f"{text}0"):
        assert worthless(app, other) == "this token is not known"


# --- what it is worth --------------------------------------------------------------------------------------------------


def test_a_token_ends_at_its_moment(app: App, clock: Clock) -> None:
    """Until then it counts, and then no more, and setting the clock back before it was made brings nothing to life."""
    row, text = app.tokens.new(AUTHOR, ["read"], 1, "")
    assert app.tokens.known(text).scopes == "read"
    clock.forward(days=1)
    assert worthless(app, text) == "this token is expired"
    assert standing(app, row.id) is Standing.EXPIRED
    clock.forward(days=-2)
    assert worthless(app, text) == "this token was changed by hand in the database"


def test_a_revoked_token_is_worthless_at_once_and_for_good(app: App) -> None:
    """Revoking is one step, and the row and the record tell of it."""
    row, text = made(app)
    app.tokens.revoke(row.id, AUTHOR, anyones=False)
    assert worthless(app, text) == "this token is revoked"
    events = app.queue.events_of(f"token {row.id}")
    assert [event.action for event in events] == ["token made", "token revoked"]
    assert "" != events[0].after != events[1].after != ""
    with pytest.raises(InputError, match="revoked or used already"):
        app.tokens.revoke(row.id, AUTHOR, anyones=False)


def test_who_comes_back_gets_new_tokens(app: App) -> None:
    """Suspension ends an officer's tokens; reinstated, the old ones stay worthless, and new ones count."""
    _, text = made(app)
    app.register.suspend(AUTHOR, actor=DIRECTOR, now=app.now())
    assert "ended when its officer was suspended" in worthless(app, text)
    app.register.reinstate(AUTHOR, actor=DIRECTOR, now=app.now())
    assert "who comes back needs a new one" in worthless(app, text)
    assert app.tokens.known(made(app)[1]).login == AUTHOR


# --- a hand in the database ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", OTHER)
def test_a_row_changed_by_hand_does_not_count(app: App, column: str) -> None:
    """Whose it is, for what and until when is sealed: nobody with the file gives themselves more."""
    row, text = made(app)
    by_hand(app, f"update token set {column} = ? where id = ?", OTHER[column], row.id)  # noqa: S608  # our own words
    assert worthless(app, text) == (
        "this token is not known" if column == "digest" else "this token was changed by hand in the database"
    )


def test_a_revocation_cannot_be_taken_back_by_hand(app: App) -> None:
    """An older row, whole with its good seal, put back after the revocation, is not what the record tells of."""
    row, text = made(app)
    before = row.seal
    app.tokens.revoke(row.id, AUTHOR, anyones=False)
    by_hand(app, "update token set revoked_at = null, seal = ? where id = ?", before, row.id)
    assert worthless(app, text) == "this token was changed by hand in the database"
    assert standing(app, row.id) is Standing.FORGED


def test_a_row_put_in_by_hand_does_not_count(app: App) -> None:
    """A copy of a good row under another id, or one that was made up, has no event and no seal of its own."""
    row, text = made(app)
    by_hand(
        app,
        "insert into token select ?, login, digest, scopes, label, created_by, created_at, expires_at, revoked_at, seal"
        " from token where id = ?",
        "f" * 12,
        row.id,
    )
    assert worthless(app, text.replace(row.id, "f" * 12)) == "this token was changed by hand in the database"


# --- who may make one ------------------------------------------------------------------------------------------------------


def test_only_officers_have_tokens(app: App) -> None:
    """Who is not on the register, or is suspended, gets none, and the attempt is on the record."""
    app.register.suspend(AUTHOR, actor=DIRECTOR, now=app.now())
    for login in ("mallory", AUTHOR):
        with pytest.raises(NotDesignated):
            made(app, login)
    assert not app.tokens.listed(DIRECTOR, everyones=True)


@pytest.mark.parametrize(
    ("scopes", "days", "label"),
    [
        ([], 90, ""),
        (["enrol"], 90, ""),
        (["read", "enrol"], 90, ""),
        (["all"], 90, ""),
        (["read,direct"], 90, ""),
        (["read"], 0, ""),
        (["read"], -1, ""),
        (["read"], 366, ""),
        (["read"], 10**12, ""),
        (["read"], 90, "x" * 101),
        (["read"], 90, "a\u202eb"),
    ],
)
def test_a_wrong_wish_is_refused(app: App, scopes: list[str], days: int, label: str) -> None:
    """A token is for something known, ends within a year, and is called something that can be read."""
    with pytest.raises(InputError):
        app.tokens.new(AUTHOR, scopes, days, label)
    assert not app.tokens.listed(AUTHOR, everyones=False)


def test_an_officer_has_only_so_many_tokens(app: App, clock: Clock) -> None:
    """Nobody keeps count of more; those that ended do not count."""
    for _ in range(LIVE_MOST):
        app.tokens.new(AUTHOR, ["read"], 1, "")
    with pytest.raises(Refused, match="tokens already"):
        made(app)
    made(app, APPROVER)
    clock.forward(days=1)
    made(app)


@pytest.mark.parametrize("scope", ["decide", "direct", "confide"])
def test_a_token_got_by_enrolling_decides_nothing(app: App, scope: str) -> None:
    """Whoever issued the ticket could use it: they must not so let go what they wrote, nor read what others say of them.

    The ticket stays good.
    """
    ticket, _ = app.tokens.issue(AUTHOR, DIRECTOR)
    with pytest.raises(InputError, match=scope):
        app.tokens.enrol(ticket.id, AUTHOR, ["read", scope], 30, "")
    app.tokens.enrol(ticket.id, AUTHOR, ["read", "write"], 30, "")


def test_a_director_gives_only_a_token_to_enrol_with(app: App) -> None:
    """Of what a director issues, only that can be made of it: nobody knows another's working token."""
    row, text = app.tokens.issue(AUTHOR, DIRECTOR)
    assert (row.login, row.scopes, row.created_by) == (AUTHOR, "enrol", DIRECTOR)
    assert (row.expires_at - row.created_at).days == 7
    assert app.tokens.known(text).scopes == "enrol"
    for login, by in ((APPROVER, AUTHOR), (AUTHOR, AUTHOR), (AUTHOR, "mallory")):
        with pytest.raises(NotDesignated, match="not a director"):
            app.tokens.issue(login, by)
    for login in ("mallory", "Sam", ""):
        with pytest.raises(InputError, match="no active officer"):
            app.tokens.issue(login, DIRECTOR)


def test_a_token_to_enrol_with_is_used_up(app: App) -> None:
    """It is exchanged once, even by two at the same moment, and only for its own officer."""
    ticket, text = app.tokens.issue(AUTHOR, DIRECTOR)

    def enrol(_: int) -> str:
        try:
            return app.tokens.enrol(ticket.id, AUTHOR, ["read"], 90, "")[1]
        except InputError:
            return ""

    with pytest.raises(Refused, match="issued for it"):
        app.tokens.enrol(ticket.id, APPROVER, ["read"], 90, "")
    with ThreadPoolExecutor(4) as pool:
        mine = [found for found in pool.map(enrol, range(4)) if found]
    assert [app.tokens.known(one).login for one in mine] == [AUTHOR]
    assert "this token was used" in worthless(app, text)
    assert standing(app, ticket.id) is Standing.USED


@pytest.mark.parametrize("token_id", ["", "f" * 12, "é"])
def test_only_what_was_issued_for_it_can_be_exchanged(app: App, token_id: str) -> None:
    """A working token is no ticket for another one: who steals one cannot prolong it."""
    working = made(app)[0].id
    for given in (token_id, working):
        with pytest.raises(Refused, match="issued for it"):
            app.tokens.enrol(given, AUTHOR, ["read"], 90, "")


def test_one_sees_and_revokes_ones_own(app: App) -> None:
    """Another's tokens are not listed, and as if they were not there; a director sees and revokes any, where they may direct."""
    mine, theirs = made(app)[0], made(app, APPROVER)[0]
    for login, everyones in ((AUTHOR, False), (AUTHOR, True), (APPROVER, True)):
        listed = {row.login for row, _ in app.tokens.listed(login, everyones=everyones)}
        assert listed == {login}
    assert {row.login for row, _ in app.tokens.listed(DIRECTOR, everyones=True)} == {AUTHOR, APPROVER}
    assert not app.tokens.listed(DIRECTOR, everyones=False)
    for login, anyones in ((AUTHOR, True), (DIRECTOR, False)):
        with pytest.raises(InputError, match="of yours"):
            app.tokens.revoke(theirs.id, login, anyones=anyones)
    assert standing(app, theirs.id, APPROVER) is Standing.LIVE
    app.tokens.revoke(theirs.id, DIRECTOR, anyones=True)
    app.tokens.revoke(mine.id, AUTHOR, anyones=False)
    assert standing(app, theirs.id, APPROVER) is Standing.REVOKED


# --- the command line ------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once(bench: Bench, app: App) -> None:
    """`token new` prints it, and no list ever does."""
    new = bench.run("token", "new", "--label", "laptop", "--as", AUTHOR)
    assert new.code == 0
    text = new.out.split()[-1]
    assert app.tokens.known(text).label == "laptop"
    listed = bench.run("token", "list", "--as", AUTHOR)
    assert "laptop" in listed.out
    assert text.split("_")[2] not in listed.out + bench.run("token", "list", "--as", AUTHOR, "--json").out


def test_a_token_can_go_into_a_file_of_its_own(bench: Bench, app: App) -> None:
    """`--to` makes a file that only its owner reads, replaces none, and leaves none where there is no token."""
    new = bench.run("token", "new", "--to", "mine.txt", "--scope", "read", "--as", AUTHOR, "--json")
    file = bench.folder / "mine.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert app.tokens.known(file.read_text().strip()).scopes == "read"
    assert "token" not in new.json
    again = bench.run("token", "new", "--to", "mine.txt", "--as", AUTHOR)
    assert (again.code, "cannot be made" in again.err) == (2, True)
    refused = bench.run("token", "new", "--to", "theirs.txt", "--as", "mallory")
    assert (refused.code, (bench.folder / "theirs.txt").exists()) == (1, False)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("new", "--days", "400"), 2, "days: a token lasts 1 to 365 days"),
        (("new", "--scope", "enrol"), 2, "--scope"),
        (("issue", APPROVER), 1, "not a director"),
        (("enrol",), 1, "issued for it"),
        (("revoke", "f" * 12), 2, "no token"),
        (("revoke", "\udcff"), 2, "no token"),
    ],
)
def test_a_refusal_says_what_to_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, told: str
) -> None:
    """One line with a way out, and the exit code of its kind."""
    monkeypatch.setenv("PUBLISHER_OFFICER", AUTHOR)
    answer = bench.run("token", *words)
    assert answer.code == code
    assert told in answer.err
    assert answer.err.count("\n") == 1


def test_a_director_lists_and_revokes_at_the_command_line(bench: Bench) -> None:
    """The verbs say whose it is and what it is worth now."""
    issued = bench.run("token", "issue", AUTHOR, "--as", DIRECTOR, "--json").json
    assert (issued["login"], issued["scopes"]) == (AUTHOR, ["enrol"])
    done = bench.run("token", "revoke", issued["id"], "--as", DIRECTOR)
    assert done.out == f"Token {issued['id']} of {AUTHOR} is revoked.\n"
    (listed,) = bench.run("token", "list", "--as", DIRECTOR, "--json").json["tokens"]
    assert (listed["standing"], listed["login"]) == ("revoked", AUTHOR)


# --- two at the same time --------------------------------------------------------------------------------------------


def test_a_revocation_meanwhile_makes_no_forgery(app: App) -> None:
    """Who looks at a token while it is revoked finds it live or revoked, and never changed by a hand."""
    row, text = made(app)
    with between(
        app.queue, "FROM token", lambda: app.tokens.revoke(row.id, AUTHOR, anyones=False), patience=20
    ):
        assert app.tokens.known(text).id == row.id
    assert worthless(app, text) == "this token is revoked"


def test_a_token_that_two_see_at_once_where_none_may_be_is_revoked_once(app: App) -> None:
    """The slower of them finds it worthless already, and neither is a bug."""
    row, text = made(app)
    with between(app.queue, "FROM token", lambda: app.tokens.leaked(text, "seen in a log"), patience=20):
        assert app.tokens.leaked(text, "seen in an address") is False
    assert worthless(app, text) == "this token is revoked"
    with app.queue.reading() as connection:
        told = connection.exec_driver_sql(
            "SELECT count(*) FROM event WHERE action = 'token revoked'"
        ).scalar()
    assert (told, standing(app, row.id)) == (1, Standing.REVOKED)


def test_who_is_suspended_meanwhile_revokes_nobody_s_token(app: App) -> None:
    """That a director asks is looked at in the transaction that revokes."""
    app.register.amend(APPROVER, {"roles": "director,officer,approver"}, actor=DIRECTOR, now=app.now())
    theirs, _ = made(app)
    suspend = lambda: app.leaving.suspend(DIRECTOR, officer=APPROVER, reason="On leave for a year")  # noqa: E731
    with between(app.queue, "FROM officer", suspend):
        app.tokens.revoke(theirs.id, DIRECTOR, anyones=True)
    with app.queue.reading() as connection:
        told = connection.exec_driver_sql("SELECT action FROM event ORDER BY id DESC LIMIT 2").scalars().all()
    assert told == ["officer suspended", "token revoked"]


def test_no_token_outlives_a_suspension_that_came_meanwhile(app: App) -> None:
    """Whoever is suspended while they make a token comes back to none that counts."""
    suspend = lambda: app.leaving.suspend(AUTHOR, officer=DIRECTOR, reason="On leave for a year")  # noqa: E731
    with between(app.queue, "FROM officer", suspend):
        row, _ = made(app)
    app.register.reinstate(AUTHOR, actor=DIRECTOR, now=app.now())
    assert standing(app, row.id) is Standing.SUSPENDED


def test_a_token_that_makes_another_is_on_record(app: App) -> None:
    """A stolen token makes no other, and that somebody tried is told."""
    row, _ = made(app)
    with pytest.raises(Refused, match="makes no other"):
        app.tokens.new(AUTHOR, WORKING, 90, "", by_token=row.id)
    with pytest.raises(Refused, match="issued for it"):
        app.tokens.enrol(row.id, AUTHOR, WORKING, 90, "")
    with app.queue.reading() as connection:
        told = connection.exec_driver_sql("SELECT actor FROM event WHERE action = 'denied'").all()
    assert [tuple(one) for one in told] == [(AUTHOR,), (AUTHOR,)]
