"""Who asks, and tokens."""

from __future__ import annotations

from datetime import datetime

from publisher.answer_shapes.shape import Shape
from publisher.tokens import Standing


class CallerShown(Shape):
    """Who is asking, by which door, and for what they may."""

    login: str
    via: str
    scopes: list[str]


class TokenShown(Shape):
    """A token, without its secret."""

    id: str
    login: str
    scopes: list[str]
    label: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    standing: Standing


class TokenMade(TokenShown):
    """With the token itself: here, and never again."""

    token: str


class TokensListed(Shape):
    """Tokens, the newest first."""

    tokens: list[TokenShown]
