"""What to do about a failure, for whoever asks a server: more than can be known where it was raised."""

from __future__ import annotations

import shlex
import ssl
from collections.abc import Iterator

from publisher import config
from publisher.errors import ConfigError, PublisherError
from publisher.ways import SERVER, TOKEN_FILE, way_of

CERTIFICATE = (
    "The council's own authority? Name its file with SSL_CERT_FILE. Else do not go on: ask the sysadmin."
)
CLAIM = ", or name who you are with --as LOGIN"
"""What use cases offer to one who works on the database itself; whom a server knows cannot claim to be another."""


def way_out(error: PublisherError, given: str | None) -> str:
    """The error's own, where there is no more to say; `given` is the config.toml that was named."""
    behind = [*_behind(error)]
    if _lacks_token(error, behind):
        return _enrolling(given)
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in behind) and _asks_server(given):
        return f"Nothing was done. {CERTIFICATE}"
    if CLAIM in error.way_out and _asks_server(given):
        return error.way_out.replace(CLAIM, "")
    return error.way_out


def _behind(error: BaseException) -> Iterator[BaseException]:
    """What it was raised for, also where it says `from None`: that keeps a traceback short, and no secret in it is shown."""
    while cause := error.__cause__ or error.__context__:
        yield cause
        error = cause


def _lacks_token(error: PublisherError, behind: list[BaseException]) -> bool:
    """True where the file that [client] names for the token is not there: nobody has enrolled yet."""
    of_token = isinstance(error, ConfigError) and error.field == "client.token"
    return of_token and any(isinstance(one, FileNotFoundError) for one in behind)


def _enrolling(given: str | None) -> str:
    file = config.find(given)
    client, _ = config.client(file)
    place = file.resolve().parent / client.token.partition(":")[2]
    asked = f"{SERVER}={shlex.quote(client.server)} {TOKEN_FILE}=FILE"
    return (
        f"Get it, with the FILE that a director gave you: "
        f"`{asked} publisher token enrol --to {shlex.quote(str(place))}`"
    )


def _asks_server(given: str | None) -> bool:
    """True where a server or the daemon's socket is named, be it well or not."""
    try:
        return way_of(given) is not None
    except PublisherError:
        return True
