"""Which secrets are missing, of all that the channels and sources name: by their places, never by what they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from publisher.errors import ConfigError
from publisher.settings import SECRET_SOURCES, references, reveal

if TYPE_CHECKING:
    from publisher.channels import Channel
    from publisher.config import Config

_ENVIRONMENT = SECRET_SOURCES[0]


@dataclass(frozen=True, slots=True)
class Gap:
    """A table that lacks a secret, and why; `variable` is the environment variable that is not set, where it is that."""

    table: str
    why: str
    variable: str = ""

    def __str__(self) -> str:
        return f"{self.table}: {self.why}"


def secret_gaps(config: Config, channels: Mapping[str, Channel]) -> list[Gap]:
    """Each gap once, in config.toml's order."""
    return list(dict.fromkeys(_gaps(config, channels)))


def _gaps(config: Config, channels: Mapping[str, Channel]) -> Iterator[Gap]:
    for channel in channels.values():
        if getattr(channel, "refusal", ""):
            continue  # closed (publisher/at_risk.py): it starts nothing, so that it lacks nothing
        settings = channel.settings
        missing = [gap for each in references(settings) for gap in _gap(partial(settings.secret, each), each)]
        yield from missing or _gap(partial(getattr, channel, "client"))
    for name, source in config.sources.items():
        for each in source.secrets:
            yield from _gap(partial(reveal, each, config.folder, field=f"sources.{name}"), each)


def _gap(ask: Callable[[], Any], reference: str = "") -> Iterator[Gap]:
    try:
        ask()
    except ConfigError as error:
        yield Gap(error.field, error.detail, _unset(reference))


def _unset(reference: str) -> str:
    variable = reference.removeprefix(_ENVIRONMENT) if reference.startswith(_ENVIRONMENT) else ""
    return variable if variable and not os.environ.get(variable, "").strip() else ""
