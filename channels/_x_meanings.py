"""What X's noes mean: the tables, read by _x_answers.py. Pure data.

Sources: docs.x.com, "Response codes and errors" and OpenAPI 2.167 (problem types); legacy numbers: "Twitter API error
codes"; what X does not document is from what peers met in production (postiz, x.provider.ts, 2026; gptme-contrib#1435).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus

from publisher.answers import REFUSED, Meaning
from publisher.model import Outcome

WINDOW = timedelta(minutes=15)
"""The length of X's rate windows (docs.x.com, "Rate limits")."""

AGAIN = Meaning(
    Outcome.UNKNOWN,
    "{platform} had a fault of its own: the post may be live. It is looked up.",
    "server fault",
)
TWICE = Meaning(
    Outcome.UNKNOWN,
    "{platform} says that it has this text already: the post may be live. It is looked up.",
    "duplicate content",
)
KEYS = Meaning(
    Outcome.RECONNECT,
    "{platform} no longer accepts how this program signs in: new credentials are needed, then retry.",
    "keys refused",
)
RIGHTS = Meaning(
    Outcome.RECONNECT,
    "{platform} does not let this program post for the account: set its app there to Read and write, make new credentials, then retry.",
    "the app or token lacks write permission",
)
LOCKED = Meaning(
    Outcome.STOP,
    "{platform} has suspended or locked the account: log in there, settle it, then retry.",
    "account locked",
)
MONEY = Meaning(
    Outcome.STOP,
    "{platform}'s credit or spending limit is used up: top it up, then retry.",
    "credits or cap used up",
)
PLAN = Meaning(
    Outcome.STOP,
    "{platform}'s plan for this program does not allow this: tell the sysadmin.",
    "app not enrolled, or its access level is too low",
)
BUSY = Meaning(
    Outcome.WAIT, "{platform} asks to wait: too many requests. It goes by itself.", "rate window", WINDOW
)
DAY = Meaning(
    Outcome.WAIT,
    "{platform}'s daily limit of posts is reached. It goes by itself.",
    "daily limit",
    timedelta(hours=3),
)
CLOCK = Meaning(Outcome.STOP, "This machine's clock is wrong: set it, then retry.", "timestamp out of bounds")
ROBOT = Meaning(
    Outcome.STOP,
    "{platform} takes this for spam: log in there, see what it asks for, then retry.",
    "looks automated",
)
WRONG = Meaning(
    Outcome.FIX,
    "{platform} does not accept the post as it is: withdraw the item, and hand it in changed.",
    "invalid request",
)
LONG = Meaning(
    Outcome.FIX,
    "The text is too long for {platform}: withdraw the item, and hand it in with a shorter one.",
    "text too long",
)
CASHTAG = Meaning(
    Outcome.FIX,
    "{platform} takes one cashtag ($NAME) in a post and no more: withdraw the item, and hand it in without the others.",
    "more than one cashtag",
)
LINK = Meaning(
    Outcome.FIX,
    "{platform} does not take a link in the text: withdraw the item, and hand it in without it, or with the right one.",
    "invalid address in the text",
)
PICTURE = Meaning(
    Outcome.FIX,
    "{platform} does not accept the picture, or its upload ran out: retry; if that does not help, withdraw the item, and hand it in with another picture.",
    "media invalid",
)

TEXTS: tuple[tuple[str, Meaning], ...] = (
    ("duplicate", TWICE),
    ("already", TWICE),
    ("internal error", AGAIN),
    ("service unavailable", AGAIN),
    ("timed out", AGAIN),
    ("timeout", AGAIN),
    ("suspended", LOCKED),
    ("locked", LOCKED),
    ("not permitted to access this feature", LOCKED),
    ("usagecap", MONEY),
    ("usage cap", MONEY),
    ("spendcap", MONEY),
    ("spend cap", MONEY),
    ("spending cap", MONEY),
    ("spending limit", MONEY),
    ("credits", MONEY),
    ("cashtag", CASHTAG),
    ("invalid url", LINK),
    ("too long", LONG),
    ("needs to be a bit shorter", LONG),
    ("media ids are invalid", PICTURE),
    ("invalid media", PICTURE),
    ("oauth1 app permissions", RIGHTS),
    ("invalid_grant", KEYS),
    ("invalid_client", KEYS),
    ("invalid_token", KEYS),
    ("unauthorized_client", KEYS),
    ("value passed for the ", KEYS),
)
"""Words of what X says in its own English, in lower case; the last are of its token endpoint (RFC 6749 §5.2)."""

TYPES: Mapping[str, Meaning] = {
    "client-forbidden": PLAN,
    "credits": MONEY,
    "credits-depleted": MONEY,
    "disallowed-resource": REFUSED,
    "duplicate-rules": TWICE,
    "field-hydration-failure": AGAIN,
    "field-unauthorized": AGAIN,
    "internal-error": AGAIN,
    "invalid-request": WRONG,
    "not-authorized-for-field": REFUSED,
    "not-authorized-for-resource": REFUSED,
    "oauth1-permissions": RIGHTS,
    "rate-limit-exceeded": BUSY,
    "resource-not-found": REFUSED,
    "resource-unavailable": AGAIN,
    "unsupported-authentication": KEYS,
    "usage-capped": MONEY,
    "user-suspended": LOCKED,
}
"""Problem types, by the last part of their address."""

CODES: Mapping[int, Meaning] = {
    32: KEYS,
    34: REFUSED,
    44: WRONG,
    63: LOCKED,
    64: LOCKED,
    87: REFUSED,
    88: BUSY,
    89: KEYS,
    92: REFUSED,
    99: KEYS,
    130: AGAIN,
    131: AGAIN,
    135: CLOCK,
    144: REFUSED,
    185: DAY,
    186: LONG,
    187: TWICE,
    189: AGAIN,
    191: DAY,
    215: KEYS,
    220: KEYS,
    226: ROBOT,
    261: RIGHTS,
    323: PICTURE,
    324: PICTURE,
    325: PICTURE,
    326: LOCKED,
    344: DAY,
    416: REFUSED,
    453: PLAN,
}
"""The legacy numbers, which v2 still sends at times. 189, "Error creating status", does not say that there is none."""

STATUSES: Mapping[int, Meaning] = {
    HTTPStatus.BAD_REQUEST: WRONG,
    HTTPStatus.UNAUTHORIZED: KEYS,
    HTTPStatus.PAYMENT_REQUIRED: MONEY,
    HTTPStatus.FORBIDDEN: REFUSED,
    HTTPStatus.NOT_FOUND: REFUSED,
    HTTPStatus.METHOD_NOT_ALLOWED: REFUSED,
    HTTPStatus.GONE: REFUSED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: PICTURE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: PICTURE,
    420: BUSY,
    HTTPStatus.UNPROCESSABLE_ENTITY: WRONG,
    HTTPStatus.TOO_MANY_REQUESTS: BUSY,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: REFUSED,
}
"""420 is X's own older "Enhance your calm"; 431 came for pieces of a picture that were too large (twitteroauth#1257)."""
