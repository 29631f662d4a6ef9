"""The command line from its first instant to its last: completion installs, and Ctrl-C ends with one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def test_completion_installs_and_completes(tmp_path: Path) -> None:
    env = {**os.environ, "HOME": str(tmp_path)}
    call = [sys.executable, "-m", "alia_judge"]
    # Named as it is installed: what is completed is called as the program is.
    named = [
        sys.executable,
        "-c",
        "import sys; sys.argv[0] = 'alia-judge'; from alia_judge.__main__ import main; main()",
    ]
    done = subprocess.run([*call, "--install-completion", "bash"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert any("bash_completions" in path.read_text() for path in [tmp_path / ".bashrc"])
    asked = {**env, "_ALIA_JUDGE_COMPLETE": "complete_bash", "COMP_WORDS": "alia-judge stor", "COMP_CWORD": "1"}
    done = subprocess.run(named, env=asked, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["store"], done.stderr


@pytest.mark.parametrize("after", [0.0, 0.03, 0.1, 0.3, 1.0, 2.5])
def test_ctrl_c_ends_with_one_line_whenever_it_comes(after: float, tmp_path: Path) -> None:
    """However far it has come by then: nothing, an import, a table half read, the last line."""
    program = """
import sys

class Up:
    def find_spec(self, name, *_):
        if name == "alia_judge.cli":  # the first thing that the program imports
            print("up", flush=True)

sys.meta_path.insert(0, Up())
sys.argv = ["alia-judge", "validate", "sample"]
from alia_judge.__main__ import main
main()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "up\n"
        time.sleep(after)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=300)
    assert "Traceback" not in err
    if running.returncode == 130:
        assert len(err.splitlines()) == 1
        assert err.startswith("interrupted")
    else:
        assert running.returncode == 0, err
