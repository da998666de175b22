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
access_token = "env:TEST_LIBRARIES_X_TOKEN"
access_token_secret = "env:TEST_LIBRARIES_X_SECRET"
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
    lines = shown.splitlines()
    assert lines[1] == "  case      Hours change daily."
    steps = [line.split()[0] + " by " + line.split()[-1] for line in lines if " by " in line]
    assert steps == [f"proposed by {AUTHOR}", f"approved by {DIRECTOR}", f"closed by {DIRECTOR}"]


def test_a_closed_account_still_says_who_approved_it(bench: Bench) -> None:
    """Who, when and why, beside who closed it: in the list's CSV, in JSON, and each reason in the words for people."""
    run(bench, *PROPOSE)
    run(bench, "account", "approve", "LIB-1", "--reason", "Readers need it", who=DIRECTOR)
    run(bench, "account", "close", "LIB-1", "--reason", "The service ended", who=DIRECTOR)
    (row,) = csv.DictReader(io.StringIO(bench.run("account", "list", "--csv").out.removeprefix("\ufeff")))
    assert (row["approved_by"], row["approved_reason"]) == (DIRECTOR, "Readers need it")
    assert (row["decided_by"], row["reason"]) == (DIRECTOR, "The service ended")
    told = bench.run("account", "show", "LIB-1", "--json").json
    assert [(step["standing"], step["reason"]) for step in told["history"]] == [
        ("proposed", ""), ("approved", "Readers need it"), ("closed", "The service ended"),
    ]  # fmt: skip
    assert row["approved_at"] == told["history"][1]["at"] != told["decided_at"]
    shown = bench.run("account", "show", "LIB-1").out
    assert "Readers need it" in shown
    assert "The service ended" in shown


def test_a_case_is_taken_back_by_its_proposer(bench: Bench) -> None:
    """The refusal names the command; afterwards it is withdrawn, by whom and why."""
    run(bench, *PROPOSE, who=AUTHOR)
    assert run(bench, "account", "withdraw", "LIB-1", "--reason", "x", who=DIRECTOR, code=1).out == ""
    said = run(bench, "account", "withdraw", "LIB-1", "--reason", "The website does it").out
    assert "LIB-1 is withdrawn." in said
    assert "The website does it" in bench.run("account", "show", "LIB-1").out
    assert f"withdrawn by {AUTHOR}" in bench.run("account", "list").out


def test_links_say_what_lacks_a_corporate_account(bench: Bench) -> None:
    """An approved account alone on its platform is named, where people ask and where they record."""
    run(bench, *PROPOSE)
    decided(bench, "approve")
    text = (bench.folder / "config.toml").read_text(encoding="utf-8")
    bench.write(
        "config.toml", text.replace("[channels.twitter]", "[channels.twitter]\nenabled = false") + TABLE
    )
    words = "libraries-x has no corporate account on X that is switched on."
    assert bench.run("account", "links").out == f"{words}\n"
    assert bench.run("account", "links", "--json").json == {
        "links": [], "alone": [{"channel": "libraries-x", "platform": "X"}],
    }  # fmt: skip
    assert words in run(bench, "account", "linked", "twitter", "libraries-x", code=2).err


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
    assert f"done by {AUTHOR} on 20 Jan 2026" in bench.run("account", "links").out
    (link,) = bench.run("account", "links", "--json").json["links"]
    assert (link["from"], link["to"], link["done"], link["done_on"]) == (
        "twitter", "libraries-x", True, "2026-01-20",
    )  # fmt: skip
    run(bench, *command, "--on", "2026-01-20", "--undo", code=2)
    run(bench, *command, "--undo")
    assert ": to do" in bench.run("account", "links").out
    run(bench, *command, "--on", "soon", code=2)
