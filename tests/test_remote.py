"""Asking a server: the same errors as here, a token that goes nowhere else, and no change that is asked for twice."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from api_support import short_folder
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher import openapi, problems, remote
from publisher.errors import (
    ConfigError,
    IllegalMove,
    InputError,
    NotDesignated,
    NotFound,
    OutsideFailed,
    PublisherError,
    Refused,
)
from publisher.office import Office
from publisher.office import operations as declared
from publisher.office.carrying import arguments, pack, unpack
from publisher.office.consents import NewConsent
from publisher.office.operations import Body, Part, Shown, operation
from publisher.serve import Server, hang_up
from publisher.ways import Way, way_of

TOKEN = f"pub_{'a' * 12}_{'b' * 64}"


class Wish(Body):
    """What is sent."""

    words: str
    day: date | None = None
    many: tuple[int, ...] = ()


class Trial(Part):
    """A part with every kind of argument."""

    @operation("GET", "/trial/{first}/{second}", declared.Scope.READ)
    def look(
        self, first: str, second: str, *, number: int | None = None, sure: bool = False, day: date | None = None, many: list[str] | None = None
    ) -> Shown:  # fmt: skip
        """Looks."""
        raise NotImplementedError

    @operation("POST", "/trial/{first}", declared.Scope.WRITE)
    def do(self, first: str, body: Wish) -> Shown:
        """Does."""
        raise NotImplementedError


LOOK, DO = (declared.operations(Trial)[name] for name in ("look", "do"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


# --- arguments ---------------------------------------------------------------------------------------------------------


@given(TEXT, TEXT, st.integers() | st.none(), st.booleans(), st.dates() | st.none(), st.lists(TEXT, min_size=1) | st.none())  # fmt: skip
def test_arguments_arrive_as_they_were_given(
    first: str,
    second: str,
    number: int | None,
    sure: bool,  # noqa: FBT001  # by name, from hypothesis
    day: date | None,
    many: list[str] | None,
) -> None:
    """Whatever text, number or day is asked with: the server reads what the client was given."""
    of = arguments(Trial.look, LOOK)
    named = {"number": number, "sure": sure, "day": day, "many": many}
    packed = pack(of, LOOK, (first, second), named)
    assert packed.path.isascii()
    assert packed.path.count("/") == 3
    _, _, one, other = packed.path.split("/")
    read = unpack(of, {"first": one, "second": other}, packed.query, None)
    assert read == {"first": first, "second": second} | {k: v for k, v in named.items() if v is not None}


@given(TEXT, TEXT, st.dates() | st.none(), st.lists(st.integers(-(2**60), 2**60)))
def test_a_body_arrives_as_it_was_given(first: str, words: str, day: date | None, many: list[int]) -> None:
    """The body is sent as JSON and read by the same model."""
    of = arguments(Trial.do, DO)
    wish = Wish(words=words, day=day, many=tuple(many))
    packed = pack(of, DO, (first, wish), {})
    sent = json.loads(json.dumps(packed.body))
    assert unpack(of, {"first": packed.path.split("/")[2]}, (), sent) == {"first": first, "body": wish}


def test_a_list_is_described_as_part_of_the_query() -> None:
    """FastAPI alone would look for it in the body, where nobody sends it."""

    def asked(**_: Any) -> None:
        raise NotImplementedError

    vars(asked)["__signature__"] = openapi.signature(arguments(Trial.look, LOOK))
    api = FastAPI()
    api.add_api_route(LOOK.path, asked, **openapi.of_route("trial.look", Trial.look, LOOK))
    told = openapi.description(api)["paths"][LOOK.path]["get"]
    assert "requestBody" not in told
    assert {one["name"] for one in told["parameters"] if one["in"] == "query"} == {
        "number",
        "sure",
        "day",
        "many",
    }


def test_what_is_no_text_is_not_sent() -> None:
    """A broken character from a shell is the caller's mistake, said before anything is asked."""
    of = arguments(Trial.look, LOOK)
    with pytest.raises(InputError, match="first: this is no text"):
        pack(of, LOOK, ("\udcff", "b"), {})
    with pytest.raises(InputError, match="many: this is no text"):
        pack(of, LOOK, ("a", "b"), {"many": ["\udcff"]})
    with pytest.raises(TypeError):
        pack(of, LOOK, ("a",), {})


# --- a server ------------------------------------------------------------------------------------------------------------


@dataclass
class Stub:
    """A server that answers as it is told, and keeps what it was asked."""

    answers: list[ASGIApp] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        self.asked.append((request.method, scope["raw_path"].decode(), dict(request.headers), body))
        await (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(scope, receive, send)


def says(content: Any, status: int = 200, kind: str = "application/json") -> ASGIApp:
    return Response(json.dumps(content), status, media_type=kind)


@contextmanager
def asking(*answers: ASGIApp) -> Iterator[tuple[Office, Stub]]:
    """An office on a server that gives these answers, the last one for ever."""
    stub = Stub(list(answers))
    with Server(stub) as server, remote.office(Way(server.url, "your token", TOKEN, timeout=5)) as office:
        yield office, stub


def test_a_question_carries_the_token_in_its_header_alone() -> None:
    """Method, path, body and token, as the API takes them."""
    with asking(says({"reference": "A/1"})) as (office, stub):
        assert office.consents.add(NewConsent(reference="A/1")) == {"reference": "A/1"}
        assert office.consents.withdraw("A/1 ?") == {"reference": "A/1"}
    (method, path, headers, body), (_, other, _, nothing) = stub.asked
    assert (method, path, json.loads(body)) == ("POST", "/api/v1/consents", {"reference": "A/1"})
    assert (other, nothing) == ("/api/v1/consents/A%2F1%20%3F/withdraw", b"")
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in path + body.decode()


ERRORS = [
    InputError("is wrong", field="images[0].alt", way_out="Mend it."),
    InputError("is wrong"),
    NotFound("there is no item '7'", way_out="`publisher list` shows them."),
    ConfigError("cannot be read", field="rules", way_out="Tell someone."),
    Refused("the answer is no", way_out="Ask another."),
    NotDesignated("sam may not"),
    IllegalMove("it is past that", way_out="See `publisher show`."),
    OutsideFailed("the disk is full", way_out="Later."),
]


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_a_refusal_is_raised_again_as_it_was(error: PublisherError) -> None:
    """The same kind, line, field, way out and exit code as in the server's own process."""
    refusal = problems.problem(HTTPStatus.CONFLICT, error)
    with asking(refusal) as (office, _), pytest.raises(PublisherError) as raised:
        office.consents.list()
    assert type(raised.value) is type(error)
    assert str(raised.value) == str(error)
    assert (raised.value.way_out, raised.value.exit_code) == (error.way_out, error.exit_code)
    assert getattr(raised.value, "field", "") == getattr(error, "field", "")


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("<html>Log in to the guest network</html>", media_type="text/html"),
        says({"consents": []}, kind="text/html"),
        says(["not", "an", "object"]),
        says("words"),
        Response("{", media_type="application/json"),
        Response("[" * 100_000, media_type="application/json"),
        Response(b"\xff\xfe", media_type="application/json"),
        says({}, 500),
        says({"kind": "SystemExit", "detail": "x"}, 403, "application/problem+json"),
        says({"kind": "BaseException", "detail": "x"}, 403, "application/problem+json"),
        says({"kind": "InputError"}, 422, "application/problem+json"),
        says({"kind": ["InputError"], "detail": {}}, 422, "application/problem+json"),
        says({"reference": "A-1"}, 201),
        RedirectResponse("http://127.0.0.1:9/api/v1/consents"),
        Response(status_code=204),
    ],
)
def test_what_is_no_answer_of_ours_is_said_plainly(answer: ASGIApp) -> None:
    """Another program's page, a redirect, or rubbish: one line, exit code 4, and nothing is followed or believed."""
    with asking(answer) as (office, stub), pytest.raises(OutsideFailed) as raised:
        office.consents.list()
    assert raised.value.exit_code == 4
    assert len(stub.asked) == 1


def test_what_a_server_says_cannot_forge_the_screen() -> None:
    """Words from the other end are shown as one safe line."""
    refusal = says(
        {"kind": "Refused", "detail": "no\x1b[2J\nyes\u202e", "way_out": "\r"},
        403,
        "application/problem+json",
    )
    with asking(refusal) as (office, _), pytest.raises(Refused) as raised:
        office.consents.list()
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    ("verb", "told"), [("list", "Nothing was done"), ("withdraw", "before you ask again")]
)
def test_where_no_answer_comes_nothing_is_asked_again(verb: str, told: str) -> None:
    """A connection that breaks in mid-question: it is said, what to do next is said, and the question went out once."""

    async def rude(scope: Scope, _receive: Receive, _send: Send) -> None:
        await hang_up(scope)

    with asking(rude) as (office, stub), pytest.raises(OutsideFailed, match=told) as raised:
        office.consents.list() if verb == "list" else office.consents.withdraw("A-1")
    assert len(stub.asked) == 1
    assert TOKEN[-64:] not in str(raised.value)


def test_a_server_that_is_slow_is_not_waited_for_for_ever() -> None:
    """After the time-out of [client] it is said that no answer came."""

    async def slow(scope: Scope, receive: Receive, _send: Send) -> None:
        await Request(scope, receive).body()
        await receive()

    with (
        Server(slow, grace=0.1) as server,
        remote.office(Way(server.url, "your token", TOKEN, timeout=0.2)) as office,
        pytest.raises(OutsideFailed, match="too long"),
    ):
        office.consents.list()


def test_what_stays_is_asked_once() -> None:
    """The council's own facts are asked for once for each office; what changes, each time."""
    with asking(says({"timezone": "Europe/London"})) as (office, stub):
        for _ in range(3):
            assert office.council.about()["timezone"] == "Europe/London"
            office.consents.list()
    assert [path for _, path, _, _ in stub.asked].count("/api/v1/council") == 1
    assert len(stub.asked) == 4


def test_a_kept_connection_that_the_server_closed_is_made_anew() -> None:
    """A server may close after an answer; the next question still arrives."""
    close = Response("{}", media_type="application/json", headers={"Connection": "close"})
    with asking(close, says({"again": True})) as (office, _):
        assert office.consents.list() == {}
        assert office.consents.list() == {"again": True}


def test_what_is_too_large_is_not_sent() -> None:
    """The limit of the API is told before anything goes."""
    with asking(says({})) as (office, stub), pytest.raises(InputError, match="too large"):
        office.consents.add(NewConsent(reference="x" * 2_000_000))
    assert stub.asked == []


def test_a_server_that_is_not_there_is_said_plainly() -> None:
    """Nothing listens: exit code 4, and that nothing was done."""
    with (
        remote.office(Way("http://127.0.0.1:9", "your token", TOKEN)) as office,
        pytest.raises(
            OutsideFailed, match=r"http://127.0.0.1:9 cannot be reached.*Nothing was done"
        ) as raised,
    ):
        office.consents.withdraw("A-1")
    assert TOKEN not in str(raised.value)


def test_a_certificate_that_nobody_vouches_for_is_not_taken(tmp_path: Path) -> None:
    """Whoever stands between cannot read the token: a self-made certificate ends the connection before anything is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    heard: list[bytes] = []
    with (
        listening(context, heard) as port,
        remote.office(Way(f"https://localhost:{port}", "", TOKEN)) as office,
        pytest.raises(OutsideFailed, match="certificate"),
    ):
        office.consents.list()
    assert heard == [b""]


@contextmanager
def listening(context: ssl.SSLContext, heard: list[bytes]) -> Iterator[int]:
    """One TLS connection is taken, and what comes over it is kept."""
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server:

        def hear() -> None:
            connection, _ = server.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    heard.append(secured.recv(65_536))
            except OSError:
                heard.append(b"")

        thread = threading.Thread(target=hear)
        thread.start()
        yield server.getsockname()[1]
        thread.join(20)


def self_signed(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return file


# --- whom one asks -------------------------------------------------------------------------------------------------------


COUNCIL = '[council]\nname = "x"\n'
CLIENT = '[client]\nserver = "https://publisher.example.gov.uk/office/"\ntoken = "file:token.txt"\n'
SOCKET = '[daemon]\nsocket = "run/s"\n'


def configured(folder: Path, text: str) -> str:
    (folder / "token.txt").write_text(TOKEN + "\n")
    (folder / "token.txt").chmod(0o600)
    file = folder / "config.toml"
    file.write_text(text)
    return str(file)


def test_a_config_with_only_a_server_will_do(tmp_path: Path) -> None:
    """An officer's own machine needs no channels, no council and no database."""
    way = way_of(configured(tmp_path, CLIENT + "timeout = 5.0\n"))
    assert way == Way("https://publisher.example.gov.uk/office", "your token", TOKEN, timeout=5.0)


def test_the_environment_comes_before_the_config_and_the_server_before_the_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Environment, [client], the daemon's socket, the database: the first that is there."""
    assert way_of(configured(tmp_path, COUNCIL)) is None
    file = configured(tmp_path, COUNCIL + SOCKET)
    found = way_of(file)
    assert found
    assert (found.unix, found.token) == (tmp_path / "run" / "s", "")
    file = configured(tmp_path, COUNCIL + SOCKET + CLIENT)
    found = way_of(file)
    assert found
    assert found.address == "https://publisher.example.gov.uk/office"
    monkeypatch.setenv("PUBLISHER_SERVER", "http://127.0.0.1:8600")
    monkeypatch.setenv("PUBLISHER_TOKEN_FILE", str(tmp_path / "token.txt"))
    assert way_of(file) == Way("http://127.0.0.1:8600", "your token", TOKEN)


def test_a_token_goes_only_to_the_server_beside_which_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A config.toml that somebody left in a folder does not get the token of the environment, nor the other way round."""
    monkeypatch.setenv("PUBLISHER_TOKEN", TOKEN)
    with pytest.raises(ConfigError, match=r"client\.token: the server asks for a token"):
        way_of(configured(tmp_path, '[client]\nserver = "https://evil.example"\n'))
    monkeypatch.delenv("PUBLISHER_TOKEN")
    monkeypatch.setenv("PUBLISHER_SERVER", "https://other.example")
    with pytest.raises(InputError, match="asks for a token"):
        way_of(configured(tmp_path, CLIENT))


@pytest.mark.parametrize(
    "address",
    [
        "http://publisher.example.gov.uk",
        "ftp://x",
        "publisher",
        "https://",
        "https://a@b",
        "https://a?b",
        "https://a:x",
        "\udcff",
    ],
)
def test_a_server_is_asked_over_https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Plain http is for this machine alone, wherever the address is written; the line names the place."""
    monkeypatch.setenv("PUBLISHER_TOKEN", TOKEN)
    monkeypatch.setenv("PUBLISHER_SERVER", address)
    with pytest.raises(InputError, match="PUBLISHER_SERVER"):
        way_of(None)
    monkeypatch.delenv("PUBLISHER_SERVER")
    if address.isascii():
        with pytest.raises(ConfigError, match=r"client\.server"):
            way_of(configured(tmp_path, f"[client]\nserver = {json.dumps(address)}\n"))


@pytest.mark.parametrize("secret", ["another secret", TOKEN + "x", "pub_short", "EAAG" * 40, "é", "a\nb"])
def test_another_secret_is_sent_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    """What stands in the token's place and is no token of ours is neither sent nor shown."""
    file = configured(tmp_path, CLIENT)
    (tmp_path / "token.txt").write_text(secret, encoding="utf-8")
    with pytest.raises(InputError, match=r"client\.token") as raised:
        way_of(file)
    assert secret not in str(raised.value)
    monkeypatch.setenv("PUBLISHER_SERVER", "https://publisher.example.gov.uk")
    monkeypatch.setenv("PUBLISHER_TOKEN", secret)
    with pytest.raises(InputError, match="PUBLISHER_TOKEN") as raised:
        way_of(file)
    assert secret not in str(raised.value)


def test_a_token_that_others_may_read_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ssh does with a key; the line to type is said, for both places in which a file is named."""
    file = configured(tmp_path, CLIENT)
    (tmp_path / "token.txt").chmod(0o640)
    with pytest.raises(InputError, match=r"client\.token.*chmod 600"):
        way_of(file)
    monkeypatch.setenv("PUBLISHER_SERVER", "https://publisher.example.gov.uk")
    monkeypatch.setenv("PUBLISHER_TOKEN_FILE", str(tmp_path / "token.txt"))
    with pytest.raises(InputError, match=r"PUBLISHER_TOKEN_FILE.*chmod 600"):
        way_of(file)


def test_a_token_is_in_no_picture_of_a_way() -> None:
    """Whatever prints a Way, such as a bug's report, does not print the token."""
    assert TOKEN not in repr(Way("https://x", "your token", TOKEN))


def test_a_socket_without_a_daemon_says_what_to_do() -> None:
    """No file, no listener, or something else in its place: exit code 4, and how to start the daemon."""
    with short_folder() as folder:
        (folder / "file").write_text("no socket")
        for name in ("none", "file", "x" * 200):
            with (
                remote.office(Way("http://localhost", "your login", unix=folder / name)) as office,
                pytest.raises(OutsideFailed, match=r"cannot be reached.*publisher daemon"),
            ):
                office.consents.list()
