"""Where a channel's requests go: a host that is not the platform's own gets every credential, and can answer as the platform would."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from channels_support import load
from support import Office, open_office

from publisher.app import App, open_app
from publisher.channels import Channel, Identity
from publisher.doctor.channels import offline
from publisher.errors import ChannelFailed, ConfigError, InputError
from publisher.health import Standing
from publisher.identities import Identities
from publisher.model import Outcome
from publisher.proofs import Proofs
from publisher.rehearsal.office import DIRECTOR

pytest_plugins = ["channels_fixtures"]

EVIL = "graph.facebook.com.evil.example"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path / "office") as found:
        yield found


class Says:
    """The channel, whose host names the council's own Page, as any host could."""

    def __init__(self, channel: Channel, page: str) -> None:
        self._channel, self._page = channel, page

    def identify(self, _now: object) -> Identity:
        return Identity(self._page, "Example Council")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)


@contextmanager
def at(office: Office, endpoint: str) -> Iterator[tuple[App, Proofs]]:
    """The council's app with another endpoint for its Page, and what proves the account there."""
    graph = office.platforms.graph.url
    file = office.folder / "moved.toml"
    file.write_text(office.config.read_text(encoding="utf-8").replace(graph, endpoint), encoding="utf-8")
    with closing(open_app(file, now=office.clock)) as app:
        page = office.platforms.credentials.facebook.page_id
        channels = {**app.channels, "facebook": cast("Channel", Says(app.channels["facebook"], page))}
        identities = Identities(app.config, app.queue, lambda: channels, app.register, app.seal, app.now)
        yield app, Proofs(identities, app.health_book, lambda: channels, app.now)


def test_another_host_than_on_record_stops_the_channel_until_a_director_accepts(office: Office) -> None:
    """It names the right account, since it may say what it likes; both hosts are said, and nothing is accepted twice."""
    office.app.proofs.demand("facebook", office.clock())
    with at(office, f"https://{EVIL}") as (app, proofs):
        with pytest.raises(ChannelFailed) as failed:
            proofs.demand("facebook", office.clock())
        judgement = failed.value.judgement
        assert (judgement.outcome, EVIL in judgement.officer, "127.0.0.1" in judgement.officer) == (
            Outcome.STOP,
            True,
            True,
        )
        proofs.accept("facebook", "Our own gateway stands before Meta", DIRECTOR)
        proofs.demand("facebook", office.clock())
        with pytest.raises(InputError):
            proofs.accept("facebook", "Our own gateway stands before Meta", DIRECTOR)
        assert app.verifier.verify().whole
    with pytest.raises(ChannelFailed):
        office.app.proofs.demand("facebook", office.clock())


def test_a_host_that_is_not_the_platforms_own_is_named(office: Office) -> None:
    """By the doctor and by the list of channels, before anybody was asked; a rehearsal's on this machine is not."""
    assert not [check for check in offline(office.app) if "own" in check.words]
    with at(office, f"https://{EVIL}") as (app, _):
        (check,) = [check for check in offline(app) if check.name == "channel facebook"]
        assert check.standing is Standing.ATTENTION
        assert f"goes to {EVIL}, which is not the platform's own graph.facebook.com" in check.words
        assert [row["channel"] for row in app.channel_health.rows() if EVIL in str(row["troubles"])] == [
            "facebook",
            "instagram",
        ]


def test_the_address_where_an_owner_says_yes_is_named_too(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Whoever is there can pass for X's own log-in; an account at its platform's own host has nothing to be told."""
    settings = load(
        "twitter", tmp_path, "https://api.x.com", authorize="https://x.com.evil.example/authorize"
    ).settings
    assert settings.elsewhere == [("authorize", "x.com.evil.example", "x.com")]
    assert load("twitter", tmp_path, "https://api.x.com").settings.elsewhere == []


@pytest.mark.parametrize("path", ["/../x", "/x/..", "/./x", "/%2e%2e/x", "/x/%2E./y", "/.%2e"])
def test_an_endpoint_that_leads_upwards_is_refused(path: str, tmp_path: Path, tokens: dict[str, str]) -> None:
    """Readers of addresses disagree on where it leads."""
    with pytest.raises(ConfigError, match="endpoint"):
        load("facebook", tmp_path, f"https://graph.facebook.com{path}")


def test_what_a_platform_repeats_of_a_secret_is_no_account(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Also in the place of a number."""
    held = load("facebook", tmp_path, "https://graph.facebook.com").held
    (token,) = held.values()
    assert token not in Identity(f"x-{token}", "").account
