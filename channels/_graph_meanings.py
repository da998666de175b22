"""What the Graph API's numbers mean, for Facebook and Instagram: the tables, read by _graph_answers.py. Pure data.

Sources: developers.facebook.com, "Handle errors" (v26.0), "Pages API error codes" (7 May 2026), "Rate limits" (80000 to
80014); sub-codes that Meta does not document are from what peers met in production (postiz, facebook.provider.ts, 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from publisher.answers import REFUSED, Meaning
from publisher.model import Outcome

HOUR = timedelta(hours=1)
"""Meta counts calls over the last hour ("Rate limits"); some are free again by then."""

FAULT = Meaning(
    Outcome.UNKNOWN,
    "{platform} had a fault of its own: the post may be live. It is looked up.",
    "server fault, known to publish",
)
BLOCKED = Meaning(
    Outcome.UNKNOWN,
    "{platform} says that it blocked this, which it has said of posts that were live. It is looked up.",
    "policy block or repeat",
    HOUR,
)
TWICE = Meaning(
    Outcome.UNKNOWN,
    "{platform} says that it has this post already: it may be live. It is looked up.",
    "duplicate",
)
ODD = Meaning(
    Outcome.UNKNOWN,
    "{platform} says no in a way that it has used for posts that were live. It is looked up.",
    "a no that came with posts that were live",
)
TOKEN = Meaning(
    Outcome.RECONNECT,
    "{platform} no longer accepts how this program signs in: new credentials are needed, then retry.",
    "token refused",
)
PROOF = Meaning(
    Outcome.RECONNECT,
    "{platform} does not accept how this program signs in for this account: new credentials, or the right app_secret in config.toml, are needed, then retry.",
    "appsecret_proof refused",
)
PERSON = Meaning(
    Outcome.STOP,
    "{platform} wants the person who connected the account to log in and settle something, or they lost their role there.",
    "checkpoint, identity or lost role, no expiry",
)
RIGHTS = Meaning(
    Outcome.STOP,
    "{platform} does not let this program do that for the account: have its rights mended, then retry.",
    "permission",
)
ENDED = Meaning(
    Outcome.STOP,
    "{platform} no longer knows this kind of call: tell the sysadmin.",
    "capability, call or version ended",
)
BUSY = Meaning(
    Outcome.WAIT, "{platform} asks to wait: too many requests. It goes by itself.", "rate limit", HOUR
)
UNSEEN = Meaning(
    Outcome.STOP,
    "{platform} does not show the account, post or picture to this program: new credentials with the rights for this account are needed, or tell the sysadmin.",
    "object missing or not visible to the token",
)
GONE = "object gone or hidden"
"""The cause of a judgement by 100/33, and by nothing else: what was asked for is gone, or not for this token to see."""
LATER = Meaning(
    Outcome.WAIT, "{platform} does not show this yet; it is asked again by itself.", "not visible (yet)"
)
LINK = Meaning(
    Outcome.FIX,
    "{platform} could not read the page behind the link: see that anyone can open it, then retry.",
    "link scrape",
)
OWN_LINK = Meaning(
    Outcome.FIX,
    "The link leads to {platform} itself: withdraw the item, and hand it in with the website's page.",
    "link to Facebook",
)
ADDRESS = Meaning(
    Outcome.FIX,
    "{platform} does not take the link for an address: withdraw the item, and hand it in with the right one.",
    "invalid address",
)
SIZE = Meaning(
    Outcome.FIX,
    "The picture is too large for {platform}: withdraw the item, and hand it in with a smaller picture.",
    "picture too large",
)
IMAGE = Meaning(
    Outcome.FIX,
    "{platform} does not take the picture: withdraw the item, and hand it in with another picture.",
    "invalid picture",
)
STANDARDS = Meaning(
    Outcome.STOP,
    "{platform} refuses it under its standards or wants the account verified: log in there and see.",
    "standards",
)

CODES: Mapping[int, Meaning] = {
    -2: FAULT,
    -1: FAULT,
    1: FAULT,
    2: FAULT,
    3: ENDED,
    4: BUSY,
    9: BUSY,
    10: RIGHTS,
    12: ENDED,
    17: BUSY,
    32: BUSY,
    100: REFUSED,
    102: TOKEN,
    104: TOKEN,
    190: TOKEN,
    **dict.fromkeys(range(200, 300), RIGHTS),
    324: IMAGE,
    341: BUSY,
    368: BLOCKED,
    506: TWICE,
    613: BUSY,
    803: UNSEEN,
    1500: ADDRESS,
    1705: FAULT,
    2500: TOKEN,
    2635: ENDED,
    **dict.fromkeys(range(80_000, 80_015), BUSY),
    1609005: LINK,
    1609008: OWN_LINK,
}
"""1705, "There was an error posting to this wall", says no more than 1 does."""

SESSION = frozenset({102, 190})
"""The codes whose sub-codes are the states of a session ("Handle errors", "Authentication error subcodes")."""
STATES: Mapping[int, Meaning] = {
    **dict.fromkeys((458, 460, 461, 462, 463, 465, 466, 467, 468), TOKEN),
    459: PERSON,
    464: PERSON,
    490: PERSON,
    492: PERSON,
}
"""Sub-codes of SESSION, and of nothing else: small numbers have other meanings elsewhere."""
PARAMETER, MISSING = 100, 33
"""Sub-code 33 belongs to code 100."""

SUBCODES: Mapping[int, Meaning] = {
    1363047: FAULT,
    1366046: SIZE,
    1366051: TWICE,
    1404006: STANDARDS,
    1404078: PERSON,
    1404102: STANDARDS,
    1404112: STANDARDS,
    1609005: LINK,
    1609008: OWN_LINK,
    1609010: FAULT,
    2061006: ADDRESS,
    2069019: IMAGE,
    2069030: ENDED,
    2069031: ENDED,
    2069032: TOKEN,
    2069033: ENDED,
    2207051: BLOCKED,
    2853006: RIGHTS,
    4854002: PERSON,
}
"""Sub-codes with one meaning whatever their code."""

DOUBTFUL = frozenset({-2, -1, 1, 2, 368, 506, 1705})
"""Codes after which posts were found live, or may be, whatever the sub-code."""

KNOWN_TO_LIE = frozenset({2207051, 1366051, 1363047, 1609010})
"""Sub-codes that came with posts that were live, or that tell of a fault, whatever their code and channel ("Action is
blocked"; "already posted"; "temporarily unavailable")."""

LIES = (
    "unsupported post request",
    "cannot also include a target_id",
    "duplicate",
    "already posted",
    "already been p",
)
"""Messages (never localised) of noes that came with posts that were live, in lower case: php-graph-sdk#216, fb_graph2#13
and Facebook-Graph#50 for the first, hybridauth#219 for the second; the others tell of a post that is there."""
METHOD_ERROR = "GraphMethodException"
"""The type of the first of LIES; with code 100 it is about the call, not about what was sent in it."""

IMPERSONATING = "before impersonating a user's page"
"""Code 190 with this is a missing permission, no expired token (postiz#1912). `message` is never localised."""
APP_PROOF = "appsecret_proof"
"""Code 100 with this is about the token and its app (facebook-python-business-sdk#528)."""
UNKNOWN_PATH = "unknown path components"
"""Code 2500 with this is a wrong call, no missing token (restfb#1558)."""
