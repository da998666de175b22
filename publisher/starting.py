"""What the daemon demands before it releases anything, and what it says at its start."""

from __future__ import annotations

import logging

from publisher.app import App
from publisher.at_risk import AtRisk
from publisher.errors import ConfigError, Refused
from publisher.secret_gaps import secret_gaps
from publisher.services import demand_own_accounts

log = logging.getLogger("publisher.daemon")


def demand_secrets(app: App) -> None:
    """Every channel and source must have its secrets before anything is released. Raises ConfigError naming all gaps.

    A channel whose account is not connected is closed by that alone: its owner need not be at hand, and no other is held up.
    """
    gaps = secret_gaps(app.config, app.channels)
    closed = {gap.closes for gap in gaps if gap.closes}
    if others := [gap for gap in gaps if gap.closes not in closed]:
        raise ConfigError(
            f"secrets are missing or wrong: {'; '.join(map(str, others))}",
            way_out="Set them right, or set enabled = false for a channel.",
        )
    demand_own_accounts(channel.settings for name, channel in app.channels.items() if name not in closed)
    for gap in gaps:
        log.warning(
            "nothing goes to %s until that is mended, without a restart; the others are not held up by it. %s",
            gap.closes,
            gap,
        )


def demand_approved(app: App) -> None:
    """A service's account that the director has not approved is not switched on (clause 5b). Raises ConfigError."""
    if problem := app.accounts.problem(app.config.live_channels):
        raise ConfigError(
            problem,
            field="channels",
            way_out=app.accounts.way_out(app.config.live_channels),
        )


def warn_of_officers(app: App) -> None:
    """A source whose officer may not post would have every event refused: said at the start, not only to the CMS."""
    for name, source in app.config.sources.items():
        if problem := app.register.problem(source.officer, app.config.channels_of(source), today=app.today):
            log.warning(
                "every event of [sources.%s] will be refused: %s. See `publisher officer`.", name, problem
            )


def warn_of_risks(app: App) -> None:
    """A way that is against a platform's terms is told of at each start: whose word it rests on, or that it is closed."""
    for name, channel in app.channels.items():
        if not isinstance(channel, AtRisk):
            continue
        try:
            words = channel.words(channel.acceptance)
        except Refused as refusal:
            log.warning("nothing goes to %s; the others are not held up by it. %s", name, refusal)
        else:
            log.warning("%s is open. %s", name, words)
