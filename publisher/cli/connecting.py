"""`connect`: an account whose tokens end is connected by its owner, in a browser."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.errors import EXIT_WAITS, InputError, Refused

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.channels import Channel, Identity
    from publisher.connecting import Connecting

_QUESTION = "The address that the browser was led to"


@click.command(
    "connect",
    epilog=examples(
        "publisher connect twitter",
        "publisher connect twitter --answer 'http://127.0.0.1/connected?state=k3V&code=VGN'",
        "publisher connect twitter --answer - < answer.txt",
    ),
)
@click.argument("channel")
@click.option(
    "--answer",
    metavar="ADDRESS",
    help="The address that the browser was led to; - reads it from standard input.",
)
@click.option(
    "--another-account", "another", is_flag=True, help="The channel becomes another account than it was."
)
@verb()
def connect_verb(call: Call, channel: str, answer: str | None, *, another: bool) -> int | None:
    """Connect an account by its owner's yes: for channels with auth = "oauth2".

    It prints an address. Open it in a browser that is logged in as the council's account, and say yes. The browser is then led
    to the `callback` address of config.toml, where nothing need answer: paste that whole address here, within 30 seconds.
    What the platform gives is kept in the channel's `tokens` file, and renewed by the daemon from then on; whose account it is
    is asked of the platform and shown. Run it on the server, as the account that runs the daemon, and with its environment
    (docs/channels.md, "X by OAuth 2.0").

    Exit code: 0 connected, 1 no, 2 the input is wrong, 3 it waits for the answer, 4 the platform failed.
    """
    _demand_here(call)
    with call.app() as app:
        _demand_daemons_account(app)
        work, found = _connecting(app, channel)
        if answer is None:
            address = work.begin(app.now())
            if call.as_json or not sys.stdin.isatty():
                return _waits(call, channel, address)
            answer = _asked(address)
        given = sys.stdin.readline() if answer == "-" else answer
        identity = work.finish(given, app.now(), another=another)
        _told(call, channel, found, identity)
        _tell_what_waits(call, app, channel, identity)
    return None


def _demand_here(call: Call) -> None:
    from publisher.ways import way_of

    way = way_of(call.config)
    if way and way.unix is None:
        raise InputError(
            "connecting writes a secret beside the queue, and this asks a server elsewhere",
            way_out="Run it on the server.",
        )


def _demand_daemons_account(app: App) -> None:
    """The file is its maker's alone: made by root, the daemon could not read it, and posts would stop."""
    import pwd

    database = app.config.database
    try:
        owner = (database if database.exists() else database.parent).stat().st_uid
    except OSError:  # no queue yet: whoever makes this makes that
        return
    if owner == os.geteuid():
        return
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"#{owner}"
    raise Refused(
        f"the queue is {name}'s, and the tokens must be, too", way_out=f"Run it as {name}: `sudo -u {name} publisher connect …`, with the daemon's environment (docs/channels.md)."
    )  # fmt: skip


def _connecting(app: App, name: str) -> tuple[Connecting, Channel]:
    from publisher import channels
    from publisher.connecting import Connecting

    app.config.channel(name, field="CHANNEL", kind=InputError)
    found = channels.load(
        name, app.config
    )  # also one that is switched off: it is connected first, and switched on then
    return Connecting(found), found


def _waits(call: Call, name: str, address: str) -> int:
    if call.as_json:
        _output.as_json({"channel": name, "address": address})
        return EXIT_WAITS
    _output.say("Open this address in a browser that is logged in as the council's account, and say yes:")
    _output.say(address)
    _output.say("There is no terminal to paste the answer at. Give it within 30 seconds, in another run:")
    _output.say(f"publisher connect {name} --answer 'ADDRESS'")
    return EXIT_WAITS


def _asked(address: str) -> str:
    _output.say("Open this address in a browser that is logged in as the council's account, and say yes:")
    _output.say(address)
    _output.say(
        "The browser is then led to an address where nothing answers. Paste it here within 30 seconds."
    )
    answer: str = click.prompt(_QUESTION, err=True)
    return answer


def _tell_what_waits(call: Call, app: App, name: str, identity: Identity) -> None:
    """That nothing goes to another account than the one on record, whatever is prepared for it, until a director says so."""
    row = app.identities.on_record().get(name)
    if row is None or row.account == identity.account or call.as_json:
        return
    _output.say(
        _output.wrapped(
            f"On record for {name} is {row.name or 'another'} ({row.account}). Nothing goes to the new account before a director "
            f"accepts it, also nothing that was prepared: `publisher channel accept {name} --reason TEXT`. What comes due until "
            "then is refused, and goes after that by `publisher retry ID`."
        )
    )


def _told(call: Call, name: str, channel: Channel, identity: Identity) -> None:
    ends = identity.ends_at
    if call.as_json:
        told: dict[str, Any] = {
            "channel": name, "account": identity.account, "name": identity.name,
            "scopes": sorted(identity.scopes or ()), "ends_at": ends.isoformat() if ends else None,
        }  # fmt: skip
        _output.as_json(told)
        return
    _output.say(f"Connected: {name} is {identity.name} ({identity.account}).")
    more = sorted((identity.scopes or frozenset()) - channel.scopes)
    if more:
        _output.say(
            f"It may do more than it needs: {', '.join(more)}. Take that from the app there, and connect again."
        )
    if ends:
        _output.say(f"It is renewed by itself. Left unused, it ends on {ends:%Y-%m-%d}.")
