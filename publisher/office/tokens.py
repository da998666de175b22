"""Tokens, and who is asking."""

from __future__ import annotations

from publisher import views
from publisher.office.operations import Body, Part, Scope, Shown, operation
from publisher.tokens import DAYS, Standing


class NewToken(Body):
    """A token for oneself: what it may be used for, how many days it lasts, and a word that tells it from others."""

    scopes: tuple[Scope, ...] = (Scope.READ, Scope.WRITE)
    days: int = DAYS
    label: str = ""


class NewTicket(Body):
    """For whom a token to enrol with is."""

    login: str


class TokensPart(Part):
    """How officers are known from elsewhere: each by tokens of their own, shown once, scoped, ending, revocable."""

    @operation("GET", "/caller", Scope.READ)
    def caller(self) -> Shown:
        """Who is asking, as this program knows it, by which door, and for what they may ask."""
        scopes = sorted(scope.value for scope in self._caller.scopes)
        return {"login": self._who, "via": self._caller.via, "scopes": scopes}

    @operation("GET", "/tokens", Scope.READ)
    def list(self) -> Shown:
        """One's own tokens; for a director all of them. Never their secrets, which are kept nowhere."""
        found = self._app.tokens.listed(self._who, everyones=Scope.DIRECT in self._caller.scopes)
        return {"tokens": [views.token(row, standing) for row, standing in found]}

    @operation("POST", "/tokens", Scope.WRITE)
    def new(self, body: NewToken) -> Shown:
        """Makes a token for oneself, at this machine only: a stolen one must not make others. Raises InputError, Refused."""
        by = self._caller.token
        row, text = self._app.tokens.new(self._who, body.scopes, body.days, body.label, by_token=by)
        return views.token(row, Standing.LIVE) | {"token": text}

    @operation("POST", "/tokens/issue", Scope.DIRECT)
    def issue(self, body: NewTicket) -> Shown:
        """Makes a token with which an officer gets their own, so that no director ever knows it. Raises InputError, Refused."""
        row, text = self._app.tokens.issue(body.login, self._who)
        return views.token(row, Standing.LIVE) | {"token": text}

    @operation("POST", "/tokens/enrol", Scope.ENROL)
    def enrol(self, body: NewToken) -> Shown:
        """Exchanges a token to enrol with for one's own; it is used up by it. Raises InputError, Refused."""
        row, text = self._app.tokens.enrol(self._caller.token, self._who, body.scopes, body.days, body.label)
        return views.token(row, Standing.LIVE) | {"token": text}

    @operation("POST", "/tokens/{token_id}/revoke", Scope.WRITE)
    def revoke(self, token_id: str) -> Shown:
        """Makes a token worthless at once: one's own, or, for a director, any. Raises InputError."""
        row = self._app.tokens.revoke(token_id, self._who, anyones=Scope.DIRECT in self._caller.scopes)
        return views.token(row, Standing.REVOKED)
