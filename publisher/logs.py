"""What the daemon tells of itself: one line for one message, no secret, nothing lost of a thread that broke."""

from __future__ import annotations

import logging
import sys
import threading
from typing import Any

from publisher.own_doors import LIBRARIES
from publisher.secrecy import scrub, scrub_logs

QUIET = (*sorted(LIBRARIES), "apscheduler", "urllib3")
"""Libraries whose debug or info lines hold tokens or noise (tweepy logs its Authorization header at DEBUG)."""
LAYOUT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

log = logging.getLogger("publisher")


class OneLine(logging.Formatter):
    """One line for one message: what a website or a platform answered must not forge a line of its own, nor show a secret."""

    def format(self, record: logging.LogRecord) -> str:
        """The message, its traceback and its stack, with every secret struck out."""
        return scrub(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's own name
        """The message with its control characters shown as escapes; a traceback keeps its lines."""
        text = super().formatMessage(record)
        return "".join(
            sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
        )


def set_up() -> None:
    """Logs to the standard error, also what nobody caught: Python itself would write that as it is."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(LAYOUT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(capture=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    scrub_logs()
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _broken


def _uncaught(_kind: Any, error: BaseException, _trace: Any) -> None:
    log.critical("nobody caught this", exc_info=error)


def _unraisable(found: Any) -> None:
    log.error("this could not be raised (%s)", found.err_msg, exc_info=found.exc_value)


def _broken(found: Any) -> None:
    log.critical("the thread %s broke", found.thread.name if found.thread else "?", exc_info=found.exc_value)
