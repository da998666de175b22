"""An office with a rule of its own, an approver and a monitoring officer: for tests of what people decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support import Office, open_office

from publisher.register import Role
from publisher.tables import OfficerRow
from publisher.times import local

RULE = """
[[rule]]
id = "junk.{word}"
title = "{word}s"
clause = "6"
severity = "{severity}"
detector = "phrases"
fields = ["title", "summary", "body"]
message = "It mentions {{text}}."
remedy = "Take the animal out."
override = "{override}"
since = "2026-11"
review_date = 2027-11-01
[rule.parameters]
phrases = ["{word}"]
[rule.examples]
flag = ["Here is a {word}."]
pass = ["The library opens at 9am."]
"""
ZEBRA = "A zebra is in the library."
REASON = "The zebra is a toy in the library."
MONTH = 86_400 * 30
"""Seconds: a grace in which these tests may move the clock."""
CHANGES: dict[str, dict[str, Any]] = {
    "policy": {"rules": "rules"},
    "release": {"verify": 1, "verify_every": 0.05, "stage_wait": 5, "grace": MONTH},
}


def rule(word: str, *, severity: str = "review", override: str = "approver") -> str:
    """A rule file's table that asks about one word."""
    return RULE.format(word=word, severity=severity, override=override)


def write_rules(office: Office, *rules: str) -> None:
    """Changes the council's own rule file."""
    (office.folder / "rules" / "own.toml").write_text("\n".join(rules), encoding="utf-8")


def add_officer(office: Office, login: str, *roles: Role) -> None:
    """One more officer, with every prerequisite."""
    today = local(office.clock()).date()
    row = OfficerRow(
        login=login, name=login.title(), roles=",".join(roles), policy_read_on=today, aup_signed_on=today,
        approved_on=today, added_by="dana", added_at=office.clock(),
    )  # fmt: skip
    office.app.register.add(row, now=office.clock())


@contextmanager
def open_gated(folder: Path, more: Mapping[str, Mapping[str, Any]] | None = None) -> Iterator[Office]:
    """An office that asks about zebras; ann approves, mona is the monitoring officer, dana directs and approves."""
    (folder / "rules").mkdir()
    with open_office(folder, changes={**CHANGES, **(more or {})}) as office:
        write_rules(office, rule("zebra"))
        add_officer(office, "ann", Role.OFFICER, Role.APPROVER)
        add_officer(office, "mona", Role.MONITORING)
        yield office


def held_at_release(office: Office, item_id: str) -> None:
    """An item is held at its release by something that is mended since."""
    rules = office.folder / "rules" / "own.toml"
    kept = rules.read_text(encoding="utf-8")
    rules.write_text("[[", encoding="utf-8")
    office.release(item_id)
    rules.write_text(kept, encoding="utf-8")
    assert office.state(item_id) == "held for review"
