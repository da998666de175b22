"""`concern`: raising one about a post or a person, and what becomes of it (clause 4)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WIDTHS = (10, 8, 16, 16)
ASK_THEM = "They are not told by this program: ask them to look at `publisher concern list`."
MAX_BYTES = 64 * 1024
"""Of standard input: more than the longest text has in UTF-8."""


@click.group("concern", epilog=examples("publisher concern list", "publisher concern raise --help"))
def concern_verb() -> None:
    """Raise a concern about a post or a person. Only you and those it is routed to can read it, or see that it is there.

    An employee's goes to their line manager, or above them; a Member's to the Monitoring Officer, an Executive Director
    or the Director of Resources; never to whom it is about.
    """


@concern_verb.command(
    "raise",
    epilog=examples(
        "publisher concern raise --item hjqmrtwz --text - --hold < words.txt",
        'publisher concern raise --person "Sam Reed" --text -',
        'publisher concern raise --item hjqmrtwz --text "It names a pupil" --to mona',
    ),
)
@click.option("--item", metavar="ID", help="The post that it is about.")
@click.option("--person", metavar="NAME", default="", help="Whom it is about: a login or a name.")
@click.option(
    "--text",
    metavar="TEXT",
    required=True,
    help="In your own words; - reads standard input, so that your shell does not keep them.",
)
@click.option("--to", metavar="LOGIN", default="", help="Who is to have it, of those who may.")
@click.option(
    "--hold",
    is_flag=True,
    help="Hold the post until somebody has looked at it. Everyone sees that somebody asked for that; not who, nor that there is a concern.",
)
@verb(acts=True)
def raise_(call: Call, text: str, **given: Any) -> None:
    """Raise a concern. You are told to whom it went; nobody is sent a message.

    A login means that person alone, a name all who may be called so: none of them gets it. Where nobody on the register is
    called that, it goes to the Monitoring Officer, unless you say --to. You can have a post held once.
    """
    from publisher.office.concerns import NewConcern

    new = NewConcern(text=_typed() if text == "-" else text, **given)
    with call.office() as office:
        found = office.concerns.tell(new)
        if call.as_json:
            _output.as_json(found)
            return
        with_them = f"{found['id']} is with {found['with']}. Only you and they can read it. {ASK_THEM}"
        _output.say(_output.wrapped(with_them))
        if given["hold"]:
            held = "The post is held." if found["held"] else f"The post is not held: {found['problem']}"
            _output.say(_output.wrapped(held))


def _typed() -> str:
    return sys.stdin.buffer.read(MAX_BYTES).decode("utf-8", "replace")


@concern_verb.command("list", epilog=examples("publisher concern list", "publisher concern list --json"))
@verb(acts=True)
def list_(call: Call) -> None:
    """The concerns that you raised, and those that are with you."""
    with call.office() as office:
        found = office.concerns.list()
        if call.as_json:
            _output.as_json(found)
        elif rows := found["concerns"]:
            head = ("CONCERN", "STATE", "WITH", "RAISED", "ABOUT")
            zone = office.council.about()["timezone"]
            lines = [
                (
                    row["id"],
                    row["state"],
                    row["with"] or "",
                    _output.moment(row["raised_at"], zone).rpartition(" ")[0],
                    _about(row),
                )
                for row in rows
            ]
            _output.say(_output.table([head, *lines], _WIDTHS, _output.screen()))
        else:
            _output.say("You raised no concern, and none is with you.")


def _about(row: Mapping[str, Any]) -> str:
    parts = (row["person"], f"{row['item_id']} {row['title']}" if row["item_id"] else "")
    return "; ".join(filter(None, parts))


@concern_verb.command("show", epilog=examples("publisher concern show c-hjqmrtwz"))
@click.argument("concern_id", metavar="ID")
@verb(acts=True)
def show(call: Call, concern_id: str) -> None:
    """One concern: what was raised, who has it, what was done, and what came of it."""
    with call.office() as office:
        found = office.concerns.show(concern_id)
        if call.as_json:
            _output.as_json(found)
            return
        zone = office.council.about()["timezone"]
        for line in _told(found, zone):
            _output.say(line)


def _told(found: Mapping[str, Any], zone: str) -> Iterator[str]:
    yield f"{found['id']}  {found['state']}"
    if found["raised_at"] is None:
        yield _output.wrapped(
            "A hand in the database was in it: restore it from the backup.", "  ", first="  "
        )
        return
    yield f"  about   {_about(found)}"
    yield f"  raised  {_output.moment(found['raised_at'], zone)} by {found['raised_by']}"
    yield f"  with    {found['with'] or 'nobody: there is nobody left on the register who may have it'}"
    yield from _post(found, zone)
    for paragraph in found["words"].splitlines():
        yield _output.wrapped(paragraph, "    ", first="    ")
    for step in found["steps"]:
        to = f" to {step['to']}" if step["to"] else ""
        why = f": {step['words']}" if step["words"] else ""
        yield _output.wrapped(f"{_output.moment(step['at'], zone)}  {step['by']} {step['did']} it{to}{why}", "    ", first="  ")  # fmt: skip
    if found["closed_at"]:
        yield f"  closed  {_output.moment(found['closed_at'], zone)} by {found['closed_by']}"
        for paragraph in found["outcome"].splitlines():
            yield _output.wrapped(paragraph, "    ", first="    ")


def _post(found: Mapping[str, Any], zone: str) -> Iterator[str]:
    """How its post stands: held still, let go on, or withdrawn; by whom, and when."""
    if found["item_state"]:
        yield f"  post    {found['item_state']}"
    for act in found["acts"]:
        yield _output.wrapped(
            f"{_output.moment(act['at'], zone)}  {act['by']} {act['did']}", "    ", first="  "
        )


@concern_verb.command(
    "pass", epilog=examples('publisher concern pass c-hjqmrtwz --to mona --reason "It is about a Member"')
)
@click.argument("concern_id", metavar="ID")
@click.option("--to", metavar="LOGIN", required=True, help="Somebody above, a director, or the monitoring officer.")  # fmt: skip
@click.option("--reason", metavar="TEXT", required=True, help="Why.")
@verb(acts=True)
def pass_(call: Call, concern_id: str, to: str, reason: str) -> None:
    """Give a concern that is with you to somebody above; you cannot read it any more then."""
    from publisher.office.concerns import PassedOn

    with call.office() as office:
        found = office.concerns.pass_on(concern_id, PassedOn(to=to, reason=reason))
        _answer(call, found, _output.wrapped(f"{found['id']} is with {found['with']} now. {ASK_THEM}"))


@concern_verb.command(
    "close", epilog=examples('publisher concern close c-hjqmrtwz --outcome "Talked to both; withdrawn"')
)
@click.argument("concern_id", metavar="ID")
@click.option("--outcome", metavar="TEXT", required=True, help="What came of it; who raised it can read that.")  # fmt: skip
@verb(acts=True)
def close(call: Call, concern_id: str, outcome: str) -> None:
    """Say what came of a concern that is with you. You are told how its post stands: closing neither lets it go nor stops it."""
    from publisher.office.concerns import Closing

    with call.office() as office:
        found = office.concerns.close(concern_id, Closing(outcome=outcome))
        post = "\n".join(_post(found, office.council.about()["timezone"]))
        _answer(call, found, "\n".join(filter(None, (f"{found['id']} is closed.", post, _still(found)))))


def _still(found: Mapping[str, Any]) -> str:
    """What is left to be done with a post that waits for somebody."""
    if found["item_state"] != "held for review":
        return ""
    item_id = found["item_id"]
    return _output.wrapped(
        f"It waits: an approver or a director who had no part in it lets it go on with `publisher approve {item_id} --reason "
        f"TEXT`, `publisher withdraw {item_id} --reason TEXT` stops it for good."
    )


@concern_verb.command("hold", epilog=examples("publisher concern hold c-hjqmrtwz"))
@click.argument("concern_id", metavar="ID")
@verb(acts=True)
def hold(call: Call, concern_id: str) -> None:
    """Hold the post that a concern with you is about; nobody is told by whom, or that there is a concern."""
    with call.office() as office:
        found = office.concerns.hold(concern_id)
        _answer(call, found, f"{found['item_id']} is held.")


@concern_verb.command(
    "withdraw",
    epilog=examples('publisher concern withdraw c-hjqmrtwz --reason "It should not have been written"'),
)
@click.argument("concern_id", metavar="ID")
@click.option("--reason", metavar="TEXT", required=True, help="Why; everyone can read it with the item.")
@verb(acts=True)
def withdraw(call: Call, concern_id: str, reason: str) -> None:
    """Take the post back that a concern with you is about, in your own name."""
    from publisher.cli.deciding import tell, what_is_left
    from publisher.office.concerns import Why

    with call.office() as office:
        found = office.concerns.withdraw(concern_id, Why(reason=reason))
        if call.as_json:
            _output.as_json(found)
        else:
            tell(call, found["post"], *what_is_left(found["post"]))


def _answer(call: Call, found: Mapping[str, Any], line: str) -> None:
    if call.as_json:
        _output.as_json(found)
    else:
        _output.say(line)
