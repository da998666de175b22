"""The policy gate: may this item go? Rules are data (rules/*.toml), detectors are pure, consequences are a table.

`load(config)` gives the Gate; `Gate.check(item, posts, context)` gives the Verdict.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher import channels
from publisher.config import Config
from publisher.errors import ConfigError
from publisher.policy.context import Consent, Context, Designation, Override, Terms
from publisher.policy.gate import Gate, content_digest
from publisher.policy.hosts import Council
from publisher.policy.rules import BUILT_IN, KEPT, RuleBook, read
from publisher.policy.subject import Hit, Subject
from publisher.settings import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from publisher.reader import Reader

__all__ = [
    "Consent",
    "Context",
    "Designation",
    "Gate",
    "Hit",
    "Override",
    "Subject",
    "Terms",
    "content_digest",
    "folders",
    "gate_with",
    "installed_reader",
    "load",
    "start_reader",
]


def load(config: Config) -> Gate:
    """The gate with the built-in rules and the council's own. Raises ConfigError with file, rule and reason."""
    return gate_with(read(folders(config), config.channels), config)


def gate_with(book: RuleBook, config: Config) -> Gate:
    """The gate of this council with these rules. Raises ConfigError where the second reader must be there and is not."""
    return _made(book, _council(config), _pages(config), _reader(config))


@lru_cache(KEPT)
def _made(book: RuleBook, council: Council, pages: frozenset[str], reader: Reader | None) -> Gate:
    """A gate never changes: the same one for every App of a process, so that its version is worked out once."""
    return Gate(book, council, pages, reader)


def folders(config: Config) -> list[Path]:
    """Where the rules are: the built-in ones, then the council's own. Raises ConfigError where theirs is not there."""
    if not config.policy.rules:
        return [BUILT_IN]
    own = config.path(config.policy.rules)
    if not own.is_dir():
        raise ConfigError(
            f"there is no folder {own}", field="policy.rules", way_out="Create it, or leave the key out."
        )
    return [BUILT_IN, own]


def _council(config: Config) -> Council:
    domains = tuple(domain.lower().strip(".") for domain in config.council.domains)
    return Council(config.council.name, domains, config.council.short_name, _origins(config))


def _origins(config: Config) -> tuple[str, ...]:
    """Where the pages of a rehearsal are: the council's own, on loopback, with exactly their ports."""
    pages = _pages(config)
    parts = [urlsplit(settings.endpoint) for name, settings in config.channels.items() if name in pages]
    return tuple(
        sorted({f"{part.scheme}://{part.netloc}" for part in parts if part.hostname in LOOPBACK_HOSTS})
    )


def _pages(config: Config) -> frozenset[str]:
    """The channels whose adapter makes the item's own page."""
    return frozenset(
        name
        for name, settings in config.channels.items()
        if channels.adapter(settings.adapter, field=f"channels.{name}.adapter").Adapter.makes_page
    )


def start_reader(config: Config) -> None:
    """Starts the second reader's model, where there is one, beside what comes next: reading the rules takes as long."""
    if reader := _reader(config):
        reader.start()


def installed_reader() -> Reader | None:
    """The second reader, if it is installed, whatever config.toml says: old verdicts may need it. Raises ConfigError."""
    from publisher.reader import is_installed

    return _open_reader() if is_installed() else None


@lru_cache(1)
def _open_reader() -> Reader:
    """Opened once for a process: it is the same for every gate, and takes half a second."""
    from publisher.reader import open_reader

    return open_reader()


def _reader(config: Config) -> Reader | None:
    """The second reader, where config.toml and what is installed say so. Raises ConfigError where it must be and is not."""
    wanted = config.policy.reader
    if wanted == "off":
        return None
    return _open_reader() if wanted == "on" else installed_reader()
