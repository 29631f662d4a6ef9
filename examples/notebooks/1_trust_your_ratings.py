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
# # 1. Trust your ratings
#
# Before a judge is tuned on what people said, ask what that is worth: do they agree, who does not, and how good can any
# judge be that is measured by them? Nothing here asks a model or the network.
#
# The sample that comes with the library is constructed, and its annotators are simulated. With ratings of your own, the
# next cell is `ratings = aj.load_ratings("annotations.csv")`: CSV, Excel, JSON, Parquet, Argilla and Label Studio are
# read as they come.

# %%
import alia_judge as aj

ratings = aj.load_sample()
ratings

# %% [markdown]
# ## Do people agree?
#
# `audit_ratings` measures agreement, every annotator, and what a judge can reach at best. Each figure has its interval.

# %%
audit = aj.audit_ratings(ratings)
audit

# %% [markdown]
# The *gate* says in words whether a judge can be tuned on a criterion, and what more ratings would buy.

# %%
for name, found in audit.criteria.items():
    print(f"{name}: {found.gate.reason}\n")

# %% [markdown]
# ## Who rates like the others, and who does not?
#
# High is reliable; to the right is lenient. A severe annotator still puts items in the order that the others do; one
# that is low on this map says little about them.

# %%
from alia_judge.reporting import annotators_figure

helpfulness = audit.criteria["helpfulness"]
annotators_figure(helpfulness.annotators)

# %% [markdown]
# ## What do the checks find?
#
# Each finding has a code, says where, and what to do ([all of them](../../docs/checks.md)).

# %%
import pandas as pd

pd.set_option("display.max_colwidth", 200)
pd.DataFrame([(one.code, one.severity, one.message, one.remedy) for one in audit.findings[:8]]).set_axis(
    ["code", "severity", "what was found", "what to do"], axis=1
)

# %% [markdown]
# ## Which ratings would help most?
#
# If you can pay for 30 more, these are the items that need them.

# %%
plan = aj.what_to_annotate(ratings, "helpfulness", budget=30)
pd.DataFrame([vars(one) for one in plan.requests[:8]])

# %% [markdown]
# ## Freeze the set
#
# Consensus, then train, dev and test by conversation, so that no conversation is on both sides. The folder holds a
# fingerprint and counts who looks at the test. Running the cell again writes nothing new.

# %%
benchmark = aj.build_benchmark(ratings, criterion="helpfulness", audit=audit)
folder = benchmark.freeze("telecom-helpfulness")
print(folder, benchmark.fingerprint)
benchmark

# %% [markdown]
# Next: [build and tune a judge](2_build_and_tune_a_judge.ipynb).
