"""The daemon: whether one answers, by its port and by its socket, and says that it is well."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import unix_socket, wake
from publisher.doctor.account import ROOT, judged, login, visits
from publisher.doctor.asking import Answer, asked
from publisher.doctor.check import Check, attention, good, wrong
from publisher.errors import one_line

if TYPE_CHECKING:
    from publisher.app import App

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  # where to ask a daemon that listens everywhere
WAY_OUT = "Start it: `publisher daemon`; its log says why it stopped."
UNREADY = "runs, and is not ready"
MEND = "Mend what it names: it then goes on by itself."
OTHERS, GROUP = 0o002, 0o020
"""Of a mode: that everyone may write, and that the group may."""
THROUGH = 0o001
"""Of a folder's mode: that everyone may pass through it."""


def daemon(app: App) -> Iterator[Check]:
    """Somebody releases what is due: the daemon has its address beside the queue, and says that it is well."""
    places = _places(app)
    if not visits(app) and not wake.call(app.config.database):
        yield wrong("daemon", "no daemon runs, so that nothing goes out", WAY_OUT)
    elif not places:
        yield good("daemon", "a daemon runs; config.toml gives no port on which to ask whether it is well")
    else:
        place = places[-1 if visits(app) else 0]  # a visitor need not be in the socket's group
        fault = _unwell(place)
        words = f"the daemon at {place} {fault}"
        way_out = MEND if fault.startswith(UNREADY) else WAY_OUT
        yield wrong("daemon", words, way_out) if fault else good("daemon", f"it runs, and is well ({place})")
    yield from _older_settings(app)


def _older_settings(app: App) -> Iterator[Check]:
    """It reads config.toml once, when it starts; the command line reads it each time."""
    started = wake.since(app.config.database) if wake.call(app.config.database) else None
    if started and app.config.file.stat().st_mtime > started.timestamp():
        words = (
            f"{app.config.file} was saved after the daemon started, which works by what stood there before"
        )
        yield attention("settings", words, "Restart the daemon.")


def answers(app: App) -> bool:
    """True where this council's daemon answers, well or not."""
    return wake.call(app.config.database) and any(
        "alive" in asked(place, "/healthz").told for place in _places(app)
    )


def _places(app: App) -> list[str | Path]:
    """Where it can be asked, the surest first: only the daemon of this council has its socket."""
    settings = app.config.daemon
    host = EVERYWHERE.get(settings.host, settings.host)
    port = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
    return [*([app.config.path(settings.socket)] if settings.socket else []), *([port] if settings.port else [])]  # fmt: skip


def _unwell(place: str | Path) -> str:
    """What is wrong by its own word, or its silence; empty where nothing is."""
    alive = asked(place, "/healthz")
    if alive.error:
        return f"does not answer: {alive.silence}"
    if "alive" not in alive.told:
        return f"is none: something else answers there ({alive.status})"
    if alive.status != HTTPStatus.OK:
        return f"says that it is not well ({alive.status})"
    ready = asked(place, "/readyz")
    if ready.told.get("ready") is False:
        return f"{UNREADY}: {ready.words('reason') or 'it does not say why'}"
    return ""


# --- the socket ----------------------------------------------------------------------------------------------------


def socket(app: App) -> Iterator[Check]:
    """The socket by which the officers of this machine ask: it is there, it is the daemon's, and only its group may ask."""
    if not app.config.daemon.socket:
        return
    place = app.config.path(app.config.daemon.socket)
    if place.parent.resolve() in {app.config.database.parent.resolve(), app.config.folder}:
        own = place.parent.resolve() == app.config.database.parent.resolve()
        words = f"the socket {place} lies in {'the folder of the queue' if own else 'the folder of config.toml'}, into which officers would have to be let"
        yield wrong(
            "socket",
            words,
            'Give it a folder of its own: socket = "/run/publisher/publisher.sock" (docs/server.md).',
        )
        return
    found = [*_of_folder(app, place.parent), *_of_socket(app, place), *_closed(app, place)]
    yield from found or [good("socket", f"the daemon answers at {place}")]


def _of_folder(app: App, folder: Path) -> Iterator[Check]:
    """Whoever may write there could put a socket of their own in the daemon's place, and hear what officers write."""
    if not folder.is_dir():
        words = f"its folder {folder} is not there"
        yield wrong("socket", words, f"Make it, as the unit in docs/server.md does: `{_making(app, folder)}`")
        return
    found = folder.stat()
    mode = stat.S_IMODE(found.st_mode)
    if mode & (OTHERS | GROUP):
        who = "everyone on this machine" if mode & OTHERS else "its group"
        yield wrong(
            "socket", f"{who} may put another socket into {folder} (mode {mode:04o})", f"`chmod go-w {shlex.quote(str(folder))}`"
        )  # fmt: skip
    if not visits(app) and found.st_uid not in {ROOT, judged(app)}:
        yield _owned_by_another(app, folder, found.st_uid)


def _of_socket(app: App, place: Path) -> Iterator[Check]:
    if len(os.fsencode(place)) > unix_socket.PATH_MOST:
        words = f"the path {place} has more than the {unix_socket.PATH_MOST} bytes that a socket's may have"
        yield wrong("socket", words, "Name a shorter one with [daemon] socket in config.toml.")
        return
    try:
        found = place.lstat()
    except FileNotFoundError:
        yield wrong("socket", f"no daemon listens at {place}", WAY_OUT)
        return
    except PermissionError:
        yield _not_in_group(place)
        return
    if not stat.S_ISSOCK(found.st_mode):
        yield wrong("socket", f"{place} is no socket: something else was put there", "Move it away; then start the daemon.")  # fmt: skip
        return
    yield from _open_to_others(app, place, found)
    yield from _silence(place, asked(place, "/healthz"))


def _open_to_others(app: App, place: Path, found: os.stat_result) -> Iterator[Check]:
    mode = stat.S_IMODE(found.st_mode)
    if mode & ~unix_socket.MODE:
        yield wrong("socket", f"more than the officers' group may ask at {place} (mode {mode:04o})", f"`chmod 660 {shlex.quote(str(place))}`")  # fmt: skip
    elif mode & GROUP == 0:
        yield attention("socket", f"the officers' group may not ask at {place} (mode {mode:04o})", f"`chmod 660 {shlex.quote(str(place))}`")  # fmt: skip
    if not visits(app) and found.st_uid != judged(app):
        yield _owned_by_another(app, place, found.st_uid)


def _closed(app: App, place: Path) -> Iterator[Check]:
    """A group that is the daemon's own lets nobody else in: what systemd makes of RuntimeDirectory (its issue 12713)."""
    if visits(app):
        return
    for one in (place.parent, place):
        try:
            found = one.lstat()
        except OSError:  # told already
            continue
        passed = stat.S_ISDIR(found.st_mode) and found.st_mode & THROUGH
        if not passed and _is_own(found.st_gid, judged(app)):
            words = f"no officer can ask: the group of {one} is {login(judged(app))}'s own, with nobody else in it"
            making = f"ExecStartPre=+/usr/bin/{_making(app, place.parent)}"
            yield wrong("socket", words, f"Have the unit make the folder, without RuntimeDirectory: `{making}` (docs/server.md).")  # fmt: skip
            return


def _is_own(group: int, uid: int) -> bool:
    """True for the group that an account has from the start, where nobody else is in it."""
    try:
        owner, known = pwd.getpwuid(uid), grp.getgrgid(group)
    except KeyError:  # a container, where accounts have no names
        return False
    company = {*known.gr_mem, *(one.pw_name for one in pwd.getpwall() if one.pw_gid == group)}
    return owner.pw_gid == group and not company - {owner.pw_name}


def _making(app: App, folder: Path) -> str:
    """The command that makes the socket's folder the officers'."""
    return f"install -d -o {login(judged(app))} -g publisher-officers -m 2750 {shlex.quote(str(folder))}"


def _owned_by_another(app: App, place: Path, uid: int) -> Check:
    return wrong(
        "socket", f"{place} belongs to {login(uid)}, and the database to {login(judged(app))}",
        "Run the daemon as the account that owns the database; only it makes the socket.",
    )  # fmt: skip


def _silence(place: Path, answer: Answer) -> Iterator[Check]:
    """Why the daemon does not answer there, and what to do."""
    if isinstance(answer.error, ConnectionRefusedError):
        words = f"{place} is dead: a daemon that was killed left it"
        yield wrong("socket", words, "Start the daemon: it takes the dead socket's place.")
    elif isinstance(answer.error, PermissionError):
        yield _not_in_group(place)
    elif answer.error:
        yield wrong("socket", f"the daemon at {place} does not answer: {answer.silence}", WAY_OUT)
    elif "alive" not in answer.told:
        words = f"something else than the daemon answers at {place} ({answer.status})"
        yield wrong("socket", words, "Stop it, then start the daemon.")


def _not_in_group(place: Path) -> Check:
    words = f"you may not ask at {place}: your login is not in its group"
    return wrong("socket", words, "Ask the sysadmin to add you to that group, then log in anew.")


def caller(app: App) -> Iterator[Check]:
    """As whom the daemon knows the officer who asks over its socket."""
    if not app.config.daemon.socket:
        return
    answer = asked(app.config.path(app.config.daemon.socket), "/api/v1/caller")
    if answer.error is None:
        yield known(answer, "login")


def known(answer: Answer, by: str) -> Check:
    """As whom a server knows whoever asked, by their login or their token."""
    if who := answer.words("login"):
        scopes = one_line(", ".join(map(str, answer.told.get("scopes") or ())))
        return good("you", f"your {by} counts: you are {who}; what you may ask for: {scopes}")
    detail = answer.words("detail") or f"it was answered with {answer.status}"
    way_out = answer.words("way_out") or "Ask a director: `publisher officer list` says how you stand."
    return wrong("you", f"your {by} does not count: {detail}", way_out)
