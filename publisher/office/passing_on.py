"""What whoever decides on an item is told of the concerns about it that were theirs (clause 4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from publisher.office.operations import Caller, Scope, Shown

if TYPE_CHECKING:
    from publisher.app import App


@contextmanager
def passing_on(app: App, caller: Caller, item_id: str) -> Iterator[Shown]:
    """Filled once the decision is taken, where a concern of the caller's passed on by it.

    Nobody else is told, and nobody by a token that may not confide.
    """
    told: Shown = {}
    if Scope.CONFIDE not in caller.scopes:
        yield told
        return
    with app.concerns.passing_on(item_id, caller.login) as passed:
        yield told
    if passed:
        told["concerns_passed"] = [{"id": one, "with_anybody": somebody} for one, somebody in passed.items()]
