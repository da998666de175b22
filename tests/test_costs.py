"""What posts cost: told before, booked when they were sent, accounted by month, service and channel."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from queue_support import delivery_row, item_row
from support import Office, open_office

from publisher.channels import Limits
from publisher.costs import Spent
from publisher.errors import InputError
from publisher.model import ItemState
from publisher.policy import snapshot
from publisher.prices import price
from publisher.rehearsal.faults import Fault

LINK_COST, PLAIN_COST, ALT_COST, DELETION_COST = 200_000, 15_000, 5_000, 10_000
POST_COST = LINK_COST
"""Micro-dollars of a post on X with a link, of one without, of one alternative text, of a deletion (docs.x.com, "Pricing")."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose unknown posts are looked for at once."""
    with open_office(tmp_path, changes={"release": {"read_back": [0.01]}}) as found:
        yield found


def booked(office: Office, item_id: str) -> dict[str, int | None]:
    """What each delivery cost."""
    return {channel: row.cost for channel, row in office.deliveries(item_id).items()}


def sent_row(office: Office, number: int, at: datetime, **changes: Any) -> None:
    """An item with one post on X that was sent at a moment."""
    item_id = f"item{number}"
    values: dict[str, Any] = {
        "state": "sent",
        "sent_at": at,
        "cost": LINK_COST,
        "post": {"text": "x"},
    } | changes
    item = item_row(item_id, slug=f"news/{item_id}")
    office.app.queue.add(item, [delivery_row(item_id, **values)], [ItemState.CHECKED], now=at)


def doubtful(office: Office, *, arrived: bool) -> str:
    """An item whose post on X nobody can tell of; whether it had arrived all the same."""
    fault = Fault.refuse(503, {})
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.commit_then_drop() if arrived else fault)
    item_id = office.hand_in(office.news()).id
    assert office.release(item_id)["twitter"].state == "unknown"
    assert booked(office, item_id)["twitter"] is None
    return item_id


def told_of_twitter(office: Office, item_id: str) -> Any:
    """What the event says by which the post on X was sent."""
    events = office.app.queue.events(item_id)
    return [
        event.detail.get("cost") for event in events if (event.channel, event.after) == ("twitter", "sent")
    ]


def test_the_cost_is_booked_in_the_move_that_says_sent(office: Office) -> None:
    """Only where the platform asks for something, and in the event of the same move."""
    item_id = office.hand_in(office.news()).id
    office.release(item_id)
    assert booked(office, item_id) == {
        "website": None,
        "facebook": None,
        "twitter": POST_COST,
        "instagram": None,
    }
    assert told_of_twitter(office, item_id) == [POST_COST]


def test_an_accounts_own_prices_count_everywhere(tmp_path: Path) -> None:
    """Told before, booked when it is sent, and again when it is taken down: by the channel's table, not by the adapter."""
    prices = {"post_price_with_link": 0.02, "alt_price": 0.001, "deletion_price": 0.004}
    with open_office(tmp_path, changes={"channels.twitter": prices}) as office:
        (office.folder / "item.json").write_text(json.dumps(office.news().to_json()))
        told = office.cli_json("check", str(office.folder / "item.json"))["cost_usd"]
        item_id = office.hand_in(office.news()).id
        office.release(item_id)
        assert (told, booked(office, item_id)["twitter"]) == (0.02, 20_000)
        office.app.decisions.withdraw(item_id, officer="sam", reason="The times were wrong")
        office.release(item_id)
        assert booked(office, item_id)["twitter"] == 24_000


def test_a_price_is_no_matter_of_the_gate(tmp_path: Path) -> None:
    """A verdict is the same whatever a platform asks, so that a new price voids no clearance."""
    found = []
    for name, price_of_one in (("a", 0.01), ("b", 0.02)):
        prices = {"post_price": price_of_one, "deletion_price": price_of_one}
        with open_office(tmp_path / name, changes={"channels.twitter": prices}) as office:
            found.append(snapshot.plain(office.app.sketcher.limits["twitter"]))
    assert found[0] == found[1]
    assert not {"cost", "deletion"} & found[0].keys()


def test_a_refused_post_costs_nothing(office: Office) -> None:
    """Failed requests are not billed."""
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.refuse(403, {"detail": "no"}))
    item_id = office.hand_in(office.news()).id
    assert office.release(item_id)["twitter"].state == "refused"
    assert booked(office, item_id)["twitter"] is None
    assert [row.channel for row in office.app.costs.spent() if row.micro_usd] == []


def test_a_post_that_was_found_again_is_booked(office: Office) -> None:
    """Once a look proves that it is out, its cost is known, too."""
    item_id = doubtful(office, arrived=True)
    row = office.deliveries(item_id)["twitter"]
    office.clock.forward(seconds=60)
    office.app.releaser.work_delivery(row.id or 0)
    assert office.deliveries(item_id)["twitter"].state == "sent"
    assert (booked(office, item_id)["twitter"], told_of_twitter(office, item_id)) == (POST_COST, [POST_COST])


@pytest.mark.parametrize(("url", "cost"), [("https://x.com/i/status/7", POST_COST), (None, None)])
def test_what_a_person_says_of_a_post_is_booked_or_not(
    office: Office, url: str | None, cost: int | None
) -> None:
    """Out: it was billed. Not out: it was not."""
    item_id = doubtful(office, arrived=False)
    office.app.decisions.resolve(item_id, "twitter", officer="sam", url=url)
    assert booked(office, item_id)["twitter"] == cost


@pytest.mark.parametrize(
    ("cost", "text", "micro"), [(None, "x", None), (lambda _text, _described: 0.1 + 0.2, "x", 300_000)]
)
def test_amounts_are_whole_micro_dollars(cost: Any, text: str, micro: int | None) -> None:
    """0.1 + 0.2 is not 0.3 in a computer; sums of money must be exact."""
    assert price(Limits(text=280, cost=cost), text, 0) == micro


def test_a_post_with_a_link_costs_more(office: Office) -> None:
    """The price is the adapter's own for exactly this text."""
    limits = office.app.channels["twitter"].limits
    prices = (price(limits, "plain words", 0), price(limits, "see https://a.gov.uk", 0))
    assert prices == (PLAIN_COST, LINK_COST)
    assert price(None, "x", 0) is None


def test_the_alternative_text_of_each_picture_costs_too(office: Office) -> None:
    """X bills it for each; what is told before is what is booked. An item without a picture is a link alone there."""
    picture = "iVBORw0KGgoAAAANSUhEUgAAAUAAAADwAQAAAABZVoDGAAAAOElEQVR42u3KMQEAAAgDoGn/zlrBX7ipyU1HFEVRFEVRFEVRFEVRFEVRFEVRFEVRFEVRFEVRfBwXfFcC36bo+9wAAAAASUVORK5CYII="
    (office.folder / "pool.png").write_bytes(b64decode(picture))
    images = [{"path": "pool.png", "alt": "The pool on a sunny day"}]
    shown, plain = office.news(images=images), office.news(title="Pool closes")
    (office.folder / "item.json").write_text(json.dumps(shown.to_json()))
    told = office.cli_json("check", str(office.folder / "item.json"))["cost_usd"]
    first, second = office.hand_in(shown).id, office.hand_in(plain).id
    for item_id in (first, second):
        office.release(item_id)
    assert (told, booked(office, first)["twitter"]) == (
        (POST_COST + ALT_COST) / 1_000_000,
        POST_COST + ALT_COST,
    )
    assert booked(office, second)["twitter"] == POST_COST
    assert price(office.app.channels["twitter"].limits, "https://a.gov.uk", 3) == LINK_COST + 3 * ALT_COST


def test_taking_a_post_down_is_booked_with_it(office: Office) -> None:
    """X bills deletions as well; the record tells the sum, and the row is held against it."""
    item_id = office.hand_in(office.news()).id
    office.release(item_id)
    office.app.decisions.withdraw(item_id, officer="sam", reason="The times were wrong")
    office.release(item_id)
    assert booked(office, item_id)["twitter"] == POST_COST + DELETION_COST
    assert sum(row.micro_usd for row in office.app.costs.spent()) == POST_COST + DELETION_COST
    (gone,) = (
        one
        for one in office.app.queue.events(item_id)
        if (one.channel, one.after) == ("twitter", "withdrawn")
    )
    assert (gone.detail["deletion"], gone.detail["cost"]) == (DELETION_COST, POST_COST + DELETION_COST)
    assert office.app.verifier.verify().whole


def test_months_are_the_council_s(office: Office) -> None:
    """What went half an hour after midnight in British Summer Time is of the new month."""
    sent_row(office, 1, datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    sent_row(office, 2, datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    sent_row(office, 3, datetime(2026, 7, 1, 12, 0, tzinfo=UTC), cost=PLAIN_COST)
    assert office.app.costs.spent() == [
        Spent("2026-06", "", "twitter", 1, LINK_COST, 0), Spent("2026-07", "", "twitter", 2, LINK_COST + PLAIN_COST, 0),
    ]  # fmt: skip
    assert [row.month for row in office.app.costs.spent("2026-06")] == ["2026-06"]
    assert office.app.costs.spent("2025-01") == []


def test_a_wrong_month_is_told(office: Office) -> None:
    """An empty account for a month that there is not would be believed."""
    for month in ("2026", "2026-13", "2026-00", "2026-1", "June", "2026-06-01", "2026-06\n", ""):
        with pytest.raises(InputError, match="is no month"):
            office.app.costs.spent(month)


def test_only_what_was_taken_counts_and_what_was_taken_down_stays(office: Office) -> None:
    """A post that was withdrawn afterwards was billed; one in doubt is not known; an older one was not booked."""
    at = datetime(2026, 7, 1, tzinfo=UTC)
    for number, (state, cost) in enumerate(
        [("sent", LINK_COST), ("withdrawn", LINK_COST), ("withdrawing", LINK_COST), ("unknown", None), ("refused", None), ("sent", None)]
    ):  # fmt: skip
        sent_row(office, number, at, state=state, cost=cost)
    sent_row(office, 9, at, channel="gone", cost=None)
    assert office.app.costs.spent() == [
        Spent("2026-07", "", "gone", 1, 0, 0), Spent("2026-07", "", "twitter", 4, 3 * LINK_COST, 1),
    ]  # fmt: skip


def test_a_service_s_account_has_a_sum_of_its_own(office: Office) -> None:
    """Clause 5b: what a service posts on its own account is its own cost."""
    at = datetime(2026, 7, 1, tzinfo=UTC)
    twitter = office.app.config.channels["twitter"]
    libraries = twitter.model_copy(update={"service": "Libraries"})
    channels = {**office.app.config.channels, "libraries": libraries}
    office.app.config = office.app.config.model_copy(update={"channels": channels})
    sent_row(office, 1, at)
    sent_row(office, 2, at, channel="libraries", cost=PLAIN_COST)
    assert [(row.service, row.channel, row.micro_usd) for row in office.app.costs.spent()] == [
        ("", "twitter", LINK_COST), ("Libraries", "libraries", PLAIN_COST),
    ]  # fmt: skip


def test_the_account_survives_erasure(office: Office) -> None:
    """Local Government Act 1986, section 5: what was spent stays accounted when the words are gone."""
    item_id = office.hand_in(office.news()).id
    office.release(item_id)
    before = office.app.costs.spent()
    with office.app.queue.writing() as connection:  # as the schedule does
        office.app.erasing.wipe(
            connection,
            office.app.queue.item(item_id),
            office.app.queue.deliveries(item_id),
            actor="dana",
            why="",
        )
    assert office.app.costs.spent() == before
    assert sum(row.micro_usd for row in before) == POST_COST


def test_what_the_account_holds_is_said_in_its_help(office: Office) -> None:
    """Taking a post down is booked too, and what `unbooked` counts is said where somebody looks for it."""
    said = " ".join(office.cli("audit", "costs", "--help").stdout.split())
    assert "and for taking it down" in said
    assert "`unbooked` (in --json and --csv) counts the posts" in said
