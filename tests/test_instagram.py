"""Instagram: the exact bytes of each call, containers step by step, comments off, lost posts found."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from channels_support import LINK, NOW, USER_ID, Loopback, answer, load, picture, post, supplies
from rehearsal_support import picture as real_picture
from rehearsal_support import put

from publisher.channels import Supplies, Withdrawal
from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import Media, Outcome, Receipt, Staged
from publisher.rehearsal.faults import Fault
from publisher.rehearsal.platforms import Platforms

pytest_plugins = ["channels_fixtures", "rehearsal_fixtures"]

GRAPH = "https://graph.facebook.com"
USER = f"{GRAPH}/v26.0/{USER_ID}"
SHOWN = f"https://www.example.gov.uk/media/{picture().digest[:8]}.jpg"
ADDRESS = "https://www.instagram.com/p/Cx/"
OPENED: dict[str, Any] = {
    "children": [],
    "container": None,
    "waiting": [],
    "ready": False,
    "poll": 0,
    "made": 0,
}
WAITING = {
    "children": ["7001"], "container": "7001", "waiting": ["7001"], "ready": False, "poll": 60.0, "made": 1,
    "began": NOW.isoformat(),
}  # fmt: skip
EXPIRES = NOW + timedelta(hours=23)
LEFT = answer({"data": [{"config": {"quota_total": 50, "quota_duration": 86400}, "quota_usage": 2}]})


@pytest.fixture
def instagram(tmp_path: Path, tokens: dict[str, str]) -> Any:
    return load("instagram", tmp_path, GRAPH)


class Lending:
    """The core's side: what is lent now, and what ever was."""

    def __init__(self, *names: str, site: str = "https://www.example.gov.uk") -> None:
        self._held = supplies(*names, site=site)
        self.now: set[str] = set()
        self.ever: list[str] = []

    @property
    def supplies(self) -> Supplies:
        return Supplies(self._held.read, self._lend, lambda media: self.now.discard(media.digest))

    def _lend(self, media: Media) -> str | None:
        self.now.add(media.digest)
        self.ever.append(media.digest)
        return self._held.lend(media)


def staged(**changes: object) -> Staged:
    return Staged({**WAITING, **changes}, EXPIRES)


def form(sent: Mapping[str, str]) -> list[Any]:
    return [responses.matchers.urlencoded_params_matcher(dict(sent))]


def query(sent: Mapping[str, str]) -> list[Any]:
    return [responses.matchers.query_param_matcher(dict(sent))]


def failure(ask: Any) -> Any:
    with pytest.raises(ChannelFailed) as failed:
        ask()
    return failed.value.judgement


@responses.activate
def test_the_exact_bytes_of_a_container(instagram: Any) -> None:
    """The day's quota first; one picture: its public address, caption and alt text; then its state, once a call."""
    quota = {"data": [{"config": {"quota_total": 50, "quota_duration": 86400}, "quota_usage": 49}]}
    responses.get(
        f"{USER}/content_publishing_limit", json=quota, match=query({"fields": "config,quota_usage"})
    )
    sent = {"image_url": SHOWN, "alt_text": "A bin lorry", "caption": post("instagram").text}
    responses.post(f"{USER}/media", json={"id": "7001"}, match=form(sent))
    for state in ("IN_PROGRESS", "FINISHED"):
        told = {"status_code": state, "status": state.title(), "id": "7001"}
        responses.get(f"{GRAPH}/v26.0/7001", json=told, match=query({"fields": "status_code,status"}))
    whole, lending, moments = post("instagram", picture()), Lending(), [0, 0, 5, 65]
    found: Staged | None = None
    steps = []
    for seconds in moments:
        found = instagram.stage(whole, lending.supplies, found, NOW + timedelta(seconds=seconds))
        steps.append((found, len(responses.calls), bool(lending.now)))
    assert steps == [
        (Staged(OPENED, EXPIRES), 1, False),
        (staged(poll=5.0), 2, True),
        (staged(), 3, True),
        (staged(ready=True), 4, False),
    ]


@responses.activate
def test_the_exact_bytes_of_publishing(instagram: Any) -> None:
    """Publish, then comments off at once, then the address."""
    responses.post(f"{USER}/media_publish", json={"id": "9001"}, match=form({"creation_id": "7001"}))
    responses.post(f"{GRAPH}/v26.0/9001", json={"success": True}, match=form({"comment_enabled": "false"}))
    responses.get(
        f"{GRAPH}/v26.0/9001", json={"permalink": ADDRESS, "id": "9001"}, match=query({"fields": "permalink"})
    )
    assert instagram.publish(post("instagram", picture()), staged(ready=True), NOW) == Receipt(
        "9001", ADDRESS
    )
    assert [call.request.method for call in responses.calls] == ["POST", "POST", "GET"]


@responses.activate
def test_the_exact_bytes_of_several_pictures(instagram: Any) -> None:
    """Each picture has a container of its own, a call each; the whole is made once all are finished, and asked about alone."""
    responses.get(f"{USER}/content_publishing_limit", json={"data": []})
    for name, number in (("one", "7001"), ("two", "7002")):
        address = f"https://www.example.gov.uk/media/{picture(name).digest[:8]}.jpg"
        sent = {"image_url": address, "alt_text": "A bin lorry", "is_carousel_item": "true"}
        responses.post(f"{USER}/media", json={"id": number}, match=form(sent))
    for number, state in (
        ("7001", "FINISHED"),
        ("7002", "IN_PROGRESS"),
        ("7002", "FINISHED"),
        ("7003", "FINISHED"),
    ):
        responses.get(f"{GRAPH}/v26.0/{number}", json={"status_code": state, "id": number})
    parent = {"media_type": "CAROUSEL", "children": "7001,7002", "caption": post("instagram").text}
    responses.post(f"{USER}/media", json={"id": "7003"}, match=form(parent))
    both, lending = post("instagram", picture("one"), picture("two")), Lending("one", "two")
    found, steps = None, []
    while found is None or not found.values["ready"]:
        found = instagram.stage(both, lending.supplies, found, NOW)
        kept = found.values
        steps.append(
            (
                kept["children"],
                kept["container"],
                kept["waiting"],
                kept["poll"],
                kept["made"],
                len(lending.now),
            )
        )
    both_made = ["7001", "7002"]
    assert steps == [
        ([], None, [], 0, 0, 0),
        (["7001"], None, [], 0, 1, 1),
        (both_made, None, both_made, 5.0, 2, 2),
        (both_made, None, ["7002"], 60.0, 2, 2),
        (both_made, "7003", ["7003"], 5.0, 3, 0),
        (both_made, "7003", ["7003"], 5.0, 3, 0),
    ]


def test_a_carousel_begun_by_an_earlier_process_goes_on(tmp_path: Path, tokens: dict[str, str]) -> None:
    """What was prepared before a restart is ours, also the pictures that need not be asked about any more."""
    half = {"children": ["7001", "7002"], "container": None, "waiting": ["7002"], "made": 2}
    begun = Staged({**WAITING, **half}, EXPIRES)
    with Loopback(answer({"id": "7002", "status_code": "FINISHED"}), answer({"id": "7003"})) as server:
        instagram = load("instagram", tmp_path, server.url)
        found = instagram.stage(
            post("instagram", picture(), picture("two")), supplies("one", "two"), begun, NOW
        )
    assert (found.values["container"], server.requests[1].form["children"]) == ("7003", "7001,7002")


@responses.activate
def test_the_exact_bytes_of_looking_for_a_lost_post(instagram: Any) -> None:
    """Our own newest posts, matched by the link in the caption; comments are switched off on what is found."""
    told = {
        "data": [
            {"id": "8", "caption": f"{LINK}x"},
            {"id": "9"},
            {"id": "9001", "caption": f"Bins {LINK}", "permalink": ADDRESS},
        ]
    }
    wanted = {"fields": "id,caption,permalink", "limit": "25"}
    responses.get(f"{USER}/media", json=told, match=query(wanted))
    responses.post(f"{GRAPH}/v26.0/9001", json={"success": True}, match=form({"comment_enabled": "false"}))
    assert instagram.find(post("instagram"), staged(), NOW) == Receipt("9001", ADDRESS)


@pytest.mark.parametrize("state", ["PUBLISHED", "FINISHED", "EXPIRED"])
def test_a_published_container_is_proof(state: str, tmp_path: Path, tokens: dict[str, str]) -> None:
    """Where the post is not in the list, its container still tells whether it was published, though not which it is."""
    with Loopback(answer({"data": []}), answer({"status_code": state, "id": "7001"})) as server:
        found = load("instagram", tmp_path, server.url).find(post("instagram"), staged(ready=True), NOW)
    if state == "PUBLISHED":
        assert (found.url, "published, but not where" in found.note, "7001" in found.note) == (
            "",
            True,
            False,
        )
    else:
        assert found is None


def test_nothing_prepared_nothing_found(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Without a container there is nothing more to ask than the list."""
    with Loopback(answer({"data": [None, {"id": "8", "caption": None}]})) as server:
        assert load("instagram", tmp_path, server.url).find(post("instagram"), None, NOW) is None
    assert len(server.requests) == 1


NO = answer({"error": {"code": 100, "error_subcode": 33, "message": "no"}}, 400)


@pytest.mark.parametrize(
    ("replies", "url", "words"),
    [
        ([NO, NO, NO, answer({"permalink": ADDRESS, "id": "9001"})], ADDRESS, ["comments are open", "Turn off commenting"]),
        ([answer({"success": False})] * 3 + [answer({"permalink": ADDRESS, "id": "9001"})], ADDRESS, ["comments are open"]),
        ([NO, NO, answer({"success": True}), answer({"permalink": ADDRESS, "id": "9001"})], ADDRESS, []),
        ([answer({"success": True}), NO], "", ["did not tell its address"]),
        ([answer({"success": True}), answer({"id": "9001"})], "", ["did not tell its address"]),
        ([answer(b"", 502), NO], "", ["comments are open", "did not tell its address"]),
    ],
)  # fmt: skip
def test_a_failure_after_publishing_is_a_note(
    replies: list[bytes], url: str, words: list[str], tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Once it is published the receipt stands; what went wrong after, for a few tries, is told to the officer."""
    with Loopback(answer({"id": "9001"}), *replies) as server:
        receipt = load("instagram", tmp_path, server.url).publish(post("instagram", picture()), staged(), NOW)
    assert (receipt.remote_id, receipt.url) == ("9001", url)
    assert [word for word in words if word not in receipt.note] == []
    assert bool(receipt.note) == bool(words)
    assert not re.search(r"HTTP|code|object|read:|delete:", receipt.note)


def test_without_a_website_there_is_no_picture(instagram: Any) -> None:
    """Instagram fetches pictures itself, so an item without the website's channel cannot go there."""
    opened = Staged(OPENED, EXPIRES)
    found = failure(lambda: instagram.stage(post("instagram", picture()), supplies(site=None), opened, NOW))
    assert found.outcome is Outcome.FIX
    assert "website" in found.officer


def test_never_nothing(instagram: Any) -> None:
    """Instagram takes no post without a picture: nothing is asked of it then."""
    found = failure(lambda: instagram.stage(post("instagram"), supplies(), None, NOW))
    assert found.outcome is Outcome.FIX


# --- the day's posts and containers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "words", "wait"),
    [
        ({"config": {"quota_total": 50, "quota_duration": 86400}, "quota_usage": 50}, "50 posts a day", 3600),
        ({"config": {"quota_total": 25, "quota_duration": 900}, "quota_usage": 30}, "25 posts a day", 900),
        ({"config": {"quota_total": "100", "quota_duration": "x"}, "quota_usage": "100"}, "100 posts a day", 3600),
        ({"quota_usage": 50}, "50 posts a day", 3600),
        ({"config": None, "quota_usage": 51}, "50 posts a day", 3600),
    ],
)  # fmt: skip
def test_used_up_posts_of_the_day_wait(
    told: object, words: str, wait: int, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """The account's own number counts, and the stricter of the vendor's where it is not told; no container is made."""
    lending = Lending()
    with Loopback(answer({"data": [told]})) as server:
        instagram = load("instagram", tmp_path, server.url)
        found = failure(lambda: instagram.stage(post("instagram", picture()), lending.supplies, None, NOW))
    assert (found.outcome, found.after) == (Outcome.WAIT, timedelta(seconds=wait))
    assert words in found.officer
    assert (len(server.requests), lending.ever) == (1, [])


@pytest.mark.parametrize("told", [{"data": []}, {"data": [{}]}, {"data": [None]}, {"id": "1"}, {"data": [{"quota_usage": None}]},
    {"data": [{"config": {"quota_total": 100}, "quota_usage": 99}]}])  # fmt: skip
def test_a_day_with_room_goes_on(told: object, tmp_path: Path, tokens: dict[str, str]) -> None:
    """An answer without numbers stops nobody: the publish itself would say that the day is used up."""
    with Loopback(answer(told)) as server:
        found = load("instagram", tmp_path, server.url).stage(
            post("instagram", picture()), supplies(), None, NOW
        )
    assert found == Staged(OPENED, EXPIRES)


def test_one_post_leaves_containers_to_the_others(tmp_path: Path, tokens: dict[str, str]) -> None:
    """400 in 24 hours are for the whole account: a post that is prepared over and over stops before, in plain words."""
    gone, made, stopped = answer({"status_code": "EXPIRED", "id": "7"}), 0, None
    whole, found = post("instagram", picture()), None
    with Loopback(LEFT, *[answer({"id": "7"}), gone, LEFT] * 400) as server:
        instagram = load("instagram", tmp_path, server.url)
        while stopped is None:
            try:
                found = instagram.stage(whole, supplies(), found, NOW)
            except ChannelFailed as failed:
                stopped = failed.judgement
        made = sum(one.route == f"POST /v26.0/{USER_ID}/media" for one in server.requests)
    assert 50 <= made <= 100
    assert (stopped.outcome, "400 a day" in stopped.officer) == (Outcome.STOP, True)


def test_the_accounts_containers_of_a_day_are_not_all_asked_for_in_vain(
    tmp_path: Path, tokens: dict[str, str]
) -> None:
    """One that fails is asked for again, and may count as well: after 400 the next waits until the first is a day old."""
    opened, whole, asked = Staged(OPENED, EXPIRES), post("instagram", picture()), 0
    with Loopback(answer(b"", 502)) as server:
        instagram = load("instagram", tmp_path, server.url)
        for number in range(400):
            moment = NOW + timedelta(seconds=number)
            failure(lambda now=moment: instagram.stage(whole, supplies(), opened, now))
        asked = len(server.requests)
        found = failure(lambda: instagram.stage(whole, supplies(), opened, NOW + timedelta(minutes=7)))
        failure(lambda: instagram.stage(whole, supplies(), opened, NOW + timedelta(hours=22, minutes=59)))
        later = Staged(OPENED, NOW + timedelta(days=2))
        failure(lambda: instagram.stage(whole, supplies(), later, NOW + timedelta(hours=24)))
    assert (asked, len(server.requests)) == (400, 401)
    assert (found.outcome, found.until) == (Outcome.WAIT, NOW + timedelta(hours=24))
    assert "400 pictures a day" in found.officer


def test_a_container_is_never_made_needlessly(tmp_path: Path, tokens: dict[str, str]) -> None:
    """What failed at one step is tried again from there: what was made before stays, and is used."""
    both, lending, found = post("instagram", picture("one"), picture("two")), Lending("one", "two"), None
    waits = []
    replies = [
        LEFT, answer({"id": "1"}), answer(b"", 502), answer({"id": "2"}), answer(b"", 503),
        answer({"status_code": "FINISHED"}), answer({"status_code": "FINISHED"}), answer(b"", 500),
        answer({"status_code": "FINISHED"}), answer({"status_code": "FINISHED"}), answer({"id": "3"}),
        answer({"status_code": "FINISHED"}),
    ]  # fmt: skip
    with Loopback(*replies) as server:
        while found is None or not found.values["ready"]:
            instagram = load("instagram", tmp_path, server.url)  # each step in a new process
            try:
                found = instagram.stage(both, lending.supplies, found, NOW)
            except ChannelFailed as failed:
                waits.append(failed.judgement.outcome)
    assert (found.values["children"], found.values["container"]) == (["1", "2"], "3")
    assert (waits, lending.now) == ([Outcome.WAIT] * 3, set())


def test_nothing_stays_lent_where_the_attempt_ends(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Refused for good, the picture is taken back at once; while it is tried again it stays."""
    lending, opened = Lending(), Staged(OPENED, EXPIRES)
    refused = answer({"error": {"code": 36003, "error_subcode": 2207009, "message": "no"}}, 400)
    with Loopback(answer(b"", 502), refused) as server:
        instagram = load("instagram", tmp_path, server.url)
        whole, left = post("instagram", picture()), []
        for _ in range(2):
            failure(lambda: instagram.stage(whole, lending.supplies, opened, NOW))
            left.append(len(lending.now))
    assert left == [1, 0]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("ERROR", "picture"),
        ("ERROR: Media upload has failed with error code 2207010", "caption"),
        ("ERROR: 2207052", "fetch"),
    ],
)
def test_a_container_that_failed_is_for_a_person(
    state: str, words: str, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """ERROR never gets better; its sub-code, where told, says what to change."""
    with Loopback(answer({"status_code": "ERROR", "status": state, "id": "7001"})) as server:
        instagram = load("instagram", tmp_path, server.url)
        lending = Lending()
        lending.now.add(picture().digest)
        whole = post("instagram", picture())
        found = failure(lambda: instagram.stage(whole, lending.supplies, staged(), NOW))
    assert (found.outcome, words in found.officer) == (Outcome.FIX, True)
    assert lending.now == set()


def test_an_expired_container_is_made_anew(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Whether the clock or Instagram says so, a container that ran out is replaced by itself."""
    whole, later = post("instagram", picture()), EXPIRES + timedelta(hours=23)
    with Loopback(
        answer({"status_code": "EXPIRED", "id": "7001"}), LEFT, LEFT, answer({"id": "7002"})
    ) as server:
        instagram = load("instagram", tmp_path, server.url)
        said = instagram.stage(whole, supplies(), staged(ready=True), NOW)
        ran_out = instagram.stage(whole, supplies(), staged(ready=True), EXPIRES)
        anew = instagram.stage(whole, supplies(), ran_out, EXPIRES)
    assert said == Staged({**OPENED, "made": 1}, EXPIRES)
    assert ran_out == Staged({**OPENED, "made": 1}, later)
    assert (anew.values["container"], anew.values["ready"], anew.expires_at) == ("7002", False, later)
    assert [request.method for request in server.requests] == ["GET", "GET", "GET", "POST"]


def test_what_an_older_program_prepared_is_prepared_anew(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Its values had another shape; a post must not break on them."""
    old = Staged(
        {"container": None, "waiting": ["7001"], "ready": False, "poll": 5.0, "began": NOW.isoformat()},
        EXPIRES,
    )
    with Loopback(LEFT) as server:
        found = load("instagram", tmp_path, server.url).stage(
            post("instagram", picture()), supplies(), old, NOW
        )
    assert found == Staged(OPENED, EXPIRES)


def test_what_is_published_already_is_not_published_again(tmp_path: Path, tokens: dict[str, str]) -> None:
    """A container that turns out PUBLISHED while it is prepared stops, and says how to settle it."""
    with Loopback(answer({"status_code": "PUBLISHED", "id": "7001"})) as server:
        instagram = load("instagram", tmp_path, server.url)
        found = failure(
            lambda: instagram.stage(post("instagram", picture()), supplies(), staged(ready=True), NOW)
        )
    assert (found.outcome, "resolve" in found.officer) == (Outcome.STOP, True)


def test_a_slow_container_is_looked_at_again_later(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Instagram says to ask once a minute for five minutes at most; after that less often, and never for a new one."""
    slow, good = answer({"status_code": "IN_PROGRESS", "id": "7001"}), answer({"status_code": "FINISHED"})
    whole, lending = post("instagram", picture()), Lending()
    with Loopback(slow, slow, good) as server:
        instagram = load("instagram", tmp_path, server.url)
        early = instagram.stage(whole, lending.supplies, staged(), NOW + timedelta(seconds=299))
        late = failure(lambda: instagram.stage(whole, lending.supplies, early, NOW + timedelta(seconds=300)))
        done = instagram.stage(whole, lending.supplies, early, NOW + timedelta(hours=2))
    assert (early.values["poll"], early.values["ready"]) == (60.0, False)
    assert (late.outcome, late.after) == (Outcome.WAIT, timedelta(seconds=300))
    assert (done.values["ready"], done.values["container"]) == (True, "7001")
    assert {request.method for request in server.requests} == {"GET"}


def test_the_token_is_in_the_header_alone(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Addresses and bodies end up in logs and exceptions: no token is ever in one."""
    good = answer(
        {"id": "7001", "status_code": "FINISHED", "success": True, "data": [], "permalink": ADDRESS}
    )
    with Loopback(good) as server:
        instagram = load("instagram", tmp_path, server.url)
        whole = post("instagram", picture())
        instagram.publish(whole, instagram.stage(whole, supplies(), staged(), NOW), NOW)
        instagram.find(whole, staged(), NOW)
    token = tokens["INSTAGRAM_TOKEN"]
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {token}"}
    assert not [one for one in server.requests if token in one.path or token.encode() in one.body]


def test_a_spam_block_is_unknown_through_the_library(tmp_path: Path, tokens: dict[str, str]) -> None:
    """4/2207051 ("Action is blocked") came for posts that were live."""
    body = {"error": {"message": "Action is blocked", "code": 4, "error_subcode": 2207051}}
    with Loopback(answer(body, 403)) as server:
        instagram = load("instagram", tmp_path, server.url)
        found = failure(lambda: instagram.publish(post("instagram", picture()), staged(), NOW))
    assert (found.outcome, len(server.requests)) == (Outcome.UNKNOWN, 1)


def test_no_post_is_taken_down_by_program(tmp_path: Path, tokens: dict[str, str]) -> None:
    """That the API deletes is disputed, so a person does it in the app: nothing is asked of Instagram."""
    with Loopback(answer({"success": True})) as server:
        instagram = load("instagram", tmp_path, server.url)
        found = failure(lambda: instagram.withdraw(Withdrawal(post("instagram", picture()), "9001"), NOW))
        with pytest.raises(EgressRefused):
            instagram.client.delete_object("9001")
    assert (found.outcome, instagram.withdraws, server.connections) == (Outcome.STOP, False, 0)


def test_comments_can_only_be_closed(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Even on a post of ours, opening comments or writing a caption is refused."""
    with Loopback(answer({"success": True})) as server:
        instagram = load("instagram", tmp_path, server.url)
        instagram.own_ids.add("9001")
        for fields in (
            {"comment_enabled": "true"},
            {"caption": "x"},
            {"comment_enabled": "false", "message": "x"},
        ):
            with pytest.raises(EgressRefused):
                instagram.client.request("v26.0/9001", post_args=dict(fields), method="POST")
    assert server.connections == 0


@pytest.mark.parametrize(
    "change",
    [
        {"children": "7001,7002,123"}, {"children": ""}, {"media_type": "STORIES"}, {"media_type": None}, {"caption": "Thanks, @jo"},
        {"image_url": SHOWN}, {"is_carousel_item": "true"},
    ],
)  # fmt: skip
def test_a_carousel_is_of_our_pictures_and_nothing_else(
    change: dict[str, str | None], tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Of several pictures, too: none but those that we prepared, no other kind of post, and nobody mentioned."""
    plain = {"media_type": "CAROUSEL", "children": "7001,7002", "caption": "New bin days."}
    with Loopback(answer({"id": "7003"})) as server:
        instagram = load("instagram", tmp_path, server.url)
        instagram.own_ids.update({"7001", "7002"})
        wrong = {name: value for name, value in (plain | change).items() if value is not None}
        with pytest.raises(EgressRefused):
            instagram.client.request(f"v26.0/{USER_ID}/media", post_args=wrong, method="POST")
        assert server.connections == 0
        instagram.client.request(f"v26.0/{USER_ID}/media", post_args=plain, method="POST")
    assert len(server.requests) == 1


# --- on a rehearsal platform ---------------------------------------------------------------------------------


@pytest.fixture
def real(platforms: Platforms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    own = platforms.credentials.instagram
    monkeypatch.setenv("INSTAGRAM_TOKEN", own.token)
    return load("instagram", tmp_path, platforms.graph.url, user_id=own.user_id)


def whole_post(platforms: Platforms, folder: Path, *names: str) -> tuple[Any, Supplies]:
    pictures = [picture(name, alt=f"Picture {name}") for name in names]
    where = {
        media.digest: put(platforms, f"{media.digest}.jpg", real_picture(1080, 1080), folder)
        for media in pictures
    }
    given = Supplies(lambda digest: digest.encode(), lambda media: where[media.digest])
    return post("instagram", *pictures), given


def prepared(instagram: Any, whole: Any, given: Supplies, found: Staged | None = None) -> Staged:
    for _ in range(20):
        stored = Staged(json.loads(json.dumps(found.values)), found.expires_at) if found else None
        found = instagram.stage(whole, given, stored, NOW)
        if found is not None and found.values["ready"]:
            return found
    raise AssertionError(found)


@pytest.mark.parametrize("names", [("one",), ("one", "two", "three")])
def test_a_post_goes_out_and_is_found(
    names: tuple[str, ...], real: Any, platforms: Platforms, folder: Path
) -> None:
    """On a server that fetches the pictures itself: alt texts, caption, comments off, found again by the link."""
    whole, given = whole_post(platforms, folder, *names)
    receipt = real.publish(whole, prepared(real, whole, given), NOW)
    (shown,) = platforms.ledger.posts()
    assert (shown.id, shown.url, shown.text, shown.replies) == (
        receipt.remote_id,
        receipt.url,
        whole.text,
        "closed",
    )
    assert [media.alt for media in shown.media] == [f"Picture {name}" for name in names]
    assert real.find(whole, None, NOW) == receipt
    assert [call.reason or call.fault for call in platforms.ledger.calls() if call.reason or call.fault] == []


def test_a_lost_post_is_found(real: Any, platforms: Platforms, folder: Path) -> None:
    """Committed, then a gateway's page: unknown, found by the link, and its comments are off after all."""
    whole, given = whole_post(platforms, folder, "one")
    held = prepared(real, whole, given)
    platforms.graph.fail_next("POST", "/media_publish", Fault.commit_then_status(502, "<html>"))
    assert failure(lambda: real.publish(whole, held, NOW)).outcome is Outcome.UNKNOWN
    receipt = real.find(whole, held, NOW)
    (shown,) = platforms.ledger.posts()
    assert (receipt.remote_id, receipt.note, shown.replies) == (shown.id, "", "closed")


def test_each_picture_is_fetched_once(real: Any, platforms: Platforms, folder: Path) -> None:
    """However often the containers are asked about, no picture is handed over twice."""
    whole, given = whole_post(platforms, folder, "one", "two")
    platforms.graph.instagram.slow_down(3)
    prepared(real, whole, given)
    assert platforms.graph.instagram.fetched == [given.lend(media) for media in whole.media]


def test_containers_that_ran_out_are_made_anew(real: Any, platforms: Platforms, folder: Path) -> None:
    """Found at the moment of release, or told by the publish itself: it is prepared again, and goes once."""
    whole, given = whole_post(platforms, folder, "one")
    held = prepared(real, whole, given)
    platforms.graph.instagram.expire()
    assert failure(lambda: real.publish(whole, held, NOW)).outcome is Outcome.WAIT
    real.publish(whole, prepared(real, whole, given, held), NOW)
    assert len(platforms.ledger.posts()) == 1


def test_a_spoiled_container_is_for_a_person(real: Any, platforms: Platforms, folder: Path) -> None:
    """ERROR with a sub-code names what to change; prepared afresh, as a retry does, it goes."""
    whole, given = whole_post(platforms, folder, "one")
    platforms.graph.instagram.spoil(2207009)
    assert failure(lambda: prepared(real, whole, given)).outcome is Outcome.FIX
    assert prepared(real, whole, given).values["ready"]


def test_a_block_that_published_is_found(real: Any, platforms: Platforms, folder: Path) -> None:
    """4/2207051, and the post is live: unknown, found by its link, its comments switched off."""
    whole, given = whole_post(platforms, folder, "one")
    held = prepared(real, whole, given)
    platforms.graph.instagram.block_yet_publish()
    assert failure(lambda: real.publish(whole, held, NOW)).outcome is Outcome.UNKNOWN
    receipt = real.find(whole, held, NOW)
    (shown,) = platforms.ledger.posts()
    assert (receipt.remote_id, receipt.note, shown.replies) == (shown.id, "", "closed")
    assert failure(lambda: prepared(real, whole, given, held)).outcome is Outcome.STOP


@pytest.mark.parametrize(("times", "replies"), [(2, "closed"), (3, "open")])
def test_comments_are_closed_or_told_to_be_open(
    times: int, replies: str, real: Any, platforms: Platforms, folder: Path
) -> None:
    """A few tries in the same publish; after that the receipt says so, on a post that stands."""
    whole, given = whole_post(platforms, folder, "one")
    held = prepared(real, whole, given)
    platforms.graph.instagram.keep_comments_open(times)
    receipt = real.publish(whole, held, NOW)
    (shown,) = platforms.ledger.posts()
    assert (shown.replies, "comments are open" in receipt.note) == (replies, replies == "open")


def test_whose_account_it_is(real: Any, platforms: Platforms) -> None:
    """The account's number and name, and what its token may do: just what the adapter needs."""
    found = real.identify(NOW)
    assert (found.account, found.name) == (platforms.credentials.instagram.user_id, "council_rehearsal")
    assert found.scopes is not None
    assert real.scopes <= found.scopes
