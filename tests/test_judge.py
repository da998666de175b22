"""Each adapter's `judge`: what may have been published is never called safe to send again (DESIGN §4)."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from channels_support import NOW, load
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.model import Judgement, Outcome, Phase

PLATFORMS = ("facebook", "instagram", "instagrapi", "twitter")
META = ("facebook", "instagram")
PUBLIC = (Phase.CREATE, Phase.PUBLISH)
STEPS = tuple(phase for phase in Phase if phase not in PUBLIC)
SAFE_TO_SEND_AGAIN = {Outcome.WAIT, Outcome.RECONNECT, Outcome.FIX, Outcome.STOP}
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
TIDY = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def adapters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {name: load(name, tmp_path_factory.mktemp(name), "https://platform.example") for name in PLATFORMS}


def ask(
    adapter: Any,
    phase: Phase | str,
    status: int | None,
    body: object,
    headers: Mapping[str, str] | None = None,
) -> Judgement:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    found: Judgement = adapter.judge(phase, status, headers or {}, sent)
    return found


def graph(
    code: object, subcode: int | None = None, message: str = "(#1) no", **more: object
) -> dict[str, Any]:
    extra = {} if subcode is None else {"error_subcode": subcode}
    return {"error": {"message": message, "type": "OAuthException", "code": code, **extra, **more}}


def problem(kind: str, title: str = "Forbidden", detail: str = "", **more: object) -> dict[str, Any]:
    return {"title": title, "detail": detail, "type": kind, **more}


# --- yes -----------------------------------------------------------------------------------------------------

YES = [
    ("twitter", Phase.CREATE, 201, {"data": {"id": "1445880548472328192", "text": "Hello"}}),
    ("twitter", Phase.CREATE, 201, {"data": {"id": "1445880548472328192"}, "errors": [{"title": "Partial"}]}),
    ("twitter", Phase.UPLOAD, 200, {"data": {"id": "7", "media_key": "3_7", "expires_after_secs": 86_400}}),
    ("twitter", Phase.UPLOAD, 200, {"data": {"id": "7", "associated_metadata": {}}}),
    ("twitter", Phase.READ, 200, {"meta": {"result_count": 0}}),
    ("twitter", Phase.DELETE, 200, {"data": {"deleted": True}}),
    ("facebook", Phase.CREATE, 200, {"id": "100000000000001_7"}),
    ("facebook", Phase.UPLOAD, 200, {"id": "7"}),
    ("facebook", Phase.READ, 200, {"data": []}),
    ("facebook", Phase.DELETE, 200, {"success": True}),
    ("facebook", Phase.DELETE, 200, True),
    ("instagram", Phase.CONTAINER, 200, {"id": "7"}),
    ("instagram", Phase.STATUS, 200, {"status_code": "FINISHED", "id": "7"}),
    ("instagram", Phase.PUBLISH, 200, {"id": "7"}),
    ("instagram", Phase.READ, 200, {"permalink": "https://www.instagram.com/p/x/", "id": "7"}),
    ("instagram", Phase.DELETE, 200, {"success": True}),
]


@pytest.mark.parametrize(("name", "phase", "status", "body"), YES)
def test_a_good_answer_is_a_yes(
    name: str, phase: Phase, status: int, body: object, adapters: dict[str, Any]
) -> None:
    """What the platform documents as done is done."""
    assert ask(adapters[name], phase, status, body).outcome is Outcome.SENT


@pytest.mark.parametrize(
    ("state", "outcome"), [("IN_PROGRESS", Outcome.WAIT), ("EXPIRED", Outcome.WAIT), ("ERROR", Outcome.FIX)]
)
def test_a_container_that_is_not_finished_is_no_yes(
    state: str, outcome: Outcome, adapters: dict[str, Any]
) -> None:
    """A container's own state counts, not the 200 that it came with; the phase may be spelt in capitals."""
    assert ask(adapters["instagram"], "STATUS", 200, {"status_code": state, "id": "7"}).outcome is outcome


HOLLOW: list[Any] = [
    {},
    [],
    None,
    "yes",
    7,
    True,
    {"data": None},
    {"data": {"id": ""}},
    {"data": {"id": "a b"}},
    {"id": {}},
    {"id": True},
]


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("body", HOLLOW)
def test_a_yes_without_its_id_is_unknown(name: str, body: object, adapters: dict[str, Any]) -> None:
    """200 alone proves nothing: the id that was due must be there."""
    for phase in PUBLIC:
        assert ask(adapters[name], phase, 200, body).outcome is Outcome.UNKNOWN


def test_a_failure_within_a_200_is_no_yes(adapters: dict[str, Any]) -> None:
    """The Graph API has told errors with 200, and X that a picture could not be processed."""
    assert ask(adapters["facebook"], Phase.CREATE, 200, graph(190) | {"id": "7"}).outcome is Outcome.UNKNOWN
    failed = {"data": {"id": "7", "processing_info": {"state": "failed"}}}
    assert ask(adapters["twitter"], Phase.UPLOAD, 200, failed).outcome is Outcome.FIX


# --- the iron rule -------------------------------------------------------------------------------------------

UNSURE = [
    100,
    202,
    204,
    206,
    301,
    302,
    303,
    307,
    308,
    408,
    409,
    425,
    499,
    500,
    501,
    502,
    503,
    504,
    520,
    522,
    524,
    529,
    599,
]
PLAIN_NO = {
    "twitter": problem("about:blank", detail="No."),
    "facebook": graph(190, 463),
    "instagram": graph(190, 463),
    "instagrapi": {"message": "login_required", "status": "fail"},
}


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("status", [None, *UNSURE])
def test_an_unsure_status_is_unknown(name: str, status: int | None, adapters: dict[str, Any]) -> None:
    """No answer, a redirect, a time-out, a conflict or a server's fault is unknown, whatever the body says."""
    for phase in PUBLIC:
        for body in (PLAIN_NO[name], HTML, b"", {}):
            assert ask(adapters[name], phase, status, body).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("status", [200, 201, 400, 401, 402, 403, 404, 413, 429])
@pytest.mark.parametrize(
    "body", [HTML, b"", b"{", b"\xff\xfe", b"false", b"null", b"[]", b"[" * 100_000, b"9" * 10_000, b"{}"]
)
def test_an_unreadable_answer_is_unknown(
    name: str, status: int, body: bytes, adapters: dict[str, Any]
) -> None:
    """A body that nobody can read, such as a gateway's page or Graph's `400 false`, says nothing of the post."""
    for phase in PUBLIC:
        assert ask(adapters[name], phase, status, body).outcome is Outcome.UNKNOWN


LIES = [
    *((name, code, sub) for name in META for code in (1, 2, -1, -2) for sub in (None, 99, 33, 463, 1366046, 2207032, 2207057)),
    *((name, 368, sub) for name in META for sub in (None, 1390008, 1346003, 99)),
    *((name, code, sub) for name in META for code, sub in ((506, None), (100, 1366051), (1366051, None), (506, 1609005))),
    *((name, code, None) for name in META for code in (5, 99, 1234, 2207099, 999_999, 10_000_000)),
    *((name, None, sub) for name in META for sub in (None, 33, 463)),
    ("instagram", 4, 2207051), ("instagram", 1, 2207051), ("instagram", 9, 2207051), ("instagram", -2, 2207003),
    ("instagram", -1, 2207001), ("instagram", 100, 33), ("instagram", 100, None), ("instagram", 24, None),
    ("instagram", 4, 2207073), ("instagram", 190, 2207085), ("instagram", 9, 2207081), ("instagram", 24, 2207006),
    ("facebook", 100, 33), ("facebook", 100, 9_999_999), ("facebook", 7777, 463), ("facebook", 1705, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "code", "subcode"), LIES)
def test_a_code_known_to_lie_is_unknown(
    name: str, code: int | None, subcode: int | None, adapters: dict[str, Any]
) -> None:
    """Codes after which posts were live, duplicates, and numbers in no table are never a plain no."""
    for phase in PUBLIC:
        assert ask(adapters[name], phase, 400, graph(code, subcode)).outcome is Outcome.UNKNOWN


X_LIES = [
    (403, problem("about:blank", detail="You are not allowed to create a Tweet with duplicate content.")),
    (403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}),
    (403, problem("https://api.x.com/2/problems/internal-error")),
    (403, problem("https://api.x.com/2/problems/never-heard-of")),
    (403, {"errors": [{"code": 9999, "message": "?"}]}),
    (400, {"errors": [{"code": 131, "message": "Internal error"}]}),
    (400, {"errors": [{"code": 214, "message": "?"}, {"code": 32, "message": "?"}]}),
    (400, {"data": {"id": "7"}, "errors": [{"title": "Partial"}]}),
    (404, b""),
    (429, b"Too many requests"),
    (418, problem("about:blank", detail="?")),
]


@pytest.mark.parametrize(("status", "body"), X_LIES)
def test_x_in_doubt_is_unknown(status: int, body: object, adapters: dict[str, Any]) -> None:
    """A duplicate may be the post itself; unknown types and numbers say nothing for sure."""
    assert ask(adapters["twitter"], Phase.CREATE, status, body).outcome is Outcome.UNKNOWN


SECRET = "EAAB" + secrets.token_hex(12)
"""Put into every place of an answer that has text."""
NAMES = ["id", "data", "error", "errors", "code", "error_subcode", "type", "title", "detail", "message", "status_code", "status", "success", "deleted", "is_transient", "fbtrace_id", "processing_info"]  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([SECRET, "7", "1_2", "190", "FINISHED", "https://api.x.com/2/problems/" + SECRET])  # fmt: skip
JSON = st.recursive(
    LEAVES | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip
NUMBERS = st.integers(-3, 700) | st.integers(80_000, 80_020) | st.integers(2_207_000, 2_207_090) | st.sampled_from([33, 463, 1366046, 1366051, 1609005])  # fmt: skip
GRAPH = st.fixed_dictionaries(
    {"error": st.fixed_dictionaries({"code": NUMBERS | LEAVES}, optional={"error_subcode": NUMBERS | LEAVES, "message": LEAVES, "type": LEAVES, "is_transient": LEAVES})},
    optional={"id": LEAVES},
)  # fmt: skip
ERRORS = st.lists(st.dictionaries(st.sampled_from(["code", "message", "type", "title"]), NUMBERS | LEAVES, max_size=3), max_size=2)  # fmt: skip
PROBLEM = st.fixed_dictionaries({}, optional={"title": LEAVES, "detail": LEAVES, "type": LEAVES, "errors": ERRORS, "data": LEAVES, "status": NUMBERS})  # fmt: skip
TEXTS = (JSON | GRAPH | PROBLEM).map(json.dumps) | st.text(max_size=40)
HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "Date", "x-rate-limit-reset", "X-Rate-Limit-Remaining", "x-user-limit-24hour-remaining", "x-user-limit-24hour-reset", "X-Business-Use-Case-Usage", "X-App-Usage", "x-ad-account-usage", "x-fb-trace-id", "x-transaction-id"]),
    st.sampled_from(["0", "-1", "NaN", "1e400", SECRET, "99999999999", "Mon, 21 Sep 2026 13:33:20 GMT"]) | st.text(max_size=12) | st.integers().map(str) | JSON.map(json.dumps),
    max_size=4,
)  # fmt: skip
STATUSES = st.none() | st.integers(0, 999) | st.sampled_from([200, 201, 400, 401, 403, 404, 429])
PROVES_ITSELF = {Phase.CREATE, Phase.PUBLISH, Phase.UPLOAD, Phase.CONTAINER}


def readable(body: bytes | str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def proof_of(name: str, answer: Any) -> object:
    """What must be in a yes, as each platform has it."""
    if not isinstance(answer, dict):
        return None
    if name == "instagrapi":
        media = answer.get("media")
        return answer.get("upload_id") or (media.get("pk") if isinstance(media, dict) else None)
    within = answer.get("data") if name == "twitter" else answer
    return within.get("id") if isinstance(within, dict) else None


X_RESETS = {"x-rate-limit-reset", "x-user-limit-24hour-reset", "x-app-limit-24hour-reset"}


def says_no_itself(name: str, answer: Any, headers: Mapping[str, str]) -> bool:
    """Whether the answer has the form in which this platform says no."""
    if name == "twitter":
        limiter = any(key.lower() in X_RESETS for key in headers)
        return limiter or (
            isinstance(answer, dict) and any(answer.get(key) for key in ("title", "detail", "errors"))
        )
    if name == "instagrapi":
        return isinstance(answer, dict) and answer.get("status") == "fail"
    return isinstance(answer, dict) and isinstance(answer.get("error"), dict) and "code" in answer["error"]


@pytest.mark.parametrize("name", PLATFORMS)
@settings(max_examples=120)
@given(status=STATUSES, headers=HEADERS, body=TEXTS, phase=st.sampled_from(list(Phase)))
def test_judge_reads_anything(
    name: str, status: int | None, headers: dict[str, str], body: str, phase: Phase, adapters: dict[str, Any]
) -> None:
    """Whatever comes back, it is read the same each time and as text or bytes; a yes has its proof, a no its form."""
    found, answer = adapters[name].judge(phase, status, headers, body), readable(body)
    assert found == adapters[name].judge(phase, status, dict(headers), body)
    if (sent := body.encode(errors="replace")).decode() == body:
        assert found == adapters[name].judge(phase, status, headers, sent)
    if found.outcome is Outcome.SENT:
        assert status in (200, 201) or (phase is Phase.DELETE and status == 404)
        if phase in PROVES_ITSELF and not (name == "twitter" and phase is Phase.UPLOAD):
            assert str(proof_of(name, answer)).replace("_", "").isdecimal()
    elif phase in PUBLIC and found.outcome is not Outcome.UNKNOWN:
        assert status in range(400, 500)
        assert status not in UNSURE
        assert says_no_itself(name, answer, headers)
    assert phase in PUBLIC or found.outcome is not Outcome.UNKNOWN


@pytest.mark.parametrize("name", PLATFORMS)
@settings(max_examples=120)
@given(
    status=STATUSES, headers=HEADERS, body=TEXTS | st.binary(max_size=40), phase=st.sampled_from(list(Phase))
)
def test_every_judgement_can_be_acted_on(
    name: str,
    status: int | None,
    headers: dict[str, str],
    body: bytes | str,
    phase: Phase,
    adapters: dict[str, Any],
) -> None:
    """Words for both readers that repeat nothing of the answer's, and a wait that is neither past nor for ever."""
    found = adapters[name].judge(phase, status, headers, body)
    if found.outcome is not Outcome.SENT:
        assert found.officer
        assert "{" not in found.officer
        assert found.engineer.startswith(phase.value) or "container" in found.engineer
    assert SECRET not in found.officer + found.engineer
    assert found.after is None or timedelta(0) < found.after <= timedelta(days=30)
    assert found.until is None or found.until.tzinfo is UTC
    assert NOW < found.wait_until(NOW, timedelta(minutes=1)) <= NOW + timedelta(days=30)


X_GONE = [
    problem("https://api.x.com/2/problems/resource-not-found", "Not Found"),
    problem("https://api.twitter.com/2/problems/resource-not-found", "Not Found"),
    {"errors": [{"code": 144, "message": "No status found with that ID."}]},
]


@pytest.mark.parametrize("body", X_GONE)
def test_a_post_that_x_does_not_know_is_gone(body: object, adapters: dict[str, Any]) -> None:
    """For a deletion it is a yes; for whatever else, and with another status, it is none."""
    assert ask(adapters["twitter"], Phase.DELETE, 404, body).outcome is Outcome.SENT
    assert ask(adapters["twitter"], Phase.DELETE, 403, body).outcome is not Outcome.SENT
    assert ask(adapters["twitter"], Phase.READ, 404, body).outcome is Outcome.STOP
    assert ask(adapters["twitter"], Phase.CREATE, 404, body).outcome is not Outcome.SENT


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("status", [None, 202, 204, 302, 404, 410, 500])
@pytest.mark.parametrize("body", [b"", HTML, {}, {"data": {"deleted": False}}, {"success": False}, b"false"])
def test_a_deletion_without_its_yes_is_none(
    name: str, status: int | None, body: object, adapters: dict[str, Any]
) -> None:
    """A post may still be seen after whatever the platform does not say in so many words."""
    assert ask(adapters[name], Phase.DELETE, status, body).outcome is not Outcome.SENT


@pytest.mark.parametrize("name", META)
def test_what_meta_does_not_show_is_not_gone(name: str, adapters: dict[str, Any]) -> None:
    """100/33 means missing or not visible, and came for what was there: no deletion is taken for done by it."""
    assert ask(adapters[name], Phase.DELETE, 400, graph(100, 33)).outcome is Outcome.STOP


# --- plain noes ----------------------------------------------------------------------------------------------

NO = [
    *((name, 401, graph(190, sub), Outcome.RECONNECT) for name in META for sub in (None, 458, 460, 463, 467, 99)),
    *((name, 400, graph(190, sub), Outcome.STOP) for name in META for sub in (459, 464, 492)),
    *((name, 400, graph(code), Outcome.RECONNECT) for name in META for code in (102, 104, 2500)),
    *((name, 403, graph(code), Outcome.STOP) for name in META for code in (3, 10, 12, 200, 283, 299, 2635)),
    *((name, 400, graph(code), Outcome.WAIT) for name in META for code in (4, 17, 32, 341, 613, 80_001)),
    *(("facebook", 400, graph(100, sub), Outcome.FIX) for sub in (1609005, 1609008)),
    *((name, 400, graph(10, sub), Outcome.STOP) for name in META for sub in (1404102, 1404006, 1404112, 1404078)),
    ("facebook", 400, graph(100), Outcome.STOP),
    ("facebook", 400, graph("190"), Outcome.RECONNECT),
    ("instagram", 400, graph(9, 2207042), Outcome.WAIT),
    ("instagram", 400, graph(9007, 2207027), Outcome.WAIT),
    ("instagram", 400, graph(-2, 2207020), Outcome.WAIT),
    ("instagram", 400, graph(25, 2207050), Outcome.STOP),
    ("instagram", 400, graph(36003, 2207009), Outcome.FIX),
    ("instagram", 400, graph(36004, 2207010), Outcome.FIX),
    ("instagram", 400, graph(100, 2207040), Outcome.FIX),
    ("instagram", 400, graph(9004, 2207052), Outcome.FIX),
    ("twitter", 401, problem("about:blank", "Unauthorized", "Unauthorized", status=401), Outcome.RECONNECT),
    ("twitter", 401, {"errors": [{"code": 89, "message": "Invalid or expired token."}]}, Outcome.RECONNECT),
    ("twitter", 402, problem("https://api.twitter.com/2/problems/credits", "CreditsDepleted", "No credits"), Outcome.STOP),
    ("twitter", 402, {"account_id": 1, "title": "CreditsDepleted", "detail": "no credits", "type": "about:blank"}, Outcome.STOP),
    ("twitter", 403, problem("about:blank", detail="You are not permitted to perform this action."), Outcome.STOP),
    ("twitter", 403, problem("https://api.twitter.com/2/problems/oauth1-permissions"), Outcome.RECONNECT),
    ("twitter", 403, problem("about:blank", detail="Your account is suspended."), Outcome.STOP),
    ("twitter", 403, {"errors": [{"code": 64, "message": "?"}]}, Outcome.STOP),
    ("twitter", 403, problem("about:blank", detail="Your Tweet text is too long."), Outcome.FIX),
    ("twitter", 400, problem("https://api.x.com/2/problems/invalid-request", "Invalid Request"), Outcome.FIX),
    ("twitter", 400, {"errors": [{"message": "Your media IDs are invalid."}], "title": "Invalid Request"}, Outcome.FIX),
    ("twitter", 429, problem("about:blank", "Too Many Requests", "Too Many Requests"), Outcome.WAIT),
    ("twitter", 429, problem("https://api.x.com/2/problems/usage-capped", "UsageCapExceeded"), Outcome.STOP),
    ("twitter", 429, problem("about:blank", "SpendCapReached"), Outcome.STOP),
]  # fmt: skip


@pytest.mark.parametrize(("name", "status", "body", "outcome"), NO)
def test_a_plain_no_says_what_to_do(
    name: str, status: int, body: object, outcome: Outcome, adapters: dict[str, Any]
) -> None:
    """A 4xx with a code that is known means that nothing was published, and what would help."""
    for phase in (*PUBLIC, Phase.UPLOAD):
        found = ask(adapters[name], phase, status, body)
        assert (found.outcome, bool(found.officer), bool(found.engineer)) == (outcome, True, True)


def test_a_missing_permission_is_no_expired_token(adapters: dict[str, Any]) -> None:
    """Code 190 also comes for permissions: a new login would not help."""
    body = graph(190, message="(#190) permission must be granted before impersonating a user's page.")
    assert ask(adapters["facebook"], Phase.CREATE, 403, body).outcome is Outcome.STOP


def test_localised_words_decide_nothing(adapters: dict[str, Any]) -> None:
    """What Meta says to people is in their language: only numbers count."""
    body = graph(4, error_user_title="before impersonating a user's page", error_user_msg="duplicate")
    assert ask(adapters["facebook"], Phase.CREATE, 400, body).outcome is Outcome.WAIT


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("phase", STEPS)
def test_a_step_before_the_post_is_never_unknown(name: str, phase: Phase, adapters: dict[str, Any]) -> None:
    """What publishes nothing may be tried again, so doubt is a wait."""
    for status, body in (
        (None, b""),
        (500, HTML),
        (503, {}),
        (200, HTML),
        (400, graph(2)),
        (400, graph(368)),
    ):
        assert ask(adapters[name], phase, status, body).outcome not in {Outcome.UNKNOWN, Outcome.SENT}


# --- how long to wait ----------------------------------------------------------------------------------------

RESET = 1_790_000_000
RESET_AT = datetime.fromtimestamp(RESET, UTC)


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({"X-Rate-Limit-Reset": str(RESET)}, RESET_AT),
        ({"x-rate-limit-reset": str(RESET), "x-rate-limit-remaining": "0"}, RESET_AT),
        (
            {
                "x-rate-limit-reset": str(RESET - 900), "x-rate-limit-remaining": "60",
                "x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": str(RESET),
            },
            RESET_AT,
        ),
        ({"retry-after": "Mon, 21 Sep 2026 13:33:20 GMT"}, datetime(2026, 9, 21, 13, 33, 20, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_x_says_until_when(headers: dict[str, str], until: datetime, adapters: dict[str, Any]) -> None:
    """The window that is used up ends at a Unix second; the day's limit is a window of its own."""
    found = ask(adapters["twitter"], Phase.CREATE, 429, problem("about:blank", "Too Many Requests"), headers)
    assert (found.outcome, found.until) == (Outcome.WAIT, until)


def test_x_in_plain_text_is_a_wait_only_with_its_headers(adapters: dict[str, Any]) -> None:
    """X's own limiter answers in plain text, with its headers; without them it may be anyone on the way."""
    plain = ask(
        adapters["twitter"], Phase.CREATE, 429, b"Rate limit exceeded\n", {"x-rate-limit-reset": str(RESET)}
    )
    assert (plain.outcome, plain.until) == (Outcome.WAIT, RESET_AT)


@pytest.mark.parametrize("name", META)
@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"X-Business-Use-Case-Usage": json.dumps({"1": [{"estimated_time_to_regain_access": 28}]})}, timedelta(minutes=28)),
        (
            {
                "x-business-use-case-usage": json.dumps({"1": [{"estimated_time_to_regain_access": 5}, {"estimated_time_to_regain_access": 9}]}),
                "retry-after": "10",
            },
            timedelta(minutes=9),
        ),
        ({"Retry-After": "90"}, timedelta(seconds=90)),
        ({"Retry-After": "soon", "X-Business-Use-Case-Usage": "[]"}, timedelta(hours=1)),
        ({"Retry-After": "999999999"}, timedelta(days=30)),
        ({}, timedelta(hours=1)),
    ],
)  # fmt: skip
def test_meta_says_how_long(
    name: str, headers: dict[str, str], after: timedelta, adapters: dict[str, Any]
) -> None:
    """Meta tells minutes per kind of use; else Retry-After; else the table's own wait."""
    found = ask(adapters[name], Phase.CREATE, 400, graph(32), headers)
    assert (found.outcome, found.after, found.until) == (Outcome.WAIT, after, None)


# --- words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLATFORMS)
def test_no_judgement_repeats_what_came(name: str, adapters: dict[str, Any]) -> None:
    """Platforms repeat tokens in their messages ("Malformed access token ..."): ours hold numbers and types only."""
    token = secrets.token_hex(16)
    bodies = [
        graph(190, 463, f"Malformed access token {token}", fbtrace_id=f"A {token}", error_user_msg=token),
        problem(
            f"https://api.x.com/2/problems/{token} {token}",
            token,
            token,
            errors=[{"message": token, "type": f"{token}!"}],
        ),
        {"errors": [{"code": 32, "message": token}]},
    ]
    for phase in Phase:
        for body in bodies:
            found = ask(adapters[name], phase, 401, body)
            assert token not in found.officer + found.engineer


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_judgement_names_the_platform_and_the_numbers(name: str, adapters: dict[str, Any]) -> None:
    """The officer reads which platform it was; the engineer reads status and codes."""
    body = graph(190, 463, fbtrace_id="AbCdEf123") | {"errors": [{"code": 32}]} | PLAIN_NO["instagrapi"]
    found = ask(adapters[name], Phase.CREATE, 401, body)
    meta = ["401", "190", "463", "AbCdEf123"]
    shown = {
        "facebook": ("Facebook", meta), "instagram": ("Instagram", meta), "instagrapi": ("Instagram", ["401", "login_required"]),
        "twitter": ("X", ["401", "32"]),
    }  # fmt: skip
    platform, parts = shown[name]
    assert platform in found.officer
    assert all(part in found.engineer for part in parts)


def test_judge_takes_text_dicts_and_phases_by_name(adapters: dict[str, Any], tmp_path: Path) -> None:
    """From outside, a phase may be its name, and a body bytes, text or parsed."""
    facebook = adapters["facebook"]
    given: list[Any] = [b'{"id": "7"}', '{"id": "7"}', {"id": "7"}]
    assert {facebook.judge("create", 200, TIDY, body).outcome for body in given} == {Outcome.SENT}
    assert facebook.judge("create", 200, None, given[0]).outcome is Outcome.SENT


@pytest.mark.parametrize("name", ["facebook", "instagram"])
@pytest.mark.parametrize("phase", PUBLIC)
def test_an_action_that_is_blocked_may_be_live(name: str, phase: Phase, adapters: dict[str, Any]) -> None:
    """Meta's 4/2207051 was answered for a post that was live: on neither of its channels is it a plain no."""
    assert ask(adapters[name], phase, 400, graph(4, 2207051)).outcome is Outcome.UNKNOWN
