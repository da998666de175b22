"""What stands behind a finding, what officers let go, and that every verdict comes out the same again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from publisher import places, views
from publisher.errors import NotFound
from publisher.model import ItemState, Severity
from publisher.nearest import meant
from publisher.rulebook import nearest

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.overrides import Listed
    from publisher.policy.rules import Rule
    from publisher.tables import ItemRow, VerdictRow
    from publisher.verdicts import HitRate, Replayed

_FINDING = re.compile(r"[0-9a-f]{12}")
OFTEN, FEW = 0.5, 5
"""A rule let go more often than this asks for too much or for the wrong thing; of fewer findings nobody can tell."""
KNOWN_ITEMS = 1_000
"""Of so many items, the latest, the findings are known by a mistyped id."""
ONE_DIGIT_WRONG = 0.8
"""How alike two ids are of which one is the other mistyped (difflib's ratio); two that were not are below 0.6."""


def explained(app: App, name: str, *, quoted: bool = False) -> dict[str, Any]:
    """Why a finding is there, what satisfies it, and who may let it go; or the same of a rule.

    `quoted` adds the texts that the finding's place points into, with all findings on them, which say what is private.
    Raises InputError with the nearest name.
    """
    gate, stored = app.rules(), _stored(app, name)
    item, verdict, finding = stored or (None, None, None)
    rule_id = str(finding["rule"]) if finding else name
    rule = gate.book.rules.get(rule_id)
    if finding is None and rule is None:
        raise _unknown(app, name)
    role, no_need = gate.override_role(rule_id), _no_need(rule, item, finding)
    answer = {
        "rule": views.rule(rule) if rule else None, "finding": dict(finding) if finding else None,
        "item": item.id if item else None, "command": _command(item, finding) if role and not no_need else None,
        "also_in": _others(app, item, finding) if item and finding else [], "role": role or None, "no_need": no_need,
    }  # fmt: skip
    return answer | ({"quoted": _quoted(app, item, verdict)} if quoted and item and verdict else {})


def _stored(app: App, name: str) -> tuple[ItemRow, VerdictRow, Mapping[str, Any]] | None:
    if not _FINDING.fullmatch(name) or not app.config.database.is_file():
        return None
    return app.verdicts.finding(name)


def _quoted(app: App, item: ItemRow, verdict: VerdictRow) -> dict[str, Any]:
    texts = places.texts(item.content, [delivery.post for delivery in app.queue.deliveries(item.id)])
    told = [{"channel": channel, "field": field, "text": text} for (channel, field), text in texts.items()]
    return {"title": item.title, "texts": told, "findings": verdict.findings}


def _others(app: App, item: ItemRow, finding: Mapping[str, Any]) -> list[str]:
    """The other items that have this finding now, those that go last first: the same words give the same id."""
    latest = app.queue.items(limit=KNOWN_ITEMS, latest=True)
    return [
        row.id
        for row in reversed(latest)
        if row.id != item.id and any(one.get("id") == finding["id"] for one in row.verdict["findings"])
    ]


def _no_need(rule: Rule | None, item: ItemRow | None, finding: Mapping[str, Any] | None) -> str:
    """Why nobody has to let it go, or not any more; empty where somebody has to."""
    severity = finding["severity"] if finding else rule and rule.severity
    if severity == Severity.ADVISE:
        return "not needed: it stops nothing"
    if item and item.state not in {ItemState.HELD, ItemState.BLOCKED}:
        return f"not asked for: the item is {item.state}"
    return ""


def _unknown(app: App, word: str) -> NotFound:
    known = _known_findings(app)
    if not _FINDING.fullmatch(word):
        detail, way_out = (
            "is neither the id of a finding nor a rule",
            nearest(word, {*app.rules().book.rules, *known}),
        )
    else:
        detail = "is no finding of an item that was handed in, and only those are found by their id"
        instead = "Name the rule instead; `publisher check` shows both."
        way_out = meant(word, known, instead, least=ONE_DIGIT_WRONG)
    return NotFound(f"{word!r} {detail}", field="FINDING|RULE", way_out=way_out)


def _known_findings(app: App) -> set[str]:
    if not app.config.database.is_file():
        return set()
    latest = app.queue.items(limit=KNOWN_ITEMS, latest=True)
    return {finding["id"] for row in latest for finding in row.verdict["findings"] if finding.get("id")}


def _command(item: ItemRow | None, finding: Mapping[str, Any] | None) -> str:
    """What whoever may let the finding go types."""
    item_id, finding_id = (item.id, finding["id"]) if item and finding else ("ID", "FINDING")
    return f"publisher approve {item_id} --finding {finding_id} --reason TEXT"


# --- what was let go --------------------------------------------------------------------------------------------------


def let_go(app: App) -> dict[str, Any]:
    """What second officers let go, how often each rule is let go, and what its author's evidence alone settled."""
    return {
        "overrides": [_override(row) for row in app.overrides.listed()],
        "rules": [_rate(rate) for rate in app.verdicts.hit_rates()],
        "settled_by_evidence": list(_settled(app)),
    }


def _settled(app: App) -> Iterator[dict[str, Any]]:
    """The findings of the latest items that became advice by evidence, which their author alone gives."""
    for row in app.queue.items(limit=KNOWN_ITEMS, latest=True):
        given = row.content.get("evidence") or {}
        found = {finding["rule"]: finding for finding in row.verdict["findings"] if finding["rule"] in given}
        for rule, one in found.items():
            if one["severity"] == "advise" and one.get("evidence"):
                yield {"item": row.id, "author": row.author, "rule": rule, "evidence": given[rule]}


def _override(row: Listed) -> dict[str, Any]:
    return {
        "item": row.item_id, "title": row.title, "rule": row.rule, "finding": row.finding, "officer": row.officer,
        "role": row.role, "reason": row.reason, "given_at": views.stamp(row.given_at),
        "expires_on": row.expires_on.isoformat(), "revoked_at": views.stamp(row.revoked_at), "state": row.state.value,
    }  # fmt: skip


def _rate(rate: HitRate) -> dict[str, Any]:
    return {
        "rule": rate.rule, "findings": rate.findings, "overridden": rate.overridden, "rate": round(rate.rate, 3),
        "too_often": rate.findings >= FEW and rate.rate > OFTEN,
    }  # fmt: skip


# --- again ------------------------------------------------------------------------------------------------------------


def replayed(app: App) -> dict[str, Any]:
    """Every stored verdict made again: how many there are, how many came out the same, which did not, which cannot be."""
    tried = list(app.verdicts.replay())
    different, not_repeated = (
        [_repeated(each) for each in tried if each.same is same] for same in (False, None)
    )
    same = len(tried) - len(different) - len(not_repeated)
    return {"verdicts": len(tried), "same": same, "different": different, "not_repeated": not_repeated}


def _repeated(each: Replayed) -> dict[str, Any]:
    return {
        "item": each.item_id,
        "stage": each.stage.value if each.stage else None,
        "at": views.stamp(each.at) if each.at else None,
        "note": each.note,
    }
