"""Whose account Meta says a token is for, and what a person is told of the token, the version and the use of the API."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import responses
from channels_support import NOW, PAGE_ID, Loopback, answer, drop, load

from publisher.channels import Identity
from publisher.errors import ChannelFailed, EgressRefused
from publisher.model import Outcome

pytest_plugins = ["channels_fixtures"]

GRAPH = "https://graph.facebook.com"


@pytest.fixture
def facebook(tmp_path: Path, tokens: dict[str, str]) -> Any:
    return load("facebook", tmp_path, GRAPH)


RIGHTS = ["pages_manage_posts", "pages_read_engagement", "pages_show_list"]


def told_of_token(**changes: object) -> bytes:
    """What Meta tells of a Page's own token that never ends."""
    facts = {
        "app_id": "1", "type": "PAGE", "application": "Council publisher", "data_access_expires_at": 0, "expires_at": 0,
        "is_valid": True, "profile_id": PAGE_ID, "scopes": [*RIGHTS, "public_profile"], "user_id": "77",
    }  # fmt: skip
    return answer({"data": {**facts, **changes}}, facebook_api_version="v26.0")


PAGE_TOLD = answer({"id": PAGE_ID, "name": "Example Council"}, facebook_api_version="v26.0")


def identified(tmp_path: Path, *replies: bytes, now: datetime = NOW, **keys: object) -> Identity:
    with Loopback(*replies) as server:
        found: Identity = load("facebook", tmp_path, server.url, **keys).identify(now)
    return found


@responses.activate
def test_the_exact_bytes_of_asking_whose_page_it_is(facebook: Any, tokens: dict[str, str]) -> None:
    """Whom the token stands for, its number and name; then the token's rights and end, asked for without the token in an address."""
    sent = {"input_token": tokens["FACEBOOK_PAGE_TOKEN"], "method": "get"}
    named = [responses.matchers.query_param_matcher({"fields": "id,name"})]
    told = [
        responses.matchers.urlencoded_params_matcher(sent),
        responses.matchers.query_string_matcher(""),
    ]
    facts = {"is_valid": True, "type": "PAGE", "profile_id": PAGE_ID, "scopes": RIGHTS, "expires_at": 0}
    responses.get(f"{GRAPH}/v26.0/me", json={"id": PAGE_ID, "name": "Example Council"}, match=named)
    responses.post(f"{GRAPH}/v26.0/debug_token", json={"data": facts}, match=told)
    assert facebook.identify(NOW) == Identity(PAGE_ID, "Example Council", frozenset(RIGHTS))


def test_needed_rights_are_what_a_token_may_have(tmp_path: Path, tokens: dict[str, str]) -> None:
    """A token with what is documented, and what every token has, has neither too much nor too little."""
    found = identified(tmp_path, PAGE_TOLD, told_of_token())
    assert found.scopes == load("facebook", tmp_path, GRAPH).scopes
    assert (found.ends_at, found.notes) == (None, ())


@pytest.mark.parametrize(
    ("token", "access", "day"),
    [(0, 0, None), (1_800_000_000, 0, 1_800_000_000), (0, 1_790_000_000, 1_790_000_000),
     (1_800_000_000, 1_790_000_000, 1_790_000_000), (1_790_000_000, 1_800_000_000, 1_790_000_000),
     (None, "soon", None), (1e400, [], None), (10**30, True, None)],
)  # fmt: skip
def test_a_token_ends_with_the_first_of_its_ends(
    token: object, access: object, day: int | None, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """0 is never; access to data ends too; what is no moment is none."""
    told = told_of_token(expires_at=token, data_access_expires_at=access)
    ends = identified(tmp_path, PAGE_TOLD, told).ends_at
    assert ends == (datetime.fromtimestamp(day, UTC) if day else None)


@pytest.mark.parametrize(
    "told",
    [
        answer({"error": {"code": 100, "message": "(#100) You must provide an app access token"}}, 400),
        answer({"error": {"code": 2, "message": "later"}}, 500),
        answer(b"<html>", 502),
        answer({"data": {}}),
        answer({"data": []}),
        answer({"data": {"is_valid": "yes"}}),
        drop,
    ],
)
def test_a_token_that_may_not_ask_proves_its_page_all_the_same(
    told: Any, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Many a good token may not ask about itself: its rights and end are not told, which is nothing to be warned of."""
    found = identified(tmp_path, PAGE_TOLD, told)
    assert found == Identity(PAGE_ID, "Example Council")


def test_a_dead_token_is_told(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Both where the Page is not shown any more, and where Meta says so of the token."""
    dead = answer({"error": {"code": 190, "error_subcode": 460, "message": "changed"}}, 400)
    for replies in ((dead,), (PAGE_TOLD, told_of_token(is_valid=False))):
        with pytest.raises(ChannelFailed) as failed:
            identified(tmp_path, *replies)
        assert failed.value.judgement.outcome is Outcome.RECONNECT


def test_another_page_s_token_is_another_account(tmp_path: Path, tokens: dict[str, str]) -> None:
    """A public Page is shown to others' tokens too: what counts is whose the token is."""
    found = identified(tmp_path, PAGE_TOLD, told_of_token(profile_id="999"))
    assert (found.account, found.name) == ("999", "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"granular_scopes": [{"scope": "pages_manage_posts", "target_ids": [PAGE_ID, "999"]}]}, "(999)"),
        (
            {"granular_scopes": [{"scope": "pages_manage_posts", "target_ids": ["999"]}]},
            "(pages_manage_posts)",
        ),
    ],
)
def test_what_a_person_should_know_of_the_token(
    changes: dict[str, object], words: str, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """A token that reaches further than this Page, or not as far."""
    notes = identified(tmp_path, PAGE_TOLD, told_of_token(**changes)).notes
    assert [note for note in notes if words in note]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("USER", "a person's"), ("SYSTEM_USER", "a system user's"), ("APP", "of another kind")],
)
def test_a_token_that_may_only_read_the_page_proves_nothing(
    kind: str, words: str, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Whoever looks after a Page can read it; a post by their token is not the Page's."""
    with pytest.raises(ChannelFailed, match=f"{words} and not the Page's own") as failed:
        identified(tmp_path, PAGE_TOLD, told_of_token(type=kind))
    assert failed.value.judgement.outcome is Outcome.STOP


def test_a_token_that_is_somebody_s_is_told_by_their_number(tmp_path: Path, tokens: dict[str, str]) -> None:
    """Also where it may not ask about itself: the account is whom it stands for, which is not the Page."""
    person, mute = (
        answer({"id": "42", "name": "Jo Bloggs"}),
        answer({"error": {"code": 100, "message": "no"}}, 400),
    )
    with Loopback(person, mute) as server:
        found = load("facebook", tmp_path, server.url).identify(NOW)
        assert server.routes()[0].startswith("GET /v26.0/me")
    assert (found.account, found.name) == ("42", "Jo Bloggs")


@pytest.mark.parametrize(
    "listed",
    [
        None, "x", [None, 1], [{"scope": "pages_manage_posts"}], [{"scope": "pages_manage_posts", "target_ids": [PAGE_ID]}],
        [{"scope": "ads_management", "target_ids": ["999"]}], [{"target_ids": 7}],
    ],
)  # fmt: skip
def test_rights_for_this_page_alone_are_no_news(
    listed: object, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Whatever the form they are told in."""
    assert identified(tmp_path, PAGE_TOLD, told_of_token(granular_scopes=listed)).notes == ()


@pytest.mark.parametrize(
    ("version", "day", "words"),
    [
        ("v21.0", datetime(2026, 10, 22, tzinfo=UTC), ""),
        ("v21.0", datetime(2026, 10, 23, tzinfo=UTC), "ends on 21 January 2027"),
        ("v21.0", datetime(2027, 1, 20, tzinfo=UTC), "ends on 21 January 2027"),
        (
            "v21.0",
            datetime(2027, 6, 1, tzinfo=UTC),
            "ended on 21 January 2027: Meta serves another in its place",
        ),
        ("v26.0", datetime(2028, 4, 28, tzinfo=UTC), ""),
        ("v26.0", datetime(2028, 4, 29, tzinfo=UTC), "may end from 28 July 2028"),
        ("v99.0", NOW, "does not know when version v99.0"),
    ],
)
def test_a_person_is_told_before_the_version_ends(
    version: str, day: datetime, words: str, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """From 90 days before, by the end that Meta has set, or by two years after it came; always where nobody knows the end."""
    replies = [answer({"id": PAGE_ID}), answer({"data": {"is_valid": True}})]
    notes = identified(tmp_path, *replies, now=day, version=version).notes
    assert len(notes) == bool(words)
    assert words in "".join(notes)


@pytest.mark.parametrize(("served", "told"), [("v26.0", 0), ("v27.0", 1), ("", 0), ("<b>", 0)])
def test_a_person_is_told_that_another_version_answered(
    served: str, told: int, tmp_path: Path, tokens: dict[str, str]
) -> None:
    """Meta serves a version that has ended by another, without a word but this header."""
    page = answer({"id": PAGE_ID}, facebook_api_version=served)
    facts = answer({"data": {"is_valid": True}}, facebook_api_version=served)
    assert [f"version {served}" in note for note in identified(tmp_path, page, facts).notes] == [True] * told


def test_much_use_is_told_once_an_hour(
    tmp_path: Path, tokens: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """From 90 percent on: a line in the log for the engineers, a note for whoever looks; below, nothing."""
    low, high = ({"x_app_usage": json.dumps({"call_count": share})} for share in (89, 93))
    quiet = [answer({"id": PAGE_ID}, 200, **low), answer({"data": {"is_valid": True}}, 200, **low)]
    assert identified(tmp_path, *quiet).notes == ()
    assert caplog.messages == []
    loud = [answer({"id": PAGE_ID}, 200, **high), answer({"data": {"is_valid": True}}, 200, **high)]
    with Loopback(*loud, *loud) as server:
        facebook = load("facebook", tmp_path, server.url)
        notes = [facebook.identify(NOW).notes for _ in "12"]
    assert ["93 %" in note for found in notes for note in found] == [True, True]
    assert caplog.messages == [f"channel facebook: {notes[0][0]}"]


@pytest.mark.parametrize(
    "fields",
    [
        {"input_token": "another", "method": "get"},
        {"method": "get"},
        {"input_token": "", "method": "get"},
        {"input_token": None, "method": "delete"},
        {"input_token": None, "method": "GET"},
        {"input_token": None},
        {"input_token": None, "method": "get", "fields": "x"},
    ],
)
def test_only_our_own_token_is_asked_about(
    fields: dict[str, Any], tmp_path: Path, tokens: dict[str, str]
) -> None:
    """And only asked about: with this field a POST becomes any method."""
    given = {
        name: tokens["FACEBOOK_PAGE_TOKEN"] if value is None else value for name, value in fields.items()
    }
    with Loopback(answer({"data": {}})) as server, pytest.raises(EgressRefused):
        load("facebook", tmp_path, server.url).client.request("v26.0/debug_token", post_args=given)
    assert server.connections == 0
