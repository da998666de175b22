"""Which rule file says what: an officer who reads a rule wants to know where to change it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from publisher.policy.rules import files_of


def origins(folders: Sequence[Path]) -> dict[str, list[Path]]:
    """The files that speak of each rule, by its id, the one that has the last word last. The folders were read before."""
    found: dict[str, list[Path]] = {}
    for folder in folders:
        for file in files_of(folder):
            for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("rule", ()):
                found.setdefault(entry["id"], []).append(file)
    return found
