"""`init`: a folder ready for use, with its first director. Running it again changes nothing that is there."""

from __future__ import annotations

import fcntl
import os
import sys
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import _output
from publisher.cli._common import Call, examples, verb
from publisher.cli.officers import day, entries, flags_named, prerequisites
from publisher.errors import InputError, OutsideFailed, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from publisher.app import App

ACTOR = "publisher init"
"""Who sealed an older program's register: whoever ran this, at this machine."""
_DATES = {
    "policy_read": "has confirmed having read and understood the policy",
    "aup_signed": "has signed the Email and Internet Acceptable Use Policy",
    "approved": "has the prior written approval of the Director of Resources",
}
"""The prerequisites of clause 5c, by the flag that holds their date."""
_EXAMPLE = "2026-01-05"


@click.command(
    "init",
    epilog=examples(
        "publisher init",
        'publisher init --director asha --name "Asha Rao" --policy-read 2026-01-05 \\',
        "    --aup-signed 2026-01-05 --approved 2026-01-06",
    ),
)
@click.option("--director", metavar="LOGIN", help="Login of the first director.")
@click.option("--name", metavar="NAME", help="Their first and last name.")
@prerequisites
@click.option(
    "--yes",
    is_flag=True,
    help="Ask nothing; the director is you, with today's dates, which you confirm by this.",
)
@verb()
def init_verb(call: Call, **given: Any) -> None:
    """Make this folder ready: config.toml, the queue, the key that seals, and the first director.

    The director is the first on the register of designated officers (clause 5a). Clause 5c asks three things of
    everyone on it: the policy read, the Acceptable Use Policy signed, the director's written approval. Their dates
    are kept. What is there already stays as it is.
    """
    from publisher.via import coming_via

    file = _config_place(call)
    with _alone_in(file.parent):
        done = [f"{'made' if _make_config(file) else 'found'} {file}"]
        with Call(str(file), call.as_json).app(create=True) as app:
            done += _parts(app)
            done += _tightened(app)
    with Call(str(file), call.as_json).app() as app, coming_via(f"cli uid {os.getuid()}"):
        done += _sealed(app)
        done.append(_director(app, given) or "the register has nobody who may post yet")
        if call.as_json:
            officers = [row.login for row in app.register.officers()]
            _output.as_json({"config": str(file), "done": done, "officers": officers})
        else:
            _say(app, done, file)


def _config_place(call: Call) -> Path:
    from publisher.config import DEFAULT_NAME, ENVIRONMENT

    return Path(call.config or os.environ.get(ENVIRONMENT) or DEFAULT_NAME).absolute()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One at a time makes the files of a folder: another would find them half written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        with suppress(OSError):  # some network disks lock no folder
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make_config(file: Path) -> bool:
    """Makes config.toml from the one that the program ships, where there is none; whether it was made."""
    from publisher import paths

    if file.exists():
        return False
    try:
        with file.open("xb") as made:
            made.write(paths.DEFAULT_CONFIG.read_bytes())
    except OSError as error:
        raise _unwritable(file, error) from error
    return True


def _unwritable(place: Path, error: OSError) -> OutsideFailed:
    return OutsideFailed(
        f"{place} cannot be written: {error.strerror}", way_out="Choose a folder that you may write to."
    )


def _demand_key(app: App) -> None:
    """A new key beside a record would void every seal of it: that is said before anything is made. Raises Refused."""
    key = app.config.path(app.config.queue.seal_key)
    if not app.config.database.exists() or key.exists():
        return
    raise Refused(
        f"the seal's key {key} is lost, and there is a queue: under a new key all that was sealed would be void",
        way_out="Put the backup of the key back.",
    )


def _tightened(app: App) -> Iterator[str]:
    """What an older program left open to others is closed, and named."""
    from publisher.doctor.machine import loose

    for file, mode in loose(app):
        try:
            file.chmod(mode)
        except OSError as error:
            raise _unwritable(file, error) from error
        yield f"closed to others: {file} (mode {mode:04o})"


def _parts(app: App) -> list[str]:
    from publisher import paths

    settings = app.config.queue
    places = {"queue": settings.database, "seal's key": settings.seal_key, "pictures": settings.media}
    before = {name: app.config.path(place).exists() for name, place in places.items()}
    _demand_key(app)
    try:
        _ = app.queue, app.seal
        paths.make_private_folder(app.config.path(settings.media))
    except OSError as error:
        raise OutsideFailed(
            f"{error.filename} cannot be made: {error.strerror}", way_out="Mend the folder's permissions."
        ) from error
    return [
        f"{'found' if before[name] else 'made'} the {name}: {app.config.path(place)}"
        for name, place in places.items()
    ]


def _sealed(app: App) -> Iterator[str]:
    """Seals the register of an older program, and says so; lines that are not as the record tells are left out."""
    sealed, left = app.register.seal_old(actor=ACTOR, now=app.now())
    if sealed:
        yield f"sealed the register of before: {', '.join(sealed)}"
    for login in left:
        yield f"left {login} unsealed: that line is not as the record tells. A director enters it anew, with `publisher officer add`"


def _director(app: App, given: dict[str, Any]) -> str:
    """Puts the first director on an empty register, and says so; empty where there is nobody to put.

    Raises NotDesignated where somebody else is to become the director of a register that there is.
    """
    wanted = given["director"]
    if lines := app.register.lines():
        if wanted and not app.register.is_director(wanted, today=app.today):
            app.designating.first(wanted, {"name": given["name"] or wanted})
        return f"found the register: {', '.join(line.row.login for line in lines)}"
    if not (wanted or given["yes"] or sys.stdin.isatty()):
        return ""
    answers = _answers(app, given)
    login = answers.pop("director")
    with flags_named():
        row = app.designating.first(login, entries(answers)).line.row
    return f"registered {row.login} ({row.name}) as director, officer and approver"


def _answers(app: App, given: dict[str, Any]) -> dict[str, Any]:
    import getpass

    today = app.today
    login = given["director"] or _ask("Login of the director", getpass.getuser(), given, "--director")
    name = given["name"] or _ask("First and last name", login, given, "--name")
    answers = {key: value for key, value in given.items() if key != "yes"} | {"director": login, "name": name}
    for key, words in _DATES.items():
        flag = f"--{key.replace('_', '-')}"
        question = f"Clause 5c: the day, like {_EXAMPLE}, since when {name} {words}"
        answers[key] = given[key] or _ask(
            question, today.isoformat(), given, flag, partial(_date_typed, today)
        )
    if given["yes"]:
        _output.complain(
            f"By --yes you confirm the three prerequisites of clause 5c for {login}: {', '.join(_DATES.values())}."
        )
    return answers


def _date_typed(today: date, text: str) -> str:
    """What was typed, if it is a day that has come; else click asks this question again, and no other."""
    try:
        done = day(text, "")
    except InputError as error:
        raise click.UsageError(str(error)) from error
    if done and done > today:
        raise click.UsageError(f"{done} has not come yet. Give the day on which it was done.")
    return text


def _ask(
    question: str, default: str, given: dict[str, Any], flag: str, read: Callable[[str], str] | None = None
) -> str:
    """What somebody answers. What is `read` has no default at a terminal: a key pressed without thought confirms nothing."""
    if given["yes"]:
        return default
    if not sys.stdin.isatty():
        raise InputError(
            "is needed", field=flag, way_out=f"Give {flag}, or --yes to confirm it as {default}."
        )
    answer: str = click.prompt(question, default=None if read else default, value_proc=read or str)
    return answer


def _say(app: App, done: list[str], file: Path) -> None:
    for line in done:
        _output.say(f"  {line}")
    _output.say("Next:")
    for line in _next_steps(app, file):
        _output.say(f"  {line}")


def _next_steps(app: App, file: Path) -> list[str]:
    steps = [f"read {file} and put the council's own names and addresses into it"]
    everyone = {row.login for row in app.register.officers()}
    if not everyone:
        steps.append(
            "publisher init --director LOGIN --name NAME --policy-read DATE --aup-signed DATE --approved DATE"
        )
    steps += [
        f'publisher officer add {source.officer} --name "…" …  (under whom [sources.{name}] acts)'
        for name, source in app.config.sources.items()
        if source.officer not in everyone
    ]
    return [*steps, 'publisher news "A title" --summary "…" --dry-run', "publisher daemon"]
