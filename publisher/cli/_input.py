"""Items from the command line: a file, standard input, or flags."""

from __future__ import annotations

import difflib
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from publisher.errors import InputError

if TYPE_CHECKING:
    from publisher.item import Item
    from publisher.office import Office

STDIN = "-"
FILE_ENDINGS = (".toml", ".json", ".jsonl", ".ics")
PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")
ALIKE = 0.7
"""How alike two files' names are of which one is the other mistyped (difflib's ratio): one letter of four is wrong."""
AS_A_FILE = "Give an item as .toml or .json."
AS_A_TITLE = "If it is meant as a title, give it with --title."
_OTHER_ENDINGS = (".txt", ".md", ".doc", ".docx", ".odt", ".pdf")
"""Of texts that are no items: `news` must not announce "fair.docx" because it lies in another folder."""
_LIKE_A_FILE = re.compile(r"[/\\]|^\.\w|\.[\w~-]+$")
"""A word without a blank that has a folder's stroke in it, or ends like NAME.EXT."""
_WITH_IMAGE = "Give one with --image PATH."
_EACH_ITS_OWN = ("--alt", "--focus")
_ENDING_ALIKE = 0.75
"""How alike an ending is to one of a file (difflib's ratio): one letter is wrong, or left out."""


@dataclass(frozen=True, slots=True)
class Read:
    """Items as they were read, the folder in which their pictures' paths start, and what to know of them."""

    items: tuple[Item, ...]
    folder: Path
    notes: tuple[str, ...] = ()


def names_file(word: str) -> bool:
    """True where a word means a file of items, by its ending."""
    return word == STDIN or word.lower().endswith(FILE_ENDINGS)


def means_file(word: str) -> bool:
    """Whether a word that may be a title as well is a file's name: what it says goes out, on all channels, at once.

    What lies on the disk is meant; so is what looks like a file that is missing. A title with blanks is a title,
    unless its ending is a file's, or one letter beside it.
    """
    bare = word.strip()
    if names_file(word) or (bare and _exists(word)):
        return True
    return _ends_alike(bare) if len(bare.split()) > 1 else bool(_LIKE_A_FILE.search(bare))


def _ends_alike(word: str) -> bool:
    endings = (*FILE_ENDINGS, *PICTURE_ENDINGS, *_OTHER_ENDINGS)
    return bool(difflib.get_close_matches(Path(word).suffix.lower(), endings, n=1, cutoff=_ENDING_ALIKE))


def demand_no_picture(word: str) -> None:
    """`publisher news pool.png` means the picture: who typed it learns how one is given. Raises InputError."""
    if word.lower().endswith(PICTURE_ENDINGS):
        _demand_item_file(word, f"Use --image {shlex.quote(word)} with a title. {AS_A_FILE}")


def _demand_item_file(word: str, way_out: str) -> None:
    if not names_file(word) and Path(word).suffix and _is_file(word):
        raise InputError(f"{word} is not an item file", way_out=way_out)


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except OSError:  # a title may be longer than any file's name
        return False


def _exists(word: str) -> bool:
    try:
        return Path(word).exists()
    except OSError:
        return False


def read(office: Office, name: str) -> Read:
    """The items in a file, or on standard input where `name` is "-". Raises InputError that names file and field."""
    from publisher.app import system_clock
    from publisher.item_files import MAX_BYTES, read_file

    _demand_item_file(name, AS_A_FILE)
    with opened(name) as stream:
        data = _bytes(stream, name, MAX_BYTES + 1)
    path = None if name == STDIN else Path(name)
    zone_name = office.council.about()["timezone"]
    try:
        found = read_file(path, data, default_zone=zone_name, now=system_clock())
    except InputError as error:
        whole = f"{error.detail} (in {name})" if path else error.detail
        raise InputError(whole, field=error.field, way_out=error.way_out) from error
    return Read(found.items, path.resolve().parent if path else Path.cwd(), found.notes)


def given(item: Item, folder: Path) -> dict[str, Any]:
    """An item with its pictures' files, as it is handed over. Raises InputError that names the picture's field."""
    from publisher.picture_files import read_pictures

    return {"item": item.to_json() | {"timezone": item.timezone}, "pictures": read_pictures(item, folder)}


def read_one(office: Office, name: str, *, kind: str) -> tuple[Item, Path]:
    """The one item of a kind in a file. Raises InputError where there are more, or one of another kind."""
    with _perhaps_a_title(name):
        found = read(office, name)
    if len(found.items) != 1:
        raise InputError(
            f"there are {len(found.items)} items in {name}",
            way_out=f"Use `publisher import {shlex.quote(name)}`.",
        )
    item = found.items[0]
    if item.kind != kind:
        what = "an event" if item.kind == "event" else "news"
        raise InputError(
            f"this is {what}", field="kind", way_out=f"Use `publisher {item.kind} {shlex.quote(name)}`."
        )
    return item, found.folder


@contextmanager
def _perhaps_a_title(word: str) -> Iterator[None]:
    """Says with what is wrong how a title is given that was taken for a file; of an item file nobody asks that."""
    try:
        yield
    except InputError as error:
        if word == STDIN or (names_file(word) and _is_file(word)):
            raise
        way_out = f"{error.way_out} {AS_A_TITLE}"
        raise InputError(error.detail, field=error.field, way_out=way_out) from error


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """A file, or standard input where `name` is "-", for reading bytes. Raises InputError with the nearest name."""
    if name == STDIN:
        yield sys.stdin.buffer
        return
    if not name.strip():
        raise InputError("the file's name is empty", way_out="Name a file, or - for standard input.")
    path = Path(name)
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise InputError(f"there is no file {name}", way_out=_nearby(path)) from error
    except IsADirectoryError as error:
        raise InputError(f"{name} is a folder", way_out="Name a file in it.") from error
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


def from_flags(given: dict[str, Any], pictures: Sequence[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The fields of an item from a verb's flags, as the JSON of DESIGN §10; only what was given.

    `pictures` are those of the item's file, if it comes from one: flags that name none themselves speak of them.
    """
    fields = {
        "title": given["title"],
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
        "images": _images(given, pictures) or None,
        "emergency": given.get("emergency"),
        "corrects": given.get("corrects"),
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


def _images(given: dict[str, Any], pictures: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The pictures of --image, or the file's own, with what the other flags say of them; empty where no flag does.

    A file's paths start in its folder, a flag's where one stands.
    """
    told = ("alt", "focus", "credit", "rights", "reference")
    if not (given["image"] or given["people"] or any(given[name] for name in told)):
        return []
    named = [
        {"path": path if pictures is None else str(Path(path).resolve()), "people": False}
        for path in given["image"]
    ]
    bases = named or pictures or ()
    columns = {name: _column(f"--{name}", given[name], len(bases), named=bool(named)) for name in told}
    if given["people"] and not bases:
        raise InputError("there is no picture for it", field="--people", way_out=_WITH_IMAGE)
    people = {"people": True} if given["people"] else {}
    return [
        {**base, **people, **{name: _said(name, values[n]) for name, values in columns.items() if values}}
        for n, base in enumerate(bases)
    ]


def _said(name: str, value: str) -> Any:
    """What a flag says of a picture; of `--focus 0.5,0.3` two numbers. Raises InputError."""
    if name != "focus":
        return value
    try:
        across, down = (float(part) for part in value.split(","))
    except ValueError as error:
        raise _no_focus(value) from error
    if not (0 <= across <= 1 and 0 <= down <= 1):
        raise _no_focus(value)
    return [across, down]


def _no_focus(value: str) -> InputError:
    return InputError(
        f"{value!r} is not two numbers from 0 to 1", field="--focus",
        way_out="Write how far from the left and from the top, from 0 to 1, like 0.5,0.3.",
    )  # fmt: skip


def _column(flag: str, values: tuple[str, ...], count: int, *, named: bool) -> tuple[str, ...]:
    """One value for each picture, in order; a single one counts for all, but of what is seen each picture has its own."""
    if len(values) == 1 and count > 1 and flag not in _EACH_ITS_OWN:
        return values * count
    if values and not count:
        raise InputError("there is no picture for it", field=flag, way_out=_WITH_IMAGE)
    if values and len(values) != count:
        where = "after each --image" if named else "for each picture of the file"
        raise InputError(
            f"{len(values)} for {count} {'picture' if count == 1 else 'pictures'}", field=flag,
            way_out=f"Give one {flag} {where}, in the same order.",
        )  # fmt: skip
    return values
