"""Modules of version 0.1.0 under their old names: they open with a `DeprecationWarning` that says where they are."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from alia_judge._messages import message

__all__ = ["MOVED", "find_moved_modules", "moved_name"]

#: Old name -> new name, below ``alia_judge``. A name that its package now gives to a function is not here: opening a
#: module puts it in the package under its name, in front of the function.
MOVED = {
    "checks.language": "text.language",
    "checks.near_duplicates": "text.near_duplicates",
    "checks.personal_data": "text.personal_data",
    "compiling.admission": "compiling.constraints.feasibility",
    "compiling.aims": "compiling.constraints.tracker",
    "compiling.building": "compiling.space.build",
    "compiling.campaign": "compiling.proposals.rounds",
    "compiling.conclusion": "compiling.selection.conclusion",
    "compiling.constraint": "compiling.constraints.constraint",
    "compiling.demo_choice": "compiling.space.demonstrations",
    "compiling.deployable": "compiling.stack.candidates",
    "compiling.desk": "compiling.selection.common_items",
    "compiling.dissent_rows": "compiling.objective.statistics.log_score",
    "compiling.errands": "compiling.study.tasks",
    "compiling.estimation": "compiling.objective.comparison",
    "compiling.evidence": "compiling.verdict_table",
    "compiling.folds": "stats.folds",
    "compiling.front": "compiling.selection.front",
    "compiling.held_out": "compiling.selection.held_out",
    "compiling.learning": "compiling.race.learning_set",
    "compiling.measures": "compiling.constraints.measures",
    "compiling.metering": "compiling.proposals.metering",
    "compiling.named_judges": "compiling.selection.judges",
    "compiling.ordering": "compiling.race.ordering",
    "compiling.pareto": "compiling.selection.pareto",
    "compiling.permutation": "compiling.selection.permutation",
    "compiling.posterior": "compiling.race.posterior",
    "compiling.probing": "compiling.constraints.judge_measures",
    "compiling.proposal_report": "compiling.proposals.report",
    "compiling.proposing": "compiling.proposals.proposers",
    "compiling.racing": "compiling.race.racer",
    "compiling.rebuilding": "compiling.study.rebuild",
    "compiling.ridge": "stats.ridge",
    "compiling.search": "compiling.race.search",
    "compiling.single_choice": "compiling.selection.single",
    "compiling.sourcing": "compiling.race.sources",
    "compiling.space_in_words": "compiling.space.summary",
    "compiling.stack_choice": "compiling.selection.stack",
    "compiling.stacked": "compiling.stack.stacked_judge",
    "compiling.stacking": "compiling.stack.stack",
    "compiling.storage": "compiling.study.storage",
    "compiling.surface_model": "compiling.stack.surface_model",
    "compiling.target": "compiling.objective.target",
    "compiling.worker": "compiling.study.worker",
    "compiling.written_steps": "compiling.proposals.steps",
    "evaluation.alternative": "evaluation.agreement.alternative",
    "evaluation.baselines": "evaluation.comparisons.baselines",
    "evaluation.comparison": "evaluation.comparisons.comparison",
    "evaluation.correlations": "evaluation.agreement.correlations",
    "evaluation.crossfit": "evaluation.comparisons.crossfit",
    "evaluation.drift": "evaluation.comparisons.drift",
    "evaluation.error": "evaluation.agreement.error",
    "evaluation.leaderboard": "evaluation.ranking.leaderboard",
    "evaluation.learned": "evaluation.comparisons.learned",
    "evaluation.overlap": "evaluation.comparisons.overlap",
    "evaluation.pairs": "stats.all_pairs",
    "evaluation.panel": "evaluation.rated_items",
    "evaluation.parity": "evaluation.slices.parity",
    "evaluation.profile": "evaluation.agreement.profile",
    "evaluation.surface": "evaluation.comparisons.surface",
    "evaluation.surprise": "evaluation.slices.surprise",
    "evaluation.system_pairs": "evaluation.ranking.system_pairs",
    "evaluation.systems": "evaluation.ranking.systems",
    "evaluation.themes": "evaluation.slices.themes",
    "evaluation.unscored": "evaluation.agreement.unscored",
    "evaluation.wider": "evaluation.agreement.wider",
    "judging.adapter": "judging.question.adapter",
    "judging.asking": "judging.question.asking",
    "judging.builtin_rubrics": "judging.rubrics.builtin",
    "judging.criteria_question": "judging.question.criteria",
    "judging.distractors": "judging.answer.distractors",
    "judging.embeddings": "judging.demos.embeddings",
    "judging.fence": "judging.prompt.fence",
    "judging.granularity": "judging.question.granularity",
    "judging.neighbours": "judging.demos.neighbours",
    "judging.other_tools": "judging.rubrics.importers",
    "judging.parsing": "judging.answer.parsing",
    "judging.probabilities": "judging.answer.probabilities",
    "judging.ranking_question": "judging.question.ranking",
    "judging.readouts.temperature": "judging.readouts.retired",
    "judging.rubric": "judging.rubrics.rubric",
    "judging.rubric_files": "judging.rubrics.files",
    "judging.shown": "judging.prompt.shown",
    "judging.signature": "judging.prompt.signature",
    "judging.steps": "judging.question.steps",
    "judging.structured": "judging.answer.structured",
    "judging.surface": "text.surface",
    "judging.verdict": "judging.answer.verdict",
    "judging.weighing": "judging.question.weighing",
    "judging.wording": "judging.rubrics.wording",
    "judging.words": "judging.answer.vocabulary",
    "runner.panel": "runner.composite",
    "runner.watch": "runner.failures",
}
_PACKAGE = "alia_judge"


class _MovedModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a module under its old name: the module under its new one."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - as importlib calls it
        target: ModuleType | None = None,  # noqa: ARG002
        /,
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for a name that has moved; None for every other."""
        if fullname.removeprefix(f"{_PACKAGE}.") not in MOVED or not fullname.startswith(f"{_PACKAGE}."):
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module itself, under both names."""
        new = f"{_PACKAGE}.{MOVED[spec.name.removeprefix(f'{_PACKAGE}.')]}"
        warnings.warn(message("{name} is now {new}", name=spec.name, new=new), DeprecationWarning, stacklevel=2)
        module = importlib.import_module(new)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: it was run under its new name, which is the one it keeps."""
        module.__spec__ = self._spec


def find_moved_modules() -> None:
    """Have the old names found, after every real one."""
    if not any(isinstance(finder, _MovedModules) for finder in sys.meta_path):
        sys.meta_path.append(_MovedModules())


def moved_name(package: str, module: str, name: str) -> Any:
    """What a package's namesake of version 0.1.0 held, for the ``__getattr__`` of that package.

    Raises
    ------
    AttributeError
        If it held nothing of that name.
    """
    full = f"{package}.{module}"
    if not name.startswith("_"):
        found = getattr(importlib.import_module(full), name, None)
        if found is not None:
            warnings.warn(
                message("{package}.{name} is now {full}.{name}", package=package, name=name, full=full),
                DeprecationWarning,
                stacklevel=3,
            )
            return found
    raise AttributeError(f"module {package!r} has no attribute {name!r}")
