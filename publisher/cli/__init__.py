"""The command line. `main` is the only door; each verb is a file that is loaded when it is asked for.

Only click and publisher.errors are imported before a verb runs, so that `publisher --help` answers at once
(facts behind it: typer, pydantic and SQLModel cost 100 to 300 ms each before anything happens).
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from publisher import __version__, own_doors
from publisher.cli import _edge

SECTIONS = {
    "Every day": {
        "news": ("queueing", "Hand in a news item."),
        "event": ("queueing", "Hand in a diary event."),
        "import": ("importing", "Hand in many items from one file."),
        "check": ("checking", "See what the policy says of an item; nothing is stored."),
        "preview": ("previewing", "See exactly what would appear on each channel."),
        "list": ("looking", "What waits, what is out, what needs you."),
        "show": ("looking", "Everything about one item."),
    },
    "Deciding": {
        "approve": ("deciding", "Let an item go that is held for review."),
        "refuse": ("deciding", "Say no to an item that is held for review."),
        "withdraw": ("deciding", "Stop an item, and take down what is out."),
        "reschedule": ("deciding", "Give a queued or late item another time."),
        "retry": ("deciding", "Send again what was refused."),
        "resolve": ("deciding", "Say what became of a post when nobody could tell."),
        "review": ("reviewing", "Look at an emergency afterwards."),
        "policy": ("policy", "The rules: read, try, compare, explain a finding."),
        "concern": ("concerns", "Raise a concern about a post or a person, in confidence."),
        "consent": ("consents", "Whether people agreed to be shown: add, withdraw, list."),
        "terms": ("terms", "Whose terms of use were read: read, list."),
        "risk": ("risks", "Channels against their platform's terms: accept, end, list."),
        "audit": ("audit", "The record: what happened, what it cost, how long it is kept."),
    },
    "Setting up": {
        "init": ("setup", "Make this folder ready, with its first director."),
        "connect": ("connecting", "Connect an account whose tokens end."),
        "account": ("accounts", "Services' own accounts: propose, approve, link, list."),
        "channel": ("channels", "Whose account each channel posts to: list, check, accept."),
        "officer": ("officers", "Who may post: add, amend, list, show, suspend."),
        "token": ("tokens", "Ask from elsewhere: your own tokens."),
        "source": ("sources", "Secrets for websites that send events."),
        "doctor": ("doctor", "Is everything as it must be, and if not, what to do."),
        "daemon": ("running", "Release what is due, and answer the website."),
        "demo": ("running", "Rehearse it all on this machine, with no account."),
        "rehearse": ("running", "Rehearse a bad day: what becomes of each post."),
    },
}
"""The verbs as the help shows them: name, the module that holds it, one line."""

VERBS = {name: place for verbs in SECTIONS.values() for name, place in verbs.items()}


OBJECTS_BETWEEN = 20_000
"""New objects after which the interpreter looks for those that only hold each other; its own 700 are for small programs."""
COMPLETION = "_PUBLISHER_COMPLETE"
"""Set by the shell when it asks for completions (click, "Shell Completion")."""


class _Verbs(click.Group):
    """A group that loads a verb's module when the verb is used, and shows the verbs by what they are for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = importlib.import_module(f"publisher.cli.{VERBS[name][0]}")
        found: click.Command = getattr(module, f"{name}_verb")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from publisher.nearest import meant

            hint = meant(args[0], VERBS, "`publisher --help` shows them all.", shown="`publisher {}`")
            raise click.UsageError(f"there is no verb {args[0]!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section, verbs in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name, line) for name, (_, line) in verbs.items()])


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`publisher VERB --help` has examples. New here? Start with `publisher demo`, then `publisher init`.",
)
@click.version_option(__version__, message="publisher %(version)s")
@click.option(
    "--config", metavar="PATH", help="config.toml to use [else $PUBLISHER_CONFIG, else ./config.toml]."
)
@click.pass_context
def group(ctx: click.Context, config: str | None) -> None:
    """News and events of the council: one item, every channel, one moment, one way."""
    ctx.obj = config


def run(arguments: Sequence[str]) -> int:
    """Does what the arguments say, inside this process; the exit code of DESIGN §10."""
    return _edge.guarded(lambda: _invoke(list(arguments)), arguments)


def _invoke(arguments: list[str]) -> Any:
    """What click's `main` does, less its own handling of failures: it swallows a broken pipe and exits with 1."""
    if COMPLETION in os.environ:
        return group.main(arguments, "publisher", standalone_mode=False)
    with group.make_context("publisher", arguments) as ctx:
        return group.invoke(ctx)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The `publisher` command."""
    gc.set_threshold(OBJECTS_BETWEEN)
    own_doors.shut()
    code = run(sys.argv[1:] if arguments is None else arguments)
    gc.freeze()  # else the interpreter looks through all that there is three times before it goes
    sys.exit(code)
