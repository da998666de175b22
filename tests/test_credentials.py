"""A proof of an account is held to the credentials that it was given by: others say nothing, and nothing goes by them unasked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from channels_support import NOW, PAGE_ID, Loopback, answer, drop, load, post
from support import Office, open_office
from token_support import token_file, tokens
from x_support import connected

from publisher.channels import Channel, credentials
from publisher.errors import ChannelFailed
from publisher.model import DeliveryState, Outcome, Staged
from publisher.proofs import Proofs
from publisher.release import Parts, Releaser
from publisher.token_files import Tokens

pytest_plugins = ["channels_fixtures"]

OURS, THEIRS = "111", "222"
MUTE = answer({"error": {"code": 100, "message": "no"}}, 400)


class X:
    """A platform that goes by the token alone, as X does."""

    def __init__(self) -> None:
        self.posts: list[str] = []
        self.server: Any = Loopback(self._reply)

    def _reply(self, connection: Any) -> None:
        asked = self.server.requests[-1]
        account = asked.headers["authorization"].removeprefix("Bearer access-of-").partition("-")[0]
        if asked.route == "GET /2/users/me":
            told: dict[str, Any] = {"id": account, "username": f"of{account}"}
        elif asked.route == "POST /2/tweets":
            self.posts.append(account)
            told = {"id": "99"}
        else:
            told = {"id": "77", "expires_after_secs": 80_000}
        connection.sendall(answer({"data": told}))


@contextmanager
def on_x(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Office, X, Any]]:
    """A council whose X channel signs by tokens that end, and what puts others in their place."""
    monkeypatch.setenv("TWITTER_CLIENT_ID", "made-up-client-id")
    x = X()
    with x.server as server:
        own = {"auth": "oauth2", "tokens": "file:tokens.json", "endpoint": server.url}
        changes = {"release": {"verify": 1, "verify_every": 0.05, "stage_wait": 5}, "channels.twitter": own}
        with open_office(folder, changes=changes) as office:

            def put(of: str, said: str = "") -> None:
                pair = tokens(
                    f"access-of-{of}-000000", f"refresh-of-{of}-000000", at=office.clock(), account=said or of
                )
                token_file(folder).store(pair)

            put(OURS)
            yield office, x, put


def staged(office: Office) -> str:
    at = (office.clock() + timedelta(minutes=5)).isoformat()
    item = office.hand_in(
        office.news(images=[{"path": "library.jpg", "alt": "The library at dusk"}], publish_at=at)
    )
    office.app.releaser.work(item.id)
    assert office.deliveries(item.id)["twitter"].state == DeliveryState.STAGED
    office.clock.forward(minutes=5)
    return item.id


@pytest.mark.parametrize("said", [OURS, THEIRS])
def test_tokens_of_another_account_are_not_used_on_an_older_proof(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Put in the file after the post was prepared, whatever the file says of whose they are: refused, and the others go."""
    with on_x(tmp_path / "office", monkeypatch) as (office, x, put):
        item = staged(office)
        put(THEIRS, said)
        found = office.release(item)
        assert (x.posts, found["twitter"].state) == ([], DeliveryState.REFUSED)
        assert f"the platform says of{THEIRS} ({THEIRS})" in found["twitter"].reason
        assert found["facebook"].state == DeliveryState.SENT


class Then:
    """Another's part, which after one of its works is done does something more."""

    def __init__(self, part: Any, name: str, more: Callable[[Any], None]) -> None:
        self._part, self._name, self._more = part, name, more

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if name != self._name:
            return found

        def work(*given: Any) -> Any:
            told = found(*given)
            self._more(given[0])
            return told

        return work


@pytest.mark.parametrize("moment", ["the page is out", "the last look"])
def test_connecting_another_account_meanwhile_sends_nothing_there(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also once the page is out, and in the instant after the last look at what is proved."""
    with on_x(tmp_path / "office", monkeypatch) as (office, x, put):
        item, app = staged(office), office.app
        channels, proofs, out = dict(app.channels), app.proofs, []

        def page_is_out(_: Any) -> None:
            out.append(True)
            if moment == "the page is out":
                put(THEIRS)

        def looked(name: str) -> None:
            if out and name == "twitter" and moment == "the last look":
                put(THEIRS)

        channels["website"] = cast("Channel", Then(channels["website"], "publish", page_is_out))
        proofs = cast("Proofs", Then(proofs, "is_proved", looked))
        parts = Parts(app.config, app.queue, channels, app.last_check, app.store, proofs, app.now)
        Releaser(parts).work(item)
        found = office.deliveries(item)
        assert (x.posts, found["twitter"].state == DeliveryState.SENT) == ([], False)
        assert found["facebook"].state == DeliveryState.SENT


def test_new_tokens_of_the_same_account_are_proved_and_sent_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person connected it anew: one more question, and the post goes."""
    with on_x(tmp_path / "office", monkeypatch) as (office, x, _):
        item = staged(office)
        token_file(tmp_path / "office").store(
            tokens("access-of-111-again1", "r", at=office.clock(), account=OURS)
        )
        office.release(item)
        assert office.release(item)["twitter"].state == DeliveryState.SENT
        assert x.posts == [OURS]


def renewed(access: str) -> bytes:
    return answer({"access_token": access, "refresh_token": f"of-{access}", "expires_in": 7200})


def test_what_we_renewed_ourselves_is_of_the_same_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often: the platform gave it for the account's own refresh token. What another wrote, or swapped a part of, is not."""
    with Loopback(renewed("second-access"), renewed("third-access"), renewed("fourth-access")) as server:
        x = connected(tmp_path, server.url, monkeypatch)
        first, now = credentials(x), NOW
        for _ in "12":
            now += timedelta(hours=3)
            x._desk.current(now)
            assert credentials(x) == first
        held = x._desk.held()
        for changed in ({"access": "a-forged-access"}, {"refresh": "a-forged-refresh"}, {"account": THEIRS}):
            token_file(tmp_path).store(
                Tokens(**{name: getattr(held, name) for name in Tokens.__slots__} | changed)
            )
            assert credentials(x) != first
        x._desk.current(now + timedelta(hours=3))
        assert credentials(x) != first


def page(folder: Path, url: str, token: str) -> Any:
    (folder / "token").write_text(token)
    return load("facebook", folder, url, token="file:token", app_secret="env:FACEBOOK_PAGE_TOKEN")


def test_a_token_is_read_once_for_all_that_carries_it(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Header, proof, and what is asked about are one; a file that was replaced is taken up where its account is asked."""
    told = answer({"id": PAGE_ID, "name": "Council"})
    with Loopback(told, MUTE, answer({"id": f"{PAGE_ID}_5"}), told, told, MUTE) as server:
        facebook = page(tmp_path, server.url, "EAA-the-first-token-1")
        facebook.identify(NOW)
        first = credentials(facebook)
        (tmp_path / "token").write_text("EAA-the-second-token-2")
        assert credentials(facebook) == ""
        facebook.publish(post("facebook"), Staged({"ready": True, "photos": {}}), NOW)
        facebook.identify(NOW)
        assert credentials(facebook) not in {first, ""}
        used = [request.headers["authorization"].rpartition("-")[2] for request in server.requests]
        asked = [
            request.form["input_token"][-1] for request in server.requests if "debug_token" in request.route
        ]
    assert (used, asked) == (["1", "1", "1", "1", "2", "2"], ["1", "2"])


def test_what_is_held_is_what_is_sent_with(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Also where the file is replaced between the first look at it and the first request."""
    with Loopback(answer({"id": f"{PAGE_ID}_5"})) as server:
        facebook = page(tmp_path, server.url, "EAA-the-first-token-1")
        assert credentials(facebook)
        (tmp_path / "token").write_text("EAA-the-second-token-2")
        facebook.publish(post("facebook"), Staged({"ready": True, "photos": {}}), NOW)
        assert {request.headers["authorization"] for request in server.requests} == {
            "Bearer EAA-the-first-token-1"
        }


def test_a_silent_platform_proves_no_new_token(tmp_path: Path, tokens: dict[str, str]) -> None:
    """A replaced token about which nobody answered, put back again: the first one's proof is not for what is held now."""
    told = answer({"id": PAGE_ID, "name": "Council"})
    with Loopback(told, MUTE, drop) as server:
        facebook = page(tmp_path, server.url, "EAA-the-first-token-1")
        facebook.identify(NOW)
        first = credentials(facebook)
        (tmp_path / "token").write_text("EAA-the-second-token-2")
        with pytest.raises(ChannelFailed) as failed:
            facebook.identify(NOW)
        assert failed.value.judgement.outcome is Outcome.WAIT
        (tmp_path / "token").write_text("EAA-the-first-token-1")
        assert credentials(facebook) != first
