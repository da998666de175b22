"""`publisher channel`: whose account each channel posts to, for officers and directors, here and at a server."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import Council, open_council
from cli_support import AUTHOR, DIRECTOR, Bench, open_bench
from support import Office, open_office, sampled

from publisher.rehearsal import office as rehearsal
from publisher.rehearsal.faults import Fault
from publisher.ways import SERVER, TOKEN_FILE

OTHER = "999999999999999"
WHY = ("--reason", "We moved to another account")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder whose platforms are not there."""
    with open_bench(tmp_path / "bench") as found:
        yield found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A council on stand-in platforms."""
    with open_office(tmp_path / "office") as found:
        yield found


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Council]:
    """A council whose API answers, and whose platforms are not there."""
    with open_council(tmp_path / "served") as found:
        yield found


def x_is(office: Office, number: str, name: str = "parish") -> None:
    """The next time that X is asked whose account it is, it says this."""
    told = {"data": {"id": number, "name": "Parish", "username": name}}
    office.platforms.x.fail_next("GET", "^/2/users/me$", Fault.refuse(200, told))


def plain(text: str) -> str:
    """As one line, however it was wrapped."""
    return re.sub(r"\s+", " ", text)


def test_before_anybody_asked_nothing_is_on_record(bench: Bench) -> None:
    """The list says so of each platform, and of the website that it has no account; no platform is asked for it."""
    answer = bench.run("channel", "list")
    assert answer.code == 0, answer
    assert answer.out.count("not on record yet") == 3
    assert "none: a website" in answer.out
    told = bench.run("channel", "list", "--json").json["channels"]
    assert [row["standing"] for row in told] == ["good", "attention", "attention", "attention"]
    assert "`publisher channel check facebook`, or start the daemon" in plain(answer.out)
    shown = plain(bench.run("channel", "show", "facebook").out)
    assert "not on record yet" in shown
    assert "the platform does not tell" not in shown
    assert "facebook:" not in bench.run("list").out


@pytest.mark.parametrize(("version", "standing"), [("v20.0", "wrong"), ("v26.0", "attention")])
def test_a_version_that_has_ended_is_told_although_nobody_was_asked(
    bench: Bench, version: str, standing: str
) -> None:
    """Meta serves another in its place: posts go on, and a person puts it right."""
    config = (bench.folder / "config.toml").read_text(encoding="utf-8")
    bench.write("config.toml", config.replace('page_id = "', f'version = "{version}"\npage_id = "'))
    row = bench.run("channel", "show", "facebook", "--json").json
    words = " ".join(one["words"] for one in row["troubles"])
    assert (row["standing"], "ended on 24 September 2026" in words) == (standing, standing == "wrong")
    bench.news()
    assert not [
        step for item in bench.run("list", "--json").json["items"] for step in item["next"] if "v20.0" in step
    ]


def test_what_a_shell_lacks_says_nothing_of_the_channel(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever checks without the daemon's secrets is told so; what the daemon found stays as it was for everybody."""
    office.cli("channel", "check", "twitter")
    before = office.cli_json("channel", "show", "twitter")
    monkeypatch.delenv("TWITTER_ACCESS_TOKEN")
    said = office.cli("channel", "check", "twitter")
    assert (said.returncode, "env:TWITTER_ACCESS_TOKEN is not to be had here" in plain(said.stderr)) == (
        2,
        True,
    ), said
    assert "`publisher channel show twitter` has its last look" in plain(said.stderr)
    assert office.cli_json("channel", "show", "twitter") == before


def test_a_file_that_only_the_daemon_may_read_says_nothing_of_the_channel(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a variable: the platform was not asked, which is said, and what the daemon found stays."""
    file = office.folder / "token"
    file.write_text(office.platforms.credentials.facebook.token, encoding="utf-8")
    config = office.config.read_text(encoding="utf-8")
    office.config.write_text(
        config.replace('adapter = "facebook"', 'adapter = "facebook"\ntoken = "file:token"'), encoding="utf-8"
    )
    assert office.cli("channel", "check", "facebook").returncode == 0
    before, may = office.cli_json("channel", "show", "facebook"), os.access
    monkeypatch.setattr(
        os, "access", lambda place, mode: Path(place) != file and may(place, mode)
    )  # root may read all
    said = office.cli("channel", "check", "facebook")
    assert (said.returncode, "file:token is not to be had here" in plain(said.stderr)) == (2, True), said
    assert office.cli_json("channel", "show", "facebook") == before


def test_a_platform_that_does_not_answer_found_nobody(office: Office) -> None:
    """The account on record is shown, no account without a name, and no word that the credentials have no end; `show` does not send to itself."""
    office.cli("channel", "check", "twitter")
    office.platforms.x.fail_next("GET", "^/2/users/me$", Fault.refuse(403, {"detail": "No."}), None)
    shown = plain(office.cli("channel", "check", "twitter").stdout)
    assert "by what the platform said last" not in shown
    assert "ends not known: the platform did not say" in shown
    assert "no end told" not in office.cli("channel", "list").stdout
    assert "says more" not in shown


@pytest.mark.parametrize("odd", ["\u0430", "\r\n", "\u200b", "\x00"])
def test_a_character_that_no_token_has_is_told_as_that(
    office: Office, monkeypatch: pytest.MonkeyPatch, odd: str, tmp_path: Path
) -> None:
    """It was copied with it: that is said in one line, without a traceback, and nothing of the token is shown."""
    file = tmp_path / "token"
    file.write_text(f"EAAfirst{odd}second", encoding="utf-8")
    config = office.config.read_text(encoding="utf-8")
    office.config.write_text(
        config.replace('adapter = "facebook"', f'adapter = "facebook"\ntoken = "file:{file}"'),
        encoding="utf-8",
    )
    said = office.cli("channel", "check", "facebook")
    words = plain(said.stdout + said.stderr)
    assert (said.returncode, "holds a character that no token has" in words, "Copy it anew" in words) == (
        1,
        True,
        True,
    ), said
    assert "Traceback" not in words
    assert "second" not in words


def test_a_closed_risk_is_wrong(bench: Bench) -> None:
    """Nothing goes there, whatever was found before: the list says so, once, and what a director does; not to ask, which nobody can."""
    config = (bench.folder / "config.toml").read_text(encoding="utf-8")
    bench.write(
        "config.toml",
        config.replace('adapter = "instagram"', 'adapter = "instagrapi"').replace(
            'token = "env:TEST_INSTAGRAM_TOKEN"', 'session = "env:TEST_SESSION"'
        ),
    )
    row = bench.run("channel", "show", "instagram", "--json").json
    assert (row["standing"], "publisher risk accept instagram" in row["troubles"][0]["words"]) == (
        "wrong",
        True,
    )
    listed, checked = (
        plain(bench.run("channel", *words).out)
        for words in (("list",), ("check", "instagram", "--as", AUTHOR))
    )
    for said in (listed, checked):
        assert said.count("publisher risk accept instagram") == 1
        assert "channel check instagram" not in said


def test_a_token_of_another_page_names_the_setting(office: Office) -> None:
    """The first message says what may have to be changed: the credentials, or `page_id`."""
    config = office.config.read_text(encoding="utf-8")
    mine = office.platforms.credentials.facebook.page_id
    office.config.write_text(
        config.replace(f'page_id = "{mine}"', 'page_id = "100000000000077"'), encoding="utf-8"
    )
    office.platforms.graph.fail_next(
        "GET", "/me$|/100000000000077$", Fault.refuse(200, {"id": mine, "name": "Ours"}), None
    )
    said = plain(office.cli("channel", "check", "facebook").stdout)
    assert "`page_id` in its table of config.toml" in said


def test_the_first_check_puts_the_account_on_record(office: Office) -> None:
    """By whom and when is shown to everybody from then on, and in JSON."""
    number = office.platforms.credentials.x.user_id
    done = office.cli("channel", "check", "twitter")
    assert (done.returncode, number in done.stdout) == (0, True), done
    shown = plain(office.cli("channel", "show", "twitter").stdout)
    assert re.search(rf"account council_rehearsal \({number}\), since \w+ .* by {rehearsal.OFFICER}", shown)
    told = office.cli_json("channel", "show", "twitter")
    assert (told["account"], told["recorded_by"], told["standing"]) == (number, rehearsal.OFFICER, "good")
    assert [step["did"] for step in told["history"]] == ["recorded"]


def test_from_another_account_to_the_directors_word(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account was rightly changed: the check says no and why, a director accepts it, and all of it stays on record."""
    old, secret = office.platforms.credentials.x.user_id, "made-up-0123456789"
    office.cli("channel", "check", "twitter")
    monkeypatch.setenv("TWITTER_ACCESS_TOKEN", f"{OTHER}-{secret}")
    x_is(office, OTHER)
    said = office.cli("channel", "check", "twitter")
    assert said.returncode == 1
    words = plain(said.stdout)
    assert f"the platform says parish ({OTHER}), on record is council_rehearsal ({old})" in words
    assert "`publisher channel accept twitter --reason TEXT`" in words
    by_officer = office.cli("channel", "accept", "twitter", *WHY)
    assert (by_officer.returncode, "director" in by_officer.stderr.lower()) == (1, True)
    x_is(office, OTHER)
    x_is(office, OTHER)
    accepted = office.cli("channel", "accept", "twitter", *WHY, "--as", rehearsal.DIRECTOR)
    assert (
        accepted.returncode,
        f"twitter posts to parish ({OTHER}) from now on" in plain(accepted.stdout),
    ) == (0, True), accepted
    told = office.cli_json("channel", "show", "twitter")
    assert (told["account"], told["standing"] != "wrong", told["recorded_by"]) == (
        OTHER,
        True,
        rehearsal.DIRECTOR,
    )
    last = told["history"][-1]
    assert (last["did"], last["earlier"], last["reason"]) == (
        "accepted",
        f"council_rehearsal ({old})",
        WHY[1],
    )
    assert secret not in json.dumps(told) + accepted.stdout + said.stdout


def test_an_acceptance_that_the_platform_does_not_answer_is_to_be_given_again(office: Office) -> None:
    """The daemon's looks are tried again by themselves, and their words say so; a director's word is not, and that is said."""
    office.cli("channel", "check", "twitter")
    office.platforms.x.fail_next("GET", "^/2/users/me$", Fault.html_502(), None)
    said = office.cli("channel", "accept", "twitter", *WHY, "--as", rehearsal.DIRECTOR)
    assert (said.returncode, "give this command again in a while" in said.stderr) == (4, True), said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "facebok"), 2, "facebook"),
        (("check", "facebok"), 2, "facebook"),
        (("accept", "facebok", *WHY), 2, "facebook"),
        (("accept", "facebook"), 2, "--reason"),
        (("accept", "facebook", "--reason", " "), 2, "a reason is needed"),
        (("accept", "website", *WHY), 2, "no account"),
        (("accept", "facebook", *WHY), 4, "TEST_FACEBOOK_TOKEN"),
    ],
)
def test_what_cannot_be_done_is_one_line_with_a_way_out(
    bench: Bench, words: tuple[str, ...], code: int, said: str
) -> None:
    """A slip in a name is told with the nearest; whoever lacks the secrets here is told which, and nothing is recorded."""
    answer = bench.run("channel", *words, *(("--as", DIRECTOR) if words[0] != "show" else ()))
    assert (answer.code, said in answer.err) == (code, True), answer
    assert "Traceback" not in answer.err


def test_a_channel_that_is_switched_off_is_told(bench: Bench) -> None:
    """Nothing goes there anyway."""
    config = (bench.folder / "config.toml").read_text(encoding="utf-8")
    bench.write(
        "config.toml", config.replace('adapter = "facebook"', 'adapter = "facebook"\nenabled = false')
    )
    answer = bench.run("channel", "show", "facebook")
    assert (answer.code, "switched off" in answer.err) == (2, True)
    assert "facebook" not in bench.run("channel", "list").out


@pytest.fixture
def elsewhere(served: Council, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A director's own machine, on which nothing is but a token for the server."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "token.txt").write_text(served.token(DIRECTOR), encoding="ascii")
    (folder / "token.txt").chmod(0o600)
    monkeypatch.setenv(SERVER, served.server.url)
    monkeypatch.setenv(TOKEN_FILE, str(folder / "token.txt"))
    return Bench(folder)


def test_all_of_it_works_at_a_server(served: Council, elsewhere: Bench) -> None:
    """The same words and codes from an officer's own machine, for which the server asks the platform: here it lacks the secrets."""
    assert elsewhere.run("channel", "list").out == served.bench.run("channel", "list").out
    assert elsewhere.run("channel", "show", "facebook", "--json").json["channel"] == "facebook"
    missing = elsewhere.run("channel", "check", "facebook")
    assert (missing.code, "TEST_FACEBOOK_TOKEN" in missing.err) == (2, True), missing
    told = elsewhere.run("channel", "accept", "facebook", *WHY)
    assert (told.code, "TEST_FACEBOOK_TOKEN" in told.err) == (4, True), told
    assert elsewhere.run("channel", "show", "facebok").code == 2


def test_a_narrow_token_asks_and_accepts_nothing(served: Council) -> None:
    """Who may only read is shown the list; who may only write does not decide for the director."""
    reads, writes = served.token(AUTHOR, "read"), served.token(AUTHOR, "write")
    assert served.ask("GET", "/channels", token=reads).status == 200
    assert served.ask("POST", "/channels/facebook/check", token=reads).status == 403
    body = {"reason": "I say so"}
    assert served.ask("POST", "/channels/facebook/accept", body, token=writes).status == 403
    assert served.ask("POST", "/channels/facebook/accept", body, token=served.token(AUTHOR)).status == 403
    assert served.ask("POST", "/channels/facebok/check", token=served.token(AUTHOR)).status == 404


def test_the_operations_need_their_scopes(served: Council) -> None:
    """Looking is reading; a question that costs money and may go on record is writing; another account is a director's."""
    from publisher.office.channels import ChannelsPart
    from publisher.office.operations import Scope, operations

    scopes = {name: one.scope for name, one in operations(ChannelsPart).items()}
    assert scopes == {"list": Scope.READ, "show": Scope.READ, "check": Scope.WRITE, "accept": Scope.DIRECT}


def test_help_has_examples(bench: Bench) -> None:
    """Each verb says what it does and shows how it is typed."""
    for verb in ("list", "show", "check", "accept"):
        answer = bench.run("channel", verb, "--help")
        assert (answer.code, "Examples:" in answer.out) == (0, True)


@pytest.mark.parametrize("columns", sampled([40, 80, 200], most=1))
def test_the_list_fits_the_terminal(bench: Bench, columns: int) -> None:
    """In a narrow one each channel stands by itself, line by line; in a wide one there is a table. Nothing runs over the edge."""
    code, shown = bench.terminal(["channel", "list", "--no-color"], columns=columns)
    assert code == 0
    lines = shown.decode().splitlines()
    assert max(map(len, lines)) <= columns
    assert ("STANDING" in lines[0]) is (columns > 60)
    assert b"\x1b[" not in shown
    assert b"facebook" in shown
