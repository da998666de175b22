"""What is said of whom: a target (a group of people, a person, a firm) together with a hostile predicate.

Neither half is a finding alone. Targets, predicates and forms are tables of the rule files: a form is an expression in
lower case with TARGET where the target stands and {name} for any phrase of the parameter of that name ({name*}: any
number of them). Equality Act 2010 ss.4, 26 and 149; Defamation Act 2013 s.1; clause 6.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

from publisher.policy import patterns
from publisher.policy.detectors.phrases import sentence
from publisher.policy.expressions import Pattern, Readable
from publisher.policy.folding import View
from publisher.policy.lazy import cached_property
from publisher.policy.readings import Reading
from publisher.policy.subject import Hit, Subject
from publisher.spelling import respelt

TARGET = "TARGET"
"""Stands for a target in forms and in texts that are read: in capitals, which no text in lower case holds."""
REACH = 160
"""Characters in which a pronoun looks back for its target, and in which a sentence is looked for."""
LAST_SENTENCE = 80
"""Characters of the sentence before, in which an outright word's target may stand."""
DENIAL = 40
"""Characters right before a form in which its denial is looked for."""
MAX_DEPTH = 4
"""How deep tables may name tables."""
NOTHING = (r"[^\x00-\x{10FFFF}]",)
"""Phrases of which none is in any text: an empty expression would be in every place of every text."""
_SLOT = re.compile(r"\{([a-z_]{1,30})(\*?)\}")
_NAME = Pattern(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Dame|Lord|Lady|Cllr|Councillor|Alderman|Reverend|Rev|Judge|PC)\.? [A-ZÀ-Þ][\wÀ-ɏ'’-]+(?: [A-ZÀ-Þ][\wÀ-ɏ'’-]+)?"
    r"|\b[A-Z][\wÀ-ɏ'’&-]+(?: (?:(?:&|and) )?[A-ZÀ-Þ][\wÀ-ɏ'’-]+){1,4}"
)
"""A name of a person or firm: a title and a name, or two to five names in a row."""
_BETWEEN = frozenset([" ", ", ", " and ", " or ", ", and ", "/", " & "])
"""What may stand between targets that are named together."""

Span = tuple[int, int]


def hostility(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Where one of `forms` is said of one of `targets`, or one of `outright` stands in a target's sentence.

    `pronouns` after a target stand for it. With `names` the names of people and firms are targets too. `denied` phrases
    right before a form turn it into its opposite; `unless` phrases in the sentence excuse it, and `only_with` asks for
    one of them. `respelt` words are also seen misspelt, `joined` ones where they are run together with a target of
    `respelt_targets`. `cues`, if given, are words of which a form holds at least one: a text without them is not read.
    """
    reader = _reader(tuple(parameters.items()))
    for words in subject.texts:
        if words.likely(reader.sought):
            yield from (words.hit(start, end) for start, end in words.reading.once(reader, reader.spans))


def sought(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """What must be in a text, in one of its views, for `hostility` to find something."""
    return _reader(tuple(parameters.items())).sought


class _Reader:
    """One rule's parameters, compiled."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        """Raises PatternError, and LookupError for a slot that no parameter fills."""
        self._given = given
        self._names = bool(given.get("names", False))
        self._targets = patterns.words(self._filled("targets"))
        self._cues = patterns.words(self._filled("cues")) if given.get("cues") else None
        self._pronouns = patterns.words(self._filled("pronouns")) if given.get("pronouns") else None
        self._forms = patterns.words(self._filled("forms"))
        self._denied = patterns.at_end(self._filled("denied"))
        self._unless = patterns.anywhere(self._filled("unless"))
        self._only_with = patterns.anywhere(self._filled("only_with")) if given.get("only_with") else None
        self._misspelt_targets = patterns.words(self._wrongly("respelt_targets"))
        self._anywhere = [
            patterns.words(listed)
            for listed in (self._filled("outright"), self._wrongly("respelt"))
            if listed != NOTHING
        ]
        joined = tuple(self._run_together())
        self._joined = patterns.anywhere(joined) if joined else None
        self.sought = self._aims() + tuple(rf"\w*{words}\w*" for words in joined)

    def _aims(self) -> tuple[str, ...]:
        """What is in every text in which something is said of somebody; any text may hold a name."""
        if self._cues:
            return self._filled("cues")
        return (".",) if self._names else self._filled("targets") + self._wrongly("respelt_targets")

    def _filled(self, name: str) -> tuple[str, ...]:
        return tuple(self._phrases(name)) or NOTHING

    def _phrases(self, name: str) -> Iterator[str]:
        """The phrases of a parameter. One that is nothing but a {name} stands for all of that name."""
        for phrase in self._given.get(name, ()):
            alone = _SLOT.fullmatch(phrase)
            if alone and alone[1] in self._given and alone[1] != name:
                yield from self._phrases(alone[1])
            else:
                yield self._fill(phrase)

    def _fill(self, phrase: str, depth: int = 0) -> str:
        if depth > MAX_DEPTH:
            raise LookupError(f"the tables of {phrase!r} go in circles")
        return _SLOT.sub(lambda slot: self._slot(slot[1], slot[2], depth), phrase)

    def _slot(self, name: str, repeated: str, depth: int) -> str:
        if name not in self._given:
            raise LookupError(f"there is no parameter {name!r} for a form")
        choice = "|".join(self._fill(phrase, depth + 1) for phrase in self._given[name])
        return f"(?:(?:{choice}),? )*" if repeated else f"(?:{choice})"

    def _wrongly(self, name: str) -> tuple[str, ...]:
        real = {*self._given.get("not_misspelt", ()), *self._given.get(name, ())}
        wrong = {wrong for word in self._given.get(name, ()) for wrong in respelt(word)} - real
        return tuple(sorted(wrong)) or NOTHING

    def _run_together(self) -> Iterator[str]:
        """Words of one piece, such as a hashtag, that hold a target and what is said of it."""
        said, of = "|".join(self._given.get("joined", ())), "|".join(self._given.get("respelt_targets", ()))
        if said and of:
            yield from (f"(?:{said})[a-z']{{0,9}}(?:{of})", f"(?:{of})[a-z']{{0,12}}(?:{said})")

    def spans(self, given: Reading) -> list[Span]:
        """Where in the text something hostile is said, in its own positions."""
        found: set[Span] = set()
        for view in given.views:
            found |= {view.span(*span) for span in self._in(view, given.value)}
        return _apart(found)

    def _in(self, view: View, written: str) -> Iterator[Span]:
        if self._joined:
            yield from self._joined.spans(view.readable)
        if targets := self._aimed_at(view, written):
            tagged = _Tagged(view.text, self._with_pronouns(view.readable, targets))
            yield from (tagged.origin(*span) for span in self._said(tagged))

    def _aimed_at(self, view: View, written: str) -> list[Span]:
        if self._cues is not None and not self._cues.search(view.readable):
            return []
        named = _NAME.spans(view.unread(written)) if self._names else ()
        found = [*named, *self._targets.spans(view.readable)]
        return _apart(found or self._misspelt_targets.spans(view.readable))

    def _with_pronouns(self, text: Readable, targets: list[Span]) -> list[Span]:
        """The targets, and each pronoun that a target stands before, near enough to be meant."""
        if self._pronouns is None:
            return _together(targets, text.value)
        ends = [end for _, end in targets]
        meant = [
            (start, end)
            for start, end in self._pronouns.spans(text)
            if (before := bisect_right(ends, start)) and start - ends[before - 1] <= REACH
        ]
        return _together(_apart([*targets, *meant]), text.value)

    def _said(self, tagged: _Tagged) -> Iterator[Span]:
        text = Readable(tagged.text)
        for start, end in self._forms.spans(text):
            if not self._excused(text, start, end):
                yield start, end
        for pattern in self._anywhere:
            for start, end in pattern.spans(text):
                first, last = sentence(text.value, start, end, REACH)
                if TARGET in text.value[max(0, first - LAST_SENTENCE) : last] and not self._excused(
                    text, start, end
                ):
                    yield start, end

    def _excused(self, text: Readable, start: int, end: int) -> bool:
        if self._denied.search(text.value[max(0, start - DENIAL) : start].rstrip()):
            return True
        first, last = sentence(text.value, start, end - 1, REACH)
        around = Readable(text.value[first:last])
        if self._unless.search(around):
            return True
        return self._only_with is not None and not self._only_with.search(around)


@lru_cache(32)
def _reader(parameters: tuple[tuple[str, Any], ...]) -> _Reader:
    return _Reader(dict(parameters))


class _Tagged:
    """A text with TARGET for each target, and the way back to where these stand: few texts need it."""

    def __init__(self, text: str, targets: Sequence[Span]) -> None:
        self._targets = targets
        ends = [0, *(end for _, end in targets)]
        starts = [*(start for start, _ in targets), len(text)]
        self.text = TARGET.join(text[end:start] for end, start in zip(ends, starts, strict=True))

    @cached_property
    def _tags(self) -> Sequence[int]:
        """Where in `text` the tag of each target begins."""
        fewer = accumulate((end - start - len(TARGET) for start, end in self._targets), initial=0)
        return [start - less for (start, _), less in zip(self._targets, fewer, strict=False)]

    def origin(self, start: int, end: int) -> Span:
        """The span of the original that `text[start:end]`, which is not empty, stands for."""
        return self._at(start, 0), self._at(end - 1, 1)

    def _at(self, position: int, side: int) -> int:
        number = bisect_right(self._tags, position) - 1
        if number < 0:
            return position + side
        into = position - self._tags[number]
        target = self._targets[number]
        return target[side] if into < len(TARGET) else target[1] + into - len(TARGET) + side


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The spans from left to right without those that begin within an earlier one."""
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _together(spans: Sequence[Span], text: str) -> list[Span]:
    """Targets named together are one."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and text[joined[-1][1] : start] in _BETWEEN:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined
