"""The README's drawing of the house and its list of outbound calls, held against the code.

Each failure prints the block as it should be, ready to be pasted.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import ROOT
from test_layout import LAYERS, USE_CASES, layer

from publisher import channels, config

USER = "700000000000"
"""Stands for the account's number on X, which is the first part of its access token."""
README = (ROOT / "README.md").read_text(encoding="utf-8")


def house() -> str:
    """The modules of publisher/ by layer, the upper may import the lower."""
    nouns = {
        path.stem
        for path in Path(ROOT, "publisher").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    nouns -= {"__init__", "__pycache__"}
    rows = []
    for rank in reversed(range(len(LAYERS))):
        names = sorted(noun for noun in nouns if layer(f"publisher.{noun}") == rank)
        rows.append(f"{LAYERS[rank][0]:<17} {'  '.join(names)}")
    return "\n       |\n       v\n".join(rows)


def calls() -> str:
    """Every call that the adapters of the repository's config.toml declare, with ids as placeholders."""
    settings = config.load(ROOT / "config.toml")
    rows = ["| channel | for | call |", "|---|---|---|"]
    for name in settings.live_channels:
        declared = getattr(channels.load(name, settings), "calls", ())
        rows += [f"| {name} | {call.phase} | `{call.method} {plain(call.path)}` |" for call in declared]
    return "\n".join(rows)


def plain(pattern: str) -> str:
    """A path as people read it: `/v26.0/{page}/feed`."""
    path = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", pattern).replace("\\", "")
    return (
        path.replace(USER, "{user}")
        .replace("100000000000001", "{page}")
        .replace("17840000000000001", "{user}")
    )


def test_the_house_is_drawn_as_it_stands() -> None:
    """The README's drawing names every module of publisher/, in its layer."""
    drawn = re.search(r"```text house\n(.*?)\n```", README, re.DOTALL)
    assert drawn is not None
    assert drawn[1] == house(), house()


def test_every_outbound_call_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's list is every call that any adapter may make, and no other."""
    monkeypatch.setenv("TWITTER_ACCESS_TOKEN", f"{USER}-made-up")
    assert calls() in README, calls()


def test_there_is_a_layer_for_use_cases() -> None:
    """The drawing's middle row is the one that unlisted modules fall into."""
    assert LAYERS[USE_CASES][0] == "use cases"
