"""Terms of use (clause 5e): that a platform's were read is on record, and what is overdue holds links to other websites."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import policy_support
import pytest
from api_support import open_council
from cli_support import DIRECTOR, Bench, open_bench, soon
from policy_support import check, news, post, rules_of
from support import Office, open_office

from publisher.errors import InputError, NotDesignated
from publisher.model import VerdictOutcome
from publisher.policy import Context, Gate, Terms, snapshot
from publisher.record import events
from publisher.refusals import DENIED
from publisher.rehearsal.office import DIRECTOR as DANA
from publisher.rehearsal.office import OFFICER as SAM
from publisher.terms import READ, Reading, Standing

RULE = "third-party.platform-terms"
LAST = date(2027, 11, 1)
LINKED = "Advice on the NHS website: https://www.nhs.uk/flu"
ADDRESS = "https://www.facebook.com/terms"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """The built-in rules."""
    return policy_support.gate(tmp_path_factory.mktemp("gate"))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A council on stand-in platforms, which has read no terms yet."""
    with open_office(tmp_path / "office") as made:
        yield made


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready."""
    with open_bench(tmp_path) as made:
        yield made


def verdict(
    gate: Gate, terms: Any, summary: str = LINKED, *, today: date | None = LAST, **fields: Any
) -> Any:
    """What the gate says of an item for facebook and twitter, given what is on record of the platforms by channel."""
    item = news(summary=summary, **fields)
    posts = [post(item, channel) for channel in ("facebook", "twitter")]
    return check(gate, item, *posts, today=today, terms=terms)


def read(office: Office, platform: str = "facebook", *, officer: str = SAM, **changes: Any) -> Any:
    """A record of a platform's terms, read today and good for a year."""
    given: dict[str, Any] = {
        "platform": platform,
        "address": ADDRESS,
        "review_on": office.app.today + timedelta(365),
    }
    return office.app.terms.read(Reading(**given | changes), officer)


def handed_in(office: Office, title: str, summary: str = LINKED, **fields: Any) -> Any:
    """An item as it is in the queue after it was handed in."""
    queued = office.hand_in(office.news(title=title, summary=summary, **fields))
    return office.app.queue.item(queued.id)


def read_all(office: Office, **changes: Any) -> None:
    """A record for every platform in use."""
    for platform in ("facebook", "twitter", "instagram"):
        read(office, platform, **changes)


def standings(office: Office) -> dict[str, Standing]:
    """How each platform's terms stand."""
    return {one.name: one.standing for one in office.app.terms.platforms()}


def by_hand(office: Office, *statements: str) -> None:
    """Somebody with the database file and no key."""
    with contextlib.closing(sqlite3.connect(office.app.config.database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


# --- the gate ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("review_on", "today", "found"),
    [(LAST, LAST, []), (LAST, LAST + timedelta(1), [RULE]), (None, LAST, [RULE]), (None, None, [RULE]), (LAST, None, [])],
)  # fmt: skip
def test_terms_count_as_read_until_their_review(
    gate: Gate, review_on: date | None, today: date | None, found: list[str]
) -> None:
    """Up to and with the day of the review an item with a link to another's website goes; after it a person decides."""
    terms = {"facebook": Terms("facebook", review_on)}
    said = verdict(gate, terms, today=today)
    assert rules_of(said) == found
    assert said.outcome is (VerdictOutcome.REVIEW if found else VerdictOutcome.CLEAR)


def test_terms_must_still_count_when_the_item_goes(gate: Gate) -> None:
    """What is handed in before the review for a day after it is held at once."""
    terms = {"facebook": Terms("facebook", LAST)}
    assert rules_of(verdict(gate, terms, today=date(2027, 10, 1), publish_at="2027-11-02 09:00")) == [RULE]
    assert rules_of(verdict(gate, terms, today=date(2027, 10, 1), publish_at="2027-11-01 09:00")) == []


@pytest.mark.parametrize(
    "summary",
    ["The library opens at 9am.", "See https://www.example.gov.uk/news.", "The team behind Booking.com spoke to us."],
)  # fmt: skip
def test_only_links_to_others_are_held(gate: Gate, summary: str) -> None:
    """The council's own pages, and names that nobody is asked to open, need no terms."""
    assert RULE not in rules_of(verdict(gate, {"facebook": Terms("facebook")}, summary))


def test_a_link_on_the_page_is_a_link(gate: Gate) -> None:
    """The post leads to the item's page: what the page links to counts."""
    said = verdict(gate, {"facebook": Terms("facebook")}, "Flu jabs.", body="Read https://www.nhs.uk/flu")
    assert rules_of(said) == [RULE]


def test_only_platforms_that_the_item_goes_to_are_asked_about(gate: Gate) -> None:
    """What is overdue for a channel that gets no post of it holds nothing."""
    assert rules_of(verdict(gate, {"instagram": Terms("instagram")})) == []


def test_each_platform_is_told_once(gate: Gate) -> None:
    """Several links, texts and accounts of one platform ask for one reading of its terms, by name."""
    terms = {"facebook": Terms("facebook"), "twitter": Terms("facebook")}
    two = f"{LINKED} and https://www.nhs.uk/cold"
    (finding,) = [one for one in verdict(gate, terms, two).findings if one.rule == RULE]
    assert "facebook, which nobody has read" in finding.message
    terms["twitter"] = Terms("twitter", date(2026, 1, 1))
    told = [one.message for one in verdict(gate, terms, two).findings if one.rule == RULE]
    assert [("facebook" in message, "again by 2026-01-01" in message) for message in told] == [
        (True, False),
        (False, True),
    ]


def test_where_no_record_is_kept_nothing_is_said(gate: Gate) -> None:
    """The gate alone, and a council that has not begun, is asked for nothing that it could not know."""
    assert rules_of(verdict(gate, None)) == []


def test_only_the_director_lets_it_go(gate: Gate) -> None:
    """The finding names the role and the command that mends it, and evidence of an author alone does not do."""
    (finding,) = verdict(
        gate, {"facebook": Terms("facebook")}, evidence={RULE: "Pat Jones read them on 3 May 2026"}
    ).findings[:1]
    assert (finding.override, finding.evidence, finding.clause) == ("director", "", "5e")
    assert "`publisher terms read`" in finding.remedy


def test_a_verdict_of_before_has_no_terms() -> None:
    """What was stored by an older program is repeated as it was judged; what is stored now comes back whole."""
    stored = snapshot.context_to_json(
        Context({}, terms={"facebook": Terms("facebook", LAST), "x": Terms("twitter")})
    )
    again = snapshot.context_from_json(json.loads(json.dumps(stored)))
    assert again.terms == {"facebook": Terms("facebook", LAST), "x": Terms("twitter")}
    stored.pop("terms")
    assert snapshot.context_from_json(stored).terms is None


# --- the record --------------------------------------------------------------------------------------------------------


def test_a_reading_is_kept_with_an_event(office: Office) -> None:
    """Who read which edition, when, until when it holds and who recorded it; the event holds the record's seal."""
    made = read(office, edition=" 1 Jan  2026 ", read_by=DANA)
    (kept,) = [one for one in office.app.terms.platforms() if one.name == "facebook"]
    assert kept == made
    assert (kept.edition, kept.read_by, kept.read_on, kept.address) == (
        "1 Jan 2026",
        DANA,
        office.app.today,
        ADDRESS,
    )
    (event,) = [one for one in office.app.queue.events_of("facebook") if one.action == READ]
    assert (event.actor, len(event.after)) == (SAM, 64)


def test_the_newest_reading_counts(office: Office) -> None:
    """What was read again takes the place of what was read before, in whichever order the days are."""
    read(office, read_on=date(2024, 1, 1), review_on=date(2025, 1, 1))
    assert standings(office)["facebook"] is Standing.OVERDUE
    read(office)
    assert standings(office)["facebook"] is Standing.GOOD
    read(office, read_on=date(2024, 1, 1), review_on=date(2025, 1, 1))
    assert standings(office)["facebook"] is Standing.OVERDUE


@pytest.mark.parametrize(
    ("days", "standing"),
    [(31, Standing.GOOD), (30, Standing.DUE), (0, Standing.DUE), (-1, Standing.OVERDUE)],
)
def test_standing_follows_the_councils_day(office: Office, days: int, standing: Standing) -> None:
    """Due within 30 days is told while there is time; the day of the review is the last one."""
    today = office.app.today
    read(office, read_on=today - timedelta(40), review_on=today + timedelta(days))
    assert standings(office)["facebook"] is standing


def test_once_one_is_kept_the_others_are_missing(office: Office) -> None:
    """Before the first record the gate is told nothing; from then on every platform in use must have one."""
    assert office.app.terms.for_gate() is None
    read(office)
    told = office.app.terms.for_gate()
    assert told is not None
    assert {channel: terms.review_on is not None for channel, terms in told.items()} == {
        "facebook": True, "twitter": False, "instagram": False,
    }  # fmt: skip


def test_the_website_is_no_platform(office: Office) -> None:
    """The council's own page has no terms to read."""
    assert sorted(standings(office)) == ["facebook", "instagram", "twitter"]
    with pytest.raises(InputError, match="no platform 'site'"):
        read(office, "site")


def test_what_is_switched_off_is_not_asked_for(tmp_path: Path) -> None:
    """Only channels that are switched on post; the terms of another may be read beforehand."""
    with open_office(tmp_path / "office", changes={"channels.instagram": {"enabled": False}}) as office:
        assert "instagram" not in standings(office)
        assert read(office, "instagram").channels == ()
        assert "instagram" not in (office.app.terms.for_gate() or {})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE terms SET review_on = '2999-01-01'",
        "UPDATE terms SET platform = 'twitter'",
        "UPDATE terms SET seal = ''",
        "DELETE FROM terms",
    ],
)
def test_a_record_changed_by_hand_does_not_count(office: Office, statement: str) -> None:
    """Whoever can write the database and has not the key makes nothing good, and taking all away switches nothing off."""
    read(office, read_on=date(2024, 1, 1), review_on=date(2025, 1, 1))
    by_hand(office, statement)
    assert standings(office)["facebook"] is Standing.BY_HAND
    assert standings(office)["twitter"] is Standing.UNREAD
    told = office.app.terms.for_gate()
    assert told is not None
    assert {terms.review_on for terms in told.values()} == {None}


def test_an_older_record_put_back_does_not_count(office: Office) -> None:
    """A whole row with its seal, copied before a later one said otherwise, is not the last that was recorded."""
    read(office)
    by_hand(office, "CREATE TABLE kept AS SELECT * FROM terms")
    read(office, read_on=date(2024, 1, 1), review_on=date(2025, 1, 1))
    by_hand(office, "DELETE FROM terms", "INSERT INTO terms SELECT * FROM kept")
    assert standings(office)["facebook"] is Standing.BY_HAND


def test_a_copy_of_another_platforms_record_counts_for_none(office: Office) -> None:
    """A record is of its platform: a row that was given to another one was changed."""
    read(office)
    by_hand(
        office,
        "INSERT INTO terms SELECT 'twitter', address, edition, read_by, read_on, review_on, recorded_by, recorded_at, seal FROM terms",
    )
    assert standings(office)["twitter"] is Standing.UNREAD
    assert standings(office)["facebook"] is Standing.GOOD


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"platform": "faceb\u043e\u043ek"}, "platform"), ({"platform": ""}, "platform"), ({"platform": "x" * 9_999}, "platform"),
        ({"address": "http://www.facebook.com/terms"}, "address"), ({"address": "facebook.com/terms"}, "address"),
        ({"address": "https://user@facebook.com/terms"}, "address"), ({"address": ""}, "address"),
        ({"address": "https://facebook.com/a b"}, "address"), ({"address": f"https://facebook.com/{'a' * 9_999}"}, "address"),
        ({"edition": "1" * 101}, "edition"), ({"read_on": date(2999, 1, 1)}, "on"), ({"read_on": date(1, 1, 1)}, "on"),
        ({"review_on": date(2024, 1, 1)}, "review"), ({"review_on": date(9999, 12, 31)}, "review"),
        ({"read_by": "nobody"}, "by"), ({"read_by": "s\u0430m"}, "by"),
    ],
)  # fmt: skip
def test_what_is_no_reading_is_refused(office: Office, changes: dict[str, Any], field: str) -> None:
    """Each slip is named by its field, and nothing is kept."""
    with pytest.raises(InputError) as caught:
        read(office, **changes)
    assert caught.value.field == field
    assert caught.value.way_out
    assert office.app.terms.for_gate() is None


def test_a_mistyped_platform_gets_the_nearest(office: Office) -> None:
    """One letter wrong, or a capital, names the one that is there."""
    for typed in ("facebok", "FACEBOOK"):
        with pytest.raises(InputError, match=r"Did you mean facebook\?"):
            read(office, typed)


def test_only_a_designated_officer_records(office: Office) -> None:
    """Somebody who may not post may not say that terms were read; that they tried is on the record."""
    with pytest.raises(NotDesignated):
        read(office, officer="mallory")
    assert office.app.terms.for_gate() is None
    with office.app.queue.reading() as connection:
        assert [event.actor for event in events(connection) if event.action == DENIED] == ["mallory"]


def test_a_director_records_too(office: Office) -> None:
    """Who answers for the terms need not be one who posts; what they lack is theirs to mend, and they are told how."""
    read(office, officer="dana")
    assert office.app.terms.for_gate() is not None
    office.app.designating.adopt("2027", office.app.today, "Cabinet minute", officer="dana")
    with pytest.raises(NotDesignated) as caught:
        read(office, officer="sam")
    assert "confirm-policy" in caught.value.way_out


# --- what it holds -----------------------------------------------------------------------------------------------------


def test_an_overdue_platform_holds_an_item_with_a_link(office: Office) -> None:
    """With all terms read it goes; once one is overdue it is held for review, and what links nowhere else goes on."""
    read_all(office)
    assert handed_in(office, "Flu jabs").state == "queued"
    read(office, "twitter", read_on=date(2024, 1, 1), review_on=date(2025, 1, 1))
    held = handed_in(office, "Winter and your health", f"{LINKED}-and-cold")
    assert held.state == "held for review"
    assert [one["rule"] for one in held.verdict["findings"] if one["severity"] == "review"] == [RULE]
    assert handed_in(office, "Library opens late", "Until 8pm on Thursdays.").state == "queued"


def test_an_overdue_platform_that_an_item_leaves_out_holds_nothing(office: Office) -> None:
    """An item that does not go to that platform is not asked about it."""
    read(office)
    chosen = ("website", "facebook")
    assert handed_in(office, "Flu jabs", channels=chosen).state == "queued"


def test_terms_are_looked_at_again_at_the_release(office: Office) -> None:
    """What was queued before is held where its platform's terms are overdue at the moment at which it goes."""
    item = handed_in(office, "Flu jabs")
    assert item.state == "queued"
    read(office, read_on=date(2024, 1, 1), review_on=date(2025, 1, 1))
    office.clock.forward(minutes=1)
    office.release(item.id)
    assert office.state(item.id) == "held for review"
    assert all(result.same for result in office.app.verdicts.replay())


def test_a_second_person_who_is_the_director_lets_it_go(bench: Bench) -> None:
    """An approver has not the role; the director's word on the finding queues the item."""
    bench.run("terms", "read", "facebook", "--address", ADDRESS, "--review", "2099-01-01", "--as", "sam")
    item = bench.run("news", "Flu jabs", "--summary", LINKED, "--at", soon(), "--json").json
    assert item["state"] == "held for review"
    why = ("--reason", "I read them this morning and will record it")
    assert bench.run("approve", item["id"], *why, officer="asha").code == 1
    assert bench.run("approve", item["id"], *why, officer=DIRECTOR).code == 0


# --- the command line --------------------------------------------------------------------------------------------------


def test_a_reading_is_told(bench: Bench) -> None:
    """Who, when, until when; and which platforms are left, since they hold links from now on."""
    words = (
        "terms",
        "read",
        "facebook",
        "--address",
        ADDRESS,
        "--edition",
        "1 Jan 2026",
        "--on",
        "2026-01-05",
    )
    answer = bench.run(*words, "--review", "2099-01-05", "--by", "asha", "--as", "sam")
    assert answer.code == 0
    shown = " ".join(answer.out.split())
    assert "facebook: asha read the terms on 5 Jan 2026; that holds until 5 Jan 2099." in shown
    assert "Not on record yet, so that such items wait there: instagram, twitter." in shown
    told = bench.run(*words, "--review", "2025-01-05", "--as", "sam")
    assert told.code == 2
    late = bench.run(*words[:-1], "2024-01-05", "--review", "2025-01-05", "--as", "sam")
    assert "That day is over" in late.out


def test_platforms_and_websites_are_in_one_table(bench: Bench) -> None:
    """Who read whose terms, when, until when, and how that stands; and what to do about those that do not count."""
    bench.write(
        "rules/sites.toml",
        policy_support.site("tickets.example.org", read="2019-01-31", again="2020-01-31")
        + policy_support.site("maps.example.org") + policy_support.site("plays.example.org", read="2998-01-31"),
    )  # fmt: skip
    bench.run(
        "terms",
        "read",
        "facebook",
        "--address",
        ADDRESS,
        "--on",
        "2026-01-05",
        "--review",
        "2099-01-05",
        "--as",
        "sam",
    )
    shown = bench.run("terms", "list").out
    lines = {line.split()[0]: line for line in shown.splitlines() if line}
    assert re.split(" {2,}", lines["facebook"]) == ["facebook", "sam", "5 Jan 2026", "5 Jan 2099", "good"]
    assert lines["twitter"].endswith("nobody has read it")
    assert re.split(" {2,}", lines["tickets.example.org"]) == [
        "tickets.example.org", "A. Name", "31 Jan 2019", "31 Jan 2020", "overdue",
    ]  # fmt: skip
    assert lines["maps.example.org"].endswith("good")
    assert lines["plays.example.org"].endswith("nobody has read it")
    prose = " ".join(shown.split())
    assert "platforms: instagram, twitter: read them, then `publisher terms read instagram" in prose
    assert "websites: tickets.example.org, plays.example.org: read them, then put the new checked_on" in prose


def test_terms_that_nobody_needs_are_told_as_that(bench: Bench) -> None:
    """With nothing switched on the list is a sentence, and a record of such a platform says when it will be shown."""
    text = (bench.folder / "config.toml").read_text(encoding="utf-8")
    for name in ("facebook", "twitter", "instagram"):
        text = text.replace(f"[channels.{name}]", f"[channels.{name}]\nenabled = false")
    bench.write("config.toml", text)
    assert bench.run("terms", "list").out.startswith("No platform's channel is switched on")
    assert "WHOSE" not in bench.run("terms", "list").out
    words = ("terms", "read", "facebook", "--address", ADDRESS, "--review", "2099-01-05", "--as", "sam")
    said = " ".join(bench.run(*words).out.split())
    assert "No channel of facebook is switched on: `publisher terms list` shows it once one is." in said
    bench.write("config.toml", text.replace('enabled = false\nadapter = "facebook"', 'adapter = "facebook"'))
    assert "5 Jan 2099" in bench.run("terms", "list").out
    assert "is switched on" not in bench.run(*words).out


def test_the_table_as_json(bench: Bench) -> None:
    """Programs get the same, with the address, the edition and the channels, and null for what is not on record."""
    bench.write("rules/sites.toml", policy_support.site("maps.example.org"))
    told = bench.run("terms", "list", "--json").json
    first, last = told["terms"][0], told["terms"][-1]
    assert first == {
        "name": "facebook", "kind": "platform", "standing": "nobody has read it", "channels": ["facebook"], "address": None,
        "edition": None, "read_by": None, "read_on": None, "review_on": None,
    }  # fmt: skip
    assert (last["name"], last["kind"], last["address"]) == (
        "maps.example.org",
        "website",
        "https://maps.example.org/terms",
    )
    assert date.fromisoformat(told["today"]) >= date(2026, 1, 1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("facebook", "--address", ADDRESS, "--review", "soon"), "'soon' is not a date"),
        (("facebook", "--address", ADDRESS, "--review", "2099-01-01", "--on", "31/1/2026"), "is not a date"),
        (("facebook", "--review", "2099-01-01"), "--address"),
        (("facebook", "--address", ADDRESS), "--review"),
    ],
)
def test_what_is_missing_or_no_date_is_told(bench: Bench, words: tuple[str, ...], told: str) -> None:
    """A wrong flag is wrong input, named as it was typed."""
    answer = bench.run("terms", "read", *words, "--as", "sam")
    assert (answer.code, told in answer.err) == (2, True)


def test_terms_are_recorded_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a token that writes, as whoever holds it; one that only reads records nothing."""
    words = ("terms", "read", "facebook", "--address", ADDRESS, "--review", "2099-01-05", "--json")
    with open_council(tmp_path / "council") as council:
        monkeypatch.setenv("PUBLISHER_SERVER", council.server.url)
        monkeypatch.setenv("PUBLISHER_TOKEN", council.token("sam", "read"))
        assert council.bench.run(*words).code == 1
        monkeypatch.setenv("PUBLISHER_TOKEN", council.token("sam", "read", "write"))
        assert council.bench.run(*words).json["read_by"] == "sam"
        assert "sam" in council.bench.run("terms", "list").out
