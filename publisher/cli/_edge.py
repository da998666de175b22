"""The one edge where failures become a line for a person and an exit code (DESIGN §10)."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from publisher.cli import _output
from publisher.errors import (
    EXIT_BUG,
    EXIT_DONE,
    EXIT_INPUT,
    EXIT_INTERRUPTED,
    EXIT_UNREAD,
    PublisherError,
)

_HINT = re.compile(r"([^.?!\s])\s+Did you mean")
"""click puts its hint behind the message without a full stop."""


def guarded(work: Callable[[], Any], arguments: Sequence[str]) -> int:
    """Runs `work` and gives its exit code; whatever it raises becomes one line."""
    try:
        return _answered(work, arguments)
    except BrokenPipeError:
        return _nobody_reads()


def _answered(work: Callable[[], Any], arguments: Sequence[str]) -> int:
    try:
        return _finished(work())
    except click.exceptions.Exit as leaving:  # --help and --version
        return leaving.exit_code
    except (SystemExit, BrokenPipeError):
        raise
    except BaseException as error:  # noqa: BLE001  # EgressRefused is no Exception, and is a bug to be told like any
        return _failed(error, arguments)


def _failed(error: BaseException, arguments: Sequence[str]) -> int:
    match error:
        case PublisherError():
            code = _refused(error, arguments)
        case click.exceptions.NoArgsIsHelpError():  # `publisher` alone asks for help, and gets it
            click.echo(error.format_message())
            code = EXIT_DONE
        case click.UsageError():
            code = _usage(error, arguments)
        case click.ClickException():
            code = _told(error.format_message(), arguments, code=EXIT_INPUT)
        case click.Abort() | KeyboardInterrupt():
            _output.complain("publisher: interrupted.")
            code = EXIT_INTERRUPTED
        case _:
            code = _bug(error, arguments)
    return code


def _refused(error: PublisherError, arguments: Sequence[str]) -> int:
    """One that was foreseen, with the way out for whoever typed this, where they typed it."""
    from publisher import advice

    way_out = advice.way_out(error, _config_given(arguments))
    line = str(PublisherError(error.message, way_out=way_out))
    return _told(line, arguments, field=getattr(error, "field", ""), way_out=way_out, code=error.exit_code)


def _finished(code: object) -> int:
    sys.stdout.flush()
    return code if isinstance(code, int) else EXIT_DONE


def _told(line: str, arguments: Sequence[str], *, code: int, field: str = "", way_out: str = "") -> int:
    if "--json" in arguments:
        _output.as_json({"error": line, "field": field, "way_out": way_out})
    _output.complain(f"publisher: {line}")
    return code


def _usage(error: click.UsageError, arguments: Sequence[str]) -> int:
    where = error.ctx.command_path if error.ctx else "publisher"
    message = _HINT.sub(r"\1. Did you mean", error.format_message())
    line = message if message.rstrip().endswith(("?", ".", "`")) else f"{message}."
    way_out = "" if "`publisher" in line else f"See `{where} --help`."
    return _told(f"{line} {way_out}".strip(), arguments, way_out=way_out, code=EXIT_INPUT)


def _nobody_reads() -> int:
    """`publisher check FILE | head -1`: the reader has had enough, and nothing more may be written.

    The code is a shell's own for it, never 0: the answer that nobody read may have been no.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    return EXIT_UNREAD


def _bug(error: BaseException, arguments: Sequence[str]) -> int:
    """A traceback is for engineers: into a file that only this account may read; the line for people names it."""
    import traceback

    from publisher.secrecy import scrub

    text = scrub("".join(traceback.format_exception(error)))
    try:
        way_out = f"Send the file {_logged(text, _log_folder(arguments))} to whoever looks after it."
    except OSError as failure:  # no file anywhere: better on the screen than nowhere
        sys.stderr.write(text)
        way_out = f"Send the lines above to whoever looks after it (no log file: {failure.strerror})."
    line = f"something went wrong inside the program ({type(error).__name__}). {way_out}"
    return _told(line, arguments, way_out=way_out, code=EXIT_BUG)


def _logged(text: str, folder: Path | None) -> str:
    import tempfile

    handle, name = tempfile.mkstemp(prefix="publisher-bug-", suffix=".log", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return name


def _log_folder(arguments: Sequence[str]) -> Path | None:
    """Beside the queue's database where that can be told and written to; None means the temporary folder."""
    from publisher import config

    try:
        folder = config.load(config.find(_config_given(arguments))).database.parent
    except Exception:  # noqa: BLE001  # the bug may be in there, and it is being told already
        return None
    return folder if os.access(folder, os.W_OK) else None


def _config_given(arguments: Sequence[str]) -> str | None:
    """What stands behind --config; none of it was parsed, or it is not at hand any more."""
    after = dict(pairwise(arguments))
    return after.get("--config") or next(
        (a.partition("=")[2] for a in arguments if a.startswith("--config=")), None
    )
