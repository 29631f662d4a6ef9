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
from alia_judge.judging.rubric import Rubric
from alia_judge.records import Configuration

if TYPE_CHECKING:
    from alia_judge.judging.judge import Judge

__all__ = ["DemoStrategy", "SearchSpace"]

#: ``"spread"`` takes demonstrations evenly over the target; ``"random"`` takes any.
DemoStrategy = Literal["spread", "random"]

#: Demonstrations may come from at most this share of the groups: what is shown cannot be learnt on.
_DEMO_SHARE = 0.25
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
    settings
        Generation settings to try.
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
    layouts: tuple[str, ...] = ("chat",)
    settings: tuple[Mapping[str, Any], ...] = field(default_factory=lambda: ({},))
    recorded: tuple[Configuration, ...] = ()

    def __post_init__(self) -> None:
        for name in ("models", "rubrics", "demo_counts", "demo_strategies", "layouts", "settings", "recorded"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.recorded and (self.models or self.rubrics):
            raise UsageError("a space has either recorded configurations or models and rubrics to combine, not both")
        if not (self.demo_counts and self.layouts and self.settings and self.demo_strategies):
            raise UsageError("demo_counts, demo_strategies, layouts and settings need at least one value each")
        if min(self.demo_counts) < 0 or self.demo_draws < 1:
            raise UsageError("demo_counts must not be negative and demo_draws at least 1")
        unknown = set(self.demo_strategies) - set(get_args(DemoStrategy))
        if unknown:
            raise UsageError(
                f"demo strategies are {', '.join(get_args(DemoStrategy))}, got {', '.join(sorted(unknown))}"
            )

    @classmethod
    def around(cls, judge: Judge, *, models: Sequence[str] = ()) -> Self:
        """A sensible space from one judge: its rubric in every style that fits it, with and without demonstrations."""
        styles = [
            style
            for style in ("anchored", "terse", "checklist", "expert")
            if style != "checklist" or judge.rubric.steps
        ]
        return cls(
            models=tuple(models),
            rubrics=tuple(replace(judge.rubric, style=style) for style in styles),  # type: ignore[arg-type]
            demo_counts=(0, 2, 4),
            demo_strategies=("spread", "random"),
            layouts=(judge.layout,),
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
        for model, rubric, layout, settings in product(
            self.models or (None,), self.rubrics or (None,), self.layouts, self.settings
        ):
            for demos in self._demonstrations(train, pool, seed):
                parameters = {
                    **({} if model is None else {"model": model}),
                    **({} if rubric is None else _rubric_parameters(rubric)),
                    "layout": layout,
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
        from alia_judge.judging.judge import Judge as JudgeClass

        parameters = configuration.parameters
        rubric = Rubric.from_dict(parameters["rubric"]) if "rubric" in parameters else judge.rubric
        return JudgeClass(
            rubric,
            parameters.get("model") or judge.lm,
            demos=_demonstrate(parameters.get("demo_item_ids", ()), train),
            layout=parameters["layout"],
            settings={**judge.settings, **parameters.get("settings", {})},
            top_logprobs=judge.top_logprobs,
            min_mass=judge.min_mass,
        )

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
            "layouts": list(self.layouts),
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
            layouts=tuple(data["layouts"]),
            settings=tuple(data["settings"]),
            recorded=tuple(Configuration(parameters=one["parameters"], name=one["name"]) for one in data["recorded"]),
        )

    def _demonstrations(self, train: Split, pool: NDArray[np.intp], seed: int) -> list[dict[str, Any]]:
        choices: list[dict[str, Any]] = [{"n_demos": 0}] if 0 in self.demo_counts else []
        for count, strategy, draw in product(self.demo_counts, self.demo_strategies, range(self.demo_draws)):
            if count:
                rng = np.random.default_rng([seed, 3, count, self.demo_strategies.index(strategy), draw])
                chosen = _choose(train.target[pool], count, strategy, rng)
                ids = [train.items[pool[place]].item_id for place in chosen]
                choices.append({"n_demos": count, "demo_strategy": strategy, "demo_item_ids": ids})
        return choices


def _choose(target: NDArray[np.float64], count: int, strategy: DemoStrategy, rng: np.random.Generator) -> list[int]:
    count = min(count, len(target))
    if strategy == "random":
        return [int(place) for place in rng.permutation(len(target))[:count]]
    # One from each of `count` equal parts of the items in order of their target, then mixed.
    ranked = np.lexsort((rng.random(len(target)), target))
    parts = np.array_split(ranked, count)
    return [int(rng.choice(parts[place])) for place in rng.permutation(count)]


def _demonstrate(item_ids: Sequence[str], train: Split) -> list[dict[str, Any]]:
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
