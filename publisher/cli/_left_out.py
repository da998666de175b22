"""The closed channels that an item does not go to, as people read of them: a post that is silently missing is missed late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.cli import _output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def left_out_lines(left_out: Iterable[Mapping[str, str]]) -> list[str]:
    """One paragraph for each: which, why, and what to do."""
    return [_output.wrapped(f"Left out: {one['why']}", "  ", first="") for one in left_out]
