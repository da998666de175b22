"""To whom a concern may go (clause 4). Pure: the register's people go in, logins come out, the first one by default.

An employee's goes to their line manager, or above them; a Member's to the Monitoring Officer, an Executive Director or
the Director of Resources. Never to whom it is about, nor back to who raised it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.lookalikes import folded
from publisher.register import Line, Role

_WORD = re.compile(r"\w+")
_TITLES = frozenset(
    ["mr", "mister", "mrs", "ms", "miss", "mx", "dr", "doctor", "prof", "professor", "sir", "dame", "cllr", "councillor", "alderman",
     "rev", "revd", "reverend", "mbe", "obe", "cbe"]
)  # fmt: skip
"""What stands before or after a name, and is none."""
_OFFICES = frozenset({Role.MONITORING, Role.EXECUTIVE, Role.DIRECTOR})


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


def by_default(may: Iterable[str], people: People, *, is_known: bool) -> str:
    """Who gets a concern where nobody is chosen: the first who may; empty where nobody does.

    Where nobody knows whom it is about, only a Monitoring Officer: anybody else above its raiser may be that person.
    """
    return next((login for login in may if is_known or Role.MONITORING in people[login].roles), "")


def meant(words: str, people: People) -> frozenset[str]:
    """Everyone on the register who may be meant by a name, an office, or words with a login in them, as people write them.

    Rather one too many: whoever may be meant does not get to read it. Exactly a login is that person alone.
    """
    if (login := words.strip()) in people:
        return frozenset({login})
    plain = folded(words)
    given, logins = _words(plain), {plain, *plain.split()}
    return frozenset(
        login
        for login, one in people.items()
        if login in {*given, *logins} or _may_be(given, _words(folded(one.name))) or _is_in_office(given, one)
    )


def _may_be(given: Sequence[str], own: Sequence[str]) -> bool:
    """Whether a name may be written so: it is part of the other, a surname is in both, or a first name and an initial."""
    if not (given and own):
        return False
    one, other = {*given}, {*own}
    shared = one & other
    if shared in (one, other):
        return True
    first = {own[0]} if own[0] == given[0] else set()
    surnames = {word for word in shared - first if len(word) > 1}
    return bool(surnames) or bool(shared and _has_initial(one - shared, other - shared))


def _has_initial(ones: Iterable[str], others: Collection[str]) -> bool:
    """Whether a word on one side is the first letter of one on the other."""
    return any(one[0] == other[0] and 1 in {len(one), len(other)} for one in ones for other in others)


def _is_in_office(given: Sequence[str], one: Person) -> bool:
    """Whether the words name an office to which concerns go, and somebody is in it."""
    return any({*role.split()} <= {*given} for role in _OFFICES & one.roles)


def _words(plain: str) -> tuple[str, ...]:
    """The words of a name, without titles; a title alone is a word, too."""
    found = tuple(_WORD.findall(plain))
    return tuple(word for word in found if word not in _TITLES) or found
