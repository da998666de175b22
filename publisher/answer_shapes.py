"""What the API's answers hold, for its description: one shape for each operation's answer.

Only the description reads these (publisher/openapi.py); the answers themselves are the operations' plain JSON, and
tests/test_api_answers.py holds them against the description as it is served. A new key may come at any time.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from publisher.model import DeliveryState, ItemState, Kind, Severity, VerdictOutcome
from publisher.tokens import Standing


class Shape(BaseModel):
    """Keys and their types; one with a default may be left out."""

    model_config = ConfigDict(defer_build=True)


# --- items -------------------------------------------------------------------------------------------------------


class DeliveryShown(Shape):
    """One post on its way to one channel."""

    channel: str
    state: DeliveryState
    url: str | None = None
    reason: str | None = None
    sent_at: datetime | None = None


class TimedDeliveryShown(DeliveryShown):
    """With its moment against that of the page."""

    url: str | None
    reason: str
    sent_at: datetime | None
    offset_ms: int | None
    tries: int


class FindingShown(Shape):
    """What one rule says. `start` and `end` count characters of the field; null where the whole is meant."""

    rule: str
    clause: str
    severity: Severity
    message: str
    remedy: str
    field: str
    channel: str | None
    start: int | None
    end: int | None
    id: str
    override: str
    evidence: str


class PostText(Shape):
    """A post's text, into which findings point."""

    channel: str
    text: str


class VerdictShown(Shape):
    """What the gate says."""

    verdict: VerdictOutcome
    findings: list[FindingShown]
    policy: str
    digest: str


class Summary(Shape):
    """An item in short."""

    id: str
    kind: Kind
    title: str
    state: ItemState
    publish_at: datetime | None
    deliveries: list[DeliveryShown]
    reason: str | None = None


class ItemListed(Summary):
    """An item, and what a person can do now."""

    next: list[str]
    refused_by: str = Field(description="Which second officer said no; empty where none did.")


class ItemsListed(Shape):
    """Items; the ids of those that a hand in the database made unreadable; and what is wrong with channels."""

    items: list[ItemListed]
    unreadable: list[str] = Field(default=[])
    notices: list[str] = Field(
        default=[], description="What is wrong with a channel, or will be, and what to do."
    )


class LeftOut(Shape):
    """A channel that an item does not go to, because it is closed, and why."""

    channel: str
    why: str


class HandedIn(Summary, VerdictShown):
    """An item that is here now, with its verdict."""

    link: str
    left_out: list[LeftOut]
    next: list[str]
    posts: list[PostText]


class Checked(VerdictShown):
    """The gate's verdict on an item that is not handed in, and what its posts would cost."""

    id: str | None
    cost_usd: float
    left_out: list[LeftOut] = Field(default=[], description="There with an officer: else nobody looked.")
    posts: list[PostText]


class Rehearsed(Checked):
    """What handing an item in would say; nothing is stored."""

    state: ItemState
    title: str
    dry_run: bool


class ItemKnown(Shape):
    """An item that is here already."""

    id: str
    state: ItemState
    verdict: VerdictOutcome


class ItemsKnown(Shape):
    """By what they are called where they come from."""

    items: dict[str, ItemKnown]


class EventShown(Shape):
    """One thing that happened."""

    at: datetime
    actor: str
    action: str
    channel: str | None
    subject: str | None
    before: str | None
    after: str | None
    detail: dict[str, Any]
    erased: bool = False


class Correction(Shape):
    """An item that corrects another."""

    id: str
    title: str
    state: ItemState


class ItemWhole(ItemListed, VerdictShown):
    """Everything about one item."""

    deliveries: list[TimedDeliveryShown]  # type: ignore[assignment]  # each is a delivery with more
    reason: str
    page_live_at: datetime | None
    spread_ms: int | None
    link: str
    author: str
    approver: str | None
    source: str
    external_id: str | None
    version: int | None
    created_at: datetime
    erased_at: datetime | None
    starts_at: str | None
    ends_at: str | None
    content: dict[str, Any]
    events: list[EventShown]
    posts: list[PostText]
    corrects: str | None
    corrected_by: list[Correction]


class Override(Shape):
    """A finding that a second officer let go; its message is empty where it is found no more."""

    rule: str
    finding: str
    officer: str
    expires_on: date
    message: str


class ConcernPassed(Shape):
    """A concern about the item that was the caller's, and is not theirs any more; whether anybody has it."""

    id: str
    with_anybody: bool


class ItemReviewed(Summary):
    """An emergency that was looked at afterwards."""

    concerns_passed: list[ConcernPassed] = Field(default=[])


class ItemDecided(ItemListed):
    """An item after a decision on it, by which a concern about it may have passed on."""

    concerns_passed: list[ConcernPassed] = Field(default=[])


class ItemTakenBack(ItemListed):
    """After a withdrawal: what platforms charge for taking it down, in US dollars, by channel."""

    deletion_usd: dict[str, float]


class LetGo(ItemDecided):
    """After an approval: what was let go, what is still open, and who had stopped it."""

    overrides: list[Override]
    open: list[FindingShown]
    held_by: list[str]


class Rescheduled(ItemDecided):
    """Whose approval was taken back by it; empty where there was none."""

    approval_taken_back: str


# --- officers ----------------------------------------------------------------------------------------------------


class OfficerShown(Shape):
    """One line of the register, and what keeps its officer from acting. `channels` null: all."""

    login: str
    name: str
    roles: list[str]
    channels: list[str] | None
    policy_read_on: date | None
    aup_signed_on: date | None
    approved_on: date | None
    approval_reference: str
    suspended_at: datetime | None
    policy_edition: str
    policy_reference: str
    aup_reference: str
    expires_on: date | None
    trained_on: date | None
    training_reference: str
    manager: str | None
    added_by: str
    added_at: datetime | None
    lacks: list[str]
    soon: list[str]
    changed_by_hand: bool
    only_to_confirm: bool


class OfficersListed(Shape):
    """The register. `gone`: whose line a hand took away."""

    officers: list[OfficerShown]
    gone: list[str]
    today: date


class OfficerWhole(OfficerShown):
    """One line with its history."""

    events: list[EventShown]


class ItemReached(Shape):
    """An item that a change of the register reaches."""

    id: str
    title: str
    state: ItemState
    publish_at: datetime | None
    officers: list[str]


class OfficerAmended(OfficerShown):
    """With what of theirs will be held."""

    held: list[ItemReached]


class OfficerLeft(Shape):
    """What a suspension reached, or would reach."""

    login: str
    suspended: bool
    held: list[ItemReached]
    waiting: list[ItemReached]
    releasing: list[ItemReached]
    out: list[ItemReached]
    leads: list[str] = Field(default=[], description="Whose line manager they are.")


class PolicyConfirmed(OfficerShown):
    """`already`: this was on record before."""

    already: bool


class EditionShown(Shape):
    """An edition of the written policy."""

    edition: str
    in_force_from: date
    reference: str
    adopted_by: str
    adopted_at: datetime | None
    standing: str


class WebsiteUnread(Shape):
    """A website of config.toml whose events come under the name of somebody who is asked to read an edition."""

    source: str
    officer: str


class ReadingGivenBack(Shape):
    """Whose earlier reading counts again; `edition` empty: of before the council adopted any."""

    login: str
    edition: str
    read_on: date | None


class EditionAdopted(EditionShown):
    """Who is asked to read it, and what will be held where they do not."""

    asked: list[str]
    websites: list[WebsiteUnread] = Field(default=[])
    held: list[ItemReached]
    dry_run: bool


class EditionWithdrawn(Shape):
    """Which edition is in force then (null: none), who is asked to read it, and what will be held where they do not."""

    edition: str
    in_force: str | None
    asked: list[str]
    websites: list[WebsiteUnread] = Field(default=[])
    held: list[ItemReached]
    dry_run: bool
    given_back: list[ReadingGivenBack] = Field(default=[])


class EditionsListed(Shape):
    """Every edition; `in_force` null where there is none yet."""

    editions: list[EditionShown]
    in_force: str | None
    today: date


# --- tokens ------------------------------------------------------------------------------------------------------


class CallerShown(Shape):
    """Who is asking, by which door, and for what they may."""

    login: str
    via: str
    scopes: list[str]


class TokenShown(Shape):
    """A token, without its secret."""

    id: str
    login: str
    scopes: list[str]
    label: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    standing: Standing


class TokenMade(TokenShown):
    """With the token itself: here, and never again."""

    token: str


class TokensListed(Shape):
    """Tokens, the newest first."""

    tokens: list[TokenShown]


# --- the record --------------------------------------------------------------------------------------------------


class LoggedEvent(Shape):
    """An event as the log shows it; its number is null for who may not read the whole record."""

    event: int | None
    at: str
    actor: str
    via: str
    action: str
    item_id: str | None
    channel: str | None
    subject: str | None
    before: str | None
    after: str | None
    detail: dict[str, Any]
    erased: bool
    withheld: bool


class Log(Shape):
    """The last events that are sought; `nothing` says why there are none."""

    events: list[LoggedEvent]
    count: int
    timezone: str
    nothing: str


class ProvedEvent(Shape):
    """An event with all that proves it; its number and the hashes are null for who may not read the whole record."""

    event: int | None
    at: str
    actor: str
    via: str
    action: str
    item_id: str | None
    channel: str | None
    subject: str | None
    before: str | None
    after: str | None
    digest: str
    previous: str | None
    hash: str | None
    salt: str | None
    detail: dict[str, Any] | None
    erased: bool


class EventsPage(Shape):
    """Events; `next` is the `after` of the next page, null at the end."""

    events: list[ProvedEvent]
    next: int | None


class CheckpointShown(Shape):
    """Where the record ended at a moment, signed; all in hex."""

    event: int
    hash: str
    at: str
    key: str
    signature: str


class KeyShown(Shape):
    """The public key of the checkpoints."""

    algorithm: str
    key: str
    pem: str


class RecordHead(KeyShown):
    """Of what record, and where it ends: null for who may not read the whole record."""

    format: int
    council: str
    events: int | None
    hash: str | None
    checkpoints: list[CheckpointShown]


class FaultShown(Shape):
    """Something that is not as it was written; `last` where it is a run of events."""

    kind: str
    event: int | None
    last: int | None
    words: str


class Verified(Shape):
    """What a look at the whole record found; what counts events is null for who may not read the whole record."""

    whole: bool
    events: int | None
    hash: str | None
    erased: int | None
    checkpoints: int | None
    faults: list[FaultShown]
    accepted: list[FaultShown]
    notes: list[str]
    stops: str
    last_at: str | None
    timezone: str


class Bundle(Shape):
    """All about one item, as one page."""

    id: str
    html: str


# --- consents, accounts, concerns, terms, costs, the council ---------------------------------------------------------


class ConsentShown(Shape):
    """A record that people may be shown."""

    reference: str
    basis: str
    expires_on: date | None
    recorded_by: str
    recorded_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None


class ConsentsListed(Shape):
    """Consents, and the day by which they hold or not."""

    consents: list[ConsentShown]
    today: date


class ConsentWithdrawn(ConsentShown):
    """With the ids of what was stopped (`held`, `unjudged`), of what is `out`, and their titles."""

    held: list[str]
    unjudged: list[str]
    out: list[str]
    titles: dict[str, str]


class AccountShown(Shape):
    """A service's own account: its business case, and how it stands."""

    reference: str
    service: str
    channel: str
    address: str
    case: str
    standing: str
    proposed_by: str
    proposed_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    approved_by: str | None
    approved_at: datetime | None
    approved_reason: str | None


class AccountStep(Shape):
    """One step of a case."""

    at: datetime
    by: str
    standing: str
    reason: str


class AccountWhole(AccountShown):
    """With its history."""

    history: list[AccountStep]


class AccountsListed(Shape):
    """Every business case."""

    accounts: list[AccountShown]


class TroubleShown(Shape):
    """One thing that is not as it should be, and what to do about it."""

    cause: str
    standing: str
    words: str
    way_out: str


class ChannelHealthShown(Shape):
    """Whose account a channel posts to, by the record and by the last look; null where that is not known, or there is none."""

    channel: str
    adapter: str
    website: bool
    account: str | None
    name: str | None
    recorded_by: str | None
    recorded_at: datetime | None
    found_account: str | None
    found_name: str | None
    asked_at: datetime | None
    proved_at: datetime | None
    scopes: list[str] | None
    scopes_needed: list[str]
    ends_at: datetime | None
    standing: str
    troubles: list[TroubleShown]


class AccountOnRecord(Shape):
    """One account that went on record for a channel, and why, where it came in the place of an `earlier` one."""

    at: datetime
    by: str
    did: str
    account: str
    name: str
    earlier: str
    reason: str


class ChannelHealthWhole(ChannelHealthShown):
    """With every account that was on record."""

    history: list[AccountOnRecord]


class ChannelsListed(Shape):
    """The channels that are switched on."""

    channels: list[ChannelHealthShown]


class Act(Shape):
    """What somebody did about a concern."""

    at: datetime
    by: str
    did: str


class ConcernShown(Shape):
    """A concern, for who may read it."""

    id: str
    state: str
    with_: str | None = Field(alias="with")
    yours: bool
    raised_by: str | None
    raised_at: datetime | None
    item_id: str | None
    title: str | None
    item_state: str | None
    acts: list[Act]
    person: str
    words: str
    steps: list[dict[str, Any]]
    outcome: str
    closed_by: str | None
    closed_at: datetime | None


class ConcernTold(ConcernShown):
    """Where its item was to be held: whether it was, or why not."""

    held: bool | None = None
    problem: str | None = None


class ConcernWithdrawn(ConcernShown):
    """With the post that was taken back by it."""

    post: ItemTakenBack | None


class ConcernsListed(Shape):
    """Those that the caller raised or has."""

    concerns: list[ConcernShown]


class TermShown(Shape):
    """A platform or website, and whether its terms were read."""

    name: str
    kind: str
    standing: str
    channels: list[str]
    address: str | None
    edition: str | None
    read_by: str | None
    read_on: date | None
    review_on: date | None


class TermsRead(TermShown):
    """With the platforms that still lack a record."""

    unread: list[str]


class TermsListed(Shape):
    """Platforms and websites."""

    terms: list[TermShown]
    today: date


class RiskShown(Shape):
    """A channel whose way is against its platform's terms, and how its acceptance stands; null where there is none."""

    channel: str
    risk: str
    standing: str
    open: bool
    enabled: bool
    way_out: str = Field(description="What to do about it, or to keep it open.")
    reason: str | None
    accepted_by: str | None
    accepted_at: datetime | None
    review_on: date | None


class RisksListed(Shape):
    """Such channels, and whatever was accepted and not ended."""

    risks: list[RiskShown]
    today: date


class Cost(Shape):
    """What one channel's posts of one month cost."""

    month: str
    service: str
    channel: str
    posts: int
    cost_usd: float
    cost_micro_usd: int
    unbooked: int


class Costs(Shape):
    """What was spent."""

    month: str | None
    currency: str
    costs: list[Cost]
    posts: int
    total_usd: float
    total_micro_usd: int


class ChannelShown(Shape):
    """One channel."""

    name: str
    adapter: str
    label: str
    enabled: bool
    service: str


class CouncilShown(Shape):
    """The council."""

    name: str
    short_name: str
    timezone: str
    domains: list[str]
    language: str
    colour: str
    channels: list[ChannelShown]


class HoldShown(Shape):
    """A hold; `item` null: on everything."""

    reference: str
    item: str | None
    stands: bool
    reason: str
    placed_by: str
    placed_at: datetime | None
    lifted_by: str | None
    lifted_at: datetime | None
    changed_by_hand: bool


class HoldsListed(Shape):
    """Every hold."""

    holds: list[HoldShown]


class RetentionApplied(Shape):
    """How many of each class of record were erased."""

    erased: dict[str, int]
    total: int


class Emergency(Shape):
    """An emergency that is out."""

    id: str
    title: str
    author: str
    approvers: list[str]
    went_at: datetime | None
    emergency: str


class EmergenciesListed(Shape):
    """Those that nobody has looked at yet."""

    emergencies: list[Emergency]


SHAPES: dict[str, Any] = {
    "items.hand_in": HandedIn | Rehearsed,
    "items.known": ItemsKnown,
    "items.list": ItemsListed,
    "items.show": ItemWhole,
    "items.approve": LetGo,
    "items.refuse": ItemDecided,
    "items.withdraw": ItemTakenBack,
    "items.reschedule": Rescheduled,
    "items.retry": ItemDecided,
    "items.resolve": ItemDecided,
    "checking.check": Checked,
    "officers.list": OfficersListed,
    "officers.show": OfficerWhole,
    "officers.add": OfficerShown,
    "officers.amend": OfficerAmended,
    "officers.suspend": OfficerLeft,
    "officers.reinstate": OfficerShown,
    "officers.confirm_policy": PolicyConfirmed,
    "officers.adopt": EditionAdopted,
    "officers.withdraw_edition": EditionWithdrawn,
    "officers.editions": EditionsListed,
    "tokens.caller": CallerShown,
    "tokens.list": TokensListed,
    "tokens.new": TokenMade,
    "tokens.issue": TokenMade,
    "tokens.enrol": TokenMade,
    "tokens.revoke": TokenShown,
    "audit.log": Log,
    "audit.events": EventsPage,
    "audit.record": RecordHead,
    "audit.verify": Verified,
    "audit.checkpoint": CheckpointShown,
    "audit.key": KeyShown,
    "audit.bundle": Bundle,
    "consents.add": ConsentShown,
    "consents.withdraw": ConsentWithdrawn,
    "consents.list": ConsentsListed,
    "accounts.propose": AccountShown,
    "accounts.approve": AccountShown,
    "accounts.decline": AccountShown,
    "accounts.close": AccountShown,
    "accounts.withdraw": AccountShown,
    "accounts.list": AccountsListed,
    "accounts.show": AccountWhole,
    "channels.list": ChannelsListed,
    "channels.show": ChannelHealthWhole,
    "channels.check": ChannelHealthWhole,
    "channels.accept": ChannelHealthWhole,
    "concerns.tell": ConcernTold,
    "concerns.list": ConcernsListed,
    "concerns.show": ConcernShown,
    "concerns.pass_on": ConcernShown,
    "concerns.close": ConcernShown,
    "concerns.hold": ConcernShown,
    "concerns.withdraw": ConcernWithdrawn,
    "terms.read": TermsRead,
    "terms.list": TermsListed,
    "risks.accept": RiskShown,
    "risks.end": RiskShown,
    "risks.list": RisksListed,
    "costs.spent": Costs,
    "council.about": CouncilShown,
    "retention.holds": HoldsListed,
    "retention.hold": HoldShown,
    "retention.lift": HoldShown,
    "retention.apply": RetentionApplied,
    "emergencies.list": EmergenciesListed,
    "emergencies.review": ItemReviewed,
}
"""By operation: what its answer holds. Another operation's answer is described as an object, and no more is said."""
