"""`publisher risk`: a director accepts and ends it, anybody sees it, by the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from cli_support import AUTHOR, DIRECTOR, Answer, Bench, open_bench

TABLE = """
[channels.instagram-app]
adapter = "instagrapi"
enabled = false
user_id = "7"
session = "file:session.json"
"""
OFF = 'adapter = "instagrapi"\nenabled = false\n'
REVIEW = (date.today() + timedelta(days=200)).isoformat()  # noqa: DTZ011  # the day here is the council's, or the one before


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready, with a channel that is against its platform's terms."""
    with open_bench(tmp_path / "bench") as found:
        file = found.folder / "config.toml"
        file.write_text(file.read_text(encoding="utf-8") + TABLE, encoding="utf-8")
        yield found


def run(bench: Bench, *words: str, who: str = DIRECTOR, code: int = 0) -> Answer:
    """`publisher risk …` as `who`; the answer, which ended with `code`."""
    answer = bench.run("risk", *words, *(("--as", who) if words[0] != "list" else ()))
    assert answer.code == code, answer
    return answer


def accept(bench: Bench, *, who: str = DIRECTOR, code: int = 0, review: str = REVIEW, channel: str = "instagram-app") -> Answer:  # fmt: skip
    return run(bench, "accept", channel, "--reason", "No Page yet", "--review", review, who=who, code=code)


def plain(answer: Answer) -> str:
    return " ".join(answer.out.split())


def test_from_the_word_to_its_end(bench: Bench) -> None:
    """Each step says what is, whose word it is, and what is next."""
    assert "not accepted" in run(bench, "list").out
    said = plain(accept(bench))
    assert f"by the word of {DIRECTOR}" in said
    assert "terms of use forbid" in said
    assert "set enabled = true" in said
    shown = plain(run(bench, "list"))
    assert f"instagram-app {DIRECTOR}" in shown
    assert "accepted because: No Page yet" in shown
    assert "nothing more is sent there" in plain(
        run(bench, "end", "instagram-app", "--reason", "It is linked")
    )
    run(bench, "end", "instagram-app", "--reason", "It is linked", code=2)
    assert "risk accepted" in bench.run("audit", "log", "--as", DIRECTOR).out


def test_the_doctor_says_nothing_of_one_that_is_switched_off(bench: Bench) -> None:
    """Nothing goes there: that nobody accepted its risk is as it should be."""
    checks = bench.run("doctor", "--offline", "--json").json["checks"]
    assert "risks" not in {check["name"] for check in checks}
    assert "clock" in {check["name"] for check in checks}  # the queue was looked at


def test_programs_get_json(bench: Bench) -> None:
    """The same, with every key; what is not on record is null."""
    (one,) = run(bench, "list", "--json").json["risks"]
    assert (one["channel"], one["standing"], one["enabled"]) == ("instagram-app", "not accepted", False)
    assert [one[name] for name in ("reason", "accepted_by", "accepted_at", "review_on")] == [None] * 4
    given = ("--reason", "No Page yet", "--review", REVIEW, "--json")
    made = run(bench, "accept", "instagram-app", *given).json
    assert (made["standing"], made["accepted_by"], made["review_on"]) == ("accepted", DIRECTOR, REVIEW)
    ended = run(bench, "end", "instagram-app", "--reason", "It is linked", "--json").json
    assert ended["standing"] == "not accepted"


def test_whether_a_channel_is_open_is_told_and_not_read_from_words(bench: Bench) -> None:
    """`open` and `way_out` say it, for programs and for the list: a yes that is due soon still opens, and says how to renew it."""
    (one,) = run(bench, "list", "--json").json["risks"]
    decide = "A director decides with `publisher risk accept instagram-app --reason TEXT --review DATE`"
    assert (one["open"], decide in one["way_out"]) == (False, True)
    soon = (date.today() + timedelta(days=9)).isoformat()  # noqa: DTZ011  # as REVIEW
    for review, way_out in ((soon, decide), (REVIEW, "official way")):
        accept(bench, review=review)
        (one,) = run(bench, "list", "--json").json["risks"]
        assert (one["open"], way_out in one["way_out"]) == (True, True)
        assert "is closed" not in switched_on(bench)
    run(bench, "end", "instagram-app", "--reason", "It is linked")
    assert f"instagram-app is closed. {decide}" in switched_on(bench)


def switched_on(bench: Bench) -> str:
    """What the list says of the channel, were it switched on in place of the official one."""
    file = bench.folder / "config.toml"
    text = file.read_text(encoding="utf-8")
    changed = text.replace(OFF, OFF.replace("enabled = false\n", ""))
    changed = changed.replace("[channels.instagram]\n", "[channels.instagram]\nenabled = false\n")
    file.write_text(changed, encoding="utf-8")
    try:
        return plain(run(bench, "list"))
    finally:
        file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"who": AUTHOR}, 1, "director"), ({"review": "2099-01-01"}, 2, "within a year"), ({"review": "tomorrow"}, 2, "--review"),
        ({"channel": "facebook"}, 2, "nothing to accept"), ({"channel": "instagram-ap"}, 2, "instagram-app"),
    ],
)  # fmt: skip
def test_a_no_says_why(given: dict[str, str], code: int, words: str, bench: Bench) -> None:
    """One line with what is wrong; nothing is accepted."""
    assert words in accept(bench, code=code, **given).err
    assert run(bench, "list", "--json").json["risks"][0]["standing"] == "not accepted"


def test_where_there_is_none_it_says_so(tmp_path: Path) -> None:
    """A council that keeps all terms reads one line."""
    with open_bench(tmp_path / "bench") as found:
        assert "No channel in config.toml" in run(found, "list").out
