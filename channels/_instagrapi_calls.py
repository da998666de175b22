"""What a post by Instagram's app may say: its body taken apart, every field that instagrapi sends looked at.

The body is `signed_body=SIGNATURE.{json}` (utils/auth.py: nothing is really signed). Names from photo.py and album.py;
`disable_comments` and `custom_accessibility_caption` from instagrapi's guide ("Media", Upload, `extra_data`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from publisher import strict_json
from publisher.conversing import converses
from publisher.errors import InputError

if TYPE_CHECKING:
    from publisher.wire import Sent

SIGNED = "signed_body"
COMMENTS_OFF = {"disable_comments": "1"}
ALT_TEXT = "custom_accessibility_caption"
MARK = "SIGNATURE."
_BOTH = frozenset(
    {
        "_uuid", "caption", "creation_logger_session_id", "device", "device_id", "disable_comments", "location", "source_type",
        "timezone_offset", "upload_id",
    }
)  # fmt: skip
PHOTO = _BOTH | {
    "camera_make", "camera_model", ALT_TEXT, "date_time_digitalized", "date_time_original", "edits", "extra", "media_folder",
    "multi_sharing", "nav_chain", "scene_capture_type", "scene_type", "software", "usertags",
}  # fmt: skip
ALBUM = _BOTH | {"children_metadata", "client_sidecar_id", "is_suggested_venue", "suggested_venue_position"}
CHILD = frozenset(
    {
        ALT_TEXT, "device", "edits", "extra", "scene_capture_type", "scene_type", "source_type", "timezone_offset", "upload_id",
    }
)  # fmt: skip
FROM_GALLERY = "4"
"""`source_type` of what was not just taken with the app's camera."""
NOWHERE = "{}"
NOBODY: Mapping[str, Any] = {"in": []}
FEWEST_CHILDREN, MOST_CHILDREN = 2, 10


def is_photo(own: Collection[str], sent: Sent) -> bool:
    """One picture that we uploaded, with its alternative text: comments off, nobody tagged, no place, no other author."""
    body = _body(sent)
    if body is None or not _is_plain(body, PHOTO):
        return False
    return body["upload_id"] in own and bool(body.get(ALT_TEXT)) and _json(body.get("usertags")) == NOBODY


def is_album(own: Collection[str], sent: Sent) -> bool:
    """Several such pictures."""
    body = _body(sent)
    if body is None or not _is_plain(body, ALBUM) or body.get("is_suggested_venue") is not False:
        return False
    children = body.get("children_metadata")
    return (
        isinstance(children, list)
        and FEWEST_CHILDREN <= len(children) <= MOST_CHILDREN
        and all(_is_child(child, own) for child in children)
        and len({child["upload_id"] for child in children}) == len(children)
    )


def _is_plain(body: Mapping[str, Any], known: frozenset[str]) -> bool:
    return (
        not body.keys() - known
        and isinstance(body.get("upload_id"), str)
        and isinstance(body.get("caption"), str)
        and bool(body["caption"])
        and not converses(body["caption"])
        and body.get("disable_comments") == COMMENTS_OFF["disable_comments"]
        and body.get("location") == NOWHERE
        and body.get("source_type") == FROM_GALLERY
    )


def _is_child(child: Any, own: Collection[str]) -> bool:
    return (
        isinstance(child, dict)
        and not child.keys() - CHILD
        and child.get("upload_id") in own
        and bool(child.get(ALT_TEXT))
        and child.get("source_type") == FROM_GALLERY
    )


def _body(sent: Sent) -> dict[str, Any] | None:
    text = str(sent.fields.get(SIGNED, ""))
    if not text.startswith(MARK):
        return None
    try:
        found = strict_json.read(text.removeprefix(MARK).encode())
    except (InputError, UnicodeEncodeError):
        return None
    return found if isinstance(found, dict) else None


def _json(text: object) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
