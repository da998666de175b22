"""The command line as a whole: help, errors at one edge, exit codes, output that is safe to show."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from cli_support import ROOT, Bench, open_bench, soon
from record_support import by_hand

from publisher import __version__
from publisher.cli import VERBS, _edge, group
from publisher.errors import EgressRefused

GROUPS = sorted(
    verb for verb in VERBS if isinstance(group.get_command(click.Context(group), verb), click.Group)
)
"""The verbs that have verbs of their own."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready."""
    with open_bench(tmp_path) as made:
        yield made


def test_the_help_groups_the_verbs_by_what_they_are_for(bench: Bench) -> None:
    """`publisher --help` names every verb once, under the three headings."""
    answer = bench.run("--help")
    assert answer.code == 0
    assert re.findall(r"^(\w[\w ]+):$", answer.out, re.MULTILINE) == [
        "Options",
        "Every day",
        "Deciding",
        "Setting up",
    ]
    assert all(len(re.findall(rf"^  {verb} ", answer.out, re.MULTILINE)) == 1 for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_help_with_examples(bench: Bench, verb: str) -> None:
    """`publisher VERB --help` says what it does, fits the screen, and shows lines to copy."""
    answer = bench.run(verb, "--help")
    assert answer.code == 0
    assert "Examples:" in answer.out
    assert f"  publisher {verb}" in answer.out
    assert max(map(len, answer.out.splitlines())) <= 90


@pytest.mark.parametrize("verb", sorted({*VERBS} - {*GROUPS}))
def test_every_verb_takes_json_and_config(verb: str) -> None:
    """--json and --config are the same everywhere, so that scripts need no exceptions."""
    command = group.get_command(group.make_context("publisher", ["list"]), verb)
    assert command is not None
    flags = {flag for parameter in command.params for flag in parameter.opts}
    assert {"--json", "--config", "--no-color"} <= flags


@pytest.mark.parametrize("words", [(), *((verb,) for verb in GROUPS)])
def test_a_verb_that_is_missing_gets_the_help(bench: Bench, words: tuple[str, ...]) -> None:
    """Whoever types too little asks for the help: on stdout, whole, and no failure."""
    bare, asked = bench.process(*words), bench.process(*words, "--help")
    assert (bare.returncode, bare.stderr) == (0, b"")
    assert bare.stdout == asked.stdout


def leaves(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command under `command`, itself too, with the words that lead to it."""
    yield words, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            assert inner
            yield from leaves(inner, (*words, name))


COMMANDS = dict(leaves(group, ("publisher",)))


@pytest.mark.parametrize("words", [words for words in COMMANDS if len(words) > 1], ids=" ".join)
def test_examples_work_when_they_are_pasted(words: tuple[str, ...]) -> None:
    """Each line of a help's Examples is taken by the command line as it stands."""
    lines = (COMMANDS[words].epilog or "").replace("\\\n", " ").splitlines()[2:]
    assert lines
    for line in lines:
        typed = re.sub(r"^ *(?:[A-Z_]+=\S+ )*", "", re.split(r" [<>|] ?", line)[0])
        assert "…" not in typed
        given = tuple(shlex.split(typed))
        path = max((path for path in COMMANDS if given[: len(path)] == path), key=len)
        with contextlib.suppress(click.exceptions.Exit):  # --help
            COMMANDS[path].make_context(path[-1], list(given[len(path) :]))


def test_a_mistyped_flag_names_the_nearest(bench: Bench) -> None:
    """The hint is a sentence of its own."""
    assert "--sumary'. Did you mean" in bench.run("news", "Hello", "--sumary", "x").err.replace('"', "'")


def test_the_version_is_the_packages(bench: Bench) -> None:
    """`publisher --version` says which program this is."""
    assert bench.run("--version").out == f"publisher {__version__}\n"


@pytest.mark.parametrize(("typed", "meant"), [("nwes", "news"), ("lst", "list"), ("aprove", "approve")])
def test_a_mistyped_verb_names_the_nearest(bench: Bench, typed: str, meant: str) -> None:
    """An unknown verb is wrong input, with the right one named."""
    answer = bench.run(typed)
    assert (answer.code, answer.out) == (2, "")
    assert f"`publisher {meant}`" in answer.err


def test_wrong_usage_is_one_line_and_two(bench: Bench) -> None:
    """A flag that is missing or unknown is exit code 2, in one line that says where the help is."""
    for words in (("withdraw", "abc"), ("list", "--nonsense"), ("show",)):
        answer = bench.run(*words)
        assert answer.code == 2
        assert answer.err.count("\n") == 1
        assert "--help`" in answer.err


def test_an_expected_error_is_one_line_with_a_way_out(bench: Bench) -> None:
    """What goes wrong is said in one line on stderr; with --json also as an object on stdout."""
    plain, asked = bench.run("show", "nothere"), bench.run("show", "nothere", "--json")
    assert plain.code == asked.code == 2
    assert plain.out == ""
    assert plain.err == asked.err
    assert plain.err.startswith("publisher: there is no item 'nothere'")
    assert plain.err.count("\n") == 1
    assert "publisher list --all" in asked.json["way_out"]
    assert set(asked.json) == {"error", "field", "way_out"}


def test_without_a_set_up_the_way_out_is_init(tmp_path: Path) -> None:
    """A folder with nothing in it is told what to do first."""
    answer = Bench(tmp_path).run("list")
    assert answer.code == 2
    assert "publisher init" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_config_key_names_the_nearest(bench: Bench) -> None:
    """A slip in config.toml is found before anything is done."""
    text = (bench.folder / "config.toml").read_text(encoding="utf-8")
    bench.write("config.toml", text.replace("database =", "databse ="))
    answer = bench.run("list")
    assert answer.code == 2
    assert "queue.databse" in answer.err
    assert "Did you mean database?" in answer.err


def test_config_is_taken_before_and_after_the_verb(bench: Bench, tmp_path: Path) -> None:
    """--config works in both places, and paths in it are relative to it, wherever one stands."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other, path = Bench(elsewhere), str(bench.folder / "config.toml")
    bench.news()
    first, second = (
        other.run("--config", path, "list", "--json"),
        other.run("list", "--json", "--config", path),
    )
    assert first.json == second.json
    assert len(first.json["items"]) == 1


def test_a_bug_becomes_a_private_log_file_and_seventy(bench: Bench) -> None:
    """A failure nobody thought of shows no traceback: it goes into a file that only this account reads."""
    made = bench.news()
    by_hand(bench.folder / "data" / "queue.db", "UPDATE event SET at = 'never'")
    answer = bench.run("show", made["id"])
    assert answer.code == 70
    assert "Traceback" not in answer.err
    (log,) = (bench.folder / "data").glob("publisher-bug-*.log")
    assert log.name in answer.err
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_an_interrupted_stream_is_a_hundred_and_thirty(bench: Bench) -> None:
    """Ctrl-C in the middle of a stream: what was answered stays answered, no traceback, exit code 130."""
    process = subprocess.Popen(
        [sys.executable, "-m", "publisher", "check", "--jsonl"],
        cwd=bench.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    process.stdin.write(b'{"kind": "news", "title": "Library opens late", "summary": "Until 8pm."}\n')
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["verdict"] == "clear"
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (130, b"publisher: interrupted.\n")


def test_a_refused_call_is_a_bug_at_the_edge_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """EgressRefused is no Exception, so that libraries cannot swallow it; the edge still tells it in one line."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def work() -> None:
        raise EgressRefused("POST nowhere")

    assert _edge.guarded(work, ["--config", str(tmp_path / "none.toml")]) == 70
    assert [log.suffix for log in tmp_path.iterdir()] == [".log"]


def test_control_characters_never_reach_the_terminal(bench: Bench) -> None:
    """What steers a terminal is shown as its code, wherever it came from."""
    answer = bench.run("show", "x\x1b]0;owned\x07\u202e")
    assert answer.code == 2
    assert "\x1b" not in answer.err
    assert "\u202e" not in answer.err


def test_colour_only_where_somebody_sees_it(bench: Bench) -> None:
    """Not a terminal: no colour; the words say all that the colours do."""
    bench.news()
    shown = bench.process("list", environment={"FORCE_COLOR": "1"})
    assert shown.returncode == 0
    assert b"queued" in shown.stdout
    assert b"\x1b" not in shown.stdout


@pytest.mark.long
@pytest.mark.parametrize("how", ["flag", "environment", "neither"])
def test_a_terminal_gets_colour_unless_it_is_switched_off(bench: Bench, how: str) -> None:
    """On a terminal states are coloured; --no-color and NO_COLOR take it away."""
    bench.news()
    words = ["list"] + (["--no-color"] if how == "flag" else [])
    code, shown = bench.terminal(words, environment={"NO_COLOR": "1"} if how == "environment" else {})
    assert code == 0
    assert b"queued" in shown
    assert (b"\x1b[" in shown) is (how == "neither")


def test_json_is_utf8_whatever_the_terminal_speaks(bench: Bench) -> None:
    """A program that reads our JSON gets UTF-8 even where the locale is plain ASCII."""
    bench.news(title="Café opens in the Müller hall")
    shown = bench.process("list", "--json", environment={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    assert json.loads(shown.stdout.decode("utf-8"))["items"][0]["title"] == "Café opens in the Müller hall"


@pytest.mark.long
def test_words_survive_an_ascii_terminal(bench: Bench) -> None:
    """A terminal that cannot show a letter is no reason to fail."""
    bench.news(title="Café opens in the Müller hall")
    shown = bench.process("list", environment={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    assert shown.returncode == 0, shown.stderr
    assert b"opens in the" in shown.stdout


UNREAD: dict[str, tuple[str, ...]] = {
    "an answer": ("list", "--json"),
    "a block": ("check", "item.json"),
    "a stream": ("check", "--jsonl", "item.json"),
    "an error": ("show", "nothere", "--json"),
    "the help": ("--help",),
    "the help of too little": (),
}


@pytest.mark.long
@pytest.mark.parametrize("case", UNREAD)
def test_a_reader_that_stops_reading_is_told_apart(bench: Bench, case: str) -> None:
    """`publisher check FILE | head -1` ends without a word, and with a shell's 141: no 0 hides what nobody read."""
    item = {"kind": "news", "title": "The fair", "summary": "We never say this about the fair."}
    bench.write("item.json", json.dumps(item))
    assert unread(bench, UNREAD[case], subprocess.PIPE) == (141, b"")


def test_an_error_that_nobody_reads_is_told_apart_too(bench: Bench) -> None:
    """`publisher show nothere 2>&1 | head -0`: stderr may be closed as well."""
    assert unread(bench, ("show", "nothere"), subprocess.STDOUT) == (141, None)


def unread(bench: Bench, words: tuple[str, ...], stderr: int) -> tuple[int, bytes | None]:
    """The command line with a stdout whose reader has gone; exit code, and what stands on stderr."""
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [sys.executable, "-m", "publisher", *words],
        cwd=bench.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=theirs, stderr=stderr, check=False,
        timeout=60,
    )  # fmt: skip
    os.close(theirs)
    return done.returncode, done.stderr


@pytest.mark.long
def test_who_acts_is_the_flag_then_the_environment(bench: Bench) -> None:
    """--as wins over PUBLISHER_OFFICER, which wins over the login at the machine."""
    words = ("news", "Library opens late", "--summary", "Until 8pm.", "--at", soon(), "--json")
    assert bench.process(*words, environment={"PUBLISHER_OFFICER": "mallory"}).returncode == 1
    assert bench.process(*words, "--as", "sam", environment={"PUBLISHER_OFFICER": "mallory"}).returncode == 0


def test_a_new_secret_is_printed_and_kept_nowhere(bench: Bench) -> None:
    """`source secret` gives a Standard Webhooks secret, a different one each time."""
    first, second = bench.run("source", "secret"), bench.run("source", "secret", "--json")
    assert first.out.startswith("whsec_")
    assert second.json["secret"].startswith("whsec_")
    assert first.out.strip() != second.json["secret"]


def test_a_rehearsal_says_that_it_rehearses_no_council_s_own_settings(bench: Bench) -> None:
    """Whoever names a config.toml is told that it has no effect; one that is not there is a slip."""
    told = bench.run("rehearse", "--list", "--config", "config.toml")
    assert (told.code, "--config has no effect here" in told.err) == (0, True), told
    for words in (("rehearse", "--list"), ("demo",)):
        missing = bench.run(*words, "--config", "nowhere.toml")
        assert (missing.code, "there is no file nowhere.toml" in missing.err) == (2, True), missing
