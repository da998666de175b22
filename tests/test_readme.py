"""The README's drawing of the house and its list of outbound calls, held against the code.

Each failure prints the block as it should be, ready to be pasted.
"""

from __future__ import annotations

import re
from pathlib import Path

from support import ROOT
from test_layout import LAYERS, USE_CASES, layer
from test_outbound import table as outbound

pytest_plugins = ["channels_fixtures"]

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


def test_the_house_is_drawn_as_it_stands() -> None:
    """The README's drawing names every module of publisher/, in its layer."""
    drawn = re.search(r"```text house\n(.*?)\n```", README, re.DOTALL)
    assert drawn is not None
    assert drawn[1] == house(), house()


def test_every_outbound_call_is_listed(tmp_path: Path, tokens: dict[str, str]) -> None:
    """The README's list is every place that the product ever speaks to, and no other: adapters' calls, and all besides."""
    listed = re.search(r"\| who \| for \| what, and where to \|\n(?:\|.*\n)+", README)
    wanted = outbound(tmp_path)
    assert listed is not None, wanted
    assert listed[0].rstrip() == wanted, wanted


def test_there_is_a_layer_for_use_cases() -> None:
    """The drawing's middle row is the one that unlisted modules fall into."""
    assert LAYERS[USE_CASES][0] == "use cases"
