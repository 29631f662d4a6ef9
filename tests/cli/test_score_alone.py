from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import alia_judge as aj


def test_two_scores_with_one_out_are_one_error_before_anything_is_paid(
    openai_server: Any, tmp_path: Path, run: Any
) -> None:
    lm = aj.resolve_lm("openai/m", api_base=openai_server.base_url)
    judge = aj.Judge(aj.Rubric(criterion="C", scale=aj.Scale.ordinal(1, 5)), lm)
    aj.publish_judge(judge, tmp_path / "judge")
    items = tmp_path / "items.csv"
    items.write_text("item_id,response\n" + "".join(f"{n},text {n}\n" for n in range(8)))
    out = tmp_path / "scores.csv"
    command = ["score", str(tmp_path / "judge"), str(items), "--out", str(out), "--api-base", openai_server.base_url]
    command += ["--concurrency", "4"]
    process = [sys.executable, "-c", "from alia_judge.cli import main; main()", *command]
    openai_server.default("timeout")  # the first has sent its calls, and waits
    with subprocess.Popen(process, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        while openai_server.stats()["requests"] < 4:
            assert first.poll() is None
            time.sleep(0.05)
        # With a store of its own: it is not what the first has claimed there that keeps it from paying.
        second = run(*command, "--store", tmp_path / "s.db")
        first.kill()
    assert second.code == 2, second.err
    assert "scores.csv: another process is writing it" in second.err
    assert openai_server.stats()["requests"] == 4
    openai_server.default("ok")
    third = run(*command)  # whoever was killed locks nobody out
    assert third.code == 0, third.err
    assert len(out.read_text().splitlines()) == 9
    assert not list(tmp_path.glob(".scores*"))
