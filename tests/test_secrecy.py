"""No secret in anything that the program tells: failures, logs, tracebacks, what a bug leaves behind, what is kept."""

import base64
import hashlib
import hmac
import html
import io
import json
import logging
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from channels_support import ACCOUNT_ID, NOW, Loopback, Received, answer, load, picture, post, supplies
from support import ROOT, open_office, sampled

from publisher import secrecy
from publisher.channels import Withdrawal
from publisher.cli import _edge
from publisher.errors import ChannelFailed, ConfigError, EgressRefused, InputError, PublisherError, Refused
from publisher.logs import OneLine
from publisher.model import Judgement, Outcome, Receipt, Staged
from publisher.rehearsal.faults import Fault
from publisher.secrecy import STRUCK_OUT, known, scrub
from publisher.settings import reveal
from publisher.token_files import Tokens
from publisher.wire import Session

pytest_plugins = ["channels_fixtures"]

LOGGERS = ("tweepy", "oauthlib", "requests_oauthlib", "urllib3", "requests", "facebook", "publisher", "")
"""Whoever could log anything of a request; the last is the root."""


def a_secret() -> str:
    """One with all the signs that are written in different ways in different places."""
    return f"s3cret/{secrets.token_hex(8)}+=&\"é'<\\ ????~~~~ x"


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in an address": quote_plus,
    "in a path": quote,
    "in a path, with slashes": lambda value: quote(value, safe=""),
    "in small letters": lambda value: re.sub(
        "%[0-9A-F]{2}", lambda hit: hit[0].lower(), quote(value, safe="")
    ),
    "encoded twice": lambda value: quote(quote(value, safe=""), safe=""),
    "in JSON": json.dumps,
    "in JSON with all letters": lambda value: json.dumps(value, ensure_ascii=False),
    "in Python": repr,
    "in HTML": html.escape,
    "in hexadecimal": lambda value: value.encode().hex(),
    "in base64": lambda value: base64.b64encode(value.encode()).decode(),
    "in base64 for addresses": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "behind a name in base64": lambda value: base64.b64encode(f"client:{value}".encode()).decode(),
    "behind another in base64": lambda value: base64.b64encode(f"client1:{value}:more".encode()).decode(),
    "in an encoded header": lambda value: quote(base64.b64encode(f"id:{value}".encode()).decode(), safe=""),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_known_secret_is_struck_out_in_every_form(form: str) -> None:
    """As it is, and as addresses, JSON, Python, HTML, base64 and hexadecimal hold it, wherever it stands."""
    value = a_secret()
    written = FORMS[form](value)
    assert scrub(f"before {written} behind") == f"before {written} behind"
    known(value)
    shown = scrub(f"before {written} behind")
    assert STRUCK_OUT in shown
    neighbours = 12 if "behind" in form or "header" in form else 0
    assert longest_common(written, shown) < secrecy.SHORTEST + neighbours
    assert shown.startswith("before ")
    assert shown.endswith(" behind")


def longest_common(secret: str, shown: str) -> int:
    """Characters of the longest piece of the secret that is still there."""
    rest = shown.replace(STRUCK_OUT, "")
    return max(
        (size for size in range(1, len(secret) + 1) for at in range(len(secret) - size + 1) if secret[at : at + size] in rest),
        default=0,
    )  # fmt: skip


SHAPES = (
    "Authorization: Bearer {}", "{{'Authorization': 'Bearer {}'}}", "Authorization: Basic {}", "oauth_token={}&b=c", 'oauth_token="{}", b',
    'OAuth oauth_nonce="1", oauth_signature="{}"', "('oauth_token', '{}')", "access_token%3D{}%26b", '{{"refresh_token": "{}"}}',
    "{{'access_token': '{}'}}", '{{\\"access_token\\":\\"{}\\"}}', "client_secret={}", "appsecret_proof={}", "fb_exchange_token={}", "input_token={}",
    "Signature: {}", 'oauth_signature=\\\\\\"{}\\\\\\"', "oauth_signature%3D%22{}%22", "sessionid={};", "password: {}", "https://graph.facebook.com/me?access_token={}&a=b",
)  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_what_looks_like_a_token_is_struck_out_unknown_as_it_is(shape: str) -> None:
    """Nobody may have told of it: a token that a platform or a library makes up is known by the name before it."""
    value = secrets.token_urlsafe(24) + "7"
    assert value not in scrub(f"it said {shape.format(value)} again")


@pytest.mark.parametrize("begin", ["EAA", "IGAA", "AAAAAAAAAA"])
def test_a_platforms_own_token_is_known_by_its_beginning(begin: str) -> None:
    """Meta's and X's tokens begin in their own way."""
    assert scrub(f"code 190: {begin}G7{'x9' * 30} is dead") == f"code 190: {STRUCK_OUT} is dead"


@pytest.mark.parametrize(
    "text",
    [
        "Basic information about bins, and the bearer of the news.", "The token is missing: set it, then try again.", "password: required",
        "The access token does not begin with the account's number", 'channels.facebook.token: write "env:FACEBOOK_PAGE_TOKEN" or "file:PATH"',
        "HTTP 400, code 190, sub-code 463, trace AbC-123", "item 4f3c2b1a0918 to twitter: sent. https://x.com/i/status/1234567890123456789",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "OAuth is the way in; secretary: J. Jones", "",
        "{'title': 'New tokens for bin day 12', 'text': 'Tokens: 2 per home. Basic rate £12.50'}",
    ],
)  # fmt: skip
def test_ordinary_words_stay(text: str) -> None:
    """An officer must be able to read what is wrong."""
    assert scrub(text) == text


@pytest.mark.parametrize("value", ["", "short", "1234567", "   ab   "])
def test_what_is_too_short_to_be_a_secret_is_left(value: str) -> None:
    """A secret of a few signs would strike out half of all words."""
    known(value)
    assert scrub(f"a {value} b 1234567 short") == f"a {value} b 1234567 short"


def test_a_key_of_several_lines_is_struck_out_line_by_line() -> None:
    """A log shows one line of a file at a time."""
    lines = [secrets.token_hex(16) for _ in range(3)]
    known("-----BEGIN KEY-----\n" + "\n".join(lines) + "\n-----END KEY-----\n")
    assert scrub(f"found {lines[1]} in it") == f"found {STRUCK_OUT} in it"
    assert scrub("-----BEGIN KEY-----") == "-----BEGIN KEY-----"


def test_the_words_of_a_saved_session_are_no_secrets() -> None:
    """A secret that is a file of settings is struck out as a whole; its lines stand in ordinary texts as well."""
    known('{\n    "locale": "en_GB",\n    "country": "United Kingdom"\n}\n')
    assert scrub('    "country": "United Kingdom"') == '    "country": "United Kingdom"'


def test_a_secret_within_another_leaves_no_rest() -> None:
    """An access token of X begins with the account's number, and a longer secret may hold a shorter one."""
    inner = secrets.token_hex(8)
    known(inner)
    known(f"{inner}-{inner}")
    assert scrub(f"a {inner}-{inner} b") == f"a {STRUCK_OUT} b"


def test_secrets_that_come_and_go_do_not_pile_up() -> None:
    """Tokens are renewed for years: the newest are kept, and what config.toml names is never forgotten."""
    lasting, first, last = secrets.token_hex(16), secrets.token_hex(16), secrets.token_hex(16)
    known(lasting, passing=True)
    known(lasting)  # one that came by itself, and was then found to be what config.toml names
    for value in (first, *(secrets.token_hex(16) for _ in range(secrecy.MOST_PASSING)), last):
        known(value, passing=True)
    assert scrub(f"{lasting} {last}") == f"{STRUCK_OUT} {STRUCK_OUT}"
    assert scrub(first) == first


def test_many_threads_may_tell_and_ask() -> None:
    """Channels read their secrets while others log."""
    values = [secrets.token_hex(16) for _ in range(40)]
    seen: list[str] = []

    def work(value: str) -> None:
        known(value, passing=True)
        seen.append(scrub(f"{value} is it"))

    threads = [threading.Thread(target=work, args=(value,)) for value in values]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert seen == [f"{STRUCK_OUT} is it"] * len(values)


@pytest.mark.parametrize(
    "text", ["bearer " + "+" * 200_000, "token" * 50_000, "token " + " " * 200_000, "access_token=" * 20_000, "\"'" * 100_000, "oauth" + "_" * 200_000]
)  # fmt: skip
def test_huge_texts_are_read_quickly(text: str) -> None:
    """What a platform answers may be made to cost time."""
    began = time.monotonic()
    scrub(text)
    assert time.monotonic() - began < 3


def test_reading_a_secret_makes_it_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From the environment or a file: whoever reads one need not think of it."""
    for number, reference in enumerate(("env:SOME_SECRET", "file:some.txt")):
        value = secrets.token_hex(12)
        monkeypatch.setenv("SOME_SECRET", value)
        (tmp_path / "some.txt").write_text(f"{value}\n", encoding="utf-8")
        assert (number, reveal(reference, tmp_path, field="a")) == (number, value)
        assert scrub(value) == STRUCK_OUT


def test_what_the_session_is_given_is_known() -> None:
    """An authorization that no one read from a file, such as one made of two secrets."""
    value = base64.b64encode(secrets.token_bytes(24)).decode()
    Session(
        endpoint="https://platform.example", calls=(), judge=lambda *_: Judgement(Outcome.SENT), timeout=1, authorization=f"Basic {value}"
    ).close()  # fmt: skip
    assert scrub(f"it was {value}.") == f"it was {STRUCK_OUT}."


# --- failures and logs ----------------------------------------------------------------------------------------


@pytest.fixture
def value() -> str:
    """A secret that is known."""
    made = f"known{secrets.token_hex(12)}"
    known(made)
    return made


def test_no_failure_of_ours_shows_it(value: str) -> None:
    """Whatever sentence it was put into, and in whatever part of the failure."""
    failures: tuple[BaseException, ...] = (
        PublisherError(f"a {value}", way_out=f"b {value}"), InputError(f"a {value}", field=f"c.{value}", way_out=value),
        ConfigError(value, field=value), Refused("x" * 990 + value), EgressRefused(f"GET /{value}"),
        ChannelFailed(Judgement(Outcome.STOP, f"officer {value}", f"engineer {value}")),
    )  # fmt: skip
    for failure in failures:
        told = [
            str(failure),
            repr(failure),
            str(vars(failure)),
            "".join(traceback.format_exception(failure)),
        ]
        assert not [text for text in told if value[:20] in text]
    assert vars(failures[-1])["judgement"].engineer == f"engineer {STRUCK_OUT}"


def test_a_receipt_keeps_none_of_it(value: str) -> None:
    """The record and the officers' list keep a post's address and note as the platform told them."""
    receipt = Receipt("7", f"https://x.example/7?access_token={value}", f"note {value}")
    assert (receipt.url, receipt.note) == (
        f"https://x.example/7?access_token={STRUCK_OUT}",
        f"note {STRUCK_OUT}",
    )


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """What any handler would write, of all loggers, at the lowest level, by Python's own formatter."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(logging.Formatter())
    before = {name: logging.getLogger(name).level for name in LOGGERS}
    logging.getLogger().addHandler(handler)
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield said
    finally:
        logging.getLogger().removeHandler(handler)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def broken(value: str) -> None:
    raise RuntimeError(f"with {value}") from ValueError(f"cause {value}")


def test_no_log_line_shows_it(value: str) -> None:
    """In the message, its arguments, a traceback, a stack, and where logging itself would complain of the arguments."""
    with everything_logged() as said:
        log = logging.getLogger("somebody")
        log.warning("plain %s", value)
        log.warning(value)
        log.warning("object %s", {"token": value})
        log.warning("too few %s %s", value)  # noqa: PLE1206  # a library's mistake: logging would write it to the screen
        log.info("stack %s", value, stack_info=True)
        try:
            broken(value)
        except RuntimeError:
            log.exception("it broke")
    assert said.getvalue().count("Traceback") == 1
    assert value not in said.getvalue()


def test_the_daemons_own_lines_are_one_line_and_show_none(value: str) -> None:
    """Line breaks and control characters in what came from outside are shown, not obeyed; records made elsewhere are scrubbed too."""
    record = logging.makeLogRecord(
        {"msg": "refused: %s", "args": (f"no {value}\n2026 INFO all sent\x1b[2J",)}
    )
    assert OneLine("%(message)s").format(record) == rf"refused: no {STRUCK_OUT}\n2026 INFO all sent\x1b[2J"
    try:
        broken(value)
    except RuntimeError as error:
        record = logging.makeLogRecord(
            {"msg": "it broke", "exc_info": (RuntimeError, error, error.__traceback__)}
        )
    told = OneLine("%(message)s").format(record)
    assert (value in told, "Traceback" in told) == (False, True)


UNCAUGHT = """
import os, sys, threading, logging, warnings
sys.path.insert(0, sys.argv[1])
from publisher import logs
from publisher.settings import reveal
from publisher.token_files import Tokens
from pathlib import Path
logs.set_up()
value = reveal("env:SOME_SECRET", Path(), field="a")
def breaks():
    raise RuntimeError("thread " + value)
thread = threading.Thread(target=breaks)
thread.start(); thread.join()
class Odd:
    def __del__(self):
        raise RuntimeError("gone " + value)
odd = Odd(); del odd
warnings.warn("warned " + value)
logging.getLogger("x").warning("line " + value)
raise RuntimeError("main " + value)
"""


def test_what_nobody_caught_is_told_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that breaks, an object that cannot be put away, a warning, the end itself: Python would write them as they are."""
    value = secrets.token_hex(12)
    monkeypatch.setenv("SOME_SECRET", value)
    done = subprocess.run(
        [sys.executable, "-c", UNCAUGHT, str(ROOT)], capture_output=True, text=True, check=False, timeout=60
    )
    assert value not in done.stdout + done.stderr
    for word in ("thread", "gone", "warned", "line", "main"):
        assert f"{word} {STRUCK_OUT}" in done.stderr


def test_the_file_of_a_bug_holds_none(
    value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is made to be sent to somebody."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    assert _edge.guarded(lambda: broken(value), ["--config", str(tmp_path / "none.toml")]) == 70
    (log,) = tmp_path.iterdir()
    text = log.read_text(encoding="utf-8")
    assert (value in text, "Traceback" in text, value in "".join(capsys.readouterr())) == (False, True, False)


# --- every adapter, every kind of failure, the token in every place ---------------------------------------------


def repeated(asked: Received) -> str:
    """All that a platform was told, as one that repeats it would say it: whole lines, and what was in the query and body."""
    return f"{asked.method} {asked.path} {dict(asked.headers)} {asked.body[:2_000].decode(errors='replace')}"


ECHOES: dict[str, Callable[[str], bytes]] = {
    "an expired token": lambda said: answer({"error": {"message": said, "code": 190, "error_subcode": 463, "fbtrace_id": said}, "title": said, "detail": said}, 401),
    "a refusal": lambda said: answer({"error": {"message": said, "code": 100, "type": said}, "errors": [{"message": said, "code": said}], "title": said}, 400),
    "a limit": lambda said: answer({"title": said}, 429, retry_after=said.split(" ")[-1][:60], x_rate_limit_reset=quote(said)[:900]),
    "a fault": lambda said: answer(said.encode(), 500, content_type="text/html"),
    "a redirect": lambda said: answer(b"", 302, location=f"https://evil.example/?q={quote(said)[:900]}"),
    "no HTTP": lambda said: said.replace(" ", "_").encode()[:900] + b"\r\n\r\n",
    "a broken head": lambda said: f"HTTP/1.1 200 OK\r\n{quote(said)[:900]}\r\n\r\n{{}}".encode(),
    "a number that is none": lambda said: f"HTTP/1.1 {quote(said)[:90]} OK\r\n\r\n{{}}".encode(),
    "a yes that repeats it": lambda said: answer({"id": "7", "data": {"id": "7", "username": said, "media": said}, "name": said, "permalink_url": f"https://f.example/{said}", "permalink": f"https://i.example/{said}", "status_code": "FINISHED", "message": said}),
    "a yes of another shape": lambda said: answer({"id": {"id": said}, "data": [said], "status_code": said, "media_id": said}),
    "half an answer": lambda said: f"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n{said}".encode(),
    "nothing": lambda _said: b"",
}  # fmt: skip


def verbs(made: Any, name: str) -> Iterator[Callable[[], object]]:
    """All that the core asks of an adapter, with what was staged before where that is needed."""
    one = post(name, picture())
    held = Staged(
        {
            "ready": True, "pictures": {one.media[0].digest: "7"}, "container": "7", "waiting": ["7"], "began": NOW.isoformat(), "photos": {one.media[0].digest: "7"},
            "media": {one.media[0].digest: {"id": "7", "alt": "A bin lorry", "until": "2030-01-01T00:00:00+00:00"}},
        }
    )  # fmt: skip
    yield lambda: made.identify(NOW)
    yield lambda: made.stage(one, supplies(), None, NOW)
    yield lambda: made.publish(post(name), Staged({"ready": True}), NOW)
    yield lambda: made.publish(one, held, NOW)
    yield lambda: made.find(one, held, NOW)
    yield lambda: made.withdraw(Withdrawal(one, "7"), NOW)
    if hasattr(made, "discard"):
        yield lambda: made.discard(held, NOW)
    if hasattr(made, "page_is_live"):
        yield lambda: made.page_is_live(one, NOW)


def chain(error: BaseException) -> Iterator[str]:
    """A failure and all that it came from, also what Python would leave out of a traceback."""
    yield f"{error!r} {error} {vars(error)}"
    yield "".join(traceback.format_exception(error))
    for before in (error.__cause__, error.__context__):
        if before is not None and not isinstance(before, KeyError | TypeError | AttributeError):
            yield from chain(before)


HOW = ("facebook", "instagram", "instagrapi", "twitter", "twitter, OAuth 2.0")


def with_more_secrets(
    how: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, Any], list[str]]:
    """The keys of the channel's table that name further secrets, and those secrets with what is made of them."""
    key, app = f"app{secrets.token_hex(12)}", f"client{secrets.token_hex(12)}"
    monkeypatch.setenv("ONE_MORE_SECRET", key)
    monkeypatch.setenv("CLIENT_ID", app)
    if how in {"facebook", "instagram"}:
        tokens = (os.environ["FACEBOOK_PAGE_TOKEN"], os.environ["INSTAGRAM_TOKEN"])
        proofs = [hmac.new(key.encode(), token.encode(), hashlib.sha256).hexdigest() for token in tokens]
        return {"app_secret": "env:ONE_MORE_SECRET"}, [key, *proofs]
    if how == "twitter, OAuth 2.0":
        pair = [f"{word}{secrets.token_hex(12)}" for word in ("access", "refresh")]
        over = NOW - timedelta(hours=3)
        access, refresh = pair
        held = Tokens(access, refresh, frozenset({"tweet.write"}), over, over, over, ACCOUNT_ID)
        (folder / "tokens.json").write_text(json.dumps(held.to_json()), encoding="utf-8")
        keys = {
            "auth": "oauth2",
            "client_id": "env:CLIENT_ID",
            "client_secret": "env:ONE_MORE_SECRET",
            "tokens": "file:tokens.json",
        }
        return keys, [key, *pair, base64.b64encode(f"{app}:{key}".encode()).decode()]
    return {}, []


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("echo", sampled(ECHOES))
def test_a_platform_that_repeats_our_secrets_is_not_repeated(
    echo: str, how: str, tmp_path: Path, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every verb, with all libraries' own logs at DEBUG: neither failures, their causes, lines nor receipts show one.

    What is made of the secrets is looked for as well: Meta's proof, the signatures of OAuth 1.0a, and who the app is by Basic.
    """
    name = how.partition(",")[0]
    keys, more = with_more_secrets(how, tmp_path, monkeypatch)
    told: list[str] = []

    def reply(connection: Any) -> None:
        connection.sendall(ECHOES[echo](repeated(server.requests[-1])))

    with Loopback(reply) as server, everything_logged() as said:
        made = load(name, tmp_path, server.url, timeout=2, **keys)
        _ = made.client
        for logger in LOGGERS:
            logging.getLogger(logger).setLevel(logging.DEBUG)
        for verb in verbs(made, name):
            try:
                told.append(repr(verb()))
            except (Exception, EgressRefused) as error:  # noqa: BLE001  # whatever it is, it must tell nothing
                told += chain(error)
        made.close()
        carried = "".join(repeated(asked) for asked in server.requests)
    signatures = re.findall(r'oauth_signature="([^"]+)"', carried)
    assert len(server.requests) >= 4
    assert bool(signatures) == (how == "twitter")
    sessions = re.findall(r"IGT:2:([A-Za-z0-9+/]{8,})", carried)
    hidden = [*tokens.values(), *more, *sessions, *signatures, *(quote(one, safe="") for one in signatures)]
    assert any(secret in carried for secret in hidden)
    output = "\n".join([*told, said.getvalue()])
    assert len(output) > 1_000
    assert [secret for secret in hidden if secret in output] == []


def test_nothing_that_is_kept_holds_a_secret(tmp_path: Path) -> None:
    """Post after post, well and ill, by platforms that repeat the token in what they answer: queue, record, notes and pages hold none."""
    with open_office(tmp_path) as office:
        own = list(office.environment.values())
        said = " ".join(own)
        graph, x = office.platforms.graph, office.platforms.x
        for body in (
            {"error": {"message": said, "code": 190, "fbtrace_id": own[0]}},
            {"error": {"message": said, "code": 506}},
        ):
            for path in ("/feed$", "/photos$", "/media$", "/media_publish$"):
                graph.fail_next("POST", path, Fault.refuse(400, body, {"Location": said}))
            x.fail_next(
                "POST", "^/2/tweets$", Fault.refuse(403, {"detail": said, "title": said, "status": 403})
            )
            office.release(office.hand_in(office.news()).id)
        office.release(office.hand_in(office.news(title="Bins on Monday")).id)
        reasons = [
            row.reason for item in office.app.queue.items() for row in office.deliveries(item.id).values()
        ]
    assert any(reasons)
    kept = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any(file.name == "queue.db" for file in kept)
    assert [
        (file.name, secret) for file in kept for secret in own if secret.encode() in file.read_bytes()
    ] == []


@pytest.mark.parametrize(
    ("mine", "other"), [("s3cret-of-one", "s3cret-of-two"), ("s3cret-of-two", "s3cret-of-one")]
)
def test_what_a_test_tells_is_no_secret_in_the_next(mine: str, other: str) -> None:
    """Each test begins with the secrets of the process alone (conftest.py)."""
    assert scrub(other) == other
    known(mine)
    assert scrub(mine) == STRUCK_OUT
