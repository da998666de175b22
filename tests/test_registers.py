"""Registers in rule files: elections and websites as dated data, every fault told with its line; links by the register."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import policy_support as support
import pytest
from policy_support import check, news, rules_of

from publisher.errors import ConfigError
from publisher.model import Severity, VerdictOutcome
from publisher.policy import Gate
from publisher.policy.examples import failures
from publisher.policy.hosts import Council
from publisher.policy.registers import Registers, of_tables
from publisher.policy.rules import BUILT_IN, read

ELECTION = """
[[election]]
id = "2027"
title = "Borough elections"
kind = "local"
notice = 2027-03-24
poll = 2027-05-06
"""
EXEMPT = """
[[election.exempt]]
what = "all"
reason = "The flood"
authoriser = "A. Name, Monitoring Officer"
from = 2027-03-24
until = 2027-04-01
"""
SITE = """
[[site]]
host = "example.org"
terms = "https://example.org/terms"
checked_by = "A. Name"
checked_on = 2026-11-01
review_date = 2027-11-01
"""
TERMS = "third-party.terms-not-checked"
LAST_DAY = date(2027, 11, 1)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """The built-in rules, with nothing on the registers."""
    return support.gate(tmp_path_factory.mktemp("gate"))


def with_site(gate: Gate, host: str = "example.org", **changes: Any) -> Gate:
    """A gate that knows a website whose terms were checked."""
    site = {"host": host, "terms": f"https://{host}/terms", "checked_by": "A. Name", "checked_on": date(2026, 11, 1),
            "review_date": LAST_DAY}  # fmt: skip
    return gate.with_registers(of_tables({"site": [site | changes]}))


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (ELECTION.replace('id = "2027"\n', ""), "line 2, election number 1: it has no id"),
        (ELECTION.replace('"local"', '"village"'), "line 5, election 2027: kind is 'village', but must be one of local"),
        (ELECTION.replace("notice = 2027-03-24\n", ""), "line 2, election 2027: notice is missing"),
        (ELECTION.replace("2027-03-24", '"24 March"'), "line 6, election 2027: notice is '24 March', but must be a date"),
        (ELECTION.replace("2027-05-06", "2027-03-23"), "line 7, election 2027: the poll is before the notice"),
        (ELECTION + 'candidates = "Jane"\n', "line 8, election 2027: candidates is 'Jane', but must be a list"),
        (ELECTION + "candidates = ['']\n", "line 8, election 2027: candidates"),
        (ELECTION + "wards = ['Hill']\n", "line 8, election 2027: there is no 'wards'"),
        (ELECTION + "area = 3\n", "line 8, election 2027: area is '3', but must be a place"),
        (ELECTION + ELECTION, "line 10, election 2027: it is there twice"),
        (ELECTION + EXEMPT.replace('authoriser = "A. Name, Monitoring Officer"\n', ""), "line 9, the exemption of election 2027: authoriser is missing"),
        (ELECTION + EXEMPT + EXEMPT.replace("2027-04-01", "2027-03-01"), "line 21, the exemption of election 2027: until is before"),
        (ELECTION + EXEMPT.replace('"all"', '"political.party"'), "line 10, election 2027: what is 'political.party', but must be one of all, political.candidate"),
        (ELECTION + EXEMPT + "who = 'me'\n", "line 15, the exemption of election 2027: there is no 'who'"),
        (SITE.replace("example.org", "https://example.org"), "line 3, site https://example.org: host is"),
        (SITE.replace("example.org", "www.example.org"), "without https:// and www"),
        (SITE.replace("example.org", "Example.org"), "must be a name"),
        (SITE.replace('checked_by = "A. Name"\n', ""), "line 2, site example.org: checked_by is missing"),
        (SITE.replace("review_date = 2027-11-01\n", ""), "review_date is missing"),
        (SITE.replace("2027-11-01", "2026-10-01"), "line 7, site example.org: the review is before the check"),
        (SITE + SITE, "line 10, site example.org: it is there twice"),
        (SITE.replace('terms = "https://example.org/terms"\n', ""), "line 2, site example.org: terms is missing"),
        *[(SITE.replace("https://example.org/terms", terms), f"line 4, site example.org: terms is {terms!r}, but must be the address")
          for terms in ("x", "http://example.org/terms", "https://example", "https://", "https://example.org/our terms", "example.org/terms")],
        *[(SITE.replace("A. Name", name), f"line 5, site example.org: checked_by is {name!r}, but must be the name of who")
          for name in ("x", "tbc", "N/A", "to be confirmed", "2026-11-01", " ")],
        ("election = 3", "line 1: elections are written as [[election]]"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused_with_its_line(tmp_path: Path, rules: str, told: str) -> None:
    """An election that is not understood must not be passed over: file, line, entry and reason."""
    with pytest.raises(ConfigError) as refused:
        support.gate(tmp_path, rules)
    assert "own.toml" in str(refused.value)
    assert told in str(refused.value)


def test_an_entry_stands_in_one_file_only(tmp_path: Path) -> None:
    """Which of two entries would hold is nobody's guess: two files with one election or website are refused."""
    for name, entry in (("a.toml", ELECTION + SITE), ("b.toml", ELECTION), ("c.toml", SITE)):
        (tmp_path / name).write_text(entry, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"b\.toml, line 3, election 2027: another file"):
        read([tmp_path])
    (tmp_path / "b.toml").unlink()
    with pytest.raises(ConfigError, match=r"c\.toml, line 3, site example\.org: another file"):
        read([tmp_path])


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    """Every value of an entry is kept, an area given as one word too."""
    gate = support.gate(tmp_path, ELECTION + "area = 'Hill'\ncandidates = ['Jo Bee']\n" + EXEMPT + SITE)
    (election,), (site,) = gate.book.registers.elections, gate.book.registers.sites
    assert (election.id, election.area, election.candidates) == ("2027", ("Hill",), ("Jo Bee",))
    assert (election.notice, election.poll) == (date(2027, 3, 24), date(2027, 5, 6))
    assert (election.exempt[0].first, election.exempt[0].last) == (date(2027, 3, 24), date(2027, 4, 1))
    assert (site.host, site.checked_by, site.terms, site.review_date) == (
        "example.org",
        "A. Name",
        "https://example.org/terms",
        LAST_DAY,
    )


def test_the_kind_of_an_election_may_be_left_out(tmp_path: Path) -> None:
    """Most are local; the period is the same for all."""
    gate = support.gate(tmp_path, ELECTION.replace('kind = "local"\n', ""))
    assert gate.book.registers.elections[0].kind == "local"


def test_elections_that_are_over_say_nothing(plain: Gate) -> None:
    """A register full of past elections changes no verdict, and nobody needs to clear it out."""
    past = of_tables({
        "election": [
            {"id": str(year), "title": "Past", "kind": "local", "notice": date(year, 3, 20), "poll": date(year, 5, 2), "candidates": ["Jo Bee"]}
            for year in range(2000, 2027)
        ]
    })  # fmt: skip
    verdict = check(
        plain.with_registers(past), news(summary="Councillor Jo Bee said hello."), today=date(2027, 1, 1)
    )
    assert verdict.findings == ()


def test_registers_as_json_are_plain(plain: Gate) -> None:
    """They are part of the policy's version: dates are texts, and the same registers give the same version."""
    gate = with_site(plain)
    assert gate.book.registers.to_json()["sites"][0]["review_date"] == "2027-11-01"
    assert with_site(plain).version == gate.version != plain.version
    assert plain.with_registers(Registers()).version == plain.version


# --- websites that may be linked to ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "summary",
    [
        "Tickets (external website): https://www.example.org/a", "Book on the organiser's website: https://example.org",
        "Book at booking.com (external website).",
    ],
)  # fmt: skip
def test_a_labelled_link_to_an_unknown_website_is_for_a_second_officer(plain: Gate, summary: str) -> None:
    """Clause 5e: before a link is posted, its website's terms are checked; nobody has, as far as is known."""
    verdict = check(plain, news(summary=summary))
    assert (verdict.outcome, rules_of(verdict)) == (VerdictOutcome.REVIEW, [TERMS])


@pytest.mark.parametrize("field", ["title", "summary", "location"])
def test_terms_are_asked_for_in_every_text(plain: Gate, field: str) -> None:
    """Wherever a post has the link from: title, summary or place."""
    assert TERMS in rules_of(
        check(plain, news(**{field: "The fair (external website): https://example.org/a"}))
    )


def test_terms_are_asked_for_in_pictures_too(plain: Gate) -> None:
    """Alt texts and credits go out with the post."""
    picture = {
        "path": "a.jpg",
        "alt": "See (external link) https://a.example/b",
        "credit": "(external link) https://c.example/d",
    }
    found = {
        finding.field for finding in check(plain, news(images=[picture])).findings if finding.rule == TERMS
    }
    assert found == {"images[0].alt", "images[0].credit"}


@pytest.mark.parametrize(
    ("today", "outcome"),
    [
        (LAST_DAY, VerdictOutcome.CLEAR),
        (LAST_DAY + timedelta(1), VerdictOutcome.REVIEW),
        (None, VerdictOutcome.CLEAR),
    ],
)
def test_a_check_of_terms_holds_until_its_review(
    plain: Gate, today: date | None, outcome: VerdictOutcome
) -> None:
    """On the register a website may be linked to, up to and with the day of the review."""
    item = news(summary="Tickets (external website): https://www.example.org/a")
    assert check(with_site(plain), item, today=today).outcome is outcome


def test_a_check_of_terms_must_still_hold_when_the_item_goes(plain: Gate) -> None:
    """What is handed in before the review for a day after it waits for a person."""
    item = news(summary="Tickets (external website): https://example.org/a", publish_at="2027-11-02 09:00")
    assert rules_of(check(with_site(plain), item, today=date(2027, 10, 1))) == [TERMS]


@pytest.mark.parametrize("host", ["notexample.org", "example.org.uk", "example.com"])
def test_a_website_on_the_register_is_that_one_only(plain: Gate, host: str) -> None:
    """Names below it are of the same website; names that end or begin alike are not."""
    item = news(summary=f"Tickets (external website): https://{host}/a")
    assert rules_of(check(with_site(plain), item)) == [TERMS]


def test_the_nearest_entry_decides(plain: Gate) -> None:
    """A name below has terms of its own where it has an entry of its own."""
    sites = [
        {"host": host, "terms": "https://example.org/terms", "checked_by": "A. Name", "checked_on": date(2026, 1, 1), "review_date": until}
        for host, until in (("example.org", date(2026, 6, 1)), ("shop.example.org", LAST_DAY))
    ]  # fmt: skip
    gate = plain.with_registers(of_tables({"site": sites}))
    summary = "Both (external website): https://shop.example.org/a (external website) https://example.org/b (external website)"
    found = [
        f.message for f in check(gate, news(summary=summary), today=LAST_DAY).findings if f.rule == TERMS
    ]
    assert len(found) == 1
    assert "2026-06-01" in found[0]


@pytest.mark.parametrize(
    "link",
    [
        "https://www.nhs.uk/flu",
        "https://www.gov.uk/pay",
        "https://www.example.gov.uk/a",
        "https://law.gov.wales/a",
    ],
)
def test_public_bodies_and_the_council_need_no_entry(plain: Gate, link: str) -> None:
    """Their licences let anybody link to them; the council's own pages are its own."""
    assert check(plain, news(summary=f"Advice (external website): {link}")).outcome is VerdictOutcome.CLEAR


def test_a_check_to_come_is_none(plain: Gate) -> None:
    """Terms that will be read later have not been read: until that day a person decides."""
    item = news(summary="Tickets (external website): https://example.org/a")
    later = with_site(plain, checked_on=date(2026, 11, 20))
    assert rules_of(check(later, item, today=date(2026, 11, 19))) == [TERMS]
    assert rules_of(check(later, item, today=date(2026, 11, 20))) == []


def test_the_register_is_no_label(plain: Gate) -> None:
    """A website whose terms are checked still is another's: in a post its link must say so."""
    verdict = check(with_site(plain), news(summary="Tickets: https://example.org/a"))
    assert (verdict.outcome, rules_of(verdict)) == (VerdictOutcome.BLOCK, ["third-party.unlabelled-link"])


def test_evidence_of_a_check_is_taken(plain: Gate) -> None:
    """Who checked the terms, and when, may be said with the item instead: then it is advice, for the record."""
    item = news(
        summary="Tickets (external website): https://example.org/a",
        evidence={TERMS: "J. Bee, 3 May 2027"},
    )
    (finding,) = check(plain, item).findings
    assert (finding.rule, finding.severity) == (TERMS, Severity.ADVISE)


def test_a_shortener_is_told_once(plain: Gate) -> None:
    """A shortened link is refused whatever anybody's terms are: no second finding asks to check them."""
    assert TERMS not in rules_of(check(plain, news(summary="See (external website): https://bit.ly/abc")))


@pytest.mark.parametrize(
    ("body", "flagged"),
    [
        ("Tickets: https://example.org/a", []),
        ("Tickets: https://example.com/a", [TERMS]),
        ("Tickets (external website): https://example.com/a", [TERMS]),
        ("Book on Eventbrite: https://www.eventbrite.co.uk/e/1", [TERMS]),
        ("Advice: https://www.nhs.uk/flu", []),
    ],
)
def test_on_the_page_the_register_suffices(plain: Gate, body: str, flagged: list[str]) -> None:
    """The page itself marks links to others; whether their terms permit it is asked whatever is written beside them."""
    assert rules_of(check(with_site(plain), news(body=body))) == flagged


@pytest.mark.parametrize(
    ("summary", "rule", "severity"),
    [
        ("Visit WhiteHouse.gov for more.", "third-party.name-becomes-link", Severity.ADVISE),
        ("For more information visit nhs.uk today.", "third-party.name-becomes-link", Severity.ADVISE),
        ("For more information visit ageuk.org.uk today.", "third-party.unlabelled-name", Severity.REVIEW),
        ("What people read on USA.gov/espanol", "third-party.unlabelled-link", Severity.BLOCK),
        ("A new Sharing.Net/parts module", "third-party.unlabelled-name", Severity.REVIEW),
    ],
)
def test_how_sure_a_link_is_decides_what_follows(
    plain: Gate, summary: str, rule: str, severity: Severity
) -> None:
    """A public body's name says whose it is; a product's name may be no link at all; a path is one."""
    found = {finding.rule: finding.severity for finding in check(plain, news(summary=summary)).findings}
    assert found[rule] is severity


def test_a_name_before_its_own_address_is_its_label(plain: Gate) -> None:
    """USA.gov and USA.gov/espanol: the text has just said whose website that is."""
    assert "third-party.unlabelled-link" not in rules_of(
        check(plain, news(summary="Read USA.gov and USA.gov/espanol first."))
    )


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("http://www.nhs.uk/flu", "third-party.unsafe-link"), ("HTTP://example.org", "third-party.unsafe-link"),
        ("https://example.org:8443/a", "third-party.unsafe-link"), ("https://192.0.2.7/a", "third-party.unsafe-link"),
        ("https://[2001:db8::1]/a", "third-party.unsafe-link"), ("https://user@example.org/a", "third-party.look-alike"),
        ("https://\u0440\u0430\u0443\u0440\u0430l.com/a", "third-party.look-alike"), ("https://xn--l-7sba6dbr.com/a", "third-party.look-alike"),
        ("https://\u0430\u0440\u0440\u04cf\u0435.com/a", "third-party.look-alike"), ("https://bit.ly/a", "third-party.shortener"),
    ],
)  # fmt: skip
def test_a_label_makes_no_link_safe(plain: Gate, address: str, rule: str) -> None:
    """Unencrypted, by a port or number, in letters that pass for others, or shortened: blocked, label or not."""
    verdict = check(plain, news(summary=f"Advice (external website): {address} (external website)"))
    assert verdict.outcome is VerdictOutcome.BLOCK
    assert rule in rules_of(verdict)


@pytest.mark.parametrize(
    "address",
    [
        "https://d\u0175r.cymru",
        "https://xn--dr-bva.cymru",
        "https://www.example.org:443/a",
        "https://\u043f\u0440\u0430\u0432\u0438\u0442\u0435\u043b\u044c\u0441\u0442\u0432\u043e.\u0440\u0444",
    ],
)
def test_accents_and_other_scripts_are_no_disguise(plain: Gate, address: str) -> None:
    """Welsh names have accents, and a name wholly in another script is what it seems to be: only terms are asked for."""
    assert rules_of(check(plain, news(summary=f"Advice (external website): {address}"))) == [TERMS]


def test_a_capital_in_a_lengthened_list_is_refused(tmp_path: Path) -> None:
    """Texts are looked at in small letters: a name written otherwise would never be found, and nobody would know."""
    with pytest.raises(ConfigError, match=r"'Project Heron' has a capital letter"):
        support.gate(tmp_path, '[more]\ncodenames = ["Project Heron"]\n')


@pytest.mark.parametrize("domain", ["wexcombe.gov.uk", "cumbria.gov.uk", "trub.gov.uk"])
@pytest.mark.long
def test_the_built_in_examples_hold_for_every_council(domain: str) -> None:
    """`publisher policy test` proves the same rules whatever the council's own address."""
    gate = Gate(read([BUILT_IN]), Council("Example", (domain,)), frozenset({"website"}))
    assert list(failures(gate, domain)) == []
