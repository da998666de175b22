"""Logistic regression for the second reader: on figures alone, and on pairs of traits besides (train_reader.py).

Nesterov's accelerated gradient on the weighted logistic loss (Nesterov 1983), with an L2 penalty on all but the last weight.
The same input gives the same weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

STEPS, LOOKS = 250, 30
"""Steps down, and looks at how steep it is before them."""
A_LITTLE_OVER = 1.02
"""The looks come near the steepness from below: too long a step would lead uphill."""
FARTHEST = 30
"""Where the logistic function says one or nought as near as numbers can."""

Weights = tuple[Any, ...]
"""What is fitted, in one or more arrays."""


def fitted(figures: Any, bad: Any, weight: Any, penalty: float) -> Any:
    """A weight for each figure, and the one for all as the last. `weight` says how much each row counts."""
    columns = np.hstack([figures, np.ones((len(figures), 1))])
    kept = np.full(columns.shape[1], penalty)
    kept[-1] = 0.0

    def said(found: Any) -> Any:
        return columns @ found

    def back(each: Any) -> Weights:
        return (columns.T @ each,)

    return _descended(said, back, (bad, weight), (np.zeros(columns.shape[1]),), (kept,), penalty)[0]


def fitted_pairs(figures: Any, traits: Any, bad: Any, weight: Any, penalties: tuple[float, float]) -> Weights:
    """The same with a weight for each pair of traits, which are too many columns to write out: figures, pairs, all."""

    def said(single: Any, pairs: Any, bias: Any) -> Any:
        return figures @ single + ((traits @ pairs) * traits).sum(1) + bias

    def back(each: Any) -> Weights:
        each = each.astype(np.float32)
        return figures.T @ each, (traits * each[:, None]).T @ traits, each.sum()

    size = traits.shape[1]
    start = (np.zeros(figures.shape[1], np.float32), np.zeros((size, size), np.float32), np.float32(0))
    return _descended(said, back, (bad, weight.astype(np.float32)), start, (*penalties, 0.0), penalties[0])


def _descended(
    said: Callable[..., Any], back: Callable[[Any], Weights], labels: tuple[Any, Any], start: Weights,
    kept: Sequence[Any], penalty: float,
) -> Weights:  # fmt: skip
    """The weights after STEPS. `said` says something of each row, `back` gives the slope for how wrong that is."""
    bad, weight = labels
    step = 1.0 / (0.25 * _steepness(said, back, weight, start) + penalty)
    found = ahead = start
    pace = 1.0
    for _ in range(STEPS):
        wrong = back(weight * (1.0 / (1.0 + np.exp(-np.clip(said(*ahead), -FARTHEST, FARTHEST))) - bad))
        moved = tuple(
            one - step * (off + keep * one) for one, off, keep in zip(ahead, wrong, kept, strict=True)
        )
        faster = (1.0 + np.sqrt(1.0 + 4.0 * pace * pace)) / 2.0
        ahead = tuple(
            new + (pace - 1.0) / faster * (new - old) for new, old in zip(moved, found, strict=True)
        )
        found, pace = moved, faster
    return found


def _steepness(
    said: Callable[..., Any], back: Callable[[Any], Weights], weight: Any, start: Weights
) -> float:
    """The greatest eigenvalue of the weighted Gram matrix, a little over (power iteration)."""
    direction, size = tuple(np.ones_like(part) for part in start), 1.0
    for _ in range(LOOKS):
        direction = back(weight * said(*direction))
        size = float(np.sqrt(sum((part * part).sum() for part in direction)))
        direction = tuple(part / part.dtype.type(size) for part in direction)
    return size * A_LITTLE_OVER
