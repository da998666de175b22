"""From pictures to one container that can be published: a bounded step a call, so that a crash loses no container.

Instagram fetches each picture from its public address into a container; several of them go into one more, the carousel.
Pictures are lent for that, and taken back once Instagram has them. Source: developers.facebook.com, "Content Publishing".
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from publisher.answers import fail, number
from publisher.channels import Supplies
from publisher.errors import ChannelFailed
from publisher.model import Judgement, Media, Outcome, Post, Staged

CONTAINER_LIVES = timedelta(hours=23)
"""A container is good for 24 hours ("Content Publishing"); one hour early, so that it is good at the moment of release."""
FIRST_LOOK = 5.0
"""Seconds after which a container's state is asked for first, as a photo's is good by then mostly; then at the pace set."""
MOST_POSTS = 50
"""Posts a day, where Instagram does not tell: its references say 50, its guide 100 ("IG User Media Publish")."""
A_DAY = timedelta(hours=24)
MOST_CONTAINERS = 400
"""Containers that an account may make in 24 hours ("Content Publishing")."""
MOST_FOR_ONE = MOST_CONTAINERS // 4
"""What one post may use of these by itself: nine carousels of ten. Whatever is wrong with it, the others must go."""
AGAIN = timedelta(hours=1)
"""When used-up posts of the day are asked about again: the day moves along, and nobody tells when the next one is free."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many posts of the moving day are used."""

    used: int
    total: int
    seconds: int

    @classmethod
    def told(cls, answer: object) -> Quota:
        """From what `content_publishing_limit` answers; the stricter where something is missing."""
        listed = answer.get("data") if isinstance(answer, Mapping) else None
        first = listed[0] if isinstance(listed, list) and listed else None
        found = first if isinstance(first, Mapping) else {}
        config = found.get("config")
        allowed = config if isinstance(config, Mapping) else {}
        total = number(allowed.get("quota_total"))
        return cls(
            used=number(found.get("quota_usage")) or 0,
            total=MOST_POSTS if total is None else total,
            seconds=number(allowed.get("quota_duration")) or 0,
        )

    def demand(self) -> None:
        """Raises ChannelFailed where none is left."""
        if self.used < self.total:
            return
        wait = min(AGAIN, timedelta(seconds=self.seconds)) if self.seconds > 0 else AGAIN
        officer = (
            f"Instagram takes {self.total} posts a day from this account, and {self.used} are used. "
            "It goes by itself once there is room."
        )
        raise ChannelFailed(
            Judgement(Outcome.WAIT, officer, f"quota {self.used} of {self.total}", after=wait)
        )


class Day:
    """The containers of the moving day that this process asked for, whatever came of them: Instagram may count each."""

    def __init__(self) -> None:
        self._asked: list[datetime] = []

    def spend(self, now: datetime) -> None:
        """One more. Raises ChannelFailed where that would be one too many."""
        self._asked = [moment for moment in self._asked if moment > now - A_DAY]
        if len(self._asked) >= MOST_CONTAINERS:
            officer = f"Instagram prepares {MOST_CONTAINERS} pictures a day for this account, and all are used. It goes by itself."
            words, again = f"{MOST_CONTAINERS} containers in 24 hours", self._asked[0] + A_DAY
            raise ChannelFailed(Judgement(Outcome.WAIT, officer, words, until=again))
        self._asked.append(now)


class Verbs(Protocol):
    """The few calls that this takes."""

    settings: Any

    def quota(self) -> object: ...
    def make(self, fields: Mapping[str, str], now: datetime) -> str: ...
    def state(self, container: str) -> str: ...


def next_step(verbs: Verbs, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged:
    """What is prepared after one more step. Raises ChannelFailed; where waiting does not help, nothing is lent any more.

    `values`: `children` are the pictures' containers as far as they are made, `container` the one to publish, `waiting`
    those whose state is asked for, `made` all that were ever made for this post.
    """
    try:
        return _Step(verbs, post, supplies, now).after(staged)
    except ChannelFailed as failure:
        if failure.judgement.outcome is not Outcome.WAIT:
            with suppress(ChannelFailed):  # what was wrong first is what a person must hear of
                _take_back(post, supplies)
        raise


class _Step:
    def __init__(self, verbs: Verbs, post: Post, supplies: Supplies, now: datetime) -> None:
        self._verbs, self._post, self._supplies, self._now = verbs, post, supplies, now
        self._poll = float(verbs.settings.poll)

    def after(self, staged: Staged | None) -> Staged:
        held = dict(staged.values) if staged else {}
        until = staged.expires_at if staged else None
        if until is None or until <= self._now or "children" not in held:
            return self._opened(held)
        if len(held["children"]) < len(self._post.media):
            return Staged(self._with_one_more(held), until)
        states = {container: self._verbs.state(container) for container in held["waiting"]}
        if "EXPIRED" in states.values():
            return self._opened(held)
        if states.get(held["container"] or "") == "PUBLISHED":
            officer = "This post is on Instagram already: look there, then resolve it as sent."
            raise fail(Outcome.STOP, officer, "staged container is PUBLISHED")
        unfinished = [container for container, state in states.items() if state != "FINISHED"]
        return Staged(self._later(held, unfinished) if unfinished else self._finished(held), until)

    def _opened(self, held: Mapping[str, Any]) -> Staged:
        """Nothing is made yet: only whether anything may be."""
        if not self._post.media:
            raise fail(Outcome.FIX, "Instagram takes no post without a picture: add one.", "no media")
        made, needed = int(held.get("made", 0)), len(self._post.media) + 1
        if made + needed > MOST_FOR_ONE:
            officer = (
                f"This post was prepared on Instagram {made} times over, and Instagram allows {MOST_CONTAINERS} a day for "
                "all posts: tell the sysadmin, and retry it tomorrow."
            )
            raise fail(Outcome.STOP, officer, f"{made} containers made for one post")
        Quota.told(self._verbs.quota()).demand()
        fresh: dict[str, Any] = {
            "children": [], "container": None, "waiting": [], "ready": False, "poll": 0, "made": made,
        }  # fmt: skip
        return Staged(fresh, self._now + CONTAINER_LIVES)

    def _with_one_more(self, held: dict[str, Any]) -> dict[str, Any]:
        media, alone = self._post.media[len(held["children"])], len(self._post.media) == 1
        more = {"caption": self._post.text} if alone else {"is_carousel_item": "true"}
        fields = {"image_url": self._lent(media), "alt_text": media.alt, **more}
        made = self._verbs.make(fields, self._now)
        children = [*held["children"], made]
        held |= {"children": children, "made": held["made"] + 1}
        if len(children) < len(self._post.media):
            return held
        return held | {"container": made if alone else None} | self._asked_about(children)

    def _finished(self, held: dict[str, Any]) -> dict[str, Any]:
        """What was asked about is finished: it can be published, or the carousel made of it."""
        _take_back(self._post, self._supplies)
        if held["container"]:
            return held | {"waiting": [held["container"]], "ready": True}
        fields = {
            "media_type": "CAROUSEL", "children": ",".join(held["children"]), "caption": self._post.text,
        }  # fmt: skip
        made = self._verbs.make(fields, self._now)
        return held | {"container": made, "made": held["made"] + 1} | self._asked_about([made])

    def _asked_about(self, containers: list[str]) -> dict[str, Any]:
        first = min(FIRST_LOOK, self._poll)
        return {"waiting": containers, "poll": first, "began": self._now.isoformat()}

    def _later(self, held: dict[str, Any], unfinished: list[str]) -> dict[str, Any]:
        """The same ones are asked about again, never made anew: Instagram may take its time, and is still at them."""
        limit = timedelta(seconds=self._verbs.settings.poll_limit)
        if self._now >= datetime.fromisoformat(held["began"]) + limit:
            officer = "Instagram takes long over the picture; it is looked at again, and goes by itself."
            words = f"IN_PROGRESS for {limit} and longer"
            raise ChannelFailed(Judgement(Outcome.WAIT, officer, words, after=limit))
        return held | {"waiting": unfinished, "poll": self._poll}

    def _lent(self, media: Media) -> str:
        address = self._supplies.lend(media)
        if not address:
            officer = "Instagram fetches the picture from the website: add the website's channel to the item."
            raise fail(Outcome.FIX, officer, "no channel of the item makes a page")
        return address


def _take_back(post: Post, supplies: Supplies) -> None:
    for media in post.media:
        supplies.take_back(media)
