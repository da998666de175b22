"""Running rehearsal platforms, and the real libraries pointed at them: `pytest_plugins = ["rehearsal_fixtures"]`."""

from collections.abc import Iterator
from pathlib import Path

import facebook
import pytest
import requests
import tweepy
from rehearsal_support import Clock, Redirected, picture, write

from publisher.rehearsal.platforms import Platforms

PAGE = (
    '<!doctype html><title>Bins</title><meta property="og:title" content="Bins on Monday &amp; Tuesday">'
    '<meta property="og:description" content="New days"><meta property="og:image" content="../../media/bins.jpg">'
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    write(site / "news" / "bins" / "index.html", PAGE.encode())
    write(site / "media" / "bins.jpg", picture(1200, 630))
    return site


@pytest.fixture
def platforms(folder: Path, clock: Clock) -> Iterator[Platforms]:
    with Platforms(site_folder=folder, now=clock) as running:
        yield running


@pytest.fixture
def web() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def twitter(platforms: Platforms) -> Iterator[tweepy.Client]:
    x = platforms.credentials.x
    client = tweepy.Client(
        None, x.consumer_key, x.consumer_secret, x.access_token, x.access_token_secret, return_type=dict
    )
    with Redirected("https://api.twitter.com", platforms.x.url) as session:
        client.session = session
        yield client


@pytest.fixture
def page(platforms: Platforms) -> Iterator[facebook.GraphAPI]:
    with Redirected("https://graph.facebook.com/", platforms.graph.url + "/") as session:
        session.headers["Authorization"] = f"Bearer {platforms.credentials.facebook.token}"
        graph = facebook.GraphAPI(session=session)
        graph.version = "v26.0"
        yield graph
