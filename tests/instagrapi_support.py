"""For the tests of instagrapi's client: an adapter without a queue, and the sweep of all that the library can do."""

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from channels_support import ACCOUNT_ID, NOW, picture, post, session, supplies
from one_way_support import Given, dialled, sweep
from publisher.channels._instagrapi_calls import ALT_TEXT
from publisher.channels.instagrapi import Adapter, Settings

SESSIONID = f"{ACCOUNT_ID}%3Aq8Yt5nBv2LxMwK0"
MEDIA = {"pk": 3771234567890123456, "code": "DRabc_-1", "comments_disabled": True}
UPLOADED, POSTED = {"upload_id": "7", "status": "ok"}, {"media": MEDIA, "status": "ok"}


def built(folder: Path, endpoint: str = "", saved: str = "", **keys: Any) -> Any:
    """The adapter by itself, as publisher.channels makes it once its risk is accepted."""
    (folder / "session.json").write_text(saved or session(SESSIONID), encoding="utf-8")
    given = {"user_id": ACCOUNT_ID, "session": "file:session.json", **keys}
    settings = Settings(adapter="instagrapi", **({"endpoint": endpoint} if endpoint else {}), **given)
    settings.place("instagram-app", folder)
    return Adapter(settings)


def staged(adapter: Any, *names: str) -> tuple[Any, Any]:
    """A post with these pictures, and what is prepared of it."""
    wanted = post("instagram-app", *(picture(name, f"Alt of {name}") for name in names or ("one",)))
    found = None
    while found is None or not found.values["ready"]:
        found = adapter.stage(wanted, supplies(*(names or ("one",))), found, NOW)
    return wanted, found


def signed(body: bytes) -> dict[str, Any]:
    """The JSON inside a body that publishes."""
    text = unquote_plus(body.decode()).removeprefix("signed_body=SIGNATURE.")
    found: dict[str, Any] = json.loads(text)
    return found


# --- the sweep: run as a program of its own, whose keyboard is closed -------------------------------------------------

ENDPOINTS = (
    "accounts/current_user/", f"feed/user/{ACCOUNT_ID}/", "feed/user/7/", "feed/timeline/", "media/7_8/like/", "direct_v2/inbox/",
    "/v1/users/7/info/", "friendships/create/7/", "media/7_8/delete/", "accounts/login/",
)  # fmt: skip
PLACES = ("https://scontent.cdninstagram.com/a.jpg", "http://127.0.0.1:9/a.jpg")
"""Where a library could fetch something by itself."""


def more(own: str, folder: Path) -> dict[str, list[Any]]:
    """What these methods take besides, `own` being a picture that is ours to post."""
    file = folder / "a.jpg"
    file.write_bytes(b"x")
    return {
        "domain": ["b.i.instagram.com"], "headers": [{"X-FB-Friendly-Name": "x"}, {"Host": "b.i.instagram.com"}], "login": [True],
        "params": [{"count": "18"}, {"edit": "true"}], "data": [{"text": "Hello"}], "with_signature": [False],
        "endpoint": list(ENDPOINTS), "extra_data": [{}, {"disable_comments": "1", ALT_TEXT: "A"}, {"disable_comments": "0"}],
        "private_transport": ["curl", "utls", "requests"], "public_transport": ["curl"], "dsn": ["http://127.0.0.1:9"],
        "width": [1200], "height": [630], "usertags": [[]], "location": [None], "caption": ["Hello"], "schedule_at": [2_000_000_000],
        "upload_id": [own, "7"], "childs": [[{"upload_id": own}, {"upload_id": own}]], "url": list(PLACES), "urls": [list(PLACES)],
        **{name: [file] for name in ("path", "thumbnail", "folder", "filename")}, "paths": [[file, file]],
    }  # fmt: skip


def main(endpoint: str, place: str) -> None:
    """Calls every method; writes down who was dialled, whether anybody asked at the keyboard, and which files were opened to be written."""
    heard: dict[str, list[str]] = {"asked": [], "files": []}
    adapter = built(Path(place), endpoint)
    staged(adapter)
    client, own = adapter.client, next(iter(adapter.own_ids))
    given = Given(ACCOUNT_ID, ("123",), more(own, Path(place)), pairs=False)

    def hear(event: str, said: tuple[Any, ...]) -> None:
        if event == "builtins.input":
            heard["asked"].append(str(said))
        elif event == "open" and str(said[1] or "").startswith(("w", "a", "x")):
            heard["files"].append(str(said[0]))

    sys.addaudithook(hear)
    with dialled() as places:
        found = sweep(client, given)
    one = client.private is client.public is client.graphql is client.session
    told = {
        "calls": found.calls,
        "refused": found.refused,
        "methods": sorted(found.methods),
        "dialled": places,
        "one": one,
    }
    sys.stdout.write(json.dumps({**heard, **told}))


if __name__ == "__main__":
    main(*sys.argv[1:])
