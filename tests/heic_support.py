"""HEIC files for tests, box by box (ISO/IEC 14496-12, 23008-12): pi_heif only reads them, and its encoder is not ours to ship.

The coded pictures are 640 by 480: red with a blue square in the upper left corner.
"""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Coded(NamedTuple):
    """A picture in HEVC: how to decode it (the box `hvcC`), and its bytes."""

    how: bytes
    data: bytes


COLOUR = Coded(
    b64decode(
        "AAAAeWh2Y0MBA3AAAAAAAAAAAABa8AD8/fj4AAAPA2AAAQAYQAEMAf//A3AAAAMAkAAAAwAAAwBaugJAYQABACxCAQEDcAAAAwCQ"
        "AAADAAADAFqgBQIB4WW6kkprm4CGgwIAAAMAMgAAAwACEGIAAQAHRAHBcrBiQA=="
    ),
    b64decode(
        "AAAAlSgBrw1EGnOaLMLLgPvCEcH//XSt/Ykp8IUsN1f7+h8jrvr/LnXeR9bvYBuhZjcAAAMAPqCngLHGuYfTUAAAAwAAXUAGFsaU"
        "Xu77oDj+3eN9MEYDQEMQ+DAAAAMABiSTHfEAAAMAAAMAARuHAAADAAADAAADALuAAAADAAADAAADAA/wAAADAAADAAADAIWAAAAD"
        "AAQ8"
    ),
)
"""Eight bits."""
TEN = Coded(
    b64decode(
        "AAAAd2h2Y0MBBAgAAAAAAAAAAABa8AD8/fr6AAAPA2AAAQAXQAEMAf//BAgAAAMAnbgAAAMAAFq6AkBhAAEAK0IBAQQIAAADAJ24"
        "AAADAABaoAUCAeE2W6kkprm4CGgwIAAAAwMgAAADACFiAAEAB0QBwXKwYkA="
    ),
    b64decode(
        "AAABPigBrw7EHjQlZw2aNTSDAcnX/ZBE73/ANR//pjeDWJm00dHlZnNGpXj/ZbL//4n4Tf/ArwTyH6PXRE4o2etLAAADAAADAAAD"
        "AAADAAADAAADAAHjowgs3/An3sH5xIlVLUugcU3tSOtCEBCc2PVM6xtmfhQAylTq2rUuBWEHWu1B4XlNuYgAOMANYAa4AAADAAAD"
        "AABOwJdD33JY/EWe//zNqG/+BYuhIGHswpAAAAMAAAMAAAMAAAMAAAMAAAMAAA3IhwAAAwAAAwAAAwAAAwAAAwAAAwAAAwAAAwAA"
        "JiAAAAMAAAMAAAMAAAMAAAMAAAMAAAMAAAMAAG9AAAADAAADAAADAAADAAADAAADAAADAAADAA9oAAADAAADAAADAAADAAADAAAD"
        "AAADAAADAIyAAAADAAADAAADAAAFbA=="
    ),
)
"""Ten bits."""
ALPHA = Coded(
    b64decode(
        "AAAAdGh2Y0MBBAgAAAAAAAAAAABa8AD8/Pj4AAAPA2AAAQAXQAEMAf//BAgAAAMAn/gAAAMAAFq6AkBhAAEAKEIBAQQIAAADAJ/4"
        "AAADAABawBQIB4WW6kkprmwIAAADAMgAAAMACEBiAAEAB0QBwXKwYkA="
    ),
    b64decode(
        "AAAAaigBrhqILlilJSiA7U9Zdl8jSV+pk5ID/C6JDv/9H816AAADAzaqAf4d5eniJqwAABYwkxWmcACtakAABvyHAAADAF2r4AAY"
        "8AAAAwAFzbAABawAAAMALEWwAEpAAAADAITDQAGDAASbxZQ="
    ),
)
"""Opaque on the left, clear on the right, as the alpha of another."""


@dataclass(frozen=True)
class Item:
    """One item of a file: its kind, bytes, properties (whole boxes), and the items that it refers to by each word."""

    kind: bytes
    data: bytes
    properties: Sequence[bytes] = ()
    refers: Mapping[bytes, Sequence[int]] = field(default_factory=dict)
    at: int = 0
    """The number of an item whose bytes it shares; its own where 0."""


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + name + body


def full(name: bytes, *parts: bytes, flags: int = 0, version: int = 0) -> bytes:
    return box(name, bytes([version]), flags.to_bytes(3, "big"), *parts)


def size(width: int, height: int) -> bytes:
    return full(b"ispe", width.to_bytes(4, "big"), height.to_bytes(4, "big"))


def numbered(primaries: int, transfer: int = 13, matrix: int = 6) -> bytes:
    """Colours by number (ITU-T H.273), full range."""
    return box(
        b"colr", b"nclx", *(part.to_bytes(2, "big") for part in (primaries, transfer, matrix)), b"\x80"
    )


def profiled(profile: bytes) -> bytes:
    return box(b"colr", b"prof", profile)


def turned(quarters: int) -> bytes:
    """Anti-clockwise."""
    return box(b"irot", bytes([quarters]))


def mirrored(axis: int) -> bytes:
    """0: top and bottom change places, 1: left and right."""
    return box(b"imir", bytes([axis]))


def photo(*more: bytes, coded: Coded = COLOUR, dimensions: tuple[int, int] = (640, 480)) -> Item:
    return Item(b"hvc1", coded.data, (coded.how, size(*dimensions), *more))


def exif(tiff: bytes, of: int = 1) -> Item:
    return Item(b"Exif", (0).to_bytes(4, "big") + tiff, refers={b"cdsc": [of]})


def xmp(text: bytes, of: int = 1) -> Item:
    return Item(b"mime", text, refers={b"cdsc": [of]})


def alpha(of: int = 1) -> Item:
    told = full(b"auxC", b"urn:mpeg:hevc:2015:auxid:1\0")
    return Item(b"hvc1", ALPHA.data, (ALPHA.how, size(640, 480), told), {b"auxl": [of]})


def heic(*items: Item, primary: int = 1, brand: bytes = b"heic") -> bytes:
    """A file of the items, numbered from 1."""
    kind = box(b"ftyp", brand, bytes(4), b"mif1", brand)
    start = len(kind) + len(_meta(items, primary, 0)) + 8
    return kind + _meta(items, primary, start) + box(b"mdat", *(item.data for item in items if not item.at))


def _meta(items: Sequence[Item], primary: int, start: int) -> bytes:
    every = _all_properties(items)
    return full(
        b"meta",
        full(b"hdlr", bytes(4), b"pict", bytes(13)),
        full(b"pitm", primary.to_bytes(2, "big")),
        _places(items, start),
        full(b"iinf", len(items).to_bytes(2, "big"), *map(_entry, range(1, len(items) + 1), items)),
        full(b"iref", *(_reference(n, item) for n, item in enumerate(items, 1))),
        box(b"iprp", box(b"ipco", *every), _owners(items)),
    )


def _places(items: Sequence[Item], start: int) -> bytes:
    """Where each item's bytes lie, one behind the other."""
    found: list[tuple[int, int]] = []
    for item in items:
        place = found[item.at - 1] if item.at else (start, len(item.data))
        start += 0 if item.at else len(item.data)
        found.append(place)
    rows = (
        number.to_bytes(2, "big") + bytes(2) + b"\0\1" + at.to_bytes(4, "big") + length.to_bytes(4, "big")
        for number, (at, length) in enumerate(found, 1)
    )
    return full(b"iloc", b"\x44\0", len(items).to_bytes(2, "big"), *rows)


def _entry(number: int, item: Item) -> bytes:
    more = b"application/rdf+xml\0" if item.kind == b"mime" else b""
    return full(b"infe", number.to_bytes(2, "big"), bytes(2), item.kind, b"\0", more, version=2)


def _reference(number: int, item: Item) -> bytes:
    return b"".join(
        box(
            word,
            number.to_bytes(2, "big"),
            len(others).to_bytes(2, "big"),
            *(other.to_bytes(2, "big") for other in others),
        )
        for word, others in item.refers.items()
    )


def _all_properties(items: Sequence[Item]) -> list[bytes]:
    return list(dict.fromkeys(one for item in items for one in item.properties))


def _owners(items: Sequence[Item]) -> bytes:
    """Which properties each item has; all are ones that a reader must understand."""
    numbers = {one: number for number, one in enumerate(_all_properties(items), 1)}
    rows = (
        number.to_bytes(2, "big")
        + bytes([len(item.properties), *(0x80 | numbers[one] for one in item.properties)])
        for number, item in enumerate(items, 1)
    )
    return full(b"ipma", len(items).to_bytes(4, "big"), *rows)
