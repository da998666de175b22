"""X's media endpoints: upload at one go or in pieces, processing status, alt text."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from publisher.rehearsal import pictures
from publisher.rehearsal.api import JSON, Answer, Call, Routes
from publisher.rehearsal.ledger import Ledger, Picture
from publisher.rehearsal.pictures import MEGABYTE
from publisher.rehearsal.x_answers import invalid, new_id, not_found, refuse_unknown

EXPIRES = timedelta(days=1)
MAX_ALT = 1_000
MAX_SEGMENT = 999
LARGEST = {"tweet_image": 5 * MEGABYTE, "tweet_gif": 15 * MEGABYTE, "tweet_video": 512 * MEGABYTE}
"""Bytes, by media category (docs.x.com, "Media best practices")."""
ONE_SHOT = ("tweet_image",)
FORMATS = frozenset({"JPEG", "PNG", "GIF", "WEBP"})
_PROCESSED = frozenset({"tweet_video", "tweet_gif"})
_CHECK_AFTER_SECONDS = 1


@dataclass(slots=True)
class _Upload:
    id: str
    category: str
    mime: str
    at: datetime
    total: int
    segments: dict[int, bytes] = field(default_factory=dict)
    content: bytes = b""
    ready: bool = False
    processed: bool = False
    looks: int = 0
    alt: str = ""
    posted: bool = False
    facts: pictures.Facts | None = None


class MediaDesk:
    """The uploads of one account. Each lives a day (`expires_after_secs`).

    `looks` is how often STATUS says that X still works on a picture: as a rule it does not, and no `processing_info` comes.
    `spoils` is an X that cannot make anything of it in the end.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._uploads: dict[str, _Upload] = {}
        self.looks, self.spoils = 0, False

    @property
    def routes(self) -> Routes:
        return (
            ("POST", "/2/media/upload", self._one_shot),
            ("GET", "/2/media/upload", self._status),
            ("POST", "/2/media/upload/initialize", self._initialize),
            ("POST", r"/2/media/upload/(?P<id>\d+)/append", self._append),
            ("POST", r"/2/media/upload/(?P<id>\d+)/finalize", self._finalize),
            ("POST", "/2/media/metadata", self._metadata),
        )

    def usable(self, media_id: str) -> bool:
        upload = self._uploads.get(media_id)
        return upload is not None and upload.ready and self._ledger.now() < upload.at + EXPIRES

    def attach(self, media_ids: tuple[str, ...]) -> None:
        for media_id in media_ids:
            self._uploads[media_id].posted = True

    def picture(self, media_id: str) -> Picture:
        upload = self._uploads[media_id]
        width, height = (upload.facts.width, upload.facts.height) if upload.facts else (0, 0)
        return Picture(upload.id, upload.alt, upload.mime, width, height)

    async def _one_shot(self, call: Call) -> Answer:
        refuse_unknown(
            call.fields,
            frozenset({"media", "media_category", "media_type", "shared", "additional_owners"}),
            "",
        )
        category = call.fields.get("media_category")
        if category not in ONE_SHOT:
            raise invalid(f"$.media_category: {category!r} is not one of {', '.join(ONE_SHOT)}")
        content = _decoded(call.fields.get("media"))
        upload = _Upload(
            new_id(), category, str(call.fields.get("media_type", "")), call.at, len(content), content=content
        )
        return Answer({"data": self._taken(upload)}, ids=(upload.id,))

    async def _initialize(self, call: Call) -> Answer:
        refuse_unknown(
            call.fields,
            frozenset({"media_type", "total_bytes", "media_category", "shared", "additional_owners"}),
            "",
        )
        category, mime, total = (
            call.fields.get(name) for name in ("media_category", "media_type", "total_bytes")
        )
        if category not in list(LARGEST) or not isinstance(mime, str) or type(total) is not int:
            raise invalid("media_category, media_type and total_bytes (a number) are required")
        if not 0 < total <= LARGEST[category]:
            raise invalid(f"$.total_bytes: {category} may have 1 to {LARGEST[category]}")
        upload = _Upload(new_id(), category, mime, call.at, total)
        self._uploads[upload.id] = upload
        return Answer({"data": _told(upload)}, ids=(upload.id,))

    async def _append(self, call: Call) -> Answer:
        refuse_unknown(call.fields, frozenset({"media", "segment_index"}), "")
        upload, index = self._found(call.groups["id"]), str(call.fields.get("segment_index", ""))
        if not index.isdecimal() or int(index) > MAX_SEGMENT or upload.content:
            raise invalid(f"$.segment_index: 0 to {MAX_SEGMENT}, before finalize")
        content = call.fields.get("media")
        piece = content if isinstance(content, bytes) else _decoded(content)
        others = sum(len(one) for number, one in upload.segments.items() if number != int(index))
        if others + len(piece) > upload.total:
            raise invalid(f"more than the {upload.total} bytes that were said at the beginning")
        upload.segments[int(index)] = piece
        return Answer({"data": {"expires_at": int((upload.at + EXPIRES).timestamp())}})

    async def _finalize(self, call: Call) -> Answer:
        """It needs a JSON object (trypost#202, July 2026); the pieces count from 0 and have no gap."""
        if call.kind != JSON:
            raise invalid("Request body must be a JSON object.")
        refuse_unknown(call.fields, frozenset(), "")
        upload = self._found(call.groups["id"])
        indexes = sorted(upload.segments)
        content = b"".join(upload.segments[index] for index in indexes)
        if indexes != list(range(len(indexes))) or len(content) != upload.total or upload.content:
            raise invalid("Segments do not add up to provided total file size.")
        upload.content = content
        return Answer({"data": self._taken(upload)})

    async def _status(self, call: Call) -> Answer:
        refuse_unknown(call.query, frozenset({"command", "media_id"}), "")
        upload = self._found(call.query.get("media_id", ""))
        if call.query.get("command") != "STATUS" or not upload.processed:
            raise invalid("there is no processing to ask about: only where processing_info came is there any")
        if upload.looks > 0:
            upload.looks -= 1
            return Answer({"data": _told(upload) | {"processing_info": _processing("in_progress")}})
        if self.spoils:
            return Answer({"data": _told(upload) | {"processing_info": _processing("failed")}})
        if not upload.ready:
            self._finish(upload)
        return Answer({"data": _told(upload) | {"processing_info": _processing("succeeded")}})

    async def _metadata(self, call: Call) -> Answer:
        refuse_unknown(call.fields, frozenset({"id", "metadata"}), "")
        upload, metadata = self._found(call.fields.get("id")), call.fields.get("metadata")
        text = _alt_text(metadata)
        if upload.posted:
            raise invalid("the media is in a post already: alt text belongs before it")
        upload.alt = text
        return Answer({"data": {"id": upload.id, "associated_metadata": metadata}})

    def _found(self, media_id: object) -> _Upload:
        if not isinstance(media_id, str) or media_id not in self._uploads:
            raise not_found("no such media")
        return self._uploads[media_id]

    def _taken(self, upload: _Upload) -> dict[str, Any]:
        """All of it is there: usable at once, or worked on first."""
        self._uploads[upload.id] = upload
        if not (self.looks or self.spoils or upload.category in _PROCESSED):
            self._finish(upload)
            return _told(upload)
        upload.processed, upload.looks = True, self.looks
        return _told(upload) | {"processing_info": _processing("pending")}

    def _finish(self, upload: _Upload) -> None:
        if upload.category != "tweet_video":
            _check_picture(upload)
        upload.ready = True
        self._uploads[upload.id] = upload
        self._ledger.keep(upload.id, upload.mime, upload.content)


def _check_picture(upload: _Upload) -> None:
    facts = pictures.facts(upload.content)
    if facts is None or facts.format not in FORMATS:
        raise invalid("the media is no picture of a type that is taken")
    if len(upload.content) > LARGEST[upload.category]:
        raise invalid(f"the media is larger than {LARGEST[upload.category]} bytes")
    if upload.mime and upload.mime != facts.mime:
        raise invalid(f"$.media_type: {upload.mime} was said, {facts.mime} was sent")
    upload.mime, upload.facts = facts.mime, facts


def _decoded(media: object) -> bytes:
    try:
        content = base64.b64decode(media, validate=True) if isinstance(media, str) else b""
    except ValueError:
        content = b""
    if not content:
        raise invalid("$.media: base64 is expected")
    return content


def _alt_text(metadata: object) -> str:
    match metadata:
        case {"alt_text": {"text": str(text), **more}, **other} if (
            not more and not other and 0 < len(text) <= MAX_ALT
        ):
            return text
    raise invalid(f"$.metadata.alt_text.text: 1 to {MAX_ALT} characters, and nothing beside it")


def _told(upload: _Upload) -> dict[str, Any]:
    return {
        "id": upload.id,
        "media_key": f"3_{upload.id}",
        "expires_after_secs": int(EXPIRES.total_seconds()),
        "size": upload.total,
    }


def _processing(state: str) -> dict[str, Any]:
    """A failure is told with HTTP 200 (docs.x.com, "Chunked media upload")."""
    told: dict[str, dict[str, Any]] = {
        "pending": {"check_after_secs": _CHECK_AFTER_SECONDS},
        "in_progress": {"check_after_secs": _CHECK_AFTER_SECONDS, "progress_percent": 50},
        "succeeded": {"progress_percent": 100},
        "failed": {"error": {"code": 1, "name": "InvalidMedia", "message": "file is invalid"}},
    }
    return {"state": state} | told[state]
