"""Files that a verb writes for an officer: never over one that is there unasked, and never over the program's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.config import Config


def demand_free(out: Path, here: str | None, field: str, *, force: bool) -> None:
    """Raises InputError where `out` may not be written. `here` is the --config that was given; `force`: over a plain file."""
    demand_not_ours(out, here, field)
    if out.exists() and not out.is_file():
        raise InputError(f"{out} is no plain file", field=field, way_out="Name a new file.")
    if (out.exists() or out.is_symlink()) and not force:
        raise InputError(
            f"{out} is there already", field=field, way_out="Name a new file, or write over it with --force."
        )


def demand_not_ours(out: Path, here: str | None, field: str) -> None:
    """Raises InputError where the program itself keeps something there: it cannot work without these, nor prove anything."""
    if (config := _config(here)) is not None and _is_ours(out, config):
        raise InputError(
            f"{out} is a file of the publisher's own", field=field, way_out="Name a new file elsewhere."
        )


def _config(here: str | None) -> Config | None:
    """The config.toml of this machine, if there is one that can be read: whoever asks a server may have none."""
    from publisher import config

    try:
        return config.load(config.find(here))
    except ConfigError:
        return None


def _is_ours(out: Path, config: Config) -> bool:
    place, database = out.resolve(), config.database.resolve()
    beside = place.parent == database.parent and place.name.casefold().startswith(database.name.casefold())
    if beside or place.is_relative_to(config.path(config.queue.media).resolve()):
        return True
    return any(place == file.resolve() or _same(out, file) for file in _files(config))


def _files(config: Config) -> Iterator[Path]:
    """The files of the program's own that may lie anywhere. The database and what lies beside it goes by its name."""
    from publisher.settings import SECRET_SOURCES, references

    yield config.file
    yield config.database
    yield config.path(config.queue.seal_key)
    if config.record.checkpoints:
        yield config.path(config.record.checkpoints)
    named = [each for settings in config.channels.values() for each in references(settings)]
    named += [each for source in config.sources.values() for each in source.secrets]
    named.append(config.client.token)
    mark = SECRET_SOURCES[1]
    yield from (config.path(each.removeprefix(mark)) for each in named if each.startswith(mark))


def _same(out: Path, file: Path) -> bool:
    """Whether both are one file, whatever they are called. What cannot be looked at is not written either."""
    try:
        return out.samefile(file)
    except OSError:
        return False
