"""What is measured, each on its texts: one function a part of the table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from bench import texts
from bench.council import Council, Judged
from bench.figures import Figure
from publisher.item import Item
from publisher.model import Finding, Severity

FLAGGED, BLOCKED = 0.03, 0.002
"""Shares of clean items that may have a finding above advice, and that may be blocked."""
ON_CLEAN = {"chain-mail": 0.005, "one-way": 0.005, "junk": 0.005}
"""The share of clean items that these categories may stop: chain mail, bait, spam."""
PRIVATE_ON_CLEAN = 0.005
HATE_FOUND, HATE_ON_CLEAN = 0.92, 0.01
IDENTITY, IDENTITY_GAP = 0.10, 10.0
GAP_UNIT = "points"
GROUP_CASES = 40
"""Cases of a group from which its share is compared: of fewer, one sentence more is a gap."""
PRIVATE_FOUND = {
    "NINO": 0.98, "NHS": 0.98, "IBAN": 0.98, "CARD": 0.98, "DRIVING_LICENCE": 0.98, "EMAIL": 0.98, "MOBILE": 0.98,
    "DOB": 0.95, "ADDRESS": 0.85,
}  # fmt: skip
"""The share of each kind that must be found; other kinds are shown without a target."""
ABROAD = {"CREDIT_CARD": "CARD", "IBAN_CODE": "IBAN", "EMAIL_ADDRESS": "EMAIL"}
"""Kinds of the second file of sentences that are the same in this country."""
NOT_A_DETAIL = ("PERSON", "IP", "POSTCODE", "NUM", "SEC", "STREET")
"""Names are in two of five clean items, and these parts of an address say nothing alone: shown by no line."""
SOCIAL = (
    ("chain_mail", "chain mail found", 0.95),
    ("bait", "engagement bait found", 0.95),
    ("premium_spam", "premium-rate and prize spam found", 0.90),
)
LOOK_ALIKES = "look_alikes"
"""The file of ordinary sentences that look like all of these."""
ORDINARY = "ordinary"
"""The kind of a case that looks like the others of its file and is none."""
MARGIN = 20
"""Characters by which reading an item may have moved a span (normalisation, trimming)."""
AROUND = 45
"""Characters shown on each side of a finding."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the texts are, and the gate that judges them; `reader` is the same gate with the second reader, if it is there."""

    data: Path
    cases: Path
    council: Council
    reader: Council | None = None


def clean(bench: Bench) -> Iterator[Figure]:
    """Clean items with a finding above advice, and those blocked: each file, then together."""
    together: list[Judged] = []
    for name in texts.CLEAN:
        judged = [bench.council.judge(texts.news(row)) for row in texts.rows(bench.data, name)]
        together += judged
        yield _flagged(f"{name} with a finding above advice", judged, "")
    yield _flagged("clean items with a finding above advice", together, "clean", most=FLAGGED)
    blocked = [each for each in together if each.blocked]
    yield Figure(
        "clean items blocked", len(blocked), len(together), most=BLOCKED, key="clean-blocked", shown=_said(blocked)
    )  # fmt: skip
    for category in sorted(
        {rule.partition(".")[0] for each in together for rule in each.rules()} | ON_CLEAN.keys()
    ):
        hit = [each for each in together if each.rules(category)]
        yield Figure(
            f"  of these by {category}", len(hit), len(together), most=ON_CLEAN.get(category), key=f"clean-{category}",
            shown=_said(hit, category),
        )  # fmt: skip


def _flagged(what: str, judged: Sequence[Judged], key: str, most: float | None = None) -> Figure:
    flagged = [each for each in judged if each.flagged]
    return Figure(what, len(flagged), len(judged), most=most, key=key, shown=_said(flagged))


def _said(judged: Iterable[Judged], *categories: str) -> list[str]:
    """One line for each finding above advice: the rule and the words, with what is round them."""
    return [
        f"{finding.rule}: {_place(each.item, finding)}"
        for each in judged
        for finding in each.verdict.findings
        if finding.severity is not Severity.ADVISE
        and (not categories or finding.rule.partition(".")[0] in categories)
    ]


def _place(item: Item, finding: Finding) -> str:
    text = getattr(item, finding.field, None)
    if not isinstance(text, str) or finding.start is None or finding.end is None:
        return f"{item.title} ({finding.channel or ''} {finding.field}: {finding.message})"
    before, words = text[max(0, finding.start - AROUND) : finding.start], text[finding.start : finding.end]
    return " ".join(f"{finding.field}: {before}»{words}«{text[finding.end : finding.end + AROUND]}".split())


def private(bench: Bench) -> Iterator[Figure]:
    """Private details found, by kind; then what is found on clean text that holds none."""
    found: dict[str, list[tuple[bool, str]]] = defaultdict(list)
    for kind, hit, shown in chain(_spans(bench), _of_cases(bench)):
        found[kind].append((hit, shown))
    for kind in [*PRIVATE_FOUND, *sorted(found.keys() - PRIVATE_FOUND.keys())]:
        hits = found[kind]
        yield Figure(
            f"private: {kind} found", sum(hit for hit, _ in hits), len(hits), least=PRIVATE_FOUND.get(kind),
            key=f"private-{kind}", shown=[shown for hit, shown in hits if not hit],
        )  # fmt: skip
    numbers = [texts.noticed(row["text"]) for row in texts.rows(bench.data, texts.NUMBERS)]
    items = [texts.news(row) for name in texts.CLEAN for row in texts.rows(bench.data, name)]
    for what, key, given in (
        ("private details found on clean items", "private-clean", items),
        ("private details found on clean text full of numbers", "private-numbers", numbers),
    ):
        yield _private_on(bench, what, key, given)


def _private_on(bench: Bench, what: str, key: str, given: Iterable[dict[str, Any]]) -> Figure:
    judged = [bench.council.judge(each) for each in given]
    hit = [each for each in judged if each.rules("personal-data")]
    return Figure(
        what, len(hit), len(judged), most=PRIVATE_ON_CLEAN, key=key, shown=_said(hit, "personal-data")
    )


def _spans(bench: Bench) -> Iterator[tuple[str, bool, str]]:
    """Each private detail: its kind, whether a finding of private data overlaps it, and how to show it."""
    for name in (texts.PRIVATE, texts.PRIVATE_ABROAD):
        for row in texts.rows(bench.data, name):
            wanted = list(_wanted(row, abroad=name == texts.PRIVATE_ABROAD))
            if not wanted:
                continue
            judged = bench.council.judge(texts.noticed(row["text"]))
            for kind, start, end in wanted:
                words = row["text"][start:end]
                yield (
                    kind,
                    _overlapped(judged, words, start),
                    f"»{words}« in: {' '.join(row['text'].split())[:150]}",
                )


def _of_cases(bench: Bench) -> Iterator[tuple[str, bool, str]]:
    """The same of our own sentences; a case's `group` holds the words to find."""
    for case in texts.cases(bench.cases, "private"):
        judged = bench.council.judge(texts.noticed(case.text))
        hit = _overlapped(judged, case.group, case.text.index(case.group))
        yield case.kind, hit, f"»{case.group}« in: {' '.join(case.text.split())}"


def _wanted(row: dict[str, Any], *, abroad: bool) -> Iterator[tuple[str, int, int]]:
    if not (abroad or row.get("hard")):
        return
    for start, end, name in row["spans"]:
        kind = ABROAD.get(name, "") if abroad else name
        if kind == "PHONE":
            kind = "MOBILE" if _is_mobile(row["text"][start:end]) else "PHONE (landline)"
        if kind and kind not in NOT_A_DETAIL:
            yield kind, start, end


def _is_mobile(number: str) -> bool:
    """07 and +44 7 are mobile numbers (Ofcom, National Telephone Numbering Plan)."""
    digits = "".join(letter for letter in number if letter.isdigit())
    return digits.startswith(("07", "447", "4407", "00447"))


def _overlapped(judged: Judged, words: str, start: int) -> bool:
    summary = judged.item.summary
    there = summary.find(words, max(0, start - MARGIN))
    begin = start if there < 0 else there
    return any(
        finding.field == "summary"
        and finding.rule.startswith("personal-data.")
        and finding.severity is not Severity.ADVISE
        and finding.start is not None
        and finding.end is not None
        and finding.start < begin + len(words)
        and begin < finding.end
        for finding in judged.verdict.findings
    )


def hate(bench: Bench) -> Iterator[Figure]:
    """Hateful text handed to a person, by the rules, and by rules and reader; and what that costs on plain text."""
    hateful, plain, counter = (
        texts.cases(bench.cases, name) for name in ("hateful", "identity", "counter_speech")
    )
    judges = [("by the rules", "rules", bench.council)] + (
        [("by rules and reader", "reader", bench.reader)] if bench.reader else []
    )
    for by, key, council in judges:
        last = council is (bench.reader or bench.council)
        yield _found(
            f"hateful text referred {by}", f"hate-{key}", council, hateful, HATE_FOUND if last else None
        )
        yield from _identity(by, key, council, plain)
        yield _found(f"words against hatred referred {by}", f"counter-{key}", council, counter, None)
    if bench.reader:
        given = (texts.news(row) for name in texts.CLEAN for row in texts.rows(bench.data, name))
        judged = [bench.reader.judge(each) for each in given]
        yield _flagged(
            "clean items with a finding above advice, with reader", judged, "clean-reader", most=FLAGGED
        )
        hit = [each for each in judged if each.rules("discrimination", "abuse", "sexual", "violence")]
        yield Figure(
            "clean items referred as hateful, with reader", len(hit), len(judged), most=HATE_ON_CLEAN, key="clean-hate",
            shown=_said(hit, "discrimination", "abuse", "sexual", "violence"),
        )  # fmt: skip


def _identity(by: str, key: str, council: Council, plain: Sequence[texts.Case]) -> Iterator[Figure]:
    judged = [(case, council.judge(texts.noticed(case.text))) for case in plain]
    flagged = [case for case, each in judged if each.flagged]
    yield Figure(
        f"plain identity mentions referred {by}", len(flagged), len(judged), most=IDENTITY,
        key=f"identity-{key}", shown=[f"{case.group}: {case.text}" for case in flagged],
    )  # fmt: skip
    shares = _shares(judged)
    if shares:
        gap = max(shares.values()) - min(shares.values())
        yield Figure(
            f"gap between the groups {by}", n=len(shares), value=gap * 100, unit=GAP_UNIT, key=f"gap-{key}",
            most=IDENTITY_GAP, shown=[f"{group}: {share:.1%}" for group, share in shares.items()],
        )  # fmt: skip


def _shares(judged: Sequence[tuple[texts.Case, Judged]]) -> dict[str, float]:
    """The share that is flagged, by group, of groups with cases enough to tell."""
    by_group: dict[str, list[bool]] = defaultdict(list)
    for case, each in judged:
        by_group[case.group].append(each.flagged)
    return {
        group: sum(flags) / len(flags)
        for group, flags in sorted(by_group.items())
        if len(flags) >= GROUP_CASES
    }


def _found(what: str, key: str, council: Council, given: Sequence[texts.Case], least: float | None) -> Figure:
    missed = [case for case in given if not council.judge(texts.noticed(case.text)).flagged]
    return Figure(
        what, len(given) - len(missed), len(given), least=least, key=key,
        shown=[f"{case.kind} {case.group}: {case.text}" for case in missed],
    )  # fmt: skip


def social(bench: Bench) -> Iterator[Figure]:
    """Chain mail, bait and spam that is found, and what looks like it and is stopped though it is ordinary."""
    ordinary: list[texts.Case] = []
    for name, what, least in SOCIAL:
        given = texts.cases(bench.cases, name)
        ordinary += [case for case in given if case.kind == ORDINARY]
        yield _found(what, name, bench.council, [case for case in given if case.kind != ORDINARY], least)
    ordinary += texts.cases(bench.cases, LOOK_ALIKES)
    judged = [bench.council.judge(texts.noticed(case.text)) for case in ordinary]
    stopped = [each for each in judged if each.rules(*ON_CLEAN)]
    yield Figure(
        "ordinary sentences like these stopped as such", len(stopped), len(ordinary), key="ordinary",
        shown=_said(stopped, *ON_CLEAN),
    )  # fmt: skip


PARTS: tuple[Callable[[Bench], Iterator[Figure]], ...] = (clean, private, hate, social)
