# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5. Judges in DSPy and Optuna
#
# A judge is a `dspy.Module`, and a search is an Optuna study: use either's own tools on them.
#
# ## A model
#
# So that the notebook runs anywhere, a stand-in answers here: it counts the words of what it is asked about. Put your
# own in its place: `lm = aj.resolve_lm("openai/gpt-4o-mini")`, or `"openai/ALIA-40b-instruct"` with
# `api_base="http://localhost:8000/v1"`.

# %%
import dspy
from dspy.lm15 import Message, Response, TextPart, Usage

import alia_judge as aj


class CountsWords:
    """A stand-in for a model's server: more words, a higher score."""

    def complete(self, request):
        score = min(5, max(1, len(request.messages[-1].text.split()) // 30))
        message = Message.assistant([TextPart(str(score))])
        usage = Usage(input_tokens=100, output_tokens=1)
        return Response(id=None, model="stand-in", message=message, finish_reason="stop", usage=usage)


lm = dspy.LM("stand-in/counts-words", engine=CountsWords(), cache=False)

# %% [markdown]
# ## A judge in a DSPy program

# %%
judge = aj.Judge(aj.builtin_rubric("helpfulness", "es"), lm=lm)
prediction = judge(prompt="¿Cuándo vendrá el técnico?", response="Mañana, de 9 a 11.")
print(prediction.score, isinstance(judge, dspy.Module))

# %% [markdown]
# ## DSPy's optimizers compile a judge; ours obeys DSPy's contract
#
# `BootstrapFewShot` looks at one prediction at a time, which the warning is about. `JudgeOptimizer` takes the same
# examples and maximises the correlation over all of them. A stand-in that counts words is no judge, and the search says
# so.

# %%
from alia_judge.integrations.dspy_metric import closeness_metric

benchmark = aj.build_benchmark(aj.load_sample(), criterion="helpfulness")
trainset = [
    dspy.Example(
        item_id=item.item_id, prompt=item.prompt, response=item.response, group=item.group, score=float(target)
    ).with_inputs("prompt", "response")
    for item, target in zip(benchmark.train.items, benchmark.train.target, strict=True)
]


metric = closeness_metric(judge.rubric.scale)  # 1 where the score is people's, 0 at the other end of the scale
few_shot = dspy.BootstrapFewShot(metric=metric, max_bootstrapped_demos=1, max_labeled_demos=1, max_rounds=1)
print("BootstrapFewShot took", len(few_shot.compile(judge, trainset=trainset[:4]).demos), "examples into the prompt")

optimizer = aj.JudgeOptimizer(
    budget=aj.Budget(calls=120), space=aj.SearchSpace(demo_counts=(0, 1)), storage="sqlite:///study.db"
)
tuned = optimizer.compile(judge, trainset=trainset)
print("JudgeOptimizer took", len(tuned.demos), "examples;", optimizer.compiled.result.why)

# %% [markdown]
# ## The study behind it, with Optuna
#
# Each trial is one request: a configuration on some of the items.

# %%
import optuna

study = optuna.load_study(study_name=None, storage="sqlite:///study.db")
study.trials_dataframe(attrs=("number", "value", "state")).tail()

# %% [markdown]
# ## Your own Optuna study, our statistics
#
# The statistics take arrays, and their estimates are numbers: any objective can use them. Here Optuna weighs three of
# HANNA's recorded judges (bundled; nothing is asked) for the best correlation with people on one half of the stories,
# and the other half says what that is worth.

# %%
from importlib import resources

import numpy as np

from alia_judge.stats import spearman

hanna = resources.files("alia_judge") / "data" / "hanna"
ratings = aj.load_ratings(hanna / "ratings.csv.gz", scales={"Relevance": aj.Scale.ordinal(1, 5)})
stories = aj.build_benchmark(ratings, criterion="Relevance", splits=(0.5, 0.1, 0.4))
bank = aj.RecordedBank.open(hanna, scale=stories.scale)
learn, held_out = (
    np.array([bank.judge(one, part.items).score for one in bank.configurations[:3]])
    for part in (stories.train, stories.test)
)


def agreement(trial):
    weights = [trial.suggest_float(f"weight of judge {place}", 0, 1) for place in range(3)]
    return float(spearman(np.dot(weights, learn), stories.train.target))


optuna.logging.set_verbosity(optuna.logging.WARNING)
own = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
own.optimize(agreement, n_trials=40)
print("learnt on:", own.best_value)
weighed = np.dot(list(own.best_params.values()), held_out)
print("held out: ", spearman(weighed, stories.test.target, interval="jackknife"))

# %%
from alia_judge.reporting import consensus_figure

consensus_figure(stories.test.target, weighed, judge="three judges, weighed", criterion="Relevance")
