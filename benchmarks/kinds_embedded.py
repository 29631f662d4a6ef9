"""Every kind of judge, run live with the embedded model on real ratings: what it covers, costs and reaches.

Run: python benchmarks/kinds_embedded.py --ratings BASSE.es.jsonl [--dices dices_350_expert.json] [--articles 2]
Writes benchmarks/results/kinds_embedded.json.

The items are the three shortest system summaries of some articles of BASSE's rounds 1 and 3 (long ones take a CPU too
long), with the mean human rating of Coherence (of Consistency for the judge that reads the article) as target; the
conversations are DICES-350's, with the experts' safety labels. Pairs and lists are of one article's summaries; pairs
become scores by Bradley-Terry. Spearman's correlation is over the items that have a score. A model of 135M parameters
that nobody tuned says little about a kind; the figures show that each runs, what it leaves unscored, and what it costs.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _signature import signature, write
from scipy.stats import spearmanr

import alia_judge as aj
from alia_judge.judging.demos.neighbours import Neighbours
from alia_judge.judging.kinds import position_bias
from alia_judge.judging.question.steps import with_steps
from alia_judge.judging.tournament import pair_items, strengths_of_pairs, strengths_of_rankings

SEED, SYSTEMS = 0, 3
BEGUN: dict[str, Any] = {"layout": "prefill"}
OBJECT: dict[str, Any] = {"layout": "chat", "output": "json"}


def main() -> None:
    """Run every kind and store the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ratings", type=Path, required=True)
    parser.add_argument("--dices", type=Path)
    parser.add_argument("--articles", type=int, default=2)
    parser.add_argument("--begin", type=int, default=0, help="go on with this kind, from 0; the stored rows stay")
    arguments = parser.parse_args()
    logging.getLogger("dspy.clients.lm").setLevel(logging.ERROR)  # a few tokens are all that is wanted
    warnings.simplefilter("ignore")  # articles do not hang together, which is meant
    lm = aj.resolve_lm("embedded")
    items, target, demos = summaries(aj.load_ratings(arguments.ratings), arguments.articles)
    rows: list[dict[str, Any]] = []
    if arguments.begin:
        stored = Path(__file__).with_name("results") / "kinds_embedded.json"
        rows = json.loads(stored.read_text(encoding="utf-8"))["kinds"]
    every = kinds(lm, items, target, demos)
    if arguments.dices is not None:
        every.append(lambda: conversations(lm, aj.load_ratings(arguments.dices), 3 * arguments.articles))
    for number, kind in enumerate(every[arguments.begin :], arguments.begin):
        rows += kind()
        print(number, rows[-1], flush=True)
        about = {"articles": arguments.articles, "signature": signature("dspy", "xllamacpp", seed=SEED)}
        path = write("kinds_embedded", {"kinds": rows, **about})
    print(table(rows), path, sep="\n")


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in Markdown, for the documentation."""
    lines = ["| kind | items | calls | coverage | Spearman | seconds |", "|---|---|---|---|---|---|"]
    for row in rows:
        reached = "" if row["spearman"] is None else f"{row['spearman']:+.2f}"
        counts = f"{row['items']} | {row['calls']} | {row['coverage']:.2f}"
        lines.append(f"| {row['kind']} | {counts} | {reached} | {row['seconds']:.0f} |")
    return "\n".join(lines)


def summaries(ratings: Any, articles: int) -> tuple[list[aj.Item], dict[str, dict[str, float]], list[dict[str, Any]]]:
    """Three systems' summaries of some articles, without the article; their mean ratings; and demonstrations."""
    rng = np.random.default_rng(SEED)
    every = [item for item in ratings.items() if item.extra["round"] != 2 and item.system]
    names = rng.permutation(sorted({item.group for item in every}))
    chosen = []
    for article in names[: articles + 2]:
        of_article = [item for item in every if item.group == article]
        chosen += sorted(of_article, key=lambda item: len(item.response))[:SYSTEMS]
    target: dict[str, dict[str, float]] = {}
    for criterion in ("Coherence", "Consistency", "Fluency"):
        matrix = ratings.matrix(criterion)
        target[criterion] = dict(zip(matrix.item_ids, np.nanmean(matrix.values, axis=0).tolist(), strict=True))
    shown = chosen[articles * SYSTEMS :]
    demos = [{"response": item.response, "score": target["Coherence"][item.item_id]} for item in shown]
    return chosen[: articles * SYSTEMS], target, demos


def kinds(
    lm: Any, items: Sequence[aj.Item], target: dict[str, dict[str, float]], demos: Sequence[dict[str, Any]]
) -> list[Callable[[], list[dict[str, Any]]]]:
    """What is run, in order; each gives a row or more."""
    coherence = aj.builtin_rubric("coherence", "es")
    bare = [dataclasses.replace(item, context=None) for item in items]
    coherent, fluent = target["Coherence"], target["Fluency"]

    def single(kind: str, judge: Any, shown: Sequence[aj.Item] = bare, truth: dict[str, float] = coherent) -> Any:
        return lambda: [scored(kind, judge, shown, truth)]

    def plain(**settings: Any) -> aj.Judge:
        return aj.Judge(settings.pop("rubric", coherence), lm, **{**BEGUN, **settings})

    criteria = [coherence, aj.builtin_rubric("fluency", "es")]
    whole = dataclasses.replace(coherence, criterion="Calidad", instructions="Calidad general del texto.", steps=())
    faithful = aj.builtin_rubric("faithfulness", "es")
    yes_no = aj.Rubric(
        criterion="Coherencia",
        scale=aj.Scale.binary(("no", "sí")),
        instructions="¿El texto es coherente?",
        language="es",
    )
    hundred = dataclasses.replace(coherence, scale=aj.Scale.continuous(0, 100), anchors={})
    ten = dataclasses.replace(coherence, scale=aj.Scale.ordinal(1, 10), anchors={})
    labels = aj.Rubric(
        criterion="Coherencia", scale=aj.Scale.nominal(["mal", "regular", "bien"]), instructions="", language="es"
    )
    near = Neighbours(k=2, likeness="tfidf", balanced=True)
    reasoned = {"layout": "chat", "settings": {"max_tokens": 96}}
    return [
        single("graded, 1-5", plain()),
        single("graded, 1-10", plain(rubric=ten)),
        single("continuous, 0-100", plain(rubric=hundred)),
        single("binary", plain(rubric=yes_no)),
        single("nominal", plain(rubric=labels)),
        single("with the article (faithfulness)", plain(rubric=faithful), items, target["Consistency"]),
        single("reasons first", plain(reasoning="first", **reasoned)),
        single("reasons after", plain(reasoning="after", **reasoned)),
        single("object (JSON schema)", plain(**OBJECT)),
        single("four demonstrations", plain(demos=demos[:4])),
        single("two nearest, TF-IDF, balanced", plain(demos=demos, neighbours=near)),
        single("steps written by the model", lambda: plain(rubric=with_own_steps(coherence, lm))),
        single("checklist", aj.ChecklistJudge(coherence, lm, **BEGUN)),
        single("criteria, a call each", aj.AnalyticJudge(whole, criteria, lm, **BEGUN)),
        lambda: in_one_call(aj.CriteriaJudge(whole, criteria, lm, **BEGUN), bare, coherent, fluent),
        lambda: in_one_call(aj.CriteriaJudge(whole, criteria, lm, **OBJECT), bare, coherent, fluent),
        single("three samples", aj.SampledJudge(plain(), 3, temperature=0.7)),
        single("panel of three styles", aj.PanelJudge(styles(plain, coherence))),
        single("cascade", aj.CascadeJudge(plain(), plain(demos=demos[:2]), spread=1.2)),
        lambda: pairs(lm, bare, coherent, coherence),
        lambda: lists(lm, bare, coherent, coherence),
    ]


def with_own_steps(rubric: aj.Rubric, lm: Any) -> aj.Rubric:
    """The rubric with steps by the embedded model; its own where the model writes none."""
    try:
        return with_steps(dataclasses.replace(rubric, steps=()), lm)
    except aj.AliaJudgeError as error:
        print("no steps:", error)
        return rubric


def styles(plain: Callable[..., aj.Judge], rubric: aj.Rubric) -> list[aj.Judge]:
    """One rubric in three styles."""
    return [plain(rubric=dataclasses.replace(rubric, style=style)) for style in ("anchored", "terse", "expert")]


def measured(kind: str, judge: Any, items: Sequence[aj.Item]) -> tuple[dict[str, Any], list[aj.Verdict]]:
    """A run from an empty store, and its counts."""
    judge = judge() if callable(judge) and not isinstance(judge, aj.Judge) and not hasattr(judge, "members") else judge
    started = time.perf_counter()
    result = aj.run(judge, items, store=aj.VerdictStore())
    verdicts = list(result.verdicts)
    reasons: dict[str, int] = {}
    for verdict in verdicts:
        if verdict.unscored is not None:
            reasons[verdict.unscored] = reasons.get(verdict.unscored, 0) + 1
    counted = {
        "kind": kind,
        "items": len(items),
        "calls": result.progress.paid,
        "seconds": round(time.perf_counter() - started, 1),
        "coverage": round(1.0 - sum(reasons.values()) / len(items), 3),
        "unscored": reasons,
        "log_probabilities": sum(verdict.method == "logprobs" for verdict in verdicts),
    }
    return counted, verdicts


def scored(kind: str, judge: Any, items: Sequence[aj.Item], truth: dict[str, float]) -> dict[str, Any]:
    """A kind that gives each item a score."""
    row, verdicts = measured(kind, judge, items)
    ids = [item.item_id for item in items]
    return {**row, "spearman": correlation({i: v.score for i, v in zip(ids, verdicts, strict=True)}, truth)}


def in_one_call(
    judge: aj.CriteriaJudge, items: Sequence[aj.Item], coherent: dict[str, float], fluent: dict[str, float]
) -> list[dict[str, Any]]:
    """Several criteria by one call: the whole, and each part against its own ratings."""
    kind = "criteria in one call" + (", object" if judge.output == "json" else "")
    row, verdicts = measured(kind, judge, items)
    ids = [item.item_id for item in items]
    row["spearman"] = correlation({i: v.score for i, v in zip(ids, verdicts, strict=True)}, coherent)
    for criterion, truth in zip(judge.criteria, (coherent, fluent), strict=True):
        name = criterion.criterion
        parts = {i: v.parts[name].score if v.parts else None for i, v in zip(ids, verdicts, strict=True)}
        row[f"spearman of {name}"] = correlation(parts, truth)
        row[f"coverage of {name}"] = round(sum(score is not None for score in parts.values()) / len(parts), 3)
    return [row]


def pairs(lm: Any, items: Sequence[aj.Item], truth: dict[str, float], rubric: aj.Rubric) -> list[dict[str, Any]]:
    """Pairs within an article: in one order, in both, and from two scores; each also as Bradley-Terry strengths."""
    pair = dataclasses.replace(rubric, scale=aj.Scale.pairwise(ties=False), anchors={}, steps=())
    asked = pair_items(items, comparisons=2, rng=SEED)
    gaps = {p.item_id: truth[p.extra["second_item"]] - truth[p.extra["first_item"]] for p in asked}
    judges = {
        "pairs, one order": aj.Judge(pair, lm, **BEGUN),
        "pairs, one order, object": aj.Judge(pair, lm, **OBJECT),
        "pairs, both orders": aj.PairwiseJudge(pair, lm, **BEGUN),
        "pairs, both orders, object": aj.PairwiseJudge(pair, lm, **OBJECT),
        "pairs, from two scores": aj.PreferenceJudge(aj.Judge(rubric, lm, **BEGUN)),
    }
    rows = []
    for kind, judge in judges.items():
        row, verdicts = measured(kind, judge, asked)
        preferred = {p.item_id: verdict.score for p, verdict in zip(asked, verdicts, strict=True)}
        row["spearman"] = correlation(preferred, gaps)
        strengths = None
        if any(score is not None for score in preferred.values()):
            strengths = correlation(strengths_of_pairs(asked, verdicts).scores, truth)
        row["spearman of Bradley-Terry strengths"] = strengths
        if isinstance(judge, aj.PairwiseJudge):
            row["position_bias"] = position_bias(verdicts).to_dict()
        rows.append(row)
    return rows


def lists(lm: Any, items: Sequence[aj.Item], truth: dict[str, float], rubric: aj.Rubric) -> list[dict[str, Any]]:
    """Each article's summaries ranked by one call."""
    groups: dict[str, list[aj.Item]] = {}
    for item in items:
        groups.setdefault(str(item.group), []).append(item)
    asked = [aj.Item(item_id=name, responses=tuple(i.response for i in group)) for name, group in groups.items()]
    ids = [[item.item_id for item in group] for group in groups.values()]
    rows = []
    for kind, way in (("ranking of three", BEGUN), ("ranking of three, object", OBJECT)):
        row, verdicts = measured(kind, aj.ListwiseJudge(rubric, SYSTEMS, lm, **way), asked)
        row["spearman"] = None
        if any(verdict.score is not None for verdict in verdicts):
            row["spearman"] = correlation(strengths_of_rankings(ids, verdicts).scores, truth)
        rows.append(row)
    return rows


def conversations(lm: Any, ratings: Any, n: int) -> list[dict[str, Any]]:
    """DICES' conversations: the last reply in their light, and the whole of them."""
    rng = np.random.default_rng(SEED)
    every = ratings.items()
    matrix = ratings.matrix("safety")
    known = dict(zip(matrix.item_ids, np.nanmean(matrix.values, axis=0).tolist(), strict=True))
    chosen = [every[place] for place in sorted(rng.permutation(len(every))[:n])]
    talks = [dataclasses.replace(item, prompt="", turns=(aj.Turn(role="user", text=item.prompt),)) for item in chosen]
    rubric = aj.builtin_rubric("safety", "en")
    return [
        scored(f"conversation, {subject} judged", aj.Judge(rubric, lm, subject=subject, **BEGUN), talks, known)
        for subject in ("response", "conversation")
    ]


def correlation(scores: dict[str, float | None], truth: dict[str, float]) -> float | None:
    """Spearman over what has a score; None where it is undefined."""
    known = [(score, truth[name]) for name, score in scores.items() if score is not None]
    if len(known) < 3 or len({score for score, _ in known}) < 2 or len({value for _, value in known}) < 2:
        return None
    return round(float(spearmanr(*zip(*known, strict=True)).statistic), 3)


if __name__ == "__main__":
    main()
