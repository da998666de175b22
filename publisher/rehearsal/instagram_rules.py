"""What the rehearsal's Instagram takes: captions, pictures and lists of children (developers.facebook.com, "Content Publishing")."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from publisher.rehearsal import pictures
from publisher.rehearsal.api import Refusal
from publisher.rehearsal.graph_words import error
from publisher.rehearsal.pictures import MEGABYTE

MAX_BYTES = 8 * MEGABYTE
NARROWEST_RATIO, WIDEST_RATIO = 4 / 5, 1.91
RATIO_SLACK = 0.01
"""Whole pixels cannot hit 1.91 exactly."""
MIN_WIDTH = 320
MAX_CAPTION, MAX_ALT, MAX_MENTIONS, MAX_HASHTAGS = 2_200, 1_000, 20, 30
LEAST_CHILDREN, MOST_CHILDREN = 2, 10


def caption_of(given: Mapping[str, Any]) -> str:
    caption = given.get("caption", "")
    if (
        not isinstance(caption, str)
        or len(caption) > MAX_CAPTION
        or len(re.findall(r"#\w", caption)) > MAX_HASHTAGS
    ):
        raise error(
            36004,
            f"The caption is too long: {MAX_CAPTION} characters and {MAX_HASHTAGS} hashtags",
            subcode=2207010,
        )
    if len(re.findall(r"(?<!\w)@\w", caption)) > MAX_MENTIONS:
        raise error(100, f"The caption has more than {MAX_MENTIONS} tags", subcode=2207040)
    return caption


def wrong_picture(facts: pictures.Facts | None, size: int) -> Refusal | None:
    if facts is None or facts.format != "JPEG":
        return error(36001, "The image format is not supported: JPEG only", subcode=2207005)
    if size > MAX_BYTES or facts.width < MIN_WIDTH:
        return error(
            36000,
            f"The image size is not right: up to {MAX_BYTES} bytes, {MIN_WIDTH} wide or more",
            subcode=2207004,
        )
    if not is_shown_whole(facts):
        ratio = facts.width / facts.height
        return error(36003, f"The aspect ratio {ratio:.2f} is not supported: 4:5 to 1.91:1", subcode=2207009)
    return None


def is_shown_whole(facts: pictures.Facts) -> bool:
    """Whether its shape is one that the feed shows."""
    return NARROWEST_RATIO - RATIO_SLACK <= facts.width / facts.height <= WIDEST_RATIO + RATIO_SLACK


def listed(children: object) -> list[str]:
    """`1,2,3`, or the same as a JSON list."""
    if isinstance(children, str) and children.startswith("["):
        try:
            children = json.loads(children)
        except ValueError:
            return []
    if isinstance(children, str):
        children = children.split(",")
    return [child for child in children if isinstance(child, str)] if isinstance(children, list) else []
