"""Pictures on X: at one go, or in pieces where one request would be too large for a slow line; then their alt text.

Sources: docs.x.com, OpenAPI 2.167 and "Chunked media upload": initialize, append by `segment_index`, finalize, and STATUS only
where `processing_info` came (asking about a plain picture is a 400). Bodies are JSON with base64, which the specification takes
beside multipart; finalize needs a JSON object, if only `{}` ("Request body must be a JSON object.", trypost#202, July 2026).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from publisher.answers import distinct, fail, identifier
from publisher.model import Media, Outcome, Phase, Post, Staged
from publisher.own_ids import OwnIds

if TYPE_CHECKING:
    from publisher.wire import Call, Sent

UPLOAD = "/2/media/upload"
CATEGORY, MIME = "tweet_image", "image/jpeg"
"""The pictures of a post; whatever officers hand in is made a JPEG before (publisher/media.py)."""
MOST_BYTES = 5 * 1024 * 1024
"""Of a picture (docs.x.com, "Media best practices")."""
PIECE = 1024 * 1024
"""Bytes of a piece, as in X's own examples; of 5 MB its servers refused requests with 431 (abraham/twitteroauth#1257)."""
LEAST_PIECE = 64 * 1024
SLOW_LINE = 125_000
"""Bytes a second that are sure to get through: 1 Mbit/s, a slow line's way up."""
BASE64 = 4 / 3
MOST_PIECES = 1_000
"""`segment_index` is 0 to 999."""
LIVES = 86_400
"""Seconds, where the answer to an upload does not say (docs.x.com, "Media upload")."""
SHARE = 0.9
"""An upload counts as expired a tenth early: at the moment of release it must still be good."""
MOST_PROCESSING = timedelta(minutes=10)
"""A picture that X still works on after so long is not to be had; pictures as a rule need none."""
MOST_PAUSE = 60
"""Seconds between two looks at most, whatever `check_after_secs` says."""

_EMPTY = frozenset({"{}"})
"""Stands for a JSON object without any name: a body may only be where a field is declared, and this is nobody's name."""

Entry = dict[str, Any]
"""What is stored of an upload: its id, the alt text that it has, until when it is good; `since` and `pause` while X works on it."""
Ask = Callable[..., Mapping[str, Any]]
"""Makes one request and gives the answer's `data`: method, route, and the body or query by name."""


def piece_size(timeout: float) -> int:
    """Bytes of a picture that one request carries: on a slow line it must be through before the channel's time-out."""
    return max(LEAST_PIECE, min(PIECE, int(timeout * SLOW_LINE / BASE64)))


class Uploads:
    """The account's uploads. It knows which are ours: nothing else is described, finished or asked about."""

    def __init__(self, timeout: float) -> None:
        self._piece = piece_size(timeout)
        self._ours = OwnIds()

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every request for pictures, as data."""
        from publisher.wire import Call

        call, ours = partial(Call, Phase.UPLOAD, "POST"), rf"{UPLOAD}/(?P<id>[0-9]+)"
        begin = frozenset({"media_type", "total_bytes", "media_category"})
        asked, piece = frozenset({"command", "media_id"}), frozenset({"media", "segment_index"})
        return (
            call(UPLOAD, fields=frozenset({"media", "media_category"}), check=self._is_picture),
            call(f"{UPLOAD}/initialize", fields=begin, check=_is_beginning),
            call(f"{ours}/append", fields=piece, check=self._is_piece),
            call(f"{ours}/finalize", fields=_EMPTY, check=self._is_end),
            Call(Phase.STATUS, "GET", UPLOAD, query=asked, check=self._is_status),
            call("/2/media/metadata", fields=frozenset({"id", "metadata"}), check=self._is_alt_text),
        )

    def are_ours(self, ids: Iterable[object]) -> bool:
        """True where all of them are uploads that this account began."""
        return self._ours.has_all(ids)

    def remember(self, entries: Mapping[str, Entry]) -> None:
        """Told of what was stored: uploads of an earlier process are ours, too."""
        self._ours.update(entry["id"] for entry in entries.values() if identifier(entry.get("id")))

    def step(self, ask: Ask, media: Media, content: bytes, before: Entry | None, now: datetime) -> Entry:
        """Takes one picture as far as it goes: uploaded, and described once X has it. Raises ChannelFailed."""
        entry = self._looked(ask, before, now) if before else self._uploaded(ask, media, content, now)
        if "since" not in entry and media.alt:
            alt = {"id": entry["id"], "metadata": {"alt_text": {"text": media.alt}}}
            ask("POST", "/2/media/metadata", json=alt)
        return entry

    def _uploaded(self, ask: Ask, media: Media, content: bytes, now: datetime) -> Entry:
        data = self._whole(ask, content) if len(content) <= self._piece else self._in_pieces(ask, content)
        lives = data.get("expires_after_secs")
        seconds = lives if isinstance(lives, int) and 0 < lives <= LIVES else LIVES
        until = (now + timedelta(seconds=seconds * SHARE)).isoformat()
        entry = {"id": str(data["id"]), "alt": media.alt, "until": until}
        self._ours.add(entry["id"])
        return entry | ({"since": now.isoformat(), "pause": pause} if (pause := _pause(data)) else {})

    def _whole(self, ask: Ask, content: bytes) -> Mapping[str, Any]:
        return ask("POST", UPLOAD, json={"media": _encoded(content), "media_category": CATEGORY})

    def _in_pieces(self, ask: Ask, content: bytes) -> Mapping[str, Any]:
        """Every piece in its order. One that fails fails the picture: what was begun runs out by itself, and it begins anew."""
        about = {"media_type": MIME, "total_bytes": len(content), "media_category": CATEGORY}
        number = str(ask("POST", f"{UPLOAD}/initialize", json=about)["id"])
        self._ours.add(number)
        for index, start in enumerate(range(0, len(content), self._piece)):
            piece = {"media": _encoded(content[start : start + self._piece]), "segment_index": index}
            ask("POST", f"{UPLOAD}/{number}/append", json=piece)
        return ask("POST", f"{UPLOAD}/{number}/finalize", json={})

    def _looked(self, ask: Ask, entry: Entry, now: datetime) -> Entry:
        """Whether X is done with it. That it failed comes with HTTP 200, and is `judge`'s to say."""
        data = ask("GET", UPLOAD, params={"command": "STATUS", "media_id": entry["id"]})
        if pause := _pause(data):
            if now - datetime.fromisoformat(entry["since"]) > MOST_PROCESSING:
                raise fail(
                    Outcome.FIX, "X does not finish with the picture: use another, or retry.", "processing does not end"
                )  # fmt: skip
            return entry | {"pause": pause}
        return {name: value for name, value in entry.items() if name not in {"since", "pause"}}

    # --- what may leave --------------------------------------------------------------------------------------

    def _is_picture(self, sent: Sent) -> bool:
        return sent.fields.get("media_category") == CATEGORY and _is_base64(
            sent.fields.get("media"), self._piece
        )

    def _is_piece(self, sent: Sent) -> bool:
        index = sent.fields.get("segment_index")
        return (
            sent.groups["id"] in self._ours
            and type(index) is int
            and 0 <= index < MOST_PIECES
            and _is_base64(sent.fields.get("media"), self._piece)
        )

    def _is_end(self, sent: Sent) -> bool:
        return sent.groups["id"] in self._ours and not sent.fields

    def _is_status(self, sent: Sent) -> bool:
        return sent.query.get("command") == "STATUS" and sent.query.get("media_id") in self._ours

    def _is_alt_text(self, sent: Sent) -> bool:
        match sent.fields:
            case {"id": str(number), "metadata": {"alt_text": {"text": str(), **more}, **other}}:
                return number in self._ours and not more and not other
        return False


def still_good(upload: Entry | None, media: Media, now: datetime) -> Entry | None:
    """What was uploaded, if it can go as it is."""
    good = upload and upload["alt"] == media.alt and datetime.fromisoformat(upload["until"]) > now
    return upload if good else None


def prepared(post: Post, kept: Mapping[str, Entry], fresh: datetime | None) -> Staged:
    """What there is of the post's pictures. It is prepared again, too, when the token is due: none is renewed at the last moment."""
    media = {one.digest: kept[one.digest] for one in post.media if one.digest in kept}
    pauses = [float(entry["pause"]) for entry in media.values() if "since" in entry]
    ends = [datetime.fromisoformat(entry["until"]) for entry in media.values()]
    until = min((*ends, *((fresh,) if fresh else ())), default=None)
    if pauses or len(media) < len(distinct(post.media)):
        begun = len(media) == len(distinct(post.media))
        return Staged({"ready": False, "media": media, "poll": max(pauses) if begun else 0}, until)
    return Staged({"ready": True, "media": media}, until)


def _is_beginning(sent: Sent) -> bool:
    total = sent.fields.get("total_bytes")
    return (
        sent.fields.get("media_category") == CATEGORY
        and sent.fields.get("media_type") == MIME
        and type(total) is int
        and 0 < total <= MOST_BYTES
    )


def _is_base64(value: object, most: int) -> bool:
    """True for base64 of 1 to `most` bytes."""
    if not isinstance(value, str) or not 0 < len(value) <= (most + 2) // 3 * 4:
        return False
    try:
        return bool(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return False


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _pause(data: Mapping[str, Any]) -> float:
    """Seconds until the next look; 0 where X is done with it, or had nothing to do."""
    info = data.get("processing_info")
    if not isinstance(info, dict) or info.get("state") not in {"pending", "in_progress"}:
        return 0
    pause = info.get("check_after_secs")
    return min(max(pause, 1), MOST_PAUSE) if type(pause) is int else 1
