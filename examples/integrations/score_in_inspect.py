"""Score an Inspect evaluation with a published judge.

Run: pip install 'alia-judge[inspect]'
     python examples/integrations/score_in_inspect.py my-judge [--model openai/gpt-4o-mini]

The model under test answers the sample's questions, the judge scores its answers; what is unscored is counted apart.
"""

import argparse

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.solver import generate

import alia_judge as aj
from alia_judge.integrations.inspect import inspect_scorer

parser = argparse.ArgumentParser()
parser.add_argument("judge", help="a published judge")
parser.add_argument("--model", default="openai/gpt-4o-mini")
parser.add_argument("--items", type=int, default=20)
arguments = parser.parse_args()

questions = [Sample(input=item.prompt, id=item.item_id) for item in aj.load_sample().items()[: arguments.items]]
(log,) = evaluate(
    Task(dataset=questions, solver=generate(), scorer=inspect_scorer(arguments.judge)), model=arguments.model
)
for scores in log.results.scores:
    print(scores.name, {name: metric.value for name, metric in scores.metrics.items()})
    print(f"{scores.unscored_samples} of {len(questions)} unscored")
print(f"again: inspect score {log.location} --scorer alia_judge/judge -S judge={arguments.judge}")
