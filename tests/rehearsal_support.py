"""Small helpers for tests that speak to the rehearsal platforms; tests/rehearsal_fixtures.py runs these."""

import base64
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
import tweepy
from PIL import Image

from publisher.rehearsal.platforms import Platforms


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


class Redirected(requests.Session):
    """Sends what is meant for a platform's own host to the rehearsal, before it is signed."""

    def __init__(self, own: str, instead: str) -> None:
        super().__init__()
        self.trust_env = False
        self._own, self._instead = own, instead

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, url.replace(self._own, self._instead, 1), **kwargs)


def write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def picture(width: int, height: int, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, kind)
    return buffer.getvalue()


def upload(client: tweepy.Client, content: bytes | None = None) -> dict[str, Any]:
    body = {"media": base64.b64encode(content or picture(40, 30)).decode(), "media_category": "tweet_image"}
    response = client.request("POST", "/2/media/upload", json=body, user_auth=True)
    return dict(response.json()["data"])


def describe(client: tweepy.Client, media_id: str, alt: str) -> requests.Response:
    body = {"id": media_id, "metadata": {"alt_text": {"text": alt}}}
    response: requests.Response = client.request("POST", "/2/media/metadata", json=body, user_auth=True)
    return response


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def instagram(
    platforms: Platforms, web: requests.Session, method: str, path: str, **given: Any
) -> requests.Response:
    """One call to the account's own node, or to `path` where it starts with a digit."""
    own = platforms.credentials.instagram
    node = path if path[:1].isdigit() else f"{own.user_id}{path}"
    url, headers = f"{platforms.graph.url}/v26.0/{node}", bearer(own.token)
    if method == "GET":
        return web.get(url, params=given, headers=headers)
    return web.request(method, url, data=given, headers=headers)


def put(platforms: Platforms, name: str, content: bytes, folder: Path) -> str:
    write(folder / "media" / name, content)
    return f"{platforms.website.url}/media/{name}"


def errors(response: requests.Response) -> tuple[int, int, int | None]:
    told = response.json()["error"]
    return response.status_code, told["code"], told.get("error_subcode")
