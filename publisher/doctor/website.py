"""The folders that are written at a release: those of websites that are files, with their pages, and that of the pictures."""

from __future__ import annotations

import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from publisher import channels
from publisher.doctor.account import judged, login, may_write
from publisher.doctor.check import Check, attention, good, listed, wrong
from publisher.model import DeliveryState
from publisher.tables import DeliveryRow

if TYPE_CHECKING:
    from publisher.app import App

_deliveries = DeliveryRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass

CURRENT = "current"
"""What of a website's folder is served (publisher/tree.py)."""


def folders(app: App) -> dict[str, Path]:
    """The folder of each website that is written as files, by its channel's name."""
    settings = (app.config.channels[name] for name in app.config.live_channels)
    return {one.name: one.path(folder) for one in settings if (folder := getattr(one, "folder", ""))}


def website(app: App) -> Iterator[Check]:
    """Each website's folder is there, the daemon can write it, and nobody else."""
    for name, folder in folders(app).items():
        found = [*_of_folder(app, name, folder)]
        yield from found or [good("website", f"[channels.{name}] is served from {folder / CURRENT}")]


def _of_folder(app: App, name: str, folder: Path) -> Iterator[Check]:
    if not folder.exists():
        yield _missing(app, name, folder)
        return
    if not folder.is_dir():
        yield wrong("website", f"{folder} is no folder: [channels.{name}] is written there", "Move it away, or name another folder.")  # fmt: skip
        return
    uid, current = judged(app), folder / CURRENT
    places = [place for place in (folder, folder / "releases", current) if place.is_dir()]
    for place in places:
        if not may_write(place, uid):
            yield _unwritable(place, uid)
        mode = stat.S_IMODE(place.stat().st_mode)
        if mode & stat.S_IWOTH:
            yield wrong(
                "website", f"everyone on this machine may change what is served in {place} (mode {mode:04o})", f"`chmod o-w {shlex.quote(str(place))}`"
            )  # fmt: skip
    if current.is_dir() and not current.is_symlink():
        words = f"{current} is a folder: the program makes it a link to its newest release, and cannot while it is there"
        yield wrong(
            "website",
            words,
            f"Move it away: `mv {shlex.quote(str(current))} {shlex.quote(str(folder / 'before'))}`; the next release makes the link.",
        )
    if not current.exists() and (current.is_symlink() or (folder / "releases").exists()):
        words = f"{current} leads nowhere: no page of the website is served"
        yield wrong("website", words, f"Let it lead to the newest of {folder / 'releases'}: `ln -sfn`.")


def _missing(app: App, name: str, folder: Path) -> Check:
    """The first release makes it, where it may."""
    above = next(place for place in folder.parents if place.exists())
    if not may_write(above, judged(app)):
        return _unwritable(above, judged(app))
    words = f"{folder} is not there yet: the first release of [channels.{name}] makes it"
    return attention("website", words, f"Have the web server serve {folder / CURRENT}.")


def _unwritable(place: Path, uid: int) -> Check:
    return wrong(
        "website", f"{login(uid)} may not write in {place}, so that no page is published",
        f"`chown {login(uid)} {shlex.quote(str(place))}`; under systemd, name it with ReadWritePaths.",
    )  # fmt: skip


def pages(app: App) -> Iterator[Check]:
    """What was sent to a website is on it: one that was lost, or put back from an older day, says nothing by itself.

    The next release makes a website of what is there: of its own page alone, where nothing is.
    """
    for name, folder in folders(app).items():
        sent = _sent(app, name)
        if lost := sorted(sent - _there(app, name, folder / CURRENT)) if sent else []:
            words = f"[channels.{name}] lacks pages that were sent to it, of these items: {listed(lost)}"
            way_out = f"Stop the daemon, and put {folder} back from the backup (docs/server.md). Where none has them: withdraw each, and hand it in anew."
            yield wrong("website", words, way_out)


def _sent(app: App, name: str) -> set[str]:
    """The items whose page is out, by the database."""
    query = select(_deliveries.c.item_id).where(
        _deliveries.c.channel == name, _deliveries.c.state == DeliveryState.SENT.value
    )
    with app.queue.reading() as connection:
        return set(connection.execute(query).scalars())


def _there(app: App, name: str, current: Path) -> set[str]:
    """The items of which a page, or the notice in its place, is served."""
    shown = channels.public_pages(channels.load(name, app.config))
    return {page.item for page in shown if (current / page.path / "index.html").is_file()}


def pictures(app: App) -> Iterator[Check]:
    """Where pictures are kept until they go: made with the first of them."""
    media, uid = app.config.path(app.config.queue.media), judged(app)
    place = next(place for place in (media, *media.parents) if place.exists())
    if not place.is_dir():
        yield wrong("pictures", f"{place} is no folder: pictures are kept there", "Move it away.")
    elif not may_write(place, uid):
        words = f"{login(uid)} may not write in {place}, so that no picture is kept"
        yield wrong("pictures", words, f"`chown {login(uid)} {shlex.quote(str(place))}`")
