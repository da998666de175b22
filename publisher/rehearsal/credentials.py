"""Keys for the rehearsal platforms, made anew at every start: they open nothing else."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class XCredentials:
    """An OAuth 1.0a pair for each of app and user, an OAuth 2.0 token of the same user that does not end, and the app's own
    OAuth 2.0 id and secret, by which tokens that end are had.
    """

    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)
    bearer_token: str = field(repr=False)
    client_id: str = field(repr=False, default_factory=lambda: _token("client-id"))
    client_secret: str = field(repr=False, default_factory=lambda: _token("client-secret"))

    @property
    def user_id(self) -> str:
        """The part of the access token before the dash: X writes tokens so."""
        return self.access_token.partition("-")[0]


@dataclass(frozen=True, slots=True)
class FacebookCredentials:
    """With `app_secret`, every call must carry the matching appsecret_proof ("Require App Secret")."""

    page_id: str
    token: str = field(repr=False)
    app_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class InstagramCredentials:
    user_id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    x: XCredentials
    facebook: FacebookCredentials
    instagram: InstagramCredentials

    @classmethod
    def made_up(cls) -> Credentials:
        return cls(
            XCredentials(
                consumer_key=_token("consumer-key"),
                consumer_secret=_token("consumer-secret"),
                access_token=f"{_digits(19)}-{_token('access')}",
                access_token_secret=_token("access-secret"),
                bearer_token=_token("bearer"),
            ),
            FacebookCredentials(_digits(15), _token("page")),
            InstagramCredentials("1784" + _digits(13), _token("instagram")),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that must never be written down. The keys count too: they say whose the secrets are."""
        x, app_secret = self.x, self.facebook.app_secret or ""
        own = (
            x.consumer_key, x.consumer_secret, x.access_token, x.access_token_secret, x.bearer_token, x.client_id, x.client_secret,
        )  # fmt: skip
        return tuple(
            value for value in (*own, self.facebook.token, app_secret, self.instagram.token) if value
        )


def same(one: str, other: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(*(text.encode(errors="surrogatepass") for text in (one, other)))


def _token(what: str) -> str:
    return f"{what}-{secrets.token_hex(12)}"


def _digits(count: int) -> str:
    first = 1 + secrets.randbelow(9)
    return str(first) + "".join(str(secrets.randbelow(10)) for _ in range(count - 1))
