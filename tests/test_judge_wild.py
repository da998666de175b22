"""`judge` on answers that somebody really got (answers_in_the_wild.toml), and on every number that there may be."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from channels_support import NOW, load
from publisher.channels._graph_answers import DOUBTFUL, KNOWN_TO_LIE, usage
from support import sampled

from publisher.model import Judgement, Outcome, Phase

WILD = tomllib.loads((Path(__file__).parent / "answers_in_the_wild.toml").read_text("utf-8"))["answer"]
LEAST = {"facebook": 50, "instagram": 50, "twitter": 50, "instagrapi": 25}
"""Answers that the corpus holds of each channel at least: the private API is documented nowhere, and fewer people write of it."""
PLATFORMS = tuple(LEAST)
PUBLIC = ("create", "publish")
NAMED = r'"(?:code|error_subcode|fbtrace_id)": "?([^",}]+)'
JARGON = re.compile(
    r"\b(HTTP|JSON|API|token|sub-?code|endpoint|OAuth|appsecret|container|null|None)\b|[{}\\<>]"
)


@pytest.fixture(scope="module")
def adapters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {name: load(name, tmp_path_factory.mktemp(name), "https://platform.example") for name in PLATFORMS}


def of(rows: Iterable[Mapping[str, Any]]) -> list[Any]:
    """As parameters, each named by what it is and its place in the corpus."""
    return [
        pytest.param(row, id=f"{WILD.index(row)}-{row['channel']}-{row['phase']}-{row['status']}")
        for row in rows
    ]


def ask(adapter: Any, row: Mapping[str, Any]) -> Judgement:
    found: Judgement = adapter.judge(
        row["phase"], row["status"], row.get("headers", {}), row["body"].encode()
    )
    return found


# --- answers from the wild -----------------------------------------------------------------------------------


@pytest.mark.parametrize("row", of(WILD))
def test_an_answer_from_the_wild_is_read_rightly(row: dict[str, Any], adapters: dict[str, Any]) -> None:
    """What somebody really got means what the corpus argues, and waits as long as it says."""
    found = ask(adapters[row["channel"]], row)
    assert found.outcome.value == row["outcome"], row["why"]
    if "until" in row:
        assert (found.until, found.after) == (row["until"], None)
    if "after" in row:
        assert (found.until, found.after) == (None, timedelta(seconds=row["after"]))


def test_both_readers_get_their_sentence(adapters: dict[str, Any]) -> None:
    """The officer's is a plain sentence without the engineers' words; the engineer's has phase, status, numbers and trace."""
    for row in WILD:
        if row["outcome"] == "SENT":
            continue
        found = ask(adapters[row["channel"]], row)
        assert found.officer.endswith("."), row
        assert not JARGON.search(found.officer), row
        assert found.engineer.startswith(f"{row['phase']}: "), row
        if "container state" not in found.engineer:
            assert str(row["status"]) in found.engineer, row
        numbers = re.findall(NAMED, row["body"]) if '"error": {' in row["body"] else []
        assert all(number in found.engineer for number in numbers), row
        assert row.get("headers", {}).get("x-transaction-id", "") in found.engineer, row


def test_what_may_be_live_stays_unknown_whatever_the_status(adapters: dict[str, Any]) -> None:
    """Any no of the corpus that comes with a 5xx, a redirect, a time-out or a 200 to a post is no reason to send it again."""
    for row in WILD:
        if row["outcome"] == "SENT" or row["phase"] == "status":
            continue
        for phase in PUBLIC:
            for status in (None, 200, 201, 202, 204, 302, 408, 409, 425, 499, 500, 502, 503, 504):
                found = ask(adapters[row["channel"]], row | {"phase": phase, "status": status})
                assert found.outcome is Outcome.UNKNOWN, (phase, status, row)


def test_a_cut_or_garbled_answer_is_unknown(adapters: dict[str, Any]) -> None:
    """Half an answer, one still packed, and one in another coding say nothing, but X's limiter needs no words."""
    for row in WILD:
        headers, body = row.get("headers", {}), row["body"].encode()
        if row["phase"] not in PUBLIC or (row["status"] == 429 and "x-rate-limit-reset" in headers):
            continue
        other = row["body"].encode("utf-16")
        for garbled in (body[: len(body) // 2], b"\x1f\x8b\x08\x00" + body, other, body + b"\xff", b""):
            found = adapters[row["channel"]].judge(row["phase"], row["status"], headers, garbled)
            assert found.outcome is Outcome.UNKNOWN, (garbled, row)


def test_a_byte_order_mark_changes_nothing(adapters: dict[str, Any]) -> None:
    """Some gateways put one in front."""
    for row in WILD:
        marked = row | {"body": "\ufeff" + row["body"]}
        assert ask(adapters[row["channel"]], marked) == ask(adapters[row["channel"]], row)


def test_the_corpus_is_one(adapters: dict[str, Any]) -> None:
    """At least 175 answers over the four channels and every phase, each with where it is from and why it means that."""
    by_channel = {name: [row for row in WILD if row["channel"] == name] for name in PLATFORMS}
    assert all(len(rows) >= LEAST[name] for name, rows in by_channel.items())
    assert sum(map(len, by_channel.values())) == len(WILD)
    assert {row["phase"] for row in WILD} == {phase.value for phase in Phase}
    assert all(re.match(r"https?://\S+/", row["source"]) and row["why"] for row in WILD)
    shown = [
        json.dumps([row["channel"], row["phase"], row["status"], row["body"], row["source"]]) for row in WILD
    ]
    assert len(set(shown)) == len(shown)


# --- every number --------------------------------------------------------------------------------------------

NUMBERS = [
    *range(-10, 1001), *range(1490, 1510), *range(1700, 1710), *range(2490, 2510), *range(2630, 2640), *range(9000, 9010),
    *range(36_000, 36_010), *range(79_990, 80_021), *range(1_363_000, 1_363_101), *range(1_366_000, 1_366_101),
    *range(1_390_000, 1_390_011), *range(1_404_000, 1_404_151), *range(1_609_000, 1_609_021), *range(2_061_000, 2_061_011),
    *range(2_069_000, 2_069_041), *range(2_207_000, 2_207_101), *range(2_853_000, 2_853_011), *range(4_854_000, 4_854_011),
]  # fmt: skip
"""Those of every table, and their neighbours."""

GRAPH_CODES = {
    "RECONNECT": "102 104 190 2500",
    "STOP": "3 10 12 100 200-299 803 2635",
    "WAIT": "4 9 17 32 341 613 80000-80014",
    "FIX": "324 1500 1609005 1609008",
}
"""A code alone, for a post; whatever is not here is UNKNOWN."""
INSTAGRAM_CODES = GRAPH_CODES | {"STOP": "3 10 12 200-299 803 2635"}

PARAMETER_SUBCODES = {
    "RECONNECT": "2069032",
    "STOP": "0 1404006 1404078 1404102 1404112 2069030-2069031 2069033 2853006 4854002",
    "FIX": "1366046 1609005 1609008 2061006 2069019",
}
"""Sub-codes of code 100, "Invalid parameter": only those that are known are a plain no."""
INSTAGRAM_SUBCODES = {
    "STOP": "2207050",
    "WAIT": "2207008 2207020 2207027 2207042",
    "FIX": "2207004-2207005 2207009-2207010 2207023 2207026 2207028 2207035-2207037 2207040 2207052 2207057",
}
"""Instagram's own; of Facebook's it has none, so that one of them is no plain no there."""

SESSION_STOPS = "459 464 490 492 1404006 1404078 1404102 1404112 2069030-2069031 2069033 2853006 4854002"
SESSION_FIXES = "1366046 1609005 1609008 2061006 2069019"
SESSION_UNKNOWN = "1363047 1366051 1609010 2207051"
"""Sub-codes of code 190; whatever is not here is RECONNECT."""

X_CODES = {
    "RECONNECT": "32 89 99 215 220 261",
    "STOP": "34 63-64 87 92 135 144 226 326 416 453",
    "WAIT": "88 185 191 344",
    "FIX": "44 186 323-325",
}
"""The legacy numbers, for a post; whatever is not here is UNKNOWN."""


def shortened(numbers: Iterable[int]) -> str:
    """1 2 3 7 as 1-3 7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return " ".join("-".join(map(str, run)) for run in runs)


def swept(adapter: Any, phase: str, answers: Mapping[int, object], usual: str) -> dict[str, str]:
    """Which numbers mean what, without what is usual."""
    found: dict[str, list[int]] = {}
    for number, answer in answers.items():
        outcome = adapter.judge(phase, 403, {}, answer).outcome.value
        found.setdefault(outcome, []).append(number)
    return {outcome: shortened(numbers) for outcome, numbers in found.items() if outcome != usual}


def graph(code: int, subcode: int | None = None) -> dict[str, Any]:
    more = {} if subcode is None else {"error_subcode": subcode}
    return {"error": {"message": f"(#{code}) no", "type": "OAuthException", "code": code, **more}}


@pytest.mark.parametrize(("name", "table"), [("facebook", GRAPH_CODES), ("instagram", INSTAGRAM_CODES)])
@pytest.mark.parametrize("phase", PUBLIC)
def test_every_code_means_what_the_table_says(
    name: str, table: dict[str, str], phase: str, adapters: dict[str, Any]
) -> None:
    """A code that is not in the table is UNKNOWN for a post, and a change of meaning is seen here."""
    assert swept(adapters[name], phase, {one: graph(one) for one in NUMBERS}, "UNKNOWN") == table


@pytest.mark.parametrize(
    ("name", "table"), [("facebook", PARAMETER_SUBCODES), ("instagram", INSTAGRAM_SUBCODES)]
)
@pytest.mark.parametrize("phase", PUBLIC)
def test_every_subcode_of_a_wrong_parameter_means_what_the_table_says(
    name: str, table: dict[str, str], phase: str, adapters: dict[str, Any]
) -> None:
    """One that is not in the table may be "already posted": UNKNOWN."""
    assert swept(adapters[name], phase, {one: graph(100, one) for one in NUMBERS}, "UNKNOWN") == table


@pytest.mark.parametrize("phase", PUBLIC)
def test_every_subcode_of_a_session_means_what_the_table_says(phase: str, adapters: dict[str, Any]) -> None:
    """A session that is refused is refused, whatever its state, but some states are a person's to settle."""
    found = swept(adapters["facebook"], phase, {one: graph(190, one) for one in NUMBERS}, "RECONNECT")
    assert found == {"STOP": SESSION_STOPS, "FIX": SESSION_FIXES, "UNKNOWN": SESSION_UNKNOWN}


@pytest.mark.parametrize("name", ["facebook", "instagram"])
@pytest.mark.parametrize("code", sampled([-2, -1, 1, 2, 368, 506, 1705, 7777], most=3))
def test_no_subcode_makes_a_lying_code_a_no(name: str, code: int, adapters: dict[str, Any]) -> None:
    """Posts were live after these codes; the one exception is a container that had expired before."""
    known = {"WAIT": "2207020"} if (name, code) == ("instagram", -2) else {}
    answers = {one: graph(code, one) for one in NUMBERS}
    if code == 7777:
        answers = {one: answer for one, answer in answers.items() if one < 1_000_000}
    assert swept(adapters[name], "create", answers, "UNKNOWN") == known


@pytest.mark.parametrize("phase", PUBLIC)
def test_every_legacy_number_of_x_means_what_the_table_says(phase: str, adapters: dict[str, Any]) -> None:
    """A number that is not in the table is UNKNOWN for a post."""
    answers = {one: {"errors": [{"code": one, "message": "?"}]} for one in range(1001)}
    assert swept(adapters["twitter"], phase, answers, "UNKNOWN") == X_CODES


@pytest.mark.parametrize("name", ["facebook", "instagram"])
@pytest.mark.parametrize("phase", sampled(["upload", "container", "read", "status", "delete"]))
def test_no_number_makes_a_step_unknown_or_done(name: str, phase: str, adapters: dict[str, Any]) -> None:
    """What shows nothing may be repeated, and no error is a yes, least of all for a deletion."""
    for one in NUMBERS:
        for answer in (graph(one), graph(100, one)):
            found = adapters[name].judge(phase, 400, {}, answer)
            assert found.outcome not in {Outcome.UNKNOWN, Outcome.SENT}


# --- noes that are none --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["facebook", "instagram"])
def test_an_id_beside_a_no_makes_it_doubtful(name: str, adapters: dict[str, Any]) -> None:
    """Something was made after all, perhaps."""
    for more in ({"id": "1_2"}, {"post_id": "7"}):
        assert adapters[name].judge("create", 400, {}, graph(190) | more).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("name", ["facebook", "instagram"])
def test_what_meta_calls_passing_is_no_plain_no(name: str, adapters: dict[str, Any]) -> None:
    """Then it is a fault of its own: a step is tried again, a post is looked up; a limit passes anyway."""
    for code in (10, 100, 200, 324):
        answer = graph(code)
        answer["error"]["is_transient"] = True
        assert adapters[name].judge("create", 400, {}, answer).outcome is Outcome.UNKNOWN
        assert adapters[name].judge("upload", 400, {}, answer).outcome is Outcome.WAIT
    sure = graph(100, {"facebook": 1609005, "instagram": 2207009}[name])
    sure["error"]["type"] = "GraphMethodException"  # a listed sub-code says what it is about
    assert adapters[name].judge("create", 400, {}, sure).outcome is Outcome.FIX
    limit = graph(4)
    limit["error"]["is_transient"] = True
    assert adapters[name].judge("create", 400, {}, limit).outcome is Outcome.WAIT


@pytest.mark.parametrize("name", ["facebook", "instagram"])
@pytest.mark.parametrize(
    "words",
    ["Unsupported post request. Object with ID '1' does not exist", "This has already been published",
     "It was already posted", "Duplicate status message", "You cannot also include a target_id"],
)  # fmt: skip
def test_words_of_noes_that_lied_are_doubtful_whatever_the_number(
    name: str, words: str, adapters: dict[str, Any]
) -> None:
    for code in (100, 200, 10, 190):
        answer = graph(code)
        answer["error"]["message"] = words
        for phase in PUBLIC:
            assert adapters[name].judge(phase, 400, {}, answer).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("name", ["facebook", "instagram"])
@pytest.mark.parametrize("phase", PUBLIC)
def test_a_no_to_the_call_and_one_without_its_number_are_doubtful(
    name: str, phase: str, adapters: dict[str, Any]
) -> None:
    """Posts were live after noes of the method's kind, whatever their words; without its number no row is sure of a no."""
    of_the_call = graph(100)
    of_the_call["error"]["type"] = "GraphMethodException"
    assert adapters[name].judge(phase, 400, {}, of_the_call).outcome is Outcome.UNKNOWN
    unnumbered = graph(100, {"facebook": 1609005, "instagram": 2207009}[name])
    assert adapters[name].judge(phase, 400, {}, unnumbered).outcome is Outcome.FIX
    del unnumbered["error"]["code"]
    assert adapters[name].judge(phase, 400, {}, unnumbered).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("name", ["facebook", "instagram", "twitter"])
def test_a_deletion_counts_only_with_a_plain_yes(name: str, adapters: dict[str, Any]) -> None:
    yes = {"data": {"deleted": True}} if name == "twitter" else {"success": True}
    assert adapters[name].judge("delete", 200, {}, yes).outcome is Outcome.SENT
    for value in ("true", "false", 1, [True], {"deleted": True}, None, False):
        answer = {"data": {"deleted": value}} if name == "twitter" else {"success": value}
        assert adapters[name].judge("delete", 200, {}, answer).outcome is Outcome.WAIT


@pytest.mark.parametrize("name", ["facebook", "instagram"])
def test_the_engineer_reads_metas_own_number_for_a_failure(name: str, adapters: dict[str, Any]) -> None:
    """Of the error, else of the header; and what kind of a doubt it is."""
    headers, answer = {"X-FB-Trace-ID": "Dw8Gq2Ky+Nm"}, graph(190)
    assert "trace Dw8Gq2Ky+Nm" in adapters[name].judge("create", 400, headers, answer).engineer
    answer["error"]["fbtrace_id"] = "AbCdEf123456"
    assert "trace AbCdEf123456" in adapters[name].judge("create", 400, headers, answer).engineer
    assert "duplicate" in adapters[name].judge("create", 400, {}, graph(100, 1366051)).engineer


def test_x_says_no_to_a_post_only_in_its_own_form(adapters: dict[str, Any]) -> None:
    """A gateway's JSON is nobody's word on the post."""
    x = adapters["twitter"]
    bodies: list[dict[str, Any]] = [
        {"message": "Forbidden"}, {"error": "denied"}, {"reason": "no"}, {"errors": []}, {"errors": ["no"]}, {"status": 403},
    ]  # fmt: skip
    for body in bodies:
        assert x.judge("create", 403, {}, body).outcome is Outcome.UNKNOWN
        assert x.judge("upload", 403, {}, body).outcome is Outcome.STOP


@pytest.mark.parametrize("window", ["x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour"])
def test_a_bare_limit_counts_where_x_tells_its_window(window: str, adapters: dict[str, Any]) -> None:
    """429 without JSON: from X by its own headers; from anyone on the way without."""
    judge = adapters["twitter"].judge
    headers = {"date": DATE, f"{window}-reset": str(LATER), f"{window}-remaining": "0"}
    for body in ("", "Rate limit exceeded", "<html>"):
        assert judge("create", 429, headers, body).until == datetime.fromtimestamp(LATER, UTC)
        assert judge("create", 429, {"date": DATE}, body).outcome is Outcome.UNKNOWN
        assert judge("create", 403, headers, body).outcome is Outcome.UNKNOWN
        assert judge("upload", 429, {"date": DATE}, body).outcome is Outcome.WAIT


def test_a_post_whose_picture_failed_is_still_posted(adapters: dict[str, Any]) -> None:
    """An id is an id: only an upload is judged by the state of its processing."""
    body = {"data": {"id": "7", "processing_info": {"state": "failed"}}}
    assert adapters["twitter"].judge("create", 201, {}, body).outcome is Outcome.SENT
    assert adapters["twitter"].judge("upload", 201, {}, body).outcome is Outcome.FIX


@pytest.mark.parametrize("value", ["0", "00", "-1", "7.0", "7_", "_7", "1_2_3", " 7", "7\n", "x7", "٣", 0, -7, 7.0, True, None, [], {}, "7" * 60, 10**60], ids=repr)  # fmt: skip
def test_what_is_no_id_is_no_yes(value: object, adapters: dict[str, Any]) -> None:
    """0 came for posts that were not there; other forms are nobody's ids."""
    for name, body in (
        ("facebook", {"id": value}),
        ("instagram", {"id": value}),
        ("twitter", {"data": {"id": value}}),
    ):
        assert adapters[name].judge("create", 200, {}, body).outcome is Outcome.UNKNOWN
        assert adapters[name].judge("upload", 200, {}, body).outcome is not Outcome.SENT


@pytest.mark.parametrize("state", ["", "finished?", "PUBLISHING", "None", "{}"])
def test_a_state_that_nobody_knows_is_no_yes(state: str, adapters: dict[str, Any]) -> None:
    """Only FINISHED and PUBLISHED go on."""
    assert (
        adapters["instagram"].judge("status", 200, {}, {"status_code": state, "id": "7"}).outcome
        is Outcome.WAIT
    )


@pytest.mark.parametrize(
    ("words", "outcome", "says"),
    [
        ("Error: 2207009", Outcome.FIX, "another picture"), ("Error: 2207050: restricted", Outcome.STOP, "log in"),
        ("Error: 2207006", Outcome.FIX, "could not prepare"), ("Error: 2207001", Outcome.FIX, "could not prepare"),
        ("Error: 2207042", Outcome.FIX, "could not prepare"), ("Error: 12207050", Outcome.FIX, "another picture"),
        ("Error: 22070500", Outcome.FIX, "another picture"), ("Error: 2207099", Outcome.FIX, "another picture"), ("", Outcome.FIX, "another picture"),
    ],
)  # fmt: skip
def test_a_container_that_failed_stays_as_it_is(
    words: str, outcome: Outcome, says: str, adapters: dict[str, Any]
) -> None:
    """No waiting helps it, whatever its sub-code means elsewhere."""
    found = adapters["instagram"].judge("status", 200, {}, {"status_code": "ERROR", "status": words})
    assert found.outcome is outcome
    assert says in found.officer


def test_x_tells_of_a_picture_and_of_a_post_apart(adapters: dict[str, Any]) -> None:
    judge = adapters["twitter"].judge
    piece = {"data": {"expires_at": 1764579600}}
    assert judge("upload", 200, {}, piece).outcome is Outcome.SENT
    for phase in PUBLIC:
        assert judge(phase, 201, {}, piece).outcome is Outcome.UNKNOWN
    no = {"title": "Invalid Request", "detail": "One or more parameters to your request was invalid."}
    assert "picture" in judge("upload", 400, {}, no).officer
    assert "picture" not in judge("create", 400, {}, no).officer


def test_a_no_of_x_beside_data_is_doubtful(adapters: dict[str, Any]) -> None:
    no = {"title": "Forbidden", "detail": "You are not permitted to perform this action.", "status": 403}
    assert adapters["twitter"].judge("create", 403, {}, no).outcome is Outcome.STOP
    assert (
        adapters["twitter"].judge("create", 403, {}, {**no, "data": {"id": "7"}}).outcome is Outcome.UNKNOWN
    )


def test_the_engineer_reads_xs_names_also_where_it_is_unclear(adapters: dict[str, Any]) -> None:
    body = {
        "errors": [{"code": 131, "message": "Internal error"}],
        "type": "https://api.x.com/2/problems/credits",
    }
    for phase in ("create", "upload", "read"):
        assert "131, credits" in adapters["twitter"].judge(phase, 500, {}, body).engineer


@pytest.mark.parametrize(
    "words",
    ["has reached its billing cycle spend cap", "SpendCapReached", "over its spending limit", "a spending cap",
     "does not have any credits", "Usage cap exceeded: Monthly product cap", "UsageCapExceeded"],
)  # fmt: skip
def test_money_is_told_whatever_the_status(words: str, adapters: dict[str, Any]) -> None:
    """No waiting helps, also where it comes as 403 or as a rate limit."""
    for status in (402, 403, 429):
        body = {"title": "No", "detail": f"Your enrolled account {words}.", "status": status}
        for phase in ("create", "upload", "read", "delete"):
            found = adapters["twitter"].judge(phase, status, {}, body)
            assert found.outcome is Outcome.STOP
            assert "top it up" in found.officer


def test_what_the_bare_status_of_x_says_is_believed_in_its_own_form(adapters: dict[str, Any]) -> None:
    table = {
        400: "FIX", 401: "RECONNECT", 402: "STOP", 403: "STOP", 404: "STOP", 405: "STOP", 410: "STOP", 413: "FIX", 415: "FIX",
        420: "WAIT", 422: "FIX", 429: "WAIT", 431: "STOP",
    }  # fmt: skip
    for status in range(600):
        no = {"title": "No", "detail": "No.", "type": "about:blank", "status": status}
        assert adapters["twitter"].judge("create", status, {}, no).outcome.value == table.get(
            status, "UNKNOWN"
        )


def test_only_200_and_201_say_that_it_was_done(adapters: dict[str, Any]) -> None:
    """What is merely accepted is no post yet, whatever stands beside it."""
    for name, yes in (
        ("twitter", {"data": {"id": "7"}}),
        ("facebook", {"id": "7"}),
        ("instagram", {"id": "7"}),
    ):
        for status in range(600):
            wanted = Outcome.SENT if status in {200, 201} else Outcome.UNKNOWN
            assert adapters[name].judge("create", status, {}, yes).outcome is wanted


def test_nothing_is_to_be_written_anew_for_a_read_or_a_deletion(adapters: dict[str, Any]) -> None:
    noes = (
        ("twitter", {"title": "No", "detail": "No."}),
        ("facebook", graph(100, 1609005)),
        ("instagram", graph(324)),
    )
    for name, no in noes:
        assert adapters[name].judge("upload", 400, {}, no).outcome is Outcome.FIX
        for phase in ("read", "delete"):
            found = adapters[name].judge(phase, 400, {}, no)
            assert (found.outcome, "tell the sysadmin" in found.officer) == (Outcome.STOP, True)


def test_an_unclear_deletion_is_told_as_still_seen(adapters: dict[str, Any]) -> None:
    for name in PLATFORMS:
        for status in (None, 200, 408, 503):
            found = adapters[name].judge("delete", status, {}, "")
            assert (found.outcome, "may still be seen" in found.officer) == (Outcome.WAIT, True)
        found = adapters[name].judge(
            "delete", 400, {}, graph(1) if name != "twitter" else {"errors": [{"code": 131}]}
        )
        assert "may still be seen" in found.officer


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client", "invalid_token", "unauthorized_client"])
def test_a_refused_token_of_x_is_told_by_its_one_word(error: str, adapters: dict[str, Any]) -> None:
    for status in (400, 401, 403):
        assert adapters["twitter"].judge("read", status, {}, {"error": error}).outcome is Outcome.RECONNECT


@pytest.mark.parametrize("minutes", ["Infinity", "1e999", "NaN", "-3", "null", '"soon"', "true", "[]"])
def test_minutes_that_are_none_are_none(minutes: str, adapters: dict[str, Any]) -> None:
    usage_ = f'{{"7": [{{"type": "pages", "estimated_time_to_regain_access": {minutes}}}]}}'
    for name in ("facebook", "instagram"):
        found = adapters[name].judge("create", 400, {"X-Business-Use-Case-Usage": usage_}, graph(32))
        assert (found.outcome, found.until, found.after) == (Outcome.WAIT, None, timedelta(hours=1))


def test_what_could_be_a_token_is_no_trace(adapters: dict[str, Any]) -> None:
    """Only a number of the platform's usual length is repeated."""
    for name, header in (("twitter", "x-transaction-id"), ("facebook", "x-fb-trace-id")):
        judge = adapters[name].judge
        assert "trace 0a1b2c3d4e5f6071" in judge("create", 500, {header: "0a1b2c3d4e5f6071"}, "").engineer
        for odd in ("0a1b2c3d" * 5, "a b", "x", "0a1b2c3d\n0a1b2c3d"):
            assert "trace" not in judge("create", 500, {header: odd}, "").engineer


def test_new_tokens_of_x_are_an_answer(adapters: dict[str, Any]) -> None:
    judge = adapters["twitter"].judge
    tokens = {"token_type": "bearer", "access_token": "made-up", "expires_in": 7200}
    assert judge("read", 200, {}, tokens).outcome is Outcome.SENT
    odds: list[dict[str, Any]] = [{"access_token": ""}, {"access_token": {}}, {"token_type": "bearer"}]
    for odd in odds:
        assert judge("read", 200, {}, odd).outcome is Outcome.WAIT
    assert judge("create", 200, {}, tokens).outcome is Outcome.UNKNOWN


def test_what_is_known_to_lie_is_written_here(adapters: dict[str, Any]) -> None:
    """Both channels rely on these, also where they judge more than one answer."""
    assert {2207051, 1366051, 1363047, 1609010} == KNOWN_TO_LIE
    assert {-2, -1, 1, 2, 368, 506, 1705} == DOUBTFUL
    for name in ("facebook", "instagram"):
        for subcode in KNOWN_TO_LIE:
            for code in (4, 10, 100, 190, 200):
                found = adapters[name].judge("create", 400, {}, graph(code, subcode))
                assert found.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("phase", PUBLIC)
@pytest.mark.parametrize("status", [None, 0, 100, 202, 204, 301, 302, 307, 408, 409, 425, 499, 500, 503, 600])
def test_a_website_that_says_no_plain_no_may_show_the_page(
    phase: str, status: int | None, tmp_path: Path
) -> None:
    """The rule is the same for the website as for any platform."""
    site = load("site", tmp_path, "https://platform.example")
    assert site.judge(phase, status, {}, b"").outcome is Outcome.UNKNOWN
    assert site.judge(phase, 403, {}, b"").outcome is Outcome.STOP


# --- how long to wait ----------------------------------------------------------------------------------------

DATE = "Tue, 01 Dec 2026 09:00:00 GMT"
LATER = int((NOW + timedelta(minutes=10)).timestamp())
LIMITED = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
ABSURD = [
    str(int((NOW - timedelta(seconds=1)).timestamp())), str(int((NOW + timedelta(days=400)).timestamp())),
    "900", "0", "-5", "NaN", "soon", "", "1e12", "99999999999", "9" * 400, "Mon, 01 Jan 1990 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
]  # fmt: skip


@pytest.mark.parametrize("absurd", ABSURD)
@pytest.mark.parametrize(
    "name", ["x-rate-limit-reset", "x-user-limit-24hour-reset", "x-app-limit-24hour-reset"]
)
def test_an_absurd_end_of_a_window_of_x_is_none(name: str, absurd: str, adapters: dict[str, Any]) -> None:
    """By the answer's own clock; then the window's usual length is waited."""
    headers = {"Date": DATE, name: absurd, name.replace("reset", "remaining"): "0"}
    found = adapters["twitter"].judge("create", 429, headers, json.dumps(LIMITED))
    assert (found.outcome, found.until, found.after) == (Outcome.WAIT, None, timedelta(minutes=15))


@pytest.mark.parametrize("absurd", [value for value in ABSURD if value not in {"900", str(int((NOW - timedelta(seconds=1)).timestamp()))}])  # fmt: skip
def test_an_absurd_retry_after_is_none(absurd: str, adapters: dict[str, Any]) -> None:
    """Also where it is past: then the table's own wait counts, and none is longer than a month."""
    for name, body, usual in (("twitter", LIMITED, 15), ("facebook", graph(4), 60)):
        headers = {"date": DATE, "Retry-After": absurd}
        found = adapters[name].judge("create", 429, headers, json.dumps(body))
        assert found.until is None
        assert found.after in {timedelta(minutes=usual), timedelta(days=30)}


def test_a_window_that_is_not_used_up_does_not_count(adapters: dict[str, Any]) -> None:
    """Of several the latest that is used up; a sound one beside an absurd one counts."""
    day = LATER + 50_000
    headers = {
        "date": DATE, "x-rate-limit-remaining": "0", "x-rate-limit-reset": str(LATER),
        "x-user-limit-24hour-remaining": "3", "x-user-limit-24hour-reset": str(day),
        "x-app-limit-24hour-remaining": "0", "x-app-limit-24hour-reset": "7",
    }  # fmt: skip
    judge = adapters["twitter"].judge
    assert judge("create", 429, headers, LIMITED).until == datetime.fromtimestamp(LATER, UTC)
    headers["x-user-limit-24hour-remaining"] = "0"
    assert judge("create", 429, headers, LIMITED).until == datetime.fromtimestamp(day, UTC)


def business(*minutes: object) -> str:
    kinds = [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": one} for one in minutes]
    return json.dumps({str(index): [kind] for index, kind in enumerate(kinds)})


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"X-Business-Use-Case-Usage": business(5, 90, 7)}, timedelta(minutes=90)),
        ({"X-Business-Use-Case-Usage": business("12")}, timedelta(minutes=12)),
        ({"X-Business-Use-Case-Usage": business(1.5)}, timedelta(seconds=90)),
        ({"X-Business-Use-Case-Usage": business(10**12)}, timedelta(days=30)),
        ({"X-Business-Use-Case-Usage": business(-5, float("nan"), "soon", None, True, [])}, timedelta(hours=1)),
        ({"X-Business-Use-Case-Usage": business(0), "Retry-After": "120"}, timedelta(minutes=2)),
        ({"X-Business-Use-Case-Usage": '{"1": {"estimated_time_to_regain_access": 5}}'}, timedelta(hours=1)),
        ({"X-Business-Use-Case-Usage": '{"1": [7, null]}'}, timedelta(hours=1)),
        ({"X-App-Usage": '{"call_count":100,"total_cputime":1,"total_time":1}'}, timedelta(hours=1)),
        ({"X-Page-Usage": '{"call_count":855,"total_cputime":202,"total_time":911}'}, timedelta(hours=1)),
        ({"X-Ad-Account-Usage": '{"acc_id_util_pct":100,"reset_time_duration":300}'}, timedelta(minutes=5)),
    ],
)  # fmt: skip
def test_meta_tells_how_long_in_several_headers(
    headers: dict[str, str], after: timedelta, adapters: dict[str, Any]
) -> None:
    """The longest of all accounts and kinds of use; nonsense counts for nothing, and a full hour is the window's length."""
    found = adapters["facebook"].judge("create", 400, headers, graph(32))
    assert (found.outcome, found.after, found.until) == (Outcome.WAIT, after, None)


@pytest.mark.parametrize(
    ("headers", "percent"),
    [
        (None, None),
        ({}, None),
        ({"X-App-Usage": '{"call_count":28,"total_cputime":25.9,"total_time":3}'}, 28),
        ({"x-page-usage": '{"call_count":855,"total_cputime":202,"total_time":911}', "x-app-usage": '{"call_count":1}'}, 911),
        ({"X-Ad-Account-Usage": '{"acc_id_util_pct":9.67}'}, 9),
        ({"X-Business-Use-Case-Usage": '{"1":[{"call_count":85,"total_time":"91"}],"2":[{"type":"pages","total_cputime":3}]}'}, 91),
        ({"X-App-Usage": '{"call_count":0,"total_cputime":0,"total_time":0}'}, 0),
        ({"X-App-Usage": '{"call_count":-4,"total_cputime":"soon","total_time":NaN}'}, None),
        ({"X-App-Usage": "[]", "X-Page-Usage": "{", "X-Business-Use-Case-Usage": '{"1": 7}'}, None),
    ],
)  # fmt: skip
def test_how_much_of_what_meta_grants_is_used(headers: dict[str, str] | None, percent: int | None) -> None:
    """The highest share that any of its headers tells, None where none does."""
    assert usage(headers) == percent


@pytest.mark.parametrize(
    ("judgement", "after"),
    [
        (Judgement(Outcome.WAIT, until=NOW + timedelta(minutes=5)), timedelta(minutes=5)),
        (Judgement(Outcome.WAIT, until=NOW), timedelta(minutes=1)),
        (Judgement(Outcome.WAIT, until=NOW - timedelta(days=1)), timedelta(minutes=1)),
        (Judgement(Outcome.WAIT, until=NOW + timedelta(days=31)), timedelta(minutes=1)),
        (Judgement(Outcome.WAIT, after=timedelta(hours=2)), timedelta(hours=2)),
        (Judgement(Outcome.WAIT, after=timedelta(0)), timedelta(minutes=1)),
        (Judgement(Outcome.WAIT, after=timedelta(seconds=-9)), timedelta(minutes=1)),
        (Judgement(Outcome.WAIT, after=timedelta(days=400)), timedelta(days=30)),
        (Judgement(Outcome.WAIT, until=NOW - timedelta(days=1), after=timedelta(hours=2)), timedelta(hours=2)),
    ],
)  # fmt: skip
def test_no_wait_is_past_or_for_ever(judgement: Judgement, after: timedelta) -> None:
    """Whatever an answer said, the moment to try again lies ahead, and within a month."""
    assert judgement.wait_until(NOW, timedelta(minutes=1)) == NOW + after
