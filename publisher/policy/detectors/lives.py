"""What is said of one person's health, belief or troubles, and which child goes to which school.

SOURCES: UK GDPR article 9(1) (special categories) and recital 38 (children merit specific protection). A name alone, a group
of people, and a fact of nobody are never findings: it takes a person whom readers can know and a fact about that person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from publisher.policy import patterns
from publisher.policy.detectors.homes import HOUSE_NUMBER, ROAD_WORDS
from publisher.policy.detectors.phrases import sentence
from publisher.policy.detectors.reading import readings
from publisher.policy.subject import Hit, Subject, Words

REACH = 160
"""Characters to each side in which the rest of a sentence is looked for."""
LINKING = 14
"""Words between a person and what is said of them: an age, an address and a school are fewer."""
GROWN_UP = 18
"""The age from which somebody is no child (Children Act 1989 s.105)."""
_CAPITAL = r"[^\W\d_a-z][^\W\d_]{0,20}(?:['’-][^\W\d_]{1,20})?"
_TITLES = r"(?:Mr|Mrs|Ms|Miss|Mx|Master|Dr|Sir|Dame|Lady|Lord|Cllr|Councillor|Rev)"
_AGE = r"(?:aged? )?\d{1,2}(?: years? old|-years?-old)?"
_ONE = (
    r"(?:tenant|resident|occupier|pupil|patient|student|child|baby|boy|girl|man|woman|mother|mum|father|dad|son|daughter"
    r"|teenager|family|couple|neighbour|lady|gentleman|pensioner|leaseholder|owner|carer|parent|youngster)"
)
_PLACE = rf"(?:{_CAPITAL}[ ]){{1,4}}(?:School|Academy|Primary|Nursery|College|House|Court|Lodge|Home|Close|Hospital)"
_PERSON = re.compile(
    rf"\b(?P<titled>{_TITLES}\.? {_CAPITAL}(?: {_CAPITAL}){{0,2}})"
    rf"|\b(?P<lodging>(?:[Ff]lat|[Rr]oom|[Aa]partment) \d{{1,4}}[A-Za-z]?|{HOUSE_NUMBER},? (?:{_CAPITAL} ){{1,3}}(?:{ROAD_WORDS}))\b"
    rf"|\b(?P<one>(?:[Aa]|[Tt]he|[Tt]his|[Oo]ne|[Oo]ur) (?:[a-z-]{{2,15}} ){{0,2}}{_ONE} (?:of|at|in|from) {_PLACE})\b"
    rf"|\b(?P<aged>{_CAPITAL}(?: {_CAPITAL}){{0,2}}(?:,? \({_AGE}\)|, {_AGE}(?=,)))"
    rf"|\b(?P<named>{_CAPITAL}(?: {_CAPITAL}){{1,2}})\b"
)
"""Somebody whom readers can know: by title and name, by where they live or are looked after, by name and age, or by their
whole name. A first name alone is nobody's: with it people may tell of themselves."""
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_MAY_LINK = frozenset([
    "of", "from", "at", "in", "on", "who", "which", "and", "also", "aged", "age", "years", "year", "old", "lives", "lived", "living",
    "a", "an", "the", "is", "was", "has", "have", "had", "both", "sadly", "now", "still", "resident", "pupil", "student", "tenant", "patient", "mother",
    "father", "mum", "dad", "son", "daughter", "wife", "husband", "partner", "retired", "former", "local", "street", "road",
    "close", "avenue", "lane", "drive", "attends", "goes", "to", "that", "himself", "herself", "their", "his", "her", "my", "our",
])  # fmt: skip
"""Words in small letters that lead from a person to what is said of that very person."""
_TO_A_PLACE = re.compile(
    r"\b(?:in|across|near|around|throughout|at|over|of|outside)(?: the)? $", re.IGNORECASE
)
_IS_OVER = re.compile(r"\s{0,3}(?:$|[.,;:!?)\"”\n–-])")
_NAMED = re.compile(rf" (?P<name>(?:{_TITLES}\.? {_CAPITAL}|{_CAPITAL} {_CAPITAL})\b)")


def personal_fact(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """One of `phrases`, which are facts such as "has autism", said of somebody whom readers can know, in one sentence.

    A sign or one of `goes_on` must follow the fact, or the name: "has autism support" is of a service. `bodies` are last words of names of
    organisations, and `unless` are phrases in the sentence that make it history or a story.
    """
    facts = patterns.words(parameters["phrases"])
    for words, text in readings(subject, parameters["phrases"]):
        for span in facts.spans(text):
            first, last = words.folded.span(*span)
            found = _before(words, first, last, parameters) or _behind(words, first, last, parameters)
            if found and not _is_story(words, *found, parameters):
                yield words.hit(*found)


def _before(words: Words, first: int, last: int, parameters: Mapping[str, Any]) -> tuple[int, int] | None:
    """From the person to the fact: "Jo Bloggs has autism"."""
    person = _person_of(words, first, parameters) if _stops(words, last, parameters) else None
    return None if person is None else (person, last)


def _behind(words: Words, first: int, last: int, parameters: Mapping[str, Any]) -> tuple[int, int] | None:
    """From the fact to the person: "cancer patient Jo Bloggs"."""
    found = _NAMED.match(words.value, last)
    known = found and not patterns.words(parameters["bodies"]).search(found["name"].lower())
    return (first, found.end()) if found and known else None


def _stops(words: Words, end: int, parameters: Mapping[str, Any]) -> bool:
    """Whether a fact ends here, and does not go on as the name of a service, an event or a study."""
    if _IS_OVER.match(words.value, end):
        return True
    following = words.lower[end : end + REACH].lstrip()
    return patterns.at_start(parameters["goes_on"]).search(following) is not None


def _person_of(words: Words, fact: int, parameters: Mapping[str, Any]) -> int | None:
    """Where the person is named of whom the fact is said; None where it is said of nobody."""
    first, _ = sentence(words.lower, fact, fact, REACH)
    people = list(_PERSON.finditer(words.value, first, fact))
    for found in reversed(people):
        if _is_somebody(words, found, parameters) and _leads(words.value[found.end() : fact]):
            return found.start()
    return None


def _is_somebody(words: Words, found: re.Match[str], parameters: Mapping[str, Any]) -> bool:
    name = found["named"] or found["aged"]
    if name is None:
        return True
    if _TO_A_PLACE.search(words.value, max(0, found.start() - REACH), found.start()):
        return False
    bodies = patterns.words(parameters["bodies"])
    return bodies.search(name.lower()) is None


def _leads(between: str) -> bool:
    """Whether these words only say more of a person: age, home, school."""
    found = _WORD.findall(between)
    return len(found) <= LINKING and all(not word[0].islower() or word in _MAY_LINK for word in found)


def _is_story(words: Words, start: int, end: int, parameters: Mapping[str, Any]) -> bool:
    first, last = sentence(words.lower, start, end, REACH)
    return patterns.anywhere(parameters["unless"]).search(words.plain, first, last) is not None


_SCHOOL = r"\b(?:School|Academy|Primary|Nursery|Infants|Juniors|College|Playgroup)\b"
_BEHIND_SCHOOL = 60
"""Characters behind a school's name in which a pupil's name and age stand."""
_HAS_AGE = re.compile(r"\d")
_CHILD = re.compile(
    rf"\b(?P<name>{_CAPITAL}(?: {_CAPITAL}){{1,2}}),? \(?(?:aged? )?(?P<age>\d{{1,2}})\b(?: years? old|-years?-old)?\)?"
    rf"(?P<link>[^.!?\n]{{1,90}}?){_SCHOOL}"
    rf"|\b(?P<age2>\d{{1,2}})-years?-old (?P<name2>{_CAPITAL}(?: {_CAPITAL}){{0,2}})(?P<link2>[^.!?\n]{{1,90}}?){_SCHOOL}"
    rf"|{_SCHOOL}(?:['’]s)? (?:pupil|student)?,? ?(?P<name3>{_CAPITAL}(?: {_CAPITAL}){{1,2}}),? \(?(?:aged? )?(?P<age3>\d{{1,2}})\b"
)


def child_at_school(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A child's name with age and school. `phrases` are words for schools, `bodies` as in `personal_fact`."""
    bodies = patterns.words(parameters["bodies"])
    for words, text in readings(subject, parameters["phrases"]):
        past = 0
        for start, end in patterns.words(parameters["phrases"]).spans(text):
            first, last = words.folded.span(start, end)
            around = max(past, first - REACH), min(len(words.value), last + _BEHIND_SCHOOL)
            found = _CHILD.search(words.value, *around) if _HAS_AGE.search(words.value, *around) else None
            if found and _is_child(found) and not bodies.search(_name(found).lower()):
                past = found.end()
                yield words.hit(*found.span())


def _name(found: re.Match[str]) -> str:
    return found["name"] or found["name2"] or found["name3"]


def _is_child(found: re.Match[str]) -> bool:
    age = int(found["age"] or found["age2"] or found["age3"])
    link = found["link"] or found["link2"] or ""
    return age < GROWN_UP and all(not word[0].islower() or word in _SCHOOLING for word in _WORD.findall(link))


_SCHOOLING = _MAY_LINK | {"year", "class", "reception", "boy", "girl", "sixth", "form"}
