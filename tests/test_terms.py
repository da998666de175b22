"""Blocked terms are found whatever they are disguised as, and clean words never are."""

# ruff: noqa: RUF001  # look-alikes are what this file is about

from __future__ import annotations

from collections.abc import Callable

import policy_support as support
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.model import Finding, Severity, VerdictOutcome
from publisher.policy import Gate
from publisher.policy.hosts import Council
from publisher.policy.rules import BUILT_IN, RuleBook, read

BOOK = read([BUILT_IN])
RULES = {name: rule for name, rule in BOOK.rules.items() if rule.detector == "terms"}
GATE = Gate(RuleBook(RULES, BOOK.tables), Council("Example Borough Council", (support.DOMAIN,)))
BLOCKED = sorted(
    {
        term.removesuffix("=").removesuffix("+s")
        for rule in RULES.values()
        if rule.severity is Severity.BLOCK
        for term in BOOK.tables[rule.parameters["terms"].removeprefix("table:")]
    }
)
VOWELS = "aeiou"


def each(letters: dict[str, str]) -> Callable[[str], str]:
    return lambda term: "".join(letters.get(letter, letter) for letter in term)


def moved(start: int) -> Callable[[str], str]:
    """Letters from another block of Unicode, where they stand in the order of the alphabet."""
    return lambda term: "".join(chr(start + ord(letter) - ord("a")) for letter in term)


def masked(mark: str) -> Callable[[str], str]:
    return lambda term: term[0] + "".join(mark if x in VOWELS else x for x in term[1:-1]) + term[-1]


DIGITS = {"a": "4", "b": "8", "e": "3", "i": "1", "l": "1", "o": "0", "s": "5", "t": "7"}
SIGNS = {"a": "@", "i": "!", "l": "|", "s": "$", "t": "+", "e": "€"}
CYRILLIC = dict(zip("aceiopsxyhkmtb", "асеіорѕхуһкмть", strict=True))
GREEK = dict(zip("aeiknoptuvxy", "αεικηορτυνχγ", strict=True))
EVASIONS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "capitals": str.upper,
    "title": str.title,
    "zero width space": "\u200b".join,
    "zero width joiner": "\u200d".join,
    "soft hyphen": "\u00ad".join,
    "word joiner": "\u2060".join,
    "variation selector": "\ufe0f".join,
    "right to left override": lambda term: term[0] + "\u202e" + term[1:],
    "acute accents": "\u0301".join,
    "struck through": lambda term: "".join(letter + "\u0336" for letter in term),
    "cyrillic": each(CYRILLIC),
    "greek": each(GREEK),
    "full width": moved(0xFF41),
    "bold": moved(0x1D41A),
    "fraktur": moved(0x1D586),
    "monospace": moved(0x1D68A),
    "circled": moved(0x24D0),
    "squared": moved(0x1F130),
    "flags": moved(0x1F1E6),
    "digits": each(DIGITS),
    "signs": each(SIGNS),
    "spaces": " ".join,
    "two spaces": "  ".join,
    "no-break spaces": "\u00a0".join,
    "dots": ".".join,
    "dots and spaces": ". ".join,
    "hyphens": "-".join,
    "dashes": "–".join,
    "underscores": "_".join,
    "stars": "*".join,
    "bars": "|".join,
    "slashes": "/".join,
    "commas": ",".join,
    "lines": "\n".join,
    "digits apart": lambda term: " ".join(each(DIGITS)(term)),
    "signs apart": lambda term: " ".join(each(SIGNS)(term)),
    "stars for vowels": masked("*"),
    "hashes for vowels": masked("#"),
    "per cents for vowels": masked("%"),
    "stars inside": lambda term: term[0] + "*" * (len(term) - 2) + term[-1],
    "a letter often": lambda term: term[0] + term[1] * 5 + term[2:],
    "all letters often": lambda term: "".join(letter * 3 for letter in term),
    "twice": lambda term: term[0] + term[1] * 2 + term[2:],
    "cut by a hyphen": lambda term: f"{term[:2]}-{term[2:]}",
    "cut by an underscore": lambda term: f"{term[:1]}_{term[1:]}",
    "cut by an apostrophe": lambda term: f"{term[:2]}'{term[2:]}",
    "entity": lambda term: f"{term[0]}&#{ord(term[1])};{term[2:]}",
    "hexadecimal entity": lambda term: f"{term[0]}&#x{ord(term[1]):x};{term[2:]}",
    "entity twice": lambda term: f"{term[0]}&amp;#{ord(term[1])};{term[2:]}",
    "tag": lambda term: f"{term[0]}<b>{term[1]}</b>{term[2:]}",
    "comment": lambda term: f"{term[0]}<!-- -->{term[1:]}",
    "hashtag": lambda term: f"#{term.title()}This",
    "run together": lambda term: f"We{term.title()}Them",
    "hashtag of capitals": lambda term: f"#{term.upper()}",
    "with digits": lambda term: f"{term}2",
    "quoted": lambda term: f"'{term}'",
    "bracketed": lambda term: f"({term})!",
    "mention": lambda term: f"@{term}",
    "in an address": lambda term: f"https://{term}.example/",
}


def findings(text: str) -> tuple[Finding, ...]:
    return support.check(GATE, support.news(body=text)).findings


@pytest.mark.parametrize("evasion", EVASIONS.values(), ids=EVASIONS)
def test_no_evasion_hides_a_blocked_term(evasion: Callable[[str], str]) -> None:
    """Every term of every blocking rule is found, where it stands, in each disguise."""
    lines = [f"The sign by the door said {evasion(term)} until today." for term in BLOCKED]
    text = ".\n\n".join(lines)
    found = [(each.start or 0, each.end or 0) for each in findings(text) if each.severity is Severity.BLOCK]
    missed, start = [], 0
    for term, line in zip(BLOCKED, lines, strict=True):
        first, last = start + len("The sign by the door said "), start + len(line) - len(" until today.")
        if not any(one < last and two > first for one, two in found):
            missed.append((term, evasion(term)))
        start += len(line) + 3
    assert missed == []


@pytest.mark.parametrize("cut", [2, 3, -2, -3])
def test_no_gap_hides_a_long_term(cut: int) -> None:
    """A blank inside a long term does not hide it: no clean text has such fragments side by side."""
    long = [term for term in BLOCKED if len(term) >= 7]
    assert len(long) > 50
    cuts = [f"{term[:cut]} {term[cut:]}" for term in long]
    assert [text for text in cuts if not findings(f"It said {text} there.")] == []


def spellings(letter: str) -> list[str]:
    alike = [
        letter,
        letter.upper(),
        letter + "\u0301",
        chr(0xFF41 + ord(letter) - 97),
        chr(0x1D41A + ord(letter) - 97),
    ]
    return alike + [table[letter] for table in (DIGITS, SIGNS, CYRILLIC, GREEK) if letter in table]


@st.composite
def combined(draw: st.DrawFn) -> str:
    """A term with each letter in a disguise of its own, set apart by one separator, perhaps with an ending."""
    term = draw(st.sampled_from(BLOCKED))
    kept = draw(st.integers(0, len(term) - 1))
    letters = [
        letter if place in {kept, kept + 1, kept - 1} else draw(st.sampled_from(spellings(letter)))
        for place, letter in enumerate(term)
    ]
    between = draw(
        st.sampled_from(["", "\u200b", "\u00ad", "\u2060", " ", ".", "-", "_", "  ", "\n", "*", "~", " - "])
    )
    before, after = draw(
        st.sampled_from([("", ""), ("'", "'"), ("(", ")"), ("<i>", "</i>"), ("&quot;", "&quot;"), ("#", "")])
    )
    return before + between.join(letters) + after


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(combined())
def test_no_combination_hides_a_blocked_term(disguised: str) -> None:
    """Disguises put on top of each other hide nothing either."""
    assert any(
        each.severity is Severity.BLOCK for each in findings(f"The sign said {disguised} until today.")
    ), disguised


INNOCENT = """
Scunthorpe Essex Sussex Middlesex Clitheroe Lightwater Penistone assassin classic Arsenal cocktail Hitchcock shitake
shiitake therapist analysis document Dickens grapes Wankel pass grass Cockfosters Shuttlecock Peacock Babcock Hancock
Cockermouth Twatt Shitterton Fingringhoe Wetwang Cockshutt Titchmarsh Bassett Massachusetts embassy passage compass brass
Pakistan Pakistani Nigeria Niger Nigerian snigger niggle denigrate vinegar raccoon cocoon tycoon Dyke Vandyke Offa's
conspicuous auspices spice spices spicy suspicion hospice Kiker chinking chinos Fagin Wogan Dagon Dagenham kikoi Gookin
retardant Swaziland Spazio Manslaughter laughter slaughter canal banal manual cumulative circumference cucumber
scrap crapaud arsenic parse coarse sparse hearse rehearse button buttress Uranus Sextant sextet Dunsexton Unisex Bisexual
Homosexual transgender gay lesbian queer Jew Jewish Muslim Islam Sikh Hindu Traveller Roma Romany black white Asian African
Matsushita Yamashita Fukuoka Fukushima fuchsia Phuket cunning country count Cunningham contumely Mishit Kshitij Dikshit Harshit Ishita Shiite Shi'ite Troon Hebe swank swanky twit
whorl whole Whorlton slate slumber Slough skunk skate pornic Pornichet shift shirt short sheet shot pricey prickle
""".split()  # noqa: SIM905  # a list of words is easier read so
SENTENCES = [
    "Smith & Co on Monday", "The council's pic of the day", "W. G. Grace and F. A. J. Smith", "Routes A, B, C, D and E", "The A55 and the B4009 close",
    "a s s", "A to Z of services: A B C D E F G H I J K L M N O P Q R S T U V W X Y Z", "Meet at 5 p.m. or 6.30 p.m.", "R&B, D&G, W&G and P&O", "50% off* (see terms)",
    "Is it £5? Yes! (or so)", "Email info@example.gov.uk or see https://www.example.gov.uk/a?c=5h3x7tk1k3", "He said 'it's hit or miss'", "Week 09: W09, F49 and D49",
    "Postcodes SP1 1CA, CO0 0NA and PA4 1KE", "Tel. 01632 960 123 or 07700 900 456", "Faggots and peas, then a chink of light", "wi-fi, co-op, e-mail, x-ray, U.K., Ph.D.",
    "Bell End is a street", "Open (until Friday)", "£900k of a 7600k budget", "CC0 on this page", "Only fans with tickets", "Senator Chris Coons", "Retard the spread of fire", "The Maine coon cat Fagg", "iPhone, YouTube, McDonald, eBay, LinkedIn", "Pass it on; as is; so on; to us; who re-opened it",
]  # fmt: skip


@pytest.mark.parametrize("text", [*INNOCENT, *SENTENCES])
def test_innocent_words_pass(text: str) -> None:
    """Names and words that hold or look like a term are never found (the Scunthorpe problem)."""
    for shown in (text, text.upper(), f"Our {text} today"):
        assert [(each.rule, each.message) for each in findings(shown)] == []


def test_there_are_enough_innocent_words() -> None:
    """The list above is long enough to mean something."""
    assert len(INNOCENT) >= 60


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("What the fuck is", "fuck"),
        ("Say f\u200bu\u200bc\u200bk now", "f\u200bu\u200bc\u200bk"),
        ("Say f. u. c. k. now", "f. u. c. k"),
        ("Say f<b>u</b>ck now", "f<b>u</b>ck"),
        ("Say &#102;uck now", "&#102;uck"),
        ("Straße 𝓯𝓾𝓬𝓴 now", "𝓯𝓾𝓬𝓴"),
        ("Say fu ck now", "fu ck"),
        ("Say f**k now", "f**k"),
        ("Say #FuckThis now", "Fuck"),
        ("Say motherfuckers now", "motherfuckers"),
    ],
)
def test_the_place_is_told(text: str, quoted: str) -> None:
    """A finding's span is that of the disguised word in the text as it was given."""
    first = findings(text)[0]
    assert text[first.start : first.end] == quoted


def test_each_place_is_told_once() -> None:
    """A word that is found in several ways, at one place, is one finding of a rule; two places are two."""
    found = [each for each in findings("FUCK, f*ck and #FuckThis") if each.rule == "abuse.swearing"]
    assert len(found) == 3


OWN = """
[[rule]]
id = "abuse.own"
title = "Our word"
clause = "6"
severity = "block"
detector = "terms"
fields = ["summary"]
message = "{text}"
remedy = "Leave it out."
examples = { flag = ["A fruit"], pass = ["A root"] }
[rule.parameters]
"""


@pytest.mark.parametrize(
    ("parameters", "flagged", "passed"),
    [
        ('terms = ["banana"]', "Two bananas", "A bandana"),
        ('terms = ["banana="]', "A banana", "Two bananas"),
        ('terms = ["banana+s"]', "Two bananas", "It is bananaing"),
        ('terms = ["pear"]\ninside = ["pear"]', "A prickpearly", "A par"),
        ('terms = ["pear"]\ninside = ["pear"]\nnot_terms = ["spear"]', "A pearl", "A spearhead"),
        ('terms = ["pear"]\nunless = ["tree"]', "A pear", "A pear tree"),
        ('terms = ["pear"]\nonly_with = ["rotten"]', "A rotten pear", "A pear"),
        ('terms = ["pear"]\nnot_before = ["tree"]', "A pear", "A pear tree"),
        ('terms = ["pear"]\nnot_after = ["prickly"]', "A pear", "A prickly pear"),
        ('terms = ["parson"]\nwide = true', "A par s on", "A person"),
        ('terms = ["carpets"]\nwide = true', "Her car pets", "A trumpet"),
        ('terms = ["carpets"]', "A carpets", "Her car page"),
        ('terms = ["baby carrots"]', "Baby carrots", "A baby and carrots"),
        ('terms = ["bake"]', "He bakes, baking", "A bakelite phone"),
        ('terms = ["jolly"]', "Jollies", "A joll"),
        ('terms = ["fig+s"]', "F i g s here", "F i g t h"),
    ],
)
def test_a_council_writes_its_own_terms(tmp_path: object, parameters: str, flagged: str, passed: str) -> None:
    """The parameters mean what the detector's description says."""
    from pathlib import Path

    gate = support.gate(Path(str(tmp_path)), OWN + parameters)
    assert "abuse.own" in support.rules_of(support.check(gate, support.news(summary=flagged)))
    assert "abuse.own" not in support.rules_of(support.check(gate, support.news(summary=passed)))


@pytest.mark.parametrize(
    "text",
    [
        "a." * 30_000,
        "f*" * 30_000,
        "f u c " * 10_000,
        "<" * 60_000,
        "&#97;" * 12_000,
        "aA" * 30_000,
        "\u0301" * 60_000,
        "co on " * 10_000,
        "!|" * 30_000,
    ],
    ids=["letters", "masks", "rows", "brackets", "entities", "capitals", "marks", "pairs", "signs"],
)
def test_hostile_text_gets_an_answer(text: str) -> None:
    """The longest body, made to be slow to read, is judged like any other and no rule fails on it."""
    verdict = support.check(GATE, support.news(body=text))
    assert verdict.outcome is VerdictOutcome.CLEAR
