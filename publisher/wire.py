"""The one HTTP session that adapters get: it sends what an adapter declared, and refuses everything else.

Promise 5 (DESIGN §1, §7): a call that is not in the adapter's table stops here, before a socket opens. The session
has one mount, follows no redirect, reads no proxy from the environment, always has a time-out, and never lets a
library see an answer that the adapter's `judge` did not call good: what is not a yes becomes `ChannelFailed`.
"""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NoReturn, Protocol
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import Judgement, Outcome, Phase
from publisher.transmissions import noted

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""No answer of the platforms we call is near this; a larger one is cut off and counts as unreadable."""

IDLE_SECONDS = 30.0
"""A connection unused for longer is not trusted with a post: those between us and the platform drop idle ones without
a word (a load balancer's usual 60 s), and a post sent into one is unknown.
"""

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

USER_AGENT = "council-publisher (one-way)"


class Judge(Protocol):
    """An adapter's pure reading of an answer (DESIGN §4); `status` is None where no answer came."""

    def __call__(
        self, phase: Phase, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement: ...


@dataclass(frozen=True, slots=True)
class Call:
    """One call an adapter may make.

    `path` is a pattern for the whole path below the endpoint; `fields` are the top-level names a body may have
    (JSON object, form or multipart); `check` looks deeper at the path's groups, query and fields.
    """

    phase: Phase
    method: str
    path: str
    query: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    check: Callable[[Sent], bool] | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A request taken apart for `Call.check`: the path's named groups, the query, the body's fields."""

    groups: Mapping[str, str]
    query: Mapping[str, str]
    fields: Mapping[str, Any] = field(default_factory=dict)


class Session(requests.Session):
    """A requests session for one channel. Raises EgressRefused (undeclared call) and ChannelFailed (not a yes)."""

    def __init__(
        self,
        *,
        endpoint: str,
        calls: tuple[Call, ...],
        judge: Judge,
        timeout: float,
        origin: str = "",
        authorization: str = "",
        idle: float = IDLE_SECONDS,
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 0
        self.cookies.set_policy(
            DefaultCookiePolicy(allowed_domains=[])
        )  # platforms set some; none is sent back
        self.headers["User-Agent"] = USER_AGENT
        if authorization:
            self.headers["Authorization"] = authorization
        self._endpoint, self._origin = endpoint.rstrip("/"), origin.rstrip("/")
        self._guard = _Guard(self._endpoint, calls, judge, timeout, idle)

    def request(self, method: str | bytes, url: str | bytes, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # any library's keywords
        """As requests', with the library's built-in host replaced by the endpoint *before* the request is signed."""
        address = url.decode() if isinstance(url, bytes) else url
        if self._origin and (address == self._origin or address.startswith(self._origin + "/")):
            address = self._endpoint + address[len(self._origin) :]
        kwargs.update(allow_redirects=False, proxies=None, stream=False)
        return super().request(method, address, **kwargs)

    def get_adapter(self, url: str | bytes) -> HTTPAdapter:  # noqa: ARG002  # whatever the address: one guard
        """The guard, for every address: a more specific mount could otherwise go round it."""
        return self._guard

    def mount(self, prefix: str | bytes, adapter: Any) -> None:
        """Refused once the session is built."""
        if hasattr(self, "_guard"):
            raise EgressRefused(f"a second mount for {prefix!r} is refused")
        super().mount(prefix, adapter)

    def close(self) -> None:
        """Frees the pooled connections; the session stays usable, as requests' own does."""
        super().close()
        if hasattr(self, "_guard"):
            self._guard.close()


class _Guard(HTTPAdapter):
    def __init__(
        self, endpoint: str, calls: tuple[Call, ...], judge: Judge, timeout: float, idle: float
    ) -> None:
        super().__init__(pool_connections=1, pool_maxsize=4, max_retries=0)
        parts = urlsplit(endpoint)
        self._place, self._folder = (parts.scheme.lower(), parts.netloc.lower()), parts.path
        self._calls, self._judge, self._timeout = calls, judge, timeout
        self._idle, self._used = idle, time.monotonic()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ARG002
        """Whatever a library asks for: our time-out, certificates checked, no proxy."""
        call = self._declared(request)
        if call.phase.makes_public and time.monotonic() - self._used >= self._idle:
            self.poolmanager.clear()
        self._used = time.monotonic()
        address = urlsplit(request.url or "")
        made = noted(call.phase, call.method, f"{address.netloc}{address.path}", request.body)
        try:
            response = super().send(request, stream=True, timeout=self._timeout, verify=True)
            body = _read(response, self._timeout)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise ChannelFailed(_no_answer(call.phase, error)) from None
        made.answered(response.status_code, body)
        judgement = self._judge(call.phase, response.status_code, response.headers, body)
        if judgement.outcome is not Outcome.SENT:
            raise ChannelFailed(judgement)
        if body.lstrip()[:1] in {b"{", b"["} and "json" not in response.headers.get("Content-Type", ""):
            response.headers["Content-Type"] = "application/json"  # facebook-sdk goes by this alone
        return response

    def _declared(self, request: requests.PreparedRequest) -> Call:
        url = urlsplit(request.url or "")
        if (
            (url.scheme.lower(), url.netloc.lower()) != self._place
            or not url.path.startswith(self._folder)
            or url.fragment
        ):
            _refuse(request, "another host")
        if odd := {name.lower() for name in request.headers} - HEADERS_ALLOWED:
            _refuse(request, f"the header {min(odd)}")
        query, fields = _pairs(url.query, request), _fields(request)
        for call in self._calls:
            if _matches(call, request, url.path.removeprefix(self._folder), query, fields):
                return call
        _refuse(request, "not in the adapter's table of calls")


def _matches(
    call: Call,
    request: requests.PreparedRequest,
    path: str,
    query: Mapping[str, str],
    fields: Mapping[str, Any],
) -> bool:
    found = re.fullmatch(call.path, path)
    if request.method != call.method or not found or query.keys() - call.query or fields.keys() - call.fields:
        return False
    return call.check is None or bool(call.check(Sent(found.groupdict(), query, fields)))


def _fields(request: requests.PreparedRequest) -> Mapping[str, Any]:
    body, kind = request.body, request.headers.get("Content-Type", "")
    if not body:
        return {}
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, bytes):
        _refuse(request, "a body that is a stream")
    if kind.startswith("application/json"):
        return _json_object(body, request)
    if kind.startswith("application/x-www-form-urlencoded"):
        return _pairs(body.decode(errors="replace"), request)
    if kind.startswith("multipart/form-data"):
        return _parts(body, kind, request)
    _refuse(request, f"a body of type {kind!r}")


def _json_object(body: bytes, request: requests.PreparedRequest) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            _refuse(request, "a JSON key that stands twice")
        return dict(pairs)

    try:
        value = json.loads(body, object_pairs_hook=once)
    except ValueError:
        _refuse(request, "a body that is not JSON")
    if not isinstance(value, dict):
        _refuse(request, "a JSON body that is not an object")
    return value


def _pairs(text: str, request: requests.PreparedRequest) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True)
    if len({name for name, _ in pairs}) != len(pairs):
        _refuse(request, "a field that stands twice")
    return dict(pairs)


def _parts(body: bytes, kind: str, request: requests.PreparedRequest) -> dict[str, bytes]:
    """Names and values of multipart/form-data (RFC 7578) as requests itself encodes them."""
    boundary = b"--" + kind.partition("boundary=")[2].strip('"').encode()
    parts: dict[str, bytes] = {}
    for raw in body.split(boundary)[1:-1]:
        head, _, value = raw.partition(b"\r\n\r\n")
        name = re.search(rb'[; ]name="([^"]*)"', head)
        if name is None or name[1].decode() in parts:
            _refuse(request, "a multipart part without a name, or one that stands twice")
        parts[name[1].decode()] = value.removesuffix(b"\r\n")
    return parts


def _refuse(request: requests.PreparedRequest, why: str) -> NoReturn:
    """The path is shown, never the query or body: a library may have put a token there."""
    raise EgressRefused(f"one-way: {request.method} {urlsplit(request.url or '').path} is refused: {why}")


def _read(response: requests.Response, seconds: float) -> bytes:
    """The answer's body, at most MAX_ANSWER_BYTES; read here so that a break while reading is caught here.

    Read as it arrives, since a time-out alone starts anew with every byte.
    """
    body, ends = bytearray(), time.monotonic() + seconds
    for chunk in _arriving(response):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES or time.monotonic() > ends:
            response.close()
            raise requests.exceptions.ContentDecodingError
    response._content = bytes(body)  # noqa: SLF001  # requests' own place for a body that has been read
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001  # likewise
    return bytes(body)


def _arriving(response: requests.Response) -> Iterator[bytes]:
    while chunk := response.raw.read1(64 * 1024, decode_content=True):
        yield chunk


def _no_answer(phase: Phase, error: Exception) -> Judgement:
    """What the lack of an answer means: nothing left if no connection was made, else unknown for what makes public."""
    if _mistrusted(error):
        officer = "The platform's certificate cannot be trusted; nothing was sent. Tell the engineers."
        return Judgement(Outcome.STOP, officer, "certificate verification failed")
    if _never_connected(error):
        return Judgement(
            Outcome.WAIT, "The platform could not be reached; nothing was sent.", "no connection"
        )
    name = type(error).__name__
    if phase.makes_public:
        return Judgement(
            Outcome.UNKNOWN,
            "No answer came after the post was handed over: it may be live. It will not be sent again by itself.",
            f"{name} after the request began",
        )
    return Judgement(Outcome.WAIT, "The platform did not answer; this step is tried again.", name)


def _never_connected(error: BaseException) -> bool:
    return isinstance(error, requests.ConnectTimeout) or isinstance(
        _reason(error), NewConnectionError | NameResolutionError | ConnectTimeoutError
    )


def _mistrusted(error: BaseException) -> bool:
    """True if the connection was given up before the request, for the other side's certificate."""
    reason = _reason(error)
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in getattr(reason, "args", ()))


def _reason(error: BaseException) -> object:
    """What urllib3 says went wrong while connecting."""
    return getattr(error.args[0], "reason", None) if error.args else None
