"""What comes next for an item that waits: who stopped it stays in sight, and what a director is told to type works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cli_support import APPROVER, AUTHOR, DIRECTOR, WHY, Bench, open_bench
from support import open_office

from publisher import mending
from publisher.holding import SOMEBODY
from publisher.tables import OfficerRow

TODAY = datetime.now(UTC).date()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready, with a Member and a second approver."""
    with open_bench(tmp_path / "bench") as found:
        directed(found, "add", "mel", "--name", "Mel Hart", "--role", "member")
        papers = ("--policy-read", "2026-01-05", "--aup-signed", "2026-01-05", "--approved", "2026-01-06")
        directed(found, "add", "ben", "--name", "Ben Okoro", "--role", "approver", *papers)
        yield found


def directed(bench: Bench, *words: str) -> None:
    """`publisher officer …` by the director, which works."""
    answer = bench.run("officer", *words, "--as", DIRECTOR)
    assert answer.code == 0, answer


def stopped_by_somebody(bench: Bench, item_id: str) -> None:
    """A Member has the item held by a concern about it."""
    words = ("--item", item_id, "--text", "It is wrong", "--hold", "--as", "mel", "--to", DIRECTOR)
    assert "The post is held" in bench.run("concern", "raise", *words).out


def steps(bench: Bench, item_id: str) -> list[str]:
    """What `list` and `show` say of it, which agree."""
    (item,) = (one for one in bench.run("list", "--json").json["items"] if one["id"] == item_id)
    found: list[str] = bench.run("show", item_id, "--json").json["next"]
    assert item["next"] == found
    return found


FIRST = f"{SOMEBODY} stopped it: an approver or a director who had no part in it looks at that first"


@pytest.mark.long
@pytest.mark.parametrize("leaver", [AUTHOR, APPROVER])
@pytest.mark.parametrize("first", ["hold", "suspension"])
def test_that_somebody_stopped_it_is_said_before_what_a_leaver_left(
    bench: Bench, leaver: str, first: str
) -> None:
    """Whichever came first, and whether they wrote or approved it: else a director clears it away, or lets it go, unknowing."""
    item_id = bench.held()["id"]
    assert bench.run("approve", item_id, *WHY, officer=APPROVER).code == 0
    for done in sorted(["hold", "suspension"], key=lambda one: one != first):
        if done == "hold":
            stopped_by_somebody(bench, item_id)
        else:
            directed(bench, "suspend", leaver, "--reason", "Left the council")
    told, *others = steps(bench, item_id)
    assert told == f"{FIRST}, `publisher preview {item_id}` shows it."
    assert f"{leaver}, who {'wrote' if leaver == AUTHOR else 'approved'} it, is suspended" in others[0]
    assert len([step for step in others if "stopped it" in step]) == 0


def test_everyone_who_stopped_it_is_named(tmp_path: Path) -> None:
    """Whoever asked for it in a concern first, in whatever order they came: a later hold does not hide that word."""
    with open_office(tmp_path) as office:
        later = office.clock() + timedelta(hours=1)
        for title, holders in (("The pool", ("dana", SOMEBODY)), ("A park", (SOMEBODY, "dana", SOMEBODY))):
            item_id = office.hand_in(office.news(title=title, summary=title, publish_at=later)).id
            for holder in holders:
                office.hold(item_id, officer=holder, reason="Look again")
            told = office.app.overview.seen(item_id).steps[0]
            assert told.startswith(f"{SOMEBODY} and dana stopped it: an approver or a director decides")


def test_a_suspension_alone_is_said_of_the_officer(bench: Bench) -> None:
    """The director who suspended them is not named as if they had looked at the item."""
    item_id = bench.news()["id"]
    directed(bench, "suspend", AUTHOR, "--reason", "Left the council")
    assert not [step for step in steps(bench, item_id) if "stopped it" in step]


def test_that_somebody_stopped_it_is_said_before_what_the_gate_found(bench: Bench) -> None:
    """An item that waits for a second officer anyhow, and that somebody stopped besides."""
    item_id = bench.held()["id"]
    stopped_by_somebody(bench, item_id)
    told, *others = steps(bench, item_id)
    assert told.startswith(FIRST)
    assert "an approver, not its author, decides" in others[0]


def test_once_it_was_let_go_on_nobody_stops_it(bench: Bench) -> None:
    """A later suspension holds it again; the earlier word is answered."""
    item_id = bench.news()["id"]
    stopped_by_somebody(bench, item_id)
    assert bench.run("approve", item_id, *WHY, officer="ben").code == 0
    directed(bench, "suspend", AUTHOR, "--reason", "Left the council")
    assert not [step for step in steps(bench, item_id) if "stopped it" in step]


@pytest.mark.long
@pytest.mark.parametrize(
    "lacking",
    [
        ("--expires", str(TODAY - timedelta(days=1))),
        ("--role", "approver"),
        ("--role", "monitoring officer"),
        ("--channel", "website", "--channel", "twitter"),
        ("--expires", str(TODAY - timedelta(days=1)), "--channel", "website"),
    ],
)
def test_what_a_director_is_told_to_type_mends_it(bench: Bench, lacking: tuple[str, ...]) -> None:
    """Typed as it stands there, but for the day: then the author may act, and keeps what else they had."""
    item_id = bench.news()["id"]
    directed(bench, "amend", AUTHOR, *lacking)
    (step,) = steps(bench, item_id)
    found = re.search(r"a director mends that with `publisher officer (amend [^`]+)`", step)
    assert found, step
    typed = found[1].replace("DATE", str(TODAY + timedelta(days=30)))
    directed(bench, *(word.strip('"') for word in re.findall(r'"[^"]*"|\S+', typed)))
    assert steps(bench, item_id) == []
    (row,) = (
        one for one in bench.run("officer", "list", "--json").json["officers"] if one["login"] == AUTHOR
    )
    assert set(row["roles"]) >= {"officer", *lacking[1:2]} if lacking[0] == "--role" else row["roles"]


def test_each_paper_has_its_option() -> None:
    """What is missing, or has a day to come; several at once; each option once."""
    row = OfficerRow(
        login="pat", name="Pat Lee", roles="officer", added_by="dana", added_at=datetime.now(UTC), approved_on=date.max
    )  # fmt: skip
    lacks = (
        "has not confirmed having read and understood the policy",
        "has not signed the Email and Internet Acceptable Use Policy",
        "has no prior written approval from the Director of Resources before 9999-12-31",
        "has not confirmed having read edition 2027 of the policy, in force from 2027-01-04",
    )
    amend = "`publisher officer amend pat --policy-read DATE --aup-signed DATE --approved DATE`"
    assert mending.by_director("pat", lacks, row) == amend
    assert mending.by_director("pat", ("is not on the register",), None) == "`publisher officer add --help`"
    broken = ("cannot have read the policy in force: its edition 2027 was changed by hand", lacks[1])
    assert mending.by_director("pat", broken, row) == "`publisher policy adopt --help`"
    assert mending.by_director("pat", ("is asleep",), row) == "`publisher officer amend --help`"
