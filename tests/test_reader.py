"""The second reader: repeatable, bounded, blind to which group is named, and never more than a question to an officer."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from policy_support import DOMAIN, check, news, rules_of

from publisher import reader
from publisher.cues import Cues
from publisher.errors import ConfigError
from publisher.model import Severity, VerdictOutcome
from publisher.policy import examples
from publisher.policy.detectors.second_reader import NAMES, SENTENCES_MAX
from publisher.policy.findings import RULE_FAILED
from publisher.policy.gate import Gate
from publisher.policy.hosts import Council
from publisher.policy.rules import BUILT_IN, read
from publisher.policy.sentences import SENTENCE_MAX, GroupNames, group_names, sentences

BOOK = read([BUILT_IN])
COUNCIL = Council("Example Borough Council", (DOMAIN,))
GROUP_RULE, ABUSE_RULE = "discrimination.second-reader", "abuse.second-reader"

HATEFUL = (
    "It would be a better world if every {group} were made to crawl back into the gutter, the filthy animals."
)
KIND = "I am so proud that my daughter is a {group}, and we love her."
GROUPS = [
    "woman", "man", "trans person", "gay man", "lesbian", "black person", "Asian woman", "disabled person", "deaf person",
    "Muslim", "Jewish person", "Sikh", "Christian", "immigrant", "refugee", "Traveller", "Pole", "Romanian", "pensioner",
]  # fmt: skip


class Told:
    """A reader that scores everything alike, and remembers what it was asked to read."""

    version = "told"

    def __init__(self, score: int) -> None:
        self.score, self.read = score, list[str]()

    def finds_harmless(self, sentence: str) -> bool:
        del sentence
        return False

    def scores(self, sentences: Sequence[str], head: str) -> tuple[int, ...]:
        del head
        self.read += sentences
        return tuple(self.score for _ in sentences)


@cache
def real() -> reader.Reader:
    """The reader itself, opened once: it takes half a second."""
    return reader.open_reader()


@cache
def names() -> GroupNames:
    """The names of groups of the built-in tables."""
    return group_names(*(BOOK.tables[f"reader_{name}"] for name in NAMES))


def gate(with_reader: reader.Reader | Told | None) -> Gate:
    """A gate of the second reader's two rules, and no others."""
    return Gate(BOOK, COUNCIL, reader=with_reader).only(GROUP_RULE, ABUSE_RULE)


def found(summary: str) -> list[str]:
    """The rules that the real reader makes speak."""
    return rules_of(check(gate(real()), news(summary=summary)))


@pytest.mark.long
@pytest.mark.parametrize("rule", [GROUP_RULE, ABUSE_RULE])
def test_its_rules_do_as_their_examples_say(rule: str) -> None:
    """What the reader must flag it does, what it must let pass it does, and the remedies of all rules pass it."""
    the_gate = gate(real())
    assert list(examples.failures_of(the_gate, BOOK.rules[rule], DOMAIN)) == []
    stopped = [
        each.id for each in BOOK.rules.values() if examples.judge(the_gate, each.remedy, DOMAIN).findings
    ]
    assert stopped == []


def test_without_the_reader_its_rules_say_nothing() -> None:
    """The extra is optional: a gate without it judges by all other rules and needs no model."""
    assert check(gate(None), news(summary=HATEFUL.format(group="woman"))).findings == ()


@pytest.mark.parametrize("group", GROUPS)
def test_hatred_of_any_group_goes_to_an_officer(group: str) -> None:
    """The same hateful sentence is referred whichever group it is about."""
    assert GROUP_RULE in found(HATEFUL.format(group=group))


@pytest.mark.parametrize("group", GROUPS)
def test_a_kind_word_about_any_group_passes(group: str) -> None:
    """The same kind sentence passes whichever group it is about: no group's name weighs anything."""
    assert found(KIND.format(group=group)) == []


def test_all_groups_are_read_alike() -> None:
    """What the reader is given for two groups is the same, word for word, so their scores cannot differ."""
    given = {
        each.words for group in GROUPS for each in sentences(HATEFUL.format(group=group).lower(), names())
    }
    assert len(given) == 1


def test_it_never_blocks() -> None:
    """Whatever the reader says, a person decides: review is the most that its rules do."""
    verdict = check(gate(Told(reader.TOP)), news(summary="These women are kind."))
    assert verdict.outcome is VerdictOutcome.REVIEW
    assert {finding.severity for finding in verdict.findings} == {Severity.REVIEW}


@pytest.mark.parametrize(("below", "speaks"), [(0, True), (5, True), (6, False)])
def test_near_the_threshold_it_asks(below: int, speaks: bool) -> None:  # noqa: FBT001
    """Within the band below the threshold a person is asked, so that no rounding decides."""
    threshold = BOOK.rules[GROUP_RULE].parameters["threshold"]
    verdict = check(gate(Told(threshold - below)), news(summary="These women are kind."))
    assert (GROUP_RULE in rules_of(verdict)) is speaks


def test_hatred_needs_a_group() -> None:
    """The rule about groups reads no sentence without one."""
    told = Told(reader.TOP)
    check(Gate(BOOK, COUNCIL, reader=told).only(GROUP_RULE), news(summary="Bins go out. Women vote."))
    assert told.read == ["people vote."]


def test_a_sentence_that_refers_back_is_read_with_the_one_before() -> None:
    """Contempt in the sentence after the one that names the group is seen, and the finding covers both."""
    text = "There are refugees here. They are dirty animals and I want them dead."
    read = [each for each in sentences(text, names()) if each.names_group]
    assert [text[each.start : each.end] for each in read] == ["There are refugees here.", text]
    assert GROUP_RULE in found(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("muslim women rock", "people rock"),
        ("a black person", "a person"),
        ("the black bin", "the black bin"),
        ("an asian man", "a person"),
        ("people with down's syndrome", "people"),
        ("our gay choir", "our local choir"),
        ("immigrnats came", "people came"),
        ("allwomen", "all people"),
        ("women's day", "people day"),
        ("every wmn", "every person"),
        ("tolerate wom en", "tolerate people"),
        ("all t rans people", "all people"),
        ("all black peolpe", "all people"),
        ("burnallblack people", "burnall people"),
        ("we lack people", "we lack people"),
        ("see https://example.org/women", "see"),
    ],
)
def test_names_of_groups_are_not_read(text: str, read: str) -> None:
    """A group's name, whole, misspelt or run together, is read as people; the same word for a thing stays."""
    assert [each.words for each in sentences(text, names())] == [read]


def test_long_texts_are_read_in_bounds() -> None:
    """However long a text, so many sentences are read of it and no more, those about groups first."""
    told = Told(0)
    body = " ".join(f"Sentence {n} is here." for n in range(2_000)) + " Women vote."
    check(gate(told), news(body=body[-19_000:]))
    assert len(told.read) <= 2 * SENTENCES_MAX
    assert "people vote." in told.read


@pytest.mark.parametrize(
    "text", ["a.a.a." * 3_000, "x" * 19_000, "\ud800 " * 5_000, "e\u0301" * 9_000, "? " * 9_000, ""]
)
def test_odd_texts_are_read_in_pieces(text: str) -> None:
    """No text makes a sentence longer than the reader takes, and each stands where it says."""
    for each in sentences(text, names()):
        assert 0 <= each.start < each.end <= len(text)
        assert each.end - each.start <= SENTENCE_MAX + 1


def test_scores_are_whole_numbers() -> None:
    """No float leaves the reader: each score is an int from 0 to 1000, whatever it reads."""
    texts = ["", "a", "\ud800", "🙂" * 50, "word " * 500, "I hate people.", "The library opens at nine."]
    for head in ("groups", "abuse"):
        scores = real().scores(texts, head)
        assert all(type(score) is int and 0 <= score <= reader.TOP for score in scores)


def test_a_sentence_is_read_by_itself() -> None:
    """Its score does not depend on what is read with it, before it or after it."""
    one, two = "I hate people.", "The library opens at nine."
    together = real().scores([one, two, one], "groups")
    assert together == (*real().scores([one], "groups"), *real().scores([two], "groups"), together[0])


def test_a_harmless_sentence_costs_a_glance() -> None:
    """What the glance finds harmless scores 0 with every head; it never does so with what is hateful."""
    harmless, hateful = "The library opens at nine on Monday.", "I hate people and want them dead."
    assert real().finds_harmless(harmless)
    assert not real().finds_harmless(hateful)
    assert real().scores([harmless], "abuse") == real().scores([harmless], "groups") == (0,)


def test_harmless_sentences_do_not_use_up_the_bound() -> None:
    """Abuse is found behind any number of harmless sentences."""
    body = " ".join(f"The library in Road {n} opens at nine." for n in range(100))
    verdict = check(gate(real()), news(body=f"{body} You are a worthless, ugly liar and I hope you die."))
    assert rules_of(verdict) == [ABUSE_RULE]


def cues(*words: str) -> Cues:
    """The words known by sight; of other words, only "chats" and "heat" are ones."""
    return Cues(words, {"chats", "heat"}.__contains__)


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("i htae people.", "i hate people."),
        ("ihate people", "i hate people"),
        ("i ahte people", "i hate people"),
        ("they are wrthless", "they are worthless"),
        ("wrthlss!", "worthless!"),
        ("chats in the heat", "chats in the heat"),
        ("hateful", "hateful"),
        ("aaaaaaaaaaaaaaaaaaaa", "a a a a a a a a a a a a a a a a a a a a"),
        ("x" * 10_000, "x" * 10_000),
        ("", ""),
    ],
)
def test_words_known_by_sight_are_put_right(written: str, right: str) -> None:
    """A hostile word is read through misspelling and missing spaces; a word that is one stays as it is."""
    assert cues("hate", "cheats", "worthless", "people", "i", "a").put_right(written) == right


GLANCE = """
import sys
from publisher import reader
opened = reader.open_reader()
print(opened.scores(["the library opens at nine on monday."], "groups"), {"numpy", "onnxruntime"} & set(sys.modules))
"""


def test_a_glance_starts_no_model() -> None:
    """Where a glance is enough neither the model nor what runs it is loaded: a start must not wait for them."""
    said = subprocess.run(
        [sys.executable, "-c", GLANCE], check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent
    )  # fmt: skip
    assert said.stdout == "(0,) set()\n"


STARTED = """
from publisher import reader
opened = reader.open_reader()
opened.start()
"""


@pytest.mark.long
@pytest.mark.parametrize(
    "then",
    [
        "",
        'import sys; print("onnxruntime" in sys.modules)',
        'print(opened.scores(["I hate people."], "groups")[0] > 0)',
    ],
)
def test_a_model_may_be_started_before_it_is_needed(then: str) -> None:
    """Started beside other work it scores as ever, and a process that needs no sentence ends as it should."""
    said = subprocess.run(
        [sys.executable, "-c", STARTED + then], check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent
    )  # fmt: skip
    assert (said.stdout, said.stderr) == ("True\n" if then else "", "")


def test_an_unknown_head_asks_for_a_person() -> None:
    """A rule that names a head that is not there fails like any other: a review, never a pass."""
    with pytest.raises(LookupError, match="no head 'kindness'"):
        real().scores(["a"], "kindness")


PRINT_SCORES = """
from publisher import reader
opened = reader.open_reader()
texts = ["I hate people.", "The library opens at nine.", "People are a plague and I want them gone."]
print(opened.version, opened.scores(texts, "groups"), opened.scores(texts, "abuse"))
"""


@pytest.mark.long
def test_the_same_scores_in_any_process() -> None:
    """Neither the number of threads nor the hash seed or locale changes a score or the version."""
    said = {
        subprocess.run(
            [sys.executable, "-c", PRINT_SCORES], check=True, capture_output=True, text=True,
            cwd=Path(__file__).parent.parent,
            env=os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "PYTHONHASHSEED": threads, "LC_ALL": "C"},
        ).stdout
        for threads in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def altered(source: Path, folder: Path) -> Path:
    """A copy of a file with one bit flipped: it is as long as before."""
    content = bytearray(source.read_bytes())
    content[len(content) // 2] ^= 1
    (folder / source.name).write_bytes(content)
    return folder / source.name


ANOTHER = "not the file that the second reader was trained with"


def test_another_tokenizer_is_refused(tmp_path: Path) -> None:
    """One flipped bit in the tokenizer, and the reader does not open."""
    with pytest.raises(ConfigError, match=ANOTHER):
        reader.open_reader(tokenizer=altered(reader._file_of(*reader.TOKENIZER), tmp_path))


def test_a_model_of_another_length_is_refused(tmp_path: Path) -> None:
    """A model that is cut off is seen when the reader is opened."""
    (tmp_path / "model.onnx").write_bytes(reader._file_of(*reader.MODEL).read_bytes()[:-1])
    with pytest.raises(ConfigError, match=rf"model\.onnx is {ANOTHER}"):
        reader.open_reader(model=tmp_path / "model.onnx")


@pytest.mark.parametrize("beside", [False, True])
def test_another_model_scores_nothing(tmp_path: Path, *, beside: bool) -> None:
    """One flipped bit in the model: it is never started, each sentence that needs it is refused, and a person is asked."""
    opened = reader.open_reader(model=altered(reader._file_of(*reader.MODEL), tmp_path))
    if beside:
        opened.start()
    sentence = "I hate people and want them dead."
    for head in ("groups", "abuse", "groups"):
        with pytest.raises(ConfigError, match=rf"model\.onnx is {ANOTHER}"):
            opened.scores([sentence], head)
    with pytest.raises(ConfigError, match=ANOTHER):
        opened.figures(sentence)
    verdict = check(gate(opened), news(summary=f"{sentence} The library opens at nine on Monday."))
    assert verdict.outcome is VerdictOutcome.REVIEW
    assert rules_of(verdict) == [RULE_FAILED]
    assert f"model.onnx is {ANOTHER}" in verdict.findings[0].message


@pytest.mark.parametrize("beside", [False, True])
def test_a_model_that_is_gone_scores_nothing(tmp_path: Path, *, beside: bool) -> None:
    """What was there when the reader was opened and is not when it is needed: refused, and read again once it is back."""
    file = tmp_path / "model.onnx"
    file.symlink_to(reader._file_of(*reader.MODEL))
    opened = reader.open_reader(model=file)
    file.unlink()
    if beside:
        opened.start()
    with pytest.raises(ConfigError, match=r"model\.onnx cannot be read"):
        opened.scores(["I hate people and want them dead."], "abuse")
    file.symlink_to(reader._file_of(*reader.MODEL))
    assert opened.scores(["I hate people and want them dead."], "abuse") > (0,)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """What is missing is named, and how to come by it."""
    with pytest.raises(ConfigError, match=r"nowhere\.onnx cannot be read.*council-publisher\[reader\]"):
        reader.open_reader(model=tmp_path / "nowhere.onnx")


def test_broken_heads_are_told(tmp_path: Path) -> None:
    """Weights that are none are refused when the reader is opened, not when an item is judged."""
    (tmp_path / "heads.json").write_text("[]")
    with pytest.raises(ConfigError, match="its heads cannot be read"):
        reader.open_reader(heads=tmp_path / "heads.json")


def test_the_reader_is_part_of_the_policys_version(tmp_path: Path) -> None:
    """Other weights are another policy: the gate's version follows the reader's, and changes where there is none."""
    (tmp_path / "heads.json").write_bytes(reader.HEADS.read_bytes() + b"\n")
    other = reader.open_reader(heads=tmp_path / "heads.json")
    versions = {Gate(BOOK, COUNCIL, reader=each).version for each in (None, real(), other)}
    assert len(versions) == 3
