"""For tests of tokens that replace each other; it loads little, since processes of their own use it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from publisher.token_files import TokenFile, Tokens

CAME = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
ACCOUNT = "1234567890"
SCOPES = frozenset({"tweet.read", "tweet.write", "users.read", "media.write", "offline.access"})
ACCESS, REFRESH = "made-up-access-1", "made-up-refresh-1"


def tokens(access: str = ACCESS, refresh: str = REFRESH, *, at: datetime = CAME, **changes: Any) -> Tokens:
    """A pair that came at `at`, for two hours."""
    given: dict[str, Any] = {
        "scopes": SCOPES, "came_at": at, "renew_at": at + timedelta(minutes=108), "ends_at": at + timedelta(hours=2),
        "account": ACCOUNT,
    }  # fmt: skip
    return Tokens(access, refresh, **given | changes)


def token_file(folder: Path) -> TokenFile:
    return TokenFile(folder / "tokens.json", field="channels.twitter.tokens", way_out="Connect it.")
