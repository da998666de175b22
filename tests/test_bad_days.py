"""Bad days by name: each ends as the program promises, whatever the platform does."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, Office, open_office

from publisher.errors import InputError
from publisher.model import DeliveryState
from publisher.rehearsal.bad_day import BadDay
from publisher.rehearsal.bad_days import PLATFORMS, listed, misfits
from publisher.rehearsal.catalogue import BAD_DAYS, BY_NAME, found

QUICK: dict[str, Any] = {
    "release": {"verify": 2, "verify_every": 0.05, "back_off": 2, "read_back": [1, 2, 3], "stage_wait": 10},
    **{f"channels.{name}": {"timeout": 0.6} for name in PLATFORMS},
}
PHOTO = {"images": [{"path": "library.jpg", "alt": "The library at dusk"}]}
ROUNDS = 60
OFTEN = {
    "x-posted-then-500", "x-busy", "facebook-ranked", "facebook-token-dead", "instagram-id-unknown",
}  # fmt: skip
"""One of each kind; the others are rehearsed by `make test-all`."""
EACH = [
    pytest.param(day, id=day.name, marks=[] if day.name in OFTEN else pytest.mark.long) for day in BAD_DAYS
]


def settle(office: Office) -> None:
    """Does what the daemon does until nothing is due any more, moving the clock on to what is."""
    for _ in range(ROUNDS):
        due = office.app.queue.due(office.clock())
        for item_id in due.items:
            office.app.releaser.work(item_id)
        for delivery_id, item_id in due.deliveries:
            if item_id not in due.items:
                office.app.releaser.work_delivery(delivery_id)
        if not due.items and not due.deliveries:
            following = office.app.queue.next_due(office.clock())
            if following is None:
                return
            office.clock.forward(seconds=max(0.0, (following - office.clock()).total_seconds()))
    pytest.fail("something is due for ever")


def rehearsed(folder: Path, days: Sequence[BadDay]) -> dict[str, Any]:
    """One item with a photo on such a day: what is wrong, each channel's state, and the posts that the public sees."""
    with open_office(folder, changes=QUICK) as office:
        for day in days:
            day.put(office.platforms)
        item_id = office.hand_in(office.news(**PHOTO)).id
        settle(office)
        item, rows = office.app.queue.item(item_id), office.app.queue.deliveries(item_id)
        ledger = office.platforms.ledger
        return {
            "wrong": list(misfits(days, [(item, rows)], ledger)),
            "rows": {row.channel: row for row in rows},
            "seen": {name: len(ledger.posts(platform)) for name, platform in PLATFORMS.items()},
        }


@pytest.mark.parametrize("day", EACH)
def test_each_bad_day_ends_as_it_may(day: BadDay, tmp_path: Path) -> None:
    """Nothing goes twice, nothing is told wrongly, the other channels have gone, and the one that was hit ends as it may."""
    result = rehearsed(tmp_path, [day])
    assert result["wrong"] == []
    row = result["rows"][day.channel]
    assert row.state in day.ends
    assert day.posts in {None, result["seen"][day.channel]}
    assert {other.state for name, other in result["rows"].items() if name != day.channel} == {"sent"}


@pytest.mark.parametrize("name", ["x-hides-the-post"])
def test_what_nobody_can_tell_waits_for_a_person(name: str, tmp_path: Path) -> None:
    """After a few looks the program asks a person, with the command that settles it, and never sends again."""
    row = rehearsed(tmp_path, [BY_NAME[name]])["rows"][BY_NAME[name].channel]
    assert (row.state, row.due_at) == (DeliveryState.UNKNOWN, None)
    assert f"publisher resolve {row.item_id}/{row.channel}" in row.reason
    assert row.tries == 1


def test_open_comments_are_told(tmp_path: Path) -> None:
    """The post stands; that it can be answered is said where people look."""
    row = rehearsed(tmp_path, [BY_NAME["instagram-comments-stay-open"]])["rows"]["instagram"]
    assert "comments" in row.reason


@pytest.mark.long
@pytest.mark.parametrize("seed", range(40))
def test_several_bad_days_at_once_end_as_they_may(seed: int, tmp_path: Path) -> None:
    """Whatever comes together on the three platforms, nothing goes twice and nothing is told wrongly."""
    draw = random.Random(seed)
    days = [
        draw.choice([day for day in BAD_DAYS if day.channel == channel])
        for channel in draw.sample(sorted(PLATFORMS), draw.randint(2, 3))
    ]
    assert rehearsed(tmp_path, days)["wrong"] == []


def test_a_fault_that_there_is_not_names_the_nearest() -> None:
    """A mistyped name is told with the one that was meant."""
    with pytest.raises(InputError, match="x-lost-answer"):
        found(["x-lost-anser"])


def test_names_say_the_platform_and_nothing_stands_twice() -> None:
    """Each bad day has a name of its own, words, and a way to end."""
    assert len(BY_NAME) == len(BAD_DAYS)
    for day in BAD_DAYS:
        assert day.name.startswith({"twitter": "x-"}.get(day.channel, f"{day.channel}-"))
        assert day.words.endswith(".")
        assert day.source
        assert day.ends <= set(DeliveryState) - {DeliveryState.STAGED, DeliveryState.SENDING}


def publisher(*words: str) -> subprocess.CompletedProcess[str]:
    """`publisher rehearse` as a user types it."""
    command = [sys.executable, "-m", "publisher", "rehearse", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)


@pytest.mark.long
def test_a_bad_day_is_rehearsed_by_people(tmp_path: Path) -> None:
    """`publisher rehearse --fault` runs the real daemon on such a day, and says that it ended as it must."""
    done = publisher("--fault", "x-lost-answer", "--folder", str(tmp_path / "rehearsal"), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["wrong"] == []
    assert [one["name"] for one in told["faults"]] == ["x-lost-answer"]
    states = {row["state"] for item in told["items"] for row in item["deliveries"]}
    assert states == {"sent"}
    assert (tmp_path / "rehearsal" / "wall.html").is_file()


def test_the_list_names_every_bad_day() -> None:
    """`publisher rehearse --list` shows what can be rehearsed, for people and for programs."""
    lines = publisher("--list").stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == list(BY_NAME)
    told = io.StringIO()
    listed(told, as_json=True)
    assert [one["name"] for one in json.loads(told.getvalue())["faults"]] == list(BY_NAME)


def test_what_must_not_happen_is_seen(tmp_path: Path) -> None:
    """The rehearsal itself can tell a post that went twice, one that is told wrongly, and one that no fault explains."""
    with open_office(tmp_path, changes=QUICK) as office:
        item_id = office.hand_in(office.news(**PHOTO)).id
        settle(office)
        item, rows = office.app.queue.item(item_id), office.app.queue.deliveries(item_id)
        ledger = office.platforms.ledger
        assert list(misfits([], [(item, rows)], ledger)) == []
        (row,) = (row for row in rows if row.channel == "twitter")
        row.state = DeliveryState.REFUSED
        told = " ".join(misfits([], [(item, rows)], ledger))
        assert "twitter is refused, which no fault here explains" in told
        assert "twitter is said to be refused, and shows it" in told
        row.state = DeliveryState.SENT
        (tweet,) = ledger.posts("x")
        ledger.unpublish("x", tweet.id)
        assert "shows nothing" in " ".join(misfits([], [(item, rows)], ledger))
        for number in range(2):
            ledger.publish(type(tweet)("x", str(number), tweet.text, tweet.url, tweet.arrived_at, tweet.link))
        assert "shows it 2 times" in " ".join(misfits([], [(item, rows)], ledger))
