"""What every verb has: its options, and the app that they describe."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from publisher.errors import EXIT_DONE, EXIT_NO, EXIT_WAITS, InputError

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.office import Office
    from publisher.office.operations import Caller

OFFICER = "PUBLISHER_OFFICER"
NO_COLOUR = "NO_COLOR"
"""Set to anything: no colour (no-color.org)."""

EXIT_OF = {"clear": EXIT_DONE, "queued": EXIT_DONE, "review": EXIT_WAITS, "held for review": EXIT_WAITS,
           "block": EXIT_NO, "blocked": EXIT_NO}  # fmt: skip
"""The exit code that a verdict or an item's state stands for."""
_WORST_LAST = (EXIT_DONE, EXIT_WAITS, EXIT_NO)


def worst(codes: Iterator[int] | list[int]) -> int:
    """The exit code for many answers: the one that wants somebody's eye most; 0 for none."""
    return max(
        codes,
        key=lambda code: (_WORST_LAST.index(code) if code in _WORST_LAST else len(_WORST_LAST), code),
        default=EXIT_DONE,
    )


@dataclass(frozen=True, slots=True)
class Call:
    """How a verb was called, less its own options. `acts`: what it does is done by an officer."""

    config: str | None
    as_json: bool
    officer_given: str | None = None
    acts: bool = False

    @property
    def officer(self) -> str:
        """Who acts: --as, else PUBLISHER_OFFICER, else the login at this machine; who only looks may be nobody.

        Raises InputError.
        """
        if found := self.officer_given or os.environ.get(OFFICER):
            return found
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_name  # not $USER, which anyone can set
        except KeyError as error:  # no such user in a container
            if not self.acts:
                return ""
            raise InputError(
                "nobody is logged in here", field="--as", way_out="Say who you are with --as LOGIN."
            ) from error

    @contextmanager
    def office(self, *, judging: bool = False) -> Iterator[Office]:
        """The office for whoever calls: on the server or the daemon's socket that is named, else in this process.

        A named server is asked and nothing else, so that nobody gets round it by its being away. `judging` says that
        the gate will be asked. Raises PublisherError.
        """
        from publisher.ways import way_of

        if way := way_of(self.config):
            from publisher import remote

            self._demand_no_claim(way.knows)
            with remote.office(way) as there:
                yield there
            return
        from publisher import office
        from publisher.via import coming_via

        caller = self._caller()
        with self.app(judging=judging) as app, coming_via(caller.via):
            yield office.here(app, caller)

    def _demand_no_claim(self, known_by: str) -> None:
        for claimed, field, way_out in (
            (self.officer_given, "--as", "Leave it out."),
            (os.environ.get(OFFICER), OFFICER, f"Run `unset {OFFICER}`."),
        ):
            if claimed:
                raise InputError(f"the server knows who you are by {known_by}", field=field, way_out=way_out)

    def _caller(self) -> Caller:
        """Who works on the database of this machine: whoever may open it is who they say they are; how they came is recorded."""
        from publisher.office.operations import Caller

        claimed = bool(self.officer_given or os.environ.get(OFFICER))
        door = f"cli uid {os.getuid()}{' named by --as' if claimed else ''}"
        return Caller(self.officer, door, at_hand=True)

    @contextmanager
    def app(self, *, create: bool = False, judging: bool = False) -> Iterator[App]:
        """The app of the config.toml that was meant; closed afterwards. `judging` says that the gate will be asked."""
        from publisher.app import open_app

        app = open_app(self.config, create=create)
        try:
            if judging:
                app.start_reader()
            yield app
        finally:
            app.close()


def verb(*, acts: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives a verb --config, --json, --no-color, and --as where an officer acts; it is called with a Call first."""

    def decorate(work: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(work)
        @click.pass_context
        def called(
            ctx: click.Context,
            /,
            *args: Any,
            here: str | None,
            as_json: bool,
            no_color: bool,
            officer: str | None = None,
            **given: Any,
        ) -> Any:
            if no_color or os.environ.get(NO_COLOUR):
                ctx.color = False
            return work(Call(here or ctx.find_root().obj, as_json, officer, acts), *args, **given)

        return _with_options(called, acts=acts)

    return decorate


def _with_options(work: Callable[..., Any], *, acts: bool) -> Callable[..., Any]:
    options = [
        click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs."),
        click.option("--config", "here", metavar="PATH", help="config.toml to use."),
        click.option("--no-color", "no_color", is_flag=True, help="No colours."),
    ]
    if acts:
        who = f"Who you are [else ${OFFICER}, else your login]."
        options.insert(0, click.option("--as", "officer", metavar="LOGIN", help=who))
    for option in reversed(options):
        work = option(work)
    return work


@contextmanager
def at_flag(*, leave_out: str) -> Iterator[None]:
    """Errors about the moment name the flag that the officer typed; `leave_out` is how that verb says "now"."""
    try:
        yield
    except InputError as error:
        if error.field not in {"publish_at", "--at"}:
            raise
        way_out = error.way_out.replace("Leave it out", leave_out)
        raise InputError(error.detail, field="--at", way_out=way_out) from error


def examples(*lines: str) -> str:
    """The Examples of a verb's help, not re-wrapped (click's backspace marker)."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
