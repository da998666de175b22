"""The command line inside the test's own process: a process of its own takes a second to start, each time."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from publisher.cli import run


def run_inside(words: Sequence[str], folder: Path, stdin: bytes = b"") -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `publisher` with these words, in a folder."""
    out, err, given = (io.TextIOWrapper(io.BytesIO(start), encoding="utf-8") for start in (b"", b"", stdin))
    before = sys.stdin
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        sys.stdin = given
        try:
            code = run(words)
        finally:
            sys.stdin = before
    return code, _text(out), _text(err)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")
