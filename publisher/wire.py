"""The one HTTP session that adapters get: it sends what an adapter declared, and refuses everything else.

Promise 5 (DESIGN §1, §7): a call that is not in the adapter's table stops here, before a socket opens. The session
has one mount, follows no redirect, reads no proxy from the environment, always has a time-out, and never lets a
library see an answer that the adapter's `judge` did not call good: what is not a yes becomes `ChannelFailed`.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import ClosedPoolError, ConnectTimeoutError, NewConnectionError
from urllib3.util import Retry

from publisher.answers import parsed
from publisher.connections import POOLS, letting_through
from publisher.declared import Asked, Call, Sent, Table
from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import NEVER_LEFT, Judgement, Outcome, Phase
from publisher.own_doors import guarded_by
from publisher.secrecy import known
from publisher.settings import LOOPBACK_HOSTS
from publisher.transmissions import noted

__all__ = ["Call", "Judge", "Sent", "Session", "session_for"]

log = logging.getLogger("publisher.wire")

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""No answer of the platforms we call is near this; a larger one is cut off and counts as unreadable."""

IDLE_SECONDS = 30.0
"""A connection unused for longer is not trusted with a post: those between us and the platform drop idle ones without
a word (a load balancer's usual 60 s), and a post sent into one is unknown.
"""

USER_AGENT = "council-publisher (one-way)"


class Judge(Protocol):
    """An adapter's pure reading of an answer (DESIGN §4); `status` is None where no answer came."""

    def __call__(
        self, phase: Phase, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement: ...


class Session(requests.Session):
    """A requests session for one channel. Raises EgressRefused (undeclared call) and ChannelFailed (not a yes).

    `calls` is all that it may send, to `endpoint` and nowhere else. `origin` is a library's built-in host, replaced by the
    endpoint. `authorization` is the header that every request carries, and no other in its place. `more_headers` are further
    names (in lower case) that the adapter may send.
    """

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
        more_headers: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__()
        self.cookies.set_policy(
            DefaultCookiePolicy(allowed_domains=[])
        )  # platforms set some; none is sent back
        self.headers["User-Agent"] = USER_AGENT
        if authorization:
            self.headers["Authorization"] = authorization
            known(authorization.rpartition(" ")[2])
        self._endpoint, self._origin = _place(endpoint), origin.rstrip("/")
        table = Table(self._endpoint, calls, more_headers)
        self._guard = _Guard(table, judge, timeout, idle, authorization)
        self.adapters.update(dict.fromkeys(self.adapters, self._guard))

    @property
    def trust_env(self) -> bool:
        """False for ever: no proxy of the environment, no password of the machine."""
        return False

    @trust_env.setter
    def trust_env(self, _asked: bool) -> None:
        pass

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """As requests'; what cannot be made into a request at all is refused like one that may not leave."""
        try:
            return super().prepare_request(request)
        except (requests.RequestException, ValueError) as error:
            refusal = f"one-way: {request.method} is refused: it is no request ({type(error).__name__})"
            raise EgressRefused(refusal) from None

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests', with the library's built-in host replaced by the endpoint *before* the request is signed."""
        address = url.decode("latin-1") if isinstance(url, bytes) else url
        if self._origin and (address == self._origin or address.startswith(self._origin + "/")):
            address = self._endpoint + address[len(self._origin) :]
        return super().request(method, address, *args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """As requests', whatever was asked for: no proxy, no redirect, the answer read whole."""
        kwargs.update(proxies={}, allow_redirects=False, stream=False)
        return super().send(request, **kwargs)

    def get_redirect_target(self, _response: requests.Response) -> None:
        """No redirect is followed, whoever asks for it and by whichever way."""
        return

    def get_adapter(self, url: str | bytes) -> HTTPAdapter:  # noqa: ARG002  # whatever the address: one guard
        """The guard, for every address: a more specific mount could otherwise go round it."""
        return self._guard

    def mount(self, prefix: str | bytes, adapter: Any) -> None:
        """Refused once the session is built."""
        if hasattr(self, "_guard"):
            raise EgressRefused(f"a second mount for {prefix!r} is refused")
        super().mount(prefix, adapter)

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        """No copy, and no pickle: requests would make a session of it that has no guard."""
        raise EgressRefused("a copy of a guarded session is refused")

    def close(self) -> None:
        """Frees the pooled connections; the session stays usable, as requests' own does."""
        super().close()
        self._guard.close()


class _Guard(HTTPAdapter):
    def __init__(self, table: Table, judge: Judge, timeout: float, idle: float, authorization: str) -> None:
        super().__init__(pool_connections=1, pool_maxsize=4, max_retries=0)
        self._table, self._judge, self._timeout = table, judge, timeout
        self._idle, self._used, self._authorization = idle, time.monotonic(), authorization
        guarded_by(_Guard.send.__code__)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As requests', with connections that carry only what went through here."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *_asked: Any, **_more: Any) -> NoReturn:
        """Refused: there is no proxy."""
        raise EgressRefused("one-way: a proxy is refused")

    @property
    def max_retries(self) -> Retry:
        """None for ever: a post that is sent again is a second post."""
        return Retry(0, read=False)

    @max_retries.setter
    def max_retries(self, _asked: object) -> None:
        pass

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise EgressRefused("a copy of a guard is refused")

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ARG002  # requests' own
        """Whatever a library asks for: our time-out, certificates checked, no proxy."""
        call, leaving = self._declared(request)
        if call.phase.makes_public and time.monotonic() - self._used >= self._idle:
            self.poolmanager.clear()
        self._used = time.monotonic()
        address = urlsplit(leaving.url or "")
        made = noted(call.phase, call.method, f"{address.netloc}{address.path}", leaving.body)
        response, body = self._exchanged(call, leaving)
        if isinstance(response, Judgement):
            raise ChannelFailed(response)
        made.answered(response.status_code, body, response.headers)
        judgement = self._judged(call.phase, response, body)
        if judgement.outcome is not Outcome.SENT:
            raise ChannelFailed(judgement)
        if "json" not in response.headers.get("Content-Type", "") and parsed(body) is not None:
            response.headers["Content-Type"] = "application/json"  # facebook-sdk goes by this alone
        return response

    def _exchanged(
        self, call: Call, leaving: requests.PreparedRequest
    ) -> tuple[requests.Response | Judgement, bytes]:
        """The answer, or what it means that there is none. Whatever broke holds the whole address: nobody gets to see it."""
        seconds = call.timeout or self._timeout
        try:
            with letting_through(call.method, leaving.path_url):
                response = super().send(leaving, stream=True, timeout=seconds, verify=True)
            return response, _read(response)
        except Exception as error:  # noqa: BLE001  # whatever broke once it may have left: never a second try
            return _no_answer(call.phase, error), b""

    def _judged(self, phase: Phase, response: requests.Response, body: bytes) -> Judgement:
        try:
            return self._judge(phase, response.status_code, response.headers, body)
        except Exception:  # the request has left: an answer over which its reader breaks is as good as none
            log.exception("the answer %d to a call for %s could not be judged", response.status_code, phase)
            return _lost(phase, "the answer could not be judged; see the log")

    def _declared(self, asked: requests.PreparedRequest) -> tuple[Call, requests.PreparedRequest]:
        """The call that it is, and a request of nothing but what was checked. Raises EgressRefused."""
        seen = Asked(asked.method, asked.url, asked.headers or {}, asked.body)
        call, headers = self._table.find(seen)
        leaving: Any = requests.PreparedRequest()
        leaving.method, leaving.url, leaving.body = call.method, seen.url, seen.body
        leaving.headers = CaseInsensitiveDict(headers)
        if leaving.body and "Content-Length" not in leaving.headers:
            leaving.prepare_content_length(leaving.body)
        if self._authorization and leaving.headers.get("Authorization") != self._authorization:
            raise EgressRefused(
                f"one-way: {call.method} {call.path} is refused: it is signed by somebody else"
            )
        return call, leaving


class Declaring(Protocol):
    """An adapter, as far as its session goes by it."""

    settings: Any

    @property
    def calls(self) -> tuple[Call, ...]: ...
    @property
    def judge(self) -> Any: ...


def session_for(
    adapter: Declaring,
    *,
    origin: str = "",
    authorization: str = "",
    calls: Sequence[Call] | None = None,
    only: Callable[[Sent], bool] | None = None,
    judge: Judge | None = None,
    more_headers: frozenset[str] = frozenset(),
) -> Session:
    """The session of an adapter: the one way to have one, to its own endpoint, and for nothing but what its `calls` declare.

    `calls` are those of them that this session is for, and `only` must let each request pass besides: both make it
    narrower. `judge` is what else than the adapter's own reads the answers. Raises EgressRefused for a call that the adapter
    does not declare.
    """
    declared = adapter.calls
    wanted = declared if calls is None else tuple(calls)
    if odd := next((call for call in wanted if call not in declared), None):
        raise EgressRefused(f"one-way: {odd.method} {odd.path} is not in the adapter's table of calls")
    return Session(
        endpoint=adapter.settings.endpoint,
        origin=origin,
        calls=tuple(call if only is None else call.narrowed(only) for call in wanted),
        judge=judge or adapter.judge,
        timeout=adapter.settings.timeout,
        authorization=authorization,
        more_headers=more_headers,
    )


def _place(endpoint: str) -> str:
    """Scheme, host, port and folder as requests writes them. Plain http is for loopback alone. Raises EgressRefused."""
    prepared = requests.PreparedRequest()
    try:
        prepared.prepare_url(endpoint, None)
        place = urlsplit(prepared.url or "")
    except (requests.RequestException, ValueError):
        raise EgressRefused("one-way: an endpoint that is no address") from None
    plain = place.scheme == "http" and place.hostname in LOOPBACK_HOSTS
    if not (plain or place.scheme == "https") or place.query or place.fragment or "@" in place.netloc:
        raise EgressRefused("one-way: an endpoint that is neither https nor on this machine")
    return f"{place.scheme}://{place.netloc}{place.path}".rstrip("/")


def _read(response: requests.Response) -> bytes:
    """The answer's body, at most MAX_ANSWER_BYTES; read here so that a break while reading is caught here.

    How long it may take is seen to by the connection (publisher/connections.py).
    """
    body = bytearray()
    while chunk := response.raw.read1(64 * 1024, decode_content=True):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            response.close()
            raise requests.exceptions.ContentDecodingError
    response._content = bytes(body)  # noqa: SLF001  # requests' own place for a body that has been read
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001  # likewise
    return bytes(body)


def _no_answer(phase: Phase, error: Exception) -> Judgement:
    """What the lack of an answer means: nothing left if no connection was made, else unknown for what makes public."""
    if _mistrusted(error):
        officer = "The platform's certificate cannot be trusted; nothing was sent. Tell the sysadmin."
        return Judgement(Outcome.STOP, officer, "certificate verification failed")
    if _never_connected(error):
        officer = "The platform could not be reached; nothing was sent."
        return Judgement(Outcome.WAIT, officer, "no connection", cause=NEVER_LEFT)
    name = type(error).__name__
    return _lost(phase, f"{name} after the request began" if phase.makes_public else name)


def _lost(phase: Phase, engineer: str) -> Judgement:
    if phase.makes_public:
        officer = "No answer came after the post was handed over: it may be live. It will not be sent again by itself."
        return Judgement(Outcome.UNKNOWN, officer, engineer)
    return Judgement(Outcome.WAIT, "The platform did not answer; this step is tried again.", engineer)


def _never_connected(error: BaseException) -> bool:
    """True if nothing can have left. A host that has no address is a NewConnectionError, too (NameResolutionError)."""
    if any(isinstance(cause, ClosedPoolError) for cause in error.args):
        return True
    return isinstance(_reason(error), NewConnectionError | ConnectTimeoutError)


def _mistrusted(error: BaseException) -> bool:
    """True if the connection was given up before the request, for the other side's certificate."""
    reason = _reason(error)
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in getattr(reason, "args", ()))


def _reason(error: BaseException) -> object:
    """What urllib3 says went wrong while connecting."""
    return getattr(error.args[0], "reason", None) if error.args else None
