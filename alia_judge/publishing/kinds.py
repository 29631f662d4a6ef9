"""What a published directory may hold: a judge, one made of others, a stack, or what was found in recorded verdicts."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from alia_judge._messages import joined, message, message_of
from alia_judge.errors import ArtifactError, UsageError
from alia_judge.models.recorded_model import generation_settings

if TYPE_CHECKING:
    from alia_judge.compiling.compiler import CompiledJudge
    from alia_judge.compiling.stack.stacked_judge import StackedJudge
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CompositeJudge
    from alia_judge.judging.rubrics.rubric import Rubric
    from alia_judge.models.source import JudgmentSource

__all__ = ["Content", "Kind", "content_of", "judge_of", "recorded_of"]

Kind = Literal["judge", "composite", "stack", "recorded"]


@dataclass(frozen=True, kw_only=True)
class Content:
    """A judge as the directory keeps it.

    Parameters
    ----------
    kind
        What `state` is the state of.
    state
        JSON, without anything of its author's session or machine.
    rubrics
        What its members are asked.
    models
        The models they ask, by name, each once.
    n_demos
        Demonstrations in their prompts.
    made
        How one verdict is made of several, a line each.
    """

    kind: Kind
    state: Mapping[str, Any]
    rubrics: Sequence[Rubric]
    models: Sequence[str]
    n_demos: int
    made: Sequence[str] = ()


def content_of(judge: Judge | CompositeJudge | StackedJudge | CompiledJudge) -> Content:
    """What the directory keeps of a judge."""
    from alia_judge.compiling.compiler import CompiledJudge
    from alia_judge.compiling.stack.stacked_judge import StackedJudge
    from alia_judge.judging.kinds import CompositeJudge

    if isinstance(judge, CompiledJudge):
        if judge.build is None:
            return _recorded(judge)
        judge = judge.module
    if isinstance(judge, (StackedJudge, CompositeJudge)):
        state = judge.dump_state()
        members = [_portable(member) for member in state["members"]]
        return Content(
            kind="stack" if isinstance(judge, StackedJudge) else "composite",
            state={**state, "members": members},
            rubrics=list({one.fingerprint: one for one in (judge.rubric, *_asked(judge.members))}.values()),
            models=list(dict.fromkeys(name for member in members for name in _models(member))),
            n_demos=len(judge.demos),
            made=_made(judge),
        )
    state = _portable(judge.dump_state())
    return Content(
        kind="judge",
        state=state,
        rubrics=judge.rubrics,
        models=_models(state),
        n_demos=len(judge.demos),
        made=judge.described(),
    )


def judge_of(
    content: Mapping[str, Any],
    lm: Any,
    source: str | os.PathLike[str],
    *,
    allow_models: Collection[str] | None = None,
) -> Judge | CompositeJudge | StackedJudge:
    """The judge that a directory keeps, ready to be asked; the parameters are those of `load_judge`.

    Raises
    ------
    ArtifactError
        If its kind is unknown or has no model to ask, it is no judge, or it would ask a model that it may not.
    """
    from alia_judge.compiling.stack.stacked_judge import StackedJudge
    from alia_judge.judging.kinds import judge_from_state

    kind, state = content.get("kind"), content.get("state", {})
    if kind == "recorded":
        raise ArtifactError(
            message(
                "{source}: found among recorded verdicts, so there is no model to ask; expected a "
                "judge compiled with models; score the items of its bank with load_recorded, or "
                "alia-judge score --recorded BANK",
                source=source,
            )
        )
    if kind not in ("judge", "composite", "stack"):
        raise ArtifactError(
            message(
                "{source}: a judge of kind {kind!r}, which this version does not know; install a later one",
                source=source,
                kind=kind,
            )
        )
    allowed = () if lm is not None and allow_models is None else allow_models
    load = StackedJudge.from_state if kind == "stack" else judge_from_state
    with _read_from(source):
        return load(state, lm, allowed=allowed)


def recorded_of(content: Mapping[str, Any], bank: JudgmentSource, source: str | os.PathLike[str]) -> CompiledJudge:
    """What was found among recorded verdicts, reading `bank`.

    Raises
    ------
    ArtifactError
        If the directory keeps something else.
    """
    from alia_judge.compiling.compiler import CompiledJudge
    from alia_judge.compiling.result import CompileResult

    if content.get("kind") != "recorded":
        raise ArtifactError(
            message(
                "{source}: a judge of kind {kind!r}, which asks models; expected one found among "
                "recorded verdicts; leave the bank out",
                source=source,
                kind=content.get("kind"),
            )
        )
    with _read_from(source):
        return CompiledJudge(result=CompileResult.from_dict(content["state"]), source=bank)


@contextmanager
def _read_from(source: str | os.PathLike[str]) -> Iterator[None]:
    """Whatever a state from elsewhere breaks is the fault of its directory."""
    try:
        yield
    except UsageError as error:
        raise ArtifactError(message("{source}: judge.json: {error}", source=source, error=message_of(error))) from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ArtifactError(
            message(
                "{source}: judge.json is not the state of a judge ({kind}: {error}); publish it again",
                source=source,
                kind=type(error).__name__,
                error=message_of(error),
            )
        ) from error


def _recorded(compiled: CompiledJudge) -> Content:
    from alia_judge.judging.rubrics.rubric import Rubric

    members = [compiled.single.configuration, *compiled.deployed.stack.configurations]
    named = [member.parameters for member in members]
    criterion = next((str(parameters["criterion"]) for parameters in named if "criterion" in parameters), None)
    if criterion is None:
        raise UsageError(
            message("the recorded configurations name no criterion; give the judge a name= to publish it under")
        )
    # Where the study lies is of its author's machine.
    state = {**compiled.result.to_dict(), "storage": ""}
    return Content(
        kind="recorded",
        state=state,
        rubrics=[Rubric(criterion=criterion, scale=compiled.source.scale)],
        models=list(dict.fromkeys(str(parameters["model"]) for parameters in named if "model" in parameters)),
        n_demos=len({item for parameters in named for item in parameters.get("demo_item_ids", ())}),
    )


def _asked(members: Sequence[Judge]) -> list[Rubric]:
    return [rubric for member in members for rubric in member.rubrics]


def _made(judge: CompositeJudge | StackedJudge) -> list[str]:
    """How a verdict is made of several, for the card; of a stack, how those of its judges are that are made so."""
    from alia_judge.compiling.stack.cascade import Cascade
    from alia_judge.judging.kinds import CompositeJudge

    if isinstance(judge, CompositeJudge):
        return [message("Its kind is {kind}.", kind=judge.kind), *judge.described()]
    cascade = judge.stack.described() if isinstance(judge.stack, Cascade) else []
    return cascade + [
        message(
            "Its judge {number} is of kind {kind}: {how}",
            number=number,
            kind=one.kind,
            how=joined(one.described(), "; ") or message("{n} calls an item", n=len(one.members)),
        )
        for number, one in enumerate(judge.judges, 1)
        if isinstance(one, CompositeJudge)
    ]


def _models(state: Mapping[str, Any]) -> list[str]:
    if "members" in state:
        return [name for member in state["members"] for name in _models(member)]
    model = state["judge"]["model"]
    return [] if model is None else [str(model["name"])]


def _portable(state: Mapping[str, Any]) -> dict[str, Any]:
    """A judge's state without what is of its author's session: traces and training examples."""
    if "members" in state:
        return {**state, "members": [_portable(member) for member in state["members"]]}
    generation_settings(state["judge"]["settings"])
    return {key: value if key == "judge" else {**value, "traces": [], "train": []} for key, value in state.items()}
