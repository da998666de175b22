"""What posts cost, as people read it."""

from __future__ import annotations


def dollars(amount: float) -> str:
    """`$0.20`, `$0.015`: a platform's prices have tenths of a cent, which must not be rounded away."""
    thousandths = round(amount * 1_000)
    return f"${amount:.3f}" if thousandths % 10 else f"${amount:.2f}"


def cost_lines(cost_usd: float | None) -> list[str]:
    """What an item's posts cost together; nothing where no platform asks for anything."""
    return [f"costs {dollars(cost_usd)}, which the platforms charge for its posts"] if cost_usd else []
