"""`check`: the gate alone. Nothing is stored; no database, key or secret is needed."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _input, _output
from publisher.cli._common import EXIT_OF, Call, examples, verb, worst
from publisher.cli._left_out import left_out_lines
from publisher.cli._money import cost_lines
from publisher.errors import EXIT_DONE, EXIT_WAITS, InputError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from publisher.item import Item
    from publisher.office import Office

RECORDS = "The register of consents, closed channels and words handed in before"
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
    with call.office(judging=True) as office:
        if jsonl:
            return _stream(office, file, asked_by)
        return _file(office, call, _input.STDIN if file is None else file, asked_by)


def _stream(office: Office, file: str | None, officer: str | None) -> int:
    out = sys.stdout.buffer
    with _input.opened(_input.STDIN if file is None else file) as stream:
        for line in _lines(stream):
            out.write(_output.json_line(answer_line(office, line, officer)) + b"\n")
            out.flush()
    return EXIT_DONE


def answer_line(office: Office, line: bytes, officer: str | None) -> dict[str, Any]:
    """The verdict on one line of JSON, in the shape of DESIGN §10; `{"error"}` for a line that is no item."""
    from publisher.item import load_line
    from publisher.office.checking import Asked

    if not line.strip():
        return {"error": "the line is empty. Give one item a line.", "field": ""}
    item = None
    try:
        item = load_line(line)
        answer = office.checking.check(Asked(item=item, officer=officer))
    except (InputError, Refused) as error:
        return _named(item) | _failed(error)
    del answer["posts"]
    return answer


def _failed(error: InputError | Refused) -> dict[str, Any]:
    """What is wrong with one of many; the field is empty where the answer is no, and none is to blame."""
    return {"error": str(error), "field": error.field if isinstance(error, InputError) else ""}


def _named(item: object) -> dict[str, Any]:
    """The id that a bad item gives, if it does: whoever sent it can find it again."""
    found = item.get("id") if isinstance(item, dict) else None
    return {"id": found} if isinstance(found, str | int) else {}


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines, each read no further than shows that it is too long, so that none can fill the memory."""
    from publisher.item import MAX_ITEM_BYTES

    most = MAX_ITEM_BYTES + 2
    while line := stream.readline(most):
        rest = line
        while len(rest) == most and not rest.endswith(b"\n"):
            rest = stream.readline(most)
        yield line.removesuffix(b"\n").removesuffix(b"\r")


def _file(office: Office, call: Call, name: str, officer: str | None) -> int:
    found = _input.read(office, name)
    if len(found.items) == 1:
        (item,) = found.items
        code, handed_in = _one(office, call, item, found.folder, officer), item.kind.value
    else:
        code = worst([_one_of_many(office, call, item, found.folder, officer) for item in found.items])
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


def _one(office: Office, call: Call, item: Item, folder: Path, officer: str | None) -> int:
    from publisher.office.checking import Asked

    answer = office.checking.check(Asked(**_input.given(item, folder), officer=officer, now=True))
    posts = answer.pop("posts")
    if call.as_json:
        _output.as_json(answer)
    else:
        _output.say(_for_people(item, answer, posts))
    return EXIT_OF[answer["verdict"]]


def _one_of_many(office: Office, call: Call, item: Item, folder: Path, officer: str | None) -> int:
    """As `import` does: one wrong item does not hide what is said of the others."""
    try:
        return _one(office, call, item, folder, officer)
    except (InputError, Refused) as error:
        if call.as_json:
            _output.as_json({"id": item.id, **_failed(error)})
        else:
            _output.say(_output.wrapped(f"{item.title}: cannot be taken: {error}", "    ", first=""))
        return error.exit_code


def _for_people(item: Item, answer: Mapping[str, Any], posts: Sequence[Mapping[str, Any]]) -> str:
    from publisher.places import texts

    lines = [f"{item.title}: {_output.painted(answer['verdict'])}"]
    if answer["findings"]:
        lines.append(_output.findings(answer["findings"], texts(item.to_json(), posts)))
    lines += cost_lines(answer["cost_usd"])
    lines += left_out_lines(answer.get("left_out", ()))
    return "\n".join(lines)
