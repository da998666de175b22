"""Tables for spreadsheets: CSV (RFC 4180) in which no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets start a formula at; a quotation mark before it makes it text (OWASP, "CSV Injection")."""


def as_csv(fields: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """The rows with `fields` as columns, in UTF-8 with its mark, by which Excel knows it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(fields)
    writer.writerows([_cell(row[name]) for name in fields] for row in rows)
    click.echo(("\ufeff" + out.getvalue()).encode("utf-8", "backslashreplace"), nl=False)


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
