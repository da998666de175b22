"""Emergencies: what is short and cannot wait goes by a faster lane, still past two different people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.policy.evidence import names_something
from publisher.policy.subject import Hit, Subject

MAY_WAIT = frozenset(
    [
        "accessibility", "alcohol", "chain-mail", "commercial", "disrepute", "drugs", "format", "gambling", "internal-workings",
        "joke", "junk", "link", "third-party", "violence",
    ]
)  # fmt: skip
"""The categories that a rule file may let wait in an emergency. Private details, markings, one-way, who may post, consent, politics
(Local Government Act 1986 s.2) and words against people are none of them, whatever a council writes.
"""


def emergency(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An item handed in as an emergency. What the rule's parameter `waits` lists is looked at afterwards (gate.py)."""
    del parameters
    if subject.item.emergency:
        yield Hit("emergency", text=subject.item.emergency)


def emergency_not_short(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An emergency with more to read than `most` characters of title and summary, or with a body."""
    item = subject.item
    if not item.emergency:
        return
    if item.body:
        yield Hit("body", text="a body")
    length = len(item.title) + len(item.summary)
    if length > parameters["most"]:
        yield Hit("summary", text=f"{length} characters, not {parameters['most']},")


def emergency_without_reason(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An emergency whose reason names nothing: whoever looks at it afterwards must see what could not wait."""
    del parameters
    if subject.item.emergency and not names_something(subject.item.emergency):
        yield Hit("emergency", text=subject.item.emergency)
