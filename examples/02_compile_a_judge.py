"""The search, live: rubrics, languages and demonstrations, on the embedded model or any other.

Run: python examples/02_compile_a_judge.py --model openai/gpt-4o-mini --calls 4000
The same command resumes it after Ctrl-C or a crash, and no call is paid twice.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import alia_judge as aj


def main() -> None:
    """Compile, evaluate on what was held out, publish, load again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="embedded", help="'embedded', 'gguf:FILE' or 'provider/model'")
    parser.add_argument("--api-base", help="of a server of your own (vLLM, Ollama): http://localhost:8000/v1")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--out", type=Path, default=Path("compiled"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    benchmark = aj.build_benchmark(aj.load_sample(), criterion="helpfulness", splits=(0.7, 0.2, 0.1))
    rubrics = [aj.builtin_rubric("helpfulness", language=language) for language in ("en", "es")]
    lm = aj.resolve_lm(options.model, **({"api_base": options.api_base} if options.api_base else {}))
    judge = aj.Judge(rubrics[0], lm=lm)
    tuned = aj.compile_judge(
        judge,
        train=benchmark.train,
        dev=benchmark.dev,
        space=aj.SearchSpace(rubrics=rubrics, demo_counts=(0, 2)),
        budget=aj.Budget(calls=options.calls),
        deployment=aj.Deployment(calls=1),
        storage=f"sqlite:///{options.out / 'study.db'}",
        progress=lambda now: print(f"{now.calls}/{now.budget} calls, best so far: {now.best}"),
    )
    print(tuned.result.why)

    with aj.VerdictStore(options.out / "study.verdicts.db") as store:
        evaluation = aj.evaluate_judge(tuned, benchmark.test, baseline=judge, store=store)
    for name, found in evaluation.criteria["helpfulness"].judges.items():
        print(f"{name}: Spearman {found.correlation['item']['spearman']}, {found.coverage:.0%} scored")

    where = aj.publish_judge(tuned, options.out / "judge", evaluation=evaluation, licence="apache-2.0", overwrite=True)
    loaded = aj.load_judge(where, lm=lm)
    print("score", loaded(prompt="¿Cuándo vendrá el técnico?", response="Mañana, de 9 a 11.").score)


if __name__ == "__main__":
    main()
