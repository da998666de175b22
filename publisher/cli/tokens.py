"""`token`: how an officer is known who asks from elsewhere; at the server they are known by their login."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publisher import paths
from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_WIDTHS = (14, 16, 26, 12, 18)


@click.group("token", epilog=examples("publisher token list", "publisher token new --help"))
def token_verb() -> None:
    """Tokens, with which the command line asks the server from elsewhere. Each officer has their own; none is shared."""


def _for_oneself(work: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option(
            "--scope",
            "scopes",
            multiple=True,
            type=click.Choice(["read", "write", "confide", "decide", "direct"]),
            help="What it may be used for (`confide`: concerns; `decide`: also to confirm the policy); may be given more than once [read and write].",
        ),
        click.option("--days", type=int, help="How long it lasts: 90 days, if not said; at most 365."),
        click.option(
            "--label", metavar="TEXT", help="What tells it from others, such as the machine it is for."
        ),
        _to_file,
    )
    for option in reversed(options):
        work = option(work)
    return work


_to_file = click.option(
    "--to",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A new file for it, which only you may read [else the screen].",
)


@token_verb.command(
    "new",
    epilog=examples(
        "publisher token new --label laptop",
        "publisher token new --scope read --scope decide --days 30 --to token.txt",
    ),
)
@_for_oneself
@verb(acts=True)
def new(call: Call, scopes: tuple[str, ...], days: int | None, label: str | None, file: Path | None) -> None:
    """Make a token for yourself, at the server. It is shown once and kept nowhere."""
    with _kept_in(file) as keep, call.office() as office:
        keep(call, office.tokens.new(_wanted(scopes, days, label)))


@token_verb.command(
    "issue",
    epilog=examples("publisher token issue asha", "publisher token issue asha --to for-asha.txt"),
)
@click.argument("login")
@_to_file
@verb(acts=True)
def issue(call: Call, login: str, file: Path | None) -> None:
    """For directors: make a token with which an officer gets their own. It does nothing else, once, within 7 days."""
    from publisher.office.tokens import NewTicket

    with _kept_in(file) as keep, call.office() as office:
        keep(call, office.tokens.issue(NewTicket(login=login)))


@token_verb.command(
    "enrol",
    epilog=examples(
        "PUBLISHER_TOKEN_FILE=for-asha.txt publisher token enrol --to token.txt",
        "publisher token enrol --scope read --scope write",
    ),
)
@_for_oneself
@verb()
def enrol(
    call: Call, scopes: tuple[str, ...], days: int | None, label: str | None, file: Path | None
) -> None:
    """Get your own token for the one that a director gave you, which is used up by it."""
    with _kept_in(file) as keep, call.office() as office:
        keep(call, office.tokens.enrol(_wanted(scopes, days, label)))


@token_verb.command("list", epilog=examples("publisher token list", "publisher token list --json"))
@verb(acts=True)
def list_(call: Call) -> None:
    """Your tokens, or, for a director, everybody's: for what, until when, and whether they still count."""
    with call.office() as office:
        found = office.tokens.list()
    if call.as_json:
        _output.as_json(found)
    elif rows := found["tokens"]:
        head = ("ID", "LOGIN", "FOR", "UNTIL", "STANDING", "LABEL")
        lines = [
            (
                row["id"],
                row["login"],
                ", ".join(row["scopes"]),
                row["expires_at"][:10],
                row["standing"],
                row["label"],
            )
            for row in rows
        ]
        _output.say(_output.table([head, *lines], _WIDTHS, _output.screen()))
    else:
        _output.say("There is no token. `publisher token new --help` shows how to make one.")


@token_verb.command("revoke", epilog=examples("publisher token revoke 3f9a0c51d2e7"))
@click.argument("token_id", metavar="ID")
@verb(acts=True)
def revoke(call: Call, token_id: str) -> None:
    """Make a token worthless at once: one of yours, or, for a director, any."""
    with call.office() as office:
        found = office.tokens.revoke(token_id)
    if call.as_json:
        _output.as_json(found)
    else:
        _output.say(f"Token {found['id']} of {found['login']} is revoked.")


def _wanted(scopes: tuple[str, ...], days: int | None, label: str | None) -> Any:
    from publisher.office.tokens import NewToken

    given: dict[str, Any] = {"scopes": scopes or None, "days": days, "label": label}
    return NewToken(**{name: value for name, value in given.items() if value is not None})


@contextmanager
def _kept_in(file: Path | None) -> Iterator[Callable[[Call, Mapping[str, Any]], None]]:
    """Gives what keeps or shows a new token. Its file is made before the token: none is lost for want of one."""
    if file is None:
        yield _shown
        return
    try:
        os.close(paths.open_private(file, os.O_WRONLY | os.O_EXCL))
    except OSError as error:
        raise InputError(
            f"{file} cannot be made: {error.strerror}", field="--to", way_out="Name a new file."
        ) from error
    try:
        yield partial(_stored, file)
    finally:
        if not file.stat().st_size:
            file.unlink()


def _stored(file: Path, call: Call, found: Mapping[str, Any]) -> None:
    file.write_text(found["token"] + "\n", encoding="ascii")
    _told(call, {name: value for name, value in found.items() if name != "token"}, [f"It is in {file}."])


def _shown(call: Call, found: Mapping[str, Any]) -> None:
    _told(call, found, ["It is shown this once; keep it where only its owner can read it:", found["token"]])


def _told(call: Call, found: Mapping[str, Any], lines: Sequence[str]) -> None:
    if call.as_json:
        _output.as_json(found)
        return
    until = found["expires_at"][:10]
    _output.say(f"Token {found['id']} for {found['login']}: {', '.join(found['scopes'])}, until {until}.")
    for line in lines:
        _output.say(line)
