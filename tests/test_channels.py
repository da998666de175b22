"""What holds for every adapter. That every public method of every library broadcasts or fails is in tests/test_one_way.py."""

import dataclasses
import inspect
import json
import re
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from channels_support import (
    ACCOUNT_ID,
    NOW,
    PAGE_ID,
    TABLES,
    USER_ID,
    Loopback,
    answer,
    load,
    picture,
    post,
    supplies,
)
from contract_support import Outlet, phase_of

from publisher import channels, paths
from publisher.channels import Channel, Identity, Limits, Withdrawal
from publisher.errors import ChannelFailed, ConfigError, EgressRefused
from publisher.model import Judgement, Outcome, Phase, Staged
from publisher.own_ids import MOST_IDS
from publisher.settings import ChannelSettings

pytest_plugins = ["channels_fixtures"]

ENDPOINT = "https://platform.example"
ONLINE = ("facebook", "instagram", "instagrapi", "twitter")


MOST_IN_A_STEP = 4
"""Requests: one picture with what belongs to it, or one look at each of a carousel's and the next thing to do."""
SAME_PICTURE: dict[str, int] = {"twitter": 1}
"""Uploads that are made again besides the one that failed: on X a picture without its alternative text is none."""


@pytest.fixture(params=sorted(TABLES))
def adapter(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return load(request.param, tmp_path, ENDPOINT)


@pytest.fixture(params=ONLINE)
def online(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return load(request.param, tmp_path, ENDPOINT)


# --- the contract --------------------------------------------------------------------------------------------


def test_every_adapter_is_held_to_the_contract() -> None:
    """A new file in channels/ must be added to this suite."""
    assert set(channels.names()) == set(TABLES)


@pytest.mark.parametrize("method", ["stage", "publish", "find", "withdraw", "identify", "judge", "close"])
def test_the_methods_take_what_the_contract_says(method: str, adapter: Any) -> None:
    """The release calls every adapter in the same way, by position or by name."""
    wanted = list(inspect.signature(getattr(Channel, method)).parameters)[1:]
    assert list(inspect.signature(getattr(adapter, method)).parameters) == wanted


@pytest.mark.parametrize(
    "method", ["discard", "page_is_live", "lend", "take_back", "take_back_old", "public_pages"]
)
def test_what_an_adapter_need_not_have_takes_what_the_core_gives(method: str, adapter: Any) -> None:
    """The core gives the same by position to whoever has it, and does without where nobody does."""
    wanted = list(inspect.signature(getattr(channels, method)).parameters)[1:]
    if hasattr(adapter, method):
        assert list(inspect.signature(getattr(adapter, method)).parameters) == wanted


def test_settings_are_strict(adapter: Any) -> None:
    """Each adapter's settings add to what every channel has, and know their own name."""
    assert isinstance(adapter.settings, ChannelSettings)
    assert adapter.settings.name == adapter.settings.adapter
    assert get_type_hints(type(adapter.settings))["endpoint"]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_risk_names_the_way_that_is_allowed(name: str) -> None:
    """Whoever goes against its platform's terms says so, and what to use instead, a sentence each; nobody else says either."""
    found = channels.risk_of(name, field="adapter")
    assert bool(found.words) == bool(found.way_out)
    assert all(words.endswith(".") for words in (found.words, found.way_out) if words)


def test_limits_are_data(adapter: Any) -> None:
    """The gate, the templates and the media fitter read limits before any call, so they are plain and make sense."""
    limits = adapter.limits
    assert isinstance(limits, Limits)
    assert 0 <= limits.images_min <= limits.images_max
    assert limits.image_ratio[0] < limits.image_ratio[1]
    assert limits.measure in {"characters", "x"}
    assert min(limits.text, limits.alt, limits.image_bytes, limits.image_width, limits.images_max) > 0
    assert limits.hashtags >= 0
    assert limits.deletion >= 0
    if limits.cost is not None:
        assert 0 < limits.cost("Bins", 0) <= limits.cost("Bins https://www.example.gov.uk", 4)


def test_rights_are_named(adapter: Any) -> None:
    """What the adapter needs is compared with what the credentials may do: names, and none of them empty."""
    assert isinstance(adapter.scopes, frozenset)
    assert all(isinstance(scope, str) and scope for scope in adapter.scopes)


def test_the_template_is_there(adapter: Any) -> None:
    """Each adapter names the template that makes its text."""
    assert (paths.TEMPLATES / adapter.template).is_file()


def test_only_the_website_makes_pages(adapter: Any) -> None:
    """Platforms link to the page; only the website makes it."""
    assert adapter.makes_page == (adapter.settings.adapter == "site")


def test_each_adapter_says_whether_it_takes_posts_down(adapter: Any) -> None:
    """Where a platform lets no program do so, a person does, and no deletion is in its table of calls."""
    assert isinstance(adapter.withdraws, bool)
    deleting = [call for call in getattr(adapter, "calls", ()) if call.method == "DELETE"]
    assert bool(deleting) == (adapter.withdraws and not adapter.makes_page)
    assert [call for call in deleting if call.phase is not Phase.DELETE or call.check is None] == []


ODD_ANSWERS: tuple[bytes | str, ...] = (
    b"", "", b"{}", b"[]", b"null", b"true", b"7", b'"a"', b"<html>", b"\xff\xfe", b"\xef\xbb\xbf{}", b"{" * 50_000, b"[" * 50_000, b'{"id":' * 20_000,
    b'{"id":NaN}', b'{"id":1e999}', b'{"id":' + b"9" * 5_000 + b"}", b'{"id":"\\ud800"}', b'{"id":null,"data":null,"error":null}',
    b'{"data":[],"errors":[]}', b'{"data":{"id":[]},"errors":{}}', b'{"error":"a"}', b'{"error":[]}', b'{"error":{"code":{}}}', b'{"status":7,"title":7,"detail":[]}',
    b'{"error":{"code":"190","error_subcode":"x","message":7}}', b'{"errors":[null,7,"a",{"code":null}]}', b'{"status":"ok","media":7}',
)  # fmt: skip
ODD_HEADERS: tuple[dict[str, str], ...] = (
    {}, {"retry-after": "soon"}, {"Retry-After": "-1"}, {"retry-after": "9" * 400}, {"x-rate-limit-reset": "\u0663"},
    {"x-business-use-case-usage": "{"}, {"X-App-Usage": "[]"}, {"x-rate-limit-reset": "1e999"}, {"x-business-use-case-usage": '{"1":[{"call_count":"a"}]}'},
)  # fmt: skip


def test_judge_is_pure_and_total(adapter: Any) -> None:
    """Every phase has a judgement for every kind of answer, and the same one twice; whoever must act has a sentence to go by."""
    for phase in Phase:
        for status in (
            None,
            0,
            99,
            200,
            201,
            204,
            302,
            304,
            400,
            401,
            402,
            403,
            404,
            409,
            418,
            429,
            500,
            503,
            599,
            999,
        ):
            for number, body in enumerate(ODD_ANSWERS):
                headers = ODD_HEADERS[number % len(ODD_HEADERS)]
                found = adapter.judge(phase, status, headers, body)
                assert isinstance(found, Judgement)
                assert found == adapter.judge(phase.value, status, dict(headers), body)
                assert found.outcome is Outcome.SENT or (found.officer and found.engineer)
                assert found.wait_until(NOW, timedelta(seconds=1)) > NOW


def test_no_answer_to_a_post_is_unknown(adapter: Any) -> None:
    """Whatever the outlet: where no answer came, or none that can be read, the post may be live."""
    told = (
        (None, 500, 503) if adapter.makes_page else (None, 200, 302, 500, 503)
    )  # a file that is written has no body
    for phase in (Phase.CREATE, Phase.PUBLISH):
        for status in told:
            for body in (b"", b"<html>", b"{", b"\xff"):
                assert adapter.judge(phase, status, {}, body).outcome is Outcome.UNKNOWN


def test_closing_is_harmless(adapter: Any, tokens: dict[str, str]) -> None:
    """A channel may be closed before it was used, after, and twice."""
    adapter.close()
    _ = adapter.client
    adapter.close()
    adapter.close()


def test_a_missing_secret_is_told_at_once(online: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Building the client, which the daemon does at its start, names the secret that is missing."""
    for name in ("TWITTER_CONSUMER_KEY", "FACEBOOK_PAGE_TOKEN", "INSTAGRAM_TOKEN", "INSTAGRAPI_SESSION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match=r"environment variable \w+ is empty"):
        _ = online.client


def test_the_client_is_built_once_and_calls_nobody(online: Any, tokens: dict[str, str]) -> None:
    """The library's client exists without a single request; nothing listens at the endpoint here."""
    assert online.client is online.client


@pytest.mark.parametrize("name", ONLINE)
def test_an_unknown_key_is_an_error(name: str, tmp_path: Path) -> None:
    """A mistyped setting is not overlooked."""
    with pytest.raises(ConfigError):
        load(name, tmp_path, ENDPOINT, tokn="env:A")


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("facebook", "page_id", "me"), ("facebook", "page_id", "1/feed"), ("facebook", "version", "26"),
        ("instagram", "user_id", "council"), ("instagram", "version", "v26.0/x"), ("twitter", "reply_settings", "everyone"),
        ("facebook", "app_secret", "plain-secret"),
    ],
)  # fmt: skip
def test_a_setting_that_would_bend_an_address_is_refused(
    name: str, key: str, value: str, tmp_path: Path
) -> None:
    """What goes into addresses has a checked form, and a secret is never written into config.toml."""
    with pytest.raises(ConfigError, match=key):
        load(name, tmp_path, ENDPOINT, **{key: value})


@pytest.mark.parametrize("name", ONLINE)
def test_no_secret_is_in_what_the_adapter_shows(name: str, tmp_path: Path, tokens: dict[str, str]) -> None:
    """Neither the adapter, its settings, its client nor its table of calls show a secret when printed."""
    made = load(name, tmp_path, ENDPOINT)
    shown = f"{made!r} {made.settings!r} {made.client!r} {made.client.session!r} {made.calls!r}"
    assert not [token for token in tokens.values() if token in shown]


@pytest.mark.parametrize("name", ONLINE)
def test_publishing_before_staging_sends_nothing(name: str, tmp_path: Path, tokens: dict[str, str]) -> None:
    """A post with a picture does not go without it."""
    with Loopback(answer({})) as server, pytest.raises(ChannelFailed) as failed:
        load(name, tmp_path, server.url).publish(post(name, picture()), Staged({}), NOW)
    assert (failed.value.judgement.outcome, server.connections) == (Outcome.WAIT, 0)


STAGED = {
    "facebook": [answer({"id": "7"})],
    "instagram": [answer({"data": []}), answer({"id": "7"}), answer({"id": "7", "status_code": "FINISHED"})],
    "instagrapi": [answer({"upload_id": "7", "status": "ok"})],
    "twitter": [answer({"data": {"id": "7"}}), answer({"data": {"id": "7"}})],
}


@pytest.mark.parametrize("name", ONLINE)
@pytest.mark.parametrize(
    "fault", [answer(b"<html>", 502), answer(b"", 200), answer({}, 307, location="/other"), lambda _: None]
)
def test_a_lost_answer_is_unknown_and_sent_once(
    name: str, fault: Any, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Through the real library: one request, no second try, UNKNOWN."""
    with Loopback(*STAGED[name], fault) as server:
        made = load(name, tmp_path, server.url)
        staged = None
        while staged is None or not staged.values["ready"]:
            staged = made.stage(post(name, picture()), supplies(), staged, NOW)
        before = len(server.requests)
        with pytest.raises(ChannelFailed) as failed:
            made.publish(post(name, picture()), staged, NOW)
    assert failed.value.judgement.outcome is Outcome.UNKNOWN
    assert len(server.requests) == before + 1


WITHDRAWN = {"facebook": f"{PAGE_ID}_9001", "twitter": "9001"}


@pytest.mark.parametrize("name", WITHDRAWN)
@pytest.mark.parametrize(
    "fault",
    [
        answer(b"<html>", 502),
        answer(b"", 200),
        answer({}, 307, location="/other"),
        answer({}, 200),
        lambda _: None,
    ],
)
def test_no_clear_answer_to_a_deletion_is_never_a_yes(
    name: str, fault: Any, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Through the real library: one request, and nobody is told that the post is gone."""
    with Loopback(fault) as server, pytest.raises(ChannelFailed) as failed:
        load(name, tmp_path, server.url).withdraw(Withdrawal(post(name), WITHDRAWN[name]), NOW)
    assert failed.value.judgement.outcome in {Outcome.WAIT, Outcome.STOP}
    assert len(server.requests) == 1


# --- step by step, against a platform that answers ----------------------------------------------------------------


@pytest.fixture(params=ONLINE)
def outlet(request: pytest.FixtureRequest, tmp_path: Path, tokens: dict[str, str]) -> Outlet:
    return Outlet(request.param, tmp_path)


def test_it_says_whose_account_it_is(outlet: Outlet) -> None:
    """By asking, and by nothing that makes anything public."""
    with outlet.running() as server:
        made = outlet.load()
        found = made.identify(NOW)
        assert isinstance(found, Identity)
        assert (found.account, bool(found.name)) == (outlet.account, True)
        assert found.scopes is None or found.scopes == frozenset(map(str, found.scopes))
        assert {phase_of(made, asked) for asked in server.requests} == {Phase.READ}


def test_a_website_has_no_account_to_prove(tmp_path: Path) -> None:
    """Whoever writes the files owns them."""
    assert load("site", tmp_path, ENDPOINT).identify(NOW) is None


@pytest.mark.parametrize(
    "fault",
    [answer(b"<html>", 502), answer({}, 401), answer(b"", 200), answer({"id": {}}, 200), answer({}, 404)],
)
def test_an_account_that_cannot_be_asked_about_is_a_failure(fault: bytes, outlet: Outlet) -> None:
    """Never a failure of another kind, and never taken for ours."""
    with outlet.running(dict.fromkeys(range(9), fault)), suppress(ChannelFailed):
        found = outlet.load().identify(NOW)
        assert found.account != outlet.account


@pytest.mark.parametrize("odd", [{}, "", None, True, [], 0, "me", "1/feed", "9" * 60])
def test_an_account_without_a_number_is_a_failure(odd: Any, outlet: Outlet) -> None:
    """Whatever stands where the number should be: it is asked again, and no account is made of it."""
    own = {"id": odd, "username": "council", "name": "Council", "pk": odd}
    fault = answer(own | {"data": own, "user": own, "status": "ok"})
    with outlet.running(dict.fromkeys(range(9), fault)), pytest.raises(ChannelFailed) as failed:
        outlet.load().identify(NOW)
    assert failed.value.judgement.outcome is Outcome.WAIT


@pytest.mark.parametrize("odd", [{}, ["a"], 7, None])
def test_a_name_that_is_no_text_is_none(odd: Any, outlet: Outlet) -> None:
    """Nobody is called "{}"."""
    own = {"id": outlet.account, "username": odd, "name": odd, "pk": outlet.account}
    fault = answer(own | {"data": own, "user": own, "status": "ok"})
    with outlet.running(dict.fromkeys(range(1), fault)):
        assert outlet.load().identify(NOW).name == ""


def test_staging_makes_nothing_public_and_goes_step_by_step(outlet: Outlet) -> None:
    """Each step is bounded, and what it did is in what it returns: the core stores that before it calls again."""
    with outlet.running() as server:
        counts = [0]
        held = outlet.staged(seen=lambda _held: counts.append(len(server.requests)))
        made = outlet.load()
        phases = [phase_of(made, asked) for asked in server.requests]
        assert not any(phase is None or phase.makes_public for phase in phases)
        assert max(after - before for before, after in pairwise(counts)) <= MOST_IN_A_STEP
        assert len(counts) > 2
        before = len(server.requests)
        again = made.stage(outlet.post, supplies("one", "two"), held, NOW)
        assert (again.values["ready"], again.values | {"poll": 0} == dict(held.values) | {"poll": 0}) == (
            True,
            True,
        )
        assert not [
            one for one in server.requests[before:] if phase_of(made, one) in {Phase.UPLOAD, Phase.CONTAINER}
        ]


def test_a_crash_between_two_steps_loses_nothing(outlet: Outlet) -> None:
    """Another process goes on from what was stored: as many uploads as without, and the post goes with them."""
    with outlet.running() as server:
        outlet.staged()
        whole, ids = len(server.requests), outlet.made(server)
    with outlet.running() as server:
        held = outlet.staged(crash=True)
        assert (len(server.requests), outlet.made(server)) == (whole, ids)
        assert outlet.load().publish(outlet.post, held, NOW).remote_id


def test_a_step_that_fails_loses_no_other(outlet: Outlet) -> None:
    """Whichever request of it fails: it is raised, what was stored is still good, and no picture is uploaded a second time."""
    with outlet.running() as server:
        outlet.staged()
        whole, ids = len(server.requests), outlet.made(server)
    for number in range(whole):
        with outlet.running({number: answer(b"<html>", 503)}) as server:
            held: list[Staged] = []
            with pytest.raises(ChannelFailed) as failed:
                outlet.staged(seen=held.append)
            assert failed.value.judgement.outcome is not Outcome.UNKNOWN
            ready = outlet.staged(held=held[-1] if held else None)
            assert ready.values["ready"]
            assert outlet.made(server) <= ids + 1 + SAME_PICTURE.get(outlet.name, 0)


def test_it_publishes_by_one_request(outlet: Outlet) -> None:
    """One request that makes something public, tried once; what comes after it only reads, or shuts comments."""
    with outlet.running() as server:
        held, made = outlet.staged(), outlet.load()
        before = len(server.requests)
        receipt = made.publish(outlet.post, held, NOW)
        phases = [phase_of(made, asked) for asked in server.requests[before:]]
    assert (receipt.remote_id == "", receipt.url.startswith("https://")) == (False, True)
    assert [phase.makes_public for phase in phases if phase] == [True] + [False] * (len(phases) - 1)


def test_it_finds_what_it_published_by_the_link(outlet: Outlet) -> None:
    """Its own posts are read, and nobody else's; a post without our link is none of ours."""
    with outlet.running() as server:
        made = outlet.load()
        found = made.find(outlet.post, None, NOW)
        assert found is not None
        assert found.remote_id
        assert not any(
            phase is None or phase.makes_public for phase in (phase_of(made, one) for one in server.requests)
        )
        other = post(outlet.name, link="https://www.example.gov.uk/news/other?c=otherone")
        assert outlet.load().find(dataclasses.replace(other, reference="otherone"), None, NOW) is None


@pytest.mark.parametrize(
    "odd", [{}, {"data": None}, {"data": [None, 7, "a", [], {}]}, {"data": [{"id": {}, "message": 7, "entities": []}]}, {"items": [None, {}, 7]}, {"items": {}}]
)  # fmt: skip
def test_odd_lists_of_posts_prove_nothing(odd: dict[str, Any], outlet: Outlet) -> None:
    """Whatever shape the answer has: no post of ours in it, or a failure that is judged."""
    with outlet.running(dict.fromkeys(range(9), answer(odd))), suppress(ChannelFailed):
        assert outlet.load().find(outlet.post, None, NOW) is None


def test_what_was_prepared_can_be_taken_away(outlet: Outlet) -> None:
    """Only what it uploaded itself; nothing where nothing was; twice does no harm, and a platform that is down is told."""
    with outlet.running() as server:
        held, made = outlet.staged(), outlet.load()
        before = len(server.requests)
        channels.discard(made, held, NOW)
        assert {phase_of(made, one) for one in server.requests[before:]} <= {Phase.DELETE}
        assert all(
            str(one.route.rpartition("/")[2]) in json.dumps(dict(held.values))
            for one in server.requests[before:]
        )
        channels.discard(made, held, NOW)
        after = len(server.requests)
        channels.discard(outlet.load(), Staged({}), NOW)
        assert len(server.requests) == after
    with outlet.running(dict.fromkeys(range(9), answer(b"<html>", 503))), suppress(ChannelFailed):
        channels.discard(outlet.load(), held, NOW)


def test_hearing_of_a_live_page_makes_nothing_public(outlet: Outlet) -> None:
    """It may ask the platform to look anew, once; a platform that is down is told as a failure, and nothing else is."""
    for ill in ({}, dict.fromkeys(range(9), answer(b"<html>", 503))):
        with outlet.running(ill) as server:
            made = outlet.load()
            with suppress(ChannelFailed):
                channels.page_is_live(made, outlet.post, NOW)
            assert len(server.requests) <= 1
            assert not any(
                phase is None or phase.makes_public
                for phase in (phase_of(made, one) for one in server.requests)
            )


# --- one way, by construction --------------------------------------------------------------------------------

GOOD = {
    "data": {"id": "7", "deleted": True},
    "id": "7",
    "success": True,
    "status_code": "FINISHED",
    "meta": {},
}

CONVERSING: tuple[dict[str, Any], ...] = (
    {"reply": {"in_reply_to_tweet_id": "1"}}, {"quote_tweet_id": "1"}, {"community_id": "1"}, {"poll": {}}, {"geo": {}},
    {"direct_message_deep_link": "x"}, {"for_super_followers_only": True}, {"card_uri": "x"}, {"nullcast": True},
    {"share_with_followers": True}, {"edit_options": {"previous_post_id": "1"}},
    {"media": {"media_ids": ["1"], "tagged_user_ids": ["1"]}}, {"media": {"media_ids": []}}, {"media": {"media_ids": list("12345")}},
    {"media": {"media_ids": [1]}}, {"media": None},
)  # fmt: skip
RAW: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "twitter": [
        ("POST", "/2/tweets", {"text": "a"}),
        ("POST", "/2/tweets", {"text": "a", "reply_settings": "following"}),
        ("POST", "/2/tweets", {"reply_settings": "mentionedUsers"}),
        ("POST", "/2/tweets", {"text": ["a"], "reply_settings": "mentionedUsers"}),
        *(
            ("POST", "/2/tweets", {"text": "a", "reply_settings": "mentionedUsers", **more})
            for more in CONVERSING
        ),
        ("POST", "/2/media/upload", {"media": "eA==", "media_category": "dm_image"}),
        ("POST", "/2/media/upload", {"media": "eA==", "media_category": "tweet_image", "additional_owners": ["1"]}),
        ("POST", "/2/media/metadata", {"id": "1", "metadata": {"alt_text": {"text": "a"}, "found_media_origin": {}}}),
        ("POST", "/2/media/upload/initialize", {"media_type": "video/mp4", "total_bytes": 9, "media_category": "tweet_video"}),
        ("POST", "/2/media/upload/123/append", {"media": "eA==", "segment_index": 0}),
        ("POST", "/2/media/upload/123/finalize", {}),
        ("GET", "/2/media/upload?command=STATUS&media_id=123", {}),
        ("POST", "/2/oauth2/token", {"grant_type": "refresh_token", "refresh_token": "a", "client_id": "b"}),
        ("DELETE", "/2/tweets/123", {}),
        ("GET", f"/2/users/{ACCOUNT_ID}/mentions", {}),
        ("GET", f"/2/users/{ACCOUNT_ID}/tweets?tweet.fields=public_metrics", {}),
        ("GET", "/2/users/123/tweets", {}),
        ("GET", "/2/users/me?expansions=pinned_tweet_id", {}),
    ],
    "facebook": [
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a"}),
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"link": "https://www.example.gov.uk/"}),
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "link": "b", "place": "1"}),
        *(
            ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "link": f"https://{host}/council"})
            for host in ("fb.com", "fb.me", "m.me", "www.messenger.com")
        ),
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "link": "b", "tags": "1"}),
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "link": "b", "object_attachment": "1"}),
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "attached_media": '[{"media_fbid": "123"}]'}),
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "attached_media": "[]"}),
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "link": "https://www.example.gov.uk/", "attached_media": "[]"}),
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "link": "b", "method": "delete"}),
        ("POST", f"/v26.0/{PAGE_ID}/photos", {"published": "true"}),
        ("POST", f"/v26.0/{PAGE_ID}/photos", {"url": "https://a.example/a.jpg", "published": "false"}),
        ("POST", "/v26.0/123/comments", {"message": "a"}),
        ("POST", f"/v26.0/{PAGE_ID}/messages", {"message": "a"}),
        ("POST", "/v26.0/", {"batch": "[]"}),
        ("POST", "/v26.0/", {"id": "https://www.example.gov.uk/", "scrape": "true"}),
        ("POST", "/v26.0/debug_token", {"input_token": "another", "method": "get"}),
        ("POST", f"/v26.0/{PAGE_ID}", {"method": "delete"}),
        ("DELETE", "/v26.0/123", {}),
        ("DELETE", f"/v26.0/{PAGE_ID}", {}),
        ("GET", f"/v26.0/{PAGE_ID}/conversations", {}),
        ("GET", f"/v26.0/{PAGE_ID}/published_posts", {}),
        ("GET", f"/v25.0/{PAGE_ID}", {}),
        ("GET", f"/v26.0/{PAGE_ID}?fields=id,followers_count", {}),
        ("GET", f"/v26.0/{PAGE_ID}/published_posts?fields=id,message,permalink_url,comments", {}),
        ("GET", "/v26.0/123?fields=permalink_url", {}),
    ],
    "instagram": [
        ("POST", f"/v26.0/{USER_ID}/media", {"image_url": "https://a.example/a.jpg", "user_tags": "[]"}),
        ("POST", f"/v26.0/{USER_ID}/media", {"image_url": "https://a.example/a.jpg", "collaborators": "[]"}),
        ("POST", f"/v26.0/{USER_ID}/media", {"media_type": "STORIES", "image_url": "https://a.example/a.jpg"}),
        ("POST", f"/v26.0/{USER_ID}/media", {"media_type": "CAROUSEL", "children": "1,2"}),
        ("POST", f"/v26.0/{USER_ID}/media_publish", {"creation_id": "123"}),
        ("POST", "/v26.0/123", {"comment_enabled": "false"}),
        ("POST", "/v26.0/123/replies", {"message": "a"}),
        ("GET", "/v26.0/123?fields=status_code,status", {}),
        ("GET", f"/v26.0/{USER_ID}/media", {}),
        ("GET", f"/v26.0/{USER_ID}?fields=followers_count", {}),
        ("GET", f"/v26.0/{USER_ID}/media?fields=id,caption,permalink,comments", {}),
        ("GET", f"/v26.0/{USER_ID}/insights", {}),
        ("GET", f"/v26.0/{USER_ID}/content_publishing_limit?fields=quota_usage,since", {}),
        ("DELETE", "/v26.0/123", {}),
    ],
    "instagrapi": [
        ("POST", "/api/v1/media/configure/", {"signed_body": 'SIGNATURE.{"caption":"a","upload_id":"1"}'}),
        ("POST", "/api/v1/media/configure/", {"caption": "a"}),
        ("POST", "/api/v1/media/configure_to_story/", {"signed_body": "SIGNATURE.{}"}),
        ("POST", "/api/v1/media/123_7/comment/", {"signed_body": "SIGNATURE.{}"}),
        ("POST", "/api/v1/media/123_7/like/", {"signed_body": "SIGNATURE.{}"}),
        ("POST", "/api/v1/media/123_7/delete/", {"signed_body": "SIGNATURE.{}"}),
        ("POST", "/api/v1/direct_v2/threads/broadcast/text/", {"text": "a"}),
        ("POST", "/api/v1/accounts/login/", {"signed_body": "SIGNATURE.{}"}),
        ("POST", "/api/v1/feed/timeline/", {"signed_body": "SIGNATURE.{}"}),
        ("GET", "/api/v1/feed/user/123/?count=18", {}),
        ("GET", f"/api/v1/feed/user/{ACCOUNT_ID}/?count=18&max_id=7", {}),
        ("GET", f"/api/v1/users/{ACCOUNT_ID}/info/", {}),
        ("GET", "/api/v1/accounts/current_user/?fields=email", {}),
        ("GET", "/api/v1/direct_v2/inbox/", {}),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "method", "path", "fields"), [(name, *one) for name, calls in RAW.items() for one in calls]
)
def test_a_call_that_is_no_plain_broadcast_is_refused(
    name: str, method: str, path: str, fields: dict[str, Any], tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Field by field: replies, quotes, tags, polls, places, other people's objects, ids that we did not send."""
    with Loopback(answer(GOOD)) as server:
        made = load(name, tmp_path, server.url)
        body = (
            {"json": fields}
            if name == "twitter"
            else {"files": {**fields, "source": b"x"}}
            if "photos" in path
            else {"data": fields}
        )
        with pytest.raises(EgressRefused):
            made.client.session.request(method, server.url + path, **(body if fields else {}))
    assert server.connections == 0


@pytest.mark.parametrize("name", ["facebook", "instagram", "instagrapi"])
def test_a_daemon_that_runs_for_months_remembers_no_more_for_it(
    name: str, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """The ids of its own that it checks calls by are so many and no more; what it goes on with it names again."""
    own = load(name, tmp_path, ENDPOINT).own_ids
    own.update(map(str, range(3 * MOST_IDS)))
    assert len(own) == MOST_IDS


@pytest.mark.parametrize("name", ONLINE)
def test_the_table_of_calls_is_data(name: str, tmp_path: Path) -> None:
    """What may leave can be listed without a secret and without a network, for the README."""
    calls = load(name, tmp_path, ENDPOINT).calls
    assert calls
    assert {call.method for call in calls} <= {"GET", "POST", "DELETE"}
    assert all(re.compile(call.path).pattern.startswith("/") for call in calls)
    assert [call for call in calls if call.phase.makes_public and call.check is None] == []
