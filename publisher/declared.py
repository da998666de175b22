"""The calls that an adapter declares, and a request taken apart so strictly that what was checked is what leaves.

Two readers of one address or body may see two things in it (a path with `..`, a name that stands twice, a length that is not
the body's). Whatever leaves room for that is refused; a library that we use needs none of it. So is a text or bytes of a type
of the library's own making, whose methods may tell us one thing and its sender another. Pure: nothing is sent here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn
from urllib.parse import unquote_plus

from publisher import strict_json
from publisher.errors import EgressRefused, InputError
from publisher.model import Phase

HEADERS_ALLOWED = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "user-agent",
    }
)
"""Everything else is refused: X-HTTP-Method-Override would turn a POST into anything."""
HEADERS_NEVER = frozenset(
    {
        "content-encoding", "expect", "forwarded", "host", "keep-alive", "proxy-authorization", "proxy-connection", "range", "te",
        "trailer", "transfer-encoding", "upgrade", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-http-method",
        "x-http-method-override", "x-method-override", "x-original-url", "x-rewrite-url",
    }
)  # fmt: skip
"""No adapter may declare these: they make another request of the one that was checked (RFC 9110 §7; RFC 9112 §6)."""

_TARGET = re.compile(
    r"(?P<path>(?>(?:/(?>(?:[A-Za-z0-9._~!$&'()*+,;=:@-]++|%[0-9A-F]{2})*))+))"
    r"(?:\?(?P<query>(?>(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]++|%[0-9A-F]{2})*)))?"
)
"""RFC 3986 §3.3 and §3.4. urllib3 would encode anything else on the way out, and leaves these as they are."""
_AMBIGUOUS = re.compile(r"^//|/\.\.?(?:/|$)|%(?:2E|2F|5C|[01][0-9A-F]|7F)")
"""Parts that some servers undo before they look for the path: dots, an encoded dot, slash, backslash or control sign."""
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
"""One line of Latin-1 (RFC 9110 §5.5): no line break, by which a header of its own would begin."""
_CONNECTION = frozenset({"keep-alive", "close"})
"""Other words name headers that a proxy is to take away (RFC 9110 §7.6.1)."""
_JSON = re.compile(r"application/json(?:; ?charset=utf-8)?", re.IGNORECASE)
_FORM = re.compile(r"application/x-www-form-urlencoded(?:; ?charset=utf-8)?", re.IGNORECASE)
_MULTIPART = re.compile(
    r'multipart/form-data; boundary=(?P<quote>"?)(?P<boundary>[A-Za-z0-9_.-]{8,70})(?P=quote)'
)
_RAW = "application/octet-stream"
_PART = re.compile(
    rb'Content-Disposition: form-data; name="(?P<name>[A-Za-z0-9_.\[\]-]+)"'
    rb"(?:; filename=\"[^\"\\\r\n]*\"|; filename\*=utf-8''[A-Za-z0-9%._~!$&+^`|-]*)?"
    rb"(?:\r\nContent-Type: [A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+(?:; ?charset=utf-8)?)?"
)
"""The head of a part as requests writes it (RFC 7578 §4.2): one name, no encoding of its own, nothing folded."""
_ENCODED = re.compile(r"(?>(?:[!-$&-~]++|%[0-9A-Fa-f]{2})*)")
"""What a form is once it is encoded (WHATWG URL §5.2): signs of ASCII without a blank, each % with its two digits."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call an adapter may make.

    `path` is a pattern for the whole path below the endpoint; `fields` are the top-level names a body may have
    (JSON object, form or multipart); `check` looks deeper at the path's groups, query and fields. `raw` is for a body of
    plain bytes (application/octet-stream): then `Sent.fields` is {"": bytes}, and no other body may be sent. `timeout` is
    for a call that must not take as long as the channel's others may, in seconds.
    """

    phase: Phase
    method: str
    path: str
    query: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    check: Callable[[Sent], bool] | None = None
    raw: bool = False
    timeout: float | None = None

    def narrowed(self, only: Callable[[Sent], bool]) -> Call:
        """This call, where `only` lets the request pass, too."""

        def both(sent: Sent) -> bool:
            return (self.check is None or self.check(sent)) and only(sent)

        return replace(self, check=both)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request taken apart for `Call.check`: the path's named groups, the query, the body's fields."""

    groups: Mapping[str, str]
    query: Mapping[str, str]
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a library made it, with nothing taken on trust."""

    method: object
    url: object
    headers: Mapping[Any, Any]
    body: object


class Table:
    """The calls of one adapter on one place: `place` is scheme, host, port and folder, as in `https://api.x.com`."""

    def __init__(self, place: str, calls: Sequence[Call], more_headers: frozenset[str]) -> None:
        if never := more_headers & HEADERS_NEVER:
            raise EgressRefused(f"one-way: no adapter may send the header {min(never)}")
        self._place, self._headers = place, HEADERS_ALLOWED | more_headers
        self._calls = [(re.compile(call.path), call) for call in calls]

    def find(self, asked: Asked) -> tuple[Call, dict[str, str]]:
        """The call that this request is, and its headers. Raises EgressRefused where it is none."""
        try:
            return self._found(asked)
        except _Odd as odd:
            why = str(odd)
        except Exception as error:  # noqa: BLE001  # what cannot be taken apart is nothing that was declared
            why = f"it cannot be taken apart ({type(error).__name__})"
        raise EgressRefused(f"one-way: {asked.method} {self._shown(asked.url)} is refused: {why}")

    def _found(self, asked: Asked) -> tuple[Call, dict[str, str]]:
        path, query = self._target(asked.url)
        body = _bytes(asked.body)
        if type(asked.method) is not str:
            _odd("a method that is no plain text")
        headers = _headers(asked.headers, self._headers, len(body))
        kind = headers.get("content-type", ("", ""))[1]
        given, fields = _pairs(query), _fields(body, kind)
        for pattern, call in self._calls:
            groups = call.method == asked.method and pattern.fullmatch(path)
            if not groups or given.keys() - call.query or not _takes(call, body, kind, fields):
                continue
            if _is_right(call, Sent(groups.groupdict(), given, fields)):
                return call, dict(headers.values())
        _odd("not in the adapter's table of calls")

    def _target(self, url: object) -> tuple[str, str]:
        if type(url) is not str or not url.startswith(self._place):
            _odd("another host")
        target = _TARGET.fullmatch(url, len(self._place))
        if target is None or _AMBIGUOUS.search(target["path"]):
            _odd("an address that can be read in two ways")
        return target["path"], target["query"] or ""

    def _shown(self, url: object) -> str:
        """The path alone, never the query or body: a library may have put a token there."""
        path = re.match(r"[^?#]*", str(url))
        return path[0].removeprefix(self._place) if path else ""


def names(query: str) -> frozenset[str]:
    """The names in an address's query. Raises EgressRefused where they can be read in two ways."""
    try:
        return frozenset(_pairs(query))
    except _Odd as odd:
        raise EgressRefused(f"one-way: an address is refused: {odd}") from None


def _takes(call: Call, body: bytes, kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether the body has nothing that the call does not have; for any body at all, fields must be declared."""
    if call.raw:
        return bool(body) and kind == _RAW
    return not fields.keys() - call.fields and (not body or bool(call.fields))


def _is_right(call: Call, sent: Sent) -> bool:
    """What its own check says; one that breaks over odd input does not say yes."""
    try:
        return call.check is None or bool(call.check(sent))
    except Exception as error:  # noqa: BLE001  # whatever an adapter's check stumbles over was no plain broadcast
        _odd(f"its check broke ({type(error).__name__})")


class _Odd(Exception):
    """Why a request is refused; never leaves this module."""


def _odd(why: str) -> NoReturn:
    raise _Odd(why)


def _bytes(body: object) -> bytes:
    if body is None:
        return b""
    if type(body) is str:
        try:
            return body.encode()
        except UnicodeEncodeError:
            _odd("a body that is no text")
    if type(body) is not bytes:
        _odd("a body that is a stream, or no plain text or bytes")
    return body


def _headers(given: Mapping[Any, Any], allowed: frozenset[str], size: int) -> dict[str, tuple[str, str]]:
    """Each header once, as it is written, by its name in lower case."""
    found: dict[str, tuple[str, str]] = {}
    for raw_name, raw_value in given.items():
        written, value = _plain(raw_name), _plain(raw_value)
        name = written.lower()
        if name not in allowed:
            _odd(f"the header {name}")
        if name in found or not _HEADER_VALUE.fullmatch(value):
            _odd(f"the header {name}, twice or of several lines")
        if name == "connection" and value.lower() not in _CONNECTION:
            _odd("the header connection with more than it may say")
        if name == "content-length" and value != str(size):
            _odd("a length that is not the body's: behind it a second request could hide")
        found[name] = written, value
    return found


def _plain(text: object) -> str:
    if type(text) is bytes:
        return text.decode("latin-1")
    return text if type(text) is str else _odd("a header that is no plain text")


def _fields(body: bytes, kind: str) -> Mapping[str, Any]:
    if not body:
        return {}
    if _JSON.fullmatch(kind):
        return _json_object(body)
    if _FORM.fullmatch(kind):
        return _pairs(_encoded(body))
    if multipart := _MULTIPART.fullmatch(kind):
        return dict(_parts(body, b"--" + multipart["boundary"].encode()))
    if kind == _RAW:
        return {"": body}
    _odd(f"a body of type {kind!r}")


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = strict_json.read(body)
    except InputError as error:
        _odd(f"JSON that can be read in two ways, or none: {error.detail}")
    return value if isinstance(value, dict) else _odd("a JSON body that is not an object")


def _encoded(body: bytes) -> str:
    text = body.decode("latin-1")
    return text if _ENCODED.fullmatch(text) else _odd("a form that is not encoded")


def _pairs(text: str) -> dict[str, str]:
    """Names and values of a query or form. Some servers begin a new pair at a semicolon too: a check sees it read in both ways."""
    found: dict[str, str] = {}
    for pair in text.split("&") if text else ():
        first, *rest = pair.split(";")
        name, _, _ = first.partition("=")
        _put(found, name, pair[len(name) + 1 :])
        for more in rest:
            name, _, value = more.partition("=")
            _put(found, name, value)
    return found


def _put(found: dict[str, str], name: str, value: str) -> None:
    try:
        plain, meant = unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")
    except UnicodeDecodeError:
        _odd("a field that is not UTF-8")
    if plain in found:
        _odd("a field that stands twice")
    found[plain] = meant


def _parts(body: bytes, mark: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and values of multipart/form-data (RFC 7578), exactly as requests encodes them: nothing before, between or after."""
    seen: set[bytes] = set()
    start, *inner = (b"\r\n" + body).split(b"\r\n" + mark)
    if start or len(inner) < 2 or inner[-1] != b"--\r\n" or body.count(mark) != len(inner):  # noqa: PLR2004  # a part, the end
        _odd("a multipart body that can be read in two ways")
    for raw in inner[:-1]:
        head, blank, value = raw.partition(b"\r\n\r\n")
        found = _PART.fullmatch(head.removeprefix(b"\r\n")) if blank and head.startswith(b"\r\n") else None
        if found is None or found["name"] in seen:
            _odd("a multipart part without a plain name, or one that stands twice")
        seen.add(found["name"])
        yield found["name"].decode(), value
