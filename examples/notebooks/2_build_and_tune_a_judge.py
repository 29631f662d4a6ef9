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
# # 2. Build and tune a judge
#
# A judge is a rubric and a language model. The search finds which model, prompt, examples and reading of the answers
# agree best with people, within a budget of calls.
#
# ## A judge
#
# This is what a model is asked; nothing is sent until the judge is called with a model.

# %%
import alia_judge as aj

rubric = aj.builtin_rubric("helpfulness", "es")
judge = aj.Judge(rubric)
for message in judge.messages(prompt="¿Cuándo vendrá el técnico?", response="Mañana, de 9 a 11."):
    print(f"--- {message['role']}\n{message['content']}\n")

# %% [markdown]
# ## What it is tuned on
#
# HANNA comes with the library: three people each rated how well 1,056 stories fit what they were written to, and five
# models were asked the same with four prompts (Chhun et al., 2022 and 2024; numbers only, MIT). Their verdicts are
# recorded, so the search below pays nothing and needs no network.

# %%
from importlib import resources

hanna = resources.files("alia_judge") / "data" / "hanna"
ratings = aj.load_ratings(hanna / "ratings.csv.gz", scales={"Relevance": aj.Scale.ordinal(1, 5)})
benchmark = aj.build_benchmark(ratings, criterion="Relevance", splits=(0.3, 0.2, 0.5))
bank = aj.RecordedBank.open(hanna, scale=benchmark.scale)
print(len(bank.configurations), "recorded judges,", len(benchmark.train) + len(benchmark.dev), "stories to learn from")

# %% [markdown]
# ## The search
#
# To ask every judge about each of these would take 10,560 calls. This search may spend 1,500. With a model of your own
# leave `source` out and give the judge and what may vary:
#
# ```python
# tuned = aj.compile_judge(
#     aj.Judge(rubric, lm=aj.resolve_lm("openai/gpt-4o-mini")),
#     train=benchmark.train, dev=benchmark.dev,
#     space=aj.SearchSpace(rubrics=rubrics, models=models, demo_counts=(0, 2, 4)),
#     budget=aj.Budget(calls=1500), storage="sqlite:///study.db",
# )
# ```
#
# Run again, the cell finds its study and pays for nothing twice.

# %%
tuned = aj.compile_judge(
    train=benchmark.train,
    dev=benchmark.dev,
    source=bank,
    budget=aj.Budget(calls=1500),
    storage="sqlite:///study.db",
)
tuned

# %% [markdown]
# How the best judge grew with the calls. The figure is corrected for how many candidates were tried.

# %%
from alia_judge.reporting import history_figure

curve = tuned.result.curve
history_figure(
    [point.calls for point in curve],
    [point.value for point in curve],
    [point.low for point in curve],
    [point.high for point in curve],
    objective="Spearman on the learning items",
)

# %% [markdown]
# ## What that is worth on stories it has not seen
#
# Three judges on the held-out half: the best single one, the best that may ask five times an item, and all that helps.

# %%
whole = tuned.redeploy(aj.Deployment(calls="all"))
bounded, unbounded = tuned.predict(benchmark.test.items), whole.predict(benchmark.test.items)
scores = {
    "one call": bounded.single,
    "up to five calls": bounded.deployed,
    "no bound on calls": unbounded.deployed,
}
evaluation = aj.evaluate_scores(
    benchmark.test,
    {name: dict(zip(bounded.item_ids, column.tolist(), strict=True)) for name, column in scores.items()},
    baseline="one call",
    learnt=dict.fromkeys(scores, tuned.learnt),
)
for name in scores:
    for claim in evaluation.judge(name).claims:
        print(f"{name}: {claim}")

# %%
from alia_judge.reporting import intervals_figure

found = evaluation.criteria["Relevance"]
intervals_figure(
    {
        "one person": found.human["leave_one_out"],
        **{name: judge.headline for name, judge in found.judges.items()},
        "ceiling": found.human["ceiling"],
    },
    quantity="Spearman correlation with people",
    beside=["one person", "ceiling"],
    reference=None,
)

# %% [markdown]
# A judge that asks a model is published with `aj.publish_judge(tuned, "my-judge", evaluation=evaluation)`, and
# `aj.load_judge("my-judge")` loads it. Next: [where it falls short](3_where_it_falls_short.ipynb).
