"""The client for Meta's Graph API, shared by Facebook and Instagram; what its answers mean is in _graph_answers.py."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from publisher.channels._graph_answers import usage
from publisher.channels._graph_meanings import GONE

from publisher.answers import fail, unix
from publisher.model import Judgement, Outcome, Phase
from publisher.secrecy import known
from publisher.transmissions import served_by

if TYPE_CHECKING:
    from publisher.held import Holding
    from publisher.wire import Call, Sent

ORIGIN = "https://graph.facebook.com"
"""Hard-coded in facebook-sdk; replaced by the endpoint before anything is sent."""
VERSION = "v26.0"
"""Of 29 July 2026. facebook-sdk itself would ask for v2.8, which ended in 2019."""
VERSIONS: Mapping[str, tuple[date, date | None]] = {
    "v20.0": (date(2024, 5, 21), date(2026, 9, 24)),
    "v21.0": (date(2024, 10, 2), date(2027, 1, 21)),
    "v22.0": (date(2025, 1, 21), date(2027, 5, 20)),
    "v23.0": (date(2025, 5, 29), date(2027, 10, 8)),
    "v24.0": (date(2025, 10, 8), date(2028, 2, 18)),
    "v25.0": (date(2026, 2, 18), date(2028, 7, 29)),
    "v26.0": (date(2026, 7, 29), None),
}
"""When each version came, and when it ends as far as Meta has said ("TBD" is None).

Source: developers.facebook.com/docs/graph-api/changelog/versions, as of November 2026.
"""
PROOF = "appsecret_proof"
MUCH = 90
"""Percent of what Meta grants: at 100 it refuses ("Rate Limits")."""
HOUR = 3_600.0
"""Seconds: Meta counts over an hour ("Rate Limits"), so what it says of use, and one warning of it, hold for as long."""
IMPLIED = frozenset({"public_profile"})
"""The right that nobody can withhold ("Permissions with Facebook Login"): every token has it, so it is never too much."""

USED_UP = "Meta says that {percent} % of the requests it grants are used up: at 100 % posts have to wait."

log = logging.getLogger("publisher.channels.graph")


def connect(adapter: Holding) -> Any:
    """facebook.GraphAPI over the adapter's session. Raises ConfigError where a secret is missing.

    It holds no token: it would put it into addresses and so into exceptions. The session's header carries it. Beside the
    library's own, `signed` is the proof that each call carries, and `watch` what the answers tell in passing. Header and proof
    are by the token that the adapter holds, whatever becomes of the file that it is from.
    """
    import facebook

    from publisher.wire import session_for

    settings = adapter.settings
    signed, watch = proof(settings, adapter.held), Watch(settings.name)

    def watching(
        phase: Phase, status: int | None, headers: Mapping[str, str], body: bytes | str
    ) -> Judgement:
        watch.see(headers)
        judgement: Judgement = adapter.judge(phase, status, headers, body)
        return judgement

    authorization = f"Bearer {adapter.held[settings.token]}"
    session = session_for(adapter, origin=ORIGIN, judge=watching, authorization=authorization)
    graph = facebook.GraphAPI(session=session)
    graph.version, graph.watch, graph.signed = settings.version, watch, signed
    return graph


@dataclass(slots=True)
class Watch:
    """What the heads of the answers told last: which version answered, and how much of what Meta grants is used up (percent).

    `told` is when that was said, and `warned` when the log was last told, by a clock that only goes on. Nothing is said of
    low use: what was said long ago is no longer so.
    """

    channel: str
    served: str = ""
    used: int = 0
    told: float = -HOUR
    warned: float = -HOUR

    def see(self, headers: Mapping[str, str]) -> None:
        """Takes note of one answer; warns of much use once an hour."""
        self.served = served_by(headers) or self.served
        if (used := usage(headers)) is None:
            return
        self.used, self.told = used, time.monotonic()
        if (words := self.warning()) and self.told - self.warned >= HOUR:
            self.warned = self.told
            log.warning("channel %s: %s", self.channel, words)

    def warning(self) -> str:
        """What to tell a person of the use, nothing where it is not much."""
        is_much = self.used >= MUCH and time.monotonic() - self.told < HOUR
        return USED_UP.format(percent=self.used) if is_much else ""


def asks(fields: str, sent: Sent) -> bool:
    """For a table of calls: the read asks for these fields and no others."""
    return sent.query.get("fields") == fields


def asks_some(fields: frozenset[str], sent: Sent) -> bool:
    """Likewise: the read asks for none but these."""
    return set(filter(None, sent.query.get("fields", "").split(","))) <= fields


def is_missing(judgement: Judgement) -> bool:
    """True for 100/33: what was asked for is gone, or not for this token to see. No proof, but harmless where it was to go."""
    return judgement.cause == str(GONE)


def proof(settings: Any, held: Mapping[str, str]) -> dict[str, str]:
    """What "Require App Secret" wants with each call: HMAC-SHA256 of the token, by the app's secret if one is set."""
    if settings.app_secret is None:
        return {}
    key, token = held[settings.app_secret], held[settings.token]
    signed = hmac.new(key.encode(), token.encode(), hashlib.sha256).hexdigest()
    known(signed)
    return {PROOF: signed}


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What Meta tells of a token ("Debug-Token"). `profile` is the Page's or person's number, `kind` PAGE, USER or SYSTEM_USER.

    `ends_at` and `data_access_ends_at` are None where there is no end. `granular` says for which accounts' numbers a right
    is; one that is not in it is for all.
    """

    is_valid: bool
    scopes: frozenset[str]
    ends_at: datetime | None = None
    data_access_ends_at: datetime | None = None
    profile: str = ""
    application: str = ""
    kind: str = ""
    granular: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def good_until(self) -> datetime | None:
        """When the token stops being good: whoever reads the Page needs access to data too, so the earlier of the two."""
        return min((end for end in (self.ends_at, self.data_access_ends_at) if end), default=None)


def token_call(settings: Any, own: Callable[[], str]) -> Call:
    """For a table of calls: what `token_facts` asks, about the `own` token and no other."""
    from publisher.wire import Call

    def is_own(sent: Sent) -> bool:
        return sent.fields.get("method") == "get" and sent.fields.get("input_token") == own()

    path = f"/{re.escape(settings.version)}/debug_token"
    fields = frozenset({"input_token", "method", PROOF})
    return Call(Phase.READ, "POST", path, fields=fields, check=is_own)


def token_facts(client: Any, settings: Any, token: str) -> TokenFacts:
    """What the client's token may do and when it ends. Raises ChannelFailed, also where the token may not ask this.

    `GET /debug_token` has the token in its address. Meta's own libraries send a GET that is too long as a POST with
    `method=get` (JavaScript SDK; php-sdk 3 always: "method override as we always do a POST"), which keeps it out of there.
    """
    asked = {"input_token": token, "method": "get", **client.signed}
    answer = client.request(f"{settings.version}/debug_token", post_args=asked, method="POST")
    told = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(told, dict) or not isinstance(told.get("is_valid"), bool):
        raise fail(Outcome.WAIT, "Meta did not tell what the token may do.", "debug_token without is_valid")
    return TokenFacts(
        is_valid=told["is_valid"],
        scopes=_names(told.get("scopes")) - IMPLIED,
        ends_at=_end(told.get("expires_at")),
        data_access_ends_at=_end(told.get("data_access_expires_at")),
        profile=str(told.get("profile_id") or told.get("user_id") or ""),
        application=str(told.get("application") or ""),
        kind=str(told.get("type") or ""),
        granular=_granular(told.get("granular_scopes")),
    )


def _granular(listed: object) -> dict[str, frozenset[str]]:
    """Which rights are for which accounts; one without numbers is for all."""
    rows = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    found = {str(one.get("scope")): _names(one.get("target_ids")) for one in rows}
    return {scope: ids for scope, ids in found.items() if ids}


def _names(listed: object) -> frozenset[str]:
    return frozenset(str(one) for one in listed) if isinstance(listed, list) else frozenset()


def _end(seconds: object) -> datetime | None:
    """Unix seconds; 0 means never ("Debug-Token")."""
    return unix(str(seconds)) if seconds else None
