"""To whom a concern may go (clause 4). Pure: the register's people go in, logins come out, the first one by default.

An employee's goes to their line manager, or above them; a Member's to the Monitoring Officer, an Executive Director or
the Director of Resources. Never to whom it is about, nor back to who raised it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from publisher.lookalikes import folded
from publisher.register import Line, Role

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the register, as far as a concern's way depends on them. `is_active`: neither suspended nor a leaver."""

    login: str
    name: str = ""
    roles: frozenset[str] = frozenset()
    manager: str = ""
    is_active: bool = True


People = Mapping[str, Person]
"""Everyone on the register, leavers too, by login."""


def person(line: Line) -> Person:
    """A line of the register as a Person. One that does not count leads nowhere: a hand may have put its manager there."""
    row = line.row
    return Person(
        row.login, row.name, frozenset(line.roles), "" if line.flaw else row.manager, line.is_active
    )


def choices(raiser: str, barred: Collection[str], people: People, *, holder: str = "") -> tuple[str, ...]:
    """Who may get a concern of `raiser`'s, the first by default: nobody who is `barred`, or has left.

    With `holder`, who has it now: who may get it from them, upward.
    """
    closed = {*barred, raiser, holder}
    if Role.MEMBER in _roles(raiser, people):
        way = _with_roles(people, Role.MONITORING, Role.EXECUTIVE, Role.DIRECTOR)
    else:
        way = (*_above(holder or raiser, people), *_with_roles(people, Role.DIRECTOR, Role.MONITORING))
    return tuple(
        login
        for login in dict.fromkeys(way)
        if login in people and people[login].is_active and login not in closed
    )


def _above(login: str, people: People) -> Iterator[str]:
    """The line manager, theirs, and so on; ends where nobody is known, or it goes round in a circle."""
    seen = {login}
    while login in people and (login := people[login].manager) and login not in seen:
        seen.add(login)
        yield login


def _with_roles(people: People, *roles: Role) -> tuple[str, ...]:
    """Everyone with one of the roles, the first role first, then by login."""
    return tuple(login for role in roles for login in sorted(people) if role in people[login].roles)


def _roles(login: str, people: People) -> frozenset[str]:
    return people[login].roles if login in people else frozenset()


def meant(words: str, people: People) -> frozenset[str]:
    """Everyone on the register who may be meant by a login or a name, as people write them.

    Rather one too many: whoever may be meant does not get to read it.
    """
    plain = folded(words)
    given, logins = _tokens(plain), {plain, *plain.split()}
    return frozenset(
        login
        for login, one in people.items()
        if login in given | logins or _may_be(given, _tokens(folded(one.name)))
    )


def _may_be(given: frozenset[str], own: frozenset[str]) -> bool:
    """Whether all that is given is of the name, or all of the name is given."""
    return bool(given and own) and (given <= own or own <= given)


def _tokens(words: str) -> frozenset[str]:
    return frozenset(_WORD.findall(words))
