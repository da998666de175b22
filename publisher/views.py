"""Items, deliveries and events as plain JSON, in the shapes of DESIGN §10. The CLI and the rehearsal print these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from publisher import lengths, likeness
from publisher.channels import Limits
from publisher.doubts import is_doubted
from publisher.item import parse
from publisher.likeness import PLAIN, Look
from publisher.model import ItemState, Post, Severity, unanswered
from publisher.page_words import words
from publisher.places import pointed_into
from publisher.prices import MICRO, price_of
from publisher.record import REFUSED, Event
from publisher.stored_row import UNREADABLE
from publisher.tables import ConsentRow, DeliveryRow, EditionRow, ItemRow, OfficerRow, OverrideRow, TokenRow

if TYPE_CHECKING:
    from publisher.policy.rules import Rule

FINISHED = (ItemState.PUBLISHED, ItemState.WITHDRAWN, ItemState.CANCELLED)
"""States in which nothing waits for anybody. Blocked is none of them: its author has something to change."""

_UNSAID: Mapping[str, Any] = {"verdict": "", "findings": [], "policy": "", "digest": ""}
"""A verdict that cannot be read."""

_MILLISECOND = timedelta(milliseconds=1)
_NUMBER = re.compile(r"(?<=^event) \d+|(?<=^verdict) \d+|(?<=^override) \d+|^\d+ (?=[0-9a-f]{64})")
"""That of an event, also as the subject of a verdict or a yes, which are numbered by it, or before the hash of one."""


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


def listed(
    item: ItemRow, deliveries: Sequence[DeliveryRow], steps: Sequence[str], refuser: str
) -> dict[str, Any]:
    """An item as `list --json` and every decision show it: `next` is what a person can do now."""
    return summary(item, deliveries) | {"next": list(steps), "refused_by": refuser}


def shown(
    item: ItemRow,
    deliveries: Sequence[DeliveryRow],
    events: Iterable[Event],
    steps: Sequence[str],
    refuser: str,
) -> dict[str, Any]:
    """An item as `show` has it: its detail, what to do next, and `posts`, the texts into which findings point."""
    try:
        posts = pointed_into(_verdict(item)["findings"], (row.post for row in deliveries))
    except UNREADABLE:  # a hand was in it, as its steps say
        posts = []
    beside = {"next": list(steps), "refused_by": refuser, "posts": posts}
    return detail(item, deliveries, events) | beside


def handed_in(
    item: ItemRow, deliveries: Sequence[DeliveryRow], queued: Mapping[str, Any], steps: Sequence[str]
) -> dict[str, Any]:
    """An item that was handed in just now: its state and verdict are those it got then, even if it has moved on since."""
    posts = pointed_into(queued["findings"], (row.post for row in deliveries))
    return summary(item, deliveries) | {"link": item.link, **queued, "next": list(steps), "posts": posts}


def correction(item: ItemRow) -> dict[str, Any]:
    """An item that corrects another, in short."""
    return {"id": item.id, "title": item.title, "state": item.state}


def rehearsed(title: str, checked: Mapping[str, Any]) -> dict[str, Any]:
    """What handing an item in would say, with nothing stored."""
    return {**checked, "state": ItemState.DRAFT.value, "title": title, "dry_run": True}


def known(item: ItemRow) -> dict[str, Any]:
    """An item that is here already, in short."""
    return {"id": item.id, "state": item.state, "verdict": item.verdict["verdict"]}


def let_go(item: ItemRow, covered: Iterable[OverrideRow]) -> dict[str, Any]:
    """What second officers let go of an item, each with what its finding says now (nothing where it is found no more),
    and the findings that are still `open`; one that was let go is advice by now.
    """
    findings = item.verdict["findings"]
    said = {one["id"]: unanswered(one["message"]) for one in findings}
    given = [
        {"rule": one.rule, "finding": one.finding, "officer": one.officer, "expires_on": one.expires_on.isoformat(),
         "message": said.get(one.finding, "")}
        for one in covered
    ]  # fmt: skip
    return {"overrides": given, "open": [one for one in findings if one["severity"] != Severity.ADVISE]}


def delivery(row: DeliveryRow) -> dict[str, Any]:
    """One delivery: `url`, `reason` and `sent_at` only where there is one."""
    given = {"url": _address(row), "reason": row.reason, "sent_at": stamp(row.sent_at)}
    return {"channel": row.channel, "state": row.state} | {
        name: value for name, value in given.items() if value
    }


def _address(row: DeliveryRow) -> str:
    """Where the post is; empty where nothing proves that: it may be another's (publisher/doubts.py)."""
    return "" if is_doubted(row) else row.url


def timed_delivery(row: DeliveryRow, page_live_at: datetime | None) -> dict[str, Any]:
    """One delivery with `offset_ms`, from the moment the page was live; all keys always there."""
    return {
        "channel": row.channel,
        "state": row.state,
        "url": _address(row) or None,
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
    content = _content(item)
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
        "erased_at": stamp(item.erased_at),
        "starts_at": content.get("starts_at"),
        "ends_at": content.get("ends_at"),
        "content": content,
        **_verdict(item),
        "events": [event(row) for row in events],
    }


def _content(item: ItemRow) -> Mapping[str, Any]:
    """Its words; none where a hand wrote something of another shape in their place."""
    try:
        if item.erased_at is None:
            parse(item.content)
        return dict(item.content)
    except UNREADABLE:
        return {}


def _verdict(item: ItemRow) -> Mapping[str, Any]:
    """What the gate said of it; nothing where a hand wrote something of another shape in its place."""
    try:
        found = item.verdict
        _ = [(one["rule"], one["channel"], one["message"], one["severity"]) for one in found["findings"]]
        return {name: found[name] for name in _UNSAID}
    except UNREADABLE:
        return _UNSAID


def event(row: Event) -> dict[str, Any]:
    """One thing that happened."""
    return {
        "at": stamp(row.at),
        "actor": row.actor,
        "action": row.action,
        "channel": row.channel,
        "subject": numberless(row.subject),
        "before": row.before,
        "after": row.after,
        "detail": row.detail,
    } | ({"erased": True} if row.is_erased else {})


def numberless(word: str | None) -> str | None:
    """A word of an event without the number of one: those of concerns would be missing (clause 4)."""
    return word and _NUMBER.sub("", word)


def refused_by(events: Iterable[Event]) -> str:
    """The second officer who said no to an item, empty if nobody did."""
    return next((row.actor for row in events if row.action == REFUSED), "")


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
        "policy_edition": row.policy_edition,
        "policy_reference": row.policy_reference,
        "aup_reference": row.aup_reference,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
        "trained_on": row.trained_on.isoformat() if row.trained_on else None,
        "training_reference": row.training_reference,
        "manager": row.manager or None,
        "added_by": row.added_by,
        "added_at": stamp(row.added_at),
    }


def edition(row: EditionRow, standing: str) -> dict[str, Any]:
    """One edition of the written policy; `standing`: in force, to come, past, or changed by hand."""
    return {
        "edition": row.edition,
        "in_force_from": row.in_force_from.isoformat(),
        "reference": row.reference,
        "adopted_by": row.adopted_by,
        "adopted_at": stamp(row.adopted_at),
        "standing": standing,
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


def spread(deliveries: Iterable[DeliveryRow]) -> int | None:
    """Milliseconds between the first and the last platform's post; the page goes before them and does not count."""
    sent = [row.sent_at for row in deliveries if row.sent_at and not row.post.get("page")]
    return milliseconds(min(sent), max(sent)) if sent else None


def milliseconds(start: datetime | None, end: datetime | None) -> int | None:
    """Whole milliseconds from `start` to `end`; None where either is not known."""
    return None if start is None or end is None else (end - start) // _MILLISECOND


def token(row: TokenRow, standing: str) -> dict[str, Any]:
    """A token as `token list --json` shows it; its secret and the digest of it are nobody's business."""
    return {
        "id": row.id,
        "login": row.login,
        "scopes": row.scopes.split(","),
        "label": row.label,
        "created_by": row.created_by,
        "created_at": stamp(row.created_at),
        "expires_at": stamp(row.expires_at),
        "revoked_at": stamp(row.revoked_at),
        "standing": str(standing),
    }


def stamp(moment: datetime | None) -> str | None:
    """A moment as ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat()


def preview(
    title: str,
    posts: Iterable[Post],
    limits: Mapping[str, Limits],
    looks: Mapping[str, Look],
    *,
    item_id: str | None = None,
    verdict: str = "clear",
) -> dict[str, Any]:
    """What each channel would show: its exact text and how long it is there; the website's page by its words.

    `card` is what platforms show of the link, by our own page's Open Graph tags: null where the page is not ours. Its
    `digest` names the picture.
    """
    every = list(posts)
    card = next((_card(post) for post in every if post.page is not None), None)
    return {
        "id": item_id,
        "title": title,
        "verdict": verdict,
        "posts": [
            _post_preview(post, limits.get(post.channel)) | _likeness(looks.get(post.channel, PLAIN), card)
            for post in every
        ],
    }


def _likeness(look: Look, card: Mapping[str, str] | None) -> dict[str, Any]:
    return {"look": asdict(look), "card": card}


def _card(page: Post) -> dict[str, str]:
    """The card of the page; the page shows its own first picture there (templates/site/item.html.j2)."""
    digest = page.media[0].digest if page.media else ""
    return likeness.card(page.text, page.link) | {"digest": digest}


def _post_preview(post: Post, limits: Limits | None) -> dict[str, Any]:
    common = {"channel": post.channel, "link": post.link, "media": [asdict(media) for media in post.media]}
    if post.page is not None:
        blocks = [list(block) for block in words(post.text)]
        titles = [block for block in blocks if block[0]]
        return common | {"page": post.page["path"], "headings": titles, "words": blocks}
    length = lengths.count(post.text, limits.measure if limits else "characters")
    cost = price_of(limits, post)
    return common | {
        "text": post.text,
        "length": length,
        "limit": limits.text if limits else None,
        "cost_usd": None if cost is None else cost / MICRO,
    }
