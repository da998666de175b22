"""What rules may say to their detectors: for each detector its parameters, and what the value of each must be.

Whoever writes a detector declares its parameters here, and in the list of docs/rules.md: a rule file with another
parameter, or another kind of value, is refused when it is read. What a detector does with them its own docstring says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from publisher import lengths
from publisher.policy import patterns
from publisher.policy.detectors.cues import SIGN
from publisher.policy.detectors.emergencies import MAY_WAIT
from publisher.policy.detectors.markings import Place
from publisher.policy.detectors.people import BORROWED
from publisher.policy.detectors.personal import CHECKS
from publisher.policy.detectors.politics import NAMED, NOT_NAMED
from publisher.policy.detectors.second_reader import NAMES
from publisher.policy.expressions import PatternSet
from publisher.policy.rulefile import Shape, is_texts

TABLE = "table:"
"""Before a table's name: its words are the value."""
OPEN = "*"
"""Ends a name in this table that stands for all names that begin like it."""
SHARE, SCORE, ITEM = 100, 1_000, 100_000
"""Most of what is counted: hundredths, thousandths, and characters, of which no item has so many."""

_CAPITAL = re.compile(r"[A-Z]")
_ESCAPED = re.compile(r"\\[pPx]\{[^}]{0,30}\}|\\[pP][A-Z]|\\.|\(\?P")
"""What in an expression has a capital that stands for no letter: `\\B`, `\\p{So}`."""
_RANGE = re.compile(r"[0-9A-F]{2,5}(?:-[0-9A-F]{2,5})?")


class Sense(StrEnum):
    """What more of a value does: a longer list, a higher number, or true in place of false."""

    FINDS = "finds"
    EXCUSES = "excuses"
    ASKS = "asks for"
    """Where there is nothing, all is found; where there is something, only what has one of it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a value must be, and for a list what is wrong with one of its texts (nothing: "").

    A detector can do without one that is not `needed`; one with `beside` it needs only where that one is there.
    By its `sense` a change that lets more through is told (publisher/policy/compare.py); None where nobody can say.
    """

    shape: Shape
    fault: Callable[[str], str] | None = None
    needed: bool = True
    beside: str = ""
    sense: Sense | None = None


def _expression(text: str) -> str:
    gap = len(patterns.parts_of(text)) > 1
    return f"has a gap ({patterns.GAP.strip()}), which is not looked for here" if gap else _phrase(text)


def _phrase(text: str) -> str:
    """Texts are looked at in small letters, so a capital is never found."""
    if _CAPITAL.search(_ESCAPED.sub("", text)):
        return "has a capital letter; phrases are written in small letters and find both"
    return _form(text)


def _form(text: str) -> str:
    """What fits no words at all fits everywhere, before the rest of its list has its turn."""
    if told := patterns.refusal(text):
        return f"is no expression: {told}"
    head = patterns.parts_of(text)[0]
    return "fits where nothing is, and would hide the rest" if PatternSet([head]).present(b"") else ""


def _word(text: str) -> str:
    return (
        "has a capital letter; words are written in small letters" if _CAPITAL.search(text) else _name(text)
    )


def _name(text: str) -> str:
    return "" if any(map(str.isalnum, text)) else "has neither a letter nor a digit"


def _number_of_its_own(text: str) -> str:
    return "" if any(map(str.isdigit, text)) else "has no digit"


def _range(text: str) -> str:
    return "" if _RANGE.fullmatch(text) else "is no range such as 1D400-1D7FF"


def _is_list(value: Any) -> bool:
    return is_texts(value) or (isinstance(value, str) and value.startswith(TABLE))


def _list(fault: Callable[[str], str]) -> Parameter:
    shape = _is_list, f'a list of texts, or "{TABLE}NAME" for the list of that name'
    return Parameter(shape, fault, sense=Sense.FINDS)


def _list_of(*choices: str) -> Parameter:
    said = f"is none of {', '.join(choices)}"
    return _list(lambda text: "" if text in choices else said)


def _one_of(*choices: str) -> Parameter:
    return Parameter(
        (lambda value: isinstance(value, str) and value in choices, f"one of {', '.join(choices)}")
    )


def _count(least: int, most: int = ITEM) -> Parameter:
    """A whole number; true and 2.0 are none."""
    known = range(least, most + 1)
    return Parameter(
        (lambda value: type(value) is int and value in known, f"a whole number from {least} to {most}")
    )


def _some(parameter: Parameter) -> Parameter:
    """What is looked for: of nothing nothing is found."""
    right, said = parameter.shape
    return replace(parameter, shape=(lambda value: right(value) and bool(value), f"{said}; not an empty one"))


def _may(parameter: Parameter) -> Parameter:
    return replace(parameter, needed=False)


def _finds(parameter: Parameter) -> Parameter:
    return replace(parameter, sense=Sense.FINDS)


def _excuses(parameter: Parameter) -> Parameter:
    return replace(parameter, sense=Sense.EXCUSES)


def _asks(parameter: Parameter) -> Parameter:
    return replace(parameter, sense=Sense.ASKS)


def _beside(name: str, parameter: Parameter) -> Parameter:
    return replace(parameter, needed=False, beside=name)


_PHRASES, _EXPRESSIONS, _FORMS = _list(_phrase), _list(_expression), _list(_form)
_WORDS, _NAMES, _NUMBERS, _RANGES = _list(_word), _list(_name), _list(_number_of_its_own), _list(_range)
_PASSING, _PASSING_EXPRESSIONS, _PASSING_FORMS = map(_excuses, (_PHRASES, _EXPRESSIONS, _FORMS))
_PASSING_WORDS, _PASSING_NUMBERS = map(_excuses, (_WORDS, _NUMBERS))
_FLAG = Parameter((lambda value: isinstance(value, bool), "true or false"))
_TEXT = Parameter((lambda value: isinstance(value, str) and bool(value.strip()), "a text"))
_AROUND = {
    **dict.fromkeys(("not_after", "not_before", "unless"), _may(_PASSING_EXPRESSIONS)),
    "only_with": _asks(_may(_some(_EXPRESSIONS))),
}
_IN_ELECTION = {"area": _may(_one_of(NAMED, NOT_NAMED)), "exempt_as": _may(_TEXT)}

PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    "alt_is_empty_words": {"words": _WORDS},
    "alt_is_title": {},
    "alt_missing": {},
    "alt_too_long": {},
    "birth_date": {
        "phrases": _some(_EXPRESSIONS), "cues": _PHRASES, "labels": _EXPRESSIONS, "unless": _PASSING, "dead": _may(_PASSING),
        "before": _finds(_count(0)), "after": _finds(_count(0)), "earliest": _excuses(_count(1)),
    },
    "capitals": {"words": _excuses(_count(1))},
    "characters": {"ranges": _some(_RANGES), "at_least": _may(_excuses(_count(1, 100)))},
    "child_at_school": {"phrases": _some(_PHRASES), "bodies": _PASSING},
    "consent_not_registered": {},
    "consent_withdrawn": {},
    "embargo_not_over": {"phrases": _some(_PHRASES)},
    "emergency": {"waits": _excuses(_list_of(*sorted(MAY_WAIT)))},
    "emergency_not_short": {"most": _excuses(_count(1))},
    "emergency_without_reason": {},
    "emoji": {"most": _excuses(_count(0))},
    "flat": {"phrases": _some(_EXPRESSIONS)},
    "hashtag_run_together": {"words": _WORDS},
    "hashtags_inside": {},
    "hashtags_over": {},
    "hidden_characters": {},
    "home_address": {"phrases": _some(_PHRASES), "personal": _PHRASES, **dict.fromkeys(("venues", "places", "registers"), _PASSING)},
    "home_named": {"phrases": _some(_PHRASES), **dict.fromkeys(("venues", "places", "registers"), _PASSING)},
    "home_told": {"phrases": _some(_PHRASES)},
    "hostility": {
        "targets": _some(_FORMS), "forms": _some(_FORMS),
        **dict.fromkeys(("pronouns", "outright", "joined"), _may(_FORMS)), **dict.fromkeys(("denied", "unless"), _may(_PASSING_FORMS)),
        **dict.fromkeys(("only_with", "cues"), _asks(_may(_FORMS))), **dict.fromkeys(("respelt", "respelt_targets"), _may(_WORDS)),
        "not_misspelt": _may(_PASSING_WORDS), "names": _may(_finds(_FLAG)), OPEN: _may(_FORMS),
    },
    "identity_number": {
        "phrases": _some(_EXPRESSIONS), "check": _one_of(*CHECKS), "cues": _may(_PHRASES),
        **dict.fromkeys(("before", "after"), _beside("cues", _finds(_count(0)))),
        **dict.fromkeys(("specimen", "not_after"), _may(_PASSING_EXPRESSIONS)), "published": _may(_PASSING_NUMBERS),
    },
    "link_missing": {},
    "link_not_own": {},
    "link_of_another_page": {},
    "long_sentence": {"words": _excuses(_count(1))},
    "look_alike": {},
    "mailbox": {"phrases": _some(_EXPRESSIONS), **dict.fromkeys(("organisations", "roles", "role_words"), _PASSING_WORDS)},
    "marked_file_name": {"phrases": _some(_PHRASES), "in_capitals": _PHRASES},
    "marking": {
        "phrases": _some(_PHRASES), "places": _some(_list_of(*Place)), "capitals": _may(_one_of("needed", "enough")), "unless": _may(_PASSING_EXPRESSIONS),
    },
    "markup": {},
    "mention": {},
    "mobile": {"phrases": _some(_EXPRESSIONS), "published": _PASSING_NUMBERS},
    "named_in_election": {"register": _one_of("candidates", "parties", "controversial"), **_IN_ELECTION, **_AROUND},
    "needs_picture": {},
    "pictures_left_out": {},
    "not_designated": {},
    "people_not_declared": {"people": _some(_PHRASES)},
    "people_without_reference": {"children": _some(_PHRASES)},
    "permalink": {"posts": _some(_WORDS)},
    "personal_fact": {"phrases": _some(_PHRASES), "bodies": _PASSING, "goes_on": _EXPRESSIONS, "unless": _PASSING_EXPRESSIONS},
    "personal_phone": {
        "phrases": _some(_EXPRESSIONS), "cues": _PHRASES, "labels": _EXPRESSIONS,
        **dict.fromkeys(("before", "after"), _finds(_count(0))), **dict.fromkeys(("published", "organisations"), _PASSING_NUMBERS),
    },
    "phrases": {"phrases": _some(_PHRASES), **_AROUND},
    "phrases_in_election": {"phrases": _some(_PHRASES), "titles": _may(_PASSING), **_IN_ELECTION, **_AROUND},
    "picture_expired": {"rights": _some(_list_of("own", *sorted(BORROWED)))},
    "picture_not_seen": {},
    "platform_terms_overdue": {"invitations": _EXPRESSIONS, "reach": _finds(_count(0))},
    "question_at_end": {"asking": _some(_PHRASES), "offering": _PASSING, "answered": _PASSING},
    "quotation_over": {"characters": _excuses(_count(1))},
    "repeat": {},
    "rights_without": {"needs": _one_of("reference", "credit")},
    "same_on_several": {
        "measure": _one_of("characters", lengths.X), "at_least": _excuses(_count(1, SHARE)), "below": _may(_asks(_count(1, SHARE))),
    },
    "second_reader": {
        **dict.fromkeys(NAMES, _WORDS), "only_groups": _excuses(_FLAG), "head": _one_of("abuse", "groups"),
        "threshold": _excuses(_count(0, SCORE)), "band": _finds(_count(0, SCORE)),
    },
    "shortener": {"hosts": _some(_WORDS)},
    "summary_missing": {},
    "terms": {"terms": _some(_NAMES), "inside": _may(_WORDS), "not_terms": _may(_PASSING_WORDS), "wide": _may(_finds(_FLAG)), **_AROUND},
    "terms_not_checked": {**dict.fromkeys(("permitted", "shorteners"), _PASSING_WORDS), "invitations": _EXPRESSIONS, "reach": _finds(_count(0))},
    "text_too_long": {},
    "together": {
        "phrases": _some(_PHRASES), f"{SIGN}{OPEN}": _some(_PHRASES), "at_least": _excuses(_count(1)), "reach": _finds(_count(0)), "unless": _may(_PASSING_EXPRESSIONS),
    },
    "unlabelled": {
        "labels": _PASSING_EXPRESSIONS, "no_names": _WORDS, "reach": _excuses(_count(0)), "bare": _may(_one_of("only", "called")),
        "invitations": _beside("bare", _EXPRESSIONS), "known_hosts": _beside("bare", _PASSING_WORDS),
    },
    "unsafe_link": {},
    "unused_evidence": {"accepting": replace(_WORDS, sense=None)},
    "wording": {"kind": _one_of("bait", "chain", "spam"), "weights": _TEXT, "least": _excuses(_count(0))},
}  # fmt: skip
"""By the detector's name."""

QUIET_BESIDE = "quiet_beside"
EVERYWHERE: Mapping[str, Parameter] = {QUIET_BESIDE: _may(_excuses(Parameter((is_texts, "a list of rules"))))}
"""What a rule of any detector may have: the surer rules beside which it is silent."""


def of(detector: str, name: str) -> Parameter | None:
    """The parameter of that name; None where the detector has none such."""
    known = {**EVERYWHERE, **PARAMETERS[detector]}
    alike = (
        known[each] for each in known if each.endswith(OPEN) and name.startswith(each.removesuffix(OPEN))
    )
    return known[name] if name in known else next(alike, None)


def missing(detector: str, given: Mapping[str, Any]) -> Iterator[str]:
    """The parameters that are not given, and without which the detector could not be asked."""
    for name, parameter in PARAMETERS[detector].items():
        wanted = parameter.beside in given if parameter.beside else parameter.needed
        there = name in given or (
            name.endswith(OPEN) and any(each.startswith(name.removesuffix(OPEN)) for each in given)
        )
        if wanted and not there:
            yield name
