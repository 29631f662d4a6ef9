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
# # 3. Where it falls short
#
# A correlation says little. Does the judge read, or does it count words? Is it worse in one language? Which answers
# does it get wrong? The scores of any judge will do, from a file with the columns `item_id,judge,score`:
# `aj.read_scores("scores.csv", scales=ratings.scales)`.
#
# Two made-up judges score the bundled sample here. *Reader* knows what each reply is worth, more or less, except in
# Basque, where it guesses; *counter* counts words.

# %%
import numpy as np

import alia_judge as aj

ratings = aj.load_sample()
items = ratings.items()
rng = np.random.default_rng(0)
truth = {item.item_id: item.extra["true_helpfulness"] for item in items}
noise = {item.item_id: 3.0 if item.language == "eu" else 0.7 for item in items}
scores = {
    "reader": {one: float(np.clip(value + rng.normal(0, noise[one]), 1, 5)) for one, value in truth.items()},
    "counter": {item.item_id: float(np.clip(len(item.response.split()) / 20, 1, 5)) for item in items},
}
result = aj.evaluate_scores(
    ratings, scores, criterion="helpfulness", baseline="counter", options=aj.EvaluationOptions(by=("system",))
)
result

# %% [markdown]
# ## What may be said of it

# %%
for name in scores:
    print(name)
    for claim in result.judge(name).claims:
        print("  ", claim)

# %% [markdown]
# ## Judge against people
#
# Darker where there are more items. The line is what people say on the mean where the judge says so much.

# %%
from alia_judge.reporting import calibration_figure, consensus_figure, intervals_figure

evidence = result.evidence["helpfulness"]
consensus_figure(evidence.human.target, evidence.scores["reader"], judge="reader", criterion="helpfulness")

# %% [markdown]
# Does a 4 mean a 4? On the dashed line it would.

# %%
calibration_figure(evidence.human.target, evidence.scores["reader"], judge="reader", criterion="helpfulness")

# %% [markdown]
# ## For whom not
#
# Languages are compared unasked, and corrected for how many there are.

# %%
languages = result.judge("reader").slices["language"]
intervals_figure(
    {language: part.correlation["spearman"] for language, part in languages.items()},
    quantity="Spearman of reader with people",
    highlight="eu",
)

# %%
import pandas as pd

pd.DataFrame(
    {
        language: {
            "items": part.n_items,
            "Spearman": str(part.correlation["spearman"]),
            "less the rest": str(part.difference),
            "p, corrected": f"{part.p_value:.3f}",
            "shown to be worse": part.worse,
        }
        for language, part in languages.items()
    }
).T

# %% [markdown]
# ## What to read first
#
# The items on which judge and people part by more than people's own disagreement explains.

# %%
from alia_judge.evaluation.slices.surprise import disagreements

pd.set_option("display.max_colwidth", 160)
texts = {item.item_id: item for item in items}
pd.DataFrame(
    [
        {
            "item": one.item_id,
            "judge": f"{one.score:.1f}",
            "people": f"{one.consensus:.1f}",
            "direction": one.direction,
            "response": texts[one.item_id].response,
        }
        for one in disagreements(evidence.human, evidence.scores["reader"], most=6)
    ]
).set_index("item")

# %% [markdown]
# ## All of it as a page
#
# One HTML file without a script, to send to whoever has to decide.

# %%
from alia_judge.reporting import evaluation_page, write_page

write_page(evaluation_page(result, title="Two made-up judges"), "report.html")

# %% [markdown]
# Whether length, order or tone alone moves a judge is for the [probes](../../docs/probes.md), which ask its model.
# Next: [run a hackathon](4_run_a_hackathon.ipynb).
