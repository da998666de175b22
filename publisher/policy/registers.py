"""What the council keeps beside the rules, as dated data: elections."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers of the rule folders."""
