"""Which modules one `compile_judge` call enters, as a reader would: what moving code between files does to its path.

Run: python tools/trace_search.py [--within alia_judge.compiling] [--depth N] [--list]

A small live search is run (120 items, twelve configurations of a judge whose model is scripted in this process). Each
function counts once, when it is first entered, and what is written inside it (a comprehension, a lambda) with it; the
sequence of their modules is the way of a reader who follows the call and reads each function when it is first needed.
What importing runs is no part of it. Printed are the distinct modules, the number of times that the way
goes back to a module that it had left, and the functions entered. `--depth 2` stays with what compile_judge calls and
what that calls, the story without its details; `--list` prints the way itself.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
import tempfile
import threading
from itertools import groupby
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import dspy
import numpy as np

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # nothing is fetched

import alia_judge as aj
from alia_judge.benchmark.split import Split
from alia_judge.records import Item, Scale

SCALE = Scale.ordinal(1, 5)


class ScriptedLM(dspy.BaseLM):  # type: ignore[misc]
    """Answers with the number that the item holds, a point off for every third."""

    def __init__(self) -> None:
        super().__init__(model="scripted/one")
        self.asked = 0

    def forward(self, prompt: str | None = None, messages: list[dict[str, Any]] | None = None, **_: Any) -> Any:
        """One answer in OpenAI's form."""
        from litellm import ModelResponse

        text = str(messages or prompt)
        truth = int(text.rsplit("goodness ", 1)[1][0])
        self.asked += 1
        return ModelResponse(
            model=self.model,
            choices=[{"message": {"role": "assistant", "content": str(min(5, truth + (self.asked % 3 == 0)))}}],
            usage={"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        )


def split(name: str, n: int, seed: int) -> Split:
    """Items in groups of five, rated by three people."""
    rng = np.random.default_rng(seed)
    target = rng.integers(1, 6, n).astype(np.float64)
    return Split(
        name=name,  # type: ignore[arg-type]
        criterion="help",
        scale=SCALE,
        items=tuple(
            Item(item_id=f"{name}{i}", prompt="question", response=f"goodness {int(value)}", group=f"{name}{i // 5}")
            for i, value in enumerate(target)
        ),
        target=target,
        target_se=np.full(n, 0.3),
        values=np.clip(target + rng.integers(-1, 2, (3, n)), 1, 5),
        annotators=("a", "b", "c"),
    )


def way(run: Any, depth: int | None = None) -> list[CodeType]:
    """The code of each function of alia_judge that `run` enters, in the order of first entry, in any thread.

    With a `depth`, of those only that are no deeper in calls of alia_judge, where the first function is at 0.
    """
    order: dict[CodeType, None] = {}
    root = str(Path(aj.__file__).parent)

    def below(frame: FrameType) -> int:
        found, at = 0, frame.f_back
        while at is not None:
            named = at.f_code.co_name
            found += at.f_code.co_filename.startswith(root) and not named.startswith("<")
            at = at.f_back
        return found

    def entered(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "call" or code in order or not code.co_filename.startswith(root):
            return
        # A class's body runs where its module is imported; its code has no local variables of a call.
        if code.co_name.startswith("<") or not code.co_flags & inspect.CO_NEWLOCALS:
            return
        if depth is None or (threading.current_thread() is threading.main_thread() and below(frame) <= depth):
            order[code] = None

    threading.setprofile(entered)
    sys.setprofile(entered)
    try:
        run()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    return list(order)


def module(code: CodeType) -> str:
    """Its module, dotted."""
    path = Path(code.co_filename).relative_to(Path(aj.__file__).parents[1]).with_suffix("")
    return ".".join(path.parts).removesuffix(".__init__")


def main() -> None:
    """Trace one search and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--within", default="alia_judge", help="count modules of this package only")
    parser.add_argument("--depth", type=int, help="only what is called so deep, compile_judge being at 0")
    parser.add_argument("--list", action="store_true", help="print the way, a line each module and its functions")
    chosen = parser.parse_args()
    rubric = aj.Rubric(criterion="help", instructions="How helpful is it?", scale=SCALE)
    judge = aj.Judge(rubric, lm=ScriptedLM())
    compile_judge = aj.compile_judge  # imported before the trace begins
    with tempfile.TemporaryDirectory() as folder:
        codes = way(
            lambda: compile_judge(
                judge,
                train=split("train", 80, 0),
                dev=split("dev", 40, 1),
                budget=aj.Budget(calls=600),
                storage=f"sqlite:///{folder}/study.db",
            ),
            chosen.depth,
        )
    codes = [code for code in codes if f"{module(code)}.".startswith(f"{chosen.within}.")]
    legs = [(name, list(functions)) for name, functions in groupby(codes, key=module)]
    if chosen.list:
        for name, functions in legs:
            print(f"{name}: {', '.join(dict.fromkeys(code.co_qualname for code in functions))}")
    distinct = {name for name, _ in legs}
    print(
        f"{chosen.within}: {len(distinct)} modules, {len(legs) - len(distinct)} returns to one that was left, "
        f"{len(codes)} functions"
    )


if __name__ == "__main__":
    main()
