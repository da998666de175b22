"""`daemon`, `demo` and `rehearse`: the long-running verbs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.errors import InputError


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
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to rehearse [queue/rehearsal here]; emptied first.",
)
@click.option("--keep", is_flag=True, help="Leave it running to play with, until Ctrl-C.")
@verb()
def demo_verb(call: Call, folder: Path | None, *, keep: bool) -> int:
    """Rehearse it all on this machine: one news item and one event, on four channels, with no account and no network."""
    from publisher.rehearsal.run import run

    _without_config(call)
    return run(folder=folder, keep=keep, as_json=call.as_json, out=sys.stdout)


@click.command(
    "rehearse",
    epilog=examples(
        "publisher rehearse --list",
        "publisher rehearse --fault x-lost-answer",
        "publisher rehearse --fault facebook-ranked --fault instagram-blocked-yet-live",
        "publisher rehearse --fault x-no-credits --keep",
    ),
)
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="What goes wrong; may be given again.")
@click.option("--list", "as_list", is_flag=True, help="List what can go wrong, and send nothing.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to rehearse [queue/rehearsal here]; emptied first.",
)
@click.option("--keep", is_flag=True, help="Leave it running to play with, until Ctrl-C.")
@verb()
def rehearse_verb(
    call: Call, faults: tuple[str, ...], folder: Path | None, *, as_list: bool, keep: bool
) -> int:
    """Rehearse a bad day on this machine: a platform fails in a known way, and you see what becomes of each post.

    Exit code 0 says that nothing went twice and that every channel tells what the public sees.
    """
    from publisher.rehearsal import bad_days, catalogue

    _without_config(call)
    if as_list:
        bad_days.listed(sys.stdout, as_json=call.as_json)
        return 0
    days = catalogue.found(faults)
    return bad_days.rehearse(days, folder=folder, keep=keep, as_json=call.as_json, out=sys.stdout)


def _without_config(call: Call) -> None:
    """Says that a config.toml that is named is not the one rehearsed. Raises InputError for one that is not there."""
    if call.config is None:
        return
    if not Path(call.config).is_file():
        raise InputError(
            f"there is no file {call.config}",
            field="--config",
            way_out="Leave it out: a rehearsal writes its own config.toml.",
        )
    _output.complain("--config has no effect here: a rehearsal writes its own config.toml.")
