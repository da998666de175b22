"""The lives of items and deliveries, held against a real queue; digests; posts as stored."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from queue_support import NOW, delivery_row, item_row

from publisher.errors import IllegalMove
from publisher.model import (
    DELIVERY_MOVES,
    ITEM_MOVES,
    DeliveryState,
    ItemState,
    Judgement,
    Kind,
    Media,
    Outcome,
    Phase,
    Post,
    canonical,
    digest_of,
)
from publisher.moves import move_delivery, move_item
from publisher.queue import open_queue

BEFORE_RELEASE = {ItemState.DRAFT, ItemState.CHECKED, ItemState.HELD, ItemState.BLOCKED, ItemState.QUEUED}
TEXT = st.text(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PICTURE = st.builds(
    Media,
    digest=TEXT,
    mime=st.sampled_from(["image/jpeg", "image/png"]),
    width=st.integers(1, 4000),
    height=st.integers(1, 4000),
    size=st.integers(1, 10**7),
    alt=TEXT,
)
POST = st.builds(
    Post,
    channel=TEXT,
    kind=st.sampled_from(Kind),
    title=TEXT,
    text=TEXT,
    link=TEXT,
    reference=TEXT,
    media=st.lists(PICTURE, max_size=2).map(tuple),
    hashtags=st.lists(TEXT, max_size=2).map(tuple),
    page=st.none() | st.dictionaries(st.text(max_size=5), JSON, max_size=3),
)


def test_every_state_is_in_its_table() -> None:
    """No state is without an entry, so that no move can fail for want of one."""
    assert set(ITEM_MOVES) == set(ItemState)
    assert set(DELIVERY_MOVES) == set(DeliveryState)


def test_nothing_follows_the_end() -> None:
    """What is withdrawn or cancelled stays so, and so does a post that was taken down."""
    assert {state for state, after in ITEM_MOVES.items() if not after} == {
        ItemState.WITHDRAWN,
        ItemState.CANCELLED,
    }
    assert {state for state, after in DELIVERY_MOVES.items() if not after} == {DeliveryState.WITHDRAWN}


def test_what_is_out_can_only_be_withdrawn() -> None:
    """Nothing leads from what the public saw back to where it might be sent again, and all of it can be taken down."""
    assert ITEM_MOVES[ItemState.PUBLISHED] == {ItemState.WITHDRAWING}
    assert ITEM_MOVES[ItemState.WITHDRAWING] == {ItemState.WITHDRAWN}
    assert DELIVERY_MOVES[DeliveryState.SENT] == {DeliveryState.WITHDRAWING}
    assert DELIVERY_MOVES[DeliveryState.WITHDRAWING] == {DeliveryState.WITHDRAWN}
    before = {state for state, after in ITEM_MOVES.items() if ItemState.WITHDRAWING in after}
    assert before == set(ItemState) - {
        ItemState.DRAFT, ItemState.WITHDRAWING, ItemState.WITHDRAWN, ItemState.CANCELLED,
    }  # fmt: skip


def test_an_unknown_outcome_is_settled_and_never_sent_again() -> None:
    """From unknown a delivery goes to sent or not sent alone, and never straight to sending."""
    assert DELIVERY_MOVES[DeliveryState.UNKNOWN] == {DeliveryState.SENT, DeliveryState.NOT_SENT}


def test_a_delivery_is_sent_only_from_sending_or_by_settling_an_unknown() -> None:
    """`sending` is durable before the request, so nothing else can lead to sent."""
    before = {state for state, after in DELIVERY_MOVES.items() if DeliveryState.SENT in after}
    assert before == {DeliveryState.SENDING, DeliveryState.UNKNOWN}


def test_an_item_that_has_not_been_released_can_be_stopped() -> None:
    """Withdrawn, cancelled and late are open at any point before the release, and not after it began."""
    for state in BEFORE_RELEASE:
        assert {ItemState.WITHDRAWN, ItemState.CANCELLED, ItemState.LATE} <= ITEM_MOVES[state], state
    assert not {ItemState.WITHDRAWN, ItemState.CANCELLED} & ITEM_MOVES[ItemState.RELEASING]


def test_only_a_queued_item_or_what_was_part_published_is_released() -> None:
    """Nothing that is held, blocked, late or unchecked can go out without being queued first."""
    before = {state for state, after in ITEM_MOVES.items() if ItemState.RELEASING in after}
    assert before == {ItemState.QUEUED, ItemState.PART_PUBLISHED}


def test_a_blocked_item_is_queued_only_after_another_check() -> None:
    """No person can wave a blocked item through."""
    assert ItemState.QUEUED not in ITEM_MOVES[ItemState.BLOCKED]
    assert ItemState.HELD not in ITEM_MOVES[ItemState.BLOCKED]


def test_every_state_can_be_reached() -> None:
    """A state that nothing leads to would be a word without a meaning."""
    assert set().union(*ITEM_MOVES.values()) == set(ItemState) - {ItemState.DRAFT}
    assert set().union(*DELIVERY_MOVES.values()) == set(DeliveryState)


class Lives(RuleBasedStateMachine):
    """Random moves, legal and not, fresh and stale, on one item with one delivery in a real database."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.queue = open_queue(Path(self._folder.name) / "queue.db", create=True)
        self.queue.add(item_row(), [delivery_row()], [], now=NOW)
        self.stale = self.queue.deliveries("one")[0]
        self.item, self.delivery = ItemState.DRAFT, DeliveryState.WAITING
        self.events = 1

    def teardown(self) -> None:
        """Gives the database back."""
        self.queue.close()
        self._folder.cleanup()

    @rule(before=st.sampled_from(ItemState), after=st.sampled_from(ItemState))
    def move_the_item(self, before: ItemState, after: ItemState) -> None:
        """Only from where it is, and only where the table allows."""
        if before is self.item and after in ITEM_MOVES[before]:
            with self.queue.writing() as connection:
                move_item(connection, "one", before, after, actor="pat", now=NOW, reason="told")
            self.item, self.events = after, self.events + 1
        else:
            with pytest.raises(IllegalMove), self.queue.writing() as connection:
                move_item(connection, "one", before, after, actor="pat", now=NOW, reason="lost")

    @rule(after=st.sampled_from(ItemState))
    def move_the_item_from_where_it_is(self, after: ItemState) -> None:
        """The same, so that legal moves are common."""
        self.move_the_item(self.item, after)

    @rule(after=st.sampled_from(DeliveryState), stale=st.booleans())
    def move_the_delivery(self, after: DeliveryState, stale: bool) -> None:  # noqa: FBT001  # drawn by hypothesis
        """A row read earlier counts only while it is still true."""
        row = self.stale if stale else self.queue.deliveries("one")[0]
        if row.state == self.delivery and after in DELIVERY_MOVES[self.delivery]:
            with self.queue.writing() as connection:
                move_delivery(connection, row, after, actor="daemon", now=NOW, tries=self.events)
            self.delivery, self.events = after, self.events + 1
        else:
            with pytest.raises(IllegalMove), self.queue.writing() as connection:
                move_delivery(connection, row, after, actor="daemon", now=NOW, tries=-1)

    @invariant()
    def the_database_says_the_same(self) -> None:
        """The states are those of the legal moves alone, and each of those left exactly one event."""
        row, events = self.queue.item("one"), self.queue.events("one")
        (delivery,) = self.queue.deliveries("one")
        assert (row.state, delivery.state, len(events)) == (self.item, self.delivery, self.events)
        assert row.reason != "lost"
        assert delivery.tries >= 0
        assert [event.after for event in events if event.channel is None][-1] == self.item


Lives.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestLives = Lives.TestCase
TestLives.__doc__ = (
    "A legal move writes one event with it; an illegal or stale one changes nothing and writes none."
)


def test_a_move_and_what_goes_with_it_happen_together_or_not_at_all(tmp_path: Path) -> None:
    """A failure later in the transaction takes the move and its event back."""
    queue = open_queue(tmp_path / "queue.db", create=True)
    queue.add(item_row(), [delivery_row()], [], now=NOW)

    def two_moves() -> None:
        with queue.writing() as connection:
            move_item(connection, "one", ItemState.DRAFT, ItemState.CHECKED, actor="pat", now=NOW)
            move_item(connection, "one", ItemState.DRAFT, ItemState.CHECKED, actor="pat", now=NOW)

    with pytest.raises(IllegalMove, match="no longer draft"):
        two_moves()
    assert queue.item("one").state == "draft"
    assert len(queue.events("one")) == 1
    queue.close()


@given(POST)
def test_a_post_comes_back_from_storage_byte_for_byte(post: Post) -> None:
    """What was cleared is what is sent: through JSON text and back, the post and its digest are the same."""
    back = Post.from_json(json.loads(json.dumps(post.to_json())))
    assert back == post
    assert back.digest == post.digest


@given(POST, st.data())
def test_any_changed_byte_is_another_digest(post: Post, data: st.DataObject) -> None:
    """No field of a post, the pictures' included, can change under a digest."""
    field = data.draw(st.sampled_from([field.name for field in fields(Post)]))
    old = getattr(post, field)
    new: Any = (ONE_PICTURE,) if field == "media" and not old else _another(old, data)
    changed = replace(post, **{field: new})
    assert changed.digest != post.digest


ONE_PICTURE = Media("0" * 64, "image/jpeg", 1, 1, 1, "A bin")


def _another(value: Any, data: st.DataObject) -> Any:
    if isinstance(value, Kind):
        return Kind.NEWS if value is Kind.EVENT else Kind.EVENT
    if isinstance(value, str):
        at = data.draw(st.integers(0, len(value)))
        return value[:at] + data.draw(st.characters()) + value[at:]
    if isinstance(value, tuple):
        return _another_list(value, data)
    return {**(value or {}), "one more": 1}


def _another_list(value: tuple[Any, ...], data: st.DataObject) -> tuple[Any, ...]:
    if value and isinstance(value[0], Media):
        name = data.draw(st.sampled_from([field.name for field in fields(Media)]))
        old = getattr(value[0], name)
        return (replace(value[0], **{name: old + ("x" if isinstance(old, str) else 1)}), *value[1:])
    return (*value, "one more") if not value or isinstance(value[0], str) else value[1:]


@given(JSON, JSON)
def test_equal_digests_are_equal_values(one: Any, other: Any) -> None:
    """The canonical form has one shape for each value, and no two values share it."""
    assert (digest_of(one) == digest_of(other)) == (canonical(one) == canonical(other))
    assert json.loads(canonical(one)) == one


def test_the_order_of_keys_does_not_matter() -> None:
    """A database may give a JSON object's keys in another order."""
    assert digest_of({"a": 1, "b": [{"d": 2, "c": 3}]}) == digest_of({"b": [{"c": 3, "d": 2}], "a": 1})


def test_text_that_no_encoding_takes_still_has_a_digest() -> None:
    """A row that someone wrote by hand is refused by its seal, and must not crash the release first."""
    assert digest_of("\ud800") != digest_of("\ud801")


def test_only_creating_and_publishing_make_something_public() -> None:
    """The phases after which an unreadable answer may hide a live post are these two."""
    assert {phase for phase in Phase if phase.makes_public} == {Phase.CREATE, Phase.PUBLISH}


def test_a_wait_is_until_the_platform_s_moment_or_our_own() -> None:
    """The platform's moment counts if it lies ahead; then its length; then the program's own back-off."""
    default = timedelta(minutes=1)
    past, ahead = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    assert Judgement(Outcome.WAIT, until=ahead).wait_until(NOW, default) == ahead
    assert Judgement(Outcome.WAIT, until=past).wait_until(NOW, default) == NOW + default
    assert Judgement(Outcome.WAIT, after=timedelta(seconds=5)).wait_until(NOW, default) == NOW + timedelta(
        seconds=5
    )
    assert (
        str(Judgement(Outcome.WAIT, until=datetime(2026, 12, 1, 9, tzinfo=UTC)))
        == "WAIT(2026-12-01T09:00:00+00:00)"
    )
    assert str(Judgement(Outcome.UNKNOWN)) == "UNKNOWN"
