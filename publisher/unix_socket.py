"""A socket in the file system, for the officers of this machine.

The kernel says who connected (SO_PEERCRED, unix(7)): nobody can claim to be another there, whatever they send.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import stat
import struct
from pathlib import Path
from typing import Any

from publisher.errors import OutsideFailed

MODE = 0o660
"""Who may ask: the daemon's account and its group. Who they are, and what they may, is another question."""
BACKLOG = 128
PATH_MOST = 107
"""Bytes of a path by which a client can connect (sun_path of unix(7), less the end mark)."""
_UCRED = struct.Struct("=iII")
"""struct ucred of unix(7): process, user, group."""


class UnixSocket:
    """A Unix socket in the file system: there with its mode at once, or not at all; taken away by `close`."""

    def __init__(self, path: Path) -> None:
        """Raises OutsideFailed where it cannot be had."""
        if not hasattr(socket, "SO_PEERCRED"):
            raise _no_socket(path, "this system does not say who connects")
        self._path = path
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._bind()
        except OSError as error:
            self.listener.close()
            raise _no_socket(path, error.strerror or str(error)) from error
        except OutsideFailed:
            self.listener.close()
            raise

    def _bind(self) -> None:
        """Under another name first: until it has its mode, and listens, nobody finds it (umask is the process's, not ours)."""
        _demand_free(self._path)
        waiting = self._path.with_name(f".{secrets.token_hex(4)}")
        self.listener.bind(str(waiting))
        try:
            waiting.chmod(MODE)
            self.listener.listen(BACKLOG)
            self._identity = _identity(waiting)
            waiting.replace(self._path)
        except OSError:
            waiting.unlink(missing_ok=True)
            raise

    def close(self) -> None:
        """Takes the socket away, unless another stands in its place."""
        self.listener.close()
        with contextlib.suppress(OSError):
            if _identity(self._path) == self._identity:
                self._path.unlink()


def _identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino


def _demand_free(path: Path) -> None:
    """Only a socket that nobody answers on may be replaced: no link, no file, no other server. Raises OutsideFailed."""
    if len(os.fsencode(path)) > PATH_MOST:
        raise _no_socket(path, f"its path has more than {PATH_MOST} bytes")
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise _no_socket(path, "something else is there")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        knock.settimeout(1)
        try:
            knock.connect(str(path))
        except ConnectionRefusedError:
            return
    raise _no_socket(path, "another server answers there")


def _no_socket(path: Path, why: str) -> OutsideFailed:
    return OutsideFailed(
        f"Cannot listen on the socket {path}: {why}",
        way_out="Stop what is using it, or name another with [daemon] socket in config.toml.",
    )


def peer(connection: Any) -> int | None:
    """The user at the other end of a Unix socket, by the kernel's word; None where the socket is another."""
    if connection is None or connection.family != socket.AF_UNIX:
        return None
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    return int(_UCRED.unpack(told)[1])
