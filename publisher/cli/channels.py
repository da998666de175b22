"""`channel`: whose account each channel posts to, as its platform itself says, and whether its credentials are in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _channel_table, _output
from publisher.cli._common import Call, examples, verb
from publisher.cli._standing import EXITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROGRAM = "the program, at first use"


@click.group("channel", epilog=examples("publisher channel list", "publisher channel check facebook"))
def channel_verb() -> None:
    """Whose account each channel posts to. The platform is asked every day; nothing goes to another account than before."""


@channel_verb.command("list", epilog=examples("publisher channel list", "publisher channel list --json"))
@verb()
def list_(call: Call) -> None:
    """Every channel: whose account, when that was last proved, what its credentials may do, when they end, what to do."""
    with call.office() as office:
        found = office.channels.list()
        if call.as_json:
            _output.as_json(found)
        elif found["channels"]:
            for line in _channel_table.lines(found["channels"], office.council.about()["timezone"]):
                _output.say(line)
        else:
            _output.say("No channel is switched on in config.toml.")


@channel_verb.command("show", epilog=examples("publisher channel show facebook"))
@click.argument("name", metavar="NAME")
@verb()
def show(call: Call, name: str) -> None:
    """One channel: whose account it posts to, since when, who put it on record, and what its credentials may do."""
    with call.office() as office:
        _say(call, office.channels.show(name), office.council.about()["timezone"])


@channel_verb.command("check", epilog=examples("publisher channel check facebook"))
@click.argument("name", metavar="NAME")
@verb(acts=True)
def check(call: Call, name: str) -> int:
    """Ask the platform now whose account it is. The first account of a channel goes on record, if it is the one in config.toml.

    Exit code: 0 all is good, 1 nothing can be posted there, 3 a person should look soon.
    """
    from publisher.token_files import only_reading

    with call.office() as office, only_reading():
        found = office.channels.check(name)
        _say(call, found, office.council.about()["timezone"])
    return EXITS[found["standing"]]


@channel_verb.command(
    "accept",
    epilog=examples('publisher channel accept facebook --reason "We merged our two Pages" --as dana'),
)
@click.argument("name", metavar="NAME")
@click.option(
    "--reason",
    metavar="TEXT",
    required=True,
    help="Why another account is right, in 10 characters or more; it is kept on the record.",
)
@verb(acts=True)
def accept(call: Call, name: str, reason: str) -> None:
    """Let a channel post to another account than before. Only a director does, and only to the account in config.toml.

    The platform is asked, and the account that it names goes on record. What was refused meanwhile: `publisher retry`.
    """
    from publisher.office.channels import Acceptance

    with call.office() as office:
        found = office.channels.accept(name, Acceptance(reason=reason))
        if call.as_json:
            _output.as_json(found)
            return
        account = " ".join(filter(None, (found["name"], f"({found['account']})")))
        _output.say(_output.wrapped(f"{found['channel']} posts to {account} from now on."))
        _output.say(_output.wrapped("What was refused meanwhile is sent again with `publisher retry ID`."))


def _say(call: Call, found: Mapping[str, Any], zone_name: str) -> None:
    if call.as_json:
        _output.as_json(found)
        return
    for line in _told(found, zone_name):
        _output.say(line)


def _told(found: Mapping[str, Any], zone_name: str) -> Iterator[str]:
    yield f"{found['channel']}  {found['adapter']}: {found['standing']}"
    for name, words in _facts(found, zone_name).items():
        if words:
            yield _output.wrapped(words, " " * 14, first=f"  {name:<10}  ")
    here = f"`publisher channel show {found['channel']}` says more."
    for one in found["troubles"]:
        yield _output.wrapped(one["words"], "  ")
        if one["way_out"] and one["way_out"] != here:
            yield _output.wrapped(one["way_out"], "    ", first="  → ")
    for step in found["history"]:
        yield _output.wrapped(_step(step), " " * 4, first=f"  {_output.moment(step['at'], zone_name)}  ")


def _facts(found: Mapping[str, Any], zone_name: str) -> dict[str, str]:
    if found["website"]:
        return {"account": _channel_table.WEBSITE}
    on_record = _named(found["name"], found["account"])
    told = _named(found["found_name"], found["found_account"])
    since = f", since {_output.moment(found['recorded_at'], zone_name)}, by {_by(found['recorded_by'])}"
    return {
        "account": f"{on_record}{since}" if on_record else _channel_table.NOBODY,
        "found": "" if told in {"", on_record} else f"{told}, by what the platform said last",
        "proved": _output.moment(found["proved_at"], zone_name) or "not yet",
        "asked": ""
        if found["asked_at"] == found["proved_at"]
        else _output.moment(found["asked_at"], zone_name),
        "may do": _told_rights(found),
        "needs": ", ".join(found["scopes_needed"]),
        "ends": _output.moment(found["ends_at"], zone_name) or _unknown(found, "the platform tells no end"),
    }


def _told_rights(found: Mapping[str, Any]) -> str:
    if found["scopes"] is None:
        return _unknown(found, "the platform does not tell")
    return ", ".join(found["scopes"]) or "nothing"


def _unknown(found: Mapping[str, Any], silent: str) -> str:
    """Who was never asked did not keep silent; and who did not answer did not say that there is no end."""
    if not found["asked_at"]:
        return "not asked yet"
    return silent if found["found_account"] else "not known: the platform did not say"


def _named(name: str | None, number: str | None) -> str:
    return f"{name} ({number})" if name and number else number or ""


def _by(login: str | None) -> str:
    from publisher.record import SCHEDULER

    return _PROGRAM if login == SCHEDULER else login or ""


def _step(step: Mapping[str, Any]) -> str:
    account = _named(step["name"], step["account"])
    place = f" in the place of {step['earlier']}" if step["earlier"] else ""
    why = f": {step['reason']}" if step["reason"] else ""
    return f"{account} {step['did']}{place} by {_by(step['by'])}{why}"
