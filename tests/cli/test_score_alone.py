from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import alia_judge as aj


def test_two_scores_with_one_out_are_one_error_before_anything_is_paid(openai_server: Any, tmp_path: Path) -> None:
    lm = aj.resolve_lm("openai/m", api_base=openai_server.base_url)
    judge = aj.Judge(aj.Rubric(criterion="C", scale=aj.Scale.ordinal(1, 5)), lm)
    aj.publish_judge(judge, tmp_path / "judge")
    items = tmp_path / "items.csv"
    items.write_text("item_id,response\n" + "".join(f"{n},text {n}\n" for n in range(8)))
    out = tmp_path / "scores.csv"
    command = [sys.executable, "-c", "from alia_judge.cli import main; main()", "score", str(tmp_path / "judge")]
    command += [str(items), "--out", str(out), "--api-base", openai_server.base_url, "--concurrency", "4"]
    openai_server.default("timeout")  # the first has sent its calls, and waits
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        while openai_server.stats()["requests"] < 4:
            assert first.poll() is None
        # With a store of its own: it is not what the first has claimed there that keeps it from paying.
        second = subprocess.run(
            [*command, "--store", str(tmp_path / "s.db")], capture_output=True, text=True, check=False
        )
        first.kill()
    assert second.returncode == 2, second.stderr
    assert "scores.csv: another process is writing it" in second.stderr
    assert openai_server.stats()["requests"] == 4
    openai_server.default("ok")
    third = subprocess.run(command, capture_output=True, text=True, check=False)  # whoever was killed locks nobody out
    assert third.returncode == 0, third.stderr
    assert len(out.read_text().splitlines()) == 9
    assert not list(tmp_path.glob(".scores*"))
