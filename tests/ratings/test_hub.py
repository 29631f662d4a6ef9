"""``hf://datasets/ORG/NAME``: the loading code as it is, against a hub on the loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hub_server import serve

FILES = {
    "README.md": b"---\nlicense: cc-by-4.0\nconfigs:\n- config_name: default\n  data_files:\n"
    b"  - split: train\n    path: data/train.csv\n  - split: test\n    path: data/test.csv\n---\n",
    "data/train.csv": b"item,rater,score,response\na,x,3,Hola\na,y,4,Hola\nb,x,1,No\n",
    "data/test.csv": b"item,rater,score,response\nc,x,5,Vale\nc,y,5,Vale\n",
}

# The client reads the hub's address when it is imported, so each case has an interpreter of its own.
SCRIPT = """
import json, sys
from alia_judge.errors import DataError
from alia_judge.ratings import load_ratings
found = []
for address in sys.argv[1:]:
    try:
        ratings = load_ratings(address)
        extras = [item.extra.get("split") for item in ratings.items()]
        found.append([len(ratings), ratings.annotators, ratings.source, extras])
    except DataError as error:
        found.append(str(error))
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What a whole data set, one file of it, a data set and a file that are not there give."""
    addresses = ("org/name", "org/name/data/test.csv", "org/other", "org/name/none.csv")
    with serve("org/name", FILES) as endpoint:
        environment = os.environ | {
            "HF_ENDPOINT": endpoint,
            "HF_HOME": str(tmp_path_factory.mktemp("home")),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        environment.pop("HF_HUB_OFFLINE", None)
        outcome = subprocess.run(
            [sys.executable, "-c", SCRIPT, *(f"hf://datasets/{address}" for address in addresses)],
            capture_output=True, text=True, env=environment, timeout=900, check=True,
        )  # fmt: skip
    found: list[Any] = json.loads(outcome.stdout.splitlines()[-1])
    return found


def test_a_data_set_is_read_with_all_its_splits(loaded: list[Any]) -> None:
    assert loaded[0] == [5, ["x", "y"], "hf://datasets/org/name", ["train", "train", "test"]]


def test_a_file_of_a_data_set_is_read_alone(loaded: list[Any]) -> None:
    assert loaded[1] == [2, ["x", "y"], "hf://datasets/org/name/data/test.csv", [None]]


@pytest.mark.parametrize("case", [2, 3])
def test_what_is_not_there_is_an_error_with_its_address_and_what_to_check(loaded: list[Any], case: int) -> None:
    assert loaded[case].startswith("hf://datasets/org/")
    assert "cannot be fetched" in loaded[case]
    assert "check its name, your connection and, for a private one, that HF_TOKEN is set" in loaded[case]
