"""All about one item on one page: everything is there, nothing comes from elsewhere, and nothing of the item is markup."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from gate_support import ZEBRA, open_gated
from record_support import by_hand
from support import Office, open_office

from publisher import contrast, paths
from publisher.errors import InputError
from publisher.page_words import words
from publisher.rehearsal.office import DIRECTOR, OFFICER

PHOTO = {"path": "library.jpg", "alt": "The library at dusk", "rights": "own"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A council's office on stand-in platforms."""
    with open_office(tmp_path / "office") as made:
        yield made


class Seen(HTMLParser):
    """The elements of a page, and what they point to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes the element, its addresses, and whatever would run."""
        self.tags.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "srcset", "data", "action", "poster", "background"}:
                self.targets.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)


def page_of(office: Office, item_id: str) -> str:
    """The page, as the director gets it."""
    return office.app.bundler.page(item_id, asked_by=DIRECTOR)


def read(page: str) -> str:
    """What a person reads on it, on one line."""
    return " ".join(text for _, text in words(page))


def test_the_page_tells_everything_of_a_published_item(office: Office) -> None:
    """What was sent, to where and when; who wrote it; what was answered; what it cost; each event with its hash; the proof."""
    item_id = office.hand_in(office.news(title="Llyfrgell ŵyl ar agor", images=[PHOTO])).id
    office.release(item_id)
    checkpoint = office.app.checkpoints.make()
    page = page_of(office, item_id)
    told = read(page)
    item, verdict = office.app.queue.item(item_id), office.app.queue.item(item_id).verdict
    for told_of in (
        "Llyfrgell ŵyl ar agor",
        "Sam Officer (sam)",
        verdict["policy"],
        verdict["digest"],
        "US$0.205",
        item.link,
    ):
        assert told_of in told
    for row in office.deliveries(item_id).values():
        for told_of in (row.url, row.remote_id, row.digest, "ms from the page"):
            assert told_of in told
        if not row.post["page"]:
            assert " ".join(row.post["text"].split()) in told
    for event in office.app.queue.events(item_id):
        assert event.hash in told
        if event.action == "request":
            assert event.after in told
            assert str(event.detail["answer"]) in told
    assert "The library at dusk" in told
    for told_of in (checkpoint.signature, checkpoint.key, checkpoint.hash, "whole, all"):
        assert told_of in told


def test_the_page_holds_everything_in_itself(office: Office) -> None:
    """No script, no file, no address from which anything would be loaded; the pictures are the bytes that were sent."""
    item_id = office.hand_in(office.news(images=[PHOTO])).id
    office.release(item_id)
    page = page_of(office, item_id)
    seen = Seen(page)
    assert not {"script", "link", "iframe", "object", "embed", "a", "form", "base"} & set(seen.tags)
    assert (seen.handlers, re.findall(r"url\(|@import", page)) == ([], [])
    pictures = {media["digest"] for row in office.deliveries(item_id).values() for media in row.post["media"]}
    bodies = {target.removeprefix("data:image/jpeg;base64,") for target in seen.targets}
    assert {hashlib.sha256(base64.b64decode(body)).hexdigest() for body in bodies} == pictures


def test_words_of_the_item_are_never_markup(office: Office) -> None:
    """Whatever is in a title, an alt text or a reason is shown as it was typed."""
    bad = '<script>alert(1)</script> "><img src=x onerror=y>'
    item_id = office.hand_in(office.news(title=f"Open {bad}", images=[PHOTO | {"alt": bad}])).id
    office.app.decisions.withdraw(item_id, officer=OFFICER, reason=f"Wrong {bad}")
    seen = Seen(page_of(office, item_id))
    assert "script" not in seen.tags
    assert (seen.handlers, [target for target in seen.targets if not target.startswith("data:")]) == ([], [])
    assert f"Wrong {bad}" in read(page_of(office, item_id))


def test_the_page_tells_who_let_what_go_and_why(tmp_path: Path) -> None:
    """Findings, overrides with their reasons and ends, and the verdict before and after."""
    with open_gated(tmp_path) as office:
        item_id = office.hand_in(office.news(summary=ZEBRA)).id
        office.app.decisions.approve(item_id, officer="ann", reason="Seen the zoo's licence today")
        told = read(page_of(office, item_id))
        for told_of in (
            "Seen the zoo's licence today",
            "(ann)",
            "as approver",
            "Handed in",
            "Approved",
            "review",
            "clear",
        ):
            assert told_of in told
        by_hand(office.app.config.database, "UPDATE override SET reason = 'x'")
        assert "changed by hand: it does not count" in read(page_of(office, item_id))


def test_what_was_erased_is_shown_as_erased(office: Office) -> None:
    """The page of an erased item has nothing of its words and all of its record."""
    item_id = office.hand_in(office.news(title="Ghost walk", images=[PHOTO])).id
    office.release(item_id)
    office.app.decisions.withdraw(item_id, officer="sam", reason="Asked for")
    office.app.releaser.work(item_id)
    office.app.decisions.taken_down(item_id, "instagram", officer="sam")
    office.app.erasing.erase(item_id, officer=DIRECTOR, reason="Asked for under article 17")
    page = page_of(office, item_id)
    assert "Ghost walk" not in page
    assert "data:image" not in page
    told = read(page)
    assert "The words of this item were erased on" in told
    assert "Its words and pictures were erased" in told
    for row in office.deliveries(item_id).values():
        assert row.digest in told


def test_a_picture_that_is_gone_is_told(office: Office) -> None:
    """A picture whose file is missing, or is not the one that was sent, is not shown as if it were."""
    item_id = office.hand_in(office.news(images=[PHOTO])).id
    for row in office.deliveries(item_id).values():
        for media in row.post["media"]:
            office.app.store.path(media["digest"]).write_bytes(b"another")
    page = page_of(office, item_id)
    assert "data:image" not in page
    assert "The picture is not kept any more." in read(page)


def test_the_page_tells_of_a_record_that_does_not_fit(office: Office) -> None:
    """Nobody hands a page over that looks whole while the record is not."""
    item_id = office.hand_in(office.news()).id
    by_hand(office.app.config.database, "UPDATE event SET actor = 'x' WHERE id = 2")
    told = read(page_of(office, item_id))
    assert "not whole: see the end of this page" in told
    assert "Event 2: It was changed" in told


def test_what_a_director_accepted_does_not_stand_there_as_the_truth(office: Office) -> None:
    """Accepting lets the record count again; the event that a hand changed is marked for good, and the page is not simply whole."""
    item_id = office.hand_in(office.news()).id
    number = office.app.queue.events(item_id)[-2].id
    by_hand(office.app.config.database, f"UPDATE event SET actor = 'mona' WHERE id = {number}")  # noqa: S608  # a number
    office.app.accepting.accept(officer=DIRECTOR, reason="It is known who did that")
    told = read(page_of(office, item_id))
    assert "whole, but for what a director accepted" in told
    assert "Nothing was found to be wrong but what a director accepted" in told
    assert told.count("This event is not as it was written") == 1


def test_there_is_no_page_of_what_there_is_not(office: Office) -> None:
    """An id that nobody has is wrong input."""
    with pytest.raises(InputError, match="no item"):
        page_of(office, "zzzzzzzz")


def test_its_colours_can_be_read() -> None:
    """Every colour of text has at least 4.5 to 1 on each ground (WCAG 2.2, success criterion 1.4.3)."""
    template = (paths.TEMPLATES / "audit" / "bundle.html.j2").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", template))
    for name in ("text", "quiet", "good", "warn", "bad"):
        for ground in ("ground", "card"):
            assert contrast.ratio(contrast.parse(colours[name]), contrast.parse(colours[ground])) >= 4.5, (
                name,
                ground,
            )
