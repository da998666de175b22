"""Who acts, who is shown, and whose picture it is (clauses 5a, 5c, 5d and 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.policy.subject import Hit, Subject

BORROWED = frozenset({"licensed", "consent"})
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
    """A picture that shows people, without the reference of their consent or another basis."""
    del parameters
    for position, image in enumerate(subject.item.images):
        if image.people and not image.reference:
            yield Hit(f"images[{position}].reference")


def unused_evidence(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Evidence for a rule that accepts none: `accepting` lists those that do."""
    yield from (
        Hit("evidence", text=rule) for rule in subject.item.evidence if rule not in parameters["accepting"]
    )
