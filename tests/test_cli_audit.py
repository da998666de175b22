"""`publisher audit log/verify/checkpoint/key/accept/export`: what officers and auditors see of the record."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cli_support import APPROVER, AUTHOR, DIRECTOR, WHY, Answer, Bench, open_bench
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from record_support import by_hand

from publisher.cli.audit_record import _lines
from publisher.office.audit import PAGE


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder with config.toml, queue and officers: three events are in its record."""
    with open_bench(tmp_path / "bench") as found:
        yield found


def database(bench: Bench) -> Path:
    """The queue's file."""
    (found,) = bench.folder.rglob("*.db")
    return found


def hand(bench: Bench, *statements: str) -> None:
    """What somebody with the database file can do."""
    by_hand(database(bench), *statements)


def audit(bench: Bench, *words: str, **given: Any) -> Answer:
    """One verb of the group; a director asks, if nobody else is named."""
    return bench.run("audit", *words, **{"officer": DIRECTOR} | given)


def exported(bench: Bench, *words: str) -> Answer:
    """The record, handed over by the director."""
    return audit(bench, "export", *words, "--as", DIRECTOR)


# --- log ------------------------------------------------------------------------------------------------------------


def test_the_log_reads_like_what_happened(bench: Bench) -> None:
    """A line has the council's clock, the number, who, by which door, what, and about what; words are below it."""
    item = bench.news()["id"]
    bench.run("withdraw", item, "--reason", "Wrong day")
    lines = audit(bench, "log").out.splitlines()
    said = " ".join(" ".join(lines).split())
    assert re.search(r"20\d\d \d\d:\d\d 1 dana \(at the server as user \d+\): officer added \[dana\] ", said)
    assert "sam (at the server as user" in said
    assert re.search(r"name given with --as\): draft → checked \[", said)
    assert any("queued → withdrawn" in line for line in lines)
    assert f"[{item}]" in " ".join(lines)


def test_the_log_is_asked_for_what_is_sought(bench: Bench) -> None:
    """By item, subject, actor and action; each that is given counts."""
    one, other = bench.news()["id"], bench.news(title="Pool opens late")["id"]

    def numbers(*words: str) -> list[int]:
        return [row["event"] for row in audit(bench, "log", "--json", *words).json["events"]]

    assert numbers() == list(range(1, 13))
    assert numbers("--item", one) == [4, 5, 6, 8]
    assert numbers("--item", other, "--action", "created") == [9]
    assert numbers("--actor", DIRECTOR) == [1, 2, 3]
    assert numbers("--subject", APPROVER) == [3]
    assert numbers("--limit", "2") == [11, 12]
    assert numbers("--item", "nothing") == []
    assert audit(bench, "log", "--limit", "2", "--json").json["count"] == 12


def test_days_of_the_log_are_the_council_s(bench: Bench) -> None:
    """An event an hour before midnight UTC in summer is of the next day in London; both days are included."""
    hand(
        bench,
        "UPDATE event SET at = '2026-06-30 23:30:00.000000' WHERE id = 2",
        "UPDATE event SET at = '2026-06-30 22:30:00.000000' WHERE id = 1",
    )

    def numbers(since: str, until: str) -> list[int]:
        return [
            row["event"]
            for row in audit(bench, "log", "--since", since, "--until", until, "--json").json["events"]
        ]

    assert numbers("2026-07-01", "2026-07-01") == [2]
    assert numbers("2026-06-30", "2026-06-30") == [1]
    assert numbers("2026-06-30", "2026-07-01") == [1, 2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "yesterday"], "is not a date"),
        (["--since", "2026-02-30"], "is not a date"),
        (["--since", "2026-02-02", "--until", "2026-02-01"], "is before"),
        (["--limit", "0"], "0"),
        (["--limit", "-1"], "-1"),
        (["--limit", "many"], "many"),
        (["--json", "--csv"], "cannot both be printed"),
        (["--jsonl", "--csv"], "cannot both be printed"),
    ],
)
def test_what_the_log_cannot_be_asked(bench: Bench, words: list[str], said: str) -> None:
    """Wrong days, numbers and flags are one clear line and exit code 2."""
    answer = audit(bench, "log", *words)
    assert (answer.code, said in answer.err + answer.out) == (2, True), answer


def test_the_log_as_lines_and_as_a_spreadsheet(bench: Bench) -> None:
    """JSON Lines for programs; CSV in which no cell is taken for a formula."""
    item = bench.news()["id"]
    bench.run("withdraw", item, "--reason", "=HYPERLINK(1)")
    hand(bench, "UPDATE event SET subject = '=1+1' WHERE id = 2")
    lines = audit(bench, "log", "--jsonl").lines
    assert [line["event"] for line in lines][:3] == [1, 2, 3]
    rows = list(csv.DictReader(io.StringIO(audit(bench, "log", "--csv").out.removeprefix("\ufeff"))))
    assert rows[1]["subject"] == "'=1+1"
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_words_that_were_erased_are_told_as_that(bench: Bench) -> None:
    """An erased event is not shown as if it had never said anything."""
    hand(bench, "DELETE FROM event_detail WHERE event_id = 2")
    assert "its words were erased" in audit(bench, "log").out
    assert audit(bench, "log", "--json").json["events"][1]["erased"] is True


def test_a_log_that_steers_no_terminal(bench: Bench) -> None:
    """What a hand wrote into the database does not move the cursor of whoever reads it."""
    hand(bench, "UPDATE event SET actor = char(27) || '[2J' WHERE id = 2")
    assert "\x1b" not in audit(bench, "log").out


def test_a_log_that_finds_nothing_says_why(bench: Bench) -> None:
    """A mistyped item or action is told as that, with the actions that there are; else that nothing meets it all."""
    assert "There is no item 'zzz'." in audit(bench, "log", "--item", "zzz").out
    said = " ".join(audit(bench, "log", "--action", "nonsense").out.split())
    assert said == "No action in the record is called 'nonsense'. There are: officer added."
    item = bench.news()["id"]
    for words in (
        ("--item", item, "--action", "officer added"),
        ("--actor", "zzz"),
        ("--until", "2020-01-01"),
    ):
        assert audit(bench, "log", *words).out == "Nothing like that is in the record.\n"
    assert audit(bench, "log", "--json").json["nothing"] == ""


def test_the_log_leaves_out_what_says_nothing(bench: Bench) -> None:
    """No `cause: nothing` below an event; no and 0 are said."""
    row = {"at": "2026-01-01T00:00:00+00:00", "event": 1, "actor": "x", "via": "", "action": "done", "item_id": None,
           "subject": None, "channel": None, "before": "", "after": "", "withheld": False, "erased": False,
           "detail": {"cause": "", "notes": [], "who": None, "count": 0, "late": False}}  # fmt: skip
    (_, words) = _lines({"events": [row], "timezone": "Europe/London", "count": 1})
    assert "count: 0; late: no" in words
    assert not {"cause", "notes", "who", "nothing"} & set(re.findall(r"\w+", words))


def test_the_log_speaks_plain_words(bench: Bench) -> None:
    """Money in dollars; no class, no flag of a program, no digest, and doors as people know them."""
    seal = "ab" * 32
    rows = [
        ("moved", {"url": "https://x.com/i/1", "cost": 205_000, "by hand": True}),
        ("denied", {"asked": "resolve", "why": "it is sent", "kind": "IllegalMove"}),
        ("request", {"phase": "delete", "bytes": 2_048, "status": 200, "answer": seal}),
        ("approved", {"findings": [], "until": "2027-11-02", "reason": "Seen it"}),
    ]
    shown = " ".join(_shown(*rows, via="socket uid 1001").split())
    for told in (
        "address: https://x.com/i/1; cost: US$0.205; how: by hand", "asked to: resolve; why: it is sent",
        "size: 2,048 bytes; the platform answered: 200", "until: 2 Nov 2027; reason: Seen it",
        "x (at the server, through its socket, as user 1001)",
    ):  # fmt: skip
        assert told in shown
    for raw in ("205000", "IllegalMove", "True", "delete", seal, "findings", "socket uid"):
        assert raw not in shown


def _shown(*rows: tuple[str, object], via: str = "") -> str:
    """The log of some events."""
    more = {
        "item_id": None,
        "subject": None,
        "channel": None,
        "before": "",
        "after": "",
        "withheld": False,
        "erased": False,
    }
    events = [
        {"at": "2026-01-01T00:00:00+00:00", "event": 1, "actor": "x", "via": via, "action": action, "detail": detail, **more}
        for action, detail in rows
    ]  # fmt: skip
    return "\n".join(_lines({"events": events, "timezone": "Europe/London", "count": len(events)}))


def test_what_no_event_says_breaks_no_log() -> None:
    """A hand may write anything beside an event: it is shown, or left out, and the others are read."""
    for detail in (
        [1], {"cost": 10**400}, {"changed": "x"}, {"changed": {"a": [1]}}, {"until": "9999-12-31T23:59:59-12:00"}, {"a": [[None]]},
    ):  # fmt: skip
        assert "x: done" in _shown(("done", detail))


def test_the_log_says_what_was_changed_from_what_to_what(bench: Bench) -> None:
    """No channel named means all of them, and no last day none: neither reads as the other."""
    bench.run("officer", "amend", AUTHOR, "--channel", "website", "--expires", "2099-11-02", "--as", DIRECTOR)
    bench.run("officer", "amend", AUTHOR, "--all-channels", "--no-end", "--as", DIRECTOR)
    said = " ".join(audit(bench, "log", "--subject", AUTHOR).out.split())
    assert "channels: from all to website; last day: from none to 2 Nov 2099" in said
    assert "channels: from website to all; last day: from 2 Nov 2099 to none" in said


# --- verify and accept ----------------------------------------------------------------------------------------------


def test_a_whole_record_is_told_in_one_line(bench: Bench) -> None:
    """Exit code 0, the number of events, and the same for programs."""
    answer = audit(bench, "verify")
    assert (answer.code, "The record is whole: 3 events" in answer.out) == (0, True)
    told = audit(bench, "verify", "--json").json
    assert (told["whole"], told["events"], told["faults"]) == (True, 3, [])


def test_a_record_that_was_tampered_with_says_which_event(bench: Bench) -> None:
    """Exit code 1, the event's number and what was done, in words and for programs."""
    hand(bench, "UPDATE event SET actor = 'x' WHERE id = 2")
    answer = audit(bench, "verify")
    assert answer.code == 1
    assert "The record is not whole: 1 thing does not fit" in answer.out
    assert "event 2  changed: It was changed" in answer.out
    programs = audit(bench, "verify", "--json")
    assert (programs.code, [(one["kind"], one["event"]) for one in programs.json["faults"]]) == (
        1,
        [("changed", 2)],
    )


def test_writing_on_with_an_older_database_is_found(bench: Bench) -> None:
    """A restored backup works on, and verify still says so with both numbers."""
    older = bench.folder / "older"
    with closing(sqlite3.connect(database(bench))) as here, closing(sqlite3.connect(older)) as there:
        here.backup(there)
    bench.news()
    bench.news(title="Pool opens late")
    older.replace(database(bench))
    bench.news()
    answer = audit(bench, "verify")
    assert answer.code == 1
    assert "ends at event 8, but event 12 was written" in " ".join(answer.out.split())


def test_a_director_accepts_and_the_record_says_so(bench: Bench) -> None:
    """Only a director; with a reason; what waits is held; and verify tells it ever after."""
    item = bench.news()["id"]
    for end in bench.folder.rglob("*.end"):
        end.unlink()
    words = ("accept", "--reason", "The disk failed; backup put back")
    assert audit(bench, *words, "--as", AUTHOR).code == 1
    assert audit(bench, "accept", "--as", DIRECTOR).code == 2
    answer = audit(bench, *words, "--as", DIRECTOR)
    assert (answer.code, f"are out: {item}" in " ".join(answer.out.split())) == (0, True), answer
    again = audit(bench, "verify")
    assert (again.code, "dana accepted the record" in " ".join(again.out.split())) == (0, True)
    assert bench.states() == ["held for review"]
    assert audit(bench, *words, "--as", DIRECTOR).code == 1


# --- checkpoints ----------------------------------------------------------------------------------------------------


def signed(checkpoint: dict[str, Any], pem: str) -> bool:
    """Whether a checkpoint's signature holds, by what anyone has."""
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, Ed25519PublicKey)
    message = plain(["publisher checkpoint", checkpoint["event"], checkpoint["hash"], checkpoint["at"]])
    try:
        key.verify(bytes.fromhex(checkpoint["signature"]), message)
    except InvalidSignature:
        return False
    return True


def plain(value: Any) -> bytes:
    """JSON in its one form."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_a_checkpoint_is_printed_to_be_kept_elsewhere(bench: Bench) -> None:
    """Its line, kept elsewhere, holds by the public key alone, and convicts a record that was changed before it."""
    kept = audit(bench, "checkpoint", "--json").json
    assert signed(kept, audit(bench, "key").out)
    assert audit(bench, "key", "--json").json["key"] == kept["key"]
    bench.write("kept.json", json.dumps(kept))
    assert audit(bench, "verify", "--against", "kept.json").code == 0
    for beside in (*bench.folder.rglob("*.end"), *bench.folder.rglob("*.checkpoints")):
        beside.unlink()
    hand(bench, "DELETE FROM checkpoint", "DELETE FROM event WHERE id = 3")
    answer = audit(bench, "verify", "--against", "kept.json")
    assert (answer.code, "signed at event 3, but the record ends at 2" in " ".join(answer.out.split())) == (
        1,
        True,
    )


def test_a_checkpoint_s_line_is_in_what_people_are_shown(bench: Bench) -> None:
    """What goes to a file is the line alone, and a person at a screen reads what it is."""
    made = audit(bench, "checkpoint")
    assert made.out.count("\n") == 1
    assert made.err.startswith("The record ends at event 3 on ")
    bench.write("kept.jsonl", made.out)
    assert audit(bench, "verify", "--against", "kept.jsonl").code == 0


def test_a_checkpoint_kept_with_its_sentence_is_taken(bench: Bench) -> None:
    """Files that a shell wrote with both, one after the other, hold the record; other words before one do not pass."""
    made = audit(bench, "checkpoint")
    again = audit(bench, "checkpoint")
    bench.write("kept.json", made.err + made.out + again.err + again.out)
    assert audit(bench, "verify", "--against", "kept.json").code == 0
    for more in ("Some words\n", made.err.replace("The record", "A record")):
        bench.write("kept.json", more + made.out)
        assert audit(bench, "verify", "--against", "kept.json").code == 2
    bench.write("kept.json", made.err)
    assert "holds no event and no checkpoint" in audit(bench, "verify", "--against", "kept.json").err


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "not json", '{"signature": 3}', "\xff\xfe", '{"previous": ""}', "null\n"]
)
def test_what_is_nothing_to_hold_it_against(bench: Bench, content: str) -> None:
    """A file of another kind is wrong input, one line, and never a bug."""
    bench.write("kept.json", content.encode("latin-1"))
    answer = audit(bench, "verify", "--against", "kept.json")
    assert (answer.code, answer.err.count("\n")) == (2, 1), answer


def test_a_forged_checkpoint_does_not_accuse_in_silence(bench: Bench) -> None:
    """One that is signed by another key, or by none, is told as that."""
    kept = audit(bench, "checkpoint", "--json").json
    bench.write("kept.json", json.dumps(kept | {"event": 2}))
    assert "signature that does not hold" in " ".join(
        audit(bench, "verify", "--against", "kept.json").out.split()
    )
    bench.write("kept.json", json.dumps(kept | {"key": "00" * 32}))
    assert "another key" in audit(bench, "verify", "--against", "kept.json").out


def test_what_is_said_of_people_is_for_them_and_for_the_keepers(bench: Bench) -> None:
    """Why an officer was suspended is no reading for everyone with a login; that it happened is."""
    bench.run("officer", "suspend", AUTHOR, "--reason", "A matter of conduct", "--as", DIRECTOR)
    assert audit(bench, "log", "--as", AUTHOR).code == 1
    bench.run("officer", "reinstate", AUTHOR, "--as", DIRECTOR)
    shown = {who: audit(bench, "log", "--as", who).out for who in (APPROVER, DIRECTOR, AUTHOR)}
    assert ["A matter of conduct" in shown[who] for who in (APPROVER, DIRECTOR, AUTHOR)] == [
        False,
        True,
        True,
    ]
    assert all("officer suspended" in told for told in shown.values())


@pytest.mark.parametrize(
    "words",
    [
        ("log",),
        ("export", "-o", "-", "--format", "csv"),
        ("export", "-o", "-", "--format", "html", "--item", "x"),
    ],
)
def test_who_is_not_on_the_register_reads_nothing_of_it(bench: Bench, words: tuple[str, ...]) -> None:
    """At this machine as over the socket: a login that nobody designated, and one that was switched off."""
    bench.run("officer", "suspend", AUTHOR, "--reason", "Left", "--as", DIRECTOR)
    for who, why in (("nobody", "nobody is not on the register"), (AUTHOR, f"{AUTHOR} is suspended")):
        answer = audit(bench, *words, "--as", who)
        assert (answer.code, answer.out, why in answer.err) == (1, "", True)
    assert bench.run("list", "--all").code == 0


@pytest.mark.parametrize("verb", ["verify", "checkpoint", "key"])
def test_a_timer_looks_whether_the_record_is_whole(bench: Bench, verb: str) -> None:
    """At the machine itself nobody needs to be on the register for that, which a hand may have changed."""
    bench.news()
    answer = bench.run("audit", verb, officer="")
    assert (answer.code, "not on the register" in answer.err) == (0, False)


def test_only_a_keeper_hands_the_whole_record_over(bench: Bench) -> None:
    """Any officer may have what happened to an item; the record of everything and everyone is the director's to give."""
    item = bench.news()["id"]
    answer = audit(bench, "export", "-o", "record.jsonl", "--as", APPROVER)
    assert (answer.code, (bench.folder / "record.jsonl").exists()) == (1, False)
    assert "director" in answer.err
    assert audit(bench, "export", "--item", item, "-o", "item.jsonl", "--as", APPROVER).code == 0


# --- export ---------------------------------------------------------------------------------------------------------


def checked(lines: list[dict[str, Any]]) -> int:
    """Makes every hash of an export again, as its format says; the number of its events. Nothing of ours is used."""
    names = ("at", "actor", "via", "action", "item_id", "channel", "subject", "before", "after", "digest")
    head, rest = lines[0], lines[1:]
    events = [line for line in rest if "previous" in line]
    hashes = {0: ""}
    for line in events:
        made = hashlib.sha256(
            plain([line["previous"], line["event"], *(line[name] for name in names)])
        ).hexdigest()
        assert made == line["hash"]
        if line["salt"] is not None:
            assert hashlib.sha256(plain([line["salt"], line["detail"]])).hexdigest() == line["digest"]
        assert line["erased"] == (bool(line["digest"]) and line["salt"] is None)
        assert line["previous"] == hashes.get(line["event"] - 1, line["previous"])
        hashes[line["event"]] = line["hash"]
    for line in rest:
        if "signature" in line:
            assert signed(line, head["pem"])
            assert hashes.get(line["event"], line["hash"]) == line["hash"]
    assert hashes.get(head["events"], head["hash"]) == head["hash"]
    return len(events)


def test_an_outsider_can_check_the_export(bench: Bench) -> None:
    """With the file alone every hash can be made again, and every checkpoint's signature tried."""
    item = bench.news(title="Llyfrgell ŵyl")["id"]
    bench.run("withdraw", item, "--reason", "Wrong day: ŷ")
    audit(bench, "checkpoint")
    assert audit(bench, "erase", item, "--reason", "Article 17", "--as", DIRECTOR).code == 0
    done = exported(bench, "-o", "record.jsonl")
    assert (done.code, done.err) == (0, "")
    lines = [
        json.loads(line) for line in (bench.folder / "record.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    total = audit(bench, "log", "--json").json["count"]
    assert checked(lines) == total
    assert [line["signature"] for line in lines if "signature" in line]
    assert audit(bench, "verify", "--against", "record.jsonl").code == 0


def test_a_longer_record_is_exported_page_by_page(bench: Bench) -> None:
    """Every event is there once, in order, however many pages it takes."""
    with closing(sqlite3.connect(database(bench))) as connection:
        columns = "at, actor, via, action, item_id, channel, subject, before, after, digest, hash"
        connection.executemany(
            f"INSERT INTO event SELECT ?, {columns} FROM event WHERE id = 1",  # noqa: S608  # names
            [(number,) for number in range(4, PAGE * 2 + 4)],
        )
        connection.commit()
    lines = exported(bench, "-o", "-", "--format", "jsonl").lines
    assert [line["event"] for line in lines if "previous" in line] == list(range(1, PAGE * 2 + 4))


NUMBERED = re.compile(r"\b(?:event|verdict|override)s? \d+|\d+ events|all \d+ events", re.IGNORECASE)
"""An event's number as any of its forms would show it."""


def test_who_does_not_keep_the_record_gets_no_number(bench: Bench) -> None:
    """Neither an event's nor by a verdict's, a yes's, the head's or a checkpoint's: those of concerns would be missing."""
    item = bench.held()["id"]
    assert bench.run("approve", item, *WHY, officer=APPROVER).code == 0
    audit(bench, "checkpoint")
    for words in (
        ("log", "--jsonl"),
        ("log", "--csv"),
        ("log",),
        *(_of_item(item, form) for form in ("jsonl", "csv", "html")),
    ):
        ours = audit(bench, *words, "--as", DIRECTOR).out
        told = audit(bench, *words, "--as", AUTHOR).out
        assert not NUMBERED.search(told), words
        assert told.count("verdict") == ours.count("verdict") or words[-1] == "html"
    (head, *lines) = audit(bench, *_of_item(item, "jsonl"), "--as", AUTHOR).lines
    known = audit(bench, *_of_item(item, "jsonl"), "--as", DIRECTOR).lines
    assert "director" in head["proofs"]
    assert not {"events", "hash"} & set(head)
    assert len(lines) == sum("previous" in line for line in known)
    assert not [line for line in lines if {"event", "previous", "hash", "signature"} & set(line)]
    hashes = {line["hash"] for line in known if "hash" in line}
    page = audit(bench, *_of_item(item, "html"), "--as", AUTHOR).out
    assert not [one for one in hashes if one in page]
    assert 'class="number"' not in page
    shown = bench.run("show", item, "--json").json["events"]
    assert not [one for one in shown if re.search(r"\d", one["subject"] or "")]


def _of_item(item: str, form: str) -> tuple[str, ...]:
    """An export of one item to standard output."""
    return ("export", "--item", item, "-o", "-", "--format", form)


def test_who_does_not_keep_the_record_cannot_ask_for_a_number_either(bench: Bench) -> None:
    """Whoever asks which verdict has a number, and is answered, knows it; whoever keeps the record is answered."""
    bench.news()
    (subject,) = [
        row["subject"] for row in audit(bench, "log", "--action", "judged", "--json").json["events"]
    ]
    asked = ("log", "--subject", subject, "--json")
    assert audit(bench, *asked).json["count"] == 1
    assert audit(bench, *asked, "--as", AUTHOR).json["count"] == 0


def test_an_item_without_numbers_is_told_to_be_that(bench: Bench) -> None:
    """Whoever exports it learns who has the proofs, on the screen and on the page; it holds nobody's record to account."""
    item = bench.news()["id"]
    for form in ("jsonl", "csv"):
        said = audit(bench, "export", "--item", item, "-o", f"item.{form}", "--as", AUTHOR).out
        assert "for who keeps the record" in " ".join(said.split())
        assert (
            "for who keeps the record" not in audit(bench, "export", "--item", item, "-o", f"all.{form}").out
        )
    assert audit(bench, "verify", "--against", "item.jsonl").code == 2
    assert (
        "makes this page with all that proves it" in audit(bench, *_of_item(item, "html"), "--as", AUTHOR).out
    )


def test_one_item_or_some_days(bench: Bench) -> None:
    """An export of a part holds that part, each line provable by itself, and no other item's."""
    one = bench.news()["id"]
    bench.news(title="Pool opens late")
    lines = audit(bench, "export", "--item", one, "-o", "-", "--format", "jsonl").lines
    assert checked(lines) == 4
    assert {line["item_id"] for line in lines if "previous" in line} == {one}
    assert exported(bench, "--until", "2020-01-01", "-o", "old.jsonl").code == 2
    assert not (bench.folder / "old.jsonl").exists()


def test_the_record_as_a_spreadsheet(bench: Bench) -> None:
    """One row an event, with hash and digest, and no cell that is a formula."""
    hand(bench, "UPDATE event SET subject = '@SUM(1)' WHERE id = 2")
    assert exported(bench, "-o", "record.csv").code == 0
    text = (bench.folder / "record.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["event"] for row in rows] == ["1", "2", "3"]
    assert rows[1]["subject"] == "'@SUM(1)"
    assert all(len(row["hash"]) == 64 for row in rows)


def test_one_item_as_a_page(bench: Bench) -> None:
    """The page is written whole, for nobody else's eyes, and says how to make a PDF."""
    item = bench.news()["id"]
    done = audit(bench, "export", "--item", item, "-o", "item.html")
    assert (done.code, "print it there for a PDF" in done.out) == (0, True)
    file = bench.folder / "item.html"
    assert f"{file.stat().st_mode:o}".endswith("600")
    page = file.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert item in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "record"], "which format?"),
        (["-o", "-"], "which format?"),
        (["-o", "item.html"], "a page is of one item"),
        (["--item", "zzzzzzzz", "-o", "item.html"], "no item"),
        (["--item", "zzzzzzzz", "-o", "item.jsonl"], "nothing like that"),
        (["--since", "x", "-o", "a.csv"], "is not a date"),
        ([], "-o"),
    ],
)
def test_what_cannot_be_exported(bench: Bench, words: list[str], said: str) -> None:
    """Wrong input is one line and exit code 2, and leaves no file."""
    before = sorted(bench.folder.iterdir())
    answer = audit(bench, "export", *words)
    assert (answer.code, said in answer.err) == (2, True), answer
    assert sorted(bench.folder.iterdir()) == before


OWN = {
    "the seal's key": "data/seal.key",
    "the end file": "data/queue.db.end",
    "the database": "data/queue.db",
    "its log": "data/queue.db-wal",
    "its index": "data/queue.db-shm",
    "the checkpoints beside it": "data/queue.db.checkpoints",
    "the checkpoints elsewhere": "kept.jsonl",
    "the settings": "config.toml",
    "a picture": "data/media/a.jpg",
    "by another way": "data/../data/./seal.key",
    "by a link": "linked.jsonl",
    "by a second name": "second.jsonl",
}


@pytest.mark.parametrize("own", OWN)
def test_no_export_goes_over_the_publisher_s_own_files(bench: Bench, own: str) -> None:
    """Without the key or the end nothing can be proved: no --force writes there, whether the file is there yet or not."""
    item = bench.news()["id"]
    config = bench.folder / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(f'{text}\n[record]\ncheckpoints = "kept.jsonl"\n', encoding="utf-8")
    (bench.folder / "linked.jsonl").symlink_to("data/seal.key")
    (bench.folder / "second.jsonl").hardlink_to(bench.folder / "data" / "seal.key")
    before = {file: file.read_bytes() for file in bench.folder.rglob("*") if file.is_file()}
    for words in ((), ("--force",)):
        to = ["-o", OWN[own], "--format", "jsonl", *words]
        answer = audit(bench, "export", "--item", item, *to)
        assert (answer.code, "of the publisher's own" in answer.err) == (2, True), answer
    shown = bench.run("preview", item, "--html", OWN[own])
    assert (shown.code, "of the publisher's own" in shown.err) == (2, True), shown
    assert {file: file.read_bytes() for file in bench.folder.rglob("*") if file.is_file()} == before


def test_what_is_there_is_not_written_over_unasked(bench: Bench) -> None:
    """A name mistyped costs nobody a file; --force says that it is meant, and of a plain file only."""
    item = bench.news()["id"]
    bench.write("mine.jsonl", "Mine")
    (bench.folder / "nowhere.jsonl").symlink_to("not-there")
    (bench.folder / "folder.jsonl").mkdir()
    os.mkfifo(bench.folder / "pipe.jsonl")
    for name in ("mine.jsonl", "nowhere.jsonl", "folder.jsonl", "pipe.jsonl"):
        answer = audit(bench, "export", "--item", item, "-o", name)
        assert (answer.code, "Name a new file" in answer.err) == (2, True), answer
    for name in ("folder.jsonl", "pipe.jsonl"):
        answer = audit(bench, "export", "--item", item, "-o", name, "--force")
        assert (answer.code, "is no plain file" in answer.err) == (2, True), answer
    assert (bench.folder / "mine.jsonl").read_text(encoding="utf-8") == "Mine"
    assert audit(bench, "export", "--item", item, "-o", "mine.jsonl", "--force").code == 0
    assert item in (bench.folder / "mine.jsonl").read_text(encoding="utf-8")


def test_a_folder_that_is_not_there(bench: Bench) -> None:
    """A file that cannot be written is the outside's failure, with a way out."""
    answer = audit(bench, "export", "-o", "nowhere/record.jsonl")
    assert (answer.code, "Choose a folder" in answer.err) == (4, True)


def test_an_export_that_was_changed_is_told(bench: Bench) -> None:
    """A kept file in which a line was changed convicts itself, not the record; one of another record convicts this one."""
    exported(bench, "-o", "record.jsonl")
    text = (bench.folder / "record.jsonl").read_text(encoding="utf-8")
    bench.write("changed.jsonl", text.replace('"actor": "dana"', '"actor": "dena"', 1))
    answer = audit(bench, "verify", "--against", "changed.jsonl")
    assert (answer.code, "line 2 of changed.jsonl does not fit its own hash" in answer.err) == (2, True)
    hand(bench, "DELETE FROM event WHERE id = 3")
    for end in bench.folder.rglob("*.end"):
        end.unlink()
    answer = audit(bench, "verify", "--against", "record.jsonl")
    assert (answer.code, "event 3  kept" in answer.out) == (1, True)


def test_the_words_of_why_are_kept(bench: Bench) -> None:
    """What a second officer gave as a reason is in what the page of the item tells."""
    item = bench.held()["id"]
    assert bench.run("approve", item, *WHY, officer=APPROVER).code == 0
    audit(bench, "export", "--item", item, "-o", "item.html")
    assert WHY[1] in (bench.folder / "item.html").read_text(encoding="utf-8")
