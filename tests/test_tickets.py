"""Whoever issued a ticket might have used it: they are no second officer for what came by it, and read nothing in confidence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from api_support import open_council
from cli_support import APPROVER, AUTHOR, DATES, DIRECTOR, FOR_REVIEW, soon
from gate_support import REASON, ZEBRA, add_officer, held_at_release, open_gated
from support import Office

from publisher.accounts import Proposal, Standing
from publisher.errors import NotDesignated
from publisher.office import PARTS, part_class
from publisher.office.operations import Scope, operations
from publisher.register import Role
from publisher.via import coming_via

FLOOD = "The river is over its banks in Mill Lane"
TICKET = "dana issued the ticket"
BY_TICKET = {
    # A part in an item: whoever issued the ticket is no second officer for it.
    "items.hand_in", "items.withdraw", "items.reschedule", "items.retry", "items.resolve",
    # A business case: whoever issued the ticket does not approve it, and to take one back opens nothing.
    "accounts.propose", "accounts.withdraw",
    # What was done by hand, or read: it is entered by any officer, says who did it, and the record says by which token.
    "accounts.linked", "accounts.unlinked", "consents.add", "consents.withdraw", "terms.read",
    # Tokens of one's own, which a director may revoke anyhow, and makes none by a token.
    "tokens.new", "tokens.revoke",
    # For who keeps the record, which whoever issues tickets does.
    "audit.checkpoint",
    # What is only looked at.
    "items.known",
    # A platform is asked whose account it is: what it says is told to everybody, and decides nothing by itself.
    "channels.check",
}  # fmt: skip
"""What changes something and may be asked for by a token that was got for a ticket, and why that does no harm."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office that asks about zebras; dana directs and approves, ann approves, mona is the monitoring officer."""
    with open_gated(tmp_path) as found:
        yield found


@contextmanager
def by_ticket(office: Office, login: str = "sam", issuer: str = "dana") -> Iterator[None]:
    """Whoever acts inside came by a token that was got for a ticket."""
    ticket, _ = office.app.tokens.issue(login, issuer)
    with coming_via(f"token {ticket.id}"):
        token, _ = office.app.tokens.enrol(ticket.id, login, ["read", "write"], 30, "")
    with coming_via(f"token {token.id}"):
        yield


@contextmanager
def by_own(office: Office, login: str = "sam") -> Iterator[None]:
    """Whoever acts inside came by a token that they made at the server."""
    token, _ = office.app.tokens.new(login, ["read", "write"], 30, "")
    with coming_via(f"token {token.id}"):
        yield


def handed_in(office: Office, **fields: object) -> str:
    """An item that waits for a second officer; its id."""
    return office.hand_in(office.news(**({"summary": ZEBRA} | fields))).id


def approve(office: Office, item_id: str, officer: str) -> str:
    """The item's state afterwards."""
    return office.app.decisions.approve(item_id, officer=officer, reason=REASON).state


# --- a second officer is a second person -----------------------------------------------------------------------------


def test_who_issued_the_ticket_approves_nothing_that_came_by_it(office: Office) -> None:
    """A director could issue one for an author, use it, and approve as themselves; the refusal says how it goes on."""
    with by_ticket(office):
        item_id = handed_in(office)
    with pytest.raises(
        NotDesignated, match=f"{TICKET}.*another approver.*`publisher token new`.*withdraw {item_id}"
    ):
        approve(office, item_id, "dana")
    assert office.state(item_id) == "held for review"
    assert approve(office, item_id, "ann") == "queued"


def test_who_issued_the_ticket_may_still_say_no(office: Office) -> None:
    """A no of one person sends nothing."""
    with by_ticket(office):
        item_id = handed_in(office)
    assert office.app.decisions.refuse(item_id, officer="dana", reason="Not today").state == "blocked"


def test_an_authors_own_token_is_nobody_elses(office: Office) -> None:
    """The way out: made at the server, where the kernel knows them, though they once got another for a ticket."""
    with by_ticket(office):
        handed_in(office, title="Another thing")
    with by_own(office):
        by_token = handed_in(office)
    at_server = handed_in(office, title="The pool")
    assert [approve(office, item_id, "dana") for item_id in (by_token, at_server)] == ["queued", "queued"]


def test_every_part_in_an_item_counts(office: Office) -> None:
    """Another time, and another try: each is a decision that may have been the ticket's issuer's."""
    moved, tried = (
        handed_in(office, summary="Until 8pm."),
        handed_in(office, title="Pool", summary="Until 8pm."),
    )
    with by_ticket(office):
        office.app.decisions.reschedule(moved, officer="sam", publish_at=None)
        held_at_release(office, tried)
        office.app.decisions.retry(tried, officer="sam")
    for item_id in (moved, tried):
        office.hold(item_id, officer="mona", reason="Somebody doubts it")
        with pytest.raises(NotDesignated, match=TICKET):
            approve(office, item_id, "dana")
        assert approve(office, item_id, "ann") == "queued"


def test_a_ticket_by_which_somebody_only_looked_is_no_part(office: Office) -> None:
    """A refused attempt is recorded with its door, and decides nothing: whoever issued the ticket is not shut out by it."""
    item_id = handed_in(office)
    with by_ticket(office), pytest.raises(NotDesignated):
        approve(office, item_id, "sam")
    assert approve(office, item_id, "dana") == "queued"


def test_emergencies_are_let_go_and_looked_at_by_others(office: Office) -> None:
    """Neither the yes nor the look afterwards comes from whoever issued the ticket by which one came (clause 5a)."""
    with by_ticket(office):
        item_id = handed_in(office, emergency=FLOOD, summary="Keep away from the river.")
    with pytest.raises(NotDesignated, match=TICKET):
        approve(office, item_id, "dana")
    approve(office, item_id, "ann")
    office.release(item_id)
    with pytest.raises(NotDesignated, match=f"{TICKET}.*another officer"):
        office.app.afterwards.review(item_id, officer="dana", reason="It was right to warn.")
    office.app.afterwards.review(item_id, officer="mona", reason="It was right to warn.")


def test_a_business_case_needs_two_people(office: Office) -> None:
    """Whoever issued the ticket by which it came might have proposed it: they may say no, and do not approve (clause 5b)."""
    add_officer(office, "dee", Role.DIRECTOR)
    accounts = office.app.accounts

    def proposed(reference: str) -> str:
        case = Proposal(
            "Libraries", "libraries", "https://www.facebook.com/examplelibraries", "Their readers."
        )
        return accounts.propose(reference, case, officer="sam").row.reference

    def decided(reference: str, officer: str, decision: Standing = Standing.APPROVED) -> Standing:
        return accounts.decide(reference, decision, reason=REASON, officer=officer).standing

    with by_ticket(office):
        first, second = proposed("LIB-1"), proposed("LIB-2")
    with pytest.raises(NotDesignated, match=f"LIB-1.*{TICKET}.*another director.*account withdraw LIB-1"):
        decided(first, "dana")
    assert decided(second, "dana", Standing.DECLINED) is Standing.DECLINED
    assert decided(first, "dee") is Standing.APPROVED
    assert decided(first, "dana", Standing.CLOSED) is Standing.CLOSED
    with by_own(office):
        third = proposed("LIB-3")
    assert decided(third, "dana") is Standing.APPROVED


def test_another_director_is_another_person(office: Office) -> None:
    """Only who issued the ticket might have used it."""
    add_officer(office, "dee", Role.DIRECTOR, Role.APPROVER)
    with by_ticket(office, issuer="dee"):
        item_id = handed_in(office)
    with pytest.raises(NotDesignated, match="dee issued the ticket"):
        approve(office, item_id, "dee")
    assert approve(office, item_id, "dana") == "queued"


# --- by the API, as it would be done ------------------------------------------------------------------------------------


def test_a_ticket_makes_no_second_person_of_a_director(tmp_path: Path) -> None:
    """She issues one for an author and one for the monitoring officer, and uses both: no yes, and nothing in confidence."""
    with open_council(tmp_path / "council") as council:
        bench = council.bench

        def enrolled(login: str) -> str:
            ticket = council.app.tokens.issue(login, DIRECTOR)[1]
            return str(
                council.ask("POST", "/tokens/enrol", {"scopes": ["read", "write"]}, token=ticket).json[
                    "token"
                ]
            )

        add = ("--name", "Mona Bell", "--role", "monitoring officer", *DATES, "--as", DIRECTOR)
        assert bench.run("officer", "add", "mona", *add).code == 0
        words = ("--text", "She takes bribes", "--to", "mona", "--as", AUTHOR)
        assert bench.run("concern", "raise", "--person", "Dana Lund", *words).code == 0
        news = {"kind": "news", "title": "The fair", "summary": FOR_REVIEW[1], "publish_at": soon()}
        item = council.ask("POST", "/items", {"item": news, "pictures": {}}, token=enrolled(AUTHOR)).json[
            "id"
        ]
        assert (
            bench.run(
                "officer", "amend", DIRECTOR, "--role", "director", "--role", "approver", "--as", DIRECTOR
            ).code
            == 0
        )
        answer = bench.run("approve", item, "--reason", REASON, "--as", DIRECTOR)
        assert (answer.code, TICKET in answer.err) == (1, True)
        assert bench.run("approve", item, "--reason", REASON, "--as", APPROVER).code == 0
        told = council.ask("GET", "/concerns", token=enrolled("mona"))
        assert (told.status, "--scope confide" in told.json["way_out"]) == (403, True)
        own = council.ask("GET", "/concerns", token=council.token("mona", "confide"))
        assert [one["words"] for one in own.json["concerns"]] == ["She takes bribes"]


def test_nobody_confirms_the_policy_for_another(tmp_path: Path) -> None:
    """Clause 5c: not by a token that was got for a ticket, whose issuer might use it; by one's own, and the refusal says how."""
    with open_council(tmp_path / "council") as council:
        ticket = council.app.tokens.issue(AUTHOR, DIRECTOR)[1]
        asked = {"scopes": ["read", "write"]}
        own = council.ask("POST", "/tokens/enrol", asked, token=ticket).json["token"]
        told = council.ask("POST", "/policy/confirmations", {"reference": "R/1"}, token=own)
        assert (told.status, "--scope decide, at the server; or do it there" in told.json["way_out"]) == (
            403,
            True,
        )
        confirmed = [event.action for event in council.app.queue.events_of(AUTHOR)].count("policy confirmed")
        assert confirmed == 0
        by_own = council.token(AUTHOR, "decide")
        told = council.ask("POST", "/policy/confirmations", {"reference": "R/1"}, token=by_own)
        assert (told.status, told.json["policy_reference"]) == (200, "R/1")


def test_what_a_ticket_gives_is_what_others_look_at() -> None:
    """Each operation that such a token reaches, so that whoever adds one asks whether its issuer might do it in another's name."""
    reached = {
        f"{name}.{called}"
        for name in PARTS
        for called, operation in operations(part_class(name)).items()
        if operation.scope == Scope.WRITE
    }
    assert reached == BY_TICKET


def test_what_is_said_in_confidence_needs_a_token_for_that() -> None:
    """Every operation on concerns, also one that is yet to be written, and none besides."""
    asks = {name: {operation.scope for operation in operations(part_class(name)).values()} for name in PARTS}
    assert asks.pop("concerns") == {Scope.CONFIDE}
    assert Scope.CONFIDE not in set().union(*asks.values())
