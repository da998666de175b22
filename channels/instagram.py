"""Instagram by the official Content Publishing API; facebook-sdk carries the calls.

Instagram fetches the picture itself from the website, makes a container of it (channels/_instagram_containers.py), and
publishes the container. Least rights: those of `scopes`; instagram_manage_comments is for switching comments off, which is
possible only after publishing ("Comment Moderation").
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, final

from publisher.channels._graph import ORIGIN, PROOF, VERSION, asks, asks_some, connect, token_call
from publisher.channels._graph_answers import judge
from publisher.channels._graph_identity import account_of, facts_or_none, identity, outdated
from publisher.channels._instagram_answers import GOING_ON, SUBCODES, container_state, doubts
from publisher.channels._instagram_containers import Day, next_step

from publisher.answers import carries, checked, fail, identifier
from publisher.channels import Identity, Limits, Supplies, Withdrawal
from publisher.conversing import converses
from publisher.errors import ChannelFailed
from publisher.held import HoldsSecrets
from publisher.likeness import Look
from publisher.model import Judgement, Outcome, Phase, Post, Receipt, Staged
from publisher.own_ids import OwnIds
from publisher.permalinks import permalink
from publisher.settings import ChannelSettings, Endpoint, Seconds, SecretRef

if TYPE_CHECKING:
    from publisher.wire import Call, Sent

PLATFORM = "Instagram"
STATE = "status_code,status"
QUOTA = "config,quota_usage"
LOOKED_AT = "id,caption,permalink"
READ_MOST = 25
CONTENT = frozenset({"image_url", "caption", "alt_text", "is_carousel_item", "media_type", "children"})
IDENTITY = frozenset({"id", "username", "name"})
IMAGE_BYTES = 4_000_000
"""Instagram takes 8 MB ("Content Publishing"). Its picture is looked at before it is told of it, and no answer is read
further than wire.MAX_ANSWER_BYTES; a photo of 1,440 pixels is far below either."""
CLOSING_TRIES = 3
"""How often comments are switched off where the answer is no clear yes; doing it twice does no harm."""
OPEN = "It is published, but its comments are open: open the post in the Instagram app, and choose Turn off commenting in its menu"
MAY_BE_OPEN = "Find it in the Instagram app, and see that commenting is turned off"
NO_ADDRESS = "Instagram did not tell its address: open the post in the Instagram app, and copy its link"
log = logging.getLogger("publisher.channels.graph")

FOLD = 125
"""Characters of a caption that the feed shows before "more" (help.instagram.com, "Why doesn't my entire caption display in feed?")."""
LOOK = Look(
    "Instagram", "◎", "instagram", fold=FOLD, follows=False, card=False, words_below=True,
    open="Comments are open", closed="Comments are off",
)  # fmt: skip
POST_HOSTS = ("instagram.com", "instagr.am")
LIMITS = Limits(
    text=2_200, alt=1_000, hashtags=5, images_min=1, images_max=10, image_bytes=IMAGE_BYTES, image_width=1_440,
    image_ratio=(0.8, 1.91), one_ratio=True, card=(1_080, 1_350),
)  # fmt: skip
"""These three are of every adapter that posts there."""


class Settings(ChannelSettings):
    """`poll` is how often a container's state is asked for, and `poll_limit` after how long less often, both in seconds.

    Meta's pace is once a minute, for no more than five ("Content Publishing"), and so it is here. A photo is done at the first look, seconds after it is handed over, and items are prepared minutes ahead, so no post
    waits for it but one that is to go at once and whose picture takes long: it follows the others by a minute.

    One system user's token may serve several accounts (Meta, "System users"): the number alone tells them apart.
    """

    identity: ClassVar[tuple[str, ...]] = ("user_id",)
    endpoint: Endpoint = ORIGIN
    user_id: str
    token: SecretRef = "env:INSTAGRAM_TOKEN"  # noqa: S105  # where it is, not what
    app_secret: SecretRef | None = None
    version: str = VERSION
    poll: Seconds = 60.0
    poll_limit: Seconds = 300.0


@final
class Adapter(HoldsSecrets):
    """One professional Instagram account."""

    template = "instagram.j2"
    makes_page = False
    post_hosts = POST_HOSTS
    withdraws = False
    look = LOOK
    scopes = frozenset(
        {"instagram_basic", "instagram_content_publish", "instagram_manage_comments", "pages_read_engagement"}
    )
    limits = LIMITS

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.own_ids = OwnIds()
        self._day: Any = Day()
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
            Call(
                Phase.READ, "GET", f"{user}/content_publishing_limit", query=asked, check=partial(asks, QUOTA)
            ),
            Call(Phase.CONTAINER, "POST", f"{user}/media", fields=signed | CONTENT, check=self._is_container),
            Call(Phase.PUBLISH, "POST", f"{user}/media_publish", fields=publish, check=self._is_prepared),
            Call(Phase.READ, "GET", f"{user}/media", query=listed, check=partial(asks, LOOKED_AT)),
            Call(Phase.READ, "GET", user, query=asked, check=partial(asks_some, IDENTITY)),
            token_call(self.settings, self._token),
            Call(Phase.STATUS, "GET", own, query=asked, check=partial(self._asks_own, STATE)),
            Call(Phase.READ, "GET", own, query=asked, check=partial(self._asks_own, "permalink")),
            # Answers as a deletion does: {"success": true}.
            Call(Phase.DELETE, "POST", own, fields=closing, check=self._is_closing),
        )

    @cached_property
    def client(self) -> Any:
        """facebook.GraphAPI over the guarded session. Raises ConfigError where a secret is missing."""
        return connect(self)

    def stage(self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged:
        """One step: asks what may be posted, makes one container, or asks how they are. Raises ChannelFailed."""
        self.own_ids.update(staged.values.get("children", ()) if staged else ())
        after: Staged = next_step(self, post, supplies, staged, now)
        return after

    def quota(self) -> object:
        """How many posts of the day are used. Raises ChannelFailed."""
        path = f"{self.settings.user_id}/content_publishing_limit"
        return self.client.get_object(path, fields=QUOTA, **self.client.signed)

    def make(self, fields: Mapping[str, str], now: datetime) -> str:
        """A new container. Raises ChannelFailed."""
        self._day.spend(now)
        answer = self.client.request(
            self._node("media"), post_args={**fields, **self.client.signed}, method="POST"
        )
        self.own_ids.add(str(answer["id"]))
        return str(answer["id"])

    def state(self, container: str) -> str:
        """FINISHED, PUBLISHED, IN_PROGRESS or EXPIRED. Raises ChannelFailed for ERROR, and where no answer comes."""
        self.own_ids.add(container)
        try:
            return str(self.client.get_object(container, fields=STATE, **self.client.signed)["status_code"])
        except ChannelFailed as failure:
            if failure.judgement.cause not in GOING_ON:
                raise
            return failure.judgement.cause

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
        fields = {"creation_id": container, **self.client.signed}
        media_id = str(
            self.client.request(self._node("media_publish"), post_args=fields, method="POST")["id"]
        )
        open_note = self._close_comments(media_id)
        address, address_note = self._address(media_id)
        return Receipt(media_id, address, " ".join(filter(None, [open_note, address_note])))

    def _close_comments(self, media_id: str) -> str:
        """Nothing if they are off now, else what is left to a person: the post itself stands."""
        self.own_ids.add(media_id)
        node, fields = (
            f"{self.settings.version}/{media_id}",
            {"comment_enabled": "false", **self.client.signed},
        )
        why = ""
        for _ in range(CLOSING_TRIES):
            try:
                self.client.request(node, post_args=fields, method="POST")
            except ChannelFailed as failure:
                why = failure.judgement.engineer
            else:
                return ""
        log.warning("channel %s: comments could not be switched off: %s", self.settings.name, why)
        return f"{OPEN}."

    def _address(self, media_id: str) -> tuple[str, str]:
        try:
            found = self.client.get_object(media_id, fields="permalink", **self.client.signed).get(
                "permalink"
            )
        except ChannelFailed as failure:
            log.warning(
                "channel %s: the address of a post was not told: %s",
                self.settings.name,
                failure.judgement.engineer,
            )
            return "", f"{NO_ADDRESS}."
        address: str = permalink(found, self.settings, POST_HOSTS)
        return address, "" if address else f"{NO_ADDRESS}."

    def find(self, post: Post, staged: Staged | None, now: datetime) -> Receipt | None:
        """Our own newest posts, searched for the link; the container's state PUBLISHED proves a post not found there."""
        answer = self.client.get_connections(
            self.settings.user_id, "media", fields=LOOKED_AT, limit=READ_MOST, **self.client.signed
        )
        found = answer.get("data")
        for one in found if isinstance(found, list) else []:
            if isinstance(one, dict) and identifier(one.get("id")) and carries([one.get("caption")], post):
                address = permalink(one.get("permalink"), self.settings, POST_HOSTS)
                return Receipt(str(one["id"]), address, self._close_comments(str(one["id"])))
        container = staged.values.get("container") if staged else None
        if container and self.state(container) == "PUBLISHED":
            log.warning(
                "channel %s: container %s is published, and its post is not told",
                self.settings.name,
                container,
            )
            return Receipt("", "", f"Instagram says that it is published, but not where. {MAY_BE_OPEN}.")
        return None

    def withdraw(self, asked: Withdrawal, now: datetime) -> None:
        """Refused: a person does it in the app. That the API deletes media is disputed, and would need one right more."""
        raise fail(Outcome.STOP, "Instagram lets no program take a post down.", "withdraws is False")

    def outdated(self, now: datetime) -> str:
        """That the version of the Graph API in config.toml has ended; nothing where it has not."""
        return str(outdated(self.settings.version, now.date()))

    def identify(self, now: datetime) -> Identity:
        """Whose account it is, and what the token may do there. Raises ChannelFailed.

        The token is a system user's or a person's, so `/me` names nobody of Instagram's. What proves the account is that it
        shows itself by its number at all: Meta lets only a token read it whose user has a task on the Page that it belongs to
        ("IG User", Reading), and the same is asked of whoever publishes ("IG User Media Publish"). Which accounts a right is
        for, and that it is not for ours, is told besides.
        """
        self.take_up()
        found = self.client.get_object(self.settings.user_id, fields="id,username", **self.client.signed)
        account, name = account_of(found, "username")
        facts = facts_or_none(self.client, self.settings, self._token())
        who: Identity = identity(self.client, self.settings, account, name, facts, now, rights="instagram_")
        return who

    def judge(
        self, phase: Phase | str, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:
        """What an answer means (DESIGN §4): the tables are in channels/_instagram_answers.py and _graph_answers.py."""
        kind = Phase(phase.lower())
        judgement: Judgement = judge(PLATFORM, kind, status, headers, body, more=SUBCODES, doubts=doubts)
        asked = kind is Phase.STATUS and judgement.outcome is Outcome.SENT
        return container_state(body) or judgement if asked else judgement

    def _token(self) -> str:
        token: str = self.held[self.settings.token]
        return token

    def _node(self, edge: str) -> str:
        return f"{self.settings.version}/{self.settings.user_id}/{edge}"

    def _asks_own(self, fields: str, sent: Sent) -> bool:
        return sent.groups["id"] in self.own_ids and asks(fields, sent)

    def _is_prepared(self, sent: Sent) -> bool:
        return sent.fields.get("creation_id") in self.own_ids

    def _is_closing(self, sent: Sent) -> bool:
        return sent.groups["id"] in self.own_ids and sent.fields.get("comment_enabled") == "false"

    def _is_container(self, sent: Sent) -> bool:
        """A picture, or several that we prepared: nobody tagged or mentioned, no other author, no place."""
        fields = sent.fields
        if converses(fields.get("caption")):
            return False
        if "children" in fields:
            return (
                self.own_ids.has_all(str(fields["children"]).split(","))
                and fields.get("media_type") == "CAROUSEL"
                and not fields.keys() & {"image_url", "is_carousel_item"}
            )
        return bool(fields.get("image_url")) and "media_type" not in fields
