"""Writes what version 0.1.0 kept of a run and of two searches: the files beside this script, which tests open again.

With the code of 0.1.0 (commit 62a9c4f) on the path: ``PYTHONPATH=CHECKOUT_OF_62a9c4f python tests/old/make.py``. The
files hold the address of a server that was up then, and is not now: what is found in them is found without a request.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
#: What the files hold: their names there, and whether they are databases.
FILES = {"verdicts.db": True, "study.db": True, "study.verdicts.db": True, "study.journal": False}
BUDGET, SEED = 60, 0


def ratings() -> Any:
    """Thirty-six items in twelve conversations, each rated by three people."""
    import alia_judge as aj

    rows = [
        {
            "item_id": f"i{place:02d}",
            "annotator_id": who,
            "prompt": f"My line is down, case {place // 3}.",
            "response": f"We look into case {place}. " + "Please restart the router. " * (place % 5),
            "group": f"c{place // 3}",
            "helpfulness": 1 + (place % 5 + (who == "b" and place % 7 == 0)) % 5,
        }
        for place in range(36)
        for who in "abc"
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ratings.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return aj.load_ratings(path, scales={"helpfulness": aj.Scale.ordinal(1, 5)})


def rubric() -> Any:
    """What is asked: written out, so that a better built-in rubric is no other question."""
    import alia_judge as aj

    return aj.Rubric(
        criterion="helpfulness",
        scale=aj.Scale.ordinal(1, 5),
        instructions="Does the answer help?",
        anchors={1: "not at all", 5: "entirely"},
        language="en",
    )


def judge(address: str) -> Any:
    """Who is asked."""
    import alia_judge as aj

    return aj.Judge(rubric(), lm=aj.resolve_lm("openai/judge", api_base=address, api_key="none"))


def search(address: str, storage: str, **options: Any) -> Any:
    """The search of the two studies."""
    import alia_judge as aj

    benchmark = aj.build_benchmark(ratings(), criterion="helpfulness", group_by="group")
    return aj.compile_judge(
        judge(address),
        train=benchmark.train,
        dev=benchmark.dev,
        space=aj.SearchSpace(rubrics=(rubric(),), demo_counts=(0, 2)),
        budget=aj.Budget(calls=BUDGET),
        storage=storage,
        seed=SEED,
        **options,
    )


def main() -> None:
    """Run, search twice, and keep what that left."""
    import alia_judge as aj
    from alia_judge.runner import VerdictStore

    spec = importlib.util.spec_from_file_location("openai_server", HERE.parent / "openai_server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with tempfile.TemporaryDirectory() as name, module.OpenAIServer() as server:
        folder = Path(name)
        items = ratings().items()[:8]
        with VerdictStore(folder / "verdicts.db") as store:
            aj.run(judge(server.base_url), items, store=store)
        search(server.base_url, f"sqlite:///{folder / 'study.db'}")
        search(server.base_url, str(folder / "study.journal"), study="named")
        for file, database in FILES.items():
            if database:
                with sqlite3.connect(folder / file) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.close()
            (HERE / f"{file}.gz").write_bytes(gzip.compress((folder / file).read_bytes(), mtime=0))
        (HERE / "made.json").write_text(json.dumps({"address": server.base_url, "version": aj.__version__}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
