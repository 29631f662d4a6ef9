"""A judge is a `dspy.Module`: DSPy's own optimizers compile it, and ours obeys DSPy's contract.

Run: python examples/03_use_with_dspy.py --calls 100
"""

from __future__ import annotations

import argparse

import dspy

import alia_judge as aj


def main() -> None:
    """Compile the same judge with BootstrapFewShot, and with a search for a correlation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="embedded", help="'embedded', 'gguf:FILE' or 'provider/model'")
    parser.add_argument("--api-base", help="of a server of your own (vLLM, Ollama): http://localhost:8000/v1")
    parser.add_argument("--calls", type=int, default=100)
    options = parser.parse_args()

    benchmark = aj.build_benchmark(aj.load_sample(), criterion="helpfulness")
    lm = aj.resolve_lm(options.model, **({"api_base": options.api_base} if options.api_base else {}))
    judge = aj.Judge(aj.builtin_rubric("helpfulness"), lm=lm)
    examples = [
        dspy.Example(
            item_id=item.item_id, prompt=item.prompt, response=item.response, group=item.group, score=float(target)
        ).with_inputs("prompt", "response")
        for item, target in zip(benchmark.train.items, benchmark.train.target, strict=True)
    ]

    def close(example: dspy.Example, prediction: dspy.Prediction, trace: object = None) -> bool:  # noqa: ARG001
        return prediction.score is not None and abs(prediction.score - example.score) <= 1

    few_shot = dspy.BootstrapFewShot(metric=close, max_bootstrapped_demos=1, max_labeled_demos=1, max_rounds=1)
    print("BootstrapFewShot took", len(few_shot.compile(judge, trainset=examples[:4]).demos), "demonstrations")

    optimizer = aj.JudgeOptimizer(
        budget=aj.Budget(calls=options.calls), space=aj.SearchSpace(demo_counts=(0, 1)), storage=":memory:"
    )
    tuned = optimizer.compile(judge, trainset=examples)
    print("JudgeOptimizer took", len(tuned.demos), "demonstrations;", optimizer.compiled.result.why)


if __name__ == "__main__":
    main()
