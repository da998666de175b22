"""Facebook Pages by the Graph API; facebook-sdk carries the calls.

Least rights: a Page token (of a system user, so that it is nobody's own) with pages_manage_posts and
pages_read_engagement. Facebook offers no way to close comments on one post: moderation on the Page is a person's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, final

from publisher.channels._graph import ORIGIN, PROOF, VERSION, asks, connect, proof
from publisher.channels._graph_answers import DOUBTFUL, KNOWN_TO_LIE, judge

from publisher.answers import carries, checked, distinct, fail, identifier, parsed
from publisher.channels import Identity, Limits, Supplies, Withdrawal
from publisher.errors import ChannelFailed
from publisher.model import Judgement, Media, Outcome, Phase, Post, Receipt, Staged
from publisher.settings import ChannelSettings, Endpoint, SecretRef

if TYPE_CHECKING:
    from publisher.wire import Call, Sent

PLATFORM = "Facebook"
PICTURE_NAME = "picture.jpg"
LOOKED_AT = "id,message,permalink_url"
READ_MOST = 100
"""The most that one page of published_posts gives ("Page feed", v26.0)."""
IDENTITY = frozenset({"id", "name", "link"})


class Settings(ChannelSettings):
    """`app_secret` is for apps with "Require App Secret"; then every call carries its proof."""

    identity: ClassVar[tuple[str, ...]] = ("page_id", "token")
    endpoint: Endpoint = ORIGIN
    page_id: str
    token: SecretRef = "env:FACEBOOK_PAGE_TOKEN"  # noqa: S105  # where it is, not what
    app_secret: SecretRef | None = None
    version: str = VERSION


@final
class Adapter:
    """One Facebook Page."""

    template = "facebook.j2"
    makes_page = False
    post_hosts = ("facebook.com", "fb.com", "fb.watch")
    withdraws = True
    scopes: frozenset[str] = frozenset()
    limits = Limits(text=63_206, images_max=10, image_bytes=4_000_000, image_width=2_048)
    """4 MB: the documented 10 MB are refused in practice (sub-code 1366046)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.own_ids: set[str] = set()
        self._leaving: set[str] = set()
        checked(settings, "page_id", "[0-9]+", "the Page's number")
        checked(settings, "version", r"v[0-9]+\.[0-9]+", "a version of the Graph API, like v26.0,")

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call that may leave."""
        from publisher.wire import Call

        version, signed = f"/{re.escape(self.settings.version)}", frozenset({PROOF})
        page, own = f"{version}/{self.settings.page_id}", f"{version}/(?P<id>[0-9_]+)"
        leaving = f"{version}/(?P<id>{self.settings.page_id}_[0-9]+)"
        post = signed | {"message", "link", "attached_media"}
        photo = signed | {"source", "published", "alt_text_custom"}
        asked, listed = signed | {"fields"}, signed | {"fields", "limit"}
        return (
            Call(Phase.CREATE, "POST", f"{page}/feed", fields=post, check=self._is_plain),
            Call(Phase.UPLOAD, "POST", f"{page}/photos", fields=photo, check=_is_unpublished),
            Call(Phase.READ, "GET", f"{page}/published_posts", query=listed, check=partial(asks, LOOKED_AT)),
            Call(Phase.READ, "GET", page, query=asked, check=_is_identity),
            Call(Phase.READ, "GET", own, query=asked, check=self._is_own_address),
            Call(Phase.DELETE, "DELETE", leaving, query=signed, check=self._is_leaving),
        )

    @cached_property
    def client(self) -> Any:
        """facebook.GraphAPI over the guarded session. Raises ConfigError where a secret is missing."""
        _ = self._proof
        return connect(self.settings, calls=self.calls, judge=self.judge)

    @cached_property
    def _proof(self) -> dict[str, str]:
        signed: dict[str, str] = proof(self.settings)
        return signed

    def stage(self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged:
        """Uploads each picture unpublished, with its alt text; one that is there is kept. Raises ChannelFailed.

        Unpublished photos do not expire; only those marked `temporary` do ("Page photos", v26.0).
        """
        before = dict(staged.values.get("photos", {})) if staged else {}
        kept = {}
        for media in distinct(post.media):
            found = before.get(media.digest)
            kept[media.digest] = (
                found if found and found["alt"] == media.alt else self._upload(media, supplies)
            )
        return Staged({"ready": True, "photos": kept})

    def _upload(self, media: Media, supplies: Supplies) -> dict[str, str]:
        fields = {"published": "false", "alt_text_custom": media.alt, **self._proof}
        picture = (PICTURE_NAME, supplies.read(media.digest), media.mime)
        answer = self.client.request(
            self._node("photos"), post_args=fields, files={"source": picture}, method="POST"
        )
        self.own_ids.add(str(answer["id"]))
        return {"id": str(answer["id"]), "alt": media.alt}

    def publish(self, post: Post, staged: Staged, now: datetime) -> Receipt:
        """The one post: with its pictures, or as a link. Then its address is asked for. Raises ChannelFailed.

        The address is not asked for in the same call: a no to the question must not look like a no to the post.
        """
        photos = staged.values.get("photos", {})
        if any(media.digest not in photos for media in post.media):
            raise fail(
                Outcome.WAIT,
                "The picture is not on Facebook yet; it is uploaded first.",
                "publish before stage",
            )
        ids = list(dict.fromkeys(str(photos[media.digest]["id"]) for media in post.media))
        self.own_ids.update(ids)
        attached = {"attached_media": json.dumps([{"media_fbid": one} for one in ids])}
        fields = {"message": post.text, **(attached if ids else {"link": post.link}), **self._proof}
        answer = self.client.request(self._node("feed"), post_args=fields, method="POST")
        return self._receipt(str(answer["id"]))

    def _receipt(self, post_id: str) -> Receipt:
        self.own_ids.add(post_id)
        try:
            found = self.client.get_object(post_id, fields="permalink_url", **self._proof).get(
                "permalink_url"
            )
        except ChannelFailed as failure:
            return Receipt(
                post_id, _address(None, post_id), f"its address was not told: {failure.judgement.engineer}"
            )
        return Receipt(post_id, _address(found, post_id))

    def find(self, post: Post, staged: Staged | None, now: datetime) -> Receipt | None:
        """Our own newest posts, searched for the link. The list is ranked and bounded: nothing found proves nothing."""
        answer = self.client.get_connections(
            self.settings.page_id, "published_posts", fields=LOOKED_AT, limit=READ_MOST, **self._proof
        )
        found = answer.get("data")
        for one in found if isinstance(found, list) else []:
            if isinstance(one, dict) and identifier(one.get("id")) and carries([one.get("message")], post):
                self.own_ids.add(str(one["id"]))
                return Receipt(str(one["id"]), _address(one.get("permalink_url"), str(one["id"])))
        return None

    def withdraw(self, asked: Withdrawal, now: datetime) -> None:
        """Deletes the post. Raises ChannelFailed, also where Facebook may only not show it to the token (100/33)."""
        self._leaving.add(asked.remote_id)
        try:
            self.client.request(
                f"{self.settings.version}/{asked.remote_id}", args=dict(self._proof), method="DELETE"
            )
        finally:
            self._leaving.discard(asked.remote_id)

    def identify(self, now: datetime) -> Identity:
        """The account that the token is for. Raises ChannelFailed."""
        found = self.client.get_object(self.settings.page_id, fields="id,name", **self._proof)
        return Identity(str(found["id"]), str(found.get("name", "")))

    def judge(
        self, phase: Phase | str, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:
        """What an answer means (DESIGN §4): the table is in channels/_graph_answers.py."""
        judgement: Judgement = judge(
            PLATFORM, Phase(phase.lower()), status, headers, body, more={}, doubts=_doubts
        )
        return judgement

    def close(self) -> None:
        """Frees the connections."""
        if "client" in self.__dict__:
            self.client.session.close()

    def _node(self, edge: str) -> str:
        return f"{self.settings.version}/{self.settings.page_id}/{edge}"

    def _is_own(self, sent: Sent) -> bool:
        return sent.groups["id"] in self.own_ids

    def _is_leaving(self, sent: Sent) -> bool:
        """Only the post that is being withdrawn: no other method of the library deletes any."""
        return sent.groups["id"] in self._leaving

    def _is_own_address(self, sent: Sent) -> bool:
        return self._is_own(sent) and asks("permalink_url", sent)

    def _is_plain(self, sent: Sent) -> bool:
        """A message, with pictures that we uploaded or with a link: nothing that shares or tags."""
        fields = sent.fields
        if not fields.get("message") or ("link" in fields) == ("attached_media" in fields):
            return False
        attached = parsed(fields["attached_media"]) if "attached_media" in fields else []
        return isinstance(attached, list) and all(
            isinstance(one, dict) and one.keys() == {"media_fbid"} and one["media_fbid"] in self.own_ids
            for one in attached
        )


def _doubts(code: int, subcode: int | None) -> bool:
    return code in DOUBTFUL or subcode in KNOWN_TO_LIE


def _is_unpublished(sent: Sent) -> bool:
    return _text(sent.fields.get("published")) == "false" and "source" in sent.fields


def _is_identity(sent: Sent) -> bool:
    return set(filter(None, sent.query.get("fields", "").split(","))) <= IDENTITY


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _address(found: object, post_id: str) -> str:
    return found if isinstance(found, str) and "://" in found else f"https://www.facebook.com/{post_id}"
