"""Property tests by example count, not by the clock: a busy machine is no fault of the code."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("stats", settings.get_profile("without a clock"), max_examples=60)
settings.load_profile("stats")
