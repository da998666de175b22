"""Elections as dated data: what a pre-election period forbids, of whom, where, and who may allow it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import policy_support as support
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_support import check, news, post, rules_of

from publisher.model import Severity, Verdict, VerdictOutcome
from publisher.policy import Gate
from publisher.policy.registers import of_tables

NOTICE, POLL = date(2027, 3, 24), date(2027, 5, 6)
INSIDE, OUTSIDE = date(2027, 4, 1), date(2027, 6, 1)
IN_PERIOD = {
    "political.candidate", "political.candidate-listed", "political.candidate-elsewhere", "political.party-in-period",
    "political.listed-party", "political.member-quote", "political.member-named", "political.member-pictured",
    "political.controversial", "political.influence",
}  # fmt: skip
"""The rules that act in an election's period only."""
QUOTE = ["political.member-quote"]
BLOCKED = ["political.candidate"]
QUOTED = 'Councillor Jo Sample said: "We are proud."'


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """The built-in rules, with no election on the register."""
    return support.gate(tmp_path_factory.mktemp("gate"))


def with_election(gate: Gate, **changes: Any) -> Gate:
    """A gate that knows of one local election, changed."""
    election = {
        "id": "2027", "title": "Borough elections", "kind": "local", "notice": NOTICE, "poll": POLL,
        "candidates": ["EXAMPLE, Jane Ann", "Zo\u00eb M\u00fcller-O'Shea"], "parties": ["Residents First"],
        "controversial": ["Northern Bypass"],
    }  # fmt: skip
    return gate.with_registers(of_tables({"election": [election | changes]}))


def said(gate: Gate, summary: str, today: date | None = INSIDE, **fields: Any) -> Verdict:
    """The verdict on a news item with this summary, on this day."""
    return check(gate, news(summary=summary, **fields), today=today)


def political(verdict: Verdict) -> list[str]:
    """The political rules that found something, advice left out."""
    return [
        finding.rule for finding in verdict.findings
        if finding.rule.startswith("political.") and finding.severity is not Severity.ADVISE
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("today", "found"),
    [
        (NOTICE - timedelta(1), []),
        (NOTICE, BLOCKED),
        (POLL, BLOCKED),
        (POLL + timedelta(1), []),
        (None, []),
    ],
)
def test_a_period_is_from_the_notice_to_the_poll(plain: Gate, today: date | None, found: list[str]) -> None:
    """Both days count, the days beside them do not, and without any day no dated rule acts."""
    assert political(said(with_election(plain), "Jane Example opened the fair.", today)) == found


@pytest.mark.parametrize(
    ("publish_at", "found"),
    [
        ("2027-03-23T23:59:00+00:00", []),
        ("2027-03-24T00:00:00+00:00", BLOCKED),
        ("2027-05-06T22:59:00+00:00", BLOCKED),
        ("2027-05-06T23:00:00+00:00", []),
    ],
)
def test_a_day_is_one_in_the_united_kingdom(plain: Gate, publish_at: str, found: list[str]) -> None:
    """In summer the day begins at 23:00 UTC: polling day ends with it, whatever the item's own time zone is."""
    item = news(summary="Jane Example opened the fair.", publish_at=publish_at, timezone="Pacific/Auckland")
    assert political(check(with_election(plain), item)) == found


@pytest.mark.parametrize(
    ("publish_at", "found"),
    [
        ("2027-03-27 23:59", []),
        ("2027-03-28 00:30", BLOCKED),
        ("2027-03-28 02:30", BLOCKED),
        ("2027-03-28 23:30", BLOCKED),
    ],
)
def test_a_period_may_begin_as_the_clocks_change(plain: Gate, publish_at: str, found: list[str]) -> None:
    """The day on which the clocks go forward is one day: what goes early or late on it is inside the period."""
    gate = with_election(plain, notice=date(2027, 3, 28), poll=date(2027, 3, 28))
    assert political(said(gate, "Jane Example.", None, publish_at=publish_at)) == found
    assert political(said(gate, "Jane Example.", None, publish_at="2027-03-29 00:00")) == []


def test_an_item_for_a_moment_inside_is_caught_before(plain: Gate) -> None:
    """What is handed in before the period for a moment inside it is judged by the day it goes."""
    gate = with_election(plain)
    item = news(summary=QUOTED, publish_at="2027-04-01 09:00")
    assert political(check(gate, item, today=date(2027, 1, 5))) == ["political.member-quote"]


def test_an_item_handed_in_before_is_judged_again_on_the_day(plain: Gate) -> None:
    """At the release the day is today's: an item that was late, or an election called since, is caught."""
    item = news(summary=QUOTED, publish_at="2027-03-20 09:00")
    gate = with_election(plain)
    assert political(check(gate, item, today=date(2027, 3, 1))) == []
    assert political(check(gate, item, today=NOTICE)) == ["political.member-quote"]


@pytest.mark.parametrize(
    "named",
    [
        "Jane Example", "JANE EXAMPLE", "Jane Ann Example", "Jane A. Example", "Jane Q Example", "Cllr Example", "Ms. Example",
        "Zo\u00eb M\u00fcller-O'Shea", "Zoe Muller O\u2019Shea", "Zoe\u0308 Mu\u0308ller-O'Shea", "ZOE MULLER\u2011OSHEA", "Councillor M\u00fcller-O'Shea",
        "J\u0430ne Example",
    ],
)  # fmt: skip
def test_a_candidate_is_found_however_the_name_is_written(plain: Gate, named: str) -> None:
    """Accents, hyphens, apostrophes, initials, a title, the list's order of names, and look-alike letters."""
    assert "political.candidate" in political(said(with_election(plain), f"Thanks to {named} for the cake."))


@pytest.mark.parametrize(
    "text",
    [
        "Jane opened it, for example.",
        "Janet Example and Jane Exampleton",
        "Mr Shea and Miss Muller",
        "An example for Jane",
    ],
)
def test_others_are_no_candidates(plain: Gate, text: str) -> None:
    """Half a name, or a longer one, is somebody else."""
    assert political(said(with_election(plain), text)) == []


def test_a_candidate_is_found_in_every_text(plain: Gate) -> None:
    """Title, body, location, hashtags, alt text and credit go out too, and so do the words of a post."""
    gate, name = with_election(plain), "Jane Example"
    picture = {"path": "a.jpg", "alt": f"{name} at the fair", "credit": f"Photo: {name}"}
    item = news(title=name, body=name, location=name, hashtags=["JaneExample"], images=[picture])
    verdict = check(gate, item, post(item, text=f"Cllr Example {support.LINK}"), today=INSIDE)
    fields = {finding.field for finding in verdict.findings if finding.rule == "political.candidate"}
    assert fields == {"title", "body", "location", "hashtags[0]", "images[0].alt", "images[0].credit", "text"}
    assert verdict.findings[0].severity is Severity.BLOCK


def test_a_finding_cuts_the_name_out_of_the_text(plain: Gate) -> None:
    """The officer sees which words are meant, where accents are more characters than they look."""
    item = news(summary="Well done Zoe\u0308 Mu\u0308ller-O'Shea, again.")
    (finding,) = check(with_election(plain), item, today=INSIDE).findings
    assert item.summary[finding.start : finding.end] == "Zoe\u0308 Mu\u0308ller-O'Shea"


@pytest.mark.parametrize(
    "text",
    [
        "Register to vote by 19 April. Bring photo ID to your polling station.", "Polling stations are open from 7am to 10pm.",
        "The notice of poll is published. The count is on Friday.", "Bins are collected a day later.",
        "On 6 May you elect your councillors. Vote for the candidate you prefer.", "How to vote for your councillor by post",
        "Nominations for the Police and Crime Commissioner elections are open, the returning officer said.", "Help elect the youth council",
 "Flood warning: keep off the riverside.",
        "Councillors will meet on Monday. Ask your councillor.", "Vote in the poll for the tree's name.", 'A spokesperson said: "The pool opens."',
        "The clerk said that councillors had met.", "A conservative estimate of the labour market on Labour Day", "Green party decorations",
    ],
)  # fmt: skip
def test_services_and_electoral_facts_go_on(plain: Gate, text: str) -> None:
    """Publicity stops in the period; information on services and on how to vote does not."""
    assert said(with_election(plain), text).outcome is VerdictOutcome.CLEAR


@pytest.mark.parametrize(
    ("text", "rule", "outcome"),
    [
        (QUOTED, "political.member-quote", VerdictOutcome.BLOCK),
        ('"A great day," said the Leader of the Council.', "political.member-quote", VerdictOutcome.BLOCK),
        (
            "Cllr Jo Sample, Cabinet Member for Parks, welcomed the news.",
            "political.member-quote",
            VerdictOutcome.BLOCK,
        ),
        ("Cllr Jo Sample: \u201cThis is ours.\u201d", "political.member-quote", VerdictOutcome.BLOCK),
        ("Jo Sample MP is delighted with the bridge.", "political.member-quote", VerdictOutcome.BLOCK),
        ("Cllr. Jo Sample cut the ribbon.", "political.member-named", VerdictOutcome.REVIEW),
        ("Councillor Jo Sample cut the ribbon.", "political.member-named", VerdictOutcome.REVIEW),
        ("The Northern  Bypass is ahead of plan.", "political.controversial", VerdictOutcome.REVIEW),
        ("Residents First held a meeting.", "political.listed-party", VerdictOutcome.REVIEW),
        ("The Liberal Democrats held a meeting.", "political.party-in-period", VerdictOutcome.REVIEW),
        ("Vote Labour on Thursday.", "political.influence", VerdictOutcome.BLOCK),
        (
            "The statement of persons nominated lists Jane Example.",
            "political.candidate-listed",
            VerdictOutcome.REVIEW,
        ),
    ],
)
def test_what_a_period_forbids(plain: Gate, text: str, rule: str, outcome: VerdictOutcome) -> None:
    """Each is found inside the period, and by that rule it is not found outside."""
    gate = with_election(plain)
    inside = said(gate, text)
    assert rule in political(inside)
    assert inside.outcome is outcome
    assert rule not in political(said(gate, text, OUTSIDE))


def test_a_picture_of_a_member_is_blocked_inside(plain: Gate) -> None:
    """Alt text says who is shown: a councillor or a candidate, whatever the name."""
    for alt in ("A councillor cuts the ribbon", "Our MP with volunteers", "The Labour candidate at the fair"):
        picture = {"path": "a.jpg", "alt": alt, "people": True, "reference": "C-7"}
        gate = with_election(plain)
        assert "political.member-pictured" in political(said(gate, "A fair.", images=[picture]))
        assert "political.member-pictured" not in political(said(gate, "A fair.", OUTSIDE, images=[picture]))


@pytest.mark.parametrize("area", ["North Ward", ["South End", "North Ward"]])
def test_a_by_election_is_for_its_area(plain: Gate, area: object) -> None:
    """An item that names a place that votes is bound; another is not, but for the names of the candidates."""
    gate = with_election(plain, kind="by-election", area=area)
    assert political(said(gate, QUOTED)) == []
    assert political(said(gate, QUOTED, location="Hall Lane, north ward")) == ["political.member-quote"]
    assert political(said(gate, QUOTED, hashtags=["NorthWard"])) == ["political.member-quote"]
    assert political(said(gate, "Jane Example baked a cake.")) == ["political.candidate-elsewhere"]
    assert political(said(gate, "Jane Example baked a cake in North Ward.")) == ["political.candidate"]


def exempt(**changes: Any) -> dict[str, Any]:
    return {
        "what": "political.member-quote", "reason": "The flood", "authoriser": "A. Name, Monitoring Officer",
        "from": INSIDE, "until": INSIDE + timedelta(2),
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("exemption", "today", "found"),
    [
        (exempt(), INSIDE, []),
        (exempt(), INSIDE + timedelta(2), []),
        (exempt(), INSIDE - timedelta(1), QUOTE),
        (exempt(), INSIDE + timedelta(3), QUOTE),
        (exempt(what="all"), INSIDE, []),
        (exempt(what="political.candidate"), INSIDE, QUOTE),
        (exempt(words=["flood", "storm"]), INSIDE, QUOTE),
        (exempt(words=["libraries", "Library"]), INSIDE, []),
    ],
)
def test_a_named_person_may_exempt(
    plain: Gate, exemption: dict[str, Any], today: date, found: list[str]
) -> None:
    """For one rule or all, from a day to a day, for items with certain words; the finding stays, with the name."""
    verdict = said(with_election(plain, exempt=[exemption]), QUOTED, today)
    assert political(verdict) == found
    assert rules_of(verdict) == ["political.member-quote"]
    assert ("A. Name, Monitoring Officer" in verdict.findings[0].message) is not bool(found)


def test_the_monitoring_officer_may_let_what_is_blocked_go(plain: Gate) -> None:
    """Rules that block in a period name the role that may override, and it is not the approver."""
    rules = [
        rule for rule in plain.book.rules.values() if rule.id in IN_PERIOD and rule.severity is Severity.BLOCK
    ]
    assert {rule.override for rule in rules} == {"monitoring officer"}


def test_two_elections_at_once_both_bind(plain: Gate) -> None:
    """A general election called in a by-election's period adds to it."""
    both = of_tables({
        "election": [
            {"id": "a", "title": "A", "kind": "by-election", "notice": NOTICE, "poll": INSIDE, "area": "Hill", "candidates": ["Al Bee"]},
            {"id": "b", "title": "B", "kind": "general", "notice": INSIDE, "poll": POLL, "candidates": ["Cy Dee"]},
        ]
    })  # fmt: skip
    gate = plain.with_registers(both)
    text = "Al Bee and Cy Dee on the hill."
    assert political(said(gate, text, INSIDE)) == ["political.candidate", "political.candidate"]
    assert political(said(gate, text, NOTICE)) == ["political.candidate"]


@pytest.mark.parametrize(
    "text",
    [
        "Vote Labour", "vote for the Lib Dems", "Support our candidate", "Re-elect Cllr Sample", "Vote Reform UK for change", "For the many, not the few",
        "The Labour Party", "Lib Dems in the park", "Reform UK", "Plaid Cymru", "the Green Party", "SNP", "the Conservatives", "We need your vote",
    ],
)  # fmt: skip
def test_party_politics_is_for_a_second_officer_at_any_time(plain: Gate, text: str) -> None:
    """With no election near, a campaign's words and a party's name still ask for a person, and block nothing."""
    verdict = said(plain, text, None)
    assert verdict.outcome is VerdictOutcome.REVIEW
    assert political(verdict)


@pytest.mark.parametrize(
    "text",
    [
        QUOTED, "Labour Day", "a conservative estimate", "the labour market", "green party decorations", "vote in the poll for the tree name",
        "Election results: Labour group 12, Conservative group 10.", "A labour of love", "Reform of the UK's rules", "social conservative with a small c",
        "Cast your vote for the park's new slide", "The tree preservation order", "Elect a new chair of the tenants' forum",
    ],
)  # fmt: skip
def test_ordinary_words_are_no_politics(plain: Gate, text: str) -> None:
    """The everyday meaning of a party's name passes, and so does a councillor's quotation outside a period."""
    assert political(said(plain, text, INSIDE)) == []


TEXTS = st.sampled_from(
    [
        QUOTED,
        "Jane Example opened it.",
        "The Northern Bypass",
        "Residents First",
        "Vote Labour",
        "The Lib Dems",
        "Cllr Jo Sample smiled.",
    ]
)


@pytest.mark.long
@given(
    TEXTS,
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.none() | st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)
def test_outside_every_period_no_rule_of_a_period_acts(
    plain: Gate, text: str, today: date, going: date | None
) -> None:
    """Whatever is said: the later of today and the day the item goes decides, and nothing else does."""
    item = news(summary=text, publish_at=f"{going} 12:00" if going else None)
    found = set(political(check(with_election(plain), item, today=today))) & IN_PERIOD
    judged = max(today, going or today)
    assert bool(found) is (NOTICE <= judged <= POLL)


def test_an_election_in_a_councils_own_folder_acts(tmp_path: Path) -> None:
    """What stands in a rule file as [[election]] is on the register, and a new one is another policy."""
    rules = (
        '[[election]]\nid = "2027"\ntitle = "Borough elections"\nkind = "local"\nnotice = 2027-03-24\npoll = 2027-05-06\n'
        'candidates = ["EXAMPLE, Jane"]\n'
    )
    gate = support.gate(tmp_path, rules)
    assert political(said(gate, "Jane Example opened it.")) == ["political.candidate"]
    assert gate.version != support.gate(tmp_path, rules.replace("Jane", "Joan")).version
