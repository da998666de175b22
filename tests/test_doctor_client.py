"""`publisher doctor` on an officer's own machine: the server, and whether the token counts; nothing that cannot be there."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from api_support import Council, open_council
from cli_support import AUTHOR
from doctor_support import answering
from test_remote import listening, self_signed

from publisher.app import open_app
from publisher.cli import run
from publisher.doctor import service
from publisher.health import Standing

TOKEN = f"pub_{'a' * 12}_{'b' * 64}"


@dataclass
class Machine:
    """A folder with [client] in config.toml, and the token beside it."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def asks(self, server: str, token: str = TOKEN, mode: int = 0o600, more: str = "") -> None:
        """Names the server and holds the token."""
        text = f'[client]\nserver = "{server}"\ntoken = "file:token.txt"\n{more}'
        (self.folder / "config.toml").write_text(text, encoding="utf-8")
        (self.folder / "config.toml").chmod(0o644)
        (self.folder / "token.txt").write_text(token, encoding="ascii")
        (self.folder / "token.txt").chmod(mode)

    def told(self) -> tuple[int, list[dict[str, str]]]:
        """The exit code, and each check."""
        code = run(["--config", str(self.folder / "config.toml"), "doctor", "--json"])
        return code, json.loads(self.capsys.readouterr().out)["checks"]

    def one(self, name: str) -> str:
        """How it stands with the only check of a name, its words and its way out."""
        (check,) = [check for check in self.told()[1] if check["name"] == name]
        return f"{check['standing']}: {check['words']} {check['way_out']}"


@pytest.fixture
def machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Machine:
    """See Machine."""
    (tmp_path / "own").mkdir()
    return Machine(tmp_path / "own", capsys)


@pytest.fixture
def council(tmp_path: Path) -> Iterator[Council]:
    """A real server."""
    with open_council(tmp_path / "council") as made:
        yield made


def test_on_an_officers_machine_it_looks_at_what_is_there(machine: Machine, council: Council) -> None:
    """The server with its version, and whom it knows the officer as; no queue, no website, no register."""
    machine.asks(council.server.url, council.token(AUTHOR, "read"))
    code, told = machine.told()
    channels = [f"channel {name}" for name in ("website", "facebook", "twitter", "instagram")]
    assert (code, [check["name"] for check in told]) == (3, ["configuration", "server", "you", *channels])
    assert {check["standing"] for check in told[4:]} == {"attention"}  # nobody asked these platforms yet
    assert "version 0." in told[1]["words"]
    assert told[2]["words"] == f"your token counts: you are {AUTHOR}; what you may ask for: read"


def test_a_token_that_does_not_count_is_told(machine: Machine, council: Council) -> None:
    """One that nobody made here, and one that was revoked; none of it is shown."""
    for token in (TOKEN, council.token(AUTHOR, "read")):
        council.app.tokens.revoke(token[4:16], AUTHOR, anyones=False) if token != TOKEN else None
        machine.asks(council.server.url, token)
        code, told = machine.told()
        assert (code, told[-1]["name"], told[-1]["standing"]) == (1, "you", "wrong")
        assert token[17:] not in str(told)


def test_a_token_that_ends_soon_is_told(machine: Machine, council: Council) -> None:
    """The next one is made at the server, by the officer: that wants some days."""
    machine.asks(council.server.url, council.token(AUTHOR, "read", days=10))
    assert machine.told()[0] == 3
    assert machine.one("token").startswith("attention: your token ends on 20")


@pytest.mark.parametrize(
    ("token", "mode", "told"),
    [(TOKEN, 0o644, "others on this machine may read"), ("hunter2", 0o600, "no token of this program")],
)
def test_a_tokens_file_that_is_not_as_it_must_be_is_told(
    machine: Machine, token: str, mode: int, told: str
) -> None:
    """Whoever has it is you; and what is none is sent to nobody, nor shown."""
    machine.asks("http://127.0.0.1:9", token, mode)
    said = machine.one("token")
    assert (said.startswith("wrong"), told in said, "hunter2" in said) == (True, True, False)


def test_a_config_that_others_may_change_is_told(machine: Machine) -> None:
    """They would say to whom the token is sent."""
    machine.asks("http://127.0.0.1:9")
    (machine.folder / "config.toml").chmod(0o666)
    assert "to whom your token goes" in machine.one("configuration")


def test_a_server_that_cannot_be_reached_is_told(machine: Machine) -> None:
    """With why, and what to do; a fault in [client] is told like one of the council's."""
    machine.asks("http://127.0.0.1:9")
    assert machine.one("server").startswith("wrong: http://127.0.0.1:9 cannot be reached: Connection refused")
    machine.asks("http://example.org")
    assert [check["name"] for check in machine.told()[1]] == ["configuration"]


def test_a_certificate_that_nobody_vouches_for_is_told(machine: Machine, tmp_path: Path) -> None:
    """Who made it may be the council's own authority, or somebody between."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    heard: list[bytes] = []
    with listening(context, heard) as port:
        machine.asks(f"https://localhost:{port}")
        said = machine.one("server")
    assert ("its certificate is not good" in said, "SSL_CERT_FILE" in said, heard) == (True, True, [b""])


@pytest.mark.parametrize(
    ("described", "told"),
    [
        ({"alive": True}, "is not this program's server"),
        ({"info": {"title": "Publisher", "version": "99.0"}}, "is version 99.0, and this program"),
        ({"info": ["Publisher"]}, "is not this program's server"),
    ],
    ids=["another", "newer", "odd"],
)
def test_a_server_of_another_kind_or_version_is_told(
    machine: Machine, described: dict[str, Any], told: str
) -> None:
    """It is asked what it is before the token is sent."""
    with answering(answers={"/api/openapi.json": described}) as port:
        machine.asks(f"http://127.0.0.1:{port}")
        assert told in machine.one("server")
        names = [check["name"] for check in machine.told()[1]]
    assert ("you" in names) == told.startswith("is version")


def test_a_broken_council_beside_client_is_told_as_well(machine: Machine) -> None:
    """Where there is more than [client], what is wrong with it is a fault of this machine."""
    machine.asks("http://127.0.0.1:9", more="[channels.facebook]\nadapter = 'facebok'\n")
    assert [check["name"] for check in machine.told()[1]] == ["configuration", "configuration", "server"]


def test_a_server_that_the_environment_names_needs_no_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All is said there, and no file is missing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUBLISHER_SERVER", "http://127.0.0.1:9")
    monkeypatch.setenv("PUBLISHER_TOKEN", TOKEN)
    assert run(["doctor", "--json"]) == 1
    assert [check["name"] for check in json.loads(capsys.readouterr().out)["checks"]] == ["server"]
    assert os.listdir(tmp_path) == []  # noqa: PTH208  # names only


def test_over_the_socket_an_officer_is_told_who_they_are(council: Council) -> None:
    """The kernel says whose process asks; one who is not on the register hears why nothing works."""
    file = council.bench.folder / "config.toml"
    file.write_text(f'{file.read_text()}\n[daemon]\nsocket = "{council.socket}"\n', encoding="utf-8")
    council.here(AUTHOR)
    with contextlib.closing(open_app(file)) as app:
        (known,) = service.caller(app)
        council.here("stranger")
        (stranger,) = service.caller(app)
    assert (known.standing, f"your login counts: you are {AUTHOR}" in known.words) == (Standing.GOOD, True)
    assert (stranger.standing, "your login does not count" in stranger.words) == (Standing.WRONG, True)


def test_what_a_server_says_steers_nothing(machine: Machine) -> None:
    """A server that is no longer ours may answer anything: it is shown as harmless words, or as what could not be read."""
    described = {"info": {"title": "Publisher", "version": "0.1.0\x1b[2J"}}
    held = {"tokens": [{"id": "a" * 12, "expires_at": "2026-01-01"}]}
    answers = {
        "/api/openapi.json": described,
        "/api/v1/caller": {"login": "x\x1b[31m"},
        "/api/v1/tokens": held,
    }
    with answering(answers=answers) as port:
        machine.asks(f"http://127.0.0.1:{port}")
        code, told = machine.told()
    assert (code, "\\x1b" in repr(told)) == (1, False)
    assert told[-1]["words"].startswith("this could not be looked at (TypeError at client.py:")
