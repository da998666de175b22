"""The one HTTP session: what is not declared never reaches a socket, and what is not a yes never reaches a library."""

import gzip
import secrets
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import responses
import urllib3
from channels_support import Loopback, Reply, answer, drop

from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import NEVER_LEFT, Judgement, Outcome, Phase
from publisher.wire import MAX_ANSWER_BYTES, Call, Session, session_for

PATIENCE = 10.0
"""Seconds: many times what two requests of 0.3 s take, and far less than what drips for ever."""
CALLS = (
    Call(Phase.CREATE, "POST", "/posts", fields=frozenset({"text", "more"})),
    Call(
        Phase.READ,
        "GET",
        "/posts/(?P<id>[0-9]+)",
        query=frozenset({"fields"}),
        check=lambda sent: sent.groups["id"] == "7",
    ),
)


def judge(phase: Phase, status: int | None, headers: Mapping[str, str], body: bytes | str) -> Judgement:
    """200 with JSON is a yes; all else is not."""
    good = status == 200 and bytes(body if isinstance(body, bytes) else body.encode()).startswith(b"{")
    return (
        Judgement(Outcome.SENT)
        if good
        else Judgement(Outcome.UNKNOWN if phase.makes_public else Outcome.WAIT)
    )


def session(endpoint: str, *, timeout: float = 5, **more: Any) -> Session:
    return Session(endpoint=endpoint, calls=CALLS, judge=judge, timeout=timeout, **more)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback(answer({"id": "7"})) as running:
        yield running


@pytest.fixture
def wire(server: Loopback) -> Iterator[Session]:
    with session(server.url) as made:
        yield made


def outcome(ask: Callable[[], object]) -> Outcome:
    with pytest.raises(ChannelFailed) as failed:
        ask()
    return failed.value.judgement.outcome


REFUSED: dict[str, Callable[[Session, str], object]] = {
    "another path": lambda wire, url: wire.post(f"{url}/posts/7/likes", json={"text": "a"}),
    "a longer path": lambda wire, url: wire.post(f"{url}/posts/", json={"text": "a"}),
    "another method": lambda wire, url: wire.put(f"{url}/posts", json={"text": "a"}),
    "an undeclared id": lambda wire, url: wire.get(f"{url}/posts/8"),
    "dots in the path": lambda wire, url: wire.get(f"{url}/posts/7/../8"),
    "an encoded slash": lambda wire, url: wire.get(f"{url}/posts%2f7"),
    "two slashes": lambda wire, url: wire.get(f"{url}//posts/7"),
    "an undeclared query": lambda wire, url: wire.get(f"{url}/posts/7?metrics=1"),
    "a query on a post": lambda wire, url: wire.post(f"{url}/posts?method=delete", json={"text": "a"}),
    "a query that stands twice": lambda wire, url: wire.get(f"{url}/posts/7?fields=a&fields=b"),
    "a fragment": lambda wire, url: wire.get(f"{url}/posts/7#x"),
    "an undeclared field": lambda wire, url: wire.post(f"{url}/posts", json={"text": "a", "reply": {}}),
    "a form field": lambda wire, url: wire.post(f"{url}/posts", data={"text": "a", "reply": "1"}),
    "a form field that stands twice": lambda wire, url: wire.post(f"{url}/posts", data=[("text", "a"), ("text", "b")]),
    "a part": lambda wire, url: wire.post(f"{url}/posts", files={"reply": b"1"}),
    "a part that stands twice": lambda wire, url: wire.post(f"{url}/posts", files=[("text", b"1"), ("text", b"2")]),
    "a key that stands twice": lambda wire, url: raw(wire, url, b'{"text": "a", "text": "b"}'),
    "a key that stands twice within": lambda wire, url: raw(wire, url, b'{"more": {"a": 1, "a": 2}}'),
    "a list": lambda wire, url: raw(wire, url, b'["text"]'),
    "no JSON": lambda wire, url: raw(wire, url, b"text"),
    "an unknown type": lambda wire, url: raw(wire, url, b"text", kind="text/plain"),
    "a stream": lambda wire, url: wire.post(f"{url}/posts", data=iter([b"text=a"])),
    "another method by header": lambda wire, url: wire.post(
        f"{url}/posts", json={"text": "a"}, headers={"X-HTTP-Method-Override": "DELETE"}
    ),
    "a cookie": lambda wire, url: wire.get(f"{url}/posts/7", cookies={"a": "b"}),
    "another port": lambda wire, url: wire.get(f"{url.rpartition(':')[0]}:1/posts/7"),
    "another host": lambda wire, url: wire.get(f"{url.replace('127.0.0.1', 'localhost')}/posts/7"),
    "https instead": lambda wire, url: wire.get(f"{url.replace('http', 'https')}/posts/7"),
    "a user's name": lambda wire, url: wire.get(f"{url.replace('//', '//me@')}/posts/7"),
    "a prepared request": lambda wire, url: wire.send(requests.Request("PUT", f"{url}/posts").prepare()),
}  # fmt: skip


def raw(wire: Session, url: str, body: bytes, kind: str = "application/json") -> object:
    return wire.post(f"{url}/posts", data=body, headers={"Content-Type": kind})


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_declared_opens_no_socket(what: str, wire: Session, server: Loopback) -> None:
    """Each way to ask for more than the table holds is refused before a connection is made."""
    with pytest.raises(EgressRefused):
        REFUSED[what](wire, server.url)
    assert server.connections == 0


@pytest.mark.parametrize(
    "body", [{"json": {"text": "a"}}, {"data": {"text": "a"}}, {"files": {"text": b"a"}}]
)
def test_what_is_declared_leaves_in_any_encoding(
    body: dict[str, Any], wire: Session, server: Loopback
) -> None:
    """A declared call with declared fields goes out, as JSON, form or multipart."""
    wire.post(f"{server.url}/posts", **body)
    assert server.routes() == ["POST /posts"]


def test_a_refusal_is_no_exception_that_libraries_catch() -> None:
    """A library that swallows every Exception cannot swallow the refusal."""
    assert not issubclass(EgressRefused, Exception)


@dataclass
class Declares:
    """An adapter, as far as its session goes by it."""

    settings: Any
    calls: tuple[Call, ...] = CALLS
    judge: Any = judge


def declares(server: Loopback) -> Declares:
    return Declares(SimpleNamespace(endpoint=server.url, timeout=5))


@pytest.mark.parametrize(
    "more",
    [
        Call(Phase.DELETE, "DELETE", "/posts/[0-9]+"),
        replace(CALLS[1], check=None),
        replace(CALLS[0], fields=frozenset({"text", "more", "place"})),
    ],
    ids=["another call", "one without its check", "one with more fields"],
)
def test_no_adapter_has_a_session_for_what_it_does_not_declare(more: Call, server: Loopback) -> None:
    """The README's list is made of `calls`: what a session lets through beside them would be in no list."""
    with pytest.raises(EgressRefused, match="not in the adapter's table"):
        session_for(declares(server), calls=(*CALLS, more))


def test_a_session_may_be_for_less_than_is_declared(server: Loopback) -> None:
    """For some of the calls, and for some of their requests: never for more, whatever else would let them pass."""
    good = {"text": "New bin days"}
    with session_for(declares(server), calls=CALLS[:1], only=lambda sent: sent.fields == good) as wire:
        assert wire.post(f"{server.url}/posts", json=good).ok
        with pytest.raises(EgressRefused):
            wire.post(f"{server.url}/posts", json={"text": "Others"})
        with pytest.raises(EgressRefused):
            wire.get(f"{server.url}/posts/7")
    with session_for(declares(server), only=lambda _sent: True) as wire:
        assert wire.get(f"{server.url}/posts/7").ok
        with pytest.raises(EgressRefused):
            wire.get(f"{server.url}/posts/8")
        with pytest.raises(EgressRefused):
            wire.post(f"{server.url}/posts", json={**good, "place": "1"})
    assert server.connections == 2


def test_no_second_mount(wire: Session) -> None:
    """A more specific adapter would go round the guard, so none can be mounted."""
    with pytest.raises(EgressRefused):
        wire.mount("https://api.x.com", requests.adapters.HTTPAdapter())


def test_a_library_that_mounts_in_secret_gains_nothing(wire: Session, server: Loopback) -> None:
    """Even an adapter put straight into the session's list is not used."""
    wire.adapters[server.url] = requests.adapters.HTTPAdapter()
    with pytest.raises(EgressRefused):
        wire.get(f"{server.url}/other")
    assert server.connections == 0


def test_the_endpoints_folder_is_part_of_the_place(server: Loopback) -> None:
    """With an endpoint below a path, the same call outside that path is another place."""
    with session(f"{server.url}/stand-in") as wire:
        with pytest.raises(EgressRefused):
            wire.get(f"{server.url}/posts/7")
        wire.get(f"{server.url}/stand-in/posts/7")
    assert server.routes() == ["GET /stand-in/posts/7"]


def test_the_librarys_own_host_becomes_the_endpoint(server: Loopback) -> None:
    """A host that is hard-coded in a library is replaced; one that merely begins like it is not."""
    with session(server.url, origin="https://api.example.org") as wire:
        wire.get("https://api.example.org/posts/7")
        with pytest.raises(EgressRefused):
            wire.get("https://api.example.org.evil.example/posts/7")
    assert server.routes() == ["GET /posts/7"]


def test_redirects_are_not_followed(server: Loopback) -> None:
    """A post that is answered with a redirect goes nowhere else, not even by a library's own wish."""
    with Loopback(answer({}, 307, location=f"{server.url}/posts")) as first, session(first.url) as wire:
        prepared = wire.prepare_request(requests.Request("POST", f"{first.url}/posts", json={"text": "a"}))
        assert (
            outcome(lambda: wire.post(f"{first.url}/posts", json={"text": "a"}, allow_redirects=True))
            is Outcome.UNKNOWN
        )
        assert outcome(lambda: wire.send(prepared, allow_redirects=True)) is Outcome.UNKNOWN
    assert server.connections == 0


def test_proxies_are_not_used(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the environment nor a library can send our calls through another machine."""
    with Loopback(answer({})) as proxy, session(server.url) as wire:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        wire.proxies = {"http": proxy.url}
        wire.get(f"{server.url}/posts/7", proxies={"http": proxy.url})
        wire.send(
            wire.prepare_request(requests.Request("GET", f"{server.url}/posts/7")),
            proxies={"http": proxy.url},
        )
    assert (proxy.connections, len(server.requests)) == (0, 2)


def test_no_password_of_the_machine_is_used(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .netrc on the machine must not replace the channel's own authorization, nor tell the platform another one."""
    (tmp_path / "netrc").write_text(
        f"machine 127.0.0.1 login officer password {secrets.token_hex(4)}\n", encoding="utf-8"
    )
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with session(server.url, authorization="Bearer own") as wire:
        wire.get(f"{server.url}/posts/7")
    assert server.requests[0].headers["authorization"] == "Bearer own"


def test_cookies_are_not_kept() -> None:
    """Platforms set cookies; none is sent back, and the next call is not refused for one."""
    with Loopback(answer({}, set_cookie="guest=1; Path=/")) as server, session(server.url) as wire:
        wire.get(f"{server.url}/posts/7")
        wire.get(f"{server.url}/posts/7")
    assert ["cookie" in request.headers for request in server.requests] == [False, False]


def test_the_token_goes_in_the_header_alone(server: Loopback) -> None:
    """The authorization that the core was given is on each call, and nowhere else."""
    token = secrets.token_hex(8)
    with session(server.url, authorization=f"Bearer {token}") as wire:
        wire.post(f"{server.url}/posts", json={"text": "a"})
    (request,) = server.requests
    assert request.headers["authorization"] == f"Bearer {token}"
    assert token not in request.path + request.body.decode()


def silent(connection: socket.socket) -> None:
    connection.settimeout(5)
    connection.recv(1)  # until the other side gives up


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{")
    while not threading.Event().wait(0.02):
        connection.sendall(b" ")


def drip_of(first: bytes, again: bytes) -> Callable[[socket.socket], None]:
    """An answer that goes on for ever, a few bytes at a time, at `again`."""

    def reply(connection: socket.socket) -> None:
        connection.sendall(first)
        while not threading.Event().wait(0.02):
            connection.sendall(again)

    return reply


def huge(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n{")
    for _ in range(MAX_ANSWER_BYTES // 65_536 + 2):
        connection.sendall(b" " * 65_536)


FAULTS: dict[str, Reply] = {
    "silence": silent,
    "a byte now and then": drip,
    "a head now and then": drip_of(b"HTTP/1.1 200 OK\r\n", b"x"),
    "heads without end": drip_of(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"),
    "a promise again and again": drip_of(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "pieces without end": drip_of(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a piece of no size": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-5\r\nabc\r\n",
    "too many heads": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n{}",
    "no number": b"HTTP/1.1 99999 OK\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\n{}",
    "an endless answer": huge,
    "a connection that ends": drop,
    "half an answer": b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"id":',
    "no HTTP": b"hello\r\n\r\n",
    "broken compression": answer(b"not gzip", content_encoding="gzip"),
    "a compression bomb": answer(
        gzip.compress(b"{" + b" " * (MAX_ANSWER_BYTES + 1)), content_encoding="gzip"
    ),
    "a gateway's page": answer(b"<html>502</html>", 502, content_type="text/html"),
    "an empty answer": answer(b""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_lost_answer_to_a_post_is_unknown(fault: str) -> None:
    """Whatever breaks once the request is out, the post may be live; a mere read is only tried again. Soon, too."""
    began = time.monotonic()
    with Loopback(FAULTS[fault]) as server, session(server.url, timeout=0.3) as wire:
        assert outcome(lambda: wire.post(f"{server.url}/posts", json={"text": "a"})) is Outcome.UNKNOWN
        assert outcome(lambda: wire.get(f"{server.url}/posts/7")) is Outcome.WAIT
    assert server.routes() == ["POST /posts", "GET /posts/7"]
    assert time.monotonic() - began < PATIENCE


def test_a_connection_that_ends_at_once_is_unknown() -> None:
    """A server that hangs up before it read anything may still have passed the request on."""
    with Loopback(drop, before=True) as server, session(server.url) as wire:
        assert outcome(lambda: wire.post(f"{server.url}/posts", json={"text": "a"})) is Outcome.UNKNOWN
    assert server.connections == 1


def kept_once(connection: socket.socket) -> None:
    """Answers one request, and drops the connection on the next, as one does that timed out on the way."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    connection.recv(65_536)


@pytest.mark.parametrize(("idle", "connections"), [(0, 2), (3_600, 1)])
def test_a_post_does_not_go_into_an_idle_connection(idle: float, connections: int) -> None:
    """A connection left idle may be dead without a sign, and a post sent into it would be unknown."""
    with Loopback(kept_once) as server, session(server.url, idle=idle) as wire:
        wire.get(f"{server.url}/posts/7")
        if idle:
            assert outcome(lambda: wire.post(f"{server.url}/posts", json={"text": "a"})) is Outcome.UNKNOWN
        else:
            wire.post(f"{server.url}/posts", json={"text": "a"})
    assert server.connections == connections


def test_what_counts_is_when_it_was_last_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session may be as old as the daemon: what was opened just before the moment is what the post goes by."""
    real = time.monotonic
    with Loopback(kept_once) as server, session(server.url) as wire:
        monkeypatch.setattr(time, "monotonic", lambda: real() + 3_600)
        wire.get(f"{server.url}/posts/7")
        assert outcome(lambda: wire.post(f"{server.url}/posts", json={"text": "a"})) is Outcome.UNKNOWN
    assert server.connections == 1


def test_a_connection_never_made_is_a_wait() -> None:
    """Where nothing listens, nothing was sent: the post can go later."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with session(url) as wire:
        assert outcome(lambda: wire.post(f"{url}/posts", json={"text": "a"})) is Outcome.WAIT


def test_a_connection_that_nobody_takes_is_a_wait() -> None:
    """A platform too busy to take a connection in time was sent nothing: not a post that may be live."""
    with ExitStack() as stack:
        busy = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # who waits before us, for as long as nobody is let in
            before = stack.enter_context(socket.socket())
            before.setblocking(False)
            before.connect_ex(busy.getsockname())
        url = f"http://127.0.0.1:{busy.getsockname()[1]}"
        wire = stack.enter_context(session(url, timeout=0.2))
        with pytest.raises(ChannelFailed) as failed:
            wire.post(f"{url}/posts", json={"text": "a"})
    judgement = failed.value.judgement
    assert (judgement.outcome, judgement.cause) == (Outcome.WAIT, NEVER_LEFT)


@responses.activate
def test_a_certificate_that_cannot_be_trusted_stops() -> None:
    """Nothing is sent to somebody who cannot prove to be the platform, and waiting does not help."""
    cause = urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed"))
    pool = urllib3.HTTPSConnectionPool("api.example.org")
    broken = requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(pool, "/posts", cause))
    responses.post("https://api.example.org/posts", body=broken)
    with session("https://api.example.org") as wire:
        assert outcome(lambda: wire.post("https://api.example.org/posts", json={"text": "a"})) is Outcome.STOP


def test_the_time_out_is_ours_whatever_a_library_asks() -> None:
    """A library that asks to wait for ever, by either way into the session, does not."""
    with Loopback(silent) as slow, session(slow.url, timeout=0.2) as wire:
        prepared = wire.prepare_request(requests.Request("GET", f"{slow.url}/posts/7"))
        asks: list[Callable[[], object]] = [
            lambda: wire.get(f"{slow.url}/posts/7", timeout=None),
            lambda: wire.send(prepared, timeout=None),
        ]
        for ask in asks:
            with pytest.raises(ChannelFailed) as failed:
                ask()
            assert failed.value.judgement.engineer == "ReadTimeout"


def test_a_failure_tells_no_token(server: Loopback) -> None:
    """Neither the failure nor its traceback holds the token: urllib3's own failures show the whole address."""
    token = secrets.token_hex(8)
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    for url in (nobody, server.url):
        with session(url, authorization=f"Bearer {token}") as wire:
            with pytest.raises((ChannelFailed, EgressRefused)) as failed:
                wire.get(
                    f"{url}/posts/7?fields={token}&other={token}"
                    if url == server.url
                    else f"{url}/posts/7?fields={token}"
                )
            assert token not in "".join(traceback.format_exception(failed.value))


def test_a_refusal_shows_the_path_alone(wire: Session, server: Loopback) -> None:
    """A library may have put anything into the query, and nobody knows it for a secret."""
    with pytest.raises(EgressRefused, match="/posts/8 is refused") as refused:
        wire.get(f"{server.url}/posts/8?fields=Jones#Jones")
    assert "Jones" not in str(refused.value)


def test_a_good_answer_is_json_to_the_library() -> None:
    """The Graph API has sent JSON as text/javascript, or with no type at all; facebook-sdk goes by the type."""
    with Loopback(answer({"id": "7"}, content_type="text/javascript")) as server, session(server.url) as wire:
        found = wire.get(f"{server.url}/posts/7")
    assert (found.headers["Content-Type"], found.json()) == ("application/json", {"id": "7"})


def test_a_chunked_and_compressed_answer_is_read_whole() -> None:
    """Answers come in pieces and compressed; both are undone before they are judged."""
    body = gzip.compress(b'{"id": "' + b"7" * 5_000 + b'"}')
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:10], body[10:])) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-encoding: gzip\r\n\r\n"
    with Loopback(head + pieces) as server, session(server.url) as wire:
        assert len(wire.get(f"{server.url}/posts/7").json()["id"]) == 5_000
