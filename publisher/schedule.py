"""The retention schedule as data: which classes of record there are, and how long each is kept (publisher/retention.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, TypeAlias

from publisher.errors import ConfigError
from publisher.nearest import meant
from publisher.paths import PACKAGE

FILE = PACKAGE / "retention.toml"
KEEP: Literal["keep"] = "keep"
DAYS_MOST = 36_525
"""A century: above it a number of days is a slip of the hand."""
Days: TypeAlias = int | Literal["keep"]


@dataclass(frozen=True, slots=True)
class RecordClass:
    """One class of record: what is in it, how long it is kept and from when, why, and on whose word.

    `overruled`: the council's own config.toml gives the days. `fixed`: it cannot.
    """

    name: str
    what: str
    days: Days
    since: str
    why: str
    source: str
    fixed: bool = False
    overruled: bool = False

    def due_before(self, now: datetime) -> datetime | None:
        """What is older than this is due; None where all of it is kept."""
        return None if self.days == KEEP else now - timedelta(days=self.days)


@cache
def built_in() -> Mapping[str, RecordClass]:
    """The classes by name, as the program ships them."""
    with FILE.open("rb") as file:
        tables: list[dict[str, Any]] = tomllib.load(file)["class"]
    classes = (RecordClass(since=table.pop("from"), **table) for table in tables)
    return {one.name: one for one in classes}


def schedule(days: Mapping[str, Days]) -> Mapping[str, RecordClass]:
    """The classes with the council's own `days` by name. Raises ConfigError for a class that there is not, or is fixed."""
    for name in days:
        _demand_class(name)
    return {
        name: replace(one, days=days[name], overruled=True) if name in days else one
        for name, one in built_in().items()
    }


def _demand_class(name: str) -> None:
    known = built_in()
    if name not in known:
        way_out = meant(name, known, f"Known: {', '.join(known)}.")
        raise ConfigError("there is no such class of record", field=f"retention.{name}", way_out=way_out)
    if known[name].fixed:
        raise ConfigError(
            "this class is always kept",
            field=f"retention.{name}",
            way_out="`publisher audit retention` says why.",
        )
