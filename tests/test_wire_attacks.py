"""What a library could do with the session that was given to it, tried one by one: nothing undeclared opens a connection.

Two readers may see two things in one address or body; so each trick is tried through the session's own verbs, where requests
tidies up first, and as a request made by hand, where nothing does.
"""

import copy
import io
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, cast

import pytest
import requests
from channels_support import Loopback, answer
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth, HTTPDigestAuth
from support import ROOT
from test_wire import CALLS, judge, outcome, session
from urllib3.util import Retry

from publisher.declared import HEADERS_NEVER
from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import Judgement, Outcome, Phase
from publisher.wire import Call, Sent, Session

JSON, FORM, PARTS = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=abcdefgh12",
)
GOOD_JSON = b'{"text":"a"}'


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback(answer({"id": "7"})) as running:
        yield running


@pytest.fixture
def wire(server: Loopback) -> Iterator[Session]:
    with session(server.url) as made:
        yield made


def by_hand(method: str, url: Any, body: Any = None, **headers: Any) -> Any:
    """A request that nothing has tidied up."""
    made: Any = requests.PreparedRequest()
    made.method, made.url, made.body = method, url, body
    made.headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return made


def both_ways(wire: Session) -> tuple[Callable[[Any], object], ...]:
    """Reads an address through the session's verb, and by hand."""
    return wire.get, lambda url: wire.send(by_hand("GET", url))


# --- addresses ------------------------------------------------------------------------------------------------

ADDRESSES = (
    "/posts/7/", "/posts/7;x", "/posts/7;x=/8", "//posts/7", "/posts//7", "/posts/7/..", "/posts/7/../8", "/x/../posts/8",
    "/posts/7/%2e%2e/8", "/posts%2F7", "/posts%2f7", "/posts/7%00", "/posts/7%0d%0a", "/posts/7%20", "/posts/7 ", "/posts/\uff17",
    "/posts/7\\..\\8", "\\posts\\7", "/\\posts/7", "/posts/7.json", "/Posts/7", "/posts/7/comments", "/posts/7,8", "/posts/07/8",
    "/posts/7?fields=a&fields=b", "/posts/7?fields=a&fiel%64s=b", "/posts/7?fields=a&Fields=b", "/posts/7?Fields=a",
    "/posts/7?fields[]=a", "/posts/7?fields%5B%5D=a", "/posts/7?fields=a;method=delete", "/posts/7?fields=a&&", "/posts/7?=a",
    "/posts/7?metrics", "/posts/7?fields=%ff", "/posts/7?+fields=a", "/posts/7?%66ields=a&fields", "/posts/7?fields=a&\u017fields=b",
    "/posts/7#x", "/posts/7?fields=a#x",
)  # fmt: skip
TIDIED = (
    "/po\tsts/7",
    "/posts/7\n",
    "/posts/7\r\nHost: x",
    "/%70osts/7",
    "/posts/%37",
    "/./posts/7",
    "/posts/7#",
)
"""requests makes the declared address of these before anyone looks; made by hand, they are refused."""


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_was_not_declared_is_refused(address: str, wire: Session, server: Loopback) -> None:
    """Dots, encodings, blanks, other cases, names twice: through the session and by hand."""
    for ask in both_ways(wire):
        with pytest.raises(EgressRefused):
            ask(server.url + address)
    assert server.connections == 0


@pytest.mark.parametrize("address", TIDIED)
def test_the_path_that_was_checked_is_the_one_that_leaves(
    address: str, wire: Session, server: Loopback
) -> None:
    """What requests tidies up leaves as the declared call or not at all; what nobody has tidied up does not leave."""
    with pytest.raises(EgressRefused):
        wire.send(by_hand("GET", server.url + address))
    assert server.connections == 0
    with suppress(EgressRefused):
        wire.get(server.url + address)
    assert {request.path for request in server.requests} <= {"/posts/7"}


AMBIGUOUS = (
    "//posts/7", "/posts/..", "/posts/../8", "/posts/./7", "/posts/.", "/posts/%2E%2E/8", "/posts%2F7", "/posts%5C7", "/posts/%00", "/posts/%0D%0A",
    "/posts/%7F", "/posts/7 8", "/posts/\xe9", "/posts/%e9", "/posts/%zz", "/posts/%", "/posts/[7]", "/posts/{7}", "/posts/|", '/posts/"', "/posts/<",
    "posts", "", "?a",
)  # fmt: skip


@pytest.mark.parametrize("path", AMBIGUOUS)
def test_however_wide_a_pattern_is_a_path_means_one_thing(path: str, server: Loopback) -> None:
    """Dots and encoded dots, slashes and control signs are undone by some servers before they look: by no pattern they pass."""
    wide = Call(Phase.READ, "GET", r"(?s:.*)", query=frozenset({"a"}))
    with Session(endpoint=server.url, calls=(wide,), judge=judge, timeout=5) as wire:
        with pytest.raises(EgressRefused):
            wire.send(by_hand("GET", server.url + path))
        assert server.connections == 0
        wire.send(by_hand("GET", f"{server.url}/posts/%C3%A9"))
    assert [request.path for request in server.requests] == ["/posts/%C3%A9"]


def other_hosts(url: str) -> list[Any]:
    """Addresses that some reader could take for the endpoint's, or for somebody else's."""
    port = url.rpartition(":")[2]
    swaps = (
        "127.0.0.1.", "me@127.0.0.1", "evil.example\\@127.0.0.1", "127.0.0.1@evil.example", "0x7f.0.0.1", "2130706433", "127.1",
        "[::ffff:127.0.0.1]", "localhost", "127.0.0.1.evil.example", "127.0.0.1%00.evil.example", "127.0.0.1%2eevil.example",
        "\u0661\u0662\u0667.0.0.1", "evil.example#127.0.0.1", "evil.example?127.0.0.1",
    )  # fmt: skip
    return [
        *(url.replace("127.0.0.1", host) for host in swaps),
        url.replace("http", "https"), url.replace("http", "ftp"), url.replace("http", "http+unix"), url[:-1], f"{url}0",
        f"http://127.0.0.1:{port}:80", "http://127.0.0.1", url.removeprefix("http:"), url.removeprefix("http://"), "file:///etc/passwd",
        "http://[::1", "http:///", "", f"http:/127.0.0.1:{port}", f"http:\\\\127.0.0.1:{port}",
    ]  # fmt: skip


def test_no_other_place_is_reached(wire: Session, server: Loopback) -> None:
    """The endpoint's scheme, host and port to the letter: no other name for it, no user, no look-alike, no address in pieces."""
    for place in other_hosts(server.url):
        for ask in both_ways(wire):
            with pytest.raises(EgressRefused):
                ask(f"{place}/posts/7")
    assert server.connections == 0


@pytest.mark.parametrize("url", [None, 7, b"\xff", object()])
def test_what_is_no_address_is_refused_by_the_same_word(url: Any, wire: Session) -> None:
    """A library that swallows every Exception cannot swallow that either."""
    for ask in both_ways(wire):
        with pytest.raises(EgressRefused):
            ask(url)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://platform.example", "http://10.0.0.1", "http://127.0.0.1.evil.example", "http://localhost.evil.example", "ftp://127.0.0.1",
        "https://me@platform.example", "https://platform.example?a=b", "https://", "",
    ],
)  # fmt: skip
def test_plain_http_is_for_this_machine_alone(endpoint: str) -> None:
    """A session for an endpoint that is neither https nor on loopback is not made."""
    with pytest.raises(EgressRefused):
        session(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    ["https://platform.example", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "HTTPS://Platform.Example/"],
)  # fmt: skip
def test_loopback_and_https_are_taken(endpoint: str) -> None:
    """As people write them."""
    session(endpoint).close()


# --- headers --------------------------------------------------------------------------------------------------

HEADERS: dict[str, Any] = {
    "another host": {"Host": "evil.example"}, "a cookie": {"Cookie": "a=b"}, "a wait": {"Expect": "100-continue"},
    "a part": {"Range": "bytes=0-1"}, "pieces": {"Transfer-Encoding": "chunked"}, "compression": {"Content-Encoding": "gzip"},
    "another method": {"X-HTTP-Method-Override": "DELETE"}, "another protocol": {"Connection": "Upgrade"},
    "a header to be taken away": {"Connection": "close, authorization"}, "a line break": {"User-Agent": "a\r\nX-Method: DELETE"},
    "a folded line": {"User-Agent": "a\n b"}, "a zero": {"User-Agent": "a\0b"}, "other letters": {"User-Agent": "\u0175"},
    "no text": {"User-Agent": 5}, "nothing": {"User-Agent": None}, "a line break in bytes": {b"User-Agent": b"a\r\nX: y"},
    "a line break in the name": {"Accept\r\nX: y": "a"}, "a blank in the name": {"Accept ": "a"}, "a name of no text": {7: "a"},
    "a shorter length": {"Content-Length": "3"}, "a longer length": {"Content-Length": "300"}, "two lengths": {"Content-Length": "12, 12"},
    "a length with a sign": {"Content-Length": "+12"}, "two types": {"Content-Type": f"{JSON}, text/plain"},
    "another character set": {"Content-Type": f"{JSON}; charset=utf-16"}, "nearly the type": {"Content-Type": "application/jsonp"},
    "a type that lies": {"Content-Type": FORM}, "a type that lies more": {"Content-Type": PARTS},
    "plain bytes": {"Content-Type": "application/octet-stream"}, "no type": {"Content-Type": ""},
    "one header twice": {"Accept": "a", "accept": "b"}, "two types in two headers": {"content-type": FORM},
}  # fmt: skip


@pytest.mark.parametrize("what", HEADERS)
def test_no_header_makes_another_request_of_it(what: str, wire: Session, server: Loopback) -> None:
    """A header that changes the host, the method, the length or the meaning of the body is refused."""
    asked = by_hand("POST", f"{server.url}/posts", GOOD_JSON)
    asked.headers = {"Content-Type": JSON, **HEADERS[what]}
    with pytest.raises(EgressRefused):
        wire.send(asked)
    assert server.connections == 0


@pytest.mark.parametrize("name", sorted(HEADERS_NEVER))
def test_no_adapter_may_declare_such_a_header(name: str) -> None:
    """`more_headers` is for a platform's own; these would make another request of what was checked."""
    with pytest.raises(EgressRefused, match=name):
        session("https://platform.example", more_headers=frozenset({name}))


def test_a_declared_header_leaves_and_no_other_like_it(server: Loopback) -> None:
    """An adapter's own headers are allowed for its own session."""
    with session(server.url, more_headers=frozenset({"x-app-id"})) as wire:
        wire.get(f"{server.url}/posts/7", headers={"X-App-ID": "5"})
        with pytest.raises(EgressRefused):
            wire.get(f"{server.url}/posts/7", headers={"X-App-IDs": "5"})
    assert [request.headers.get("x-app-id") for request in server.requests] == ["5"]


def test_nobody_else_signs(server: Loopback) -> None:
    """Where the session was given the authorization, a library's own does not take its place: it could be another account."""
    with session(server.url, authorization="Bearer ours") as wire:
        for more in (
            {"auth": HTTPBasicAuth("a", "b")},
            {"auth": ("a", "b")},
            {"headers": {"Authorization": "Bearer other"}},
            {"headers": {"Authorization": None}},
        ):
            with pytest.raises(EgressRefused):
                wire.get(f"{server.url}/posts/7", **more)
        wire.auth = ("a", "b")
        with pytest.raises(EgressRefused):
            wire.get(f"{server.url}/posts/7")
    assert server.connections == 0


# --- bodies ---------------------------------------------------------------------------------------------------


def part(head: str, value: str = "x", before: str = "", after: str = "--\r\n") -> bytes:
    return f"{before}--abcdefgh12\r\n{head}\r\n\r\n{value}\r\n--abcdefgh12{after}".encode()


TEXT = 'Content-Disposition: form-data; name="text"'
BODIES: dict[str, tuple[str, Any]] = {
    "NaN": (JSON, b'{"text":NaN}'), "a number without end": (JSON, b'{"text":1e999}'),
    "too deep": (JSON, b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "a mark in front": (JSON, b"\xef\xbb\xbf" + GOOD_JSON),
    "UTF-16": (JSON, '{"text":"a"}'.encode("utf-16")), "a key twice, once escaped": (JSON, b'{"text":"a","te\\u0078t":"b"}'),
    "half a character": (JSON, b'{"text":"\\ud800"}'), "more behind it": (JSON, GOOD_JSON + b'{"reply":1}'),
    "another case": (JSON, b'{"Text":"a"}'), "a list": (JSON, b"[]"), "a word": (JSON, b'"text"'), "huge": (JSON, b'{"text":' + b"9" * 5_000 + b"}"),
    "a name twice, once encoded": (FORM, b"text=a&te%78t=b"), "a name of another case": (FORM, b"Text=a"), "a list's name": (FORM, b"text[]=a"),
    "a line break": (FORM, b"text=a\nmethod=delete"), "a semicolon": (FORM, b"text=a;method=delete"), "no UTF-8": (FORM, b"text=%ff"),
    "not encoded": (FORM, "text=\u0175".encode()), "half encoded": (FORM, b"text=%4"), "no name": (FORM, b"=a"), "empty pairs": (FORM, b"&"),
    "JSON in a form": (FORM, GOOD_JSON), "a form in JSON": (JSON, b"text=a"),
    "a stream": (JSON, iter([GOOD_JSON])), "a file": (JSON, io.BytesIO(GOOD_JSON)), "bytes that may change": (JSON, bytearray(GOOD_JSON)),
    "a view": (JSON, memoryview(GOOD_JSON)), "a list of bytes": (JSON, [GOOD_JSON]), "half a character in a string": (JSON, "\ud800"),
    "before the parts": (PARTS, part(TEXT, before="junk\r\n")), "behind the parts": (PARTS, part(TEXT, after="--\r\nPOST /x HTTP/1.1")),
    "no end": (PARTS, part(TEXT, after="\r\n")), "no parts": (PARTS, b"--abcdefgh12--\r\n"), "another boundary": (PARTS, part(TEXT).replace(b"gh12", b"gh13")),
    "a name without marks": (PARTS, part("Content-Disposition: form-data; name=text")), "two names": (PARTS, part(TEXT + '; name="method"')),
    "a second name, encoded": (PARTS, part(TEXT + "; name*=utf-8''method")), "no name at all": (PARTS, part("Content-Type: text/plain")),
    "a name within a name": (PARTS, part('Content-Disposition: form-data; filename="; name=\\"text\\""; name="method"')),
    "two heads": (PARTS, part(TEXT + '\r\nContent-Disposition: form-data; name="method"')),
    "an encoding of its own": (PARTS, part(TEXT + "\r\nContent-Transfer-Encoding: base64")),
    "parts within a part": (PARTS, part(TEXT + "\r\nContent-Type: multipart/mixed; boundary=zz")),
    "bare line breaks": (PARTS, part(TEXT).replace(b"\r\n", b"\n")), "a folded head": (PARTS, part(TEXT.replace("; ", ";\r\n "))),
    "the boundary within": (PARTS, part(TEXT, "a--abcdefgh12\r\n")), "a part within": (PARTS, part(TEXT, "\n--abcdefgh12\nContent-Disposition: x")),
    "a part twice": (PARTS, part(TEXT, f"a\r\n--abcdefgh12\r\n{TEXT}\r\n\r\nb")), "a part that is a list's": (PARTS, part(TEXT.replace("text", "text[]"))),
    "two boundaries": (f"{PARTS}; boundary=another12", part(TEXT)), "no boundary": ("multipart/form-data", part(TEXT)),
    "plain bytes": ("application/octet-stream", b"x"), "XML": ("text/xml", b"<text/>"), "no type": ("", GOOD_JSON),
}  # fmt: skip


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_can_be_read_in_two_ways_is_refused(what: str, wire: Session, server: Loopback) -> None:
    """Whatever the body's type says: one reading, each name once, nothing before or behind."""
    kind, body = BODIES[what]
    with pytest.raises(EgressRefused):
        wire.send(by_hand("POST", f"{server.url}/posts", body, Content_Type=kind))
    assert server.connections == 0


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"text": 'ŵ \\ " ;&='}},
        {"data": {"text": "ŵ ;&=%\n"}},
        {"files": {"text": ("a ŵ.jpg", b"\0\r\n--")}},
    ],
)
def test_what_libraries_really_send_is_taken(body: dict[str, Any], wire: Session, server: Loopback) -> None:
    """Strict, but not about what requests itself makes of any text."""
    wire.post(f"{server.url}/posts", **body)
    assert server.routes() == ["POST /posts"]


def test_a_read_has_no_body(wire: Session, server: Loopback) -> None:
    """Where no field is declared there is no body either, not even an empty one of some type."""
    bodies: tuple[dict[str, Any], ...] = (
        {"json": {}},
        {"data": "&"},
        {"data": b"{}", "headers": {"Content-Type": JSON}},
    )
    for body in bodies:
        with pytest.raises(EgressRefused):
            wire.get(f"{server.url}/posts/7", **body)
    assert server.connections == 0


def test_a_request_hidden_behind_the_body_never_leaves(wire: Session, server: Loopback) -> None:
    """A length shorter than the body would make a second request of the rest, on the same connection and with our token."""
    body = part(TEXT, "x\r\n\r\nDELETE /posts/8 HTTP/1.1\r\nHost: a\r\n\r\n")
    for length in ("1", "0", str(len(body) - 1)):
        with pytest.raises(EgressRefused):
            wire.send(by_hand("POST", f"{server.url}/posts", body, Content_Type=PARTS, Content_Length=length))
    assert server.connections == 0
    wire.send(by_hand("POST", f"{server.url}/posts", body, Content_Type=PARTS))
    assert [request.headers["content-length"] for request in server.requests] == [str(len(body))]


def test_plain_bytes_leave_only_where_they_are_declared(server: Loopback) -> None:
    """A call that is declared raw takes plain bytes, shown to its check as they are, and nothing else."""
    seen: list[Any] = []

    def look(sent: Sent) -> bool:
        seen.append(sent.fields)
        return True

    raw = Call(Phase.UPLOAD, "POST", "/up", raw=True, check=look)
    with Session(endpoint=server.url, calls=(raw,), judge=judge, timeout=5) as wire:
        wire.post(f"{server.url}/up", data=b"\xff\xd8", headers={"Content-Type": "application/octet-stream"})
        for kind, body in ((FORM, b"=x"), (JSON, b'{"":1}'), ("application/octet-stream", b"")):
            with pytest.raises(EgressRefused):
                wire.post(f"{server.url}/up", data=body, headers={"Content-Type": kind})
    assert (seen, server.routes()) == ([{"": b"\xff\xd8"}], ["POST /up"])


def test_a_check_sees_what_stands_behind_a_semicolon(server: Loopback) -> None:
    """For one server it is the value's, for another a field of its own: the check judges both."""
    seen: list[Any] = []

    def look(sent: Sent) -> bool:
        seen.append(sent.fields)
        return False

    call = Call(Phase.CREATE, "POST", "/posts", fields=frozenset({"text", "more"}), check=look)
    with (
        Session(endpoint=server.url, calls=(call,), judge=judge, timeout=5) as wire,
        pytest.raises(EgressRefused),
    ):
        wire.send(by_hand("POST", f"{server.url}/posts", b"text=a;more=b%21", Content_Type=FORM))
    assert seen == [{"text": "a;more=b!", "more": "b!"}]


class _Says(str):
    """Looks like one thing to whoever asks, and leaves as another."""

    __slots__ = ()

    def startswith(self, *_: Any) -> bool:
        return True

    def lower(self) -> str:
        return "accept"

    def encode(self, *_: Any) -> bytes:
        return GOOD_JSON


class _Holds(bytes):
    __slots__ = ()

    def decode(self, *_: Any, **__: Any) -> str:
        return GOOD_JSON.decode()


@pytest.mark.parametrize("what", ["method", "url", "header", "value", "text", "bytes"])
def test_a_text_whose_methods_lie_never_leaves(what: str, wire: Session, server: Loopback) -> None:
    """What was checked is what leaves, also where a library inside makes types of its own."""
    asked = by_hand("POST", f"{server.url}/posts", GOOD_JSON, Content_Type=JSON)
    wire.send(by_hand("POST", f"{server.url}/posts", GOOD_JSON, Content_Type=JSON))
    if what in {"method", "url"}:
        setattr(asked, what, _Says(getattr(asked, what)))
    elif what in {"header", "value"}:
        asked.headers |= (
            {_Says("X-HTTP-Method-Override"): "DELETE"}
            if what == "header"
            else {"Accept": _Says("a\r\nb: c")}
        )
    else:
        asked.body = _Says('{"text":"b"}') if what == "text" else _Holds(b'{"text":"b"}')
    with pytest.raises(EgressRefused):
        wire.send(asked)
    assert len(server.requests) == 1


def test_a_check_that_breaks_says_no(server: Loopback) -> None:
    """An adapter's check that stumbles over odd input has not said yes."""
    broken = Call(
        Phase.CREATE, "POST", "/posts", fields=frozenset({"text"}), check=lambda sent: sent.fields["media"]
    )
    with (
        Session(endpoint=server.url, calls=(broken,), judge=judge, timeout=5) as wire,
        pytest.raises(EgressRefused),
    ):
        wire.post(f"{server.url}/posts", json={"text": "a"})
    assert server.connections == 0


# --- ways round -----------------------------------------------------------------------------------------------


def turned(wire: Session, url: str) -> object:
    """`auth` may be any function, and is called last."""

    def elsewhere(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.url = f"{url}/other"
        return request

    return wire.post(f"{url}/posts", json={"text": "a"}, auth=elsewhere)


def copied(make: Callable[[Session], Any]) -> Callable[[Session, str], object]:
    return lambda wire, url: make(wire).post(f"{url}/other")


def unguarded(wire: Session, url: str) -> object:
    wire.adapters.clear()
    wire.adapters["http://"] = HTTPAdapter()
    return wire.post(f"{url}/other")


def mounted(wire: Session, url: str) -> object:
    requests.Session.mount(wire, url, HTTPAdapter())
    return wire.post(f"{url}/other")


def restored(wire: Session, url: str) -> object:
    cast("Any", wire).__setstate__(requests.Session().__getstate__())
    return wire.post(f"{url}/other")


def a_new_pool(wire: Session, url: str) -> object:
    guard = cast("Any", wire.get_adapter(""))
    guard.init_poolmanager(1, 1)
    return guard.poolmanager.request("POST", f"{url}/other", retries=False)


def a_connection(wire: Session, url: str) -> Any:
    guard = cast("Any", wire.get_adapter(""))
    pool = guard.get_connection_with_tls_context(by_hand("GET", f"{url}/posts/7"), verify=True)
    return pool._get_conn()  # as a library could


ROUND: dict[str, Callable[[Session, str], object]] = {
    "a copy": copied(copy.copy), "a deep copy": copied(copy.deepcopy), "a pickle": copied(pickle.dumps),
    "a copy of the guard": lambda wire, _url: copy.copy(wire.get_adapter("")), "the parent's verb": lambda wire, url: requests.Session.request(wire, "POST", f"{url}/other"),
    "an adapter of the session": lambda wire, url: wire.adapters["http://"].send(by_hand("POST", f"{url}/other")),
    "the guard's parent": lambda wire, url: HTTPAdapter.send(wire.get_adapter(""), by_hand("POST", f"{url}/other")),
    "the guard's pool": lambda wire, url: cast("Any", wire.get_adapter("")).poolmanager.request("POST", f"{url}/other", retries=False),
    "a new pool": a_new_pool, "a connection of the pool": lambda wire, url: a_connection(wire, url).request("POST", "/other"),
    "a connection opened by hand": lambda wire, url: a_connection(wire, url).connect(),
    "a proxy of the guard": lambda wire, url: wire.get_adapter("").proxy_manager_for(url),
    "other adapters": unguarded, "the parent's mount": mounted, "another state": restored, "an auth that turns elsewhere": turned,
    "a digest": lambda wire, url: wire.post(f"{url}/other", auth=HTTPDigestAuth("a", "b")),
    "a method of several lines": lambda wire, url: wire.request("GET /x HTTP/1.1\r\nX: y\r\n\r\nPOST", f"{url}/posts", json={"text": "a"}),
    "a method in small letters": lambda wire, url: wire.send(by_hand("post", f"{url}/posts", GOOD_JSON, Content_Type=JSON)),
    "a method in bytes": lambda wire, url: wire.request(b"PUT", f"{url}/posts", json={"text": "a"}),
    "no method": lambda wire, url: wire.send(by_hand(None, f"{url}/posts")),  # type: ignore[arg-type]
    "cookies of the session": lambda wire, url: [wire.cookies.set("a", "b"), wire.get(f"{url}/posts/7", cookies={"a": "b"})],
    "parameters of the session": lambda wire, url: [wire.params.update({"metrics": "1"}), wire.get(f"{url}/posts/7")],  # type: ignore[union-attr]
    "a header of the session": lambda wire, url: [wire.headers.update({"X-HTTP-Method": "PUT"}), wire.get(f"{url}/posts/7")],
}  # fmt: skip


@pytest.mark.parametrize("way", ROUND)
def test_there_is_no_way_round_the_guard(way: str, wire: Session, server: Loopback) -> None:
    """Neither a copy, nor a mount, nor what requests keeps beside, nor a library's own hand in a request."""
    with pytest.raises(EgressRefused):
        ROUND[way](wire, server.url)
    assert server.connections == 0


def test_an_open_connection_carries_nothing_else(server: Loopback) -> None:
    """What the guard let through left a connection open: nobody but the guard puts anything on it."""
    kept = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"

    def twice(connection: socket.socket) -> None:
        connection.sendall(kept)
        seen.append(connection.recv(65_536))

    seen: list[bytes] = []
    with Loopback(twice) as open_server, session(open_server.url) as wire:
        wire.get(f"{open_server.url}/posts/7")
        guard = cast("Any", wire.get_adapter(""))
        pool = guard.get_connection_with_tls_context(
            by_hand("GET", f"{open_server.url}/posts/7"), verify=True
        )
        for method, target in (("DELETE", "/posts/7"), ("GET", "/posts/7"), ("GET", "/posts/8")):
            with pytest.raises(EgressRefused):
                pool.urlopen(method, target)
        wire.close()
    assert (seen, open_server.connections) in (([b""], 1), ([], 1))


def test_a_wish_of_a_library_changes_nothing(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies, redirects, retries, trust in the environment, certificates unchecked: asked for by every way, and not done."""
    replies = [answer({}, 307, location=f"{server.url}/posts/7"), answer({}, 503)]
    with Loopback(answer({})) as proxy, Loopback(*replies) as first, session(first.url) as wire:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("all_proxy", proxy.url)
        wire.trust_env, wire.max_redirects, wire.proxies, wire.verify = True, 30, {"http": proxy.url}, False
        wire.get_adapter("").max_retries = Retry(5, status_forcelist=[503], allowed_methods=None)
        for _ in replies:
            with pytest.raises(ChannelFailed) as failed:
                wire.post(
                    f"{first.url}/posts",
                    json={"text": "a"},
                    allow_redirects=True,
                    verify=False,
                    cert="a",
                    stream=True,
                )
            assert failed.value.judgement.outcome is Outcome.UNKNOWN
    assert (proxy.connections, server.connections, len(first.requests), wire.trust_env) == (0, 0, 2, False)


def test_even_a_judge_that_calls_a_redirect_good_leads_nowhere(server: Loopback) -> None:
    """A session of requests follows what the adapter gave back; here there is nothing to follow."""
    with (
        Loopback(answer({}, 307, location="/posts/7")) as first,
        Session(endpoint=first.url, calls=CALLS, judge=lambda *_: Judgement(Outcome.SENT), timeout=5) as wire,
    ):
        found = wire.get(f"{first.url}/posts/7")
        assert (found.status_code, list(wire.resolve_redirects(found, found.request))) == (307, [])
    assert len(first.requests) == 1


def test_a_judge_that_breaks_makes_a_post_unknown(server: Loopback) -> None:
    """The request has left: an answer over which its reader stumbles is as good as none."""

    def stumble(phase: Phase, status: int | None, headers: Mapping[str, str], body: bytes | str) -> Judgement:
        raise KeyError(phase, status, headers, body)

    with Session(endpoint=server.url, calls=CALLS, judge=stumble, timeout=5) as wire:
        assert outcome(lambda: wire.post(f"{server.url}/posts", json={"text": "a"})) is Outcome.UNKNOWN
        assert outcome(lambda: wire.get(f"{server.url}/posts/7")) is Outcome.WAIT


def test_many_at_once_are_each_checked(wire: Session, server: Loopback) -> None:
    """Channels share no state, but one channel's requests may be made on several threads."""
    refused: list[int] = []

    def ask(number: int) -> None:
        try:
            wire.get(f"{server.url}/posts/{7 + number % 2}")
        except EgressRefused:
            refused.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (len(refused), set(server.routes()), len(server.requests)) == (10, {"GET /posts/7"}, 10)


OWN_CONNECTION = """
import socket, sys
sys.path.insert(0, sys.argv[2])
sys.path.insert(0, sys.argv[2] + "/tests")
from publisher import own_doors
from publisher.errors import EgressRefused
from test_wire import session
import tweepy, facebook
host, port = sys.argv[1].split(":")
place = host, int(port)
library = {"__name__": "instagrapi.mixins.new"}
exec("def ask(what, *given): return what(*given)", library)
ask, udp = library["ask"], socket.socket(type=socket.SOCK_DGRAM)
own_doors.shut()
asked = []
sys.addaudithook(lambda event, given: asked.append(given) if event == "socket.connect" else None)
for call in (
    lambda: tweepy.OAuth2AppHandler("key", "secret"),
    lambda: tweepy.OAuth1UserHandler("key", "secret").get_authorization_url(),
    lambda: tweepy.API(tweepy.OAuth1UserHandler("k", "s", "t", "u"), host=sys.argv[1]).verify_credentials(),
    lambda: tweepy.Client("token").get_user(username="a"),
    lambda: facebook.GraphAPI("token").get_object("me"),
    lambda: ask(socket.socket().connect, place),
    lambda: ask(socket.socket().connect_ex, place),
    lambda: ask(socket.getaddrinfo, *place),
    lambda: ask(socket.gethostbyname, host),
    lambda: ask(socket.gethostbyaddr, host),
    lambda: ask(udp.sendto, b"a", place),
    lambda: ask(udp.sendmsg, [b"a"], [], 0, place),
):
    try:
        call()
        print("it got out")
    except EgressRefused as refused:
        print(refused)
print(len(asked), ask(session("http://" + sys.argv[1]).get, f"http://{sys.argv[1]}/posts/7").status_code)
"""


def test_a_library_makes_no_connection_of_its_own(server: Loopback) -> None:
    """In the program's own process, what a library dials past its session is refused before the host is even looked up.

    Whichever of Python's ways to a host it takes; by the guarded session it still gets there.
    """
    asked = [sys.executable, "-c", OWN_CONNECTION, server.url.removeprefix("http://"), str(ROOT)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60)
    lines = done.stdout.splitlines()
    assert [line.partition(" is refused")[0].removeprefix("one-way: ") for line in lines[:-1]] == [
        "tweepy", "requests_oauthlib", "tweepy", "tweepy", "facebook", *["instagrapi"] * 7,
    ]  # fmt: skip
    assert (lines[-1], server.connections) == ("0 200", 1)


PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from publisher.cli import main
from publisher.errors import EgressRefused
try:
    main(["--version"])
except SystemExit:
    import facebook
    try:
        facebook.GraphAPI("token").get_object("me")
    except EgressRefused as refused:
        print(refused)
"""


def test_the_program_shuts_those_doors_as_it_starts() -> None:
    """Whatever the verb: the daemon is one, and so is whoever looks at an account."""
    asked = [sys.executable, "-c", PROGRAM, str(ROOT)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[1:] == ["one-way: facebook is refused a connection of its own"]
