"""The texts that the gate is measured on: files of the data folder, and cases that come with the bench."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NEWS, EVENTS, SERVICES, NUMBERS = "clean_gov_news", "clean_gov_events", "clean_govuk", "clean_numbers"
PRIVATE, PRIVATE_ABROAD, LENGTHS = "pii_uk_templates", "pii_presidio_research", "twitter_text"
CLEAN = (NEWS, EVENTS, SERVICES)
NEEDED = (*CLEAN, NUMBERS, PRIVATE, PRIVATE_ABROAD, LENGTHS)
LOST = "\ufffd"
"""Stands where whoever made the data lost a letter; no item may hold it."""
CASES = Path(__file__).parent / "cases"


class DataMissing(Exception):
    """The data folder is not given, or not whole; `str(error)` is the line to show."""


@dataclass(frozen=True, slots=True)
class Case:
    """A text of which it is known what it is; `group` is whom it speaks of, `kind` what it does."""

    text: str
    group: str
    kind: str


def demand(folder: str | None) -> Path:
    """The data folder, whole. Raises DataMissing."""
    if not folder:
        raise DataMissing("No data folder is given. Say where it is: make bench-gate DATA=FOLDER")
    path = Path(folder)
    missing = [name for name in NEEDED if not (path / f"{name}.jsonl").is_file()]
    if missing:
        raise DataMissing(f"{folder} has no {missing[0]}.jsonl; bench/README.md says which files it takes.")
    return path


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """The lines of one file. Raises DataMissing for a line that is not JSON."""
    found = []
    for number, line in enumerate((folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(json.loads(line))
        except ValueError as error:
            raise DataMissing(f"{name}.jsonl, line {number}: not JSON ({error}).") from error
    return found


def cases(folder: Path, name: str) -> list[Case]:
    """The cases of one TOML file; none where the file is not there."""
    file = folder / f"{name}.toml"
    if not file.is_file():
        return []
    entries = tomllib.loads(file.read_text(encoding="utf-8")).get("case", [])
    return [Case(entry["text"], entry.get("group", ""), entry.get("kind", "")) for entry in entries]


def news(row: dict[str, Any]) -> dict[str, Any]:
    """A clean row as the item that a council would hand in."""
    texts = {key: row[key] for key in ("title", "summary", "body") if row.get(key)}
    return {"kind": "news", "title": "Notice", **texts}


def noticed(text: str) -> dict[str, Any]:
    """A bare text as an item's summary."""
    return {"kind": "news", "title": "Notice", "summary": text.replace(LOST, "?")}
