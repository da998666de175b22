"""Files of pictures, read by whoever hands an item in: nobody else follows a path that an item names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import InputError
from publisher.item import Item

MAX_FILE_BYTES = 20 * 1024 * 1024


def read_pictures(item: Item, folder: Path) -> dict[str, bytes]:
    """The files that an item's pictures name, by their paths, which start in `folder`. Raises InputError as `load_bytes`."""
    return {
        image.path: load_bytes(folder / image.path, field=f"images[{position}].path")
        for position, image in enumerate(item.images)
        if image.path is not None
    }


def load_bytes(path: Path, *, field: str) -> bytes:
    """A picture's file, at most MAX_FILE_BYTES. Raises InputError that names the field and the path."""
    if any(part.startswith("data:") for part in path.parts):
        raise InputError(
            "a picture inside an address (data:) is not taken",
            field=field,
            way_out="Save it, and give its path.",
        )
    try:
        if not path.is_file():
            raise InputError(f"{path} {_no_file(path)}", field=field, way_out="Give the path of a picture.")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{path} cannot be read: {reason}", field=field, way_out="Mend its permissions or its name."
        ) from error
    with of_file(path):
        demand_size(data, field)
    return data


def _no_file(path: Path) -> str:
    if path.is_dir():
        return "is a folder, not a file"
    return "is a device or pipe, not a file" if path.exists() else "does not exist"


@contextmanager
def of_file(path: object) -> Iterator[None]:
    """Names the file in what is wrong with its picture: `images[3]` would have to be counted out."""
    try:
        yield
    except InputError as error:
        if path is None:
            raise
        raise InputError(f"{path} {error.detail}", field=error.field, way_out=error.way_out) from error


def demand_size(data: bytes, field: str) -> None:
    """Raises InputError for no bytes, and for more than a picture's file may have."""
    if not data:
        raise InputError("is empty", field=field, way_out="Export or copy it again.")
    if len(data) > MAX_FILE_BYTES:
        raise InputError(
            f"is larger than {MAX_FILE_BYTES // 1024**2} MB",
            field=field,
            way_out="Make it smaller, 2000 pixels wide will do.",
        )
