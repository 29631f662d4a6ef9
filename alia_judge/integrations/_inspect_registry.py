"""What Inspect finds by its entry point: the scorers ``alia_judge/judge`` and ``alia_judge/criteria``."""

from __future__ import annotations

from alia_judge.integrations.inspect import registered

__all__ = ["criteria", "judge"]

#: A published judge; and one of several criteria, with a mean of each.
judge = registered("judge", criteria=False)
criteria = registered("criteria", criteria=True)
