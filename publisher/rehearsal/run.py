"""`publisher demo`: the whole job on this machine. The real daemon, the CLI's own path, a signed hook; only the
endpoints and credentials are the rehearsal's, and nothing in the core knows it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, TextIO

import requests

from publisher import signatures, views
from publisher.app import App, open_app, system_clock
from publisher.errors import InputError, OutsideFailed
from publisher.model import DeliveryState
from publisher.rehearsal.at_rest import at_rest
from publisher.rehearsal.bad_day import BadDay
from publisher.rehearsal.office import (
    DIRECTOR,
    HOOK_VARIABLE,
    OFFICER,
    config_for,
    designate,
    free_port,
    secrets_for,
)
from publisher.rehearsal.photo import draw_photo
from publisher.rehearsal.platforms import Platforms

DEFAULT_FOLDER = Path("queue") / "rehearsal"
"""Below the folder in which it is called."""
MARK = ".rehearsal"
"""A folder is only ever emptied if this file says that a rehearsal made it."""
READY_WITHIN = 30.0
"""Seconds; several times what a slow machine with two busy cores was seen to need."""
LEAD = timedelta(seconds=4)
"""The moment of release lies this far ahead, so that staging happens before it as in real life."""
_OF_THE_COUNCIL = "PUBLISHER_"
"""What the shell says of the council's own server, token and officer: a rehearsal asks its own daemon, and nobody else."""


@dataclass(frozen=True)
class Rehearsal:
    """One rehearsal: its folder, its stand-ins, and the environment with its made-up credentials."""

    folder: Path
    platforms: Platforms
    port: int
    environment: Mapping[str, str]

    @property
    def config(self) -> Path:
        """The config.toml that was written for it."""
        return self.folder / "config.toml"


def run(*, folder: Path | None, keep: bool, as_json: bool, out: TextIO) -> int:
    """Rehearses; prints what went where. 0 only if every delivery was sent. Raises PublisherError."""
    signal.signal(signal.SIGTERM, interrupt)
    with alone(folder) as place:
        return _run(place, keep=keep, as_json=as_json, out=out)


def _run(place: Path, *, keep: bool, as_json: bool, out: TextIO) -> int:
    say = silent if as_json else lambda line: print(line, file=out, flush=True)
    say("Rehearsal: stand-ins for the website, Facebook, Twitter and Instagram on this machine only.")
    with at_work(place, say) as (rehearsal, app, ids):
        results = [views.released(item, rows) for item, rows in at_rest(app, ids)]
        rehearsal.platforms.wall.save(place / "wall.html")
        _report(rehearsal, results, as_json=as_json, out=out)
        if keep:
            keep_running(rehearsal, out)
    return 0 if all(_sent(result) for result in results) else 4


@contextmanager
def at_work(
    place: Path, say: Callable[[str], None], days: Sequence[BadDay] = (), *, brisk: bool = False
) -> Iterator[tuple[Rehearsal, App, list[str]]]:
    """The real daemon with a news item and an event handed in, on such days; what to look by, and the items' ids."""
    with Platforms(site_folder=place / "site" / "current", now=system_clock) as platforms:
        rehearsal = prepare(place, platforms, brisk=brisk)
        for day in days:
            day.put(platforms)
        with daemon(rehearsal):
            say("The daemon runs. Handing in a news item (CLI) and a diary event (signed hook)…")
            ids = [hand_in_news(rehearsal), send_event(rehearsal)]
            app = open_app(rehearsal.config)
            try:
                yield rehearsal, app, ids
            finally:
                app.close()


def interrupt(_number: int, _frame: object) -> None:
    """SIGTERM ends a rehearsal as Ctrl-C does, its daemon with it."""
    raise KeyboardInterrupt


def silent(_line: str) -> None:
    """With --json nothing but the JSON is printed."""


@contextmanager
def alone(folder: Path | None) -> Iterator[Path]:
    """The folder, emptied, in which nobody else rehearses meanwhile. Raises InputError."""
    place = (folder or Path.cwd() / DEFAULT_FOLDER).resolve()
    place.mkdir(parents=True, exist_ok=True)
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(handle, place)
        yield fresh(place)
    finally:
        os.close(handle)


def _lock(handle: int, place: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            f"another rehearsal runs in {place}",
            field="--folder",
            way_out="End it, or name another folder with --folder.",
        ) from None


def fresh(folder: Path) -> Path:
    """An empty folder; one that holds anything but an old rehearsal is left alone. Raises InputError."""
    folder = folder.resolve()
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise InputError(f"{folder} is not empty", field="--folder", way_out="Name a new folder.")
        for inside in folder.iterdir():  # the folder itself stays: it is locked
            shutil.rmtree(inside) if inside.is_dir() and not inside.is_symlink() else inside.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(
        "Made by `publisher demo`; the next rehearsal empties this folder.\n", encoding="utf-8"
    )
    return folder


def prepare(folder: Path, platforms: Platforms, *, brisk: bool = False) -> Rehearsal:
    """A council's whole set-up in the folder; `brisk` with the short waits of a bad day."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_COUNCIL)}
    environment = kept | secrets_for(platforms)
    rehearsal = Rehearsal(folder, platforms, free_port(), environment)
    rehearsal.config.write_text(config_for(platforms, port=rehearsal.port, brisk=brisk), encoding="utf-8")
    app = open_app(rehearsal.config, create=True)
    _ = app.queue, app.seal
    designate(app)
    app.close()
    draw_photo(folder / "library.jpg")
    return rehearsal


@contextmanager
def daemon(rehearsal: Rehearsal) -> Iterator[None]:
    """The real daemon in a process of its own, until it is no longer needed. Raises OutsideFailed if it does not start."""
    log = rehearsal.folder / "daemon.log"
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603  # our own program
            _command(rehearsal, "daemon"),
            env=dict(rehearsal.environment),
            stdout=file,
            stderr=file,
            stdin=subprocess.DEVNULL,
        )
    try:
        _until_ready(rehearsal, process, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=READY_WITHIN)


def _command(rehearsal: Rehearsal, *words: str) -> list[str]:
    return [sys.executable, "-m", "publisher", "--config", str(rehearsal.config), *words]


def _until_ready(rehearsal: Rehearsal, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    with _to_this_machine() as session:
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(requests.RequestException):  # nobody there yet, or slow: asked again
                if session.get(f"http://127.0.0.1:{rehearsal.port}/readyz", timeout=1).ok:
                    return
            time.sleep(0.05)
    raise OutsideFailed("the daemon did not start", way_out=f"Its log says why: {log}")


def _to_this_machine() -> requests.Session:
    """Without the environment's proxy, which many offices have: it knows nothing of this machine's own ports."""
    session = requests.Session()
    session.trust_env = False
    return session


def hand_in_news(rehearsal: Rehearsal) -> str:
    """Hands in the news item exactly as an officer would, by the CLI."""
    words = [
        "news", "Library opens late on Thursdays",
        "--summary", "From next week the central library is open until 8pm on Thursdays, with study space and free wifi.",
        "--body", _BODY,
        "--image", str(rehearsal.folder / "library.jpg"),
        "--alt", "The central library at dusk, its windows lit, with a tree and a lamp in front",
        "--hashtag", "Libraries", "--hashtag", "OpenLate",
        "--at", (datetime.now(UTC) + LEAD).isoformat(), "--as", OFFICER, "--json",
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603  # our own program
        _command(rehearsal, *words),
        env=dict(rehearsal.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise OutsideFailed(f"the news item was not queued: {done.stdout}{done.stderr}".strip())
    return str(json.loads(done.stdout)["id"])


_BODY = """The central library stays open until 8pm every Thursday from next week.

There is quiet study space on the first floor, free wifi throughout, and staff to help until closing time.

Borrowing, returns and the children's corner work as on any other day. Other branches keep their usual hours."""


def send_event(rehearsal: Rehearsal) -> str:
    """Sends the diary event exactly as the website's CMS would: signed, over HTTP."""
    starts = (datetime.now(UTC) + timedelta(days=23)).replace(hour=18, minute=0, second=0, microsecond=0)
    data = {
        "external_id": "diary-42",
        "title": "Carol concert in the Market Square",
        "summary": "Carols with the town band and the schools' choir. Free, and no booking is needed.",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(),
        "location": "Market Square",
        "publish_at": (datetime.now(UTC) + LEAD).isoformat(),
    }
    moment = datetime.now(UTC)
    message = {"type": "event.created", "timestamp": moment.isoformat(), "data": data}
    body = json.dumps(message).encode()
    headers = signatures.sign(rehearsal.environment[HOOK_VARIABLE], "msg_rehearsal_1", moment, body)
    with _to_this_machine() as session:
        answer = session.post(
            f"http://127.0.0.1:{rehearsal.port}/hooks/website",
            data=body,
            headers={**headers, "content-type": "application/json"},
            timeout=10,
        )
    if answer.status_code != HTTPStatus.ACCEPTED:
        raise OutsideFailed(f"the hook refused the event: {answer.text}")
    return str(answer.json()["id"])


def _sent(result: Mapping[str, Any]) -> bool:
    deliveries = result["deliveries"]
    return bool(deliveries) and all(delivery["state"] == DeliveryState.SENT for delivery in deliveries)


def _report(
    rehearsal: Rehearsal, results: Sequence[Mapping[str, Any]], *, as_json: bool, out: TextIO
) -> None:
    site = rehearsal.folder / "site" / "current"
    if as_json:
        print(
            json.dumps({"items": results, "site": str(site), **places(rehearsal)}),
            file=out,
            flush=True,
        )
        return
    for result in results:
        print(f"\n{result['title']}: {result['state']}", file=out)
        print(f"  {'channel':<10} {'state':<8} {'offset':>8}  link", file=out)
        for delivery in result["deliveries"]:
            offset = "" if delivery["offset_ms"] is None else f"{delivery['offset_ms']:.0f} ms"
            link = delivery["url"] or delivery.get("reason", "")
            print(f"  {delivery['channel']:<10} {delivery['state']:<8} {offset:>8}  {link}", file=out)
    total = [delivery for result in results for delivery in result["deliveries"]]
    sent = sum(delivery["state"] == DeliveryState.SENT for delivery in total)
    print(f"\n{sent} of {len(total)} deliveries were sent.", file=out)
    print(f"Website: {site / 'index.html'}", file=out)
    print(f"Posts:   {rehearsal.folder / 'wall.html'}", file=out)
    print(
        "Open these two in a browser. The links above answer only while it runs (--keep).",
        file=out,
        flush=True,
    )


def places(rehearsal: Rehearsal) -> dict[str, str]:
    """Where else to look, for programs."""
    hook = f"http://127.0.0.1:{rehearsal.port}/hooks/website"
    return {"wall": str(rehearsal.folder / "wall.html"), "config": str(rehearsal.config), "hook": hook}


def keep_running(rehearsal: Rehearsal, out: TextIO) -> None:
    try:
        _say_where(rehearsal, out)
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        rehearsal.platforms.wall.save(rehearsal.folder / "wall.html")
        print("\nEnded.", file=out)


def _say_where(rehearsal: Rehearsal, out: TextIO) -> None:
    platforms, config = rehearsal.platforms, rehearsal.config
    lines = (
        f"\nIt all runs on. Website {platforms.website.url}/  posts {platforms.wall.url}/",
        f'Try: publisher --config {config} news "Your words" --summary "…" --as {OFFICER}',
        f"     publisher --config {config} list      ({DIRECTOR} is the director and approver)",
        f"Hook: {places(rehearsal)['hook']}, signed with {rehearsal.environment[HOOK_VARIABLE]}",
        "Ctrl-C ends it.",
    )
    print(*lines, sep="\n", file=out, flush=True)
