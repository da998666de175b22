"""Where new credentials of a channel go once its platform takes the old ones no more: for whoever looks after the server. Pure."""

from __future__ import annotations

from publisher.channels import Channel, connection
from publisher.errors import Refused
from publisher.model import Judgement, Outcome
from publisher.settings import references


def told(channel: Channel, judgement: Judgement) -> str:
    """What a person is told of an answer: where it is the credentials, also what is done about them on the server."""
    if judgement.outcome is not Outcome.RECONNECT:
        return judgement.officer
    return f"{judgement.officer} {way(channel)}"


def way(channel: Channel) -> str:
    """What whoever looks after the server does."""
    name = channel.settings.name
    if _is_connected(channel):
        return f"On the server: `publisher connect {name}`."
    places = ", ".join(references(channel.settings))
    return f"On the server: put new ones where config.toml says ({places}; docs/channels.md says how to make them), and restart the daemon."


def _is_connected(channel: Channel) -> bool:
    try:
        return connection(channel) is not None
    except Refused:  # closed: it says so by itself
        return False
