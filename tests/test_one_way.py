"""One way, by construction: every public method of every library reaches the wire only to broadcast."""

import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import facebook
import pytest
import tweepy
from channels_support import ACCOUNT_ID, PAGE_ID, USER_ID, Loopback, Received, answer, load
from one_way_support import Given, Swept, dialled, sweep
from support import ROOT

pytest_plugins = ["channels_fixtures"]

GOOD = {
    "data": {"id": "7", "deleted": True},
    "id": "7",
    "success": True,
    "status_code": "FINISHED",
    "meta": {},
}
"""An answer that every judge calls good, so that no library stops before its last request."""
LIBRARIES = {"facebook": facebook.GraphAPI, "instagram": facebook.GraphAPI, "twitter": tweepy.Client}
"""The optional instagrapi has its own sweep, with its keyboard closed: tests/test_instagrapi.py."""
GIVEN = {"facebook": Given(PAGE_ID), "instagram": Given(USER_ID), "twitter": Given(ACCOUNT_ID, ("123",))}
REACHED = {
    "twitter": {"POST /2/tweets", "GET /2/users/me", f"GET /2/users/{ACCOUNT_ID}/tweets"},
    "facebook": {f"POST /v26.0/{PAGE_ID}/feed"},
    "instagram": {f"GET /v26.0/{USER_ID}"},
}
READ = frozenset({"id", "name", "username", "link", "created_at", "entities"})
"""All that is ever asked of an account or of posts, besides what is asked of our own post by its id."""
SILENT = {"tweepy.OAuth2BearerHandler alone", "facebook alone"}
"""These dial nobody: one makes a header, the other takes cookies apart."""
SECRETIVE = {
    "instagram": {"app_secret": "env:FACEBOOK_PAGE_TOKEN"},
    "facebook": {"app_secret": "env:INSTAGRAM_TOKEN"},
}
"""With an app's secret too: then there is one field more in every call."""


def is_broadcast(name: str, sent: Received) -> bool:
    """Written apart from the adapters' tables: what a plain broadcast and the reads it needs look like."""
    fields = fields_of(sent)
    allowed: Mapping[str, list[tuple[str, set[str], set[str]]]] = {
        "twitter": [
            ("POST /2/tweets", set(), {"text", "media", "reply_settings"}),
            ("GET /2/users/me", set(), set()),
            (f"GET /2/users/{ACCOUNT_ID}/tweets", {"max_results", "tweet.fields"}, set()),
        ],
        "facebook": [
            (rf"POST /v26\.0/{PAGE_ID}/feed", set(), {"message", "link", "appsecret_proof"}),
        ],
        "instagram": [(rf"GET /v26\.0/{USER_ID}", {"fields", "appsecret_proof"}, set())],
    }
    plain = any(
        re.fullmatch(route, sent.route) and set(sent.query) <= query and set(fields) <= names
        for route, query, names in allowed[name]
    )
    asked = set(filter(None, sent.query.get("fields", sent.query.get("tweet.fields", "")).split(",")))
    return plain and is_closed(sent, fields) and asked <= READ


def is_closed(sent: Received, fields: Mapping[str, Any]) -> bool:
    """A post on X is text, and closed to replies."""
    if sent.route != "POST /2/tweets":
        return True
    return fields.get("reply_settings") == "mentionedUsers" and isinstance(fields.get("text"), str)


def fields_of(sent: Received) -> Mapping[str, Any]:
    """The names in the body."""
    if not sent.body:
        return {}
    return dict(json.loads(sent.body)) if sent.body.startswith(b"{") else sent.form


def public(library: type) -> set[str]:
    """The names of a library's public methods."""
    return {name for name in dir(library) if not name.startswith("_") and callable(getattr(library, name))}


def swept(client: Any, name: str, server: Loopback) -> Swept:
    """Calls everything, and sees that nothing but broadcasts arrived and nobody else was dialled."""
    with warnings.catch_warnings(), dialled() as places:
        warnings.simplefilter("ignore")  # tweepy warns of methods that X has withdrawn
        found = sweep(client, GIVEN[name])
    assert [f"{one.route} {one.body!r}" for one in server.requests if not is_broadcast(name, one)] == []
    assert set(places) == {server.url.removeprefix("http://")}
    return found


@pytest.mark.parametrize("name", LIBRARIES)
def test_no_method_of_a_library_reaches_the_wire_but_to_broadcast(
    name: str, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Every public method of an adapter's client, with every plausible argument: our posts, our identity, our own posts."""
    with Loopback(answer(GOOD)) as server:
        made = load(name, tmp_path, server.url, **SECRETIVE.get(name, {}))
        found = swept(made.client, name, server)
        reached = {one.route for one in server.requests}
    assert found.methods >= public(LIBRARIES[name])
    assert found.refused > len(found.methods)
    assert reached == REACHED[name]


@pytest.mark.long
def test_no_class_of_a_library_has_a_way_of_its_own(tokens: dict[str, str]) -> None:
    """All other classes that speak to somebody: over our sessions they reach what the adapter may, by themselves nobody.

    tweepy.API lets its session be replaced and makes one all the same, its handlers sign in by their own, GraphAPI makes one
    where it is given none: in the program's process, those are refused as they dial. Proved in a process of its own.
    """
    command = [sys.executable, str(ROOT / "tests" / "one_way_alone.py")]
    where = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    done = subprocess.run(command, env=where, capture_output=True, text=True, check=True, timeout=600)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told.pop("facebook") == {"reached": [], "dialled": []}
    assert told.pop("twitter") == {"reached": sorted(REACHED["twitter"]), "dialled": ["the endpoint"]}
    for kind, library in (
        ("tweepy.API", tweepy.API),
        ("tweepy.Client", tweepy.Client),
        ("facebook.GraphAPI", facebook.GraphAPI),
    ):
        for how in ("over facebook", "over twitter", "alone"):
            assert told[f"{kind} {how}"]["methods"] >= len(public(library))
    assert {kind for kind, found in told.items() if not found["refused"]} == SILENT
