"""What a HEIC file says of itself in its boxes (ISO/IEC 14496-12 and 23008-12), read before any library decodes it. Pure.

libheif holds a coded picture to the size that the file promises, but puts a grid of a thousand of them together first,
and hands out each picture's metadata as often as it is referred to: both are asked here, and the metadata kept from it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

MAX_META = 256 * 1024
"""Of all that is said about the pictures; phones need some 20 kB."""
_BOXES = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"idat", b"free", b"skip", b"uuid", b"mpvd"})
"""What lies beside each other in such a file; `mpvd` is a phone's short film (Google's Motion Photo format)."""
_DERIVED = {b"grid": 4, b"iovl": 12}
"""Pictures put together of others, and where in their bytes the size of the whole stands (ISO/IEC 23008-12, 6.6.2)."""
_IN_FILE, _IN_META = 0, 1
"""Where an item's bytes are counted from (ISO/IEC 14496-12, 8.11.3, `construction_method`)."""
BROKEN = (struct.error, IndexError, ValueError, KeyError)
"""What reading damaged boxes raises."""


@dataclass(frozen=True)
class Boxes:
    """The boxes of one file. `end` is where they end, and `meta` where its description lies."""

    data: bytes
    meta: tuple[int, int]
    end: int

    @cached_property
    def _parts(self) -> Mapping[bytes, tuple[int, int]]:
        return {name: (start, end) for name, start, end in _inside(self.data, self.meta[0] + 4, self.meta[1])}

    @cached_property
    def kinds(self) -> Mapping[int, bytes]:
        """Each item's kind by its number (8.11.6). Raises what BROKEN names."""
        start, end = self._parts[b"iinf"]
        first = start + (6 if self.data[start] == 0 else 8)
        return dict(
            _entry(self.data, place) for name, place, _ in _inside(self.data, first, end) if name == b"infe"
        )

    @cached_property
    def places(self) -> Mapping[int, list[tuple[int, int]]]:
        """Where the pieces of each item lie, by its number (8.11.3). Raises what BROKEN names."""
        return dict(_places(self.data, self._parts))

    def bytes_of(self, number: int) -> bytes:
        """An item's bytes, its pieces put together. Raises what BROKEN names."""
        return b"".join(self.data[start : start + length] for start, length in self.places[number])

    @property
    def exif(self) -> bytes:
        """EXIF as a camera wrote it, less the count before it (23008-12, A.2.1); nothing where there is none."""
        number = next((number for number, kind in self.kinds.items() if kind == b"Exif"), None)
        found = b"" if number is None else self.bytes_of(number)
        return found[4 + int.from_bytes(found[:4], "big") :]

    def is_bomb(self, most_pixels: int) -> bool:
        """Whether decoding it would take more than such a file may. Raises what BROKEN names."""
        if self.meta[1] - self.meta[0] > MAX_META:
            return True
        stored = sum(length for pieces in self.places.values() for _, length in pieces)
        if stored > 2 * len(self.data):  # the same bytes, again and again
            return True
        derived = (number for number, kind in self.kinds.items() if kind in _DERIVED)
        return any(_pixels(self.kinds[number], self.bytes_of(number)) > most_pixels for number in derived)

    def bare(self) -> bytes:
        """The file with no metadata belonging to any picture: what is not read cannot be amplified, or get out."""
        start, end = self._parts.get(b"iref", (0, 0))
        return self.data[:start] + self.data[start:end].replace(b"cdsc", b"none") + self.data[end:]


def read(data: bytes) -> Boxes | None:
    """The boxes up to where they end; None where one is cut off, or none describes a picture."""
    at, meta = 0, None
    while at + 8 <= len(data):
        name, start, end = _box(data, at, len(data))
        if end < start or not name.isalnum() or (end > len(data) and name not in _BOXES):
            break
        if end > len(data):
            return None
        meta = (start, end) if name == b"meta" and meta is None else meta
        at = end
    return Boxes(data, meta, at) if meta else None


def _box(data: bytes, at: int, end: int) -> tuple[bytes, int, int]:
    """A box's name, and where its inside begins and ends; that of length 0 goes on to the end (4.2)."""
    size, name = struct.unpack_from(">I4s", data, at)
    if size == 1:
        return name, at + 16, at + int.from_bytes(data[at + 8 : at + 16], "big")
    return name, at + 8, at + size if size else end


def _inside(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while at + 8 <= end:
        name, start, at = _box(data, at, end)
        if not start <= at <= end:
            raise ValueError(name)
        yield name, start, at


def _entry(data: bytes, at: int) -> tuple[int, bytes]:
    """An item's number and kind; of the oldest form, which names none, nothing."""
    version = data[at]
    wide = 4 if version > 2 else 2  # noqa: PLR2004  # version 3 has long numbers
    number = int.from_bytes(data[at + 4 : at + 4 + wide], "big")
    kind = at + 4 + wide + 2
    return number, data[kind : kind + 4] if version > 1 else b""


def _places(
    data: bytes, parts: Mapping[bytes, tuple[int, int]]
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    at, end = parts[b"iloc"]
    version, sizes, more = data[at], data[at + 4], data[at + 5]
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if version else 0
    wide = 4 if version > 1 else 2
    reader = _Reader(data, at + 6, end)
    for _ in range(reader.number(wide)):
        number = reader.number(wide)
        method = reader.number(2) & 15 if version else _IN_FILE
        reader.number(2)
        base = reader.number(base_size) + (parts[b"idat"][0] if method == _IN_META else 0)
        pieces = []
        for _ in range(reader.number(2)):
            reader.number(index_size)
            start = base + reader.number(offset_size)
            pieces.append((start, reader.number(length_size)))
        yield number, pieces


class _Reader:
    """Numbers, one after the other."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self._data, self._at, self._end = data, at, end

    def number(self, size: int) -> int:
        start, self._at = self._at, self._at + size
        if self._at > self._end:
            raise IndexError(start)
        return int.from_bytes(self._data[start : self._at], "big")


def _pixels(kind: bytes, body: bytes) -> int:
    """How many pixels a picture has that is put together of others."""
    form = ">2I" if body[1] & 1 else ">2H"
    width, height = struct.unpack_from(form, body, _DERIVED[kind])
    return int(width) * int(height)
