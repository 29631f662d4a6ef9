"""Votes of labels on recorded judges: six models' labels against people's, kappa on items held out.

Run: python benchmarks/votes.py --data DIR [--splits 10]
Writes benchmarks/results/votes.json.

DIR is the folder of the alt-test's data sets (Calderon et al. 2025). WAX: 246 pairs of words, 17 relations; LGBTeen:
880 answers to questions on replies to posts, 6 answers. People's label is their majority. Half of the items (of the
posts) is learnt on, every label of the six models paid for; `deployed` is the vote of all, `three` that of at most
three calls, `single` the search's one judge. Beside them a plain majority of the six and scikit-learn's multinomial
logistic regression on their labels.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import optuna

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from _signature import signature, write
from stack_aims import corrected

from alia_judge import Budget, compile_judge
from alia_judge.benchmark.split import Split
from alia_judge.compiling.options import Deployment
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.records import Configuration, Item, Judgments, Scale

Floats = np.ndarray


class Labels:
    """People's majority and six models' labels as codes, and as a source of verdicts."""

    def __init__(self, folder: Path) -> None:
        people = json.loads((folder / "human_annotations.json").read_text("utf-8"))
        models = json.loads((folder / "llm_annotations.json").read_text("utf-8"))
        rated = Counter(item for given in people.values() for item in given)
        ids = sorted(item for item, n in rated.items() if n > 1)
        names = sorted({str(label) for given in (*people.values(), *models.values()) for label in given.values()})
        code = {name: float(place) for place, name in enumerate(names)}
        said = [[str(given[item]) for given in people.values() if item in given] for item in ids]
        self.target = np.array([code[Counter(one).most_common(1)[0][0]] for one in said])
        self.scores = np.array(
            [[code[str(given[item])] if item in given else np.nan for item in ids] for given in models.values()]
        )
        self.scale = Scale.nominal(tuple(names))
        self.groups = np.array([item.split("__")[0] if "lgbteen" in folder.name else item for item in ids])
        self.items = [
            Item(item_id=item, response=item, group=str(group)) for item, group in zip(ids, self.groups, strict=True)
        ]
        self.configurations = tuple(
            Configuration(parameters={"config_id": place, "criterion": "label", "model": name})
            for place, name in enumerate(models)
        )
        self._place = {item: place for place, item in enumerate(ids)}

    def paid(self, configuration: Configuration, items: Sequence[Item]) -> list[bool]:  # noqa: ARG002
        return [False] * len(items)

    def judge(self, configuration: Configuration, items: Sequence[Item]) -> Judgments:
        places = [self._place[item.item_id] for item in items]
        score = self.scores[configuration.parameters["config_id"], places]
        return Judgments(
            item_ids=tuple(item.item_id for item in items),
            probabilities=np.full((len(places), len(self.scale.points)), np.nan),
            score=score,
            reasons=tuple("missing" if np.isnan(one) else None for one in score),
            paid=len(places),
        )


def measure(labels: Labels, seed: int) -> dict[str, float]:
    """Kappa on the items held out."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import cohen_kappa_score

    groups = np.random.default_rng(seed).permutation(np.unique(labels.groups))
    known = np.isin(labels.groups, groups[: len(groups) // 2])
    learn, test = np.flatnonzero(known), np.flatnonzero(~known)
    train = Split(
        name="train",
        criterion="label",
        scale=labels.scale,
        items=tuple(labels.items[place] for place in learn),
        target=labels.target[learn],
        target_se=np.full(len(learn), np.nan),
        values=labels.target[learn][None],
    )
    searched = compile_judge(
        train=train,
        source=labels,
        space=SearchSpace(recorded=labels.configurations),
        budget=Budget(calls=10**6),
        storage=":memory:",
        seed=seed,
        deployment=Deployment(calls="all"),
    )
    items = [labels.items[place] for place in test]
    found, three = searched.predict(items), searched.redeploy(Deployment(calls=3)).predict(items)
    own = labels.scores[:, test]
    said = np.concatenate(
        [np.eye(len(labels.scale.points))[np.nan_to_num(one).astype(int)] for one in labels.scores], 1
    )
    logistic = LogisticRegression(C=0.1, max_iter=500).fit(said[learn], labels.target[learn]).predict(said[test])
    majority = [Counter(one[~np.isnan(one)].tolist()).most_common(1)[0][0] for one in own.T]
    given = {"deployed": found.deployed, "three": three.deployed, "single": found.single, "majority": majority}
    figures = {
        name: float(cohen_kappa_score(labels.target[test], np.nan_to_num(np.asarray(scores), nan=-1.0)))
        for name, scores in {**given, "logistic regression": logistic}.items()
    }
    return figures | {"calls of deployed": float(searched.deployed.stack.calls_per_item)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--splits", type=int, default=10)
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    table = {}
    for name in ("wax", "lgbteen"):
        labels = Labels(options.data / name)
        runs = [measure(labels, seed) for seed in range(options.splits)]
        values = {what: np.array([run[what] for run in runs]) for what in runs[0]}
        rivals = ("single", "majority", "logistic regression")
        table[name] = {
            "items": len(labels.items),
            "labels": len(labels.scale.points),
            "splits": options.splits,
            "figures": {what: corrected(one, 1.0) for what, one in values.items()},
            "deployed less": {rival: corrected(values["deployed"] - values[rival], 1.0) for rival in rivals},
        }
        for part in ("figures", "deployed less"):
            print(name, part, {k: f"{v['mean']:.3f} ± {v['se']:.3f}" for k, v in table[name][part].items()}, flush=True)
    print(write("votes", {"table": table, "signature": signature("optuna", "scikit-learn", seed=0)}))


if __name__ == "__main__":
    main()
