"""The server on a thread: ports, kept connections, and an end that is clean."""

import asyncio
import http.client
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.errors import OutsideFailed
from publisher.serve import Server, hang_up


def says(text: str) -> ASGIApp:
    return PlainTextResponse(text)


def get(url: str) -> str:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=20).text


class Slow:
    """Answers when it is let, and says when it was asked."""

    def __init__(self) -> None:
        self.asked, self.let = threading.Event(), threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.set()
        while not self.let.is_set():  # noqa: ASYNC110  # set from another thread
            await asyncio.sleep(0.001)
        await PlainTextResponse("done")(scope, receive, send)


def test_each_app_has_its_own_port() -> None:
    """Apps beside the first share its thread, not its address."""
    with Server(says("one"), beside=[says("two")]) as server:
        assert [get(url) for url in server.urls] == ["one", "two"]
        assert server.url == server.urls[0]


def test_connections_are_kept() -> None:
    """One call after the other goes over the same connection, so that one opened ahead of time is of use."""
    with Server(says("hello")) as server:
        connection = http.client.HTTPConnection(server.url.partition("://")[2])
        connection.connect()
        opened = connection.sock
        for _ in "12":
            connection.request("GET", "/")
            connection.getresponse().read()
        assert connection.sock is opened
        connection.close()


def test_a_port_in_use_is_said_plainly() -> None:
    """A port that is taken is an expected failure with a way out, and leaves nothing open."""
    with Server(says("first")) as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(OutsideFailed, match=rf"port {port}.*choose another port"):
            Server(says("second"), port=port).start()


def test_what_runs_may_finish() -> None:
    """Asked to stop, the server lets a request that has begun be answered."""
    slow = Slow()
    with ThreadPoolExecutor(2) as pool:
        server = Server(slow)
        server.start()
        answer = pool.submit(get, server.url)
        assert slow.asked.wait(20)
        stopped = pool.submit(server.stop)
        slow.let.set()
        assert answer.result() == "done"
        stopped.result()


def test_what_does_not_finish_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    """Beyond the grace nothing is waited for, and no thread is left."""
    before, slow = set(threading.enumerate()), Slow()
    with ThreadPoolExecutor(1) as pool:
        server = Server(slow, grace=0.01)
        server.start()
        answer = pool.submit(get, server.url)
        assert slow.asked.wait(20)
        server.stop()
        assert isinstance(answer.exception(), requests.ConnectionError) or answer.result() != "done"
    assert set(threading.enumerate()) == before


def test_a_stopped_server_starts_again_and_stops_twice() -> None:
    """Start and stop can follow each other; a second stop, or one before the first start, is harmless."""
    server = Server(says("hello"))
    server.stop()
    for _ in "12":
        with server:
            assert get(server.url) == "hello"
        server.stop()
    with pytest.raises(RuntimeError, match="not been started"):
        _ = server.url


def test_hanging_up_gives_no_answer() -> None:
    """A connection that an app hangs up is closed without one byte."""

    async def rude(scope: Scope, receive: Receive, send: Send) -> None:
        await hang_up(scope)

    with Server(rude) as server, pytest.raises(requests.ConnectionError, match="without response"):
        get(server.url)
