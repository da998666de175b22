"""Items from another machine: the command line with nothing but a server's address and a token does what it does here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_support import Council, open_council
from cli_support import APPROVER, AUTHOR, FOR_BLOCK, FOR_REVIEW, WHY, Bench, picture, soon
from test_cli_items import BAD_LINES

from publisher.cli.importing import ASKED_AT_ONCE

NEWS = {"kind": "news", "title": "Library opens late", "summary": "Until 8pm on Thursdays."}
PICTURED = NEWS | {"images": [{"path": "a.jpg", "alt": "Readers at a table"}]}


class Elsewhere(Bench):
    """The command line in a folder of its own, without config.toml; the server knows who asks."""

    def _as(self, _words: tuple[str, ...], _officer: str) -> list[str]:
        return []


@pytest.fixture
def council(tmp_path: Path) -> Iterator[Council]:
    """A council whose API is served."""
    with open_council(tmp_path / "council") as served:
        yield served


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    """Another machine's folder."""
    (tmp_path / "elsewhere").mkdir()
    return Elsewhere(tmp_path / "elsewhere")


@pytest.fixture
def being(council: Council, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the command line ask the server as somebody; as nobody it asks no server."""
    monkeypatch.delenv("PUBLISHER_OFFICER", raising=False)
    tokens = {login: council.token(login) for login in (AUTHOR, APPROVER)}

    def become(login: str) -> None:
        if login:
            monkeypatch.setenv("PUBLISHER_SERVER", council.server.url)
            monkeypatch.setenv("PUBLISHER_TOKEN", tokens[login])
        else:
            monkeypatch.delenv("PUBLISHER_SERVER")

    become(AUTHOR)
    return become


def test_what_is_shown_is_the_same_from_elsewhere(
    council: Council, elsewhere: Elsewhere, being: Callable[[str], None]
) -> None:
    """Words and JSON of every verb that looks are those that are printed at the server itself."""
    held = elsewhere.run("news", "The fair", *FOR_REVIEW, "--at", soon(), "--json").json["id"]
    for folder in (council.bench, elsewhere):
        folder.write("a.jpg", picture())
        folder.write("item.json", json.dumps(PICTURED | {"summary": FOR_BLOCK[1]}))
    ways: list[tuple[str, ...]] = [
        ("list",), ("list", "--all"), ("list", "--late"), ("list", "--state", "nowhere"), ("show", held), ("show", "nowhere1"),
        ("preview", held), ("preview", "item.json"), ("check", "item.json"), ("check", "--jsonl", "item.json"),
        ("check", "item.json", "--officer", AUTHOR), ("check", "nothere.json"), ("preview", held, "--html", "out.html"),
    ]  # fmt: skip
    words = [[*way, *more] for way in ways for more in ((), ("--json",))]
    there = [elsewhere.run(*each) for each in words]
    being("")
    assert there == [council.bench.run(*each) for each in words]
    pages = [(folder / "out.html").read_bytes() for folder in (elsewhere.folder, council.bench.folder)]
    assert pages[0] == pages[1]


def test_an_item_is_handed_in_with_its_pictures(
    council: Council, elsewhere: Elsewhere, being: Callable[[str], None]
) -> None:
    """The picture lies only on the officer's machine; whose token it is is the author, by that door."""
    elsewhere.write("a.jpg", picture())
    words = (
        "news",
        "Pool opens",
        "--summary",
        "At nine.",
        "--image",
        "a.jpg",
        "--alt",
        "A pool",
        "--at",
        soon(),
    )
    tried = elsewhere.run(*words, "--dry-run", "--json")
    assert (tried.code, tried.json["state"], council.app.queue.items()) == (0, "draft", [])
    made = elsewhere.run(*words)
    assert made.code == 0, made
    assert "  to       website, facebook, twitter, instagram" in made.out
    (row,) = council.app.queue.items()
    assert row.author == AUTHOR
    (media,) = council.app.queue.deliveries(row.id)[0].post["media"]
    assert council.app.store.read(media["digest"])
    assert council.app.queue.events(row.id)[0].via.startswith("token ")


def test_decisions_are_taken_from_elsewhere(
    council: Council, elsewhere: Elsewhere, being: Callable[[str], None]
) -> None:
    """Each verb that decides says what it says at the server, and an author is no second officer there either."""
    held = elsewhere.run("news", "The fair", *FOR_REVIEW, "--at", soon(), "--json").json["id"]
    assert elsewhere.run("approve", held, *WHY).code == 1
    being(APPROVER)
    assert "let go by asha" in elsewhere.run("approve", held, *WHY).out
    being(AUTHOR)
    moved = elsewhere.run("reschedule", held, "--at", soon(5))
    assert (moved.code, "The approval by asha is revoked" in " ".join(moved.out.split())) == (3, True)
    wrong = elsewhere.run("reschedule", held, "--at", "2020-01-01 09:00")
    assert (wrong.code, wrong.err.startswith("publisher: --at: ")) == (2, True)
    being(APPROVER)
    assert elsewhere.run("refuse", held, *WHY).code == 0
    being(AUTHOR)
    assert elsewhere.run("withdraw", held, *WHY, "--json").json["state"] == "withdrawn"
    assert elsewhere.run("retry", held).code == 1
    assert elsewhere.run("resolve", f"{held}/twitter", "--not-sent").code == 1


@pytest.mark.long
def test_a_file_is_imported_from_elsewhere(
    council: Council, elsewhere: Elsewhere, being: Callable[[str], None]
) -> None:
    """One row that cannot be taken loses nothing of the others; the same file again finds them already here."""
    good = [
        NEWS | {"title": f"Ward {number}", "summary": f"News of ward {number}.", "channels": ["website"],
                "publish_at": soon(), "external_id": f"{number}\N{BLACK HEART SUIT}" * 50}
        for number in range(ASKED_AT_ONCE + 2)
    ]  # fmt: skip
    elsewhere.write("items.json", json.dumps([PICTURED, *good[-3:]]))
    first = elsewhere.run("import", "items.json", "--json")
    assert first.code == 2
    assert "a.jpg does not exist" in first.json["items"][0]["error"]
    assert [one.get("state") for one in first.json["items"][1:]] == ["queued"] * 3
    elsewhere.write("items.json", json.dumps(good))
    again = elsewhere.run("import", "items.json", "--dry-run", "--json").json["items"]
    assert ["note" in one for one in again] == [False] * (len(good) - 3) + [True] * 3
    assert len(council.app.queue.items()) == 3


def test_a_stream_is_answered_line_by_line(
    council: Council, elsewhere: Elsewhere, being: Callable[[str], None]
) -> None:
    """Whatever a line holds, also what cannot be sent, it gets one answer and the rest go on."""
    odd = [
        *(line for line, _ in BAD_LINES),
        b'{"version": NaN}',
        b'{"title": "\\ud800"}',
        b"[" * 500 + b"]" * 500,
    ]
    lines = [line for bad in odd for line in (json.dumps(NEWS).encode(), bad)]
    answer = elsewhere.run("check", "--jsonl", stdin=b"\n".join(lines) + b"\n")
    assert answer.code == 0
    assert [one.get("verdict") for one in answer.lines[::2]] == ["clear"] * len(odd)
    assert all(one["error"] for one in answer.lines[1::2])
    assert len(answer.lines) == len(lines)


def test_no_file_of_the_server_is_reached(
    council: Council, elsewhere: Elsewhere, being: Callable[[str], None]
) -> None:
    """A picture that lies only at the server is not there for who asks from elsewhere."""
    path = council.bench.write("secret.jpg", picture())
    sent = council.ask(
        "POST", "/items", {"item": NEWS | {"images": [{"path": str(path), "alt": "A list"}]}}, token=council.token()
    )  # fmt: skip
    assert (sent.status, sent.json["field"]) == (422, "images[0].path")
    assert council.app.queue.items() == []
