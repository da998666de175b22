"""What the rehearsal's Meta knows of a token: whose it is, what it may do, when it ends, and how it dies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from publisher.rehearsal.api import Refusal
from publisher.rehearsal.graph_words import error

APPLICATION, APPLICATION_ID = "Council publisher (rehearsal)", "210000000000001"
RIGHTS: Mapping[str, tuple[str, ...]] = {
    "facebook": ("pages_manage_posts", "pages_read_engagement", "pages_show_list"),
    "instagram": (
        "instagram_basic",
        "instagram_content_publish",
        "instagram_manage_comments",
        "pages_read_engagement",
    ),
}
"""What a token of each platform may do at first."""
PAGE_TOKEN = "PAGE"  # noqa: S105  # a kind of token
USER_ID = "310000000000001"
"""Of the person or system user whose token one is, or was exchanged for the Page's."""
EVERYBODYS = "public_profile"
DEAD = {
    458: "The user has not authorized application",
    459: "The user is checkpointed",
    460: "The session has been invalidated because the user changed their password",
    463: "Session has expired",
    464: "Sessions for the user are not allowed because the user is not a confirmed user",
    467: "The access token is invalid since the user has logged out",
    492: "Invalid session: the user must be administrator, editor, or moderator of the page",
}
"""How a token dies, by sub-code ("Handle errors")."""


@dataclass(slots=True)
class Token:
    """One token, whose account it is for, which `user` had it made, and what a test or a person may change about it while all runs.

    `granular` says for which accounts a right is. `dead` is the sub-code by which it died. `may_ask` is False where Meta
    does not tell the token about itself.
    """

    profile: str
    kind: str
    scopes: tuple[str, ...]
    ends_at: datetime | None = None
    data_access_ends_at: datetime | None = None
    granular: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dead: int | None = None
    may_ask: bool = True
    user: str = USER_ID

    def refusal(self, now: datetime) -> Refusal | None:
        """Meta's no to a token that is no longer good."""
        ended = self.ends_at is not None and now >= self.ends_at
        subcode = self.dead or (463 if ended else None)
        if subcode is None:
            return None
        told = f"Error validating access token: {DEAD.get(subcode, 'it is no longer good')}."
        return error(190, told, subcode=subcode, status=401)

    def facts(self, now: datetime) -> dict[str, Any]:
        """What "Debug-Token" tells; an end that is not there is 0."""
        granular = [
            {"scope": scope, **({"target_ids": list(self.granular[scope])} if scope in self.granular else {})}
            for scope in self.scopes
        ]
        return {
            "app_id": APPLICATION_ID,
            "type": self.kind,
            "application": APPLICATION,
            "data_access_expires_at": _seconds(self.data_access_ends_at),
            "expires_at": _seconds(self.ends_at),
            "is_valid": self.refusal(now) is None,
            "issued_at": int(now.timestamp()),
            "profile_id": self.profile,
            "scopes": [*self.scopes, EVERYBODYS],
            "granular_scopes": granular,
            "user_id": self.user,
        }


def _seconds(end: datetime | None) -> int:
    return int(end.timestamp()) if end else 0
