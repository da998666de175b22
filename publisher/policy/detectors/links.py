"""Links: back to the item's own page (clause 5a), and to others only with a label that says so (clause 5e)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from publisher.lengths import Link
from publisher.model import Post
from publisher.policy import patterns
from publisher.policy.detectors.phrases import sentence
from publisher.policy.hosts import Council, Whose, is_below, whose, why_not_own
from publisher.policy.readings import Reading
from publisher.policy.subject import Hit, Subject, Words

_NAME = re.compile(r"[\w&.'-]+")
_AFTER_LINK = re.compile(r"[\s\])]{0,3}[(\[][^()\[\]]{0,60}[)\]]")
"""What is in brackets right after a link belongs to that link."""
_SITE = re.compile(r"\b(?:web ?site|web ?page|web pages|site)s?\b")
MAX_NAME_WORDS = 6
"""How many words before "website" may be the name of whose it is."""


def link_missing(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A platform's post whose text does not hold the item's link, whole."""
    del parameters
    for post in subject.platform_posts:
        if not post.link or not _holds(post, _words(subject, post)):
            yield Hit("text", channel=post.channel, text=post.link)


def _words(subject: Subject, post: Post) -> Words:
    return next(
        (w for w in subject.everything if w.kind == "text" and w.channel == post.channel),
        Words("text", "text", Reading(post.text)),
    )


def _holds(post: Post, words: Words) -> bool:
    return any(link.url == post.link for link in words.links) or post.link in post.text.split()


def link_not_own(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """The item's link, or that of a post, which is not an https address on the council's own domains."""
    del parameters
    given = subject.item.link
    if given and why_not_own(given, subject.council):
        yield Hit("link", 0, len(given), text=given)
    for post in subject.posts:
        if not given and why_not_own(post.link, subject.council):
            yield Hit("link", channel=post.channel, text=post.link)


def link_of_another_page(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A post whose link is not the item's, its added parameter aside."""
    del parameters
    given = subject.item.link
    for post in subject.posts:
        if given and _page(post.link) != _page(given):
            yield Hit("link", channel=post.channel, text=post.link)


def _page(link: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(link)
    except ValueError:
        return (link, "", "")
    return (parts.scheme, parts.netloc, parts.path)


def shortener(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A link by one of `hosts`, which hide where they lead."""
    for words, link in strangers(subject):
        if is_below(link.host, parameters["hosts"]):
            yield words.hit(link.start, link.end)
    if subject.item.link and is_below(urlsplit_host(subject.item.link), parameters["hosts"]):
        yield Hit("link", 0, len(subject.item.link), text=subject.item.link)


def urlsplit_host(url: str) -> str:
    """The name in an address; empty where it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def look_alike(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A link that passes for the council's own, or hides where it leads."""
    del parameters
    for words, link in strangers(subject):
        if whose(link.url, subject.council) in {Whose.FALSE, Whose.DISGUISED}:
            yield words.hit(link.start, link.end)


def unlabelled(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A link to somebody else's website without words near it that say so.

    `bare` chooses names without scheme and path, such as `example.com`: `only` those, `called` for those that the
    words before invite to open (`invitations`), or without it all other links. A name in `known_hosts` says itself
    whose it is. `labels` are phrases that suffice, `reach` is how far they may be away, in characters; `no_names` are
    words before "website" that name nobody.
    """
    for words, link in strangers(subject):
        if whose(link.url, subject.council) is not Whose.OTHER or not _chosen(words, link, parameters):
            continue
        if not _labelled(words, link, subject, parameters):
            yield words.hit(link.start, link.end)


def strangers(subject: Subject) -> Iterator[tuple[Words, Link]]:
    """Every link in the texts that is not the council's own. The post's own link is checked by rules of its own."""
    own = {post.channel: post.link for post in subject.posts}
    foreign = partial(_foreign, subject.council)
    for words in subject.texts:
        for link in words.reading.once(strangers, foreign):
            if words.channel is None or link.url != own.get(words.channel):
                yield words, link


def _foreign(council: Council, text: Reading) -> list[Link]:
    return [
        link for link in text.links if not _is_cut_off(link) and whose(link.url, council) is not Whose.OWN
    ]


def _is_cut_off(link: Link) -> bool:
    """`https://www.orderline...`: what is left of an address without its end leads nowhere, to no platform."""
    return not link.sure and re.fullmatch(r"https?://www\.[a-z\-]{1,63}", link.url) is not None


def _chosen(words: Words, link: Link, parameters: Mapping[str, Any]) -> bool:
    wanted: str = parameters.get("bare", "")
    if not _is_name_only(link):
        return wanted == ("called" if _typing_slip(link) else "")
    if not wanted or _typing_slip(link) or _is_own_site_name(link):
        return False
    called = _invited(words, link, parameters) and not is_below(link.host, parameters["known_hosts"])
    return called is (wanted == "called")


def is_opened(words: Words, link: Link, parameters: Mapping[str, Any]) -> bool:
    """A whole address, or a name that the words before invite to open (`invitations`, within `reach`)."""
    return not _is_name_only(link) or (not _typing_slip(link) and _invited(words, link, parameters))


def _is_name_only(link: Link) -> bool:
    return link.bare_name and not link.explicit


def _typing_slip(link: Link) -> bool:
    """`end.The next`, `Sharing.Net/parts`: a capital after a full stop is no link to a reader, whatever X makes of it."""
    last = link.host.rpartition(".")[2]
    written = link.url[len(link.host) - len(last) : len(link.host)]
    return not link.explicit and written[:1].isupper() and not written.isupper()


def _invited(words: Words, link: Link, parameters: Mapping[str, Any]) -> bool:
    first, _ = sentence(words.lower, link.start, link.end, parameters["reach"])
    before = words.lower[first : link.start].rstrip(" \n:-(")
    return patterns.at_end(parameters["invitations"]).search(before) is not None


def _labelled(words: Words, link: Link, subject: Subject, parameters: Mapping[str, Any]) -> bool:
    first, last = _window(words, link, parameters["reach"])
    before, after = words.lower[first : link.start], words.lower[link.end : last]
    labels = patterns.anywhere(parameters["labels"])
    if labels.search(before) or labels.search(after):
        return True
    if is_below(link.host, parameters.get("known_hosts", ())) and _public_name(link.host) in before:
        return True
    mine = frozenset(_NAME.findall(f"{subject.council.name} {subject.council.short_name}".lower()))
    nobody = frozenset(parameters["no_names"])
    return any(_names(words.value[first : link.start], mine, nobody)) or any(
        _names(words.value[link.end : last], mine, nobody)
    )  # fmt: skip


def _public_name(host: str) -> str:
    """What a public body's website is called by: GOV.UK, or NHS.uk, or USA.gov."""
    return "gov.uk" if is_below(host, ("gov.uk",)) else host.removeprefix("www.")


def _window(words: Words, link: Link, reach: int) -> tuple[int, int]:
    """The sentence around the link, up to its neighbours: their labels are theirs."""
    first, last = sentence(words.lower, link.start, link.end, reach)
    position = bisect_left(words.links, link.start, key=lambda other: other.start)
    if position + 1 < len(words.links):
        last = min(last, words.links[position + 1].start)
    for other in reversed(words.links[max(0, position - reach) : position]):
        if other.end <= first or not _is_name_of(other, link):
            return max(first, _end_with_label(words, other, link.start)), last
    return first, last


def _end_with_label(words: Words, other: Link, stop: int) -> int:
    after = _AFTER_LINK.match(words.value, other.end, stop)
    return after.end() if after else other.end


def _is_own_site_name(other: Link) -> bool:
    """GOV.UK is how that website writes its name: before its link it is a label, not a link."""
    return other.url == "GOV.UK"


def _is_name_of(other: Link, link: Link) -> bool:
    """The name alone of the site that the link leads to, or GOV.UK."""
    return _is_own_site_name(other) or (_is_name_only(other) and is_below(link.host, (other.host,)))


def _names(part: str, mine: frozenset[str], nobody: frozenset[str]) -> Iterator[bool]:
    """For each "website" in `part`: whether the words before it name somebody other than the council."""
    for site in _SITE.finditer(part.lower()):
        chain = _NAME.findall(part[: site.start()])[-MAX_NAME_WORDS:]
        yield _somebody(chain, mine, nobody)


def _somebody(chain: list[str], mine: frozenset[str], nobody: frozenset[str]) -> bool:
    """The unbroken run of names before "website", or a word like "organiser's"; the council's own name is nobody."""
    if not chain:
        return False
    last = chain[-1].replace("\u2019", "'")
    if last.lower().endswith(("'s", "s'")) and last[0].islower():
        return last.lower() not in nobody
    run = []
    for word in reversed(chain):
        if not (word[0].isupper() or word[0].isdigit()) and word not in {"of", "and", "for", "&"}:
            break
        run.append(word.lower().replace("\u2019", "'").removesuffix("'s"))
    names = [word for word in run if word not in nobody and word not in {"of", "and", "for", "&"}]
    return bool(run) and run[0] not in nobody | {"of", "and"} - mine and not set(names) <= mine
