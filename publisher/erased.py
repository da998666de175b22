"""What is left of a thing once its words are erased: the shape that the rest of the program reads, with nothing in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.model import ALLOWED

ERASED_WORDS = "(erased)"
"""Stands where words were."""
ERASED = "erased"
"""The action of the event that tells of an erasure. `item_id` alone: the item; with a `subject`: one thing of it."""
_KEPT = ("rule", "clause", "severity", "field", "channel", "override")
"""What of a finding is no word of the item: its id is a digest of few words, which could be guessed."""


def post(value: Mapping[str, Any], link: str) -> dict[str, Any]:
    """A stored post without its words, pictures and tags: still a post, so that whoever shows it need not ask."""
    page = value.get("page")
    return {
        "channel": value.get("channel", ""),
        "kind": value.get("kind", "news"),
        "title": ERASED_WORDS,
        "text": ERASED_WORDS,
        "link": link,
        "reference": value.get("reference", ""),
        "media": [],
        "hashtags": [],
        "page": {"path": ""} if page is not None else None,
    }


def findings(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stored findings without what they say of the words: which rules, and how grave."""
    empty = {"message": ERASED_WORDS, "remedy": "", "start": None, "end": None, "id": "", "evidence": ""}
    return [{name: value.get(name) for name in _KEPT} | empty for value in values]


def verdict(value: Mapping[str, Any]) -> dict[str, Any]:
    """An item's stored verdict: the outcome, the policy and the digest stay."""
    kept = {name: value.get(name, "") for name in ("verdict", "policy", "digest")}
    return kept | {"findings": findings(list(value.get("findings", ())))}


def unquoted(value: Mapping[str, Any]) -> dict[str, Any]:
    """An item's stored verdict without the reasons that second officers gave, which its findings' messages quote."""
    return {**value, "findings": [_unquoted(one) for one in value.get("findings", ())]}


def _unquoted(finding: dict[str, Any]) -> dict[str, Any]:
    message, allowed, words = str(finding.get("message", "")).partition(ALLOWED)
    by, colon, _ = words.partition(": ")
    return {**finding, "message": f"{message}{allowed}{by}: {ERASED_WORDS}"} if allowed and colon else finding
