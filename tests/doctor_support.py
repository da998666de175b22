"""A council for tests of `publisher doctor`, with which all is well, until a test changes something."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from gate_support import add_officer
from support import Office, open_office

from publisher import doctor, wake
from publisher.doctor import Check, website
from publisher.register import Role
from publisher.rehearsal.office import OFFICER
from publisher.terms import Reading

MONITORING = "mona"
"""The council's monitoring officer."""


class Wellness(http.server.BaseHTTPRequestHandler):
    """Stands in for the daemon's own answers."""

    status = 200
    answers: ClassVar[dict[str, Any]] = {"/healthz": {"alive": True}, "/readyz": {"ready": True}}

    def do_GET(self) -> None:
        """Says how it is, at the addresses that it has."""
        told = self.answers.get(self.path)
        self.send_response(404 if told is None else self.status)
        self.end_headers()
        self.wfile.write(json.dumps(told or {}).encode())

    def log_message(self, *_words: Any) -> None:
        """Nothing."""


@contextlib.contextmanager
def answering(status: int = 200, answers: dict[str, Any] | None = None) -> Iterator[int]:
    """A port on which something says that it is well, or not."""
    handler = type("Handler", (Wellness,), {"status": status} | ({"answers": answers} if answers else {}))
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def council(
    folder: Path,
    changes: dict[str, dict[str, Any]] | None = None,
    *,
    status: int = 200,
    answers: dict[str, Any] | None = None,
) -> Iterator[Office]:
    """A council with which all is well: its daemon answers, its secrets are there, its terms are read."""
    with answering(status, answers) as port:
        settings: dict[str, dict[str, Any]] = {
            "daemon": {"port": port},
            "policy": {"reader": "off", "rules": "rules"},
            **(changes or {}),
        }
        (folder / "office" / "rules").mkdir(parents=True)
        with open_office(folder / "office", changes=settings) as office:
            office.app.config.database.chmod(0o600)
            for place in website.folders(office.app).values():
                place.mkdir(parents=True, exist_ok=True)
            listener = wake.Listener(office.app.config.database, lambda: None)
            listener.start()
            add_officer(office, MONITORING, Role.MONITORING)
            for platform in ("facebook", "twitter", "instagram"):
                terms_read(office, platform, 365)
            try:
                yield office
            finally:
                listener.close()


def terms_read(office: Office, platform: str, days: int) -> None:
    """A record of a platform's terms that holds for so many days from today."""
    today = office.app.today
    first = min(today, today + timedelta(days))
    given = Reading(platform, f"https://{platform}.com/terms", today + timedelta(days), first)
    office.app.terms.read(given, OFFICER)


def found(office: Office, name: str) -> list[Check]:
    """What is said under one name."""
    return [check for check in doctor.examine(office.app) if check.name == name]


def one(office: Office, name: str) -> Check:
    """The only thing that is said under a name."""
    (check,) = found(office, name)
    return check
