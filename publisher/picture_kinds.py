"""What the file of a picture is, by its bytes alone, and that nothing else is hidden in it or behind it. Pure: decodes nothing.

A file may be two things at once, a picture to one program and an archive or a web page to another (a polyglot). Nothing of
a file leaves but its pixels, so this is a second guard: who hands in such a file should know what they hold.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping

from publisher import heif_boxes
from publisher.errors import InputError

MAX_PIXELS = 50_000_000
"""More than any phone's usual photo; decoded, it takes about 200 MB."""
JPEG, PNG, WEBP, HEIC = "JPEG", "PNG", "WEBP", "HEIC"
TAKEN = "a JPEG, PNG, WebP or HEIC picture"
_SAVE_IT = "Save it as JPEG or PNG."
_NO_PICTURES = ("document", "archive", "program", "video", "web page", "text")
"""Words in the names of what is no picture at all."""
_NO_PICTURE = "It is no picture: give a photo."
_ANEW = "Open it and save it anew as JPEG or PNG."
_AGAIN = "Export or copy it again."
_HEAD = 1024
"""PDF readers look for their header in so many bytes (ISO 32000, Annex H), browsers for a web page in about as many."""
_TEXT_HEAD = 64 * 1024
MAX_SCANS = 100
"""A progressive JPEG has about ten; each of thousands in a small file costs as much as the whole picture (libjpeg-turbo, "libjpeg-turbo security advisories")."""
MAX_PARTS = 100_000
"""Of a JPEG's segments, or a PNG's chunks; the longest of a scanner have some thousand."""
MAX_INFLATED = 4 * 1024 * 1024
"""Of the profile and texts in a PNG, together; the largest profiles of printers have 3 MB."""

_HEVC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_HEIF = frozenset({b"mif1", b"mif2", b"msf1"})
_AVIF = frozenset({b"avif", b"avis"})
"""Brands of ISO/IEC 23008-12 (HEIF) and of AVIF."""

_NAMES = (
    (rb"GIF8[79]a", "a GIF"),
    (rb"BM.{4}\0\0\0\0", "a BMP picture"),
    (rb"II[*+]\0|MM\0[*+]", "a TIFF picture or a camera's raw photo"),
    (rb"%PDF-", "a PDF document"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (rb"\0\0[\x01\x02]\0", "an icon"),
    (rb"8BPS", "a Photoshop file"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript drawing"),
    (rb"PK[\x03\x05\x07][\x04\x06\x08]", "a ZIP archive or an Office document"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
    (rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|BZh[1-9]|\xfd7zXZ\0|MSCF\0|\x1f\x8b", "an archive"),
    (rb"\x7fELF|MZ|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|#!", "a program"),
    (rb"....(ftyp|moov|mdat|wide)|RIFF....(AVI|WAVE)|\x1aE\xdf\xa3|OggS|ID3", "a video or sound"),
    (rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP", "another picture"),
)
_OTHER_KINDS = tuple((re.compile(start, re.DOTALL), name) for start, name in _NAMES)

_ANYWHERE = {
    b"rar!\x1a\x07": "an archive",
    b"7z\xbc\xaf\x27\x1c": "an archive",
    b"<?php": "a script",
    b"<script": "a script",
    b"<iframe": "a web page",
    b"<!doctype html": "a web page",
    b"this program cannot be run in dos mode": "a program",
}
"""Never found in a photo by chance, in lower case: programs look for these anywhere in a file."""
_BEHIND = _ANYWHERE | {
    b"%pdf-": "a PDF document",
    b"<html": "a web page",
    b"<svg": "an SVG drawing",
    b"gif87a": "a GIF",
    b"gif89a": "a GIF",
    b"\x7felf\x01\x01": "a program",
    b"\x7felf\x02\x01": "a program",
    b"\xca\xfe\xba\xbe\0\0\0": "a program",
    b"pk\x03\x04\x14\0": "a ZIP archive",
    b"pk\x03\x04\x0a\0": "a ZIP archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Office document",
}
_IN_THE_HEAD = {
    b"%pdf-": "a PDF document",
    b"<html": "a web page",
    b"<body": "a web page",
    b"<head>": "a web page",
    b"<svg": "an SVG drawing",
    b"<%@": "a script",
}
_COMMENT = re.compile(rb"(\xff\xd8\xff.|RIFF)/\*.{,65536}\*/", re.DOTALL)
"""A length that is the beginning of a comment: the file is a script to whoever runs it as one."""
_PADDING = b"\0\r\n\t "
_PHONES = re.compile(rb"[\0\r\n\t ]*(\xff\xd8\xff|[^\0\r\n\t ]?ftyp)")
"""Another JPEG, or a film: its first box, whose length may look like padding."""


def demand_kind(data: bytes, field: str) -> str:
    """JPEG, PNG, WEBP or HEIC. Raises InputError for all else, for a file that is cut off, and for one that hides another."""
    kind = kind_of(data)
    if not kind:
        name = _name(data)
        raise InputError(
            f"is {name}, not {TAKEN}", field=field, way_out=_SAVE_IT if _is_picture(name) else _NO_PICTURE
        )
    end = _ENDS[kind](data)
    if end is None:
        raise InputError("is damaged or cut off", field=field, way_out=_AGAIN)
    if end < 0:
        raise InputError(
            "is built to fill this machine's memory or time when it is opened", field=field, way_out=_ANEW
        )
    if hidden := _hidden(data, data[end:]):
        raise InputError(f"has {hidden} hidden in it", field=field, way_out=_ANEW)
    return kind


def kind_of(data: bytes) -> str:
    """Which kind of picture the bytes begin like; empty for one that is not taken."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    brands = _brands(data)
    return HEIC if brands & _HEVC or (brands & _HEIF and not brands & _AVIF) else ""


def _brands(data: bytes) -> frozenset[bytes]:
    """What a file in boxes says it is (ISO/IEC 14496-12, "File Type Box"); nothing for others."""
    if data[4:8] != b"ftyp":
        return frozenset()
    listed = data[16 : min(int.from_bytes(data[:4], "big"), _HEAD)]
    return frozenset({data[8:12], *(listed[at : at + 4] for at in range(0, len(listed), 4))})


def _name(data: bytes) -> str:
    """What a person calls it."""
    if _brands(data) & _AVIF:
        return "an AVIF picture"
    if drawing := _drawing(data):
        return drawing
    if b"%PDF-" in data[:_HEAD]:
        return "a PDF document"
    return next((name for start, name in _OTHER_KINDS if start.match(data)), "") or _text_name(data)


def _is_picture(name: str) -> bool:
    """Whether what has this name can be saved as another kind of picture."""
    return not any(word in name for word in _NO_PICTURES)


def _drawing(data: bytes) -> str:
    """An SVG, whatever stands before its first element, in any of Unicode's forms, and gzip'd (svgz)."""
    head = data[:_TEXT_HEAD]
    if head[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _TEXT_HEAD)
        except zlib.error:
            return ""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in head[:2]:
        head = head.replace(b"\0", b"")
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe" + _PADDING)
    if not text.startswith(b"<"):
        return ""
    if re.search(rb"<([a-z]\w*:)?svg[\s>/]", text, re.IGNORECASE):
        return "an SVG drawing"
    return "a web page or XML"


def _text_name(data: bytes) -> str:
    try:
        data[:_HEAD].decode()
    except UnicodeDecodeError as error:
        if error.start < min(len(data), _HEAD) - 3:  # else the last letter was cut in two
            return "something else"
    return "something else" if b"\0" in data[:_HEAD] else "a text"


# --- where each kind of picture ends: None where it is cut off or damaged, below zero for a bomb ------------------------

_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
"""A marker of JPEG with a length after it, or the end (ITU-T T.81, B.1.1.3); none is found within the coded pixels."""
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_BOMB = -1


def _jpeg_end(data: bytes) -> int | None:
    at, scans, parts = 2, 0, 0
    while marker := _MARKER.search(data, at):
        at, code = marker.end(), data[marker.end() - 1]
        if code == _END_OF_IMAGE:
            return at
        scans, parts = scans + (code == _START_OF_SCAN), parts + 1
        if scans > MAX_SCANS or parts > MAX_PARTS:
            return _BOMB
        at += max(2, int.from_bytes(data[at : at + 2], "big"))
    return None


def _png_end(data: bytes) -> int | None:
    """Chunk by chunk (PNG, 3rd edition, 5.3); whether they are as they were written, Pillow sees by their checksums."""
    at, parts, inflated = 8, 0, 0
    while at + 12 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body, at = data[at + 8 : at + 8 + length], at + 12 + length
        if at > len(data):
            return None
        parts, inflated = parts + 1, inflated + _inflated(name, body)
        if parts > MAX_PARTS or inflated > MAX_INFLATED:
            return _BOMB
        if name == b"IEND":
            return at
    return None


def _inflated(name: bytes, body: bytes) -> int:
    """How long a compressed profile or text is, which nobody asked for; no more than is needed to know it is too long."""
    packed = body.partition(b"\0")[2][1:]
    if name == b"iTXt":
        packed = body.partition(b"\0")[2][2:].split(b"\0", 2)[-1]
    elif name not in {b"iCCP", b"zTXt"}:
        return 0
    try:
        return len(zlib.decompressobj().decompress(packed, MAX_INFLATED + 1))
    except zlib.error:
        return 0


def _webp_end(data: bytes) -> int | None:
    size = int.from_bytes(data[4:8], "little")
    end = 8 + size + size % 2
    return end if end <= len(data) else None


def _heic_end(data: bytes) -> int | None:
    try:
        found = heif_boxes.read(data)
        if found is None:
            return None
        return _BOMB if found.is_bomb(MAX_PIXELS) else found.end
    except heif_boxes.BROKEN:
        return None


_ENDS = {JPEG: _jpeg_end, PNG: _png_end, WEBP: _webp_end, HEIC: _heic_end}


# --- what is hidden ----------------------------------------------------------------------------------------------------


def _hidden(data: bytes, tail: bytes) -> str:
    """What else the file is, or holds behind the picture; empty for a picture alone, as cameras and phones write it."""
    if zipfile.is_zipfile(io.BytesIO(data)):
        return "a ZIP archive"
    if _COMMENT.match(data):
        return "a script"
    found = _signed(data[:_HEAD], _IN_THE_HEAD) or _signed(data, _ANYWHERE)
    return found or (_behind(tail) if tail.strip(_PADDING + b"\xff") else "")


def _behind(tail: bytes) -> str:
    return _signed(tail, _BEHIND) or ("" if _is_a_phones(tail) else _name(tail.lstrip(_PADDING)))


def _signed(data: bytes, signs: Mapping[bytes, str]) -> str:
    low = data.lower()
    return next((name for sign, name in signs.items() if sign in low), "")


def _is_a_phones(tail: bytes) -> bool:
    """Whether phones write such behind a photo: more pictures, a short film, or Samsung's own trailer.

    Second pictures: CIPA DC-007 (MPO), Ultra HDR's gain map. Films: Google's Motion Photo format. Samsung's trailer ends
    with SEFT (ExifTool, "Samsung Tags").
    """
    return bool(_PHONES.match(tail)) or tail.rstrip(_PADDING).endswith(b"SEFT")
