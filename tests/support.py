"""What tests share: an office on stand-in platforms, with its officers, its clock and its CLI."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from inside_support import run_inside

from publisher import item as items
from publisher.app import App, open_app
from publisher.desk import Origin, Queued
from publisher.picture_files import read_pictures
from publisher.queue import open_queue
from publisher.rehearsal.office import OFFICER, config_for, designate, secrets_for
from publisher.rehearsal.photo import draw_photo
from publisher.rehearsal.platforms import Platforms
from publisher.tables import DeliveryRow

ROOT = Path(__file__).parent.parent
ASKED_EVERY = 0.02
"""Seconds between looks at a container of the stand-in for Instagram: it is ready by the number of looks, not by time."""


class Clock:
    """A clock that tests set: it ticks with the real one, plus what it was moved by."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def forward(self, **by: float) -> None:
        """Moves the clock on."""
        self.offset += timedelta(**by)


@dataclass
class Office:
    """A council's whole set-up in one folder, on stand-in platforms."""

    folder: Path
    platforms: Platforms
    app: App
    clock: Clock
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """Its config.toml."""
        return self.folder / "config.toml"

    def news(self, **fields: Any) -> items.Item:
        """A news item that the gate clears, with `fields` changed."""
        return items.parse(
            {"kind": "news", "title": "Library opens late", "summary": "Until 8pm on Thursdays.", **fields}
        )

    def event(self, **fields: Any) -> items.Item:
        """A diary event in ten days that the gate clears, with `fields` changed."""
        starts = (self.clock() + timedelta(days=10)).isoformat()
        given = {
            "title": "Carol concert",
            "summary": "Carols in the square.",
            "starts_at": starts,
            "location": "Market Square",
        }
        return items.parse({"kind": "event", **given, **fields})

    def hand_in(self, item: items.Item, officer: str = OFFICER) -> Queued:
        """Hands an item in as the CLI does."""
        pictures = read_pictures(item, self.folder)
        return self.app.desk.hand_in(item, officer=officer, origin=Origin(pictures=pictures))

    def release(self, item_id: str) -> dict[str, DeliveryRow]:
        """Does what the daemon does for a due item; its deliveries by channel."""
        self.app.releaser.work(item_id)
        return self.deliveries(item_id)

    def hold(self, item_id: str, *, officer: str, reason: str) -> str:
        """Has a person hold the item, as a suspension or a concern does; its state then."""
        with self.app.queue.writing() as connection:
            self.app.holding.held(connection, self.app.queue.item(item_id), officer=officer, reason=reason)
        return self.state(item_id)

    def deliveries(self, item_id: str) -> dict[str, DeliveryRow]:
        """The item's deliveries by channel."""
        return {row.channel: row for row in self.app.queue.deliveries(item_id)}

    def state(self, item_id: str) -> str:
        """The item's state."""
        return self.app.queue.item(item_id).state

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What the CLI does with these words of an officer, told as by a process of its own."""
        whole = ["--config", str(self.config), *words]
        with pytest.MonkeyPatch.context() as surroundings:
            surroundings.setenv("PUBLISHER_OFFICER", OFFICER)
            return subprocess.CompletedProcess(whole, *run_inside(whole, ROOT))

    def cli_json(self, *words: str) -> Any:
        """The CLI's answer to `words` with --json."""
        return json.loads(self.cli(*words, "--json").stdout)

    def process(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The CLI as a process of its own, for what must not share ours."""
        return subprocess.run(
            [sys.executable, "-m", "publisher", "--config", str(self.config), *words],
            env={**os.environ, **self.environment, "PUBLISHER_OFFICER": OFFICER},
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip


def sampled(cases: Iterable[Any], most: int = 2) -> list[Any]:
    """Cases of a parametrised test: the first ones run in `make test`, all of them in `make test-all`.

    For tables of which each line holds the same rule: tell them with the most different ones first.
    """
    found = list(cases)
    late = [one if isinstance(one, tuple) else (one,) for one in found[most:]]
    return [*found[:most], *(pytest.param(*one, marks=pytest.mark.long) for one in late)]


@contextmanager
def open_office(folder: Path, *, changes: Mapping[str, Mapping[str, Any]] | None = None) -> Iterator[Office]:
    """An office in `folder`; `changes` go into its config.toml, by table, such as {"release": {"grace": 60}}."""
    clock = Clock()
    folder.mkdir(parents=True, exist_ok=True)
    with Platforms(site_folder=folder / "site" / "current", now=clock) as platforms:
        secrets = secrets_for(platforms)
        (folder / "config.toml").write_text(
            _changed(config_for(platforms, port=0), changes or {}), encoding="utf-8"
        )
        before = {name: os.environ.get(name) for name in secrets}
        os.environ.update(secrets)
        app = open_app(folder / "config.toml", now=clock, create=True)
        lay_queue(app.config.database)
        _ = app.queue, app.seal
        designate(app)
        draw_photo(folder / "library.jpg")
        office = Office(folder, platforms, app, clock, secrets)
        try:
            yield office
        finally:
            office.app.close()  # it may be another by now
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@cache
def _empty() -> Path:
    """A queue with nothing in it, at the newest schema, made once."""
    folder = Path(tempfile.mkdtemp(prefix="publisher-test-"))
    atexit.register(shutil.rmtree, folder)
    open_queue(folder / "queue.db", create=True).close()
    return folder / "queue.db"


def lay_queue(database: Path) -> None:
    """Puts an empty queue where there is none: to run the migrations for each test would take a tenth of all its time."""
    if not database.exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_empty(), database)


def _changed(text: str, changes: Mapping[str, Mapping[str, Any]]) -> str:
    """config.toml with some keys set; written anew, table by table. Without the second reader, which has its own tests."""
    tables: dict[str, Any] = {"policy": {"reader": "off"}} | tomllib.loads(text)
    tables["channels"]["instagram"]["poll"] = ASKED_EVERY
    for path, values in changes.items():
        table = tables
        for part in path.split("."):
            table = table.setdefault(part, {})
        table.update(values)
    return "\n".join(_table("", tables))


def _table(path: str, table: Mapping[str, Any]) -> Iterator[str]:
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    if path:
        yield f"[{path}]"
    yield from (f"{key} = {json.dumps(value)}" for key, value in plain.items())
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _table(f"{path}.{key}" if path else key, value)
