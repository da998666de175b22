"""How X says no (docs.x.com, "Response codes and errors")."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from publisher.rehearsal.api import Refusal, unknown

PROBLEMS = "https://api.x.com/2/problems/"


def new_id() -> str:
    """19 digits, as X's are."""
    return str(10**18 + secrets.randbelow(9 * 10**18))


def invalid(detail: str) -> Refusal:
    body = {
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": PROBLEMS + "invalid-request",
        "errors": [{"message": detail}],
    }
    return Refusal(400, body, reason=detail)


def forbidden(detail: str) -> Refusal:
    body = {"title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403}
    return Refusal(403, body, reason=detail)


def not_found(detail: str) -> Refusal:
    return Refusal(
        404, {"title": "Not Found", "detail": detail, "type": PROBLEMS + "resource-not-found"}, reason=detail
    )


def refuse_token(status: int, error: str, description: str) -> Refusal:
    """How the endpoint for tokens says no (RFC 6749 §5.2)."""
    return Refusal(status, {"error": error, "error_description": description}, reason=description)


def unauthorized(reason: str) -> Refusal:
    body = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    return Refusal(401, body, reason=reason)


def lacks_permission() -> Refusal:
    """OAuth 1.0a: the app's own setting, by which its tokens were made."""
    detail = (
        "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."
    )
    body = {"title": "Forbidden", "detail": detail, "type": PROBLEMS + "oauth1-permissions", "status": 403}
    return Refusal(403, body, reason=detail)


def refuse_unknown(given: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    if odd := unknown(given, known):
        raise invalid(
            f"$.{where}{odd[0]}: is not defined in the schema and the schema does not allow additional properties"
        )
