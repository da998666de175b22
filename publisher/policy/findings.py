"""How what a rule found is told: as findings with a message, a place and an id, in one order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from publisher import lengths
from publisher.errors import ConfigError
from publisher.item import Item
from publisher.model import Finding, Severity, digest_of
from publisher.policy.evidence import TOO_THIN, names_something
from publisher.policy.rules import Rule
from publisher.policy.slips import QUIET_BESIDE
from publisher.policy.subject import Hit

MAX_QUOTE = 60
"""Characters of the text quoted in a message; the rest is behind start and end."""
OFFICER = "officer"
"""The field of what is found of the officer and not of the item."""

ID_DIGITS = 12
"""Hex digits of a finding's id: 48 bits, enough for the findings of one item."""
RULE_FAILED, RULE_FAILED_ROLE = "format.rule-failed", "approver"
"""The finding of a rule that could not be applied, and who decides then, whichever rule it is."""
PRIVATE = "[private]"
"""Stands in a rule's message for what another rule found to be private."""
SHOWN = 2
"""Characters shown of a private quote."""
ORDER = tuple(Severity)
REPEATED = ("title", "summary", "body", "location")
"""Fields of the item whose words its posts may repeat."""

_Text = tuple[str, str | None]
"""A text's field and channel."""


def once(hits: Sequence[Hit]) -> Iterator[Hit]:
    """A post repeats its item's words: what was found in the item is not said again for each of its posts."""
    if not hits:
        return
    said = {_bare(hit) for hit in hits if hit.channel is None and hit.start is not None}
    for hit in dict.fromkeys(hits):
        if hit.channel is None or hit.start is None or _bare(hit) not in said:
            yield hit


def without_twins(found: Sequence[Finding], book: Mapping[str, Rule]) -> Iterator[Finding]:
    """What a rule that is not sure finds is not said where a sure one, in its parameter `quiet_beside`, found it as grave."""
    for finding in found:
        rule = book.get(finding.rule)
        sure = rule.parameters.get(QUIET_BESIDE, ()) if rule else ()
        if not sure or not any(other.rule in sure and _says_as_much(other, finding) for other in found):
            yield finding


def _says_as_much(other: Finding, finding: Finding) -> bool:
    return ORDER.index(other.severity) <= ORDER.index(finding.severity) and _overlap(finding, other)


def _overlap(one: Finding, other: Finding) -> bool:
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    same = (one.field, one.channel) == (other.field, other.channel)
    return same and one.start < other.end and other.start < one.end


def _bare(hit: Hit) -> str:
    """The words without the punctuation round them: a title card's alternative text ends the title with a full stop."""
    return hit.text.casefold().strip(".,;:!? ")


def of_hits(said: Sequence[tuple[Rule, Hit]], item: Item) -> list[Finding]:
    """What rules say of their hits, given the item's evidence and the registers' exemptions.

    What one rule finds to be private stands in no other's message either. Of what means the same of a text as a whole
    one is told, and how many more there are.
    """
    private = sorted({hit.text for rule, hit in said if rule.private and hit.text}, key=_longest_first)
    found = [_exempted(_with_evidence(_finding(rule, hit, private), rule, item), hit) for rule, hit in said]
    return _told_once(found, [_text_of(rule, hit, item) for rule, hit in said])


def _told_once(found: Sequence[Finding], texts: Sequence[_Text | None]) -> list[Finding]:
    """Of findings on one of these texts that mean the same the first, the item's own before a post's. Without a text each is told.

    They mean the same where they are of one category and clause, as grave, and settled in the same ways: whoever lets one go
    lets go what the others say.
    """
    alike: dict[object, list[Finding]] = {}
    for number, (finding, text) in enumerate(zip(found, texts, strict=True)):
        alike.setdefault((text, *_meaning(finding)) if text else number, []).append(finding)
    return [_first(group) for group in alike.values()]


def _meaning(finding: Finding) -> tuple[str, ...]:
    category = finding.rule.partition(".")[0]
    return category, finding.clause, finding.severity, finding.remedy, finding.override, finding.evidence


def _first(alike: Sequence[Finding]) -> Finding:
    first = min(alike, key=lambda finding: (finding.channel or "", order(finding)))
    if not (more := len(alike) - 1):
        return first
    say = "1 more finding says" if more == 1 else f"{more} more findings say"
    return replace(first, message=f"{first.message} {say} the same.")


def _text_of(rule: Rule, hit: Hit, item: Item) -> _Text | None:
    """The text that a finding speaks of as a whole, if its rule does: for words of the item that a post repeats, the item's."""
    if not rule.told_once or hit.start is None or hit.end is None:
        return None
    repeated: Iterable[str] = REPEATED if hit.channel and hit.end - hit.start == len(hit.text) else ()
    return next(
        ((name, None) for name in repeated if hit.text in getattr(item, name)), (hit.field, hit.channel)
    )


def _longest_first(text: str) -> tuple[int, str]:
    return -len(text), text


def _finding(rule: Rule, hit: Hit, private: Sequence[str]) -> Finding:
    quote = _masked(hit.text) if rule.private else hit.text
    for words in private:
        quote = quote.replace(words, PRIVATE)
    if hit.field != OFFICER:  # who lacks what is a sentence of our own, and the way out is at its end
        quote = lengths.cut(quote, MAX_QUOTE)
    message = rule.message.replace("{text}", quote).replace("{channel}", hit.channel or "")
    message = f"{message} {hit.note}".rstrip()
    return Finding(
        rule.id, rule.clause, rule.severity, message, rule.remedy, hit.field, hit.channel, hit.start, hit.end,
        _finding_id(rule, hit), rule.override, rule.evidence,
    )  # fmt: skip


def _masked(quote: str) -> str:
    """Enough to find it again, too little to use it: what is private must not stand in messages and logs."""
    shown = quote[:SHOWN] if len(quote) > 2 * SHOWN else ""
    return shown + "".join("•" if letter.isalnum() else letter for letter in quote[len(shown) :])


def _finding_id(rule: Rule, hit: Hit) -> str:
    """The same finding on the same words has the same id. A private quote is left out: its digest could be guessed."""
    quote = [hit.start, hit.end] if rule.private else _bare(hit)
    return digest_of([rule.id, hit.field, hit.channel, quote])[:ID_DIGITS]


def _with_evidence(finding: Finding, rule: Rule, item: Item) -> Finding:
    """Evidence satisfies only a rule that says what it accepts; the finding stays, as advice, for the record."""
    given = item.evidence.get(rule.id, "").strip()
    if not (rule.evidence and given) or finding.severity is Severity.ADVISE:
        return finding
    if not names_something(given):
        return replace(finding, message=f"{finding.message} {TOO_THIN}")
    note = f"{finding.message} Evidence is given: {lengths.cut(given, MAX_QUOTE)}"
    return replace(finding, severity=Severity.ADVISE, message=note)


def _exempted(finding: Finding, hit: Hit) -> Finding:
    """What a register exempts stays as advice, with whoever allowed it, for the record."""
    if not hit.exempted or finding.severity is Severity.ADVISE:
        return finding
    return replace(finding, severity=Severity.ADVISE, message=f"{finding.message} {hit.exempted}")


def why_failed(error: Exception) -> str:
    """What may be told of a failure: what a rule names and is not there, or what is wrong with a file of ours.

    Of all else only the kind, for it may quote the item.
    """
    if isinstance(error, ConfigError):
        return error.detail
    is_name = isinstance(error, LookupError) and not isinstance(error, KeyError | IndexError)
    return str(error) if is_name else type(error).__name__


def of_failure(rule: Rule, error: Exception) -> Finding:
    """A rule that could not be applied: somebody must look, for it may not clear anything by failing."""
    reason = why_failed(error)
    return Finding(
        RULE_FAILED,
        rule.clause,
        Severity.REVIEW,
        f"The rule {rule.id} could not be applied ({reason}), so a person must decide.",
        "A second officer checks the item against this rule; whoever keeps the rules mends it.",
        "item",
        id=digest_of([RULE_FAILED, rule.id])[:ID_DIGITS],
        override=RULE_FAILED_ROLE,
    )


def order(finding: Finding) -> tuple[int, str, str, str, int, int, str]:
    """What comes first: the gravest, then by rule, channel, field and place."""
    return (
        ORDER.index(finding.severity),
        finding.rule,
        finding.channel or "",
        finding.field,
        finding.start if finding.start is not None else -1,
        finding.end if finding.end is not None else -1,
        finding.message,
    )
