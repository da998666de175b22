"""Personal data: what belongs to one person is found however it is written, and what an organisation publishes passes."""

from __future__ import annotations

from pathlib import Path

import policy_support as support
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_support import check, news, post

from publisher import policy
from publisher.model import VerdictOutcome

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CARD, NHS, LICENCE, MOBILE = "4111111111111111", "9434765919", "MORGA657054SM9IJ", "07700900123"
NI, IBAN, UTR, PUPIL = "LM209728D", "GB82WEST12345698765432", "1955839661", "H801200001001"
"""Made up, or the issuers' own test numbers; telephone numbers are those that Ofcom keeps for drama."""


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> policy.Gate:
    return support.gate(tmp_path_factory.mktemp("council"))


def found(gate: policy.Gate, summary: str, **fields: object) -> set[str]:
    """The personal-data rules that say something of a summary, without their category."""
    verdict = check(gate, news(summary=summary, **fields))
    return {f.rule.partition(".")[2] for f in verdict.findings if f.rule.startswith("personal-data.")}


def spaced(value: str, signs: str = " -.") -> st.SearchStrategy[str]:
    """The value with at most one of `signs` between any two of its characters."""
    gaps = st.lists(st.sampled_from(["", *signs]), min_size=len(value) - 1, max_size=len(value) - 1)
    return gaps.map(lambda given: "".join(map("".join, zip(value, [*given, ""], strict=True))))


@pytest.mark.parametrize(
    ("rule", "cue", "number"),
    [
        ("national-insurance", "National Insurance number", NI),
        ("nhs-number", "NHS number", NHS),
        ("payment-card", "card", CARD),
        ("taxpayer-reference", "UTR", UTR),
        ("mobile", "ring", MOBILE),
    ],
)
@QUICK
@given(data=st.data())
def test_a_number_is_found_in_any_spacing(
    gate: policy.Gate, rule: str, cue: str, number: str, data: st.DataObject
) -> None:
    """Spaces, hyphens and full stops between its digits hide no number."""
    assert rule in found(gate, f"The {cue} is {data.draw(spaced(number))}, they said.")


@QUICK
@given(digit=st.integers(0, len(CARD) - 1), by=st.integers(1, 9))
def test_a_card_with_a_wrong_digit_is_none(gate: policy.Gate, digit: int, by: int) -> None:
    """One wrong digit breaks a card's check digit, so it is some other number."""
    wrong = CARD[:digit] + str((int(CARD[digit]) + by) % 10) + CARD[digit + 1 :]
    assert "payment-card" not in found(gate, f"My card is {wrong}.")


@QUICK
@given(digit=st.integers(0, len(NHS) - 1), by=st.integers(1, 9))
def test_an_nhs_number_with_a_wrong_digit_is_none(gate: policy.Gate, digit: int, by: int) -> None:
    """One wrong digit breaks the check by modulus 11."""
    wrong = NHS[:digit] + str((int(NHS[digit]) + by) % 10) + NHS[digit + 1 :]
    assert "nhs-number" not in found(gate, f"The patient's NHS number is {wrong}.")


@QUICK
@given(digit=st.integers(4, len(IBAN) - 1), by=st.integers(1, 9))
def test_an_iban_with_a_wrong_digit_is_none(gate: policy.Gate, digit: int, by: int) -> None:
    """One wrong digit breaks the check by modulus 97."""
    if not IBAN[digit].isdigit():
        return
    wrong = IBAN[:digit] + str((int(IBAN[digit]) + by) % 10) + IBAN[digit + 1 :]
    assert "iban" not in found(gate, f"Pay to {wrong}.")


@pytest.mark.parametrize(
    "prefix", ["BG", "GB", "NK", "KN", "TN", "NT", "ZZ", "DA", "FA", "IA", "QA", "UA", "VA", "AO"]
)
def test_a_national_insurance_number_has_a_prefix_that_is_given_out(gate: policy.Gate, prefix: str) -> None:
    """HMRC never gives out these prefixes, so forms use them as examples."""
    assert found(gate, f"National Insurance number {prefix}123456C") == set()


@pytest.mark.parametrize(
    "card",
    ["4111111111111111", "4222222222222", "5555555555554444", "2223003122003222", "378282246310005", "6011111111111117",
     "3530111333300000", "180001778593194", "213112345678904", "30569309025904", "38520000023237", "6759649826438453",
     "501840106022", "630413845490", "4532015112830366013"],
)  # fmt: skip
def test_cards_of_all_issuers_are_found(gate: policy.Gate, card: str) -> None:
    """Every scheme's ranges and lengths count, also the old and the short ones."""
    assert found(gate, f"My card {card} is lost.") == {"payment-card"}


def test_a_card_needs_no_cue_where_it_is_written_like_one(gate: policy.Gate) -> None:
    """In one piece or in a card's usual groups it is certain; in odd groups or with 12 digits it needs the word beside it."""
    assert found(gate, "Thanks! 4111 1111 1111 1111 123") == {"payment-card"}
    assert found(gate, "Thanks! 41 11111 111111 111") == set()
    assert found(gate, "Order 501840106022") == set()


def test_numbers_in_links_are_the_pages_own(gate: policy.Gate) -> None:
    """A platform's page may be numbered like a card."""
    assert found(gate, f"See https://www.example.gov.uk/events/{CARD} for more.") == set()


@pytest.mark.parametrize(
    "text",
    [
        "4111\u200b1111\u200b1111\u200b1111",
        "4111 1111 1111 1111".translate({n: n + 0xFEE0 for n in range(0x30, 0x3A)}),
        "4111\u00a01111\u20091111\u202f1111",
        "4111\u20111111\u20131111\u20111111",
    ],
    ids=["zero width", "full width", "thin spaces", "dashes"],
)
def test_hidden_and_wide_characters_hide_no_number(gate: policy.Gate, text: str) -> None:
    """The text is read as an eye reads it, and the finding says where that stands."""
    verdict = check(gate, news(summary=f"Paid: {text}."))
    where = [(f.start, f.end) for f in verdict.findings if f.rule == "personal-data.payment-card"]
    assert where == [(6, 6 + len(text))]


@pytest.mark.parametrize(
    "text",
    [
        f"Her NI number is {NI}.", f"NHS number {NHS}", f"Card {CARD}", f"IBAN {IBAN}", f"UTR {UTR}", f"Licence {LICENCE}", f"Pupil {PUPIL}",
        "Passport number 123456789", "Sort code 12-34-56, account 12345678", "Ring 07700 900123", "Call me on 01632 960123", "Write to jo.bloggs@example.com",
        "Born on 19 October 1964", "Send it to 9 Johnson Walk, Newtown, L50 9YE", "Jo lives at 44 Sykes Crossing, Newtown", "Go to Flat 4, Wood Mission",
    ],
)  # fmt: skip
def test_messages_never_show_what_is_private(gate: policy.Gate, text: str) -> None:
    """A finding is logged and stored, so it shows two characters and no more."""
    verdict = check(gate, news(summary=text))
    findings = [f for f in verdict.findings if f.rule.startswith("personal-data.")]
    assert findings
    for finding in findings:
        quote = text[finding.start : finding.end]
        assert quote not in finding.message
        assert quote[3:] not in finding.message


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (f"Card {CARD}", VerdictOutcome.BLOCK), (f"NHS number {NHS}", VerdictOutcome.BLOCK), (f"IBAN {IBAN}", VerdictOutcome.BLOCK),
        (f"Ring {MOBILE}", VerdictOutcome.REVIEW), ("Jo was born on 19 October 1964", VerdictOutcome.REVIEW), ("Jo lives at 44 Sykes Crossing, Newtown", VerdictOutcome.REVIEW),
    ],
)  # fmt: skip
def test_what_is_certain_blocks_and_what_a_person_may_allow_waits(
    gate: policy.Gate, text: str, outcome: VerdictOutcome
) -> None:
    """Numbers with check digits leave no discretion; contacts, dates and homes need consent or a second officer."""
    assert check(gate, news(summary=text)).outcome is outcome


def test_consent_satisfies_a_review_and_nothing_satisfies_a_block(gate: policy.Gate) -> None:
    """A person may publish their own mobile number, but no evidence makes a card's number fit to publish."""
    evidence = {"personal-data.mobile": "Consent 2026/17", "personal-data.payment-card": "Consent 2026/17"}
    assert check(gate, news(summary=f"Ring {MOBILE}", evidence=evidence)).outcome is VerdictOutcome.CLEAR
    assert check(gate, news(summary=f"Card {CARD}", evidence=evidence)).outcome is VerdictOutcome.BLOCK


@pytest.mark.parametrize("field", ["title", "summary", "body", "location"])
def test_every_field_of_an_item_is_read(gate: policy.Gate, field: str) -> None:
    """A card's number is one wherever it stands."""
    assert check(gate, news(**{field: f"Paid with {CARD}."})).outcome is VerdictOutcome.BLOCK


def test_pictures_hashtags_and_posts_are_read(gate: policy.Gate) -> None:
    """Alternative texts, credits, hashtags and what a template adds to a post leave too."""
    image = {"path": "a.jpg", "alt": "A letter.", "credit": "Council", "rights": "own"}
    for item in (
        news(images=[image | {"alt": f"A card, {CARD}."}]),
        news(images=[image | {"credit": f"Jo, {MOBILE}"}]),
        news(hashtags=[NI]),
    ):
        assert any(f.rule.startswith("personal-data.") for f in check(gate, item).findings)
    plain = news()
    said = post(plain, text=f"{plain.title} {plain.link} {MOBILE}")
    assert [f.field for f in check(gate, plain, said).findings if f.rule == "personal-data.mobile"] == [
        "text"
    ]


@pytest.mark.parametrize(
    "number",
    ["07700 900123", "+44 7700 900123", "0044 7700 900123", "+44 (0)7700 900123", "(+44) 7700 900123", "(07700) 900123", "07700.900.123",
     "077-00-900-123", "07624 900123", "447700900123", "O7700 900123", "07700 nine hundred, one two three", "oh seven seven double oh nine double oh one two three"],
)  # fmt: skip
def test_mobile_numbers_are_found_as_people_write_them(gate: policy.Gate, number: str) -> None:
    """Any form of a mobile number is most likely one person's."""
    assert "mobile" in found(gate, f"Ring Jo: {number}.")


@pytest.mark.parametrize(
    "text",
    ["Call 01632 960123.", "Call 020 7946 0123.", "Call 0300 123 1002 or 0800 1111.", "Call me back: 0345 123 4567", "Page 07600 900123.", "Text READING to 60070.",
     "Her number was 2026-2027", "Fax: 943 476 5919", "Call us on 01632 960123.", "The mobile library: 01632 960123"],
)  # fmt: skip
def test_published_numbers_pass(gate: policy.Gate, text: str) -> None:
    """Lines of organisations, landlines and pagers are nobody's own."""
    assert found(gate, text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Call me on 01632 960123.",
        "Her mobile number is +353 87 123 4567",
        "My home number: 020 7946 0123",
        "01632 960123 (mobile)",
    ],
)
def test_a_landline_given_as_a_persons_is_found(gate: policy.Gate, text: str) -> None:
    """The words beside a number say that it is one person's."""
    assert found(gate, text) == {"phone"}


def test_a_council_publishes_its_own_mobile_numbers_and_accounts(tmp_path: Path) -> None:
    """What stands in the council's tables passes in any spacing; its neighbour does not."""
    own = '[tables]\ncouncil_phones = ["07700 900123"]\ncouncil_accounts = ["12-34-56 12345678"]\n'
    gate = support.gate(tmp_path, own)
    assert found(gate, "Ring +44 7700 900-123, or pay to sort code 123456, account 1234 5678.") == set()
    assert found(gate, "Ring 07700 900124.") == {"mobile"}
    assert found(gate, "Pay to sort code 123456, account 12345679.") == {"bank-account"}


@pytest.mark.parametrize(
    "address",
    ["jo.bloggs@example.com", "charlotte12@example.org", "JB1985@hotmail.co.uk", "jo.bloggs [at] example [dot] org", "jo dot bloggs at gmail dot com", "jo.bloggs(at)example.com",
     "j\u200bo.bloggs@example.com", "jo.bloggs at gmail.com", "jo@bloggs.example"],
)  # fmt: skip
def test_personal_mailboxes_are_found(gate: policy.Gate, address: str) -> None:
    """Also where the signs are written in words or something is hidden in between."""
    assert found(gate, f"Write to {address}.") == {"mailbox"}


@pytest.mark.parametrize(
    "address",
    ["jo.bloggs@example.gov.uk", "jo.bloggs@another.gov.uk", "j.bloggs@nhs.net", "jo@example.ac.uk", "info@example.com", "press@example.com", "press.office@example.com", "boxoffice@example.co.uk",
     "villagehall.bookings@gmail.com", "events [at] example.org", "example@example.org"],
)  # fmt: skip
def test_mailboxes_of_bodies_and_roles_pass(gate: policy.Gate, address: str) -> None:
    """Public bodies' own domains and the mailboxes of a role are published to be written to."""
    assert found(gate, f"Write to {address}.") == set()


@pytest.mark.parametrize(
    "day",
    [
        "19 October 1964",
        "19th of October, 1964",
        "October 19, 1964",
        "19 Oct 1964",
        "19/10/1964",
        "19-10-64",
        "19.10.1964",
        "1964-10-19",
        "19 10 1964",
        "19 October '64",
    ],
)
@pytest.mark.parametrize(
    "said",
    [
        "She was born on {}.",
        "Date of birth: {}",
        "DOB {}",
        "Jo's birthday is on {}",
        "{} is my birthday",
        "What is your date of birth? It's {}",
    ],
)
def test_a_date_of_birth_is_found_in_any_usual_form(gate: policy.Gate, said: str, day: str) -> None:
    """The words around a full date say what it is."""
    assert found(gate, said.format(day)) == {"birth-date"}


@pytest.mark.parametrize(
    "text",
    ["Children born between 1 September 2022 and 31 August 2023 start school.", "Anyone born on or before 31 October 1975 may come.", "She was born in 1964.",
     "The library opened on 3 March 1956.", "Mary celebrated her 100th birthday on 12 March 2026.", "The poet was born on 22 September 1905.", "The fair is on 19/10/2026."],
)  # fmt: skip
def test_other_dates_pass(gate: policy.Gate, text: str) -> None:
    """Age groups, openings, history and days to come are no date of birth."""
    assert found(gate, text) == set()


STREETS = st.lists(
    st.sampled_from(["Oak", "Church", "Amber", "Long", "Saint", "Wood", "Harriet"]), min_size=1, max_size=3
).map(" ".join)
ENDS = st.sampled_from(["Road", "Mission", "Lane", "Via", "Groves", "Close", "Ports"])
POSTCODES = st.from_regex(r"[A-Z]{1,2}[1-9][0-9]? [1-9][A-Z]{2}", fullmatch=True)


@QUICK
@given(
    number=st.integers(1, 999),
    street=STREETS,
    end=ENDS,
    postcode=POSTCODES,
    gap=st.sampled_from([", ", "\n", ",\n "]),
)
def test_a_house_with_its_postcode_is_found(
    gate: policy.Gate, number: int, street: str, end: str, postcode: str, gap: str
) -> None:
    """House number, names and postcode make an address, on one line or on many, whatever the street is called."""
    address = gap.join([f"{number} {street} {end}", "Newtown", postcode])
    assert "home-address" in found(gate, f"Please send it to {address} today.")


@pytest.mark.parametrize(
    "text",
    ["Meet at Newtown Library, 12 High Street, Newtown, AB1 2CD.", "Our offices: 8 Green Lane, Newtown, LA15 8SD", "Planning application: 12 Oak Road, Newtown, AB1 2CD",
     "1 Town Hall Square, Newtown, AB1 2CD", "The Old Forge, 12 High Street, Newtown, AB1 2CD", "PO Box 777, London SE1 6XH", "On 12 May 2026, Market Square, Newtown, AB1 2CD", "Postcode AB1 2CD", "We own 12 Houses. Visit Us In Newtown, AB1 2CD"],
)  # fmt: skip
def test_addresses_of_venues_and_registers_pass(gate: policy.Gate, text: str) -> None:
    """An address beside the name of an organisation or venue, or published by law, is no home."""
    assert found(gate, text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "She left school and lives at 12 Church Road, Newtown, AB1 2CD.",
        "The library's caretaker: Flat 3, 12 Oak Road, Newtown, AB1 2CD",
        "Mr J Hall, 12 Oak Road, Newtown, AB1 2CD",
        "Rita Hall\nAdviser\nMoore and Moore\n9 Oak Road, Newtown, AB1 2CD",
    ],
)
def test_a_home_stays_one_beside_a_venue(gate: policy.Gate, text: str) -> None:
    """The words "lives at", a flat's number and a person's title outweigh a venue's name."""
    assert "home-address" in found(gate, text)


def test_the_place_of_an_event_passes(gate: policy.Gate) -> None:
    """An event is held somewhere, and its posts say where; a flat is still somebody's."""
    where = "12 High Street, Newtown, AB1 2CD"
    event = {"kind": "event", "starts_at": "2026-12-01 09:00"}
    assert found(gate, f"See you at {where}", location=where, **event) == set()
    assert "home-address" in found(gate, "See you there.", location=f"Flat 3, {where}", **event)


@pytest.mark.parametrize("name", ["Jo Bloggs", "Mr J Hall", "Dr Ann Other and Sam Smith of Newtown"])
def test_a_name_alone_is_no_finding(gate: policy.Gate, name: str) -> None:
    """Councils write about people all day."""
    assert found(gate, f"{name} opened the library.") == set()


@pytest.mark.long
@pytest.mark.parametrize(
    "part",
    [
        "1 2 3 4 ",
        "4111 ",
        "a.a.a.",
        "AB1 2CD ",
        "lives at 12 ",
        "07700 ",
        "Flat 4 ",
        "é1/2/64 born ",
        "a@",
        "a at b dot ",
        "gb82 ",
        "\u200b1",
        "1-",
    ],
)
def test_a_flood_is_answered(gate: policy.Gate, part: str) -> None:
    """However an item is filled up to the most it takes, each rule answers and none fails."""
    verdict = check(gate, news(body=part * (60_000 // len(part))))
    failed = [f.message for f in verdict.findings if f.rule == "format.rule-failed"]
    assert [message for message in failed if "personal-data." in message] == []
