"""Whom the command line asks: a server, the daemon of this machine, or the database itself; said once, never guessed.

In this order: the environment; [client] in config.toml; the daemon's socket; the database, for a single user. A server's
token is looked for only beside its address, so that none is sent to a server for which it was not meant.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from publisher import config
from publisher.errors import ConfigError, InputError
from publisher.settings import Endpoint, reveal
from publisher.token_form import FORM

SERVER, TOKEN, TOKEN_FILE = "PUBLISHER_SERVER", "PUBLISHER_TOKEN", "PUBLISHER_TOKEN_FILE"
TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Way:
    """How a server is reached: its address, or a Unix socket; `knows` is how it knows who asks."""

    address: str
    knows: str
    token: str = field(default="", repr=False)
    unix: Path | None = None
    timeout: float = TIMEOUT


def way_of(given: str | None) -> Way | None:
    """The server that the environment or config.toml names; None for the database of this machine. Raises InputError."""
    if address := os.environ.get(SERVER):
        return Way(_endpoint(address), "your token", _own_token())
    file = config.find(given)
    client, daemon = config.client(file)
    folder = file.resolve().parent
    if client.server:
        if not client.token:
            raise ConfigError(
                "the server asks for a token",
                field="client.token",
                way_out='Write token = "file:PATH" or "env:NAME".',
            )
        source, _, place = client.token.partition(":")
        if source == "file":
            _demand_own(folder / place, "client.token")
        token = reveal(client.token, folder, field="client.token")
        return Way(client.server, "your token", _demand_token(token, "client.token"), timeout=client.timeout)
    if daemon.socket:
        return Way("http://localhost", "your login", unix=folder / daemon.socket, timeout=client.timeout)
    return None


def _endpoint(address: str) -> str:
    try:
        return TypeAdapter(Endpoint).validate_python(address)
    except ValidationError as error:
        words = error.errors(include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise InputError(words, field=SERVER) from None


def _own_token() -> str:
    if token := os.environ.get(TOKEN, "").strip():
        return _demand_token(token, TOKEN)
    if not (file := os.environ.get(TOKEN_FILE)):
        raise InputError(
            "the server asks for a token",
            field=TOKEN,
            way_out=f"Set {TOKEN}, or {TOKEN_FILE} to the file that holds it.",
        )
    try:
        _demand_own(Path(file), TOKEN_FILE)
        return _demand_token(Path(file).read_text(encoding="ascii").strip(), TOKEN_FILE)
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{file} cannot be read", field=TOKEN_FILE, way_out="Check the path.") from None


def _demand_own(file: Path, where: str) -> None:
    """A token that others may read is not used: whoever has it is you (as ssh does with a key). Raises InputError."""
    if file.is_file() and file.stat().st_mode & 0o077:
        raise InputError(
            f"others on this machine may read or change {file}",
            field=where,
            way_out=f"Type `chmod 600 {shlex.quote(str(file))}`; if it lay open for long, have a new token made.",
        )


def _demand_token(token: str, where: str) -> str:
    """Another secret that was put there by mistake is sent to nobody."""
    if not FORM.fullmatch(token):
        raise InputError(
            "what is there is no token of this program", field=where, way_out="It looks like pub_…_…."
        )
    return token
