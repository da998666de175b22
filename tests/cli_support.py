"""A council's folder for tests of the command line: four channels, three officers, no network."""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from inside_support import run_inside

ROOT = Path(__file__).parent.parent
DATES = ("--policy-read", "2026-01-05", "--aup-signed", "2026-01-05", "--approved", "2026-01-06")
AUTHOR, APPROVER, DIRECTOR = "sam", "asha", "dana"

CONFIG = """
[council]
name = "Example Borough Council"
domains = ["example.gov.uk"]

[queue]
database = "data/queue.db"
media = "data/media"
seal_key = "data/seal.key"

[policy]
rules = "rules"
reader = "off"

[channels.website]
adapter = "site"
folder = "site"
endpoint = "https://www.example.gov.uk"

[channels.facebook]
adapter = "facebook"
page_id = "100000000000001"
endpoint = "http://127.0.0.1:9"
token = "env:TEST_FACEBOOK_TOKEN"

[channels.twitter]
adapter = "twitter"
endpoint = "http://127.0.0.1:9"
consumer_key = "env:TEST_X_KEY"
consumer_secret = "env:TEST_X_SECRET"
access_token = "env:TEST_X_TOKEN"
access_token_secret = "env:TEST_X_TOKEN_SECRET"

[channels.instagram]
adapter = "instagram"
user_id = "17840000000000001"
endpoint = "http://127.0.0.1:9"
token = "env:TEST_INSTAGRAM_TOKEN"
"""
RULES = """
[[rule]]
id = "marking.test-review"
title = "For tests"
clause = "9z"
severity = "review"
detector = "phrases"
fields = ["title", "summary"]
message = "Words for two pairs of eyes."
remedy = "Ask a second officer."
override = "approver"
parameters = { phrases = ["ask me first"] }
examples = { flag = ["Please ask me first."], pass = ["Please ask them."] }

[[rule]]
id = "marking.test-block"
title = "For tests"
clause = "9z"
severity = "block"
detector = "phrases"
fields = ["title", "summary"]
message = "It says {text}."
remedy = "Say something else."
parameters = { phrases = ["never say this"] }
examples = { flag = ["We never say this."], pass = ["We say that."] }

[more]
clauses = ["9z"]
"""
"""Two rules of the bench's own, so that these tests hold whatever the policy's own rules become."""
ADDRESSES = {
    "website": "https://www.example.gov.uk/news/x", "facebook": "https://www.facebook.com/1/posts/17",
    "twitter": "https://x.com/council/status/17", "instagram": "https://www.instagram.com/p/17/",
}  # fmt: skip
"""Where a post of the bench's is, by channel."""
CHANNELS = ["website", "facebook", "twitter", "instagram"]


@dataclass(frozen=True)
class Answer:
    """What a run of the command line left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as one JSON value."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Bench:
    """A folder with config.toml, queue and officers, and the command line in it."""

    folder: Path

    def run(self, *words: str, stdin: bytes = b"", officer: str = AUTHOR) -> Answer:
        """The command line inside this process, in the bench's folder."""
        return Answer(*run_inside([*words, *self._as(words, officer)], self.folder, stdin))

    def _as(self, words: tuple[str, ...], officer: str) -> list[str]:
        acts = words[0] in ACTING or words[:2] in ACTING_IN
        return ["--as", officer] if officer and acts and "--as" not in words else []

    def process(
        self, *words: str, stdin: bytes = b"", environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """The command line as a process of its own, as a person's shell starts it."""
        return subprocess.run(
            [sys.executable, "-m", "publisher", *words],
            input=stdin,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PUBLISHER_OFFICER": AUTHOR, **(environment or {})},
            capture_output=True,
            check=False,
            timeout=60,
        )

    def terminal(
        self,
        words: list[str],
        *,
        typed: bytes = b"",
        environment: dict[str, str] | None = None,
        columns: int = 0,
    ) -> tuple[int, bytes]:
        """The command line at a terminal, where `typed` is what its user types; exit code, and what is on the screen."""
        ours, theirs = pty.openpty()
        if columns:
            termios.tcsetwinsize(theirs, (24, columns))
        os.write(ours, typed)
        started = subprocess.Popen(
            [sys.executable, "-m", "publisher", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=self.folder,
            env={
                **os.environ,
                "TERM": "xterm",
                "COLUMNS": "",
                "PYTHONPATH": str(ROOT),
                **(environment or {}),
            },
        )
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # Linux says EIO where nobody holds the other end any more
            while more := os.read(ours, 65_536):  # at once: a terminal takes only so much that nobody reads
                shown += more
        os.close(ours)
        return started.wait(timeout=60), shown

    def write(self, name: str, content: str | bytes) -> Path:
        """A file in the bench's folder."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def news(self, *more: str, title: str = "Library opens late") -> Any:
        """A clear news item in an hour, handed in; its JSON."""
        answer = self.run(
            "news", title, "--summary", "Until 8pm on Thursdays.", "--at", soon(), "--json", *more
        )
        assert answer.code == 0, answer
        return answer.json

    def held(self) -> Any:
        """An item that the gate holds for review, handed in; its JSON."""
        answer = self.run("news", "Photo of the fair", *FOR_REVIEW, "--at", soon(), "--json")
        assert answer.code == 3, answer
        return answer.json

    def states(self) -> list[str]:
        """The state of every item."""
        return [item["state"] for item in self.run("list", "--all", "--json").json["items"]]


ACTING = {"news", "event", "import", "approve", "refuse", "withdraw", "reschedule", "retry", "resolve"}
ACTING_IN = {("officer", "add"), ("officer", "suspend"), ("audit", "log"), ("audit", "export")}
WHY = ("--reason", "Read it twice, and it is fine")
"""A reason long enough to tell others why."""
FOR_REVIEW = ("--summary", "Please ask me first about the fair.")
FOR_BLOCK = ("--summary", "We never say this about the fair.")


def out_on(bench: Bench, item_id: str, *channels: str) -> None:
    """What the daemon does when it sends: the item is out on these channels, proved."""
    from publisher.app import open_app
    from publisher.model import DeliveryState
    from publisher.moves import move_delivery

    with contextlib.closing(open_app(bench.folder / "config.toml")) as app:
        for channel in channels:
            address = ADDRESSES[channel]
            for state in (DeliveryState.SENDING, DeliveryState.SENT):
                row = next(row for row in app.queue.deliveries(item_id) if row.channel == channel)
                proof = app.clearing.of_sending(row, "17", address) if state == DeliveryState.SENT else None
                sent: dict[str, Any] = (
                    {"url": address, "remote_id": "17", "sent_at": app.now()} if proof else {}
                )
                with app.queue.writing() as connection:
                    move_delivery(connection, row, state, actor="test", now=app.now(), subject=proof, **sent)


def soon(hours: int = 1) -> str:
    """A moment a few hours ahead, as ISO 8601."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="minutes")


@cache
def _template() -> Path:
    """One folder made ready by the command line itself, copied for each test."""
    folder = Path(tempfile.mkdtemp(prefix="publisher-test-"))
    atexit.register(shutil.rmtree, folder)
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "rules").mkdir()
    (folder / "rules" / "own.toml").write_text(RULES, encoding="utf-8")
    bench = Bench(folder)
    made = bench.run("init", "--director", DIRECTOR, "--name", "Dana Lund", *DATES)
    assert made.code == 0, made
    for login, name, *roles in (
        (AUTHOR, "Sam Reed", "officer"),
        (APPROVER, "Asha Rao", "officer", "approver"),
    ):
        flags = [word for role in roles for word in ("--role", role)]
        added = bench.run("officer", "add", login, "--name", name, *flags, *DATES, "--as", DIRECTOR)
        assert added.code == 0, added
    return folder


@contextlib.contextmanager
def open_bench(folder: Path) -> Iterator[Bench]:
    """A bench in `folder`, ready to use."""
    shutil.copytree(_template(), folder, dirs_exist_ok=True)
    yield Bench(folder)


def picture(width: int = 640, height: int = 480) -> bytes:
    """A JPEG of one colour."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "JPEG")
    return out.getvalue()
