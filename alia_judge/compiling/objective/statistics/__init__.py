"""The statistics that a search may maximise, one a module."""

from alia_judge._registry import Registry
from alia_judge.compiling.objective.statistics.base import NeedsOther, SetStatistic

__all__ = ["NeedsOther", "SetStatistic", "all_statistics"]

#: Every statistic by name: the ``STATISTICS`` of each module of this folder, and those of the entry point group
#: ``alia_judge.objectives``.
all_statistics: Registry[SetStatistic] = Registry(
    "alia_judge.compiling.objective.statistics",
    attribute="STATISTICS",
    group="alia_judge.objectives",
    what="objective",
    key=lambda statistic: statistic.name,
)
