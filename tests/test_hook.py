"""The website's hook, over real HTTP: what it takes, and how it refuses."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from support import Office, open_office

from publisher import hook, item, signatures, strict_json
from publisher.serve import Server

EVENT = {
    "external_id": "42",
    "title": "Carol concert",
    "summary": "Carols in the square.",
    "location": "Market Square",
}


class Cms:
    """A CMS that signs its messages, or makes the mistakes that CMSs make."""

    def __init__(self, office: Office, url: str) -> None:
        self.office, self.url, self.count = office, url, 0

    def event(self, **changes: Any) -> dict[str, Any]:
        """A message for a diary event."""
        starts = (self.office.clock() + timedelta(days=9)).isoformat()
        return {
            "type": "event.created",
            "timestamp": starts,
            "data": {**EVENT, "starts_at": starts, **changes},
        }

    def send(self, message: Any, *, webhook_id: str = "", **headers: str) -> requests.Response:
        """Sends a signed message; `headers` replace the right ones."""
        self.count += 1
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        secret = self.office.environment["PUBLISHER_HOOK_SECRET"]
        signed = signatures.sign(secret, webhook_id or f"msg_{self.count}", self.office.clock(), body)
        given = {
            **signed,
            "content-type": "application/json",
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        return requests.post(f"{self.url}/hooks/website", data=body, headers=given, timeout=20)


@pytest.fixture
def cms(tmp_path: Path) -> Iterator[Cms]:
    """A CMS in front of the office's hook."""
    with open_office(tmp_path) as office, Server(hook.create(office.app)) as server:
        yield Cms(office, server.url)


def test_an_event_is_stored_before_it_is_answered(cms: Cms) -> None:
    """202 comes with the item's id, and the item is in the queue under the source's officer."""
    answer = cms.send(cms.event())
    assert answer.status_code == 202
    item = cms.office.app.queue.item(answer.json()["id"])
    assert (item.state, item.author, item.source, item.external_id) == ("queued", "cms", "website", "42")


def test_the_same_message_again_is_answered_and_not_done_again(cms: Cms) -> None:
    """Idempotent on webhook-id: a repeat gets the first answer."""
    message = cms.event()
    first, second = (cms.send(message, webhook_id="msg_same") for _ in range(2))
    assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])
    assert len(cms.office.app.queue.items()) == 1


def test_an_event_that_is_here_already_is_known_again(tmp_path: Path) -> None:
    """Also where the source's own channels were filled in as it was stored: the website changed nothing."""
    changes = {"sources.website": {"channels": ["website", "twitter"]}}
    with open_office(tmp_path, changes=changes) as office, Server(hook.create(office.app)) as server:
        cms = Cms(office, server.url)
        message = cms.event()
        first, second = cms.send(message), cms.send(message)
        assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])
        later = (office.clock() + timedelta(days=1)).isoformat()
        for changed in ({"channels": ["website"]}, {"publish_at": later}):
            message["data"] |= changed
            assert cms.send(message).status_code == 409
            del message["data"][next(iter(changed))]


def test_a_message_is_read_once(tmp_path: Path) -> None:
    """A new one, too: an item may be long, and is parsed with all its pictures."""
    read: list[str] = []

    def seen(frame: FrameType, event: str, _arg: object) -> None:
        if event == "call" and frame.f_code in {strict_json.read.__code__, item.parse.__code__}:
            read.append(frame.f_code.co_name)

    threading.setprofile(seen)  # for threads that begin from here on
    try:
        with open_office(tmp_path) as office, Server(hook.create(office.app)) as server:
            cms = Cms(office, server.url)
            assert cms.send(cms.event()).status_code == 202
    finally:
        threading.setprofile(None)
    assert sorted(read) == ["parse", "read"]


def test_a_kept_answer_about_no_item_is_not_given(cms: Cms) -> None:
    """A hand wrote the answer to a message that is yet to come: the website is not told that its event is in the queue."""
    message = cms.event()
    cms.send(message, webhook_id="msg_77")
    with closing(sqlite3.connect(cms.office.app.config.database)) as connection, connection:
        connection.execute("UPDATE hook_receipt SET answer = json_set(answer, '$.id', 'abcdefgh')")
    assert cms.send(message, webhook_id="msg_77").status_code == 503


def test_a_message_whose_receipt_was_damaged_is_no_bug(cms: Cms) -> None:
    """What a hand wrote into the database is not the website's fault: its item is still known, and not stored twice."""
    message = cms.event()
    first = cms.send(message, webhook_id="msg_same")
    with closing(sqlite3.connect(cms.office.app.config.database)) as connection, connection:
        connection.execute("UPDATE hook_receipt SET answer = '{broken'")
    again = cms.send(message, webhook_id="msg_same")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert len(cms.office.app.queue.items()) == 1


def test_an_id_used_for_another_message_is_a_conflict(cms: Cms) -> None:
    """409 where a webhook-id comes again with another body."""
    cms.send(cms.event(), webhook_id="msg_same")
    answer = cms.send(cms.event(title="Other words"), webhook_id="msg_same")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_known_event_unchanged_is_no_second_item(cms: Cms) -> None:
    """The same event under a new webhook-id is recognised by its external_id."""
    message = cms.event()
    first = cms.send(message)
    again = cms.send(message)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert len(cms.office.app.queue.items()) == 1


def test_a_changed_event_is_refused_with_the_way_out(cms: Cms) -> None:
    """A change of a known event is not lost silently: 409 says what a person can do."""
    message = cms.event()
    cms.send(message)
    answer = cms.send({**message, "data": {**message["data"], "location": "Town Hall"}})
    assert answer.status_code == 409
    assert "publisher withdraw" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook_signature": "v1,AAAA"},
        {"webhook_signature": "nonsense"},
        {"webhook_signature": "v1,,"},
        {"webhook_signature": ""},
        {"webhook_timestamp": "0"},
        {"webhook_timestamp": "soon"},
        {"webhook_id": "another"},
    ],
)
def test_a_bad_signature_is_401(cms: Cms, headers: dict[str, str]) -> None:
    """Whatever is wrong with the signature, the answer is a 401 problem and nothing is stored."""
    body = json.dumps(cms.event()).encode()
    signed = signatures.sign(
        cms.office.environment["PUBLISHER_HOOK_SECRET"], "msg_1", cms.office.clock(), body
    )
    given = {
        **signed,
        "content-type": "application/json",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    answer = requests.post(f"{cms.url}/hooks/website", data=body, headers=given, timeout=20)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert cms.office.app.queue.items() == []


def test_a_replay_is_401(cms: Cms) -> None:
    """A message recorded ten minutes ago is refused: RFC-less but Standard Webhooks' five minutes."""
    body = json.dumps(cms.event()).encode()
    long_ago = cms.office.clock() - timedelta(minutes=10)
    signed = signatures.sign(cms.office.environment["PUBLISHER_HOOK_SECRET"], "msg_old", long_ago, body)
    answer = requests.post(
        f"{cms.url}/hooks/website",
        data=body,
        headers={**signed, "content-type": "application/json"},
        timeout=20,
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b'{"type": "event.created"}', 422),
        (b'{"type": "cat.fed", "data": {}}', 422),
        (b'{"type": "event.created", "data": []}', 422),
        (b'{"type": "event.created", "data": {"title": "No start"}}', 422),
        (b'{"type": "event.created", "data": {"title": "${title}", "starts_at": "2030-01-01 10:00"}}', 422),
        (b'{"type": "event.created", "data": {"title": "T", "starts_at": "2027-03-28 01:30"}}', 422),
        (b'{"type": "event.created", "data": {"title": "T", "starts_at": "${start}"}}', 422),
        (
            b'{"type": "event.created", "data": {"title": "T", "starts_at": "2031-01-01", "images": [{"path": "/etc/passwd", "alt": "x"}]}}',
            422,
        ),
        (b'{"type": "event.created", "data": {"title": "\\ud800", "starts_at": "2031-01-01"}}', 400),
        (
            b'{"type": "event.created", "data": {"title": "Seen", "title": "Taken", "starts_at": "2031-01-01"}}',
            400,
        ),
        (b'{"type": ["event.created"], "data": {}}', 422),
    ],
)
def test_malformed_input_is_never_a_5xx(cms: Cms, body: bytes, status: int) -> None:
    """Signed but wrong: a problem with the right status, and nothing stored."""
    answer = cms.send(body)
    assert answer.status_code == status
    problem = answer.json()
    assert (answer.headers["content-type"], problem["status"]) == ("application/problem+json", status)
    assert problem["detail"]
    assert cms.office.app.queue.items() == []


def test_a_wrong_field_is_pointed_at(cms: Cms) -> None:
    """422 names the field by JSON pointer (RFC 6901)."""
    problem = cms.send(cms.event(starts_at="soon")).json()
    assert problem["errors"][0]["pointer"] == "#/data/starts_at"


def test_too_large_is_413(cms: Cms) -> None:
    """More than the source's limit is not even read."""
    answer = cms.send(cms.event(body="x" * 300_000))
    assert answer.status_code == 413


def test_a_message_that_never_ends_is_408(tmp_path: Path) -> None:
    """A sender that promises a body and sends none does not hold the connection for ever."""
    with open_office(tmp_path) as office, Server(hook.create(office.app, body_seconds=0.05)) as server:
        place = urlsplit(server.url)
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=20) as connection:
            connection.sendall(b"POST /hooks/website HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
            assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_another_media_type_is_415(cms: Cms) -> None:
    """Only JSON is taken."""
    assert cms.send(cms.event(), content_type="text/xml").status_code == 415


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/hooks/other", 404), ("GET", "/hooks/website", 405), ("POST", "/", 404)],
)
def test_other_doors_are_problems_too(cms: Cms, method: str, path: str, status: int) -> None:
    """Every refusal is RFC 9457, those of the framework included."""
    answer = requests.request(method, cms.url + path, timeout=20)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_source_whose_officer_is_suspended_is_403(cms: Cms) -> None:
    """The source acts under a designated officer; without one it may not queue."""
    cms.office.app.register.suspend("cms", actor="dana", now=cms.office.clock())
    assert cms.send(cms.event()).status_code == 403


def test_health_tells_what_waits(cms: Cms) -> None:
    """The health pages answer, and the metrics count items by state."""
    cms.send(cms.event())
    assert requests.get(f"{cms.url}/healthz", timeout=20).json() == {"alive": True}
    assert requests.get(f"{cms.url}/readyz", timeout=20).json() == {"ready": True}
    assert 'publisher_items{state="queued"} 1' in requests.get(f"{cms.url}/metrics", timeout=20).text


def test_a_gate_that_cannot_be_read_is_not_ready(tmp_path: Path) -> None:
    """Monitoring is told 503 as long as a rule file is wrong: nothing goes meanwhile."""
    (tmp_path / "rules").mkdir()
    with (
        open_office(tmp_path, changes={"policy": {"rules": "rules"}}) as office,
        Server(hook.create(office.app)) as server,
    ):
        assert requests.get(f"{server.url}/readyz", timeout=20).status_code == 200
        (office.folder / "rules" / "own.toml").write_text("rule = 1", encoding="utf-8")
        answer = requests.get(f"{server.url}/readyz", timeout=20)
        assert (answer.status_code, answer.json()["ready"]) == (503, False)
        assert str(office.folder) not in answer.text


def test_a_broken_disk_is_no_bug_of_the_health_pages(cms: Cms) -> None:
    """Where the queue cannot be read, monitoring is told 503, and no traceback is written each time it asks."""
    cms.office.app.queue.engine.dispose()
    for file in cms.office.folder.rglob("queue.db*"):
        file.write_bytes(b"no database" * 1_000)
    assert requests.get(f"{cms.url}/readyz", timeout=20).status_code == 503
    answer = requests.get(f"{cms.url}/metrics", timeout=20)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
