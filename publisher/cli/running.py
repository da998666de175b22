"""`daemon` and `demo`: the long-running verbs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from publisher.cli._common import Call, examples, verb


@click.command(
    "daemon", epilog=examples("publisher daemon", "publisher daemon --config /etc/publisher/config.toml")
)
@verb()
def daemon_verb(call: Call) -> int:
    """Release what is due and answer the website's hook, until SIGTERM or Ctrl-C; what is in flight is finished."""
    from publisher import daemon

    return daemon.run(call.config)


@click.command("demo", epilog=examples("publisher demo", "publisher demo --keep", "publisher demo --json"))
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Where to rehearse [a new folder]."
)
@click.option("--keep", is_flag=True, help="Leave it running to play with, until Ctrl-C.")
@verb()
def demo_verb(call: Call, folder: Path | None, *, keep: bool) -> int:
    """Rehearse it all on this machine: one news item and one event, on four channels, with no account and no network."""
    from publisher.rehearsal.run import run

    return run(folder=folder, keep=keep, as_json=call.as_json, out=sys.stdout)
