"""How an operation's arguments travel over HTTP: the same declaration packs them (the client) and unpacks them (the API).

What stands in the path's braces goes there, quoted, so that a slash in a reference stays part of it; other parameters
go into the query; the one `body` is sent as JSON.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import quote, unquote

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from publisher.errors import InputError
from publisher.office.operations import Body, Operation, as_meant, wrong

_BRACES = re.compile(r"\{(\w+)\}")
_LISTS = (list, tuple, frozenset, set)


@dataclass(frozen=True, slots=True)
class Packed:
    """An operation's arguments as a request holds them: the path with its values, the query, the body's JSON values."""

    path: str
    query: tuple[tuple[str, str], ...]
    body: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Query:
    """One parameter of a query: its type, and whether it may be left out or be there more than once."""

    type: TypeAdapter[Any]
    needed: bool
    many: bool


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one operation, by where they travel."""

    signature: inspect.Signature
    path: tuple[str, ...]
    query: Mapping[str, Query]
    body: tuple[str, type[Body]] | None


@cache
def arguments(work: Callable[..., Any], operation: Operation) -> Arguments:
    """How the arguments of `work` travel. The signature is without `self`, and with its types resolved."""
    hints = get_type_hints(work, include_extras=True)
    given = list(inspect.signature(work).parameters.values())[1:]
    named = [one.replace(annotation=hints.get(one.name, str)) for one in given]
    path = tuple(_BRACES.findall(operation.path))
    rest = [one for one in named if one.name not in path]
    bodies = [one for one in rest if isinstance(one.annotation, type) and issubclass(one.annotation, Body)]
    query = {one.name: _query(one) for one in rest if one not in bodies}
    body = (bodies[0].name, bodies[0].annotation) if bodies else None
    return Arguments(inspect.Signature(named), path, query, body)


def _query(one: inspect.Parameter) -> Query:
    needed = one.default is inspect.Parameter.empty
    kind = one.annotation
    is_day = date in {kind, *get_args(kind)}
    checked: Any = Annotated[kind, BeforeValidator(partial(as_meant, kind=date))] if is_day else kind
    return Query(TypeAdapter(checked), needed, _is_list(one.annotation))


def _is_list(kind: Any) -> bool:
    """`list[str]`, and `list[str] | None`."""
    return get_origin(kind) in _LISTS or any(get_origin(one) in _LISTS for one in get_args(kind))


def pack(of: Arguments, operation: Operation, given: Sequence[Any], named: Mapping[str, Any]) -> Packed:
    """The request that asks with these arguments. Raises InputError for what is no text, TypeError as a call would."""
    values = of.signature.bind(*given, **named).arguments
    path = _BRACES.sub(lambda found: _quoted(found[1], values[found[1]]), operation.path)
    query = tuple(pair for name in of.query if name in values for pair in _pairs(name, values[name]))
    return Packed(path, query, _plain(values[of.body[0]]) if of.body else None)


def _plain(body: Body) -> dict[str, Any]:
    try:
        return body.model_dump(mode="json", exclude_unset=True)
    except ValueError:  # pydantic goes only so deep into what may hold anything
        raise InputError("what is to be sent is nested too deeply", way_out="Simplify it.") from None


def _quoted(name: str, value: Any) -> str:
    try:
        return quote(str(value), safe="")
    except UnicodeEncodeError:
        raise InputError("this is no text", field=name) from None


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """None is left out, as it is where a parameter is not given."""
    if value is None:
        return
    for one in value if isinstance(value, _LISTS) else (value,):
        plain = TypeAdapter(Any).dump_python(one, mode="json")
        text = str(plain).lower() if isinstance(plain, bool) else str(plain)
        if not text.isprintable() and _is_no_text(text):
            raise InputError("this is no text", field=name)
        yield name, text


def _is_no_text(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def unpack(
    of: Arguments, path: Mapping[str, str], query: Sequence[tuple[str, str]], body: Any
) -> dict[str, Any]:
    """The keyword arguments that a request holds; `path` is still quoted. Raises InputError that names the wrong one."""
    values: dict[str, Any] = {name: _unquoted(name, path[name]) for name in of.path}
    for name in {name for name, _ in query}:
        if name not in of.query:
            raise InputError("there is no such parameter", field=name, way_out="Check its spelling.")
    for name, one in of.query.items():
        found = [value for given, value in query if given == name]
        if found or one.needed:
            values[name] = _value(name, one, found)
    if of.body:
        name, model = of.body
        values[name] = _body(model, body)
    elif body not in (None, {}):
        raise InputError("nothing is taken in the body here", field="body", way_out="Leave it empty.")
    return values


def _unquoted(name: str, text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InputError("this is not UTF-8", field=name) from None


def _value(name: str, one: Query, found: list[str]) -> Any:
    if len(found) > 1 and not one.many:
        raise InputError("this is given more than once", field=name)
    if not found:
        raise InputError("this is needed", field=name)
    try:
        return one.type.validate_python(found) if one.many else one.type.validate_strings(found[0])
    except ValidationError as error:
        raise wrong(error, name) from None


def _body(model: type[Body], body: Any) -> Body:
    if not isinstance(body, dict):
        raise InputError("a JSON object is needed", field="body")
    try:
        return model.model_validate(body)
    except ValidationError as error:  # of a part that is no Body of ours
        raise wrong(error) from None
