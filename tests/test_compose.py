"""From an item to its posts: which pictures each channel gets, in what shape, and where a title card is drawn."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pictures_support import decoded, encoded, full_of_metadata, near, photo
from support import Office, open_office

GREEN, RED = (0, 120, 0), (255, 0, 0)
CARD_ALT = "Example Borough Council. Carol concert"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One office for all: nothing is handed in, only previewed."""
    with open_office(tmp_path_factory.mktemp("office")) as found:
        yield found


def previewed(office: Office, item: dict[str, Any]) -> dict[str, Any]:
    (office.folder / "item.json").write_text(json.dumps(item))
    found: dict[str, Any] = office.cli_json("preview", str(office.folder / "item.json"))["items"][0]
    return found


def media_of(office: Office, item: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Each channel's pictures."""
    return {post["channel"]: post["media"] for post in previewed(office, item)["posts"]}


def news(*images: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "kind": "news",
        "title": "Library opens late",
        "summary": "Until 8pm.",
        "images": images,
        **fields,
    }


def test_a_title_card_is_drawn_where_a_picture_is_needed(office: Office) -> None:
    """The page and Instagram get one, each in its own shape, with all its words as alt text; elsewhere the link is a card."""
    concert = {
        "kind": "event", "title": "Carol concert", "summary": "Carols in the square.",
        "starts_at": "2027-12-01 18:30", "location": "Market Square",
    }  # fmt: skip
    found = media_of(office, concert)
    sizes = {name: [(one["width"], one["height"]) for one in media] for name, media in found.items()}
    assert sizes == {"website": [(1_200, 630)], "instagram": [(1_080, 1_350)], "facebook": [], "twitter": []}
    alts = {media[0]["alt"] for media in found.values() if media}
    assert alts == {f"{CARD_ALT}. Wednesday 1 December 2027, 6.30pm. Market Square."}


def test_a_picture_goes_on_every_channel_and_no_card_beside_it(office: Office) -> None:
    """An item with a picture has that one alone, described as its officer did."""
    (office.folder / "wide.jpg").write_bytes(encoded(photo(1_600, 900)))
    found = media_of(office, news({"path": "wide.jpg", "alt": "A long table"}))
    assert {name: [one["alt"] for one in media] for name, media in found.items()} == {
        name: ["A long table"] for name in ("website", "instagram", "facebook", "twitter")
    }


def _shown(office: Office, item: dict[str, Any], channel: str) -> Any:
    """The first picture that the channel will get, as it lies in the queue."""
    handed = office.hand_in(office.news(**{key: item[key] for key in ("images",)}))
    post = office.deliveries(handed.id)[channel].post
    return decoded(office.app.store.read(post["media"][0]["digest"]))


def test_a_focus_crops_where_a_margin_would_be_and_nowhere_else(office: Office) -> None:
    """Instagram takes no panorama: what matters stays, and the page shows the whole."""
    wide = photo(1_200, 400, GREEN)
    wide.paste(RED, (0, 0, 150, 400))
    (office.folder / "panorama.png").write_bytes(encoded(wide, "PNG"))
    plain = {"path": "panorama.png", "alt": "The high street"}
    for image, corner in (
        (plain, None),
        ({**plain, "focus": [0.1, 0.5]}, RED),
        ({**plain, "focus": [1, 0]}, GREEN),
    ):
        found = media_of(office, news(image))
        ratios = {name: media[0]["width"] / media[0]["height"] for name, media in found.items()}
        assert {name: round(ratio, 2) for name, ratio in ratios.items()} == {
            "website": 3.0, "instagram": 1.91, "facebook": 3.0, "twitter": 3.0,
        }  # fmt: skip
        shown = _shown(office, news(image), "instagram")
        if corner:
            assert near(shown.getpixel((5, shown.height // 2)), corner, by=16)
            assert near(shown.getpixel((5, 5)), corner, by=16)
        else:
            assert near(shown.getpixel((5, shown.height // 2)), RED, by=16)
            assert near(shown.getpixel((shown.width - 5, shown.height // 2)), GREEN, by=16)


def test_a_carousels_pictures_have_the_first_ones_ratio(office: Office) -> None:
    """Instagram crops all to the first one's ratio: each is brought to it before, and the other channels show them as they are."""
    sizes = {"a.jpg": (1_500, 1_000), "b.jpg": (600, 1_200), "c.jpg": (2_400, 700), "d.jpg": (900, 600)}
    for name, size in sizes.items():
        (office.folder / name).write_bytes(encoded(photo(*size)))
    images = [{"path": name, "alt": f"Picture {name}"} for name in sizes]
    images[2]["focus"] = [0.2, 0.5]  # type: ignore[assignment]
    found = media_of(office, news(*images))
    ratios = [one["width"] / one["height"] for one in found["instagram"]]
    assert all(abs(ratio - 1.5) < 0.006 for ratio in ratios), ratios
    assert round(found["facebook"][1]["width"] / found["facebook"][1]["height"], 2) == 0.5
    assert [one["alt"] for one in found["instagram"]] == [f"Picture {name}" for name in sizes]


def test_each_channel_gets_as_many_pictures_as_it_takes(office: Office) -> None:
    """The first ones, in the officer's order, each with its own words."""
    images = [{"path": f"{number}.jpg", "alt": f"Picture {number}"} for number in range(6)]
    for number, image in enumerate(images):
        (office.folder / image["path"]).write_bytes(encoded(photo(400, 300, (number, 90, 90))))
    found = {name: [one["alt"] for one in media] for name, media in media_of(office, news(*images)).items()}
    alts = [image["alt"] for image in images]
    assert found == {"website": alts, "facebook": alts, "instagram": alts, "twitter": alts[:4]}


def test_the_focus_is_part_of_what_is_cleared(office: Office) -> None:
    """Another focus is another picture: its bytes, and so the post that is cleared, are others."""
    wide = photo(1_200, 400, GREEN)
    wide.paste(RED, (0, 0, 150, 400))
    (office.folder / "street.png").write_bytes(encoded(wide, "PNG"))
    image = {"path": "street.png", "alt": "The high street"}
    digests = {
        office.deliveries(office.hand_in(office.news(images=[{**image, **focus}])).id)["instagram"].digest
        for focus in ({}, {"focus": [0.1, 0.5]}, {"focus": [0.9, 0.5]})
    }
    assert len(digests) == 3


def test_who_previews_is_told_of_a_place_in_a_photo(office: Office) -> None:
    """An officer who hands photos on elsewhere learns that their files tell where they were taken."""
    (office.folder / "located.jpg").write_bytes(full_of_metadata("JPEG"))
    (office.folder / "plain.jpg").write_bytes(encoded(photo()))
    images = [{"path": name, "alt": f"Picture {name}"} for name in ("plain.jpg", "located.jpg")]
    assert previewed(office, news(*images))["located"] == [1]
    said = office.cli("preview", str(office.folder / "item.json")).stdout
    assert "The place where picture 2 was taken is in the file" in said
    previewed(office, news(images[0]))
    assert "The place where" not in office.cli("preview", str(office.folder / "item.json")).stdout
