"""A gate as plain JSON and back, whole: so that a verdict can be repeated long after its rules have changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache, lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from publisher.channels import Limits
from publisher.errors import InputError
from publisher.policy.context import Context
from publisher.policy.gate import Gate
from publisher.policy.hosts import Council
from publisher.policy.rules import KEPT, Rule, RuleBook
from publisher.policy.subject import Reader

_PLAIN = frozenset({str, int, float, bool, type(None)})
_LEFT_OUT = {Rule: frozenset({"examples"}), Limits: frozenset({"cost", "deletion"})}
"""What no verdict depends on: a rule's examples; and what a channel asks for a post and for taking one down."""


class OtherReader(InputError):
    """A gate was made with a second reader that is not here."""


def to_json(gate: Gate) -> dict[str, Any]:
    """All that the gate's verdicts depend on, besides the program itself."""
    reader = gate.reader.version if gate.reader else None
    whole = {"book": _plain_book(gate.book), "council": plain(gate.council), "pages": sorted(gate.pages)}
    return whole | {"reader": reader}


@lru_cache(KEPT)
def _plain_book(book: RuleBook) -> Any:
    """It is most of a gate, and the same for every queue of a process."""
    return plain(book)


def from_json(value: Mapping[str, Any], reader: Reader | None = None) -> Gate:
    """The gate again: the same version, the same verdicts. `reader` is the second reader that is here, if any is.

    Raises OtherReader where it was made with another, and what damaged values raise (KeyError, TypeError, …).
    """
    wanted = value["reader"]
    if wanted is not None and (reader is None or reader.version != wanted):
        raise OtherReader(
            f"it needs the second reader {wanted}", way_out="Install the extra of that version."
        )
    return Gate(
        built(RuleBook, value["book"]), built(Council, value["council"]), built(frozenset[str], value["pages"]),
        reader if wanted is not None else None,
    )  # fmt: skip


def context_to_json(context: Context) -> dict[str, Any]:
    """The circumstances of a check as plain JSON values."""
    values: dict[str, Any] = plain(context)
    return values


def context_from_json(value: Mapping[str, Any]) -> Context:
    """The circumstances again."""
    found: Context = built(Context, value)
    return found


def plain(value: Any) -> Any:
    """Frozen dataclasses, lists, sets, dates and enums as plain JSON values. Nearly all of a rule book is plain already."""
    if type(value) in _PLAIN:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        left_out = _LEFT_OUT.get(type(value), frozenset())
        return {
            part.name: plain(getattr(value, part.name)) for part in fields(value) if part.name not in left_out
        }
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(plain(inner) for inner in value)
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.value if isinstance(value, Enum) else value.isoformat()


def built(kind: Any, value: Any) -> Any:
    """A value of the type `kind` from what `plain` made of it."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin in {UnionType, Union}:
        chosen = next(part for part in inside if part is not type(None))
        return None if value is None else built(chosen, value)
    if origin is tuple and inside[-1] is not Ellipsis:
        return tuple(built(part, one) for part, one in zip(inside, value, strict=True))
    if origin in {tuple, frozenset}:
        return origin(built(inside[0], one) for one in value)
    if origin is Mapping:
        return {built(inside[0], key): built(inside[1], one) for key, one in value.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: built(hints[name], one) for name, one in value.items()})
    return _single(kind, value)


def _single(kind: Any, value: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, date):
        return kind.fromisoformat(value)
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value


@cache
def _hints(kind: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(kind)
