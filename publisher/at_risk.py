"""A channel whose way is against its platform's terms: every call of it asks first whether a director's yes stands.

So an acceptance that ended, or was not reviewed in time, stops the next call, whatever was prepared; one that is given
opens the channel, without a new start. Without it the adapter's client is not even made.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

from publisher.errors import ChannelFailed, Refused
from publisher.model import Judgement, Outcome, Post, Receipt, Staged

if TYPE_CHECKING:
    from publisher.channels import Channel, Identity, Supplies, Withdrawal
    from publisher.risk_standing import Acceptance

log = logging.getLogger("publisher.at_risk")

_CALLS_NOBODY = frozenset({"judge", "close"})
"""An adapter's own methods that need no yes: reading an answer, and letting go of connections."""


class AtRisk:
    """The adapter with its risk, as sentence; all that calls nobody is the adapter's own."""

    def __init__(
        self, channel: Channel, risk: str, accepted: Callable[[datetime], Acceptance], now: Callable[[], datetime]
    ) -> None:  # fmt: skip
        """`accepted` gives what stands at a moment, or raises Refused."""
        self._channel, self.risk, self._accepted, self._now = channel, risk, accepted, now

    def __getattr__(self, name: str) -> Any:
        """Data is the adapter's own. Whatever it can do besides asks first, whether the core knows of it by now or not."""
        found = getattr(self._channel, name)
        if name == "connection" and found is not None:
            self._accepted(self._now())
        if name in _CALLS_NOBODY or not callable(found):
            return found

        @wraps(found)
        def asked(*given: Any, **named: Any) -> Any:
            self._demand(self._now())
            return found(*given, **named)

        return asked

    def remade(self, settings: Any) -> AtRisk:
        """The adapter by other settings, as closed as this."""
        return AtRisk(type(self._channel)(settings), self.risk, self._accepted, self._now)

    @property
    def refusal(self) -> str:
        """Why nothing may be sent by this channel now; empty where it may."""
        try:
            self._accepted(self._now())
        except Refused as error:
            return str(error)
        return ""

    @property
    def acceptance(self) -> Acceptance:
        """What stands now. Raises Refused."""
        return self._accepted(self._now())

    @property
    def client(self) -> Any:
        """The outside library's client. Raises Refused, too."""
        self._accepted(self._now())
        return self._channel.client

    def stage(self, post: Post, supplies: Supplies, staged: Staged | None, now: datetime) -> Staged:
        """As the adapter's; ChannelFailed where the risk is not accepted."""
        self._demand(now)
        return self._channel.stage(post, supplies, staged, now)

    def publish(self, post: Post, staged: Staged, now: datetime) -> Receipt:
        """As above; each time the log says by whose word."""
        acceptance = self._demand(now)
        log.warning("%s is sent now. %s", post.channel, self.words(acceptance))
        return self._channel.publish(post, staged, now)

    def find(self, post: Post, staged: Staged | None, now: datetime) -> Receipt | None:
        """As above."""
        self._demand(now)
        return self._channel.find(post, staged, now)

    def withdraw(self, asked: Withdrawal, now: datetime) -> None:
        """As above."""
        self._demand(now)
        self._channel.withdraw(asked, now)

    def identify(self, now: datetime) -> Identity | None:
        """As above; it is a note on the account for ever."""
        words = self.words(self._demand(now))
        found = self._channel.identify(now)
        return found and replace(found, notes=(*found.notes, words))

    def words(self, acceptance: Acceptance) -> str:
        """The risk, and who accepted it until when."""
        return f"{self.risk} That was {acceptance}."

    def _demand(self, now: datetime) -> Acceptance:
        try:
            return self._accepted(now)
        except Refused as error:
            engineer = "the risk is not accepted; nothing was sent"
            raise ChannelFailed(Judgement(Outcome.FIX, str(error), engineer)) from None
