"""The queue as people look at it: what is said of an item while others work on it, or after a hand was in it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from support import Office, open_office

from publisher.model import ItemState
from publisher.overview import Overview
from publisher.tables import DeliveryRow, ItemRow

DAMAGE = [
    ("item", "verdict", "{}"), ("item", "verdict", "[]"), ("item", "content", "{}"), ("item", "content", "[]"),
    ("delivery", "post", "{}"), ("delivery", "post", "[]"), ("delivery", "staged", "[1]"),
]  # fmt: skip
"""What a hand may write in place of an item's parts: it is JSON, and of another shape."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as found:
        yield found


def overview(
    office: Office,
    by_hand: Callable[[ItemRow, Sequence[DeliveryRow]], str] | None = None,
    stopped: Callable[[], str] | None = None,
) -> Overview:
    """One that asks these instead of the last check and the verifier."""
    app = office.app
    return Overview(
        app.queue, app.register, app.editions, lambda: app.today, app.config.council.timezone,
        stopped or app.verifier.end_problem, by_hand or app.last_check.by_hand,
    )  # fmt: skip


def test_what_moves_on_while_it_is_looked_at_is_not_called_tampered_with(office: Office) -> None:
    """The daemon sends at the same moment: events of now do not fit what was read before, and nobody's hand was in it."""
    item_id = office.hand_in(office.news()).id

    def meanwhile(item: ItemRow, rows: Sequence[DeliveryRow]) -> str:
        if office.state(item_id) == ItemState.QUEUED:
            office.release(item_id)
        return office.app.last_check.by_hand(item, rows)

    assert not [step for step in overview(office, meanwhile).seen(item_id).steps if "it will not go" in step]
    assert office.state(item_id) == "published"


def test_a_hand_in_what_stays_as_it_is_is_told(office: Office) -> None:
    """Looked at again it is the same, and does not fit its events."""
    item_id = office.hand_in(office.news()).id
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        connection.execute("UPDATE item SET title = 'Another'")
    assert [step for step in overview(office).seen(item_id).steps if "it will not go" in step]


def test_the_record_s_end_is_looked_at_once_for_a_list(office: Office) -> None:
    """However many items wait: it takes a locked file and some statements each time."""
    for title in ("The pool opens", "The library closes", "The park is green"):
        office.hand_in(office.news(title=title))
    asked: list[None] = []

    def stopped() -> str:
        asked.append(None)
        return ""

    seen, _ = overview(office, stopped=stopped).listed()
    assert (len(seen), len(asked)) == (3, 1)


@pytest.mark.long
@pytest.mark.parametrize(("table", "column", "garbage"), DAMAGE)
def test_what_a_hand_damaged_can_be_looked_at_and_withdrawn(
    office: Office, table: str, column: str, garbage: str
) -> None:
    """`show` is where other messages lead to: it answers, says what there is to do, and that works."""
    item_id = office.hand_in(office.news()).id
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        connection.execute(f"UPDATE {table} SET {column} = ?", (garbage,))  # noqa: S608  # ours
    for words in (("show", item_id), ("list",)):
        done = office.cli(*words)
        assert (done.returncode, "went wrong inside" in done.stderr) == (0, False), done.stderr
        assert f"publisher withdraw {item_id}" in " ".join(done.stdout.split())
    assert json.loads(office.cli("show", item_id, "--json").stdout)["id"] == item_id
    previewed = office.cli("preview", item_id)
    assert (previewed.returncode, "went wrong inside" in previewed.stderr) == (1, False), previewed.stderr
    done = office.cli("withdraw", item_id, "--reason", "A hand was in it, we begin anew")
    assert done.returncode == 0, done.stderr
    assert office.state(item_id) == "withdrawn"
