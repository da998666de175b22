"""Who is asking: known by the kernel on the Unix socket, by a token elsewhere, and never by what a request claims.

Whoever is not known is turned away; those who fail too often wait (RFC 6585 §4). A login that is not on the register, or
is suspended there, is turned away from everything; what an officer may do is for the use cases to say.
"""

from __future__ import annotations

import ipaddress
import math
import pwd
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from publisher.app import App
from publisher.errors import InputError, NotDesignated, OutsideFailed, PublisherError, Refused
from publisher.office.operations import Caller, Scope
from publisher.settings import LOOPBACK_HOSTS
from publisher.token_form import FORM
from publisher.tokens import UNKNOWN, BadToken
from publisher.via import coming_via

FAILURES, WITHIN = 10, timedelta(minutes=1)
"""So many failures of one client in so much time, then it waits: enough for slips, no use for guessing."""
TOLD, TOLD_WITHIN = 3, timedelta(hours=1)
"""So often it is written down that somebody was turned away: a theft is noticed, and a forgotten script fills no record."""
KEYS_MOST = 4_096
"""Clients that are remembered; the memory of a flood is bounded."""
_IPV6_HOME = 64
"""Bits of an IPv6 address that one customer has to choose from (RFC 6177)."""
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
"""What a proxy adds: the request came from elsewhere."""


@dataclass(frozen=True, slots=True)
class Knock:
    """What a door knows of a request before it reads it. `uid` is the kernel's word; header names are in small letters."""

    uid: int | None
    peer: str
    headers: Mapping[str, Sequence[str]]

    @property
    def client(self) -> str:
        """Whose failures are counted together: a user of this machine, or an address, as our own proxy tells it."""
        if self.uid is not None:
            return f"uid {self.uid}"
        hops = ",".join(self.headers.get("x-forwarded-for", ())).split(",") if _is_loopback(self.peer) else []
        return _home(hops[-1].strip() if hops and hops[-1].strip() else self.peer)


class Turned(Exception):
    """Somebody is turned away: with which status, and why."""

    def __init__(
        self, status: HTTPStatus, error: PublisherError, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(str(error))
        self.status, self.error, self.headers = status, error, dict(headers or {})


class Counter:
    """Counts by key within a time, in bounded memory; the clock is passed in. Thread-safe."""

    def __init__(self, now: Callable[[], datetime], most: int, within: timedelta) -> None:
        self._now, self._most, self._within = now, most, within
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, key: str) -> None:
        """Counts one more; the keys that were counted longest ago are forgotten first."""
        with self._lock:
            self._seen.setdefault(key, deque(maxlen=self._most)).append(self._now())
            self._seen.move_to_end(key)
            if len(self._seen) > KEYS_MOST:
                self._seen.popitem(last=False)

    def wait(self, key: str) -> int:
        """Seconds until `key` is below the most again; 0 where it is."""
        with self._lock:
            times = self._seen.get(key, deque())
            if len(times) < self._most:
                return 0
            left = times[0] + self._within - self._now()
        return math.ceil(left.total_seconds()) if timedelta() < left <= self._within else 0


def login_of(uid: int) -> str | None:
    """The login of a user of this machine."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


class Porter:
    """Lets in who is known, and says who they are."""

    def __init__(self, app: App, login: Callable[[int], str | None] = login_of) -> None:
        self._app, self._login = app, login
        self._failures = Counter(app.now, FAILURES, WITHIN)
        self._by_token = Counter(app.now, FAILURES, WITHIN)
        self._told = Counter(app.now, TOLD, TOLD_WITHIN)

    def caller(self, knock: Knock) -> Caller:
        """Who asks. Raises Turned, and counts that. Whoever is good never waits for those who fail at the same address."""
        try:
            return self._by_kernel(knock) if knock.uid is not None else self._by_their_token(knock)
        except Turned:
            wait = self._failures.wait(knock.client)
            self.failed(knock)
            _demand_patience(wait)
            raise

    def failed(self, knock: Knock) -> None:
        """Counts a failure."""
        self._failures.add(knock.client)

    def demand_here(self, knock: Knock) -> None:
        """Raises Turned for what may not come by this door: unprotected from elsewhere, or under another site's name."""
        if knock.uid is not None:
            return
        if not _is_loopback(knock.peer):
            raise self._exposed(knock, _ELSEWHERE)
        schemes = _schemes(knock)
        if schemes - {"https"}:
            raise self._exposed(knock, _UNPROTECTED)
        if not schemes and not _never_left(knock):
            raise Turned(HTTPStatus.FORBIDDEN, _UNTOLD)
        self._demand_name(knock)

    def _exposed(self, knock: Knock, said: Refused) -> Turned:
        """A token that came without HTTPS was there for everybody on the way to read: it is worth nothing from now on."""
        shown = {found[0] for found in FORM.finditer(",".join(knock.headers.get("authorization", ())))}
        with coming_via(f"address from {knock.client}"):
            for text in sorted(shown):
                self._app.tokens.leaked(text, "came without HTTPS")
        return Turned(HTTPStatus.FORBIDDEN, said)

    def _demand_name(self, knock: Knock) -> None:
        """A web page elsewhere whose name is made to lead here (DNS rebinding) still sends its own name."""
        hosts = knock.headers.get("host", ())
        name = _host(hosts[0]) if len(hosts) == 1 else ""
        config = self._app.config
        ours = (*config.council.domains, *config.daemon.names)
        if name not in LOOPBACK_HOSTS and not any(name == one or name.endswith(f".{one}") for one in ours):
            raise Turned(HTTPStatus.MISDIRECTED_REQUEST, _MISNAMED)

    # --- the two ways to be known --------------------------------------------------------------------------

    def _by_kernel(self, knock: Knock) -> Caller:
        if "authorization" in knock.headers:
            raise Turned(
                HTTPStatus.BAD_REQUEST,
                Refused(
                    "on the socket you are known by your login, and not by a token", way_out="Send none."
                ),
            )
        uid = knock.uid or 0
        if (login := self._login(uid)) is None:
            raise Turned(HTTPStatus.FORBIDDEN, NotDesignated(f"this machine knows no login for user {uid}"))
        door = f"socket uid {uid}"
        try:
            self._demand_officer(login)
        except Turned as turned:
            self._tell(door, login, turned.error.message, login)
            raise
        return Caller(login, door)

    def _by_their_token(self, knock: Knock) -> Caller:
        self.demand_here(knock)
        given = knock.headers.get("authorization", ())
        scheme, _, text = (given[0] if len(given) == 1 else "").partition(" ")
        if scheme.lower() != "bearer" or not FORM.fullmatch(text):
            raise _unknown("who is asking is not known", challenge="")
        token_id = text.split("_")[1]
        try:
            row = self._app.tokens.known(text)
        except BadToken as bad:
            raise self._refused(bad, token_id) from None
        if not self._app.verifier.is_at_its_end():
            raise Turned(HTTPStatus.FORBIDDEN, _FORGOTTEN)
        self._demand_officer(row.login)
        scopes = frozenset(Scope(scope) for scope in row.scopes.split(","))
        return Caller(row.login, f"token {row.id}", scopes, token=row.id)

    def _refused(self, bad: BadToken, token_id: str) -> Turned:
        """A good token goes on being good while others try theirs under its id: only those who fail wait."""
        wait = self._by_token.wait(token_id)
        self._by_token.add(token_id)
        if bad.row:
            self._tell(f"token {token_id}", bad.row.login, str(bad))
        try:
            _demand_patience(wait)
            if bad.row:
                self._demand_officer(bad.row.login)
        except Turned as turned:
            return turned
        return _unknown(str(bad), challenge=', error="invalid_token"')

    def too_narrow(self, knock: Knock, caller: Caller, scope: Scope, asked: str, why: str) -> None:
        """Counts and records that a good token was used for what it is not for.

        Of concerns it is only counted: the record would tell whom they are about who wanted to raise one (clause 4).
        """
        self.failed(knock)
        if scope is not Scope.CONFIDE:
            self._tell(caller.via, caller.login, why, caller.login, asked)

    def _tell(self, door: str, login: str, why: str, actor: str = UNKNOWN, asked: str = "to come in") -> None:
        if not self._told.wait(door):
            self._told.add(door)
            with coming_via(door):
                self._app.tokens.denied(login, why, actor, asked)

    def _demand_officer(self, login: str) -> None:
        officer = self._app.register.officer(login)
        if officer is None:
            why = f"{login} is not on the register of designated officers"
        elif officer.suspended_at is not None:
            why = f"{login} is suspended"
        else:
            return
        raise Turned(HTTPStatus.FORBIDDEN, NotDesignated(why, way_out="Ask the Director of Resources."))

    def leaked(self, knock: Knock, tokens: Sequence[str]) -> Turned:
        """What is said to a request with tokens in its address: those that are real are worth nothing from now on."""
        self.failed(knock)
        with coming_via(f"address from {knock.client}"):
            revoked = [self._app.tokens.leaked(text, "seen in an address") for text in tokens]
        told = "it is revoked: addresses are kept in logs" if any(revoked) else "addresses are kept in logs"
        return Turned(
            HTTPStatus.BAD_REQUEST,
            InputError(
                f"a token must never stand in an address; {told}",
                way_out="Send it in the header Authorization, and nowhere else.",
            ),
        )


_ELSEWHERE = Refused(
    "nobody is let in over plain http from another machine; a token that came so is revoked",
    way_out="Put the daemon behind a proxy with HTTPS on its own machine, ask that, and have a new token made.",
)
_UNPROTECTED = Refused(
    "this came to the proxy without HTTPS; a token that came so is revoked",
    way_out="Ask over https:// with a new token; the proxy must say https alone in X-Forwarded-Proto.",
)
_UNTOLD = Refused(
    "the proxy does not say whether this came by HTTPS",
    way_out="Whoever looks after the server has the proxy set X-Forwarded-Proto and X-Forwarded-For (docs/server.md).",
)
_FORGOTTEN = Refused(
    "the record does not end where it was kept: an older database has forgotten which tokens were revoked, so none counts",
    way_out="Log in on the server and ask there, until a director has accepted it with `publisher audit accept --reason TEXT`.",
)
"""Of whoever shows a token while an older database is in the place of the right one, until a director has accepted it."""
_MISNAMED = Refused(
    "this is not a name of this server",
    way_out="Use a name under the council's domains, or list it under [daemon] names in config.toml.",
)


def _schemes(knock: Knock) -> set[str]:
    """How the proxies say that it came to them, in small letters; empty where none says anything."""
    told = ",".join(knock.headers.get("x-forwarded-proto", ()))
    return {one.strip().lower() for one in told.split(",")} if told.strip() else set()


def _never_left(knock: Knock) -> bool:
    """Whether it was asked on this machine itself: under its own name, and with no word of a proxy's.

    Another name means a proxy, or a client that asked by plain http as if there were none.
    """
    from_here = _host(next(iter(knock.headers.get("host", ())), "")) in LOOPBACK_HOSTS
    return from_here and not any(name in knock.headers for name in _FORWARDED)


def _unknown(why: str, *, challenge: str) -> Turned:
    """RFC 6750 §3."""
    error = Refused(why, way_out="Send a token that counts: `publisher token new` makes one at the server.")
    return Turned(
        HTTPStatus.UNAUTHORIZED, error, {"WWW-Authenticate": f'Bearer realm="publisher"{challenge}'}
    )


def _demand_patience(seconds: int) -> None:
    if seconds:
        raise Turned(
            HTTPStatus.TOO_MANY_REQUESTS,
            OutsideFailed("too many requests failed", way_out=f"Try again in {seconds} seconds."),
            {"Retry-After": str(seconds)},
        )


def _is_loopback(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _home(peer: str) -> str:
    """An address as failures are counted: an IPv6 customer has 2**64 of them."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return "an unreadable address"
    bits = _IPV6_HOME if address.version == 6 and not address.is_loopback else address.max_prefixlen  # noqa: PLR2004
    return str(ipaddress.ip_network((int(address), bits), strict=False) if bits == _IPV6_HOME else address)


def _host(header: str) -> str:
    """The name in a Host header, without its port."""
    name = header.strip().lower().rstrip(".")
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].rstrip(".")
