"""The server on a thread: ports, kept connections, and an end that is clean."""

import asyncio
import contextlib
import http.client
import os
import socket
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from api_support import short_folder
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.errors import OutsideFailed
from publisher.serve import Server, hang_up, peer_uid


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


# --- the Unix socket -----------------------------------------------------------------------------------------------------


async def who(scope: Scope, receive: Receive, send: Send) -> None:
    """Says who the kernel says it is."""
    await PlainTextResponse(str(peer_uid(scope)))(scope, receive, send)


def get_over(path: Path) -> str:
    connection = http.client.HTTPConnection("localhost", timeout=20)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.connect(str(path))
    connection.request("GET", "/")
    with contextlib.closing(connection):
        return connection.getresponse().read().decode()


@pytest.fixture
def path() -> Iterator[Path]:
    """Where a socket may be."""
    with short_folder() as folder:
        yield folder / "s"


@contextlib.contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_the_kernel_says_who_connected(path: Path) -> None:
    """Over the socket an app learns the user's number; over TCP it learns none, for any user may connect there."""
    with Server(who, unix=path) as server:
        assert get_over(path) == str(os.getuid())
        assert get(server.url) == "None"
        assert get_over(path) == str(os.getuid())


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
def test_the_socket_has_its_mode_whatever_the_umask(path: Path, mask: int) -> None:
    """The daemon's account and its group may ask, and nobody else; no other file is left beside it."""
    with umask(mask), Server(who, unix=path):
        found = path.lstat()
        assert stat.S_ISSOCK(found.st_mode)
        assert stat.S_IMODE(found.st_mode) == 0o660
        assert [file.name for file in path.parent.iterdir()] == ["s"]


def test_the_socket_goes_with_the_server(path: Path) -> None:
    """After the stop nothing is there, unless another put something in its place."""
    with Server(who, unix=path):
        pass
    assert not path.exists()
    with Server(who, unix=path):
        path.unlink()
        path.write_text("another's")
    assert path.read_text() == "another's"


def test_a_stale_socket_is_replaced(path: Path) -> None:
    """What a killed server left is no reason not to start."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    with Server(who, unix=path):
        assert get_over(path) == str(os.getuid())


def test_a_socket_on_which_another_answers_is_left_alone(path: Path) -> None:
    """Two servers on one path: the second is refused, and the first goes on."""
    with Server(who, unix=path):
        with pytest.raises(OutsideFailed, match=r"another server answers there.*daemon. socket"):
            Server(who, unix=path).start()
        assert get_over(path) == str(os.getuid())


@pytest.mark.parametrize("target", ["elsewhere", "nothing", "."])
def test_a_link_is_not_followed(path: Path, target: str) -> None:
    """Who can write in that folder must not have the daemon replace, or bind, what is elsewhere."""
    elsewhere = path.with_name("elsewhere")
    elsewhere.write_text("kept")
    path.symlink_to(target)
    with pytest.raises(OutsideFailed, match="something else is there"):
        Server(who, unix=path).start()
    assert path.is_symlink()
    assert elsewhere.read_text() == "kept"
    assert {file.name for file in path.parent.iterdir()} == {"s", "elsewhere"}


def test_a_file_is_not_replaced(path: Path) -> None:
    """A wrong path in config.toml costs nobody a file."""
    path.write_text("kept")
    with pytest.raises(OutsideFailed, match="something else is there"):
        Server(who, unix=path).start()
    assert path.read_text() == "kept"


@pytest.mark.parametrize("name", ["none/s", "x" * 120])
def test_a_socket_that_cannot_be_had_is_said_plainly(path: Path, name: str) -> None:
    """No such folder, or a path that is too long: a way out, and neither a file nor a port is left."""
    server = Server(who, unix=path.parent / name)
    with pytest.raises(OutsideFailed, match=r"Cannot listen on the socket .*config\.toml"):
        server.start()
    assert list(path.parent.iterdir()) == []
    with pytest.raises(RuntimeError, match="not been started"):
        _ = server.url
