"""Connecting an account whose tokens end: its owner says yes in a browser, and the program keeps what that gives.

By OAuth 2.0 with PKCE (RFC 6749 §4.1, RFC 7636) and `state` (RFC 6749 §10.12); the platform's own part is the adapter's. What
comes is tried before it takes the place of what is there: an account is never exchanged for another by who was logged in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from publisher import paths, secrecy
from publisher.channels import connection, remade
from publisher.errors import ChannelFailed, ConfigError, InputError, OutsideFailed, Refused
from publisher.model import Outcome
from publisher.settings import SECRET_SOURCES, references
from publisher.token_files import TokenFile

if TYPE_CHECKING:
    from publisher.channels import Channel, Identity
    from publisher.token_files import Tokens

ASKED_LIVES = timedelta(minutes=15)
"""How long an answer is waited for: long enough to log in and to find the second factor."""
ANSWER = "--answer"
MOVE = "--another-account"
_WHOLE = "Paste the whole address from the browser's address bar, although its page shows nothing."
_CODE = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked, and is answered once."""

    state: str
    verifier: str
    at: datetime


class Connecting:
    """Connects one channel. Raises InputError where it needs none."""

    def __init__(self, channel: Channel) -> None:
        found = connection(channel)
        if found is None:
            raise _needs_none(channel)
        self._channel, self._connection = channel, found
        self._asked = found.file.path.with_name(found.file.path.name + ".asked")
        self._again = f"Run `publisher connect {channel.settings.name}` again."

    def begin(self, now: datetime) -> str:
        """The address that the account's owner opens.

        Raises ConfigError, and OutsideFailed, where nothing can be kept: before anybody logs in.
        """
        self._connection.file.demand_free()
        asked = _Asked(secrets.token_urlsafe(32), secrets.token_urlsafe(64), now)
        secrecy.known(asked.verifier, passing=True)
        digest = hashlib.sha256(asked.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        address = self._connection.address(asked.state, challenge)
        self._keep(asked)
        return address

    def finish(self, answer: str, now: datetime, *, another: bool = False) -> Identity:
        """Whose account it is, once its tokens are kept. `answer` is the address that the browser was led to.

        `another` lets the channel become another account. Raises InputError, Refused, and OutsideFailed.
        """
        asked = self._question(now)
        code = self._code(answer, asked.state)
        self._asked.unlink(missing_ok=True)
        tokens = self._connection.exchanged(code, asked.verifier, now)
        return self._proved(tokens, now, another=another)

    # --- the question ----------------------------------------------------------------------------------------

    def _keep(self, asked: _Asked) -> None:
        value = {"state": asked.state, "verifier": asked.verifier, "at": asked.at.isoformat()}
        try:
            handle = paths.open_private(self._asked, os.O_WRONLY | os.O_TRUNC)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file)
        except OSError as error:
            raise OutsideFailed(
                f"{self._asked} cannot be written: {error.strerror}",
                way_out="Make its folder, for the account that runs the daemon.",
            ) from error

    def _question(self, now: datetime) -> _Asked:
        try:
            value = json.loads(self._asked.read_text(encoding="utf-8"))
            asked = _Asked(value["state"], value["verifier"], datetime.fromisoformat(value["at"]))
            late = not timedelta(0) <= now - asked.at <= ASKED_LIVES
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(
                "nothing was asked that this could answer", field=ANSWER, way_out=self._again
            ) from None
        if late:
            raise InputError(
                f"it answers what was asked more than {ASKED_LIVES.seconds // 60} minutes ago", field=ANSWER, way_out=self._again
            )  # fmt: skip
        return asked

    def _code(self, answer: str, state: str) -> str:
        """What the owner's yes gave, if the address answers this question and no other."""
        given = _parameters(answer)
        if not given.keys() & {"code", "error"}:
            raise InputError("there is no answer in that address", field=ANSWER, way_out=_WHOLE)
        if not hmac.compare_digest(given.get("state", "").encode(), state.encode()):
            raise Refused(
                "that address answers another question than the last one asked here (its state differs)", way_out=self._again
            )  # fmt: skip
        if "error" in given:
            said = given["error"] if _CODE.fullmatch(given["error"]) else "an error"
            no = "the account's owner said no" if said == "access_denied" else f"the platform said {said}"
            raise Refused(f"not connected: {no}", way_out=self._again)
        return given["code"]

    # --- the proof -------------------------------------------------------------------------------------------

    def _proved(self, tokens: Tokens, now: datetime, *, another: bool) -> Identity:
        """Stored first, in a file of its own, since trying them may already renew them."""
        file = self._connection.file
        trial = file.path.with_name(file.path.name + ".trial")
        settings = self._channel.settings.without(f"{SECRET_SOURCES[1]}{trial}")
        tried = remade(self._channel, settings)
        try:
            kept = TokenFile(trial, field="", way_out="")
            kept.store(tokens)
            identity = self._identity(tried, now)
            if identity is None:
                raise Refused("the platform does not say whose account it is", way_out=self._again)
            self._demand_right(identity, another=another)
            file.store(replace(kept.read(), account=identity.account))
        finally:
            tried.close()
            for ending in ("", ".lock", ".new"):
                trial.with_name(trial.name + ending).unlink(missing_ok=True)
        return identity

    def _identity(self, tried: Channel, now: datetime) -> Identity | None:
        """Whose account it is. That there is no answer ends it here, although the words, which are for the daemon, say that it asks again."""
        try:
            return tried.identify(now)
        except ChannelFailed as failure:
            if failure.judgement.outcome not in {Outcome.WAIT, Outcome.UNKNOWN}:
                raise
            way_out = f"Nothing was kept, and connecting is not tried again by itself. {self._again}"
            raise OutsideFailed(failure.judgement.officer, way_out=way_out) from None

    def _demand_right(self, identity: Identity, *, another: bool) -> None:
        lacking = self._channel.scopes - (identity.scopes or frozenset())
        if identity.scopes is not None and lacking:
            raise Refused(
                f"the platform gave fewer rights than were asked for: {', '.join(sorted(lacking))} is lacking",
                way_out=f"See the app's settings there. {self._again}",
            )
        before = self._account_before()
        if before and before != identity.account and not another:
            raise Refused(
                f"that is {identity.name} ({identity.account}), and the channel has been {before}: nothing was changed",
                way_out=f"Log in there with the right account; or say {MOVE}, if the channel moves.",
            )

    def _account_before(self) -> str:
        try:
            return self._connection.file.read().account
        except ConfigError:
            return ""


def _parameters(answer: str) -> Mapping[str, str]:
    """The query of the address that was pasted, each name once. Raises InputError."""
    try:
        given = parse_qs(urlsplit("".join(answer.split())).query, max_num_fields=20)
    except ValueError:
        given = {}
    if any(len(values) > 1 for values in given.values()):
        raise InputError("a name stands twice in that address", field=ANSWER, way_out=_WHOLE)
    found = {name: values[0] for name, values in given.items()}
    if "code" in found:
        secrecy.known(found["code"], passing=True)
    return found


def _needs_none(channel: Channel) -> InputError:
    settings: Any = channel.settings
    wanted = [each.removeprefix(SECRET_SOURCES[0]) for each in references(settings)]
    way_out = f"Set its secrets: {', '.join(wanted)}." if wanted else "It has no account."
    if "tokens" in type(settings).model_fields:
        way_out += f' To connect it in a browser instead, first set auth = "oauth2" in [channels.{settings.name}] (docs/channels.md).'
    return InputError(f"{settings.name} needs no connecting", field="CHANNEL", way_out=way_out)
