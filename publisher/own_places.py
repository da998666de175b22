"""Where the program keeps what it writes anew by itself: that must be no other's file, nor lie where the public reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import ConfigError

if TYPE_CHECKING:
    from publisher.config import Config


def demand_own_places(config: Config) -> None:
    """Raises ConfigError where a channel's tokens would be written over the queue's files, or into a folder that is shown."""
    for name, settings in config.channels.items():
        reference: str = getattr(settings, "tokens", "")
        if reference and (why := _taken(config, config.path(reference.removeprefix("file:")).resolve())):
            raise ConfigError(
                f"that place is {why}: no tokens are written there",
                field=f"channels.{name}.tokens",
                way_out=f'Name a file of its own, such as tokens = "file:queue/{name}-tokens.json".',
            )


def _taken(config: Config, place: Path) -> str:
    """Whose the place is already; empty for one that is free."""
    database = config.database.resolve()
    beside = re.fullmatch(rf"{re.escape(database.name)}([.-].*)?", place.name) is not None
    if place == config.file:
        return "config.toml itself"
    if (beside and place.parent == database.parent) or place in _files(config):
        return "the queue's or the record's own"
    inside = (folder for folder in _folders(config) if place.is_relative_to(folder))
    return next((f"in {folder}, where pictures or pages are" for folder in inside), "")


def _files(config: Config) -> set[Path]:
    named = (config.queue.seal_key, config.record.checkpoints)
    return {config.path(each).resolve() for each in named if each}


def _folders(config: Config) -> Iterator[Path]:
    yield config.path(config.queue.media).resolve()
    for settings in config.channels.values():
        if folder := getattr(settings, "folder", ""):
            yield config.path(folder).resolve()
