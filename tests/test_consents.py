"""Pictures: whose they are, who is in them, on what basis, and until when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import policy_support as support
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_support import check, news, rules_of

from publisher import item as items
from publisher.errors import InputError
from publisher.model import Severity, Verdict, VerdictOutcome
from publisher.policy import Consent, Gate

DAY = date(2027, 3, 2)
BEFORE, AFTER = DAY - timedelta(1), DAY + timedelta(1)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """The built-in rules."""
    return support.gate(tmp_path_factory.mktemp("gate"))


def picture(**changes: Any) -> dict[str, Any]:
    """A picture of a person with a consent on record, changed."""
    return {"path": "a.jpg", "alt": "A gardener", "people": True, "reference": "C-7"} | changes


def shown(
    gate: Gate, image: dict[str, Any], *consents: Consent, today: date | None = DAY, **fields: Any
) -> Verdict:
    """The verdict on an item with this picture, where the register has these consents."""
    kept = {consent.reference: consent for consent in consents}
    return check(gate, news(images=[image], **fields), today=today, consents=kept or None)


def test_a_consent_in_date_passes(gate: Gate) -> None:
    """On the register, neither taken back nor run out: nothing is said."""
    assert shown(gate, picture(), Consent("C-7", expires_on=DAY)).findings == ()


@pytest.mark.parametrize(
    ("withdrawn_on", "found"),
    [(BEFORE, ["consent.withdrawn"]), (DAY, ["consent.withdrawn"]), (AFTER, []), (None, [])],
)
def test_a_consent_taken_back_blocks(gate: Gate, withdrawn_on: date | None, found: list[str]) -> None:
    """From the day it is taken back, that day included, the picture may not go."""
    verdict = shown(gate, picture(), Consent("C-7", withdrawn_on=withdrawn_on))
    assert rules_of(verdict) == found
    assert verdict.outcome is (VerdictOutcome.BLOCK if found else VerdictOutcome.CLEAR)


def test_a_consent_taken_back_blocks_without_a_day_too(gate: Gate) -> None:
    """Where nobody says which day it is, what is on record as taken back is taken back."""
    assert rules_of(shown(gate, picture(), Consent("C-7", withdrawn_on=AFTER), today=None)) == [
        "consent.withdrawn"
    ]


def test_nobody_may_override_a_withdrawal(gate: Gate) -> None:
    """Taking consent back has effect whatever anybody in the council thinks of it (UK GDPR article 7(3))."""
    rule = gate.book.rules["consent.withdrawn"]
    assert (rule.override, rule.evidence) == ("", "")


@pytest.mark.parametrize("where", ["picture", "register"])
@pytest.mark.parametrize(("ends", "found"), [(BEFORE, ["consent.expired"]), (DAY, []), (AFTER, [])])
def test_a_consent_that_has_run_out_blocks(gate: Gate, where: str, ends: date, found: list[str]) -> None:
    """The last day still counts, whether the picture or the register says it."""
    image = picture(expires=str(ends)) if where == "picture" else picture()
    record = Consent("C-7", expires_on=ends if where == "register" else None)
    assert rules_of(shown(gate, image, record)) == found


def test_the_earlier_of_two_last_days_counts(gate: Gate) -> None:
    """A picture that says a later day than the register does not live longer by it."""
    assert rules_of(shown(gate, picture(expires=str(AFTER)), Consent("C-7", expires_on=BEFORE))) == [
        "consent.expired"
    ]


@pytest.mark.parametrize(
    ("publish_at", "found"), [("2027-03-02 23:59", []), ("2027-03-03 00:00", ["consent.expired"])]
)
def test_a_consent_must_last_until_the_item_goes(gate: Gate, publish_at: str, found: list[str]) -> None:
    """The day of the release is judged when the item is handed in, and again on that day."""
    image = picture(expires=str(DAY))
    assert rules_of(shown(gate, image, today=date(2027, 1, 1), publish_at=publish_at)) == found
    assert rules_of(shown(gate, image, today=AFTER, publish_at="2027-03-01 09:00")) == ["consent.expired"]


@pytest.mark.parametrize(("ends", "found"), [(BEFORE, ["third-party.licence-expired"]), (DAY, [])])
def test_a_licence_that_has_run_out_blocks(gate: Gate, ends: date, found: list[str]) -> None:
    """Somebody else's picture is theirs again after its licence's last day."""
    image = picture(
        people=False, alt="A bridge", rights="licensed", credit="Photo: A. Owner", expires=str(ends)
    )
    assert rules_of(shown(gate, image)) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"reference": None}, ["consent.people"]),
        ({"reference": " "}, ["consent.people"]),
        ({"reference": None, "basis": "consent"}, ["consent.people"]),
        ({"reference": None, "basis": "public-task"}, []),
        (
            {"reference": None, "basis": "legitimate-interests", "alt": "Three pupils plant a tree"},
            ["consent.people"],
        ),
        ({"reference": "C-7", "alt": "Three pupils plant a tree"}, []),
        ({"reference": None, "people": False, "alt": "A tree"}, []),
    ],
)
def test_people_are_shown_on_a_basis(gate: Gate, changes: dict[str, Any], found: list[str]) -> None:
    """Consent needs its record; another basis may be named; for children the record is always asked for."""
    verdict = shown(gate, picture(**changes))
    assert rules_of(verdict) == found
    assert verdict.outcome is (VerdictOutcome.REVIEW if found else VerdictOutcome.CLEAR)


def test_children_are_named_in_the_message(gate: Gate) -> None:
    """The second officer sees at once that it is about children."""
    (finding,) = shown(gate, picture(reference=None, alt="Three pupils plant a tree")).findings
    assert "children" in finding.message


@pytest.mark.parametrize(
    ("alt", "advised"),
    [
        ("Two children on a swing", True), ("A crowd at the fair", True), ("Men at work", True), ("The new library's front door", False),
        ("A manhole cover", False), ("Womenswear in a shop window", False),
    ],
)  # fmt: skip
def test_an_alt_text_with_people_in_it_is_asked_about(gate: Gate, alt: str, *, advised: bool) -> None:
    """A picture that is said to show nobody, and whose alt text tells of people, gets a hint and no more."""
    verdict = shown(gate, picture(people=False, reference=None, alt=alt))
    assert rules_of(verdict) == (["consent.people-not-declared"] if advised else [])
    assert verdict.outcome is VerdictOutcome.CLEAR


def test_a_reference_that_the_register_does_not_know_is_told(gate: Gate) -> None:
    """Where a register is kept, a slip of the pen or an invented form would hide a withdrawal: a person looks."""
    item = news(images=[picture(), picture(path="b.jpg", reference="C-77")])
    (finding,) = check(gate, item, consents={"C-7": Consent("C-7")}).findings
    assert (finding.rule, finding.field, finding.severity) == (
        "consent.not-registered",
        "images[1].reference",
        Severity.REVIEW,
    )
    assert check(gate, item, consents={}).outcome is VerdictOutcome.REVIEW
    assert check(gate, item).findings == ()


@pytest.mark.parametrize("wrong", [7, "soon", "2027-13-01", "2027-03-02T09:00", True, [], 1.5])
def test_a_last_day_is_a_date(wrong: object) -> None:
    """A number is not taken for seconds since 1970, nor a moment for a day."""
    with pytest.raises(InputError, match=r"images\[0\]\.expires: is not a date; write it like 2027-12-31"):
        news(images=[picture(expires=wrong)])


def test_a_basis_is_one_of_the_laws(gate: Gate) -> None:
    """UK GDPR article 6(1) has six; what an item says is one of them or is refused."""
    del gate
    with pytest.raises(InputError, match=r"images\[0\]\.basis"):
        news(images=[picture(basis="love")])


@given(st.none() | st.dates(), st.sampled_from([None, "consent", "contract", "public-task"]))
def test_basis_and_last_day_survive_storage(expires: date | None, basis: str | None) -> None:
    """An item read back from its JSON is equal, so the release judges what was handed in; without them nothing is added."""
    item = news(images=[picture(expires=expires, basis=basis)])
    stored = item.to_json()
    assert items.parse(stored) == item
    assert ("expires" in stored["images"][0], "basis" in stored["images"][0]) == (
        expires is not None,
        basis is not None,
    )
