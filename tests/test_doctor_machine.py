"""`publisher doctor` of the machine: folders, the socket, the account, the database's file, what the daemon does each day."""

from __future__ import annotations

import contextlib
import grp
import json
import os
import shutil
import socket
import socketserver
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from api_support import short_folder
from doctor_support import Wellness, answering, council, found, one
from support import Office
from test_withdrawing import work

from publisher import doctor, right_key
from publisher.app import open_app
from publisher.doctor import account, website
from publisher.errors import ConfigError
from publisher.health import Standing
from publisher.record import append
from publisher.rehearsal.office import OFFICER
from publisher.retention import ACTOR, RUN

GOOD, ATTENTION, WRONG = Standing
NOBODY = 65_534
"""Another account of this machine."""
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """See council."""
    with council(tmp_path) as made:
        yield made


def wrongs(office: Office, name: str) -> str:
    """What is wrong under a name, and what to do, as one text."""
    checks = [check for check in found(office, name) if check.standing is WRONG]
    return " ".join(f"{check.words} {check.way_out}" for check in checks)


def reopened(office: Office) -> list[doctor.Check]:
    """What is found by another process, which opens everything anew."""
    from publisher.app import open_app

    office.app.close()
    with contextlib.closing(open_app(office.config)) as app:
        return doctor.examine(app)


# --- folders -----------------------------------------------------------------------------------------------------------


def site(office: Office) -> Path:
    """The website's folder."""
    (folder,) = website.folders(office.app).values()
    return folder


def _file_there(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("", encoding="utf-8")


def _leads_nowhere(folder: Path) -> None:
    (folder / "releases").mkdir(exist_ok=True)
    (folder / "current").unlink(missing_ok=True)
    (folder / "current").symlink_to("releases/gone")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_file_there, "is no folder"),
        (lambda folder: folder.chmod(0o777), "everyone on this machine may change what is served"),
        (_leads_nowhere, "current leads nowhere"),
    ],
)
def test_a_websites_folder_that_is_not_as_it_must_be_is_told(
    office: Office, change: Callable[[Path], None], told: str
) -> None:
    """A file in its place, a folder that all may write, and a website of which no page is served."""
    assert one(office, "website").standing is GOOD
    change(site(office))
    assert told in wrongs(office, "website")


def test_a_websites_folder_that_the_daemon_may_not_write_is_told(office: Office) -> None:
    """No page would be published: root looks for the database's owner there, not for itself."""
    if IS_ROOT:
        os.chown(office.app.config.database, NOBODY, NOBODY)
        assert "may not write in" in wrongs(office, "website")
        assert "so that no picture is kept" in wrongs(office, "pictures")
        os.chown(site(office), NOBODY, NOBODY)
        assert wrongs(office, "website") == ""
    else:
        site(office).chmod(0o500)
        assert "may not write in" in wrongs(office, "website")
        site(office).chmod(0o700)


def test_a_websites_folder_is_made_by_the_first_release(office: Office) -> None:
    """Before it nothing is wrong; but somebody must serve it."""
    shutil.rmtree(site(office))
    check = one(office, "website")
    assert (check.standing, "is not there yet" in check.words) == (ATTENTION, True)
    assert str(site(office) / "current") in check.way_out


def _lost(folder: Path) -> None:
    shutil.rmtree(folder)


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder / "releases")
    folder.joinpath("current").unlink()


def _older(folder: Path) -> None:
    first = min(folder.joinpath("releases").iterdir())
    folder.joinpath("current").unlink()
    folder.joinpath("current").symlink_to(first)


def _page_gone(folder: Path) -> None:
    shutil.rmtree(folder / "current" / "news" / "library-opens-late")


@pytest.mark.long
@pytest.mark.parametrize("change", [_lost, _emptied, _older, _page_gone])
def test_a_website_without_a_page_that_was_sent_to_it_is_told(
    office: Office, change: Callable[[Path], None]
) -> None:
    """A backup without the website's folder: the next release would make a website of its own page alone."""
    item_id = office.hand_in(office.news(channels=["website"])).id
    assert one(office, "website").standing is GOOD
    office.release(item_id)
    assert one(office, "website").standing is GOOD
    kept = office.folder / "kept"
    shutil.copytree(site(office), kept, symlinks=True)
    change(site(office))
    assert f"lacks pages that were sent to it, of these items: {item_id}" in wrongs(office, "website")
    assert f"put {site(office)} back from the backup" in wrongs(office, "website")
    shutil.rmtree(site(office), ignore_errors=True)
    kept.rename(site(office))
    assert one(office, "website").standing is GOOD


def test_a_page_that_was_withdrawn_is_not_missed(office: Office) -> None:
    """Only what is out is looked for: a notice is in the place of one that was withdrawn, or nothing."""
    item_id = office.hand_in(office.news(channels=["website"])).id
    office.release(item_id)
    office.app.decisions.withdraw(item_id, officer=OFFICER, reason="A mistake in it")
    work(office)
    _page_gone(site(office))
    assert wrongs(office, "website") == ""


def test_a_list_of_pages_that_is_damaged_is_told(office: Office) -> None:
    """Nothing can be published there until it is mended."""
    office.release(office.hand_in(office.news(channels=["website"])).id)
    (site(office) / "current" / "items.json").write_text("{", encoding="utf-8")
    assert "items.json in the website's folder is damaged" in wrongs(office, "website")


def test_a_file_where_pictures_are_kept_is_told(office: Office) -> None:
    """No item with a picture could be taken."""
    assert found(office, "pictures") == []
    media = office.app.config.path(office.app.config.queue.media)
    shutil.rmtree(media, ignore_errors=True)
    media.write_text("", encoding="utf-8")
    assert f"{media} is no folder" in wrongs(office, "pictures")


def test_many_pictures_that_others_may_read_are_one_finding(office: Office) -> None:
    """A thousand pictures of one slip are one row, with one command."""
    media = office.app.config.path(office.app.config.queue.media)
    media.mkdir(mode=0o711, exist_ok=True)
    for number in range(9):
        (media / f"{number}.jpg").touch(0o644)
    check = one(office, "permissions")
    assert (check.standing, "and 4 more" in check.words) == (WRONG, True)
    assert f"find {media}" in check.way_out


def test_a_folder_in_which_all_may_change_the_settings_is_told(office: Office) -> None:
    """Whoever may put another config.toml there says where posts go; in one with the sticky bit, as /tmp, nobody else may."""
    office.folder.chmod(0o777)
    assert f"another config.toml into {office.folder}" in wrongs(office, "permissions")
    office.folder.chmod(0o1777)
    assert "another config.toml" not in wrongs(office, "permissions")


# --- the account -------------------------------------------------------------------------------------------------------


def test_root_looks_for_the_account_whose_the_queue_is(office: Office) -> None:
    """What is the daemon's is right, and what is root's beside it is told; it is said for whom that holds."""
    if not IS_ROOT:
        assert found(office, "account") == []
        return
    for file in (office.folder, *office.folder.glob("*")):
        os.chown(file, NOBODY, NOBODY)
    assert wrongs(office, "permissions") == ""
    assert "judged for nobody" in one(office, "account").words
    os.chown(office.folder / "seal.key", 0, 0)
    assert f"{office.folder / 'seal.key'} (root)" in wrongs(office, "permissions")
    os.chown(office.config, 1, 1)
    assert f"{office.config} belongs to daemon" in wrongs(office, "permissions")


def test_an_officer_of_this_machine_is_told_what_can_be_seen() -> None:
    """Whoever may not open the database is told so, with the command; of no file is it said that it is missing or wrong."""
    with short_folder() as short, council(short) as office:
        shown = _as_another(office)
    if IS_ROOT:
        names = [check["name"] for check in shown]
        assert names == ["configuration", "account", "daemon"]
        assert "you are nobody" in shown[1]["words"]
        assert f"sudo -u root publisher doctor --config {office.config}" in shown[1]["way_out"]
        assert [check["standing"] for check in shown] == ["good", "attention", "good"]


def _as_another(office: Office) -> list[dict[str, str]]:
    """What another account is shown; nothing where we may not become one."""
    doctor.examine(office.app)  # all is imported before: that account may not see where Python is
    if not IS_ROOT:
        return []
    office.folder.parent.chmod(0o711)
    office.config.chmod(0o644)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
        told = json.dumps([check.to_json() for check in doctor.examine(office.app)])
        os.write(writer, told.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        shown = cast("list[dict[str, str]]", json.loads(answer.read()))
    os.waitpid(child, 0)
    return shown


# --- secrets -----------------------------------------------------------------------------------------------------------


def test_what_this_shell_lacks_the_daemon_may_have(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """While this council's daemon answers, a variable that is not set here wants a look; where none does, it is wrong."""
    monkeypatch.delenv("INSTAGRAM_TOKEN")
    check = one(office, "secrets")
    assert (check.standing, "INSTAGRAM_TOKEN" in check.words) == (ATTENTION, True)
    assert "in which they may be" in check.words
    assert "did not start" not in check.words  # it may have read an older config.toml
    assert "What config.toml names since it started" in check.way_out
    office.app.config.database.with_name("queue.db.daemon.json").unlink()
    assert one(office, "secrets").standing is WRONG


def test_an_address_that_a_daemon_left_excuses_no_missing_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is there, and nobody answers."""
    with answering() as port:
        pass
    with council(tmp_path, {"daemon": {"port": port}}) as office:
        monkeypatch.delenv("INSTAGRAM_TOKEN")
        assert one(office, "secrets").standing is WRONG


def test_a_secrets_file_that_is_missing_is_missing_for_the_daemon_too(tmp_path: Path) -> None:
    """A file is the same for everybody: a daemon that answers excuses nothing."""
    with council(tmp_path, {"sources.website": {"secrets": ["file:gone.secret"]}}) as office:
        assert "gone.secret" in wrongs(office, "secrets")


# --- the daemon and its socket -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def listening(place: Path, mode: int = 0o660) -> Iterator[None]:
    """A socket on which a daemon says that it is well."""

    class Handler(Wellness):
        """Over a Unix socket nobody has an address."""

        def address_string(self) -> str:
            """None."""
            return ""

    with socketserver.UnixStreamServer(str(place), cast("Any", Handler)) as server:
        place.chmod(mode)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Office, Path]]:
    """A council with a socket, and where that should be; nothing is there yet. Root makes its folder the officers' group's."""
    with short_folder() as short, council(tmp_path, {"daemon": {"socket": str(short / "s")}}) as office:
        if IS_ROOT:
            os.chown(short, -1, NOBODY)
            short.chmod(0o2750)
        yield office, short / "s"


def test_a_socket_on_which_the_daemon_answers_is_good(place: tuple[Office, Path]) -> None:
    """It is asked there first: only the daemon of this council has its socket."""
    office, path = place
    with listening(path):
        assert one(office, "socket").standing is (GOOD if IS_ROOT else WRONG)  # else its group is our own
        assert str(path) in one(office, "daemon").words


@pytest.mark.parametrize(
    ("mode", "told"), [(0o666, "more than the officers' group may ask"), (0o677, "more than")]
)
def test_a_socket_by_which_more_than_the_group_may_ask_is_told(
    place: tuple[Office, Path], mode: int, told: str
) -> None:
    """It has the mode that the daemon gave it, or somebody changed that."""
    office, path = place
    with listening(path, mode):
        assert told in wrongs(office, "socket")
    path.unlink()
    with listening(path, 0o600):
        assert ATTENTION in {check.standing for check in found(office, "socket")}


def test_a_socket_by_which_no_officer_can_ask_is_told(place: tuple[Office, Path]) -> None:
    """One in a group of the daemon's alone is of no use; with the way out that holds under systemd."""
    office, path = place
    own = os.getgid()
    for of_folder, mode in ((own, 0o2750), (NOBODY, 0o2750), (own, 0o2755)):
        if IS_ROOT:
            os.chown(path.parent, -1, of_folder)
        path.parent.chmod(mode)
        with listening(path):
            if IS_ROOT:
                os.chown(path, -1, own if of_folder == NOBODY else of_folder)
            told = wrongs(office, "socket")
        path.unlink()
        place_of = path.parent if of_folder == own and mode == 0o2750 else path
        assert f"no officer can ask: the group of {f'{place_of} is ' if IS_ROOT else ''}" in told
        assert f"ExecStartPre=+/usr/bin/install -d -o {account.login(os.geteuid())} -g publisher-officers -m 2750 {path.parent}" in told  # fmt: skip


def test_a_folder_that_no_officer_may_pass_is_told(place: tuple[Office, Path]) -> None:
    """That the socket in it has the officers' group is of no use."""
    office, path = place
    with listening(path):
        if IS_ROOT:
            os.chown(path.parent, -1, os.getgid())
            os.chown(path, -1, NOBODY)
        path.parent.chmod(0o2750)
        assert f"the group of {path.parent} is " in wrongs(office, "socket")


def test_a_group_of_the_daemons_in_which_others_are_lets_them_in(
    place: tuple[Office, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose accounts have a group in common need no other for the socket."""
    office, path = place
    if IS_ROOT:
        os.chown(path.parent, -1, os.getgid())
    mine = grp.getgrgid(os.getgid())
    among = grp.struct_group((mine.gr_name, "x", mine.gr_gid, ["root", "asha"]))
    monkeypatch.setattr(grp, "getgrgid", lambda _group: among)
    with listening(path):
        assert wrongs(office, "socket") == ""


def test_a_dead_socket_is_told_with_what_to_do(place: tuple[Office, Path]) -> None:
    """A daemon that was killed leaves one: the next takes its place."""
    office, path = place
    assert f"no daemon listens at {path}" in wrongs(office, "socket")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
        path.chmod(0o660)
    assert "is dead" in wrongs(office, "socket")
    assert "takes the dead socket's place" in wrongs(office, "socket")
    assert one(office, "daemon").standing is WRONG


def test_something_else_in_the_sockets_place_is_told(place: tuple[Office, Path]) -> None:
    """A file, and a folder that all may write or that is not there."""
    office, path = place
    path.write_text("", encoding="utf-8")
    assert "is no socket" in wrongs(office, "socket")
    path.parent.chmod(0o777)
    assert f"everyone on this machine may put another socket into {path.parent}" in wrongs(office, "socket")
    shutil.rmtree(path.parent)
    assert f"its folder {path.parent} is not there" in wrongs(office, "socket")


@pytest.mark.root
def test_a_socket_of_another_account_is_told(place: tuple[Office, Path]) -> None:
    """Whose it is hears what officers write."""
    office, path = place
    with listening(path):
        os.chown(path, NOBODY, NOBODY)
        assert f"{path} belongs to nobody" in wrongs(office, "socket")
        os.chown(path.parent, NOBODY, NOBODY)
        assert f"{path.parent} belongs to nobody" in wrongs(office, "socket")


def test_a_socket_with_too_long_a_path_is_told(tmp_path: Path) -> None:
    """No client could connect to it (unix(7))."""
    folder = tmp_path / ("x" * 110)
    folder.mkdir()
    with council(tmp_path, {"daemon": {"socket": str(folder / "s")}}) as office:
        assert "more than the 107 bytes" in wrongs(office, "socket")


def test_a_daemon_that_is_not_ready_says_why(tmp_path: Path) -> None:
    """It lives, and releases nothing: in its own words."""
    answers = {"/healthz": {"alive": True}, "/readyz": {"ready": False, "reason": "the rules cannot be read"}}
    with council(tmp_path, answers=answers) as office:
        assert "runs, and is not ready: the rules cannot be read" in wrongs(office, "daemon")


def test_another_program_on_the_daemons_port_is_told(tmp_path: Path) -> None:
    """Something answers that all is well, and is no daemon of ours."""
    with council(tmp_path, answers={"/healthz": {"status": "UP"}}) as office:
        assert "something else answers there" in wrongs(office, "daemon")


# --- the database's file -----------------------------------------------------------------------------------------------


def _another_programs(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE song (title)")


def _of_schema(number: str) -> Callable[[Path], None]:
    def change(database: Path) -> None:
        _another_programs(database)
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("CREATE TABLE alembic_version (version_num)")
            connection.execute("INSERT INTO alembic_version VALUES (?)", (number,))
            connection.commit()

    return change


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (Path.mkdir, "is no file"),
        (Path.touch, "is empty"),
        (_another_programs, "a database of another program"),
        (_of_schema("0002"), "is an older publisher's"),
        (_of_schema("9999"), "a newer publisher made"),
    ],
    ids=["folder", "empty", "another", "older", "newer"],
)
def test_a_database_that_must_not_be_opened_is_told_and_left_as_it_is(
    office: Office, make: Callable[[Path], None], told: str
) -> None:
    """To open it would make tables in it, or bring it up to date while nobody asked for that."""
    office.app.close()
    for file in office.folder.glob("queue.db*"):
        file.unlink()
    database = office.app.config.database
    make(database)
    before = database.read_bytes() if database.is_file() else b""
    (check,) = [check for check in reopened(office) if check.name == "queue"]
    assert (check.standing, told in check.words, bool(check.way_out)) == (WRONG, True, True)
    assert (database.read_bytes() if database.is_file() else b"") == before


def test_a_database_that_is_gone_is_no_new_council(office: Office) -> None:
    """What is kept beside it tells: nobody is sent to make a new one."""
    office.app.close()
    office.app.config.database.unlink()
    (check,) = [check for check in reopened(office) if check.name == "queue"]
    assert "what is kept beside it is not" in check.words
    assert ("newest backup back" in check.way_out, "publisher init" in check.way_out) == (True, False)


def test_a_database_that_another_program_has_locked_is_told_at_once(office: Office) -> None:
    """Nobody waits a quarter of an hour for what is to say that somebody waits."""
    office.app.close()
    with contextlib.closing(sqlite3.connect(office.app.config.database, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("CREATE TABLE song (title)")
        (check,) = [check for check in reopened(office) if check.name == "queue"]
    assert (check.standing, "locked by another program" in check.words) == (WRONG, True)


# --- what the daemon does each day -------------------------------------------------------------------------------------


def test_a_record_that_was_not_signed_for_days_is_told(office: Office) -> None:
    """Signed daily where anything happened; the file of that is not to be lost."""
    assert one(office, "checkpoints").standing is GOOD
    office.clock.forward(days=4)
    check = one(office, "checkpoints")
    assert (check.standing, "is not signed" in check.words) == (ATTENTION, True)
    office.app.checkpoints.make()
    office.clock.forward(days=40)
    assert one(office, "checkpoints").standing is GOOD
    office.app.checkpoints.file.unlink()
    assert f"the file {office.app.checkpoints.file} is gone" in wrongs(office, "checkpoints")


def test_retention_that_did_not_run_or_failed_is_told(office: Office) -> None:
    """It runs daily; a run names of what something could not be erased."""
    assert one(office, "retention").standing is GOOD
    office.clock.forward(days=4)
    assert "never erased" in one(office, "retention").words
    _ran(office, None)
    assert one(office, "retention").standing is GOOD
    office.clock.forward(days=4)
    assert one(office, "retention").standing is ATTENTION
    _ran(office, "unsent,pictures")
    assert "could not erase all that is due of: unsent,pictures" in wrongs(office, "retention")


def _ran(office: Office, failed: str | None) -> None:
    with office.app.queue.writing() as connection:
        append(connection, office.clock(), ACTOR, RUN, subject=failed, move=("", "0"))


def test_a_clock_that_is_behind_the_record_is_told(office: Office) -> None:
    """A dead battery, or a machine that was put back: everything would be released late."""
    assert one(office, "clock").standing is GOOD
    office.clock.forward(minutes=-4)
    assert one(office, "clock").standing is GOOD
    office.clock.forward(days=-2)
    assert "but the record's last event is of" in wrongs(office, "clock")


def test_an_end_file_that_is_a_folder_is_told(office: Office) -> None:
    """A folder where a file should be is one line, like any."""
    end = office.app.end_file.path
    end.unlink()
    end.mkdir(mode=0o700)
    assert "Is a directory" in wrongs(office, "record")
    assert one(office, "officers").standing is GOOD


def test_another_key_is_called_that(office: Office) -> None:
    """It is no hand in every row: the way out is the right key, and no director who enters everybody anew."""
    (office.folder / "seal.key").write_text(f"{'ab' * 32}\n")
    with contextlib.closing(open_app(office.config, now=office.clock)) as app:
        told = [check for check in doctor.examine(app) if check.name == "record"]
        assert [(check.standing, "not the key" in check.words) for check in told] == [(WRONG, True)]
        with pytest.raises(ConfigError, match="not the key"):
            right_key.demand(app.register, app.end_file)
    started = office.process("daemon")
    assert (started.returncode, "not the key" in started.stderr) == (2, True)


def test_a_hand_in_every_entry_is_not_called_another_key(office: Office) -> None:
    """The end file, which that hand cannot seal, still fits."""
    with closing(sqlite3.connect(office.app.config.database)) as connection, connection:
        connection.execute("UPDATE officer SET name = name || 'x'")
    connection.close()
    right_key.demand(office.app.register, office.app.end_file)


def test_a_database_that_root_copied_there_is_the_one_fault(office: Office) -> None:
    """The folder tells whose the queue is: nobody is told to give the rest to root."""
    if IS_ROOT:
        for place in (office.folder, *office.folder.iterdir()):
            os.chown(place, NOBODY, NOBODY)
        os.chown(office.app.config.database, 0, 0)
        told = wrongs(office, "permissions")
        assert f"{office.app.config.database} (root)" in told
        assert "`chown nobody`" in told
    assert account.judged(office.app) == office.folder.stat().st_uid


def test_a_website_whose_link_is_a_folder_is_told(office: Office) -> None:
    """Made by hand so that the web server starts, it would be found in the way at the first release."""
    current = site(office) / "current"
    shutil.rmtree(site(office))
    current.mkdir(parents=True)
    assert f"{current} is a folder" in wrongs(office, "website")
    item = office.hand_in(office.news()).id
    office.release(item)
    reasons = f"{office.app.queue.item(item).reason} {office.deliveries(item)['website'].reason}"
    assert f"remove {current}, which is a folder: the program makes it a link" in reasons


def test_a_folder_of_pictures_that_the_program_makes_itself_is_as_it_must_be(office: Office) -> None:
    """Another place in config.toml since `init`: the first picture makes it, closed to others, whatever the umask is."""
    media = office.app.config.path(office.app.config.queue.media)
    shutil.rmtree(media, ignore_errors=True)
    before = os.umask(0)
    try:
        office.hand_in(office.news(images=[{"path": "library.jpg", "alt": "The library"}]))
    finally:
        os.umask(before)
    assert media.is_dir()
    assert wrongs(office, "permissions") == ""


@pytest.mark.parametrize(("socket", "folder"), [("data/s", "of the queue"), ("s", "of config.toml")])
def test_a_socket_among_what_nobody_else_sees_is_told(socket: str, folder: str, tmp_path: Path) -> None:
    """Officers would have to be let into the folder of the queue, or of the settings: it gets one of its own instead."""
    with council(tmp_path, {"daemon": {"socket": socket}, "queue": {"database": "data/queue.db"}}) as office:
        told = wrongs(office, "socket")
    assert f"lies in the folder {folder}" in told
    assert "/run/publisher/" in told
    assert "publisher-officers" not in told
