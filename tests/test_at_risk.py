"""A channel against its platform's terms: whatever of it may call out asks first, whether the core knows of it by now or not."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from publisher import channels
from publisher.at_risk import AtRisk
from publisher.channels import Channel
from publisher.connecting import Connecting
from publisher.errors import ChannelFailed, Refused
from publisher.model import Outcome, Staged

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
CALLS: dict[str, Callable[[Channel], object]] = {
    "discard": lambda channel: channels.discard(channel, Staged({}), NOW),
    "page_is_live": lambda channel: channels.page_is_live(channel, cast("Any", None), NOW),
    "lend": lambda channel: channels.lend(channel, "a.jpg", b"", NOW),
    "take_back": lambda channel: channels.take_back(channel, "a.jpg"),
    "take_back_old": lambda channel: channels.take_back_old(channel, NOW),
    "public_pages": channels.public_pages,
    "anything_new": lambda channel: cast("Any", channel).anything_new(),
}
"""What an adapter may have besides, as the core asks for it; and what nobody has thought of yet."""


class Rash:
    """An adapter that has all of it, and notes what it was asked to do."""

    risk = "It speaks where it must not."
    post_hosts = ("platform.example",)
    find_is_proof = True
    asked: list[str] = []  # noqa: RUF012  # of all that were made, as a real one's platform would see them

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def __getattr__(self, name: str) -> Any:
        if name not in {*CALLS, "judge", "close"}:
            raise AttributeError(name)
        return lambda *_given: self.asked.append(name)

    @property
    def connection(self) -> Any:
        return SimpleNamespace(file=SimpleNamespace(path=None))


def closed(now: datetime) -> Any:
    raise Refused("no director accepted it")


@pytest.fixture
def rash() -> Channel:
    Rash.asked.clear()
    return cast("Channel", AtRisk(cast("Channel", Rash("one")), Rash.risk, closed, lambda: NOW))


@pytest.mark.parametrize("name", CALLS)
def test_what_an_adapter_has_besides_asks_first(name: str, rash: Channel) -> None:
    """Without a director's yes nothing of it is done, and the refusal is judged like any other."""
    with pytest.raises(ChannelFailed) as failed:
        CALLS[name](rash)
    assert (failed.value.judgement.outcome, Rash.asked) == (Outcome.FIX, [])
    opened = AtRisk(cast("Channel", Rash("one")), Rash.risk, lambda _now: cast("Any", "dana"), lambda: NOW)
    CALLS[name](cast("Channel", opened))
    assert Rash.asked == [name]


def test_what_calls_nobody_needs_no_yes(rash: Channel) -> None:
    """Its data, the reading of an answer, and letting go: a closed channel can be shown, and the program can end."""
    rash.close()
    rash.judge("read", None, {}, b"")
    assert (Rash.asked, channels.find_is_proof(rash)) == (["close", "judge"], True)
    assert channels.danger(rash).words == Rash.risk
    assert channels.refusal(rash) == "no director accepted it"


def test_no_account_is_connected_to_a_closed_channel(rash: Channel) -> None:
    """That asks the platform for tokens."""
    with pytest.raises(Refused, match="no director"):
        channels.connection(rash)
    with pytest.raises(Refused, match="no director"):
        Connecting(rash)


def test_the_same_channel_by_other_settings_is_as_closed(rash: Channel) -> None:
    """Connecting tries new tokens by a channel of its own: the risk is not left behind there."""
    again = channels.remade(rash, "other")
    assert (again.settings, channels.refusal(again)) == ("other", "no director accepted it")
    with pytest.raises(ChannelFailed):
        CALLS["discard"](again)
    assert Rash.asked == []
    plain = channels.remade(cast("Channel", Rash("one")), "other")
    assert (type(plain), plain.settings) == (Rash, "other")
