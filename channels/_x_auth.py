"""OAuth 2.0 for an account on X: the token of the moment, renewed in time, and how an account is connected.

Sources: docs.x.com, "OAuth 2.0 Authorization Code Flow with PKCE" and "How to connect to endpoints" (read July 2026): an
access token lives two hours; `offline.access` gives a refresh token; a confidential client says who it is by Basic. That a
refresh token counts once is in no page of X's: it is met by everyone who refreshes (gptme-contrib#285, February 2026).
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from publisher import secrecy
from publisher.answers import fail, header, parsed, retry_after, says_no, well
from publisher.errors import ChannelFailed, OutsideFailed
from publisher.held import digest
from publisher.model import NEVER_LEFT, NOT_RENEWED, Judgement, Outcome, Phase
from publisher.token_files import TokenFile, Tokens, is_only_reading

if TYPE_CHECKING:
    from publisher.wire import Call, Declaring, Sent

log = logging.getLogger("publisher.channels.x")

SCOPES = frozenset({"tweet.read", "tweet.write", "users.read", "media.write", "offline.access"})
"""What posting with pictures needs, and to stay connected (docs.x.com, "X API v2 authentication mapping")."""
LEVEL = "x-access-level"
"""Of OAuth 1.0a alone, and in no page on v2: it is read where it comes (xdevplatform/open-evolution#21)."""
LEVELS = frozenset({"read", "write"})
"""What posting needs; the level of an app that may also read messages ends in `-directmessages`."""
PATH = "/2/oauth2/token"
LIVES = timedelta(hours=2)
"""An access token's, where the answer does not say."""
EARLY_SHARE = 0.9
"""Renewed when a tenth of its life is left, 12 minutes of 2 hours: longer than a release takes from its first step to its last."""
REFRESH_LIVES = timedelta(days=180)
"""A refresh token's, counted from when it came: "six months" (X's own "Handling refresh tokens", dev.to/twitterdev)."""
_LIVES_MOST = int(timedelta(days=30).total_seconds())
"""Seconds; an access token that lives longer is a mistake in the answer."""
_BUSY = timedelta(minutes=1)
"""How long a limit on requests for tokens is waited for, where X does not say: the old ones are good for longer."""
_SHAPES: Mapping[str, frozenset[str]] = {
    "refresh_token": frozenset({"grant_type", "refresh_token", "client_id"}),
    "authorization_code": frozenset({"grant_type", "code", "redirect_uri", "code_verifier", "client_id"}),
}
"""The fields of a request for tokens, by its grant."""
_APP = frozenset({"unauthorized_client", "invalid_client"})
TOKEN_REFUSED = "token refused"  # noqa: S105  # a cause
"""The cause where a call was answered by 401: it was certainly not done, and its token is worth nothing any more."""
_BUSY_DESK, _WRONG_APP, _NO_ANSWER = "asked to wait for tokens", "app not known", "no answer that counts"
"""Causes of what is judged of a request for tokens."""
_ASKED, _HTTP = "tokens:", "HTTP "
"""How the words for engineers begin, and what names a status."""


class TokenDesk:
    """Gives the token of the moment. Raises ConfigError where the account is not connected, ChannelFailed where renewing fails."""

    def __init__(self, adapter: Declaring) -> None:
        self._adapter, self._settings = adapter, adapter.settings
        self.file: TokenFile = adapter.settings.token_file
        self._refused = ""
        self._first: dict[str, str] = {}

    @property
    def call(self) -> Call:
        """The one request for tokens, as data."""
        from publisher.wire import Call

        fields = frozenset().union(*_SHAPES.values())
        return Call(Phase.READ, "POST", PATH, fields=fields, check=self._is_ours)

    def held(self) -> Tokens:
        """What is stored now, whoever renewed it last."""
        return self.file.read()

    def credentials(self) -> str:
        """A digest of the pair that is stored; of one that this desk has renewed, that of the pair it began with.

        What X gives for an account's refresh token is of the same account; what anybody else stored need not be.
        """
        stored = _digest(self.file.read())
        return self._first.get(stored, stored)

    def current(self, now: datetime, *, last_moment: bool = False) -> Tokens:
        """The tokens to use, renewed if they are soon at their end; at the last moment only if they are worth nothing."""
        held = self.file.read()
        due = held.ends_at if last_moment or is_only_reading() else held.renew_at
        return held if now < due and held.access != self._refused else self._renewed(held, now)

    def refuse(self, access: str) -> None:
        """Told of a token that X does not accept: it is not used again. One that was renewed since is of no account."""
        if access == self.file.read().access:
            self._refused = access

    def _renewed(self, held: Tokens, now: datetime) -> Tokens:
        if is_only_reading():
            words = (
                "Its sign-in is due to be renewed: the daemon does that when it needs it; X was not asked."
            )
            raise ChannelFailed(
                Judgement(Outcome.WAIT, words, f"{_ASKED} not renewed here", cause=NOT_RENEWED)
            )
        try:
            found = self.file.renewed(held, lambda old: self._renew(old, now))
        except ChannelFailed:
            raise
        except OutsideFailed as error:  # the disk's: nothing was asked of X, or what it gave is lost
            raise fail(Outcome.WAIT, str(error), f"{_ASKED} not stored") from error
        log.info("%s: signed in anew, good until %s", self._settings.name, found.ends_at.isoformat())
        return found

    def _renew(self, old: Tokens, now: datetime) -> Tokens:
        if not old.refresh:
            raise self._ended("the stored tokens have no refresh token (offline.access)")
        new = _tokens(self._answer({"grant_type": "refresh_token", "refresh_token": old.refresh}), now, old)
        before = _digest(old)
        first = self._first.get(before, before)
        self._first = {before: first, _digest(new): first}
        return new

    # --- connecting an account -------------------------------------------------------------------------------

    def address(self, state: str, challenge: str) -> str:
        """Where the account's owner says yes (PKCE, RFC 7636: S256)."""
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._settings.callback,
            "scope": " ".join(sorted(SCOPES)),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._settings.authorize}?{urlencode(asked)}"

    def exchanged(self, code: str, verifier: str, now: datetime) -> Tokens:
        """The first tokens for what the owner's yes gave. Raises ChannelFailed."""
        for secret in (code, verifier):
            secrecy.known(secret, passing=True)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.callback,
            "code_verifier": verifier,
        }
        try:
            return _tokens(self._answer(form), now)
        except ChannelFailed as failure:
            raise _of_a_code(failure.judgement) from None

    # --- the one request -------------------------------------------------------------------------------------

    @property
    def _client_id(self) -> str:
        found: str = self._settings.secret(self._settings.client_id)
        return found

    def _answer(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        """On a connection of its own: one that was idle for two hours could lose the answer, and with it the account."""
        from publisher.wire import session_for

        whole = {**form, "client_id": self._client_id}
        with session_for(
            self._adapter, calls=(self.call,), only=lambda sent: sent.fields == whole, judge=self.judge, authorization=self._basic()
        ) as session:  # fmt: skip
            try:
                answer: Mapping[str, Any] = session.post(self._settings.endpoint + PATH, data=whole).json()
            except ChannelFailed as failure:
                raise self._plain(failure) from None
        return answer

    def _basic(self) -> str:
        """Who a confidential client is; a public one has no secret."""
        if not self._settings.client_secret:
            return ""
        pair = f"{self._client_id}:{self._settings.secret(self._settings.client_secret)}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    def _plain(self, failure: ChannelFailed) -> ChannelFailed:
        """Where no answer came, X may have taken the old token and given a new one that nobody has."""
        found = failure.judgement
        lost = found.outcome is Outcome.WAIT and found.cause not in {_BUSY_DESK, NEVER_LEFT}
        return self._lost(found.engineer) if lost else failure

    def _is_ours(self, sent: Sent) -> bool:
        """Only what this account renews and connects itself with, in whole."""
        return (
            self._settings.signs_anew
            and set(sent.fields) == _SHAPES.get(sent.fields.get("grant_type", ""), frozenset())
            and sent.fields.get("client_id") == self._client_id
        )

    def judge(
        self, phase: Phase, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:  # the phase is always the same
        """What an answer to a request for tokens means (RFC 6749 §5; X's own are "invalid_request" for all that is wrong)."""
        answer = parsed(body)
        known = answer if isinstance(answer, dict) else {}
        if well(status) and isinstance(known.get("access_token"), str) and known["access_token"]:
            return Judgement(Outcome.SENT)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            until, after = retry_after(headers)
            words = "X cannot sign the account in anew just now, and has not tried to. It goes by itself."
            return Judgement(Outcome.WAIT, words, f"{_ASKED} HTTP 503", until, after, _BUSY_DESK)
        if status is None or not says_no(status):
            return self._lost("no status" if status is None else f"{_HTTP}{status}").judgement
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            until, after = retry_after(headers)
            words, wait = "X asks to wait before the account is signed in again. It goes by itself.", _BUSY
            return Judgement(
                Outcome.WAIT,
                words,
                f"{_ASKED} HTTP 429",
                until,
                after or (None if until else wait),
                _BUSY_DESK,
            )
        error = known.get("error")
        if error in _APP:
            words = f"X does not know the app by its client id and secret: put right {self._app_settings()}, and restart the daemon; then retry."
            return Judgement(Outcome.RECONNECT, words, f"{_ASKED} HTTP {status}, {error}", cause=_WRONG_APP)
        return self._ended(f"HTTP {status}").judgement

    def _ended(self, why: str) -> ChannelFailed:
        words = f"X has ended the account's connection: the sysadmin makes a new one (`publisher connect {self._settings.name}`), then retry."
        return fail(Outcome.RECONNECT, words, f"{_ASKED} refused ({why})")

    def _lost(self, why: str) -> ChannelFailed:
        told = f"X answered with {why}" if why.startswith(_HTTP) else "X's answer was lost"
        words = (
            f"{told} while the account's sign-in was renewed, and the old one may be used up: retry. "
            f"If that fails, the sysadmin connects it anew (`publisher connect {self._settings.name}`)."
        )
        return ChannelFailed(
            Judgement(Outcome.RECONNECT, words, f"{_ASKED} {_NO_ANSWER} ({why})", cause=_NO_ANSWER)
        )

    def _app_settings(self) -> str:
        """Where the client id and secret are named, and what holds them."""
        given = self._settings
        named = [(key, getattr(given, key)) for key in ("client_id", "client_secret") if getattr(given, key)]
        told = " and ".join(f"{key} ({reference.removeprefix('env:')})" for key, reference in named)
        return f"{told} in [channels.{given.name}]"


def levels(headers: Mapping[str, str]) -> frozenset[str] | None:
    """What OAuth 1.0a's keys may do: `read-write-directmessages` as rights; None where X does not say."""
    level = header(headers, LEVEL)
    return frozenset(level.lower().split("-")) if level else None


def _digest(pair: Tokens) -> str:
    found: str = digest((pair.access, pair.refresh, pair.account))
    return found


def _of_a_code(found: Judgement) -> ChannelFailed:
    """What ends an account's connection, or loses it, only means for a code that it is asked for anew."""
    if found.outcome is Outcome.WAIT:
        words = "X could not be asked for tokens, or gave none just now, which says nothing against the code: connect again later."
        return fail(Outcome.WAIT, words, found.engineer)
    if found.cause == _NO_ANSWER:
        words = "X's answer did not come, or could not be read: whether it gave tokens is not known: connect again."
        return fail(Outcome.RECONNECT, words, found.engineer)
    if found.outcome is not Outcome.RECONNECT or found.cause == _WRONG_APP:
        return ChannelFailed(found)
    words = "X gave no tokens for that code, which is good for 30 seconds, and once: connect again."
    return fail(Outcome.RECONNECT, words, found.engineer)


def _tokens(answer: Mapping[str, Any], now: datetime, old: Tokens | None = None) -> Tokens:
    """What X gave. What it leaves out is as before (RFC 6749 §5.1, §6)."""
    seconds, scope, refresh = answer.get("expires_in"), answer.get("scope"), answer.get("refresh_token")
    lives = timedelta(seconds=seconds) if type(seconds) is int and 0 < seconds <= _LIVES_MOST else LIVES
    return Tokens(
        access=answer["access_token"],
        refresh=refresh if isinstance(refresh, str) and refresh else old.refresh if old else "",
        scopes=frozenset(scope.split()) if isinstance(scope, str) else old.scopes if old else SCOPES,
        came_at=now,
        renew_at=now + lives * EARLY_SHARE,
        ends_at=now + lives,
        account=old.account if old else "",
    )
