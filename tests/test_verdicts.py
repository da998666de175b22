"""Every verdict can be repeated: same input, same policy, same day, same verdict and digest (promise 1, DESIGN §5)."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from gate_support import REASON, ZEBRA, open_gated, rule, write_rules
from policy_support import gate, news, post
from support import ROOT, Office

from publisher.channels import Limits
from publisher.errors import InputError
from publisher.policy import Consent, Context, Designation, Gate, Override, snapshot
from publisher.times import local

ELECTION = """
[[election]]
id = "by-election"
title = "By-election"
kind = "by-election"
notice = 2026-11-01
poll = 2027-05-06
candidates = ["Jane Example"]
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office that asks about zebras."""
    with open_gated(tmp_path) as found:
        yield found


def sql(office: Office, statement: str, *values: Any) -> None:
    """What somebody with the database file can do."""
    connection = sqlite3.connect(office.app.config.database)
    with connection:
        connection.execute(statement, values)
    connection.close()


def replayed(office: Office) -> list[tuple[str, bool | None, str]]:
    """Stage, whether it is the same, and the note, of every stored verdict."""
    return [(one.stage or "", one.same, one.note) for one in office.app.verdicts.replay()]


# --- what is kept --------------------------------------------------------------------------------------------


def test_every_step_at_which_the_gate_is_asked_is_kept(office: Office) -> None:
    """Handed in, approved, rescheduled, released; the release, which asks several times, once. All repeat the same."""
    image = {"path": "library.jpg", "alt": "Two readers", "people": True, "reference": "C-7"}
    office.app.consents.add("C-7", "consent", local(office.clock()).date() + timedelta(days=9), "sam")
    queued = office.hand_in(office.news(summary=ZEBRA, images=[image]))
    office.app.decisions.approve(queued.id, officer="ann", reason=REASON)
    office.app.decisions.reschedule(
        queued.id, officer="sam", publish_at=office.clock() + timedelta(seconds=2)
    )
    office.app.decisions.approve(queued.id, officer="ann", reason=REASON)
    office.clock.forward(seconds=3)
    office.release(queued.id)
    assert office.state(queued.id) == "published"
    stages = ["handed in", "approved", "rescheduled", "approved", "release"]
    assert replayed(office) == [(stage, True, "") for stage in stages]


def test_a_verdict_is_repeated_under_its_own_rules(office: Office) -> None:
    """Rules that changed since change no verdict of before; each version is kept whole, once."""
    for number in range(2):
        office.hand_in(office.news(summary=ZEBRA, title=f"Number {number}"))
    write_rules(office, rule("giraffe"), ELECTION)
    office.hand_in(office.news(summary="Jane Example and a giraffe.", title="Giraffe"))
    assert replayed(office) == [("handed in", True, "")] * 3
    versions = office.app.verdicts.policies()
    assert [len(versions), versions[0].first_seen < versions[1].first_seen] == [2, True]
    first, second = (office.app.verdicts.gate_of(one.version) for one in versions)
    assert ("junk.zebra" in first.book.rules, "junk.zebra" in second.book.rules) == (True, False)
    assert second.version == office.app.rules().version


def test_a_blocked_item_is_kept_too(office: Office) -> None:
    """What did not go is what people ask about."""
    queued = office.hand_in(office.news(summary="Thanks @someone for this."))
    assert replayed(office) == [("handed in", True, "")]
    item, verdict, finding = office.app.verdicts.finding(queued.verdict.findings[0].id) or pytest.fail(
        "not found"
    )
    assert (item.id, verdict.outcome, finding["rule"]) == (
        queued.id,
        "block",
        queued.verdict.findings[0].rule,
    )


@pytest.mark.parametrize("name", ["0" * 12, "", "%", "'", "zebra"])
def test_a_finding_that_is_none_is_none(office: Office, name: str) -> None:
    """Neither a guess nor a pattern finds one."""
    office.hand_in(office.news(summary=ZEBRA))
    assert office.app.verdicts.finding(name) is None


def test_a_rule_that_is_always_let_go_can_be_seen(office: Office) -> None:
    """Findings are counted once an item, and beside them those that officers let go."""
    ids = [office.hand_in(office.news(summary=ZEBRA, title=f"Number {n}")).id for n in range(4)]
    for item_id in ids[:3]:
        office.app.decisions.approve(item_id, officer="ann", reason=REASON)
        office.release(item_id)
    (rate,) = (one for one in office.app.verdicts.hit_rates() if one.rule == "junk.zebra")
    assert (rate.findings, rate.overridden, rate.rate) == (4, 3, 0.75)


# --- what was changed is told -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE verdict SET outcome = 'clear'", "another verdict"),
        ("UPDATE verdict SET digest = 'x'", "another digest"),
        ("UPDATE verdict SET findings = '[]'", "other findings"),
        ("UPDATE verdict SET input = replace(input, 'zebra', 'horse')", "another verdict"),
        ("UPDATE verdict SET input = '{}'", "its input is damaged"),
        ("UPDATE verdict SET input = 'no JSON'", "is damaged"),
        ("UPDATE verdict SET stage = 'dreamt of'", "is damaged"),
        ("UPDATE verdict SET at = 'yesterday'", "is damaged"),
        ("UPDATE verdict SET item_id = 'another'", "of another item"),
        ("UPDATE verdict SET policy = 'another'", "no longer stored"),
        ("DELETE FROM policy", "no longer stored"),
    ],
)
def test_a_verdict_changed_by_hand_is_told(office: Office, change: str, said: str) -> None:
    """Another outcome, other findings, another input: repeating it says so."""
    office.hand_in(office.news(summary=ZEBRA))
    sql(office, change)
    (_, same, note), *_ = replayed(office)
    assert (same, said in note) == (False, True)


@pytest.mark.parametrize(
    ("change", "verdict", "said"),
    [
        ("DELETE FROM verdict", None, "none of its verdicts is kept"),
        ("DELETE FROM verdict WHERE stage = 'handed in'", False, "stands by is not kept"),
    ],
)
def test_a_verdict_taken_away_by_hand_is_told(
    office: Office,
    change: str,
    verdict: bool | None,  # noqa: FBT001  # by parametrize
    said: str,
) -> None:
    """The item keeps its own verdict, under its seal: that one must be among those kept."""
    queued = office.hand_in(office.news())
    write_rules(office, rule("lion"))
    office.release(queued.id)
    sql(office, change)
    found = [(same, said in note) for _, same, note in replayed(office) if same is not True]
    assert found == [(verdict, True)]


@pytest.mark.parametrize(
    ("change", "verdict", "said"),
    [
        ("UPDATE policy SET engine = '0'", None, "made by engine 0"),
        ("UPDATE policy SET snapshot = replace(snapshot, 'zebra', 'horse')", False, "was changed"),
        ("UPDATE policy SET snapshot = '{}'", False, "is damaged"),
    ],
)
def test_what_cannot_be_repeated_is_told_and_not_left_out(
    office: Office,
    change: str,
    verdict: bool | None,  # noqa: FBT001  # by parametrize
    said: str,
) -> None:
    """Another engine's verdict, or rules that are not as they were stored."""
    office.hand_in(office.news(summary=ZEBRA))
    sql(office, change)
    ((_, same, note),) = replayed(office)
    assert (same, said in note) == (verdict, True)


def test_a_version_that_is_none_is_told(office: Office) -> None:
    """With the way to those that are."""
    with pytest.raises(InputError, match="policy replay"):
        office.app.verdicts.gate_of("0" * 16)


# --- the gate as plain values ----------------------------------------------------------------------------------------


def test_a_gate_comes_back_whole(tmp_path: Path) -> None:
    """Through JSON text and back: the same version, rules, tables and registers; examples, which judge nothing, left out."""
    first = gate(tmp_path, rule("zebra") + ELECTION)
    again = snapshot.from_json(json.loads(json.dumps(snapshot.to_json(first))))
    assert again.version == first.version
    assert again.book.registers == first.book.registers
    assert again.book.tables == first.book.tables
    assert all(not kept.examples for kept in again.book.rules.values())


@dataclass(frozen=True)
class Fixed:
    """A second reader whose every score is the same."""

    version: str

    def finds_harmless(self, sentence: str) -> bool:
        """Nothing is passed over."""
        del sentence
        return False

    def scores(self, sentences: Sequence[str], head: str) -> tuple[int, ...]:
        """Nought for each sentence."""
        del head
        return (0,) * len(sentences)


def test_a_gate_with_a_second_reader_needs_that_reader(tmp_path: Path) -> None:
    """Another version of it would read otherwise: told, and never judged without it."""
    plain = gate(tmp_path, rule("zebra"))
    read = Gate(plain.book, plain.council, plain.pages, Fixed("r1"))
    stored = json.loads(json.dumps(snapshot.to_json(read)))
    assert read.version != plain.version
    assert snapshot.from_json(stored, Fixed("r1")).version == read.version
    for other in (None, Fixed("r2")):
        with pytest.raises(InputError, match="second reader r1"):
            snapshot.from_json(stored, other)
    without = snapshot.from_json(json.loads(json.dumps(snapshot.to_json(plain))), Fixed("r1"))
    assert without.version == plain.version


def test_the_circumstances_come_back_whole() -> None:
    """Everything that a verdict depends on besides item, posts and rules; a channel's cost is no such thing."""
    day = date(2026, 12, 1)
    limits = {
        "twitter": Limits(text=280, measure="x", image_ratio=(0.5, 2.0), cost=lambda _text, _described: 0.01)
    }
    consents = {"C-7": Consent("C-7", "consent", day, None), "C-8": Consent("C-8", "public task", None, day)}
    overrides = (Override("junk.zebra", "0" * 12, "0" * 64, "ann", REASON, day),)
    given = Context(
        limits, Designation("sam", "is suspended"), day, (0, 2), consents, ("one", "two"), overrides
    )
    again = snapshot.context_from_json(json.loads(json.dumps(snapshot.context_to_json(given))))
    assert again.limits == {"twitter": Limits(text=280, measure="x", image_ratio=(0.5, 2.0))}
    kept = ("officer", "today", "unseen", "consents", "repeats", "overrides")
    assert [getattr(again, name) for name in kept] == [getattr(given, name) for name in kept]


def test_the_same_gate_is_the_same_after_a_change_and_back(tmp_path: Path) -> None:
    """A version is what the rules say, not when they were written."""
    first = gate(tmp_path, rule("zebra"))
    other = gate(tmp_path, rule("giraffe"))
    again = gate(tmp_path, rule("zebra"))
    assert (first.version == again.version, first.version == other.version) == (True, False)
    item = news(summary=ZEBRA)
    limits = {"facebook": Limits(text=100_000, images_max=10)}
    verdicts = {one.check(item, [post(item)], Context(limits)).digest for one in (first, again)}
    assert len(verdicts) == 1


# --- whatever the machine ----------------------------------------------------------------------------------------------

JUDGE_MANY = """
import contextlib, hashlib, locale, pathlib, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
with contextlib.suppress(locale.Error):
    locale.setlocale(locale.LC_ALL, "")
from publisher import config, item, policy
from publisher.channels import Limits
from publisher.model import Post
gate = policy.load(config.load(pathlib.Path(sys.argv[1]) / "config.toml"))
words = ["The library opens at 9am.", "A zebra, I SWEAR.", "Ring 07700 900123 or mail jo.bloggs@example.com, ISTANBUL",
         "Share this with 10 friends or else! #libraryopen", "Thanks @someone, vote for Jane Example; wwww.exarnple.gov.uk",
         "Caf\\u00e9 \\u0130stanbul \\u200bopens \\u2013 \\U0001f600\\U0001f600\\U0001f600", "CONFIDENTIAL: embargoed until 5pm"]
items = [item.parse({"kind": "news", "title": "Library " + a[:20], "summary": b, "hashtags": ["libraryopen"],
                     "link": "https://www.example.gov.uk/a", "publish_at": "2026-12-01 09:00"}) for a in words for b in words]
limits = {name: Limits(text=300) for name in ("facebook", "twitter")}
def judge(one):
    posts = [Post(name, one.kind, one.title, one.title + " " + one.summary + " " + one.link, one.link, "") for name in limits]
    return gate.check(one, posts, policy.Context(limits, policy.Designation("sam"), date(2026, 12, 1))).digest
with ThreadPoolExecutor(int(sys.argv[2])) as pool:
    digests = list(pool.map(judge, items))
print(gate.version, hashlib.sha256("".join(digests).encode()).hexdigest())
"""
MACHINES = [
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "tr_TR.UTF-8"},
    {"PYTHONHASHSEED": "4294967295", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
    {"PYTHONHASHSEED": "random", "TZ": "Asia/Kathmandu", "LC_ALL": "de_DE.UTF-8"},
]


@pytest.mark.long
def test_no_machine_judges_otherwise(tmp_path: Path) -> None:
    """Whatever the hash seed, time zone, locale and number of threads: the same digests of the same items."""
    gate(tmp_path, rule("zebra") + ELECTION)
    said = set()
    for threads, machine in zip(("1", "4", "1", "4"), MACHINES, strict=True):
        done = subprocess.run(
            [sys.executable, "-c", JUDGE_MANY, str(tmp_path), threads],
            env={**os.environ, **machine}, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        said.add(done.stdout)
    assert len(said) == 1
