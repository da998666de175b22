"""Rules that leave no room: lengths as X counts them, whose address a link is, terms however they are disguised."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench import texts
from bench.council import DOMAIN
from bench.figures import Figure
from bench.measures import Bench
from publisher import lengths
from publisher.errors import InputError
from publisher.model import Severity
from publisher.policy import Gate
from publisher.policy.examples import judge
from publisher.policy.rules import TABLE, Rule, Status

ALL = 1.0
OWN = (
    "https://www.example.gov.uk/news/pool", "https://example.gov.uk", "https://parks.example.gov.uk/a?b=c#d",
    "https://WWW.Example.GOV.UK/News", "https://www.example.gov.uk:443/a", "https://a.b.c.example.gov.uk/",
)  # fmt: skip
NOT_OWN = (
    "https://www.example.com/a", "https://example.gov.uk.evil.example/a", "https://examp1e.gov.uk/a",
    "https://www.example.gov.uk@evil.example/a", "https://notexample.gov.uk/a", "https://example-gov.uk/a",
    "https://www.gov.uk/council-tax", "https://bit.ly/abc", "https://www.ex\u0430mple.gov.uk/a",
    "https://xn--exmple-4nf.gov.uk/a", "http://www.example.gov.uk/a", "https://www.example.gov.uk:8443/a",
    "https://example.gov.uk%2eevil.example/a", "https://evil.example/www.example.gov.uk",
    "https://evil.example/?https://www.example.gov.uk", "https://example.gov.ukx/a", "https://exarnple.gov.uk/a",
)  # fmt: skip
NEWER, OLDER = "WeightedTweetsWithDiscountedEmojiCounterTest", "WeightedTweetsCounterTest"
"""X's own vectors; the newer suite counts an emoji as 2 whatever it is made of, and outvotes the older."""


def weights(bench: Bench) -> Iterator[Figure]:
    """X's published vectors of weighted length, and of what is too long."""
    rows = [row for row in texts.rows(bench.data, texts.LENGTHS) if row["suite"] == "validate"]
    newer = {row["desc"] for row in rows if row["test"] == NEWER}
    vectors = [
        row for row in rows if row["test"] == NEWER or (row["test"] == OLDER and row["desc"] not in newer)
    ]
    wrong = [
        row["desc"] for row in vectors if lengths.weighted(row["text"]) != row["expected"]["weightedLength"]
    ]
    yield Figure(
        "weighted lengths as X publishes them",
        len(vectors) - len(wrong),
        len(vectors),
        least=ALL,
        key="weights",
        shown=wrong,
    )


def addresses(bench: Bench) -> Iterator[Figure]:
    """Whose an item's link is: the council's own passes, whatever else is stopped."""
    wrong = [url for url in OWN if _link_stopped(bench, url)] + [
        url for url in NOT_OWN if not _link_stopped(bench, url)
    ]
    n = len(OWN) + len(NOT_OWN)
    yield Figure(
        "own and other addresses told apart", n - len(wrong), n, least=ALL, key="addresses", shown=wrong
    )


def _link_stopped(bench: Bench, url: str) -> bool:
    item = {"kind": "news", "title": "Library news", "summary": "The library opens at 9am.", "link": url}
    try:
        return bench.council.judge(item).flagged
    except InputError:
        return True


SHORT = 3
"""Letters of a term that may be a part of anything once they are set apart; those forms are for longer ones."""
_LEET = str.maketrans("aeiost", "431057")
_CYRILLIC = str.maketrans("aceopxyi", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456")
_WIDE = {ord(letter): ord(letter) - ord("!") + 0xFF01 for letter in "abcdefghijklmnopqrstuvwxyz"}
"""Fullwidth forms begin with `!` at U+FF01 (Unicode, Halfwidth and Fullwidth Forms)."""
ALWAYS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    str.title,
    "\u200b".join,  # zero width space
    "\u00ad".join,  # soft hyphen
    "\u2060".join,  # word joiner
    lambda term: term.translate(_CYRILLIC),
    lambda term: term.translate(_WIDE),
    lambda term: "".join(letter + "\u0308" * (letter in "aeiou") for letter in term),  # combining diaeresis
)
LONGER: tuple[Callable[[str], str], ...] = (
    lambda term: " ".join(term.replace(" ", "")),
    lambda term: ".".join(term.replace(" ", "")),
    lambda term: "-".join(term.replace(" ", "")),
    lambda term: "_".join(term.replace(" ", "")),
    lambda term: term.translate(_LEET),
    lambda term: term[0] + term[1] * 4 + term[2:],
    lambda term: f"{term[:2]}<b></b>{term[2:]}",
)


def disguised(bench: Bench) -> Iterator[Figure]:
    """Every term that a rule blocks, in each way to write it so that a search does not find it."""
    found, missed = 0, []
    for rule in blocking_terms(bench.council.app.gate):
        alone = bench.council.app.gate.only(rule.id)
        for form in (form for term in terms_of(bench.council.app.gate, rule) for form in forms(term)):
            verdict = judge(alone, f"They said {form} again.", DOMAIN)
            if any(finding.rule == rule.id for finding in verdict.findings):
                found += 1
            else:
                missed.append(f"{rule.id}: {form!a}")
    yield Figure(
        "blocked terms in disguise", found, found + len(missed), least=ALL, key="disguised", shown=missed
    )


def blocking_terms(gate: Gate) -> Iterator[Rule]:
    """The rules that block on terms alone, whatever stands round them."""
    for rule in gate.book.rules.values():
        blocks = rule.severity is Severity.BLOCK and rule.status is Status.ACTIVE
        if blocks and rule.detector == "terms" and not {"only_with", "unless"} & rule.parameters.keys():
            yield rule


def terms_of(gate: Gate, rule: Rule) -> Iterator[str]:
    """The rule's terms, without what says how they may end."""
    given = rule.parameters["terms"]
    words = gate.book.tables.get(given.removeprefix(TABLE), ()) if isinstance(given, str) else given
    return (word.removesuffix("=").removesuffix("+s") for word in words)


def forms(term: str) -> list[str]:
    """The term as it stands and in its disguises, each once."""
    ways = ALWAYS if len(term) <= SHORT else (*ALWAYS, *LONGER)
    return list(dict.fromkeys(way(term) for way in ways))


PARTS: tuple[Callable[[Bench], Iterator[Figure]], ...] = (weights, addresses, disguised)
