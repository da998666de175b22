"""The gate: every rule looks at the item and its posts; what follows from the findings is a table (DESIGN §5)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from publisher.item import Item
from publisher.model import ALLOWED, Finding, Post, Severity, Verdict, VerdictOutcome, digest_of
from publisher.policy import findings
from publisher.policy.context import Context, Override
from publisher.policy.detectors import DETECTORS, OF_PICTURES, SOUGHT, Detector
from publisher.policy.detectors.emergencies import MAY_WAIT
from publisher.policy.expressions import PatternError
from publisher.policy.hosts import Council
from publisher.policy.lazy import cached_property
from publisher.policy.patterns import demand_readable
from publisher.policy.readings import Scan
from publisher.policy.registers import Registers
from publisher.policy.rules import KEPT, TABLE, Rule, RuleBook, Status, lacking
from publisher.policy.scanner import Phrases, Scanner
from publisher.policy.subject import Hit, Reader, Subject, Views, words_of

log = logging.getLogger("publisher.policy")

ENGINE = "6"
"""Changes whenever the same rules may give another verdict: it is part of the policy's version."""
VERSION_DIGITS = 16
"""Hex digits of the version: 64 bits, enough to tell any two rule books of one council apart."""
MAX_HITS = 500
"""Findings of one rule on one item: nobody reads more, and a flood of links must not hold the gate up."""
EMERGENCY = "officer.emergency"
"""The rule without which there is no faster lane: it asks for the second officer."""
PUT_OFF = " Put off, since this is an emergency: somebody looks at it afterwards."
"""What a finding says that an emergency does not wait for."""

CONSEQUENCES = ((Severity.BLOCK, VerdictOutcome.BLOCK), (Severity.REVIEW, VerdictOutcome.REVIEW))
"""Read from top to bottom: the first severity among the findings decides; none of them: clear."""


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
        if rule == findings.RULE_FAILED:
            return findings.RULE_FAILED_ROLE
        return self.book.rules[rule].override if rule in self.book.rules else ""

    def check(self, item: Item, posts: Sequence[Post], context: Context) -> Verdict:
        """All findings on the item and its posts, in these circumstances."""
        posts = tuple(sorted(posts, key=lambda post: post.channel))
        scan = Scan(self._scanner)
        subject = Subject(
            item, posts, context, self._council, self._pages, self.book.registers,
            everything=words_of(item, posts, self._pages, scan), reader=self._reader, scan=scan,
        )  # fmt: skip
        live = _live(item, posts, context)
        alone = findings.without_twins(self._findings(Views(subject), scan), self.book.rules)
        found = (self._overridden(finding, live) for finding in alone)
        put_off = (self._put_off(finding, item) for finding in found)
        told = tuple(sorted(put_off, key=findings.order))
        return Verdict(_outcome(told), told, self.version, self._digest(item, posts, told))

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
        note = f"{finding.message}{ALLOWED}{override.officer} until {override.expires_on}: {override.reason[: findings.MAX_QUOTE]}"
        return replace(finding, severity=Severity.ADVISE, message=note)

    def _put_off(self, finding: Finding, item: Item) -> Finding:
        """In an emergency what may wait is looked at afterwards: advice until then. Without the rule there is no such lane."""
        if finding.severity is not Severity.REVIEW or not item.emergency:
            return finding
        if finding.rule == findings.RULE_FAILED or finding.rule.partition(".")[0] not in self._waits:
            return finding
        return replace(finding, severity=Severity.ADVISE, message=f"{finding.message}{PUT_OFF}")

    @cached_property
    def _waits(self) -> frozenset[str]:
        """The categories of which the rule for emergencies, where it acts, lets findings wait."""
        rule = self.book.rules.get(EMERGENCY)
        if rule is None or rule.status is not Status.ACTIVE:
            return frozenset()
        waits = self._parameter(rule.parameters["waits"])
        return frozenset(waits) & MAY_WAIT

    @cached_property
    def _scanner(self) -> Scanner:
        """What all rules look for. What RE2 does not take fails in its own rule."""
        return _scanner_for(frozenset(bound.sought for bound in self._bound if bound.sought))

    def _digest(self, item: Item, posts: Sequence[Post], told: Sequence[Finding]) -> str:
        posted = [post.digest for post in posts]
        return digest_of([posted, item.to_json(), self.version, [finding.to_json() for finding in told]])

    @cached_property
    def _bound(self) -> tuple[_Bound, ...]:
        """The rules that are looked at, each with what it needs: nothing of it depends on the item."""
        acting = (rule for rule in self.book.rules.values() if rule.status is not Status.RETIRED)
        return tuple(self._bind(rule) for rule in acting)

    def _bind(self, rule: Rule) -> _Bound:
        if missing := lacking(rule, self.book):
            log.warning("The rule %s cannot be applied: %s", rule.id, missing)
            return _Bound(rule, _failing(missing))
        parameters = {key: self._parameter(value) for key, value in rule.parameters.items()}
        return _Bound(
            rule, DETECTORS[rule.detector], parameters, _sought(rule, parameters), rule.detector in OF_PICTURES
        )  # fmt: skip

    def _findings(self, views: Views, scan: Scan) -> list[Finding]:
        """What the active rules say; of those on trial only where they would have spoken, on the log, without the words."""
        failed: list[Finding] = []
        said: list[tuple[Rule, Hit]] = []
        for bound in self._asked(views.item, scan):
            hits, failure = _hits(bound, views)
            if bound.rule.status is Status.ACTIVE:
                said += [(bound.rule, hit) for hit in hits]
                failed += failure
            elif hits or failure:
                places = sorted(
                    {f"{hit.field} on {hit.channel}" if hit.channel else hit.field for hit in hits}
                )
                log.info(
                    "%s is on trial; it would have spoken of: %s", bound.rule.id, ", ".join(places) or "item"
                )
        return [*failed, *findings.of_hits(said, views.item)]

    def _asked(self, item: Item, scan: Scan) -> Iterator[_Bound]:
        """The rules that may find something in this item, in the order of the book."""
        seeking = (self._seeking.get(phrases, ()) for phrases in scan.present)
        for number in sorted(chain(self._always, *seeking)):
            bound = self._bound[number]
            if bound.rule.kinds and item.kind not in bound.rule.kinds:
                continue
            if item.images or not bound.of_pictures:
                yield bound

    @cached_property
    def _always(self) -> Sequence[int]:
        """The places in the book of the rules that need no phrase."""
        return [number for number, bound in enumerate(self._bound) if not bound.sought]

    @cached_property
    def _seeking(self) -> Mapping[tuple[str, ...], Sequence[int]]:
        """The places of the other rules, by the phrases of which they need one."""
        found: dict[tuple[str, ...], list[int]] = {}
        for number, bound in enumerate(self._bound):
            if bound.sought:
                found.setdefault(bound.sought, []).append(number)
        return found

    def _parameter(self, value: Any) -> Any:
        if not (isinstance(value, str) and value.startswith(TABLE)):
            return tuple(value) if isinstance(value, list) else value
        return self.book.tables[value.removeprefix(TABLE)]


@dataclass(frozen=True, slots=True)
class _Bound:
    """A rule with its detector and parameters.

    One of `sought`, if there are any, must be in a text for the rule to find something; one `of_pictures` needs one.
    """

    rule: Rule
    detector: Detector
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sought: tuple[str, ...] = ()
    of_pictures: bool = False


@lru_cache(KEPT)
def _scanner_for(lists: frozenset[Phrases]) -> Scanner:
    """Made once for a process: gates of different councils, and those with a rule on trial, look mostly for the same."""
    return Scanner(lists)


def _failing(missing: str) -> Detector:
    """Stands in for the detector of a rule that lacks something: it says so of every item."""

    def detector(subject: Subject, parameters: Mapping[str, Any]) -> Iterable[Hit]:
        del subject, parameters
        raise _LackingError(missing)

    return detector


class _LackingError(LookupError):
    """A rule names what is not there. It has been on the log since its gate was made."""


def _hits(bound: _Bound, views: Views) -> tuple[Sequence[Hit], Sequence[Finding]]:
    """Where the rule finds something; where it cannot be applied instead the finding that says so."""
    rule = bound.rule
    try:
        seen = views.of(rule.fields, rule.channels)
        found = list(islice(bound.detector(seen, bound.parameters), MAX_HITS))
        return (list(findings.once(found)) if found else ()), ()
    except Exception as error:  # noqa: BLE001  # whatever it is, it must become a finding and never a pass
        if not isinstance(error, _LackingError):
            log.warning("The rule %s could not be applied: %s", rule.id, findings.why_failed(error))
        return (), [findings.of_failure(rule, error)]


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


def _sought(rule: Rule, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """What the rule needs in a text to find something; nothing where it does not say, or not rightly: then it is always asked."""
    if rule.detector not in SOUGHT:
        return ()
    try:
        sought = SOUGHT[rule.detector](parameters)
        demand_readable(sought)
    except (AttributeError, LookupError, TypeError, PatternError):  # told when the rule is applied
        return ()
    return sought


def _outcome(told: Sequence[Finding]) -> VerdictOutcome:
    found = {finding.severity for finding in told}
    return next((outcome for severity, outcome in CONSEQUENCES if severity in found), VerdictOutcome.CLEAR)


def _plain(rule: Rule) -> dict[str, Any]:
    """The rule as plain JSON values; its examples and dates for people do not change any verdict."""
    values = {key: getattr(rule, key) for key in _TELLING}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


_TELLING = tuple(
    part.name for part in fields(Rule) if part.name not in {"examples", "review_date", "since", "title"}
)
