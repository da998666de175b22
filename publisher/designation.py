"""One line of the register of designated officers: what makes it good, and what keeps its officer from acting (clause 5c)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from publisher.editions import BY_HAND as EDITION_BY_HAND
from publisher.editions import Reading
from publisher.errors import InputError
from publisher.freetext import line
from publisher.lookalikes import demand_login, demand_name, name_outline, name_words, outline
from publisher.tables import OfficerRow


class Role(StrEnum):
    """What an officer may do: post, approve what another wrote, keep the register, be told of concerns (clause 4)."""

    OFFICER = "officer"
    APPROVER = "approver"
    DIRECTOR = "director"
    MONITORING = "monitoring officer"
    EXECUTIVE = "executive director"
    MEMBER = "member"


PREREQUISITES = {
    "policy_read_on": "has not confirmed having read and understood the policy",
    "aup_signed_on": "has not signed the Email and Internet Acceptable Use Policy",
    "approved_on": "has no prior written approval from the Director of Resources",
}
"""Clause 5c: each must be in place before work-related social media is used."""
NOT_POSTING = frozenset({Role.EXECUTIVE, Role.MEMBER})
"""Roles in which nobody posts or decides on a post (clause 4 alone knows them): clause 5c asks nothing of them."""
SOON = timedelta(days=30)
"""What lapses within so many days is told of while there is time to mend it."""
LINE_MOST = 200
"""Characters of a reference: it says where a paper is filed, and is not the paper."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the register. `flaw` says why it does not count, and is empty where it is as an officer left it."""

    row: OfficerRow
    flaw: str = ""

    @property
    def roles(self) -> list[str]:
        """What they may do."""
        return self.row.roles.split(",")

    @property
    def is_active(self) -> bool:
        """Whether it counts, and they are not suspended."""
        return not self.flaw and self.row.suspended_at is None

    def serves_as(self, role: Role, today: date) -> bool:
        """Whether they have a role on a day, in which they keep records; to post takes more (`reasons`)."""
        return self.is_active and role in self.roles and not _is_over(self.row, today)

    def directs(self, today: date) -> bool:
        """Whether they keep the register on a day."""
        return self.serves_as(Role.DIRECTOR, today)

    @property
    def keeps_the_register(self) -> bool:
        """Whether they are a director without a last day: one of those must always be left."""
        return self.is_active and Role.DIRECTOR in self.roles and self.row.expires_on is None

    @property
    def is_asked(self) -> bool:
        """Whether clause 5c asks anything of them."""
        return bool(set(self.roles) - NOT_POSTING)


def reasons(
    line: Line, channels: Sequence[str], today: date, reading: Reading, role: Role | None
) -> Iterator[str]:
    """Why they may not act in `role`, or in any that they have, for `channels`; each begins where `pat …` goes on."""
    row = line.row
    if line.flaw or row.suspended_at is not None:
        yield line.flaw or "is suspended"
        return
    if role is not None and role not in line.roles:
        yield f"has not the role of {role}"
    if _is_over(row, today):
        yield f"has no designation after {row.expires_on}"
    if line.is_asked and role not in NOT_POSTING:
        yield from _prerequisites(row, today)
        yield from _unread(row, reading)
    allowed = row.channels.split(",") if row.channels else list(channels)
    if closed := [channel for channel in channels if channel not in allowed]:
        yield f"may not post to {', '.join(closed)}, only to {', '.join(allowed)}"


def awaits_reading(
    line: Line, channels: Sequence[str], today: date, reading: Reading, role: Role | None
) -> bool:
    """Whether nothing is missing but what they confirm by themselves: that they have read the policy."""
    row, found = line.row, list(reasons(line, channels, today, reading, role))
    by_reading = [] if reading.broken else [PREREQUISITES["policy_read_on"], *_unread(row, reading)]
    return bool(found) and all(why in by_reading for why in found)


def soon(line: Line, today: date, reading: Reading) -> Iterator[str]:
    """What will keep them from acting within SOON."""
    row, last = line.row, today + SOON
    if not line.is_active:
        return
    if row.expires_on is not None and today <= row.expires_on <= last:
        yield f"is designated until {row.expires_on}"
    if line.is_asked:
        for edition in reading.coming:
            if edition.in_force_from <= last and not reading.covers(row.policy_edition, edition):
                yield f"has not read edition {edition.edition}, in force from {edition.in_force_from}"


def _is_over(row: OfficerRow, today: date) -> bool:
    """The last day itself still counts."""
    return row.expires_on is not None and row.expires_on < today


def _prerequisites(row: OfficerRow, today: date) -> Iterator[str]:
    for name, words in PREREQUISITES.items():
        done: date | None = getattr(row, name)
        if done is None:
            yield words
        elif done > today:
            yield f"{words} before {done.isoformat()}"


def _unread(row: OfficerRow, reading: Reading) -> Iterator[str]:
    """Who has read no edition at all is told so by the date that is missing."""
    if reading.broken:
        yield f"cannot have read the policy in force: its edition {reading.broken} {EDITION_BY_HAND}"
    elif reading.current and row.policy_read_on and not reading.is_read(row.policy_edition):
        edition = reading.current
        yield (
            f"has not confirmed having read edition {edition.edition} of the policy, in force from "
            f"{edition.in_force_from}"
        )


def demand_form(row: OfficerRow) -> None:
    """A line that can be taken. Raises InputError that names the wrong field."""
    demand_login(row.login)
    row.name = demand_name(row.name)
    for role in row.roles.split(","):
        if role not in set(Role):
            raise InputError(f"there is no role {role!r}", field="role", way_out=f"Roles: {', '.join(Role)}.")
    for name in ("approval_reference", "policy_reference", "aup_reference", "training_reference"):
        text = str(getattr(row, name))
        setattr(row, name, line(text, name, LINE_MOST) if text.strip() else "")


def demand_new_login(row: OfficerRow, others: Iterable[Line]) -> None:
    """Raises InputError where an eye takes the login for another's, who may be suspended."""
    login = outline(row.login)
    for other in others:
        if outline(other.row.login) == login:
            raise InputError(
                f"{row.login} reads like {other.row.login}, {_standing(other)}", field="login",
                way_out="Choose a login that nobody takes for that one, with a middle initial for example.",
            )  # fmt: skip


def demand_one_person(row: OfficerRow, others: Iterable[Line]) -> None:
    """Raises InputError where somebody of that name is active: with two logins they could let go what they wrote."""
    name, words = name_outline(row.name), name_words(row.name)
    for other in others:
        same = name_outline(other.row.name) == name or name_words(other.row.name) == words
        if other.is_active and same:
            raise InputError(
                f"{other.row.name} is on the register already, as {other.row.login}", field="name",
                way_out="Nobody has two logins. For another person of that name add an initial.",
            )  # fmt: skip


def _standing(line: Line) -> str:
    return "who is on the register" if line.row.suspended_at is None else "who is suspended"
