"""What broke once and must not again: nothing sticks, nothing goes early, nothing is tried for ever."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text
from support import Office, open_office

from publisher.app import open_app
from publisher.channels import Channel, Supplies, Withdrawal
from publisher.errors import ChannelFailed, ConfigError, EgressRefused, OutsideFailed
from publisher.item import Item
from publisher.model import Judgement, Outcome, Phase, Post, Receipt, Staged
from publisher.moves import set_delivery
from publisher.rehearsal.faults import Fault
from publisher.release import Parts, Releaser

QUICK: dict[str, dict[str, Any]] = {
    "release": {"verify": 1, "verify_every": 0.05, "back_off": 30, "read_back": [1, 2], "stage_wait": 5}
}
PHOTO = {"images": [{"path": "library.jpg", "alt": "The library at dusk"}]}


class Odd:
    """The real channel with something done before its steps; it stands for an adapter with a bug."""

    def __init__(self, channel: Channel, **before: Callable[[], object]) -> None:
        self._channel, self._before = channel, before
        self.settings, self.limits, self.template = channel.settings, channel.limits, channel.template
        self.makes_page, self.withdraws = channel.makes_page, channel.withdraws

    def _do(self, step: str) -> None:
        self._before.get(step, lambda: None)()

    def __getattr__(self, name: str) -> Any:
        """As the channel: its client, and what only some channels have."""
        return getattr(self._channel, name)

    def stage(self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged:
        """As the channel, after what is odd."""
        self._do("stage")
        return self._channel.stage(post, supplies, staged, now)

    def publish(self, post: Post, staged: Staged, now: datetime) -> Receipt:
        """As the channel, after what is odd."""
        self._do("publish")
        receipt = self._channel.publish(post, staged, now)
        self._do("published")
        return receipt

    def find(self, post: Post, staged: Staged | None, now: datetime) -> Receipt | None:
        """As the channel, after what is odd."""
        self._do("find")
        return self._channel.find(post, staged, now)

    def withdraw(self, asked: Withdrawal, now: datetime) -> None:
        """As the channel, after what is odd."""
        self._do("withdraw")
        self._channel.withdraw(asked, now)
        self._do("withdrawn")

    def judge(
        self, phase: Phase | str, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:
        """As the channel."""
        return self._channel.judge(phase, status, headers, body)

    def close(self) -> None:
        """As the channel."""
        self._channel.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose waits are short."""
    with open_office(tmp_path, changes=QUICK) as found:
        yield found


def with_odd(
    office: Office, name: str, *, now: Callable[[], datetime] | None = None, **before: Callable[[], object]
) -> Releaser:
    """The real releaser with one odd channel; waiting moves the clock."""
    app = office.app
    channels = {**app.channels, name: Odd(app.channels[name], **before)}

    def sleep(seconds: float) -> None:
        office.clock.forward(seconds=seconds)

    return Releaser(
        Parts(
            app.config,
            app.queue,
            channels,
            app.last_check,
            app.store,
            app.proofs,
            now or app.now,
            sleep,
        )
    )


def broken() -> None:
    """What a library does with an answer that it did not expect."""
    raise KeyError("data")


def forbidden() -> None:
    """What the session does with a call that no adapter declared."""
    raise EgressRefused("one-way: GET /2/dm_events is refused")


def states(office: Office, item_id: str) -> dict[str, str]:
    """The states of the item's deliveries by channel."""
    return {channel: row.state for channel, row in office.deliveries(item_id).items()}


def test_a_reschedule_wins_against_a_release_that_looked_before_it(office: Office) -> None:
    """The release takes the item as it is when it begins, not as it was when it looked: nothing goes early."""
    queued = office.hand_in(office.news())
    later, asked = office.clock() + timedelta(hours=2), iter(range(1_000))

    def now() -> datetime:
        moment = office.clock()
        if next(asked) == 0:
            office.app.decisions.reschedule(queued.id, officer="sam", publish_at=later)
        return moment

    with_odd(office, "twitter", now=now).work(queued.id)
    item = office.app.queue.item(queued.id)
    assert (item.state, item.publish_at) == ("queued", later)
    assert set(states(office, queued.id).values()) == {"waiting"}


def test_an_officer_suspended_while_it_is_staged_stops_the_item(office: Office) -> None:
    """What happens between the first check and the page counts: neither page nor post goes."""
    queued = office.hand_in(office.news())

    def suspend() -> None:
        office.app.register.suspend("sam", actor="dana", now=office.clock())

    with_odd(office, "twitter", stage=suspend).work(queued.id)
    assert office.state(queued.id) == "held for review"
    assert set(states(office, queued.id).values()) == {"staged"}


def test_an_event_that_begins_while_it_is_prepared_goes_nowhere(office: Office) -> None:
    """Uploads take their time: what was still to come when they began is late once they are done, and not even its page goes."""
    queued = office.hand_in(office.event(starts_at=(office.clock() + timedelta(minutes=5)).isoformat()))
    with_odd(office, "twitter", stage=lambda: office.clock.forward(minutes=6)).work(queued.id)
    assert office.state(queued.id) == "late"
    assert "sent" not in states(office, queued.id).values()


@pytest.fixture
def slow_site(tmp_path: Path) -> Iterator[Office]:
    """An office whose pages are not to be seen before `site` is there."""
    with open_office(tmp_path, changes={**QUICK, "channels.website": {"folder": "not-served"}}) as found:
        yield found


def once_its_page_is_out(office: Office, item: Item, happens: Callable[[], object]) -> str:
    """Releases the item while something happens between its page and its posts; its id."""
    item_id, app = office.hand_in(item).id, office.app

    def sleep(_seconds: float) -> None:
        if not (office.folder / "site").exists():
            happens()
            (office.folder / "site").symlink_to(office.folder / "not-served")

    parts = Parts(app.config, app.queue, app.channels, app.last_check, app.store, app.proofs, app.now, sleep)
    Releaser(parts).work(item_id)
    return item_id


def test_an_officer_suspended_once_the_page_is_out_stops_the_posts(slow_site: Office) -> None:
    """What happens between the page and the posts counts, too: these are held for a person."""

    def suspend() -> None:
        slow_site.app.register.suspend("sam", actor="dana", now=slow_site.clock())

    item_id = once_its_page_is_out(slow_site, slow_site.news(channels=["website", "twitter"]), suspend)
    assert slow_site.state(item_id) == "held for review"
    assert states(slow_site, item_id) == {"website": "sent", "twitter": "staged"}


def test_an_event_that_begins_once_its_page_is_out_is_not_announced(slow_site: Office) -> None:
    """The page stays; no post follows it, and none is left that would go by itself."""
    starts = (slow_site.clock() + timedelta(minutes=5)).isoformat()
    item = slow_site.event(starts_at=starts, channels=["website", "twitter"])
    item_id = once_its_page_is_out(slow_site, item, lambda: slow_site.clock.forward(minutes=6))
    assert slow_site.state(item_id) == "part published"
    assert states(slow_site, item_id) == {"website": "sent", "twitter": "not sent"}


def test_a_held_item_has_nothing_due(office: Office) -> None:
    """A delivery that was due when its item was held is not due for ever, or the daemon would spin."""
    queued = office.hand_in(office.news())
    with office.app.queue.writing() as connection:
        for row in office.deliveries(queued.id).values():
            set_delivery(connection, row.id, due_at=office.clock())
    office.app.register.suspend("sam", actor="dana", now=office.clock())
    office.app.releaser.work(queued.id)
    due = office.app.queue.due(office.clock() + timedelta(days=1))
    assert (due.items, due.deliveries) == ((), ())


def test_an_adapter_that_breaks_while_preparing_stops_no_other(office: Office) -> None:
    """A bug in one channel's preparation leaves the others to go in time; that one follows once it works."""
    queued = office.hand_in(office.news())
    with_odd(office, "twitter", stage=broken).work(queued.id)
    row = office.deliveries(queued.id)["twitter"]
    assert (row.state, office.state(queued.id)) == ("waiting", "releasing")
    assert "broke while preparing" in row.reason
    assert row.due_at is not None
    office.clock.forward(seconds=31)
    office.app.releaser.work_delivery(row.id or 0)
    assert office.state(queued.id) == "published"


@pytest.mark.parametrize("breaks", [broken, forbidden])
def test_what_breaks_while_a_platform_looks_anew_stops_no_post(
    office: Office, breaks: Callable[[], object]
) -> None:
    """The page is out by then: whatever comes of telling a platform of it, the posts go."""
    app, facebook = office.app, cast("Any", Odd(office.app.channels["facebook"]))
    facebook.page_is_live = lambda *_told: breaks()
    every = {**app.channels, "facebook": facebook}
    item_id = office.hand_in(office.news()).id
    Releaser(Parts(app.config, app.queue, every, app.last_check, app.store, app.proofs, app.now)).work(
        item_id
    )
    assert set(states(office, item_id).values()) == {"sent"}


class Told:
    """Proofs that note what was written down of an item when they are told that a platform refused it."""

    def __init__(self, office: Office, item_id: str) -> None:
        self._office, self._item_id, self.seen = office, item_id, list[Mapping[str, str]]()

    def refused(self, name: str, judgement: Judgement, now: datetime) -> None:
        """As they do."""
        self.seen.append(states(self._office, self._item_id))
        self._office.app.proofs.refused(name, judgement, now)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._office.app.proofs, name)


def test_every_outcome_is_written_down_before_a_refusal_is_looked_into(office: Office) -> None:
    """That may wait for whoever asks the platform just then, and what is not written down meanwhile a crash makes unknown."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.refuse(401, {"title": "Unauthorized"}))
    office.platforms.graph.fail_next("POST", "/feed$", Fault.delay(0.5))
    app, item_id = office.app, office.hand_in(office.news()).id
    proofs: Any = Told(office, item_id)
    Releaser(Parts(app.config, app.queue, app.channels, app.last_check, app.store, proofs, app.now)).work(
        item_id
    )
    others = dict.fromkeys(("website", "facebook", "instagram"), "sent")
    assert proofs.seen == [{**others, "twitter": "refused"}]


def test_a_hand_in_a_row_while_it_is_sent_hides_nothing(office: Office) -> None:
    """Its outcome cannot be written over that; what left is on record all the same, and so is what became of the others."""
    item_id = office.hand_in(office.news()).id

    def write() -> None:
        with office.app.queue.writing() as connection:
            connection.execute(text("UPDATE delivery SET state = 'refused' WHERE channel = 'twitter'"))

    with_odd(office, "twitter", published=write).work(item_id)
    others = dict.fromkeys(("website", "facebook", "instagram"), "sent")
    assert states(office, item_id) == {**others, "twitter": "refused"}
    told = office.app.queue.events(item_id)
    assert "request" in {event.action for event in told if event.channel == "twitter"}


@pytest.mark.parametrize("breaks", [broken, forbidden])
def test_what_breaks_while_looking_counts_as_a_look(office: Office, breaks: Callable[[], object]) -> None:
    """A read-back that breaks ends with a person as well, and not in looking for ever."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.commit_then_drop())
    queued = office.hand_in(office.news())
    number = office.release(queued.id)["twitter"].id or 0
    work = with_odd(office, "twitter", find=breaks)
    for _ in range(2):
        work.work_delivery(number)
    row = office.deliveries(queued.id)["twitter"]
    assert (row.state, row.due_at) == ("unknown", None)
    assert "publisher resolve" in row.reason


def test_an_outcome_is_not_lost_while_the_disk_takes_nothing(office: Office) -> None:
    """What a platform took is kept in memory while the queue cannot be written, and written down afterwards."""
    queued = office.hand_in(office.news())

    def rename(before: str, after: str) -> None:
        with office.app.queue.writing() as connection:
            connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))

    everybody = threading.Event()

    def away() -> None:
        if not everybody.is_set():
            everybody.set()
            rename("event", "event_away")

    work = with_odd(office, "twitter", published=away)
    work.work(queued.id)
    assert states(office, queued.id)["twitter"] == "sending"
    rename("event_away", "event")
    work.record_kept()
    assert set(states(office, queued.id).values()) == {"sent"}
    assert office.state(queued.id) == "published"


def test_a_container_that_expired_is_waited_for_again(office: Office) -> None:
    """What was staged and expired is not sent as it is: it is prepared anew, and goes when it is ready."""
    queued = office.hand_in(office.news(publish_at=(office.clock() + timedelta(minutes=5)).isoformat()))
    while states(office, queued.id)["instagram"] != "staged":
        office.app.releaser.work(queued.id)
    with office.app.queue.writing() as connection:
        row = office.deliveries(queued.id)["instagram"]
        set_delivery(connection, row.id, staged_until=office.clock())
    office.app.releaser.work(queued.id)
    assert office.deliveries(queued.id)["instagram"].staged["container"] != row.staged["container"]
    assert states(office, queued.id)["instagram"] == "waiting"
    while states(office, queued.id)["instagram"] != "staged":
        office.app.releaser.work(queued.id)
    office.clock.forward(minutes=5)
    office.release(queued.id)
    assert office.state(queued.id) == "published"


def test_what_runs_out_before_the_moment_is_prepared_anew_before_it(office: Office) -> None:
    """Days ahead: the item is due as the first of what was prepared ends, and not only at its moment, which has no time for it."""
    moment = office.clock() + timedelta(hours=48)
    item = office.news(**PHOTO, publish_at=moment.isoformat(), channels=["website", "twitter"])
    item_id = office.hand_in(item).id
    office.app.releaser.work(item_id)
    until = office.deliveries(item_id)["twitter"].staged_until
    assert until is not None
    assert until < moment
    assert office.app.queue.item(item_id).due_at == until
    office.clock.forward(hours=25)
    office.app.releaser.work(item_id)
    again = office.deliveries(item_id)["twitter"]
    assert (again.state, (again.staged_until or until) > until) == ("staged", True)


def test_what_expired_does_not_go_while_it_cannot_be_prepared_anew(office: Office) -> None:
    """The platform takes the picture no second time: the others go, and this post waits; it is not sent by what ran out."""
    moment = office.clock() + timedelta(hours=25)
    queued = office.hand_in(
        office.news(**PHOTO, publish_at=moment.isoformat(), channels=["website", "twitter"])
    )
    office.app.releaser.work(queued.id)
    assert states(office, queued.id)["twitter"] == "staged"
    office.platforms.x.fail_next(
        "POST", "^/2/media/upload", Fault.refuse(503, {"title": "Unavailable"}), None
    )
    office.clock.forward(hours=25)
    office.release(queued.id)
    assert states(office, queued.id) == {"website": "sent", "twitter": "waiting"}


def test_a_channel_that_was_switched_off_is_refused_and_the_others_go(office: Office) -> None:
    """A channel that config.toml no longer has is shown as refused with the way out."""
    queued = office.hand_in(office.news())
    table = '[channels.twitter]\nadapter = "twitter"\n'
    changed = office.config.read_text(encoding="utf-8").replace(table, f"{table}enabled = false\n")
    office.config.write_text(changed, encoding="utf-8")
    app = open_app(office.config, now=office.clock)
    app.releaser.work(queued.id)
    app.close()
    assert states(office, queued.id) == {
        "website": "sent", "facebook": "sent", "twitter": "refused", "instagram": "sent",
    }  # fmt: skip
    assert "not switched on" in office.deliveries(queued.id)["twitter"].reason
    assert office.state(queued.id) == "part published"


def test_a_damaged_row_is_held_and_told(office: Office) -> None:
    """A row that cannot be read is not tried again for ever: the item is held with the reason."""
    queued = office.hand_in(office.news())
    row = office.deliveries(queued.id)["twitter"]
    damaged = json.dumps({name: value for name, value in row.post.items() if name != "media"})
    with office.app.queue.writing() as connection:
        connection.execute(
            text("UPDATE delivery SET post = :post WHERE id = :id"), {"post": damaged, "id": row.id}
        )
    office.app.releaser.work(queued.id)
    item = office.app.queue.item(queued.id)
    assert (item.state, item.due_at) == ("held for review", None)
    assert "damaged" in item.reason


@pytest.mark.long
def test_a_page_that_was_sent_but_not_seen_can_be_tried_again(tmp_path: Path) -> None:
    """An item whose page went out unverified is no dead end: retry looks at the page once more."""
    elsewhere: dict[str, dict[str, Any]] = {"channels.website": {"folder": "not-served"}, **QUICK}
    with open_office(tmp_path, changes=elsewhere) as office:
        queued = office.hand_in(office.news(**PHOTO, channels=["website"]))
        office.release(queued.id)
        assert (office.state(queued.id), states(office, queued.id)) == (
            "held for review",
            {"website": "sent"},
        )
        office.app.decisions.retry(queued.id, officer="sam")
        assert office.state(queued.id) == "queued"
        office.clock.forward(minutes=16)
        office.release(queued.id)
        item = office.app.queue.item(queued.id)
        assert (item.state, item.due_at) == ("late", None)


def test_an_unknown_is_recorded_where_no_look_is_set(tmp_path: Path) -> None:
    """With no read-back interval an unknown outcome is still recorded, and a person is asked after one look."""
    changes: dict[str, dict[str, Any]] = {"release": {**QUICK["release"], "read_back": []}}
    with open_office(tmp_path, changes=changes) as office:
        office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.drop_before())
        queued = office.hand_in(office.news())
        row = office.release(queued.id)["twitter"]
        office.app.releaser.work_delivery(row.id or 0)
        row = office.deliveries(queued.id)["twitter"]
        assert (row.state, row.due_at) == ("unknown", None)
        assert "publisher resolve" in row.reason


def test_a_stop_leaves_what_waits_for_the_next_start(office: Office) -> None:
    """Asked to stop while an item is prepared, nothing of it goes; it stays due, and the next start releases it."""
    queued = office.hand_in(office.news(**PHOTO))
    office.app.releaser.stop()
    office.app.releaser.work(queued.id)
    item = office.app.queue.item(queued.id)
    assert item.state == "releasing"
    assert item.due_at is not None
    assert "sent" not in states(office, queued.id).values()
    following = open_app(office.config, now=office.clock)
    following.releaser.work(queued.id)
    following.close()
    assert office.state(queued.id) == "published"


def test_an_item_that_broke_on_its_way_stays_due(office: Office) -> None:
    """A queue that fails in the middle of a release leaves the item due, not in `releasing` for ever."""
    queued = office.hand_in(office.news())

    def lose() -> None:
        with office.app.queue.writing() as connection:
            connection.execute(text("ALTER TABLE event RENAME TO event_away"))

    work = with_odd(office, "website", stage=lose)
    with pytest.raises(OutsideFailed):
        work.work(queued.id)
    with office.app.queue.writing() as connection:
        connection.execute(text("ALTER TABLE event_away RENAME TO event"))
    assert queued.id in office.app.queue.due(office.clock()).items
    office.release(queued.id)
    assert office.state(queued.id) == "published"


def test_a_wait_beyond_the_grace_is_refused_and_says_so(office: Office) -> None:
    """A platform that asks for a longer wait than the item has is refused, with the command that sends it later."""
    reset = str(int((office.clock() + timedelta(hours=3)).timestamp()))
    body = {"title": "Too Many Requests", "status": 429, "detail": "Too Many Requests", "type": "about:blank"}
    fault = Fault.refuse(429, body, {"x-rate-limit-reset": reset, "x-rate-limit-remaining": "0"})
    office.platforms.x.fail_next("POST", r"^/2/tweets$", fault)
    queued = office.hand_in(office.news())
    row = office.release(queued.id)["twitter"]
    assert row.state == "refused"
    office.app.releaser.work_delivery(row.id or 0)
    row = office.deliveries(queued.id)["twitter"]
    assert (row.state, row.due_at) == ("refused", None)
    assert f"publisher retry {queued.id} --channel twitter" in row.reason
    assert office.state(queued.id) == "part published"


def test_what_is_all_out_is_published_after_a_crash(office: Office) -> None:
    """A crash between a delivery's last move and its item's leaves nothing `part published` for ever."""
    queued = office.hand_in(office.news())
    office.release(queued.id)
    with office.app.queue.writing() as connection:
        connection.execute(text("UPDATE item SET state = 'part published' WHERE id = :id"), {"id": queued.id})
    office.app.releaser.recover()
    assert office.state(queued.id) == "published"


class Late:
    """The real channel, after whose post something else goes wrong."""

    def __init__(self, channel: Channel, error: BaseException) -> None:
        self._channel, self._error = channel, error

    def __getattr__(self, name: str) -> Any:
        """As the channel."""
        return getattr(self._channel, name)

    def publish(self, post: Post, staged: Staged, now: datetime) -> Receipt:
        """As the channel: then it breaks."""
        self._channel.publish(post, staged, now)
        raise self._error


@pytest.mark.parametrize(
    "error",
    [EgressRefused("no"), ConfigError("no"), ChannelFailed(Judgement(Outcome.STOP, "no")), ValueError("no")],
    ids=lambda error: type(error).__name__,
)
def test_what_breaks_after_the_post_was_taken_is_no_word_on_the_post(
    office: Office, error: BaseException
) -> None:
    """The post is out, so whatever fails behind it leaves it unknown: it is looked up, and never sent again."""
    app = office.app
    late: Any = Late(app.channels["twitter"], error)
    channels = {**app.channels, "twitter": late}
    item_id = office.hand_in(office.news()).id
    parts = Parts(app.config, app.queue, channels, app.last_check, app.store, app.proofs, office.clock)
    Releaser(parts).work(item_id)
    assert office.deliveries(item_id)["twitter"].state == "unknown"
    assert len(office.platforms.ledger.posts("x")) == 1


def test_a_sent_post_that_a_hand_calls_refused_is_not_sent_again(office: Office) -> None:
    """An officer who retries in good faith does not send what is out: the record tells that it went."""
    item_id = office.hand_in(office.news()).id
    assert {row.state for row in office.release(item_id).values()} == {"sent"}
    with office.app.queue.writing() as connection:
        wiped = "UPDATE delivery SET state = 'refused', remote_id = '', url = '', staged = '{}' WHERE channel = 'twitter'"
        connection.execute(text(wiped))
        connection.execute(text("UPDATE item SET state = 'part published'"))
    asked = office.cli("retry", item_id)
    assert asked.returncode == 1
    assert "somebody was in the database" in asked.stderr
    office.app.releaser.work(item_id)
    assert len(office.platforms.ledger.posts("x")) == 1
