"""A picture's file is a picture alone: what hides another file is refused, what phones write behind a photo is dropped."""

import io
import tarfile
import zipfile

import heic_support as heif
import pytest
from heic_support import heic
from pictures_support import chunk, encoded, near, opened, photo, refusal

RED = (200, 30, 30)
FILM = heif.box(b"ftyp", b"isom", bytes(4), b"isommp42") + heif.box(b"mdat", b"\x12\x34" * 4_000)
PICTURES = {
    "JPEG": encoded(photo()),
    "PNG": encoded(photo(), "PNG"),
    "WebP": encoded(photo(), "WEBP"),
    "HEIC": heic(heif.photo()),
}


def archive(name: str = "payload.txt", comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, "x" * 200)
        file.comment = comment
    return out.getvalue()


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as file:
        file.addfile(tarfile.TarInfo("a"))
    return out.getvalue()


def jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    """A JPEG with segments right after its beginning, as comments (0xFE) and application data (0xE0 to 0xEF) are."""
    data = PICTURES["JPEG"]
    parts = [b"\xff" + bytes([code]) + (len(body) + 2).to_bytes(2, "big") + body for code, body in segments]
    return data[:2] + b"".join(parts) + data[2:]


HIDDEN = {
    "ZIP": (archive(), "ZIP"),
    "JAR": (archive("META-INF/MANIFEST.MF"), "ZIP"),
    "DOCX": (archive("[Content_Types].xml"), "ZIP"),
    "ZIP behind padding": (bytes(500) + archive(comment=b"c" * 900), "ZIP"),
    "ZIP without its end": (archive()[:200], "ZIP"),
    "RAR": (b"Rar!\x1a\x07\x01\0" + bytes(60), "archive"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(60), "archive"),
    "gzip": (tar(), "archive"),
    "PDF": (b"%PDF-1.7\n1 0 obj", "PDF"),
    "HTML": (b"<!DOCTYPE html><p>hello", "web page"),
    "HTML of old": (b"\n<HTML><body onload=go()>", "web page"),
    "script": (b"<script>alert(1)</script>", "script"),
    "PHP": (b"<?php system($_GET['c']); ?>", "script"),
    "SVG": (b"<svg onload='go()'/>", "SVG"),
    "ELF": (b"\x7fELF\2\1\1" + bytes(60), "program"),
    "EXE": (b"MZ\x90\0" + bytes(60) + b"This program cannot be run in DOS mode.", "program"),
    "class": (b"\xca\xfe\xba\xbe\0\0\0\x3d" + bytes(60), "program"),
    "shell": (b"#!/bin/sh\nrm -rf /\n", "program"),
    "GIF": (encoded(photo(), "GIF"), "GIF"),
    "Word of old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "Office"),
    "sound": (b"RIFF\x24\0\0\0WAVEfmt ", "sound"),
    "a letter": (b"Dear Sir, enclosed", "a text"),
    "noise": (bytes(range(130, 250)) * 3, "something else"),
}


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_file_behind_a_picture_is_refused(kind: str, hidden: str) -> None:
    """Whatever follows a picture and is no phone's is named, and the way out is to save the picture anew."""
    body, said = HIDDEN[hidden]
    for between in (b"", bytes(40)):
        error = refusal(PICTURES[kind] + between + body)
        assert said in error.detail, error
        assert "hidden in it" in error.detail
        assert "save it anew" in error.way_out


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (jpeg_with((0xFE, b"<?php system($_GET['c']); ?>")), "script"),
        (jpeg_with((0xFE, b"*/=alert(1)/* <ScRiPt>")), "script"),
        (jpeg_with((0xFE, b"%PDF-1.4\n1 0 obj")), "PDF"),
        (jpeg_with((0xE1, bytes(900) + b"%PDF-1.4")), "PDF"),
        (jpeg_with((0xFE, b"<html><!--")), "web page"),
        (jpeg_with((0xFE, archive())), "ZIP"),
        (jpeg_with((0xEB, b"Rar!\x1a\x07\0" + bytes(60))), "archive"),
        (jpeg_with((0xE0, b" " * (0x2F2A - 2 - 12) + b"*/=alert(1)/*"[:12])), "script"),
        (
            PICTURES["PNG"][:33] + chunk(b"tEXt", b"Comment\0<?php die(); ?>") + PICTURES["PNG"][33:],
            "script",
        ),
        (PICTURES["PNG"][:33] + chunk(b"prIv", archive()) + PICTURES["PNG"][33:], "ZIP"),
        (PICTURES["HEIC"] + heif.box(b"free", archive()), "ZIP"),
        (PICTURES["HEIC"] + heif.box(b"free", b"<script>"), "script"),
    ],
)
def test_a_file_inside_a_picture_is_refused(data: bytes, said: str) -> None:
    """A comment or private part may hold what another program takes the whole file for."""
    error = refusal(data)
    assert said in error.detail
    assert "hidden in it" in error.detail


SAMSUNG = (
    b"\0\0\x01\x0a\x0e\0\0\0Image_UTC_Data1670000000000SEFH\x6b\0\0\0\1\0\0\0" + bytes(12) + b"\x18\0\0\0SEFT"
)
"""A trailer as Samsung's phones write it (ExifTool, "Samsung Tags")."""


@pytest.mark.parametrize(
    "tail",
    [
        bytes(4_096),
        b"\xff" * 100,
        b"\r\n",
        PICTURES["JPEG"],
        bytes(300) + PICTURES["JPEG"] + bytes(20) + PICTURES["JPEG"],
        PICTURES["JPEG"] + FILM,
        PICTURES["JPEG"] + b"LIVE_28481930",
        FILM,
        SAMSUNG,
        SAMSUNG[:-30] + b"MotionPhoto_Data" + FILM + SAMSUNG[-30:],
    ],
    ids=[
        "zeros",
        "ones",
        "line",
        "picture",
        "pictures",
        "picture and film",
        "Huawei",
        "film",
        "Samsung",
        "Samsung film",
    ],
)
@pytest.mark.parametrize("kind", PICTURES)
def test_what_phones_write_behind_a_photo_is_dropped(kind: str, tail: bytes) -> None:
    """Second pictures, short films, Samsung's trailer and padding cost nobody their photo."""
    assert near(opened(PICTURES[kind] + tail).getpixel((600, 400)), RED)


@pytest.mark.parametrize(
    "hidden",
    ["ZIP", "DOCX", "ZIP without its end", "RAR", "7z", "PDF", "HTML", "HTML of old", "script", "PHP", "SVG", "ELF", "EXE",
     "class", "GIF", "Word of old"],
)  # fmt: skip
@pytest.mark.parametrize("kind", PICTURES)
def test_what_phones_write_behind_a_photo_hides_nothing(kind: str, hidden: str) -> None:
    """A second picture, a film or a trailer is let pass for what it is, and not with another file in it or behind it."""
    body, said = HIDDEN[hidden]
    for tail in (PICTURES["JPEG"] + body, FILM + body, SAMSUNG[:-30] + body + SAMSUNG[-30:]):
        error = refusal(PICTURES[kind] + tail)
        assert said in error.detail, error
        assert "hidden in it" in error.detail


@pytest.mark.filterwarnings(
    "ignore:.*malformed MPO"
)  # as publisher/opening.py has it, but pytest undoes that
def test_what_belongs_in_a_photo_is_no_other_file() -> None:
    """Words of web pages in a description, markers in a thumbnail and an odd length are found in honest photos."""
    xmp = b"http://ns.adobe.com/xap/1.0/\0<?xpacket begin=''?><x:xmpmeta><rdf:li>5 &lt; 6 <b>PDF</b></rdf:li></x:xmpmeta>"
    inner = PICTURES["JPEG"][:2_000]
    for data in (
        jpeg_with((0xE1, xmp)),
        jpeg_with((0xE1, b"Exif\0\0" + inner), (0xE2, b"MPF\0" + bytes(80))),
    ):
        assert near(opened(data).getpixel((9, 9)), RED)
