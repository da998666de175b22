"""What was prepared for a post that does not go: it is taken away from the platform, and only then, and only what is ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from support import Office, open_office
from test_release_faults import Odd, with_odd

from publisher import channels
from publisher.app import open_app
from publisher.channels import Channel, Supplies
from publisher.leftovers import TRIES
from publisher.model import Post, Staged
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.office import OFFICER
from publisher.release import Parts, Releaser

QUICK: dict[str, Any] = {"release": {"verify": 2, "back_off": 2, "read_back": [1], "stage_wait": 5}}
PHOTOS = {
    "images": [{"path": "library.jpg", "alt": "The library at dusk"}, {"path": "second.jpg", "alt": "A lamp"}]
}
TOKEN_DEAD = {"error": {"message": "no", "code": 190, "error_subcode": 460}}
DOWN = {"error": {"message": "try again", "code": 2}}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path / "office", changes=QUICK) as made:
        _second_picture(made.folder)
        yield made


def _second_picture(folder: Path) -> None:
    from PIL import Image

    Image.new("RGB", (1200, 900), (20, 90, 90)).save(folder / "second.jpg")


def waiting(office: Office, **fields: Any) -> str:
    """An item with two photos, prepared an hour ahead."""
    moment = (office.clock() + timedelta(minutes=5)).isoformat()
    item_id = office.hand_in(office.news(**PHOTOS, publish_at=moment, **fields)).id
    office.app.releaser.work(item_id)
    return item_id


def left(office: Office) -> list[str]:
    """The photos on the Page that belong to no post."""
    return office.platforms.graph.pages.leftovers()


def look(office: Office, item_id: str) -> None:
    """What the daemon does for the deliveries that are due."""
    for number, of_item in office.app.queue.due(office.clock()).deliveries:
        if of_item == item_id:
            office.app.releaser.work_delivery(number)


def test_a_withdrawn_item_leaves_nothing_on_the_page(office: Office) -> None:
    """Photos that were uploaded ahead go when an officer withdraws the item, and the record says so."""
    item_id = waiting(office)
    assert len(left(office)) == 2
    assert office.cli("withdraw", item_id, "--reason", "It is off").returncode == 0
    look(office, item_id)
    assert left(office) == []
    row = office.deliveries(item_id)["facebook"]
    assert (row.state, row.staged, row.due_at) == ("not sent", {}, None)
    sent = [event.before for event in office.app.queue.events(item_id) if event.action == "request"]
    assert sum(words.startswith("DELETE") for words in sent) == 2


def test_a_refused_post_leaves_nothing_on_the_page(office: Office) -> None:
    """A clear no to the post takes its photos along; sent again, they are uploaded anew."""
    refused = {"error": {"message": "link", "code": 100, "error_subcode": 1609005}}
    office.platforms.graph.fail_next("POST", "/feed$", Fault.refuse(400, refused))
    item_id = office.hand_in(office.news(**PHOTOS)).id
    assert office.release(item_id)["facebook"].state == "refused"
    look(office, item_id)
    assert left(office) == []
    assert office.cli("retry", item_id).returncode == 0
    office.release(item_id)
    assert office.deliveries(item_id)["facebook"].state == "sent"
    (post,) = office.platforms.ledger.posts("facebook")
    assert [picture.alt for picture in post.media] == ["The library at dusk", "A lamp"]


def test_what_is_sent_again_while_it_is_taken_away_is_uploaded_anew(office: Office) -> None:
    """An officer's retry comes between the deletion and its entry: photos that are gone are not counted on."""
    app, refused = office.app, {"error": {"message": "link", "code": 100, "error_subcode": 1609005}}
    office.platforms.graph.fail_next("POST", "/feed$", Fault.refuse(400, refused))
    item_id = office.hand_in(office.news(**PHOTOS)).id
    row = office.release(item_id)["facebook"]

    def discard(staged: Staged, now: datetime) -> None:
        channels.discard(app.channels["facebook"], staged, now)
        app.decisions.retry(item_id, officer=OFFICER)

    facebook: Any = Odd(app.channels["facebook"])
    facebook.discard = discard
    every = {**app.channels, "facebook": facebook}
    parts = Parts(app.config, app.queue, every, app.last_check, app.store, app.proofs, office.clock)
    Releaser(parts).work_delivery(row.id or 0)
    assert (left(office), office.deliveries(item_id)["facebook"].state) == ([], "waiting")
    assert office.release(item_id)["facebook"].state == "sent"
    (post,) = office.platforms.ledger.posts("facebook")
    assert len(post.media) == 2


def test_what_may_be_out_keeps_its_pictures(office: Office) -> None:
    """Where nobody knew whether the post is out, not even a person's word that it is not takes its pictures away."""
    office.platforms.graph.fail_next("POST", "/feed$", Fault.commit_then_drop())
    office.platforms.graph.fail_next("GET", "/published_posts$", Fault.refuse(200, {"data": []}), None)
    item_id = office.hand_in(office.news(**PHOTOS)).id
    assert office.release(item_id)["facebook"].state == "unknown"
    office.cli("resolve", f"{item_id}/facebook", "--not-sent")
    assert office.deliveries(item_id)["facebook"].state == "not sent"
    with office.app.queue.writing() as connection:
        connection.execute(
            text("UPDATE delivery SET due_at = '2026-01-01 00:00:00.000000' WHERE channel = 'facebook'")
        )
    look(office, item_id)
    (post,) = office.platforms.ledger.posts("facebook")
    assert len(post.media) == 2
    assert "DELETE" not in {call.method for call in office.platforms.ledger.calls("facebook")}


@pytest.mark.long
def test_a_number_that_a_hand_wrote_is_not_deleted(office: Office) -> None:
    """What a hand put in the place of what was prepared may be anything on the Page: nothing of it is taken away."""
    other = waiting(office)
    photos = left(office)
    item_id = waiting(office, title="The pool opens")
    with office.app.queue.writing() as connection:
        moved = "UPDATE delivery SET staged = (SELECT staged FROM delivery WHERE item_id = :other AND channel = 'facebook') WHERE item_id = :item AND channel = 'facebook'"
        connection.execute(text(moved), {"other": other, "item": item_id})
    office.cli("withdraw", item_id, "--reason", "It is off")
    look(office, item_id)
    assert set(photos) <= set(left(office))


def test_a_platform_that_is_down_is_asked_again_and_not_for_ever(office: Office) -> None:
    """A failure is tried again a few times, holds up nothing, and then rests."""
    item_id = waiting(office)
    office.platforms.graph.fail_next("DELETE", r"/\d+$", Fault.refuse(503, DOWN), None)
    office.cli("withdraw", item_id, "--reason", "It is off")
    for _ in range(TRIES + 3):
        look(office, item_id)
        office.clock.forward(minutes=5)
    assert office.deliveries(item_id)["facebook"].due_at is None
    deletions = [call for call in office.platforms.ledger.calls("facebook") if call.method == "DELETE"]
    assert len(deletions) == TRIES * 2
    assert office.state(item_id) == "withdrawn"


@pytest.mark.long
def test_what_is_taken_away_late_is_not_left_behind_by_a_crash(office: Office) -> None:
    """The daemon that dies between the withdrawal and the deletion does it after its next start."""
    item_id = waiting(office)
    office.cli("withdraw", item_id, "--reason", "It is off")
    office.app.close()
    office.app = open_app(office.config, now=office.clock)
    office.app.releaser.recover()
    look(office, item_id)
    assert left(office) == []


def test_each_upload_is_kept_before_the_next(office: Office) -> None:
    """A failure at the second picture forgets nothing of the first: it is neither uploaded again nor left behind."""
    office.platforms.graph.fail_next("POST", "/photos$", Fault.delay(0))
    office.platforms.graph.fail_next("POST", "/photos$", Fault.refuse(500, DOWN))
    moment = (office.clock() + timedelta(minutes=5)).isoformat()
    item_id = office.hand_in(office.news(**PHOTOS, publish_at=moment)).id
    office.app.releaser.work(item_id)
    row = office.deliveries(item_id)["facebook"]
    assert row.state == "waiting"
    assert len(row.staged["photos"]) == 1
    office.clock.forward(seconds=120)
    office.app.releaser.work(item_id)
    assert office.deliveries(item_id)["facebook"].state == "staged"
    uploads = [call for call in office.platforms.ledger.calls("facebook") if call.path.endswith("/photos")]
    assert len(uploads) == 3
    assert len(left(office)) == 2


class Interrupted:
    """The real channel, with something done after its second step: what an officer does meanwhile."""

    def __init__(self, channel: Channel, meanwhile: Callable[[], object]) -> None:
        self._channel, self._meanwhile, self._steps = channel, meanwhile, 0

    def __getattr__(self, name: str) -> Any:
        """As the channel."""
        return getattr(self._channel, name)

    def stage(self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged:
        """As the channel; then, the second time, what happens meanwhile."""
        made = self._channel.stage(post, supplies, staged, now)
        self._steps += 1
        if self._steps == 2:
            self._meanwhile()
        return made


@pytest.mark.long
def test_an_upload_that_comes_too_late_is_taken_away(office: Office) -> None:
    """What is withdrawn while its second picture goes up leaves neither of the two."""
    app = office.app
    moment = (office.clock() + timedelta(minutes=5)).isoformat()
    item_id = office.hand_in(office.news(**PHOTOS, publish_at=moment)).id
    meanwhile = partial(app.decisions.withdraw, item_id, officer=OFFICER, reason="It is off")
    facebook: Any = Interrupted(app.channels["facebook"], meanwhile)
    every = {**app.channels, "facebook": facebook}
    parts = Parts(app.config, app.queue, every, app.last_check, app.store, app.proofs, office.clock)
    Releaser(parts).work(item_id)
    look(office, item_id)
    assert left(office) == []
    assert office.state(item_id) == "withdrawn"


def test_a_hand_that_calls_a_sent_post_refused_gets_none_of_its_pictures_deleted(office: Office) -> None:
    """What went out keeps its pictures, whatever state a hand writes beside it."""
    item_id = office.hand_in(office.news(**PHOTOS)).id
    assert office.release(item_id)["facebook"].state == "sent"
    with office.app.queue.writing() as connection:
        connection.execute(
            text(
                "UPDATE delivery SET state = 'refused', due_at = '2026-01-01 00:00:00.000000' WHERE channel = 'facebook'"
            )
        )
    look(office, item_id)
    assert "DELETE" not in {call.method for call in office.platforms.ledger.calls("facebook")}


def test_a_hand_that_calls_refused_what_was_being_sent_gets_none_of_its_pictures_deleted(
    office: Office,
) -> None:
    """Whoever died while it was sent wrote nothing down of it: it may be out, and the last that was told of it is that it went."""

    def die() -> None:
        raise SystemExit

    item_id = office.hand_in(office.news(**PHOTOS)).id
    with pytest.raises(SystemExit):
        with_odd(office, "facebook", published=die).work(item_id)
    assert office.deliveries(item_id)["facebook"].state == "sending"
    with office.app.queue.writing() as connection:
        connection.execute(text("UPDATE delivery SET state = 'refused' WHERE channel = 'facebook'"))
    office.app.releaser.work_delivery(office.deliveries(item_id)["facebook"].id or 0)
    assert "DELETE" not in {call.method for call in office.platforms.ledger.calls("facebook")}
