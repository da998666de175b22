"""The office: everything that may be asked of this program, by whichever door (DESIGN §3: entry points are thin and equal).

Each part is a class of operations; each is imported when it is first used, so that a verb loads only what it needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.office.consents import ConsentsPart
    from publisher.office.operations import Caller, Part

PARTS = {
    "consents": "ConsentsPart",
}
"""The parts by name: each is the class of that name in the module of this package that is called like the part."""


def part_class(name: str) -> type[Part]:
    """The class of the part called `name`."""
    found: type[Part] = getattr(importlib.import_module(f"publisher.office.{name}"), PARTS[name])
    return found


class Office:
    """All parts, for one caller. Where they are, here or on a server, is `make`'s to know."""

    def __init__(self, make: Any) -> None:
        """`make` gives a part by its class."""
        self._make = make

    @property
    def consents(self) -> ConsentsPart:
        """Whether people agreed to be shown."""
        return cast("ConsentsPart", self._part("consents"))

    def _part(self, name: str) -> Any:
        return self._make(part_class(name))


def here(app: App, caller: Caller) -> Office:
    """The office in this process."""
    return Office(lambda part: part(app, caller))
