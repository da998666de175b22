"""Where the read-only folders are: the repository in a checkout, `publisher/share` in a wheel."""

import os
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).parent
SHARE = next(root for root in (PACKAGE / "share", PACKAGE.parent) if (root / "templates").is_dir())
CHANNELS = SHARE / "channels"
TEMPLATES = SHARE / "templates"
MIGRATIONS = SHARE / "queue" / "migrations"
DEFAULT_CONFIG = SHARE / "config.toml"

PRIVATE = 0o600
"""Of every file that this program keeps for itself: officers ask by the socket, and backups run as its account."""
PASSED_THROUGH = 0o711
"""Of the queue's folder: a web server may pass through to the site that lies in it; nobody else sees what is there."""


def make_private_folder(folder: Path) -> None:
    """Makes it, if it is not there, whatever the process's umask is. One that is there stays as it is. Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not folder.is_dir():
            raise
        return
    folder.chmod(PASSED_THROUGH)


def open_private(file: Path, flags: int) -> int:
    """Opens, and makes if need be, a file that is this account's alone from its first byte on. Raises OSError."""
    handle = os.open(file, flags | os.O_CREAT, PRIVATE)
    if os.fstat(handle).st_uid == os.geteuid():
        os.fchmod(handle, PRIVATE)
    return handle


def replaced(file: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Puts `data` in the place of the file, if there is one: whole or not at all, and durable with its name. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(data)
            new.flush()
            os.fchmod(new.fileno(), mode)
            os.fsync(new.fileno())
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
    sync(file.parent)


def sync(folder: Path) -> None:
    """What was made, renamed or taken away in a folder is durable once the folder itself is (fsync(2)). Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
