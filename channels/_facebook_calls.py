"""Every call that may leave for a Facebook Page, as data, with what only a post, photo or link of ours makes right."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from publisher.channels._graph import PROOF, asks, token_call

from publisher.answers import parsed
from publisher.conversing import converses
from publisher.model import Phase
from publisher.own_ids import OwnIds

if TYPE_CHECKING:
    from publisher.wire import Call, Sent

OWN_HOSTS = ("facebook.com", "fb.com", "fb.watch", "fb.me", "messenger.com", "m.me")
LOOKED_AT = "id,message,permalink_url"
ITSELF, IDENTITY = "me", "id,name"
"""The node of "the person or Page whose access token is currently being used" ("Graph API Overview", /me), and what is asked."""


class Ours:
    """What is ours on the Page, and what may be done with it at this moment.

    `ids` are photos and posts that we made, `leaving` posts being withdrawn, `discarded` photos being taken away again,
    `live` links of posts about to go.
    """

    def __init__(self, settings: Any, token: Callable[[], str]) -> None:
        self._settings, self._token = settings, token
        self.ids = OwnIds()
        self.leaving: set[str] = set()
        self.discarded: set[str] = set()
        self.live: set[str] = set()

    def calls(self) -> tuple[Call, ...]:
        """The table."""
        from publisher.wire import Call

        version, signed = f"/{re.escape(self._settings.version)}", frozenset({PROOF})
        page, own = f"{version}/{self._settings.page_id}", f"{version}/(?P<id>[0-9_]+)"
        leaving = f"{version}/(?P<post>{self._settings.page_id}_[0-9]+)"
        discarded = f"{version}/(?P<photo>[0-9]+)"
        post = signed | {"message", "link", "attached_media"}
        photo = signed | {"source", "published", "alt_text_custom"}
        asked, listed, scrape = signed | {"fields"}, signed | {"fields", "limit"}, signed | {"id", "scrape"}
        bound = self._settings.scrape_timeout
        return (
            Call(Phase.CREATE, "POST", f"{page}/feed", fields=post, check=self._is_plain),
            Call(Phase.UPLOAD, "POST", f"{page}/photos", fields=photo, check=_is_unpublished),
            Call(Phase.READ, "GET", f"{page}/published_posts", query=listed, check=partial(asks, LOOKED_AT)),
            Call(Phase.READ, "GET", f"{version}/{ITSELF}", query=asked, check=partial(asks, IDENTITY)),
            Call(Phase.READ, "GET", own, query=asked, check=self._is_own_address),
            Call(Phase.READ, "POST", f"{version}/", fields=scrape, check=self._is_live, timeout=bound),
            token_call(self._settings, self._token),
            Call(Phase.DELETE, "DELETE", leaving, query=signed, check=self._is_leaving),
            Call(Phase.DELETE, "DELETE", discarded, query=signed, check=self._is_discarded),
        )

    def _is_leaving(self, sent: Sent) -> bool:
        """Only the post that is being withdrawn: no other method of the library deletes any."""
        return sent.groups["post"] in self.leaving

    def _is_discarded(self, sent: Sent) -> bool:
        """Only a photo that is being taken away again, which is never the Page itself."""
        return sent.groups["photo"] in self.discarded - {self._settings.page_id}

    def _is_live(self, sent: Sent) -> bool:
        """Only the link of a post that is about to go, and only to be looked at."""
        return sent.fields.get("id") in self.live and sent.fields.get("scrape") == "true"

    def _is_own_address(self, sent: Sent) -> bool:
        return sent.groups["id"] in self.ids and asks("permalink_url", sent)

    def _is_plain(self, sent: Sent) -> bool:
        """A message, with pictures that we uploaded or with a link: nothing that shares, mentions or tags."""
        fields = sent.fields
        if any(converses(fields.get(name)) for name in ("message", "link")) or _is_share(
            fields.get("link", "")
        ):
            return False
        if not fields.get("message") or ("link" in fields) == ("attached_media" in fields):
            return False
        return "link" in fields or self._is_pictures(parsed(fields["attached_media"]))

    def _is_pictures(self, attached: object) -> bool:
        """One and more that we uploaded, and no word on any: nobody is tagged."""
        return (
            isinstance(attached, list)
            and bool(attached)
            and all(
                isinstance(one, dict) and one.keys() == {"media_fbid"} and one["media_fbid"] in self.ids
                for one in attached
            )
        )


def _is_share(link: str) -> bool:
    """A link on Facebook itself is shown as a share of what is there, whichever page it is."""
    host = (urlsplit(link).hostname or "").rstrip(".")
    return any(host == own or host.endswith(f".{own}") for own in OWN_HOSTS)


def _is_unpublished(sent: Sent) -> bool:
    return _text(sent.fields.get("published")) == "false" and "source" in sent.fields


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
