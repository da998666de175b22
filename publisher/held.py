"""By which credentials an adapter sends: read once, held by its client, and told as a digest, so that a proof is held to them.

A file of a secret may be replaced while all runs. What was proved of the account by one token says nothing of another: so a
changed secret is not used by the way. It is taken up where the platform is asked whose account it is (`identify`), and until
then `credentials` fits no proof.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from publisher.channels import ClosesClient
from publisher.settings import references

if TYPE_CHECKING:
    from publisher.wire import Declaring

    class Holding(Declaring, Protocol):
        """An adapter, as far as its client is made by what it holds."""

        @property
        def held(self) -> Mapping[str, str]: ...


def digest(secrets: Iterable[str]) -> str:
    """One line for all of them, by which nobody can tell any; another for any other."""
    each = "".join(hashlib.sha256(one.encode()).hexdigest() for one in secrets)
    return hashlib.sha256(each.encode()).hexdigest()


class HoldsSecrets(ClosesClient):
    """For adapters whose `client` is made once, by the secrets that their table names."""

    settings: Any

    @cached_property
    def held(self) -> Mapping[str, str]:
        """Each secret, by where it is. Raises ConfigError where one is missing."""
        return self._read()

    def credentials(self) -> str:
        """A digest of what is held; nothing where that is not what stands there now. Raises ConfigError."""
        return digest(self.held.values()) if self.held == self._read() else ""

    def take_up(self) -> None:
        """Secrets that were replaced count from here on. Raises ConfigError."""
        if self.held != self._read():
            self.close()
            for name in ("client", "held"):
                self.__dict__.pop(name, None)

    def _read(self) -> Mapping[str, str]:
        return {where: self.settings.secret(where) for where in references(self.settings)}
