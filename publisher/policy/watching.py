"""The gate as the rule files are now: a daemon that runs for months must not judge by the rules of its first day."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from publisher import policy
from publisher.config import Config
from publisher.policy.gate import Gate
from publisher.policy.rules import files_of

Stamp = Sequence[tuple[str, int, int, int]]


class Rules:
    """Gives the gate; reads the rule files again when any of them changed. Thread-safe."""

    def __init__(self, config: Config) -> None:
        self._config, self._lock = config, threading.Lock()
        self._read: tuple[Stamp, Gate] | None = None

    def __call__(self) -> Gate:
        """The gate. Raises ConfigError while a rule file is bad: the rules before it are not used instead."""
        with self._lock:
            stamp = self._stamp()
            if self._read is None or self._read[0] != stamp:
                self._read = (stamp, policy.load(self._config))
            return self._read[1]

    def _stamp(self) -> Stamp:
        """Names, sizes and moments of change (ctime, which no program can set) of all rule files, before they are read."""
        files = [file for folder in policy.folders(self._config) for file in files_of(folder)]
        return [_stamp_of(file) for file in files]


def _stamp_of(file: Path) -> tuple[str, int, int, int]:
    try:
        found = file.stat()
    except OSError:  # it went just now, or is a broken link: reading it tells more
        return str(file), -1, -1, -1
    return str(file), found.st_size, found.st_mtime_ns, found.st_ctime_ns
