"""The second wall: a text that would converse by its words alone does not leave, whatever the gate or a library made of it."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from channels_support import LINK, Loopback, answer, load
from hypothesis import given
from hypothesis import strategies as some
from policy_support import check, gate, news, post, rules_of

from publisher.conversing import POSTS, converses
from publisher.errors import EgressRefused
from publisher.policy.rules import BUILT_IN

pytest_plugins = ["channels_fixtures"]

CONVERSE = [
    "Thanks to @ExampleCharity.", ".@jo said", "RT @jo: good", "(@jo)", "Well done \uff20jo!", "With @[1234567:Jo].",
    "See https://x.com/jo/status/123", "See twitter.com/jo/status/123?s=20", "https://mobile.twitter.com/jo/status/1",
    "https://www.facebook.com/jo/posts/pfbid02", "https://www.instagram.com/p/Cabc/", "https://www.threads.net/@jo/post/abc",
    "https://X.com/jo/STATUS/1", "https://www.facebook.com//reel/1",
]  # fmt: skip
BROADCAST = [
    "New bin days.", "Write to jo.bloggs@example.gov.uk.", "Doors open @7pm.", "https://medium.com/@name/post",
    "Our page: https://x.com/ExampleCouncil", "https://www.example.gov.uk/status/123",
]  # fmt: skip


def by_x(adapter: Any, text: str) -> None:
    adapter.client.create_tweet(text=text, reply_settings="mentionedUsers", user_auth=True)


def by_facebook(adapter: Any, text: str) -> None:
    adapter.client.request(adapter._node("feed"), post_args={"message": text, "link": LINK}, method="POST")


def by_instagram(adapter: Any, text: str) -> None:
    adapter.client.request(
        adapter._node("media"),
        post_args={"image_url": "https://a.example/1.jpg", "caption": text},
        method="POST",
    )


WAYS: dict[str, Callable[[Any, str], None]] = {
    "twitter": by_x,
    "facebook": by_facebook,
    "instagram": by_instagram,
}


@pytest.mark.parametrize("name", WAYS)
def test_words_that_converse_never_leave(name: str, tmp_path: Path, tokens: dict[str, str]) -> None:
    """A mention opens a conversation, and a link to a post quotes it: no field is needed for either."""
    with Loopback(answer({"data": {"id": "7"}, "id": "7"})) as server:
        adapter = load(name, tmp_path, server.url)
        for text in CONVERSE:
            with pytest.raises(EgressRefused):
                WAYS[name](adapter, text)
        assert server.requests == []
        for text in BROADCAST:
            WAYS[name](adapter, text)
        assert len(server.requests) == len(BROADCAST)


@pytest.mark.parametrize(
    "link",
    ["https://www.facebook.com/ExampleCouncil", "https://fb.watch/abc/", "https://x.com/jo/status/1", "https://M.FACEBOOK.COM./jo",
     "https://www.instagram.com/p/Cabc/"],
)  # fmt: skip
def test_a_link_on_the_platform_itself_is_a_share(link: str, tmp_path: Path, tokens: dict[str, str]) -> None:
    """Facebook shows whatever of its own a post links to as shared by the Page."""
    with Loopback(answer({"id": "7"})) as server:
        facebook = load("facebook", tmp_path, server.url)
        with pytest.raises(EgressRefused):
            facebook.client.request(
                facebook._node("feed"), post_args={"message": "News", "link": link}, method="POST"
            )
        assert server.requests == []


def test_the_wire_knows_every_place_that_the_rules_know() -> None:
    """Its list is its own, and never behind the gate's."""
    told = tomllib.loads((BUILT_IN / "one-way.toml").read_text(encoding="utf-8"))["tables"][
        "posts_on_platforms"
    ]
    assert set(told) <= set(POSTS)
    assert all(converses(f"See https://{place.replace('*', 'a')} today") for place in told)


PIECES = some.sampled_from(
    ["@", "\uff20", "RT", ".", " ", "\n", "jo", "council", "x.com/", "https://", "twitter.com/jo/status/1", "www.facebook.com", "/posts/1",
     "instagram.com/p/1", "status/1", "7pm", "é", "[1234567:Jo]", "(", ")", ":", "jo@example.gov.uk", "medium.com/@jo", "_", "/"]
)  # fmt: skip


@given(some.lists(PIECES, min_size=1, max_size=8).map("".join))
def test_what_the_gate_stops_the_wire_stops(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever the rules of mentions and permalinks find in a plain text is refused at the wire, too."""
    the_gate = gate(tmp_path_factory.getbasetemp())
    item = news()
    found = rules_of(check(the_gate, item, post(item, text=text)))
    assert converses(text) or not {"one-way.mention", "one-way.permalink"} & set(found)
