"""A correction is a new item that cites the old one: on every channel, on its page, and on the page that it corrects."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from queue_support import item_row
from support import Office, open_office
from test_release_faults import QUICK

from publisher import item as items
from publisher import sameness
from publisher.channels import Supplies
from publisher.clearing import facts
from publisher.desk import Queued
from publisher.errors import InputError
from publisher.model import ItemState, Post
from publisher.rehearsal.faults import Fault

SAID = "Until 9pm on Thursdays."
BEFORE_CORRECTIONS = "481dac16b98f462ca66824ec5a269079ce4ca2c7c19c1b8e1d2a21c9eebd76ab"
"""What the seal covered before there were corrections, for the item of tests/queue_support.py, as a digest."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose waits are short."""
    with open_office(tmp_path, changes=QUICK) as found:
        yield found


def published(office: Office, item: items.Item) -> str:
    """An item that is out everywhere."""
    queued = office.hand_in(item)
    office.release(queued.id)
    assert office.state(queued.id) == "published"
    return queued.id


def page(office: Office, item_id: str) -> str:
    """The item's page as the website has it now."""
    path = str(office.deliveries(item_id)["website"].post["page"]["path"])
    return Path(office.folder, "site", "current", path, "index.html").read_text(encoding="utf-8")


def correct(office: Office, old: str, **fields: Any) -> Queued:
    """A correction of it, handed in."""
    return office.hand_in(
        office.news(**{"title": "Library opens later", "summary": SAID, "corrects": old, **fields})
    )


def work(office: Office) -> None:
    """What the daemon does with all that is due now."""
    due = office.app.queue.due(office.clock())
    for item_id in due.items:
        office.app.releaser.work(item_id)
    for number, _ in due.deliveries:
        office.app.releaser.work_delivery(number)


def test_every_channel_says_that_it_is_a_correction(office: Office) -> None:
    """Each text begins so, and so do the page's heading, its card, the feed and the title card's words."""
    old = published(office, office.news())
    new = correct(office, old)
    office.release(new.id)
    posts = [post for post in office.platforms.ledger.posts() if new.id in post.text]
    assert {post.platform for post in posts} == {"x", "facebook", "instagram"}
    assert [post.text for post in posts if not post.text.startswith("Correction: Library opens later")] == []
    assert all("Correction: Library opens later" in media.alt for post in posts for media in post.media)
    assert {post.card.title for post in posts if post.card} == {"Correction: Library opens later"}
    assert "Correction: Library opens later</h1>" in page(office, new.id)
    current = office.folder / "site" / "current"
    for name in ("atom.xml", "index.html"):
        assert "Correction: Library opens later" in (current / name).read_text(encoding="utf-8"), name


def test_an_event_is_corrected_as_well(office: Office) -> None:
    """Its page, its calendar file and what platforms are told of it begin with the word, too."""
    old = published(office, office.event())
    new = office.hand_in(office.event(title="Carol concert at 7pm", corrects=old))
    office.release(new.id)
    folder = office.deliveries(new.id)["website"].post["page"]["path"]
    saved = (office.folder / "site" / "current" / folder / "event.ics").read_text(encoding="utf-8")
    assert "SUMMARY:Correction: Carol concert at 7pm" in saved
    assert '"name": "Correction: Carol concert at 7pm"' in page(office, new.id)


def test_a_title_that_says_so_itself_says_it_once(office: Office) -> None:
    """Whoever writes the word themselves does not get it twice."""
    old = published(office, office.news())
    new = correct(office, old, title="CORRECTION – library opens later")
    assert "Correction: CORRECTION" not in str([row.post for row in office.deliveries(new.id).values()])


def test_the_page_cites_the_old_one_with_its_title_and_date(office: Office) -> None:
    """A link to what it corrects, which stays where it is."""
    old = published(office, office.news())
    new = correct(office, old)
    office.release(new.id)
    record = office.deliveries(old)["website"].post["page"]
    cited = f'This corrects “<a href="{record["url"]}" dir="auto">Library opens late</a>”, published on <time'
    assert cited in page(office, new.id)
    assert f"{office.clock():%B %Y}</time>." in page(office, new.id).partition(cited)[2][:120]


def test_the_old_page_says_so_once_the_new_one_is_live_and_not_before(office: Office) -> None:
    """What was approved of it stays word for word; the notice stands above it and links to the new page."""
    old = published(office, office.news())
    before = page(office, old)
    later = (office.clock() + timedelta(minutes=10)).isoformat()
    new = correct(office, old, publish_at=later)
    office.app.releaser.work(new.id)
    assert page(office, old) == before
    office.clock.forward(minutes=11)
    office.release(new.id)
    after = page(office, old)
    assert "Corrected on <time" in after
    assert (
        '<a href="../../news/library-opens-later/index.html" dir="auto">Correction: Library opens later</a>'
        in after
    )
    notice = after[after.index("<aside") : after.index("</aside>") + len("</aside>\n")]
    assert after.replace(notice, "") == before


def test_two_corrections_are_both_told(office: Office) -> None:
    """The second does not put out the first."""
    old = published(office, office.news())
    for title in ("First mend", "Second mend"):
        office.release(correct(office, old, title=title).id)
    notice = page(office, old).partition("<aside")[2].partition("</aside>")[0]
    assert [title in notice for title in ("First mend", "Second mend")] == [True, True]
    assert page(office, old).count("<aside") == 1


def test_a_correction_that_is_withdrawn_is_no_longer_told(office: Office) -> None:
    """Nobody is sent from the old page to one that is not there any more."""
    old = published(office, office.news())
    before = page(office, old)
    new = correct(office, old)
    office.release(new.id)
    assert page(office, old) != before
    office.app.decisions.withdraw(new.id, officer="sam", reason="The old one was right")
    work(office)
    assert page(office, old) == before


@pytest.mark.parametrize("order", ["withdrawn, then corrected", "corrected, then withdrawn"])
def test_a_withdrawn_page_links_to_its_correction(office: Office, order: str) -> None:
    """Whoever follows an old link finds what is right, whichever came first."""
    old = published(office, office.news(title="A title to forget"))
    if order.startswith("corrected"):
        office.release(correct(office, old).id)
    office.app.decisions.withdraw(old, officer="sam", reason="It named somebody")
    work(office)
    if order.startswith("withdrawn"):
        new = correct(office, old)
        office.release(new.id)
        assert "This corrects a page that was withdrawn, published on <time" in page(office, new.id)
        assert "a-title-to-forget" not in page(office, new.id)
        assert "A title to forget" not in page(office, new.id)
    assert "This page was withdrawn" in page(office, old)
    assert "Correction: Library opens later</a>" in page(office, old)
    assert "A title to forget" not in page(office, old)


def named(office: Office, words: str) -> list[str]:
    """The files of the website, as it is now, in which these words stand."""
    current = office.folder / "site" / "current"
    files = [file for file in current.rglob("*") if file.is_file()]
    return [str(file.relative_to(current)) for file in files if words.encode() in file.read_bytes()]


def withdraw(office: Office, item_id: str) -> None:
    """It is withdrawn, and taken down as far as the program can."""
    office.app.decisions.withdraw(item_id, officer="sam", reason="It named a child")
    work(office)


def test_a_correction_that_is_out_names_no_withdrawn_page(office: Office) -> None:
    """The swap that takes the page away takes its title and address out of every page that corrects it, and no word more."""
    old = published(office, office.news(title="A title to forget"))
    new, newer = (correct(office, old, title=title) for title in ("First mend", "Second mend"))
    for one in (new, newer):
        office.release(one.id)
    before = page(office, new.id)
    assert "A title to forget" in before
    releases = len(list((office.folder / "site" / "releases").iterdir()))
    withdraw(office, old)
    assert named(office, "A title to forget") == []
    assert releases - len(list((office.folder / "site" / "releases").iterdir())) in {-1, 0}
    assert "This corrects a page that was withdrawn, published on <time" in page(office, newer.id)
    cited = before[before.index('  <p class="cites">') : before.index("</p>\n", before.index('"cites"'))]
    left = page(office, new.id)
    assert left.partition('  <p class="cites">')[0] == before.partition(cited)[0]
    assert left.partition('"cites"')[2].partition("</p>\n")[2] == before.partition(cited)[2].removeprefix(
        "</p>\n"
    )
    assert [name for name in named(office, "a-title-to-forget") if name.startswith("news/")] == []


def test_a_correction_still_to_go_is_held_once_its_page_names_a_withdrawn_one(office: Office) -> None:
    """What was cleared holds the title, and goes as it was cleared or not at all: handed in anew it names nothing."""
    old = published(office, office.news(title="A title to forget"))
    later = (office.clock() + timedelta(minutes=10)).isoformat()
    new = correct(office, old, publish_at=later)
    withdraw(office, old)
    office.clock.forward(minutes=11)
    rows = office.release(new.id)
    assert {row.state for row in rows.values()} <= {"waiting", "staged"}
    item = office.app.queue.item(new.id)
    assert (item.state, f"What it corrects, {old}, was withdrawn" in item.reason) == ("held for review", True)
    assert named(office, "A title to forget") == []
    office.app.decisions.withdraw(new.id, officer="sam", reason="Handed in anew")
    anew = correct(office, old)
    office.release(anew.id)
    assert office.state(anew.id) == "published"
    assert named(office, "A title to forget") == []


def test_a_withdrawal_in_the_moment_of_the_correction_wins(office: Office) -> None:
    """Between the last look and the swap the page may go: then the website itself names it no more."""
    old = published(office, office.news(title="A title to forget"))
    new = correct(office, old)
    post = Post.from_json(office.deliveries(new.id)["website"].post)
    withdraw(office, old)
    site, supplies = office.app.channels["website"], Supplies(office.app.store.read, lambda _media: None)
    site.publish(post, site.stage(post, supplies, None, office.clock()), office.clock())
    assert "This corrects a page that was withdrawn" in page(office, new.id)
    assert named(office, "A title to forget") == []


def test_an_erased_item_is_cited_without_a_title(office: Office) -> None:
    """The public reads no word that stands where words were."""
    old = published(office, office.news())
    with office.app.queue.writing() as connection:  # as the schedule does
        office.app.erasing.wipe(
            connection, office.app.queue.item(old), office.app.queue.deliveries(old), actor="dana", why=""
        )
    new = correct(office, old)
    office.release(new.id)
    assert "This corrects a page that was withdrawn, published on" in page(office, new.id)
    assert named(office, "(erased)") == []


def test_what_has_no_page_is_cited_by_its_address_alone(office: Office) -> None:
    """No swap of the website would take its title out again once it is withdrawn."""
    behind = published(office, office.news(title="The page behind it"))
    link = str(office.deliveries(behind)["website"].post["page"]["url"])
    old = published(
        office, office.news(title="A title to forget", summary="Of a post.", channels=["facebook"], link=link)
    )
    new = correct(office, old)
    office.release(new.id)
    assert f'This corrects <a href="{link}">an earlier post</a>' in page(office, new.id)
    assert named(office, "A title to forget") == []


def test_show_of_each_names_the_other(office: Office) -> None:
    """From the old to the new and back, for people and for programs."""
    old = published(office, office.news())
    new = correct(office, old)
    shown, other = office.cli_json("show", old), office.cli_json("show", new.id)
    assert [one["id"] for one in shown["corrected_by"]] == [new.id]
    assert (shown["corrects"], other["corrects"], other["corrected_by"]) == (None, old, [])
    assert f"by {new.id}" in office.cli("show", old).stdout
    assert old in office.cli("show", new.id).stdout


def test_the_command_line_hands_a_correction_in(office: Office) -> None:
    """`--corrects ID`, with news and with events."""
    old = published(office, office.news())
    made = office.cli_json("news", "Library opens later", "--summary", SAID, "--corrects", old)
    assert office.app.queue.item(made["id"]).corrects == old
    starts = (office.clock() + timedelta(days=9)).strftime("%Y-%m-%d 18:30")
    event = office.cli_json("event", "Reading evening", "--starts", starts, "--corrects", old)
    assert office.app.queue.item(event["id"]).corrects == old


# --- what may be corrected -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "corrects", ["nothing1", "", "x" * 65, "k3md8s2p\n", "\uff4b3md8s2p", "../../etc", "\ud800"]
)
def test_what_is_not_there_is_not_corrected(office: Office, corrects: str) -> None:
    """A mistyped id is told, with the field that it stands in; nothing is stored."""
    with pytest.raises(InputError, match="corrects"):
        correct(office, corrects)
    assert office.app.queue.items(list(ItemState)) == []


def test_what_the_public_has_not_seen_is_not_corrected(office: Office) -> None:
    """What waits, or was withdrawn before it went, is changed and handed in anew."""
    queued = office.hand_in(office.news(publish_at=(office.clock() + timedelta(hours=1)).isoformat()))
    with pytest.raises(InputError, match="the public has not seen it"):
        correct(office, queued.id)
    office.app.decisions.withdraw(queued.id, officer="sam", reason="It is off")
    with pytest.raises(InputError, match="the public has not seen it"):
        correct(office, queued.id)
    dry = office.cli("news", "Library opens later", "--corrects", queued.id, "--dry-run")
    assert (dry.returncode, "the public has not seen it" in dry.stderr) == (2, True)


def test_what_is_out_in_part_is_corrected(office: Office) -> None:
    """One channel's refusal changes nothing of what the others showed."""
    body = {
        "title": "Forbidden",
        "detail": "Your account is suspended.",
        "type": "about:blank",
        "status": 403,
    }
    office.platforms.x.fail_next("POST", r"^/2/tweets$", Fault.refuse(403, body))
    queued = office.hand_in(office.news())
    office.release(queued.id)
    assert office.state(queued.id) == "part published"
    assert correct(office, queued.id).state is ItemState.QUEUED


def test_a_correction_is_corrected_in_its_turn(office: Office) -> None:
    """What it names was there before it, so there is no circle; each page tells of the next."""
    first = published(office, office.news())
    second = correct(office, first, title="Second")
    office.release(second.id)
    third = correct(office, second.id, title="Third")
    office.release(third.id)
    assert "Third</a>" in page(office, second.id)
    assert "Third</a>" not in page(office, first)


def test_a_correction_goes_where_the_old_page_is(office: Office) -> None:
    """Or nobody would learn of it who reads the old page."""
    old = published(office, office.news())
    link = f"{office.platforms.website.url}/news/library-opens-late/"
    with pytest.raises(InputError, match="has a page on website"):
        correct(office, old, channels=["facebook"], link=link)


# --- an item like any other ------------------------------------------------------------------------------------------


def test_a_correction_is_judged_like_any_other(office: Office) -> None:
    """It has its own verdict: what the gate blocks is blocked in a correction, too."""
    old = published(office, office.news())
    assert correct(office, old, summary="OFFICIAL-SENSITIVE: the new hours.").state is ItemState.BLOCKED
    assert correct(office, old, title="Library opens at six").state is ItemState.QUEUED


def test_a_correction_in_the_same_words_is_no_repeat_of_what_it_corrects(office: Office) -> None:
    """Only the picture may have been wrong; said a second time without that, it is a repeat."""
    old = published(office, office.news())
    row = office.app.queue.item(old)
    assert row.words == sameness.words_of(office.news())
    assert correct(office, old, title=row.title, summary="Until 8pm on Thursdays.").state is ItemState.QUEUED
    again = office.hand_in(office.news()).verdict
    assert [
        finding.rule for finding in again.findings if "repeat" in finding.rule or "already" in finding.message
    ]


def test_what_it_corrects_is_sealed(office: Office) -> None:
    """A hand that makes another item of it, or a plain one, finds it held."""
    old, other = published(office, office.news()), published(office, office.news(title="Another"))
    for value in (other, None):
        new = correct(office, old, title=f"Mended for {value}")
        with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
            connection.execute("UPDATE item SET corrects = ? WHERE id = ?", (value, new.id))
        connection.close()
        office.release(new.id)
        assert office.state(new.id) == "held for review"


def test_what_corrects_nothing_is_sealed_as_before() -> None:
    """Items that an earlier program cleared stay clear: nothing was added to what their seal covers."""
    verdict = {"policy": "p"}
    assert facts(item_row(verdict=verdict), ["twitter"]) == BEFORE_CORRECTIONS
    assert facts(item_row(verdict=verdict, corrects=""), ["twitter"]) != BEFORE_CORRECTIONS


def test_a_verdict_on_a_correction_can_be_repeated(office: Office) -> None:
    """Its input holds what it corrects, so that the same comes out of it again."""
    new = correct(office, published(office, office.news()))
    office.release(new.id)
    replayed = [one for one in office.app.verdicts.replay() if one.item_id == new.id]
    assert replayed
    assert [one.note for one in replayed if not one.same] == []


def test_a_correction_keeps_its_citation_at_another_moment(office: Office) -> None:
    """The page is made anew for another day, and still says what it corrects."""
    old = published(office, office.news())
    new = correct(office, old, publish_at=(office.clock() + timedelta(hours=1)).isoformat())
    later = office.clock() + timedelta(days=2)
    office.app.decisions.reschedule(new.id, officer="sam", publish_at=later)
    row = office.deliveries(new.id)["website"]
    assert row.post["page"]["corrects"]["id"] == old
    assert "This corrects “" in row.post["text"]
