"""The scheduler daemon: one process that releases what is due, answers the hook, and tells whether it is well.

APScheduler is the timer and holds nothing: at each wake the queue is asked what is due (the database is the truth). Its
default of dropping jobs that are a second late is switched off, and its job store is not used (it loses and repeats).
"""

from __future__ import annotations

import fcntl
import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler

from publisher import api, logs, paths, right_key, starting
from publisher.app import App, open_app
from publisher.errors import ConfigError, EgressRefused, OutsideFailed, Refused
from publisher.lending import take_back_old
from publisher.proofs import ROUND_EVERY
from publisher.queue import Due
from publisher.retention import run_quietly
from publisher.serve import Server
from publisher.wake import Listener

log = logging.getLogger("publisher.daemon")

WORKERS = 64
"""Items worked on at the same time; each uses one thread a channel besides. They mostly wait for platforms: with few,
the items that wait for a slow one would keep the others from going at their moment."""
RETENTION_EVERY = 600
"""Seconds between looks whether today's retention is still to be done."""
LOOK_AGAIN = 60
"""Seconds between looks at all of a record that was found not to be whole: it may have been put right, or accepted.

Also those after which it is looked at anew while something is prepared: all that waits so long may have been changed.
"""


class Daemon:
    """Looks at the queue whenever something is due or has changed, and hands the work to threads."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._timer = BackgroundScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2}
        )
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="item")
        self._listener = Listener(app.config.database, self.look)
        self._looking = threading.Lock()
        self._busy: set[str] = set()
        self._resting: dict[str, float] = {}
        self._rules_fault = self._record_fault = ""
        self._looked = datetime.min.replace(tzinfo=UTC)
        self._looking_beside = threading.Lock()
        self._settled = False
        self._stopping = False

    def start(self) -> None:
        """Settles what a crash left, then begins to release: only by a record that is whole.

        Where it is not, whoever asks is answered all the same: how else would a director look at it, and accept it?
        """
        self._look_at_all()
        self._timer.add_job(self.look, "interval", seconds=self._app.config.daemon.look_every, id="safety")
        self._timer.add_job(self.erase, "interval", seconds=RETENTION_EVERY, max_instances=1, id="retention")
        self._timer.add_job(self.sign, "interval", days=1, max_instances=1, id="checkpoint")
        every, at_once = ROUND_EVERY.total_seconds(), datetime.now(UTC)
        self._timer.add_job(
            self.tend, "interval", seconds=every, max_instances=1, id="channels", next_run_time=at_once
        )
        self._timer.start()
        self._listener.start()
        self.look()

    def alive(self) -> bool:
        """True while the timer's thread runs: without it nothing would be released."""
        thread = getattr(self._timer, "_thread", None)
        return bool(self._timer.running and thread is not None and thread.is_alive())

    def stop(self) -> None:
        """Takes nothing new, finishes what is in flight."""
        with self._looking:
            self._stopping = True
        self._app.releaser.stop()
        self._listener.close()
        ran = self._timer.running
        if ran:
            self._timer.shutdown(wait=True)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._record_kept()
        if ran:
            self._app.checkpoints.keep_up()

    def look(self) -> None:
        """Hands every due item and delivery to a thread, and sets the timer to the next moment that something is due."""
        with self._looking:
            if self._stopping:
                return
            try:
                self._record_kept()
                self._tell_of_rules()
                if self._record_fits():
                    self._hand_out()
            except Exception:  # whoever looks must live on: the ear, the timer, a thread that ends its work
                log.exception("what is due could not be handed out; looking again soon")

    def sign(self) -> None:
        """Once a day: looks at all of the record, and signs where it ends; while it is not whole, nothing goes."""
        self._app.checkpoints.keep_up()
        self.look()

    def erase(self) -> None:
        """What is due is erased; where the record is found not to be whole, nothing is, and nothing goes any more."""
        run_quietly(self._app.retention)
        self.look()

    def tend(self) -> None:
        """Once an hour: what was lent for too long is taken back, and whose accounts the channels are is asked.

        Not by a record that does not fit: nothing goes then, and whoever is to accept it must find it as it was.
        """
        take_back_old(self._app.channels, self._app.now())
        if not self._app.verifier.end_problem():
            self._app.proofs.daily()

    def _tell_of_rules(self) -> None:
        """Whoever saved a wrong rule file must hear of it now, and not when the first item is held by it."""
        try:
            self._app.rules()
        except ConfigError as error:
            if (fault := str(error)) != self._rules_fault:
                log.error("nothing goes until the rules can be read again: %s", fault)  # noqa: TRY400  # no bug of ours
            self._rules_fault = fault
            return
        if self._rules_fault:
            log.info("the rules can be read again")
        self._rules_fault = ""

    def _record_fits(self) -> bool:
        """Another database may be put in the place of this one while it runs, or a hand be in it: by that, nothing goes."""
        verifier = self._app.verifier
        if verifier.found and self._is_older_than(LOOK_AGAIN):
            self._look_at_all()
        fault = verifier.end_problem()
        if fault and fault != self._record_fault:
            log.error("nothing goes until the record fits again: %s", fault)
        self._record_fault = fault
        if not fault and not self._settled:
            self._app.releaser.recover()
            self._app.checkpoints.keep_up()
            self._settled = True
        return not fault

    def _look_at_all(self) -> None:
        """What is done to the record from here on, the next look at all of it sees."""
        began = self._app.now()
        self._app.verifier.whole_problem()
        self._looked = began

    def _is_older_than(self, seconds: float) -> bool:
        """Whether the last look at all of the record is: by the clock that tells what is due, whichever way it was set."""
        return abs(self._app.now() - self._looked) > timedelta(seconds=seconds)

    def _is_looked_at(self, due: Due) -> bool:
        """Whether what is due may be handed out, as far as a look at all of the record tells that is not too old.

        The end alone tells nothing of an older row that was put back, and of an event before the end that was changed to
        hide it. One look while an item is prepared, beside that work, serves its moment, too, which is not made late so:
        that comes `stage_lead` later, and the look may be LOOK_AGAIN old already. An item whose moment is now, as an
        emergency's, waits for a look.
        """
        if not due.items and not due.deliveries:
            return True
        if self._is_older_than(self._app.config.release.stage_lead + LOOK_AGAIN):
            self._look_at_all()
            return self._record_fits()
        if due.ahead and self._is_older_than(LOOK_AGAIN):
            self._pool.submit(self._look_beside)
        return True

    def _look_beside(self) -> None:
        if not self._looking_beside.acquire(blocking=False):
            return
        try:
            self._look_at_all()
        except Exception:  # it is looked at again before anything goes
            log.exception("the record could not be looked at")
        else:
            self.look()
        finally:
            self._looking_beside.release()

    def _record_kept(self) -> None:
        try:
            self._app.releaser.record_kept()
        except OutsideFailed:
            log.exception("what was sent cannot be written down yet; it is kept in memory and tried again")
        except Refused:
            log.exception("what was written down late could not be settled")

    def _hand_out(self) -> None:
        now, releaser = self._app.now(), self._app.releaser
        due = self._app.queue.due(now, besides=self._taken())
        if not self._is_looked_at(due):
            return
        for item_id in due.items:
            self._submit(item_id, partial(releaser.work, item_id))
        for delivery_id, item_id in due.deliveries:
            self._submit(item_id, partial(releaser.work_delivery, delivery_id))
        rests = (end - time.monotonic() for end in self._resting.values())
        moments = [
            self._app.queue.next_due(now),
            *(now + timedelta(seconds=rest) for rest in rests if rest > 0),
        ]
        if wake := min((moment for moment in moments if moment), default=None):
            self._timer.add_job(self.look, "date", run_date=wake, id="next", replace_existing=True)

    def _taken(self) -> set[str]:
        """The items that a thread is at, and those that rest."""
        now = time.monotonic()
        return self._busy | {item_id for item_id, end in self._resting.items() if end > now}

    def _submit(self, item_id: str, work: Callable[[], None]) -> None:
        """One thread at a time for an item; what broke rests a while before it is tried again."""
        if item_id in self._busy or self._resting.get(item_id, 0.0) > time.monotonic():
            return
        self._resting.pop(item_id, None)
        self._busy.add(item_id)
        try:
            self._pool.submit(self._work, item_id, work)
        except RuntimeError:  # no thread to be had; what the pool kept of it finds the item done, or does it
            self._busy.discard(item_id)
            self._resting[item_id] = time.monotonic() + self._app.config.daemon.look_every
            raise

    def _work(self, item_id: str, work: Callable[[], None]) -> None:
        broke = False
        try:
            work()
        except (Exception, EgressRefused):  # a bug in one item must not stop the others; it is logged whole
            log.exception("item %s: a step broke; it is tried again after a rest", item_id)
            broke = True
        finally:
            with self._looking:
                self._busy.discard(item_id)
                if broke:
                    self._resting[item_id] = time.monotonic() + self._app.config.daemon.look_every
        self.look()


@contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Holds the queue for this daemon; a second on the same file would send everything twice. Raises Refused."""
    lock = paths.open_private(
        database.with_name(database.name + ".lock"), os.O_RDWR
    )  # who may open it may hold it
    with os.fdopen(lock, "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused(f"another daemon already serves {database}", way_out="Stop it first.") from error
        yield


def run(config_path: str | Path | None) -> int:
    """Serves until SIGTERM or SIGINT, then finishes what is in flight. The exit code. Raises PublisherError."""
    logs.set_up()
    app = open_app(config_path)
    right_key.demand(app.register, app.end_file)
    starting.demand_secrets(app)
    starting.demand_approved(app)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    starting.warn_of_officers(app)
    starting.warn_of_risks(app)
    with only_one(app.config.database):
        _serve(app, stop)
    return 0


def _serve(app: App, stop: threading.Event) -> None:
    daemon = Daemon(app)
    settings = app.config.daemon
    server = Server(
        api.create(app, daemon.alive),
        host=settings.host,
        port=settings.port,
        unix=app.config.path(settings.socket) if settings.socket else None,
    )
    try:
        daemon.start()
        server.start()
        log.info("ready: %s, %d channels, %d sources", server.url, len(app.channels), len(app.config.sources))
        gc.collect()
        gc.freeze()  # what is imported stays: full collections over it cost 30 ms pauses in the hook
        stop.wait()
        log.info("stopping: finishing what is in flight")
        server.stop()
    finally:  # also where the port is taken: the lock is not given back before the last request has ended
        daemon.stop()
        app.close()
