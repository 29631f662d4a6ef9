"""`compile_judge` with the options of a search written flat, as many tests vary one at a time."""

from __future__ import annotations

import dataclasses
from typing import Any

import alia_judge
from alia_judge import CompiledJudge, Deployment, Proposals, Resampling, SearchOptions

_CLASSES = {
    "options": SearchOptions,
    "deployment": Deployment,
    "proposals": Proposals,
    "resampling": Resampling,
}
#: What is called otherwise when it is written flat.
_FLAT = {
    "readouts": ("deployment", "reads"),
    "deploy_calls": ("deployment", "calls"),
    "proposals": ("proposals", "n"),
    "proposal_rounds": ("proposals", "rounds"),
}
_HOMES = _FLAT | {
    field.name: (name, field.name)
    for name, kind in _CLASSES.items()
    for field in dataclasses.fields(kind)
    if (name, field.name) not in _FLAT.values()
}


def compile_judge(*args: Any, **flat: Any) -> CompiledJudge:
    """The same, each option in the object that has it."""
    objects: dict[str, dict[str, Any]] = {}
    for name in [name for name in flat if name in _HOMES]:
        home, new = _HOMES[name]
        value = flat.pop(name)
        if value is not None:
            objects.setdefault(home, {})[new] = value
    made = {home: _CLASSES[home](**values) for home, values in objects.items()}
    return alia_judge.compile_judge(*args, **flat, **made)
