"""Whose account a token is for, as Meta tells it, with what a person should know of the token and of the version."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from publisher.channels._graph import VERSION, VERSIONS, TokenFacts, token_facts

from publisher.answers import fail, identifier, plain
from publisher.channels import Identity
from publisher.errors import ChannelFailed
from publisher.model import Outcome

LEAST_LIFE = timedelta(days=730)
"""A version lives for two years at least ("Platform Versioning"): its end, where Meta has set none."""
VERSION_NOTICE = timedelta(days=90)
"""A quarter: a person reads what a later version changes, and tries it, beside other work."""


log = logging.getLogger("publisher.channels.graph")


def account_of(found: object, name: str) -> tuple[str, str]:
    """An account's number and name, from what Meta answers: `name` is where its name is. Raises ChannelFailed for no number."""
    told = found if isinstance(found, Mapping) else {}
    number = identifier(told.get("id"))
    if not number:
        raise fail(
            Outcome.WAIT, "Meta does not say whose account it is; it is asked again.", "no id in the answer"
        )
    return number, plain(told.get(name))


def facts_or_none(client: Any, settings: Any, token: str) -> TokenFacts | None:
    """As `token_facts`, but None where Meta does not tell.

    Asking takes a token of somebody with a role in the app (code 100, "You must provide an app access token, or a user access
    token that is an owner or developer of the app"): many a good token may not ask about itself.
    """
    try:
        return token_facts(client, settings, token)
    except ChannelFailed as failure:
        log.info("channel %s: debug_token: %s", settings.name, failure.judgement.engineer)
        return None


def identity(
    client: Any,
    settings: Any,
    account: str,
    name: str,
    facts: TokenFacts | None,
    now: datetime,
    *,
    rights: str,
) -> Identity:
    """Whose account it is, with what Meta tells of the token and of its version. Raises ChannelFailed for a dead token.

    `rights` is how the names of those rights begin that are for accounts of this kind.
    """
    notes = [*_on_version(settings.version, client.watch.served, now.date())]
    if words := client.watch.warning():
        notes.append(words)
    if facts is None:
        return Identity(account, name, notes=tuple(notes))
    if not facts.is_valid:
        officer = "Meta says that the account's token is no longer good: a new one is needed."
        raise fail(Outcome.RECONNECT, officer, "debug_token: is_valid false")
    notes += _on_rights(account, facts, rights)
    return Identity(account, name, facts.scopes, facts.good_until, tuple(notes))


def _on_version(version: str, served: str, today: date) -> Iterator[str]:
    later = (
        f"set `version` in config.toml to a later one, once it is tried (this program was made for {VERSION})"
    )
    if version not in VERSIONS:
        yield f"This program does not know when version {version} of Meta's Graph API ends: look it up at Meta's."
    elif words := outdated(version, today):
        yield words
    elif today >= (last := _last_day(version)) - VERSION_NOTICE:
        sure = "ends on" if VERSIONS[version][1] else "may end from"
        yield f"Version {version} of Meta's Graph API {sure} {last.day} {last:%B %Y}: {later}."
    if served and served != version:
        yield f"Meta answered by version {served} of its Graph API, not by {version}: {later}."


def outdated(version: str, today: date) -> str:
    """That the version has ended, by what Meta has said: nobody need be asked for that. Empty for any other."""
    ends = VERSIONS[version][1] if version in VERSIONS else None
    if ends is None or today < ends:
        return ""
    return (
        f"Version {version} of Meta's Graph API ended on {ends.day} {ends:%B %Y}: Meta serves another in its place, which this "
        f"program may not know. Set `version` in config.toml to {VERSION}, for which it was made, and restart the daemon."
    )


def _last_day(version: str) -> date:
    came, ends = VERSIONS[version]
    last: date = ends or came + LEAST_LIFE
    return last


def _on_rights(account: str, facts: TokenFacts, rights: str) -> Iterator[str]:
    """A right that is for other accounts too is more than the council needs; one that is not for ours is none."""
    named = {scope: ids for scope, ids in facts.granular.items() if scope.startswith(rights)}
    if others := sorted({number for ids in named.values() for number in ids} - {account}):
        yield f"The token may also act for other accounts ({', '.join(others)}): have one made for this account alone."
    if lacking := sorted(scope for scope, ids in named.items() if account not in ids):
        yield f"The token's rights do not go for this account ({', '.join(lacking)}): have them granted for it."
