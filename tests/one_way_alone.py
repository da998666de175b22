"""Run as a process of its own by tests/test_one_way.py: what must not be done in pytest's, since it lasts as long as the process.

All classes and functions of the libraries that could make a session for themselves, over every adapter's session, where the
program's own doors are shut (publisher/own_doors.py). Prints what arrived anywhere and who was dialled, as JSON.
"""

import json
import logging
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import facebook
import tweepy
from channels_support import ACCOUNT_ID, PAGE_ID, Loopback, answer, load
from one_way_support import Given, dialled, sweep

from publisher import own_doors
from publisher.errors import EgressRefused

OWN = {"facebook": PAGE_ID, "twitter": ACCOUNT_ID}
"""Instagram's session is of the same place and library as Facebook's."""
WHERE_ALONE = "twitter"
GOOD = {"data": {"id": "7"}, "id": "7", "success": True, "meta": {}}
KEYS = ("consumer-key", "consumer-secret", "access-token", "access-secret")
IDLE = {"disconnect", "on_exception", "on_connection_error", "on_request_error"}


def with_session(client: Any, session: Any) -> Any:
    """A library's client in whose place for a session ours is put."""
    client.session = session
    return client


def over(session: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The clients that have a place for a session, with ours in it."""
    auth = tweepy.OAuth1UserHandler(*KEYS)
    yield "tweepy.API", lambda: with_session(tweepy.API(auth), session)
    yield "tweepy.Client", lambda: with_session(tweepy.Client("bearer", *KEYS), session)
    yield (
        "tweepy.StreamingClient",
        lambda: with_session(tweepy.StreamingClient("bearer", max_retries=0), session),
    )
    yield "tweepy.Paginator", lambda: pages(with_session(tweepy.Client("bearer", *KEYS), session))
    yield "facebook.GraphAPI", lambda: facebook.GraphAPI("token", session=session)


def alone() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Those that make one for themselves, and what has no place for ours."""
    yield "tweepy.API", lambda: tweepy.API(tweepy.OAuth1UserHandler(*KEYS))
    yield "tweepy.Client", lambda: tweepy.Client("bearer", *KEYS)
    yield "tweepy.StreamingClient", lambda: tweepy.StreamingClient("bearer", max_retries=0)
    yield "tweepy.OAuth1UserHandler", lambda: tweepy.OAuth1UserHandler(*KEYS, callback="oob")
    yield "tweepy.OAuth2AppHandler", lambda: tweepy.OAuth2AppHandler(*KEYS[:2])
    yield "tweepy.OAuth2BearerHandler", lambda: tweepy.OAuth2BearerHandler("bearer")
    yield "tweepy.OAuth2UserHandler", lambda: tweepy.OAuth2UserHandler(client_id="a", redirect_uri="https://a.example", scope=["a"])  # fmt: skip
    yield "facebook.GraphAPI", lambda: facebook.GraphAPI("token")
    yield "facebook", lambda: facebook


def pages(client: Any) -> Any:
    """A Paginator goes on asking by itself; its public methods are flatten alone."""
    return tweepy.Paginator(client.get_users_followers, ACCOUNT_ID)


def main() -> None:
    """Sweeps everything, and prints what came of it."""
    own_doors.shut()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    threading.excepthook = lambda _found: None  # a stream's thread ends by the refusal, as it should
    folder = Path(tempfile.mkdtemp())
    (folder / "picture.jpg").write_bytes(b"x")
    told: dict[str, Any] = {}
    for name, own in OWN.items():
        with Loopback(answer(GOOD)) as server, dialled() as places:
            given = Given(own, ("123",), more(folder, server.url), pairs=False)
            session = load(name, folder, server.url).client.session
            told |= swept(f"over {name}", over(session), given)
            if name == WHERE_ALONE:
                told |= swept("alone", alone(), given)
        dialled_there = [
            place.replace(server.url.removeprefix("http://"), "the endpoint") for place in places
        ]
        told[name] = {"reached": sorted({one.route for one in server.requests}), "dialled": dialled_there}
    sys.stdout.write(json.dumps(told) + "\n")


def swept(how: str, made: Iterator[tuple[str, Callable[[], Any]]], given: Given) -> dict[str, Any]:
    """How many methods were called of each, how often, and how many calls were refused."""
    told: dict[str, Any] = {}
    for kind, make in made:
        try:
            found = sweep(make(), given, besides=IDLE)
        except EgressRefused:  # one dials as it is made
            told[f"{kind} {how}"] = {"methods": 0, "calls": 1, "refused": 1}
        else:
            told[f"{kind} {how}"] = {
                "methods": len(found.methods),
                "calls": found.calls,
                "refused": found.refused,
            }
    return told


def more(folder: Path, url: str) -> dict[str, list[Any]]:
    """What these methods take besides; the addresses are ones that would answer."""
    return {
        "filename": [str(folder / "picture.jpg")], "threaded": [True], "delay": [False], "wait_for_async_finalize": [False],
        "url": [f"{url}/2/tweets", "https://api.x.com/2/tweets"], "token_url": ["https://api.x.com/2/oauth2/token"],
        "authorization_response": ["https://a.example/?code=1&state=2"], "refresh_token": ["a"], "withhold_token": [True],
        "token": [{"access_token": "a", "token_type": "Bearer"}], "request": [None],
    }  # fmt: skip


if __name__ == "__main__":
    main()
