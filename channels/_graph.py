"""The client for Meta's Graph API, shared by Facebook and Instagram; what its answers mean is in _graph_answers.py."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publisher.wire import Call, Judge, Sent

ORIGIN = "https://graph.facebook.com"
"""Hard-coded in facebook-sdk; replaced by the endpoint before anything is sent."""
VERSION = "v26.0"
"""Of 29 July 2026. facebook-sdk itself would ask for v2.8, which ended in 2019."""
PROOF = "appsecret_proof"


def connect(settings: Any, *, calls: tuple[Call, ...], judge: Judge) -> Any:
    """facebook.GraphAPI over the guarded session.

    It holds no token: it would put it into addresses and so into exceptions. The session's header carries it.
    """
    import facebook

    from publisher.wire import Session

    session = Session(
        endpoint=settings.endpoint,
        origin=ORIGIN,
        calls=calls,
        judge=judge,
        timeout=settings.timeout,
        authorization=f"Bearer {settings.secret(settings.token)}",
    )
    graph = facebook.GraphAPI(session=session)
    graph.version = settings.version
    return graph


def asks(fields: str, sent: Sent) -> bool:
    """For a table of calls: the read asks for these fields and no others."""
    return sent.query.get("fields") == fields


def proof(settings: Any) -> dict[str, str]:
    """What "Require App Secret" wants with each call: HMAC-SHA256 of the token, by the app's secret if one is set."""
    if settings.app_secret is None:
        return {}
    key, token = settings.secret(settings.app_secret), settings.secret(settings.token)
    return {PROOF: hmac.new(key.encode(), token.encode(), hashlib.sha256).hexdigest()}
