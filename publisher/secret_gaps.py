"""Which secrets are missing, of all that the channels and sources name: by their places, never by what they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.channels import connection, refusal
from publisher.errors import ConfigError
from publisher.settings import SECRET_SOURCES, references, reveal

if TYPE_CHECKING:
    from publisher.channels import Channel
    from publisher.config import Config

_ENVIRONMENT = SECRET_SOURCES[0]


@dataclass(frozen=True, slots=True)
class Gap:
    """A table that lacks a secret, and why; `variable` is the environment variable that is not set, where it is that.

    `closes` is the channel that is closed by it, where it is what `publisher connect` makes: no other is held up.
    """

    table: str
    why: str
    variable: str = ""
    closes: str = ""

    def __str__(self) -> str:
        return f"{self.table}: {self.why}"


def secret_gaps(config: Config, channels: Mapping[str, Channel]) -> list[Gap]:
    """Each gap once, in config.toml's order."""
    return list(dict.fromkeys(_gaps(config, channels)))


def _gaps(config: Config, channels: Mapping[str, Channel]) -> Iterator[Gap]:
    for channel in channels.values():
        if refusal(channel):
            continue  # closed (publisher/at_risk.py): it starts nothing, so that it lacks nothing
        settings = channel.settings
        missing = [
            gap
            for each in references(settings)
            for gap in _gap(
                partial(settings.secret, each), each, settings.name if _is_connected(channel, each) else ""
            )
        ]
        yield from missing or _gap(partial(getattr, channel, "client"))
    for name, source in config.sources.items():
        for each in source.secrets:
            yield from _gap(partial(reveal, each, config.folder, field=f"sources.{name}"), each)


def _gap(ask: Callable[[], Any], reference: str = "", closes: str = "") -> Iterator[Gap]:
    try:
        ask()
    except ConfigError as error:
        yield Gap(error.field, error.detail, _unset(reference), closes)


def demand_here(channel: Channel) -> None:
    """Raises ConfigError where a secret is not to be had by this process: the daemon may well have it."""
    settings = channel.settings
    if refusal(channel) or not (
        lacking := [each for each in references(settings) if _is_kept_from_us(each, settings)]
    ):
        return
    raise ConfigError(
        f"the platform was not asked: {', '.join(lacking)} is not to be had here", field=f"channels.{settings.name}",
        way_out=f"Run it where the daemon's secrets are. The daemon asks every day: `publisher channel show {settings.name}` has its last look.",
    )  # fmt: skip


def _is_kept_from_us(reference: str, settings: Any) -> bool:
    if _unset(reference):
        return True
    path = settings.path(reference.partition(":")[2])
    return not reference.startswith(_ENVIRONMENT) and path.exists() and not os.access(path, os.R_OK)


def _is_connected(channel: Channel, reference: str) -> bool:
    """Whether it is the file that `publisher connect` makes."""
    found = connection(channel)
    place = reference.partition(":")[2]
    return found is not None and found.file.path == Path(os.path.realpath(channel.settings.path(place)))


def _unset(reference: str) -> str:
    variable = reference.removeprefix(_ENVIRONMENT) if reference.startswith(_ENVIRONMENT) else ""
    return variable if variable and not os.environ.get(variable, "").strip() else ""
