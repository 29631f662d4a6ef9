"""`ListwiseJudge`: puts several responses in order by one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.prompt.signature import judge_signature
from alia_judge.judging.question.question import Question
from alia_judge.judging.question.ranking import RankingQuestion, numbered
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Scale, Verdict

__all__ = ["ListwiseJudge"]

#: What its answers have no use for.
_NO_SETTINGS = frozenset({"reasoning", "readout", "subject"})
#: What an object adds, spread over lines.
_FRAME_TOKENS = 16


class ListwiseJudge(Judge):
    """Ranks the k candidates of an item (`Item.responses`).

    The verdict's score is the number of the best, with the probability of each to be named first where the model gives
    log-probabilities; its `parts` give each candidate, by number, a score from 1 for the first place to 0 for the last.
    Only a whole ranking counts: an answer that leaves a candidate out, or names one twice, is unscored; with
    ``output="json"`` and up to five candidates, a server that keeps to a schema can give no other. The order in
    which candidates are shown sways models as it does in pairs: show each list in several orders and put the rankings
    together with `strengths_of_rankings`.

    Parameters
    ----------
    rubric
        What they are ranked on; its scale is not asked about.
    k
        How many candidates each item has, at least 2.
    lm, **settings
        As for `Judge`; demonstrations have ``responses`` and a ``ranking``. There are no reasons and no readout.

    References
    ----------
    Sun et al., "Is ChatGPT Good at Search? Investigating Large Language Models as Re-Ranking Agents", EMNLP 2023,
    section 3.1 (permutation generation).

    Examples
    --------
    >>> import alia_judge as aj
    >>> judge = aj.ListwiseJudge(aj.builtin_rubric("helpfulness", "es"), 3, lm="openai/gpt-4o-mini")
    >>> judge.scale.kind
    'nominal'
    """

    def __init__(self, rubric: Rubric, k: int, lm: Any = None, *, demos: Iterable[Any] = (), **settings: Any) -> None:
        if k < 2:
            raise UsageError(message("a ranking needs at least 2 candidates, got k={k}", k=k))
        if refused := sorted(_NO_SETTINGS & settings.keys()):
            raise UsageError(message("a listwise judge has no {refused}", refused=", ".join(refused)))
        self.k = k
        super().__init__(rubric, lm, demos=demos, **settings)

    @property
    def scale(self) -> Scale:
        """The candidates' numbers, which have no order."""
        return numbered(self.k)

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """As `Judge.dump_state`, with the number of candidates."""
        state = super().dump_state(json_mode=json_mode)
        state["judge"] |= {"k": self.k}
        return state

    @classmethod
    def _arguments(cls, own: Mapping[str, Any]) -> dict[str, Any]:
        arguments = super()._arguments(own)
        return {**{name: value for name, value in arguments.items() if name not in _NO_SETTINGS}, "k": own["k"]}

    def _kind(self) -> str:
        return "listwise"

    def _settled(self) -> dict[str, Any]:
        return {**super()._settled(), "k": self.k}

    def _signature(self) -> Any:
        return judge_signature(self._rubric, {"ranking": "the numbers of the candidates, the best first"})

    def _ask(self, rubric: Rubric) -> Question:
        asked = {name: value for name, value in self._asked_with().items() if name not in ("reasoning", "subject")}
        return RankingQuestion(rubric, self.k, **asked)

    def _record(self, verdict: Verdict) -> dict[str, Any]:
        places = {int(number): part.parsed or 0.0 for number, part in verdict.parts.items()}
        return {"ranking": sorted(places, key=places.__getitem__) or None}

    def _tokens(self) -> int | None:
        return 8 * self.k + (_FRAME_TOKENS if self.output == "json" else 0)
