"""Holds what differs between the Pythons that the program runs on, from 3.11.0 on; the tests run on one of them."""

import ast
import re
from collections.abc import Iterator
from itertools import chain
from re import _constants, _parser  # type: ignore[attr-defined]  # no stubs: how `re` itself reads an expression
from typing import Any

import pytest
from test_layout import sources, tree

ONE_CHARACTER = {_constants.ANY, _constants.IN, _constants.LITERAL, _constants.NOT_LITERAL}


def texts(node: ast.AST) -> Iterator[str]:
    """Every text in the code; what an f-string fills in stands as one letter."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        yield node.value if isinstance(node.value, str) else node.value.decode("latin-1")
    else:
        yield from chain.from_iterable(map(texts, ast.iter_child_nodes(node)))


def parsed(text: str) -> Any:
    """None where it is no expression; names of groups are looked up by nobody here."""
    try:
        return _parser.parse(text)
    except (re.error, OverflowError, RecursionError):
        return None


def possessive_groups(part: Any) -> int:
    """How often in it a group, and not one character, is repeated without going back."""
    if isinstance(part, _parser.SubPattern):
        return sum(map(possessive_groups, part.data))
    if not isinstance(part, tuple | list):
        return 0
    if len(part) == 2 and part[0] is _constants.POSSESSIVE_REPEAT:
        _, _, again = part[1]
        alone = len(again) == 1 and again[0][0] in ONE_CHARACTER
        return (not alone) + possessive_groups(again)
    return sum(map(possessive_groups, part))


@pytest.mark.parametrize(
    ("expression", "groups"),
    [
        ("(?:ab|c)*+", 1), ("(ab)++", 1), ("(?:a(?:bc|d)?+)*", 1), (r"x(?:[ab]c|\.){1,3}+", 1), ("(?=(?:ab)*+)|c", 1),
        ("a*+", 0), ("[ab]++c?+", 0), (r"\w{2,}+.*+", 0), ("(?>(?:ab|c)*)", 0), ("[(a)*+]", 0),
    ],
)  # fmt: skip
def test_a_possessive_group_is_seen(expression: str, groups: int) -> None:
    """One character may be repeated so, a group may not."""
    assert possessive_groups(parsed(expression)) == groups


def test_no_group_is_repeated_possessively() -> None:
    """Before 3.11.5 `(?:a|b)*+` ends in the wrong place (cpython issue 106052), and Debian 12 has 3.11.2: `(?>(?:a|b)*)`."""
    found = [
        f"{file}: {text}"
        for file in sources()
        for text in texts(tree(file))
        if "+" in text and possessive_groups(parsed(text))
    ]
    assert found == []
