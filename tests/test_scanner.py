"""One look at all texts of an item for all phrases of a rule book: it may say too much, and never too little."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from publisher.policy import patterns
from publisher.policy.expressions import PatternSet, Readable
from publisher.policy.literals import needed
from publisher.policy.readings import Reading, Scan
from publisher.policy.scanner import CLOSELY, Scanner

LETTERS = ["a", "b", "ab", "ba", "cat", "cats", "7", "77", "é", "e", "\U0001f447", "_"]
BETWEEN = [" ", "  ", "-", ".", "! ", "\n", "\n\n", "", "'", ", ", " @ ", "£"]
WORDS = st.sampled_from(["a", "b", "ab", "cat", "7", "é", "'", "-", "!", "@", "£", "\U0001f447"])
CLASSES = st.sampled_from(
    ["[ab]", "[^a]", "[a-c]", "[!.]", "[ -]", "[^ \\n]", r"\w", r"\d", r"\s", r"\W", ".", r"\b", r"\B", r"\p{So}", "[7é]", r"\!", "\n", r"\012", r"[\t-~]",
     "[[:space:]]", r"\z", r"\A", r"\pZ"]
)  # fmt: skip
OFTEN = st.sampled_from(["", "", "", "?", "*", "+", "{0,2}", "{1,2}", "{2}"])


def _grouped(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    rows = st.lists(parts, min_size=1, max_size=3)
    spaced = rows.map(" ".join) | rows.map("".join)
    return st.lists(spaced, min_size=1, max_size=3).map(lambda ways: f"(?:{'|'.join(ways)})")


def _repeated(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(parts, OFTEN).map(lambda part: part[0] + ("" if part[0] in {r"\b", r"\B"} else part[1]))


PARTS = st.recursive(_repeated(WORDS | CLASSES), lambda inner: _repeated(_grouped(inner)), max_leaves=6)
SIDES = st.lists(st.tuples(PARTS, st.sampled_from([" ", " ", "", "|"])), min_size=1, max_size=4).map(
    lambda parts: "".join(part + gap for part, gap in parts).strip(" |")
)
GAPS = st.sampled_from([patterns.GAP, patterns.WIDE_GAP])
PHRASES = (
    SIDES
    | st.tuples(SIDES, GAPS, SIDES).map("".join)
    | st.tuples(WORDS, GAPS, SIDES, GAPS, WORDS).map("".join)
).filter(lambda phrase: phrase and not patterns.refusal(phrase))
TEXTS = st.lists(st.tuples(st.sampled_from(LETTERS), st.sampled_from(BETWEEN)), max_size=9).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)


def scanned(phrases: Sequence[str], texts: Sequence[str]) -> list[Reading]:
    """The readings of these texts, for a book with one list of phrases."""
    scan = Scan(Scanner([tuple(phrases)]))
    return [scan.reading(text) for text in texts]


@pytest.mark.long
@given(st.lists(PHRASES, min_size=1, max_size=3, unique=True), st.lists(TEXTS, min_size=1, max_size=3))
@example(["a b"], ["a\n\nb", "a b"])
@example(["a cat", "a cat b"], ["a cat b"])
@example([r"a\s{1,3}b"], ["a\n\nb"])
@example(["a$"], ["b a", "b"])
@example([r"a\z"], ["b a", "b"])
@example([r"\Aa"], ["b", "a b"])
@example(["a\n\nb"], ["a\n\nb"])
@example(["a[[:space:]]+b"], ["a\n\nb"])
@example(["cat"], ["a cat\n\nb", "b"])
@example(["(?:a|a b)(?:s| cat)?"], ["a b cat"])
@example([r"a\.?"], ["ab"])
@example(["b … cat"], ["b a. b a cat"])
@example(["b …… (?:cat|7)"], ["b a\na 7"])
@example(["a … b … !"], ["a cat b cat!"])
@example(["a … cat …… b"], ["a cat b"])
@example([r"a\b ?(?:!|$)"], ["a", "b a !"])
@example([r"cat(?:\b|s)"], ["a cat", "cats"])
@example(["(?:@|at) ?b"], ["a @b", "at b"])
def test_what_is_there_is_announced(phrases: list[str], texts: list[str]) -> None:
    """Whatever a phrase's own expression finds in a text, the look at all texts for all phrases has announced for it."""
    for reading in scanned(phrases, texts):
        for phrase in phrases:
            if patterns.words((phrase,)).search(reading.plain):
                assert phrase in reading.likely(tuple(phrases))


@given(st.lists(PHRASES, min_size=1, max_size=4, unique=True), st.lists(TEXTS, min_size=2, max_size=4))
@example(["a cat", "b cat"], ["a b", "cat", "b cat", "a cat"])
@pytest.mark.long
def test_what_was_looked_at_before_changes_nothing(phrases: list[str], texts: list[str]) -> None:
    """A scanner learns as it is used what is worth a look: of each text it says what one says that is new."""
    used = Scanner([tuple(phrases)])
    for text in texts:
        [new] = scanned(phrases, [text])
        assert Scan(used).reading(text).likely(tuple(phrases)) == new.likely(tuple(phrases))


@given(st.lists(PHRASES, min_size=1, max_size=4, unique=True), TEXTS)
@example(["a", "ab", "a b"], "ab a b")
@example(["(?:a|ab)", "b"], "ab")
@example(["b*", "a"], "ba")
@pytest.mark.long
def test_few_phrases_find_what_the_list_finds(phrases: list[str], text: str) -> None:
    """Phrases that are compiled one by one match where, and as far as, they would in one expression."""
    heads = [patterns.parts_of(phrase)[0] for phrase in phrases if len(patterns.parts_of(phrase)) > 1]
    assume(not heads or not PatternSet(heads).present(b""))  # such a phrase is refused when a rule is read
    readable, wanted = Readable(text), tuple(phrases)
    assert list(patterns.few(wanted).spans(readable)) == list(patterns.words(wanted).spans(readable))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("share (?:this|it)", "We share your joy. This is it."),
        ("(?:dad )?jokes?", "The joker is a card."),
        (
            "(?:send|pass)(?: (?:it|this))* to (?:all|every) (?:friends?|mates?)",
            "Pass it to the friends of all.",
        ),
        ("win … prize", "They win again."),
        ("half[- ]price", "Half the price."),
        ("@ (?:the|your)", "The cat is yours."),
        ("(?:inside information|a source)", "Look inside."),
        (r"the cat\b ?(?:!|$)", "The cats, and dogs!"),
        (r"call 118[ -]?\d{3}", "Call 119 119."),
        ("a … b … £", "A cat, a bee."),
    ],
)
def test_most_of_what_is_not_there_is_left_out(phrase: str, text: str) -> None:
    """A phrase is not looked for where words that it needs are not there, or do not stand together: also where only words are looked at."""
    [reading] = scanned([phrase], [f"{text}\n\n" + "x " * CLOSELY])
    assert reading.likely((phrase,)) == ()


def test_each_text_is_told_apart() -> None:
    """A phrase is announced for the texts that hold it, also where they share a paragraph, and for no other."""
    holding, sharing, other = scanned(
        ["red kettle"], ["A red kettle.", "News\n\nA red kettle.", "A red bowl."]
    )
    assert [bool(each.likely(("red kettle",))) for each in (holding, sharing, other)] == [True, True, False]


def test_of_long_texts_the_words_are_enough() -> None:
    """In texts of many pages a phrase counts as there where its words are: its own rule looks closer."""
    text = "A red kettle! " + "x " * CLOSELY
    [reading] = scanned(["red kettle[?]", "grey kettle"], [text])
    assert reading.likely(("red kettle[?]", "grey kettle")) == ("red kettle[?]",)


def test_of_what_was_not_looked_for_nothing_is_known() -> None:
    """A list that the book does not have may be in any text, and any list in a text that was not looked through."""
    [reading] = scanned(["red"], ["blue"])
    assert reading.likely(("grey",)) == ("grey",)
    assert Reading("blue").likely(("red",)) == ("red",)


@pytest.mark.parametrize("phrase", ["(?i:a)b", r"\x{1F447}", "(a", "a)", "[a", r"\Qa\E"])
def test_what_is_not_understood_is_always_looked_for(phrase: str) -> None:
    """Of an expression with parts that are not known here nothing is said."""
    assert needed(phrase) == ()
