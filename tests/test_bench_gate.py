"""The bench of the gate counts right, on a tiny folder of made-up texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.figures import Figure, percentile, wilson
from bench.gate import main
from bench.measures import GROUP_CASES

pytestmark = pytest.mark.long

CLEAN = {"title": "Library opens late", "summary": "Until 8pm on Thursdays.", "body": "Bring a friend."}
WRONG = {"title": "Library news", "summary": "Thanks to @someone for the books.", "body": ""}
CARD = "4111 1111 1111 1111"
CASE = '[[case]]\ntext = "{text}"\ngroup = "{group}"\nkind = "plain"\n'
WEIGHTS = "WeightedTweetsWithDiscountedEmojiCounterTest"


def private(text: str, words: str, kind: str, *, hard: bool = True) -> dict[str, Any]:
    start = text.index(words)
    return {"text": text, "hard": hard, "spans": [[start, start + len(words), kind]]}


FILES: dict[str, list[dict[str, Any]]] = {
    "clean_gov_news": [CLEAN, CLEAN, WRONG],
    "clean_gov_events": [CLEAN],
    "clean_govuk": [CLEAN | {"summary": ""}],
    "clean_numbers": [{"text": "The meeting is in room 12 on floor 3."}],
    "pii_uk_templates": [
        private(f"My card is {CARD}, please.", CARD, "CARD"),
        private("The library has a card index.", "card index", "CARD"),
        private("Nobody is meant here.", "Nobody", "PERSON"),
        private("Not for us: a card index.", "card index", "CARD", hard=False),
    ],
    "pii_presidio_research": [private(f"Card\ufffd {CARD}", CARD, "CREDIT_CARD"), private("In Rome.", "Rome", "GPE")],
    "twitter_text": [
        {"suite": "validate", "test": WEIGHTS, "desc": "a", "text": "abc", "expected": {"weightedLength": 3}},
        {"suite": "validate", "test": WEIGHTS, "desc": "b", "text": "abc", "expected": {"weightedLength": 4}},
        {"suite": "extract", "test": "urls", "desc": "c", "text": "abc", "expected": []},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole folder, with cases beside it."""
    folder = tmp_path_factory.mktemp("data")
    for name, rows in FILES.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (folder / "cases").mkdir()
    identity = GROUP_CASES * CASE.format(text="We are gardeners.", group="a")
    identity += GROUP_CASES * CASE.format(text="Ask @someone.", group="b")
    identity += CASE.format(text="We are few.", group="c")
    (folder / "cases" / "identity.toml").write_text(identity, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def figures(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the bench prints of the folder as JSON, by key."""
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main([str(data), "--cases", str(data / "cases"), "--json"]) == 0
    return {figure["key"]: figure for figure in json.loads(out.getvalue()) if figure["key"]}


@pytest.mark.parametrize(
    ("key", "hits", "n"),
    [
        ("clean", 1, 5),
        ("clean-blocked", 1, 5),
        ("clean-one-way", 1, 5),
        ("private-CARD", 2, 3),
        ("private-DOB", 0, 0),
        ("private-clean", 0, 5),
        ("private-numbers", 0, 1),
        ("identity-rules", GROUP_CASES, 2 * GROUP_CASES + 1),
        ("hate-rules", 0, 0),
        ("weights", 1, 2),
    ],
)
def test_the_bench_counts_right(figures: dict[str, Any], key: str, hits: int, n: int) -> None:
    """Each line of the table has the hits and the texts that are really there."""
    assert (figures[key]["hits"], figures[key]["n"]) == (hits, n)


def test_the_gap_is_between_the_groups(figures: dict[str, Any]) -> None:
    """One group wholly referred and one not at all are a hundred points apart, which is too far; one of few is left out."""
    assert figures["gap-rules"]["n"] == len("ab")
    assert (figures["gap-rules"]["measured"], figures["gap-rules"]["reached"]) == (100.0, False)


def test_what_was_not_measured_is_not_reached(figures: dict[str, Any]) -> None:
    """No text of a kind is no success: the line says neither yes nor no."""
    assert figures["private-DOB"]["reached"] is None
    assert figures["private-CARD"]["reached"] is False
    assert figures["private-clean"]["reached"] is True


def test_the_addresses_are_told_apart(figures: dict[str, Any]) -> None:
    """The decisions on own and other addresses are all right, whatever data is given."""
    assert figures["addresses"]["hits"] == figures["addresses"]["n"]


def test_what_counts_against_a_line_is_listed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--show names each miss with its words, so that a rule can be mended; an unknown name lists those there are."""
    words = [str(data), "--cases", str(data / "cases")]
    assert main([*words, "--show", "private-CARD"]) == 0
    assert "»card index« in: The library has a card index." in capsys.readouterr().out
    assert main([*words, "--show", "nonsense"]) == 2
    assert "private-CARD" in capsys.readouterr().err


@pytest.mark.parametrize("given", [[], ["nowhere"]])
def test_without_data_it_says_what_is_missing(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """No folder, or one that is not whole, is one clear line and exit code 2."""
    assert main(given) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_intervals_are_wilsons() -> None:
    """The published example: 81 of 263 is 0.2553 to 0.3662 (Newcombe, Stat. Med. 17, 1998, table I); ends stay ends."""
    assert [round(bound, 4) for bound in wilson(81, 263)] == [0.2553, 0.3662]
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0


def test_a_target_may_be_a_floor_or_a_ceiling() -> None:
    """At the target exactly it is reached, whichever way it is meant."""
    assert Figure("a", 1, 2, least=0.5).reached is True
    assert Figure("a", 1, 2, most=0.5).reached is True
    assert Figure("a", 1, 2, most=0.4).reached is False
    assert Figure("a", 1, 2).reached is None


def test_percentiles_are_of_the_values_measured() -> None:
    """The middle and the 95th of a hundred values are values that were measured."""
    assert (percentile(range(100), 0.5), percentile(range(100), 0.95)) == (50, 95)
    assert percentile([], 0.5) == 0.0
