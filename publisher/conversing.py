"""What makes a broadcast into a conversation by its words alone: an account that is mentioned, a link to somebody's post. Pure.

The gate's rules and the wire read the same here (clause 5a; clause 6 on likes and shares). The wire's list of posts is its own:
whatever becomes of the gate's rules or of an approval, what converses does not leave (publisher/wire.py, DESIGN §7).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import translate
from functools import lru_cache

from publisher.lengths import Link, links

_MENTION = re.compile(
    r"(?<![A-Za-z0-9_!#$%&*@/\uff20.+\-])[@\uff20](?:\[\d{3,25}|[A-Za-z0-9_][A-Za-z0-9_.]{0,59})(?![@\uff20]|://|[À-ɏ])"
    r"|(?<![A-Za-z0-9])[Rr][Tt]:?@[A-Za-z0-9_]{1,30}"
    r"|(?<![\w@])\.@[A-Za-z0-9_]{1,30}"
)
"""An @name where a platform makes one (twitter-text: not after a letter, digit or !#$%&*@), RT@name, .@name, and
Facebook's @[number]. A name in an e-mail address comes after a letter or digit."""
_TIME = re.compile(r"@\d{1,2}(?:[:.]\d{1,2})?(?:am|pm|noon|h)?[.,]?")

POSTS = (
    "x.com/*/status/*", "x.com/*/statuses/*", "x.com/i/web/status/*", "x.com/i/events/*", "x.com/i/spaces/*", "x.com/intent/*",
    "x.com/share*", "twitter.com/*/status/*", "twitter.com/*/statuses/*", "twitter.com/i/web/status/*", "twitter.com/i/events/*",
    "twitter.com/i/spaces/*", "twitter.com/intent/*", "twitter.com/share*", "pic.twitter.com/*", "pic.x.com/*",
    "facebook.com/*/posts/*", "facebook.com/*/permalink/*", "facebook.com/permalink.php*", "facebook.com/story.php*",
    "facebook.com/photo*", "facebook.com/*/photos/*", "facebook.com/watch*", "facebook.com/*/videos/*", "facebook.com/reel/*",
    "facebook.com/share/*", "facebook.com/sharer*", "facebook.com/groups/*/posts/*", "fb.watch/*", "fb.com/*/posts/*", "m.me/*",
    "instagram.com/p/*", "instagram.com/reel/*", "instagram.com/reels/*", "instagram.com/tv/*", "instagram.com/*/p/*",
    "instagram.com/*/reel/*", "instagram.com/stories/*", "instagr.am/p/*", "threads.net/*/post/*", "threads.com/*/post/*",
    "threads.net/t/*", "tiktok.com/*/video/*", "linkedin.com/posts/*", "linkedin.com/feed/update/*",
    "bsky.app/profile/*/post/*", "wa.me/*", "nextdoor.co.uk/p/*", "reddit.com/r/*/comments/*",
)  # fmt: skip
"""Where posts of others are, as `HOST/PATH` with * for anything: a platform shows a link there as a quote or share of the post."""


def converses(text: object) -> bool:
    """Whether the text would open a conversation on any platform; what is no text would not."""
    if not isinstance(text, str):
        return False
    found = links(text)
    return next(mentions(text, found), None) is not None or next(to_posts(found, POSTS), None) is not None


def mentions(text: str, linked: Iterable[Link]) -> Iterator[tuple[int, int]]:
    """Where each @name is; `@7pm` is a time to people and passes. `linked` are the text's links."""
    if "@" not in text and "\uff20" not in text:
        return
    spans = [(link.start, link.end) for link in linked if link.explicit]
    for match in _MENTION.finditer(text):
        if not _TIME.fullmatch(match[0].lower()) and not _within(match.start(), spans):
            yield match.start(), match.end()


def _within(position: int, spans: list[tuple[int, int]]) -> bool:
    """A path such as medium.com/@name is a link, and the rules of links see it."""
    return any(start < position < end for start, end in spans)


def to_posts(linked: Iterable[Link], posts: tuple[str, ...]) -> Iterator[Link]:
    """The links that lead to one of `posts`."""
    by_host = _grouped(posts)
    for link in linked:
        if any(pattern.match(_place(link.url)) for pattern in _patterns(link.host, by_host)):
            yield link


def _place(url: str) -> str:
    """Path and query, in lower case, without doubled slashes."""
    rest = url.partition("://")[2] or url
    return re.sub("/{2,}", "/", "/" + rest.partition("/")[2]).lower()


def _patterns(host: str, by_host: Mapping[str, list[re.Pattern[str]]]) -> Iterator[re.Pattern[str]]:
    labels = host.split(".")
    for first in range(max(0, len(labels) - 4), len(labels)):  # no platform's name has more than 4 labels
        yield from by_host.get(".".join(labels[first:]), ())


@lru_cache(16)
def _grouped(posts: tuple[str, ...]) -> Mapping[str, list[re.Pattern[str]]]:
    by_host: dict[str, list[re.Pattern[str]]] = {}
    for post in posts:
        host, _, path = post.partition("/")
        by_host.setdefault(host, []).append(re.compile(translate(f"/{path}")))
    return by_host
