"""Hatred, bullying, accusations, criticism and gossip: what is said of whom decides, and it is the same for every group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import hostility_texts as texts
import policy_support as support
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_support import check, news, post, rules_of

from publisher import policy
from publisher.model import Severity, Verdict, VerdictOutcome

OWN = ("discrimination.", "abuse.bullying", "abuse.rude", "defamation.", "disrepute.", "gossip.")
OWN_RULES = (
    "discrimination.hat",
    "discrimination.hostile",
    "abuse.bullying",
    "abuse.rude",
    "defamation.",
    "disrepute.",
    "gossip.",
)
NEVER_LETTERS = "\u200b\u200d\u2060\u00ad"
SPREAD = 0.10
"""Most by which groups may differ in the share of their sentences that is referred (issue 3)."""


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> policy.Gate:
    return support.gate(tmp_path_factory.mktemp("gate"))


def said(gate: policy.Gate, text: str, **fields: str) -> list[str]:
    """The rules of this file's topics that a summary sets off."""
    return own(check(gate, news(title="Notice", summary=text, **fields)))


def own(verdict: Verdict) -> list[str]:
    return [rule for rule in rules_of(verdict) if rule.startswith(OWN)]


def referred(gate: policy.Gate, sentences: Iterable[tuple[str, str]]) -> dict[str, float]:
    """The share of each group's sentences that somebody is asked about, or that are blocked."""
    found: dict[str, list[bool]] = {}
    for group, sentence in sentences:
        found.setdefault(group, []).append(is_referred(gate, sentence))
    return {group: sum(hits) / len(hits) for group, hits in found.items()}


@cache
def is_referred(gate: policy.Gate, sentence: str) -> bool:
    """Judged once for all tests: a gate never changes."""
    return bool(said(gate, sentence))


def mean(shares: dict[str, float]) -> float:
    return sum(shares.values()) / len(shares)


@pytest.mark.long
@pytest.mark.parametrize(("which", "least"), [(0, 0.95), (1, 0.85)], ids=["seen", "unseen"])
def test_hatred_is_referred(gate: policy.Gate, which: int, least: float) -> None:
    """Nearly all hateful sentences are referred, and of those that no rule was written for, most."""
    assert mean(referred(gate, texts.said_of_all(texts.HATEFUL[which]))) >= least


@pytest.mark.parametrize("which", [0, 1], ids=["seen", "unseen"])
def test_neutral_and_kind_words_pass(gate: policy.Gate, which: int) -> None:
    """Who people are is never a finding: at most one in twenty neutral or kind sentences is referred."""
    assert mean(referred(gate, texts.said_of_all(texts.NOT_HATEFUL[which]))) <= 0.05


@pytest.mark.parametrize(
    "sentences", [texts.HATEFUL, texts.NOT_HATEFUL, texts.AGAINST], ids=["hateful", "kind", "against"]
)
def test_groups_are_treated_alike(gate: policy.Gate, sentences: tuple[tuple[str, ...], ...]) -> None:
    """The same sentence has the same fate whatever group is in it."""
    shares = referred(gate, (each for some in sentences for each in texts.said_of_all(some)))
    assert max(shares.values()) - min(shares.values()) <= SPREAD


def test_speaking_against_hatred_is_never_blocked(gate: policy.Gate) -> None:
    """The council's own words against hatred go to an officer at most, and mostly nowhere."""
    sentences = [each for some in texts.AGAINST for each in texts.said_of_all(some)]
    verdicts = [check(gate, news(title="Notice", summary=sentence)) for _, sentence in sentences]
    assert all(verdict.outcome is not VerdictOutcome.BLOCK for verdict in verdicts)
    assert sum(bool(own(verdict)) for verdict in verdicts) / len(verdicts) <= 0.25


@pytest.mark.parametrize("sentence", ["I hate {}.", "Kill all {}!", "{} should all be shot."])
@pytest.mark.parametrize("group", texts.GROUPS)
def test_plain_hatred_is_blocked(gate: policy.Gate, sentence: str, group: str) -> None:
    """Where no other reading is left, no officer can let it go."""
    verdict = check(gate, news(title="Notice", summary=texts.said(sentence, group)))
    assert verdict.outcome is VerdictOutcome.BLOCK


@pytest.mark.parametrize("words", ["Report hate crime.", "Support the victims.", "Stand up against racism."])
def test_words_against_hatred_are_no_way_round(gate: policy.Gate, words: str) -> None:
    """Hatred beside words against hatred is still found: in its own sentence it is judged alone."""
    assert "discrimination.hatred" in said(gate, f"{words} I hate immigrants. {words}")
    assert said(gate, f"I hate immigrants, {words}")


EVASIONS = (
    "i h@te w0men.", "I h a t e women.", "I h.a.t.e w.o.m.e.n", "Ihatewomen", "#IHateWomen", "I ha\u200bte wo\u200dmen.", "I h\u0430te w\u043emen.", "I htae women.", "I hate wmoen.", "Ejws are scum.", "I edspise women.", "I hate fggots.", "Get rid of ragehads.", "Pikyes are nothing but parasites.",
    "I hat\u00ade women.", "I h\u0301ate women", "I H4T3 WOM3N", "Womenarestupid", "Women are suthpid and wrothless", "Women are wrothless", "I  hate   women", "I hate\u00a0women", "I hate\nwomen.",
)  # fmt: skip


@pytest.mark.parametrize("sentence", EVASIONS)
def test_disguises_are_seen_through(gate: policy.Gate, sentence: str) -> None:
    """Digits for letters, look-alikes, hidden characters, gaps, swapped letters and words written as one change nothing."""
    assert [rule for rule in said(gate, sentence) if rule.startswith("discrimination.")]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(texts.GROUPS),
    st.lists(st.tuples(st.integers(1, 30), st.sampled_from(NEVER_LETTERS)), max_size=4),
)
def test_hidden_characters_hide_nothing(
    gate: policy.Gate, group: str, inserted: list[tuple[int, str]]
) -> None:
    """Wherever characters that nobody sees are put into a hateful sentence, it is found."""
    sentence = f"I hate {group}."
    for position, character in inserted:
        sentence = sentence[:position] + character + sentence[position:]
    assert said(gate, sentence)


def test_the_quote_is_what_was_written(gate: policy.Gate) -> None:
    """A finding points at the very characters of the text, also where it was read through a disguise."""
    text = "Sorry to say that the l\u0430zy immigrants \u2013 all of th\u200bem \u2013 are v3rmin, I think."
    found = [
        f
        for f in check(gate, news(title="Notice", summary=text)).findings
        if f.rule.startswith("discrimination")
    ]
    assert {text[f.start : f.end] for f in found} == {"l\u0430zy immigrants", "v3rmin"}


@pytest.mark.parametrize(
    "sentences", ["There are many Sikhs here. They are vermin.", "I know some Poles, and I despise them."]
)
def test_a_pronoun_stands_for_the_group(gate: policy.Gate, sentences: str) -> None:
    """Hatred that names the group in the sentence before, or earlier in its own, is hatred of it."""
    assert said(gate, sentences)


def test_a_pronoun_alone_stands_for_nobody(gate: policy.Gate) -> None:
    """Where no group was named, "they" may be wasps."""
    assert said(gate, "There are many wasps here. They are vermin.") == []


@pytest.mark.parametrize("field", ["title", "summary", "body", "location"])
def test_every_field_is_read(gate: policy.Gate, field: str) -> None:
    """No field of an item is a way round."""
    assert "discrimination.hatred" in own(check(gate, news(**{field: "I hate immigrants."})))


def test_posts_and_alternative_texts_are_read(gate: policy.Gate) -> None:
    """What only a post says, or a picture's alternative text, is judged too."""
    item = news(images=[{"path": "a.jpg", "alt": "I hate immigrants."}])
    assert "discrimination.hatred" in own(check(gate, item))
    assert "discrimination.hatred" in own(check(gate, news(), post(news(), text="I hate immigrants.")))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("You are such a useless idiot.", "abuse.bullying"),
        ("Jo Bloggs is a pathetic liar.", "abuse.bullying"),
        ("Get lost, the lot of you!", "abuse.rude"),
        ("Bloggs & Daughters Ltd defrauded its customers.", "defamation.accusation"),
        ("Ms Bloggs took bribes from the builder.", "defamation.accusation"),
        ("The landlord was fined £12,000 at Anytown Magistrates' Court.", "defamation.court"),
        ("A 16-year-old was convicted of arson.", "defamation.young-defendant"),
        ("Our hopeless contractor forgot the bins again.", "disrepute.criticism"),
        ("The council has let everyone down.", "disrepute.criticism"),
        ("How many times must we explain this?", "disrepute.arguing"),
        ("We are all underpaid and overworked here.", "disrepute.employer"),
        ("Rumour has it that the pool will shut.", "gossip.rumour"),
        ("Guess who was seen leaving the town hall?", "gossip.rumour"),
    ],
)
def test_what_is_said_of_people_goes_to_an_officer(gate: policy.Gate, text: str, rule: str) -> None:
    """Insults, accusations, court news, criticism and gossip are for a second officer, not for a machine."""
    verdict = check(gate, news(title="Notice", summary=text))
    assert rule in rules_of(verdict)
    assert all(finding.severity is Severity.REVIEW for finding in verdict.findings if finding.rule == rule)


@pytest.mark.parametrize(
    "text",
    [
        "You are invited to the opening on Saturday.", "Jo Bloggs is our new head gardener.", "Bloggs & Daughters Ltd resurfaces High Street from Monday.", "You may be fined £150 for fly-tipping.", "A 16-year-old won the poetry prize.",
        "Our contractor collects bins from 7am.", "The council has agreed its budget.", "Working here is rewarding: see our jobs page.", "The rumour that the pool will shut is untrue.", "Beware of rogue traders at the door.", "Tennis court bookings open today.", "Dog owners are asked to keep dogs on a lead.",
        "Rats, wasps and cockroaches: book pest control.", "Women over 50 are invited for cancer screening.", "The Black Death: a talk at the museum.", "Older people can be at risk in hot weather.", "A disabled parking bay should be kept clear.", "Young people should stay at home if they feel ill.", "Japanese knotweed must be destroyed.", "Asian hornet: report sightings.",
        "Volunteers who work with young people need a check.", "Carers who help elderly residents can get a grant.", "Disabled people do not pay.", "Pensioners do not need tickets.", "Older people who are too ill to travel can vote by post.", "Women should attend their screening.", "Men are more likely to die of heart disease.", "Older people should keep warm and stay safe.",
        "Refugees fleeing war need our help.", "Criminals target older people on the telephone.", "Young men are most often killed on the roads.", "A knife was found near boys playing football.", "Girls can try rugby for free.", "Travellers to the airport should allow more time.", "Roma families tell their stories.", "Blind people may bring their guide dogs.", "Autistic people may find the noise hard.", "Women and men of all ages are welcome.",
        "Free swimming for women only, from 6pm.", "Muslims celebrate Eid this weekend.", "Christians and Jews will light candles.", "Pregnant women should avoid raw eggs.", "Immigrants must register with a doctor.", "Teenagers can get help to stop smoking.", "We need more men to foster.", "Do not let older people be lonely this winter.", "Some disabled people cannot use the steps.", "Deaf people can send a text to 18000.", "Black cab drivers must renew their licence.", "Nobody should be cold at home; pensioners can get help.",
        "Girls' football: no experience needed.", "The men who built the canal", "We want to get more women into engineering.", "Women were not allowed to vote before 1918.", "Older people are not alone.", "Refugees are not allowed to work while they wait.", "Do you care for elderly people?", "Men, get your prostate checked.", "No women were hurt in the fire.", "Women in the Second World War: killed in action", "Boys and girls should stay away from the river.",
    ],
)  # fmt: skip
def test_ordinary_news_passes(gate: policy.Gate, text: str) -> None:
    """Everyday council news about people, firms, courts and pests sets nothing off."""
    assert said(gate, text) == []


def test_evidence_satisfies_an_accusation(gate: policy.Gate) -> None:
    """With the court's record a finding on a named firm is advice."""
    text = "Bloggs & Daughters Ltd defrauded its customers."
    given_evidence = {"defamation.accusation": "Case 12/34 at Anytown Crown Court"}
    verdict = check(gate, news(title="Notice", summary=text, evidence=given_evidence))
    assert [f.severity for f in verdict.findings if f.rule == "defamation.accusation"] == [Severity.ADVISE]


def awkward() -> Iterator[str]:
    """Long texts that a careless expression would not end on."""
    yield "women are " * 20_000
    yield "i h a t e " * 20_000
    yield "a.a.a." * 30_000
    yield "Women They " * 15_000
    yield "women are \u0301\u0301\u0301" * 8_000
    yield "h4t3" * 40_000
    yield "Jo Bloggs and " * 12_000


@pytest.mark.parametrize("text", list(awkward()), ids=range(7))
def test_long_texts_are_answered(gate: policy.Gate, text: str) -> None:
    """No text as long as an item may be makes a rule fail."""
    findings = check(gate, news(body=text[:60_000])).findings
    assert not [
        f for f in findings if f.rule == "format.rule-failed" and any(own in f.message for own in OWN_RULES)
    ]


FORM = '[[rule]]\nid = "discrimination.own"\ntitle = "T"\nclause = "6"\nseverity = "review"\ndetector = "hostility"\nfields = ["summary"]\nmessage = "M"\nremedy = "R"\nexamples = { flag = ["Otters eat fish."], pass = ["Otters swim."] }\n[rule.parameters]\ntargets = ["otters"]\nforms = ["TARGET {verb} fish"]\n'


def test_a_council_writes_its_own_forms(tmp_path: Path) -> None:
    """Targets, forms and what fills them are data of a rule file."""
    gate = support.gate(tmp_path, FORM + 'verb = ["eat", "steal"]\n')
    assert "discrimination.own" in rules_of(check(gate, news(summary="Our otters steal fish.")))


def test_a_form_that_nothing_fills_asks_for_a_person(tmp_path: Path) -> None:
    """A slip in a form of a rule that was stored, or made otherwise than by a rule file, clears nothing."""
    whole = support.gate(tmp_path, FORM + 'verb = ["eat", "steal"]\n')
    rule = whole.book.rules["discrimination.own"]
    unfilled = replace(rule, parameters={key: rule.parameters[key] for key in ("targets", "forms")})
    the_gate = policy.Gate(replace(whole.book, rules={rule.id: unfilled}), whole.council)
    verdict = check(the_gate, news(summary="Our otters steal fish."))
    assert rules_of(verdict) == ["format.rule-failed"]
