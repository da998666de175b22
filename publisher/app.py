"""The composition root: a configuration becomes the parts, wired. Nothing else builds anything that opens something.

Each part is imported where it is built: `publisher list` must not wait for the picture library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import config

if TYPE_CHECKING:
    from publisher.accepting import Accepting
    from publisher.accounts import Accounts
    from publisher.afterwards import Afterwards
    from publisher.bundle import Bundler
    from publisher.channel_health import ChannelHealth
    from publisher.channels import Channel
    from publisher.checkpoints import Checkpoints
    from publisher.clearance import Seal
    from publisher.clearing import Clearing
    from publisher.compose import Composer
    from publisher.concerns import Concerns
    from publisher.consents import Consents
    from publisher.costs import Costs
    from publisher.decisions import Decisions
    from publisher.designating import Designating
    from publisher.desk import Desk
    from publisher.editions import Editions
    from publisher.ends import EndFile
    from publisher.erasing import Erasing
    from publisher.forgotten import Forgotten
    from publisher.health_book import HealthBook
    from publisher.holding import Holding
    from publisher.holds import Holds
    from publisher.identities import Identities
    from publisher.judging import Judge
    from publisher.lastcheck import LastCheck
    from publisher.leaving import Leaving
    from publisher.links import Links
    from publisher.logbook import Logbook
    from publisher.media import MediaStore
    from publisher.overrides import Overrides
    from publisher.overview import Overview
    from publisher.policy import Gate
    from publisher.policy.watching import Rules
    from publisher.precautions import Precautions
    from publisher.proofs import Proofs
    from publisher.queue import Queue
    from publisher.record import End
    from publisher.register import Register
    from publisher.release import Releaser
    from publisher.retention import Retention
    from publisher.risks import Risks
    from publisher.terms import Terms
    from publisher.tokens import Tokens
    from publisher.verdicts import Verdicts
    from publisher.verifying import Verifier


def system_clock() -> datetime:
    """The moment now, aware, in UTC. Passed in everywhere; called nowhere else."""
    return datetime.now(UTC)


class App:
    """Everything that one config.toml describes; each part is built when it is first asked for."""

    def __init__(
        self, settings: config.Config, *, now: Callable[[], datetime] = system_clock, create: bool = False
    ) -> None:
        self.config, self.now, self._create = settings, now, create

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """The channels that are switched on, in config.toml's order."""
        from publisher import channels

        return {name: channels.load_closed(name, self.config, self.now) for name in self.config.live_channels}

    @cached_property
    def queue(self) -> Queue:
        """The queue. Raises InputError where there is none yet."""
        from publisher.ends import attach, demand_not_lost
        from publisher.queue import open_queue

        demand_not_lost(self.config.database)
        queue = open_queue(self.config.database, create=self._create, ended=self._keep_end)
        attach(queue.engine, lambda: self.end_file)
        return queue

    def _keep_end(self, end: End) -> None:
        self.end_file.came(end)

    @cached_property
    def end_file(self) -> EndFile:
        """Where the record's end is kept outside the database."""
        from publisher.ends import EndFile

        return EndFile(self.config.database, self.seal)

    @cached_property
    def checkpoints(self) -> Checkpoints:
        """The record's signed checkpoints."""
        from publisher.checkpoints import Checkpoints

        beside = self.config.database.with_name(f"{self.config.database.name}.checkpoints")
        elsewhere = self.config.record.checkpoints
        file = self.config.path(elsewhere) if elsewhere else beside
        return Checkpoints(self.queue, self.seal, file, self.now, self.verifier.whole_problem)

    @cached_property
    def verifier(self) -> Verifier:
        """What finds whether the record is whole."""
        from publisher.verifying import Verifier

        return Verifier(self.queue, self.end_file, lambda: self.checkpoints, self.seal)

    @cached_property
    def logbook(self) -> Logbook:
        """The record, to be read and handed over."""
        from publisher.logbook import Logbook

        return Logbook(self.config, self.queue, self.checkpoints, self.register, self.now)

    @cached_property
    def bundler(self) -> Bundler:
        """All about one item, to be handed over."""
        from publisher.bundle import Bundler

        return Bundler(
            self.config,
            self.queue,
            self.register,
            self.overrides,
            self.store,
            self.verifier,
            self.checkpoints,
            self.now,
        )

    @cached_property
    def accepting(self) -> Accepting:
        """What lets a record count again."""
        from publisher.accepting import Accepting

        return Accepting(
            self.queue, self.end_file, self.verifier, self.register, self.precautions, self.now, lambda: self.today
        )  # fmt: skip

    @cached_property
    def precautions(self) -> Precautions:
        """What is done at once where the database may be an older one."""
        from publisher.precautions import Precautions

        return Precautions(self.queue, self.tokens, self.holding, self.clearing, self.now)

    @cached_property
    def forgotten(self) -> Forgotten:
        """What people look through once an older database was put back."""
        from publisher.forgotten import Forgotten

        return Forgotten(
            self.queue, self.register, self.editions, self.consents, self.holds, self.risks,
            lambda: self.channels, lambda: self.today,
        )  # fmt: skip

    @cached_property
    def register(self) -> Register:
        """The register of designated officers."""
        from publisher.register import Register

        return Register(self.queue, self.seal, self.editions, self.config.council.timezone)

    @cached_property
    def editions(self) -> Editions:
        """The editions of the written policy."""
        from publisher.editions import Editions

        return Editions(self.queue, self.seal)

    @cached_property
    def designating(self) -> Designating:
        """What changes the register."""
        from publisher.designating import Designating

        return Designating(self.config, self.queue, self.register, self.editions, self.now)

    @cached_property
    def leaving(self) -> Leaving:
        """What switches officers off."""
        from publisher.leaving import Leaving

        return Leaving(self.queue, self.register, self.holding, self.now)

    @cached_property
    def rules(self) -> Rules:
        """Gives the policy gate as the rule files are now."""
        from publisher.policy.watching import Rules

        return Rules(self.config)

    @cached_property
    def gate(self) -> Gate:
        """The policy gate with the council's own rules, as they were when it was first asked for."""
        return self.rules()

    @property
    def today(self) -> date:
        """The day on the council's wall clock."""
        from publisher.times import local

        return local(self.now(), self.config.council.timezone).date()

    def start_reader(self) -> None:
        """Starts the second reader, where there is one, for what will be judged. Raises ConfigError where it must be and is not."""
        from publisher.policy import start_reader

        start_reader(self.config)

    @cached_property
    def store(self) -> MediaStore:
        """The pictures."""
        from publisher.media import MediaStore

        return MediaStore(self.config.path(self.config.queue.media))

    @cached_property
    def seal(self) -> Seal:
        """What seals cleared posts."""
        from publisher.clearance import open_seal

        return open_seal(self.config.path(self.config.queue.seal_key), create=self._create)

    @cached_property
    def sketcher(self) -> Composer:
        """Composes for the gate alone: nothing is drawn or kept."""
        from publisher.compose import Composer

        return Composer(self.config, self.channels, None)

    @cached_property
    def composer(self) -> Composer:
        """Composes what will be sent: pictures are drawn and kept."""
        from publisher.compose import Composer

        return Composer(self.config, self.channels, self.store)

    @cached_property
    def concerns(self) -> Concerns:
        """Concerns about posts and people, in confidence."""
        from publisher.concern_drawer import Drawer
        from publisher.concerns import Concerns

        drawer = Drawer(self.queue, self.seal, self.now)
        return Concerns(self.queue, self.register, drawer, self.holding, self.decisions, self.now)

    @cached_property
    def consents(self) -> Consents:
        """Whether people agreed to be shown."""
        from publisher.consents import Consents

        return Consents(self.config, self.queue, self.register, self.seal, self.now)

    @cached_property
    def accounts(self) -> Accounts:
        """The business cases of services' own accounts."""
        from publisher.accounts import Accounts

        return Accounts(self.config, self.queue, self.register, self.seal, self.now)

    @cached_property
    def identities(self) -> Identities:
        """Whose account each channel posts to."""
        from publisher.identities import Identities

        return Identities(self.config, self.queue, lambda: self.channels, self.register, self.seal, self.now)

    @cached_property
    def health_book(self) -> HealthBook:
        """What was found when the channels' platforms were last asked."""
        from publisher.health_book import HealthBook

        return HealthBook(self.queue)

    @cached_property
    def proofs(self) -> Proofs:
        """What asks the channels' platforms whose accounts they are, and demands it."""
        from publisher.proofs import Proofs

        return Proofs(self.identities, self.health_book, lambda: self.channels, self.now)

    @cached_property
    def channel_health(self) -> ChannelHealth:
        """How the channels' credentials stand."""
        from publisher.channel_health import ChannelHealth

        return ChannelHealth(self.config, lambda: self.channels, self.identities, self.health_book, self.now)

    @cached_property
    def links(self) -> Links:
        """What of the council's accounts is linked to what."""
        from publisher.links import Links

        return Links(self.config, self.queue, self.register, self.accounts, self.seal, self.now)

    @cached_property
    def terms(self) -> Terms:
        """Whose terms of use were read."""
        from publisher.terms import Terms

        return Terms(self.config, self.queue, self.register, self.seal, self.rules, self.now)

    @cached_property
    def risks(self) -> Risks:
        """What directors accepted against a platform's terms."""
        from publisher.risks import Risks

        return Risks(self.config, self.queue, self.register, self.seal, self.now)

    @cached_property
    def tokens(self) -> Tokens:
        """How officers are known from elsewhere."""
        from publisher.tokens import Tokens

        return Tokens(self.queue, self.register, self.seal, self.now, self.config.council.timezone)

    @cached_property
    def overrides(self) -> Overrides:
        """What second officers let go."""
        from publisher.overrides import Overrides

        return Overrides(self.config, self.queue, self.register, self.seal, self.now)

    @cached_property
    def holds(self) -> Holds:
        """What is not to be erased."""
        from publisher.holds import Holds

        return Holds(self.queue, self.register, self.seal, self.now, lambda: self.today)

    @cached_property
    def erasing(self) -> Erasing:
        """What takes the words of items out."""
        from publisher.erasing import NOT_ERASED, Erasing

        return Erasing(
            self.queue, self.store, self.holds, self.overrides, self.clearing, self.now,
            lambda: self.verifier.demand_whole(otherwise=NOT_ERASED),
        )  # fmt: skip

    @cached_property
    def retention(self) -> Retention:
        """What erases by the council's schedule."""
        from publisher.disposal import kinds
        from publisher.retention import Retention

        due = kinds(self.erasing, self.overrides, self.clearing, self.store, self.seal)
        return Retention(self.config, self.queue, self.holds, due, self.erasing, self.now)

    @cached_property
    def costs(self) -> Costs:
        """What posts cost."""
        from publisher.costs import Costs

        return Costs(self.config, self.queue, lambda: self.sketcher.limits)

    @cached_property
    def verdicts(self) -> Verdicts:
        """Every verdict with what it was made from."""
        from publisher.policy import installed_reader
        from publisher.verdicts import Verdicts

        return Verdicts(self.queue, self.seal, installed_reader, self.now)

    @cached_property
    def clearing(self) -> Clearing:
        """What gives and takes clearances."""
        from publisher.clearing import Clearing

        return Clearing(self.seal)

    @cached_property
    def judge(self) -> Judge:
        """What puts items before the gate."""
        from publisher.judging import Judge

        return Judge(
            self.config, self.queue, self.register, self.consents, self.overrides, self.terms, self.accounts, self.rules, lambda: self.sketcher.limits,
            self.now,
        )  # fmt: skip

    @cached_property
    def desk(self) -> Desk:
        """Where items are handed in, by the CLI and the hook."""
        from publisher.desk import Desk

        return Desk(
            self.config, self.queue, self.judge, self.verdicts, self.composer, self.clearing, self.now
        )

    @cached_property
    def overview(self) -> Overview:
        """The items of the queue as people look at them."""
        from publisher.overview import Overview

        return Overview(
            self.queue, self.register, self.editions, lambda: self.today, self.config.council.timezone,
            self.verifier.end_problem, self.last_check.by_hand, self.channel_health.stopped,
        )  # fmt: skip

    @cached_property
    def decisions(self) -> Decisions:
        """What officers decide of items in the queue."""
        from publisher.decisions import Decisions
        from publisher.requeueing import Requeuer

        requeuer = Requeuer(
            self.config, self.queue, self.composer, self.clearing, self.judge, self.verdicts, self.now
        )
        return Decisions(
            self.config, self.queue, self.judge, self.overrides, requeuer, self.clearing, self.now
        )

    @cached_property
    def holding(self) -> Holding:
        """What holds items for a person's decision."""
        from publisher.holding import Holding

        return Holding(self.queue, self.clearing, self.now)

    @cached_property
    def afterwards(self) -> Afterwards:
        """What is left of emergencies once they are out."""
        from publisher.afterwards import Afterwards

        return Afterwards(self.queue, self.judge, self.now)

    @cached_property
    def last_check(self) -> LastCheck:
        """What looks at an item before it goes."""
        from publisher.lastcheck import LastCheck

        return LastCheck(self.config, self.queue, self.clearing, self.judge, self.verdicts, self.now)

    @cached_property
    def releaser(self) -> Releaser:
        """What the daemon does."""
        from publisher.release import Parts, Releaser

        return Releaser(
            Parts(self.config, self.queue, self.channels, self.last_check, self.store, self.proofs, self.now)
        )

    def close(self) -> None:
        """Gives back what was opened."""
        if "channels" in self.__dict__:
            for channel in self.channels.values():
                channel.close()
        if "queue" in self.__dict__:
            self.queue.close()


def open_app(
    path: str | Path | None = None, *, now: Callable[[], datetime] = system_clock, create: bool = False
) -> App:
    """The app for the config.toml at `path`, else PUBLISHER_CONFIG, else here. Raises ConfigError."""
    return App(config.load(config.find(str(path) if path else None)), now=now, create=create)
