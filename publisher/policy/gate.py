"""The gate: every rule looks at the item and its posts; what follows from the findings is a table (DESIGN §5)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

from publisher.item import Item
from publisher.model import Finding, Post, Severity, Verdict, VerdictOutcome, digest_of
from publisher.policy.context import Context, Override
from publisher.policy.detectors import BY_PHRASES, DETECTORS, Detector
from publisher.policy.hosts import Council
from publisher.policy.patterns import PatternError, Scanner, words
from publisher.policy.registers import Registers
from publisher.policy.rules import TABLE, Rule, RuleBook, Status
from publisher.policy.subject import FIELDS, Hit, Reader, Subject, Views, words_of

log = logging.getLogger("publisher.policy")

ENGINE = "2"
"""Changes whenever the same rules may give another verdict: it is part of the policy's version."""
VERSION_DIGITS = 16
"""Hex digits of the version: 64 bits, enough to tell any two rule books of one council apart."""
MAX_HITS = 500
"""Findings of one rule on one item: nobody reads more, and a flood of links must not hold the gate up."""
MAX_QUOTE = 60
"""Characters of the text quoted in a message; the rest is behind start and end."""

ID_DIGITS = 12
"""Hex digits of a finding's id: 48 bits, enough for the findings of one item."""
RULE_FAILED, RULE_FAILED_ROLE = "format.rule-failed", "approver"
"""The finding of a rule that could not be applied, and who decides then, whichever rule it is."""
SHOWN = 2
"""Characters shown of a private quote."""

CONSEQUENCES = ((Severity.BLOCK, VerdictOutcome.BLOCK), (Severity.REVIEW, VerdictOutcome.REVIEW))
"""Read from top to bottom: the first severity among the findings decides; none of them: clear."""
ORDER = tuple(Severity)


class Gate:
    """A rule book for one council. Pure: the same item, posts, limits and day give the same verdict and digest."""

    def __init__(
        self,
        book: RuleBook,
        council: Council,
        pages: frozenset[str] = frozenset(),
        reader: Reader | None = None,
    ) -> None:
        """`pages` names the channels that make the item's own page: their posts need no link to it."""
        self.book, self._council, self._pages, self._reader = book, council, pages, reader

    def only(self, *names: str) -> Gate:
        """The same gate with these rules alone, each acting whatever its status: for trying rules out."""
        rules = {name: replace(self.book.rules[name], status=Status.ACTIVE) for name in names}
        return Gate(replace(self.book, rules=rules), self._council, self._pages, self._reader)

    @cached_property
    def version(self) -> str:
        """The policy's version: sha256 over rules, tables, registers, the council's own addresses and the engine."""
        rules = [_plain(rule) for rule in self.book.rules.values()]
        tables = {name: list(values) for name, values in self.book.tables.items()}
        registers = self.book.registers.to_json()
        whole = [ENGINE, rules, tables, registers, asdict(self._council), sorted(self._pages)]
        whole += [self._reader.version] if self._reader else []
        return digest_of(whole)[:VERSION_DIGITS]

    @property
    def council(self) -> Council:
        """Whose gate it is."""
        return self._council

    @property
    def pages(self) -> frozenset[str]:
        """The channels that make the item's own page."""
        return self._pages

    @property
    def reader(self) -> Reader | None:
        """The second reader, where it has one."""
        return self._reader

    def override_role(self, rule: str) -> str:
        """The role that may let a finding of this rule go; empty where nobody may."""
        if rule == RULE_FAILED:
            return RULE_FAILED_ROLE
        return self.book.rules[rule].override if rule in self.book.rules else ""

    def check(self, item: Item, posts: Sequence[Post], context: Context) -> Verdict:
        """All findings on the item and its posts, in these circumstances."""
        posts = tuple(sorted(posts, key=lambda post: post.channel))
        subject = Subject(
            item, posts, context, self._council, self._pages, self.book.registers,
            everything=words_of(item, posts, self._pages, self._scanner), reader=self._reader,
        )  # fmt: skip
        live = _live(item, posts, context)
        found = (self._overridden(finding, live) for finding in self._findings(Views(subject)))
        findings = tuple(sorted(found, key=_order))
        return Verdict(_outcome(findings), findings, self.version, self._digest(item, posts, findings))

    def with_registers(self, registers: Registers) -> Gate:
        """This gate with other registers; the phrases of its rules are not read again."""
        other = Gate(replace(self.book, registers=registers), self._council, self._pages, self._reader)
        other._scanner = self._scanner
        return other

    def _overridden(self, finding: Finding, live: Mapping[str, Override]) -> Finding:
        """A live override of a rule that may be overridden turns its finding into advice, for the record."""
        override = live.get(finding.id)
        if override is None or finding.severity is Severity.ADVISE or not self.override_role(finding.rule):
            return finding
        note = f"{finding.message} Allowed by {override.officer} until {override.expires_on}: {override.reason[:MAX_QUOTE]}"
        return replace(finding, severity=Severity.ADVISE, message=note)

    @cached_property
    def _scanner(self) -> Scanner:
        """One pass over a text for the phrases of all rules. What RE2 does not take fails in its own rule."""
        given = (self._phrases(rule) for rule in self.book.rules.values())
        return Scanner(tuple(dict.fromkeys(phrases for phrases in given if phrases and _compiles(phrases))))

    def _phrases(self, rule: Rule) -> tuple[str, ...]:
        try:
            phrases: tuple[str, ...] = tuple(self._parameter(rule.parameters.get("phrases", ())))
        except (LookupError, TypeError):  # told when the rule is applied
            return ()
        return phrases

    def _digest(self, item: Item, posts: Sequence[Post], findings: Sequence[Finding]) -> str:
        posted = [post.digest for post in posts]
        return digest_of([posted, item.to_json(), self.version, [finding.to_json() for finding in findings]])

    @cached_property
    def _bound(self) -> tuple[_Bound, ...]:
        """The rules that are looked at, each with what it needs: nothing of it depends on the item."""
        acting = (rule for rule in self.book.rules.values() if rule.status is not Status.RETIRED)
        return tuple(self._bind(rule) for rule in acting)

    def _bind(self, rule: Rule) -> _Bound:
        if unknown := sorted(set(rule.fields) - FIELDS):
            return _Bound(rule, missing=f"there is no field {unknown[0]!r}")
        if rule.detector not in DETECTORS:
            return _Bound(rule, missing=f"there is no detector {rule.detector!r}")
        try:
            parameters = {key: self._parameter(value) for key, value in rule.parameters.items()}
        except LookupError as error:
            return _Bound(rule, missing=str(error))
        return _Bound(rule, DETECTORS[rule.detector], parameters, phrases=self._demanded(rule))

    def _demanded(self, rule: Rule) -> tuple[str, ...]:
        """The phrases of which the rule needs one in a text, if it is such a rule and the scanner knows them."""
        phrases = self._phrases(rule) if rule.detector in BY_PHRASES else ()
        return phrases if phrases in self._scanner.sets else ()

    def _findings(self, views: Views) -> Iterator[Finding]:
        for bound in self._bound:
            if bound.rule.kinds and views.item.kind not in bound.rule.kinds:
                continue
            if bound.phrases and not views.may_hold(bound.phrases):
                continue
            found = _of_rule(bound, views)
            if bound.rule.status is Status.ACTIVE:
                yield from found
            elif found:
                log.info("The shadow rule %s would have said something %d times.", bound.rule.id, len(found))

    def _parameter(self, value: Any) -> Any:
        if not (isinstance(value, str) and value.startswith(TABLE)):
            return tuple(value) if isinstance(value, list) else value
        name = value.removeprefix(TABLE)
        if name not in self.book.tables:
            raise LookupError(f"there is no table {name!r}")
        return self.book.tables[name]


@dataclass(frozen=True, slots=True)
class _Bound:
    """A rule with its detector and parameters; `missing` says what of them there is not.

    One of `phrases`, if there are any, must be in a text for the rule to find something.
    """

    rule: Rule
    detector: Detector | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    missing: str = ""
    phrases: tuple[str, ...] = ()


def _of_rule(bound: _Bound, views: Views) -> list[Finding]:
    rule = bound.rule
    try:
        hits = list(_once(_detect(bound, views)))
    except Exception as error:  # noqa: BLE001  # whatever it is, it must become a finding and never a pass
        log.warning("The rule %s failed: %s", rule.id, type(error).__name__)
        return [_failed(rule, error)]
    return [_exempted(_with_evidence(_finding(rule, hit), rule, views.item), hit) for hit in hits]


def _detect(bound: _Bound, views: Views) -> Sequence[Hit]:
    if bound.detector is None:
        raise LookupError(bound.missing)
    seen = views.of(bound.rule.fields, bound.rule.channels)
    return list(islice(bound.detector(seen, bound.parameters), MAX_HITS))


def content_digest(item: Item, posts: Sequence[Post]) -> str:
    """sha256 (hex) over what an override is given for: all that leaves, but for the moment at which it does.

    A retry after an outage goes later with the same words; rescheduling takes overrides back by itself. A page is the
    item's own fields with the day on which it goes.
    """
    posted = sorted(digest_of(_undated(post)) for post in posts)
    return digest_of([posted, item.model_copy(update={"publish_at": None}).to_json()])


def _undated(post: Post) -> dict[str, Any]:
    return post.to_json() | ({} if post.page is None else {"page": None, "text": ""})


def _live(item: Item, posts: Sequence[Post], context: Context) -> dict[str, Override]:
    """The overrides that hold for this content today, by finding."""
    if not context.overrides:
        return {}
    content = content_digest(item, posts)
    return {
        over.finding: over
        for over in context.overrides
        if over.content == content and (context.today is None or context.today <= over.expires_on)
    }


def _compiles(phrases: tuple[str, ...]) -> bool:
    try:
        words(phrases)
    except PatternError:
        return False
    return True


def _once(hits: Sequence[Hit]) -> Iterator[Hit]:
    """A post repeats its item's words: what was found in the item is not said again for each of its posts."""
    if not hits:
        return
    said = {_bare(hit) for hit in hits if hit.channel is None and hit.start is not None}
    for hit in dict.fromkeys(hits):
        if hit.channel is None or hit.start is None or _bare(hit) not in said:
            yield hit


def _bare(hit: Hit) -> str:
    """The words without the punctuation round them: a title card's alternative text ends the title with a full stop."""
    return hit.text.casefold().strip(".,;:!? ")


def _finding(rule: Rule, hit: Hit) -> Finding:
    quote = _masked(hit.text) if rule.private else hit.text
    quote = quote if len(quote) <= MAX_QUOTE else quote[: MAX_QUOTE - 1] + "…"
    message = rule.message.replace("{text}", quote).replace("{channel}", hit.channel or "")
    return Finding(
        rule.id, rule.clause, rule.severity, message, rule.remedy, hit.field, hit.channel, hit.start, hit.end,
        _finding_id(rule, hit),
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
    note = f"{finding.message} Evidence is given: {given[:MAX_QUOTE]}"
    return replace(finding, severity=Severity.ADVISE, message=note)


def _exempted(finding: Finding, hit: Hit) -> Finding:
    """What a register exempts stays as advice, with whoever allowed it, for the record."""
    if not hit.exempted or finding.severity is Severity.ADVISE:
        return finding
    return replace(finding, severity=Severity.ADVISE, message=f"{finding.message} {hit.exempted}")


def _failed(rule: Rule, error: Exception) -> Finding:
    reason = (
        str(error)
        if isinstance(error, LookupError) and not isinstance(error, KeyError | IndexError)
        else type(error).__name__
    )
    return Finding(
        RULE_FAILED,
        rule.clause,
        Severity.REVIEW,
        f"The rule {rule.id} could not be applied ({reason}), so a person must decide.",
        "A second officer checks the item against this rule; whoever keeps the rules mends it.",
        "item",
        id=digest_of([RULE_FAILED, rule.id])[:ID_DIGITS],
    )


def _outcome(findings: Sequence[Finding]) -> VerdictOutcome:
    found = {finding.severity for finding in findings}
    return next((outcome for severity, outcome in CONSEQUENCES if severity in found), VerdictOutcome.CLEAR)


def _order(finding: Finding) -> tuple[int, str, str, str, int, int, str]:
    return (
        ORDER.index(finding.severity),
        finding.rule,
        finding.channel or "",
        finding.field,
        finding.start if finding.start is not None else -1,
        finding.end if finding.end is not None else -1,
        finding.message,
    )


def _plain(rule: Rule) -> dict[str, Any]:
    """The rule as plain JSON values; its examples and dates for people do not change any verdict."""
    values = {
        key: value
        for key, value in asdict(rule).items()
        if key not in {"examples", "review_date", "since", "title"}
    }
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
