"""`source`: secrets for websites that send events to the hook."""

from __future__ import annotations

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb


@click.group("source", epilog=examples("publisher source secret"))
def source_verb() -> None:
    """Websites that send events. Each has a table [sources.NAME] in config.toml."""


@source_verb.command("secret", epilog=examples("publisher source secret > hook.secret"))
@verb()
def secret(call: Call) -> None:
    """Print a new secret for signing. It is kept nowhere: give it to the website, and to this program by file or environment."""
    from publisher.signatures import new_secret

    made = new_secret()
    if call.as_json:
        _output.as_json({"secret": made})
    else:
        _output.say(made)
