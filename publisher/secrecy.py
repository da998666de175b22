"""What must never be shown: every secret that this process has read is struck out of what it tells anybody.

Libraries put tokens into addresses, failures and debug lines (urllib3's failures show the whole address, tweepy logs its
Authorization header, platforms repeat a wrong token in their answers). So a secret is made `known` where it is read, and
`scrub` goes over every line that leaves: the log, failures, what a bug leaves behind. It knows the secret as it is, as an
address, JSON, HTML, base64 and hexadecimal hold it, and by its shape what no one has told it of. Nothing is ever stored.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import logging

STRUCK_OUT = "[secret]"
SHORTEST = 8
"""Characters of the shortest value that is struck out: a shorter one would be found in ordinary words and numbers."""
MOST_PASSING = 500
"""Secrets kept that come and go by themselves: tokens are renewed every hour or two, an old one is soon worth nothing."""

_KEY_LINE = re.compile(r"[A-Za-z0-9+/=_-]{16,}")
"""A line of a key: of a file of settings, the names and words are no secrets."""

_SHAPES = r"""(?ix)
    (?P<before>
        (?: \b | (?<= %[0-9a-f]{2} ) ) (?: bearer | basic | oauth2? ) (?: \s | %20 | \+ )+
      | (?: \b | (?<= %[0-9a-f]{2} ) ) (?: [a-z0-9_]* token (?: _secret )? | (?: client | consumer | app ) _? secret | appsecret_proof
        | (?: oauth_ )? signature | oauth_verifier | code_verifier | sessionid | csrftoken | enc_password | password )
        (?: \\* ["'] | %22 | %27 )? \s* (?: [=:] | %3d | %253d | , (?= \s* b? ["'] ) ) \s* (?: b? \\* ["'] | %22 | %27 )?
    )
    (?P<value> (?= [^\s"'&]{0,400}? [0-9] ) [a-z0-9._~+/%=|:!-]{8,} | [a-z0-9._~+/%=|:!-]{24,} )
    | \b (?: EAA | IGAA | IGQ | AAAAAAAAAA ) [a-z0-9%]{24,}
"""
"""Tokens by the name before them (RFC 6749 and 6750, OAuth 1.0a, Meta's and Instagram's own), and by how they begin: Meta's,
X's. Words are none: a token is long, or has a digit."""

_HINTS = (
    "token", "secret", "bearer", "basic", "oauth", "proof", "signature", "verifier", "sessionid", "password", "eaa", "igaa", "igq",
    "aaaaaaaaaa",
)  # fmt: skip
"""One of these is in whatever has such a shape: most lines have none, and are done with at once."""

_lock = threading.Lock()
_lasting: dict[str, tuple[str, ...]] = {}
_passing: dict[str, tuple[str, ...]] = {}
_forms: tuple[str, ...] = ()


def known(value: str, *, passing: bool = False) -> None:
    """Tells of a secret; `passing` for one that is soon replaced by another. One too short to be told from words is not kept."""
    global _forms  # noqa: PLW0603  # one set for the whole process, replaced as a whole: readers need no lock
    scrub_logs()
    value = value.strip()
    with _lock:
        if value in _lasting or (passing and value in _passing):
            return
        if not (forms := tuple(dict.fromkeys(_every_form(value)))):
            return
        _passing.pop(value, None)
        (_passing if passing else _lasting)[value] = forms
        while len(_passing) > MOST_PASSING:
            del _passing[next(iter(_passing))]
        every = {form for held in (_lasting, _passing) for forms in held.values() for form in forms}
        _forms = tuple(sorted(every, key=len, reverse=True))


def scrub(text: str) -> str:
    """`text` without any secret that is known, in whatever form, and without what looks like a token."""
    for form in _forms:
        if form in text:
            text = text.replace(form, STRUCK_OUT)
    lower = text.lower()
    return _shapes().sub(_struck, text) if any(hint in lower for hint in _HINTS) else text


@cache
def _shapes() -> re.Pattern[str]:
    """Made at first use: most commands tell of nothing that went wrong."""
    return re.compile(_SHAPES)


def scrub_logs() -> None:
    """From now on no log record of this process holds a secret, whichever library made it and whoever writes it down.

    What is known of is kept from the first secret on. A handler's formatter would be too late: there may be others, as the one
    that Python has for want of any.
    """
    import logging

    make = logging.getLogRecordFactory()
    if getattr(make, "func", None) is not _scrubbed:
        logging.setLogRecordFactory(partial(_scrubbed, make))


def _scrubbed(make: Callable[..., logging.LogRecord], *given: Any, **named: Any) -> logging.LogRecord:
    """The record with what it says and its traceback as text already, where a secret was in them."""
    import traceback

    record = make(*given, **named)
    try:
        said = record.getMessage()
    except Exception:  # noqa: BLE001  # logging itself would write what was given to the screen, as it is
        said = f"{record.msg} {record.args}"
        record.msg, record.args = said, ()
    if (shown := scrub(said)) != said:
        record.msg, record.args = shown, ()
    if record.exc_info and record.exc_info[1]:
        told = "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
        if (shown := scrub(told)) != told:
            record.exc_text = shown
    record.stack_info = record.stack_info and scrub(record.stack_info)
    return record


def _struck(found: re.Match[str]) -> str:
    return f"{found['before'] or ''}{STRUCK_OUT}"


def _every_form(value: str) -> Iterator[str]:
    """The secret as texts hold it; of a key in several lines (PEM), each line by itself too."""
    for part in {value, *filter(_KEY_LINE.fullmatch, value.splitlines())}:
        if len(part) >= SHORTEST:
            yield from _as_written(part)
            yield from _as_encoded(part.encode())


def _as_written(value: str) -> Iterator[str]:
    """Plain, and as an address, JSON, Python and HTML show it; percent signs may be encoded again (OAuth 1.0a's base string)."""
    import html
    import json
    from urllib.parse import quote, quote_plus

    yield value
    for once in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield once
        yield _lower_escapes(once)
        yield quote(once, safe="")
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    yield html.escape(value)


def _lower_escapes(text: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), text)


def _as_encoded(value: bytes) -> Iterator[str]:
    """In hexadecimal and base64, also where other bytes stand before and behind it (user:secret of Basic)."""
    import base64
    from urllib.parse import quote

    yield value.hex()
    for before in range(3):
        # Of every 3 bytes base64 makes 4 signs: those that hold a neighbour's bits too are left out.
        sixes = base64.b64encode(bytes(before) + value).decode().rstrip("=")
        first = (0, 2, 3)[before]
        last = (before + len(value)) * 8 // 6
        core = sixes[first:last]
        if len(core) >= SHORTEST:
            yield core
            yield core.replace("+", "-").replace("/", "_")
            yield quote(core, safe="")
