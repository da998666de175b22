"""Looks at a page as a stranger would, before any platform is asked to look at it (DESIGN §6, step 3).

A platform fetches the page when the post is made and keeps what it saw: a redirect, a page not found, another
address in og:url or a missing picture would stay on the post for good. Reading them here also warms the caches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit, urlunsplit

from publisher.declared import names
from publisher.errors import ChannelFailed, EgressRefused, OutsideFailed
from publisher.model import NEVER_LEFT, REFERENCE_PARAMETER, Judgement, Outcome, Phase
from publisher.page_head import Head, head, media_type
from publisher.policy.hosts import HTTPS_PORT, is_below
from publisher.settings import LOOPBACK_HOSTS
from publisher.wire import Call, Session

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
PICTURE = "picture (og:image)"
WAY_OUT = "The platforms are held until the page is right."


def verify_page(link: str, *, timeout: float, domains: Sequence[str] = ()) -> None:
    """Reads the page at `link` and its picture once each. Raises OutsideFailed with the reason if anything is wrong.

    Wanted (ogp.me; RFC 6596): 200 without a redirect, canonical and og:url equal to the link
    without its own parameter, og:title, and an og:image that answers 200 with a picture. The picture is looked for
    beside the page or on the council's `domains` alone: a page may name any address, and this machine may reach some
    that its author may not. `timeout` in seconds, for each wait on the network.
    """
    found = _head(link, timeout)
    wanted = without_reference(link)
    for name, address in (("canonical", found.canonical), ("og:url", found.meta.get("og:url"))):
        if address != wanted:
            _fail(f"the page's {name} is {address or 'missing'}, not {wanted}")
    if not found.meta.get("og:title"):
        _fail("the page has no og:title")
    image = found.meta.get("og:image")
    if not image:
        _fail("the page has no og:image")
    _demand_own(image, link, domains)
    kind = _get(image, PICTURE, timeout)[0]
    if not kind.startswith("image/"):
        _fail(f"the page's picture (og:image) is {kind or 'of no type'}, not an image")


def verify_picture(address: str, digest: str, *, timeout: float) -> str:
    """What is wrong with a picture that a platform is about to fetch, in words; empty where it is there as it was checked.

    Instagram wants it at an address that needs no log-in and leads nowhere else ("Content Publishing"); `digest` is the
    sha256 (hex) of its bytes. The address itself is in no sentence: it is nobody's business while it is lent.
    """
    try:
        with _session(address, "picture", timeout) as session:
            response = session.get(address)
    except ChannelFailed as failed:
        # A redirect often leads to the same address on another host, or to a log-in that is to lead back to it.
        return f"it {_told(failed)}".replace(address.rpartition("/")[2], "…")
    kind = media_type(response.headers.get("Content-Type"))
    if kind != "image/jpeg":
        return f"it is {kind or 'of no type'}, not image/jpeg."
    if hashlib.sha256(response.content).hexdigest() != digest:
        return "another picture is there, or it was changed on the way."
    return ""


def without_reference(link: str) -> str:
    """The link without its own parameter: the page's one true address."""
    parts = urlsplit(link)
    kept = [pair for pair in parts.query.split("&") if pair.partition("=")[0] != REFERENCE_PARAMETER]
    return urlunsplit(parts._replace(query="&".join(kept)))


def _head(link: str, timeout: float) -> Head:
    kind, body = _get(link, "page", timeout)
    if kind not in HTML_TYPES:
        _fail(f"the page is {kind or 'of no type'}, not HTML")
    return head(body.decode("utf-8", errors="replace"))


def _get(url: str, what: str, timeout: float) -> tuple[str, bytes]:
    """The media type and body of what `url` answers with."""
    try:
        with _session(url, what, timeout) as session:
            response = session.get(url)
    except ChannelFailed as failed:
        _fail(f"the {what} at {url} {_told(failed)}", failed)
    except EgressRefused as refused:
        _fail(f"the {what} has an address that cannot be read: {url}", refused)
    return media_type(response.headers.get("Content-Type")), response.content


def _session(url: str, what: str, timeout: float) -> Session:
    """A session that can do nothing but read from this one host."""
    parts = _parts(url, what)
    call = Call(Phase.READ, "GET", ".*", names(parts.query))
    return Session(endpoint=f"{parts.scheme}://{parts.netloc}", calls=(call,), judge=_judge, timeout=timeout)


def _demand_own(image: str, link: str, domains: Sequence[str]) -> None:
    there, here = _parts(image, PICTURE), urlsplit(link)
    beside = (there.scheme, there.netloc) == (here.scheme, here.netloc)
    ours = (
        there.scheme == "https"
        and there.port in {None, HTTPS_PORT}
        and is_below(there.hostname or "", domains)
    )
    if not beside and not ours:
        _fail(f"the page's {PICTURE} is not on the council's own website: {image}")


def _parts(url: str, what: str) -> SplitResult:
    """The address taken apart, once it is one that may be read at all."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError for one that cannot be
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS)
    except ValueError as error:
        _fail(f"the {what} has an address that cannot be read: {url}", error)
    if not safe or not parts.hostname or parts.username is not None:
        _fail(f"the {what} has an address that is not https: {url}")
    return parts


def _judge(phase: Phase, status: int | None, headers: Mapping[str, str], body: bytes | str) -> Judgement:  # noqa: ARG001  # as the wire calls it
    if status == HTTPStatus.OK:
        return Judgement(Outcome.SENT)
    if status is not None and HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Judgement(Outcome.FIX, f"it is a redirect ({status}) to {headers.get('Location', 'nowhere')}.")
    return Judgement(Outcome.WAIT, f"the answer is {status}.")


def _told(failed: ChannelFailed) -> str:
    """What is wrong with a website, where the wire's own sentences are of platforms."""
    judgement = failed.judgement
    if not judgement.engineer:
        return f"is not there: {judgement.officer}"
    if judgement.cause == NEVER_LEFT:
        return "could not be reached"
    return f"did not answer ({judgement.engineer})"


def _fail(reason: str, cause: BaseException | None = None) -> NoReturn:
    raise OutsideFailed(f"The page is not right: {reason}", way_out=WAY_OUT) from cause
