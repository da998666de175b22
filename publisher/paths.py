"""Where the read-only folders are: the repository in a checkout, `publisher/share` in a wheel."""

import os
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
