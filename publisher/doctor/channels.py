"""The channels: whose account each is, as its platform says now, what its credentials may do, and when they end.

It changes nothing: what is on record is put there by the daemon, and by `publisher channel`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.channel_health import UNASKED
from publisher.doctor.asking import Answer, asked
from publisher.doctor.check import Check, attention
from publisher.errors import ConfigError, one_line
from publisher.health import Look, Standing
from publisher.model import NOT_RENEWED, Outcome
from publisher.settings import references
from publisher.token_files import only_reading

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.channels import Channel

PATIENCE = 10.0
"""Seconds that all platforms together have for their answers: whoever asks the doctor waits for it."""
PLACE = "/api/v1/channels"
NAME = "channel {}"
_TEXTS = ("channel", "adapter")
_MAYBE = ("account", "name", "recorded_by", "found_account", "found_name")
_MOMENTS = ("recorded_at", "asked_at", "proved_at", "ends_at")
_TAKEN_NOW = "Asked just now, the platform says whose account it is: the refusal may be over"
_MOST = 100
"""Channels that a server may tell of: a council has a dozen at most."""


def channels(app: App) -> Iterator[Check]:
    """Each channel, by what its platform says now; one whose secrets are not here by the last look."""
    lacking = {name for name, channel in app.channels.items() if _lacks_secrets(channel)}
    looks = together(
        {name: partial(app.identities.look, name) for name in app.channels if name not in lacking}
    )
    due = {
        name: look.fault.officer
        for name, look in looks.items()
        if look and look.fault and look.fault.cause == NOT_RENEWED
    }
    recovered = {name for name, look in looks.items() if look and not look.fault and _was_refused(app, name)}
    newer = {name: look for name, look in looks.items() if look and name not in {*due, *recovered}}
    for row in app.channel_health.rows(newer):
        name = row["channel"]
        if name in lacking:
            yield _unasked(row)
        elif name in recovered:
            yield _with(
                row,
                _TAKEN_NOW,
                f"The daemon asks again within the hour, and `publisher channel check {name}` at once.",
            )
        elif name in due:
            yield _left_to_the_daemon(row, due[name])
        else:
            yield _silent(row) if looks[name] is None else of(row)


def offline(app: App) -> Iterator[Check]:
    """Each channel by the last look."""
    yield from map(of, app.channel_health.rows())


def by_socket(app: App) -> Iterator[Check]:
    """Each channel as the daemon knows it, for an officer of its machine."""
    if app.config.daemon.socket:
        yield from known_there(app.config.path(app.config.daemon.socket))


def together(work: Mapping[str, Callable[[], Look]], seconds: float = PATIENCE) -> dict[str, Look | None]:
    """What each came to; None for one that takes longer, or breaks: its thread is left to itself, and ends with this process."""
    found: dict[str, Look | None] = dict.fromkeys(work)

    def ask(name: str) -> None:
        with suppress(Exception), only_reading():  # the database, which is told of by itself
            found[name] = work[name]()

    threads = [threading.Thread(target=ask, args=(name,), daemon=True) for name in work]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    return dict(found)


def _lacks_secrets(channel: Channel) -> bool:
    try:
        _ = [channel.settings.secret(each) for each in references(channel.settings)]
    except ConfigError:
        return True
    return False


def of(row: Mapping[str, Any]) -> Check:
    """What is said of a channel by its line."""
    name, troubles = NAME.format(row["channel"]), row["troubles"]
    if not troubles:
        return Check(name, Standing.GOOD, _fine(row), channel=row)
    words = " ".join(one["words"] for one in troubles)
    way_out = " ".join(dict.fromkeys(one["way_out"] for one in troubles if one["way_out"]))
    return Check(name, Standing(row["standing"]), words, way_out, row)


def _fine(row: Mapping[str, Any]) -> str:
    if row["website"]:
        return f"a website ({row['adapter']}): there is no account to prove"
    number = row["account"] or row["found_account"]
    if not number:
        return "nobody has asked yet whose account it is: the daemon does when it starts"
    whose = f"it posts to {row['name'] or row['found_name'] or 'the account'} ({number})"
    return whose if row["account"] else f"{whose}; that goes on record when the daemon starts"


def _silent(row: Mapping[str, Any]) -> Check:
    words = f"the platform did not say within {PATIENCE:.0f} seconds whose account it is"
    return _with(row, words, "Look at the network; then ask again.")


def _unasked(row: Mapping[str, Any]) -> Check:
    """That secrets are missing is told under their own name; what is known of the channel is the daemon's last look."""
    known = (
        f"this is how the daemon found it on {row['asked_at'][:10]}"
        if row["asked_at"]
        else "the daemon asks when it starts"
    )
    words = f"it was not asked from here, where its secrets are not; {known}"
    return _with(row, words, "See what `secrets` says.")


def _was_refused(app: App, name: str) -> bool:
    """Whether the daemon's last word is that the platform takes the credentials no more, as it was told with a post."""
    kept = app.health_book.looks().get(name)
    return kept is not None and kept.fault is not None and kept.fault.outcome is Outcome.RECONNECT


def _left_to_the_daemon(row: Mapping[str, Any], words: str) -> Check:
    """Tokens that end every two hours are renewed when they are needed: that they are due says nothing against the channel."""
    unasked = {"cause": NOT_RENEWED, "standing": Standing.GOOD.value, "words": words, "way_out": ""}
    return of({**row, "troubles": [*row["troubles"], unasked]})


def _with(row: Mapping[str, Any], words: str, way_out: str) -> Check:
    """The line with one more trouble, which says more than that nobody asked yet."""
    trouble = {
        "cause": "unasked",
        "standing": Standing.ATTENTION.value,
        "words": f"{words[:1].upper()}{words[1:]}.",
        "way_out": way_out,
    }
    standing = row["standing"] if row["standing"] == Standing.WRONG else Standing.ATTENTION.value
    others = [one for one in row["troubles"] if one["cause"] != UNASKED]
    return of({**row, "troubles": [*others, trouble], "standing": standing})


# --- as a server tells it ------------------------------------------------------------------------------------------------


def known_there(where: str | Path, token: str = "") -> Iterator[Check]:
    """Each channel as the server, or the daemon behind its socket, knows it. Says nothing where whoever asks may not know."""
    answer = asked(where, PLACE, token)
    if answer.status != HTTPStatus.OK:  # why is told by whoever asks who one is
        return
    rows = _rows(answer)
    if rows is None:
        yield attention(
            "channels",
            "the server tells of its channels in words that this program does not know",
            "Install its version here.",
        )
    else:
        yield from map(of, rows)


def _rows(answer: Answer) -> Sequence[Mapping[str, Any]] | None:
    told = answer.told.get("channels")
    try:
        return [_row(one) for one in told[:_MOST]] if isinstance(told, list) else None
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return None


def _row(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """One line, each value of the type that it must have: it came from another machine."""
    return {
        **{key: one_line(str(one[key])) for key in _TEXTS},
        **{key: None if one.get(key) is None else one_line(str(one[key])) for key in _MAYBE},
        **{key: _moment(one.get(key)) for key in _MOMENTS},
        "website": one["website"] is True,
        "scopes": None if one.get("scopes") is None else [one_line(str(each)) for each in one["scopes"]],
        "scopes_needed": [one_line(str(each)) for each in one["scopes_needed"]],
        "standing": Standing(one["standing"]).value,
        "troubles": [
            {"cause": one_line(str(each["cause"])), "standing": Standing(each["standing"]).value,
             "words": one_line(str(each["words"])), "way_out": one_line(str(each["way_out"]))}
            for each in one["troubles"]
        ],
    }  # fmt: skip


def _moment(told: object) -> str | None:
    return None if told is None else datetime.fromisoformat(str(told)).astimezone(UTC).isoformat()
