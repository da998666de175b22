"""The API: who is asking is known and not claimed, what is asked is read strictly, and its description is true."""

from __future__ import annotations

import logging
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from api_support import JSON, Council, open_council
from cli_support import APPROVER, AUTHOR, DIRECTOR, soon
from record_support import by_hand
from support import Clock

from publisher import problems
from publisher.errors import KINDS, ChannelFailed, PublisherError
from publisher.knocking import KEYS_MOST, Counter, Knock, Porter, Turned
from publisher.office import PARTS, part_class
from publisher.office.carrying import arguments
from publisher.office.operations import operations
from publisher.record import end

EVERY = [
    (name, called, operation) for name in PARTS for called, operation in operations(part_class(name)).items()
]
ME, CONSENTS = "/caller", "/consents"
UNKNOWN = f"pub_{'0' * 12}_{'0' * 64}"


@pytest.fixture
def council(tmp_path: Path) -> Iterator[Council]:
    """A council whose API is served."""
    with open_council(tmp_path / "council") as council:
        yield council


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    """One for the tests that leave nothing behind; failures of the tests before are a minute old for each."""
    names = '\n[daemon]\nnames = ["intranet.council.local"]\n'
    with open_council(tmp_path_factory.mktemp("shared") / "council", names) as council:
        yield council


@pytest.fixture
def rested(shared: Council) -> Council:
    """The shared one, a while after the test before."""
    shared.clock.forward(minutes=2)
    return shared


# --- its description -----------------------------------------------------------------------------------------------


def test_the_description_holds_every_operation_and_nothing_else(rested: Council) -> None:
    """OpenAPI names each operation with its path, method, summary, scope and problems, and no reference leads nowhere."""
    found = rested.ask("GET", "/api/openapi.json", under="").json
    told = {(path, method): one for path, ways in found["paths"].items() for method, one in ways.items()}
    meant = {
        (f"/api/v1{one.path}", one.method.lower()): (f"{name}.{called}", [{"token": [one.scope]}, {}])
        for name, called, one in EVERY
    }
    assert len(meant) == len(EVERY)
    assert {key: (one["operationId"], one["security"]) for key, one in told.items()} == meant
    for one in told.values():
        assert one["summary"]
        assert one["tags"]
        assert set(one["responses"]) == {"200", "4XX", "5XX"}
        assert set(one["responses"]["4XX"]["content"]) == {"application/problem+json"}
    assert found["info"]["title"]
    assert found["info"]["description"]
    assert found["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    schemas = found["components"]["schemas"]
    assert {place.removeprefix("#/components/schemas/") for place in references(found)} <= set(schemas)


def test_each_operation_is_described_as_it_is_read(rested: Council) -> None:
    """The description has just the parameters and the body that each takes; what is written stands in no address."""
    paths = rested.ask("GET", "/api/openapi.json", under="").json["paths"]
    for name, called, operation in EVERY:
        of = arguments(getattr(part_class(name), called), operation)
        told = paths[f"/api/v1{operation.path}"][operation.method.lower()]
        parameters = {(one["in"], one["name"], one["required"]) for one in told.get("parameters", ())}
        path = {("path", one, True) for one in of.path}
        assert parameters == path | {("query", one, of.query[one].needed) for one in of.query}, called
        assert ("requestBody" in told) == (of.body is not None), called
        assert not (of.query if operation.method != "GET" else of.body), called


def test_no_request_could_mean_two_operations() -> None:
    """No path in plain words is also one with a parameter: an item that is called `known` would be another operation."""
    for name, called, operation in EVERY:
        words = operation.path.split("/")
        for other_name, other_called, other in EVERY:
            others = other.path.split("/")
            fits = len(words) == len(others) and all(
                one == two or one.startswith("{") or two.startswith("{")
                for one, two in zip(words, others, strict=True)
            )
            same = (name, called) == (other_name, other_called)
            assert same or operation.method != other.method or not fits, (operation.path, other.path)


def references(value: Any) -> Iterator[str]:
    """Every $ref in a description."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        yield from chain.from_iterable(references(inner) for inner in value.values())
    elif isinstance(value, list):
        yield from chain.from_iterable(references(inner) for inner in value)


def test_the_hook_and_the_health_pages_are_in_the_same_server(rested: Council) -> None:
    """The API takes nothing away from what the daemon answered before."""
    assert rested.ask("GET", "/healthz", under="").json == {"alive": True}
    unknown = rested.ask("POST", "/hooks/nobody", {}, under="")
    assert (unknown.status, unknown.json["detail"]) == (404, "There is no source 'nobody'.")
    assert rested.ask("GET", "/hooks/nobody", under="").status == 405


# --- who is asking -------------------------------------------------------------------------------------------------


def test_a_token_says_who_asks_and_for_what(rested: Council) -> None:
    """The caller is the token's officer, with the token's scopes, by the token's door."""
    token = rested.token(AUTHOR, "read", "decide")
    assert rested.ask("GET", ME, token=token).json == {
        "login": AUTHOR,
        "via": f"token {token.split('_')[1]}",
        "scopes": ["decide", "read"],
    }


@pytest.mark.parametrize(
    "header",
    ["", "Basic c2FtOnNhbQ==", "Bearer", "Bearer ", "Bearer sam", f"Bearer {UNKNOWN}", f"Token {UNKNOWN}", "Bearer é"],
)  # fmt: skip
def test_who_is_not_known_is_asked_for_a_token(rested: Council, header: str) -> None:
    """Without a token that counts: 401 with a challenge (RFC 6750), whatever else stands there."""
    headers = {"Authorization": header.encode("latin-1").decode("latin-1")} if header else {}
    answer = rested.ask("GET", ME, headers=headers)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="publisher"')
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["kind"] == "Refused"


def test_two_tokens_are_none(rested: Council) -> None:
    """Two Authorization headers: readers disagree on which counts, so that neither does."""
    token = rested.token()
    lines = f"Authorization: Bearer {token}\r\n" * 2
    answer = rested.raw(f"GET /api/v1{ME} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize("change", ["secret", "id"])
def test_a_token_with_another_secret_is_not_known(rested: Council, change: str) -> None:
    """A right id with a wrong secret is answered like one that never was."""
    prefix, token_id, secret = rested.token().split("_")
    other = "0" if secret[0] != "0" else "1"
    wrong = (
        f"{prefix}_{token_id}_{other}{secret[1:]}" if change == "secret" else f"{prefix}_{'0' * 12}_{secret}"
    )
    answer = rested.ask("GET", ME, token=wrong)
    assert (answer.status, answer.json["detail"]) == (401, "this token is not known")


def test_who_was_suspended_is_turned_away_from_everything(council: Council) -> None:
    """A suspended officer's token is worth nothing from that moment on, for any operation, and before anything is read."""
    token = council.token()
    council.app.register.suspend(AUTHOR, actor=DIRECTOR, now=council.clock())
    for name, called, operation in EVERY:
        address = operation.path.replace("{", "").replace("}", "")
        council.clock.forward(minutes=1)
        answer = council.ask(operation.method, address, token=token)
        assert (answer.status, answer.json["kind"]) == (403, "NotDesignated"), (name, called)


def test_an_officer_whose_line_was_changed_by_hand_is_turned_away(council: Council) -> None:
    """A token is worth no more than its officer's line on the register, which a hand in the database voids."""
    token = council.token()
    with closing(sqlite3.connect(council.app.config.database)) as connection, connection:
        connection.execute("update officer set roles = 'officer,director' where login = ?", [AUTHOR])
    answer = council.ask("GET", ME, token=token)
    assert (answer.status, answer.json["kind"]) == (403, "NotDesignated")


def test_at_the_socket_the_kernel_says_who_asks(council: Council) -> None:
    """The user of the process that connected counts, whatever names the request carries."""
    council.here(AUTHOR)
    claims = {
        "X-Forwarded-User": APPROVER,
        "X-Remote-User": APPROVER,
        "From": APPROVER,
        "Cookie": "login=asha",
    }
    found = council.ask("GET", ME, headers=claims, at_socket=True).json
    assert found["login"] == AUTHOR
    assert found["via"].startswith("socket uid ")
    assert "direct" in found["scopes"]
    for claim in ("officer", "as", "login", "user"):
        assert council.ask("GET", f"{ME}?{claim}={APPROVER}", at_socket=True).status == 422


def test_at_the_socket_no_token_is_taken(rested: Council) -> None:
    """Two answers to who is asking are one too many."""
    rested.here(AUTHOR)
    assert rested.ask("GET", ME, token=rested.token(APPROVER), at_socket=True).status == 400


@pytest.mark.parametrize("login", [None, "root", "Sam", "sam ", "\u0455am"])
def test_a_user_who_is_not_on_the_register_is_turned_away(council: Council, login: str | None) -> None:
    """A login of this machine is not enough, and one that only looks like an officer's is another's."""
    if login is not None:
        council.here(login)
    answer = council.ask("GET", ME, at_socket=True)
    assert (answer.status, answer.json["kind"]) == (403, "NotDesignated")


def test_a_suspended_user_is_turned_away_at_the_socket(council: Council) -> None:
    """Suspension ends all doors, and the record tells who came all the same; a few times an hour."""
    council.here(AUTHOR)
    council.app.register.suspend(AUTHOR, actor=DIRECTOR, now=council.clock())
    for _ in range(5):
        assert council.ask("GET", ME, at_socket=True).status == 403
    told = council.denials(AUTHOR)
    assert [one["why"] for one in told] == ["sam is suspended"] * 3
    assert told[0]["via"].startswith("socket uid ")


def test_a_token_is_for_what_it_was_made_for(council: Council) -> None:
    """A token to read with changes nothing: 403, with the scope that would be needed."""
    answer = council.ask("POST", CONSENTS, {"reference": "A-1"}, token=council.token(AUTHOR, "read"))
    assert answer.status == 403
    assert 'error="insufficient_scope", scope="write"' in answer.headers["www-authenticate"]
    assert council.app.consents.all() == []


def test_a_change_is_recorded_with_who_and_by_which_door(council: Council) -> None:
    """The record tells by which token a change was made."""
    token = council.token()
    assert council.ask("POST", CONSENTS, {"reference": "A-1"}, token=token).status == 200
    (event,) = council.app.queue.events_of("A-1")
    assert (event.actor, event.via) == (AUTHOR, f"token {token.split('_')[1]}")


def test_the_author_never_approves_whatever_they_send(council: Council) -> None:
    """Separation of duties on the API's path: no field, parameter or header makes an author a second officer."""
    mine, theirs = council.token(AUTHOR), council.token(APPROVER)
    new = {
        "kind": "news",
        "title": "Photo of the fair",
        "summary": "Please ask me first about the fair.",
        "publish_at": soon(),
    }
    item = council.ask("POST", "/items", {"item": new}, token=mine).json["id"]
    approve, reason = f"/items/{item}/approve", {"reason": "Read it twice, and it is fine"}
    for body, query, headers in (
        (reason, "", {}),
        (reason, "", {"X-Forwarded-User": APPROVER, "X-Officer": APPROVER}),
        (reason, f"?officer={APPROVER}", {}),
        (reason | {"officer": APPROVER}, "", {}),
        (reason | {"as": APPROVER, "login": APPROVER}, "", {}),
    ):
        assert council.ask("POST", approve + query, body, token=mine, headers=headers).status in {403, 422}
    assert council.app.queue.item(item).state == "held for review"
    assert council.ask("POST", approve, reason, token=theirs).status == 200
    assert council.app.queue.item(item).approver == APPROVER


# --- stolen, ended, or shown where it must not be --------------------------------------------------------------------


def slowly(
    council: Council, head: str, body: bytes, meanwhile: Callable[[], object], *, at_socket: bool = False
) -> bytes:
    """The answer to a request of which `meanwhile` happens once its head was read, and before its body was sent.

    That it was read, and let in, the server says itself by asking for the body (RFC 9110 §10.1.1).
    """
    host, port = council.server.url.removeprefix("http://").split(":")
    family, address = (
        (socket.AF_UNIX, str(council.socket)) if at_socket else (socket.AF_INET, (host, int(port)))
    )
    with socket.socket(family) as connection:
        connection.settimeout(20)
        connection.connect(address)
        connection.sendall(f"{head}Host: localhost\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(65_536).startswith(b"HTTP/1.1 100 ")
        meanwhile()
        connection.sendall(body)
        return connection.recv(65_536)


def posted(body: bytes, authorization: str = "") -> str:
    """The head of a request that hands a consent in."""
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"POST /api/v1{CONSENTS} HTTP/1.1\r\n{kind}{authorization}"


def test_a_token_revoked_while_its_request_comes_is_worth_nothing(council: Council) -> None:
    """Whoever stole one and began to send before it was revoked has nothing done by it, and is noticed."""
    token, body = council.token(), b'{"reference": "A-1"}'
    head = posted(body, f"Authorization: Bearer {token}\r\n")
    tokens = council.app.tokens
    answer = slowly(council, head, body, lambda: tokens.revoke(token.split("_")[1], AUTHOR, anyones=False))
    assert (answer[:13], council.app.consents.all()) == (b"HTTP/1.1 401 ", [])
    assert [one["why"] for one in council.denials(AUTHOR)] == ["this token is revoked"]
    head = posted(body, f"Authorization: Bearer {council.token()}\r\n")
    assert slowly(council, head, body, lambda: None).startswith(b"HTTP/1.1 200 ")


def test_an_officer_suspended_while_their_request_comes_is_turned_away(council: Council) -> None:
    """At the socket, too, and where what is sent is looked at by no use case: a body in pieces, of which none comes."""
    council.here(AUTHOR)
    head = "GET /api/v1/items HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
    assert slowly(council, head, b"0\r\n\r\n", lambda: None, at_socket=True).startswith(b"HTTP/1.1 200 ")
    register = council.app.register
    answer = slowly(
        council, head, b"0\r\n\r\n",
        lambda: register.suspend(AUTHOR, actor=DIRECTOR, now=council.clock()), at_socket=True,
    )  # fmt: skip
    assert answer.startswith(b"HTTP/1.1 403 ")


def test_a_stolen_token_after_revocation_is_noticed(council: Council) -> None:
    """A revoked token is refused and written down under its officer's login, a few times an hour and no more."""
    token = council.token()
    council.app.tokens.revoke(token.split("_")[1], AUTHOR, anyones=False)
    assert council.denials(AUTHOR) == []
    for _ in range(5):
        assert council.ask("GET", ME, token=token).status == 401
    told = council.denials(AUTHOR)
    assert len(told) == 3
    assert told[0]["why"] == "this token is revoked"
    assert told[0]["via"] == f"token {token.split('_')[1]}"
    council.clock.forward(minutes=61)
    council.ask("GET", ME, token=token)
    assert len(council.denials(AUTHOR)) == 4


def test_an_expired_token_is_refused_and_noticed(council: Council) -> None:
    """A token ends at its moment, and its use afterwards is written down."""
    token = council.token(days=1)
    council.clock.forward(hours=23)
    assert council.ask("GET", ME, token=token).status == 200
    council.clock.forward(hours=1)
    answer = council.ask("GET", ME, token=token)
    assert (answer.status, answer.json["detail"]) == (401, "this token is expired")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert len(council.denials(AUTHOR)) == 1


def twice(token: str) -> str:
    return quote(token.replace("_", "%5F"), safe="")


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/council?access_token={}",
        "/api/v1/council?token={}&x=1",
        "/api/v1/council?{}",
        "/api/v1/consents/{}/withdraw",
        "/api/v1/items/{}",
        "/{}",
        "/healthz?token={}",
        "/hooks/website?key={}",
        "/nothing/here?x=Bearer+{}",
    ],
)
@pytest.mark.parametrize("written", [str, twice], ids=["plain", "quoted twice"])
def test_a_token_in_an_address_is_revoked_at_once(
    council: Council, caplog: pytest.LogCaptureFixture, address: str, written: Any
) -> None:
    """An address is kept in logs on its way: the request is refused, the token is worth nothing, and no log of ours has it."""
    caplog.set_level(logging.DEBUG)
    token = council.token()
    answer = council.ask(
        "GET", address.format(written(token)), under="", headers={"Authorization": f"Bearer {token}"}
    )
    assert (answer.status, answer.json["kind"]) == (400, "InputError")
    assert "it is revoked" in answer.json["detail"]
    assert council.ask("GET", ME, token=token).status == 401
    (_, revoked) = council.app.queue.events_of(f"token {token.split('_')[1]}")
    assert (revoked.action, revoked.detail["why"]) == ("token revoked", "seen in an address")
    secret = token.split("_")[2]
    assert secret not in caplog.text
    assert secret.encode() not in answer.body


def test_only_who_holds_a_token_can_make_it_worthless(rested: Council) -> None:
    """An id with a wrong secret in an address is refused, too, and revokes nothing: ids are no secrets."""
    token = rested.token()
    guess = token[:-64] + "0" * 64
    answer = rested.ask("GET", f"/rested?token={guess}")
    assert answer.status == 400
    assert "revoked" not in answer.json["detail"]
    assert rested.ask("GET", ME, token=token).status == 200


# --- failures are limited --------------------------------------------------------------------------------------------


def test_who_fails_too_often_waits(council: Council) -> None:
    """Ten failures in a minute, then 429 with Retry-After; a right token never waits for those who fail beside it."""
    for _ in range(10):
        assert council.ask("GET", ME, token=UNKNOWN).status == 401
    token = council.token()
    assert council.ask("GET", ME, token=token).status == 200
    answer = council.ask("GET", ME, token=UNKNOWN)
    assert answer.status == 429
    assert 50 <= int(answer.headers["retry-after"]) <= 60
    assert answer.json["kind"] == "OutsideFailed"
    council.clock.forward(seconds=61)
    assert council.ask("GET", ME, token=UNKNOWN).status == 401


def test_one_client_behind_the_proxy_does_not_stop_another(council: Council) -> None:
    """Behind a proxy clients are told apart by the hop that it wrote itself, the last: those before may be invented."""
    token = council.token()

    def behind(hops: str, held: str) -> int:
        headers = {"X-Forwarded-For": hops, "X-Forwarded-Proto": "https", "Host": "publisher.example.gov.uk"}
        return council.ask("GET", ME, token=held, headers=headers).status

    assert [behind(f"192.0.2.{number}, 198.51.100.7", UNKNOWN) for number in range(11)][-1] == 429
    assert behind("198.51.100.7", token) == 200
    assert behind("198.51.100.7, 198.51.100.8", UNKNOWN.replace("pub_0", "pub_1")) == 401


def test_guessing_at_a_token_does_not_lock_its_officer_out(council: Council) -> None:
    """Failures under one id, from many clients, are limited; the officer with the right secret goes on."""
    token = council.token()
    guess = token[:-64] + "0" * 64
    forwarded = {"X-Forwarded-Proto": "https", "Host": "publisher.example.gov.uk"}
    statuses = [
        council.ask(
            "GET", ME, token=guess, headers=forwarded | {"X-Forwarded-For": f"192.0.2.{number}"}
        ).status
        for number in range(12)
    ]
    assert statuses == [401] * 10 + [429] * 2
    assert council.ask("GET", ME, token=token).status == 200


def test_an_ipv6_customer_is_one_client() -> None:
    """Who has 2**64 addresses is still counted as one."""
    homes = {Knock(None, f"2001:db8::{last}", {}).client for last in ("1", "2:3")}
    assert homes == {"2001:db8::/64"}
    assert Knock(None, "2001:db8:0:1::1", {}).client not in homes


def test_a_counter_forgets_the_oldest_and_keeps_no_more() -> None:
    """A flood of clients takes a bounded memory, and a clock that was set back locks nobody out for good."""
    clock = Clock()
    counter = Counter(clock, 1, timedelta(minutes=1))
    counter.add("first")
    assert counter.wait("first") == 60
    for number in range(KEYS_MOST):
        counter.add(str(number))
    assert counter.wait("first") == 0
    clock.forward(days=-1)
    assert counter.wait(str(KEYS_MOST - 1)) == 0


# --- by which way it came ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}, 200),
        ({"X-Forwarded-Proto": "HTTPS"}, 200),
        ({"X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.1"}, 403),
        ({"X-Forwarded-Proto": "http"}, 403),
        ({"X-Forwarded-Proto": "https, http"}, 403),
        ({"X-Forwarded-Proto": "http, https"}, 403),
        ({"X-Forwarded-Proto": "httpss"}, 403),
    ],
)
def test_a_token_that_came_without_https_is_refused(
    rested: Council, headers: dict[str, str], status: int
) -> None:
    """From elsewhere a token comes by HTTPS as far as the proxy, and the proxy says so; else it was shown, and is revoked."""
    token = rested.token()
    assert rested.ask("GET", ME, token=token, headers=headers).status == status
    assert rested.ask("GET", ME, token=token).status == (200 if status == 200 else 401)
    last = rested.app.queue.events_of(f"token {token.split('_')[1]}")[-1]
    assert last.action == ("token made" if status == 200 else "token revoked")
    assert last.detail.get("why", "") == ("" if status == 200 else "came without HTTPS")


@pytest.mark.parametrize("path", [f"/api/v1{ME}", "/api/openapi.json"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "publisher.example.gov.uk"},
        {"X-Forwarded-For": "192.0.2.1"},
        {"Forwarded": "for=192.0.2.1"},
        {"Host": "publisher.example.gov.uk", "X-Forwarded-Proto": " "},
    ],
)
def test_a_proxy_that_does_not_say_how_it_was_asked_is_refused(
    rested: Council, path: str, headers: dict[str, str]
) -> None:
    """Without its word it may have come by plain http; nobody knows, so that the token is not taken from its officer."""
    token = rested.token()
    answer = rested.ask("GET", path, token=token, headers=headers, under="")
    assert (answer.status, answer.json["kind"]) == (403, "Refused")
    assert "X-Forwarded-Proto" in answer.json["way_out"]
    assert rested.ask("GET", ME, token=token).status == 200


@pytest.mark.parametrize(("peer", "is_let_in"), [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.0.2.1", False), ("", False)])  # fmt: skip
def test_another_machine_is_refused_over_plain_http(rested: Council, peer: str, *, is_let_in: bool) -> None:
    """Whoever comes from another machine is told to put a proxy with HTTPS before the daemon, whatever they claim of it."""
    headers = {
        "authorization": [f"Bearer {rested.token()}"],
        "host": ["localhost"],
        "x-forwarded-proto": ["https"],
    }
    porter = Porter(rested.app)
    if is_let_in:
        assert porter.caller(Knock(None, peer, headers)).login == AUTHOR
        return
    with pytest.raises(Turned, match="another machine") as turned:
        porter.caller(Knock(None, peer, headers))
    assert turned.value.status == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8600", 200),
        ("127.0.0.1", 200),
        ("[::1]:8600", 200),
        ("publisher.example.gov.uk", 200),
        ("EXAMPLE.GOV.UK.", 200),
        ("intranet.council.local", 200),
        ("evil.example", 421),
        ("example.gov.uk.evil.example", 421),
        ("notexample.gov.uk", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_a_name_that_is_not_ours_is_refused(rested: Council, host: str, status: int) -> None:
    """A page elsewhere whose name was made to lead here (DNS rebinding) sends its own name, and gets nothing."""
    headers = {"Host": host, "X-Forwarded-Proto": "https"}
    answer = rested.ask("GET", ME, token=rested.token(), headers=headers)
    assert answer.status == status
    assert rested.ask("GET", "/api/openapi.json", under="", headers=headers).status == status


def test_no_other_site_is_let_in_by_a_browser(rested: Council) -> None:
    """No CORS and no cookies: a page of another site cannot ask with anybody's rights."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = rested.ask("OPTIONS", CONSENTS, headers=headers)
    assert answer.status == 405
    answer = rested.ask("GET", ME, token=rested.token(), headers=headers)
    assert not {name for name in answer.headers if name.startswith("access-control") or name == "set-cookie"}
    assert answer.headers["cache-control"] == "no-store"


# --- what is asked is read strictly --------------------------------------------------------------------------------------


DEEP = b'{"reference":' + b"[" * 40 + b"]" * 40 + b"}"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[]", 422),
        (b'"A-1"', 422),
        (b"null", 422),
        (b"{}", 422),
        (b'{"reference":"A-1"} more', 400),
        (b'{"reference":"\xff"}', 400),
        ('{"reference":"A-1"}'.encode("utf-16"), 400),
        (b'{"reference":"\\ud800"}', 400),
        (b'{"reference":NaN}', 400),
        (b'{"reference":Infinity}', 400),
        (b'{"reference":1e999}', 400),
        (b'{"reference":' + b"9" * 5_000 + b"}", 400),
        (b"[" * 100_000, 400),
        (DEEP, 400),
        (b'{"reference":7}', 422),
        (b'{"reference":["A-1"]}', 422),
        (b'{"reference":"A-1","officer":"asha"}', 422),
        (b'{"reference":"A-1","expires_on":"tomorrow"}', 422),
        (b'{"reference":"A-1","basis":"love"}', 422),
        (b'{"reference":""}', 422),
        (b'{"reference":"' + b"x" * 300 + b'"}', 422),
    ],
)
def test_a_wrong_body_is_refused_and_breaks_nothing(rested: Council, body: bytes, status: int) -> None:
    """What is no JSON, or not what is asked for, is the sender's mistake (4xx), said in a problem; nothing is stored."""
    answer = rested.ask("POST", CONSENTS, body, token=rested.token(), headers=JSON)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["kind"] == "InputError"
    assert answer.json["status"] == status
    assert rested.app.consents.all() == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {**JSON, "Content-Encoding": "gzip"},
    ],
)
def test_another_content_type_is_refused(rested: Council, headers: dict[str, str]) -> None:
    """Only JSON in UTF-8, and plain: a form from another site's page is none."""
    answer = rested.ask("POST", CONSENTS, b'{"reference":"A-1"}', token=rested.token(), headers=headers)
    assert answer.status == 415


def test_too_much_is_not_read(rested: Council) -> None:
    """A body beyond its limit is refused by its length, or, where none is said, once it is over it."""
    token = rested.token()
    head = f"POST /api/v1{CONSENTS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    kind = "Content-Type: application/json\r\n"
    said = rested.raw(f"{head}{kind}Content-Length: 1048577\r\n\r\n".encode())
    assert said.startswith(b"HTTP/1.1 413")
    chunk = b"40000\r\n" + b" " * 0x40000 + b"\r\n"
    unsaid = rested.raw(f"{head}{kind}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 5)
    assert unsaid.startswith(b"HTTP/1.1 413")


def test_who_is_not_known_is_refused_before_anything_is_read(rested: Council) -> None:
    """A stranger is answered at once, however much they say they will send."""
    head = f"POST /api/v1{CONSENTS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    assert rested.raw(head.encode()).startswith(b"HTTP/1.1 401")


def test_pictures_may_be_large(rested: Council) -> None:
    """Where a body may hold pictures, more than a mebibyte is taken."""
    item = {"kind": "news", "title": "x", "summary": "y" * 2_000_000}
    answer = rested.ask("POST", "/items", {"item": item}, token=rested.token())
    assert (answer.status, answer.json["kind"]) == (422, "InputError")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/consents?officer=asha", 422),
        ("/consents?=", 422),
        ("/items?state=held&state=queued", 422),
        ("/items?everything=perhaps", 422),
        ("/items?everything=%ff", 400),
        ("/items/%ff", 422),
        ("/items/%00", 404),
        ("/items/" + "x" * 5_000, 404),
        ("/items/%F0%9F%98%80", 404),
        ("/nothing", 404),
        ("/", 404),
        ("/consents/", 404),
    ],
)
def test_a_wrong_address_is_refused(rested: Council, address: str, status: int) -> None:
    """An unknown parameter is an error and never passed over; what cannot be is the sender's mistake."""
    answer = rested.ask("GET", address, token=rested.token())
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_slash_in_a_reference_is_no_border(council: Council) -> None:
    """References are written with slashes: quoted, they stay one part of the path."""
    token = council.token()
    assert council.ask("POST", CONSENTS, {"reference": "FORM/2026 14"}, token=token).status == 200
    answer = council.ask("POST", "/consents/FORM%2F2026%2014/withdraw", token=token)
    assert (answer.status, answer.json["reference"]) == (200, "FORM/2026 14")


def test_a_body_where_none_is_taken_is_refused(council: Council) -> None:
    """What would be passed over is an error."""
    token = council.token()
    council.ask("POST", CONSENTS, {"reference": "A-1"}, token=token)
    assert council.ask("POST", "/consents/A-1/withdraw", {"officer": APPROVER}, token=token).status == 422
    assert council.ask("POST", "/consents/A-1/withdraw", {}, token=token).status == 200


def test_a_refusal_carries_what_the_command_line_says(council: Council) -> None:
    """A problem has the error's kind, words, field and way out, so that it can be raised again as it was."""
    told = council.ask("POST", CONSENTS, {"reference": "A-1", "basis": "love"}, token=council.token()).json
    assert told == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "'love' is no basis",
        "kind": "InputError",
        "field": "basis",
        "way_out": told["way_out"],
    }
    assert told["way_out"].startswith("It is one of consent, ")
    item = council.bench.news()["id"]
    council.app.decisions.withdraw(item, officer=AUTHOR, reason="Written twice")
    again = council.ask("POST", f"/items/{item}/reschedule", {}, token=council.token())
    assert (again.status, again.json["kind"]) == (409, "IllegalMove")


# --- which refusal ---------------------------------------------------------------------------------------------------

NOWHERE = [
    ("GET", "/items/nothing", None),
    ("GET", "/items/nothing/preview", None),
    ("POST", "/items/nothing/approve", {"reason": "Fine"}),
    ("POST", "/items/nothing/refuse", {"reason": "No"}),
    ("POST", "/items/nothing/withdraw", {"reason": "Old"}),
    ("POST", "/items/nothing/reschedule", {}),
    ("POST", "/items/nothing/retry", {}),
    ("POST", "/items/nothing/review", {"reason": "Seen"}),
    ("POST", "/items/nothing/erase", {"reason": "Old"}),
    ("POST", "/items/nothing/deliveries/facebook/resolve", {}),
    ("GET", "/audit/items/nothing", None),
    ("GET", "/officers/nobody", None),
    ("PATCH", "/officers/nobody", {"name": "Nia Owens"}),
    ("POST", "/officers/nobody/suspend", {"reason": "Left"}),
    ("POST", "/officers/nobody/reinstate", None),
    ("POST", f"/tokens/{'f' * 12}/revoke", None),
    ("GET", "/concerns/c-nothing", None),
    ("POST", "/concerns/c-nothing/close", {"outcome": "Done"}),
    ("GET", "/accounts/BC-404", None),
    ("POST", "/accounts/BC-404/approve", {"reason": "Yes"}),
    ("POST", "/consents/FORM-404/withdraw", None),
    ("POST", "/terms/myspace", {"address": "https://www.myspace.com/terms", "review_on": "2030-01-01"}),
    ("POST", "/links/facebook/nowhere", {}),
    ("GET", "/policy/explanations/no-such-rule", None),
]


@pytest.mark.parametrize(("method", "path", "body"), NOWHERE)
def test_what_is_not_there_is_not_found(rested: Council, method: str, path: str, body: Any) -> None:
    """What the address names and is not there is 404, said as the command line says it, with its exit code for wrong input."""
    answer = rested.ask(method, path, body, token=rested.token(DIRECTOR))
    assert (answer.status, answer.json["kind"]) == (404, "NotFound"), answer.json
    assert answer.json["title"] == "Not Found"
    assert answer.json["way_out"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/holds", {"reference": "FOI/1", "item": "nothing", "reason": "Asked for"}),
        ("/concerns", {"item": "nothing", "text": "It is wrong.", "to": DIRECTOR}),
        ("/tokens/issue", {"login": "nobody"}),
        ("/officers", {"login": "newone", "name": "Nia Owens", "channels": ["myspace"]}),
    ],
)
def test_what_is_sent_and_names_nothing_is_wrong_input(rested: Council, path: str, body: Any) -> None:
    """The address is right, so it is not 404; and the mistake is the sender's, so it is not the server's either."""
    assert rested.ask("POST", path, body, token=rested.token(DIRECTOR)).status == 422


@pytest.mark.parametrize("channel", ["myspace", "", "facebook/x"])
def test_a_channel_to_which_an_item_does_not_go_is_wrong_input(rested: Council, channel: str) -> None:
    """Retry and resolve name the channel as wrong; nothing is the matter with the server's configuration."""
    item, token = rested.bench.news(title=f"Pool opens {channel or 'soon'}")["id"], rested.token()
    answers = [rested.ask("POST", f"/items/{item}/retry", {"channel": channel}, token=token)]
    for body in ({}, {"withdrawn": True}):
        if channel:
            place = f"/items/{item}/deliveries/{quote(channel, safe='')}/resolve"
            answers.append(rested.ask("POST", place, body, token=token))
    for answer in answers:
        assert (answer.status, answer.json["kind"], answer.json["field"]) == (422, "InputError", "channel")


def test_wrong_rules_of_the_council_are_the_servers_fault(council: Council) -> None:
    """Whoever asks cannot mend config.toml or what it names: 503, as the command line says it."""
    rules = council.bench.folder / "rules"
    rules.mkdir(exist_ok=True)
    (rules / "ours.toml").write_text("[[rule]]\n")
    answer = council.ask("GET", "/policy/rules", token=council.token())
    assert (answer.status, answer.json["kind"]) == (503, "ConfigError")


def test_every_kind_of_failure_has_its_status() -> None:
    """The table of statuses names every kind there is, each before what it is a kind of."""
    kinds = [kind for kind, _ in problems.STATUSES]
    for place, kind in enumerate(kinds):
        assert not any(issubclass(kind, before) for before in kinds[:place]), kind
    every = [PublisherError]
    for kind in every:
        every.extend(one for one in kind.__subclasses__() if one.__module__ == "publisher.errors")
    for kind in every[1:]:
        assert issubclass(kind, tuple(kinds)), kind
        assert kind in KINDS or kind is ChannelFailed


# --- what attackers send -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "status"),
    [("HEAD", 405), ("OPTIONS", 405), ("TRACE", 405), ("DELETE", 405), ("CONNECT", 405), ("PROPFIND", 405)],
)
def test_another_method_is_refused_plainly(rested: Council, method: str, status: int) -> None:
    """What no operation is, is not done: with a problem as the answer, and no header of the request sent back (TRACE)."""
    answer = rested.ask(method, ME, token=rested.token())
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert b"pub_" not in answer.body


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-HTTP-Method": "POST"},
        {"X-Method-Override": "PUT"},
        {"X-Original-URL": "/api/v1/tokens"},
        {"X-Rewrite-URL": "/api/v1/tokens"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Prefix": "/evil"},
    ],
)
def test_no_header_turns_a_request_into_another(rested: Council, headers: dict[str, str]) -> None:
    """Method and address are those of the request line, whatever else is sent."""
    answer = rested.ask("GET", ME, token=rested.token(), headers=headers)
    assert (answer.status, answer.json["login"]) == (200, AUTHOR)


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("{0} ", 200),  # blanks at a header's end are no part of it (RFC 9110 §5.5)
        (" {0}", 401),
        ("{0},{0}", 401),
        ("{0}, {0}", 401),
        ("{0}\xb2", 401),
        ('"{0}"', 401),
        ("{0}0", 401),
        ("{1}", 401),
        ("{2}", 401),
        ("pub_ {0}", 401),
    ],
)
def test_what_looks_like_a_token_is_none(rested: Council, written: str, status: int) -> None:
    """A token is its bytes: in another case, with a blank, a foreign digit or twice it is not known, and is not repeated."""
    token = rested.token()
    sent = written.format(token, token.upper(), token[:-1])
    answer = rested.ask("GET", ME, headers={"Authorization": f"Bearer {sent}"})
    assert answer.status == status
    assert token.encode() not in answer.body


def test_a_refusal_writes_nothing_but_that_it_was_one(council: Council) -> None:
    """A token whose scope is too narrow changes nothing: the record grows by the refusal alone."""
    item, token = council.bench.news()["id"], council.token(AUTHOR, "read")
    before = council.app.queue.events(item)
    answer = council.ask("POST", f"/items/{item}/withdraw", {"reason": "Mine now"}, token=token)
    assert (answer.status, answer.json["kind"]) == (403, "Refused")
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert council.app.queue.events(item) == before
    assert [one["asked"] for one in council.denials(AUTHOR)] == ["POST /items/{item_id}/withdraw"]


def test_that_somebody_wanted_to_raise_a_concern_is_not_told(council: Council) -> None:
    """By a token that is not for that: whom it is about would read it in the record (clause 4). It counts as a failure all the same."""
    token, said = council.token(AUTHOR, "read", "write"), {"person": "Dana Lund", "text": "She takes bribes"}
    with council.app.queue.reading() as connection:
        before = end(connection)
    for method, path in (
        ("POST", "/concerns"), ("GET", "/concerns"), ("GET", "/concerns/c-aaaaaaaa"), ("POST", "/concerns/c-aaaaaaaa/close"),
    ):  # fmt: skip
        answer = council.ask(method, path, said if method == "POST" else None, token=token)
        assert (answer.status, "confide" in answer.headers["www-authenticate"]) == (403, True)
    with council.app.queue.reading() as connection:
        assert end(connection) == before
    for _ in range(6):
        council.ask("GET", "/concerns", token=token)
    assert council.ask("GET", ME).status == 429


def test_requests_one_behind_the_other_are_answered_each(rested: Council) -> None:
    """A second request in the same bytes is known by its own token, never by the first one's."""
    first = f"GET /api/v1{ME} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {rested.token()}\r\n\r\n"
    second = f"GET /api/v1{ME} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answers = rested.everything((first + second).encode())
    assert [answers.count(b"HTTP/1.1 200"), answers.count(b"HTTP/1.1 401")] == [1, 1]


def test_two_lengths_of_one_body_are_refused(rested: Council) -> None:
    """Where a proxy and we might disagree on where a request ends, it is not taken (RFC 9112 §6.3)."""
    head = f"POST /api/v1{CONSENTS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {rested.token()}\r\n"
    for lengths in (
        "Content-Length: 2\r\nContent-Length: 3\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: -2\r\n",
    ):
        told = rested.raw((head + lengths + "\r\n{}").encode())
        assert told.split(b" ")[1][:1] == b"4", (lengths, told[:80])


def test_very_many_headers_are_refused(rested: Council) -> None:
    """A request's head is small; one that is not is answered with a no and breaks nothing."""
    head = "".join(f"X-{number}: {'x' * 100}\r\n" for number in range(5_000))
    told = rested.raw(f"GET /api/v1{ME} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode())
    assert told.split(b" ")[1][:1] == b"4", told[:80]
    assert rested.ask("GET", ME, token=rested.token()).status == 200


def test_a_line_break_within_a_path_is_no_border(rested: Council) -> None:
    """Whatever a path holds, a refusal of the API is a problem in its own words."""
    answer = rested.ask("GET", "/items/a%0Ab", token=rested.token())
    assert (answer.status, answer.json["kind"]) == (404, "NotFound")


def test_a_wrong_method_hears_which_there_are(rested: Council) -> None:
    """405 lists every method of the address (RFC 9110 §15.5.6)."""
    answer = rested.ask("DELETE", "/items", token=rested.token())
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
    answer = rested.ask("OPTIONS", "/officers/sam", token=rested.token())
    assert (answer.status, answer.headers["allow"]) == (405, "GET, PATCH")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (CONSENTS, {"reference": "A-9", "expires_on": 0}, "expires_on"),
        (CONSENTS, {"reference": "A-9", "expires_on": "0"}, "expires_on"),
        (CONSENTS, {"reference": "A-9", "expires_on": 1.5}, "expires_on"),
        (CONSENTS, {"reference": "A-9", "expires_on": "2030-01-01T00:00:00"}, "expires_on"),
        (CONSENTS, {"reference": "A-9", "expires_on": "٢٠٣٠-01-01"}, "expires_on"),
        ("/items", {"item": {}, "dry_run": 0}, "dry_run"),
        ("/items", {"item": {}, "dry_run": "yes"}, "dry_run"),
        ("/tokens/enrol", {"days": True}, "days"),
        ("/tokens", {"days": "9"}, "days"),
    ],
)
def test_a_value_of_another_kind_is_not_turned_into_one(
    rested: Council, path: str, body: Any, field: str
) -> None:
    """As the description says it: 0 is no day in 1970, and neither is it false; nothing is guessed."""
    token = rested.app.tokens.issue(AUTHOR, DIRECTOR)[1] if "enrol" in path else rested.token()
    answer = rested.ask("POST", path, body, token=token)
    assert (answer.status, answer.json["field"]) == (422, field)


@pytest.mark.parametrize("day", ["0", "1.5", "2026-11-28T00:00:00", "today"])
def test_a_day_in_a_query_is_a_day(rested: Council, day: str) -> None:
    """A number that pydantic would take for seconds since 1970 is none."""
    answer = rested.ask("GET", f"/audit/log?since={day}", token=rested.token())
    assert (answer.status, answer.json["field"]) == (422, "since")
    assert rested.ask("GET", "/audit/log?since=2026-01-01", token=rested.token()).status == 200


def test_no_token_counts_while_an_older_database_is_there(council: Council) -> None:
    """It has forgotten which were revoked, and who left: there is only the socket, until a director has accepted it."""
    asha = council.token(AUTHOR, "read")
    assert council.ask("GET", ME, token=asha).status == 200
    council.token(APPROVER, "read")
    database = council.app.config.database
    by_hand(database, "DELETE FROM event WHERE id = (SELECT max(id) FROM event)")  # the newest is gone
    answer = council.ask("GET", ME, token=asha)
    assert (answer.status, "which tokens were revoked" in answer.json["detail"]) == (403, True)
    council.here(DIRECTOR)
    told = {"reason": "The disk failed; the backup of Monday was put back"}
    assert council.ask("POST", "/audit/accept", told, at_socket=True).status == 200
    assert council.ask("GET", ME, token=asha).status == 401
    council.tokens.clear()
    assert council.ask("GET", ME, token=council.token(AUTHOR, "read")).status == 200
