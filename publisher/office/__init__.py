"""The office: everything that may be asked of this program, by whichever door (DESIGN §3: entry points are thin and equal).

Each part is a class of operations; each is imported when it is first used, so that a verb loads only what it needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.office.accounts import AccountsPart
    from publisher.office.audit import AuditPart
    from publisher.office.channels import ChannelsPart
    from publisher.office.checking import CheckingPart
    from publisher.office.concerns import ConcernsPart
    from publisher.office.consents import ConsentsPart
    from publisher.office.costs import CostsPart
    from publisher.office.council import CouncilPart
    from publisher.office.emergencies import EmergenciesPart
    from publisher.office.items import ItemsPart
    from publisher.office.officers import OfficersPart
    from publisher.office.operations import Caller, Part
    from publisher.office.retention import RetentionPart
    from publisher.office.risks import RisksPart
    from publisher.office.rules import RulesPart
    from publisher.office.terms import TermsPart
    from publisher.office.tokens import TokensPart

PARTS = {
    "audit": "AuditPart",
    "items": "ItemsPart",
    "checking": "CheckingPart",
    "channels": "ChannelsPart",
    "accounts": "AccountsPart",
    "concerns": "ConcernsPart",
    "consents": "ConsentsPart",
    "costs": "CostsPart",
    "council": "CouncilPart",
    "emergencies": "EmergenciesPart",
    "retention": "RetentionPart",
    "risks": "RisksPart",
    "rules": "RulesPart",
    "officers": "OfficersPart",
    "terms": "TermsPart",
    "tokens": "TokensPart",
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
        self._parts: dict[str, Any] = {}

    @property
    def accounts(self) -> AccountsPart:
        """Services' own accounts, and how the council's accounts are linked."""
        return cast("AccountsPart", self._part("accounts"))

    @property
    def items(self) -> ItemsPart:
        """The items: handed in, looked at, decided."""
        return cast("ItemsPart", self._part("items"))

    @property
    def checking(self) -> CheckingPart:
        """The gate alone, and previews, of what is not handed in."""
        return cast("CheckingPart", self._part("checking"))

    @property
    def channels(self) -> ChannelsPart:
        """Whose account each channel posts to, and how its credentials stand."""
        return cast("ChannelsPart", self._part("channels"))

    @property
    def concerns(self) -> ConcernsPart:
        """Concerns about posts and people."""
        return cast("ConcernsPart", self._part("concerns"))

    @property
    def audit(self) -> AuditPart:
        """The record of what was decided and sent."""
        return cast("AuditPart", self._part("audit"))

    @property
    def consents(self) -> ConsentsPart:
        """Whether people agreed to be shown."""
        return cast("ConsentsPart", self._part("consents"))

    @property
    def costs(self) -> CostsPart:
        """What posts cost."""
        return cast("CostsPart", self._part("costs"))

    @property
    def council(self) -> CouncilPart:
        """What whoever asks must know of the council: its clock, its channels."""
        return cast("CouncilPart", self._part("council"))

    @property
    def emergencies(self) -> EmergenciesPart:
        """Emergencies that are out, to be looked at afterwards."""
        return cast("EmergenciesPart", self._part("emergencies"))

    @property
    def retention(self) -> RetentionPart:
        """How long what is kept, what is held, and what is erased."""
        return cast("RetentionPart", self._part("retention"))

    @property
    def risks(self) -> RisksPart:
        """What directors accepted against a platform's terms."""
        return cast("RisksPart", self._part("risks"))

    @property
    def rules(self) -> RulesPart:
        """The policy's rules, and what was judged by them."""
        return cast("RulesPart", self._part("rules"))

    @property
    def officers(self) -> OfficersPart:
        """Who may post, and which edition of the policy they read."""
        return cast("OfficersPart", self._part("officers"))

    @property
    def terms(self) -> TermsPart:
        """Whose terms of use were read."""
        return cast("TermsPart", self._part("terms"))

    @property
    def tokens(self) -> TokensPart:
        """How officers are known from elsewhere."""
        return cast("TokensPart", self._part("tokens"))

    def _part(self, name: str) -> Any:
        if name not in self._parts:
            self._parts[name] = self._make(part_class(name))
        return self._parts[name]


def here(app: App, caller: Caller) -> Office:
    """The office in this process."""
    return Office(lambda part: part(app, caller))
