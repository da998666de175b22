"""Promise 2 under fire: seeded runs in which platforms fail and the process dies, again and again, at any step."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support import Clock, Office, open_office, sampled

from publisher.app import App, open_app
from publisher.channels import Channel, Identity, Supplies, Withdrawal
from publisher.errors import IllegalMove
from publisher.model import DeliveryState, ItemState, Judgement, Phase, Post, Receipt, Staged
from publisher.rehearsal.faults import Fault
from publisher.release import Parts, Releaser
from publisher.tables import DeliveryRow

SEEDS_EACH, OFFICES = 7, 4
MOST_STEPS = 400
"""Far more than any run needs: an item that is due for ever fails the test instead of hanging it."""
LONGEST_LIFE = 60
"""Steps (clock readings, calls of adapters) after which a process that is to die has died; a whole life has about as many."""
QUICK: dict[str, dict[str, Any]] = {
    "release": {"verify": 1, "verify_every": 0.05, "back_off": 30, "read_back": [1, 2], "stage_wait": 5}
}
PLATFORMS = {"twitter": "x", "facebook": "facebook", "instagram": "instagram"}
READY = {DeliveryState.WAITING, DeliveryState.STAGED}
OVER = {
    DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.NOT_SENT, DeliveryState.UNKNOWN, DeliveryState.WITHDRAWING,
    DeliveryState.WITHDRAWN,
}  # fmt: skip
X_CALLS = (
    ("POST", r"^/2/tweets$"),
    ("POST", r"^/2/media/upload$"),
    ("GET", r"/tweets$"),
    ("DELETE", r"^/2/tweets/"),
)
GRAPH_CALLS = (
    ("POST", r"/feed$"),
    ("POST", r"/photos$"),
    ("POST", r"/media$"),
    ("POST", r"/media_publish$"),
    ("GET", r"/published_posts$"),
    ("DELETE", r"_\d+$"),
    ("GET", r"/media$"),
)
LIMITED = {"title": "Too Many Requests", "status": 429, "detail": "Too Many Requests", "type": "about:blank"}
DENIED = {"error": {"code": 200, "message": "permission missing", "type": "OAuthException"}}


class Died(BaseException):
    """The process is gone: nothing of it goes on, and nothing catches this."""


@dataclass
class Life:
    """One process: it dies for good at its `left`-th step; None lives."""

    clock: Clock
    left: int | None
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def step(self) -> None:
        """One step nearer to the end."""
        with self._counting:
            if self.left is not None:
                self.left -= 1
            if self.left is not None and self.left < 0:
                raise Died

    def now(self) -> datetime:
        """The moment now, if there is one."""
        self.step()
        return self.clock()

    def sleep(self, seconds: float) -> None:
        """Waits by moving the clock."""
        self.step()
        self.clock.forward(seconds=seconds)


class Mortal:
    """A channel in whose calls the process can die: before the platform is asked, and after it has answered."""

    def __init__(self, channel: Channel, life: Life) -> None:
        self._channel, self._life = channel, life
        self.settings, self.limits, self.template = channel.settings, channel.limits, channel.template
        self.makes_page, self.withdraws, self.scopes = channel.makes_page, channel.withdraws, channel.scopes
        self.look = channel.look
        for name in ("find_is_proof", "lend", "take_back", "discard"):
            if hasattr(channel, name):
                setattr(self, name, getattr(channel, name))

    @property
    def client(self) -> Any:
        """The outside library's client."""
        return self._channel.client

    def stage(self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged:
        """Stages, or dies around it."""
        self._life.step()
        found = self._channel.stage(post, supplies, staged, now)
        self._life.step()
        return found

    def publish(self, post: Post, staged: Staged, now: datetime) -> Receipt:
        """Publishes, or dies around it."""
        self._life.step()
        receipt = self._channel.publish(post, staged, now)
        self._life.step()
        return receipt

    def find(self, post: Post, staged: Staged | None, now: datetime) -> Receipt | None:
        """Looks, or dies around it."""
        self._life.step()
        receipt = self._channel.find(post, staged, now)
        self._life.step()
        return receipt

    def identify(self, now: datetime) -> Identity | None:
        return self._channel.identify(now)

    def withdraw(self, asked: Withdrawal, now: datetime) -> None:
        """Takes a post down, or dies around it."""
        self._life.step()
        self._channel.withdraw(asked, now)
        self._life.step()

    def judge(
        self, phase: Phase | str, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:
        """The adapter's own reading."""
        return self._channel.judge(phase, status, headers, body)

    def close(self) -> None:
        """Frees the connections."""
        self._channel.close()


def releaser(app: App, life: Life) -> Releaser:
    """The real releaser of one process that can die."""
    mortal: dict[str, Channel] = {name: Mortal(channel, life) for name, channel in app.channels.items()}
    return Releaser(
        Parts(app.config, app.queue, mortal, app.last_check, app.store, app.proofs, life.now, life.sleep)
    )


def plan_faults(office: Office, chance: random.Random) -> None:
    """Up to four faults on calls to come."""
    for _ in range(chance.randrange(5)):
        server, calls = chance.choice([(office.platforms.x, X_CALLS), (office.platforms.graph, GRAPH_CALLS)])
        wait = {"x-rate-limit-reset": str(int((office.clock() + timedelta(minutes=1)).timestamp()))}
        refusal = (
            Fault.refuse(429, LIMITED, wait) if server is office.platforms.x else Fault.refuse(403, DENIED)
        )
        fault = chance.choice(
            [
                Fault.commit_then_drop(),
                Fault.commit_then_status(500),
                Fault.html_502(commit=True),
                Fault.html_502(),
                Fault.drop_before(),
                refusal,
            ]
        )
        server.fail_next(*chance.choice(calls), fault)


def hand_in(office: Office, chance: random.Random, seed: int) -> str:
    """One item, now or in some minutes, with a picture or without."""
    fields: dict[str, Any] = {"title": f"Notice number {seed}"}
    if chance.random() < 0.5:
        fields["publish_at"] = (office.clock() + timedelta(minutes=chance.randrange(1, 30))).isoformat()
    if chance.random() < 0.5:
        fields["images"] = [{"path": "library.jpg", "alt": "The library at dusk"}]
    return office.hand_in(office.news(**fields) if chance.random() < 0.5 else office.event(**fields)).id


def withdraw(office: Office, item_id: str) -> None:
    """An officer takes it back; where it is off already, that is an answer, too."""
    with suppress(IllegalMove):
        office.app.decisions.withdraw(item_id, officer="sam", reason="taken back")


def decide(office: Office, chance: random.Random, item_id: str) -> None:
    """Now and then an officer changes their mind; too late is an answer, too."""
    decisions = office.app.decisions
    try:
        if chance.random() < 0.02:
            decisions.withdraw(item_id, officer="sam", reason="changed")
        elif chance.random() < 0.05:
            later = office.clock() + timedelta(minutes=chance.randrange(1, 20))
            decisions.reschedule(item_id, officer="sam", publish_at=later)
        elif chance.random() < 0.05:
            decisions.retry(item_id, officer="sam")
    except IllegalMove:
        return


def live_and_die(office: Office, chance: random.Random, item_id: str) -> None:
    """Processes follow one another over one queue, until nothing is due any more."""
    deaths = [chance.randrange(1, LONGEST_LIFE) for _ in range(chance.randrange(6))]
    steps = 0
    while steps < MOST_STEPS:
        life = Life(office.clock, deaths.pop() if deaths else None)
        app = open_app(office.config, now=office.clock)
        try:
            for _ in one_life(app, life):
                decide(office, chance, item_id)
                steps += 1
                if steps >= MOST_STEPS:
                    break
            else:
                return
        except Died:
            office.clock.forward(seconds=chance.randrange(20))
        finally:
            app.close()
    pytest.fail(f"something is due for ever: {office.state(item_id)} {office.deliveries(item_id)}")


def one_life(app: App, life: Life) -> Iterator[None]:
    """What the daemon does, one thing after another; ends where nothing is due any more. Raises Died."""
    work = releaser(app, life)
    work.recover()
    while True:
        now = life.clock()
        due = app.queue.due(now)
        for item_id in due.items:
            work.work(item_id)
            yield
        for number, _ in due.deliveries:
            work.work_delivery(number)
            yield
        if not (due.items or due.deliveries):
            following = app.queue.next_due(now)
            if following is None:
                return
            life.clock.offset += max(following - life.clock(), timedelta())


def check_delivery(office: Office, row: DeliveryRow, link: str, item_state: str) -> None:
    """Duplicates 0, lost 0: what the queue says is what the platform has."""
    assert row.state in OVER or (row.state in READY and item_state in {ItemState.HELD, ItemState.LATE}), row
    assert row.due_at is None, row
    if row.channel not in PLATFORMS:
        return
    posts = [post for post in office.platforms.ledger.posts(PLATFORMS[row.channel]) if link in post.text]
    assert len(posts) <= 1, f"sent twice: {row}"
    if row.state in {DeliveryState.UNKNOWN, DeliveryState.WITHDRAWING}:
        assert "publisher resolve" in row.reason
    else:
        assert len(posts) == (row.state == DeliveryState.SENT), row
    assert all(post.card.status == 200 for post in posts if post.card), "posted before the page was live"


def check_item(office: Office, item_id: str) -> None:
    """The item's state agrees with its deliveries', and what waits for a person says why."""
    item, rows = office.app.queue.item(item_id), office.deliveries(item_id)
    states = {row.state for row in rows.values()}
    assert item.due_at is None, item
    assert item.state in {
        ItemState.PUBLISHED, ItemState.PART_PUBLISHED, ItemState.HELD, ItemState.LATE, ItemState.WITHDRAWN,
        ItemState.WITHDRAWING,
    }, item  # fmt: skip
    assert (item.state == ItemState.PUBLISHED) == (states == {DeliveryState.SENT}), (item, states)
    assert item.reason or item.state in {ItemState.PUBLISHED, ItemState.PART_PUBLISHED}
    for row in rows.values():
        check_delivery(office, row, item.link, item.state)


@pytest.mark.parametrize("first", sampled(range(0, SEEDS_EACH * OFFICES, SEEDS_EACH), 1))
def test_nothing_is_doubled_and_nothing_is_lost(tmp_path: Path, first: int) -> None:
    """Whatever fails and whenever the process dies: each post once, the page first, and every delivery accounted for.

    Half of the items are withdrawn in the end: what the queue says is gone is gone.
    """
    with open_office(tmp_path, changes=QUICK) as office:
        for seed in range(first, first + SEEDS_EACH):
            chance = random.Random(seed)
            item_id = hand_in(office, chance, seed)
            plan_faults(office, chance)
            live_and_die(office, chance, item_id)
            check_item(office, item_id)
            if chance.random() < 0.5:
                withdraw(office, item_id)
                plan_faults(office, chance)
                live_and_die(office, chance, item_id)
                check_item(office, item_id)
