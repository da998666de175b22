"""Whose account is judged for: the daemon's, which owns the queue's folder. Root looks on its behalf; anyone else is a visitor."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.doctor.check import Check, attention, good

if TYPE_CHECKING:
    from publisher.app import App

ROOT = 0
_SEARCH_AND_WRITE = 0o3


def judged(app: App) -> int:
    """The account for which everything must be right."""
    return _owner(app.config.database) if os.geteuid() == ROOT else os.geteuid()


def visits(app: App) -> bool:
    """True for whoever is neither root nor that account: an officer of this machine, who may look at no file of it."""
    return os.geteuid() not in {ROOT, _owner(app.config.database)}


def account(app: App) -> Iterator[Check]:
    """Said where it is not plain: who types `sudo` must know for whom the answers hold."""
    name = login(_owner(app.config.database))
    if visits(app):
        yield attention(
            "account", f"you are {login(os.geteuid())}, and the database is {name}'s: what lies beside it is not looked at",
            f"To look at all of it: `sudo -u {name} publisher doctor --config {app.config.file}`",
        )  # fmt: skip
    elif os.geteuid() == ROOT:
        yield good("account", f"you are root: files are judged for {name}, whose database it is")


def login(uid: int) -> str:
    """The account's name, or its number where it has none (a container)."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def may_write(folder: Path, uid: int) -> bool:
    """True where that account may make and remove files there. Of oneself the system says it, read-only disks included."""
    if uid == os.geteuid():
        return os.access(folder, os.W_OK | os.X_OK)
    found = folder.stat()
    shift = 6 if found.st_uid == uid else 3 if found.st_gid in _groups(uid) else 0
    return stat.S_IMODE(found.st_mode) >> shift & _SEARCH_AND_WRITE == _SEARCH_AND_WRITE


def _groups(uid: int) -> list[int]:
    try:
        known = pwd.getpwuid(uid)
    except KeyError:
        return []
    return os.getgrouplist(known.pw_name, known.pw_gid)


def _owner(database: Path) -> int:
    """Of the folder in which the database lies, or of the nearest one that there is above; where that is root's, of the database.

    A database that root copied there stays root's, and the daemon cannot write it: that is then the one fault.
    """
    of_folder = _first(database.parents)
    return _first((database, *database.parents)) if of_folder == ROOT else of_folder


def _first(places: Iterable[Path]) -> int:
    for place in places:
        try:
            return place.stat().st_uid
        except OSError:  # it is not there, or we may not see it
            continue
    return os.geteuid()
