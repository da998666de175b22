"""Whose terms were read, and when (clause 5e): the register of other organisations' websites, and the record of the platforms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from publisher.policy.context import Terms
from publisher.policy.detectors.links import is_opened, strangers
from publisher.policy.hosts import HTTPS_PORT, Whose, is_below, whose
from publisher.policy.registers import Site
from publisher.policy.subject import Hit, Subject


def terms_not_checked(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A link to a website that is not on the register, or whose terms are to be read again.

    `permitted` are names of bodies whose licences let anybody link to them; `shorteners` are a matter of another rule;
    `invitations` are as for unlabelled names.
    """
    day = subject.context.judged_on(subject.item.publish_at)
    for words, link in strangers(subject):
        if whose(link.url, subject.council) is not Whose.OTHER or not is_opened(words, link, parameters):
            continue
        if is_below(link.host, parameters["permitted"] + parameters["shorteners"]):
            continue
        if problem := _problem(_site(link.host, subject.registers.sites), day):
            yield words.hit(link.start, link.end, f"{link.host}: {problem}")


def platform_terms_overdue(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A link to another's website, where the item goes to a platform whose terms nobody has read, or not again in time.

    Each platform is told once. `invitations` and `reach` are as for unlabelled names.
    """
    overdue = dict(_overdue(subject))
    if not overdue:
        return
    told: set[str] = set()
    for words, link in strangers(subject):
        if whose(link.url, subject.council) is not Whose.OTHER or not is_opened(words, link, parameters):
            continue
        for channel in overdue if words.channel is None else [words.channel]:
            if (problem := overdue.get(channel)) and problem not in told:
                told.add(problem)
                yield words.hit(link.start, link.end, problem)


def _overdue(subject: Subject) -> Iterator[tuple[str, str]]:
    """What is wrong with the platforms' terms, by the channel of each post; none where no record of them is kept."""
    day = subject.context.judged_on(subject.item.publish_at)
    for post in subject.platform_posts:
        terms = (subject.context.terms or {}).get(post.channel)
        if terms and (problem := _not_read(terms, day)):
            yield post.channel, f"{terms.platform}, {problem}"


def _not_read(terms: Terms, day: date | None) -> str:
    if terms.review_on is None:
        return "which nobody has read"
    return f"to be read again by {terms.review_on}" if day and day > terms.review_on else ""


def unsafe_link(subject: Subject, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A link to another's website that is not encrypted, or that names a port or a number where a name belongs."""
    del parameters
    for words, link in strangers(subject):
        if link.explicit and whose(link.url, subject.council) is Whose.OTHER and _is_unsafe(link.url):
            yield words.hit(link.start, link.end)


def _is_unsafe(url: str) -> bool:
    parts = urlsplit(url)
    numeric = (parts.hostname or "").rpartition(".")[2].isdigit() or (parts.hostname or "").count(":") > 0
    return parts.scheme != "https" or parts.port not in {None, HTTPS_PORT} or numeric


def _site(host: str, sites: tuple[Site, ...]) -> Site | None:
    """The nearest entry: that of a name itself goes before that of a name above it."""
    fitting = [site for site in sites if is_below(host, (site.host,))]
    return max(fitting, key=lambda site: len(site.host), default=None)


def _problem(site: Site | None, day: date | None) -> str:
    if site is None:
        return "not on the register"
    if day and day < site.checked_on:
        return f"not checked before {site.checked_on}"
    return f"was to be checked again by {site.review_date}" if day and day > site.review_date else ""
