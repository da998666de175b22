"""Pages that are no longer so: withdrawn, and corrected. The website changes whole or not at all, and keeps no words."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from site_support import EVENT, NEWS, NOW, Seen, Website, website
from test_site import Killed, dying, events_of

from publisher import front, notices
from publisher.channels import Withdrawal
from publisher.errors import ChannelFailed
from publisher.model import Outcome, Post

LATER = NOW + timedelta(days=3)
WORDS = ("Winter lights", "go on at 5pm", "Market Square", "Central Library", "Three more hours")


@pytest.fixture
def site(tmp_path: Path) -> Website:
    """An empty website."""
    return website(tmp_path)


def withdraw(site: Website, post: Post, **more: Any) -> None:
    """The page is taken down, with its pictures."""
    site.channel.withdraw(
        Withdrawal(post, str((post.page or {})["path"]), more.pop("pictures", post.media)), LATER
    )


def everything(site: Website) -> str:
    """All that a web server would serve, as one text."""
    return "\n".join(data.decode(errors="replace") for data in site.served().values())


@pytest.mark.parametrize("value", [NEWS, EVENT], ids=["news", "event"])
def test_a_withdrawn_page_is_replaced_and_gone_from_everywhere_else(
    site: Website, value: dict[str, Any]
) -> None:
    """Index, diary, link page and feeds know nothing of it; its own page says that it was withdrawn, and when."""
    post = site.post(value)
    site.publish(post)
    site.publish(site.post({**NEWS, "title": "Bin days", "summary": "Blue on Monday.", "body": ""}, "r2"))
    assert [words for words in WORDS if words in everything(site)]
    withdraw(site, post)
    assert [words for words in WORDS if words in everything(site)] == []
    path = str((post.page or {})["path"])
    left = {name for name, data in site.served().items() if path.strip("/").encode() in data}
    assert left == {"items.json"} | ({f"{path}event.ics"} if value is EVENT else set())
    html = site.read(f"{path}index.html")
    assert "This page was withdrawn" in html
    assert "Saturday 28 November 2026" in html
    assert "Bin days" in site.read("index.html")
    assert [
        file for file in (site.folder / "current" / "media").iterdir() if file.stem in post.media[0].digest
    ] == []


def test_a_withdrawn_page_is_a_page(site: Website) -> None:
    """It has a heading and a title, asks search engines to forget it, and its links lead somewhere."""
    post = site.post(NEWS)
    site.publish(post)
    withdraw(site, post)
    seen = Seen(site.read(f"{(post.page or {})['path']}index.html"))
    assert seen.text["h1"] == ["This page was withdrawn"]
    assert seen.text["title"] == ["Page withdrawn – Example Council"]
    assert seen.meta("robots") == "noindex"
    root = (site.folder / "current").resolve()
    inside = [one["href"] for one in seen.all("a") if not one["href"].startswith("#")]
    folder = root / str((post.page or {})["path"])
    assert [href for href in inside if not (folder / href).resolve().is_file()] == []


def test_a_calendar_that_saved_the_event_strikes_it_out(site: Website) -> None:
    """The event's own file has the same UID and start, STATUS:CANCELLED (RFC 5545, 3.8.1.11), and none of its words."""
    post = site.post(EVENT)
    site.publish(post)
    path = f"{(post.page or {})['path']}event.ics"
    (before,) = events_of(site.read(path))
    withdraw(site, post)
    (after,) = events_of(site.read(path))
    assert (after["UID"], after["DTSTART"].dt) == (before["UID"], before["DTSTART"].dt)
    assert (str(after["STATUS"]), int(after["SEQUENCE"])) == ("CANCELLED", 1)
    assert events_of(site.read("events.ics")) == []


def test_the_index_has_no_page_left_over(site: Website) -> None:
    """With one item less the last page of the index is empty: left there, it would go on showing what is gone."""
    posts = [
        site.post({**NEWS, "title": f"Item {number}", "images": []}, f"r{number}")
        for number in range(front.PER_PAGE + 1)
    ]
    for number, post in enumerate(posts):
        site.publish(post, NOW + timedelta(minutes=number))
    assert "Item 0</a>" in site.read("page/2/index.html")
    withdraw(site, posts[0])
    assert not (site.folder / "current" / "page" / "2" / "index.html").exists()


def test_withdrawing_twice_changes_nothing(site: Website) -> None:
    """What was asked of the website and perhaps done is asked again; the day is that of the first time."""
    post = site.post(NEWS)
    site.publish(post)
    withdraw(site, post)
    before = site.served()
    site.channel.withdraw(Withdrawal(post, "", ()), LATER + timedelta(days=1))
    assert site.served() == before


def test_what_is_not_on_the_website_needs_no_withdrawal(site: Website) -> None:
    """A page that was never there, or another item's at that address, is left alone."""
    site.publish(site.post(NEWS, "r1"))
    before = site.served()
    withdraw(site, site.post(NEWS, "other", slug="central-library-stays-open-until-9pm"))
    assert site.served() == before


def test_pictures_that_others_show_stay(site: Website) -> None:
    """Only what it is told to take goes."""
    post = site.post(NEWS)
    site.publish(post)
    before = sorted((site.folder / "current" / "media").iterdir())
    withdraw(site, post, pictures=())
    assert sorted(path.name for path in (site.folder / "current" / "media").iterdir()) == [
        path.name for path in before
    ]


def test_a_withdrawn_page_does_not_come_back(site: Website) -> None:
    """The same post again is refused, and nobody is told that it is there."""
    post = site.post(NEWS)
    site.publish(post)
    withdraw(site, post)
    assert site.channel.find(post, None, NOW) is None
    with pytest.raises(ChannelFailed, match="was withdrawn"):
        site.publish(post)


@pytest.mark.parametrize("step", range(1, 40, 3))
def test_dying_at_any_step_leaves_a_whole_website(
    site: Website, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Killed before any change on disk, the page is all there or all gone; asked again, it is gone."""
    post = site.post(NEWS)
    site.publish(site.post({**NEWS, "title": "Bin days"}, "r2"))
    site.publish(post)
    old = site.served()
    with monkeypatch.context() as patch:
        dying(patch, step)
        with suppress(Killed):
            withdraw(site, post)
    now = site.served()
    assert now == old or not [
        words for words in WORDS if words.encode() in now[f"{(post.page or {})['path']}index.html"]
    ]
    if now == old:
        assert all(
            (site.folder / "current" / f"media/{media.digest[:32]}.jpg").is_file() for media in post.media
        )
    withdraw(site, post)
    assert "This page was withdrawn" in site.read(f"{(post.page or {})['path']}index.html")
    assert "Bin days" in site.read("index.html")


def test_a_disk_that_refuses_is_a_wait(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is still there, and it is asked again."""
    post = site.post(NEWS)
    site.publish(post)

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", full)
        with pytest.raises(ChannelFailed) as failed:
            withdraw(site, post)
    assert failed.value.judgement.outcome is Outcome.WAIT
    assert "Three more hours" in everything(site)


# --- notices ----------------------------------------------------------------------------------------------------------

CORRECTION = {
    "id": "r2",
    "title": "Correction: it <b>closes</b>",
    "path": "news/it-closes/",
    "at": "2026-12-01T09:00:00+00:00",
}
COUNCIL: dict[str, Any] = {
    "name": "Example Council", "language": "en-GB", "timezone": "Europe/London", "colour": "#0b5c5c", "accounts": [],
}  # fmt: skip
BASE = "https://www.example.gov.uk"


def test_a_notice_is_put_in_and_taken_out_without_a_trace(site: Website) -> None:
    """Whatever the page says: what was approved is the same byte for byte, with the notice above it or without."""
    hostile = '<main id="main" tabindex="-1">\n<aside class="notice narrow">x</aside>\n'
    html = site.post({**NEWS, "title": hostile, "body": hostile}).text
    told = notices.corrected(html, [CORRECTION], COUNCIL, BASE)
    assert told.count('<aside class="notice narrow"') == 1
    assert "Correction: it &lt;b&gt;closes&lt;/b&gt;</a>" in told
    assert notices.corrected(told, [], COUNCIL, BASE) == html
    assert notices.corrected(told, [CORRECTION], COUNCIL, BASE) == told


def test_the_record_of_a_withdrawn_page_keeps_no_words(site: Website) -> None:
    """The website's own records are files that anyone may fetch."""
    post = site.post(EVENT)
    site.publish(post)
    withdraw(site, post)
    (left,) = json.loads(site.read("items.json"))["items"]
    assert left.keys() == {"id", "kind", "path", "url", "corrections", "withdrawn_at", "digest"}
