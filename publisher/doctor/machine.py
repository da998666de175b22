"""The machine: the settings, the secrets, the files and who may read them, the disk, the queue, the daemon."""

from __future__ import annotations

import http.client
import os
import shlex
import shutil
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher import paths, wake
from publisher.database import SCHEMA
from publisher.doctor.check import Check, attention, good, wrong
from publisher.errors import ConfigError
from publisher.services import demand_own_accounts
from publisher.settings import SECRET_SOURCES, references, reveal

if TYPE_CHECKING:
    from publisher.app import App

LITTLE, NOTHING = 1024**3, 100 * 1024**2
"""Bytes left on the disk at which a person should look, and at which the next pictures may no longer fit."""
HEALTH_TIMEOUT = 3.0
"""Seconds that the daemon has for its answer: it is on this machine, and says one line."""
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  # where to ask a daemon that listens everywhere
_FILE = SECRET_SOURCES[1]


def configuration(app: App) -> Iterator[Check]:
    """config.toml was read, or we were not here."""
    live, sources = len(app.config.live_channels), len(app.config.sources)
    words = f"{app.config.file} can be read; channels that are switched on: {live}, sources: {sources}"
    yield (
        good("configuration", words)
        if live
        else attention(
            "configuration", f"{words}, so that nothing can be sent", "Set enabled = true for a channel."
        )
    )


def secrets(app: App) -> Iterator[Check]:
    """Every channel and source has its secrets: that they are there, never what they are."""
    gaps = list(dict.fromkeys(_gaps(app)))
    if gaps:
        yield wrong(
            "secrets", f"secrets are missing or wrong: {'; '.join(gaps)}",
            "Set them right, or set enabled = false for a channel; until then the daemon does not start.",
        )  # fmt: skip
    else:
        demand_own_accounts(channel.settings for channel in app.channels.values())
        yield good("secrets", "every channel and source has its secrets")


def _gaps(app: App) -> Iterator[str]:
    for channel in app.channels.values():
        named = references(channel.settings)
        missing = [gap for each in named for gap in _gap(partial(channel.settings.secret, each))]
        yield from missing or _gap(partial(getattr, channel, "client"))
    for name, source in app.config.sources.items():
        for each in source.secrets:
            yield from _gap(partial(reveal, each, app.config.folder, field=f"sources.{name}"))


def _gap(ask: Callable[[], Any]) -> Iterator[str]:
    try:
        ask()
    except ConfigError as error:
        yield f"{error.field}: {error.detail}"


def permissions(app: App) -> Iterator[Check]:
    """What others may not read or change: the queue and what lies beside it, the keys, the pictures, the settings."""
    open_to_others = loose(app)
    for file, mode in open_to_others:
        yield wrong(
            "permissions",
            f"others on this machine may read or change {file} (mode {_mode(file):04o})",
            f"`chmod {mode:o} {shlex.quote(str(file))}`",
        )
    others = [file for file in _kept(app) if file.exists() and file.stat().st_uid != os.geteuid()]
    for file in others:
        yield wrong(
            "permissions", f"{file} belongs to another account than the one that asks",
            f"Run this as the account that runs the publisher, or `chown` {shlex.quote(str(file))} to it.",
        )  # fmt: skip
    if not open_to_others and not others:
        yield good(
            "permissions", "nobody else may read the queue, its pictures, the seal's key or a secret's file"
        )


def loose(app: App) -> list[tuple[Path, int]]:
    """What is open to others, and the mode that it should have. What is not there is told elsewhere."""
    allowed = dict.fromkeys(_kept(app), paths.PRIVATE)
    allowed |= dict.fromkeys(_folders(app), paths.PASSED_THROUGH)
    allowed |= {app.config.file: 0o755}
    return [
        (file, _mode(file) & most)
        for file, most in allowed.items()
        if file.exists() and _mode(file) & 0o077 & ~most
    ]


def _mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def _folders(app: App) -> set[Path]:
    """The folders that are the program's own: never the one in which config.toml lies, which may be a home."""
    found = {app.config.database.parent, app.config.path(app.config.queue.media)}
    return found - {app.config.folder, *app.config.folder.parents}


def _kept(app: App) -> list[Path]:
    """The files of which others read nothing."""
    database = app.config.database
    ends = ("", "-wal", "-shm", ".end", ".checkpoints", ".lock", ".daemon.json")
    files = [database.with_name(database.name + end) for end in ends]
    files.append(app.config.path(app.config.queue.seal_key))
    named = [each for settings in app.config.channels.values() for each in references(settings)]
    named += [each for source in app.config.sources.values() for each in source.secrets]
    files += [app.config.path(each.removeprefix(_FILE)) for each in named if each.startswith(_FILE)]
    media = app.config.path(app.config.queue.media)
    files += [file for file in media.glob("*") if file.is_file() and not file.is_symlink()]
    return list(dict.fromkeys(files))


def disk(app: App) -> Iterator[Check]:
    """Room for what is written: a full disk stops everything."""
    places = {_there(app.config.database.parent), _there(app.config.path(app.config.queue.media))}
    for place in {file.stat().st_dev: file for file in sorted(places)}.values():
        free = shutil.disk_usage(place).free
        words = f"{free / LITTLE:.1f} GB are free in {place}"
        way_out = "Make room: the log and old pictures first."
        if free < NOTHING:
            yield wrong("disk", words, way_out)
        else:
            yield attention("disk", words, way_out) if free < LITTLE else good("disk", words)


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it that there is."""
    return folder if folder.exists() else _there(folder.parent)


def queue(app: App) -> Iterator[Check]:
    """The queue opens, at the newest schema: an older one was brought up by opening it."""
    items, _ = sum(app.queue.counts().values()), app.seal
    yield good("queue", f"{app.config.database} opens (schema {SCHEMA}); items: {items}")


def daemon(app: App) -> Iterator[Check]:
    """Somebody releases what is due: the daemon has its address beside the queue, and says that it is well."""
    settings = app.config.daemon
    way_out = "Start it: `publisher daemon`; its log says why it stopped."
    if not wake.call(app.config.database):
        yield wrong("daemon", "no daemon runs, so that nothing goes out", way_out)
    elif not settings.port:
        yield good("daemon", "a daemon runs; config.toml gives no port on which to ask whether it is well")
    elif fault := _unwell(EVERYWHERE.get(settings.host, settings.host), settings.port):
        yield wrong("daemon", f"the daemon at {settings.host}:{settings.port} {fault}", way_out)
    else:
        yield good("daemon", f"it runs, and is well ({settings.host}:{settings.port})")


def _unwell(host: str, port: int) -> str:
    """What is wrong by its own word, or its silence; empty where nothing is."""
    connection = http.client.HTTPConnection(host, port, timeout=HEALTH_TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return "does not answer"
    finally:
        connection.close()
    return "" if status == http.HTTPStatus.OK else f"says that it is not well ({status})"
