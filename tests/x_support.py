"""For the tests of X by OAuth 2.0: an account that is connected, to the rehearsal or to an address of the test's own."""

from pathlib import Path
from typing import Any

from channels_support import load
from token_support import SCOPES, token_file, tokens

from publisher.rehearsal.platforms import Platforms
from publisher.token_files import Tokens

CLIENT_ID, CLIENT_SECRET = "made-up-client-id-1", "made-up-client-secret-1"


def connected(
    folder: Path, endpoint: str, monkeypatch: Any, pair: Tokens | None = None, **keys: object
) -> Any:
    """The adapter by OAuth 2.0, its tokens in `folder`; a confidential client, unless `client_secret` is None."""
    monkeypatch.setenv("TWITTER_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("TWITTER_CLIENT_SECRET", CLIENT_SECRET)
    token_file(folder).store(pair or tokens())
    table = {
        "auth": "oauth2",
        "tokens": "file:tokens.json",
        "client_secret": "env:TWITTER_CLIENT_SECRET",
    } | keys
    given = {name: value for name, value in table.items() if value is not None}
    return load("twitter", folder, endpoint, **given)


def on_rehearsal(platforms: Platforms, folder: Path, monkeypatch: Any, **keys: object) -> Any:
    """The adapter on a rehearsal X that has just given its tokens."""
    x, given = platforms.credentials.x, platforms.x.tokens.give(SCOPES)
    pair = tokens(
        str(given["access_token"]), str(given["refresh_token"]), at=platforms.ledger.now(), account=x.user_id
    )
    made = connected(folder, platforms.x.url, monkeypatch, pair, **keys)
    monkeypatch.setenv("TWITTER_CLIENT_ID", x.client_id)
    monkeypatch.setenv("TWITTER_CLIENT_SECRET", x.client_secret)
    return made
