"""What an account on X may say in config.toml: how it signs, who may reply, what X asks for a post."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from publisher.errors import ConfigError
from publisher.lengths import links
from publisher.settings import ChannelSettings, Endpoint, OwnFile, Price, SecretRef
from publisher.token_files import TokenFile

OAUTH1, OAUTH2 = "oauth1", "oauth2"
WHERE: Mapping[str, Mapping[str, str]] = {
    OAUTH1: {
        "consumer_key": "env:TWITTER_CONSUMER_KEY",
        "consumer_secret": "env:TWITTER_CONSUMER_SECRET",
        "access_token": "env:TWITTER_ACCESS_TOKEN",
        "access_token_secret": "env:TWITTER_ACCESS_TOKEN_SECRET",
    },
    OAUTH2: {"client_id": "env:TWITTER_CLIENT_ID", "tokens": "file:queue/twitter-tokens.json"},
}
"""Where the secrets of each way to sign are, if the table does not say."""
_ONLY = {OAUTH1: frozenset(WHERE[OAUTH1]), OAUTH2: frozenset({*WHERE[OAUTH2], "client_secret"})}
_CALLBACK = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")


class Settings(ChannelSettings):
    """`auth` is how the account signs. `oauth1`: four keys that do not end. `oauth2`: `tokens` is a file that the program
    writes, made by `publisher connect`; an app of the kind "confidential client" has a `client_secret`; `callback` is one
    of the callback addresses in the app's settings at X, and nothing need listen there.

    `reply_settings` closes replies as far as X can; `permalink` is where a post of ours is shown. The prices are X's own in
    US dollars: for a post, for one with a link, for each picture's alternative text ("metadata"), for taking a post down
    (docs.x.com, "Pricing", since 20 April 2026). An account with other terms, such as a Public Utility App, has others.
    """

    identity: ClassVar[tuple[str, ...]] = ("access_token", "tokens")
    endpoint: Endpoint = "https://api.x.com"
    auth: Literal["oauth1", "oauth2"] = "oauth1"
    consumer_key: SecretRef = ""
    consumer_secret: SecretRef = ""
    access_token: SecretRef = ""
    access_token_secret: SecretRef = ""
    client_id: SecretRef = ""
    client_secret: SecretRef = ""
    tokens: OwnFile = ""
    callback: str = "http://127.0.0.1/connected"
    authorize: Endpoint = "https://x.com/i/oauth2/authorize"
    reply_settings: Literal["mentionedUsers", "following", "verified", "subscribers"] = "mentionedUsers"
    permalink: str = "https://x.com/i/status/{id}"
    post_price: Price = 0.015
    post_price_with_link: Price = 0.200
    alt_price: Price = 0.005
    deletion_price: Price = 0.010

    @classmethod
    def completed(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Secrets of the other way to sign would be asked for and never used: they are refused, not overlooked."""
        callback = given.get("callback")
        if isinstance(callback, str) and not _CALLBACK.fullmatch(callback):
            message = (
                "callback: an address without a query is needed, exactly as the app's settings at X have it"
            )
            raise ValueError(message)
        if (auth := given.get("auth", OAUTH1)) not in (OAUTH1, OAUTH2):
            return given  # the check of `auth` itself says what is wrong
        other = OAUTH2 if auth == OAUTH1 else OAUTH1
        if odd := sorted(_ONLY[other] & given.keys()):
            message = f'{odd[0]} is of auth = "{other}": leave it out, or change auth'
            raise ValueError(message)
        return {**WHERE[auth], **given}

    @property
    def signs_anew(self) -> bool:
        """True where the tokens end and are renewed (OAuth 2.0)."""
        return self.auth == OAUTH2

    @property
    def account_told_by(self) -> str:
        """The file of tokens, or the access token's own beginning."""
        return f"the file {self.tokens.removeprefix('file:')}" if self.signs_anew else "its access token"

    @property
    def token_file(self) -> TokenFile:
        """Where the tokens of OAuth 2.0 are kept."""
        return TokenFile(
            self.path(self.tokens.removeprefix("file:")),
            field=f"channels.{self.name}.tokens",
            way_out=f"Run `publisher connect {self.name}` on the server.",
        )

    def secret(self, reference: str) -> str:
        """As for every channel; a file of tokens that is not there yet is made by connecting. Raises ConfigError."""
        if self.signs_anew and reference == self.tokens:
            return self.token_file.read().access
        return super().secret(reference)

    @property
    def account(self) -> str:
        """The account's number, without asking X for it: X begins an access token of OAuth 1.0a with it and a dash.

        Raises ConfigError.
        """
        if self.signs_anew:
            return self.token_file.read().account
        found = self.secret(self.access_token).partition("-")[0]
        if not re.fullmatch("[0-9]+", found):
            raise ConfigError(
                "the access token does not begin with the account's number",
                field=f"channels.{self.name}.access_token",
                way_out="Copy it anew from X's developer pages.",
            )
        return found

    def cost(self, text: str, described: int) -> float:
        """US dollars for a post with this text and so many pictures that have alternative text. Failed requests are not billed.

        X makes a link of a bare name too, so that one costs as much as a whole address.
        """
        return (self.post_price_with_link if links(text) else self.post_price) + described * self.alt_price

    def without(self, tokens: str) -> Self:
        """The same account with its tokens in another file."""
        return self.model_copy(update={"tokens": tokens})
