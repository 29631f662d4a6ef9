"""`SearchSpace`: every way to judge that a search may try, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from alia_judge._messages import message
from alia_judge._record import Record
from alia_judge.benchmark.split import Split
from alia_judge.compiling.space.build import (
    build_judge,
    criteria_parameters,
    demonstrations,
    language_parameters,
    name_of,
    rubric_parameters,
    rubrics_together,
    together_parameters,
    told_apart,
)
from alia_judge.compiling.space.demonstrations import DemoOrder, DemoStrategy, demonstrations_tried
from alia_judge.compiling.space.summary import in_words
from alia_judge.errors import UsageError
from alia_judge.judging.prompt.points import PointNames, PointsShown
from alia_judge.judging.prompt.prompt import Layout, Reasoning, render_rubric
from alia_judge.judging.prompt.styles import in_every_style
from alia_judge.judging.question.granularity import check_granularity, regraded
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.decisions import named_decision_model
from alia_judge.records import Configuration, Scale

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CompositeJudge

__all__ = ["JudgeKind", "SearchSpace"]

#: How a judge asks: for the score at once; for a yes or no to each of the rubric's steps; or for each of some criteria.
JudgeKind = Literal["pointwise", "checklist", "analytic"]
#: From which end the points are listed, or from both in turn.
PointOrders = Literal["ascending", "descending", "both"]

#: Why other kinds of judge are no part of a search that goes item by item.
_NO_KIND = {
    "pairwise": message("a pair is one item: where ratings compare two responses, 'pointwise' asks which is better"),
    "listwise": message("it ranks several responses at once, so that a verdict is of no item by itself"),
    "preference": message("it compares two scores; search the judge that gives them"),
    "panel": message("the stack that a search deploys is a panel, its members and weights chosen by what they add"),
    "cascade": message("it is fitted to what the search paid for: Deployment(cascade=True), or --cascade"),
    "sampled": message("how often to ask is an axis of its own: samples=(1, 5)"),
    "criteria": message(
        "one call for several criteria is searched from a CriteriaJudge, with a split of each criterion"
    ),
}
#: Demonstrations may come from at most this share of the groups: what is shown cannot be learnt on.
_DEMO_SHARE = 0.25
#: Parts of a space that need a value.
_NEVER_EMPTY = (
    "demo_counts",
    "demo_strategies",
    "demo_orders",
    "neighbours",
    "layouts",
    "reasonings",
    "settings",
    "kinds",
    "granularities",
    "point_orders",
    "point_names",
    "samples",
)
#: Parts of a space that go with one criterion a call.
_OF_ONE = ("reasonings", "kinds", "granularities", "point_orders", "point_names", "samples")
#: Items to choose each demonstration from.
_DEMO_CHOICE = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class SearchSpace(Record):
    """Models, rubrics, demonstrations and settings to combine; or configurations that were recorded.

    Combinations are conditional: how demonstrations are chosen matters only where there are some. Demonstrations come
    from train items alone, are stored by item id, and the groups they come from are not learnt on.

    Parameters
    ----------
    models
        Names that `alia_judge.models` knows (``"openai/gpt-4o-mini"``, ``"embedded"``); none is the judge's own.
    rubrics
        Rubrics to try; none is the judge's own.
    demo_counts
        Numbers of demonstrations to try.
    demo_strategies
        Ways to choose them.
    demo_draws
        Different choices of demonstrations for each number and strategy.
    layouts
        ``"chat"`` or ``"single"``, as `Judge` takes them.
    demo_orders
        In which order to show them: ``"drawn"`` as they were chosen, ``"ascending"`` or ``"descending"`` by what people
        said of them.
    neighbours
        How many of them to show for an item, those most like it; None shows all. Where there are no more than that,
        only None is tried.
    reasonings
        ``"none"``, ``"first"`` or ``"after"``: whether the model gives reasons, before its score or after it.
    settings
        Generation settings to try (``{"temperature": 0.7}``).
    kinds
        ``"pointwise"`` asks for the score; ``"checklist"`` asks each of the rubric's steps as a question of its own,
        ``"analytic"`` each of `criteria`: as many calls an item as questions, and no demonstrations.
    criteria
        What an analytic judge takes the whole apart into, each with its own scale and words.
    granularities
        On how many points the model is asked (3, 10, 101); None is as many as the scale has. Answers are mapped back.
    point_orders
        From which end the points are listed: ``"ascending"``, ``"descending"``, or ``"both"``, two calls of which the
        mean is the verdict.
    point_names
        What the points are called: ``"digits"``, ``"letters"``, ``"words"``. Where a rubric's points have no such names
        (words for 101 of them), they are not tried. What is listed or called otherwise is asked once.
    samples
        How often an item is asked about, each time a call; the mean is the verdict. More than one is tried with a
        temperature only: that of the settings, or 1 where they name none, and never with 0.
    together
        Of a `CriteriaJudge`, sets of rubrics that one call may ask, each with one for every criterion; none is the
        judge's own.
    rubrics_by_language
        Rubrics that follow the item, each in several languages: an item is judged by the one in its own, one of any
        other language by the first. They are tried beside `rubrics`.
    recorded
        Recorded configurations (``bank.select(criterion=...)``) instead of all the above.

    Raises
    ------
    UsageError
        If recorded configurations are mixed with parts to combine, or a part is empty or out of range.

    Examples
    --------
    >>> space = SearchSpace(models=("embedded",), demo_counts=(0, 4))
    >>> print(space)
    model: embedded
    rubric: the judge's own
    demonstrations: 0, 4 (spread)
    >>> SearchSpace.from_dict(space.to_dict()) == space
    True
    """

    schema = "alia-judge/space/1"
    #: Studies of spaces without them go on.
    unwritten: ClassVar[frozenset[str]] = frozenset({"point_orders", "point_names", "together"})

    models: tuple[str, ...] = ()
    rubrics: tuple[Rubric, ...] = ()
    demo_counts: tuple[int, ...] = (0,)
    demo_strategies: tuple[DemoStrategy, ...] = ("spread",)
    demo_draws: int = 1
    demo_orders: tuple[DemoOrder, ...] = ("drawn",)
    neighbours: tuple[int | None, ...] = (None,)
    layouts: tuple[str, ...] = ("chat",)
    reasonings: tuple[Reasoning, ...] = ("none",)
    settings: tuple[Mapping[str, Any], ...] = field(default_factory=lambda: ({},))
    kinds: tuple[JudgeKind, ...] = ("pointwise",)
    criteria: tuple[Rubric, ...] = ()
    granularities: tuple[int | None, ...] = (None,)
    point_orders: tuple[PointOrders, ...] = ("ascending",)
    point_names: tuple[PointNames, ...] = ("digits",)
    samples: tuple[int, ...] = (1,)
    rubrics_by_language: tuple[tuple[Rubric, ...], ...] = ()
    together: tuple[tuple[Rubric, ...], ...] = ()
    recorded: tuple[Configuration, ...] = ()

    def __post_init__(self) -> None:
        self._refuse_other_types()
        for name in self.__dataclass_fields__.keys() - {"demo_draws"}:
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("rubrics_by_language", "together"):
            object.__setattr__(self, name, tuple(map(tuple, getattr(self, name))))
        if self.recorded and (self.models or self.rubrics or self.rubrics_by_language):
            raise UsageError(
                message("a space has either recorded configurations or models and rubrics to combine, not both")
            )
        for name in _NEVER_EMPTY:
            if not getattr(self, name):
                raise UsageError(message("{name} needs at least one value; leave it out for the default", name=name))
        if min(self.demo_counts) < 0 or self.demo_draws < 1:
            raise UsageError(message("demo_counts must not be negative and demo_draws at least 1"))
        if any(count is not None and count < 1 for count in self.neighbours):
            raise UsageError(message("neighbours must be at least 1, or None for all demonstrations"))
        if min(self.samples) < 1:
            raise UsageError(message("samples must be at least 1, got {samples}", samples=min(self.samples)))
        for kind in self.kinds:
            if kind in _NO_KIND:
                raise UsageError(
                    message("{kind!r} cannot be searched item by item: {no_kind}", kind=kind, no_kind=_NO_KIND[kind])
                )
        for name, kinds in (
            ("kinds", JudgeKind),
            ("demo_strategies", DemoStrategy),
            ("demo_orders", DemoOrder),
            ("reasonings", Reasoning),
            ("layouts", Layout),
            ("point_orders", PointOrders),
            ("point_names", PointNames),
        ):
            unknown = set(getattr(self, name)) - set(get_args(kinds))
            if unknown:
                raise UsageError(
                    message(
                        "{name} are {kinds}, got {unknown}",
                        name=name,
                        kinds=", ".join(get_args(kinds)),
                        unknown=", ".join(map(str, sorted(unknown))),
                    )
                )
        self._check_kinds()

    def _refuse_other_types(self) -> None:
        """A text where several are meant would be taken for its letters; a model is named, so that it can be kept."""
        for name in self.__dataclass_fields__.keys() - {"demo_draws"}:
            given = getattr(self, name)
            if isinstance(given, (str, Mapping, Rubric)) or not isinstance(given, Iterable):
                raise UsageError(
                    message(
                        "{name} are several, got {given!r:.60}; give {name}=({given!r:.60},)", name=name, given=given
                    )
                )
        for names, kind, instead in (
            ("models", str, message("its name; the judge's own, Judge(rubric, lm), needs none")),
            ("rubrics", Rubric, message("a Rubric, as builtin_rubric and load_rubric give")),
            ("criteria", Rubric, message("a Rubric, as builtin_rubric and load_rubric give")),
        ):
            for one in getattr(self, names):
                if not isinstance(one, kind):
                    raise UsageError(
                        message(
                            "{names} are {kind}s, got {one_kind}; give {instead}",
                            names=names,
                            kind=kind.__name__,
                            one_kind=type(one).__name__,
                            instead=instead,
                        )
                    )

    @classmethod
    def around(cls, judge: Judge | Rubric, *, models: Sequence[str] = ()) -> Self:
        """A sensible space from one judge, or a rubric and models: every style that fits, some demonstrations or none.

        ``"terse"`` leaves anchors and steps out, ``"checklist"`` puts the steps in front.
        """
        rubric, layout = (judge, "chat") if isinstance(judge, Rubric) else (judge.rubric, judge.layout)
        criteria = getattr(judge, "criteria", ())
        return cls(
            models=tuple(models),
            rubrics=() if criteria else in_every_style(rubric),
            together=rubrics_together([in_every_style(one) for one in criteria]) if criteria else (),
            # A demonstration has people's word on every criterion, and a split of one has none on the others.
            demo_counts=(0,) if getattr(judge, "focus", None) else (0, 2, 4),
            demo_strategies=("spread", "random"),
            layouts=(layout,),
        )

    def demo_items(self, train: Split, seed: int) -> NDArray[np.intp]:
        """Indices of the train items set aside for demonstrations: whole groups, few, drawn by the seed.

        Raises
        ------
        UsageError
            If train has too few groups to set any aside.
        """
        most = max(self.demo_counts)
        if self.recorded or not most:
            return np.empty(0, dtype=np.intp)
        names, codes = np.unique(train.groups, return_inverse=True)
        if len(names) < 2:
            raise UsageError(
                message("demonstrations need a group of their own, and train has one group only; use demo_counts=(0,)")
            )
        order = np.random.default_rng([seed, 1]).permutation(len(names))
        allowed = max(1, int(len(names) * _DEMO_SHARE))
        sizes = np.cumsum(np.bincount(codes)[order])
        wanted = int(np.searchsorted(sizes, most * _DEMO_CHOICE)) + 1
        return np.flatnonzero(np.isin(codes, order[: min(allowed, wanted)]))

    def configurations(self, train: Split, *, seed: int = 0, limit: int = 4096) -> tuple[Configuration, ...]:
        """Every combination, each once; a random `limit` of them where there are more."""
        if self.recorded:
            return self.recorded
        pool = self.demo_items(train, seed)
        found: dict[str, Configuration] = {}
        demos = demonstrations_tried(
            [train.items[place].item_id for place in pool],
            train.target[pool],
            counts=self.demo_counts,
            strategies=self.demo_strategies,
            draws=self.demo_draws,
            orders=self.demo_orders,
            neighbours=self.neighbours,
            seed=seed,
        )
        for model, question, layout, reasoning, settings in product(
            self.models or (None,), self._questions(train), self.layouts, self.reasonings, self.settings
        ):
            if model is not None and named_decision_model(model) and {"point_order", "point_names"} & question.keys():
                continue  # it is asked about the points in a question of its own kind
            several = "kind" in question
            shows = not several or question["kind"] == "criteria"
            for asked, shown in product(
                [{}] if several else self._repeats(question, settings), demos if shows else [{}]
            ):
                parameters = {
                    **({} if model is None else {"model": model}),
                    **question,
                    "layout": layout,
                    **({} if reasoning == "none" else {"reasoning": reasoning}),
                    **({"settings": dict(settings)} if settings else {}),
                    **asked,
                    **shown,
                }
                configuration = Configuration(parameters=parameters, name=name_of(parameters))
                found[configuration.key] = configuration
        everything = told_apart(found.values())
        if len(everything) <= limit:
            return tuple(everything)
        kept = np.sort(np.random.default_rng([seed, 2]).choice(len(everything), size=limit, replace=False))
        return tuple(everything[place] for place in kept)

    def build(self, configuration: Configuration, judge: Judge, train: Split) -> Judge | CompositeJudge:
        """The judge that a configuration stands for.

        Parameters
        ----------
        configuration
            One of `configurations`.
        judge
            Gives what the configuration does not say.
        train
            Where the demonstrations are, by item id.

        Raises
        ------
        UsageError
            If a demonstration is not in train.
        """
        ids = configuration.parameters.get("demo_item_ids", ())
        return build_judge(configuration, judge, dict(zip(ids, demonstrations(ids, train), strict=True)))

    def check(self, judge: Judge) -> None:
        """Refuse what the judge that is varied cannot be asked, before anything is paid for.

        Raises
        ------
        UsageError
            If its rubric cannot be asked on another number of points, or sets of rubrics in one call.
        """
        if self.together and not hasattr(judge, "criteria"):
            raise UsageError(
                message("together= has sets of rubrics that one call asks, which takes a CriteriaJudge; leave it out")
            )
        own = not (self.rubrics or self.rubrics_by_language)
        for granularity in self.granularities:
            if own and granularity is not None:
                check_granularity(judge.rubric, granularity)

    def __str__(self) -> str:
        return "\n".join(in_words(self))

    def _questions(self, train: Split) -> Iterator[dict[str, Any]]:
        """What is asked, by kind: a rubric on the points of the scale or on others, its steps, or the criteria."""
        if train.parts or self.together:
            self._refuse_of_one()
            yield from map(together_parameters, self.together or ((),))
            return
        alone = self.rubrics or (() if self.rubrics_by_language else (None,))
        for kind in self.kinds:
            if kind == "checklist":
                if not any(rubric.steps for rubric in self.rubrics):
                    raise UsageError(
                        message(
                            "kind 'checklist' asks a rubric's steps; pass rubrics with some, or have a model write them"
                        )
                    )
                # Every style asks the same questions.
                asked = {
                    replace(rubric, style="checklist", anchors={}): None for rubric in self.rubrics if rubric.steps
                }
                for rubric in asked:
                    yield {**rubric_parameters(rubric), "kind": kind, "calls_per_item": len(rubric.steps)}
            elif kind == "analytic":
                for whole in dict.fromkeys(rubric and replace(rubric, style="anchored") for rubric in alone):
                    yield criteria_parameters(whole, self.criteria)
            else:
                ways = [{} if rubric is None else rubric_parameters(rubric) for rubric in _different_prompts(alone)]
                ways += [language_parameters(rubrics) for rubrics in self.rubrics_by_language]
                for way, granularity in product(ways, self.granularities):
                    own = granularity is None or granularity == len(train.scale.points)
                    graded = way if own else {**way, "granularity": granularity}
                    for order, names in product(self.point_orders, self.point_names):
                        if _can_be_listed(graded, train.scale, order, names):
                            yield {**graded, **_listed(order, names)}

    def _repeats(self, question: Mapping[str, Any], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
        """How often a question is asked: more than once at a temperature only, and by one rubric."""
        warm = settings.get("temperature", 1.0)
        once = {"rubrics", "point_order", "point_names"} & question.keys()
        often = [n for n in self.samples if n > 1 and warm and not once]
        again = {**settings, "temperature": warm}
        return [{}] * (1 in self.samples or not often) + [
            {"settings": again, "samples": n, "calls_per_item": n} for n in often
        ]

    def _refuse_of_one(self) -> None:
        """Refuse ways of asking that go with one criterion, where one call answers several."""
        default = SearchSpace()
        for name in (*_OF_ONE, "rubrics", "rubrics_by_language", "criteria"):
            if getattr(self, name) != getattr(default, name):
                raise UsageError(
                    message("one call that answers several criteria has no {name}; leave them out", name=name)
                )

    def _check_kinds(self) -> None:
        """Refuse criteria that nobody asks, and granularities of rubrics that name points of their scale."""
        if ("analytic" in self.kinds) != bool(self.criteria):
            raise UsageError(message("kind 'analytic' and criteria go together: pass both, or neither"))
        for rubric in (*self.rubrics, *(rubric for rubrics in self.rubrics_by_language for rubric in rubrics)):
            for granularity in self.granularities:
                if granularity is not None:
                    check_granularity(rubric, granularity)
        for rubrics in self.rubrics_by_language:
            languages = [rubric.language for rubric in rubrics]
            if len(set(languages)) < max(len(languages), 2):
                raise UsageError(
                    message(
                        "a rubric that follows the item is in two languages or more, one a language; got {languages}",
                        languages=languages,
                    )
                )


def _listed(order: PointOrders, names: PointNames) -> dict[str, Any]:
    """How points are listed, as parameters of a configuration; nothing of what is as usual."""
    return {
        **({} if order == "ascending" else {"point_order": order}),
        **({} if names == "digits" else {"point_names": names}),
        **({"calls_per_item": 2} if order == "both" else {}),
    }


def _can_be_listed(question: Mapping[str, Any], scale: Scale, order: PointOrders, names: PointNames) -> bool:
    """Whether the points of a question have such names; those of rubrics that follow the item are listed as usual."""
    shown = PointsShown(order="ascending" if order == "ascending" else "descending", names=names)
    if "rubrics" in question:
        return shown.usual
    rubric = Rubric.from_dict(question["rubric"]) if "rubric" in question else Rubric(criterion="-", scale=scale)
    if "granularity" in question:
        rubric = regraded(rubric, question["granularity"])
    try:
        shown.check(rubric)
    except UsageError:
        return False
    return True


def _different_prompts(rubrics: Sequence[Rubric | None]) -> list[Rubric | None]:
    """The rubrics, of those that read the same in a prompt the first: two candidates with one prompt are one."""
    prompts: dict[str | None, Rubric | None] = {}
    for rubric in rubrics:
        prompts.setdefault(None if rubric is None else f"{rubric.language} {render_rubric(rubric)}", rubric)
    return list(prompts.values())
