"""The rehearsal: the whole job by its real path, and its contract for programs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support import ROOT

from publisher.rehearsal.run import alone


def demo(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `publisher demo` as a user does."""
    command = [sys.executable, "-m", "publisher", "demo", "--folder", str(folder), *words]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


NOBODY = "http://127.0.0.1:9"
OFFICE = {
    "http_proxy": NOBODY, "HTTP_PROXY": NOBODY, "all_proxy": NOBODY,
    "PUBLISHER_SERVER": "https://publisher.example.gov.uk", "PUBLISHER_TOKEN": "pub_real_token",
    "PUBLISHER_OFFICER": "nobody", "FACEBOOK_PAGE_TOKEN": "real", "TWITTER_ACCESS_TOKEN": "1-real",
}  # fmt: skip
"""What an officer's shell may say: a proxy that reaches nothing here, the council's server, its accounts' true keys."""
OFFLINE = """
import sys
def watch(event, given):
    if event == "socket.getaddrinfo":
        host = given[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(given[1], tuple):
        host = given[1][0]
    else:
        return
    if host not in (None, "", "127.0.0.1", "::1", "localhost"):
        with open({told!r}, "a") as file:
            print(event, host, file=file)
        raise OSError("there is no network")
sys.addaudithook(watch)
open({began!r}, "a").close()
"""
"""A `sitecustomize`: every Python process that finds it has no network but its own machine, and tells what it asked for."""


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """One rehearsal in a real office without a network, looked at by several tests."""
    place = tmp_path_factory.mktemp("demo")
    hook = OFFLINE.format(told=str(place / "asked"), began=str(place / "watched"))
    (place / "sitecustomize.py").write_text(hook, encoding="utf-8")
    folder = place / "rehearsal"
    return folder, demo("--json", folder=folder, PYTHONPATH=str(place), **OFFICE)


def test_a_rehearsal_needs_nobody_but_this_machine(
    rehearsed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """No network, proxy, server or true key of the council's is asked or used, whatever the officer's shell names."""
    folder, done = rehearsed
    assert done.returncode == 0, done.stderr
    assert (folder.parent / "watched").exists()
    assert not (folder.parent / "asked").exists(), (folder.parent / "asked").read_text()


def test_all_eight_deliveries_are_sent(rehearsed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """A news item by the CLI and an event by the signed hook reach all four channels; the exit code is 0."""
    _, done = rehearsed
    assert done.returncode == 0, done.stderr
    items = json.loads(done.stdout)["items"]
    assert [item["kind"] for item in items] == ["news", "event"]
    sent = [(delivery["channel"], delivery["state"]) for item in items for delivery in item["deliveries"]]
    assert sorted(sent) == sorted(
        (name, "sent") for name in ("website", "facebook", "twitter", "instagram") * 2
    )


def test_the_contract_for_programs_is_kept(rehearsed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """`demo --json` has the shape that others measure with, and the platforms come after the page."""
    _, done = rehearsed
    result = json.loads(done.stdout)
    assert Path(result["site"], "index.html").is_file()
    for item in result["items"]:
        assert {"id", "kind", "title", "state", "page_live_at", "spread_ms", "deliveries"} <= item.keys()
        assert item["state"] == "published"
        for delivery in item["deliveries"]:
            assert {"channel", "state", "url", "sent_at", "offset_ms"} <= delivery.keys()
            assert delivery["url"].startswith("http://127.0.0.1:")
            assert (delivery["offset_ms"] == 0) == (delivery["channel"] == "website")


def test_the_website_and_the_wall_can_be_opened_afterwards(
    rehearsed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """What the rehearsal names to look at is there when it has ended."""
    folder, done = rehearsed
    site = Path(json.loads(done.stdout)["site"])
    for name in ("index.html", "atom.xml", "events.ics", "links/index.html"):
        assert (site / name).is_file()
    wall = (folder / "wall.html").read_text(encoding="utf-8")
    assert wall.count("Carol concert in the Market Square") >= 3


def test_a_rehearsal_that_runs_keeps_its_folder(tmp_path: Path) -> None:
    """A second one says so and ends, whatever it is called; nothing of the first is taken away."""
    with alone(tmp_path / "reh") as place:
        (place / "kept").touch()
        second = demo(folder=place)
        assert (second.returncode, "another rehearsal runs" in second.stderr) == (2, True), second
        assert (place / "kept").is_file()
    with alone(place):
        assert not (place / "kept").exists()


def test_a_config_that_is_not_there_is_no_rehearsals(tmp_path: Path) -> None:
    """Whoever names one believes that it is rehearsed."""
    done = demo("--config", "/nope.toml", folder=tmp_path / "reh")
    assert (done.returncode, "there is no file /nope.toml" in done.stderr) == (2, True), done


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A folder that no rehearsal made is never emptied."""
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    done = demo(folder=tmp_path)
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert (tmp_path / "precious.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.long
def test_a_rehearsal_that_is_ended_takes_its_daemon_along(tmp_path: Path) -> None:
    """SIGTERM to `demo --keep` leaves no process behind that holds the queue and the port."""
    command = [sys.executable, "-m", "publisher", "demo", "--keep", "--folder", str(tmp_path / "rehearsal")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            lines.append(process.stdout.readline())
            assert lines[-1], lines
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        process.stdout.read()
    hook = next(line for line in lines if line.startswith("Hook: ")).split()[1].rstrip(",")
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", urlsplit(hook).port))
