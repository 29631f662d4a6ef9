"""Who writes rubrics, from disagreements or from ratings alone: a model by our words, or a proposer of DSPy's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import dspy
from dspy import AdapterParseError

from alia_judge._messages import message
from alia_judge.compiling.proposals.brief import (
    Drafter,
    DraftRubric,
    MisjudgedItem,
    Proposer,
    ProposerBrief,
    WriteRubric,
    cases_in_words,
    scale_in_words,
    told,
)
from alia_judge.compiling.proposals.objections import counted, objection
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.prompt.fence import fence, fence_code
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.resolve import resolve_lm

__all__ = [
    "DSPyProposer",
    "Drafter",
    "MisjudgedItem",
    "Proposer",
    "ProposerBrief",
    "RubricProposer",
    "counted",
    "objection",
]

#: What a proposer is asked to look at, one a proposal: so that several proposals of one model differ.
_ANGLES = (
    "what the current instructions overlook that people reward or punish",
    "what tells neighbouring points of the scale apart",
    "what looks good to the judge and does not matter to people",
    "the shortest instructions that would have avoided these mistakes",
)
#: The same for drafts, which have no mistakes to look at.
_VIEWS = (
    "what people reward and punish, as their ratings and comments show",
    "what tells neighbouring points of the scale apart",
    "what somebody who answers for the quality of such texts would mean by the criterion",
    "the shortest instructions that would lead to these ratings",
)


@dataclass(frozen=True, kw_only=True)
class RubricProposer:
    """Asks a model to rewrite instructions and anchors from the cases where judge and people differ most.

    Parameters
    ----------
    lm
        A `dspy.LM`, or a name that `resolve_lm` knows. It has to be able to write a rubric: what is no rubric is
        refused, and a model that writes none ends proposing for this search.

    Examples
    --------
    >>> import alia_judge as aj
    >>> proposals = aj.Proposals(proposer=aj.RubricProposer(lm="openai/gpt-4o-mini"))
    >>> proposals.n
    4
    """

    lm: Any = field(repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.lm, str):
            object.__setattr__(self, "lm", resolve_lm(self.lm))

    @property
    def author(self) -> str:
        """The model's name."""
        return str(self.lm.model)

    def propose(self, brief: ProposerBrief) -> list[Rubric]:
        """One call a proposal (two where the first answer cannot be read), each with another focus."""
        return self._each(brief, _ANGLES, self._rewritten)

    def draft(self, brief: ProposerBrief) -> list[Rubric]:
        """Rubrics from scratch; as many calls as `propose` takes."""
        return self._each(brief, _VIEWS, self._drafted)

    def _each(
        self, brief: ProposerBrief, focuses: Sequence[str], write: Callable[[ProposerBrief, str], Any]
    ) -> list[Rubric]:
        written: list[Rubric] = []
        unreadable: Exception | None = None
        for place in range(brief.n):
            try:
                with dspy.context(lm=self.lm, adapter=dspy.ChatAdapter()):
                    found = write(brief, focuses[place % len(focuses)])
                anchors = {float(point): said for point, said in (found.new_anchors or {}).items() if str(said).strip()}
                instructions = str(found.new_instructions).strip()
                written.append(replace(brief.rubric, instructions=instructions, anchors=anchors))
            except (AdapterParseError, ValueError, UsageError) as error:
                unreadable = error
        if unreadable is not None and not written:
            raise unreadable
        return written

    def _rewritten(self, brief: ProposerBrief, focus: str) -> Any:
        return dspy.Predict(WriteRubric)(
            criterion=brief.rubric.criterion,
            scale=scale_in_words(brief.rubric),
            current_instructions=brief.rubric.instructions or brief.rubric.criterion,
            disagreements=cases_in_words(brief.disagreements),
            focus=focus,
            language=brief.rubric.language,
        )

    def _drafted(self, brief: ProposerBrief, focus: str) -> Any:
        return dspy.Predict(DraftRubric)(
            criterion=brief.rubric.criterion,
            scale=scale_in_words(brief.rubric),
            cases=cases_in_words(brief.disagreements),
            focus=focus,
            language=brief.rubric.language,
        )


@dataclass(frozen=True, kw_only=True)
class DSPyProposer:
    """An instruction proposer of DSPy's as one: GEPA's `InstructionProposer`, MIPROv2's `GroundedProposer`.

    They write instructions; anchors and steps stay the parent's.

    Parameters
    ----------
    lm
        The model that writes.
    method
        ``"gepa"`` reflects on the disagreements; ``"mipro"`` writes from a description of task and data, without
        looking at what went wrong, several calls a proposal.

    Examples
    --------
    >>> import alia_judge as aj
    >>> aj.DSPyProposer(lm="openai/gpt-4o-mini", method="mipro").method
    'mipro'
    """

    lm: Any = field(repr=False)
    method: str = "gepa"

    def __post_init__(self) -> None:
        if self.method not in ("gepa", "mipro"):
            raise UsageError(message("method is 'gepa' or 'mipro', got {method!r}", method=self.method))
        if isinstance(self.lm, str):
            object.__setattr__(self, "lm", resolve_lm(self.lm))

    @property
    def author(self) -> str:
        """Method and model."""
        return f"{self.method}:{self.lm.model}"

    def propose(self, brief: ProposerBrief) -> list[Rubric]:
        """New instructions for the parent."""
        write = self._by_gepa if self.method == "gepa" else self._by_mipro
        return [replace(brief.rubric, instructions=text.strip()) for text in write(brief)]

    def _by_gepa(self, brief: ProposerBrief) -> list[str]:
        from dspy.teleprompt.gepa import InstructionProposer

        code = fence_code({str(n): text for n, case in enumerate(brief.disagreements) for text in case.texts.values()})
        examples = [
            {
                "Inputs": {name: fence(name, text, code) for name, text in case.texts.items()},
                "Generated Outputs": {"score": "" if case.judge is None else f"{case.judge:g}"},
                "Feedback": told(case),
            }
            for case in brief.disagreements
        ]
        current = {"judge": brief.rubric.instructions or brief.rubric.criterion}
        written = []
        for place in range(brief.n):
            ask = InstructionProposer(additional_instructions=f"Look above all at {_ANGLES[place % len(_ANGLES)]}.")
            with dspy.context(lm=self.lm):
                written.append(ask(current, {"judge": examples}, ["judge"])["judge"])
        return written

    def _by_mipro(self, brief: ProposerBrief) -> list[str]:
        import random

        from dspy.propose import GroundedProposer

        program = Judge(brief.rubric, self.lm)
        examples = [
            dspy.Example(**case.texts, score=case.people).with_inputs(*case.texts) for case in brief.disagreements
        ]
        proposer = GroundedProposer(
            prompt_model=self.lm,
            program=program,
            trainset=examples,
            program_aware=False,
            use_task_demos=False,
            set_history_randomly=False,
            use_instruct_history=False,
            rng=random.Random(0),  # repeatable draws, no secret  # nosec B311
        )
        found = proposer.propose_instructions_for_program(
            trainset=examples, program=program, demo_candidates=None, trial_logs={}, N=brief.n
        )
        return list(found[0])
