"""Where the read-only folders are: the repository in a checkout, `publisher/share` in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent
SHARE = next(root for root in (PACKAGE / "share", PACKAGE.parent) if (root / "templates").is_dir())
CHANNELS = SHARE / "channels"
TEMPLATES = SHARE / "templates"
MIGRATIONS = SHARE / "queue" / "migrations"
DEFAULT_CONFIG = SHARE / "config.toml"
