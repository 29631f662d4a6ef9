"""``alia-judge demo``: the main path on the bundled sample, with the embedded model."""

from __future__ import annotations

__all__ = ["demo"]


def demo() -> None:
    """Run the main path on the bundled sample."""
