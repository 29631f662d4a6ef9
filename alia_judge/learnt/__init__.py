"""What a judge learnt from, in digests, and whether items that it is to be tested on are among it."""

from alia_judge.learnt.learner import Learner
from alia_judge.learnt.record import NOWHERE, LearntFrom, LearntSource, Origin
from alia_judge.learnt.rule import SEEN, HeldOut, Seen, compare, settle

__all__ = ["NOWHERE", "SEEN", "HeldOut", "Learner", "LearntFrom", "LearntSource", "Origin", "Seen", "compare", "settle"]
