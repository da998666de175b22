"""Every expected failure of the product, as one tree.

    PublisherError                    one clear line for a person, an exit code, a way out
    ├── InputError            (2)     what was given is wrong: names the field
    │   ├── NotFound          (2)     what was named is not there
    │   └── ConfigError       (2)     config.toml, or a secret that it points to, is wrong
    ├── Refused               (1)     the answer is no
    │   ├── NotDesignated     (1)     clause 5a/5c: this person may not post
    │   └── IllegalMove       (1)     the item or delivery is past the point where this can be done
    ├── OutsideFailed         (4)     the network, a platform or the disk failed
    │   └── ChannelFailed     (4)     a platform's answer, already judged
    EgressRefused                     a bug or an attack: a call that no adapter may make

`EgressRefused` is no `Exception`: a library that swallows every `Exception` must not be able to
swallow the refusal of a call that would break one-way (tweepy's streams swallow RuntimeError).
Exit codes are DESIGN §10: 0 done, 1 no, 2 wrong input, 3 waits for someone, 4 outside, 70 bug, 130 interrupted,
141 not read to the end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from publisher.secrecy import scrub

if TYPE_CHECKING:
    from publisher.model import Judgement

EXIT_DONE = 0
EXIT_NO = 1
EXIT_INPUT = 2
EXIT_WAITS = 3
EXIT_OUTSIDE = 4
EXIT_BUG = 70
EXIT_INTERRUPTED = 130
EXIT_UNREAD = 141
"""128 and the number of SIGPIPE, as shells count."""

MAX_LINE = 1_000
"""Characters of one message: wrong input is quoted in it, and may be huge."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(text: str) -> str:
    """`text` as one line that is safe on any terminal: what is quoted from input must not move the cursor, turn the
    direction of writing (Unicode UAX #9), or fail to encode.
    """
    shown = _UNSAFE.sub(lambda found: " " if found[0] in "\t\r\n" else f"\\u{ord(found[0]):04x}", text)
    return shown if len(shown) <= MAX_LINE else shown[: MAX_LINE - 1] + "…"


def _shown(text: str) -> str:
    """One line without a secret. What is far behind its end need not be read: it may be huge."""
    return one_line(scrub(text[: 16 * MAX_LINE]))


def _sentence(message: str, way_out: str) -> str:
    stopped = not way_out or not message or message.endswith((".", "?", "!", "…"))
    return f"{message}{'' if stopped else '.'} {way_out}".strip()


class PublisherError(Exception):
    """A failure that a person can act on; `str(error)` is the one line to show, and no secret is in it."""

    exit_code: ClassVar[int] = EXIT_NO

    def __init__(self, message: str, *, way_out: str = "") -> None:
        self.message, self.way_out = _shown(message), _shown(way_out)
        super().__init__(_sentence(self.message, self.way_out))


class InputError(PublisherError):
    """What was given is wrong; `field` is the path of the wrong field, such as `images[0].alt`."""

    exit_code = EXIT_INPUT

    def __init__(self, message: str, *, field: str = "", way_out: str = "") -> None:
        super().__init__(f"{field}: {message}" if field else message, way_out=way_out)
        self.field, self.detail = _shown(field), _shown(message)


class NotFound(InputError):
    """What was asked about by its name or number is not there, or not for the one who asks."""


class ConfigError(InputError):
    """config.toml, or a secret that it points to, is wrong."""


class Refused(PublisherError):
    """The answer is no, and asking again will not change it."""


class NotDesignated(Refused):
    """Clauses 5a and 5c: only a designated officer with every prerequisite may post."""


class IllegalMove(Refused):
    """The life of an item or delivery (model.MOVES) has no such step from where it is now."""


class OutsideFailed(PublisherError):
    """Something outside the program failed: network, platform, disk."""

    exit_code = EXIT_OUTSIDE


class ChannelFailed(OutsideFailed):
    """A platform did not say yes; `judgement` says what that means and what to do."""

    def __init__(self, judgement: Judgement) -> None:
        from dataclasses import replace

        super().__init__(judgement.officer)
        self.judgement = replace(
            judgement, officer=scrub(judgement.officer), engineer=scrub(judgement.engineer)
        )


KINDS: tuple[type[PublisherError], ...] = (
    InputError,
    NotFound,
    ConfigError,
    Refused,
    NotDesignated,
    IllegalMove,
    OutsideFailed,
)
"""What a client that asked over HTTP can raise again."""


class EgressRefused(BaseException):
    """A request that no adapter declared was stopped before a socket opened (DESIGN §7). It shows no secret."""

    def __init__(self, message: str) -> None:
        super().__init__(_shown(message))
