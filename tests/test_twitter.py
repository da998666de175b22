"""X: the exact bytes of each call, real signatures, uploads that expire, lost posts found by their link."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from channels_support import ACCOUNT_ID, LINK, NOW, Loopback, Received, answer, load, picture, post, supplies
from rehearsal_support import picture as real_picture

from publisher.channels import Supplies, Withdrawal
from publisher.errors import ChannelFailed, ConfigError, EgressRefused
from publisher.model import Outcome, Receipt, Staged
from publisher.rehearsal import oauth1
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.platforms import Platforms

pytest_plugins = ["channels_fixtures", "rehearsal_fixtures"]

API = "https://api.x.com"
UPLOADED = {"data": {"id": "7001", "media_key": "3_7001", "expires_after_secs": 86_400}}
DESCRIBED = {"data": {"id": "7001", "associated_metadata": {}}}
POSTED = {"data": {"id": "9001", "text": "New bin days."}}


@pytest.fixture
def twitter(tmp_path: Path, tokens: dict[str, str]) -> Any:
    return load("twitter", tmp_path, API)


@pytest.fixture
def real(platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The adapter on a rehearsal X, which checks signatures."""
    x = platforms.credentials.x
    for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret"):
        monkeypatch.setenv(f"TWITTER_{name.upper()}", getattr(x, name))
    return load("twitter", tmp_path, platforms.x.url, permalink=platforms.wall.url + "/x/{id}")


def pinned(method: str, path: str, sent: dict[str, Any], received: object, status: int = 200) -> None:
    matcher = [responses.matchers.json_params_matcher(sent)] if sent else []
    responses.add(method, f"{API}{path}", json=received, status=status, match=matcher)


@responses.activate
def test_the_exact_bytes_of_a_post(twitter: Any) -> None:
    """Upload, alt text, post: three calls, and nothing in them but what is declared."""
    pinned("POST", "/2/media/upload", {"media": "b25l", "media_category": "tweet_image"}, UPLOADED)
    pinned(
        "POST",
        "/2/media/metadata",
        {"id": "7001", "metadata": {"alt_text": {"text": "A bin lorry"}}},
        DESCRIBED,
    )
    sent = {
        "text": post("twitter").text,
        "media": {"media_ids": ["7001"]},
        "reply_settings": "mentionedUsers",
    }
    pinned("POST", "/2/tweets", sent, POSTED, 201)
    staged = twitter.stage(post("twitter", picture()), supplies(), None, NOW)
    receipt = twitter.publish(post("twitter", picture()), staged, NOW)
    assert receipt == Receipt("9001", "https://x.com/i/status/9001")
    assert [str(call.request.url) for call in responses.calls] == [
        f"{API}/2/media/upload", f"{API}/2/media/metadata", f"{API}/2/tweets"
    ]  # fmt: skip


@responses.activate
def test_a_post_without_a_picture_is_text_alone(twitter: Any) -> None:
    """No empty list of pictures is sent, which X would refuse."""
    pinned(
        "POST", "/2/tweets", {"text": post("twitter").text, "reply_settings": "mentionedUsers"}, POSTED, 201
    )
    staged = twitter.stage(post("twitter"), supplies(), None, NOW)
    assert staged == Staged({"ready": True, "media": {}})
    assert twitter.publish(post("twitter"), staged, NOW).remote_id == "9001"


@responses.activate
def test_the_exact_bytes_of_looking_for_a_lost_post(twitter: Any) -> None:
    """One read of our own newest posts, without metrics, matched by the true address behind t.co."""
    wanted = {"max_results": "25", "tweet.fields": "created_at,entities"}
    told = {
        "data": [
            {"id": "8"},
            {"id": "9002", "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": LINK}]}},
        ]
    }
    responses.get(
        f"{API}/2/users/{ACCOUNT_ID}/tweets",
        json=told,
        match=[responses.matchers.query_param_matcher(wanted)],
    )
    assert twitter.find(post("twitter"), None, NOW) == Receipt("9002", "https://x.com/i/status/9002")


ELSEWHERE: list[object] = [
    [], None, "x", [None], [{"id": "8", "entities": None}], [{"id": "8", "entities": {"urls": None}}],
    [{"id": "8", "entities": {"urls": [{"expanded_url": LINK + "a"}]}}],
    [{"id": "8", "entities": {"urls": [{"expanded_url": LINK + "&d=1"}]}}],
    [{"id": "8", "entities": {"urls": [{"expanded_url": LINK.partition("?")[0]}]}}],
    [{"entities": {"urls": [{"expanded_url": LINK}]}}],
]  # fmt: skip


@pytest.mark.parametrize("data", ELSEWHERE)
def test_another_link_is_another_post(data: object, tmp_path: Path, tokens: dict[str, str]) -> None:
    """Only the exact link counts; a longer parameter, a bare page or an odd answer proves nothing."""
    with Loopback(answer({"data": data, "meta": {}})) as server:
        assert load("twitter", tmp_path, server.url).find(post("twitter"), None, NOW) is None


@responses.activate
def test_only_what_is_being_withdrawn_is_deleted(twitter: Any) -> None:
    """A deletion leaves for the one id that is withdrawn, at that moment alone: not even for another post of ours."""
    responses.delete(f"{API}/2/tweets/9001", json={"data": {"deleted": True}})
    pinned(
        "POST", "/2/tweets", {"text": post("twitter").text, "reply_settings": "mentionedUsers"}, POSTED, 201
    )
    twitter.publish(post("twitter"), Staged({}), NOW)
    for _ in range(2):
        with pytest.raises(EgressRefused):
            twitter.client.delete_tweet("9001")
        twitter.withdraw(Withdrawal(post("twitter"), "9001"), NOW)
    assert [call.request.method for call in responses.calls] == ["POST", "DELETE", "DELETE"]
    assert {call.request.body for call in responses.calls if call.request.method == "DELETE"} == {None}


GONE = [
    {"title": "Not Found", "detail": "No.", "type": "https://api.x.com/2/problems/resource-not-found"},
    {"errors": [{"code": 144, "message": "No status found with that ID."}]},
]


@pytest.mark.parametrize("body", GONE)
def test_a_post_that_is_gone_is_withdrawn(body: object, tmp_path: Path, tokens: dict[str, str]) -> None:
    """X itself says that there is no such post: that is what was wanted, whoever deleted it."""
    with Loopback(answer(body, 404)) as server:
        load("twitter", tmp_path, server.url).withdraw(Withdrawal(post("twitter"), "9001"), NOW)
    assert server.routes() == ["DELETE /2/tweets/9001"]


@pytest.mark.parametrize("body", [b"", b"<html>", {}, {"type": "about:blank", "title": "Not Found"}])
def test_a_bare_404_is_not_taken_for_gone(body: Any, tmp_path: Path, tokens: dict[str, str]) -> None:
    """Anyone on the way may say 404: a post is not called gone on that alone."""
    with Loopback(answer(body, 404)) as server, pytest.raises(ChannelFailed):
        load("twitter", tmp_path, server.url).withdraw(Withdrawal(post("twitter"), "9001"), NOW)


@pytest.mark.parametrize(
    "number", ["", "../users/me", "9001/retweets", "9001?x=1", "\uff19\uff10\uff10\uff11"]
)
def test_an_odd_number_is_asked_of_nobody(number: str, tmp_path: Path, tokens: dict[str, str]) -> None:
    """What is no post's number reaches no other address of X."""
    with Loopback(answer({"data": {"deleted": True}})) as server, pytest.raises(EgressRefused):
        load("twitter", tmp_path, server.url).withdraw(Withdrawal(post("twitter"), number), NOW)
    assert server.connections == 0


def test_the_signature_is_for_the_endpoint(tmp_path: Path, tokens: dict[str, str]) -> None:
    """The address is replaced before signing, so that the signature is right for where the call goes."""
    with Loopback(answer(POSTED, 201)) as server:
        load("twitter", tmp_path, server.url).publish(post("twitter"), Staged({}), NOW)
    (request,) = server.requests
    assert is_signed(request, server.url, tokens)
    assert not is_signed(request, "https://api.twitter.com", tokens)


def is_signed(request: Received, host: str, tokens: Mapping[str, str]) -> bool:
    return oauth1.verify(
        request.method, host + request.path, given=oauth1.parameters(request.headers["authorization"]), sent=[],
        consumer_secret=tokens["TWITTER_CONSUMER_SECRET"], token_secret=tokens["TWITTER_ACCESS_TOKEN_SECRET"],
    )  # fmt: skip


def test_what_is_uploaded_is_not_uploaded_again(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Staging may be repeated: only what is missing, expired or has other alt text goes up."""
    with Loopback(answer(UPLOADED), answer(DESCRIBED)) as server:
        twitter = load("twitter", tmp_path, server.url)
        first = twitter.stage(post("twitter", picture()), supplies(), None, NOW)
        stored = Staged(json.loads(json.dumps(first.values)), first.expires_at)
        again = twitter.stage(post("twitter", picture()), supplies(), stored, NOW + timedelta(hours=1))
        assert (again, len(server.requests)) == (first, 2)
        twitter.stage(post("twitter", picture(alt="Other words")), supplies(), stored, NOW)
        assert len(server.requests) == 4
        twitter.stage(post("twitter", picture()), supplies(), stored, first.expires_at)
        assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("told", "hours"), [(3_600, 0.9), (None, 21.6), ("soon", 21.6), (-5, 21.6), (10**9, 21.6)]
)
def test_an_upload_expires_a_tenth_early(
    told: object, hours: float, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """What X says of its life counts, if it makes sense; at the moment of release it must still be good."""
    upload = {"data": {"id": "7001", "expires_after_secs": told}}
    with Loopback(answer(upload), answer(DESCRIBED)) as server:
        staged = load("twitter", tmp_path, server.url).stage(
            post("twitter", picture()), supplies(), None, NOW
        )
    assert staged.expires_at == NOW + timedelta(hours=hours)


def test_the_same_picture_twice_is_sent_once(tmp_path: Path, tokens: dict[str, str]) -> None:
    """X refuses a post that names one upload twice."""
    with Loopback(answer(UPLOADED), answer(DESCRIBED), answer(POSTED, 201)) as server:
        twitter = load("twitter", tmp_path, server.url)
        twice = post("twitter", picture(), picture())
        twitter.publish(twice, twitter.stage(twice, supplies(), None, NOW), NOW)
    assert json.loads(server.requests[-1].body)["media"] == {"media_ids": ["7001"]}


def test_an_odd_access_token_is_told(twitter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account's number stands in the token; one without it is a mistake in copying, and is not shown."""
    monkeypatch.setenv("TWITTER_ACCESS_TOKEN", "not-a-token")
    with pytest.raises(ConfigError, match="account's number") as told:
        _ = twitter.client
    assert "not-a-token" not in str(told.value)


def test_a_duplicate_is_looked_for_not_refused(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Through tweepy: X's "duplicate content" may mean that the post is live."""
    body = {
        "title": "Forbidden",
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
    }
    with Loopback(answer(body, 403)) as server, pytest.raises(ChannelFailed) as failed:
        load("twitter", tmp_path, server.url).publish(post("twitter"), Staged({}), NOW)
    assert failed.value.judgement.outcome is Outcome.UNKNOWN


def test_a_429_without_headers_is_asked_once(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Tweepy's own waiting would ask for ever; ours hands the wait to the scheduler."""
    with Loopback(answer({"title": "Too Many Requests", "detail": "", "type": "about:blank"}, 429)) as server:
        with pytest.raises(ChannelFailed) as failed:
            load("twitter", tmp_path, server.url).publish(post("twitter"), Staged({}), NOW)
        assert len(server.requests) == 1
    assert (failed.value.judgement.outcome, failed.value.judgement.after) == (
        Outcome.WAIT,
        timedelta(minutes=15),
    )


def test_no_secret_is_logged(
    tmp_path: Path, tokens: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Tweepy and oauthlib write tokens and signatures to their DEBUG logs: those stay shut."""
    caplog.set_level(logging.DEBUG)
    with Loopback(answer(POSTED, 201)) as server:
        load("twitter", tmp_path, server.url).publish(post("twitter"), Staged({}), NOW)
        signature = oauth1.parameters(server.requests[0].headers["authorization"])["oauth_signature"]
    assert not [secret for secret in (*tokens.values(), signature) if secret in caplog.text]


def test_the_cost_of_a_post_is_known_before(twitter: Any) -> None:
    """A post with a link costs thirteen times one without (docs.x.com, April 2026); X makes a link of a bare name, too."""
    texts = ("Bins", f"Bins {LINK}", "Bins: example.gov.uk/bins", "Bins at 7.30")
    assert [twitter.limits.cost(text, 0) for text in texts] == [0.015, 0.2, 0.2, 0.015]


def test_prices_are_the_accounts_own(tmp_path: Path) -> None:
    """An account with other terms says so in its table, and another channel's are not touched by it."""
    prices = {"post_price": 0.01, "post_price_with_link": 0, "alt_price": 0.5, "deletion_price": 0.25}
    own = load("twitter", tmp_path, API, **prices).limits
    assert (own.cost("Bins", 1), own.cost(f"Bins {LINK}", 2), own.deletion) == (0.51, 1.0, 0.25)
    usual = load("twitter", tmp_path, API).limits
    assert (usual.cost("Bins", 1), usual.deletion) == (pytest.approx(0.02), 0.01)


LEVELS = [
    ("read", {"read"}), ("read-write", {"read", "write"}), ("Read-Write-DirectMessages", {"read", "write", "directmessages"}),
    ("", None), (None, None),
]  # fmt: skip


@pytest.mark.parametrize(("level", "scopes"), LEVELS)
def test_the_keys_say_whose_they_are_and_what_they_may_do(
    level: str | None, scopes: set[str] | None, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Number, name, and the app's level where X tells it: more than reading and writing can be seen and told."""
    headers: dict[str, Any] = {"X_Access_Level": level} if level else {}
    told = answer({"data": {"id": ACCOUNT_ID, "username": "council"}}, **headers)
    with Loopback(told) as server:
        twitter = load("twitter", tmp_path, server.url)
        found = twitter.identify(NOW)
    assert (found.account, found.name, found.scopes, found.ends_at) == (ACCOUNT_ID, "council", scopes, None)
    assert found.notes == ()
    assert twitter.scopes == {"read", "write"}
    assert server.routes() == ["GET /2/users/me"]


@pytest.mark.parametrize(
    "body", [{"data": {}}, {"data": None}, {"data": [7]}, {"data": {"id": "council"}}, {"data": {"id": True}}]
)
def test_an_account_that_x_does_not_name_is_not_proved(
    body: object, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """An answer without a number proves nothing."""
    with Loopback(answer(body)) as server, pytest.raises(ChannelFailed) as failed:
        load("twitter", tmp_path, server.url).identify(NOW)
    assert failed.value.judgement.outcome is Outcome.WAIT


MONEY = {
    "title": "CreditsDepleted",
    "detail": "No credits.",
    "type": "https://api.twitter.com/2/problems/credits",
}
CAPPED = {
    "title": "UsageCapExceeded",
    "detail": "Usage cap exceeded: Monthly product cap",
    "type": "https://api.x.com/2/problems/usage-capped",
}
BUSY = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault.refuse(402, MONEY), Outcome.STOP),
        (Fault.refuse(402, {"detail": "Your enrolled account does not have any credits to fulfill this request."}), Outcome.STOP),
        (Fault.refuse(429, CAPPED, {"x-rate-limit-remaining": "90", "x-rate-limit-reset": "1796200000"}), Outcome.STOP),
        (Fault.refuse(429, BUSY, {"x-rate-limit-remaining": "0", "x-rate-limit-reset": "1796200000"}), Outcome.WAIT),
    ],
)  # fmt: skip
def test_money_and_limits_are_told_apart(
    fault: Fault, outcome: Outcome, real: Any, platforms: Platforms
) -> None:
    """Through tweepy: no credits and a used-up cap are for a person, a window that is used up goes by itself; nothing is out."""
    platforms.x.fail_next("POST", "/2/tweets", fault)
    with pytest.raises(ChannelFailed) as failed:
        real.publish(post("twitter"), Staged({}), NOW)
    assert failed.value.judgement.outcome is outcome
    if outcome is Outcome.WAIT:
        assert failed.value.judgement.until == datetime.fromtimestamp(1_796_200_000, UTC)
    assert platforms.ledger.posts() == []


# --- on a rehearsal platform ---------------------------------------------------------------------------------


def lorry(alt: str = "A bin lorry") -> tuple[Any, Supplies]:
    content = real_picture(1200, 630)
    media = picture(alt=alt)
    return media, Supplies({media.digest: content}.__getitem__, lambda _: None)


def test_a_post_goes_out_and_is_found(real: Any, platforms: Platforms) -> None:
    """On a server that checks signatures: picture, alt text, closed replies, our link; then found by it."""
    media, given = lorry()
    whole = post("twitter", media)
    receipt = real.publish(whole, real.stage(whole, given, None, NOW), NOW)
    (shown,) = platforms.ledger.posts()
    assert (shown.id, shown.url, shown.text) == (receipt.remote_id, receipt.url, whole.text)
    assert (shown.link, shown.replies, shown.media[0].alt) == (LINK, "closed", "A bin lorry")
    assert real.find(whole, None, NOW) == receipt
    assert [call.reason for call in platforms.ledger.calls() if call.reason] == []


def test_a_post_that_was_lost_on_the_way_back_is_found(real: Any, platforms: Platforms) -> None:
    """Committed, then answered with 500: unknown, and the read-back finds it."""
    platforms.x.fail_next("POST", "/2/tweets", Fault.commit_then_status())
    with pytest.raises(ChannelFailed) as failed:
        real.publish(post("twitter"), Staged({}), datetime.now(UTC))
    assert failed.value.judgement.outcome is Outcome.UNKNOWN
    assert real.find(post("twitter"), None, NOW) == Receipt(
        platforms.ledger.posts()[0].id, platforms.ledger.posts()[0].url
    )
