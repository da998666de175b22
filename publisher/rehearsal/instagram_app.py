"""Instagram's private API as its app uses it, so far as posting goes: pictures, one call that publishes, own posts."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from publisher import strict_json
from publisher.errors import InputError
from publisher.rehearsal import pictures
from publisher.rehearsal.api import Answer, Api, Call, Refusal, Routes
from publisher.rehearsal.credentials import same
from publisher.rehearsal.instagram_rules import (
    LEAST_CHILDREN,
    MAX_BYTES,
    MAX_CAPTION,
    MOST_CHILDREN,
    is_shown_whole,
)
from publisher.rehearsal.ledger import Ledger, Picture, Post

PLATFORM = "instagram"
USERNAME = "council_app_rehearsal"
MARK = "SIGNATURE."
MAX_HASHTAGS = 5
UPLOADS_LIVE = timedelta(hours=1)
"""Nobody has written how long one lives; one that goes early is the harder case."""
PAGE = 18
NOBODY = '{"in": []}'
NEEDED = frozenset({"_uuid", "device_id", "caption", "upload_id", "source_type", "timezone_offset"})
FOREIGN = frozenset(
    {"share_to_facebook", "share_to_threads", "invite_coauthor_user_ids", "publish_mode", "content_scheduling_metadata"}
)  # fmt: skip
"""What reaches further than the account's own feed, now: a council's program has no business with it."""


@dataclass(slots=True)
class _Upload:
    picture: Picture
    at: datetime
    used: bool = False


@dataclass(slots=True)
class _Media:
    pk: str
    code: str
    caption: str
    pictures: tuple[Picture, ...]
    at: datetime
    comments: bool


class InstagramApp(Api):
    """One account, signed in by a saved session. `sign_out` ends that; `wants_a_person` answers all calls with a checkpoint."""

    name = "instagram_app"

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.user_id = str(10**10 + secrets.randbelow(10**10))
        self._session = f"{self.user_id}%3A{secrets.token_hex(16)}"
        self._uploads: dict[str, _Upload] = {}
        self._media: list[_Media] = []
        self._signed_in, self._checkpoint = True, False

    @property
    def saved(self) -> str:
        """The session as instagrapi's `dump_settings` writes it."""
        known = {
            "ds_user_id": self.user_id,
            "sessionid": self._session,
            "should_use_header_over_cookies": True,
        }
        return json.dumps(
            {"uuids": {"uuid": secrets.token_hex(16)}, "cookies": {}, "authorization_data": known}
        )

    def sign_out(self) -> None:
        """From now on the session is no longer good."""
        self._signed_in = False

    def wants_a_person(self, *, wanted: bool = True) -> None:
        """From now on every call is answered with a checkpoint."""
        self._checkpoint = wanted

    @property
    def routes(self) -> Routes:
        return (
            ("POST", r"/rupload_igphoto/(?P<id>\d{10,16})_0_\d{10}", self._upload),
            ("POST", "/api/v1/media/configure/", self._one),
            ("POST", "/api/v1/media/configure_sidecar/", self._several),
            ("GET", f"/api/v1/feed/user/{self.user_id}/", self._feed),
            ("GET", "/api/v1/accounts/current_user/", self._identity),
        )

    def check(self, call: Call) -> None:
        """The header holds the session; without it nobody is let in."""
        if not self._signed_in or not same(_session(call.authorization), self._session):
            raise refusal(403, "login_required", reason="no session, or not this one")
        if self._checkpoint:
            raise refusal(400, "checkpoint_required", error_type="checkpoint_challenge_required")

    def no_such_route(self, call: Call) -> Refusal:
        return refusal(404, "Endpoint not found", reason=f"{call.method} {call.path} is no call of ours")

    def malformed(self, why: str) -> Refusal:
        return refusal(400, "Invalid parameters", reason=why)

    def platform_of(self, call: Call) -> str:  # noqa: ARG002  # the wall shows its posts as Instagram's
        return PLATFORM

    async def _upload(self, call: Call) -> Answer:
        content = call.fields.get("", b"")
        facts = pictures.facts(content)
        if facts is None or facts.format != "JPEG" or len(content) > MAX_BYTES:
            raise refusal(400, "Uploaded image isn't in the right format")
        if not is_shown_whole(facts):
            raise refusal(400, "Uploaded image isn't in an allowed aspect ratio")
        upload = call.groups["id"]
        picture = Picture(f"app-{upload}", "", facts.mime, facts.width, facts.height)
        self.ledger.keep(picture.id, facts.mime, content)
        self._uploads[upload] = _Upload(picture, call.at)
        return Answer({"upload_id": upload, "xsharing_nonces": {}, "status": "ok"}, ids=(upload,))

    async def _one(self, call: Call) -> Answer:
        given = _signed(call)
        if given.get("usertags") != NOBODY:
            raise self.malformed("somebody is tagged")
        return self._publish(call, given, [self._described(given)])

    async def _several(self, call: Call) -> Answer:
        given = _signed(call)
        children = given.get("children_metadata")
        if not isinstance(children, list) or not LEAST_CHILDREN <= len(children) <= MOST_CHILDREN:
            raise self.malformed(f"an album has {LEAST_CHILDREN} to {MOST_CHILDREN} pictures")
        if any(not isinstance(child, dict) or "usertags" in child for child in children):
            raise self.malformed("a picture of the album is none, or somebody is tagged")
        return self._publish(call, given, [self._described(child) for child in children])

    def _described(self, given: Mapping[str, Any]) -> Picture:
        found = self._uploads.get(str(given.get("upload_id")))
        if found is None or found.used or self.ledger.now() >= found.at + UPLOADS_LIVE:
            raise refusal(400, "media_needs_reupload", reason="an upload that is not there, or no longer")
        found.used = True
        alt = given.get("custom_accessibility_caption", "")
        return replace(found.picture, alt=alt if isinstance(alt, str) else "")

    def _publish(self, call: Call, given: Mapping[str, Any], held: list[Picture]) -> Answer:
        number = str(3 * 10**18 + secrets.randbelow(10**18))
        comments = str(given.get("disable_comments", "0")) != "1"
        media = _Media(number, f"C{secrets.token_hex(5)}", given["caption"], tuple(held), call.at, comments)
        self._media.append(media)
        self.ledger.publish(
            Post(
                PLATFORM, media.code, media.caption, f"{self.wall}/{PLATFORM}/{media.code}", media.at, media=media.pictures,
                replies="open" if comments else "closed",
            )
        )  # fmt: skip
        return Answer({"media": self._node(media), "status": "ok"}, ids=(number,))

    async def _feed(self, call: Call) -> Answer:
        if call.query != {"count": str(PAGE)}:
            raise self.malformed("the newest page of one's own posts, and no other")
        newest = self._media[::-1][:PAGE]
        items = [self._node(media) for media in newest]
        return Answer({"items": items, "num_results": len(items), "more_available": False, "status": "ok"})

    async def _identity(self, _call: Call) -> Answer:
        return Answer({"user": {"pk": int(self.user_id), "username": USERNAME}, "status": "ok"})

    def _node(self, media: _Media) -> dict[str, Any]:
        return {
            "pk": int(media.pk),
            "id": f"{media.pk}_{self.user_id}",
            "code": media.code,
            "media_type": 8 if len(media.pictures) > 1 else 1,
            "caption": {"text": media.caption},
            "taken_at": int(media.at.timestamp()),
            "comments_disabled": not media.comments,
            "user": {"pk": int(self.user_id), "username": USERNAME},
        }


def refusal(status: int, message: str, *, error_type: str = "", reason: str = "") -> Refusal:
    """A no as the app gets it."""
    body = {"message": message, "status": "fail"} | ({"error_type": error_type} if error_type else {})
    return Refusal(status, body, reason=reason or message)


def _signed(call: Call) -> dict[str, Any]:
    """The body of a call that publishes. Raises Refusal."""
    text = call.fields.get("signed_body") if call.fields.keys() == {"signed_body"} else None
    if not isinstance(text, str) or not text.startswith(MARK):
        raise refusal(400, "Invalid parameters", reason="the body is not signed_body=SIGNATURE.{json}")
    try:
        given = strict_json.read(text.removeprefix(MARK).encode())
    except (InputError, UnicodeEncodeError) as error:
        raise refusal(400, "Invalid parameters", reason=str(error)) from error
    if not isinstance(given, dict) or NEEDED - given.keys() or given.keys() & FOREIGN:
        raise refusal(400, "Invalid parameters", reason="a field is missing, or reaches too far")
    caption = given["caption"]
    if (
        not isinstance(caption, str)
        or len(caption) > MAX_CAPTION
        or len(re.findall(r"#\w", caption)) > MAX_HASHTAGS
    ):
        raise refusal(400, "Caption is too long", reason="the caption")
    if given.get("location") != "{}":
        raise refusal(400, "Invalid parameters", reason="a place")
    return given


def _session(authorization: str) -> str:
    """What is in `Bearer IGT:2:<base64>`; empty where there is none."""
    try:
        found = json.loads(base64.b64decode(authorization.removeprefix("Bearer IGT:2:"), validate=True))
    except ValueError:
        return ""
    return str(found.get("sessionid", "")) if isinstance(found, dict) else ""
