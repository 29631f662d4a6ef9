"""A third party's probe: a tiny distribution, built as a wheel and really installed, is found by its entry point."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from alia_judge.errors import UsageError
from alia_judge.probes import all_probes, run_probes
from alia_judge.records import Item, Scale

PROBE = '''
from dataclasses import dataclass, replace
from alia_judge.probes import ItemProbe

@dataclass(frozen=True)
class Shouting(ItemProbe):
    """The response in capitals."""

    name: str = "shouting"
    expectation: str = "same"
    doses: tuple = (1,)
    changes: str = "The response is in capitals."

    def change(self, item, dose, rng):
        return replace(item, response=item.response.upper())
'''


def wheel(folder: Path, name: str) -> Path:
    """A wheel that registers the probe, written by hand: a zip with the module and its metadata."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": PROBE,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[alia_judge.probes]\nshouting = {name}:Shouting\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(file, text)
    return path


def install(file: Path, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", target, file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No module named pip" in done.stderr:
        pytest.skip("this environment has no pip to install with")
    assert done.returncode == 0, done.stderr


def test_an_installed_distribution_adds_a_probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    install(wheel(tmp_path, "shouting_probe"), site)
    monkeypatch.syspath_prepend(site)
    try:
        assert "shouting" in [probe.name for probe in all_probes()]
        items = [Item(item_id=str(n), prompt=str(n), response=f"uno {n % 3}") for n in range(20)]
        report = run_probes(
            lambda given: [float(item.response.isupper()) + int(item.item_id) % 3 for item in given],
            items,
            Scale.ordinal(1, 5),
        )
        assert report.of("shouting").outcome == "moved"
        assert report.of("shouting").shift.value == 1.0
        install(wheel(tmp_path, "another_probe"), site)
        with pytest.raises(UsageError, match="two probes have the name 'shouting'; uninstall one of the packages"):
            all_probes()
    finally:
        sys.modules.pop("shouting_probe", None)
        sys.modules.pop("another_probe", None)
