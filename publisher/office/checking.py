"""The gate alone, and what would appear, of items that are not handed in: nothing is stored."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from publisher.checking import checked, rehearsed
from publisher.item import parse
from publisher.office.given import AnyItem, GivenItem, Pictures
from publisher.office.operations import Body, Part, Scope, Shown, operation

if TYPE_CHECKING:
    from publisher.policy import Gate


class Asked(Body):
    """An item of which the gate is asked.

    Without `pictures` they are taken as described. `officer`: also judge whether they may post it, as handing it in
    would. `now`: as if it were handed in now, so that its moment must be to come, and its pictures there.
    """

    item: AnyItem
    pictures: Pictures | None = None
    officer: str | None = None
    now: bool = False


class Previewed(GivenItem):
    """An item to be shown as it would appear; `drawn`: with the pictures themselves, as they would leave."""

    drawn: bool = False


class CheckingPart(Part):
    """What the policy says of an item, and what each channel would show."""

    @cached_property
    def _gate(self) -> Gate:
        """The policy as it is when this caller begins: a stream of thousands must not look for new rules each time."""
        return self._app.rules()

    @operation("POST", "/check", Scope.READ, judging=True, pictures=True)
    def check(self, body: Asked) -> Shown:
        """The gate's verdict. Raises InputError where the item cannot be taken."""
        item = parse(body.item, default_zone=self._app.config.council.timezone)
        if body.now:
            pictures = body.pictures or {}
            return rehearsed(self._app, item, pictures, officer=body.officer, gate=self._gate).to_json()
        return checked(self._app, item, body.pictures, officer=body.officer, gate=self._gate).to_json()

    @operation("POST", "/preview", Scope.READ, judging=True, pictures=True)
    def preview(self, body: Previewed) -> Shown:
        """What each channel would show. Raises InputError where the item cannot be taken."""
        from publisher.previewing import of_given

        item = parse(body.item, default_zone=self._app.config.council.timezone)
        return of_given(self._app, item, body.pictures, gate=self._gate, drawn=body.drawn)
