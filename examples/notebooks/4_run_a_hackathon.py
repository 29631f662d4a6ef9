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
# # 4. Run a hackathon
#
# For organisers: you have ratings, teams build judges, and you want places that hold. Four steps, on the bundled sample
# (constructed texts, simulated annotators).
#
# ## Freeze the set and keep the test
#
# Teams get train and dev with their ratings, and the test's items without them. Yours has everything, and a ledger.

# %%
import alia_judge as aj
from alia_judge.benchmark.public import freeze_public

ratings = aj.load_sample()
benchmark = aj.build_benchmark(ratings, criterion="helpfulness", splits=(0.4, 0.2, 0.4))
hidden = benchmark.freeze("hidden")
freeze_public(benchmark, "for-teams")
print("yours:", hidden, "| for teams: for-teams")
benchmark

# %% [markdown]
# What a team sees: it can tune on these, and score the others.

# %%
teams_copy = aj.Benchmark.load("for-teams")
print(len(teams_copy.train), "train,", len(teams_copy.dev), "dev,", len(teams_copy.test), "test items with ratings")
teams_copy.train.to_frame().head()

# %% [markdown]
# ## What teams hand in
#
# A table of scores each (or a published judge). Four made-up teams: two equally good, one that is noisier, and one that
# counts words and left out every tenth item.

# %%
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
test = benchmark.test
truth = dict(zip(test.item_ids, test.target, strict=True))
words = {item.item_id: len(item.response.split()) for item in test.items}
handed_in = {
    "amber": {one: value + rng.normal(0, 0.5) for one, value in truth.items()},
    "birch": {one: value + rng.normal(0, 0.5) for one, value in truth.items()},
    "cedar": {one: value + rng.normal(0, 1.5) for one, value in truth.items()},
    "dune": {one: float(count) for place, (one, count) in enumerate(words.items()) if place % 10},
}
pd.DataFrame(handed_in).describe().round(2)

# %% [markdown]
# ## Rank them, once
#
# A look at the test is written down before it is taken. A place is one more than the teams *shown* to be better: a tie
# is a tie. This cell counts a look more each time it is run, and says so.

# %%
from alia_judge.evaluation import rank_judges

for team in handed_in:
    test.look(by=team, purpose="leaderboard")
looks = {team: sum(look.by == team for look in benchmark.ledger.looks) for team in handed_in}
board = rank_judges(test, handed_in, min_coverage=0.85, looks=looks)
print(board.summary)
print("looks at the test so far:", looks)
board

# %%
from alia_judge.reporting import intervals_figure

intervals_figure(
    {f"{entry.places}  {entry.judge}": entry.spearman for entry in board.entries},
    quantity="Spearman with people on the hidden test",
)

# %% [markdown]
# ## Publish the board

# %%
from alia_judge.reporting import leaderboard_markdown, leaderboard_page, write_page

write_page(leaderboard_page(board), "leaderboard.html")
print(leaderboard_markdown(board))

# %% [markdown]
# The same on the command line, where each team's file is checked before a look is counted:
#
# ```sh
# alia-judge build RATINGS --criterion helpfulness --out hidden --public for-teams
# alia-judge leaderboard for-teams --check team.csv
# alia-judge leaderboard hidden --scores amber.csv --scores birch.csv --report leaderboard.html
# ```
#
# Next: [judges in DSPy and Optuna](5_judges_in_dspy_and_optuna.ipynb).
