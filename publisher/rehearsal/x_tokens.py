"""X's OAuth 2.0: the owner's yes, the code that it gives, and tokens that replace each other (docs.x.com, RFC 6749, RFC 7636).

An access token lives two hours by the rehearsal's clock, a code 30 seconds, and both codes and refresh tokens count once.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from publisher.rehearsal.api import Answer, Call, Refusal, Routes
from publisher.rehearsal.credentials import XCredentials, same
from publisher.rehearsal.ledger import Ledger
from publisher.rehearsal.x_answers import refuse_token

PATH = "/2/oauth2/token"
AUTHORIZE = "/i/oauth2/authorize"
LIVES, CODE_LIVES = timedelta(hours=2), timedelta(seconds=30)
OFFLINE = "offline.access"
SCOPES = frozenset(
    [
        "tweet.read",
        "tweet.write",
        "tweet.moderate.write",
        "users.email",
        "users.read",
        "follows.read",
        "follows.write",
        "offline.access",
        "space.read",
        "mute.read",
        "mute.write",
        "like.read",
        "like.write",
        "list.read",
        "list.write",
        "block.read",
        "block.write",
        "bookmark.read",
        "bookmark.write",
        "dm.read",
        "dm.write",
        "media.write",
    ]
)
"""All that there are (docs.x.com, "Scopes")."""
BAD_TOKEN, BAD_CODE = (
    "Value passed for the token was invalid.",
    "Value passed for the authorization code was invalid.",
)
NO_BASIC = "Missing valid authorization header"


@dataclass(frozen=True, slots=True)
class _Yes:
    """What the owner said yes to."""

    challenge: str
    callback: str
    scopes: frozenset[str]
    at: datetime


class TokenDesk:
    """The account's app at X. `consents` False is an owner who says no; `public` an app without a secret."""

    def __init__(self, ledger: Ledger, credentials: XCredentials) -> None:
        self._ledger, self._own = ledger, credentials
        self._codes: dict[str, _Yes] = {}
        self._access: dict[str, tuple[frozenset[str], datetime]] = {}
        self._refresh: dict[str, frozenset[str]] = {}
        self.consents, self.public = True, False

    @property
    def routes(self) -> Routes:
        return (("POST", PATH, self._token), ("GET", AUTHORIZE, self._authorize))

    def granted(self, access: str) -> frozenset[str] | None:
        """What a token may do; None for one that is not known, or has ended."""
        scopes, ends_at = self._access.get(access, (None, self._ledger.now()))
        return scopes if self._ledger.now() < ends_at else None

    def give(self, scopes: frozenset[str]) -> Mapping[str, object]:
        """A new pair, as the answer has it; without offline.access there is nothing to refresh with."""
        access, refresh = f"at-{secrets.token_urlsafe(24)}", f"rt-{secrets.token_urlsafe(24)}"
        self._access[access] = scopes, self._ledger.now() + LIVES
        answer: dict[str, object] = {
            "token_type": "bearer",
            "expires_in": int(LIVES.total_seconds()),
            "access_token": access,
            "scope": " ".join(sorted(scopes)),
        }
        if OFFLINE in scopes:
            self._refresh[refresh] = scopes
            answer["refresh_token"] = refresh
        return answer

    def revoke(self) -> None:
        """The owner takes the app off the account: no token of it counts any more."""
        self._access.clear()
        self._refresh.clear()

    async def _authorize(self, call: Call) -> Answer:
        """The owner says yes, or no, at once, and the browser is led to the callback."""
        asked = call.query
        scopes = frozenset(asked.get("scope", "").split())
        right = (
            same(asked.get("client_id", ""), self._own.client_id)
            and asked.get("response_type") == "code"
            and asked.get("code_challenge_method") == "S256"
            and asked.get("code_challenge")
            and asked.get("redirect_uri")
            and asked.get("state")
            and scopes <= SCOPES
            and scopes
        )
        if not right:
            return Answer("Something went wrong. You weren't able to give access to the App.", 400)
        answer = {"state": asked["state"]}
        if self.consents:
            code = f"ac-{secrets.token_urlsafe(24)}"
            self._codes[code] = _Yes(asked["code_challenge"], asked["redirect_uri"], scopes, call.at)
            answer["code"] = code
        else:
            answer["error"] = "access_denied"
        return Answer("", 302, {"location": f"{asked['redirect_uri']}?{urlencode(answer)}"})

    async def _token(self, call: Call) -> Answer:
        self._demand_app(call)
        match call.fields.get("grant_type"):
            case "authorization_code":
                return Answer(dict(self.give(self._used_code(call))))
            case "refresh_token":
                scopes = self._refresh.pop(str(call.fields.get("refresh_token")), None)
                if scopes is None:
                    raise refuse_token(400, "invalid_request", BAD_TOKEN)
                return Answer(dict(self.give(scopes)))
        raise refuse_token(
            400, "unsupported_grant_type", "Only authorization_code and refresh_token are supported."
        )

    def _demand_app(self, call: Call) -> None:
        """A confidential client says who it is by Basic, a public one by `client_id`."""
        own = self._own
        pair = base64.b64encode(f"{own.client_id}:{own.client_secret}".encode()).decode()
        named = same(str(call.fields.get("client_id", "")), own.client_id)
        known = named if self.public else same(call.authorization, f"Basic {pair}")
        if call.kind != "application/x-www-form-urlencoded" or not known:
            raise refuse_token(401, "unauthorized_client", NO_BASIC)

    def _used_code(self, call: Call) -> frozenset[str]:
        yes = self._codes.pop(str(call.fields.get("code")), None)
        verifier = str(call.fields.get("code_verifier", "")).encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
        good = (
            yes is not None
            and call.at <= yes.at + CODE_LIVES
            and same(challenge, yes.challenge)
            and call.fields.get("redirect_uri") == yes.callback
        )
        if yes is None or not good:
            raise refuse_token(400, "invalid_request", BAD_CODE)
        return yes.scopes


def demand(granted: frozenset[str], needed: frozenset[str]) -> None:
    """Raises X's plain 403 where a scope is missing."""
    if lacking := sorted(needed - granted):
        body = {"title": "Forbidden", "type": "about:blank", "status": 403, "detail": "Forbidden"}
        raise Refusal(403, body, reason=f"the token lacks {lacking[0]}")
