"""`publisher account`: proposing, deciding, listing and linking by the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import AUTHOR, DIRECTOR, Answer, Bench, open_bench

PROPOSE = (
    "account", "propose", "LIB-1", "--service", "Libraries", "--channel", "libraries-x", "--address",
    "https://x.com/examplelibraries", "--case", "Hours change daily.",
)  # fmt: skip
TABLE = """
[channels.libraries-x]
adapter = "twitter"
service = "Libraries"
business_case = "LIB-1"
endpoint = "http://127.0.0.1:9"
consumer_key = "env:TEST_X_KEY"
consumer_secret = "env:TEST_X_SECRET"
access_token = "env:TEST_X_TOKEN"
access_token_secret = "env:TEST_X_TOKEN_SECRET"
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready."""
    with open_bench(tmp_path / "bench") as found:
        yield found


def run(bench: Bench, *words: str, who: str = AUTHOR, code: int = 0) -> Answer:
    """The command line as `who`; the answer, which ended with `code`."""
    answer = bench.run(*words, "--as", who)
    assert answer.code == code, answer
    return answer


def decided(bench: Bench, decision: str) -> Answer:
    """The director's decision."""
    return run(bench, "account", decision, "LIB-1", "--reason", "As asked", who=DIRECTOR)


def test_from_the_proposal_to_the_closing(bench: Bench) -> None:
    """Each step says what is next, in commands that can be copied."""
    said = run(bench, *PROPOSE).out
    assert "`publisher account approve LIB-1 --reason TEXT`" in said
    assert 'business_case = "LIB-1"' in decided(bench, "approve").out.replace("\n", " ")
    assert "Set enabled = false" in decided(bench, "close").out.replace("\n", " ")
    shown = bench.run("account", "show", "lib-1").out
    for words in (
        "closed",
        "libraries-x",
        "https://x.com/examplelibraries",
        f"by {AUTHOR}",
        f"by {DIRECTOR}",
        "Hours change",
    ):
        assert words in shown


def test_the_list_as_words_json_and_csv(bench: Bench) -> None:
    """The same accounts in each; where there is none, how one is proposed."""
    assert "account propose --help" in bench.run("account", "list").out
    run(bench, *PROPOSE)
    assert f"proposed by {AUTHOR}" in bench.run("account", "list").out
    (told,) = bench.run("account", "list", "--json").json["accounts"]
    assert (told["reference"], told["standing"], told["decided_by"]) == ("LIB-1", "proposed", None)
    (row,) = csv.DictReader(io.StringIO(bench.run("account", "list", "--csv").out.removeprefix("\ufeff")))
    assert {**row} == {name: value or "" for name, value in told.items()}


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_of_the_csv_is_a_formula(bench: Bench, start: str) -> None:
    """What an officer types is text in the director's spreadsheet, and never runs there."""
    run(bench, *PROPOSE[:-1], f"{start}HYPERLINK(1)")
    (row,) = csv.DictReader(io.StringIO(bench.run("account", "list", "--csv").out.removeprefix("\ufeff")))
    assert row["case"] == f"'{start}HYPERLINK(1)"


def test_a_refusal_is_one_line_with_a_way_out(bench: Bench) -> None:
    """The proposer, a wrong address and an unknown reference: a code and a line each."""
    run(bench, *PROPOSE)
    for words, code in (
        (("account", "approve", "LIB-1", "--reason", "Mine"), 1),
        ((*PROPOSE[:8], "ftp://x", *PROPOSE[9:]), 2),
        (("account", "show", "LIB-9"), 2),
    ):
        answer = bench.run(*words, *(() if "show" in words else ("--as", AUTHOR)))
        assert answer.code == code
        assert len(answer.err.splitlines()) == 1
        assert answer.out == ""


def test_what_is_to_be_linked_by_hand_and_what_is(bench: Bench) -> None:
    """What to do on the platform, the command that records it, and afterwards who did it when."""
    assert "nothing to link" in bench.run("account", "links").out
    run(bench, *PROPOSE)
    decided(bench, "approve")
    bench.write("config.toml", (bench.folder / "config.toml").read_text(encoding="utf-8") + TABLE)
    said = bench.run("account", "links").out
    assert "press Follow" in said
    command = said.partition("then: publisher ")[2].split()
    run(bench, *command, "--on", "2026-01-20")
    assert f"done by {AUTHOR} on 2026-01-20" in bench.run("account", "links").out
    (link,) = bench.run("account", "links", "--json").json["links"]
    assert (link["from"], link["to"], link["done"], link["done_on"]) == (
        "twitter", "libraries-x", True, "2026-01-20",
    )  # fmt: skip
    run(bench, *command, "--on", "2026-01-20", "--undo", code=2)
    run(bench, *command, "--undo")
    assert ": to do" in bench.run("account", "links").out
    run(bench, *command, "--on", "soon", code=2)
