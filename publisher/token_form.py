"""What a token looks like: `pub_<id>_<secret>`, so that one in the wrong place is known for what it is."""

from __future__ import annotations

import re

FORM = re.compile(r"pub_([0-9a-f]{12})_([0-9a-f]{64})")
"""A whole token: its id, and its secret of 256 bits."""
LOOKS_LIKE = re.compile(r"pub_[0-9a-f]{12}_[0-9a-f]*")
"""A token, or a piece of one."""
