"""Files of pictures are read by whoever hands an item in, and wrong ones are told before anything is sent."""

import os
from pathlib import Path

import pytest

from publisher.errors import InputError
from publisher.item import parse
from publisher.picture_files import MAX_FILE_BYTES, load_bytes, read_pictures


def test_a_file_is_loaded(tmp_path: Path) -> None:
    """The bytes of a picture's file, as they are."""
    (tmp_path / "photo.jpg").write_bytes(b"bytes")
    assert load_bytes(tmp_path / "photo.jpg", field="images[0].path") == b"bytes"


def _nothing(path: Path) -> None:
    assert not path.exists()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _oversize(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_nothing, "does not exist"),
        (Path.mkdir, "is a folder"),
        (Path.touch, "is empty"),
        (_fifo, "is a device or pipe"),
        (_oversize, "larger than 20 MB"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_an_input_error(tmp_path: Path, make: object, said: str) -> None:
    """Missing, folder, empty, pipe or huge: one line with the field, without waiting or filling memory."""
    make(tmp_path / "photo.jpg")  # type: ignore[operator]
    with pytest.raises(InputError, match=said) as caught:
        load_bytes(tmp_path / "photo.jpg", field="images[0].path")
    assert caught.value.field == "images[0].path"


@pytest.mark.parametrize("name", ["a\0b.jpg", "x" * 5_000])
def test_an_impossible_path_is_an_input_error(tmp_path: Path, name: str) -> None:
    """A path that the system itself refuses is an input error, too."""
    with pytest.raises(InputError) as caught:
        load_bytes(tmp_path / name, field="images[0].path")
    assert caught.value.field == "images[0].path"


@pytest.mark.parametrize(
    "name", ["data:image/svg+xml;base64,PHN2Zy8+", "data:,<svg/>", "data:image/png;base64," + "A" * 9_000]
)
def test_a_picture_inside_an_address_is_refused(tmp_path: Path, name: str) -> None:
    """What a browser takes for a picture without a file is told for what it is, whatever it holds."""
    with pytest.raises(InputError, match=r"inside an address \(data:\)") as caught:
        load_bytes(tmp_path / name, field="images[0].path")
    assert (caught.value.field, len(str(caught.value)) < 200) == ("images[0].path", True)


def test_paths_start_in_the_items_folder(tmp_path: Path) -> None:
    """The pictures of an item by the paths that it names, each read from its folder; those by address are nobody's file."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jpg").write_bytes(b"one")
    images = [
        {"path": "a.jpg"},
        {"url": "https://www.example.gov.uk/b.jpg"},
        {"path": str(tmp_path / "sub" / "a.jpg")},
    ]
    item = parse({"kind": "news", "title": "Pool opens", "images": images})
    assert read_pictures(item, tmp_path / "sub") == {"a.jpg": b"one", str(tmp_path / "sub" / "a.jpg"): b"one"}


def test_a_missing_picture_is_named_by_its_place(tmp_path: Path) -> None:
    """The second picture's file is missing: its field is the one that is told."""
    (tmp_path / "a.jpg").write_bytes(b"one")
    item = parse({"kind": "news", "title": "Pool opens", "images": [{"path": "a.jpg"}, {"path": "b.jpg"}]})
    with pytest.raises(InputError, match=r"b\.jpg does not exist") as caught:
        read_pictures(item, tmp_path)
    assert caught.value.field == "images[1].path"
