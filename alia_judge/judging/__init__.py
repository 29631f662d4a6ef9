"""The judge: rubric, prompt, parsing, readouts."""

from __future__ import annotations

from alia_judge.judging.judge import Judge
from alia_judge.judging.rubric import Rubric
from alia_judge.judging.rubric_files import load_rubric

__all__ = ["Judge", "Rubric", "load_rubric"]
