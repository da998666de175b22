"""A folder of files that is replaced whole or not at all.

    folder/releases/000007-20261201T090000Z/   one state of the website, complete
    folder/current -> releases/000007-…        what the web server serves; swapped by one rename(2)
    folder/held/…                              what is for a later swap; no web server shows it, nor may its account read it

Unchanged files are hard links into the release before, so a swap costs what changed; no link leads out of a release,
so that the strictest web server can serve it. A crash at any step leaves `current` where it was; what was half built
is removed by the next swap.

A few files are public for a while and part of no release: what is lent to a platform that fetches it by its address. They
go along with each swap, and are not in the releases before.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from publisher.paths import sync

KEPT = 3
"""Releases that stay: the current one, and two for readers in the middle of a page and for going back by hand."""
LENT = "lent"
"""Where files lie that are public for a while."""
_NO_LISTING = "index.html"
"""An empty one stands beside what is lent: a web server that lists folders would show names that are not to be guessed."""
_HELD = "held"
NOTHING: Mapping[str, str] = MappingProxyType({})
_HALF_BUILT = ".new-"
_PREPARED = ".next-"


class Tree:
    """The folder. Every method raises OSError where the disk does not do its part."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.current = folder / "current"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One writer at a time, threads and processes alike: flock(2) belongs to the open file, opened anew each time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._demand_link()
            yield

    def _demand_link(self) -> None:
        """A folder made by hand would be found in the way only at the swap, in words of the system's."""
        if self.current.is_dir() and not self.current.is_symlink():
            raise OSError(
                errno.EISDIR, f"remove {self.current}, which is a folder: the program makes it a link"
            )

    def read(self, name: str) -> bytes | None:
        """A file of the current release; None where there is none."""
        try:
            return (self.current / name).read_bytes()
        except FileNotFoundError:
            return None

    def hold(self, name: str, data: bytes) -> None:
        """Keeps a file for a later swap, whole or not at all. Hold the lock."""
        self._put(self._held(name), data)

    def holds(self, name: str) -> bool:
        """True where a file is kept for a later swap."""
        return self._held(name).is_file()

    def drop_held(self, folder: str) -> None:
        """Takes away what is kept below `folder` for a later swap. Hold the lock."""
        shutil.rmtree(self._held(folder), ignore_errors=True)

    def lend(self, name: str, data: bytes, now: datetime) -> None:
        """Shows a file beside the current release until it is taken back. Lent twice, it is lent from now. Hold the lock."""
        place = self.current / LENT / _safe(name)
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            (place.parent / _NO_LISTING).touch()
            self._put(place, data)
        os.utime(place, (now.timestamp(), now.timestamp()))

    def take_back(self, name: str) -> None:
        """Takes a lent file away, wherever a crash or a hand has left it. Hold the lock."""
        for folder in self._lent():
            (folder / _safe(name)).unlink(missing_ok=True)
            _tidy_lent(folder)

    def take_back_older(self, than: datetime) -> None:
        """Takes away what was lent before a moment, and what old releases still have of it. Hold the lock."""
        live = self.current.resolve()
        for folder in self._lent():
            for place in folder.iterdir():
                is_old = place.stat().st_mtime < than.timestamp()
                if place.name != _NO_LISTING and (is_old or folder.parent.resolve() != live):
                    place.unlink()
            _tidy_lent(folder)

    def prepare(self) -> None:
        """Copies the current release, by hard links, for the next swap to start from. Hold the lock.

        A swap that was not prepared does the same itself: only slower, in the moment of release.
        """
        self._tidy()
        if not self._prepared.exists():
            half = self._half("prepared")
            self._copy_to(half)
            half.rename(self._prepared)

    def swap(
        self, files: Mapping[str, bytes], now: datetime, gone: Collection[str] = (), held: Mapping[str, str] = NOTHING
    ) -> None:  # fmt: skip
        """A new release: the current one with `files` (paths below it) added or replaced, and without `gone`. Hold the lock.

        `held` are paths below it and the names under which their files were kept for this, by `hold`.
        """
        checked = {_safe(name): data for name, data in files.items()}
        added = {_safe(name): self._held(kept) for name, kept in held.items()}
        removed = [_safe(name) for name in gone]
        self._tidy()
        release = self._next_name(now)
        half = self._half(release)
        if self._prepared.exists():
            self._prepared.rename(half)  # from here on it is half built: what dies is not started from again
        else:
            self._copy_to(half)
        self._copy_lent(half)
        self._overlay(half, checked)
        self._add(half, added)
        for name in removed:
            (half / name).unlink(missing_ok=True)
        for folder in {(half / name).parent for name in removed}:
            sync(folder)
        half.rename(half.with_name(release))
        sync(half.parent)
        before = self.current.resolve()
        self._point_at(release)
        shutil.rmtree(before / LENT, ignore_errors=True)  # nothing may fail once the new release is live

    @property
    def _prepared(self) -> Path:
        """Named after the release it is a copy of: after another swap it is stale, and removed."""
        return self.folder / "releases" / f"{_PREPARED}{self.current.resolve().name}"

    def _half(self, name: str) -> Path:
        return self.folder / "releases" / f"{_HALF_BUILT}{name}"

    def _held(self, name: str) -> Path:
        return self.folder / _HELD / _safe(name)

    def _lent(self) -> list[Path]:
        return [path for path in (self.folder / "releases").glob(f"*/{LENT}") if path.is_dir()]

    def _put(self, place: Path, data: bytes) -> None:
        """Writes a file, whole or not at all."""
        half = self.folder / _HELD / ".new"
        half.parent.mkdir(mode=0o700, exist_ok=True)
        half.unlink(missing_ok=True)
        _write(half, data)
        place.parent.mkdir(parents=True, exist_ok=True)
        half.replace(place)
        sync(place.parent)

    def _copy_to(self, half: Path) -> None:
        """What the current release is made of, by hard links; what is lent is no part of it."""
        half.mkdir(parents=True, exist_ok=True)
        for name in self._names(self.current):
            if PurePosixPath(name).parts[0] != LENT:
                _link(self.current / name, half / name)
        for folder, _, _ in os.walk(half, topdown=False):
            sync(Path(folder))

    def _copy_lent(self, half: Path) -> None:
        for name in self._names(self.current / LENT):
            _link(self.current / LENT / name, half / LENT / name)

    def _add(self, half: Path, added: Mapping[str, Path]) -> None:
        """What was kept for this release: a picture's name is made from its digest, so one that is there is right."""
        missing = {name: kept for name, kept in added.items() if not (half / name).exists()}
        for name, kept in missing.items():
            _link(kept, half / name)
        for parent in {half / parent for name in missing for parent in PurePosixPath(name).parents}:
            sync(parent)

    def _overlay(self, half: Path, files: Mapping[str, bytes]) -> None:
        """A file that changes is unlinked first: its content belongs to the releases before, too."""
        changed = {name: data for name, data in files.items() if self.read(name) != data}
        for name, data in changed.items():
            (half / name).unlink(missing_ok=True)
            _write(half / name, data)
        touched = {half / parent for name in changed for parent in PurePosixPath(name).parents}
        for folder in sorted(touched, reverse=True):
            sync(folder)

    def _names(self, top: Path) -> set[str]:
        """Every file below `top`, which need not be there."""
        found = (os.path.join(folder, name) for folder, _, names in os.walk(f"{top}/") for name in names)  # noqa: PTH118  # ten times as quick, for thousands of files
        return {name.removeprefix(f"{top}/") for name in found}

    def _point_at(self, release: str) -> None:
        new = self.folder / ".current-new"
        new.unlink(missing_ok=True)
        new.symlink_to(Path("releases", release))
        new.replace(self.current)
        sync(self.folder)

    def _releases(self) -> list[Path]:
        return sorted(path for path in (self.folder / "releases").glob("*") if re.match(r"\d{6}-", path.name))

    def _next_name(self, now: datetime) -> str:
        """Numbered, so that a clock set back cannot make the newest look oldest."""
        last = max((int(path.name[:6]) for path in self._releases()), default=0)
        return f"{last + 1:06d}-{now:%Y%m%dT%H%M%SZ}"

    def _tidy(self) -> None:
        """Before the swap, not after it: nothing may fail once the new release is live."""
        live = self.current.resolve()
        for path in (self.folder / "releases").glob(".ne*"):
            if path != self._prepared:
                shutil.rmtree(path)
        for path in self._releases()[: -(KEPT - 1)]:
            if path.resolve() != live:
                shutil.rmtree(path)


def _safe(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        message = f"{name!r} leads out of the website's folder"
        raise ValueError(message)
    return path.as_posix()


def _tidy_lent(folder: Path) -> None:
    """Without a file that is lent, the folder goes too."""
    if {path.name for path in folder.iterdir()} <= {_NO_LISTING}:
        shutil.rmtree(folder)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def _link(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(old, new)
    except PermissionError:  # a file system without hard links (link(2), EPERM)
        _write(new, old.read_bytes())
