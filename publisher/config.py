"""config.toml as frozen, typed settings. Secrets are references (`env:` or `file:`), never values."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, ValidationError

from publisher import channels
from publisher.errors import ConfigError, InputError
from publisher.model import Kind
from publisher.own_places import demand_own_places
from publisher.schedule import DAYS_MOST, KEEP, Days, schedule
from publisher.services import demand_services
from publisher.settings import ChannelSettings, Endpoint, Seconds, SecretRef, Table, Timeout
from publisher.times import COUNCIL_ZONE, zone

ENVIRONMENT = "PUBLISHER_CONFIG"
DEFAULT_NAME = "config.toml"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""A channel's or source's name: it stands in addresses and in lists with commas."""
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+|localhost")


def _domain(value: str) -> str:
    """Bare and whole: a link is the council's own where its host ends in one of these (clause 5e)."""
    plain = value.strip().lower()
    if not _DOMAIN.fullmatch(plain):
        message = "a domain is needed, like example.gov.uk, without https:// and without a path"
        raise ValueError(message)
    return plain


def _days(value: object) -> object:
    """How long a class of record is kept, by the council's own schedule."""
    number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= DAYS_MOST
    if not number and value != KEEP:
        message = f'a whole number of days from 1 to {DAYS_MOST} is needed, or "keep"'
        raise ValueError(message)
    return value


Domain = Annotated[str, AfterValidator(_domain)]
Whole = Annotated[int, Field(strict=True)]
_Kind = TypeVar("_Kind", bound=Table)


class Council(Table):
    """Who publishes, and which addresses are the council's own."""

    name: str
    short_name: str = ""
    domains: Annotated[tuple[Domain, ...], Field(min_length=1)]
    timezone: str = COUNCIL_ZONE
    language: str = "en-GB"
    colour: str = "#0b5c5c"


class QueueSettings(Table):
    """Where the queue, the pictures and the seal's key are kept; relative to config.toml."""

    database: str = "queue/queue.db"
    media: str = "queue/media"
    seal_key: str = "queue/seal.key"


class RecordSettings(Table):
    """Where the record's signed checkpoints are kept beside the database; relative to config.toml, best on another disk."""

    checkpoints: str = ""


class ReleaseSettings(Table):
    """When things are done around the moment of release. All in seconds."""

    stage_lead: Seconds = 600.0
    stage_wait: Seconds = 20.0
    grace: Seconds = 900.0
    verify: Seconds = 30.0
    verify_every: Seconds = 0.25
    back_off: Seconds = 60.0
    tries: Annotated[Whole, Field(ge=1, le=20)] = 5
    read_back: tuple[Seconds, ...] = (15.0, 60.0, 300.0, 900.0)


class DaemonSettings(Table):
    """Where the daemon listens, and how often it looks even if nothing called it.

    `socket` is a Unix socket for the officers of this machine, who are known by their logins; none where it is empty.
    `names` are those by which a proxy calls the daemon, beside the council's domains.
    """

    host: str = "127.0.0.1"
    port: Annotated[Whole, Field(ge=0, le=65_535)] = 8600
    socket: str = ""
    names: tuple[Domain, ...] = ()
    look_every: Seconds = 5.0


class ClientSettings(Table):
    """The server that the command line asks, and the officer's own token there; no server: this machine."""

    server: Endpoint = ""
    token: SecretRef = ""
    timeout: Timeout = 60.0


class PolicySettings(Table):
    """The council's own part of the gate. `rules` is a folder, relative to config.toml.

    `reader`: the optional second reader is used where it is installed (`auto`), must be there (`on`), or is not used.
    """

    rules: str = ""
    reader: Literal["auto", "on", "off"] = "auto"
    override_days: Annotated[Whole, Field(ge=1, le=90)] = 30


class Source(Table):
    """A CMS that may tell us of events: `[sources.NAME]` answers at POST /hooks/NAME."""

    secrets: Annotated[tuple[SecretRef, ...], Field(min_length=1, max_length=2)]
    officer: str
    timezone: str = COUNCIL_ZONE
    max_bytes: Annotated[Whole, Field(ge=1_024, le=1_048_576)] = 256 * 1024
    channels: tuple[str, ...] | None = None
    kinds: tuple[Kind, ...] = (Kind.EVENT,)


class Config(Table):
    """All of config.toml."""

    council: Council
    queue: QueueSettings = QueueSettings()
    record: RecordSettings = RecordSettings()
    release: ReleaseSettings = ReleaseSettings()
    daemon: DaemonSettings = DaemonSettings()
    client: ClientSettings = ClientSettings()
    policy: PolicySettings = PolicySettings()
    channels: Mapping[str, ChannelSettings]
    sources: Mapping[str, Source] = Field(default_factory=dict)
    retention: Mapping[str, Annotated[Days, BeforeValidator(_days)]] = Field(default_factory=dict)
    _folder: Path = PrivateAttr(default=Path())
    _file: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        """The folder of config.toml; relative paths in it start here."""
        return self._folder

    @property
    def file(self) -> Path:
        """config.toml itself."""
        return self._file

    def path(self, value: str) -> Path:
        """A path from the config, absolute."""
        return self._folder / value

    @cached_property
    def database(self) -> Path:
        """The queue's file."""
        return self.path(self.queue.database)

    def channel(
        self, name: str, *, field: str = "channels", kind: type[InputError] = ConfigError
    ) -> ChannelSettings:
        """The settings of the channel called `name`. Raises ConfigError, or another kind, that names the nearest one."""
        try:
            return self.channels[name]
        except KeyError:
            raise kind(
                f"there is no channel {name!r}", field=field, way_out=_meant(name, self.channels)
            ) from None

    @property
    def live_channels(self) -> tuple[str, ...]:
        """The names of the channels that are switched on, in config.toml's order."""
        return tuple(name for name, settings in self.channels.items() if settings.enabled)

    @property
    def corporate_channels(self) -> tuple[str, ...]:
        """Those of them that are the whole council's and no single service's (clause 5b)."""
        return tuple(name for name in self.live_channels if not self.channels[name].service)

    def channels_of(self, source: Source) -> tuple[str, ...]:
        """Where its events go: to its own channels, else to the corporate ones."""
        return source.channels or self.corporate_channels


def find(given: str | None) -> Path:
    """Which config.toml: the one given, else PUBLISHER_CONFIG, else ./config.toml. Raises ConfigError."""
    path = Path(given or os.environ.get(ENVIRONMENT) or DEFAULT_NAME)
    if not path.is_file():
        raise ConfigError(
            f"there is no {path}",
            way_out=f"Name the council's with {ENVIRONMENT} or --config PATH; only to set up a new council: `publisher init`.",
        )
    return path


def load(path: str | Path) -> Config:
    """Reads and checks config.toml. Opens nothing else; reads no secret. Raises ConfigError."""
    file = Path(path).resolve()
    raw = _read(file)
    try:
        return _place(Config.model_validate(raw | {"channels": _channels(raw)}), file)
    except ValidationError as error:
        raise _clear(error, Config) from error


def client(path: str | Path) -> tuple[ClientSettings, DaemonSettings]:
    """Whom the command line asks. A config.toml with nothing but [client] will do. Raises ConfigError."""
    raw = _read(Path(path))
    return _valid(raw, "client", ClientSettings), _valid(raw, "daemon", DaemonSettings)


def _valid(raw: Mapping[str, Any], name: str, kind: type[_Kind]) -> _Kind:
    try:
        return kind.model_validate(raw.get(name, {}))
    except ValidationError as error:
        raise _clear(error, kind, prefix=f"{name}.") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"{file} cannot be read: {error}", way_out="Mend the file, or name another with --config."
        ) from error


def _channels(raw: Mapping[str, Any]) -> dict[str, ChannelSettings]:
    tables = raw.get("channels")
    if not isinstance(tables, dict) or not tables:
        raise ConfigError(
            "there is no channel", field="channels", way_out="Add a table such as [channels.website]."
        )
    return {name: _channel(name, table) for name, table in tables.items()}


def _channel(name: str, table: Any) -> ChannelSettings:
    if not isinstance(table, dict) or not isinstance(table.get("adapter"), str):
        raise ConfigError(
            "a table with an adapter is needed",
            field=f"channels.{name}",
            way_out='Write adapter = "facebook".',
        )
    kind = channels.settings_type(table["adapter"], field=f"channels.{name}.adapter")
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        raise _clear(error, kind, prefix=f"channels.{name}.") from error


def _place(config: Config, file: Path) -> Config:
    config._file, config._folder = file, file.parent  # noqa: SLF001  # its own private parts, set once
    for name, settings in config.channels.items():
        demand_name(name, f"channels.{name}")
        settings.place(name, file.parent)
    demand_services(config.channels)
    demand_own_places(config)
    for name, source in config.sources.items():
        demand_name(name, f"sources.{name}")
        for channel in source.channels or ():
            config.channel(channel, field=f"sources.{name}.channels")
        zone(source.timezone, field=f"sources.{name}.timezone")
    zone(config.council.timezone, field="council.timezone")
    if config.retention:
        schedule(config.retention)
    return config


def demand_name(name: str, field: str) -> None:
    """Raises ConfigError for what is no name of a table."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            "a name is small letters, digits, _ and -",
            field=field,
            way_out="Write the table's name like [channels.facebook].",
        )


def _clear(error: ValidationError, model: type[Table], prefix: str = "") -> ConfigError:
    faults = error.errors()
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    field = (prefix + ".".join(str(part) for part in first["loc"])).rstrip(".")
    if first["type"] == "extra_forbidden":
        return ConfigError(
            "unknown key", field=field, way_out=_meant(str(first["loc"][-1]), _keys(model, first["loc"]))
        )
    message = first["msg"].removeprefix("Value error, ")
    return ConfigError(
        message[:1].lower() + message[1:],
        field=field,
        way_out="docs/channels.md has the keys of each channel, and config.toml as it comes those of the others, with a right value.",
    )


def _keys(model: type[Table], location: tuple[int | str, ...]) -> list[str]:
    """The keys that the innermost table on the way to `location` has."""
    current: Any = model
    for part in location[:-1]:
        field = getattr(current, "model_fields", {}).get(part)
        inner = getattr(field, "annotation", None)
        current = inner if hasattr(inner, "model_fields") else (Source if part == "sources" else current)
    return list(getattr(current, "model_fields", {}))


def _meant(word: str, known: Iterable[str]) -> str:
    from publisher.nearest import meant

    return meant(word, known, f"Known: {', '.join(known)}.")


__all__ = ["Config", "Endpoint", "find", "load"]
