"""An officer's own machine: the server that is asked from there, and whether the token counts. Nothing else is there."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from publisher import __version__, advice, config
from publisher.advice import CERTIFICATE
from publisher.doctor.asking import Answer, asked
from publisher.doctor.channels import known_there
from publisher.doctor.check import Check, attention, good, wrong
from publisher.doctor.service import known
from publisher.errors import PublisherError, one_line
from publisher.token_form import FORM
from publisher.ways import SERVER, Way, way_of

DESCRIPTION = "/api/openapi.json"
"""The API's description of itself, which names its version: asked before the token is sent, so that it goes to no other."""
TITLE = "Publisher"
"""By which it is known there (publisher/api.py)."""
SOON = timedelta(days=14)
"""Before a token ends: enough for a person on leave to get the next."""
_ADDRESS = (
    "Check the address of [client] server, and the network; then ask the sysadmin whether the daemon runs."
)


def names_server(given: str | None) -> bool:
    """True where the environment or [client] in config.toml says which server is asked."""
    try:
        return bool(os.environ.get(SERVER) or config.client(config.find(given))[0].server)
    except (PublisherError, OSError):  # told by whoever reads all of it
        return False


def beside(given: str) -> Iterator[Check]:
    """The same on a machine that has a council's own files as well: nothing, where it asks no server."""
    return examine(given) if names_server(given) else iter(())


def examine(given: str | None) -> Iterator[Check]:
    """The settings, the token's file, the server, and whether it knows who asks."""
    yield from _settings(given)
    try:
        way = way_of(given)
    except PublisherError as error:
        yield wrong("token", error.message, advice.way_out(error, given))
        return
    if way is None or way.unix is not None:
        return
    described = asked(way.address, DESCRIPTION)
    yield _server(way, described)
    if _version(described):
        yield from _token(way)
        yield from known_there(way.address, way.token)


def _settings(given: str | None) -> Iterator[Check]:
    """Whoever may write config.toml says to whom the token is sent."""
    try:
        place = config.find(given)
        mode = stat.S_IMODE(place.stat().st_mode)
    except (PublisherError, OSError):  # all is said in the environment
        return
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        words = f"others on this machine may change {place} (mode {mode:04o}), and so to whom your token goes"
        yield wrong("configuration", words, f"`chmod go-w {shlex.quote(str(place))}`")
    else:
        yield good("configuration", f"{place} names the server that is asked")


def _server(way: Way, answer: Answer) -> Check:
    if answer.error:
        is_certificate = "certificate" in answer.silence
        words = f"{way.address} cannot be reached: {answer.silence}"
        return wrong("server", words, CERTIFICATE if is_certificate else _ADDRESS)
    version = _version(answer)
    if not version:
        words = f"what answers at {way.address} is not this program's server ({answer.status}); your token was not sent"
        return wrong("server", words, "Check the address of [client] server, or the proxy before it.")
    if version != __version__:
        words = f"{way.address} is version {version}, and this program {__version__}"
        return attention("server", words, f"Install version {version} here.")
    return good("server", f"{way.address} answers; it is version {version}, as this program is")


def _version(answer: Answer) -> str:
    """Of this program's server; empty where it is none."""
    about = answer.told.get("info")
    if answer.status != HTTPStatus.OK or not isinstance(about, dict) or about.get("title") != TITLE:
        return ""
    return one_line(str(about.get("version", "")))


def _token(way: Way) -> Iterator[Check]:
    yield (told := known(asked(way.address, "/api/v1/caller", way.token), "token"))
    ends = _ends(way) if not told.way_out else None
    if ends and ends - datetime.now(UTC) < SOON:
        words = f"your token ends on {ends.date()}"
        yield attention("token", words, "Make the next one at the server: `publisher token new --help`.")


def _ends(way: Way) -> datetime | None:
    """When the token ends, as the server tells; None where it does not say."""
    form = FORM.fullmatch(way.token)
    told = asked(way.address, "/api/v1/tokens", way.token).told.get("tokens")
    every = told if isinstance(told, list) else []
    for one in every:
        if isinstance(one, dict) and form and one.get("id") == form[1]:
            try:
                return datetime.fromisoformat(str(one.get("expires_at")))
            except ValueError:
                return None
    return None
