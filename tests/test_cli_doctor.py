"""`publisher doctor`: what is not as it must be is found, said plainly, and comes with what to do."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import policy_support
import pytest
from doctor_support import MONITORING, answering, council, found, one, terms_read
from support import Office, open_office

from publisher import doctor
from publisher.cli import run
from publisher.health import Standing
from publisher.paths import DEFAULT_CONFIG
from publisher.rehearsal.office import CMS, DIRECTOR, OFFICER

GOOD, ATTENTION, WRONG = Standing
ROOTS = ("account",) if os.geteuid() == 0 else ()
"""What only root is told: for whom it looks."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """See council."""
    with council(tmp_path) as made:
        yield made


def called(office: Office, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The verb as the sysadmin types it: exit code, and what is printed."""
    code = run(["--config", str(office.config), "doctor", *words])
    return code, capsys.readouterr().out


# --- the verb ----------------------------------------------------------------------------------------------------------


def test_a_council_with_which_all_is_well(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, one line for each thing that was looked at, and a sum."""
    code, shown = called(office, capsys=capsys)
    assert (code, "attention  " in shown, "wrong  " in shown) == (0, False, False)
    names = ("configuration", *ROOTS, "secrets", "permissions", "disk", "website", "queue", "rules", "websites", "daemon",
             "officers", "concerns", "prerequisites", "sources", "channel website", "channel facebook", "channel twitter", "channel instagram", "terms of use", "consents", "clock", "record", "checkpoints",
             "retention")  # fmt: skip
    assert [check.name for check in doctor.examine(office.app)] == list(names)
    assert all(f"good       {name}:" in shown for name in names if not name.startswith("channel "))
    assert all(
        re.search(rf"^good +{name}  ", shown, re.MULTILINE)
        for name in ("website", "facebook", "twitter", "instagram")
    )
    assert shown.splitlines()[-1] == f"{len(names)} good, 0 attention, 0 wrong."


def test_what_is_due_and_what_is_wrong_have_their_exit_codes(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """3 where a person should look soon, 1 as soon as something is wrong; each with its way out."""
    terms_read(office, "facebook", 10)
    code, shown = called(office, capsys=capsys)
    assert code == 3
    assert "attention  terms of use: terms to be read again soon: facebook by" in shown
    assert "→ Read them, then" in shown
    terms_read(office, "twitter", -1)
    assert called(office, capsys=capsys)[0] == 1


def test_the_checks_as_json(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get each check with its standing, words and way out, and the sums; the exit code is the same."""
    terms_read(office, "twitter", -1)
    code, shown = called(office, "--json", capsys=capsys)
    told = json.loads(shown)
    assert code == 1
    assert (told["wrong"], told["attention"]) == (1, 0)
    (wrong,) = [check for check in told["checks"] if check["standing"] == "wrong"]
    assert (wrong["name"], wrong["way_out"].startswith("Read them")) == ("terms of use", True)


@pytest.mark.parametrize(
    "text",
    [b"", b"[council", b'[council]\nnam = "x"\n', b"\xff\xfe", b"MARS"],
    ids=["empty", "torn", "unknown key", "no text", "no zone"],
)
def test_a_configuration_that_cannot_be_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes
) -> None:
    """Without it nothing else can be looked at: one thing that is wrong, with its way out, and no failure of the verb."""
    file = tmp_path / "config.toml"
    named = DEFAULT_CONFIG.read_bytes().replace(b"[council]", b'[council]\ntimezone = "Europe/Mars"')
    file.write_bytes(named if text == b"MARS" else text)
    assert run(["--config", str(file), "doctor", "--json"]) == 1
    (check,) = json.loads(capsys.readouterr().out)["checks"]
    assert (check["name"], check["standing"], bool(check["way_out"])) == ("configuration", "wrong", True)


# --- the machine -------------------------------------------------------------------------------------------------------


def test_a_missing_secret_is_named_by_its_place(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which channel lacks which variable is said; what the others hold is not."""
    value = os.environ["INSTAGRAM_TOKEN"]
    monkeypatch.setenv("FACEBOOK_PAGE_TOKEN", " ")
    monkeypatch.delenv("PUBLISHER_HOOK_SECRET")
    check = one(office, "secrets")
    assert (check.standing, "has an environment of its own" in check.words) == (ATTENTION, True)
    assert "channels.facebook" in check.words
    assert "PUBLISHER_HOOK_SECRET" in check.words
    assert value not in str(doctor.examine(office.app))


@pytest.mark.long
@pytest.mark.parametrize("file", ["queue.db", "seal.key", "hook.secret"])
def test_files_that_others_may_read_are_told(tmp_path: Path, file: str) -> None:
    """The queue, the seal's key and a secret's file: not even a group reads them, for it is that of the socket."""
    with council(tmp_path, {"sources.website": {"secrets": ["file:hook.secret"]}}) as office:
        (office.folder / "hook.secret").write_text(os.environ["PUBLISHER_HOOK_SECRET"], encoding="utf-8")
        (office.folder / "hook.secret").chmod(0o600)
        for mode in (0o600, 0o400):
            (office.folder / file).chmod(mode)
            assert one(office, "permissions").standing is GOOD
        for mode in (0o640, 0o644, 0o660, 0o604, 0o750):
            (office.folder / file).chmod(mode)
            check = one(office, "permissions")
            assert (check.standing, f"{office.folder / file} (mode {mode:04o})" in check.words) == (
                WRONG,
                True,
            )
            assert f"chmod 600 {office.folder / file}" in check.way_out


def test_a_config_that_others_may_write_is_told(office: Office) -> None:
    """Whoever may write config.toml says where the posts go; that others read it does no harm."""
    office.config.chmod(0o644)
    assert one(office, "permissions").standing is GOOD
    office.config.chmod(0o664)
    assert f"chmod 644 {office.config}" in one(office, "permissions").way_out


def test_a_queue_that_is_not_there_is_told_once(office: Office) -> None:
    """What would be asked of it is left out; the settings, the rules and the daemon are looked at all the same."""
    office.app.close()
    for file in office.folder.glob("queue.db*"):
        file.unlink()
    with contextlib.closing(_again(office)) as app:
        checks = doctor.examine(app)
    assert [check.name for check in checks if check.standing is WRONG] == ["queue", "daemon"]
    way_out = next(check.way_out for check in checks if check.name == "queue")
    assert ("publisher init" in way_out, "put the backup of it back" in way_out) == (True, True)
    assert "officers" not in {check.name for check in checks}


def _again(office: Office) -> Any:
    from publisher.app import open_app

    return open_app(office.config)


def test_a_queue_that_is_damaged_is_told(office: Office) -> None:
    """A file that is no queue is wrong, with where to get one, and breaks nothing."""
    office.app.close()
    office.app.config.database.write_bytes(b"not a database at all" * 500)
    with contextlib.closing(_again(office)) as app:
        (check,) = [check for check in doctor.examine(app) if check.name == "queue"]
    assert (check.standing, "backup" in check.way_out) == (WRONG, True)


def test_a_seal_that_is_not_there_is_told(office: Office) -> None:
    """Without its key nothing that was decided counts."""
    (office.folder / "seal.key").unlink()
    with contextlib.closing(_again(office)) as app:
        (check,) = [check for check in doctor.examine(app) if check.name == "queue"]
    assert (check.standing, "seal" in check.words) == (WRONG, True)


def test_without_a_daemon_nothing_goes_out(office: Office) -> None:
    """No address beside the queue: nobody would release anything."""
    office.app.config.database.with_name("queue.db.daemon.json").unlink()
    check = one(office, "daemon")
    assert (check.standing, "no daemon runs" in check.words, "publisher daemon" in check.way_out) == (
        WRONG,
        True,
        True,
    )


def test_a_daemon_that_is_not_well_is_told(tmp_path: Path) -> None:
    """It answers, and says that its timer is dead."""
    with council(tmp_path, status=503) as office:
        check = one(office, "daemon")
    assert (check.standing, "not well (503)" in check.words) == (WRONG, True)


def test_a_daemon_that_left_only_its_address_is_told(tmp_path: Path) -> None:
    """A process that was killed left the file: whoever asks it gets no answer."""
    with answering() as port:
        pass
    with council(tmp_path, {"daemon": {"port": port}}) as office:
        check = one(office, "daemon")
    assert (check.standing, "does not answer" in check.words) == (WRONG, True)


# --- the rules ---------------------------------------------------------------------------------------------------------


def test_rules_that_cannot_be_read_are_told(office: Office) -> None:
    """A slip in a rule file, with its line; the rest is looked at."""
    (office.folder / "rules" / "own.toml").write_text("[[rule]]\nid = 7\n", encoding="utf-8")
    check = one(office, "rules")
    assert (check.standing, "own.toml" in check.words) == (WRONG, True)
    assert one(office, "officers").standing is GOOD


def test_rules_that_are_due_or_cannot_be_applied_are_told(office: Office) -> None:
    """A review date that has passed wants somebody's eye; a rule that names what is not there holds every item."""
    own = '[[rule]]\nid = "link.missing"\nreview_date = 2020-01-01\n'
    (office.folder / "rules" / "own.toml").write_text(own, encoding="utf-8")
    check = one(office, "rules")
    assert (check.standing, "link.missing" in check.words) == (ATTENTION, True)
    (office.folder / "rules" / "own.toml").write_text(own + 'fields = ["txet"]\n', encoding="utf-8")
    assert [check.standing for check in found(office, "rules")] == [WRONG, ATTENTION]


@pytest.mark.parametrize(
    ("again", "standing", "told"),
    [
        ("2999-01-31", GOOD, "maps.example.org"),
        ("2026-02-01", WRONG, "maps.example.org (overdue since 2026-02-01)"),
    ],
)
def test_websites_to_be_read_again_are_told(
    office: Office, again: str, standing: Standing, told: str
) -> None:
    """Until then links there wait for a second officer."""
    sites = policy_support.site("maps.example.org", again=again)
    (office.folder / "rules" / "sites.toml").write_text(sites, encoding="utf-8")
    check = one(office, "websites")
    assert (check.standing, told in check.words) == (standing, True)


def test_before_the_first_record_of_terms_a_person_should_look(tmp_path: Path) -> None:
    """Nothing is held yet, so that nothing is wrong; once one platform's are recorded, those of the others are missing."""
    with open_office(tmp_path / "office") as office:
        check = one(office, "terms of use")
        assert (check.standing, "facebook, instagram, twitter" in check.words) == (ATTENTION, True)
        terms_read(office, "facebook", 365)
        check = one(office, "terms of use")
        assert check.standing is WRONG
        assert "instagram (nobody has read it), twitter (nobody has read it)" in check.words


# --- the people --------------------------------------------------------------------------------------------------------


def by_hand(office: Office, statement: str) -> None:
    """Somebody with the database file, who takes away first what would stop them."""
    with contextlib.closing(sqlite3.connect(office.app.config.database)) as connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(statement)
        connection.commit()


def suspended(office: Office, login: str) -> None:
    """Switched off by the director."""
    office.app.register.suspend(login, actor=DIRECTOR, now=office.clock())


def test_whoever_posts_needs_another_who_approves(office: Office) -> None:
    """Nobody left who may post is wrong, and so is a source whose officer may not."""
    suspended(office, CMS)
    assert (one(office, "officers").standing, one(office, "sources").standing) == (GOOD, WRONG)
    assert "[sources.website]: cms is suspended" in one(office, "sources").words
    suspended(office, OFFICER)
    check = one(office, "officers")
    assert (check.standing, check.words) == (WRONG, "nobody may post")


def test_a_council_without_a_monitoring_officer_is_told(office: Office) -> None:
    """A concern about a Member would go to nobody (clause 4): a person should look, and nothing is broken by it."""
    assert one(office, "concerns").standing is GOOD
    suspended(office, MONITORING)
    check = one(office, "concerns")
    assert (check.standing, "concerns about a Member go to nobody" in check.words) == (ATTENTION, True)
    assert "--role" in check.way_out


def test_an_account_of_a_service_without_its_business_case_is_told(tmp_path: Path) -> None:
    """Clause 5b: it is switched on in config.toml, and the director never decided."""
    service = {"service": "Libraries", "business_case": "BC-1"}
    with council(tmp_path, {"channels.facebook": service}) as office:
        check = one(office, "accounts")
    assert (check.standing, "BC-1 is not on record" in check.words) == (WRONG, True)


def test_prerequisites_that_lapse_are_told_in_time(office: Office) -> None:
    """An officer who cannot act is named with what is missing; one who was switched off is no trouble."""
    assert one(office, "prerequisites").standing is GOOD
    suspended(office, CMS)
    assert one(office, "prerequisites").standing is GOOD
    office.app.register.amend(
        OFFICER, {"expires_on": office.app.today + timedelta(20)}, actor=DIRECTOR, now=office.clock()
    )
    check = one(office, "prerequisites")
    assert (check.standing, "within 30 days: sam" in check.words) == (ATTENTION, True)
    office.app.register.amend(
        OFFICER, {"expires_on": None, "aup_signed_on": None}, actor=DIRECTOR, now=office.clock()
    )
    check = one(office, "prerequisites")
    assert (check.standing, "cannot post or approve: sam" in check.words) == (ATTENTION, True)


def test_a_line_of_the_register_that_was_changed_by_hand_is_told(office: Office) -> None:
    """It counts for nothing, and somebody did that."""
    by_hand(office, "UPDATE officer SET roles = 'director'")
    (check,) = found(office, "prerequisites")
    assert (check.standing, "sam" in check.words, "by hand" in check.words) == (WRONG, True, True)
    assert [check.standing for check in found(office, "officers")] == [WRONG, WRONG]


def test_items_that_name_a_consent_that_ends_are_told(office: Office) -> None:
    """What waits and would be blocked at its release is named while another picture can be found."""
    image = {"path": "library.jpg", "alt": "Two readers", "people": True, "reference": "form-7"}
    office.app.consents.add("FORM-7", "consent", office.app.today + timedelta(2), OFFICER)
    goes = (office.clock() + timedelta(1)).isoformat()
    item = office.hand_in(office.news(images=[image], publish_at=goes))
    assert one(office, "consents").standing is GOOD
    office.app.consents.withdraw("FORM-7", OFFICER)
    check = one(office, "consents")
    assert (check.standing, f"{item.id} (form-7)" in check.words) == (ATTENTION, True)


# --- the record --------------------------------------------------------------------------------------------------------


def _older(office: Office) -> None:
    """The database as it was before the last event."""
    by_hand(office, "DELETE FROM event_detail WHERE event_id = (SELECT max(id) FROM event)")
    by_hand(office, "DELETE FROM event WHERE id = (SELECT max(id) FROM event)")


def _end_file(office: Office) -> Path:
    return office.app.config.database.with_name("queue.db.end")


@pytest.mark.parametrize(
    "work",
    [
        _older,
        lambda office: by_hand(office, "UPDATE event SET actor = 'x' WHERE id = 3"),
        lambda office: _end_file(office).unlink(),
        lambda office: _end_file(office).write_text("[1, 2, 3]"),
        lambda office: _end_file(office).write_bytes(b"\xff\x00"),
    ],
    ids=["cut", "changed", "gone", "forged", "garbage"],
)
def test_a_record_that_is_not_whole_is_told(office: Office, work: Callable[[Office], Any]) -> None:
    """A chain that was cut or changed, an older copy, or an end that nobody can vouch for."""
    assert one(office, "record").standing is GOOD
    work(office)
    check = one(office, "record")
    assert (check.standing, "it is not whole" in check.words, "publisher audit verify" in check.way_out) == (
        WRONG,
        True,
        True,
    )


def test_a_check_that_breaks_is_told_and_the_others_go_on(office: Office) -> None:
    """What a hand left in the database may be anything: one check fails by itself."""
    office.hand_in(office.news(publish_at=(office.clock() + timedelta(1)).isoformat()))
    by_hand(office, "UPDATE item SET publish_at = 'soon'")
    check = one(office, "consents")
    assert check.standing is WRONG
    assert "cannot be read" in check.words
    by_hand(office, "UPDATE event SET at = 'soon' WHERE id = (SELECT max(id) FROM event)")
    check = one(office, "clock")
    assert check.standing is WRONG
    assert "this could not be looked at (ValueError at " in check.words
    assert one(office, "officers").standing is GOOD
    by_hand(office, "UPDATE item SET publish_at = '2999-01-01 00:00:00.000000', content = '7'")
    assert one(office, "consents").standing is WRONG


def test_it_changes_nothing(office: Office) -> None:
    """Neither the record nor a file is written by looking."""
    before = len(office.app.queue.events_of("facebook")), office.app.config.database.read_bytes()
    doctor.examine(office.app)
    assert (len(office.app.queue.events_of("facebook")), office.app.config.database.read_bytes()) == before


def test_settings_that_the_daemon_does_not_know_are_told(office: Office) -> None:
    """It reads them once: a channel that was switched on since is none that it could send to."""
    assert "settings" not in [check.name for check in doctor.examine(office.app)]
    later = time.time() + 60
    os.utime(office.config, (later, later))
    check = one(office, "settings")
    assert (check.standing, "after the daemon started" in check.words) == (ATTENTION, True)
    assert check.way_out == "Restart the daemon."
