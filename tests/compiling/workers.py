"""Searches in processes of their own, to be killed or run side by side."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import optuna

from alia_judge.compiling.study.request import candidate_of
from alia_judge.compiling.study.storage import open_storage

QUALITY = [0.05] * 10 + [0.3] * 8 + [0.6, 0.85]

WORKER = textwrap.dedent(
    """
    import importlib.util, sys, time
    import numpy as np
    from alia_judge.compiling.budget import Budget
    from alia_judge.compiling.compiler import compile_judge
    from alia_judge.models.bank import RecordedBank
    from alia_judge._json import dumps

    helper, folder, storage, pause, log = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("made_bank", helper)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    items, truth = made.items_and_truth()

    class Slow(RecordedBank):
        def judge(self, configuration, items):
            time.sleep(float(pause) * len(items))
            with open(log, "a") as stream:
                for item in items:
                    stream.write(f"{configuration.parameters['config_id']} {item.item_id}\\n")
            return super().judge(configuration, items)

    bank = Slow.open(folder)
    compiled = compile_judge(train=made.make_split(items, truth, np.arange(64)), source=bank,
                             budget=Budget(calls=400), storage=storage, study="shared")
    print(dumps(compiled.result, indent=None))
    """
)


LIVE = textwrap.dedent(
    """
    import importlib.util, sys
    import numpy as np
    import alia_judge as aj
    from alia_judge._json import dumps

    helper, address, storage, budget, cost = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("made_bank", helper)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    items, truth = made.items_and_truth()
    rubrics = [
        aj.Rubric(criterion="x", scale=made.SCALE, instructions=f"Look at {what} alone.")
        for what in ("length", "tone", "facts", "order", "names", "style")
    ]
    lm = aj.resolve_lm("openai/judge", api_base=address, api_key="none", price=(1.0, 1.0))
    judge = aj.Judge(rubrics[0], lm=lm)
    compiled = aj.compile_judge(
        judge,
        train=made.make_split(items, truth, np.arange(64)),
        space=aj.SearchSpace(rubrics=rubrics, demo_counts=(0,)),
        budget=aj.Budget(calls=int(budget), cost=float(cost) if cost else None),
        storage=storage,
        study="shared",
    )
    print(dumps(compiled.result, indent=None))
    """
)


def start_live(address: str, storage: str, budget: int, cost: float | None = None) -> subprocess.Popen[str]:
    """A search that asks the server at `address`, on the study that all of them share."""
    helper = Path(__file__).with_name("made_bank.py")
    command = [sys.executable, "-c", LIVE, str(helper), address, storage, str(budget), str(cost or "")]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )


def start(folder: Path, storage: str, log: Path, pause: float) -> subprocess.Popen[str]:
    """A search of the bank in `folder`, each call taking `pause` seconds and leaving a line in `log`."""
    helper = Path(__file__).with_name("made_bank.py")
    command = [sys.executable, "-c", WORKER, str(helper), str(folder), storage, str(pause), str(log)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


def verdicts_by_cell(storage: str) -> dict[tuple[int, int], int]:
    """How often each verdict is in the study."""
    counts: dict[tuple[int, int], int] = {}
    for trial in optuna.load_study(study_name="shared", storage=open_storage(storage)).trials:
        for first, past in trial.user_attrs.get("verdicts", {}).get("items", []):
            for place in range(first, past):
                cell = (candidate_of(trial), place)
                counts[cell] = counts.get(cell, 0) + 1
    return counts
