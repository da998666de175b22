"""Bad days by name: what the platforms are known to do, for people who rehearse and for tests.

Each names the channel, what happens there in plain words, where it was seen, and how a delivery that meets it may end:
that is what the program promises, and a rehearsal that ends otherwise is not well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from publisher.errors import InputError
from publisher.model import DeliveryState
from publisher.nearest import meant
from publisher.rehearsal.bad_day import BadDay, both, error, no, on_graph, on_made, on_x, problem, state
from publisher.rehearsal.faults import Fault

SENT, REFUSED, UNKNOWN = DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.UNKNOWN
WAITING, NOT_SENT = DeliveryState.WAITING, DeliveryState.NOT_SENT

_POST_X, _MEDIA_X, _OWN_X = r"^/2/tweets$", r"^/2/media/upload", r"^/2/users/\d+/tweets$"
_FEED, _PHOTOS = r"/feed$", r"/photos$"
_OWN_PAGE = r"/published_posts$"
_PUBLISH, _CONTAINER = r"/media_publish$", r"/\d+/media$"
SLOW_SECONDS = 4.0
"""Longer than a rehearsal's time-out (publisher/rehearsal/office.py)."""
SHORT_WAIT = 2
"""Seconds that a platform asks to wait in a rehearsal, where a real one asks for minutes."""
OFTEN = 50
"""More looks than any read-back takes, and more tries than any delivery gets."""

_HTML_503 = (
    "<!DOCTYPE html><html><head><title>X / Error</title></head><body>Service Unavailable</body></html>"
)
_USAGE = '{"1":[{"type":"pages","call_count":100,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":1}]}'

BAD_DAYS: tuple[BadDay, ...] = (
    # --- X ---------------------------------------------------------------------------------------------------
    BadDay(
        "x-posted-then-500", "twitter", "X publishes the post and answers with an error of its own.",
        "as koala#699 tells of Meta; X documents no other way to be sure", frozenset({SENT}), 1,
        on_x("POST", _POST_X, Fault.commit_then_status(500, problem("Internal Server Error", "", 500))),
    ),
    BadDay(
        "x-lost-answer", "twitter", "X publishes the post, and the connection ends before its answer comes.",
        "zernio-python#42", frozenset({SENT}), 1, on_x("POST", _POST_X, Fault.commit_then_drop()),
    ),
    BadDay(
        "x-slow", "twitter", "X publishes the post, but answers only after the time-out.",
        "a time-out is no answer", frozenset({SENT}), 1, on_x("POST", _POST_X, Fault.delay(SLOW_SECONDS)),
    ),
    BadDay(
        "x-lost-request", "twitter", "The connection ends before X does anything: the post is nowhere.",
        "the other half of a lost answer", frozenset({UNKNOWN}), 0, on_x("POST", _POST_X, Fault.drop_before()),
    ),
    BadDay(
        "x-proxy-502", "twitter", "Something before X answers with a web page; the post is nowhere.",
        "seen before every platform", frozenset({UNKNOWN}), 0, on_x("POST", _POST_X, Fault.html_502()),
    ),
    BadDay(
        "x-down-503", "twitter", "X answers with its own page for when it is down; the post is nowhere.",
        "tweepy#2237", frozenset({UNKNOWN}), 0, on_x("POST", _POST_X, no(503, _HTML_503, content_type="text/html")),
    ),
    BadDay(
        "x-duplicate", "twitter", "X says that it has this text already, and does not say where.",
        "docs.x.com: 403 about:blank", frozenset({UNKNOWN}), 0,
        on_x("POST", _POST_X, no(403, problem(
            "Forbidden", "You are not allowed to create a Tweet with duplicate content.", 403
        ))),
    ),
    BadDay(
        "x-busy", "twitter", "X asks to wait: too many requests in its window.",
        "docs.x.com, Rate limits", frozenset({SENT}), 1,
        on_x("POST", _POST_X, no(429, problem("Too Many Requests", "Too Many Requests", 429), retry_after=str(SHORT_WAIT))),
    ),
    BadDay(
        "x-cap", "twitter", "X says that the month's cap is used up; to wait does not help.",
        "docs.x.com: usage-capped", frozenset({REFUSED}), 0,
        on_x("POST", _POST_X, no(429, problem(
            "UsageCapExceeded", "Usage cap exceeded: Monthly product cap", 429, "https://api.x.com/2/problems/usage-capped"
        ))),
    ),
    BadDay(
        "x-no-credits", "twitter", "X says that the credits are used up.",
        "402, the newer shape", frozenset({REFUSED}), 0,
        on_x("POST", _POST_X, no(402, problem(
            "CreditsDepleted", "Your enrolled account does not have any credits to fulfill this request.", 402,
            "https://api.x.com/2/problems/credits",
        ))),
    ),
    BadDay(
        "x-no-credits-bare", "twitter", "X says so without the usual words.",
        "402, the older shape", frozenset({REFUSED}), 0,
        on_x("POST", _POST_X, no(402, {"account_id": 1, "title": "Payment Required"})),
    ),
    BadDay(
        "x-token-dead", "twitter", "X does not accept the account's keys any more.",
        "docs.x.com, Response codes", frozenset({REFUSED}), 0, on_x("POST", r"^/2/", no(401, problem("Unauthorized", "Unauthorized", 401)), times=None),
    ),
    BadDay(
        "x-suspended", "twitter", "X has suspended the account.",
        "docs.x.com: user-suspended", frozenset({REFUSED}), 0,
        on_x("POST", _POST_X, no(403, problem(
            "Forbidden", "Your account is suspended and is not permitted to access this feature.", 403,
            "https://api.x.com/2/problems/user-suspended",
        ))),
    ),
    BadDay(
        "x-upload-fails-once", "twitter", "X takes the picture only at the second try.",
        "tweepy#2237", frozenset({SENT}), 1, on_x("POST", _MEDIA_X, no(503, _HTML_503, content_type="text/html")),
    ),
    BadDay(
        "x-hides-the-post", "twitter", "X publishes the post, loses the answer, and does not list the post either.",
        "an empty read-back is no proof", frozenset({UNKNOWN}), 1,
        both(
            on_x("POST", _POST_X, Fault.commit_then_drop()),
            on_x("GET", _OWN_X, no(200, {"meta": {"result_count": 0}}), times=OFTEN),
        ),
    ),
    # --- Facebook --------------------------------------------------------------------------------------------
    BadDay(
        "facebook-posted-then-500", "facebook", "Facebook publishes the post and answers: please retry your request later.",
        "koala#699: seven live copies", frozenset({SENT}), 1,
        on_graph("POST", _FEED, Fault.commit_then_status(500, error(2, "Service temporarily unavailable"))),
    ),
    BadDay(
        "facebook-posted-then-99", "facebook", "Facebook publishes the post and answers with an unknown error.",
        "php-graph-sdk#1141", frozenset({SENT}), 1,
        on_graph("POST", _FEED, Fault.commit_then_status(400, error(1, "An unknown error occurred", 99))),
    ),
    BadDay(
        "facebook-lost-answer", "facebook", "Facebook publishes the post, and its answer is lost.",
        "a time-out is no answer", frozenset({SENT}), 1, on_graph("POST", _FEED, Fault.commit_then_drop()),
    ),
    BadDay(
        "facebook-slow", "facebook", "Facebook publishes the post, but answers only after the time-out.",
        "a time-out is no answer", frozenset({SENT}), 1, on_graph("POST", _FEED, Fault.delay(SLOW_SECONDS)),
    ),
    BadDay(
        "facebook-ranked", "facebook", "Facebook publishes the post, loses the answer, and its ranked list hides the post.",
        "Page feed: about 600 ranked posts a year", frozenset({UNKNOWN}), 1,
        both(on_graph("POST", _FEED, Fault.commit_then_drop()), on_graph("GET", _OWN_PAGE, no(200, {"data": []}), times=OFTEN)),
    ),
    BadDay(
        "facebook-proxy-502", "facebook", "Something before Facebook answers with a web page; the post is nowhere.",
        "seen before every platform", frozenset({UNKNOWN}), 0, on_graph("POST", _FEED, Fault.html_502()),
    ),
    BadDay(
        "facebook-already-posted", "facebook", "Facebook says that it has this already.",
        "codes 506 and 368", frozenset({UNKNOWN}), 0, on_graph("POST", _FEED, no(400, error(506, "Duplicate status message"))),
    ),
    BadDay(
        "facebook-busy", "facebook", "Facebook asks to wait a minute: too many calls for the Page.",
        "X-Business-Use-Case-Usage", frozenset({SENT, REFUSED}), None,
        on_graph("POST", _FEED, no(400, error(80001, "There have been too many calls to this Page account."),
                                  x_business_use_case_usage=_USAGE)),
    ),
    BadDay(
        "facebook-token-dead", "facebook", "The person behind the token changed their password.",
        "190/460", frozenset({REFUSED}), 0,
        on_graph("POST", _FEED, no(400, error(190, "Error validating access token", 460)), times=None),
    ),
    BadDay(
        "facebook-checkpoint", "facebook", "Facebook wants the person behind the token to log in and settle something.",
        "190/459", frozenset({REFUSED}), 0,
        on_graph("POST", _FEED, no(400, error(190, "You cannot access the app till you log in", 459))),
    ),
    BadDay(
        "facebook-photo-too-large", "facebook", "Facebook finds a picture too large that its guide allows.",
        "1366046", frozenset({REFUSED}), 0, on_graph("POST", _PHOTOS, no(400, error(1, "Photo too large", 1366046))),
    ),
    BadDay(
        "facebook-link-unreadable", "facebook", "Facebook could not read the page behind the link.",
        "1609005", frozenset({REFUSED}), 0, on_graph("POST", _FEED, no(400, error(100, "Invalid link", 1609005))),
    ),
    BadDay(
        "facebook-token-dead-before", "facebook", "The token is dead before anything is prepared: the account cannot be proved.",
        "190/460", frozenset({REFUSED}), 0, lambda platforms: platforms.graph.kill_token("facebook"),
    ),
    BadDay(
        "facebook-outage", "facebook", "Facebook denies that there is what was just posted; the post is live.",
        "Meta outage of 23 May 2026: 100/33", frozenset({SENT}), 1,
        lambda platforms: platforms.graph.hide_objects("facebook"),
    ),
    # --- Instagram -------------------------------------------------------------------------------------------
    BadDay(
        "instagram-blocked-yet-live", "instagram", "Instagram says that it blocked the post, and the post is live.",
        "postiz#1681: 4/2207051", frozenset({SENT}), 1,
        lambda platforms: platforms.graph.instagram.block_yet_publish(),
    ),
    BadDay(
        "instagram-lost-answer", "instagram", "Instagram publishes the post, and its answer is lost.",
        "a time-out is no answer", frozenset({SENT}), 1, on_graph("POST", _PUBLISH, Fault.commit_then_drop()),
    ),
    BadDay(
        "instagram-id-unknown", "instagram", "Instagram publishes the post, loses the answer, and does not list it.",
        "the container says PUBLISHED, but not as what", frozenset({SENT}), 1,
        both(on_graph("POST", _PUBLISH, Fault.commit_then_drop()), on_graph("GET", _CONTAINER, no(200, {"data": []}), times=OFTEN)),
    ),
    BadDay(
        "instagram-not-ready", "instagram", "Instagram is not ready with the picture at the moment of release.",
        "9007/2207027", frozenset({SENT, REFUSED}), None,
        on_graph("POST", _PUBLISH, no(400, error(9007, "Media ID is not available", 2207027))),
    ),
    BadDay(
        "instagram-fetch-fails-once", "instagram", "Instagram takes too long to fetch the picture, at the first try.",
        "-2/2207003", frozenset({SENT}), 1, on_graph("POST", _CONTAINER, no(400, error(-2, "Timeout", 2207003))),
    ),
    BadDay(
        "instagram-bad-picture", "instagram", "Instagram does not take the picture's format.",
        "36001/2207005", frozenset({REFUSED}), 0, on_graph("POST", _CONTAINER, no(400, error(36001, "Format", 2207005))),
    ),
    BadDay(
        "instagram-quota-used", "instagram", "Instagram's quota of posts for the day is used up.",
        "content_publishing_limit", frozenset({WAITING, NOT_SENT}), 0, lambda platforms: platforms.graph.instagram.use_quota(50),
    ),
    BadDay(
        "instagram-outage", "instagram", "Instagram denies for a time that there is what was just made.",
        "Meta outage of 23 May 2026: 100/33", frozenset({SENT, REFUSED}), None,
        on_made("GET", no(400, error(100, "Unsupported get request. Object does not exist", 33)), times=3),
    ),
    BadDay(
        "instagram-container-slow", "instagram", "Instagram takes its time with the picture.",
        "Content Publishing: IN_PROGRESS", frozenset({SENT}), 1, lambda platforms: platforms.graph.instagram.slow_down(4),
    ),
    BadDay(
        "instagram-container-expired", "instagram", "What Instagram prepared has expired; it is prepared anew.",
        "Content Publishing: EXPIRED after 24 hours", frozenset({SENT}), 1, on_made("GET", state("EXPIRED", "Expired")),
    ),
    BadDay(
        "instagram-container-fails", "instagram", "Instagram tells only of the finished container that it failed.",
        "Content Publishing: ERROR, 2207053", frozenset({REFUSED}), 0,
        lambda platforms: platforms.graph.instagram.spoil(*[2207053] * OFTEN),
    ),
    BadDay(
        "instagram-restricted", "instagram", "Instagram has restricted the account.",
        "25/2207050", frozenset({REFUSED}), 0, on_graph("POST", _PUBLISH, no(400, error(25, "The account is restricted", 2207050))),
    ),
    BadDay(
        "instagram-comments-stay-open", "instagram", "Instagram publishes the post, and does not switch comments off.",
        "Content Publishing: only after publishing", frozenset({SENT}), 1,
        lambda platforms: platforms.graph.instagram.keep_comments_open(OFTEN),
    ),
)  # fmt: skip
"""What is known, platform by platform."""

BY_NAME: Mapping[str, BadDay] = {day.name: day for day in BAD_DAYS}


def found(names: Iterable[str]) -> list[BadDay]:
    """The bad days of these names. Raises InputError that names the nearest."""
    return [_named(name) for name in names]


def _named(name: str) -> BadDay:
    if name in BY_NAME:
        return BY_NAME[name]
    way_out = meant(name.lower(), BY_NAME, "`publisher rehearse --list` names them all.")
    raise InputError(f"there is no fault {name!r} to rehearse", field="--fault", way_out=way_out)
