"""What all rehearsal platforms share: link cards, the wall, the ledger, faults to order, the website."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy
from rehearsal_support import bearer, describe, upload, write

from publisher.rehearsal.platforms import Fault, Platforms

pytest_plugins = ["rehearsal_fixtures"]


# Cards, wall, ledger


def test_a_post_before_its_page_shows_a_broken_card(
    platforms: Platforms, twitter: tweepy.Client, web: requests.Session
) -> None:
    """A post that went before its page was live is recorded, and shown, as card: 404."""
    twitter.create_tweet(text=f"Too early {platforms.website.url}/news/none/")
    (post,) = platforms.ledger.posts("x")
    assert post.card is not None
    assert (post.card.words, post.card.title) == ("card: 404", "")
    assert "card: 404" in web.get(post.url).text
    assert web.get(f"{platforms.wall.url}/ledger.json").json()["posts"][0]["card"]["words"] == "card: 404"


@pytest.mark.parametrize(
    "link",
    [
        "https://www.example.gov.uk/news/bins/",
        "http://www.example.gov.uk/",
        "http://localhost.example/",
        "http://192.0.2.1/",
    ],
)
def test_only_this_machine_is_looked_at(platforms: Platforms, twitter: tweepy.Client, link: str) -> None:
    """A rehearsal fetches nothing from the network: a link elsewhere has no card, and says why."""
    twitter.create_tweet(text=f"See {link}")
    (post,) = platforms.ledger.posts("x")
    assert post.card is not None
    assert (post.card.status, post.card.error) == (None, "not on this machine, so not looked at")


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:1/",
        "http://127.0.0.1:99999/",
        "http://[::1",
        "http://127.0.0.1:x/",
        "http://localhost:1/ü",
    ],
)
def test_looking_never_fails(platforms: Platforms, twitter: tweepy.Client, link: str) -> None:
    """An address at which nothing answers, or that is none, gives a card that says so; the post stands."""
    twitter.create_tweet(text=f"See {link}")
    (post,) = platforms.ledger.posts("x")
    assert post.card is not None
    assert (post.card.status, bool(post.card.error)) == (None, True)


def test_the_wall_shows_posts_safely(
    platforms: Platforms, twitter: tweepy.Client, web: requests.Session
) -> None:
    """Text and alt text are shown as text, never as markup; no script of a drawing runs; pictures and permalinks resolve."""
    platforms.ledger.keep("card-1", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert web.get(f"{platforms.wall.url}/media/card-1").status_code == 404
    assert "default-src 'none'" in web.get(platforms.wall.url).headers["content-security-policy"]
    media = upload(twitter)["id"]
    describe(twitter, media, '"><script>alt</script>')
    post_id = twitter.create_tweet(text="<script>text</script>", media_ids=[media])["data"]["id"]
    for path in ("/", f"/x/{post_id}"):
        html = web.get(platforms.wall.url + path).text
        assert "<script" not in html
        assert "&lt;script&gt;text" in html
        assert "Alt: &#34;&gt;&lt;script&gt;alt" in html
        assert 'alt="&#34;&gt;&lt;script&gt;alt' in html
    assert web.get(f"{platforms.wall.url}/media/{media}").headers["content-type"] == "image/jpeg"
    assert web.get(f"{platforms.x.url}/i/web/status/{post_id}").url == f"{platforms.wall.url}/x/{post_id}"
    assert web.get(f"{platforms.wall.url}/x/1").status_code == 404
    assert web.post(f"{platforms.wall.url}/").status_code == 405


def test_the_wall_can_be_kept_as_one_file(
    platforms: Platforms, twitter: tweepy.Client, tmp_path: Path
) -> None:
    """The saved wall needs no server: its pictures are inside, and its permalinks lead to places on the page."""
    post_id = twitter.create_tweet(text="Kept", media_ids=[upload(twitter)["id"]])["data"]["id"]
    platforms.wall.save(tmp_path / "wall.html")
    html = (tmp_path / "wall.html").read_text(encoding="utf-8")
    assert f'id="x-{post_id}"' in html
    assert f'href="#x-{post_id}"' in html
    assert 'src="data:image/jpeg;base64,' in html
    assert 'src="/' not in html
    assert 'href="/' not in html


def test_an_empty_wall_says_so(platforms: Platforms, web: requests.Session) -> None:
    """Before the first post the wall is a page too."""
    assert "No posts yet" in web.get(platforms.wall.url).text


def test_the_ledger_never_holds_a_secret(
    platforms: Platforms, twitter: tweepy.Client, web: requests.Session
) -> None:
    """Neither a field nor a text nor a path with a credential in it is written down as it came."""
    own = platforms.credentials
    twitter.create_tweet(text=f"Our secret is {own.x.consumer_secret}"[:200])
    page, url = own.facebook, f"{platforms.graph.url}/v26.0/"
    web.post(f"{url}{page.page_id}/feed", data={"message": "a", "access_token": page.token})
    web.get(f"{url}{page.token}", headers=bearer(page.token))
    calls = json.dumps([entry.as_json() for entry in platforms.ledger.calls()])
    assert [secret for secret in own.secrets if secret in calls] == []
    assert [secret for secret in own.secrets if secret in repr(own)] == []
    assert len(platforms.ledger.calls()) == 3


ODD: tuple[Any, ...] = (None, True, 7, -1.5, "\ud800", "x" * 70_000, [[]], ["x"], {"x": {}})
NAMES = (
    "text", "media", "reply_settings", "media_category", "media_type", "total_bytes", "segment_index", "id", "metadata",
    "message", "link", "attached_media", "attached_media[0]", "published", "fields", "source", "url", "temporary",
    "image_url", "caption", "alt_text", "alt_text_custom", "children", "creation_id", "comment_enabled", "access_token",
)  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_no_value_is_too_odd(platforms: Platforms, web: requests.Session, name: str) -> None:
    """Whatever a field holds, the answer is the platform's own, never a crash that would look like an outage."""
    own = platforms.credentials
    x, page, account = platforms.x.url, own.facebook.page_id, own.instagram.user_id
    graph = f"{platforms.graph.url}/v26.0"
    calls = [
        (f"{x}/2/{path}", own.x.bearer_token)
        for path in ("tweets", "media/upload", "media/upload/initialize", "media/metadata")
    ]
    calls += [(f"{graph}/{page}/{edge}", own.facebook.token) for edge in ("feed", "photos")]
    calls += [(f"{graph}/{account}/{edge}", own.instagram.token) for edge in ("media", "media_publish")]
    for url, token in calls:
        for odd in ODD:
            answer = web.post(url, json={name: odd}, headers=bearer(token))
            assert (answer.status_code < 500, answer.headers["content-type"]) == (True, "application/json"), (
                url,
                odd,
            )


# Faults to order


@pytest.mark.parametrize(
    ("fault", "posted", "seen"),
    [
        (Fault.refuse(503, {"title": "Service Unavailable"}), False, 503),
        (Fault.commit_then_status(500), True, 500),
        (Fault.commit_then_drop(), True, None),
        (Fault.drop_before(), False, None),
        (Fault.html_502(), False, 502),
        (Fault.html_502(commit=True), True, 502),
        (Fault.delay(0.01), True, 201),
    ],
    ids=["refuse", "status", "committed-drop", "drop", "proxy", "committed-proxy", "delay"],
)
def test_each_fault_does_what_it_says(
    platforms: Platforms,
    web: requests.Session,
    fault: Fault,
    posted: bool,  # noqa: FBT001
    seen: int | None,
) -> None:
    """A fault falls on the next call that fits, once; whether the post exists is another matter than the answer."""
    url, headers = f"{platforms.x.url}/2/tweets", bearer(platforms.credentials.x.bearer_token)
    platforms.x.fail_next("POST", "/2/tweets$", fault)
    assert web.get(f"{platforms.x.url}/2/users/me", headers=headers).status_code == 200
    assert status_of(web, url, headers, "first") == seen
    assert bool(platforms.ledger.posts("x")) is posted
    assert [entry.fault for entry in platforms.ledger.faults("x")] == [fault.name]
    assert status_of(web, url, headers, "second") == 201


def status_of(web: requests.Session, url: str, headers: dict[str, str], text: str) -> int | None:
    """None where the connection was closed with no answer."""
    try:
        return web.post(url, json={"text": text}, headers=headers).status_code
    except requests.ConnectionError:
        return None


def test_a_late_answer_does_not_hold_up_the_others(platforms: Platforms, web: requests.Session) -> None:
    """A caller who gave up on a late answer is not waited for, and its post is there all the same."""
    url, headers = f"{platforms.x.url}/2/tweets", bearer(platforms.credentials.x.bearer_token)
    platforms.x.fail_next("POST", "/2/tweets", Fault.delay(3600))
    with pytest.raises(requests.ReadTimeout):
        web.post(url, json={"text": "late"}, headers=headers, timeout=0.3)
    assert [post.text for post in platforms.ledger.posts("x")] == ["late"]


# Website, server


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/news/bins/", 200, "text/html; charset=utf-8"),
        ("/media/bins.jpg", 200, "image/jpeg"),
        ("/feed.atom", 200, "application/atom+xml"),
        ("/diary.ics", 200, "text/calendar; charset=utf-8"),
        ("/news/bins", 301, None),
        ("/news/", 404, "text/plain; charset=utf-8"),
        ("/nothing", 404, "text/plain; charset=utf-8"),
        ("/link", 404, "text/plain; charset=utf-8"),
        ("/.hidden", 404, "text/plain; charset=utf-8"),
        ("/%2e%2e/outside", 404, "text/plain; charset=utf-8"),
        ("/%00", 404, "text/plain; charset=utf-8"),
    ],
)
def test_the_website_serves_its_folder_and_nothing_else(
    platforms: Platforms, web: requests.Session, folder: Path, path: str, status: int, kind: str | None
) -> None:
    """Files with their right types, indexes for folders; no listing, no way out, nothing hidden."""
    for name in ("feed.atom", "diary.ics", ".hidden", "../outside"):
        write(folder / name, b"content")
    (folder / "link").symlink_to(folder.parent / "outside")
    for method in ("GET", "HEAD"):
        answer = web.request(method, platforms.website.url + path, allow_redirects=False)
        assert (answer.status_code, answer.headers.get("content-type")) == (status, kind)
        assert bool(answer.content) is (method == "GET" and status != 301)
    assert web.post(platforms.website.url + path).status_code == 405


def test_the_website_never_redirects_elsewhere(
    platforms: Platforms, web: requests.Session, folder: Path
) -> None:
    """An address that starts with two slashes names no other host."""
    write(folder / "example.org" / "index.html", b"here")
    answer = web.get(f"{platforms.website.url}//example.org", allow_redirects=False)
    assert answer.headers["location"] == "example.org/"


def test_the_website_may_be_swapped_while_it_runs(
    platforms: Platforms, web: requests.Session, folder: Path
) -> None:
    """The folder is found anew at each request, as a web server finds a link that was swapped."""
    folder.rename(folder.with_name("old"))
    assert web.get(f"{platforms.website.url}/news/bins/").status_code == 404
    write(folder / "index.html", b"new")
    assert web.get(f"{platforms.website.url}/").text == "new"


def test_nothing_is_left_running(folder: Path) -> None:
    """Closed, the platforms leave no thread and answer no more; and they can be started again."""
    before = set(threading.enumerate())
    platforms = Platforms(folder)
    for _ in "12":
        platforms.start()
        with requests.Session() as session:
            assert session.get(platforms.wall.url).status_code == 200
        platforms.close()
        platforms.close()
        assert set(threading.enumerate()) == before
        with pytest.raises(requests.ConnectionError):
            requests.get(platforms.wall.url, timeout=5)
