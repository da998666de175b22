"""What is declared of detectors' parameters is what the detectors read, what our rules say, and what the guide lists."""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from publisher.policy import parameters, slips
from publisher.policy.detectors import DETECTORS, cues, hostility, second_reader, wording
from publisher.policy.examples import judge
from publisher.policy.gate import Gate
from publisher.policy.hosts import Council
from publisher.policy.parameters import OPEN, PARAMETERS, Parameter, Sense
from publisher.policy.rulefile import read_file
from publisher.policy.rules import BUILT_IN, CATEGORIES, CLAUSES, Rule, files_of, read
from publisher.reader import HEADS

BOOK = read([BUILT_IN])
GUIDE = (Path(__file__).parent.parent / "docs" / "rules.md").read_text(encoding="utf-8")
GIVEN = "parameters"
"""What detectors, and the functions that they hand them on to, call what a rule gives them."""
BY_OTHER_WAYS = {
    "emergency": {"waits"},  # read by the gate itself, see tests/test_emergencies.py
    "hostility": set(PARAMETERS["hostility"]),
    "second_reader": set(second_reader.NAMES),
    "together": {f"{cues.SIGN}{OPEN}"},
}
"""Parameters that are read by names that stand in no function; see the tests below."""


@cache
def read_by(function: Callable[..., Any]) -> tuple[frozenset[str], frozenset[str]]:
    """The parameters that a function, or one that it hands them on to, must have, and those that it can do without."""
    must: set[str] = set()
    may: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(function))):
        if isinstance(node, ast.Subscript) and is_given(node.value) and isinstance(node.slice, ast.Constant):
            must.add(str(node.slice.value))
        elif (
            isinstance(node, ast.Compare)
            and is_given(node.comparators[0])
            and isinstance(node.left, ast.Constant)
        ):
            may.add(str(node.left.value))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == f"{GIVEN}.get":
            may.add(ast.literal_eval(node.args[0]))
        elif isinstance(node, ast.Call) and any(map(is_given, node.args)):
            for inner in called(node.func, function):
                there, perhaps = read_by(inner)
                must, may = must | there, may | perhaps
    return frozenset(must - may), frozenset(may)


def is_given(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == GIVEN


def called(name: ast.expr, by: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """The function of ours that `name` stands for where it is called."""
    found = eval(ast.unparse(name), vars(sys.modules[by.__module__]))  # noqa: S307  # our own source
    if getattr(found, "__module__", "").startswith("publisher.policy.detectors"):
        yield found


def declared(detector: str, *, needed: bool) -> set[str]:
    return {name for name, each in PARAMETERS[detector].items() if is_needed(each) is needed}


def is_needed(parameter: Parameter) -> bool:
    return parameter.needed or bool(parameter.beside)


def test_every_detector_is_declared() -> None:
    """A rule may name each detector, and no other."""
    assert set(PARAMETERS) == set(DETECTORS)


@pytest.mark.parametrize("detector", DETECTORS)
def test_what_a_detector_reads_is_declared(detector: str) -> None:
    """Each parameter that a detector reads is declared, none that it does not; needed is what it reads without asking."""
    must, may = read_by(DETECTORS[detector])
    others = BY_OTHER_WAYS.get(detector, set())
    assert must | may | others == set(PARAMETERS[detector])
    if detector not in BY_OTHER_WAYS:
        needed, others = declared(detector, needed=True), declared(detector, needed=False)
        assert must <= needed
        assert others <= may
        assert {name for name in needed if PARAMETERS[detector][name].needed} <= must


def test_the_parameters_of_hostility_are_those_of_its_reader() -> None:
    """It compiles them by name; whatever else a rule gives it must fill a form."""
    source = inspect.getsource(hostility._Reader)
    named = re.findall(r'(?:_filled|_wrongly|_phrases|given\.get)\("(\w+)"', source)
    assert set(named) == set(PARAMETERS["hostility"]) - {OPEN}


def test_the_texts_of_our_own_rules_are_right() -> None:
    """What is looked at in a council's rule files holds in ours: words, expressions, clauses and rules that they name."""
    files = [read_file(file, frozenset({"rule", "tables", "more"})) for file in files_of(BUILT_IN)]
    rules = [entry for file in files for entry in file.entries("rule", "id")]
    slips.demand_texts(rules, [file.table("tables") for file in files], BOOK.rules)
    assert {clause for rule in BOOK.rules.values() for clause in rule.clause.split(", ")} <= set(CLAUSES)


def test_what_may_be_chosen_is_what_was_trained() -> None:
    """The kinds and heads that a rule may name are those of the weights that come with the program."""
    kinds = json.loads(wording.WEIGHTS.read_bytes())["kinds"]
    heads = json.loads(HEADS.read_bytes())["heads"]
    for detector, key, there in (("wording", "kind", kinds), ("second_reader", "head", heads)):
        right, said = PARAMETERS[detector][key].shape
        assert said == f"one of {', '.join(sorted(there))}"
        assert all(map(right, there))


def test_what_more_of_a_value_does_is_declared() -> None:
    """Of every list, number and flag it is said which way it loosens, or a folder could weaken a rule unseen."""
    unknown = {
        f"{detector}.{name}"
        for detector in PARAMETERS
        for name, each in PARAMETERS[detector].items()
        if each.sense is None and any(each.shape[0](value) for value in (["own"], ["1"], ["line"], 1, True))
    }
    assert unknown == {"unused_evidence.accepting"}  # the table that the program makes


BOTH_WAYS = {("birth_date", "before"), ("unlabelled", "known_hosts")}
"""Parameters that find in one rule, or place, what they excuse in another; they are declared by what weighs more."""


@pytest.mark.long
def test_more_of_a_value_does_what_is_declared() -> None:
    """With less of what finds our rules' own examples have no finding more, with less of what excuses none fewer."""
    seen: set[tuple[str, str]] = set(BOTH_WAYS)
    for rule in BOOK.rules.values():
        for key in rule.parameters:
            parameter = parameters.of(rule.detector, key)
            if (rule.detector, key) in seen or parameter is None or parameter.sense is None:
                continue
            less = lessened(rule, key, parameter)
            seen.add((rule.detector, key))
            counts = counted(less), counted_as_it_is(rule.id)
            stricter, looser = counts if parameter.sense is Sense.EXCUSES else reversed(counts)
            pairs = zip(stricter, looser, strict=True)
            assert all(one >= other for one, other in pairs), (rule.id, key)


def lessened(rule: Rule, key: str, parameter: Parameter) -> Rule:
    """The rule with a third of a number, false for true, one entry of a list that finds, and none of one that excuses."""
    value = rule.parameters[key]
    if isinstance(value, str):
        value = BOOK.tables.get(value.removeprefix(parameters.TABLE), ())
    if isinstance(value, int):
        less: Any = value // 3 if type(value) is int else False
    else:
        less = () if parameter.sense is Sense.EXCUSES else value[:1]
    return replace(rule, parameters={**rule.parameters, key: less})


@cache
def counted_as_it_is(name: str) -> list[int]:
    """The same of a rule of ours: once, however many parameters it has."""
    return counted(BOOK.rules[name])


def counted(rule: Rule) -> list[int]:
    """How many findings each of the rule's examples has, by this rule alone."""
    gate = Gate(replace(BOOK, rules={rule.id: rule}), Council("Wexcombe", ("wexcombe.gov.uk",)))
    given = [*rule.examples[slips.FLAG], *rule.examples[slips.PASS]]
    return [len(judge(gate, example, "wexcombe.gov.uk").findings) for example in given]


def test_the_guide_lists_the_categories() -> None:
    """Whoever names a rule finds there what its id may begin with."""
    (listed,) = re.findall(r"^An id begins with one of: (.*?)\.$", GUIDE, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`([a-z-]+)`", listed)) == CATEGORIES


def test_the_guide_lists_the_clauses() -> None:
    """Whoever cites the policy finds there what may be cited."""
    (listed,) = re.findall(r"^A rule cites clauses of the policy: (.*?)\.$", GUIDE, re.MULTILINE | re.DOTALL)
    assert tuple(re.findall(r"`(\w+)`", listed)) == CLAUSES


def test_the_guide_lists_the_detectors() -> None:
    """One line for each detector, with the parameters that it needs and those that a rule may leave out."""
    lines = re.findall(r"^- `(\w+)`: .*?\.(?: Needs (.*?)\.)?(?: May have (.*?)\.)?$", GUIDE, re.MULTILINE)
    listed = {name: [set(re.findall(r"`([\w*]+)`", part)) for part in parts] for name, *parts in lines}
    assert sorted(name for name, *_ in lines) == sorted(DETECTORS)
    for detector, (needs, may_have) in listed.items():
        told = {name: parameter.needed for name, parameter in PARAMETERS[detector].items()}
        assert needs == {name for name, needed in told.items() if needed}, detector
        assert may_have == {name for name, needed in told.items() if not needed}, detector
