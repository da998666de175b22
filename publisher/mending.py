"""What a director types so that an officer may act again who may not: by what is missing. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from publisher.designation import PREREQUISITES
from publisher.tables import OfficerRow

_OPTIONS = {
    "has no designation after ": "--expires DATE",
    "has not confirmed having read edition ": "--policy-read DATE",
    PREREQUISITES["policy_read_on"]: "--policy-read DATE",
    PREREQUISITES["aup_signed_on"]: "--aup-signed DATE",
    PREREQUISITES["approved_on"]: "--approved DATE",
}
"""How what an officer lacks begins (publisher/designation.py), and what of `publisher officer amend` mends it."""
_NO_EDITION = "cannot have read the policy in force"
_ROLE = re.compile(r"has not the role of (.+)")
_CHANNELS = re.compile(r"may not post to (.+), only to (.+)")


def by_director(login: str, lacks: Collection[str], row: OfficerRow | None) -> str:
    """The command, or where it is found, in back-ticks. `row` is their entry, None where none counts."""
    if row is None:
        return "`publisher officer add --help`"
    if any(why.startswith(_NO_EDITION) for why in lacks):
        return "`publisher policy adopt --help`"
    options = list(dict.fromkeys(option for why in lacks for option in _options(why, row)))
    if not options:
        return "`publisher officer amend --help`"
    return f"`{' '.join(['publisher officer amend', login, *options])}`"


def _options(why: str, row: OfficerRow) -> Iterator[str]:
    """Roles and channels are given whole: what is not named is taken away."""
    if found := _ROLE.fullmatch(why):
        yield from (
            f'--role "{role}"' if " " in role else f"--role {role}"
            for role in (*row.roles.split(","), found[1])
        )
    elif found := _CHANNELS.fullmatch(why):
        yield from (f"--channel {name}" for names in (found[2], found[1]) for name in names.split(", "))
    else:
        yield from (option for begins, option in _OPTIONS.items() if why.startswith(begins))
