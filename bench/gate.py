"""How good is the gate? `make bench-gate DATA=FOLDER` prints what is asked of it beside what it does.

The same texts and the same rules give the same table, but for the times.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import measures, speed, structure, texts
from bench.council import Council, opened
from bench.figures import Figure, table
from publisher.cli import OBJECTS_BETWEEN
from publisher.errors import ConfigError, InputError

EXIT_DONE, EXIT_INPUT = 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The table on stdout; 2 with one line where the data is not there."""
    given = _parser().parse_args(arguments)
    gc.set_threshold(OBJECTS_BETWEEN)  # as the command line does, so that times are its own
    try:
        data = texts.demand(given.data)
        with tempfile.TemporaryDirectory() as folder:
            figures = measured(data, Path(given.cases), Path(folder), timed=not given.show)
    except (texts.DataMissing, InputError) as error:
        return _complain(str(error))
    if given.show:
        return _show(figures, given.show)
    shown = json.dumps([figure.to_json() for figure in figures]) if given.json else table(figures)
    sys.stdout.write(f"{shown}\n")
    return EXIT_DONE


def _complain(line: str) -> int:
    sys.stderr.write(f"bench-gate: {line}\n")
    return EXIT_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bench-gate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", nargs="?", help="the folder with the texts; bench/README.md says which files")
    parser.add_argument("--cases", default=str(texts.CASES), help="the folder with the cases [bench/cases]")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.add_argument(
        "--show", metavar="KIND", help="list what counts against one line, such as clean or private-DOB"
    )
    return parser


def measured(data: Path, cases: Path, folder: Path, *, timed: bool = True) -> list[Figure]:
    """Everything, in the order of the table. `folder` is for the made-up councils. Raises DataMissing, InputError."""
    bench = measures.Bench(
        data, cases, opened(folder / "rules", '[policy]\nreader = "off"'), _with_reader(folder / "reader")
    )
    figures = [figure for part in (*measures.PARTS, *structure.PARTS) for figure in part(bench)]
    return [*figures, *(speed.figures(bench, folder) if timed else ())]


def _with_reader(folder: Path) -> Council | None:
    """The same council with the second reader; None, and a line that says so, where it is not installed."""
    try:
        return opened(folder, '[policy]\nreader = "on"')
    except ConfigError as error:
        sys.stderr.write(f"bench-gate: without the second reader: {error}\n")
        return None


def _show(figures: Sequence[Figure], key: str) -> int:
    chosen = [figure for figure in figures if figure.key == key]
    if not chosen:
        known = ", ".join(sorted({figure.key for figure in figures if figure.key}))
        return _complain(f"there is no {key!r}. There are: {known}")
    sys.stdout.write("\n   ".join([table(chosen), *chosen[0].shown]) + "\n")
    return EXIT_DONE


if __name__ == "__main__":
    sys.exit(main())
