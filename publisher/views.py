"""Items, deliveries and events as plain JSON, in the shapes of DESIGN §10. The CLI and the rehearsal print these."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from publisher import lengths
from publisher.channels import Limits
from publisher.model import ItemState, Post
from publisher.record import Event
from publisher.tables import ConsentRow, DeliveryRow, ItemRow, OfficerRow

if TYPE_CHECKING:
    from publisher.policy.rules import Rule

FINISHED = (ItemState.PUBLISHED, ItemState.WITHDRAWN, ItemState.CANCELLED)
"""States in which nothing waits for anybody. Blocked is none of them: its author has something to change."""
FIRST_STATE = {"clear": "queued", "review": "held for review", "block": "blocked"}
"""The state that an item gets from the gate's verdict: what its officer is told, even if it has moved on since."""
NO_LIMIT = sys.maxsize

_MILLISECOND = timedelta(milliseconds=1)


def summary(item: ItemRow, deliveries: Sequence[DeliveryRow]) -> dict[str, Any]:
    """An item as `list --json` shows it."""
    return {
        "id": item.id,
        "kind": item.kind,
        "title": item.title,
        "state": item.state,
        "publish_at": stamp(item.publish_at),
        "deliveries": [delivery(row) for row in deliveries],
    } | ({"reason": item.reason} if item.reason else {})


def delivery(row: DeliveryRow) -> dict[str, Any]:
    """One delivery: `url`, `reason` and `sent_at` only where there is one."""
    given = {"url": row.url, "reason": row.reason, "sent_at": stamp(row.sent_at)}
    return {"channel": row.channel, "state": row.state} | {
        name: value for name, value in given.items() if value
    }


def timed_delivery(row: DeliveryRow, page_live_at: datetime | None) -> dict[str, Any]:
    """One delivery with `offset_ms`, from the moment the page was live; all keys always there."""
    return {
        "channel": row.channel,
        "state": row.state,
        "url": row.url or None,
        "reason": row.reason,
        "sent_at": stamp(row.sent_at),
        "offset_ms": milliseconds(page_live_at, row.sent_at),
        "tries": row.tries,
    }


def released(item: ItemRow, deliveries: Sequence[DeliveryRow]) -> dict[str, Any]:
    """An item as `demo --json` shows it: what went where, and how far apart."""
    kept = ("channel", "state", "url", "sent_at", "offset_ms", "reason")
    timed = [timed_delivery(row, item.page_live_at) for row in deliveries]
    return {
        "id": item.id,
        "kind": item.kind,
        "title": item.title,
        "state": item.state,
        "page_live_at": stamp(item.page_live_at),
        "spread_ms": spread(deliveries),
        "deliveries": [{name: delivery[name] for name in kept} for delivery in timed],
    }


def detail(item: ItemRow, deliveries: Sequence[DeliveryRow], events: Iterable[Event] = ()) -> dict[str, Any]:
    """An item as `show --json` shows it: everything but secrets, which are not kept, and seals."""
    content = item.content
    return summary(item, deliveries) | {
        "reason": item.reason,
        "page_live_at": stamp(item.page_live_at),
        "spread_ms": spread(deliveries),
        "deliveries": [timed_delivery(row, item.page_live_at) for row in deliveries],
        "link": item.link,
        "author": item.author,
        "approver": item.approver,
        "source": item.source,
        "external_id": item.external_id,
        "version": item.version,
        "created_at": stamp(item.created_at),
        "starts_at": content.get("starts_at"),
        "ends_at": content.get("ends_at"),
        "content": content,
        **item.verdict,
        "events": [event(row) for row in events],
    }


def event(row: Event) -> dict[str, Any]:
    """One thing that happened."""
    return {
        "at": stamp(row.at),
        "actor": row.actor,
        "action": row.action,
        "channel": row.channel,
        "before": row.before,
        "after": row.after,
        "detail": row.detail,
    }


def refused_by(events: Iterable[Event]) -> str:
    """The second officer who said no to an item, empty if nobody did."""
    return next((row.actor for row in events if row.detail.get("refused")), "")


def officer(row: OfficerRow) -> dict[str, Any]:
    """One line of the register; `channels` None means all of them."""
    return {
        "login": row.login,
        "name": row.name,
        "roles": row.roles.split(","),
        "channels": row.channels.split(",") if row.channels else None,
        "policy_read_on": row.policy_read_on.isoformat() if row.policy_read_on else None,
        "aup_signed_on": row.aup_signed_on.isoformat() if row.aup_signed_on else None,
        "approved_on": row.approved_on.isoformat() if row.approved_on else None,
        "approval_reference": row.approval_reference,
        "suspended_at": stamp(row.suspended_at),
    }


def consent(row: ConsentRow) -> dict[str, Any]:
    """One record that people may be shown; `withdrawn_at` None where it was not taken back."""
    return {
        "reference": row.reference,
        "basis": row.basis,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
        "recorded_by": row.recorded_by,
        "recorded_at": stamp(row.recorded_at),
        "withdrawn_by": row.withdrawn_by or None,
        "withdrawn_at": stamp(row.withdrawn_at),
    }


def rule(row: Rule) -> dict[str, Any]:
    """One rule of the policy, whole."""
    values = {field.name: _plain(getattr(row, field.name)) for field in fields(row)}
    return values | {"override": row.override or None, "evidence": row.evidence or None}


def _plain(value: Any) -> Any:
    """As plain JSON values: an example may hold dates."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def texts(
    content: Mapping[str, Any], posts: Iterable[Mapping[str, Any]] = ()
) -> dict[tuple[str | None, str], str]:
    """The words that findings point into, by (channel, field): the item's own, and each post's text."""
    own: dict[tuple[str | None, str], str] = {
        (None, name): value for name, value in content.items() if isinstance(value, str)
    }
    for position, image in enumerate(content.get("images", ())):
        own |= {
            (None, f"images[{position}].{name}"): value
            for name, value in image.items()
            if isinstance(value, str)
        }
    for position, tag in enumerate(content.get("hashtags", ())):
        own[(None, f"hashtags[{position}]")] = tag
    return own | {(post["channel"], "text"): post["text"] for post in posts}


def spread(deliveries: Iterable[DeliveryRow]) -> int | None:
    """Milliseconds between the first and the last platform's post; the page goes before them and does not count."""
    sent = [row.sent_at for row in deliveries if row.sent_at and not row.post.get("page")]
    return milliseconds(min(sent), max(sent)) if sent else None


def milliseconds(start: datetime | None, end: datetime | None) -> int | None:
    """Whole milliseconds from `start` to `end`; None where either is not known."""
    return None if start is None or end is None else (end - start) // _MILLISECOND


def stamp(moment: datetime | None) -> str | None:
    """A moment as ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat()


def preview(
    title: str,
    posts: Iterable[Post],
    limits: Mapping[str, Limits],
    *,
    item_id: str | None = None,
    verdict: str = "clear",
) -> dict[str, Any]:
    """What each channel would show: its exact text and how long it is there; the website's page by its words."""
    return {
        "id": item_id,
        "title": title,
        "verdict": verdict,
        "posts": [_post_preview(post, limits.get(post.channel)) for post in posts],
    }


def _post_preview(post: Post, limits: Limits | None) -> dict[str, Any]:
    common = {"channel": post.channel, "link": post.link, "media": [asdict(media) for media in post.media]}
    if post.page is not None:
        blocks = words(post.text)
        titles = [block for block in blocks if block[0]]
        return common | {"page": post.page["path"], "headings": titles, "words": blocks}
    length = lengths.count(post.text, limits.measure if limits else "characters")
    cost = limits.cost(post.text) if limits and limits.cost else None
    return common | {
        "text": post.text,
        "length": length,
        "limit": limits.text if limits else None,
        "cost_usd": cost,
    }


def words(html: str) -> list[tuple[int, str]]:
    """What a page's <main> says, block by block: (level of a heading, else 0; text). All of it where no main is."""
    reader = _Words(whole="<main" not in html.lower())
    reader.feed(html)
    reader.close()
    joined = ((level, " ".join(text.split())) for level, text in reader.found)
    return [block for block in joined if block[1]]


class _Words(HTMLParser):
    """Text by block; what no browser shows is left out."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = [(0, "")]
        self._inside, self._hidden = whole, 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # the base class passes it
        self._inside = self._inside or tag == "main"
        self._hidden += tag in _UNSEEN
        if tag in _BLOCKS:
            self.found.append((_level(tag), ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "main"
        self._hidden = max(0, self._hidden - (tag in _UNSEEN))
        if tag in _BLOCKS:
            self.found.append((0, ""))

    def handle_data(self, data: str) -> None:
        if self._inside and not self._hidden:
            level, text = self.found[-1]
            self.found[-1] = (level, text + data)


_UNSEEN = {"script", "style", "title", "template"}
_BLOCKS = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "dt", "dd", "div", "figcaption", "br"}


def _level(tag: str) -> int:
    return int(tag[1]) if re.fullmatch("h[1-6]", tag) else 0
