"""The words of the product as types, and the lives of items and deliveries as one table. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from publisher.secrecy import scrub

REFERENCE_PARAMETER = "c"
"""The link's own parameter, `?c=<reference>`: a read-back after an unknown outcome finds our post by it, exactly."""


class Kind(StrEnum):
    """What is announced."""

    NEWS = "news"
    EVENT = "event"


class ItemState(StrEnum):
    """The life of an item (DESIGN §4)."""

    DRAFT = "draft"
    CHECKED = "checked"
    HELD = "held for review"
    BLOCKED = "blocked"
    QUEUED = "queued"
    RELEASING = "releasing"
    PUBLISHED = "published"
    PART_PUBLISHED = "part published"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    LATE = "late"


class DeliveryState(StrEnum):
    """The life of one post on its way to one channel (DESIGN §4)."""

    WAITING = "waiting"
    STAGED = "staged"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SENT = "not sent"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"


_I = ItemState
_BEFORE_RELEASE = {_I.WITHDRAWN, _I.CANCELLED, _I.LATE}
_OUT_IN_PART = {_I.WITHDRAWING}
"""What was stopped in the middle of its release, and all that a person put it into since, has something out."""

ITEM_MOVES: Mapping[ItemState, frozenset[ItemState]] = {
    _I.DRAFT: frozenset({_I.CHECKED} | _BEFORE_RELEASE),
    _I.CHECKED: frozenset({_I.HELD, _I.BLOCKED, _I.QUEUED} | _BEFORE_RELEASE | _OUT_IN_PART),
    _I.HELD: frozenset({_I.CHECKED, _I.BLOCKED, _I.QUEUED} | _BEFORE_RELEASE | _OUT_IN_PART),
    _I.BLOCKED: frozenset({_I.CHECKED} | _BEFORE_RELEASE | _OUT_IN_PART),
    _I.QUEUED: frozenset({_I.CHECKED, _I.HELD, _I.BLOCKED, _I.RELEASING} | _BEFORE_RELEASE | _OUT_IN_PART),
    _I.LATE: frozenset({_I.CHECKED, _I.QUEUED, _I.WITHDRAWN, _I.CANCELLED} | _OUT_IN_PART),
    _I.RELEASING: frozenset({_I.PUBLISHED, _I.PART_PUBLISHED, _I.HELD, _I.LATE} | _OUT_IN_PART),
    _I.PART_PUBLISHED: frozenset({_I.PUBLISHED, _I.RELEASING, _I.WITHDRAWING}),
    _I.PUBLISHED: frozenset({_I.WITHDRAWING}),
    _I.WITHDRAWING: frozenset({_I.WITHDRAWN}),
    _I.WITHDRAWN: frozenset(),
    _I.CANCELLED: frozenset(),
}
"""Which state of an item may follow which; the README's drawing is tested against it."""

_D = DeliveryState

DELIVERY_MOVES: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    _D.WAITING: frozenset({_D.STAGED, _D.SENDING, _D.REFUSED, _D.NOT_SENT}),
    _D.STAGED: frozenset({_D.WAITING, _D.SENDING, _D.REFUSED, _D.NOT_SENT}),
    _D.SENDING: frozenset({_D.SENT, _D.REFUSED, _D.WAITING, _D.UNKNOWN}),
    _D.UNKNOWN: frozenset({_D.SENT, _D.NOT_SENT}),
    _D.REFUSED: frozenset({_D.WAITING}),
    _D.NOT_SENT: frozenset({_D.WAITING}),
    _D.SENT: frozenset({_D.WITHDRAWING}),
    _D.WITHDRAWING: frozenset({_D.WITHDRAWN}),
    _D.WITHDRAWN: frozenset(),
}
"""Which state of a delivery may follow which. Nothing leads from `unknown` or `withdrawing` back to `sending`."""

OUT = frozenset({_D.SENT, _D.UNKNOWN, _D.WITHDRAWING, _D.WITHDRAWN})
"""The states of a delivery that the public saw, or may have seen."""


class Severity(StrEnum):
    """What one finding asks for; `advise` is shown and never stops anything."""

    BLOCK = "block"
    REVIEW = "review"
    ADVISE = "advise"


class VerdictOutcome(StrEnum):
    """The gate's answer on an item."""

    CLEAR = "clear"
    REVIEW = "review"
    BLOCK = "block"


class Outcome(StrEnum):
    """What a platform's answer means for the delivery (DESIGN §4)."""

    SENT = "SENT"
    WAIT = "WAIT"
    RECONNECT = "RECONNECT"
    FIX = "FIX"
    STOP = "STOP"
    UNKNOWN = "UNKNOWN"


class Phase(StrEnum):
    """What a call to a platform was for; only CREATE and PUBLISH make something public."""

    CREATE = "create"
    PUBLISH = "publish"
    UPLOAD = "upload"
    CONTAINER = "container"
    STATUS = "status"
    READ = "read"
    DELETE = "delete"

    @property
    def makes_public(self) -> bool:
        """True where an unreadable answer may hide a post that is already live."""
        return self in {Phase.CREATE, Phase.PUBLISH}


NEVER_LEFT = "never left"
"""The `cause` of a judgement where no connection was made: nothing was sent."""

NOT_RENEWED = "not renewed here"
"""The `cause` where a sign-in is due to be renewed, and whoever asked merely looks: the platform was not asked."""

LONGEST_WAIT = timedelta(days=30)
"""No platform asks for more; a longer one is a mistake in the answer."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One outcome with a sentence for the officer and one for the engineer.

    `until` (aware, UTC) or `after` say how long WAIT waits; the program's own back-off is used where both are None.
    `cause` is for the program, where it goes on by what was wrong: a constant of ours, shown to nobody. The sentences are for
    people, may be worded anew, and have secrets struck out of them: nothing is decided by them.
    """

    outcome: Outcome
    officer: str = ""
    engineer: str = ""
    until: datetime | None = None
    after: timedelta | None = None
    cause: str = ""

    def __str__(self) -> str:
        if self.outcome is Outcome.WAIT and (self.until or self.after):
            return f"WAIT({self.until.isoformat() if self.until else self.after})"
        return self.outcome.value

    def wait_until(self, now: datetime, default: timedelta) -> datetime:
        """The moment (aware) from which the call may be tried again: never past, and never further than LONGEST_WAIT.

        A moment outside of that is a mistake in the answer, and as good as none.
        """
        if self.until and now < self.until <= now + LONGEST_WAIT:
            return self.until
        return now + min(self.after if self.after and self.after > timedelta(0) else default, LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Media:
    """One picture as it will be sent: `digest` is the sha256 (hex) of its bytes, and its name in the media store."""

    digest: str
    mime: str
    width: int
    height: int
    size: int
    alt: str


@dataclass(frozen=True, slots=True)
class Post:
    """An item rendered for one channel: exactly what leaves. `reference` is the link's own parameter."""

    channel: str
    kind: Kind
    title: str
    text: str
    link: str
    reference: str
    media: tuple[Media, ...] = ()
    hashtags: tuple[str, ...] = ()
    page: Mapping[str, Any] | None = None

    @property
    def digest(self) -> str:
        """sha256 (hex) over every byte that leaves, the channel included."""
        return digest_of(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The post as plain JSON values, as stored."""
        return _values(self) | {"media": tuple(map(_values, self.media))}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Post:
        """The post again, byte for byte, from `to_json`."""
        media = tuple(Media(**m) for m in value["media"])
        return cls(
            **{**value, "kind": Kind(value["kind"]), "media": media, "hashtags": tuple(value["hashtags"])}
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of a post or item.

    `start` and `end` count characters of `field`'s value; both None where the whole field or item is meant. `id` names
    this finding on these words (12 hex digits): the same words found again have the same id. `override` is the role that
    may let it go, empty if nobody may; `evidence` says what satisfies it, empty if nothing does.
    """

    rule: str
    clause: str
    severity: Severity
    message: str
    remedy: str
    field: str = ""
    channel: str | None = None
    start: int | None = None
    end: int | None = None
    id: str = ""
    override: str = ""
    evidence: str = ""

    def to_json(self) -> dict[str, Any]:
        """The finding in the shape of DESIGN §10."""
        return _values(self)


ALLOWED = " Allowed by "
"""How a finding's message goes on where a second officer let it go: `… until 2026-12-31: the reason`."""
ANSWERED = (" Evidence is given: ", ALLOWED)
"""How a finding's message goes on where evidence was given, or a second officer let it go."""


def unanswered(message: str) -> str:
    """What a finding says, less what was answered to it."""
    for words in ANSWERED:
        message = message.partition(words)[0]
    return message


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings on all posts of an item, and the outcome. Same posts, same policy: same digest."""

    outcome: VerdictOutcome
    findings: tuple[Finding, ...]
    policy: str
    digest: str

    def to_json(self) -> dict[str, Any]:
        """The verdict in the shape of DESIGN §10, without the item's id."""
        return {
            "verdict": self.outcome.value,
            "findings": [finding.to_json() for finding in self.findings],
            "policy": self.policy,
            "digest": self.digest,
        }


@dataclass(frozen=True, slots=True)
class Staged:
    """What an adapter prepared before release: platform ids as plain JSON, and when they stop being good."""

    values: Mapping[str, Any]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a platform took a post: its id there and its public address. A platform's words may repeat a secret: none is kept."""

    remote_id: str
    url: str
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", scrub(self.url))
        object.__setattr__(self, "note", scrub(self.note))


def _values(record: Post | Media | Finding) -> dict[str, Any]:
    """The fields of a record by name; what is in them is shared, not copied."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(value: object) -> bytes:
    """JSON with one possible form (sorted keys, no spaces, UTF-8), so that equal values have equal digests."""
    return _CANONICAL.encode(value).encode("utf-8", "surrogatepass")


def digest_of(value: object) -> str:
    """sha256 (hex) of the canonical form of a plain JSON value."""
    return hashlib.sha256(canonical(value)).hexdigest()
