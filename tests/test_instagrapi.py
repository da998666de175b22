"""Instagram by its app's private API: exact calls, what answers mean, one request at most, and nothing else gets out."""

import base64
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import instagrapi
import pytest
import requests
import responses
from channels_support import ACCOUNT_ID, LINK, NOW, Loopback, answer, drop, picture, post, session, supplies
from instagrapi_support import MEDIA, POSTED, SESSIONID, UPLOADED, built, signed, staged
from rehearsal_support import picture as jpeg
from support import ROOT

from publisher.channels import Supplies
from publisher.errors import ChannelFailed, ConfigError, EgressRefused
from publisher.model import Media, Outcome, Phase, Receipt
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.platforms import Platforms

pytest_plugins = ["rehearsal_fixtures"]

HOST = "https://i.instagram.com"
UPLOAD = re.compile(rf"{HOST}/rupload_igphoto/1796115600000_0_[0-9]{{10}}")
CONFIGURE, SIDECAR = f"{HOST}/api/v1/media/configure/", f"{HOST}/api/v1/media/configure_sidecar/"
ADDRESS = f"https://www.instagram.com/p/{MEDIA['code']}/"


# --- exactly these calls -------------------------------------------------------------------------------------


@responses.activate
def test_one_picture_goes_as_it_was_cleared(tmp_path: Path) -> None:
    """The upload is the picture's own bytes; the post says caption, alternative text, comments off, and nothing of people or places."""
    responses.post(UPLOAD, json=UPLOADED)
    responses.post(CONFIGURE, json=POSTED)
    made = built(tmp_path)
    wanted, found = staged(made)
    assert made.publish(wanted, found, NOW) == Receipt(str(MEDIA["pk"]), ADDRESS)
    up, going = (call.request for call in responses.calls)
    assert up.body == b"one"
    assert up.headers["Content-Type"] == "application/octet-stream"
    assert json.loads(up.headers["X-Instagram-Rupload-Params"])["upload_id"] == "1796115600000"
    assert up.headers["X-Entity-Length"] == "3"
    body = signed(str(going.body).encode())
    assert {name: body[name] for name in ("caption", "upload_id", "disable_comments", "custom_accessibility_caption")} == {
        "caption": wanted.text, "upload_id": "1796115600000", "disable_comments": "1", "custom_accessibility_caption": "Alt of one",
    }  # fmt: skip
    assert (body["usertags"], body["location"], body["source_type"]) == ('{"in": []}', "{}", "4")
    assert body["extra"] == {"source_width": 1200, "source_height": 630}
    for request in (up, going):
        assert request.headers["Authorization"].startswith("Bearer IGT:2:")
        assert "Cookie" not in request.headers
        assert SESSIONID not in str(request.url)


@responses.activate
def test_several_pictures_go_as_one_album(tmp_path: Path) -> None:
    """Each upload says that it is of several; the album names them in order, each with its own alternative text."""
    responses.post(re.compile(f"{HOST}/rupload_igphoto/.*"), json=UPLOADED)
    responses.post(SIDECAR, json=POSTED)
    made = built(tmp_path)
    wanted, found = staged(made, "one", "two", "three")
    assert made.publish(wanted, found, NOW).url == ADDRESS
    *ups, going = (call.request for call in responses.calls)
    assert [up.body for up in ups] == [b"one", b"two", b"three"]
    given = [json.loads(up.headers["X-Instagram-Rupload-Params"]) for up in ups]
    assert [one["is_sidecar"] for one in given] == ["1", "1", "1"]
    body = signed(str(going.body).encode())
    assert [child["upload_id"] for child in body["children_metadata"]] == [one["upload_id"] for one in given]
    assert [child["custom_accessibility_caption"] for child in body["children_metadata"]] == [
        "Alt of one", "Alt of two", "Alt of three",
    ]  # fmt: skip
    assert (body["disable_comments"], body["caption"], body["location"]) == ("1", wanted.text, "{}")


@responses.activate
def test_our_own_posts_and_our_own_name_are_all_that_is_read(tmp_path: Path) -> None:
    """After an unknown the newest of our own feed is looked through for the link; and the account says who it is."""
    items = [
        {"pk": 1, "caption": None},
        {"pk": 2, "caption": {"text": f"{LINK}9"}},
        "odd",
        {"caption": {"text": LINK}},
    ]
    mine = {**MEDIA, "caption": {"text": f"New bin days {LINK}"}}
    responses.get(
        f"{HOST}/api/v1/feed/user/{ACCOUNT_ID}/?count=18", json={"items": [*items, mine], "status": "ok"}
    )
    responses.get(
        f"{HOST}/api/v1/accounts/current_user/?edit=true",
        json={"user": {"pk": int(ACCOUNT_ID), "username": "council"}, "status": "ok"},
    )
    made = built(tmp_path)
    assert made.find(post("instagram-app"), None, NOW) == Receipt(str(MEDIA["pk"]), ADDRESS)
    found = made.identify(NOW)
    assert (found.account, found.name, found.scopes, found.ends_at) == (ACCOUNT_ID, "council", None, None)


def test_an_answer_without_a_name_proves_nobody(tmp_path: Path) -> None:
    """A good answer to another question is none to this one: it is asked again."""
    with Loopback(answer({"items": [], "status": "ok"})) as server, pytest.raises(ChannelFailed) as failed:
        built(tmp_path, server.url).identify(NOW)
    assert failed.value.judgement.outcome is Outcome.WAIT


@pytest.mark.parametrize(
    ("media", "note"),
    [
        ({"comments_disabled": False}, "did not confirm that comments are off"), ({"comments_disabled": None}, "did not confirm"),
        ({"code": None}, "did not tell its address"), ({"code": "../x"}, "did not tell its address"), ({}, ""),
    ],
)  # fmt: skip
def test_what_instagram_does_not_confirm_is_told(media: dict[str, Any], note: str, tmp_path: Path) -> None:
    """Comments that may be open, and a post without an address, are an officer's to look at; the post stands."""
    with Loopback(answer(UPLOADED), answer({"media": {**MEDIA, **media}, "status": "ok"})) as server:
        made = built(tmp_path, server.url)
        receipt = made.publish(*staged(made), NOW)
    assert receipt.remote_id == str(MEDIA["pk"])
    assert (note in receipt.note) if note else not receipt.note


# --- before the moment ---------------------------------------------------------------------------------------


def test_each_step_uploads_one_picture_and_keeps_it(tmp_path: Path) -> None:
    """What was uploaded is told before the next goes up, so that a crash loses none; the same picture twice goes once."""
    with Loopback(answer(UPLOADED)) as server:
        made = built(tmp_path, server.url)
        wanted = post("instagram-app", picture("one"), picture("two"), picture("one"))
        first = made.stage(wanted, supplies("one", "two"), None, NOW)
        assert (len(first.values["pictures"]), first.values["ready"], len(server.requests)) == (1, False, 1)
        second = built(tmp_path, server.url).stage(wanted, supplies("one", "two"), first, NOW)
        assert (len(second.values["pictures"]), second.values["ready"], len(server.requests)) == (2, True, 2)
        assert second.expires_at == first.expires_at == NOW + timedelta(hours=1)
        again = made.stage(wanted, supplies("one", "two"), second, NOW + timedelta(hours=1))
    assert (len(again.values["pictures"]), again.values["ready"], len(server.requests)) == (1, False, 3)
    assert len(set(second.values["pictures"].values())) == 2


def test_a_failed_upload_loses_none_before_it(tmp_path: Path) -> None:
    """The step fails as a wait, and the next one goes on with the picture that is missing."""
    with Loopback(answer(UPLOADED), answer(b"<html>", 502), answer(UPLOADED)) as server:
        made = built(tmp_path, server.url)
        wanted = post("instagram-app", picture("one"), picture("two"))
        first = made.stage(wanted, supplies("one", "two"), None, NOW)
        with pytest.raises(ChannelFailed) as failed:
            made.stage(wanted, supplies("one", "two"), first, NOW)
        assert failed.value.judgement.outcome is Outcome.WAIT
        assert made.stage(wanted, supplies("one", "two"), first, NOW).values["ready"]
    assert [request.body for request in server.requests] == [b"one", b"two", b"two"]


def test_what_cannot_go_is_told_before_anything_leaves(tmp_path: Path) -> None:
    """No picture: an officer mends it."""
    with Loopback(answer(UPLOADED)) as server, pytest.raises(ChannelFailed) as failed:
        built(tmp_path, server.url).stage(post("instagram-app"), supplies(), None, NOW)
    assert (failed.value.judgement.outcome, server.connections) == (Outcome.FIX, 0)


# --- what answers mean ---------------------------------------------------------------------------------------

CHECKPOINT = {
    "message": "checkpoint_required",
    "checkpoint_url": "https://i.instagram.com/x",
    "status": "fail",
    "error_type": "checkpoint_logged_out",
}
CHALLENGE = {"message": "challenge_required", "challenge": {"url": "https://i.instagram.com/challenge/7/a/"}, "status": "fail", "error_type": "checkpoint_challenge_required"}  # fmt: skip
SUSPENDED = {
    "message": "challenge_required",
    "challenge": {"url": "https://www.instagram.com/accounts/suspended/?next=1"},
    "status": "fail",
}
FEEDBACK = {
    "message": "feedback_required",
    "spam": True,
    "feedback_title": "Sorry",
    "feedback_message": "An error occurred",
    "status": "fail",
}
LOGGED_OUT = {
    "message": "login_required",
    "error_title": "You've Been Logged Out",
    "logout_reason": 8,
    "status": "fail",
}
REUPLOAD = {
    "error_title": "bad image input extra:{}",
    "media": {"upload_id": "1588184737203"},
    "message": "media_needs_reupload",
    "status": "ok",
}
TABLE: list[tuple[str, int | None, Any, str, str]] = [
    # what is answered, as what it is judged once it was to be published, and before that
    ("posted", 200, POSTED, "SENT", "WAIT"),
    ("uploaded", 200, UPLOADED, "UNKNOWN", "SENT"),
    ("ok alone", 200, {"status": "ok"}, "UNKNOWN", "WAIT"),
    ("a post without a number", 200, {"media": {"code": "C"}, "status": "ok"}, "UNKNOWN", "WAIT"),
    ("to be uploaded anew", 200, REUPLOAD, "UNKNOWN", "WAIT"),
    ("refused, with its number", 200, {**UPLOADED, "error_title": "bad image input"}, "UNKNOWN", "WAIT"),
    ("a failure with 200", 200, {"status": "fail", "message": "login_required"}, "UNKNOWN", "WAIT"),
    ("a page", 200, b"<!DOCTYPE html><html>", "UNKNOWN", "WAIT"),
    ("nothing", 200, b"", "UNKNOWN", "WAIT"),
    ("a list", 200, [], "UNKNOWN", "WAIT"),
    ("not finished", 202, {"message": "Transcode not finished yet.", "status": "fail"}, "UNKNOWN", "WAIT"),
    ("signed out", 403, LOGGED_OUT, "RECONNECT", "RECONNECT"),
    ("signed out elsewhere", 403, {"message": "user_has_logged_out", "status": "fail"}, "RECONNECT", "RECONNECT"),
    ("checkpoint", 400, CHECKPOINT, "STOP", "STOP"),
    ("challenge", 400, CHALLENGE, "STOP", "STOP"),
    ("suspended", 400, SUSPENDED, "STOP", "STOP"),
    ("consent", 400, {"message": "consent_required", "status": "fail"}, "STOP", "STOP"),
    ("needs upgrade", 400, {"message": "Please update", "error_type": "needs_upgrade", "status": "fail"}, "STOP", "STOP"),
    ("please wait", 400, {"message": "Please wait a few minutes before you try again.", "status": "fail"}, "WAIT", "WAIT"),
    ("please wait, 401", 401, {"message": "Please wait a few minutes before you try again.", "require_login": True, "status": "fail"}, "WAIT", "WAIT"),
    ("rate limit", 429, {"message": "", "status": "fail"}, "WAIT", "WAIT"),
    ("rate limit by name", 400, {"error_type": "rate_limit_error", "message": "x", "status": "fail"}, "WAIT", "WAIT"),
    ("429 of somebody on the way", 429, b"<html>Too many</html>", "UNKNOWN", "WAIT"),
    ("feedback", 400, FEEDBACK, "UNKNOWN", "WAIT"),
    ("spam alone", 400, {"message": "Sorry", "spam": True, "status": "fail"}, "UNKNOWN", "WAIT"),
    ("sentry block", 400, {"error_type": "sentry_block", "message": "Sorry, there was a problem", "status": "fail"}, "UNKNOWN", "WAIT"),
    ("wait and spam", 400, {"message": "Please wait a few minutes", "spam": True, "status": "fail"}, "UNKNOWN", "WAIT"),
    ("a limit that speaks of a block", 400, {"error_type": "rate_limit_error", "message": "feedback_required", "status": "fail"}, "UNKNOWN", "WAIT"),
    ("suspended for spam", 400, {**SUSPENDED, "spam": True}, "UNKNOWN", "WAIT"),
    ("a no with a post", 400, {**POSTED, "message": "checkpoint_required", "status": "fail"}, "UNKNOWN", "WAIT"),
    ("aspect ratio", 400, {"message": "Uploaded image isn't in an allowed aspect ratio", "status": "fail"}, "FIX", "FIX"),
    ("unknown words", 400, {"message": "counter get error", "status": "fail"}, "UNKNOWN", "STOP"),
    ("no words", 400, {"status": "fail"}, "UNKNOWN", "STOP"),
    ("unknown 403", 403, {"message": "Sorry", "status": "fail"}, "UNKNOWN", "STOP"),
    ("a challenge in disguise", 404, b"Not Found", "UNKNOWN", "WAIT"),
    ("a no without its mark", 400, {"message": "login_required"}, "UNKNOWN", "WAIT"),
    ("time-out", 408, {"message": "login_required", "status": "fail"}, "UNKNOWN", "WAIT"),
    ("conflict", 409, {"message": "login_required", "status": "fail"}, "UNKNOWN", "WAIT"),
    ("configure error", 500, {"message": "Other media configure error: b'E3v4zLVnwi'", "status": "fail"}, "UNKNOWN", "WAIT"),
    ("server fault that speaks of login", 503, LOGGED_OUT, "UNKNOWN", "WAIT"),
    ("bad gateway", 502, b"<html>", "UNKNOWN", "WAIT"),
    ("elsewhere", 302, b"", "UNKNOWN", "STOP"),
    ("no answer", None, b"", "UNKNOWN", "WAIT"),
    ("deep", 400, b"[" * 100_000, "UNKNOWN", "WAIT"),
    ("no text", 400, b"\xff\xfe{", "UNKNOWN", "WAIT"),
    ("odd values", 400, {"message": ["login_required"], "error_type": {"a": 1}, "challenge": [], "status": "fail"}, "UNKNOWN", "STOP"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "published", "before"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_what_an_answer_means(
    status: int | None, body: Any, published: str, before: str, tmp_path: Path
) -> None:
    """After the one call whatever is no plain no of the door itself is unknown; before it, the step is tried again or stopped."""
    judge, raw = built(tmp_path).judge, body if isinstance(body, bytes) else json.dumps(body).encode()
    assert judge(Phase.PUBLISH, status, {}, raw).outcome == published
    found = judge(Phase.UPLOAD, status, {}, raw)
    assert found.outcome == before
    if found.outcome is not Outcome.SENT:
        assert found.officer.endswith(".")
        assert found.engineer
        assert "i.instagram.com" not in f"{found.officer} {found.engineer}"


@pytest.mark.parametrize("phase", [Phase.DELETE, Phase.CONTAINER, Phase.STATUS])
def test_what_is_never_asked_is_never_done(phase: Phase, tmp_path: Path) -> None:
    """No post is deleted or looked at by this way: whatever answers to that is no yes."""
    for body in (POSTED, UPLOADED, {"did_delete": True, "status": "ok"}, {"items": [], "status": "ok"}):
        assert built(tmp_path).judge(phase, 200, {}, json.dumps(body)).outcome is Outcome.WAIT


def test_a_wait_is_as_long_as_it_says(tmp_path: Path) -> None:
    """Retry-After counts; without it an hour, as nobody says how long a few minutes are."""
    judge, body = (
        built(tmp_path).judge,
        json.dumps({"message": "Please wait a few minutes", "status": "fail"}),
    )
    assert judge(Phase.PUBLISH, 429, {"Retry-After": "90"}, body).after == timedelta(seconds=90)
    assert judge(Phase.PUBLISH, 429, {}, body).after == timedelta(hours=1)


TRUNCATED = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"status": "ok"'


@pytest.mark.parametrize(
    "fault",
    [
        answer({"message": "x", "status": "fail"}, 408), answer({"status": "fail"}, 429), answer(b"<html>", 502), answer({}, 500),
        answer({"status": "ok"}), TRUNCATED, drop, answer(CHALLENGE, 400), answer(LOGGED_OUT, 403), answer({}, 307, location="/x"),
        answer({"message": "Please wait a few minutes", "status": "fail"}, 400), answer(b"Not Found", 404),
    ],
)  # fmt: skip
@pytest.mark.parametrize("names", [("one",), ("one", "two")], ids=["photo", "album"])
def test_no_answer_makes_the_library_send_again(fault: Any, names: tuple[str, ...], tmp_path: Path) -> None:
    """The library itself would: after a 408 and a broken answer in 60 s, up to three times after a 5xx, after a challenge (private.py)."""
    with Loopback(*[answer(UPLOADED)] * len(names), fault) as server:
        made = built(tmp_path, server.url, timeout=2.0)
        wanted, found = staged(made, *names)
        with pytest.raises(ChannelFailed):
            made.publish(wanted, found, NOW)
    assert len(server.requests) == len(names) + 1


def test_an_outage_mid_flight_is_unknown_and_found_by_its_link(platforms: Platforms, tmp_path: Path) -> None:
    """On the stand-in: posted, but the answer is lost; the look at our own feed finds exactly this post, closed to comments."""
    app = platforms.instagram_app
    made = built_for(platforms, tmp_path)
    made.publish(*prepared(made, "other"), NOW)
    app.fail_next("POST", "configure", Fault.commit_then_drop())
    wanted, found = prepared(made)
    with pytest.raises(ChannelFailed) as failed:
        made.publish(wanted, found, NOW)
    assert failed.value.judgement.outcome is Outcome.UNKNOWN
    receipt = made.find(wanted, found, NOW)
    (shown,) = [
        one for one in platforms.ledger.posts("instagram") if LINK in one.text and "other" not in one.text
    ]
    assert (shown.url, shown.replies, shown.media[0].alt) == (receipt.url, "closed", "A bin lorry")
    assert made.identify(NOW).account == app.user_id


def test_an_ended_session_is_told_as_such(platforms: Platforms, tmp_path: Path) -> None:
    """Signed out, or a person wanted: nothing is posted, and the officer knows what to do."""
    made = built_for(platforms, tmp_path)
    wanted, found = prepared(made)
    for spoil, outcome in (
        (platforms.instagram_app.wants_a_person, Outcome.STOP),
        (platforms.instagram_app.sign_out, Outcome.RECONNECT),
    ):
        spoil()
        with pytest.raises(ChannelFailed) as failed:
            made.publish(wanted, found, NOW)
        assert failed.value.judgement.outcome is outcome
    assert platforms.ledger.posts("instagram") == []


def test_an_album_is_on_the_wall(platforms: Platforms, tmp_path: Path) -> None:
    """Three real pictures, as one post with three alternative texts."""
    made = built_for(platforms, tmp_path)
    made.publish(*prepared(made, count=3), NOW)
    (shown,) = platforms.ledger.posts("instagram")
    assert [len(one.alt) > 0 for one in shown.media] == [True, True, True]
    assert platforms.ledger.content(shown.media[1].id) == ("image/jpeg", jpeg(401, 400))


def built_for(platforms: Platforms, folder: Path) -> Any:
    """The adapter on the stand-in, signed in there."""
    app = platforms.instagram_app
    shown = f"{platforms.wall.url}/instagram/{{code}}"
    return built(folder, app.url, app.saved, user_id=app.user_id, permalink=shown)


def prepared(made: Any, word: str = "", count: int = 1) -> tuple[Any, Any]:
    """A post with so many real pictures, and what is prepared of it."""
    files = {
        hashlib.sha256(content).hexdigest(): content for content in (jpeg(400 + n, 400) for n in range(count))
    }
    media = [
        Media(digest, "image/jpeg", 400, 400, len(content), "A bin lorry")
        for digest, content in files.items()
    ]
    wanted = post("instagram-app", *media, link=f"{LINK}{word}")
    found = None
    while found is None or not found.values["ready"]:
        found = made.stage(wanted, Supplies(files.__getitem__, lambda _media: None), found, NOW)
    return wanted, found


# --- one way -------------------------------------------------------------------------------------------------


def swept(folder: Path) -> dict[str, Any]:
    """What the public methods did, called as a program of its own whose keyboard is closed."""
    with Loopback(answer({**UPLOADED, **POSTED, "items": [], "user": {"pk": 7}})) as server:
        program = Path(__file__).parent / "instagrapi_support.py"
        words = (sys.executable, "-W", "ignore", str(program), server.url, str(folder))
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$0" "$@" <&-', *words],
            capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2_000:]
        routes = {re.sub("[0-9]{10,}", "N", route) for route in server.routes()}
        posted = [signed(one.body) for one in server.requests if one.route.startswith("POST /api")]
        return {
            **json.loads(done.stdout),
            "endpoint": server.url.removeprefix("http://"),
            "routes": routes,
            "posted": posted,
        }


@pytest.mark.long
def test_no_method_of_the_library_gets_round(tmp_path: Path) -> None:
    """With every plausible argument: only a plain post of our own picture, our own posts and our own name reach the wire; no
    other connection is tried, no name looked up, nobody asked at the keyboard, no file written; the sessions stay one.
    """
    found = swept(tmp_path)
    assert set(found["methods"]) >= {
        name for name in dir(instagrapi.Client) if not name.startswith("_") and callable(getattr(instagrapi.Client, name))
    }  # fmt: skip
    assert found["refused"] > 5_000
    assert (found["dialled"], found["asked"], found["files"], found["one"]) == (
        [found["endpoint"]],
        [],
        [],
        True,
    )
    assert found["routes"] == {
        "POST /rupload_igphoto/N_0_N", "POST /api/v1/media/configure/", "GET /api/v1/feed/user/N/", "GET /api/v1/accounts/current_user/",
    }  # fmt: skip
    assert found["posted"]
    for body in found["posted"]:
        assert (body["disable_comments"], body["usertags"], body["location"]) == ("1", '{"in": []}', "{}")


def test_no_session_of_the_library_can_be_put_back(tmp_path: Path) -> None:
    """Whatever is set or asked for: the guarded session is the only one, without another transport or a proxy."""
    client = built(tmp_path).client
    guarded = client.private
    client.private = client.public = client.graphql = object()
    client.set_retry_config(private_transport="curl", public_transport="curl", session_retry_total=9)
    client.set_proxy("http://proxy.example:8080")
    client.init()
    for found in (client.private, client.public, client.graphql, client.session):
        assert found is guarded
    assert not guarded.proxies
    for refused in (
        client.set_settings,
        client.load_settings,
        client.login,
        client.photo_upload,
        client.challenge_code_handler,
    ):
        with pytest.raises(EgressRefused):
            refused({})


GOOD = {
    "_uuid": "u", "caption": "Hello", "upload_id": "1796115600000", "usertags": '{"in": []}', "location": "{}", "source_type": "4",
    "disable_comments": "1", "custom_accessibility_caption": "A",
}  # fmt: skip
WRONG: list[dict[str, Any]] = [
    {"disable_comments": "0"}, {"disable_comments": 1}, {"disable_comments": None}, {"upload_id": "7"}, {"upload_id": ["1796115600000"]},
    {"caption": "Thanks, @jo"}, {"caption": "See https://x.com/jo/status/1"}, {"caption": ""}, {"caption": None}, {"caption": ["Hello"]}, {"usertags": '{"in":[{"user_id":"7"}]}'}, {"usertags": {"in": []}}, {"usertags": "["},
    {"location": '{"name":"Town"}'}, {"custom_accessibility_caption": ""}, {"invite_coauthor_user_ids": "[7]"}, {"share_to_facebook": 1},
    {"publish_mode": "scheduled"}, {"content_scheduling_metadata": "{}"}, {"source_type": "3"}, {"music_params": "{}"}, {"like": 1},
]  # fmt: skip


@pytest.mark.parametrize("change", WRONG, ids=json.dumps)
def test_a_post_that_says_more_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    """Field by field: open comments, people, places, other authors, other platforms, other moments, pictures that are not ours."""
    with Loopback(answer(UPLOADED), answer(POSTED)) as server:
        made = built(tmp_path, server.url)
        staged(made)
        with pytest.raises(EgressRefused):
            made.client.private_request(
                "media/configure/",
                {name: value for name, value in {**GOOD, **change}.items() if value is not None},
            )
        assert len(server.requests) == 1
        made.client.private_request("media/configure/", GOOD)
    assert server.routes()[1:] == ["POST /api/v1/media/configure/"]


FIRST = {"upload_id": "1796115600000", "source_type": "4", "custom_accessibility_caption": "A"}
SECOND = {**FIRST, "upload_id": "1796115600001"}
ALBUM: dict[str, Any] = {
    name: value for name, value in GOOD.items() if name not in {"usertags", "custom_accessibility_caption"}
}
ALBUM |= {"is_suggested_venue": False, "children_metadata": [FIRST, SECOND]}
WRONG_ALBUM: list[dict[str, Any]] = [
    {"disable_comments": "0"}, {"caption": "Thanks, @jo"}, {"location": '{"name":"Town"}'}, {"source_type": "3"}, {"is_suggested_venue": True},
    {"usertags": '{"in":[{"user_id":"7"}]}'}, {"invite_coauthor_user_ids": "[7]"}, {"children_metadata": None},
    {"children_metadata": "two"}, {"children_metadata": [FIRST]}, {"children_metadata": [FIRST, "7"]}, {"children_metadata": [FIRST, FIRST]},
    {"children_metadata": [FIRST, {**SECOND, "upload_id": "7"}]},
    {"children_metadata": [FIRST, {**SECOND, "usertags": '{"in":[{"user_id":"7"}]}'}]},
    {"children_metadata": [FIRST, {**SECOND, "custom_accessibility_caption": ""}]},
    {"children_metadata": [FIRST, {**SECOND, "source_type": "3"}]},
]  # fmt: skip


@pytest.mark.parametrize("change", WRONG_ALBUM, ids=json.dumps)
def test_an_album_that_says_more_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    """The same of several pictures, and of each by itself: ours, described, once, nobody tagged, and not one alone."""
    with Loopback(answer(UPLOADED), answer(UPLOADED), answer(POSTED)) as server:
        made = built(tmp_path, server.url)
        staged(made, "one", "two")
        with pytest.raises(EgressRefused):
            made.client.private_request(
                "media/configure_sidecar/",
                {name: value for name, value in {**ALBUM, **change}.items() if value is not None},
            )
        assert len(server.requests) == 2
        made.client.private_request("media/configure_sidecar/", ALBUM)
    assert server.routes()[2:] == ["POST /api/v1/media/configure_sidecar/"]


@pytest.mark.parametrize(
    "body",
    [
        "signed_body=SIGNATURE.{}&x=1", "signed_body=SIGNATURE.%5B%5D", "signed_body=%7B%7D", "signed_body=SIGNATURE.%7B", "",
        "signed_body=SIGNATURE." + quote_plus(json.dumps(GOOD)[:-1] + ', "disable_comments": "0"}'),
    ],
)  # fmt: skip
def test_a_body_that_can_be_read_in_two_ways_is_refused(body: str, tmp_path: Path) -> None:
    """A second field, a name that stands twice, no object, no signature: none leaves."""
    with Loopback(answer(UPLOADED)) as server:
        made = built(tmp_path, server.url)
        staged(made)
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        with pytest.raises(EgressRefused):
            made.client.private.post(f"{server.url}/api/v1/media/configure/", data=body, headers=headers)
    assert len(server.requests) == 1


def test_no_other_bytes_go_up(tmp_path: Path) -> None:
    """Only the picture that is being uploaded, under its own number, while it is."""
    with Loopback(answer(UPLOADED)) as server:
        made = built(tmp_path, server.url)
        staged(made)
        path = server.requests[0].path
        headers = {"Content-Type": "application/octet-stream"}
        for content in (b"one", b"another", b""):
            with pytest.raises(EgressRefused):
                made.client.private.post(server.url + path, data=content, headers=headers)
    assert len(server.requests) == 1


def test_nothing_else_goes_up_under_its_number(tmp_path: Path) -> None:
    """Even while a picture goes up: other bytes than those that were cleared are refused under its number."""
    refused: list[EgressRefused] = []

    def meanwhile(connection: Any) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        with pytest.raises(EgressRefused) as found:
            made.client.private.post(server.url + server.requests[0].path, data=b"another", headers=headers)
        refused.append(found.value)
        connection.sendall(answer(UPLOADED))

    with Loopback(meanwhile, answer(UPLOADED)) as server:
        made = built(tmp_path, server.url)
        staged(made)
    assert (len(refused), len(server.requests)) == (1, 1)


class Slow:
    """Replies that take their time, and count how many are asked for at once."""

    def __init__(self) -> None:
        self.now, self.most, self._lock = 0, 0, threading.Lock()

    def reply(self, body: object) -> Callable[[socket.socket], None]:
        def send(connection: socket.socket) -> None:
            with self._lock:
                self.now += 1
                self.most = max(self.most, self.now)
            time.sleep(0.03)
            with self._lock:
                self.now -= 1
            connection.sendall(answer(body))

        return send


def test_two_posts_at_once_keep_apart(tmp_path: Path) -> None:
    """The library keeps its headers and last answer for all: so one request at a time, each post with its own receipt and numbers."""
    slow = Slow()
    ups = [slow.reply(UPLOADED)] * 6
    goings = [slow.reply({"media": {**MEDIA, "pk": 10 + n}, "status": "ok"}) for n in range(6)]
    asked = slow.reply({"user": {"pk": int(ACCOUNT_ID)}, "status": "ok"})
    with Loopback(*ups, *goings, asked) as server:
        made = built(tmp_path, server.url)
        _ = made.client
        with ThreadPoolExecutor(6) as pool:
            ready = list(pool.map(lambda name: staged(made, name), map(str, range(6))))
            receipts = list(pool.map(lambda one: made.publish(*one, NOW), ready))
            assert {found.account for found in pool.map(made.identify, [NOW] * 4)} == {ACCOUNT_ID}
    uploads = {next(iter(found.values["pictures"].values())) for _, found in ready}
    assert (len(uploads), slow.most) == (6, 1)
    assert sorted(receipt.remote_id for receipt in receipts) == [str(10 + n) for n in range(6)]


# --- what it needs -------------------------------------------------------------------------------------------


def test_without_the_extra_the_way_out_is_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is an extra: whoever switches the channel on without it is told what to type."""
    monkeypatch.setitem(sys.modules, "instagrapi", None)
    made = built(tmp_path)
    with pytest.raises(ConfigError, match=re.escape("pip install 'council-publisher[instagrapi]'")) as wrong:
        _ = made.client
    assert "pip install" in wrong.value.detail  # which is what the daemon's list of what is missing shows


ODD = session("1%3Asecret123").replace('"cookies": {}', "{}")
"""A saved session into which a hand wrote something."""


@pytest.mark.parametrize(
    ("saved", "why"),
    [
        ("sessionid=secret123", "not what instagrapi"), ("[]", "not what instagrapi"), ('{"cookies": {"sessionid": "secret123"}}', "not what"),
        ('{"uuids": {}, "authorization_data": {}}', "not signed in"), (session("secret123", "777"), "another account"),
        ('{"uuids": {}, "authorization_data": {"sessionid": ["secret123"]}}', "not signed in"), ("[" * 100_000, "not what"),
        (ODD.replace("{}", '"locale": 5'), "cannot begin"), (ODD.replace("{}", '"device_settings": "secret123"'), "cannot begin"),
        (ODD.replace("{}", '"timezone_offset": "secret123"'), "cannot begin"),
    ],
)  # fmt: skip
def test_a_session_that_is_none_is_told_without_showing_it(saved: str, why: str, tmp_path: Path) -> None:
    """Wrong, of somebody else, or signed out: one line that names the setting, and nothing of the secret."""
    with pytest.raises(ConfigError, match=why) as wrong:
        _ = built(tmp_path, saved=saved).client
    assert "channels.instagram-app.session" in str(wrong.value)
    assert "secret123" not in str(wrong.value)
    shown = "".join(traceback.format_exception(wrong.value))
    assert "secret123" not in shown.replace(saved, "")


def test_a_session_from_a_browser_is_taken(tmp_path: Path) -> None:
    """By its cookies, as the library does it; no cookie itself is sent, nor what the saved session says of transports and checks."""
    saved = {
        "uuids": {"uuid": "4c1f"}, "cookies": {"sessionid": SESSIONID, "ds_user_id": ACCOUNT_ID, "csrftoken": "x"}, "tls_verify": False,
        "private_transport": "curl", "request_timeout": 60, "session_retry_total": 9,
    }  # fmt: skip
    with Loopback(
        answer({"user": {"pk": 7, "username": "council"}, "status": "ok"}, set_cookie="a=b")
    ) as server:
        made = built(tmp_path, server.url, json.dumps(saved))
        made.identify(NOW)
        made.identify(NOW)
    assert [request.headers["x-ig-device-id"] for request in server.requests] == ["4c1f", "4c1f"]
    assert [name for request in server.requests for name in request.headers if name == "cookie"] == []
    assert made.client.private_transport == "requests"


def test_nothing_of_the_session_is_ever_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The library logs whole answers and the account's name: here it says nothing at all, whatever the level."""
    caplog.set_level("DEBUG")
    with Loopback(answer(UPLOADED), answer(FEEDBACK, 400)) as server:
        made = built(tmp_path, server.url)
        wanted, found = staged(made)
        with pytest.raises(ChannelFailed):
            made.publish(wanted, found, NOW)
    assert [
        record for record in caplog.records if record.name.startswith(("instagrapi", "private", "public"))
    ] == []
    assert SESSIONID not in caplog.text


@pytest.mark.parametrize("other", ["Bearer IGT:2:e30=", "", None])
def test_nobody_elses_session_is_used(other: str | None, tmp_path: Path) -> None:
    """Every request is signed by the saved session; a call that is right but for that does not leave."""
    with Loopback(answer({"user": {"pk": 7}, "status": "ok"})) as server:
        client = built(tmp_path, server.url).client
        path = f"{server.url}/api/v1/accounts/current_user/?edit=true"
        client.private.get(path)
        with pytest.raises(EgressRefused):
            client.private.get(path, headers={"Authorization": other})
    assert len(server.requests) == 1


# --- the stand-in ----------------------------------------------------------------------------------------------


def spoken(platforms: Platforms, web: requests.Session, path: str, fields: dict[str, Any] | bytes, signed_by: str = "") -> requests.Response:  # fmt: skip
    """One call to the stand-in, by plain HTTP."""
    app = platforms.instagram_app
    known = (
        signed_by
        or base64.b64encode(json.dumps(json.loads(app.saved)["authorization_data"]).encode()).decode()
    )
    headers = {"Authorization": f"Bearer IGT:2:{known}"}
    if isinstance(fields, bytes):
        kind = {"Content-Type": "application/octet-stream"}
        return web.post(f"{app.url}{path}", data=fields, headers=headers | kind)
    return web.post(
        f"{app.url}{path}", data={"signed_body": f"SIGNATURE.{json.dumps(fields)}"}, headers=headers
    )


UP, ONE = "/rupload_igphoto/1796115600000_0_1234567890", "/api/v1/media/configure/"
PLAIN = {**GOOD, "device_id": "d", "timezone_offset": "0"}


@pytest.mark.parametrize(
    "change",
    [
        {"usertags": '{"in": [7]}'}, {"usertags": 7}, {"usertags": None}, {"location": '{"name": "Town"}'}, {"location": []},
        {"caption": "x" * 2_201}, {"caption": "#a #b #c #d #e #f"}, {"caption": 7}, {"upload_id": "7"}, {"upload_id": {}}, {"share_to_facebook": "1"},
        {"publish_mode": "scheduled"}, {"invite_coauthor_user_ids": "[7]"}, {"custom_accessibility_caption": 7},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_the_stand_in_is_strict(change: dict[str, Any], platforms: Platforms, web: requests.Session) -> None:
    """Whoever is tagged, wherever it is, whatever else it reaches: a no in Instagram's own words, nothing on the wall, no fault of its own."""
    assert spoken(platforms, web, UP, jpeg(400, 400)).json() == {
        "upload_id": "1796115600000",
        "xsharing_nonces": {},
        "status": "ok",
    }
    said = spoken(platforms, web, ONE, {**PLAIN, **change})
    if change == {"custom_accessibility_caption": 7}:  # taken as none
        assert [one.alt for one in platforms.ledger.posts("instagram")[0].media] == [""]
        return
    assert (said.status_code, said.json()["status"]) == (400, "fail")
    assert platforms.ledger.posts("instagram") == []
    assert spoken(platforms, web, ONE, PLAIN).json()["status"] == "ok"
    assert spoken(platforms, web, ONE, PLAIN).json()["message"] == "media_needs_reupload"


def test_the_stand_in_knows_its_own(platforms: Platforms, web: requests.Session) -> None:
    """Another session, none, other pictures, other calls: each is refused as the app would hear it."""
    assert spoken(platforms, web, UP, jpeg(400, 400), "e30=").json()["message"] == "login_required"
    assert spoken(platforms, web, UP, jpeg(400, 400), "nonsense").status_code == 403
    assert "aspect ratio" in spoken(platforms, web, UP, jpeg(900, 300)).json()["message"]
    assert "right format" in spoken(platforms, web, UP, b"GIF89a").json()["message"]
    assert spoken(platforms, web, "/api/v1/media/1/like/", {}).status_code == 404
    assert platforms.ledger.posts("instagram") == []
