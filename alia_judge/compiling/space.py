"""`SearchSpace`: every way to judge that a search may try, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from alia_judge.benchmark.split import Split
from alia_judge.errors import UsageError
from alia_judge.judging.prompt import Layout, Reasoning
from alia_judge.judging.rubric import Rubric
from alia_judge.records import Configuration

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge

__all__ = ["DemoOrder", "DemoStrategy", "SearchSpace", "build_judge", "demonstrations", "with_rubric"]

#: ``"spread"`` takes demonstrations evenly over the target; ``"random"`` takes any.
DemoStrategy = Literal["spread", "random"]

#: In which order demonstrations are shown.
DemoOrder = Literal["drawn", "ascending", "descending"]

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
)
#: Items to choose each demonstration from.
_DEMO_CHOICE = 3


@dataclass(frozen=True, kw_only=True)
class SearchSpace:
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
    recorded: tuple[Configuration, ...] = ()

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__.keys() - {"demo_draws"}:
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.recorded and (self.models or self.rubrics):
            raise UsageError("a space has either recorded configurations or models and rubrics to combine, not both")
        for name in _NEVER_EMPTY:
            if not getattr(self, name):
                raise UsageError(f"{name} needs at least one value; leave it out for the default")
        if min(self.demo_counts) < 0 or self.demo_draws < 1:
            raise UsageError("demo_counts must not be negative and demo_draws at least 1")
        if any(count is not None and count < 1 for count in self.neighbours):
            raise UsageError("neighbours must be at least 1, or None for all demonstrations")
        for name, kinds in (
            ("demo_strategies", DemoStrategy),
            ("demo_orders", DemoOrder),
            ("reasonings", Reasoning),
            ("layouts", Layout),
        ):
            unknown = set(getattr(self, name)) - set(get_args(kinds))
            if unknown:
                raise UsageError(f"{name} are {', '.join(get_args(kinds))}, got {', '.join(map(str, sorted(unknown)))}")

    @classmethod
    def around(cls, judge: Judge | Rubric, *, models: Sequence[str] = ()) -> Self:
        """A sensible space from one judge, or a rubric and models: every style that fits, some demonstrations or none.

        ``"terse"`` leaves anchors and steps out, ``"checklist"`` puts the steps in front.
        """
        rubric, layout = (judge, "chat") if isinstance(judge, Rubric) else (judge.rubric, judge.layout)
        styles = [
            style for style in ("anchored", "terse", "checklist", "expert") if style != "checklist" or rubric.steps
        ]
        return cls(
            models=tuple(models),
            rubrics=tuple(replace(rubric, style=style) for style in styles),
            demo_counts=(0, 2, 4),
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
                "demonstrations need a group of their own, and train has one group only; use demo_counts=(0,)"
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
        for model, rubric, layout, reasoning, settings in product(
            self.models or (None,), self.rubrics or (None,), self.layouts, self.reasonings, self.settings
        ):
            for demos in self._demonstrations(train, pool, seed):
                parameters = {
                    **({} if model is None else {"model": model}),
                    **({} if rubric is None else _rubric_parameters(rubric)),
                    "layout": layout,
                    **({} if reasoning == "none" else {"reasoning": reasoning}),
                    **({"settings": dict(settings)} if settings else {}),
                    **demos,
                }
                configuration = Configuration(parameters=parameters, name=_name(parameters))
                found[configuration.key] = configuration
        everything = list(found.values())
        if len(everything) <= limit:
            return tuple(everything)
        kept = np.sort(np.random.default_rng([seed, 2]).choice(len(everything), size=limit, replace=False))
        return tuple(everything[place] for place in kept)

    def build(self, configuration: Configuration, judge: Judge, train: Split) -> Judge:
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

    def rubric_of(self, configuration: Configuration, judge: Judge) -> Rubric:
        """The rubric that a configuration asks by; `judge` gives it where the configuration does not say."""
        return _rubric_of(configuration, judge)

    def __str__(self) -> str:
        if self.recorded:
            return f"{len(self.recorded)} recorded configurations\n" + "\n".join(
                f"{name}: {', '.join(values)}" for name, values in _attribute_values(self.recorded).items()
            )
        own = "the judge's own"
        rubrics = [f"{rubric.criterion} {rubric.style} {rubric.language}" for rubric in self.rubrics]
        demos = f"{', '.join(map(str, self.demo_counts))} ({', '.join(self.demo_strategies)})"
        lines = [
            f"model: {', '.join(self.models) or own}",
            f"rubric: {', '.join(rubrics) or own}",
            f"demonstrations: {demos if max(self.demo_counts) else 'none'}",
        ]
        if self.layouts != ("chat",):
            lines.append(f"layout: {', '.join(self.layouts)}")
        if self.demo_orders != ("drawn",):
            lines.append(f"order of demonstrations: {', '.join(self.demo_orders)}")
        if self.neighbours != (None,):
            lines.append(f"neighbours shown: {', '.join('all' if n is None else str(n) for n in self.neighbours)}")
        if self.reasonings != ("none",):
            lines.append(f"reasons: {', '.join(self.reasonings)}")
        if self.settings != ({},):
            lines.append(f"settings: {', '.join(str(dict(one)) for one in self.settings)}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "schema": self.schema,
            "models": list(self.models),
            "rubrics": [rubric.to_dict() for rubric in self.rubrics],
            "demo_counts": list(self.demo_counts),
            "demo_strategies": list(self.demo_strategies),
            "demo_draws": self.demo_draws,
            "demo_orders": list(self.demo_orders),
            "neighbours": list(self.neighbours),
            "layouts": list(self.layouts),
            "reasonings": list(self.reasonings),
            "settings": [dict(one) for one in self.settings],
            "recorded": [{"name": one.name, "parameters": dict(one.parameters)} for one in self.recorded],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(
            models=tuple(data["models"]),
            rubrics=tuple(Rubric.from_dict(rubric) for rubric in data["rubrics"]),
            demo_counts=tuple(data["demo_counts"]),
            demo_strategies=tuple(data["demo_strategies"]),
            demo_draws=data["demo_draws"],
            demo_orders=tuple(data.get("demo_orders", ("drawn",))),
            neighbours=tuple(data.get("neighbours", (None,))),
            layouts=tuple(data["layouts"]),
            reasonings=tuple(data.get("reasonings", ("none",))),
            settings=tuple(data["settings"]),
            recorded=tuple(Configuration(parameters=one["parameters"], name=one["name"]) for one in data["recorded"]),
        )

    def _demonstrations(self, train: Split, pool: NDArray[np.intp], seed: int) -> list[dict[str, Any]]:
        choices: list[dict[str, Any]] = [{"n_demos": 0}] if 0 in self.demo_counts else []
        for count, strategy, draw in product(self.demo_counts, self.demo_strategies, range(self.demo_draws)):
            if count:
                rng = np.random.default_rng([seed, 3, count, self.demo_strategies.index(strategy), draw])
                chosen = _choose(train.target[pool], count, strategy, rng)
                for order, shown in product(self.demo_orders, self.neighbours):
                    if shown is not None and shown >= len(chosen):
                        continue
                    ids = [train.items[pool[place]].item_id for place in _ordered(chosen, train.target[pool], order)]
                    choices.append(
                        {
                            "n_demos": count,
                            "demo_strategy": strategy,
                            **({} if order == "drawn" else {"demo_order": order}),
                            **({} if shown is None else {"neighbours": shown}),
                            "demo_item_ids": ids,
                        }
                    )
        return choices


def _ordered(chosen: list[int], target: NDArray[np.float64], order: DemoOrder) -> list[int]:
    if order == "drawn":
        return chosen
    return sorted(chosen, key=lambda place: float(target[place]), reverse=order == "descending")


def build_judge(configuration: Configuration, judge: Judge, demos: Mapping[str, Mapping[str, Any]]) -> Judge:
    """The judge that a configuration stands for; `demos` by item id, and `judge` gives what it leaves out.

    Raises
    ------
    UsageError
        If `judge` is of a kind that asks something else: its verdicts have several parts, and a search looks at one.
    """
    from alia_judge.judging.judge import Judge as JudgeClass

    if type(judge) is not JudgeClass:
        raise UsageError(
            f"a search builds judges that ask for one score, got a {type(judge).__name__}; search each criterion by "
            "itself, on a Judge of it"
        )
    parameters = configuration.parameters
    return JudgeClass(
        _rubric_of(configuration, judge),
        parameters.get("model") or judge.lm,
        demos=[demos[item_id] for item_id in parameters.get("demo_item_ids", ())],
        layout=parameters["layout"],
        reasoning=parameters.get("reasoning", "none"),
        neighbours=parameters.get("neighbours"),
        output="text" if parameters["layout"] == "prefill" else judge.output,
        subject=judge.subject,
        settings={**judge.settings, **parameters.get("settings", {})},
        top_logprobs=judge.top_logprobs,
        min_mass=judge.min_mass,
    )


def _rubric_of(configuration: Configuration, judge: Judge) -> Rubric:
    rubric = configuration.parameters.get("rubric")
    return judge.rubric if rubric is None else Rubric.from_dict(rubric)


def with_rubric(configuration: Configuration, rubric: Rubric, further: Mapping[str, Any]) -> Configuration:
    """The configuration that asks for the same by another rubric, with further parameters."""
    parameters = {**configuration.parameters, **_rubric_parameters(rubric), **further}
    return Configuration(parameters=parameters, name=_name(parameters))


def _choose(target: NDArray[np.float64], count: int, strategy: DemoStrategy, rng: np.random.Generator) -> list[int]:
    count = min(count, len(target))
    if strategy == "random":
        return [int(place) for place in rng.permutation(len(target))[:count]]
    # One from each of `count` equal parts of the items in order of their target, then mixed.
    ranked = np.lexsort((rng.random(len(target)), target))
    parts = np.array_split(ranked, count)
    return [int(rng.choice(parts[place])) for place in rng.permutation(count)]


def demonstrations(item_ids: Sequence[str], train: Split) -> list[dict[str, Any]]:
    """Train items as a judge is shown them, with the scale point nearest to what people said."""
    places = {item.item_id: place for place, item in enumerate(train.items)}
    missing = [item_id for item_id in item_ids if item_id not in places]
    if missing:
        raise UsageError(
            f"demonstration {missing[0]!r} is not among the {len(train)} train items; pass the same train split"
        )
    in_scale = train.scale.oriented(train.target)
    return [
        {**train.items[places[item_id]].fields(), "score": _nearest(float(in_scale[places[item_id]]), train)}
        for item_id in item_ids
    ]


def _nearest(value: float, train: Split) -> float:
    points = train.scale.points
    return min(points, key=lambda point: abs(point - value)) if points else value


def _rubric_parameters(rubric: Rubric) -> dict[str, Any]:
    return {"rubric_style": rubric.style, "rubric_language": rubric.language, "rubric": rubric.to_dict()}


def _name(parameters: Mapping[str, Any]) -> str:
    shown = {name: value for name, value in parameters.items() if name not in ("rubric", "demo_item_ids", "layout")}
    return ", ".join(f"{name}={value}" for name, value in shown.items())


def _attribute_values(configurations: Sequence[Configuration]) -> dict[str, list[str]]:
    """Values of each plain attribute that differs between configurations and is no identifier."""
    values: dict[str, dict[str, None]] = {}
    for configuration in configurations:
        for name, value in configuration.parameters.items():
            if isinstance(value, str | int | float | bool):
                values.setdefault(name, {})[str(value)] = None
    return {name: list(found) for name, found in values.items() if 1 < len(found) < len(configurations)}
