"""Which probes there are: the library's, and those that other packages register."""

from __future__ import annotations

from collections.abc import Iterable

from alia_judge._registry import Registry
from alia_judge.probes.base import AnyProbe, JudgeProbe

__all__ = ["all_probes", "probes_named"]


def _section(probe: AnyProbe) -> tuple[bool, bool]:
    """What must not matter of the items, then of the judge, then what must matter: the order of the report."""
    if isinstance(probe, JudgeProbe):
        return False, True
    return probe.expectation != "same", False


_probes: Registry[AnyProbe] = Registry(
    "alia_judge.probes",
    attribute="PROBES",
    group="alia_judge.probes",
    what="probe",
    key=lambda probe: probe.name,
    order=_section,
)


def all_probes() -> tuple[AnyProbe, ...]:
    """Every probe, in the order of the report: the ``PROBES`` of each module of this folder, and other packages'.

    Raises
    ------
    UsageError
        If two probes have one name.
    """
    return tuple(_probes().values())


def probes_named(names: Iterable[str]) -> tuple[AnyProbe, ...]:
    """The probes of these names.

    Raises
    ------
    UsageError
        If there is no probe of a name.
    """
    return tuple(_probes.named(name) for name in names)
