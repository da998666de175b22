"""`check`: the gate alone. Nothing is stored; no database, key or secret is needed."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import click

from publisher.cli import _input, _output
from publisher.cli._common import EXIT_OF, Call, examples, verb, worst
from publisher.errors import EXIT_DONE, EXIT_WAITS, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from publisher.app import App
    from publisher.item import Item
    from publisher.model import Verdict

RECORDS = "The register of consents and words handed in before"
"""What the gate looks at only where there is a queue."""


@click.command(
    "check",
    epilog=examples(
        "publisher check pool.toml",
        "publisher check - < item.json",
        "publisher check --jsonl < items > verdicts",
    ),
)
@click.argument("file", metavar="FILE|-", required=False)
@click.option(
    "--jsonl",
    is_flag=True,
    help="One JSON item a line in, one answer a line out, in the same order: look at its verdict or error.",
)
@click.option(
    "--officer",
    "asked_by",
    metavar="LOGIN",
    help=f"Also judge whether this officer may post it, and look at {RECORDS[0].lower()}{RECORDS[1:]}.",
)
@verb()
def check_verb(call: Call, file: str | None, *, jsonl: bool, asked_by: str | None) -> int:
    """See what the policy says of an item; nothing is stored.

    Pictures and times of a FILE are looked at as well; --jsonl judges the content alone, whatever its dates.

    Exit code: 0 clear, 3 a second officer or evidence is needed, 1 blocked, 2 the item cannot be read or
    its time has passed. With --jsonl it is 0 once every line has its answer, whatever the answers are.
    """
    if not jsonl and file is None:
        raise InputError("nothing to check", field="FILE", way_out="Name a file, or - for standard input.")
    with call.app(judging=True) as app:
        if jsonl:
            return _stream(app, file, asked_by)
        return _file(app, call, _input.STDIN if file is None else file, asked_by)


def _stream(app: App, file: str | None, officer: str | None) -> int:
    from publisher.checking import answer_line

    out = sys.stdout.buffer
    with _input.opened(_input.STDIN if file is None else file) as stream:
        for line in _lines(stream):
            out.write(_output.json_line(answer_line(app, line, officer=officer)) + b"\n")
            out.flush()
    return EXIT_DONE


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines, each read no further than shows that it is too long, so that none can fill the memory."""
    from publisher.item import MAX_ITEM_BYTES

    most = MAX_ITEM_BYTES + 2
    while line := stream.readline(most):
        rest = line
        while len(rest) == most and not rest.endswith(b"\n"):
            rest = stream.readline(most)
        yield line.removesuffix(b"\n").removesuffix(b"\r")


def _file(app: App, call: Call, name: str, officer: str | None) -> int:
    found = _input.read(app, name)
    if len(found.items) == 1:
        code, handed_in = _one(app, call, found.items[0], found.folder, officer), found.items[0].kind.value
    else:
        code = worst([_one_of_many(app, call, item, found.folder, officer) for item in found.items])
        handed_in = "import"
    if not call.as_json:
        for line in _then(
            code, f"publisher {handed_in} {shlex.quote(name)}", with_records=officer is not None
        ):
            _output.say(line)
    return code


def _then(code: int, command: str, *, with_records: bool) -> Iterator[str]:
    """What handing it in looks at besides, and the command for it; nothing for what does not go anyway."""
    if code in {EXIT_DONE, EXIT_WAITS} and not with_records:
        yield _output.dim(_output.wrapped(f"{RECORDS} are looked at by `{command} --dry-run`."))
    if code == EXIT_DONE:
        yield _output.wrapped(f"Next: `{command}`")


def _one(app: App, call: Call, item: Item, folder: Path, officer: str | None) -> int:
    from publisher.checking import rehearsed_verdict

    verdict = rehearsed_verdict(app, item, folder=folder, officer=officer)
    if call.as_json:
        _output.as_json({"id": item.id, **verdict.to_json()})
    else:
        _output.say(_for_people(app, item, verdict))
    return EXIT_OF[verdict.outcome.value]


def _one_of_many(app: App, call: Call, item: Item, folder: Path, officer: str | None) -> int:
    """As `import` does: one wrong item does not hide what is said of the others."""
    try:
        return _one(app, call, item, folder, officer)
    except InputError as error:
        if call.as_json:
            _output.as_json({"id": item.id, "error": str(error), "field": error.field})
        else:
            _output.say(_output.wrapped(f"{item.title}: cannot be taken: {error}", "    ", first=""))
        return error.exit_code


def _for_people(app: App, item: Item, verdict: Verdict) -> str:
    from publisher import views
    from publisher.checking import sketch

    lines = [f"{item.title}: {_output.painted(verdict.outcome.value)}"]
    if verdict.findings:
        posts, _ = sketch(app, item, None)
        texts = views.texts(item.to_json(), [{"channel": post.channel, "text": post.text} for post in posts])
        lines.append(_output.findings(verdict.findings, texts))
    return "\n".join(lines)
