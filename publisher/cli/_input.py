"""Items from the command line: a file, standard input, or flags."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from publisher.errors import InputError

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.item import Item

STDIN = "-"
FILE_ENDINGS = (".toml", ".json", ".jsonl", ".ics")
PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
ALIKE = 0.7
"""How alike two files' names are of which one is the other mistyped (difflib's ratio): one letter of four is wrong."""
AS_A_FILE = "Give an item as .toml or .json."


@dataclass(frozen=True, slots=True)
class Read:
    """Items as they were read, the folder in which their pictures' paths start, and what to know of them."""

    items: tuple[Item, ...]
    folder: Path
    notes: tuple[str, ...] = ()


def names_file(word: str) -> bool:
    """True where a word means a file of items, by its ending."""
    return word == STDIN or word.lower().endswith(FILE_ENDINGS)


def demand_no_other_file(word: str) -> None:
    """`publisher news pool.png` means the picture, and would otherwise be announced by that title. Raises InputError."""
    is_picture = word.lower().endswith(PICTURE_ENDINGS)
    _demand_item_file(word, f"Use --image {word} with a title. {AS_A_FILE}" if is_picture else AS_A_FILE)


def _demand_item_file(word: str, way_out: str) -> None:
    if not names_file(word) and Path(word).suffix and _is_file(word):
        raise InputError(f"{word} is not an item file", way_out=way_out)


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except OSError:  # a title may be longer than any file's name
        return False


def read(app: App, name: str) -> Read:
    """The items in a file, or on standard input where `name` is "-". Raises InputError that names file and field."""
    from publisher.item_files import MAX_BYTES, read_file

    _demand_item_file(name, AS_A_FILE)
    with opened(name) as stream:
        data = _bytes(stream, name, MAX_BYTES + 1)
    path = None if name == STDIN else Path(name)
    try:
        found = read_file(path, data, default_zone=app.config.council.timezone, now=app.now())
    except InputError as error:
        whole = f"{error.detail} (in {name})" if path else error.detail
        raise InputError(whole, field=error.field, way_out=error.way_out) from error
    return Read(found.items, path.resolve().parent if path else Path.cwd(), found.notes)


def read_one(app: App, name: str, *, kind: str) -> tuple[Item, Path]:
    """The one item of a kind in a file. Raises InputError where there are more, or one of another kind."""
    found = read(app, name)
    if len(found.items) != 1:
        raise InputError(
            f"there are {len(found.items)} items in {name}", way_out=f"Use `publisher import {name}`."
        )
    item = found.items[0]
    if item.kind != kind:
        what = "an event" if item.kind == "event" else "news"
        raise InputError(f"this is {what}", field="kind", way_out=f"Use `publisher {item.kind} {name}`.")
    return item, found.folder


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """A file, or standard input where `name` is "-", for reading bytes. Raises InputError with the nearest name."""
    if name == STDIN:
        yield sys.stdin.buffer
        return
    path = Path(name)
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise InputError(f"there is no file {name}", way_out=_nearby(path)) from error
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    with file:
        yield file


def _bytes(stream: BinaryIO, name: str, most: int) -> bytes:
    """A disk may open a file and then fail to read it."""
    try:
        return stream.read(most)
    except OSError as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: OSError | ValueError) -> InputError:
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(f"{name} cannot be read: {reason}", way_out="Name a file that this account may read.")


def _nearby(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"There is no folder {path.parent} either."
    near = _nearest(path, names)
    return f"Did you mean {path.with_name(near)}?" if near else "Check the name and the folder."


def _nearest(path: Path, names: Sequence[str]) -> str:
    """The name most like the one typed, less its ending, which many share; for an item file no other kind is meant."""
    stems = {name: Path(name).stem for name in names if names_file(name) or not names_file(path.name)}
    near = difflib.get_close_matches(path.stem, stems.values(), n=1, cutoff=ALIKE)
    alike = [name for name, stem in stems.items() if stem in near]
    return max(alike, key=lambda name: (Path(name).suffix == path.suffix, name), default="")


def from_flags(given: dict[str, Any]) -> dict[str, Any]:
    """The fields of an item from a verb's flags, as the JSON of DESIGN §10; only what was given."""
    fields = {
        "summary": given["summary"],
        "body": given["body"],
        "link": given["link"],
        "publish_at": given["at"],
        "starts_at": given.get("starts"),
        "ends_at": given.get("ends"),
        "location": given.get("location"),
        "all_day": given.get("all_day") or None,
        "channels": list(given["channel"]) or None,
        "hashtags": list(given["hashtag"]) or None,
        "images": _images(given) or None,
        "evidence": dict(_evidence(pair) for pair in given["evidence"]) or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _evidence(pair: str) -> tuple[str, str]:
    rule, equals, text = pair.partition("=")
    if not equals or not rule.strip() or not text.strip():
        raise InputError(
            f"{pair!r} is not RULE=TEXT",
            field="--evidence",
            way_out="Write the rule that the finding names, =, and why.",
        )
    return rule.strip(), text.strip()


def _images(given: dict[str, Any]) -> list[dict[str, Any]]:
    paths = given["image"]
    columns = {
        name: _column(f"--{name}", given[name], len(paths))
        for name in ("alt", "credit", "rights", "reference")
    }
    if given["people"] and not paths:
        raise InputError(
            "there is no picture for it", field="--people", way_out="Give one with --image PATH."
        )
    return [
        {"path": path, "people": given["people"]}
        | {name: values[n] for name, values in columns.items() if values}
        for n, path in enumerate(paths)
    ]


def _column(flag: str, values: tuple[str, ...], count: int) -> tuple[str, ...]:
    """One value for each picture, in order; a single one counts for all, but alt text is each picture's own."""
    if len(values) == 1 and count > 1 and flag != "--alt":
        return values * count
    if values and len(values) != count:
        raise InputError(
            f"{len(values)} for {count} {'picture' if count == 1 else 'pictures'}", field=flag,
            way_out=f"Give one {flag} after each --image, in the same order.",
        )  # fmt: skip
    return values
