"""The council's website as a folder of files that any web server can serve. Speaks to no network.

The page itself was rendered and frozen when the item was queued (publisher/pages.py); publishing writes it, makes
the index and the feeds anew, and swaps the whole website in at once (publisher/tree.py), its pictures with it. A page that
is corrected or withdrawn later says so (publisher/notices.py): with the correction, in the same swap.

Before that nothing of it is public but what is lent: a platform that fetches pictures by their addresses finds one under a
name that says nothing and cannot be guessed, until it has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from publisher.channels._site_pictures import Pictures, disk
from publisher.channels._site_pictures import staged as ready

from publisher import pages
from publisher.answers import fail, says_no
from publisher.channels import Limits, PublicPage, Supplies, Withdrawal
from publisher.item import MAX_IMAGES
from publisher.likeness import Look
from publisher.model import Judgement, Outcome, Phase, Post, Receipt, Staged
from publisher.settings import ChannelSettings
from publisher.tree import NOTHING, Tree

SHELF = "items.json"
"""The records of every published page; part of the release, so that pages and records change together."""
MAX_PAGE = 2_000_000
"""Characters of HTML: above the longest item's in its longest form, where each word is a link to another website."""


class Settings(ChannelSettings):
    """`folder` is where the website is written, relative to config.toml; `endpoint` is its public address."""

    folder: str


class Adapter:
    """The website. `publish` touches nothing but files, and may be repeated: the same post gives the same website."""

    template = "site/page.html.j2"
    makes_page = True
    withdraws = True
    look = Look("the website", "⌂", "site", card=False, open="No comments on the website")
    scopes: frozenset[str] = frozenset()
    find_is_proof = True
    limits = Limits(
        text=MAX_PAGE,
        images_max=MAX_IMAGES,
        image_bytes=1024 * 1024,
        image_width=1_600,
        image_ratio=(0.0, 1_000.0),
    )

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._tree = Tree(settings.path(settings.folder))
        self._pictures = Pictures(self._tree)

    @property
    def client(self) -> Path:
        """The folder: no outside library is needed to write files."""
        return self._tree.folder

    def lend(self, name: str, data: bytes, now: datetime) -> str:
        """Shows a picture by itself until it is taken back; its public address. Raises ChannelFailed."""
        return f"{self.settings.endpoint}/{self._pictures.lend(name, data, now)}"

    def take_back(self, name: str) -> None:
        """Ends that; harmless for what is not lent. Raises ChannelFailed."""
        self._pictures.take_back(name)

    def take_back_old(self, now: datetime) -> None:
        """Ends it for whatever was lent a day ago and longer. Raises ChannelFailed."""
        if self._tree.current.is_symlink():
            self._pictures.take_back_old(now)

    def stage(
        self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime
    ) -> Staged:  # nothing to go on from: it is all done at once
        """Keeps the page's pictures where nobody sees them, and readies a copy of the website. Raises ChannelFailed."""
        record = _record(post)
        with disk(), self._tree.lock():
            if not self._tree.current.exists():
                self._swap(record, {}, [], now)
            self._pictures.keep(record["path"], post, supplies.read)
            self._tree.prepare()
        return Staged(ready(record["path"]))

    def publish(
        self, post: Post, staged: Staged, now: datetime
    ) -> Receipt:  # what is staged lies where the page's path says
        """Swaps in the website with the page and its pictures. Raises ChannelFailed; then the website is as it was."""
        record = _record(post)
        with disk(), self._tree.lock():
            shelf = self._shelf()
            before = next((one for one in shelf if one["path"] == record["path"]), None)
            if before is None or before["digest"] != post.digest:
                entry = _entry(record, post, before, now)
                changed = self._corrected(shelf, record, entry)
                if any(_notices().is_withdrawn(one) for one in changed):
                    entry = _notices().without_citation(entry)
                files = {**self._own_files(entry, record, post), **self._noticed(changed, record)}
                left, held = _without(shelf, entry, *changed), self._pictures.kept(record["path"], post)
                self._swap(record, files, [*left, entry, *changed], now, held=held)
            self._pictures.drop(record["path"])
        return _receipt(record)

    def discard(self, staged: Staged, now: datetime) -> None:  # the contract's signature
        """Takes away the pictures that were kept for a page that does not go. Raises ChannelFailed."""
        self._pictures.discard(staged.values)

    def withdraw(self, asked: Withdrawal, now: datetime) -> None:
        """Swaps in the website without the page's words and pictures, and with a notice in its place. Raises ChannelFailed.

        Pages that correct it name it no longer, in the same swap.
        """
        record = _record(asked.post)
        with disk(), self._tree.lock():
            shelf = self._shelf()
            entry = next((one for one in shelf if one["id"] == record["id"]), None)
            if entry is None or _notices().is_withdrawn(entry):
                return
            left = _notices().left_of(entry, now)
            changed = [*self._restored(shelf, record), *self._uncited(shelf, record)]
            files = {**self._noticed([left, *changed], record), **_struck_out(record, now)}
            gone = [pages.media_path(media) for media in asked.pictures]
            self._swap(record, files, [*_without(shelf, left, *changed), left, *changed], now, gone)

    def find(
        self, post: Post, staged: Staged | None, now: datetime
    ) -> Receipt | None:  # the files say it all
        """The receipt if exactly this post is on the website now. Here None does prove absence."""
        with disk():
            there = any(one["digest"] == post.digest for one in self._shelf())
        return _receipt(_record(post)) if there else None

    def public_pages(self) -> list[PublicPage]:
        """Every page that is on the website now, and every notice in the place of one. Raises ChannelFailed."""
        with disk():
            shelf = self._shelf()
        return [
            PublicPage(one["id"], one["path"], one.get("title", ""), _notices().is_withdrawn(one))
            for one in shelf
        ]

    def identify(self, now: datetime) -> None:
        """A folder of ours is nobody else's account."""

    def judge(
        self,
        phase: Phase | str,
        status: int | None,
        headers: Mapping[str, str],  # a web server's status says enough
        body: bytes | str,
    ) -> Judgement:
        """What a web server's answer means, read as for any other channel (DESIGN §4)."""
        return judge(Phase(phase.lower()), status)

    def close(self) -> None:
        """Nothing is held open."""

    def _shelf(self) -> list[dict[str, Any]]:
        stored = self._tree.read(SHELF)
        try:
            items: list[dict[str, Any]] = json.loads(stored)["items"] if stored else []
        except (ValueError, KeyError, TypeError) as error:
            _stop(
                f"{SHELF} in the website's folder is damaged; point `current` at an earlier release.",
                repr(error),
            )
        return items

    def _corrected(
        self, shelf: Sequence[dict[str, Any]], record: Mapping[str, Any], entry: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """The record of the page that this one corrects, if it is here, with the correction told."""
        wanted = record.get(pages.CITES, {}).get("id")
        return [_notices().with_correction(one, entry) for one in shelf if one["id"] == wanted]

    def _restored(self, shelf: Sequence[dict[str, Any]], record: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The record of the page that this one corrected, if it is here, without it: it sends nobody to what is gone."""
        wanted = record.get(pages.CITES, {}).get("id")
        return [_notices().without_correction(one, record["id"]) for one in shelf if one["id"] == wanted]

    def _uncited(self, shelf: Sequence[dict[str, Any]], record: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The records of the pages that correct this one, if any are here, without its title: it may be why it goes."""
        named = [one for one in shelf if one.get(pages.CITES, {}).get("id") == record["id"]]
        return [_notices().without_citation(one) for one in named]

    def _noticed(self, entries: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> dict[str, bytes]:
        """The pages of these records, each with what is to be said of it."""
        notices, council, base = _notices(), record["council"], self.settings.endpoint
        found = {}
        for entry in entries:
            name = f"{entry['path']}index.html"
            if notices.is_withdrawn(entry):
                found[name] = notices.withdrawn(entry, council, base).encode()
            elif html := self._tree.read(name):
                found[name] = notices.told(html.decode(), entry, council, base).encode()
        return found

    def _own_files(self, entry: Mapping[str, Any], record: Mapping[str, Any], post: Post) -> dict[str, bytes]:
        told = _notices().told(post.text, entry, record["council"], self.settings.endpoint)
        page = {f"{entry['path']}index.html": told.encode()}
        if entry["starts_at"]:
            from publisher import diary

            page[f"{entry['path']}event.ics"] = diary.feed([entry], name=entry["title"])
        return page

    def _swap(
        self, record: Mapping[str, Any], own: Mapping[str, bytes], shelf: list[dict[str, Any]], now: datetime,
        gone: Sequence[str] = (), held: Mapping[str, str] = NOTHING,
    ) -> None:  # fmt: skip
        from publisher import front  # needed to publish only: a check must not wait for it

        council = record["council"]
        shown = [one for one in shelf if not _notices().is_withdrawn(one)]
        shared = front.files(shown, council, self.settings.endpoint, now)
        stored = json.dumps(
            {"council": council, "items": shelf}, indent=1, ensure_ascii=False, sort_keys=True
        )
        files = {**shared, **own, SHELF: stored.encode()}
        self._tree.swap(files, now, [*gone, *self._emptied(shared)], held)

    def _emptied(self, shared: Mapping[str, bytes]) -> Iterator[str]:
        """The index's last pages, where there is less to show than before: they would show what is withdrawn."""
        for number in count(2):
            name = f"page/{number}/index.html"
            if name not in shared and self._tree.read(name) is None:
                return
            if name not in shared:
                yield name


def judge(phase: Phase, status: int | None) -> Judgement:
    """Pure. Whatever is no plain no says nothing about whether a change was made."""
    engineer = f"{phase.value}: status {status}"
    if status == HTTPStatus.OK:
        return Judgement(Outcome.SENT)
    if phase.makes_public and not says_no(status):
        return Judgement(Outcome.UNKNOWN, "The website gave no clear answer: the page may be live.", engineer)
    if status is not None and HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        officer = "The page's address leads elsewhere: correct the website's address."
        return Judgement(Outcome.FIX, officer, engineer)
    if not says_no(status) or status == HTTPStatus.NOT_FOUND:
        return Judgement(Outcome.WAIT, "The website does not show the page yet.", engineer)
    return Judgement(Outcome.STOP, f"The website refuses to show the page ({status}).", engineer)


def _record(post: Post) -> Mapping[str, Any]:
    """The post's record, its path checked: nothing is ever written elsewhere."""
    if post.page is None or not pages.PATH.fullmatch(str(post.page["path"])):
        _stop(
            "The page has no proper address; compose the item again.",
            "Post.page is missing or its path is odd",
        )
    return post.page


def _entry(
    record: Mapping[str, Any], post: Post, before: Mapping[str, Any] | None, now: datetime
) -> dict[str, Any]:
    if before and before["id"] != record["id"]:
        _stop(f"There is another page at {record['url']} already; change the item's title.", "path taken")
    if before and _notices().is_withdrawn(before):
        _stop("This page was withdrawn: hand a new item in.", "the record is a withdrawn page's")
    moment = now.isoformat(timespec="seconds")
    dates = (
        {"published_at": before["published_at"], "updated_at": moment} if before else {"published_at": moment}
    )
    told = {name: before[name] for name in (_notices().CORRECTIONS,) if before and name in before}
    kept = {name: value for name, value in record.items() if name != "council"}
    return kept | dates | told | {"digest": post.digest}


def _struck_out(record: Mapping[str, Any], now: datetime) -> dict[str, bytes]:
    """The event's own calendar file, for whoever saved it; its words are gone from it."""
    if not record["starts_at"]:
        return {}
    from publisher import diary

    return {f"{record['path']}event.ics": diary.cancelled(record, now)}


def _without(shelf: Sequence[dict[str, Any]], *changed: Mapping[str, Any]) -> list[dict[str, Any]]:
    ids = {one["id"] for one in changed}
    return [one for one in shelf if one["id"] not in ids]


def _notices() -> Any:
    """What pages say later: needed to publish only, as a check must not wait for it."""
    from publisher import notices

    return notices


def _receipt(record: Mapping[str, Any]) -> Receipt:
    return Receipt(str(record["path"]), str(record["url"]))


def _stop(officer: str, engineer: str) -> NoReturn:
    raise fail(Outcome.STOP, officer, engineer)
