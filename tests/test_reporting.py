"""What of the record's wholeness is told to whom: who keeps no record is told nothing by which concerns could be counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_support import Council, open_council
from cli_support import APPROVER, AUTHOR, DIRECTOR
from click import unstyle
from record_support import by_hand

from publisher import reporting
from publisher.chain import Fault
from publisher.cli.audit_record import _verified
from publisher.record import End
from publisher.verifying import OF_ITEMS, Report

CONCERN = {"person": "Asha Mistry", "text": "She has me delete complaints", "to": DIRECTOR}
COUNTING = ("events", "hash", "erased", "checkpoints", "last_at")
KINDS = (
    "added", "removed", "changed", "reordered", "words", "acceptance", "end", "checkpoint", "kept", "row", "index",
    "schema", "state", "post", "item", "a kind that is yet to come",
)  # fmt: skip


@pytest.fixture
def council(tmp_path: Path) -> Iterator[Council]:
    """A council whose API is served; dana directs, sam and asha are officers."""
    with open_council(tmp_path / "council") as council:
        yield council


def verified(council: Council, login: str, **kept: Any) -> dict[str, Any]:
    """What the API tells somebody of a look at the whole record."""
    answer = council.ask("POST", "/audit/verify", kept, token=council.token(login))
    assert answer.status == 200, answer
    return dict(answer.json)


def tampered(council: Council, *statements: str) -> None:
    """What a hand does to the council's database."""
    by_hand(council.app.config.database, *statements)


# --- by the API --------------------------------------------------------------------------------------------------------


def test_a_concern_leaves_no_trace_in_what_an_officer_verifies(council: Council) -> None:
    """Neither that the record grew, nor when, nor by a checkpoint more: all is as it was. A director sees it (clause 4)."""
    for login in (AUTHOR, DIRECTOR):
        council.token(login)
    before, kept = verified(council, AUTHOR), verified(council, DIRECTOR)
    assert {before[name] for name in COUNTING} == {None}
    assert (before["whole"], before["stops"], before["notes"]) == (True, "nothing", [])
    assert council.ask("POST", "/concerns", CONCERN, token=council.token(APPROVER)).status == 200
    assert council.ask("POST", "/audit/checkpoints", token=council.token(DIRECTOR)).status == 200
    assert verified(council, AUTHOR) == before
    after = verified(council, DIRECTOR)
    assert before.keys() == after.keys()
    assert [after[name] != kept[name] for name in COUNTING] == [True, True, False, True, True]


def test_a_checkpoint_is_for_who_keeps_the_record(council: Council) -> None:
    """It counts events. The refusal says whom to ask, and is recorded; nothing is signed."""
    answer = council.ask("POST", "/audit/checkpoints", token=council.token(AUTHOR))
    assert (answer.status, answer.json["kind"]) == (403, "NotDesignated")
    assert answer.json["way_out"] == "Ask a director or a monitoring officer."
    assert (council.app.checkpoints.last(), re.findall(r"\d+", answer.json["detail"])) == (None, [])
    told = council.ask("GET", f"/audit/log?actor={AUTHOR}&action=denied", token=council.token(DIRECTOR)).json
    assert [one["detail"]["asked"] for one in told["events"]] == ["checkpoint"]
    council.here(DIRECTOR)
    assert council.ask("POST", "/audit/checkpoints", at_socket=True).status == 200


def test_asking_for_an_events_hash_tells_nobody_how_many_there_are(council: Council) -> None:
    """A number that is there and one that is not read the same, to whoever tries them one by one."""
    last = verified(council, DIRECTOR)["events"]
    made = council.ask("POST", "/audit/checkpoints", token=council.token(DIRECTOR)).json
    tried = [verified(council, AUTHOR, events=[[number, "0" * 64]]) for number in (1, last, last + 1, 10**6)]
    assert tried == [tried[0]] * 4
    assert [(one["kind"], one["event"]) for one in tried[0]["faults"]] == [("kept", None)]
    forged = [
        verified(council, AUTHOR, checkpoints=[made | {"event": number}]) for number in (1, last, 10**6)
    ]
    assert forged[0] == forged[2]
    assert verified(council, AUTHOR, checkpoints=[made])["whole"] is True


def test_a_concern_that_a_hand_changed_is_not_named_to_others(council: Council) -> None:
    """That something was changed they are told, and what that stops; which row it is, whoever keeps the record."""
    said = council.ask("POST", "/concerns", CONCERN, token=council.token(APPROVER)).json
    council.token(AUTHOR)
    tampered(council, "UPDATE concern SET raised_by = 'sam'")
    found, kept = verified(council, AUTHOR), verified(council, DIRECTOR)
    assert (found["whole"], found["stops"]) == (kept["whole"], kept["stops"]) == (False, "rows")
    assert [(one["kind"], said["id"] in one["words"]) for one in kept["faults"]] == [("row", True)]
    assert "concern" not in str(found).lower()
    assert said["id"] not in str(found)


def test_an_item_that_is_stopped_is_named_to_everybody(council: Council) -> None:
    """Its author must know which it is; by which event it shows is a number."""
    item = council.bench.news()["id"]
    tampered(council, "UPDATE item SET state = 'published'")
    (told,) = verified(council, AUTHOR)["faults"]
    assert (item in told["words"], told["event"], told["last"]) == (True, None, None)


# --- every fault -------------------------------------------------------------------------------------------------------


def report(*faults: Fault) -> Report:
    """A look that found this."""
    return Report(
        4_711, End(4_711, "ab" * 32), 4_711, 4_711, faults, faults, ("With event 4711 …",), "2026-11-28"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_no_fault_tells_a_number(kind: str) -> None:
    """Of whatever kind, also one that nobody thought of: found many times, it is told once."""
    words = "A checkpoint was signed at event 4711, but the record ends at 4712."
    if kind in OF_ITEMS:
        words = "Item k3md8s2p: it went from a to b with event 4711, as event 4712 tells."
    faults = [Fault(kind, number, number, words, "m") for number in (4_711, 4_712)]
    brief = reporting.in_brief(report(*faults))
    assert not re.search(r"47\d\d", str(brief))
    assert (len(brief["faults"]), len(brief["accepted"]), brief["whole"]) == (1, 1, False)
    assert brief.keys() == reporting.in_full(report()).keys()


# --- what people read --------------------------------------------------------------------------------------------------


def shown(found: dict[str, Any]) -> str:
    """What the command line prints of it, on one line."""
    return " ".join(unstyle(_verified(found | {"timezone": "Europe/London"}, "")).split())


def test_the_command_line_says_it_without_numbers() -> None:
    """Whole or not, one sentence says who has the numbers; with them, it says nothing of that."""
    fault = Fault("changed", 4_711, 4_711, "It was changed.", "m")
    whole, broken = report(), report(fault)
    said = shown(reporting.in_brief(whole) | {"accepted": []})
    assert said.startswith("The record is whole. ")
    assert "The numbers of events are shown to a director and the monitoring officer." in said
    said = shown(reporting.in_brief(broken))
    assert "The record is not whole. changed: Something in it is not as it was written." in said
    assert "None" not in said
    full = shown(reporting.in_full(broken))
    assert "1 thing does not fit in 4,711 events" in full
    assert "monitoring officer" not in full


def test_at_the_database_nothing_is_hidden(council: Council) -> None:
    """Whoever opened it themselves may count, whoever they are: a timer is no officer."""
    for who in ("nobody-at-all", AUTHOR):
        found = council.bench.run("audit", "verify", "--json", officer=who)
        assert (found.code, found.json["events"] > 0, len(found.json["hash"])) == (0, True, 64)
        assert council.bench.run("audit", "checkpoint", officer=who).code == 0
