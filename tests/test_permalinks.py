"""What a platform tells as a post's address is a link that people open: it is one on the platform's own websites, or none."""

from pathlib import Path

import pytest
from channels_support import NOW, PAGE_ID, Loopback, answer, load, post

from publisher.model import Receipt, Staged
from publisher.permalinks import permalink

pytest_plugins = ["channels_fixtures"]

ODD = [
    "javascript:alert(1)", "javascript://%0aalert(document.domain)", "https://www.facebook.com/1\n\x1b[31mEVIL", "data:text/html,x",
    "http://www.facebook.com/1", "https://facebook.com.evil.example/1", "https://evil.example/facebook.com", "//www.facebook.com/1",
    "https://jo@www.facebook.com/1", "https://www.facebook.com:8443/1", "https://www.facebook.com\\@evil.example/", "/1/posts/2",
    'https://www.facebook.com/"onclick', "https://www.facebook.com/<b>", "https://www.faceb\u043eok.com/1", "https://www.faceboo\u212a.com/1", "https://www.facebook.com/\u017f",
    "https://[::1", "", None, 7,
    ["https://www.facebook.com/1"], "https://www.facebook.com/" + "a" * 3_000, "http://127.0.0.1/1", "https://www.facebook.com:x/",
]  # fmt: skip


@pytest.mark.parametrize("told", ODD)
def test_what_is_no_address_of_the_platform_is_not_kept(
    told: object, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """A script, a line for the terminal, another's website, a look-alike, or something else than text."""
    real = load("facebook", tmp_path, "https://graph.facebook.com")
    assert permalink(told, real.settings, real.post_hosts) == ""


@pytest.mark.parametrize(
    "told",
    [
        "https://www.facebook.com/1_2",
        "https://m.facebook.com/story.php?story_fbid=1&id=2",
        "https://www.facebook.com/a/posts/pfbid0#x",
    ],
)
def test_what_platforms_really_tell_is_kept(told: str, tmp_path: Path, tokens: dict[str, str]) -> None:
    real = load("facebook", tmp_path, "https://graph.facebook.com")
    assert permalink(told, real.settings, real.post_hosts) == told


def test_a_post_with_an_odd_address_is_out_and_that_is_said(tmp_path: Path, tokens: dict[str, str]) -> None:
    """The post stands; its address is made of its number, or left out, with a word on it."""
    odd = answer({"id": f"{PAGE_ID}_5", "permalink_url": ODD[0], "permalink": ODD[0]})
    with Loopback(answer({"id": f"{PAGE_ID}_5"}), odd) as server:
        sent: Receipt = load("facebook", tmp_path, server.url).publish(
            post("facebook"), Staged({"ready": True, "photos": {}}), NOW
        )
    assert (sent.url, "did not tell its address" in sent.note) == (
        f"https://www.facebook.com/{PAGE_ID}_5",
        True,
    )
    with Loopback(answer({"id": "7"}), answer({"success": True}), odd) as server:
        sent = load("instagram", tmp_path, server.url).publish(
            post("instagram"), Staged({"ready": True, "container": "5"}), NOW
        )
    assert (sent.url, "did not tell its address" in sent.note) == ("", True)
