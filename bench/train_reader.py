"""Train the heads of the second reader: `python -m bench.train_reader [--clean FILE.jsonl ...]`.

Reads cases/training-hateful.toml, training-plain.toml and groups.toml, and writes publisher/policy/reader/heads.json.
Files of clean council texts (`title`, `summary`, `body` or `text` in each line) help: what they say must pass. They are
other people's and stay with whoever trains; only weights come of them. Of files of cases (.toml) half is learned from, and
the other half is there to measure with. The same input gives the same weights.

Two heads. `groups` reads sentences that name a group of people, with the group's name taken out; `abuse` reads those and all with somebody in them.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import random
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.fitting import fitted, fitted_pairs
from publisher import reader
from publisher.policy.detectors.second_reader import NAMES
from publisher.policy.readings import Reading
from publisher.policy.rules import BUILT_IN, read
from publisher.policy.sentences import GroupNames, Sentence, group_names, sentences

CASES = Path(__file__).parent / "cases"
SEED = 3
GROUPS_EACH = 4
"""Groups that each sentence is filled with. Most become one and the same: the reader sees no group's name."""
MISSPELT = 0.4
"""Share of sentences that are there a second time, misspelt."""
PENALTY = 1e-4
"""L2 on the weights of figures; chosen by leaving out whole kinds of hateful sentences and quarters of the clean texts."""
PAIRS_PENALTY = 3e-5
"""L2 on the weights of pairs of traits; chosen by leaving out a fifth of all sentences."""
TRAITS = 128
"""Directions in which the figures of sentences differ most; more of them found no more."""
REACH = 3.0
"""Mean of the squares of a sentence's traits together: how much pairs count beside single figures."""

GLANCE_PENALTY = 1e-3
GLANCE_LEAST = -2.0
"""From here on what the glance says counts: four of five clean sentences are below, and one of a thousand hateful ones."""
GLANCE_SHARE = {"groups": 30, "abuse": 50}
"""Hundredths of what the glance says that are added to what a head says: half as many false alarms, and as many found."""
FIELDS = ("title", "summary", "body", "text")
"""Where a clean row has its words."""

Split = dict[str, bool]
"""Sentence as it is read: whether it names a group."""


@dataclass(frozen=True, slots=True)
class Part:
    """Sentences of one label, and how much they weigh together."""

    sentences: Sequence[str]
    bad: bool
    weight: float


def main() -> int:
    """Trains, writes, and says how many sentences there were."""
    given = _arguments()
    book = read([BUILT_IN])
    names = group_names(*(book.tables[f"reader_{name}"] for name in NAMES))
    corpus = Corpus(names, given.clean, [rule.remedy for rule in book.rules.values()])
    model = _untrained(given.out, corpus.words)
    learned = {"about": _ABOUT, "words": corpus.words, "glance": _glance(model, corpus.glance())}
    learned |= _lens_and_heads(model, corpus.heads())
    given.out.write_text(json.dumps(learned) + "\n", encoding="utf-8")
    sys.stdout.write(f"{given.out}: {', '.join(f'{key} {len(value)}' for key, value in corpus.sizes())}\n")
    return 0


_ABOUT = "Weights of the second reader; made by bench/train_reader.py, read by publisher/reader.py."


def _arguments() -> Any:
    parser = argparse.ArgumentParser("train_reader", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clean", nargs="*", type=Path, default=[], help="files of clean texts, JSON lines")
    parser.add_argument("--out", type=Path, default=reader.HEADS, help="where the weights go")
    return parser.parse_args()


def _untrained(out: Path, words: Sequence[str]) -> reader.Reader:
    """A reader that knows the words by sight, and nothing else yet."""
    learned = {
        "words": words,
        "glance": {"weights": {}, "least": 0},
        "lens": {"weights": "", "middle": []},
        "heads": {},
    }
    out.write_text(json.dumps(learned), encoding="utf-8")
    return reader.open_reader(heads=out)


def is_held_out(case: Mapping[str, Any]) -> bool:
    """Whether a case of a file of clean cases is for measuring only."""
    text = "\n".join(str(case.get(key) or "") for key in FIELDS)
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1


class Corpus:
    """All sentences to learn from, as the reader takes them."""

    def __init__(self, names: GroupNames, clean: Iterable[Path], remedies: Iterable[str] = ()) -> None:
        """Reads everything. The remedies of the gate's own rules must pass it, so they are learned from, too."""
        self._names, self._chance = names, random.Random(SEED)
        self._groups = _toml("groups")["training"]
        bad, plain = _toml("training-hateful"), _toml("training-plain")
        hate = bad.pop("hate")
        self.words = _words([*_flat(hate), *(text for kind in bad.values() for text in _flat(kind))])
        self.pairs = self._pairs(hate.pop("second_sentence"))
        self.hate = self._split(_flat(hate))
        self.abuse = self._split(text for kind in bad.values() for text in _flat(kind))
        self.kind = self._split(_flat(plain.pop("identity")))
        self.plain = self._split([*(text for kind in plain.values() for text in _flat(kind)), *remedies])
        self.clean = {each.words: each.names_group for path in clean for each in self._of_file(path)}

    def sizes(self) -> list[tuple[str, Split]]:
        """The parts by name."""
        return [(name, getattr(self, name)) for name in ("hate", "pairs", "abuse", "kind", "plain", "clean")]

    def heads(self) -> dict[str, list[Part]]:
        """What each head learns from. Weights were set by hand; that many false alarms are borne, that much is missed."""
        hate, kind = _naming(self.hate), _naming(self.kind)
        groups = [
            Part(hate, True, 1.0), Part(list(self.pairs), True, 0.8), Part(kind, False, 2.0), Part(_naming(self.plain), False, 0.5),
            Part(_naming(self.clean), False, 0.5), Part(list(self.clean), False, 0.3), Part(list(self.plain), False, 0.2),
        ]  # fmt: skip
        abuse = [
            Part(hate, True, 1.0), Part(list(self.pairs), True, 0.3), Part(list(self.abuse), True, 1.0), Part(kind, False, 1.2),
            Part(list(self.plain), False, 0.8), Part(list(self.clean), False, 1.5),
        ]  # fmt: skip
        return {"groups": groups, "abuse": abuse}

    def glance(self) -> list[Part]:
        """What the glance learns from."""
        return [
            Part([*self.hate, *self.pairs, *self.abuse], True, 2.0), Part([*self.kind, *self.plain], False, 0.8),
            Part(list(self.clean), False, 1.5),
        ]  # fmt: skip

    def _read(self, text: str) -> list[Sentence]:
        return sentences(Reading(text).views[-1].text, self._names)

    def _split(self, templates: Iterable[str]) -> Split:
        found: Split = {}
        for template in templates:
            texts = list(self._filled(template, GROUPS_EACH))
            if self._chance.random() < MISSPELT:
                texts.append(_misspelt(texts[0], self._chance))
            found |= {each.words: each.names_group for text in texts for each in self._read(text)}
        return found

    def _pairs(self, templates: Iterable[str]) -> Split:
        """A group in one sentence, hatred in the next: only both together are to be learned."""
        texts = (text for template in templates for text in self._filled(template, GROUPS_EACH))
        return {self._read(text)[-1].words: True for text in texts}

    def _filled(self, template: str, count: int) -> Iterator[str]:
        groups = self._chance.sample(self._groups, count) if "{group" in template else [("", "")]
        for plural, single in groups:
            text = template.replace("{groups}", plural).replace("{group}", single)
            yield _ARTICLE.sub(r"\1n ", text)

    def _of_file(self, path: Path) -> Iterator[Sentence]:
        for row in _rows(path):
            for key in FIELDS:
                yield from self._read(row.get(key) or "")


def _rows(path: Path) -> list[dict[str, Any]]:
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return [case for case in tomllib.loads(content)["case"] if not is_held_out(case)]
    return [json.loads(line) for line in content.splitlines()]


def _words(texts: Iterable[str]) -> list[str]:
    """The words of the texts, the most frequent first."""
    found = Counter(word for text in texts for word in _WORD.findall(_BLANK.sub(" ", text.lower())))
    return sorted(found, key=lambda word: (-found[word], word))


_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_BLANK = re.compile(r"\{groups?\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiouAEIOU])")


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))


def _flat(kinds: Mapping[str, Sequence[str]]) -> Iterator[str]:
    return (text for texts in kinds.values() for text in texts)


def _naming(split: Split) -> list[str]:
    return [sentence for sentence, names_group in split.items() if names_group]


def _misspelt(text: str, chance: random.Random) -> str:
    """One or two longer words with letters swapped, left out, set apart or run together."""
    words = text.split(" ")
    for _ in range(chance.choice((1, 1, 2))):
        long = [position for position, word in enumerate(words) if len(word) > 3]  # noqa: PLR2004
        if long:
            position = chance.choice(long)
            word = words[position]
            cut = chance.randrange(1, len(word) - 1)
            forms = (
                word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :],
                word[:cut] + word[cut + 1 :],
                f"{word[:cut]} {word[cut:]}",
                word + (words.pop(position + 1) if position + 1 < len(words) else ""),
            )
            words[position] = chance.choice(forms)
    return " ".join(words)


def _glance(model: reader.Reader, parts: Sequence[Part]) -> dict[str, Any]:
    """Logistic regression on which words are there; weights of words seen once are no knowledge and left out."""
    bags = [set(model.parts(each)) for part in parts for each in part.sentences]
    counted = Counter(word for bag in bags for word in bag)
    known = sorted(word for word, count in counted.items() if count > 1)
    places = {word: place for place, word in enumerate(known)}
    there = np.zeros((len(bags), len(known)), np.float32)
    for row, bag in enumerate(bags):
        there[row, [places[word] for word in bag if word in places]] = 1.0
    found = fitted(there, *_labels(parts), GLANCE_PENALTY)
    whole = np.rint(found * reader.SCALE).astype(int).tolist()
    return {
        "least": round(GLANCE_LEAST * reader.SCALE) - whole[-1],
        "weights": dict(zip(known, whole, strict=False)),
    }


def _lens_and_heads(model: reader.Reader, heads: Mapping[str, Sequence[Part]]) -> dict[str, Any]:
    """One lens for all heads, from the sentences of the head that reads most, and the heads that look through it."""
    seen = {name: _figures(model, parts) for name, parts in heads.items()}
    lens, middle = _lens(seen["abuse"], _labels(heads["abuse"])[1])
    learned = {}
    for name, parts in heads.items():
        traits = ((seen[name] * reader.SCALE) @ lens.T.astype(np.float32) - middle) / reader.SCALE**2
        learned[name] = _head(seen[name], traits.astype(np.float32), parts) | {"glance": GLANCE_SHARE[name]}
    return {"lens": {"weights": _packed(lens, "<i2"), "middle": middle.tolist()}, "heads": learned}


def _figures(model: reader.Reader, parts: Sequence[Part]) -> Any:
    figures = np.array([model.figures(each) for part in parts for each in part.sentences], np.float32)
    return figures / reader.SCALE


def _lens(figures: Any, weight: Any) -> tuple[Any, Any]:
    """The principal components of the figures, as the reader takes them, and what their mean comes to through them."""
    mean = np.average(figures, axis=0, weights=weight)
    apart = figures - mean
    _, directions = np.linalg.eigh((apart * weight[:, None]).T @ apart)
    first = directions[:, ::-1][:, :TRAITS].T
    size = np.sqrt(REACH / np.average(((apart @ first.T) ** 2).sum(1), weights=weight))
    lens = np.rint(first * size * reader.SCALE).astype(np.int64)
    return lens, np.rint(lens @ (mean * reader.SCALE)).astype(np.int64)


def _packed(numbers: Any, kind: str) -> str:
    return base64.b64encode(numbers.astype(kind).tobytes()).decode("ascii")


def _head(figures: Any, traits: Any, parts: Sequence[Part]) -> dict[str, Any]:
    """Logistic regression: the weights of figures and of pairs of traits, and the one for all, as the reader takes them."""
    bad, weight = _labels(parts)
    single, pairs, bias = fitted_pairs(figures, traits, bad, weight, (PENALTY, PAIRS_PENALTY))
    return {
        "bias": round(float(bias) * reader.SCALE) * reader.SCALE,
        "weights": np.rint(single * reader.SCALE).astype(int).tolist(),
        "pairs": _packed(np.rint(pairs * reader.SCALE), "<i4"),
    }


def _labels(parts: Sequence[Part]) -> tuple[Any, Any]:
    """For each sentence whether it is bad, and its weight; all weights together are one."""
    parts = [part for part in parts if part.sentences]
    bad = np.concatenate([np.full(len(part.sentences), float(part.bad)) for part in parts])
    weight = np.concatenate(
        [np.full(len(part.sentences), part.weight / len(part.sentences)) for part in parts]
    )
    return bad, weight / weight.sum()


if __name__ == "__main__":
    sys.exit(main())
