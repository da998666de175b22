"""X by OAuth 2.0: the exact bytes of each call, tokens renewed in time and once, and never shown."""

import base64
import json
import logging
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from channels_support import ACCOUNT_ID, LINK, NOW, Loopback, answer, drop, load, picture, post, supplies
from one_way_support import Given, sweep
from rehearsal_support import Clock
from responses.matchers import urlencoded_params_matcher
from support import open_office
from test_twitter import API, DESCRIBED, POSTED, UPLOADED, lorry
from token_support import ACCESS, REFRESH, SCOPES, token_file, tokens
from x_support import CLIENT_ID, CLIENT_SECRET, connected, on_rehearsal

from publisher import config, secrecy
from publisher.channels import Identity, Withdrawal
from publisher.errors import ChannelFailed, ConfigError, EgressRefused
from publisher.model import Outcome, Phase, Receipt, Staged
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.platforms import Platforms

pytest_plugins = ["channels_fixtures", "rehearsal_fixtures"]

BEFORE = tokens().renew_at - timedelta(seconds=1)
DUE, WORTHLESS = tokens().renew_at, tokens().ends_at
FRESH = {
    "token_type": "bearer", "expires_in": 7200, "access_token": "made-up-access-2", "refresh_token": "made-up-refresh-2",
    "scope": " ".join(sorted(SCOPES)),
}  # fmt: skip
REFUSED = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
NO_TOKEN = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
TEXT_ALONE = post("twitter")


def authorization(call: Any) -> str:
    return str(call.request.headers["Authorization"])


def pinned_renewal(told: object = FRESH, status: int = 200) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": REFRESH, "client_id": CLIENT_ID}
    responses.post(f"{API}/2/oauth2/token", json=told, status=status, match=[urlencoded_params_matcher(form)])


@responses.activate
def test_the_exact_bytes_of_every_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bodies as with OAuth 1.0a, and nothing but the user's own token to sign them with."""
    twitter = connected(tmp_path, API, monkeypatch)
    responses.post(f"{API}/2/media/upload", json=UPLOADED)
    responses.post(f"{API}/2/media/metadata", json=DESCRIBED)
    responses.post(f"{API}/2/tweets", json=POSTED, status=201)
    responses.get(f"{API}/2/users/me", json={"data": {"id": ACCOUNT_ID, "username": "council"}})
    responses.get(f"{API}/2/users/{ACCOUNT_ID}/tweets", json={"meta": {}})
    responses.delete(f"{API}/2/tweets/9001", json={"data": {"deleted": True}})
    whole = post("twitter", picture())
    twitter.publish(whole, twitter.stage(whole, supplies(), None, NOW), NOW)
    twitter.identify(NOW)
    twitter.find(whole, None, NOW)
    twitter.withdraw(Withdrawal(whole, "9001"), NOW)
    assert [f"{call.request.method} {str(call.request.url).removeprefix(API)}" for call in responses.calls] == [
        "POST /2/media/upload", "POST /2/media/metadata", "POST /2/tweets", "GET /2/users/me",
        f"GET /2/users/{ACCOUNT_ID}/tweets?max_results=25&tweet.fields=created_at%2Centities", "DELETE /2/tweets/9001",
    ]  # fmt: skip
    assert {authorization(call) for call in responses.calls} == {f"Bearer {ACCESS}"}
    assert [json.loads(call.request.body or "null") for call in responses.calls] == [
        {"media": "b25l", "media_category": "tweet_image"},
        {"id": "7001", "metadata": {"alt_text": {"text": "A bin lorry"}}},
        {"text": whole.text, "media": {"media_ids": ["7001"]}, "reply_settings": "mentionedUsers"},
        None, None, None,
    ]  # fmt: skip


@responses.activate
@pytest.mark.parametrize("secret", ["env:TWITTER_CLIENT_SECRET", None])
def test_the_exact_bytes_of_a_renewal(
    secret: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form with the grant, the token and the app; a confidential client says who it is by Basic, a public one does not."""
    twitter = connected(tmp_path, API, monkeypatch, client_secret=secret)
    pinned_renewal()
    responses.post(f"{API}/2/tweets", json=POSTED, status=201)
    staged = twitter.stage(TEXT_ALONE, supplies(), None, DUE)
    twitter.publish(TEXT_ALONE, staged, DUE)
    renewal, created = responses.calls
    assert renewal.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    basic = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    assert renewal.request.headers.get("Authorization") == (basic if secret else None)
    assert authorization(created) == "Bearer made-up-access-2"
    assert token_file(tmp_path).read() == tokens("made-up-access-2", "made-up-refresh-2", at=DUE)


@responses.activate
def test_a_late_no_to_the_old_token_says_nothing_of_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two items at a time: while one is asked, the other renews the pair. Its late 401 is for the token that it carried."""
    twitter = connected(tmp_path, API, monkeypatch)
    pinned_renewal()
    own = {"data": {"id": ACCOUNT_ID, "username": "council"}}

    def late(_request: Any) -> tuple[int, dict[str, str], str]:
        with ThreadPoolExecutor(1) as other:
            assert other.submit(twitter.find, TEXT_ALONE, None, DUE).result() is None
        return 401, {}, json.dumps(NO_TOKEN)

    responses.add_callback("GET", f"{API}/2/users/me", callback=late)
    responses.add(responses.GET, f"{API}/2/users/me", json=own)
    responses.add(responses.GET, f"{API}/2/users/{ACCOUNT_ID}/tweets", json={"meta": {"result_count": 0}})
    assert twitter.identify(DUE - timedelta(seconds=1)).account == ACCOUNT_ID
    carried = [(call.request.method, authorization(call)) for call in responses.calls]
    assert sorted(token for method, token in carried if method == "GET") == [
        f"Bearer {ACCESS}", "Bearer made-up-access-2", "Bearer made-up-access-2",
    ]  # fmt: skip
    assert len(carried) == 4


@responses.activate
def test_the_new_pair_is_stored_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the first request with the new token leaves, both new tokens lie on the disk."""
    twitter = connected(tmp_path, API, monkeypatch)
    pinned_renewal()
    seen = []

    def uploaded(request: Any) -> tuple[int, dict[str, str], str]:
        seen.append((request.headers["Authorization"], token_file(tmp_path).read()))
        return 200, {}, json.dumps(UPLOADED)

    responses.add_callback("POST", f"{API}/2/media/upload", callback=uploaded)
    twitter.stage(post("twitter", picture(alt="")), supplies(), None, DUE)
    ((signed, kept),) = seen
    assert (signed, kept.access, kept.refresh) == (
        "Bearer made-up-access-2",
        "made-up-access-2",
        "made-up-refresh-2",
    )


def test_staging_sees_to_it_that_nothing_is_renewed_at_the_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is staged is good until the token is due, so that it is staged again then; what goes before that renews nothing."""
    with Loopback(answer(POSTED, 201)) as server:
        twitter = connected(tmp_path, server.url, monkeypatch)
        staged = twitter.stage(TEXT_ALONE, supplies(), None, BEFORE)
        assert (staged.expires_at, server.requests) == (DUE, [])
        twitter.publish(TEXT_ALONE, staged, WORTHLESS - timedelta(seconds=1))
    assert server.routes() == ["POST /2/tweets"]


def test_an_upload_that_ends_sooner_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends first is prepared anew first: the picture, or the token."""
    for lives, ends in ((600, NOW + timedelta(seconds=540)), (86_400, DUE)):
        told = {"data": {"id": "7001", "expires_after_secs": lives}}
        with Loopback(answer(told), answer(DESCRIBED)) as server:
            twitter = connected(tmp_path, server.url, monkeypatch)
            assert twitter.stage(post("twitter", picture()), supplies(), None, NOW).expires_at == ends


def test_a_token_that_is_worth_nothing_is_renewed_even_at_the_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post that came late, after an outage: better a request more than a post that is refused."""
    with Loopback(answer(FRESH), answer(POSTED, 201)) as server:
        connected(tmp_path, server.url, monkeypatch).publish(TEXT_ALONE, Staged({}), WORTHLESS)
    assert server.routes() == ["POST /2/oauth2/token", "POST /2/tweets"]
    assert server.requests[1].headers["authorization"] == "Bearer made-up-access-2"


@pytest.mark.parametrize(
    ("told", "ends", "refresh"),
    [
        (FRESH | {"expires_in": 60}, timedelta(seconds=60), "made-up-refresh-2"),
        (FRESH | {"expires_in": "soon"}, timedelta(hours=2), "made-up-refresh-2"),
        (FRESH | {"expires_in": True}, timedelta(hours=2), "made-up-refresh-2"),
        (FRESH | {"expires_in": -1}, timedelta(hours=2), "made-up-refresh-2"),
        (FRESH | {"expires_in": 10**12}, timedelta(hours=2), "made-up-refresh-2"),
        ({"access_token": "made-up-access-2"}, timedelta(hours=2), REFRESH),
        (FRESH | {"refresh_token": None, "scope": None}, timedelta(hours=2), REFRESH),
    ],
)
def test_what_an_answer_leaves_out_is_as_before(
    told: object, ends: timedelta, refresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6749 §5.1 and §6: no new refresh token means the old one, no scope the same; a life that makes no sense, two hours."""
    with Loopback(answer(told)) as server:
        connected(tmp_path, server.url, monkeypatch).stage(TEXT_ALONE, supplies(), None, DUE)
    kept = token_file(tmp_path).read()
    assert (kept.access, kept.refresh, kept.ends_at, kept.scopes) == (
        "made-up-access-2",
        refresh,
        DUE + ends,
        SCOPES,
    )
    assert DUE < kept.renew_at < kept.ends_at


# --- tokens that X does not accept -----------------------------------------------------------------------------


def test_a_refused_token_is_renewed_once_and_the_call_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 401 means that it was not done: an upload is made again with a new token, with the same bytes."""
    with Loopback(answer(NO_TOKEN, 401), answer(FRESH), answer(UPLOADED), answer(DESCRIBED)) as server:
        staged = connected(tmp_path, server.url, monkeypatch).stage(
            post("twitter", picture()), supplies(), None, NOW
        )
    assert staged.values["ready"]
    assert server.routes() == [
        "POST /2/media/upload", "POST /2/oauth2/token", "POST /2/media/upload", "POST /2/media/metadata",
    ]  # fmt: skip
    assert server.requests[0].body == server.requests[2].body
    assert server.requests[2].headers["authorization"] == "Bearer made-up-access-2"


@pytest.mark.parametrize("verb", ["identify", "find", "withdraw", "stage"])
def test_a_second_401_is_for_a_person(verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One renewal, one more try: a token that is new and refused is no matter of renewing."""
    arguments: dict[str, tuple[Any, ...]] = {
        "identify": (), "find": (TEXT_ALONE, None), "withdraw": (Withdrawal(TEXT_ALONE, "9001"),),
        "stage": (post("twitter", picture()), supplies(), None),
    }  # fmt: skip
    with Loopback(answer(NO_TOKEN, 401), answer(FRESH), answer(NO_TOKEN, 401)) as server:
        with pytest.raises(ChannelFailed) as failed:
            getattr(connected(tmp_path, server.url, monkeypatch), verb)(*arguments[verb], NOW)
        assert len(server.requests) == 3
    assert failed.value.judgement.outcome is Outcome.RECONNECT


def test_a_post_is_never_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A post that is answered 401 is for a person, in one request; the token is renewed before the next one."""
    with Loopback(answer(NO_TOKEN, 401), answer(FRESH), answer(POSTED, 201)) as server:
        twitter = connected(tmp_path, server.url, monkeypatch)
        with pytest.raises(ChannelFailed) as failed:
            twitter.publish(TEXT_ALONE, Staged({}), NOW)
        assert (failed.value.judgement.outcome, len(server.requests)) == (Outcome.RECONNECT, 1)
        twitter.publish(TEXT_ALONE, twitter.stage(TEXT_ALONE, supplies(), None, NOW), NOW)
    assert server.routes() == ["POST /2/tweets", "POST /2/oauth2/token", "POST /2/tweets"]


@pytest.mark.parametrize(
    "fault", [answer(b"<html>", 502), answer(b"", 200), answer({}, 307, location="/other"), drop]
)
def test_a_lost_answer_to_a_post_is_unknown_and_sent_once(
    fault: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it is signed: one request, no second try, UNKNOWN, and no new token for it."""
    with Loopback(fault) as server, pytest.raises(ChannelFailed) as failed:
        connected(tmp_path, server.url, monkeypatch).publish(TEXT_ALONE, Staged({}), NOW)
    assert (failed.value.judgement.outcome, server.routes()) == (Outcome.UNKNOWN, ["POST /2/tweets"])


RIGHTS = {
    "title": "Forbidden",
    "detail": "No",
    "type": "https://api.x.com/2/problems/oauth1-permissions",
    "status": 403,
}
OTHER_NOES = [(status, {"title": "No", "detail": "No"}) for status in (400, 402, 403, 404, 429, 500)] + [
    (403, RIGHTS)
]


@pytest.mark.parametrize(("status", "body"), OTHER_NOES)
def test_only_a_401_is_a_reason_to_renew(
    status: int, body: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh token is not spent on what a new token would not mend."""
    with Loopback(answer(body, status)) as server:
        with pytest.raises(ChannelFailed):
            connected(tmp_path, server.url, monkeypatch).stage(
                post("twitter", picture()), supplies(), None, NOW
            )
        assert server.routes() == ["POST /2/media/upload"]


# --- renewals that fail ----------------------------------------------------------------------------------------

LOST: list[Any] = [drop, answer(b"<html>", 502), answer({}, 500), answer(b"", 200), answer({}, 200), answer({"access_token": ""}), answer({"access_token": 7}), answer(FRESH, 202), answer({}, 307, location="/")]  # fmt: skip


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("verb", ["stage", "publish"])
def test_a_lost_answer_to_a_renewal_is_for_a_person(
    verb: str, fault: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old refresh token may be used up: that is said, the old pair stays, and the post does not leave."""
    with Loopback(fault) as server:
        twitter = connected(tmp_path, server.url, monkeypatch)
        with pytest.raises(ChannelFailed) as failed:
            _ = (
                twitter.stage(TEXT_ALONE, supplies(), None, DUE)
                if verb == "stage"
                else twitter.publish(TEXT_ALONE, Staged({}), WORTHLESS)
            )
        assert server.routes() == ["POST /2/oauth2/token"]
    judgement = failed.value.judgement
    assert judgement.outcome is Outcome.RECONNECT
    assert "may be used up" in judgement.officer
    assert "publisher connect twitter" in judgement.officer
    assert token_file(tmp_path).read() == tokens()


def test_after_a_lost_answer_a_retry_may_still_come_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where X had not taken the old token, it counts, and nobody need connect anew."""
    with Loopback(drop, answer(FRESH)) as server:
        twitter = connected(tmp_path, server.url, monkeypatch)
        with pytest.raises(ChannelFailed):
            twitter.stage(TEXT_ALONE, supplies(), None, DUE)
        assert twitter.stage(TEXT_ALONE, supplies(), None, DUE).values["ready"]


@pytest.mark.parametrize(
    ("status", "body", "outcome", "words"),
    [
        (400, REFUSED, Outcome.RECONNECT, "has ended the account's connection"),
        (400, {"error": "invalid_grant"}, Outcome.RECONNECT, "has ended the account's connection"),
        (403, {}, Outcome.RECONNECT, "has ended the account's connection"),
        (401, {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}, Outcome.RECONNECT, "client id and secret"),
        (401, {"error": "invalid_client"}, Outcome.RECONNECT, "client id and secret"),
        (429, {"title": "Too Many Requests"}, Outcome.WAIT, "asks to wait"),
    ],
)  # fmt: skip
def test_what_a_no_to_a_renewal_means(
    status: int, body: object, outcome: Outcome, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ended connection, a wrong app and a limit are told apart; the old pair stays."""
    with Loopback(answer(body, status)) as server, pytest.raises(ChannelFailed) as failed:
        connected(tmp_path, server.url, monkeypatch).stage(TEXT_ALONE, supplies(), None, DUE)
    assert failed.value.judgement.outcome is outcome
    assert words in failed.value.judgement.officer
    assert REFRESH not in f"{failed.value.judgement}{failed.value.judgement.engineer}"
    assert token_file(tmp_path).read() == tokens()


def test_a_platform_that_cannot_be_reached_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing left, so that the old refresh token counts: it goes by itself."""
    with Loopback(drop) as server:
        address = server.url
    with pytest.raises(ChannelFailed) as failed:
        connected(tmp_path, address, monkeypatch).stage(TEXT_ALONE, supplies(), None, DUE)
    assert failed.value.judgement.outcome is Outcome.WAIT


def test_no_room_for_new_tokens_sends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment of release, too: a disk that fails is a wait, never a post of which nobody knows."""
    with Loopback(answer(FRESH)) as server:
        twitter = connected(tmp_path, server.url, monkeypatch)
        (tmp_path / "tokens.json.new").mkdir()
        with pytest.raises(ChannelFailed) as failed:
            twitter.publish(TEXT_ALONE, Staged({}), WORTHLESS)
        assert server.connections == 0
    assert failed.value.judgement.outcome is Outcome.WAIT


def test_without_a_refresh_token_an_end_is_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connected without offline.access: nothing is asked, and a person is told."""
    with Loopback(answer(FRESH)) as server, pytest.raises(ChannelFailed) as failed:
        connected(tmp_path, server.url, monkeypatch, tokens(refresh="")).stage(
            TEXT_ALONE, supplies(), None, DUE
        )
    assert (failed.value.judgement.outcome, server.connections) == (Outcome.RECONNECT, 0)


def test_an_account_that_is_not_connected_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the daemon's start, with what to do; and whoever moved the file meanwhile is told at the next post."""
    twitter = connected(tmp_path, "https://platform.example", monkeypatch)
    _ = twitter.client
    token_file(tmp_path).path.unlink()
    tries: tuple[Callable[[], Any], ...] = (
        lambda: twitter.settings.account,
        lambda: twitter.publish(TEXT_ALONE, Staged({}), NOW),
        lambda: load_again(tmp_path).client,
    )
    for work in tries:
        with pytest.raises(
            ConfigError, match=r"not connected.*Run `publisher connect twitter` on the server"
        ):
            work()


def load_again(folder: Path) -> Any:
    from publisher import channels

    return channels.load("twitter", config.load(folder / "config.toml"))


# --- one renewal for all ---------------------------------------------------------------------------------------


def test_posts_at_the_same_moment_renew_once(
    platforms: Platforms, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two daemons' worth of adapters find the same token at its end: one request for tokens, and all of them go on."""
    first = on_rehearsal(platforms, tmp_path, monkeypatch)
    clock.moment += timedelta(hours=3)
    every = [first, *(load_again(tmp_path) for _ in range(5))]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda one: one.stage(TEXT_ALONE, supplies(), None, clock.moment), every))
    assert all(staged.values["ready"] for staged in found)
    asked = [entry for entry in platforms.ledger.calls("x") if entry.path == "/2/oauth2/token"]
    assert [entry.status for entry in asked] == [200]


def test_a_day_of_renewals(
    platforms: Platforms, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every time that it is due a new pair takes the old one's place; the old refresh token is refused; posts go all day."""
    twitter = on_rehearsal(platforms, tmp_path, monkeypatch)
    used = set()
    for hour in range(12):
        clock.moment += timedelta(hours=2)
        used.add(token_file(tmp_path).read().refresh)
        one = post("twitter", link=f"{LINK}{hour}")
        twitter.publish(one, twitter.stage(one, supplies(), None, clock.moment), clock.moment)
    assert (len(used), len(platforms.ledger.posts("x"))) == (12, 12)
    token_file(tmp_path).store(tokens(refresh=used.pop(), at=clock.moment - timedelta(hours=3)))
    with pytest.raises(ChannelFailed) as failed:
        twitter.stage(TEXT_ALONE, supplies(), None, clock.moment)
    assert failed.value.judgement.outcome is Outcome.RECONNECT


def test_a_post_goes_out_and_is_found(
    platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a rehearsal X that knows scopes: picture, alt text, closed replies, our link; found by it, and taken down again."""
    twitter = on_rehearsal(platforms, tmp_path, monkeypatch, permalink=platforms.wall.url + "/x/{id}")
    media, given = lorry()
    whole = post("twitter", media)
    receipt = twitter.publish(whole, twitter.stage(whole, given, None, NOW), NOW)
    (shown,) = platforms.ledger.posts("x")
    assert (shown.id, shown.text, shown.replies, shown.media[0].alt) == (
        receipt.remote_id, whole.text, "closed", "A bin lorry",
    )  # fmt: skip
    assert twitter.find(whole, None, NOW) == Receipt(receipt.remote_id, shown.url)
    twitter.withdraw(Withdrawal(whole, receipt.remote_id), NOW)
    assert platforms.ledger.posts("x") == []
    assert [call.reason for call in platforms.ledger.calls() if call.reason] == []


def test_an_app_that_the_owner_removed_is_for_a_person(
    platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both tokens are dead: told at staging, hours before the post."""
    twitter = on_rehearsal(platforms, tmp_path, monkeypatch)
    platforms.x.tokens.revoke()
    with pytest.raises(ChannelFailed) as failed:
        twitter.stage(post("twitter", picture()), supplies(), None, NOW)
    assert failed.value.judgement.outcome is Outcome.RECONNECT


@pytest.mark.parametrize("fault", [Fault.commit_then_drop(), Fault.commit_then_status(500)])
def test_a_renewal_that_x_made_and_nobody_heard_of(
    fault: Fault, platforms: Platforms, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X has taken the old token: the first try says that it may be so, the second that it is; no post left."""
    twitter = on_rehearsal(platforms, tmp_path, monkeypatch)
    clock.moment += timedelta(hours=2)
    platforms.x.fail_next("POST", "token$", fault)
    said = []
    for _ in range(2):
        with pytest.raises(ChannelFailed) as failed:
            twitter.stage(TEXT_ALONE, supplies(), None, clock.moment)
        said.append(failed.value.judgement)
    assert [one.outcome for one in said] == [Outcome.RECONNECT] * 2
    assert ["may be used up" in one.officer for one in said] == [True, False]
    assert platforms.ledger.posts("x") == []


def test_what_is_staged_again_for_its_token_uploads_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the token is renewed: the pictures that are there stay, and what is prepared is good for another while."""
    with Loopback(answer(UPLOADED), answer(DESCRIBED), answer(FRESH)) as server:
        twitter = connected(tmp_path, server.url, monkeypatch)
        first = twitter.stage(post("twitter", picture()), supplies(), None, NOW)
        again = twitter.stage(post("twitter", picture()), supplies(), first, DUE)
    assert server.routes() == ["POST /2/media/upload", "POST /2/media/metadata", "POST /2/oauth2/token"]
    assert (again.values, again.expires_at) == (first.values, DUE + timedelta(minutes=108))


def test_a_release_renews_before_the_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the whole program: staged, staged again when the token is due, and at the moment one request leaves, the post."""
    own = {
        "auth": "oauth2",
        "client_id": "env:OWN_ID",
        "client_secret": "env:OWN_SECRET",
        "tokens": "file:tokens.json",
    }
    with open_office(tmp_path, changes={"release": {"stage_lead": 7200}, "channels.twitter": own}) as office:
        x = office.platforms.credentials.x
        monkeypatch.setenv("OWN_ID", x.client_id)
        monkeypatch.setenv("OWN_SECRET", x.client_secret)
        given = office.platforms.x.tokens.give(SCOPES)
        pair = (str(given["access_token"]), str(given["refresh_token"]))
        token_file(tmp_path).store(tokens(*pair, at=office.clock(), account=x.user_id))
        moment = office.clock() + timedelta(hours=3)
        item_id = office.hand_in(office.news(publish_at=moment.isoformat())).id
        office.clock.forward(hours=1, minutes=1)
        assert office.release(item_id)["twitter"].state == "staged"
        assert renewals(office.platforms) == 0
        office.clock.forward(minutes=50)
        assert office.release(item_id)["twitter"].state == "staged"
        assert renewals(office.platforms) == 1
        office.clock.forward(hours=1, minutes=9, seconds=1)
        assert office.release(item_id)["twitter"].state == "sent"
        last = [entry.path for entry in office.platforms.ledger.calls("x") if entry.path.startswith("/2/")]
        assert (last[-1], renewals(office.platforms)) == ("/2/tweets", 1)


def renewals(platforms: Platforms) -> int:
    return sum(entry.path == "/2/oauth2/token" for entry in platforms.ledger.calls("x"))


# --- whose account, and what it may do -------------------------------------------------------------------------


def test_the_account_says_whose_it_is_and_until_when(
    platforms: Platforms, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Number and name from X, rights as they were granted, and six months of a refresh token from when it came."""
    twitter = on_rehearsal(platforms, tmp_path, monkeypatch)
    own = platforms.credentials.x.user_id
    ends = clock.moment + timedelta(days=180)
    assert twitter.identify(clock.moment) == Identity(own, "council_rehearsal", SCOPES, ends)
    assert twitter.scopes == SCOPES
    clock.moment += timedelta(days=30)
    assert twitter.identify(clock.moment).ends_at == ends + timedelta(days=30)


def test_a_token_that_may_not_upload_is_told(
    platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A right that is lacking is a no of X's, not a reason to renew for ever."""
    less = SCOPES - {"media.write"}
    twitter = on_rehearsal(platforms, tmp_path, monkeypatch)
    given = platforms.x.tokens.give(less)
    token_file(tmp_path).store(tokens(str(given["access_token"]), str(given["refresh_token"]), scopes=less))
    assert twitter.identify(NOW).scopes == less
    with pytest.raises(ChannelFailed) as failed:
        twitter.stage(post("twitter", picture()), supplies(), None, NOW)
    assert failed.value.judgement.outcome in {Outcome.STOP, Outcome.RECONNECT}


# --- nothing else gets out -------------------------------------------------------------------------------------


def test_no_method_of_the_library_reaches_the_wire_but_to_broadcast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the user's own token, which X would take for anything: only a plain post, our identity and our own posts."""
    good = {"data": {"id": "7", "deleted": True}, "meta": {}}
    with Loopback(answer(good)) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tweepy warns of methods that X has withdrawn
        twitter = connected(tmp_path, server.url, monkeypatch)
        assert sweep(twitter.client, Given(ACCOUNT_ID, ("123",), pairs=False)).calls > 500
    assert set(server.routes()) == {"POST /2/tweets", "GET /2/users/me", f"GET /2/users/{ACCOUNT_ID}/tweets"}
    posts = [json.loads(one.body) for one in server.requests if one.method == "POST"]
    assert {frozenset(one) for one in posts} == {frozenset({"text", "reply_settings"})}


@pytest.mark.parametrize(
    ("route", "given"),
    [
        ("/2/oauth2/token", {"json": {"grant_type": "refresh_token", "refresh_token": REFRESH, "client_id": CLIENT_ID}}),
        ("/2/oauth2/revoke", {"json": {"token": ACCESS}}),
        ("/2/oauth2/token", {"params": {"refresh_token": REFRESH}}),
    ],
)  # fmt: skip
def test_the_library_gets_no_tokens(
    route: str, given: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk has a session of its own; tweepy's knows no such call."""
    with Loopback(answer(FRESH)) as server:
        twitter = connected(tmp_path, server.url, monkeypatch)
        with pytest.raises(EgressRefused):
            twitter.client.request("POST", route, **given)
    assert server.connections == 0


def test_the_call_for_tokens_is_declared_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two grants, each with all of its fields and no other, and only for our own app."""
    from publisher.wire import Sent

    (call,) = (one for one in connected(tmp_path, API, monkeypatch).calls if one.path == "/2/oauth2/token")
    renewal = {"grant_type": "refresh_token", "refresh_token": "a", "client_id": CLIENT_ID}
    wrong: list[dict[str, str]] = [
        {}, {"grant_type": "client_credentials", "client_id": CLIENT_ID}, renewal | {"client_id": "other"}, renewal | {"scope": "dm.read"},
        {"grant_type": "refresh_token", "client_id": CLIENT_ID}, renewal | {"code": "a"},
    ]  # fmt: skip
    assert call.check is not None
    assert call.phase is Phase.READ
    assert call.check(Sent({}, {}, renewal))
    assert [one for one in wrong if call.check(Sent({}, {}, one))] == []
    keys = load("twitter", tmp_path, API)
    assert not keys.calls[-1].check(Sent({}, {}, renewal))


def test_no_token_is_logged_or_in_an_address(
    platforms: Platforms, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:  # fmt: skip
    """Through a renewal and a post, with every log open: no token, app secret or Basic header in any log, address or ledger."""
    caplog.set_level(logging.DEBUG)
    twitter = on_rehearsal(platforms, tmp_path, monkeypatch)
    x, before = platforms.credentials.x, token_file(tmp_path).read()
    clock.moment += timedelta(hours=2)
    twitter.publish(TEXT_ALONE, twitter.stage(TEXT_ALONE, supplies(), None, clock.moment), clock.moment)
    after = token_file(tmp_path).read()
    basic = base64.b64encode(f"{x.client_id}:{x.client_secret}".encode()).decode()
    secret = (before.access, before.refresh, after.access, after.refresh, x.client_secret, basic)
    everything = (
        caplog.text
        + json.dumps(platforms.ledger.as_json())
        + f"{twitter!r}{twitter.calls!r}{twitter.settings!r}{twitter.client!r}{twitter.client.session!r}"
    )
    assert after.access != before.access
    assert [one for one in secret if one in everything] == []
    assert [one for one in secret if one in secrecy.scrub(" ".join(secret))] == []


# --- config.toml -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"auth": "oauth2", "consumer_key": "env:A"}, 'consumer_key is of auth = "oauth1"'),
        ({"tokens": "file:t.json"}, 'tokens is of auth = "oauth2"'),
        ({"client_id": "env:A"}, 'client_id is of auth = "oauth2"'),
        ({"auth": "oauth2", "tokens": "env:TOKENS"}, "writes this secret itself"),
        ({"auth": "oauth2", "tokens": "file:"}, "writes this secret itself"),
        ({"auth": "oauth2", "client_id": "plain"}, "never written in config.toml"),
        ({"auth": "oauth3"}, "auth"),
        ({"auth": ["oauth2"]}, "auth"),
        ({"auth": "oauth2", "callback": "http://127.0.0.1/?a=1"}, "callback"),
        ({"auth": "oauth2", "authorize": "http://x.example/"}, "authorize"),
        ({"post_price": -0.01}, "post_price"),
        ({"alt_price": "free"}, "alt_price"),
    ],
)  # fmt: skip
def test_settings_that_do_not_go_together_are_refused(
    keys: dict[str, Any], words: str, tmp_path: Path
) -> None:
    """A secret of the other way to sign would be asked for and never used; one that the program writes is a file."""
    with pytest.raises(ConfigError, match=words):
        load("twitter", tmp_path, API, **keys)


def test_closing_is_harmless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it was used, after, and twice; and it goes on afterwards."""
    with Loopback(answer(POSTED, 201)) as server:
        twitter = connected(tmp_path, server.url, monkeypatch)
        for _ in range(2):
            twitter.close()
            twitter.close()
            assert twitter.publish(TEXT_ALONE, Staged({}), NOW).remote_id == "9001"


def test_two_channels_have_two_files(tmp_path: Path) -> None:
    """Two channels with one file of tokens are one account: the same words would go out twice there."""
    service = 'service = "Libraries"\nbusiness_case = "BC-1"\n'
    tables = [
        f'[channels.{name}]\nadapter = "twitter"\nauth = "oauth2"\n{more}'
        for name, more in (("twitter", ""), ("libraries", service))
    ]
    council = '[council]\nname = "Example Borough Council"\ndomains = ["example.gov.uk"]\n'
    (tmp_path / "config.toml").write_text(council + "\n".join(tables), encoding="utf-8")
    with pytest.raises(ConfigError, match="one account by their tokens"):
        config.load(tmp_path / "config.toml")


def test_the_endpoint_of_a_rehearsal_takes_the_desk_too(
    platforms: Platforms, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stands in for X stands in for all of it: no request for tokens goes elsewhere."""
    twitter = on_rehearsal(platforms, tmp_path, monkeypatch)
    clock.moment += timedelta(hours=2)
    twitter.identify(clock.moment)
    paths = [entry.path for entry in platforms.ledger.calls("x")]
    assert paths == ["/2/oauth2/token", "/2/users/me"]
    assert requests.get(platforms.x.url + "/2/users/me", timeout=5).status_code == 401
