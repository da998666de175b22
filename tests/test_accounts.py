"""Services' own accounts (clause 5b): a business case, a director's decision, and nothing posted without it. And how accounts are linked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import Office, open_office

from publisher import config, doctor, health, starting
from publisher.accounts import Account, Proposal, Standing
from publisher.app import open_app
from publisher.doctor.people import accounts, sources
from publisher.errors import ConfigError, IllegalMove, InputError, NotDesignated
from publisher.register import Role
from publisher.rehearsal.office import CMS
from publisher.tables import OfficerRow

CHANNEL, WEBSITE, TOKEN = "libraries-x", "website", "LIBRARIES_X_TOKEN"
ADDRESS = "https://x.com/examplelibraries"
CASE = Proposal("Libraries", CHANNEL, ADDRESS, "Opening hours change daily.")
TABLE = f"""
[channels.{CHANNEL}]
adapter = "twitter"
service = "Libraries"
business_case = "lib-1"
profile = "{ADDRESS}"
access_token = "env:{TOKEN}"
endpoint = "{{endpoint}}"
permalink = "{{wall}}/x/{{{{id}}}}"
"""


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office with an account of the libraries' in config.toml, that nobody has approved."""
    monkeypatch.setenv(TOKEN, "7-made-up")
    with open_office(tmp_path) as found:
        more = TABLE.format(endpoint=found.platforms.x.url, wall=found.platforms.wall.url)
        reopen(found, found.config.read_text(encoding="utf-8") + more)
        yield found
        found.app.close()


def reopen(office: Office, text: str) -> None:
    """The office with another config.toml."""
    office.config.write_text(text, encoding="utf-8")
    office.app.close()
    office.app = open_app(office.config, now=office.clock)


def propose(office: Office, reference: str = "LIB-1", proposal: Proposal = CASE) -> Account:
    """The business case, put forward by an officer."""
    return office.app.accounts.propose(reference, proposal, officer="sam")


def decide(office: Office, decision: Standing, officer: str = "dana") -> Account:
    """A director's decision on it."""
    return office.app.accounts.decide("LIB-1", decision, reason="As asked", officer=officer)


def approved(office: Office) -> None:
    """The account as it may be used."""
    propose(office)
    decide(office, Standing.APPROVED)


def queued(office: Office, *channels: str) -> str:
    """An item for these channels in an hour."""
    return office.hand_in(
        office.news(publish_at=office.clock() + timedelta(hours=1), channels=channels or (WEBSITE, CHANNEL))
    ).id


def by_hand(office: Office, statement: str) -> None:
    """What somebody does to the database who can write its file."""
    with office.app.queue.writing() as connection:
        connection.exec_driver_sql(statement)


# --- config.toml -------------------------------------------------------------------------------------------------

X = '[channels.{name}]\nadapter = "twitter"\nendpoint = "https://api.x.com"\n'
LIBRARIES = 'service = "Libraries"\nbusiness_case = "LIB-1"\n'
BASE = (
    '[council]\nname = "Example Council"\ndomains = ["example.gov.uk"]\n[channels.website]\nadapter = "site"\n'
    'folder = "site"\nendpoint = "https://www.example.gov.uk"\n' + X.format(name="twitter")
)


def refused(folder: Path, more: str) -> ConfigError:
    """What config.toml with `more` is answered with."""
    (folder / "config.toml").write_text(BASE + more, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(folder / "config.toml")
    assert caught.value.way_out
    return caught.value


@pytest.mark.parametrize(("given", "lacking"), [("service", "business_case"), ("business_case", "service")])
def test_a_services_account_names_its_business_case(tmp_path: Path, given: str, lacking: str) -> None:
    """One without the other is refused, and the missing key is named."""
    error = refused(tmp_path, X.format(name="libraries") + f'{given} = "Libraries"\n')
    assert error.field == f"channels.libraries.{lacking}"
    assert "5b" in str(error)


def test_blanks_are_no_business_case(tmp_path: Path) -> None:
    """A reference of blanks is none."""
    error = refused(tmp_path, X.format(name="libraries") + 'service = "Libraries"\nbusiness_case = "  "\n')
    assert error.field == "channels.libraries.business_case"


def test_a_second_account_on_a_platform_is_a_services(tmp_path: Path) -> None:
    """Two accounts on X without a service: the second is named, and the way out says both keys."""
    error = refused(tmp_path, X.format(name="second"))
    assert error.field == "channels.second.service"
    assert "business_case" in error.way_out


@pytest.mark.parametrize(
    "more",
    [
        X.format(name="second") + "enabled = false\n",
        X.format(name="libraries") + LIBRARIES + 'access_token = "env:LIBRARIES_X_TOKEN"\n',
        X.format(name="libraries") + LIBRARIES + "enabled = false\n",
        '[channels.other]\nadapter = "site"\nfolder = "other"\nendpoint = "https://other.example.gov.uk"\n',
    ],
)
def test_other_second_channels_are_fine(tmp_path: Path, more: str) -> None:
    """One that is switched off, one that is a service's, and a second website, which is no account."""
    (tmp_path / "config.toml").write_text(BASE + more, encoding="utf-8")
    assert len(config.load(tmp_path / "config.toml").channels) == 3


FACEBOOK = (
    '[channels.{name}]\nadapter = "facebook"\nendpoint = "https://graph.facebook.com"\npage_id = "{id}"\n'
)
INSTAGRAM = (
    '[channels.{name}]\nadapter = "instagram"\nendpoint = "https://graph.facebook.com"\nuser_id = "{id}"\n'
)
OWN = 'token = "env:LIBRARIES_TOKEN"\n'


@pytest.mark.parametrize(
    ("more", "field", "first"),
    [
        (X.format(name="libraries") + LIBRARIES, "libraries.access_token", "twitter"),
        (
            X.format(name="libraries") + LIBRARIES + 'access_token = "file:x"\n'
            + X.format(name="parks") + 'service = "Parks"\nbusiness_case = "P-1"\naccess_token = "file:x"\n',
            "parks.access_token", "libraries",
        ),
        (FACEBOOK.format(name="page", id=1) + FACEBOOK.format(name="libraries", id=1) + LIBRARIES + OWN, "libraries.page_id", "page"),
        (FACEBOOK.format(name="libraries", id=2) + LIBRARIES + FACEBOOK.format(name="page", id=1), "libraries.token", "page"),
        (INSTAGRAM.format(name="ig", id=1) + INSTAGRAM.format(name="libraries", id=1) + LIBRARIES + OWN, "libraries.user_id", "ig"),
        (
            FACEBOOK.format(name="page", id=1) + 'profile = "https://www.facebook.com/a"\n'
            + FACEBOOK.format(name="libraries", id=2) + LIBRARIES + OWN + 'profile = "https://www.facebook.com/A/"\n',
            "libraries.profile", "page",
        ),
    ],
)  # fmt: skip
def test_two_channels_are_two_accounts(tmp_path: Path, more: str, field: str, first: str) -> None:
    """The same keys, number or address would post twice there: refused, the service's channel first, with both names."""
    error = refused(tmp_path, more)
    assert error.field == f"channels.{field}"
    assert f"{first} and {field.partition('.')[0]} are one account" in error.detail
    assert "enabled = false" in error.way_out


@pytest.mark.parametrize(
    "more",
    [
        FACEBOOK.format(name="page", id=1) + FACEBOOK.format(name="libraries", id=2) + LIBRARIES + OWN,
        FACEBOOK.format(name="page", id=1) + OWN + INSTAGRAM.format(name="ig", id=1) + OWN,
        INSTAGRAM.format(name="ig", id=1) + INSTAGRAM.format(name="libraries", id=2) + LIBRARIES,
        X.format(name="libraries")
        + LIBRARIES
        + 'access_token = "env:L"\nconsumer_key = "env:TWITTER_CONSUMER_KEY"\n',
    ],
)
def test_accounts_of_their_own_are_fine(tmp_path: Path, more: str) -> None:
    """Other keys and numbers, the same number and token on another platform, and the same app of X for two accounts."""
    (tmp_path / "config.toml").write_text(BASE + more, encoding="utf-8")
    assert config.load(tmp_path / "config.toml").live_channels


@pytest.mark.parametrize(
    "address",
    [
        "http://x.com/a", "x.com/a", "https://x.com@evil.example/a", "https://x.com\\@evil.example", "https://x.com/a b",
        "https://\u0445.com/a", "javascript:alert(1)", "https://localhost/a", "https://x.com/<b>", "https://x.com/" + "a" * 300,
        "https://x.com/a#b", 'https://x.com/"a',
    ],
)  # fmt: skip
def test_a_profile_is_a_plain_https_address(tmp_path: Path, address: str) -> None:
    """The link page leads nowhere else, whatever is written in config.toml."""
    error = refused(
        tmp_path, X.format(name="libraries") + f"profile = '{address}'\nservice = 'L'\nbusiness_case = 'L'\n"
    )
    assert error.field == "channels.libraries.profile"


def test_what_names_no_channel_goes_to_the_corporate_ones(office: Office) -> None:
    """A service's account gets only what is meant for it: the same words on two accounts of X break its terms."""
    approved(office)
    item_id = office.hand_in(office.news()).id
    assert set(office.deliveries(item_id)) == {WEBSITE, "facebook", "twitter", "instagram"}


# --- deciding ----------------------------------------------------------------------------------------------------


def test_nothing_is_handed_in_to_an_account_without_approval(office: Office) -> None:
    """No item is stored, and the refusal names the clause; other channels are open as ever."""
    with pytest.raises(NotDesignated, match=r"lib-1 is not on record \(clause 5b\)"):
        queued(office)
    propose(office)
    with pytest.raises(NotDesignated, match="is not decided on"):
        queued(office)
    assert office.app.queue.items() == []
    assert office.state(queued(office, WEBSITE)) == "queued"


def test_an_approved_account_is_posted_to(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the director has approved, the item goes to it like to any other."""
    monkeypatch.setenv(TOKEN, office.platforms.credentials.x.access_token)  # the stand-in knows one account
    approved(office)
    item_id = queued(office)
    office.clock.forward(hours=1)
    assert {row.state for row in office.release(item_id).values()} == {"sent"}


def test_the_link_page_of_the_website_names_it(office: Office) -> None:
    """The next page that is published brings the account onto the link page, from config.toml as it is."""
    approved(office)
    office.release(office.hand_in(office.news(channels=[WEBSITE])).id)
    page = (office.folder / "site" / "current" / "links" / "index.html").read_text(encoding="utf-8")
    assert f'<a href="{ADDRESS}" rel="me noopener">' in page
    assert "Libraries on </span>Twitter" in page


def test_what_is_on_its_way_to_a_closed_account_is_held(office: Office) -> None:
    """The director closes it; at its moment the item is held, with the reason, and nothing is sent anywhere."""
    approved(office)
    item_id = queued(office)
    decide(office, Standing.CLOSED)
    office.clock.forward(hours=1)
    assert {row.state for row in office.release(item_id).values()} == {"waiting"}
    assert office.state(item_id) in {"held for review", "blocked"}
    assert "lib-1 was closed (clause 5b)" in office.app.queue.item(item_id).reason


def test_the_daemon_does_not_start_with_an_account_that_is_not_approved(office: Office) -> None:
    """One clear line that names the channel, the case and the clause, and says what to do."""
    done = office.process("daemon")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    for word in (CHANNEL, "lib-1", "clause 5b", "publisher account propose", "enabled = false"):
        assert word in done.stderr


@pytest.mark.parametrize("decision", [Standing.DECLINED, Standing.CLOSED, Standing.WITHDRAWN])
def test_what_was_decided_is_not_to_be_decided_again(office: Office, decision: Standing) -> None:
    """The daemon and doctor name what works: a new case under another reference, which a director then approves."""
    approved(office) if decision is Standing.CLOSED else propose(office)
    decide(office, decision, "sam" if decision is Standing.WITHDRAWN else "dana")
    with pytest.raises(ConfigError) as told:
        starting.demand_approved(office.app)
    (check,) = accounts(office.app)
    for way_out in (told.value.way_out, check.way_out):
        assert "a new one under another reference (`publisher account propose`)" in way_out
        assert "or set enabled = false." in way_out
        assert "account approve" not in way_out
    propose(office, "LIB-2")
    office.app.accounts.decide("LIB-2", Standing.APPROVED, reason="As asked", officer="dana")
    reopen(office, office.config.read_text(encoding="utf-8").replace("lib-1", "LIB-2"))
    starting.demand_approved(office.app)


def test_what_waits_for_a_decision_is_named_with_its_command(office: Office) -> None:
    """A director can copy it as it stands."""
    propose(office)
    with pytest.raises(ConfigError) as told:
        starting.demand_approved(office.app)
    assert (
        "`publisher account approve LIB-1 --reason TEXT`; until then set enabled = false"
        in told.value.way_out
    )


def test_the_daemon_starts_with_an_approved_one(office: Office) -> None:
    """The same look says nothing once the director has approved."""
    with pytest.raises(ConfigError):
        starting.demand_approved(office.app)
    approved(office)
    starting.demand_approved(office.app)


def test_two_channels_whose_tokens_are_of_one_account_are_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X names the account in the token alone: two secrets of one account stop the daemon, and the doctor says so."""
    approved(office)
    starting.demand_secrets(office.app)
    number = office.platforms.credentials.x.access_token.partition("-")[0]
    monkeypatch.setenv(TOKEN, f"{number}-another")
    with pytest.raises(ConfigError, match=f"twitter and {CHANNEL} are one account by their access_token"):
        starting.demand_secrets(office.app)
    (check,) = (check for check in doctor.examine(office.app) if check.name == "secrets")
    assert check.standing is health.Standing.WRONG
    assert f"twitter and {CHANNEL}" in check.words
    assert number not in check.words


@pytest.mark.parametrize(
    ("proposal", "what"),
    [
        (Proposal("Libraries", "libraries-facebook", ADDRESS, "x"), "channel"),
        (Proposal("Parks", CHANNEL, ADDRESS, "x"), "service"),
        (Proposal("Libraries", CHANNEL, "https://x.com/another", "x"), "address"),
    ],
)
def test_an_approval_is_for_one_account(office: Office, proposal: Proposal, what: str) -> None:
    """What the director approved for one channel, service or address opens no other."""
    propose(office, proposal=proposal)
    decide(office, Standing.APPROVED)
    assert f"approved for another {what}" in office.app.accounts.problem([CHANNEL])


def test_a_declined_case_opens_nothing(office: Office) -> None:
    """No is no, and the channel stays shut."""
    propose(office)
    decide(office, Standing.DECLINED)
    assert "was declined" in office.app.accounts.problem([CHANNEL])


def test_only_a_director_who_did_not_propose_decides(office: Office) -> None:
    """An officer does not, an approver does not, and a director not on what they proposed themselves."""
    add(office, "ann", Role.OFFICER, Role.APPROVER)
    add(office, "dora", Role.OFFICER, Role.DIRECTOR)
    office.app.accounts.propose("LIB-1", CASE, officer="dora")
    for officer in ("sam", "ann", "nobody", "dora"):
        with pytest.raises(NotDesignated):
            decide(office, Standing.APPROVED, officer)
    assert decide(office, Standing.APPROVED).standing is Standing.APPROVED


def test_only_its_proposer_takes_a_case_back_and_only_before_a_decision(office: Office) -> None:
    """The director may not, nor another officer; once decided nobody can; and what was taken back opens nothing."""
    add(office, "dora", Role.OFFICER, Role.DIRECTOR)
    office.app.accounts.propose("LIB-1", CASE, officer="dora")
    with pytest.raises(NotDesignated) as told:
        decide(office, Standing.APPROVED, "dora")
    assert "`publisher account withdraw LIB-1 --reason TEXT`" in told.value.way_out
    for officer in ("sam", "nobody"):
        with pytest.raises(NotDesignated):
            decide(office, Standing.WITHDRAWN, officer)
    assert decide(office, Standing.WITHDRAWN, "dora").standing is Standing.WITHDRAWN
    assert "was withdrawn" in office.app.accounts.problem([CHANNEL])
    for decision, officer in ((Standing.WITHDRAWN, "dora"), (Standing.APPROVED, "dana")):
        with pytest.raises(IllegalMove):
            decide(office, decision, officer)


@pytest.mark.parametrize("decision", [Standing.APPROVED, Standing.DECLINED])
def test_a_decided_case_is_not_taken_back(office: Office, decision: Standing) -> None:
    """An approval is closed by the director, and a no stays on record."""
    propose(office)
    decide(office, decision)
    with pytest.raises(IllegalMove, match="only what is proposed can be withdrawn"):
        decide(office, Standing.WITHDRAWN, "sam")


def test_the_history_of_a_case_is_its_own(office: Office) -> None:
    """What is told of an officer or a link under the same words is no step of it; two cases do not mix."""
    approved(office)
    propose(office, "LIB-2")
    office.app.links.done("twitter", CHANNEL, None, officer="sam")
    told = office.app.accounts.history()
    assert {reference: [event.action for event in events] for reference, events in told.items()} == {
        "LIB-1": ["account proposed", "account approved"], "LIB-2": ["account proposed"],
    }  # fmt: skip
    assert list(office.app.accounts.history("LIB-2")) == ["LIB-2"]


def add(office: Office, login: str, *roles: Role) -> None:
    """Somebody more on the register."""
    today = office.app.today
    office.app.register.add(
        OfficerRow(
            login=login, name=f"{login.title()} Smith-{login}", roles=",".join(roles), policy_read_on=today,
            aup_signed_on=today, approved_on=today, added_by="dana", added_at=office.clock(),
        ),
        now=office.clock(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (None, Standing.CLOSED),
        (Standing.APPROVED, Standing.APPROVED),
        (Standing.APPROVED, Standing.DECLINED),
        (Standing.DECLINED, Standing.APPROVED),
        (Standing.CLOSED, Standing.APPROVED),
    ],
)
def test_a_decision_is_made_once(office: Office, first: Standing | None, then: Standing) -> None:
    """A declined or closed account comes back only by a new case, which is read anew."""
    propose(office)
    if first is Standing.CLOSED:
        decide(office, Standing.APPROVED)
    if first is not None:
        decide(office, first)
    with pytest.raises(IllegalMove, match="only what is"):
        decide(office, then)


@pytest.mark.parametrize("again", ["LIB-1", "lib-1", "  Lib-1 "])
def test_references_that_look_the_same_are_the_same(office: Office, again: str) -> None:
    """In capitals or small, a second case under it is refused, and either way of writing finds it."""
    propose(office)
    with pytest.raises(InputError, match="known already"):
        propose(office, again)
    assert office.app.accounts.one(again).row.reference == "LIB-1"


@pytest.mark.parametrize(
    "reference", ["", " ", "L\u0406B-1", "a/b", "LIB\x07", "../x", "x" * 101, "-x", "\udc80", "LIB?1"]
)
def test_odd_references_are_refused(office: Office, reference: str) -> None:
    """Letters of another alphabet that look alike, what steers a screen, and what cannot stand in an address."""
    with pytest.raises(InputError, match="not a reference"):
        propose(office, reference)
    with pytest.raises(InputError, match="no business case"):
        office.app.accounts.one(reference)


@pytest.mark.parametrize(
    ("field", "proposal"),
    [
        ("service", Proposal(" ", CHANNEL, ADDRESS, "x")),
        ("service", Proposal("L" * 101, CHANNEL, ADDRESS, "x")),
        ("channel", Proposal("Libraries", "Libraries X", ADDRESS, "x")),
        ("address", Proposal("Libraries", CHANNEL, "http://x.com/a", "x")),
        ("case", Proposal("Libraries", CHANNEL, ADDRESS, " \u200b ")),
        ("case", Proposal("Libraries", CHANNEL, ADDRESS, "x" * 4_001)),
    ],
)
def test_a_wrong_proposal_names_its_field(office: Office, field: str, proposal: Proposal) -> None:
    """Empty, too long, or not what it should be: nothing is stored."""
    with pytest.raises(InputError) as caught:
        propose(office, proposal=proposal)
    assert caught.value.field == field
    assert office.app.accounts.all() == []


def test_only_an_officer_proposes(office: Office) -> None:
    """Somebody who may not post does not ask for an account; the refusal is on the record."""
    with pytest.raises(NotDesignated):
        office.app.accounts.propose("LIB-1", CASE, officer="nobody")
    with office.app.queue.reading() as connection:
        denied = connection.exec_driver_sql("SELECT actor FROM event WHERE action = 'denied'").scalars().all()
    assert denied == ["nobody"]


@pytest.mark.parametrize(
    "change",
    [
        "reference = 'LIB-2'", "service = 'libraries'", "channel = 'twitter'", "address = 'https://x.com/b'", "\"case\" = ''",
        "proposed_by = 'dora'", "decision = 'closed'", "decided_by = 'sam'", "reason = ''", "seal = ''",
    ],
)  # fmt: skip
def test_a_row_changed_by_hand_counts_for_nothing(office: Office, change: str) -> None:
    """Whatever a hand in the database changes: the case is no longer approved, it says so, and nobody decides on it."""
    approved(office)
    by_hand(office, f"UPDATE account SET {change}")  # noqa: S608  # the test's own words
    (found,) = office.app.accounts.all()
    assert found.standing is Standing.BY_HAND
    assert office.app.accounts.problem([CHANNEL])
    with pytest.raises(IllegalMove, match="changed by hand"):
        office.app.accounts.decide(found.row.reference, Standing.CLOSED, reason="x", officer="dana")


def test_an_approval_that_a_hand_puts_back_counts_for_nothing(office: Office) -> None:
    """The whole row of before the closing, seal and all, is not the one that the last event tells of."""
    approved(office)
    by_hand(office, "CREATE TABLE kept AS SELECT * FROM account")
    decide(office, Standing.CLOSED)
    by_hand(office, "DELETE FROM account")
    by_hand(office, "INSERT INTO account SELECT * FROM kept")
    assert "changed by hand" in office.app.accounts.problem([CHANNEL])


def test_an_approval_written_by_hand_counts_for_nothing(office: Office) -> None:
    """A row that no event tells of was put there by nobody."""
    by_hand(
        office,
        "INSERT INTO account VALUES ('LIB-1', 'Libraries', 'libraries-x', 'https://x.com/examplelibraries', 'x', 'sam', "
        "'2026-01-01 00:00:00', 'approved', 'dana', '2026-01-02 00:00:00', 'x', '')",
    )
    assert "changed by hand" in office.app.accounts.problem([CHANNEL])


def test_the_record_tells_of_every_decision(office: Office) -> None:
    """Who, what, in which order, each with the row's seal."""
    approved(office)
    decide(office, Standing.CLOSED)
    events = office.app.queue.events_of("LIB-1")
    assert [(event.actor, event.action) for event in events] == [
        ("sam", "account proposed"), ("dana", "account approved"), ("dana", "account closed"),
    ]  # fmt: skip
    assert len({event.after for event in events}) == len(events)
    assert events[-1].after == office.app.accounts.one("LIB-1").row.seal


# --- links -------------------------------------------------------------------------------------------------------


def pairs(office: Office) -> list[tuple[str, str, Any]]:
    """What is to be linked, and by whom it was."""
    return [(link.start, link.end, link.row and link.row.done_by) for link in office.app.links.all()]


def test_each_corporate_account_is_to_be_linked_to_the_approved_services_on_its_platform(
    office: Office,
) -> None:
    """X to X, not Facebook to X; and nobody is sent to follow an account that is not approved."""
    assert pairs(office) == []
    approved(office)
    assert pairs(office) == [("twitter", CHANNEL, None)]
    (link,) = office.app.links.all()
    assert link.to_do == f"Sign in to X as the corporate account (twitter), open {ADDRESS}, and press Follow."


def test_who_linked_accounts_and_when_is_kept(office: Office) -> None:
    """Once; again is the newer word; taken back it is to do again; and each is an event."""
    approved(office)
    today = office.app.today
    office.app.links.done("twitter", CHANNEL, None, officer="sam")
    office.app.links.done("twitter", CHANNEL, today - timedelta(days=3), officer="cms")
    (link,) = office.app.links.all()
    assert link.row is not None
    assert (link.row.done_by, link.row.done_on) == ("cms", today - timedelta(days=3))
    office.app.links.undo("twitter", CHANNEL, officer="sam")
    assert pairs(office) == [("twitter", CHANNEL, None)]
    assert [(event.actor, event.action, event.channel) for event in office.app.queue.events_of(f"twitter {CHANNEL}")] == [
        ("sam", "accounts linked", CHANNEL), ("cms", "accounts linked", CHANNEL), ("sam", "accounts unlinked", CHANNEL),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "end", "kind"),
    [
        (CHANNEL, "twitter", InputError), ("facebook", CHANNEL, InputError), ("twitter", "nothing", InputError),
        ("\udc80", CHANNEL, InputError), ("twitter", "twitter", InputError), (CHANNEL, CHANNEL, InputError),
    ],
)  # fmt: skip
def test_only_accounts_that_belong_together_are_linked(
    office: Office, start: str, end: str, kind: type[InputError]
) -> None:
    """The other way round, on two platforms, or an account that is not there: an error with the pairs that there are."""
    approved(office)
    with pytest.raises(kind) as caught:
        office.app.links.done(start, end, None, officer="sam")
    assert caught.value.way_out


def test_a_link_is_not_recorded_for_a_day_to_come(office: Office) -> None:
    """Nor by somebody who is not designated; nor taken back where nobody gave it."""
    approved(office)
    with pytest.raises(InputError, match="not come yet"):
        office.app.links.done("twitter", CHANNEL, office.app.today + timedelta(days=1), officer="sam")
    with pytest.raises(NotDesignated):
        office.app.links.done("twitter", CHANNEL, None, officer="nobody")
    with pytest.raises(InputError, match="not recorded as linked"):
        office.app.links.undo("twitter", CHANNEL, officer="sam")
    assert pairs(office) == [("twitter", CHANNEL, None)]


def test_an_account_without_a_corporate_one_is_told(office: Office) -> None:
    """The corporate account of its platform is switched off: it is said of whom, and not that none was approved."""
    approved(office)
    assert office.app.links.alone() == []
    text = office.config.read_text(encoding="utf-8")
    reopen(office, text.replace("[channels.twitter]\n", "[channels.twitter]\nenabled = false\n"))
    assert (office.app.links.all(), office.app.links.alone()) == ([], [(CHANNEL, "X")])
    with pytest.raises(InputError) as told:
        office.app.links.done("twitter", CHANNEL, None, officer="sam")
    assert told.value.way_out == f"{CHANNEL} has no corporate account on X that is switched on."


def test_a_websites_events_go_to_no_service_by_themselves(office: Office) -> None:
    """A CMS whose officer posts to the corporate channels alone is refused nothing, and doctor does not say that it is."""
    corporate = office.app.config.corporate_channels
    assert CHANNEL not in corporate
    office.app.register.amend(CMS, {"channels": ",".join(corporate)}, actor="dana", now=office.clock())
    assert [check.standing for check in sources(office.app)] == [health.Standing.GOOD]
