"""Instagram by the official Content Publishing API; facebook-sdk carries the calls.

Instagram fetches the picture itself from the website, makes a container of it, and publishes the container. Least
rights: instagram_basic, instagram_content_publish, pages_read_engagement, and instagram_manage_comments to switch
comments off (possible only after publishing).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, final

from publisher.channels._graph import ORIGIN, PROOF, VERSION, asks, connect, proof
from publisher.channels._graph_answers import judge
from publisher.channels._instagram_answers import GOING_ON, SUBCODES, container_state, doubts

from publisher.answers import carries, checked, fail, identifier
from publisher.channels import Identity, Limits, Supplies, Withdrawal
from publisher.errors import ChannelFailed
from publisher.model import Judgement, Media, Outcome, Phase, Post, Receipt, Staged
from publisher.settings import ChannelSettings, Endpoint, Seconds, SecretRef

if TYPE_CHECKING:
    from publisher.wire import Call, Sent

PLATFORM = "Instagram"
CONTAINER_LIVES = timedelta(hours=23)
"""A container is good for 24 hours ("Content Publishing"); one hour early, so that it is good at the moment of release."""
STATE = "status_code,status"
LOOKED_AT = "id,caption,permalink"
READ_MOST = 25
CONTENT = frozenset({"image_url", "caption", "alt_text", "is_carousel_item", "media_type", "children"})
IDENTITY = frozenset({"id", "username", "name"})
OPEN = "published; comments are still open: switch them off in the app"
NO_ADDRESS = "its address was not told"


class Settings(ChannelSettings):
    """`poll` is how often a container's state is asked for, `poll_limit` how long at most, both in seconds.

    One system user's token may serve several accounts (Meta, "System users"): the number alone tells them apart.
    """

    identity: ClassVar[tuple[str, ...]] = ("user_id",)
    endpoint: Endpoint = ORIGIN
    user_id: str
    token: SecretRef = "env:INSTAGRAM_TOKEN"  # noqa: S105  # where it is, not what
    app_secret: SecretRef | None = None
    version: str = VERSION
    poll: Seconds = 5.0
    poll_limit: Seconds = 300.0


@final
class Adapter:
    """One professional Instagram account."""

    template = "instagram.j2"
    makes_page = False
    post_hosts = ("instagram.com", "instagr.am")
    withdraws = False
    scopes: frozenset[str] = frozenset()
    limits = Limits(
        text=2_200,
        alt=1_000,
        hashtags=5,
        images_min=1,
        images_max=10,
        image_bytes=8_000_000,
        image_width=1_440,
        image_ratio=(0.8, 1.91),
    )

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.own_ids: set[str] = set()
        checked(settings, "user_id", "[0-9]+", "the account's number")
        checked(settings, "version", r"v[0-9]+\.[0-9]+", "a version of the Graph API, like v26.0,")

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call that may leave."""
        from publisher.wire import Call

        version, signed = f"/{re.escape(self.settings.version)}", frozenset({PROOF})
        user, own = f"{version}/{self.settings.user_id}", f"{version}/(?P<id>[0-9]+)"
        asked, listed = signed | {"fields"}, signed | {"fields", "limit"}
        publish, closing = signed | {"creation_id"}, signed | {"comment_enabled"}
        return (
            Call(Phase.CONTAINER, "POST", f"{user}/media", fields=signed | CONTENT, check=self._is_container),
            Call(Phase.PUBLISH, "POST", f"{user}/media_publish", fields=publish, check=self._is_prepared),
            Call(Phase.READ, "GET", f"{user}/media", query=listed, check=partial(asks, LOOKED_AT)),
            Call(Phase.READ, "GET", user, query=asked, check=_is_identity),
            Call(Phase.STATUS, "GET", own, query=asked, check=partial(self._asks_own, STATE)),
            Call(Phase.READ, "GET", own, query=asked, check=partial(self._asks_own, "permalink")),
            # Answers as a deletion does: {"success": true}.
            Call(Phase.DELETE, "POST", own, fields=closing, check=self._is_closing),
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
        """One step: makes the containers, or asks once how they are. Raises ChannelFailed.

        `values`: `waiting` are the containers asked about, `container` the one to publish; with several pictures it is
        made once each picture's own is finished.
        """
        alive = staged is not None and staged.expires_at is not None and staged.expires_at > now
        if staged is None or not alive or not staged.values.get("waiting"):
            return self._begin(post, supplies, now)
        held = dict(staged.values)
        states = [self._state(container) for container in held["waiting"]]
        if "EXPIRED" in states:
            return self._begin(post, supplies, now)
        if "PUBLISHED" in states and held["container"]:
            officer = "This post is on Instagram already: look there, then resolve it as sent."
            raise fail(Outcome.STOP, officer, "staged container is PUBLISHED")
        if all(state == "FINISHED" for state in states):
            held |= {"ready": True} if held["container"] else self._gather(post, held["waiting"])
        elif now >= datetime.fromisoformat(held["began"]) + timedelta(seconds=self.settings.poll_limit):
            officer = "Instagram did not finish with the picture in time: retry, or use another picture."
            raise fail(Outcome.FIX, officer, f"container states {', '.join(sorted(set(states)))}")
        return Staged(held, staged.expires_at)

    def _begin(self, post: Post, supplies: Supplies, now: datetime) -> Staged:
        addresses = [_public(media, supplies) for media in post.media]
        if not addresses:
            raise fail(Outcome.FIX, "Instagram takes no post without a picture: add one.", "no media")
        pictures = [
            {"image_url": address, "alt_text": media.alt}
            for media, address in zip(post.media, addresses, strict=True)
        ]
        if len(pictures) == 1:
            made = [self._container({**pictures[0], "caption": post.text})]
        else:
            made = [self._container({**picture, "is_carousel_item": "true"}) for picture in pictures]
        whole = made[0] if len(made) == 1 else None
        held = {
            "container": whole, "waiting": made, "ready": False, "poll": self.settings.poll, "began": now.isoformat(),
        }  # fmt: skip
        return Staged(held, now + CONTAINER_LIVES)

    def _gather(self, post: Post, children: list[str]) -> dict[str, Any]:
        self.own_ids.update(children)
        fields = {"media_type": "CAROUSEL", "children": ",".join(children), "caption": post.text}
        container = self._container(fields)
        return {"container": container, "waiting": [container]}

    def _container(self, fields: Mapping[str, str]) -> str:
        answer = self.client.request(self._node("media"), post_args={**fields, **self._proof}, method="POST")
        self.own_ids.add(str(answer["id"]))
        return str(answer["id"])

    def _state(self, container: str) -> str:
        """FINISHED, PUBLISHED, IN_PROGRESS or EXPIRED. Raises ChannelFailed for ERROR, and where no answer comes."""
        self.own_ids.add(container)
        try:
            return str(self.client.get_object(container, fields=STATE, **self._proof)["status_code"])
        except ChannelFailed as failure:
            if failure.judgement.engineer not in GOING_ON:
                raise
            return str(GOING_ON[failure.judgement.engineer])

    def publish(self, post: Post, staged: Staged, now: datetime) -> Receipt:
        """The one last call; then comments are switched off and the address is asked for. Raises ChannelFailed."""
        container = staged.values.get("container")
        if not container:
            raise fail(
                Outcome.WAIT,
                "The picture is not on Instagram yet; it is prepared first.",
                "publish before stage",
            )
        self.own_ids.add(container)
        fields = {"creation_id": container, **self._proof}
        media_id = str(
            self.client.request(self._node("media_publish"), post_args=fields, method="POST")["id"]
        )
        open_note = self._close_comments(media_id)
        address, address_note = self._address(media_id)
        return Receipt(media_id, address, "; ".join(filter(None, [open_note, address_note])))

    def _close_comments(self, media_id: str) -> str:
        """Nothing if they are off now, else the note for the officer: the post itself stands."""
        self.own_ids.add(media_id)
        try:
            self.client.request(
                f"{self.settings.version}/{media_id}",
                post_args={"comment_enabled": "false", **self._proof},
                method="POST",
            )
        except ChannelFailed as failure:
            return f"{OPEN} ({failure.judgement.engineer})"
        return ""

    def _address(self, media_id: str) -> tuple[str, str]:
        try:
            found = self.client.get_object(media_id, fields="permalink", **self._proof).get("permalink")
        except ChannelFailed as failure:
            return "", f"{NO_ADDRESS} ({failure.judgement.engineer})"
        return (found, "") if isinstance(found, str) else ("", NO_ADDRESS)

    def find(self, post: Post, staged: Staged | None, now: datetime) -> Receipt | None:
        """Our own newest posts, searched for the link; the container's state PUBLISHED proves a post not found there."""
        answer = self.client.get_connections(
            self.settings.user_id, "media", fields=LOOKED_AT, limit=READ_MOST, **self._proof
        )
        found = answer.get("data")
        for one in found if isinstance(found, list) else []:
            if isinstance(one, dict) and identifier(one.get("id")) and carries([one.get("caption")], post):
                media_id, address = str(one["id"]), one.get("permalink")
                return Receipt(
                    media_id, address if isinstance(address, str) else "", self._close_comments(media_id)
                )
        container = staged.values.get("container") if staged else None
        if container and self._state(container) == "PUBLISHED":
            return Receipt("", "", f"published (container {container}), but its id is not known; {OPEN}")
        return None

    def withdraw(self, asked: Withdrawal, now: datetime) -> None:
        """Refused: a person does it in the app. That the API deletes media is disputed, and would need one right more."""
        raise fail(Outcome.STOP, "Instagram lets no program take a post down.", "withdraws is False")

    def identify(self, now: datetime) -> Identity:
        """The account that the token is for. Raises ChannelFailed."""
        found = self.client.get_object(self.settings.user_id, fields="id,username", **self._proof)
        return Identity(str(found["id"]), str(found.get("username", "")))

    def judge(
        self, phase: Phase | str, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:
        """What an answer means (DESIGN §4): the tables are in channels/_instagram_answers.py and _graph_answers.py."""
        kind = Phase(phase.lower())
        judgement: Judgement = judge(PLATFORM, kind, status, headers, body, more=SUBCODES, doubts=doubts)
        asked = kind is Phase.STATUS and judgement.outcome is Outcome.SENT
        return container_state(body) or judgement if asked else judgement

    def close(self) -> None:
        """Frees the connections."""
        if "client" in self.__dict__:
            self.client.session.close()

    def _node(self, edge: str) -> str:
        return f"{self.settings.version}/{self.settings.user_id}/{edge}"

    def _asks_own(self, fields: str, sent: Sent) -> bool:
        return sent.groups["id"] in self.own_ids and asks(fields, sent)

    def _is_prepared(self, sent: Sent) -> bool:
        return sent.fields.get("creation_id") in self.own_ids

    def _is_closing(self, sent: Sent) -> bool:
        return sent.groups["id"] in self.own_ids and sent.fields.get("comment_enabled") == "false"

    def _is_container(self, sent: Sent) -> bool:
        """A picture, or several that we prepared: nobody tagged, no other author, no place."""
        fields = sent.fields
        if "children" in fields:
            ours = set(str(fields["children"]).split(",")) <= self.own_ids
            return (
                ours
                and fields.get("media_type") == "CAROUSEL"
                and not fields.keys() & {"image_url", "is_carousel_item"}
            )
        return bool(fields.get("image_url")) and "media_type" not in fields


def _is_identity(sent: Sent) -> bool:
    return set(filter(None, sent.query.get("fields", "").split(","))) <= IDENTITY


def _public(media: Media, supplies: Supplies) -> str:
    """Where Instagram can fetch the picture. Raises ChannelFailed."""
    if media.mime != "image/jpeg":
        raise fail(
            Outcome.FIX, "Instagram takes JPEG pictures only: use one.", f"{media.mime} instead of image/jpeg"
        )
    address = supplies.url(media)
    if not address:
        officer = "Instagram fetches the picture from the website: add the website's channel to the item."
        raise fail(Outcome.FIX, officer, "no channel of the item makes a page")
    return address
