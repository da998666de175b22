"""Facebook Pages by the Graph API; facebook-sdk carries the calls.

Least rights: a Page token (of a system user, so that it is nobody's own) with pages_manage_posts, pages_read_engagement
and pages_show_list ("Page feed" and "Page photos", v26.0). Facebook offers no way to close comments on one post:
moderation on the Page is a person's.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, final

from publisher.channels._facebook_calls import IDENTITY, ITSELF, LOOKED_AT, Ours
from publisher.channels._graph import ORIGIN, VERSION, connect, is_missing
from publisher.channels._graph_answers import DOUBTFUL, KNOWN_TO_LIE, judge
from publisher.channels._graph_identity import account_of, facts_or_none, identity, outdated

from publisher.answers import carries, checked, distinct, fail, identifier
from publisher.channels import Identity, Limits, Supplies, Withdrawal
from publisher.errors import ChannelFailed
from publisher.held import HoldsSecrets
from publisher.likeness import Look
from publisher.model import Judgement, Media, Outcome, Phase, Post, Receipt, Staged
from publisher.own_ids import OwnIds
from publisher.permalinks import permalink
from publisher.settings import BriefSeconds, ChannelSettings, Endpoint, SecretRef

if TYPE_CHECKING:
    from publisher.wire import Call

PLATFORM = "Facebook"
PICTURE_NAME = "picture.jpg"
READ_MOST = 100
"""The most that one page of published_posts gives ("Page feed", v26.0)."""
NO_ADDRESS = "Facebook took the post and did not tell its address; this one is made of its number: open it, and see that it is there."
PAGE_TOKEN = "PAGE"  # noqa: S105  # a kind of token ("Debug-Token")
NOT_THE_PAGES = (
    "The token is {whose} and not the Page's own, although it may read the Page. Nothing goes out by it: have the Page's own "
    "made (docs/channels.md), and put that in its place."
)

_USERS = {"USER": "a person's", "SYSTEM_USER": "a system user's"}

log = logging.getLogger("publisher.channels.graph")

FOLD = 477
"""Characters of a post that a feed shows before "See more", on a desktop; a phone shows fewer, by its lines."""


class Settings(ChannelSettings):
    """`app_secret` is for apps with "Require App Secret"; then every call carries its proof.

    `scrape_timeout` is how long Facebook may take to look at a page anew: the posts of every channel wait for that, and
    Facebook needs no longer than our website does, which answers in well under a second.
    """

    identity: ClassVar[tuple[str, ...]] = ("page_id", "token")
    endpoint: Endpoint = ORIGIN
    page_id: str
    token: SecretRef = "env:FACEBOOK_PAGE_TOKEN"  # noqa: S105  # where it is, not what
    app_secret: SecretRef | None = None
    version: str = VERSION
    scrape_timeout: BriefSeconds = 3.0


@final
class Adapter(HoldsSecrets):
    """One Facebook Page."""

    template = "facebook.j2"
    makes_page = False
    post_hosts = ("facebook.com", "fb.com", "fb.watch")
    withdraws = True
    look = Look("Facebook", "f", "facebook", fold=FOLD, open="Comments cannot be closed on Facebook")
    scopes = frozenset({"pages_manage_posts", "pages_read_engagement", "pages_show_list"})
    limits = Limits(text=63_206, images_max=10, image_bytes=4_000_000, image_width=2_048)
    """4 MB: the documented 10 MB are refused in practice (sub-code 1366046)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._ours = Ours(settings, self._token)
        self.own_ids: OwnIds = self._ours.ids
        checked(settings, "page_id", "[0-9]+", "the Page's number")
        checked(settings, "version", r"v[0-9]+\.[0-9]+", "a version of the Graph API, like v26.0,")

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call that may leave."""
        table: tuple[Call, ...] = self._ours.calls()
        return table

    @cached_property
    def client(self) -> Any:
        """facebook.GraphAPI over the guarded session. Raises ConfigError where a secret is missing."""
        return connect(self)

    def stage(self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged:
        """Uploads the next picture, unpublished, with its alt text; one that is there is kept. Raises ChannelFailed.

        One a call, so that each is written down before the next goes up. Unpublished photos do not expire; only those
        marked `temporary` do ("Page photos", v26.0). `left` are those that no picture of the post is any more.
        """
        before = dict(staged.values.get("photos", {})) if staged else {}
        wanted = distinct(post.media)
        kept = {one.digest: before[one.digest] for one in wanted if _is_kept(before.get(one.digest), one)}
        left = [*(staged.values.get("left", []) if staged else [])]
        left += [photo["id"] for digest, photo in before.items() if digest not in kept]
        missing = [one for one in wanted if one.digest not in kept]
        for media in missing[:1]:
            kept[media.digest] = self._upload(media, supplies)
        return Staged({"ready": len(missing) <= 1, "poll": 0, "photos": kept, "left": left})

    def _upload(self, media: Media, supplies: Supplies) -> dict[str, str]:
        fields = {"published": "false", "alt_text_custom": media.alt, **self.client.signed}
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
        fields = {"message": post.text, **(attached if ids else {"link": post.link}), **self.client.signed}
        answer = self.client.request(self._node("feed"), post_args=fields, method="POST")
        return self._receipt(str(answer["id"]))

    def _receipt(self, post_id: str) -> Receipt:
        self.own_ids.add(post_id)
        try:
            found = self.client.get_object(post_id, fields="permalink_url", **self.client.signed).get(
                "permalink_url"
            )
        except ChannelFailed as failure:
            log.warning(
                "channel %s: the address of a post was not told: %s",
                self.settings.name,
                failure.judgement.engineer,
            )
            found = ""
        return self._at(found, post_id)

    def _at(self, told: object, post_id: str) -> Receipt:
        """With the address as told, else with one made of its number; with a word on that where another should have been told."""
        if address := permalink(told, self.settings, self.post_hosts):
            return Receipt(post_id, address)
        return Receipt(post_id, f"https://www.facebook.com/{post_id}", "" if told is None else NO_ADDRESS)

    def find(self, post: Post, staged: Staged | None, now: datetime) -> Receipt | None:
        """Our own newest posts, searched for the link. The list is ranked and bounded: nothing found proves nothing."""
        answer = self.client.get_connections(
            self.settings.page_id, "published_posts", fields=LOOKED_AT, limit=READ_MOST, **self.client.signed
        )
        found = answer.get("data")
        for one in found if isinstance(found, list) else []:
            if isinstance(one, dict) and identifier(one.get("id")) and carries([one.get("message")], post):
                self.own_ids.add(str(one["id"]))
                return self._at(one.get("permalink_url"), str(one["id"]))
        return None

    def withdraw(self, asked: Withdrawal, now: datetime) -> None:
        """Deletes the post. Raises ChannelFailed, also where Facebook may only not show it to the token (100/33)."""
        self._ours.leaving.add(asked.remote_id)
        try:
            self.client.request(
                f"{self.settings.version}/{asked.remote_id}", args=dict(self.client.signed), method="DELETE"
            )
        finally:
            self._ours.leaving.discard(asked.remote_id)

    def discard(self, staged: Staged, now: datetime) -> None:
        """Deletes the photos that were uploaded for a post that does not go. Raises ChannelFailed once all were tried.

        Never for a post that may be out, which would lose its pictures: whoever calls this is certain of that. Of several
        failures the one is told that another try may help.
        """
        ids = [str(photo["id"]) for photo in staged.values.get("photos", {}).values()]
        failed = [failure for one in [*ids, *staged.values.get("left", [])] if (failure := self._delete(one))]
        if failed:
            raise min(failed, key=lambda one: one.judgement.outcome is not Outcome.WAIT)

    def _delete(self, photo: str) -> ChannelFailed | None:
        """What went wrong, nothing where the photo is gone, whoever took it away."""
        self._ours.discarded.add(photo)
        try:
            node = f"{self.settings.version}/{photo}"
            self.client.request(node, args=dict(self.client.signed), method="DELETE")
        except ChannelFailed as failure:
            return None if is_missing(failure.judgement) else failure
        finally:
            self._ours.discarded.discard(photo)
        return None

    def page_is_live(self, post: Post, now: datetime) -> None:
        """Has Facebook look at the page anew, where its card is all that the post shows. Raises ChannelFailed.

        It keeps what it saw at an address for 30 days, also that there was nothing yet ("Using Objects", which has this call).
        """
        if post.media:
            return
        self._ours.live.add(post.link)
        try:
            fields = {"id": post.link, "scrape": "true", **self.client.signed}
            self.client.request(f"{self.settings.version}/", post_args=fields, method="POST")
        finally:
            self._ours.live.discard(post.link)

    def outdated(self, now: datetime) -> str:
        """That the version of the Graph API in config.toml has ended; nothing where it has not."""
        return str(outdated(self.settings.version, now.date()))

    def identify(self, now: datetime) -> Identity:
        """Whose the token itself is, and what it may do. Raises ChannelFailed, also where it is a person's.

        A Page can be read by others' tokens too, so the Page is not asked for by its number: it is who the token stands for. A
        Page's token that a system user's was exchanged for ("System Users") stands for the Page; the user's own does not, whatever
        rights it has there: with it a post would not go out as the Page's ("Page feed" asks for a Page's token).
        """
        self.take_up()
        found = self.client.get_object(ITSELF, fields=IDENTITY, **self.client.signed)
        account, name = account_of(found, "name")
        facts = facts_or_none(self.client, self.settings, self._token())
        kind = facts.kind if facts else ""
        if facts and kind == PAGE_TOKEN and facts.profile not in {"", account}:
            account, name = facts.profile, ""
        who: Identity = identity(self.client, self.settings, account, name, facts, now, rights="pages_")
        if kind not in {"", PAGE_TOKEN}:
            whose = _USERS.get(kind, "of another kind")
            raise fail(
                Outcome.STOP,
                NOT_THE_PAGES.format(whose=whose),
                f"/me is {who.account}, a token of kind {kind}",
            )
        return who

    def judge(
        self, phase: Phase | str, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:
        """What an answer means (DESIGN §4): the table is in channels/_graph_answers.py."""
        judgement: Judgement = judge(
            PLATFORM, Phase(phase.lower()), status, headers, body, more={}, doubts=_doubts
        )
        return judgement

    def _token(self) -> str:
        token: str = self.held[self.settings.token]
        return token

    def _node(self, edge: str) -> str:
        return f"{self.settings.version}/{self.settings.page_id}/{edge}"


def _doubts(code: int, subcode: int | None) -> bool:
    return code in DOUBTFUL or subcode in KNOWN_TO_LIE


def _is_kept(photo: object, media: Media) -> bool:
    """The picture is uploaded, with the alt text that it has now."""
    return isinstance(photo, dict) and photo.get("alt") == media.alt
