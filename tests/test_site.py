"""The council's website: pages, index, feeds, and that it changes whole or not at all."""

import json
import os
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import icalendar
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from site_support import ACCOUNTS, EVENT, NEWS, NOW, Seen, Website, several, website

from publisher import channels, contrast, diary, front, item, pages
from publisher.channels import Withdrawal
from publisher.errors import ChannelFailed, ConfigError, InputError
from publisher.model import Outcome, Phase
from publisher.tree import Tree

ATOM = {"a": "http://www.w3.org/2005/Atom"}
HOSTILE = [
    '<script>alert("1")</script>',
    "</title></script>",
    "\"'><img src=x>",
    "שלום עולם",
    "🎄 Fair 🎅",
    "x" * 300,
]


@pytest.fixture
def site(tmp_path: Path) -> Website:
    return website(tmp_path)


def structured(html: str) -> dict[str, Any]:
    (text,) = Seen(html).text["script"]
    data: dict[str, Any] = json.loads(text)
    return data


# --- addresses ---------------------------------------------------------------------------------------------------


@given(st.text(max_size=400), st.sets(st.text(alphabet="item-2", max_size=7), max_size=20))
def test_any_title_gives_a_safe_address(title: str, taken: set[str]) -> None:
    """Whatever the title, its part of the address is short, plain, not empty, not taken, and stays in its folder."""
    found = pages.slug(title, taken)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", found)
    assert len(found) <= pages.MAX_SLUG
    assert found not in taken
    assert pages.PATH.fullmatch(f"news/{found}/")


@pytest.mark.parametrize(
    ("title", "taken", "slug"),
    [
        ("Central Library: open late!", (), "central-library-open-late"),
        ("Café d’été", (), "cafe-dete"),
        ("🎄🎅", (), "item"),
        ("Bin days", {"bin-days", "bin-days-2"}, "bin-days-3"),
    ],
)
def test_an_address_reads_like_its_title(title: str, taken: set[str], slug: str) -> None:
    """Accents are folded, signs become hyphens, emoji go, and a taken address is numbered."""
    assert pages.slug(title, taken) == slug


def test_a_long_address_is_cut_between_words() -> None:
    """A word cut in half would read as another word."""
    assert pages.slug("library " * 30) == "-".join(["library"] * 10)


def test_rescheduling_does_not_move_the_page(site: Website) -> None:
    """The link may be printed on a poster already: it does not depend on the moment of release."""
    later = {**NEWS, "publish_at": "2027-03-01T09:00:00+00:00"}
    assert site.post(NEWS).link == site.post(later).link


# --- the page ----------------------------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(title=st.one_of(st.text(min_size=1, max_size=300), st.sampled_from(HOSTILE)))
def test_any_title_gives_a_page_that_says_just_that(site: Website, title: str) -> None:
    """A title is text and never markup: heading, og:title and JSON-LD give it back letter by letter."""
    try:
        clean = item.parse({**NEWS, "title": title}).title
    except InputError:
        assume(False)
    html = site.post({**NEWS, "title": title}, slug="page").text
    seen = Seen(html)
    assert seen.text["h1"] == [clean]
    assert seen.meta("og:title") == clean
    assert structured(html)["headline"] == clean[: pages.MAX_HEADLINE]
    assert seen.tags.count(("script", {"type": "application/ld+json"})) == len(seen.all("script")) == 1


def test_a_page_tells_platforms_what_to_show(site: Website) -> None:
    """Open Graph tags name this page and a picture with its size, so that the first share already shows it (ogp.me)."""
    post = site.post(NEWS)
    seen = Seen(post.text)
    url = "https://www.example.gov.uk/news/central-library-stays-open-until-9pm/"
    assert post.link == f"{url}?c=r1"
    assert seen.meta("og:url") == url
    assert [one["href"] for one in seen.all("link") if one["rel"] == "canonical"] == [url]
    assert seen.meta("og:image") == f"https://www.example.gov.uk/media/{post.media[0].digest[:32]}.jpg"
    assert (seen.meta("og:image:width"), seen.meta("og:image:height")) == ("320", "200")
    assert seen.meta("og:image:alt") == "People reading under warm lamps"
    assert seen.meta("og:description") == "Three more hours every weekday evening."
    assert (seen.meta("og:locale"), seen.meta("og:site_name")) == ("en_GB", "Example Council")
    assert seen.meta("twitter:card") == "summary_large_image"


def test_links_to_others_say_so(site: Website) -> None:
    """Clause 5e: a link to a third party's website is marked where it stands; the council's own is not."""
    html = site.post(NEWS).text
    assert html.count("(external website)") == 1
    assert re.search(
        r'rel="external[^"]*">https://charity\.example\.org/challenge</a> \(external website\)', html
    )


def accounts_on(html: str) -> list[tuple[str, str]]:
    """The link page's accounts: where each leads, and by what relation."""
    return [(one["href"], one["rel"]) for one in Seen(html).all("a") if "me" in one.get("rel", "").split()]


def test_the_link_page_lists_the_councils_accounts(tmp_path: Path) -> None:
    """Corporate ones first, then by service; those that are on and say where they are; each says whose and where (clauses 5a, 5e)."""
    site = website(tmp_path, more=ACCOUNTS)
    site.publish(site.post(NEWS))
    html = site.read("links/index.html")
    assert [address for address, _ in accounts_on(html)] == [
        "https://www.facebook.com/examplecouncil", "https://x.com/examplecouncil",
        "https://www.facebook.com/profile.php?id=100000000000009", "https://x.com/examplelibraries",
        "https://x.com/examplemuseums",
    ]  # fmt: skip
    assert {rel for _, rel in accounts_on(html)} == {"me noopener"}
    for words in (
        "Example Council on </span>Facebook",
        "Libraries on </span>X",
        "<small>facebook.com</small>",
    ):
        assert words in html
    assert "exampleparks" not in html


def test_a_council_without_addresses_has_no_list_of_accounts(site: Website) -> None:
    """Nor has a website whose last page was made before there was such a list."""
    site.publish(site.post(NEWS))
    assert accounts_on(site.read("links/index.html")) == []
    assert "All our accounts" not in site.read("links/index.html")
    old = pages.council_record(site.config.council)
    del old["accounts"]
    assert "links/index.html" in front.files([], old, "https://www.example.gov.uk", NOW)


def test_the_link_page_shows_what_is_out_newest_first(site: Website) -> None:
    """Who comes from a post finds its page near the top, the latest first; what was withdrawn is not there."""
    posts = [site.post({**NEWS, "title": f"Item {number}"}, f"r{number}") for number in range(3)]
    for number, post in enumerate(posts):
        site.publish(post, NOW + timedelta(hours=number))
    site.channel.withdraw(Withdrawal(posts[1], "", posts[1].media), NOW + timedelta(hours=5))
    links = [one["href"] for one in Seen(site.read("links/index.html")).all("a")]
    assert [one for one in links if "item-" in one] == [
        "../news/item-2/index.html",
        "../news/item-0/index.html",
    ]


@pytest.mark.parametrize("service", HOSTILE[:3])
def test_a_hostile_services_name_is_only_read(tmp_path: Path, service: str) -> None:
    """What config.toml calls a service shows as its letters."""
    name = service.replace("\\", "\\\\").replace('"', '\\"')
    site = website(tmp_path, more=ACCOUNTS.replace("Museums & Galleries", name))
    site.publish(site.post(NEWS))
    html = site.read("links/index.html")
    assert service not in html
    assert len(accounts_on(html)) == 5
    assert Seen(html).all("script") == []


def test_a_page_asks_nothing_of_others_and_nothing_of_readers(site: Website) -> None:
    """No script, no form, no frame, and nothing loaded from another host: nobody is monitored (promise 5)."""
    several(site)
    for name, data in site.served().items():
        if name.endswith(".html"):
            seen = Seen(data.decode())
            tags = {tag for tag, _ in seen.tags}
            assert not tags & {
                "form",
                "input",
                "button",
                "iframe",
                "object",
                "embed",
                "video",
                "audio",
                "base",
            }
            assert {one.get("type") for one in seen.all("script")} <= {"application/ld+json"}
            sources = [one["src"] for one in seen.all("img")] + [
                one["href"] for one in seen.all("link") if one["rel"] in {"stylesheet", "icon"}
            ]
            assert [
                source for source in sources if "//" in source.removeprefix("https://www.example.gov.uk/")
            ] == []
            assert "default-src 'none'" in str(seen.all("meta"))
            assert not any(
                name.startswith("on") or name == "style" for _, values in seen.tags for name in values
            )


def test_every_link_inside_the_website_leads_somewhere(site: Website) -> None:
    """Links, pictures and feeds of every page are files of the website, whatever folder the page lies in."""
    several(site)
    root = (site.folder / "current").resolve()
    for name, data in site.served().items():
        if name.endswith(".html"):
            seen = Seen(data.decode())
            targets = [one["href"] for tag in ("a", "link") for one in seen.all(tag)] + [
                one["src"] for one in seen.all("img")
            ]
            inside = [target for target in targets if "//" not in target and not target.startswith("#")]
            assert [target for target in inside if not (root / Path(name).parent / target).is_file()] == []


def test_an_event_says_when_and_where(site: Website) -> None:
    """schema.org's Event carries the offset of its own place and day, so that no reader is an hour wrong."""
    summer = {**EVENT, "starts_at": "2027-06-05 16:00", "ends_at": "2027-06-05 18:30"}
    html = site.post(summer).text
    data = structured(html)
    assert (data["@type"], data["startDate"], data["endDate"]) == (
        "Event",
        "2027-06-05T16:00:00+01:00",
        "2027-06-05T18:30:00+01:00",
    )
    assert data["location"]["name"] == "Market Square, Exampleton"
    assert data["eventStatus"] == "https://schema.org/EventScheduled"
    assert "Saturday 5 June 2027, 4pm to 6.30pm" in html


def test_a_day_long_event_has_no_time_of_day(site: Website) -> None:
    """A whole day is a date: midnight is not when anybody should come."""
    html = site.post({**EVENT, "starts_at": "2026-12-12", "ends_at": "2026-12-13"}).text
    data = structured(html)
    assert (data["startDate"], data["endDate"]) == ("2026-12-12", "2026-12-13")
    assert "midnight" not in html


def test_a_title_card_is_for_platforms_only(site: Website) -> None:
    """The card made for an item without a picture only repeats the heading: og:image has it, the page does not."""
    seen = Seen(site.post({**NEWS, "images": []}).text)
    assert seen.meta("og:image").endswith(".jpg")
    assert seen.all("img") == []


# --- publishing --------------------------------------------------------------------------------------------------


def test_publishing_puts_the_page_everywhere(site: Website) -> None:
    """One publish: the page byte for byte as it was frozen, and the item in index, feeds and link page."""
    post = site.post(EVENT)
    receipt = site.publish(post)
    assert receipt.url == "https://www.example.gov.uk/events/winter-lights-in-market-square/"
    assert receipt.remote_id == "events/winter-lights-in-market-square/"
    assert site.read(receipt.remote_id + "index.html") == post.text
    for name in ("index.html", "events/index.html", "links/index.html", "atom.xml", "events.ics"):
        assert "Winter lights in Market Square" in site.read(name)


def shown(site: Website) -> set[str]:
    """Every file that a web server could show, pictures too."""
    root = (site.folder / "current").resolve()
    return {file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()}


def test_before_its_moment_nothing_of_a_page_is_public(site: Website) -> None:
    """Whoever guesses a title card's words can compute its address: page and pictures come in one swap, and not before."""
    site.publish(site.post(EVENT))
    before, post = (site.served(), shown(site)), site.post(NEWS, "r2")
    site.channel.stage(post, site.supplies(post), None, NOW)
    staged = site.channel.stage(post, site.supplies(post), None, NOW)
    assert staged.values["ready"] is True
    assert (site.served(), shown(site)) == before
    assert site.channel.find(post, None, NOW) is None
    site.channel.publish(post, staged, NOW)
    for media in post.media:
        name = pages.media_path(media)
        assert (site.folder / "current" / name).read_bytes() == site.pictures[media.digest]


def test_what_is_kept_for_a_page_is_nobody_elses_to_read(site: Website) -> None:
    """A web server that serves the wrong folder must not show it either; and nothing of it stays after the page is live."""
    post = site.post(NEWS)
    site.channel.stage(post, site.supplies(post), None, NOW)
    (kept,) = [file for file in (site.folder / "held").rglob("*") if file.is_file()]
    assert kept.read_bytes() == site.pictures[post.media[0].digest]
    assert (site.folder / "held").stat().st_mode & 0o077 == 0
    site.publish(post)
    assert [file for file in (site.folder / "held").rglob("*") if file.is_file()] == []


def test_the_pictures_of_a_page_that_does_not_go_are_taken_away(site: Website) -> None:
    """Withdrawn before its moment, nothing of it stays on the web server's disk; another item's is left alone."""
    posts = [site.post({**NEWS, "title": f"Item {number}"}, f"r{number}") for number in range(2)]
    first, second = (site.channel.stage(post, site.supplies(post), None, NOW) for post in posts)
    channels.discard(site.channel, first, NOW)
    channels.discard(site.channel, first, NOW)
    channels.discard(site.channel, replace(first, values={"held": "../../current"}), NOW)
    assert len([file for file in (site.folder / "held").rglob("*") if file.is_file()]) == 1
    site.channel.publish(posts[1], second, NOW)
    assert "news/item-1/index.html" in site.served()


def test_a_page_never_goes_without_its_pictures(site: Website) -> None:
    """Where what was kept is gone, the website stays as it was, and staging it again mends that."""
    site.publish(site.post(EVENT))
    post = site.post(NEWS, "r2")
    staged = site.channel.stage(post, site.supplies(post), None, NOW)
    shutil.rmtree(site.folder / "held")
    before = shown(site)
    with pytest.raises(ChannelFailed, match="pictures are not ready") as failure:
        site.channel.publish(post, staged, NOW)
    assert (failure.value.judgement.outcome, shown(site)) == (Outcome.WAIT, before)
    site.publish(post)
    assert len(shown(site)) > len(before)


# --- what is lent ------------------------------------------------------------------------------------------------

TOKEN = "0123456789abcdef" * 4


def keeper(site: Website) -> Any:
    """The website as the core finds it: what it can besides what every channel can."""
    return site.channel


def lent(site: Website) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in site.folder.glob("releases/*/lent/*.jpg")}


def test_a_picture_is_lent_and_taken_back(site: Website) -> None:
    """It is shown by itself under the name given, also across a swap; taken back, no trace of it is left anywhere."""
    first, second = site.post(EVENT), site.post(NEWS, "r2")
    site.publish(first)
    before = shown(site)
    keeper(site).lend(f"{TOKEN}.jpg", b"picture", NOW)
    address = keeper(site).lend(f"{TOKEN}.jpg", b"picture", NOW)
    assert address == f"https://www.example.gov.uk/lent/{TOKEN}.jpg"
    assert shown(site) - before == {f"lent/{TOKEN}.jpg", "lent/index.html"}
    assert site.read("lent/index.html") == ""
    site.publish(second)
    assert lent(site) == {f"{TOKEN}.jpg": b"picture"}
    assert (site.folder / "current" / "lent" / f"{TOKEN}.jpg").read_bytes() == b"picture"
    for _ in range(2):
        keeper(site).take_back(f"{TOKEN}.jpg")
    assert list(site.folder.glob("releases/*/lent")) == []


def test_one_that_is_taken_back_leaves_the_others(site: Website) -> None:
    """Two items may be prepared at once."""
    site.publish(site.post(EVENT))
    for name in ("a" * 64, "b" * 64):
        keeper(site).lend(f"{name}.jpg", name.encode(), NOW)
    keeper(site).take_back(f"{'a' * 64}.jpg")
    assert lent(site) == {f"{'b' * 64}.jpg": b"b" * 64}


def test_what_was_prepared_while_it_was_lent_does_not_bring_it_back(site: Website) -> None:
    """The copy of the website that waits for its swap holds nothing that is lent."""
    post = site.post(NEWS)
    site.publish(site.post(EVENT, "r2"))
    keeper(site).lend(f"{TOKEN}.jpg", b"picture", NOW)
    staged = site.channel.stage(post, site.supplies(post), None, NOW)
    keeper(site).take_back(f"{TOKEN}.jpg")
    site.channel.publish(post, staged, NOW)
    assert list(site.folder.glob("**/lent")) == []


def test_a_prepared_copy_holds_nothing_that_is_lent(tmp_path: Path) -> None:
    """What is lent goes along with the swap as it is then, and with nothing before."""
    tree = Tree(tmp_path / "site")
    with tree.lock():
        tree.swap({"a.html": b"a"}, NOW)
        tree.lend("picture.jpg", b"picture", NOW)
        tree.prepare()
        assert len(list(tree.folder.glob("releases/*/lent"))) == 1
        tree.swap({"b.html": b"b"}, NOW)
    assert [file.parent.parent.name for file in tree.folder.glob("releases/*/lent/*.jpg")] == [
        tree.current.resolve().name
    ]


def test_what_a_crash_left_lent_is_swept(site: Website) -> None:
    """After a day, by the core's hourly word; what is younger stays, as a platform may be at it."""
    site.publish(site.post(EVENT, "r2"))
    keeper(site).lend(f"{'a' * 64}.jpg", b"old", NOW)
    keeper(site).lend(f"{'b' * 64}.jpg", b"young", NOW + timedelta(hours=12))
    channels.take_back_old(site.channel, NOW + timedelta(hours=23))
    assert set(lent(site)) == {f"{'a' * 64}.jpg", f"{'b' * 64}.jpg"}
    channels.take_back_old(site.channel, NOW + timedelta(hours=25))
    assert lent(site) == {f"{'b' * 64}.jpg": b"young"}


def test_what_a_crash_left_lent_in_an_old_release_goes_however_young(site: Website) -> None:
    """It would be there still when the old release is gone back to by hand; what is shown now stays with its platform."""
    site.publish(site.post(EVENT, "r2"))
    keeper(site).lend(f"{'a' * 64}.jpg", b"young", NOW)
    before = (site.folder / "current").resolve()
    shutil.copytree(before / "lent", site.folder / "left")
    site.publish(site.post(NEWS))
    (site.folder / "left").rename(before / "lent")  # as if the power had failed right after the swap
    channels.take_back_old(site.channel, NOW + timedelta(minutes=1))
    assert not (before / "lent").exists()
    assert lent(site) == {f"{'a' * 64}.jpg": b"young"}


@pytest.mark.parametrize(
    "name", ["../x.jpg", "a.jpg", f"{TOKEN}.html", f"{TOKEN}.jpg/..", f"{TOKEN.upper()}.jpg", ""]
)
def test_only_a_picture_under_a_name_that_says_nothing_is_lent(name: str, site: Website) -> None:
    """Whoever calls: no other kind of file, no name to be guessed, no other folder."""
    site.publish(site.post(NEWS))
    before = shown(site)
    with pytest.raises(ChannelFailed):
        keeper(site).lend(name, b"x", NOW)
    with pytest.raises(ChannelFailed):
        keeper(site).take_back(name)
    assert shown(site) == before


def test_the_same_post_twice_is_the_same_website(site: Website) -> None:
    """A publish that was repeated after a crash changes nothing: not a byte, not even a release."""
    post = site.post(NEWS)
    first = site.publish(post)
    before, release = site.served(), (site.folder / "current").resolve()
    assert site.publish(post, NOW + timedelta(minutes=5)) == first
    assert (site.served(), (site.folder / "current").resolve()) == (before, release)


def test_find_knows_exactly_what_is_there(site: Website) -> None:
    """Found is this post and no other: one changed letter is another post."""
    post = site.post(NEWS)
    receipt = site.publish(post)
    assert site.channel.find(post, None, NOW) == receipt
    assert site.channel.find(replace(post, text=post.text + " "), None, NOW) is None


def test_a_changed_page_takes_its_own_place(site: Website) -> None:
    """The same item published again replaces its page and keeps its first date; the feed says that it changed."""
    site.publish(site.post(NEWS))
    changed = site.post({**NEWS, "summary": "Four more hours."})
    site.publish(changed, NOW + timedelta(hours=1))
    feed = ET.fromstring(site.read("atom.xml"))  # noqa: S314  # our own feed
    (entry,) = feed.findall("a:entry", ATOM)
    assert entry.findtext("a:published", namespaces=ATOM) == "2026-11-25T09:00:00+00:00"
    assert entry.findtext("a:updated", namespaces=ATOM) == "2026-11-25T10:00:00+00:00"
    assert site.read("news/central-library-stays-open-until-9pm/index.html") == changed.text


def test_another_items_page_is_never_overwritten(site: Website) -> None:
    """Two items with one address: the second is refused with a way out, and the first stays."""
    first = site.post(NEWS, "r1")
    site.publish(first)
    with pytest.raises(ChannelFailed, match=r"another page at .* change the item's title") as failure:
        site.publish(site.post({**NEWS, "body": "Other"}, "r2"))
    assert failure.value.judgement.outcome is Outcome.STOP
    assert site.read("news/central-library-stays-open-until-9pm/index.html") == first.text


@pytest.mark.parametrize(
    "path", ["../../etc/", "/etc/", "news/../../x/", "news/x", "style.css", "news/x/../", ""]
)
def test_nothing_is_written_outside_the_website(site: Website, path: str) -> None:
    """A path from a row somebody wrote into the database leads nowhere."""
    post = site.post(NEWS)
    site.publish(post)
    staged = site.channel.stage(post, site.supplies(post), None, NOW)
    before = sorted(site.folder.parent.rglob("*"))
    odd = replace(post, page={**(post.page or {}), "path": path})
    with pytest.raises(ChannelFailed, match="no proper address"):
        site.channel.publish(odd, staged, NOW)
    assert sorted(site.folder.parent.rglob("*")) == before


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", ""])
def test_the_tree_keeps_to_its_folder(tmp_path: Path, name: str) -> None:
    """The last door before the disk refuses a name that leads out, whoever asked."""
    tree = Tree(tmp_path / "site")
    with tree.lock(), pytest.raises(ValueError, match="leads out"):
        tree.swap({name: b"x"}, NOW)


def test_a_prepared_copy_is_never_of_an_older_website(site: Website) -> None:
    """Two items staged before either is published: each swap adds its own page and picture, and keeps the other's."""
    posts = [site.post({**NEWS, "title": f"Item {number}"}, f"r{number}") for number in range(2)]
    ready = [site.channel.stage(post, site.supplies(post), None, NOW) for post in posts]
    for number, (post, staged) in enumerate(zip(posts, ready, strict=True)):
        site.channel.publish(post, staged, NOW)
        there = [(site.folder / "current" / pages.media_path(one.media[0])).is_file() for one in posts]
        assert there == [True, number == 1]
    assert {"news/item-0/index.html", "news/item-1/index.html"} <= site.served().keys()


def test_no_link_leads_out_of_a_release(site: Website) -> None:
    """The strictest web server, one that follows no link below its root, can serve the website."""
    several(site)
    assert [path for path in (site.folder / "current").resolve().rglob("*") if path.is_symlink()] == []


def test_going_back_by_hand_finds_the_old_website(site: Website) -> None:
    """Releases share files on disk, and still a later publish never changes an earlier release."""
    site.publish(site.post({**NEWS, "title": "First"}, "r1"))
    before, release = site.served(), (site.folder / "current").resolve()
    site.publish(site.post({**NEWS, "title": "Second"}, "r2"))
    (site.folder / "current").unlink()
    (site.folder / "current").symlink_to(release)
    assert site.served() == before


def test_three_releases_stay(site: Website) -> None:
    """Old states of the website do not fill the disk, and the current one is always whole."""
    for number in range(6):
        site.publish(site.post({**NEWS, "title": f"Item {number}"}, f"r{number}"))
    assert len(list((site.folder / "releases").iterdir())) == 3
    assert len([name for name in site.served() if name.startswith("news/")]) == 6


class Killed(BaseException):
    """The process dies here: nothing catches it."""


def dying(monkeypatch: pytest.MonkeyPatch, step: int) -> Callable[[], int]:
    """Makes the `step`-th change on disk the last one; gives how many were made."""
    made = 0

    def last(real: Callable[..., Any]) -> Callable[..., Any]:
        def change(*args: Any, **kwargs: Any) -> Any:
            nonlocal made
            made += 1
            if made == step:
                raise Killed
            return real(*args, **kwargs)

        return change

    for name in ("fsync", "link", "symlink", "rename", "replace", "mkdir", "unlink", "rmdir"):
        monkeypatch.setattr(os, name, last(getattr(os, name)))
    return lambda: made


@pytest.mark.parametrize("staged_before", [True, False])
def test_dying_at_any_step_leaves_a_whole_website(
    site: Website, monkeypatch: pytest.MonkeyPatch, *, staged_before: bool
) -> None:
    """Killed before any change on disk, the website is all old or all new, and the next publish makes it new."""
    for number in range(3):
        site.publish(site.post({**NEWS, "title": f"Item {number}"}, f"r{number}"))
    step, done = 0, False
    while not done:
        step += 1
        post = site.post({**NEWS, "summary": f"Version {step}."}, "n")
        staged = site.channel.stage(post, site.supplies(post), None, NOW) if staged_before else None
        old = site.served()
        with monkeypatch.context() as patch:
            count = dying(patch, step)
            with suppress(Killed):
                site.channel.publish(
                    post, staged or site.channel.stage(post, site.supplies(post), None, NOW), NOW
                )
            done = count() < step
        now = site.served()
        assert now == old or is_new(now, step)
        site.publish(post)
        assert is_new(site.served(), step)
    assert step > (20 if staged_before else 40)


def test_what_died_half_way_does_not_come_with_the_next(
    site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page whose publishing died is not live because another was published: pages and records always agree."""
    step, done = 0, False
    while not done:
        step += 1
        post = site.post({**NEWS, "title": f"Half {step}"}, f"h{step}")
        staged = site.channel.stage(post, site.supplies(post), None, NOW)
        with monkeypatch.context() as patch:
            count = dying(patch, step)
            with suppress(Killed):
                site.channel.publish(post, staged, NOW)
            done = count() < step
        site.publish(site.post({**NEWS, "summary": f"Version {step}."}, "n"))
        listed = {f"{one['path']}index.html" for one in json.loads(site.read("items.json"))["items"]}
        assert {name for name in site.served() if name.startswith("news/")} == listed


def test_dying_at_any_step_shows_what_is_lent_and_loses_none_of_it(
    site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While pages come and go by it, a platform finds the whole picture; taken back, it is gone, whatever died before."""
    step, done = 0, False
    site.publish(site.post(EVENT))
    while not done:
        step += 1
        post = site.post({**NEWS, "title": f"Page {step}"}, f"p{step}")
        staged = site.channel.stage(post, site.supplies(post), None, NOW)
        keeper(site).lend(f"{'a' * 64}.jpg", b"first", NOW)
        with monkeypatch.context() as patch:
            count = dying(patch, step)
            with suppress(Killed):
                keeper(site).lend(f"{'b' * 64}.jpg", b"second", NOW)
                site.channel.publish(post, staged, NOW)
                keeper(site).take_back(f"{'b' * 64}.jpg")
            done = count() < step
        assert (site.folder / "current" / "lent" / f"{'a' * 64}.jpg").read_bytes() == b"first"
        assert set(lent(site).values()) <= {b"first", b"second"}
        for name in "ab":
            keeper(site).take_back(f"{name * 64}.jpg")
        assert list(site.folder.glob("**/lent")) == []
    assert step > 20


def is_new(served: dict[str, bytes], version: int) -> bool:
    """Page, index and records are all of this version, and every other file is there."""
    files = ("news/central-library-stays-open-until-9pm/index.html", "index.html", "items.json")
    return all(f"Version {version}.".encode() in served[name] for name in files) and len(served) == 13


def test_many_at_once_all_appear(site: Website) -> None:
    """Writers wait for each other: no page is lost between two that are published at the same moment."""
    posts = [site.post({**NEWS, "title": f"Item {number}"}, f"r{number}") for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda post: website_again(site).publish(post, NOW), posts))
    index = site.read("index.html")
    assert [post.title for post in posts if post.title not in index] == []
    assert len([name for name in site.served() if name.startswith("news/")]) == 8


def website_again(site: Website) -> Website:
    """A second channel object on the same folder, as another process would have."""
    other = type(site.channel)(site.channel.settings)
    return Website(site.config, other, site.pictures)


def test_a_disk_that_refuses_is_a_wait_that_says_why(site: Website) -> None:
    """Nothing of the post is live when the disk says no, so it may be tried again; the officer reads what to mend."""
    site.folder.write_text("a file where the folder should be")
    post = site.post(NEWS)
    with pytest.raises(ChannelFailed, match=r"folder cannot be written .*Check its disk") as failure:
        site.channel.stage(post, site.supplies(post), None, NOW)
    assert failure.value.judgement.outcome is Outcome.WAIT


@pytest.mark.parametrize("damage", ["null", "[]", "{", '{"items"'])
def test_damaged_records_stop_with_a_way_out(site: Website, damage: str) -> None:
    """Records that somebody edited by hand are not overwritten by an empty website: a person is told what to do."""
    site.publish(site.post(NEWS))
    (site.folder / "current" / "items.json").write_text(damage)
    with pytest.raises(
        ChannelFailed, match=r"items\.json .* is damaged; point `current` at an earlier"
    ) as failure:
        site.publish(site.post(EVENT))
    assert failure.value.judgement.outcome is Outcome.STOP


def test_the_longest_item_fits_its_page(site: Website) -> None:
    """No item that is accepted is too long for the website: not even one of links only, which grow most."""
    longest = {**NEWS, "title": "a" + "&" * 299, "summary": "a.uk " * 800, "body": "a.uk " * 12_000}
    assert len(site.post(longest, slug="long").text) < site.channel.limits.text


@pytest.mark.parametrize(
    ("phase", "status", "outcome"),
    [
        (Phase.READ, 200, Outcome.SENT),
        (Phase.READ, 404, Outcome.WAIT),
        (Phase.READ, 503, Outcome.WAIT),
        (Phase.READ, None, Outcome.WAIT),
        (Phase.READ, 301, Outcome.FIX),
        (Phase.READ, 403, Outcome.STOP),
        (Phase.CREATE, None, Outcome.UNKNOWN),
        (Phase.PUBLISH, 500, Outcome.UNKNOWN),
        (Phase.CREATE, 204, Outcome.UNKNOWN),
        (Phase.CREATE, 403, Outcome.STOP),
    ],
)
def test_an_answer_means(site: Website, phase: Phase, status: int | None, outcome: Outcome) -> None:
    """Only 200 is a yes; silence about something public is unknown, never a no (DESIGN §4)."""
    assert site.channel.judge(phase, status, {}, b"").outcome is outcome


# --- index and feeds ---------------------------------------------------------------------------------------------


def record(number: int, **more: Any) -> dict[str, Any]:
    moment = (NOW + timedelta(minutes=number)).isoformat()
    base = {
        "id": f"r{number}",
        "kind": "news",
        "title": f"Item {number}.",
        "summary": "",
        "path": f"news/i{number}/",
    }
    base |= {"url": f"https://www.example.gov.uk/news/i{number}/", "published_at": moment, "location": ""}
    times = {"starts_at": None, "ends_at": None, "all_day": False, "timezone": "Europe/London", "image": None}
    return base | times | more


def made(site: Website, records: list[dict[str, Any]], now: datetime = NOW) -> dict[str, str]:
    council = pages.council_record(site.config.council)
    done = front.files(records, council, "https://www.example.gov.uk", now)
    return {name: data.decode() for name, data in done.items()}


def test_the_index_is_paged_newest_first(site: Website) -> None:
    """Fifty items a page; none is on two pages, none on no page."""
    files = made(site, [record(number) for number in range(120)])
    titles = [
        re.findall(r"Item (\d+)\.", files[name])
        for name in ("index.html", "page/2/index.html", "page/3/index.html")
    ]
    assert [int(title) for page in titles for title in page] == list(range(119, -1, -1))
    assert [len(page) for page in titles] == [50, 50, 20]
    assert 'rel="next" href="./page/2/index.html"' in files["index.html"]
    assert 'rel="prev" href="../../index.html"' in files["page/2/index.html"]


def test_what_is_over_is_not_coming(site: Website) -> None:
    """An event is coming until its last day is over; then it moves to the past ones."""
    today = record(1, kind="event", starts_at="2026-11-25T01:00:00+00:00")
    over = record(2, kind="event", starts_at="2026-11-24T10:00:00+00:00")
    still = record(
        3, kind="event", starts_at="2026-11-20T10:00:00+00:00", ends_at="2026-11-26T10:00:00+00:00"
    )
    coming, _, past = made(site, [today, over, still])["events/index.html"].partition("Past events")
    assert [re.findall(r"Item (\d)\.", part) for part in (coming, past)] == [["3", "1"], ["2"]]


def test_an_empty_website_is_a_website(site: Website) -> None:
    """Before the first item every page and both feeds are there and valid."""
    files = made(site, [])
    assert "Nothing has been published yet" in files["index.html"]
    assert ET.fromstring(files["atom.xml"]).findtext("a:updated", namespaces=ATOM) == NOW.isoformat()  # noqa: S314
    assert icalendar.Calendar.from_ical(files["events.ics"]).events == []


def test_the_news_feed_is_atom(site: Website) -> None:
    """RFC 4287: feed and entries have id, title and updated; ids differ; what XML cannot hold is left out."""
    files = made(site, [record(1, title="Fish & <chips>"), record(2, title="Odd \ufffe sign")])
    feed = ET.fromstring(files["atom.xml"])  # noqa: S314
    entries = feed.findall("a:entry", ATOM)
    for part in (feed, *entries):
        assert all(part.findtext(f"a:{name}", namespaces=ATOM) for name in ("id", "title", "updated"))
    assert [entry.findtext("a:title", namespaces=ATOM) for entry in entries] == [
        "Odd  sign",
        "Fish & <chips>",
    ]
    assert len({entry.findtext("a:id", namespaces=ATOM) for entry in entries}) == 2
    (self_link,) = (link for link in feed.findall("a:link", ATOM) if link.get("rel") == "self")
    assert self_link.get("href") == "https://www.example.gov.uk/atom.xml"


def events_of(data: bytes | str) -> list[Any]:
    return list(icalendar.Calendar.from_ical(data).events)


def test_the_diary_feed_is_icalendar() -> None:
    """RFC 5545: UID, DTSTAMP, UTC times and the page's address; lines end in CRLF and are 75 octets at most."""
    long = record(
        1, kind="event", title="Fair; food, fun " + "é" * 90, starts_at="2027-06-05T15:00:00+00:00",
        ends_at="2027-06-05T17:30:00+00:00", location="Town Hall, Exampleton",
    )  # fmt: skip
    data = diary.feed([long], name="Example Council")
    (event,) = events_of(data)
    assert event["UID"] == "r1@www.example.gov.uk"
    assert event["SUMMARY"] == long["title"]
    assert event["URL"] == long["url"]
    assert event["DTSTAMP"].dt == NOW + timedelta(minutes=1)
    assert b"DTSTART:20270605T150000Z\r\n" in data
    assert b"DTEND:20270605T173000Z\r\n" in data
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert diary.feed([long], name="Example Council") == data


@pytest.mark.parametrize(
    ("ends", "last"),
    [
        (None, date(2027, 6, 6)),
        ("2027-06-06T22:59:59+00:00", date(2027, 6, 7)),
        ("2027-06-06T23:00:00+00:00", date(2027, 6, 7)),
        ("2027-06-04T23:00:00+00:00", date(2027, 6, 6)),
    ],
)
def test_a_day_long_event_ends_the_day_after(ends: str | None, last: date) -> None:
    """RFC 5545 3.6.1: DTEND is exclusive, on the calendar of the event's own place."""
    day = record(1, kind="event", all_day=True, starts_at="2027-06-04T23:00:00+00:00", ends_at=ends)
    (event,) = events_of(diary.feed([day], name="x"))
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2027, 6, 5), last)


def test_one_event_can_be_saved_alone(site: Website) -> None:
    """The page's own calendar file has its event and no other."""
    site.publish(site.post(EVENT, "r1"))
    site.publish(site.post({**EVENT, "title": "Other"}, "r2"))
    (event,) = events_of(site.read("events/other/event.ics"))
    assert event["DTSTART"].dt == datetime(2026, 12, 5, 16, tzinfo=UTC)


# --- colours -----------------------------------------------------------------------------------------------------


@given(
    st.integers(0, 0xFFFFFF),
    st.sampled_from(["#ffffff", front.DARKEST_LIGHT_SURFACE, front.LIGHTEST_DARK_SURFACE]),
)
def test_any_council_colour_can_be_read(number: int, background: str) -> None:
    """Yellow on white is nobody's fault but ours: WCAG 2.2, 1.4.3 holds for every colour in config.toml."""
    colour = contrast.readable(f"#{number:06x}", background)
    assert contrast.ratio(contrast.parse(colour), contrast.parse(background)) >= contrast.ENOUGH


def test_a_good_colour_is_left_alone() -> None:
    """The council's colour is changed only where it must be; the ratio is WCAG's own."""
    assert contrast.readable("#0b5c5c", "#ffffff") == "#0b5c5c"
    assert contrast.ratio((0, 0, 0), (255, 255, 255)) == pytest.approx(21)


def test_a_colour_that_is_none_is_named(tmp_path: Path) -> None:
    """`teal}` in config.toml would break the style of every page: it is refused by its field."""
    site = website(tmp_path, colour="teal}")
    with pytest.raises(ConfigError, match=r"council\.colour: 'teal}' is not a colour"):
        site.post(NEWS)
