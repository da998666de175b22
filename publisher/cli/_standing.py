"""How it stands, in a terminal and to a program: the same of a channel and of any check of the doctor (publisher/health.py)."""

from __future__ import annotations

from publisher.errors import EXIT_DONE, EXIT_NO, EXIT_WAITS

COLOURS = {"good": "green", "attention": "yellow", "wrong": "red"}
EXITS = {"good": EXIT_DONE, "attention": EXIT_WAITS, "wrong": EXIT_NO}
"""The gravest last."""
