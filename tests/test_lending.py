"""Pictures that a platform fetches: public for it alone, at an address that says nothing, and only while it needs them."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from channels_support import Loopback, answer
from support import Office, open_office, sampled

from publisher import channels
from publisher.clearance import Seal
from publisher.clearing import Clearing
from publisher.daemon import Daemon
from publisher.lending import take_all_back
from publisher.model import Media, Post
from publisher.rehearsal.faults import Fault
from publisher.tables import DeliveryRow
from publisher.verify import verify_picture

QUICK: dict[str, dict[str, Any]] = {
    "release": {"verify": 1, "verify_every": 0.05, "back_off": 30, "read_back": [1, 2], "stage_wait": 5}
}
PHOTOS = {
    "images": [
        {"path": "library.jpg", "alt": "The library at dusk"},
        {"path": "library.jpg", "alt": "Its door"},
    ]
}
LENT = re.compile(r"lent/([0-9a-f]{64}\.jpg|index\.html)")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path, changes=QUICK) as found:
        yield found


def in_five_minutes(office: Office, **fields: Any) -> str:
    moment = (office.clock() + timedelta(minutes=5)).isoformat()
    return office.hand_in(office.news(title="Old pool closes", publish_at=moment, **fields)).id


def shown(office: Office) -> set[str]:
    """Every file that the web server could show."""
    root = (office.folder / "site" / "current").resolve()
    return {file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()}


def digests(office: Office, item_id: str) -> set[str]:
    rows = office.app.queue.deliveries(item_id)
    return {media.digest for row in rows for media in Post.from_json(row.post).media}


@contextmanager
def hourly(office: Office) -> Iterator[Callable[[], None]]:
    """What the daemon does once an hour."""
    daemon = Daemon(office.app)
    try:
        yield daemon.tend
    finally:
        daemon.stop()


def test_what_a_crash_left_lent_ends_without_another_post(office: Office) -> None:
    """The daemon's hourly look ends it once a day is over, though nothing is published meanwhile; before that it stays."""
    site = office.app.channels["website"]
    with hourly(office) as tend:
        tend()
        assert not (office.folder / "site").exists()
        office.release(office.hand_in(office.news()).id)
        channels.lend(site, f"{'a' * 64}.jpg", b"a picture", office.clock())
        office.clock.forward(hours=23)
        tend()
        assert f"lent/{'a' * 64}.jpg" in shown(office)
        office.clock.forward(hours=2)
        tend()
        assert f"lent/{'a' * 64}.jpg" not in shown(office)


def test_a_website_that_cannot_be_swept_keeps_no_account_from_being_asked_about(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Its folder cannot be written: that is logged, and the rest of the hour's work is done."""
    office.release(office.hand_in(office.news(channels=["website"])).id)
    (office.folder / "site" / ".lock").unlink()
    (office.folder / "site" / ".lock").mkdir()
    with hourly(office) as tend:
        tend()
    assert [row for row in caplog.records if "lent long ago" in row.getMessage()]
    assert "facebook" in office.app.identities.on_record()


@pytest.mark.parametrize("pictures", sampled([PHOTOS, {}], most=1), ids=["photos", "title card"])
def test_before_its_moment_nothing_is_public_but_what_is_lent(
    pictures: dict[str, Any], office: Office
) -> None:
    """The website is crawled after each step until all is prepared: no page, no picture by its digest, then nothing at all."""
    office.release(office.hand_in(office.news()).id)
    office.platforms.graph.instagram.slow_down(2)
    item_id, before, seen = in_five_minutes(office, **pictures), shown(office), set()
    for _ in range(20):
        office.app.releaser.work(item_id)
        seen |= shown(office) - before
        if office.deliveries(item_id)["instagram"].state == "staged":
            break
    assert {row.state for row in office.deliveries(item_id).values()} == {"staged"}
    assert seen
    assert [name for name in seen if not LENT.fullmatch(name)] == []
    assert [one for one in digests(office, item_id) if one[:12] in "".join(seen)] == []
    assert shown(office) == before
    office.clock.forward(minutes=5)
    assert {row.state for row in office.release(item_id).values()} == {"sent"}
    assert [name for name in shown(office) if name.startswith("lent")] == []


def test_instagram_gets_each_picture_once_and_nobody_later(office: Office) -> None:
    """What it fetched were the lent addresses, one for each picture; none answers any more."""
    item_id = in_five_minutes(office, **PHOTOS)
    while office.deliveries(item_id)["instagram"].state != "staged":
        office.app.releaser.work(item_id)
    fetched = office.platforms.graph.instagram.fetched
    assert fetched
    assert [one for one in fetched if not LENT.search(one)] == []
    assert {requests.get(one, timeout=5).status_code for one in fetched} == {404}


def test_search_engines_are_kept_away_from_what_is_lent(office: Office) -> None:
    """The rehearsal's website answers as a council's own should: not kept by anybody, not to be found, and never a list."""
    office.platforms.graph.instagram.slow_down(9)
    item_id = in_five_minutes(office)
    office.app.releaser.work(item_id)
    (fetched,) = office.platforms.graph.instagram.fetched
    found = requests.get(fetched, timeout=5)
    assert (found.status_code, found.headers["x-robots-tag"]) == (200, "noindex")
    assert found.headers["cache-control"] == "no-store"
    assert requests.get(fetched.rpartition("/")[0] + "/", timeout=5).text == ""


def test_a_website_that_does_not_show_it_is_a_wait_in_plain_words(tmp_path: Path) -> None:
    """The picture is looked at before Instagram is told of it: no container is wasted, and an officer reads what to mend."""
    with open_office(tmp_path, changes={**QUICK, "channels.website": {"folder": "elsewhere"}}) as office:
        item_id = in_five_minutes(office)
        office.app.releaser.work(item_id)
        row = office.deliveries(item_id)["instagram"]
        made = [call for call in office.platforms.ledger.calls("instagram") if call.path.endswith("/media")]
    assert (row.state, made) == ("waiting", [])
    assert row.reason.startswith("instagram fetches the picture from the website, which does not show it: ")
    assert not re.search("[0-9a-f]{32}", row.reason)


def test_no_address_is_kept_on_the_record(office: Office) -> None:
    """While it is lent, whoever reads the queue or its log could fetch it."""
    item_id = in_five_minutes(office)
    office.platforms.graph.instagram.slow_down(9)
    office.app.releaser.work(item_id)
    office.app.releaser.work(item_id)
    (name,) = [one.rpartition("/")[2] for one in shown(office) if one.endswith(".jpg")]
    kept = b"".join(file.read_bytes() for file in office.folder.glob("queue*"))
    assert item_id.encode() in kept
    assert name.removesuffix(".jpg").encode() not in kept


def test_what_does_not_go_is_taken_back(office: Office) -> None:
    """A delivery that is given up while its picture is lent leaves nothing public behind."""
    item_id = in_five_minutes(office)
    office.platforms.graph.instagram.slow_down(9)
    office.app.releaser.work(item_id)
    assert [name for name in shown(office) if name.endswith(".jpg")]
    clearing = Clearing(office.app.seal)
    take_all_back(office.app.channels, clearing, office.deliveries(item_id)["instagram"])
    assert [name for name in shown(office) if name.startswith("lent")] == []


def test_a_withdrawn_item_lends_nothing(office: Office) -> None:
    """An officer withdraws the item while Instagram is at its picture: the daemon takes the picture back."""
    item_id = in_five_minutes(office)
    office.platforms.graph.instagram.slow_down(9)
    office.app.releaser.work(item_id)
    assert [name for name in shown(office) if name.startswith("lent")]
    assert office.cli("withdraw", item_id, "--reason", "It is off").returncode == 0
    for number, _ in office.app.queue.due(office.clock()).deliveries:
        office.app.releaser.work_delivery(number)
    assert [name for name in shown(office) if name.startswith("lent")] == []


def test_a_lent_name_cannot_be_guessed() -> None:
    """It hangs on the queue's own key: who has item, channel and picture still does not know it. No two share one."""
    media = Media("ab" * 32, "image/jpeg", 1, 1, 1, "")
    rows = [
        DeliveryRow(item_id=item, channel=channel, post={}, digest="", position=0, state="waiting")
        for item in "ab"
        for channel in ("one", "two")
    ]
    names = {
        Clearing(Seal(key * 32)).lent_name(row, one)
        for key in (b"a", b"b")
        for row in rows
        for one in (media, Media("cd" * 32, "image/jpeg", 1, 1, 1, ""))
    }
    assert len(names) == 16
    assert [name for name in names if not re.fullmatch(r"[0-9a-f]{64}\.jpg", name)] == []


PICTURE = b"\xff\xd8picture"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer(PICTURE, content_type="image/jpeg"), ""),
        (answer(b"", 404), "404"),
        (answer(b"", 503), "503"),
        (answer(b"", 302, location="https://www.example.gov.uk/login?to=/lent/secret.jpg"), "redirect"),
        (answer(PICTURE, content_type="text/html"), "text/html"),
        (answer(PICTURE, content_type="image/png"), "image/png"),
        (answer(PICTURE + b"!", content_type="image/jpeg"), "another picture"),
        (lambda _: None, "did not answer"),
    ],
)
def test_a_lent_picture_is_looked_at_as_a_platform_would(reply: Any, words: str) -> None:
    """200, no redirect, a JPEG, and exactly the bytes that were checked; else it is said what is wrong, without the address."""
    with Loopback(reply) as server:
        found = verify_picture(
            f"{server.url}/lent/secret.jpg", hashlib.sha256(PICTURE).hexdigest(), timeout=2
        )
    assert words in found
    assert bool(found) == bool(words)
    assert "secret" not in found


def test_a_website_that_is_down_is_told_so() -> None:
    """Nothing answers at all."""
    with Loopback() as server:
        address = f"{server.url}/lent/secret.jpg"
    found = verify_picture(address, "", timeout=1)
    assert "could not be reached" in found
    assert "secret" not in found


def test_comments_that_stayed_open_are_seen_in_the_list(office: Office) -> None:
    """It is out, yet a person has something to do: list and show say what, and so does --json."""
    office.platforms.graph.instagram.keep_comments_open(9)
    item_id = office.hand_in(office.news()).id
    row = office.release(item_id)["instagram"]
    assert (row.state, office.state(item_id)) == ("sent", "published")
    for words in (("list",), ("list", "--json"), ("show", item_id), ("show", item_id, "--json")):
        assert "Turn off commenting" in " ".join(office.cli(*words).stdout.split())


def test_comments_that_stayed_open_are_told_of_a_post_that_was_found_later(office: Office) -> None:
    """The answer was lost, the post is found by its link: that its comments are open is told all the same."""
    office.platforms.graph.fail_next("POST", "/media_publish$", Fault.commit_then_status(502, "<html>"))
    office.platforms.graph.instagram.keep_comments_open(9)
    item_id = office.hand_in(office.news()).id
    row = office.release(item_id)["instagram"]
    assert row.state == "unknown"
    office.app.releaser.work_delivery(row.id or 0)
    found = office.deliveries(item_id)["instagram"]
    assert (found.state, "Turn off commenting" in found.reason) == ("sent", True)
    assert "Turn off commenting" in " ".join(office.cli("list").stdout.split())
