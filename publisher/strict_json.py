"""JSON that means the same to every reader (RFC 8259): UTF-8, finite numbers, whole characters, names once, not too deep."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from publisher.errors import InputError

DEPTH_MOST = 32
"""Levels within each other: deeper is nothing of ours, and would exhaust whoever walks through it."""
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")


def read(body: bytes) -> Any:
    """The values in `body`. Raises InputError."""
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=once_each, parse_constant=_refuse, parse_float=_finite
        )
        if _HALF_CHARACTER.search(body):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except GivenTwice as error:
        raise InputError(str(error), field="body") from None
    except (ValueError, RecursionError):
        raise InputError("the body is not JSON in UTF-8", field="body") from None
    if _is_deeper(value, DEPTH_MOST):
        raise InputError(f"at most {DEPTH_MOST} levels are taken", field="body")
    return value


class GivenTwice(ValueError):
    """A name stands twice in an object: of two titles, nobody could say which was checked (RFC 8259 section 4)."""


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different, for json's `object_pairs_hook`. Raises GivenTwice."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            message = f"{name!r} is given twice"
            raise GivenTwice(message)
        found[name] = value
    return found


def _refuse(word: str) -> float:
    raise ValueError(word)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _is_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most + 1):
        level = [inner for one in level for inner in _within(one)]
    return bool(level)


def _within(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
