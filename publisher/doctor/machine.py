"""The machine: the settings, the secrets, the files and who may read them, the disk, the queue."""

from __future__ import annotations

import grp
import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import paths
from publisher.database import SCHEMA
from publisher.doctor import database_file, website
from publisher.doctor.account import ROOT, judged, login, may_write
from publisher.doctor.check import Check, attention, good, listed, wrong
from publisher.doctor.service import answers
from publisher.errors import ConfigError
from publisher.secret_gaps import secret_gaps
from publisher.services import demand_own_accounts
from publisher.settings import SECRET_SOURCES, references
from publisher.token_files import TokenFile

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.settings import ChannelSettings

LITTLE, NOTHING = 1024**3, 100 * 1024**2
"""Bytes left on the disk at which a person should look, and at which the next pictures may no longer fit."""
_SECRETS_WAY_OUT = (
    "Set them right, or set enabled = false for a channel; until then the daemon does not start."
)
_TO_BE_SURE = (
    "To be sure, look with its environment: docs/server.md. What config.toml names since it started is read when it starts "
    "anew: without that it does not start."
)
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
    """Every channel and source has its secrets: that they are there, never what they are.

    What this shell's environment lacks the daemon may have in its own, which nobody else sees. That it runs proves nothing of
    what config.toml names since it started.
    """
    gaps = secret_gaps(app.config, app.channels)
    unset = [gap for gap in gaps if gap.variable]
    has_own = bool(unset) and answers(app)
    if unset:
        names = listed([f"{gap.variable} ({gap.table})" for gap in unset], most=len(unset))
        words = f"not set in the environment of this shell: {names}"
        if has_own:
            words += "; the daemon that answers has an environment of its own, in which they may be"
            yield attention("secrets", words, _TO_BE_SURE)
        else:
            yield wrong("secrets", words, _SECRETS_WAY_OUT)
    for gap in gaps:
        if gap.closes:
            words = f"nothing goes to {gap.closes}, and the others are not held up by it: {gap}"
            yield wrong(
                "secrets",
                words,
                f"`publisher connect {gap.closes}`, as the daemon's account and with its environment (docs/channels.md); it needs no restart.",
            )
    if others := [str(gap) for gap in gaps if not gap.variable and not gap.closes]:
        yield wrong("secrets", f"secrets are missing or wrong: {'; '.join(others)}", _SECRETS_WAY_OUT)
    if not gaps:
        demand_own_accounts(channel.settings for channel in app.channels.values())
        yield good("secrets", "every channel and source has its secrets")


def permissions(app: App) -> Iterator[Check]:
    """What others may not read or change: the queue and what lies beside it, the keys, the pictures, the settings."""
    found = [*_open_to_others(app), *_of_others(app), *_settings(app)]
    yield from found or [
        good("permissions", "nobody else may read the queue, its pictures, the seal's key or a secret's file")
    ]


def _open_to_others(app: App) -> Iterator[Check]:
    """One word for each file; but one for all pictures, of which there may be thousands."""
    media = app.config.path(app.config.queue.media)
    found = loose(app)
    pictures = [file for file, _ in found if file.parent == media]
    for file, mode in found:
        if file.parent != media:
            words = f"others on this machine may read or change {file} (mode {_mode(file):04o})"
            yield wrong("permissions", words, f"`chmod {mode:o} {shlex.quote(str(file))}`")
    if pictures:
        words = f"others on this machine may read or change pictures in {media}: {listed([one.name for one in pictures])}"
        yield wrong("permissions", words, f"`find {shlex.quote(str(media))} -type f -exec chmod 600 {{}} +`")


def _of_others(app: App) -> Iterator[Check]:
    """What another account owns the daemon cannot write, or another can change."""
    uid = judged(app)
    places = [place for place in (*_kept(app), *sorted(_folders(app))) if place.exists()]
    others = [place for place in places if place.stat().st_uid != uid]
    if others:
        yield wrong(
            "permissions",
            f"these belong to another account than {login(uid)}: {listed([f'{one} ({login(one.stat().st_uid)})' for one in others])}",
            f"Run the daemon, and this, as one account; `chown {login(uid)}` what is another's.",
        )


def _settings(app: App) -> Iterator[Check]:
    """Whoever may write config.toml, or put another in its place, says where the posts go. The sticky bit forbids that."""
    folder = app.config.folder
    for place in (app.config.file, folder):
        if (uid := place.stat().st_uid) not in {ROOT, judged(app)}:
            words = f"{place} belongs to {login(uid)}, who so decides where posts go"
            yield wrong("permissions", words, f"`chown {login(judged(app))} {shlex.quote(str(place))}`")
    mode = _mode(folder)
    words = f"may put another config.toml into {folder} (mode {mode:04o})"
    if not mode & stat.S_ISVTX and mode & stat.S_IWOTH:
        yield wrong("permissions", f"everyone on this machine {words}", f"`chmod o-w {shlex.quote(str(folder))}`")  # fmt: skip
    elif not mode & stat.S_ISVTX and mode & stat.S_IWGRP and _has_company(folder):
        yield attention("permissions", f"its group {words}", f"`chmod g-w {shlex.quote(str(folder))}`")


def _has_company(folder: Path) -> bool:
    """False for a group that is one account's own, as many systems give each."""
    found = folder.stat()
    try:
        group = grp.getgrgid(found.st_gid)
        return bool(group.gr_mem) or group.gr_name != login(found.st_uid)
    except KeyError:
        return True


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
    files += [app.config.path(elsewhere) for elsewhere in [app.config.record.checkpoints] if elsewhere]
    named = [each for settings in app.config.channels.values() for each in references(settings)]
    others = _no_tokens(app)
    named += [each for source in app.config.sources.values() for each in source.secrets]
    named = [each for each in named if each.startswith(_FILE) and each not in others]
    files += [app.config.path(each.removeprefix(_FILE)) for each in named]
    files += [
        file for settings in app.config.channels.values() for file in _beside_tokens(app, settings, others)
    ]
    media = app.config.path(app.config.queue.media)
    files += [file for file in media.glob("*") if file.is_file() and not file.is_symlink()]
    return list(dict.fromkeys(files))


def _no_tokens(app: App) -> set[str]:
    """Places of tokens where something else is: it is no secret of this program's, and to close it could break the machine."""
    made = [file for settings in app.config.channels.values() if (file := getattr(settings, "tokens", ""))]
    return {each for each in made if not _is_free(app.config.path(each.removeprefix(_FILE)))}


def _beside_tokens(app: App, settings: ChannelSettings, others: set[str]) -> list[Path]:
    """What a renewal needs beside them: a lock that root made keeps the daemon out as surely."""
    made: str = getattr(settings, "tokens", "")
    file = Path(os.path.realpath(app.config.path(made.removeprefix(_FILE))))
    return (
        [file.with_name(file.name + end) for end in (".lock", ".new")] if made and made not in others else []
    )


def _is_free(file: Path) -> bool:
    try:
        return TokenFile(file, field="", way_out="").is_free
    except ConfigError:
        return False


def tokens(app: App) -> Iterator[Check]:
    """Where the program keeps tokens that it renews, the daemon must be able to put a new file in the old one's place."""
    uid = judged(app)
    for name, settings in app.config.channels.items():
        reference = getattr(settings, "tokens", "")
        if not settings.enabled or not reference:
            continue
        file = Path(os.path.realpath(app.config.path(reference.removeprefix(_FILE))))
        if not file.parent.is_dir():
            words = f"the folder of [channels.{name}] tokens, {file.parent}, is not there"
            yield wrong(
                "tokens",
                words,
                f"`install -d -o {login(uid)} -m 700 {shlex.quote(str(file.parent))}`, and name it with ReadWritePaths.",
            )
        elif not may_write(file.parent, uid):
            words = f"{login(uid)} may not write in {file.parent}, where [channels.{name}] tokens are renewed: its posts stop within two hours"
            way_out = f"Name a file in the queue's folder with tokens, or `chown {login(uid)} {shlex.quote(str(file.parent))}`; under systemd, name it with ReadWritePaths."
            yield wrong("tokens", words, way_out)


def disk(app: App) -> Iterator[Check]:
    """Room for what is written: a full disk stops everything."""
    written = (
        app.config.database.parent,
        app.config.path(app.config.queue.media),
        *website.folders(app).values(),
    )
    places = {_there(folder) for folder in written}
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
    """The queue opens, at the newest schema; one that opening would change, or wait for, is not opened."""
    database = app.config.database
    if fault := database_file.fault(database):
        yield wrong("queue", *fault)
        return
    items, _ = sum(app.queue.counts().values()), app.seal
    yield good("queue", f"{database} opens (schema {SCHEMA}); items: {items}")
