"""`Judge`: a rubric and a language model as a `dspy.Module` that gives verdicts."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Self, get_args

import dspy
import numpy as np

from alia_judge._messages import message
from alia_judge.errors import UsageError, expect
from alia_judge.judging.answer.structured import Output
from alia_judge.judging.answer.verdict import likeliest_point
from alia_judge.judging.asked_module import AskedModule
from alia_judge.judging.demos.neighbours import NearestDemos, Neighbours
from alia_judge.judging.prompt.points import PointNames, PointOrder, PointsShown
from alia_judge.judging.prompt.prompt import PROMPT_VERSION, Layout, Reasoning
from alia_judge.judging.prompt.shown import Subject
from alia_judge.judging.prompt.signature import judge_signature
from alia_judge.judging.question.granularity import (
    RegradedQuestion,
    check_granularity,
    check_scale,
    regraded,
    same_points,
)
from alia_judge.judging.question.question import Question
from alia_judge.judging.readouts import Abstain, Readout, judgments_of, readout_from_dict
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.state import (
    as_example,
    demonstrated,
    neighbours_of,
    plain_example,
    plain_neighbours,
    recorded_demos,
)
from alia_judge.learnt.record import LearntFrom
from alia_judge.models.recorded_model import generation_settings, lm_of, lm_record
from alia_judge.models.resolve import resolve_lm
from alia_judge.models.secrets import CONFIDENTIAL, portable_lm
from alia_judge.records import Configuration, Scale, Verdict

__all__ = ["Judge"]

#: OpenAI's limit and vLLM's default; a model that gives fewer is asked for fewer.
_TOP_LOGPROBS = 20
#: What a judge keeps of its own where it loads a state.
_OF_THE_SESSION = ("predict", "_lm", "callbacks", "history")
#: Room for a few sentences of reasons and a score, where neither the judge nor its model sets a limit.
_REASONING_TOKENS = 512


class Judge(AskedModule):
    """Judges one response at a time on one criterion, or on a pairwise scale, two responses against one another.

    Parameters
    ----------
    rubric
        What to judge.
    lm
        Which model answers: a `dspy.LM`, or a name that `resolve_lm` knows (``"openai/gpt-4o-mini"``, ``"embedded"``).
        None takes DSPy's configured one at each call.
    demos
        Demonstrations: `dspy.Example`s or mappings with ``response``, ``score`` and what else an item has.
    readout
        A fitted readout from raw verdicts to scores; None is the expected score (for a nominal scale the likeliest
        point) where there are log-probabilities, and the written score where there are none.
    layout
        ``"chat"``; ``"single"`` for models that know no system role; ``"prefill"`` to begin the model's answer with the
        cue, which keeps small models to a number where the server continues it (the embedded model's does).
    reasoning
        ``"first"`` has the model give its reasons and then the score, ``"after"`` the other way round.
    output
        ``"json"`` asks for an object with the score, by the provider's structured output where it has it; a model that
        refuses the schema is asked without.
    subject
        What is judged of a conversation: its last ``"response"``, in the light of the turns before it, or the whole
        ``"conversation"``.
    neighbours
        How many of the demonstrations to show: those most like the item by BM25, the likest last; or `Neighbours`, for
        another likeness, balance over the scores or order. None shows all, the same for every item, which a prompt
        cache keeps.
    granularity
        How many points the model is asked to choose from, where it is to be another number than the scale has; verdicts
        are on the scale all the same. Ends mean ends; an anchor stays where it meets a point.
    point_order
        From which end the points of the scale are listed.
    point_names
        What they are called in the prompt and in the answer: their ``"digits"``, ``"letters"`` in the order of the
        list, or ``"words"`` (the scale's labels, or else the numbers in words). Verdicts are on the scale all the same.
    settings
        Generation settings over the LM's own (``{"temperature": 0.7}``).
    top_logprobs
        How many alternatives of each token to ask for; 0 asks for none.
    min_mass
        An answer that is no score is scored from its log-probabilities if at least this much of the probability was on
        the scale.

    Examples
    --------
    >>> from alia_judge.records import Scale
    >>> judge = Judge(Rubric(criterion="Coherence", scale=Scale.ordinal(1, 5)))
    >>> judge.rubric.criterion
    'Coherence'
    >>> judge.configuration().parameters["kind"]
    'pointwise'
    """

    schema = "alia-judge/judge/1"

    def __init__(
        self,
        rubric: Rubric,
        lm: Any = None,
        *,
        demos: Iterable[Any] = (),
        readout: Readout | None = None,
        layout: Layout = "chat",
        reasoning: Reasoning = "none",
        output: Output = "text",
        subject: Subject = "response",
        neighbours: int | Neighbours | None = None,
        granularity: int | None = None,
        scale: Scale | None = None,
        point_order: PointOrder = "ascending",
        point_names: PointNames = "digits",
        settings: Mapping[str, Any] | None = None,
        top_logprobs: int = _TOP_LOGPROBS,
        min_mass: float = 0.1,
    ) -> None:
        super().__init__()
        expect("rubric", rubric, Rubric, "builtin_rubric(NAME), load_rubric(FILE) or Rubric(criterion=...)")
        if not 0.0 <= min_mass <= 1.0:
            raise UsageError(message("min_mass is a probability between 0 and 1, got {min_mass}", min_mass=min_mass))
        if not 0 <= top_logprobs <= _TOP_LOGPROBS:
            raise UsageError(
                message(
                    "top_logprobs must be from 0 to {top_logprobs}, got {got}",
                    top_logprobs=_TOP_LOGPROBS,
                    got=top_logprobs,
                )
            )
        choices = {
            "layout": (layout, Layout),
            "reasoning": (reasoning, Reasoning),
            "output": (output, Output),
            "subject": (subject, Subject),
        }
        for name, (chosen, choice) in choices.items():
            if chosen not in get_args(choice):
                raise UsageError(
                    message(
                        "{name} must be one of {choice}, got {chosen!r}",
                        name=name,
                        choice=", ".join(get_args(choice)),
                        chosen=chosen,
                    )
                )
        if output == "json" and layout == "prefill":
            raise UsageError(
                message("an answer that is begun for the model cannot be an object; take layout 'chat' or 'single'")
            )
        if granularity is not None:
            if type(self)._ask is not Judge._ask:
                raise UsageError(
                    message(
                        "a {kind} judge is asked on the scales of its rubrics; leave granularity out", kind=self._kind()
                    )
                )
            check_granularity(rubric, granularity)
        if scale is not None and same_points(scale, rubric.scale):
            scale = None
        if scale is not None:
            if type(self)._ask is not Judge._ask:
                raise UsageError(
                    message(
                        "a {kind} judge gives verdicts on the scales of its rubrics; leave scale out", kind=self._kind()
                    )
                )
            check_scale(rubric, scale)
        points = PointsShown(order=point_order, names=point_names)
        if not points.usual and type(self)._ask is not Judge._ask:
            raise UsageError(
                message("a {kind} judge lists no points; leave point_order and point_names out", kind=self._kind())
            )
        points.check(rubric if granularity is None else regraded(rubric, granularity))
        self._rubric = rubric
        self._scale = scale
        self._lm = resolve_lm(lm) if isinstance(lm, str) else lm
        self.readout = readout
        self.layout: Layout = layout
        self.reasoning: Reasoning = reasoning
        self.output: Output = output
        self.subject: Subject = subject
        self.neighbours = Neighbours(k=neighbours) if isinstance(neighbours, int) else neighbours
        self.granularity = granularity
        self.points = points
        self.settings = dict(settings or {})
        if told := sorted(CONFIDENTIAL & self.settings.keys()):
            raise UsageError(
                message("settings are written down; give {told} to its model, in resolve_lm(...)", told=", ".join(told))
            )
        self.top_logprobs = top_logprobs
        self.min_mass = min_mass
        self._index: NearestDemos | None = None
        self._prepared: Question | None = None
        self.predict = dspy.Predict(self._signature())
        self.predict.demos = [as_example(demo) for demo in demos]

    # --- What this judge is ---

    @property
    def rubric(self) -> Rubric:
        """The rubric, with the instructions an optimiser may have rewritten."""
        instructions = self.predict.signature.instructions
        unchanged = instructions == (self._rubric.instructions or self._rubric.criterion)
        return self._rubric if unchanged else replace(self._rubric, instructions=instructions)

    @property
    def scale(self) -> Scale:
        """The scale of its verdicts."""
        return self._rubric.scale if self._scale is None else self._scale

    @property
    def rubrics(self) -> list[Rubric]:
        """Everything it is asked, for the card of a published judge."""
        return [self.rubric]

    def described(self) -> list[str]:
        """How a verdict is made of several answers, a line each; a judge that gives one has nothing to say."""
        return []

    def configuration(self) -> Configuration:
        """Everything but the model that decides its raw verdicts: the configuration part of a verdict's cache key."""
        return Configuration(
            parameters={
                "kind": self._kind(),
                "prompt": PROMPT_VERSION,
                "rubric": self.rubric.to_dict(),
                "demos": [plain_example(demo) for demo in self.predict.demos],
                **self._settled(),
            }
        )

    def on_scale(self, scale: Scale) -> Self:
        """This judge with verdicts on `scale`: itself where they are on it already.

        Raises
        ------
        UsageError
            If its rubric's scale has no straight line to it (labels, pairs).
        """
        if same_points(scale, self.scale):
            return self
        check_scale(self._rubric, scale)
        moved = copy.deepcopy(self)
        moved._scale = None if same_points(scale, self._rubric.scale) else scale
        moved._prepared = None
        return moved

    def read(self, verdict: Verdict) -> Verdict:
        """A raw verdict with its score read out; an unscored one as it is."""
        if self.readout is None or verdict.unscored is not None:
            return verdict
        score = float(self.readout.predict(judgments_of([verdict], self.scale))[0])
        if np.isnan(score):
            if isinstance(self.readout, Abstain):
                return replace(verdict, score=None, unscored="to_people", detail="the readout abstains")
            return replace(verdict, score=None, unscored="no_score", detail="the readout gives no score for it")
        return replace(verdict, score=score)

    # --- State ---

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """Everything that makes this judge what it is, as JSON: DSPy's state of its predictor and the judge's own.

        The model is recorded by name and generation settings, without keys or addresses.
        """
        state: dict[str, Any] = super().dump_state(json_mode=json_mode)
        state["predict"] = {**state["predict"], "lm": None}
        lm = self.predict.lm or self._lm
        state["judge"] = {
            "schema": self.schema,
            "rubric": self._rubric.to_dict(),
            "readout": None if self.readout is None else self.readout.to_dict(),
            **self._settled(),
            "model": None if lm is None else lm_record(lm),
        }
        return state

    def load_state(self, state: Mapping[str, Any], *, allow_unsafe_lm_state: bool = False) -> None:  # noqa: ARG002
        """Become the judge that `dump_state` described, on the model this one has; the state never makes one.

        Raises
        ------
        UsageError
            If the state is not a judge's, or from a version this one does not know.
        """
        loaded = self._recorded(state, self._lm, None)
        kept = {name: self.__dict__[name] for name in _OF_THE_SESSION if name in self.__dict__}
        self.__dict__.update({**loaded.__dict__, **kept})
        self.predict.signature, self.predict.demos = loaded.predict.signature, loaded.predict.demos

    def __reduce__(self) -> tuple[Any, ...]:
        # DSPy's signatures are classes made on the way, which pickle cannot find again in another process.
        return _restored, (type(self), self.dump_state(), portable_lm(self.predict.lm or self._lm))

    @classmethod
    def from_state(cls, state: Mapping[str, Any], lm: Any = None, *, allowed: Collection[str] | None = None) -> Self:
        """A judge from what `dump_state` gave.

        Parameters
        ----------
        state
            Data from wherever: it is held to what `Judge` takes, and no address, header or class in it is followed.
        lm
            The model to ask; None takes the one the state names, if it names one.
        allowed
            The names of models, chat and embedding, that the state may have asked; None is any.

        Raises
        ------
        UsageError
            If the state is not a judge's, is from a version this one does not know, or asks for what it may not.
        """
        judge = cls._recorded(state, lm, allowed)
        model = state["judge"]["model"]
        if lm is None and model is not None:
            judge._lm = lm_of(model, allowed=allowed)
        return judge

    # --- What a kind that asks something else replaces ---

    @classmethod
    def _arguments(cls, own: Mapping[str, Any]) -> dict[str, Any]:
        """What it is made from, as its own part of a state has it; the model, settings and demonstrations apart."""
        return {
            "rubric": Rubric.from_dict(own["rubric"]),
            "readout": None if own["readout"] is None else readout_from_dict(own["readout"]),
            "layout": own["layout"],
            "reasoning": own["reasoning"],
            "output": own.get("output", "text"),
            "subject": own.get("subject", "response"),
            "granularity": own.get("granularity"),
            "point_order": own.get("point_order", "ascending"),
            "point_names": own.get("point_names", "digits"),
            "scale": None if own.get("scale") is None else Scale.from_dict(own["scale"]),
            "top_logprobs": own["top_logprobs"],
            "min_mass": own["min_mass"],
        }

    def _kind(self) -> str:
        """Its name in the configuration."""
        return "pairwise" if self.scale.kind == "pairwise" else "pointwise"

    def _signature(self) -> Any:
        """What goes in and comes out, for DSPy."""
        return judge_signature(self._rubric)

    def _ask(self, rubric: Rubric) -> Question:
        """What it asks."""
        if self.granularity is None and self._scale is None:
            return Question(rubric, **self._asked_with())
        asked = rubric if self.granularity is None else regraded(rubric, self.granularity)
        return RegradedQuestion(asked, self.scale, **self._asked_with())

    def _record(self, verdict: Verdict) -> dict[str, Any]:
        """What DSPy's optimisers record as a demonstration: a point of the scale, not an expectation between two."""
        return {"score": likeliest_point(verdict, self.scale)}

    def _tokens(self) -> int | None:
        """How long its answer may be, where neither it nor its model sets a limit; None is a short one's."""
        return None if self.reasoning == "none" else _REASONING_TOKENS

    # --- The rest ---

    @classmethod
    def _recorded(cls, state: Mapping[str, Any], lm: Any, allowed: Collection[str] | None) -> Self:
        """The judge of a state, made as any other is, on `lm`: what `Judge` refuses, a state cannot have."""
        own = state.get("judge")
        if not isinstance(own, Mapping) or own.get("schema") != cls.schema:
            found = own.get("schema") if isinstance(own, Mapping) else None
            raise UsageError(
                message(
                    "not the state of a judge: expected schema {schema!r}, got {found!r}",
                    schema=cls.schema,
                    found=found,
                )
            )
        judge = cls(
            **cls._arguments(own),
            lm=lm,
            demos=recorded_demos(state["predict"]),
            neighbours=neighbours_of(own["neighbours"], allowed=allowed),
            settings=generation_settings(own["settings"]),
        )
        judge.predict.signature = judge.predict.signature.load_state(state["predict"]["signature"])
        return judge

    def _learnt_with(self, record: LearntFrom) -> LearntFrom | None:
        if self.readout is not None and self.readout.fitted_on is not None and not record.sources:
            return None  # fitted by hand: a readout keeps no items
        return record.and_items([demonstrated(demo) for demo in self.predict.demos])

    def _asked_with(self) -> dict[str, Any]:
        return {
            "layout": self.layout,
            "reasoning": self.reasoning,
            "output": self.output,
            "subject": self.subject,
            "points": self.points,
            "top_logprobs": self.top_logprobs,
            "min_mass": self.min_mass,
        }

    def _settled(self) -> dict[str, Any]:
        """Settings as JSON; those that came later only where they are not what they always were, so that keys stay."""
        later = {
            "output": (self.output, "text"),
            "subject": (self.subject, "response"),
            "granularity": (self.granularity, None),
            "point_order": (self.points.order, "ascending"),
            "point_names": (self.points.names, "digits"),
            "scale": (None if self._scale is None else self._scale.to_dict(), None),
        }
        return {
            "layout": self.layout,
            "reasoning": self.reasoning,
            "neighbours": plain_neighbours(self.neighbours),
            "settings": dict(self.settings),
            "top_logprobs": self.top_logprobs,
            "min_mass": self.min_mass,
            **{name: now for name, (now, always) in later.items() if now != always},
        }


def _restored(kind: type[Judge], state: Mapping[str, Any], lm: Any) -> Judge:
    """A judge in another process: what it was, on its model."""
    return kind.from_state(state, lm)
