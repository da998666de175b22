"""Pictures on X: the exact bytes of an upload in pieces, one picture a step, and only uploads of our own are touched."""

import base64
import hashlib
import io
import json
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from channels_support import NOW, Loopback, Received, answer, load, picture, post, supplies
from PIL import Image
from support import sampled
from test_twitter import API, DESCRIBED, POSTED, UPLOADED, real, twitter

from publisher.channels import Supplies
from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import Media, Outcome, Staged
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.platforms import Platforms

pytest_plugins = ["channels_fixtures", "rehearsal_fixtures"]
__all__ = ["real", "twitter"]

MEGABYTE = 1024 * 1024
BEGUN = {"data": {"id": "7001", "media_key": "3_7001", "expires_after_secs": 86_400}}
PIECE = {"data": {"expires_at": 1_796_200_000}}
WORKING = {"data": {"id": "7001", "processing_info": {"state": "pending", "check_after_secs": 5}}}
STILL = {
    "data": {
        "id": "7001",
        "processing_info": {"state": "in_progress", "check_after_secs": 3, "progress_percent": 9},
    }
}
DONE = {"data": {"id": "7001", "processing_info": {"state": "succeeded", "progress_percent": 100}}}
SPOILT = {
    "data": {
        "id": "7001",
        "processing_info": {"state": "failed", "error": {"code": 1, "name": "InvalidMedia"}},
    }
}


def large(size: int, alt: str = "A bin lorry") -> tuple[Media, Supplies]:
    """A picture of so many bytes, and what gives them."""
    content = random.Random(size).randbytes(size)
    media = Media(hashlib.sha256(content).hexdigest(), "image/jpeg", 1200, 630, size, alt)
    return media, Supplies({media.digest: content}.__getitem__, lambda _: None)


def bodies(requests: list[Received]) -> list[Any]:
    return [json.loads(request.body) for request in requests if request.method == "POST"]


@responses.activate
def test_the_exact_bytes_of_an_upload_in_pieces(twitter: Any) -> None:
    """Beginning, pieces from 0 in their order, end with a JSON object, alt text; each names what is declared and no more."""
    for route, told in (
        ("/2/media/upload/initialize", BEGUN),
        ("/2/media/upload/7001/append", PIECE),
        ("/2/media/upload/7001/finalize", UPLOADED),
        ("/2/media/metadata", DESCRIBED),
    ):
        responses.post(API + route, json=told)
    media, given = large(2 * MEGABYTE + 10)
    content = given.read(media.digest)
    staged = twitter.stage(post("twitter", media), given, None, NOW)
    upload = {"id": "7001", "alt": "A bin lorry", "until": (NOW + timedelta(hours=21.6)).isoformat()}
    assert staged.values == {"ready": True, "media": {media.digest: upload}}
    assert [str(call.request.url).removeprefix(API) for call in responses.calls] == [
        "/2/media/upload/initialize", *["/2/media/upload/7001/append"] * 3, "/2/media/upload/7001/finalize", "/2/media/metadata",
    ]  # fmt: skip
    sent = [json.loads(call.request.body or "") for call in responses.calls]
    assert sent[0] == {
        "media_type": "image/jpeg",
        "total_bytes": len(content),
        "media_category": "tweet_image",
    }
    pieces = [content[:MEGABYTE], content[MEGABYTE : 2 * MEGABYTE], content[2 * MEGABYTE :]]
    assert sent[1:4] == [
        {"media": base64.b64encode(piece).decode(), "segment_index": index} for index, piece in enumerate(pieces)
    ]  # fmt: skip
    assert sent[4:] == [{}, {"id": "7001", "metadata": {"alt_text": {"text": "A bin lorry"}}}]
    assert {call.request.headers["Content-Type"] for call in responses.calls} == {"application/json"}


@pytest.mark.parametrize(
    ("timeout", "size", "requests"),
    [(20, MEGABYTE, 1), (20, MEGABYTE + 1, 4), (4, 375_000, 1), (4, 375_001, 4), (120, MEGABYTE + 1, 4)],
)
def test_a_request_fits_a_slow_line(
    timeout: float, size: int, requests: int, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """What 1 Mbit/s would not carry within the channel's time-out goes in pieces, and so does whatever is over 1 MB."""
    media, given = large(size, alt="")
    with Loopback(answer({"data": BEGUN["data"] | PIECE["data"]})) as server:
        staged = load("twitter", tmp_path, server.url, timeout=timeout).stage(
            post("twitter", media), given, None, NOW
        )
    assert (staged.values["ready"], len(server.requests)) == (True, requests)


def test_one_picture_is_one_step(tmp_path: Path, tokens: dict[str, str]) -> None:
    """What is uploaded is handed back to be stored before the next: a failure then loses none, and none goes up twice."""
    pictures = [picture(name, alt=name) for name in ("one", "two", "three")]
    given = supplies("one", "two", "three")
    uploads = [answer({"data": {"id": str(7001 + n)}}) for n in range(4)]
    with Loopback(
        uploads[0], answer(DESCRIBED), answer({}, 503), uploads[1], answer(DESCRIBED), uploads[2], answer(DESCRIBED)
    ) as server:  # fmt: skip
        made = load("twitter", tmp_path, server.url)
        first = made.stage(post("twitter", *pictures), given, None, NOW)
        assert (first.values["ready"], first.values["poll"], len(first.values["media"])) == (False, 0, 1)
        with pytest.raises(ChannelFailed):
            made.stage(post("twitter", *pictures), given, first, NOW)
        staged = first
        while not staged.values["ready"]:
            stored = Staged(json.loads(json.dumps(staged.values)), staged.expires_at)
            staged = load("twitter", tmp_path, server.url).stage(
                post("twitter", *pictures), given, stored, NOW
            )
    sent = [body["media"] for body in bodies(server.requests) if "media" in body]
    assert [base64.b64decode(one) for one in sent] == [b"one", b"two", b"two", b"three"]
    assert [entry["id"] for entry in staged.values["media"].values()] == ["7001", "7002", "7003"]


def test_alt_text_comes_right_after_its_picture(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Each picture is described by its own words, before the next one goes up; one without words is not described."""
    pictures = [picture("one", alt="Bins"), picture("two", alt="")]
    with Loopback(answer(UPLOADED), answer(DESCRIBED), answer({"data": {"id": "7002"}})) as server:
        made, staged = load("twitter", tmp_path, server.url), None
        while staged is None or not staged.values["ready"]:
            staged = made.stage(post("twitter", *pictures), supplies("one", "two"), staged, NOW)
    assert server.routes() == ["POST /2/media/upload", "POST /2/media/metadata", "POST /2/media/upload"]


# --- what X still works on -------------------------------------------------------------------------------------


@responses.activate
def test_a_picture_that_x_works_on_is_asked_about(twitter: Any) -> None:
    """Only where processing_info came, no sooner than X says, and it is described once X has it."""
    responses.post(f"{API}/2/media/upload", json=WORKING)
    responses.get(f"{API}/2/media/upload", json=STILL)
    responses.get(f"{API}/2/media/upload", json=DONE)
    responses.post(f"{API}/2/media/metadata", json=DESCRIBED)
    one, staged = post("twitter", picture()), None
    seen = []
    while staged is None or not staged.values["ready"]:
        staged = twitter.stage(one, supplies(), staged, NOW)
        seen.append((staged.values["ready"], staged.values.get("poll"), len(responses.calls)))
    assert seen == [(False, 5, 1), (False, 3, 2), (True, None, 4)]
    assert str(responses.calls[1].request.url) == f"{API}/2/media/upload?command=STATUS&media_id=7001"
    assert set(staged.values["media"][one.media[0].digest]) == {"id", "alt", "until"}


def test_a_picture_that_x_cannot_use_is_for_the_officer(tmp_path: Path, tokens: dict[str, str]) -> None:
    """A failure of processing comes with HTTP 200; it is no yes, and the post does not go."""
    with Loopback(answer(WORKING), answer(SPOILT)) as server:
        made = load("twitter", tmp_path, server.url)
        staged = made.stage(post("twitter", picture()), supplies(), None, NOW)
        for work in (made.stage, lambda one, _given, staged, now: made.publish(one, staged, now)):
            with pytest.raises(ChannelFailed) as failed:
                work(post("twitter", picture()), supplies(), staged, NOW)
            assert failed.value.judgement.outcome is (Outcome.FIX if work == made.stage else Outcome.WAIT)
    assert server.routes() == ["POST /2/media/upload", "GET /2/media/upload"]


def test_work_that_does_not_end_is_told(tmp_path: Path, tokens: dict[str, str]) -> None:
    """A picture is not waited for without end."""
    with Loopback(answer(WORKING), answer(STILL)) as server:
        made = load("twitter", tmp_path, server.url)
        staged = made.stage(post("twitter", picture()), supplies(), None, NOW)
        staged = made.stage(post("twitter", picture()), supplies(), staged, NOW + timedelta(minutes=10))
        with pytest.raises(ChannelFailed) as failed:
            made.stage(post("twitter", picture()), supplies(), staged, NOW + timedelta(minutes=11))
    assert failed.value.judgement.outcome is Outcome.FIX


@pytest.mark.parametrize(("told", "pause"), [(None, 1), ("soon", 1), (0, 1), (-5, 1), (True, 1), (10**9, 60)])
def test_an_odd_pause_is_no_pause_for_ever(
    told: object, pause: int, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Whatever X says of when to look again, it is looked at again soon, and not without end in a moment."""
    odd = {"data": {"id": "7001", "processing_info": {"state": "pending", "check_after_secs": told}}}
    with Loopback(answer(odd)) as server:
        staged = load("twitter", tmp_path, server.url).stage(
            post("twitter", picture()), supplies(), None, NOW
        )
    assert staged.values["poll"] == pause


# --- only our own, and only pictures ---------------------------------------------------------------------------

ONE = base64.b64encode(b"x").decode()
FOREIGN: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/2/media/upload/7009/append", {"json": {"media": ONE, "segment_index": 0}}),
    ("POST", "/2/media/upload/7009/finalize", {"json": {}}),
    ("GET", "/2/media/upload", {"params": {"command": "STATUS", "media_id": "7009"}}),
    ("POST", "/2/media/metadata", {"json": {"id": "7009", "metadata": {"alt_text": {"text": "x"}}}}),
    ("POST", "/2/tweets", {"json": {"text": "x", "reply_settings": "mentionedUsers", "media": {"media_ids": ["7009"]}}}),
]  # fmt: skip
BEGIN = {"media_type": "image/jpeg", "total_bytes": 10, "media_category": "tweet_image"}
BENT: list[tuple[str, str, dict[str, Any]]] = [
    *(("POST", "/2/media/upload/initialize", {"json": BEGIN | change}) for change in (
        {"media_category": "dm_image"}, {"media_category": "tweet_video"}, {"media_type": "video/mp4"}, {"media_type": "image/gif"},
        {"total_bytes": 0}, {"total_bytes": 5 * MEGABYTE + 1}, {"total_bytes": True}, {"total_bytes": "10"}, {"shared": True},
        {"additional_owners": ["1"]},
    )),
    *(("POST", "/2/media/upload/7001/append", {"json": {"media": ONE, "segment_index": 0} | change}) for change in (
        {"segment_index": -1}, {"segment_index": 1000}, {"segment_index": "0"}, {"segment_index": True}, {"segment_index": None},
        {"media": "?"}, {"media": ""}, {"media": 7}, {"media": ONE * 400_000}, {"command": "APPEND"},
    )),
    ("POST", "/2/media/upload/7001/finalize", {"json": {"media": ONE}}),
    ("POST", "/2/media/upload/7001/finalize", {"json": {}, "params": {"a": "1"}}),
    ("POST", "/2/media/upload", {"json": {"media": ONE, "media_category": "dm_image"}}),
    ("POST", "/2/media/upload", {"json": {"media": "no base64!", "media_category": "tweet_image"}}),
    ("POST", "/2/media/upload", {"json": {"media": ONE * 400_000, "media_category": "tweet_image"}}),
    ("GET", "/2/media/upload", {"params": {"command": "INIT", "media_id": "7001"}}),
    ("POST", "/2/media/metadata", {"json": {"id": "7001", "metadata": {"alt_text": {"text": "x"}, "allow_download_status": {}}}}),
    ("POST", "/2/media/subtitles", {"json": {"id": "7001"}}),
]  # fmt: skip


@pytest.mark.parametrize("index", range(len(FOREIGN) + len(BENT)))
def test_nothing_but_our_own_pictures_is_touched(index: int, tmp_path: Path, tokens: dict[str, str]) -> None:
    """Another's upload, another kind of media, odd numbers, more fields: refused before a socket opens."""
    method, route, given = [*FOREIGN, *BENT][index]
    with Loopback(answer(UPLOADED), answer(DESCRIBED)) as server:
        made = load("twitter", tmp_path, server.url)
        made.stage(post("twitter", picture()), supplies(), None, NOW)
        with pytest.raises(EgressRefused):
            made.client.request(method, route, user_auth=True, **given)
    assert len(server.requests) == 2


def test_an_earlier_processs_uploads_are_ours(tmp_path: Path, tokens: dict[str, str]) -> None:
    """What was stored before a restart goes with the post after it."""
    with Loopback(answer(UPLOADED), answer(DESCRIBED), answer(POSTED, 201)) as server:
        staged = load("twitter", tmp_path, server.url).stage(
            post("twitter", picture()), supplies(), None, NOW
        )
        load("twitter", tmp_path, server.url).publish(post("twitter", picture()), staged, NOW)
    assert bodies(server.requests)[-1]["media"] == {"media_ids": ["7001"]}


# --- on a rehearsal platform ---------------------------------------------------------------------------------


def noise() -> tuple[Media, Supplies]:
    """A real JPEG that is over 1 MB."""
    image, buffer = (
        Image.frombytes("RGB", (1200, 900), random.Random(7).randbytes(1200 * 900 * 3)),
        io.BytesIO(),
    )
    image.save(buffer, "JPEG", quality=92)
    media, _ = large(10)
    content = buffer.getvalue()
    assert len(content) > MEGABYTE
    media = replace(media, digest=hashlib.sha256(content).hexdigest())
    return media, Supplies({media.digest: content}.__getitem__, lambda _: None)


def test_a_large_picture_arrives_whole(real: Any, platforms: Platforms) -> None:
    """In pieces, on a server that puts them together as X does: the same bytes, with the alt text."""
    media, given = noise()
    whole = post("twitter", media)
    real.publish(whole, real.stage(whole, given, None, NOW), NOW)
    (shown,) = platforms.ledger.posts("x")
    assert platforms.ledger.content(shown.media[0].id) == ("image/jpeg", given.read(media.digest))
    assert shown.media[0].alt == "A bin lorry"


@pytest.mark.parametrize("fault", sampled([Fault.commit_then_drop(), Fault.drop_before(), Fault.html_502(), Fault.refuse(429, {"title": "Too Many Requests"})], most=1))  # fmt: skip
@pytest.mark.parametrize("route", ["initialize$", "append$", "finalize$", "metadata$"])
def test_a_broken_upload_begins_anew(fault: Fault, route: str, real: Any, platforms: Platforms) -> None:
    """Wherever it breaks: the step waits, nothing half done goes with a post, and the next try comes through."""
    media, given = noise()
    platforms.x.fail_next("POST", route, fault)
    with pytest.raises(ChannelFailed) as failed:
        real.stage(post("twitter", media), given, None, NOW)
    assert failed.value.judgement.outcome is Outcome.WAIT
    real.publish(post("twitter", media), real.stage(post("twitter", media), given, None, NOW), NOW)
    (shown,) = platforms.ledger.posts("x")
    assert platforms.ledger.content(shown.media[0].id) == ("image/jpeg", given.read(media.digest))


@pytest.mark.parametrize("looks", [0, 2])
def test_a_slow_x_is_waited_for(looks: int, real: Any, platforms: Platforms) -> None:
    """A rehearsal X that works on pictures: the post goes once it is done, with its alt text."""
    media, given = noise()
    platforms.x.media.looks = looks
    staged, steps = None, 0
    while staged is None or not staged.values["ready"]:
        staged, steps = real.stage(post("twitter", media), given, staged, NOW), steps + 1
    real.publish(post("twitter", media), staged, NOW)
    assert (steps, platforms.ledger.posts("x")[0].media[0].alt) == (looks + 1 + bool(looks), "A bin lorry")


def test_a_picture_that_x_spoils_does_not_go(real: Any, platforms: Platforms) -> None:
    """HTTP 200 with `failed`: for the officer, and nothing is posted."""
    media, given = noise()
    platforms.x.media.spoils = True
    staged = real.stage(post("twitter", media), given, None, NOW)
    with pytest.raises(ChannelFailed) as failed:
        real.stage(post("twitter", media), given, staged, NOW)
    assert (failed.value.judgement.outcome, platforms.ledger.posts("x")) == (Outcome.FIX, [])
