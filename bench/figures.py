"""Figures with their uncertainty, and the table that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

Z_95 = 1.959964
"""The normal distribution's two-sided 95 % point."""
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: `hits` of `n`, or a `value` in `unit`. `least` or `most` is the target, if there is one.

    `shown` lists what counts against it: misses where much is good, false alarms where little is.
    """

    what: str
    hits: int = 0
    n: int = 0
    least: float | None = None
    most: float | None = None
    value: float | None = None
    unit: str = ""
    key: str = ""
    shown: Sequence[str] = field(default=())

    @property
    def measured(self) -> float:
        """The share, or the value."""
        if self.value is not None:
            return self.value
        return self.hits / self.n if self.n else 0.0

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None where there is none, or nothing was measured."""
        if self.n == 0 and self.value is None:
            return None
        if self.least is not None:
            return self.measured >= self.least
        return None if self.most is None else self.measured <= self.most

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of a share (Wilson, 1927)."""
        return wilson(self.hits, self.n) if self.value is None and self.n else None

    def to_json(self) -> dict[str, Any]:
        """The line as plain JSON values."""
        return {
            "what": self.what, "key": self.key, "measured": self.measured, "unit": self.unit or "share",
            "hits": self.hits, "n": self.n, "interval": self.interval, "least": self.least, "most": self.most,
            "reached": self.reached,
        }  # fmt: skip


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of hits/n (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927)."""
    share, weight = hits / n, Z_95**2 / n
    middle = (share + weight / 2) / (1 + weight)
    half = Z_95 / (1 + weight) * sqrt(share * (1 - share) / n + weight / (4 * n))
    return max(0.0, middle - half) if hits else 0.0, min(1.0, middle + half) if hits < n else 1.0


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


_HEAD = ("WHAT", "TARGET", "MEASURED", "95 % INTERVAL", "N", "REACHED")
_ALIGN = "<>>>>>"


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table for people."""
    lines = [_HEAD, *(_cells(figure) for figure in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(
            f"{cell:{side}{width}}" for cell, side, width in zip(line, _ALIGN, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def _cells(figure: Figure) -> tuple[str, ...]:
    reached = {True: "yes", False: "NO", None: ""}[figure.reached]
    if figure.n == 0 and figure.value is None:
        return (figure.what, _target(figure), "nothing to measure", "", "0", "")
    count = "" if figure.n == 0 else f"{figure.hits}/{figure.n}" if figure.value is None else str(figure.n)
    return (figure.what, _target(figure), _text(figure, figure.measured), _interval(figure), count, reached)


def _target(figure: Figure) -> str:
    if figure.least is not None:
        return f"≥ {_text(figure, figure.least)}"
    return "" if figure.most is None else f"≤ {_text(figure, figure.most)}"


def _interval(figure: Figure) -> str:
    if figure.interval is None:
        return ""
    return " – ".join(_text(figure, bound) for bound in figure.interval)


def _text(figure: Figure, value: float) -> str:
    return f"{value:.1f} {figure.unit}" if figure.unit else f"{value * PERCENT:.1f} %"
