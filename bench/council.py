"""A made-up council with a website and three platforms, in a folder of its own, and the real way to its gate."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from publisher.app import App, open_app
from publisher.checking import checked
from publisher.item import Item, parse
from publisher.model import Severity, Verdict, VerdictOutcome

DOMAIN = "example.gov.uk"
MILLISECONDS = 1_000
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
"""The day of every check, so that no figure depends on when it was measured: a Wednesday, with no election near."""
CONFIG = """
[council]
name = "Example Borough Council"
domains = ["example.gov.uk"]
{policy}
[channels.website]
adapter = "site"
folder = "site"
endpoint = "https://www.example.gov.uk"

[channels.facebook]
adapter = "facebook"
page_id = "100000000000001"
token = "env:BENCH_TOKEN"

[channels.twitter]
adapter = "twitter"
consumer_key = "env:BENCH_TOKEN"
consumer_secret = "env:BENCH_TOKEN"
access_token = "env:BENCH_TOKEN"
access_token_secret = "env:BENCH_TOKEN"

[channels.instagram]
adapter = "instagram"
user_id = "17841400000000000"
token = "env:BENCH_TOKEN"
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """An item and what the gate said of it."""

    item: Item
    verdict: Verdict

    @property
    def flagged(self) -> bool:
        """True where somebody has to do something: a finding above advice."""
        return self.verdict.outcome is not VerdictOutcome.CLEAR

    @property
    def blocked(self) -> bool:
        """True where no second officer is asked."""
        return self.verdict.outcome is VerdictOutcome.BLOCK

    def rules(self, *categories: str, advice: bool = False) -> list[str]:
        """The rules that spoke, of these categories (all where none is named)."""
        return [
            finding.rule
            for finding in self.verdict.findings
            if (advice or finding.severity is not Severity.ADVISE)
            and (not categories or finding.rule.partition(".")[0] in categories)
        ]


@dataclass
class Council:
    """The council's gate; it keeps how long each item took, in milliseconds."""

    app: App
    took: list[float] = field(default_factory=list)

    def judge(self, given: dict[str, Any]) -> Judged:
        """What `publisher check --jsonl` says of this item."""
        item = parse(given)
        start = time.perf_counter()
        verdict = checked(self.app, item).verdict
        self.took.append((time.perf_counter() - start) * MILLISECONDS)
        return Judged(item, verdict)


def opened(folder: Path, policy: str = "") -> Council:
    """The council in `folder`; `policy` is what its config.toml says of the gate, as TOML. Warmed up by one item."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "config.toml"
    file.write_text(CONFIG.format(policy=policy), encoding="utf-8")
    council = Council(open_app(file, now=lambda: NOON))
    council.judge({"kind": "news", "title": "Library news", "summary": "The library opens at 9am."})
    council.took.clear()
    return council


def item_file(folder: Path) -> Path:
    """An item in a file, for a start of the command line."""
    file = folder / "item.jsonl"
    item = {"kind": "news", "title": "Library news", "summary": "The library opens at 9am."}
    file.write_text(json.dumps(item) + "\n", encoding="utf-8")
    return file
