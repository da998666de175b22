"""Train the weights of wording: `python -m bench.train_wording [--clean FILE.jsonl ...]`.

Reads cases/training-social.toml, cases/council_*.toml and the rules' own examples, and writes publisher/policy/wording/weights.json. Files of clean
council texts (`title`, `summary`, `body` or `text` in each line) help: what they say must pass. They are other people's
and stay with whoever trains; only weights come of them. The same input gives the same weights.

One set of weights for each kind, against all that is plain: a logistic regression on the features of the detector.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from publisher.policy.detectors.wording import FEWEST, SCALE, WEIGHTS, digest_of, features
from publisher.policy.readings import Reading
from publisher.policy.rules import BUILT_IN, read

CASES = Path(__file__).parent / "cases"
KINDS = ("chain", "bait", "spam")
SEEN_AT_LEAST = 2
"""Texts that a feature must be in: what is in one alone says nothing of others."""
STEPS, RATE = 250, 0.1
PENALTY = 3e-6
"""L2 on the weights; chosen by leaving out thirds of the texts and of the clean ones."""
KEPT = 6000
"""Features of a kind that keep a weight: those with the largest."""
PLAIN_TIMES = 3
"""How often the plain sentences count: they are few, and look most like what is sought."""
CHUNK = 45
"""Words of a body that are one text to learn from, about a summary's length."""

Example = frozenset[str]


def main() -> int:
    """Trains, writes, and says how many texts there were, and the digest for the rules."""
    given = _arguments()
    said = tomllib.loads((CASES / "training-social.toml").read_text(encoding="utf-8"))["training"]
    plain = [*_examples(_plain(given.clean)), *_examples([*said["plain"], *_of_rules()]) * PLAIN_TIMES]
    kinds = {kind: _trained(_examples(said[kind]), plain) for kind in KINDS}
    content = json.dumps({"about": _ABOUT, "kinds": kinds}, ensure_ascii=False).encode() + b"\n"
    WEIGHTS.parent.mkdir(exist_ok=True)
    WEIGHTS.write_bytes(content)
    sizes = ", ".join(f"{kind} {len(said[kind])}" for kind in KINDS)
    sys.stdout.write(f'{WEIGHTS}: {sizes}, plain {len(plain)}; weights = "{digest_of(content)}"\n')
    return 0


_ABOUT = "Weights of wording; made by bench/train_wording.py, read by publisher/policy/detectors/wording.py."


def _arguments() -> Any:
    parser = argparse.ArgumentParser("train_wording", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clean", nargs="*", type=Path, default=[], help="files of clean texts, JSON lines")
    return parser.parse_args()


def _examples(texts: Iterable[str]) -> list[Example]:
    """Made-up domains end in .example, which no one's do who mean it."""
    return [features(Reading(text.replace(".example", ".com"))) for text in texts]


def _of_rules() -> Iterator[str]:
    """What the rules themselves say is plain: their remedies, and the sentences that they must let pass."""
    for rule in read([BUILT_IN]).rules.values():
        yield rule.remedy
        yield from (each for each in rule.examples["pass"] if isinstance(each, str))


def _plain(files: Iterable[Path]) -> Iterator[str]:
    councils = (
        tomllib.loads(file.read_text(encoding="utf-8"))["case"]
        for file in sorted(CASES.glob("council_*.toml"))
    )
    items = [item for cases in councils for item in cases]
    items += [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    for item in items:
        summary = item.get("summary") or item.get("text") or ""
        yield f"{item.get('title') or 'Notice'}\n{summary}"
        yield summary
        yield from _chunks(item.get("body") or "")


def _chunks(body: str) -> Iterator[str]:
    words: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", body):
        words += sentence.split()
        if len(words) >= CHUNK:
            yield " ".join(words)
            words = []
    yield " ".join(words)


@dataclass(frozen=True, slots=True)
class _Table:
    """Which features are in which texts, as three columns: text, feature and value."""

    rows: Any
    columns: Any
    values: Any


def _trained(sought: Sequence[Example], plain: Sequence[Example]) -> dict[str, Any]:
    """What one kind of message is known by: a bias, and weights by feature, SCALE times what they stand for."""
    texts = [*sought, *plain]
    counted = Counter(feature for text in texts for feature in text)
    names = sorted(feature for feature, times in counted.items() if times >= SEEN_AT_LEAST)
    labels = np.arange(len(texts)) < len(sought)
    shares = np.where(labels, 0.5 / len(sought), 0.5 / len(plain))
    weights, bias = _fitted(_table(texts, names), labels.astype(float), shares, len(names))
    kept = sorted(range(len(names)), key=lambda number: (-abs(weights[number]), names[number]))[:KEPT]
    whole = {names[number]: round(float(weights[number]) * SCALE) for number in sorted(kept)}
    weighty = {name: weight for name, weight in whole.items() if weight}
    return {"bias": round(bias * SCALE), "weights": weighty}


def _table(texts: Sequence[Example], names: Sequence[str]) -> _Table:
    number = {name: place for place, name in enumerate(names)}
    known = [sorted(number[feature] for feature in text if feature in number) for text in texts]
    rows = np.repeat(np.arange(len(texts)), [len(each) for each in known])
    lengths = np.array([max(len(text), FEWEST) for text in texts], float)
    return _Table(
        rows, np.concatenate([np.array(each, np.int64) for each in known]), 1 / np.sqrt(lengths[rows])
    )


def _fitted(table: _Table, labels: Any, shares: Any, size: int) -> tuple[Any, float]:
    """Adam on the logistic loss (Kingma and Ba 2015, with their constants)."""
    place, mean, square = np.zeros(size + 1), np.zeros(size + 1), np.zeros(size + 1)
    for step in range(1, STEPS + 1):
        odds = np.bincount(table.rows, table.values * place[table.columns], len(labels)) + place[-1]
        errors = (1 / (1 + np.exp(-odds)) - labels) * shares
        slope = np.bincount(table.columns, table.values * errors[table.rows], size) + PENALTY * place[:-1]
        slope = np.append(slope, errors.sum())
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        place -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-9)
    return place[:-1], float(place[-1])


if __name__ == "__main__":
    raise SystemExit(main())
