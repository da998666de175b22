"""The building blocks of settings: strict tables, secrets by reference, and what every channel has."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, StrictBool, model_validator

from publisher.errors import ConfigError
from publisher.secrecy import known

SECRET_SOURCES = ("env:", "file:")
_PLAIN_ADDRESS = re.compile(r"[^@?#\\\s\x00-\x1f\x7f]+")
"""No @ and no backslash: readers of addresses disagree on which host those lead to (WHATWG URL §4.4 against RFC 3986)."""
_TOKEN = re.compile(r"[\x20-\x7e]+")
"""It goes into a header, which has nothing else (RFC 9110 §5.5): a letter of another alphabet, or the end of a line, was copied with it."""
_UPWARDS = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
"""Parts of a path that some readers take away, and others send (RFC 3986 §5.2.4)."""
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
"""A variable's name as POSIX has them (XBD 8.1). Capitals only: a secret pasted here by mistake must not pass for one."""
_PROFILE = re.compile(
    r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(\?[A-Za-z0-9._~=&%-]*)?"
)
"""A host of plain letters only (look-alikes are in none), no port, no user; old Facebook Pages have a query."""
MAX_PROFILE, MAX_WORDS = 300, 200
"""Characters of such an address, and of a service's name or a reference."""
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class Table(BaseModel):
    """One table of config.toml: frozen, and an unknown key is an error. Errors never show what was given: it may be
    a secret in the wrong place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _reference(value: str) -> str:
    if not value.startswith(SECRET_SOURCES):
        message = 'a secret is never written in config.toml: write "env:NAME" or "file:PATH"'
        raise ValueError(message)
    source, _, place = value.partition(":")
    if source == "env" and not _VARIABLE.fullmatch(place):
        message = (
            "a variable's name is capitals, digits and _ (the secret itself never goes into config.toml)"
        )
        raise ValueError(message)
    if not place.strip() or "\0" in place:
        message = "a file's path is needed after file:"
        raise ValueError(message)
    return value


def _own_file(value: str) -> str:
    if not value.startswith("file:") or not value.removeprefix("file:").strip() or "\0" in value:
        message = 'the program writes this secret itself: write "file:PATH"'
        raise ValueError(message)
    return value


def _endpoint(value: str) -> str:
    parts = urlsplit(value)
    _ = parts.port  # raises ValueError for one that cannot be
    plain_loopback = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    if not (parts.scheme == "https" or plain_loopback) or not parts.hostname:
        message = "an https address is needed (plain http only for 127.0.0.1 and localhost)"
        raise ValueError(message)
    if not _PLAIN_ADDRESS.fullmatch(value):
        message = "an address without a user's name, query, fragment or blank is needed"
        raise ValueError(message)
    if _UPWARDS.search(parts.path):
        message = "an address without /../ or /./ in it is needed"
        raise ValueError(message)
    return value.rstrip("/")


def _profile(value: str) -> str:
    if value and not is_profile(value):
        message = "the account's public address is needed, like https://www.facebook.com/examplecouncil"
        raise ValueError(message)
    return value


def is_profile(value: str) -> bool:
    """True for an https address at which the public finds an account."""
    return len(value) <= MAX_PROFILE and _PROFILE.fullmatch(value) is not None


def _words(value: str) -> str:
    """One line of words that can be shown. Raises ValueError."""
    plain = " ".join(value.split())
    if len(plain) > MAX_WORDS or not plain.isprintable():
        message = f"at most {MAX_WORDS} characters on one line are needed"
        raise ValueError(message)
    return plain


SecretRef = Annotated[str, AfterValidator(_reference)]
"""Where a secret is: `env:NAME` or `file:PATH`. The secret itself is read by `reveal`, at the moment of use."""

OwnFile = Annotated[str, AfterValidator(_own_file)]
"""`file:PATH`, of a secret that the program writes itself and replaces by itself."""

Price = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
"""What a platform asks for one post, in its own currency."""

Endpoint = Annotated[str, AfterValidator(_endpoint)]
"""An https origin with an optional path, without a trailing slash; http on loopback only."""

Profile = Annotated[str, AfterValidator(_profile)]
"""An account's public address, or empty."""

Words = Annotated[str, AfterValidator(_words)]
"""One line of plain words: a service's name, a reference."""

Seconds = Annotated[float, Field(strict=True, gt=0, le=86_400 * 30)]

BriefSeconds = Annotated[float, Field(strict=True, gt=0, le=10)]
"""For what the posts of all channels wait for at their moment."""

Timeout = Annotated[float, Field(strict=True, gt=0, le=120)]
"""Seconds for one call: whoever has waited two minutes for a platform gets no answer any more, and holds a thread."""


class ChannelSettings(Table):
    """What every channel's table has. An adapter's own `Settings` adds to it.

    `service` says whose account it is where it is not the corporate one (clause 5b), and `business_case` under which
    reference the director approved it. `profile` is the account's public address, for the website's link page.
    `documents` names the keys whose secret is a text of many lines, and not a token.
    `identity` names the keys that say which account it is: no two channels of one adapter have the same there. `speaks_to` is
    the platform, by the name of its first adapter, where this is another one.
    """

    identity: ClassVar[tuple[str, ...]] = ()
    documents: ClassVar[tuple[str, ...]] = ()
    speaks_to: ClassVar[str] = ""
    adapter: str
    enabled: StrictBool = True
    endpoint: Endpoint
    timeout: Timeout = 20.0
    label: str = ""
    service: Words = ""
    business_case: Words = ""
    profile: Profile = ""
    _name: str = PrivateAttr(default="")
    _folder: Path = PrivateAttr(default=Path())

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, given: Any) -> Any:
        return cls.completed(given) if isinstance(given, dict) else given

    @classmethod
    def completed(cls, given: dict[str, Any]) -> dict[str, Any]:
        """The table with what an adapter adds where one key depends on another. Raises ValueError."""
        return given

    @property
    def name(self) -> str:
        """The channel's name: the table's own, as in `[channels.facebook]`."""
        return self._name

    def place(self, name: str, folder: Path) -> None:
        """Told once by config.load: the table's name and where config.toml lies."""
        self._name, self._folder = name, folder

    @property
    def platform(self) -> str:
        """Whose account it is: the platform, by the name of its first adapter."""
        return self.speaks_to or self.adapter

    @property
    def account(self) -> str:
        """The account's number, as config.toml or only a secret tells it; empty where neither does. Raises ConfigError."""
        return next((value for key in self.identity if (value := str(getattr(self, key))).isdecimal()), "")

    @property
    def account_told_by(self) -> str:
        """What tells that number, for people."""
        return "config.toml"

    @property
    def host(self) -> str:
        """Where the channel's requests go, and with them its credentials."""
        return urlsplit(self.endpoint).hostname or ""

    @property
    def elsewhere(self) -> list[tuple[str, str, str]]:
        """Addresses that lead to another host than the platform's own, and not to this machine: the key, that host, the own one."""
        return [
            (key, there, own)
            for key, info in type(self).model_fields.items()
            if isinstance(info.default, str)
            and any(getattr(each, "func", None) is _endpoint for each in info.metadata)
            if (there := urlsplit(getattr(self, key)).hostname or "")
            != (own := urlsplit(info.default).hostname or "")
            if there not in LOOPBACK_HOSTS
        ]

    def secret(self, reference: str) -> str:
        """The secret that `reference` names. Raises ConfigError that names the place, never the secret."""
        found = reveal(reference, self._folder, field=f"channels.{self._name}")
        if reference not in {getattr(self, key) for key in self.documents} and not _TOKEN.fullmatch(found):
            raise ConfigError(
                f"the secret at {reference} holds a character that no token has",
                field=f"channels.{self._name}",
                way_out="Copy it anew, on one line.",
            )
        return found

    def path(self, value: str) -> Path:
        """A path of this table, relative to config.toml."""
        return self._folder / value


def references(settings: ChannelSettings) -> list[str]:
    """Every secret's place that a channel's table names, in the table's order."""
    values = settings.model_dump().values()
    return [value for value in values if isinstance(value, str) and value.startswith(SECRET_SOURCES)]


def reveal(reference: str, folder: Path, *, field: str) -> str:
    """The secret behind `env:NAME` or `file:PATH` (relative to `folder`). Raises ConfigError."""
    source, _, place = reference.partition(":")
    value = os.environ.get(place, "") if source == "env" else _read_secret(folder / place, field)
    if not value.strip():
        where = f"the environment variable {place}" if source == "env" else f"the file {place}"
        raise ConfigError(
            f"a secret is missing: {where} is empty or not set",
            field=field,
            way_out="Set it, then try again.",
        )
    known(value)
    return value.strip()


def _read_secret(path: Path, field: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(
            f"the secret file {path} cannot be read",
            field=field,
            way_out="Create it, readable only by this account.",
        ) from None  # a UnicodeDecodeError holds the file's bytes
