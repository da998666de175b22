"""Who acts, who is shown, and whose picture it is (clauses 5a, 5c, 5d and 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from publisher.nearest import meant
from publisher.policy import patterns
from publisher.policy.context import Consent
from publisher.policy.readings import Reading
from publisher.policy.subject import Hit, Subject, Words

CONSENT = "consent"
"""The basis, and the right, that can be taken back."""

BORROWED = frozenset({"licensed", CONSENT})
"""The rights of a picture that belongs to somebody else."""


def not_designated(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An officer who is not properly designated."""
    del parameters
    officer = subject.context.officer
    if officer and officer.problem:
        yield Hit("officer", text=officer.problem)


def rights_without(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Somebody else's picture without `needs`, a field of the picture: `reference` or `credit`."""
    for position, image in enumerate(subject.item.images):
        if image.rights in BORROWED and not getattr(image, parameters["needs"]):
            yield Hit(f"images[{position}].{parameters['needs']}")


def people_without_reference(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A picture that shows people, without the reference of their consent or another basis.

    A basis other than consent suffices by itself, but not where `children` are named in its alt text.
    """
    children = patterns.words(parameters["children"])
    for position, image in enumerate(subject.item.images):
        if not image.people or image.reference:
            continue
        young = children.search(image.alt.lower()) is not None
        if young or image.basis in {None, CONSENT}:
            yield Hit(f"images[{position}].reference", text="children" if young else "people")


def people_not_declared(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An alt text with one of `people`, where the picture is not said to show any."""
    wanted = patterns.words(parameters["people"])
    for position, image in enumerate(subject.item.images):
        words = Words(f"images[{position}].alt", "alt", Reading(image.alt))
        if not image.people and (found := wanted.search(words.plain)):
            yield words.hit(*found)


def consent_withdrawn(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A picture whose consent has been taken back by the day it goes (UK GDPR article 7(3))."""
    del parameters
    day = _day(subject)
    for position, consent in _recorded(subject):
        if consent.withdrawn_on and (day is None or consent.withdrawn_on <= day):
            yield Hit(f"images[{position}].reference", text=f"{consent.reference}, on {consent.withdrawn_on}")


def consent_not_registered(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A picture by consent whose reference is not on the register, where one is kept."""
    del parameters
    if subject.context.consents is None:
        return
    for position, image in enumerate(subject.item.images):
        asked = image.people or image.rights == CONSENT
        if asked and image.reference and image.reference not in subject.context.consents:
            yield Hit(f"images[{position}].reference", text=image.reference)


def picture_expired(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A picture whose last day, its own or its record's, is before the day it goes; for pictures with one of `rights`."""
    day, records = _day(subject), dict(_recorded(subject))
    for position, image in enumerate(subject.item.images):
        record = records.get(position)
        ends = [end for end in (image.expires, record and record.expires_on) if end]
        if day and image.rights in parameters["rights"] and ends and min(ends) < day:
            yield Hit(f"images[{position}].expires", text=str(min(ends)))


def _recorded(subject: Subject) -> Iterator[tuple[int, Consent]]:
    """The pictures whose reference is on the register of consents, by position."""
    for position, image in enumerate(subject.item.images):
        if image.reference and (consent := (subject.context.consents or {}).get(image.reference)):
            yield position, consent


def _day(subject: Subject) -> date | None:
    return subject.context.judged_on(subject.item.publish_at)


def unused_evidence(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Evidence for a rule that accepts none: `accepting` lists those that do, and one of them may have been meant."""
    for rule in subject.item.evidence:
        if rule not in parameters["accepting"]:
            yield Hit("evidence", text=rule, note=meant(rule, parameters["accepting"], ""))
