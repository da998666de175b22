"""Tokens that replace each other: whole or not at all, stored before they are used, one refresher at a time."""

import json
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from token_support import CAME, token_file, tokens

from publisher import secrecy
from publisher.errors import ConfigError, OutsideFailed
from publisher.token_files import TokenFile, Tokens

ROOT = Path(__file__).parent.parent


def test_what_is_stored_is_read_again(tmp_path: Path) -> None:
    """Every part of a pair comes back as it was, in a file that is this account's alone, with nothing left beside it."""
    file = token_file(tmp_path)
    file.store(tokens())
    assert file.read() == tokens()
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["tokens.json", "tokens.json.lock"]


def test_a_file_that_others_could_read_is_closed(tmp_path: Path) -> None:
    """Whatever it was before, the new one is 0600, and never was anything else."""
    file = token_file(tmp_path)
    file.path.write_text("{}", encoding="utf-8")
    file.path.chmod(0o644)
    file.store(tokens())
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_a_link_to_another_folder_stays_one(tmp_path: Path) -> None:
    """What the link leads to is replaced, so that all who come by either way share one file and one lock."""
    (tmp_path / "real").mkdir()
    (tmp_path / "tokens.json").symlink_to(tmp_path / "real" / "t.json")
    token_file(tmp_path).store(tokens())
    assert (tmp_path / "tokens.json").is_symlink()
    assert (tmp_path / "real" / "t.json").is_file()


WRONG: list[bytes] = [
    b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b"[" * 100_000, b"{}",
    json.dumps(tokens().to_json() | {"access": 7}).encode(),
    json.dumps(tokens().to_json() | {"access": ""}).encode(),
    json.dumps(tokens().to_json() | {"scopes": [7]}).encode(),
    json.dumps(tokens().to_json() | {"scopes": None}).encode(),
    json.dumps(tokens().to_json() | {"ends_at": "soon"}).encode(),
    json.dumps(tokens().to_json() | {"ends_at": "2026-12-01T11:00:00"}).encode(),
    json.dumps(tokens().to_json() | {"renew_at": 7}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("content", WRONG)
def test_what_is_no_pair_is_told_without_showing_it(content: bytes, tmp_path: Path) -> None:
    """Half a file, another's file, wrong types: one line that names the file and the way out, and nothing of what is in it."""
    file = token_file(tmp_path)
    file.path.write_bytes(content)
    with pytest.raises(ConfigError, match="not as this program writes it") as told:
        file.read()
    assert "made-up" not in f"{told.value!r} {told.value.__cause__!r}"
    assert str(told.value).endswith("Connect it.")


def test_no_file_is_an_account_that_is_not_connected(tmp_path: Path) -> None:
    """Who looks after it learns what to do."""
    with pytest.raises(
        ConfigError, match=r"channels.twitter.tokens: the account is not connected.* Connect it\."
    ):
        token_file(tmp_path).read()


def test_what_cannot_be_written_costs_no_token(tmp_path: Path) -> None:
    """The new pair's file is made first: where that cannot be, nothing is asked of the platform."""
    file = token_file(tmp_path)
    file.store(tokens())
    (tmp_path / "tokens.json.new").mkdir()
    with pytest.raises(OutsideFailed, match="cannot be written"):
        file.renewed(tokens(), lambda _: pytest.fail("the platform was asked"))
    assert file.read() == tokens()


FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, "tests")
from token_support import token_file, tokens
from publisher.errors import OutsideFailed
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
try:
    token_file(Path(sys.argv[1])).renewed(tokens(), lambda _: print("asked"))
except OutsideFailed as error:
    print(error)
"""


def test_a_full_disk_costs_no_token(tmp_path: Path) -> None:
    """Where the disk has no room left for the new pair, the old one is not given up for it."""
    file = token_file(tmp_path)
    file.store(tokens())
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True)  # fmt: skip
    assert "cannot be written" in done.stdout
    assert "asked" not in done.stdout
    assert file.read() == tokens()


def test_a_pair_that_could_not_take_its_place_is_not_lost(tmp_path: Path) -> None:
    """The old refresh token is used up: what it gave counts from where it was written, and takes its place as soon as it can."""
    file, fresh = token_file(tmp_path), tokens("fresh-access", "fresh-refresh")
    file.store(tokens())

    def barred(_: Tokens) -> Tokens:
        file.path.unlink()
        file.path.mkdir()
        (file.path / "in the way").touch()
        return fresh

    with pytest.raises(OutsideFailed, match="cannot be written"):
        file.renewed(tokens(), barred)
    assert token_file(tmp_path).read() == fresh
    with pytest.raises(OutsideFailed, match="cannot be written"):
        file.renewed(fresh, lambda _: pytest.fail("renewed while nothing can be kept"))
    (file.path / "in the way").unlink()
    file.path.rmdir()
    assert file.renewed(tokens(), lambda _: pytest.fail("the old one was used twice")) == fresh
    assert Tokens.from_json(json.loads(file.path.read_bytes())) == fresh
    assert not (tmp_path / "tokens.json.new").exists()


@pytest.mark.parametrize("behind", [b"", b"\0" * 100, None], ids=["whole", "room", "part"])
def test_what_a_death_left_beside_the_file_counts_once_it_is_whole(
    behind: bytes | None, tmp_path: Path
) -> None:
    """Killed before it took the old one's place: the whole pair is taken, with the room behind it; part of one is none."""
    file, fresh = token_file(tmp_path), tokens("fresh-access", "fresh-refresh")
    file.store(tokens())
    whole = json.dumps(fresh.to_json()).encode()
    (tmp_path / "tokens.json.new").write_bytes(whole[:-9] + b"\0" * 9 if behind is None else whole + behind)
    assert file.read() == (tokens() if behind is None else fresh)
    found = file.renewed(tokens(), lambda _: tokens("third-access"))
    assert found.access == ("third-access" if behind is None else "fresh-access")


def test_a_failed_renewal_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """The old pair stays, whole, and nothing lies beside it."""
    file = token_file(tmp_path)
    file.store(tokens())

    def fail(_: Tokens) -> Tokens:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        file.renewed(tokens(), fail)
    assert file.read() == tokens()
    assert not (tmp_path / "tokens.json.new").exists()


def test_the_new_pair_is_on_the_disk_before_anybody_has_it(tmp_path: Path) -> None:
    """While the platform is asked the old pair lies there; once `renewed` returns, the new one does."""
    file = token_file(tmp_path)
    file.store(tokens())
    seen = []

    def renew(old: Tokens) -> Tokens:
        seen.append(json.loads(file.path.read_bytes())["access"])
        return tokens("fresh-access", "fresh-refresh")

    assert file.renewed(tokens(), renew).access == "fresh-access"
    assert [*seen, json.loads(file.path.read_bytes())["access"]] == [tokens().access, "fresh-access"]


def test_who_comes_with_an_older_pair_gets_the_newer(tmp_path: Path) -> None:
    """What another has renewed meanwhile is not renewed again: its refresh token counts once."""
    file = token_file(tmp_path)
    file.store(tokens("newer"))
    assert file.renewed(tokens("older"), lambda _: pytest.fail("renewed twice")).access == "newer"


def test_many_threads_renew_once(tmp_path: Path) -> None:
    """Ten that find the same pair at its end: one asks, the others wait and have what it got."""
    file = token_file(tmp_path)
    file.store(tokens())
    asked: list[Tokens] = []
    start = threading.Barrier(10)

    def renew(old: Tokens) -> Tokens:
        asked.append(old)
        time.sleep(0.05)
        return tokens("fresh")

    def come(_: int) -> Tokens:
        start.wait(5)
        return token_file(tmp_path).renewed(tokens(), renew)

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(come, range(10)))
    assert ({one.access for one in found}, len(asked)) == ({"fresh"}, 1)


COMES = """
import sys, time
from pathlib import Path
sys.path.insert(0, "tests")
from token_support import token_file, tokens
folder = Path(sys.argv[1])
def renew(old):
    with (folder / "asked").open("a") as asked:
        asked.write(old.refresh + "\\n")
    time.sleep(0.3)
    return tokens("fresh-access", "fresh-refresh")
(folder / f"ready-{sys.argv[2]}").touch()
while len(list(folder.glob("ready-*"))) < 3:
    time.sleep(0.005)
print(token_file(folder).renewed(tokens(), renew).access)
"""


def test_many_processes_renew_once(tmp_path: Path) -> None:
    """The daemon, a doctor and a rehearsal at the same moment: one refresh token, one request, one answer for all."""
    token_file(tmp_path).store(tokens())
    running = [
        subprocess.Popen([sys.executable, "-c", COMES, str(tmp_path), str(number)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for number in range(3)
    ]  # fmt: skip
    told = [process.communicate(timeout=60)[0].strip() for process in running]
    assert told == ["fresh-access"] * 3
    assert (tmp_path / "asked").read_text().split() == [tokens().refresh]


DIES = """
import os, sys
from pathlib import Path
sys.path.insert(0, "tests")
from token_support import token_file, tokens
file = token_file(Path(sys.argv[1]))
def renew(old):
    if sys.argv[2] == "asking":
        os._exit(9)
    return tokens("fresh-access", "fresh-refresh")
file.renewed(tokens(), renew)
os._exit(9)
"""


@pytest.mark.parametrize(("when", "kept"), [("asking", tokens().access), ("stored", "fresh-access")])
def test_a_death_leaves_one_whole_pair_and_no_lock(when: str, kept: str, tmp_path: Path) -> None:
    """Killed while it asks, or before it uses what it got: a whole pair lies there, and the next one can renew."""
    file = token_file(tmp_path)
    file.store(tokens())
    done = subprocess.run([sys.executable, "-c", DIES, str(tmp_path), when], cwd=ROOT, check=False)
    assert done.returncode == 9
    assert file.read().access == kept
    assert file.renewed(file.read(), lambda _: tokens("next")).access == "next"


def test_who_holds_the_lock_for_ever_is_not_waited_for(tmp_path: Path) -> None:
    """A process that hangs must not hang all others: after a while it is told, with the lock's name."""
    file = token_file(tmp_path)
    file.store(tokens())
    other = TokenFile(file.path, field="", way_out="", patience=0.05)

    def hang(_: Tokens) -> Tokens:
        with pytest.raises(OutsideFailed, match=r"tokens\.json\.lock"):
            other.renewed(tokens(), lambda _: tokens("b"))
        return tokens("a")

    assert file.renewed(tokens(), hang).access == "a"


def test_tokens_are_struck_out_everywhere(tmp_path: Path) -> None:
    """Neither a pair nor its file shows a token, and every token that was read or stored is known as a secret."""
    pair = tokens("plain-words-as-a-token", "other-words-as-a-token")
    token_file(tmp_path).store(pair)
    assert "as-a-token" not in f"{pair!r} {pair} {token_file(tmp_path)!r}"
    assert "as-a-token" not in secrecy.scrub(f"{pair.access} and {pair.refresh}")
    assert pair.came_at == CAME


@pytest.mark.parametrize("ending", ["", ".new"])
def test_tokens_that_were_only_read_are_struck_out_too(ending: str, tmp_path: Path) -> None:
    """Another process stored them, or died before it could: whoever reads them tells them no more than whoever stores them."""
    pair, file = tokens(f"read-only-access{ending}", f"read-only-refresh{ending}"), token_file(tmp_path)
    file.path.with_name(f"{file.path.name}{ending}").write_text(json.dumps(pair.to_json()), encoding="utf-8")
    assert file.read() == pair
    assert "read-only" not in secrecy.scrub(f"{pair.access} and {pair.refresh}")
