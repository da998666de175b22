"""The register of other organisations' websites: who read their terms, and when (clause 5e)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

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
