"""`officer`, `policy adopt` and `init` at the command line: what directors and officers type, and what they are told."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_support import AUTHOR, DATES, DIRECTOR, FOR_REVIEW, ROOT, WHY, Answer, Bench, open_bench, soon

from publisher.app import open_app
from publisher.record import append

LEFT = ("--reason", "Left the council")
TODAY = datetime.now(UTC).date()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A council's folder: sam writes, asha writes and approves, dana directs, writes and approves."""
    with open_bench(tmp_path) as found:
        yield found


def officer(bench: Bench, *words: str, by: str = DIRECTOR) -> Answer:
    """`publisher officer …`, as somebody who may."""
    return bench.run("officer", *words, "--as", by)


def one(bench: Bench, login: str) -> Any:
    """A line of `officer list --json`."""
    rows = {row["login"]: row for row in bench.run("officer", "list", "--json").json["officers"]}
    return rows[login]


def flat(text: str) -> str:
    """What is printed, on one line."""
    return " ".join(text.split())


def by_hand(bench: Bench, sql: str) -> None:
    """Writes into the database as an officer with the file would."""
    with (
        contextlib.closing(open_app(bench.folder / "config.toml")) as app,
        app.queue.engine.begin() as connection,
    ):
        connection.exec_driver_sql(sql)


# --- the line ----------------------------------------------------------------------------------------------------


def test_all_that_a_line_holds_is_given_and_shown(bench: Bench) -> None:
    """Each date with its reference, the last day, the training and the manager: as typed, in JSON and in words."""
    words = (
        "--policy-reference", "HR/1", "--aup-reference", "HR/2", "--approval-reference", "DR/3", "--expires", "2999-03-31",
        "--trained", "2026-02-01", "--training-reference", "Half a day", "--manager", "dana", "--channel", "website",
    )  # fmt: skip
    added = officer(bench, "add", "ben", "--name", "Ben Okoro", *DATES, *words)
    assert added.code == 0, added
    row = one(bench, "ben")
    assert {name: row[name] for name in (
        "policy_reference", "aup_reference", "approval_reference", "expires_on", "trained_on", "training_reference", "manager", "channels"
    )} == {
        "policy_reference": "HR/1", "aup_reference": "HR/2", "approval_reference": "DR/3", "expires_on": "2999-03-31",
        "trained_on": "2026-02-01", "training_reference": "Half a day", "manager": "dana", "channels": ["website"],
    }  # fmt: skip
    shown = flat(officer(bench, "show", "ben").out)
    for text in (
        "5 Jan 2026 (HR/1)",
        "(HR/2)",
        "6 Jan 2026 (DR/3)",
        "31 Mar 2999",
        "Half a day",
        "Line manager: dana",
    ):
        assert text in shown


def test_what_is_amended_is_what_was_typed(bench: Bench) -> None:
    """Only the given flags change; an empty text takes away, and two flags undo a limit."""
    officer(
        bench, "amend", "sam", "--expires", "2999-01-01", "--channel", "website", "--policy-reference", "HR/1"
    )
    before = one(bench, "sam")
    answer = officer(bench, "amend", "sam", "--no-end", "--all-channels", "--policy-reference", "", "--json")
    assert answer.code == 0, answer
    changed = {name for name, value in one(bench, "sam").items() if value != before[name]}
    assert changed == {"expires_on", "channels", "policy_reference"}
    assert (one(bench, "sam")["expires_on"], one(bench, "sam")["channels"]) == (None, None)
    assert officer(bench, "amend", "sam").code == 2


def test_roles_and_manager_of_clause_four(bench: Bench) -> None:
    """Members and executive directors are on the register without the prerequisites, and post nothing."""
    for login, name, role in (("eve.hall", "Eve Hall", "member"), ("ed", "Ed Moss", "executive director")):
        added = officer(bench, "add", login, "--name", name, "--role", role, "--json")
        assert (added.code, added.json["roles"], added.json["lacks"]) == (0, [role], [])
        assert bench.run("news", "A title", "--summary", "Some words.", officer=login).code == 1


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (("--expires", "31/03/2027"), "--expires"),
        (("--trained", "2999-01-01"), "--trained"),
        (("--approved", "2999-01-01"), "--approved"),
        (("--manager", "nobody"), "--manager"),
        (("--manager", "sam"), "--manager"),
        (("--edition", "2027"), "--edition"),
        (("--role", "king"), "--role"),
        (("--name", "Asha Rao"), "--name"),
        (("--approval-reference", "x" * 201), "--approval-reference"),
    ],
)
def test_what_is_wrong_is_told_by_its_flag(bench: Bench, words: tuple[str, ...], flag: str) -> None:
    """One line that names what was typed, with a way out; the line stays as it is."""
    before = one(bench, "sam")
    answer = officer(bench, "amend", "sam", *words)
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert answer.err.startswith(f"publisher: {flag}: ")
    assert one(bench, "sam") == before


def test_a_login_that_looks_like_another_is_told_with_its_character(bench: Bench) -> None:
    """A Cyrillic a is named by its code, and 1 for l by the login that it reads like."""
    told = officer(bench, "add", "s\u0430m", "--name", "Somebody Else", *DATES).err
    assert "U+0430 CYRILLIC SMALL LETTER A, which looks like 'a'" in told
    told = officer(bench, "add", "s.am", "--name", "Somebody Else", *DATES).err
    assert "s.am reads like sam, who is on the register" in told
    assert officer(bench, "show", "s\u0430m").code == 2


BROKEN = "\udcff"
"""What the shell hands over for a byte that is no UTF-8: no database takes it."""


@pytest.mark.parametrize(
    "words",
    [
        ("officer", "add", f"p{BROKEN}at", "--name", "Pat Jones"),
        ("officer", "add", "pat", "--name", f"P{BROKEN}at Jones"),
        ("officer", "amend", "sam", "--approval-reference", BROKEN),
        ("officer", "amend", BROKEN, "--name", "Pat Jones"),
        ("officer", "suspend", "sam", "--reason", BROKEN),
        ("officer", "suspend", BROKEN, "--dry-run"),
        ("officer", "reinstate", BROKEN),
        ("officer", "show", BROKEN),
        ("officer", "confirm-policy", "--reference", BROKEN),
        ("officer", "confirm-policy", "--edition", BROKEN),
        ("policy", "adopt", BROKEN, "--from", "2026-01-01", "--reference", "Minute 91"),
        ("policy", "adopt", "2027", "--from", "2026-01-01", "--reference", BROKEN),
    ],
    ids=ascii,
)
def test_what_no_database_takes_is_wrong_input(bench: Bench, words: tuple[str, ...]) -> None:
    """Half a character in any place is told in one line, and is no bug."""
    answer = bench.run(*words, "--as", DIRECTOR)
    assert (answer.code, answer.err.count("\n")) == (2, 1)


def test_who_has_no_login_is_no_director(bench: Bench) -> None:
    """Whatever is given as one's own name: it is not on the register."""
    for login in (BROKEN, "", "d\u0430na", "DANA", "x" * 9_000):
        assert officer(bench, "suspend", "sam", *LEFT, by=login).code in {1, 2}, login
    assert one(bench, "sam")["suspended_at"] is None


def test_a_name_with_half_a_character_beside_others_is_cleaned(bench: Bench) -> None:
    """What steers a screen, or is no character, is left out of where a paper is filed."""
    words = (
        "policy",
        "adopt",
        f"20{BROKEN}27",
        "--from",
        "2026-01-01",
        "--reference",
        "a\x1b[31mb",
        "--as",
        DIRECTOR,
    )
    answer = bench.run(*words, "--json")
    assert (answer.code, answer.json["edition"], answer.json["reference"]) == (0, "2027", "a[31mb")


# --- what is missing, and the spreadsheet ------------------------------------------------------------------------


def test_what_lapses_soon_is_told_beforehand(bench: Bench) -> None:
    """Thirty days before the last day, and never on or after it; `list`, `show` and JSON say the same."""
    for days, soon_told, lacks in ((31, 0, 0), (30, 1, 0), (0, 1, 0), (-1, 0, 1)):
        officer(bench, "amend", "sam", "--expires", (TODAY + timedelta(days=days)).isoformat())
        row = one(bench, "sam")
        assert (len(row["soon"]), len(row["lacks"])) == (soon_told, lacks), days
        shown = flat(bench.run("officer", "list").out), flat(officer(bench, "show", "sam").out)
        assert all(("soon: sam is designated until" in text) == bool(soon_told) for text in shown)
        assert all(("has no designation after" in text) == bool(lacks) for text in shown)
    assert bench.run("news", "A title", "--summary", "Some words.").code == 1


def test_the_register_is_a_spreadsheet_in_which_nothing_runs(bench: Bench) -> None:
    """RFC 4180, one line each; a cell that a spreadsheet would take for a formula is text in it."""
    officer(
        bench,
        "amend",
        "sam",
        "--approval-reference",
        '=HYPERLINK("http://x")',
        "--policy-reference",
        "+1, and 2",
    )
    for words in (("list", "--csv"), ("export",)):
        answer = bench.run("officer", *words)
        assert (answer.code, answer.out.count("\r\n")) == (0, 4)
        rows = {row["login"]: row for row in csv.DictReader(io.StringIO(answer.out.removeprefix("\ufeff")))}
        assert list(rows) == ["asha", "dana", "sam"]
        assert rows["sam"]["approval_reference"] == '\'=HYPERLINK("http://x")'
        assert rows["sam"]["policy_reference"] == "'+1, and 2"
        assert (rows["asha"]["roles"], rows["asha"]["channels"]) == ("officer, approver", "all")


def test_an_empty_register_says_what_to_do(tmp_path: Path) -> None:
    """Nobody looks at a bare heading."""
    bench = Bench(tmp_path)
    bench.run("init")
    assert "publisher init" in bench.run("officer", "list").out


# --- leaving -----------------------------------------------------------------------------------------------------


def test_a_leaver_is_switched_off_in_one_command(bench: Bench) -> None:
    """It lists and holds what they had on its way, and says what to do with it; --dry-run shows it first."""
    made = bench.news()["id"]
    held = bench.held()["id"]
    seen = officer(bench, "suspend", "sam", "--dry-run", "--json")
    assert (seen.code, seen.json["suspended"], [row["id"] for row in seen.json["held"]]) == (0, False, [made])
    assert "Would be held" in officer(bench, "suspend", "sam", "--dry-run").out
    assert one(bench, "sam")["suspended_at"] is None
    answer = officer(bench, "suspend", "sam", *LEFT)
    assert answer.code == 0, answer
    assert all(
        text in flat(answer.out)
        for text in ("sam is suspended", f"Held now: {made}", held, "publisher withdraw")
    )
    states = {item["id"]: item["state"] for item in bench.run("list", "--all", "--json").json["items"]}
    assert states == {made: "held for review", held: "held for review"}
    assert bench.run("retry", made, officer="asha").code == 1


def test_what_a_leaver_approved_is_held_and_approved_by_another(bench: Bench) -> None:
    """Their yes does not count any more; another second officer's does."""
    made = bench.held()["id"]
    assert bench.run("approve", made, *WHY, officer="asha").code == 0
    assert [row["id"] for row in officer(bench, "suspend", "asha", *LEFT, "--json").json["held"]] == [made]
    assert bench.run("retry", made, officer=AUTHOR).code == 1
    assert bench.run("approve", made, *WHY, officer=DIRECTOR).code == 0
    assert bench.states() == ["queued"]


def test_a_suspension_says_why_and_only_directors_read_it(bench: Bench) -> None:
    """Without a reason nobody is suspended; with one, `show` tells it to directors and to whom it is about."""
    refused = officer(bench, "suspend", "sam")
    assert (refused.code, "--reason" in refused.err) == (2, True)
    assert one(bench, "sam")["suspended_at"] is None
    officer(bench, "suspend", "sam", "--reason", "Under investigation")
    told = {
        by: "Under investigation" in flat(officer(bench, "show", "sam", by=by).out)
        for by in (DIRECTOR, "sam", "asha")
    }
    assert told == {DIRECTOR: True, "sam": True, "asha": False}
    events = officer(bench, "show", "sam", "--json", by="asha").json["events"]
    assert [event["action"] for event in events] == ["officer added", "officer suspended"]


def test_a_suspension_is_undone_and_what_was_held_stays(bench: Bench) -> None:
    """They may post again; their item waits for somebody else."""
    made = bench.news()["id"]
    officer(bench, "suspend", "sam", *LEFT)
    answer = officer(bench, "reinstate", "sam")
    assert (answer.code, "They can post from now on." in answer.out) == (0, True)
    assert bench.states() == ["held for review"]
    assert bench.run("retry", made, officer="sam").code == 1
    assert (
        bench.run("approve", made, "--reason", "It was a mistake, and it is right", officer="asha").code == 0
    )
    assert officer(bench, "reinstate", "sam").code == 2


@pytest.mark.parametrize("verb", [("suspend", "asha", *LEFT), ("reinstate", "asha"), ("amend", "sam", "--role", "director"),
                                  ("add", "ben", "--name", "Ben Okoro")])  # fmt: skip
def test_only_a_director_decides(bench: Bench, verb: tuple[str, ...]) -> None:
    """For themselves or for others, an officer changes nothing, and the attempt is recorded."""
    answer = officer(bench, *verb, by=AUTHOR)
    assert (answer.code, "only a director changes the register (clause 5a)" in answer.err) == (1, True)


# --- the written policy ------------------------------------------------------------------------------------------


def test_an_edition_is_adopted_read_and_listed(bench: Bench) -> None:
    """From its first day nobody hands anything in who has not confirmed it; each confirms for themselves."""
    words = ("--from", TODAY.isoformat(), "--reference", "Minute 91")
    adopted = bench.run("policy", "adopt", "2027", *words, "--as", DIRECTOR)
    assert adopted.code == 0, adopted
    assert "asha, dana, sam" in flat(adopted.out)
    refused = bench.run("news", "A title", "--summary", "Some words.")
    assert (refused.code, "edition 2027" in refused.err) == (1, True)
    confirmed = officer(bench, "confirm-policy", "--reference", "HR/9", by=AUTHOR)
    assert "sam has read and understood the policy, edition 2027" in flat(confirmed.out)
    assert bench.run("news", "A title", "--summary", "Some words.", "--at", soon()).code == 0
    assert (one(bench, "sam")["policy_edition"], one(bench, "sam")["policy_reference"]) == ("2027", "HR/9")
    assert "edition 2027" in one(bench, "asha")["lacks"][0]
    listed = bench.run("policy", "editions", "--json").json
    assert (listed["in_force"], listed["editions"][0]["standing"]) == ("2027", "in force")
    assert "Minute 91" in bench.run("policy", "editions").out
    bench.run("policy", "adopt", "2028", "--from", "2999-01-01", "--reference", "Minute 92", "--as", DIRECTOR)
    assert "to come" in bench.run("policy", "editions").out


def test_an_edition_is_withdrawn_and_what_comes_of_it_is_told(bench: Bench) -> None:
    """What is in force then, and who has to read that; beforehand, too; with the reason on record."""
    for name, day in (("2026", "2026-01-01"), ("2072", "2026-01-02")):
        bench.run("policy", "adopt", name, "--from", day, "--reference", "Minute 91", "--as", DIRECTOR)
    words = ("policy", "withdraw-edition", "2072", "--reason", "A slip of the pen", "--as", DIRECTOR)
    assert "2072 would be withdrawn: then edition 2026 is in force" in flat(
        bench.run(*words, "--dry-run").out
    )
    assert bench.run("policy", "editions", "--json").json["in_force"] == "2072"
    done = flat(bench.run(*words).out)
    assert "Edition 2072 is withdrawn: now edition 2026 is in force." in done
    assert (
        "To read edition 2026, and confirm with `publisher officer confirm-policy`: asha, dana, sam." in done
    )
    assert bench.run("policy", "editions", "--json").json["in_force"] == "2026"
    last = bench.run(
        "policy", "withdraw-edition", "2026", "--reason", "Another slip", "--as", DIRECTOR, "--json"
    ).json
    assert (last["edition"], last["in_force"], last["asked"]) == ("2026", None, [])
    assert bench.run(*words).code == 2
    assert bench.run("policy", "withdraw-edition", "2072", "--as", DIRECTOR).code == 2


def test_whose_reading_counts_again_is_told(bench: Bench) -> None:
    """Beforehand in so many words, and as it is done; whoever is asked to read is not among them."""
    for name, day in (("2026", "2026-01-01"), ("2099", "2099-01-02")):
        bench.run("policy", "adopt", name, "--from", day, "--reference", "Minute 91", "--as", DIRECTOR)
        officer(bench, "confirm-policy", by=AUTHOR)
    words = ("policy", "withdraw-edition", "2099", "--reason", "A slip of the pen", "--as", DIRECTOR)
    for more, counts in ((["--dry-run"], "would count again"), ([], "counts again")):
        told = flat(bench.run(*words, *more).out)
        assert f"sam had confirmed it: their reading of edition 2026 on {_day(TODAY)} {counts}." in told
        assert "officer confirm-policy`: asha, dana." in told
    assert one(bench, "sam")["lacks"] == []


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def test_a_day_that_counts_for_another_edition_is_told(bench: Bench) -> None:
    """A director who has just entered a reading is told for which edition it counts, and the flag that says otherwise."""
    for name, day in (("2026", "2026-01-01"), ("2026b", TODAY.isoformat())):
        bench.run("policy", "adopt", name, "--from", day, "--reference", "Minute 91", "--as", DIRECTOR)
    read = TODAY - timedelta(days=1)
    told = flat(officer(bench, "amend", "sam", "--policy-read", read.isoformat()).out)
    why = f"A reading of {_day(read)} counts for the edition in force that day, 2026; if it was edition 2026b, add `--edition 2026b`."
    assert why in told
    told = flat(officer(bench, "add", "ben", "--name", "Ben Okoro", *DATES).out)
    assert "counts for the edition in force that day, 2026; if it was" in told
    before = officer(bench, "amend", "sam", "--policy-read", "2025-12-01").out
    assert "A reading of 1 Dec 2025 counts for no edition: none was in force; if it was" in flat(before)
    told = officer(bench, "amend", "sam", "--policy-read", read.isoformat(), "--edition", "2026b").out
    assert ("They can post" in told, "counts for" in told) == (True, False)


def test_flags_that_take_each_other_away_are_refused(bench: Bench) -> None:
    """All channels and one of them, no last day and a last day: nobody guesses which was meant."""
    for words in (("--all-channels", "--channel", "facebook"), ("--no-end", "--expires", "2099-01-01")):
        answer = officer(bench, "amend", "sam", *words)
        assert (answer.code, f"{words[0]} and {words[1]} cannot both hold" in answer.err) == (2, True)
    assert (one(bench, "sam")["channels"], one(bench, "sam")["expires_on"]) == (None, None)


def test_what_a_monitoring_officer_may_is_what_they_are_told(bench: Bench) -> None:
    """Not that they approve: an approver or a director does, and a rule may leave a finding to them."""
    told = flat(
        officer(bench, "add", "mona", "--name", "Mona Hill", "--role", "monitoring officer", *DATES).out
    )
    assert "can approve" not in told
    assert "they can let go what a rule leaves to the monitoring officer" in told
    refused = bench.run("approve", bench.held()["id"], *WHY, officer="mona")
    assert "mona has not the role of approver" in refused.err


def test_what_a_leaver_leaves_behind_is_told(bench: Bench) -> None:
    """Who has no line manager now, with the command, and that they still know passwords."""
    officer(bench, "amend", "sam", "--manager", "asha")
    for more, told in (
        (["--dry-run"], "The line manager of sam would be suspended."),
        (
            [*LEFT],
            "The line manager of sam is suspended now. Name another for each: `publisher officer amend sam --manager LOGIN`.",
        ),
    ):
        said = flat(officer(bench, "suspend", "asha", *more).out)
        assert told in said
        assert "Passwords and keys that asha knew want changing" in said
    assert "The line manager" not in flat(officer(bench, "suspend", "sam", "--dry-run").out)


def test_a_website_is_not_asked_to_read(bench: Bench) -> None:
    """Its officer's name is told with what a director enters, from the day on which the edition is in force, in doctor too."""
    officer(bench, "add", "cms", "--name", "The website", *DATES)
    source = '\n[sources.website]\nsecrets = ["env:TEST_HOOK"]\nofficer = "cms"\n'
    bench.write("config.toml", (bench.folder / "config.toml").read_text(encoding="utf-8") + source)
    words = ("policy", "adopt", "2026 b", "--reference", "Minute 91", "--as", DIRECTOR, "--from")
    enter = "until a director enters it: `publisher officer amend cms --policy-read DATE --edition '2026 b'`"
    ahead = flat(bench.run(*words, "2099-01-01", "--dry-run").out)
    assert f"Every event of [sources.website] is refused from then on, {enter}" in ahead
    told = flat(bench.run(*words, TODAY.isoformat()).out)
    assert "confirm with `publisher officer confirm-policy`: asha, dana, sam." in told
    assert f"Every event of [sources.website] is refused from now on, {enter}" in told
    command = "A director enters it: `publisher officer amend cms --policy-read DATE --edition '2026 b'`."
    looked = flat(bench.run("doctor").out)
    assert command in looked
    assert "→ asha, dana, sam: each reads the policy, and confirms that" in looked
    officer(bench, "amend", "cms", "--policy-read", TODAY.isoformat(), "--edition", "2026 b")
    assert "amend cms" not in flat(bench.run("doctor").out)


def test_adopting_is_a_directors_and_wants_a_day_and_a_minute(bench: Bench) -> None:
    """Others are refused; a wrong day or no reference is wrong input."""
    words = ("policy", "adopt", "2027", "--reference", "Minute 91", "--from")
    assert bench.run(*words, TODAY.isoformat(), "--as", AUTHOR).code == 1
    assert bench.run(*words, "January", "--as", DIRECTOR).code == 2
    assert bench.run("policy", "adopt", "2027", "--from", TODAY.isoformat(), "--as", DIRECTOR).code == 2
    assert "No edition" in bench.run("policy", "editions").out


def test_what_is_said_after_an_amendment_is_how_it_stands(bench: Bench) -> None:
    """A channel that is switched off, a day that is over, all that is missing; and what is held by that."""
    made = bench.news()["id"]
    past = (TODAY - timedelta(days=1)).isoformat()
    told = flat(officer(bench, "amend", "sam", "--expires", past).out)
    assert f"They can post no longer: sam has no designation after {past}" in told
    assert "Will be held when its moment comes" in told
    assert made in told
    assert "They can post from now on." in officer(bench, "amend", "sam", "--no-end").out
    told = flat(officer(bench, "amend", "sam", "--channel", "facebook").out)
    assert made in told
    refused = bench.run("news", "A title", "--summary", "Some words.")
    assert "sam may not post to website, twitter, instagram, only to facebook" in refused.err
    assert "only designated officers post" not in refused.err
    config = (bench.folder / "config.toml").read_text(encoding="utf-8")
    bench.write("config.toml", config.replace('"facebook"\n', '"facebook"\nenabled = false\n'))
    told = flat(officer(bench, "amend", "sam", "--training-reference", "Half a day").out)
    assert "can post from now on" not in told
    assert "may post only to facebook, switched off in config.toml" in told


def test_who_is_not_on_the_register_is_told_to_say_who_they_are(bench: Bench) -> None:
    """They may have forgotten --as; and every paper that somebody lacks is named at once."""
    refused = bench.run("news", "A title", "--summary", "Some words.", officer="nobody")
    assert "or name who you are with --as LOGIN" in refused.err
    officer(bench, "add", "ben", "--name", "Ben Okoro")
    refused = bench.run("news", "A title", "--summary", "Some words.", officer="ben")
    for text in ("having read and understood", "Acceptable Use Policy", "prior written approval"):
        assert text in refused.err
    assert "--as LOGIN" not in refused.err


@pytest.mark.parametrize("role", ["member", "executive director"])
def test_who_does_not_post_is_told_of_no_papers(bench: Bench, role: str) -> None:
    """Clause 4 alone knows these roles; nothing is missing."""
    told = flat(officer(bench, "add", "eve", "--name", "Eve Hall", "--role", role).out)
    assert "They post and approve nothing" in told
    assert "yet" not in told


def test_a_monitoring_officer_without_papers_cannot_approve(bench: Bench) -> None:
    """They may be told of concerns all the same: nothing says that they could do nothing."""
    told = flat(officer(bench, "add", "eve", "--name", "Eve Hall", "--role", "monitoring officer").out)
    assert "They cannot approve yet: eve has not confirmed" in told
    assert "role of officer" not in told
    assert "eve cannot approve: has not confirmed" in flat(bench.run("officer", "list").out)


def test_a_suspension_without_a_reason_says_who_reads_it(bench: Bench) -> None:
    """It never stands with an item."""
    told = officer(bench, "suspend", "sam").err
    assert "only directors and they themselves read it" in told
    assert "shown with the item" not in told


def test_an_adoption_is_seen_beforehand_and_a_confirmation_is_told_once(bench: Bench) -> None:
    """Whom it asks and what of theirs is held; `officer list` and `list` name the command, and then nothing is left."""
    made = bench.news()["id"]
    words = (
        "policy",
        "adopt",
        "2027",
        "--from",
        TODAY.isoformat(),
        "--reference",
        "Minute 91",
        "--as",
        DIRECTOR,
    )
    told = flat(bench.run(*words, "--dry-run").out)
    for text in (
        "would be adopted",
        "asha, dana, sam",
        "Held when its moment comes",
        f"{made} Library opens late (sam)",
    ):
        assert text in told
    assert bench.run("policy", "editions", "--json").json["editions"] == []
    assert [row["id"] for row in bench.run(*words, "--json").json["held"]] == [made]
    assert "sam confirms before with `publisher officer confirm-policy`" in flat(bench.run("list").out)
    assert "sam reads it, and confirms that with `publisher officer confirm-policy`" in flat(bench.run("officer", "list").out)  # fmt: skip
    assert "each reads the policy, and confirms that with `publisher officer confirm-policy`" in flat(bench.run("doctor").out)  # fmt: skip
    assert "Already confirmed" not in officer(bench, "confirm-policy", by=AUTHOR).out
    assert "Already confirmed: sam did so" in officer(bench, "confirm-policy", by=AUTHOR).out
    assert "Next:" not in bench.run("list").out
    over = ("policy", "adopt", "2020", "--from", "2020-01-01", "--reference", "Minute 1", "--as", DIRECTOR)
    told = bench.run(*over).out
    assert ("To read it" in told, "Held" in told) == (False, False)


# --- a hand in the database --------------------------------------------------------------------------------------


def test_a_hand_in_the_file_makes_nobody_an_approver(bench: Bench) -> None:
    """An officer who edits the database gets no role by it, loses what they had, and everybody sees it."""
    made = bench.run("news", "Photo of the fair", *FOR_REVIEW, "--at", soon(), "--json", officer="asha").json[
        "id"
    ]
    by_hand(bench, "UPDATE officer SET roles = 'officer,approver,director' WHERE login = 'sam'")
    assert bench.run("approve", made, *WHY, officer="sam").code == 1
    assert officer(bench, "suspend", "asha", *LEFT, by="sam").code == 1
    assert bench.run("news", "A title", "--summary", "Some words.").code == 1
    assert "changed by hand" in flat(bench.run("officer", "list").out)
    assert one(bench, "sam")["changed_by_hand"] is True
    assert officer(bench, "add", "sam", "--name", "Sam Reed", *DATES).code == 0
    assert one(bench, "sam")["lacks"] == []


def test_what_a_hand_changed_is_held_at_its_release(bench: Bench) -> None:
    """The gate, asked again, knows no officer there: what they queued is not cleared any more."""
    made = bench.news()["id"]
    by_hand(bench, "UPDATE officer SET approved_on = '2020-01-01' WHERE login = 'sam'")
    with contextlib.closing(open_app(bench.folder / "config.toml")) as app:
        looked = app.last_check.look(app.queue.item(made), app.queue.deliveries(made))
    assert "changed by hand" in looked.problem


# --- init --------------------------------------------------------------------------------------------------------


def start_init(folder: Path, login: str) -> subprocess.Popen[str]:
    """`publisher init` in a process of its own."""
    words = ["init", "--director", login, "--name", f"{login.title()} Lund", *DATES]
    return subprocess.Popen(
        [sys.executable, "-m", "publisher", *words], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.long
def test_of_two_inits_at_once_one_makes_the_director(tmp_path: Path) -> None:
    """Real processes in an empty folder: one is done, the other is told by whom, and neither is half done."""
    started = [start_init(tmp_path, login) for login in ("dana", "eve", "kim")]
    told = [process.communicate(timeout=120) for process in started]
    codes = [process.returncode for process in started]
    assert sorted(codes) == [0, 1, 1], told
    (director,) = Bench(tmp_path).run("officer", "list", "--json").json["officers"]
    won = ("dana", "eve", "kim")[codes.index(0)]
    assert director["login"] == won
    for code, (_, err) in zip(codes, told, strict=True):
        assert code == 0 or f"was not made director: the register has {won} already" in err


@pytest.mark.long
def test_an_init_waits_for_another_that_makes_the_same_folder(tmp_path: Path) -> None:
    """It would find a config.toml, or a key, that is half written."""
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(Bench(tmp_path).run, "init")
        with pytest.raises(TimeoutError):
            waiting.result(timeout=2)
        assert list(tmp_path.iterdir()) == []
        os.close(handle)
        assert waiting.result(timeout=60).code == 0
    assert (tmp_path / "config.toml").exists()


def test_init_says_that_it_made_nobody_director(bench: Bench) -> None:
    """Another director for a register that there is: refused, with whom to ask; the same one again is fine."""
    words = ("init", "--name", "Eve Hall", *DATES, "--director")
    refused = bench.run(*words, "eve")
    assert refused.code == 1
    assert "eve was not made director: the register has asha, dana, sam already" in refused.err
    assert bench.run(*words, "sam").code == 1
    assert bench.run(*words, DIRECTOR).code == 0
    assert [row["login"] for row in bench.run("officer", "list", "--json").json["officers"]] == [
        "asha",
        "dana",
        "sam",
    ]


def test_init_makes_no_director_where_a_hand_emptied_the_register(bench: Bench) -> None:
    """Who can delete lines in the file becomes nobody by it."""
    by_hand(bench, "DELETE FROM officer")
    answer = bench.run("init", "--director", "eve", "--name", "Eve Hall", *DATES)
    assert (answer.code, "emptied by hand" in answer.err) == (1, True)


def test_init_seals_the_register_of_an_older_program(bench: Bench) -> None:
    """After an upgrade nobody may post until `publisher init` ran once, and everybody is told so."""
    with contextlib.closing(open_app(bench.folder / "config.toml")) as app:
        rows = app.register.officers()
    for name in ("", "-wal", "-shm", ".end"):
        (bench.folder / "data" / f"queue.db{name}").unlink(missing_ok=True)
    with (
        contextlib.closing(open_app(bench.folder / "config.toml", create=True)) as app,
        app.queue.writing() as connection,
    ):
        for row in rows:
            row.seal = ""
            connection.execute(type(row).__table__.insert(), row.model_dump())  # type: ignore[attr-defined]  # SQLModel's
            append(
                connection,
                app.now(),
                DIRECTOR,
                "officer added",
                subject=row.login,
                detail={"roles": row.roles},
            )
    refused = bench.run("news", "A title", "--summary", "Some words.")
    assert (refused.code, "publisher init" in refused.err) == (1, True)
    done = bench.run("init", "--json").json["done"]
    assert "sealed the register of before: asha, dana, sam" in done
    assert bench.run("news", "A title", "--summary", "Some words.", "--at", soon()).code == 0
    assert not any("sealed the register" in line for line in bench.run("init", "--json").json["done"])


def test_init_keeps_where_the_papers_are_filed(tmp_path: Path) -> None:
    """The first director's papers have references like everybody's, and a day that has not come is refused by its flag."""
    bench = Bench(tmp_path)
    words = ("init", "--director", "dana", "--name", "Dana Lund", *DATES)
    late = bench.run(*words, "--aup-signed", "2999-01-01")
    assert (late.code, "--aup-signed: 2999-01-01 has not come yet" in late.err) == (2, True)
    assert bench.run(*words, "--policy-reference", "HR/1", "--approval-reference", "DR/1").code == 0
    row = one(bench, "dana")
    assert (row["policy_reference"], row["aup_reference"], row["approval_reference"]) == ("HR/1", "", "DR/1")
