"""Turn human ratings into a trusted benchmark, and a prompt into a judge that agrees with it.

The path, as a user writes it::

    import alia_judge as aj

    ratings = aj.load_ratings("annotations.jsonl")
    audit = aj.audit_ratings(ratings)
    benchmark = aj.build_benchmark(ratings, criterion="helpfulness", group_by="conversation")
    judge = aj.Judge(aj.Rubric(...), lm="openai/gpt-4o-mini")
    tuned = aj.compile_judge(judge, train=benchmark.train, dev=benchmark.dev, budget=aj.Budget(calls=4000))
    result = aj.evaluate_judge(tuned, benchmark.test)
    aj.publish_judge(tuned, "my-judge/", evaluation=result)
    aj.load_judge("my-judge/")(prompt="...", response="...").score

Importing the package loads nothing heavy: each public name is imported from its module when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from alia_judge._moved import find_moved_modules
from alia_judge._version import __version__

if TYPE_CHECKING:
    from alia_judge.annotation import Sheet, make_sheet, rated_items
    from alia_judge.benchmark import (
        Benchmark,
        RatingsAudit,
        audit_ratings,
        build_benchmark,
        build_benchmarks,
        merge_ratings,
        select_items,
        what_to_annotate,
    )
    from alia_judge.checks import redact_ratings
    from alia_judge.cli.run_file import run_file
    from alia_judge.compiling.budget import Budget
    from alia_judge.compiling.compiler import CompiledJudge, compile_judge
    from alia_judge.compiling.constraints.constraint import Constraint
    from alia_judge.compiling.objective.objective import Objective
    from alia_judge.compiling.optimizer import JudgeOptimizer
    from alia_judge.compiling.options import Deployment, Proposals, Resampling, SearchOptions
    from alia_judge.compiling.proposals.proposers import DSPyProposer, RubricProposer
    from alia_judge.compiling.result import CompileResult
    from alia_judge.compiling.space.space import SearchSpace
    from alia_judge.compiling.study.rebuild import rebuild_judge
    from alia_judge.errors import AliaJudgeError, DataError, DegenerateDataWarning
    from alia_judge.evaluation import EvaluationOptions, EvaluationResult, evaluate_judge, evaluate_scores, read_scores
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import (
        AnalyticJudge,
        CascadeJudge,
        ChecklistJudge,
        CriteriaJudge,
        LanguageJudge,
        ListwiseJudge,
        PairwiseJudge,
        PanelJudge,
        PreferenceJudge,
        SampledJudge,
    )
    from alia_judge.judging.rubrics.builtin import builtin_rubric
    from alia_judge.judging.rubrics.files import load_rubric
    from alia_judge.judging.rubrics.rubric import Rubric
    from alia_judge.judging.tournament import pair_items, strengths_of_pairs, strengths_of_rankings
    from alia_judge.models.bank import RecordedBank, export_bank
    from alia_judge.models.check import ModelCheck, check_model
    from alia_judge.models.resolve import resolve_lm
    from alia_judge.probes import ProbeMeasure
    from alia_judge.publishing import load_judge, publish_benchmark, publish_judge
    from alia_judge.ratings import Decision, Ratings, load_decisions, load_ratings, load_sample
    from alia_judge.records import Item, Rating, Scale, Turn, Verdict
    from alia_judge.runner import RunOptions, VerdictStore, run

#: Where each public name lives. The `TYPE_CHECKING` block above says the same to type checkers; a test compares them.
_HOME = {
    "AliaJudgeError": "errors",
    "AnalyticJudge": "judging.kinds",
    "Benchmark": "benchmark",
    "Budget": "compiling.budget",
    "CascadeJudge": "judging.kinds",
    "ChecklistJudge": "judging.kinds",
    "CompileResult": "compiling.result",
    "CompiledJudge": "compiling.compiler",
    "Constraint": "compiling.constraints.constraint",
    "CriteriaJudge": "judging.kinds",
    "DSPyProposer": "compiling.proposals.proposers",
    "DataError": "errors",
    "Decision": "ratings",
    "DegenerateDataWarning": "errors",
    "Deployment": "compiling.options",
    "EvaluationOptions": "evaluation",
    "EvaluationResult": "evaluation",
    "Item": "records",
    "Judge": "judging.judge",
    "JudgeOptimizer": "compiling.optimizer",
    "LanguageJudge": "judging.kinds",
    "ListwiseJudge": "judging.kinds",
    "ModelCheck": "models.check",
    "Objective": "compiling.objective.objective",
    "PairwiseJudge": "judging.kinds",
    "PanelJudge": "judging.kinds",
    "PreferenceJudge": "judging.kinds",
    "ProbeMeasure": "probes",
    "Proposals": "compiling.options",
    "Rating": "records",
    "Ratings": "ratings",
    "RatingsAudit": "benchmark",
    "RecordedBank": "models.bank",
    "Resampling": "compiling.options",
    "Rubric": "judging.rubrics.rubric",
    "RubricProposer": "compiling.proposals.proposers",
    "RunOptions": "runner",
    "SampledJudge": "judging.kinds",
    "Scale": "records",
    "SearchOptions": "compiling.options",
    "SearchSpace": "compiling.space.space",
    "Sheet": "annotation",
    "Turn": "records",
    "Verdict": "records",
    "VerdictStore": "runner",
    "audit_ratings": "benchmark",
    "build_benchmark": "benchmark",
    "build_benchmarks": "benchmark",
    "builtin_rubric": "judging.rubrics.builtin",
    "check_model": "models.check",
    "compile_judge": "compiling.compiler",
    "evaluate_judge": "evaluation",
    "evaluate_scores": "evaluation",
    "export_bank": "models.bank",
    "load_decisions": "ratings",
    "load_judge": "publishing",
    "load_ratings": "ratings",
    "load_rubric": "judging.rubrics.files",
    "load_sample": "ratings",
    "make_sheet": "annotation",
    "merge_ratings": "benchmark",
    "pair_items": "judging.tournament",
    "publish_benchmark": "publishing",
    "publish_judge": "publishing",
    "rated_items": "annotation",
    "read_scores": "evaluation",
    "rebuild_judge": "compiling.study.rebuild",
    "redact_ratings": "checks",
    "resolve_lm": "models.resolve",
    "run": "runner",
    "run_file": "cli.run_file",
    "select_items": "benchmark",
    "strengths_of_pairs": "judging.tournament",
    "strengths_of_rankings": "judging.tournament",
    "what_to_annotate": "benchmark",
}

__all__ = [
    "AliaJudgeError",
    "AnalyticJudge",
    "Benchmark",
    "Budget",
    "CascadeJudge",
    "ChecklistJudge",
    "CompileResult",
    "CompiledJudge",
    "Constraint",
    "CriteriaJudge",
    "DSPyProposer",
    "DataError",
    "Decision",
    "DegenerateDataWarning",
    "Deployment",
    "EvaluationOptions",
    "EvaluationResult",
    "Item",
    "Judge",
    "JudgeOptimizer",
    "LanguageJudge",
    "ListwiseJudge",
    "ModelCheck",
    "Objective",
    "PairwiseJudge",
    "PanelJudge",
    "PreferenceJudge",
    "ProbeMeasure",
    "Proposals",
    "Rating",
    "Ratings",
    "RatingsAudit",
    "RecordedBank",
    "Resampling",
    "Rubric",
    "RubricProposer",
    "RunOptions",
    "SampledJudge",
    "Scale",
    "SearchOptions",
    "SearchSpace",
    "Sheet",
    "Turn",
    "Verdict",
    "VerdictStore",
    "__version__",
    "audit_ratings",
    "build_benchmark",
    "build_benchmarks",
    "builtin_rubric",
    "check_model",
    "compile_judge",
    "evaluate_judge",
    "evaluate_scores",
    "export_bank",
    "load_decisions",
    "load_judge",
    "load_ratings",
    "load_rubric",
    "load_sample",
    "make_sheet",
    "merge_ratings",
    "pair_items",
    "publish_benchmark",
    "publish_judge",
    "rated_items",
    "read_scores",
    "rebuild_judge",
    "redact_ratings",
    "resolve_lm",
    "run",
    "run_file",
    "select_items",
    "strengths_of_pairs",
    "strengths_of_rankings",
    "what_to_annotate",
]


find_moved_modules()


def __getattr__(name: str) -> Any:
    try:
        home = _HOME[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
