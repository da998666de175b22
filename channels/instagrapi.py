"""Instagram by the private API of its own app; instagrapi carries the calls. Only with the director's yes to the risk.

Instagram's terms forbid it ("You can't attempt to create accounts or access or collect information in unauthorized ways",
and what automates the app may cost the account), so `instagram`, the official way, is the one to prefer. What it adds: a
personal account without a Page, pictures straight from here, and comments off in the same call.

The library's own `photo_upload` is not used: it draws the picture anew (what leaves must be what was cleared), reads the
feed before and after, and asks up to ten times. Nobody signs in from here either: that reads other people's posts
(auth.py, `login_flow`). A person does it elsewhere, and saves the session with the library's `dump_settings`.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, final

from publisher.channels._instagrapi_answers import judge, media_of
from publisher.channels._instagrapi_calls import ALT_TEXT, COMMENTS_OFF, SIGNED, is_album, is_photo
from publisher.channels._instagrapi_client import ORIGIN, connect
from publisher.channels.instagram import LIMITS, LOOK, POST_HOSTS

from publisher.answers import carries, checked, distinct, fail, identifier, plain
from publisher.channels import Identity, Limits, Supplies, Withdrawal
from publisher.held import HoldsSecrets
from publisher.model import Judgement, Media, Outcome, Phase, Post, Receipt, Staged
from publisher.own_ids import OwnIds
from publisher.settings import ChannelSettings, Endpoint, SecretRef

if TYPE_CHECKING:
    from publisher.wire import Call, Sent

PICTURES_LIVE = timedelta(hours=1)
"""How long an uploaded picture is taken for good. The app uploads and posts in one go; nobody has written how long one
lasts, so it is uploaded anew soon rather than found gone at the moment."""
READ_MOST = 18
"""Posts that the app itself asks for at a time."""
CODE = "[A-Za-z0-9_-]{1,64}"
"""What stands in a post's address."""
LEAST_NAME, NAMES = 1_000_000_000, 9_000_000_000
"""The last part of an upload's name has ten digits (photo.py)."""
NOT_CONFIRMED = (
    "It is published; Instagram did not confirm that comments are off: see in the app that they are."
)
NO_ADDRESS = "Instagram did not tell its address: open the post in the app, and copy its link."


class Settings(ChannelSettings):
    """`session` is where the saved session is: what instagrapi's `dump_settings` wrote, of the account `user_id`."""

    identity: ClassVar[tuple[str, ...]] = ("user_id", "session")
    documents: ClassVar[tuple[str, ...]] = ("session",)
    speaks_to: ClassVar[str] = "instagram"
    endpoint: Endpoint = ORIGIN
    user_id: str
    session: SecretRef = "env:INSTAGRAPI_SESSION"
    permalink: str = "https://www.instagram.com/p/{code}/"


@final
class Adapter(HoldsSecrets):
    """One Instagram account, spoken for as the app would."""

    template = "instagram.j2"
    makes_page = False
    post_hosts = POST_HOSTS
    withdraws = False
    look = LOOK
    scopes: frozenset[str] = frozenset()
    risk = (
        "instagrapi speaks to Instagram as its app would, which Instagram's terms of use forbid: "
        "Instagram may lock or close the account."
    )
    risk_way_out = 'Use the official way (adapter = "instagram") as soon as the account can.'
    limits: Limits = replace(LIMITS, image_bytes=8_000_000)
    """Here nothing is fetched back: Instagram's own most ("Content Publishing") goes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.own_ids = OwnIds()
        self._going_up: dict[str, str] = {}
        self._one_at_a_time = threading.Lock()  # the library keeps headers and the last answer for all
        checked(settings, "user_id", "[0-9]+", "the account's number")

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call that may leave."""
        from publisher.wire import Call

        own, signed = re.escape(self.settings.user_id), frozenset({SIGNED})
        name, api = r"/rupload_igphoto/(?P<id>[0-9]{10,16})_0_[0-9]{10}", "/api/v1"
        return (
            Call(Phase.UPLOAD, "POST", name, raw=True, check=self._is_picture),
            Call(Phase.PUBLISH, "POST", f"{api}/media/configure/", fields=signed, check=partial(is_photo, self.own_ids)),
            Call(
                Phase.PUBLISH, "POST", f"{api}/media/configure_sidecar/", fields=signed, check=partial(is_album, self.own_ids)
            ),
            Call(Phase.READ, "GET", f"{api}/feed/user/{own}/", query=frozenset({"count"}), check=_is_newest),
            Call(Phase.READ, "GET", f"{api}/accounts/current_user/", query=frozenset({"edit"})),
        )  # fmt: skip

    @cached_property
    def client(self) -> Any:
        """instagrapi.Client over the guarded session. Raises ConfigError where it or its session is missing."""
        return connect(self)

    def stage(self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged:
        """Uploads one picture that is not there yet. Raises ChannelFailed. `pictures` are the uploads, by their digests."""
        if not post.media:
            raise fail(Outcome.FIX, "Instagram takes no post without a picture: add one.", "no media")
        until = staged.expires_at if staged and staged.expires_at and staged.expires_at > now else None
        there = dict(staged.values.get("pictures", {})) if staged and until else {}
        self.own_ids.update(map(str, there.values()))
        until = until if there and until else now + PICTURES_LIVE
        missing = [media for media in distinct(post.media) if media.digest not in there]
        if missing:
            there[missing[0].digest] = self._upload(
                missing[0], supplies, now, of_several=len(distinct(post.media)) > 1
            )
        return Staged({"pictures": there, "ready": len(missing) <= 1, "poll": 0}, until)

    def _upload(self, media: Media, supplies: Supplies, now: datetime, *, of_several: bool) -> str:
        content = supplies.read(media.digest)
        with self._one_at_a_time:
            upload = self._free_number(now)
            self._going_up[upload] = hashlib.sha256(content).hexdigest()
            name = f"{upload}_0_{LEAST_NAME + int(media.digest[:15], 16) % NAMES}"
            headers = self.client.private_headers(
                _upload_headers(upload, name, len(content), of_several=of_several)
            )
            try:
                self.client.private.post(f"{ORIGIN}/rupload_igphoto/{name}", data=content, headers=headers)
            finally:
                del self._going_up[upload]
        self.own_ids.add(upload)
        return upload

    def _free_number(self, now: datetime) -> str:
        """The library numbers uploads by the millisecond; two at once must not be one."""
        number = int(now.timestamp() * 1000)
        while str(number) in self.own_ids:
            number += 1
        return str(number)

    def publish(self, post: Post, staged: Staged, now: datetime) -> Receipt:
        """The one call: caption, pictures, alternative texts, comments off. Raises ChannelFailed."""
        there, pictures = staged.values.get("pictures", {}), distinct(post.media)
        if not pictures or any(media.digest not in there for media in pictures):
            officer = "The picture is not on Instagram yet; it is uploaded first."
            raise fail(Outcome.WAIT, officer, "publish before stage")
        uploads = [str(there[media.digest]) for media in pictures]
        self.own_ids.update(uploads)
        client = self.client
        with self._one_at_a_time:
            if len(pictures) == 1:
                only = pictures[0]
                more = {**COMMENTS_OFF, ALT_TEXT: only.alt}
                size = (only.width, only.height)
                answer = client.photo_configure(uploads[0], *size, post.text, extra_data=more)
            else:
                children = [_child(media, upload) for media, upload in zip(pictures, uploads, strict=True)]
                answer = client.album_configure(children, post.text, extra_data=dict(COMMENTS_OFF))
        return self._receipt(media_of(answer))

    def _receipt(self, media: Mapping[str, Any]) -> Receipt:
        code = media.get("code")
        known = code if isinstance(code, str) and re.fullmatch(CODE, code) else ""
        address = self.settings.permalink.replace("{code}", known) if known else ""
        notes = ("" if known else NO_ADDRESS, "" if media.get("comments_disabled") is True else NOT_CONFIRMED)
        return Receipt(str(media.get("pk", "")), address, " ".join(filter(None, notes)))

    def find(self, post: Post, staged: Staged | None, now: datetime) -> Receipt | None:
        """Our own newest posts, searched for the link. A post may be hidden or late: nothing found proves nothing."""
        answer = self._asked(f"feed/user/{self.settings.user_id}/", {"count": str(READ_MOST)})
        items = answer.get("items")
        for one in items if isinstance(items, list) else []:
            caption = one.get("caption") if isinstance(one, dict) else None
            text = caption.get("text") if isinstance(caption, dict) else None
            if identifier(one.get("pk") if isinstance(one, dict) else None) and carries([text], post):
                return self._receipt(one)
        return None

    def withdraw(self, asked: Withdrawal, now: datetime) -> None:
        """Refused: a person does it in the app. A call that can delete any post by its number is not worth having."""
        raise fail(
            Outcome.STOP, "Posts by this way are taken down by hand, in the app.", "withdraws is False"
        )

    def identify(self, now: datetime) -> Identity:
        """The account that the session is for. Raises ChannelFailed."""
        self.take_up()
        user = self._asked("accounts/current_user/", {"edit": "true"}).get("user")
        if not isinstance(user, dict) or not identifier(user.get("pk")):
            raise fail(Outcome.WAIT, "Instagram did not say whose account it is.", "no user in the answer")
        return Identity(identifier(user.get("pk")), plain(user.get("username")))

    def _asked(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        client = self.client
        with self._one_at_a_time:
            answer: Mapping[str, Any] = client.private_request(path, params=dict(query))
        return answer

    def judge(
        self, phase: Phase | str, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:
        """What an answer means (DESIGN §4): the table is in channels/_instagrapi_answers.py."""
        judgement: Judgement = judge(Phase(phase.lower()), status, headers, body)
        return judgement

    def _is_picture(self, sent: Sent) -> bool:
        """Exactly the bytes that are being uploaded under this number."""
        content = sent.fields.get("", b"")
        return bool(content) and self._going_up.get(sent.groups["id"]) == hashlib.sha256(content).hexdigest()


def _upload_headers(upload: str, name: str, length: int, *, of_several: bool) -> dict[str, str]:
    """As the library's `photo_rupload` sends them with a picture."""
    given = {
        "retry_context": '{"num_step_auto_retry":0,"num_reupload":0,"num_step_manual_retry":0}',
        "media_type": "1",
        "xsharing_user_ids": "[]",
        "upload_id": upload,
        "image_compression": '{"lib_name":"moz","lib_version":"3.1.m","quality":"80"}',
    } | ({"is_sidecar": "1"} if of_several else {})
    return {
        "Accept-Encoding": "gzip",
        "Content-Type": "application/octet-stream",
        "Offset": "0",
        "X-Entity-Length": str(length),
        "X-Entity-Name": name,
        "X-Entity-Type": "image/jpeg",
        "X-Instagram-Rupload-Params": json.dumps(given),
        "X_FB_PHOTO_WATERFALL_ID": str(uuid.uuid4()),
    }


def _child(media: Media, upload: str) -> dict[str, Any]:
    """One of several, as the library's `album_upload` gives them to `album_configure`."""
    size = [media.width, media.height]
    edits = {"crop_original_size": size, "crop_center": [0.0, -0.0], "crop_zoom": 1.0}
    extra = {"source_width": media.width, "source_height": media.height}
    return {
        "upload_id": upload, "edits": json.dumps(edits), "extra": json.dumps(extra), "scene_capture_type": "", "scene_type": None,
        ALT_TEXT: media.alt,
    }  # fmt: skip


def _is_newest(sent: Sent) -> bool:
    """The newest page of our own posts: no cursor, nothing ranked."""
    return sent.query == {"count": str(READ_MOST)}
