"""A folder of files that is replaced whole or not at all.

    folder/releases/000007-20261201T090000Z/   one state of the website, complete
    folder/current -> releases/000007-…        what the web server serves; swapped by one rename(2)

Unchanged files are hard links into the release before, so a swap costs what changed; no link leads out of a release,
so that the strictest web server can serve it. A crash at any step leaves `current` where it was; what was half built
is removed by the next swap.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath

KEPT = 3
"""Releases that stay: the current one, and two for readers in the middle of a page and for going back by hand."""
PICTURES = "media"
"""Where pictures are added between swaps, which a prepared copy may therefore lack."""
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
            yield

    def read(self, name: str) -> bytes | None:
        """A file of the current release; None where there is none."""
        try:
            return (self.current / name).read_bytes()
        except FileNotFoundError:
            return None

    def add_picture(self, name: str, data: bytes) -> None:
        """Adds a file to the current release, whole or not at all. Hold the lock.

        Its name is made from its digest, so one that is there is right, and no page of this release is changed by it.
        """
        place = self.current / _safe(name)
        if not place.exists():
            half = self.folder / ".picture-new"
            half.unlink(missing_ok=True)
            _write(half, data)
            place.parent.mkdir(exist_ok=True)
            half.replace(place)
            _sync(place.parent)
            _sync(self.current)

    def prepare(self) -> None:
        """Copies the current release, by hard links, for the next swap to start from. Hold the lock.

        A swap that was not prepared does the same itself: only slower, in the moment of release.
        """
        self._tidy()
        if not self._prepared.exists():
            half = self._half("prepared")
            self._copy_to(half)
            half.rename(self._prepared)

    def swap(self, files: Mapping[str, bytes], now: datetime, gone: Collection[str] = ()) -> None:
        """A new release: the current one with `files` (paths below it) added or replaced, and without `gone`. Hold the lock."""
        checked = {_safe(name): data for name, data in files.items()}
        removed = [_safe(name) for name in gone]
        self._tidy()
        release = self._next_name(now)
        half = self._half(release)
        if self._prepared.exists():
            self._prepared.rename(half)  # from here on it is half built: what dies is not started from again
            self._copy_to(half, PICTURES)
        else:
            self._copy_to(half)
        self._overlay(half, checked)
        for name in removed:
            (half / name).unlink(missing_ok=True)
        for folder in {(half / name).parent for name in removed}:
            _sync(folder)
        half.rename(half.with_name(release))
        _sync(half.parent)
        self._point_at(release)

    @property
    def _prepared(self) -> Path:
        """Named after the release it is a copy of: after another swap it is stale, and removed."""
        return self.folder / "releases" / f"{_PREPARED}{self.current.resolve().name}"

    def _half(self, name: str) -> Path:
        return self.folder / "releases" / f"{_HALF_BUILT}{name}"

    def _copy_to(self, half: Path, below: str = "") -> None:
        """What the current release has and `half` has not, by hard links."""
        half.mkdir(parents=True, exist_ok=True)
        there = self._names(half / below)
        for name in self._names(self.current / below) - there:
            _link(self.current / below / name, half / below / name)
        for folder, _, _ in os.walk(half / below, topdown=False):
            _sync(Path(folder))

    def _overlay(self, half: Path, files: Mapping[str, bytes]) -> None:
        """A file that changes is unlinked first: its content belongs to the releases before, too."""
        changed = {name: data for name, data in files.items() if self.read(name) != data}
        for name, data in changed.items():
            (half / name).unlink(missing_ok=True)
            _write(half / name, data)
        touched = {half / parent for name in changed for parent in PurePosixPath(name).parents}
        for folder in sorted(touched, reverse=True):
            _sync(folder)

    def _names(self, top: Path) -> set[str]:
        """Every file below `top`, which need not be there."""
        found = (os.path.join(folder, name) for folder, _, names in os.walk(f"{top}/") for name in names)  # noqa: PTH118  # ten times as quick, for thousands of files
        return {name.removeprefix(f"{top}/") for name in found}

    def _point_at(self, release: str) -> None:
        new = self.folder / ".current-new"
        new.unlink(missing_ok=True)
        new.symlink_to(Path("releases", release))
        new.replace(self.current)
        _sync(self.folder)

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


def _sync(folder: Path) -> None:
    """A directory's entries are durable only once it is synced itself (fsync(2))."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
