"""All about one item on one page: everything is there, nothing comes from elsewhere, and nothing of the item is markup."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from gate_support import ZEBRA, open_gated
from record_support import by_hand
from support import Office, open_office

from publisher import contrast, paths
from publisher.errors import InputError, NotDesignated
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


@pytest.mark.long
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


def test_who_only_asked_has_done_nothing_with_it(office: Office) -> None:
    """A refusal is told as that, apart from what people did: nobody is named for what they did not do."""
    item_id = office.hand_in(office.news()).id
    office.release(item_id)
    with pytest.raises(NotDesignated):
        office.app.decisions.withdraw(item_id, officer=DIRECTOR, reason="Take it down")
    told = read(page_of(office, item_id))
    assert "Asked, and was refused Dana Director (dana), " in told
    for wrong in ("Acted on it", "Withdrew it"):
        assert wrong not in told


def test_what_people_did_is_named_with_its_moment(tmp_path: Path) -> None:
    """Who held it, let it go on and withdrew it are told apart, in the order in which they did."""
    with open_gated(tmp_path) as office:
        item_id = office.hand_in(office.news(summary=ZEBRA)).id
        office.app.decisions.approve(item_id, officer="ann", reason="Seen the zoo's licence today")
        office.hold(item_id, officer="mona", reason="A resident rang")
        office.app.decisions.approve(item_id, officer="dana", reason="It was another zoo that they meant")
        office.app.decisions.withdraw(item_id, officer="sam", reason="It rains")
        told = read(page_of(office, item_id))
        day = r", \w+ \d+ \w+ \d{4}, [\d:]{8} "
        deeds = (
            "Wrote it Sam Officer",
            "Let it go Ann",
            "Held it Mona",
            "Let it go Dana Director",
            "Withdrew it Sam Officer",
        )
        assert re.search(day.join(rf"{deed} \(\w+\)" for deed in deeds) + day, told)


def test_nobody_is_named_for_what_a_hand_wrote_of_them(office: Office) -> None:
    """An event that is not as it was written says nothing of who did what, also where a director accepted it."""
    item_id = office.hand_in(office.news()).id
    office.app.decisions.withdraw(item_id, officer=OFFICER, reason="It rains")
    assert "Withdrew it Sam Officer (sam)" in read(page_of(office, item_id))
    by_hand(
        office.app.config.database, "UPDATE event SET actor = 'cms' WHERE after IN ('cancelled', 'withdrawn')"
    )
    told = read(page_of(office, item_id))
    assert "Withdrew it" not in told
    office.app.accepting.accept(officer=DIRECTOR, reason="It is known who did that")
    assert "Withdrew it" not in read(page_of(office, item_id))


def test_a_yes_that_was_taken_back_is_told_as_that(tmp_path: Path) -> None:
    """A new moment ends it: whoever gave it did let it go, and that does not count any more."""
    with open_gated(tmp_path) as office:
        at = office.clock() + timedelta(hours=2)
        item_id = office.hand_in(office.news(summary=ZEBRA, publish_at=at)).id
        office.app.decisions.approve(item_id, officer="ann", reason="Seen the zoo's licence today")
        office.app.decisions.reschedule(item_id, officer="sam", publish_at=at + timedelta(hours=1))
        told = read(page_of(office, item_id))
        assert "Let it go, taken back Ann (ann), " in told
        assert "Moved it to another moment Sam Officer (sam), " in told


def test_the_page_tells_when_a_post_came_down_and_by_whom(office: Office) -> None:
    """The program for whoever asked, or a person by hand; and when nothing of it was left."""
    item_id = office.hand_in(office.news(images=[PHOTO])).id
    office.release(item_id)
    office.app.decisions.withdraw(item_id, officer="sam", reason="Asked for")
    office.app.releaser.work(item_id)
    assert "nothing of it is left" not in read(page_of(office, item_id))
    office.app.decisions.taken_down(item_id, "instagram", officer="sam")
    told = read(page_of(office, item_id))
    assert (
        len(re.findall(r"Taken down [^.]{20,60}, by this program, as Sam Officer \(sam\) asked", told)) == 3
    )
    assert len(re.findall(r"Taken down [^.]{20,60}, by Sam Officer \(sam\), by hand", told)) == 1
    assert re.search(r"Withdrawn \w+ \d+ \w+ \d{4}, [\d:]{8}: nothing of it is left to take down", told)
    assert "Tries 0" not in told


def test_the_page_tells_what_was_found_of_an_emergency_afterwards(tmp_path: Path) -> None:
    """Who looked at it, when, and in which words; whoever reads the page need not look for it elsewhere."""
    with open_gated(tmp_path) as office:
        item_id = office.hand_in(office.news(emergency="The river is over its banks in Mill Lane")).id
        office.app.decisions.approve(item_id, officer="ann", reason="The river is over the bridge")
        office.release(item_id)
        office.app.afterwards.review(item_id, officer="mona", reason="It was right to warn at once.")
        found = (
            r"Looked at afterwards Mona \(mona\), \w+ \d+ \w+ \d{4}, [\d:]{8}: It was right to warn at once\."
        )
        assert re.search(found, read(page_of(office, item_id)))


@pytest.mark.long
def test_the_page_speaks_plain_words(office: Office) -> None:
    """Costs in dollars wherever they stand; no class or flag of a program, nothing empty, and doors as people know them."""
    item_id = office.hand_in(office.news(images=[PHOTO])).id
    office.release(item_id)
    office.cli("resolve", f"{item_id}/instagram", "--withdrawn")
    office.cli("withdraw", item_id, "--reason", "It rains")
    office.app.releaser.work(item_id)
    office.cli("resolve", f"{item_id}/instagram", "--withdrawn")
    told = read(page_of(office, item_id))
    assert "cost: US$0.205" in told
    assert f"at the server as user {os.getuid()}" in told
    assert "this program for whoever came at the server" in told
    assert "how: by hand" in told
    assert "Came from an officer" in told
    for raw in (
        "205000",
        "205_000",
        "IllegalMove",
        "True",
        "judged to mean",
        "cli uid",
        "Came by",
        "findings: ;",
        ": ;",
        "kind:",
    ):
        assert raw not in told


def test_the_correction_is_named_on_the_page_of_what_it_corrects(office: Office) -> None:
    """Both belong together: each names the other."""
    old = office.hand_in(office.news()).id
    office.release(old)
    new = office.hand_in(office.news(title="Library opens later", summary="Until 9pm.", corrects=old)).id
    assert f"Corrected by {new} (" in read(page_of(office, old))
    assert f"Corrects {old}" in read(page_of(office, new))


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
