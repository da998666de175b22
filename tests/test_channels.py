"""What holds for every adapter, and that every public method of every library reaches the wire only to broadcast."""

import inspect
import io
import json
import re
import warnings
from collections.abc import Iterator
from itertools import combinations
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

from publisher import channels, paths
from publisher.channels import Channel, Limits, Withdrawal
from publisher.errors import ChannelFailed, ConfigError, EgressRefused
from publisher.model import Judgement, Outcome, Phase, Staged
from publisher.settings import ChannelSettings

pytest_plugins = ["channels_fixtures"]

ENDPOINT = "https://platform.example"
ONLINE = ("facebook", "instagram", "twitter")


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


@pytest.mark.parametrize("method", ["stage", "publish", "find", "withdraw", "judge", "close"])
def test_the_methods_take_what_the_contract_says(method: str, adapter: Any) -> None:
    """The release calls every adapter in the same way, by position or by name."""
    wanted = list(inspect.signature(getattr(Channel, method)).parameters)[1:]
    assert list(inspect.signature(getattr(adapter, method)).parameters) == wanted


def test_settings_are_strict(adapter: Any) -> None:
    """Each adapter's settings add to what every channel has, and know their own name."""
    assert isinstance(adapter.settings, ChannelSettings)
    assert adapter.settings.name == adapter.settings.adapter
    assert get_type_hints(type(adapter.settings))["endpoint"]


def test_limits_are_data(adapter: Any) -> None:
    """The gate, the templates and the media fitter read limits before any call, so they are plain and make sense."""
    limits = adapter.limits
    assert isinstance(limits, Limits)
    assert 0 <= limits.images_min <= limits.images_max
    assert limits.image_ratio[0] < limits.image_ratio[1]
    assert limits.measure in {"characters", "x"}
    assert limits.text > 0


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


def test_judge_is_pure_and_total(adapter: Any) -> None:
    """Every phase has a judgement for every kind of answer, and the same one twice."""
    for phase in Phase:
        for status in (None, 200, 302, 404, 500):
            found = adapter.judge(phase, status, {}, b"")
            assert isinstance(found, Judgement)
            assert found == adapter.judge(phase.value, status, {}, "")


def test_no_answer_to_a_post_is_unknown(adapter: Any) -> None:
    """Whatever the outlet: where no answer came, the post may be live."""
    for phase in (Phase.CREATE, Phase.PUBLISH):
        for status in (None, 500, 503):
            assert adapter.judge(phase, status, {}, b"").outcome is Outcome.UNKNOWN


def test_closing_is_harmless(adapter: Any, tokens: dict[str, str]) -> None:
    """A channel may be closed before it was used, after, and twice."""
    adapter.close()
    _ = adapter.client
    adapter.close()
    adapter.close()


def test_a_missing_secret_is_told_at_once(online: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Building the client, which the daemon does at its start, names the secret that is missing."""
    for name in ("TWITTER_CONSUMER_KEY", "FACEBOOK_PAGE_TOKEN", "INSTAGRAM_TOKEN"):
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
    "instagram": [answer({"id": "7"}), answer({"id": "7", "status_code": "FINISHED"})],
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


# --- one way, by construction --------------------------------------------------------------------------------

IDS = {
    "facebook": (PAGE_ID, "123", "me"),
    "instagram": (USER_ID, "123", "me"),
    "twitter": (ACCOUNT_ID, "123"),
}
EDGES = (
    "feed",
    "photos",
    "media",
    "media_publish",
    "comments",
    "likes",
    "conversations",
    "messages",
    "published_posts",
    "insights",
)
GOOD = {
    "data": {"id": "7", "deleted": True},
    "id": "7",
    "success": True,
    "status_code": "FINISHED",
    "meta": {},
}


def plausible(name: str, parameter: inspect.Parameter, node: str) -> Any:
    """A value that the parameter could well have."""
    known: dict[str, Any] = {
        "method": "POST", "route": "/2/users/7/likes", "path": f"v26.0/{node}/comments", "text": "Hello", "user_auth": True,
        "image": io.BytesIO(b"x"), "album_path": f"{node}/photos", "type": "place", "reply_settings": "mentionedUsers",
        "poll_options": ["a", "b"], "poll_duration_minutes": 60, "media_ids": ["7"], "offline": False,
    }  # fmt: skip
    if parameter.name in known:
        return known[parameter.name]
    if parameter.name.endswith("ids") or parameter.name in {"usernames", "ids"}:
        return [node]
    return node


def variants(method: Any, name: str, node: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Required arguments alone, each optional one singly, each two, and all of them."""
    found = [
        one
        for one in inspect.signature(method).parameters.values()
        if one.kind not in {one.VAR_KEYWORD, one.VAR_POSITIONAL}
    ]
    needed = [one for one in found if one.default is one.empty]
    optional = [one for one in found if one.default is not one.empty]
    free = any(one.kind is one.VAR_KEYWORD for one in inspect.signature(method).parameters.values())
    extras = (
        [{}, {"fields": "comments,likes"}, {"message": "Hi"}, {"message": "Hi", "link": "https://a.example"}]
        if free
        else [{}]
    )
    edges = EDGES if any(one.name == "connection_name" for one in needed) else ("",)
    for chosen in [[], *[[one] for one in optional], *combinations(optional, 2), optional]:
        for extra in extras:
            for edge in edges:
                given = {one.name: plausible(name, one, node) for one in [*needed, *chosen]} | extra
                yield [], given | ({"connection_name": edge} if edge else {})


def call_everything(client: Any, name: str) -> int:
    called = 0
    for method_name in [each for each in dir(client) if not each.startswith("_")]:
        method = getattr(client, method_name)
        if not inspect.ismethod(method):
            continue
        for node in IDS[name]:
            for args, kwargs in variants(method, name, node):
                called += 1
                try:
                    found = method(*args, **kwargs)
                    list(found) if inspect.isgenerator(found) else None
                except (EgressRefused, Exception):  # noqa: BLE001, S112  # what it says is its own affair: the wire is looked at
                    continue
    return called


REACHED = {
    "twitter": {"POST /2/tweets", "GET /2/users/me", f"GET /2/users/{ACCOUNT_ID}/tweets"},
    "facebook": {f"GET /v26.0/{PAGE_ID}"},
    "instagram": {f"GET /v26.0/{USER_ID}"},
}


@pytest.mark.parametrize("name", ONLINE)
def test_no_method_of_a_library_reaches_the_wire_but_to_broadcast(
    name: str, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Every public method, with every plausible argument: only a plain post, our identity and our own posts get out."""
    with Loopback(answer(GOOD)) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tweepy warns of methods that X has withdrawn
        made = load(name, tmp_path, server.url)
        assert call_everything(made.client, name) > 50
        reached = set(server.routes())
        fields = [json.loads(one.body) for one in server.requests if one.method == "POST"]
    assert reached == REACHED[name]
    assert all(
        set(one) <= {"text", "media", "reply_settings"} and one["reply_settings"] == "mentionedUsers"
        for one in fields
    )


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
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "link": "b", "tags": "1"}),
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "link": "b", "object_attachment": "1"}),
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "attached_media": '[{"media_fbid": "123"}]'}),
        ("POST", f"/v26.0/{PAGE_ID}/feed", {"message": "a", "link": "b", "method": "delete"}),
        ("POST", f"/v26.0/{PAGE_ID}/photos", {"published": "true"}),
        ("POST", f"/v26.0/{PAGE_ID}/photos", {"url": "https://a.example/a.jpg", "published": "false"}),
        ("POST", "/v26.0/123/comments", {"message": "a"}),
        ("POST", f"/v26.0/{PAGE_ID}/messages", {"message": "a"}),
        ("POST", "/v26.0/", {"batch": "[]"}),
        ("DELETE", "/v26.0/123", {}),
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
        ("DELETE", "/v26.0/123", {}),
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


@pytest.mark.parametrize("name", ONLINE)
def test_the_table_of_calls_is_data(name: str, tmp_path: Path) -> None:
    """What may leave can be listed without a secret and without a network, for the README."""
    calls = load(name, tmp_path, ENDPOINT).calls
    assert calls
    assert {call.method for call in calls} <= {"GET", "POST", "DELETE"}
    assert all(re.compile(call.path).pattern.startswith("/") for call in calls)
    assert [call for call in calls if call.phase.makes_public and call.check is None] == []
