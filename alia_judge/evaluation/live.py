"""`evaluate_judge`: judge the held-out items, then evaluate what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

import numpy as np

from alia_judge._messages import message
from alia_judge.benchmark.split import Split
from alia_judge.benchmark.together import joined_fingerprint
from alia_judge.errors import expect
from alia_judge.evaluation.evaluate import evaluate_scores
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.result import EvaluationResult
from alia_judge.learnt import Learner, LearntFrom, Seen, compare, settle
from alia_judge.records import Verdict

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge
    from alia_judge.runner import Composite, Progress, RunOptions, VerdictStore

__all__ = ["JUDGE", "UNTUNED", "Compiled", "evaluate_judge", "judged", "learnt_by"]

#: What the judges are called in the result.
JUDGE: str = message("judge")
UNTUNED: str = message("untuned judge")


@runtime_checkable
class Compiled(Protocol):
    """What `compile_judge` gives, as far as it stands for a judge."""

    @property
    def module(self) -> Judge | Composite:
        """The judge that it deploys."""
        ...


def evaluate_judge(
    judge: Judge | Composite | Compiled,
    split: Split | Sequence[Split],
    *,
    baseline: Judge | Composite | None = None,
    seen: Seen = "refuse",
    by_word: bool = False,
    store: VerdictStore | None = None,
    run_options: RunOptions | None = None,
    options: EvaluationOptions | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> EvaluationResult:
    """Evaluate a judge on items that it was not made on, beside the judge it was made from.

    Parameters
    ----------
    judge
        The judge, or what `compile_judge` gave, which stands for what it deploys.
    split
        The items: the test split. A look at it is written into the benchmark's ledger before the first call. Of a judge
        of several criteria, the test split of each: the result has them all, and a call is paid for once.
    baseline
        The untuned judge; the gain over it has its own paired interval. None leaves it out.
    seen
        What becomes of items that a judge learnt from: ``"refuse"``; ``"exclude"``, so that both are evaluated on the
        others; ``"keep"``, and every figure is marked.
    by_word
        Whether the judge is somebody else's, whose record of what it learnt from is taken at its author's word.
    store
        Where verdicts are kept: what is there already is not paid for again.
    run_options
        Concurrency, budgets, patience.
    options
        Every setting that changes a figure.
    progress
        Called with the counts of the run under way.

    Returns
    -------
    EvaluationResult
        Its judges are ``"judge"``, which is the subject, and ``"untuned judge"``.

    Raises
    ------
    LeakFound
        If a judge learnt from some of the items, and `seen` is ``"refuse"``; before anything is asked, or looked at.
    ModelError, BudgetError, Interrupted
        As `alia_judge.runner.run`.

    Examples
    --------
    >>> import alia_judge as aj
    >>> benchmark = aj.build_benchmark(aj.load_sample(), criterion="helpfulness")
    >>> judge = aj.Judge(aj.builtin_rubric("helpfulness", "es"), lm="openai/gpt-4o-mini")
    >>> found = aj.evaluate_judge(judge, benchmark.test).judge()
    >>> found.coverage, sorted(found.correlation)
    (1.0, ['item', 'system', 'within_group'])
    """
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import about
    from alia_judge.runner import Composite, VerdictStore, run

    if isinstance(split, (list, tuple)) and split:
        kept = VerdictStore() if store is None else store
        again = partial(evaluate_judge, judge, baseline=baseline, seen=seen, by_word=by_word, store=kept)
        return _as_one([again(one, run_options=run_options, options=options, progress=progress) for one in split])
    expect("split", split, Split, "a split of a benchmark: benchmark.test, of build_benchmark(...)")
    test = cast("Split", split)
    subject = judge.module if isinstance(judge, Compiled) else judge
    for name, one in (("judge", subject), ("baseline", baseline)):
        if one is not None:
            expect(name, one, (Judge, Composite), "Judge(rubric, lm), or what compile_judge gives")
    expect("store", store, (VerdictStore, type(None)), "VerdictStore(PATH)")
    # Of a judge that answers several criteria in one call, what it says of this one.
    judges = {JUDGE: about(subject, test.criterion)}
    judges |= {} if baseline is None else {UNTUNED: about(baseline, test.criterion)}
    learnt = {name: learnt_by(one) for name, one in judges.items()}
    compared = {name: compare(record, test.items, test.origin, by_word=by_word) for name, record in learnt.items()}
    held, left_out = settle(compared, seen)
    if left_out:
        test = test.take([place for place, item in enumerate(test.items) if item.item_id not in left_out])
    test.look(by=subject.configuration().key, purpose="evaluate")
    verdicts = {
        name: run(each, test.items, store=store, options=run_options, progress=progress).verdicts
        for name, each in judges.items()
    }
    by_item = {name: dict(zip(test.item_ids, given, strict=True)) for name, given in verdicts.items()}
    result = evaluate_scores(
        test,
        {name: _scores(given) for name, given in by_item.items()},
        baseline=None if baseline is None else UNTUNED,
        reasons={name: _reasons(given) for name, given in by_item.items()},
        options=options,
    )
    (criterion,) = result.criteria
    found = result.criteria[criterion]
    judges_found = {
        name: replace(one, usage=_usage(verdicts[name]), held_out=held[name]) for name, one in found.judges.items()
    }
    written = {
        name: {item: verdict.text for item, verdict in given.items() if verdict.text} for name, given in by_item.items()
    }
    evidence = {criterion: replace(result.evidence[criterion], written=written)}
    return replace(
        result,
        subject=JUDGE,
        criteria={criterion: replace(found, judges=judges_found)},
        evidence=evidence,
        learnt=learnt[JUDGE],
        judge_digest=_digest(subject),
    )


def _as_one(results: Sequence[EvaluationResult]) -> EvaluationResult:
    """The evaluations of one judge on several criteria as one."""
    if len(results) == 1:
        return results[0]
    criteria = {name: found for one in results for name, found in one.criteria.items()}
    return replace(
        results[0],
        signature=results[0].signature.replace(
            f"criteria:{'+'.join(results[0].criteria)}", f"criteria:{'+'.join(criteria)}", 1
        ),
        fingerprint=joined_fingerprint(results),
        criteria=criteria,
        evidence={name: found for one in results for name, found in one.evidence.items()},
    )


def _digest(judge: Any) -> str | None:
    """Of a judge of this library's; None of anybody's own, which cannot be published."""
    if not hasattr(judge, "schema"):
        return None
    from alia_judge.judging.state import judge_digest  # it imports DSPy, which scores of a file do without

    return judge_digest(judge.dump_state())


def learnt_by(judge: Any) -> LearntFrom | None:
    """What a judge says that it learnt from; None of one that does not say."""
    return judge.learnt if isinstance(judge, Learner) else None


def judged(
    judge: Judge | Composite | Compiled,
    split: Split,
    *,
    by: str,
    store: VerdictStore | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> dict[str, float]:
    """Item -> score of every item of `split` that the judge scores; the look is written down as that of `by`.

    Raises
    ------
    ModelError, BudgetError, Interrupted
        As `alia_judge.runner.run`.
    """
    from alia_judge.judging.kinds import about
    from alia_judge.runner import run

    subject = about(judge.module if isinstance(judge, Compiled) else judge, split.criterion)
    split.look(by=by, purpose="leaderboard")
    verdicts = run(subject, split.items, store=store, progress=progress).verdicts
    return _scores(dict(zip(split.item_ids, verdicts, strict=True)))


def _usage(verdicts: Sequence[Verdict]) -> dict[str, float | None]:
    spent = [verdict.usage for verdict in verdicts]
    costs = [usage.cost for usage in spent]
    return {
        "verdicts": len(spent),
        "prompt_tokens": sum(usage.prompt_tokens for usage in spent),
        "completion_tokens": sum(usage.completion_tokens for usage in spent),
        "seconds": sum(usage.seconds for usage in spent) / len(spent),
        "seconds_p95": float(np.quantile([usage.seconds for usage in spent], 0.95)),
        "cost": None if None in costs else sum(cost for cost in costs if cost is not None),
    }


def _scores(verdicts: dict[str, Verdict]) -> dict[str, float]:
    return {item: verdict.score for item, verdict in verdicts.items() if verdict.score is not None}


def _reasons(verdicts: dict[str, Verdict]) -> dict[str, str]:
    return {item: verdict.unscored for item, verdict in verdicts.items() if verdict.unscored is not None}
