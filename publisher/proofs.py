"""Before first use and daily: each channel proves whose account it is. Whoever prepares a post demands it, and whoever sends.

The moment of a proof is kept in this process alone, so that no row in the database can fake one; each start proves anew.
What is on record is held against it every time, which costs no question; and so are the credentials: what was proved by
others than those that would be sent with now is no proof.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from publisher import renewing
from publisher.channels import Channel, credentials
from publisher.errors import ChannelFailed, PublisherError
from publisher.health import PROOF_LIVES, Look, Standing, Trouble, day, troubles
from publisher.health_book import HealthBook
from publisher.identities import Identities
from publisher.model import NOT_RENEWED, Judgement, Outcome
from publisher.record import SCHEDULER
from publisher.secret_gaps import demand_here
from publisher.tables import IdentityRow

log = logging.getLogger("publisher.proofs")

ROUND_EVERY = timedelta(hours=1)
"""Between looks which channels are to be asked anew: those that answered once a day, the others each time."""


_PASSING = (Outcome.WAIT, Outcome.UNKNOWN)
"""That nobody answered says nothing against what was proved today."""


@dataclass
class _Kept:
    """The last look at one channel in this process, the last proof, and when they were by the clock that nobody can set.

    `proved_with` is the digest of the credentials that the proof is of; None where they changed while it was asked.
    """

    asking: threading.Lock = field(default_factory=threading.Lock)
    look: Look | None = None
    asked: float = 0.0
    proof: Look | None = None
    proved: float = 0.0
    proved_with: str | None = None

    def learn(self, look: Look, used: str | None) -> None:
        """The newest look; a platform that is silent leaves the proof as it is, any other no ends it."""
        self.look, self.asked = look, time.monotonic()
        if look.fault is None:
            self.proof, self.proved, self.proved_with = look, self.asked, used
        elif look.fault.outcome not in _PASSING:
            self.proof = None

    def is_young(self, now: datetime, most: timedelta = PROOF_LIVES) -> bool:
        """Whether the account was proved within that time, whichever way the computer's clock was set since."""
        if self.proof is None:
            return False
        return abs(now - self.proof.at) < most and time.monotonic() - self.proved < most.total_seconds()


class Proofs:
    """Asks the channels' platforms whose accounts they are, keeps what they said, and tells people of what is wrong."""

    def __init__(
        self, identities: Identities, book: HealthBook, channels: Callable[[], Mapping[str, Channel]], now: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._identities, self._book, self._channels, self._now = identities, book, channels, now
        self._kept: defaultdict[str, _Kept] = defaultdict(_Kept)
        self._making = threading.Lock()
        self._is_daemon = False

    # --- before anything goes ----------------------------------------------------------------------------

    def demand(self, name: str, now: datetime) -> None:
        """The channel's account was proved by this process within a day; else it is asked now, by one question.

        Raises ChannelFailed, and OutsideFailed where the database does not answer. Who waits while another asks goes by
        what that one learned: with a platform that is silent, not each in turn waits its whole time.
        """
        kept, began = self._of(name), time.monotonic()
        with kept.asking:
            if self._is_proved(name, kept, now):
                return
            was_asked = kept.look is not None and kept.asked >= began
            look = kept.look if was_asked and kept.look else self._asked(name, kept, SCHEDULER)
        if (fault := self._fault(name, look, now)) is not None:
            raise ChannelFailed(fault)

    def refused(self, name: str, judgement: Judgement, now: datetime) -> None:
        """Told of what came of a post: where the platform refused the credentials, nothing is proved by them any more.

        It counts as a look, and is told as one; the next proof that succeeds ends that.
        """
        if judgement.outcome is not Outcome.RECONNECT:
            return
        kept = self._of(name)
        with kept.asking:
            before = kept.look
            if before is None or before.fault != judgement:  # else it was asked, and has been kept
                look = Look(name, now, before.found if before else None, judgement)
                kept.learn(look, None)
                self._keep(look)
        try:
            self._tell(name)
        except PublisherError as error:
            log.error("what was found of %s could not be told: %s", name, error)  # noqa: TRY400  # no bug of ours

    def is_proved(self, name: str, now: datetime) -> bool:
        """True where `demand` would let it go and ask nobody: for the moment of sending. Raises OutsideFailed."""
        return self._is_proved(name, self._of(name), now)

    def is_of_these(self, name: str) -> bool:
        """Whether the proof is of the credentials that would be sent with this instant; the rest is not looked at again."""
        kept = self._of(name)
        return kept.proof is not None and kept.proved_with == self._credentials(name)

    def _is_proved(self, name: str, kept: _Kept, now: datetime) -> bool:
        return (
            self._counts(name, kept, now)
            and kept.proof is not None
            and self._fault(name, kept.proof, now) is None
        )

    def _counts(self, name: str, kept: _Kept, now: datetime, most: timedelta = PROOF_LIVES) -> bool:
        return kept.is_young(now, most) and kept.proved_with == self._credentials(name)

    def _credentials(self, name: str) -> str:
        """What the channel would send with; nothing where that cannot be told, which whoever asks it then learns why."""
        try:
            return credentials(self._channels()[name])
        except PublisherError:
            return ""

    def _fault(self, name: str, look: Look, now: datetime) -> Judgement | None:
        """By what was learned, and by what is on record now."""
        return look.fault or self._identities.fault(name, look.found) or _ended(look, now)

    # --- asking ------------------------------------------------------------------------------------------

    def look(self, name: str, officer: str) -> Look:
        """Asks now, for a person. Raises NotFound, InputError, NotDesignated, OutsideFailed, ConfigError without the secrets.

        What a person's shell lacks says nothing of the channel, and is not kept as if it did.
        """
        self._identities.demand_channel(name)
        self._identities.demand_may_ask(officer)
        demand_here(self._channels()[name])
        kept = self._of(name)
        with kept.asking:
            look = self._asked(name, kept, officer)
        if self._is_daemon:  # from another process the daemon hears of it at its next round
            self._tell(name)
        return look

    def accept(self, name: str, reason: str, officer: str) -> IdentityRow:
        """A director says that another account than before is right. Raises as Identities.accept does."""
        row = self._identities.accept(name, reason, officer)
        kept = self._of(name)
        with kept.asking:
            self._asked(name, kept, officer)
        return row

    def daily(self) -> None:
        """Asks each channel that was not proved today, all at once, and tells people of what holds. For the daemon.

        None keeps another waiting. What fails is logged, and tried again at the next round.
        """
        self._is_daemon = True
        names = list(self._channels())
        if not names:
            return
        with ThreadPoolExecutor(len(names), thread_name_prefix="prove") as pool:
            list(pool.map(self._quietly, names))

    def _quietly(self, name: str) -> None:
        try:
            kept = self._of(name)
            with kept.asking:
                if not self._counts(name, kept, self._now(), PROOF_LIVES - 2 * ROUND_EVERY):
                    self._asked(name, kept, SCHEDULER)
            self._tell(name)
        except PublisherError as error:
            log.error("whose account %s is could not be found out: %s", name, error)  # noqa: TRY400  # no bug of ours
        except Exception:  # the timer must live on
            log.exception("whose account %s is could not be found out", name)

    def _tell(self, name: str) -> None:
        if (look := self._book.looks().get(name)) is None:
            return
        now = self._now()
        channel = self._channels()[name]
        found = {one.cause: one for one in troubles(look, channel.scopes, now, renewing.way(channel))}
        for cause in sorted(self._book.told(name) - found.keys()):
            log.info("%s: no longer so: %s", name, cause)
        for cause in self._book.to_tell(name, list(found), now):
            tell(name, found[cause])

    def _asked(self, name: str, kept: _Kept, recorder: str) -> Look:
        before = self._credentials(name)
        look = self._identities.look(name, recorder)
        after = self._credentials(name)
        if not _is_unasked(look):
            kept.learn(look, after if before in {"", after} else None)
            self._keep(look)
        return look

    def _keep(self, look: Look) -> None:
        try:
            self._book.keep(look)
        except PublisherError:  # it is only shown
            log.exception("what was found of %s could not be kept", look.channel)

    def _of(self, name: str) -> _Kept:
        with self._making:
            return self._kept[name]


def _is_unasked(look: Look) -> bool:
    """Whether whoever looked left the platform alone: of that there is nothing to keep."""
    return look.fault is not None and look.fault.cause == NOT_RENEWED


def tell(channel: str, trouble: Trouble) -> None:
    """Tells people that something is wrong with a channel, or will be: by the daemon's log, where whoever watches it sees it."""
    level = logging.ERROR if trouble.standing is Standing.WRONG else logging.WARNING
    log.log(level, "%s: %s", channel, f"{trouble.words} {trouble.way_out}".rstrip())


def _ended(look: Look, now: datetime) -> Judgement | None:
    ends = look.found.ends_at if look.found else None
    if ends is None or now < ends:
        return None
    officer = f"The credentials of {look.channel} ended on {day(ends)}: they are made anew, then retry."
    return Judgement(Outcome.RECONNECT, officer, "past its end")
