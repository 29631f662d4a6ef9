"""`RankingQuestion`: a list of responses to be put in order, and the order read."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from alia_judge._messages import message
from alia_judge.errors import UsageError
from alia_judge.judging.answer.answer import Answer
from alia_judge.judging.answer.objects import read_object
from alia_judge.judging.answer.parsing import Parsed
from alia_judge.judging.answer.probabilities import ImpossibleLogprobError, point_probabilities
from alia_judge.judging.answer.verdict import withheld
from alia_judge.judging.answer.vocabulary import REFUSAL
from alia_judge.judging.prompt.prompt import Opening, laid_out, render_criterion
from alia_judge.judging.prompt.shown import Shown
from alia_judge.judging.question.question import Question
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.judging.rubrics.wording import wording_for
from alia_judge.models.thinking import without_thinking
from alia_judge.records import Scale, Unscored, Usage, Verdict

__all__ = ["RankingQuestion"]

_SHAPE = '{"ranking": "..."}'
#: Candidates up to which every ranking is written into the schema: 120 of them for five. OpenAI takes 1,000 in all.
_MOST_LISTED = 5
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w%]|\.\d)")
_BETWEEN = re.compile(r"[\s,;>≻.)\]\[(*_`\"'-]+|\s*(?:>|then|y|i|eta|e|and|luego|después)\s*", re.IGNORECASE)


class RankingQuestion(Question):
    """Asks for the numbers of all responses, the best first.

    Parameters
    ----------
    rubric
        What they are ranked on.
    k
        How many there are.
    **asked
        As for `Question`; reasons are not asked for.
    """

    def __init__(self, rubric: Rubric, k: int, **asked: Any) -> None:
        super().__init__(rubric, **asked)
        self._k = k

    def open(self, demos: Sequence[Mapping[str, Any]]) -> Opening:
        """The criterion, and how to answer."""
        wording = wording_for(self.rubric.language)
        role = wording.rank_expert if self.rubric.style == "expert" else wording.rank_role
        asked = wording.ask_rank.format(n=self._k)
        if self.output == "json":
            asked = f"{wording.order.format(n=self._k)} {wording.ask_json.format(shape=_SHAPE)}"
        blocks = [role, *render_criterion(self.rubric), wording.notice, asked]
        names = {name: words for name, words in wording.fields.items() if name != "response"}
        shown = Shown(names=names, required=("responses",), wording=wording)
        answered = [(demo, self._written(demo["ranking"])) for demo in demos if self._whole(demo.get("ranking"))]
        cue = "" if self.output == "json" else wording.rank_cue
        return laid_out("\n\n".join(blocks), answered, shown, layout=self.layout, cue=cue)

    def format(self) -> dict[str, Any]:
        """A text that is one of the rankings there are; of many candidates, any text.

        In the schemas that providers take, nothing says that the numbers of an array differ; a small model that is not
        held to it names one twice.
        """
        said: dict[str, Any] = {"type": "string"}
        if self._k <= _MOST_LISTED:
            said["enum"] = [_joined(ranking) for ranking in itertools.permutations(range(1, self._k + 1))]
        schema = {
            "type": "object",
            "properties": {"ranking": said},
            "required": ["ranking"],
            "additionalProperties": False,
        }
        return {"type": "json_schema", "json_schema": {"name": "verdict", "schema": schema, "strict": True}}

    def decisions(self) -> dict[str, Any]:
        """None: a ranking is no choice among options.

        Raises
        ------
        UsageError
            Always.
        """
        raise UsageError(
            message("a decision model chooses among options and ranks none; ask it about pairs, or one at a time")
        )

    def read(self, answer: Answer) -> Verdict:
        """The number of the best as score, and a part for each response: from 1 for the first to 0 for the last."""
        kept = withheld(answer)
        ranking, start = ([], 0) if kept is not None else self._ranking(answer.text)
        if kept is None and not ranking:
            kept = self._why_none(answer)
        if kept is not None:
            return Verdict(unscored=kept.reason, detail=kept.detail, text=answer.text, usage=answer.usage)
        places = {number: place for place, number in enumerate(ranking)}
        parts = {
            str(number): Verdict(
                score=1.0 - places[number] / (self._k - 1), parsed=float(places[number] + 1), usage=Usage(cost=0.0)
            )
            for number in range(1, self._k + 1)
        }
        best = float(ranking[0])
        try:
            likely = point_probabilities(
                answer.tokens, numbered(self._k), score=best, text=answer.text, start=start, thought=answer.thought
            )
        except ImpossibleLogprobError as error:
            return Verdict(unscored="error", detail=str(error), text=answer.text, usage=answer.usage)
        return Verdict(
            score=best,
            parsed=best,
            probabilities=None if likely is None else likely.probabilities,
            mass=None if likely is None else likely.mass,
            method="text" if likely is None else "logprobs",
            text=answer.text,
            usage=answer.usage,
            parts=parts,
        )

    def _ranking(self, text: str) -> tuple[list[int], int]:
        """The one line that is a whole ranking, and where it begins; none if there is none, or two that differ."""
        if (found := read_object(text, ["ranking"])) is not None:
            return self._under_name(*found)
        rankings: dict[tuple[int, ...], int] = {}
        place = 0
        for line in without_thinking(text).splitlines(keepends=True):
            numbers = list(_NUMBER.finditer(line))
            between = [line[a.end() : b.start()] for a, b in itertools.pairwise(numbers)]
            said = [int(number.group()) for number in numbers]
            if self._whole(said) and all(_BETWEEN.fullmatch(part) for part in between):
                rankings.setdefault(tuple(said), place + numbers[0].start())
            place += len(line)
        if len(rankings) != 1:
            return [], 0
        ((ranking, start),) = rankings.items()
        return list(ranking), start

    def _under_name(self, read: Mapping[str, Any], text: str) -> tuple[list[int], int]:
        said = read.get("ranking")
        if isinstance(said, str):
            said = self._ranking(said)[0] if read_object(said) is None else []
        if not self._whole(said):
            return [], 0
        named = text.find('"ranking"')
        return list(said), text.find(str(said[0]), max(named, 0))

    def _why_none(self, answer: Answer) -> Parsed:
        said = without_thinking(answer.text)
        if not said.strip():
            return Parsed(reason="truncated" if answer.finish_reason == "length" else "empty")
        if REFUSAL.search(said) and not _NUMBER.search(said):
            return Parsed(reason="refusal", detail=said.strip()[:200])
        if answer.finish_reason == "length":
            return Parsed(reason="truncated", detail=said.strip()[:200])
        numbers = [int(number) for number in _NUMBER.findall(said)]
        off = [number for number in numbers if not 1 <= number <= self._k]
        reason: Unscored = "no_score" if not numbers else "off_scale" if off else "ambiguous"
        return Parsed(reason=reason, detail=f"not one ranking of {self._k} responses: {said.strip()[:160]}")

    def _written(self, ranking: Sequence[int]) -> str:
        said = _joined(ranking)
        return json.dumps({"ranking": said}) if self.output == "json" else said

    def _whole(self, said: Any) -> TypeGuard[Sequence[int]]:
        if not isinstance(said, (list, tuple)) or not all(isinstance(one, int) for one in said):
            return False
        return sorted(said) == list(range(1, self._k + 1))


def numbered(k: int) -> Scale:
    """The numbers of k responses, which have no order of their own."""
    return Scale(
        kind="nominal",
        points=tuple(float(number) for number in range(1, k + 1)),
        labels=tuple(str(number) for number in range(1, k + 1)),
    )


def _joined(ranking: Sequence[int]) -> str:
    return ", ".join(map(str, ranking))
