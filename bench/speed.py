"""How long an item takes, and a start of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench import texts
from bench.council import MILLISECONDS, Council, item_file
from bench.figures import Figure, percentile
from bench.measures import Bench
from publisher.checking import sketch
from publisher.item import parse
from publisher.policy import Context

RULES_MS, READER_MS, START_MS = 5.0, 50.0, 1_000.0
STARTS = 3
P50, P95 = 0.50, 0.95


def figures(bench: Bench, folder: Path) -> Iterator[Figure]:
    """Times of everything that was judged so far, then of a start with one item."""
    yield from _of(bench.council, "rules", RULES_MS)
    if bench.reader:
        yield from _of(bench.reader, "rules and reader", READER_MS)
    alone = [_alone(bench.council, row) for name in texts.CLEAN for row in texts.rows(bench.data, name)]
    yield Figure(
        "time of a clean item, the gate's part alone, p95",
        n=len(alone),
        value=percentile(alone, P95),
        unit="ms",
    )
    yield _starts("start, with one item judged", folder / "rules", "start")
    if bench.reader:
        yield _starts("start with the reader, with one item judged", folder / "reader", "start-reader")


def _starts(what: str, folder: Path, key: str) -> Figure:
    starts = [_start(folder) for _ in range(STARTS)]
    return Figure(what, n=STARTS, value=median(starts), unit="ms", most=START_MS, key=key)


def _of(council: Council, by: str, most: float) -> Iterator[Figure]:
    for name, share in (("p50", P50), ("p95", P95)):
        yield Figure(
            f"time of an item, {by}, {name}", n=len(council.took), value=percentile(council.took, share), unit="ms",
            most=most if share == P95 else None,
        )  # fmt: skip


def _alone(council: Council, row: dict[str, Any]) -> float:
    """The gate's own part, without making the posts, in milliseconds."""
    item = parse(texts.news(row))
    posts, unseen = sketch(council.app, item, None)
    context = Context(council.app.sketcher.limits, unseen=unseen)
    start = time.perf_counter()
    council.app.gate.check(item, posts, context)
    return (time.perf_counter() - start) * MILLISECONDS


def _start(folder: Path) -> float:
    """From nothing to the verdict on one item, in milliseconds."""
    start = time.perf_counter()
    subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "publisher", "check", "--jsonl", str(item_file(folder))], cwd=folder, check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}, capture_output=True,
    )  # fmt: skip
    return (time.perf_counter() - start) * MILLISECONDS
