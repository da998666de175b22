"""What is said to whoever asks a server, where the failure itself could not know that: nothing that would not help there."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import Council, open_council
from cli_support import AUTHOR, DIRECTOR
from test_remote import listening, self_signed

from publisher.cli import run

TOKEN = f"pub_{'a' * 12}_{'b' * 64}"
SUSPEND = ("officer", "suspend", DIRECTOR, "--reason", "Left the council")


@pytest.fixture
def council(tmp_path: Path) -> Iterator[Council]:
    """A real server."""
    with open_council(tmp_path / "council") as made:
        yield made


def machine(folder: Path, server: str, token: str = "") -> Path:
    """An officer's own machine, with or without a token."""
    folder.mkdir()
    file = folder / "config.toml"
    file.write_text(f'[client]\nserver = "{server}"\ntoken = "file:token.txt"\n', encoding="utf-8")
    if token:
        (folder / "token.txt").touch(0o600)
        (folder / "token.txt").write_text(token, encoding="ascii")
    return file


def told(file: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The exit code, the line, and the way out as programs get it: the line ends with it."""
    code = run(["--config", str(file), *words, "--json"])
    shown = capsys.readouterr()
    way_out = json.loads(shown.out)["way_out"]
    line = " ".join(shown.err.split())
    assert line.endswith(way_out)
    return code, line, way_out


def test_who_is_known_to_a_server_is_not_told_to_claim_who_they_are(
    tmp_path: Path, council: Council, capsys: pytest.CaptureFixture[str]
) -> None:
    """--as is refused there, by token and by login; on the database itself it is what they may have forgotten."""
    own = council.bench.folder / "config.toml"
    by_token = machine(tmp_path / "own", council.server.url, council.token(AUTHOR, "direct"))
    code, _, way_out = told(by_token, *SUSPEND, capsys=capsys)
    assert (code, way_out) == (1, "Ask the Director of Resources.")
    _, _, way_out = told(own, *SUSPEND, "--as", AUTHOR, capsys=capsys)
    assert way_out == "Ask the Director of Resources, or name who you are with --as LOGIN."
    council.here(AUTHOR)
    own.write_text(f'{own.read_text()}\n[daemon]\nsocket = "{council.socket}"\n', encoding="utf-8")
    _, line, way_out = told(own, *SUSPEND, capsys=capsys)
    assert (way_out, "is not a director" in line) == ("Ask the Director of Resources.", True)


@pytest.mark.parametrize("words", [("list",), ("token", "enrol")])
def test_a_certificate_that_nobody_vouches_for_may_be_the_councils_own(
    tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever enrols on a new machine is told how it comes to be trusted, and that nothing was done."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    with listening(context, []) as port:
        file = machine(tmp_path / "own", f"https://localhost:{port}", TOKEN)
        code, line, way_out = told(file, *words, capsys=capsys)
    assert (code, "its certificate is not good" in line) == (4, True)
    assert way_out.startswith(
        "Nothing was done. The council's own authority? Name its file with SSL_CERT_FILE."
    )


def test_where_nobody_has_enrolled_the_command_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the server and the file as config.toml names them; by the doctor as well. A file that is a folder wants something else."""
    file = machine(tmp_path / "own", "https://publisher.example.gov.uk")
    command = (
        "PUBLISHER_SERVER=https://publisher.example.gov.uk PUBLISHER_TOKEN_FILE=FILE publisher token enrol "
        f"--to {tmp_path / 'own' / 'token.txt'}"
    )
    assert f"`{command}`" in told(file, "list", capsys=capsys)[2]
    assert run(["--config", str(file), "doctor", "--json"]) == 1
    assert f"`{command}`" in json.loads(capsys.readouterr().out)["checks"][-1]["way_out"]
    (tmp_path / "own" / "token.txt").mkdir(mode=0o700)
    assert "enrol" not in told(file, "list", capsys=capsys)[2]
