"""Whose account each channel posts to: proved before first use and daily, recorded once, held against that ever after."""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import requests
from support import Office, open_office, sampled

from publisher import hook
from publisher.app import App, open_app
from publisher.channels import Channel, Identity
from publisher.daemon import Daemon
from publisher.errors import (
    ChannelFailed,
    ConfigError,
    EgressRefused,
    InputError,
    NotDesignated,
    NotFound,
    OutsideFailed,
    PublisherError,
    Refused,
)
from publisher.health import PROOF_LIVES, Standing
from publisher.identities import ACCEPTED, RECORDED, Identities
from publisher.logbook import Sought
from publisher.model import Judgement, Outcome
from publisher.proofs import Proofs
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.office import DIRECTOR, OFFICER
from publisher.release import Parts, Releaser
from publisher.serve import Server

OTHER = "999999999999999"
"""The number of an account that is not the council's."""
SILENT = ChannelFailed(
    Judgement(Outcome.WAIT, "The platform could not be reached; nothing was sent.", "no connection")
)


class Says:
    """A channel whose platform says what a test wants, and counts how often it was asked."""

    makes_page = False

    def __init__(self, channel: Channel, told: Any) -> None:
        self._channel, self.told, self.asked = channel, told, 0

    def identify(self, _now: datetime) -> Any:
        """What it was told to say; a failure is raised, what can be called is."""
        self.asked += 1
        told = self.told() if callable(self.told) else self.told
        if isinstance(told, BaseException):
            raise told
        return told

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A council that has not used its channels yet."""
    with open_office(tmp_path / "office", changes={"release": {"stage_wait": 1, "back_off": 1}}) as found:
        yield found


def page(office: Office, **changes: Any) -> Identity:
    """What Facebook says of the council's Page, with some of it changed."""
    own = office.platforms.credentials.facebook.page_id
    return replace(Identity(own, "Example Council"), **changes)


def says(office: Office, told: Any, app: App | None = None) -> tuple[Says, Proofs]:
    """The council's Facebook channel, whose platform says this, and a process that has not asked it yet."""
    app = app or office.app
    channel = Says(app.channels["facebook"], told)
    channels = cast("dict[str, Channel]", {**app.channels, "facebook": channel})
    identities = Identities(app.config, app.queue, lambda: channels, app.register, app.seal, app.now)
    return channel, Proofs(identities, app.health_book, lambda: channels, app.now)


def refused(office: Office, proofs: Proofs, name: str = "facebook") -> Judgement:
    """Why nothing may go to the channel."""
    with pytest.raises(ChannelFailed) as caught:
        proofs.demand(name, office.clock())
    return caught.value.judgement


def by_hand(office: Office, statement: str, *values: Any) -> None:
    """Somebody with the database file, and any statement."""
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        connection.execute(statement, values)


def events(office: Office) -> list[tuple[str, str]]:
    """What the record tells of the Facebook channel's account, and who did it."""
    return [(event.action, event.actor) for event in office.app.identities.history("facebook")]


# --- the first proof ---------------------------------------------------------------------------------------------------


def test_the_first_account_that_fits_goes_on_record(office: Office) -> None:
    """Each platform is asked, the account in config.toml is the one, and its number, name and moment are recorded and sealed."""
    for name in office.app.channels:
        office.app.proofs.demand(name, office.clock())
    rows = office.app.identities.on_record()
    keys = office.platforms.credentials
    numbers = {name: row.account for name, row in rows.items() if row}
    assert numbers == {
        "facebook": keys.facebook.page_id,
        "twitter": keys.x.user_id,
        "instagram": keys.instagram.user_id,
    }
    assert events(office) == [(RECORDED, "scheduler")]
    assert office.app.verifier.verify().whole


def test_a_website_has_no_account_to_prove(office: Office) -> None:
    """Pages of our own are nobody's account: nothing is recorded, and nothing stops them."""
    office.app.proofs.demand("website", office.clock())
    assert "website" not in office.app.identities.on_record()


def test_a_platform_that_names_no_account_proves_nothing(office: Office) -> None:
    """Only a website may have none: a platform's channel waits."""
    assert refused(office, says(office, None)[1]).outcome is Outcome.WAIT


def test_another_account_than_config_toml_says_is_never_recorded(office: Office) -> None:
    """A token for another Page, pasted at set-up: nothing goes, and both numbers are said."""
    judgement = refused(office, says(office, page(office, account=OTHER, name="Parish"))[1])
    assert judgement.outcome is Outcome.STOP
    assert f"the platform says Parish ({OTHER}), config.toml {page(office).account}" in judgement.officer
    assert office.app.identities.on_record() == {}


@pytest.mark.parametrize(
    "account",
    sampled(
        ["", None, "9\n9", "  ", True, 1.5, [], {"id": 1}, "9" * 65, "\uff11\uff12", "\x00", b"9"], most=3
    ),
)
def test_an_answer_without_a_number_proves_nothing(office: Office, account: Any) -> None:
    """Empty, huge, of another type, or letters that only look like digits: asked again, and nothing is recorded."""
    judgement = refused(office, says(office, page(office, account=account))[1])
    assert (judgement.outcome, office.app.identities.on_record()) == (Outcome.WAIT, {})


def test_a_number_is_the_same_as_its_digits(office: Office) -> None:
    """A platform that sends its ids as numbers one day and as text the next names one account."""
    channel, proofs = says(office, page(office, account=int(page(office).account)))
    proofs.demand("facebook", office.clock())
    channel.told = page(office)
    says(office, page(office))[1].demand("facebook", office.clock())
    assert events(office) == [(RECORDED, "scheduler")]


@pytest.mark.parametrize(
    ("failure", "outcome"),
    sampled(
        [
            (SILENT, Outcome.WAIT),
            (ChannelFailed(Judgement(Outcome.RECONNECT, "The token is no longer good.")), Outcome.RECONNECT),
            (OutsideFailed("the disk is full"), Outcome.WAIT),
            (ConfigError("a secret is missing"), Outcome.FIX),
            (KeyError("id"), Outcome.WAIT),
            (RecursionError(), Outcome.WAIT),
            (EgressRefused("one-way"), Outcome.STOP),
        ],
        most=3,
    ),
    ids=["no network", "token refused", "disk", "no secret", "no id", "nested", "undeclared"],
)
def test_whatever_breaks_on_the_way_is_a_reason_in_words(
    office: Office, failure: BaseException, outcome: Outcome
) -> None:
    """No network waits, a dead token wants a person, and a bug of an adapter stops its own channel alone."""
    judgement = refused(office, says(office, failure)[1])
    assert (judgement.outcome, bool(judgement.officer)) == (outcome, True)
    assert office.app.identities.on_record() == {}


def test_what_a_platform_says_is_kept_harmless_and_short(office: Office) -> None:
    """A name of a million signs, or one that steers a terminal, and a thousand rights, are cut and shown as one line."""
    rights = frozenset(f"right_{number}" for number in range(1_000))
    wild = page(office, name="\x1b[2J" + "x" * 10**6, scopes=rights, notes=("n\n" * 1_000,) * 99)
    says(office, wild)[1].demand("facebook", office.clock())
    look = office.app.health_book.looks()["facebook"]
    assert look.found is not None
    assert (len(look.found.name) <= 100, "\x1b" in look.found.name) == (True, False)
    assert (len(look.found.scopes or ()), len(look.found.notes), max(map(len, look.found.notes))) == (
        100,
        10,
        300,
    )


# --- ever after --------------------------------------------------------------------------------------------------------


def test_another_account_than_before_stops_the_channel(office: Office) -> None:
    """The token and config.toml's page_id were both changed after set-up: nothing goes until a director says that it is right."""
    says(office, page(office))[1].demand("facebook", office.clock())
    with changed(office, "facebook", OTHER) as app:
        judgement = refused(office, says(office, page(office, account=OTHER, name="Parish"), app)[1])
    assert judgement.outcome is Outcome.STOP
    assert (
        f"the platform says Parish ({OTHER}), on record is Example Council ({page(office).account})"
        in judgement.officer
    )
    assert "`publisher channel accept facebook --reason TEXT`" in judgement.officer


@contextmanager
def changed(office: Office, name: str, page_id: str) -> Iterator[App]:
    """The council's app with another Page in config.toml."""
    old = office.platforms.credentials.facebook.page_id
    file = office.folder / f"{name}.toml"
    file.write_text(office.config.read_text(encoding="utf-8").replace(old, page_id), encoding="utf-8")
    app = open_app(file, now=office.clock)
    try:
        yield app
    finally:
        app.close()


def test_another_name_of_the_same_account_is_a_note(office: Office) -> None:
    """A Page that was renamed is the same Page: it goes on, and a person is told."""
    says(office, page(office))[1].demand("facebook", office.clock())
    says(office, page(office, name="Example Borough"))[1].demand("facebook", office.clock())
    row = next(row for row in office.app.channel_health.rows() if row["channel"] == "facebook")
    assert (row["standing"], row["name"], row["found_name"]) == (
        Standing.ATTENTION,
        "Example Council",
        "Example Borough",
    )
    assert (
        "is called Example Borough now; when it went on record it was Example Council"
        in row["troubles"][0]["words"]
    )


@pytest.mark.parametrize(
    "statement",
    sampled(
        [
            "UPDATE identity SET account = '999999999999999'",
            "UPDATE identity SET name = 'x'",
            "UPDATE identity SET recorded_by = 'dana'",
            "UPDATE identity SET adapter = 'twitter'",
            "UPDATE identity SET seal = ''",
            "UPDATE identity SET recorded_at = 'never'",
            "DELETE FROM identity",
            "UPDATE identity SET channel = 'libraries'",
        ],
        most=3,
    ),
)
def test_what_a_hand_changed_counts_as_none_and_stops_the_channel(office: Office, statement: str) -> None:
    """Also for a process that proved the account this morning; verifying tells it; a director's word heals it."""
    _, proofs = says(office, page(office))
    proofs.demand("facebook", office.clock())
    by_hand(office, statement)
    judgement = refused(office, proofs)
    assert (judgement.outcome, "changed by hand" in judgement.officer) == (Outcome.STOP, True)
    assert [fault.kind for fault in office.app.verifier.verify().faults][:1] == ["row"]
    proofs.accept("facebook", "It is our Page, I looked", DIRECTOR)
    proofs.demand("facebook", office.clock())
    assert events(office) == [(RECORDED, "scheduler"), (ACCEPTED, DIRECTOR)]


def test_an_older_row_that_was_put_back_counts_as_none(office: Office) -> None:
    """The account that a director replaced does not come back by a copy of its row."""
    says(office, page(office))[1].demand("facebook", office.clock())
    with closing(sqlite3.connect(office.app.config.database)) as connection:
        (old,) = connection.execute("SELECT * FROM identity").fetchall()
    with changed(office, "facebook", OTHER) as app:
        _, proofs = says(office, page(office, account=OTHER), app)
        proofs.accept("facebook", "We merged our Pages", DIRECTOR)
        proofs.demand("facebook", office.clock())
    by_hand(office, "INSERT OR REPLACE INTO identity VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *old)
    assert "changed by hand" in refused(office, says(office, page(office))[1]).officer


def test_a_row_that_a_hand_added_is_nobodys_proof(office: Office) -> None:
    """No event tells of it: the platform's own word goes on record in its place."""
    values = ("facebook", "facebook", OTHER, "x", "127.0.0.1", "dana", "2026-01-01 00:00:00.000000", "0" * 64)
    by_hand(office, "INSERT INTO identity VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *values)
    says(office, page(office))[1].demand("facebook", office.clock())
    row = office.app.identities.on_record()["facebook"]
    assert (row and row.account, office.app.verifier.verify().whole) == (page(office).account, True)


def test_two_channels_never_have_one_account(tmp_path: Path) -> None:
    """A service's channel whose credentials are of the account that another channel has on record: it would go out twice there."""
    service = {
        "adapter": "twitter",
        "service": "Libraries",
        "business_case": "BC-1",
        "endpoint": "http://127.0.0.1:9",
    }
    keys = {
        name: f"env:LIBRARIES_{name.upper()}"
        for name in ("consumer_key", "consumer_secret", "access_token_secret")
    }
    number = "17"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN_SECRET"):
            patch.setenv(f"LIBRARIES_{name}", "made-up")
        patch.setenv("LIBRARIES_ACCESS_TOKEN", f"{number}-made-up")
        changes = {"channels.libraries-x": {**service, **keys, "access_token": "env:LIBRARIES_ACCESS_TOKEN"}}
        with open_office(tmp_path / "office", changes=changes) as office:
            app = office.app
            channels = {
                name: cast("Channel", Says(app.channels[name], Identity(number, "libraries")))
                for name in app.channels
            }
            identities = Identities(app.config, app.queue, lambda: channels, app.register, app.seal, app.now)
            proofs = Proofs(identities, app.health_book, lambda: channels, app.now)
            patch.setenv("TWITTER_ACCESS_TOKEN", f"{number}-made-up")
            proofs.demand("twitter", office.clock())
            judgement = refused(office, proofs, "libraries-x")
            assert (judgement.outcome, "the account of twitter" in judgement.officer) == (Outcome.STOP, True)
            with pytest.raises(Refused, match="the same words would go out twice"):
                proofs.accept("libraries-x", "It is ours, too", DIRECTOR)


# --- when it is asked --------------------------------------------------------------------------------------------------


def test_one_question_a_day(office: Office) -> None:
    """What was proved this morning counts all day, in this process alone: one that starts anew asks anew."""
    channel, proofs = says(office, page(office))
    for _ in range(5):
        proofs.demand("facebook", office.clock())
        office.clock.forward(hours=4)
    assert (channel.asked, proofs.is_proved("facebook", office.clock())) == (1, True)
    office.clock.forward(hours=5)
    assert not proofs.is_proved("facebook", office.clock())
    proofs.demand("facebook", office.clock())
    assert channel.asked == 2
    anew, after = says(office, page(office))
    assert not after.is_proved("facebook", office.clock())
    after.demand("facebook", office.clock())
    assert anew.asked == 1


def test_a_clock_that_was_set_back_makes_no_proof_last(office: Office) -> None:
    """A proof of a moment that has not come yet is none."""
    channel, proofs = says(office, page(office))
    proofs.demand("facebook", office.clock())
    office.clock.forward(days=-40)
    proofs.demand("facebook", office.clock())
    assert channel.asked == 2


def test_a_proof_ends_by_the_time_that_passed_whatever_the_clock_says(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that is set back by a day as a day goes by shows the moment of the proof again: a day is over all the same."""
    _, proofs = says(office, page(office))
    proofs.demand("facebook", office.clock())
    proved, gone_by = office.clock(), PROOF_LIVES.total_seconds()
    assert proofs.is_proved("facebook", proved)
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + gone_by)
    assert not proofs.is_proved("facebook", proved)


def test_no_row_fakes_a_proof(office: Office) -> None:
    """A hand writes that the account was proved just now, and is in order: a process that never asked asks all the same."""
    by_hand(
        office,
        "INSERT INTO health (channel, checked_at, proved_at, account, name, outcome, problem, engineer, notes, warned) "
        "VALUES ('facebook', '2026-11-28 00:00:00', '2999-01-01 00:00:00', ?, 'x', '', '', '', '[]', '{}')",
        page(office).account,
    )
    assert refused(office, says(office, SILENT)[1]).outcome is Outcome.WAIT


def test_who_waits_while_another_asks_goes_by_its_answer(office: Office) -> None:
    """A silent platform is asked once for all items that wait for it, or the last would wait for an hour."""
    begun = threading.Barrier(8)

    def slow() -> ChannelFailed:
        time.sleep(0.3)
        return SILENT

    channel, proofs = says(office, slow)

    def demand() -> None:
        begun.wait(5)
        with pytest.raises(ChannelFailed):
            proofs.demand("facebook", office.clock())

    threads = [threading.Thread(target=demand) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert channel.asked == 1


def test_a_failure_is_asked_about_again(office: Office) -> None:
    """The network is back: the next step goes, with no restart and no wait until tomorrow."""
    channel, proofs = says(office, SILENT)
    refused(office, proofs)
    channel.told = page(office)
    proofs.demand("facebook", office.clock())
    assert channel.asked == 2


def test_credentials_that_ended_since_the_proof_send_nothing(office: Office) -> None:
    """They were good this morning, and the platform said until when."""
    ends = office.clock() + timedelta(hours=2)
    channel, proofs = says(office, page(office, ends_at=ends))
    proofs.demand("facebook", office.clock())
    office.clock.forward(hours=3)
    assert (refused(office, proofs).outcome, channel.asked) == (Outcome.RECONNECT, 2)
    channel.told = page(office, ends_at=office.clock() + timedelta(days=60))
    proofs.demand("facebook", office.clock())


# --- a director's word -------------------------------------------------------------------------------------------------


def test_only_a_director_accepts_another_account(office: Office) -> None:
    """An officer is refused, that is on record, and the platform is not even asked."""
    channel, proofs = says(office, page(office))
    with pytest.raises(NotDesignated):
        proofs.accept("facebook", "I say so", OFFICER)
    assert channel.asked == 0
    found, _ = office.app.logbook.log(Sought(actor=OFFICER), 5, asked_by=DIRECTOR)
    assert "accept the account of facebook" in str(found)


@pytest.mark.parametrize(
    ("told", "kind"),
    sampled(
        [
            (SILENT, OutsideFailed),
            (page, InputError),
            (lambda office: page(office, account=OTHER), Refused),
            (None, InputError),
        ]
    ),
    ids=["no network", "on record already", "config.toml says otherwise", "no account"],
)
def test_what_cannot_be_accepted_changes_nothing(
    office: Office, told: Any, kind: type[PublisherError]
) -> None:
    """No answer, the same account, another than config.toml says: the record stays as it was."""
    channel, proofs = says(office, page(office))
    proofs.demand("facebook", office.clock())
    channel.told = told(office) if callable(told) else told
    with pytest.raises(kind):
        proofs.accept("facebook", "It is right", DIRECTOR)
    assert events(office) == [(RECORDED, "scheduler")]


def test_an_acceptance_needs_a_channel_and_a_reason(office: Office) -> None:
    """A slip in the name is told with the nearest one; a blank reason is none."""
    _, proofs = says(office, page(office))
    with pytest.raises(NotFound, match="facebook"):
        proofs.accept("facebok", "It is right", DIRECTOR)
    for reason in ("", "  ", "\u200b", "..."):
        with pytest.raises(InputError):
            proofs.accept("facebook", reason, DIRECTOR)


def test_who_asks_for_a_person_is_on_the_register(office: Office) -> None:
    """A question costs money on X, and the first answer goes on record in the name of whoever asked."""
    channel, proofs = says(office, page(office))
    with pytest.raises(NotDesignated):
        proofs.look("facebook", "nobody")
    assert channel.asked == 0
    assert proofs.look("facebook", OFFICER).fault is None
    assert events(office) == [(RECORDED, OFFICER)]


# --- at the release ----------------------------------------------------------------------------------------------------


def x_is(office: Office, fault: Fault, times: int | None = 1) -> None:
    """What X answers to whose account it is."""
    office.platforms.x.fail_next("GET", "^/2/users/me$", fault, times)


ANOTHER = Fault.refuse(200, {"data": {"id": OTHER, "name": "Parish", "username": "parish"}})


def staged(office: Office) -> str:
    """An item that goes in a moment, of which all is prepared."""
    goes = office.clock() + timedelta(minutes=5)
    item_id = office.hand_in(office.news(publish_at=goes.isoformat())).id
    for _ in range(5):
        office.release(item_id)
        office.clock.forward(seconds=1)
    assert {row.state for row in office.deliveries(item_id).values()} == {"staged"}
    return item_id


def test_nothing_is_prepared_for_another_account_and_the_others_go(office: Office) -> None:
    """The first use after set-up: the account is another, so its post is refused in words, and all else is out.

    Once the cause is gone, a person sends it again.
    """
    x_is(office, ANOTHER)
    item_id = office.hand_in(office.news()).id
    states = {name: row.state for name, row in office.release(item_id).items()}
    assert states == {"website": "sent", "facebook": "sent", "twitter": "refused", "instagram": "sent"}
    assert OTHER in office.deliveries(item_id)["twitter"].reason
    office.app.decisions.retry(item_id, officer=OFFICER)
    assert office.release(item_id)["twitter"].state == "sent"


def test_a_silent_platform_waits_and_is_told_plainly(office: Office) -> None:
    """Whose account it is cannot be asked: the post waits with why, and goes by itself once the platform answers."""
    x_is(office, Fault.html_502(), times=3)
    item_id = office.hand_in(office.news()).id
    row = office.release(item_id)["twitter"]
    assert (row.state, bool(row.reason), office.deliveries(item_id)["facebook"].state) == (
        "waiting",
        True,
        "sent",
    )
    for _ in range(10):
        office.clock.forward(seconds=2)
        office.release(item_id)
    assert office.state(item_id) == "published"


def test_what_was_prepared_before_a_restart_is_proved_before_it_goes(office: Office) -> None:
    """All is staged, the process starts anew, and the account is another by then: at the moment that channel is refused."""
    item_id = staged(office)
    with closing(open_app(office.config, now=office.clock)) as anew:
        x_is(office, ANOTHER)
        office.clock.forward(minutes=5)
        anew.releaser.work(item_id)
    states = {name: row.state for name, row in office.deliveries(item_id).items()}
    assert states == {"website": "sent", "facebook": "sent", "twitter": "refused", "instagram": "sent"}


def test_what_is_prepared_does_not_go_once_a_hand_was_in_the_record(office: Office) -> None:
    """Whose account it is was changed in the database between the preparation and the moment: that channel stops, and it alone."""
    item_id = staged(office)
    by_hand(office, "UPDATE identity SET name = 'x' WHERE channel = 'twitter'")
    office.clock.forward(minutes=5)
    states = {name: row.state for name, row in office.release(item_id).items()}
    assert states == {"website": "sent", "facebook": "sent", "twitter": "refused", "instagram": "sent"}
    assert "changed by hand" in office.deliveries(item_id)["twitter"].reason


class RunsOut:
    """Proofs of which the website's runs out once: when it is asked for after all of the item is prepared."""

    def __init__(self, office: Office, item_id: str) -> None:
        self._office, self._item_id, self._proofs, self._done = office, item_id, office.app.proofs, False

    def is_proved(self, name: str, now: datetime) -> bool:
        """As they are, but for that once."""
        states = {row.state for row in self._office.deliveries(self._item_id).values()}
        if name == "website" and states == {"staged"} and not self._done:
            self._done = True
            return False
        return self._proofs.is_proved(name, now)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._proofs, name)


@pytest.mark.parametrize("how", ["by hand", "asked"])
def test_a_proof_that_ended_at_the_last_moment_sends_nothing(how: str, office: Office) -> None:
    """After the last check, and nobody is asked then: that post stays behind, the others go, and it is proved or refused anew."""
    item_id = office.hand_in(office.news()).id
    done: list[str] = []

    def now() -> datetime:
        item = office.app.queue.item(item_id)
        if item.state == "releasing" and item.page_live_at is not None and not done:
            done.append(how)
            if how == "by hand":
                by_hand(office, "UPDATE identity SET name = 'x' WHERE channel = 'twitter'")
            else:
                x_is(office, ANOTHER)
                office.app.proofs.look("twitter", OFFICER)
            done.append(str(len(office.platforms.ledger.calls("x"))))
        return office.clock()

    app = office.app
    parts = Parts(app.config, app.queue, app.channels, app.last_check, app.store, app.proofs, now)
    Releaser(parts).work(item_id)
    states = {name: row.state for name, row in office.deliveries(item_id).items()}
    assert states == {"website": "sent", "facebook": "sent", "twitter": "staged", "instagram": "sent"}
    assert len(office.platforms.ledger.calls("x")) == int(done[1])
    office.clock.forward(seconds=5)
    after = office.release(item_id)["twitter"]
    assert after.state == ("refused" if how == "by hand" else "sent")


def test_a_page_whose_channel_is_not_proved_holds_nothing_for_ever(office: Office) -> None:
    """It ran out at the last moment: nothing goes without the page, no person is troubled, and all goes a moment later."""
    item_id, app = office.hand_in(office.news()).id, office.app
    parts = Parts(
        app.config, app.queue, app.channels, app.last_check, app.store, cast("Proofs", RunsOut(office, item_id)), app.now
    )  # fmt: skip
    Releaser(parts).work(item_id)
    assert {row.state for row in office.deliveries(item_id).values()} == {"staged"}
    office.clock.forward(seconds=5)
    office.release(item_id)
    assert office.state(item_id) == "published"


def test_a_silent_platform_takes_no_proof_of_today_away(office: Office) -> None:
    """It answered this morning: that somebody asks at noon, while it is down, stops no post; that it says no does."""
    channel, proofs = says(office, page(office))
    proofs.demand("facebook", office.clock())
    channel.told = SILENT
    proofs.look("facebook", OFFICER)
    proofs.demand("facebook", office.clock())
    channel.told = ChannelFailed(Judgement(Outcome.RECONNECT, "The token is no longer good."))
    proofs.look("facebook", OFFICER)
    assert refused(office, proofs).outcome is Outcome.RECONNECT


def test_no_question_is_asked_at_the_moment_of_release(office: Office) -> None:
    """A proof of today does: between the check and the posts nothing waits for a platform's word on whose account it is."""
    for name in office.app.channels:
        office.app.proofs.demand(name, office.clock())
    x_is(office, ANOTHER, times=None)
    item_id = office.hand_in(office.news()).id
    assert {row.state for row in office.release(item_id).values()} == {"sent"}


# --- every day ---------------------------------------------------------------------------------------------------------


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What whoever watches the log was told of the Facebook channel since the last look."""
    found = [record.getMessage() for record in caplog.records if record.name == "publisher.proofs"]
    caplog.clear()
    return [words for words in found if words.startswith("facebook: ")]


def test_a_warning_goes_out_once_a_day_while_it_holds(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Credentials end in ten days: told at the first look, by whichever process, and again a day later; renewed, no more."""
    caplog.set_level(logging.WARNING)
    ends = office.clock() + timedelta(days=10)
    channel, proofs = says(office, page(office, ends_at=ends))
    proofs.daily()
    (warning,) = told(caplog)
    assert "end on" in warning
    assert "On the server: put new ones where config.toml says" in warning
    for again in (proofs, says(office, page(office, ends_at=ends))[1]):
        office.clock.forward(hours=1)
        again.daily()
    assert told(caplog) == []
    office.clock.forward(hours=23)
    proofs.daily()
    assert len(told(caplog)) == 1
    channel.told = page(office, ends_at=office.clock() + timedelta(days=60))
    office.clock.forward(days=1)
    proofs.daily()
    assert told(caplog) == []


def test_a_new_cause_is_told_at_once(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """One warning of this morning hides no other one of noon; what went and comes again is told again."""
    caplog.set_level(logging.WARNING)
    channel, proofs = says(office, page(office, notes=("The version ends in 14 days.",)))
    proofs.daily()
    assert len(told(caplog)) == 1
    channel.told = page(office, notes=("The version ends in 13 days.", "The Page is not verified."))
    proofs.look("facebook", OFFICER)
    proofs.daily()
    assert told(caplog) == ["facebook: The Page is not verified."]
    channel.told = page(office)
    proofs.look("facebook", OFFICER)
    proofs.daily()
    channel.told = page(office, notes=("The Page is not verified.",))
    proofs.look("facebook", OFFICER)
    proofs.daily()
    assert len(told(caplog)) == 1


@pytest.mark.parametrize(
    "warned",
    sampled(["[]", "7", "{", '{"ends": "2999-01-01T00:00:00+00:00"}', '{"ends": 7}', '{"ends": "soon"}']),
)
def test_a_hand_in_what_was_told_silences_nothing(
    office: Office, warned: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Told in a time to come, or garbage: it is told again."""
    caplog.set_level(logging.WARNING)
    _, proofs = says(office, page(office, ends_at=office.clock() + timedelta(days=3)))
    proofs.daily()
    assert len(told(caplog)) == 1
    by_hand(office, "UPDATE health SET warned = ?", warned)
    proofs.daily()
    assert len(told(caplog)) == 1


def test_a_channel_that_breaks_or_is_slow_keeps_no_other(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is asked by itself; whoever never answers is told, and the others are proved."""
    _, proofs = says(office, RuntimeError("a library's own"))
    proofs.daily()
    looks = office.app.health_book.looks()
    assert {name for name, look in looks.items() if look.fault is None} == {"website", "twitter", "instagram"}
    assert "facebook" in str([record.getMessage() for record in caplog.records])


def test_the_daily_look_comes_before_anybody_has_to_wait_for_it(office: Office) -> None:
    """It renews a proof before that ends, so that at the moment of a release nothing is left to ask."""
    channel, proofs = says(office, page(office))
    for _ in range(int(PROOF_LIVES / timedelta(hours=1)) * 2):
        proofs.daily()
        assert proofs.is_proved("facebook", office.clock())
        office.clock.forward(hours=1)
    assert channel.asked <= 3


def test_a_network_that_is_dead_for_days_is_told_and_holds(office: Office) -> None:
    """For a day the last proof counts; then the channel is wrong, and nothing is believed any more."""
    channel, proofs = says(office, page(office))
    proofs.daily()
    channel.told = SILENT
    rows = []
    for _ in range(3):
        office.clock.forward(hours=23)
        proofs.daily()
        rows += [row for row in office.app.channel_health.rows() if row["channel"] == "facebook"]
    assert [row["standing"] for row in rows] == [Standing.ATTENTION, Standing.WRONG, Standing.WRONG]
    assert "what is due waits" in rows[-1]["troubles"][0]["words"]
    assert refused(office, proofs).outcome is Outcome.WAIT


@pytest.mark.parametrize(
    "statement",
    sampled(
        [
            "UPDATE health SET checked_at = 'soon', proved_at = 'never', ends_at = 7, scopes = '{', notes = 'x'",
            "UPDATE health SET outcome = 'LOVELY'",
            "UPDATE health SET scopes = '7', notes = '{}', account = ''",
            "UPDATE health SET scopes = 'true', notes = 'true'",
            "UPDATE health SET scopes = '[7]', notes = '[{}]', warned = '[]'",
            "UPDATE health SET channel = 'x' || channel",
            "DELETE FROM health",
        ]
    ),
)
def test_a_hand_in_what_is_shown_breaks_nothing(office: Office, statement: str) -> None:
    """Nothing is decided by it: it is shown as far as it can be read, and the next look writes it anew."""
    office.app.proofs.daily()
    by_hand(office, statement)
    assert len(office.app.channel_health.rows()) == 4
    office.app.proofs.demand("facebook", office.clock())
    office.app.proofs.look("facebook", OFFICER)
    row = next(row for row in office.app.channel_health.rows() if row["channel"] == "facebook")
    assert row["account"] == office.platforms.credentials.facebook.page_id


def test_what_waits_says_why_nothing_goes_to_a_channel(office: Office) -> None:
    """Officers see it where they look: above the list, and with each item that is to go there."""
    item_id = office.hand_in(office.news(publish_at=(office.clock() + timedelta(days=1)).isoformat())).id
    _, proofs = says(office, page(office, account=OTHER))
    proofs.daily()
    answer = office.cli_json("list")
    (notice,) = [one for one in answer["notices"] if "facebook" in one]
    assert (notice.startswith("facebook: "), OTHER in notice) == (True, True)
    (item,) = answer["items"]
    for steps in (item["next"], office.cli_json("show", item_id)["next"]):
        assert any(OTHER in step for step in steps)
    assert notice.split(".")[0] in " ".join(office.cli("list").stdout.split())


def test_a_monitor_sees_the_end_coming(office: Office) -> None:
    """The daemon's metrics tell, by channel, the days that are left, whether posts can go, and when that was last proved."""
    _, proofs = says(office, page(office, ends_at=office.clock() + timedelta(days=9, hours=1)))
    proofs.daily()
    with Server(hook.create(office.app)) as server:
        text = requests.get(f"{server.url}/metrics", timeout=20).text
    assert 'publisher_token_days_left{channel="facebook"} 9' in text
    assert 'publisher_token_days_left{channel="website"}' not in text
    assert 'publisher_channel_well{channel="facebook"} 1' in text
    assert re.search(r'publisher_channel_proved_timestamp_seconds\{channel="facebook"\} \d{10}\n', text)
    says(office, page(office, account=OTHER))[1].daily()
    with Server(hook.create(office.app)) as server:
        assert (
            'publisher_channel_well{channel="facebook"} 0'
            in requests.get(f"{server.url}/metrics", timeout=20).text
        )


def test_the_daemon_asks_as_soon_as_it_starts(office: Office) -> None:
    """Before first use: nobody has to ask for it, and every account is on record a moment later."""
    daemon = Daemon(office.app)
    daemon.start()
    try:
        end = time.monotonic() + 30
        while len(office.app.identities.on_record()) < 3 and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        daemon.stop()
    assert office.app.identities.on_record().keys() == {"facebook", "twitter", "instagram"}


def test_utc_is_what_is_kept(office: Office) -> None:
    """A moment without a zone, as a careless adapter may give, is taken for UTC and compared like any other."""
    ends = datetime(2999, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    says(office, page(office, ends_at=ends))[1].demand("facebook", office.clock())
    look = office.app.health_book.looks()["facebook"]
    assert look.found is not None
    assert look.found.ends_at == datetime(2999, 1, 1, tzinfo=UTC)
