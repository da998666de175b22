"""What an operation is: one thing that may be asked of this program, declared once, for every door.

The CLI calls it in this process, or over HTTP with the same name and arguments (publisher/remote.py); the API serves it
(publisher/api.py). Path parameters come first, by position; then what a GET asks for, by keyword; or one `body`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from publisher.errors import InputError

if TYPE_CHECKING:
    from publisher.app import App

Shown: TypeAlias = dict[str, Any]
"""An answer: plain JSON values, as `--json` prints them."""
_Work = TypeVar("_Work", bound=Callable[..., Shown])


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Scope(StrEnum):
    """What a token may be used for. At this machine an officer may do all that their roles allow."""

    READ = "read"
    WRITE = "write"
    CONFIDE = "confide"
    DECIDE = "decide"
    DIRECT = "direct"
    ENROL = "enrol"


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, by which door, and for what they may be asking. Known by the door, never taken from what is asked.

    `token` is the id of the token by which they are known; empty at this machine. `at_hand`: they opened the database
    themselves, so that nothing of it can be hidden from them.
    """

    login: str
    via: str
    scopes: frozenset[Scope] = ALL_SCOPES
    token: str = ""
    at_hand: bool = False


class Body(BaseModel):
    """What is sent with an operation: an unknown field is an error, never passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _as_it_is_meant(cls, value: Any, info: ValidationInfo) -> Any:
        return as_meant(value, cls.model_fields[info.field_name or ""].annotation)

    def __init__(self, **given: Any) -> None:
        """Raises InputError that names the wrong field, whoever fills it in: a verb, or the API."""
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise wrong(error) from None


@dataclass(frozen=True, slots=True)
class Operation:
    """How an operation is reached over HTTP, and the scope that a token needs for it.

    `judging`: the gate is asked, so that the second reader, where there is one, is started beforehand. `steady`: the
    answer stays the same while the program runs, so that a client asks once. `pictures`: a body may hold pictures, so that
    a large one is taken.
    """

    method: str
    path: str
    scope: Scope
    judging: bool = False
    steady: bool = False
    pictures: bool = False


class Part:
    """One part of what may be asked: a class of operations on one App, for one caller."""

    def __init__(self, app: App, caller: Caller) -> None:
        self._app, self._caller = app, caller

    @property
    def _who(self) -> str:
        return self._caller.login


def as_meant(value: Any, kind: Any) -> Any:
    """`value`, unless it is of another kind that pydantic would turn into this one: 0 is no day, and is not false.

    Raises ValueError.
    """
    kinds = {kind, *get_args(kind)}
    if date in kinds and (
        isinstance(value, int | float) or (isinstance(value, str) and not _DAY.fullmatch(value))
    ):
        message = "a day is needed, such as 2026-11-28"
    elif bool in kinds and not isinstance(value, bool | None):
        message = "true or false is needed"
    elif int in kinds and isinstance(value, bool | str | float):
        message = "a whole number is needed"
    else:
        return value
    raise ValueError(message)


def operation(
    method: str,
    path: str,
    scope: Scope,
    *,
    judging: bool = False,
    steady: bool = False,
    pictures: bool = False,
) -> Callable[[_Work], _Work]:
    """Declares a method of a Part as an operation."""

    def declare(work: _Work) -> _Work:
        work.__dict__["operation"] = Operation(method, path, scope, judging, steady, pictures)
        return work

    return declare


def operations(part: type[Part]) -> dict[str, Operation]:
    """The operations of a part, by the names of their methods, in the order in which they are written."""
    return {
        name: work.operation
        for name, work in vars(part).items()
        if isinstance(getattr(work, "operation", None), Operation)
    }


def wrong(error: ValidationError, field: str = "") -> InputError:
    """The first fault as one that a person can mend; never what was given, which may be long or a secret."""
    fault = error.errors(include_input=False, include_url=False)[0]
    name = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in (field, *fault["loc"]) if part != ""
    )
    if fault["type"] == "extra_forbidden":
        return InputError("there is no such field", field=name.lstrip("."), way_out="Check its spelling.")
    words = fault["msg"].removeprefix("Value error, ")
    return InputError(words[:1].lower() + words[1:], field=name.lstrip("."))
