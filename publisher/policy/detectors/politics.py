"""Elections as dated data: what may not be said in a pre-election period, and of whom.

SOURCES: Local Government Act 1986 ss. 2, 4 and 6; Publicity Code 2011, "care during periods of heightened sensitivity";
the Local Government Association's guidance on the pre-election period. A period is dates and lists, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from publisher.policy import patterns
from publisher.policy.detectors import phrases as plain
from publisher.policy.expressions import Pattern
from publisher.policy.folding import fold
from publisher.policy.registers import ALL, Election
from publisher.policy.subject import Hit, Subject, Words

NAMED, NOT_NAMED = "named", "not named"
"""The values of `area`: items that name a place that votes (or elections everywhere), or the others."""
TITLES = r"(?:cllrs?|councillors?|ald|alderman|alderwoman|mr|mrs|ms|miss|mx|dr|prof|professor|sir|dame|lord|lady|baroness|rev)"
LONGEST_ABBREVIATION = len("Cllrs")
"""Titles up to this length may have a full stop before the name."""
REACH = 10
"""Characters after a title in which the name begins."""
KEPT = 256
"""Compiled lists of names that are kept: more than any council has elections at once."""


def named_in_election(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """In an election's period: what its register lists under `register`: candidates, parties or controversial.

    `area` chooses items by place; `phrases`, `unless` and `only_with` are those of the detector `phrases`, and are
    looked for besides what the register lists. `exempt_as` is the rule's id, for exemptions.
    """
    yield from _told(_named(subject, parameters))


def phrases_in_election(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """In an election's period: `phrases`, as the detector of that name finds them.

    `titles` are those of them that count only right before a name, such as "councillor". `area` and `exempt_as` as above.
    """
    yield from _told(_said(subject, parameters))


def _told(found: Iterator[tuple[Hit, Election]]) -> Iterator[Hit]:
    """Each hit once, whatever the number of elections, with a note of which they are and until when their periods last."""
    elections: dict[Hit, list[Election]] = {}
    for hit, election in found:
        elections.setdefault(hit, []).append(election)
    for hit, running in elections.items():
        periods = "; ".join(f"{one.title}, until {one.poll.day} {one.poll:%B %Y}" for one in running)
        yield replace(hit, note=f"The period is that of: {periods}.")


def _named(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[tuple[Hit, Election]]:
    for election in _running(subject, parameters):
        wanted = _pattern(parameters["register"], getattr(election, parameters["register"]))
        found = [(hit, words) for words in subject.texts for hit in _names(words, wanted, parameters)]
        for hit in _without_addresses(found):
            yield _allowed(hit, election, subject, parameters), election


def _without_addresses(found: Sequence[tuple[Hit, Words]]) -> Iterator[Hit]:
    """The hits, without those in links that say in an address what is said in words, or in another address."""
    said: set[str] = set()
    for hit, words in sorted(found, key=lambda each: _is_in_link(*each)):
        name = "".join(filter(str.isalnum, hit.text.lower()))
        if not (_is_in_link(hit, words) and name in said):
            yield hit
        said.add(name)


def _is_in_link(hit: Hit, words: Words) -> bool:
    start = hit.start or 0
    return any(link.start <= start < link.end for link in words.links)


def _said(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[tuple[Hit, Election]]:
    titles = parameters.get("titles", ())
    for election in _running(subject, parameters):
        for hit, words in _phrases(subject, parameters):
            if not titles or not _is_bare_title(words, hit, titles):
                named = _with_name(words, hit, titles)
                yield _allowed(named, election, subject, parameters), election


def _with_name(words: Words, hit: Hit, titles: tuple[str, ...]) -> Hit:
    """A title with the name behind it, so that the finding says of whom."""
    if (
        not titles
        or hit.start is None
        or hit.end is None
        or not patterns.words(titles).search(hit.text.lower())
    ):
        return hit
    name = _NAME_BEHIND.match(words.value, hit.end)
    return words.hit(hit.start, name.end()) if name else hit


_NAME_BEHIND = re.compile(r"\.?(?: [^\W\d_a-z][\w'’-]{0,40}){1,2}")
"""A first name or none, and a last name."""


def _running(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Election]:
    """The elections in whose period the item goes and that are, by their area, this rule's."""
    if not subject.registers.elections:
        return
    day = subject.context.judged_on(subject.item.publish_at)
    for election in subject.registers.running(day):
        if _covers(election, subject) is (parameters.get("area", NAMED) == NAMED):
            yield election


def _covers(election: Election, subject: Subject) -> bool:
    return not election.area or _holds(subject, election.area)


def _holds(subject: Subject, listed: tuple[str, ...]) -> bool:
    """True where a text of the item has one of the words that are listed."""
    wanted = _pattern("words", listed)
    return wanted is not None and any(wanted.search(words.folded.text) for words in subject.everything)


def _names(words: Words, wanted: Pattern | None, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    for found in wanted.spans(words.folded.text) if wanted else ():
        start, end = words.folded.span(*found)
        if not plain.excused(parameters, words, start, end):
            yield words.hit(start, end)


def _phrases(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[tuple[Hit, Words]]:
    by_place = {(words.field, words.channel): words for words in subject.texts}
    for hit in plain.phrases(subject, parameters):
        yield hit, by_place[hit.field, hit.channel]


def _is_bare_title(words: Words, hit: Hit, titles: tuple[str, ...]) -> bool:
    """A title without a name after it: "ask your councillor" is of nobody."""
    if not patterns.words(titles).search(hit.text.lower()) or hit.end is None:
        return False
    stop = "." if len(hit.text) <= LONGEST_ABBREVIATION else ""
    following = words.value[hit.end : hit.end + REACH].removeprefix(stop).lstrip()
    return not following[:1].isupper()


def _allowed(hit: Hit, election: Election, subject: Subject, parameters: Mapping[str, Any]) -> Hit:
    """The hit, with the exemption that covers it, if there is one."""
    day = subject.context.judged_on(subject.item.publish_at) or date.min
    for exemption in election.exempt:
        applies = exemption.what in {ALL, parameters.get("exempt_as")}
        if applies and exemption.first <= day <= exemption.last and _is_about(subject, exemption.words):
            allowed = f"Exempt until {exemption.last} by {exemption.authoriser}: {exemption.reason}"
            return replace(hit, exempted=allowed)
    return hit


def _is_about(subject: Subject, words: tuple[str, ...]) -> bool:
    return not words or _holds(subject, words)


@lru_cache(KEPT)
def _pattern(register: str, listed: tuple[str, ...]) -> Pattern | None:
    """What is listed as one expression over folded texts; None where nothing is listed."""
    sources = tuple(_person(one) if register == "candidates" else _words(one) for one in listed)
    sources = tuple(source for source in sources if source)
    return Pattern("|".join(sources), whole_words=True) if sources else None


def _words(text: str) -> str:
    """The words of a text, however they are spaced or joined by hyphens."""
    return r"[\s\-]{0,3}".join(map(re.escape, _parts(text)))


def _person(name: str) -> str:
    """A person's name: first and last name with initials or the other names between, or a title and the last name.

    A returning officer's list has `LAST, First`; hyphens, apostrophes and accents are written in many ways.
    """
    last, comma, first = name.partition(",")
    names = [_one_name(part) for part in (f"{first} {last}" if comma else name).split() if _parts(part)]
    if not names:
        return ""
    if len(names) == 1:
        return names[0]
    between = "".join(rf"(?:[\s\-]{{1,3}}{middle})?" for middle in names[1:-1])
    whole = rf"{names[0]}(?:\s{{1,3}}[^\W\d_]\.?)?{between}[\s\-]{{0,3}}{names[-1]}"
    return rf"(?:{whole}|{TITLES}\.?\s{{1,3}}{names[-1]})"


def _one_name(name: str) -> str:
    return r"[\s\-'.]{0,2}".join(map(re.escape, _parts(name)))


def _parts(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text).text)
