"""`monitor`: is the judge still what its evaluation said? Tests that stay valid however often one looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge._version import __version__
from alia_judge.errors import UsageError
from alia_judge.evaluation.agreement.profile import Profile, distances, order_agreement
from alia_judge.evaluation.rated_items import RatedItems, rated_items
from alia_judge.evaluation.result import EvaluationResult, JudgeEvaluation
from alia_judge.ratings.table import Ratings
from alia_judge.stats.betting import SequentialTest, betting_interval, betting_test
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.exchangeability import exchangeability_test

__all__ = ["MonitorResult", "Reference", "WatchedFigure", "monitor"]

Floats = NDArray[np.float64]
#: What a figure must be worse than for an alarm: the worse end of what was published, or the figure itself.
Reference = Literal["interval", "figure"]


@dataclass(frozen=True, kw_only=True, eq=False)
class WatchedFigure(Record):
    """One figure under watch.

    Parameters
    ----------
    what
        What it is, in words.
    published
        What the evaluation said; None for the scores' distribution, which is no number.
    bound
        The published figure at the end of its interval that is worse, or itself, as was asked: only what lies beyond
        is an alarm. NaN where `published` is None.
    now
        The same of everything since, with an interval that is valid at any time; None as `published`.
    n
        How many new groups (or items that stand alone) it rests on.
    evidence, p_value
        Against the hypothesis that nothing is worse than `bound`: the capital of a bettor against it, and one over its
        largest value so far. Both may be read at any time.
    alarm
        After how many of the `n` there was an alarm; None if there was none.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> watch = monitor(result, {item: 1.0 for item in truth}).watches["scores"]
    >>> watch.n, watch.alarm is not None
    (180, True)
    """

    also: ClassVar[tuple[str, ...]] = ("sentence",)

    what: str
    published: Estimate | None
    bound: float
    now: Estimate | None
    n: int
    evidence: float
    p_value: float
    alarm: int | None

    @property
    def sentence(self) -> str:
        """What may be said."""
        figures = (
            ""
            if self.now is None
            else message(": {now} where {published} was published", now=self.now, published=self.published)
        )
        if self.alarm is None:
            return message("{what}{figures}: no change shown in {n}", what=self.what, figures=figures, n=self.n)
        return message(
            "{what}{figures}: ALARM after {alarm} of {n}", what=self.what, figures=figures, alarm=self.alarm, n=self.n
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class MonitorResult(Record):
    """A look at a judge in use.

    Parameters
    ----------
    criterion, judge
        Whose verdicts, on what.
    watches
        Name -> figure: ``"coverage"`` and ``"scores"`` of the verdicts alone; ``"error"`` and ``"order"`` where people
        rated some of the items.
    alpha
        The chance that any of them ever raises an alarm where nothing is worse than its bound.
    signature
        The settings that change the figures, one line.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> look = monitor(result, {item: 1.0 for item in truth})  # since then it says 1 to everything
    >>> look.alarms
    ('scores',)
    """

    also: ClassVar[tuple[str, ...]] = (
        "alarms",
        "summary",
    )

    schema = "alia-judge/monitor/1"

    criterion: str
    judge: str
    watches: Mapping[str, WatchedFigure]
    alpha: float
    signature: str

    @property
    def alarms(self) -> tuple[str, ...]:
        """The names of the figures that raised one."""
        return tuple(name for name, watch in self.watches.items() if watch.alarm is not None)

    @property
    def summary(self) -> str:
        """What was found, in a sentence."""
        if self.alarms:
            return message(
                "{judge} on {criterion} is not what its evaluation said: {alarms}",
                judge=self.judge,
                criterion=self.criterion,
                alarms=", ".join(self.alarms),
            )
        return message(
            "{judge} on {criterion}: nothing shows that it is not what its evaluation said",
            judge=self.judge,
            criterion=self.criterion,
        )


def monitor(
    published: EvaluationResult,
    verdicts: Mapping[str, float],
    ratings: Ratings | None = None,
    *,
    criterion: str | None = None,
    judge: str | None = None,
    groups: Mapping[str, str] | None = None,
    alpha: float = 0.05,
    reference: Reference = "interval",
    seed: int = 0,
) -> MonitorResult:
    """Hold a judge's verdicts since its evaluation, and fresh ratings of some of them, against that evaluation.

    Parameters
    ----------
    published
        The evaluation, as it was published.
    verdicts
        Item -> score of **every** verdict since then in the order they came, NaN where unscored. Give all of them every
        time: the tests are valid at any time because they never forget.
    ratings
        What people said of some of these items, drawn at random, on the published scale; None if nobody did yet.
    criterion, judge
        Which one of the evaluation; may be left out where there is one, or a subject.
    groups
        Item -> what it shares with others (a conversation); what the ratings' items say of it counts, too. A group is
        one observation, so let its items and ratings come together.
    alpha
        The chance, at most, that there is ever any alarm where nothing is worse than the reference.
    reference
        Of error and order. ``"interval"``: an alarm says that they are worse than the worse end of their published
        intervals, so that the judge has changed. ``"figure"``: that they are worse than the numbers published, which
        they may be of a judge that never changed, where its numbers were lucky; a smaller decline is seen.
    seed
        Breaks ties.

    Returns
    -------
    MonitorResult

    Raises
    ------
    UsageError
        If the evaluation has no profile of the judge, the scales differ, or no verdict is new.

    Notes
    -----
    By default an alarm is raised against the *worse end* of the published interval, as the published figure has an
    error of its own. Against either reference the tests are valid at any time. `alpha` is divided equally among the
    figures under watch. A rise of the error may be the judge's or the annotators': ratings by the same people on items
    of the evaluation tell them apart.

    Examples
    --------
    >>> import alia_judge as aj
    >>> ratings = aj.load_sample()
    >>> truth = {item.item_id: item.extra["true_tone"] for item in ratings.items()}
    >>> result = aj.evaluate_scores(ratings, {"the truth": truth}, criterion="tone")
    >>> monitor(result, truth).alarms, monitor(result, {item: 1.0 for item in truth}).alarms
    ((), ('scores',))
    """
    name = _criterion(published, criterion)
    found = published.judge(judge, name)
    if found.profile is None:
        raise UsageError(
            message(
                "the evaluation keeps no profile of the judge on {name!r}; evaluate it again, then monitor", name=name
            )
        )
    if not verdicts:
        raise UsageError(message("there is no verdict to look at"))
    human = None if ratings is None else _human(ratings, published, name)
    of_item = dict(groups or {})
    if human is not None:
        of_item |= {item.item_id: item.group for item in human.items if item.group is not None}
    scale = published.criteria[name].scale
    raw = scale.oriented(np.array(list(verdicts.values()), dtype=np.float64))
    scores = raw[_one_a_group(list(verdicts), of_item)]
    tests = 2 if human is None else 2 + found.profile.error.defined + found.profile.order.defined
    each = alpha / tests
    if reference not in ("interval", "figure"):
        raise UsageError(message("reference is 'interval' or 'figure', got {reference!r}", reference=reference))
    watches = {
        "coverage": _coverage(found, scores, each),
        "scores": _scores(found.profile, scores[~np.isnan(scores)], each, seed),
    }
    if ratings is not None and human is not None:
        by_item = dict(zip(verdicts, raw, strict=True))
        watches |= _against_people(found.profile, human, _arrival(ratings, name), by_item, each, reference)
    against = "" if reference == "interval" else f"against:{reference}|"
    signature = f"monitor|alpha:{alpha:g}|{against}figures:{tests}|seed:{seed}|{published.signature}|v:{__version__}"
    return MonitorResult(
        criterion=name,
        judge=judge or published.subject or next(iter(published.criteria[name].judges)),
        watches=watches,
        alpha=alpha,
        signature=signature,
    )


def _criterion(published: EvaluationResult, criterion: str | None) -> str:
    known = list(published.criteria)
    if criterion is None and len(known) == 1:
        return known[0]
    if criterion is None or criterion not in published.criteria:
        asked = (
            message("name a criterion")
            if criterion is None
            else message("there is no criterion {criterion!r}", criterion=criterion)
        )
        raise UsageError(message("{asked}; the evaluation has: {known}", asked=asked, known=", ".join(known)))
    return criterion


def _human(ratings: Ratings, published: EvaluationResult, criterion: str) -> RatedItems:
    scale = published.criteria[criterion].scale
    if ratings.scales[ratings.require(criterion)] != scale:
        raise UsageError(
            message(
                "the new ratings on {criterion!r} are on another scale than the published ones; read "
                "them with load_ratings(..., scales={{criterion: "
                "published.criteria[criterion].scale}})",
                criterion=criterion,
            )
        )
    (human,) = rated_items(ratings, criterion=criterion)
    return human


def _arrival(ratings: Ratings, criterion: str) -> dict[str, int]:
    """When each item was first rated: by the ratings' timestamps if every one has one, else by their order."""
    rows = ratings.of(criterion)
    if "timestamp" in rows and rows["timestamp"].notna().all():
        rows = rows.sort_values("timestamp", kind="stable")
    arrival: dict[str, int] = {}
    for place, item in enumerate(rows["item_id"]):
        arrival.setdefault(str(item), place)
    return arrival


def _one_a_group(items: list[str], groups: Mapping[str, str]) -> list[int]:
    """The place of the first verdict of each group, in the order they came."""
    first: dict[tuple[str, str], int] = {}
    for place, item in enumerate(items):
        first.setdefault(("group", groups[item]) if item in groups else ("item", item), place)
    return list(first.values())


def _coverage(found: JudgeEvaluation, scores: Floats, alpha: float) -> WatchedFigure:
    unscored = found.n_asked - found.n_items
    # The upper end of Clopper and Pearson's exact interval.
    bound = float(special.betaincinv(unscored + 1, found.n_items, 0.975)) if found.n_items else 1.0
    published = Estimate(
        statistic="coverage",
        value=found.coverage,
        low=1 - bound,
        high=1.0 if unscored == 0 else 1 - float(special.betaincinv(unscored, found.n_items + 1, 0.025)),
        level=0.95,
        method="Clopper and Pearson",
        n=found.n_asked,
    )
    missing = np.isnan(scores).astype(np.float64)
    # A judge that scored nothing cannot get worse.
    test = betting_test(missing, min(bound, 1 - 1e-9), alpha=alpha)
    now = betting_interval(1 - missing, statistic="coverage", confidence=1 - alpha)
    return _watch(message("share of items scored"), published, 1 - bound, now, test)


def _scores(profile: Profile, scores: Floats, alpha: float, seed: int) -> WatchedFigure:
    test = exchangeability_test(profile.reference(), profile.cell(scores).astype(np.float64), alpha=alpha, rng=seed)
    return _watch(message("distribution of the scores"), None, np.nan, None, test)


def _against_people(
    profile: Profile,
    human: RatedItems,
    arrival: Mapping[str, int],
    by_item: Mapping[str, float],
    alpha: float,
    reference: Reference,
) -> dict[str, WatchedFigure]:
    scores = np.array([by_item.get(item.item_id, np.nan) for item in human.items])
    scored = ~np.isnan(scores)
    if not scored.any():
        raise UsageError(message("none of the newly rated items has a verdict; give the verdicts of the same items"))
    came = np.array([arrival[item.item_id] for item in human.items])[scored]
    scores, given = scores[scored], human.ratings.items(np.flatnonzero(scored))
    codes = np.unique(human.clusters[scored], return_inverse=True)[1]
    # Groups in the order in which the first of their items was rated.
    first = np.full(int(codes.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, codes, came)
    unit = np.argsort(np.argsort(first, kind="stable"), kind="stable")[codes].astype(np.intp)
    watches = {}
    if profile.error.defined:
        width = human.scale.high - human.scale.low
        if np.any((scores < human.scale.low) | (scores > human.scale.high)):
            raise UsageError(message("a verdict is off the ratings' scale, on which all of the published ones were"))
        gaps = distances(scores, given, unit)
        watches["error"] = _bounded(
            message("distance from one person's rating"), profile.error, gaps, alpha, (0.0, width), reference
        )
    if profile.order.defined:
        members = (np.flatnonzero(unit == code) for code in range(int(unit.max()) + 1))
        parts = [(scores[mine], given.of_items(mine)) for mine in members]
        agreement = [order_agreement(parts[k], parts[k + 1]) for k in range(0, len(parts) - 1, 2)]
        watches["order"] = _bounded(
            message("pairs ordered as people do"),
            profile.order,
            np.array(agreement),
            alpha,
            (0.0, 1.0),
            reference,
            worse="lower",
        )
    return watches


def _bounded(
    what: str,
    published: Estimate,
    values: Floats,
    alpha: float,
    range_: tuple[float, float],
    reference: Reference,
    *,
    worse: str = "higher",
) -> WatchedFigure:
    low, high = range_
    edge = 1e-9 * (high - low)
    end = published.high if worse == "higher" else published.low
    bound = float(np.clip(published.value if reference == "figure" else end, low + edge, high - edge))
    test = betting_test(values, bound, side="higher" if worse == "higher" else "lower", alpha=alpha, range_=range_)
    now = betting_interval(values, statistic=published.statistic, confidence=1 - alpha, range_=range_)
    return _watch(what, published, bound, now, test)


def _watch(
    what: str, published: Estimate | None, bound: float, now: Estimate | None, test: SequentialTest
) -> WatchedFigure:
    if now is not None:
        now = replace(now, groups=now.n)
    return WatchedFigure(
        what=what,
        published=published,
        bound=bound,
        now=now,
        n=int(test.evidence.size),
        evidence=float(test.evidence[-1]) if test.evidence.size else 1.0,
        p_value=test.p_value,
        alarm=test.alarm,
    )
