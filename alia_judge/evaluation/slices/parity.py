"""Does the judge serve every language alike? Agreement in each, and the same response in two of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import Written, message
from alia_judge._record import Record
from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import FEWEST_GROUPS, RatedItems
from alia_judge.stats._draws import resample_counts
from alia_judge.stats.all_pairs import all_pairs
from alia_judge.stats.clustered import clustered_mean
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.kernels import WeightedSpearman

__all__ = ["LanguagePair", "Parity", "TranslationPair", "parity"]

Floats = NDArray[np.float64]
#: A standard error needs no more resamples than this: its own error is then 4 %.
_RESAMPLES = 400


@dataclass(frozen=True, kw_only=True, eq=False)
class LanguagePair(Record):
    """Agreement with people in one language less that in another.

    `difference` is of Spearman's correlations, with its interval; `p_value` is corrected over all pairs (Holm).
    """

    first: str
    second: str
    difference: Estimate
    p_value: float


@dataclass(frozen=True, kw_only=True, eq=False)
class TranslationPair(Record):
    """The same responses in two languages.

    Parameters
    ----------
    first, second
        The languages.
    n
        Responses that are there, and scored, in both.
    judge, people
        Score (rating) in the first less that in the second, on the mean.
    excess
        `judge` less `people`: what the judge makes of the language alone.
    distance
        Mean distance of the judge's two scores, whichever is higher.
    p_value
        Of no excess, two-sided.
    """

    first: str
    second: str
    n: int
    judge: Estimate
    people: Estimate
    excess: Estimate
    distance: Estimate
    p_value: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Parity(Record):
    """A judge across languages.

    Parameters
    ----------
    pairs
        Every pair of languages with enough items, the widest gap first.
    translations
        Pairs of languages in which the same responses are there.
    equivalence
        The least margin within which all languages are shown to agree with people alike: every pair's interval of
        nominal coverage ``1 - 2 alpha`` lies within it (two one-sided tests).
    alpha
        The level of the claims.
    margin
        Within this much of Spearman's correlation, languages count as alike.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> parity = result.judge("the truth").parity
    >>> len(parity.pairs), parity.margin
    (10, 0.1)
    """

    pairs: tuple[LanguagePair, ...]
    translations: tuple[TranslationPair, ...]
    equivalence: float
    alpha: float
    margin: float

    @property
    def claim(self) -> str:
        """What may be said of the agreement in all languages."""
        what = message("agrees with people as well in every language")
        if not self.pairs:
            return message("{what}: cannot be said, too few items of each", what=what)
        widest = self.pairs[0]
        # The language with less agreement is named first.
        low, high = (widest.second, widest.first) if widest.difference.value > 0 else (widest.first, widest.second)
        undeclared = message("the undeclared")
        figures = message(
            "Spearman in {low} less {high} {difference}",
            low=low or undeclared,
            high=high or undeclared,
            difference=_turned(widest, low),
        )
        if any(pair.p_value <= self.alpha for pair in self.pairs):
            return message("{what}: no, {figures}", what=what, figures=figures)
        if self.equivalence <= self.margin:
            return message("{what}: yes, within {margin:g}, {figures}", what=what, margin=self.margin, figures=figures)
        # Not shown to differ is not shown to be the same.
        return message(
            "{what}: not shown: no gap is found, but one above {margin:g} cannot be ruled out, {figures}",
            what=what,
            margin=self.margin,
            figures=figures,
        )

    @property
    def translation_claim(self) -> str | None:
        """What may be said of the same response in two languages; None where there is none."""
        if not self.translations:
            return None
        what = message("gives the same response the same score in every language")
        worst = max(self.translations, key=lambda pair: abs(pair.excess.value))
        figures = message(
            "{first} less {second}, beyond what people see, {excess} on {n} responses",
            first=worst.first,
            second=worst.second,
            excess=worst.excess,
            n=worst.n,
        )
        # Bonferroni over the pairs of languages.
        shown = any(pair.p_value * len(self.translations) <= self.alpha for pair in self.translations)
        answer = message("no") if shown else message("not refuted")
        return message("{what}: {answer}, {figures}", what=what, answer=answer, figures=figures)


def parity(human: RatedItems, scores: Floats, options: EvaluationOptions) -> Parity | None:
    """The judge's agreement in each language against the others; None where there is one language, or no order.

    Parameters
    ----------
    scores
        Shape (n,), NaN is unscored.
    """
    if human.scale.has_labels or not human.has("language"):
        return None
    tags = np.array(human.column("language"))
    if np.unique(tags).size < 2:
        return None
    pairs, equivalence = _agreement(human, scores, tags, options)
    return Parity(
        pairs=pairs,
        translations=_translations(human, scores, tags, options),
        equivalence=equivalence,
        alpha=options.alpha,
        margin=options.parity_margin,
    )


def _agreement(
    human: RatedItems, scores: Floats, tags: NDArray[np.str_], options: EvaluationOptions
) -> tuple[tuple[LanguagePair, ...], float]:
    scored = ~(np.isnan(scores) | np.isnan(human.target))
    clusters = human.resampled
    unit = np.unique(np.arange(len(human)) if clusters is None else clusters, return_inverse=True)[1]
    languages, figures = [], []
    n_units = int(unit.max()) + 1
    draws = resample_counts(n_units, min(options.n_resamples, _RESAMPLES), np.random.default_rng(options.seed))
    counts = np.column_stack([np.ones(n_units), draws])
    for tag in np.unique(tags):
        inside = scored & (tags == tag)
        if inside.sum() < options.min_slice or np.unique(unit[inside]).size < FEWEST_GROUPS:
            continue
        found = WeightedSpearman(scores[inside], human.target[inside])(counts[unit[inside]])
        if not np.isnan(found[0]):
            languages.append(str(tag))
            figures.append(found)
    drawn = np.array(figures).reshape(len(figures), counts.shape[1])
    replicates = drawn[:, 1:][:, ~np.isnan(drawn[:, 1:]).any(axis=0)]
    if len(languages) < 2 or replicates.shape[1] < 2:
        return (), np.nan
    gaps = all_pairs(drawn[:, 0], replicates, n_units)
    pairs = [
        LanguagePair(
            first=languages[i],
            second=languages[j],
            difference=gaps.estimate(
                i,
                j,
                statistic="difference of spearman",
                confidence=options.level,
                method=f"t bootstrap over {'items' if clusters is None else 'groups'}",
                n=int((scored & np.isin(tags, [languages[i], languages[j]])).sum()),
                groups=None if clusters is None else n_units,
            ),
            p_value=float(gaps.p_value[i, j]),
        )
        for i, j in combinations(range(len(languages)), 2)
    ]
    reach = np.abs(gaps.gap) + gaps.half_width(1 - 2 * options.alpha)
    pairs.sort(key=lambda pair: -abs(pair.difference.value))
    return tuple(pairs), float(reach[np.triu_indices(len(languages), 1)].max())


def _translations(
    human: RatedItems, scores: Floats, tags: NDArray[np.str_], options: EvaluationOptions
) -> tuple[TranslationPair, ...]:
    if options.translations is None:
        return ()
    of: dict[tuple[str, str], int] = {}
    for place, (key, tag) in enumerate(zip(human.column(options.translations), tags, strict=True)):
        if key and not np.isnan(scores[place]):
            # Where a response is there twice in a language, the first counts.
            of.setdefault((key, str(tag)), place)
    result = []
    for first, second in combinations(sorted({tag for _, tag in of}), 2):
        keys = [key for key, tag in of if tag == first and (key, second) in of]
        if len(keys) < options.min_slice:
            continue
        here, there = (np.array([of[key, tag] for key in keys]) for tag in (first, second))
        groups = None if human.resampled is None else human.resampled[here]
        judge, people = scores[here] - scores[there], human.target[here] - human.target[there]
        figures = {
            name: clustered_mean(values, groups, statistic=name, confidence=options.level)
            for name, values in {
                "judge": judge,
                "people": people,
                "excess": judge - people,
                "distance": np.abs(judge),
            }.items()
        }
        result.append(
            TranslationPair(first=first, second=second, n=len(keys), **figures, p_value=figures["excess"].p_value())
        )
    return tuple(result)


def _turned(pair: LanguagePair, low: str) -> str:
    found = pair.difference
    if low == pair.first:
        return Written(found)
    return Written(f"{-found.value:.3f} [{-found.high:.3f}, {-found.low:.3f}]")
